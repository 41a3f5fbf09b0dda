//! The command line's `run`.

use std::fmt::Write as _;
use std::fs::File;
use std::io::Write as _;
use std::path::PathBuf;
use std::sync::atomic::Ordering;
use std::time::Duration;

use clap::{Args, FromArgMatches};

use super::drive::{Operation, Setup};
use super::statistics::Summary;
use super::times::{Durations, Millis, clock};
use super::{draw, side_by_side};
use crate::table::new_table;
use mitregate::gate::report::json_text;
use mitregate::gate::{Console, Outcome, Verb, VerbError};
use mitregate_canal_lock::{Canal, CanalConfig, Scheme};
use mitregate_models::canal_lock::constants::ShipProcess;

/// How long a picture stays on a terminal.
const PACE: Duration = Duration::from_millis(80);

/// How much simulated time passes between two pictures on a terminal, in seconds.
const FRAME: u64 = 30;

#[derive(Args, Debug)]
struct RunArgs {
    /// How many locks
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(1..=30))]
    locks: u16,
    /// How many ships
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=60))]
    ships: u16,
    /// How many ships fit in a pound
    #[arg(long, value_name = "C", default_value_t = 2, value_parser = clap::value_parser!(u16).range(1..=60))]
    max_ships_location: u16,
    /// How often option4 denies a ship in a row
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u16).range(2..=200))]
    max_retries: u16,
    /// The controller
    #[arg(long, value_name = "NAME", default_value = "keepers",
          value_parser = Scheme::ALL.map(Scheme::spec_name))]
    controller: String,
    /// When ships let go of a permission; with the first kind before they move, with the others after
    #[arg(long, value_name = "NAME", default_value = "as_given",
          value_parser = ShipProcess::ALL.map(ShipProcess::name))]
    ship_process: String,
    /// The seed of all chance; the same seed gives the same run
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// How much simulated time, such as 90min or 1day
    #[arg(long, value_name = "DURATION", default_value = "4h", value_parser = humantime::parse_duration)]
    time: Duration,
    /// Draw the canal every so many simulated seconds [default: 30 on a terminal, and not at all
    /// elsewhere]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..))]
    every: Option<u64>,
    /// Print the summary only
    #[arg(long)]
    quiet: bool,
    /// Run all controllers side by side, with the same seeds
    #[arg(long, conflicts_with_all = ["controller", "every", "quiet"])]
    compare: bool,
    /// With --compare: how many seeds, from --seed on
    #[arg(long, value_name = "N", default_value_t = 5, requires = "compare",
          value_parser = clap::value_parser!(u64).range(1..=1000))]
    seeds: u64,
    /// Log what happens to this file, for `trace`, which holds it against the spec
    #[arg(long, value_name = "FILE", conflicts_with = "compare")]
    trace: Option<PathBuf>,
    /// How to print the summary; json prints nothing else
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = ["text", "json"])]
    format: String,
}

