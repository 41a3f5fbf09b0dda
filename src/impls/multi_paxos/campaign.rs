//! A proposer's progress in a round.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::proposal::{AcceptedProposal, Attempt, NodeId, ProposalKey, Round};
use super::quorum::QuorumTracker;

/// The state of a proposer that must survive a crash: the highest attempt begun in each round.
///
/// Each change must be on disk before the first message of its attempt leaves, so that a proposer that
/// restarts never uses one proposal key for two values.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DurableProposerState {
    /// Where the attempt is above that of all rounds.
    pub(crate) attempts: BTreeMap<Round, Attempt>,
    /// The highest attempt begun in every round.
    pub(crate) floor: Option<Attempt>,
}

impl DurableProposerState {
    /// The state of a proposer that has never proposed.
    pub fn new() -> Self {
        DurableProposerState::default()
    }

    /// The highest attempt begun in a round; `None` if there was none.
    pub fn attempt(&self, round: Round) -> Option<Attempt> {
        self.floor.max(self.attempts.get(&round).copied())
    }

    /// The highest attempt begun in every round; `None` if there was none.
    pub fn floor(&self) -> Option<Attempt> {
        self.floor
    }

    /// The highest attempt begun in any round; `None` if there was none.
    pub fn highest(&self) -> Option<Attempt> {
        self.floor.max(self.attempts.values().max().copied())
    }

    /// The state after all events of a log, which may be repeated and need not be in order.
    pub fn replay(events: impl IntoIterator<Item = ProposerEvent>) -> Self {
        let mut state = DurableProposerState::new();
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    /// Applies an event; an event that was applied before has no effect.
    pub fn apply(&mut self, event: ProposerEvent) {
        match event {
            ProposerEvent::Attempt { round, attempt } => {
                if Some(attempt) > self.attempt(round) {
                    self.attempts.insert(round, attempt);
                }
            }
            ProposerEvent::AttemptAll { attempt } => {
                self.floor = self.floor.max(Some(attempt));
                self.attempts.retain(|_, begun| Some(*begun) > self.floor);
            }
        }
    }

    /// The shortest log that leads to this state.
    pub fn events(&self) -> impl Iterator<Item = ProposerEvent> {
        let floor = self.floor.map(|attempt| ProposerEvent::AttemptAll { attempt });
        let rounds =
            self.attempts().map(|(round, attempt)| ProposerEvent::Attempt { round, attempt });
        floor.into_iter().chain(rounds)
    }

    /// The highest attempt begun in each round where it is above that of all rounds, in order.
    pub fn attempts(&self) -> impl Iterator<Item = (Round, Attempt)> {
        self.attempts.iter().map(|(&round, &attempt)| (round, attempt))
    }
}

/// An attempt begins: a change of a proposer's state, and the log entry that must be on disk before the first
/// message of the attempt leaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProposerEvent {
    /// In one round.
    Attempt {
        /// The round.
        round: Round,
        /// The attempt, which is above all that were begun in the round before.
        attempt: Attempt,
    },
    /// In every round at once.
    AttemptAll {
        /// The attempt, which is above all that were begun before.
        attempt: Attempt,
    },
}

/// A proposer's progress in a round. Its key is not stored here: it is that of the attempt begun
/// last, in [`DurableProposerState`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Campaign<V> {
    /// Phase 1: waiting for a quorum of promises.
    Preparing {
        /// The client's value.
        own: V,
        /// The acceptors that have promised.
        promised: BTreeSet<NodeId>,
        /// The highest vote that they reported.
        highest: Option<AcceptedProposal<V>>,
    },
    /// Phase 2: waiting for a quorum of votes.
    Accepting {
        /// The client's value.
        own: V,
        /// The value proposed, which need not be the client's.
        value: V,
        /// The votes so far.
        votes: QuorumTracker<V>,
    },
    /// An acceptor refused; waiting for a retry.
    Rejected {
        /// The client's value.
        own: V,
        /// The higher proposal that the acceptor had promised.
        by: ProposalKey,
    },
    /// The round is decided.
    Learned {
        /// The value chosen.
        value: V,
    },
}

impl<V> Campaign<V> {
    /// The start of an attempt that is prepared in all rounds.
    pub(super) fn accepting(own: V, value: V) -> Self {
        Campaign::Accepting { own, value, votes: QuorumTracker::new() }
    }

