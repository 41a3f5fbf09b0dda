//! Fault injection: the queue's memory under loom, which tampers with accesses.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::atomic::Ordering;

use super::platform::Loom;
use crate::algorithm::{Access, Exchange, Generation, Memory, Place, Side, Slot, Word};
use crate::atomic::{RawRing, SharedMemory};

/// A fault that is injected into every queue of a model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// An access has a weaker ordering.
    Weakened(Access, Ordering),
    /// A producer publishes its message before it has written it.
    PublishBeforeWrite,
    /// The consumer takes what is reserved, without looking whether it is published.
    TrustHead,
    /// The consumer frees a slot before it has read it.
    TailBeforeRead,
    /// A producer writes into the ring that it knew, as if the compare-and-swap did not cover the
    /// generation.
    IgnoreGeneration,
    /// A producer takes a ticket without comparing.
    BlindReserve,
    /// The test for a full ring lets one message too many in.
    FullOffByOne,
    /// A producer refuses by the capacity of the old ring when a larger one is announced.
    StaleFull,
    /// The consumer announces a ring before it is in the directory.
    AnnounceBeforeDirectory,
    /// A thread does not check that the word is unchanged before it sleeps.
    SleepBlindly,
    /// A thread that clears a waiter bit does not wake the waiter.
    ForgetWake,
    /// A consumer that goes does not wait for messages that are being written.
    GoEarly,
    /// The consumer turns the head to a smaller ring without comparing.
    TurnBlindly,
}

thread_local! {
    // Loom runs all threads of a model on the thread that explores it, so they share this.
    static FAULT: Cell<Option<Fault>> = const { Cell::new(None) };
}

/// Injects a fault, or none, into the models that this thread explores from now on.
pub(super) fn inject(fault: Option<Fault>) {
    FAULT.set(fault);
}

type Ring<T> = RawRing<T, Loom>;

/// The memory of one operation.
pub(super) struct FaultyMemory<'a, T> {
    shared: &'a SharedMemory<T, Loom>,
    fault: Option<Fault>,
    /// The next position to publish, if this is a push with a ticket.
    ticket: Word,
    /// The sequence number that a pop has seen last. It is the tail after this message, if the queue
    /// does not grow.
    looked: u64,
    /// A directory entry that has yet to be made.
    entry: Option<(Generation, Ring<T>)>,
}

impl<'a, T> FaultyMemory<'a, T> {
    pub(super) fn new(shared: &'a SharedMemory<T, Loom>) -> Self {
        Self {
            shared,
            fault: FAULT.get(),
            ticket: Word::new(0, Generation::FIRST),
            looked: 0,
            entry: None,
        }
    }

    /// The access, or one with the weaker ordering in its place.
    fn access(&self, access: Access) -> Access {
        match self.fault {
            Some(Fault::Weakened(weakened, ordering)) if weakened == access => {
                let mut all = Access::ALL.into_iter();
                all.find(|it| it.ordering() == ordering).expect("there is one for each ordering")
            }
            _ => access,
        }
    }

    fn capacity(&self, ring: Ring<T>) -> u64 {
        self.shared.config().capacity_of(ring.generation.level())
    }

    /// The slot that a producer writes: of a ring that it believes to be another, one that there is.
    fn written(&self, slot: Slot<Ring<T>>) -> Slot<Ring<T>> {
        match self.fault {
            Some(Fault::IgnoreGeneration) => {
                Slot { index: slot.index % self.capacity(slot.ring), ..slot }
            }
            _ => slot,
        }
    }
}

