//! The acceptor: promises and votes.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::cluster::Cluster;
use super::durable::{AcceptorEvent, DurableAcceptorState};
use super::message::Message;
use super::proposal::{AcceptedProposal, Ballot, NodeId, ProposalKey, Round};

/// Why an acceptor refuses. Its state is as it was before.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Error,
)]
pub enum Refusal {
    /// Something higher was promised or accepted.
    #[error("{promised} was promised")]
    Outpromised {
        /// What was promised.
        promised: ProposalKey,
    },
    /// The proposal was accepted before with another value, so its proposer is broken or forged.
    #[error("{key} was accepted with another value")]
    ConflictingValue {
        /// The proposal.
        key: ProposalKey,
    },
    /// The round is dropped for a snapshot. It is decided.
    #[error("rounds before {before} are in the snapshot")]
    Forgotten {
        /// The first round that is not.
        before: Round,
    },
}

/// The most votes that an acceptor tells of when it promises a ballot in all rounds, unless it is told otherwise.
pub const PROMISE_BATCH: usize = 64;

/// A promise given.
#[must_use = "the event must be on disk before the promise is passed on"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Promised<V> {
    /// The proposal promised.
    pub key: ProposalKey,
    /// What was accepted last in that round, if anything.
    pub accepted: Option<AcceptedProposal<V>>,
    /// What changed; `None` if the same promise was given before.
    pub event: Option<AcceptorEvent<V>>,
}

/// A promise given in all rounds.
#[must_use = "the event must be on disk before the promise is passed on"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PromisedAll<V> {
    /// The ballot promised.
    pub ballot: Ballot,
    /// The last votes, in the order of the rounds, as many as the acceptor tells of at once.
    pub votes: Vec<AcceptedProposal<V>>,
    /// The first round of which nothing is told; `None` if all is.
    pub until: Option<Round>,
    /// What changed; `None` if the same promise was given before.
    pub event: Option<AcceptorEvent<V>>,
}

/// A vote given.
#[must_use = "the event must be on disk before the vote is passed on"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Accepted<V> {
    /// The proposal voted for.
    pub key: ProposalKey,
    /// Its value.
    pub value: V,
    /// What changed; `None` if the same vote was given before.
    pub event: Option<AcceptorEvent<V>>,
}

/// What an acceptor does about a message.
#[must_use = "the event must be on disk before the reply leaves"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AcceptorStep<V> {
    /// What changed, if anything. It must be on disk before the reply leaves.
    pub event: Option<AcceptorEvent<V>>,
    /// The reply to the sender, if any.
    pub reply: Option<Message<V>>,
}

impl<V> AcceptorStep<V> {
    fn nothing() -> Self {
        AcceptorStep { event: None, reply: None }
    }
}

/// An acceptor.
///
/// It follows the rules that "Paxos Made Simple" calls P1a and its acceptor algorithm, for each
/// round apart: it answers no proposal below the highest that it has promised or accepted. A
/// request that it has already granted is granted again, because the first reply may be lost.
///
/// The state changes before the reply is returned; the caller writes the event to disk before
/// sending the reply. [`SharedAcceptorState::handle_durably`] does it in the safest order.
///
/// [`SharedAcceptorState::handle_durably`]: super::SharedAcceptorState::handle_durably
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct AcceptorStateStore<V> {
    pub(crate) durable: DurableAcceptorState<V>,
    promise_batch: usize,
}

impl<V> Default for AcceptorStateStore<V> {
    fn default() -> Self {
        AcceptorStateStore::restore(DurableAcceptorState::new())
    }
}

impl<V> AcceptorStateStore<V> {
    /// An acceptor that has promised nothing.
    pub fn new() -> Self {
        AcceptorStateStore::default()
    }

    /// An acceptor that goes on from what survived a crash.
    pub fn restore(durable: DurableAcceptorState<V>) -> Self {
        AcceptorStateStore { durable, promise_batch: PROMISE_BATCH }
    }

    /// The same acceptor, which tells of at most so many votes, and at least one, when it promises a ballot in all
    /// rounds.
    #[must_use]
    pub fn with_promise_batch(self, promise_batch: usize) -> Self {
        AcceptorStateStore { promise_batch: promise_batch.max(1), ..self }
    }

