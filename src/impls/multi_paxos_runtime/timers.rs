//! Deadlines, each of one timer.

use std::collections::{BTreeMap, BTreeSet};

use tokio::time::Instant;

/// Timers that run. Setting one that runs sets it anew.
#[derive(Debug)]
pub(crate) struct Timers<T> {
    deadlines: BTreeMap<T, Instant>,
    queue: BTreeSet<(Instant, T)>,
}

impl<T> Default for Timers<T> {
    fn default() -> Self {
        Timers { deadlines: BTreeMap::new(), queue: BTreeSet::new() }
    }
}

impl<T: Copy + Ord> Timers<T> {
    pub(crate) fn set(&mut self, timer: T, at: Instant) {
        self.cancel(timer);
        self.deadlines.insert(timer, at);
        self.queue.insert((at, timer));
    }

    pub(crate) fn cancel(&mut self, timer: T) {
        if let Some(at) = self.deadlines.remove(&timer) {
            self.queue.remove(&(at, timer));
        }
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    pub(crate) fn next(&self) -> Instant {
        self.queue.first().map_or_else(Instant::now, |(at, _)| *at)
    }

    /// The next timer that has run out.
    pub(crate) fn take(&mut self) -> Option<T> {
        let timer = self.queue.first().filter(|(at, _)| *at <= Instant::now())?.1;
        self.cancel(timer);
        Some(timer)
    }
}
