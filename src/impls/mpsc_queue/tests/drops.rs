//! Every message is dropped once, wherever it is.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Barrier};
use std::task::Waker;
use std::thread;
use std::time::{Duration, Instant};

use super::PanickingWaker;
use crate::algorithm::{Generation, Word};
use crate::channel::raw_channel;
use crate::platform::Native;
use crate::{Config, Producer, channel, channel_starting_at};

/// Counts how many there are.
struct Counted(Arc<AtomicI64>);

impl Counted {
    fn new(alive: &Arc<AtomicI64>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        Self(Arc::clone(alive))
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[test]
fn what_is_left_is_dropped_with_the_queue() {
    let alive = Arc::new(AtomicI64::new(0));
    for pops in 0..30 {
        for consumer_first in [true, false] {
            let config = Config::elastic(2, 16).unwrap();
            let (mut producer, mut consumer) =
                channel_starting_at(config, 5_u64.wrapping_neg()).unwrap();
            let mut accepted = 0;
            for pop in 0..pops {
                while producer.try_push(Counted::new(&alive)).is_ok() {
                    accepted += 1;
                }
                assert_eq!(alive.load(Ordering::Relaxed), accepted - pop);
                drop(consumer.try_pop());
            }
            if consumer_first {
                drop(consumer);
                assert_eq!(alive.load(Ordering::Relaxed), 0, "dropped with the consumer");
                drop(producer);
            } else {
                drop(producer);
                drop(consumer);
            }
            assert_eq!(alive.load(Ordering::Relaxed), 0);
        }
    }
}

/// Panics when it is dropped, if it is the one.
struct Panicking<'a>(bool, &'a Cell<u32>);

impl Drop for Panicking<'_> {
    fn drop(&mut self) {
        self.1.set(self.1.get() + 1);
        assert!(!self.0, "this message panics when it is dropped");
    }
}

#[test]
fn a_panic_of_one_does_not_keep_the_others() {
    let dropped = Cell::new(0);
    for which in 0..8 {
        dropped.set(0);
        let config = Config::elastic(4, 8).unwrap();
        // References to a `Cell` cannot be sent, so these are the ends without that bound.
        let (mut producer, mut consumer) =
            raw_channel::<_, Native>(config, Word::new(0, Generation::FIRST)).unwrap();
        let mut pushed = 0;
        for _ in 0..2 {
            while pushed < 8 && producer.view().len() < producer.view().capacity() {
                producer.try_push(Panicking(pushed == which, &dropped)).unwrap();
                pushed += 1;
            }
            if pushed < 8 {
                // Two rings from here on.
                std::mem::forget(consumer.try_pop());
            }
        }
        assert_eq!(pushed, 8);
        assert_eq!(dropped.get(), 0);
        let unwound = catch_unwind(AssertUnwindSafe(|| drop(consumer))).is_err();
        assert_eq!(unwound, which > 0, "message {which}");
        assert_eq!(dropped.get(), 7, "message {which}: at once, though there is a producer");
        drop(producer);
    }
}

/// Large, so that writing it takes a while.
struct Large {
    _load: [u8; 1 << 16],
    _reply_to: Option<Producer<Large>>,
    _alive: Arc<()>,
}

#[test]
#[allow(clippy::large_stack_arrays)] // Copying it has to take a while.
fn no_message_outlives_the_consumer() {
    let mut accepted = 0;
    for attempt in 0..300 {
        let alive = Arc::new(());
        let (mut producer, consumer) = channel(Config::fixed(2).unwrap()).unwrap();
        let start = Arc::new(Barrier::new(2));
        let (other_start, other_alive) = (Arc::clone(&start), Arc::clone(&alive));
        let thread = thread::spawn(move || {
            // A message that holds a producer of its own queue: a cycle, if it were to stay.
            let reply_to = (attempt % 2 == 0).then(|| producer.clone());
            let message = Large { _load: [1; 1 << 16], _reply_to: reply_to, _alive: other_alive };
            other_start.wait();
            let accepted = producer.try_push(message).is_ok();
            (producer, accepted)
        });
        start.wait();
        let now = Instant::now();
        while now.elapsed() < Duration::from_micros(attempt % 30) {
            std::hint::spin_loop();
        }
        drop(consumer);
        let (_producer, was_accepted) = thread.join().unwrap();
        accepted += u32::from(was_accepted);
        assert_eq!(Arc::strong_count(&alive), 1, "attempt {attempt}, accepted {was_accepted}");
    }
    println!("{accepted} of 300 messages were accepted beside the consumer's drop");
}

