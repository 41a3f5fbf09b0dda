//! The environment: locks and ships, as `lockProcess` and `shipProcess` have them. The port of the
//! spec and the system of real code share it.

use serde::{Deserialize, Serialize};

use super::constants::{Constants, ShipProcess};
use super::labels::Label;
use crate::parts::Parts;
use mitregate_canal_lock::{Direction, Level, Side};

/// The part of a lock that a command moves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Part {
    /// `change_door`.
    Door(Side),
    /// `change_valve`.
    Valve(Level),
}

/// `lockCommand[lock]`; after it has been carried out, only its name changes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Command {
    /// Whether its name is `finished`.
    pub finished: bool,
    /// The part to move.
    pub part: Part,
    /// Whether it is to be opened.
    pub open: bool,
}

/// A lock and its process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lock {
    /// `doorsOpen[lock]`, west and east.
    pub doors: [bool; 2],
    /// `valvesOpen[lock]`, low and high.
    pub valves: [bool; 2],
    /// `waterLevel[lock]`.
    pub level: Level,
    /// `lockCommand[lock]`.
    pub command: Command,
    /// `pc[lock]`.
    pub pc: Label,
}

impl Lock {
    /// Whether a door is open.
    pub fn door(&self, side: Side) -> bool {
        self.doors[side as usize]
    }

    /// Whether a valve is open.
    pub fn valve(&self, level: Level) -> bool {
        self.valves[level as usize]
    }

    /// Gives the lock a command.
    pub fn order(&mut self, part: Part, open: bool) {
        self.command = Command { finished: false, part, open };
    }
}

/// `shipStates[ship]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ShipState {
    /// `go_to_east`
    GoToEast,
    /// `go_to_west`
    GoToWest,
    /// `goal_reached`
    GoalReached,
}

/// A permission. Every permission given is granted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Permission {
    /// The index of the lock.
    pub lock: u8,
    /// Whether it is granted.
    pub granted: bool,
}

/// A ship and its process.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ship {
    /// `shipLocations[ship]`.
    pub location: u8,
    /// `shipStates[ship]`.
    pub state: ShipState,
    /// `moved[ship]`.
    pub moved: bool,
    /// `permissions[ship]`, oldest first.
    pub permissions: Vec<Permission>,
    /// `perm[ship]`.
    pub perm: Permission,
    /// `pc[ship]`.
    pub pc: Label,
}

impl Ship {
    /// Whether the ship is in a lock.
    pub fn in_lock(&self) -> bool {
        self.location % 2 == 1
    }

    /// `Ahead(ship)`: the location that it comes to with its next move.
    pub fn ahead(&self) -> i16 {
        i16::from(self.location) + if self.state == ShipState::GoToWest { -1 } else { 1 }
    }

    /// `LockInQuestion(ship)`: the index of the lock that it is in, or comes to next.
    pub fn lock_in_question(&self) -> i16 {
        let location = i16::from(self.location);
        match (self.in_lock(), self.state) {
            (true, _) => (location - 1) / 2,
            (false, ShipState::GoToEast) => location / 2,
            (false, _) => location / 2 - 1,
        }
    }

    /// `DoorInQuestion(ship)`: the door that its next move goes through.
    pub fn door_in_question(&self) -> Side {
        if self.in_lock() == (self.state == ShipState::GoToEast) { Side::East } else { Side::West }
    }

    /// Its direction; at its goal, the direction in which it came.
    pub fn direction(&self) -> Direction {
        match self.state {
            ShipState::GoToWest => Direction::Westbound,
            ShipState::GoalReached if self.location == 0 => Direction::Westbound,
            ShipState::GoToEast | ShipState::GoalReached => Direction::Eastbound,
        }
    }
}

/// A request: the indices of ship and lock, and the door.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Request {
    /// The ship that asks.
    pub ship: u8,
    /// The lock.
    pub lock: u8,
    /// The door.
    pub side: Side,
}

/// The canal and its ships. A lock takes some dozens of values and a ship a few hundred, each in a great many plants.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Plant {
    /// The locks, from west to east.
    pub locks: Parts<Lock>,
    /// The ships.
    pub ships: Parts<Ship>,
}

/// `LowSide(lockOrientations[lock])`: locks with even numbers are low in the west.
pub fn low_side(lock: u8) -> Side {
    if lock % 2 == 1 { Side::West } else { Side::East }
}

/// `LevelNeeded(lock, door)`.
pub fn level_needed(lock: u8, door: Side) -> Level {
    if door == low_side(lock) { Level::Low } else { Level::High }
}

impl Plant {
    /// The plant in the spec's initial state.
    pub fn at_start(constants: &Constants) -> Plant {
        let lock = Lock {
            doors: [false; 2],
            valves: [false; 2],
            level: Level::Low,
            command: Command { finished: true, part: Part::Door(Side::West), open: false },
            pc: Label::LockWaitForCommand,
        };
        let ship = |ship| {
            let starts_west = constants.ship_number(ship) % 2 == 0;
            Ship {
                location: if starts_west { 0 } else { constants.east_end() },
                state: if starts_west { ShipState::GoToEast } else { ShipState::GoToWest },
                moved: false,
                permissions: Vec::new(),
                perm: Permission { lock: 0, granted: false },
                pc: Label::ShipNextIteration,
            }
        };
        Plant {
            locks: constants.lock_indices().map(|_| lock).collect(),
            ships: constants.ship_indices().map(ship).collect(),
        }
    }

    /// A lock.
    pub fn lock(&self, lock: u8) -> &Lock {
        &self.locks[usize::from(lock)]
    }

    /// A ship.
    pub fn ship(&self, ship: u8) -> &Ship {
        &self.ships[usize::from(ship)]
    }

