//! Running an operation to its end: what the queue does in one call.
//!
//! Memory is passed by value, as a reference to what is shared, so that it can be in a register.
// Steps must be inlined where the program counter is known, or the queue runs an interpreter.
#![allow(clippy::inline_always)]

use core::ops::ControlFlow;

use super::memory::{Memory, Step};
use super::{
    Basket, Cargo, Close, ConsumerState, Leave, OnEmpty, OnFull, Pop, PopAt, Popped, ProducerState,
    Push, PushAt, Pushed, Upgrade,
};

/// Steps until the operation ends.
fn finish<O, E>(mut step: impl FnMut() -> Result<Step<O>, E>) -> Result<O, E> {
    loop {
        if let ControlFlow::Break(outcome) = step()?.flow {
            return Ok(outcome);
        }
    }
}

/// Takes steps for as long as the program counter is at these places, one after the other: the way
/// of an operation to which nothing comes between. Since the place is known at each step, the compiler
/// makes straight code of it. Evaluates to the outcome, or to `None` if the operation went another
/// way.
macro_rules! run_straight {
    ($operation:ident, $step:expr, $place:pat $(, $places:pat)*) => {
        if matches!($operation.at(), $place) {
            match $step?.flow {
                ControlFlow::Break(outcome) => Some(outcome),
                ControlFlow::Continue(()) => run_straight!($operation, $step $(, $places)*),
            }
        } else {
            None
        }
    };
    ($operation:ident, $step:expr) => {
        None
    };
}

/// Pushes. Messages that were not accepted come back in the cargo.
///
/// # Errors
///
/// If the memory refuses an access.
#[inline(always)]
pub fn push<T, M: Memory<T>, C: Cargo<T>>(
    producer: &mut ProducerState<M::Ring>,
    mut memory: M,
    cargo: C,
    on_full: OnFull,
) -> Result<(Pushed, C), M::Error> {
    let mut push = Push::new(producer, cargo, on_full);
    let pushed = run_straight!(
        push,
        push.step(producer, &mut memory),
        PushAt::Reserve { .. },
        PushAt::Write(_),
        PushAt::Publish(_)
    );
    match pushed {
        Some(pushed) => Ok((pushed, push.into_cargo())),
        None => finish_push(push, producer, memory),
    }
}

/// Runs a push to its end, whatever comes. The push is passed by value, so that until then it can
/// be in registers.
#[cold]
#[inline(never)]
fn finish_push<T, M: Memory<T>, C: Cargo<T>>(
    mut push: Push<C>,
    producer: &mut ProducerState<M::Ring>,
    mut memory: M,
) -> Result<(Pushed, C), M::Error> {
    loop {
        // The messages of a batch, one after the other. A variable of its own, so that it can be in registers.
        let mut batch = push;
        while C::MANY && matches!(batch.at(), PushAt::Write(_)) {
            let pushed = run_straight!(
                batch,
                batch.step(producer, &mut memory),
                PushAt::Write(_),
                PushAt::Publish(_)
            );
            if let Some(pushed) = pushed {
                return Ok((pushed, batch.into_cargo()));
            }
        }
        push = batch;
        if let ControlFlow::Break(pushed) = push.step(producer, &mut memory)?.flow {
            return Ok((pushed, push.into_cargo()));
        }
    }
}

/// Pops. The messages that were taken are in the basket. A pop that would say that there is none looks twice,
/// unless the ring is being replaced.
///
/// # Errors
///
/// If the memory refuses an access.
#[inline(always)]
pub fn pop<T, M: Memory<T>, B: Basket<T>>(
    consumer: &mut ConsumerState<M::Ring>,
    mut memory: M,
    basket: B,
    on_empty: OnEmpty,
) -> Result<(Popped, B), M::Error> {
    let mut pop = Pop::new(basket, on_empty);
    let popped = run_straight!(
        pop,
        pop.step(consumer, &mut memory),
        PopAt::Look { .. },
        PopAt::Take { .. },
        PopAt::StoreTail { .. }
    );
    if let Some(popped) = popped {
        return Ok((popped, pop.into_basket()));
    }
    if on_empty == OnEmpty::Report && matches!(pop.at(), PopAt::LoadHead) {
        pop = look_again(pop);
    }
    finish_pop(pop, consumer, memory)
}

/// Begins a pop that has only looked once more, a moment later. To find out why there is no message is to read the head,
/// which takes its line of the cache from the producers; a consumer that is as fast as they are and asks in a loop
/// would do so for every few messages, and then all of them wait for that line.
#[cold]
fn look_again<R: Copy, B>(pop: Pop<R, B>) -> Pop<R, B> {
    // Some ten to hundred nanoseconds. With one, less is gained; with more, no more.
    const PAUSES: u32 = 2;
    (0..PAUSES).for_each(|_| core::hint::spin_loop());
    Pop::new(pop.into_basket(), OnEmpty::Report)
}

/// Runs a pop to its end, whatever comes. The pop is passed by value, so that until then it can be
/// in registers.
#[cold]
#[inline(never)]
fn finish_pop<T, M: Memory<T>, B: Basket<T>>(
    mut pop: Pop<M::Ring, B>,
    consumer: &mut ConsumerState<M::Ring>,
    mut memory: M,
) -> Result<(Popped, B), M::Error> {
    loop {
        // As for a push.
        let mut batch = pop;
        while B::MANY && matches!(batch.at(), PopAt::Look { .. }) {
            let popped = run_straight!(
                batch,
                batch.step(consumer, &mut memory),
                PopAt::Look { .. },
                PopAt::Take { .. },
                PopAt::StoreTail { .. }
            );
            if let Some(popped) = popped {
                return Ok((popped, batch.into_basket()));
            }
        }
        pop = batch;
        if let ControlFlow::Break(popped) = pop.step(consumer, &mut memory)?.flow {
            return Ok((popped, pop.into_basket()));
        }
    }
}

/// A producer leaves.
///
/// # Errors
///
/// If the memory refuses an access.
pub fn leave<T, M: Memory<T>>(mut memory: M) -> Result<(), M::Error> {
    let mut leave = Leave::new();
    finish(|| leave.step(&mut memory))
}

/// A weak producer becomes a producer. Whether it does.
///
/// # Errors
///
/// If the memory refuses an access.
pub fn upgrade<T, M: Memory<T>>(mut memory: M) -> Result<bool, M::Error> {
    let mut upgrade = Upgrade::new();
    finish(|| upgrade.step(&mut memory))
}

/// The consumer closes the queue.
///
/// # Errors
///
/// If the memory refuses an access.
pub fn close<T, M: Memory<T>>(
    consumer: &mut ConsumerState<M::Ring>,
    mut memory: M,
) -> Result<(), M::Error> {
    let mut close = Close::new();
    finish(|| close.step(consumer, &mut memory))
}
