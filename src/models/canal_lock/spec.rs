//! `lock_multiple.tla` in Rust: variables, `Init`, `Next`.
//!
//! Every process is deterministic, so an action is a process that takes its next step. Redundant
//! variables, such as `ship_id` beside `req.ship`, are kept once.

use serde::{Deserialize, Serialize};

use std::sync::Arc;

use super::constants::Constants;
use super::faults::Fault;
use super::labels::{Label, Process, ProcessStep};
use super::plant::{Part, Plant, Request, ShipState, level_needed, low_side};
use super::{laws, words};
use mitregate::check::{Checkable, Codec, Fairness, Interned, Law, Model, Name, Temporal};
use mitregate::tla::value::Value;
use mitregate_canal_lock::{Scheme, Side};

/// The local variables of `controlProcess`. `ship_id`, `lock_id` and `side` are fields of `req`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Control {
    /// `pc[0]`.
    pub pc: Label,
    /// `req`.
    pub req: Request,
    /// `target_loc`.
    pub target_loc: u8,
    /// `grant`.
    pub grant: bool,
}

/// The local variables of a `keeperProcess`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Keeper {
    /// `pc[keeper]`.
    pub pc: Label,
    /// `served[keeper].ship`; none for `NoShip`.
    pub ship: Option<u8>,
    /// `served[keeper].side`.
    pub side: Side,
}

/// What controllers know: all variables but those of locks and ships.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Controllers {
    /// `requests`, oldest first.
    pub requests: Vec<Request>,
    /// `retryQueue`.
    pub retry_queue: Vec<Request>,
    /// `entryRequests`.
    pub entry_requests: Vec<Request>,
    /// `exitRequests`.
    pub exit_requests: Vec<Request>,
    /// `retryCount[ship]`.
    pub retry_count: Vec<u8>,
    /// `lockOwner[lock]` where `lockBusy[lock]`, and none elsewhere.
    pub lock_owner: Vec<Option<u8>>,
    /// `controlProcess`.
    pub control: Control,
    /// Each `keeperProcess`.
    pub keepers: Vec<Keeper>,
}

/// A state: the spec's variables.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct State {
    /// Locks and ships.
    pub plant: Plant,
    /// All other variables. One value of them is in a hundred states.
    pub controllers: Interned<Controllers>,
}

impl Controllers {
    /// The initial values.
    pub fn at_start(constants: &Constants) -> Controllers {
        let control = Control {
            pc: Label::ControlNextRequest,
            req: Request { ship: 0, lock: 0, side: Side::West },
            target_loc: 0,
            grant: false,
        };
        let keeper = Keeper { pc: Label::KeeperTakeRequest, ship: None, side: Side::West };
        Controllers {
            requests: Vec::new(),
            retry_queue: Vec::new(),
            entry_requests: Vec::new(),
            exit_requests: Vec::new(),
            retry_count: vec![0; usize::from(constants.ships)],
            lock_owner: vec![None; usize::from(constants.locks)],
            control,
            keepers: vec![keeper; usize::from(constants.locks)],
        }
    }
}

impl State {
    /// The label of a process.
    pub fn label(&self, process: Process) -> Label {
        match process {
            Process::Lock(lock) => self.plant.lock(lock).pc,
            Process::Ship(ship) => self.plant.ship(ship).pc,
            Process::Control => self.controllers.control.pc,
            Process::Keeper(lock) => self.controllers.keepers[usize::from(lock)].pc,
        }
    }

    /// The next step of each process of the variant, whether or not it has to wait.
    pub fn steps(&self, constants: &Constants) -> impl Iterator<Item = ProcessStep> {
        Spec::processes(constants)
            .map(|process| ProcessStep { process, label: self.label(process) })
    }
}

/// The spec with its constants.
#[derive(Clone, Debug)]
pub struct Spec {
    /// The constants and options of the configuration.
    pub constants: Arc<Constants>,
    /// The fault, if any.
    pub fault: Option<Fault>,
}

impl Spec {
    /// The spec without a fault.
    pub fn new(constants: Arc<Constants>) -> Spec {
        Spec { constants, fault: None }
    }

    /// The processes of the variant.
    pub fn processes(constants: &Constants) -> impl Iterator<Item = Process> + use<> {
        let locks = constants.lock_indices();
        let keepers = if constants.has_keepers() { locks.clone() } else { 0..0 };
        let control = (!constants.has_keepers()).then_some(Process::Control);
        locks
            .map(Process::Lock)
            .chain(constants.ship_indices().map(Process::Ship))
            .chain(control)
            .chain(keepers.map(Process::Keeper))
    }

