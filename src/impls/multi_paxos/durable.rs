//! An acceptor's durable state and its log.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::proposal::{AcceptedProposal, Ballot, ProposalKey, Round};
use super::snapshot::Snapshot;

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
    /// A ballot was promised in every round.
    PromiseAll {
        /// The ballot.
        ballot: Ballot,
    },
    /// A snapshot took the place of the rounds before it.
    Snapshot(Snapshot),
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
/// It has an entry for every round with a vote, or with a promise above that of all rounds. A round is dropped only
/// for a snapshot, which says how it was decided. From then on the acceptor does not answer in it: it could break
/// a promise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DurableAcceptorState<V> {
    pub(crate) rounds: BTreeMap<Round, AcceptorRound<V>>,
    /// The highest ballot promised in every round.
    pub(crate) floor: Option<Ballot>,
    pub(crate) snapshot: Option<Snapshot>,
}

impl<V> Default for DurableAcceptorState<V> {
    fn default() -> Self {
        DurableAcceptorState { rounds: BTreeMap::new(), floor: None, snapshot: None }
    }
}

/// A copy of an acceptor's state, round by round.
impl<V> FromIterator<(Round, AcceptorRound<V>)> for DurableAcceptorState<V> {
    fn from_iter<I: IntoIterator<Item = (Round, AcceptorRound<V>)>>(rounds: I) -> Self {
        DurableAcceptorState { rounds: rounds.into_iter().collect(), floor: None, snapshot: None }
    }
}

impl<V> DurableAcceptorState<V> {
    /// The state of an acceptor that has promised nothing.
    pub fn new() -> Self {
        DurableAcceptorState::default()
    }