    /// Of how many votes it tells at once.
    pub fn promise_batch(&self) -> usize {
        self.promise_batch
    }

    /// What must survive a crash.
    pub fn durable(&self) -> &DurableAcceptorState<V> {
        &self.durable
    }

    /// The highest proposal promised in a round.
    pub fn promised(&self, round: Round) -> Option<ProposalKey> {
        self.durable.promised(round)
    }

    /// The highest proposal accepted in a round.
    pub fn accepted(&self, round: Round) -> Option<&AcceptedProposal<V>> {
        self.durable.accepted(round)
    }

    /// Carries out what was planned. Only this changes the state.
    pub(super) fn commit(&mut self, event: Option<AcceptorEvent<V>>) {
        if let Some(event) = event {
            self.durable.apply(event);
        }
    }

    /// Refuses what is below the highest proposal answered, and what is forgotten.
    fn check_not_below(&self, key: ProposalKey) -> Result<(), Refusal> {
        self.check_not_forgotten(key.round)?;
        match self.durable.highest(key.round) {
            Some(promised) if key < promised => Err(Refusal::Outpromised { promised }),
            _ => Ok(()),
        }
    }

    fn check_not_forgotten(&self, round: Round) -> Result<(), Refusal> {
        match self.durable.snapshot() {
            Some(snapshot) if round < snapshot.before => {
                Err(Refusal::Forgotten { before: snapshot.before })
            }
            _ => Ok(()),
        }
    }
}

impl<V: Clone + PartialEq> AcceptorStateStore<V> {
    /// Promises to answer nothing below `key` in its round any more.
    ///
    /// # Errors
    ///
    /// [`Refusal::Outpromised`] if something above `key` was promised or accepted in its round,
    /// [`Refusal::Forgotten`] if that is in the snapshot. Then nothing has changed.
    pub fn promise(&mut self, key: ProposalKey) -> Result<Promised<V>, Refusal> {
        let promised = self.plan_promise(key)?;
        self.commit(promised.event.clone());
        Ok(promised)
    }

    /// Promises to answer nothing below `ballot` in any round any more, and tells of the votes in rounds from `from`
    /// on.
    ///
    /// # Errors
    ///
    /// [`Refusal::Outpromised`] if something above it was promised or accepted in some round,
    /// [`Refusal::Forgotten`] if `from` is in the snapshot. Then nothing has changed.
    pub fn promise_all(&mut self, ballot: Ballot, from: Round) -> Result<PromisedAll<V>, Refusal> {
        let promised = self.plan_promise_all(ballot, from)?;
        self.commit(promised.event.clone());
        Ok(promised)
    }

    /// Votes for a proposal. This promises it too, if only a lower one was promised.
    ///
    /// # Errors
    ///
    /// [`Refusal::Outpromised`] if something above `key` was promised or accepted in its round,
    /// [`Refusal::ConflictingValue`] if `key` was accepted with another value, [`Refusal::Forgotten`] if its round
    /// is in the snapshot. Then nothing has changed.
    pub fn accept(&mut self, key: ProposalKey, value: V) -> Result<Accepted<V>, Refusal> {
        let accepted = self.plan_accept(key, value)?;
        self.commit(accepted.event.clone());
        Ok(accepted)
    }

    /// Answers a message.
    ///
    /// - A `Prepare`, `PrepareAll` or `Accept` is answered if its own proposer has sent it, and that is a proposer of
    ///   the cluster. A proposal that is too low gets [`Message::Rejected`], one in a round that is forgotten
    ///   the snapshot, and one that comes with a second value no reply.
    /// - A `Snapshot`, from a proposer or learner of the cluster, takes the place of the rounds before it.
    /// - A `CatchUp`, from any member, that asks for rounds in the snapshot is answered with that.
    ///
    /// Anything else has no effect at all.
    pub fn handle(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        message: Message<V>,
    ) -> AcceptorStep<V> {
        let step = self.plan(cluster, from, message);
        self.commit(step.event.clone());
        step
    }

