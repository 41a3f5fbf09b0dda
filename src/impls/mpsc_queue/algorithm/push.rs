//! Pushing.
// Steps must be inlined where the program counter is known, or the queue runs an interpreter.
#![allow(clippy::inline_always)]

use super::memory::{Access, Exchange, Linearised, Memory, Place, Side, Step};
use super::{Cargo, ProducerState, Ring, Word};

/// What a push does when there is no room.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OnFull {
    /// It gives up, and is counted.
    Drop,
    /// It gives up, and is not counted, because it will be tried again.
    Report,
    /// It sets the waiter bit of the tail. The caller then puts the producer to sleep.
    Sleep,
}

/// How a push ended. Messages that were not accepted are still in its cargo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pushed {
    /// This many messages are in the queue.
    Accepted(u64),
    /// There was no room.
    Full,
    /// The consumer wants no more messages.
    Closed,
    /// There was no room, and the next pop or growth will wake this producer.
    Asleep,
    /// There was no room, and the consumer has been requested to check for waiters. Until it does, it
    /// would not wake this producer.
    Asked,
}

/// Positions that a push has reserved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Ticket {
    /// The first position that is not published yet, and the generation of its ring.
    pub next: Word,
    /// How many were reserved.
    pub count: u64,
    /// How many of them are not published yet.
    pub left: u64,
    /// Whether the consumer has to be woken.
    pub wake: bool,
}

/// Which access a push makes next, and what it has to remember for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum PushAt {
    /// Take `count` tickets, if the head is still `head`.
    Reserve {
        /// What the head should be.
        head: Word,
        /// How many there is room for, and messages.
        count: u64,
    },
    /// Look how far the consumer has come: after `head`, there seems to be no room.
    LoadTail {
        /// What the head was.
        head: Word,
    },
    /// Turn the head to the ring that the tail has announced, if it is still `head`.
    Turn {
        /// What the head should be.
        head: Word,
    },
    /// Look up the ring of the ticket.
    ReadDirectory(Ticket),
    /// Move a message into its slot.
    Write(Ticket),
    /// Publish the message.
    Publish(Ticket),
    /// Wake the consumer; this many messages are in the queue.
    Wake(u64),
    /// Count the refusal.
    CountDropped,
    /// Request the consumer to check for waiters.
    Ask,
    /// Set the waiter bit, if the tail is still `tail`.
    MarkTail {
        /// What the head was.
        head: Word,
        /// What the tail should be.
        tail: Word,
    },
}

/// A push under way.
///
/// Each call of [`Push::step`] makes one access. A push that is accepted makes three: reserve, write,
/// publish; one more when the slots that it knew to be free are used up (two, if the queue shrinks), and at most three
/// more for each change of the ring that it has not seen. Attempts to reserve that fail add to it, but each
/// of them means that the head has moved, or that something was noted in it (that a thread sleeps, or wants to be
/// notified, or that the queue is closed), which the same operation does once: pushes are lock-free. A processor may let
/// a compare-and-swap fail for no reason.
/// A push that is refused makes at least two.
///
/// A push that is not stepped to its end after it has reserved holds up the messages after it, as
/// the consumer takes messages in their order. It does not hold up other pushes, until the queue is
/// full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Push<C> {
    at: PushAt,
    on_full: OnFull,
    cargo: C,
}

impl<C> Push<C> {
    /// Begins a push, without an access.
    #[inline(always)]
    pub fn new<T, R: Copy>(producer: &ProducerState<R>, cargo: C, on_full: OnFull) -> Self
    where
        C: Cargo<T>,
    {
        let at = aim(producer, producer.head, cargo.count());
        Self { at, on_full, cargo }
    }

    /// The access that comes next.
    #[inline]
    pub fn at(&self) -> PushAt {
        self.at
    }

    /// The messages that are not in the queue.
    #[inline]
    pub fn into_cargo(self) -> C {
        self.cargo
    }

