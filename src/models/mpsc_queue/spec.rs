//! `LockFreeMPSCQueue.tla` and `ShrinkingMPSCQueue.tla` in Rust: variables, `Init`, `Next`.
//!
//! Producers are numbered from 0, in the order of their TLA+ values. A state has no pointers: it is
//! copied, and takes 32 bytes.

use serde::{Deserialize, Serialize};

use std::sync::Arc;

pub use super::buffer::{Buffer, Message};
use super::constants::{Constants, MOST_PRODUCERS, Module};
use super::faults::Fault;
use super::{laws, symmetry};
use mitregate::check::property::{Fairness, Strength, Temporal};
use mitregate::check::{Checkable, Codec, Law, Model, Name};
use mitregate::record;
use mitregate::tla::value::Value;

/// A state: the spec's variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct State {
    /// `buffer`.
    pub buffer: Buffer,
    /// `sent[p]`; 0 for producers that do not exist.
    pub sent: [u8; MOST_PRODUCERS],
    /// `capacity`, in slots.
    pub capacity: u8,
    /// `head`.
    pub head: u8,
    /// `tail`.
    pub tail: u8,
    /// `generation`.
    pub generation: u8,
    /// `resizing`.
    pub resizing: bool,
    /// `producers`: those that have joined.
    pub producers: ProducerSet,
    /// `consumer_active`: how many consumers are at work.
    pub consumer_active: u8,
    /// `messages_dropped`.
    pub messages_dropped: u8,
}

impl State {
    /// `messages_sent`: all messages that were attempted.
    pub fn messages_sent(&self) -> u8 {
        self.sent.iter().sum()
    }

    /// `messages_received`.
    pub fn messages_received(&self) -> u8 {
        self.tail
    }

    /// `Active`.
    pub fn is_active(&self) -> bool {
        self.consumer_active > 0
    }

    /// `IsFull`.
    pub fn is_full(&self) -> bool {
        self.buffer.len() >= self.capacity
    }
}

/// A set of producers.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ProducerSet(u8);

impl ProducerSet {
    /// Whether a producer is in the set.
    pub fn contains(self, p: u8) -> bool {
        self.0 >> p & 1 == 1
    }

    /// The set with a producer.
    #[must_use]
    pub fn with(self, p: u8) -> ProducerSet {
        ProducerSet(self.0 | 1 << p)
    }

    /// The set without a producer.
    #[must_use]
    pub fn without(self, p: u8) -> ProducerSet {
        ProducerSet(self.0 & !(1 << p))
    }

    /// The producers, in order.
    pub fn iter(self) -> impl Iterator<Item = u8> {
        (0..8).filter(move |&p| self.contains(p))
    }
}

/// An action of the spec with its argument, a producer's number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// `ProducerJoin(p)`
    ProducerJoin(u8),
    /// `ProducerLeave(p)`
    ProducerLeave(u8),
    /// `ProducerEnqueue(p)`
    ProducerEnqueue(u8),
    /// `ConsumerStart`
    ConsumerStart,
    /// `ConsumerStop`
    ConsumerStop,
    /// `ConsumerDequeue`
    ConsumerDequeue,
    /// `ConsumerResize`
    ConsumerResize,
    /// `ConsumerResizeComplete`
    ConsumerResizeComplete,
    /// `ConsumerShrink`, of a ring that shrinks
    ConsumerShrink,
}

/// The names of the spec's actions, in the order of `Next` and `ShrinkingNext`.
pub const ACTIONS: [&str; 9] = [
    "ProducerJoin",
    "ProducerLeave",
    "ProducerEnqueue",
    "ConsumerStart",
    "ConsumerStop",
    "ConsumerDequeue",
    "ConsumerResize",
    "ConsumerResizeComplete",
    "ConsumerShrink",
];

impl Action {
    /// Its place in [`ACTIONS`].
    pub fn name_index(self) -> usize {
        match self {
            Action::ProducerJoin(_) => 0,
            Action::ProducerLeave(_) => 1,
            Action::ProducerEnqueue(_) => 2,
            Action::ConsumerStart => 3,
            Action::ConsumerStop => 4,
            Action::ConsumerDequeue => 5,
            Action::ConsumerResize => 6,
            Action::ConsumerResizeComplete => 7,
            Action::ConsumerShrink => 8,
        }
    }
}

/// The spec with its constants.
#[derive(Clone, Debug)]
pub struct Spec {
    /// What the configuration says.
    pub constants: Arc<Constants>,
    /// A guard taken out on purpose.
    pub fault: Option<Fault>,
    /// The renamings of producers under which states are the same.
    pub(super) renamings: Arc<[Vec<u8>]>,
}

impl Spec {
    /// The spec as it is.
    pub fn new(constants: Arc<Constants>) -> Spec {
        Spec::with_fault(constants, None)
    }

    /// The spec with a guard taken out.
    pub fn with_fault(constants: Arc<Constants>, fault: Option<Fault>) -> Spec {
        let renamings = symmetry::renamings(&constants).into();
        Spec { constants, fault, renamings }
    }

