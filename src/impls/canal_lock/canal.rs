//! The canal: its locks, its ships and its capacities.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::place::{Direction, Location, LockId, Orientation, Pound, ShipId};
use super::request::Request;

/// A ship's start.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Start {
    /// Its location.
    pub location: Location,
    /// Its direction.
    pub heading: Direction,
}

/// The configuration of a [`Canal`]. [`Canal::try_from`] checks it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CanalConfig {
    /// The orientation of each lock, from west to east.
    pub orientations: Vec<Orientation>,
    /// Where each ship starts, in the order of their numbers.
    pub starts: Vec<Start>,
    /// How many ships fit in a pound.
    pub max_ships_location: u16,
    /// How many ships fit in a lock.
    pub max_ships_lock: u16,
    /// How often [`RetryLimit`](super::RetryLimit) denies a ship in a row.
    pub max_retries: u16,
}

impl CanalConfig {
    /// The spec's canal: locks that are low in the east and in the west by turns, and ships that
    /// start at both ends by turns, so that the ship with the spec's (see [`ShipId`]) even number
    /// starts in the west. Two ships fit in a pound, one in a lock; three retries.
    pub fn new(locks: u16, ships: u16) -> Self {
        let orientation = |lock: u16| match lock % 2 {
            0 => Orientation::WestLow,
            _ => Orientation::EastLow,
        };
        let start = |ship: u16| match (u32::from(locks) + u32::from(ship)) % 2 {
            0 => Start { location: Location::WEST_END, heading: Direction::Eastbound },
            _ => Start { location: Location::Outside(Pound(locks)), heading: Direction::Westbound },
        };
        CanalConfig {
            orientations: (1..=locks).map(orientation).collect(),
            starts: (1..=ships).map(start).collect(),
            max_ships_location: 2,
            max_ships_lock: 1,
            max_retries: 3,
        }
    }
}

/// Why a configuration is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum CanalError {
    /// There is no lock.
    #[error("the canal has no lock: give the orientation of at least one")]
    NoLock,
    /// There is no ship.
    #[error("the canal has no ship: give the start of at least one")]
    NoShip,
    /// There are more locks than can be numbered.
    #[error("{locks} locks are too many: give at most {}", u16::MAX - 1)]
    TooManyLocks {
        /// The number of locks.
        locks: usize,
    },
    /// There are more ships than can be numbered.
    #[error("{ships} ships are too many: give at most {}", u16::MAX)]
    TooManyShips {
        /// The number of ships.
        ships: usize,
    },
    /// No ship fits in a lock.
    #[error("max_ships_lock is 0, so no ship could pass: make it at least 1")]
    LockHoldsNoShip,
    /// A lock holds more ships than a pound.
    #[error(
        "max_ships_lock is {max_ships_lock}, more than max_ships_location, which is \
         {max_ships_location}: the ships in a lock must fit in the pound beyond it"
    )]
    LockHoldsMoreThanPound {
        /// How many ships fit in a lock.
        max_ships_lock: u16,
        /// How many ships fit in a pound.
        max_ships_location: u16,
    },
    /// Too few retries.
    #[error("max_retries is {max_retries}: make it at least 2")]
    TooFewRetries {
        /// The number of retries.
        max_retries: u16,
    },
    /// A ship starts outside the canal.
    #[error("{ship} starts in {location}, which is not in a canal of {locks} locks: move it")]
    StartOutsideCanal {
        /// The ship.
        ship: ShipId,
        /// Where it starts.
        location: Location,
        /// The number of locks.
        locks: u16,
    },
    /// Too many ships start at a location.
    #[error(
        "{ships} ships start in {location}, where only {capacity} fit: let some of them start \
         elsewhere"
    )]
    StartOverfull {
        /// The location.
        location: Location,
        /// How many ships start there.
        ships: usize,
        /// How many fit.
        capacity: u16,
    },
}

/// A valid canal. It does not change while it is in use, and is passed to every call.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "CanalConfig", into = "CanalConfig")]
pub struct Canal {
    config: CanalConfig,
    locks: u16,
    ships: u16,
}

impl TryFrom<CanalConfig> for Canal {
    type Error = CanalError;

    /// Checks a configuration.
    ///
    /// # Errors
    ///
    /// [`CanalError`] if there is no lock or no ship, or too many to be numbered, if capacities or
    /// retries are too low, or if a ship starts outside the canal or at a location that is full.
    fn try_from(config: CanalConfig) -> Result<Self, CanalError> {
        let (locks, ships) = (config.orientations.len(), config.starts.len());
        // The last pound has the number of the last lock, and the lock after it must have one too.
        let locks = u16::try_from(locks)
            .ok()
            .filter(|&locks| locks < u16::MAX)
            .ok_or(CanalError::TooManyLocks { locks })?;
        let ships = u16::try_from(ships).map_err(|_| CanalError::TooManyShips { ships })?;
        let canal = Canal { config, locks, ships };
        canal.check_numbers()?;
        canal.check_starts()?;
        Ok(canal)
    }
}

