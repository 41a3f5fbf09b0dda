//! What the gate and the command line need of a system.

use std::fmt::Debug;
use std::path::Path;
use std::sync::Arc;

use include_dir::Dir;
use serde::de::DeserializeOwned;

use super::model::AnyModel;
use super::scenario::{Layer, Prepared, Scenario, Source};
use super::table::{self, Row, TableError};
use super::unbuilt::Unbuilt;
use super::verb::Verb;
use crate::check::contract::guarded;
use crate::check::miter::{Miter, REFINEMENT, REFUSAL, Refinement};
use crate::check::{Budget, Checkable, Goals, Lifted, Name};
use crate::tla::config::{Config, ConfigError, Named};

/// The name of the file with a system's scenarios, in its folder under `specs/`.
pub const SCENARIOS: &str = "scenarios.toml";

/// A spec, its code, and what connects them: what is particular to a system.
pub trait System: Clone + Send + Sync + 'static {
    /// What surrounds the code in a scenario, and what is deliberately wrong. Read from the scenario's
    /// `environment`; unknown fields and values are to be refused.
    type Environment: Clone + Debug + Default + DeserializeOwned + Send + Sync + 'static;

    /// What a TLC configuration says.
    type Constants: Send + Sync + 'static;

    /// How the code refines the spec; its types are those of the two models.
    type Refinement: Refinement;

    /// Its name: the stem of its folders.
    fn name(&self) -> &'static str;

    /// One sentence on what it is.
    fn summary(&self) -> &'static str;

    /// The TLA+ modules that have a port; the first is the default.
    fn modules(&self) -> Vec<Name>;

    /// Its folder under `specs/`, as it was when the crate was built.
    fn files(&self) -> &'static Dir<'static>;

    /// Reads a configuration.
    ///
    /// # Errors
    ///
    /// What it asks for and the port lacks.
    fn constants(&self, source: &Source) -> Result<Self::Constants, ConfigError>;

    /// The constants by name, as TLA+ values.
    fn named_constants(&self, constants: &Self::Constants) -> Vec<(Name, String)>;

    /// The spec's port, with what is deliberately wrong with it in an environment, if one is given.
    fn spec(
        &self,
        constants: &Arc<Self::Constants>,
        environment: Option<&Self::Environment>,
    ) -> <Self::Refinement as Refinement>::Spec;

    /// The code in an environment.
    ///
    /// # Errors
    ///
    /// What the configuration asks for and the code's model cannot give.
    fn code(
        &self,
        source: &Source,
        constants: &Arc<Self::Constants>,
        environment: &Self::Environment,
    ) -> Result<<Self::Refinement as Refinement>::Code, ConfigError>;

    /// What connects the two.
    fn refinement(&self) -> Self::Refinement;

    /// An environment in words, as it bears on a layer; empty if nothing is special.
    fn describe(&self, environment: &Self::Environment, layer: Layer) -> String;

    /// What is deliberately wrong in an environment, if anything is: a name that no other fault of the system has.
    fn fault(&self, _environment: &Self::Environment) -> Option<String> {
        None
    }

    /// Whether the code has to have a next step wherever the configuration asks that of the spec. Code
    /// that comes to rest when it is done has not.
    fn code_never_rests(&self) -> bool {
        false
    }

    /// What its command line offers besides the verbs that all systems have.
    fn verbs(&self) -> Vec<Verb> {
        Vec::new()
    }

    /// The expression in Rust that loads it, such as `my_crate::ticket::load()`: a
    /// `Result<Box<dyn AnySystem>, TableError>`. Tests that are made of counterexamples begin with it; without one,
    /// none are made.
    fn loaded_by(&self) -> Option<&'static str> {
        None
    }

    /// Its scenarios, each with its environment.
    ///
    /// # Errors
    ///
    /// What is wrong with its table.
    fn rows(&self) -> Result<Vec<Row<Self::Environment>>, TableError> {
        table::read(self)
    }
}

/// A system of any type behind one interface.
pub trait AnySystem: Send + Sync {
    /// Its name: the stem of its folders.
    fn name(&self) -> &'static str;

    /// One sentence on what it is.
    fn summary(&self) -> &'static str;

    /// The TLA+ modules that have a port; the first is the default.
    fn modules(&self) -> Vec<Name>;

    /// Its folder under `specs/`, as it was when the crate was built.
    fn files(&self) -> &'static Dir<'static>;

    /// Its scenarios. The first one's environment serves a configuration that comes without a scenario.
    fn scenarios(&self) -> &[Scenario];

    /// What its command line offers besides the verbs that all systems have.
    fn verbs(&self) -> Vec<Verb>;

