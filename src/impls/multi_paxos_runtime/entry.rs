//! What the log holds.

use mitregate_multi_paxos::NodeId;
use serde::{Deserialize, Serialize};

/// An entry of the log. No two that proposers begin are equal, so a proposer recognises its own.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Entry<V> {
    /// The proposer that began with it.
    pub origin: NodeId,
    /// A random number of that proposer's start.
    pub start: u64,
    /// Its number since that start.
    pub sequence: u64,
    /// The client's value; none for a barrier, or to fill a gap.
    pub value: Option<V>,
}
