//! The projection: the state of the spec that a state of the system stands for.

use mitregate_multi_paxos::{Attempt, DurableAcceptorState, Learner, ProposalKey, Round, Snapshot};

use super::node::{Disk, Parts, V, acceptor, learner};
use super::spec::{BLANK, Ballot, Spec, State as SpecState, Vote};
use super::system::System;

impl System {
    /// The state of the spec that nodes stand for after one of them has changed. What the others stand for is in `before`,
    /// and so are votes and learned values, to which those of this node are added.
    pub(super) fn project(&self, before: &SpecState, index: usize, node: &Parts) -> SpecState {
        let mut projection = before.clone();
        let acceptors = self.spec.constants.acceptors.len();
        if index < acceptors {
            self.project_acceptor(&mut projection, index as u8, node); // sizes are bounded
        } else if index < acceptors + self.spec.constants.proposers.len() {
            let p = (index - acceptors) as u8; // sizes are bounded
            for r in self.spec.rounds() {
                let begun = begun(node, Round(u64::from(r)));
                let attempt = begun.map_or(0, |it| it.0 as u16);
                self.spec.set_proposer_attempt(&mut projection, p, r, attempt);
            }
        }
        if let Some(learner) = learner(node) {
            for (round, &value) in known(learner) {
                let rounds = self.spec.constants.rounds.len() as u64;
                assert!(
                    round.0 < rounds,
                    "a value is known in {round}, which is no round of the model"
                );
                self.spec.add_learned(&mut projection, round.0 as u8, value);
            }
            if let Some(snapshot) = learner.snapshot() {
                learn_all(&self.spec, &mut projection, snapshot);
            }
        }
        projection
    }

    fn project_acceptor(&self, projection: &mut SpecState, a: u8, node: &Parts) {
        let acceptor = durable_acceptor(node);
        for r in self.spec.rounds() {
            let round = Round(u64::from(r));
            // What was dropped for a snapshot is as it was: nobody acts on it any more.
            if acceptor.is_some_and(|acceptor| acceptor.is_forgotten(round)) {
                continue;
            }
            let promised = acceptor.and_then(|acceptor| acceptor.promised(round));
            let accepted = acceptor.and_then(|acceptor| acceptor.accepted(round));
            let accepted = accepted.map(|it| self.vote(it.key, it.value));
            let promised = promised.map_or(Ballot::NONE, |key| self.ballot(key));
            self.spec.set_promised(projection, a, r, promised);
            self.spec.set_accepted(projection, a, r, accepted);
            if let Some(vote) = accepted {
                self.spec.add_vote(projection, a, r, vote);
            }
        }
        if let Some(snapshot) = acceptor.and_then(DurableAcceptorState::snapshot) {
            learn_all(&self.spec, projection, snapshot);
        }
    }

    fn vote(&self, key: ProposalKey, value: V) -> Vote {
        Vote { ballot: self.ballot(key), value }
    }
}

/// The last attempt that a proposer has begun in a round, from its disk.
fn begun(node: &Parts, round: Round) -> Option<Attempt> {
    match &node.storage {
        Some(Disk::Proposer(durable)) => durable.attempt(round),
        _ => None,
    }
}

/// Who has a snapshot has learned what is in it. Where it lacks a round, that is no value.
fn learn_all(spec: &Spec, projection: &mut SpecState, snapshot: &Snapshot) {
    for r in spec.rounds().take(snapshot.before.0 as usize) {
        let value = snapshot.state.get(usize::from(r)).copied().unwrap_or(BLANK);
        spec.add_learned(projection, r, value);
    }
}

/// An acceptor's durable state. Its memory and disk agree, because every change is written through.
fn durable_acceptor(node: &Parts) -> Option<&DurableAcceptorState<V>> {
    match (acceptor(node), &node.storage) {
        (Some(acceptor), _) => Some(acceptor.durable()),
        (None, Some(Disk::Acceptor(durable))) => Some(durable),
        _ => None,
    }
}

/// The rounds that a learner knows, applied or held back.
pub(super) fn known(learner: &Learner<V>) -> impl Iterator<Item = (&Round, &V)> {
    learner.applied().iter().chain(learner.held_back())
}