    /// Whether an action is enabled; if not, the part of its guard that does not hold.
    ///
    /// # Errors
    ///
    /// The conjunct, in TLA+.
    pub fn guard(&self, state: &State, action: Action) -> Result<(), &'static str> {
        match action {
            Action::ProducerJoin(p) => ensure(!state.producers.contains(p), r"p \notin producers"),
            Action::ProducerLeave(p) => ensure(state.producers.contains(p), r"p \in producers"),
            Action::ProducerEnqueue(p) => {
                let slack = u8::from(self.fault == Some(Fault::OneMessageTooMany));
                ensure(state.producers.contains(p), r"p \in producers")?;
                ensure(!state.resizing, "~resizing")?;
                ensure(
                    state.messages_sent() < self.constants.max_messages + slack,
                    "messages_sent < MaxMessages",
                )
            }
            Action::ConsumerStart => {
                let most = u8::from(self.fault == Some(Fault::SecondConsumer));
                ensure(state.consumer_active <= most, "consumer_active = 0")
            }
            Action::ConsumerStop => {
                ensure(state.is_active(), "Active")?;
                let careless = self.fault == Some(Fault::StopWhileResizing);
                ensure(!state.resizing || careless, "~resizing")
            }
            Action::ConsumerDequeue => {
                ensure(state.is_active(), "Active")?;
                ensure(!state.resizing, "~resizing")?;
                ensure(!state.buffer.is_empty(), "buffer # <<>>")
            }
            Action::ConsumerResize => {
                ensure(state.is_active(), "Active")?;
                ensure(!state.resizing, "~resizing")?;
                ensure(state.capacity < self.constants.max_capacity, "capacity < MaxCapacity")?;
                ensure(2 * state.buffer.len() > state.capacity, "2 * Len(buffer) > capacity")
            }
            Action::ConsumerShrink => {
                let constants = &self.constants;
                ensure(state.is_active(), "Active")?;
                ensure(!state.resizing, "~resizing")?;
                ensure(
                    constants.can_shrink() && state.capacity > constants.initial_capacity,
                    "capacity > InitialCapacity",
                )?;
                let crowded = self.fault == Some(Fault::ShrinkWhenCrowded);
                ensure(
                    2 * state.buffer.len() <= constants.smaller(state.capacity) || crowded,
                    "2 * Len(buffer) <= Smaller(capacity)",
                )
            }
            Action::ConsumerResizeComplete => {
                ensure(state.is_active(), "Active")?;
                ensure(state.resizing, "resizing")
            }
        }
    }

    /// What an action does to a state in which it is enabled.
    fn effect(&self, state: &State, action: Action) -> State {
        let mut next = *state;
        match action {
            // producers' = producers \cup {p}
            Action::ProducerJoin(p) => next.producers = state.producers.with(p),
            // producers' = producers \ {p}
            Action::ProducerLeave(p) => next.producers = state.producers.without(p),
            Action::ProducerEnqueue(p) => self.enqueue(&mut next, p),
            // consumer_active' = consumer_active + 1
            Action::ConsumerStart => next.consumer_active += 1,
            // consumer_active' = consumer_active - 1
            Action::ConsumerStop => next.consumer_active -= 1,
            Action::ConsumerDequeue => {
                // buffer' = Tail(buffer)
                next.buffer = match self.fault {
                    Some(Fault::DequeueNewest) => state.buffer.front(),
                    _ => state.buffer.tail(),
                };
                // tail' = tail + 1
                next.tail += 1;
            }
            Action::ConsumerResize => {
                // resizing' = TRUE
                next.resizing = true;
                // capacity' = Min(capacity * GrowthFactor, MaxCapacity)
                next.capacity = self.constants.grown(state.capacity);
                // generation' = generation + 1
                next.generation += u8::from(self.fault != Some(Fault::GenerationKept));
            }
            Action::ConsumerShrink => {
                // resizing' = TRUE
                next.resizing = true;
                // capacity' = Smaller(capacity)
                next.capacity = match self.fault {
                    Some(Fault::ShrinkByOne) => state.capacity - 1,
                    _ => self.constants.smaller(state.capacity),
                };
                // generation' = generation + 1
                next.generation += u8::from(self.fault != Some(Fault::ShrinkKeepsGeneration));
            }
            Action::ConsumerResizeComplete => {
                // resizing' = FALSE
                next.resizing = false;
                if self.fault == Some(Fault::ResizeUndone) {
                    next.generation -= 1;
                    next.capacity = self.constants.capacity_of(next.generation);
                }
            }
        }
        next
    }

    fn enqueue(&self, next: &mut State, p: u8) {
        let before = *next;
        let sent = &mut next.sent[usize::from(p)];
        // sent' = [sent EXCEPT ![p] = @ + 1]
        *sent += 1;
        // IF IsFull
        if before.is_full() && self.fault != Some(Fault::EnqueueWhenFull) {
            // THEN messages_dropped' = messages_dropped + 1
            next.messages_dropped += u8::from(self.fault != Some(Fault::DropNotCounted));
            return;
        }
        let ordinal = match self.fault {
            Some(Fault::OrdinalReused) => (*sent - 1).max(1),
            _ => *sent,
        };
        let message = Message { producer: p, ordinal };
        // ELSE buffer' = Append(buffer, <<p, sent[p] + 1>>)
        next.buffer = match self.fault {
            Some(Fault::Overtaking) => {
                let last_own = (1..).zip(before.buffer.iter()).filter(|(_, it)| it.producer == p);
                before.buffer.insert(last_own.last().map_or(0, |(place, _)| place), message)
            }
            _ => before.buffer.append(message),
        };
        // head' = head + 1
        next.head += 1;
    }

    /// A producer as a TLA+ value.
    pub fn producer_value(&self, p: u8) -> Value {
        let named = self.constants.producers.get(usize::from(p));
        named.cloned().unwrap_or_else(|| Value::Int(i64::from(p) + 1))
    }

    /// A message as a TLA+ value.
    pub fn message_value(&self, message: Message) -> Value {
        Value::seq([self.producer_value(message.producer), Value::Int(i64::from(message.ordinal))])
    }
}

