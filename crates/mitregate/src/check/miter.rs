//! The miter: real code and its spec, driven by the same steps and compared after each.
//!
//! A step of the code performs some of the spec's actions in a row, often one, or none, which is a
//! stutter. The miter takes them in the spec as well, and diverges where one is not enabled, or
//! where the spec's state is no longer the projection of the code's. Every action of the spec that
//! is *not* enabled is put to the code as a request besides: the code must refuse it and stay as it
//! was.

use std::borrow::Cow;
use std::fmt::Debug;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::codec::Codec;
use super::interned::Interned;
use super::lift;
use super::memo::Memo;
use super::model::{Checkable, Model, Name};
use super::property::Law;
use crate::tla::value::{self, Value};

/// How many of the spec's enabled actions an explanation lists.
const LISTED: usize = 12;

/// The law of a [`Miter`] that the code takes no step that the spec does not allow.
pub const REFINEMENT: &str = "Refinement";

/// The law of a [`Miter`] that the code refuses what the spec does not allow.
pub const REFUSAL: &str = "Refusal";

/// How code refines a spec.
pub trait Refinement: Send + Sync + 'static {
    /// The model that holds the real code.
    type Code: Checkable;
    /// The port of the spec.
    type Spec: Checkable;

    /// The spec's state that a state of the code stands for.
    fn project<'a>(
        &self,
        code: &Self::Code,
        state: &'a <Self::Code as Model>::State,
    ) -> Cow<'a, <Self::Spec as Model>::State>;

    /// The same where it is kept once for all states that stand for it. Then what is asked of the spec's state alone, its
    /// laws above all, is asked once, and not in each state of the code.
    fn projection(
        &self,
        _code: &Self::Code,
        _state: &<Self::Code as Model>::State,
    ) -> Option<Interned<<Self::Spec as Model>::State>> {
        None
    }

    /// The spec's actions that a step of the code performs, in order.
    fn spec_actions(
        &self,
        code: &Self::Code,
        before: &<Self::Code as Model>::State,
        action: &<Self::Code as Model>::Action,
        after: &<Self::Code as Model>::State,
    ) -> Vec<<Self::Spec as Model>::Action>;

    /// Whether a law of the spec is one of the code as well, which it is unless it is about single steps
    /// of the spec of which the code takes several at once.
    fn lifts(&self, _code: &Self::Code, _law: &str) -> bool {
        true
    }

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
    /// The code has no handle by which this could be requested.
    NotAsked,
    /// The code refused, and its state is as before.
    Refused,
    /// The code did not refuse: what it did instead.
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
    /// The spec's actions that are not enabled, for states of the spec that are kept once.
    disallowed: Memo<R::Spec, Interned<SpecState<R>>, Actions<R>>,
}

/// Some of the spec's actions.
type Actions<R> = Arc<[SpecAction<R>]>;

type SpecState<R> = <<R as Refinement>::Spec as Model>::State;
type SpecAction<R> = <<R as Refinement>::Spec as Model>::Action;

/// A state of a [`Miter`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair<C, S> {
    /// The code's state.
    pub code: C,
    /// The spec's state.
    pub spec: S,
    /// Set when code and spec diverge; such a state has no successors.
    pub divergence: Option<Divergence>,
}

