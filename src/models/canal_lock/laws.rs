//! The invariants and temporal properties, under the spec's own names.
//!
//! Each is a function on the spec's states. The same laws are checked on the system, on the state
//! of the spec that its real controller stands for. Each law has a witness: a state in which it is
//! not vacuous.

use super::constants::{Constants, ShipProcess};
use super::labels::{Label, Process, ProcessStep};
use super::plant::{ShipState, level_needed};
use super::spec::{Controllers, Spec, State};
use super::system::{System, SystemState};
use mitregate::check::property::Strength;
use mitregate::check::{Fairness, Formula, Law, Model, Temporal};
use mitregate_canal_lock::{Level, Side};

/// The spec's invariants.
pub const INVARIANTS: [&str; 9] = [
    "TypeOK",
    "MessagesOK",
    "DoorsMutex",
    "DoorsOpenValvesClosed",
    "DoorsOpenWaterlevelRight",
    "MaxShipsPerLocation",
    "DoorOpenWhenMoving",
    "PermissionForRightLock",
    "NotAllAtGoal",
];

/// The invariant that is a reachability check, and is expected to fail.
pub const REACHABILITY: &str = "NotAllAtGoal";

/// The spec's temporal properties.
pub const TEMPORAL: [&str; 4] =
    ["RequestLockFulfilled", "WaterlevelChange", "RequestsShips", "ShipsReachGoals"];

/// `TypeOK`, without the conjuncts that the port's types guarantee.
pub fn type_ok(constants: &Constants, state: &State) -> bool {
    let is_location = |location: u8| location <= constants.east_end();
    state.controllers.retry_count.iter().all(|&count| count <= constants.max_retries)
        && state.plant.ships.iter().all(|ship| is_location(ship.location))
        && is_location(state.controllers.control.target_loc)
}

/// `MessagesOK`: no ship has two requests, or two permissions, before it has moved.
pub fn messages_ok(constants: &Constants, state: &State) -> bool {
    let Controllers { requests, retry_queue, entry_requests, exit_requests, .. } =
        state.controllers.get();
    let queues = [requests, retry_queue, entry_requests, exit_requests];
    queues.iter().map(|queue| queue.len()).sum::<usize>() <= usize::from(constants.ships)
        && state.plant.ships.iter().all(|ship| ship.permissions.len() <= 1)
}

/// `DoorsMutex`: at most one door of a lock is open.
pub fn doors_mutex(_: &Constants, state: &State) -> bool {
    state.plant.locks.iter().all(|lock| lock.doors != [true; 2])
}

/// `DoorsOpenValvesClosed`: if a door is open, both valves are closed.
pub fn doors_open_valves_closed(_: &Constants, state: &State) -> bool {
    state.plant.locks.iter().all(|lock| lock.doors == [false; 2] || lock.valves == [false; 2])
}

/// `DoorsOpenWaterlevelRight`: if a door is open, the water is at its level.
pub fn doors_open_waterlevel_right(_: &Constants, state: &State) -> bool {
    (0..).zip(&state.plant.locks).all(|(number, lock)| {
        [Side::West, Side::East]
            .into_iter()
            .all(|side| !lock.door(side) || lock.level == level_needed(number, side))
    })
}

/// `MaxShipsPerLocation`: no location has more ships than fit.
pub fn max_ships_per_location(constants: &Constants, state: &State) -> bool {
    (0..=constants.east_end())
        .all(|location| state.plant.ships_at(location.into()) <= constants.capacity(location))
}

/// `AboutToMove(ship)`: the next step of this ship is a move.
pub fn about_to_move(constants: &Constants, ship: &super::plant::Ship) -> bool {
    if constants.ship_process == ShipProcess::AtomicMove {
        ship.pc.is_ship_waiting() && ship.permissions.first().is_some_and(|first| first.granted)
    } else {
        matches!(ship.pc, Label::ShipMoveEast | Label::ShipMoveWest) && ship.perm.granted
    }
}

/// `DoorOpenWhenMoving`: no ship moves against a closed door.
pub fn door_open_when_moving(constants: &Constants, state: &State) -> bool {
    let mut moving = state.plant.ships.iter().filter(|ship| about_to_move(constants, ship));
    moving.all(|ship| {
        let lock = usize::try_from(ship.lock_in_question()).ok();
        let lock = lock.and_then(|lock| state.plant.locks.get(lock));
        lock.is_some_and(|lock| lock.door(ship.door_in_question()))
    })
}

/// `PermissionForRightLock`: a ship is given a permission for the lock that it asked for.
pub fn permission_for_right_lock(_: &Constants, state: &State) -> bool {
    let waiting = state.plant.ships.iter().filter(|ship| ship.pc.is_ship_waiting());
    let mut first = waiting.filter_map(|ship| Some((ship, ship.permissions.first()?)));
    first.all(|(ship, permission)| i16::from(permission.lock) == ship.lock_in_question())
}

/// `NotAllAtGoal`: a reachability check, which is expected to fail.
pub fn not_all_at_goal(_: &Constants, state: &State) -> bool {
    state.plant.ships.iter().any(|ship| ship.state != ShipState::GoalReached)
}

