//! What a producer keeps between pushes, and what pushes carry.

use alloc::collections::VecDeque;

use super::{Generation, Ring, Word};
use crate::Config;

/// What a producer remembers between pushes. None of it has to be recent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ProducerState<R> {
    pub(super) config: Config,
    pub(super) ring: Ring<R>,
    pub(super) head: Word,
    pub(super) tail: Word,
}

impl<R: Copy> ProducerState<R> {
    /// A producer of a new queue, whose first ring this is, and whose head and tail begin as `start`.
    pub fn new(config: Config, ring: R, start: Word) -> Self {
        let ring = Ring::first(config, ring, start);
        Self { config, ring, head: start, tail: start }
    }

    /// How the queue grows.
    pub fn config(&self) -> Config {
        self.config
    }

    /// The head as it remembers it.
    pub fn head(&self) -> Word {
        self.head
    }

    /// The tail as it remembers it.
    pub fn tail(&self) -> Word {
        self.tail
    }

    /// The newest ring that it has looked up.
    pub fn ring(&self) -> Ring<R> {
        self.ring
    }

    /// Looks the ring up again with the next ticket, if a number of a ring may come again in the meantime.
    /// Called with each look at the tail; see [`algorithm`](super) for why that is often enough.
    pub(super) fn doubt_ring(&mut self) {
        if self.config.shrinks() {
            self.ring.generation = Generation::NONE;
        }
    }

    /// Takes what head and tail were a moment ago for what it remembers, and looks its ring up with the next ticket.
    pub fn renew(&mut self, head: Word, tail: Word) {
        (self.head, self.tail) = (head, tail);
        self.ring.generation = Generation::NONE;
    }

    /// Whether its tail is of no use with a head that was just read: positions have wrapped around in between so far that
    /// the tail seems to come after the head.
    pub(super) fn is_outdated(&self, head: Word) -> bool {
        head.since(self.tail) < 0
    }

    /// How many more tickets there are after `head`, as far as this producer knows. More than the
    /// capacity if `head` is older than the tail; no ticket is to be had with such a head.
    #[inline]
    pub(super) fn room(&self, head: Word) -> i64 {
        let generation = head.generation();
        let capacity = if generation == self.ring.generation {
            self.ring.capacity
        } else {
            self.config.capacity_of(generation.level())
        };
        capacity.cast_signed() - head.since(self.tail)
    }
}

/// What a push carries.
pub trait Cargo<T> {
    /// Whether there may be several: their way is worth code of its own.
    const MANY: bool = false;
    /// How many messages there are.
    fn count(&self) -> u64;
    /// The first of them, if there is one.
    fn take(&mut self) -> Option<T>;
}

/// One message.
impl<T> Cargo<T> for Option<T> {
    // Asked only before the message is taken, so this is so, and it is a constant.
    #[inline]
    fn count(&self) -> u64 {
        1
    }

    #[inline]
    fn take(&mut self) -> Option<T> {
        Option::take(self)
    }
}

/// Many messages, with consecutive positions as far as they fit. They are the caller's: if a waker panics, the rest is
/// still there.
impl<T> Cargo<T> for &mut VecDeque<T> {
    const MANY: bool = true;

    fn count(&self) -> u64 {
        self.len() as u64
    }

    fn take(&mut self) -> Option<T> {
        self.pop_front()
    }
}