impl From<Canal> for CanalConfig {
    fn from(canal: Canal) -> Self {
        canal.config
    }
}

impl Canal {
    fn check_numbers(&self) -> Result<(), CanalError> {
        let CanalConfig { max_ships_location, max_ships_lock, max_retries, .. } = self.config;
        if self.locks == 0 {
            Err(CanalError::NoLock)
        } else if self.ships == 0 {
            Err(CanalError::NoShip)
        } else if max_ships_lock == 0 {
            Err(CanalError::LockHoldsNoShip)
        } else if max_ships_lock > max_ships_location {
            Err(CanalError::LockHoldsMoreThanPound { max_ships_lock, max_ships_location })
        } else if max_retries < 2 {
            Err(CanalError::TooFewRetries { max_retries })
        } else {
            Ok(())
        }
    }

    fn check_starts(&self) -> Result<(), CanalError> {
        for (ship, start) in self.ships().zip(&self.config.starts) {
            let location = start.location;
            if !self.contains(location) {
                return Err(CanalError::StartOutsideCanal { ship, location, locks: self.locks });
            }
            let ships = self.config.starts.iter().filter(|s| s.location == location).count();
            let capacity = self.capacity(location);
            if ships > usize::from(capacity) {
                return Err(CanalError::StartOverfull { location, ships, capacity });
            }
        }
        Ok(())
    }

    /// Its configuration.
    pub fn config(&self) -> &CanalConfig {
        &self.config
    }

    /// The locks, from west to east.
    pub fn locks(&self) -> impl DoubleEndedIterator<Item = LockId> + use<> {
        (1..=self.locks).map(LockId)
    }

    /// The ships.
    pub fn ships(&self) -> impl DoubleEndedIterator<Item = ShipId> + use<> {
        (1..=self.ships).map(ShipId)
    }

    /// The number of locks.
    pub fn num_locks(&self) -> u16 {
        self.locks
    }

    /// The number of ships.
    pub fn num_ships(&self) -> u16 {
        self.ships
    }

    /// The pounds, from west to east.
    pub fn pounds(&self) -> impl DoubleEndedIterator<Item = Pound> + use<> {
        (0..=self.locks).map(Pound)
    }

    /// Whether it has the lock.
    pub fn has_lock(&self, lock: LockId) -> bool {
        (1..=self.locks).contains(&lock.0)
    }

    /// Whether it has the ship.
    pub fn has_ship(&self, ship: ShipId) -> bool {
        (1..=self.ships).contains(&ship.0)
    }

    /// Whether the location is in it.
    pub fn contains(&self, location: Location) -> bool {
        match location {
            Location::Outside(pound) => pound.0 <= self.locks,
            Location::Inside(lock) => self.has_lock(lock),
        }
    }

    /// East of all locks.
    pub fn east_end(&self) -> Location {
        Location::Outside(Pound(self.locks))
    }

    /// Whether the pound is at one of the two ends, where ships turn round.
    pub fn is_end(&self, pound: Pound) -> bool {
        pound.0 == 0 || pound.0 == self.locks
    }

    /// The orientation of a lock; `None` if it has no such lock.
    pub fn orientation(&self, lock: LockId) -> Option<Orientation> {
        self.config.orientations.get(lock.index()?).copied()
    }

    /// Where a ship starts; `None` if it has no such ship.
    pub fn start(&self, ship: ShipId) -> Option<Start> {
        self.config.starts.get(ship.index()?).copied()
    }

    /// How many ships fit in a pound: `MaxShipsLocation`.
    pub fn max_ships_location(&self) -> u16 {
        self.config.max_ships_location
    }

    /// How many ships fit in a lock: `MaxShipsLock`.
    pub fn max_ships_lock(&self) -> u16 {
        self.config.max_ships_lock
    }

    /// How often a ship is denied in a row by a controller that counts: `MaxRetries`.
    pub fn max_retries(&self) -> u16 {
        self.config.max_retries
    }

    /// How many ships fit at a location.
    pub fn capacity(&self, location: Location) -> u16 {
        match location {
            Location::Outside(_) => self.config.max_ships_location,
            Location::Inside(_) => self.config.max_ships_lock,
        }
    }

    /// The next location in a direction; `None` at the end of the canal.
    pub fn beyond(&self, location: Location, heading: Direction) -> Option<Location> {
        location.next(heading).filter(|&next| self.contains(next))
    }