    /// What [`AcceptorStateStore::handle`] would do.
    pub(super) fn plan(
        &self,
        cluster: &Cluster,
        from: NodeId,
        message: Message<V>,
    ) -> AcceptorStep<V> {
        let is_own = |key: ProposalKey| key.node == from && cluster.is_proposer(from);
        match message {
            Message::Prepare { key } if is_own(key) => match self.plan_promise(key) {
                Ok(Promised { key, accepted, event }) => {
                    AcceptorStep { event, reply: Some(Message::Promise { key, accepted }) }
                }
                Err(refusal) => self.refuse(key, refusal),
            },
            Message::PrepareAll { ballot, from } if is_own(ballot.in_round(from)) => {
                match self.plan_promise_all(ballot, from) {
                    Ok(PromisedAll { ballot, votes, until, event }) => {
                        let reply = Message::PromiseAll { ballot, votes, until };
                        AcceptorStep { event, reply: Some(reply) }
                    }
                    Err(refusal) => self.refuse(ballot.in_round(from), refusal),
                }
            }
            Message::Accept { key, value } if is_own(key) => match self.plan_accept(key, value) {
                Ok(Accepted { key, value, event }) => {
                    AcceptorStep { event, reply: Some(Message::Accepted { key, value }) }
                }
                Err(refusal) => self.refuse(key, refusal),
            },
            Message::Snapshot(snapshot)
                if cluster.is_proposer(from) || cluster.is_learner(from) =>
            {
                let is_new = self.durable.snapshot().is_none_or(|it| it.before < snapshot.before);
                let event = is_new.then_some(AcceptorEvent::Snapshot(snapshot));
                AcceptorStep { event, reply: None }
            }
            Message::CatchUp { from: first }
                if cluster.is_member(from) && self.durable.is_forgotten(first) =>
            {
                AcceptorStep { event: None, reply: self.snapshot() }
            }
            _ => AcceptorStep::nothing(),
        }
    }

    /// The step that refuses a proposal.
    fn refuse(&self, key: ProposalKey, refusal: Refusal) -> AcceptorStep<V> {
        let reply = match refusal {
            Refusal::Outpromised { promised } => Some(Message::Rejected { key, promised }),
            // A peer that uses one key for two values is not helped by an answer.
            Refusal::ConflictingValue { .. } => None,
            Refusal::Forgotten { .. } => self.snapshot(),
        };
        AcceptorStep { event: None, reply }
    }

    fn snapshot(&self) -> Option<Message<V>> {
        self.durable.snapshot().cloned().map(Message::Snapshot)
    }

    /// What [`AcceptorStateStore::promise`] would do.
    pub(super) fn plan_promise(&self, key: ProposalKey) -> Result<Promised<V>, Refusal> {
        self.check_not_below(key)?;
        let is_new = self.promised(key.round) != Some(key);
        let event = is_new.then_some(AcceptorEvent::Promise { round: key.round, proposal: key });
        Ok(Promised { key, accepted: self.accepted(key.round).cloned(), event })
    }

    /// What [`AcceptorStateStore::promise_all`] would do.
    pub(super) fn plan_promise_all(
        &self,
        ballot: Ballot,
        from: Round,
    ) -> Result<PromisedAll<V>, Refusal> {
        self.check_not_forgotten(from)?;
        let highest = self.durable.rounds().filter_map(|(_, known)| known.highest());
        let highest = highest.chain(self.durable.promised(from));
        if let Some(promised) =
            highest.max_by_key(|key| key.ballot()).filter(|it| it.ballot() > ballot)
        {
            return Err(Refusal::Outpromised { promised });
        }
        let mut later = self.durable.rounds.range(from..).filter_map(|(_, known)| known.accepted());
        let votes = later.by_ref().take(self.promise_batch).cloned().collect();
        let until = later.next().map(|vote| vote.key.round);
        let is_new = self.durable.floor() != Some(ballot);
        let event = is_new.then_some(AcceptorEvent::PromiseAll { ballot });
        Ok(PromisedAll { ballot, votes, until, event })
    }

    /// What [`AcceptorStateStore::accept`] would do.
    pub(super) fn plan_accept(&self, key: ProposalKey, value: V) -> Result<Accepted<V>, Refusal> {
        self.check_not_below(key)?;
        let event = match self.accepted(key.round) {
            Some(known) if known.key == key && known.value != value => {
                return Err(Refusal::ConflictingValue { key });
            }
            Some(known) if known.key == key => None,
            _ => Some(AcceptorEvent::Accept {
                round: key.round,
                proposal: key,
                value: value.clone(),
            }),
        };
        Ok(Accepted { key, value, event })
    }
}

