//! How many instructions an exploration takes for each edge, and how many of these one thread takes alone while the others
//! wait for it.
//!
//! Valgrind's tool callgrind counts, so the figures are the same every time for one compiler and one kind of machine. With
//! `--check` the program fails if a model takes more than its [`ALLOWANCES`]. Without valgrind it says so and counts
//! nothing, which is a failure only if the environment has `MITREGATE_REQUIRE_VALGRIND`.

mod callgrind;

use std::env;
use std::process::ExitCode;

use mitregate::check::Options;
use mitregate::gate::{Job, Layer};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// A system, a scenario, a layer, and how many instructions it may take for each edge: a tenth more than it took when this
/// was written.
const ALLOWANCES: [(&str, &str, Layer, f64); 5] = [
    ("multi_paxos", "multi_paxos", Layer::Spec, 1_760.0),
    ("multi_paxos", "ordered", Layer::System, 2_570.0),
    ("multi_paxos", "ordered", Layer::Miter, 4_820.0),
    ("mpsc_queue", "two_by_two", Layer::System, 3_760.0),
    ("canal_lock", "keepers_3x2", Layer::System, 7_400.0),
];

/// How much of all that one thread may do alone, in parts of a hundred.
const ALONE: f64 = 3.0;

/// The argument with which this program runs itself under valgrind.
const COUNTED: &str = "--counted";

/// Explores, and prints how many edges there are.
fn run_counted(system: &str, scenario: &str, layer: &str) {
    let systems = mitregate_models::systems().expect("their tables are fine");
    let system = systems.iter().find(|it| it.name() == system).expect("one of the three");
    let scenario = system.scenario(scenario).expect("the table has it");
    let layer = scenario.layers().find(|it| it.name() == layer).expect("the scenario has it");
    let job = Job { system: &**system, scenario, source: None, layer };
    let options = Options { threads: 1, ..Options::default() };
    let report = job.prepare().expect("it is fine").check(&options).expect("it can be decided");
    println!("{}", report.edges);
}

/// Whether all keep within their allowances.
fn compare() -> bool {
    println!("| exploration | instructions an edge | allowed | by one thread alone | allowed |");
    println!("|---|---|---|---|---|");
    let within = ALLOWANCES.map(|(system, scenario, layer, allowed)| {
        let arguments = [COUNTED, system, scenario, layer.name()];
        let (all, edges) = callgrind::count("explore_all", &arguments);
        let (alone, _) = callgrind::count("add_in_order", &arguments);
        let edges: f64 = edges.trim().parse().expect("a number of edges");
        let (per_edge, share) = (all / edges, 100.0 * alone / all);
        println!(
            "| {system} {scenario} {layer} | {per_edge:.0} | {allowed:.0} | {share:.1} % | {ALONE} % |"
        );
        per_edge <= allowed && share <= ALONE
    });
    within.into_iter().all(|it| it)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [counted, system, scenario, layer] = arguments.as_slice()
        && counted == COUNTED
    {
        run_counted(system, scenario, layer);
        return ExitCode::SUCCESS;
    }
    if let Some(skipped) = callgrind::skipped() {
        return skipped;
    }
    if !compare() && arguments.iter().any(|argument| argument == "--check") {
        eprintln!("an exploration takes more than it is allowed: what was added to its way?");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
