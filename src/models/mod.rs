//! The systems: for each its spec's port, its real code in an environment, and the miter of both.

use crate::gate::System;

pub mod canal_lock;
pub mod multi_paxos;

/// Every system, for the gate.
pub const SYSTEMS: [&dyn System; 2] = [&multi_paxos::MultiPaxos, &canal_lock::CanalLock];
