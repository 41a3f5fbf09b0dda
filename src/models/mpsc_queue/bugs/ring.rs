//! A picture of the queue for a terminal: rings with their slots, head and tail, and operations in flight.

use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::super::memory::{RingName, Shown};
use super::super::spec::Message;
use super::super::system::System;
use super::super::system_picture::pointers;
use super::super::threads::{Consumer, Producer, Pushing, SystemState};
use super::super::words;
use mitregate_mpsc_queue::algorithm::PushAt;

/// The colours of producers; they go away with `NO_COLOR` and off a terminal.
const COLOURS: [AnsiColor; 6] = [
    AnsiColor::Cyan,
    AnsiColor::Yellow,
    AnsiColor::Green,
    AnsiColor::Magenta,
    AnsiColor::Blue,
    AnsiColor::BrightRed,
];

/// How wide a slot is, without its walls.
const WIDTH: usize = 7;

/// How far pictures are from the margin.
const MARGIN: &str = "        ";

/// Draws a state, some lines long.
pub fn draw(system: &System, state: &SystemState) -> String {
    let mut out = String::new();
    for ring in state.memory.live_rings() {
        draw_ring(system, state, ring, &mut out);
    }
    let spec = &state.stands_for;
    let _ = writeln!(
        out,
        "{MARGIN}head {}, tail {} (position@generation); {} of {} slots in use{}",
        words::word(system, state.memory.head()),
        words::word(system, state.memory.tail()),
        spec.buffer.len(),
        spec.capacity,
        if spec.messages_dropped > 0 {
            format!(", {} dropped", spec.messages_dropped)
        } else {
            String::new()
        }
    );
    for (p, producer) in (0..).zip(&state.producers) {
        if let Some(text) = in_flight(system, producer) {
            let style = style(p);
            let name = system.spec.producer_value(p);
            let _ = writeln!(out, "{MARGIN}{style}producer {name}{style:#} {text}");
        }
    }
    for consumer in &state.consumers {
        if let Some(text) = consumer_words(system, consumer) {
            let _ = writeln!(out, "{MARGIN}the consumer {text}");
        }
    }
    out
}

fn draw_ring(system: &System, state: &SystemState, ring: RingName, out: &mut String) {
    let slots = state.memory.slots(ring).collect::<Vec<_>>();
    let edge = |left, middle, right| {
        let walls = vec!["─".repeat(WIDTH); slots.len()].join(middle);
        format!("{left}{walls}{right}")
    };
    let cells: Vec<String> = slots.iter().map(|shown| cell(system, *shown)).collect();
    let is_newest = ring == state.memory.newest_ring();
    let name = if is_newest { "newest" } else { "old" };
    let _ = writeln!(out, "{MARGIN}ring {ring:<3}{}", edge("┌", "┬", "┐"));
    let _ = writeln!(out, "{MARGIN}{name:<8}│{}│", cells.join("│"));
    let _ = writeln!(out, "{MARGIN}        {}", edge("└", "┴", "┘"));
    let pointers: Vec<_> =
        (0_u64..).zip(&slots).map(|(index, _)| pointers(state, ring, index)).collect();
    for pointer in 0..2 {
        let names = pointers.iter().map(|of_slot| of_slot[pointer].unwrap_or_default());
        let mut below = String::new();
        for name in names {
            let _ = write!(below, " {name:^WIDTH$}");
        }
        if !below.trim().is_empty() {
            let _ = writeln!(out, "{MARGIN}        {}", below.trim_end());
        }
    }
}

/// A slot's contents: `1.2` is the second message of producer 1, in brackets while it is not announced.
fn cell(system: &System, shown: Shown<'_, Message>) -> String {
    let text = match (shown.message, shown.announced) {
        (None, false) => String::new(),
        (None, true) => "?".to_owned(),
        (Some(message), false) => format!("({})", words::name(system, *message)),
        (Some(message), true) => words::name(system, *message),
    };
    let style = shown.message.map_or(Style::new(), |message| style(message.producer));
    format!("{style}{text:^WIDTH$}{style:#}")
}

/// What a producer is in the middle of.
fn in_flight(system: &System, producer: &Producer) -> Option<String> {
    let Producer::Here { doing: Pushing::Push(push), .. } = producer else {
        return producer.is_asleep().then(|| "sleeps".to_owned());
    };
    let at = push.at();
    let next = words::access(system, at.into());
    Some(match at {
        PushAt::ReadDirectory(ticket) | PushAt::Write(ticket) | PushAt::Publish(ticket) => {
            format!("has ticket {}, and next {next}", words::word(system, ticket.next))
        }
        PushAt::Reserve { head, .. } | PushAt::Turn { head } | PushAt::LoadTail { head } => {
            format!("knows head {}, and next {next}", words::word(system, head))
        }
        _ => format!("next {next}"),
    })
}

/// What the consumer is in the middle of.
fn consumer_words(system: &System, consumer: &Consumer) -> Option<String> {
    if consumer.is_asleep() {
        return Some("sleeps".to_owned());
    }
    consumer.at().map(|at| format!("next {}", words::access(system, at)))
}

fn style(producer: u8) -> Style {
    COLOURS[usize::from(producer) % COLOURS.len()].on_default().bold()
}