    /// The request that a ship must make to go on: for the door that it faces. `None` at the end of
    /// the canal.
    pub fn way_on(&self, ship: ShipId, location: Location, heading: Direction) -> Option<Request> {
        match (location, self.beyond(location, heading)?) {
            (Location::Inside(lock), _) => Some(Request { ship, lock, side: heading.ahead() }),
            (_, Location::Inside(lock)) => {
                Some(Request { ship, lock, side: heading.opposite().ahead() })
            }
            // Pounds are never next to each other.
            (Location::Outside(_), Location::Outside(_)) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::place::Side;
    use super::*;

    fn check(change: impl FnOnce(&mut CanalConfig)) -> Result<Canal, CanalError> {
        let mut config = CanalConfig::new(2, 2);
        change(&mut config);
        Canal::try_from(config)
    }

    #[test]
    fn a_lock_has_as_much_room_as_is_said() {
        let canal = check(|config| config.max_ships_lock = 2).unwrap();
        assert_eq!(canal.max_ships_lock(), 2);
    }

    #[test]
    fn the_canal_of_the_spec() {
        let canal = check(|_| ()).unwrap();
        assert_eq!(canal.orientation(LockId(1)), Some(Orientation::EastLow));
        assert_eq!(canal.orientation(LockId(2)), Some(Orientation::WestLow));
        assert_eq!(canal.orientation(LockId(3)), None);
        // The spec's ships 3 and 4.
        assert_eq!(canal.start(ShipId(1)).map(|s| s.location), Some(canal.east_end()));
        assert_eq!(canal.start(ShipId(2)).map(|s| s.location), Some(Location::WEST_END));
        assert_eq!(canal.start(ShipId(0)), None);
        assert_eq!(canal.east_end().number(), 4);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let refused = |change: fn(&mut CanalConfig)| check(change).unwrap_err();
        assert_eq!(refused(|c| c.orientations.clear()), CanalError::NoLock);
        assert_eq!(refused(|c| c.starts.clear()), CanalError::NoShip);
        assert_eq!(refused(|c| c.max_ships_lock = 0), CanalError::LockHoldsNoShip);
        assert_eq!(
            refused(|c| c.max_ships_lock = 3),
            CanalError::LockHoldsMoreThanPound { max_ships_lock: 3, max_ships_location: 2 }
        );
        assert_eq!(refused(|c| c.max_retries = 1), CanalError::TooFewRetries { max_retries: 1 });
        assert_eq!(
            refused(|c| c.orientations = vec![Orientation::WestLow; 65535]),
            CanalError::TooManyLocks { locks: 65535 }
        );
        assert_eq!(
            refused(|c| c.starts = vec![c.starts[0]; 65536]),
            CanalError::TooManyShips { ships: 65536 }
        );
    }

    #[test]
    fn ships_start_where_they_fit() {
        let far = Location::Outside(Pound(3));
        let result = check(|c| c.starts[1].location = far);
        let expected = CanalError::StartOutsideCanal { ship: ShipId(2), location: far, locks: 2 };
        assert_eq!(result, Err(expected));

        let inside = Location::Inside(LockId(1));
        let result = check(|c| c.starts.iter_mut().for_each(|s| s.location = inside));
        let expected = CanalError::StartOverfull { location: inside, ships: 2, capacity: 1 };
        assert_eq!(result, Err(expected));
        assert!(check(|c| c.starts[0].location = inside).is_ok());
    }

    #[test]
    fn a_ship_asks_for_the_door_that_it_faces() {
        let canal = check(|_| ()).unwrap();
        let way = |location, heading| {
            canal.way_on(ShipId(1), location, heading).map(|r| (r.lock.0, r.side))
        };
        let middle = Location::Outside(Pound(1));
        let inside = Location::Inside(LockId(2));
        assert_eq!(way(middle, Direction::Eastbound), Some((2, Side::West)));
        assert_eq!(way(middle, Direction::Westbound), Some((1, Side::East)));
        assert_eq!(way(inside, Direction::Eastbound), Some((2, Side::East)));
        assert_eq!(way(inside, Direction::Westbound), Some((2, Side::West)));
        assert_eq!(way(canal.east_end(), Direction::Eastbound), None);
        assert_eq!(way(Location::WEST_END, Direction::Westbound), None);
    }

    #[test]
    fn a_canal_is_checked_when_it_is_read() {
        let canal = check(|_| ()).unwrap();
        let text = serde_json::to_string(&canal).unwrap();
        assert_eq!(serde_json::from_str::<Canal>(&text).unwrap(), canal);
        let broken = text.replace("\"max_retries\":3", "\"max_retries\":1");
        let error = serde_json::from_str::<Canal>(&broken).unwrap_err();
        assert!(error.to_string().contains("max_retries is 1"), "{error}");
    }
}
