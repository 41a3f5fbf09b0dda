//! The projection: the state of the spec that a state of the system stands for.

use mitregate::stateright::actor::ActorModelState;
use mitregate_multi_paxos::{Attempt, DurableAcceptorState, Learner, ProposalKey, Round, Snapshot};

use super::node::{Disk, Node, V};
use super::spec::{BLANK, Ballot, Spec, State as SpecState, Vote};
use super::system::System;

impl System {
    /// The state of the spec that nodes stand for. Votes and learned values are added to `history`.
    pub(super) fn project(&self, nodes: &ActorModelState<Node>, history: &SpecState) -> SpecState {
        let spec = &self.spec;
        let mut projection = history.clone();
        for a in spec.acceptors() {
            let acceptor = acceptor(nodes, a);
            for r in spec.rounds() {
                let round = Round(u64::from(r));
                // What was dropped for a snapshot is as it was: nobody acts on it any more.
                if acceptor.is_some_and(|acceptor| acceptor.is_forgotten(round)) {
                    continue;
                }
                let promised = acceptor.and_then(|acceptor| acceptor.promised(round));
                let accepted = acceptor.and_then(|acceptor| acceptor.accepted(round));
                let accepted = accepted.map(|it| self.vote(it.key, it.value));
                let promised = promised.map_or(Ballot::NONE, |key| self.ballot(key));
                spec.set_promised(&mut projection, a, r, promised);
                spec.set_accepted(&mut projection, a, r, accepted);
                if let Some(vote) = accepted {
                    spec.add_vote(&mut projection, a, r, vote);
                }
            }
            if let Some(snapshot) = acceptor.and_then(DurableAcceptorState::snapshot) {
                learn_all(spec, &mut projection, snapshot);
            }
        }
        for p in spec.proposers() {
            for r in spec.rounds() {
                let begun = self.begun(nodes, p, Round(u64::from(r)));
                let attempt = begun.map_or(0, |it| it.0 as u16);
                spec.set_proposer_attempt(&mut projection, p, r, attempt);
            }
        }
        for node in &nodes.actor_states {
            if let Some(learner) = node.learner() {
                for (round, &value) in known(learner) {
                    spec.add_learned(&mut projection, round.0 as u8, value);
                }
                if let Some(snapshot) = learner.snapshot() {
                    learn_all(spec, &mut projection, snapshot);
                }
            }
        }
        projection
    }

    fn vote(&self, key: ProposalKey, value: V) -> Vote {
        Vote { ballot: self.ballot(key), value }
    }

    /// The last attempt that a proposer has begun in a round, from its disk.
    fn begun(&self, nodes: &ActorModelState<Node>, p: u8, round: Round) -> Option<Attempt> {
        match &nodes.actor_storages[self.proposer_index(p)] {
            Some(Disk::Proposer(durable)) => durable.attempt(round),
            _ => None,
        }
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
fn acceptor(nodes: &ActorModelState<Node>, a: u8) -> Option<&DurableAcceptorState<V>> {
    let index = usize::from(a);
    match (nodes.actor_states[index].acceptor(), &nodes.actor_storages[index]) {
        (Some(acceptor), _) => Some(acceptor.durable()),
        (None, Some(Disk::Acceptor(durable))) => Some(durable),
        _ => None,
    }
}

/// The rounds that a learner knows, applied or held back.
pub(super) fn known(learner: &Learner<V>) -> impl Iterator<Item = (&Round, &V)> {
    learner.applied().iter().chain(learner.held_back())
}
