//! The threads and tasks that wait for something of the queue.

use alloc::vec::Vec;
use core::task::Waker;

use super::algorithm::Side;
#[cfg(feature = "std")]
use super::platform::Threads;
use super::platform::{Lock, Platform};

/// A thread or task that waits.
pub(super) enum Sleeper<P: Platform> {
    /// A thread. There is none without the standard library.
    #[cfg_attr(not(feature = "std"), expect(dead_code))]
    Thread(P::Thread),
    /// A task, by the number of its handle: one task may wait with several handles.
    Task(u64, Waker),
}

#[cfg(feature = "std")]
impl<P: Threads> Sleeper<P> {
    /// The thread that runs this.
    pub(super) fn current() -> Self {
        Self::Thread(P::current())
    }
}

impl<P: Platform> Sleeper<P> {
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Thread(one), Self::Thread(other)) => P::is_same(one, other),
            (Self::Task(one, _), Self::Task(other, _)) => one == other,
            _ => false,
        }
    }

    fn wake(self) {
        match self {
            Self::Thread(thread) => P::wake(&thread),
            Self::Task(_, waker) => waker.wake(),
        }
    }
}

/// What a thread or task waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum WaitsFor {
    /// A producer, for room.
    Room,
    /// The consumer, for a message.
    Message,
    /// A producer, for the consumer to close the queue.
    Closing,
}

/// What the threads of a side wait for while the queue does not move.
impl From<Side> for WaitsFor {
    fn from(side: Side) -> Self {
        match side {
            Side::Producers => Self::Room,
            Side::Consumer => Self::Message,
        }
    }
}

/// The lists of waiters, one for each thing that is waited for.
///
/// Room and messages: a waiter registers before it sets the waiter bit, and the operation that clears the
/// bit wakes every waiter on the list: no wakeup is lost. A spurious wakeup does no harm.
///
/// Closing: a waiter registers before it looks at the closed flag, and the consumer sets the flag before it
/// takes the list. Both take the same lock: either the consumer finds the waiter on the list, or
/// the waiter finds the flag set.
///
/// The locks are held for a few instructions, and sometimes an allocation. Only a thread that is about to
/// sleep, has just slept, or wakes others takes them. Wakers are foreign code, which may call back into the
/// queue. So none is called or dropped while a lock is held.
pub(super) struct Sleepers<P: Platform> {
    room: P::Lock<Vec<Sleeper<P>>>,
    message: P::Lock<Vec<Sleeper<P>>>,
    closing: P::Lock<Vec<Sleeper<P>>>,
}

impl<P: Platform> Sleepers<P> {
    pub(super) fn new() -> Self {
        let list = || Lock::new(Vec::new());
        Self { room: list(), message: list(), closing: list() }
    }

    fn list(&self, what: WaitsFor) -> &P::Lock<Vec<Sleeper<P>>> {
        match what {
            WaitsFor::Room => &self.room,
            WaitsFor::Message => &self.message,
            WaitsFor::Closing => &self.closing,
        }
    }

    /// Removes a task from the list.
    pub(super) fn strike_task(&self, what: WaitsFor, number: u64) {
        self.strike(what, &Sleeper::Task(number, Waker::noop().clone()));
    }

    fn strike(&self, what: WaitsFor, sleeper: &Sleeper<P>) {
        let struck = self.list(what).with(|list| {
            let place = list.iter().position(|other| other.is_same(sleeper));
            place.map(|place| list.swap_remove(place))
        });
        drop(struck);
    }

    /// Empties the list and wakes all that were on it.
    pub(super) fn wake(&self, what: WaitsFor) {
        let mut rest = Rest(self.list(what).with(core::mem::take).into_iter());
        rest.0.by_ref().for_each(Sleeper::wake);
    }
}

#[cfg(feature = "std")]
impl<P: Threads> Sleepers<P> {
    /// Registers a sleeper. It replaces its own entry, if there is one.
    pub(super) fn enlist(&self, what: WaitsFor, sleeper: Sleeper<P>) {
        let replaced = self.list(what).with(|list| {
            let known = list.iter().position(|other| other.is_same(&sleeper));
            let replaced = known.map(|place| list.swap_remove(place));
            list.push(sleeper);
            replaced
        });
        drop(replaced);
    }

    /// Removes the current thread from the list.
    pub(super) fn strike_current(&self, what: WaitsFor) {
        self.strike(what, &Sleeper::current());
    }
}

/// The waiters that are still to be woken: they are, even if a waker before them panics.
struct Rest<P: Platform>(alloc::vec::IntoIter<Sleeper<P>>);

impl<P: Platform> Drop for Rest<P> {
    fn drop(&mut self) {
        self.0.by_ref().for_each(Sleeper::wake);
    }
}
