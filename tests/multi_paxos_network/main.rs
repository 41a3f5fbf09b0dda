//! Nodes of the Multi-Paxos runtime on a simulated network and simulated disks. Messages are lost and delayed,
//! links break, nodes crash in the middle of writes; then all is mended, and what is left is held against what was
//! promised: agreement, no gaps, nothing acknowledged is lost, calls are linearizable, all of them end, and the
//! spec explains every trace.
//!
//! A run is a function of its seed, and this runs one, or the first if none is named:
//!
//! ```text
//! MITREGATE_SEED=17 cargo test -p mitregate-tests --test multi_paxos_network one_seed -- --nocapture
//! ```

mod fault;
mod history;
mod simulation;

use std::ops::Range;

use fault::Fault;
use simulation::Run;

/// The command that runs a seed again.
fn command(seed: u64) -> String {
    format!(
        "MITREGATE_SEED={seed} cargo test -p mitregate-tests --test multi_paxos_network one_seed -- \
         --nocapture"
    )
}

fn assert_seeds(seeds: Range<u64>) {
    let (mut rounds, mut answered, mut starts, mut events) = (0, 0, 0, 0);
    let count = seeds.end - seeds.start;
    for seed in seeds {
        let outcome = Run::new(seed).go();
        let outcome =
            outcome.unwrap_or_else(|problem| panic!("{problem}\nagain: {}", command(seed)));
        rounds += outcome.rounds;
        answered += outcome.answered;
        starts += outcome.starts;
        events += outcome.events;
    }
    println!(
        "{count} seeds: {rounds} rounds, {answered} calls answered, {starts} starts of nodes, {events} events \
         explained"
    );
    assert!(rounds as u64 > 5 * count && starts as u64 > 5 * count, "the seeds are too tame");
}

#[test]
fn one_seed() {
    let seed = std::env::var("MITREGATE_SEED").unwrap_or_else(|_| "0".to_owned());
    let run = Run::new(seed.parse().expect("MITREGATE_SEED is a number"));
    println!("{:#?}", run.plan);
    let outcome = run.go().unwrap();
    println!("{} rounds in {:?} of simulated time", outcome.rounds, outcome.took);
}

#[test]
fn what_was_promised_holds_for_the_first_seeds() {
    assert_seeds(0..150);
}

#[test]
fn what_was_promised_holds_for_more_seeds() {
    assert_seeds(150..300);
}

#[cfg(feature = "deep")]
#[test]
fn deep_what_was_promised_holds_for_thousands_of_seeds() {
    assert_seeds(300..4000);
}

#[test]
fn a_seed_gives_the_same_run_again() {
    for seed in [3, 7] {
        let [one, other] = [(); 2].map(|()| Run::new(seed).go().unwrap().traces);
        assert_eq!(one, other, "seed {seed}");
    }
}

#[test]
fn faults_around_the_core_are_found() {
    for fault in Fault::ALL {
        let found = (0..60).find_map(|seed| {
            let problem = Run::with_fault(seed, fault).go().err()?;
            // Not by another check.
            let is_meant = fault.reports().iter().any(|report| problem.contains(report));
            is_meant.then_some((seed, problem))
        });
        let Some((seed, problem)) = found else { panic!("{fault:?} is not found") };
        println!("{fault:?}: seed {seed}: {}", problem.lines().next().unwrap_or_default());
    }
}
