//! The repository against itself: specs and their ports, tables and what they name, layers and what
//! they import.

mod common;
mod items;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::{read, repository};
use items::ported;
use mitregate::gate::{Layer, System};
use mitregate_models::SYSTEMS;
use mitregate::tla::config::Config;
use mitregate::tla::module;

fn files(folder: &str, extension: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut folders = vec![repository(folder)];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|found| found == extension) {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

fn names<'a>(names: impl IntoIterator<Item = &'a str>) -> BTreeSet<String> {
    names.into_iter().map(str::to_owned).collect()
}

/// The text of a definition: from its name to the next blank line.
fn definition<'a>(text: &'a str, name: &str) -> &'a str {
    let start = text.find(&format!("\n{name} ==")).unwrap_or_else(|| panic!("no {name}"));
    text[start..].split("\n\n").next().unwrap()
}

/// The texts of the modules in a system's folder that a module extends, and its own.
fn spec_texts(system: &dyn System, module: &str) -> Vec<String> {
    let text = read(&format!("specs/{}/{module}.tla", system.name()));
    let extended = text.lines().find_map(|line| line.strip_prefix("EXTENDS ")).unwrap_or_default();
    let of_folder = |name: &&str| {
        system.files().iter().any(|file| file.name.strip_suffix(".tla") == Some(name))
    };
    let before = extended.split(',').map(str::trim).filter(of_folder);
    before.flat_map(|name| spec_texts(system, name)).chain([text.clone()]).collect()
}

#[test]
fn every_system_says_what_its_port_has() {
    let names: Vec<_> = ported().iter().map(|ported| ported.system.name()).collect();
    assert_eq!(names, SYSTEMS.map(System::name));
}

#[test]
fn the_actions_of_next_are_those_of_the_port() {
    for ported in ported() {
        for module in ported.system.modules() {
            let text = spec_texts(ported.system, module).concat();
            let next = definition(&text, "Next").trim_start().trim_start_matches("Next ==");
            // \/ \E p \in Producers : Action(p), or \/ Action; a translation of PlusCal puts parentheses
            // around the former.
            let called = next.lines().filter_map(|line| {
                let disjunct = line.trim().trim_start_matches("\\/").trim().trim_start_matches('(');
                let call = disjunct.rsplit(": ").next()?;
                Some(call.split('(').next()?.trim()).filter(|name| !name.is_empty())
            });
            assert_eq!(names(called), names(ported.actions.iter().copied()), "{module}");
        }
    }
}

#[test]
fn the_variables_of_the_specs_are_those_of_the_ports_states() {
    for ported in ported() {
        for scenario in ported.small {
            let scenario = ported.system.scenario(scenario).unwrap();
            let texts = spec_texts(ported.system, scenario.module);
            let source = ported.system.source(scenario).unwrap();
            let model = ported.system.prepare(scenario, &source, Layer::Spec).unwrap().model;
            let graph = model.state_graph(1000).unwrap();
            let fields = graph.states[0].as_fun().unwrap().keys().filter_map(|key| key.as_str());
            let variables: BTreeSet<_> =
                texts.iter().flat_map(|text| module::variables(text)).collect();
            assert_eq!(names(fields), variables, "{}", scenario.module);
        }
    }
}

#[test]
fn laws_are_defined_in_the_specs_and_used_in_configurations() {
    for ported in ported() {
        for scenario in ported.system.scenarios() {
            let module = scenario.module;
            let texts = spec_texts(ported.system, module);
            let definitions = texts.iter().flat_map(|text| module::definitions(text));
            let defined: BTreeSet<_> = definitions.map(|it| it.name).collect();
            let config = ported.system.source(scenario).unwrap().config;
            for law in config.invariants.iter().chain(&config.properties) {
                assert!(defined.contains(&law.name), "{module} does not define {}", law.name);
            }
        }
        let (mut invariants, mut properties) = (BTreeSet::new(), BTreeSet::new());
        for path in files(&format!("specs/{}", ported.system.name()), "cfg") {
            let text = std::fs::read_to_string(&path).unwrap();
            let config = Config::parse(&path.display().to_string(), &text).unwrap();
            invariants.extend(config.invariants.into_iter().map(|named| named.name));
            properties.extend(config.properties.into_iter().map(|named| named.name));
        }
        assert_eq!(invariants, names(ported.invariants));
        assert_eq!(properties, names(ported.properties));
    }
}

