//! The invariants, step properties and temporal properties, under the spec's own names.
//!
//! Each is a function on the spec's states, and any model whose states stand for such states can be
//! held to them. Beside each law stands its witness: where it says something.

use super::constants::{Constants, MOST_PRODUCERS, Module};
use super::spec::{Message, Spec, State};
use mitregate::check::Law;
use mitregate::check::property::{Formula, Temporal};

/// The spec's invariants.
pub const INVARIANTS: [&str; 8] = [
    "TypeInvariant",
    "FIFOOrdering",
    "BoundedCapacity",
    "MessageConservation",
    "ABAProtection",
    "ResizeSafety",
    "SingleConsumer",
    "Safety",
];

/// The spec's step properties.
pub const STEP_PROPERTIES: [&str; 3] =
    ["DequeueTakesFirst", "EnqueueAddsAtEnd", "GenerationNeverFalls"];

/// The invariants that the shrinking spec adds.
pub const SHRINKING_INVARIANTS: [&str; 1] = ["CapacityIsARing"];

/// The step properties that the shrinking spec adds.
pub const SHRINKING_STEP_PROPERTIES: [&str; 2] = ["NewRingNewGeneration", "ShrinksOnlyWhenQuiet"];

/// The spec's temporal properties.
pub const TEMPORAL_PROPERTIES: [&str; 3] =
    ["ConsumerProgress", "ResizeProgress", "ProducerFairness"];

/// `TypeInvariant`: every variable has values of its type.
pub fn type_invariant(spec: &Spec, state: &State) -> bool {
    let constants = &spec.constants;
    let counts = 0..=constants.max_messages;
    let exists = |p: u8| usize::from(p) < constants.max_producers();
    let is_message = |message: Message| {
        exists(message.producer) && (1..=constants.max_messages).contains(&message.ordinal)
    };
    state.buffer.iter().all(is_message)
        && state.capacity > 0
        && state.producers.iter().all(exists)
        && [state.head, state.tail, state.messages_sent(), state.messages_dropped]
            .iter()
            .chain(&state.sent)
            .all(|count| counts.contains(count))
}

/// `FIFOOrdering`: what one producer sent stands in the queue in the order of sending.
pub fn fifo_ordering(_: &Spec, state: &State) -> bool {
    let mut last = [0; MOST_PRODUCERS];
    state.buffer.iter().all(|message| {
        let before = &mut last[usize::from(message.producer)];
        let rises = *before < message.ordinal;
        *before = message.ordinal;
        rises
    })
}

/// `BoundedCapacity`: the queue is never longer than its ring, nor the ring than it may be.
pub fn bounded_capacity(spec: &Spec, state: &State) -> bool {
    state.buffer.len() <= state.capacity && state.capacity <= spec.constants.max_capacity
}

/// `MessageConservation`: nothing is lost, but for what was dropped and counted.
pub fn message_conservation(_: &Spec, state: &State) -> bool {
    let accounted = state.messages_received() + state.buffer.len() + state.messages_dropped;
    accounted == state.messages_sent() && state.head == state.tail + state.buffer.len()
}

/// `ABAProtection`: a generation is never used for a ring of another size.
pub fn aba_protection(spec: &Spec, state: &State) -> bool {
    state.capacity == spec.constants.capacity_of(state.generation)
}

/// `ResizeSafety`: the ring grows only while there is a consumer.
pub fn resize_safety(_: &Spec, state: &State) -> bool {
    !state.resizing || state.is_active()
}

/// `SingleConsumer`: there is at most one consumer at a time.
pub fn single_consumer(_: &Spec, state: &State) -> bool {
    state.consumer_active <= 1
}

/// `Safety`: all other invariants.
pub fn safety(spec: &Spec, state: &State) -> bool {
    type_invariant(spec, state)
        && fifo_ordering(spec, state)
        && bounded_capacity(spec, state)
        && message_conservation(spec, state)
        && aba_protection(spec, state)
        && resize_safety(spec, state)
        && single_consumer(spec, state)
}

/// `DequeueTakesFirst`: whatever leaves the queue is its oldest message.
pub fn dequeue_takes_first(_: &Spec, before: &State, after: &State) -> bool {
    after.tail == before.tail || (!before.buffer.is_empty() && after.buffer == before.buffer.tail())
}

/// `EnqueueAddsAtEnd`: whatever enters the queue comes behind all that is there.
pub fn enqueue_adds_at_end(_: &Spec, before: &State, after: &State) -> bool {
    after.head == before.head
        || (after.buffer.len() == before.buffer.len() + 1 && before.buffer.begins(after.buffer))
}

/// `GenerationNeverFalls`.
pub fn generation_never_falls(_: &Spec, before: &State, after: &State) -> bool {
    after.generation >= before.generation
}

/// `CapacityIsARing`: the capacity is one that the ring has while it grows.
pub fn capacity_is_a_ring(spec: &Spec, state: &State) -> bool {
    spec.constants.is_ring(state.capacity)
}

/// `NewRingNewGeneration`: a ring of another size has another generation.
pub fn new_ring_new_generation(_: &Spec, before: &State, after: &State) -> bool {
    after.capacity == before.capacity || after.generation > before.generation
}

