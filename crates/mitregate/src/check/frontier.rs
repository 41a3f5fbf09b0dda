//! States that wait: to be expanded, and before that, where seen states are on disk, to be looked up there.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::bits::Bits;
use super::codec::Codec;
use super::disk::Disk;
use super::graph::StateId;
use super::{Checkable, Expander};

/// A file is read in pieces of this size, if there is no larger state.
const READ: usize = 1 << 20;

/// Where states wait.
pub(super) struct Room<'a, M: Checkable> {
    expander: &'a Expander<'a, M>,
    /// How states are written; none if they wait in memory, because the model cannot tell or because nobody asks for it.
    codec: Option<Codec<'a, M::State>>,
    disk: Option<Disk<'a>>,
}

/// Some states in the order of their numbers.
pub(super) enum Batch<S> {
    States(Vec<S>),
    Packed(Packed),
}

/// States as bytes.
#[derive(Debug, Default)]
pub(super) struct Packed {
    count: usize,
    /// The sum of their fingerprints: other bytes make other states.
    sum: u64,
    bytes: Vec<u8>,
}

/// The states of a level, in the order of their numbers.
pub(super) struct Frontier<S> {
    batches: VecDeque<Batch<S>>,
    len: usize,
    /// The bytes of batches, where they may be written to a file.
    bytes: usize,
    /// What comes before the batches.
    file: Option<Queue>,
}

/// Batches in a file: first in, first out.
struct Queue {
    file: File,
    read: u64,
    written: u64,
    /// What was read of it and not taken yet, from a place on.
    buffer: Vec<u8>,
    taken: usize,
}

/// The step that found a state.
#[derive(Clone, Copy)]
pub(super) struct Step {
    pub(super) fingerprint: u64,
    pub(super) parent: StateId,
    pub(super) action: u32,
}

/// States that may be new or be on disk, with the steps that found them.
pub(super) struct Pending<S> {
    steps: Vec<Step>,
    /// Each with where the bytes of its states end, if it has any.
    batches: Vec<(Batch<S>, Vec<usize>)>,
    memory: usize,
}

impl<'a, M: Checkable> Room<'a, M> {
    pub(super) fn new(expander: &'a Expander<'a, M>, disk: Option<Disk<'a>>) -> Self {
        let codec = disk.and_then(|_| expander.model().codec());
        Room { expander, codec, disk }
    }

    /// Makes states ready to wait; where the bytes of each end, if they are bytes.
    pub(super) fn ready(
        &self,
        states: Vec<M::State>,
        fingerprints: &mut dyn Iterator<Item = u64>,
    ) -> io::Result<(Batch<M::State>, Vec<usize>)> {
        let Some(codec) = &self.codec else { return Ok((Batch::States(states), Vec::new())) };
        let mut packed = Packed { count: states.len(), ..Packed::default() };
        packed.sum = fingerprints.fold(0, u64::wrapping_add);
        let mut ends = Vec::with_capacity(states.len());
        for state in &states {
            codec.pack(state, &mut packed.bytes)?;
            ends.push(packed.bytes.len());
        }
        Ok((Batch::Packed(packed), ends))
    }

    /// The states of a batch.
    fn states(&self, batch: Batch<M::State>) -> io::Result<Vec<M::State>> {
        let packed = match batch {
            Batch::States(states) => return Ok(states),
            Batch::Packed(packed) => packed,
        };
        let codec = self.codec.as_ref();
        let mut rest = packed.bytes.as_slice();
        let mut sum = 0_u64;
        // A count that the disk has changed must not ask for much memory.
        let mut states = Vec::with_capacity(packed.count.min(READ));
        for _ in 0..packed.count {
            let Some(state) = codec.and_then(|codec| codec.unpack(&mut rest)) else { break };
            sum = sum.wrapping_add(self.expander.fingerprint(&state));
            states.push(state);
        }
        if states.len() == packed.count && sum == packed.sum && rest.is_empty() {
            return Ok(states);
        }
        Err(io::Error::other(
            "states are not what was written; the disk has changed them, or the model's codec leaves something out",
        ))
    }

    /// Adds states to those that wait.
    pub(super) fn add_states(
        &self,
        frontier: &mut Frontier<M::State>,
        states: Vec<M::State>,
    ) -> io::Result<()> {
        if self.codec.is_none() {
            return self.add(frontier, Batch::States(states));
        }
        let fingerprints: Vec<_> =
            states.iter().map(|state| self.expander.fingerprint(state)).collect();
        let (batch, _) = self.ready(states, &mut fingerprints.into_iter())?;
        self.add(frontier, batch)
    }

