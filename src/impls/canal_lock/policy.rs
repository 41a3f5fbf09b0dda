//! The policies of the sequential controller: the order of service, and the handling of denied
//! requests.

use serde::{Deserialize, Serialize};

use super::canal::Canal;
use super::place::{LockId, ShipId};
use super::request::{Request, RequestKind};
use super::sensors::Sensors;

/// The decisions of a policy. The defaults are those of [`ImmediateRetry`].
pub(super) trait Decide {
    /// Before a request is read.
    fn refill(&mut self, _requests: &mut Vec<Request>) {}

    /// Takes the request that is next.
    fn take(&mut self, requests: &mut Vec<Request>) -> Option<Request> {
        take_first(requests)
    }

    /// Enqueues a new request.
    fn enqueue(&mut self, requests: &mut Vec<Request>, request: Request, _kind: RequestKind) {
        requests.push(request);
    }

    /// Enqueues a denied request.
    fn deny(&mut self, requests: &mut Vec<Request>, request: Request, kind: RequestKind) {
        self.enqueue(requests, request, kind);
    }

    /// Whether locks are released before the capacity is checked.
    fn releases(&self) -> bool {
        false
    }

    /// Releases the locks whose owner has moved, and returns these owners.
    fn release(&mut self, _sensors: &Sensors) -> Vec<ShipId> {
        Vec::new()
    }

    /// Whether no other ship is using the lock.
    fn is_free(&self, lock: LockId, sensors: &Sensors) -> bool {
        !sensors.is_permitted(lock)
    }

    /// Whether the ship must not be denied again.
    fn is_exhausted(&self, _canal: &Canal, _ship: ShipId) -> bool {
        false
    }

    /// A request is granted.
    fn grant(&mut self, _request: Request) {}

    /// Whether a ship has to move before the next is served.
    fn awaits_movement(&self) -> bool {
        false
    }

    /// Requests that wait elsewhere than in the one queue.
    fn side_queues(&self) -> [&[Request]; 2] {
        [&[], &[]]
    }
}

fn take_first(queue: &mut Vec<Request>) -> Option<Request> {
    if queue.is_empty() { None } else { Some(queue.remove(0)) }
}

/// Option 1: a denied request goes to the end of the queue.
///
/// A ship takes its permission before it moves. In between, the lock looks free and is given to
/// the next ship: the door closes on the first.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct ImmediateRetry;

impl Decide for ImmediateRetry {}

/// Option 2: denied requests wait in a second queue until the first is empty.
///
/// It has the race of [`ImmediateRetry`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RetryQueue {
    pub(super) denied: Vec<Request>,
}

impl Decide for RetryQueue {
    fn refill(&mut self, requests: &mut Vec<Request>) {
        if requests.is_empty() {
            requests.append(&mut self.denied);
        }
    }

    fn deny(&mut self, _requests: &mut Vec<Request>, request: Request, _kind: RequestKind) {
        self.denied.push(request);
    }

    fn side_queues(&self) -> [&[Request]; 2] {
        [&self.denied, &[]]
    }
}

/// Option 4: a ship is denied at most [`Canal::max_retries`] times in a row; then the controller
/// waits for room for it.
///
/// It has the race of [`ImmediateRetry`]. Besides, the wait is a design fault, which is kept: only
/// requests that are not served meanwhile could make the room, so it may last for ever; and it is
/// for room only, so another ship may still own the lock.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RetryLimit {
    pub(super) counts: Vec<u16>,
}

impl RetryLimit {
    /// No ship has been denied yet.
    pub fn new(canal: &Canal) -> Self {
        RetryLimit { counts: vec![0; usize::from(canal.num_ships())] }
    }

    pub(super) fn count(&self, ship: ShipId) -> u16 {
        ship.index().and_then(|at| self.counts.get(at)).copied().unwrap_or(0)
    }

    fn set_count(&mut self, ship: ShipId, count: u16) {
        if let Some(known) = ship.index().and_then(|at| self.counts.get_mut(at)) {
            *known = count;
        }
    }
}

impl Decide for RetryLimit {
    fn deny(&mut self, requests: &mut Vec<Request>, request: Request, _kind: RequestKind) {
        let count = self.count(request.ship).saturating_add(1);
        self.set_count(request.ship, count);
        requests.push(request);
    }

