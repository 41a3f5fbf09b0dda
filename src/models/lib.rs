//! The systems that come with Mitregate: each has a port of its spec, its real code in an
//! environment, and the miter of both.

use std::fmt::Debug;
use std::process::ExitCode;

use mitregate::gate::{AnySystem, TableError};

pub mod canal_lock;
pub mod mpsc_queue;
pub mod multi_paxos;
pub mod parts;
mod permutations;

/// Every system, with its scenarios.
///
/// # Errors
///
/// If a table of scenarios is invalid.
pub fn systems() -> Result<[Box<dyn AnySystem>; 3], TableError> {
    Ok([multi_paxos::load()?, mpsc_queue::load()?, canal_lock::load()?])
}

/// The name of a variant as words: `PublishBeforeWrite` is "publish before write".
fn in_words(variant: impl Debug) -> String {
    let mut words = String::new();
    for c in format!("{variant:?}").chars() {
        if c.is_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.extend(c.to_lowercase());
    }
    words
}

/// Hands every system to a command line.
pub fn run_all(command_line: fn(&[&dyn AnySystem]) -> ExitCode) -> ExitCode {
    match systems() {
        Ok(systems) => command_line(&systems.each_ref().map(|system| &**system)),
        Err(error) => mitregate::cli::fail(&error),
    }
}
