//! Pushes and pops of tasks, which register a waker instead of sleeping.

use core::sync::atomic::{AtomicU64, Ordering};
use core::task::{Poll, Waker};

use super::{RawConsumer, RawProducer};
use crate::algorithm::{OnEmpty, OnFull, Popped, Pushed};
use crate::error::{PushError, TryPopError};
use crate::platform::Threads;
use crate::sleepers::{Sleeper, WaitsFor};

/// The numbers of tasks on lists of sleepers.
static NUMBERS: AtomicU64 = AtomicU64::new(0);

impl<T, P: Threads> RawProducer<T, P> {
    /// Pushes what is in `message`, if there is something. While there is no room, it stays where it is,
    /// and the task will be woken when there may be.
    ///
    /// The consumer should check for waiters from the beginning. If it does not yet, the task is woken at
    /// once, again and again.
    pub(crate) fn poll_push(
        &mut self,
        message: &mut Option<T>,
        waker: &Waker,
    ) -> Poll<Result<(), PushError<T>>> {
        if message.is_none() {
            return Poll::Ready(Ok(()));
        }
        let (mut pushed, mut rest) = self.run(message.take(), OnFull::Report);
        if pushed == Pushed::Full {
            let number = self.number();
            // Registered before the waiter bit is set.
            self.shared.sleepers().enlist(WaitsFor::Room, Sleeper::Task(number, waker.clone()));
            (pushed, rest) = self.run(rest, OnFull::Sleep);
        }
        match pushed {
            Pushed::Asleep => *message = rest,
            Pushed::Asked | Pushed::Full => {
                *message = rest;
                waker.wake_by_ref();
            }
            Pushed::Accepted(_) | Pushed::Closed => {
                self.strike_task();
                return Poll::Ready(rest.map_or(Ok(()), |message| Err(PushError(message))));
            }
        }
        Poll::Pending
    }

    /// Whether the consumer has closed the queue or is gone. Until then the task will be woken when it does.
    pub(crate) fn poll_closed(&mut self, waker: &Waker) -> Poll<()> {
        if !self.view().is_closed() {
            let number = self.number();
            // Registered before the flag is looked at.
            self.shared.sleepers().enlist(WaitsFor::Closing, Sleeper::Task(number, waker.clone()));
            if !self.view().is_closed() {
                return Poll::Pending;
            }
        }
        self.strike_task();
        Poll::Ready(())
    }

    fn number(&mut self) -> u64 {
        *self.task.get_or_insert_with(|| NUMBERS.fetch_add(1, Ordering::Relaxed))
    }
}

impl<T, P: Threads> RawConsumer<T, P> {
    /// Takes the next message, or `None` if nothing will ever come. While there is none, the task will be
    /// woken when there may be. If it is being written just now, the task is woken at once.
    pub(crate) fn poll_pop(&mut self, waker: &Waker) -> Poll<Option<T>> {
        let popped = self.poll_once(waker);
        if popped.is_ready() {
            self.strike_task();
        }
        popped
    }

    fn poll_once(&mut self, waker: &Waker) -> Poll<Option<T>> {
        match self.try_pop() {
            Ok(message) => return Poll::Ready(Some(message)),
            Err(TryPopError::Closed) => return Poll::Ready(None),
            Err(TryPopError::Empty | TryPopError::Pending) => {}
        }
        // Registered before the waiter bit is set.
        self.is_listed = true;
        let task = Sleeper::Task(Self::TASK, waker.clone());
        self.shared.sleepers().enlist(WaitsFor::Message, task);
        match self.run(None, OnEmpty::Sleep) {
            (_, Some(message)) => Poll::Ready(Some(message)),
            (Popped::Closed, None) => Poll::Ready(None),
            (Popped::Pending, None) => {
                waker.wake_by_ref();
                Poll::Pending
            }
            _ => Poll::Pending,
        }
    }
}
