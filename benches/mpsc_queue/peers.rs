//! Other queues, to see where this one stands among them: the feature `peers`. Each has this capacity.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::queues::{queue, shared};

queue! {
    SyncChannel(usize): SyncSender<u64>, Receiver<u64>,
    sync_channel,
    |sender: &mut SyncSender<u64>, message| sender.try_send(message),
    |receiver: &mut Receiver<u64>| receiver.try_recv().ok()
}

queue! {
    CrossbeamChannel(usize): crossbeam_channel::Sender<u64>, crossbeam_channel::Receiver<u64>,
    crossbeam_channel::bounded,
    |sender: &mut crossbeam_channel::Sender<u64>, message| sender.try_send(message),
    |receiver: &mut crossbeam_channel::Receiver<u64>| receiver.try_recv().ok()
}

queue! {
    Flume(usize): flume::Sender<u64>, flume::Receiver<u64>,
    flume::bounded,
    |sender: &mut flume::Sender<u64>, message| sender.try_send(message),
    |receiver: &mut flume::Receiver<u64>| receiver.try_recv().ok()
}

queue! {
    ConcurrentQueue(usize): Arc<concurrent_queue::ConcurrentQueue<u64>>, Arc<concurrent_queue::ConcurrentQueue<u64>>,
    |capacity| shared(concurrent_queue::ConcurrentQueue::bounded(capacity)),
    |queue: &mut Arc<concurrent_queue::ConcurrentQueue<u64>>, message| queue.push(message),
    |queue: &mut Arc<concurrent_queue::ConcurrentQueue<u64>>| queue.pop().ok()
}

queue! {
    ThingBuf(usize): Arc<thingbuf::ThingBuf<u64>>, Arc<thingbuf::ThingBuf<u64>>,
    |capacity| shared(thingbuf::ThingBuf::new(capacity)),
    |queue: &mut Arc<thingbuf::ThingBuf<u64>>, message| queue.push(message),
    |queue: &mut Arc<thingbuf::ThingBuf<u64>>| queue.pop()
}
