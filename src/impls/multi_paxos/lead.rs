//! A proposer's progress towards leading: one attempt for all rounds.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::proposal::{AcceptedProposal, Ballot, NodeId, Round};

/// How far a proposer is with the attempt that it has begun in all rounds.
///
/// This is what "Paxos Made Simple" has a newly chosen leader do: phase 1 for all instances at once. From then on
/// each value takes phase 2 only. The attempt is the floor of [`DurableProposerState`].
///
/// [`DurableProposerState`]: super::DurableProposerState
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Lead<V> {
    /// There is none, or it is over.
    #[default]
    None,
    /// Phase 1: waiting for a quorum of promises.
    Preparing {
        /// The first round whose votes are asked for.
        from: Round,
        /// The acceptors that have promised.
        promised: BTreeSet<NodeId>,
        /// The highest vote that they told of, in each round.
        votes: BTreeMap<Round, AcceptedProposal<V>>,
        /// The first round of which one of them told nothing.
        until: Option<Round>,
    },
    /// A quorum has promised.
    Leading {
        /// The first round that it leads in.
        from: Round,
        /// The first round that it does not lead in.
        until: Option<Round>,
        /// What has to be proposed where a vote was told of.
        votes: BTreeMap<Round, AcceptedProposal<V>>,
        /// The rounds in which something was proposed. A proposal has one value.
        used: BTreeSet<Round>,
    },
    /// An acceptor had promised more.
    Rejected {
        /// The higher ballot.
        by: Ballot,
    },
}

impl<V> Lead<V> {
    pub(super) fn preparing(from: Round) -> Self {
        Lead::Preparing { from, promised: BTreeSet::new(), votes: BTreeMap::new(), until: None }
    }

    /// Whether a quorum has promised.
    pub fn is_leading(&self) -> bool {
        matches!(self, Lead::Leading { .. })
    }

    /// Whether phase 1 is under way.
    pub fn is_preparing(&self) -> bool {
        matches!(self, Lead::Preparing { .. })
    }

    /// The ballot that has ended it, if one has.
    pub fn rejected_by(&self) -> Option<Ballot> {
        match self {
            Lead::Rejected { by } => Some(*by),
            _ => None,
        }
    }

    /// Counts a promise. Once a quorum has promised, the proposer leads. Returns whether that is so now.
    pub(super) fn promise(
        &mut self,
        acceptor: NodeId,
        told: Vec<AcceptedProposal<V>>,
        told_until: Option<Round>,
        quorum: usize,
    ) -> bool {
        let Lead::Preparing { from, promised, votes, until } = self else { return false };
        if !promised.insert(acceptor) {
            return false;
        }
        for vote in told {
            let round = vote.key.round;
            if votes.get(&round).is_none_or(|known| known.key < vote.key) {
                votes.insert(round, vote);
            }
        }
        *until = [*until, told_until].into_iter().flatten().min();
        if promised.len() < quorum {
            return false;
        }
        let (from, until) = (*from, *until);
        let votes = std::mem::take(votes);
        *self = Lead::Leading { from, until, votes, used: BTreeSet::new() };
        true
    }

    /// The first round after those of which a vote was told, as far as it leads.
    pub(super) fn unfinished(&self) -> Option<Round> {
        let Lead::Leading { until, votes, .. } = self else { return None };
        let last = votes.keys().next_back()?;
        let end = last.next().unwrap_or(*last);
        Some(until.map_or(end, |until| end.min(until)))
    }

    /// Whether something may be proposed in a round without preparing it.
    pub(super) fn is_open(&self, round: Round) -> bool {
        match self {
            Lead::Leading { from, until, used, .. } => {
                *from <= round && until.is_none_or(|until| round < until) && !used.contains(&round)
            }
            _ => false,
        }
    }

    /// Whether something was proposed in a round without preparing it.
    pub(super) fn is_used(&self, round: Round) -> bool {
        matches!(self, Lead::Leading { used, .. } if used.contains(&round))
    }

    /// Takes an open round. Returns the value that has to be proposed, if one has to.
    pub(super) fn take(&mut self, round: Round) -> Option<V> {
        let Lead::Leading { votes, used, .. } = self else { return None };
        used.insert(round);
        votes.remove(&round).map(|vote| vote.value)
    }

    /// Drops what is known of the rounds before one, in which nothing is proposed any more.
    pub(super) fn forget_before(&mut self, round: Round) {
        if let Lead::Leading { from, votes, used, .. } = self {
            *from = round.max(*from);
            *votes = votes.split_off(&round);
            *used = used.split_off(&round);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::key;
    use super::*;

    fn vote(round: u64, attempt: u32, value: char) -> AcceptedProposal<char> {
        AcceptedProposal { key: key(round, attempt, 10), value }
    }

    #[test]
    fn what_one_acceptor_tells_nothing_of_is_left_for_the_next_attempt() {
        let mut lead = Lead::preparing(Round(0));
        let _ = lead.promise(NodeId(0), vec![vote(90, 0, 'a')], None, 2);
        assert!(lead.promise(NodeId(1), vec![vote(1, 0, 'b')], Some(Round(3)), 2));
        assert_eq!(lead.unfinished(), Some(Round(3)));
        assert!(!lead.is_open(Round(90)));
    }

    #[test]
    fn the_highest_vote_of_each_round_is_kept_and_a_round_is_used_once() {
        let mut lead = Lead::preparing(Round(1));
        assert!(!lead.promise(
            NodeId(0),
            vec![vote(1, 0, 'a'), vote(4, 1, 'd')],
            Some(Round(9)),
            2
        ));
        assert!(!lead.promise(NodeId(0), vec![vote(2, 0, 'z')], None, 2), "it has answered");
        assert!(!lead.is_open(Round(1)));
        assert!(lead.promise(NodeId(1), vec![vote(1, 1, 'b'), vote(4, 0, 'c')], Some(Round(7)), 2));
        assert_eq!(lead.unfinished(), Some(Round(5)));
        let open: Vec<_> = (0..9).filter(|&round| lead.is_open(Round(round))).collect();
        assert_eq!(open, [1, 2, 3, 4, 5, 6]);
        let taken = [1, 2, 4].map(|round| lead.take(Round(round)));
        assert_eq!(taken, [Some('b'), None, Some('d')]);
        assert!(!lead.is_open(Round(2)) && lead.is_used(Round(2)));
        lead.forget_before(Round(6));
        assert!(!lead.is_open(Round(5)) && !lead.is_used(Round(2)) && lead.is_open(Round(6)));
    }
}
