//! The command line that every system shares.
//!
//! An example hands its [`System`](crate::gate::System) to [`run`]; the gate hands all of them to [`gate`].
//! What people read goes to stdout as text, data goes to stdout as JSON or DOT, progress goes to stderr.

use std::io::Write;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use clap::{Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};

use crate::check::validation::LogError;
use crate::check::{PartialOrder, Undecidable};
use crate::gate::golden::GoldenError;
use crate::gate::run::JobError;
use crate::gate::{AnySystem, Layer, TableError, Verb as OwnVerb};
use crate::tla::config::ConfigError;
use crate::tla::tlc::TlcError;
use reports::Reporting;
use saving::Saving;

mod check;
mod command;
mod evidence;
mod explore;
mod graph;
mod list;
mod merge;
mod own;
mod progress;
mod replay;
mod reports;
mod saving;
mod select;
mod shards;
mod simulate;
mod tlc;
#[cfg(feature = "distributed")]
mod together;
mod trace;
mod walk;

/// Exit codes, as `--help` documents them.
mod code {
    pub(super) const EXPECTED: u8 = 0;
    pub(super) const FAILED: u8 = 1;
    pub(super) const USAGE: u8 = 2;
    pub(super) const INCONCLUSIVE: u8 = 3;
}

const EXIT_CODES: &str = "\
Exit codes:
  0  everything is as expected
  1  a property failed, or something else is not as expected
  2  bad usage or bad input, or a report that cannot be written
  3  inconclusive: a budget was hit, a process was lost, or the run was interrupted";

#[derive(Parser)]
#[command(version, subcommand_required = true, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Subcommand)]
enum Verb {
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
struct Selection {
    /// The TLA+ module that --config is for [default: the system's first]
    #[arg(long, value_name = "MODULE")]
    module: Option<String>,
    /// A TLC configuration file, for its constants and for what it asks to check; on the spec, if no layer is named, and
    /// in the environment of the scenario that is named, or else of the first one
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
}

#[derive(Args, Clone, Debug)]
struct Effort {
    /// Threads to use [default: one per core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Stop after so many distinct states; the verdict is then inconclusive
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    max_states: Option<u64>,
    /// Stop at so much memory, such as 8GiB; the verdict is then inconclusive
    #[arg(long, value_name = "SIZE")]
    max_memory: Option<bytesize::ByteSize>,
    /// Keep on disk, in this folder, what memory has no room for: as much as --max-memory allows stays in memory, or half of
    /// what the machine has; files are gone when the program is
    #[arg(long, value_name = "FOLDER")]
    disk: Option<PathBuf>,
    /// Stop each check after so long, such as 90s or 10min; the verdict is then inconclusive
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration)]
    timeout: Option<Duration>,
}

#[derive(Args)]
struct CheckArgs {
    #[command(flatten)]
    selection: Selection,
    /// Scenarios to check, by name or pattern, in which a star stands for any characters [default: all quick ones]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    scenario: Vec<String>,
    /// The layer to check [default: all]
    #[arg(long, value_name = "LAYER")]
    layer: Option<Layer>,
    /// Check the deep scenarios as well: minutes
    #[arg(long)]
    deep: bool,
    #[command(flatten)]
    effort: Effort,
    /// Explore on after a violation, to the end
    #[arg(long = "continue")]
    keep_going: bool,
    /// Pin the counts of this run in the table of scenarios, and say what moved
    #[arg(long, conflicts_with_all = ["config", "keep_going"])]
    update: bool,
    /// Where the folder specs/ is, for --update
    #[arg(long, value_name = "FOLDER", requires = "update")]
    specs: Option<PathBuf>,
    /// What to make of steps that a model says commute with all others
    #[arg(long, value_name = "MODE", conflicts_with_all = ["update", "disk", "checkpoint", "resume"])]
    partial_order: Option<Ample>,
    #[command(flatten)]
    saving: Saving,
    #[command(flatten)]
    evidence: Evidence,
    #[command(flatten)]
    reporting: Reporting,
    #[cfg(feature = "distributed")]
    #[command(flatten)]
    together: together::Together,
}

