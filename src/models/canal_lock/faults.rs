//! Faults, one for each law, under which the law fails.

use serde::Deserialize;

use super::labels::{Label, Process, ProcessStep};
use super::plant::{Part, Permission, Plant, Request};
use super::spec::State;
use mitregate::check::Interned;
use mitregate_canal_lock::{Effect, Location, LockId, Opening, Pound, Sensors};

/// A deliberate fault in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// `option4` counts one denial too many.
    RetryUncounted,
    /// A permission is given twice.
    PermittedTwice,
    /// When the requested door is open, the other one is opened as well. The water cannot be at both
    /// levels, so `DoorsOpenWaterlevelRight` fails together with `DoorsMutex`.
    BothDoorsOpened,
    /// The valve stays open when the water has its level.
    ValveLeftOpen,
    /// The water is assumed to be at the level that is needed.
    LevelAssumed,
    /// A permission names another lock.
    OtherLock,
}

impl Fault {
    /// The faults, each with the law that fails first under it.
    pub const OF_LAWS: [(Fault, &'static str); 6] = [
        (Fault::RetryUncounted, "TypeOK"),
        (Fault::PermittedTwice, "MessagesOK"),
        (Fault::BothDoorsOpened, "DoorsMutex"),
        (Fault::ValveLeftOpen, "DoorsOpenValvesClosed"),
        (Fault::LevelAssumed, "DoorsOpenWaterlevelRight"),
        (Fault::OtherLock, "PermissionForRightLock"),
    ];

    /// Changes the state that a step has led to.
    pub fn spoil(self, step: ProcessStep, state: &mut State) {
        if step.process != Process::Control {
            return;
        }
        let mut controllers = state.controllers.get().clone();
        let Request { ship, lock, side } = controllers.control.req;
        let Plant { locks, ships } = &mut state.plant;
        let granted = step.label == Label::ControlGrantPermission;
        match self {
            Fault::RetryUncounted
                if step.label == Label::ControlDecideGrantOrRetry && !controllers.control.grant =>
            {
                controllers.retry_count[usize::from(ship)] += 1;
            }
            Fault::PermittedTwice if granted => {
                ships.change(ship, |it| it.permissions.extend(it.permissions.clone()));
            }
            Fault::OtherLock if granted => ships.change(ship, |it| {
                if let Some(Permission { lock, .. }) = it.permissions.last_mut() {
                    *lock = (*lock + 1) % 2;
                }
            }),
            Fault::BothDoorsOpened if step.label == Label::ControlWaitDoorOpen => {
                locks.change(lock, |it| it.order(Part::Door(side.opposite()), true));
            }
            // The command to close it is lost.
            Fault::ValveLeftOpen if step.label == Label::ControlWaitWaterLevel => {
                locks.change(lock, |it| {
                    it.order(it.command.part, true);
                    it.command.finished = true;
                });
            }
            Fault::LevelAssumed if step.label == Label::ControlAdjustWaterLevel => {
                if matches!(locks[usize::from(lock)].command.part, Part::Valve(_)) {
                    locks.change(lock, |it| it.command.finished = true);
                    controllers.control.pc = Label::ControlOpenRequestedDoor;
                }
            }
            _ => {}
        }
        state.controllers = Interned::new(controllers);
    }
}

/// A fault in the plant, under which the real controller must be safe or stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PlantFault {
    /// The controller's gauges always show the high level. The interlock has its own.
    GaugeStuck,
    /// The locks report every command as carried out before they have done anything.
    FinishedTooSoon,
    /// The controller never learns that a command is carried out.
    FinishedUnseen,
    /// The sensors of the doors always show them closed.
    DoorsUnseen,
    /// No ship is ever seen in a lock: it seems to be west of it.
    ShipUnseen,
    /// A permission does not reach its ship.
    PermissionLost,
    /// A ship gets the permission for another lock.
    PermissionElsewhere,
}

impl PlantFault {
    /// Changes the controller's readings.
    pub fn mislead(self, sensors: &mut Sensors) {
        for lock in &mut sensors.locks {
            match self {
                PlantFault::GaugeStuck => lock.level = mitregate_canal_lock::Level::High,
                PlantFault::FinishedTooSoon => {
                    lock.finished = true;
                    lock.doors.west = Opening::Closed;
                    lock.doors.east = Opening::Closed;
                }
                PlantFault::FinishedUnseen => lock.finished = false,
                PlantFault::DoorsUnseen => {
                    lock.doors.west = Opening::Closed;
                    lock.doors.east = Opening::Closed;
                }
                PlantFault::ShipUnseen
                | PlantFault::PermissionLost
                | PlantFault::PermissionElsewhere => {}
            }
        }
        if self == PlantFault::ShipUnseen {
            for ship in &mut sensors.ships {
                if let Location::Inside(lock) = ship.location {
                    ship.location = Location::Outside(Pound(lock.0 - 1));
                }
            }
        }
    }

    /// What becomes of an effect of the controller; none if nothing does.
    pub fn distort(self, effect: Effect) -> Option<Effect> {
        match (self, effect) {
            (PlantFault::PermissionLost, Effect::Permit { .. }) => None,
            (PlantFault::PermissionElsewhere, Effect::Permit { ship, lock }) => {
                let other = LockId(if lock.0 == 1 { 2 } else { lock.0 - 1 });
                Some(Effect::Permit { ship, lock: other })
            }
            (_, effect) => Some(effect),
        }
    }
}
