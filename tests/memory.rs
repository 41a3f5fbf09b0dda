//! Memory: an exploration holds fewer bytes at its peak than Stateright's breadth-first search of
//! the same model. Bytes that the model checkers asked for are counted, not pages, so the answer
//! does not depend on the allocator.

mod common;

use std::sync::Arc;

use mitregate::check::{Goals, Options, check};
use mitregate::explorer::Stateright;
use mitregate::gate::{Layer, System as _};
use mitregate_models::multi_paxos::{MultiPaxos, Spec};
use peak_alloc::PeakAlloc;
use stateright::{Checker, Model};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// The spec's port in a scenario, and what the scenario asks of it.
fn spec(scenario: &str) -> (Spec, Goals) {
    let job = common::job(common::system("multi_paxos"), scenario, Layer::Spec);
    let goals = job.prepare().expect("the scenario makes a model").goals;
    let source = job.system.source(job.scenario).expect("its configuration is read");
    let constants = MultiPaxos.constants(&source).expect("its constants are fine");
    (MultiPaxos.spec(&Arc::new(constants), None), goals)
}

/// What `work` holds at its peak beyond what there was before, per state that it counts.
fn peak_bytes_per_state(work: impl FnOnce() -> usize) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let states = work();
    (ALLOCATOR.peak_usage() - before) / states
}

#[test]
fn an_exploration_needs_less_memory_than_staterights() {
    let (model, goals) = spec("multi_paxos");
    let options = Options { threads: 1, ..Options::default() };
    let ours = peak_bytes_per_state(|| {
        let report = check(&model, &goals, &options).expect("it can be decided");
        usize::try_from(report.distinct).expect("a count of states fits")
    });
    let model = Stateright::new(model);
    let theirs = peak_bytes_per_state(|| model.checker().spawn_bfs().join().unique_state_count());
    println!("bytes per state at the peak: {ours}, Stateright's search {theirs}");
    assert!(ours < theirs, "{ours} bytes per state, Stateright's search {theirs}");
}
