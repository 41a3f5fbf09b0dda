//! The gate: scenarios with expected verdicts, run and judged, whatever the system.
//!
//! * [`scenario`]: what is checked and what must come out;
//! * [`table`]: scenarios as they are written down, and pinned anew;
//! * [`system`]: what the gate needs of a [`System`], how its models are built, and what is asked of them;
//! * [`model`]: a model of any type behind one interface; [`unbuilt`]: what stands for one that cannot be built;
//! * [`golden`]: what TLC said, kept in files;
//! * [`run`]: runs scenarios and holds the verdicts against what is expected;
//! * [`pressed`]: a system of one's own without a table;
//! * [`verb`]: verbs of the command line that only one system has;
//! * [`report`]: prints results, as text or as JSON of a published schema.

pub mod golden;
pub mod model;
pub mod pressed;
pub mod report;
pub mod run;
pub mod scenario;
pub mod system;
pub mod table;
pub mod unbuilt;
pub mod verb;

pub use include_dir;

pub use model::AnyModel;
pub use pressed::PressedSystem;
pub use run::{Job, Judged, Outcome};
pub use scenario::{Expected, Lane, Layer, Prepared, Scenario, Source};
pub use system::{AnySystem, Loaded, System};
pub use table::{Row, TableError};
pub use verb::{Console, Verb, VerbError};
