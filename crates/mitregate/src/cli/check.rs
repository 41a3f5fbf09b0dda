//! `check`: scenarios, or a configuration that the user gave.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::progress::Line;
use super::reports::Reporting;
use super::saving::OfJob;
use super::{CheckArgs, Effort, Outcome, Usage, code, evidence, select};
#[cfg(feature = "distributed")]
use std::sync::{Mutex, PoisonError};

#[cfg(feature = "distributed")]
use super::saving;
use crate::check::explore::{machine_memory, resident_memory};
use crate::check::{Budget, Checkpoint, Disk, Options, PartialOrder, StopReason, Trace, Watchdog};
#[cfg(feature = "distributed")]
use crate::check::{ClusterError, Together};
use crate::gate::faults::{self, Catch};
#[cfg(feature = "distributed")]
use crate::gate::report::ResultRow;
use crate::gate::report::{self, Results, Shard, text};
use crate::gate::system::SCENARIOS;
use crate::gate::{AnySystem, Job, Judged, Layer, Source, table};

/// How to run jobs.
pub(super) struct Run<'a> {
    pub(super) effort: &'a Effort,
    pub(super) keep_going: bool,
    pub(super) reporting: &'a Reporting,
    pub(super) save: Option<&'a Path>,
    /// Whether counterexamples go into a folder for each system: two of them may have scenarios of one name.
    pub(super) by_system: bool,
    /// The systems whose laws are to catch their faults, if that is asked.
    pub(super) faults: Option<&'a [&'a dyn AnySystem]>,
    /// Which part of a run the jobs are, if it is in parts.
    pub(super) shard: Option<Shard>,
    /// The table of scenarios in which to pin what comes out.
    pub(super) update: Option<PathBuf>,
    /// Where each job is saved on its way.
    pub(super) saved_in: Option<Vec<OfJob>>,
    pub(super) partial_order: PartialOrder,
    /// With which other processes.
    #[cfg(feature = "distributed")]
    pub(super) member: Option<&'a super::together::Member>,
}

impl<'a> Run<'a> {
    /// Whether there is no going on, because another process is gone or was interrupted.
    #[cfg(feature = "distributed")]
    fn is_over(&self, row: &ResultRow) -> bool {
        let is_interrupted = row.stopped == Some(StopReason::Interrupted);
        self.member.is_some_and(|member| is_interrupted || member.is_broken())
    }

