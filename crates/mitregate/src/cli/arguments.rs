//! The arguments of the command line, which are also its help.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};

use super::reports::Reporting;
use super::saving::Saving;
use super::{shards, walk};
use crate::check::PartialOrder;
use crate::gate::Layer;

pub(super) const EXIT_CODES: &str = "\
Exit codes:
  0  everything is as expected
  1  a property failed, or something else is not as expected
  2  bad usage or bad input, or a report that cannot be written
  3  inconclusive: a budget was hit, a process was lost, or the run was interrupted";

#[derive(Parser)]
#[command(version, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Cli {
    #[command(subcommand)]
    pub(super) verb: Verb,
}

#[derive(Subcommand)]
pub(super) enum Verb {
    /// Check everything about the system: spec, code, and code against spec
    Check(Box<CheckArgs>),
    /// Walk through a model in the browser (Stateright's Explorer)
    Explore(ExploreArgs),
    /// Walk through a model in the terminal, step by step
    Walk(WalkArgs),
    /// List scenarios, layers and what is expected of them
    List(ListArgs),
    /// Print a model's state graph
    Graph(GraphArgs),
    /// Walk at random through what is too large to exhaust
    Simulate(SimulateArgs),
    /// Follow a saved counterexample (ITF JSON) in the code as it is now
    Replay(ReplayArgs),
    /// Run TLC on the spec, and compare: with what it said before, and with the port
    Tlc(TlcArgs),
    /// Print the JSON schema of `check --format json`
    Schema,
    /// Print completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

/// What to work on.
#[derive(Args, Clone, Debug, Default)]
pub(super) struct Selection {
    /// The TLA+ module that --config is for [default: the system's first]
    #[arg(long, value_name = "MODULE")]
    pub(super) module: Option<String>,
    /// A TLC configuration file, for its constants and for what it asks to check; on the spec, if no layer is named, and
    /// in the environment of the scenario that is named, or else of the first one
    #[arg(long, value_name = "FILE")]
    pub(super) config: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
pub(super) struct Effort {
    /// Threads to use [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    pub(super) threads: Option<u16>,
    /// Stop after so many distinct states; the verdict is then inconclusive
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_states: Option<u64>,
    /// Stop at so much memory, such as 8GiB; the verdict is then inconclusive
    #[arg(long, value_name = "SIZE")]
    pub(super) max_memory: Option<bytesize::ByteSize>,
    /// Keep on disk, in this folder, what memory has no room for: as much as --max-memory allows stays in memory, or half of
    /// what the machine has; files are gone when the program is
    #[arg(long, value_name = "FOLDER")]
    pub(super) disk: Option<PathBuf>,
    /// Stop each check after so long, such as 90s or 10min; the verdict is then inconclusive
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    pub(super) timeout: Option<Duration>,
}

#[derive(Args)]
pub(super) struct CheckArgs {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// Scenarios to check, by name or pattern, in which a star stands for any characters [default: all quick ones]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) scenario: Vec<String>,
    /// The layer to check [default: all]
    #[arg(long, value_name = "LAYER")]
    pub(super) layer: Option<Layer>,
    /// Check the deep scenarios as well: minutes
    #[arg(long)]
    pub(super) deep: bool,
    #[command(flatten)]
    pub(super) effort: Effort,
    /// Explore on after a violation, to the end
    #[arg(long = "continue")]
    pub(super) keep_going: bool,
    /// Pin the counts of this run in the table of scenarios, and say what moved
    #[arg(long, conflicts_with_all = ["config", "keep_going"])]
    pub(super) update: bool,
    /// Where the folder specs/ is, for --update
    #[arg(long, value_name = "FOLDER", requires = "update")]
    pub(super) specs: Option<PathBuf>,
    /// What to make of steps that a model says commute with all others
    #[arg(long, value_name = "MODE", conflicts_with_all = ["update", "disk", "checkpoint", "resume"])]
    pub(super) partial_order: Option<Ample>,
    #[command(flatten)]
    pub(super) saving: Saving,
    #[command(flatten)]
    pub(super) evidence: Evidence,
    #[command(flatten)]
    pub(super) reporting: Reporting,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    pub(super) together: super::together::Together,
}

#[derive(Args, Clone, Debug)]
pub(super) struct Evidence {
    /// Save each counterexample in this folder: as ITF JSON, as text, as a picture, and as a test in Rust
    #[arg(long, value_name = "FOLDER", visible_alias = "trace-dir")]
    pub(super) save: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum Ample {
    /// Take one of them alone: fewer states, for invariants and step properties; counts and counterexamples are not compared
    /// with what is expected
    Reduce,
    /// Take all, and look in each state whether it is true
    Verify,
}

impl From<Ample> for PartialOrder {
    fn from(mode: Ample) -> PartialOrder {
        match mode {
            Ample::Reduce => PartialOrder::Reduce,
            Ample::Verify => PartialOrder::Verify,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
pub(super) enum Format {
    /// A table, and counterexamples as steps
    Text,
    /// One JSON object; `schema` prints its schema
    Json,
}

/// One model.
#[derive(Args, Clone, Debug)]
pub(super) struct OneModel {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// The scenario [default: the system's first]
    #[arg(long, value_name = "NAME")]
    pub(super) scenario: Option<String>,
    /// The layer [default: the last on which something is to fail; else the scenario's last, the code against the spec]
    #[arg(long, value_name = "LAYER")]
    pub(super) layer: Option<Layer>,
}

#[derive(Args)]
pub(super) struct ExploreArgs {
    #[command(flatten)]
    pub(super) model: OneModel,
    /// Where to serve; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    pub(super) address: SocketAddr,
}

#[derive(Args)]
#[command(after_help = walk::HELP)]
pub(super) struct WalkArgs {
    #[command(flatten)]
    pub(super) model: OneModel,
    /// Begin at the end of a path, as `path` prints it and the Explorer has it in its addresses: 0/3/1
    #[arg(long, value_name = "PATH", conflicts_with = "trace")]
    pub(super) at: Option<String>,
    /// Begin at the end of a saved counterexample (ITF JSON)
    #[arg(long, value_name = "FILE")]
    pub(super) trace: Option<PathBuf>,
}

#[derive(Args)]
pub(super) struct ListArgs {
    /// How to print the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub(super) format: Format,
}

/// Without --scenario, the graph of the smallest layer of all scenarios.
#[derive(Args)]
pub(super) struct GraphArgs {
    #[command(flatten)]
    pub(super) model: OneModel,
    /// How to print the graph
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    pub(super) format: GraphFormat,
    /// Label edges with the arguments of actions as well
    #[arg(long)]
    pub(super) arguments: bool,
    /// Leave out steps that change nothing
    #[arg(long)]
    pub(super) no_self_loops: bool,
    /// The most states to print
    #[arg(long, value_name = "N", default_value_t = 5000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_states: u64,
}

#[derive(Clone, Copy, ValueEnum)]
pub(super) enum GraphFormat {
    /// For Graphviz
    Dot,
    /// States and edges
    Json,
}

#[derive(Args)]
pub(super) struct SimulateArgs {
    #[command(flatten)]
    pub(super) model: OneModel,
    /// The seed of the first walk; the same seed gives the same walks
    #[arg(long, value_name = "S", default_value_t = 0)]
    pub(super) seed: u64,
    /// How many walks
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) runs: u64,
    /// How many steps each, at most
    #[arg(long, value_name = "D", default_value_t = 200,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) depth: u64,
}

#[derive(Args)]
pub(super) struct ReplayArgs {
    /// The saved counterexample
    pub(super) file: PathBuf,
}

#[derive(Args)]
pub(super) struct TraceArgs {
    /// What the program logged, as JSON lines: one file, or one of each node
    #[arg(value_name = "FILE", required = true)]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) selection: Selection,
    /// The scenario whose constants the spec has [default: what the log's first line says]
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    pub(super) scenario: Option<String>,
    /// Actions that the program takes without logging them, besides those that the log's first line names
    ///
    /// One each time: --silent Tick --silent 'Tock(1, 2)'
    #[arg(long, value_name = "ACTION")]
    pub(super) silent: Vec<String>,
    /// Write the behaviour of the spec that explains the log to this file, in ITF
    #[arg(long, value_name = "FILE")]
    pub(super) save: Option<PathBuf>,
    /// Give up after so many pairs of a state and of lines explained; the verdict is then inconclusive
    #[arg(long, value_name = "N", default_value_t = 2_000_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    pub(super) max_states: u64,
}

#[derive(Args)]
pub(super) struct TlcArgs {
    #[command(flatten)]
    pub(super) selection: Selection,
    /// The scenarios whose configurations to run, by name or pattern [default: all that have a golden file]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) scenario: Vec<String>,
    /// Where the folder specs/ is
    #[arg(long, value_name = "FOLDER")]
    pub(super) specs: Option<PathBuf>,
    /// Write what TLC says to specs/golden/ instead of comparing with it
    #[arg(long)]
    pub(super) update: bool,
    /// Do not run TLC where its recorded run took longer than this, and neither the modules nor the configuration
    /// nor the jar have changed since; the recorded result is compared with the port
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration, conflicts_with = "update")]
    pub(super) recorded_above: Option<Duration>,
}

#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
pub(super) struct GateArgs {
    #[command(subcommand)]
    pub(super) verb: Option<GateVerb>,
    #[command(flatten)]
    pub(super) what: Gated,
    #[command(flatten)]
    pub(super) effort: Effort,
    #[command(flatten)]
    pub(super) evidence: Evidence,
    #[command(flatten)]
    pub(super) reporting: Reporting,
}

/// What of all there is the gate checks.
#[derive(Args, Clone, Debug)]
pub(super) struct Gated {
    /// Systems to check [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) system: Vec<String>,
    /// Scenarios to check, by name or pattern, in which a star stands for any characters [default: all quick ones]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    pub(super) scenario: Vec<String>,
    /// Check the deep scenarios as well: minutes
    #[arg(long)]
    pub(super) deep: bool,
    /// Check what is to fail: which law catches which fault. A fault that no law catches is a failure, and so is a law that
    /// catches nothing
    #[arg(long, conflicts_with_all = ["scenario", "deep", "shard"])]
    pub(super) faults: bool,
    /// Check one of so many parts, such as 2/3, each of which takes about as long; `merge` puts their results together
    #[arg(long, value_name = "K/N", value_parser = shards::parse)]
    pub(super) shard: Option<(u16, u16)>,
    /// Results of an earlier run, as `--report json=FILE` writes them: how long each check takes. Without them, the pinned
    /// numbers of states tell
    #[arg(long, value_name = "FILE", requires = "shard")]
    pub(super) costs: Option<PathBuf>,
}

#[derive(Subcommand)]
pub(super) enum GateVerb {
    /// Put the results of all parts of a run together
    Merge(MergeArgs),
}

#[derive(Args)]
pub(super) struct MergeArgs {
    /// What `gate --shard K/N --report json=FILE` wrote, a file of each part
    #[arg(required = true, value_name = "FILE")]
    pub(super) files: Vec<PathBuf>,
    #[command(flatten)]
    pub(super) reporting: Reporting,
}

#[derive(Parser)]
#[command(version, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct AllArgs {
    #[command(subcommand)]
    pub(super) verb: AllVerb,
}

#[derive(Subcommand)]
pub(super) enum AllVerb {
    /// Check every quick scenario of every system on every layer
    Gate(Box<GateArgs>),
    /// Print the pinned counts of all quick scenarios, as a page in Markdown
    Scenarios,
}
