//! The real types as Stateright actors: the nodes, and the commands made of their effects.
//!
//! A node decides nothing about Paxos. It hands messages and timers to its real type, writes
//! durable state before messages leave, and restarts after a crash with exactly that state.

use std::borrow::Cow;
use std::sync::Arc;

use mitregate::stateright::actor::{Actor, Id, Out, model_timeout};
use serde::Serialize;

use super::faults::Fault;
use super::spec::ValueId;
use mitregate_multi_paxos::{
    AcceptorStateStore, Cluster, DurableAcceptorState, DurableProposerState, Leadership, Learner,
    Message, NodeId, Outgoing, ProposeResult, Proposer, ProposerStep, Round,
};

/// A value of the replicated log, in the model.
pub type V = ValueId;

/// A message between nodes, in the model.
pub type Msg = Message<V>;

/// A node's role and its configuration.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name in pictures.
    pub name: String,
    /// The cluster as it knows it.
    pub cluster: Arc<Cluster>,
    /// Its role.
    pub role: Role,
    /// Whether its votes go to learners too.
    pub watched: bool,
    /// The proposer's leader detector, if it gives way.
    pub leadership: Option<Leadership>,
    /// The fault in this glue, if any.
    pub fault: Option<Fault>,
}

/// A node's role.
#[derive(Clone, Debug)]
pub enum Role {
    /// Answers prepares and accepts.
    Acceptor,
    /// Proposes, for its clients, one of these values in each of these rounds.
    Proposer {
        /// The values that its clients may ask for.
        values: Vec<V>,
        /// The rounds in which they may ask.
        rounds: Vec<Round>,
    },
    /// Only learns.
    Learner,
}

/// A node's state: the real types.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum NodeState {
    /// An acceptor.
    Acceptor(AcceptorStateStore<V>),
    /// A proposer, and the log that it builds.
    Proposer(Proposer<V>, Learner<V>),
    /// A learner.
    Learner(Learner<V>),
    /// Crashed: only the durable state is left.
    Down,
}

/// The content of a node's disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub enum Disk {
    /// An acceptor's.
    Acceptor(DurableAcceptorState<V>),
    /// A proposer's.
    Proposer(DurableProposerState),
}

/// An event at a node without a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Timer {
    /// A client asks the proposer for this value in this round.
    Propose(Round, V),
    /// The proposer tries again, after a rejection or a timeout.
    Retry(Round),
    /// The learner asks for the rounds that it has missed.
    CatchUp,
}

/// A node's number in the model is its number in the cluster.
pub fn node_id(id: Id) -> NodeId {
    NodeId(u32::try_from(usize::from(id)).unwrap_or(u32::MAX))
}

fn actor_id(node: NodeId) -> Id {
    Id::from(node.0 as usize)
}

fn send_all(outgoing: Vec<Outgoing<V>>, out: &mut Out<Node>) {
    for Outgoing { to, message } in outgoing {
        out.send(actor_id(to), message);
    }
}

impl Node {
    /// Sets the timers of a round without a campaign: one for each value that a client may ask for.
    fn invite_clients(&self, round: Round, out: &mut Out<Node>) {
        if let Role::Proposer { values, .. } = &self.role {
            for &value in values {
                out.set_timer(Timer::Propose(round, value), model_timeout());
            }
        }
    }

    fn dismiss_clients(&self, round: Round, out: &mut Out<Node>) {
        if let Role::Proposer { values, .. } = &self.role {
            for &value in values {
                out.cancel_timer(Timer::Propose(round, value));
            }
        }
    }

    /// Carries out a proposer's step: disk first, then messages.
    fn carry_out(step: ProposerStep<V>, learner: &mut Learner<V>, out: &mut Out<Node>) {
        if let Some(durable) = step.persist {
            out.save(Disk::Proposer(durable));
        }
        send_all(step.outgoing, out);
        if let Some(ProposeResult::Learned { round, value }) = step.result {
            out.cancel_timer(Timer::Retry(round));
            // Agreement is checked on the spec's `learned`; here a conflicting value is only
            // ignored.
            let _ = learner.apply(round, value);
        }
    }

    fn acceptor_handles(
        &self,
        acceptor: &mut AcceptorStateStore<V>,
        from: NodeId,
        message: &Msg,
        out: &mut Out<Node>,
    ) {
        let before = acceptor.durable().clone();
        if let Some(fault) = self.fault {
            fault.before_acceptor(acceptor, message);
        }
        let step = acceptor.handle(&self.cluster, from, message.clone());
        if let Some(fault) = self.fault {
            fault.after_acceptor(acceptor, &before, message);
        }
        if *acceptor.durable() != before {
            out.save(Disk::Acceptor(acceptor.durable().clone()));
        }
        if let Some(reply) = step.reply {
            if self.watched && matches!(reply, Message::Accepted { .. }) {
                for &learner in self.cluster.learners() {
                    out.send(actor_id(learner), reply.clone());
                }
            }
            out.send(actor_id(from), reply);
        }
    }

