//! TLC's configuration files (`.cfg`).
//!
//! A configuration is a list of sections, each a keyword and its items, in any order:
//!
//! ```text
//! SPECIFICATION Spec          \* or INIT Init and NEXT Next
//! CONSTANTS
//!     Acceptors = {a1, a2}    \* literal values; other names are model values
//!     NONE      = NONE
//!     Values   <- SmallValues \* a definition of the module
//! INVARIANTS TypeOK Agreement
//! CHECK_DEADLOCK FALSE
//! ```
//!
//! Comments are `\*` to the end of the line and `(* *)`. Nothing here decides which sections a
//! program supports: it reports those that it does not by [`Config::error`].

mod constants;
mod ported;
mod read;

pub use constants::{ConstantReader, Definitions};
pub use ported::Ported;

use std::fmt;

use super::value::Value;

/// A configuration as it was written. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// The name of the file, for messages.
    pub file: String,
    /// The whole text.
    pub text: String,
    /// `SPECIFICATION`: the formula of behaviours. Never together with `init` and `next`.
    pub specification: Option<Named>,
    /// `INIT`: the initial predicate.
    pub init: Option<Named>,
    /// `NEXT`: the next-state relation.
    pub next: Option<Named>,
    /// `CONSTANT`, `CONSTANTS`: no name twice.
    pub constants: Vec<Assignment>,
    /// `INVARIANT`, `INVARIANTS`.
    pub invariants: Vec<Named>,
    /// `PROPERTY`, `PROPERTIES`.
    pub properties: Vec<Named>,
    /// `CONSTRAINT`, `CONSTRAINTS`: on states.
    pub constraints: Vec<Named>,
    /// `ACTION_CONSTRAINT`, `ACTION_CONSTRAINTS`: on steps.
    pub action_constraints: Vec<Named>,
    /// `SYMMETRY`: sets of permutations.
    pub symmetry: Vec<Named>,
    /// `VIEW`: what tells states apart.
    pub view: Option<Named>,
    /// `ALIAS`: how to print states.
    pub alias: Option<Named>,
    /// `POSTCONDITION`: what to check at the end.
    pub postcondition: Option<Named>,
    /// `CHECK_DEADLOCK`: whether a state without a successor is an error, and the line.
    pub check_deadlock: Option<(bool, usize)>,
}

/// The name of a definition, and the line where the configuration mentions it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The definition's name.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
}

/// What stands for a constant of the module, or for a definition that is overridden.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assignment {
    /// The constant's name.
    pub name: String,
    /// The line, from 1.
    pub line: usize,
    /// What stands for it.
    pub value: Binding,
}

/// The right-hand side of an [`Assignment`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Binding {
    /// `Name = value`.
    Value(Value),
    /// `Name <- Definition`.
    Replacement(String),
}

/// What is wrong with a configuration, where, and how to mend it.
///
/// Displayed as `FILE:LINE: problem (mend)`; without a line as `FILE: problem`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// The name of the file.
    pub file: String,
    /// The line, from 1, where one is to blame.
    pub line: Option<usize>,
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub mend: String,
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if let Some(line) = self.line {
            write!(f, ":{line}")?;
        }
        write!(f, ": {}", self.problem)?;
        if self.mend.is_empty() { Ok(()) } else { write!(f, " ({})", self.mend) }
    }
}

impl std::error::Error for ConfigError {}

impl Config {
    /// Reads a configuration; `file` is its name, for messages.
    ///
    /// # Errors
    ///
    /// If TLC would not accept the text, and also if
    ///
    /// - a section has no items, or a section that takes one name stands twice;
    /// - it says neither SPECIFICATION nor both INIT and NEXT, or both ways;
    /// - a constant is parameterised (`F(1) = 2`), or bound for one module (`[Module]`).
    pub fn parse(file: &str, text: &str) -> Result<Config, ConfigError> {
        read::read(file, text)
    }

    /// An error about a line of this configuration.
    pub fn error(
        &self,
        line: usize,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> ConfigError {
        let (problem, mend) = (problem.into(), mend.into());
        ConfigError { file: self.file.clone(), line: Some(line), problem, mend }
    }

    /// An error about the configuration as a whole, such as a line that is missing.
    pub fn error_without_line(
        &self,
        problem: impl Into<String>,
        mend: impl Into<String>,
    ) -> ConfigError {
        let (problem, mend) = (problem.into(), mend.into());
        ConfigError { file: self.file.clone(), line: None, problem, mend }
    }

    /// What stands for the constant `name`.
    pub fn constant(&self, name: &str) -> Option<&Assignment> {
        self.constants.iter().find(|assignment| assignment.name == name)
    }
}
