//! Memory made of plain values, for exploring the queue step by step.
//!
//! A model keeps it in its states. Every access is checked: a message
//! that is read without having been written, or overwritten, a ring that is used after it was freed,
//! a directory entry that was never made. The ordering of accesses plays no part: they happen one
//! after the other.

// Indices are below capacities, which fit every target.
#![allow(clippy::cast_possible_truncation)]

use thiserror::Error;

use mitregate_mpsc_queue::Config;
use mitregate_mpsc_queue::algorithm::{
    Access, Exchange, Generation, Memory, NEVER_PUBLISHED, Place, Side, Slot, Word,
};

/// How plain memory calls a ring: by its number, from 0.
pub type RingName = u16;

/// A slot of a ring.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Cell<T> {
    sequence: u64,
    value: Option<T>,
    // Whether the sequence number was stored since the last message was read.
    announced: bool,
}

/// What a slot shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown<'a, T> {
    /// The message in it.
    pub message: Option<&'a T>,
    /// Whether a message is announced in it.
    pub announced: bool,
}

/// A ring.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Ring<T> {
    Live(Generation, Vec<Cell<T>>),
    Freed,
}

/// The sides that have been woken since [`PlainMemory::take_woken`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Woken {
    /// All producers that slept.
    pub producers: bool,
    /// The consumer, if it slept.
    pub consumer: bool,
}

/// What the handles of a queue share, as plain values.
///
/// A ring is called by its number, from 0. Rings that were freed leave a trace, so that their use is
/// noticed; the traces do not pile up beyond the number of resizes. One that is given back before it was
/// announced leaves none: its number is that of the next ring.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct PlainMemory<T> {
    config: Config,
    head: u64,
    tail: u64,
    dropped: u64,
    producers: u64,
    rings: Vec<Ring<T>>,
    // By level.
    directory: Vec<Option<RingName>>,
    woken: Woken,
}

/// An access that real memory would have answered with garbage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum Violation {
    /// A slot is read that holds no message.
    #[error("slot {index} of ring {ring} is read, and holds no message")]
    Unwritten {
        /// The ring.
        ring: RingName,
        /// The slot.
        index: u64,
    },
    /// A slot is read whose message is not announced.
    #[error("slot {index} of ring {ring} is read, and its message is not announced yet")]
    Unannounced {
        /// The ring.
        ring: RingName,
        /// The slot.
        index: u64,
    },
    /// A slot is written that holds a message.
    #[error("slot {index} of ring {ring} is written, and holds a message that was not taken")]
    Occupied {
        /// The ring.
        ring: RingName,
        /// The slot.
        index: u64,
    },
    /// A ring is used that has been freed.
    #[error("ring {ring} is used after it was freed")]
    Freed {
        /// The ring.
        ring: RingName,
    },
    /// A ring or slot is used that there never was.
    #[error("ring {ring} has no slot {index}")]
    NoSlot {
        /// The ring.
        ring: RingName,
        /// The slot.
        index: u64,
    },
    /// A directory entry is read that was not written.
    #[error("the directory has no ring of level {level}")]
    NoEntry {
        /// The level.
        level: u8,
    },
    /// A ring is freed while it holds a message.
    #[error("ring {ring} is freed with a message in slot {index}")]
    Leaked {
        /// The ring.
        ring: RingName,
        /// The slot.
        index: u64,
    },
    /// A ring is made where there is one.
    #[error("ring {ring} is made twice")]
    MadeTwice {
        /// The ring.
        ring: RingName,
    },
}

impl<T> PlainMemory<T> {
    /// The memory of an empty queue with one producer, whose first ring is called 0 and whose head and
    /// tail begin as `start`.
    pub fn new(config: Config, start: Word) -> Self {
        Self {
            config,
            head: start.bits(),
            tail: start.bits(),
            dropped: 0,
            producers: 1,
            rings: vec![fresh(config, start.generation())],
            directory: vec![Some(0)],
            woken: Woken::default(),
        }
    }

    /// The next position to reserve.
    pub fn head(&self) -> Word {
        Word::from_bits(self.head)
    }

    /// The next position to take, and the generation of the newest ring.
    pub fn tail(&self) -> Word {
        Word::from_bits(self.tail)
    }

    /// How many messages are in the queue, those included that are not published yet. 0 if a fault
    /// has put the head before the tail.
    pub fn len(&self) -> u64 {
        self.head().since(self.tail()).max(0).cast_unsigned()
    }

