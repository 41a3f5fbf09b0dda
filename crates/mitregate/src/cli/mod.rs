//! The command line that every system shares.
//!
//! An example hands its [`System`](crate::gate::System) to [`run`]; the gate hands all of them to [`gate`].
//! What people read goes to stdout as text, data goes to stdout as JSON or DOT, progress goes to stderr.

use std::io::Write;
use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::{CommandFactory, FromArgMatches};

use crate::check::Undecidable;
use crate::check::validation::LogError;
use crate::gate::golden::GoldenError;
use crate::gate::run::JobError;
use crate::gate::{AnySystem, TableError, Verb as OwnVerb};
use crate::tla::config::ConfigError;
use crate::tla::tlc::TlcError;
use arguments::{
    AllArgs, AllVerb, CheckArgs, Cli, EXIT_CODES, Effort, ExploreArgs, Format, GateArgs, GateVerb,
    Gated, GraphArgs, GraphFormat, ListArgs, MergeArgs, OneModel, ReplayArgs, Selection,
    SimulateArgs, TlcArgs, TraceArgs, Verb, WalkArgs,
};

mod arguments;
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

/// Lets Ctrl-C, SIGTERM and SIGHUP end the process with the code for what is expected: a server has no other end.
fn end_on_interrupt() {
    // Without a handler they end it all the same, with another code.
    let _ = ctrlc::set_handler(|| std::process::exit(i32::from(code::EXPECTED)));
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
