//! Scenarios: what is checked, on which layer, and what must come out.

use std::fmt;
use std::sync::Arc;

use super::model::AnyModel;
use crate::check::contract::Panic;
use crate::check::{Budget, Goals, Name, Options, Report, Undecidable};
use crate::tla::config::{Assignment, Binding, Config, ConfigError};
use crate::tla::module::{self, DefinitionError};
use crate::tla::value::Value;

/// What is explored.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    clap::ValueEnum,
    serde::Serialize,
    serde::Deserialize,
)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Layer {
    /// The TLA+ spec.
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
    /// The number of distinct states, or of those seen when a violation ended the exploration. None where nothing is
    /// pinned but that all holds.
    pub distinct: Option<u64>,
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
    /// What is deliberately wrong in it, if anything is.
    pub fault: Option<String>,
    /// When it is run.
    pub lane: Lane,
    /// What must come out, for each layer that the scenario has.
    pub expected: Vec<Expected>,
    /// Layers of which nothing is asked, and which can be looked at.
    pub unasked: Vec<Layer>,
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

    /// Whether the scenario has a layer.
    pub fn has(&self, layer: Layer) -> bool {
        self.expected_on(layer).is_some() || self.unasked.contains(&layer)
    }

    /// Its layers, those that are checked first.
    pub fn layers(&self) -> impl Iterator<Item = Layer> {
        let asked = self.expected.iter().map(|expected| expected.layer);
        asked.chain(self.unasked.iter().copied())
    }

    /// The layer that shows what it is about: the last on which something is to fail, or else its last.
    pub fn telling_layer(&self) -> Option<Layer> {
        let fails = |expected: &&Expected| !expected.violations.is_empty();
        let expected = self.expected.iter().rfind(fails).or(self.expected.last());
        expected.map(|expected| expected.layer)
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
    /// The configuration, without the constants that a module of the user's declares.
    pub config: Config,
    /// The constants that a module beside the configuration declares besides those of the port.
    pub own_constants: Vec<Assignment>,
    /// Texts of modules in which a replacement's right side may be defined, first one first.
    pub modules: Vec<String>,
}

/// How deep definitions may mention each other.
const MAX_DEPTH: usize = 32;

impl Source {
    /// A configuration for a module.
    ///
    /// Constants that the first of the texts declares are its own, not the port's: `own` says whether the
    /// first text is such a module, which extends the ported one.
    pub fn new(module: String, mut config: Config, modules: Vec<String>, own: bool) -> Source {
        let declared = match modules.first() {
            Some(text) if own => module::constants(text),
            _ => Vec::new(),
        };
        let is_own = |assignment: &mut Assignment| declared.contains(&assignment.name);
        let own_constants = config.constants.extract_if(.., is_own).collect();
        Source { module, config, own_constants, modules }
    }

    /// Which of a system's ported modules the configuration is for, of `all` by their names in TLA+.
    ///
    /// # Errors
    ///
    /// If it is for none of them.
    pub fn ported<M: Copy>(
        &self,
        all: &[M],
        name: impl Fn(M) -> &'static str,
    ) -> Result<M, ConfigError> {
        all.iter().copied().find(|module| name(*module) == self.module).ok_or_else(|| {
            let problem = format!("there is no port of the module {}", self.module);
            self.config.error_without_line(problem, "choose another with --module")
        })
    }

    /// The value that a name is defined as, in the first module that defines it. Names in a definition
    /// stand for constants or other definitions.
    ///
    /// # Errors
    ///
    /// If that is no literal value.
    pub fn definition(&self, name: &str) -> Result<Option<Value>, DefinitionError> {
        let value = self.defined(name, 0)?;
        if let Some(value) = &value {
            check_for_tlc(name, value)?;
        }
        Ok(value)
    }

    fn defined(&self, name: &str, depth: usize) -> Result<Option<Value>, DefinitionError> {
        if depth > MAX_DEPTH {
            return Err(DefinitionError::Circular { definition: name.to_owned() });
        }
        let mut found = self.modules.iter().map(|text| module::constant_definition(text, name));
        let literal = found.find_map(Result::transpose).transpose()?;
        literal.map(|value| self.resolved(value, name, depth)).transpose()
    }

    /// A literal value with its names replaced by what they stand for.
    fn resolved(&self, value: Value, within: &str, depth: usize) -> Result<Value, DefinitionError> {
        let each = |value: Value| self.resolved(value, within, depth);
        Ok(match value {
            Value::Model(name) => match self.constant(&name) {
                Some(Binding::Value(value)) => value.clone(),
                Some(Binding::Replacement(other)) => self.named(other, within, depth)?,
                None => self.named(&name, within, depth)?,
            },
            Value::Set(elements) => {
                Value::Set(elements.into_iter().map(each).collect::<Result<_, _>>()?)
            }
            Value::Fun(pairs) => {
                let pair = |(key, value)| Ok((each(key)?, each(value)?));
                Value::Fun(pairs.into_iter().map(pair).collect::<Result<_, _>>()?)
            }
            other => other,
        })
    }

    fn named(&self, name: &str, within: &str, depth: usize) -> Result<Value, DefinitionError> {
        self.defined(name, depth + 1)?.ok_or_else(|| DefinitionError::Unknown {
            definition: within.to_owned(),
            name: name.to_owned(),
        })
    }

    fn constant(&self, name: &str) -> Option<&Binding> {
        let mut all = self.own_constants.iter().chain(&self.config.constants);
        all.find(|assignment| assignment.name == name).map(|assignment| &assignment.value)
    }
}

/// Checks that TLC takes a value: sets whose elements it can compare, and numbers of 32 bits.
fn check_for_tlc(definition: &str, value: &Value) -> Result<(), DefinitionError> {
    match value {
        Value::Set(elements) => {
            let elements: Vec<_> = elements.iter().collect();
            for (index, &other) in elements.iter().enumerate() {
                check_for_tlc(definition, other)?;
                if let Some(&one) = elements[..index].iter().find(|one| !one.is_comparable(other)) {
                    return Err(DefinitionError::Incomparable {
                        definition: definition.to_owned(),
                        one: one.clone(),
                        other: other.clone(),
                    });
                }
            }
            Ok(())
        }
        Value::Fun(pairs) => pairs.iter().try_for_each(|(key, value)| {
            check_for_tlc(definition, key)?;
            check_for_tlc(definition, value)
        }),
        &Value::Int(number) if i32::try_from(number).is_err() => {
            Err(DefinitionError::TooLarge { definition: definition.to_owned(), number })
        }
        _ => Ok(()),
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
    /// How far it is explored at most, beside what the caller says.
    pub budget: Budget,
    /// The panic that kept the model from being built; then the model has no states, and fails `NoPanic`.
    pub unbuilt: Option<Panic>,
}

impl Prepared {
    /// Explores the model and judges what is asked.
    ///
    /// # Errors
    ///
    /// What is asked and cannot be decided.
    pub fn check(&self, options: &Options<'_>) -> Result<Report, Undecidable> {
        let Budget { max_states, max_memory, timeout } = options.budget;
        let budget = Budget {
            max_states: max_states.or(self.budget.max_states),
            max_memory: max_memory.or(self.budget.max_memory),
            timeout: timeout.or(self.budget.timeout),
        };
        self.model.check(&self.goals, &Options { budget, ..*options })
    }
}
