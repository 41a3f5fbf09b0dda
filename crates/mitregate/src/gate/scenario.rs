//! Scenarios: what is checked, on which layer, and what must come out.

use std::fmt;
use std::sync::Arc;

use super::model::AnyModel;
use crate::check::{Goals, Name, Options, Report, Undecidable};
use crate::tla::config::{Config, ConfigError};
use crate::tla::module;
use crate::tla::value::Value;

/// What is explored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, clap::ValueEnum)]
pub enum Layer {
    /// The port of the TLA+ spec.
    Spec,
    /// The real code in its environment.
    System,
    /// The real code against the spec, step by step.
    Miter,
}

impl Layer {
    /// All layers, from the spec to the code.
    pub const ALL: [Layer; 3] = [Layer::Spec, Layer::System, Layer::Miter];

    /// The layer's name on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Layer::Spec => "spec",
            Layer::System => "system",
            Layer::Miter => "miter",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// When a scenario is run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lane {
    /// With every check: seconds.
    #[default]
    Quick,
    /// In the deep lane: minutes for all of them.
    Deep,
    /// With the deep lane if a person asks for it, and on its own in CI: many minutes each.
    Long,
}

impl Lane {
    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Lane::Quick => "quick",
            Lane::Deep => "deep",
            Lane::Long => "long",
        }
    }
}

/// What must come of a scenario on one layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The layer.
    pub layer: Layer,
    /// The number of distinct states, or of those seen when a violation ended the exploration.
    pub distinct: u64,
    /// The properties that are violated, each with the number of states of its counterexample.
    pub violations: Vec<(String, usize)>,
    /// The properties that are vacuous here and the actions that never happen, sorted.
    pub silent: Vec<String>,
}

/// One thing to check, with all that is expected of it; read from a system's `scenarios.toml`.
#[derive(Clone)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: String,
    /// One sentence on what it is about.
    pub about: String,
    /// The TLA+ module whose port is used.
    pub module: String,
    /// The file name of its TLC configuration, in the system's folder under `specs/`.
    pub config: String,
    /// Whether what TLC says of that configuration is kept in a golden file.
    pub golden: bool,
    /// When it is run.
    pub lane: Lane,
    /// What must come out, for each layer that the scenario has.
    pub expected: Vec<Expected>,
    pub(super) prepare: Arc<PrepareModel>,
}

/// Builds the model of a layer, in the environment that the function has captured.
pub(super) type PrepareModel =
    dyn Fn(&Source, Layer) -> Result<Prepared, ConfigError> + Send + Sync;

impl Scenario {
    /// What must come out on a layer, if the scenario has that layer.
    pub fn expected_on(&self, layer: Layer) -> Option<&Expected> {
        self.expected.iter().find(|expected| expected.layer == layer)
    }

    /// Builds the model of a layer in the scenario's environment, with a source's constants.
    ///
    /// # Errors
    ///
    /// What the configuration asks for and the port lacks.
    pub fn prepare(&self, source: &Source, layer: Layer) -> Result<Prepared, ConfigError> {
        (self.prepare)(source, layer)
    }
}

impl fmt::Debug for Scenario {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scenario").field("name", &self.name).finish_non_exhaustive()
    }
}

/// Where constants come from: a TLC configuration and the module that it is for.
#[derive(Clone, Debug)]
pub struct Source {
    /// The module's name.
    pub module: String,
    /// The configuration.
    pub config: Config,
    /// Texts of modules in which a replacement's right side may be defined, first one first.
    pub modules: Vec<String>,
}

impl Source {
    /// The value that a name is defined as, in the first module that defines it.
    ///
    /// # Errors
    ///
    /// A sentence, if the definition is no literal value.
    pub fn definition(&self, name: &str) -> Result<Option<Value>, String> {
        for text in &self.modules {
            match module::constant_definition(text, name) {
                Ok(None) => {}
                Ok(Some(value)) => return Ok(Some(value)),
                Err(error) => return Err(error.to_string()),
            }
        }
        Ok(None)
    }
}

/// A model that is ready to be checked, with what is asked of it and what reports say of it.
pub struct Prepared {
    /// The model.
    pub model: Box<dyn AnyModel>,
    /// What is asked of it.
    pub goals: Goals,
    /// The constants, by name.
    pub constants: Vec<(Name, String)>,
    /// The environment, in words; empty for a spec.
    pub environment: String,
}

impl Prepared {
    /// Explores the model and judges what is asked.
    ///
    /// # Errors
    ///
    /// What is asked and cannot be decided.
    pub fn check(&self, options: &Options<'_>) -> Result<Report, Undecidable> {
        self.model.check(&self.goals, options)
    }
}
