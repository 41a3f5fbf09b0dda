//! The threads of the system: the real handles and operations, and where each thread is.

use serde::{Deserialize, Serialize};

use super::batch::{Haul, Load};
use super::faulty::FaultyMemory;
use super::memory::{RingName, Violation};
use super::places::{At, ClosePlace};
use super::spec::{Buffer, State};
use crate::parts::Parts;
use mitregate::check::Interned;
use mitregate_mpsc_queue::algorithm::{
    Close, ConsumerState, Leave, Pop, ProducerState, Push, Upgrade,
};

/// A state: what threads share, the threads, and the state of the spec that this stands for.
///
/// What a thread will not use any more is not kept, so that states do not differ in it. Each part of a state takes few
/// values: in seven million states, there are some ten thousand memories and some hundred values of a thread.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SystemState {
    /// What the handles share.
    pub memory: Interned<FaultyMemory>,
    /// The producers, by number.
    pub producers: Parts<Producer>,
    /// The consumer. There are two by misuse only.
    pub consumers: Parts<Consumer>,
    /// The spec's state that this one stands for. Its `head`, `tail`, `generation` and `capacity` are read
    /// off the memory; all else is history, which the code does not see.
    pub stands_for: Interned<State>,
    /// What went wrong. Nothing follows on that.
    pub trouble: Option<Interned<Trouble>>,
}

impl SystemState {
    /// What went wrong.
    pub fn trouble(&self) -> Option<Trouble> {
        self.trouble.map(|trouble| *trouble)
    }
}

/// A producer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Producer {
    /// It has not joined yet. In some scenarios it has a weak handle.
    Away,
    /// Its weak handle becomes one that counts.
    Upgrading(Upgrade),
    /// It has a handle.
    Here {
        /// What it knows.
        state: ProducerState<RingName>,
        /// What it does.
        doing: Pushing,
    },
    /// It has nothing more to push, or the consumer wants no more.
    Finished,
    /// It drops its handle.
    Leaving(Leave),
    /// It has left.
    Gone,
}

/// What a producer does with its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Pushing {
    /// Nothing at present.
    Nothing,
    /// It pushes its next message, or messages.
    Push(Push<Load>),
    /// It sleeps until there is room for its next message.
    Asleep,
}

/// A consumer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Consumer {
    /// There is none yet.
    Away,
    /// It has a handle.
    Here {
        /// What it knows.
        state: ConsumerState<RingName>,
        /// What it does.
        doing: Popping,
        /// Whether it is about to go for good.
        dropping: bool,
        /// How many accesses its pop has made; 0 where a scenario does not count them.
        accesses: u8,
    },
    /// It has been told that nothing will come.
    Finished,
    /// It has gone.
    Gone,
}

/// What a consumer does with its handle.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Popping {
    /// Nothing at present.
    Nothing,
    /// It pops.
    Pop {
        /// The pop.
        pop: Pop<RingName, Haul>,
        /// The messages that have left the spec's queue by it.
        left: Buffer,
    },
    /// It sleeps until there is a message.
    Asleep,
    /// It closes the queue.
    Close(Close),
    /// It has been told that nothing will come, and can only go.
    Told,
}

/// What must not happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Trouble {
    /// An access that real memory would have answered with garbage.
    Memory(Violation),
    /// A step made another number of accesses than one.
    Accesses(u32),
    /// A push was told that the queue is full, and it was not.
    Refused,
    /// A pop gave out other messages than those that left the queue.
    Delivered {
        /// What left the queue.
        left: Buffer,
        /// What the pop gave out.
        given: Buffer,
    },
}

impl Producer {
    /// The place of what it does, if it is in the middle of it.
    pub fn at(&self) -> Option<At> {
        match self {
            Producer::Here { doing: Pushing::Push(push), .. } => Some(push.at().into()),
            Producer::Leaving(leave) => Some(leave.at().into()),
            Producer::Upgrading(upgrade) => Some(upgrade.at().into()),
            _ => None,
        }
    }

    /// Whether it can be cloned: it has its handle to itself.
    pub fn is_idle(&self) -> bool {
        matches!(self, Producer::Here { doing: Pushing::Nothing, .. })
    }

    /// Whether it sleeps.
    pub fn is_asleep(&self) -> bool {
        matches!(self, Producer::Here { doing: Pushing::Asleep, .. })
    }

    pub(super) fn wake(&mut self) {
        if let Producer::Here { doing, .. } = self
            && *doing == Pushing::Asleep
        {
            *doing = Pushing::Nothing;
        }
    }
}

impl Consumer {
    /// The place of what it does, if it is in the middle of it.
    pub fn at(&self) -> Option<At> {
        let Consumer::Here { doing, dropping, .. } = self else { return None };
        match doing {
            Popping::Pop { pop, .. } => Some(pop.at().into()),
            Popping::Close(close) => Some(closing(close.at().into(), *dropping)),
            Popping::Nothing | Popping::Asleep | Popping::Told => None,
        }
    }

    /// Whether it sleeps.
    pub fn is_asleep(&self) -> bool {
        matches!(self, Consumer::Here { doing: Popping::Asleep, .. })
    }

    /// Whether it has a handle and is between two operations.
    pub fn is_idle(&self) -> bool {
        matches!(self, Consumer::Here { doing: Popping::Nothing, .. })
    }

    pub(super) fn wake(&mut self) {
        if let Consumer::Here { doing, .. } = self
            && *doing == Popping::Asleep
        {
            *doing = Popping::Nothing;
        }
    }
}

/// The place of a close, by whether the consumer goes with it.
pub(super) fn closing(place: ClosePlace, dropping: bool) -> At {
    if dropping { At::Drop(place) } else { At::Close(place) }
}

#[cfg(test)]
mod tests {
    use super::SystemState;

    /// The states of a level, and of the next, are in memory.
    #[test]
    fn a_state_is_small() {
        assert!(size_of::<SystemState>() <= 112, "{} bytes", size_of::<SystemState>());
    }
}
