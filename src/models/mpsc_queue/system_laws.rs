//! Laws of the system's own, on memory, threads and steps. Besides, it is held to the spec's laws on the
//! state that it stands for.

use super::environment::Leaves;
use super::memory::{RingName, Violation};
use super::places::{At, ClosePlace, LeavePlace, PopPlace, PushPlace};
use super::spec::State;
use super::system::System;
use super::threads::{Consumer, Popping, Producer, Pushing, SystemState, Trouble};
use mitregate::check::Law;
use mitregate_mpsc_queue::algorithm::{OnFull, PopAt, PushAt};

/// The system's own laws, in the order in which they are checked.
pub const OWN: [&str; 15] = [
    "MemorySafety",
    "ReadsWhatIsAnnounced",
    "WritesWhereNothingIs",
    "DeliversInOrder",
    "OneAccess",
    "SlotsHoldTheQueue",
    "TwoRingsAtMost",
    "NothingIsLeftBehind",
    "NothingOutlivesConsumer",
    "ClosesOnlyAtTheEnd",
    "DropsOnlyWhenFull",
    "RefusesOnlyWhenFull",
    "GrowsOnlyWhenCrowded",
    "WaitFreePop",
    "SleepersAreWoken",
];

/// The most accesses of a pop that does not sleep: look, look into the next ring, free the old one, measure,
/// make a ring, enter it, announce it, wake producers, take, store the tail, wake producers. One that makes a smaller
/// ring has not just freed one; in place of that it measures again, and turns the head.
pub const POP_ACCESSES: u8 = 11;

/// `MemorySafety`: no ring is used that was freed or never made, and none is freed with a message in it.
pub fn memory_safety(state: &SystemState) -> bool {
    !matches!(
        state.trouble(),
        Some(Trouble::Memory(
            Violation::Freed { .. }
                | Violation::NoSlot { .. }
                | Violation::NoEntry { .. }
                | Violation::Leaked { .. }
                | Violation::MadeTwice { .. }
        ))
    )
}

/// `ReadsWhatIsAnnounced`: no slot is read before its message was written and announced.
pub fn reads_what_is_announced(state: &SystemState) -> bool {
    !matches!(
        state.trouble(),
        Some(Trouble::Memory(Violation::Unwritten { .. } | Violation::Unannounced { .. }))
    )
}

/// `WritesWhereNothingIs`: no slot is written twice without the consumer between.
pub fn writes_where_nothing_is(state: &SystemState) -> bool {
    !matches!(state.trouble(), Some(Trouble::Memory(Violation::Occupied { .. })))
}

/// `DeliversInOrder`: what a pop gives out is the message that left the queue by it, and messages leave in
/// the order in which they were reserved.
pub fn delivers_in_order(state: &SystemState) -> bool {
    !matches!(state.trouble(), Some(Trouble::Delivered { .. }))
}

/// `RefusesOnlyWhenFull`: a push of a batch is told that the queue is full only if it is at that step. Such a
/// push is tried again and not counted, so the spec's state does not show it.
pub fn refuses_only_when_full(state: &SystemState) -> bool {
    state.trouble() != Some(Trouble::Refused)
}

/// `OneAccess`: each step is one access to what threads share.
pub fn one_access(state: &SystemState) -> bool {
    !matches!(state.trouble(), Some(Trouble::Accesses(_)))
}

/// `SlotsHoldTheQueue`: what is announced at a position between tail and head is the message that the
/// spec's queue has there, and nothing else is.
pub fn slots_hold_the_queue(state: &SystemState) -> bool {
    let messages = state.stands_for.buffer;
    state.memory.len() == u64::from(messages.len())
        && state
            .memory
            .messages()
            .zip(messages.iter())
            .all(|(slot, message)| slot.is_none_or(|slot| *slot == message))
}

/// `TwoRingsAtMost`: that is all the memory there is.
pub fn two_rings_at_most(state: &SystemState) -> bool {
    state.memory.live_rings().count() <= 2
}

/// `NothingIsLeftBehind`: every message is in a ring in which the consumer will look.
pub fn nothing_is_left_behind(state: &SystemState) -> bool {
    state.consumers.iter().all(|consumer| {
        let Consumer::Here { state: own, doing, .. } = consumer else { return true };
        let announced = match doing {
            Popping::Pop { pop, .. } => match pop.at() {
                // The head may be in it already, if it is smaller.
                PopAt::Announce(ring, _) => Some(ring),
                _ => None,
            },
            _ => None,
        };
        let known = [Some(own.ring()), own.next_ring(), announced];
        let looks_in = |ring: RingName| {
            known.iter().flatten().any(|it| it.name == ring) && !state.memory.is_left(ring)
        };
        let mut rings = state.memory.live_rings().filter(|ring| !looks_in(*ring));
        rings.all(|ring| state.memory.slots(ring).all(|slot| slot.message.is_none()))
    })
}

