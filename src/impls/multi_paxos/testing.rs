//! Helpers of the unit tests.

use super::cluster::Cluster;
use super::proposal::{Attempt, NodeId, ProposalKey, Round};

/// Acceptors 0.., proposers 10.., learners 20 and 21.
pub(super) fn cluster(acceptors: u32, proposers: u32) -> Cluster {
    Cluster::new(
        (0..acceptors).map(NodeId),
        (10..10 + proposers).map(NodeId),
        [NodeId(20), NodeId(21)],
    )
    .unwrap()
}

pub(super) fn key(round: u64, attempt: u32, node: u32) -> ProposalKey {
    ProposalKey { round: Round(round), attempt: Attempt(attempt), node: NodeId(node) }
}

/// A xorshift generator; a failing seed can be run again.
pub(super) struct Dice(u64);

impl Dice {
    pub(super) fn new(seed: u64) -> Self {
        Dice(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    /// A number below `sides`.
    pub(super) fn roll(&mut self, sides: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 11) % sides
    }
}
