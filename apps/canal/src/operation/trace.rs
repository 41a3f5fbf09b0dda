//! What an operation logs for trace validation: each step of the controller, and what happens in the plant.
//!
//! Lines are in the order in which things happen. A step of the real controller is the spec's action of its
//! label. What happens in the plant is one of the spec's actions or several: a command that is carried out is
//! three. In the spec the water has reached its level before the valve's command is finished, and in an
//! operation it has not; so that is an observation, which comes later.

use std::fmt::Write as _;

use serde_json::{Map, Value as Json, json};

use super::drive::Setup;
use super::plant::{Plant, place};
use mitregate::check::validation::{Header, as_logged};
use mitregate::tla::value::Value;
use mitregate_canal_lock::{
    AnyController, Direction, Effect, Label, Location, LockCommand, Worker,
};
use mitregate_models::canal_lock::constants::{MODULE, ShipProcess, Unfit, Variant};
use mitregate_models::canal_lock::plant::Plant as SpecPlant;
use mitregate_models::canal_lock::refine::controllers;
use mitregate_models::canal_lock::words;
use mitregate_models::canal_lock::{Constants, Spec};

/// The spec's variables that are the controller's.
const OF_CONTROLLER: [&str; 10] = [
    "requests",
    "retryQueue",
    "entryRequests",
    "exitRequests",
    "retryCount",
    "lockOwner",
    "req",
    "target_loc",
    "grant",
    "served",
];

/// Writes lines.
pub(super) struct Tracer {
    spec: Spec,
    /// The controller's variables when they were last looked at.
    known: Map<String, Json>,
    lines: String,
}

impl Tracer {
    /// A tracer of an operation that is about to begin, with the line that says what it is about.
    pub(super) fn new(setup: &Setup, controller: &AnyController) -> Result<Tracer, Unfit> {
        let config = setup.canal.config();
        let narrow = |number: u16| u8::try_from(number).unwrap_or(u8::MAX);
        let constants = Constants::of_variant(Variant {
            locks: narrow(setup.canal.num_locks()),
            ships: narrow(setup.canal.num_ships()),
            max_ships_location: narrow(config.max_ships_location),
            max_ships_lock: narrow(config.max_ships_lock),
            max_retries: narrow(config.max_retries),
            controller: setup.scheme,
            ship_process: setup.ship_process,
        })?;
        let mut text = "SPECIFICATION Spec\nCONSTANTS".to_owned();
        for (name, value) in constants.named() {
            let _ = write!(text, "\n    {name} = {value}");
        }
        let header =
            Header { module: Some(MODULE.to_owned()), config: Some(text), silent: Vec::new() };
        let mut tracer = Tracer {
            spec: Spec::new(constants.into()),
            known: Map::new(),
            lines: format!("{}\n", json!({ "spec": header })),
        };
        tracer.known = tracer.variables(controller);
        Ok(tracer)
    }

    /// Takes the lines since the last call.
    pub(super) fn take(&mut self) -> String {
        std::mem::take(&mut self.lines)
    }

    /// A step of the controller or a keeper, after its effects.
    pub(super) fn step(
        &mut self,
        worker: Worker,
        label: Label,
        effects: &[Effect],
        controller: &AnyController,
        plant: &Plant,
    ) {
        let mut state = self.changes(controller);
        for effect in effects {
            let (variable, number, value) = match *effect {
                Effect::Command { lock, command } => {
                    ("lockCommand", self.lock(place(lock.0)), given(command))
                }
                Effect::Permit { ship, .. } => {
                    let number = self.ship(place(ship.0));
                    ("permissions", number, permissions(plant, place(ship.0)))
                }
                Effect::Acknowledge { ship } => ("moved", self.ship(place(ship.0)), false.into()),
            };
            let of_variable = state.entry(variable).or_insert_with(|| json!({}));
            of_variable[number.to_string()] = value;
        }
        let name = worker.spec_name(label);
        let action = match worker {
            Worker::Controller => name,
            Worker::Keeper(lock) => {
                let lock = u8::try_from(place(lock.0)).unwrap_or(u8::MAX);
                format!("{name}({})", self.spec.constants.keeper_number(lock))
            }
        };
        self.line(&action, &state.into());
    }

    /// A command has been carried out.
    pub(super) fn finished(&mut self, lock: usize, plant: &Plant) {
        let reading = plant.lock(lock);
        let number = self.lock(lock);
        let of_lock = |value: Json| json!({ number.to_string(): value });
        let (doors, valves) = (reading.doors, reading.valves);
        let moved = json!({
            "doorsOpen": of_lock(
                json!({ "west": doors.west.is_open(), "east": doors.east.is_open() })
            ),
            "valvesOpen": of_lock(
                json!({ "low": valves.low.is_open(), "high": valves.high.is_open() })
            ),
        });
        self.line(&format!("LockWaitForCommand({number})"), &moved);
        self.line(&format!("LockUpdateWaterLevel({number})"), &json!({}));
        let finished = json!({ "lockCommand": of_lock(json!({ "command": "finished" })) });
        self.line(&format!("LockCommandFinished({number})"), &finished);
    }

    /// The water has reached a level.
    pub(super) fn level(&mut self, lock: usize, plant: &Plant) {
        let level = plant.lock(lock).level.to_string();
        let observed = json!({ "waterLevel": { self.lock(lock).to_string(): level } });
        let _ = writeln!(self.lines, "{}", json!({ "observed": observed }));
    }

