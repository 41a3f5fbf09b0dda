//! The spec's processes and labels. A label is a value of `pc`, and names the step that the process
//! takes there.

use super::constants::ShipProcess;
use mitregate::tla::Value;
use mitregate_canal_lock::Scheme;

macro_rules! labels {
    ($($name:ident),* $(,)?) => {
        /// A label of `lock_multiple`; TLA+ has an action of the same name.
        #[allow(missing_docs)] // the names are the spec's
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Label {
            $($name),*
        }

        impl Label {
            /// All labels, in the order of the spec.
            pub const ALL: [Label; { [$(stringify!($name)),*].len() }] = [$(Label::$name),*];

            /// The label's name.
            pub fn name(self) -> &'static str {
                match self {
                    $(Label::$name => stringify!($name)),*
                }
            }

            /// The label's name in TLA+.
            pub(super) fn word(self) -> Value {
                match self {
                    $(Label::$name => const { Value::word(stringify!($name)) }),*
                }
            }
        }
    };
}

labels![
    LockWaitForCommand,
    LockUpdateWaterLevel,
    LockCommandFinished,
    ShipNextIteration,
    ShipGoalReachedEast,
    ShipRequestWest,
    ShipWaitForWest,
    ShipRequestEastInLock,
    ShipWaitForEastInLock,
    ShipMoveEast,
    ShipGoalReachedWest,
    ShipRequestEast,
    ShipWaitForEast,
    ShipRequestWestInLock,
    ShipWaitForWestInLock,
    ShipMoveWest,
    ShipTurnAround,
    ControlNextRequest,
    ControlReadRequest,
    ControlCheckConditions,
    ControlReleaseLocks,
    ControlCheckCapacity,
    ControlDecideGrantOrRetry,
    ControlCloseBothDoors,
    ControlWaitLowDoorClosed,
    ControlWaitHighDoorClosed,
    ControlAdjustWaterLevel,
    ControlWaitOppositeValveClosed,
    ControlWaitValveOpen,
    ControlWaitWaterLevel,
    ControlWaitValveClosed,
    ControlOpenRequestedDoor,
    ControlWaitDoorOpen,
    ControlGrantPermission,
    ControlWaitForShipMovement,
    ControlWaitDoorClosed,
    KeeperTakeRequest,
    KeeperCloseBothDoors,
    KeeperWaitLowDoorClosed,
    KeeperWaitHighDoorClosed,
    KeeperAdjustWaterLevel,
    KeeperWaitOppositeValveClosed,
    KeeperWaitValveOpen,
    KeeperWaitWaterLevel,
    KeeperWaitValveClosed,
    KeeperOpenRequestedDoor,
    KeeperWaitDoorOpen,
    KeeperGrantPermission,
    KeeperWaitForShipMovement,
];

impl Label {
    /// The label of that name.
    pub fn named(name: &str) -> Option<Label> {
        Label::ALL.into_iter().find(|label| label.name() == name)
    }

    /// The labels that processes of a variant have.
    pub fn of_variant(controller: Scheme, ship_process: ShipProcess) -> Vec<Label> {
        let is_of_variant = |label: &Label| match label {
            Label::ControlReleaseLocks => controller == Scheme::BusyLocks,
            Label::ControlWaitForShipMovement | Label::ControlWaitDoorClosed => {
                controller == Scheme::AwaitMove
            }
            Label::ShipMoveEast | Label::ShipMoveWest => ship_process != ShipProcess::AtomicMove,
            _ if label.name().starts_with("Control") => controller != Scheme::Keepers,
            _ if label.name().starts_with("Keeper") => controller == Scheme::Keepers,
            _ => true,
        };
        Label::ALL.into_iter().filter(is_of_variant).collect()
    }

    /// Whether a ship waits for its permission here.
    pub fn is_ship_waiting(self) -> bool {
        matches!(
            self,
            Label::ShipWaitForWest
                | Label::ShipWaitForEastInLock
                | Label::ShipWaitForEast
                | Label::ShipWaitForWestInLock
        )
    }
}

/// A process of the spec. Locks and ships are given by their indices, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Process {
    /// `lockProcess`.
    Lock(u8),
    /// `shipProcess`.
    Ship(u8),
    /// `controlProcess`.
    Control,
    /// `keeperProcess`, of the lock of that index.
    Keeper(u8),
}

/// A step: a process takes the action of its label. Processes are deterministic.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ProcessStep {
    /// The process.
    pub process: Process,
    /// The label that it starts from.
    pub label: Label,
}
