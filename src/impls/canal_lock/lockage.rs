//! A lockage: passing one ship through one door, from closing both doors to the permission.

use serde::{Deserialize, Serialize};

use super::canal::Canal;
use super::place::{Level, Location, LockId, Orientation, ShipId, Side};
use super::request::Request;
use super::sensors::{LockReading, Opening, Sensors, ShipReading};
use super::step::{Effect, Label, LockCommand, Step, StepError, Wait};

/// The registers of a controller: the request that it serves. Between requests they keep their
/// values, as the spec's variables do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Registers {
    /// The request: the spec's `req`, and its `ship_id`, `lock_id` and `side`, which never differ
    /// from it.
    pub request: Request,
    /// The location that the ship wants to enter: `target_loc`.
    pub target: Location,
    /// Whether the request is granted: `grant`.
    pub granted: bool,
}

impl Registers {
    pub(super) fn at_start(lock: LockId) -> Self {
        Registers {
            request: Request { ship: ShipId(1), lock, side: Side::West },
            target: Location::WEST_END,
            granted: false,
        }
    }
}

/// The differences between the controllers' lockages.
#[derive(Clone, Copy)]
pub(super) struct Cycle {
    /// The label at which it starts again.
    pub(super) start: Label,
    /// Whether the next request has to wait until the ship has moved.
    pub(super) awaits_movement: bool,
    /// Whether it closes the door behind the ship; the next lockage does so in any case.
    pub(super) closes_behind: bool,
}

/// A plan for a step, which changes nothing yet.
pub(super) enum Plan {
    /// Carry out the effects and go to the label.
    Go(Label, Vec<Effect>),
    /// Wait.
    Wait(Wait),
}

/// A program counter and its registers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct Lockage {
    pub(super) label: Label,
    pub(super) registers: Registers,
}

/// The inputs of a step of a lockage.
struct View<'a> {
    request: Request,
    target: Location,
    orientation: Orientation,
    lock: &'a LockReading,
    ship: &'a ShipReading,
}

impl Lockage {
    /// Carries out a plan. Only this moves the program counter.
    pub(super) fn commit(&mut self, plan: Plan) -> Step {
        let label = self.label;
        match plan {
            Plan::Go(next, effects) => {
                self.label = next;
                Step::Taken { label, effects }
            }
            Plan::Wait(until) => Step::Waiting { label, until },
        }
    }

    /// Whether the ship's request has been taken, and it has not moved since.
    pub(super) fn is_about(&self, ship: ShipId, moved: bool) -> bool {
        let waits = self.label == Label::WaitForShipMovement && !moved;
        self.registers.request.ship == ship && (self.label.is_serving() || waits)
    }

    /// Plans the step at a label from [`Label::CloseBothDoors`] on.
    pub(super) fn plan(
        &self,
        canal: &Canal,
        sensors: &Sensors,
        cycle: Cycle,
    ) -> Result<Plan, StepError> {
        let Registers { request, target, .. } = self.registers;
        let lock = request.lock;
        let view = View {
            request,
            target,
            orientation: canal.orientation(lock).ok_or(StepError::ForeignCanal { lock })?,
            lock: sensors.read_lock(lock)?,
            ship: sensors.read_ship(request.ship)?,
        };
        match self.label {
            Label::GrantPermission => view.grant(cycle),
            Label::WaitForShipMovement => view.see_off(cycle),
            Label::WaitDoorClosed => {
                view.after(view.requested_door(Opening::Closed), cycle.start, None)
            }
            label => view.prepare(label),
        }
    }
}

