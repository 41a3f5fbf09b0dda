//! One step of a controller: its label, its effects on the plant, its waits.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::place::{Direction, Level, Location, LockId, ShipId, Side};
use super::request::Request;
use super::sensors::Opening;

/// A controller's program counter: the spec's label of the step that it takes next, without the
/// prefix `Control` or `Keeper`; see [`Worker::spec_name`](super::Worker::spec_name).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Label {
    /// Starts again.
    NextRequest,
    /// Waits for a request and takes it.
    ReadRequest,
    /// Waits for a request that can be served, and takes it ([`Keepers`](super::Keepers) only).
    TakeRequest,
    /// Determines the ship's target location.
    CheckConditions,
    /// Frees the locks whose owner has moved ([`BusyLocks`](super::BusyLocks) only).
    ReleaseLocks,
    /// Checks whether there is room and whether the lock is free.
    CheckCapacity,
    /// Grants or denies.
    DecideGrantOrRetry,
    /// Closes the door on the low side.
    CloseBothDoors,
    /// Waits until it is closed, and closes the other door.
    WaitLowDoorClosed,
    /// Waits until it is done.
    WaitHighDoorClosed,
    /// Closes the valve to the wrong level, unless the level is right.
    AdjustWaterLevel,
    /// Waits until it is closed, and opens the valve to the right level.
    WaitOppositeValveClosed,
    /// Waits until it is done.
    WaitValveOpen,
    /// Waits for the level, and closes the valve.
    WaitWaterLevel,
    /// Waits until it is done.
    WaitValveClosed,
    /// Opens the door that the ship has asked for.
    OpenRequestedDoor,
    /// Waits until it is open.
    WaitDoorOpen,
    /// Permits the ship to move.
    GrantPermission,
    /// Waits for the ship to move ([`AwaitMove`](super::AwaitMove) and
    /// [`Keepers`](super::Keepers) only); the former closes the door again.
    WaitForShipMovement,
    /// Waits for that ([`AwaitMove`](super::AwaitMove) only).
    WaitDoorClosed,
}

impl Label {
    /// All labels, in the order in which they are passed.
    pub const ALL: [Label; 20] = [
        Label::NextRequest,
        Label::ReadRequest,
        Label::TakeRequest,
        Label::CheckConditions,
        Label::ReleaseLocks,
        Label::CheckCapacity,
        Label::DecideGrantOrRetry,
        Label::CloseBothDoors,
        Label::WaitLowDoorClosed,
        Label::WaitHighDoorClosed,
        Label::AdjustWaterLevel,
        Label::WaitOppositeValveClosed,
        Label::WaitValveOpen,
        Label::WaitWaterLevel,
        Label::WaitValveClosed,
        Label::OpenRequestedDoor,
        Label::WaitDoorOpen,
        Label::GrantPermission,
        Label::WaitForShipMovement,
        Label::WaitDoorClosed,
    ];

    /// The name of the label.
    pub fn name(self) -> &'static str {
        match self {
            Label::NextRequest => "NextRequest",
            Label::ReadRequest => "ReadRequest",
            Label::TakeRequest => "TakeRequest",
            Label::CheckConditions => "CheckConditions",
            Label::ReleaseLocks => "ReleaseLocks",
            Label::CheckCapacity => "CheckCapacity",
            Label::DecideGrantOrRetry => "DecideGrantOrRetry",
            Label::CloseBothDoors => "CloseBothDoors",
            Label::WaitLowDoorClosed => "WaitLowDoorClosed",
            Label::WaitHighDoorClosed => "WaitHighDoorClosed",
            Label::AdjustWaterLevel => "AdjustWaterLevel",
            Label::WaitOppositeValveClosed => "WaitOppositeValveClosed",
            Label::WaitValveOpen => "WaitValveOpen",
            Label::WaitWaterLevel => "WaitWaterLevel",
            Label::WaitValveClosed => "WaitValveClosed",
            Label::OpenRequestedDoor => "OpenRequestedDoor",
            Label::WaitDoorOpen => "WaitDoorOpen",
            Label::GrantPermission => "GrantPermission",
            Label::WaitForShipMovement => "WaitForShipMovement",
            Label::WaitDoorClosed => "WaitDoorClosed",
        }
    }

    /// Whether a request has been taken and not yet been denied or permitted.
    pub fn is_serving(self) -> bool {
        !matches!(
            self,
            Label::NextRequest
                | Label::ReadRequest
                | Label::TakeRequest
                | Label::WaitForShipMovement
                | Label::WaitDoorClosed
        )
    }
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A command to the machinery of a lock. A command that is already satisfied does no harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LockCommand {
    /// Moves a door.
    Door {
        /// The side.
        side: Side,
        /// To which position.
        to: Opening,
    },
    /// Moves a valve.
    Valve {
        /// The level.
        level: Level,
        /// To which position.
        to: Opening,
    },
}