    /// Adds a batch to those that wait.
    pub(super) fn add(
        &self,
        frontier: &mut Frontier<M::State>,
        batch: Batch<M::State>,
    ) -> io::Result<()> {
        frontier.add(batch);
        match self.disk {
            Some(disk) if frontier.bytes > disk.frontier() => frontier.spill(disk),
            _ => Ok(()),
        }
    }

    /// Takes the next batches, until there are enough states.
    pub(super) fn take(
        &self,
        frontier: &mut Frontier<M::State>,
        enough: usize,
        pool: &ThreadPool,
    ) -> io::Result<Vec<Vec<M::State>>> {
        let mut batches = Vec::new();
        let mut count = 0;
        while count < enough
            && let Some(batch) = frontier.pop()?
        {
            count += batch.len();
            batches.push(batch);
        }
        if self.codec.is_none() {
            return batches.into_iter().map(|batch| self.states(batch)).collect();
        }
        pool.install(|| batches.into_par_iter().map(|batch| self.states(batch)).collect())
    }
}

impl<S> Batch<S> {
    fn len(&self) -> usize {
        match self {
            Batch::States(states) => states.len(),
            Batch::Packed(packed) => packed.count,
        }
    }
}

impl<S> Frontier<S> {
    pub(super) fn new() -> Self {
        Frontier { batches: VecDeque::new(), len: 0, bytes: 0, file: None }
    }

    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.len
    }

    pub(super) fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The states, where they are in memory.
    pub(super) fn states(&self) -> impl Iterator<Item = &S> {
        self.batches.iter().flat_map(|batch| match batch {
            Batch::States(states) => states.as_slice(),
            Batch::Packed(_) => &[],
        })
    }

    /// Puts states back that were taken and not expanded. If there is a file, nothing may be taken after that.
    pub(super) fn put_back(&mut self, states: Vec<S>) {
        self.len += states.len();
        self.batches.push_front(Batch::States(states));
    }

    fn add(&mut self, batch: Batch<S>) {
        self.len += batch.len();
        match (self.batches.back_mut(), batch) {
            (_, batch) if batch.len() == 0 => {}
            // Few at once are moved, so that there are enough for a task.
            (Some(Batch::States(last)), Batch::States(mut states))
                if last.len() + states.len() <= super::explore::PIECE =>
            {
                last.append(&mut states);
            }
            (Some(Batch::Packed(last)), Batch::Packed(packed))
                if last.count + packed.count <= super::explore::PIECE =>
            {
                self.bytes += packed.bytes.len();
                last.count += packed.count;
                last.sum = last.sum.wrapping_add(packed.sum);
                last.bytes.extend(packed.bytes);
            }
            (_, batch) => {
                if let Batch::Packed(packed) = &batch {
                    self.bytes += packed.bytes.len() + size_of::<Batch<S>>();
                }
                self.batches.push_back(batch);
            }
        }
    }

    /// Writes all batches to the file.
    fn spill(&mut self, disk: Disk<'_>) -> io::Result<()> {
        let queue = match &mut self.file {
            Some(queue) => queue,
            none => none.insert(Queue::new(disk)?),
        };
        self.bytes = 0;
        queue.write(self.batches.drain(..))
    }

    fn pop(&mut self) -> io::Result<Option<Batch<S>>> {
        let from_file = match &mut self.file {
            Some(queue) => queue.pop()?.map(Batch::Packed),
            None => None,
        };
        let batch = match from_file {
            None => {
                let batch = self.batches.pop_front();
                if let Some(Batch::Packed(packed)) = &batch {
                    self.bytes =
                        self.bytes.saturating_sub(packed.bytes.len() + size_of::<Batch<S>>());
                }
                batch
            }
            some => some,
        };
        self.len = self.len.saturating_sub(batch.as_ref().map_or(0, Batch::len));
        Ok(batch)
    }
}

impl Queue {
    fn new(disk: Disk<'_>) -> io::Result<Queue> {
        let file = tempfile::tempfile_in(disk.folder)?;
        Ok(Queue { file, read: 0, written: 0, buffer: Vec::new(), taken: 0 })
    }

