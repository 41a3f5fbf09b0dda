//! The miter: real code and its spec, driven by the same steps and compared after each.
//!
//! A step of the code performs some of the spec's actions in a row, often one, or none, which is a
//! stutter. The miter takes them in the spec as well, and diverges where one is not enabled, or
//! where the spec's state is no longer the projection of the code's. Every action of the spec that
//! is *not* enabled is put to the code as a request besides: the code must refuse it and stay as it
//! was.

use std::fmt::Debug;

use stateright::Model;

use super::{Checkable, Law};
use crate::tla::value::{self, Value};

/// How many of the spec's enabled actions an explanation lists.
const LISTED: usize = 12;

/// How code refines a spec.
pub trait Refinement: Send + Sync + 'static {
    /// The model that holds the real code.
    type Code: Checkable;
    /// The port of the spec.
    type Spec: Checkable;

    /// The spec's state that a state of the code stands for.
    fn project(
        &self,
        code: &Self::Code,
        state: &<Self::Code as Model>::State,
    ) -> <Self::Spec as Model>::State;

    /// The spec's actions that a step of the code performs, in order.
    fn spec_actions(
        &self,
        code: &Self::Code,
        before: &<Self::Code as Model>::State,
        action: &<Self::Code as Model>::Action,
        after: &<Self::Code as Model>::State,
    ) -> Vec<<Self::Spec as Model>::Action>;

    /// Puts a request that the spec does not allow to the code.
    fn request(
        &self,
        code: &Self::Code,
        state: &<Self::Code as Model>::State,
        request: &<Self::Spec as Model>::Action,
    ) -> Answer;
}

/// What the code made of a request that the spec does not allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// There is nobody in the code whom one could ask this.
    NotAsked,
    /// It refused, and its state is as before.
    Refused,
    /// It did not: what it did instead.
    Granted(String),
}

/// Code and spec side by side; an ordinary model.
pub struct Miter<R: Refinement> {
    /// The code's model.
    pub code: R::Code,
    /// The spec's model.
    pub spec: R::Spec,
    /// What connects them.
    pub refinement: R,
}

/// A state of a [`Miter`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair<C, S> {
    /// The code's state.
    pub code: C,
    /// The spec's state.
    pub spec: S,
    /// How they came apart. Nothing follows on that.
    pub divergence: Option<Divergence>,
}

/// How code and spec came apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Divergence {
    /// The code's initial state stands for none of the spec's.
    Initial,
    /// The spec's action of that index, among those which the step performs, is not enabled.
    NotEnabled(usize),
    /// All actions are enabled, but lead to another state than the code's.
    Elsewhere,
}

type PairOf<R> =
    Pair<<<R as Refinement>::Code as Model>::State, <<R as Refinement>::Spec as Model>::State>;

impl<R: Refinement> Miter<R> {
    /// Takes the spec's actions from `spec`; the state which they lead to, and how it differs from
    /// what the code's state stands for.
    fn follow(
        &self,
        spec: &<R::Spec as Model>::State,
        actions: Vec<<R::Spec as Model>::Action>,
        projection: &<R::Spec as Model>::State,
    ) -> (<R::Spec as Model>::State, Option<Divergence>) {
        let mut current = spec.clone();
        for (index, action) in actions.into_iter().enumerate() {
            match self.spec.next_state(&current, action) {
                Some(next) => current = next,
                None => return (current, Some(Divergence::NotEnabled(index))),
            }
        }
        let divergence = (current != *projection).then_some(Divergence::Elsewhere);
        (current, divergence)
    }

    /// What the code makes of each request that the spec does not allow.
    fn answers(
        &self,
        state: &PairOf<R>,
    ) -> impl Iterator<Item = (<R::Spec as Model>::Action, Answer)> {
        self.disallowed(&state.spec).into_iter().map(|request| {
            let answer = self.refinement.request(&self.code, &state.code, &request);
            (request, answer)
        })
    }

    /// The first request that the spec does not allow and the code does not refuse.
    fn granted(&self, state: &PairOf<R>) -> Option<(<R::Spec as Model>::Action, String)> {
        self.answers(state).find_map(|(request, answer)| match answer {
            Answer::Granted(what) => Some((request, what)),
            Answer::NotAsked | Answer::Refused => None,
        })
    }

    /// The spec's actions that are not enabled in a state.
    fn disallowed(&self, spec: &<R::Spec as Model>::State) -> Vec<<R::Spec as Model>::Action> {
        let mut actions = Vec::new();
        self.spec.actions(spec, &mut actions);
        actions.retain(|action| self.spec.next_state(spec, action.clone()).is_none());
        actions
    }

    fn refuses_something(&self, state: &PairOf<R>) -> bool {
        self.answers(state).any(|(_, answer)| answer == Answer::Refused)
    }

