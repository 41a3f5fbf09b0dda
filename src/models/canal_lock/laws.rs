//! The invariants and temporal properties, under the spec's own names.
//!
//! Each is a function on the spec's states. The system is held to the same laws, on the state of the
//! spec that its real controller stands for. Beside each law stands its witness: where it says
//! something.

use stateright::Model;

use super::constants::{Constants, ShipProcess};
use super::labels::{Label, Process, Step};
use super::plant::{ShipState, level_needed};
use super::spec::{Spec, State};
use super::system::{System, SystemState};
use crate::check::property::Strength;
use crate::check::{Checkable, Claim, Fairness, Formula, Law, Temporal};
use crate::impls::canal_lock::{Level, Side};

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

/// The one of them that is a question of reachability, and ought to fail.
pub const REACHABILITY: &str = "NotAllAtGoal";

/// The spec's temporal properties.
pub const TEMPORAL: [&str; 4] =
    ["RequestLockFulfilled", "WaterlevelChange", "RequestsShips", "ShipsReachGoals"];

/// `TypeOK`: what the port's types do not already say.
pub fn type_ok(constants: &Constants, state: &State) -> bool {
    let is_location = |location: u8| location <= constants.east_end();
    state.retry_count.iter().all(|&count| count <= constants.max_retries)
        && state.plant.ships.iter().all(|ship| is_location(ship.location))
        && is_location(state.control.target_loc)
}

/// `MessagesOK`: no ship asks twice, or is answered twice, before it has moved.
pub fn messages_ok(constants: &Constants, state: &State) -> bool {
    let queues = [&state.requests, &state.retry_queue, &state.entry_requests, &state.exit_requests];
    queues.iter().map(|queue| queue.len()).sum::<usize>() <= usize::from(constants.ships)
        && state.plant.ships.iter().all(|ship| ship.permissions.len() <= 1)
}

/// `DoorsMutex`: never are both doors of a lock open.
pub fn doors_mutex(_: &Constants, state: &State) -> bool {
    state.plant.locks.iter().all(|lock| lock.doors != [true; 2])
}

/// `DoorsOpenValvesClosed`: where a door is open, both valves are closed.
pub fn doors_open_valves_closed(_: &Constants, state: &State) -> bool {
    state.plant.locks.iter().all(|lock| lock.doors == [false; 2] || lock.valves == [false; 2])
}

/// `DoorsOpenWaterlevelRight`: where a door is open, the water is at its level.
pub fn doors_open_waterlevel_right(_: &Constants, state: &State) -> bool {
    (0..).zip(&state.plant.locks).all(|(number, lock)| {
        [Side::West, Side::East]
            .into_iter()
            .all(|side| !lock.door(side) || lock.level == level_needed(number, side))
    })
}

/// `MaxShipsPerLocation`: nowhere are more ships than fit.
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

/// `NotAllAtGoal`: a question of reachability, which ought to fail.
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

/// Lists the laws for a model, given how it comes by constants and the spec's states.
macro_rules! laws {
    ($constants:expr, $state:expr; $($name:literal: $law:ident, $witness:ident;)*) => {
        vec![$(
            Law::invariant(
                $name,
                |m, s| $law($constants(m), $state(s)),
                |m, s| $witness($constants(m), $state(s)),
            )
        ),*]
    };
    ($constants:expr, $state:expr) => {
        laws! { $constants, $state;
            "TypeOK": type_ok, something_asked;
            "MessagesOK": messages_ok, something_asked;
            "DoorsMutex": doors_mutex, a_door_is_open;
            "DoorsOpenValvesClosed": doors_open_valves_closed, a_door_is_open;
            "DoorsOpenWaterlevelRight": doors_open_waterlevel_right, a_door_is_open;
            "MaxShipsPerLocation": max_ships_per_location, some_place_is_full;
            "DoorOpenWhenMoving": door_open_when_moving, a_ship_is_about_to_move;
            "PermissionForRightLock": permission_for_right_lock, something_permitted;
            "NotAllAtGoal": not_all_at_goal, something_asked;
        }
    };
}

