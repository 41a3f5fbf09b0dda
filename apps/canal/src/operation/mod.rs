//! The real controllers at work: a canal whose doors, water and ships take time.
//!
//! The models of this system let anything take any time, and so find what can happen. Here time is
//! simulated instead, and what comes out is what a lock master would ask for: how many ships pass, and
//! how long they wait. The controller is the real one, behind the real interlock.
//!
//! * [`times`] says how long things take, and keeps what is to come in order;
//! * [`plant`] is the canal: machinery, water, ships;
//! * [`drive`] lets the plant, the ships and the controller go on, event by event; what happens in the
//!   plant is in `befall`;
//! * [`happening`] is what is worth a line, [`statistics`] what is counted, [`draw`] a picture in text;
//! * [`side_by_side`] runs all controllers on the same canal;
//! * [`verb`] is the command line's `run`.

mod befall;
pub mod draw;
pub mod drive;
pub mod happening;
pub mod plant;
pub mod side_by_side;
pub mod statistics;
#[cfg(test)]
mod tests;
pub mod times;
pub mod verb;

pub use drive::{End, Operation, Setup};
pub use happening::Happening;
pub use statistics::Summary;
pub use times::{Durations, Millis};
