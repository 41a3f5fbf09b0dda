//! The real controllers at work: a canal whose doors, water and ships take time.
//!
//! In the models every step may take any time, so they find every possible behaviour. Here time is
//! simulated instead, and the results are a lock master's figures: how many ships pass, and how
//! long they wait. The controller is the real one, behind the real interlock.
//!
//! * [`times`] has the durations, and the queue of events;
//! * [`plant`] is the canal: machinery, water, ships;
//! * [`drive`] runs the plant, the ships and the controller, event by event; `events` handles those
//!   of the plant;
//! * [`log`] has the lines of the log, [`statistics`] the counts, [`draw`] a picture in text;
//! * `trace` logs what is to be held against the spec;
//! * [`side_by_side`] runs all controllers on the same canal;
//! * [`verb`] is the command line's `run`.

pub mod draw;
pub mod drive;
mod events;
pub mod log;
pub mod plant;
pub mod side_by_side;
pub mod statistics;
#[cfg(test)]
mod tests;
pub mod times;
mod trace;
#[cfg(test)]
mod trace_tests;
pub mod verb;

pub use drive::{End, Operation, Setup};
pub use log::LogEntry;
pub use statistics::Summary;
pub use times::{Durations, Millis};
