//! The sequential controller: one request at a time, for the whole canal.

use serde::{Deserialize, Serialize};

use super::canal::Canal;
use super::lockage::{Cycle, Lockage, Plan, Registers};
use super::place::{Location, LockId, ShipId};
use super::policy::Policy;
use super::request::{Request, RequestError, RequestKind};
use super::sensors::Sensors;
use super::step::{Effect, Label, Step, StepError, Wait};

/// A controller that serves one request at a time, whatever the lock.
///
/// Each call of [`Controller::step`] is one labelled step of the spec's `controlProcess`. The
/// spec's variants differ by [`Policy`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Controller {
    lockage: Lockage,
    requests: Vec<Request>,
    policy: Policy,
}

impl Controller {
    /// A controller without requests.
    pub fn new(policy: impl Into<Policy>) -> Self {
        Controller {
            lockage: Lockage {
                label: Label::NextRequest,
                registers: Registers::at_start(LockId(1)),
            },
            requests: Vec::new(),
            policy: policy.into(),
        }
    }

    /// The step that it takes next.
    pub fn label(&self) -> Label {
        self.lockage.label
    }

    /// Its registers; an idle controller keeps its last request in them.
    pub fn registers(&self) -> &Registers {
        &self.lockage.registers
    }

    /// Its policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The spec's `requests`, oldest first.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    /// The spec's `retryQueue`, oldest first; empty for others than [`Policy::RetryQueue`].
    pub fn retry_queue(&self) -> &[Request] {
        match &self.policy {
            Policy::RetryQueue(policy) => &policy.denied,
            _ => &[],
        }
    }

    /// The spec's `retryCount`; 0 for others than [`Policy::RetryLimit`].
    pub fn retry_count(&self, ship: ShipId) -> u16 {
        match &self.policy {
            Policy::RetryLimit(policy) => policy.count(ship),
            _ => 0,
        }
    }

    /// The spec's `entryRequests`, oldest first; empty for others than [`Policy::ExitsFirst`].
    pub fn entry_requests(&self) -> &[Request] {
        match &self.policy {
            Policy::ExitsFirst(policy) => &policy.entries,
            _ => &[],
        }
    }

    /// The spec's `exitRequests`, oldest first; empty for others than [`Policy::ExitsFirst`].
    pub fn exit_requests(&self) -> &[Request] {
        match &self.policy {
            Policy::ExitsFirst(policy) => &policy.exits,
            _ => &[],
        }
    }

    /// The spec's `lockBusy`; false for others than [`Policy::BusyLocks`].
    pub fn is_lock_busy(&self, lock: LockId) -> bool {
        self.lock_owner(lock).is_some()
    }

    /// The spec's `lockOwner`; `None` for a lock that is free, and for others than
    /// [`Policy::BusyLocks`].
    pub fn lock_owner(&self, lock: LockId) -> Option<ShipId> {
        match &self.policy {
            Policy::BusyLocks(policy) => policy.owner(lock),
            _ => None,
        }
    }

    /// Takes a request of a ship.
    ///
    /// # Errors
    ///
    /// [`RequestError`] if the request is invalid at the ship's location, or if the ship has asked
    /// or been permitted before. Then nothing has changed.
    pub fn request(
        &mut self,
        canal: &Canal,
        sensors: &Sensors,
        request: Request,
    ) -> Result<(), RequestError> {
        let kind = request.check(canal, sensors)?;
        let ship = request.ship;
        let moved = sensors.ship(ship).is_some_and(|ship| ship.moved);
        if self.is_queued(ship) || self.lockage.is_about(ship, moved) {
            return Err(RequestError::AlreadyRequested { ship });
        }
        self.policy.get_mut().enqueue(&mut self.requests, request, kind);
        Ok(())
    }

    fn is_queued(&self, ship: ShipId) -> bool {
        let [first, second] = self.policy.get().side_queues();
        [&self.requests, first, second].into_iter().flatten().any(|r| r.ship == ship)
    }

