//! The consuming end.

use alloc::vec::Vec;

use super::channel::RawConsumer;
use super::config::Config;
use super::error::TryPopError;
use super::platform::Native;
use super::stats::Stats;

#[cfg(feature = "std")]
mod blocking;
#[cfg(feature = "std")]
pub use blocking::{IntoIter, Iter};

/// The consuming end of a queue. There is one; it can be moved to another thread between pops.
///
/// When it is dropped, the queue is closed: pushes are refused, and the messages that are in the
/// queue are dropped at once. For a message that a producer is just writing, the drop waits: no message
/// outlives the consumer. That is a matter of a few instructions and the copy of the message,
/// unless the producer has lost its processor. If a message panics when it is dropped, the others are dropped all
/// the same, and the panic goes on.
pub struct Consumer<T>(pub(super) RawConsumer<T, Native>);

impl<T> Consumer<T> {
    /// Takes the next message. Wait-free; see [`Pop`](super::algorithm::Pop) for the number of steps.
    ///
    /// One that finds nothing looks once more after a moment, some ten to hundred nanoseconds, before it says so, unless the
    /// ring is just being replaced: a consumer that asks in a loop would slow down the producers otherwise. So do the other
    /// calls that do not wait.
    ///
    /// A pop that finds producers asleep also wakes them, which takes a lock that no sleeper holds and
    /// system calls, or calls the wakers of their tasks.
    ///
    /// # Errors
    ///
    /// If there is no message, the error says whether the queue is empty, whether the next message is
    /// still being written, or whether nothing will ever come.
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.0.try_pop()
    }

    /// Takes up to `max` messages, adds them to the end of `messages`, and says how many. It takes
    /// only what is there already, and fewer when it reaches the end of a ring that has been replaced.
    ///
    /// # Errors
    ///
    /// As for [`Consumer::try_pop`], if there is none.
    ///
    /// # Panics
    ///
    /// If there is no memory for the messages. None is lost: they are taken afterwards.
    pub fn try_pop_many(
        &mut self,
        messages: &mut Vec<T>,
        max: usize,
    ) -> Result<usize, TryPopError> {
        self.0.try_pop_many(messages, max)
    }

    /// Takes messages until there is none ready. Dropped early, it leaves the others in the queue.
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain(self)
    }

    /// Refuses pushes from now on. What is in the queue can still be taken.
    pub fn close(&mut self) {
        self.0.close();
    }
}

/// The messages that are ready; see [`Consumer::drain`].
#[derive(Debug)]
pub struct Drain<'a, T>(&'a mut Consumer<T>);

impl<T> Iterator for Drain<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.try_pop().ok()
    }
}

super::view::view!(Consumer);
