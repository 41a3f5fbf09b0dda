//! Pushes that wait. They need the feature `std`.

use alloc::collections::{VecDeque, vec_deque};
use core::iter::Chain;
use std::time::{Duration, Instant};

use super::Producer;
use crate::error::{PushError, PushTimeoutError, TryPushError};

/// How many messages [`Producer::push_all`] asks of its iterator at once: enough to make reserving cheap.
const MOST_AT_ONCE: usize = 64;

/// The messages that [`Producer::push_all`] gives back: those that it had asked for, then the rest.
pub type Rest<I> =
    Chain<vec_deque::IntoIter<<I as IntoIterator>::Item>, <I as IntoIterator>::IntoIter>;

/// Pushes that wait need the feature `std`.
impl<T> Producer<T> {
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

    /// Puts all the messages into the queue, and sleeps while there is no room. Messages of other
    /// producers may come between them.
    ///
    /// Messages are asked of the iterator as there is room for them, so it may be longer than memory, or
    /// have no end.
    ///
    /// # Errors
    ///
    /// The messages from the one that was refused on come back, as an iterator, if the consumer is gone or
    /// has closed the queue.
    pub fn push_all<I: IntoIterator<Item = T>>(
        &mut self,
        messages: I,
    ) -> Result<(), PushError<Rest<I>>> {
        let mut rest = messages.into_iter();
        loop {
            let room = self.capacity().saturating_sub(self.len()).clamp(1, MOST_AT_ONCE);
            // The caller's iterator must not run while positions are reserved: it could panic.
            let mut messages: VecDeque<T> = rest.by_ref().take(room).collect();
            if messages.is_empty() {
                return Ok(());
            }
            while !messages.is_empty() {
                match self.0.try_push_many(&mut messages) {
                    Ok(_) => {}
                    Err(TryPushError::Closed(())) => {
                        return Err(PushError(messages.into_iter().chain(rest)));
                    }
                    Err(TryPushError::Full(())) => {
                        // Refused, it goes back: a closed queue stays closed, as the next attempt finds.
                        if let Some(message) = messages.pop_front()
                            && let Err(PushError(message)) = self.push(message)
                        {
                            messages.push_front(message);
                        }
                    }
                }
            }
        }
    }

    /// Sleeps until the consumer has closed the queue or is gone. What takes long to make for it is then not
    /// wanted any more.
    pub fn wait_closed(&self) {
        self.0.wait_closed(None);
    }

    /// As [`Producer::wait_closed`], but gives up after this long. Whether the queue is closed.
    pub fn wait_closed_timeout(&self, timeout: Duration) -> bool {
        // A deadline that cannot be represented is none.
        self.0.wait_closed(Instant::now().checked_add(timeout))
    }
}