    /// Takes the next step, if it can be taken.
    ///
    /// # Errors
    ///
    /// [`StepError`] if the sensors are incomplete or contradict the controller's state. Then
    /// nothing has changed.
    pub fn step(&mut self, canal: &Canal, sensors: &Sensors) -> Result<Step, StepError> {
        sensors.check_complete(canal)?;
        let plan = match self.lockage.label {
            Label::NextRequest => {
                self.policy.get_mut().refill(&mut self.requests);
                Plan::Go(Label::ReadRequest, Vec::new())
            }
            Label::ReadRequest => self.read_request(),
            Label::CheckConditions => self.check_conditions(canal, sensors)?,
            Label::ReleaseLocks => self.release_locks(sensors),
            Label::CheckCapacity => self.check_capacity(canal, sensors)?,
            Label::DecideGrantOrRetry => self.decide(canal, sensors)?,
            _ => self.lockage.plan(canal, sensors, self.cycle())?,
        };
        Ok(self.lockage.commit(plan))
    }

    fn cycle(&self) -> Cycle {
        let awaits_movement = self.policy.get().awaits_movement();
        Cycle { start: Label::NextRequest, awaits_movement, closes_behind: awaits_movement }
    }

    fn read_request(&mut self) -> Plan {
        match self.policy.get_mut().take(&mut self.requests) {
            Some(request) => {
                self.lockage.registers.request = request;
                Plan::Go(Label::CheckConditions, Vec::new())
            }
            None => Plan::Wait(Wait::Request),
        }
    }

    fn check_conditions(&mut self, canal: &Canal, sensors: &Sensors) -> Result<Plan, StepError> {
        self.lockage.registers.target = target(self.lockage.registers.request, canal, sensors)?;
        let next =
            if self.policy.get().releases() { Label::ReleaseLocks } else { Label::CheckCapacity };
        Ok(Plan::Go(next, Vec::new()))
    }

    fn release_locks(&mut self, sensors: &Sensors) -> Plan {
        let moved = self.policy.get_mut().release(sensors);
        let effects = moved.into_iter().map(|ship| Effect::Acknowledge { ship }).collect();
        Plan::Go(Label::CheckCapacity, effects)
    }

    fn check_capacity(&mut self, canal: &Canal, sensors: &Sensors) -> Result<Plan, StepError> {
        let has_room = self.has_room(canal, sensors)?;
        let Registers { request, granted, .. } = &mut self.lockage.registers;
        *granted = has_room && self.policy.get().is_free(request.lock, sensors);
        Ok(Plan::Go(Label::DecideGrantOrRetry, Vec::new()))
    }

    /// Grants, puts the request back, or waits for room if it must not be put back again.
    fn decide(&mut self, canal: &Canal, sensors: &Sensors) -> Result<Plan, StepError> {
        let Registers { request, target, granted } = self.lockage.registers;
        let ship = request.ship;
        if !granted && !self.policy.get().is_exhausted(canal, ship) {
            let kind = RequestKind::at(sensors.read_ship(ship)?.location);
            self.policy.get_mut().deny(&mut self.requests, request, kind);
            return Ok(Plan::Go(Label::NextRequest, Vec::new()));
        }
        if !granted && !self.has_room(canal, sensors)? {
            return Ok(Plan::Wait(Wait::Room { ship, location: target }));
        }
        self.policy.get_mut().grant(request);
        self.lockage.registers.granted = true;
        Ok(Plan::Go(Label::CloseBothDoors, Vec::new()))
    }

    /// A ship in the lock may always get out; elsewhere, the next location must not be full.
    ///
    /// The pound that a ship leaves the lock for is not checked, so it can overfill.
    fn has_room(&self, canal: &Canal, sensors: &Sensors) -> Result<bool, StepError> {
        let Registers { request, target, .. } = self.lockage.registers;
        let is_inside = sensors.read_ship(request.ship)?.location == Location::Inside(request.lock);
        Ok(is_inside || sensors.ships_at(target) < usize::from(canal.capacity(target)))
    }
}

/// The target of a request: the location beyond the door, which the ship must still be facing.
pub(super) fn target(
    request: Request,
    canal: &Canal,
    sensors: &Sensors,
) -> Result<Location, StepError> {
    let ship = sensors.read_ship(request.ship)?;
    let (location, heading) = (ship.location, ship.heading);
    match canal.beyond(location, heading) {
        Some(target) if canal.way_on(request.ship, location, heading) == Some(request) => {
            Ok(target)
        }
        _ => Err(StepError::Astray { request, location, heading }),
    }
}
