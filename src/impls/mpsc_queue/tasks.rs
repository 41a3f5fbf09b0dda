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
//! Calls can be given up, by the sleep of your runtime or by anything else that becomes ready. The message comes back:
//!
//! ```
//! use mitregate_mpsc_queue::tasks::async_channel;
//! use mitregate_mpsc_queue::{Config, PopTimeoutError, PushTimeoutError};
//!
//! # futures::executor::block_on(async {
//! # async fn sleep() {}
//! let (mut producer, mut consumer) = async_channel(Config::fixed(1)?)?;
//! assert_eq!(consumer.pop_until(sleep()).await, Err(PopTimeoutError::Timeout));
//! producer.push_until("there is room", sleep()).await?;
//! let late = producer.push_until("there is none", sleep()).await;
//! assert_eq!(late, Err(PushTimeoutError::Timeout("there is none")));
//!
//! let weak = producer.downgrade();
//! drop(producer);
//! assert!(weak.upgrade().is_none());
//! let mut messages = Vec::new();
//! assert_eq!(consumer.pop_many(&mut messages, 10).await, Ok(1));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! # }).unwrap();
//! ```
//!
//! # Guarantees
//!
//! - Everything in [the parent module](super), with one difference: the consumer of [`async_channel`] checks
//!   for waiters at each pop, and not only after a producer has requested it: a task has no thread that
//!   could back off until then. That makes a pop a little slower.
//! - **Busy tasks** let others run: after 128 calls in a row that found something to do, an end waits once, and is
//!   polled again at once.
//! - **Dropping** a push that is not finished drops its message, which is not in the queue and not counted.
//!   Dropping a pop loses nothing.
//! - **A message that is being written** when the consumer comes to it makes its task be polled again at
//!   once. That is a matter of a few instructions, unless the producer has lost its processor.
//! - **Wakers** are called by the push or pop that has something for them, and are called and dropped while no
//!   lock is held. If one panics, the others are called all the same, and the panic goes on through that
//!   push or pop: a message that it has taken is dropped.

use core::future::poll_fn;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use futures_core::{FusedStream, Stream};
use futures_sink::Sink;

use super::algorithm::{Generation, OnFull, Word};
use super::channel::{RawConsumer, RawProducer, RawWeakProducer};
use super::config::Config;
use super::consumer::Consumer;
use super::error::{
    ChannelError, PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
use super::platform::Native;
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
    Ok((AsyncProducer(producer.0, Budget::new()), consumer.into()))
}

/// How many calls in a row may be ready before the task lets others run. Executors poll a task until it waits; without this,
/// one that always has something to do would keep its thread for itself.
#[derive(Clone, Copy, Debug)]
struct Budget(u8);

impl Budget {
    /// As many as others have: enough for what it costs to be polled again to make no difference.
    const CALLS: u8 = 128;

    const fn new() -> Self {
        Self(Self::CALLS)
    }

    /// The outcome of a call; or that the task is to be polled again at once, when the budget is spent. `call` is
    /// not made then.
    fn spend<O>(
        &mut self,
        context: &mut Context<'_>,
        call: impl FnOnce(&mut Context<'_>) -> Poll<O>,
    ) -> Poll<O> {
        let Some(left) = self.0.checked_sub(1) else {
            *self = Self::new();
            context.waker().wake_by_ref();
            return Poll::Pending;
        };
        let outcome = call(context);
        self.0 = if outcome.is_ready() { left } else { Self::CALLS };
        outcome
    }
}

/// Polls `first`, and `second` if it is not ready. `None` if `second` is.
async fn race<O>(first: impl Future<Output = O>, second: impl Future) -> Option<O> {
    let (mut first, mut second) = (pin!(first), pin!(second));
    poll_fn(|context| match first.as_mut().poll(context) {
        Poll::Ready(outcome) => Poll::Ready(Some(outcome)),
        Poll::Pending => second.as_mut().poll(context).map(|_| None),
    })
    .await
}

/// A producing end of a queue, for a task; see [`async_channel`].
pub struct AsyncProducer<T>(RawProducer<T, Native>, Budget);

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
        poll_fn(|context| self.poll_push(&mut message, context)).await
    }

    fn poll_push(
        &mut self,
        message: &mut Option<T>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(), PushError<T>>> {
        self.1.spend(context, |context| self.0.poll_push(message, context.waker()))
    }

    /// As [`AsyncProducer::push`], but gives up when `until` is ready before there is room: the sleep of any runtime, for
    /// example. That does not count as dropped.
    ///
    /// # Errors
    ///
    /// The message comes back if there was no room, or if the consumer is gone or has closed the queue.
    pub async fn push_until(
        &mut self,
        message: T,
        until: impl Future,
    ) -> Result<(), PushTimeoutError<T>> {
        let mut message = Some(message);
        let push = poll_fn(|context| self.poll_push(&mut message, context));
        match race(push, until).await {
            Some(Err(PushError(message))) => Err(PushTimeoutError::Closed(message)),
            Some(Ok(())) => Ok(()),
            // A push that waits has its message. It may have waited only to let others run.
            None => message
                .map_or(Ok(()), |message| self.0.attempt(message, OnFull::Report))
                .map_err(|error| match error {
                    TryPushError::Full(message) => PushTimeoutError::Timeout(message),
                    TryPushError::Closed(message) => PushTimeoutError::Closed(message),
                }),
        }
    }

    /// What may become a producer again, and does not keep the queue open.
    pub fn downgrade(&self) -> WeakAsyncProducer<T> {
        WeakAsyncProducer(RawWeakProducer::of(&self.0))
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
        Self(self.0.clone(), Budget::new())
    }
}

