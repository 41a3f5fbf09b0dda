//! Memory: an exploration holds fewer bytes at its peak than Stateright's breadth-first search of
//! the same model, and TLC's graphs are read within 100 bytes an edge. Bytes that were asked for are
//! counted, not pages, so the answer does not depend on the allocator.

#[path = "../benches/theirs.rs"]
mod theirs;

use std::io::{BufReader, Read};
use std::sync::Mutex;
use std::time::Instant;

use mitregate::check::{Options, check};
use mitregate::press::Spec;
use mitregate::tla::StateGraph;
use peak_alloc::PeakAlloc;
use stateright::{Checker, Model};
use theirs::{Theirs, spec};

#[global_allocator]
static ALLOCATOR: PeakAlloc = PeakAlloc;

/// Peaks are those of the process, so they are taken one after the other.
static ONE_AT_A_TIME: Mutex<()> = Mutex::new(());

/// What `work` holds at its peak beyond what there was before, per item that it counts.
fn peak_bytes_per_item(work: impl FnOnce() -> usize) -> usize {
    let _alone = ONE_AT_A_TIME.lock();
    let before = ALLOCATOR.current_usage();
    ALLOCATOR.reset_peak_usage();
    let items = work();
    (ALLOCATOR.peak_usage() - before) / items
}

#[test]
fn an_exploration_needs_less_memory_than_staterights() {
    let (model, goals) = spec();
    let options = Options { threads: 1, ..Options::default() };
    let ours = peak_bytes_per_item(|| {
        let report = check(&model, &goals, &options).expect("it can be decided");
        usize::try_from(report.distinct).expect("a count of states fits")
    });
    let model = Theirs(model);
    let theirs = peak_bytes_per_item(|| model.checker().spawn_bfs().join().unique_state_count());
    println!("bytes per state at the peak: {ours}, Stateright's search {theirs}");
    assert!(ours < theirs, "{ours} bytes per state, Stateright's search {theirs}");
}

/// A dump as TLC writes it, line by line: ten edges from each state, which has four variables.
struct Dump {
    states: u64,
    line: u64,
    rest: Vec<u8>,
}

impl Dump {
    fn text(&self) -> String {
        let node_or_edge = self.line.saturating_sub(1);
        let (state, of_state) = (node_or_edge / 11, node_or_edge % 11);
        // Fingerprints have 64 bits.
        let id = |state: u64| state.wrapping_mul(0x9e37_79b9_7f4a_7c15).cast_signed();
        if self.line == 0 {
            return "strict digraph DiskGraph {\n".to_owned();
        } else if state == self.states {
            return "}\n".to_owned();
        } else if of_state > 0 {
            let target = (state * 7 + of_state * 131) % self.states;
            let (action, color) = (of_state % 4, "color=\"black\",fontcolor=\"black\"");
            return format!(
                "{} -> {} [label=\"Action{action}\",{color}];\n",
                id(state),
                id(target)
            );
        }
        let at = ["outside", "waiting", "inside"];
        let [a, b, c] = [0, 1, 2].map(|it| at[(state / 3_u64.pow(it) % 3) as usize]);
        format!(
            "{} [label=\"/\\\\ at = <<\\\"{a}\\\", \\\"{b}\\\", \\\"{c}\\\">>\\n/\\\\ next = {}\\n/\\\\ sent = {{<<{}, {}>>}}\\n\
             /\\\\ served = {}\"{}];\n",
            id(state),
            state / 27 % 400,
            state % 500,
            state % 30,
            state / 10_800,
            if state == 0 { ",style = filled" } else { "" },
        )
    }
}

impl Read for Dump {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        if self.rest.is_empty() && self.line <= self.states * 11 + 1 {
            self.rest = self.text().into_bytes();
            self.line += 1;
        }
        let length = into.len().min(self.rest.len());
        into[..length].copy_from_slice(&self.rest[..length]);
        self.rest.drain(..length);
        Ok(length)
    }
}

fn read_a_graph(states: u64) {
    let dump = BufReader::new(Dump { states, line: 0, rest: Vec::new() });
    let started = Instant::now();
    let bytes = peak_bytes_per_item(|| {
        let spec = Spec::from_graph(StateGraph::from_dot(dump).expect("a dump")).expect("a spec");
        assert_eq!(spec.graph().len() as u64, states);
        spec.graph().edge_count()
    });
    let seconds = started.elapsed().as_secs_f64();
    println!("{states} states: {bytes} bytes an edge at the peak, {seconds:.1} s");
    assert!(bytes < 100, "{bytes} bytes an edge");
}

#[test]
fn a_graph_takes_less_than_100_bytes_an_edge() {
    read_a_graph(20_000);
}

#[test]
#[cfg(feature = "deep")]
fn deep_a_graph_of_five_million_edges_is_read() {
    read_a_graph(500_000);
}
