//! `tlc`: the reference checker on the same files, compared with what it said before and with the
//! port.

use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use super::progress::Line;
use super::{Outcome, TlcArgs, Usage, code, select};
use crate::check::{Options, StopReason, Verdict};
use crate::gate::golden::{Golden, compare_with_port, inputs};
use crate::gate::report::thousands;
use crate::gate::{AnyModel, AnySystem, Job, Layer, Scenario, Source};
use crate::tla::tlc::{Tlc, TlcError};

/// Up to so many states, a run of TLC is over before Java has compiled much.
const MOST_STATES_OF_SHORT_RUN: u64 = 3_000;

/// A module and a configuration for TLC.
struct Run<'a> {
    job: Job<'a>,
    module: PathBuf,
    config: PathBuf,
    /// Where what TLC says is kept; nowhere for a configuration that the user gave.
    golden: Option<PathBuf>,
}

pub(super) fn run(system: &dyn AnySystem, args: &TlcArgs) -> Outcome {
    if !system.has_table() {
        return Err(Usage(
            "the specs are TLC's own graphs, so there is nothing to compare; MITREGATE_UPDATE=1 renews them"
                .to_owned(),
        ));
    }
    let mut tlc = Tlc::locate()?;
    let specs = select::specs_folder(system, args.specs.as_deref())?;
    // A module that stands beside a configuration elsewhere extends the ones in here.
    tlc.library = Some(absolute(&specs.join(system.name()))?);
    let source = select::source(system, &args.selection)?;
    let runs = runs(system, args, &specs, source.as_ref())?;
    if runs.is_empty() {
        return Err(Usage(format!(
            "there is nothing to compare: no scenario of {} has `golden = true`; name one with --scenario, \
             or give a configuration with --config",
            system.name()
        )));
    }
    let mut worst = Agreement::Agrees;
    for run in runs {
        let Some((text, agreement)) = compare(&mut tlc, &run, args)? else {
            return Ok(code::INCONCLUSIVE);
        };
        super::print(&text)?;
        worst = worst.max(agreement);
    }
    Ok(match worst {
        Agreement::Agrees => code::EXPECTED,
        Agreement::Undecided => code::INCONCLUSIVE,
        Agreement::Differs => code::FAILED,
    })
}

/// How TLC and the port compare.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Agreement {
    Agrees,
    /// The port did not decide what TLC did.
    Undecided,
    Differs,
}

fn absolute(path: &Path) -> Result<PathBuf, Usage> {
    let error = |error| Usage(format!("{}: {error}", path.display()));
    std::path::absolute(path).map_err(error)
}

fn runs<'a>(
    system: &'a dyn AnySystem,
    args: &TlcArgs,
    specs: &Path,
    source: Option<&'a Source>,
) -> Result<Vec<Run<'a>>, Usage> {
    let folder = specs.join(system.name());
    let module = |name: &str| folder.join(format!("{name}.tla"));
    if let (Some(source), Some(config)) = (source, &args.selection.config) {
        let scenario = select::default_scenario(system)?;
        let job = Job { system, scenario, source: Some(source), layer: Layer::Spec };
        let own = config.with_extension("tla");
        let module = if own.exists() { own } else { module(&source.module) };
        return Ok(vec![Run { job, module, config: config.clone(), golden: None }]);
    }
    let mut chosen: Vec<&Scenario> = Vec::new();
    if args.scenario.is_empty() {
        chosen.extend(system.scenarios().iter().filter(|scenario| scenario.golden));
    } else {
        chosen = select::scenarios(system, &args.scenario)?;
    }
    Ok(chosen
        .into_iter()
        .map(|scenario| Run {
            job: Job { system, scenario, source: None, layer: Layer::Spec },
            module: module(&scenario.module),
            config: folder.join(&scenario.config),
            golden: scenario.golden.then(|| Golden::path(specs, system.name(), scenario)),
        })
        .collect())
}

