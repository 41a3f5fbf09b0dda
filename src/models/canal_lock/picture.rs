//! The picture of a state: the canal from west to east, seen from the side.
//!
//! Water stands in every pound and lock at its level; a door is a bar, solid when closed and lifted
//! when open; an open valve is a dot. A ship is a hull that points the way it goes, with a flag while it
//! holds a permission.

use svg::node::element::{Circle, Group, Line, Polygon, Rectangle, Text};
use svg::{Document, Node};

use super::constants::Constants;
use super::plant::{Lock, Plant, Ship, ShipState, level_needed};
use crate::impls::canal_lock::{Level, Side};

const POUND: i32 = 150;
const LOCK: i32 = 120;
const LEFT: i32 = 20;
const BED: i32 = 190;
const HIGH: i32 = 90;
const LOW: i32 = 140;

/// Colours that people who see colours differently can tell apart, too.
const COLOURS: [&str; 6] = ["#d55e00", "#009e73", "#cc79a7", "#e69f00", "#0072b2", "#882255"];

/// Draws the canal.
pub fn draw(constants: &Constants, plant: &Plant) -> String {
    let picture = Picture { constants, plant };
    let width = LEFT * 2 + i32::from(constants.locks) * (POUND + LOCK) + POUND;
    let mut document = Document::new()
        .set("viewBox", (0, 0, width, BED + 50))
        .set("width", width)
        .set("height", BED + 50)
        .set("font-family", "sans-serif")
        .set("font-size", 12);
    document
        .append(Rectangle::new().set("width", width).set("height", BED + 50).set("fill", "white"));
    for location in 0..=constants.east_end() {
        document.append(picture.water(location));
        document.append(picture.ships(location));
    }
    for lock in constants.lock_indices() {
        document.append(picture.lock(lock));
    }
    document.to_string()
}

struct Picture<'a> {
    constants: &'a Constants,
    plant: &'a Plant,
}

/// The left edge and the width of a location.
fn span(location: u8) -> (i32, i32) {
    let half = i32::from(location / 2);
    let left = LEFT + half * (POUND + LOCK);
    if location % 2 == 1 { (left + POUND, LOCK) } else { (left, POUND) }
}

fn surface(level: Level) -> i32 {
    match level {
        Level::Low => LOW,
        Level::High => HIGH,
    }
}

impl Picture<'_> {
    /// The level of the water at a location. That of a pound is what the lock beside it needs there.
    fn level(&self, location: u8) -> Level {
        let half = location / 2;
        if location % 2 == 1 {
            self.plant.lock(half).level
        } else if half < self.constants.locks {
            level_needed(half, Side::West)
        } else {
            level_needed(half - 1, Side::East)
        }
    }

    fn water(&self, location: u8) -> Group {
        let (left, width) = span(location);
        let top = surface(self.level(location));
        let water = Rectangle::new()
            .set("x", left)
            .set("y", top)
            .set("width", width)
            .set("height", BED - top)
            .set("fill", if location % 2 == 1 { "#9ecae1" } else { "#c6dbef" });
        let bed = Line::new()
            .set("x1", left)
            .set("x2", left + width)
            .set("y1", BED)
            .set("y2", BED)
            .set("stroke", "#555")
            .set("stroke-width", 2);
        let name = match location % 2 {
            1 => format!("lock {} ({location})", location / 2 + 1),
            _ => format!("{location}"),
        };
        let name = Text::new(name)
            .set("x", left + width / 2)
            .set("y", BED + 18)
            .set("text-anchor", "middle");
        Group::new().add(water).add(bed).add(name)
    }

    fn lock(&self, number: u8) -> Group {
        let (left, width) = span(2 * number + 1);
        let lock = self.plant.lock(number);
        let mut group = Group::new();
        for (side, x) in [(Side::West, left), (Side::East, left + width)] {
            group.append(door(lock, side, x));
            let level = level_needed(number, side);
            if lock.valve(level) {
                group.append(
                    Circle::new()
                        .set("cx", x)
                        .set("cy", BED - 8)
                        .set("r", 6)
                        .set("fill", "#08519c"),
                );
            }
        }
        if !lock.command.finished {
            group.append(
                Text::new("working").set("x", left + 34).set("y", BED + 36).set("fill", "#888"),
            );
        }
        group
    }

    fn ships(&self, location: u8) -> Group {
        let (left, _) = span(location);
        let top = surface(self.level(location));
        let mut group = Group::new();
        let here = (0..).zip(&self.plant.ships).filter(|(_, ship)| ship.location == location);
        for (place, (number, ship)) in (0..).zip(here) {
            // Ships that do not fit side by side are drawn above each other.
            let (column, row) = (place % 2, place / 2);
            group.append(self.ship(number, ship, left + 14 + column * 58, top - row * 34));
        }
        group
    }

    fn ship(&self, number: u8, ship: &Ship, x: i32, y: i32) -> Group {
        let colour = COLOURS[usize::from(number) % COLOURS.len()];
        let (tip_west, tip_east) = match ship.state {
            ShipState::GoToWest => (-8, 0),
            ShipState::GoToEast => (0, 8),
            ShipState::GoalReached => (0, 0),
        };
        let hull = [(tip_west, -12), (42 + tip_east, -12), (36, 6), (6, 6)];
        let points: Vec<_> = hull.map(|(dx, dy)| format!("{},{}", x + dx, y + dy)).into();
        let mut group = Group::new()
            .add(Polygon::new().set("points", points.join(" ")).set("fill", colour))
            .add(
                Text::new(self.constants.ship_number(number).to_string())
                    .set("x", x + 21)
                    .set("y", y)
                    .set("text-anchor", "middle")
                    .set("fill", "white"),
            );
        if !ship.permissions.is_empty() || is_moving(ship) {
            let flag = [(30, -28), (42, -24), (30, -20)];
            let points: Vec<_> = flag.map(|(dx, dy)| format!("{},{}", x + dx, y + dy)).into();
            group.append(
                Line::new()
                    .set("x1", x + 30)
                    .set("x2", x + 30)
                    .set("y1", y - 12)
                    .set("y2", y - 28)
                    .set("stroke", "#333"),
            );
            group.append(Polygon::new().set("points", points.join(" ")).set("fill", "#238b45"));
        }
        group
    }
}

/// Whether the ship has taken its permission and not yet moved.
fn is_moving(ship: &Ship) -> bool {
    use super::labels::Label;
    ship.perm.granted && matches!(ship.pc, Label::ShipMoveEast | Label::ShipMoveWest)
}

fn door(lock: &Lock, side: Side, x: i32) -> Line {
    let (top, bottom) = if lock.door(side) { (20, 60) } else { (70, BED) };
    Line::new()
        .set("x1", x)
        .set("x2", x)
        .set("y1", top)
        .set("y2", bottom)
        .set("stroke", "#333")
        .set("stroke-width", 6)
}