#[test]
fn constants_are_declared_in_the_specs() {
    for ported in ported() {
        let text = spec_texts(ported.system, ported.constants_in).concat();
        // Up to the next unit, of which the first line is not indented.
        let declared = text.split("\nCONSTANTS").nth(1).unwrap().lines().skip(1);
        let declared = declared
            .take_while(|line| line.is_empty() || line.starts_with(' '))
            .filter_map(|line| line.split("\\*").next())
            .flat_map(|line| line.split(','))
            .map(str::trim)
            .filter(|name| !name.is_empty());
        assert_eq!(names(declared), names(ported.constants));
    }
}

#[test]
fn the_files_of_a_system_are_those_of_its_folder() {
    for system in SYSTEMS {
        let folder = format!("specs/{}", system.name());
        let mut on_disk = files(&folder, "tla");
        on_disk.extend(files(&folder, "cfg"));
        let on_disk: BTreeSet<_> =
            on_disk.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
        let embedded: BTreeSet<_> = system.files().iter().map(|file| file.name).collect();
        assert_eq!(on_disk, embedded);
        let used: BTreeSet<_> = system.scenarios().iter().map(|it| it.config).collect();
        // A configuration of a module that has no port is for reading and for TLC alone.
        let unported = |name: &str| {
            let module = name.trim_end_matches(".cfg");
            embedded.contains(format!("{module}.tla").as_str())
                && !system.modules().contains(&module)
        };
        for name in embedded.iter().filter(|name| name.contains(".cfg") && !unported(name)) {
            assert!(used.contains(name), "{name} is in no scenario");
        }
    }
}

#[test]
fn scenarios_have_names_of_their_own_and_something_to_check() {
    for system in SYSTEMS {
        let scenarios = system.scenarios();
        let names: BTreeSet<_> = scenarios.iter().map(|scenario| scenario.name).collect();
        assert_eq!(names.len(), scenarios.len());
        for scenario in scenarios {
            assert!(!scenario.expected.is_empty() && !scenario.story.is_empty());
            assert!(scenario.expected.iter().all(|expected| expected.distinct > 0));
            assert!(system.modules().contains(&scenario.module));
            // A golden file is about a spec that is checked.
            assert!(!scenario.golden || scenario.expected_on(Layer::Spec).is_some());
        }
    }
}

#[test]
fn the_numbers_in_the_documents_are_the_pinned_ones() {
    let (readme, all) = (read("README.md"), read("docs/scenarios.md"));
    let mut rows = BTreeSet::new();
    for line in all.lines().chain(readme.lines()) {
        let cells: Vec<_> = line.trim_matches('|').split('|').map(str::trim).collect();
        let [system, scenario, layer, distinct] = cells[..] else { continue };
        let Some(system) = SYSTEMS.iter().find(|it| it.name() == system) else { continue };
        let scenario = system.scenario(scenario).unwrap_or_else(|| panic!("{line}"));
        let expected = scenario.expected.iter().find(|it| it.layer.name() == layer).unwrap();
        assert_eq!(distinct.replace(',', ""), expected.distinct.to_string(), "{line}");
        rows.insert((scenario.name, layer.to_owned()));
    }
    for system in SYSTEMS {
        for scenario in system.scenarios() {
            use mitregate::gate::Lane;
            if scenario.lane != Lane::Quick || scenario.name.starts_with("fault_") {
                continue;
            }
            for expected in scenario.expected {
                let row = (scenario.name, expected.layer.name().to_owned());
                assert!(rows.contains(&row), "docs/scenarios.md lacks {row:?}");
            }
        }
    }
}