    fn is_exhausted(&self, canal: &Canal, ship: ShipId) -> bool {
        self.count(ship) >= canal.max_retries()
    }

    fn grant(&mut self, request: Request) {
        self.set_count(request.ship, 0);
    }
}

/// Option C: ships that want to leave a lock come before ships that want to enter one.
///
/// It has the race of [`ImmediateRetry`].
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ExitsFirst {
    pub(super) entries: Vec<Request>,
    pub(super) exits: Vec<Request>,
}

impl Decide for ExitsFirst {
    fn take(&mut self, _requests: &mut Vec<Request>) -> Option<Request> {
        take_first(&mut self.exits).or_else(|| take_first(&mut self.entries))
    }

    fn enqueue(&mut self, _requests: &mut Vec<Request>, request: Request, kind: RequestKind) {
        match kind {
            RequestKind::Entry => self.entries.push(request),
            RequestKind::Exit => self.exits.push(request),
        }
    }

    fn side_queues(&self) -> [&[Request]; 2] {
        [&self.entries, &self.exits]
    }
}

/// Solution Alpha: a lock is busy, and belongs to a ship, from the decision to grant until the ship
/// has moved.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BusyLocks {
    /// A lock that has an owner is busy.
    pub(super) owners: Vec<Option<ShipId>>,
}

impl BusyLocks {
    /// All locks are free.
    pub fn new(canal: &Canal) -> Self {
        BusyLocks { owners: vec![None; usize::from(canal.num_locks())] }
    }

    pub(super) fn owner(&self, lock: LockId) -> Option<ShipId> {
        lock.index().and_then(|at| self.owners.get(at)).copied().flatten()
    }
}

impl Decide for BusyLocks {
    fn releases(&self) -> bool {
        true
    }

    fn release(&mut self, sensors: &Sensors) -> Vec<ShipId> {
        let mut moved = Vec::new();
        for owner in &mut self.owners {
            let Some(ship) = owner.filter(|&ship| sensors.ship(ship).is_some_and(|s| s.moved))
            else {
                continue;
            };
            *owner = None;
            if !moved.contains(&ship) {
                moved.push(ship);
            }
        }
        moved
    }

    fn is_free(&self, lock: LockId, _sensors: &Sensors) -> bool {
        self.owner(lock).is_none()
    }

    fn grant(&mut self, request: Request) {
        if let Some(owner) = request.lock.index().and_then(|at| self.owners.get_mut(at)) {
            *owner = Some(request.ship);
        }
    }
}

/// Wait for the ship: after a permission the controller waits until the ship has moved, and closes
/// the door behind it.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub struct AwaitMove;

impl Decide for AwaitMove {
    fn awaits_movement(&self) -> bool {
        true
    }
}

/// Any of the policies.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Policy {
    /// Option 1.
    ImmediateRetry(ImmediateRetry),
    /// Option 2.
    RetryQueue(RetryQueue),
    /// Option 4.
    RetryLimit(RetryLimit),
    /// Option C.
    ExitsFirst(ExitsFirst),
    /// Solution Alpha.
    BusyLocks(BusyLocks),
    /// Wait for the ship.
    AwaitMove(AwaitMove),
}

impl Policy {
    pub(super) fn get(&self) -> &dyn Decide {
        match self {
            Policy::ImmediateRetry(policy) => policy,
            Policy::RetryQueue(policy) => policy,
            Policy::RetryLimit(policy) => policy,
            Policy::ExitsFirst(policy) => policy,
            Policy::BusyLocks(policy) => policy,
            Policy::AwaitMove(policy) => policy,
        }
    }

    pub(super) fn get_mut(&mut self) -> &mut dyn Decide {
        match self {
            Policy::ImmediateRetry(policy) => policy,
            Policy::RetryQueue(policy) => policy,
            Policy::RetryLimit(policy) => policy,
            Policy::ExitsFirst(policy) => policy,
            Policy::BusyLocks(policy) => policy,
            Policy::AwaitMove(policy) => policy,
        }
    }
}

macro_rules! into_policy {
    ($($policy:ident)*) => {
        $(impl From<$policy> for Policy {
            fn from(policy: $policy) -> Self {
                Policy::$policy(policy)
            }
        })*
    };
}

into_policy!(ImmediateRetry RetryQueue RetryLimit ExitsFirst BusyLocks AwaitMove);
