//! A queue on a platform: operations run to completion.
// Steps must be inlined where the program counter is known, or the queue runs an interpreter.
#![allow(clippy::inline_always)]
// Counts are at most `MAX_CAPACITY`, which fits every target.
#![allow(clippy::cast_possible_truncation)]

use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::mem;

use super::algorithm::{
    Basket, Batch, Cargo, ConsumerState, OnEmpty, OnFull, Popped, ProducerState, Pushed, Word,
    join, may_go, run,
};
use super::atomic::{RawRing, SharedMemory};
use super::config::Config;
use super::error::{TryPopError, TryPushError};
use super::platform::Platform;
use super::sleepers::{Sleepers, WaitsFor};
use super::stats::Stats;

#[cfg(feature = "std")]
mod block;
#[cfg(any(all(test, feature = "std"), feature = "async"))]
mod poll;

/// What both ends can tell of their queue.
pub(super) struct View<'a, T, P: Platform>(&'a SharedMemory<T, P>);

/// The producing end of a queue on platform `P`.
pub(super) struct RawProducer<T, P: Platform> {
    state: ProducerState<RawRing<T, P>>,
    shared: P::Arc<SharedMemory<T, P>>,
    /// Its number among sleepers, while it may be registered as a task that waits.
    task: Option<u64>,
}

/// The consuming end of a queue on platform `P`.
pub(super) struct RawConsumer<T, P: Platform> {
    state: ConsumerState<RawRing<T, P>>,
    shared: P::Arc<SharedMemory<T, P>>,
    /// Whether it may be registered as a task that waits.
    is_listed: bool,
}

/// Both ends of a new queue whose head and tail begin as `start`. `None` if there is no memory for it.
pub(super) fn raw_channel<T, P: Platform>(
    config: Config,
    start: Word,
) -> Option<(RawProducer<T, P>, RawConsumer<T, P>)> {
    let (memory, ring) = SharedMemory::new(config, start)?;
    let shared = P::share(memory);
    let producer = RawProducer {
        state: ProducerState::new(config, ring, start),
        shared: P::Arc::clone(&shared),
        task: None,
    };
    let state = ConsumerState::new(config, ring, start);
    Some((producer, RawConsumer { state, shared, is_listed: false }))
}

impl<T, P: Platform> View<'_, T, P> {
    pub(super) fn len(&self) -> usize {
        // The head is read after the tail, so it is not before it; but messages may have passed in
        // between.
        let tail = self.0.tail();
        let len = self.0.head().since(tail).cast_unsigned();
        len.min(self.capacity() as u64) as usize
    }

    pub(super) fn capacity(&self) -> usize {
        self.0.config().capacity_of(self.0.tail().generation().level()) as usize
    }

    pub(super) fn generation(&self) -> u8 {
        self.0.tail().generation().number()
    }

    pub(super) fn config(&self) -> Config {
        self.0.config()
    }

    pub(super) fn is_closed(&self) -> bool {
        self.0.head().is_closed()
    }

    pub(super) fn stats(&self) -> Stats {
        let count =
            |word: Word| word.position().wrapping_sub(self.0.start().position()) << 16 >> 16;
        let received = count(self.0.tail());
        let dropped = self.0.dropped();
        let accepted = count(self.0.head());
        Stats { sent: accepted + dropped, accepted, dropped, received }
    }
}

impl<T, P: Platform> RawProducer<T, P> {
    #[inline(always)]
    fn run<C: Cargo<T>>(&mut self, cargo: C, on_full: OnFull) -> (Pushed, C) {
        let Ok(ended) = run::push(&mut self.state, P::memory(&self.shared), cargo, on_full);
        ended
    }

    /// Pushes a message if there is room.
    #[inline(always)]
    pub(super) fn attempt(&mut self, message: T, on_full: OnFull) -> Result<(), TryPushError<T>> {
        let (pushed, message) = self.run(Some(message), on_full);
        match (pushed, message) {
            (Pushed::Closed, Some(message)) => Err(TryPushError::Closed(message)),
            (Pushed::Full, Some(message)) => Err(TryPushError::Full(message)),
            _ => Ok(()),
        }
    }

    #[inline]
    pub(super) fn try_push(&mut self, message: T) -> Result<(), TryPushError<T>> {
        self.attempt(message, OnFull::Drop)
    }

    pub(super) fn try_push_many(
        &mut self,
        messages: &mut VecDeque<T>,
    ) -> Result<usize, TryPushError<()>> {
        if messages.is_empty() {
            return Ok(0);
        }
        let (pushed, _) = self.run(messages, OnFull::Report);
        match pushed {
            Pushed::Accepted(count) => Ok(count as usize),
            Pushed::Closed => Err(TryPushError::Closed(())),
            Pushed::Full | Pushed::Asleep | Pushed::Asked => Err(TryPushError::Full(())),
        }
    }

    /// Takes its task off the lists of sleepers, if it may be there. The task may own this producer, so the
    /// lists must not keep it alive.
    fn strike_task(&mut self) {
        if let Some(number) = self.task.take() {
            self.shared.sleepers().strike_task(WaitsFor::Room, number);
            self.shared.sleepers().strike_task(WaitsFor::Closing, number);
        }
    }

    pub(super) fn view(&self) -> View<'_, T, P> {
        View(&self.shared)
    }

    #[cfg(all(test, feature = "std"))]
    pub(super) fn parts(&mut self) -> (&mut ProducerState<RawRing<T, P>>, &SharedMemory<T, P>) {
        (&mut self.state, &self.shared)
    }
}

