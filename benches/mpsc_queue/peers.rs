//! Other queues, to see where this one stands among them: the feature `peers`. Each has this capacity.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

use crate::queues::{queue, shared};

queue! {
    SyncChannel(usize), M: SyncSender<M>, Receiver<M>,
    sync_channel,
    |sender: &mut SyncSender<M>, message| sender.try_send(message).is_ok(),
    |receiver: &mut Receiver<M>| receiver.try_recv().ok(),
    |sender: &mut SyncSender<M>, message| sender.send(message).is_ok(),
    |receiver: &mut Receiver<M>| receiver.recv().ok()
}

queue! {
    CrossbeamChannel(usize), M: crossbeam_channel::Sender<M>, crossbeam_channel::Receiver<M>,
    crossbeam_channel::bounded,
    |sender: &mut crossbeam_channel::Sender<M>, message| sender.try_send(message).is_ok(),
    |receiver: &mut crossbeam_channel::Receiver<M>| receiver.try_recv().ok(),
    |sender: &mut crossbeam_channel::Sender<M>, message| sender.send(message).is_ok(),
    |receiver: &mut crossbeam_channel::Receiver<M>| receiver.recv().ok()
}

type Crossfire<M> = crossfire::mpsc::Array<M>;

queue! {
    CrossfireMpsc(usize), M: crossfire::MTx<Crossfire<M>>, crossfire::Rx<Crossfire<M>>,
    crossfire::mpsc::bounded_blocking,
    |sender: &mut crossfire::MTx<Crossfire<M>>, message| sender.try_send(message).is_ok(),
    |receiver: &mut crossfire::Rx<Crossfire<M>>| receiver.try_recv().ok(),
    |sender: &mut crossfire::MTx<Crossfire<M>>, message| sender.send(message).is_ok(),
    |receiver: &mut crossfire::Rx<Crossfire<M>>| receiver.recv().ok()
}

queue! {
    Kanal(usize), M: kanal::Sender<M>, kanal::Receiver<M>,
    kanal::bounded,
    |sender: &mut kanal::Sender<M>, message| sender.try_send(message).is_ok_and(|is_sent| is_sent),
    |receiver: &mut kanal::Receiver<M>| receiver.try_recv().ok().flatten(),
    |sender: &mut kanal::Sender<M>, message| sender.send(message).is_ok(),
    |receiver: &mut kanal::Receiver<M>| receiver.recv().ok(),
    #[inline(never)]
    fn pop_many(receiver: &mut kanal::Receiver<M>, messages: &mut Vec<M>) {
        receiver.drain_into(messages).ok();
    }
}

queue! {
    Flume(usize), M: flume::Sender<M>, flume::Receiver<M>,
    flume::bounded,
    |sender: &mut flume::Sender<M>, message| sender.try_send(message).is_ok(),
    |receiver: &mut flume::Receiver<M>| receiver.try_recv().ok(),
    |sender: &mut flume::Sender<M>, message| sender.send(message).is_ok(),
    |receiver: &mut flume::Receiver<M>| receiver.recv().ok()
}

queue! {
    ConcurrentQueue(usize), M: Arc<concurrent_queue::ConcurrentQueue<M>>, Arc<concurrent_queue::ConcurrentQueue<M>>,
    |capacity| shared(concurrent_queue::ConcurrentQueue::bounded(capacity)),
    |queue: &mut Arc<concurrent_queue::ConcurrentQueue<M>>, message| queue.push(message).is_ok(),
    |queue: &mut Arc<concurrent_queue::ConcurrentQueue<M>>| queue.pop().ok(),
    |_: &mut Arc<concurrent_queue::ConcurrentQueue<M>>, _| false,
    |_: &mut Arc<concurrent_queue::ConcurrentQueue<M>>| None
}

queue! {
    ThingBuf(usize), M: Arc<thingbuf::ThingBuf<M>>, Arc<thingbuf::ThingBuf<M>>,
    |capacity| shared(thingbuf::ThingBuf::new(capacity)),
    |queue: &mut Arc<thingbuf::ThingBuf<M>>, message| queue.push(message).is_ok(),
    |queue: &mut Arc<thingbuf::ThingBuf<M>>| queue.pop(),
    |_: &mut Arc<thingbuf::ThingBuf<M>>, _| false,
    |_: &mut Arc<thingbuf::ThingBuf<M>>| None
}
