//! Exploration: ours against Stateright's breadth-first search, on the same model.
//!
//! Both evaluate the invariants of the configuration; ours evaluates the step properties, deadlock and
//! witnesses besides.

use std::sync::Arc;

use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use mitregate::check::{Goals, Model, Options, check};
use mitregate::gate::{AnySystem as _, Layer, Loaded, System as _};
use mitregate_models::multi_paxos::spec::{Action, State};
use mitregate_models::multi_paxos::{MultiPaxos, Spec, laws};
use stateright::{Checker as _, Model as _, Property};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// The states of the configuration.
const DISTINCT: u64 = 144_698;

/// The spec's port, and what the configuration asks of it.
fn spec() -> (Spec, Goals) {
    let system = Loaded::new(MultiPaxos).expect("the table is fine");
    let scenario = system.scenario("multi_paxos").expect("the table has it");
    let source = system.source(scenario).expect("its configuration is read");
    let constants = MultiPaxos.constants(&source).expect("its constants are fine");
    let prepared = scenario.prepare(&source, Layer::Spec).expect("the port has all of it");
    (MultiPaxos.spec(&Arc::new(constants), None), prepared.goals)
}

/// The same for Stateright, with the invariants of the configuration and no others.
struct Theirs(Spec);

impl stateright::Model for Theirs {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        self.0.init_states()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.0.next_state(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("TypeOK", |it, state| laws::type_ok(&it.0, state)),
            Property::always("Agreement", |it, state| laws::agreement(&it.0, state)),
            Property::always("Validity", |it, state| laws::validity(&it.0, state)),
            Property::always("Consistency", |it, state| laws::consistency(&it.0, state)),
            Property::always("PromiseIntegrity", |it, state| laws::promise_integrity(&it.0, state)),
        ]
    }

    fn within_boundary(&self, state: &State) -> bool {
        self.0.within_boundary(state)
    }
}

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
