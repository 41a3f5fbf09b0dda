//! Pops that wait. They need the feature `std`.

use alloc::vec::Vec;
use core::iter::FusedIterator;
use std::time::{Duration, Instant};

use super::Consumer;
use crate::error::{PopError, PopTimeoutError, TryPopError};

/// Pops that wait need the feature `std`.
impl<T> Consumer<T> {
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

    /// Takes messages, sleeping while there is none, until nothing more will come.
    pub fn iter(&mut self) -> Iter<'_, T> {
        Iter(self)
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
