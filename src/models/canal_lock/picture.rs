//! The picture of a state: the canal from west to east, seen from the side.
//!
//! Water stands in every pound and lock at its level. A closed door is a dark bar from the wall
//! down to the bed, an open one is lifted and leaves a dotted line; which it is stands on it. Water runs
//! where an open valve is drawn as an arrow under a door. A ship is a hull with its number that
//! points in its direction; above it stands its request or its permission. A ship that is about to
//! move against a closed door has a red cross at that door. The top lines show the controllers'
//! labels and the waiting requests.

use svg::node::element::{Circle, Group, Line, Polygon, Rectangle, Text};
use svg::{Document, Node};

use super::constants::Constants;
use super::labels::Label;
use super::plant::{Lock, Plant, Request, Ship, ShipState, level_needed};
use super::spec::{Controllers, State};
use mitregate_canal_lock::{Level, Side};

const POUND: i32 = 230;
const LOCK: i32 = 150;
const LEFT: i32 = 16;
const WALL: i32 = 150;
const HIGH: i32 = 172;
const LOW: i32 = 222;
const BED: i32 = 262;
const HEIGHT: i32 = BED + 52;

/// Colours that colour-blind readers can tell apart, too.
const COLOURS: [&str; 6] = ["#d55e00", "#009e73", "#cc79a7", "#e69f00", "#0072b2", "#882255"];
const DARK: &str = "#222";
const GOOD: &str = "#00664b";
const BAD: &str = "#c00000";

/// Draws the canal.
pub fn draw(constants: &Constants, state: &State) -> String {
    draw_with_caption(constants, state, "")
}

/// Draws the canal, with a line above it.
pub fn draw_with_caption(constants: &Constants, state: &State, caption: &str) -> String {
    let picture = Picture { constants, state, plant: &state.plant };
    let width = LEFT * 2 + i32::from(constants.locks) * (POUND + LOCK) + POUND;
    let background =
        Rectangle::new().set("width", width).set("height", HEIGHT).set("fill", "white");
    let mut document = Document::new()
        .set("viewBox", (0, 0, width, HEIGHT))
        .set("width", width)
        .set("height", HEIGHT)
        .set("font-family", "sans-serif")
        .set("font-size", 12)
        .add(background)
        .add(words(caption, LEFT, 22).set("font-size", 15).set("font-weight", "bold"));
    for (line, text) in (0..).zip(picture.controllers()) {
        document.append(words(&text, LEFT, 44 + 17 * line));
    }
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
    state: &'a State,
    plant: &'a Plant,
}

fn words(text: &str, x: i32, y: i32) -> Text {
    Text::new(text).set("x", x).set("y", y).set("fill", DARK)
}

fn centred(text: &str, x: i32, y: i32) -> Text {
    words(text, x, y).set("text-anchor", "middle")
}

/// The left edge and the width of a location.
fn span(location: u8) -> (i32, i32) {
    let left = LEFT + i32::from(location / 2) * (POUND + LOCK);
    if location % 2 == 1 { (left + POUND, LOCK) } else { (left, POUND) }
}

fn surface(level: Level) -> i32 {
    match level {
        Level::Low => LOW,
        Level::High => HIGH,
    }
}

fn name(side: Side) -> &'static str {
    match side {
        Side::West => "west",
        Side::East => "east",
    }
}

