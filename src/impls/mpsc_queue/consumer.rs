//! The consuming end.

use std::iter::FusedIterator;
use std::time::{Duration, Instant};

use super::channel::RawConsumer;
use super::config::Config;
use super::error::{PopError, PopTimeoutError, TryPopError};
use super::platform::Std;
use super::stats::Stats;

/// The consuming end of a queue. There is one; it can be moved to another thread between pops.
///
/// When it is dropped, the queue is closed: pushes are refused, and the messages that are in the
/// queue are dropped at once. For a message that a producer is just writing, the drop waits: no message
/// outlives the consumer. That is a matter of a few instructions and the copy of the message,
/// unless the producer has lost its processor. If a message panics when it is dropped, the others are dropped all
/// the same, and the panic goes on.
pub struct Consumer<T>(pub(super) RawConsumer<T, Std>);

impl<T> Consumer<T> {
    /// Takes the next message. Wait-free; see [`Pop`](super::algorithm::Pop) for the number of steps.
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

    /// Takes the next message, and sleeps while there is none.
    ///
    /// # Errors
    ///
    /// If the queue is empty and nothing will ever come.
    #[inline]
    pub fn pop(&mut self) -> Result<T, PopError> {
        self.0.pop(None).map_err(|_| PopError)
    }

    /// As [`Consumer::pop`], but gives up when there has been no message for this long.
    ///
    /// # Errors
    ///
    /// If no message came in time, or if the queue is empty and nothing will ever come.
    pub fn pop_timeout(&mut self, timeout: Duration) -> Result<T, PopTimeoutError> {
        // A deadline that cannot be represented is none.
        self.0.pop(Instant::now().checked_add(timeout))
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

    /// As [`Consumer::try_pop_many`], but sleeps while there is none.
    ///
    /// ```
    /// use mitregate_mpsc_queue::{Config, channel};
    ///
    /// let (mut producer, mut consumer) = channel(Config::elastic(4, 1024)?)?;
    /// let thread = std::thread::spawn(move || producer.push_all(0..1_000));
    /// let mut sum = 0;
    /// let mut messages = Vec::with_capacity(64);
    /// while consumer.pop_many(&mut messages, 64).is_ok() {
    ///     sum += messages.drain(..).sum::<u64>();
    /// }
    /// assert_eq!(sum, 499_500);
    /// assert!(thread.join().unwrap().is_ok());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// If the queue is empty and nothing will ever come.
    ///
    /// # Panics
    ///
    /// As there.
    pub fn pop_many(&mut self, messages: &mut Vec<T>, max: usize) -> Result<usize, PopError> {
        match self.0.try_pop_many(messages, max) {
            Ok(count) => return Ok(count),
            Err(TryPopError::Closed) => return Err(PopError),
            Err(TryPopError::Empty | TryPopError::Pending) => {}
        }
        messages.reserve(1);
        messages.push(self.pop()?);
        // What came with it.
        let more = self.0.try_pop_many(messages, max.saturating_sub(1));
        Ok(1 + more.unwrap_or_default())
    }

    /// Takes messages until there is none ready. Dropped early, it leaves the others in the queue.
    pub fn drain(&mut self) -> Drain<'_, T> {
        Drain(self)
    }

    /// Takes messages, sleeping while there is none, until nothing more will come.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
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

/// All messages to come; see [`Consumer::iter`].
#[derive(Debug)]
pub struct Iter<'a, T>(&'a mut Consumer<T>);

impl<T> Iterator for Iter<'_, T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.pop().ok()
    }
}

impl<T> FusedIterator for Iter<'_, T> {}

/// All messages to come, with the consumer itself.
#[derive(Debug)]
pub struct IntoIter<T>(Consumer<T>);

impl<T> Iterator for IntoIter<T> {
    type Item = T;

    fn next(&mut self) -> Option<T> {
        self.0.pop().ok()
    }
}

impl<T> FusedIterator for IntoIter<T> {}

impl<T> IntoIterator for Consumer<T> {
    type Item = T;
    type IntoIter = IntoIter<T>;

    fn into_iter(self) -> IntoIter<T> {
        IntoIter(self)
    }
}

#[allow(clippy::into_iter_without_iter)] // It is `iter`: all iteration takes messages out.
impl<'a, T> IntoIterator for &'a mut Consumer<T> {
    type Item = T;
    type IntoIter = Iter<'a, T>;

    fn into_iter(self) -> Iter<'a, T> {
        self.iter()
    }
}

super::view::view!(Consumer);