/// `NothingOutlivesConsumer`: when the consumer has gone, no message is in the queue, not even one that is being
/// written. Else a message that holds a producer of its own queue would keep both for ever.
pub fn nothing_outlives_consumer(state: &SystemState) -> bool {
    let mut slots = state.memory.live_rings().flat_map(|it| state.memory.slots(it));
    !state.consumers.iter().any(|it| *it == Consumer::Gone)
        || (state.memory.is_empty() && slots.all(|slot| slot.message.is_none()))
}

/// `ClosesOnlyAtTheEnd`: the queue is closed only if the consumer has closed it, or all producers have left; and the
/// consumer is told so only when there is no message in it.
pub fn closes_only_at_the_end(state: &SystemState) -> bool {
    let has_closed = |consumer: &Consumer| match consumer {
        Consumer::Here { state: own, doing, .. } => {
            own.tail().is_closed() || matches!(doing, Popping::Close(_))
        }
        Consumer::Gone => true,
        Consumer::Away | Consumer::Finished => false,
    };
    let is_told = |consumer: &Consumer| {
        matches!(consumer, Consumer::Finished | Consumer::Here { doing: Popping::Told, .. })
    };
    let is_closed = state.memory.head().is_closed();
    let has_ended =
        state.stands_for.producers.iter().next().is_none() || state.memory.tail().is_closed();
    (!is_closed || has_ended || state.consumers.iter().any(has_closed))
        && (!state.consumers.iter().any(is_told) || (is_closed && state.memory.is_empty()))
}

/// `DropsOnlyWhenFull`: a push is refused only by a queue that is full at that step.
pub fn drops_only_when_full(before: &State, after: &State) -> bool {
    after.messages_dropped == before.messages_dropped || before.is_full()
}

/// `GrowsOnlyWhenCrowded`: the queue grows only if it is more than half full at that step.
pub fn grows_only_when_crowded(before: &State, after: &State) -> bool {
    after.capacity <= before.capacity || 2 * before.buffer.len() > before.capacity
}

/// `WaitFreePop`: a pop that has made one access less than [`POP_ACCESSES`] ends with the next.
pub fn wait_free_pop(state: &SystemState) -> bool {
    state.consumers.iter().all(|consumer| match consumer {
        Consumer::Here { accesses, .. } => *accesses < POP_ACCESSES,
        _ => true,
    })
}

/// `SleepersAreWoken`: for each sleeper the waiter bit is set, or the thread that cleared it is about to
/// wake the sleeper; and the waiter bit of the head is set only while the queue is empty.
pub fn sleepers_are_woken(state: &SystemState) -> bool {
    let (head, tail) = (state.memory.head(), state.memory.tail());
    let consumer_sleeps = state.consumers.iter().any(Consumer::is_asleep);
    let producers_sleep = state.producers.iter().any(Producer::is_asleep);
    let consumer_is_woken = || state.producers.iter().any(is_about_to_wake);
    let wakes = [At::Pop(PopPlace::Wake), At::Close(ClosePlace::Wake), At::Drop(ClosePlace::Wake)];
    let producers_are_woken =
        || state.consumers.iter().any(|it| it.at().is_some_and(|at| wakes.contains(&at)));
    let has_waiter = head.is_waiting() && !head.is_closed();
    (!consumer_sleeps || has_waiter || consumer_is_woken())
        && (!producers_sleep || tail.is_waiting() || producers_are_woken())
        && (!has_waiter || state.memory.is_empty())
}

/// Whether a producer has cleared the waiter bit of the head and has yet to wake the consumer.
fn is_about_to_wake(producer: &Producer) -> bool {
    match producer {
        Producer::Here { doing: Pushing::Push(push), .. } => match push.at() {
            PushAt::ReadDirectory(ticket) | PushAt::Write(ticket) | PushAt::Publish(ticket) => {
                ticket.wake
            }
            PushAt::Wake(_) => true,
            _ => false,
        },
        Producer::Leaving(leave) => At::from(leave.at()) != At::Leave(LeavePlace::Count),
        _ => false,
    }
}

fn some_thread_sleeps(state: &SystemState) -> bool {
    state.consumers.iter().any(Consumer::is_asleep)
        || state.producers.iter().any(Producer::is_asleep)
}