    fn write<S>(&mut self, batches: impl Iterator<Item = Batch<S>>) -> io::Result<()> {
        self.file.seek(SeekFrom::Start(self.written))?;
        let mut output = BufWriter::with_capacity(READ, &self.file);
        for batch in batches {
            let Batch::Packed(packed) = batch else {
                return Err(io::Error::other("a state that is not packed cannot be written"));
            };
            for number in [packed.count as u64, packed.bytes.len() as u64, packed.sum] {
                output.write_all(&number.to_le_bytes())?;
            }
            output.write_all(&packed.bytes)?;
            self.written += 24 + packed.bytes.len() as u64;
        }
        output.flush()
    }

    /// Has at least so many bytes at hand, if there are as many.
    fn fill(&mut self, wanted: usize) -> io::Result<()> {
        if self.buffer.len() - self.taken >= wanted {
            return Ok(());
        }
        self.buffer.drain(..std::mem::take(&mut self.taken));
        let more = (self.written - self.read).min(READ.max(wanted) as u64);
        self.file.seek(SeekFrom::Start(self.read))?;
        let got = (&mut self.file).take(more).read_to_end(&mut self.buffer)?;
        self.read += got as u64;
        Ok(())
    }

    fn number(&mut self) -> io::Result<u64> {
        self.fill(8)?;
        let bytes = self.buffer.get(self.taken..).and_then(<[u8]>::first_chunk);
        let bytes = bytes.ok_or(io::ErrorKind::UnexpectedEof)?;
        self.taken += 8;
        Ok(u64::from_le_bytes(*bytes))
    }

    fn pop(&mut self) -> io::Result<Option<Packed>> {
        if self.taken == self.buffer.len() && self.read == self.written {
            return Ok(None);
        }
        let [count, length, sum] = [self.number()?, self.number()?, self.number()?];
        let [count, length] =
            [count, length].map(|number| usize::try_from(number).map_err(io::Error::other));
        let (count, length) = (count?, length?);
        self.fill(length)?;
        let bytes = self.buffer.get(self.taken..self.taken.saturating_add(length));
        let bytes = bytes.ok_or(io::ErrorKind::UnexpectedEof)?.to_vec();
        self.taken += length;
        Ok(Some(Packed { count, sum, bytes }))
    }
}

impl<S> Pending<S> {
    pub(super) fn new() -> Self {
        Pending { steps: Vec::new(), batches: Vec::new(), memory: 0 }
    }

    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.steps.len()
    }

    /// About how much memory they take, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.memory
    }

    /// The steps that found them, in order.
    pub(super) fn steps(&self) -> &[Step] {
        &self.steps
    }

    /// Adds states, and the steps that found them.
    pub(super) fn add(
        &mut self,
        steps: impl Iterator<Item = Step>,
        (batch, ends): (Batch<S>, Vec<usize>),
    ) {
        let before = self.steps.len();
        self.steps.extend(steps);
        self.memory += (self.steps.len() - before) * size_of::<Step>() + size_of_val(&*ends);
        self.memory += match &batch {
            Batch::States(states) => size_of_val(&**states),
            Batch::Packed(packed) => packed.bytes.len(),
        };
        self.batches.push((batch, ends));
    }

    /// Forgets the steps of states that were taken.
    pub(super) fn clear(&mut self) {
        self.steps.clear();
        self.memory = 0;
    }

    /// Takes the first `most` states that are not `dropped`, in batches.
    pub(super) fn take(&mut self, dropped: &Bits, most: usize) -> impl Iterator<Item = Batch<S>> {
        let Pending { steps, batches, .. } = self;
        let mut left = most;
        let mut steps = (0..).zip(&*steps);
        batches.drain(..).map(move |(batch, ends)| {
            let mut is_kept = steps.by_ref().take(batch.len()).map(|(index, step)| {
                let is_kept = left > 0 && !dropped.has(index);
                left -= usize::from(is_kept);
                is_kept.then_some(step.fingerprint)
            });
            match batch {
                Batch::States(mut states) => {
                    states.retain(|_| is_kept.next().is_some_and(|it| it.is_some()));
                    Batch::States(states)
                }
                Batch::Packed(packed) => {
                    let mut rest = Packed::default();
                    let mut begin = 0;
                    for (end, kept) in ends.into_iter().zip(is_kept) {
                        if let Some(fingerprint) = kept {
                            rest.count += 1;
                            rest.sum = rest.sum.wrapping_add(fingerprint);
                            rest.bytes.extend_from_slice(&packed.bytes[begin..end]);
                        }
                        begin = end;
                    }
                    Batch::Packed(rest)
                }
            }
        })
    }
}
