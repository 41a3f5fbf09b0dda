//! Scenarios: what is checked, on which layer, and what must come out.

use std::fmt;

use super::model::AnyModel;
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane {
    /// With every check: seconds.
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
#[derive(Clone, Copy, Debug)]
pub struct Expected {
    /// The layer.
    pub layer: Layer,
    /// The number of distinct states, or of those seen when a violation ended the exploration.
    pub distinct: u64,
    /// The properties that are violated, each with the number of states of its counterexample.
    pub violations: &'static [(&'static str, usize)],
    /// The laws that never say anything here and the actions that never happen, sorted.
    pub silent: &'static [&'static str],
}

impl Expected {
    const fn on(layer: Layer, distinct: u64) -> Expected {
        Expected { layer, distinct, violations: &[], silent: &[] }
    }

    /// So many states of the spec's port, and all holds.
    pub const fn spec(distinct: u64) -> Expected {
        Expected::on(Layer::Spec, distinct)
    }

    /// So many states of the code in its environment, and all holds.
    pub const fn system(distinct: u64) -> Expected {
        Expected::on(Layer::System, distinct)
    }

    /// So many states of code and spec side by side, and all holds.
    pub const fn miter(distinct: u64) -> Expected {
        Expected::on(Layer::Miter, distinct)
    }

    /// The same, but for violated properties.
    pub const fn fails(self, violations: &'static [(&'static str, usize)]) -> Expected {
        Expected { violations, ..self }
    }

    /// The same, but for what has nothing to say.
    pub const fn silent(self, silent: &'static [&'static str]) -> Expected {
        Expected { silent, ..self }
    }
}

/// A row of a system's table.
#[derive(Clone, Copy, Debug)]
pub struct Scenario {
    /// Its name on the command line.
    pub name: &'static str,
    /// One sentence on what it is about.
    pub story: &'static str,
    /// The TLA+ module whose port is used.
    pub module: &'static str,
    /// The file name of its TLC configuration, in the system's folder under `specs/`.
    pub config: &'static str,
    /// Whether what TLC says of that configuration is kept in a golden file.
    pub golden: bool,
    /// When it is run.
    pub lane: Lane,
    /// What must come out, for each layer that the scenario has.
    pub expected: &'static [Expected],
}

impl Scenario {
    const fn on(lane: Lane, name: &'static str) -> Scenario {
        Scenario { name, story: "", module: "", config: "", golden: false, lane, expected: &[] }
    }

    /// A scenario that is run with every check.
    pub const fn quick(name: &'static str) -> Scenario {
        Scenario::on(Lane::Quick, name)
    }

    /// A scenario that is run in the deep lane.
    pub const fn deep(name: &'static str) -> Scenario {
        Scenario::on(Lane::Deep, name)
    }

    /// A scenario that takes many minutes.
    pub const fn long(name: &'static str) -> Scenario {
        Scenario::on(Lane::Long, name)
    }

    /// The same, with a sentence on what it is about.
    pub const fn about(self, story: &'static str) -> Scenario {
        Scenario { story, ..self }
    }

    /// The same, of a module with a configuration.
    pub const fn of(self, module: &'static str, config: &'static str) -> Scenario {
        Scenario { module, config, ..self }
    }

    /// The same, with a golden file of what TLC says.
    pub const fn golden(self) -> Scenario {
        Scenario { golden: true, ..self }
    }

    /// The same, with what must come out.
    pub const fn expects(self, expected: &'static [Expected]) -> Scenario {
        Scenario { expected, ..self }
    }

    /// What must come out on a layer, if the scenario has that layer.
    pub fn expected_on(&self, layer: Layer) -> Option<&'static Expected> {
        self.expected.iter().find(|expected| expected.layer == layer)
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

/// A model that is ready to be checked, with what reports say of it.
pub struct Prepared {
    /// The model.
    pub model: Box<dyn AnyModel>,
    /// The constants, by name.
    pub constants: Vec<(&'static str, String)>,
    /// The environment, in words; empty for a spec.
    pub environment: String,
}

/// A file of a system's folder under `specs/`, as it was when the crate was built.
#[derive(Clone, Copy, Debug)]
pub struct SpecFile {
    /// Its name.
    pub name: &'static str,
    /// Its text.
    pub text: &'static str,
}

/// What the gate and the command line need of a system.
pub trait System: Sync {
    /// Its name: the stem of its folders.
    fn name(&self) -> &'static str;

    /// One sentence on what it is.
    fn summary(&self) -> &'static str;

    /// The TLA+ modules that have a port; the first is the default.
    fn modules(&self) -> Vec<&'static str>;

    /// The files of its folder under `specs/`.
    fn files(&self) -> &'static [SpecFile];

    /// Its table. The first row's environment serves a configuration that comes without a scenario.
    fn scenarios(&self) -> Vec<&'static Scenario>;

    /// Builds the model of a layer in a scenario's environment, with a source's constants.
    ///
    /// # Errors
    ///
    /// What the configuration asks for and the port lacks.
    fn prepare(
        &self,
        scenario: &Scenario,
        source: &Source,
        layer: Layer,
    ) -> Result<Prepared, ConfigError>;

    /// What its command line offers besides the verbs that all systems have.
    fn verbs(&self) -> Vec<super::Verb> {
        Vec::new()
    }

    /// The text of one of its files.
    fn file(&self, name: &str) -> Option<&'static str> {
        self.files().iter().find(|file| file.name == name).map(|file| file.text)
    }

    /// The scenario of that name.
    fn scenario(&self, name: &str) -> Option<&'static Scenario> {
        self.scenarios().into_iter().find(|scenario| scenario.name == name)
    }

    /// The source that a scenario names.
    ///
    /// # Errors
    ///
    /// If the scenario's configuration does not parse, or is not among the files.
    fn source(&self, scenario: &Scenario) -> Result<Source, ConfigError> {
        let text = self.file(scenario.config).unwrap_or_default();
        let config = Config::parse(scenario.config, text)?;
        Ok(Source { module: scenario.module.to_owned(), config, modules: self.module_texts() })
    }

    /// The texts of its modules.
    fn module_texts(&self) -> Vec<String> {
        let is_module = |file: &&SpecFile| {
            std::path::Path::new(file.name).extension().is_some_and(|extension| extension == "tla")
        };
        self.files().iter().filter(is_module).map(|file| file.text.to_owned()).collect()
    }
}