    /// A ship has asked.
    pub(super) fn asked(&mut self, ship: usize, controller: &AnyController, plant: &Plant) {
        let state = self.changes(controller).into();
        self.next_iteration(ship);
        self.of_ship("ShipRequest", (ship, at(plant, ship)), plant, &state);
    }

    /// A ship has taken its permission.
    pub(super) fn took(&mut self, ship: usize, plant: &Plant) {
        // A ship that takes it and moves in one step does that when it moves.
        if self.spec.constants.ship_process != ShipProcess::AtomicMove {
            let permissions = permissions(plant, ship);
            let state = json!({ "permissions": { self.ship(ship).to_string(): permissions } });
            self.of_ship("ShipWaitFor", (ship, at(plant, ship)), plant, &state);
        }
    }

    /// A ship has passed a door, and left a location.
    pub(super) fn passed(&mut self, ship: usize, left: Location, plant: &Plant) {
        let number = self.ship(ship).to_string();
        let state = json!({
            "shipLocations": { &number: plant.sensors.ships[ship].location.number() },
            "moved": { &number: true },
            "permissions": { &number: permissions(plant, ship) },
        });
        if self.spec.constants.ship_process == ShipProcess::AtomicMove {
            self.of_ship("ShipWaitFor", (ship, left), plant, &state);
        } else {
            let to = match plant.sensors.ships[ship].heading {
                Direction::Eastbound => "East",
                Direction::Westbound => "West",
            };
            self.line(&format!("ShipMove{to}({number})"), &state);
        }
    }

    /// A ship has turned round.
    pub(super) fn turned(&mut self, ship: usize, plant: &Plant) {
        let number = self.ship(ship);
        let (from, to) = match plant.sensors.ships[ship].heading {
            Direction::Eastbound => ("West", "go_to_east"),
            Direction::Westbound => ("East", "go_to_west"),
        };
        let state = |state: &str| json!({ "shipStates": { number.to_string(): state } });
        self.next_iteration(ship);
        self.line(&format!("ShipGoalReached{from}({number})"), &state("goal_reached"));
        self.next_iteration(ship);
        self.line(&format!("ShipTurnAround({number})"), &state(to));
    }

    /// A ship looks what to do next.
    fn next_iteration(&mut self, ship: usize) {
        self.line(&format!("ShipNextIteration({})", self.ship(ship)), &json!({}));
    }

    fn line(&mut self, action: &str, state: &Json) {
        let _ = writeln!(self.lines, "{}", json!({ "action": action, "state": state }));
    }

    /// A ship's step whose label depends on the door that it faces.
    fn of_ship(
        &mut self,
        prefix: &str,
        (ship, at): (usize, Location),
        plant: &Plant,
        state: &Json,
    ) {
        let door = match (plant.sensors.ships[ship].heading, at.is_inside()) {
            (Direction::Eastbound, false) => "West",
            (Direction::Eastbound, true) => "EastInLock",
            (Direction::Westbound, false) => "East",
            (Direction::Westbound, true) => "WestInLock",
        };
        self.line(&format!("{prefix}{door}({})", self.ship(ship)), state);
    }

    /// The controller's variables that have changed.
    fn changes(&mut self, controller: &AnyController) -> Map<String, Json> {
        let now = self.variables(controller);
        let is_new = |(name, value): &(&String, &Json)| self.known.get(*name) != Some(value);
        let changes = now.iter().filter(is_new).map(|(name, value)| (name.clone(), value.clone()));
        let changes = changes.collect();
        self.known = now;
        changes
    }

    fn variables(&self, controller: &AnyController) -> Map<String, Json> {
        let constants = &self.spec.constants;
        let plant = SpecPlant::at_start(constants);
        let view = words::view(constants, &plant, &controllers(constants, controller));
        let variable = |name: &str| {
            let value = match &view {
                Value::Fun(variables) => variables.get(&Value::from(name)),
                _ => None,
            };
            Some((name.to_owned(), as_logged(value?)))
        };
        OF_CONTROLLER.into_iter().filter_map(variable).collect()
    }

    /// The number that the spec gives to a lock.
    fn lock(&self, lock: usize) -> i64 {
        self.spec.constants.lock_number(u8::try_from(lock).unwrap_or(u8::MAX))
    }

    /// The number that the spec gives to a ship.
    fn ship(&self, ship: usize) -> i64 {
        self.spec.constants.ship_number(u8::try_from(ship).unwrap_or(u8::MAX))
    }
}

fn at(plant: &Plant, ship: usize) -> Location {
    plant.sensors.ships[ship].location
}

/// A ship's permissions.
fn permissions(plant: &Plant, ship: usize) -> Json {
    let permissions = &plant.sensors.ships[ship].permissions;
    permissions.iter().map(|lock| json!({ "lock": lock.0, "granted": true })).collect()
}

/// A command that a lock has not carried out yet.
fn given(command: LockCommand) -> Json {
    match command {
        LockCommand::Door { side, to } => json!({
            "command": "change_door", "side": side.to_string(), "open": to.is_open(),
        }),
        LockCommand::Valve { level, to } => json!({
            "command": "change_valve", "side": level.to_string(), "open": to.is_open(),
        }),
    }
}