#[cfg(test)]
mod tests {
    use super::super::snapshot::Snapshot;
    use super::super::testing::{cluster, key};
    use super::*;

    fn outpromised(promised: ProposalKey) -> Refusal {
        Refusal::Outpromised { promised }
    }

    #[test]
    fn a_promise_is_given_again_but_changes_the_state_once() {
        let mut acceptor: AcceptorStateStore<char> = AcceptorStateStore::new();
        let first = acceptor.promise(key(0, 1, 10)).unwrap();
        let event = AcceptorEvent::Promise { round: Round(0), proposal: key(0, 1, 10) };
        assert_eq!(first, Promised { key: key(0, 1, 10), accepted: None, event: Some(event) });
        let again = acceptor.promise(key(0, 1, 10)).unwrap();
        assert_eq!(again, Promised { event: None, ..first });
    }

    #[test]
    fn what_is_below_the_promise_is_refused_without_effect() {
        let mut acceptor = AcceptorStateStore::new();
        let _ = acceptor.promise(key(0, 1, 10)).unwrap();
        let before = acceptor.clone();
        assert_eq!(acceptor.promise(key(0, 0, 11)), Err(outpromised(key(0, 1, 10))));
        assert_eq!(acceptor.accept(key(0, 0, 11), 'x'), Err(outpromised(key(0, 1, 10))));
        assert_eq!(acceptor, before);
    }

    #[test]
    fn a_vote_above_the_promise_raises_it() {
        let mut acceptor = AcceptorStateStore::new();
        let _ = acceptor.promise(key(0, 0, 10)).unwrap();
        let vote = acceptor.accept(key(0, 0, 11), 'x').unwrap();
        assert!(vote.event.is_some());
        assert_eq!(acceptor.promised(Round(0)), Some(key(0, 0, 11)));
        assert_eq!(acceptor.accept(key(0, 0, 10), 'y'), Err(outpromised(key(0, 0, 11))));
    }

    #[test]
    fn a_promise_tells_of_the_last_vote() {
        let mut acceptor = AcceptorStateStore::new();
        let _ = acceptor.accept(key(0, 0, 10), 'x').unwrap();
        let promise = acceptor.promise(key(0, 1, 11)).unwrap();
        assert_eq!(promise.accepted, Some(AcceptedProposal { key: key(0, 0, 10), value: 'x' }));
        assert_eq!(acceptor.accepted(Round(0)).map(|a| a.value), Some('x'));
    }

    #[test]
    fn a_vote_is_given_again_but_not_for_another_value() {
        let mut acceptor = AcceptorStateStore::new();
        let _ = acceptor.accept(key(0, 0, 10), 'x').unwrap();
        let before = acceptor.clone();
        assert_eq!(acceptor.accept(key(0, 0, 10), 'x').unwrap().event, None);
        let conflict = Refusal::ConflictingValue { key: key(0, 0, 10) };
        assert_eq!(acceptor.accept(key(0, 0, 10), 'y'), Err(conflict));
        assert_eq!(acceptor, before);
    }

    #[test]
    fn rounds_do_not_touch_each_other() {
        let mut acceptor = AcceptorStateStore::new();
        let _ = acceptor.accept(key(5, 3, 10), 'x').unwrap();
        assert_eq!(acceptor.promise(key(1, 0, 10)).unwrap().accepted, None);
        assert_eq!(acceptor.promise(key(9, 0, 10)).unwrap().accepted, None);
    }

    #[test]
    fn messages_are_answered() {
        let cluster = cluster(3, 2);
        let mut acceptor = AcceptorStateStore::new();
        let (low, high) = (key(0, 0, 10), key(0, 0, 11));

        let step = acceptor.handle(&cluster, NodeId(11), Message::Prepare { key: high });
        assert!(step.event.is_some());
        assert_eq!(step.reply, Some(Message::Promise { key: high, accepted: None }));

        let step = acceptor.handle(&cluster, NodeId(10), Message::Prepare { key: low });
        assert_eq!(step.event, None);
        assert_eq!(step.reply, Some(Message::Rejected { key: low, promised: high }));

        let accept = |value| Message::Accept { key: high, value };
        let step = acceptor.handle(&cluster, NodeId(11), accept('x'));
        assert_eq!(step.reply, Some(Message::Accepted { key: high, value: 'x' }));
        let step = acceptor.handle(&cluster, NodeId(11), accept('y'));
        assert_eq!(step, AcceptorStep::nothing());
    }

