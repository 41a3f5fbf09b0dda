//! Memory: an exploration holds fewer bytes at its peak than Stateright's breadth-first search of
//! the same model. Bytes that the model checkers asked for are counted, not pages, so the answer
//! does not depend on the allocator.

#[path = "../benches/theirs.rs"]
mod theirs;

use mitregate::check::{Options, check};
use peak_alloc::PeakAlloc;
use stateright::{Checker, Model};
use theirs::{Theirs, spec};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// What `work` holds at its peak beyond what there was before, per state that it counts.
fn peak_bytes_per_state(work: impl FnOnce() -> usize) -> usize {
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let states = work();
    (ALLOCATOR.peak_usage() - before) / states
}

#[test]
fn an_exploration_needs_less_memory_than_staterights() {
    let (model, goals) = spec();
    let options = Options { threads: 1, ..Options::default() };
    let ours = peak_bytes_per_state(|| {
        let report = check(&model, &goals, &options).expect("it can be decided");
        usize::try_from(report.distinct).expect("a count of states fits")
    });
    let model = Theirs(model);
    let theirs = peak_bytes_per_state(|| model.checker().spawn_bfs().join().unique_state_count());
    println!("bytes per state at the peak: {ours}, Stateright's search {theirs}");
    assert!(ours < theirs, "{ours} bytes per state, Stateright's search {theirs}");
}
