//! Checkpoints: an exploration on disk, from which it goes on after the process has gone.
//!
//! What is saved is the graph and the table of seen states, and no state. The states that are still to be expanded are
//! made anew by the steps that first reached them; so every model can be saved, whatever its states are, and a step that
//! leads elsewhere than before is noticed. A file begins with a line that names its format, and one of JSON that says what
//! is explored and how far that has come; then come the numbers, little end first, and a hash of all that.

use std::fs::{self, File};
use std::hash::Hasher as _;
use std::io::{self, BufRead, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use rayon::prelude::*;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use siphasher::sip::SipHasher;
use thiserror::Error;

use super::Checkable;
use super::bits::Bits;
use super::contract::guarded;
use super::expand::Notes;
use super::graph::{Graph, StateId, id};
use super::seen::Seen;
use super::trace::take;

const FORMAT: &str = "mitregate checkpoint 2\n";

/// Where and how often an exploration is saved.
#[derive(Clone, Copy)]
pub struct Checkpoint<'a> {
    /// The file. It is replaced as a whole, so there is a good one at any time after the first.
    pub file: &'a Path,
    /// What is explored: a checkpoint of anything else is refused.
    pub identity: &'a str,
    /// How long after one the next is due. There is one besides when time, memory or patience ends.
    pub every: Duration,
    /// Told why one could not be written, which ends the exploration.
    pub failed: &'a (dyn Fn(&io::Error) + Sync),
}

/// What a checkpoint says of itself, after what it is of.
#[derive(Serialize, Deserialize)]
struct Header {
    states: usize,
    level_starts: Vec<StateId>,
    notes: Notes,
    progressed: Progressed,
}

/// How far an exploration has come.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(super) struct Progressed {
    /// How many states, from the first on, are expanded.
    pub(super) expanded: StateId,
    /// The number of the first state of the next level.
    pub(super) level_end: StateId,
    /// A hash of the fingerprints of the states that wait, in order.
    pub(super) waiting: u64,
    pub(super) keeps_edges: bool,
    /// Whether steps were left out.
    pub(super) reduces: bool,
    pub(super) elapsed: Duration,
}

/// An exploration that was saved.
pub struct Saved {
    pub(super) seen: Seen,
    pub(super) graph: Graph,
    pub(super) progressed: Progressed,
}

/// Why there is nothing to go on from.
#[derive(Debug, Error)]
pub enum CheckpointError {
    /// The file cannot be read.
    #[error("cannot read the checkpoint {}: {error}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        error: io::Error,
    },
    /// It is none, or was cut or changed.
    #[error("{} is no checkpoint, or is damaged: {what}; begin anew without --resume", file.display())]
    Damaged {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
    /// It is one of something else.
    #[error(
        "{} is a checkpoint of another check: it is of {found}, and this is {expected}; run what it is of, or begin \
         anew without --resume",
        file.display()
    )]
    Other {
        /// The file.
        file: PathBuf,
        /// What it is of.
        found: String,
        /// What was asked for.
        expected: String,
    },
}

/// Writes numbers, and a hash of all that was written.
pub(super) struct Output {
    file: BufWriter<File>,
    hasher: SipHasher,
}

impl Output {
    pub(super) fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.hasher.write(bytes);
        self.file.write_all(bytes)
    }

    pub(super) fn count(&mut self, count: usize) -> io::Result<()> {
        self.bytes(&(count as u64).to_le_bytes())
    }

    /// Numbers, and before them how many there are.
    pub(super) fn words(
        &mut self,
        words: impl IntoIterator<IntoIter: ExactSizeIterator<Item = u64>>,
    ) -> io::Result<()> {
        self.numbers(words.into_iter().map(u64::to_le_bytes))
    }

    /// The same of half the size.
    pub(super) fn halves(
        &mut self,
        halves: impl IntoIterator<IntoIter: ExactSizeIterator<Item = u32>>,
    ) -> io::Result<()> {
        self.numbers(halves.into_iter().map(u32::to_le_bytes))
    }

    fn numbers<const N: usize>(
        &mut self,
        mut numbers: impl ExactSizeIterator<Item = [u8; N]>,
    ) -> io::Result<()> {
        self.count(numbers.len())?;
        numbers.try_for_each(|number| self.bytes(&number))
    }
}

/// Reads what [`Output`] has written, after its hash was found to be right.
pub(super) struct Input(BufReader<File>);

