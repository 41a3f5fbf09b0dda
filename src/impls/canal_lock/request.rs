//! The requests of ships.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::canal::Canal;
use super::place::{Direction, Location, LockId, ShipId, Side};
use super::sensors::Sensors;

/// A ship asks for a door to be opened: to enter the lock, or to leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Request {
    /// The ship that asks.
    pub ship: ShipId,
    /// The lock.
    pub lock: LockId,
    /// The side of the door.
    pub side: Side,
}

/// Whether a ship wants to enter a lock or to leave it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RequestKind {
    /// The ship is outside and wants to enter.
    Entry,
    /// The ship is in the lock and wants to leave.
    Exit,
}

impl RequestKind {
    /// The kind of a request that is made at a location.
    pub fn at(location: Location) -> Self {
        if location.is_inside() { RequestKind::Exit } else { RequestKind::Entry }
    }
}

/// Why a request is refused. Nothing has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum RequestError {
    /// The canal has no such ship.
    #[error("there is no {ship}: ships have the numbers 1 to {ships}")]
    UnknownShip {
        /// The ship.
        ship: ShipId,
        /// The number of ships.
        ships: u16,
    },
    /// The canal has no such lock.
    #[error("there is no {lock}: locks have the numbers 1 to {locks}")]
    UnknownLock {
        /// The lock.
        lock: LockId,
        /// The number of locks.
        locks: u16,
    },
    /// The sensors do not say where the ship is.
    #[error("the sensors have no reading of {ship}: give one for each ship of the canal")]
    UnreadShip {
        /// The ship.
        ship: ShipId,
    },
    /// The ship is not next to the lock.
    #[error("{ship} asks for {lock} but is in {location}: ask when next to the lock or in it")]
    NotNextTo {
        /// The ship.
        ship: ShipId,
        /// The lock.
        lock: LockId,
        /// The ship's location.
        location: Location,
    },
    /// The ship asks for a door that is not on its way.
    #[error(
        "{ship}, {heading} in {location}, asks for the {side} door of {lock}, which it does not \
         face: ask for the next door ahead"
    )]
    NotAhead {
        /// The ship.
        ship: ShipId,
        /// The lock.
        lock: LockId,
        /// The door.
        side: Side,
        /// The ship's location.
        location: Location,
        /// The ship's direction.
        heading: Direction,
    },
    /// The ship has asked before.
    #[error("{ship} has asked before: wait for the permission")]
    AlreadyRequested {
        /// The ship.
        ship: ShipId,
    },
    /// The ship has a permission that it has not used.
    #[error("{ship} has a permission for {lock}: move before asking again")]
    AlreadyGranted {
        /// The ship.
        ship: ShipId,
        /// The lock.
        lock: LockId,
    },
}

impl Request {
    /// Checks that the request can be made: that the canal has the ship and the lock, that the door
    /// is the one that the ship faces, and that the ship has no unused permission.
    ///
    /// # Errors
    ///
    /// [`RequestError`] in all those cases.
    pub fn check(&self, canal: &Canal, sensors: &Sensors) -> Result<RequestKind, RequestError> {
        let &Request { ship, lock, side } = self;
        if !canal.has_ship(ship) {
            return Err(RequestError::UnknownShip { ship, ships: canal.num_ships() });
        }
        if !canal.has_lock(lock) {
            return Err(RequestError::UnknownLock { lock, locks: canal.num_locks() });
        }
        let reading = sensors.ship(ship).ok_or(RequestError::UnreadShip { ship })?;
        let (location, heading) = (reading.location, reading.heading);
        if !is_next_to(location, lock) {
            return Err(RequestError::NotNextTo { ship, lock, location });
        }
        if canal.way_on(ship, location, heading) != Some(*self) {
            return Err(RequestError::NotAhead { ship, lock, side, location, heading });
        }
        match reading.permissions.first() {
            Some(&lock) => Err(RequestError::AlreadyGranted { ship, lock }),
            None => Ok(RequestKind::at(location)),
        }
    }
}

fn is_next_to(location: Location, lock: LockId) -> bool {
    match location {
        Location::Inside(at) => at == lock,
        Location::Outside(pound) => {
            pound == lock.pound(Side::West) || pound == lock.pound(Side::East)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::canal::CanalConfig;
    use super::super::place::Pound;
    use super::*;

    const SHIP: ShipId = ShipId(2);

    /// Ship 2 of three locks' two, as far as the sensors are concerned.
    fn check(
        (location, heading): (Location, Direction),
        (lock, side): (u16, Side),
    ) -> Result<RequestKind, RequestError> {
        let canal = Canal::try_from(CanalConfig::new(3, 2)).unwrap();
        let mut sensors = Sensors::at_start(&canal);
        sensors.ships[1].location = location;
        sensors.ships[1].heading = heading;
        Request { ship: SHIP, lock: LockId(lock), side }.check(&canal, &sensors)
    }

    #[test]
    fn the_door_ahead_may_be_asked_for() {
        let pound = (Location::Outside(Pound(1)), Direction::Eastbound);
        assert_eq!(check(pound, (2, Side::West)), Ok(RequestKind::Entry));
        let lock = (Location::Inside(LockId(2)), Direction::Westbound);
        assert_eq!(check(lock, (2, Side::West)), Ok(RequestKind::Exit));
    }

    #[test]
    fn other_doors_may_not() {
        let (location, heading) = (Location::Outside(Pound(1)), Direction::Eastbound);
        let not_ahead = |lock, side| {
            Err(RequestError::NotAhead { ship: SHIP, lock: LockId(lock), side, location, heading })
        };
        for (lock, side) in [(2, Side::East), (1, Side::East), (1, Side::West)] {
            assert_eq!(check((location, heading), (lock, side)), not_ahead(lock, side));
        }
        let lock = LockId(3);
        let expected = Err(RequestError::NotNextTo { ship: SHIP, lock, location });
        assert_eq!(check((location, heading), (3, Side::West)), expected);
    }

    #[test]
    fn strangers_are_refused() {
        let canal = Canal::try_from(CanalConfig::new(1, 1)).unwrap();
        let mut sensors = Sensors::at_start(&canal);
        let request =
            |ship, lock| Request { ship: ShipId(ship), lock: LockId(lock), side: Side::West };
        for ship in [0, 2] {
            let expected = RequestError::UnknownShip { ship: ShipId(ship), ships: 1 };
            assert_eq!(request(ship, 1).check(&canal, &sensors), Err(expected));
        }
        for lock in [0, 2] {
            let expected = RequestError::UnknownLock { lock: LockId(lock), locks: 1 };
            assert_eq!(request(1, lock).check(&canal, &sensors), Err(expected));
        }
        sensors.ships.clear();
        let expected = RequestError::UnreadShip { ship: ShipId(1) };
        assert_eq!(request(1, 1).check(&canal, &sensors), Err(expected));
    }

    #[test]
    fn a_permission_is_to_be_used_first() {
        let canal = Canal::try_from(CanalConfig::new(1, 1)).unwrap();
        let mut sensors = Sensors::at_start(&canal);
        let (ship, lock) = (ShipId(1), LockId(1));
        let request = Request { ship, lock, side: Side::West };
        assert_eq!(request.check(&canal, &sensors), Ok(RequestKind::Entry));
        sensors.ships[0].permissions.push(lock);
        let expected = RequestError::AlreadyGranted { ship, lock };
        assert_eq!(request.check(&canal, &sensors), Err(expected));
    }
}
