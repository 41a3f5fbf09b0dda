//! What clients asked and were answered, as seen from outside.

use std::collections::BTreeMap;

use mitregate_multi_paxos::NodeId;
use mitregate_multi_paxos_runtime::Position;
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use crate::simulation::Value;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Call {
    Append(Value),
    /// Of the whole log.
    Read,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// So many values are before it.
    Appended {
        before: usize,
        place: Position,
    },
    Read(Vec<Value>),
}

/// A log that does one thing after the other.
#[derive(Clone, Debug, Default)]
struct Log(Vec<Value>);

/// What a call of the log returns: how many values are before one, or all of them.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Returned {
    Appended(usize),
    Read(Vec<Value>),
}

impl SequentialSpec for Log {
    type Op = Call;
    type Ret = Returned;

    fn invoke(&mut self, call: &Call) -> Returned {
        match *call {
            Call::Append(value) => {
                self.0.push(value);
                Returned::Appended(self.0.len() - 1)
            }
            Call::Read => Returned::Read(self.0.clone()),
        }
    }
}

/// A client's node, and which of its callers since its first start.
type Thread = (NodeId, usize);

/// All calls of a run, in the order in which they began and ended.
#[derive(Debug)]
pub(crate) struct History {
    tester: LinearizabilityTester<Thread, Log>,
    /// How many calls each client has begun, and how many of these have ended or were cut off by a crash.
    calls: BTreeMap<NodeId, (u32, u32)>,
    acknowledged: Vec<(Value, Position)>,
    answered: usize,
}

impl Default for History {
    fn default() -> History {
        History {
            tester: LinearizabilityTester::new(Log::default()),
            calls: BTreeMap::new(),
            acknowledged: Vec::new(),
            answered: 0,
        }
    }
}

impl History {
    /// The number of a client's next call, if it has not made all.
    pub(crate) fn next_call(&self, client: NodeId, all: u32) -> Option<u32> {
        let (begun, _) = self.calls.get(&client).copied().unwrap_or_default();
        (begun < all).then_some(begun)
    }

    pub(crate) fn begin(&mut self, thread: Thread, call: Call) {
        self.calls.entry(thread.0).or_default().0 += 1;
        self.tester.on_invoke(thread, call).unwrap();
    }

    pub(crate) fn end(&mut self, thread: Thread, call: Call, answer: Answer) {
        self.calls.entry(thread.0).or_default().1 += 1;
        self.answered += 1;
        let returned = match answer {
            Answer::Appended { before, place } => {
                if let Call::Append(value) = call {
                    self.acknowledged.push((value, place));
                }
                Returned::Appended(before)
            }
            Answer::Read(values) => Returned::Read(values),
        };
        self.tester.on_return(thread, returned).unwrap();
    }

    /// A call took effect, and nobody can say when: the thread makes no further ones.
    pub(crate) fn lost(&mut self, client: NodeId) {
        self.calls.entry(client).or_default().1 += 1;
    }

    /// A client's node has crashed: the call that it was making is never answered.
    pub(crate) fn crashed(&mut self, client: NodeId) {
        if let Some((begun, ended)) = self.calls.get_mut(&client) {
            *ended = *begun;
        }
    }

    /// How many calls have ended or were cut off.
    pub(crate) fn ended(&self) -> u32 {
        self.calls.values().map(|(_, ended)| ended).sum()
    }

    pub(crate) fn answered(&self) -> usize {
        self.answered
    }

    /// Values that were acknowledged, each with its place.
    pub(crate) fn acknowledged(&self) -> impl Iterator<Item = (Value, Position)> {
        self.acknowledged.iter().copied()
    }

    pub(crate) fn is_linearizable(&self) -> bool {
        self.tester.is_consistent()
    }
}
