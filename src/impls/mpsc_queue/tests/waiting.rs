//! Sleeping and waking, on real threads.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Config, PopTimeoutError, PushError, PushTimeoutError, TryPushError, channel};

const MOMENT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_mins(1);

#[test]
fn pop_sleeps_until_a_push() {
    let (mut producer, mut consumer) = channel(Config::fixed(4).unwrap()).unwrap();
    let thread = thread::spawn(move || consumer.pop());
    thread::sleep(MOMENT);
    producer.try_push(1).unwrap();
    assert_eq!(thread.join().unwrap(), Ok(1));
}

#[test]
fn pop_sleeps_until_the_last_producer_leaves() {
    let (producer, mut consumer) = channel::<u8>(Config::fixed(4).unwrap()).unwrap();
    let other = producer.clone();
    let thread = thread::spawn(move || consumer.pop());
    drop(producer);
    thread::sleep(MOMENT);
    assert!(!thread.is_finished());
    drop(other);
    assert!(thread.join().unwrap().is_err());
}

#[test]
fn push_sleeps_until_a_pop() {
    let (mut producer, mut consumer) = channel(Config::fixed(1).unwrap()).unwrap();
    producer.try_push(0).unwrap();
    let threads: Vec<_> = (1..4)
        .map(|message| {
            let mut producer = producer.clone();
            thread::spawn(move || producer.push(message))
        })
        .collect();
    thread::sleep(MOMENT);
    assert!(threads.iter().all(|thread| !thread.is_finished()));
    let mut popped: Vec<u32> = (0..4).map(|_| consumer.pop().unwrap()).collect();
    popped.sort_unstable();
    assert_eq!(popped, [0, 1, 2, 3]);
    for thread in threads {
        thread.join().unwrap().unwrap();
    }
    assert_eq!(consumer.stats().dropped, 0);
}

#[test]
fn push_sleeps_until_the_queue_is_closed() {
    for explicit in [true, false] {
        let (mut producer, mut consumer) = channel(Config::fixed(1).unwrap()).unwrap();
        producer.try_push(0).unwrap();
        let thread = thread::spawn(move || producer.push(1));
        thread::sleep(MOMENT);
        if explicit {
            consumer.close();
        } else {
            drop(consumer);
        }
        assert_eq!(thread.join().unwrap().unwrap_err().0, 1);
    }
}

#[test]
fn timeouts_end_waits_and_count_nothing() {
    let (mut producer, mut consumer) = channel(Config::fixed(1).unwrap()).unwrap();
    let start = Instant::now();
    assert_eq!(consumer.pop_timeout(MOMENT), Err(PopTimeoutError::Timeout));
    assert!(start.elapsed() >= MOMENT);
    assert_eq!(consumer.pop_timeout(Duration::ZERO), Err(PopTimeoutError::Timeout));
    assert_eq!(producer.push_timeout(1, Duration::ZERO), Ok(()));
    let start = Instant::now();
    assert_eq!(producer.push_timeout(2, MOMENT), Err(PushTimeoutError::Timeout(2)));
    assert!(start.elapsed() >= MOMENT);
    assert_eq!(consumer.pop_timeout(LONG), Ok(1));
    assert_eq!(producer.push_timeout(3, Duration::MAX), Ok(()));
    assert_eq!(consumer.pop_timeout(Duration::MAX), Ok(3));
    assert_eq!(consumer.stats().dropped, 0);
    drop(producer);
    assert_eq!(consumer.pop_timeout(LONG), Err(PopTimeoutError::Closed));
}

#[test]
fn a_timed_push_notices_the_close() {
    let (mut producer, consumer) = channel(Config::fixed(1).unwrap()).unwrap();
    producer.try_push(1).unwrap();
    let thread = thread::spawn(move || producer.push_timeout(2, LONG));
    thread::sleep(MOMENT);
    drop(consumer);
    assert_eq!(thread.join().unwrap(), Err(PushTimeoutError::Closed(2)));
}

