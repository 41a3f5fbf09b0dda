//! `check`: scenarios, or a configuration that the user gave.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::progress::Line;
use super::saving::OfJob;
use super::{CheckArgs, Effort, Format, Outcome, Usage, code, select};
use crate::check::explore::{machine_memory, resident_memory};
use crate::check::{Budget, Checkpoint, Disk, Options, PartialOrder, Trace, Watchdog};
use crate::gate::system::SCENARIOS;
use crate::gate::{self, AnySystem, Job, Judged, Lane, Layer, Source, report, table};

/// How to run jobs.
pub(super) struct Run<'a> {
    pub(super) effort: &'a Effort,
    pub(super) keep_going: bool,
    pub(super) save: Option<&'a Path>,
    /// The table of scenarios in which to pin what comes out.
    pub(super) update: Option<PathBuf>,
    /// Where each job is saved on its way.
    pub(super) saved_in: Option<Vec<OfJob>>,
    pub(super) partial_order: PartialOrder,
}

impl<'a> Run<'a> {
    /// Up to a violation, saving and pinning nothing.
    pub(super) fn new(effort: &'a Effort) -> Run<'a> {
        Run {
            effort,
            keep_going: false,
            save: None,
            update: None,
            saved_in: None,
            partial_order: PartialOrder::Full,
        }
    }
}

pub(super) fn run(system: &dyn AnySystem, args: &CheckArgs) -> Outcome {
    let source = select::source(system, &args.selection)?;
    let jobs = jobs(system, args, source.as_ref())?;
    let update = if args.update {
        if !system.has_table() {
            return Err(Usage(format!(
                "{} has no table of scenarios to pin counts in",
                system.name()
            )));
        }
        let specs = select::specs_folder(system, args.specs.as_deref())?;
        Some(specs.join(system.name()).join(SCENARIOS))
    } else {
        None
    };
    let save = args.save.as_deref();
    let saved_in = args.saving.of(&jobs, args.keep_going)?;
    let partial_order = args.partial_order.map_or(PartialOrder::Full, PartialOrder::from);
    let keep_going = args.keep_going;
    let run = Run { keep_going, save, update, saved_in, partial_order, ..Run::new(&args.effort) };
    let in_full = source.is_some() || !args.scenario.is_empty();
    run_jobs(jobs, &run, args.format, in_full)
}

/// The jobs that the arguments ask for.
fn jobs<'a>(
    system: &'a dyn AnySystem,
    args: &CheckArgs,
    source: Option<&'a Source>,
) -> Result<Vec<Job<'a>>, Usage> {
    if let Some(source) = source {
        let scenario = match args.scenario.as_slice() {
            [] => select::default_scenario(system)?,
            [name] => select::scenario(system, name)?,
            _ => return Err(Usage("--config goes with one --scenario at most".to_owned())),
        };
        let layer = args.layer.unwrap_or(Layer::Spec);
        return Ok(vec![Job { system, scenario, source: Some(source), layer }]);
    }
    let mut jobs = if args.scenario.is_empty() {
        all_jobs(system, args.deep)
    } else {
        let mut jobs = Vec::new();
        for scenario in select::scenarios(system, &args.scenario)? {
            // A pattern may well match scenarios without that layer.
            if let Some(layer) = args.layer
                && args.scenario.contains(&scenario.name)
            {
                select::check_layer(system, scenario, layer)?;
            }
            jobs.extend(scenario_jobs(system, scenario));
        }
        jobs
    };
    jobs.retain(|job| args.layer.is_none_or(|layer| layer == job.layer));
    if let (true, Some(layer)) = (jobs.is_empty(), args.layer)
        && system.scenarios().iter().any(|scenario| scenario.has(layer))
    {
        return Err(Usage(format!(
            "nothing is asked of the layer {layer}; the layers that are checked are those that `list` shows"
        )));
    }
    if jobs.is_empty() {
        return Err(Usage("there is nothing to check".to_owned()));
    }
    Ok(jobs)
}

/// Every layer of every quick scenario, and of the deep ones if wanted.
pub(super) fn all_jobs(system: &dyn AnySystem, deep: bool) -> Vec<Job<'_>> {
    system
        .scenarios()
        .iter()
        .filter(|scenario| deep || scenario.lane == Lane::Quick)
        .flat_map(|scenario| scenario_jobs(system, scenario))
        .collect()
}