impl Picture<'_> {
    /// The controllers' labels and the waiting requests, a line each.
    fn controllers(&self) -> Vec<String> {
        let constants = self.constants;
        let mut lines = Vec::new();
        if constants.has_keepers() {
            let keepers = (0..).zip(&self.state.controllers.keepers);
            let doing = keepers.filter_map(|(lock, keeper)| {
                let ship = constants.ship_number(keeper.ship?);
                let lock = constants.lock_number(lock);
                Some(format!("keeper of lock {lock}: ship {ship}, {} door", name(keeper.side)))
            });
            let doing: Vec<_> = doing.collect();
            lines.push(if doing.is_empty() {
                "keepers: idle".to_owned()
            } else {
                doing.join("; ")
            });
        } else {
            lines.push(format!("{}: {}", constants.controller, self.control()));
        }
        let Controllers { requests, retry_queue, entry_requests, exit_requests, .. } =
            self.state.controllers.get();
        let queues = [requests, retry_queue, entry_requests, exit_requests];
        let waiting: Vec<_> = queues.into_iter().flatten().map(|it| self.request(*it)).collect();
        let waiting = if waiting.is_empty() { "none".to_owned() } else { waiting.join("; ") };
        lines.push(format!("requests in the queue: {waiting}"));
        lines
    }

    fn control(&self) -> String {
        let control = self.state.controllers.control;
        let what = self.request(control.req);
        match control.pc {
            Label::ControlNextRequest | Label::ControlReadRequest => {
                "takes the next request".into()
            }
            Label::ControlCheckConditions | Label::ControlReleaseLocks => format!("reads {what}"),
            Label::ControlCheckCapacity => format!("checks room and lock for {what}"),
            Label::ControlDecideGrantOrRetry if control.grant => format!("grants {what}"),
            Label::ControlDecideGrantOrRetry => {
                let ship = usize::from(control.req.ship);
                let denied = self.state.controllers.retry_count.get(ship).copied().unwrap_or(0);
                if denied >= self.constants.max_retries {
                    format!("waits for room for {what}, denied {denied} times")
                } else {
                    format!("denies {what}")
                }
            }
            Label::ControlGrantPermission => format!("permits {what}"),
            Label::ControlWaitForShipMovement => format!("waits for the move of {what}"),
            Label::ControlWaitDoorClosed => format!("closes the door behind {what}"),
            _ => format!("prepares {what}"),
        }
    }

    fn request(&self, request: Request) -> String {
        format!(
            "ship {} at the {} door of lock {}",
            self.constants.ship_number(request.ship),
            name(request.side),
            self.constants.lock_number(request.lock)
        )
    }

    /// The level of the water at a location. That of a pound is the level outside the lock beside
    /// it.
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
        let level = self.level(location);
        let top = surface(level);
        let is_lock = location % 2 == 1;
        let water = Rectangle::new()
            .set("x", left)
            .set("y", top)
            .set("width", width)
            .set("height", BED - top)
            .set("fill", if is_lock { "#8fc1e3" } else { "#c6dbef" });
        let line = Line::new()
            .set("x1", left)
            .set("x2", left + width)
            .set("y1", top)
            .set("y2", top)
            .set("stroke", "#2171b5")
            .set("stroke-width", 2);
        let bed = Rectangle::new()
            .set("x", left)
            .set("y", BED)
            .set("width", width)
            .set("height", 8)
            .set("fill", if is_lock { "#666" } else { "#b09a78" });
        let high = if level == Level::High { "high" } else { "low" };
        let number = location / 2;
        let title =
            if is_lock { format!("lock {}", number + 1) } else { format!("pound {number}") };
        let middle = left + width / 2;
        let note = format!("location {location}, water {high}");
        Group::new()
            .add(water)
            .add(line)
            .add(bed)
            .add(centred(&title, middle, BED + 26).set("font-weight", "bold"))
            .add(centred(&note, middle, BED + 42).set("font-size", 11))
    }

    fn lock(&self, number: u8) -> Group {
        let (left, width) = span(2 * number + 1);
        let lock = self.plant.lock(number);
        let mut group = Group::new();
        for (side, x) in [(Side::West, left), (Side::East, left + width)] {
            group.append(door(lock, side, x));
            if lock.valve(level_needed(number, side)) {
                group.append(valve(x));
            }
            let mut ships = self.plant.ships.iter();
            if !lock.door(side) && ships.any(|ship| self.is_about_to_pass(ship, number, side)) {
                group.append(cross(x));
            }
        }
        group
    }

    /// Whether a ship's next step is to move through a door.
    fn is_about_to_pass(&self, ship: &Ship, lock: u8, side: Side) -> bool {
        super::laws::about_to_move(self.constants, ship)
            && ship.lock_in_question() == i16::from(lock)
            && ship.door_in_question() == side
    }

    fn ships(&self, location: u8) -> Group {
        let (left, width) = span(location);
        let top = surface(self.level(location));
        let mut group = Group::new();
        let here = (0..).zip(&self.plant.ships).filter(|(_, ship)| ship.location == location);
        let here: Vec<(u8, &Ship)> = here.collect();
        let capacity = self.constants.capacity(location);
        let fewest = if width == LOCK { 1 } else { 2 };
        let count = i32::try_from(here.len()).unwrap_or(i32::MAX);
        if here.len() > capacity {
            let text = format!("{count} ships, room for {capacity}");
            let text = centred(&text, left + width / 2, BED - 10);
            group.append(text.set("fill", BAD).set("font-size", 15).set("font-weight", "bold"));
        }
        let columns = count.clamp(fewest, 4);
        for (place, (number, ship)) in (0..).zip(here) {
            // Ships that do not fit side by side are drawn above each other.
            let (column, row) = (place % columns, place / columns);
            let middle = left + width * (2 * column + 1) / (2 * columns);
            // Words beside each other are raised in turn where there are many.
            let raised = if columns > 2 && column % 2 == 1 { 28 } else { 0 };
            group.append(self.ship(number, ship, (middle, top - row * 62), raised));
        }
        group
    }

    fn ship(&self, number: u8, ship: &Ship, (x, y): (i32, i32), raised: i32) -> Group {
        let colour = COLOURS[usize::from(number) % COLOURS.len()];
        let (tip_west, tip_east) = match ship.state {
            ShipState::GoToWest => (-14, 0),
            ShipState::GoToEast => (0, 14),
            ShipState::GoalReached => (0, 0),
        };
        let hull = [(tip_west - 24, -12), (24 + tip_east, -12), (18, 8), (-18, 8)];
        let points: Vec<_> = hull.map(|(dx, dy)| format!("{},{}", x + dx, y + dy)).into();
        let arrow = match ship.state {
            ShipState::GoToWest => format!("← {}", self.constants.ship_number(number)),
            ShipState::GoToEast => format!("{} →", self.constants.ship_number(number)),
            ShipState::GoalReached => self.constants.ship_number(number).to_string(),
        };
        let mut group = Group::new()
            .add(Polygon::new().set("points", points.join(" ")).set("fill", colour))
            .add(centred(&arrow, x, y + 3).set("fill", "white").set("font-weight", "bold"));
        let (lines, colour) = self.says(ship);
        let count = i32::try_from(lines.len()).unwrap_or(0);
        for (line, text) in (0..).zip(&lines) {
            let y = y - raised - 18 - 13 * (count - 1 - line);
            group.append(centred(text, x, y).set("fill", colour).set("font-size", 11));
        }
        group
    }

    /// The words above a ship, and their colour.
    fn says(&self, ship: &Ship) -> (Vec<String>, &'static str) {
        let door = || {
            let lock = ship.lock_in_question() + 1;
            format!("lock {lock}, {} door", name(ship.door_in_question()))
        };
        if super::laws::about_to_move(self.constants, ship) {
            let lock = usize::try_from(ship.lock_in_question()).ok();
            let lock = lock.and_then(|lock| self.plant.locks.get(lock));
            let is_open = lock.is_some_and(|lock| lock.door(ship.door_in_question()));
            return (vec!["about to move:".to_owned(), door()], if is_open { GOOD } else { BAD });
        }
        if !ship.permissions.is_empty() {
            return (vec!["has permission:".to_owned(), door()], GOOD);
        }
        if ship.pc.is_ship_waiting() {
            return (vec!["asks for".to_owned(), door()], DARK);
        }
        (Vec::new(), DARK)
    }
}

