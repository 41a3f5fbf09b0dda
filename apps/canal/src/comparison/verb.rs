//! The command line's `compare`.

use std::fmt::Write;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::{Args, FromArgMatches};
use comfy_table::{Cell, Table};
use serde::Serialize;

use super::findings::{Finding, findings};
use super::measure::{Answer, Comparison, Depth, Measured, OVERFULL, RACE, measure};
use super::watched::Kind;
use crate::table::new_table;
use mitregate::check::DEADLOCK;
use mitregate::check::{Budget, Options};
use mitregate::gate::report::{json_text, thousands};
use mitregate::gate::{Console, Outcome, Verb, VerbError};
use mitregate_canal_lock::Scheme;
use mitregate_models::canal_lock::constants::{ShipProcess, Variant};
use mitregate_models::canal_lock::laws::TEMPORAL;

#[derive(Args, Debug)]
struct CompareArgs {
    /// Threads to use [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Stop each exploration after so long, such as 90s; what is open then is inconclusive
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
    /// Measure three locks with two ships, and two locks with three ships, as well: a minute or two
    #[arg(long)]
    all: bool,
    /// How to print the results
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// The verb `compare`.
pub fn verb() -> Verb {
    let notes = "Explores the spec's port and the real code of every controller with every kind of ships, \
        with one lock and two ships and with two of each. Two ships fit in a pound, one in a lock; three \
        retries. Where one law fails, the race, overfull places and the deadlock are asked about by \
        themselves, as if the others did not matter; nothing is said of liveness then. What controllers \
        make use of is found by watching the real ones. Of the larger canals of --all only what fails \
        first is told.\n\nExit code 1 if spec and code differ in anything.";
    let command = clap::Command::new("compare")
        .about("Compare all controllers: states, race, deadlock, liveness")
        .after_help(notes);
    Verb { command: CompareArgs::augment_args(command), run }
}

/// Locks and ships.
const SIZES: [(u8, u8); 2] = [(1, 2), (2, 2)];

/// Locks and ships that take longer.
const LARGE: [(u8, u8); 2] = [(3, 2), (2, 3)];

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = CompareArgs::from_arg_matches(matches)?;
    let options = Options {
        threads: args.threads.unwrap_or(0).into(),
        budget: Budget { timeout: args.timeout, ..Budget::default() },
        interrupt: Some(console.interrupt),
        ..Options::default()
    };
    let large: &[_] = if args.all { &LARGE } else { &[] };
    let sizes: Vec<_> = SIZES.iter().chain(large).copied().collect();
    let mut rows = Vec::new();
    for variant in variants(&sizes) {
        if console.interrupt.load(Ordering::Relaxed) {
            break;
        }
        let Variant { locks, ships, controller, ship_process, .. } = variant;
        let process = ship_process.name();
        (console.progress)(&format!("{locks} locks, {ships} ships {process}, {controller}"));
        let depth = if SIZES.contains(&(locks, ships)) { Depth::Each } else { Depth::First };
        rows.push(measure(variant, depth, &options)?);
    }
    let interrupted = console.interrupt.load(Ordering::Relaxed);
    // An incomplete table has no findings.
    let findings = if interrupted { Vec::new() } else { findings(&rows) };
    if args.format == "json" {
        let results = Results { rows: rows.iter().map(RowData::new).collect(), findings };
        (console.print)(&json_text(&results)?)?;
    } else {
        (console.print)(&text(&rows, &findings))?;
    }
    Ok(outcome(&rows, interrupted))
}

/// All controllers with all kinds of ships, size by size.
pub fn variants(sizes: &[(u8, u8)]) -> impl Iterator<Item = Variant> + '_ {
    let of_size = |&(locks, ships): &(u8, u8)| {
        Scheme::ALL.into_iter().flat_map(move |controller| {
            ShipProcess::ALL.into_iter().map(move |ship_process| Variant {
                locks,
                ships,
                max_ships_location: 2,
                max_ships_lock: 1,
                max_retries: 3,
                controller,
                ship_process,
            })
        })
    };
    sizes.iter().flat_map(of_size)
}

