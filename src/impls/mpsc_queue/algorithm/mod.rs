//! The algorithm, one access to shared memory at a time.
//!
//! [`Push`], [`Pop`], [`Close`], [`Leave`] and [`Upgrade`] are operations under way. Each has a program counter,
//! which holds what the operation still needs to remember and nothing else, and a function `step`
//! that makes exactly one access to a [`Memory`]. The queue runs an operation to its end in one call;
//! a model checker steps many of them in every order. Both run this code.
//!
//! # Where operations take effect
//!
//! [`Step::linearised`] names the one step of an operation at which the abstract queue changes: its
//! linearisation point. Which step that is depends on nothing that comes later:
//!
//! | step | effect |
//! |---|---|
//! | [`PushAt::Reserve`], if it wins | messages are in the queue, though not all can be taken yet |
//! | [`PushAt::LoadTail`], if there is no room | the push is refused; the counter follows |
//! | [`PopAt::StoreTail`] | messages have left |
//! | [`PopAt::Announce`], of a larger ring | the capacity has grown |
//! | [`PopAt::TurnHead`] to a smaller ring, if it wins | the capacity has fallen |
//!
//! That one load of the tail is enough to refuse a push rests on this: the tail's word also has the
//! generation of the newest ring. Let the producer know the head `w`, perhaps an old one, and let it
//! read the tail `t` of the same generation, and `w - t` be the capacity. The true head is at least
//! `w`, and at most the capacity after `t`; so it is `w`, and the queue is full at this very load.
//!
//! # How the ring grows
//!
//! The consumer makes a larger ring, enters it into the directory, and stores the tail with the next
//! generation. From then on the capacity is the larger one. A producer that finds the old ring full
//! turns the head to the new generation, by a compare-and-swap, and goes on. Nothing is copied:
//! tickets of the old generation are messages in the old ring. The consumer, while there are two
//! rings, looks for the next position in the old one and then in the new one; it can only be in one
//! of them. The first message that it finds in the new ring shows that no ticket of the old one is
//! left, so the old ring is freed. There is no second growth before that, so there are never more
//! than two rings.
//!
//! # How the ring shrinks
//!
//! If the consumer has taken [a number of messages](crate::Config::shrink_after) and, as often as
//! it looked, there were no more in the queue than half of what the next smaller ring holds, it
//! makes that ring and enters it into the directory. Then it turns the head itself, by a
//! compare-and-swap that fails if the head has moved: so the capacity falls at a moment at which
//! what is in the queue fits. After that it stores the tail with the new generation. If the head
//! has moved, the new ring is given back, and a later pop tries again. The rest is as when the ring
//! grows: the old ring is freed when the first message is found in the new one, and there is no
//! further change before that. So in a queue that shrinks, the consumer also turns the head to a
//! larger ring that no producer has turned it to, since none found the old one full. A producer
//! that meets the head in the new ring and the tail still in the old one is refused by the new
//! capacity, and rightly: it is in force since the head was turned.
//!
//! A producer remembers the ring that it used last, and compares only the generation. Levels come
//! again in a queue that shrinks, so rings are also numbered, by eight bits. That a number comes
//! again with the same level while a producer remembers the ring that had it before is excluded
//! like this. It looks the ring up anew after each look at the tail. So between the look that gave
//! it the ring and the ticket that it uses it with, there are less positions than the ring has
//! slots. For both number and level to come again, the queue must have grown and shrunk 128 times
//! each, and 127 of these shrinks began after the ring was left. The consumer takes at least a 64th
//! of the largest ring that it ever had before each, so almost twice as many positions as any ring
//! has slots.
//!
//! # How sleepers are woken
//!
//! A consumer that finds nothing sets the waiter bit of the head, and a producer that finds no room
//! sets that of the tail, by a compare-and-swap that fails if the word has moved. The operation that
//! moves the word clears the bit and wakes the waiters. No fence is needed, because the bit and the
//! position that is waited for are in one word.
//!
//! To see the waiter bit of the tail, the consumer has to swap the tail instead of storing it, which
//! costs as much as the rest of a pop. So it swaps only after a producer has requested it, by the
//! notify flag of the head. The consumer reads that flag when it measures how full the ring is, and
//! when it checks whether the queue is empty. From then on the tail has the notify flag as well, and
//! producers may sleep. Until then they back off and try again.

mod close;
mod consumer_state;
mod generation;
mod memory;
mod pop;
mod producer_state;
mod push;
pub mod run;
mod word;

pub use close::{Close, CloseAt, Leave, LeaveAt, Upgrade, UpgradeAt, join, may_go};
pub use consumer_state::{Basket, Batch, ConsumerState};
pub use generation::Generation;
pub use memory::{Access, Exchange, Linearised, Memory, Place, Side, Slot, Step};
pub use pop::{OnEmpty, Pop, PopAt, Popped, Then};
pub use producer_state::{Cargo, ProducerState};
pub use push::{OnFull, Push, PushAt, Pushed, Ticket};
pub use word::{NEVER_PUBLISHED, Word};

use crate::Config;

/// A ring as an operation knows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ring<R> {
    /// How memory calls the ring.
    pub name: R,
    /// Its generation.
    pub generation: Generation,
    /// How many slots it has.
    pub capacity: u64,
}

impl<R: Copy> Ring<R> {
    /// The first ring of a queue whose head and tail begin as `start`.
    fn first(config: Config, name: R, start: Word) -> Self {
        let generation = start.generation();
        Self { name, generation, capacity: config.capacity_of(generation.level()) }
    }

    /// The slot of the ring that a position has.
    #[inline]
    pub fn slot(&self, at: Word) -> Slot<R> {
        Slot { ring: self.name, index: at.index(self.capacity) }
    }
}
