//! Looks for a shortest path of the spec to something.

use stateright::Model;

use mitregate::check::trace::walk;
use mitregate::check::{Checkable, Law, Options, explore};
use crate::canal_lock::labels::Step;
use crate::canal_lock::spec::{Spec, State};
use mitregate::tla::value::Value;

/// What is looked for.
#[derive(Clone, Copy)]
pub(super) enum Wanted {
    /// A state.
    State(fn(&Spec, &State) -> bool),
    /// A state without successors.
    Deadlock,
}

/// States, each with the step that led to it.
pub(super) type Path = Vec<(Option<Step>, State)>;

/// A shortest path; none if there is none.
pub(super) fn search(spec: Spec, wanted: Wanted, options: &Options<'_>) -> Option<Path> {
    let search = Search { spec, wanted };
    let graph = explore(&search, options);
    let found = match wanted {
        Wanted::State(_) => graph.findings.first().and_then(|finding| finding.violation),
        Wanted::Deadlock => graph.deadlock,
    };
    Some(walk(&search, &graph.path_to(found?.place)))
}

/// The spec, with a law that fails where what is looked for is found.
struct Search {
    spec: Spec,
    wanted: Wanted,
}

impl Model for Search {
    type State = State;
    type Action = Step;

    fn init_states(&self) -> Vec<State> {
        self.spec.init_states()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Step>) {
        self.spec.actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Step) -> Option<State> {
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

    fn classes(&self) -> Vec<&'static str> {
        self.spec.classes()
    }

    fn class(&self, action: &Step) -> usize {
        self.spec.class(action)
    }

    fn view(&self, state: &State) -> Value {
        self.spec.view(state)
    }

    fn deadlock_is_violation(&self) -> bool {
        matches!(self.wanted, Wanted::Deadlock)
    }
}
