//! All controllers on the same canal, with the same seeds.

use std::sync::atomic::{AtomicBool, Ordering};

use comfy_table::Cell;
use serde::Serialize;

use super::drive::{Operation, Setup};
use super::statistics::{Summary, median};
use super::times::{Millis, clock};
use crate::table::new_table;
use mitregate_canal_lock::Scheme;

/// A controller's figures; each is the median over the seeds, unless it says something else. Times are
/// in simulated seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ControllerFigures {
    /// The controller, by the spec's name.
    pub controller: &'static str,
    /// How many ships passed a lock in an hour.
    pub lockages_per_hour: f64,
    /// The passages of the ship that had the fewest.
    pub fewest_passages: f64,
    /// The passages of the ship that had the most.
    pub most_passages: f64,
    /// The mean wait.
    pub mean_wait: f64,
    /// The longest wait.
    pub longest_wait: f64,
    /// Collisions of all seeds together.
    pub collisions: u64,
    /// How often a ship entered a full location, in all seeds together.
    pub overfull: u64,
    /// How many seeds ended stuck: with no event left.
    pub stuck: usize,
    /// The median of the times at which they got stuck.
    pub stuck_at: Option<f64>,
    /// Whether no seed had an error or a collision.
    pub good: bool,
    /// Why there are no figures: the canal is unfit for this controller.
    pub not_for: Option<String>,
}

/// How much time passes, in milliseconds, before an interruption is noticed: an hour.
const AT_ONCE: Millis = 3_600_000;

/// Runs each controller for `time` with each of `seeds` consecutive seeds; none if interrupted.
pub fn compare(
    setup: &Setup,
    seeds: u64,
    time: Millis,
    interrupt: &AtomicBool,
    say: &dyn Fn(&str),
) -> Option<Vec<ControllerFigures>> {
    let mut rows = Vec::new();
    for scheme in Scheme::ALL {
        let mut summaries = Vec::new();
        let mut not_for = None;
        for seed in (0..seeds).map(|more| setup.seed.wrapping_add(more)) {
            say(&format!("{scheme}, seed {seed}"));
            match Operation::new(Setup { scheme, seed, ..setup.clone() }) {
                Ok(mut operation) => {
                    while operation.now() < time {
                        if interrupt.load(Ordering::Relaxed) {
                            return None;
                        }
                        operation.run_until((operation.now() + AT_ONCE).min(time));
                    }
                    summaries.push(operation.summary(false));
                }
                Err(error) => not_for = Some(error.to_string()),
            }
        }
        rows.push(row(scheme, &summaries, not_for));
    }
    Some(rows)
}

fn row(scheme: Scheme, summaries: &[Summary], not_for: Option<String>) -> ControllerFigures {
    let of = |figure: &dyn Fn(&Summary) -> f64| {
        median(&summaries.iter().map(figure).collect::<Vec<_>>())
    };
    #[allow(clippy::cast_precision_loss)] // counts are far below 2^53
    let passages = |summary: &Summary, of_both: fn(u64, u64) -> u64| {
        let all = summary.ships.iter().map(|ship| ship.passages);
        all.reduce(of_both).unwrap_or(0) as f64
    };
    let stuck: Vec<f64> = summaries.iter().filter_map(|summary| summary.stuck_at).collect();
    ControllerFigures {
        controller: scheme.spec_name(),
        lockages_per_hour: of(&|summary| summary.lockages_per_hour),
        fewest_passages: of(&|summary| passages(summary, u64::min)),
        most_passages: of(&|summary| passages(summary, u64::max)),
        mean_wait: of(&|summary| summary.mean_wait),
        longest_wait: of(&|summary| summary.longest_wait),
        collisions: summaries.iter().map(|summary| summary.collisions).sum(),
        overfull: summaries.iter().map(|summary| summary.overfull).sum(),
        stuck: stuck.len(),
        stuck_at: (!stuck.is_empty()).then(|| median(&stuck)),
        good: not_for.is_none() && summaries.iter().all(Summary::is_good),
        not_for,
    }
}

/// The figures as a table.
pub fn table(rows: &[ControllerFigures], seeds: u64) -> String {
    let header = [
        "controller",
        "lockages/h",
        "passages per ship",
        "mean wait",
        "longest wait",
        "collisions",
        "overfull",
        "stuck",
    ];
    let mut table = new_table(header, 1..7);
    for row in rows {
        table.add_row(cells(row, seeds));
    }
    format!("{table}\n")
}

fn cells(row: &ControllerFigures, seeds: u64) -> Vec<Cell> {
    if let Some(why) = &row.not_for {
        return vec![Cell::new(row.controller), Cell::new(format!("not for this canal: {why}"))];
    }
    let stuck = match row.stuck_at {
        Some(at) => {
            format!("{} of {seeds}, at {}", row.stuck, clock(super::verb::millis(at)))
        }
        None => "no".to_owned(),
    };
    [
        row.controller.to_owned(),
        format!("{:.1}", row.lockages_per_hour),
        format!("{} to {}", row.fewest_passages, row.most_passages),
        format!("{:.0} s", row.mean_wait),
        format!("{:.0} s", row.longest_wait),
        row.collisions.to_string(),
        row.overfull.to_string(),
        stuck,
    ]
    .map(Cell::new)
    .into()
}
