//! An acceptor's durable state and its log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::proposal::{AcceptedProposal, ProposalKey, Round};

/// A change of an acceptor's state, and the log entry that must be on disk before the reply that
/// came with it leaves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AcceptorEvent<V> {
    /// A higher proposal was promised.
    Promise {
        /// The round; it is also in `proposal`.
        round: Round,
        /// The proposal.
        proposal: ProposalKey,
    },
    /// A proposal was accepted, and thereby promised too, if it was not before.
    Accept {
        /// The round; it is also in `proposal`.
        round: Round,
        /// The proposal.
        proposal: ProposalKey,
        /// The value that it carries.
        value: V,
    },
}

impl<V> AcceptorEvent<V> {
    /// The proposal that was promised or accepted.
    pub fn proposal(&self) -> ProposalKey {
        match self {
            AcceptorEvent::Promise { proposal, .. } | AcceptorEvent::Accept { proposal, .. } => {
                *proposal
            }
        }
    }
}

/// An acceptor's state of one round.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AcceptorRound<V> {
    pub(crate) promised: Option<ProposalKey>,
    pub(crate) accepted: Option<AcceptedProposal<V>>,
}

impl<V> Default for AcceptorRound<V> {
    fn default() -> Self {
        AcceptorRound { promised: None, accepted: None }
    }
}

impl<V> AcceptorRound<V> {
    /// The state of a round, from a copy of it.
    pub fn new(promised: Option<ProposalKey>, accepted: Option<AcceptedProposal<V>>) -> Self {
        AcceptorRound { promised, accepted }
    }

    /// The highest proposal that was promised.
    pub fn promised(&self) -> Option<ProposalKey> {
        self.promised
    }

    /// The highest proposal that was accepted.
    pub fn accepted(&self) -> Option<&AcceptedProposal<V>> {
        self.accepted.as_ref()
    }

    /// The highest proposal that was promised or accepted: nothing below it is answered.
    pub fn highest(&self) -> Option<ProposalKey> {
        self.promised.max(self.accepted.as_ref().map(|accepted| accepted.key))
    }

    fn raise_promise(&mut self, key: ProposalKey) {
        self.promised = self.promised.max(Some(key));
    }

    fn raise_accepted(&mut self, key: ProposalKey, value: V) {
        if self.accepted.as_ref().is_none_or(|accepted| accepted.key < key) {
            self.accepted = Some(AcceptedProposal { key, value });
        }
    }
}

/// The state of an acceptor that must survive a crash.
///
/// It has an entry for every round with a promise. Rounds are never dropped: an acceptor that
/// forgets a round could break a promise made in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DurableAcceptorState<V> {
    pub(crate) rounds: BTreeMap<Round, AcceptorRound<V>>,
}

impl<V> Default for DurableAcceptorState<V> {
    fn default() -> Self {
        DurableAcceptorState { rounds: BTreeMap::new() }
    }
}

/// A copy of an acceptor's state, round by round.
impl<V> FromIterator<(Round, AcceptorRound<V>)> for DurableAcceptorState<V> {
    fn from_iter<I: IntoIterator<Item = (Round, AcceptorRound<V>)>>(rounds: I) -> Self {
        DurableAcceptorState { rounds: rounds.into_iter().collect() }
    }
}

impl<V> DurableAcceptorState<V> {
    /// The state of an acceptor that has promised nothing.
    pub fn new() -> Self {
        DurableAcceptorState::default()
    }

    /// The state after all events of a log.
    ///
    /// Entries may be repeated and need not be in order: each can only raise a promise or a vote,
    /// so the highest of each round remain. A log to which an acceptor wrote from several threads
    /// can therefore be read back.
    pub fn replay(events: impl IntoIterator<Item = AcceptorEvent<V>>) -> Self {
        let mut state = DurableAcceptorState::new();
        events.into_iter().for_each(|event| state.apply(event));
        state
    }

    /// The shortest log that leads to this state.
    pub fn events(&self) -> impl Iterator<Item = AcceptorEvent<V>>
    where
        V: Clone,
    {
        self.rounds.iter().flat_map(|(&round, known)| {
            let accepted = known.accepted.as_ref().map(|accepted| AcceptorEvent::Accept {
                round,
                proposal: accepted.key,
                value: accepted.value.clone(),
            });
            let voted = known.accepted.as_ref().map(|accepted| accepted.key);
            let promised = known.promised.filter(|&proposal| Some(proposal) > voted);
            let promised = promised.map(|proposal| AcceptorEvent::Promise { round, proposal });
            accepted.into_iter().chain(promised)
        })
    }

    /// Applies an event; an event that was applied before has no effect.
    pub fn apply(&mut self, event: AcceptorEvent<V>) {
        let key = event.proposal();
        let round = self.rounds.entry(key.round).or_default();
        round.raise_promise(key);
        if let AcceptorEvent::Accept { value, .. } = event {
            round.raise_accepted(key, value);
        }
    }

    /// The state of a round; `None` if nothing was promised in it.
    pub fn round(&self, round: Round) -> Option<&AcceptorRound<V>> {
        self.rounds.get(&round)
    }

    /// The rounds in which something was promised, in order.
    pub fn rounds(&self) -> impl Iterator<Item = (Round, &AcceptorRound<V>)> {
        self.rounds.iter().map(|(&round, known)| (round, known))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::key;
    use super::*;

    fn promise(proposal: ProposalKey) -> AcceptorEvent<char> {
        AcceptorEvent::Promise { round: proposal.round, proposal }
    }

    fn accept(proposal: ProposalKey, value: char) -> AcceptorEvent<char> {
        AcceptorEvent::Accept { round: proposal.round, proposal, value }
    }

    #[test]
    fn a_log_is_replayed_round_by_round() {
        let log = [
            promise(key(0, 0, 10)),
            accept(key(0, 0, 10), 'x'),
            promise(key(0, 1, 11)),
            accept(key(3, 0, 11), 'y'),
        ];
        let state = DurableAcceptorState::replay(log);
        let known: Vec<_> = state.rounds().map(|(round, _)| round).collect();
        assert_eq!(known, [Round(0), Round(3)]);
        let first = state.round(Round(0)).unwrap();
        assert_eq!(first.promised(), Some(key(0, 1, 11)));
        assert_eq!(first.accepted().map(|a| (a.key, a.value)), Some((key(0, 0, 10), 'x')));
        assert_eq!(state.round(Round(3)).unwrap().promised(), Some(key(3, 0, 11)));
    }

    #[test]
    fn order_and_repetition_do_not_matter_to_replay() {
        let mut log = vec![
            promise(key(0, 0, 10)),
            accept(key(0, 0, 10), 'x'),
            promise(key(0, 1, 11)),
            accept(key(0, 1, 11), 'y'),
        ];
        let in_order = DurableAcceptorState::replay(log.clone());
        log.extend(log.clone());
        log.reverse();
        assert_eq!(DurableAcceptorState::replay(log), in_order);
    }
}
