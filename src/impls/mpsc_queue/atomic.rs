//! Memory made of atomics and cells: the only file with unsafe code.
//!
//! What makes it sound is the algorithm, in `algorithm`, which keeps the promises that
//! [`Memory`] asks for. Nothing outside this module tree can name [`SharedMemory`], and everything
//! inside uses it through the algorithm alone. That the promises are kept is what loom checks with
//! these lines, and what model checking shows with plain memory in their place.
#![allow(unsafe_code)]
// The places of accesses are known where they are inlined.
#![allow(clippy::inline_always)]
// Capacities and indices are at most `MAX_CAPACITY`, which fits every target.
#![allow(clippy::cast_possible_truncation)]

use alloc::boxed::Box;
use alloc::vec::Vec;
use core::convert::Infallible;
use core::mem::MaybeUninit;
use core::ptr::NonNull;
use core::sync::atomic::Ordering;

use crossbeam_utils::CachePadded;

use super::algorithm::{
    Access, Exchange, Generation, Memory, NEVER_PUBLISHED, Place, Side, Slot as SlotOf, Word,
};
use super::config::Config;
use super::platform::{AtomicWord, Platform, RawCell};
use super::sleepers::Sleepers;

#[cfg(not(target_has_atomic = "64"))]
compile_error!("the queue needs atomic words of 64 bits, which this target does not have");

/// As many as a word can tell apart, less the one of slots that were never published.
const LEVELS: usize = 31;

/// All that the handles of a queue share.
pub(super) struct SharedMemory<T, P: Platform> {
    head: CachePadded<P::Word>,
    tail: CachePadded<P::Word>,
    dropped: CachePadded<P::Word>,
    producers: P::Word,
    /// The rings by level: of two rings that there are at a time, one is larger.
    directory: [P::Cell<Option<RawRing<T, P>>>; LEVELS],
    sleepers: Sleepers<P>,
    config: Config,
    start: Word,
}

struct RawSlot<T, P: Platform> {
    sequence: P::Word,
    value: P::Cell<MaybeUninit<T>>,
}

/// A ring by its address. It lives until the memory frees it.
pub(super) struct RawRing<T, P: Platform> {
    slots: NonNull<RawSlot<T, P>>,
    pub(super) generation: Generation,
}

impl<T, P: Platform> Clone for RawRing<T, P> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T, P: Platform> Copy for RawRing<T, P> {}

// SAFETY: a ring is an address and a number. What can be done with it needs `SharedMemory`, and
// moves messages between threads, which is what `T: Send` is for.
unsafe impl<T: Send, P: Platform> Send for RawRing<T, P> {}
// SAFETY: as above; a shared address can do no more than an owned one.
unsafe impl<T: Send, P: Platform> Sync for RawRing<T, P> {}

// SAFETY: messages go from one thread to another, which `T: Send` allows. The cells are the only
// part that is not `Sync` by itself, and the algorithm keeps accesses to a cell apart. No reference
// to a message is ever shared, so `T: Sync` is not needed.
unsafe impl<T: Send, P: Platform> Sync for SharedMemory<T, P> {}
// SAFETY: as above.
unsafe impl<T: Send, P: Platform> Send for SharedMemory<T, P> {}

impl<T, P: Platform> SharedMemory<T, P> {
    /// The memory of an empty queue with one producer, whose head and tail begin as `start`, and its
    /// first ring. `None` if there is no room for the ring.
    pub(super) fn new(config: Config, start: Word) -> Option<(Self, RawRing<T, P>)> {
        let generation = start.generation();
        let ring = RawRing::allocate(generation, config.capacity_of(generation.level()))?;
        let word = || CachePadded::new(P::Word::new(start.bits()));
        let entry =
            |level| P::Cell::new((level == usize::from(generation.level())).then_some(ring));
        let memory = Self {
            head: word(),
            tail: word(),
            dropped: CachePadded::new(P::Word::new(0)),
            producers: P::Word::new(1),
            directory: core::array::from_fn(entry),
            sleepers: Sleepers::new(),
            config,
            start,
        };
        Some((memory, ring))
    }

    pub(super) fn sleepers(&self) -> &Sleepers<P> {
        &self.sleepers
    }

