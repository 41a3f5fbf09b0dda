//! The queues that are compared, as a caller sees them.

use std::collections::VecDeque;
use std::fmt::Debug;
use std::sync::Arc;
use std::time::Duration;

use mitregate_mpsc_queue::{Config, Consumer, Producer, channel};

use crate::latency::{self, Cores};
use crate::workloads::Workload;

/// A message, made of a word.
pub(crate) trait Message:
    Copy + Debug + Default + PartialEq + Send + Sync + Unpin + 'static
{
    /// The message of a word.
    fn of(word: u64) -> Self;
    /// The word that it is of.
    fn word(&self) -> u64;
}

impl Message for u64 {
    fn of(word: u64) -> u64 {
        word
    }

    fn word(&self) -> u64 {
        *self
    }
}

/// 64 bytes: a line of the cache.
impl Message for [u64; 8] {
    fn of(word: u64) -> Self {
        [word; 8]
    }

    fn word(&self) -> u64 {
        self[0]
    }
}

/// A bounded queue. Operations are not inlined, so that no queue gains from what the workload's loops happen to be.
pub(crate) trait Queue<M: Copy> {
    /// The end that pushes.
    type Producer: Clone + Send;
    /// The end that pops.
    type Consumer: Send;

    /// Both ends of a new queue.
    fn ends(&self) -> (Self::Producer, Self::Consumer);
    /// Whether the message was accepted.
    fn try_push(producer: &mut Self::Producer, message: M) -> bool;
    /// The next message, if there is one.
    fn try_pop(consumer: &mut Self::Consumer) -> Option<M>;
    /// Waits for room. False if nobody will pop the message, or if the queue has no such operation.
    fn push(producer: &mut Self::Producer, message: M) -> bool;
    /// Waits for a message; none if the queue has no such operation.
    fn pop(consumer: &mut Self::Consumer) -> Option<M>;

    /// Takes the messages that there is room for, from the front: at once, if the queue can.
    fn push_many(producer: &mut Self::Producer, messages: &mut VecDeque<M>) {
        while messages.front().is_some_and(|&message| Self::try_push(producer, message)) {
            messages.pop_front();
        }
    }

    /// Adds the messages that are there to these: at once, if the queue can.
    fn pop_many(consumer: &mut Self::Consumer, messages: &mut Vec<M>) {
        while let Some(message) = Self::try_pop(consumer) {
            messages.push(message);
        }
    }
}

/// A queue of any type, for tables of them.
pub(crate) trait Contestant<M> {
    /// Runs a workload on a new queue.
    fn run(&self, workload: Workload) -> Duration;
    /// How long messages take through an idle queue.
    fn latencies(&self, cores: Cores) -> Vec<Duration>;
}

impl<M: Message, Q: Queue<M>> Contestant<M> for Q {
    fn run(&self, workload: Workload) -> Duration {
        workload.run(self)
    }

    fn latencies(&self, cores: Cores) -> Vec<Duration> {
        latency::run::<M, Q>(self, cores)
    }
}

/// What a queue is called in tables, and the queue.
pub(crate) type Named<'a, M> = (&'a str, &'a dyn Contestant<M>);

/// Makes a [`Queue`] of what it is made from, the types of its ends for messages of type `$m`, and how these are made and
/// used: without waiting, then with it, and what else the queue can do.
macro_rules! queue {
    ($(#[$doc:meta])* $name:ident($made_from:ty), $m:ident: $producer:ty, $consumer:ty,
     $ends:expr, $try_push:expr, $try_pop:expr, $push:expr, $pop:expr $(, $more:item)*) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) $made_from);

        impl<$m: $crate::queues::Message> $crate::queues::Queue<$m> for $name {
            type Producer = $producer;
            type Consumer = $consumer;

            fn ends(&self) -> ($producer, $consumer) {
                $ends(self.0)
            }

            #[inline(never)]
            fn try_push(producer: &mut $producer, message: $m) -> bool {
                $try_push(producer, message)
            }

            #[inline(never)]
            fn try_pop(consumer: &mut $consumer) -> Option<$m> {
                $try_pop(consumer)
            }

            #[inline(never)]
            fn push(producer: &mut $producer, message: $m) -> bool {
                $push(producer, message)
            }

            #[inline(never)]
            fn pop(consumer: &mut $consumer) -> Option<$m> {
                $pop(consumer)
            }

            $($more)*
        }
    };
}
#[cfg(feature = "peers")]
pub(crate) use queue;

/// Both ends of a queue that any thread may use in any way.
pub(crate) fn shared<Q>(queue: Q) -> (Arc<Q>, Arc<Q>) {
    let queue = Arc::new(queue);
    (Arc::clone(&queue), queue)
}

queue! {
    /// The queue of this crate.
    Mitregate(Config), M: Producer<M>, Consumer<M>,
    |config| channel(config).expect("memory for a ring"),
    |producer: &mut Producer<M>, message| producer.try_push(message).is_ok(),
    |consumer: &mut Consumer<M>| consumer.try_pop().ok(),
    |producer: &mut Producer<M>, message| producer.push(message).is_ok(),
    |consumer: &mut Consumer<M>| consumer.pop().ok(),
    #[inline(never)]
    fn push_many(producer: &mut Producer<M>, messages: &mut VecDeque<M>) {
        producer.try_push_many(messages).ok();
    },
    #[inline(never)]
    fn pop_many(consumer: &mut Consumer<M>, messages: &mut Vec<M>) {
        consumer.try_pop_many(messages, usize::MAX).ok();
    }
}

queue! {
    /// Crossbeam's `ArrayQueue` of this capacity.
    ArrayQueue(usize), M: Arc<crossbeam_queue::ArrayQueue<M>>, Arc<crossbeam_queue::ArrayQueue<M>>,
    |capacity| shared(crossbeam_queue::ArrayQueue::new(capacity)),
    |queue: &mut Arc<crossbeam_queue::ArrayQueue<M>>, message| queue.push(message).is_ok(),
    |queue: &mut Arc<crossbeam_queue::ArrayQueue<M>>| queue.pop(),
    |_: &mut Arc<crossbeam_queue::ArrayQueue<M>>, _| false,
    |_: &mut Arc<crossbeam_queue::ArrayQueue<M>>| None
}
