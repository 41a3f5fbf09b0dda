//! Threads that sleep until the queue moves.

use std::sync::{Mutex, MutexGuard, PoisonError};

use super::algorithm::Side;
use super::platform::Platform;

/// The lists of those who may sleep, one for each side.
///
/// Who wants to sleep puts itself on the list first, and leaves its mark on the word that it waits
/// for afterwards. Who takes the mark off wakes all on the list. So nobody is missed. Being woken for
/// nothing does no harm.
///
/// The locks are held for a few instructions and the system calls that wake; only those who sleep or
/// have someone to wake take them.
pub(super) struct Sleepers<P: Platform> {
    producers: Mutex<Vec<P::Thread>>,
    consumer: Mutex<Vec<P::Thread>>,
}

impl<P: Platform> Sleepers<P> {
    pub(super) fn new() -> Self {
        Self { producers: Mutex::default(), consumer: Mutex::default() }
    }

    fn list(&self, side: Side) -> MutexGuard<'_, Vec<P::Thread>> {
        let list = match side {
            Side::Producers => &self.producers,
            Side::Consumer => &self.consumer,
        };
        // Nothing panics while it holds the lock, other than by lack of memory in `enlist`.
        list.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts the current thread on the list, if it is not there.
    pub(super) fn enlist(&self, side: Side) {
        let me = P::current();
        let mut list = self.list(side);
        if !list.iter().any(|thread| P::is_same(thread, &me)) {
            list.push(me);
        }
    }

    /// Takes the current thread off the list.
    pub(super) fn strike(&self, side: Side) {
        let me = P::current();
        self.list(side).retain(|thread| !P::is_same(thread, &me));
    }

    /// Empties the list and wakes all that were on it.
    pub(super) fn wake(&self, side: Side) {
        for thread in self.list(side).drain(..) {
            P::wake(&thread);
        }
    }
}
