//! Verbs that only one system has.

use std::io::IsTerminal;

use super::progress::Line;
use super::{Outcome, Usage, code, interrupt_flag};
use crate::gate::{self, Console, Verb};

pub(super) fn run(verb: &Verb, arguments: &clap::ArgMatches) -> Outcome {
    let line = Line::new(verb.command.get_name());
    let console = Console {
        print: &|text| super::print(text).map_err(|Usage(problem)| problem),
        progress: &|what| line.say(what),
        is_terminal: std::io::stdout().is_terminal(),
        interrupt: interrupt_flag(),
    };
    match (verb.run)(arguments, &console).map_err(Usage)? {
        gate::Outcome::Expected => Ok(code::EXPECTED),
        gate::Outcome::Inconclusive => Ok(code::INCONCLUSIVE),
        gate::Outcome::Unexpected => Ok(code::FAILED),
    }
}
