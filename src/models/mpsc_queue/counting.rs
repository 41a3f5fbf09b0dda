//! Memory that counts how often it is used, so that a model can tell that a step is one access.

use mitregate_mpsc_queue::algorithm::{Access, Exchange, Generation, Memory, Place, Side, Slot};

/// Memory on loan, and how many accesses were made meanwhile.
#[derive(Debug)]
pub struct Counting<'a, M> {
    memory: &'a mut M,
    accesses: u32,
    is_exhausted: bool,
}

impl<'a, M> Counting<'a, M> {
    /// No access so far.
    pub fn new(memory: &'a mut M) -> Self {
        Self { memory, accesses: 0, is_exhausted: false }
    }

    /// There is no memory for another ring.
    #[must_use]
    pub fn without_memory(self, is_exhausted: bool) -> Self {
        Self { is_exhausted, ..self }
    }

    /// How many accesses were made, refused ones included.
    pub fn accesses(&self) -> u32 {
        self.accesses
    }

    fn access(&mut self) -> &mut M {
        self.accesses += 1;
        self.memory
    }
}

impl<T, M: Memory<T>> Memory<T> for Counting<'_, M> {
    type Ring = M::Ring;
    type Error = M::Error;

    fn load(&mut self, place: Place<M::Ring>, access: Access) -> Result<u64, M::Error> {
        self.access().load(place, access)
    }

    fn store(&mut self, place: Place<M::Ring>, value: u64, access: Access) -> Result<(), M::Error> {
        self.access().store(place, value, access)
    }

    fn swap(&mut self, place: Place<M::Ring>, value: u64, access: Access) -> Result<u64, M::Error> {
        self.access().swap(place, value, access)
    }

    fn compare_exchange(
        &mut self,
        place: Place<M::Ring>,
        exchange: Exchange,
    ) -> Result<Result<u64, u64>, M::Error> {
        self.access().compare_exchange(place, exchange)
    }

    fn fetch_add(
        &mut self,
        place: Place<M::Ring>,
        value: u64,
        access: Access,
    ) -> Result<u64, M::Error> {
        self.access().fetch_add(place, value, access)
    }

    fn fetch_or(
        &mut self,
        place: Place<M::Ring>,
        bits: u64,
        access: Access,
    ) -> Result<u64, M::Error> {
        self.access().fetch_or(place, bits, access)
    }

    fn write_value(&mut self, slot: Slot<M::Ring>, value: T) -> Result<(), M::Error> {
        self.access().write_value(slot, value)
    }

    fn read_value(&mut self, slot: Slot<M::Ring>) -> Result<T, M::Error> {
        self.access().read_value(slot)
    }

    fn allocate(&mut self, generation: Generation) -> Result<Option<M::Ring>, M::Error> {
        let is_exhausted = self.is_exhausted;
        let memory = self.access();
        if is_exhausted { Ok(None) } else { memory.allocate(generation) }
    }

    fn free(&mut self, ring: M::Ring) -> Result<(), M::Error> {
        self.access().free(ring)
    }

    fn write_directory(&mut self, generation: Generation, ring: M::Ring) -> Result<(), M::Error> {
        self.access().write_directory(generation, ring)
    }

    fn read_directory(&mut self, generation: Generation) -> Result<M::Ring, M::Error> {
        self.access().read_directory(generation)
    }

    fn wake(&mut self, side: Side) -> Result<(), M::Error> {
        self.access().wake(side)
    }
}
