//! How many values a second replicated logs commit: three nodes on loopback, one client.
//!
//! To add a log, implement [`measure::Log`] for it in a file of its own, and add a line to [`PEERS`].

mod journal;
mod measure;
mod mitregate_log;
mod omnipaxos_log;
mod omnipaxos_store;
mod openraft_log;
mod openraft_store;
mod report;
mod wire;

#[cfg(test)]
mod durable_tests;

use std::fs::create_dir_all;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};
use tempfile::TempDir;

use crate::measure::{Load, Sample};
use crate::mitregate_log::MitregateLog;
use crate::omnipaxos_log::OmnipaxosLog;
use crate::openraft_log::{BatchedOpenraftLog, OpenraftLog};
use crate::report::{Report, Row};

type Run = fn(&Load, Option<PathBuf>) -> Result<Sample>;

/// Whom each round measures, in this order. The first runs once more in the end: how far its two rows are apart
/// says how much is noise.
const PEERS: &[(&str, Run)] = &[
    ("mitregate", measure::run::<MitregateLog>),
    ("openraft", measure::run::<OpenraftLog>),
    ("openraft, values batched by its user", measure::run::<BatchedOpenraftLog>),
    ("omnipaxos", measure::run::<OmnipaxosLog>),
    ("mitregate, once more", measure::run::<MitregateLog>),
];

/// Measures how many values a second replicated logs commit
#[derive(Parser)]
struct Flags {
    /// Values of a measurement
    #[arg(long, default_value_t = 20_000, value_parser = clap::value_parser!(u64).range(1..))]
    values: u64,
    /// How often each peer is measured, by turns
    #[arg(long, default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=1000))]
    rounds: u32,
    /// Values that are on their way at a time
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(1..=100_000))]
    in_flight: u32,
    /// Bytes of a value, at least 8
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u32).range(8..=1_000_000))]
    size: u32,
    /// A measurement ends after so many seconds, with fewer values
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=3600))]
    seconds: u64,
    /// Where durable logs are while they are measured; the disk of this folder counts
    #[arg(long, default_value = ".")]
    folder: PathBuf,
    /// How the result is printed
    #[arg(long, value_enum, default_value = "table")]
    format: Format,
}

#[derive(Clone, Copy, ValueEnum)]
enum Format {
    Table,
    Json,
}

fn main() -> ExitCode {
    let flags = Flags::parse();
    let (folder, machine) = match folder(&flags.folder) {
        Ok(usable) => usable,
        Err(error) => {
            eprintln!("{error:#}. Choose another one with --folder");
            return ExitCode::from(2);
        }
    };
    match report(&flags, folder.path(), machine).and_then(|report| print(&report, flags.format)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A new folder in this one, which is gone in the end, and how fast the disk below syncs.
fn folder(parent: &Path) -> Result<(TempDir, f64)> {
    let unusable = || format!("the folder {} cannot be written to", parent.display());
    create_dir_all(parent).with_context(unusable)?;
    let folder = tempfile::Builder::new()
        .prefix("consensus_bench-")
        .tempdir_in(parent)
        .with_context(unusable)?;
    let machine = measure::syncs_per_second(folder.path()).with_context(unusable)?;
    Ok((folder, machine))
}

fn report(flags: &Flags, folder: &Path, machine_syncs_per_second: f64) -> Result<Report> {
    let load = Load {
        values: flags.values,
        in_flight: flags.in_flight as usize,
        size: flags.size as usize,
        longest: Duration::from_secs(flags.seconds),
    };
    let stores = [("memory", None), ("synced file", Some(folder.join("logs")))];
    let mut rows = Vec::new();
    for (store, logs) in stores {
        let mut samples: Vec<Vec<Sample>> = PEERS.iter().map(|_| Vec::new()).collect();
        for round in 1..=flags.rounds {
            for ((peer, run), samples) in PEERS.iter().zip(&mut samples) {
                let what = || format!("{peer}, {store}, round {round}");
                if let Some(logs) = &logs {
                    create_dir_all(logs).with_context(what)?;
                }
                let sample = run(&load, logs.clone()).with_context(what)?;
                eprintln!("{}: {:.0} values/s", what(), sample.values_per_second);
                samples.push(sample);
            }
        }
        rows.extend(
            PEERS.iter().zip(&samples).map(|(&(peer, _), samples)| Row::new(peer, store, samples)),
        );
    }
    Ok(Report {
        versions: ["mitregate-multi-paxos-runtime", "openraft", "omnipaxos"]
            .map(|name| (name, version(name)))
            .to_vec(),
        values: flags.values,
        rounds: flags.rounds,
        in_flight: load.in_flight,
        size: load.size,
        seconds: flags.seconds,
        machine_syncs_per_second,
        rows,
    })
}

/// The version of a package that this program was built with.
fn version(package: &str) -> &'static str {
    let lines = include_str!("../Cargo.lock").lines();
    let name = format!("name = \"{package}\"");
    let mut of_package = lines.skip_while(|line| **line != *name);
    of_package
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
        .unwrap_or("of a version that is not known")
}

fn print(report: &Report, format: Format) -> Result<()> {
    match format {
        Format::Table => report.print_table(),
        Format::Json => println!("{}", serde_json::to_string_pretty(report)?),
    }
    Ok(())
}
