//! Tests of the queue without a standard library. That it needs none, the compiler says: the tests have one.

use alloc::collections::VecDeque;

use crate::{Config, TryPopError, TryPushError, channel};

#[test]
fn messages_go_from_thread_to_thread_while_the_queue_grows_and_shrinks() {
    const EACH: u64 = 20_000;
    let config = Config::elastic(2, 64).unwrap().shrink_after(50);
    let (producer, mut consumer) = channel(config).unwrap();
    let mut largest = 0;
    std::thread::scope(|threads| {
        for name in 0..2 {
            let mut producer = producer.clone();
            threads.spawn(move || {
                for number in 0..EACH {
                    while producer.try_push((name, number)).is_err() {
                        std::thread::yield_now();
                    }
                }
            });
        }
        drop(producer);
        let mut next = [0; 2];
        loop {
            largest = largest.max(consumer.capacity());
            match consumer.try_pop() {
                Ok((name, number)) => {
                    assert_eq!(number, next[name]);
                    next[name] += 1;
                }
                Err(TryPopError::Closed) => break,
                Err(TryPopError::Empty | TryPopError::Pending) => std::thread::yield_now(),
            }
        }
        assert_eq!(next, [EACH; 2]);
    });
    assert!(largest > 2, "the queue has never grown");
}

#[test]
fn batches_and_weak_producers_work() {
    let (mut producer, mut consumer) = channel(Config::fixed(4).unwrap()).unwrap();
    let mut messages: VecDeque<u32> = (0..6).collect();
    assert_eq!(producer.try_push_many(&mut messages), Ok(4));
    assert_eq!(producer.try_push(9), Err(TryPushError::Full(9)));
    let mut taken = Vec::new();
    assert_eq!(consumer.try_pop_many(&mut taken, 3), Ok(3));
    taken.extend(consumer.drain());
    assert_eq!(taken, [0, 1, 2, 3]);
    let weak = producer.downgrade();
    drop(producer);
    assert!(weak.upgrade().is_none());
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
}

#[test]
fn a_consumer_that_goes_drops_what_is_there() {
    let message = alloc::sync::Arc::new(());
    let (mut producer, consumer) = channel(Config::elastic(1, 8).unwrap()).unwrap();
    producer.try_push(message.clone()).unwrap();
    drop(consumer);
    assert_eq!(alloc::sync::Arc::strong_count(&message), 1);
    assert!(matches!(producer.try_push(message), Err(TryPushError::Closed(_))));
}
