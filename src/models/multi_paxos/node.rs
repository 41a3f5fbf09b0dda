//! The real replica as a Stateright actor: nodes, and the commands made of their effects.
//!
//! A node decides nothing about Paxos. It hands messages, timers and clients' requests to its replica, and
//! carries out the effects in their order. After a crash it starts with exactly what was on its disk.

use std::borrow::Cow;
use std::sync::Arc;

use mitregate::actors::NodeOf;
use mitregate::stateright::actor::{Actor, Id, Out, model_timeout};

use super::faults::Fault;
use super::spec::ValueId;
use mitregate_multi_paxos::{
    self as paxos, AcceptorStateStore, Cluster, DurableAcceptorState, DurableProposerState, Effect,
    Input, Leadership, Learner, Message, NodeId, Outgoing, Proposer, Record, Replica, Round, Setup,
    Snapshot, Stored,
};

/// A value of the replicated log, in the model.
pub type V = ValueId;

/// A message between nodes, in the model.
pub type Msg = Message<V>;

/// A node's configuration. Its roles are those that it has in the cluster.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its name in pictures.
    pub name: String,
    /// The cluster as it knows it.
    pub cluster: Arc<Cluster>,
    /// Who asks it to propose.
    pub clients: Clients,
    /// Whether it may be told to lead.
    pub leads: bool,
    /// Whether its application may take snapshots.
    pub snapshots: bool,
    /// Of how many votes it tells at once as an acceptor.
    pub promise_batch: usize,
    /// Whether its votes go to learners too.
    pub watched: bool,
    /// The proposer's leader detector, if it gives way.
    pub leadership: Option<Leadership>,
    /// The fault in this glue, if any.
    pub fault: Option<Fault>,
}

/// What clients may ask of a node: one of these values in each of these rounds.
#[derive(Clone, Debug, Default)]
pub struct Clients {
    /// The values.
    pub values: Vec<V>,
    /// The rounds.
    pub rounds: Vec<Round>,
}

/// A node: the real replica, its disk, and its timers.
pub type Parts = NodeOf<Node>;

/// The acceptor of a node that runs, if it is one.
pub fn acceptor(parts: &Parts) -> Option<&AcceptorStateStore<V>> {
    parts.state.as_ref()?.acceptor.as_ref()
}

/// The proposer of a node that runs, if it is one.
pub fn proposer(parts: &Parts) -> Option<&Proposer<V>> {
    parts.state.as_ref()?.proposer.as_ref()
}

/// The learner of a node that runs, if it has one: proposers do.
pub fn learner(parts: &Parts) -> Option<&Learner<V>> {
    parts.state.as_ref()?.learner.as_ref()
}

/// The content of a node's disk.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Disk {
    /// An acceptor's.
    Acceptor(DurableAcceptorState<V>),
    /// A proposer's.
    Proposer(DurableProposerState),
}

/// An event at a node without a message.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// A client asks the proposer for this value in this round.
    Propose(Round, V),
    /// The proposer tries again, after a rejection or a timeout.
    Retry(Round),
    /// The proposer is told to lead, or its attempt at that has timed out.
    Lead,
    /// The application takes a snapshot.
    Snapshot,
    /// The learner asks for the rounds that it has missed.
    CatchUp,
}

impl From<paxos::Timer> for Timer {
    fn from(timer: paxos::Timer) -> Timer {
        match timer {
            paxos::Timer::Retry(round) => Timer::Retry(round),
            paxos::Timer::Lead => Timer::Lead,
            paxos::Timer::CatchUp => Timer::CatchUp,
        }
    }
}

/// The snapshot of what a learner has applied: one byte for the value of each round.
pub fn snapshot(learner: &Learner<V>) -> Snapshot {
    let before = learner.snapshot().into_iter().flat_map(|snapshot| &*snapshot.state);
    let state = before.chain(learner.applied().values()).copied().collect();
    Snapshot { before: learner.next_round(), state }
}

/// A node's number in the model is its number in the cluster.
pub fn node_id(id: Id) -> NodeId {
    NodeId(u32::try_from(usize::from(id)).unwrap_or(u32::MAX))
}

fn actor_id(node: NodeId) -> Id {
    Id::from(node.0 as usize)
}

impl Node {
    /// Sets the timers of a round without a campaign: one for each value that a client may ask for.
    fn invite_clients(&self, round: Round, out: &mut Out<Node>) {
        for &value in &self.clients.values {
            out.set_timer(Timer::Propose(round, value), model_timeout());
        }
    }

    /// Sets the timers of what may happen at any time.
    fn invite(&self, replica: &Replica<V>, out: &mut Out<Node>) {
        if self.leads && replica.proposer.is_some() {
            out.set_timer(Timer::Lead, model_timeout());
        }
        if self.snapshots && replica.learner.is_some() {
            out.set_timer(Timer::Snapshot, model_timeout());
        }
    }

    fn dismiss_clients(&self, round: Round, out: &mut Out<Node>) {
        for &value in &self.clients.values {
            out.cancel_timer(Timer::Propose(round, value));
        }
    }

    /// A step of a node that runs. An unchanged state stays borrowed.
    fn on_input(&self, state: &mut Cow<'_, Replica<V>>, input: Input<V>, out: &mut Out<Node>) {
        let mut next = state.as_ref().clone();
        self.step(&mut next, input, out);
        if next != **state {
            *state = Cow::Owned(next);
        }
    }