    /// The state after all events of a log.
    ///
    /// Entries may be repeated and need not be in order: each can only raise a promise or a vote, or drop rounds
    /// for a snapshot, so the highest of each round remain. A log to which an acceptor wrote from several threads
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
        let snapshot = self.snapshot.clone().map(AcceptorEvent::Snapshot);
        let floor = self.floor.map(|ballot| AcceptorEvent::PromiseAll { ballot });
        let rounds = self.rounds.iter().flat_map(move |(&round, known)| {
            let accepted = known.accepted.as_ref().map(|accepted| AcceptorEvent::Accept {
                round,
                proposal: accepted.key,
                value: accepted.value.clone(),
            });
            let voted = known.accepted.as_ref().map(|accepted| accepted.key);
            let promised = known.promised.filter(|&proposal| Some(proposal) > voted);
            let promised = promised.map(|proposal| AcceptorEvent::Promise { round, proposal });
            accepted.into_iter().chain(promised)
        });
        snapshot.into_iter().chain(floor).chain(rounds)
    }

    /// Applies an event; an event that was applied before has no effect.
    pub fn apply(&mut self, event: AcceptorEvent<V>) {
        match event {
            AcceptorEvent::Promise { proposal: key, .. } => {
                // What is promised in every round needs no entry.
                if Some(key.ballot()) > self.floor && !self.is_forgotten(key.round) {
                    self.rounds.entry(key.round).or_default().raise_promise(key);
                }
            }
            AcceptorEvent::Accept { proposal: key, value, .. } => {
                if !self.is_forgotten(key.round) {
                    let round = self.rounds.entry(key.round).or_default();
                    round.raise_promise(key);
                    round.raise_accepted(key, value);
                }
            }
            AcceptorEvent::PromiseAll { ballot } => {
                self.floor = self.floor.max(Some(ballot));
                // A state has one form, in whichever order its events come.
                self.rounds.retain(|_, known| {
                    if known.promised.is_some_and(|it| Some(it.ballot()) <= self.floor) {
                        known.promised = known.accepted.as_ref().map(|accepted| accepted.key);
                    }
                    known.promised.is_some()
                });
            }
            AcceptorEvent::Snapshot(snapshot) => {
                if !self.is_forgotten(snapshot.before) {
                    self.rounds = self.rounds.split_off(&snapshot.before);
                    self.snapshot = Some(snapshot);
                }
            }
        }
    }

    /// The state of a round, but for [`DurableAcceptorState::floor`]; `None` if there is none besides.
    pub fn round(&self, round: Round) -> Option<&AcceptorRound<V>> {
        self.rounds.get(&round)
    }

    /// The highest proposal promised in a round, there or in all rounds. Not known of a round that is forgotten.
    pub fn promised(&self, round: Round) -> Option<ProposalKey> {
        let everywhere = self.floor.map(|ballot| ballot.in_round(round));
        everywhere.max(self.round(round).and_then(AcceptorRound::promised))
    }

    /// The highest proposal accepted in a round.
    pub fn accepted(&self, round: Round) -> Option<&AcceptedProposal<V>> {
        self.round(round)?.accepted()
    }

    /// The highest proposal promised or accepted in a round: nothing below it is answered.
    pub fn highest(&self, round: Round) -> Option<ProposalKey> {
        self.promised(round).max(self.round(round).and_then(AcceptorRound::highest))
    }

    /// The highest ballot promised in every round.
    pub fn floor(&self) -> Option<Ballot> {
        self.floor
    }

    /// The snapshot, if rounds are dropped.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Whether a round is before the snapshot, and so not answered in any more.
    pub fn is_forgotten(&self, round: Round) -> bool {
        self.snapshot.as_ref().is_some_and(|snapshot| round < snapshot.before)
    }

    /// The rounds with a vote or a promise of their own, in order.
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
    fn a_promise_of_all_rounds_stands_for_one_in_each() {
        let ballot = |attempt, node| key(0, attempt, node).ballot();
        let log = [
            promise(key(0, 0, 10)),
            accept(key(1, 0, 10), 'x'),
            promise(key(1, 1, 10)),
            promise(key(2, 2, 10)),
            AcceptorEvent::PromiseAll { ballot: ballot(1, 11) },
        ];
        let state = DurableAcceptorState::replay(log.clone());
        assert_eq!(DurableAcceptorState::replay(log.into_iter().rev()), state);
        assert_eq!(DurableAcceptorState::replay(state.events()), state);
        let promised = [0, 1, 2, 99].map(|round| state.promised(Round(round)));
        assert_eq!(
            promised,
            [key(0, 1, 11), key(1, 1, 11), key(2, 2, 10), key(99, 1, 11)].map(Some)
        );
        assert_eq!(state.accepted(Round(1)).map(|it| it.value), Some('x'));
        assert_eq!(state.rounds().count(), 2, "one with a vote, one with a higher promise");
    }

    #[test]
    fn a_snapshot_takes_the_place_of_what_was_before_it() {
        let snapshot = |before| {
            AcceptorEvent::Snapshot(Snapshot { before: Round(before), state: [1, 2].into() })
        };
        let log = [
            accept(key(0, 0, 10), 'x'),
            accept(key(1, 0, 10), 'y'),
            snapshot(1),
            snapshot(0),
            promise(key(0, 5, 11)),
        ];
        let state = DurableAcceptorState::replay(log.clone());
        assert_eq!(DurableAcceptorState::replay(log.into_iter().rev()), state);
        assert_eq!(DurableAcceptorState::replay(state.events()), state);
        assert!(state.is_forgotten(Round(0)) && !state.is_forgotten(Round(1)));
        assert_eq!(state.rounds().map(|(round, _)| round).collect::<Vec<_>>(), [Round(1)]);
        assert_eq!(state.snapshot().map(|it| it.before), Some(Round(1)));
    }

    #[test]
    fn a_state_has_one_form_and_one_shortest_log() {
        let ballot = key(0, 1, 11).ballot();
        let everywhere = AcceptorEvent::PromiseAll { ballot };
        let state = DurableAcceptorState::replay([everywhere.clone()]);
        let repeated = [everywhere, promise(ballot.in_round(Round(7)))];
        assert_eq!(DurableAcceptorState::replay(repeated), state, "one promise stands for all");
        let vote = accept(key(0, 2, 10), 'x');
        let state = DurableAcceptorState::replay([promise(key(0, 2, 10)), vote.clone()]);
        assert_eq!(state.events().collect::<Vec<_>>(), [vote], "a vote has its promise in it");
        let rounds = state.rounds().map(|(round, known)| (round, known.clone()));
        assert_eq!(rounds.collect::<DurableAcceptorState<_>>(), state);
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
