//! Popping, growing and shrinking.
// Steps must be inlined where the program counter is known, or the queue runs an interpreter.
#![allow(clippy::inline_always)]

use super::memory::{Access, Exchange, Linearised, Memory, Place, Side, Slot, Step};
use super::{Basket, ConsumerState, Generation, Ring, Word};

/// What a pop does when the queue is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnEmpty {
    /// It says so.
    Report,
    /// It sets the waiter bit of the head. The caller then puts the consumer to sleep.
    Sleep,
}

/// How a pop ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Popped {
    /// This many messages are in the basket.
    Taken(u64),
    /// There is no message.
    Empty,
    /// The next message is reserved, and its producer has yet to publish it.
    Pending,
    /// There is no message, and there will be none.
    Closed,
    /// There is no message, and the next push will wake the consumer.
    Asleep,
}

/// How a pop goes on after it has changed the ring or woken producers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Then {
    /// It takes the message that it has found.
    Take,
    /// It ends.
    End(Popped),
}

/// Which access a pop makes next, and what it has to remember for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PopAt<R> {
    /// Look whether the next message is there.
    Look {
        /// How many messages were read before.
        taken: u64,
    },
    /// Look whether it is in the next ring.
    LookNext,
    /// It is, so give the old ring back.
    FreeRing,
    /// It is there; look how full the ring is.
    Measure,
    /// It is not there; look whether it is reserved.
    LoadHead,
    /// The ring is too small or too large; make the one of this generation.
    Allocate(Generation, Then),
    /// Enter it into the directory.
    WriteDirectory(Ring<R>, Then),
    /// Announce it.
    Announce(Ring<R>, Then),
    /// It is smaller; look whether there is still so little in the queue.
    MeasureAgain(Ring<R>),
    /// Turn the head to the next ring, if it is still `head`.
    TurnHead {
        /// The next ring.
        ring: Ring<R>,
        /// What the head should be.
        head: Word,
    },
    /// The queue stays as it is; give the smaller ring back.
    FreeSpare(Ring<R>),
    /// Read the message.
    Take {
        /// How many messages were read before.
        taken: u64,
        /// Where it is.
        slot: Slot<R>,
    },
    /// Give the slots back.
    StoreTail {
        /// How many.
        taken: u64,
    },
    /// Wake producers.
    Wake(Then),
    /// Set the waiter bit, if the head is still `head`.
    MarkHead {
        /// What the head should be.
        head: Word,
    },
}

/// A pop under way.
///
/// Each call of [`Pop::step`] makes one access. Pops are wait-free: one that takes a message makes
/// three accesses (look, take, store the tail), and at most eleven when it changes rings, grows or shrinks the queue and
/// has producers to wake. Each further message of a batch adds two. One that takes nothing makes at
/// most six; if it is to sleep, more, as often as the head moves just before it sets the waiter bit.
/// Making a ring also sets up its slots, one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Pop<R, B> {
    at: PopAt<R>,
    on_empty: OnEmpty,
    basket: B,
}

impl<R: Copy, B> Pop<R, B> {
    /// Begins a pop, without an access. The basket has room for at least one message.
    #[inline]
    pub fn new(basket: B, on_empty: OnEmpty) -> Self {
        Self { at: PopAt::Look { taken: 0 }, on_empty, basket }
    }

    /// The access that comes next.
    #[inline]
    pub fn at(&self) -> PopAt<R> {
        self.at
    }

    /// The messages that were taken.
    #[inline]
    pub fn into_basket(self) -> B {
        self.basket
    }

