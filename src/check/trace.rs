//! Counterexamples: rebuilt from indices, printed as what changed, saved as ITF, replayed.
//!
//! The [Informal Trace Format](https://apalache-mc.org/docs/adr/015adr-trace.html) is what Apalache
//! and Quint write, so their viewers open our counterexamples.

use std::collections::BTreeMap;
use std::fmt;

use super::{Checkable, Claim};
use crate::tla::value::{self, Change, Value};

/// The variable of an ITF state that holds the action which led to it.
const ACTION: &str = "action_taken";

/// A path of a model, as a person reads it.
#[derive(Clone, Debug, PartialEq)]
pub struct Trace {
    /// The steps; the first is the initial state.
    pub steps: Vec<Step>,
    /// What to say about its last state, besides.
    pub explanation: Vec<String>,
}

/// A step of a [`Trace`].
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The action, as the model formats it; none for the initial state.
    pub action: Option<String>,
    /// The state after it: a record of the model's variables.
    pub state: Value,
}

/// How a saved trace fares with a model as it is now.
#[derive(Clone, Debug, PartialEq)]
pub enum Replay {
    /// The trace can still be followed, and its last step still violates the law.
    StillFails,
    /// The trace can still be followed, and the law holds all the way.
    Fixed,
    /// The trace can be followed no further than to this step (counted from 1).
    StopsAt {
        /// The step that cannot be taken, or which leads elsewhere.
        step: usize,
        /// Why.
        why: String,
    },
}

impl Trace {
    /// Rebuilds the path that takes the actions of the given indices (an initial state's index
    /// first) and asks the model to explain the failure of a law at its end.
    ///
    /// An index that is out of range ends the trace; an exploration yields none.
    pub fn along<M: Checkable>(model: &M, path: &[u32], law: &str) -> Trace {
        let mut steps = Vec::with_capacity(path.len());
        let mut last: Option<(M::State, M::Action)> = None;
        let mut current: Option<M::State> = None;
        for &index in path {
            let Some(state) = current.take() else {
                let Some(state) = model.init_states().into_iter().nth(index as usize) else {
                    break;
                };
                steps.push(Step { action: None, state: model.view(&state) });
                current = Some(state);
                continue;
            };
            let mut actions = Vec::new();
            model.actions(&state, &mut actions);
            let Some(action) = actions.into_iter().nth(index as usize) else { break };
            let Some(next) = model.next_state(&state, action.clone()) else { break };
            let label = Some(model.format_action(&action));
            steps.push(Step { action: label, state: model.view(&next) });
            last = Some((state, action));
            current = Some(next);
        }
        let explanation = current.map_or_else(Vec::new, |state| {
            model.explain(law, last.as_ref().map(|(before, action)| (before, action)), &state)
        });
        Trace { steps, explanation }
    }

    /// The number of states.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// Whether there is no state.
    pub fn is_empty(&self) -> bool {
        self.steps.is_empty()
    }

    /// For each step, the fields that it changed; for the first, all of them.
    pub fn changes(&self) -> impl Iterator<Item = (&Step, Vec<Change>)> {
        let before = std::iter::once(None).chain(self.steps.iter().map(Some));
        before.zip(&self.steps).map(|(before, step)| {
            let changes = match before {
                Some(before) => value::diff(&before.state, &step.state),
                None => value::diff(&Value::Fun(BTreeMap::new()), &step.state),
            };
            (step, changes)
        })
    }

    /// The trace in ITF, with what is needed to find its model again in `meta`.
    pub fn to_itf(&self, meta: BTreeMap<String, String>) -> itf::Trace<itf::Value> {
        let mut vars: Vec<String> = match self.steps.first().map(|step| &step.state) {
            Some(Value::Fun(fields)) => fields.keys().map(field_name).collect(),
            _ => Vec::new(),
        };
        vars.push(ACTION.to_owned());
        let states = (0..).zip(&self.steps).map(|(index, step)| {
            let mut fields = match &step.state {
                Value::Fun(fields) => fields.clone(),
                other => BTreeMap::from([(Value::from("state"), other.clone())]),
            };
            let action = step.action.as_deref().unwrap_or("Init");
            fields.insert(Value::from(ACTION), Value::from(action));
            itf::state::State {
                meta: itf::state::Meta { index: Some(index), other: BTreeMap::new() },
                value: Value::Fun(fields).to_itf(),
            }
        });
        itf::Trace {
            meta: itf::trace::Meta {
                format: Some("ITF".to_owned()),
                format_description: Some(
                    "https://apalache-mc.org/docs/adr/015adr-trace.html".to_owned(),
                ),
                other: meta,
                ..itf::trace::Meta::default()
            },
            params: Vec::new(),
            vars,
            loop_index: None,
            states: states.collect(),
        }
    }

