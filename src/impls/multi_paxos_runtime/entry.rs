//! What the log holds.

use std::fmt;
use std::sync::Arc;

use mitregate_multi_paxos::{NodeId, Round};
use serde::{Deserialize, Serialize};
use tokio::sync::oneshot;

/// A client's value, with a name of its own. It may get into the log twice, if a leader goes; it is applied once.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Item<V> {
    /// The node of the client.
    pub origin: NodeId,
    /// A random number of that node's start.
    pub start: u64,
    /// Its number since that start, from 0 on.
    pub sequence: u64,
    /// The value; none for a barrier.
    pub value: Option<V>,
}

/// What a round decides on: values in their order, those of several clients. It is empty where a leader fills a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry<V> {
    /// The values. Votes, messages and the log share them.
    pub items: Arc<[Item<V>]>,
}

/// A place in the log.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Position {
    /// The round.
    pub round: Round,
    /// The number among the round's values, from 0 on.
    pub index: u32,
}

impl fmt::Display for Position {
    /// Writes `round.index`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.round, self.index)
    }
}

/// What the application is told, in the order of the log.
#[derive(Debug)]
pub enum Applied<V> {
    /// A round with the values that are new in it, which may be none.
    Round {
        /// The round. None is left out but those that a snapshot has.
        round: Round,
        /// The values, each with its place.
        items: Vec<(Position, Item<V>)>,
    },
    /// A snapshot is wanted: all rounds before this one were told, and none after. Who drops `answer` gives none.
    Snapshot {
        /// The first round that is not in it.
        before: Round,
        /// Takes the application's state in bytes.
        answer: oneshot::Sender<Vec<u8>>,
    },
    /// The application's state is now this, in place of all that was told.
    Install {
        /// The next round.
        before: Round,
        /// What some node's application has answered.
        state: Vec<u8>,
    },
}