    /// Makes the next access.
    ///
    /// # Errors
    ///
    /// If the memory refuses the access.
    #[inline(always)]
    pub fn step<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
    ) -> Result<Step<Popped>, M::Error>
    where
        B: Basket<T>,
    {
        match self.at {
            PopAt::Look { taken } => self.look(consumer, memory, taken),
            PopAt::LookNext => self.look_next(consumer, memory),
            PopAt::FreeRing => self.free_ring(consumer, memory),
            PopAt::Measure => self.measure(consumer, memory),
            PopAt::LoadHead => self.load_head(consumer, memory),
            PopAt::Allocate(generation, then) => self.allocate(consumer, memory, generation, then),
            PopAt::WriteDirectory(ring, then) => self.write_directory(consumer, memory, ring, then),
            PopAt::Announce(ring, then) => self.announce(consumer, memory, ring, then),
            PopAt::MeasureAgain(ring) => self.measure_again(consumer, memory, ring),
            PopAt::TurnHead { ring, head } => self.turn_head(consumer, memory, ring, head),
            PopAt::FreeSpare(ring) => self.free_spare(consumer, memory, ring),
            PopAt::Take { taken, slot } => self.take(memory, taken, slot),
            PopAt::StoreTail { taken } => self.store_tail(consumer, memory, taken),
            PopAt::Wake(then) => {
                memory.wake(Side::Producers)?;
                Ok(self.then(consumer, then))
            }
            PopAt::MarkHead { head } => self.mark_head(memory, head),
        }
    }

    #[inline(always)]
    fn look<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &ConsumerState<R>,
        memory: &mut M,
        taken: u64,
    ) -> Result<Step<Popped>, M::Error> {
        let next = consumer.tail.advanced(taken);
        let slot = consumer.ring.slot(next);
        let sequence = memory.load(Place::Sequence(slot), Access::Look)?;
        self.at = if sequence == next.published_in(consumer.ring.generation) {
            if taken == 0 { found(consumer, slot) } else { PopAt::Take { taken, slot } }
        } else if taken > 0 {
            PopAt::StoreTail { taken }
        } else if consumer.next_ring.is_some() {
            PopAt::LookNext
        } else {
            PopAt::LoadHead
        };
        Ok(Step::on())
    }

    #[inline]
    fn look_next<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &ConsumerState<R>,
        memory: &mut M,
    ) -> Result<Step<Popped>, M::Error> {
        let Some(ring) = consumer.next_ring else {
            self.at = PopAt::LoadHead;
            return Ok(Step::on());
        };
        let next = consumer.tail;
        let sequence = memory.load(Place::Sequence(ring.slot(next)), Access::Look)?;
        self.at = if sequence == next.published_in(ring.generation) {
            PopAt::FreeRing
        } else {
            PopAt::LoadHead
        };
        Ok(Step::on())
    }

    #[inline]
    fn free_ring<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
    ) -> Result<Step<Popped>, M::Error> {
        // The next message is in the new ring. So the messages of the old one, which came before it,
        // have all been taken, and the last thing that their producers did was to publish them.
        memory.free(consumer.ring.name)?;
        consumer.go_on();
        self.at = found(consumer, consumer.next_slot());
        Ok(Step::on())
    }

    #[inline]
    fn measure<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
    ) -> Result<Step<Popped>, M::Error> {
        let head = Word::from_bits(memory.load(Place::Head, Access::Measure)?);
        consumer.note_request(head);
        consumer.note_fill(head);
        consumer.measure_later();
        let generation = consumer.ring.generation;
        self.at = if consumer.can_grow() && consumer.is_crowded(head) {
            PopAt::Allocate(generation.grown(), Then::Take)
        } else if consumer.is_too_large(head) {
            PopAt::Allocate(generation.shrunk(), Then::Take)
        } else if let Some(ring) = consumer.unused_ring(head) {
            PopAt::TurnHead { ring, head }
        } else {
            PopAt::Take { taken: 0, slot: consumer.next_slot() }
        };
        Ok(Step::on())
    }

    #[inline]
    fn load_head<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
    ) -> Result<Step<Popped>, M::Error> {
        let head = Word::from_bits(memory.load(Place::Head, Access::LoadHead)?);
        consumer.note_request(head);
        if head.since(consumer.tail) > 0 {
            // A producer that is slow to publish does not keep the queue from growing.
            if consumer.can_grow() && consumer.is_crowded(head) {
                let larger = consumer.ring.generation.grown();
                self.at = PopAt::Allocate(larger, Then::End(Popped::Pending));
                return Ok(Step::on());
            }
            return Ok(Step::done(Popped::Pending));
        }
        if head.is_closed() {
            return Ok(Step::done(Popped::Closed));
        }
        Ok(match self.on_empty {
            OnEmpty::Report => Step::done(Popped::Empty),
            OnEmpty::Sleep => {
                self.at = PopAt::MarkHead { head };
                Step::on()
            }
        })
    }

    #[inline]
    fn allocate<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
        generation: Generation,
        then: Then,
    ) -> Result<Step<Popped>, M::Error> {
        let Some(name) = memory.allocate(generation)? else {
            // Short of memory, the queue stays as large as it is, and tries again later.
            if generation.level() < consumer.ring.generation.level() {
                consumer.be_patient();
            }
            return Ok(self.then(consumer, then));
        };
        let capacity = consumer.config.capacity_of(generation.level());
        let ring = Ring { name, generation, capacity };
        self.at = PopAt::WriteDirectory(ring, then);
        Ok(Step::on())
    }

    #[inline]
    fn write_directory<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &ConsumerState<R>,
        memory: &mut M,
        ring: Ring<R>,
        then: Then,
    ) -> Result<Step<Popped>, M::Error> {
        memory.write_directory(ring.generation, ring.name)?;
        self.at = if consumer.is_larger_than(ring) {
            PopAt::MeasureAgain(ring)
        } else {
            PopAt::Announce(ring, then)
        };
        Ok(Step::on())
    }

    #[inline]
    fn measure_again<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &ConsumerState<R>,
        memory: &mut M,
        ring: Ring<R>,
    ) -> Result<Step<Popped>, M::Error> {
        // Making a ring takes a while.
        let head = Word::from_bits(memory.load(Place::Head, Access::Measure)?);
        self.at = if consumer.is_quiet(head) {
            PopAt::TurnHead { ring, head }
        } else {
            PopAt::FreeSpare(ring)
        };
        Ok(Step::on())
    }

    #[inline]
    fn turn_head<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &ConsumerState<R>,
        memory: &mut M,
        ring: Ring<R>,
        head: Word,
    ) -> Result<Step<Popped>, M::Error> {
        let exchange = Exchange {
            current: head.bits(),
            new: head.in_generation(ring.generation).bits(),
            success: Access::TurnHead,
            failure: Access::TurnHeadFailed,
        };
        // If it fails, somebody pushes at this moment. A pop ends all the same; a later one tries again.
        let is_turned = memory.compare_exchange(Place::Head, exchange)?.is_ok();
        if consumer.next_ring.is_some() {
            return Ok(self.then(consumer, Then::Take));
        }
        if !is_turned {
            self.at = PopAt::FreeSpare(ring);
            return Ok(Step::on());
        }
        self.at = PopAt::Announce(ring, Then::Take);
        Ok(Step::on().with(Linearised::Shrink))
    }

    #[inline]
    fn free_spare<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
        ring: Ring<R>,
    ) -> Result<Step<Popped>, M::Error> {
        // The head was never in its generation, so no producer has a ticket for it.
        memory.free(ring.name)?;
        consumer.be_patient();
        Ok(self.then(consumer, Then::Take))
    }

    #[inline]
    fn announce<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
        ring: Ring<R>,
        then: Then,
    ) -> Result<Step<Popped>, M::Error> {
        let shrinks = consumer.is_larger_than(ring);
        consumer.next_ring = Some(ring);
        consumer.tail = consumer.tail.in_generation(ring.generation);
        let old = memory.swap(Place::Tail, consumer.tail.bits(), Access::Announce)?;
        let step = if Word::from_bits(old).is_waiting() {
            self.at = PopAt::Wake(then);
            Step::on()
        } else {
            self.then(consumer, then)
        };
        // A smaller capacity is in force since the head was turned.
        Ok(if shrinks { step } else { step.with(Linearised::Resize) })
    }

    #[inline(always)]
    fn take<T, M: Memory<T, Ring = R>>(
        &mut self,
        memory: &mut M,
        taken: u64,
        slot: Slot<R>,
    ) -> Result<Step<Popped>, M::Error>
    where
        B: Basket<T>,
    {
        self.basket.put(memory.read_value(slot)?);
        let taken = taken + 1;
        self.at = if self.basket.wants_more(taken) {
            PopAt::Look { taken }
        } else {
            PopAt::StoreTail { taken }
        };
        Ok(Step::on())
    }

    #[inline(always)]
    fn store_tail<T, M: Memory<T, Ring = R>>(
        &mut self,
        consumer: &mut ConsumerState<R>,
        memory: &mut M,
        taken: u64,
    ) -> Result<Step<Popped>, M::Error> {
        consumer.tail = consumer.tail.advanced(taken);
        let new = consumer.tail.bits();
        let old = if consumer.tail.notifies() {
            memory.swap(Place::Tail, new, Access::SwapTail)?
        } else {
            // Without the notify flag no producer sets the waiter bit, and a store is cheaper.
            memory.store(Place::Tail, new, Access::StoreTail)?;
            new
        };
        let end = Popped::Taken(taken);
        let step = if Word::from_bits(old).is_waiting() {
            self.at = PopAt::Wake(Then::End(end));
            Step::on()
        } else {
            Step::done(end)
        };
        Ok(step.with(Linearised::Dequeue(taken)))
    }

    #[inline]
    fn mark_head<T, M: Memory<T, Ring = R>>(
        &mut self,
        memory: &mut M,
        head: Word,
    ) -> Result<Step<Popped>, M::Error> {
        let exchange = Exchange {
            current: head.bits(),
            new: head.waiting().bits(),
            success: Access::MarkHead,
            failure: Access::MarkHeadFailed,
        };
        if memory.compare_exchange(Place::Head, exchange)?.is_ok() {
            return Ok(Step::done(Popped::Asleep));
        }
        self.at = PopAt::Look { taken: 0 };
        Ok(Step::on())
    }

    #[inline]
    fn then(&mut self, consumer: &ConsumerState<R>, then: Then) -> Step<Popped> {
        match then {
            Then::Take => {
                self.at = PopAt::Take { taken: 0, slot: consumer.next_slot() };
                Step::on()
            }
            Then::End(popped) => Step::done(popped),
        }
    }
}

/// The next message is there: look at the fill level if it is time, else take it.
#[inline(always)]
fn found<R: Copy>(consumer: &ConsumerState<R>, slot: Slot<R>) -> PopAt<R> {
    if consumer.is_due() { PopAt::Measure } else { PopAt::Take { taken: 0, slot } }
}