fn scenario_jobs<'a>(
    system: &'a dyn AnySystem,
    scenario: &'a gate::Scenario,
) -> impl Iterator<Item = Job<'a>> {
    let layers = scenario.expected.iter().map(|expected| expected.layer);
    layers.map(move |layer| Job { system, scenario, source: None, layer })
}

/// Runs jobs one after the other, prints what came out, and says how to exit.
pub(super) fn run_jobs(
    jobs: Vec<Job<'_>>,
    run: &Run<'_>,
    format: Format,
    in_full: bool,
) -> Outcome {
    if run.effort.max_memory.is_some() && resident_memory().is_none() {
        return Err(Usage(
            "--max-memory needs /proc/self/status, which is not here; use --max-states".to_owned(),
        ));
    }
    if let Some(folder) = run.save {
        std::fs::create_dir_all(folder)
            .map_err(|error| Usage(format!("cannot make {}: {error}", folder.display())))?;
    }
    let disk = disk(run.effort)?;
    let interrupt = super::interrupt_flag();
    let planned = jobs.len();
    let names: Vec<_> = jobs.iter().map(Job::name).collect();
    let width = console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns));
    let lines = report::Lines::new(names.iter().map(String::as_str), width, in_full);
    let mut judged = Vec::new();
    for job in jobs {
        let line = Line::new(&format!("{} {}", job.name(), job.layer));
        let show = |progress| line.show(progress);
        let stuck = |trace: &Trace| end_beside_stuck(&job, trace, &judged, format);
        let of_job = run.saved_in.as_ref().and_then(|all| all.get(judged.len()));
        let saved = of_job.map(OfJob::saved).transpose()?;
        let unsaved = |error: &std::io::Error| {
            super::complain(&format!("{}: cannot save the check: {error}", job.name()));
        };
        let disk_failed = |error: &std::io::Error| {
            super::complain(&format!("{}: cannot use --disk any more: {error}", job.name()));
        };
        let options = Options {
            threads: usize::from(run.effort.threads.unwrap_or(0)),
            budget: Budget {
                max_states: run.effort.max_states,
                max_memory: run.effort.max_memory.map(|size| size.as_u64()),
                timeout: run.effort.timeout,
            },
            keep_going: run.keep_going,
            edges: false,
            interrupt: Some(interrupt),
            progress: Some(&show),
            watchdog: Some(Watchdog { patience: PATIENCE, tell: &stuck }),
            checkpoint: of_job.map(|it| Checkpoint {
                file: &it.file,
                identity: &it.identity,
                every: it.every,
                failed: &unsaved,
            }),
            partial_order: run.partial_order,
            disk: disk.map(|(folder, memory)| Disk { folder, memory, failed: &disk_failed }),
            resume: saved.as_ref(),
        };
        let result = job.run(&options)?;
        if let Some(of_job) = of_job {
            of_job.finish(&result);
        }
        if let Some(folder) = run.save {
            save_counterexamples(&job, &result, folder)?;
        }
        drop(line);
        // A row is printed when it is known: a pipe shall not wait for the last one.
        if let Format::Text = format {
            let header = if judged.is_empty() { lines.header() } else { String::new() };
            super::print(&(header + &lines.result(&result)))?;
        }
        judged.push(result);
        if interrupt.load(std::sync::atomic::Ordering::Relaxed) {
            break;
        }
    }
    match format {
        Format::Text => super::print(&report::summary(&judged))?,
        Format::Json => {
            super::print_json(&report::rows(&judged))?;
        }
    }
    if let Some(path) = &run.update {
        update(path, &judged)?;
    }
    let code = exit_code(&judged);
    if judged.len() < planned {
        super::complain(&format!("interrupted: {} were not run", planned - judged.len()));
        return Ok(if code == code::EXPECTED { code::INCONCLUSIVE } else { code });
    }
    Ok(code)
}

