//! Broken queues, one by one: what is wrong, the shortest way into trouble, and pictures of the ring.
//!
//! Each is a scenario of the table, so that what is told here is checked with everything else.

use super::system::{Action, System};
use super::threads::SystemState;
use super::{Constants, MpscQueue, SCENARIOS, laws, progress, system_laws};
use crate::check::{Checkable, Options, Trace, check};
use crate::gate::System as _;

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
    pub law: &'static str,
    /// The steps in words.
    pub trace: Trace,
    /// The model in which it happens.
    pub system: System,
    /// The states of the trace, with the steps that led to them.
    pub states: Vec<(Option<Action>, SystemState)>,
}

/// Looks for a bug's shortest counterexample. None if nothing fails, which would be a bug of its own.
///
/// # Errors
///
/// A sentence, if the scenario is not in the table or its configuration makes no model.
pub fn story(bug: &'static Bug, options: &Options<'_>) -> Result<Option<Story>, String> {
    let row = SCENARIOS.iter().find(|row| row.scenario.name == bug.scenario);
    let row = row.ok_or_else(|| format!("there is no scenario {}", bug.scenario))?;
    let source = MpscQueue.source(&row.scenario).map_err(|error| error.to_string())?;
    let constants = Constants::from_config(&source.config, &|name| source.definition(name))
        .map_err(|error| error.to_string())?;
    let system = System::new(&constants.into(), row.environment)
        .ok_or("the real queue has no such growth factor")?;
    let mut report = check(&system, options);
    // The system's own laws say more of what is wrong than what follows from it in the spec.
    let is_own = |law: &str| system_laws::OWN.contains(&law) || progress::OWN.contains(&law);
    let known = |law: &str| is_own(law) || laws::INVARIANTS.contains(&law);
    report.properties.retain(|it| it.counterexample.is_some() && known(it.name));
    report.properties.sort_by_key(|it| {
        (it.counterexample.as_ref().map_or(usize::MAX, Trace::len), !is_own(it.name))
    });
    let Some(property) = report.properties.into_iter().next() else { return Ok(None) };
    let Some(trace) = property.counterexample else { return Ok(None) };
    let states = states(&system, &trace);
    Ok(Some(Story { bug, law: property.name, trace, system, states }))
}

/// The states that a trace of the system goes through.
fn states(system: &System, trace: &Trace) -> Vec<(Option<Action>, SystemState)> {
    use stateright::Model;
    let mut states: Vec<(Option<Action>, SystemState)> = Vec::new();
    for step in &trace.steps {
        let next = match (states.last(), &step.action) {
            (Some((_, state)), Some(label)) => {
                let steps = system.next_steps(state);
                let mut steps = steps.into_iter().map(|(action, next)| (Some(action), next));
                steps.find(|(action, next)| {
                    action.is_some_and(|it| system.format_action(&it) == *label)
                        && system.view(next) == step.state
                })
            }
            _ => system.init_states().into_iter().next().map(|state| (None, state)),
        };
        states.extend(next);
    }
    states
}