#[derive(Args, Clone, Debug)]
struct Evidence {
    /// Save each counterexample in this folder: as ITF JSON, as text, as a picture, and as a test in Rust
    #[arg(long, value_name = "FOLDER", visible_alias = "trace-dir")]
    save: Option<PathBuf>,
}

#[derive(Clone, Copy, ValueEnum)]
enum Ample {
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
enum Format {
    /// A table, and counterexamples as steps
    Text,
    /// One JSON object; `schema` prints its schema
    Json,
}

/// One model.
#[derive(Args, Clone, Debug)]
struct OneModel {
    #[command(flatten)]
    selection: Selection,
    /// The scenario [default: the system's first]
    #[arg(long, value_name = "NAME")]
    scenario: Option<String>,
    /// The layer [default: the last on which something is to fail; else the scenario's last, the code against the spec]
    #[arg(long, value_name = "LAYER")]
    layer: Option<Layer>,
}

#[derive(Args)]
struct ExploreArgs {
    #[command(flatten)]
    model: OneModel,
    /// Where to serve; port 0 takes a free one
    #[arg(long, value_name = "ADDRESS:PORT", default_value = "127.0.0.1:3000")]
    address: SocketAddr,
}

#[derive(Args)]
#[command(after_help = walk::HELP)]
struct WalkArgs {
    #[command(flatten)]
    model: OneModel,
    /// Begin at the end of a path, as `path` prints it and the Explorer has it in its addresses: 0/3/1
    #[arg(long, value_name = "PATH", conflicts_with = "trace")]
    at: Option<String>,
    /// Begin at the end of a saved counterexample (ITF JSON)
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

#[derive(Args)]
struct ListArgs {
    /// How to print the list
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    format: Format,
}

/// Without --scenario, the graph of the smallest layer of all scenarios.
#[derive(Args)]
struct GraphArgs {
    #[command(flatten)]
    model: OneModel,
    /// How to print the graph
    #[arg(long, value_name = "FORMAT", default_value = "dot")]
    format: GraphFormat,
    /// Label edges with the arguments of actions as well
    #[arg(long)]
    arguments: bool,
    /// Leave out steps that change nothing
    #[arg(long)]
    no_self_loops: bool,
    /// The most states to print
    #[arg(long, value_name = "N", default_value_t = 5000,
          value_parser = clap::value_parser!(u64).range(1..))]
    max_states: u64,
}

#[derive(Clone, Copy, ValueEnum)]
enum GraphFormat {
    /// For Graphviz
    Dot,
    /// States and edges
    Json,
}

#[derive(Args)]
struct SimulateArgs {
    #[command(flatten)]
    model: OneModel,
    /// The seed of the first walk; the same seed gives the same walks
    #[arg(long, value_name = "S", default_value_t = 0)]
    seed: u64,
    /// How many walks
    #[arg(long, value_name = "N", default_value_t = 1000,
          value_parser = clap::value_parser!(u64).range(1..))]
    runs: u64,
    /// How many steps each, at most
    #[arg(long, value_name = "D", default_value_t = 200,
          value_parser = clap::value_parser!(u64).range(1..))]
    depth: u64,
}

#[derive(Args)]
struct ReplayArgs {
    /// The saved counterexample
    file: PathBuf,
}

#[derive(Args)]
struct TraceArgs {
    /// What the program logged, as JSON lines: one file, or one of each node
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    #[command(flatten)]
    selection: Selection,
    /// The scenario whose constants the spec has [default: what the log's first line says]
    #[arg(long, value_name = "NAME", conflicts_with = "config")]
    scenario: Option<String>,
    /// Actions that the program takes without logging them, besides those that the log's first line names
    ///
    /// One each time: --silent Tick --silent 'Tock(1, 2)'
    #[arg(long, value_name = "ACTION")]
    silent: Vec<String>,
    /// Write the behaviour of the spec that explains the log to this file, in ITF
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
    /// Give up after so many pairs of a state and of lines explained; the verdict is then inconclusive
    #[arg(long, value_name = "N", default_value_t = 2_000_000,
          value_parser = clap::value_parser!(u64).range(1..))]
    max_states: u64,
}