/// What may become a producer, and does not keep the queue open.
pub(super) struct RawWeakProducer<T, P: Platform> {
    state: ProducerState<RawRing<T, P>>,
    shared: P::Arc<SharedMemory<T, P>>,
}

impl<T, P: Platform> RawWeakProducer<T, P> {
    pub(super) fn of(producer: &RawProducer<T, P>) -> Self {
        Self { state: producer.state, shared: P::Arc::clone(&producer.shared) }
    }

    pub(super) fn upgrade(&self) -> Option<RawProducer<T, P>> {
        let Ok(is_counted) = run::upgrade(P::memory(&self.shared));
        let producer = || {
            // A weak producer may be old, and be upgraded again and again.
            let mut state = self.state;
            state.renew(self.shared.head(), self.shared.tail());
            RawProducer { state, shared: P::Arc::clone(&self.shared), task: None }
        };
        is_counted.then(producer)
    }

    pub(super) fn view(&self) -> View<'_, T, P> {
        View(&self.shared)
    }
}

impl<T, P: Platform> Clone for RawWeakProducer<T, P> {
    fn clone(&self) -> Self {
        Self { state: self.state, shared: P::Arc::clone(&self.shared) }
    }
}

impl<T, P: Platform> Clone for RawProducer<T, P> {
    fn clone(&self) -> Self {
        let Ok(()) = join(&mut P::memory(&self.shared));
        let shared = P::Arc::clone(&self.shared);
        Self { state: self.state, shared, task: None }
    }
}

impl<T, P: Platform> Drop for RawProducer<T, P> {
    fn drop(&mut self) {
        if !P::is_broken() {
            self.strike_task();
            let Ok(()) = run::leave(P::memory(&self.shared));
        }
    }
}

impl<T, P: Platform> RawConsumer<T, P> {
    /// Its number on the list of sleepers, when it waits as a task. There is no other on that list.
    const TASK: u64 = 0;

    #[inline(always)]
    fn run<B: Basket<T>>(&mut self, basket: B, on_empty: OnEmpty) -> (Popped, B) {
        let Ok(ended) = run::pop(&mut self.state, P::memory(&self.shared), basket, on_empty);
        ended
    }

    #[inline]
    pub(super) fn try_pop(&mut self) -> Result<T, TryPopError> {
        let (popped, message) = self.run(None, OnEmpty::Report);
        message.ok_or_else(|| why_not(popped))
    }

    pub(super) fn try_pop_many(
        &mut self,
        messages: &mut Vec<T>,
        max: usize,
    ) -> Result<usize, TryPopError> {
        // Room for what seems to be there, so that a large `max` does not ask for much memory.
        let limit = max.min(self.view().len().max(1));
        if limit == 0 {
            return Ok(0);
        }
        let (popped, _) = self.run(Batch::new(messages, limit), OnEmpty::Report);
        match popped {
            Popped::Taken(count) => Ok(count as usize),
            _ => Err(why_not(popped)),
        }
    }

    /// Takes its task off the list of sleepers, if it may be there, for the same reason as a producer does.
    fn strike_task(&mut self) {
        if mem::take(&mut self.is_listed) {
            self.shared.sleepers().strike_task(WaitsFor::Message, Self::TASK);
        }
    }

    pub(super) fn close(&mut self) {
        let waiters = WakesAtEnd(self.shared.sleepers());
        let Ok(()) = run::close(&mut self.state, P::memory(&self.shared));
        drop(waiters);
    }

    /// Closes the queue, and drops what is in it. Another thread may wait for what a message holds, or a
    /// message may hold a producer of this queue, so none stays.
    fn leave(&mut self) {
        if !self.state.tail().is_closed() {
            self.close();
        }
        let mut attempts = 0;
        loop {
            let (popped, message) = self.run(None, OnEmpty::Report);
            if may_go(popped) {
                return;
            }
            if popped == Popped::Pending {
                // The producer has reserved the position and is about to publish the message.
                P::back_off(attempts, None);
                attempts += 1;
            } else {
                attempts = 0;
            }
            drop(message);
        }
    }

    pub(super) fn view(&self) -> View<'_, T, P> {
        View(&self.shared)
    }
}

impl<T, P: Platform> Drop for RawConsumer<T, P> {
    fn drop(&mut self) {
        let leaving = Leaving(self);
        if !P::is_broken() {
            leaving.0.strike_task();
            leaving.0.leave();
        }
    }
}

/// A consumer that leaves. If a message or a waker panics, it drops the other messages all the same.
struct Leaving<'a, T, P: Platform>(&'a mut RawConsumer<T, P>);

impl<T, P: Platform> Drop for Leaving<'_, T, P> {
    fn drop(&mut self) {
        if !P::is_broken() {
            self.0.leave();
        }
    }
}

/// Wakes those that wait for the queue to be closed, even if a waker of others has panicked before.
struct WakesAtEnd<'a, P: Platform>(&'a Sleepers<P>);

impl<P: Platform> Drop for WakesAtEnd<'_, P> {
    fn drop(&mut self) {
        self.0.wake(WaitsFor::Closing);
    }
}

fn why_not(popped: Popped) -> TryPopError {
    match popped {
        Popped::Closed => TryPopError::Closed,
        Popped::Pending | Popped::Taken(_) => TryPopError::Pending,
        Popped::Empty | Popped::Asleep => TryPopError::Empty,
    }
}
