//! How many states each level of some checks has. Prints CSV, from which `benches/scaling.py` works out what more
//! processes would bring.

use std::sync::Mutex;

use mitregate::check::Options;
use mitregate::check::explore::Progress;
use mitregate::gate::{AnySystem as _, Job, Layer, Loaded, System};
use mitregate_models::canal_lock::CanalLock;
use mitregate_models::mpsc_queue::MpscQueue;
use mitregate_models::multi_paxos::MultiPaxos;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn print_levels<S: System + 'static>(system: S, scenario: &str) {
    let system = Loaded::new(system).expect("the table is fine");
    let scenario = system.scenario(scenario).expect("the table has it");
    // By level, how many states are known once it is expanded.
    let known: Mutex<Vec<u64>> = Mutex::default();
    let note = |progress: Progress| {
        let mut known = known.lock().expect("nobody panics");
        known.resize(usize::try_from(progress.depth).expect("levels are few"), 0);
        if let Some(last) = known.last_mut() {
            *last = progress.states;
        }
    };
    let job = Job { system: &system, scenario, source: None, layer: Layer::Miter };
    let options = Options { threads: 1, progress: Some(&note), ..Options::default() };
    job.run(&options).expect("the scenario can be checked");
    let known = known.into_inner().expect("nobody panics");
    let mut before = 0;
    for (level, states) in known.into_iter().enumerate() {
        println!("{} {},{},{}", system.name(), scenario.name, level + 1, states - before);
        before = states;
    }
}

fn main() {
    println!("check,level,states");
    print_levels(MultiPaxos, "rejected");
    print_levels(MpscQueue, "shrinking_asleep");
    print_levels(CanalLock, "option4_3x2");
}
