//! Why a push or a pop did not do what it should.

use core::fmt;

use thiserror::Error;

/// Why a queue could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ChannelError {
    /// There is no memory for the first ring.
    #[error("no memory for a queue of {capacity} messages; start with a lower initial capacity")]
    OutOfMemory {
        /// The initial capacity, in messages.
        capacity: usize,
    },
}

/// Why [`Producer::try_push`](super::Producer::try_push) gives its message back.
#[derive(Clone, Copy, PartialEq, Eq, Error)]
pub enum TryPushError<T> {
    /// The queue is full.
    #[error("the queue is full; try again when messages have been taken")]
    Full(T),
    /// The consumer is gone, or wants no more messages.
    #[error("the queue is closed; no consumer takes messages any more")]
    Closed(T),
}

impl<T> TryPushError<T> {
    /// The message.
    pub fn into_message(self) -> T {
        match self {
            Self::Full(message) | Self::Closed(message) => message,
        }
    }
}

impl<T> fmt::Debug for TryPushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Full(_)) { "Full(..)" } else { "Closed(..)" })
    }
}

/// Why [`Producer::push`](super::Producer::push) gives its message back: the consumer is gone, or
/// wants no more messages.
#[derive(Clone, Copy, PartialEq, Eq, Error)]
#[error("the queue is closed; no consumer takes messages any more")]
pub struct PushError<T>(pub T);

impl<T> fmt::Debug for PushError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PushError(..)")
    }
}

/// Why [`Producer::push_timeout`](super::Producer::push_timeout) gives its message back.
#[derive(Clone, Copy, PartialEq, Eq, Error)]
pub enum PushTimeoutError<T> {
    /// There was no room all the time.
    #[error("the queue stayed full; wait longer, or try again when messages have been taken")]
    Timeout(T),
    /// The consumer is gone, or wants no more messages.
    #[error("the queue is closed; no consumer takes messages any more")]
    Closed(T),
}

impl<T> PushTimeoutError<T> {
    /// The message.
    pub fn into_message(self) -> T {
        match self {
            Self::Timeout(message) | Self::Closed(message) => message,
        }
    }
}

impl<T> fmt::Debug for PushTimeoutError<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Timeout(_)) { "Timeout(..)" } else { "Closed(..)" })
    }
}

/// Why [`Consumer::try_pop`](super::Consumer::try_pop) has no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum TryPopError {
    /// The queue is empty.
    #[error("the queue is empty; try again when something has been pushed")]
    Empty,
    /// The next message is in the queue, but its producer is still writing it.
    #[error("the next message is still being written; try again at once")]
    Pending,
    /// The queue is empty, and nothing will ever be pushed.
    #[error("the queue is empty and closed; no producer pushes any more")]
    Closed,
}

/// Why [`Consumer::pop`](super::Consumer::pop) has no message: the queue is empty, and nothing will
/// ever be pushed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
#[error("the queue is empty and closed; no producer pushes any more")]
pub struct PopError;

/// Why [`Consumer::pop_timeout`](super::Consumer::pop_timeout) has no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum PopTimeoutError {
    /// No message came in time.
    #[error("no message came in time; wait longer, or try again")]
    Timeout,
    /// The queue is empty, and nothing will ever be pushed.
    #[error("the queue is empty and closed; no producer pushes any more")]
    Closed,
}
