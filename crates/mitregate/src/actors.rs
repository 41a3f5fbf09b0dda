//! Stateright's actors, explored faster than by Stateright: each node's steps are computed once.
//!
//! What an actor does with a message or a timer depends on its own state. So a state of [`Actors`] keeps each node and
//! each message in transit once for all states ([`Interned`]), and the actor's code runs once for each different node
//! and event ([`Memo`]); the rest of a step is a matter of addresses. The steps, their order and their effects are those
//! of Stateright's `ActorModel`, with these differences: the memory of a crashed node is forgotten at once, the last
//! message delivered is not part of a state, a step that changes nothing on a network that duplicates is none, there is
//! no history, and there are no random choices.
//!
//! ```
//! use std::borrow::Cow;
//!
//! use mitregate::actors::{Actors, Transport};
//! use mitregate::check::Model as _;
//! use mitregate::stateright::actor::{Actor, Id, Out};
//!
//! /// Two nodes that count to three together.
//! #[derive(Debug)]
//! struct Counter;
//!
//! impl Actor for Counter {
//!     type Msg = u8;
//!     type State = u8;
//!     type Timer = ();
//!     type Storage = ();
//!     type Random = ();
//!
//!     fn on_start(&self, id: Id, _: &Option<()>, out: &mut Out<Self>) -> u8 {
//!         if id == Id::from(0) {
//!             out.send(Id::from(1), 1);
//!         }
//!         0
//!     }
//!
//!     fn on_msg(&self, _: Id, state: &mut Cow<'_, u8>, src: Id, count: u8, out: &mut Out<Self>) {
//!         *state.to_mut() = count;
//!         if count < 3 {
//!             out.send(src, count + 1);
//!         }
//!     }
//! }
//!
//! let actors = Actors::new([Counter, Counter], Transport::Unordered);
//! let mut state = actors.init_states().remove(0);
//! while let Some((_, next)) = actors.next_steps(&state).pop() {
//!     state = next;
//! }
//! let counts: Vec<_> = state.nodes.iter().map(|node| node.state).collect();
//! assert_eq!(counts, [Some(2), Some(3)]);
//! ```

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use smallvec::SmallVec;
use stateright::actor::{Actor, Command, Id, Out, is_no_op, is_no_op_with_timer};

use crate::check::{Codec, Interned, Memo, Model};

/// The network's order and duplication of messages.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Transport {
    /// In any order, each any number of times.
    #[default]
    Duplicating,
    /// In any order, each once.
    Unordered,
    /// In order between any two nodes, each once.
    Ordered,
}

/// A node as it is now.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Node<S, D, T: 'static> {
    /// The actor's state; none while it has crashed.
    pub state: Option<S>,
    /// What it has saved, and finds when it starts again.
    pub storage: Option<D>,
    /// The timers that are set, in order.
    pub timers: Vec<Interned<T>>,
}

/// A message in transit.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Envelope<M> {
    /// Who sent it.
    pub src: Id,
    /// To whom.
    pub dst: Id,
    /// The message.
    pub msg: M,
}

/// The messages in transit, in the order of sender, receiver and message; on an ordered network those between two nodes
/// in the order in which they were sent.
pub type InTransit<M> = SmallVec<[Interned<Envelope<M>>; 8]>;

/// A state: nodes by their ids, and what is between them.
#[derive(Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(bound(
    serialize = "",
    deserialize = "N: Hash + Eq + Send + Sync, M: Hash + Eq + Send + Sync"
))]
pub struct ActorsState<N: 'static, M: 'static> {
    /// The nodes.
    pub nodes: SmallVec<[Interned<N>; 6]>,
    /// The network.
    pub network: InTransit<M>,
}

/// A step.
#[derive(Debug)]
pub enum Action<M: 'static, T: 'static> {
    /// A message gets lost.
    Drop(Interned<Envelope<M>>),
    /// A message arrives.
    Deliver(Interned<Envelope<M>>),
    /// A timer of a node goes off.
    Timeout(Id, Interned<T>),
    /// A node crashes, and loses all that it has not saved.
    Crash(Id),
    /// A node that had crashed starts again.
    Recover(Id),
}

