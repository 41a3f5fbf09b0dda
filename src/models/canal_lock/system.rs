//! The real controller in its environment: the spec's locks and ships.
//!
//! A step of a controller is one call of `AnyController::step` with the sensors as they are; its effects
//! are carried out in the same step. A ship's request is one call of `AnyController::request`.

use serde::{Deserialize, Serialize};

use std::sync::Arc;

use super::constants::Constants;
use super::faults::{Fault, PlantFault};
use super::labels::{Process, ProcessStep};
use super::plant::{Part, Plant, Request};
use super::spec::{Controllers, State};
use super::{laws, refine, words};
use mitregate::check::{Checkable, Codec, Fairness, Interned, Law, Memo, Model, Name};
use mitregate::tla::value::Value;
use mitregate_canal_lock as code;
use mitregate_canal_lock::{AnyController, Interlock, Level, Opening, Side};

/// The environment, apart from the constants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Environment {
    /// Whether every command passes the real interlock.
    pub interlock: bool,
    /// The fault of the spec, if any.
    pub spec_fault: Option<Fault>,
    /// The fault of the plant, if any.
    pub fault: Option<PlantFault>,
}

/// The system: the real controller, its canal, and the environment.
#[derive(Clone, Debug)]
pub struct System {
    /// The constants and options of the configuration.
    pub constants: Arc<Constants>,
    /// The environment.
    pub environment: Environment,
    /// What a controller stands for.
    refined: Arc<Memo<Constants, Interned<AnyController>, Interned<Controllers>>>,
}

/// An error of the real code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Complaint {
    /// A request was refused.
    Request(code::RequestError),
    /// A step was refused because of what the sensors said.
    Step(code::StepError),
    /// The interlock refused a command.
    Interlock,
}

/// A state: the real controller and the plant.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SystemState {
    /// The real controller. One value of it is in some forty states.
    pub controller: Interned<AnyController>,
    /// Set when the real code reports an error; such a state has no successors.
    pub complaint: Option<Interned<Complaint>>,
    /// The spec's state that this one stands for. Its plant is the system's plant; the rest is
    /// computed from the controller.
    pub stands_for: State,
}

impl SystemState {
    /// Locks and ships.
    pub fn plant(&self) -> &Plant {
        &self.stands_for.plant
    }
}

impl Environment {
    /// The environment in words, for reports; empty for the default.
    pub fn words(self) -> String {
        let interlock = self.interlock.then(|| "interlock".to_owned());
        let fault = self.fault.map(|fault| format!("fault {fault:?}"));
        interlock.into_iter().chain(fault).collect::<Vec<_>>().join(", ")
    }
}

impl System {
    /// The system of a configuration.
    pub fn new(constants: Arc<Constants>, environment: Environment) -> System {
        let refined = Memo::new(|constants, controller: Interned<AnyController>| {
            Interned::new(refine::controllers(constants, &controller))
        });
        System { constants, environment, refined: Arc::new(refined) }
    }

    fn step(&self, state: &SystemState, step: ProcessStep) -> Option<SystemState> {
        if state.complaint.is_some() || state.stands_for.label(step.process) != step.label {
            return None;
        }
        let State { plant, controllers } = &state.stands_for;
        // A step of the environment leaves the controller as it is.
        let beside = |plant| SystemState {
            stands_for: State { plant, controllers: *controllers },
            ..*state
        };
        match step.process {
            Process::Lock(lock) => plant.step_lock(lock).map(beside),
            Process::Ship(ship) => {
                let (plant, request) = plant.step_ship(&self.constants, ship)?;
                Some(match request {
                    Some(request) => self.ask(&state.controller, plant, request),
                    None => beside(plant),
                })
            }
            Process::Control | Process::Keeper(_) => {
                self.control(&state.controller, plant, step.process)
            }
        }
    }

    /// The state with a controller and a plant.
    fn state(
        &self,
        controller: AnyController,
        plant: Plant,
        complaint: Option<Complaint>,
    ) -> SystemState {
        let controller = Interned::new(controller);
        let controllers = self.refined.get(&self.constants, controller);
        let complaint = complaint.map(Interned::new);
        SystemState { controller, complaint, stands_for: State { plant, controllers } }
    }

    /// The state after a ship's request has been put to the real controller.
    fn ask(&self, controller: &AnyController, plant: Plant, request: Request) -> SystemState {
        let mut controller = controller.clone();
        let request = code::Request {
            ship: ship_id(request.ship),
            lock: lock_id(request.lock),
            side: request.side,
        };
        let refused = controller.request(&self.constants.canal, &self.sensors(&plant), request);
        self.state(controller, plant, refused.err().map(Complaint::Request))
    }

    /// The state after a step of the real controller; none if it waits.
    fn control(
        &self,
        before: &AnyController,
        plant: &Plant,
        process: Process,
    ) -> Option<SystemState> {
        let worker = worker(process)?;
        let canal = &self.constants.canal;
        let mut controller = before.clone();
        let step = match controller.step(canal, worker, &self.sensors(plant)) {
            Ok(step) => step,
            Err(error) => {
                return Some(self.state(controller, plant.clone(), Some(Complaint::Step(error))));
            }
        };
        // The interlock has sensors of its own.
        if self.environment.interlock
            && Interlock.check_effects(canal, step.effects(), &sensors(plant)).is_err()
        {
            return Some(self.state(before.clone(), plant.clone(), Some(Complaint::Interlock)));
        }
        let code::Step::Taken { effects, .. } = step else { return None };
        let mut plant = plant.clone();
        for effect in effects {
            let effect = self.environment.fault.map_or(Some(effect), |fault| fault.distort(effect));
            if let Some(effect) = effect {
                carry_out(&mut plant, effect);
            }
        }
        Some(self.state(controller, plant, None))
    }

