//! The queues and variables that a controller uses, and the conditions that it waits for.
//!
//! They are measured: the system is explored with laws that always hold, and the witness of each
//! tells whether its condition is reachable. States after a ship has moved through a closed door
//! are not explored.

use mitregate::check::{Checkable, Law, Model, Name};
use mitregate::tla::value::Value;
use mitregate_models::canal_lock::labels::{Label, Process, ProcessStep};
use mitregate_models::canal_lock::laws;
use mitregate_models::canal_lock::system::{System, SystemState};

/// A system whose uses are measured.
#[derive(Clone, Debug)]
pub struct Watched(pub System);

/// A use: its name, its kind and its condition.
pub struct Use {
    /// The name in reports.
    pub name: &'static str,
    /// Its kind.
    pub kind: Kind,
    /// Whether the condition holds in a state.
    is_so: fn(&Watched, &SystemState) -> bool,
}

/// A kind of use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A request waits in this queue.
    Queue,
    /// This variable, which other controllers do not use, differs from its initial value.
    Variable,
    /// The controller waits for this, which is neither a request nor the machinery of a lock.
    Wait,
}

/// All uses.
pub const USES: [Use; 9] = [
    Use {
        name: "requests",
        kind: Kind::Queue,
        is_so: |_, state| !state.stands_for.controllers.requests.is_empty(),
    },
    Use {
        name: "retryQueue",
        kind: Kind::Queue,
        is_so: |_, state| !state.stands_for.controllers.retry_queue.is_empty(),
    },
    Use {
        name: "entryRequests",
        kind: Kind::Queue,
        is_so: |_, state| !state.stands_for.controllers.entry_requests.is_empty(),
    },
    Use {
        name: "exitRequests",
        kind: Kind::Queue,
        is_so: |_, state| !state.stands_for.controllers.exit_requests.is_empty(),
    },
    Use {
        name: "retryCount",
        kind: Kind::Variable,
        is_so: |_, state| state.stands_for.controllers.retry_count.iter().any(|&count| count > 0),
    },
    Use {
        name: "lockBusy, lockOwner",
        kind: Kind::Variable,
        is_so: |_, state| state.stands_for.controllers.lock_owner.iter().any(Option::is_some),
    },
    Use {
        name: "served",
        kind: Kind::Variable,
        is_so: |_, state| {
            state.stands_for.controllers.keepers.iter().any(|keeper| keeper.ship.is_some())
        },
    },
    Use {
        name: "room",
        kind: Kind::Wait,
        is_so: |watched, state| waits_at(watched, state, Label::ControlDecideGrantOrRetry),
    },
    Use {
        name: "the ship's move",
        kind: Kind::Wait,
        is_so: |watched, state| {
            waits_at(watched, state, Label::ControlWaitForShipMovement)
                || waits_at(watched, state, Label::KeeperWaitForShipMovement)
        },
    },
];

/// Whether a controller or keeper is at a label from which it cannot go on now.
fn waits_at(Watched(system): &Watched, state: &SystemState, label: Label) -> bool {
    let spec = &state.stands_for;
    let control = (spec.controllers.control.pc == label).then_some(Process::Control);
    let keepers = (0..).zip(&spec.controllers.keepers).filter(|(_, keeper)| keeper.pc == label);
    let processes = control.into_iter().chain(keepers.map(|(lock, _)| Process::Keeper(lock)));
    let mut steps = processes.map(|process| ProcessStep { process, label });
    state.complaint.is_none() && steps.any(|step| system.next_state(state, step).is_none())
}

impl Model for Watched {
    type State = SystemState;
    type Action = ProcessStep;

    fn init_states(&self) -> Vec<SystemState> {
        self.0.init_states()
    }

    fn actions(&self, state: &SystemState, actions: &mut Vec<ProcessStep>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &SystemState, action: ProcessStep) -> Option<SystemState> {
        self.0.next_state(state, action)
    }

    fn within_boundary(&self, state: &SystemState) -> bool {
        state.complaint.is_none()
            && laws::door_open_when_moving(&self.0.constants, &state.stands_for)
    }
}

impl Checkable for Watched {
    fn laws(&self) -> Vec<Law<Self>> {
        USES.iter().map(|it| Law::invariant(it.name, |_, _| true, it.is_so)).collect()
    }

    fn action_names(&self) -> Vec<Name> {
        self.0.action_names()
    }

    fn action_name(&self, action: &ProcessStep) -> usize {
        self.0.action_name(action)
    }

    fn view(&self, state: &SystemState) -> Value {
        self.0.view(state)
    }
}
