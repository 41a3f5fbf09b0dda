//! The counts and figures of an operation.

use serde::Serialize;

use super::times::Millis;

/// The counts of a ship.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ShipCount {
    /// How often it went from one end of the canal to the other.
    pub passages: u64,
    /// How many locks it has passed, in at one door and out at the other.
    pub lockages: u64,
    /// How many doors it has passed.
    pub doors: u64,
    /// How often it has been permitted to pass a door.
    pub permissions: u64,
    /// How long it waited for these.
    pub waited: Millis,
    /// The longest that it waited for one, or has been waiting at the end.
    pub longest_wait: Millis,
    /// How often a door was closed before it or on it.
    pub collisions: u64,
}

/// The counts of a lock.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LockCount {
    /// How many ships have passed it.
    pub lockages: u64,
    /// How long something of it moved, water ran, or a ship had permission to pass one of its
    /// doors.
    pub in_use: Millis,
}

/// All counts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counts {
    /// By ship.
    pub ships: Vec<ShipCount>,
    /// By lock.
    pub locks: Vec<LockCount>,
    /// How often a ship entered a full location.
    pub overfull: u64,
    /// How many requests of ships were refused.
    pub refused: u64,
}

impl Counts {
    /// All counts at 0.
    pub fn new(ships: usize, locks: usize) -> Counts {
        Counts {
            ships: vec![ShipCount::default(); ships],
            locks: vec![LockCount::default(); locks],
            overfull: 0,
            refused: 0,
        }
    }
}

/// A run in figures. Times are in simulated seconds.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Summary {
    /// The controller, by the spec's name.
    pub controller: &'static str,
    /// How ships take their permissions, by the spec's name.
    pub ship_process: &'static str,
    /// The seed.
    pub seed: u64,
    /// How long the canal was run.
    pub seconds: f64,
    /// Whether it was interrupted before its end.
    pub interrupted: bool,
    /// Each ship.
    pub ships: Vec<ShipFigures>,
    /// Each lock.
    pub locks: Vec<LockFigures>,
    /// How many ships passed a lock in an hour.
    pub lockages_per_hour: f64,
    /// The mean of all waits that ended.
    pub mean_wait: f64,
    /// The longest wait of all ships, those that did not end included.
    pub longest_wait: f64,
    /// How often a door was closed before a ship or on one.
    pub collisions: u64,
    /// How often a ship entered a full location.
    pub overfull: u64,
    /// How many requests were refused.
    pub refused: u64,
    /// When it got stuck, if it did: since then no event is left.
    pub stuck_at: Option<f64>,
    /// Why the controller stopped, if it did.
    pub stopped: Option<String>,
}

/// A ship in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ShipFigures {
    /// Its number.
    pub ship: usize,
    /// How often it went from one end to the other.
    pub passages: u64,
    /// How many locks it has passed.
    pub lockages: u64,
    /// The mean of its waits that ended, if there were any.
    pub mean_wait: Option<f64>,
    /// Its longest wait; one that has not ended counts.
    pub longest_wait: f64,
    /// How often a door was closed before it or on it.
    pub collisions: u64,
}

/// A lock in figures.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LockFigures {
    /// Its number.
    pub lock: usize,
    /// How many ships have passed it.
    pub lockages: u64,
    /// The share of the time in which it was in use, from 0 to 1.
    pub utilisation: f64,
}

impl Summary {
    /// Whether the run had no error and no collision.
    pub fn is_good(&self) -> bool {
        self.collisions == 0
            && self.overfull == 0
            && self.refused == 0
            && self.stuck_at.is_none()
            && self.stopped.is_none()
    }
}

/// Milliseconds as seconds.
#[allow(clippy::cast_precision_loss)] // no run lasts 2^53 ms
pub fn seconds(millis: Millis) -> f64 {
    millis as f64 / 1000.0
}

/// A share or a mean; 0 of nothing.
#[allow(clippy::cast_precision_loss)] // counts are far below 2^53
pub fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// The figures of ships.
pub fn ship_figures(ships: &[ShipCount]) -> Vec<ShipFigures> {
    let figures = |(ship, count): (usize, &ShipCount)| ShipFigures {
        ship,
        passages: count.passages,
        lockages: count.lockages,
        mean_wait: (count.permissions > 0).then(|| ratio(count.waited, count.permissions) / 1000.0),
        longest_wait: seconds(count.longest_wait),
        collisions: count.collisions,
    };
    (1..).zip(ships).map(figures).collect()
}

/// The figures of locks, over so much time.
pub fn lock_figures(locks: &[LockCount], time: Millis) -> Vec<LockFigures> {
    let figures = |(lock, count): (usize, &LockCount)| LockFigures {
        lock,
        lockages: count.lockages,
        utilisation: ratio(count.in_use, time),
    };
    (1..).zip(locks).map(figures).collect()
}

/// The median: the middle one in order, or the mean of the two in the middle. 0 of nothing.
pub fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.get(middle) {
        None => 0.0,
        Some(high) if values.len() % 2 == 1 => *high,
        Some(high) => f64::midpoint(values[middle - 1], *high),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[allow(clippy::float_cmp)] // these are exact
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[]), 0.0);
        assert_eq!(median(&[3.0]), 3.0);
        assert_eq!(median(&[9.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(&[9.0, 1.0, 2.0, 4.0]), 3.0);
    }

    #[test]
    #[allow(clippy::float_cmp)] // these are exact
    fn figures_of_a_ship_and_a_lock() {
        let ship = ShipCount { permissions: 4, waited: 10_000, ..ShipCount::default() };
        assert_eq!(ship_figures(&[ship])[0].mean_wait, Some(2.5));
        assert_eq!(ship_figures(&[ShipCount::default()])[0].mean_wait, None);
        let lock = LockCount { lockages: 1, in_use: 250 };
        assert_eq!(lock_figures(&[lock], 1000)[0].utilisation, 0.25);
    }
}
