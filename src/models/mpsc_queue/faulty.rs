//! Fault injection: plain memory that tampers with accesses, so that the sound algorithm behaves like a
//! broken one.
//!
//! The code that ships has no switch for faults. [`FaultyMemory`] sees the kind, the place and the [`Access`]
//! name of each access, and knows head, tail and rings. So it can return a wrong value, leave a write out, or
//! carry an access out later. Without a fault it passes every access on. Four faults need more than memory:
//! `Fault::after_push` keeps a push where it is, `Fault::waits` keeps the consumer where it is, `Fault::begins_again` restarts a
//! pop, and `Fault::given` takes away what a pop gives out.

use std::ops::Deref;

use super::buffer::Message;
use super::memory::{PlainMemory, RingName, Violation, Woken};
use mitregate_mpsc_queue::Config;
use mitregate_mpsc_queue::algorithm::{
    Access, Exchange, Generation, Memory, NEVER_PUBLISHED, Place, Side, Slot, Word,
};

mod fault;

pub use fault::Fault;

/// An access that a fault carries out later than the algorithm makes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Delayed {
    /// A message is written.
    Write { ring: RingName, index: u64, message: Message },
    /// The message of a position is read.
    Read { ring: RingName, index: u64, position: u64 },
    /// A directory entry is made.
    Entry { ring: RingName },
}

/// Plain memory with a fault injected, or without one.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct FaultyMemory {
    plain: PlainMemory<Message>,
    fault: Option<Fault>,
    // Sorted, so that states do not differ in the order.
    delayed: Vec<Delayed>,
}

impl Deref for FaultyMemory {
    type Target = PlainMemory<Message>;

    fn deref(&self) -> &PlainMemory<Message> {
        &self.plain
    }
}

impl FaultyMemory {
    /// As [`PlainMemory::new`], with this fault.
    pub fn new(config: Config, start: Word, fault: Option<Fault>) -> FaultyMemory {
        FaultyMemory { plain: PlainMemory::new(config, start), fault, delayed: Vec::new() }
    }

    /// The sides that have been woken since the last call.
    pub fn take_woken(&mut self) -> Woken {
        self.plain.take_woken()
    }

    /// Whether the consumer does not see this ring any more, though it still has its name.
    pub fn is_left(&self, ring: RingName) -> bool {
        self.fault == Some(Fault::CopyOnGrow)
            && self.ring_of(self.tail().generation()).is_some_and(|newest| ring < newest)
    }

    /// Whether a message is reserved and not published.
    fn is_being_written(&self) -> bool {
        self.messages().any(|message| message.is_none())
    }

    /// Carries out the consumer's delayed accesses that are due: reads of slots that the tail has passed,
    /// and entries of rings that are announced.
    ///
    /// # Errors
    ///
    /// If plain memory refuses one of them.
    pub fn complete(&mut self) -> Result<(), Violation> {
        if self.delayed.is_empty() {
            return Ok(());
        }
        let tail = self.tail();
        for delayed in std::mem::take(&mut self.delayed) {
            match delayed {
                Delayed::Read { ring, index, position }
                    if tail.since(Word::from_bits(position)) > 0 =>
                {
                    self.plain.read_value(Slot { ring, index })?;
                }
                Delayed::Entry { ring } if self.ring_of(tail.generation()) == Some(ring) => {
                    self.plain.write_directory(tail.generation(), ring)?;
                }
                other => self.delayed.push(other),
            }
        }
        Ok(())
    }

    fn delay(&mut self, access: Delayed) {
        self.delayed.push(access);
        self.delayed.sort_unstable();
    }

    /// The first position that is reserved and not taken and has this slot of the ring. Of two rings, the
    /// old one has the earlier positions, so it is the right one for either.
    fn reserved(&self, slot: Slot<RingName>) -> Option<Word> {
        let capacity = self.capacity_of(self.generation_of(slot.ring)?);
        let tail = self.tail();
        let mut reserved = (0..self.len()).map(|count| tail.advanced(count));
        reserved.find(|at| at.index(capacity) == slot.index)
    }

