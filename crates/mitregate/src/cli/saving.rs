//! `check --checkpoint` and `check --resume`: which file is whose, and what may be gone on with.

use std::ops::Range;
use std::path::PathBuf;
use std::sync::Mutex;
use std::time::Duration;

use clap::Args;

use super::Usage;
use super::evidence::make;
#[cfg(feature = "distributed")]
use crate::check::distributed;
use crate::check::{CheckpointError, DETERMINISTIC, Saved, StopReason, checkpoint};
use crate::gate::run::JobError;
use crate::gate::{Job, Judged};
use crate::tla::inputs::{digest, digest_of_program};

#[derive(Args, Clone, Debug)]
pub(super) struct Saving {
    /// Save each check in this folder every so often, to go on with --resume after the process has gone
    #[arg(long, value_name = "FOLDER", conflicts_with = "disk")]
    checkpoint: Option<PathBuf>,
    /// How often
    #[arg(long, value_name = "DURATION", default_value = "5min", value_parser = humantime::parse_duration)]
    checkpoint_every: Duration,
    /// Go on with the checks that were saved in this folder, and save them there again
    #[arg(long, value_name = "FOLDER", conflicts_with_all = ["checkpoint", "disk"])]
    resume: Option<PathBuf>,
}

/// Where a check is saved.
pub(super) struct OfJob {
    pub(super) file: PathBuf,
    pub(super) identity: String,
    pub(super) every: Duration,
    resumes: bool,
    /// Whether --resume was given.
    #[cfg(feature = "distributed")]
    pub(super) goes_on: bool,
    /// The workers whose parts are saved here, where several explore together, and how many there are.
    workers: Option<(Range<usize>, usize)>,
}

impl Saving {
    /// Where each job is saved, if that is asked for. What is to be gone on with is looked at before anything runs.
    pub(super) fn of(
        &self,
        jobs: &[Job<'_>],
        keep_going: bool,
        workers: Option<&(Range<usize>, usize)>,
    ) -> Result<Option<Vec<OfJob>>, Usage> {
        let Some(folder) = self.resume.as_ref().or(self.checkpoint.as_ref()) else {
            return Ok(None);
        };
        make(folder)?;
        let build = digest_of_program()
            .map_err(|error| Usage(format!("cannot read this program: {error}")))?;
        let of_job = |job: &Job<'_>| {
            let what = what(job, keep_going)?;
            let file = folder.join(file_name(job, &what));
            let identity = format!("{what}, by build {build}");
            let (every, workers) = (self.checkpoint_every, workers.cloned());
            let mut of_job = OfJob {
                file,
                identity,
                every,
                resumes: false,
                #[cfg(feature = "distributed")]
                goes_on: self.resume.is_some(),
                workers,
            };
            of_job.resumes = self.resume.is_some() && of_job.is_saved()?;
            Ok(of_job)
        };
        let all = jobs.iter().map(of_job).collect::<Result<Vec<_>, Usage>>()?;
        if self.resume.is_some() && !all.iter().any(|it| it.resumes) {
            let names: Vec<_> = all.iter().take(3).map(OfJob::name).collect();
            let others = all.iter().find_map(OfJob::saved_by_others).unwrap_or_default();
            return Err(Usage(format!(
                "there is nothing to go on with: no {}; a check that was saved goes on with the same \
                 configuration and options{others}",
                names.join(", no ")
            )));
        }
        Ok(Some(all))
    }
}

impl OfJob {
    /// Whether there is something to go on with, of which this process has a part.
    fn is_saved(&self) -> Result<bool, Usage> {
        let wrong = |error: CheckpointError| Usage(error.to_string());
        #[cfg(feature = "distributed")]
        if let Some((mine, all)) = &self.workers {
            let is_saved = distributed::is_saved(&self.file, &self.identity, mine.clone(), *all);
            return is_saved.map_err(wrong);
        }
        let is_saved = self.file.exists();
        if is_saved {
            checkpoint::check(&self.file, &self.identity).map_err(wrong)?;
        }
        Ok(is_saved)
    }

