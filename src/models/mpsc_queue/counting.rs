//! Memory that counts how often it is used, so that a model can tell that a step is one access.

use super::memory::{PlainMemory, Violation};
use mitregate_mpsc_queue::algorithm::{Access, Exchange, Fault, Memory, Place, Side, Slot};

/// Plain memory on loan, and how many accesses were made meanwhile.
#[derive(Debug)]
pub struct Counting<'a, T> {
    memory: &'a mut PlainMemory<T>,
    accesses: u32,
    is_scarce: bool,
}

impl<'a, T> Counting<'a, T> {
    /// No access so far.
    pub fn new(memory: &'a mut PlainMemory<T>) -> Self {
        Self { memory, accesses: 0, is_scarce: false }
    }

    /// There is no memory for another ring.
    #[must_use]
    pub fn scarce(self, is_scarce: bool) -> Self {
        Self { is_scarce, ..self }
    }

    /// How many accesses were made, refused ones included.
    pub fn accesses(&self) -> u32 {
        self.accesses
    }

    fn access(&mut self) -> &mut PlainMemory<T> {
        self.accesses += 1;
        self.memory
    }
}

impl<T> Memory<T> for Counting<'_, T> {
    type Ring = u8;
    type Error = Violation;

    fn load(&mut self, place: Place<u8>, access: Access) -> Result<u64, Violation> {
        self.access().load(place, access)
    }

    fn store(&mut self, place: Place<u8>, value: u64, access: Access) -> Result<(), Violation> {
        self.access().store(place, value, access)
    }

    fn swap(&mut self, place: Place<u8>, value: u64, access: Access) -> Result<u64, Violation> {
        self.access().swap(place, value, access)
    }

    fn compare_exchange(
        &mut self,
        place: Place<u8>,
        exchange: Exchange,
    ) -> Result<Result<u64, u64>, Violation> {
        self.access().compare_exchange(place, exchange)
    }

    fn fetch_add(
        &mut self,
        place: Place<u8>,
        value: u64,
        access: Access,
    ) -> Result<u64, Violation> {
        self.access().fetch_add(place, value, access)
    }

    fn fetch_or(&mut self, place: Place<u8>, bits: u64, access: Access) -> Result<u64, Violation> {
        self.access().fetch_or(place, bits, access)
    }

    fn write_value(&mut self, slot: Slot<u8>, value: T) -> Result<(), Violation> {
        self.access().write_value(slot, value)
    }

    fn read_value(&mut self, slot: Slot<u8>) -> Result<T, Violation> {
        self.access().read_value(slot)
    }

    fn allocate(&mut self, generation: u8) -> Result<Option<u8>, Violation> {
        let is_scarce = self.is_scarce;
        let memory = self.access();
        if is_scarce { Ok(None) } else { memory.allocate(generation) }
    }

    fn free(&mut self, ring: u8) -> Result<(), Violation> {
        self.access().free(ring)
    }

    fn write_directory(&mut self, generation: u8, ring: u8) -> Result<(), Violation> {
        self.access().write_directory(generation, ring)
    }

    fn read_directory(&mut self, generation: u8) -> Result<u8, Violation> {
        self.access().read_directory(generation)
    }

    fn wake(&mut self, side: Side) -> Result<(), Violation> {
        self.access().wake(side)
    }

    fn fault(&self) -> Option<Fault> {
        self.memory.fault()
    }
}
