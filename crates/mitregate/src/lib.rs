//! Mitregate presses real Rust code against its TLA+ spec, step by step, over every reachable state.
//!
//! A *mitre gate* is the pair of leaves that closes a canal lock; a *miter* in formal verification is
//! a design and its spec driven by the same inputs and compared. This crate is both: a checker, and
//! the gate that a change has to pass in CI. In the order data flows:
//!
//! * [`tla`] reads TLC's configuration files and dumps, and runs TLC;
//! * [`check`] explores a model exhaustively and judges its laws: the spec's port, the real code in an
//!   environment, or the two side by side; with the feature `distributed` by several processes as well;
//! * [`mod@press`] presses code against TLC's graph of its spec, from a test, without a port;
//! * `actors` (feature `stateright`) explores systems of Stateright's actors, and computes each node's steps once;
//! * `explorer` (feature `stateright`) shows models in Stateright's Explorer; `stateright` is that crate, for
//!   its actors and networks;
//! * `tracing_layer` (feature `tracing`) writes events of `tracing` as the lines that [`check::validation`] reads;
//! * `gate` (feature `cli`) runs tables of scenarios and holds verdicts against what is expected;
//! * `cli` (feature `cli`) is the command line that all systems share.

#[cfg(feature = "stateright")]
pub mod actors;
pub mod check;
#[cfg(feature = "cli")]
pub mod cli;
#[cfg(feature = "stateright")]
pub mod explorer;
#[cfg(feature = "cli")]
pub mod gate;
pub mod press;
pub mod tla;
#[cfg(any(doc, doctest))]
#[doc = include_str!("walkthrough.md")]
pub mod walkthrough {}
#[cfg(feature = "tracing")]
pub mod tracing_layer;

#[cfg(feature = "stateright")]
pub use stateright;