    /// Gives a lock a command.
    pub fn order(&mut self, lock: u8, part: Part, open: bool) {
        self.locks.change(lock, |it| it.order(part, open));
    }

    /// Gives a ship the permission for a lock.
    pub fn permit(&mut self, ship: u8, lock: u8) {
        self.ships.change(ship, |it| it.permissions.push(Permission { lock, granted: true }));
    }

    /// Acknowledges the movement of a ship.
    pub fn acknowledge(&mut self, ship: u8) {
        self.ships.change(ship, |it| it.moved = false);
    }

    /// How many ships are at a location.
    pub fn ships_at(&self, location: i16) -> usize {
        self.ships.iter().filter(|ship| i16::from(ship.location) == location).count()
    }

    /// The plant after the step of a lock; none if the lock has to wait.
    pub fn step_lock(&self, lock: u8) -> Option<Plant> {
        let it = self.lock(lock).step(low_side(lock))?;
        Some(Plant { locks: self.locks.with(lock, it), ships: self.ships.clone() })
    }

    /// The plant after the step of a ship, and the request that the step sends, if any; none if the
    /// ship has to wait.
    pub fn step_ship(&self, constants: &Constants, ship: u8) -> Option<(Plant, Option<Request>)> {
        let (it, request) = self.ship(ship).clone().step(constants, ship)?;
        Some((Plant { locks: self.locks.clone(), ships: self.ships.with(ship, it) }, request))
    }
}

impl Lock {
    /// The lock after its step; none if it has to wait.
    fn step(mut self, low_side: Side) -> Option<Lock> {
        match self.pc {
            // await ~Finished(self)
            Label::LockWaitForCommand => {
                if self.command.finished {
                    return None;
                }
                match self.command.part {
                    Part::Door(side) => self.doors[side as usize] = self.command.open,
                    Part::Valve(level) => self.valves[level as usize] = self.command.open,
                }
                self.pc = Label::LockUpdateWaterLevel;
            }
            // NewWaterLevel(lock)
            Label::LockUpdateWaterLevel => {
                let high_side = low_side.opposite();
                if self.valve(Level::Low) || self.door(low_side) {
                    self.level = Level::Low;
                } else if self.valve(Level::High) || self.door(high_side) {
                    self.level = Level::High;
                }
                self.pc = Label::LockCommandFinished;
            }
            _ => {
                self.command.finished = true;
                self.pc = Label::LockWaitForCommand;
            }
        }
        Some(self)
    }
}

impl Ship {
    /// The ship of that index after its step, and the request that it sends, if any; none if it has to
    /// wait.
    fn step(mut self, constants: &Constants, index: u8) -> Option<(Ship, Option<Request>)> {
        let mut request = None;
        match self.pc {
            Label::ShipNextIteration => self.pc = self.next_iteration(constants.east_end()),
            Label::ShipGoalReachedEast | Label::ShipGoalReachedWest => {
                self.state = ShipState::GoalReached;
                self.pc = Label::ShipNextIteration;
            }
            Label::ShipRequestWest
            | Label::ShipRequestEastInLock
            | Label::ShipRequestEast
            | Label::ShipRequestWestInLock => {
                let lock = u8::try_from(self.lock_in_question()).ok()?;
                request = Some(Request { ship: index, lock, side: self.door_in_question() });
                self.pc = match self.pc {
                    Label::ShipRequestWest => Label::ShipWaitForWest,
                    Label::ShipRequestEastInLock => Label::ShipWaitForEastInLock,
                    Label::ShipRequestEast => Label::ShipWaitForEast,
                    _ => Label::ShipWaitForWestInLock,
                };
            }
            Label::ShipMoveEast | Label::ShipMoveWest => {
                self.use_permission();
                if constants.ship_process == ShipProcess::ClearAfterMove {
                    self.permissions.remove(0);
                }
                self.pc = Label::ShipNextIteration;
            }
            Label::ShipTurnAround => {
                self.state =
                    if self.location == 0 { ShipState::GoToEast } else { ShipState::GoToWest };
                self.pc = Label::ShipNextIteration;
            }
            _ => self.await_permission(constants.ship_process)?,
        }
        Some((self, request))
    }

    /// The label after `ShipNextIteration`.
    fn next_iteration(&self, east_end: u8) -> Label {
        match (self.state, self.in_lock()) {
            (ShipState::GoToEast, _) if self.location == east_end => Label::ShipGoalReachedEast,
            (ShipState::GoToEast, false) => Label::ShipRequestWest,
            (ShipState::GoToEast, true) => Label::ShipRequestEastInLock,
            (ShipState::GoToWest, _) if self.location == 0 => Label::ShipGoalReachedWest,
            (ShipState::GoToWest, false) => Label::ShipRequestEast,
            (ShipState::GoToWest, true) => Label::ShipRequestWestInLock,
            (ShipState::GoalReached, _) => Label::ShipTurnAround,
        }
    }

    /// `awaitPermission`: none while there is no permission.
    fn await_permission(&mut self, process: ShipProcess) -> Option<()> {
        self.perm = *self.permissions.first()?;
        if process != ShipProcess::ClearAfterMove {
            self.permissions.remove(0);
        }
        if process == ShipProcess::AtomicMove {
            self.use_permission();
            self.pc = Label::ShipNextIteration;
        } else {
            self.pc = match self.state {
                ShipState::GoToWest => Label::ShipMoveWest,
                _ => Label::ShipMoveEast,
            };
        }
        Some(())
    }

    /// `move`: the next location, if the permission is granted.
    fn use_permission(&mut self) {
        if self.perm.granted {
            // Ships turn round at the ends, so the number stays in the canal.
            self.location = u8::try_from(self.ahead()).unwrap_or(self.location);
            self.moved = true;
        }
    }
}
