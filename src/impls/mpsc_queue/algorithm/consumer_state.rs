//! What the consumer keeps between pops, and where messages go.
// Steps must be inlined where the program counter is known, or the queue runs an interpreter.
#![allow(clippy::inline_always)]

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
}

impl<R: Copy> ConsumerState<R> {
    /// The consumer of a new queue, whose first ring this is, and whose head and tail begin as `start`.
    pub fn new(config: Config, ring: R, start: Word) -> Self {
        let ring = Ring { name: ring, generation: 0, capacity: config.capacity_of(0) };
        Self { config, ring, next_ring: None, tail: start, measure_at: start }
    }

    /// The position that will be taken next, and the generation of the newest ring.
    pub fn tail(&self) -> Word {
        self.tail
    }

    /// The ring that messages are taken from.
    pub fn ring(&self) -> Ring<R> {
        self.ring
    }

    /// The larger ring that is announced, until the first message is found in it.
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
        self.next_ring.is_none() && self.ring.generation < self.config.last_generation()
    }

    pub(super) fn is_crowded(&self, head: Word) -> bool {
        2 * head.since(self.tail) > self.ring.capacity.cast_signed()
    }

    /// Looks at the fill level again after a quarter of the ring.
    pub(super) fn measure_later(&mut self) {
        self.measure_at = self.tail.advanced((self.ring.capacity / 4).max(1));
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

/// Room for a number of messages.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Batch<T> {
    messages: Vec<T>,
    limit: usize,
}

impl<T> Batch<T> {
    /// Room for this many messages, at least one.
    pub fn new(limit: usize) -> Self {
        // Reserved beforehand, so that putting a message in cannot fail.
        Self { messages: Vec::with_capacity(limit), limit }
    }

    /// The messages.
    pub fn into_messages(self) -> Vec<T> {
        self.messages
    }
}

impl<T> Basket<T> for Batch<T> {
    fn wants_more(&self, _taken: u64) -> bool {
        self.messages.len() < self.limit
    }

    fn put(&mut self, message: T) {
        self.messages.push(message);
    }
}