fn ensure(holds: bool, conjunct: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(conjunct) }
}

impl Model for Spec {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![State {
            buffer: Buffer::default(),
            sent: [0; MOST_PRODUCERS],
            capacity: self.constants.initial_capacity,
            head: 0,
            tail: 0,
            generation: 0,
            resizing: false,
            producers: ProducerSet::default(),
            consumer_active: 0,
            messages_dropped: 0,
        }]
    }

    /// Every action with all its arguments, enabled or not.
    fn actions(&self, _state: &State, actions: &mut Vec<Action>) {
        let producers = || self.constants.producer_numbers();
        actions.extend(producers().map(Action::ProducerJoin));
        actions.extend(producers().map(Action::ProducerLeave));
        actions.extend(producers().map(Action::ProducerEnqueue));
        actions.extend([
            Action::ConsumerStart,
            Action::ConsumerStop,
            Action::ConsumerDequeue,
            Action::ConsumerResize,
            Action::ConsumerResizeComplete,
        ]);
        actions.extend(self.constants.can_shrink().then_some(Action::ConsumerShrink));
    }

    fn codec(&self) -> Option<Codec<'_, State>> {
        Some(Codec::new())
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.guard(state, action).ok().map(|()| self.effect(state, action))
    }

    fn format_action(&self, action: &Action) -> String {
        let name = ACTIONS[action.name_index()];
        match *action {
            Action::ProducerJoin(p) | Action::ProducerLeave(p) | Action::ProducerEnqueue(p) => {
                format!("{name}({})", self.producer_value(p))
            }
            _ => name.to_owned(),
        }
    }
}

impl Checkable for Spec {
    fn laws(&self) -> Vec<Law<Self>> {
        laws::laws(self.constants.module)
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        laws::temporal(&self.constants)
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        let fair_to = self.constants.fair_to;
        let mut fairness = Vec::new();
        let mut weak = |asked: bool, of: Action| {
            if asked {
                let is_it = move |_: &Spec, _: &State, action: &Action| *action == of;
                fairness.push(Fairness::new(self.format_action(&of), Strength::Weak, is_it));
            }
        };
        weak(fair_to.resize, Action::ConsumerResizeComplete);
        weak(fair_to.dequeue, Action::ConsumerDequeue);
        if let Some(strength) = fair_to.enqueue {
            fairness.extend(self.constants.producer_numbers().map(|p| {
                let of = Action::ProducerEnqueue(p);
                let is_it = move |_: &Spec, _: &State, action: &Action| *action == of;
                Fairness::new(self.format_action(&of), strength, is_it)
            }));
        }
        fairness
    }

    fn action_names(&self) -> Vec<Name> {
        // The last one is of a ring that shrinks.
        let others = usize::from(self.constants.module != Module::Shrinking);
        ACTIONS[..ACTIONS.len() - others].iter().copied().map(Name::from).collect()
    }

    fn action_name(&self, action: &Action) -> usize {
        action.name_index()
    }

    fn view(&self, state: &State) -> Value {
        let messages = state.buffer.iter().map(|message| self.message_value(message));
        let sent = self
            .constants
            .producer_numbers()
            .map(|p| (self.producer_value(p), state.sent[usize::from(p)].into()));
        record! {
            buffer: Value::seq(messages),
            capacity: state.capacity,
            consumer_active: state.consumer_active,
            generation: state.generation,
            head: state.head,
            messages_dropped: state.messages_dropped,
            producers: Value::set(state.producers.iter().map(|p| self.producer_value(p))),
            resizing: state.resizing,
            sent: Value::fun(sent),
            tail: state.tail,
        }
    }

    fn has_symmetry(&self) -> bool {
        self.constants.producer_symmetry
    }

    fn representative(&self, state: &State) -> State {
        symmetry::representative(self, state)
    }

    fn why_disabled(&self, state: &State, action: &Action) -> Option<String> {
        self.guard(state, *action).err().map(str::to_owned)
    }

    fn picture(&self, state: &State) -> Option<String> {
        Some(super::picture::draw(self, state))
    }
}
