//! How long one message takes through an idle queue, from the call that pushes it to the return of the pop that takes it,
//! when the consumer sleeps and the producer does until it pushes.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use core_affinity::CoreId;

use crate::queues::{Message, Named, Queue};

/// How many messages go through a queue in a round.
const MESSAGES: usize = 500;

/// Queues take turns so often, so that what else the machine does meets all of them.
const ROUNDS: u8 = 9;

/// Longer than any queue here spins before it sleeps.
const PAUSE: Duration = Duration::from_micros(200);

/// Where the two threads run.
#[derive(Clone, Copy)]
pub(crate) struct Cores {
    pub(crate) consumer: CoreId,
    pub(crate) producer: CoreId,
}

/// One core and two, if there are two and threads can be told where to run.
pub(crate) fn cores() -> Vec<Cores> {
    let cores = core_affinity::get_core_ids().unwrap_or_default();
    let Some(first) = cores.first().copied() else { return Vec::new() };
    let one = Cores { consumer: first, producer: first };
    let two = cores.get(1).map(|second| Cores { consumer: first, producer: *second });
    [Some(one), two].into_iter().flatten().collect()
}

/// The latencies of the messages, in the order in which they were sent.
pub(crate) fn run<M: Message, Q: Queue<M>>(queue: &Q, cores: Cores) -> Vec<Duration> {
    let (mut producer, mut consumer) = queue.ends();
    let begin = Instant::now();
    thread::scope(|scope| {
        scope.spawn(move || {
            core_affinity::set_for_current(cores.producer);
            for _ in 0..MESSAGES {
                thread::sleep(PAUSE);
                let now = u64::try_from(begin.elapsed().as_nanos()).unwrap_or(u64::MAX);
                assert!(Q::push(&mut producer, M::of(black_box(now))));
            }
        });
        let popping = scope.spawn(move || {
            core_affinity::set_for_current(cores.consumer);
            let pop = |_| {
                let message = Q::pop(&mut consumer).expect("the producer is there");
                begin.elapsed().saturating_sub(Duration::from_nanos(message.word()))
            };
            (0..MESSAGES).map(pop).collect()
        });
        popping.join().expect("popping does not panic")
    })
}

/// A row for each queue.
pub(crate) fn print<M>(queues: &[Named<M>]) {
    println!();
    println!("| one message, both asleep | queue | cores | p50, microseconds | p99 |");
    println!("|---|---|---|---|---|");
    for cores in cores() {
        let mut latencies: Vec<Vec<Duration>> = queues.iter().map(|_| Vec::new()).collect();
        for _ in 0..ROUNDS {
            for ((_, queue), latencies) in queues.iter().zip(&mut latencies) {
                latencies.extend(queue.latencies(cores));
            }
        }
        let (consumer, producer) = (cores.consumer.id, cores.producer.id);
        let name = if consumer == producer { "one core" } else { "two cores" };
        for ((queue, _), mut latencies) in queues.iter().zip(latencies) {
            latencies.sort_unstable();
            let at = |percent: usize| {
                let place = (latencies.len() - 1) * percent / 100;
                latencies[place].as_secs_f64() * 1e6
            };
            println!(
                "| {name} | {queue} | {consumer} pops, {producer} pushes | {:.1} | {:.1} |",
                at(50),
                at(99)
            );
        }
    }
}
