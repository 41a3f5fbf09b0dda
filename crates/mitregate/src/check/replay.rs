//! A saved trace in a model as it is now.

use super::Checkable;
use super::contract::{self, DETERMINISTIC, NO_PANIC, guarded};
use super::goals::DEADLOCK;
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
    let is_law = [DEADLOCK, NO_PANIC, DETERMINISTIC].contains(&property)
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
        (None, []) => return unrelated("the trace has no states".to_owned()),
        (None, [.., last]) if [NO_PANIC, DETERMINISTIC].contains(&property) => {
            return breaks(model, property, (last, states.len()), trace.tried.as_deref());
        }
        (None, [.., before, last]) => violates(model, property, Some(before), last),
        (None, [only]) => violates(model, property, None, only),
    };
    if fails { Replay::StillFails } else { Replay::Fixed }
}

/// Whether a model still does not do what is required of it when an action is tried in a state, or none.
fn breaks<M: Checkable>(
    model: &M,
    property: &str,
    (state, number): (&M::State, usize),
    tried: Option<&str>,
) -> Replay {
    let offered = guarded(|| {
        let mut actions = Vec::new();
        model.actions(state, &mut actions);
        for law in model.laws() {
            let _ = law.violated_in(model, state);
        }
        actions
    });
    let fails = match (offered, tried) {
        (Err(_), _) => property == NO_PANIC,
        (Ok(_), None) => property == DETERMINISTIC && contract::differs(model, state, None),
        (Ok(actions), Some(label)) => {
            let mut same = actions.iter().filter(|action| model.format_action(action) == label);
            let Some(action) = same.next() else {
                let why = format!("the model does not offer {label} there");
                return Replay::StopsAt { step: number + 1, why };
            };
            let taken = guarded(|| match property {
                NO_PANIC => {
                    let next = model.next_state(state, action.clone());
                    let checked = next.map(|next| {
                        model.laws().iter().any(|law| {
                            law.violated_on(model, state, &next) || law.violated_in(model, &next)
                        })
                    });
                    // Only that it comes to an end is asked.
                    checked.is_some_and(|_| false)
                }
                _ => contract::differs(model, state, Some(action)),
            });
            taken.unwrap_or(property == NO_PANIC)
        }
    };
    if fails { Replay::StillFails } else { Replay::Fixed }
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
    model.laws().iter().filter(|candidate| candidate.name == law).any(|law| {
        law.violated_in(model, state)
            || before.is_some_and(|before| law.violated_on(model, before, state))
    })
}
