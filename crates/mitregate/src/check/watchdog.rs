//! Notices code that does not return.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use super::Checkable;
use super::explore::Options;
use super::trace::Trace;

/// Notices code that does not return. A step cannot be ended from outside, so an exploration whose time is up, or
/// that was interrupted, waits for the steps that are being taken.
#[derive(Clone, Copy)]
pub struct Watchdog<'a> {
    /// How long it waits for them.
    pub patience: Duration,
    /// Called after that, once in an exploration, with a path to a state out of which a step is being taken all the
    /// time; a shortest one, as all paths of breadth-first search are. It may end the process.
    pub tell: &'a (dyn Fn(&Trace) + Sync),
}

/// How often it is looked whether time is up.
const OFTEN: Duration = Duration::from_millis(100);

/// What there is to watch.
pub(super) struct Watched<'a> {
    pub(super) start: Instant,
    /// Its other end is dropped when the exploration has ended.
    pub(super) ended: &'a Receiver<()>,
    /// The paths to the states that threads expand.
    pub(super) at_work: &'a dyn Fn() -> Vec<Option<Vec<u32>>>,
    /// Whether there is another reason to end than those of the options.
    pub(super) is_lost: &'a dyn Fn() -> bool,
}

impl Watchdog<'_> {
    /// Waits for an exploration to end. Tells of a state that is at work all the time when that takes long.
    pub(super) fn watch<M: Checkable>(
        self,
        model: &M,
        options: &Options<'_>,
        Watched { start, ended, at_work, is_lost }: Watched<'_>,
    ) {
        let has_to_end = || {
            options.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
                || options.budget.timeout.is_some_and(|limit| start.elapsed() >= limit)
                || is_lost()
        };
        let is_running = |time| ended.recv_timeout(time) == Err(RecvTimeoutError::Timeout);
        while is_running(OFTEN) {
            if !has_to_end() {
                continue;
            }
            let before = at_work();
            if !is_running(self.patience) {
                return;
            }
            let mut same = at_work().into_iter().zip(before).filter(|(now, before)| now == before);
            if let Some((Some(path), _)) = same.find(|(path, _)| path.is_some()) {
                (self.tell)(&Trace::along(model, &path, ""));
                return;
            }
        }
    }
}
