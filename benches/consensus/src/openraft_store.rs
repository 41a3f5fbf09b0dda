//! What openraft asks of its user: a log, in memory and, if there is a journal, on disk; and a state machine, which
//! has nothing to do here.

use std::fmt::Debug;
use std::io::{self, Cursor};
use std::ops::{Bound, RangeBounds};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use openraft::storage::{LogFlushed, LogState, RaftLogStorage, RaftStateMachine, Snapshot};
use openraft::{
    AnyError, BasicNode, Entry, EntryPayload, LogId, OptionalSend, RaftLogReader,
    RaftSnapshotBuilder, SnapshotMeta, StorageError, StorageIOError, StoredMembership, Vote,
};
use serde::Serialize;

use crate::journal::Journal;
use crate::openraft_log::Types;

type Result<T> = std::result::Result<T, StorageError<u64>>;

/// A node's log. A clone is another handle to it.
#[derive(Clone)]
pub(crate) struct Store {
    memory: Arc<Mutex<Memory>>,
    journal: Option<Journal>,
}

/// All of the log: nothing is ever purged, and the first entry has index 0.
#[derive(Default)]
struct Memory {
    entries: Vec<Entry<Types>>,
    vote: Option<Vote<u64>>,
}

/// What is on disk.
#[derive(Serialize)]
enum Record<'a> {
    Vote(&'a Vote<u64>),
    Entries(&'a [Entry<Types>]),
    /// Entries from this index on are gone.
    Truncate(u64),
}

impl Store {
    pub(crate) fn new(journal: Option<Journal>) -> Store {
        Store { memory: Arc::default(), journal }
    }

    fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn write(&self, record: Record<'_>) -> io::Result<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        journal.add(&record)?;
        journal.sync().await
    }
}

/// The position in a list of the entry with an index.
fn position(index: u64) -> usize {
    usize::try_from(index).unwrap_or(usize::MAX)
}

fn logs(error: &io::Error) -> StorageError<u64> {
    StorageIOError::write_logs(AnyError::new(error)).into()
}

impl RaftLogReader<Types> for Store {
    async fn try_get_log_entries<R: RangeBounds<u64> + Clone + Debug + OptionalSend>(
        &mut self,
        range: R,
    ) -> Result<Vec<Entry<Types>>> {
        let memory = self.memory();
        let length = memory.entries.len();
        let first = match range.start_bound() {
            Bound::Included(&index) => position(index),
            Bound::Excluded(&index) => position(index) + 1,
            Bound::Unbounded => 0,
        };
        let end = match range.end_bound() {
            Bound::Included(&index) => position(index).saturating_add(1),
            Bound::Excluded(&index) => position(index),
            Bound::Unbounded => length,
        };
        Ok(memory.entries.get(first..end.min(length)).unwrap_or_default().to_vec())
    }
}

impl RaftLogStorage<Types> for Store {
    type LogReader = Store;

    async fn get_log_state(&mut self) -> Result<LogState<Types>> {
        let last_log_id = self.memory().entries.last().map(|entry| entry.log_id);
        Ok(LogState { last_purged_log_id: None, last_log_id })
    }

    async fn get_log_reader(&mut self) -> Store {
        self.clone()
    }

    async fn save_vote(&mut self, vote: &Vote<u64>) -> Result<()> {
        self.memory().vote = Some(*vote);
        let written = self.write(Record::Vote(vote)).await;
        written.map_err(|error| StorageIOError::write_vote(AnyError::new(&error)).into())
    }

    async fn read_vote(&mut self) -> Result<Option<Vote<u64>>> {
        Ok(self.memory().vote)
    }

    // It could return before the sync is done and tell later. But openraft 0.9 then waits for the callback before it
    // does anything else, so nothing would be gained.
    async fn append<I>(&mut self, entries: I, callback: LogFlushed<Types>) -> Result<()>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let entries: Vec<_> = entries.into_iter().collect();
        let written = self.write(Record::Entries(&entries)).await;
        if written.is_ok() {
            self.memory().entries.extend(entries);
        }
        callback.log_io_completed(written);
        Ok(())
    }

    async fn truncate(&mut self, from: LogId<u64>) -> Result<()> {
        self.memory().entries.truncate(position(from.index));
        self.write(Record::Truncate(from.index)).await.map_err(|error| logs(&error))
    }

    async fn purge(&mut self, _: LogId<u64>) -> Result<()> {
        Err(logs(&io::Error::other("nothing is purged without snapshots")))
    }
}

/// A state machine without a state: this is about the log.
#[derive(Default)]
pub(crate) struct Machine {
    applied: Option<LogId<u64>>,
    membership: StoredMembership<u64, BasicNode>,
}

fn no_snapshots() -> StorageError<u64> {
    StorageIOError::write_snapshot(None, AnyError::error("no snapshots are taken here")).into()
}

impl RaftStateMachine<Types> for Machine {
    type SnapshotBuilder = NoSnapshots;

    async fn applied_state(
        &mut self,
    ) -> Result<(Option<LogId<u64>>, StoredMembership<u64, BasicNode>)> {
        Ok((self.applied, self.membership.clone()))
    }

    async fn apply<I>(&mut self, entries: I) -> Result<Vec<()>>
    where
        I: IntoIterator<Item = Entry<Types>> + OptionalSend,
        I::IntoIter: OptionalSend,
    {
        let mut answers = Vec::new();
        for entry in entries {
            self.applied = Some(entry.log_id);
            if let EntryPayload::Membership(membership) = entry.payload {
                self.membership = StoredMembership::new(Some(entry.log_id), membership);
            }
            answers.push(());
        }
        Ok(answers)
    }

    async fn get_snapshot_builder(&mut self) -> NoSnapshots {
        NoSnapshots
    }

    async fn begin_receiving_snapshot(&mut self) -> Result<Box<Cursor<Vec<u8>>>> {
        Err(no_snapshots())
    }

    async fn install_snapshot(
        &mut self,
        _: &SnapshotMeta<u64, BasicNode>,
        _: Box<Cursor<Vec<u8>>>,
    ) -> Result<()> {
        Err(no_snapshots())
    }

    async fn get_current_snapshot(&mut self) -> Result<Option<Snapshot<Types>>> {
        Ok(None)
    }
}

/// The configuration never asks for one.
pub(crate) struct NoSnapshots;

impl RaftSnapshotBuilder<Types> for NoSnapshots {
    async fn build_snapshot(&mut self) -> Result<Snapshot<Types>> {
        Err(no_snapshots())
    }
}
