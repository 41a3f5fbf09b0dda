//! What queues are asked to do, and how long it takes them. Every message that comes out is looked at.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use crate::queues::Queue;

const BURST: u32 = 32;
const BURSTS: u32 = 20_000;
const SENT: u32 = 400_000;
/// How many messages [`Workload::Growth`] brings a queue to hold.
pub(crate) const FULL: u32 = 1 << 16;

/// A shape of use.
#[derive(Clone, Copy)]
pub(crate) enum Workload {
    /// One thread pushes 32 messages and then pops them, again and again.
    Burst,
    /// So many threads push, as fast as they can, and one pops. Who finds the queue full or empty lets
    /// others run: there may be fewer cores than threads.
    Producers(u32),
    /// One thread fills the queue, pushing three messages for each two that it pops, until it holds 65,536;
    /// then it empties it. The consumer makes a queue grow, so there are pops on the way.
    Growth,
    /// The same, and the clock also runs while the queue is made and dropped: a queue that does not grow
    /// has all of its memory to pay for at the beginning.
    Lifetime,
}

impl Workload {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Burst => "burst".to_owned(),
            Self::Producers(count) => format!("{count} to 1"),
            Self::Growth => "growth".to_owned(),
            Self::Lifetime => "growth, lifetime".to_owned(),
        }
    }

    /// How many messages go through the queue.
    pub(crate) fn messages(self) -> u32 {
        match self {
            Self::Burst => BURST * BURSTS,
            Self::Producers(count) => SENT / count * count,
            Self::Growth | Self::Lifetime => 3 * FULL,
        }
    }

    /// How long it takes on a new queue.
    pub(crate) fn run<Q: Queue>(self, queue: &Q) -> Duration {
        let start = Instant::now();
        let (producer, consumer) = queue.ends();
        match self {
            Self::Burst => burst::<Q>(producer, consumer),
            Self::Producers(count) => producers::<Q>(count, &producer, consumer),
            Self::Growth => growth::<Q>(producer, consumer),
            Self::Lifetime => {
                growth::<Q>(producer, consumer);
                start.elapsed()
            }
        }
    }
}

fn burst<Q: Queue>(mut producer: Q::Producer, mut consumer: Q::Consumer) -> Duration {
    let start = Instant::now();
    for _ in 0..BURSTS {
        for message in (0..BURST).map(u64::from) {
            assert!(Q::push(&mut producer, black_box(message)));
        }
        for message in (0..BURST).map(u64::from) {
            assert_eq!(Q::pop(&mut consumer), Some(message));
        }
    }
    start.elapsed()
}

fn growth<Q: Queue>(mut producer: Q::Producer, mut consumer: Q::Consumer) -> Duration {
    let mut sent = 0..3 * u64::from(FULL);
    let mut push = || assert!(Q::push(&mut producer, sent.next().expect("three for each step")));
    let mut due = 0..;
    let mut pop = || assert_eq!(Q::pop(&mut consumer), due.next());
    let start = Instant::now();
    for _ in 0..FULL {
        push();
        pop();
        push();
        pop();
        push();
    }
    for _ in 0..FULL {
        pop();
    }
    start.elapsed()
}

fn producers<Q: Queue>(count: u32, producer: &Q::Producer, consumer: Q::Consumer) -> Duration {
    let each = SENT / count;
    let start = Instant::now();
    thread::scope(|scope| {
        for name in 0..count {
            let producer = producer.clone();
            scope.spawn(move || push_all::<Q>(producer, name, each));
        }
        pop_all::<Q>(consumer, count, each);
    });
    start.elapsed()
}

/// The upper half of a message is its producer's name, the lower half counts.
fn push_all<Q: Queue>(mut producer: Q::Producer, name: u32, count: u32) {
    for number in 0..count {
        let message = u64::from(name) << 32 | u64::from(number);
        while !Q::push(&mut producer, message) {
            thread::yield_now();
        }
    }
}

/// Pops so many messages of each producer. They come in the order in which it pushed them.
fn pop_all<Q: Queue>(mut consumer: Q::Consumer, producers: u32, each: u32) {
    let mut due: Vec<u64> = (0..producers).map(|name| u64::from(name) << 32).collect();
    for _ in 0..producers * each {
        let message = loop {
            match Q::pop(&mut consumer) {
                Some(message) => break message,
                None => thread::yield_now(),
            }
        };
        let due = &mut due[usize::try_from(message >> 32).expect("a small number")];
        assert_eq!(message, *due);
        *due += 1;
    }
}
