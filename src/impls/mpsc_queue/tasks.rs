//! The queue for tasks: its ends as a stream and a sink. Needs the feature `async`.
//!
//! It is the same queue. Where a thread would sleep, a task is woken later, on whatever runtime it runs.
//! The ends can be mixed: threads that push to a task, tasks that push to a thread.
//!
//! ```
//! use futures::{SinkExt, StreamExt};
//! use mitregate_mpsc_queue::Config;
//! use mitregate_mpsc_queue::tasks::async_channel;
//!
//! # futures::executor::block_on(async {
//! let (mut producer, mut consumer) = async_channel(Config::elastic(2, 1024)?)?;
//! let mut blocking = producer.clone().into_blocking();
//! std::thread::spawn(move || blocking.push("from a thread"));
//! assert_eq!(consumer.next().await, Some("from a thread"));
//!
//! producer.push("from a task").await?;
//! let mut sink = producer.into_sink();
//! sink.send("by a sink").await?;
//! drop(sink);
//! assert_eq!(consumer.collect::<Vec<_>>().await, ["from a task", "by a sink"]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Guarantees
//!
//! - Everything in [the parent module](super), with one difference: the consumer of [`async_channel`] checks
//!   for waiters at each pop, and not only after a producer has requested it: a task has no thread that
//!   could back off until then. That makes a pop a little slower.
//! - **Dropping** a push that is not finished drops its message, which is not in the queue and not counted.
//!   Dropping a pop loses nothing.
//! - **A message that is being written** when the consumer comes to it makes its task be polled again at
//!   once. That is a matter of a few instructions, unless the producer has lost its processor.
//! - **Wakers** are called by the push or pop that has something for them, and are called and dropped while no
//!   lock is held. If one panics, the others are called all the same, and the panic goes on through that
//!   push or pop: a message that it has taken is dropped.

use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;

use super::algorithm::{Generation, Word};
use super::channel::{RawConsumer, RawProducer};
use super::config::Config;
use super::consumer::Consumer;
use super::error::{ChannelError, PopError, PushError, TryPopError, TryPushError};
use super::platform::Std;
use super::producer::Producer;
use super::stats::Stats;

/// Makes a queue for tasks: one producer, which can be cloned, and its consumer.
///
/// # Errors
///
/// If there is no memory for the first ring.
pub fn async_channel<T: Send>(
    config: Config,
) -> Result<(AsyncProducer<T>, AsyncConsumer<T>), ChannelError> {
    let (producer, consumer) =
        super::std_channel(config, Word::new(0, Generation::FIRST).notifying())?;
    Ok((AsyncProducer(producer.0), AsyncConsumer(consumer.0)))
}

/// A producing end of a queue, for a task; see [`async_channel`].
pub struct AsyncProducer<T>(RawProducer<T, Std>);

impl<T> AsyncProducer<T> {
    /// Puts a message into the queue, if there is room; see [`Producer::try_push`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_push(&mut self, message: T) -> Result<(), TryPushError<T>> {
        self.0.try_push(message)
    }

    /// Puts a message into the queue, and waits while there is no room.
    ///
    /// # Errors
    ///
    /// The message comes back if the consumer is gone or has closed the queue.
    pub async fn push(&mut self, message: T) -> Result<(), PushError<T>> {
        let mut message = Some(message);
        poll_fn(|context| self.0.poll_push(&mut message, context.waker())).await
    }

    /// Waits until the consumer has closed the queue or is gone. What takes long to make for it is then not
    /// wanted any more. Waiting in one task and pushing in another takes two producers: clone one.
    pub async fn closed(&mut self) {
        poll_fn(|context| self.0.poll_closed(context.waker())).await;
    }

    /// A sink that ends in this producer.
    pub fn into_sink(self) -> PushSink<T> {
        PushSink { producer: self, waiting: None }
    }

    /// The same producer for a thread.
    pub fn into_blocking(self) -> Producer<T> {
        Producer(self.0)
    }
}

/// A further producer of the same queue.
impl<T> Clone for AsyncProducer<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

/// A producer as a sink; see [`AsyncProducer::into_sink`].
///
/// It holds at most one message, until it is flushed or made ready for the next. Closing does not close the
/// queue: it flushes, and the queue is closed when the last producer is dropped. A message that it holds is
/// dropped with it; [`PushSink::into_producer`] gives it back.
#[derive(Debug)]
pub struct PushSink<T> {
    producer: AsyncProducer<T>,
    waiting: Option<T>,
}

impl<T> PushSink<T> {
    /// The producer, and the message that is not in the queue yet, if there is one.
    pub fn into_producer(self) -> (AsyncProducer<T>, Option<T>) {
        (self.producer, self.waiting)
    }
}

/// A further sink of the same queue. It holds no message.
impl<T> Clone for PushSink<T> {
    fn clone(&self) -> Self {
        self.producer.clone().into_sink()
    }
}

/// Neither messages nor anything else in it is pinned.
impl<T> Unpin for PushSink<T> {}

impl<T> Sink<T> for PushSink<T> {
    type Error = PushError<T>;

    fn poll_ready(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PushError<T>>> {
        self.poll_flush(context)
    }

    /// Takes the message, and pushes it when it is flushed.
    ///
    /// # Errors
    ///
    /// The message comes back if the queue is closed.
    ///
    /// # Panics
    ///
    /// If the sink has not said that it is ready, as the trait has it.
    fn start_send(self: Pin<&mut Self>, message: T) -> Result<(), PushError<T>> {
        let sink = self.get_mut();
        assert!(sink.waiting.is_none(), "the sink is not ready: wait for `poll_ready` first");
        if sink.producer.is_closed() {
            return Err(PushError(message));
        }
        sink.waiting = Some(message);
        Ok(())
    }

    fn poll_flush(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PushError<T>>> {
        let sink = self.get_mut();
        sink.producer.0.poll_push(&mut sink.waiting, context.waker())
    }

    fn poll_close(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PushError<T>>> {
        self.poll_flush(context)
    }
}

/// The consuming end of a queue, for a task: a stream that ends when nothing more will come.
///
/// Any queue's consumer can become one.
pub struct AsyncConsumer<T>(RawConsumer<T, Std>);

impl<T> AsyncConsumer<T> {
    /// Takes the next message; see [`Consumer::try_pop`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.0.try_pop()
    }

    /// Takes the next message, and waits while there is none.
    ///
    /// # Errors
    ///
    /// If the queue is empty and nothing will ever come.
    pub async fn pop(&mut self) -> Result<T, PopError> {
        poll_fn(|context| self.0.poll_pop(context.waker())).await.ok_or(PopError)
    }

    /// Refuses pushes from now on. What is in the queue can still be taken.
    pub fn close(&mut self) {
        self.0.close();
    }

    /// The same consumer for a thread.
    pub fn into_blocking(self) -> Consumer<T> {
        Consumer(self.0)
    }
}

impl<T> From<Consumer<T>> for AsyncConsumer<T> {
    fn from(consumer: Consumer<T>) -> Self {
        Self(consumer.0)
    }
}

impl<T> Stream for AsyncConsumer<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().0.poll_pop(context.waker())
    }
}

super::view::view!(AsyncProducer);
super::view::view!(AsyncConsumer);