    pub(super) fn config(&self) -> Config {
        self.config
    }

    /// The head, as of about now.
    pub(super) fn head(&self) -> Word {
        Word::from_bits(self.head.load(Ordering::Acquire))
    }

    /// The tail, as of about now.
    pub(super) fn tail(&self) -> Word {
        Word::from_bits(self.tail.load(Ordering::Acquire))
    }

    /// How head and tail began: at the position of the first message there ever was.
    pub(super) fn start(&self) -> Word {
        self.start
    }

    /// How many refused pushes were counted, as of about now.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }

    #[inline(always)]
    fn word<'a>(&'a self, place: Place<RawRing<T, P>>) -> &'a P::Word
    where
        T: 'a,
    {
        match place {
            Place::Head => &self.head,
            Place::Tail => &self.tail,
            Place::Dropped => &self.dropped,
            Place::Producers => &self.producers,
            Place::Sequence(slot) => &self.slot(slot).sequence,
        }
    }

    #[inline]
    fn entry(&self, generation: Generation) -> &P::Cell<Option<RawRing<T, P>>> {
        &self.directory[usize::from(generation.level())]
    }

    fn capacity(&self, ring: RawRing<T, P>) -> u64 {
        self.config.capacity_of(ring.generation.level())
    }

    #[inline(always)]
    fn slot(&self, slot: SlotOf<RawRing<T, P>>) -> &RawSlot<T, P> {
        debug_assert!(slot.index < self.capacity(slot.ring));
        // SAFETY: an index is a position modulo the capacity of its ring, so it is within the ring.
        // The ring is alive: only the consumer frees one, when it was never used, or when every ticket of its
        // generation has been published, which is the last that a producer does with it, and taken. Then neither
        // a producer, which touches a ring only with a ticket, nor the consumer, which goes on to the
        // next ring, accesses it again. References to slots do not outlive an access.
        unsafe { slot.ring.slots.add(slot.index as usize).as_ref() }
    }
}

impl<T, P: Platform> RawRing<T, P> {
    fn allocate(generation: Generation, capacity: u64) -> Option<Self> {
        let capacity = usize::try_from(capacity).ok()?;
        let mut slots = Vec::new();
        slots.try_reserve_exact(capacity).ok()?;
        slots.extend((0..capacity).map(|_| RawSlot::<T, P> {
            sequence: P::Word::new(NEVER_PUBLISHED),
            value: P::Cell::new(MaybeUninit::uninit()),
        }));
        let slots = Box::leak(slots.into_boxed_slice());
        Some(Self { slots: NonNull::from(slots).cast(), generation })
    }

    /// # Safety
    ///
    /// The ring has this capacity, and is not used afterwards.
    unsafe fn free(self, capacity: u64) {
        let slots = NonNull::slice_from_raw_parts(self.slots, capacity as usize);
        // SAFETY: `allocate` made the ring as a boxed slice of this length, and the caller gives it
        // up. Messages in it are `MaybeUninit`, so none is dropped.
        drop(unsafe { Box::from_raw(slots.as_ptr()) });
    }
}

impl<T, P: Platform> Memory<T> for &SharedMemory<T, P> {
    type Ring = RawRing<T, P>;
    type Error = Infallible;

    #[inline(always)]
    fn load(&mut self, place: Place<Self::Ring>, access: Access) -> Result<u64, Infallible> {
        Ok(self.word(place).load(access.ordering()))
    }

    #[inline(always)]
    fn store(
        &mut self,
        place: Place<Self::Ring>,
        value: u64,
        access: Access,
    ) -> Result<(), Infallible> {
        self.word(place).store(value, access.ordering());
        Ok(())
    }

    #[inline(always)]
    fn swap(
        &mut self,
        place: Place<Self::Ring>,
        value: u64,
        access: Access,
    ) -> Result<u64, Infallible> {
        Ok(self.word(place).swap(value, access.ordering()))
    }

    #[inline(always)]
    fn compare_exchange(
        &mut self,
        place: Place<Self::Ring>,
        exchange: Exchange,
    ) -> Result<Result<u64, u64>, Infallible> {
        let Exchange { current, new, success, failure } = exchange;
        let (success, failure) = (success.ordering(), failure.ordering());
        Ok(self.word(place).compare_exchange_weak(current, new, success, failure))
    }

