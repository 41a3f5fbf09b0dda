//! Watches over threads that may never end, as they do not if the queue is broken.
//!
//! Each thread says how far it is in a place of its own, without an ordering, so that this orders nothing that the
//! queue should have ordered. A watchdog looks at these places now and then.

use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::thread::{self, Thread};
use std::time::{Duration, Instant};

/// How long nothing may happen, and what is done then.
#[derive(Clone, Copy)]
pub struct Patience<'a> {
    /// For so long no message may go in or out. Once producers have left, or are to
    /// leave, a tenth of that is enough.
    pub longest: Duration,
    /// Is called when calls of the queue do not return. It is given up then to end them by force.
    pub hung: &'a (dyn Fn() + Sync),
}

/// How far a thread is, on cache lines of its own.
#[derive(Default)]
#[repr(align(128))]
pub(super) struct Progress(AtomicU64);

impl Progress {
    /// Only the thread itself calls this.
    pub(super) fn goes_on(&self) {
        self.0.store(self.0.load(Ordering::Relaxed) + 1, Ordering::Relaxed);
    }
}

/// What the watchdog and the threads know of each other.
pub(super) struct Watch {
    pub(super) threads: Vec<Progress>,
    /// How many producers have not left.
    producers: AtomicUsize,
    /// The threads are to end, whatever the queue says.
    gave_up: AtomicBool,
    is_over: AtomicBool,
}

/// Ends the watchdog, also when a thread panics.
pub(super) struct Leash<'a>(pub(super) &'a Watch, pub(super) Thread);

impl Drop for Leash<'_> {
    fn drop(&mut self) {
        self.0.is_over.store(true, Ordering::Relaxed);
        self.1.unpark();
    }
}

impl Watch {
    pub(super) fn of(producers: usize) -> Watch {
        Watch {
            threads: (0..=producers).map(|_| Progress::default()).collect(),
            producers: AtomicUsize::new(producers),
            gave_up: AtomicBool::new(false),
            is_over: AtomicBool::new(false),
        }
    }

    /// A producer has left.
    pub(super) fn has_left(&self) {
        self.producers.fetch_sub(1, Ordering::Relaxed);
    }

    pub(super) fn gave_up(&self) -> bool {
        self.gave_up.load(Ordering::Relaxed)
    }

    /// Until the run is over, looks whether anything happens. `is_late` is whether producers are to leave.
    pub(super) fn watch(&self, patience: &Patience<'_>, is_late: impl Fn() -> bool) {
        let short = patience.longest / 10;
        let pause = short.min(Duration::from_millis(100));
        let far = || self.threads.iter().map(|it| it.0.load(Ordering::Relaxed)).sum::<u64>();
        let (mut before, mut since) = (far(), Instant::now());
        while !self.is_over.load(Ordering::Relaxed) {
            thread::park_timeout(pause);
            let now = far();
            if now != before {
                (before, since) = (now, Instant::now());
            }
            let gave_up = self.gave_up();
            let is_ending = gave_up || is_late() || self.producers.load(Ordering::Relaxed) == 0;
            let longest = if is_ending { short } else { patience.longest };
            if since.elapsed() < longest {
                continue;
            }
            since = Instant::now();
            if gave_up && !self.is_over.load(Ordering::Relaxed) {
                (patience.hung)();
            }
            self.gave_up.store(true, Ordering::Relaxed);
        }
    }
}