#[derive(Args)]
struct TlcArgs {
    #[command(flatten)]
    selection: Selection,
    /// The scenarios whose configurations to run, by name or pattern [default: all that have a golden file]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    scenario: Vec<String>,
    /// Where the folder specs/ is
    #[arg(long, value_name = "FOLDER")]
    specs: Option<PathBuf>,
    /// Write what TLC says to specs/golden/ instead of comparing with it
    #[arg(long)]
    update: bool,
    /// Do not run TLC where its recorded run took longer than this, and neither the modules nor the configuration
    /// nor the jar have changed since; the recorded result is compared with the port
    #[arg(long, value_name = "DURATION", value_parser = humantime::parse_duration, conflicts_with = "update")]
    recorded_above: Option<Duration>,
}

#[derive(Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct GateArgs {
    #[command(subcommand)]
    verb: Option<GateVerb>,
    #[command(flatten)]
    what: Gated,
    #[command(flatten)]
    effort: Effort,
    #[command(flatten)]
    evidence: Evidence,
    #[command(flatten)]
    reporting: Reporting,
}

/// What of all there is the gate checks.
#[derive(Args, Clone, Debug)]
struct Gated {
    /// Systems to check [default: all]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    system: Vec<String>,
    /// Scenarios to check, by name or pattern, in which a star stands for any characters [default: all quick ones]
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',')]
    scenario: Vec<String>,
    /// Check the deep scenarios as well: minutes
    #[arg(long)]
    deep: bool,
    /// Check what is to fail: which law catches which fault. A fault that no law catches is a failure, and so is a law that
    /// catches nothing
    #[arg(long, conflicts_with_all = ["scenario", "deep", "shard"])]
    faults: bool,
    /// Check one of so many parts, such as 2/3, each of which takes about as long; `merge` puts their results together
    #[arg(long, value_name = "K/N", value_parser = shards::parse)]
    shard: Option<(u16, u16)>,
    /// Results of an earlier run, as `--report json=FILE` writes them: how long each check takes. Without them, the pinned
    /// numbers of states tell
    #[arg(long, value_name = "FILE", requires = "shard")]
    costs: Option<PathBuf>,
}

#[derive(Subcommand)]
enum GateVerb {
    /// Put the results of all parts of a run together
    Merge(MergeArgs),
}

#[derive(Args)]
struct MergeArgs {
    /// What `gate --shard K/N --report json=FILE` wrote, a file of each part
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    #[command(flatten)]
    reporting: Reporting,
}

#[derive(Parser)]
#[command(version, subcommand_required = true, arg_required_else_help = true)]
struct AllArgs {
    #[command(subcommand)]
    verb: AllVerb,
}

#[derive(Subcommand)]
enum AllVerb {
    /// Check every quick scenario of every system on every layer
    Gate(Box<GateArgs>),
    /// Print the pinned counts of all quick scenarios, as a page in Markdown
    Scenarios,
}

/// What ends a command early: bad usage or bad input, in a sentence, with the mend.
#[derive(Debug)]
struct Usage(String);

/// Errors of the library that a better input mends.
macro_rules! bad_input {
    ($($error:ty),* $(,)?) => {
        $(impl From<$error> for Usage {
            fn from(error: $error) -> Self {
                Usage(error.to_string())
            }
        })*
    };
}

bad_input!(ConfigError, GoldenError, JobError, LogError, TableError, TlcError, Undecidable);
#[cfg(feature = "distributed")]
bad_input!(crate::check::ClusterError);

type Outcome = Result<u8, Usage>;

/// Runs the command line of one system, on this process's arguments; `system` is what
/// [`Loaded::boxed`](crate::gate::Loaded::boxed) gives.
pub fn run(system: Result<Box<dyn AnySystem>, TableError>) -> ExitCode {
    run_with(system, Vec::new())
}

