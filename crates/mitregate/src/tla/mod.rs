//! TLA+ and the files of its model checker, TLC.
//!
//! In the order in which data flows through them:
//!
//! - [`value`]: TLA+ values: read from text, printed as TLC prints them, compared field by field,
//!   written in the ITF trace format, and made of Rust's by way of serde.
//! - [`config`]: TLC's configuration files, which say what to check and with which constants.
//! - [`module`]: the few things about a TLA+ module that can be known without a TLA+ parser: what
//!   it defines and declares, and the constants that a configuration replaces by definitions.
//! - [`tlc`]: runs TLC on a module and a configuration, and reads its verdict.
//! - [`inputs`]: what TLC reads, and whether it is still the same.
//! - [`dump`]: the state graph that TLC dumps, and the first difference between two such graphs.
//!
//! Nothing here knows about any particular spec, nor about the rest of this crate.

pub mod config;
pub mod dump;
pub mod inputs;
pub mod module;
mod text;
pub mod tlc;
pub mod value;

pub use config::{Assignment, Binding, Config, ConfigError, Named};
pub use dump::{Difference, DumpError, StateGraph};
pub use module::{Definition, DefinitionError};
pub use tlc::{Outcome, Tlc, TlcError, TlcVerdict};
pub use value::{
    Change, Mapping, ParseError, Value, ValueError, diff, parse_state, to_value, with,
};
