//! Who sleeps until the queue moves.

use std::task::Waker;

use super::algorithm::Side;
use super::platform::{Lock, Platform};

/// Who sleeps.
pub(super) enum Sleeper<P: Platform> {
    /// A thread.
    Thread(P::Thread),
    /// A task, by the number of its handle: one task may wait with several handles.
    Task(u64, Waker),
}

impl<P: Platform> Sleeper<P> {
    /// The thread that runs this.
    pub(super) fn current() -> Self {
        Self::Thread(P::current())
    }

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

/// The lists of those who may sleep, one for each side.
///
/// Who wants to sleep puts itself on the list first, and leaves its mark on the word that it waits
/// for afterwards. Who takes the mark off wakes all on the list. So nobody is missed. Being woken for
/// nothing does no harm.
///
/// The locks are held for a few instructions, and sometimes an allocation. Only those who sleep, have just
/// slept, or have someone to wake take them.
/// Wakers are code of whoever runs tasks, which may come back here. So none is called or dropped under a
/// lock.
pub(super) struct Sleepers<P: Platform> {
    producers: P::Lock<Vec<Sleeper<P>>>,
    consumer: P::Lock<Vec<Sleeper<P>>>,
}

impl<P: Platform> Sleepers<P> {
    pub(super) fn new() -> Self {
        Self { producers: Lock::new(Vec::new()), consumer: Lock::new(Vec::new()) }
    }

    fn list(&self, side: Side) -> &P::Lock<Vec<Sleeper<P>>> {
        match side {
            Side::Producers => &self.producers,
            Side::Consumer => &self.consumer,
        }
    }

    /// Puts a sleeper on the list, in its own place if it is there.
    pub(super) fn enlist(&self, side: Side, sleeper: Sleeper<P>) {
        let replaced = self.list(side).with(|list| {
            let known = list.iter().position(|other| other.is_same(&sleeper));
            let replaced = known.map(|place| list.swap_remove(place));
            list.push(sleeper);
            replaced
        });
        drop(replaced);
    }

    /// Takes the current thread off the list.
    pub(super) fn strike_current(&self, side: Side) {
        self.strike(side, &Sleeper::current());
    }

    /// Takes a task off the list.
    pub(super) fn strike_task(&self, side: Side, number: u64) {
        self.strike(side, &Sleeper::Task(number, Waker::noop().clone()));
    }

    fn strike(&self, side: Side, sleeper: &Sleeper<P>) {
        let struck = self.list(side).with(|list| {
            let place = list.iter().position(|other| other.is_same(sleeper));
            place.map(|place| list.swap_remove(place))
        });
        drop(struck);
    }

    /// Empties the list and wakes all that were on it.
    pub(super) fn wake(&self, side: Side) {
        let mut rest = Rest(self.list(side).with(std::mem::take).into_iter());
        rest.0.by_ref().for_each(Sleeper::wake);
    }
}

/// Those who have yet to be woken: they are, even if a waker before them panics.
struct Rest<P: Platform>(std::vec::IntoIter<Sleeper<P>>);

impl<P: Platform> Drop for Rest<P> {
    fn drop(&mut self) {
        self.0.by_ref().for_each(Sleeper::wake);
    }
}