/// The same, with verbs besides the system's own.
pub fn run_with(system: Result<Box<dyn AnySystem>, TableError>, verbs: Vec<OwnVerb>) -> ExitCode {
    let system = match system {
        Ok(system) => system,
        Err(error) => return fail(&error),
    };
    let verbs: Vec<_> = system.verbs().into_iter().chain(verbs).collect();
    let program = command::program(&*system);
    let command = command::of(&*system, &verbs, &program);
    let matches = command.clone().get_matches();
    finish(dispatch(&*system, &verbs, &command, &matches))
}

/// Runs the command line of several systems, on this process's arguments: `gate` checks all of them, and
/// each has a subcommand of its name with the verbs of its own command line.
pub fn run_all(systems: &[&dyn AnySystem]) -> ExitCode {
    let verbs: Vec<_> = systems.iter().map(|system| system.verbs()).collect();
    let name = env!("CARGO_PKG_NAME");
    let per_system = systems.iter().zip(&verbs);
    let commands: Vec<_> = per_system
        .clone()
        .map(|(system, verbs)| command::of(*system, verbs, &format!("{name} {}", system.name())))
        .collect();
    let matches = AllArgs::command()
        .name(name)
        .about("Checks real Rust code against its TLA+ spec, exhaustively")
        .subcommands(commands.iter().cloned())
        .after_help(EXIT_CODES)
        .get_matches();
    for ((system, verbs), command) in per_system.zip(commands) {
        if let Some(matches) = matches.subcommand_matches(system.name()) {
            return finish(dispatch(*system, verbs, &command, matches));
        }
    }
    finish(parse::<AllArgs>(&matches).and_then(|args| match args.verb {
        AllVerb::Gate(args) => run_gate(systems, &args),
        AllVerb::Scenarios => list::markdown(systems),
    }))
}

fn dispatch(
    system: &dyn AnySystem,
    verbs: &[OwnVerb],
    command: &clap::Command,
    matches: &clap::ArgMatches,
) -> Outcome {
    for verb in verbs {
        if let Some(arguments) = matches.subcommand_matches(verb.command.get_name()) {
            return own::run(verb, arguments);
        }
    }
    if let Some(arguments) = matches.subcommand_matches(trace::NAME) {
        return parse::<TraceArgs>(arguments).and_then(|args| trace::run(system, &args));
    }
    parse::<Cli>(matches).and_then(|cli| match cli.verb {
        Verb::Check(args) => check::run(system, &args),
        Verb::Explore(args) => explore::run(system, &args),
        Verb::Walk(args) => walk::run(system, &args),
        Verb::List(args) => list::run(system, &args),
        Verb::Graph(args) => graph::run(system, &args),
        Verb::Simulate(args) => simulate::run(system, &args),
        Verb::Replay(args) => replay::run(system, &args),
        Verb::Tlc(args) => tlc::run(system, &args),
        Verb::Schema => {
            print(crate::gate::report::SCHEMA)?;
            Ok(code::EXPECTED)
        }
        Verb::Completions { shell } => {
            let mut script = Vec::new();
            clap_complete::generate(shell, &mut command.clone(), system.name(), &mut script);
            print(&String::from_utf8_lossy(&script))?;
            Ok(code::EXPECTED)
        }
    })
}

/// Runs the gate over several systems, on this process's arguments.
pub fn gate(systems: &[&dyn AnySystem]) -> ExitCode {
    let command = GateArgs::command()
        .name("gate")
        .bin_name("cargo run --release --example gate --")
        .about("Checks every quick scenario of every system on every layer")
        .after_help(EXIT_CODES);
    finish(parse::<GateArgs>(&command.get_matches()).and_then(|args| run_gate(systems, &args)))
}