/// `ShrinksOnlyWhenQuiet`: what is in the queue fits into a smaller ring, twice.
pub fn shrinks_only_when_quiet(_: &Spec, before: &State, after: &State) -> bool {
    after.capacity >= before.capacity || 2 * after.buffer.len() <= after.capacity
}

/// `ConsumerProgress`: where a consumer is at work and there is a message, one leaves the queue, or
/// the consumer stops.
pub fn consumer_progress(constants: &Constants) -> Vec<Formula<Spec>> {
    let taken = |n: u8| {
        Formula::leads_to(
            move |_: &Spec, state: &State| {
                state.is_active() && !state.buffer.is_empty() && state.tail == n
            },
            move |_: &Spec, state: &State| state.tail > n || !state.is_active(),
        )
    };
    (0..constants.max_messages).map(taken).collect()
}

/// `ResizeProgress`: whatever resize begins comes to an end.
pub fn resize_progress() -> Vec<Formula<Spec>> {
    vec![Formula::leads_to(|_: &Spec, s: &State| s.resizing, |_: &Spec, s: &State| !s.resizing)]
}

/// `ProducerFairness`: a producer that has joined sends its next message, unless it leaves, the queue
/// is full, or no message is left.
pub fn producer_fairness(constants: &Constants) -> Vec<Formula<Spec>> {
    let max_messages = constants.max_messages;
    let may_send = move |state: &State, p: u8| {
        state.producers.contains(p) && !state.is_full() && state.messages_sent() < max_messages
    };
    let sends = move |p: u8, n: u8| {
        Formula::leads_to(
            move |_: &Spec, state: &State| may_send(state, p) && state.sent[usize::from(p)] == n,
            move |_: &Spec, state: &State| !may_send(state, p) || state.sent[usize::from(p)] > n,
        )
    };
    let producers = constants.producer_numbers();
    producers.flat_map(|p| (0..max_messages).map(move |n| sends(p, n))).collect()
}

/// The invariants and step properties, of the spec.
pub fn laws(module: Module) -> Vec<Law<Spec>> {
    let mut laws = growing();
    if module == Module::Shrinking {
        laws.extend(shrinking());
    }
    laws
}

fn shrinking() -> [Law<Spec>; 3] {
    let [capacity] = SHRINKING_INVARIANTS;
    let [generation, quiet] = SHRINKING_STEP_PROPERTIES;
    let shrinks = |_: &Spec, s: &State, t: &State| t.capacity < s.capacity;
    [
        Law::invariant(capacity, capacity_is_a_ring, |_, s: &State| s.generation > 1),
        Law::step(generation, new_ring_new_generation, shrinks),
        Law::step(quiet, shrinks_only_when_quiet, shrinks),
    ]
}

fn growing() -> Vec<Law<Spec>> {
    vec![
        Law::invariant("TypeInvariant", type_invariant, |_, s: &State| !s.buffer.is_empty()),
        Law::invariant("FIFOOrdering", fifo_ordering, |_, s: &State| holds_two_of_one_producer(s)),
        Law::invariant("BoundedCapacity", bounded_capacity, |_, s: &State| s.is_full()),
        Law::invariant("MessageConservation", message_conservation, |_, s: &State| {
            s.tail > 0 && s.messages_dropped > 0
        }),
        Law::invariant("ABAProtection", aba_protection, |_, s: &State| s.generation > 0),
        Law::invariant("ResizeSafety", resize_safety, |_, s: &State| s.resizing),
        Law::invariant("SingleConsumer", single_consumer, |_, s: &State| s.is_active()),
        Law::invariant("Safety", safety, |_, s: &State| !s.buffer.is_empty()),
        Law::step(DEQUEUE_TAKES_FIRST, dequeue_takes_first, |_, s: &State, t: &State| {
            t.tail > s.tail && s.buffer.len() > 1
        }),
        Law::step(ENQUEUE_ADDS_AT_END, enqueue_adds_at_end, |_, s: &State, t: &State| {
            t.head > s.head && !s.buffer.is_empty()
        }),
        Law::step("GenerationNeverFalls", generation_never_falls, |_, s: &State, t: &State| {
            t.generation != s.generation
        }),
    ]
}

/// The step property that what leaves the queue is its first message.
pub const DEQUEUE_TAKES_FIRST: &str = "DequeueTakesFirst";

/// The step property that what enters the queue comes behind all that is there.
pub const ENQUEUE_ADDS_AT_END: &str = "EnqueueAddsAtEnd";

/// The temporal properties, of the spec.
pub fn temporal(constants: &Constants) -> Vec<Temporal<Spec>> {
    let [consumer, resize, producer] = TEMPORAL_PROPERTIES;
    vec![
        Temporal { name: consumer.into(), formulas: consumer_progress(constants) },
        Temporal { name: resize.into(), formulas: resize_progress() },
        Temporal { name: producer.into(), formulas: producer_fairness(constants) },
    ]
}

fn holds_two_of_one_producer(state: &State) -> bool {
    let mut seen = [false; MOST_PRODUCERS];
    state
        .buffer
        .iter()
        .any(|message| std::mem::replace(&mut seen[usize::from(message.producer)], true))
}