/// The verb `run`.
pub fn verb() -> Verb {
    let notes = format!(
        "The controller is the real one, behind the real interlock; doors, water and ships are simulated. \
         A lockage is the way of one ship through one lock, in at one door and out at the other; a passage \
         is its way from one end of the canal to the other. Ships are numbered from 1.\n\n{}\n\nExit code 1 \
         if a ship met a closed door, did not fit where it came to, or was refused, or if the controller \
         stopped or nothing could happen any more. With --compare, if that is so for keepers.",
        Durations::USUAL.words()
    );
    let command = clap::Command::new("run")
        .about("Run a canal with the real controller, in simulated time")
        .after_help(notes);
    Verb { command: RunArgs::augment_args(command), run }
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = RunArgs::from_arg_matches(matches)?;
    let setup = setup(&args)?;
    let time = Millis::try_from(args.time.as_millis())
        .ok()
        .filter(|time| (1..=MOST).contains(time))
        .ok_or("--time is more than a year or nothing at all: choose something between")?;
    if args.compare {
        return compare(&args, &setup, time, console);
    }
    let controller = setup.scheme;
    let mut operation = Operation::new(setup)
        .map_err(|error| format!("{controller} cannot run this canal: {error}"))?;
    let mut trace = match &args.trace {
        Some(path) => {
            operation.trace().map_err(|error| format!("--trace: {error}"))?;
            let told = |error| format!("cannot write {}: {error}", path.display());
            Some(File::create(path).map_err(told)?)
        }
        None => None,
    };
    let interrupted = run_on(&args, &mut operation, time, trace.as_mut(), console)?;
    let summary = operation.summary(interrupted);
    if args.format == "json" {
        (console.print)(&json(&summary)?)?;
    } else {
        (console.print)(&text(&summary))?;
    }
    Ok(match (summary.is_good(), interrupted) {
        (false, _) => Outcome::Unexpected,
        (true, true) => Outcome::Inconclusive,
        (true, false) => Outcome::Expected,
    })
}

/// A year.
const MOST: Millis = 366 * 24 * 3600 * 1000;

fn setup(args: &RunArgs) -> Result<Setup, VerbError> {
    let config = CanalConfig {
        max_ships_location: args.max_ships_location,
        max_retries: args.max_retries,
        ..CanalConfig::new(args.locks, args.ships)
    };
    let canal = Canal::try_from(config).map_err(|error| {
        format!("{error}; here that is: fewer --ships, or a larger --max-ships-location")
    })?;
    let scheme = Scheme::ALL.into_iter().find(|scheme| scheme.spec_name() == args.controller);
    let ship_process =
        ShipProcess::ALL.into_iter().find(|process| process.name() == args.ship_process);
    Ok(Setup {
        canal,
        // These names were checked with the arguments.
        scheme: scheme.unwrap_or(Scheme::Keepers),
        ship_process: ship_process.unwrap_or(ShipProcess::AsGiven),
        durations: Durations::USUAL,
        seed: args.seed,
    })
}

/// Runs and shows an operation up to a time; returns whether it was interrupted.
fn run_on(
    args: &RunArgs,
    operation: &mut Operation,
    time: Millis,
    mut trace: Option<&mut File>,
    console: &Console<'_>,
) -> Result<bool, VerbError> {
    let is_silent = args.quiet || args.format == "json";
    let is_animated = console.is_terminal && !is_silent;
    // Without pictures, in steps that are short enough to notice an interruption.
    let every = args.every.unwrap_or(FRAME) * 1000;
    let draws = !is_silent && (is_animated || args.every.is_some());
    let mut height = 0;
    loop {
        let until = (operation.now() + every).min(time);
        let goes_on = operation.run_until(until) && until < time;
        if let (Some(file), Some(path)) = (&mut trace, &args.trace) {
            let written = file.write_all(operation.take_trace().as_bytes());
            written.map_err(|error| format!("cannot write {}: {error}", path.display()))?;
        }
        let entries = operation.take_log();
        let mut out = String::new();
        if is_animated && height > 0 {
            // Move up to the start of the last picture, and clear from there.
            let _ = write!(out, "\x1b[{height}A\x1b[J");
        }
        for (at, entry) in entries {
            // Above a moving picture, only errors and collisions are printed.
            if !is_silent && (!is_animated || entry.is_bad()) {
                let _ = writeln!(out, "{}  {entry}", clock(at));
            }
        }
        if draws {
            let picture = draw::draw(operation);
            height = picture.lines().count();
            out += &picture;
        }
        if !out.is_empty() {
            (console.print)(&out)?;
        }
        if console.interrupt.load(Ordering::Relaxed) {
            return Ok(true);
        }
        if !goes_on {
            // If it is stuck, only the time advances.
            operation.run_until(time);
            return Ok(false);
        }
        if is_animated {
            std::thread::sleep(PACE);
        }
    }
}

