//! The producing end.

use alloc::collections::VecDeque;

use super::channel::{RawProducer, RawWeakProducer};
use super::config::Config;
use super::error::TryPushError;
use super::platform::Native;
use super::stats::Stats;

#[cfg(feature = "std")]
mod blocking;
#[cfg(feature = "std")]
pub use blocking::Rest;

/// The producing end of a queue. Clone it for every thread that pushes.
///
/// When the last producer is dropped, the consumer can still take what is in the queue, and then
/// learns that nothing more will come.
pub struct Producer<T>(pub(super) RawProducer<T, Native>);

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

    /// What may become a producer again, and does not keep the queue open.
    ///
    /// ```
    /// use mitregate_mpsc_queue::{Config, TryPopError, channel};
    ///
    /// let (producer, mut consumer) = channel(Config::fixed(8)?)?;
    /// let weak = producer.downgrade();
    /// weak.upgrade().expect("there is a producer").try_push("a late one")?;
    /// drop(producer);
    /// assert!(weak.upgrade().is_none());
    /// assert_eq!(consumer.try_pop(), Ok("a late one"));
    /// assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn downgrade(&self) -> WeakProducer<T> {
        WeakProducer(RawWeakProducer::of(&self.0))
    }
}

/// A further producer of the same queue.
impl<T> Clone for Producer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What may become a [`Producer`], and does not keep the queue open: when the last producer is dropped, the consumer
/// learns that nothing more will come, whatever weak producers there are. It does keep the memory of the queue, though
/// not its messages, until it is dropped as well.
pub struct WeakProducer<T>(pub(super) RawWeakProducer<T, Native>);

impl<T> WeakProducer<T> {
    /// A producer of the queue, unless the last one was dropped. Lock-free.
    pub fn upgrade(&self) -> Option<Producer<T>> {
        self.0.upgrade().map(Producer)
    }
}

/// The same once more.
impl<T> Clone for WeakProducer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

super::view::view!(Producer);
super::view::view!(WeakProducer);
