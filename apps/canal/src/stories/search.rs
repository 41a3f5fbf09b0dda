//! Searches for a shortest path of the spec to a goal.

use mitregate::check::trace::walk;
use mitregate::check::{
    BreadthFirst, Checkable, Engine as _, Expander, Goals, Law, Model, Name, Options,
};
use mitregate::tla::value::Value;
use mitregate_models::canal_lock::labels::ProcessStep;
use mitregate_models::canal_lock::spec::{Spec, State};

/// The goal of a search.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// A state.
    State(fn(&Spec, &State) -> bool),
    /// A state without successors.
    Deadlock,
}

/// States, each with the step that led to it.
pub(super) type Path = Vec<(Option<ProcessStep>, State)>;

/// A shortest path to the goal, if there is one.
pub(super) fn search(spec: Spec, wanted: Wanted, options: &Options<'_>) -> Option<Path> {
    let search = Search { spec, wanted };
    let goals = Goals { deadlock: matches!(wanted, Wanted::Deadlock), ..Goals::all() };
    let graph = BreadthFirst.explore(&Expander::new(&search, &goals).ok()?, options);
    let found = match wanted {
        Wanted::State(_) => graph.notes.findings.first().and_then(|finding| finding.violation),
        Wanted::Deadlock => graph.notes.deadlock,
    };
    Some(walk(&search, &graph.path_to(found?.place)))
}

/// The spec, with a law that fails at the goal.
struct Search {
    spec: Spec,
    wanted: Wanted,
}

impl Model for Search {
    type State = State;
    type Action = ProcessStep;

    fn init_states(&self) -> Vec<State> {
        self.spec.init_states()
    }

    fn actions(&self, state: &State, actions: &mut Vec<ProcessStep>) {
        self.spec.actions(state, actions);
    }

    fn next_state(&self, state: &State, action: ProcessStep) -> Option<State> {
        self.spec.next_state(state, action)
    }
}

impl Checkable for Search {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![Law::invariant(
            "NotWanted",
            |search: &Self, state| match search.wanted {
                Wanted::State(wanted) => !wanted(&search.spec, state),
                Wanted::Deadlock => true,
            },
            |_, _| true,
        )]
    }

    fn action_names(&self) -> Vec<Name> {
        self.spec.action_names()
    }

    fn action_name(&self, action: &ProcessStep) -> usize {
        self.spec.action_name(action)
    }

    fn view(&self, state: &State) -> Value {
        self.spec.view(state)
    }
}
