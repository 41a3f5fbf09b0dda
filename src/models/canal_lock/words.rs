//! States and steps in the words of TLA+.

use super::constants::Constants;
use super::labels::{Process, ProcessStep};
use super::plant::{Command, Lock, Part, Permission, Plant, Request, Ship, ShipState};
use super::spec::{Controllers, Keeper};
use mitregate::record;
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
    record! {
        doorsOpen: words.of_locks(locks, |lock| sides(lock.doors)),
        entryRequests: requests(&state.entry_requests),
        exitRequests: requests(&state.exit_requests),
        grant: control.grant,
        lockBusy: words.of_locks(&state.lock_owner, |owner| Value::Bool(owner.is_some())),
        lockCommand: words.of_locks(locks, |lock| command(lock.command)),
        lockOrientations: words.of_locks(0..constants.locks, words_of_orientation),
        lockOwner: words.of_locks(&state.lock_owner, owner),
        lock_id: constants.lock_number(control.req.lock),
        moved: words.of_ships(ships, |ship| Value::Bool(ship.moved)),
        pc: words.pc(plant, state),
        perm: words.of_ships(ships, |ship| words.permission(ship.perm)),
        permissions: words.of_ships(ships, |ship| words.permissions(ship)),
        req: words.request(control.req),
        requests: requests(&state.requests),
        retryCount: words.of_ships(&state.retry_count, |&count| Value::Int(count.into())),
        retryQueue: requests(&state.retry_queue),
        served: words.of_keepers(&state.keepers, |keeper| words.served(*keeper)),
        shipLocations: words.of_ships(ships, |ship| Value::Int(ship.location.into())),
        shipStates: words.of_ships(ships, |ship| ship_state(ship.state)),
        ship_id: constants.ship_number(control.req.ship),
        side: side(control.req.side),
        target_loc: i64::from(control.target_loc),
        valvesOpen: words.of_locks(locks, |lock| levels(lock.valves)),
        waterLevel: words.of_locks(locks, |lock| level(lock.level)),
    }
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
        record! {
            lock: self.constants.lock_number(request.lock),
            ship: self.constants.ship_number(request.ship),
            side: side(request.side),
        }
    }

    fn permission(&self, permission: Permission) -> Value {
        record! {
            granted: permission.granted,
            lock: self.constants.lock_number(permission.lock),
        }
    }

    fn permissions(&self, ship: &Ship) -> Value {
        Value::seq(ship.permissions.iter().map(|permission| self.permission(*permission)))
    }

    fn served(&self, keeper: Keeper) -> Value {
        let ship = keeper.ship.map_or(0, |ship| self.constants.ship_number(ship));
        record! { ship: ship, side: side(keeper.side) }
    }

    fn pc(&self, plant: &Plant, state: &Controllers) -> Value {
        let constants = self.constants;
        let locks = (0..).zip(&plant.locks);
        let ships = (0..).zip(&plant.ships);
        let keepers = (0..).zip(&state.keepers);
        let all = std::iter::once((0, state.control.pc.word()))
            .chain(locks.map(|(lock, it): (u8, &Lock)| (constants.lock_number(lock), it.pc.word())))
            .chain(ships.map(|(ship, it): (u8, &Ship)| (constants.ship_number(ship), it.pc.word())))
            .chain(
                keepers
                    .map(|(lock, it): (u8, &Keeper)| (constants.keeper_number(lock), it.pc.word())),
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
    match super::plant::low_side(lock) {
        Side::West => const { Value::word("west_low") },
        Side::East => const { Value::word("east_low") },
    }
}

fn sides([west, east]: [bool; 2]) -> Value {
    record! { east: east, west: west }
}

fn levels([low, high]: [bool; 2]) -> Value {
    record! { high: high, low: low }
}

fn side(side: Side) -> Value {
    match side {
        Side::West => const { Value::word("west") },
        Side::East => const { Value::word("east") },
    }
}

fn level(level: Level) -> Value {
    match level {
        Level::Low => const { Value::word("low") },
        Level::High => const { Value::word("high") },
    }
}

fn ship_state(state: ShipState) -> Value {
    match state {
        ShipState::GoToEast => const { Value::word("go_to_east") },
        ShipState::GoToWest => const { Value::word("go_to_west") },
        ShipState::GoalReached => const { Value::word("goal_reached") },
    }
}

fn command(command: Command) -> Value {
    let (name, part) = match command.part {
        Part::Door(door) => (const { Value::word("change_door") }, side(door)),
        Part::Valve(valve) => (const { Value::word("change_valve") }, level(valve)),
    };
    let name = if command.finished { const { Value::word("finished") } } else { name };
    record! { command: name, open: command.open, side: part }
}