    fn slot_of(&self, at: Word, ring: RingName) -> Slot<RingName> {
        Slot { ring, index: at.index(self.slots(ring).len().max(1) as u64) }
    }

    /// What the consumer's look at a slot is answered, other than the sequence number that is there.
    fn look(&self, slot: Slot<RingName>) -> Option<u64> {
        let fault = self.fault?;
        let generation = self.generation_of(slot.ring)?;
        let newest = self.ring_of(self.tail().generation())?;
        match fault {
            Fault::TrustHead => self.reserved(slot).map(|at| at.published_in(generation)),
            Fault::SkipUnpublished => {
                let at = self.reserved(slot)?;
                let is_skipped = !self.live_rings().any(|it| self.is_published(at, it));
                is_skipped.then(|| at.published_in(generation))
            }
            Fault::RelayEarly if slot.ring == newest && self.live_rings().count() > 1 => {
                let relays = self.is_published(self.tail().advanced(1), newest);
                relays.then(|| self.tail().published_in(generation))
            }
            Fault::LeaveNextRing
                if slot.ring == newest
                    && self.live_rings().count() > 1
                    && self.head().is_closed() =>
            {
                Some(NEVER_PUBLISHED)
            }
            Fault::CopyOnGrow if self.is_left(slot.ring) => {
                let at = self.reserved(slot).filter(|at| self.is_published(*at, newest));
                Some(at.map_or(NEVER_PUBLISHED, |at| at.published_in(generation)))
            }
            _ => None,
        }
    }

    /// Copies what is published in the ring before the newest into the newest.
    fn copy_to_newest(&mut self) -> Result<(), Violation> {
        let generation = self.tail().generation();
        let Some(newest) = self.ring_of(generation) else { return Ok(()) };
        let Some(old) = self.live_rings().find(|ring| *ring != newest) else { return Ok(()) };
        for count in 0..self.len() {
            let at = self.tail().advanced(count);
            if !self.is_published(at, old) {
                continue;
            }
            let (from, to) = (self.slot_of(at, old), self.slot_of(at, newest));
            let message = self.plain.read_value(from)?;
            self.plain.write_value(to, message)?;
            let sequence = at.published_in(generation);
            self.plain.store(Place::Sequence(to), sequence, Access::Publish)?;
        }
        Ok(())
    }

    /// Whether a position is published in the newer of two rings.
    fn is_in_next_ring(&self, at: Word) -> bool {
        let newest = self.ring_of(self.tail().generation());
        self.live_rings().count() > 1 && newest.is_some_and(|newest| self.is_published(at, newest))
    }

    /// A word without the number of its ring.
    fn unnumbered(word: Word) -> Word {
        let level = word.generation().level();
        let plain = (0..level).fold(Generation::FIRST, |generation, _| generation.grown());
        word.in_generation(plain)
    }

    /// What a producer takes a word for.
    fn taken_for(&self, bits: u64) -> u64 {
        match self.fault {
            Some(Fault::SizeForRing) => Self::unnumbered(Word::from_bits(bits)).bits(),
            _ => bits,
        }
    }

    /// The slot that a producer writes: of a ring that it believes to be another, one that there is.
    fn written(&self, slot: Slot<RingName>) -> Slot<RingName> {
        match self.fault {
            Some(Fault::IgnoreGeneration) => {
                Slot { index: slot.index % self.slots(slot.ring).len().max(1) as u64, ..slot }
            }
            _ => slot,
        }
    }
}

impl Memory<Message> for FaultyMemory {
    type Ring = RingName;
    type Error = Violation;

