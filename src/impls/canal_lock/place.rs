//! Locks, the pounds between them, ships, sides, directions and locations.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A lock. Locks are numbered from 1, from west to east.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LockId(pub u16);

impl LockId {
    /// Its place in a list of locks; `None` for number 0, which no lock has.
    pub(super) fn index(self) -> Option<usize> {
        usize::from(self.0).checked_sub(1)
    }

    /// The pound on one side of it.
    pub fn pound(self, side: Side) -> Pound {
        match side {
            Side::West => Pound(self.0.saturating_sub(1)),
            Side::East => Pound(self.0),
        }
    }
}

impl fmt::Display for LockId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "lock {}", self.0)
    }
}

/// A ship. Ships are numbered from 1.
///
/// The spec numbers them after the locks, so that its process ids are unique: ship `n` is its
/// process `NumLocks + n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShipId(pub u16);

impl ShipId {
    /// Its place in a list of ships; `None` for number 0, which no ship has.
    pub(super) fn index(self) -> Option<usize> {
        usize::from(self.0).checked_sub(1)
    }
}

impl fmt::Display for ShipId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ship {}", self.0)
    }
}

/// A stretch of water outside the locks. Pound 0 is west of all locks; pound `n` is east of lock
/// `n`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pound(pub u16);

impl fmt::Display for Pound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pound {}", self.0)
    }
}

/// A side of a lock. There is a door on each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Side {
    /// West.
    West,
    /// East.
    East,
}

impl Side {
    /// The other side.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Side::West => Side::East,
            Side::East => Side::West,
        }
    }
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Side::West => "west",
            Side::East => "east",
        })
    }
}

/// A water level. A lock has a valve to the water of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Level {
    /// That of the lower pound.
    Low,
    /// That of the upper pound.
    High,
}

impl Level {
    /// The other level.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Level::Low => Level::High,
            Level::High => Level::Low,
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Level::Low => "low",
            Level::High => "high",
        })
    }
}

/// The direction of a ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// From west to east.
    Eastbound,
    /// From east to west.
    Westbound,
}

impl Direction {
    /// The other way.
    #[must_use]
    pub fn opposite(self) -> Self {
        match self {
            Direction::Eastbound => Direction::Westbound,
            Direction::Westbound => Direction::Eastbound,
        }
    }

    /// The side that a ship going this way faces.
    pub fn ahead(self) -> Side {
        match self {
            Direction::Eastbound => Side::East,
            Direction::Westbound => Side::West,
        }
    }
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Direction::Eastbound => "eastbound",
            Direction::Westbound => "westbound",
        })
    }
}

/// On which side of a lock the water is low.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Orientation {
    /// Low in the west.
    WestLow,
    /// Low in the east.
    EastLow,
}

impl Orientation {
    /// The level outside a side.
    pub fn level(self, side: Side) -> Level {
        if side == self.side(Level::Low) { Level::Low } else { Level::High }
    }

    /// The side outside which the water has a level.
    pub fn side(self, level: Level) -> Side {
        match (self, level) {
            (Orientation::WestLow, Level::Low) | (Orientation::EastLow, Level::High) => Side::West,
            (Orientation::WestLow, Level::High) | (Orientation::EastLow, Level::Low) => Side::East,
        }
    }
}

/// A location of a ship.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Location {
    /// In a pound.
    Outside(Pound),
    /// In a lock.
    Inside(LockId),
}

impl Location {
    /// West of all locks.
    pub const WEST_END: Location = Location::Outside(Pound(0));

    /// The spec's number of the location: 0 is the west end, even numbers are pounds, odd ones are
    /// locks.
    pub fn number(self) -> u32 {
        match self {
            Location::Outside(pound) => 2 * u32::from(pound.0),
            Location::Inside(lock) => (2 * u32::from(lock.0)).saturating_sub(1),
        }
    }

    /// Whether it is in a lock.
    pub fn is_inside(self) -> bool {
        matches!(self, Location::Inside(_))
    }

    /// The next location in a direction; `None` if no canal can have it. A canal may end before it:
    /// see [`Canal::beyond`](super::Canal::beyond).
    pub fn next(self, direction: Direction) -> Option<Location> {
        match (self, direction) {
            (Location::Inside(lock), _) => Some(Location::Outside(lock.pound(direction.ahead()))),
            (Location::Outside(pound), Direction::Eastbound) => {
                pound.0.checked_add(1).map(|lock| Location::Inside(LockId(lock)))
            }
            (Location::Outside(Pound(0)), Direction::Westbound) => None,
            (Location::Outside(pound), Direction::Westbound) => {
                Some(Location::Inside(LockId(pound.0)))
            }
        }
    }
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Location::Outside(pound) => pound.fmt(f),
            Location::Inside(lock) => lock.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locations_are_numbered_from_west_to_east() {
        let mut location = Location::WEST_END;
        for number in 0..7 {
            assert_eq!(location.number(), number);
            assert_eq!(location.is_inside(), number % 2 == 1);
            let next = location.next(Direction::Eastbound).unwrap();
            assert_eq!(next.next(Direction::Westbound), Some(location));
            location = next;
        }
        assert_eq!(Location::WEST_END.next(Direction::Westbound), None);
        let last = Location::Outside(Pound(u16::MAX));
        assert_eq!(last.next(Direction::Eastbound), None);
    }

    #[test]
    fn orientation_pairs_sides_with_levels() {
        assert_eq!(Orientation::WestLow.level(Side::West), Level::Low);
        assert_eq!(Orientation::EastLow.level(Side::West), Level::High);
        for orientation in [Orientation::WestLow, Orientation::EastLow] {
            for side in [Side::West, Side::East] {
                assert_eq!(orientation.side(orientation.level(side)), side);
                assert_eq!(orientation.level(side.opposite()), orientation.level(side).opposite());
            }
        }
    }
}
