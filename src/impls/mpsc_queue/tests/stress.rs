//! Real threads, many messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::thread;

use crate::{Config, Consumer, Producer, channel_starting_at};

/// A message that shows when it was not written, or dropped twice.
struct Message {
    who: usize,
    ordinal: u64,
    check: Box<u64>,
    alive: Arc<AtomicI64>,
}

impl Message {
    fn new(who: usize, ordinal: u64, alive: &Arc<AtomicI64>) -> Self {
        alive.fetch_add(1, Ordering::Relaxed);
        let check = Box::new(Self::check_of(who, ordinal));
        Self { who, ordinal, check, alive: Arc::clone(alive) }
    }

    fn check_of(who: usize, ordinal: u64) -> u64 {
        (ordinal ^ ((who as u64) << 56)).wrapping_mul(0x9E37_79B9_7F4A_7C15)
    }
}

impl Drop for Message {
    fn drop(&mut self) {
        assert_eq!(*self.check, Self::check_of(self.who, self.ordinal), "a message that is none");
        *self.check = 0;
        self.alive.fetch_sub(1, Ordering::Relaxed);
    }
}

#[derive(Clone, Copy)]
struct Trial {
    config: Config,
    producers: usize,
    each: u64,
    before_wrap: u64,
    /// After how many messages the consumer goes to another thread.
    hand_over: usize,
    /// After how many messages the consumer goes for good.
    stop_after: u64,
}

fn produce(mut producer: Producer<Message>, who: usize, each: u64, alive: &Arc<AtomicI64>) -> u64 {
    let mut refused = 0;
    for ordinal in 0..each {
        let mut message = Message::new(who, ordinal, alive);
        while let Err(error) = producer.try_push(message) {
            message = error.into_message();
            if producer.is_closed() {
                return refused;
            }
            refused += 1;
            thread::yield_now();
        }
    }
    refused
}

/// Takes messages until there are none, or enough; then the consumer is handed back.
fn consume(
    mut consumer: Consumer<Message>,
    mut next: Vec<u64>,
    most: usize,
) -> (Consumer<Message>, Vec<u64>, bool) {
    for _ in 0..most {
        let Ok(message) = consumer.pop() else { return (consumer, next, true) };
        assert_eq!(message.ordinal, next[message.who], "out of order");
        next[message.who] += 1;
    }
    (consumer, next, false)
}

fn run(trial: Trial) {
    let alive = Arc::new(AtomicI64::new(0));
    let (producer, mut consumer) =
        channel_starting_at(trial.config, trial.before_wrap.wrapping_neg()).unwrap();
    let threads: Vec<_> = (0..trial.producers)
        .map(|who| {
            let (producer, alive) = (producer.clone(), Arc::clone(&alive));
            thread::spawn(move || produce(producer, who, trial.each, &alive))
        })
        .collect();
    drop(producer);
    let mut next = vec![0; trial.producers];
    let mut is_over = false;
    while !is_over && next.iter().sum::<u64>() < trial.stop_after {
        let thread = thread::spawn(move || consume(consumer, next, trial.hand_over));
        (consumer, next, is_over) = thread.join().unwrap();
        assert!(consumer.len() <= trial.config.max_capacity());
    }
    let stats = consumer.stats();
    assert_eq!(stats.received, next.iter().sum::<u64>());
    drop(consumer);
    let refused: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
    if is_over {
        assert_eq!(next, vec![trial.each; trial.producers]);
        assert_eq!(stats.dropped, refused);
    }
    assert_eq!(alive.load(Ordering::Relaxed), 0, "a message was lost, or dropped twice");
}

fn trials(each: u64) -> Vec<Trial> {
    let mut trials = Vec::new();
    for (initial, max, factor, patience) in [
        (1, 1, 2, 0),
        (1, 64, 2, 0),
        (4, 1024, 8, 0),
        (2, 1 << 16, 2, 0),
        (1024, 1024, 2, 0),
        (2, 8, 2, 1),
        (4, 1024, 4, 20),
    ] {
        for producers in [1, 2, 4] {
            for before_wrap in [0, 700] {
                let trial = Trial {
                    config: Config::new(initial, max, factor).unwrap().shrink_after(patience),
                    producers,
                    each: if max == 1 { each / 8 } else { each },
                    before_wrap,
                    hand_over: 997,
                    stop_after: u64::MAX,
                };
                trials.push(trial);
                trials.push(Trial { stop_after: each / 3, ..trial });
            }
        }
    }
    trials
}

#[test]
fn messages_arrive_in_order_and_once() {
    trials(3_000).into_iter().for_each(run);
}

#[cfg(feature = "deep")]
#[test]
fn deep_messages_arrive_in_order_and_once() {
    for _ in 0..20 {
        trials(100_000).into_iter().for_each(run);
    }
}