    fn proposer_handles(
        &self,
        state: (&mut Proposer<V>, &mut Learner<V>),
        from: NodeId,
        message: Msg,
        out: &mut Out<Node>,
    ) {
        let (proposer, learner) = state;
        let message = match self.fault {
            Some(fault) => fault.on_the_way_to_proposer(message),
            None => message,
        };
        // The proposer counts votes; its learner gets outcomes and answers `CatchUp`.
        if matches!(
            message,
            Message::Learned { .. } | Message::CatchUp { .. } | Message::Forgotten { .. }
        ) {
            let step = learner.handle(&self.cluster, from, message.clone());
            send_all(step.outgoing, out);
        }
        let step = proposer.handle(&self.cluster, from, message);
        Node::carry_out(step, learner, out);
    }
}

impl Actor for Node {
    type Msg = Msg;
    type Timer = Timer;
    type State = NodeState;
    type Storage = Disk;
    type Random = ();

    fn on_start(&self, id: Id, disk: &Option<Disk>, out: &mut Out<Self>) -> NodeState {
        let disk = match self.fault {
            Some(fault) => disk.clone().filter(|disk| fault.keeps(disk)),
            None => disk.clone(),
        };
        match &self.role {
            Role::Acceptor => NodeState::Acceptor(match disk {
                Some(Disk::Acceptor(durable)) => AcceptorStateStore::restore(durable),
                _ => AcceptorStateStore::new(),
            }),
            Role::Proposer { rounds, .. } => {
                for &round in rounds {
                    self.invite_clients(round, out);
                }
                let proposer = match disk {
                    Some(Disk::Proposer(durable)) => Proposer::restore(node_id(id), durable),
                    _ => Proposer::new(node_id(id)),
                };
                let proposer = match &self.leadership {
                    Some(leadership) => proposer.with_leadership(leadership.clone()),
                    None => proposer,
                };
                NodeState::Proposer(proposer, Learner::starting_at(Round(0)))
            }
            Role::Learner => {
                out.set_timer(Timer::CatchUp, model_timeout());
                NodeState::Learner(Learner::starting_at(Round(0)))
            }
        }
    }

    fn on_msg(
        &self,
        _id: Id,
        state: &mut Cow<'_, NodeState>,
        src: Id,
        message: Msg,
        out: &mut Out<Self>,
    ) {
        let mut next = state.as_ref().clone();
        match &mut next {
            NodeState::Acceptor(acceptor) => {
                self.acceptor_handles(acceptor, node_id(src), &message, out);
            }
            NodeState::Proposer(proposer, learner) => {
                self.proposer_handles((proposer, learner), node_id(src), message, out);
            }
            NodeState::Learner(learner) => {
                let step = learner.handle(&self.cluster, node_id(src), message);
                send_all(step.outgoing, out);
            }
            NodeState::Down => {}
        }
        if next != **state {
            *state = Cow::Owned(next);
        }
    }

    fn on_timeout(
        &self,
        _id: Id,
        state: &mut Cow<'_, NodeState>,
        timer: &Timer,
        out: &mut Out<Self>,
    ) {
        let mut next = state.as_ref().clone();
        match (&mut next, timer) {
            (NodeState::Proposer(proposer, learner), Timer::Propose(round, value)) => {
                self.dismiss_clients(*round, out);
                if let Ok(step) = proposer.propose(&self.cluster, *round, *value) {
                    out.set_timer(Timer::Retry(*round), model_timeout());
                    Node::carry_out(step, learner, out);
                }
            }
            (NodeState::Proposer(proposer, learner), Timer::Retry(round)) => {
                out.set_timer(Timer::Retry(*round), model_timeout());
                if let Ok(step) = proposer.retry(&self.cluster, *round) {
                    Node::carry_out(step, learner, out);
                }
            }
            (NodeState::Learner(learner), Timer::CatchUp) => {
                out.set_timer(Timer::CatchUp, model_timeout());
                for &peer in self.cluster.proposers() {
                    out.send(actor_id(peer), learner.catch_up());
                }
            }
            _ => {}
        }
        if next != **state {
            *state = Cow::Owned(next);
        }
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
