//! Other queues, to see where this one stands among them: the feature `peers`. Each has this capacity.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::queues::Queue;

pub(crate) struct SyncChannel(pub(crate) usize);
pub(crate) struct CrossbeamChannel(pub(crate) usize);
pub(crate) struct Flume(pub(crate) usize);
pub(crate) struct ConcurrentQueue(pub(crate) usize);
pub(crate) struct ThingBuf(pub(crate) usize);

impl Queue for SyncChannel {
    type Producer = SyncSender<u64>;
    type Consumer = Receiver<u64>;

    fn ends(&self) -> (Self::Producer, Self::Consumer) {
        sync_channel(self.0)
    }

    #[inline(never)]
    fn push(producer: &mut Self::Producer, message: u64) -> bool {
        producer.try_send(message).is_ok()
    }

    #[inline(never)]
    fn pop(consumer: &mut Self::Consumer) -> Option<u64> {
        consumer.try_recv().ok()
    }
}

impl Queue for CrossbeamChannel {
    type Producer = crossbeam_channel::Sender<u64>;
    type Consumer = crossbeam_channel::Receiver<u64>;

    fn ends(&self) -> (Self::Producer, Self::Consumer) {
        crossbeam_channel::bounded(self.0)
    }

    #[inline(never)]
    fn push(producer: &mut Self::Producer, message: u64) -> bool {
        producer.try_send(message).is_ok()
    }

    #[inline(never)]
    fn pop(consumer: &mut Self::Consumer) -> Option<u64> {
        consumer.try_recv().ok()
    }
}

impl Queue for Flume {
    type Producer = flume::Sender<u64>;
    type Consumer = flume::Receiver<u64>;

    fn ends(&self) -> (Self::Producer, Self::Consumer) {
        flume::bounded(self.0)
    }

    #[inline(never)]
    fn push(producer: &mut Self::Producer, message: u64) -> bool {
        producer.try_send(message).is_ok()
    }

    #[inline(never)]
    fn pop(consumer: &mut Self::Consumer) -> Option<u64> {
        consumer.try_recv().ok()
    }
}

impl Queue for ConcurrentQueue {
    type Producer = Arc<concurrent_queue::ConcurrentQueue<u64>>;
    type Consumer = Arc<concurrent_queue::ConcurrentQueue<u64>>;

    fn ends(&self) -> (Self::Producer, Self::Consumer) {
        let queue = Arc::new(concurrent_queue::ConcurrentQueue::bounded(self.0));
        (Arc::clone(&queue), queue)
    }

    #[inline(never)]
    fn push(producer: &mut Self::Producer, message: u64) -> bool {
        producer.push(message).is_ok()
    }

    #[inline(never)]
    fn pop(consumer: &mut Self::Consumer) -> Option<u64> {
        consumer.pop().ok()
    }
}

impl Queue for ThingBuf {
    type Producer = Arc<thingbuf::ThingBuf<u64>>;
    type Consumer = Arc<thingbuf::ThingBuf<u64>>;

    fn ends(&self) -> (Self::Producer, Self::Consumer) {
        let queue = Arc::new(thingbuf::ThingBuf::new(self.0));
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
