//! The gate: scenarios with expected verdicts, run and judged, whatever the system.
//!
//! * [`scenario`]: what is checked and what must come out;
//! * [`table`]: scenarios as they are written down, and pinned anew;
//! * [`shard`]: a run in parts;
//! * [`system`]: what the gate needs of a [`System`], how its models are built, and what is asked of them;
//! * [`model`]: a model of any type behind one interface; [`unbuilt`]: what stands for one that cannot be built;
//! * [`faults`]: which law catches which fault;
//! * [`golden`]: what TLC said, kept in files;
//! * [`run`]: runs scenarios and holds the verdicts against what is expected;
//! * [`place`]: the file and line where a law is stated;
//! * [`pressed`]: a system of one's own without a table;
//! * [`replay`]: follows saved counterexamples;
//! * [`verb`]: verbs of the command line that only one system has;
//! * [`report`]: results as data, of a published schema, and as text, pages and what other tools read.

pub mod faults;
pub mod golden;
pub mod model;
pub mod place;
pub mod pressed;
pub mod replay;
pub mod report;
pub mod run;
pub mod scenario;
pub mod shard;
pub mod system;
pub mod table;
pub mod unbuilt;
pub mod verb;

pub use include_dir;

pub use model::AnyModel;
pub use place::Place;
pub use pressed::PressedSystem;
pub use run::{About, Job, Judged, Outcome};
pub use scenario::{Expected, Lane, Layer, Prepared, Scenario, Source};
pub use system::{AnySystem, Loaded, System};
pub use table::{Row, TableError};
pub use verb::{Console, Verb, VerbError};

#[cfg(test)]
mod tests;
