//! Stateright beside the checker: our models in its Explorer and in its searches.
//!
//! [`Stateright`] makes a model of ours one of Stateright's. It hides the types of states and actions, so
//! that Stateright's searches and its web server are compiled once and not for each model. Stateright's own
//! types, such as its actors and networks, are under [`mitregate::stateright`](crate::stateright), so that a
//! user needs no dependency of that name.

mod any;
mod page;
mod steps;
mod telling;

use std::borrow::Cow;
use std::net::SocketAddr;
use std::panic;

use stateright::{Checker, Model as _, Path, Property};

pub use any::{AnyAction, AnyState, Hidden};
pub use page::Remarks;
pub use steps::{Steps, path, steps, unjudged};
pub use telling::Told;

use crate::check::{Checkable, Goals, NO_PANIC};

/// A model of ours as a model of Stateright's. Its properties are the invariants that the model states, and
/// that the code does not panic.
pub struct Stateright {
    steps: Box<dyn Steps>,
    invariants: usize,
    remarks: Remarks,
}

/// Stateright's properties are plain functions, which cannot know of which law they are. So there is one
/// for each of so many indices; the last takes all laws from there on.
const SHOWN: usize = 32;

impl Stateright {
    /// The model.
    pub fn new<M: Checkable>(model: M) -> Stateright {
        Stateright::of(steps(model, &Goals::all()))
    }

    /// The model whose steps these are.
    pub fn of(steps: Box<dyn Steps>) -> Stateright {
        let remarks = Remarks::default();
        Stateright { invariants: steps.invariants().len(), steps, remarks }
    }

    fn holds<const INDEX: usize>(&self, state: &AnyState) -> bool {
        let last = if INDEX + 1 == SHOWN { self.invariants } else { INDEX + 1 };
        (INDEX..last).all(|index| self.steps.holds(index, state))
    }
}

/// The functions [`Stateright::holds`] of all indices.
macro_rules! holds_by_index {
    ($($index:literal)*) => { [$(Self::holds::<$index>),*] };
}

impl stateright::Model for Stateright {
    type State = AnyState;
    type Action = AnyAction;

    fn init_states(&self) -> Vec<AnyState> {
        self.steps.initial()
    }

    fn actions(&self, state: &AnyState, actions: &mut Vec<AnyAction>) {
        actions.extend(self.steps.actions(state));
    }

    fn next_state(&self, state: &AnyState, action: AnyAction) -> Option<AnyState> {
        self.steps.next(state, &action)
    }

    fn format_action(&self, action: &AnyAction) -> String {
        self.steps.format(action)
    }

    fn format_step(&self, state: &AnyState, action: AnyAction) -> Option<String> {
        self.steps.describe(state, &action)
    }

    /// The invariants, and that nothing panics. Stateright stops early when every property has been
    /// decided: the latter is there where the model states no invariant.
    fn properties(&self) -> Vec<Property<Self>> {
        let conditions: [fn(&Self, &AnyState) -> bool; SHOWN] = holds_by_index!(
            0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31
        );
        let names = self.steps.invariants().into_iter().map(|name| match name {
            Cow::Borrowed(name) => name,
            // A name for each invariant of a model that is served until the process ends.
            Cow::Owned(name) => String::leak(name),
        });
        let invariants = names.zip(conditions).map(|(name, holds)| Property::always(name, holds));
        let no_panic = Property::always(NO_PANIC, |model: &Self, state| !model.steps.panics(state));
        invariants.chain([no_panic]).collect()
    }

    fn within_boundary(&self, state: &AnyState) -> bool {
        self.steps.is_within(state)
    }

    fn as_svg(&self, path: Path<AnyState, AnyAction>) -> Option<String> {
        Some(page::above(&self.remarks, self.steps.draw(path.last_state()).as_deref()))
    }
}

/// Serves a model in Stateright's Explorer until the process ends. Remarks may come while it is served.
///
/// Sets a panic hook that is silent about panics inside of the web server: it panics on connections that are
/// reset before it has looked at them, in a thread of their own, and goes on.
pub fn serve(steps: Box<dyn Steps>, address: SocketAddr, remarks: Remarks) {
    let before = panic::take_hook();
    panic::set_hook(Box::new(move |info| {
        if !info.location().is_some_and(|at| at.file().contains("tiny_http")) {
            before(info);
        }
    }));
    Stateright { remarks, ..Stateright::of(steps) }.checker().serve(address);
}

/// How many unique states Stateright's own search finds: depth-first, or else breadth-first. States are
/// replaced by their representatives where the model has a symmetry.
pub fn count(steps: Box<dyn Steps>, depth_first: bool) -> usize {
    let checker = Exhaustive(steps).checker().threads(rayon::current_num_threads());
    if depth_first {
        checker.spawn_dfs().join().unique_state_count()
    } else {
        checker.spawn_bfs().join().unique_state_count()
    }
}

/// A model that Stateright searches to the end, up to symmetry: its properties do not stop it early.
struct Exhaustive(Box<dyn Steps>);

impl stateright::Model for Exhaustive {
    type State = AnyState;
    type Action = AnyAction;

    fn init_states(&self) -> Vec<AnyState> {
        self.0.initial().into_iter().map(|state| self.0.representative(state)).collect()
    }

    fn actions(&self, state: &AnyState, actions: &mut Vec<AnyAction>) {
        actions.extend(self.0.actions(state));
    }

    fn next_state(&self, state: &AnyState, action: AnyAction) -> Option<AnyState> {
        self.0.next(state, &action).map(|next| self.0.representative(next))
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![Property::always("Explored", |_, _| true)]
    }

    fn within_boundary(&self, state: &AnyState) -> bool {
        self.0.is_within(state)
    }
}