    #[test]
    fn foreign_messages_have_no_effect() {
        let cluster = cluster(3, 2);
        let mut acceptor = AcceptorStateStore::new();
        let foreign = [
            (NodeId(11), Message::Prepare { key: key(0, 0, 10) }),
            (NodeId(0), Message::Prepare { key: key(0, 0, 0) }),
            (NodeId(11), Message::Accept { key: key(0, 0, 10), value: 'x' }),
            (NodeId(10), Message::Promise { key: key(0, 0, 10), accepted: None }),
            (NodeId(10), Message::Learned { round: Round(0), value: 'x' }),
            (NodeId(10), Message::CatchUp { from: Round(0) }),
            (NodeId(10), Message::Forgotten { before: Round(0) }),
        ];
        for (from, message) in foreign {
            assert_eq!(acceptor.handle(&cluster, from, message), AcceptorStep::nothing());
        }
        assert_eq!(acceptor, AcceptorStateStore::new());
    }

    #[test]
    fn only_its_own_ballot_is_promised_in_all_rounds() {
        let cluster = cluster(3, 2);
        let mut acceptor: AcceptorStateStore<char> = AcceptorStateStore::new();
        let ask = Message::PrepareAll { ballot: key(0, 1, 10).ballot(), from: Round(0) };
        assert_eq!(acceptor.handle(&cluster, NodeId(11), ask.clone()), AcceptorStep::nothing());
        let step = acceptor.handle(&cluster, NodeId(10), ask);
        assert!(matches!(step.reply, Some(Message::PromiseAll { .. })), "{step:?}");
    }

    #[test]
    fn a_snapshot_is_taken_from_those_who_have_one_and_given_to_members_that_miss_it() {
        let cluster = cluster(3, 2);
        let mut acceptor: AcceptorStateStore<char> = AcceptorStateStore::new();
        let snapshot = |before| Snapshot { before: Round(before), state: [7].into() };
        let sent = |before| Message::Snapshot(snapshot(before));
        // Neither another acceptor nor a stranger has one.
        for from in [NodeId(1), NodeId(99)] {
            assert_eq!(acceptor.handle(&cluster, from, sent(2)), AcceptorStep::nothing());
        }
        for (from, before) in [(NodeId(10), 2), (NodeId(20), 3)] {
            let step = acceptor.handle(&cluster, from, sent(before));
            assert_eq!(step.event, Some(AcceptorEvent::Snapshot(snapshot(before))));
        }
        let mut catch_up = |from, first| {
            acceptor.handle(&cluster, NodeId(from), Message::CatchUp { from: Round(first) }).reply
        };
        for member in [1, 10, 20] {
            assert_eq!(catch_up(member, 2), Some(sent(3)));
            assert_eq!(catch_up(member, 3), None, "the first round that is not in it");
        }
        assert_eq!(catch_up(99, 2), None);
        // The same border for proposals.
        assert!(matches!(acceptor.promise(key(2, 0, 10)), Err(Refusal::Forgotten { .. })));
        assert!(acceptor.promise(key(3, 0, 10)).is_ok());
    }

    #[test]
    fn an_acceptor_tells_of_as_many_votes_at_once_as_it_is_told_to() {
        let promised_batch =
            |batch| AcceptorStateStore::<char>::new().with_promise_batch(batch).promise_batch();
        assert_eq!([0, 1, 5].map(promised_batch), [1, 1, 5]);
    }

    #[test]
    fn an_acceptor_goes_on_from_its_log() {
        let mut acceptor = AcceptorStateStore::new();
        let log = [
            acceptor.promise(key(0, 0, 10)).unwrap().event,
            acceptor.accept(key(0, 0, 10), 'x').unwrap().event,
            acceptor.promise(key(0, 1, 11)).unwrap().event,
        ];
        let durable = DurableAcceptorState::replay(log.into_iter().flatten());
        assert_eq!(&durable, acceptor.durable());
        assert_eq!(AcceptorStateStore::restore(durable), acceptor);
    }
}
