//! The command line's `bugs`.

use std::sync::atomic::Ordering;

use clap::{Args, FromArgMatches};

use super::{BUGS, Bug, story, tell};
use mitregate::check::Options;
use mitregate::gate::{Console, Outcome, Verb, VerbError};

#[derive(Args, Debug)]
struct BugsArgs {
    /// The bug to tell of [default: all of them, one by one]
    #[arg(value_name = "NAME", value_parser = BUGS.map(|bug| bug.name))]
    name: Option<String>,
    /// List the names, with a sentence each, and look for nothing
    #[arg(long)]
    list: bool,
}

/// The verb `bugs`.
pub fn verb() -> Verb {
    let notes = "Each bug is one fault of the real queue, or one misuse, in the smallest queue that \
        shows it. It is looked for in every order of steps, one access each, so that what is told is a shortest \
        counterexample. A message 1.2 is the second one of producer 1; in brackets it is written and not announced; \
        a question mark is a slot that is published and not written. Positions count from the first message; \
        3@1 is position 3 in the ring of generation 1.\n\nThe same bugs are scenarios: check --scenario \
        fault_trust_head, for instance, or explore.\n\nExit code 1 if a bug is not found.";
    let command = clap::Command::new("bugs")
        .about("Tell of broken queues: shortest counterexamples, with pictures of the ring")
        .after_help(notes);
    Verb { command: BugsArgs::augment_args(command), run }
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = BugsArgs::from_arg_matches(matches)?;
    let is_asked = |bug: &&Bug| args.name.as_ref().is_none_or(|name| name == bug.name);
    let mut outcome = Outcome::Expected;
    let mut first = true;
    for bug in BUGS.iter().filter(is_asked) {
        if args.list {
            (console.print)(&format!("{:<22}{}\n", bug.name, bug.what))?;
            continue;
        }
        (console.progress)(bug.name);
        let options = Options { interrupt: Some(console.interrupt), ..Options::default() };
        let story = story(bug, &options)?;
        // A search that was cut short has found nothing.
        if console.interrupt.load(Ordering::Relaxed) {
            return Ok(Outcome::Inconclusive);
        }
        let text = if let Some(story) = story {
            tell::tell(&story)
        } else {
            outcome = Outcome::Unexpected;
            format!("{}: nothing fails in {}, and something should\n", bug.name, bug.scenario)
        };
        let gap = if first { "" } else { "\n\n" };
        first = false;
        (console.print)(&format!("{gap}{text}"))?;
    }
    Ok(outcome)
}