    /// Reads a trace that [`Trace::to_itf`] wrote.
    ///
    /// # Errors
    ///
    /// A sentence that says what in it is no trace of ours.
    pub fn from_itf(trace: &itf::Trace<itf::Value>) -> Result<Trace, String> {
        let mut steps = Vec::with_capacity(trace.states.len());
        for (index, state) in trace.states.iter().enumerate() {
            let value = Value::from_itf(&state.value)
                .map_err(|error| format!("state {}: {error}", index + 1))?;
            let Value::Fun(mut fields) = value else {
                return Err(format!("state {} is no record of variables", index + 1));
            };
            let Some(Value::Str(action)) = fields.remove(&Value::from(ACTION)) else {
                return Err(format!("state {} has no string {ACTION:?}", index + 1));
            };
            let action = (index > 0).then_some(action);
            steps.push(Step { action, state: Value::Fun(fields) });
        }
        if steps.is_empty() {
            return Err("the trace has no states".to_owned());
        }
        Ok(Trace { steps, explanation: Vec::new() })
    }

    /// Follows the trace in a model, by the names of its actions and the states that they led to,
    /// and looks whether `law` is violated at its end.
    pub fn replay<M: Checkable>(&self, model: &M, law: &str) -> Replay {
        let mut state: Option<M::State> = None;
        let mut fails = false;
        for (index, step) in self.steps.iter().enumerate() {
            let next = match &state {
                None => start(model, step),
                Some(state) => follow(model, state, step),
            };
            match next {
                Ok(next) => {
                    // Only the last step decides: that is where the law failed.
                    fails = violates(model, law, state.as_ref(), &next);
                    state = Some(next);
                }
                Err(why) => return Replay::StopsAt { step: index + 1, why },
            }
        }
        if fails { Replay::StillFails } else { Replay::Fixed }
    }
}

fn field_name(key: &Value) -> String {
    match key {
        Value::Str(name) => name.clone(),
        other => other.to_string(),
    }
}

fn start<M: Checkable>(model: &M, step: &Step) -> Result<M::State, String> {
    let states = model.init_states();
    match states.iter().find(|state| model.view(state) == step.state) {
        Some(state) => Ok(state.clone()),
        None => Err(match states.first() {
            Some(state) => {
                difference("the model starts elsewhere", &step.state, &model.view(state))
            }
            None => "the model has no initial state".to_owned(),
        }),
    }
}

fn follow<M: Checkable>(model: &M, state: &M::State, step: &Step) -> Result<M::State, String> {
    let label = step.action.as_deref().unwrap_or_default();
    let mut actions = Vec::new();
    model.actions(state, &mut actions);
    let mut elsewhere = None;
    let mut disabled = None;
    for action in actions.into_iter().filter(|action| model.format_action(action) == label) {
        match model.next_state(state, action.clone()) {
            Some(next) if model.view(&next) == step.state => return Ok(next),
            Some(next) => elsewhere = Some(model.view(&next)),
            None => disabled = Some(model.why_disabled(state, &action)),
        }
    }
    Err(match (elsewhere, disabled) {
        (Some(view), _) => difference(&format!("{label} leads elsewhere"), &step.state, &view),
        (None, Some(Some(guard))) => format!("{label} is not enabled: {guard} does not hold"),
        _ => format!("{label} is not enabled"),
    })
}

fn difference(what: &str, saved: &Value, now: &Value) -> String {
    let changes: Vec<_> = value::diff(saved, now).iter().map(ToString::to_string).collect();
    format!("{what}: {}", changes.join("; "))
}

/// Whether a law is violated in a state, or on the step to it.
pub fn violates<M: Checkable>(
    model: &M,
    law: &str,
    before: Option<&M::State>,
    state: &M::State,
) -> bool {
    if law == super::report::DEADLOCK {
        return model.next_states(state).is_empty();
    }
    model.laws().iter().filter(|candidate| candidate.name == law).any(|law| match law.claim {
        Claim::Invariant { holds, .. } => !holds(model, state),
        Claim::Step { holds, .. } => {
            before.is_some_and(|before| before != state && !holds(model, before, state))
        }
    })
}

/// A step as the Explorer shows it: what it changed, which laws fail after it and why, and then the
/// whole state.
pub fn describe_step<M: Checkable>(
    model: &M,
    state: &M::State,
    action: &M::Action,
) -> Option<String> {
    let next = model.next_state(state, action.clone())?;
    let (before, after) = (model.view(state), model.view(&next));
    let mut lines: Vec<_> = value::diff(&before, &after).iter().map(ToString::to_string).collect();
    if lines.is_empty() {
        lines.push("nothing changes".to_owned());
    }
    for law in model.laws() {
        if violates(model, law.name, Some(state), &next) {
            lines.push(String::new());
            lines.push(format!("{} fails", law.name));
            lines.extend(model.explain(law.name, Some((state, action)), &next));
        }
    }
    lines.push(String::new());
    let start = Value::Fun(BTreeMap::new());
    for Change { path, after, .. } in value::diff(&start, &after) {
        lines.extend(after.map(|value| format!("{path} = {value}")));
    }
    Some(lines.join("\n"))
}

impl fmt::Display for Trace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (step, changes)) in self.changes().enumerate() {
            let action = step.action.as_deref().unwrap_or("initial state");
            writeln!(f, "{:>4}  {action}", index + 1)?;
            for change in changes {
                match (&change.before, &change.after) {
                    (None, Some(value)) if index == 0 => {
                        writeln!(f, "        {} = {value}", change.path)?;
                    }
                    _ => writeln!(f, "        {change}")?,
                }
            }
        }
        for line in &self.explanation {
            writeln!(f, "      {line}")?;
        }
        Ok(())
    }
}
