//! The messages in the queue, in one word: a state is small, and there are many.

use serde::{Deserialize, Serialize};

use super::constants::MOST_PRODUCERS;

/// A message: its producer, and its number among all that this producer attempted to send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Message {
    /// The producer's number, from 0; below [`MOST_PRODUCERS`].
    pub producer: u8,
    /// From 1; at most 31.
    pub ordinal: u8,
}

impl Message {
    /// The bits of a message's byte that hold its ordinal; the others hold the producer.
    const ORDINAL: u8 = 0x1f;

    /// No message: what the read of a slot that is skipped gives. No producer sends it.
    pub const NONE: Message = Message { producer: 0, ordinal: 0 };

    /// No message is the byte 0, since ordinals begin at 1.
    fn byte(self) -> u8 {
        debug_assert!(usize::from(self.producer) < MOST_PRODUCERS && self.ordinal >= 1);
        self.producer << 5 | (self.ordinal & Self::ORDINAL)
    }

    fn of(byte: u8) -> Message {
        Message { producer: byte >> 5, ordinal: byte & Self::ORDINAL }
    }
}

/// `buffer`: up to [`Buffer::ROOM`] messages, the oldest one first.
///
/// A byte for each message, the oldest in the lowest one; bytes beyond the last message are 0.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct Buffer(u128);

impl Buffer {
    /// How many messages it can hold: one more than a run has that keeps to `MaxMessages`.
    pub const ROOM: usize = 16;

    /// How many messages there are.
    #[allow(clippy::cast_possible_truncation)] // at most 16
    pub fn len(self) -> u8 {
        (u128::BITS - self.0.leading_zeros()).div_ceil(8) as u8
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// `Append(buffer, message)`. What finds no room within [`Buffer::ROOM`] is left out.
    #[must_use]
    pub fn append(self, message: Message) -> Buffer {
        self.insert(self.len(), message)
    }

    /// The buffer with a message put before the one at `place`, which counts from 0.
    #[must_use]
    pub(super) fn insert(self, place: u8, message: Message) -> Buffer {
        if usize::from(self.len().max(place)) >= Self::ROOM {
            return self;
        }
        let shift = 8 * u32::from(place);
        let before = self.0 & ((1 << shift) - 1);
        // The highest byte is 0, since there is room for one more.
        let behind = (self.0 >> shift) << shift << 8;
        Buffer(before | u128::from(message.byte()) << shift | behind)
    }

    /// `Tail(buffer)`.
    #[must_use]
    pub fn tail(self) -> Buffer {
        Buffer(self.0 >> 8)
    }

    /// The buffer without its newest message.
    #[must_use]
    pub(super) fn front(self) -> Buffer {
        let shift = 8 * u32::from(self.len().saturating_sub(1));
        Buffer(self.0 & ((1 << shift) - 1))
    }

    /// Whether this is the beginning of another buffer.
    pub fn begins(self, other: Buffer) -> bool {
        self.len() <= other.len() && self.iter().zip(other.iter()).all(|(own, its)| own == its)
    }

    /// The messages, the oldest one first.
    pub fn iter(self) -> impl DoubleEndedIterator<Item = Message> {
        let bytes = self.0.to_le_bytes();
        (0..self.len()).map(move |place| Message::of(bytes[usize::from(place)]))
    }

    /// The buffer in which producer `p` is called `names[p]`.
    #[must_use]
    pub(super) fn rename(self, names: &[u8]) -> Buffer {
        let renamed = self.iter().rev().fold(0, |bytes, message| {
            let producer = names[usize::from(message.producer)];
            bytes << 8 | u128::from(Message { producer, ..message }.byte())
        });
        Buffer(renamed)
    }
}

impl FromIterator<Message> for Buffer {
    fn from_iter<I: IntoIterator<Item = Message>>(messages: I) -> Buffer {
        messages.into_iter().fold(Buffer::default(), Buffer::append)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::VecDeque;

    use super::*;

    fn listed(buffer: Buffer) -> VecDeque<Message> {
        buffer.iter().collect()
    }

    /// Every length and place, with messages that differ from length to length.
    #[test]
    fn it_is_a_queue() {
        let message = |number: usize| Message {
            producer: u8::try_from(number % 8).unwrap(),
            ordinal: u8::try_from(1 + number % 31).unwrap(),
        };
        for (length, place) in
            (0..=Buffer::ROOM).flat_map(|length| (0..=length).map(move |place| (length, place)))
        {
            let messages = (0..length).map(|index| message(37 * length + 5 * index));
            let (buffer, mut model): (Buffer, VecDeque<_>) =
                (messages.clone().collect(), messages.collect());
            assert_eq!(usize::from(buffer.len()), length);
            assert_eq!(listed(buffer), model);
            assert!(buffer.begins(buffer) && buffer.front().begins(buffer));
            assert_eq!(
                listed(buffer.tail()),
                model.iter().skip(1).copied().collect::<VecDeque<_>>()
            );
            let front = length.saturating_sub(1);
            assert_eq!(
                listed(buffer.front()),
                model.iter().take(front).copied().collect::<VecDeque<_>>()
            );
            let more = message(11 * length + 3 * place);
            let inserted = buffer.insert(u8::try_from(place).unwrap(), more);
            if length < Buffer::ROOM {
                model.insert(place, more);
            }
            assert_eq!(listed(inserted), model);
        }
    }
}
