//! How the time of an exploration grows with the number of states: ours, Stateright's breadth-first search, and TLC, on
//! the spec of Multi-Paxos as given with more and more attempts, one thread each. Prints CSV, from which
//! `benches/plot_growth.py` draws.
//!
//! TLC takes part if `TLA2TOOLS_JAR` names its jar. `GROWTH_MOST_ATTEMPTS` is how far this goes: 3 if it is not set.

mod theirs;

use std::env;
use std::fs;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use mitregate::check::{Goals, Options, check};
use mitregate::gate::{AnySystem as _, Layer, Loaded, Source, System as _};
use mitregate::tla::config::Config;
use mitregate_models::multi_paxos::{MultiPaxos, Spec};
use stateright::{Checker as _, Model as _};
use theirs::Theirs;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const MODULE: &str = "MultiPaxosAsGiven";

/// With more attempts TLC takes many minutes.
const MOST_ATTEMPTS_OF_TLC: u32 = 3;

fn config(attempts: u32) -> String {
    let attempts: Vec<_> = (0..attempts).map(|it| it.to_string()).collect();
    let attempts = attempts.join(", ");
    format!(
        "SPECIFICATION Spec\nCONSTANTS\n  Proposers = {{1, 2}}\n  Acceptors = {{a1, a2, a3}}\n  Rounds = {{1}}\n  \
         Attempts = {{{attempts}}}\n  Values = {{v1, v2}}\n  NONE = NONE\n\
         INVARIANTS TypeOK Agreement Validity Consistency PromiseIntegrity\n"
    )
}

/// The port with that configuration, and what is asked of it.
fn spec(attempts: u32) -> (Spec, Goals) {
    let system = Loaded::new(MultiPaxos).expect("the table is fine");
    let config = Config::parse("growth.cfg", &config(attempts)).expect("it is a configuration");
    let source = Source::new(MODULE.to_owned(), config, Vec::new(), false);
    let constants = MultiPaxos.constants(&source).expect("its constants are fine");
    let scenario = system.scenario("as_given").expect("the table has it");
    let prepared = scenario.prepare(&source, Layer::Spec).expect("the port has all of it");
    (MultiPaxos.spec(&Arc::new(constants), None), prepared.goals)
}

/// Seconds of the fastest of so many runs, and what the last came to.
fn seconds<T>(runs: u32, mut run: impl FnMut() -> T) -> (f64, T) {
    let mut timed = || {
        let start = Instant::now();
        let result = run();
        (start.elapsed().as_secs_f64(), result)
    };
    let (mut least, mut result) = timed();
    for _ in 1..runs {
        let (time, again) = timed();
        (least, result) = (least.min(time), again);
    }
    (least, result)
}

/// TLC's seconds, those of its start apart, as it prints them; and its distinct states.
fn tlc(jar: &str, attempts: u32) -> (f64, u64) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    let specs = concat!(env!("CARGO_MANIFEST_DIR"), "/../specs/multi_paxos");
    for module in ["MultiPaxosAsGiven.tla", "Proposals.tla"] {
        fs::copy(format!("{specs}/{module}"), folder.path().join(module)).expect("it is copied");
    }
    fs::write(folder.path().join("growth.cfg"), config(attempts)).expect("it is written");
    let start = Instant::now();
    let output = Command::new("java")
        .args(["-XX:+UseParallelGC", "-cp", jar, "tlc2.TLC", "-workers", "1", "-deadlock"])
        .args(["-config", "growth.cfg", MODULE])
        .current_dir(folder.path())
        .output()
        .expect("java starts");
    let time = start.elapsed().as_secs_f64();
    let text = String::from_utf8_lossy(&output.stdout);
    let states = text.lines().rev().find_map(|line| {
        let (before, _) = line.split_once(" distinct states found")?;
        before.rsplit([' ', ',']).find(|word| !word.is_empty())?.replace(',', "").parse().ok()
    });
    (time, states.unwrap_or_else(|| panic!("TLC did not finish:\n{text}")))
}

fn main() {
    let most = env::var("GROWTH_MOST_ATTEMPTS").map_or(3, |most| most.parse().expect("a number"));
    let jar = env::var("TLA2TOOLS_JAR").ok();
    println!("engine,states,edges,seconds");
    for attempts in 1..=most {
        let (model, goals) = spec(attempts);
        let runs = if attempts < 4 { 3 } else { 1 };
        let options = Options { threads: 1, ..Options::default() };
        let (time, report) =
            seconds(runs, || check(&model, &goals, &options).expect("it can be decided"));
        let (states, edges) = (report.distinct, report.edges);
        println!("mitregate,{states},{edges},{time:.4}");
        let search = || Theirs(model.clone()).checker().spawn_bfs().join().unique_state_count();
        let (time, count) = seconds(runs, search);
        assert_eq!(count as u64, states, "Stateright finds as many states");
        println!("stateright,{states},{edges},{time:.4}");
        if let Some(jar) = jar.as_ref().filter(|_| attempts <= MOST_ATTEMPTS_OF_TLC) {
            let (time, count) = tlc(jar, attempts);
            assert_eq!(count, states, "TLC finds as many states");
            println!("tlc,{states},{edges},{time:.4}");
        }
    }
}