/// The type of an actor's nodes.
pub type NodeOf<A> = Node<<A as Actor>::State, <A as Actor>::Storage, <A as Actor>::Timer>;

/// The type of the states of a system of such actors.
pub type StateOf<A> = ActorsState<NodeOf<A>, <A as Actor>::Msg>;

/// The type of its steps.
pub type ActionOf<A> = Action<<A as Actor>::Msg, <A as Actor>::Timer>;

/// An actor whose steps can be remembered: its types are ordered or compared, hashed, and sent to other threads, as
/// most are.
pub trait Remembered:
    Actor<
        Msg: Ord + Send + Sync + 'static,
        Timer: Ord + Send + Sync + 'static,
        State: Eq + Send + Sync + 'static,
        Storage: Eq + Send + Sync + 'static,
    > + Send
    + Sync
    + 'static
{
}

impl<A> Remembered for A where
    A: Actor<
            Msg: Ord + Send + Sync + 'static,
            Timer: Ord + Send + Sync + 'static,
            State: Eq + Send + Sync + 'static,
            Storage: Eq + Send + Sync + 'static,
        > + Send
        + Sync
        + 'static
{
}

/// A system of actors.
pub struct Actors<A: Remembered> {
    nodes: Arc<[A]>,
    transport: Transport,
    is_lossy: bool,
    most_crashed: usize,
    steps: Arc<Steps<A>>,
}

type Steps<A> = Memo<[A], (Id, Interned<NodeOf<A>>, EventOf<A>), Option<StepOf<A>>>;

/// What happens to a node.
#[derive(Debug, PartialEq, Eq, Hash)]
enum Event<M: 'static, T: 'static> {
    Deliver(Interned<Envelope<M>>),
    Timeout(Interned<T>),
    Recover,
}

type EventOf<A> = Event<<A as Actor>::Msg, <A as Actor>::Timer>;

/// What a node makes of an event: the node afterwards, and what it has sent.
struct Step<N: 'static, M: 'static> {
    node: Interned<N>,
    /// Whether neither the node's state nor anything else has changed.
    is_no_op: bool,
    sent: Interned<Vec<Interned<Envelope<M>>>>,
}

type StepOf<A> = Step<NodeOf<A>, <A as Actor>::Msg>;

// What holds only addresses is copied whatever they are addresses of.

impl<N, M> Clone for ActorsState<N, M> {
    fn clone(&self) -> Self {
        ActorsState {
            nodes: SmallVec::from_slice(&self.nodes),
            network: SmallVec::from_slice(&self.network),
        }
    }
}

impl<M, T> Clone for Action<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Action<M, T> {}

impl<M, T> PartialEq for Action<M, T> {
    fn eq(&self, other: &Self) -> bool {
        match (*self, *other) {
            (Action::Drop(one), Action::Drop(other))
            | (Action::Deliver(one), Action::Deliver(other)) => one == other,
            (Action::Timeout(id, one), Action::Timeout(other_id, other)) => {
                (id, one) == (other_id, other)
            }
            (Action::Crash(one), Action::Crash(other))
            | (Action::Recover(one), Action::Recover(other)) => one == other,
            _ => false,
        }
    }
}

impl<M, T> Clone for Event<M, T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<M, T> Copy for Event<M, T> {}

impl<N, M> Clone for Step<N, M> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<N, M> Copy for Step<N, M> {}

impl<N, M> ActorsState<N, M> {
    /// The node of that id.
    pub fn node(&self, id: Id) -> Interned<N> {
        self.nodes[usize::from(id)]
    }
}

impl<A: Remembered> Clone for Actors<A> {
    fn clone(&self) -> Self {
        let Actors { nodes, transport, is_lossy, most_crashed, steps } = self;
        Actors {
            nodes: nodes.clone(),
            transport: *transport,
            is_lossy: *is_lossy,
            most_crashed: *most_crashed,
            steps: steps.clone(),
        }
    }
}

impl<A: Remembered> Actors<A> {
    /// Actors that have the ids 0, 1, … and talk over a network that loses nothing, and do not crash.
    pub fn new(nodes: impl IntoIterator<Item = A>, transport: Transport) -> Self {
        let nodes = nodes.into_iter().collect();
        let steps = Arc::new(Memo::new(compute));
        Actors { nodes, transport, is_lossy: false, most_crashed: 0, steps }
    }

