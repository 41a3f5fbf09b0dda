//! States and steps in the words of TLA+.

use super::constants::Constants;
use super::labels::{Process, ProcessStep};
use super::plant::{Command, Lock, Part, Permission, Plant, Request, Ship, ShipState};
use super::spec::{Controllers, Keeper};
use mitregate::tla::value::Value;
use mitregate_canal_lock::{Level, Side};

/// A step as `Label(process)`; the one controller needs no number.
pub(super) fn step(constants: &Constants, step: ProcessStep) -> String {
    let number = match step.process {
        Process::Lock(lock) => constants.lock_number(lock),
        Process::Ship(ship) => constants.ship_number(ship),
        Process::Keeper(lock) => constants.keeper_number(lock),
        Process::Control => return step.label.name().to_owned(),
    };
    format!("{}({number})", step.label.name())
}

/// The index of a step's label among those of the variant.
pub(super) fn label_index(constants: &Constants, step: ProcessStep) -> usize {
    constants.label_index(step.label)
}

/// A state as a record of the spec's variables.
pub fn view(constants: &Constants, plant: &Plant, state: &Controllers) -> Value {
    let words = Words { constants };
    let Plant { locks, ships } = plant;
    let control = state.control;
    let requests =
        |queue: &[Request]| Value::seq(queue.iter().map(|request| words.request(*request)));
    let owner =
        |owner: &Option<u8>| Value::Int(owner.map_or(0, |ship| constants.ship_number(ship)));
    // By name, as functions keep their pairs: then nothing has to be sorted.
    Value::record([
        ("doorsOpen", words.of_locks(locks, |lock| sides(lock.doors))),
        ("entryRequests", requests(&state.entry_requests)),
        ("exitRequests", requests(&state.exit_requests)),
        ("grant", Value::Bool(control.grant)),
        ("lockBusy", words.of_locks(&state.lock_owner, |owner| Value::Bool(owner.is_some()))),
        ("lockCommand", words.of_locks(locks, |lock| command(lock.command))),
        ("lockOrientations", words.of_locks(0..constants.locks, words_of_orientation)),
        ("lockOwner", words.of_locks(&state.lock_owner, owner)),
        ("lock_id", Value::Int(constants.lock_number(control.req.lock))),
        ("moved", words.of_ships(ships, |ship| Value::Bool(ship.moved))),
        ("pc", words.pc(plant, state)),
        ("perm", words.of_ships(ships, |ship| words.permission(ship.perm))),
        ("permissions", words.of_ships(ships, |ship| words.permissions(ship))),
        ("req", words.request(control.req)),
        ("requests", requests(&state.requests)),
        ("retryCount", words.of_ships(&state.retry_count, |&count| Value::Int(count.into()))),
        ("retryQueue", requests(&state.retry_queue)),
        ("served", words.of_keepers(&state.keepers, |keeper| words.served(*keeper))),
        ("shipLocations", words.of_ships(ships, |ship| Value::Int(ship.location.into()))),
        ("shipStates", words.of_ships(ships, |ship| ship_state(ship.state))),
        ("ship_id", Value::Int(constants.ship_number(control.req.ship))),
        ("side", side(control.req.side)),
        ("target_loc", Value::Int(control.target_loc.into())),
        ("valvesOpen", words.of_locks(locks, |lock| levels(lock.valves))),
        ("waterLevel", words.of_locks(locks, |lock| level(lock.level))),
    ])
}

struct Words<'a> {
    constants: &'a Constants,
}

impl Words<'_> {
    fn of_locks<T>(&self, items: impl IntoIterator<Item = T>, word: impl Fn(T) -> Value) -> Value {
        numbered(self.constants.lock_number(0), items, word)
    }

    fn of_ships<T>(&self, items: impl IntoIterator<Item = T>, word: impl Fn(T) -> Value) -> Value {
        numbered(self.constants.ship_number(0), items, word)
    }

    fn of_keepers<T>(
        &self,
        items: impl IntoIterator<Item = T>,
        word: impl Fn(T) -> Value,
    ) -> Value {
        numbered(self.constants.keeper_number(0), items, word)
    }

    fn request(&self, request: Request) -> Value {
        Value::record([
            ("lock", Value::Int(self.constants.lock_number(request.lock))),
            ("ship", Value::Int(self.constants.ship_number(request.ship))),
            ("side", side(request.side)),
        ])
    }

    fn permission(&self, permission: Permission) -> Value {
        Value::record([
            ("granted", Value::Bool(permission.granted)),
            ("lock", Value::Int(self.constants.lock_number(permission.lock))),
        ])
    }

    fn permissions(&self, ship: &Ship) -> Value {
        Value::seq(ship.permissions.iter().map(|permission| self.permission(*permission)))
    }

    fn served(&self, keeper: Keeper) -> Value {
        let ship = keeper.ship.map_or(0, |ship| self.constants.ship_number(ship));
        Value::record([("ship", Value::Int(ship)), ("side", side(keeper.side))])
    }

    fn pc(&self, plant: &Plant, state: &Controllers) -> Value {
        let constants = self.constants;
        let name = |label: super::labels::Label| Value::from(label.name());
        let locks = (0..).zip(&plant.locks);
        let ships = (0..).zip(&plant.ships);
        let keepers = (0..).zip(&state.keepers);
        let all = std::iter::once((0, name(state.control.pc)))
            .chain(locks.map(|(lock, it): (u8, &Lock)| (constants.lock_number(lock), name(it.pc))))
            .chain(ships.map(|(ship, it): (u8, &Ship)| (constants.ship_number(ship), name(it.pc))))
            .chain(
                keepers
                    .map(|(lock, it): (u8, &Keeper)| (constants.keeper_number(lock), name(it.pc))),
            );
        Value::fun(all.map(|(number, word)| (Value::Int(number), word)))
    }
}

/// A function from consecutive numbers.
fn numbered<T>(first: i64, items: impl IntoIterator<Item = T>, word: impl Fn(T) -> Value) -> Value {
    let entries = (first..).zip(items);
    Value::fun(entries.map(|(number, item)| (Value::Int(number), word(item))))
}

fn words_of_orientation(lock: u8) -> Value {
    Value::from(match super::plant::low_side(lock) {
        Side::West => "west_low",
        Side::East => "east_low",
    })
}

fn sides([west, east]: [bool; 2]) -> Value {
    Value::record([("west", Value::Bool(west)), ("east", Value::Bool(east))])
}

fn levels([low, high]: [bool; 2]) -> Value {
    Value::record([("low", Value::Bool(low)), ("high", Value::Bool(high))])
}

fn side(side: Side) -> Value {
    Value::from(match side {
        Side::West => "west",
        Side::East => "east",
    })
}

fn level(level: Level) -> Value {
    Value::from(match level {
        Level::Low => "low",
        Level::High => "high",
    })
}

fn ship_state(state: ShipState) -> Value {
    Value::from(match state {
        ShipState::GoToEast => "go_to_east",
        ShipState::GoToWest => "go_to_west",
        ShipState::GoalReached => "goal_reached",
    })
}

fn command(command: Command) -> Value {
    let (name, part) = match command.part {
        Part::Door(door) => ("change_door", side(door)),
        Part::Valve(valve) => ("change_valve", level(valve)),
    };
    let name = if command.finished { "finished" } else { name };
    Value::record([
        ("command", Value::from(name)),
        ("open", Value::Bool(command.open)),
        ("side", part),
    ])
}
