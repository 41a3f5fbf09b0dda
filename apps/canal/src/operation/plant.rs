//! The canal in time: machinery that works on a command, water that runs, ships under way.

use super::times::Millis;
use mitregate_canal_lock::{
    Canal, Direction, Level, Location, LockCommand, LockReading, Opening, Request, Sensors, ShipId,
    Side,
};

/// The state of a lock that its readings lack.
#[derive(Clone, Debug, Default)]
pub struct Machinery {
    /// The command that it works on.
    pub command: Option<LockCommand>,
    /// The level that the water is moving to.
    pub rising_to: Option<Level>,
    /// The number of flows so far; it distinguishes a flow from one that was stopped.
    pub flow: u32,
}

/// A ship's activity.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// It is on its way to the next door.
    Sailing,
    /// It has asked, at that time.
    Waiting(Millis),
    /// It has a permission, which it has not yet taken.
    Permitted,
    /// It has taken its permission, or looked at it, and casts off.
    CastingOff,
    /// It is in the doorway. If the door has begun to close on it, it cannot pass.
    InDoorway {
        /// Whether the door has begun to close.
        hit: bool,
    },
    /// It turns round.
    Turning,
}

/// The canal. Sensors are correct, so the readings are the plant's state.
#[derive(Clone, Debug)]
pub struct Plant {
    /// The readings.
    pub sensors: Sensors,
    /// The machinery of each lock.
    pub machinery: Vec<Machinery>,
    /// Each ship's activity.
    pub doing: Vec<Doing>,
}

/// The work of a command.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// There is nothing to move.
    Nothing,
    /// A door moves.
    Door,
    /// A valve moves.
    Valve,
}

impl Plant {
    /// A canal at its start: everything closed, and each ship on its way to its first lock.
    pub fn at_start(canal: &Canal) -> Plant {
        Plant {
            sensors: Sensors::at_start(canal),
            machinery: vec![Machinery::default(); usize::from(canal.num_locks())],
            doing: vec![Doing::Sailing; usize::from(canal.num_ships())],
        }
    }

    /// Gives a lock a command; returns the kind of work, and the ships on which a door begins to
    /// close.
    pub fn order(
        &mut self,
        canal: &Canal,
        lock: usize,
        command: LockCommand,
    ) -> (Work, Vec<usize>) {
        let reading = &mut self.sensors.locks[lock];
        let is_so = reading.satisfies(command);
        reading.finished = false;
        self.machinery[lock].command = Some(command);
        let mut hit = Vec::new();
        let work = match command {
            _ if is_so => Work::Nothing,
            LockCommand::Valve { .. } => Work::Valve,
            LockCommand::Door { side, to } => {
                if to == Opening::Closed {
                    hit = self.ships_in_doorway(canal, lock, side);
                }
                Work::Door
            }
        };
        for &ship in &hit {
            self.doing[ship] = Doing::InDoorway { hit: true };
        }
        (work, hit)
    }

    /// Finishes the command of a lock; returns it, and the level to which water begins to run.
    pub fn finish(&mut self, lock: usize) -> Option<(LockCommand, Option<Level>)> {
        let machinery = &mut self.machinery[lock];
        let command = machinery.command.take()?;
        let reading = &mut self.sensors.locks[lock];
        reading.finished = true;
        let mut runs_to = None;
        match command {
            LockCommand::Door { side: Side::West, to } => reading.doors.west = to,
            LockCommand::Door { side: Side::East, to } => reading.doors.east = to,
            LockCommand::Valve { level, to } => {
                match level {
                    Level::Low => reading.valves.low = to,
                    Level::High => reading.valves.high = to,
                }
                if to.is_open() && reading.level != level {
                    runs_to = Some(level);
                    machinery.rising_to = runs_to;
                    machinery.flow += 1;
                } else if !to.is_open() && machinery.rising_to == Some(level) {
                    machinery.rising_to = None;
                }
            }
        }
        Some((command, runs_to))
    }

    /// Ends a flow; returns its level, unless the flow was stopped.
    pub fn level(&mut self, lock: usize, flow: u32) -> Option<Level> {
        let machinery = &mut self.machinery[lock];
        if machinery.flow != flow {
            return None;
        }
        let level = machinery.rising_to.take()?;
        self.sensors.locks[lock].level = level;
        Some(level)
    }

    /// Whether a ship can go through a door: it is open, and does not move.
    pub fn is_passable(&self, lock: usize, side: Side) -> bool {
        let moves = |command: LockCommand| matches!(command, LockCommand::Door { side: moving, to } if moving == side && !to.is_open());
        self.sensors.locks[lock].doors.at(side).is_open()
            && !self.machinery[lock].command.is_some_and(moves)
    }

    /// The door that a ship faces, with the lock; none at the end of the canal.
    pub fn door_ahead(&self, canal: &Canal, ship: usize) -> Option<Request> {
        let reading = &self.sensors.ships[ship];
        canal.way_on(ship_id(ship), reading.location, reading.heading)
    }