impl Input {
    fn array<const N: usize>(&mut self) -> io::Result<[u8; N]> {
        let mut bytes = [0; N];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn count(&mut self) -> io::Result<usize> {
        let count = u64::from_le_bytes(self.array()?);
        usize::try_from(count).map_err(io::Error::other)
    }

    pub(super) fn bytes(&mut self) -> io::Result<Vec<u8>> {
        let count = self.count()?;
        let mut bytes = vec![0; count];
        self.0.read_exact(&mut bytes)?;
        Ok(bytes)
    }

    pub(super) fn words(&mut self) -> io::Result<Vec<u64>> {
        self.numbers(u64::from_le_bytes)
    }

    pub(super) fn halves(&mut self) -> io::Result<Vec<u32>> {
        self.numbers(u32::from_le_bytes)
    }

    fn numbers<const N: usize, T>(&mut self, number: fn([u8; N]) -> T) -> io::Result<Vec<T>> {
        let count = self.count()?;
        // Collecting results would not know how many there are, and take up to twice the memory.
        let mut numbers = Vec::with_capacity(count);
        for _ in 0..count {
            numbers.push(number(self.array()?));
        }
        Ok(numbers)
    }
}

/// Saves an exploration. The file that was there stays if this fails.
pub(super) fn write(
    checkpoint: &Checkpoint<'_>,
    (seen, graph): (&Seen, &Graph),
    progressed: Progressed,
) -> io::Result<()> {
    let header = Header {
        states: graph.len(),
        level_starts: graph.level_starts().to_vec(),
        notes: graph.notes.clone(),
        progressed,
    };
    write_file(checkpoint.file, FORMAT, &(checkpoint.identity, header), |output| {
        graph.write(output)?;
        seen.write(output)
    })
}

/// Replaces a file by one of a format, with a header and what comes after it.
pub(super) fn write_file(
    file: &Path,
    format: &str,
    header: &impl Serialize,
    rest: impl FnOnce(&mut Output) -> io::Result<()>,
) -> io::Result<()> {
    let unfinished = file.with_extension("unfinished");
    let written = (|| {
        let begun = BufWriter::with_capacity(1 << 20, File::create(&unfinished)?);
        let mut output = Output { file: begun, hasher: SipHasher::new() };
        output.bytes(format.as_bytes())?;
        output.bytes(serde_json::to_string(header).map_err(io::Error::other)?.as_bytes())?;
        output.bytes(b"\n")?;
        rest(&mut output)?;
        let hash = output.hasher.finish();
        output.file.write_all(&hash.to_le_bytes())?;
        let written = output.file.into_inner().map_err(io::IntoInnerError::into_error)?;
        written.sync_all()?;
        fs::rename(&unfinished, file)?;
        // Others give up what they have once this is there, so it should be there for good. Not every file system can do that.
        #[cfg(unix)]
        if let Some(folder) = file.parent().filter(|it| !it.as_os_str().is_empty()) {
            let _ = File::open(folder).and_then(|it| it.sync_all());
        }
        Ok(())
    })();
    if written.is_err() {
        // What is half written is of no use, and may be what has filled the disk.
        let _ = fs::remove_file(&unfinished);
    }
    written
}

/// Looks whether a file is a checkpoint of what is explored.
///
/// # Errors
///
/// If it is none of it.
pub fn check(path: &Path, identity: &str) -> Result<(), CheckpointError> {
    open::<Header>(path, FORMAT, identity).map(|_| ())
}

/// Reads a checkpoint of what is explored.
///
/// # Errors
///
/// If there is none of it.
pub fn read(path: &Path, identity: &str) -> Result<Saved, CheckpointError> {
    let unreadable = |error| CheckpointError::Unreadable { file: path.to_owned(), error };
    let (header, mut input): (Header, _) = open(path, FORMAT, identity)?;
    let (mut graph, seen) =
        read_explored(&mut input, header.notes, header.level_starts).map_err(unreadable)?;
    graph.elapsed = header.progressed.elapsed;
    if graph.len() != header.states {
        let what = "it has not as many states as it says";
        return Err(CheckpointError::Damaged { file: path.to_owned(), what });
    }
    Ok(Saved { seen, graph, progressed: header.progressed })
}

/// Reads a graph, with what the header has of it, and the table of seen states.
pub(super) fn read_explored(
    input: &mut Input,
    notes: Notes,
    level_starts: Vec<StateId>,
) -> io::Result<(Graph, Seen)> {
    let mut graph = Graph::new(notes);
    graph.read(input)?;
    for first in level_starts {
        graph.begin_level(first);
    }
    Ok((graph, Seen::read(input)?))
}

/// What a checkpoint of a format says of itself, and the rest of it.
pub(super) fn open<T: DeserializeOwned>(
    path: &Path,
    format: &str,
    identity: &str,
) -> Result<(T, Input), CheckpointError> {
    let unreadable = |error| CheckpointError::Unreadable { file: path.to_owned(), error };
    let damaged = |what| CheckpointError::Damaged { file: path.to_owned(), what };
    check_hash(path, format).map_err(unreadable)?.map_err(damaged)?;
    header(path, identity)
}

/// The same without a look whether it is whole, for a file that is read later.
pub(super) fn header<T: DeserializeOwned>(
    path: &Path,
    identity: &str,
) -> Result<(T, Input), CheckpointError> {
    let unreadable = |error| CheckpointError::Unreadable { file: path.to_owned(), error };
    let damaged = |what| CheckpointError::Damaged { file: path.to_owned(), what };
    let mut input = Input(BufReader::with_capacity(1 << 20, File::open(path).map_err(unreadable)?));
    let mut line = String::new();
    input.0.read_line(&mut line).map_err(unreadable)?;
    line.clear();
    input.0.read_line(&mut line).map_err(unreadable)?;
    let (found, header): (String, T) = serde_json::from_str(&line)
        .map_err(|_| damaged("its second line is of another version"))?;
    if found != identity {
        return Err(CheckpointError::Other {
            file: path.to_owned(),
            found,
            expected: identity.to_owned(),
        });
    }
    Ok((header, input))
}

/// Whether a file begins as a checkpoint and ends with the hash of what is before; if not, what is wrong.
fn check_hash(path: &Path, format: &str) -> io::Result<Result<(), &'static str>> {
    let mut file = BufReader::with_capacity(1 << 20, File::open(path)?);
    let length = fs::metadata(path)?.len();
    let Some(mut rest) = length.checked_sub(8).filter(|&rest| rest >= format.len() as u64) else {
        return Ok(Err("it is too short"));
    };
    let mut begin = vec![0; format.len()];
    file.read_exact(&mut begin)?;
    if begin != format.as_bytes() {
        return Ok(Err("it does not begin as one of this version"));
    }
    let mut hasher = SipHasher::new();
    hasher.write(&begin);
    rest -= format.len() as u64;
    let mut buffer = vec![0; 1 << 20];
    while rest > 0 {
        let some = usize::try_from(rest).map_or(buffer.len(), |rest| rest.min(buffer.len()));
        file.read_exact(&mut buffer[..some])?;
        hasher.write(&buffer[..some]);
        rest -= some as u64;
    }
    let mut hash = [0; 8];
    file.read_exact(&mut hash)?;
    let is_right = u64::from_le_bytes(hash) == hasher.finish();
    Ok(if is_right { Ok(()) } else { Err("it was cut or changed after it was written") })
}

