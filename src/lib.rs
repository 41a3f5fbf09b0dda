//! Mitregate presses real Rust code against its TLA+ spec, step by step, over every reachable state.
//!
//! A *mitre gate* is the pair of leaves that closes a canal lock; a *miter* in formal verification is
//! a design and its spec driven by the same inputs and compared. This crate is both: a checker, and
//! the gate that a change has to pass in CI. In the order data flows:
//!
//! * [`tla`] reads TLC's configuration files and dumps, and runs TLC;
//! * [`impls`] holds the code that ships: step machines without I/O, which know nothing of the rest;
//! * [`models`] ports each spec to a Stateright model, wraps the real code as another, and says how
//!   the steps of one are the steps of the other;
//! * [`check`] explores a model exhaustively and judges its laws;
//! * [`gate`] runs tables of scenarios and holds verdicts against what is expected;
//! * [`cli`] is the command line that all systems share.

pub mod check;
pub mod cli;
pub mod gate;
pub mod impls;
pub mod models;
pub mod tla;

/// The code in the README is compiled and run with the examples of the documentation.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
