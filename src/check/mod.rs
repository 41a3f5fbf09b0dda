//! The checker: one breadth-first exploration of a model, and every verdict read off it.
//!
//! It knows nothing of any system. A model is anything that implements [`Checkable`], which adds to
//! Stateright's [`Model`] what a verdict needs: named [laws](Law), the class of
//! each action, and a view of a state as TLA+ values. In the order data flows:
//!
//! * [`property`] says what can be asked of a model: laws, temporal properties, fairness;
//! * [`mod@explore`] explores the model, and [`graph`] is what it keeps: states' fingerprints, edges
//!   and first violations;
//! * [`liveness`] finds a fair behaviour that violates a temporal formula, and [`temporal`] asks it
//!   about a model;
//! * [`report`] turns a graph into verdicts;
//! * [`trace`] rebuilds a counterexample, prints it, saves it and replays it;
//! * [`miter`] runs code and spec side by side, as one more model;
//! * [`simulate`] walks at random through what is too large to exhaust.

use std::fmt::Debug;
use std::hash::Hash;

use stateright::Model;

use crate::tla::value::Value;

pub mod explore;
pub mod graph;
pub mod liveness;
pub mod miter;
pub mod property;
pub mod report;
pub mod simulate;
pub mod temporal;
pub mod trace;

pub use explore::{Budget, Options, explore};
pub use graph::Graph;
pub use property::{Claim, Fairness, Formula, Law, OnState, OnStep, Temporal};
pub use report::{PropertyReport, Report, Verdict, check};
pub use trace::Trace;

/// A Stateright model with what Mitregate needs to check it and to talk about it.
///
/// A model's [`Model::actions`] may offer actions that are not enabled; [`Model::next_state`]
/// answers `None` for those. An enabled action that changes nothing answers `Some` of an equal
/// state: a stuttering step is a step, as it is for TLC.
/// States outside [`Model::within_boundary`] are checked but neither counted nor expanded, which is
/// what TLC does with a `CONSTRAINT`.
pub trait Checkable:
    Model<
        State: Clone + Debug + Eq + Hash + Send + Sync,
        Action: Clone + Debug + PartialEq + Send + Sync,
    > + Send
    + Sync
    + Sized
    + 'static
{
    /// The laws that are to be checked.
    fn laws(&self) -> Vec<Law<Self>>;

    /// The temporal properties that are to be checked, under [`Checkable::fairness`].
    fn temporal(&self) -> Vec<Temporal<Self>> {
        Vec::new()
    }

    /// The fairness conditions.
    fn fairness(&self) -> Vec<Fairness<Self>> {
        Vec::new()
    }

    /// The names of the classes of actions, such as the actions of a spec.
    fn classes(&self) -> Vec<&'static str>;

    /// The class of an action: an index into [`Checkable::classes`].
    fn class(&self, action: &Self::Action) -> usize;

    /// The state as a record of its variables.
    fn view(&self, state: &Self::State) -> Value;

    /// Whether a state without successors is a violation.
    fn deadlock_is_violation(&self) -> bool {
        false
    }

    /// Whether states are explored up to symmetry, by their [`Checkable::representative`].
    fn has_symmetry(&self) -> bool {
        false
    }

    /// One state for all states that are the same up to symmetry.
    fn representative(&self, state: &Self::State) -> Self::State {
        state.clone()
    }

    /// The part of an action's guard that does not hold in a state, where the model can tell.
    fn why_disabled(&self, _state: &Self::State, _action: &Self::Action) -> Option<String> {
        None
    }

    /// What a person should read when a law fails in `state`, reached by the given last step.
    fn explain(
        &self,
        _law: &str,
        _step: Option<(&Self::State, &Self::Action)>,
        _state: &Self::State,
    ) -> Vec<String> {
        Vec::new()
    }
}

/// The invariants among a model's laws as Stateright properties, for its checkers and Explorer.
///
/// Stateright stops early when every property has been decided, so a property that always holds is
/// added where there is no invariant.
pub fn stateright_properties<M: Checkable>(model: &M) -> Vec<stateright::Property<M>> {
    let mut properties: Vec<_> = model
        .laws()
        .into_iter()
        .filter_map(|law| match law.claim {
            Claim::Invariant { holds, .. } => Some(stateright::Property::always(law.name, holds)),
            Claim::Step { .. } => None,
        })
        .collect();
    if properties.is_empty() {
        properties.push(stateright::Property::always("Explored", |_, _| true));
    }
    properties
}