    fn load(&mut self, place: Place<RingName>, access: Access) -> Result<u64, Violation> {
        if access == Access::Look {
            self.complete()?;
        }
        let found = self.plain.load(place, access)?;
        let Some(fault) = self.fault else { return Ok(found) };
        let (head, tail) = (self.head(), self.tail());
        Ok(match (fault, access, place) {
            (_, Access::Look, Place::Sequence(slot)) => self.look(slot).unwrap_or(found),
            (Fault::FullOffByOne, Access::LoadTail, _)
                if self.len() == self.capacity_of(head.generation()) =>
            {
                tail.advanced(1).bits()
            }
            (Fault::StaleFull, Access::LoadTail, _)
                if tail.generation().is_after(head.generation()) =>
            {
                tail.in_generation(head.generation()).bits()
            }
            (Fault::UpgradeFromNothing, Access::CountProducers, _) => found.max(1),
            (Fault::SizeForRing, Access::LoadTail, _) => self.taken_for(found),
            (Fault::ShrinkCrowded, Access::Measure, _) => {
                tail.in_generation(head.generation()).bits()
            }
            (Fault::GoEarly, Access::LoadHead, _) if head.is_closed() => tail.closed().bits(),
            (Fault::LeaveNextRing, Access::LoadHead, _)
                if head.is_closed() && self.is_in_next_ring(tail) =>
            {
                tail.closed().bits()
            }
            (Fault::GrowAtHalf, Access::Measure | Access::LoadHead, _)
                if 2 * self.len() == self.capacity() =>
            {
                head.advanced(1).bits()
            }
            _ => found,
        })
    }

    fn store(
        &mut self,
        place: Place<RingName>,
        value: u64,
        access: Access,
    ) -> Result<(), Violation> {
        let Place::Sequence(slot) = place else { return self.plain.store(place, value, access) };
        let late = self.delayed.iter().position(|delayed| {
            matches!(*delayed, Delayed::Write { ring, index, .. } if Slot { ring, index } == slot)
        });
        if let Some(place) = late
            && let Delayed::Write { message, .. } = self.delayed.remove(place)
        {
            return self.plain.write_value(slot, message);
        }
        let value = match (self.fault, self.generation_of(slot.ring)) {
            (Some(Fault::SizeForRing), Some(ring)) => {
                Word::from_bits(value).in_generation(ring).bits()
            }
            _ => value,
        };
        self.plain.store(Place::Sequence(self.written(slot)), value, access)
    }

    fn swap(
        &mut self,
        place: Place<RingName>,
        value: u64,
        access: Access,
    ) -> Result<u64, Violation> {
        let old = self.plain.swap(place, value, access)?;
        if self.fault == Some(Fault::CopyOnGrow) && access == Access::Announce {
            self.copy_to_newest()?;
        }
        Ok(old)
    }

    fn compare_exchange(
        &mut self,
        place: Place<RingName>,
        mut exchange: Exchange,
    ) -> Result<Result<u64, u64>, Violation> {
        let (head, capacity) = (self.head(), self.capacity());
        let index = |bits| Word::from_bits(bits).index(capacity);
        match self.fault {
            Some(Fault::BlindReserve) if exchange.success == Access::Reserve => {
                exchange.current = head.bits();
            }
            Some(Fault::CompareIndex)
                if place == Place::Head && index(head.bits()) == index(exchange.current) =>
            {
                exchange.current = head.bits();
            }
            Some(Fault::UpgradeFromNothing) if exchange.success == Access::Upgrade => {
                exchange.current = self.producers();
                exchange.new = exchange.current + 1;
            }
            Some(Fault::ShrinkByTail) if exchange.success == Access::TurnHead => {
                return Ok(Ok(exchange.current));
            }
            Some(Fault::TurnBlindly) if exchange.success == Access::TurnHead => {
                exchange.current = head.bits();
            }
            Some(Fault::ShrinkCrowded) if exchange.success == Access::TurnHead => {
                exchange.current = head.bits();
                let ring = Word::from_bits(exchange.new).generation();
                exchange.new = head.in_generation(ring).bits();
            }
            Some(Fault::SizeForRing)
                if exchange.success == Access::Reserve
                    && Self::unnumbered(head).bits() == exchange.current =>
            {
                exchange.current = head.bits();
                exchange.new =
                    Word::from_bits(exchange.new).in_generation(head.generation()).bits();
            }
            Some(Fault::SizeForRing)
                if exchange.success == Access::Turn
                    && Self::unnumbered(head).bits() == exchange.current =>
            {
                exchange.current = head.bits();
                exchange.new = head.in_generation(self.tail().generation()).bits();
            }
            _ => {}
        }
        let exchanged = self.plain.compare_exchange(place, exchange)?;
        if matches!(exchange.success, Access::Reserve | Access::Turn) {
            return Ok(exchanged.map_err(|found| self.taken_for(found)));
        }
        let sleeps = matches!(exchange.success, Access::MarkTail | Access::MarkHead);
        if sleeps && self.fault == Some(Fault::SleepBlindly) {
            return Ok(Ok(exchange.current));
        }
        Ok(exchanged)
    }

