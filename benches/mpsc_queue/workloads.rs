//! What queues are asked to do, and how long it takes them. Every message that comes out is looked at.

use std::collections::VecDeque;
use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use crate::cores;
use crate::queues::{Message, Queue};

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
    /// The same, and all 32 are handed over at once by queues that can do that, each way.
    Batches,
    /// So many threads push, as fast as they can, and one pops. Who finds the queue full or empty lets
    /// others run: there may be fewer cores than threads.
    Producers(u32),
    /// The same, but who finds the queue full or empty sleeps.
    Blocking(u32),
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
            Self::Batches => "burst, in batches".to_owned(),
            Self::Producers(count) => format!("{count} to 1"),
            Self::Blocking(count) => format!("{count} to 1, blocking"),
            Self::Growth => "growth".to_owned(),
            Self::Lifetime => "growth, lifetime".to_owned(),
        }
    }

    /// How many messages go through the queue.
    pub(crate) fn messages(self) -> u32 {
        match self {
            Self::Burst | Self::Batches => BURST * BURSTS,
            Self::Producers(count) | Self::Blocking(count) => SENT / count * count,
            Self::Growth | Self::Lifetime => 3 * FULL,
        }
    }

    /// How long it takes on a new queue.
    pub(crate) fn run<M: Message, Q: Queue<M>>(self, queue: &Q) -> Duration {
        let start = Instant::now();
        let (producer, consumer) = queue.ends();
        let took = match self {
            Self::Burst => burst::<M, Q>(producer, consumer),
            Self::Batches => batches::<M, Q>(producer, consumer),
            Self::Producers(count) => producers::<M, Q>(count, &producer, consumer, false),
            Self::Blocking(count) => producers::<M, Q>(count, &producer, consumer, true),
            Self::Growth => growth::<M, Q>(producer, consumer),
            Self::Lifetime => {
                growth::<M, Q>(producer, consumer);
                start.elapsed()
            }
        };
        cores::note();
        took
    }
}

fn burst<M: Message, Q: Queue<M>>(
    mut producer: Q::Producer,
    mut consumer: Q::Consumer,
) -> Duration {
    let start = Instant::now();
    for _ in 0..BURSTS {
        for word in (0..BURST).map(u64::from) {
            assert!(Q::try_push(&mut producer, M::of(black_box(word))));
        }
        for word in (0..BURST).map(u64::from) {
            assert_eq!(Q::try_pop(&mut consumer), Some(M::of(word)));
        }
    }
    start.elapsed()
}

fn batches<M: Message, Q: Queue<M>>(
    mut producer: Q::Producer,
    mut consumer: Q::Consumer,
) -> Duration {
    let (mut sent, mut taken) = (VecDeque::new(), Vec::new());
    let start = Instant::now();
    for _ in 0..BURSTS {
        sent.extend((0..BURST).map(|word| M::of(black_box(u64::from(word)))));
        Q::push_many(&mut producer, &mut sent);
        while taken.len() < BURST as usize {
            Q::pop_many(&mut consumer, &mut taken);
        }
        for (word, message) in (0..BURST).zip(taken.drain(..)) {
            assert_eq!(message, M::of(u64::from(word)));
        }
    }
    start.elapsed()
}

fn growth<M: Message, Q: Queue<M>>(
    mut producer: Q::Producer,
    mut consumer: Q::Consumer,
) -> Duration {
    let mut sent = (0..3 * u64::from(FULL)).map(M::of);
    let mut push =
        || assert!(Q::try_push(&mut producer, sent.next().expect("three for each step")));
    let mut due = (0..).map(M::of);
    let mut pop = || assert_eq!(Q::try_pop(&mut consumer), due.next());
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

fn producers<M: Message, Q: Queue<M>>(
    count: u32,
    producer: &Q::Producer,
    consumer: Q::Consumer,
    waits: bool,
) -> Duration {
    let each = SENT / count;
    let start = Instant::now();
    thread::scope(|scope| {
        for name in 0..count {
            let producer = producer.clone();
            scope.spawn(move || push_all::<M, Q>(producer, name, each, waits));
        }
        pop_all::<M, Q>(consumer, count, each, waits);
    });
    start.elapsed()
}

/// The upper half of a message is its producer's name, the lower half counts.
fn push_all<M: Message, Q: Queue<M>>(
    mut producer: Q::Producer,
    name: u32,
    count: u32,
    waits: bool,
) {
    for number in 0..count {
        let message = M::of(u64::from(name) << 32 | u64::from(number));
        if waits {
            assert!(Q::push(&mut producer, message));
            continue;
        }
        while !Q::try_push(&mut producer, message) {
            thread::yield_now();
        }
    }
    // While the consumer has some left to pop: it costs microseconds.
    cores::note();
}

/// Pops so many messages of each producer. They come in the order in which it pushed them.
fn pop_all<M: Message, Q: Queue<M>>(
    mut consumer: Q::Consumer,
    producers: u32,
    each: u32,
    waits: bool,
) {
    let mut due: Vec<u64> = (0..producers).map(|name| u64::from(name) << 32).collect();
    for _ in 0..producers * each {
        let message = loop {
            let popped = if waits { Q::pop(&mut consumer) } else { Q::try_pop(&mut consumer) };
            match popped {
                Some(message) => break message,
                None => thread::yield_now(),
            }
        };
        let due = &mut due[usize::try_from(message.word() >> 32).expect("a small number")];
        assert_eq!(message, M::of(*due));
        *due += 1;
    }
}
