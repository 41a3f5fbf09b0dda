//! Paths of a model: rebuilt from indices, printed as what changed, written as ITF, followed again.
//!
//! The [Informal Trace Format](https://apalache-mc.org/docs/adr/015adr-trace.html) is what Apalache
//! and Quint write, so their viewers open our counterexamples.

use std::collections::BTreeMap;
use std::fmt;

use serde_json::{Map, Value as Json, json};
use thiserror::Error;

use super::Checkable;
use super::contract::{Breach, guarded};
use crate::tla::value::{self, Change, Pairs, Value};
use crate::tla::value::{ItfError, META};

/// The variable of an ITF state that holds the action which led to it.
const ACTION: &str = "action_taken";

/// Where the format is described.
const DESCRIPTION: &str = "https://apalache-mc.org/docs/adr/015adr-trace.html";

/// The name in an ITF trace's `#meta` for the action that leads back from the last state.
const BACK: &str = "action_back";

/// The name in an ITF trace's `#meta` for the action that is tried in the last state, and leads nowhere.
const TRIED: &str = "action_tried";

/// A path of a model, as a person reads it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Trace {
    /// The steps; the first is the initial state.
    pub steps: Vec<TraceStep>,
    /// How it goes on for ever, if it does.
    pub back: Option<Back>,
    /// The action that is tried in the last state and leads nowhere: the code panics, or is not
    /// deterministic.
    pub tried: Option<String>,
    /// What to say about its last state, besides.
    pub explanation: Vec<String>,
}

/// How a behaviour goes on for ever: from its last state back to one of its states.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Back {
    /// The index of the state that it goes back to.
    pub to: usize,
    /// The action that leads there; none where it stays in its last state.
    pub action: Option<String>,
}

/// A step of a [`Trace`].
#[derive(Clone, Debug, PartialEq)]
pub struct TraceStep {
    /// The action, as the model formats it; none for the initial state.
    pub action: Option<String>,
    /// The state after it: a record of the model's variables.
    pub state: Value,
}

/// Why JSON is no trace of ours.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TraceError {
    /// There is no list `states`.
    #[error("it has no list of states, so it is no ITF trace; `check --save` writes one")]
    NoStates,
    /// A state is no value in ITF.
    #[error("state {number}: {error}")]
    State {
        /// The state's number, from 1.
        number: usize,
        /// What is wrong with it.
        error: ItfError,
    },
    /// A state is no record.
    #[error("state {number} is no record of variables")]
    NoRecord {
        /// The state's number, from 1.
        number: usize,
    },
    /// A state does not name the action that led to it; other tools' traces do not.
    #[error("state {number} has no string {ACTION:?}; only traces that `check --save` wrote have")]
    NoAction {
        /// The state's number, from 1.
        number: usize,
    },
    /// The trace loops back to an earlier state, and does not name the action that leads there.
    #[error(
        "it loops back to state {number}, and has no string {BACK:?} in its #meta; only traces that `check --save` \
         wrote have"
    )]
    NoBack {
        /// The number of the state that it loops back to, from 1.
        number: usize,
    },
    /// The trace loops back to a state that it does not have.
    #[error("it loops back to the state of index {index}, and has {states} states")]
    Loop {
        /// What `loop` says.
        index: String,
        /// How many states there are.
        states: usize,
    },
}

impl Trace {
    /// Rebuilds the path that takes the actions of the given indices (an initial state's index
    /// first) and asks the model to explain the failure of a law at its end.
    ///
    /// An index that is out of range ends the trace; an exploration yields none.
    pub fn along<M: Checkable>(model: &M, path: &[u32], law: &str) -> Trace {
        let walked = walk(model, path);
        let step = |(action, state): &(Option<M::Action>, M::State)| TraceStep {
            action: action.as_ref().map(|action| model.format_action(action)),
            state: model.view(state),
        };
        let steps = walked.iter().map(step).collect();
        let mut explanation = match walked.as_slice() {
            [.., (_, before), (Some(action), state)] => {
                model.explain(law, Some((before, action)), state)
            }
            [(_, state)] => model.explain(law, None, state),
            _ => Vec::new(),
        };
        if walked.len() < path.len() {
            explanation.push(format!(
                "step {} could be taken in the exploration, and cannot be taken again: the code is not \
                 deterministic",
                walked.len() + 1
            ));
        }
        Trace { steps, back: None, tried: None, explanation }
    }

