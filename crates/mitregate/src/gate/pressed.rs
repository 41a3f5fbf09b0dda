//! A system of one's own without a table of scenarios: code that is pressed against its specs.

use std::sync::Arc;

use include_dir::Dir;

use super::model::AnyModel;
use super::scenario::{Expected, Lane, Layer, PrepareModel, Prepared, Scenario, Source};
use super::system::AnySystem;
use super::table::TableError;
use super::verb::Verb;
use crate::check::contract::guarded;
use crate::check::{Goals, Name};
use crate::gate::unbuilt::Unbuilt;
use crate::press::{Code, Press, Spec, SpecError};
use crate::tla::config::{Config, ConfigError};

/// Scenarios, each of which is a [`Press`]: all that it asks has to hold. Its layers are the spec and the miter, or the
/// system where there is no spec.
///
/// ```no_run
/// use std::process::ExitCode;
///
/// use mitregate::gate::PressedSystem;
/// use mitregate::press;
/// use mitregate::press::{Code, Press, Spec, SpecError};
/// # struct Processes;
/// # impl Code for Processes {
/// #     type State = ();
/// #     type Action = ();
/// #     fn initial(&self) -> Vec<()> { vec![()] }
/// #     fn actions(&self, _: &()) -> Vec<()> { vec![] }
/// #     fn step(&self, _: &(), _: &()) -> Option<()> { None }
/// # }
///
/// fn three() -> Result<Press<Processes>, SpecError> {
///     Ok(press!(Processes, Spec::from_tlc("specs/Ticket.tla", "specs/Ticket.cfg")?))
/// }
///
/// fn main() -> ExitCode {
///     let system = PressedSystem::new("ticket", "A ticket lock")
///         .scenario("three", "three processes and four tickets", three);
///     mitregate::cli::run(system.loaded())
/// }
/// ```
pub struct PressedSystem {
    name: &'static str,
    summary: &'static str,
    scenarios: Vec<Scenario>,
    /// The first thing that is wrong.
    error: Option<TableError>,
}

impl PressedSystem {
    /// A system without scenarios: its name on the command line, and one sentence on what it is.
    #[must_use]
    pub fn new(name: &'static str, summary: &'static str) -> Self {
        PressedSystem { name, summary, scenarios: Vec::new(), error: None }
    }

    /// Adds a scenario: its name on the command line, one sentence on what it is about, and code with its spec, which
    /// tests can use as well.
    #[must_use]
    pub fn scenario<C: Code>(
        mut self,
        name: &str,
        about: &str,
        press: impl FnOnce() -> Result<Press<C>, SpecError>,
    ) -> Self {
        let problem = match press() {
            _ if self.scenarios.iter().any(|it| it.name == name) => {
                "another scenario has this name".to_owned()
            }
            Err(error) => error.to_string(),
            Ok(press) => {
                self.scenarios.push(scenario(name, about, press));
                return self;
            }
        };
        let file = format!("scenario {name}");
        self.error.get_or_insert(TableError::Content { file, line: None, problem });
        self
    }

    /// The system for [`cli::run`](crate::cli::run) and for [`cli::gate`](crate::cli::gate).
    ///
    /// # Errors
    ///
    /// Why a scenario has no spec.
    pub fn loaded(self) -> Result<Box<dyn AnySystem>, TableError> {
        match self.error {
            Some(error) => Err(error),
            None => Ok(Box::new(self)),
        }
    }
}

fn scenario<C: Code>(name: &str, about: &str, press: Press<C>) -> Scenario {
    let (layers, unasked) = match press.spec() {
        spec if spec.is_none() => (vec![Layer::System], Vec::new()),
        spec if Goals::all().names(spec).is_empty() => (vec![Layer::Miter], vec![Layer::Spec]),
        _ => (vec![Layer::Spec, Layer::Miter], Vec::new()),
    };
    let expected =
        |layer| Expected { layer, distinct: None, violations: Vec::new(), silent: Vec::new() };
    let place = name.to_owned();
    let prepare: Arc<PrepareModel> = Arc::new(move |_, layer| prepare(&press, layer, &place));
    Scenario {
        name: name.to_owned(),
        about: about.to_owned(),
        module: name.to_owned(),
        config: String::new(),
        golden: false,
        fault: None,
        lane: Lane::Quick,
        expected: layers.into_iter().map(expected).collect(),
        unasked,
        prepare,
    }
}

fn prepare<C: Code>(press: &Press<C>, layer: Layer, place: &str) -> Result<Prepared, ConfigError> {
    let goals = if layer == Layer::Spec { Goals::all() } else { press.goals() };
    let error = |error: &dyn std::error::Error| ConfigError {
        file: format!("scenario {place}"),
        line: None,
        problem: error.to_string(),
        mend: String::new(),
    };
    let mut unbuilt = None;
    let model: Box<dyn AnyModel> = match layer {
        Layer::Spec => Box::new(Spec::clone(press.spec())),
        // Its first state is made here, by code under test.
        Layer::System | Layer::Miter => match guarded(|| press.clone().model()) {
            Ok(model) => Box::new(model.map_err(|it| error(&it))?),
            Err(panic) => {
                let model = Unbuilt::new(&panic);
                unbuilt = Some(panic);
                Box::new(model)
            }
        },
    };
    model.check_decidable(&goals).map_err(|it| error(&it))?;
    Ok(Prepared {
        model,
        goals,
        budget: press.budget(),
        constants: Vec::new(),
        environment: String::new(),
        unbuilt,
    })
}

impl AnySystem for PressedSystem {
    fn name(&self) -> &'static str {
        self.name
    }

    fn summary(&self) -> &'static str {
        self.summary
    }

    fn modules(&self) -> Vec<Name> {
        Vec::new()
    }

    fn files(&self) -> &'static Dir<'static> {
        static NONE: Dir<'static> = Dir::new("", &[]);
        &NONE
    }

    fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    fn verbs(&self) -> Vec<Verb> {
        Vec::new()
    }

    fn has_table(&self) -> bool {
        false
    }

    fn source(&self, scenario: &Scenario) -> Result<Source, ConfigError> {
        let config = Config::parse(&scenario.name, "SPECIFICATION Spec")?;
        Ok(Source::new(scenario.module.clone(), config, Vec::new(), false))
    }
}
