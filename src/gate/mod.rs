//! The gate: scenarios with expected verdicts, run and judged, whatever the system.
//!
//! * [`scenario`]: the rows of a system's table, and what a [`System`] offers;
//! * [`model`]: a model of any type behind one interface;
//! * [`golden`]: what TLC said, kept in files;
//! * [`run`]: runs scenarios and holds the verdicts against what is expected;
//! * [`verb`]: verbs of the command line that only one system has;
//! * [`report`]: prints results, as text or as JSON of a published schema.

pub mod golden;
pub mod model;
pub mod report;
pub mod run;
pub mod scenario;
pub mod verb;

pub use model::AnyModel;
pub use run::{Job, Judged, Outcome};
pub use scenario::{Expected, Lane, Layer, Prepared, Scenario, Source, System};
pub use verb::{Console, Verb};