/// The folder for what memory has no room for, after a look whether files can be made there, and how much memory there is.
fn disk(effort: &Effort) -> Result<Option<(&Path, u64)>, Usage> {
    let Some(folder) = effort.disk.as_deref() else { return Ok(None) };
    std::fs::create_dir_all(folder)
        .and_then(|()| Disk::try_folder(folder))
        .map_err(|error| Usage(format!("cannot use {}: {error}", folder.display())))?;
    let half = || machine_memory().map_or(1 << 30, |bytes| bytes / 2);
    Ok(Some((folder, effort.max_memory.map_or_else(half, |size| size.as_u64()))))
}

/// How long the steps that are being taken may go on when the time is up, or after Ctrl-C.
const PATIENCE: Duration = Duration::from_secs(5);

/// Says which state keeps a check from ending, and what is known of the rows before it, and ends the program:
/// a step that does not return cannot be ended otherwise.
fn end_beside_stuck(job: &Job<'_>, trace: &Trace, judged: &[Judged], format: Format) {
    let place = format!("{}, {}, {}", job.system.name(), job.name(), job.layer);
    let stuck = format!(
        "inconclusive: {place}: a step out of state {} has not ended {} s after the time was up; code under \
         test may loop there for ever\n{trace}\n",
        trace.len(),
        PATIENCE.as_secs()
    );
    // The reader may have gone; there is nobody else to tell.
    let _ = match format {
        Format::Text if judged.is_empty() => super::print(&stuck),
        Format::Text => super::print(&(report::summary(judged) + &stuck)),
        // Data goes to stdout, and what people read beside it to stderr.
        Format::Json => {
            super::tell(&stuck);
            super::print_json(&report::rows(judged)).map(|_| ())
        }
    };
    let code = match exit_code(judged) {
        code::FAILED if !judged.is_empty() => code::FAILED,
        _ => code::INCONCLUSIVE,
    };
    std::process::exit(code.into());
}

/// Pins what came out, and says what moved.
fn update(path: &Path, judged: &[Judged]) -> Result<(), Usage> {
    let name = path.display();
    let text = select::read(path)?;
    let (text, moved) = table::update(&name.to_string(), &text, judged)?;
    super::write(path, &text)?;
    for what in &moved {
        super::complain(what);
    }
    super::complain(&format!("{name}: {} moved", moved.len()));
    Ok(())
}

fn exit_code(judged: &[Judged]) -> u8 {
    // The worst of all: a failure outweighs what is open.
    match judged.iter().map(|result| result.outcome).max() {
        Some(gate::Outcome::Expected) => code::EXPECTED,
        Some(gate::Outcome::Inconclusive) => code::INCONCLUSIVE,
        // Nothing checked is a failure as well.
        Some(gate::Outcome::Unexpected) | None => code::FAILED,
    }
}

/// Writes each counterexample, with what `replay` needs to find its model again, and as a test where the model has one.
fn save_counterexamples(job: &Job<'_>, judged: &Judged, folder: &Path) -> Result<(), Usage> {
    for property in &judged.report.properties {
        if let Some(trace) = &property.counterexample {
            let name = job.name();
            let stem = Path::new(&name).file_stem().unwrap_or_default().display();
            let law = property.name.replace(['/', '\\'], "_");
            let path = folder.join(format!("{stem}-{}-{law}.itf.json", job.layer));
            save(job, &property.name, trace, &path)?;
            let test = judged.tests.iter().find(|(name, _)| *name == property.name);
            if let Some((_, test)) = test {
                let path = path.with_extension("").with_extension("rs");
                super::write(&path, test)?;
            }
        }
    }
    Ok(())
}

pub(super) fn save(job: &Job<'_>, law: &str, trace: &Trace, path: &Path) -> Result<(), Usage> {
    let mut meta = BTreeMap::from([
        ("system".to_owned(), job.system.name().to_owned()),
        ("scenario".to_owned(), job.scenario.name.clone()),
        ("layer".to_owned(), job.layer.name().to_owned()),
        ("property".to_owned(), law.to_owned()),
        ("length".to_owned(), trace.len().to_string()),
    ]);
    if let Some(source) = job.source {
        meta.insert("module".to_owned(), source.module.clone());
        meta.insert("config".to_owned(), source.config.text.clone());
        meta.insert("config_file".to_owned(), source.config.file.clone());
        meta.insert("modules".to_owned(), serde_json::json!(source.modules).to_string());
    }
    let text = format!("{:#}\n", trace.to_itf(meta));
    super::write(path, &text)
}