    /// What the file is called; several workers have some.
    fn name(&self) -> String {
        let file = self.file.display().to_string();
        match &self.workers {
            None => file,
            Some((mine, all)) => {
                let stem = file.trim_end_matches("checkpoint");
                format!("{stem}{}of{all}.LEVEL.checkpoint", mine.start)
            }
        }
    }

    /// Says that it was saved by another number of workers, if it was.
    fn saved_by_others(&self) -> Option<String> {
        let here = self.workers.as_ref().map_or(1, |(_, all)| *all);
        #[cfg(feature = "distributed")]
        let all = distributed::saved_by(&self.file, here).map(|all| (all, "in several processes"));
        #[cfg(not(feature = "distributed"))]
        let all: Option<(usize, &str)> = None;
        let alone = self.workers.as_ref().filter(|_| self.file.exists());
        let (all, how) = all.or_else(|| alone.map(|_| (1, "alone")))?;
        Some(format!("; it was saved by {all} workers in all, {how}, and here {here} are to go on"))
    }

    /// What was saved of the job, if it is explored alone.
    pub(super) fn saved(&self) -> Result<Mutex<Option<Saved>>, Usage> {
        let is_whole = self.resumes && self.workers.is_none();
        let saved = is_whole.then(|| checkpoint::read(&self.file, &self.identity)).transpose();
        saved.map(Mutex::new).map_err(|error| Usage(error.to_string()))
    }

    /// Removes the parts of this process's workers.
    #[cfg(feature = "distributed")]
    pub(super) fn remove_parts(&self) {
        let Some((mine, all)) = &self.workers else { return };
        if let Err(error) = distributed::remove(&self.file, mine.clone(), *all) {
            let file = self.file.display();
            super::complain(&format!("cannot remove the parts of {file}: {error}"));
        }
    }

    /// Removes what is not needed any more, because the check came to its end.
    pub(super) fn finish(&self, judged: &Judged) {
        let ended = !judged.report.stopped.is_some_and(StopReason::is_cut);
        // Steps that led elsewhere than before are to be looked into.
        if !ended || judged.report.property(DETERMINISTIC).is_some() {
            return;
        }
        #[cfg(feature = "distributed")]
        if self.workers.is_some() {
            self.remove_parts();
            return;
        }
        // A process that was killed while it wrote one has left the first behind.
        for file in [self.file.with_extension("unfinished"), self.file.clone()] {
            match std::fs::remove_file(&file) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                    super::complain(&format!("cannot remove {}: {error}", file.display()));
                }
                _ => {}
            }
        }
    }
}

/// All that decides what is explored, and in which order.
pub(super) fn what(job: &Job<'_>, keep_going: bool) -> Result<String, Usage> {
    let prepared = job.prepare().map_err(JobError::from)?;
    let source = match job.source {
        Some(source) => source.clone(),
        None => job.system.source(job.scenario).map_err(JobError::from)?,
    };
    let constants = prepared.constants.iter().map(|(name, value)| format!("{name} = {value}"));
    let environment = match prepared.environment.as_str() {
        "" => String::new(),
        environment => format!(", in {environment}"),
    };
    Ok(format!(
        "{} {} {} of {} with {}, asked for {}{environment}{}, configured as {}",
        job.system.name(),
        job.name(),
        job.layer,
        job.module(),
        constants.collect::<Vec<_>>().join(", "),
        prepared.model.names(&prepared.goals).join(", "),
        if keep_going { ", beyond violations" } else { "" },
        // What else there is to a configuration: constraints, symmetry, fairness.
        digest([format!("{source:?}")]),
    ))
}

fn file_name(job: &Job<'_>, what: &str) -> String {
    let name = job.name().replace(['/', '\\'], "_");
    let hash = digest([what]);
    format!("{}-{name}-{}-{}.checkpoint", job.system.name(), job.layer, &hash[..8])
}