    /// Whether there is no message in the queue.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The newest generation that is announced, by the tail or, for a smaller ring, by the head.
    pub fn generation(&self) -> Generation {
        let (head, tail) = (self.head().generation(), self.tail().generation());
        if head.is_after(tail) { head } else { tail }
    }

    /// The capacity of the queue.
    pub fn capacity(&self) -> u64 {
        self.capacity_of(self.generation())
    }

    /// The capacity of the ring of a generation.
    pub fn capacity_of(&self, generation: Generation) -> u64 {
        self.config.capacity_of(generation.level())
    }

    /// The generation of a ring, if it is not freed.
    pub fn generation_of(&self, ring: RingName) -> Option<Generation> {
        match self.rings.get(usize::from(ring))? {
            Ring::Live(generation, _) => Some(*generation),
            Ring::Freed => None,
        }
    }

    /// How many refused pushes have been counted. A push that is refused is counted by a step of its
    /// own, after the one where it takes effect.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// How many producers there are.
    pub fn producers(&self) -> u64 {
        self.producers
    }

    /// The rings that are not freed, by number.
    pub fn live_rings(&self) -> impl Iterator<Item = RingName> {
        (0..)
            .zip(&self.rings)
            .filter(|(_, ring)| matches!(ring, Ring::Live(..)))
            .map(|(name, _)| name)
    }

    /// The slots of a ring; none if it is freed, or was never made.
    pub fn slots(&self, ring: RingName) -> impl ExactSizeIterator<Item = Shown<'_, T>> {
        let cells = match self.rings.get(usize::from(ring)) {
            Some(Ring::Live(_, cells)) => &cells[..],
            _ => &[],
        };
        cells.iter().map(Cell::shown)
    }

    /// The number of the newest ring that was made, freed or not.
    pub fn newest_ring(&self) -> RingName {
        RingName::try_from(self.rings.len().saturating_sub(1)).unwrap_or(RingName::MAX)
    }

    /// The ring of a generation, if there is one that is not freed.
    pub fn ring_of(&self, generation: Generation) -> Option<RingName> {
        self.live_rings().find(|ring| self.generation_of(*ring) == Some(generation))
    }

    /// The messages in the queue, in order. `None` stands for one that is reserved and not written.
    pub fn messages(&self) -> impl Iterator<Item = Option<&T>> {
        (0..self.len()).map(|i| self.message_at(self.tail().advanced(i)))
    }

    fn message_at(&self, at: Word) -> Option<&T> {
        (0..=self.newest_ring()).find_map(|ring| self.published(at, ring)?.value.as_ref())
    }

    /// Whether this position is published in this ring.
    pub fn is_published(&self, at: Word, ring: RingName) -> bool {
        self.published(at, ring).is_some()
    }

    /// The slot of a position, if it is published in this ring.
    fn published(&self, at: Word, ring: RingName) -> Option<&Cell<T>> {
        let Ring::Live(generation, cells) = self.rings.get(usize::from(ring))? else { return None };
        let cell = &cells[at.index(cells.len() as u64) as usize];
        (cell.sequence == at.published_in(*generation)).then_some(cell)
    }

    /// The sides that have been woken since the last call.
    pub fn take_woken(&mut self) -> Woken {
        std::mem::take(&mut self.woken)
    }

    fn cell(&mut self, slot: Slot<RingName>) -> Result<&mut Cell<T>, Violation> {
        let Slot { ring, index } = slot;
        match self.rings.get_mut(usize::from(ring)) {
            Some(Ring::Live(_, cells)) => {
                cells.get_mut(index as usize).ok_or(Violation::NoSlot { ring, index })
            }
            Some(Ring::Freed) => Err(Violation::Freed { ring }),
            None => Err(Violation::NoSlot { ring, index }),
        }
    }

    fn word(&mut self, place: Place<RingName>) -> Result<&mut u64, Violation> {
        Ok(match place {
            Place::Head => &mut self.head,
            Place::Tail => &mut self.tail,
            Place::Dropped => &mut self.dropped,
            Place::Producers => &mut self.producers,
            Place::Sequence(slot) => &mut self.cell(slot)?.sequence,
        })
    }
}

impl<T> Cell<T> {
    fn shown(&self) -> Shown<'_, T> {
        Shown { message: self.value.as_ref(), announced: self.announced }
    }
}

fn fresh<T>(config: Config, generation: Generation) -> Ring<T> {
    let cells = (0..config.capacity_of(generation.level()))
        .map(|_| Cell { sequence: NEVER_PUBLISHED, value: None, announced: false })
        .collect();
    Ring::Live(generation, cells)
}

