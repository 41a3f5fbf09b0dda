//! The interlock: it refuses unsafe commands of any controller.

use thiserror::Error;

use super::any::{AnyController, Worker};
use super::canal::Canal;
use super::place::{Level, LockId, Orientation, Side};
use super::sensors::{LockReading, Opening, Sensors};
use super::step::{Effect, LockCommand, Step, StepError};

/// Why a command is refused. Nothing has moved.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum Refusal {
    /// The machinery is busy; a new command would replace its last one.
    #[error("the last command is not finished: wait for it")]
    Busy,
    /// The door would open against the water.
    #[error("the water is {level}, so the {side} door cannot open: change the level first")]
    WrongLevel {
        /// The door.
        side: Side,
        /// The level in the lock.
        level: Level,
    },
    /// Both doors would be open.
    #[error("the {side} door is open, so the other cannot open: close it first")]
    OtherDoorOpen {
        /// The door that is open.
        side: Side,
    },
    /// A door would be open to one level, and a valve to the other.
    #[error(
        "the {level} valve is open, so the door to the other level cannot open: close it first"
    )]
    ValveOpen {
        /// The valve that is open.
        level: Level,
    },
    /// A valve would be open to one level, and a door to the other.
    #[error("the {side} door is open, so the valve to the other level cannot open: close it first")]
    DoorOpen {
        /// The door that is open.
        side: Side,
    },
    /// Both valves would be open, and the upper pound would run into the lower.
    #[error("the {level} valve is open, so the other cannot open: close it first")]
    OtherValveOpen {
        /// The valve that is open.
        level: Level,
    },
}

/// Why an interlock stops a step. Nothing has changed, neither the controller nor the plant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum InterlockError {
    /// The controller cannot take the step.
    #[error(transparent)]
    Step(#[from] StepError),
    /// The interlock refuses a command of the controller.
    #[error("{lock} must not do this: {command}; {refusal}")]
    Refused {
        /// The lock.
        lock: LockId,
        /// The command.
        command: LockCommand,
        /// Why.
        refusal: Refusal,
    },
}

/// Stands between a controller and the machinery of the locks.
///
/// It reads the lock alone: whether its last command is finished, its water level, its doors and
/// its valves. Closing is always allowed, and ships are not read: an interlock of doors and valves
/// cannot see a door that closes on a ship.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interlock;

impl Interlock {
    /// Whether a lock may carry out a command now.
    ///
    /// # Errors
    ///
    /// [`Refusal`] if the lock is busy, or if the command opens a door or valve to one level while
    /// the water has the other level (doors only), or while a door or valve to the other level is
    /// open.
    pub fn check(
        self,
        orientation: Orientation,
        lock: LockReading,
        command: LockCommand,
    ) -> Result<(), Refusal> {
        if !lock.finished {
            return Err(Refusal::Busy);
        }
        match command {
            LockCommand::Door { side, to: Opening::Open } => check_door(orientation, lock, side),
            LockCommand::Valve { level, to: Opening::Open } => {
                check_valve(orientation, lock, level)
            }
            LockCommand::Door { to: Opening::Closed, .. }
            | LockCommand::Valve { to: Opening::Closed, .. } => Ok(()),
        }
    }

    /// Takes one step of a controller, unless a command is refused.
    ///
    /// # Errors
    ///
    /// [`InterlockError`] if the controller cannot take the step, or if one of its commands is
    /// refused. Then nothing has changed.
    pub fn step(
        self,
        controller: &mut AnyController,
        canal: &Canal,
        worker: Worker,
        sensors: &Sensors,
    ) -> Result<Step, InterlockError> {
        let mut next = controller.clone();
        let step = next.step(canal, worker, sensors)?;
        self.check_effects(canal, step.effects(), sensors)?;
        *controller = next;
        Ok(step)
    }

    /// Whether all effects of a step may be carried out now. The sensors may differ from the
    /// controller's.
    ///
    /// # Errors
    ///
    /// [`InterlockError`] for the first command that is refused, or if its lock is not in this
    /// canal or not among the sensors.
    pub fn check_effects(
        self,
        canal: &Canal,
        effects: &[Effect],
        sensors: &Sensors,
    ) -> Result<(), InterlockError> {
        for &effect in effects {
            let Effect::Command { lock, command } = effect else { continue };
            let orientation = canal.orientation(lock).ok_or(StepError::ForeignCanal { lock })?;
            self.check(orientation, *sensors.read_lock(lock)?, command)
                .map_err(|refusal| InterlockError::Refused { lock, command, refusal })?;
        }
        Ok(())
    }
}

fn check_door(orientation: Orientation, lock: LockReading, side: Side) -> Result<(), Refusal> {
    let level = orientation.level(side);
    let (other_side, other_level) = (side.opposite(), level.opposite());
    if lock.level != level {
        Err(Refusal::WrongLevel { side, level: lock.level })
    } else if lock.doors.at(other_side).is_open() {
        Err(Refusal::OtherDoorOpen { side: other_side })
    } else if lock.valves.at(other_level).is_open() {
        Err(Refusal::ValveOpen { level: other_level })
    } else {
        Ok(())
    }
}

