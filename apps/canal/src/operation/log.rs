//! The log of an operation.

use std::fmt;

use mitregate_canal_lock::{
    Direction, InterlockError, Level, Location, LockCommand, LockId, Request, RequestError, ShipId,
};

/// An entry of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LogEntry {
    /// A ship asks for a door.
    Asks(Request),
    /// A ship's request is refused.
    Refused(RequestError),
    /// A ship gets a permission, after so many seconds.
    Permitted {
        /// The ship.
        ship: ShipId,
        /// The lock.
        lock: LockId,
        /// How long it has waited, in seconds.
        waited: u64,
    },
    /// A ship comes to a location.
    Arrives {
        /// The ship.
        ship: ShipId,
        /// Its new location.
        at: Location,
    },
    /// A ship has turned round.
    Turned {
        /// The ship.
        ship: ShipId,
        /// Its new direction.
        heading: Direction,
    },
    /// A lock has carried out a command that moved something.
    Moved {
        /// The lock.
        lock: LockId,
        /// The command.
        command: LockCommand,
    },
    /// The water of a lock has reached a level.
    Level {
        /// The lock.
        lock: LockId,
        /// The level.
        level: Level,
    },
    /// A ship that had a permission met a closed door: a collision.
    MetClosedDoor(Request),
    /// A door began to close while a ship was in it: a collision.
    ClosedOn(Request),
    /// There are more ships at a location than fit.
    Overfull {
        /// The location.
        at: Location,
        /// How many ships are there.
        ships: usize,
        /// How many fit.
        capacity: u16,
    },
    /// The controller cannot go on.
    Stopped(InterlockError),
    /// Nothing can happen any more.
    Stuck,
}

impl LogEntry {
    /// Whether it is an error of the controller or a collision.
    pub fn is_bad(&self) -> bool {
        matches!(
            self,
            LogEntry::Refused(_)
                | LogEntry::MetClosedDoor(_)
                | LogEntry::ClosedOn(_)
                | LogEntry::Overfull { .. }
                | LogEntry::Stopped(_)
                | LogEntry::Stuck
        )
    }
}

impl fmt::Display for LogEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LogEntry::Asks(Request { ship, lock, side }) => {
                write!(f, "{ship} asks for the {side} door of {lock}")
            }
            LogEntry::Refused(error) => write!(f, "refused: {error}"),
            LogEntry::Permitted { ship, lock, waited } => {
                write!(f, "{ship} may pass {lock}, after {waited} s")
            }
            LogEntry::Arrives { ship, at } => write!(f, "{ship} arrives in {at}"),
            LogEntry::Turned { ship, heading } => {
                write!(f, "{ship} has turned round, {heading}")
            }
            LogEntry::Moved { lock, command } => write!(f, "{lock}: {command}"),
            LogEntry::Level { lock, level } => write!(f, "{lock}: water {level}"),
            LogEntry::MetClosedDoor(Request { ship, lock, side }) => {
                write!(f, "COLLISION: {ship} met a closed door, the {side} door of {lock}")
            }
            LogEntry::ClosedOn(Request { ship, lock, side }) => {
                write!(f, "COLLISION: the {side} door of {lock} closes on {ship}")
            }
            LogEntry::Overfull { at, ships, capacity } => {
                write!(f, "OVERFULL: {ships} ships in {at}, where {capacity} fit")
            }
            LogEntry::Stopped(error) => write!(f, "STOPPED: {error}"),
            LogEntry::Stuck => f.write_str("STUCK: nothing can happen any more"),
        }
    }
}
