//! The words that producers and consumer share.

use core::fmt;

use super::Generation;
use super::generation::BITS;

const GENERATION: u64 = WAITING - 1;
const WAITING: u64 = 1 << BITS;
const CLOSED: u64 = WAITING << 1;
const NOTIFY: u64 = WAITING << 2;
const TICKET: u64 = WAITING << 3;
const POSITION: u64 = !(TICKET - 1);

/// What a sequence number reads in a ring that is new: it announces no message, because
/// the levels of rings end at 30.
pub const NEVER_PUBLISHED: u64 = u64::MAX;

/// A position in the stream of messages, the generation of a ring, and three flags, in 64 bits.
///
/// `position (48 bits) | notifying (1) | closed (1) | waiting (1) | generation (13)`
///
/// Both the head and the tail of a queue are such words. That one compare-and-swap covers all the
/// parts is what the algorithm rests on:
///
/// - a ticket belongs to one ring, because its position and its generation were won together;
/// - a waiter bit is set only in a word that has not moved, and the operation that moves the word
///   sees the bit;
/// - nothing is reserved once the queue is closed.
///
/// Positions count messages from the beginning and wrap around after 2^48. They are compared by
/// their distance only.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Word(u64);

impl Word {
    /// The word with this position, modulo 2^48, and this generation, and no flags.
    pub const fn new(position: u64, generation: Generation) -> Self {
        Self(position.wrapping_mul(TICKET) | generation.bits())
    }

    /// The word that is kept in memory as `bits`.
    #[inline]
    pub const fn from_bits(bits: u64) -> Self {
        Self(bits)
    }

    /// How the word is kept in memory.
    #[inline]
    pub const fn bits(self) -> u64 {
        self.0
    }

    /// The position, below 2^48.
    #[inline]
    pub const fn position(self) -> u64 {
        self.0 / TICKET
    }

    /// The generation of the ring.
    #[inline]
    pub const fn generation(self) -> Generation {
        Generation::of_bits(self.0)
    }

    /// The closed flag. In the head: all producers are dropped, or the consumer has closed the queue.
    /// In the tail: the consumer has.
    #[inline]
    pub const fn is_closed(self) -> bool {
        self.0 & CLOSED != 0
    }

    /// The waiter bit. In the head: the consumer sleeps until the head moves. In the tail: producers
    /// sleep until the tail moves.
    #[inline]
    pub const fn is_waiting(self) -> bool {
        self.0 & WAITING != 0
    }

    /// The notify flag. In the head: a producer requests to be notified of room. In the tail: the
    /// consumer checks for the waiter bit whenever it moves the tail.
    #[inline]
    pub const fn notifies(self) -> bool {
        self.0 & NOTIFY != 0
    }

    /// The word with the notify flag set.
    #[inline]
    #[must_use]
    pub const fn notifying(self) -> Self {
        Self(self.0 | NOTIFY)
    }

    /// The word with the waiter bit set.
    #[inline]
    #[must_use]
    pub const fn waiting(self) -> Self {
        Self(self.0 | WAITING)
    }

    /// The word with the closed flag set.
    #[inline]
    #[must_use]
    pub const fn closed(self) -> Self {
        Self(self.0 | CLOSED)
    }

    /// The closed flag, to be or-ed into a word in memory.
    pub const CLOSED: u64 = CLOSED;

    /// The notify flag, to be or-ed into a word in memory.
    pub const NOTIFY: u64 = NOTIFY;

    /// The word `count` positions on, with the waiter bit cleared: the operation that moves the word
    /// wakes the waiter.
    #[inline]
    #[must_use]
    pub const fn advanced(self, count: u64) -> Self {
        Self((self.0 & !WAITING).wrapping_add(count.wrapping_mul(TICKET)))
    }

    /// The same position and the same flags in another generation.
    #[inline]
    #[must_use]
    pub const fn in_generation(self, generation: Generation) -> Self {
        Self(self.0 & !GENERATION | generation.bits())
    }

    /// How many positions this one is after `other`; negative if it is before it.
    #[inline]
    pub const fn since(self, other: Self) -> i64 {
        (self.0 & POSITION).wrapping_sub(other.0 & POSITION).cast_signed() / TICKET.cast_signed()
    }

    /// The sequence number that says: the message of this position is here, in the ring of this
    /// generation.
    #[inline]
    pub const fn published_in(self, generation: Generation) -> u64 {
        (self.0 & POSITION).wrapping_add(TICKET) | generation.bits()
    }

    /// Where this position is in a ring of `capacity` slots, a power of two.
    #[inline]
    pub const fn index(self, capacity: u64) -> u64 {
        self.position() & (capacity - 1)
    }
}

impl fmt::Debug for Word {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}@{}", self.position(), self.generation())?;
        f.write_str(if self.is_waiting() { " waiting" } else { "" })?;
        f.write_str(if self.is_closed() { " closed" } else { "" })?;
        f.write_str(if self.notifies() { " notifying" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The largest ring of a queue that has grown so many times.
    fn grown(times: u8) -> Generation {
        (0..times).fold(Generation::FIRST, |generation, _| generation.grown())
    }

    #[test]
    fn parts_do_not_touch_each_other() {
        let word = Word::new(5, grown(3)).waiting().closed().notifying();
        assert_eq!((word.position(), word.generation()), (5, grown(3)));
        assert!(word.is_waiting() && word.is_closed() && word.notifies());
        assert_eq!(format!("{word:?}"), "5@3 waiting closed notifying");
        assert_eq!(format!("{:?}", word.advanced(2)), "7@3 closed notifying");
        let shrunk = word.in_generation(grown(3).shrunk());
        assert_eq!(format!("{shrunk:?}"), "5@4/2 waiting closed notifying");
    }

    #[test]
    fn positions_wrap() {
        let last = Word::new(u64::MAX, grown(30));
        assert_eq!(last.position(), (1 << 48) - 1);
        let next = last.advanced(3);
        assert_eq!((next.position(), next.generation()), (2, grown(30)));
        assert_eq!((next.since(last), last.since(next)), (3, -3));
        assert_eq!(last.index(4), 3);
        assert_eq!(next.index(4), 2);
    }

    #[test]
    fn a_new_slot_announces_nothing() {
        let mut rings: Vec<_> = (0..=30).map(grown).collect();
        let last = grown(30);
        rings.extend((0..226).scan(last, |ring, _| {
            *ring = ring.shrunk().grown();
            Some(*ring)
        }));
        for generation in rings {
            for position in [0, 1, u64::MAX - 1, u64::MAX] {
                let published = Word::new(position, generation).published_in(generation);
                assert_ne!(published, NEVER_PUBLISHED);
            }
        }
    }

    #[test]
    fn flags_do_not_change_what_is_published() {
        let ring = grown(2);
        let word = Word::new(9, ring);
        assert_eq!(word.waiting().closed().notifying().published_in(ring), word.published_in(ring));
        assert_eq!(Word::new(u64::MAX, Generation::FIRST).published_in(Generation::FIRST), 0);
    }
}
