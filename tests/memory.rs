//! Memory: an exploration holds fewer bytes at its peak than Stateright's breadth-first search of
//! the same model. Bytes that the model checkers asked for are counted, not pages, so the answer
//! does not depend on the allocator.

use std::sync::Arc;

use mitregate::check::Options;
use mitregate::check::check;
use mitregate::gate::System;
use mitregate_models::multi_paxos::{Constants, Module, MultiPaxos, Spec};
use peak_alloc::PeakAlloc;
use stateright::{Checker, Model};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

fn spec(scenario: &str) -> Spec {
    let scenario = MultiPaxos.scenario(scenario).expect("the table has it");
    let source = MultiPaxos.source(scenario).expect("its configuration is read");
    let constants = Constants::from_config(&source.config, Module::MultiPaxos, &|_| Ok(None));
    Spec::new(Arc::new(constants.expect("its constants are fine")))
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
    let model = spec("multi_paxos");
    let options = Options { threads: 1, ..Options::default() };
    let ours = peak_bytes_per_state(|| {
        usize::try_from(check(&model, &options).distinct).expect("a count of states fits")
    });
    let theirs = peak_bytes_per_state(|| model.checker().spawn_bfs().join().unique_state_count());
    println!("bytes per state at the peak: {ours}, Stateright's search {theirs}");
    assert!(ours < theirs, "{ours} bytes per state, Stateright's search {theirs}");
}