    /// The state after a step; none if the process is at another label, or has to wait.
    pub fn step(&self, state: &State, step: ProcessStep) -> Option<State> {
        if state.label(step.process) != step.label {
            return None;
        }
        let State { plant, controllers } = state;
        let mut next = match step.process {
            Process::Lock(lock) => {
                State { plant: plant.step_lock(lock)?, controllers: *controllers }
            }
            Process::Ship(ship) => {
                let (plant, request) = plant.step_ship(&self.constants, ship)?;
                let mut next = State { plant, controllers: *controllers };
                if let Some(request) = request {
                    let mut controllers = controllers.get().clone();
                    self.send(&next.plant, &mut controllers, request);
                    next.controllers = Interned::new(controllers);
                }
                next
            }
            Process::Control | Process::Keeper(_) => {
                let (mut plant, mut controllers) = (plant.clone(), controllers.get().clone());
                match step.process {
                    Process::Keeper(lock) => self.keeper(&mut plant, &mut controllers, lock)?,
                    _ => self.control(&mut plant, &mut controllers)?,
                }
                State { plant, controllers: Interned::new(controllers) }
            }
        };
        if let Some(fault) = self.fault {
            fault.spoil(step, &mut next);
        }
        Some(next)
    }

    /// `sendRequest`: `optionC` has a queue for each kind of request.
    fn send(&self, plant: &Plant, state: &mut Controllers, request: Request) {
        let queue = if self.constants.controller != Scheme::ExitsFirst {
            &mut state.requests
        } else if plant.ship(request.ship).in_lock() {
            &mut state.exit_requests
        } else {
            &mut state.entry_requests
        };
        queue.push(request);
    }

    /// A step of `controlProcess`; none if it has to wait.
    fn control(&self, plant: &mut Plant, state: &mut Controllers) -> Option<()> {
        let scheme = self.constants.controller;
        state.control.pc = match state.control.pc {
            Label::ControlNextRequest => {
                if scheme == Scheme::RetryQueue && state.requests.is_empty() {
                    std::mem::swap(&mut state.requests, &mut state.retry_queue);
                }
                Label::ControlReadRequest
            }
            Label::ControlReadRequest => {
                let queue = if scheme != Scheme::ExitsFirst {
                    &mut state.requests
                } else if state.exit_requests.is_empty() {
                    &mut state.entry_requests
                } else {
                    &mut state.exit_requests
                };
                if queue.is_empty() {
                    return None;
                }
                state.control.req = queue.remove(0);
                Label::ControlCheckConditions
            }
            Label::ControlCheckConditions => {
                let ahead = plant.ship(state.control.req.ship).ahead();
                // A ship that asks has a location ahead.
                state.control.target_loc = u8::try_from(ahead).unwrap_or(u8::MAX);
                if scheme == Scheme::BusyLocks {
                    Label::ControlReleaseLocks
                } else {
                    Label::ControlCheckCapacity
                }
            }
            Label::ControlReleaseLocks => {
                release_locks(plant, state);
                Label::ControlCheckCapacity
            }
            Label::ControlCheckCapacity => {
                state.control.grant = self.room(plant, state) && self.free(plant, state);
                Label::ControlDecideGrantOrRetry
            }
            Label::ControlDecideGrantOrRetry => self.decide(plant, state)?,
            Label::ControlGrantPermission => {
                let Request { ship, lock, .. } = state.control.req;
                plant.permit(ship, lock);
                if scheme == Scheme::AwaitMove {
                    Label::ControlWaitForShipMovement
                } else {
                    Label::ControlNextRequest
                }
            }
            Label::ControlWaitForShipMovement => {
                let Request { ship, lock, side } = state.control.req;
                see_off(plant, ship)?;
                plant.order(lock, Part::Door(side), false);
                Label::ControlWaitDoorClosed
            }
            Label::ControlWaitDoorClosed => {
                plant.lock(state.control.req.lock).command.finished.then_some(())?;
                Label::ControlNextRequest
            }
            label => {
                let Request { lock, side, .. } = state.control.req;
                lockage(plant, lock, side, label)?
            }
        };
        Some(())
    }

    /// `Room(ship_id, lock_id, target_loc)`.
    fn room(&self, plant: &Plant, state: &Controllers) -> bool {
        let Control { req, target_loc, .. } = state.control;
        let location_of_lock = 2 * req.lock + 1;
        plant.ship(req.ship).location == location_of_lock
            || plant.ships_at(target_loc.into()) < self.constants.capacity(target_loc)
    }

    /// `~lockBusy[lock_id]` for `alpha`, and `NoPermissionOut(lock_id)` for all others.
    fn free(&self, plant: &Plant, state: &Controllers) -> bool {
        let lock = state.control.req.lock;
        if self.constants.controller == Scheme::BusyLocks {
            return state.lock_owner[usize::from(lock)].is_none();
        }
        let mut permissions = plant.ships.iter().flat_map(|ship| &ship.permissions);
        permissions.all(|permission| permission.lock != lock)
    }

