//! Tools for the canal: a comparison of its controllers, a timed simulation, and pictures.
//!
//! * [`comparison`] explores spec and code of all controllers with all kinds of ships, side by side;
//! * [`operation`] simulates a canal whose doors, water and ships take time;
//! * [`stories`] draws the decisive states of a few behaviours, for `docs/`.

pub mod comparison;
pub mod operation;
pub mod stories;
mod table;