    /// The same path, at whose end a model does not do what is required of it.
    pub(super) fn tried<M: Checkable>(mut self, model: &M, path: &[u32], breach: &Breach) -> Trace {
        let label = |action: u32| {
            let (_, state) = walk(model, path).pop()?;
            model.offered(&state).get(action as usize).map(|action| model.format_action(action))
        };
        self.tried = breach.action.and_then(|action| guarded(|| label(action)).ok().flatten());
        let line = match &self.tried {
            Some(action) => format!("then {action}: {}", breach.what),
            None => breach.what.clone(),
        };
        self.explanation.push(line);
        self
    }

    /// The same behaviour, which goes on for ever: if it `stays`, in its last state; otherwise by its
    /// last step, which leads to the state of index `to` once more.
    pub(super) fn back_to(mut self, to: usize, stays: bool) -> Trace {
        let action = if stays { None } else { self.steps.pop().and_then(|step| step.action) };
        self.back = Some(Back { to, action });
        self
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
    pub fn changes(&self) -> impl Iterator<Item = (&TraceStep, Vec<Change>)> {
        let before = std::iter::once(None).chain(self.steps.iter().map(Some));
        before.zip(&self.steps).map(|(before, step)| {
            let changes = match before {
                Some(before) => value::diff(&before.state, &step.state),
                None => value::diff(&Value::Fun(Pairs::new()), &step.state),
            };
            (step, changes)
        })
    }

    /// The trace in ITF, a JSON object, with what is needed to find its model again in `#meta`.
    pub fn to_itf(&self, meta: BTreeMap<String, String>) -> Json {
        let mut vars: Vec<String> = match self.steps.first().map(|step| &step.state) {
            Some(Value::Fun(fields)) => fields.keys().map(field_name).collect(),
            _ => Vec::new(),
        };
        vars.push(ACTION.to_owned());
        let mut meta: Map<String, Json> =
            meta.into_iter().map(|(name, value)| (name, Json::String(value))).collect();
        meta.insert("format".to_owned(), "ITF".into());
        meta.insert("format-description".to_owned(), DESCRIPTION.into());
        if let Some(action) = self.back.as_ref().and_then(|back| back.action.clone()) {
            meta.insert(BACK.to_owned(), action.into());
        }
        if let Some(action) = &self.tried {
            meta.insert(TRIED.to_owned(), action.as_str().into());
        }
        let states = self.steps.iter().enumerate().map(|(index, step)| {
            let mut fields = match &step.state {
                Value::Fun(fields) => fields.clone(),
                other => Pairs::from_iter([(Value::from("state"), other.clone())]),
            };
            let action = step.action.as_deref().unwrap_or("Init");
            fields.insert(Value::from(ACTION), Value::from(action));
            let mut state = match Value::Fun(fields).to_itf() {
                Json::Object(state) => state,
                other => Map::from_iter([("state".to_owned(), other)]),
            };
            state.insert(META.to_owned(), json!({ "index": index }));
            Json::Object(state)
        });
        let mut trace = Map::new();
        trace.insert(META.to_owned(), Json::Object(meta));
        trace.insert("vars".to_owned(), vars.into());
        if let Some(back) = &self.back {
            trace.insert("loop".to_owned(), back.to.into());
        }
        trace.insert("states".to_owned(), states.collect());
        Json::Object(trace)
    }

    /// Reads a trace that [`Trace::to_itf`] wrote, and its `#meta`: the fields that are strings. It has no
    /// states if making the initial ones panicked.
    ///
    /// # Errors
    ///
    /// What in it is no trace of ours.
    pub fn from_itf(trace: &Json) -> Result<(Trace, BTreeMap<String, String>), TraceError> {
        let strings = |meta: &Map<String, Json>| {
            let string =
                |(name, value): (&String, &Json)| Some((name.clone(), value.as_str()?.to_owned()));
            meta.iter().filter_map(string).collect()
        };
        let meta: BTreeMap<String, String> =
            trace.get(META).and_then(Json::as_object).map_or_else(BTreeMap::new, strings);
        let Some(states) = trace.get("states").and_then(Json::as_array) else {
            return Err(TraceError::NoStates);
        };
        let mut steps = Vec::with_capacity(states.len());
        for (index, state) in states.iter().enumerate() {
            let number = index + 1;
            let value =
                Value::from_itf(state).map_err(|error| TraceError::State { number, error })?;
            let Value::Fun(mut fields) = value else {
                return Err(TraceError::NoRecord { number });
            };
            let Some(Value::Str(action)) = fields.remove(&Value::from(ACTION)) else {
                return Err(TraceError::NoAction { number });
            };
            let action = (index > 0).then_some(action.into());
            steps.push(TraceStep { action, state: Value::Fun(fields) });
        }
        let back = match trace.get("loop") {
            None | Some(Json::Null) => None,
            Some(to) => {
                let index = itf_index(to).filter(|index| *index < steps.len());
                let to = index.ok_or_else(|| TraceError::Loop {
                    index: to.to_string(),
                    states: steps.len(),
                })?;
                let action = meta.get(BACK).cloned();
                // Without an action it stays where it is, which is its last state.
                if action.is_none() && to + 1 != steps.len() {
                    return Err(TraceError::NoBack { number: to + 1 });
                }
                Some(Back { to, action })
            }
        };
        let tried = meta.get(TRIED).cloned();
        Ok((Trace { steps, back, tried, explanation: Vec::new() }, meta))
    }

    /// The states of a model that the trace goes through.
    ///
    /// # Errors
    ///
    /// The number of the first step that the model does not take, and why, if the trace is of another.
    pub fn states<M: Checkable>(&self, model: &M) -> Result<Vec<M::State>, (usize, String)> {
        self.follow(model).map(|(states, _)| states)
    }

    /// The states and actions of a model that the trace follows, that which leads back included; or
    /// the step that cannot be taken, and why.
    #[allow(clippy::type_complexity)] // two lists, named above
    pub(super) fn follow<M: Checkable>(
        &self,
        model: &M,
    ) -> Result<(Vec<M::State>, Vec<M::Action>), (usize, String)> {
        let Some(first) = self.steps.first() else { return Ok((Vec::new(), Vec::new())) };
        // Several initial states may look the same; the one from which the trace goes furthest counts.
        let mut furthest: Option<(usize, String)> = None;
        for start in starts(model, first).map_err(|why| (1, why))? {
            match self.follow_from(model, start) {
                Ok(followed) => return Ok(followed),
                Err(stuck) => {
                    let further = furthest.as_ref().is_none_or(|(step, _)| *step < stuck.0);
                    furthest = if further { Some(stuck) } else { furthest };
                }
            }
        }
        Err(furthest.unwrap_or_else(|| (1, "the model has no initial state".to_owned())))
    }

    #[allow(clippy::type_complexity)] // as above
    fn follow_from<M: Checkable>(
        &self,
        model: &M,
        start: M::State,
    ) -> Result<(Vec<M::State>, Vec<M::Action>), (usize, String)> {
        let mut states = Vec::with_capacity(self.steps.len());
        let mut actions = Vec::new();
        let mut last = start;
        for (index, step) in self.steps.iter().enumerate().skip(1) {
            let label = step.action.as_deref().unwrap_or_default();
            let (action, next) =
                follow(model, &last, label, &step.state).map_err(|why| (index + 1, why))?;
            actions.push(action);
            states.push(std::mem::replace(&mut last, next));
        }
        if let Some(Back { to, action: Some(label) }) = &self.back
            && let Some(loop_start) = self.steps.get(*to)
        {
            let (action, _) = follow(model, &last, label, &loop_start.state)
                .map_err(|why| (self.steps.len() + 1, why))?;
            actions.push(action);
        }
        states.push(last);
        Ok((states, actions))
    }
}

/// An index in either form that ITF has for integers.
fn itf_index(value: &Json) -> Option<usize> {
    match Value::from_itf(value) {
        Ok(Value::Int(index)) => usize::try_from(index).ok(),
        _ => None,
    }
}

/// The action of that index among those that a model offers in a state, and where it leads; none if it
/// is out of range or not enabled.
pub fn take<M: Checkable>(
    model: &M,
    state: &M::State,
    index: u32,
) -> Option<(M::Action, M::State)> {
    let action = model.offered(state).into_iter().nth(index as usize)?;
    let next = model.next_state(state, action.clone())?;
    Some((action, next))
}

/// The states along a path of indices (an initial state's first), each with the action that led to it.
///
/// An index that is out of range ends the path; an exploration yields none.
pub fn walk<M: Checkable>(model: &M, path: &[u32]) -> Vec<(Option<M::Action>, M::State)> {
    let mut walked: Vec<(Option<M::Action>, M::State)> = Vec::with_capacity(path.len());
    for &index in path {
        let next = match walked.last() {
            None => model.init_states().into_iter().nth(index as usize).map(|state| (None, state)),
            Some((_, state)) => {
                take(model, state, index).map(|(action, next)| (Some(action), next))
            }
        };
        let Some(next) = next else { break };
        walked.push(next);
    }
    walked
}

fn field_name(key: &Value) -> String {
    match key {
        Value::Str(name) => name.to_string(),
        other => other.to_string(),
    }
}

/// The initial states that look like the first one of a trace.
fn starts<M: Checkable>(model: &M, step: &TraceStep) -> Result<Vec<M::State>, String> {
    let states = model.init_states();
    let alike: Vec<_> =
        states.iter().filter(|state| model.view(state) == step.state).cloned().collect();
    match (alike.is_empty(), states.first()) {
        (false, _) => Ok(alike),
        (true, Some(state)) => {
            Err(difference("the model starts elsewhere", &step.state, &model.view(state)))
        }
        (true, None) => Err("the model has no initial state".to_owned()),
    }
}

/// The action of that name that leads from one state to another, and that one.
fn follow<M: Checkable>(
    model: &M,
    state: &M::State,
    label: &str,
    to: &Value,
) -> Result<(M::Action, M::State), String> {
    let mut elsewhere = None;
    let mut disabled = None;
    let actions = model.offered(state).into_iter();
    for action in actions.filter(|action| model.format_action(action) == label) {
        match model.next_state(state, action.clone()) {
            Some(next) if model.view(&next) == *to => return Ok((action, next)),
            Some(next) => elsewhere = Some(model.view(&next)),
            None => disabled = Some(model.why_disabled(state, &action)),
        }
    }
    Err(match (elsewhere, disabled) {
        (Some(view), _) => difference(&format!("{label} leads elsewhere"), to, &view),
        (None, Some(Some(guard))) => format!("{label} is not enabled: {guard} does not hold"),
        _ => format!("{label} is not enabled"),
    })
}

fn difference(what: &str, saved: &Value, now: &Value) -> String {
    let changes: Vec<_> = value::diff(saved, now).iter().map(ToString::to_string).collect();
    format!("{what}: {}", changes.join("; "))
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
        match &self.back {
            Some(Back { to, action: Some(action) }) => {
                writeln!(f, "      back to state {}: {action}", to + 1)?;
            }
            Some(Back { action: None, .. }) => {
                writeln!(f, "      and there it stays for ever")?;
            }
            None => {}
        }
        for line in &self.explanation {
            writeln!(f, "      {line}")?;
        }
        Ok(())
    }
}