/// What may become an [`AsyncProducer`], and does not keep the queue open; see
/// [`WeakProducer`](super::WeakProducer).
pub struct WeakAsyncProducer<T>(RawWeakProducer<T, Native>);

impl<T> WeakAsyncProducer<T> {
    /// A producer of the queue, unless the last one was dropped. Lock-free.
    pub fn upgrade(&self) -> Option<AsyncProducer<T>> {
        self.0.upgrade().map(|producer| AsyncProducer(producer, Budget::new()))
    }
}

/// The same once more.
impl<T> Clone for WeakAsyncProducer<T> {
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
        sink.producer.poll_push(&mut sink.waiting, context)
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
pub struct AsyncConsumer<T> {
    raw: RawConsumer<T, Native>,
    budget: Budget,
    /// Whether it was told that nothing more will come.
    is_over: bool,
}

impl<T> AsyncConsumer<T> {
    /// Takes the next message; see [`Consumer::try_pop`].
    ///
    /// # Errors
    ///
    /// As there.
    #[inline]
    pub fn try_pop(&mut self) -> Result<T, TryPopError> {
        self.raw.try_pop()
    }

    /// Takes the next message, and waits while there is none.
    ///
    /// # Errors
    ///
    /// If the queue is empty and nothing will ever come.
    pub async fn pop(&mut self) -> Result<T, PopError> {
        poll_fn(|context| self.poll_pop(context)).await.ok_or(PopError)
    }

    /// As [`AsyncConsumer::pop`], but gives up when `until` is ready before there is a message: the sleep of any
    /// runtime, for example.
    ///
    /// # Errors
    ///
    /// If no message came in time, or if the queue is empty and nothing will ever come.
    pub async fn pop_until(&mut self, until: impl Future) -> Result<T, PopTimeoutError> {
        match race(poll_fn(|context| self.poll_pop(context)), until).await {
            Some(message) => message.ok_or(PopTimeoutError::Closed),
            // It may have waited only to let others run.
            None => self.raw.try_pop().map_err(|error| match error {
                TryPopError::Closed => PopTimeoutError::Closed,
                TryPopError::Empty | TryPopError::Pending => PopTimeoutError::Timeout,
            }),
        }
    }

    /// Takes up to `max` messages, adds them to the end of `messages`, and says how many; waits while there is none. See
    /// [`Consumer::try_pop_many`](super::Consumer::try_pop_many).
    ///
    /// # Errors
    ///
    /// If the queue is empty and nothing will ever come.
    ///
    /// # Panics
    ///
    /// If there is no memory for the messages. None is lost: they are taken afterwards.
    pub async fn pop_many(&mut self, messages: &mut Vec<T>, max: usize) -> Result<usize, PopError> {
        if max == 0 {
            return Ok(0);
        }
        messages.reserve(1);
        messages.push(self.pop().await?);
        // What came with it. The first message is in the caller's hands, so giving up from here on loses nothing.
        Ok(1 + self.raw.try_pop_many(messages, max - 1).unwrap_or_default())
    }

    fn poll_pop(&mut self, context: &mut Context<'_>) -> Poll<Option<T>> {
        let popped = self.budget.spend(context, |context| self.raw.poll_pop(context.waker()));
        self.is_over |= matches!(popped, Poll::Ready(None));
        popped
    }

    /// Refuses pushes from now on. What is in the queue can still be taken.
    pub fn close(&mut self) {
        self.raw.close();
    }

    /// The same consumer for a thread.
    pub fn into_blocking(self) -> Consumer<T> {
        Consumer(self.raw)
    }
}

impl<T> From<Consumer<T>> for AsyncConsumer<T> {
    fn from(consumer: Consumer<T>) -> Self {
        Self { raw: consumer.0, budget: Budget::new(), is_over: false }
    }
}

impl<T> Stream for AsyncConsumer<T> {
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<T>> {
        self.get_mut().poll_pop(context)
    }
}

impl<T> FusedStream for AsyncConsumer<T> {
    fn is_terminated(&self) -> bool {
        self.is_over
    }
}

super::view::view!(AsyncProducer);
super::view::view!(WeakAsyncProducer);
super::view::view!(AsyncConsumer, raw);
