//! What the consumer keeps between pops, and where messages go.
// Steps must be inlined where the program counter is known, or the queue runs an interpreter.
#![allow(clippy::inline_always)]

use alloc::vec::Vec;

use super::memory::Slot;
use super::{Ring, Word};
use crate::Config;

/// What the consumer knows. Only the consumer moves the tail and makes rings, so this is exact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ConsumerState<R> {
    pub(super) config: Config,
    pub(super) ring: Ring<R>,
    pub(super) next_ring: Option<Ring<R>>,
    pub(super) tail: Word,
    pub(super) measure_at: Word,
    /// Where the tail was when there was last too much in the queue for a smaller ring, or the ring was
    /// new. Not kept in a queue that does not shrink.
    quiet_since: Word,
    /// The level of the largest ring that there was. Not kept in a queue that does not shrink.
    peak: u8,
}

impl<R: Copy> ConsumerState<R> {
    /// The consumer of a new queue, whose first ring this is, and whose head and tail begin as `start`.
    pub fn new(config: Config, ring: R, start: Word) -> Self {
        let ring = Ring::first(config, ring, start);
        Self {
            config,
            ring,
            next_ring: None,
            tail: start,
            measure_at: start,
            quiet_since: start,
            peak: 0,
        }
    }

    /// The position that will be taken next, and the generation of the newest ring.
    pub fn tail(&self) -> Word {
        self.tail
    }

    /// The ring that messages are taken from.
    pub fn ring(&self) -> Ring<R> {
        self.ring
    }

    /// The next ring, which is announced, until the first message is found in it.
    pub fn next_ring(&self) -> Option<Ring<R>> {
        self.next_ring
    }

    /// The slot of the next message, if it is in the ring that messages are taken from.
    #[inline(always)]
    pub(super) fn next_slot(&self) -> Slot<R> {
        self.ring.slot(self.tail)
    }

    pub(super) fn close(&mut self) -> Word {
        self.tail = self.tail.closed();
        self.tail
    }

    pub(super) fn can_grow(&self) -> bool {
        self.next_ring.is_none() && self.ring.generation.level() < self.config.last_level()
    }

    pub(super) fn is_crowded(&self, head: Word) -> bool {
        2 * head.since(self.tail) > self.ring.capacity.cast_signed()
    }

    /// Looks at the fill level again after a quarter of the ring, or of the messages after which a
    /// smaller one could be made.
    pub(super) fn measure_later(&mut self) {
        let mut quarter = self.ring.capacity / 4;
        if self.may_shrink() {
            quarter = quarter.min(self.patience() / 4);
        }
        self.measure_at = self.tail.advanced(quarter.max(1));
    }

    fn may_shrink(&self) -> bool {
        self.config.shrinks() && self.ring.generation.level() > 0
    }

    /// How many messages have to be taken before a smaller ring is made: as many as the configuration
    /// says, and a 64th of the largest ring that there was; see [`algorithm`](super) for what for.
    fn patience(&self) -> u64 {
        let least = self.config.capacity_of(self.peak).div_ceil(64);
        u64::from(self.config.patience()).max(least)
    }

    /// Whether the queue is open and there is so little in it that a smaller ring would not be more than half
    /// full.
    pub(super) fn is_quiet(&self, head: Word) -> bool {
        let level = self.ring.generation.level().saturating_sub(1);
        !head.is_closed()
            && 2 * head.since(self.tail) <= self.config.capacity_of(level).cast_signed()
    }

    /// Notes whether the queue is still quiet.
    pub(super) fn note_fill(&mut self, head: Word) {
        if self.may_shrink() && !self.is_quiet(head) {
            self.be_patient();
        }
    }

    /// Begins anew to count the messages that are taken from a quiet queue.
    pub(super) fn be_patient(&mut self) {
        self.quiet_since = self.tail;
    }

    /// Whether the queue was quiet for long enough, and still is.
    pub(super) fn is_too_large(&self, head: Word) -> bool {
        self.may_shrink()
            && self.next_ring.is_none()
            && self.is_quiet(head)
            && self.tail.since(self.quiet_since) >= self.patience().cast_signed()
    }

    /// A larger ring that is announced, and that no producer has turned the head to, because none found the
    /// old one full. Only in a queue that shrinks: as long as both are there, it cannot.
    pub(super) fn unused_ring(&self, head: Word) -> Option<Ring<R>> {
        let is_unused = |next: &Ring<R>| {
            self.config.shrinks()
                && next.generation.is_after(head.generation())
                && !self.is_crowded(head)
                && !head.is_closed()
        };
        self.next_ring.filter(is_unused)
    }

    /// Whether the ring that messages are taken from is larger than another.
    pub(super) fn is_larger_than(&self, ring: Ring<R>) -> bool {
        self.ring.capacity > ring.capacity
    }

    /// Goes on to the next ring.
    pub(super) fn go_on(&mut self) {
        if let Some(ring) = self.next_ring.take() {
            self.ring = ring;
        }
        self.measure_at = self.tail;
        if self.config.shrinks() {
            self.peak = self.peak.max(self.ring.generation.level());
            self.be_patient();
        }
    }

    /// Whether it is time to look at the fill level.
    #[inline(always)]
    pub(super) fn is_due(&self) -> bool {
        self.tail.since(self.measure_at) >= 0
    }

    /// Sets the notify flag of the tail if the head has it. The tail keeps it from here on.
    pub(super) fn note_request(&mut self, head: Word) {
        if head.notifies() {
            self.tail = self.tail.notifying();
        }
    }
}

/// Where popped messages go.
pub trait Basket<T> {
    /// Whether there may be room for several: their way is worth code of its own.
    const MANY: bool = false;
    /// Whether there is room for another message after `taken`.
    fn wants_more(&self, taken: u64) -> bool;
    /// Puts a message in.
    fn put(&mut self, message: T);
}

/// Room for one message.
impl<T> Basket<T> for Option<T> {
    #[inline]
    fn wants_more(&self, taken: u64) -> bool {
        taken == 0
    }

    #[inline]
    fn put(&mut self, message: T) {
        *self = Some(message);
    }
}

/// Room for a number of messages, at the end of others.
#[derive(Debug)]
pub struct Batch<'a, T> {
    messages: &'a mut Vec<T>,
    left: usize,
}

impl<'a, T> Batch<'a, T> {
    /// Room for this many messages, at least one, behind what is in `messages`.
    ///
    /// # Panics
    ///
    /// If there is no memory for them.
    pub fn new(messages: &'a mut Vec<T>, limit: usize) -> Self {
        // Reserved beforehand, so that putting a message in cannot fail.
        messages.reserve(limit);
        Self { messages, left: limit }
    }
}

impl<T> Basket<T> for Batch<'_, T> {
    const MANY: bool = true;

    fn wants_more(&self, _taken: u64) -> bool {
        self.left > 0
    }

    fn put(&mut self, message: T) {
        self.messages.push(message);
        self.left = self.left.saturating_sub(1);
    }
}
