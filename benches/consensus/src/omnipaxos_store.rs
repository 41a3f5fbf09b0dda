//! What `OmniPaxos` asks of its user for a durable log: its own storage in memory, of which the changes that have to
//! survive go to a journal as well.

use omnipaxos::ballot_leader_election::Ballot;
use omnipaxos::storage::{StopSign, Storage, StorageOp, StorageResult};
use omnipaxos_storage::memory_storage::MemoryStorage;
use serde::Serialize;

use crate::journal::Journal;
use crate::omnipaxos_log::Value;

/// Changes are in the journal when a call returns, but not on disk: whoever runs the node syncs the journal once
/// for a batch of inputs, before anything that `OmniPaxos` says about them leaves the node. Syncing within
/// each call would be one sync for each value.
pub(crate) struct Store {
    memory: MemoryStorage<Value>,
    journal: Option<Journal>,
}

/// What is on disk.
#[derive(Serialize)]
enum Record<'a> {
    /// Entries from an index on. Those that were there are gone.
    Entries(usize, &'a [Value]),
    Promise(Ballot),
    AcceptedRound(Ballot),
}

impl Store {
    pub(crate) fn new(journal: Option<Journal>) -> Store {
        Store { memory: MemoryStorage::default(), journal }
    }

    fn write(&self, record: &Record<'_>) -> StorageResult<()> {
        let Some(journal) = &self.journal else { return Ok(()) };
        Ok(journal.add(record)?)
    }
}

fn unused<T>() -> StorageResult<T> {
    Err("nothing is compacted and nobody reconfigures here".into())
}

impl Storage<Value> for Store {
    // Atomic, since records of one sync are one frame.
    fn write_atomically(&mut self, operations: Vec<StorageOp<Value>>) -> StorageResult<()> {
        for operation in operations {
            match operation {
                StorageOp::AppendEntry(entry) => self.append_entry(entry)?,
                StorageOp::AppendEntries(entries) => self.append_entries(entries)?,
                StorageOp::AppendOnPrefix(from, entries) => self.append_on_prefix(from, entries)?,
                StorageOp::SetPromise(ballot) => self.set_promise(ballot)?,
                StorageOp::SetDecidedIndex(index) => self.set_decided_idx(index)?,
                StorageOp::SetAcceptedRound(ballot) => self.set_accepted_round(ballot)?,
                StorageOp::SetStopsign(None) => {}
                StorageOp::SetStopsign(Some(_))
                | StorageOp::SetCompactedIdx(_)
                | StorageOp::Trim(_)
                | StorageOp::SetSnapshot(_) => unused()?,
            }
        }
        Ok(())
    }

    fn append_entry(&mut self, entry: Value) -> StorageResult<()> {
        self.append_entries(vec![entry])
    }

    fn append_entries(&mut self, entries: Vec<Value>) -> StorageResult<()> {
        // OmniPaxos says so now and then to flush what is no batch.
        if entries.is_empty() {
            return Ok(());
        }
        self.write(&Record::Entries(self.memory.get_log_len()?, &entries))?;
        self.memory.append_entries(entries)
    }

    fn append_on_prefix(&mut self, from: usize, entries: Vec<Value>) -> StorageResult<()> {
        self.write(&Record::Entries(from, &entries))?;
        self.memory.append_on_prefix(from, entries)
    }

    fn set_promise(&mut self, ballot: Ballot) -> StorageResult<()> {
        self.write(&Record::Promise(ballot))?;
        self.memory.set_promise(ballot)
    }

    // Not written: what is decided follows from what is accepted, and who restarts hears of it from a leader. It would
    // be a sync of its own for each batch. openraft leaves the same to its user, and its default is the same.
    fn set_decided_idx(&mut self, index: usize) -> StorageResult<()> {
        self.memory.set_decided_idx(index)
    }

    fn get_decided_idx(&self) -> StorageResult<usize> {
        self.memory.get_decided_idx()
    }

    fn set_accepted_round(&mut self, ballot: Ballot) -> StorageResult<()> {
        self.write(&Record::AcceptedRound(ballot))?;
        self.memory.set_accepted_round(ballot)
    }

    fn get_accepted_round(&self) -> StorageResult<Option<Ballot>> {
        self.memory.get_accepted_round()
    }

    fn get_entries(&self, from: usize, to: usize) -> StorageResult<Vec<Value>> {
        self.memory.get_entries(from, to)
    }

    fn get_log_len(&self) -> StorageResult<usize> {
        self.memory.get_log_len()
    }

    fn get_suffix(&self, from: usize) -> StorageResult<Vec<Value>> {
        self.memory.get_suffix(from)
    }

    fn get_promise(&self) -> StorageResult<Option<Ballot>> {
        self.memory.get_promise()
    }

    fn set_stopsign(&mut self, _: Option<StopSign>) -> StorageResult<()> {
        unused()
    }

    fn get_stopsign(&self) -> StorageResult<Option<StopSign>> {
        self.memory.get_stopsign()
    }

    fn trim(&mut self, _: usize) -> StorageResult<()> {
        unused()
    }

    fn set_compacted_idx(&mut self, _: usize) -> StorageResult<()> {
        unused()
    }

    fn get_compacted_idx(&self) -> StorageResult<usize> {
        self.memory.get_compacted_idx()
    }

    fn set_snapshot(
        &mut self,
        _: Option<<Value as omnipaxos::storage::Entry>::Snapshot>,
    ) -> StorageResult<()> {
        unused()
    }

    fn get_snapshot(
        &self,
    ) -> StorageResult<Option<<Value as omnipaxos::storage::Entry>::Snapshot>> {
        self.memory.get_snapshot()
    }
}
