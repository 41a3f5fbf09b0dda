//! What is required of every model, whether or not it is asked for: its code does not panic, and its steps
//! are a function of state and action.
//!
//! Code under test runs inside [`guarded`], which turns a panic into a value. A step that panics has no
//! successor; so nothing that depends on having seen every state is called true in such a graph.

use std::any::Any;
use std::cell::{Cell, RefCell};
use std::fmt;
use std::panic::{self, AssertUnwindSafe};
use std::sync::Once;

use serde::{Deserialize, Serialize};

use super::graph::Found;
use super::memo;
use super::model::Checkable;

/// The property that no code under test panics. It is in a report if it is violated.
pub const NO_PANIC: &str = "NoPanic";

/// The property that a step taken twice leads to the same state. It is looked at in a sample of states, and
/// is in a report if it is violated.
pub const DETERMINISTIC: &str = "Deterministic";

/// The property that actions which a model calls [ample](super::Model::is_ample) are. It is looked at where an exploration
/// uses that, in a sample of states, or is to verify it, and is in a report if it is violated.
pub const INDEPENDENT: &str = "Independent";

/// Whether a property of that name is required of every model, and so asked everywhere.
pub fn is_required(name: &str) -> bool {
    [NO_PANIC, DETERMINISTIC, INDEPENDENT].contains(&name)
}

/// A panic of code under test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Panic {
    /// What it said.
    pub message: String,
    /// File, line and column; none if another panic hook has been set since.
    pub location: Option<String>,
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the code panics: {}", self.message)?;
        match &self.location {
            Some(location) => write!(f, ", at {location}"),
            None => Ok(()),
        }
    }
}

/// Where a model does not do what is required.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Breach {
    /// The state, and the length of a shortest path to it; an initial place if initial states cannot be made.
    pub found: Found,
    /// The index of the action that was tried in the state; none if it happens without a step.
    pub action: Option<u32>,
    /// What happened.
    pub what: String,
}

/// The one with the shorter path; of two that are equally long the first.
pub(super) fn first(known: Option<Breach>, new: Option<Breach>) -> Option<Breach> {
    known.into_iter().chain(new).min_by_key(|breach| breach.found.length)
}

thread_local! {
    static IS_GUARDED: Cell<bool> = const { Cell::new(false) };
    static LOCATION: RefCell<Option<String>> = const { RefCell::new(None) };
}

/// Runs code under test. A panic in it is an error, and prints nothing.
///
/// The first call sets a panic hook, which passes on panics outside of guarded code to the hook before it.
/// With `panic = "abort"` the process ends all the same.
///
/// # Errors
///
/// The panic.
pub fn guarded<T>(run: impl FnOnce() -> T) -> Result<T, Panic> {
    let outer = begin();
    // What the code leaves half changed is dropped with the step.
    let outcome = panic::catch_unwind(AssertUnwindSafe(run));
    IS_GUARDED.set(outer);
    outcome.map_err(caught)
}

// These two are compiled once, and not with each piece of code that is guarded.

/// Begins to guard; whether it was guarded already.
fn begin() -> bool {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IS_GUARDED.get() {
                LOCATION.set(info.location().map(ToString::to_string));
            } else {
                before(info);
            }
        }));
    });
    IS_GUARDED.replace(true)
}

#[allow(clippy::needless_pass_by_value)] // what was caught ends here
fn caught(payload: Box<dyn Any + Send>) -> Panic {
    let text = payload.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| payload.downcast_ref::<&str>().copied());
    let message = text.unwrap_or("a panic without a message").to_owned();
    Panic { message, location: LOCATION.take() }
}

/// How often a step is taken again before it is called deterministic.
const AGAIN: usize = 16;

/// Whether a step, or what is offered in a state, comes out differently when it is asked for again: first as an
/// exploration asks, and then with nothing looked up in a [`Memo`](super::Memo).
pub(super) fn differs<M: Checkable>(
    model: &M,
    state: &M::State,
    action: Option<&M::Action>,
) -> bool {
    let changes = |answer: &dyn Fn() -> bool| memo::without(|| (0..AGAIN).any(|_| !answer()));
    if let Some(action) = action {
        let next = || model.next_state(state, action.clone());
        let once = next();
        changes(&|| next() == once)
    } else {
        let once = model.offered(state);
        changes(&|| model.offered(state) == once)
    }
}

/// What [`Model::candidates`](super::Model::candidates) has wrong in a state: an action that is enabled is not among
/// them, or one has the index of another.
pub(super) fn misses<M: Checkable>(model: &M, state: &M::State) -> Option<String> {
    let (mut indices, mut actions) = (Vec::new(), Vec::new());
    model.candidates(state, &mut indices, &mut actions);
    let all = model.offered(state);
    if indices.len() != actions.len() || !indices.is_sorted_by(|one, other| one < other) {
        return Some("the candidates do not have an index each, in order".to_owned());
    }
    for (index, action) in indices.iter().zip(&actions) {
        if all.get(*index as usize) != Some(action) {
            let shown = model.format_action(action);
            return Some(format!("the candidate {shown} is not the action of index {index}"));
        }
    }
    let left_out = (0..).zip(all).filter(|(index, _)| indices.binary_search(index).is_err());
    left_out.into_iter().find_map(|(_, action)| {
        let shown = model.format_action(&action);
        let is_enabled = model.next_state(state, action).is_some();
        is_enabled.then(|| format!("{shown} is enabled, and no candidate"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_a_value_with_its_place() {
        assert_eq!(guarded(|| 1), Ok(1));
        let panic = guarded(|| panic!("no {}", "way")).unwrap_err();
        assert_eq!(panic.message, "no way");
        assert!(panic.location.as_deref().is_some_and(|place| place.contains("contract.rs:")));
        // Guards may be nested: the outer one still guards.
        let outer = guarded(|| {
            let _ = guarded(|| panic!("inner"));
            panic!("outer")
        });
        let outer: Result<(), Panic> = outer;
        assert_eq!(outer.unwrap_err().message, "outer");
    }
}