/// How code and spec diverge.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
    /// Code, its spec, and what connects them.
    pub fn new(code: R::Code, spec: R::Spec, refinement: R) -> Self {
        let disallowed =
            Memo::new(|spec, state: Interned<SpecState<R>>| disallowed(spec, state.get()));
        Miter { code, spec, refinement, disallowed }
    }

    /// The state of the spec that a pair stands for, if code and spec agree on it and it is kept once.
    fn agreed(&self, state: &PairOf<R>) -> Option<Interned<SpecState<R>>> {
        if state.divergence.is_some() {
            return None;
        }
        // Where the two do not diverge, the spec's half is what the code's state stands for.
        self.refinement.projection(&self.code, &state.code)
    }

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
    fn answers(&self, state: &PairOf<R>) -> impl Iterator<Item = (SpecAction<R>, Answer)> {
        let requests = match self.agreed(state) {
            Some(spec) => self.disallowed.get(&self.spec, spec),
            None => disallowed(&self.spec, &state.spec),
        };
        (0..requests.len()).map(move |index| {
            let request = requests[index].clone();
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
            lines.push("code and spec agree up to the state before this one".to_owned());
            lines.push(format!("the code:  {}", self.code.format_action(action)));
            lines.push(in_the_spec(&self.names(&performed)));
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
        lines.push("the states differ, the spec's -> the code's:".to_owned());
        let spec = self.spec.view(&state.spec);
        let code = self.spec.view(&projection);
        lines.extend(value::diff(&spec, &code).iter().map(|change| format!("  {change}")));
        lines
    }

    fn names(&self, performed: &[SpecAction<R>]) -> Vec<String> {
        performed.iter().map(|action| self.spec.format_action(action)).collect()
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

/// The halves of a state, as it is shown.
pub(crate) const CODE: &str = "code";
pub(crate) const SPEC: &str = "spec";

/// The spec's actions that a step performs, in words.
pub(crate) fn in_the_spec(names: &[String]) -> String {
    match names {
        [] => "in the spec that performs nothing".to_owned(),
        names => format!("in the spec that performs {}", names.join(", then ")),
    }
}

/// The spec's actions that are not enabled in a state.
fn disallowed<S: Checkable>(spec: &S, state: &S::State) -> Arc<[S::Action]> {
    let offered = spec.offered(state).into_iter();
    offered.filter(|action| spec.next_state(state, action.clone()).is_none()).collect()
}

impl<R: Refinement> Model for Miter<R> {
    type State = PairOf<R>;
    type Action = <R::Code as Model>::Action;

    fn init_states(&self) -> Vec<Self::State> {
        let initial = self.spec.init_states();
        let pair = |code| {
            let spec = self.refinement.project(&self.code, &code).into_owned();
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

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.code.within_boundary(&state.code)
    }

    fn is_ample(&self, state: &Self::State, action: &Self::Action) -> bool {
        state.divergence.is_none() && self.code.is_ample(&state.code, action)
    }

    /// The spec's half is written only if it is not what the code's stands for.
    fn codec(&self) -> Option<Codec<'_, Self::State>> {
        let (code, spec, divergence) = (self.code.codec()?, self.spec.codec()?, Codec::new());
        let (code, spec, divergence) = (Arc::new(code), Arc::new(spec), Arc::new(divergence));
        let written = (code.clone(), spec.clone(), divergence.clone());
        let pack = move |pair: &PairOf<R>, bytes: &mut Vec<u8>| {
            let (code, spec, divergence) = &written;
            code.pack(&pair.code, bytes)?;
            divergence.pack(&pair.divergence, bytes)?;
            if pair.divergence.is_some() {
                spec.pack(&pair.spec, bytes)?;
            }
            Ok(())
        };
        let unpack = move |bytes: &mut &[u8]| {
            let code = code.unpack(bytes)?;
            let divergence: Option<Divergence> = divergence.unpack(bytes)?;
            let spec = match divergence {
                None => self.refinement.project(&self.code, &code).into_owned(),
                Some(_) => spec.unpack(bytes)?,
            };
            Some(Pair { code, spec, divergence })
        };
        Some(Codec::with(pack, unpack))
    }
}

impl<R: Refinement> Checkable for Miter<R> {
    /// The two laws of the miter, and those of the spec on the spec's half.
    fn laws(&self) -> Vec<Law<Self>> {
        let mut laws = vec![
            Law::invariant(
                REFINEMENT,
                |_, state: &PairOf<R>| state.divergence.is_none(),
                |miter: &Self, state| !miter.spec.init_states().contains(&state.spec),
            ),
            Law::invariant(
                REFUSAL,
                |miter: &Self, state| state.divergence.is_some() || miter.granted(state).is_none(),
                Miter::refuses_something,
            ),
        ];
        let of_spec = lift::laws(
            &self.spec,
            |law| self.refinement.lifts(&self.code, law),
            |miter: &Self| &miter.spec,
            |_, state| Cow::Borrowed(&state.spec),
        );
        laws.extend(of_spec.into_iter().map(Law::by_key));
        laws
    }

    fn key(&self, state: &Self::State) -> Option<u32> {
        self.agreed(state).map(Interned::number)
    }

    fn action_names(&self) -> Vec<Name> {
        self.code.action_names()
    }

    fn action_name(&self, action: &Self::Action) -> usize {
        self.code.action_name(action)
    }

    fn view(&self, state: &Self::State) -> Value {
        Value::record([(CODE, self.code.view(&state.code)), (SPEC, self.spec.view(&state.spec))])
    }

    fn has_symmetry(&self) -> bool {
        self.code.has_symmetry()
    }

    fn representative(&self, state: &Self::State) -> Self::State {
        if state.divergence.is_some() {
            return state.clone();
        }
        let code = self.code.representative(&state.code);
        let spec = self.refinement.project(&self.code, &code).into_owned();
        Pair { code, spec, divergence: None }
    }

    fn why_disabled(&self, state: &Self::State, action: &Self::Action) -> Option<String> {
        self.code.why_disabled(&state.code, action)
    }

    fn performs(
        &self,
        state: &Self::State,
        action: &Self::Action,
        next: &Self::State,
    ) -> Option<Vec<String>> {
        let actions = self.refinement.spec_actions(&self.code, &state.code, action, &next.code);
        Some(self.names(&actions))
    }

    fn picture(&self, state: &Self::State) -> Option<String> {
        self.code.picture(&state.code)
    }

    fn explain(
        &self,
        law: &str,
        step: Option<(&Self::State, &Self::Action)>,
        state: &Self::State,
    ) -> Vec<String> {
        match (state.divergence, law) {
            (Some(divergence), REFINEMENT) => self.explain_divergence(divergence, step, state),
            (None, REFUSAL) => self.granted(state).map_or_else(Vec::new, |(request, what)| {
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