    fn explain_divergence(
        &self,
        divergence: Divergence,
        step: Option<(&PairOf<R>, &<R::Code as Model>::Action)>,
        state: &PairOf<R>,
    ) -> Vec<String> {
        let projection = self.refinement.project(&self.code, &state.code);
        let mut lines = Vec::new();
        if let Some((before, action)) = step {
            let performed =
                self.refinement.spec_actions(&self.code, &before.code, action, &state.code);
            let names: Vec<_> =
                performed.iter().map(|action| self.spec.format_action(action)).collect();
            lines.push("code and spec agree up to the state before this one".to_owned());
            lines.push(format!("the code:  {}", self.code.format_action(action)));
            lines.push(match names.as_slice() {
                [] => "in the spec that performs nothing".to_owned(),
                names => format!("in the spec that performs {}", names.join(", then ")),
            });
            if let Divergence::NotEnabled(index) = divergence
                && let Some(action) = performed.get(index)
            {
                lines.push(format!("not enabled: {}", self.spec.format_action(action)));
                if let Some(guard) = self.spec.why_disabled(&state.spec, action) {
                    lines.push(format!("  this part of its guard fails: {guard}"));
                }
                lines.push(format!("the spec allows here: {}", self.enabled(&state.spec)));
                return lines;
            }
        }
        lines.push("the spec's state differs from the code's:".to_owned());
        let spec = self.spec.view(&state.spec);
        let code = self.spec.view(&projection);
        lines.extend(value::diff(&spec, &code).iter().map(|change| format!("  {change}")));
        lines
    }

    fn enabled(&self, spec: &<R::Spec as Model>::State) -> String {
        let steps = self.spec.next_steps(spec);
        let moving: Vec<_> = steps
            .iter()
            .filter(|(_, next)| next != spec)
            .map(|(action, _)| self.spec.format_action(action))
            .collect();
        let mut text = moving.iter().take(LISTED).cloned().collect::<Vec<_>>().join(", ");
        if moving.len() > LISTED {
            text.push_str(" and ");
            text.push_str(&(moving.len() - LISTED).to_string());
            text.push_str(" more");
        }
        if moving.is_empty() { "nothing that changes its state".to_owned() } else { text }
    }
}

impl<R: Refinement> Model for Miter<R> {
    type State = PairOf<R>;
    type Action = <R::Code as Model>::Action;

    fn init_states(&self) -> Vec<Self::State> {
        let initial = self.spec.init_states();
        let pair = |code| {
            let spec = self.refinement.project(&self.code, &code);
            let divergence = (!initial.contains(&spec)).then_some(Divergence::Initial);
            Pair { code, spec, divergence }
        };
        self.code.init_states().into_iter().map(pair).collect()
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<Self::Action>) {
        if state.divergence.is_none() {
            self.code.actions(&state.code, actions);
        }
    }

    fn next_state(&self, state: &Self::State, action: Self::Action) -> Option<Self::State> {
        let code = self.code.next_state(&state.code, action.clone())?;
        let actions = self.refinement.spec_actions(&self.code, &state.code, &action, &code);
        let projection = self.refinement.project(&self.code, &code);
        let (spec, divergence) = self.follow(&state.spec, actions, &projection);
        Some(Pair { code, spec, divergence })
    }

    fn format_action(&self, action: &Self::Action) -> String {
        self.code.format_action(action)
    }

    fn format_step(&self, state: &Self::State, action: Self::Action) -> Option<String> {
        crate::check::trace::describe_step(self, state, &action)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        super::stateright_properties(self)
    }

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.code.within_boundary(&state.code)
    }

    fn as_svg(&self, path: stateright::Path<Self::State, Self::Action>) -> Option<String> {
        // The code's picture of the same path; its states are the code's halves.
        let code = path.into_vec();
        let actions: Vec<_> = code.iter().filter_map(|(_, action)| action.clone()).collect();
        let (first, _) = code.into_iter().next()?;
        let path = stateright::Path::from_actions(&self.code, first.code, &actions)?;
        self.code.as_svg(path)
    }
}

impl<R: Refinement> Checkable for Miter<R> {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![
            Law::invariant(
                "Refinement",
                |_, state: &PairOf<R>| state.divergence.is_none(),
                |miter: &Self, state| !miter.spec.init_states().contains(&state.spec),
            ),
            Law::invariant(
                "Refusal",
                |miter: &Self, state| state.divergence.is_some() || miter.granted(state).is_none(),
                Miter::refuses_something,
            ),
        ]
    }

    fn classes(&self) -> Vec<&'static str> {
        self.code.classes()
    }

    fn class(&self, action: &Self::Action) -> usize {
        self.code.class(action)
    }

    fn view(&self, state: &Self::State) -> Value {
        Value::record([
            ("code", self.code.view(&state.code)),
            ("spec", self.spec.view(&state.spec)),
        ])
    }

    fn has_symmetry(&self) -> bool {
        self.code.has_symmetry()
    }

    fn representative(&self, state: &Self::State) -> Self::State {
        if state.divergence.is_some() {
            return state.clone();
        }
        let code = self.code.representative(&state.code);
        let spec = self.refinement.project(&self.code, &code);
        Pair { code, spec, divergence: None }
    }

    fn explain(
        &self,
        law: &str,
        step: Option<(&Self::State, &Self::Action)>,
        state: &Self::State,
    ) -> Vec<String> {
        match (state.divergence, law) {
            (Some(divergence), "Refinement") => self.explain_divergence(divergence, step, state),
            (None, "Refusal") => self.granted(state).map_or_else(Vec::new, |(request, what)| {
                let mut lines =
                    vec![format!("the spec does not allow {}", self.spec.format_action(&request))];
                if let Some(guard) = self.spec.why_disabled(&state.spec, &request) {
                    lines.push(format!("  this part of its guard fails: {guard}"));
                }
                lines.push(format!("asked for it, the code does not refuse: {what}"));
                lines
            }),
            _ => Vec::new(),
        }
    }
}