fn is_at(state: &SystemState, place: At) -> bool {
    state.producers.iter().any(|it| it.at() == Some(place))
        || state.consumers.iter().any(|it| it.at() == Some(place))
}

fn a_ring_is_freed(state: &SystemState) -> bool {
    state.memory.live_rings().count() <= usize::from(state.memory.newest_ring())
}

fn something_is_announced(state: &SystemState) -> bool {
    state.memory.messages().flatten().next().is_some()
}

/// Makes a [`Law`] of functions on the system's states.
macro_rules! law {
    ($name:literal, $holds:expr, $witness:expr) => {
        Law::invariant($name, |_, s| $holds(s), |_, s: &SystemState| $witness(s))
    };
    (step $name:literal, $holds:expr, $witness:expr) => {
        Law::step(
            $name,
            |_, s: &SystemState, t: &SystemState| $holds(&s.stands_for, &t.stands_for),
            |_, s: &SystemState, t: &SystemState| $witness(&s.stands_for, &t.stands_for),
        )
    };
}

fn own_laws() -> Vec<Law<System>> {
    vec![
        law!("MemorySafety", memory_safety, a_ring_is_freed),
        law!("ReadsWhatIsAnnounced", reads_what_is_announced, |s| is_at(
            s,
            At::Pop(PopPlace::Take)
        )),
        // A slot that was used before is written again.
        law!("WritesWhereNothingIs", writes_where_nothing_is, |s: &SystemState| {
            u64::from(s.stands_for.head) > s.memory.capacity()
                && is_at(s, At::Push(PushPlace::Write))
        }),
        law!("DeliversInOrder", delivers_in_order, |s: &SystemState| s.stands_for.tail > 1),
        law!("OneAccess", one_access, |s: &SystemState| s.stands_for.is_active()),
        law!("SlotsHoldTheQueue", slots_hold_the_queue, something_is_announced),
        law!("TwoRingsAtMost", two_rings_at_most, |s: &SystemState| {
            s.memory.live_rings().count() == 2
        }),
        law!("NothingIsLeftBehind", nothing_is_left_behind, |s: &SystemState| {
            s.memory.live_rings().count() == 2 && something_is_announced(s)
        }),
        // The consumer goes beside a push that has a ticket.
        law!("NothingOutlivesConsumer", nothing_outlives_consumer, |s: &SystemState| {
            is_at(s, At::Push(PushPlace::Write))
                && s.consumers.iter().any(|it| matches!(it, Consumer::Here { dropping: true, .. }))
        }),
        law!("ClosesOnlyAtTheEnd", closes_only_at_the_end, |s: &SystemState| {
            s.memory.head().is_closed()
        }),
        law!(step "DropsOnlyWhenFull", drops_only_when_full, |s: &State, t: &State| {
            t.messages_dropped > s.messages_dropped
        }),
        law!("RefusesOnlyWhenFull", refuses_only_when_full, |s: &SystemState| {
            s.stands_for.is_full() && is_at(s, At::Push(PushPlace::LoadTail))
        }),
        law!(step "GrowsOnlyWhenCrowded", grows_only_when_crowded, |s: &State, t: &State| {
            t.capacity > s.capacity
        }),
        law!("WaitFreePop", wait_free_pop, |s: &SystemState| {
            s.consumers
                .iter()
                .any(|it| matches!(it, Consumer::Here { accesses, .. } if *accesses > 0))
        }),
        law!("SleepersAreWoken", sleepers_are_woken, some_thread_sleeps),
    ]
}

/// The system's own laws, those that are not vacuous in its environment.
pub fn laws(system: &System) -> Vec<Law<System>> {
    let environment = system.environment;
    let is_meant = |law: &Law<System>| match &*law.name {
        "WaitFreePop" => environment.counts,
        "SleepersAreWoken" => environment.sleeps,
        "NothingOutlivesConsumer" => environment.stops,
        "ClosesOnlyAtTheEnd" => {
            environment.stops || environment.closes || environment.leaves != Leaves::Never
        }
        "DropsOnlyWhenFull" => environment.on_full() == OnFull::Drop,
        "RefusesOnlyWhenFull" => environment.on_full() == OnFull::Report,
        "MemorySafety" | "TwoRingsAtMost" | "NothingIsLeftBehind" | "GrowsOnlyWhenCrowded" => {
            system.constants().can_grow()
        }
        _ => true,
    };
    own_laws().into_iter().filter(is_meant).collect()
}
