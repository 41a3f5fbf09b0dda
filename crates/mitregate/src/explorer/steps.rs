//! The steps of a model without its types.

use std::sync::Arc;

use super::any::{Action, AnyAction, AnyState, Show};
use super::telling::{Told, describe_step, show, tell};
use crate::check::contract::{Panic, guarded};
use crate::check::{Checkable, Claim, Goals, Law, NO_PANIC, Name, Trace};

/// What Stateright needs of a model, without its types. A state or action of another model is one that is
/// not enabled, and shows nothing.
pub trait Steps: Send + Sync {
    /// The initial states.
    fn initial(&self) -> Vec<AnyState>;
    /// The actions that are enabled in a state, and those that panic.
    fn actions(&self, state: &AnyState) -> Vec<AnyAction>;
    /// The state after an action, if that is enabled.
    fn next(&self, state: &AnyState, action: &AnyAction) -> Option<AnyState>;
    /// Whether a state is explored.
    fn is_within(&self, state: &AnyState) -> bool;
    /// One state for all that are the same up to symmetry.
    fn representative(&self, state: AnyState) -> AnyState;
    /// An action as people read it.
    fn format(&self, action: &AnyAction) -> String;
    /// A step as the Explorer shows it.
    fn describe(&self, state: &AnyState, action: &AnyAction) -> Option<String>;
    /// What there is to say of a step; of a state alone, if no action is given.
    fn tell(&self, state: &AnyState, action: Option<&AnyAction>) -> Option<Told>;
    /// A state by its variables, a line each.
    fn show(&self, state: &AnyState) -> Vec<String>;
    /// The actions that are offered in a state and cannot be taken, each with the conjunct of its guard that is false, where
    /// the model can tell.
    fn disabled(&self, state: &AnyState) -> Vec<(String, Option<String>)>;
    /// A picture of a state, as SVG.
    fn draw(&self, state: &AnyState) -> Option<String>;
    /// The names of the invariants that the model states.
    fn invariants(&self) -> Vec<Name>;
    /// Whether the invariant of that index holds in a state. One that panics does not.
    fn holds(&self, index: usize, state: &AnyState) -> bool;
    /// Whether the code panicked on the way to this state, or panics when it is asked for its actions.
    fn panics(&self, state: &AnyState) -> bool;
}

/// A model with the invariants that it states.
struct Typed<M: Checkable> {
    model: Arc<M>,
    show: Arc<Show<M::State>>,
    /// The laws that are asked, whatever they are about.
    asked: Vec<Name>,
    invariants: Vec<Law<M>>,
}

impl<M: Checkable> Steps for Typed<M> {
    fn initial(&self) -> Vec<AnyState> {
        match guarded(|| self.model.init_states()) {
            Ok(states) => states.into_iter().map(|state| AnyState::of(state, &self.show)).collect(),
            Err(panic) => vec![AnyState::panicked(&panic)],
        }
    }

    // Only those that can be taken: the Explorer's addresses are made of indices into this list, and a
    // step that cannot be taken would have the address of another state.
    fn actions(&self, state: &AnyState) -> Vec<AnyAction> {
        let offered = state.get().and_then(|state| Some((state, self.offered(state).ok()?)));
        let Some((state, mut actions)): Option<(&M::State, Vec<M::Action>)> = offered else {
            return Vec::new();
        };
        actions.retain(|action| {
            // A panic is a step that can be taken, to its own kind of state.
            guarded(|| self.model.next_state(state, action.clone())).map_or(true, |it| it.is_some())
        });
        actions.into_iter().map(|action| AnyAction(Arc::new(Action(action)))).collect()
    }

    fn next(&self, state: &AnyState, action: &AnyAction) -> Option<AnyState> {
        let action: M::Action = action.get().cloned()?;
        let state = state.get()?;
        match guarded(|| self.model.next_state(state, action)) {
            Ok(next) => next.map(|state| AnyState::of(state, &self.show)),
            Err(panic) => Some(AnyState::panicked(&panic)),
        }
    }

    fn is_within(&self, state: &AnyState) -> bool {
        state.is_panicked() || state.get().is_some_and(|state| self.model.within_boundary(state))
    }

    fn representative(&self, state: AnyState) -> AnyState {
        match state.get() {
            Some(typed) if self.model.has_symmetry() => {
                AnyState::of(self.model.representative(typed), &self.show)
            }
            _ => state,
        }
    }

    fn format(&self, action: &AnyAction) -> String {
        action.get().map_or_else(String::new, |action| self.model.format_action(action))
    }

