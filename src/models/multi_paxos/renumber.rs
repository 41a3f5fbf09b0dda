//! Attempts without bound: counting them from one higher once nothing is left of the lowest.
//!
//! Keys are only ever compared, so if no key in the whole system has attempt 0 any more, all attempts
//! of a round may be lowered by one and nothing that can happen changes. This is what
//! `MultiPaxosUnbounded.tla` calls `Renumber`. Here it happens as soon as it can, within the step that
//! makes it possible. That makes a duel that goes on for ever a cycle.

use std::cell::Cell;
use std::sync::Arc;

use stateright::Model;
use stateright::actor::{ActorModelState, Envelope};

use super::constants::Module;
use super::node::{Disk, Msg, Node, NodeState, V};
use super::spec::Action;
use super::system::{System, SystemState, map_network};
use crate::impls::multi_paxos::{
    AcceptedProposal, Attempt, Campaign, DurableAcceptorState, DurableProposerState, Learner,
    Message, NodeId, ProposalKey, Proposer, QuorumTracker, Round,
};

type Nodes = ActorModelState<Node>;

impl System {
    /// The state with the attempts of each round lowered by one where that can be, and those rounds.
    pub(super) fn renumbered(&self, mut state: SystemState) -> (SystemState, Vec<u8>) {
        let mut rounds = Vec::new();
        if self.spec.constants.module != Module::MultiPaxosUnbounded {
            return (state, rounds);
        }
        for r in self.spec.rounds() {
            let renumber = Action::Renumber { r };
            if let Some(stands_for) = self.spec.next_state(&state.stands_for, renumber)
                && let Some(nodes) = lowered(&state.nodes, Round(u64::from(r)))
            {
                state = SystemState { nodes, stands_for: Arc::new(stands_for) };
                rounds.push(r);
            }
        }
        (state, rounds)
    }
}

/// The nodes and their messages with every attempt of a round lowered by one; `None` if one is 0.
fn lowered(nodes: &Nodes, round: Round) -> Option<Nodes> {
    let is_first_in_use = Cell::new(false);
    let lower = |key: &mut ProposalKey| {
        if key.round == round {
            is_first_in_use.set(is_first_in_use.get() || key.attempt == Attempt(0));
            key.attempt = Attempt(key.attempt.0.saturating_sub(1));
        }
    };
    let mut next = nodes.clone();
    for node in &mut next.actor_states {
        let mut changed = node.as_ref().clone();
        match &mut changed {
            NodeState::Acceptor(acceptor) => in_acceptor(&mut acceptor.durable, &lower),
            NodeState::Proposer(proposer, learner) => {
                in_proposer(proposer, &lower);
                in_learner(learner, &lower);
            }
            NodeState::Learner(learner) => in_learner(learner, &lower),
            NodeState::Down => {}
        }
        *node = Arc::new(changed);
    }
    for (index, disk) in next.actor_storages.iter_mut().enumerate() {
        match disk {
            Some(Disk::Acceptor(durable)) => in_acceptor(durable, &lower),
            Some(Disk::Proposer(durable)) => {
                in_attempts(durable, super::node::node_id(index.into()), &lower);
            }
            None => {}
        }
    }
    next.network = map_network(&nodes.network, |envelope| {
        let mut msg = envelope.msg.clone();
        in_message(&mut msg, &lower);
        Envelope { src: envelope.src, dst: envelope.dst, msg }
    });
    (!is_first_in_use.get()).then_some(next)
}

fn in_vote(vote: Option<&mut AcceptedProposal<V>>, change: &impl Fn(&mut ProposalKey)) {
    if let Some(vote) = vote {
        change(&mut vote.key);
    }
}

fn in_votes(votes: &mut QuorumTracker<V>, change: &impl Fn(&mut ProposalKey)) {
    votes.tallies.iter_mut().for_each(|tally| change(&mut tally.key));
}

fn in_acceptor(durable: &mut DurableAcceptorState<V>, change: &impl Fn(&mut ProposalKey)) {
    for slot in durable.rounds.values_mut() {
        slot.promised.iter_mut().for_each(change);
        in_vote(slot.accepted.as_mut(), change);
    }
}

fn in_attempts(
    durable: &mut DurableProposerState,
    node: NodeId,
    change: &impl Fn(&mut ProposalKey),
) {
    for (&round, attempt) in &mut durable.attempts {
        let mut key = ProposalKey { round, attempt: *attempt, node };
        change(&mut key);
        *attempt = key.attempt;
    }
}

fn in_proposer(proposer: &mut Proposer<V>, change: &impl Fn(&mut ProposalKey)) {
    in_attempts(&mut proposer.durable, proposer.id, change);
    for campaign in proposer.campaigns.values_mut() {
        match campaign {
            Campaign::Preparing { highest, .. } => in_vote(highest.as_mut(), change),
            Campaign::Accepting { votes, .. } => in_votes(votes, change),
            Campaign::Rejected { by, .. } => change(by),
            Campaign::Learned { .. } => {}
        }
    }
}

fn in_learner(learner: &mut Learner<V>, change: &impl Fn(&mut ProposalKey)) {
    learner.votes.values_mut().for_each(|votes| in_votes(votes, change));
}

fn in_message(message: &mut Msg, change: &impl Fn(&mut ProposalKey)) {
    match message {
        Message::Prepare { key } | Message::Accept { key, .. } | Message::Accepted { key, .. } => {
            change(key);
        }
        Message::Promise { key, accepted } => {
            change(key);
            in_vote(accepted.as_mut(), change);
        }
        Message::Rejected { key, promised } => {
            change(key);
            change(promised);
        }
        Message::Learned { .. } | Message::CatchUp { .. } => {}
    }
}
