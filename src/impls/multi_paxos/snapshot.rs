//! A snapshot: the result of the log's beginning, in place of the entries.

use std::fmt;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::proposal::Round;

/// What the entries of all rounds before one have led to. All of them are decided.
///
/// Who has it no longer needs those entries, nor what an acceptor knows of those rounds. It travels in one message.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Snapshot {
    /// The first round that is not in it.
    pub before: Round,
    /// The application's state, as it has encoded it.
    pub state: Arc<[u8]>,
}

impl fmt::Debug for Snapshot {
    /// Tells the size of the state, not the bytes.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot {{ before: {}, state: {} bytes }}", self.before, self.state.len())
    }
}