/// A door. The word on it makes it readable without the colours.
fn door(lock: &Lock, side: Side, x: i32) -> Group {
    let is_open = lock.door(side);
    let (top, bottom) = if is_open { (WALL - 44, WALL - 4) } else { (WALL, BED) };
    let (word, colour) = if is_open { ("open", GOOD) } else { ("closed", DARK) };
    let bar = Rectangle::new()
        .set("x", x - 8)
        .set("y", top)
        .set("width", 16)
        .set("height", bottom - top)
        .set("fill", colour);
    let way = Line::new()
        .set("x1", x)
        .set("x2", x)
        .set("y1", top)
        .set("y2", BED)
        .set("stroke", DARK)
        .set("stroke-dasharray", "2 5");
    let middle = i32::midpoint(top, bottom);
    let label = centred(word, x, middle)
        .set("fill", "white")
        .set("dominant-baseline", "central")
        .set("transform", format!("rotate(-90 {x} {middle})"));
    Group::new().add(way).add(bar).add(label)
}

/// An open valve: water runs under the door.
fn valve(x: i32) -> Group {
    let pipe = Rectangle::new()
        .set("x", x - 14)
        .set("y", BED - 16)
        .set("width", 28)
        .set("height", 10)
        .set("fill", "#08519c");
    Group::new().add(pipe).add(centred("valve", x, BED - 20).set("font-size", 10))
}

/// Marks a closed door that a ship is about to hit.
fn cross(x: i32) -> Group {
    let y = BED - 22;
    let stroke = |dx: i32| {
        Line::new()
            .set("x1", x - dx)
            .set("x2", x + dx)
            .set("y1", y - 11)
            .set("y2", y + 11)
            .set("stroke", BAD)
            .set("stroke-width", 6)
    };
    let ring = Circle::new()
        .set("cx", x)
        .set("cy", y)
        .set("r", 17)
        .set("fill", "none")
        .set("stroke", BAD)
        .set("stroke-width", 3);
    Group::new().add(ring).add(stroke(11)).add(stroke(-11))
}
