//! The queue against crossbeam's `ArrayQueue`: one thread, bursts of pushes and then of pops, and one
//! producer with one consumer. Rounds alternate, and the median of their ratios is printed.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_queue::ArrayQueue;
use mitregate::impls::mpsc_queue::{Config, Consumer, Producer, channel};

const ROUNDS: usize = 25;
const BURST: u32 = 32;
const BURSTS: u32 = 20_000;
const SENT: u32 = 400_000;

/// A push as its caller sees it.
#[inline(never)]
pub fn push_ours(producer: &mut Producer<u64>, message: u64) -> bool {
    producer.try_push(message).is_ok()
}

/// A pop as its caller sees it.
#[inline(never)]
pub fn pop_ours(consumer: &mut Consumer<u64>) -> Option<u64> {
    consumer.try_pop().ok()
}

/// A push as its caller sees it.
#[inline(never)]
pub fn push_theirs(queue: &ArrayQueue<u64>, message: u64) -> bool {
    queue.push(message).is_ok()
}

/// A pop as its caller sees it.
#[inline(never)]
pub fn pop_theirs(queue: &ArrayQueue<u64>) -> Option<u64> {
    queue.pop()
}

fn burst(mut push: impl FnMut(u64) -> bool, mut pop: impl FnMut() -> Option<u64>) -> Duration {
    let start = Instant::now();
    for _ in 0..BURSTS {
        for message in (0..BURST).map(u64::from) {
            assert!(push(black_box(message)));
        }
        for message in (0..BURST).map(u64::from) {
            assert_eq!(pop(), Some(message));
        }
    }
    start.elapsed()
}

fn burst_ours(config: Config) -> Duration {
    let (mut producer, mut consumer) = channel(config).unwrap();
    burst(|message| push_ours(&mut producer, message), || pop_ours(&mut consumer))
}

fn burst_theirs() -> Duration {
    let queue = ArrayQueue::new(1024);
    burst(|message| push_theirs(&queue, message), || pop_theirs(&queue))
}

fn pair(
    mut push: impl FnMut(u64) -> bool + Send,
    mut pop: impl FnMut() -> Option<u64>,
) -> Duration {
    let start = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            for message in (0..SENT).map(u64::from) {
                while !push(message) {
                    thread::yield_now();
                }
            }
        });
        for message in (0..SENT).map(u64::from) {
            loop {
                match pop() {
                    Some(popped) => break assert_eq!(popped, message),
                    None => thread::yield_now(),
                }
            }
        }
    });
    start.elapsed()
}

fn pair_ours() -> Duration {
    let (mut producer, mut consumer) = channel(Config::fixed(1024).unwrap()).unwrap();
    pair(move |message| push_ours(&mut producer, message), || pop_ours(&mut consumer))
}

fn pair_theirs() -> Duration {
    let queue = ArrayQueue::new(1024);
    pair(|message| push_theirs(&queue, message), || pop_theirs(&queue))
}

fn compare(name: &str, messages: u32, ours: impl Fn() -> Duration, theirs: impl Fn() -> Duration) {
    let mut rounds: Vec<(f64, f64)> = (0..ROUNDS)
        .map(|_| {
            let (ours, theirs) = (ours().as_secs_f64(), theirs().as_secs_f64());
            (theirs / ours, f64::from(messages) / ours / 1e6)
        })
        .collect();
    rounds.sort_by(|one, other| one.0.total_cmp(&other.0));
    let (ratio, speed) = rounds[ROUNDS / 2];
    let (low, high) = (rounds[ROUNDS / 10].0, rounds[ROUNDS - 1 - ROUNDS / 10].0);
    println!("{name}: {ratio:.2} times ArrayQueue [{low:.2}..{high:.2}], {speed:.1} M messages/s");
}

fn main() {
    let fixed = Config::fixed(1024).unwrap();
    let elastic = Config::elastic(64, 1024).unwrap();
    let (burst_messages, pair_messages) = (BURST * BURSTS, SENT);
    compare("burst, fixed", burst_messages, || burst_ours(fixed), burst_theirs);
    compare("burst, elastic", burst_messages, || burst_ours(elastic), burst_theirs);
    compare("one producer, one consumer", pair_messages, pair_ours, pair_theirs);
}
