//! The readings of the plant before a step.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::canal::Canal;
use super::place::{Direction, Level, Location, LockId, ShipId, Side};
use super::step::{LockCommand, StepError};

/// The position of a door or valve.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Opening {
    /// Closed.
    Closed,
    /// Open.
    Open,
}

impl Opening {
    /// Whether it is open.
    pub fn is_open(self) -> bool {
        self == Opening::Open
    }
}

impl fmt::Display for Opening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Opening::Closed => "closed",
            Opening::Open => "open",
        })
    }
}

/// The two doors of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Doors {
    /// The west door.
    pub west: Opening,
    /// The east door.
    pub east: Opening,
}

impl Doors {
    /// The door on a side.
    pub fn at(self, side: Side) -> Opening {
        match side {
            Side::West => self.west,
            Side::East => self.east,
        }
    }
}

/// The two valves of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Valves {
    /// The valve to the lower water.
    pub low: Opening,
    /// The valve to the upper water.
    pub high: Opening,
}

impl Valves {
    /// The valve to the water of a level.
    pub fn at(self, level: Level) -> Opening {
        match level {
            Level::Low => self.low,
            Level::High => self.high,
        }
    }
}

/// The reading of a lock.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LockReading {
    /// Whether the last command, if any, has been carried out.
    pub finished: bool,
    /// The water level in it.
    pub level: Level,
    /// Its doors.
    pub doors: Doors,
    /// Its valves.
    pub valves: Valves,
}

impl LockReading {
    /// A lock at its start: no command, everything closed, low water.
    pub const IDLE: LockReading = LockReading {
        finished: true,
        level: Level::Low,
        doors: Doors { west: Opening::Closed, east: Opening::Closed },
        valves: Valves { low: Opening::Closed, high: Opening::Closed },
    };

    /// Whether the door or valve already has the position that the command asks for.
    pub fn satisfies(&self, command: LockCommand) -> bool {
        match command {
            LockCommand::Door { side, to } => self.doors.at(side) == to,
            LockCommand::Valve { level, to } => self.valves.at(level) == to,
        }
    }
}

/// The reading of a ship.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShipReading {
    /// Its location.
    pub location: Location,
    /// Its direction; at an end of the canal, that of its arrival until it has turned round.
    pub heading: Direction,
    /// Whether it has moved since its movement was last acknowledged.
    pub moved: bool,
    /// The locks of the permissions that it has been given and not yet taken, oldest first.
    pub permissions: Vec<LockId>,
}

/// One reading of everything, in the order of the numbers of locks and ships.
///
/// All of it must have been read at one instant, and none of it may change before the effects of
/// the step have been carried out: a step is one atomic action of the spec.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sensors {
    /// The locks, from west to east.
    pub locks: Vec<LockReading>,
    /// The ships.
    pub ships: Vec<ShipReading>,
}

impl Sensors {
    /// The readings of a canal at its start.
    pub fn at_start(canal: &Canal) -> Self {
        let ship = |start: &super::Start| ShipReading {
            location: start.location,
            heading: start.heading,
            moved: false,
            permissions: Vec::new(),
        };
        Sensors {
            locks: vec![LockReading::IDLE; usize::from(canal.num_locks())],
            ships: canal.config().starts.iter().map(ship).collect(),
        }
    }

    /// The reading of a lock, if there is one.
    pub fn lock(&self, lock: LockId) -> Option<&LockReading> {
        self.locks.get(lock.index()?)
    }

    /// The reading of a ship, if there is one.
    pub fn ship(&self, ship: ShipId) -> Option<&ShipReading> {
        self.ships.get(ship.index()?)
    }

    /// How many ships are at a location.
    pub fn ships_at(&self, location: Location) -> usize {
        self.ships.iter().filter(|ship| ship.location == location).count()
    }

    /// How many ships of one direction are at a location.
    pub fn ships_heading(&self, location: Location, heading: Direction) -> usize {
        let is_there = |s: &&ShipReading| s.location == location && s.heading == heading;
        self.ships.iter().filter(is_there).count()
    }

    /// Whether a ship has been given a permission for the lock and has not taken it.
    pub fn is_permitted(&self, lock: LockId) -> bool {
        self.ships.iter().any(|ship| ship.permissions.contains(&lock))
    }

    pub(super) fn read_lock(&self, lock: LockId) -> Result<&LockReading, StepError> {
        self.lock(lock).ok_or(StepError::UnreadLock { lock })
    }

    pub(super) fn read_ship(&self, ship: ShipId) -> Result<&ShipReading, StepError> {
        self.ship(ship).ok_or(StepError::UnreadShip { ship })
    }

    /// Refuses incomplete readings, with which ships would be miscounted.
    pub(super) fn check_complete(&self, canal: &Canal) -> Result<(), StepError> {
        if let Some(lock) = canal.locks().nth(self.locks.len()) {
            return Err(StepError::UnreadLock { lock });
        }
        match canal.ships().nth(self.ships.len()) {
            Some(ship) => Err(StepError::UnreadShip { ship }),
            None => Ok(()),
        }
    }
}
