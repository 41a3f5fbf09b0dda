//! What operations of the model carry: the next messages of a producer, and what a pop takes.

use super::buffer::{Buffer, Message};
use mitregate_mpsc_queue::algorithm::{Basket, Cargo};

/// The next messages of a producer, which are numbered one after the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Load {
    /// The first of them.
    pub first: Message,
    /// How many there are.
    pub count: u8,
}

impl Cargo<Message> for Load {
    fn count(&self) -> u64 {
        self.count.into()
    }

    fn take(&mut self) -> Option<Message> {
        self.count = self.count.checked_sub(1)?;
        let message = self.first;
        self.first.ordinal += 1;
        Some(message)
    }
}

/// What a pop has taken, in order, and how much it is to take at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Haul {
    /// The messages.
    pub messages: Buffer,
    /// How many there may be.
    pub room: u8,
}

impl Haul {
    /// Room for this many messages.
    pub fn with_room(room: u8) -> Haul {
        Haul { messages: Buffer::default(), room }
    }
}

impl Basket<Message> for Haul {
    fn wants_more(&self, taken: u64) -> bool {
        taken < u64::from(self.room)
    }

    fn put(&mut self, message: Message) {
        if message != Message::NONE {
            self.messages = self.messages.append(message);
        }
    }
}
