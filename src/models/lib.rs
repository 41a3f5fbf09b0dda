//! The systems that come with Mitregate: for each its spec's port, its real code in an environment, and the
//! miter of both.

use std::process::ExitCode;

use mitregate::gate::{AnySystem, Loaded, TableError};

pub mod canal_lock;
pub mod mpsc_queue;
pub mod multi_paxos;
mod permutations;

/// Every system, with its scenarios.
///
/// # Errors
///
/// What is wrong with a table of scenarios.
pub fn systems() -> Result<[Box<dyn AnySystem>; 3], TableError> {
    Ok([
        Box::new(Loaded::new(multi_paxos::MultiPaxos)?),
        Box::new(Loaded::new(mpsc_queue::MpscQueue)?),
        Box::new(Loaded::new(canal_lock::CanalLock)?),
    ])
}

/// Hands every system to a command line.
pub fn run_all(command_line: fn(&[&dyn AnySystem]) -> ExitCode) -> ExitCode {
    match systems() {
        Ok(systems) => command_line(&systems.each_ref().map(|system| &**system)),
        Err(error) => mitregate::cli::fail(&error),
    }
}