fn outcome(rows: &[Comparison], interrupted: bool) -> Outcome {
    if rows.iter().any(|row| !row.disagreements().is_empty()) {
        Outcome::Unexpected
    } else if interrupted || rows.iter().any(|row| row.spec.is_open() || row.code.is_open()) {
        Outcome::Inconclusive
    } else {
        Outcome::Expected
    }
}

/// The output of `--format json`.
#[derive(Serialize)]
struct Results {
    rows: Vec<RowData>,
    findings: Vec<Finding>,
}

/// A row of it.
#[derive(Serialize)]
struct RowData {
    locks: u8,
    ships: u8,
    max_ships_location: u8,
    controller: &'static str,
    ship_process: &'static str,
    /// The uses; none if they were not measured.
    queues: Vec<&'static str>,
    variables: Vec<&'static str>,
    waits_for: Vec<&'static str>,
    spec: Measured,
    code: Measured,
    agree: bool,
}

impl RowData {
    fn new(row: &Comparison) -> RowData {
        RowData {
            locks: row.variant.locks,
            ships: row.variant.ships,
            max_ships_location: row.variant.max_ships_location,
            controller: row.variant.controller.spec_name(),
            ship_process: row.variant.ship_process.name(),
            queues: row.uses(Kind::Queue).collect(),
            variables: row.uses(Kind::Variable).collect(),
            waits_for: row.uses(Kind::Wait).collect(),
            spec: row.spec.clone(),
            code: row.code.clone(),
            agree: row.disagreements().is_empty(),
        }
    }
}

/// The table, what its columns mean, and the findings.
fn text(rows: &[Comparison], findings: &[Finding]) -> String {
    let mut out = format!("{}\n{LEGEND}\n", table(rows));
    for Finding { about, sentences } in findings {
        let _ = writeln!(out, "\n{about}");
        for sentence in sentences {
            let _ = writeln!(out, "  {}", capitalised(sentence));
        }
    }
    out
}

const LEGEND: &str = "\
size: locks x ships. uses: further variables. waits: for what else than requests and machinery.
states: distinct ones; + if a violation ended the exploration. race, overfull, stuck: DoorOpenWhenMoving,
MaxShipsPerLocation, no deadlock. served, level, asks, goals: RequestLockFulfilled, WaterlevelChange,
RequestsShips, ShipsReachGoals. A number is the length of the shortest counterexample in states (with its
loop, for the last four); - is not asked, because something else fails first; ? is not decided.";

fn table(rows: &[Comparison]) -> Table {
    let header = [
        "size",
        "controller",
        "ships",
        "queues",
        "uses",
        "waits",
        "states",
        "race",
        "overfull",
        "stuck",
        "served",
        "level",
        "asks",
        "goals",
    ];
    let mut table = new_table(header, [3, 6]);
    for row in rows {
        table.add_row(cells(row));
    }
    table
}

fn cells(row: &Comparison) -> Vec<Cell> {
    let uses = |kind| row.uses(kind).collect::<Vec<_>>().join(", ");
    let more = if row.spec.complete { "" } else { "+" };
    let first = [
        format!("{}x{}", row.variant.locks, row.variant.ships),
        row.variant.controller.to_string(),
        row.variant.ship_process.name().to_owned(),
        row.uses.as_ref().map_or_else(String::new, |_| row.uses(Kind::Queue).count().to_string()),
        uses(Kind::Variable),
        uses(Kind::Wait),
        thousands(row.spec.distinct) + more,
    ];
    let answers = [RACE, OVERFULL, DEADLOCK].into_iter().chain(TEMPORAL);
    let answers = answers.map(|law| word(row.spec.answer(law)));
    first.into_iter().chain(answers).map(Cell::new).collect()
}

fn word(answer: Answer) -> String {
    match answer {
        Answer::Holds => "ok".to_owned(),
        Answer::Fails(length) => length.to_string(),
        Answer::NotAsked => "-".to_owned(),
        Answer::Open => "?".to_owned(),
    }
}

fn capitalised(sentence: &str) -> String {
    let mut letters = sentence.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
