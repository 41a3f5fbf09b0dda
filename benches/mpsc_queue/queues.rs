//! The queues that are compared, as a caller sees them.

use std::sync::Arc;
use std::time::Duration;

use mitregate::impls::mpsc_queue::{Config, Consumer, Producer, channel};

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

/// The queue of this crate.
pub(crate) struct Mitregate(pub(crate) Config);

impl Queue for Mitregate {
    type Producer = Producer<u64>;
    type Consumer = Consumer<u64>;

    fn ends(&self) -> (Producer<u64>, Consumer<u64>) {
        channel(self.0).expect("memory for a ring")
    }

    #[inline(never)]
    fn push(producer: &mut Producer<u64>, message: u64) -> bool {
        producer.try_push(message).is_ok()
    }

    #[inline(never)]
    fn pop(consumer: &mut Consumer<u64>) -> Option<u64> {
        consumer.try_pop().ok()
    }
}

/// Crossbeam's `ArrayQueue` of this capacity.
pub(crate) struct ArrayQueue(pub(crate) usize);

impl Queue for ArrayQueue {
    type Producer = Arc<crossbeam_queue::ArrayQueue<u64>>;
    type Consumer = Arc<crossbeam_queue::ArrayQueue<u64>>;

    fn ends(&self) -> (Self::Producer, Self::Consumer) {
        let queue = Arc::new(crossbeam_queue::ArrayQueue::new(self.0));
        (Arc::clone(&queue), queue)
    }

    #[inline(never)]
    fn push(producer: &mut Self::Producer, message: u64) -> bool {
        producer.push(message).is_ok()
    }

    #[inline(never)]
    fn pop(consumer: &mut Self::Consumer) -> Option<u64> {
        consumer.pop()
    }
}
