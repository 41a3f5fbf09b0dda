//! Joining, leaving and closing.

use super::memory::{Access, Exchange, Memory, Place, Side, Step};
use super::{ConsumerState, Popped, Word};

/// A producer joins, in one access. Only a producer that has joined may make another.
///
/// # Errors
///
/// If the memory refuses the access.
pub fn join<T, M: Memory<T>>(memory: &mut M) -> Result<(), M::Error> {
    memory.fetch_add(Place::Producers, 1, Access::Join)?;
    Ok(())
}

/// Which access a weak producer makes next that becomes a producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum UpgradeAt {
    /// Look whether there is a producer.
    Look,
    /// Count itself in, if there are still so many.
    Count {
        /// How many there were; not 0.
        producers: u64,
    },
}

/// A weak producer becomes a producer, unless the last producer has left: the queue is closed then, or is about to be,
/// and stays so. Two accesses, and one more for each producer that joins or leaves at the same moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Upgrade {
    at: UpgradeAt,
}

impl Default for Upgrade {
    fn default() -> Self {
        Self::new()
    }
}

impl Upgrade {
    /// Begins, without an access.
    pub const fn new() -> Self {
        Self { at: UpgradeAt::Look }
    }

    /// The access that comes next.
    pub fn at(&self) -> UpgradeAt {
        self.at
    }

    /// Makes the next access. In the end, whether there is a producer more.
    ///
    /// # Errors
    ///
    /// If the memory refuses the access.
    pub fn step<T, M: Memory<T>>(&mut self, memory: &mut M) -> Result<Step<bool>, M::Error> {
        let producers = match self.at {
            UpgradeAt::Look => memory.load(Place::Producers, Access::CountProducers)?,
            UpgradeAt::Count { producers } => {
                let exchange = Exchange {
                    current: producers,
                    new: producers + 1,
                    success: Access::Upgrade,
                    failure: Access::UpgradeFailed,
                };
                match memory.compare_exchange(Place::Producers, exchange)? {
                    Ok(_) => return Ok(Step::done(true)),
                    Err(found) => found,
                }
            }
        };
        if producers == 0 {
            return Ok(Step::done(false));
        }
        self.at = UpgradeAt::Count { producers };
        Ok(Step::on())
    }
}

/// Which access a leaving producer makes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum LeaveAt {
    /// Count itself out.
    Count,
    /// It was the last one: close the queue.
    Head,
    /// Wake the consumer, which sleeps.
    Wake,
}

/// A producer leaves. When the last one leaves, the queue is closed: the consumer can take what is
/// there, and then learns that nothing more will come. At most three accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Leave {
    at: LeaveAt,
}

impl Default for Leave {
    fn default() -> Self {
        Self::new()
    }
}

impl Leave {
    /// Begins to leave, without an access.
    pub const fn new() -> Self {
        Self { at: LeaveAt::Count }
    }

    /// The access that comes next.
    pub fn at(&self) -> LeaveAt {
        self.at
    }

    /// Makes the next access.
    ///
    /// # Errors
    ///
    /// If the memory refuses the access.
    pub fn step<T, M: Memory<T>>(&mut self, memory: &mut M) -> Result<Step<()>, M::Error> {
        match self.at {
            LeaveAt::Count => {
                let before = memory.fetch_add(Place::Producers, u64::MAX, Access::Leave)?;
                if before > 1 {
                    return Ok(Step::done(()));
                }
                self.at = LeaveAt::Head;
            }
            LeaveAt::Head => {
                let old = memory.fetch_or(Place::Head, Word::CLOSED, Access::CloseHead)?;
                if !Word::from_bits(old).is_waiting() {
                    return Ok(Step::done(()));
                }
                self.at = LeaveAt::Wake;
            }
            LeaveAt::Wake => {
                memory.wake(Side::Consumer)?;
                return Ok(Step::done(()));
            }
        }
        Ok(Step::on())
    }
}

/// Which access a closing consumer makes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum CloseAt {
    /// From here on nothing is reserved.
    Head,
    /// From here on a producer that finds no room knows that the queue is closed.
    Tail,
    /// Wake producers that sleep.
    Wake,
}

/// Whether a consumer that goes may leave the queue after a pop that ended so. It closes the queue first,
/// then pops until this is true: nothing is reserved any more, and all that was reserved is taken.
///
/// A message that is still being written is waited for, so that no message outlives the consumer.
/// One that did might hold a producer of its own queue, and neither would ever be dropped.
pub fn may_go(popped: Popped) -> bool {
    popped == Popped::Closed
}

/// The consumer closes the queue: pushes are refused from the first access on. What was reserved
/// before can still be taken. At most three accesses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Close {
    at: CloseAt,
}

impl Default for Close {
    fn default() -> Self {
        Self::new()
    }
}

impl Close {
    /// Begins to close, without an access.
    pub const fn new() -> Self {
        Self { at: CloseAt::Head }
    }

    /// The access that comes next.
    pub fn at(&self) -> CloseAt {
        self.at
    }

    /// Makes the next access.
    ///
    /// # Errors
    ///
    /// If the memory refuses the access.
    pub fn step<T, M: Memory<T>>(
        &mut self,
        consumer: &mut ConsumerState<M::Ring>,
        memory: &mut M,
    ) -> Result<Step<()>, M::Error> {
        match self.at {
            CloseAt::Head => {
                memory.fetch_or(Place::Head, Word::CLOSED, Access::CloseHead)?;
                self.at = CloseAt::Tail;
            }
            CloseAt::Tail => {
                let tail = consumer.close();
                let old = memory.swap(Place::Tail, tail.bits(), Access::CloseTail)?;
                if !Word::from_bits(old).is_waiting() {
                    return Ok(Step::done(()));
                }
                self.at = CloseAt::Wake;
            }
            CloseAt::Wake => {
                memory.wake(Side::Producers)?;
                return Ok(Step::done(()));
            }
        }
        Ok(Step::on())
    }
}
