//! From arguments to a system's scenarios, sources and models.

use std::path::{Path, PathBuf};

use super::{Gated, OneModel, Selection, Usage};
use crate::gate::{AnySystem, Job, Layer, Scenario, Source};
use crate::tla::config::Config;
use crate::tla::module;

/// The scenario of that name.
pub(super) fn scenario<'a>(system: &'a dyn AnySystem, name: &str) -> Result<&'a Scenario, Usage> {
    system.scenario(name).ok_or_else(|| unknown(system, name))
}

/// The scenarios of these names, in the system's order, each once. A star in a name stands for any
/// characters.
pub(super) fn scenarios<'a>(
    system: &'a dyn AnySystem,
    patterns: &[String],
) -> Result<Vec<&'a Scenario>, Usage> {
    for pattern in patterns {
        if !system.scenarios().iter().any(|scenario| matches(pattern, &scenario.name)) {
            return Err(unknown(system, pattern));
        }
    }
    let asked = |name: &str| patterns.iter().any(|pattern| matches(pattern, name));
    Ok(system.scenarios().iter().filter(|scenario| asked(&scenario.name)).collect())
}

/// The systems that a gate is for.
pub(super) fn systems<'a>(
    systems: &[&'a dyn AnySystem],
    what: &Gated,
) -> Result<Vec<&'a dyn AnySystem>, Usage> {
    if let Some(name) = what.system.iter().find(|name| !systems.iter().any(|it| it.name() == *name))
    {
        let names: Vec<_> = systems.iter().map(|system| system.name()).collect();
        return Err(Usage(format!("there is no system {name:?}; choose of {}", names.join(", "))));
    }
    let is_asked = |name: &str| what.system.is_empty() || what.system.iter().any(|it| it == name);
    Ok(systems.iter().copied().filter(|system| is_asked(system.name())).collect())
}

/// The jobs of a gate over several systems.
pub(super) fn gated<'a>(
    systems: &[&'a dyn AnySystem],
    what: &Gated,
) -> Result<Vec<Job<'a>>, Usage> {
    if what.scenario.is_empty() {
        return Ok(systems.iter().flat_map(|&system| Job::of_system(system, what.deep)).collect());
    }
    let fits = |scenario: &Scenario| what.scenario.iter().any(|it| matches(it, &scenario.name));
    for pattern in &what.scenario {
        let has_it = |system: &&dyn AnySystem| {
            system.scenarios().iter().any(|scenario| matches(pattern, &scenario.name))
        };
        if !systems.iter().any(has_it) {
            let names: Vec<_> = systems.iter().map(|system| system.name()).collect();
            return Err(Usage(format!(
                "there is no scenario {pattern:?} in {}; `list` of a system shows them",
                names.join(", ")
            )));
        }
    }
    let scenarios = systems.iter().flat_map(|&system| {
        system.scenarios().iter().filter(|it| fits(it)).map(move |scenario| (system, scenario))
    });
    Ok(scenarios.flat_map(|(system, scenario)| Job::of_scenario(system, scenario)).collect())
}

/// Whether a name matches a pattern, in which a star stands for any characters.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == name,
        Some((start, rest)) => name.strip_prefix(start).is_some_and(|name| {
            name.char_indices()
                .map(|(at, _)| at)
                .chain([name.len()])
                .any(|at| matches(rest, &name[at..]))
        }),
    }
}

/// That there is no such scenario, with those of similar names or else all.
pub(super) fn unknown(system: &dyn AnySystem, name: &str) -> Usage {
    let all = || system.scenarios().iter().map(|scenario| scenario.name.as_str());
    let likeness = |known: &str| strsim::jaro_winkler(known, name);
    let mut near: Vec<_> = all().filter(|known| likeness(known) > 0.85).collect();
    near.sort_by(|one, other| likeness(other).total_cmp(&likeness(one)));
    near.truncate(3);
    if near.is_empty() {
        let all: Vec<_> = all().collect();
        Usage(format!("there is no scenario {name:?}; `list` shows them all: {}", all.join(", ")))
    } else {
        Usage(format!(
            "there is no scenario {name:?}; is it {}? `list` shows them all",
            near.join(" or ")
        ))
    }
}

/// The first scenario, whose environment serves where none is named.
pub(super) fn default_scenario(system: &dyn AnySystem) -> Result<&Scenario, Usage> {
    let first = system.scenarios().first();
    first.ok_or_else(|| Usage(format!("{} has no scenarios", system.name())))
}

