//! The queues that are compared, as a caller sees them.

use std::sync::Arc;
use std::time::Duration;

use mitregate_mpsc_queue::{Config, Consumer, Producer, channel};

use crate::workloads::Workload;

/// A bounded queue of words. Operations are not inlined, so that no queue gains from what the workload's
/// loops happen to be.
pub(crate) trait Queue {
    /// The end that pushes.
    type Producer: Clone + Send;
    /// The end that pops.
    type Consumer;

    /// Both ends of a new queue.
    fn ends(&self) -> (Self::Producer, Self::Consumer);
    /// Whether the message was accepted.
    fn push(producer: &mut Self::Producer, message: u64) -> bool;
    /// The next message, if there is one.
    fn pop(consumer: &mut Self::Consumer) -> Option<u64>;
}

/// A queue of any type, for tables of them.
pub(crate) trait Contestant {
    /// Runs a workload on a new queue.
    fn run(&self, workload: Workload) -> Duration;
}

impl<Q: Queue> Contestant for Q {
    fn run(&self, workload: Workload) -> Duration {
        workload.run(self)
    }
}

/// What a queue is called in tables, and the queue.
pub(crate) type Named<'a> = (&'a str, &'a dyn Contestant);

/// Makes a [`Queue`] of what it is made from, the types of its ends, and how these are made and used.
macro_rules! queue {
    ($(#[$doc:meta])* $name:ident($made_from:ty): $producer:ty, $consumer:ty,
     $ends:expr, $push:expr, $pop:expr) => {
        $(#[$doc])*
        pub(crate) struct $name(pub(crate) $made_from);

        impl $crate::queues::Queue for $name {
            type Producer = $producer;
            type Consumer = $consumer;

            fn ends(&self) -> ($producer, $consumer) {
                $ends(self.0)
            }

            #[inline(never)]
            fn push(producer: &mut $producer, message: u64) -> bool {
                $push(producer, message).is_ok()
            }

            #[inline(never)]
            fn pop(consumer: &mut $consumer) -> Option<u64> {
                $pop(consumer)
            }
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
    Mitregate(Config): Producer<u64>, Consumer<u64>,
    |config| channel(config).expect("memory for a ring"),
    Producer::try_push,
    |consumer: &mut Consumer<u64>| consumer.try_pop().ok()
}

queue! {
    /// Crossbeam's `ArrayQueue` of this capacity.
    ArrayQueue(usize): Arc<crossbeam_queue::ArrayQueue<u64>>, Arc<crossbeam_queue::ArrayQueue<u64>>,
    |capacity| shared(crossbeam_queue::ArrayQueue::new(capacity)),
    |queue: &mut Arc<crossbeam_queue::ArrayQueue<u64>>, message| queue.push(message),
    |queue: &mut Arc<crossbeam_queue::ArrayQueue<u64>>| queue.pop()
}
