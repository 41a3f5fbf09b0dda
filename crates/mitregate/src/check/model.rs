//! What is checked: transition systems.

use std::borrow::Cow;
use std::fmt::Debug;
use std::hash::Hash;

use super::{Codec, Fairness, Law, PropertyReport, Report, Temporal};
use crate::tla::value::Value;

/// A name that is written in the source, or read at run time.
pub type Name = Cow<'static, str>;

/// A transition system: how it starts, and how it moves.
///
/// The methods have the names and meaning that they have in Stateright, whose actors and checkers work
/// with these models through the module `stateright` (the feature of that name).
pub trait Model: Send + Sync + Sized + 'static {
    /// A state. Its hash and equality are to be derived: a field that a hash leaves out can hide
    /// states.
    type State: Clone + Debug + Eq + Hash + Send + Sync + 'static;

    /// What leads from one state to another.
    type Action: Clone + Debug + PartialEq + Send + Sync + 'static;

    /// The initial states.
    fn init_states(&self) -> Vec<Self::State>;

    /// Adds the actions that may be taken in a state, in an order that is the same every time. An action
    /// that is offered need not be enabled.
    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>);

    /// Adds the same actions but for some that are not enabled, each with its index among all: for models that offer many
    /// more actions than are enabled, and can tell at a glance.
    fn candidates(
        &self,
        state: &Self::State,
        indices: &mut Vec<u32>,
        actions: &mut Vec<Self::Action>,
    ) {
        self.actions(state, actions);
        indices.extend((0..).take(actions.len()));
    }

    /// The state after an action; `None` if the action is not enabled.
    ///
    /// An enabled action that changes nothing answers `Some` of an equal state: a stuttering step is a
    /// step, as it is for TLC.
    fn next_state(&self, state: &Self::State, action: Self::Action) -> Option<Self::State>;

    /// Whether a state is explored. States outside the boundary are checked, but neither counted nor
    /// expanded: so TLC treats a `CONSTRAINT`.
    fn within_boundary(&self, _state: &Self::State) -> bool {
        true
    }

    /// Whether an action that is enabled in a state commutes with all that can happen before it, so that a
    /// [reduced](super::PartialOrder) exploration may take it alone: whatever others are taken first, it stays enabled, and
    /// leads to the same as if it had been taken before them; and a law that is violated without it is violated after it.
    /// With a symmetry, the answer has to be the same for all states of an orbit.
    /// Most often that is a step of one process on what no other uses. `check --partial-order verify` looks whether
    /// it is true.
    fn is_ample(&self, _state: &Self::State, _action: &Self::Action) -> bool {
        false
    }

    /// How states that wait for being explored are written to disk and read again, if they can be: for state that implements
    /// `serde`'s two traits, [`Codec::new`].
    fn codec(&self) -> Option<Codec<'_, Self::State>> {
        None
    }

    /// An action as people read it.
    fn format_action(&self, action: &Self::Action) -> String {
        format!("{action:?}")
    }

    /// The actions that may be taken in a state, enabled or not.
    fn offered(&self, state: &Self::State) -> Vec<Self::Action> {
        let mut actions = Vec::new();
        self.actions(state, &mut actions);
        actions
    }

    /// The enabled actions of a state, each with its successor.
    fn next_steps(&self, state: &Self::State) -> Vec<(Self::Action, Self::State)> {
        let step = |action: Self::Action| {
            self.next_state(state, action.clone()).map(|next| (action, next))
        };
        self.offered(state).into_iter().filter_map(step).collect()
    }
}

/// A [`Model`] with what is needed to check it and to talk about it.
pub trait Checkable: Model {
    /// All laws that the model states. Which of them are checked is not the model's choice; see
    /// [`Goals`](super::Goals).
    /// [`Checkable::invariant`] and [`Checkable::step_property`] make laws of closures.
    fn laws(&self) -> Vec<Law<Self>> {
        Vec::new()
    }

    /// A law that something holds in every state, without a witness: `self.invariant("Small", |_, s| s.count < 5)`.
    #[track_caller]
    fn invariant(
        &self,
        name: impl Into<Name>,
        holds: impl Fn(&Self, &Self::State) -> bool + Send + Sync + 'static,
    ) -> Law<Self> {
        Law::invariant(name, holds, |_, _| true)
    }

    /// A law that something holds of every step that changes the state, without a witness.
    #[track_caller]
    fn step_property(
        &self,
        name: impl Into<Name>,
        holds: impl Fn(&Self, &Self::State, &Self::State) -> bool + Send + Sync + 'static,
    ) -> Law<Self> {
        Law::step(name, holds, |_, _, _| true)
    }

    /// The number of the part of a state that laws [by key](Law::by_key) are about, if it has one: states with the same
    /// number have the same such part. These laws are then asked once for each number, and not in each state.
    fn key(&self, _state: &Self::State) -> Option<u32> {
        None
    }

    /// All temporal properties that the model states; they are judged under [`Checkable::fairness`].
    fn temporal(&self) -> Vec<Temporal<Self>> {
        Vec::new()
    }

    /// The fairness conditions.
    fn fairness(&self) -> Vec<Fairness<Self>> {
        Vec::new()
    }

    /// The names of the model's actions, without their arguments.
    fn action_names(&self) -> Vec<Name>;

    /// The name of an action: an index into [`Checkable::action_names`].
    fn action_name(&self, action: &Self::Action) -> usize;

    /// Whether actions of that name are formatted without the arguments that they have, as by TLC 2.15.
    fn lacks_arguments(&self, _name: usize) -> bool {
        false
    }

    /// The state as a record of its variables.
    fn view(&self, state: &Self::State) -> Value;

    /// Whether states are explored up to symmetry, by their [`Checkable::representative`].
    fn has_symmetry(&self) -> bool {
        false
    }

    /// One state for all states that are the same up to symmetry.
    fn representative(&self, state: &Self::State) -> Self::State {
        state.clone()
    }

    /// The conjunct of an action's guard that is false in a state, where the model can tell.
    fn why_disabled(&self, _state: &Self::State, _action: &Self::Action) -> Option<String> {
        None
    }

    /// The actions of another model that a step stands for, as a person reads them: the spec's, where this is code against its
    /// spec.
    fn performs(
        &self,
        _state: &Self::State,
        _action: &Self::Action,
        _next: &Self::State,
    ) -> Option<Vec<String>> {
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

    /// A test in Rust that follows a property's counterexample on the code alone, where the model can tell how.
    fn regression_test(&self, _property: &PropertyReport) -> Option<String> {
        None
    }

    /// The names of what is asked of the whole exploration, which [`Checkable::conclude`] decides.
    fn asked_of_the_whole(&self) -> Vec<Name> {
        Vec::new()
    }

    /// Completes the report of an exploration by what can only be said of the whole, such as that something was never
    /// reached. If it does so by what it has kept itself, [`Checkable::keeps_to_itself`] says so.
    fn conclude(&self, _report: &mut Report) {}

    /// Whether the model keeps what it has seen of an exploration. Then it cannot be explored by several processes, each of
    /// which sees a part.
    fn keeps_to_itself(&self) -> bool {
        false
    }

    /// A picture of a state, as SVG.
    fn picture(&self, _state: &Self::State) -> Option<String> {
        None
    }
}