/// Makes the states from a number on anew, in order, by the steps that first reached them; the level after the last that
/// has begun begins with `level_end`. None if the model does not take them as it did.
pub(super) fn states_from<M: Checkable>(
    model: &M,
    graph: &Graph,
    (from, level_end): (StateId, StateId),
) -> Option<Vec<M::State>> {
    let needed = needed(graph, from);
    let initial = guarded(|| model.init_states()).ok()?;
    let mut found = Vec::new();
    // The states of the level before, of those that are needed, with their numbers.
    let mut parents: Vec<(StateId, M::State)> = Vec::new();
    let mut first = 0;
    let later_levels = graph.level_starts().iter().skip(1).copied();
    for end in later_levels.chain([level_end, id(graph.len())]) {
        let remake = |state: StateId| {
            let made = match graph.reached_by(state) {
                (None, index) => initial.get(index as usize).cloned(),
                (Some(parent), action) => {
                    let parent =
                        parents.binary_search_by_key(&parent, |(number, _)| *number).ok()?;
                    // Code that does not panic here did not before; if it does, that is another step.
                    let step = guarded(|| take(model, &parents[parent].1, action));
                    step.ok()?.map(|(_, next)| next)
                }
            };
            made.map(|made| (state, made))
        };
        let states: Vec<StateId> = (first..end).filter(|&state| needed.has(state)).collect();
        let made: Vec<_> = states.into_par_iter().map(remake).collect::<Option<_>>()?;
        let (expanded, new): (Vec<_>, Vec<_>) =
            made.into_iter().partition(|(number, _)| *number < from);
        found.extend(new.into_iter().map(|(_, state)| state));
        parents = expanded;
        first = end;
    }
    Some(found)
}

/// The states from a number on, and those on the way to one.
fn needed(graph: &Graph, from: StateId) -> Bits {
    let mut needed = Bits::new(graph.len());
    for state in (0..id(graph.len())).rev() {
        if state >= from {
            needed.insert(state);
        }
        if needed.has(state)
            && let (Some(parent), _) = graph.reached_by(state)
        {
            needed.insert(parent);
        }
    }
    needed
}
