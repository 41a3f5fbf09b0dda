//! Names of rounds, attempts, nodes and proposals, and the order on proposals.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A slot of the log. Every round is a consensus instance of its own.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Round(pub u64);

impl Round {
    /// The round after this one, or `None` after the last.
    pub fn next(self) -> Option<Round> {
        self.0.checked_add(1).map(Round)
    }
}

impl fmt::Display for Round {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// The number of a proposer's attempt in a round, counted from 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Attempt(pub u32);

impl Attempt {
    /// The attempt after this one, or `None` after the last.
    pub fn next(self) -> Option<Attempt> {
        self.0.checked_add(1).map(Attempt)
    }
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A node, in whichever roles its [`Cluster`](super::Cluster) gives it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct NodeId(pub u32);

impl fmt::Display for NodeId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

/// A proposer's attempt, whatever the round. A proposal is a ballot in a round.
///
/// The order of the fields is the order of comparison.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Ballot {
    /// The proposer's attempt.
    pub attempt: Attempt,
    /// The proposer.
    pub node: NodeId,
}

impl Ballot {
    /// The proposal of this ballot in a round.
    pub fn in_round(self, round: Round) -> ProposalKey {
        ProposalKey { round, attempt: self.attempt, node: self.node }
    }
}

impl fmt::Display for Ballot {
    /// Writes `attempt.node`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.attempt, self.node)
    }
}

/// The name of a proposal, which Lamport's "Paxos Made Simple" calls its number.
///
/// Keys are ordered by round, then attempt, then node, so that two proposers never share a key and
/// every proposer can outbid every other. The order of the fields is the order of comparison.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ProposalKey {
    /// The round that the proposal is for.
    pub round: Round,
    /// The proposer's attempt.
    pub attempt: Attempt,
    /// The proposer.
    pub node: NodeId,
}

impl ProposalKey {
    /// The ballot, whose order is that of the proposals of one round.
    pub fn ballot(self) -> Ballot {
        Ballot { attempt: self.attempt, node: self.node }
    }
}

impl fmt::Display for ProposalKey {
    /// Writes `round.attempt.node`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.{}", self.round, self.attempt, self.node)
    }
}

/// A proposal that an acceptor has accepted: its vote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AcceptedProposal<V> {
    /// The proposal's name.
    pub key: ProposalKey,
    /// The value that it carries.
    pub value: V,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(round: u64, attempt: u32, node: u32) -> ProposalKey {
        ProposalKey { round: Round(round), attempt: Attempt(attempt), node: NodeId(node) }
    }

    #[test]
    fn keys_are_ordered_by_round_then_attempt_then_node() {
        assert!(key(1, 0, 0) > key(0, 9, 9));
        assert!(key(0, 1, 0) > key(0, 0, 9));
        assert!(key(0, 0, 1) > key(0, 0, 0));
    }

    #[test]
    fn a_proposal_is_a_ballot_in_a_round() {
        assert_eq!(key(7, 2, 3).ballot().in_round(Round(7)), key(7, 2, 3));
        assert!(key(0, 1, 0).ballot() > key(5, 0, 9).ballot());
        assert!(key(5, 1, 1).ballot() > key(0, 1, 0).ballot());
    }

    #[test]
    fn the_last_round_and_the_last_attempt_have_no_next() {
        assert_eq!(Round(7).next(), Some(Round(8)));
        assert_eq!(Round(u64::MAX).next(), None);
        assert_eq!(Attempt(7).next(), Some(Attempt(8)));
        assert_eq!(Attempt(u32::MAX).next(), None);
    }

    #[test]
    fn keys_are_written_with_dots() {
        assert_eq!(key(1, 2, 3).to_string(), "1.2.3");
        assert_eq!(key(1, 2, 3).ballot().to_string(), "2.3");
    }
}
