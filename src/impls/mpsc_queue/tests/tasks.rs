//! The queue's ends for tasks, on real threads.

use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, mpsc};
use std::task::{Context, Poll, Wake, Waker};
use std::thread;
use std::time::Duration;

use futures::executor::block_on;
use futures::stream::{self, FusedStream};
use futures::{FutureExt, Sink, SinkExt, Stream, StreamExt, future};

use super::PanickingWaker;
use crate::tasks::{AsyncConsumer, AsyncProducer, async_channel};
use crate::{Config, PopTimeoutError, PushError, PushTimeoutError, channel};

const MOMENT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(20);

fn ends(initial: usize, max: usize) -> (AsyncProducer<u32>, AsyncConsumer<u32>) {
    async_channel(Config::elastic(initial, max).unwrap()).unwrap()
}

/// Counts how often it is called, and how many tasks there are by its references.
#[derive(Default)]
struct Calls(AtomicUsize);

impl Wake for Calls {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Calls {
    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[test]
fn a_push_waits_for_a_pop() {
    let (mut producer, mut consumer) = ends(1, 1);
    producer.try_push(0).unwrap();
    let thread = thread::spawn(move || block_on(producer.push(1)));
    thread::sleep(MOMENT);
    assert!(!thread.is_finished());
    assert_eq!(consumer.try_pop(), Ok(0));
    thread.join().unwrap().unwrap();
    assert_eq!(block_on(consumer.pop()), Ok(1));
    assert_eq!(consumer.stats().dropped, 0);
}

#[test]
fn what_is_not_in_time_comes_back() {
    let (mut producer, mut consumer) = ends(1, 1);
    block_on(async {
        assert_eq!(consumer.pop_until(future::ready(())).await, Err(PopTimeoutError::Timeout));
        assert_eq!(producer.push_until(1, future::ready(())).await, Ok(()));
        let late = producer.push_until(2, future::ready(())).await;
        assert_eq!(late, Err(PushTimeoutError::Timeout(2)));
        assert_eq!(consumer.pop_until(future::pending::<()>()).await, Ok(1));
        consumer.close();
        let closed = producer.push_until(3, future::pending::<()>()).await;
        assert_eq!(closed, Err(PushTimeoutError::Closed(3)));
        assert_eq!(consumer.pop_until(future::pending::<()>()).await, Err(PopTimeoutError::Closed));
    });
    assert_eq!(producer.stats().dropped, 0);
}

/// A message comes at the very moment at which a pop is given up: it is in the queue, or it was given out.
#[test]
fn a_pop_that_is_given_up_loses_nothing() {
    let (mut producer, mut consumer) = ends(4, 4);
    for number in 0..1_000 {
        let mut pop = Box::pin(consumer.pop());
        let mut context = Context::from_waker(Waker::noop());
        assert!(pop.as_mut().poll(&mut context).is_pending());
        producer.try_push(number).unwrap();
        drop(pop);
        assert_eq!(consumer.try_pop(), Ok(number));
    }
}

#[test]
fn a_task_pops_what_is_there_into_a_buffer_of_its_own() {
    let (mut producer, mut consumer) = ends(8, 8);
    let mut popped = Vec::with_capacity(8);
    let memory = popped.as_ptr();
    block_on(async {
        for round in 0..10 {
            (0..5).for_each(|number| producer.try_push(round * 10 + number).unwrap());
            assert_eq!(consumer.pop_many(&mut popped, 0).await, Ok(0));
            assert_eq!(consumer.pop_many(&mut popped, 3).await, Ok(3));
            assert_eq!(consumer.pop_many(&mut popped, 8).await, Ok(2));
            assert_eq!(popped, (0..5).map(|number| round * 10 + number).collect::<Vec<_>>());
            popped.clear();
        }
        assert_eq!(popped.as_ptr(), memory);
        drop(producer);
        assert!(consumer.pop_many(&mut popped, 3).await.is_err());
    });
}

#[test]
fn a_stream_knows_that_it_has_ended() {
    let (mut producer, mut consumer) = ends(1, 1);
    producer.try_push(1).unwrap();
    drop(producer);
    assert!(!consumer.is_terminated());
    assert_eq!(block_on(consumer.next()), Some(1));
    assert!(!consumer.is_terminated());
    assert_eq!(block_on(consumer.next()), None);
    assert!(consumer.is_terminated());
}

#[test]
fn a_busy_task_lets_others_run() {
    let (mut producer, mut consumer) = ends(1024, 1024);
    (0..300).for_each(|number| producer.try_push(number).unwrap());
    let calls = Arc::new(Calls::default());
    let waker = Waker::from(Arc::clone(&calls));
    let mut context = Context::from_waker(&waker);
    let mut ready = 0;
    for pauses in 0..2 {
        while consumer.poll_next_unpin(&mut context).is_ready() {
            ready += 1;
        }
        // It waits, and is to be polled again at once.
        assert_eq!((ready, calls.count()), (128 * (pauses + 1), pauses + 1));
    }
    let mut pushes = 0;
    while Box::pin(producer.push(0)).as_mut().poll(&mut context).is_ready() {
        pushes += 1;
    }
    assert_eq!((pushes, calls.count()), (128, 3));
}

/// A task that has to let others run is not told that there was nothing for it.
#[test]
fn a_busy_task_has_what_is_there_in_time() {
    let (mut producer, mut consumer) = ends(1024, 1024);
    block_on(async {
        for number in 0..400 {
            assert_eq!(producer.push_until(number, future::ready(())).await, Ok(()));
        }
        for number in 0..400 {
            assert_eq!(consumer.pop_until(future::ready(())).await, Ok(number));
        }
    });
}

#[test]
fn a_weak_producer_does_not_keep_a_stream_going() {
    let (producer, mut consumer) = ends(1, 1);
    let weak = producer.downgrade();
    weak.clone().upgrade().unwrap().try_push(1).unwrap();
    drop(producer);
    assert!(weak.upgrade().is_none() && weak.is_closed());
    assert_eq!(block_on(consumer.next()), Some(1));
    assert_eq!(block_on(consumer.next()), None);
}

#[test]
fn a_pop_waits_for_a_push_and_for_the_end() {
    let (mut producer, mut consumer) = ends(1, 1);
    let thread =
        thread::spawn(move || block_on(async { [consumer.pop().await, consumer.pop().await] }));
    thread::sleep(MOMENT);
    producer.try_push(1).unwrap();
    thread::sleep(MOMENT);
    assert!(!thread.is_finished());
    drop(producer);
    let [first, second] = thread.join().unwrap();
    assert!(first == Ok(1) && second.is_err());
}

#[test]
fn pushes_of_one_task_do_not_take_each_others_place() {
    let (mut producer, mut consumer) = ends(1, 1);
    producer.try_push(0).unwrap();
    let (mut one, mut other) = (producer.clone(), producer);
    let task = thread::spawn(move || {
        block_on(future::join(one.push(1), other.push(2))).0.unwrap();
    });
    thread::sleep(MOMENT);
    let mut popped: Vec<u32> = (0..3).map(|_| block_on(consumer.pop()).unwrap()).collect();
    popped.sort_unstable();
    assert_eq!(popped, [0, 1, 2]);
    task.join().unwrap();
}

#[test]
fn streams_and_sinks_pass_everything_in_order() {
    const EACH: u32 = 20_000;
    let (producer, consumer) = async_channel(Config::elastic(1, 4).unwrap()).unwrap();
    let threads: Vec<_> = (0..3)
        .map(|who| {
            let sink = producer.clone().into_sink();
            let messages = stream::iter((0..EACH).map(move |ordinal| Ok((who, ordinal))));
            thread::spawn(move || block_on(messages.forward(sink)))
        })
        .collect();
    drop(producer);
    let popped: Vec<(u32, u32)> = block_on(consumer.collect());
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    for who in 0..3 {
        let of_one = popped.iter().filter(|(it, _)| *it == who).map(|(_, ordinal)| *ordinal);
        assert!(of_one.eq(0..EACH), "producer {who}");
    }
}

#[test]
fn threads_and_tasks_can_be_mixed() {
    let (producer, consumer) = ends(1, 2);
    let mut blocking = producer.clone().into_blocking();
    let mut waiting = producer;
    let threads = [
        thread::spawn(move || blocking.push_all(0..1_000).unwrap()),
        thread::spawn(move || {
            block_on(async {
                for message in 1_000..2_000 {
                    waiting.push(message).await.unwrap();
                }
            });
        }),
    ];
    let mut popped: Vec<u32> = consumer.into_blocking().into_iter().collect();
    popped.sort_unstable();
    assert!(popped.into_iter().eq(0..2_000));
    for thread in threads {
        thread.join().unwrap();
    }
    // And a consumer of any queue can be a stream.
    let (mut producer, consumer) = channel(Config::fixed(2).unwrap()).unwrap();
    producer.push_all([1, 2]).unwrap();
    drop(producer);
    assert_eq!(block_on(AsyncConsumer::from(consumer).collect::<Vec<_>>()), [1, 2]);
}

#[test]
fn a_push_that_is_dropped_leaves_nothing_behind() {
    let (mut producer, mut consumer) = ends(1, 1);
    producer.try_push(0).unwrap();
    let message = Arc::new(());
    let (mut of_arcs, _kept) = async_channel(Config::fixed(1).unwrap()).unwrap();
    of_arcs.try_push(Arc::clone(&message)).unwrap();
    assert!(of_arcs.push(Arc::clone(&message)).now_or_never().is_none());
    assert_eq!(Arc::strong_count(&message), 2);
    assert!(producer.push(1).now_or_never().is_none());
    assert_eq!(consumer.try_pop(), Ok(0));
    assert!(consumer.is_empty());
    let stats = consumer.stats();
    assert_eq!((stats.sent, stats.received, stats.dropped), (1, 1, 0));
}

#[test]
fn wakers_are_called_once_and_not_kept() {
    let (mut producer, mut consumer) = ends(1, 1);
    producer.try_push(0).unwrap();
    let calls = Arc::new(Calls::default());
    let waker = Waker::from(Arc::clone(&calls));
    for _ in 0..3 {
        // Polled for no reason, it keeps the place that it has.
        assert!(pin!(producer.push(1)).poll(&mut Context::from_waker(&waker)).is_pending());
    }
    assert_eq!((calls.count(), Arc::strong_count(&calls)), (0, 3));
    assert_eq!(consumer.try_pop(), Ok(0));
    assert_eq!((calls.count(), Arc::strong_count(&calls)), (1, 2));
    // A task that is dropped may own the handle with which it waits.
    assert!(pin!(consumer.pop()).poll(&mut Context::from_waker(&waker)).is_pending());
    producer.try_push(1).unwrap();
    assert!(pin!(producer.push(2)).poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!((calls.count(), Arc::strong_count(&calls)), (2, 3));
    drop(producer);
    assert_eq!(Arc::strong_count(&calls), 2);
    assert_eq!(consumer.try_pop(), Ok(1));
    drop(consumer);
    assert_eq!(calls.count(), 2);
}

/// Polls its stream again from within the call that wakes it, as an executor may.
struct AtOnce {
    consumer: Mutex<AsyncConsumer<u32>>,
    popped: Mutex<Vec<u32>>,
}

impl Wake for AtOnce {
    fn wake(self: Arc<Self>) {
        let waker = Waker::from(Arc::clone(&self));
        // It is called within the push, and within this too if the stream is woken while it is polled.
        let Ok(mut consumer) = self.consumer.try_lock() else { return };
        while let Poll::Ready(Some(message)) =
            pin!(&mut *consumer).poll_next(&mut Context::from_waker(&waker))
        {
            self.popped.lock().unwrap().push(message);
        }
    }
}

#[test]
fn a_waker_may_use_the_queue() {
    let (mut producer, consumer) = ends(2, 2);
    let task = Arc::new(AtOnce { consumer: Mutex::new(consumer), popped: Mutex::default() });
    Waker::from(Arc::clone(&task)).wake();
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        for message in 0..5 {
            producer.try_push(message).unwrap();
        }
        done.send(()).unwrap();
    });
    is_done.recv_timeout(LONG).expect("wakers are called while a lock is held");
    assert_eq!(*task.popped.lock().unwrap(), [0, 1, 2, 3, 4]);
}

#[test]
fn a_waker_that_panics_keeps_nobody_asleep() {
    let (mut producer, mut consumer) = ends(1, 1);
    producer.try_push(0).unwrap();
    let mut other = producer.clone();
    let panics = Waker::from(Arc::new(PanickingWaker));
    let calls = Arc::new(Calls::default());
    let waker = Waker::from(Arc::clone(&calls));
    assert!(pin!(producer.push(1)).poll(&mut Context::from_waker(&panics)).is_pending());
    assert!(pin!(other.push(2)).poll(&mut Context::from_waker(&waker)).is_pending());
    assert!(catch_unwind(AssertUnwindSafe(|| consumer.try_pop())).is_err());
    assert_eq!(calls.count(), 1);
    producer.try_push(3).unwrap();
    assert_eq!(consumer.try_pop(), Ok(3));
    assert_eq!(consumer.stats().received, 2);
}

/// Owns an end of the queue, as a task does, and drops it when it is dropped itself.
struct Owner(#[allow(dead_code)] Mutex<Option<AsyncProducer<u32>>>);

impl Wake for Owner {
    fn wake(self: Arc<Self>) {}
}

#[test]
fn a_waker_that_is_dropped_may_drop_an_end() {
    let (mut producer, consumer) = ends(1, 1);
    producer.try_push(0).unwrap();
    let (done, is_done) = mpsc::channel();
    thread::spawn(move || {
        let other = producer.clone();
        let waker = Waker::from(Arc::new(Owner(Mutex::new(Some(other)))));
        assert!(pin!(producer.push(1)).poll(&mut Context::from_waker(&waker)).is_pending());
        drop(waker);
        // Replaces that waker, which leaves the queue while this task is put on its list.
        assert!(producer.push(1).now_or_never().is_none());
        drop(producer);
        done.send(()).unwrap();
    });
    is_done.recv_timeout(LONG).expect("wakers are dropped while a lock is held");
    assert!(consumer.is_closed());
}

#[test]
fn a_sink_gives_back_what_nobody_will_take() {
    let (producer, consumer) = ends(1, 1);
    let mut sink = producer.into_sink();
    block_on(sink.send(0)).unwrap();
    block_on(sink.feed(1)).unwrap();
    assert!(sink.flush().now_or_never().is_none());
    drop(consumer);
    assert_eq!(block_on(sink.flush()), Err(PushError(1)));
    assert_eq!(block_on(sink.send(2)), Err(PushError(2)));
    let (producer, left) = sink.into_producer();
    assert!(producer.is_closed());
    assert_eq!(left, None);
}

#[test]
#[should_panic(expected = "not ready")]
fn a_sink_that_is_not_ready_says_so() {
    let (producer, _consumer) = ends(1, 1);
    let mut sink = producer.into_sink();
    pin!(&mut sink).start_send(1).unwrap();
    pin!(&mut sink).start_send(2).unwrap();
}

#[test]
fn the_ends_can_go_to_other_threads() {
    fn assert_send<T: Send>(_: T) {}
    let (mut producer, mut consumer) = ends(1, 1);
    assert_send(producer.push(1));
    assert_send(consumer.pop());
    assert_send(producer.into_sink());
    assert_send(consumer);
}

#[test]
fn a_task_waits_for_the_close() {
    for explicit in [true, false] {
        let (mut producer, mut consumer) = ends(1, 1);
        let calls = Arc::new(Calls::default());
        let waker = Waker::from(Arc::clone(&calls));
        let mut context = Context::from_waker(&waker);
        assert!(pin!(producer.closed()).poll(&mut context).is_pending());
        producer.try_push(1).unwrap();
        consumer.try_pop().unwrap();
        assert_eq!(calls.count(), 0, "neither a push nor a pop ends the wait");
        let mut other = producer.clone();
        let thread = thread::spawn(move || block_on(other.closed()));
        thread::sleep(MOMENT);
        assert!(!thread.is_finished());
        if explicit {
            consumer.close();
        } else {
            drop(consumer);
        }
        thread.join().unwrap();
        assert_eq!(calls.count(), 1);
        assert!(pin!(producer.closed()).poll(&mut context).is_ready());
    }
}

#[test]
fn a_task_that_waits_for_the_close_is_forgotten_with_its_producer() {
    let (mut producer, _consumer) = ends(1, 1);
    let calls = Arc::new(Calls::default());
    let waker = Waker::from(Arc::clone(&calls));
    assert!(pin!(producer.closed()).poll(&mut Context::from_waker(&waker)).is_pending());
    assert_eq!(Arc::strong_count(&calls), 3);
    drop(producer);
    assert_eq!(Arc::strong_count(&calls), 2);
}

#[test]
fn a_sink_can_be_cloned() {
    let (producer, consumer) = ends(4, 4);
    let mut sink = producer.into_sink();
    let mut other = sink.clone();
    block_on(async {
        sink.feed(1).await.unwrap();
        let mut third = sink.clone();
        sink.flush().await.unwrap();
        other.send(2).await.unwrap();
        third.send(3).await.unwrap();
    });
    drop((sink, other));
    assert_eq!(block_on(consumer.collect::<Vec<_>>()), [1, 2, 3]);
}
