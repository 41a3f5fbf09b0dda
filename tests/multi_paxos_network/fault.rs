//! Faults that somebody may make around the core: in what is written, when, and what is answered.

use mitregate_multi_paxos::{
    AcceptorEvent, DurableAcceptorState, DurableProposerState, Record, Stored,
};
use mitregate_multi_paxos_runtime::Entry;

use crate::simulation::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Answers leave before what they depend on is written.
    AnsweredBeforeWritten,
    /// Promises are not written.
    PromisesNotWritten,
    /// Votes are not written.
    VotesNotWritten,
    /// Attempts are not written.
    AttemptsNotWritten,
    /// A write that failed counts as one that succeeded.
    FailedWriteIgnored,
    /// A node starts with an empty disk.
    StartsEmpty,
    /// A node starts with what was on its disk at its first start.
    OldCopyRestored,
    /// The log is written anew without votes.
    VotesNotCompacted,
    /// The log is written anew without promises.
    PromisesNotCompacted,
    /// The log is written anew without attempts.
    AttemptsNotCompacted,
    /// The log is written anew without the snapshot.
    SnapshotNotCompacted,
    /// An application's snapshot lacks the last round that it stands for.
    StaleSnapshot,
    /// A client is told that its value is in the log before it is.
    AcknowledgedTooEarly,
    /// A read returns the log as it is known, without looking whether there is more.
    ReadWithoutBarrier,
}

impl Fault {
    pub(crate) const ALL: [Fault; 14] = [
        Fault::AnsweredBeforeWritten,
        Fault::PromisesNotWritten,
        Fault::VotesNotWritten,
        Fault::AttemptsNotWritten,
        Fault::FailedWriteIgnored,
        Fault::StartsEmpty,
        Fault::OldCopyRestored,
        Fault::VotesNotCompacted,
        Fault::PromisesNotCompacted,
        Fault::AttemptsNotCompacted,
        Fault::SnapshotNotCompacted,
        Fault::StaleSnapshot,
        Fault::AcknowledgedTooEarly,
        Fault::ReadWithoutBarrier,
    ];

    /// With what the check that is made for such a fault begins its report.
    pub(crate) fn reports(self) -> &'static [&'static str] {
        match self {
            Fault::AcknowledgedTooEarly => &["was acknowledged for"],
            Fault::StaleSnapshot => &["a gap before round", "node 1"],
            Fault::ReadWithoutBarrier => &["the calls are not linearizable"],
            // What a node has lost, it may decide anew before its trace shows it: no two logs differ in a round.
            _ => &["the traces are not explained", "round "],
        }
    }

    /// What is written in place of these records. `late` is kept from one write to the next.
    pub(crate) fn written(
        self,
        mut records: Vec<Record<Entry<Value>>>,
        late: &mut Vec<Record<Entry<Value>>>,
    ) -> Vec<Record<Entry<Value>>> {
        match self {
            Fault::AnsweredBeforeWritten => return std::mem::replace(late, records),
            Fault::PromisesNotWritten => records.retain(|record| {
                !matches!(
                    record,
                    Record::Acceptor(
                        AcceptorEvent::Promise { .. } | AcceptorEvent::PromiseAll { .. }
                    )
                )
            }),
            Fault::VotesNotWritten => records
                .retain(|record| !matches!(record, Record::Acceptor(AcceptorEvent::Accept { .. }))),
            Fault::AttemptsNotWritten => {
                records.retain(|record| !matches!(record, Record::Proposer(_)));
            }
            _ => {}
        }
        records
    }

    /// What the log is written anew as, in place of this.
    pub(crate) fn compacted(self, stored: Stored<Entry<Value>>) -> Stored<Entry<Value>> {
        let Stored { acceptor, proposer } = stored;
        let is_kept = |event: &AcceptorEvent<Entry<Value>>| match event {
            AcceptorEvent::Accept { .. } => self != Fault::VotesNotCompacted,
            AcceptorEvent::Promise { .. } | AcceptorEvent::PromiseAll { .. } => {
                self != Fault::PromisesNotCompacted
            }
            AcceptorEvent::Snapshot(_) => self != Fault::SnapshotNotCompacted,
        };
        let acceptor = DurableAcceptorState::replay(acceptor.events().filter(is_kept));
        let proposer = if self == Fault::AttemptsNotCompacted {
            DurableProposerState::default()
        } else {
            proposer
        };
        Stored { acceptor, proposer }
    }
}