    /// The same over a network that loses messages.
    pub fn lossy(self, is_lossy: bool) -> Self {
        Actors { is_lossy, ..self }
    }

    /// The same, where so many may have crashed at a time.
    pub fn crashing(self, most_crashed: usize) -> Self {
        Actors { most_crashed, ..self }
    }

    /// The actors.
    pub fn actors(&self) -> &[A] {
        &self.nodes
    }

    /// The network's order and duplication of messages.
    pub fn transport(&self) -> Transport {
        self.transport
    }

    /// Adds a message to those in transit.
    pub fn send(&self, network: &mut InTransit<A::Msg>, envelope: Interned<Envelope<A::Msg>>) {
        let place = if self.transport == Transport::Ordered {
            let channel = (envelope.src, envelope.dst);
            Err(network.iter().take_while(|it| (it.src, it.dst) <= channel).count())
        } else {
            network.binary_search(&envelope)
        };
        match place {
            Ok(_) if self.transport == Transport::Duplicating => {}
            Ok(place) | Err(place) => network.insert(place, envelope),
        }
    }

    /// The messages that may arrive next, in order and each once.
    pub fn deliverable<'a>(
        &self,
        network: &'a InTransit<A::Msg>,
    ) -> impl Iterator<Item = Interned<Envelope<A::Msg>>> + use<'a, A> {
        let is_ordered = self.transport == Transport::Ordered;
        let mut last: Option<Interned<Envelope<A::Msg>>> = None;
        network.iter().copied().filter(move |&envelope| {
            let is_behind = last.is_some_and(|last| {
                last == envelope
                    || is_ordered && (last.src, last.dst) == (envelope.src, envelope.dst)
            });
            last = Some(envelope);
            !is_behind
        })
    }

    /// The network with every message replaced; channels keep their order.
    pub fn map(
        &self,
        network: &InTransit<A::Msg>,
        mut replace: impl FnMut(Interned<Envelope<A::Msg>>) -> Interned<Envelope<A::Msg>>,
    ) -> InTransit<A::Msg> {
        let mut replaced = InTransit::new();
        for &envelope in network {
            self.send(&mut replaced, replace(envelope));
        }
        replaced
    }

    /// Takes a message out of the network, where it is not one that can arrive again.
    fn take(network: &mut InTransit<A::Msg>, envelope: Interned<Envelope<A::Msg>>) {
        if let Some(place) = network.iter().position(|&it| it == envelope) {
            network.remove(place);
        }
    }

    /// Has a node handle an event, and carries out what it makes of it.
    fn handle(&self, state: &StateOf<A>, id: Id, event: EventOf<A>) -> Option<StateOf<A>> {
        let node = *state.nodes.get(usize::from(id))?;
        let step = self.steps.get(&self.nodes, (id, node, event))?;
        let mut next = state.clone();
        if let Event::Deliver(envelope) = event {
            if step.is_no_op && self.transport != Transport::Ordered {
                return None;
            }
            if self.transport != Transport::Duplicating {
                Self::take(&mut next.network, envelope);
            }
        }
        next.nodes[usize::from(id)] = step.node;
        for &envelope in step.sent.get() {
            self.send(&mut next.network, envelope);
        }
        let may_be_none = self.transport == Transport::Duplicating;
        (!may_be_none || next != *state).then_some(next)
    }
}

