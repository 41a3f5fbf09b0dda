//! The port of `MultiPaxos.cfg`, for our search and for Stateright's.

use std::sync::Arc;

use mitregate::check::{Goals, Model as _};
use mitregate::gate::{AnySystem as _, Layer, Loaded, System as _};
use mitregate_models::multi_paxos::spec::{Action, State};
use mitregate_models::multi_paxos::{MultiPaxos, Spec, laws};
use stateright::Property;

/// The spec's port, and what the configuration asks of it.
#[allow(dead_code)] // the bench `growth` has configurations of its own
pub(crate) fn spec() -> (Spec, Goals) {
    let system = Loaded::new(MultiPaxos).expect("the table is fine");
    let scenario = system.scenario("multi_paxos").expect("the table has it");
    let source = system.source(scenario).expect("its configuration is read");
    let constants = MultiPaxos.constants(&source).expect("its constants are fine");
    let prepared = scenario.prepare(&source, Layer::Spec).expect("the port has all of it");
    (MultiPaxos.spec(&Arc::new(constants), None), prepared.goals)
}

/// The same as a model of Stateright's, with the invariants of the configuration and no others. It has the types
/// of the port: `mitregate::explorer` hides them, which costs time and memory.
pub(crate) struct Theirs(pub(crate) Spec);

impl stateright::Model for Theirs {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        self.0.init_states()
    }

    fn actions(&self, state: &State, actions: &mut Vec<Action>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.0.next_state(state, action)
    }

    fn properties(&self) -> Vec<Property<Self>> {
        vec![
            Property::always("TypeOK", |it, state| laws::type_ok(&it.0, state)),
            Property::always("Agreement", |it, state| laws::agreement(&it.0, state)),
            Property::always("Validity", |it, state| laws::validity(&it.0, state)),
            Property::always("Consistency", |it, state| laws::consistency(&it.0, state)),
            Property::always("PromiseIntegrity", |it, state| laws::promise_integrity(&it.0, state)),
        ]
    }

    fn within_boundary(&self, state: &State) -> bool {
        self.0.within_boundary(state)
    }
}