    #[inline(always)]
    fn fetch_add(
        &mut self,
        place: Place<Self::Ring>,
        value: u64,
        access: Access,
    ) -> Result<u64, Infallible> {
        Ok(self.word(place).fetch_add(value, access.ordering()))
    }

    #[inline(always)]
    fn fetch_or(
        &mut self,
        place: Place<Self::Ring>,
        bits: u64,
        access: Access,
    ) -> Result<u64, Infallible> {
        Ok(self.word(place).fetch_or(bits, access.ordering()))
    }

    #[inline(always)]
    fn write_value(&mut self, slot: SlotOf<Self::Ring>, value: T) -> Result<(), Infallible> {
        self.slot(slot).value.with_mut(|cell| {
            // SAFETY: the producer holds the ticket of this position, so no other producer writes
            // here; the tail that it knows says that the consumer has read what was here before;
            // and the consumer reads again only after this is published. Messages are moved, so
            // what is overwritten is not a message any more.
            unsafe { cell.write(MaybeUninit::new(value)) }
        });
        Ok(())
    }

    #[inline(always)]
    fn read_value(&mut self, slot: SlotOf<Self::Ring>) -> Result<T, Infallible> {
        Ok(self.slot(slot).value.with(|cell| {
            // SAFETY: the sequence number said that the message of this position is here. The
            // only consumer goes on to the next position, so it is read once; and
            // producers overwrite it only after the tail has passed.
            unsafe { cell.read().assume_init() }
        }))
    }

    fn allocate(&mut self, generation: Generation) -> Result<Option<Self::Ring>, Infallible> {
        Ok(RawRing::allocate(generation, self.config.capacity_of(generation.level())))
    }

    fn free(&mut self, ring: Self::Ring) -> Result<(), Infallible> {
        self.entry(ring.generation).with_mut(|entry| {
            // SAFETY: producers read this entry only with a ticket of this generation, and there is
            // none left, or never was one, or the ring would not be freed.
            unsafe { entry.write(None) }
        });
        // SAFETY: rings have the capacity of their level, and the algorithm does not touch one
        // that it has freed. The entry is gone, so that it is not freed again with the queue.
        unsafe { ring.free(self.capacity(ring)) };
        Ok(())
    }

    fn write_directory(
        &mut self,
        generation: Generation,
        ring: Self::Ring,
    ) -> Result<(), Infallible> {
        self.entry(generation).with_mut(|entry| {
            // SAFETY: only the consumer writes entries, and no producer reads this one before it has
            // seen the head in this generation, to which it is turned after this. No
            // producer has a ticket of an earlier ring of the same level: there are two rings at most, and the
            // other has another level.
            unsafe { entry.write(Some(ring)) }
        });
        Ok(())
    }

    #[inline]
    fn read_directory(&mut self, generation: Generation) -> Result<Self::Ring, Infallible> {
        Ok(self.entry(generation).with(|entry| {
            // SAFETY: the producer holds a ticket of this generation. So the entry was written
            // before, and will be cleared only after the ticket's message has been taken.
            unsafe { entry.read().unwrap_unchecked() }
        }))
    }

    fn wake(&mut self, side: Side) -> Result<(), Infallible> {
        self.sleepers.wake(side.into());
        Ok(())
    }
}

/// Frees the rings. They hold no message: the consumer, before it goes, closes the queue and takes all that
/// was reserved.
impl<T, P: Platform> Drop for SharedMemory<T, P> {
    fn drop(&mut self) {
        if P::is_broken() {
            return;
        }
        debug_assert_eq!(self.head().since(self.tail()), 0);
        for entry in &self.directory {
            // SAFETY: there are no other handles, so no thread writes the entry.
            let ring = entry.with(|entry| unsafe { entry.read() });
            if let Some(ring) = ring {
                // SAFETY: there are no other handles, and the rings in the directory are those that were
                // not freed before.
                unsafe { ring.free(self.capacity(ring)) };
            }
        }
    }
}
