//! Exploration: ours against Stateright's breadth-first search, on the same model.
//!
//! Both evaluate the invariants of the configuration; ours evaluates the step properties, deadlock and
//! witnesses besides.

mod theirs;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mitregate::check::{Options, check};
use stateright::{Checker as _, Model as _};
use theirs::{Theirs, spec};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The states of the configuration.
const DISTINCT: u64 = 144_698;

fn explore(c: &mut Criterion) {
    let (spec, goals) = spec();
    let mut group = c.benchmark_group("MultiPaxos.cfg");
    group.sample_size(10);
    group.throughput(Throughput::Elements(DISTINCT));
    for threads in [1, 2] {
        let options = Options { threads, ..Options::default() };
        group.bench_function(format!("mitregate, {threads} thread(s)"), |b| {
            b.iter(|| {
                let report = check(&spec, &goals, &options).expect("it can be decided");
                assert_eq!(report.distinct, DISTINCT);
            });
        });
    }
    group.bench_function("stateright, 1 thread(s)", |b| {
        b.iter(|| {
            let search = Theirs(spec.clone()).checker().spawn_bfs().join();
            assert_eq!(search.unique_state_count() as u64, DISTINCT);
        });
    });
    group.finish();
}

criterion_group!(benches, explore);
criterion_main!(benches);
