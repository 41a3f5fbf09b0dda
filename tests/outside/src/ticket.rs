//! A ticket lock.
//!
//! What a thread does to the two shared words is a step machine, [`Turn`], over [`Words`]. [`TicketLock`] runs it on
//! atomics; a test runs it on plain words, one step of one process after the other.

use std::sync::atomic::{AtomicU32, Ordering};

/// The two words that all share.
pub trait Words {
    /// Draws a ticket: adds one to the ticket that is drawn next, and gives what it was.
    fn draw(&self) -> u32;

    /// The ticket that is served.
    fn serving(&self) -> u32;

    /// Serves the next ticket.
    fn serve_next(&self);
}

/// How far a process is.
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
    /// Takes one step, which is one access to a shared word; whether anything came of it.
    pub fn step(&mut self, words: &impl Words) -> bool {
        match *self {
            Turn::Outside => *self = Turn::Waiting(words.draw()),
            Turn::Waiting(ticket) if words.serving() == ticket => *self = Turn::Inside,
            Turn::Waiting(_) => return false,
            Turn::Inside => {
                words.serve_next();
                *self = Turn::Outside;
            }
        }
        true
    }
}

/// A lock for threads.
#[derive(Debug, Default)]
pub struct TicketLock {
    next: AtomicU32,
    serving: AtomicU32,
}

impl Words for TicketLock {
    fn draw(&self) -> u32 {
        self.next.fetch_add(1, Ordering::Relaxed)
    }

    fn serving(&self) -> u32 {
        self.serving.load(Ordering::Acquire)
    }

    fn serve_next(&self) {
        self.serving.fetch_add(1, Ordering::Release);
    }
}

impl TicketLock {
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