    fn fetch_add(
        &mut self,
        place: Place<RingName>,
        value: u64,
        access: Access,
    ) -> Result<u64, Violation> {
        if self.fault == Some(Fault::UncountedClone) && access == Access::Join {
            return self.plain.load(place, access);
        }
        self.plain.fetch_add(place, value, access)
    }

    fn fetch_or(
        &mut self,
        place: Place<RingName>,
        bits: u64,
        access: Access,
    ) -> Result<u64, Violation> {
        self.plain.fetch_or(place, bits, access)
    }

    fn write_value(&mut self, slot: Slot<RingName>, value: Message) -> Result<(), Violation> {
        if self.fault == Some(Fault::PublishBeforeWrite)
            && let Some(at) = self.reserved(slot)
        {
            let Slot { ring, index } = slot;
            self.delay(Delayed::Write { ring, index, message: value });
            let generation = self.generation_of(ring).ok_or(Violation::Freed { ring })?;
            let sequence = at.published_in(generation);
            return self.plain.store(Place::Sequence(slot), sequence, Access::Publish);
        }
        self.plain.write_value(self.written(slot), value)
    }

    fn read_value(&mut self, slot: Slot<RingName>) -> Result<Message, Violation> {
        self.complete()?;
        let at = self.reserved(slot);
        match (self.fault, at) {
            (Some(Fault::SkipUnpublished), Some(at)) if !self.is_published(at, slot.ring) => {
                Ok(Message::NONE)
            }
            (Some(Fault::TailBeforeRead), Some(at)) => {
                let message = self.plain.clone().read_value(slot)?;
                let Slot { ring, index } = slot;
                self.delay(Delayed::Read { ring, index, position: at.bits() });
                Ok(message)
            }
            (Some(Fault::CopyOnGrow), Some(at)) if self.is_left(slot.ring) => {
                let newest = self.ring_of(self.tail().generation()).unwrap_or(slot.ring);
                self.plain.read_value(self.slot_of(at, newest))
            }
            _ => self.plain.read_value(slot),
        }
    }

    fn allocate(&mut self, generation: Generation) -> Result<Option<RingName>, Violation> {
        self.plain.allocate(generation)
    }

    fn free(&mut self, ring: RingName) -> Result<(), Violation> {
        match self.fault {
            // Pushes into it may be in flight.
            Some(Fault::CopyOnGrow | Fault::KeepOldRing) => Ok(()),
            _ => self.plain.free(ring),
        }
    }

    fn write_directory(&mut self, generation: Generation, ring: RingName) -> Result<(), Violation> {
        match self.fault {
            Some(Fault::AnnounceBeforeDirectory | Fault::SpinForRing) => {
                self.delay(Delayed::Entry { ring });
                Ok(())
            }
            _ => self.plain.write_directory(generation, ring),
        }
    }

    fn read_directory(&mut self, generation: Generation) -> Result<RingName, Violation> {
        let ring = self.plain.read_directory(generation)?;
        let ignores = self.fault == Some(Fault::IgnoreGeneration);
        Ok(if ignores { ring.saturating_sub(1) } else { ring })
    }

    fn wake(&mut self, side: Side) -> Result<(), Violation> {
        if side == Side::Producers {
            self.complete()?;
        }
        match self.fault {
            Some(Fault::ForgetWake) => Ok(()),
            _ => self.plain.wake(side),
        }
    }
}