    /// The ships that are in a doorway.
    fn ships_in_doorway(&self, canal: &Canal, lock: usize, side: Side) -> Vec<usize> {
        let is_there = |ship: &usize| {
            matches!(self.doing[*ship], Doing::InDoorway { hit: false })
                && self
                    .door_ahead(canal, *ship)
                    .is_some_and(|door| place(door.lock.0) == lock && door.side == side)
        };
        (0..self.doing.len()).filter(is_there).collect()
    }

    /// Moves a ship to the next location, and returns it.
    pub fn move_on(&mut self, canal: &Canal, ship: usize) -> Location {
        let reading = &mut self.sensors.ships[ship];
        reading.location =
            canal.beyond(reading.location, reading.heading).unwrap_or(reading.location);
        reading.moved = true;
        reading.location
    }

    /// Turns a ship round, and returns its new direction.
    pub fn turn(&mut self, ship: usize) -> Direction {
        let reading = &mut self.sensors.ships[ship];
        reading.heading = reading.heading.opposite();
        reading.heading
    }

    /// Whether something of a lock moves, or a ship has permission to pass one of its doors.
    pub fn is_in_use(&self, canal: &Canal, lock: usize) -> bool {
        let machinery = &self.machinery[lock];
        let goes_through = |ship: usize| {
            !matches!(self.doing[ship], Doing::Sailing | Doing::Waiting(_) | Doing::Turning)
                && self.door_ahead(canal, ship).is_some_and(|door| place(door.lock.0) == lock)
        };
        machinery.command.is_some()
            || machinery.rising_to.is_some()
            || (0..self.doing.len()).any(goes_through)
    }

    /// The readings of a lock.
    pub fn lock(&self, lock: usize) -> &LockReading {
        &self.sensors.locks[lock]
    }
}

/// The place in the list of a lock or ship, which are numbered from 1.
pub fn place(number: u16) -> usize {
    usize::from(number).saturating_sub(1)
}

/// The number of a ship.
pub fn ship_id(ship: usize) -> ShipId {
    // A canal has no more ships than can be numbered.
    ShipId(u16::try_from(ship + 1).unwrap_or(u16::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;
    use mitregate_canal_lock::CanalConfig;

    fn plant() -> (Canal, Plant) {
        let canal = Canal::try_from(CanalConfig::new(1, 1)).unwrap();
        let plant = Plant::at_start(&canal);
        (canal, plant)
    }

    fn valve(level: Level, to: Opening) -> LockCommand {
        LockCommand::Valve { level, to }
    }

    #[test]
    fn water_runs_through_an_open_valve_until_that_is_closed() {
        let (canal, mut plant) = plant();
        let open = valve(Level::High, Opening::Open);
        assert_eq!(plant.order(&canal, 0, open), (Work::Valve, vec![]));
        assert!(!plant.lock(0).finished);
        assert_eq!(plant.finish(0), Some((open, Some(Level::High))));
        let flow = plant.machinery[0].flow;
        let close = valve(Level::High, Opening::Closed);
        plant.order(&canal, 0, close);
        assert_eq!(plant.finish(0), Some((close, None)));
        assert_eq!(plant.level(0, flow), None, "the flow was stopped");
        plant.order(&canal, 0, open);
        plant.finish(0);
        assert_eq!(plant.level(0, flow), None, "that is an older flow");
        assert_eq!(plant.level(0, flow + 1), Some(Level::High));
        assert_eq!(plant.lock(0).level, Level::High);
    }

    #[test]
    fn a_door_that_begins_to_close_hits_who_is_in_it() {
        let (canal, mut plant) = plant();
        // Ship 1 of one lock starts in the west (it is ship 2 of the spec).
        let door = plant.door_ahead(&canal, 0).unwrap();
        assert_eq!(door.side, Side::West);
        let door = |to| LockCommand::Door { side: Side::West, to };
        assert!(!plant.is_passable(0, Side::West));
        plant.order(&canal, 0, door(Opening::Open));
        assert!(!plant.is_passable(0, Side::West), "it is not yet open");
        plant.finish(0);
        assert!(plant.is_passable(0, Side::West));
        plant.doing[0] = Doing::InDoorway { hit: false };
        assert_eq!(plant.order(&canal, 0, door(Opening::Closed)), (Work::Door, vec![0]));
        assert!(!plant.is_passable(0, Side::West), "it has begun to close");
        assert_eq!(plant.doing[0], Doing::InDoorway { hit: true });
    }

    #[test]
    fn what_is_so_already_is_no_work() {
        let (canal, mut plant) = plant();
        let close = LockCommand::Door { side: Side::East, to: Opening::Closed };
        assert_eq!(plant.order(&canal, 0, close), (Work::Nothing, vec![]));
        assert!(plant.is_in_use(&canal, 0));
        plant.finish(0);
        assert!(!plant.is_in_use(&canal, 0));
    }
}