#[test]
fn a_waker_that_panics_does_not_keep_messages() {
    let alive = Arc::new(AtomicI64::new(0));
    let start = Word::new(0, Generation::FIRST).notifying();
    let (mut producer, consumer) =
        raw_channel::<_, Native>(Config::fixed(2).unwrap(), start).unwrap();
    for _ in 0..2 {
        producer.try_push(Counted::new(&alive)).unwrap();
    }
    let mut third = Some(Counted::new(&alive));
    let waker = Waker::from(Arc::new(PanickingWaker));
    assert!(producer.poll_push(&mut third, &waker).is_pending());
    let waits = producer.clone();
    let thread = thread::spawn(move || waits.wait_closed(None));
    thread::sleep(Duration::from_millis(20));
    assert!(catch_unwind(AssertUnwindSafe(|| drop(consumer))).is_err());
    assert!(thread.join().unwrap(), "those that wait for the end are woken all the same");
    assert_eq!(alive.load(Ordering::Relaxed), 1, "the one that was not accepted");
}

#[test]
fn a_refused_message_comes_back_alive() {
    let alive = Arc::new(AtomicI64::new(0));
    let (mut producer, consumer) = channel(Config::fixed(1).unwrap()).unwrap();
    producer.try_push(Counted::new(&alive)).unwrap();
    let back = producer.try_push(Counted::new(&alive)).unwrap_err();
    assert_eq!(alive.load(Ordering::Relaxed), 2);
    drop(back);
    assert_eq!(alive.load(Ordering::Relaxed), 1);
    drop(consumer);
    let back = producer.try_push(Counted::new(&alive)).unwrap_err();
    assert_eq!(alive.load(Ordering::Relaxed), 1);
    drop(back.into_message());
    assert_eq!(alive.load(Ordering::Relaxed), 0);
}

#[test]
fn messages_without_size_are_counted_too() {
    thread_local!(static DROPPED: Cell<u32> = const { Cell::new(0) });
    #[derive(Debug)]
    struct Nothing;
    impl Drop for Nothing {
        fn drop(&mut self) {
            DROPPED.set(DROPPED.get() + 1);
        }
    }
    let (mut producer, mut consumer) = channel(Config::elastic(1, 4).unwrap()).unwrap();
    for _ in 0..10 {
        producer.try_push(Nothing).unwrap();
        drop(consumer.try_pop().unwrap());
    }
    assert_eq!(DROPPED.get(), 10);
    producer.try_push(Nothing).unwrap();
    drop((producer, consumer));
    assert_eq!(DROPPED.get(), 11);
}

#[test]
fn messages_are_aligned() {
    #[repr(align(256))]
    #[derive(Debug, PartialEq)]
    struct Aligned(u8);
    let (mut producer, mut consumer) = channel(Config::elastic(1, 8).unwrap()).unwrap();
    for i in 0..50 {
        producer.try_push(Aligned(i)).unwrap();
        let popped = consumer.try_pop().unwrap();
        assert_eq!(popped, Aligned(i));
        assert_eq!((&raw const popped).addr() % 256, 0);
    }
}

#[test]
fn messages_may_own_what_they_hold() {
    let (mut producer, mut consumer) = channel(Config::elastic(1, 4).unwrap()).unwrap();
    for i in 0..100 {
        producer.push_all([vec![i; 3], Vec::new()].into_iter().take(1)).unwrap();
        assert_eq!(consumer.try_pop().unwrap(), [i; 3]);
    }
}