#[test]
fn sleepers_on_both_sides_pass_everything() {
    const EACH: u32 = 20_000;
    let (producer, mut consumer) = channel(Config::elastic(1, 4).unwrap()).unwrap();
    let threads: Vec<_> = (0..3)
        .map(|who| {
            let mut producer = producer.clone();
            thread::spawn(move || {
                producer.push_all((0..EACH).map(|ordinal| (who, ordinal))).unwrap();
            })
        })
        .collect();
    drop(producer);
    let mut next = [0; 3];
    for (who, ordinal) in &mut consumer {
        assert_eq!(ordinal, next[who]);
        next[who] += 1;
    }
    assert_eq!(next, [EACH; 3]);
    for thread in threads {
        thread.join().unwrap();
    }
}

#[test]
fn iterators_end_with_the_queue() {
    let (mut producer, mut consumer) = channel(Config::fixed(4).unwrap()).unwrap();
    producer.push_all([1, 2, 3]).unwrap();
    assert_eq!(consumer.drain().take(1).collect::<Vec<_>>(), [1]);
    assert_eq!(consumer.drain().collect::<Vec<_>>(), [2, 3]);
    assert_eq!(consumer.drain().next(), None);
    producer.push_all([4, 5]).unwrap();
    drop(producer);
    assert_eq!(consumer.iter().next(), Some(4));
    assert_eq!(consumer.into_iter().collect::<Vec<_>>(), [5]);
}

#[test]
fn growth_wakes_producers() {
    let (mut producer, mut consumer) = channel(Config::elastic(1, 2).unwrap()).unwrap();
    producer.try_push(0).unwrap();
    let mut other = producer.clone();
    let thread = thread::spawn(move || {
        other.push(1).unwrap();
        other.push(2).unwrap();
    });
    thread::sleep(MOMENT);
    assert_eq!(consumer.pop(), Ok(0));
    thread.join().unwrap();
    assert_eq!(producer.try_push(3), Err(TryPushError::Full(3)));
    assert_eq!(consumer.drain().collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn a_producer_waits_for_the_close() {
    for explicit in [true, false] {
        let (mut producer, mut consumer) = channel(Config::fixed(1).unwrap()).unwrap();
        assert!(!producer.wait_closed_timeout(Duration::ZERO));
        let waits = producer.clone();
        let thread = thread::spawn(move || {
            assert!(!waits.wait_closed_timeout(MOMENT));
            waits.wait_closed();
        });
        thread::sleep(2 * MOMENT);
        // Neither a push nor a pop ends the wait.
        producer.try_push(1).unwrap();
        consumer.try_pop().unwrap();
        thread::sleep(MOMENT);
        assert!(!thread.is_finished());
        if explicit {
            consumer.close();
        } else {
            drop(consumer);
        }
        thread.join().unwrap();
        assert!(producer.wait_closed_timeout(Duration::ZERO));
    }
}

#[test]
fn push_all_asks_for_as_much_as_there_is_room_for() {
    let (mut producer, mut consumer) = channel(Config::fixed(4).unwrap()).unwrap();
    let asked = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&asked);
    let thread = thread::spawn(move || {
        // An iterator without an end.
        let mut numbers = (0_u32..).inspect(|_| {
            counter.fetch_add(1, Ordering::Relaxed);
        });
        let PushError(left) = producer.push_all(&mut numbers).unwrap_err();
        left.take(10).collect::<Vec<u32>>()
    });
    for number in 0..100 {
        assert_eq!(consumer.pop(), Ok(number));
        // What was taken, a queue that is full, and as much again that waits for room.
        assert!(asked.load(Ordering::Relaxed) <= number + 1 + 4 + 4);
    }
    consumer.close();
    let left = thread.join().unwrap();
    let accepted: Vec<u32> = consumer.into_iter().collect();
    let all: Vec<u32> = accepted.into_iter().chain(left).collect();
    assert!(
        all.iter().copied().eq(100..100 + u32::try_from(all.len()).unwrap()),
        "none is lost: {all:?}"
    );
}
