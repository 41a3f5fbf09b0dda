//! A comparison of all controllers with all kinds of ships, and with the claims of a report.
//!
//! * [`mod@measure`] explores spec and code of a variant;
//! * [`watched`] finds the queues and variables that a controller uses, and its waits;
//! * [`document`] has the claims of the report on Option 4;
//! * [`findings`] states the results in sentences;
//! * [`verb`] is the command line's `compare`.

pub mod document;
pub mod findings;
pub mod measure;
#[cfg(test)]
mod tests;
pub mod verb;
pub mod watched;

pub use measure::{Answer, Comparison, Depth, Measured, measure};