    fn describe(&self, state: &AnyState, action: &AnyAction) -> Option<String> {
        let (state, action) = (state.get()?, action.get()?);
        guarded(|| describe_step(&*self.model, &self.asked, state, action))
            .unwrap_or_else(|panic| Some(panic.to_string()))
    }

    fn tell(&self, state: &AnyState, action: Option<&AnyAction>) -> Option<Told> {
        let state = state.get()?;
        let action = match action {
            Some(action) => Some(action.get()?),
            None => None,
        };
        guarded(|| tell(&*self.model, &self.asked, state, action)).unwrap_or_else(|panic| {
            let fails = vec![(NO_PANIC.into(), vec![panic.to_string()])];
            Some(Told { changes: Vec::new(), performs: None, fails })
        })
    }

    fn show(&self, state: &AnyState) -> Vec<String> {
        let Some(typed) = state.get() else { return vec![format!("{state:?}")] };
        (self.show)(typed)
    }

    fn disabled(&self, state: &AnyState) -> Vec<(String, Option<String>)> {
        let Some(state) = state.get() else { return Vec::new() };
        let offered = self.offered(state).unwrap_or_default().into_iter();
        let why = |action: M::Action| {
            guarded(|| {
                let is_disabled = self.model.next_state(state, action.clone()).is_none();
                let why =
                    || (self.model.format_action(&action), self.model.why_disabled(state, &action));
                is_disabled.then(why)
            })
            .ok()
            .flatten()
        };
        offered.filter_map(why).collect()
    }

    fn draw(&self, state: &AnyState) -> Option<String> {
        let state = state.get()?;
        guarded(|| self.model.picture(state)).ok().flatten()
    }

    fn invariants(&self) -> Vec<Name> {
        self.invariants.iter().map(|law| law.name.clone()).collect()
    }

    fn holds(&self, index: usize, state: &AnyState) -> bool {
        match (self.invariants.get(index), state.get()) {
            (Some(law), Some(state)) => {
                guarded(|| !law.violated_in(&*self.model, state)).unwrap_or(false)
            }
            _ => true,
        }
    }

    fn panics(&self, state: &AnyState) -> bool {
        state.is_panicked() || state.get().is_some_and(|state| self.offered(state).is_err())
    }
}

impl<M: Checkable> Typed<M> {
    fn offered(&self, state: &M::State) -> Result<Vec<M::Action>, Panic> {
        guarded(|| self.model.offered(state))
    }
}

/// The steps of a model, without its types, and of its laws those that are asked.
pub fn steps<M: Checkable>(model: M, goals: &Goals) -> Box<dyn Steps> {
    let asked = goals.names(&model);
    let mut invariants = invariants(&model);
    invariants.retain(|law| asked.contains(&law.name));
    let model = Arc::new(model);
    let shown = model.clone();
    let show = move |state: &M::State| {
        guarded(|| show(&shown.view(state))).unwrap_or_else(|panic| vec![panic.to_string()])
    };
    Box::new(Typed { model, show: Arc::new(show), asked, invariants })
}

/// The path of a trace in the Explorer: of its states, the index of the first among the initial ones, then
/// of each step among those that can be taken. None if the model has no such steps.
pub fn path<M: Checkable>(model: &M, trace: &Trace) -> Option<String> {
    guarded(|| {
        let states = trace.states(model).ok()?;
        let first = model.init_states().iter().position(|state| Some(state) == states.first())?;
        let mut path = first.to_string();
        for (pair, step) in states.windows(2).zip(&trace.steps[1..]) {
            let is_it = |(action, next): &(M::Action, M::State)| {
                *next == pair[1] && Some(model.format_action(action)) == step.action
            };
            let index = model.next_steps(&pair[0]).iter().position(is_it)?;
            path = format!("{path}/{index}");
        }
        Some(path)
    })
    .ok()
    .flatten()
}

/// What is asked of a model and not judged by the Explorer: all but invariants.
pub fn unjudged<M: Checkable>(model: &M, goals: &Goals) -> Vec<Name> {
    let judged = invariants(model);
    let of_the_whole = model.asked_of_the_whole();
    let is_judged =
        |name: &Name| judged.iter().any(|law| law.name == *name) && !of_the_whole.contains(name);
    let names = goals.names(model);
    let unnamed = of_the_whole.iter().filter(|name| !names.contains(name));
    names.iter().filter(|name| !is_judged(name)).chain(unnamed).cloned().collect()
}

fn invariants<M: Checkable>(model: &M) -> Vec<Law<M>> {
    let laws = model.laws().into_iter();
    laws.filter(|law| matches!(law.claim, Claim::Invariant { .. })).collect()
}