fn something_asked(_: &Constants, state: &State) -> bool {
    state.plant.ships.iter().any(|ship| ship.pc.is_ship_waiting())
}

fn a_door_is_open(_: &Constants, state: &State) -> bool {
    state.plant.locks.iter().any(|lock| lock.doors != [false; 2])
}

fn a_ship_is_about_to_move(constants: &Constants, state: &State) -> bool {
    state.plant.ships.iter().any(|ship| about_to_move(constants, ship))
}

fn something_permitted(_: &Constants, state: &State) -> bool {
    state.plant.ships.iter().any(|ship| !ship.permissions.is_empty())
}

fn some_place_is_full(constants: &Constants, state: &State) -> bool {
    (0..=constants.east_end())
        .any(|location| state.plant.ships_at(location.into()) == constants.capacity(location))
}

/// A law on the spec's states, from functions of the constants and a state.
fn law(
    name: &'static str,
    holds: fn(&Constants, &State) -> bool,
    witness: fn(&Constants, &State) -> bool,
) -> Law<Spec> {
    Law::invariant(
        name,
        move |spec: &Spec, state| holds(&spec.constants, state),
        move |spec: &Spec, state| witness(&spec.constants, state),
    )
}

/// The invariants.
pub fn laws() -> Vec<Law<Spec>> {
    vec![
        law("TypeOK", type_ok, something_asked),
        law("MessagesOK", messages_ok, something_asked),
        law("DoorsMutex", doors_mutex, a_door_is_open),
        law("DoorsOpenValvesClosed", doors_open_valves_closed, a_door_is_open),
        law("DoorsOpenWaterlevelRight", doors_open_waterlevel_right, a_door_is_open),
        law("MaxShipsPerLocation", max_ships_per_location, some_place_is_full),
        law("DoorOpenWhenMoving", door_open_when_moving, a_ship_is_about_to_move),
        law("PermissionForRightLock", permission_for_right_lock, something_permitted),
        law(REACHABILITY, not_all_at_goal, something_asked),
    ]
}

/// `NoComplaint`, a law of the code alone: the real controller never reports an error about its
/// readings, and never refuses a request.
pub fn no_complaint() -> Law<System> {
    Law::invariant(
        NO_COMPLAINT,
        |_, state: &SystemState| state.complaint.is_none(),
        |system: &System, state| something_asked(&system.constants, &state.stands_for),
    )
}

/// The name of [`no_complaint`].
pub const NO_COMPLAINT: &str = "NoComplaint";

/// `Queued(ship)`: a request of the ship is in a queue that a controller reads.
fn queued(state: &State, ship: u8) -> bool {
    let Controllers { requests, entry_requests, exit_requests, .. } = state.controllers.get();
    let queues = [requests, entry_requests, exit_requests];
    queues.into_iter().flatten().any(|request| request.ship == ship)
}

/// The temporal properties.
pub fn temporal(constants: &Constants) -> Vec<Temporal<Spec>> {
    TEMPORAL.map(|name| Temporal { name: name.into(), formulas: formulas(constants, name) }).into()
}

fn formulas(constants: &Constants, name: &str) -> Vec<Formula<Spec>> {
    let ships = constants.ship_indices();
    let east_end = constants.east_end();
    let at = move |ship: u8, location: u8| {
        Formula::always_eventually(move |_: &Spec, s: &State| {
            s.plant.ship(ship).location == location
        })
    };
    match name {
        "RequestLockFulfilled" => ships
            .map(|ship| {
                Formula::leads_to(
                    move |_: &Spec, s: &State| !in_lock(s, ship) && queued(s, ship),
                    move |_: &Spec, s: &State| in_lock(s, ship),
                )
            })
            .collect(),
        "WaterlevelChange" => constants
            .lock_indices()
            .flat_map(|lock| [Level::Low, Level::High].map(|level| (lock, level)))
            .map(|(lock, level)| {
                Formula::always_eventually(move |_: &Spec, s: &State| {
                    s.plant.lock(lock).level == level
                })
            })
            .collect(),
        "RequestsShips" => ships
            .map(|ship| Formula::always_eventually(move |_: &Spec, s: &State| queued(s, ship)))
            .collect(),
        _ => ships.flat_map(|ship| [at(ship, 0), at(ship, east_end)]).collect(),
    }
}

fn in_lock(state: &State, ship: u8) -> bool {
    state.plant.ship(ship).in_lock()
}

/// `FairSpec`: weak fairness of every process that this variant has; none for `Spec`.
pub fn fairness<M: Model<Action = ProcessStep>>(constants: &Constants) -> Vec<Fairness<M>> {
    if !constants.fair {
        return Vec::new();
    }
    let name = |process| match process {
        Process::Lock(lock) => format!("lockProcess({})", constants.lock_number(lock)),
        Process::Ship(ship) => format!("shipProcess({})", constants.ship_number(ship)),
        Process::Control => "controlProcess".to_owned(),
        Process::Keeper(lock) => format!("keeperProcess({})", constants.keeper_number(lock)),
    };
    Spec::processes(constants)
        .map(|process| {
            Fairness::new(name(process), Strength::Weak, move |_: &M, _, step: &ProcessStep| {
                step.process == process
            })
        })
        .collect()
}
