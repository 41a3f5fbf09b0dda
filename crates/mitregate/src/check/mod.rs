//! The checker: one breadth-first exploration of a model, and every verdict read off it.
//!
//! It knows nothing of any system. A model is anything that implements [`Model`] and [`Checkable`]. Each
//! module uses only those above it:
//!
//! * `shared` has hash tables that all threads use, and `bits` sets of numbers;
//! * [`interned`] keeps parts of states once, and [`memo`] computes steps of parts once, for models that want to be
//!   explored fast;
//! * [`model`] is what is checked, and [`property`] what can be asked of it: laws, temporal properties,
//!   fairness; [`goals`] is what *is* asked;
//! * [`liveness`] finds a fair behaviour in a graph that violates a temporal formula;
//! * [`graph`] is what an exploration finds: states' fingerprints, edges, first violations;
//! * [`contract`] is what is required of every model: no panic, and steps that are a function;
//! * [`trace`] is a path of a model: rebuilt, printed, saved as ITF, followed again;
//! * [`temporal`] connects a model's temporal properties with [`liveness`];
//! * `ample` knows which steps commute with all others;
//! * `asked` knows which laws need not be asked again;
//! * [`expand`] is the pure step from a state to its successors, findings and label;
//! * `codec` makes bytes of states; `frontier` has those that wait, and `disk` seen states that memory has no room for;
//! * `seen` is the table of seen states, and `block` what all threads do at once to some states;
//! * [`checkpoint`] saves an exploration, and goes on with it;
//! * [`mod@explore`] drives it: an [`Engine`]; `distributed`, with the feature of that name, is another, whose workers may
//!   be on several machines;
//! * [`verdict`] is what comes out, and [`mod@judge`] makes it of a graph;
//! * [`lift`] holds code to the laws of its spec; [`miter`] runs code and spec side by side, as one more
//!   model;
//! * [`mod@replay`] follows a saved counterexample in a model as it is now;
//! * [`simulate`] walks at random through what is too large to exhaust;
//! * [`states`] gives a model's states and edges as data;
//! * [`validation`] holds what a program logged while it ran freely against a spec.

mod ample;
mod asked;
mod bits;
mod block;
pub mod checkpoint;
mod codec;
pub mod contract;
mod disk;
#[cfg(feature = "distributed")]
pub mod distributed;
pub mod expand;
pub mod explore;
pub mod film;
mod fingerprint;
mod frontier;
pub mod goals;
pub mod graph;
pub mod interned;
pub mod judge;
pub mod lift;
pub mod liveness;
pub mod memo;
pub mod miter;
pub mod model;
pub mod property;
pub mod replay;
mod seen;
pub(crate) mod shared;
pub mod simulate;
pub mod states;
pub mod temporal;
pub mod trace;
pub mod validation;
pub mod verdict;
pub mod watchdog;

pub use ample::PartialOrder;
pub use asked::Asked;
pub use checkpoint::{Checkpoint, CheckpointError, Saved};
pub use codec::Codec;
pub use contract::{DETERMINISTIC, INDEPENDENT, NO_PANIC};
pub use disk::Disk;
#[cfg(feature = "distributed")]
pub use distributed::{Cluster, ClusterError, Distributed, Together};
pub use expand::{Expander, Expansion};
pub use explore::{BreadthFirst, Budget, Engine, Options};
pub use fingerprint::fingerprint;
pub use goals::{DEADLOCK, Goals, Undecidable};
pub use graph::{Graph, StopReason};
pub use interned::Interned;
pub use judge::{check, check_with, judge};
pub use lift::Lifted;
pub use memo::Memo;
pub use model::{Checkable, Model, Name};
pub use property::{Claim, Fairness, Formula, Law, OnState, OnStep, Strength, Temporal};
pub use replay::{Replay, replay};
pub use states::{EdgeLabels, state_graph, whole_graph};
pub use trace::Trace;
pub use verdict::{Kind, PropertyReport, Report, Verdict};
pub use watchdog::Watchdog;