    /// Up to a violation, saving and pinning nothing.
    pub(super) fn new(effort: &'a Effort, reporting: &'a Reporting) -> Run<'a> {
        Run {
            effort,
            reporting,
            keep_going: false,
            save: None,
            by_system: false,
            faults: None,
            shard: None,
            update: None,
            saved_in: None,
            partial_order: PartialOrder::Full,
            #[cfg(feature = "distributed")]
            member: None,
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
    let save = args.evidence.save.as_deref();
    let partial_order = args.partial_order.map_or(PartialOrder::Full, PartialOrder::from);
    let keep_going = args.keep_going;
    let in_full = source.is_some() || !args.scenario.is_empty();
    let run = Run::new(&args.effort, &args.reporting);
    let run = Run { keep_going, save, update, partial_order, ..run };
    #[cfg(feature = "distributed")]
    if let Some(member) = args.together.member()? {
        let saved_in = args.saving.of(&jobs, keep_going, Some(&member.workers()))?;
        let run = Run { saved_in, ..run };
        if member.is_first() {
            let code = run_jobs(&jobs, &Run { member: Some(&member), ..run }, in_full)?;
            return member.exit_code(code);
        }
        let silent = Reporting::silent();
        let run = Run { member: Some(&member), reporting: &silent, save: None, ..run };
        let code = run_jobs(&jobs, &run, in_full)?;
        let saved_in = run.saved_in;
        let code = member.exit_code(code)?;
        if code == code::EXPECTED {
            // What only the first process has judged was kept until it had.
            saved_in.iter().flatten().for_each(OfJob::remove_parts);
        }
        return Ok(code);
    }
    let saved_in = args.saving.of(&jobs, keep_going, None)?;
    run_jobs(&jobs, &Run { saved_in, ..run }, in_full)
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
        Job::of_system(system, args.deep).collect()
    } else {
        let mut jobs = Vec::new();
        for scenario in select::scenarios(system, &args.scenario)? {
            // A pattern may well match scenarios without that layer.
            if let Some(layer) = args.layer
                && args.scenario.contains(&scenario.name)
            {
                select::check_layer(system, scenario, layer)?;
            }
            jobs.extend(Job::of_scenario(system, scenario));
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

/// Runs jobs one after the other, prints and reports what came out, and says how to exit.
pub(super) fn run_jobs(jobs: &[Job<'_>], run: &Run<'_>, in_full: bool) -> Outcome {
    let reporting = run.reporting;
    reporting.check(&[])?;
    if run.effort.max_memory.is_some() && resident_memory().is_none() {
        return Err(Usage(
            "--max-memory needs /proc/self/status, which is not here; use --max-states".to_owned(),
        ));
    }
    let folder_of = |job: &Job<'_>| {
        let folder = run.save?;
        Some(if run.by_system { folder.join(job.system.name()) } else { folder.to_owned() })
    };
    if let Some(folder) = run.save {
        evidence::make(folder)?;
    }
    let disk = disk(run.effort)?;
    let names: Vec<_> = jobs.iter().map(|job| (job.system.name(), job.name())).collect();
    let names = names.iter().map(|(system, name)| (*system, name.as_str()));
    let lines = text::Lines::new(names, super::terminal_width(), in_full);
    let planned: Vec<String> = jobs.iter().map(Job::key).collect();
    let mut known = BTreeSet::new();
    if let Some(twice) = planned.iter().find(|key| !known.insert(*key)) {
        return Err(Usage(format!(
            "two checks are called {twice:?}; give their systems or scenarios different names"
        )));
    }
    let mut results = Results::new(planned, run.shard.clone());
    if reporting.has_data() {
        results.program = report::program();
    }
    let (mut judged, mut further) = (Vec::new(), BTreeMap::new());
    let mut problem: Option<Usage> = None;
    for (place, job) in jobs.iter().enumerate() {
        let of_job = run.saved_in.as_ref().and_then(|all| all.get(place));
        let stuck = |trace: &Trace| end_beside_stuck(job, trace, &results, reporting);
        // What is known by now is not lost for what goes wrong later.
        let (result, also_fail) = match run_one(job, run, (of_job, disk), &stuck) {
            Ok(done) => done,
            Err(error) if judged.is_empty() => return Err(error),
            Err(error) => {
                problem = Some(error);
                break;
            }
        };
        further.insert(job.key(), also_fail);
        if let Some(folder) = folder_of(job)
            && let Err(error) = evidence::save_all(job, &result, &folder)
        {
            problem = Some(error);
        }
        let row = report::row(&result);
        // A row is printed when it is known: a pipe shall not wait for the last one.
        if reporting.is_for_people() {
            let header = if judged.is_empty() { lines.header() } else { String::new() };
            reporting.say(&(header + &lines.result(&row)))?;
        }
        #[cfg(feature = "distributed")]
        let is_over = run.is_over(&row);
        #[cfg(not(feature = "distributed"))]
        let is_over = false;
        results.results.push(row);
        judged.push(result);
        if is_over || super::interrupt_flag().load(Ordering::Relaxed) {
            break;
        }
    }
    let missing = results.missing().len();
    if let Some(systems) = run.faults {
        results.faults = Some(faults::of(systems, &results.results, &further)?);
    }
    let code = reporting.finish(&results)?;
    if let Some(path) = &run.update {
        update(path, &judged)?;
    }
    match problem {
        Some(Usage(problem)) if code == code::FAILED => super::complain(&problem),
        Some(problem) => return Err(problem),
        None if missing > 0 => super::complain(&format!("interrupted: {missing} were not run")),
        None => {}
    }
    Ok(code)
}

/// Runs a job; and with a fault, what else would catch it.
fn run_one(
    job: &Job<'_>,
    run: &Run<'_>,
    (of_job, disk): (Option<&OfJob>, Option<(&Path, u64)>),
    stuck: &(dyn Fn(&Trace) + Sync),
) -> Result<(Judged, Vec<Catch>), Usage> {
    let line = if run.reporting.is_silent() {
        Line::hidden()
    } else {
        Line::new(&format!("{} {}", job.name(), job.layer))
    };
    let show = |progress| line.show(progress);
    let saved = of_job.map(OfJob::saved).transpose()?;
    let unsaved = |error: &std::io::Error| {
        super::complain(&format!("{}: cannot save the check: {error}", job.name()));
    };
    let disk_failed = |error: &std::io::Error| {
        super::complain(&format!("{}: cannot use --disk any more: {error}", job.name()));
    };
    #[cfg(feature = "distributed")]
    let differs = Mutex::new(None);
    // It takes the making of a model, for what only others ask.
    #[cfg(feature = "distributed")]
    let what = if run.member.is_some() {
        let most = run.effort.max_states;
        let most = most.map_or_else(String::new, |most| format!(", up to {most} states"));
        format!("{}{most}", saving::what(job, run.keep_going)?)
    } else {
        String::new()
    };
    #[cfg(feature = "distributed")]
    let failed = |error: &ClusterError| match error {
        ClusterError::Lost(who) => {
            super::complain(who);
            run.member.inspect(|member| member.break_up());
        }
        other => {
            let mut differs = differs.lock().unwrap_or_else(PoisonError::into_inner);
            *differs = Some(Usage(other.to_string()));
        }
    };
    let options = Options {
        #[cfg(feature = "distributed")]
        together: run.member.map(|member| Together {
            cluster: &member.cluster,
            what: &what,
            failed: &failed,
            resumes: of_job.is_some_and(|it| it.goes_on),
        }),
        threads: usize::from(run.effort.threads.unwrap_or(0)),
        budget: Budget {
            max_states: run.effort.max_states,
            max_memory: run.effort.max_memory.map(|size| size.as_u64()),
            timeout: run.effort.timeout,
        },
        keep_going: run.keep_going,
        edges: false,
        interrupt: Some(super::interrupt_flag()),
        progress: Some(&show),
        watchdog: Some(Watchdog { patience: PATIENCE, tell: stuck }),
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
    #[cfg(feature = "distributed")]
    if let Some(error) = differs.lock().unwrap_or_else(PoisonError::into_inner).take() {
        return Err(error);
    }
    let mut also_fail = Vec::new();
    if run.faults.is_some()
        && job.scenario.fault.is_some()
        && result.report.stopped == Some(StopReason::Violation)
    {
        let alone = Options { checkpoint: None, disk: None, resume: None, ..options };
        also_fail = faults::further(job, &alone)?;
    }
    if let Some(of_job) = of_job {
        of_job.finish(&result);
    }
    Ok((result, also_fail))
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
fn end_beside_stuck(job: &Job<'_>, trace: &Trace, results: &Results, reporting: &Reporting) {
    let place = format!("{}, {}, {}", job.system.name(), job.name(), job.layer);
    let stuck = format!(
        "inconclusive: {place}: a step out of state {} has not ended {} s after the time was up; code under \
         test may loop there for ever\n{trace}\n",
        trace.len(),
        PATIENCE.as_secs()
    );
    // The reader may have gone; there is nobody else to tell.
    let code = reporting.finish(results).unwrap_or(code::INCONCLUSIVE);
    if reporting.is_silent() {
        super::tell(&stuck);
    } else {
        let _ = reporting.say(&stuck);
    }
    let is_open = code == code::EXPECTED;
    std::process::exit(if is_open { code::INCONCLUSIVE } else { code }.into());
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