impl fmt::Display for LockCommand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockCommand::Door { side, to } => write!(f, "{side} door {to}"),
            LockCommand::Valve { level, to } => write!(f, "{level} valve {to}"),
        }
    }
}

/// An effect on the plant. The effects of one step are carried out in order, as one action.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect {
    /// Give the command to the machinery; the lock's `finished` turns false until it is done.
    Command {
        /// To which lock.
        lock: LockId,
        /// The command.
        command: LockCommand,
    },
    /// Give the ship a permission to pass the door that it has asked for.
    Permit {
        /// The ship.
        ship: ShipId,
        /// For which lock.
        lock: LockId,
    },
    /// The ship's movement has been noticed: its `moved` turns false.
    Acknowledge {
        /// The ship.
        ship: ShipId,
    },
}

/// A condition that must hold before the next step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Wait {
    /// A ship has to ask for something that can be served.
    Request,
    /// The lock has to carry out its last command.
    Finished {
        /// The lock.
        lock: LockId,
    },
    /// The water has to reach a level.
    WaterLevel {
        /// In which lock.
        lock: LockId,
        /// The level.
        level: Level,
    },
    /// The ship has to move.
    Movement {
        /// The ship.
        ship: ShipId,
    },
    /// There has to be room for the ship.
    Room {
        /// For which ship.
        ship: ShipId,
        /// Where.
        location: Location,
    },
}

/// The result of a step.
#[must_use = "the effects have to be carried out"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Step {
    /// The step was taken.
    Taken {
        /// The label.
        label: Label,
        /// The effects, to be carried out before any worker's next step.
        effects: Vec<Effect>,
    },
    /// The step cannot be taken yet. Nothing has changed.
    Waiting {
        /// The label.
        label: Label,
        /// The condition that it waits for.
        until: Wait,
    },
}

impl Step {
    /// The effects on the plant.
    pub fn effects(&self) -> &[Effect] {
        match self {
            Step::Taken { effects, .. } => effects,
            Step::Waiting { .. } => &[],
        }
    }
}

/// Why a step is impossible. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum StepError {
    /// The sensors leave out a lock.
    #[error("the sensors have no reading of {lock}: give one for each lock of the canal")]
    UnreadLock {
        /// The lock.
        lock: LockId,
    },
    /// The sensors leave out a ship.
    #[error("the sensors have no reading of {ship}: give one for each ship of the canal")]
    UnreadShip {
        /// The ship.
        ship: ShipId,
    },
    /// The controller was made for another canal.
    #[error("the canal has no {lock}: pass the canal that the controller was made for")]
    ForeignCanal {
        /// A lock of the controller.
        lock: LockId,
    },
    /// There is no keeper for the lock.
    #[error("{lock} has no keeper: take the workers from `AnyController::workers`")]
    NoKeeper {
        /// The lock.
        lock: LockId,
    },
    /// Keepers have no controller over them.
    #[error("keepers have no common controller: take the workers from `AnyController::workers`")]
    NoController,
    /// The ship is not where it asked.
    #[error(
        "{ship} asked for the {side} door of {lock} but is {heading} in {location}: bring it back \
         to the door",
        ship = request.ship, side = request.side, lock = request.lock
    )]
    Astray {
        /// Its request.
        request: Request,
        /// Its location.
        location: Location,
        /// Its direction.
        heading: Direction,
    },
    /// The machinery reports that it has finished, but the command is not carried out.
    #[error(
        "{lock} reports its last command as finished, but this is not so: {command}; mend the \
         machinery or the sensor"
    )]
    NotCarriedOut {
        /// The lock.
        lock: LockId,
        /// The command.
        command: LockCommand,
    },
    /// The ship's last movement is not acknowledged, so its next could not be distinguished from
    /// it.
    #[error("{ship} still shows an old movement: carry out the acknowledgement of it")]
    StaleMovement {
        /// The ship.
        ship: ShipId,
    },
    /// The ship shows a movement, but is not where it was permitted to go.
    #[error("{ship} has moved to {location} instead of {target}: correct its position")]
    MovedElsewhere {
        /// The ship.
        ship: ShipId,
        /// Its location.
        location: Location,
        /// Where it should be.
        target: Location,
    },
}
