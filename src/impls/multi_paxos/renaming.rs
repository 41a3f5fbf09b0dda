//! Renaming of nodes and proposals in a state, for symmetry reduction.
//!
//! Nothing here is part of the protocol. A model checker identifies states that differ in names
//! alone: acceptors are interchangeable, and attempts can be counted from the lowest in use.

use super::acceptor::AcceptorStateStore;
use super::campaign::{Campaign, DurableProposerState};
use super::durable::DurableAcceptorState;
use super::lead::Lead;
use super::learner::Learner;
use super::message::Message;
use super::proposal::{AcceptedProposal, Ballot, NodeId, ProposalKey, Round};
use super::proposer::Proposer;
use super::quorum::QuorumTracker;
use super::replica::Replica;

/// State or messages that contain proposals.
pub trait Proposals {
    /// Changes the key of every proposal. Keys of one round must keep their order.
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey));
}

/// State with names of acceptors: those that have answered, and an acceptor's own. An acceptor that is a proposer too
/// is not interchangeable with others: it has to keep its name.
pub trait Voters {
    /// Replaces the name of every acceptor. No two may get the same name.
    fn rename_voters(&mut self, name: &impl Fn(NodeId) -> NodeId);
}

/// Changes a ballot as that of a proposal in the first round. Ballots of all rounds are renamed alike.
fn rename_ballot(ballot: &mut Ballot, change: &impl Fn(&mut ProposalKey)) {
    let mut key = ballot.in_round(Round(0));
    change(&mut key);
    *ballot = key.ballot();
}

impl<V> Proposals for Lead<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        match self {
            Lead::Preparing { votes, .. } | Lead::Leading { votes, .. } => {
                for vote in votes.values_mut() {
                    vote.rename_proposals(change);
                }
            }
            Lead::Rejected { by } => rename_ballot(by, change),
            Lead::None => {}
        }
    }
}

impl<V> Voters for Lead<V> {
    fn rename_voters(&mut self, name: &impl Fn(NodeId) -> NodeId) {
        if let Lead::Preparing { promised, .. } = self {
            *promised = promised.iter().copied().map(name).collect();
        }
    }
}

impl<V> Proposals for AcceptedProposal<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        change(&mut self.key);
    }
}

impl<V> Proposals for QuorumTracker<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        self.tallies.iter_mut().for_each(|tally| change(&mut tally.key));
    }
}

impl<V> Voters for QuorumTracker<V> {
    fn rename_voters(&mut self, name: &impl Fn(NodeId) -> NodeId) {
        for tally in &mut self.tallies {
            tally.voters = tally.voters.iter().copied().map(name).collect();
        }
    }
}

impl<V> Proposals for DurableAcceptorState<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        for round in self.rounds.values_mut() {
            round.promised.iter_mut().for_each(change);
            round.accepted.iter_mut().for_each(|accepted| accepted.rename_proposals(change));
        }
        self.floor.iter_mut().for_each(|ballot| rename_ballot(ballot, change));
    }
}

impl<V> Proposals for AcceptorStateStore<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        self.durable.rename_proposals(change);
    }
}

impl DurableProposerState {
    /// Changes the key of every proposal; `node` is the proposer whose state this is.
    pub fn rename_proposals_of(&mut self, node: NodeId, change: &impl Fn(&mut ProposalKey)) {
        for (&round, attempt) in &mut self.attempts {
            let mut key = ProposalKey { round, attempt: *attempt, node };
            change(&mut key);
            *attempt = key.attempt;
        }
        if let Some(attempt) = &mut self.floor {
            let mut ballot = Ballot { attempt: *attempt, node };
            rename_ballot(&mut ballot, change);
            *attempt = ballot.attempt;
        }
    }
}

impl<V> Proposals for Proposer<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        self.durable.rename_proposals_of(self.id, change);
        self.lead.rename_proposals(change);
        for campaign in self.campaigns.values_mut() {
            match campaign {
                Campaign::Preparing { highest, .. } => {
                    if let Some(accepted) = highest {
                        accepted.rename_proposals(change);
                    }
                }
                Campaign::Accepting { votes, .. } => votes.rename_proposals(change),
                Campaign::Rejected { by, .. } => change(by),
                Campaign::Learned { .. } => {}
            }
        }
    }
}

impl<V> Voters for Proposer<V> {
    fn rename_voters(&mut self, name: &impl Fn(NodeId) -> NodeId) {
        self.lead.rename_voters(name);
        for campaign in self.campaigns.values_mut() {
            match campaign {
                Campaign::Preparing { promised, .. } => {
                    *promised = promised.iter().copied().map(name).collect();
                }
                Campaign::Accepting { votes, .. } => votes.rename_voters(name),
                Campaign::Rejected { .. } | Campaign::Learned { .. } => {}
            }
        }
    }
}

impl<V> Proposals for Replica<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        self.acceptor.iter_mut().for_each(|acceptor| acceptor.rename_proposals(change));
        self.proposer.iter_mut().for_each(|proposer| proposer.rename_proposals(change));
        self.learner.iter_mut().for_each(|learner| learner.rename_proposals(change));
    }
}

impl<V> Voters for Replica<V> {
    fn rename_voters(&mut self, name: &impl Fn(NodeId) -> NodeId) {
        self.id = name(self.id);
        self.proposer.iter_mut().for_each(|proposer| proposer.rename_voters(name));
        self.learner.iter_mut().for_each(|learner| learner.rename_voters(name));
    }
}

impl<V> Proposals for Learner<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        self.votes.values_mut().for_each(|votes| votes.rename_proposals(change));
    }
}

impl<V> Voters for Learner<V> {
    fn rename_voters(&mut self, name: &impl Fn(NodeId) -> NodeId) {
        self.votes.values_mut().for_each(|votes| votes.rename_voters(name));
    }
}

impl<V> Proposals for Message<V> {
    fn rename_proposals(&mut self, change: &impl Fn(&mut ProposalKey)) {
        match self {
            Message::Prepare { key }
            | Message::Accept { key, .. }
            | Message::Accepted { key, .. } => change(key),
            Message::Promise { key, accepted } => {
                change(key);
                if let Some(accepted) = accepted {
                    accepted.rename_proposals(change);
                }
            }
            Message::PrepareAll { ballot, .. } => rename_ballot(ballot, change),
            Message::PromiseAll { ballot, votes, .. } => {
                rename_ballot(ballot, change);
                for vote in votes {
                    vote.rename_proposals(change);
                }
            }
            Message::Rejected { key, promised } => {
                change(key);
                change(promised);
            }
            Message::Learned { .. }
            | Message::CatchUp { .. }
            | Message::Forgotten { .. }
            | Message::Snapshot(_) => {}
        }
    }
}
