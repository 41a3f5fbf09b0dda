//! The code that ships: step machines without I/O, clock or randomness. Nothing in here knows of
//! models, checkers or Stateright.

pub mod canal_lock;
pub mod mpsc_queue;
pub mod multi_paxos;
