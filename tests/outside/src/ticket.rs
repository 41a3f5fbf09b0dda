//! A ticket lock.
//!
//! What a thread does is a step machine, [`Turn`], each of whose steps is one access to the lock's two words. A thread
//! runs it to its end; a test runs one step of one thread after the other.

use std::sync::atomic::{AtomicU32, Ordering};

/// The two words that all threads share.
#[derive(Debug, Default)]
pub struct TicketLock {
    next: AtomicU32,
    serving: AtomicU32,
}

/// How far a thread is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Turn {
    /// It does not want to enter, or has left.
    Outside,
    /// It waits for its ticket to be served.
    Waiting(u32),
    /// It has the lock.
    Inside,
}

impl Turn {
    /// Takes one step; whether anything came of it.
    pub fn step(&mut self, lock: &TicketLock) -> bool {
        match *self {
            Turn::Outside => *self = Turn::Waiting(lock.next.fetch_add(1, Ordering::Relaxed)),
            Turn::Waiting(ticket) if lock.serving.load(Ordering::Acquire) == ticket => {
                *self = Turn::Inside;
            }
            Turn::Waiting(_) => return false,
            Turn::Inside => {
                lock.serving.fetch_add(1, Ordering::Release);
                *self = Turn::Outside;
            }
        }
        true
    }
}

impl TicketLock {
    /// A lock whose next ticket is `next`, and which serves `serving`.
    pub fn new(next: u32, serving: u32) -> TicketLock {
        TicketLock { next: next.into(), serving: serving.into() }
    }

    /// The ticket that is drawn next, and the one that is served.
    pub fn words(&self) -> (u32, u32) {
        (self.next.load(Ordering::Relaxed), self.serving.load(Ordering::Relaxed))
    }

    /// Runs something while no other thread does.
    pub fn with<T>(&self, run: impl FnOnce() -> T) -> T {
        let mut turn = Turn::Outside;
        while turn != Turn::Inside {
            if !turn.step(self) {
                std::hint::spin_loop();
            }
        }
        let result = run();
        turn.step(self);
        result
    }
}
