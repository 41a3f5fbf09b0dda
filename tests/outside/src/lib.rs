//! Code as anybody's, which knows nothing of specs: a lock over shared memory, and a protocol over messages.

pub mod ticket;
pub mod two_phase;