    /// Makes the next access.
    ///
    /// # Errors
    ///
    /// If the memory refuses the access.
    #[inline(always)]
    pub fn step<T, M: Memory<T>>(
        &mut self,
        producer: &mut ProducerState<M::Ring>,
        memory: &mut M,
    ) -> Result<Step<Pushed>, M::Error>
    where
        C: Cargo<T>,
    {
        match self.at {
            PushAt::Reserve { head, count } => self.reserve(producer, memory, head, count),
            PushAt::LoadTail { head } => self.load_tail(producer, memory, head),
            PushAt::Turn { head } => self.turn(producer, memory, head),
            PushAt::ReadDirectory(ticket) => self.read_directory(producer, memory, ticket),
            PushAt::Write(ticket) => self.write(producer, memory, ticket),
            PushAt::Publish(ticket) => self.publish(producer, memory, ticket),
            PushAt::Wake(count) => {
                memory.wake(Side::Consumer)?;
                Ok(Step::done(Pushed::Accepted(count)))
            }
            PushAt::CountDropped => {
                memory.fetch_add(Place::Dropped, 1, Access::CountDropped)?;
                Ok(Step::done(Pushed::Full))
            }
            PushAt::Ask => {
                memory.fetch_or(Place::Head, Word::NOTIFY, Access::Ask)?;
                Ok(Step::done(Pushed::Asked))
            }
            PushAt::MarkTail { head, tail } => self.mark_tail(memory, head, tail),
        }
    }

    #[inline(always)]
    fn reserve<T, M: Memory<T>>(
        &mut self,
        producer: &mut ProducerState<M::Ring>,
        memory: &mut M,
        head: Word,
        count: u64,
    ) -> Result<Step<Pushed>, M::Error>
    where
        C: Cargo<T>,
    {
        let new = head.advanced(count);
        let exchange = Exchange {
            current: head.bits(),
            new: new.bits(),
            success: Access::Reserve,
            failure: Access::ReserveFailed,
        };
        if let Err(found) = memory.compare_exchange(Place::Head, exchange)? {
            return Ok(self.meet(producer, Word::from_bits(found)));
        }
        producer.head = new;
        let ticket = Ticket { next: head, count, left: count, wake: head.is_waiting() };
        self.at = if head.generation() == producer.ring.generation {
            PushAt::Write(ticket)
        } else {
            PushAt::ReadDirectory(ticket)
        };
        Ok(Step::on().with(Linearised::Enqueue(count)))
    }

    #[inline]
    fn load_tail<T, M: Memory<T>>(
        &mut self,
        producer: &mut ProducerState<M::Ring>,
        memory: &mut M,
        head: Word,
    ) -> Result<Step<Pushed>, M::Error>
    where
        C: Cargo<T>,
    {
        let tail = Word::from_bits(memory.load(Place::Tail, Access::LoadTail)?);
        producer.tail = tail;
        producer.doubt_ring();
        if tail.is_closed() {
            return Ok(Step::done(Pushed::Closed));
        }
        let room = producer.room(head);
        if room != 0 {
            // There is room; or the head is an old one, if there is more than a ring has, or less than none, which is so if
            // positions have wrapped around since. To reserve with it fails, and tells what the head is now.
            let room = room.max(1).cast_unsigned();
            self.at = PushAt::Reserve { head, count: self.cargo.count().min(room) };
            return Ok(if head.is_closed() { Step::done(Pushed::Closed) } else { Step::on() });
        }
        if tail.generation().is_after(head.generation()) {
            self.at = PushAt::Turn { head };
            return Ok(Step::on());
        }
        producer.head = head;
        Ok(match self.on_full {
            OnFull::Drop => {
                self.at = PushAt::CountDropped;
                Step::on().with(Linearised::Drop)
            }
            OnFull::Report => Step::done(Pushed::Full),
            OnFull::Sleep => {
                self.at =
                    if tail.notifies() { PushAt::MarkTail { head, tail } } else { PushAt::Ask };
                Step::on()
            }
        })
    }