    /// The start of an attempt.
    pub(super) fn preparing(own: V) -> Self {
        Campaign::Preparing { own, promised: BTreeSet::new(), highest: None }
    }

    /// The client's value; `None` once the round is decided.
    pub fn own(&self) -> Option<&V> {
        match self {
            Campaign::Preparing { own, .. }
            | Campaign::Accepting { own, .. }
            | Campaign::Rejected { own, .. } => Some(own),
            Campaign::Learned { .. } => None,
        }
    }

    /// The value chosen; `None` while the round is undecided.
    pub fn learned(&self) -> Option<&V> {
        match self {
            Campaign::Learned { value } => Some(value),
            _ => None,
        }
    }

    /// The proposal that rejected the attempt, if any.
    pub fn rejected_by(&self) -> Option<ProposalKey> {
        match self {
            Campaign::Rejected { by, .. } => Some(*by),
            _ => None,
        }
    }
}

impl<V: Clone> Campaign<V> {
    /// Counts a promise for the attempt. Once a quorum has promised, the campaign enters phase 2
    /// and returns the value to propose: that of the highest vote reported, since it may be chosen
    /// already, or else the client's.
    pub(super) fn promise(
        &mut self,
        from: NodeId,
        accepted: Option<AcceptedProposal<V>>,
        quorum: usize,
    ) -> Option<V> {
        let Campaign::Preparing { own, promised, highest } = self else { return None };
        if !promised.insert(from) {
            return None;
        }
        let key = |vote: &Option<AcceptedProposal<V>>| vote.as_ref().map(|vote| vote.key);
        if key(&accepted) > key(highest) {
            *highest = accepted;
        }
        if promised.len() < quorum {
            return None;
        }
        let own = own.clone();
        let value = highest.take().map_or_else(|| own.clone(), |vote| vote.value);
        *self = Campaign::accepting(own, value.clone());
        Some(value)
    }

    /// Ends a running attempt, because an acceptor had promised `by`. Returns whether one was
    /// running.
    pub(super) fn reject(&mut self, by: ProposalKey) -> bool {
        let (Campaign::Preparing { own, .. } | Campaign::Accepting { own, .. }) = self else {
            return false;
        };
        *self = Campaign::Rejected { own: own.clone(), by };
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::key;
    use super::*;

    fn vote(attempt: u32, node: u32, value: char) -> AcceptedProposal<char> {
        AcceptedProposal { key: key(0, attempt, node), value }
    }

    #[test]
    fn the_highest_vote_told_of_is_carried_on() {
        let mut campaign = Campaign::preparing('o');
        assert_eq!(campaign.promise(NodeId(0), Some(vote(1, 10, 'h')), 3), None);
        assert_eq!(campaign.promise(NodeId(1), Some(vote(0, 11, 'l')), 3), None);
        assert_eq!(campaign.promise(NodeId(1), Some(vote(5, 11, 'd')), 3), None);
        assert_eq!(campaign.promise(NodeId(2), None, 3), Some('h'));
        assert_eq!(campaign.own(), Some(&'o'));
        assert_eq!(campaign.promise(NodeId(3), None, 3), None);
    }

    #[test]
    fn without_votes_the_own_value_is_proposed() {
        let mut campaign = Campaign::preparing('o');
        assert_eq!(campaign.promise(NodeId(0), None, 1), Some('o'));
    }

    #[test]
    fn an_attempt_in_all_rounds_stands_for_one_in_each() {
        let floor = ProposerEvent::AttemptAll { attempt: Attempt(3) };
        let attempt =
            |attempt| ProposerEvent::Attempt { round: Round(1), attempt: Attempt(attempt) };
        let state = DurableProposerState::replay([floor]);
        assert_eq!(DurableProposerState::replay([floor, attempt(3)]), state);
        assert_eq!(DurableProposerState::replay([attempt(3), floor]), state);
        let above = DurableProposerState::replay([floor, attempt(4)]);
        assert_eq!(above.events().collect::<Vec<_>>(), [floor, attempt(4)]);
    }

    #[test]
    fn only_an_attempt_under_way_is_rejected() {
        let mut campaign = Campaign::preparing('o');
        assert!(campaign.reject(key(0, 1, 11)));
        assert!(!campaign.reject(key(0, 2, 11)));
        assert_eq!(campaign.rejected_by(), Some(key(0, 1, 11)));
        assert!(!Campaign::Learned { value: 'x' }.reject(key(0, 1, 11)));
    }
}