impl<T> Memory<T> for PlainMemory<T> {
    type Ring = RingName;
    type Error = Violation;

    fn load(&mut self, place: Place<RingName>, _access: Access) -> Result<u64, Violation> {
        Ok(*self.word(place)?)
    }

    fn store(
        &mut self,
        place: Place<RingName>,
        value: u64,
        _access: Access,
    ) -> Result<(), Violation> {
        *self.word(place)? = value;
        if let Place::Sequence(slot) = place {
            self.cell(slot)?.announced = true;
        }
        Ok(())
    }

    fn swap(
        &mut self,
        place: Place<RingName>,
        value: u64,
        _access: Access,
    ) -> Result<u64, Violation> {
        Ok(std::mem::replace(self.word(place)?, value))
    }

    fn compare_exchange(
        &mut self,
        place: Place<RingName>,
        exchange: Exchange,
    ) -> Result<Result<u64, u64>, Violation> {
        let word = self.word(place)?;
        if *word != exchange.current {
            return Ok(Err(*word));
        }
        Ok(Ok(std::mem::replace(word, exchange.new)))
    }

    fn fetch_add(
        &mut self,
        place: Place<RingName>,
        value: u64,
        _access: Access,
    ) -> Result<u64, Violation> {
        let word = self.word(place)?;
        let sum = word.wrapping_add(value);
        Ok(std::mem::replace(word, sum))
    }

    fn fetch_or(
        &mut self,
        place: Place<RingName>,
        bits: u64,
        _access: Access,
    ) -> Result<u64, Violation> {
        let word = self.word(place)?;
        let union = *word | bits;
        Ok(std::mem::replace(word, union))
    }

    fn write_value(&mut self, slot: Slot<RingName>, value: T) -> Result<(), Violation> {
        let cell = self.cell(slot)?;
        if cell.value.is_some() {
            return Err(Violation::Occupied { ring: slot.ring, index: slot.index });
        }
        cell.value = Some(value);
        Ok(())
    }

    fn read_value(&mut self, slot: Slot<RingName>) -> Result<T, Violation> {
        let Slot { ring, index } = slot;
        let cell = self.cell(slot)?;
        if cell.value.is_none() {
            return Err(Violation::Unwritten { ring, index });
        }
        if !cell.announced {
            return Err(Violation::Unannounced { ring, index });
        }
        cell.announced = false;
        cell.value.take().ok_or(Violation::Unwritten { ring, index })
    }

    fn allocate(&mut self, generation: Generation) -> Result<Option<RingName>, Violation> {
        let newest = self.newest_ring();
        if self.generation_of(newest).is_some_and(|it| !generation.is_after(it)) {
            return Err(Violation::MadeTwice { ring: newest });
        }
        self.rings.push(fresh(self.config, generation));
        Ok(Some(self.newest_ring()))
    }

    fn free(&mut self, ring: RingName) -> Result<(), Violation> {
        match self.rings.get_mut(usize::from(ring)) {
            None => return Err(Violation::NoSlot { ring, index: 0 }),
            Some(Ring::Freed) => return Err(Violation::Freed { ring }),
            Some(Ring::Live(_, cells)) => {
                if let Some(index) = cells.iter().position(|cell| cell.value.is_some()) {
                    return Err(Violation::Leaked { ring, index: index as u64 });
                }
            }
        }
        self.directory.iter_mut().filter(|entry| **entry == Some(ring)).for_each(|it| *it = None);
        if ring == self.newest_ring() {
            self.rings.pop();
        } else {
            self.rings[usize::from(ring)] = Ring::Freed;
        }
        Ok(())
    }

    fn write_directory(&mut self, generation: Generation, ring: RingName) -> Result<(), Violation> {
        let index = usize::from(generation.level());
        if self.directory.len() <= index {
            self.directory.resize(index + 1, None);
        }
        self.directory[index] = Some(ring);
        Ok(())
    }

    fn read_directory(&mut self, generation: Generation) -> Result<RingName, Violation> {
        let level = generation.level();
        let entry = self.directory.get(usize::from(level)).copied().flatten();
        entry.ok_or(Violation::NoEntry { level })
    }

    fn wake(&mut self, side: Side) -> Result<(), Violation> {
        match side {
            Side::Producers => self.woken.producers = true,
            Side::Consumer => self.woken.consumer = true,
        }
        Ok(())
    }
}
