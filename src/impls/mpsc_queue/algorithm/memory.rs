//! What the algorithm needs of memory, so that one source runs over several memories.

use core::ops::ControlFlow;
use core::sync::atomic::Ordering;

use super::Generation;

/// Memory that producers and consumer share.
///
/// Every method is one access. The queue that ships runs over atomics; tests run it over those of
/// loom; and a model checker can run it over plain values, because memory is passed mutably and may
/// refuse an access with an error.
///
/// The algorithm promises its memory that
///
/// - a value is read only after it was written, once, and not overwritten before;
/// - a ring is not touched after it was freed;
/// - a directory entry is read only after it was written.
///
/// Plain memory can check this; memory over atomics relies on it.
///
/// # Errors
///
/// Every method fails if the memory refuses the access, and then has done nothing.
#[allow(clippy::missing_errors_doc)] // Said once, above.
pub trait Memory<T> {
    /// The name of a ring: a pointer, or a number.
    type Ring: Copy;
    /// Why an access is refused. [`std::convert::Infallible`] if none ever is.
    type Error;

    /// Reads a word.
    fn load(&mut self, place: Place<Self::Ring>, access: Access) -> Result<u64, Self::Error>;

    /// Writes a word.
    fn store(
        &mut self,
        place: Place<Self::Ring>,
        value: u64,
        access: Access,
    ) -> Result<(), Self::Error>;

    /// Writes a word and tells what was there.
    fn swap(
        &mut self,
        place: Place<Self::Ring>,
        value: u64,
        access: Access,
    ) -> Result<u64, Self::Error>;

    /// Writes `exchange.new` if the word is `exchange.current`, and tells what was there as `Ok`.
    /// `Err` has what was there instead. It may fail for no reason.
    fn compare_exchange(
        &mut self,
        place: Place<Self::Ring>,
        exchange: Exchange,
    ) -> Result<Result<u64, u64>, Self::Error>;

    /// Adds to a word, wrapping, and tells what was there.
    fn fetch_add(
        &mut self,
        place: Place<Self::Ring>,
        value: u64,
        access: Access,
    ) -> Result<u64, Self::Error>;

    /// Sets bits of a word and tells what was there.
    fn fetch_or(
        &mut self,
        place: Place<Self::Ring>,
        bits: u64,
        access: Access,
    ) -> Result<u64, Self::Error>;

    /// Moves a message into a slot that holds none.
    fn write_value(&mut self, slot: Slot<Self::Ring>, value: T) -> Result<(), Self::Error>;

    /// Moves the message out of a slot.
    fn read_value(&mut self, slot: Slot<Self::Ring>) -> Result<T, Self::Error>;

    /// Makes a ring for this generation, or says that there is no memory for it.
    fn allocate(&mut self, generation: Generation) -> Result<Option<Self::Ring>, Self::Error>;

    /// Frees a ring that holds no message and is not accessed again.
    fn free(&mut self, ring: Self::Ring) -> Result<(), Self::Error>;

    /// Enters the ring of this generation into the directory.
    fn write_directory(
        &mut self,
        generation: Generation,
        ring: Self::Ring,
    ) -> Result<(), Self::Error>;

    /// Looks up the ring of this generation.
    fn read_directory(&mut self, generation: Generation) -> Result<Self::Ring, Self::Error>;

    /// Wakes all that sleep on this side.
    fn wake(&mut self, side: Side) -> Result<(), Self::Error>;
}

/// A mutable reference to memory is memory.
impl<T, M: Memory<T>> Memory<T> for &mut M {
    type Ring = M::Ring;
    type Error = M::Error;

    fn load(&mut self, place: Place<M::Ring>, access: Access) -> Result<u64, M::Error> {
        (**self).load(place, access)
    }

    fn store(&mut self, place: Place<M::Ring>, value: u64, access: Access) -> Result<(), M::Error> {
        (**self).store(place, value, access)
    }

    fn swap(&mut self, place: Place<M::Ring>, value: u64, access: Access) -> Result<u64, M::Error> {
        (**self).swap(place, value, access)
    }

    fn compare_exchange(
        &mut self,
        place: Place<M::Ring>,
        exchange: Exchange,
    ) -> Result<Result<u64, u64>, M::Error> {
        (**self).compare_exchange(place, exchange)
    }

