//! Partial orders: of steps that commute with all others one order is enough.
//!
//! A model may claim of an enabled action that it is an *ample set* of its own ([`Model::is_ample`](super::Model)): whatever
//! else happens before it, it stays enabled and leads to the same as if it had been taken first, and no law is the
//! better for it. In a state with such an action a reduced exploration takes that one alone, unless that leads back to a state
//! on this level or on one before: an action could be put off on a cycle for ever. Then each violation and each
//! deadlock of the whole graph has one in the reduced graph. (D. Peled, "All from one, one for all: on model checking using
//! representatives", 1993; P. Godefroid, "Partial-order methods for the verification of concurrent systems", 1996, which calls
//! them persistent sets.)
//!
//! What is claimed of paths follows from single states if it holds in all: that is what [`disturbance`] looks at.
//! An exploration that verifies the claims looks at it in every state, one that reduces in a sample.

use super::contract::guarded;
use super::property::Law;
use super::{Checkable, Model};

/// What an exploration makes of a model's claims that actions are ample.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PartialOrder {
    /// Nothing: it takes every step.
    #[default]
    Full,
    /// It takes one ample action of a state alone. Counts, and lengths of counterexamples, are those of the reduced
    /// graph, where a witness may be missing. Temporal properties are refused.
    Reduce,
    /// It takes every step, and looks in every state whether the claims are true.
    Verify,
}

/// The successor by an action, if it is offered and enabled; an error if the code panics. Guards may stand in what is
/// offered alone, and an action that is not offered is not taken, whatever it would do.
fn step<M: Model>(model: &M, state: &M::State, action: &M::Action) -> Result<Option<M::State>, ()> {
    let next = || {
        let is_offered = model.offered(state).contains(action);
        is_offered.then(|| model.next_state(state, action.clone())).flatten()
    };
    guarded(next).map_err(|_| ())
}

/// Which of the model's claims is not true in a state, of its enabled actions.
pub(super) fn disturbance<M: Checkable>(
    model: &M,
    laws: &[Law<M>],
    state: &M::State,
) -> Option<String> {
    let offered = model.offered(state);
    let is_claimed = |action: &&M::Action| model.is_ample(state, action);
    offered.iter().filter(is_claimed).find_map(|ample| {
        let Ok(first) = step(model, state, ample) else {
            return Some(format!("{} panics, and is called ample", model.format_action(ample)));
        };
        let first = first?;
        let named = |what: &str| {
            Some(format!("{} is called ample, and {what}", model.format_action(ample)))
        };
        if !model.within_boundary(&first) {
            return named("leads out of the boundary");
        }
        if let Some(law) =
            laws.iter().find(|law| law.violated_in(model, state) && !law.violated_in(model, &first))
        {
            return named(&format!("makes {} hold again", law.name));
        }
        let others = offered.iter().filter(|other| *other != ample);
        others.into_iter().find_map(|other| {
            let what = disturbs(model, laws, (state, &first), (ample, other))?;
            named(&format!("{} {what}", model.format_action(other)))
        })
    })
}

/// What another action does to one that is called ample and leads from a state to `first`.
fn disturbs<M: Checkable>(
    model: &M,
    laws: &[Law<M>],
    (state, first): (&M::State, &M::State),
    (ample, other): (&M::Action, &M::Action),
) -> Option<String> {
    let mended = |(before, taken): (&M::State, &M::State), (from, to): (&M::State, &M::State)| {
        laws.iter()
            .find(|law| law.violated_by(model, before, taken) && !law.violated_by(model, from, to))
    };
    let (taken, after) = match (step(model, state, other), step(model, first, other)) {
        (Err(()), Err(())) | (Ok(None), Ok(_)) => return None,
        (Ok(Some(taken)), Ok(Some(after))) => (taken, Some(after)),
        // It may have done what the other would have done.
        (Ok(Some(taken)), Ok(None)) => (taken, None),
        _ => return Some("panics only before it, or only after it".to_owned()),
    };
    // With what comes of the other before it is compared what is there when both are done.
    let both = after.as_ref().unwrap_or(first);
    let last_step = if after.is_some() { (first, both) } else { (state, first) };
    if let Some(law) = mended((state, &taken), last_step) {
        return Some(format!("violates {} before it, and does not after it", law.name));
    }
    let Ok(last) = step(model, &taken, ample) else { return Some("makes it panic".to_owned()) };
    let Some(last) = last else {
        // The other may have done it as well.
        if after.as_ref() == Some(&taken) {
            return None;
        }
        // Nothing follows on what has gone wrong, in either order.
        let have_ended = [&taken, both].into_iter().all(|it| model.next_steps(it).is_empty());
        let is_violation = laws.iter().any(|law| law.violated_in(model, &taken));
        return (!have_ended || !is_violation).then(|| "disables it".to_owned());
    };
    if !model.is_ample(&taken, ample) {
        return Some("makes it ample no more".to_owned());
    }
    if last != *both {
        return Some("leads elsewhere before it than after it".to_owned());
    }
    if model.within_boundary(&taken) != model.within_boundary(&last) {
        return Some("leads out of the boundary before it or after it alone".to_owned());
    }
    let is_lost = |law: &&Law<M>| {
        law.violated_on(model, &taken, &last) && !law.violated_on(model, state, first)
    };
    let law = laws.iter().find(is_lost)?;
    Some(format!("lets it violate {}", law.name))
}
