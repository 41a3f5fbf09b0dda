//! Keepers: one for each lock. They work concurrently and never get stuck.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::canal::Canal;
use super::controller::target;
use super::lockage::{Cycle, Lockage, Plan, Registers};
use super::place::{Direction, Location, LockId, Pound, ShipId};
use super::request::{Request, RequestError};
use super::sensors::Sensors;
use super::step::{Label, Step, StepError, Wait};

/// Why keepers cannot work on a canal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Error)]
pub enum KeepersError {
    /// A pound between two locks has no berth for westbound ships.
    #[error(
        "with {locks} locks, max_ships_location is {max_ships_location}, so pounds between locks \
         have no berth for westbound ships: make it at least 2"
    )]
    NoWestboundBerth {
        /// The number of locks.
        locks: u16,
        /// How many ships fit in a pound.
        max_ships_location: u16,
    },
    /// All berths of the canal may be taken at once.
    #[error(
        "{ships} ships fill all {berths} berths, so that none can move: take fewer ships, or make \
         max_ships_location larger"
    )]
    RingFull {
        /// The number of ships.
        ships: u16,
        /// The number of berths.
        berths: u32,
    },
    /// More ships start in a place than it has berths.
    #[error(
        "{ships} {heading} ships start in {pound} or in the lock before it, where they have \
         {berths} berths: let some of them start elsewhere"
    )]
    StartsOverfill {
        /// The pound.
        pound: Pound,
        /// Which way the ships go.
        heading: Direction,
        /// The number of ships.
        ships: usize,
        /// How many berths there are for them.
        berths: u16,
    },
}

/// One keeper for each lock. They share only the queue of requests.
///
/// Each call of [`Keepers::step`] is one labelled step of one keeper. A keeper takes the oldest
/// request for its lock that it can serve, at any position of the queue. Then it proceeds as
/// [`AwaitMove`](super::AwaitMove) does: it closes both doors, levels the water, opens the door,
/// permits the ship to move and waits until it has moved. So no door moves between a permission and
/// the movement. The door stays open until the next lockage closes both.
///
/// A request can be served if the ship's last movement has been acknowledged, and
/// - if the ship is in the lock; or
/// - if there is no ship in the lock and there is a berth for it in the pound beyond.
///
/// The first condition is for two keepers that see the same ship: it may leave one lock and ask for
/// the next before the first keeper has acknowledged the movement. The second keeper would take the
/// old movement for the one that it waits for.
///
/// # Berths
///
/// In a pound at an end of the canal, every ship may use every berth:
/// [`Canal::max_ships_location`], `c` for short. In a pound between two locks, `c / 2` berths are
/// for westbound ships, and the others for eastbound ships; see [`Keepers::berths`]. A ship that
/// enters a lock holds a berth beyond it until it has left that pound. No list of held berths is
/// needed: only one lock, in one direction, leads to a berth, and its keeper assigns one only while
/// its lock is empty and it is idle, so every berth assigned before belongs to a ship in the pound.
///
/// # Why no pound overfills and no ship starves
///
/// *Pounds do not overfill.* A ship enters a lock only if a berth is free beyond it. Until it
/// leaves the lock, no other ship can take that berth, because no other lock leads there.
///
/// *Some ship can always move.* The pounds, split by direction, are a ring: west end, eastbound
/// berths from west to east, east end, westbound berths from east to west, west end. A ship in a
/// lock has a berth and can leave. If no ship is in a lock, there are fewer ships than `2 * c +
/// (locks - 1) * c` berths, so some stage of the ring has a free berth. Go back from there to the
/// first stage with a ship: the stage after it has a free berth, so its oldest request can be
/// served. This needs a berth in each stage: with two locks or more, `c` must be at least 2.
///
/// *That ship does move.* A request that can be served stays so until its keeper serves it or
/// another such request: only the keeper can let a ship into the lock or the berth. A service takes
/// a finite number of steps, if the lock and the ship make progress.
///
/// *No ship starves.* The numbers of movements into a stage and out of it differ by at most its
/// berths. Some ship always moves, so infinitely many movements lead from each stage to the next.
/// The oldest request for such a movement is served first, so each is served eventually.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Keepers {
    keepers: Vec<Lockage>,
    requests: Vec<Request>,
}

const CYCLE: Cycle =
    Cycle { start: Label::TakeRequest, awaits_movement: true, closes_behind: false };

