//! The producing end.

use std::collections::{VecDeque, vec_deque};
use std::iter::Chain;
use std::time::{Duration, Instant};

use super::channel::{RawProducer, RawWeakProducer};
use super::config::Config;
use super::error::{PushError, PushTimeoutError, TryPushError};
use super::platform::Std;
use super::stats::Stats;

/// How many messages [`Producer::push_all`] asks of its iterator at once: enough to make reserving cheap.
const MOST_AT_ONCE: usize = 64;

/// The messages that [`Producer::push_all`] gives back: those that it had asked for, then the rest.
pub type Rest<I> =
    Chain<vec_deque::IntoIter<<I as IntoIterator>::Item>, <I as IntoIterator>::IntoIter>;

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

/// A further producer of the same queue.
impl<T> Clone for Producer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// What may become a [`Producer`], and does not keep the queue open: when the last producer is dropped, the consumer
/// learns that nothing more will come, whatever weak producers there are. It does keep the memory of the queue, though
/// not its messages, until it is dropped as well.
pub struct WeakProducer<T>(pub(super) RawWeakProducer<T, Std>);

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