/// What a node makes of an event; none if it makes nothing of it, because it has crashed or because nobody would notice.
///
/// # Panics
///
/// If the actor's code does, or if it asks for a random choice.
fn compute<A: Remembered>(
    actors: &[A],
    (id, node, event): (Id, Interned<NodeOf<A>>, EventOf<A>),
) -> Option<StepOf<A>> {
    let actor = &actors[usize::from(id)];
    let mut out = Out::new();
    let mut next = node.get().clone();
    let mut is_no_op_step = false;
    match event {
        Event::Recover => next.state = Some(actor.on_start(id, &node.storage, &mut out)),
        Event::Deliver(envelope) => {
            let mut state = Cow::Borrowed(node.get().state.as_ref()?);
            actor.on_msg(id, &mut state, envelope.src, envelope.msg.clone(), &mut out);
            is_no_op_step = is_no_op(&state, &out);
            next.state = Some(state.into_owned());
        }
        Event::Timeout(timer) => {
            let mut state = Cow::Borrowed(node.get().state.as_ref()?);
            actor.on_timeout(id, &mut state, timer.get(), &mut out);
            if is_no_op_with_timer(&state, &out, timer.get()) {
                return None;
            }
            next.state = Some(state.into_owned());
            remove(&mut next.timers, timer);
        }
    }
    let mut sent = Vec::new();
    for command in out {
        match command {
            Command::Send(dst, msg) => sent.push(Interned::new(Envelope { src: id, dst, msg })),
            Command::SetTimer(timer, _) => {
                let timer = Interned::new(timer);
                if let Err(place) = next.timers.binary_search(&timer) {
                    next.timers.insert(place, timer);
                }
            }
            Command::CancelTimer(timer) => {
                remove(&mut next.timers, Interned::new(timer));
            }
            Command::Save(storage) => next.storage = Some(storage),
            Command::ChooseRandom(key, _) => {
                panic!("the actor asks for a random choice, {key:?}; offer a timer for each choice")
            }
        }
    }
    Some(Step { node: Interned::new(next), is_no_op: is_no_op_step, sent: Interned::new(sent) })
}

fn remove<T>(timers: &mut Vec<Interned<T>>, timer: Interned<T>) {
    timers.retain(|&it| it != timer);
}

impl<A: Remembered> Model for Actors<A> {
    type State = StateOf<A>;
    type Action = ActionOf<A>;

    fn codec(&self) -> Option<Codec<'_, Self::State>> {
        Some(Codec::new())
    }

    fn init_states(&self) -> Vec<Self::State> {
        let mut state = ActorsState { nodes: SmallVec::new(), network: InTransit::new() };
        let off = Interned::new(Node { state: None, storage: None, timers: Vec::new() });
        for index in 0..self.nodes.len() {
            let started = self.steps.get(&self.nodes, (Id::from(index), off, Event::Recover));
            state.nodes.push(started.map_or(off, |step| step.node));
            for &envelope in started.iter().flat_map(|step| step.sent.get()) {
                self.send(&mut state.network, envelope);
            }
        }
        vec![state]
    }

    /// Losses first, then what arrives, timers, crashes and recoveries, each in order.
    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>) {
        if self.is_lossy {
            actions.extend(self.deliverable(&state.network).map(Action::Drop));
        }
        let exists = |it: &Interned<Envelope<A::Msg>>| usize::from(it.dst) < self.nodes.len();
        actions.extend(self.deliverable(&state.network).filter(exists).map(Action::Deliver));
        for (index, node) in state.nodes.iter().enumerate() {
            let timers = node.get().timers.iter();
            actions.extend(timers.map(|&timer| Action::Timeout(Id::from(index), timer)));
        }
        if self.most_crashed == 0 {
            return;
        }
        let is_up = |node: &&Interned<NodeOf<A>>| node.state.is_some();
        let crashed = state.nodes.len() - state.nodes.iter().filter(is_up).count();
        let ids = |up: bool| {
            let nodes = state.nodes.iter().enumerate();
            nodes.filter(move |(_, node)| node.state.is_some() == up).map(|(id, _)| Id::from(id))
        };
        if crashed < self.most_crashed {
            actions.extend(ids(true).map(Action::Crash));
        }
        actions.extend(ids(false).map(Action::Recover));
    }

    fn next_state(&self, state: &Self::State, action: Self::Action) -> Option<Self::State> {
        match action {
            Action::Drop(envelope) => {
                let mut next = state.clone();
                Self::take(&mut next.network, envelope);
                Some(next)
            }
            Action::Deliver(envelope) => self.handle(state, envelope.dst, Event::Deliver(envelope)),
            Action::Timeout(id, timer) => self.handle(state, id, Event::Timeout(timer)),
            Action::Crash(id) => {
                let mut next = state.clone();
                let storage = state.node(id).storage.clone();
                let off = Node { state: None, storage, timers: Vec::new() };
                next.nodes[usize::from(id)] = Interned::new(off);
                Some(next)
            }
            Action::Recover(id) => self.handle(state, id, Event::Recover),
        }
    }
}