impl<T> Memory<T> for FaultyMemory<'_, T> {
    type Ring = Ring<T>;
    type Error = Infallible;

    fn load(&mut self, place: Place<Ring<T>>, access: Access) -> Result<u64, Infallible> {
        if let (Some(Fault::TrustHead), Place::Sequence(slot)) = (self.fault, place) {
            let (head, tail) = (self.shared.head(), self.shared.tail());
            let capacity = self.capacity(slot.ring);
            let mut reserved = (0..).map(|count| tail.advanced(count));
            let at = reserved.find(|at| at.index(capacity) == slot.index || head.since(*at) <= 0);
            if let Some(at) = at.filter(|at| head.since(*at) > 0) {
                return Ok(at.published_in(slot.ring.generation));
            }
        }
        let found = self.shared.load(place, self.access(access))?;
        if access == Access::Look {
            self.looked = found;
        }
        let tail = Word::from_bits(found);
        Ok(match (self.fault, access) {
            (Some(Fault::FullOffByOne), Access::LoadTail) => tail.advanced(1).bits(),
            (Some(Fault::GoEarly), Access::LoadHead) if tail.is_closed() => {
                self.shared.tail().closed().bits()
            }
            (Some(Fault::StaleFull), Access::LoadTail) => {
                tail.in_generation(Generation::FIRST).bits()
            }
            _ => found,
        })
    }

    fn store(
        &mut self,
        place: Place<Ring<T>>,
        value: u64,
        access: Access,
    ) -> Result<(), Infallible> {
        let Place::Sequence(slot) = place else {
            return self.shared.store(place, value, self.access(access));
        };
        self.ticket = self.ticket.advanced(1);
        if self.fault == Some(Fault::PublishBeforeWrite) {
            return Ok(());
        }
        self.shared.store(Place::Sequence(self.written(slot)), value, self.access(access))
    }

    fn swap(
        &mut self,
        place: Place<Ring<T>>,
        value: u64,
        access: Access,
    ) -> Result<u64, Infallible> {
        let old = self.shared.swap(place, value, self.access(access))?;
        if let Some((generation, ring)) = self.entry.take() {
            self.shared.write_directory(generation, ring)?;
        }
        Ok(old)
    }

    fn compare_exchange(
        &mut self,
        place: Place<Ring<T>>,
        exchange: Exchange,
    ) -> Result<Result<u64, u64>, Infallible> {
        let Exchange { current, new, success, failure } = exchange;
        if success == Access::Reserve {
            self.ticket = Word::from_bits(current);
        }
        let (weak, weak_failure) = (self.access(success), self.access(failure));
        let exchange = Exchange { current, new, success: weak, failure: weak_failure };
        match (self.fault, success) {
            (Some(Fault::BlindReserve), Access::Reserve) => {
                self.shared.store(place, new, success)?;
                Ok(Ok(current))
            }
            (Some(Fault::TurnBlindly), Access::TurnHead) => {
                // Another thread may push between its look at the head and this.
                self.shared.load(place, Access::Measure)?;
                self.shared.store(place, new, success)?;
                Ok(Ok(current))
            }
            (Some(Fault::SleepBlindly), Access::MarkTail | Access::MarkHead) => {
                self.shared.compare_exchange(place, exchange)?.or(Ok(current)).map(Ok)
            }
            _ => self.shared.compare_exchange(place, exchange),
        }
    }

    fn fetch_add(
        &mut self,
        place: Place<Ring<T>>,
        value: u64,
        access: Access,
    ) -> Result<u64, Infallible> {
        self.shared.fetch_add(place, value, self.access(access))
    }

    fn fetch_or(
        &mut self,
        place: Place<Ring<T>>,
        bits: u64,
        access: Access,
    ) -> Result<u64, Infallible> {
        self.shared.fetch_or(place, bits, self.access(access))
    }

    fn write_value(&mut self, slot: Slot<Ring<T>>, value: T) -> Result<(), Infallible> {
        if self.fault == Some(Fault::PublishBeforeWrite) {
            let sequence = self.ticket.published_in(self.ticket.generation());
            self.shared.store(Place::Sequence(slot), sequence, Access::Publish)?;
        }
        self.shared.write_value(self.written(slot), value)
    }

    fn read_value(&mut self, slot: Slot<Ring<T>>) -> Result<T, Infallible> {
        if self.fault == Some(Fault::TailBeforeRead) {
            // A load of the tail here would keep loom from running a producer just before this store.
            self.shared.store(Place::Tail, self.looked, Access::StoreTail)?;
            // Loom switches threads at atomics only. At this one a producer can write into the slot.
            self.shared.load(Place::Sequence(slot), Access::Measure)?;
        }
        self.shared.read_value(slot)
    }

    fn allocate(&mut self, generation: Generation) -> Result<Option<Ring<T>>, Infallible> {
        Memory::allocate(&mut self.shared, generation)
    }

    fn free(&mut self, ring: Ring<T>) -> Result<(), Infallible> {
        self.shared.free(ring)
    }

    fn write_directory(&mut self, generation: Generation, ring: Ring<T>) -> Result<(), Infallible> {
        if self.fault == Some(Fault::AnnounceBeforeDirectory) {
            self.entry = Some((generation, ring));
            return Ok(());
        }
        self.shared.write_directory(generation, ring)
    }

    fn read_directory(&mut self, generation: Generation) -> Result<Ring<T>, Infallible> {
        let is_ignored = self.fault == Some(Fault::IgnoreGeneration);
        // The models with this fault grow once.
        self.shared.read_directory(if is_ignored { Generation::FIRST } else { generation })
    }

    fn wake(&mut self, side: Side) -> Result<(), Infallible> {
        match self.fault {
            Some(Fault::ForgetWake) => Ok(()),
            _ => self.shared.wake(side),
        }
    }
}