impl Keepers {
    /// Keepers for a canal, without requests.
    ///
    /// # Errors
    ///
    /// [`KeepersError`] if they could get stuck: if a pound between locks has no berth for a
    /// direction, if there are as many ships as berths, or if more ships start in a place than it
    /// has berths.
    pub fn new(canal: &Canal) -> Result<Self, KeepersError> {
        check_ring(canal)?;
        check_starts(canal)?;
        let keeper = |lock| Lockage { label: CYCLE.start, registers: Registers::at_start(lock) };
        Ok(Keepers { keepers: canal.locks().map(keeper).collect(), requests: Vec::new() })
    }

    /// How many ships of one direction may be in a pound.
    pub fn berths(canal: &Canal, pound: Pound, heading: Direction) -> u16 {
        let all = canal.max_ships_location();
        match heading {
            _ if canal.is_end(pound) => all,
            Direction::Eastbound => all.div_ceil(2),
            Direction::Westbound => all / 2,
        }
    }

    /// The step that the keeper of a lock takes next; `None` if there is no such lock.
    pub fn label(&self, lock: LockId) -> Option<Label> {
        self.keeper(lock).map(|keeper| keeper.label)
    }

    /// The registers of the keeper of a lock; `None` if it is idle or if there is no such lock.
    pub fn serving(&self, lock: LockId) -> Option<&Registers> {
        let is_busy = |keeper: &&Lockage| keeper.label != CYCLE.start;
        self.keeper(lock).filter(is_busy).map(|keeper| &keeper.registers)
    }

    /// The requests that no keeper has taken yet, oldest first.
    pub fn requests(&self) -> &[Request] {
        &self.requests
    }

    fn keeper(&self, lock: LockId) -> Option<&Lockage> {
        self.keepers.get(lock.index()?)
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
        request.check(canal, sensors)?;
        let ship = request.ship;
        let moved = sensors.ship(ship).is_some_and(|ship| ship.moved);
        let is_queued = self.requests.iter().any(|queued| queued.ship == ship);
        if is_queued || self.keepers.iter().any(|keeper| keeper.is_about(ship, moved)) {
            return Err(RequestError::AlreadyRequested { ship });
        }
        self.requests.push(request);
        Ok(())
    }

    /// Takes the next step of the keeper of a lock, if it can be taken.
    ///
    /// # Errors
    ///
    /// [`StepError`] if there is no such keeper, or if the sensors are incomplete or contradict the
    /// keeper's state. Then nothing has changed.
    pub fn step(
        &mut self,
        canal: &Canal,
        lock: LockId,
        sensors: &Sensors,
    ) -> Result<Step, StepError> {
        sensors.check_complete(canal)?;
        let Some(keeper) = lock.index().and_then(|at| self.keepers.get_mut(at)) else {
            return Err(StepError::NoKeeper { lock });
        };
        let plan = match keeper.label {
            Label::TakeRequest => take(&mut self.requests, canal, lock, keeper, sensors)?,
            _ => keeper.plan(canal, sensors, CYCLE)?,
        };
        let step = keeper.commit(plan);
        if keeper.label == CYCLE.start {
            // Cleared, so that equivalent states are equal.
            keeper.registers = Registers::at_start(lock);
        }
        Ok(step)
    }
}

/// Takes the oldest request for the lock that can be served.
fn take(
    requests: &mut Vec<Request>,
    canal: &Canal,
    lock: LockId,
    keeper: &mut Lockage,
    sensors: &Sensors,
) -> Result<Plan, StepError> {
    let mut own = requests.iter().enumerate().filter(|(_, request)| request.lock == lock);
    let first = own.find_map(|(at, &request)| {
        serviceable(request, canal, sensors).map(|target| target.map(|t| (at, t))).transpose()
    });
    let Some((at, target)) = first.transpose()? else {
        return Ok(Plan::Wait(Wait::Request));
    };
    let request = requests.remove(at);
    keeper.registers = Registers { request, target, granted: true };
    Ok(Plan::Go(Label::CloseBothDoors, Vec::new()))
}

/// The target of a request that an idle keeper can serve now; `None` if it cannot.
fn serviceable(
    request: Request,
    canal: &Canal,
    sensors: &Sensors,
) -> Result<Option<Location>, StepError> {
    let ship = sensors.read_ship(request.ship)?;
    let target = target(request, canal, sensors)?;
    if ship.moved {
        return Ok(None);
    }
    let may_go = match target {
        Location::Outside(_) => true,
        Location::Inside(lock) => {
            let pound = lock.pound(ship.heading.ahead());
            sensors.ships_at(target) == 0 && has_berth(canal, sensors, pound, ship.heading)
        }
    };
    Ok(may_go.then_some(target))
}