/// Runs TLC and compares; what to print, and how it compares. None if it was interrupted.
fn compare(
    tlc: &mut Tlc,
    run: &Run<'_>,
    args: &TlcArgs,
) -> Result<Option<(String, Agreement)>, Usage> {
    let config = run.config.file_name().unwrap_or_default().display();
    let name = format!("{} {config}", run.job.module());
    let prepared = run.job.prepare()?;
    let model = &prepared.model;
    let Some(said) = said(tlc, run, args, &**model, &name)? else { return Ok(None) };
    let started = Instant::now();
    let interrupt = Some(super::interrupt_flag());
    let report = prepared.check(&Options { interrupt, ..Options::default() })?;
    if report.stopped == Some(StopReason::Interrupted) {
        return Ok(None);
    }
    let ours = started.elapsed().as_secs_f64();
    let outcome = &said.golden.outcome;
    let states = thousands(outcome.distinct);
    let (version, verdict) = (&outcome.version, said.golden.verdict());
    let mut out = if said.is_live {
        let seconds = outcome.seconds;
        format!("{name}: TLC {version} says {verdict}: {states} distinct states in {seconds:.1} s")
    } else {
        let seconds = said.golden.took_s;
        format!(
            "{name}: TLC {version} said {verdict}: {states} distinct states in {seconds} s, of the same input"
        )
    };
    let _ = writeln!(out, "; the port took {ours:.2} s");
    let mut problems = said.drift;
    let undecided =
        report.properties.iter().filter_map(|it| Some((&it.name, it.undecided.as_ref()?)));
    let undecided: Vec<_> = undecided.collect();
    let is_open = report.verdict() == Verdict::Inconclusive;
    if !is_open {
        problems.extend(compare_with_port(&said.golden, &**model, &report));
    }
    if let (Some(path), true) = (&run.golden, args.update) {
        said.golden.write(path)?;
        let _ = writeln!(out, "  written to {}", path.display());
    }
    for problem in &problems {
        let _ = writeln!(out, "  differs: {}", problem.trim_end().replace('\n', "\n  "));
    }
    if is_open {
        let _ = writeln!(out, "  inconclusive: the port does not decide what TLC does");
        for (name, why) in undecided {
            let _ = writeln!(out, "    {name}: {why}");
        }
    } else if problems.is_empty() {
        let what = if outcome.graph.is_some() {
            "states, labelled edges and verdict"
        } else {
            "counts and verdict"
        };
        let _ = writeln!(out, "  agree: {what}");
    }
    let agreement = match (problems.is_empty(), is_open) {
        (false, _) => Agreement::Differs,
        (true, true) => Agreement::Undecided,
        (true, false) => Agreement::Agrees,
    };
    Ok(Some((out, agreement)))
}

/// What TLC says of a configuration.
struct Said {
    golden: Golden,
    /// Whether TLC has just said it.
    is_live: bool,
    /// How it differs from what the golden file says.
    drift: Vec<String>,
}

/// Asks TLC, or takes what it said of the same input where that is wanted. None if it was interrupted.
fn said(
    tlc: &mut Tlc,
    run: &Run<'_>,
    args: &TlcArgs,
    model: &dyn AnyModel,
    name: &str,
) -> Result<Option<Said>, Usage> {
    let with_graph = Golden::wants_graph(model);
    let inputs = match &run.golden {
        Some(_) => inputs(&tlc.jar, &run.config, &run.module, tlc.library.as_deref())?,
        None => String::new(),
    };
    let golden = match &run.golden {
        Some(path) if !args.update => Some(Golden::read(path)?),
        _ => None,
    };
    if let Some(most) = args.recorded_above
        && let Some(golden) = &golden
        && Duration::from_secs(golden.took_s) > most
        && golden.inputs == inputs
        && golden.has_graph_if(with_graph)
    {
        let golden = golden.clone();
        return Ok(Some(Said { golden, is_live: false, drift: Vec::new() }));
    }
    tlc.short = golden.as_ref().is_some_and(|it| it.outcome.distinct <= MOST_STATES_OF_SHORT_RUN);
    let _line = Line::new(&format!("TLC {name}"));
    match tlc.check(&run.module, &run.config, with_graph, super::interrupt_flag()) {
        Err(TlcError::Interrupted) => Ok(None),
        outcome => {
            let live = Golden::new(outcome?, inputs);
            let drift = golden.map_or_else(Vec::new, |golden| golden.drift(&live));
            Ok(Some(Said { golden: live, is_live: true, drift }))
        }
    }
}
