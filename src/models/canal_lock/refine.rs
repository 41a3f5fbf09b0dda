//! How the real controller refines `lock_multiple`: each of its steps is the step of that name.

use std::borrow::Cow;

use super::constants::Constants;
use super::labels::{Label, ProcessStep};
use super::plant::Request;
use super::spec::{Control, Controllers, Keeper, Spec, State};
use super::system::{System, SystemState, index, lock_id, ship_id, worker};
use mitregate::check::miter::{Answer, Refinement};
use mitregate_canal_lock as code;
use mitregate_canal_lock::{AnyController, Controller, Keepers};

/// Connects the system with the spec.
#[derive(Clone, Copy, Debug)]
pub struct CanalRefinement;

impl Refinement for CanalRefinement {
    type Code = System;
    type Spec = Spec;

    fn project<'a>(&self, _: &System, state: &'a SystemState) -> Cow<'a, State> {
        Cow::Borrowed(&state.stands_for)
    }

    fn spec_actions(
        &self,
        _: &System,
        _: &SystemState,
        step: &ProcessStep,
        _: &SystemState,
    ) -> Vec<ProcessStep> {
        vec![*step]
    }

    /// Asks a controller or keeper to take a step while it must wait. Locks and ships are not real
    /// code.
    fn request(&self, system: &System, state: &SystemState, request: &ProcessStep) -> Answer {
        let Some(worker) = worker(request.process) else { return Answer::NotAsked };
        let mut controller = state.controller.get().clone();
        // By what its sensors say, as when it takes a step.
        let sensors = system.sensors(state.plant());
        match controller.step(&system.constants.canal, worker, &sensors) {
            Ok(code::Step::Taken { label, effects }) => Answer::Granted(format!(
                "it takes the step {}, with {} effects",
                worker.spec_name(label),
                effects.len()
            )),
            Ok(code::Step::Waiting { .. }) | Err(_) if controller == *state.controller => {
                Answer::Refused
            }
            Ok(code::Step::Waiting { .. }) | Err(_) => {
                Answer::Granted("it says that it waits, but its state has changed".to_owned())
            }
        }
    }
}

/// The spec's variables that a real controller stands for: all but those of locks and ships.
pub fn controllers(constants: &Constants, controller: &AnyController) -> Controllers {
    let requests = requests(controller.requests());
    let state = Controllers { requests, ..Controllers::at_start(constants) };
    match controller {
        AnyController::Sequential(controller) => sequential(constants, controller, state),
        AnyController::Keepers(keepers) => with_keepers(constants, keepers, state),
    }
}

fn sequential(constants: &Constants, controller: &Controller, state: Controllers) -> Controllers {
    let registers = controller.registers();
    let control = Control {
        pc: label(code::Worker::Controller, controller.label()),
        req: request(registers.request),
        target_loc: u8::try_from(registers.target.number()).unwrap_or(u8::MAX),
        grant: registers.granted,
    };
    let count = |ship| u8::try_from(controller.retry_count(ship_id(ship))).unwrap_or(u8::MAX);
    let owner = |lock| {
        let lock = lock_id(lock);
        let owner = controller.lock_owner(lock).map(|ship| index(ship.0));
        owner.filter(|_| controller.is_lock_busy(lock))
    };
    Controllers {
        control,
        retry_queue: requests(controller.retry_queue()),
        entry_requests: requests(controller.entry_requests()),
        exit_requests: requests(controller.exit_requests()),
        retry_count: constants.ship_indices().map(count).collect(),
        lock_owner: constants.lock_indices().map(owner).collect(),
        ..state
    }
}

fn with_keepers(constants: &Constants, keepers: &Keepers, state: Controllers) -> Controllers {
    let keeper = |lock| {
        let id = lock_id(lock);
        let worker = code::Worker::Keeper(id);
        let serving = keepers.serving(id).map(|registers| registers.request);
        Keeper {
            pc: keepers.label(id).map_or(Label::KeeperTakeRequest, |it| label(worker, it)),
            ship: serving.map(|request| index(request.ship.0)),
            side: serving.map_or(code::Side::West, |request| request.side),
        }
    };
    Controllers { keepers: constants.lock_indices().map(keeper).collect(), ..state }
}

/// The spec's label of a worker. A label that the spec lacks becomes a lock's label, at which no
/// worker of the spec ever is, so the miter reports it.
fn label(worker: code::Worker, label: code::Label) -> Label {
    Label::named(&worker.spec_name(label)).unwrap_or(Label::LockWaitForCommand)
}

fn requests(queue: &[code::Request]) -> Vec<Request> {
    queue.iter().copied().map(request).collect()
}

fn request(request: code::Request) -> Request {
    Request { ship: index(request.ship.0), lock: index(request.lock.0), side: request.side }
}
