//! All controllers with all kinds of ships, measured anew and held against what was said of them.
//!
//! * [`mod@measure`] explores spec and code of a variant;
//! * [`watched`] finds out what a controller makes use of;
//! * [`document`] is what the report on Option 4 says of the controllers;
//! * [`findings`] says in sentences what the measured rows show;
//! * [`verb`] is the command line's `compare`.

pub mod document;
pub mod findings;
pub mod measure;
#[cfg(test)]
mod tests;
pub mod verb;
pub mod watched;

pub use measure::{Answer, Depth, Measured, Row, measure};
