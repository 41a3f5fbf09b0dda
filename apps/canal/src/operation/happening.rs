//! What happens on the canal and is worth a line.

use std::fmt;

use mitregate_canal_lock::{
    Direction, InterlockError, Level, Location, LockCommand, LockId, Request, RequestError, ShipId,
};

/// What has happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Happening {
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
        /// Where it is now.
        at: Location,
    },
    /// A ship has turned round.
    Turned {
        /// The ship.
        ship: ShipId,
        /// Which way it goes.
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

impl Happening {
    /// Whether it must not happen on a canal that is run well.
    pub fn is_bad(&self) -> bool {
        matches!(
            self,
            Happening::Refused(_)
                | Happening::MetClosedDoor(_)
                | Happening::ClosedOn(_)
                | Happening::Overfull { .. }
                | Happening::Stopped(_)
                | Happening::Stuck
        )
    }
}

impl fmt::Display for Happening {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Happening::Asks(Request { ship, lock, side }) => {
                write!(f, "{ship} asks for the {side} door of {lock}")
            }
            Happening::Refused(error) => write!(f, "refused: {error}"),
            Happening::Permitted { ship, lock, waited } => {
                write!(f, "{ship} may pass {lock}, after {waited} s")
            }
            Happening::Arrives { ship, at } => write!(f, "{ship} arrives in {at}"),
            Happening::Turned { ship, heading } => {
                write!(f, "{ship} has turned round, {heading}")
            }
            Happening::Moved { lock, command } => write!(f, "{lock}: {command}"),
            Happening::Level { lock, level } => write!(f, "{lock}: water {level}"),
            Happening::MetClosedDoor(Request { ship, lock, side }) => {
                write!(f, "COLLISION: {ship} met a closed door, the {side} door of {lock}")
            }
            Happening::ClosedOn(Request { ship, lock, side }) => {
                write!(f, "COLLISION: the {side} door of {lock} closes on {ship}")
            }
            Happening::Overfull { at, ships, capacity } => {
                write!(f, "OVERFULL: {ships} ships in {at}, where {capacity} fit")
            }
            Happening::Stopped(error) => write!(f, "STOPPED: {error}"),
            Happening::Stuck => f.write_str("STUCK: nothing can happen any more"),
        }
    }
}
