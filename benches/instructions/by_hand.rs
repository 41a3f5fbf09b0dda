//! A push and a pop of the queue's protocol, written by hand: no traits, no steps, messages are words.
//!
//! It has one ring, and nobody sleeps or closes it. What a push or a pop of the shipped queue looks at on
//! its way is looked at here all the same; where the shipped queue would turn off to grow or to wake, this
//! one panics. What is seldom needed is in functions that are called last, so that registers need not be
//! saved for them.

use std::sync::atomic::{AtomicU64, Ordering};

use crossbeam_utils::CachePadded;

// The words of a queue that only grows. The shipped queue has more bits for the ring; what that costs shows here, as
// this layout does not change.
const GENERATION: u64 = 0b1_1111;
const WAITING: u64 = 1 << 5;
const CLOSED: u64 = 1 << 6;
const COURTEOUS: u64 = 1 << 7;
const TICKET: u64 = 1 << 8;
const POSITION: u64 = !(TICKET - 1);
const NEVER_PUBLISHED: u64 = u64::MAX;

/// As many slots as 16 bits can tell apart, so that an index of 16 bits needs no check of its bounds. How
/// many of them are in use is known at run time only, as in the shipped queue.
const SLOTS: usize = 1 << 16;

struct Slot {
    sequence: AtomicU64,
    // A relaxed load or store of a word is one plain instruction, as that of a cell would be.
    message: AtomicU64,
}

/// What both ends share.
pub(crate) struct Shared {
    head: CachePadded<AtomicU64>,
    tail: CachePadded<AtomicU64>,
    dropped: CachePadded<AtomicU64>,
    slots: Box<[Slot; SLOTS]>,
}

/// The producing end.
pub(crate) struct Producer<'a> {
    shared: &'a Shared,
    slots: &'a [Slot; SLOTS],
    capacity: u64,
    generation: u64,
    head: u64,
    tail: u64,
}

/// The consuming end.
pub(crate) struct Consumer<'a> {
    shared: &'a Shared,
    slots: &'a [Slot; SLOTS],
    capacity: u64,
    generation: u64,
    tail: u64,
    measure_at: u64,
    can_grow: bool,
}

impl Shared {
    pub(crate) fn new() -> Self {
        let slot =
            |_| Slot { sequence: AtomicU64::new(NEVER_PUBLISHED), message: AtomicU64::new(0) };
        let slots: Box<[Slot]> = (0..SLOTS).map(slot).collect();
        let Ok(slots) = slots.try_into() else { unreachable!("these are SLOTS slots") };
        let word = || CachePadded::new(AtomicU64::new(0));
        Self { head: word(), tail: word(), dropped: word(), slots }
    }

    /// Both ends of a queue with room for `capacity` messages: a power of two, at most [`SLOTS`].
    pub(crate) fn ends(&self, capacity: u64, can_grow: bool) -> (Producer<'_>, Consumer<'_>) {
        let (shared, slots, generation, tail) = (self, &*self.slots, 0, 0);
        let producer = Producer { shared, slots, capacity, generation, head: 0, tail };
        let consumer =
            Consumer { shared, slots, capacity, generation, tail, measure_at: 0, can_grow };
        (producer, consumer)
    }
}

impl Producer<'_> {
    #[inline]
    pub(crate) fn try_push(&mut self, message: u64) -> Result<(), u64> {
        if self.head & GENERATION == self.generation && self.room() > 0 {
            self.reserve(message)
        } else {
            self.push_late(message)
        }
    }

    fn room(&self) -> i64 {
        self.capacity.cast_signed() - since(self.head, self.tail)
    }

    #[inline]
    fn reserve(&mut self, message: u64) -> Result<(), u64> {
        let Self { shared, slots, capacity, head, .. } = *self;
        let new = (head & !WAITING).wrapping_add(TICKET);
        let reserved =
            shared.head.compare_exchange_weak(head, new, Ordering::Release, Ordering::Acquire);
        if let Err(found) = reserved {
            return self.push_again(found, message);
        }
        self.head = new;
        let slot = slot(slots, head, capacity);
        slot.message.store(message, Ordering::Relaxed);
        slot.sequence.store(published(head, self.generation), Ordering::Release);
        if head & WAITING == 0 { Ok(()) } else { elsewhere() }
    }

    /// Looks how far the consumer has come.
    #[cold]
    #[inline(never)]
    fn push_late(&mut self, message: u64) -> Result<(), u64> {
        self.tail = self.shared.tail.load(Ordering::Acquire);
        if self.tail & CLOSED == 0 && self.room() > 0 {
            return self.reserve(message);
        }
        self.shared.dropped.fetch_add(1, Ordering::Relaxed);
        Err(message)
    }

    /// Another producer was faster, or the queue is closed.
    #[cold]
    #[inline(never)]
    fn push_again(&mut self, found: u64, message: u64) -> Result<(), u64> {
        if found & CLOSED != 0 {
            return Err(message);
        }
        self.head = found;
        self.try_push(message)
    }
}

impl Consumer<'_> {
    #[inline]
    pub(crate) fn try_pop(&mut self) -> Option<u64> {
        let Self { slots, capacity, tail, .. } = *self;
        let slot = slot(slots, tail, capacity);
        if slot.sequence.load(Ordering::Acquire) != published(tail, self.generation) {
            return None;
        }
        if since(tail, self.measure_at) >= 0 { self.pop_late() } else { self.take(slot) }
    }

    #[inline]
    fn take(&mut self, slot: &Slot) -> Option<u64> {
        let message = slot.message.load(Ordering::Relaxed);
        let new = (self.tail & !WAITING).wrapping_add(TICKET);
        self.tail = new;
        if new & COURTEOUS != 0 {
            return elsewhere();
        }
        self.shared.tail.store(new, Ordering::Release);
        Some(message)
    }

    /// Looks how full the ring is.
    #[cold]
    #[inline(never)]
    fn pop_late(&mut self) -> Option<u64> {
        let head = self.shared.head.load(Ordering::Relaxed);
        self.measure_at = self.tail.wrapping_add((self.capacity / 4).max(1) * TICKET);
        if self.can_grow && 2 * since(head, self.tail) > self.capacity.cast_signed() {
            return elsewhere();
        }
        self.take(slot(self.slots, self.tail, self.capacity))
    }
}

#[allow(clippy::cast_possible_truncation)] // No index is above 16 bits, as no capacity is.
fn slot(slots: &[Slot; SLOTS], word: u64, capacity: u64) -> &Slot {
    &slots[usize::from(((word / TICKET) & (capacity - 1)) as u16)]
}

/// How many positions `word` is after `other`.
fn since(word: u64, other: u64) -> i64 {
    (word & POSITION).wrapping_sub(other & POSITION).cast_signed() / TICKET.cast_signed()
}

/// The sequence number that says that the message of this position is here.
fn published(word: u64, generation: u64) -> u64 {
    (word & POSITION).wrapping_add(TICKET) | generation
}

/// Where the shipped queue has more to do, and this one never gets to.
#[cold]
#[inline(never)]
fn elsewhere<O>() -> O {
    panic!("one ring and one thread do not lead here")
}
