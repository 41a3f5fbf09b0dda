//! The picture of a state of the real queue that the Explorer shows: rings with their slots, head and tail, what each
//! thread is in the middle of, and what the signs mean.

use svg::node::element::{Group, Rectangle, Text};
use svg::{Document, Node};

use super::memory::{RingName, Shown};
use super::picture::colour;
use super::spec::Message;
use super::system::System;
use super::threads::{Consumer, SystemState};
use super::words;
use mitregate_mpsc_queue::algorithm::Word;

const WIDTH: f64 = 640.0;
const SLOT: f64 = 56.0;
const LEFT: f64 = 90.0;

/// How much room a ring takes, and a line of text.
const RING: f64 = 98.0;
const LINE: f64 = 22.0;

/// Draws a state.
pub fn draw(system: &System, state: &SystemState) -> String {
    let rings: Vec<RingName> = state.memory.live_rings().collect();
    let lines = lines(system, state);
    let count = |n: usize| f64::from(u16::try_from(n).unwrap_or(u16::MAX));
    let height = 20.0 + RING * count(rings.len()) + LINE * count(lines.len() + 1);
    let mut picture = Document::new()
        .set("viewBox", (0.0, 0.0, WIDTH, height))
        .set("width", WIDTH)
        .set("height", height)
        .set("font-family", "sans-serif")
        .set("font-size", 13);
    picture.append(Rectangle::new().set("width", WIDTH).set("height", height).set("fill", "white"));
    let mut y = 20.0;
    for ring in rings {
        picture.append(draw_ring(system, state, ring, y));
        y += RING;
    }
    for (text, fill) in lines {
        y += LINE;
        picture.append(Text::new(text).set("x", 14.0).set("y", y).set("fill", fill));
    }
    picture.to_string()
}

/// What to say below the rings, each line with its colour.
fn lines(system: &System, state: &SystemState) -> Vec<(String, &'static str)> {
    let memory = &state.memory;
    let mut lines = vec![(
        format!(
            "head: {}; tail: {}; {} of {} slots in use, {} dropped",
            words::word_in_full(system, memory.head()),
            words::word_in_full(system, memory.tail()),
            state.stands_for.buffer.len(),
            state.stands_for.capacity,
            state.stands_for.messages_dropped,
        ),
        "black",
    )];
    for (p, producer) in (0..).zip(&state.producers) {
        let words = words::producer_words(system, producer);
        lines.push((format!("producer {}: {words}", system.spec.producer_value(p)), colour(p)));
    }
    for consumer in &state.consumers {
        lines.push((format!("consumer: {}", words::consumer_words(system, consumer)), "black"));
    }
    if let Some(trouble) = state.trouble() {
        lines.push((words::trouble(system, trouble), "#c00000"));
    }
    lines.push((
        "p.n: message n of producer p; pale: written and not announced; ?: announced and not written".to_owned(),
        "#555",
    ));
    lines
}

fn draw_ring(system: &System, state: &SystemState, ring: RingName, y: f64) -> Group {
    let mut group = Group::new();
    group.append(Text::new(format!("ring {ring}")).set("x", 14.0).set("y", y + 28.0));
    let slots = state.memory.slots(ring);
    // Slots of a large ring are small enough to fit.
    let room = (WIDTH - LEFT - 20.0) / f64::from(u16::try_from(slots.len()).unwrap_or(1).max(1));
    let size = SLOT.min(room);
    let mut x = LEFT;
    for (index, shown) in (0_u64..).zip(slots) {
        group.append(draw_slot(system, shown, x, y, size));
        for (pointer, below) in pointers(state, ring, index).into_iter().zip([15.0, 29.0]) {
            group.append(
                Text::new(pointer.unwrap_or_default())
                    .set("x", x + size / 2.0)
                    .set("y", y + SLOT + below)
                    .set("text-anchor", "middle"),
            );
        }
        x += size;
    }
    group
}

/// A slot; its message is pale while it is not announced.
fn draw_slot(system: &System, shown: Shown<'_, Message>, x: f64, y: f64, size: f64) -> Group {
    let fill = shown.message.map_or("white", |message| colour(message.producer));
    let opacity = if shown.announced { 1.0 } else { 0.35 };
    let text = match (shown.message, shown.announced) {
        (Some(message), _) => words::name(system, *message),
        (None, true) => "?".to_owned(),
        (None, false) => String::new(),
    };
    let slot = Rectangle::new()
        .set("x", x)
        .set("y", y)
        .set("width", size)
        .set("height", SLOT)
        .set("fill", fill)
        .set("fill-opacity", opacity)
        .set("stroke", "#444")
        .set("stroke-width", 2);
    let label = Text::new(text)
        .set("x", x + size / 2.0)
        .set("y", y + SLOT / 2.0 + 5.0)
        .set("text-anchor", "middle");
    Group::new().add(slot).add(label)
}

/// Whether tail, and whether head, points to a slot of a ring. The tail does so in the ring that the consumer takes messages
/// from, even where another one is announced already.
pub(super) fn pointers(
    state: &SystemState,
    ring: RingName,
    index: u64,
) -> [Option<&'static str>; 2] {
    let memory = &state.memory;
    let capacity = memory.slots(ring).len().max(1) as u64;
    let is_slot = |word: Word| word.index(capacity) == index;
    let tail_ring = match state.consumers.get(0) {
        Some(Consumer::Here { state, .. }) => Some(state.ring().name),
        _ => memory.ring_of(memory.tail().generation()),
    };
    let tail = tail_ring == Some(ring) && is_slot(memory.tail());
    let head = memory.ring_of(memory.head().generation()) == Some(ring) && is_slot(memory.head());
    [tail.then_some("tail"), head.then_some("head")]
}
