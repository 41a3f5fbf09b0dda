//! The queue's speed: criterion has absolute figures, and a table has its speed beside crossbeam's
//! `ArrayQueue`. With the feature `peers` other queues take part.
//!
//! In every workload the first row of the table is about a queue beside itself: so much is noise.

#[cfg(feature = "peers")]
mod peers;
mod queues;
mod ratios;
mod workloads;

use std::time::Duration;

use criterion::{Criterion, Throughput};
use mitregate_mpsc_queue::Config;
use queues::{ArrayQueue, Mitregate, Named};
use workloads::{FULL, Workload};

const CAPACITY: usize = 1024;

/// A workload, and the queues that take part. They are compared with the first of them.
struct Contest<'a> {
    workload: Workload,
    queues: &'a [Named<'a>],
}

impl Contest<'_> {
    fn measure(&self, criterion: &mut Criterion) {
        let mut group = criterion.benchmark_group(self.workload.name());
        group.throughput(Throughput::Elements(self.workload.messages().into()));
        for (name, queue) in self.queues {
            group.bench_function(*name, |bencher| {
                bencher.iter_custom(|rounds| (0..rounds).map(|_| queue.run(self.workload)).sum());
            });
        }
        group.finish();
    }
}

fn config(initial_capacity: usize, max_capacity: usize) -> Config {
    Config::elastic(initial_capacity, max_capacity).expect("powers of two")
}

fn main() {
    let queues: &[Named] = &[
        ("ArrayQueue", &ArrayQueue(CAPACITY)),
        ("fixed 1,024", &Mitregate(config(CAPACITY, CAPACITY))),
        ("elastic 64..1,024", &Mitregate(config(64, CAPACITY))),
        #[cfg(feature = "peers")]
        ("std sync_channel", &peers::SyncChannel(CAPACITY)),
        #[cfg(feature = "peers")]
        ("crossbeam-channel", &peers::CrossbeamChannel(CAPACITY)),
        #[cfg(feature = "peers")]
        ("concurrent-queue", &peers::ConcurrentQueue(CAPACITY)),
        #[cfg(feature = "peers")]
        ("thingbuf", &peers::ThingBuf(CAPACITY)),
        #[cfg(feature = "peers")]
        ("flume", &peers::Flume(CAPACITY)),
    ];
    let full = FULL as usize;
    let large: &[Named] = &[
        ("fixed 65,536", &Mitregate(config(full, full))),
        ("elastic 4..65,536", &Mitregate(config(4, full))),
    ];
    let contests = [
        Contest { workload: Workload::Burst, queues },
        Contest { workload: Workload::Producers(1), queues },
        Contest { workload: Workload::Producers(2), queues },
        Contest { workload: Workload::Growth, queues: large },
        Contest { workload: Workload::Lifetime, queues: large },
    ];
    let mut criterion = Criterion::default()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_secs(1))
        .configure_from_args();
    for contest in &contests {
        contest.measure(&mut criterion);
    }
    criterion.final_summary();
    ratios::print_head();
    for Contest { workload, queues } in contests {
        ratios::print(workload, queues);
    }
}