    fn fetch_add(
        &mut self,
        place: Place<M::Ring>,
        value: u64,
        access: Access,
    ) -> Result<u64, M::Error> {
        (**self).fetch_add(place, value, access)
    }

    fn fetch_or(
        &mut self,
        place: Place<M::Ring>,
        bits: u64,
        access: Access,
    ) -> Result<u64, M::Error> {
        (**self).fetch_or(place, bits, access)
    }

    fn write_value(&mut self, slot: Slot<M::Ring>, value: T) -> Result<(), M::Error> {
        (**self).write_value(slot, value)
    }

    fn read_value(&mut self, slot: Slot<M::Ring>) -> Result<T, M::Error> {
        (**self).read_value(slot)
    }

    fn allocate(&mut self, generation: Generation) -> Result<Option<M::Ring>, M::Error> {
        (**self).allocate(generation)
    }

    fn free(&mut self, ring: M::Ring) -> Result<(), M::Error> {
        (**self).free(ring)
    }

    fn write_directory(&mut self, generation: Generation, ring: M::Ring) -> Result<(), M::Error> {
        (**self).write_directory(generation, ring)
    }

    fn read_directory(&mut self, generation: Generation) -> Result<M::Ring, M::Error> {
        (**self).read_directory(generation)
    }

    fn wake(&mut self, side: Side) -> Result<(), M::Error> {
        (**self).wake(side)
    }
}

/// A word in shared memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Place<R> {
    /// The next position to reserve. Producers move it.
    Head,
    /// The next position to take. The consumer moves it.
    Tail,
    /// How many pushes have been refused for want of room, and given up.
    Dropped,
    /// How many producers there are.
    Producers,
    /// Which message a slot holds.
    Sequence(Slot<R>),
}

/// A slot of a ring.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Slot<R> {
    /// The ring.
    pub ring: R,
    /// Which slot of it, from 0.
    pub index: u64,
}

/// The arguments of a compare-and-swap.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Exchange {
    /// What the word has to be.
    pub current: u64,
    /// What it is to become.
    pub new: u64,
    /// Which access it is when it succeeds.
    pub success: Access,
    /// Which access it is when it fails.
    pub failure: Access,
}

/// One of the two sides of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Side {
    /// The threads that push.
    Producers,
    /// The thread that pops.
    Consumer,
}

/// What an operation does to the abstract queue at the one step where it takes effect.
///
/// Before and after that step, an operation changes nothing that the abstract queue shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Linearised {
    /// This many messages join at the end.
    Enqueue(u64),
    /// A message is refused, because the queue is full.
    Drop,
    /// This many messages leave at the front.
    Dequeue(u64),
    /// The capacity grows: the resize begins and is complete.
    Resize,
    /// The capacity falls: the resize begins and is complete.
    Shrink,
}

/// What came of one step of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[must_use]
pub struct Step<O> {
    /// What the step did to the abstract queue.
    pub linearised: Option<Linearised>,
    /// Whether the operation goes on, or how it ended.
    pub flow: ControlFlow<O>,
}

impl<O> Step<O> {
    #[inline]
    pub(super) fn on() -> Self {
        Self { linearised: None, flow: ControlFlow::Continue(()) }
    }

    #[inline]
    pub(super) fn done(outcome: O) -> Self {
        Self { linearised: None, flow: ControlFlow::Break(outcome) }
    }

    #[inline]
    pub(super) fn with(self, linearised: Linearised) -> Self {
        Self { linearised: Some(linearised), ..self }
    }
}