fn has_berth(canal: &Canal, sensors: &Sensors, pound: Pound, heading: Direction) -> bool {
    let location = Location::Outside(pound);
    let taken = if canal.is_end(pound) {
        // Ships that arrived here turn round, and are still here.
        sensors.ships_at(location)
    } else {
        sensors.ships_heading(location, heading)
    };
    taken < usize::from(Keepers::berths(canal, pound, heading))
}

fn check_ring(canal: &Canal) -> Result<(), KeepersError> {
    let (locks, ships) = (canal.num_locks(), canal.num_ships());
    let max_ships_location = canal.max_ships_location();
    if locks >= 2 && max_ships_location < 2 {
        return Err(KeepersError::NoWestboundBerth { locks, max_ships_location });
    }
    let berths = (u32::from(locks) + 1) * u32::from(max_ships_location);
    if u32::from(ships) >= berths {
        return Err(KeepersError::RingFull { ships, berths });
    }
    Ok(())
}

/// Ships that start in a lock need a berth as if a keeper had let them in.
fn check_starts(canal: &Canal) -> Result<(), KeepersError> {
    let needs = |ship: ShipId, pound: Pound, heading: Direction| {
        canal.start(ship).is_some_and(|start| {
            let counts = start.heading == heading || canal.is_end(pound);
            let is_here = start.location == Location::Outside(pound) && counts;
            let comes = start.location.is_inside()
                && start.location.next(start.heading) == Some(Location::Outside(pound))
                && start.heading == heading;
            is_here || comes
        })
    };
    for pound in canal.pounds() {
        for heading in [Direction::Eastbound, Direction::Westbound] {
            let ships = canal.ships().filter(|&ship| needs(ship, pound, heading)).count();
            let berths = Keepers::berths(canal, pound, heading);
            if ships > usize::from(berths) {
                return Err(KeepersError::StartsOverfill { pound, heading, ships, berths });
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::canal::{CanalConfig, Start};
    use super::super::place::Side;
    use super::super::testing::canal;
    use super::*;

    const EAST: Direction = Direction::Eastbound;
    const WEST: Direction = Direction::Westbound;

    fn outside(pound: u16) -> Location {
        Location::Outside(Pound(pound))
    }

    /// Two locks, and ships with these starts.
    fn canal_with(max_ships_location: u16, starts: &[(Location, Direction)]) -> Canal {
        let start = |&(location, heading): &(Location, Direction)| Start { location, heading };
        let starts = starts.iter().map(start).collect();
        let config = CanalConfig { starts, max_ships_location, ..CanalConfig::new(2, 0) };
        Canal::try_from(config).unwrap()
    }

    #[test]
    fn berths_are_split_between_the_locks_only() {
        for (all, eastbound, westbound) in [(1, 1, 0), (2, 1, 1), (3, 2, 1), (4, 2, 2)] {
            let canal = canal(3, 1, all);
            for pound in canal.pounds() {
                let berths = [EAST, WEST].map(|heading| Keepers::berths(&canal, pound, heading));
                let is_end = pound.0 == 0 || pound.0 == 3;
                let expected = if is_end { [all, all] } else { [eastbound, westbound] };
                assert_eq!(berths, expected, "{pound}, {all}");
            }
        }
    }

    #[test]
    fn canals_on_which_keepers_could_get_stuck_are_refused() {
        let error = KeepersError::NoWestboundBerth { locks: 2, max_ships_location: 1 };
        assert_eq!(Keepers::new(&canal(2, 1, 1)), Err(error));
        assert!(Keepers::new(&canal(1, 1, 1)).is_ok());
        let error = KeepersError::RingFull { ships: 2, berths: 2 };
        assert_eq!(Keepers::new(&canal(1, 2, 1)), Err(error));
        let error = KeepersError::RingFull { ships: 4, berths: 4 };
        assert_eq!(Keepers::new(&canal(1, 4, 2)), Err(error));
        assert!(Keepers::new(&canal(1, 3, 2)).is_ok());
    }

    #[test]
    fn ships_start_on_berths() {
        let check = |starts: &[_]| Keepers::new(&canal_with(2, starts)).map(|_| ());
        let full = |pound, heading, berths| {
            let (pound, ships) = (Pound(pound), usize::from(berths) + 1);
            Err(KeepersError::StartsOverfill { pound, heading, ships, berths })
        };
        assert_eq!(check(&[(outside(1), EAST), (outside(1), WEST)]), Ok(()));
        assert_eq!(check(&[(outside(1), EAST), (outside(1), EAST)]), full(1, EAST, 1));
        let in_lock = (Location::Inside(LockId(1)), EAST);
        assert_eq!(check(&[in_lock, (outside(1), WEST)]), Ok(()));
        assert_eq!(check(&[in_lock, (outside(1), EAST)]), full(1, EAST, 1));
        assert_eq!(check(&[in_lock, (outside(0), EAST), (outside(0), EAST)]), Ok(()));
        // At an end, all ships count, whatever their direction.
        let in_last = (Location::Inside(LockId(2)), EAST);
        assert_eq!(check(&[in_last, (outside(2), WEST)]), Ok(()));
        assert_eq!(check(&[in_last, (outside(2), WEST), (outside(2), WEST)]), full(2, EAST, 2));
    }

    /// Makes a request for every ship, and returns the ship that the keeper of a lock serves first.
    fn first_served(canal: &Canal, sensors: &Sensors, lock: LockId) -> Option<ShipId> {
        let mut keepers = Keepers::new(canal).unwrap();
        for (ship, reading) in canal.ships().zip(&sensors.ships) {
            let request = canal.way_on(ship, reading.location, reading.heading).unwrap();
            keepers.request(canal, sensors, request).unwrap();
        }
        let queued = keepers.requests().to_vec();
        let _ = keepers.step(canal, lock, sensors).unwrap();
        let served = keepers.serving(lock).map(|registers| registers.request);
        let rest = queued.into_iter().filter(|&request| Some(request) != served);
        assert_eq!(keepers.requests(), rest.collect::<Vec<_>>());
        served.map(|request| request.ship)
    }

    #[test]
    fn the_oldest_request_that_can_be_served_is_served() {
        let lock = LockId(1);
        let starts = [(outside(1), EAST), (outside(0), EAST), (outside(1), WEST)];
        let canal = canal_with(2, &starts);
        let mut sensors = Sensors::at_start(&canal);
        // The eastbound berth beyond is taken, so the oldest for lock 1 has to wait.
        assert_eq!(first_served(&canal, &sensors, lock), Some(ShipId(3)));
        // It is free.
        sensors.ships[0].location = Location::Inside(LockId(2));
        assert_eq!(first_served(&canal, &sensors, lock), Some(ShipId(2)));
        // A movement that has not been acknowledged.
        sensors.ships[1].moved = true;
        assert_eq!(first_served(&canal, &sensors, lock), Some(ShipId(3)));
        sensors.ships[2].moved = true;
        assert_eq!(first_served(&canal, &sensors, lock), None);
    }

    #[test]
    fn only_the_ship_in_the_lock_is_served() {
        let starts = [(outside(0), EAST), (Location::Inside(LockId(1)), WEST)];
        let canal = canal_with(2, &starts);
        let sensors = Sensors::at_start(&canal);
        assert_eq!(first_served(&canal, &sensors, LockId(1)), Some(ShipId(2)));
        assert_eq!(first_served(&canal, &sensors, LockId(2)), None);
    }

    #[test]
    fn strange_workers_are_refused() {
        let canal = canal(2, 2, 2);
        let mut keepers = Keepers::new(&canal).unwrap();
        let (before, sensors) = (keepers.clone(), Sensors::at_start(&canal));
        for lock in [LockId(0), LockId(3)] {
            let step = keepers.step(&canal, lock, &sensors);
            assert_eq!(step, Err(StepError::NoKeeper { lock }));
            assert_eq!((keepers.label(lock), keepers.serving(lock)), (None, None));
        }
        assert_eq!(keepers, before);
    }

    #[test]
    fn a_ship_asks_once() {
        let canal = canal(2, 2, 2);
        let mut keepers = Keepers::new(&canal).unwrap();
        let sensors = Sensors::at_start(&canal);
        let request = Request { ship: ShipId(1), lock: LockId(2), side: Side::East };
        keepers.request(&canal, &sensors, request).unwrap();
        let again = Err(RequestError::AlreadyRequested { ship: ShipId(1) });
        assert_eq!(keepers.request(&canal, &sensors, request), again);
        let _ = keepers.step(&canal, LockId(2), &sensors).unwrap();
        assert_eq!(keepers.request(&canal, &sensors, request), again);
    }
}
