//! The producing end.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use super::channel::RawProducer;
use super::config::Config;
use super::error::{PushError, PushTimeoutError, TryPushError};
use super::platform::Std;
use super::stats::Stats;

/// The producing end of a queue. Clone it for every thread that pushes.
///
/// When the last producer is dropped, the consumer can still take what is in the queue, and then
/// learns that nothing more will come.
pub struct Producer<T>(pub(super) RawProducer<T, Std>);

impl<T> Producer<T> {
    /// Puts a message into the queue, if there is room. Lock-free; see
    /// [`Push`](super::algorithm::Push) for the number of steps.
    ///
    /// A push that finds the consumer asleep also wakes it, which takes a lock that no sleeper holds
    /// and a system call, or calls the waker of its task.
    ///
    /// # Errors
    ///
    /// The message comes back if the queue is full at its present capacity, and counts as dropped;
    /// or if the consumer is gone or has closed the queue.
    #[inline]
    pub fn try_push(&mut self, message: T) -> Result<(), TryPushError<T>> {
        self.0.try_push(message)
    }

    /// Puts a message into the queue, and sleeps while there is no room. A pop wakes all producers
    /// that sleep, and so does growth; it is not said which of them comes first.
    ///
    /// # Errors
    ///
    /// The message comes back if the consumer is gone or has closed the queue.
    #[inline]
    pub fn push(&mut self, message: T) -> Result<(), PushError<T>> {
        self.0.push(message, None).map_err(|error| PushError(error.into_message()))
    }

    /// As [`Producer::push`], but gives up when there has been no room for this long. That does not
    /// count as dropped.
    ///
    /// # Errors
    ///
    /// The message comes back if there was no room, or if the consumer is gone or has closed the
    /// queue.
    pub fn push_timeout(
        &mut self,
        message: T,
        timeout: Duration,
    ) -> Result<(), PushTimeoutError<T>> {
        // A deadline that cannot be represented is none.
        self.0.push(message, Instant::now().checked_add(timeout))
    }

    /// Puts messages into the queue, from the front, and says how many: as many as this producer knows
    /// there to be room for, and at least one if there is any. They are next to each other in the
    /// queue: all are reserved in one step. The others stay, and do not count as dropped; try them
    /// again until the queue is full.
    ///
    /// # Errors
    ///
    /// None of them is taken if there is no room at all, or if the consumer is gone or has closed the
    /// queue. The error carries no message: all are where they were.
    pub fn try_push_many(&mut self, messages: &mut VecDeque<T>) -> Result<usize, TryPushError<()>> {
        self.0.try_push_many(messages)
    }

    /// Puts all the messages into the queue, and sleeps while there is no room. Messages of other
    /// producers may come between them.
    ///
    /// # Errors
    ///
    /// The messages from the one that was refused on come back if the consumer is gone or has closed
    /// the queue.
    pub fn push_all(
        &mut self,
        messages: impl IntoIterator<Item = T>,
    ) -> Result<(), PushError<VecDeque<T>>> {
        // The caller's iterator must not run while positions are reserved: it could panic.
        let mut messages: VecDeque<T> = messages.into_iter().collect();
        loop {
            match self.0.try_push_many(&mut messages) {
                Ok(_) => {}
                Err(TryPushError::Closed(())) => return Err(PushError(messages)),
                Err(TryPushError::Full(())) => {
                    if let Some(message) = messages.pop_front()
                        && let Err(PushError(message)) = self.push(message)
                    {
                        messages.push_front(message);
                        return Err(PushError(messages));
                    }
                }
            }
            if messages.is_empty() {
                return Ok(());
            }
        }
    }
}

/// A further producer of the same queue.
impl<T> Clone for Producer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

super::view::view!(Producer);