    #[inline]
    fn turn<T, M: Memory<T>>(
        &mut self,
        producer: &ProducerState<M::Ring>,
        memory: &mut M,
        head: Word,
    ) -> Result<Step<Pushed>, M::Error>
    where
        C: Cargo<T>,
    {
        let new = head.in_generation(producer.tail.generation());
        let exchange = Exchange {
            current: head.bits(),
            new: new.bits(),
            success: Access::Turn,
            failure: Access::TurnFailed,
        };
        Ok(match memory.compare_exchange(Place::Head, exchange)? {
            Ok(_) => self.meet(producer, new),
            Err(found) => self.meet(producer, Word::from_bits(found)),
        })
    }

    #[inline]
    fn read_directory<T, M: Memory<T>>(
        &mut self,
        producer: &mut ProducerState<M::Ring>,
        memory: &mut M,
        ticket: Ticket,
    ) -> Result<Step<Pushed>, M::Error> {
        // The ticket keeps the ring from being freed. Without one it could be gone by now.
        let generation = ticket.next.generation();
        let name = memory.read_directory(generation)?;
        let capacity = producer.config.capacity_of(generation.level());
        producer.ring = Ring { name, generation, capacity };
        self.at = PushAt::Write(ticket);
        Ok(Step::on())
    }

    #[inline(always)]
    fn write<T, M: Memory<T>>(
        &mut self,
        producer: &ProducerState<M::Ring>,
        memory: &mut M,
        ticket: Ticket,
    ) -> Result<Step<Pushed>, M::Error>
    where
        C: Cargo<T>,
    {
        if let Some(message) = self.cargo.take() {
            memory.write_value(producer.ring.slot(ticket.next), message)?;
        }
        self.at = PushAt::Publish(ticket);
        Ok(Step::on())
    }

    #[inline(always)]
    fn publish<T, M: Memory<T>>(
        &mut self,
        producer: &ProducerState<M::Ring>,
        memory: &mut M,
        ticket: Ticket,
    ) -> Result<Step<Pushed>, M::Error> {
        let place = Place::Sequence(producer.ring.slot(ticket.next));
        let sequence = ticket.next.published_in(ticket.next.generation());
        memory.store(place, sequence, Access::Publish)?;
        Ok(self.next_message(ticket))
    }

    #[inline]
    fn mark_tail<T, M: Memory<T>>(
        &mut self,
        memory: &mut M,
        head: Word,
        tail: Word,
    ) -> Result<Step<Pushed>, M::Error> {
        let exchange = Exchange {
            current: tail.bits(),
            new: tail.waiting().bits(),
            success: Access::MarkTail,
            failure: Access::MarkTailFailed,
        };
        if memory.compare_exchange(Place::Tail, exchange)?.is_ok() {
            return Ok(Step::done(Pushed::Asleep));
        }
        self.at = PushAt::LoadTail { head };
        Ok(Step::on())
    }

    /// Goes on with what the head is now.
    #[inline]
    fn meet<T, R: Copy>(&mut self, producer: &ProducerState<R>, head: Word) -> Step<Pushed>
    where
        C: Cargo<T>,
    {
        if head.is_closed() {
            return Step::done(Pushed::Closed);
        }
        self.at = if producer.is_outdated(head) {
            PushAt::LoadTail { head }
        } else {
            aim(producer, head, self.cargo.count())
        };
        Step::on()
    }

    /// Goes on with the next message, or ends.
    #[inline(always)]
    fn next_message(&mut self, ticket: Ticket) -> Step<Pushed> {
        let Ticket { next, count, left, wake } = ticket;
        if left > 1 {
            self.at = PushAt::Write(Ticket { next: next.advanced(1), left: left - 1, ..ticket });
            Step::on()
        } else if wake {
            self.at = PushAt::Wake(count);
            Step::on()
        } else {
            Step::done(Pushed::Accepted(count))
        }
    }
}

/// Reserve if there is room, as far as is known; else find out.
#[inline(always)]
fn aim<R: Copy>(producer: &ProducerState<R>, head: Word, wanted: u64) -> PushAt {
    let room = producer.room(head);
    if room > 0 {
        PushAt::Reserve { head, count: wanted.min(room.cast_unsigned()) }
    } else {
        PushAt::LoadTail { head }
    }
}
