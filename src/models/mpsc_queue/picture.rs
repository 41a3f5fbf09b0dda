//! The picture of a state that the Explorer shows: the ring with its slots, and the threads.
//!
//! A message stands in the slot of its position, which is its place among all that ever entered the
//! queue, modulo the capacity. Its colour is its producer's. `tail` points to where the oldest message
//! is, `head` to where the next one goes.

use svg::node::element::{Circle, Group, Line, Text};
use svg::{Document, Node};

use super::spec::{Message, Spec, State};

const WIDTH: f64 = 560.0;
const HEIGHT: f64 = 340.0;

/// The middle of the ring.
const MIDDLE: (f64, f64) = (170.0, 170.0);
const RADIUS: f64 = 100.0;

/// Where the legend begins.
const RIGHT: f64 = 350.0;

/// One colour for each producer, from a palette that is safe for colour blindness.
const COLOURS: [&str; 8] =
    ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999"];

/// Draws a state of the spec.
pub fn draw(spec: &Spec, state: &State) -> String {
    let mut picture = Document::new()
        .set("viewBox", (0.0, 0.0, WIDTH, HEIGHT))
        .set("width", WIDTH)
        .set("height", HEIGHT)
        .set("font-family", "sans-serif")
        .set("font-size", 13);
    picture.append(
        svg::node::element::Rectangle::new()
            .set("width", WIDTH)
            .set("height", HEIGHT)
            .set("fill", "white"),
    );
    for slot in 0..state.capacity {
        picture.append(draw_slot(spec, state, slot));
    }
    picture.append(pointer(state, state.tail, "tail", 30.0));
    picture.append(pointer(state, state.head, "head", 52.0));
    picture.append(draw_middle(state));
    picture.append(legend(spec, state));
    picture.to_string()
}

/// The point at a distance from the middle, in the direction of a slot; slot 0 is at the top.
fn towards(state: &State, slot: u8, distance: f64) -> (f64, f64) {
    let turn = f64::from(slot) / f64::from(state.capacity.max(1));
    let (sin, cos) = (turn * std::f64::consts::TAU).sin_cos();
    (MIDDLE.0 + distance * sin, MIDDLE.1 - distance * cos)
}

/// The message whose position belongs to a slot, if there is one.
fn message_in(state: &State, slot: u8) -> Option<Message> {
    let mut positions = (state.tail..).zip(state.buffer.iter());
    positions.find(|(position, _)| position % state.capacity == slot).map(|(_, message)| message)
}

fn draw_slot(spec: &Spec, state: &State, slot: u8) -> Group {
    let (x, y) = towards(state, slot, RADIUS);
    // Slots of a large ring are small enough not to overlap.
    let radius = (2.5 * RADIUS / f64::from(state.capacity.max(1))).min(22.0);
    let message = message_in(state, slot);
    let fill = message.map_or("white", |message| colour(message.producer));
    let circle = Circle::new()
        .set("cx", x)
        .set("cy", y)
        .set("r", radius)
        .set("fill", fill)
        .set("stroke", "#444")
        .set("stroke-width", 2);
    let mut group = Group::new().add(circle);
    if let Some(message) = message {
        let name = format!("{}.{}", spec.producer_value(message.producer), message.ordinal);
        group.append(
            Text::new(name)
                .set("x", x)
                .set("y", y + 5.0)
                .set("text-anchor", "middle")
                .set("font-size", (radius * 0.7).round()),
        );
    }
    group
}

/// A pointer from outside to the slot of a position.
fn pointer(state: &State, position: u8, name: &str, distance: f64) -> Group {
    let slot = position % state.capacity.max(1);
    let (x1, y1) = towards(state, slot, RADIUS + distance);
    let (x2, y2) = towards(state, slot, RADIUS + 24.0);
    let line =
        Line::new().set("x1", x1).set("y1", y1).set("x2", x2).set("y2", y2).set("stroke", "black");
    let label = Text::new(format!("{name} {position}"))
        .set("x", x1)
        .set("y", y1)
        .set("text-anchor", "middle");
    Group::new().add(line).add(label)
}

fn draw_middle(state: &State) -> Group {
    let resizing = if state.resizing { "resizing" } else { "" };
    let lines = [
        format!("generation {}", state.generation),
        format!("{} of {} slots", state.buffer.len(), state.capacity),
        resizing.to_owned(),
    ];
    let mut group = Group::new();
    for (line, text) in (0_u8..).zip(lines) {
        group.append(
            Text::new(text)
                .set("x", MIDDLE.0)
                .set("y", MIDDLE.1 - 14.0 + 20.0 * f64::from(line))
                .set("text-anchor", "middle"),
        );
    }
    group
}

/// The threads, and the counts.
fn legend(spec: &Spec, state: &State) -> Group {
    let mut group = Group::new();
    let mut y = 40.0;
    for p in spec.constants.producer_numbers() {
        let joined = state.producers.contains(p);
        let word = if joined { "joined" } else { "away" };
        let text =
            format!("{}: {word}, sent {}", spec.producer_value(p), state.sent[usize::from(p)]);
        let dot = Circle::new().set("cx", RIGHT).set("cy", y - 4.0).set("r", 7);
        let fill = if joined { colour(p) } else { "white" };
        group.append(dot.set("fill", fill).set("stroke", colour(p)).set("stroke-width", 2));
        group.append(Text::new(text).set("x", RIGHT + 14.0).set("y", y));
        y += 22.0;
    }
    let consumer = if state.is_active() { "at work" } else { "away" };
    let lines = [
        format!("consumer: {consumer}"),
        format!("received {}", state.messages_received()),
        format!("dropped {}", state.messages_dropped),
    ];
    for text in lines {
        y += 22.0;
        group.append(Text::new(text).set("x", RIGHT).set("y", y));
    }
    let names = "p.n: message n of producer p";
    group.append(Text::new(names).set("x", RIGHT).set("y", HEIGHT - 14.0).set("fill", "#555"));
    group
}

pub(super) fn colour(producer: u8) -> &'static str {
    COLOURS[usize::from(producer) % COLOURS.len()]
}
