//! A saved trace in a model as it is now.

use super::Checkable;
use super::ample::PartialOrder;
use super::asked::Asked;
use super::contract::{INDEPENDENT, NO_PANIC, guarded, is_required};
use super::expand::{Expander, Expansion};
use super::goals::{DEADLOCK, Goals};
use super::temporal;
use super::trace::Trace;

/// What a saved trace comes to in a model as it is now.
#[derive(Clone, Debug, PartialEq)]
pub enum Replay {
    /// The trace can still be followed, and its end still violates the law.
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
    /// The trace says nothing about the property: a loop goes with temporal properties, and with
    /// nothing else.
    Unrelated {
        /// Why.
        why: String,
    },
}

/// Follows a trace in a model, by the names of its actions and the states that they led to, and says
/// whether `property` is violated at its end, or by going on for ever as it says.
pub fn replay<M: Checkable>(model: &M, trace: &Trace, property: &str) -> Replay {
    guarded(|| follow(model, trace, property))
        .unwrap_or_else(|panic| Replay::StopsAt { step: trace.len(), why: panic.to_string() })
}

fn follow<M: Checkable>(model: &M, trace: &Trace, property: &str) -> Replay {
    let unrelated = |why: String| Replay::Unrelated { why };
    let is_temporal = model.temporal().iter().any(|stated| stated.name == property);
    let is_law = property == DEADLOCK
        || is_required(property)
        || model.laws().iter().any(|law| law.name == property);
    match (&trace.back, is_temporal, is_law) {
        (_, false, false) => {
            return unrelated(format!("the model states no property {property}"));
        }
        (None, true, _) => {
            return unrelated(format!(
                "{property} is a temporal property, and the trace has no loop that violates it"
            ));
        }
        (Some(_), _, true) => {
            return unrelated(format!("{property} is no temporal property, and the trace loops"));
        }
        _ => {}
    }
    let (states, actions) = match trace.follow(model) {
        Ok(followed) => followed,
        Err((step, why)) => return Replay::StopsAt { step, why },
    };
    let fails = match (&trace.back, states.as_slice()) {
        (Some(back), states) => temporal::violates(model, property, states, &actions, back.to),
        (None, []) if property == NO_PANIC => guarded(|| model.init_states()).is_err(),
        (None, []) => return unrelated("the trace has no states".to_owned()),
        (None, [.., last]) if is_required(property) => {
            return breaks(model, property, (last, states.len()), trace.tried.as_deref());
        }
        (None, [.., before, last]) => violates(model, property, Some(before), last),
        (None, [only]) => violates(model, property, None, only),
    };
    if fails { Replay::StillFails } else { Replay::Fixed }
}

/// Whether a model still does not do what is required of it in a state: the whole of it is expanded, because
/// a panic may come from any part of a step.
fn breaks<M: Checkable>(
    model: &M,
    property: &str,
    (state, number): (&M::State, usize),
    tried: Option<&str>,
) -> Replay {
    let mut goals = Goals::all();
    if goals.check_decidable(model).is_err() {
        // Temporal properties cannot be looked at then, in a check no more than here.
        goals = Goals::named(model.laws().into_iter().map(|law| law.name));
    }
    let expander = Expander::new(model, &goals)
        .and_then(|expander| expander.with_partial_order(PartialOrder::Verify));
    let expander = match expander {
        Ok(expander) => expander,
        Err(error) => return Replay::Unrelated { why: error.to_string() },
    };
    let mut notes = expander.notes();
    let expansion = &mut Expansion::default();
    expander.expand((0, state), number, (&Asked::default(), &|_| true), expansion, &mut notes);
    let breach = match property {
        NO_PANIC => notes.panic,
        INDEPENDENT => notes.dependent,
        _ => notes.indeterminate,
    };
    if breach.is_some() {
        return Replay::StillFails;
    }
    let offers = |label| model.offered(state).iter().any(|it| model.format_action(it) == label);
    match tried {
        Some(label) if !offers(label) => {
            let why = format!("the model does not offer {label} there");
            Replay::StopsAt { step: number + 1, why }
        }
        _ => Replay::Fixed,
    }
}

/// Whether a law is violated in a state, or on the step to it.
pub fn violates<M: Checkable>(
    model: &M,
    law: &str,
    before: Option<&M::State>,
    state: &M::State,
) -> bool {
    if law == DEADLOCK {
        return model.next_steps(state).is_empty();
    }
    model.laws().iter().filter(|candidate| candidate.name == law).any(|law| match before {
        Some(before) => law.violated_by(model, before, state),
        None => law.violated_in(model, state),
    })
}
