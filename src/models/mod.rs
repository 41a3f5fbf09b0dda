//! The systems: for each its spec's port, its real code in an environment, and the miter of both.

use crate::gate::System;

/// The files of a system's folder in `specs/`, as they are when the crate is built.
macro_rules! spec_files {
    ($system:literal; $($name:literal),* $(,)?) => {
        [$(crate::gate::scenario::SpecFile {
            name: $name,
            text: include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/specs/", $system, "/", $name)),
        }),*]
    };
}

pub mod canal_lock;
pub mod mpsc_queue;
pub mod multi_paxos;
mod permutations;

/// Every system, for the gate.
pub const SYSTEMS: [&dyn System; 3] =
    [&multi_paxos::MultiPaxos, &mpsc_queue::MpscQueue, &canal_lock::CanalLock];