/// The laws, on the spec.
pub fn spec_laws() -> Vec<Law<Spec>> {
    fn constants(spec: &Spec) -> &Constants {
        &spec.constants
    }
    fn state(state: &State) -> &State {
        state
    }
    laws!(constants, state)
}

/// The laws, on the system, and `NoComplaint`: the real controller never calls its readings of the
/// plant impossible, and never refuses a ship that follows the rules.
pub fn system_laws() -> Vec<Law<System>> {
    fn constants(system: &System) -> &Constants {
        &system.constants
    }
    fn state(state: &SystemState) -> &State {
        &state.stands_for
    }
    let mut laws = laws!(constants, state);
    laws.push(Law::invariant(
        "NoComplaint",
        |_, state: &SystemState| state.complaint.is_none(),
        |system: &System, state| something_asked(&system.constants, &state.stands_for),
    ));
    laws
}

/// Those of the laws that the configuration asks for, and the system's own.
pub fn asked_for<M: Model>(laws: Vec<Law<M>>, constants: &Constants) -> Vec<Law<M>> {
    let is_own = |law: &Law<M>| !INVARIANTS.contains(&law.name);
    let is_asked = |law: &Law<M>| constants.asks_for(law.name);
    let is_invariant = |law: &Law<M>| matches!(law.claim, Claim::Invariant { .. });
    laws.into_iter().filter(|law| is_invariant(law) && (is_own(law) || is_asked(law))).collect()
}

/// `Queued(ship)`: a request of the ship waits where a controller looks for it.
fn queued(state: &State, ship: u8) -> bool {
    let queues = [&state.requests, &state.entry_requests, &state.exit_requests];
    queues.into_iter().flatten().any(|request| request.ship == ship)
}

/// The temporal properties that the configuration asks for, on a model whose states stand for the
/// spec's.
pub fn temporal<M: Checkable>(
    constants: &Constants,
    state: fn(&M::State) -> &State,
) -> Vec<Temporal<M>> {
    let ships = constants.ship_indices();
    let locks = constants.lock_indices();
    let east_end = constants.east_end();
    let at = move |ship: u8, location: u8| {
        Formula::always_eventually(move |_: &M, s| state(s).plant.ship(ship).location == location)
    };
    let formulas = |name: &'static str| match name {
        "RequestLockFulfilled" => ships
            .clone()
            .map(|ship| {
                Formula::leads_to(
                    move |_: &M, s| !in_lock(state(s), ship) && queued(state(s), ship),
                    move |_: &M, s| in_lock(state(s), ship),
                )
            })
            .collect(),
        "WaterlevelChange" => locks
            .clone()
            .flat_map(|lock| [Level::Low, Level::High].map(|level| (lock, level)))
            .map(|(lock, level)| {
                Formula::always_eventually(move |_: &M, s| state(s).plant.lock(lock).level == level)
            })
            .collect(),
        "RequestsShips" => ships
            .clone()
            .map(|ship| Formula::always_eventually(move |_: &M, s| queued(state(s), ship)))
            .collect(),
        _ => ships.clone().flat_map(|ship| [at(ship, 0), at(ship, east_end)]).collect(),
    };
    TEMPORAL
        .into_iter()
        .filter(|name| constants.asks_for(name))
        .map(|name| Temporal { name, formulas: formulas(name) })
        .collect()
}

fn in_lock(state: &State, ship: u8) -> bool {
    state.plant.ship(ship).in_lock()
}

/// `FairSpec`: weak fairness of every process that this variant has; none for `Spec`.
pub fn fairness<M: Model<Action = Step>>(constants: &Constants) -> Vec<Fairness<M>> {
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
            Fairness::new(name(process), Strength::Weak, move |_: &M, _, step: &Step| {
                step.process == process
            })
        })
        .collect()
}