impl View<'_> {
    /// Closes, levels and opens: the labels up to [`Label::WaitDoorOpen`].
    fn prepare(&self, label: Label) -> Result<Plan, StepError> {
        use Opening::{Closed, Open};
        let level = self.needed_level();
        let opposite = level.opposite();
        match label {
            Label::WaitLowDoorClosed => self.after(
                self.door(Level::Low, Closed),
                Label::WaitHighDoorClosed,
                Some(self.door(Level::High, Closed)),
            ),
            Label::WaitHighDoorClosed => {
                self.after(self.door(Level::High, Closed), Label::AdjustWaterLevel, None)
            }
            Label::AdjustWaterLevel if self.lock.level == level => {
                Ok(Plan::Go(Label::OpenRequestedDoor, Vec::new()))
            }
            Label::AdjustWaterLevel => {
                Ok(self.go(Label::WaitOppositeValveClosed, valve(opposite, Closed)))
            }
            Label::WaitOppositeValveClosed => {
                self.after(valve(opposite, Closed), Label::WaitValveOpen, Some(valve(level, Open)))
            }
            Label::WaitValveOpen => self.after(valve(level, Open), Label::WaitWaterLevel, None),
            Label::WaitWaterLevel if self.lock.level == level => {
                Ok(self.go(Label::WaitValveClosed, valve(level, Closed)))
            }
            Label::WaitWaterLevel => {
                Ok(Plan::Wait(Wait::WaterLevel { lock: self.request.lock, level }))
            }
            Label::WaitValveClosed => {
                self.after(valve(level, Closed), Label::OpenRequestedDoor, None)
            }
            Label::OpenRequestedDoor => Ok(self.go(Label::WaitDoorOpen, self.requested_door(Open))),
            Label::WaitDoorOpen => {
                self.after(self.requested_door(Open), Label::GrantPermission, None)
            }
            // CloseBothDoors is where a lockage begins.
            _ if self.lock.finished => {
                Ok(self.go(Label::WaitLowDoorClosed, self.door(Level::Low, Closed)))
            }
            _ => Ok(self.wait_finished()),
        }
    }

    /// Permits the ship to move. If the movement will be awaited, an earlier one must have been
    /// acknowledged.
    fn grant(&self, cycle: Cycle) -> Result<Plan, StepError> {
        let Request { ship, lock, .. } = self.request;
        let permit = vec![Effect::Permit { ship, lock }];
        if !cycle.awaits_movement {
            Ok(Plan::Go(cycle.start, permit))
        } else if self.ship.moved {
            Err(StepError::StaleMovement { ship })
        } else {
            Ok(Plan::Go(Label::WaitForShipMovement, permit))
        }
    }

    /// Waits for the ship to move, and closes the door behind it.
    fn see_off(&self, cycle: Cycle) -> Result<Plan, StepError> {
        let Request { ship, lock, .. } = self.request;
        let (location, target) = (self.ship.location, self.target);
        if !self.ship.moved {
            return Ok(Plan::Wait(Wait::Movement { ship }));
        }
        if location != target {
            return Err(StepError::MovedElsewhere { ship, location, target });
        }
        let acknowledge = Effect::Acknowledge { ship };
        if !cycle.closes_behind {
            return Ok(Plan::Go(cycle.start, vec![acknowledge]));
        }
        let command = self.requested_door(Opening::Closed);
        let effects = vec![acknowledge, Effect::Command { lock, command }];
        Ok(Plan::Go(Label::WaitDoorClosed, effects))
    }

    /// Once the last command is carried out: gives the next one and goes on.
    fn after(
        &self,
        last: LockCommand,
        next: Label,
        command: Option<LockCommand>,
    ) -> Result<Plan, StepError> {
        let lock = self.request.lock;
        if !self.lock.finished {
            return Ok(self.wait_finished());
        }
        if !self.lock.satisfies(last) {
            return Err(StepError::NotCarriedOut { lock, command: last });
        }
        Ok(match command {
            Some(command) => self.go(next, command),
            None => Plan::Go(next, Vec::new()),
        })
    }

    fn go(&self, next: Label, command: LockCommand) -> Plan {
        Plan::Go(next, vec![Effect::Command { lock: self.request.lock, command }])
    }

    fn wait_finished(&self) -> Plan {
        Plan::Wait(Wait::Finished { lock: self.request.lock })
    }

    fn needed_level(&self) -> Level {
        self.orientation.level(self.request.side)
    }

    fn door(&self, level: Level, to: Opening) -> LockCommand {
        LockCommand::Door { side: self.orientation.side(level), to }
    }

    fn requested_door(&self, to: Opening) -> LockCommand {
        LockCommand::Door { side: self.request.side, to }
    }
}

fn valve(level: Level, to: Opening) -> LockCommand {
    LockCommand::Valve { level, to }
}
