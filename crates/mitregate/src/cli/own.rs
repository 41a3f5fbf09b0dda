//! Verbs that only one system has.

use std::cell::OnceCell;
use std::io::IsTerminal;

use super::progress::Line;
use super::{Outcome, Usage, code, interrupt_flag};
use crate::gate::{self, Console, Verb};

pub(super) fn run(verb: &Verb, arguments: &clap::ArgMatches) -> Outcome {
    // Only from when there is something to say: a verb may draw on the terminal itself.
    let line = OnceCell::new();
    let say = |what: &str| line.get_or_init(|| Line::new(verb.command.get_name())).say(what);
    let console = Console {
        print: &|text| super::print(text).map_err(|Usage(problem)| problem.into()),
        progress: &say,
        is_terminal: std::io::stdout().is_terminal(),
        interrupt: interrupt_flag(),
    };
    match (verb.run)(arguments, &console).map_err(|error| Usage(error.to_string()))? {
        gate::Outcome::Expected => Ok(code::EXPECTED),
        gate::Outcome::Inconclusive => Ok(code::INCONCLUSIVE),
        gate::Outcome::Unexpected => Ok(code::FAILED),
    }
}
