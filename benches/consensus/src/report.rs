//! What all rounds have found, as a table or as JSON.

use serde::Serialize;

use crate::measure::{NODES, Sample};

/// All that a run of this program has to say.
#[derive(Serialize)]
pub(crate) struct Report {
    /// Versions of what was measured.
    pub(crate) versions: Vec<(&'static str, &'static str)>,
    pub(crate) values: u64,
    pub(crate) rounds: u32,
    pub(crate) in_flight: usize,
    pub(crate) size: usize,
    /// After so many seconds a measurement has ended, with fewer values.
    pub(crate) seconds: u64,
    /// How many times in a second the machine appends 4 KiB to a file and syncs it.
    pub(crate) machine_syncs_per_second: f64,
    pub(crate) rows: Vec<Row>,
}

/// A peer with a store: the median of the rounds, and of values a second also the extremes.
#[derive(Serialize)]
pub(crate) struct Row {
    peer: &'static str,
    store: &'static str,
    values_per_second: f64,
    values_per_second_least: f64,
    values_per_second_most: f64,
    p50_microseconds: f64,
    p99_microseconds: f64,
    syncs_per_value: f64,
}

impl Row {
    /// Of at least one sample.
    pub(crate) fn new(peer: &'static str, store: &'static str, samples: &[Sample]) -> Row {
        let all = |number: fn(&Sample) -> f64| {
            let mut numbers: Vec<f64> = samples.iter().map(number).collect();
            numbers.sort_by(f64::total_cmp);
            numbers
        };
        let median = |number| all(number)[samples.len() / 2];
        let speeds = all(|sample| sample.values_per_second);
        Row {
            peer,
            store,
            values_per_second: median(|sample| sample.values_per_second),
            values_per_second_least: speeds[0],
            values_per_second_most: speeds[speeds.len() - 1],
            p50_microseconds: median(|sample| sample.p50),
            p99_microseconds: median(|sample| sample.p99),
            syncs_per_value: median(|sample| sample.syncs_per_value),
        }
    }
}

impl Report {
    pub(crate) fn print_table(&self) {
        for (name, version) in &self.versions {
            println!("{name} {version}");
        }
        println!(
            "{} rounds of {} values of {} bytes, or of {} seconds, {} in flight, on {NODES} nodes",
            self.rounds, self.values, self.size, self.seconds, self.in_flight
        );
        println!(
            "the machine: {:.0} times a second 4 KiB appended and synced",
            self.machine_syncs_per_second
        );
        println!();
        println!("| peer | store | values/s | least to most | p50 µs | p99 µs | syncs a value |");
        println!("|---|---|---|---|---|---|---|");
        for row in &self.rows {
            println!(
                "| {} | {} | {:.0} | {:.0} to {:.0} | {:.0} | {:.0} | {:.3} |",
                row.peer,
                row.store,
                row.values_per_second,
                row.values_per_second_least,
                row.values_per_second_most,
                row.p50_microseconds,
                row.p99_microseconds,
                row.syncs_per_value,
            );
        }
    }
}
