//! Exploration: ours against Stateright's breadth-first search, on the same model with one thread.

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mitregate::check::graph::Options;
use mitregate::gate::{Layer, System};
use mitregate::models::multi_paxos::MultiPaxos;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn explore(c: &mut Criterion) {
    for (name, layer) in [("multi_paxos", Layer::Spec), ("loss", Layer::Miter)] {
        let scenario = MultiPaxos.scenario(name).expect("the table has it");
        let source = MultiPaxos.source(scenario).expect("its configuration is read");
        let model =
            || MultiPaxos.prepare(scenario, &source, layer).expect("its constants are fine").model;
        let mut group = c.benchmark_group(format!("{name}-{layer}"));
        group.sample_size(10);
        group.throughput(Throughput::Elements(
            scenario.expects(layer).map_or(0, |expected| expected.distinct),
        ));
        let one = Options { threads: 1, ..Options::default() };
        group.bench_function("mitregate, one thread", |b| b.iter(|| model().check(&one).distinct));
        let two = Options { threads: 2, ..Options::default() };
        group.bench_function("mitregate, two threads", |b| b.iter(|| model().check(&two).distinct));
        group.bench_function("stateright, one thread", |b| {
            b.iter(|| model().stateright_count(false));
        });
        group.finish();
    }
}

criterion_group!(benches, explore);
criterion_main!(benches);