#[test]
fn every_rust_item_in_the_tables_of_the_specs_exists() {
    let text = read("specs/README.md");
    let mut named = BTreeSet::new();
    let mut first_cells = BTreeSet::new();
    for line in text.lines().filter(|line| line.starts_with("| `")) {
        let mut cells = line.trim_matches('|').split('|');
        let first = cells.next().unwrap().trim().trim_matches('`').to_owned();
        let rest: String = cells.collect();
        let spans: Vec<_> = rest.split('`').skip(1).step_by(2).map(str::to_owned).collect();
        let paths = spans.iter().filter(|span| span.contains("::"));
        if paths.clone().next().is_some() {
            first_cells.insert(first.split(['[', '(']).next().unwrap().to_owned());
        }
        named.extend(paths.cloned());
    }
    let ported = ported();
    let items = ported.iter().flat_map(|ported| &ported.items).map(|it| (*it).to_owned());
    let items: BTreeSet<_> = items.collect();
    assert_eq!(named, items, "specs/README.md and tests/items name different items");
    for ported in ported {
        let mut wanted = BTreeSet::new();
        for module in ported.system.modules() {
            let texts = spec_texts(ported.system, module);
            wanted.extend(texts.iter().flat_map(|text| module::variables(text)));
        }
        let laws = ported.invariants.iter().chain(&ported.properties);
        let others = ported.actions.iter().chain(&ported.constants).chain(laws);
        wanted.extend(others.map(|it| (*it).to_owned()));
        for name in wanted {
            assert!(first_cells.contains(&name), "specs/README.md has no row for {name}");
        }
    }
}

#[test]
fn the_code_that_ships_knows_nothing_of_models() {
    for path in files("src/impls", "rs") {
        let text = std::fs::read_to_string(&path).unwrap();
        for word in ["stateright", "crate::models", "crate::check", "crate::gate", "crate::tla"] {
            let lines = text.lines().filter(|line| !line.trim_start().starts_with("//"));
            assert!(
                !lines.into_iter().any(|line| line.contains(word)),
                "{}: {word}",
                path.display()
            );
        }
    }
}

#[test]
fn the_checker_and_the_gate_know_no_system() {
    for folder in ["src/check", "src/gate", "src/tla", "src/cli"] {
        for path in files(folder, "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            let code = text.split("#[cfg(test)]").next().unwrap();
            assert!(!code.contains("crate::models"), "{}", path.display());
            assert!(!code.contains("crate::impls"), "{}", path.display());
        }
    }
}

#[test]
fn no_file_goes_without_a_header_and_no_hash_is_written_by_hand() {
    for folder in ["src", "tests", "examples", "benches"] {
        for path in files(folder, "rs") {
            let text = std::fs::read_to_string(&path).unwrap();
            assert!(text.starts_with("//!"), "{} has no header", path.display());
            let by_hand = concat!("Hash", " for ");
            assert!(!text.contains(by_hand), "{} writes a Hash by hand", path.display());
            let ignored = concat!("#[", "ignore");
            assert!(!text.contains(ignored), "{} ignores a test", path.display());
        }
    }
}

#[test]
fn one_file_has_unsafe_code() {
    let is_unsafe = |path: &PathBuf| {
        let text = std::fs::read_to_string(path).unwrap();
        text.contains("unsafe {")
            || text.contains("unsafe impl")
            || text.contains("allow(unsafe_code")
    };
    let found: Vec<_> = files("src", "rs").into_iter().filter(is_unsafe).collect();
    assert_eq!(found, [common::repository("src/impls/mpsc_queue/atomic.rs")]);
}

#[test]
fn the_explorer_serves_its_own_pages() {
    assert!(!repository("ui").exists(), "the Explorer would serve ui/ in place of its own pages");
}

#[test]
fn ci_runs_what_contributors_run() {
    assert!(read(".github/workflows/ci.yml").contains(".ci/run"));
}
