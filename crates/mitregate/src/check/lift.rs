//! Laws that are stated on a spec, lifted on to its code through the refinement's projection.

use std::borrow::Cow;
use std::sync::Arc;

use super::codec::Codec;
use super::interned::Interned;
use super::miter::Refinement;
use super::model::{Checkable, Model, Name};
use super::property::{Claim, Fairness, Law, OnState, Temporal};
use crate::tla::value::Value;

/// Code in its environment, held to the laws of its spec and to its own; as a model it is the code.
pub struct Lifted<R: Refinement> {
    /// The code's model.
    pub code: R::Code,
    /// The spec, on whose states laws are stated.
    pub spec: R::Spec,
    /// What connects them.
    pub refinement: R,
}

impl<R: Refinement> Lifted<R> {
    fn project<'a>(
        &self,
        state: &'a <R::Code as Model>::State,
    ) -> Cow<'a, <R::Spec as Model>::State> {
        self.refinement.project(&self.code, state)
    }
}

impl<R: Refinement> Model for Lifted<R> {
    type State = <R::Code as Model>::State;
    type Action = <R::Code as Model>::Action;

    fn init_states(&self) -> Vec<Self::State> {
        self.code.init_states()
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>) {
        self.code.actions(state, actions);
    }

    fn candidates(
        &self,
        state: &Self::State,
        indices: &mut Vec<u32>,
        actions: &mut Vec<Self::Action>,
    ) {
        self.code.candidates(state, indices, actions);
    }

    fn next_state(&self, state: &Self::State, action: Self::Action) -> Option<Self::State> {
        self.code.next_state(state, action)
    }

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.code.within_boundary(state)
    }

    fn is_ample(&self, state: &Self::State, action: &Self::Action) -> bool {
        self.code.is_ample(state, action)
    }

    fn codec(&self) -> Option<Codec<'_, Self::State>> {
        self.code.codec()
    }

    fn format_action(&self, action: &Self::Action) -> String {
        self.code.format_action(action)
    }
}

impl<R: Refinement> Checkable for Lifted<R> {
    /// The spec's laws, then the code's own.
    fn laws(&self) -> Vec<Law<Self>> {
        let lifts = |law: &str| self.refinement.lifts(&self.code, law);
        let spec = laws(&self.spec, lifts, |it: &Self| &it.spec, Lifted::project);
        let mut lifted: Vec<_> = spec.into_iter().map(Law::by_key).collect();
        lifted.extend(laws(
            &self.code,
            |_| true,
            |it: &Self| &it.code,
            |_, state| Cow::Borrowed(state),
        ));
        lifted
    }

    fn key(&self, state: &Self::State) -> Option<u32> {
        self.refinement.projection(&self.code, state).map(Interned::number)
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let mut lifted = temporal(&self.spec, |it: &Self| &it.spec, Lifted::project);
        lifted.extend(temporal(&self.code, |it: &Self| &it.code, |_, state| Cow::Borrowed(state)));
        lifted
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        let lift = |condition: Fairness<R::Code>| {
            let actions = condition.actions;
            Fairness::new(condition.name, condition.strength, move |it: &Self, state, action| {
                actions(&it.code, state, action)
            })
        };
        self.code.fairness().into_iter().map(lift).collect()
    }

    fn action_names(&self) -> Vec<Name> {
        self.code.action_names()
    }

    fn action_name(&self, action: &Self::Action) -> usize {
        self.code.action_name(action)
    }

    fn view(&self, state: &Self::State) -> Value {
        self.code.view(state)
    }

    fn has_symmetry(&self) -> bool {
        self.code.has_symmetry()
    }

    fn representative(&self, state: &Self::State) -> Self::State {
        self.code.representative(state)
    }

    fn why_disabled(&self, state: &Self::State, action: &Self::Action) -> Option<String> {
        self.code.why_disabled(state, action)
    }

    fn explain(
        &self,
        law: &str,
        step: Option<(&Self::State, &Self::Action)>,
        state: &Self::State,
    ) -> Vec<String> {
        self.code.explain(law, step, state)
    }

    fn picture(&self, state: &Self::State) -> Option<String> {
        self.code.picture(state)
    }
}

/// The laws of one model on the states of another: `within` finds the one in the other, `project` its
/// states. Only those laws that `lifts` names.
pub(super) fn laws<M: Model, N: Checkable>(
    inner: &N,
    lifts: impl Fn(&str) -> bool,
    within: fn(&M) -> &N,
    project: for<'a> fn(&M, &'a M::State) -> Cow<'a, N::State>,
) -> Vec<Law<M>> {
    let lift = |law: Law<N>| {
        let lifted = match law.claim {
            Claim::Invariant { holds, witness } => Law::invariant(
                law.name,
                move |m: &M, s| holds(within(m), &project(m, s)),
                move |m: &M, s| witness(within(m), &project(m, s)),
            ),
            Claim::Step { holds, witness } => Law::step(
                law.name,
                // A step that changes what the law is not about satisfies it.
                move |m: &M, s, t| {
                    let (from, to) = (project(m, s), project(m, t));
                    holds(within(m), &from, &to) || from == to
                },
                // Nor does it say anything of such a step.
                move |m: &M, s, t| {
                    let (from, to) = (project(m, s), project(m, t));
                    witness(within(m), &from, &to) && from != to
                },
            ),
        };
        Law { stated_at: law.stated_at, ..lifted }
    };
    inner.laws().into_iter().filter(|law| lifts(&law.name)).map(lift).collect()
}

/// The temporal properties of one model on the states of another, as [`laws`].
fn temporal<M: Model, N: Checkable>(
    inner: &N,
    within: fn(&M) -> &N,
    project: for<'a> fn(&M, &'a M::State) -> Cow<'a, N::State>,
) -> Vec<Temporal<M>> {
    let lift = |predicate: &OnState<N>| -> OnState<M> {
        let predicate = predicate.clone();
        Arc::new(move |m: &M, s: &M::State| predicate(within(m), &project(m, s)))
    };
    let property = |stated: Temporal<N>| Temporal {
        name: stated.name,
        formulas: stated.formulas.iter().map(|formula| formula.map(lift)).collect(),
    };
    inner.temporal().into_iter().map(property).collect()
}