/// The accesses to shared words, by name.
///
/// [`Access::ordering`] says what each has to guarantee. What is written in cells (messages and the
/// directory) is guarded by these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Access {
    /// A producer takes a ticket.
    Reserve,
    /// A producer does not get the ticket, because the head has moved.
    ReserveFailed,
    /// A producer turns the head to the next ring.
    Turn,
    /// A producer cannot turn the head, because it has moved.
    TurnFailed,
    /// A producer looks how far the consumer has come.
    LoadTail,
    /// A producer publishes its message.
    Publish,
    /// A producer counts a refused push.
    CountDropped,
    /// A producer requests the consumer to check for waiters.
    Ask,
    /// A producer sets the waiter bit of the tail.
    MarkTail,
    /// A producer cannot set the waiter bit, because the tail has moved.
    MarkTailFailed,
    /// The consumer looks whether a message is there.
    Look,
    /// The consumer looks how full the ring is.
    Measure,
    /// The consumer looks whether the queue is empty.
    LoadHead,
    /// The consumer frees slots.
    StoreTail,
    /// The consumer frees slots, and checks for the waiter bit.
    SwapTail,
    /// The consumer announces another ring.
    Announce,
    /// The consumer turns the head to the next ring.
    TurnHead,
    /// The consumer cannot turn the head, because it has moved.
    TurnHeadFailed,
    /// The consumer sets the waiter bit of the head.
    MarkHead,
    /// The consumer cannot set the waiter bit, because the head has moved.
    MarkHeadFailed,
    /// A producer joins.
    Join,
    /// A weak producer looks whether there is a producer.
    CountProducers,
    /// A weak producer becomes a producer.
    Upgrade,
    /// A weak producer does not, because another has joined or left.
    UpgradeFailed,
    /// A producer leaves.
    Leave,
    /// The last producer, or the consumer, closes the queue.
    CloseHead,
    /// The consumer closes the tail, for producers that find no room.
    CloseTail,
}

impl Access {
    /// Every access.
    pub const ALL: [Self; 27] = [
        Self::Reserve,
        Self::ReserveFailed,
        Self::Turn,
        Self::TurnFailed,
        Self::LoadTail,
        Self::Publish,
        Self::CountDropped,
        Self::Ask,
        Self::MarkTail,
        Self::MarkTailFailed,
        Self::Look,
        Self::Measure,
        Self::LoadHead,
        Self::StoreTail,
        Self::SwapTail,
        Self::Announce,
        Self::TurnHead,
        Self::TurnHeadFailed,
        Self::MarkHead,
        Self::MarkHeadFailed,
        Self::Join,
        Self::CountProducers,
        Self::Upgrade,
        Self::UpgradeFailed,
        Self::Leave,
        Self::CloseHead,
        Self::CloseTail,
    ];

    /// What the access has to guarantee, and why.
    #[inline]
    #[allow(clippy::match_same_arms)] // Equal for different reasons.
    pub const fn ordering(self) -> Ordering {
        match self {
            // Who sees a ticket taken also sees the tail by which its taker knew of room. Otherwise
            // it could answer "full" for a queue that never was. The same goes for the ring.
            Self::Reserve | Self::Turn => Ordering::Release,
            // The entry of the ring, for those who find the head in it.
            Self::TurnHead => Ordering::Release,
            // A ticket is only ever taken after its word was seen by a failed attempt, so this is
            // where the ring's entry in the directory and the tail come along.
            Self::ReserveFailed | Self::TurnFailed => Ordering::Acquire,
            // What the consumer has read may be overwritten, and what it has entered may be read.
            Self::LoadTail => Ordering::Acquire,
            // The message itself.
            Self::Publish => Ordering::Release,
            Self::Look => Ordering::Acquire,
            // The other half of `LoadTail`.
            Self::StoreTail => Ordering::Release,
            // And the consumer sees who sleeps when it sees the mark.
            Self::SwapTail | Self::Announce => Ordering::AcqRel,
            // Numbers that nothing else hangs on.
            Self::CountDropped | Self::Ask | Self::Measure | Self::Join => Ordering::Relaxed,
            Self::CountProducers | Self::Upgrade | Self::UpgradeFailed => Ordering::Relaxed,
            // The sleeper is on the list before its mark is seen.
            Self::MarkTail | Self::MarkHead => Ordering::Release,
            // The operation looks again from the beginning.
            Self::MarkTailFailed | Self::MarkHeadFailed => Ordering::Relaxed,
            // As `Measure`.
            Self::TurnHeadFailed => Ordering::Relaxed,
            // All that producers did is seen by whoever sees that none is left.
            Self::Leave | Self::CloseHead | Self::CloseTail => Ordering::AcqRel,
            Self::LoadHead => Ordering::Acquire,
        }
    }
}
