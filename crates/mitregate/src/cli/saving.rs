//! `check --checkpoint` and `check --resume`: which file is whose, and what may be gone on with.

use std::hash::Hasher as _;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::time::Duration;

use clap::Args;
use siphasher::sip::SipHasher;

use super::Usage;
use crate::check::{Saved, StopReason, checkpoint};
use crate::gate::run::JobError;
use crate::gate::{Job, Judged};

#[derive(Args, Clone, Debug)]
pub(super) struct Saving {
    /// Save each check in this folder every so often, to go on with --resume after the process has gone
    #[arg(long, value_name = "FOLDER")]
    checkpoint: Option<PathBuf>,
    /// How often
    #[arg(long, value_name = "DURATION", default_value = "5min", value_parser = humantime::parse_duration)]
    checkpoint_every: Duration,
    /// Go on with the checks that were saved in this folder, and save them there again
    #[arg(long, value_name = "FOLDER", conflicts_with = "checkpoint")]
    resume: Option<PathBuf>,
}

/// Checks that are saved.
pub(super) struct Checkpoints {
    folder: PathBuf,
    resumes: bool,
    every: Duration,
    /// A hash of this program: another one may number states otherwise.
    build: u64,
}

/// One of them.
pub(super) struct OfJob {
    pub(super) file: PathBuf,
    pub(super) identity: String,
    pub(super) saved: Mutex<Option<Saved>>,
    pub(super) every: Duration,
}

impl Saving {
    /// What to save and to go on with, if that is asked for.
    pub(super) fn checkpoints(&self, jobs: &[Job<'_>]) -> Result<Option<Checkpoints>, Usage> {
        let Some(folder) = self.resume.as_ref().or(self.checkpoint.as_ref()) else {
            return Ok(None);
        };
        let resumes = self.resume.is_some();
        let files = || jobs.iter().map(|job| folder.join(file_name(job)));
        if resumes && !files().any(|file| file.exists()) {
            let names: Vec<_> = files().take(3).map(|file| file.display().to_string()).collect();
            return Err(Usage(format!(
                "there is nothing to go on with: no {}; --checkpoint saves checks",
                names.join(", no ")
            )));
        }
        std::fs::create_dir_all(folder)
            .map_err(|error| Usage(format!("cannot make {}: {error}", folder.display())))?;
        let build = build().map_err(|error| Usage(format!("cannot read this program: {error}")))?;
        let (folder, every) = (folder.clone(), self.checkpoint_every);
        Ok(Some(Checkpoints { folder, resumes, every, build }))
    }
}

impl Checkpoints {
    /// That of a job, with what was saved of it.
    pub(super) fn of(&self, job: &Job<'_>, keep_going: bool) -> Result<OfJob, Usage> {
        let file = self.folder.join(file_name(job));
        let identity = self.identity(job, keep_going)?;
        let saved = if self.resumes && file.exists() {
            Some(checkpoint::read(&file, &identity).map_err(|error| Usage(error.to_string()))?)
        } else {
            None
        };
        Ok(OfJob { file, identity, saved: Mutex::new(saved), every: self.every })
    }

    /// All that decides what is explored, and in which order.
    fn identity(&self, job: &Job<'_>, keep_going: bool) -> Result<String, Usage> {
        let prepared = job.prepare().map_err(JobError::from)?;
        let constants = prepared.constants.iter().map(|(name, value)| format!("{name} = {value}"));
        let asked: Vec<_> = prepared.model.names(&prepared.goals);
        let mut identity = format!(
            "{} {} {} of {} with {}, asked for {}",
            job.system.name(),
            job.name(),
            job.layer,
            job.module(),
            constants.collect::<Vec<_>>().join(", "),
            asked.join(", "),
        );
        if !prepared.environment.is_empty() {
            identity += &format!(", in {}", prepared.environment);
        }
        if keep_going {
            identity += ", beyond violations";
        }
        Ok(format!("{identity}, by build {:016x}", self.build))
    }
}

impl OfJob {
    /// Removes what is not needed any more, because the check came to its end.
    pub(super) fn finish(&self, judged: &Judged) -> Result<(), Usage> {
        let ended = matches!(judged.report.stopped, None | Some(StopReason::Violation));
        if !ended {
            return Ok(());
        }
        match std::fs::remove_file(&self.file) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                Err(Usage(format!("cannot remove {}: {error}", self.file.display())))
            }
            _ => Ok(()),
        }
    }
}

fn file_name(job: &Job<'_>) -> String {
    let name = job.name();
    let stem = Path::new(&name).file_stem().unwrap_or_default().display();
    format!("{}-{stem}-{}.checkpoint", job.system.name(), job.layer)
}

/// A hash of this program's file.
fn build() -> std::io::Result<u64> {
    let program = std::fs::read(std::env::current_exe()?)?;
    let mut hasher = SipHasher::new();
    hasher.write(&program);
    Ok(hasher.finish())
}
