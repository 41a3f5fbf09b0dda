//! The queue's speed: criterion has absolute figures, and a table has its speed beside crossbeam's
//! `ArrayQueue`. With the feature `peers` other queues take part.
//!
//! In every workload the first row of the table is about a queue beside itself: so much is noise. There the system says
//! where threads run, and the table where they ended up. A second table has latencies, of threads that stay on cores that it names.

mod cores;
mod latency;
#[cfg(feature = "peers")]
mod peers;
mod queues;
mod ratios;
mod workloads;

use std::time::Duration;

use criterion::{Criterion, Throughput};
use mitregate_mpsc_queue::Config;
use queues::{ArrayQueue, Message, Mitregate, Named};
use workloads::{FULL, Workload};

const CAPACITY: usize = 1024;

/// A workload, and the queues that take part. They are compared with the first of them.
struct Contest<'a, M> {
    workload: Workload,
    /// How large a message is.
    size: &'a str,
    queues: &'a [Named<'a, M>],
}

impl<M> Contest<'_, M> {
    fn measure(&self, criterion: &mut Criterion) {
        let name = format!("{}, {}", self.workload.name(), self.size);
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(self.workload.messages().into()));
        for (name, queue) in self.queues {
            group.bench_function(*name, |bencher| {
                bencher.iter_custom(|rounds| (0..rounds).map(|_| queue.run(self.workload)).sum());
            });
        }
        group.finish();
    }
}

/// The queues that take part with messages of a type: all of them, or those that can wait.
fn queues<M: Message>(waits: bool) -> Vec<Named<'static, M>> {
    let fixed: &'static Mitregate = Box::leak(Box::new(Mitregate(config(CAPACITY, CAPACITY))));
    let elastic: &'static Mitregate = Box::leak(Box::new(Mitregate(config(64, CAPACITY))));
    let mut queues: Vec<Named<M>> =
        if waits { Vec::new() } else { vec![("ArrayQueue", &ArrayQueue(CAPACITY))] };
    queues.extend::<[Named<M>; 2]>([("fixed 1,024", fixed), ("elastic 64..1,024", elastic)]);
    #[cfg(feature = "peers")]
    queues.extend::<[Named<M>; 5]>([
        ("crossfire", &peers::CrossfireMpsc(CAPACITY)),
        ("kanal", &peers::Kanal(CAPACITY)),
        ("crossbeam-channel", &peers::CrossbeamChannel(CAPACITY)),
        ("std sync_channel", &peers::SyncChannel(CAPACITY)),
        ("flume", &peers::Flume(CAPACITY)),
    ]);
    #[cfg(feature = "peers")]
    if !waits {
        queues.extend::<[Named<M>; 2]>([
            ("concurrent-queue", &peers::ConcurrentQueue(CAPACITY)),
            ("thingbuf", &peers::ThingBuf(CAPACITY)),
        ]);
    }
    queues
}

/// The workloads of messages of a type.
fn contests<'a, M>(
    size: &'a str,
    polled: &'a [Named<'a, M>],
    waiting: &'a [Named<'a, M>],
) -> Vec<Contest<'a, M>> {
    let trying =
        [Workload::Burst, Workload::Batches].into_iter().chain([1, 2, 4].map(Workload::Producers));
    let trying = trying.map(|workload| Contest { workload, size, queues: polled });
    let waiting = [1, 2, 4].map(Workload::Blocking).map(|workload| Contest {
        workload,
        size,
        queues: waiting,
    });
    trying.chain(waiting).collect()
}

fn config(initial_capacity: usize, max_capacity: usize) -> Config {
    Config::elastic(initial_capacity, max_capacity).expect("powers of two")
}

fn main() {
    let full = FULL as usize;
    let large: &[Named<u64>] = &[
        ("fixed 65,536", &Mitregate(config(full, full))),
        ("elastic 4..65,536", &Mitregate(config(4, full))),
    ];
    let (words, waiting_words) = (queues::<u64>(false), queues::<u64>(true));
    let (lines, waiting_lines) = (queues::<[u64; 8]>(false), queues::<[u64; 8]>(true));
    let mut of_words = contests("words", &words, &waiting_words);
    of_words.extend([Workload::Growth, Workload::Lifetime].map(|workload| Contest {
        workload,
        size: "words",
        queues: large,
    }));
    let of_lines = contests("64 bytes", &lines, &waiting_lines);
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for contest in &of_words {
        contest.measure(&mut criterion);
    }
    for contest in &of_lines {
        contest.measure(&mut criterion);
    }
    criterion.final_summary();
    ratios::print_head();
    for Contest { workload, size, queues } in of_words {
        ratios::print(workload, size, queues);
    }
    for Contest { workload, size, queues } in of_lines {
        ratios::print(workload, size, queues);
    }
    latency::print(&waiting_words);
}
