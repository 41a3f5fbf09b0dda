//! Checkpoints of several workers: each saves its own part, at the end of a level, in a file of its own.
//!
//! A part of a level is kept until all workers have one of a later level. So wherever processes are killed, there is a level
//! that all have saved: the last one is gone on from.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::check::checkpoint::{self, CheckpointError};
use crate::check::expand::Notes;
use crate::check::graph::{Graph, SavedElsewhere, StateId};
use crate::check::seen::Seen;

const FORMAT: &str = "mitregate checkpoint of a worker 1\n";

/// How the files of one worker end.
const END: &str = ".checkpoint";

/// One of the workers that explore together.
#[derive(Clone, Copy, Debug)]
pub(super) struct Who {
    pub(super) worker: usize,
    pub(super) workers: usize,
}

/// What a part says of itself.
#[derive(Serialize, Deserialize)]
struct Header {
    level_starts: Vec<StateId>,
    notes: Notes,
    elsewhere: Option<SavedElsewhere>,
    /// How many states the next level has, and the number of the first that this worker expands.
    level: usize,
    first: StateId,
    keeps_edges: bool,
    elapsed: Duration,
}

/// A worker's part of an exploration, between two levels.
pub(super) struct Part<S, G> {
    pub(super) seen: S,
    pub(super) graph: G,
    pub(super) level: usize,
    pub(super) first: StateId,
    pub(super) keeps_edges: bool,
    /// The paths to the states that this worker expands next.
    pub(super) waiting: Vec<u64>,
}

impl Who {
    /// What the names of this worker's files begin with.
    fn stem(self, file: &Path) -> String {
        let stem = file.file_stem().unwrap_or_default().to_string_lossy();
        format!("{stem}.{}of{}.", self.worker, self.workers)
    }

    /// What a part is of: a file that was given another name is no other part.
    fn identity(self, identity: &str, levels: usize) -> String {
        let Who { worker, workers } = self;
        format!("{identity}, worker {worker} of {workers} after {levels} levels")
    }

    /// Where it saves that so many levels have been expanded.
    fn file(self, file: &Path, levels: usize) -> PathBuf {
        file.with_file_name(format!("{}{levels}{END}", self.stem(file)))
    }

    /// Its files of one exploration, by the number of levels that had been expanded.
    fn files(self, file: &Path) -> io::Result<Vec<(usize, PathBuf)>> {
        let stem = self.stem(file);
        let levels = |path: &PathBuf| {
            let name = path.file_name()?.to_str()?.strip_prefix(&stem)?;
            name.strip_suffix(END)?.parse().ok()
        };
        let all = all_in(file)?.into_iter();
        let mut files: Vec<_> = all.filter_map(|path| Some((levels(&path)?, path))).collect();
        files.sort_unstable();
        Ok(files)
    }

    /// After how many levels it was saved, where that is what is explored.
    pub(super) fn levels(self, file: &Path, identity: &str) -> Result<Vec<usize>, CheckpointError> {
        let unreadable =
            |error| CheckpointError::Unreadable { file: file.with_extension("*"), error };
        let of_it = |(levels, path): (usize, PathBuf)| {
            let identity = self.identity(identity, levels);
            checkpoint::header::<Header>(&path, &identity).map(|_| levels)
        };
        self.files(file).map_err(unreadable)?.into_iter().map(of_it).collect()
    }

    pub(super) fn read(
        self,
        (file, identity): (&Path, &str),
        levels: usize,
    ) -> Result<Part<Seen, Graph>, CheckpointError> {
        let path = self.file(file, levels);
        let unreadable = |error| CheckpointError::Unreadable { file: path.clone(), error };
        let (header, mut input): (Header, _) =
            checkpoint::open(&path, FORMAT, &self.identity(identity, levels))?;
        let (mut graph, seen) =
            checkpoint::read_explored(&mut input, header.notes, header.level_starts)
                .map_err(unreadable)?;
        if let Some(elsewhere) = header.elsewhere {
            graph.set_elsewhere(elsewhere);
        }
        graph.elapsed = header.elapsed;
        let waiting = input.words().map_err(unreadable)?;
        let Header { level, first, keeps_edges, .. } = header;
        Ok(Part { seen, graph, level, first, keeps_edges, waiting })
    }

    pub(super) fn write(
        self,
        (file, identity): (&Path, &str),
        part: &Part<&Seen, &Graph>,
        elapsed: Duration,
    ) -> io::Result<()> {
        let graph = part.graph;
        let header = Header {
            level_starts: graph.level_starts().to_vec(),
            notes: graph.notes.clone(),
            elsewhere: graph.elsewhere(),
            level: part.level,
            first: part.first,
            keeps_edges: part.keeps_edges,
            elapsed,
        };
        let path = self.file(file, graph.depth());
        let identity = self.identity(identity, graph.depth());
        let written = checkpoint::write_file(&path, FORMAT, &(identity, header), |output| {
            graph.write(output)?;
            part.seen.write(output)?;
            output.words(part.waiting.iter().copied())
        });
        let named =
            |error: io::Error| io::Error::new(error.kind(), format!("{}: {error}", path.display()));
        written.map_err(named)
    }

    /// Removes its files of other levels, once all workers have saved so many.
    pub(super) fn keep(self, file: &Path, levels: usize) {
        let files = self.files(file).into_iter().flatten();
        for (_, path) in files.filter(|(it, _)| *it != levels) {
            // One too many does no harm: the last level that all have is gone on from.
            let _ = fs::remove_file(path);
        }
    }

    /// Removes all files of one exploration, with what was left unfinished.
    fn remove(self, file: &Path) -> io::Result<()> {
        let stem = self.stem(file);
        let name =
            |path: &Path| path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        all_in(file)?
            .iter()
            .filter(|path| name(path).starts_with(&stem))
            .try_for_each(fs::remove_file)
    }
}

/// The files in the folder of one.
fn all_in(file: &Path) -> io::Result<Vec<PathBuf>> {
    let folder = file.parent().unwrap_or(Path::new("."));
    fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect()
}

/// Whether the workers of a process, of so many in all, have saved an exploration in files whose names begin as that of a
/// checkpoint does.
///
/// # Errors
///
/// If one is of another exploration, or cannot be read.
pub fn is_saved(
    file: &Path,
    identity: &str,
    mine: std::ops::Range<usize>,
    workers: usize,
) -> Result<bool, CheckpointError> {
    let mut is_saved = false;
    for worker in mine {
        is_saved |= !Who { worker, workers }.levels(file, identity)?.is_empty();
    }
    Ok(is_saved)
}

/// By how many workers in all an exploration was saved there, of those that are not as many as these.
pub fn saved_by(file: &Path, workers: usize) -> Option<usize> {
    let stem = file.file_stem()?.to_str()?;
    let all = |path: &PathBuf| -> Option<usize> {
        let rest = path.file_name()?.to_str()?.strip_prefix(stem)?.strip_prefix('.')?;
        rest.split_once('.')?.0.split_once("of")?.1.parse().ok()
    };
    all_in(file).ok()?.iter().filter_map(all).find(|it| *it != workers)
}

/// Removes what they have saved.
///
/// # Errors
///
/// If the operating system does not let it.
pub fn remove(file: &Path, mine: std::ops::Range<usize>, workers: usize) -> io::Result<()> {
    mine.into_iter().try_for_each(|worker| Who { worker, workers }.remove(file))
}
