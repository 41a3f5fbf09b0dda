//! The canal as a few lines of text, from west to east.
//!
//! ```text
//!   pound 0       lock 1      pound 1       lock 2      pound 2
//! ~1>?~~~~~~~~█            ╎            █            ╎~<2!~~~~~~~~
//! ░░░░░░░░░░░░█~~~~~~~~~~~~╎~3>?~~~~~~~~█~~~~~~~~~~~~╎░░░░░░░░░░░░
//! ```
//!
//! Two rows of water: the surface is in the upper one where the water is high. A door is `█`
//! closed, `▒` while it moves and `╎` open. A ship is its number with an arrow in its direction,
//! `?` after it while it waits for a permission, `!` once it has one, and `X` in a door that closes
//! on it.

use std::fmt::Write;

use super::drive::Operation;
use super::plant::{Doing, Plant};
use super::times::clock;
use mitregate_canal_lock::{
    Canal, Direction, Level, Location, LockCommand, LockId, Orientation, Pound, Side,
};

/// The picture of an operation: the time, the canal, and the work of its locks.
pub fn draw(operation: &Operation) -> String {
    let setup = operation.setup();
    let counts = operation.counts();
    let lockages: u64 = counts.locks.iter().map(|lock| lock.lockages).sum();
    let collisions: u64 = counts.ships.iter().map(|ship| ship.collisions).sum();
    let head = format!(
        "{}  {}  {lockages} lockages, {collisions} collisions",
        clock(operation.now()),
        setup.scheme
    );
    let rows = rows(&setup.canal, operation.plant());
    let lines = rows.iter().map(|row| row.trim_end());
    std::iter::once(head.as_str()).chain(lines).flat_map(|line| [line, "\n"]).collect()
}

/// Names, the two rows of water, and the state of the locks.
fn rows(canal: &Canal, plant: &Plant) -> [String; 4] {
    let mut rows = [const { String::new() }; 4];
    for pound in canal.pounds() {
        let level = level_of_pound(canal, pound);
        let width = 6 * usize::from(canal.max_ships_location()).clamp(2, 6);
        let cell = Cell { width, level, ships: ships(plant, Location::Outside(pound)) };
        cell.push(&mut rows, &pound.to_string(), "");
        let lock = LockId(pound.0 + 1);
        if canal.has_lock(lock) {
            push_lock(plant, lock, &mut rows);
        }
    }
    rows
}

fn push_lock(plant: &Plant, lock: LockId, rows: &mut [String; 4]) {
    let at = usize::from(lock.0) - 1;
    let ships = ships(plant, Location::Inside(lock));
    let cell = Cell { width: 12, level: plant.lock(at).level, ships };
    push_door(plant, at, Side::West, rows);
    cell.push(rows, &lock.to_string(), &work(plant, lock));
    push_door(plant, at, Side::East, rows);
}

/// The drawing of a location.
struct Cell {
    width: usize,
    level: Level,
    ships: String,
}

impl Cell {
    fn push(&self, rows: &mut [String; 4], name: &str, state: &str) {
        let width = self.width;
        let (high, low) = match self.level {
            Level::High => (format!("{:~<width$}", self.ships), "░".repeat(width)),
            Level::Low => (" ".repeat(width), format!("{:~<width$}", self.ships)),
        };
        let _ = write!(rows[0], "{name:^width$.width$}");
        rows[1] += &high;
        rows[2] += &low;
        let _ = write!(rows[3], "{state:^width$.width$}");
    }
}

fn push_door(plant: &Plant, lock: usize, side: Side, rows: &mut [String; 4]) {
    let moves = matches!(
        plant.machinery[lock].command,
        Some(LockCommand::Door { side: moving, to })
            if moving == side && plant.lock(lock).doors.at(side) != to
    );
    let door = match plant.lock(lock).doors.at(side).is_open() {
        _ if moves => "▒",
        true => "╎",
        false => "█",
    };
    for (row, part) in rows.iter_mut().zip([" ", door, door, " "]) {
        *row += part;
    }
}

/// The ships at a location.
fn ships(plant: &Plant, location: Location) -> String {
    let ships = (1..).zip(plant.sensors.ships.iter().zip(&plant.doing));
    let here = ships.filter(|(_, (reading, _))| reading.location == location);
    let words = here.map(|(number, (reading, doing)): (usize, _)| {
        let mark = match doing {
            Doing::Sailing | Doing::Turning => "",
            Doing::Waiting(_) => "?",
            Doing::Permitted | Doing::CastingOff | Doing::InDoorway { hit: false } => "!",
            Doing::InDoorway { hit: true } => "X",
        };
        match reading.heading {
            Direction::Eastbound => format!("~{number}>{mark}"),
            Direction::Westbound => format!("~<{number}{mark}"),
        }
    });
    words.collect()
}

/// The work of a lock, in a word or two.
fn work(plant: &Plant, lock: LockId) -> String {
    let machinery = &plant.machinery[usize::from(lock.0) - 1];
    match (machinery.command, machinery.rising_to) {
        (Some(command), _) => short(command),
        (None, Some(Level::High)) => "water rises".to_owned(),
        (None, Some(Level::Low)) => "water falls".to_owned(),
        (None, None) => String::new(),
    }
}

fn short(command: LockCommand) -> String {
    let verb = |opens: bool| if opens { "opens" } else { "closes" };
    match command {
        LockCommand::Door { side, to } => format!("{side} {}", verb(to.is_open())),
        LockCommand::Valve { to, .. } => format!("valve {}", verb(to.is_open())),
    }
}

/// The level of a pound: the level outside a lock beside it.
fn level_of_pound(canal: &Canal, pound: Pound) -> Level {
    let beside = [(LockId(pound.0), Side::East), (LockId(pound.0 + 1), Side::West)];
    let level = |(lock, side)| canal.orientation(lock).map(|it: Orientation| it.level(side));
    beside.into_iter().find_map(level).unwrap_or(Level::Low)
}