fn run_gate(systems: &[&dyn AnySystem], args: &GateArgs) -> Outcome {
    if let Some(GateVerb::Merge(args)) = &args.verb {
        return merge::run(args);
    }
    let save = args.evidence.save.as_deref();
    let run =
        check::Run { save, by_system: true, ..check::Run::new(&args.effort, &args.reporting) };
    let systems = select::systems(systems, &args.what)?;
    if args.what.faults {
        let run = check::Run { faults: Some(&systems), ..run };
        return check::run_jobs(&crate::gate::faults::jobs(&systems), &run, false);
    }
    let jobs = select::gated(&systems, &args.what)?;
    let (jobs, shard) = match args.what.shard {
        Some(shard) => shards::of(jobs, shard, args.what.costs.as_deref())?,
        None => (jobs, None),
    };
    check::run_jobs(&jobs, &check::Run { shard, ..run }, false)
}

/// Ends a program that could not be set up, such as one whose table of scenarios does not parse.
pub fn fail(error: &TableError) -> ExitCode {
    finish(Err(Usage(error.to_string())))
}

/// What clap found; it has printed its own usage errors to stderr with exit code 2, and help to stdout
/// with 0.
fn parse<T: FromArgMatches>(matches: &clap::ArgMatches) -> Result<T, Usage> {
    T::from_arg_matches(matches).map_err(|error| error.exit())
}

fn finish(outcome: Outcome) -> ExitCode {
    match outcome {
        Ok(code) => ExitCode::from(code),
        Err(Usage(message)) => {
            fail_with(&message);
            ExitCode::from(code::USAGE)
        }
    }
}

/// The width of the terminal, in characters, if standard output is one.
fn terminal_width() -> Option<usize> {
    console::Term::stdout().size_checked().map(|(_, columns)| usize::from(columns))
}

/// Says on stderr what has gone wrong.
fn fail_with(message: &str) {
    let style = anstyle::AnsiColor::Red.on_default().bold();
    tell(&format!("{style}error{style:#}: {message}\n"));
}

/// Says something on stderr that is no result.
fn complain(message: &str) {
    let style = anstyle::AnsiColor::Yellow.on_default();
    tell(&format!("{style}note{style:#}: {message}\n"));
}

/// Writes to stderr. If it is closed, there is no reader left to tell.
fn tell(text: &str) {
    let plain = || console::strip_ansi_codes(text);
    let text = if console::colors_enabled_stderr() { text.into() } else { plain() };
    let _ = std::io::stderr().write_all(text.as_bytes());
}

/// Prints to stdout. A reader that has gone away is no error: it has seen what it wanted.
fn print(text: &str) -> Result<(), Usage> {
    let plain = || console::strip_ansi_codes(text);
    let text = if console::colors_enabled() { text.into() } else { plain() };
    let mut stdout = std::io::stdout();
    match stdout.write_all(text.as_bytes()).and_then(|()| stdout.flush()) {
        Err(error) if error.kind() != std::io::ErrorKind::BrokenPipe => {
            Err(Usage(format!("cannot write to standard output: {error}")))
        }
        _ => Ok(()),
    }
}

/// Writes a file.
fn write(path: &Path, text: &str) -> Result<(), Usage> {
    std::fs::write(path, text)
        .map_err(|error| Usage(format!("cannot write {}: {error}", path.display())))
}

fn print_json<T: serde::Serialize>(value: &T) -> Outcome {
    let text = crate::gate::report::json_text(value)
        .map_err(|error| Usage(format!("cannot write JSON: {error}")))?;
    print(&text)?;
    Ok(code::EXPECTED)
}

/// Set by Ctrl-C. The second Ctrl-C ends the process at once.
fn interrupt_flag() -> &'static AtomicBool {
    static INTERRUPTED: AtomicBool = AtomicBool::new(false);
    static HANDLER: std::sync::Once = std::sync::Once::new();
    HANDLER.call_once(|| {
        // Without a handler Ctrl-C still ends the process, only without a report.
        let _ = ctrlc::set_handler(|| {
            if INTERRUPTED.swap(true, Ordering::Relaxed) {
                std::process::exit(i32::from(code::INCONCLUSIVE));
            }
        });
    });
    &INTERRUPTED
}
