//! The command line's `trace`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use clap::{Args, FromArgMatches};
use mitregate::check::validation::read_files;
use mitregate::gate::{Console, Outcome, Verb, VerbError};

use super::{Stuck, Validation, validate, validate_with_path};

#[derive(Args, Debug)]
struct TraceArgs {
    /// Traces of nodes, as JSON lines: one file or several, of all nodes or of some
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write the behaviour of the spec that explains the run to this file, in ITF
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// The verb `trace`.
pub(in super::super) fn verb() -> Verb {
    let notes = "A node of the runtime writes a trace if it is given a file for it: its promises, votes, \
        attempts, and what it learned, in its order. The run is explained if MultiPaxos.tla has a behaviour in \
        which every node does that; the order between nodes is not in the traces. What nodes without a trace did \
        is free, and so is what a node did after the end of a trace that was cut.\n\n\
        A behaviour can be saved if it has at most 250 rounds and 62 values, and nothing had to be guessed.\n\n\
        Exit codes: 0 explained, 1 not explained, 2 a file is no trace, 3 not known.";
    let command = clap::Command::new("trace")
        .about("Hold traces of nodes that ran against the spec")
        .after_help(notes);
    Verb { command: TraceArgs::augment_args(command), run }
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = TraceArgs::from_arg_matches(matches)?;
    let files = read_files(&args.files, console.progress)?;
    (console.progress)("validating");
    let (validation, path) = match args.save {
        Some(_) => validate_with_path(&files)?,
        None => (validate(&files)?, None),
    };
    (console.print)(&tell(&validation))?;
    if let (Some(file), Validation::Explained { .. }) = (&args.save, &validation) {
        let Some(path) = path else {
            let why = "a behaviour of more than 250 rounds or 62 values, or one that is guessed in part, cannot be \
                       saved; run without --save";
            return Err(why.into());
        };
        let meta = BTreeMap::from([("module".to_owned(), "MultiPaxos".to_owned())]);
        let json = format!("{:#}\n", path.to_itf(meta));
        fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))?;
        (console.print)(&format!("{} states written to {}\n", path.len(), file.display()))?;
    }
    Ok(match validation {
        Validation::Explained { .. } => Outcome::Expected,
        Validation::Unexplained { .. } => Outcome::Unexpected,
        Validation::Undecided { .. } => Outcome::Inconclusive,
    })
}

/// What came out, for people.
fn tell(validation: &Validation) -> String {
    match validation {
        Validation::Explained { events, actions, guessed } => {
            let guesses = match guessed {
                0 => String::new(),
                1 => "; once, a node without a trace must have acted".to_owned(),
                _ => format!("; {guessed} times, a node without a trace must have acted"),
            };
            format!("explained: {events} events, {actions} actions of MultiPaxos{guesses}\n")
        }
        Validation::Unexplained { explained, events, stuck } => {
            let mut text = format!(
                "NOT EXPLAINED: {explained} of {events} events can be explained. No behaviour of MultiPaxos goes on \
                 with\n"
            );
            for stuck in stuck {
                text.push_str(&tell_stuck(stuck));
            }
            text
        }
        Validation::Undecided { explained, events, why } => {
            format!("UNDECIDED: {explained} of {events} events are explained; {why}\n")
        }
    }
}

fn tell_stuck(Stuck { place, node, event, why, allowed }: &Stuck) -> String {
    let mut text = format!("\n  {place}: node {node}: {event}\n    does not hold: {why}\n");
    if !allowed.is_empty() {
        let _ = writeln!(text, "    the node may   {}", allowed.join("\n                   "));
    }
    text
}
