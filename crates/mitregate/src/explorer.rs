//! Stateright beside the checker: our models in its Explorer and in its searches.
//!
//! [`Stateright`] makes a model of ours one of Stateright's. Stateright's own types, such as its actors and
//! networks, are under [`mitregate::stateright`](crate::stateright), so that a user needs no dependency of
//! that name.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::SocketAddr;

use stateright::{Checker, Model as _, Path, Property};

use crate::check::replay::violates;
use crate::check::{Checkable, Claim, Law};
use crate::tla::value::{self, Change, Value};

/// A model of ours as a model of Stateright's. Its properties are the invariants that the model states.
pub struct Stateright<M: Checkable> {
    model: M,
    invariants: Vec<Law<M>>,
}

/// Stateright's properties are plain functions, which cannot know of which law they are. So there is one
/// for each of so many indices; the last takes all laws from there on.
const SHOWN: usize = 32;

impl<M: Checkable> Stateright<M> {
    /// The model.
    pub fn new(model: M) -> Stateright<M> {
        let laws = model.laws().into_iter();
        let invariants = laws.filter(|law| matches!(law.claim, Claim::Invariant { .. })).collect();
        Stateright { model, invariants }
    }

    fn holds<const INDEX: usize>(&self, state: &M::State) -> bool {
        let laws = self.invariants.iter().skip(INDEX);
        let mut laws = laws.take(if INDEX + 1 == SHOWN { usize::MAX } else { 1 });
        laws.all(|law| !law.violated_in(&self.model, state))
    }
}

/// The functions [`Stateright::holds`] of all indices.
macro_rules! holds_by_index {
    ($($index:literal)*) => { [$(Self::holds::<$index>),*] };
}

impl<M: Checkable> stateright::Model for Stateright<M> {
    type State = M::State;
    type Action = M::Action;

    fn init_states(&self) -> Vec<M::State> {
        self.model.init_states()
    }

    fn actions(&self, state: &M::State, actions: &mut Vec<M::Action>) {
        self.model.actions(state, actions);
    }

    fn next_state(&self, state: &M::State, action: M::Action) -> Option<M::State> {
        self.model.next_state(state, action)
    }

    fn format_action(&self, action: &M::Action) -> String {
        self.model.format_action(action)
    }

    fn format_step(&self, state: &M::State, action: M::Action) -> Option<String> {
        describe_step(&self.model, state, &action)
    }

    /// The invariants. Stateright stops early when every property has been decided, so a property that
    /// always holds is added where there is no invariant.
    fn properties(&self) -> Vec<Property<Self>> {
        let conditions: [fn(&Self, &M::State) -> bool; SHOWN] = holds_by_index!(
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
        );
        let names = self.invariants.iter().map(|law| match &law.name {
            Cow::Borrowed(name) => *name,
            // A name for each invariant of a model that is served until the process ends.
            Cow::Owned(name) => String::leak(name.clone()),
        });
        let mut properties: Vec<_> =
            names.zip(conditions).map(|(name, holds)| Property::always(name, holds)).collect();
        if properties.is_empty() {
            properties.push(Property::always("Explored", |_, _| true));
        }
        properties
    }

    fn within_boundary(&self, state: &M::State) -> bool {
        self.model.within_boundary(state)
    }

    fn as_svg(&self, path: Path<M::State, M::Action>) -> Option<String> {
        self.model.picture(path.last_state())
    }
}

/// Serves a model in Stateright's Explorer until the process ends.
pub fn serve<M: Checkable>(model: M, address: SocketAddr) {
    Stateright::new(model).checker().serve(address);
}

/// How many unique states Stateright's own search finds: depth-first, or else breadth-first. States are
/// replaced by their representatives where the model has a symmetry.
pub fn count<M: Checkable>(model: M, depth_first: bool) -> usize {
    let checker = Exhaustive(model).checker().threads(rayon::current_num_threads());
    if depth_first {
        checker.spawn_dfs().join().unique_state_count()
    } else {
        checker.spawn_bfs().join().unique_state_count()
    }
}

/// A state that Stateright's search compares by its representative.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Canonical<S>(S);

/// A model that Stateright searches to the end, up to symmetry: its properties do not stop it early.
struct Exhaustive<M>(M);

impl<M: Checkable> Exhaustive<M> {
    fn canonical(&self, state: M::State) -> Canonical<M::State> {
        Canonical(if self.0.has_symmetry() { self.0.representative(&state) } else { state })
    }
}

impl<M: Checkable> stateright::Model for Exhaustive<M> {
    type State = Canonical<M::State>;
    type Action = M::Action;

    fn init_states(&self) -> Vec<Self::State> {
        self.0.init_states().into_iter().map(|state| self.canonical(state)).collect()
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<M::Action>) {
        self.0.actions(&state.0, actions);
    }

    fn next_state(&self, state: &Self::State, action: M::Action) -> Option<Self::State> {
        Some(self.canonical(self.0.next_state(&state.0, action)?))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("Explored", |_, _| true)]
    }

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.0.within_boundary(&state.0)
    }
}

/// A step as the Explorer shows it: what it changed, which laws fail after it and why, and then the
/// whole state.
fn describe_step<M: Checkable>(model: &M, state: &M::State, action: &M::Action) -> Option<String> {
    let next = model.next_state(state, action.clone())?;
    let (before, after) = (model.view(state), model.view(&next));
    let mut lines: Vec<_> = value::diff(&before, &after).iter().map(ToString::to_string).collect();
    if lines.is_empty() {
        lines.push("nothing changes".to_owned());
    }
    for law in model.laws() {
        if violates(model, &law.name, Some(state), &next) {
            lines.push(String::new());
            lines.push(format!("{} fails", law.name));
            lines.extend(model.explain(&law.name, Some((state, action)), &next));
        }
    }
    lines.push(String::new());
    let start = Value::Fun(BTreeMap::new());
    for Change { path, after, .. } in value::diff(&start, &after) {
        lines.extend(after.map(|value| format!("{path} = {value}")));
    }
    Some(lines.join("\n"))
}