fn check_valve(orientation: Orientation, lock: LockReading, level: Level) -> Result<(), Refusal> {
    let other_level = level.opposite();
    let other_side = orientation.side(other_level);
    if lock.doors.at(other_side).is_open() {
        Err(Refusal::DoorOpen { side: other_side })
    } else if lock.valves.at(other_level).is_open() {
        Err(Refusal::OtherValveOpen { level: other_level })
    } else {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::super::any::Scheme;
    use super::super::sensors::{Doors, Valves};
    use super::super::step::Label;
    use super::super::testing::{ShipKind, System, after, canal, is_safe};
    use super::*;

    const OPENINGS: [Opening; 2] = [Opening::Closed, Opening::Open];

    /// All 32 situations of an idle lock.
    fn readings() -> impl Iterator<Item = LockReading> {
        (0..32_usize).map(|bits| {
            let opening = |bit: usize| OPENINGS[(bits >> bit) & 1];
            LockReading {
                finished: true,
                level: if bits & 16 == 0 { Level::Low } else { Level::High },
                doors: Doors { west: opening(0), east: opening(1) },
                valves: Valves { low: opening(2), high: opening(3) },
            }
        })
    }

    fn commands() -> impl Iterator<Item = LockCommand> {
        OPENINGS.into_iter().flat_map(|to| {
            [
                LockCommand::Door { side: Side::West, to },
                LockCommand::Door { side: Side::East, to },
                LockCommand::Valve { level: Level::Low, to },
                LockCommand::Valve { level: Level::High, to },
            ]
        })
    }

    #[test]
    fn it_allows_what_is_safe_and_nothing_else() {
        let mut counts = [0; 2];
        for orientation in [Orientation::WestLow, Orientation::EastLow] {
            for lock in readings().filter(|lock| is_safe(orientation, *lock)) {
                for command in commands() {
                    let allowed = Interlock.check(orientation, lock, command).is_ok();
                    let safe = is_safe(orientation, after(lock, command));
                    assert_eq!(allowed, safe, "{orientation:?}, {lock:?}, {command}");
                    counts[usize::from(allowed)] += 1;
                }
            }
        }
        assert!(counts.iter().all(|&count| count > 0), "{counts:?}");
    }

    #[test]
    fn closing_is_always_allowed() {
        let closes = |c: &LockCommand| {
            matches!(
                c,
                LockCommand::Door { to: Opening::Closed, .. }
                    | LockCommand::Valve { to: Opening::Closed, .. }
            )
        };
        for lock in readings() {
            for command in commands().filter(closes) {
                assert_eq!(Interlock.check(Orientation::WestLow, lock, command), Ok(()));
            }
        }
    }

    #[test]
    fn each_refusal_says_why() {
        let west_low = Orientation::WestLow;
        let check = |change: fn(&mut LockReading), command| {
            let mut lock = LockReading::IDLE;
            change(&mut lock);
            Interlock.check(west_low, lock, command)
        };
        let open = Opening::Open;
        let west = LockCommand::Door { side: Side::West, to: open };
        let low = LockCommand::Valve { level: Level::Low, to: open };
        assert_eq!(check(|_| (), west), Ok(()));
        assert_eq!(check(|l| l.finished = false, west), Err(Refusal::Busy));
        assert_eq!(
            check(|l| l.level = Level::High, west),
            Err(Refusal::WrongLevel { side: Side::West, level: Level::High })
        );
        assert_eq!(
            check(|l| l.doors.east = Opening::Open, west),
            Err(Refusal::OtherDoorOpen { side: Side::East })
        );
        assert_eq!(
            check(|l| l.valves.high = Opening::Open, west),
            Err(Refusal::ValveOpen { level: Level::High })
        );
        assert_eq!(
            check(|l| l.doors.east = Opening::Open, low),
            Err(Refusal::DoorOpen { side: Side::East })
        );
        assert_eq!(
            check(|l| l.valves.high = Opening::Open, low),
            Err(Refusal::OtherValveOpen { level: Level::High })
        );
    }

    #[test]
    fn a_door_is_kept_closed_when_the_water_turns() {
        let canal = canal(1, 1, 2);
        let mut system = System::new(&canal, Scheme::ImmediateRetry);
        let label = |system: &System| system.controller.label(Worker::Controller);
        while label(&system) != Some(Label::OpenRequestedDoor) {
            for actor in system.actors(&canal) {
                system.step(&canal, ShipKind::AsGiven, actor).unwrap();
                if label(&system) == Some(Label::OpenRequestedDoor) {
                    break;
                }
            }
        }
        // A leak: the controller has read the right level, and does not read it again.
        let mut sensors = system.sensors.clone();
        sensors.locks[0].level = sensors.locks[0].level.opposite();
        let before = system.controller.clone();
        let result = Interlock.step(&mut system.controller, &canal, Worker::Controller, &sensors);
        let side = Side::West;
        let refusal = Refusal::WrongLevel { side, level: sensors.locks[0].level };
        let command = LockCommand::Door { side, to: Opening::Open };
        assert_eq!(result, Err(InterlockError::Refused { lock: LockId(1), command, refusal }));
        assert_eq!(system.controller, before);
        let unguarded = system.controller.step(&canal, Worker::Controller, &sensors).unwrap();
        assert_eq!(unguarded.effects(), [Effect::Command { lock: LockId(1), command }]);
    }
}
