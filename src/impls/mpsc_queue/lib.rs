//! A queue for many producers and one consumer, whose capacity grows with what it is asked to hold.
//!
//! Pushes are lock-free, pops are wait-free, and growing copies nothing and blocks no thread. Messages
//! come out in the order in which pushes took effect, so those of one producer in the order in which
//! it pushed them. What is accepted comes out exactly once, or is dropped exactly once with the queue.
//!
//! ```
//! use mitregate_mpsc_queue::{Config, TryPopError, TryPushError, channel};
//!
//! let (mut producer, mut consumer) = channel(Config::elastic(2, 4)?)?;
//! assert_eq!(producer.try_push("one"), Ok(()));
//! assert_eq!(producer.try_push("two"), Ok(()));
//! assert_eq!(producer.try_push("three"), Err(TryPushError::Full("three")));
//!
//! // The consumer finds the queue more than half full, so there is more room now.
//! assert_eq!(consumer.try_pop(), Ok("one"));
//! assert_eq!(consumer.capacity(), 4);
//!
//! let mut other = producer.clone();
//! let thread = std::thread::spawn(move || other.push("four"));
//! assert_eq!(consumer.pop(), Ok("two"));
//! assert_eq!(consumer.pop(), Ok("four"));
//! assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
//! thread.join().unwrap().unwrap();
//!
//! drop(producer);
//! assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Guarantees
//!
//! - **Capacity.** When the consumer finds more messages than half the capacity, the capacity is
//!   multiplied by [`Config::growth_factor`], up to [`Config::max_capacity`]. It looks at the first
//!   message, and again each time it has taken a quarter of the capacity. It shrinks if it is asked to,
//!   by [`Config::shrink_after`].
//! - **Memory.** A slot is a message and eight bytes. There are at most two rings: one of the present
//!   capacity and, until its messages are taken, its predecessor; or, for a moment, one that is to
//!   replace it. With a factor of 2 that is never more than 1.5 times the maximum capacity.
//! - **Full** means that the queue holds as many messages as its capacity at that very moment.
//! - **A producer that stops** in the middle of a push, because it lost its processor, holds up
//!   delivery: messages after its own have to wait, since they must not overtake it. Other producers
//!   go on until the queue is full. [`TryPopError::Pending`] tells this from an empty queue. All that
//!   happens in between is that the message is copied; no code of the caller runs there, so a panic
//!   cannot leave a gap.
//! - **Closing.** When the last producer is dropped, the consumer takes what is left and is then told
//!   that the queue is closed. When the consumer is dropped, pushes give their messages back, and what
//!   is left in the queue is dropped. No message outlives the consumer, not even one whose push overlaps
//!   with its drop, nor one that holds a producer of its own queue. A producer can wait for the consumer to close
//!   the queue or to go: [`Producer::wait_closed`]. A [`WeakProducer`] does not keep it open.
//! - **Positions** wrap around after 2^48 messages, a month of a hundred million a second. That is
//!   harmless, unless a push stops, or a producer rests, for just so many messages and not as many
//!   more as the queue has slots (ABA): it then takes what it remembers for new.
//! - **Without a standard library.** What does not wait needs an allocator and atomic words of 64 bits, no more:
//!   turn the feature `std` off, which is on by default.
//! - **Tasks.** With the feature `async`, the module `tasks` has the ends of a queue as a stream and a sink.
//!
//! # How it works
//!
//! See [`algorithm`]. It has the steps, which a model checker runs as well as the queue.
//! Tickets with a generation are as in Dmitry Vyukov's bounded queue and in Folly's `MPMCQueue`; that
//! rings follow each other without copying is as in `MpscChunkedArrayQueue` of `JCTools` and in LCRQ
//! (Morrison and Afek, "Fast concurrent queues for x86 processors", 2013). That only the consumer
//! grows the ring, by one store, and that a refused push rests on one load, are this queue's own.

#![cfg_attr(not(any(feature = "std", test)), no_std)]

extern crate alloc;

pub mod algorithm;
mod atomic;
mod channel;
mod config;
mod consumer;
mod error;
mod platform;
mod producer;
mod sleepers;
mod stats;
#[cfg(feature = "async")]
pub mod tasks;
mod view;

#[cfg(all(test, feature = "std"))]
mod tests;
#[cfg(all(test, not(feature = "std")))]
#[path = "tests/bare.rs"]
mod tests;

// Makes the README's code a doc test.
#[cfg(all(doctest, feature = "std"))]
#[doc = include_str!("README.md")]
struct Readme;

use algorithm::{Generation, Word};
pub use config::{Config, ConfigError, MAX_CAPACITY};
pub use consumer::{Consumer, Drain};
#[cfg(feature = "std")]
pub use consumer::{IntoIter, Iter};
pub use error::{
    ChannelError, PopError, PopTimeoutError, PushError, PushTimeoutError, TryPopError, TryPushError,
};
#[cfg(feature = "std")]
pub use producer::Rest;
pub use producer::{Producer, WeakProducer};
pub use stats::Stats;

/// Makes a queue: one producer, which can be cloned, and its consumer.
///
/// # Errors
///
/// If there is no memory for the first ring.
pub fn channel<T: Send>(config: Config) -> Result<(Producer<T>, Consumer<T>), ChannelError> {
    channel_starting_at(config, 0)
}

/// A queue whose first message has this position, modulo 2^48. For tests of what happens when
/// positions wrap around.
///
/// # Errors
///
/// As for [`channel`].
#[doc(hidden)]
pub fn channel_starting_at<T: Send>(
    config: Config,
    start: u64,
) -> Result<(Producer<T>, Consumer<T>), ChannelError> {
    std_channel(config, Word::new(start, Generation::FIRST))
}

/// A queue whose head and tail begin as `start`.
fn std_channel<T: Send>(
    config: Config,
    start: Word,
) -> Result<(Producer<T>, Consumer<T>), ChannelError> {
    let (producer, consumer) = channel::raw_channel(config, start)
        .ok_or(ChannelError::OutOfMemory { capacity: config.initial_capacity() })?;
    Ok((Producer(producer), Consumer(consumer)))
}