    /// Takes a step, with the fault around it.
    fn step(&self, replica: &mut Replica<V>, input: Input<V>, out: &mut Out<Node>) {
        let before = replica.stored();
        let Some(fault) = self.fault else {
            let effects = replica.step(&self.cluster, input);
            return carry_out(before, effects, out);
        };
        let input = fault.on_the_way(replica, input);
        let message = match &input {
            Input::Message { message, .. } => Some(message.clone()),
            _ => None,
        };
        if let (Some(acceptor), Some(message)) = (&mut replica.acceptor, &message) {
            fault.before_acceptor(acceptor, message);
        }
        let effects = replica.step(&self.cluster, input);
        if let (Some(acceptor), Some(message)) = (&mut replica.acceptor, &message) {
            fault.after_acceptor(acceptor, &before.acceptor, message);
        }
        carry_out(before.clone(), effects, out);
        // What the fault has changed is written behind the code's back.
        if let Some(acceptor) = &replica.acceptor
            && *acceptor.durable() != before.acceptor
        {
            out.save(Disk::Acceptor(acceptor.durable().clone()));
        }
    }
}

/// Carries out effects in their order; `stored` is what was on disk before. What is applied is in the
/// replica's own log, and agreement is checked on the spec's `learned`; so the other effects need nothing here.
///
/// # Panics
///
/// If something is written after a message of the same step has been sent. The model carries out all of a
/// step at once, so that no crash comes between the two.
fn carry_out(mut stored: Stored<V>, effects: Vec<Effect<V>>, out: &mut Out<Node>) {
    let mut has_sent = false;
    for effect in effects {
        match effect {
            Effect::Persist(record) => {
                assert!(!has_sent, "{record:?} is written after a message has been sent");
                let is_acceptors = matches!(record, Record::Acceptor(_));
                // The log as its replay would be.
                stored.apply(record);
                out.save(if is_acceptors {
                    Disk::Acceptor(stored.acceptor.clone())
                } else {
                    Disk::Proposer(stored.proposer.clone())
                });
            }
            Effect::Send(Outgoing { to, message }) => {
                has_sent = true;
                out.send(actor_id(to), message);
            }
            Effect::SetTimer(timer) => {
                out.set_timer(timer.into(), model_timeout());
            }
            // Who may lead may begin again at any time.
            Effect::CancelTimer(timer) if timer != paxos::Timer::Lead => {
                out.cancel_timer(timer.into());
            }
            Effect::CancelTimer(_)
            | Effect::Apply { .. }
            | Effect::Refuse { .. }
            | Effect::Decided { .. }
            | Effect::Rejected { .. }
            | Effect::Leads { .. }
            | Effect::Deposed { .. }
            | Effect::Install(_)
            | Effect::Conflict(_)
            | Effect::Forgotten { .. } => {}
        }
    }
}

impl Actor for Node {
    type Msg = Msg;
    type Timer = Timer;
    type State = Replica<V>;
    type Storage = Disk;
    type Random = ();

    fn on_start(&self, id: Id, disk: &Option<Disk>, out: &mut Out<Self>) -> Replica<V> {
        let disk = match self.fault {
            Some(fault) => disk.clone().filter(|disk| fault.keeps(disk)),
            None => disk.clone(),
        };
        let stored = match disk {
            Some(Disk::Acceptor(acceptor)) => Stored { acceptor, ..Stored::default() },
            Some(Disk::Proposer(proposer)) => Stored { proposer, ..Stored::default() },
            None => Stored::default(),
        };
        let setup = Setup {
            leadership: self.leadership.clone(),
            votes_to_learners: self.watched,
            promise_batch: self.promise_batch,
            ..Setup::default()
        };
        let (replica, effects) = Replica::start(&self.cluster, node_id(id), stored, setup);
        carry_out(Stored::default(), effects, out);
        self.invite(&replica, out);
        for &round in &self.clients.rounds {
            self.invite_clients(round, out);
        }
        replica
    }

    fn on_msg(
        &self,
        _id: Id,
        state: &mut Cow<'_, Replica<V>>,
        src: Id,
        message: Msg,
        out: &mut Out<Self>,
    ) {
        self.on_input(state, Input::Message { from: node_id(src), message }, out);
    }

    fn on_timeout(
        &self,
        _id: Id,
        state: &mut Cow<'_, Replica<V>>,
        timer: &Timer,
        out: &mut Out<Self>,
    ) {
        let input = match *timer {
            Timer::Propose(round, value) => {
                self.dismiss_clients(round, out);
                Input::Propose { round, value }
            }
            Timer::Retry(round) => Input::TimeOut(paxos::Timer::Retry(round)),
            Timer::Lead => Input::Lead,
            Timer::Snapshot => match &state.learner {
                Some(learner) => {
                    Input::Snapshot { snapshot: snapshot(learner), to_acceptors: true }
                }
                None => return,
            },
            Timer::CatchUp => Input::TimeOut(paxos::Timer::CatchUp),
        };
        if let Timer::Lead | Timer::Snapshot = timer {
            self.invite(state, out);
        }
        self.on_input(state, input, out);
    }

    fn name(&self) -> String {
        self.name.clone()
    }
}
