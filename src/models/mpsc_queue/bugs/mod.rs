//! Broken queues, one by one: what is wrong, the shortest way into trouble, and pictures of the ring.
//!
//! Each is a scenario of the table, so that what is told here is checked with everything else.

use super::system::System;
use super::threads::SystemState;
use super::{MpscQueue, ScenarioError, laws, progress, system_laws};
use mitregate::check::{Name, Options, Trace, Undecidable};
use mitregate::gate::Layer;
use thiserror::Error;

mod catalogue;
pub mod ring;
mod tell;
pub mod verb;

pub use catalogue::{BUGS, Bug};

/// A bug's shortest counterexample.
#[derive(Debug)]
pub struct Story {
    /// The bug.
    pub bug: &'static Bug,
    /// The law that fails, in the fewest steps.
    pub law: Name,
    /// The steps in words.
    pub trace: Trace,
    /// The model in which it happens.
    pub system: System,
    /// The states of the trace.
    pub states: Vec<SystemState>,
}

/// Why there is no story.
#[derive(Debug, Error)]
pub enum StoryError {
    /// The scenario gives no model.
    #[error(transparent)]
    Scenario(#[from] ScenarioError),
    /// What is asked of the model cannot be decided.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
    /// The model does not take a step of its own counterexample.
    #[error("step {step}: {why}")]
    Step {
        /// The step, counted from 1.
        step: usize,
        /// Why it is not taken.
        why: String,
    },
}

/// Looks for a bug's shortest counterexample. None if nothing fails, which would be a bug of its own.
///
/// # Errors
///
/// If the scenario is not in the table, its configuration makes no model, or the model does not take the steps
/// of its own counterexample.
pub fn story(bug: &'static Bug, options: &Options<'_>) -> Result<Option<Story>, StoryError> {
    let (row, source) = MpscQueue.row(bug.scenario)?;
    let system = MpscQueue.system(bug.scenario)?;
    let prepared = row.scenario.prepare(&source, Layer::System).map_err(ScenarioError::from)?;
    let mut report = prepared.check(options)?;
    // The system's own laws say more of what is wrong than what follows from it in the spec.
    let is_own = |law: &str| system_laws::OWN.contains(&law) || progress::OWN.contains(&law);
    let of_spec = [
        &laws::INVARIANTS[..],
        &laws::STEP_PROPERTIES,
        &laws::SHRINKING_INVARIANTS,
        &laws::SHRINKING_STEP_PROPERTIES,
    ];
    let known = |law: &str| is_own(law) || of_spec.iter().any(|laws| laws.contains(&law));
    report.properties.retain(|it| it.counterexample.is_some() && known(&it.name));
    report.properties.sort_by_key(|it| {
        (it.counterexample.as_ref().map_or(usize::MAX, Trace::len), !is_own(&it.name))
    });
    let Some(property) = report.properties.into_iter().next() else { return Ok(None) };
    let Some(trace) = property.counterexample else { return Ok(None) };
    let states = trace.states(&system).map_err(|(step, why)| StoryError::Step { step, why })?;
    Ok(Some(Story { bug, law: property.name, trace, system, states }))
}