    /// The controller's readings: correct, unless a sensor is broken.
    pub(super) fn sensors(&self, plant: &Plant) -> code::Sensors {
        let mut sensors = sensors(plant);
        if let Some(fault) = self.environment.fault {
            fault.mislead(&mut sensors);
        }
        sensors
    }
}

/// The number that the real code gives to a lock.
pub fn lock_id(lock: u8) -> code::LockId {
    code::LockId(u16::from(lock) + 1)
}

/// The number that the real code gives to a ship.
pub fn ship_id(ship: u8) -> code::ShipId {
    code::ShipId(u16::from(ship) + 1)
}

/// The worker of the real code that a process of the spec is.
pub fn worker(process: Process) -> Option<code::Worker> {
    match process {
        Process::Control => Some(code::Worker::Controller),
        Process::Keeper(lock) => Some(code::Worker::Keeper(lock_id(lock))),
        Process::Lock(_) | Process::Ship(_) => None,
    }
}

/// Readings of the plant as it is.
pub fn sensors(plant: &Plant) -> code::Sensors {
    let opening = |open| if open { Opening::Open } else { Opening::Closed };
    let lock = |lock: &super::plant::Lock| code::LockReading {
        finished: lock.command.finished,
        level: lock.level,
        doors: code::Doors {
            west: opening(lock.door(Side::West)),
            east: opening(lock.door(Side::East)),
        },
        valves: code::Valves {
            low: opening(lock.valve(Level::Low)),
            high: opening(lock.valve(Level::High)),
        },
    };
    let ship = |ship: &super::plant::Ship| code::ShipReading {
        location: location(ship.location),
        heading: ship.direction(),
        moved: ship.moved,
        permissions: ship.permissions.iter().map(|it| lock_id(it.lock)).collect(),
    };
    code::Sensors {
        locks: plant.locks.iter().map(lock).collect(),
        ships: plant.ships.iter().map(ship).collect(),
    }
}

/// A location of the spec as one of the real code.
fn location(location: u8) -> code::Location {
    let half = u16::from(location / 2);
    if location % 2 == 1 {
        code::Location::Inside(code::LockId(half + 1))
    } else {
        code::Location::Outside(code::Pound(half))
    }
}

/// Carries out an effect of the real controller on the plant.
fn carry_out(plant: &mut Plant, effect: code::Effect) {
    match effect {
        code::Effect::Command { lock, command } => {
            let (part, to) = match command {
                code::LockCommand::Door { side, to } => (Part::Door(side), to),
                code::LockCommand::Valve { level, to } => (Part::Valve(level), to),
            };
            plant.order(index(lock.0), part, to.is_open());
        }
        code::Effect::Permit { ship, lock } => plant.permit(index(ship.0), index(lock.0)),
        code::Effect::Acknowledge { ship } => plant.acknowledge(index(ship.0)),
    }
}

/// The index of a lock or ship that the real code numbers from 1; there are at most 30.
pub fn index(number: u16) -> u8 {
    u8::try_from(number.saturating_sub(1)).unwrap_or(u8::MAX)
}

impl Model for System {
    type State = SystemState;
    type Action = ProcessStep;

    fn init_states(&self) -> Vec<SystemState> {
        // The configuration was checked, so the canal is fit for keepers.
        let controller = AnyController::new(&self.constants.canal, self.constants.controller);
        let state = |controller| self.state(controller, Plant::at_start(&self.constants), None);
        controller.into_iter().map(state).collect()
    }

    fn actions(&self, state: &SystemState, actions: &mut Vec<ProcessStep>) {
        actions.extend(state.stands_for.steps(&self.constants));
    }

    fn codec(&self) -> Option<Codec<'_, SystemState>> {
        Some(Codec::new())
    }

    fn next_state(&self, state: &SystemState, action: ProcessStep) -> Option<SystemState> {
        self.step(state, action)
    }

    fn format_action(&self, action: &ProcessStep) -> String {
        words::step(&self.constants, *action)
    }
}

impl Checkable for System {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![laws::no_complaint()]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        laws::fairness(&self.constants)
    }

    fn action_names(&self) -> Vec<Name> {
        self.constants.labels.iter().map(|label| label.name().into()).collect()
    }

    fn action_name(&self, action: &ProcessStep) -> usize {
        words::label_index(&self.constants, *action)
    }

    fn view(&self, state: &SystemState) -> Value {
        words::view(&self.constants, state.plant(), &state.stands_for.controllers)
    }

    fn explain(
        &self,
        law: &str,
        _: Option<(&SystemState, &ProcessStep)>,
        state: &SystemState,
    ) -> Vec<String> {
        match state.complaint {
            Some(complaint) if law == laws::NO_COMPLAINT => vec![match *complaint {
                Complaint::Request(error) => format!("the controller refuses: {error}"),
                Complaint::Step(error) => format!("the controller stops: {error}"),
                Complaint::Interlock => "the interlock refuses the command".to_owned(),
            }],
            _ => Vec::new(),
        }
    }

    fn picture(&self, state: &SystemState) -> Option<String> {
        Some(super::picture::draw(&self.constants, &state.stands_for))
    }
}

#[cfg(test)]
mod tests {
    use super::SystemState;

    /// The states of a level, and of the next, are in memory.
    #[test]
    fn a_state_is_small() {
        assert!(size_of::<SystemState>() <= 128, "{} bytes", size_of::<SystemState>());
    }
}