/// The configuration that was given, if one was.
pub(super) fn source(
    system: &dyn AnySystem,
    selection: &Selection,
) -> Result<Option<Source>, Usage> {
    let modules = system.modules();
    if modules.is_empty() && (selection.module.is_some() || selection.config.is_some()) {
        return Err(Usage(format!(
            "{} has no port of its spec, and so no other constants than those of its graphs; leave --config and \
             --module out",
            system.name()
        )));
    }
    if let Some(module) = &selection.module
        && !modules.iter().any(|has| has == module)
    {
        return Err(Usage(format!(
            "there is no port of a module {module:?}; --module takes {}",
            modules.join(" or ")
        )));
    }
    let Some(path) = &selection.config else {
        return match &selection.module {
            Some(_) => Err(Usage(
                "--module says what a configuration is for; give one with --config FILE".to_owned(),
            )),
            None => Ok(None),
        };
    };
    let module = match &selection.module {
        Some(module) => module.clone(),
        None => modules.first().cloned().unwrap_or_default().into_owned(),
    };
    let text = read(path)?;
    let config = Config::parse(&path.display().to_string(), &text)?;
    // A module of the same name beside the configuration extends the ported one; the ported one may stand
    // there as well.
    let own = std::fs::read_to_string(path.with_extension("tla")).ok();
    let spec = std::fs::read_to_string(path.with_file_name(format!("{module}.tla"))).ok();
    let is_own =
        own.as_deref().is_some_and(|text| module::module_name(text) != Some(module.clone()));
    let texts = own.into_iter().chain(spec).chain(system.module_texts()).collect();
    Ok(Some(Source::new(module, config, texts, is_own)))
}

/// Reads a file of text.
pub(super) fn read(path: &Path) -> Result<String, Usage> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Usage(format!("cannot read {}: {error}", path.display())))?;
    // Some editors begin a file with an invisible mark.
    Ok(text.trim_start_matches('\u{feff}').to_owned())
}

/// The layer that was asked for, if the scenario's module has it.
pub(super) fn check_layer(
    system: &dyn AnySystem,
    scenario: &Scenario,
    layer: Layer,
) -> Result<Layer, Usage> {
    if scenario.has(layer) {
        return Ok(layer);
    }
    let layers: Vec<_> = scenario.layers().map(Layer::name).collect();
    Err(Usage(format!(
        "the scenario {} of {} has no layer {layer}; it has {}",
        scenario.name,
        system.name(),
        layers.join(", ")
    )))
}

/// The job of one model; the source, if one was given, outlives it.
pub(super) fn one_job<'a>(
    system: &'a dyn AnySystem,
    args: &OneModel,
    source: Option<&'a Source>,
) -> Result<Job<'a>, Usage> {
    let scenario = match &args.scenario {
        Some(name) => scenario(system, name)?,
        None => default_scenario(system)?,
    };
    let layer = match (args.layer, source) {
        (Some(layer), Some(_)) => layer,
        (Some(layer), None) => check_layer(system, scenario, layer)?,
        (None, Some(_)) => Layer::Spec,
        (None, None) => scenario.telling_layer().unwrap_or(Layer::Spec),
    };
    Ok(Job { system, scenario, source, layer })
}

/// The folder `specs/`: as given, or here.
pub(super) fn specs_folder(system: &dyn AnySystem, given: Option<&Path>) -> Result<PathBuf, Usage> {
    let folder = given.unwrap_or(Path::new("specs"));
    if folder.join(system.name()).is_dir() {
        return Ok(folder.to_owned());
    }
    Err(Usage(format!(
        "there is no folder {} under {}; name the folder specs/ with --specs",
        system.name(),
        folder.display()
    )))
}

#[cfg(test)]
mod tests {
    use super::matches;

    #[test]
    fn a_star_stands_for_any_characters() {
        for (pattern, name, expected) in [
            ("duel", "duel", true),
            ("duel", "duel_lost", false),
            ("duel*", "duel", true),
            ("*lost", "duel_lost", true),
            ("d*_*t", "duel_lost", true),
            ("d*x*t", "duel_lost", false),
            ("*", "", true),
            ("**a", "ba", true),
            ("a*a", "a", false),
        ] {
            assert_eq!(matches(pattern, name), expected, "{pattern} {name}");
        }
    }
}
