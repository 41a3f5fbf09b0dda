//! Verbs of the command line that only one system has.

use std::error::Error;
use std::sync::atomic::AtomicBool;

use super::run::Outcome;

/// A verb, besides those that all systems have.
pub struct Verb {
    /// Its name, help and arguments.
    pub command: clap::Command,
    /// Runs it.
    pub run: RunVerb,
}

/// Runs a verb on its arguments; how what came out compares with what was expected decides about the
/// exit code. An error is bad usage: its words are what a person reads, with the mend.
pub type RunVerb = fn(&clap::ArgMatches, &Console<'_>) -> Result<Outcome, VerbError>;

/// Why a verb could not be run.
pub type VerbError = Box<dyn Error + Send + Sync>;

/// Where a verb's output goes.
#[derive(Clone, Copy)]
pub struct Console<'a> {
    /// Prints to standard output. A reader that has gone away is no error.
    pub print: &'a dyn Fn(&str) -> Result<(), VerbError>,
    /// Tells people on standard error how far it has come.
    pub progress: &'a dyn Fn(&str),
    /// Whether standard output is a terminal.
    pub is_terminal: bool,
    /// Set by Ctrl-C: the verb is to end with what it has, and [`Outcome::Inconclusive`].
    pub interrupt: &'a AtomicBool,
}