    /// The expression in Rust that loads it; see [`System::loaded_by`].
    fn loaded_by(&self) -> Option<&'static str> {
        None
    }

    /// Whether its scenarios are in a table, with configurations of TLC's and a port.
    fn has_table(&self) -> bool {
        true
    }

    /// The text of one of its files.
    fn file(&self, name: &str) -> Option<&'static str> {
        self.files().get_file(name)?.contents_utf8()
    }

    /// The scenario of that name.
    fn scenario(&self, name: &str) -> Option<&Scenario> {
        self.scenarios().iter().find(|scenario| scenario.name == name)
    }

    /// The source that a scenario names.
    ///
    /// # Errors
    ///
    /// If the scenario's configuration does not parse.
    fn source(&self, scenario: &Scenario) -> Result<Source, ConfigError> {
        let text = self.file(&scenario.config).unwrap_or_default();
        let config = Config::parse(&scenario.config, text)?;
        Ok(Source::new(scenario.module.clone(), config, self.module_texts(), false))
    }

    /// The files of its modules, and their texts.
    fn module_files(&self) -> Vec<(&'static str, &'static str)> {
        let is_module = |path: &Path| path.extension().is_some_and(|extension| extension == "tla");
        let modules = self.files().files().filter(|file| is_module(file.path()));
        modules.filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))).collect()
    }

    /// The texts of its modules.
    fn module_texts(&self) -> Vec<String> {
        self.module_files().into_iter().map(|(_, text)| text.to_owned()).collect()
    }
}

/// A system with its scenarios.
pub struct Loaded<S> {
    system: S,
    scenarios: Vec<Scenario>,
}

impl<S: System> Loaded<S> {
    /// Reads the system's scenarios.
    ///
    /// # Errors
    ///
    /// What is wrong with its table.
    pub fn new(system: S) -> Result<Loaded<S>, TableError> {
        let scenarios = system.rows()?.into_iter().map(|row| row.scenario).collect();
        Ok(Loaded { system, scenarios })
    }
}

impl<S: System> Loaded<S> {
    /// The system with its scenarios, whatever its type.
    ///
    /// # Errors
    ///
    /// What is wrong with its table.
    pub fn boxed(system: S) -> Result<Box<dyn AnySystem>, TableError> {
        Ok(Box::new(Loaded::new(system)?))
    }
}

impl<S: System> AnySystem for Loaded<S> {
    fn name(&self) -> &'static str {
        self.system.name()
    }

    fn summary(&self) -> &'static str {
        self.system.summary()
    }

    fn modules(&self) -> Vec<Name> {
        self.system.modules()
    }

    fn files(&self) -> &'static Dir<'static> {
        self.system.files()
    }

    fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    fn verbs(&self) -> Vec<Verb> {
        self.system.verbs()
    }

    fn loaded_by(&self) -> Option<&'static str> {
        self.system.loaded_by()
    }
}

/// Builds the model of a layer, and decides what is asked of it.
///
/// On the spec these are the laws and properties that the configuration names, and deadlock as it says. On
/// the code these are the same, as far as they lift, with the code's own laws and those `properties` of
/// its own that the scenario names. The miter has two laws of its own.
pub(super) fn prepare<S: System>(
    system: &S,
    properties: &[String],
    environment: &S::Environment,
    source: &Source,
    layer: Layer,
) -> Result<Prepared, ConfigError> {
    let config = &source.config;
    let constants = Arc::new(system.constants(source)?);
    if let (Some((true, line)), false) = (config.check_deadlock, system.code_never_rests())
        && layer != Layer::Spec
    {
        return Err(config.error(
            line,
            "CHECK_DEADLOCK TRUE is not for the code, which comes to rest when it is done",
            "remove the line, or check the layer spec",
        ));
    }
    // Building the model runs code under test.
    let built = guarded(|| build(system, properties, environment, source, (&constants, layer)));
    let unbuilt = built.as_ref().err().cloned();
    let (model, goals) =
        built.unwrap_or_else(|panic| Ok((Box::new(Unbuilt::new(&panic)), Goals::all())))?;
    Ok(Prepared {
        model,
        goals,
        unbuilt,
        budget: Budget::default(),
        constants: system.named_constants(&constants),
        environment: system.describe(environment, layer),
    })
}

/// The model of a layer, and what is asked of it.
fn build<S: System>(
    system: &S,
    properties: &[String],
    environment: &S::Environment,
    source: &Source,
    (constants, layer): (&Arc<S::Constants>, Layer),
) -> Result<(Box<dyn AnyModel>, Goals), ConfigError> {
    let config = &source.config;
    let refinement = system.refinement();
    let asked = || {
        let named = config.invariants.iter().chain(&config.properties);
        named.map(|named: &Named| Name::from(named.name.clone()))
    };
    let deadlock = config.check_deadlock.is_none_or(|(check, _)| check);
    let (model, goals): (Box<dyn AnyModel>, Goals) = match layer {
        Layer::Spec => {
            let goals = Goals { properties: Some(asked().collect()), deadlock };
            (Box::new(system.spec(constants, Some(environment))), goals)
        }
        Layer::System => {
            let code = system.code(source, constants, environment)?;
            let lifted = asked().filter(|law| refinement.lifts(&code, law));
            let own = code.laws().into_iter().map(|law| law.name);
            let extra = properties.iter().map(|name| Name::from(name.clone()));
            let goals = Goals {
                properties: Some(lifted.chain(own).chain(extra).collect()),
                deadlock: deadlock && system.code_never_rests(),
            };
            let spec = system.spec(constants, None);
            (Box::new(Lifted { code, spec, refinement }), goals)
        }
        Layer::Miter => {
            let code = system.code(source, constants, environment)?;
            let spec = system.spec(constants, None);
            (Box::new(Miter::new(code, spec, refinement)), Goals::named([REFINEMENT, REFUSAL]))
        }
    };
    model
        .check_decidable(&goals)
        .map_err(|error| config.error_without_line(error.to_string(), ""))?;
    Ok((model, goals))
}
