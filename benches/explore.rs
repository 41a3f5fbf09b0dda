//! Exploration: ours against Stateright's breadth-first search, on the same model.
//!
//! Both evaluate the invariants of the configuration; ours evaluates the step properties, deadlock and
//! witnesses besides.

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mitregate::check::Options;
use mitregate::check::check;
use mitregate::gate::System;
use mitregate_models::multi_paxos::{Constants, Module, MultiPaxos, Spec};
use stateright::{Checker, Model};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn spec() -> Spec {
    let scenario = MultiPaxos.scenario("multi_paxos").expect("the table has it");
    let source = MultiPaxos.source(scenario).expect("its configuration is read");
    let constants = Constants::from_config(&source.config, Module::MultiPaxos, &|_| Ok(None));
    Spec::new(Arc::new(constants.expect("its constants are fine")))
}

fn explore(c: &mut Criterion) {
    let mut group = c.benchmark_group("MultiPaxos.cfg");
    group.sample_size(10);
    group.throughput(Throughput::Elements(144_698));
    for threads in [1, 2] {
        let options = Options { threads, ..Options::default() };
        group.bench_function(format!("mitregate, {threads} thread(s)"), |b| {
            b.iter(|| check(&spec(), &options).distinct);
        });
    }
    group.bench_function("stateright, 1 thread(s)", |b| {
        b.iter(|| spec().checker().spawn_bfs().join().unique_state_count());
    });
    group.finish();
}

criterion_group!(benches, explore);
criterion_main!(benches);