    /// `ControlDecideGrantOrRetry`: the next label; none if it has to wait.
    fn decide(&self, plant: &Plant, state: &mut Controllers) -> Option<Label> {
        let scheme = self.constants.controller;
        let req = state.control.req;
        let (ship, lock) = (usize::from(req.ship), usize::from(req.lock));
        if state.control.grant {
            match scheme {
                Scheme::RetryLimit => state.retry_count[ship] = 0,
                Scheme::BusyLocks => state.lock_owner[lock] = Some(req.ship),
                _ => {}
            }
            return Some(Label::ControlCloseBothDoors);
        }
        if scheme == Scheme::RetryQueue {
            state.retry_queue.push(req);
            return Some(Label::ControlNextRequest);
        }
        if scheme == Scheme::RetryLimit {
            if state.retry_count[ship] >= self.constants.max_retries {
                // The controller waits only for room here, not for the permission of another ship.
                self.room(plant, state).then_some(())?;
                state.retry_count[ship] = 0;
                state.control.grant = true;
                return Some(Label::ControlCloseBothDoors);
            }
            state.retry_count[ship] += 1;
        }
        self.send(plant, state, req);
        Some(Label::ControlNextRequest)
    }

    /// A step of the `keeperProcess` of a lock; none if it has to wait.
    fn keeper(&self, plant: &mut Plant, state: &mut Controllers, lock: u8) -> Option<()> {
        let Keeper { pc, ship, side } = state.keepers[usize::from(lock)];
        let mut next = state.keepers[usize::from(lock)];
        match (pc, ship) {
            (Label::KeeperTakeRequest, _) => {
                let oldest =
                    state.requests.iter().position(|&r| self.serviceable(plant, lock, r))?;
                let request = state.requests.remove(oldest);
                next = Keeper {
                    pc: Label::KeeperCloseBothDoors,
                    ship: Some(request.ship),
                    side: request.side,
                };
            }
            (Label::KeeperGrantPermission, Some(ship)) => {
                plant.permit(ship, lock);
                next.pc = Label::KeeperWaitForShipMovement;
            }
            (Label::KeeperWaitForShipMovement, Some(ship)) => {
                see_off(plant, ship)?;
                next = Keeper { pc: Label::KeeperTakeRequest, ship: None, side: Side::West };
            }
            (label, _) => {
                let control = lockage(plant, lock, side, as_control(label))?;
                next.pc = as_keeper(control);
            }
        }
        state.keepers[usize::from(lock)] = next;
        Some(())
    }

    /// `Serviceable(lock, r)`.
    fn serviceable(&self, plant: &Plant, lock: u8, r: Request) -> bool {
        let ship = plant.ship(r.ship);
        let beyond = if ship.state == ShipState::GoToEast { 2 * lock + 2 } else { 2 * lock };
        let location_of_lock = 2 * lock + 1;
        r.lock == lock
            && !ship.moved
            && (ship.location == location_of_lock
                || plant.ships_at(location_of_lock.into()) == 0
                    && self.berthed(plant, beyond, ship.state) < self.berths(beyond, ship.state))
    }

    /// `Cardinality(Berthed(loc, heading))`.
    fn berthed(&self, plant: &Plant, location: u8, heading: ShipState) -> usize {
        let is_end = self.constants.is_end(location);
        let there = plant.ships.iter().filter(|ship| ship.location == location);
        there.filter(|ship| is_end || ship.state == heading).count()
    }

    /// `Berths(loc, heading)`.
    fn berths(&self, location: u8, heading: ShipState) -> usize {
        let all = usize::from(self.constants.max_ships_location);
        if self.constants.is_end(location) {
            all
        } else if heading == ShipState::GoToEast {
            all.div_ceil(2)
        } else {
            all / 2
        }
    }
}

/// `ControlReleaseLocks`.
fn release_locks(plant: &mut Plant, state: &mut Controllers) {
    let owners = state.lock_owner.clone();
    for owner in &mut state.lock_owner {
        if owner.is_some_and(|ship| plant.ship(ship).moved) {
            *owner = None;
        }
    }
    for ship in owners.into_iter().flatten() {
        plant.acknowledge(ship);
    }
}

/// `WaitForShipMovement`, as far as the ship is concerned; none if it has not moved.
fn see_off(plant: &mut Plant, ship: u8) -> Option<()> {
    plant.ship(ship).moved.then_some(())?;
    plant.acknowledge(ship);
    Some(())
}

