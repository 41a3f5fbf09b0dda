//! A saved counterexample in the code as it is now.

use std::collections::BTreeMap;
use std::fmt;

use clap::ValueEnum;
use thiserror::Error;

use super::scenario::{Layer, Source};
use super::system::AnySystem;
use super::{Job, run::JobError};
use crate::check::contract::is_required;
use crate::check::trace::TraceError;
use crate::check::{NO_PANIC, Replay, Trace};
use crate::tla::config::{Config, ConfigError};
use crate::tla::module;

/// What became of a saved counterexample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Replayed {
    /// The scenario's name, or the configuration's file name.
    pub scenario: String,
    /// The layer.
    pub layer: Layer,
    /// The law that failed.
    pub law: String,
    /// How many states it had.
    pub steps: usize,
    /// What became of it.
    pub now: Now,
}

/// What became of a saved counterexample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Now {
    /// The law fails at its end, as it did.
    Fails,
    /// The law holds at its end.
    Mended,
    /// The code takes other steps, so that it decides nothing.
    Elsewhere {
        /// The first step that it does not take, from 1.
        step: usize,
        /// Why not.
        why: String,
    },
    /// There is no model in which to follow it.
    Unbuilt {
        /// Why not.
        why: String,
    },
}

/// Why a saved counterexample cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// It is no JSON.
    #[error("it is no ITF trace: {0}")]
    NoJson(String),
    /// It is no trace.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// It does not say where it comes from.
    #[error("#meta has no {field:?}; only traces that `check --save` wrote can be replayed")]
    NoMeta {
        /// The field that it lacks.
        field: &'static str,
    },
    /// A field of its `#meta` makes no sense.
    #[error("#meta.{field}: {problem}")]
    Meta {
        /// The field.
        field: &'static str,
        /// What is wrong with it.
        problem: String,
    },
    /// It is of another system.
    #[error("it is a trace of {system}; replay it with that system's example")]
    OtherSystem {
        /// The system.
        system: String,
    },
    /// There is no such scenario any more.
    #[error("there is no scenario {0:?} any more; `list` shows them all")]
    NoScenario(String),
    /// Its law is not asked for there.
    #[error("{law} is not checked there; {place} has {asked}")]
    NotAsked {
        /// The law.
        law: String,
        /// The scenario and layer.
        place: String,
        /// What is asked for.
        asked: String,
    },
    /// It has lost states.
    #[error("it has {found} states, and should have {wanted}; it is not whole")]
    NotWhole {
        /// How many it has.
        found: usize,
        /// How many it should have.
        wanted: String,
    },
    /// It does not show what it says that it shows.
    #[error("{0}")]
    Unrelated(String),
    /// Its configuration asks for what the port lacks.
    #[error(transparent)]
    Job(#[from] JobError),
}

impl From<ConfigError> for ReplayError {
    fn from(error: ConfigError) -> Self {
        JobError::from(error).into()
    }
}

impl Replayed {
    /// Whether the law holds at the end of the same steps.
    pub fn is_mended(&self) -> bool {
        self.now == Now::Mended
    }
}

impl fmt::Display for Replayed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Replayed { scenario, layer, law, steps, now } = self;
        write!(f, "{scenario} {layer}: ")?;
        match now {
            Now::Fails => write!(f, "still fails: {law}, after {steps} states"),
            Now::Mended => write!(f, "fixed: {law} holds after the same {steps} states"),
            Now::Elsewhere { step, why } => write!(
                f,
                "no longer applies: step {step} of {steps}: {why}\n  the code takes other steps now, so this trace \
                 decides nothing: `check` says whether the property holds"
            ),
            Now::Unbuilt { why } => {
                write!(f, "{law} is not decided: {why}, while the model is built")
            }
        }
    }
}

/// Follows a counterexample that `check --save` wrote, as its text.
///
/// # Errors
///
/// If it is none of this system as it is now.
pub fn replay(system: &dyn AnySystem, itf: &str) -> Result<Replayed, ReplayError> {
    let json: serde_json::Value =
        serde_json::from_str(itf).map_err(|error| ReplayError::NoJson(error.to_string()))?;
    let (trace, fields) = Trace::from_itf(&json)?;
    let meta = Meta { fields: &fields };
    let of = meta.get("system")?;
    if of != system.name() {
        return Err(ReplayError::OtherSystem { system: of.to_owned() });
    }
    let name = meta.get("scenario")?;
    let scenario = system.scenario(name).ok_or_else(|| ReplayError::NoScenario(name.to_owned()))?;
    let layer = Layer::from_str(meta.get("layer")?, true)
        .map_err(|problem| ReplayError::Meta { field: "layer", problem })?;
    let law = meta.get("property")?;
    let source = meta.source()?;
    let job = Job { system, scenario, source: source.as_ref(), layer };
    let prepared = job.prepare()?;
    let steps = trace.len();
    let replayed = |now| Replayed { scenario: job.name(), layer, law: law.to_owned(), steps, now };
    if let (Some(panic), false) = (&prepared.unbuilt, law == NO_PANIC) {
        return Ok(replayed(Now::Unbuilt { why: panic.to_string() }));
    }
    let asked = prepared.model.names(&prepared.goals);
    if !is_required(law) && !asked.iter().any(|name| name == law) {
        let place = format!("{} {layer}", job.name());
        let asked = asked.join(", ");
        return Err(ReplayError::NotAsked { law: law.to_owned(), place, asked });
    }
    let wanted = meta.get("length")?;
    if wanted != steps.to_string() {
        return Err(ReplayError::NotWhole { found: steps, wanted: wanted.to_owned() });
    }
    Ok(replayed(match prepared.model.replay(&trace, law) {
        Replay::StillFails => Now::Fails,
        Replay::Fixed => Now::Mended,
        Replay::Unrelated { why } => return Err(ReplayError::Unrelated(why)),
        Replay::StopsAt { step, why } => Now::Elsewhere { step, why },
    }))
}

/// What a saved trace says about where it comes from.
struct Meta<'a> {
    fields: &'a BTreeMap<String, String>,
}

impl Meta<'_> {
    fn get(&self, field: &'static str) -> Result<&str, ReplayError> {
        self.fields.get(field).map(String::as_str).ok_or(ReplayError::NoMeta { field })
    }

    /// The configuration that was given when the trace was found, if one was.
    fn source(&self) -> Result<Option<Source>, ReplayError> {
        if !self.fields.contains_key("config") {
            return Ok(None);
        }
        let module = self.get("module")?.to_owned();
        let config = Config::parse(self.get("config_file")?, self.get("config")?)?;
        let modules: Vec<String> = match self.get("modules")? {
            "" => Vec::new(),
            texts => serde_json::from_str(texts).map_err(|error| ReplayError::Meta {
                field: "modules",
                problem: format!("it is no JSON list of texts: {error}"),
            })?,
        };
        let is_own = modules
            .first()
            .is_some_and(|text| module::module_name(text).as_deref() != Some(module.as_str()));
        Ok(Some(Source::new(module, config, modules, is_own)))
    }
}
