//! Faults, one for each law, under which the law fails.

use serde::Deserialize;

use super::labels::{Label, Process, ProcessStep};
use super::plant::{Part, Permission};
use super::spec::State;
use mitregate_canal_lock::{Opening, Sensors};

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
        let (lock, ship, pc) = match step.process {
            Process::Control => {
                (state.control.req.lock, state.control.req.ship, &mut state.control.pc)
            }
            Process::Lock(_) | Process::Ship(_) | Process::Keeper(_) => return,
        };
        let granted = step.label == Label::ControlGrantPermission;
        let it = &mut state.plant.locks[usize::from(lock)];
        let permissions = &mut state.plant.ships[usize::from(ship)].permissions;
        match self {
            Fault::RetryUncounted
                if step.label == Label::ControlDecideGrantOrRetry && !state.control.grant =>
            {
                state.retry_count[usize::from(ship)] += 1;
            }
            Fault::PermittedTwice if granted => permissions.extend(permissions.clone()),
            Fault::OtherLock if granted => {
                if let Some(Permission { lock, .. }) = permissions.last_mut() {
                    *lock = (*lock + 1) % 2;
                }
            }
            Fault::BothDoorsOpened if step.label == Label::ControlWaitDoorOpen => {
                it.order(Part::Door(state.control.req.side.opposite()), true);
            }
            // The command to close it is lost.
            Fault::ValveLeftOpen if step.label == Label::ControlWaitWaterLevel => {
                it.order(it.command.part, true);
                it.command.finished = true;
            }
            Fault::LevelAssumed if step.label == Label::ControlAdjustWaterLevel => {
                if matches!(it.command.part, Part::Valve(_)) {
                    it.command.finished = true;
                    *pc = Label::ControlOpenRequestedDoor;
                }
            }
            _ => {}
        }
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
            }
        }
    }
}