/// The labels from closing both doors to opening the requested one: the next label, or none if it
/// has to wait.
fn lockage(plant: &mut Plant, lock: u8, side: Side, label: Label) -> Option<Label> {
    let needed = level_needed(lock, side);
    let low_side = low_side(lock);
    let it = plant.lock(lock);
    let finished = it.command.finished.then_some(());
    Some(match label {
        Label::ControlCloseBothDoors => {
            finished?;
            plant.order(lock, Part::Door(low_side), false);
            Label::ControlWaitLowDoorClosed
        }
        Label::ControlWaitLowDoorClosed => {
            finished?;
            plant.order(lock, Part::Door(low_side.opposite()), false);
            Label::ControlWaitHighDoorClosed
        }
        Label::ControlWaitHighDoorClosed => {
            finished?;
            Label::ControlAdjustWaterLevel
        }
        Label::ControlAdjustWaterLevel => {
            if it.level == needed {
                Label::ControlOpenRequestedDoor
            } else {
                plant.order(lock, Part::Valve(needed.opposite()), false);
                Label::ControlWaitOppositeValveClosed
            }
        }
        Label::ControlWaitOppositeValveClosed => {
            finished?;
            plant.order(lock, Part::Valve(needed), true);
            Label::ControlWaitValveOpen
        }
        Label::ControlWaitValveOpen => {
            finished?;
            Label::ControlWaitWaterLevel
        }
        Label::ControlWaitWaterLevel => {
            (it.level == needed).then_some(())?;
            plant.order(lock, Part::Valve(needed), false);
            Label::ControlWaitValveClosed
        }
        Label::ControlWaitValveClosed => {
            finished?;
            Label::ControlOpenRequestedDoor
        }
        Label::ControlOpenRequestedDoor => {
            plant.order(lock, Part::Door(side), true);
            Label::ControlWaitDoorOpen
        }
        Label::ControlWaitDoorOpen => {
            finished?;
            Label::ControlGrantPermission
        }
        _ => return None,
    })
}

/// The labels that keeper and controller share, as pairs.
const LOCKAGE: [(Label, Label); 11] = [
    (Label::ControlCloseBothDoors, Label::KeeperCloseBothDoors),
    (Label::ControlWaitLowDoorClosed, Label::KeeperWaitLowDoorClosed),
    (Label::ControlWaitHighDoorClosed, Label::KeeperWaitHighDoorClosed),
    (Label::ControlAdjustWaterLevel, Label::KeeperAdjustWaterLevel),
    (Label::ControlWaitOppositeValveClosed, Label::KeeperWaitOppositeValveClosed),
    (Label::ControlWaitValveOpen, Label::KeeperWaitValveOpen),
    (Label::ControlWaitWaterLevel, Label::KeeperWaitWaterLevel),
    (Label::ControlWaitValveClosed, Label::KeeperWaitValveClosed),
    (Label::ControlOpenRequestedDoor, Label::KeeperOpenRequestedDoor),
    (Label::ControlWaitDoorOpen, Label::KeeperWaitDoorOpen),
    (Label::ControlGrantPermission, Label::KeeperGrantPermission),
];

fn as_control(keeper: Label) -> Label {
    LOCKAGE.into_iter().find(|pair| pair.1 == keeper).map_or(keeper, |pair| pair.0)
}

fn as_keeper(control: Label) -> Label {
    LOCKAGE.into_iter().find(|pair| pair.0 == control).map_or(control, |pair| pair.1)
}

impl Model for Spec {
    type State = State;
    type Action = ProcessStep;

    fn init_states(&self) -> Vec<State> {
        let controllers = Interned::new(Controllers::at_start(&self.constants));
        vec![State { plant: Plant::at_start(&self.constants), controllers }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<ProcessStep>) {
        actions.extend(state.steps(&self.constants));
    }

    fn codec(&self) -> Option<Codec<'_, State>> {
        Some(Codec::new())
    }

    fn next_state(&self, state: &State, action: ProcessStep) -> Option<State> {
        self.step(state, action)
    }

    fn format_action(&self, action: &ProcessStep) -> String {
        words::step(&self.constants, *action)
    }
}

impl Checkable for Spec {
    fn laws(&self) -> Vec<Law<Self>> {
        laws::laws()
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        laws::temporal(&self.constants)
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

    fn view(&self, state: &State) -> Value {
        words::view(&self.constants, &state.plant, &state.controllers)
    }

    fn why_disabled(&self, state: &State, action: &ProcessStep) -> Option<String> {
        let at = state.label(action.process);
        (at != action.label).then(|| format!("pc = {:?}", action.label.name()))
    }

    fn picture(&self, state: &State) -> Option<String> {
        Some(super::picture::draw(&self.constants, state))
    }
}
