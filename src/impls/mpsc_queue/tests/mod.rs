//! Tests of the queue: against a plain queue, with real threads, under loom.

mod drops;
mod interleaved;
mod sequential;
mod stalled;
mod stress;
#[cfg(feature = "async")]
mod tasks;
mod waiting;
