//! The systems: for each its spec's port, its real code in an environment, and the miter of both.

use crate::gate::System;

pub mod canal_lock;
pub mod mpsc_queue;
pub mod multi_paxos;
mod permutations;

/// Every system, for the gate.
pub const SYSTEMS: [&dyn System; 3] =
    [&multi_paxos::MultiPaxos, &mpsc_queue::MpscQueue, &canal_lock::CanalLock];