fn compare(
    args: &RunArgs,
    setup: &Setup,
    time: Millis,
    console: &Console<'_>,
) -> Result<Outcome, VerbError> {
    let rows = side_by_side::compare(setup, args.seeds, time, console.interrupt, console.progress);
    let Some(rows) = rows else { return Ok(Outcome::Inconclusive) };
    if args.format == "json" {
        (console.print)(&json(&rows)?)?;
    } else {
        let mut out = side_by_side::table(&rows, args.seeds);
        let _ = writeln!(
            out,
            "{} locks, {} ships, {} fit in a pound, ships {}; {} each, seeds {} to {}. Collisions and \
             overfull places are totals, all else medians.",
            args.locks,
            args.ships,
            args.max_ships_location,
            setup.ship_process.name(),
            humantime::format_duration(args.time),
            args.seed,
            args.seed.wrapping_add(args.seeds - 1),
        );
        (console.print)(&out)?;
    }
    let keepers = rows.iter().find(|row| row.controller == Scheme::Keepers.spec_name());
    // If the canal is unfit for keepers, their result does not count.
    let is_good = keepers.is_some_and(|row| row.good || row.not_for.is_some());
    Ok(if is_good { Outcome::Expected } else { Outcome::Unexpected })
}

fn json<T: serde::Serialize>(value: &T) -> Result<String, VerbError> {
    Ok(json_text(value)?)
}

/// Seconds as milliseconds.
#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // no time is negative or so long
pub(super) fn millis(seconds: f64) -> Millis {
    (seconds * 1000.0).round().max(0.0) as Millis
}

/// The summary as text.
fn text(summary: &Summary) -> String {
    let mut ships = new_table(
        ["ship", "passages", "lockages", "mean wait", "longest wait", "collisions"],
        0..6,
    );
    for ship in &summary.ships {
        ships.add_row([
            ship.ship.to_string(),
            ship.passages.to_string(),
            ship.lockages.to_string(),
            ship.mean_wait.map_or_else(|| "-".to_owned(), |mean| format!("{mean:.0} s")),
            format!("{:.0} s", ship.longest_wait),
            ship.collisions.to_string(),
        ]);
    }
    let mut locks = new_table(["lock", "lockages", "in use"], 0..3);
    for lock in &summary.locks {
        locks.add_row([
            lock.lock.to_string(),
            lock.lockages.to_string(),
            format!("{:.0}%", 100.0 * lock.utilisation),
        ]);
    }
    let mut out = format!("{ships}\n{locks}\n");
    let _ = writeln!(
        out,
        "{} with ships {}, seed {}: {:.1} lockages an hour over {}{}",
        summary.controller,
        summary.ship_process,
        summary.seed,
        summary.lockages_per_hour,
        clock(millis(summary.seconds)),
        if summary.interrupted { ", interrupted" } else { "" },
    );
    for line in complaints(summary) {
        let _ = writeln!(out, "{line}");
    }
    out
}

/// The errors and collisions, a sentence each.
fn complaints(summary: &Summary) -> Vec<String> {
    let collided = summary.ships.iter().filter(|ship| ship.collisions > 0);
    let mut lines: Vec<_> = collided
        .map(|ship| match ship.collisions {
            1 => format!("ship {} met a closed door", ship.ship),
            times => format!("ship {} met a closed door {times} times", ship.ship),
        })
        .collect();
    if summary.overfull > 0 {
        lines.push(format!("ships came to where they did not fit: {} times", summary.overfull));
    }
    if summary.refused > 0 {
        lines.push(format!("requests were refused: {}", summary.refused));
    }
    if let Some(at) = summary.stuck_at {
        lines.push(format!("stuck since {}: nothing can happen any more", clock(millis(at))));
    }
    if let Some(why) = &summary.stopped {
        lines.push(format!("the controller stopped: {why}"));
    }
    lines
}
