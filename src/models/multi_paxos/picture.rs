//! The picture of a state that the Explorer shows: a table of acceptors by proposals; of the code, what the other nodes are
//! doing and which messages are in transit besides.
//!
//! A filled circle is a vote, in the colour of its value; a ring around it marks the last accepted
//! proposal; a bar is the promise: nothing to its left can be accepted any more.

use svg::node::element::{Circle, Group, Line, Rectangle, Text, Title};
use svg::{Document, Node};

use super::constants::Module;
use super::spec::{Ballot, Spec, State, ValueId};

const COLUMN: usize = 64;
const ROW: usize = 36;
const LEFT: usize = 90;
const TOP: usize = 64;

/// Where lines of text begin, how far they are apart, and about how wide a character is.
const LINES_AT: usize = 18;
const LINE: usize = 19;
const CHARACTER: usize = 7;

/// Colours that colour-blind readers can tell apart, too.
const COLOURS: [&str; 6] = ["#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00"];

/// Draws a state of the spec.
pub fn draw(spec: &Spec, state: &State) -> String {
    draw_with(spec, state, &[])
}

/// Something in words beside the table: a title, and its lines.
pub struct Words {
    /// What it is about.
    pub title: &'static str,
    /// What there is to say, each in few words.
    pub lines: Vec<String>,
}

/// Draws a state of the spec, and what there is besides.
pub fn draw_with(spec: &Spec, state: &State, besides: &[Words]) -> String {
    let ballots = usize::from(spec.constants.ballots());
    let height_of_round = TOP + spec.constants.acceptors.len() * ROW + 20;
    let tables = height_of_round * spec.constants.rounds.len();
    let mut body = Group::new();
    for r in spec.rounds() {
        let mut round = draw_round(spec, state, r);
        let down = height_of_round * usize::from(r);
        round.assign("transform", format!("translate(0 {down})"));
        body.append(round);
    }
    body.append(legend(spec, tables + 14));
    let mut width = (LEFT + (ballots + 1) * COLUMN).max(LINES_AT + width_of(&LEGEND));
    let mut height = tables + 20 + (LEGEND.len() + 1) * LINE;
    let (at, mut y) = (width + LINES_AT, 0);
    for Words { title, lines } in besides.iter().filter(|words| !words.lines.is_empty()) {
        y += LINE;
        body.append(Text::new(*title).set("x", at).set("y", y).set("font-weight", "bold"));
        for line in lines {
            y += LINE;
            body.append(Text::new(line.as_str()).set("x", at).set("y", y));
        }
        y += LINE / 2;
        width = width.max(at + width_of(lines));
        height = height.max(y + LINE);
    }
    let background =
        Rectangle::new().set("width", width).set("height", height).set("fill", "white");
    Document::new()
        .set("viewBox", (0, 0, width, height))
        .set("width", width)
        .set("height", height)
        .set("font-family", "sans-serif")
        .set("font-size", 13)
        .add(background)
        .add(body)
        .to_string()
}

/// About how wide the longest of some lines is.
fn width_of<T: AsRef<str>>(lines: &[T]) -> usize {
    lines.iter().map(|line| line.as_ref().chars().count()).max().unwrap_or(0) * CHARACTER
}

fn draw_round(spec: &Spec, state: &State, r: u8) -> Group {
    let learned = spec.learned(state, r);
    let values: Vec<_> = learned.iter().map(|v| spec.value_value(v).to_string()).collect();
    let outcome = if values.is_empty() {
        "nothing learned".to_owned()
    } else {
        format!("learned {}", values.join(", "))
    };
    let title = format!("round {}: {outcome}", spec.constants.rounds[usize::from(r)]);
    let mut group =
        Group::new().add(Text::new(title).set("x", 8).set("y", 20).set("font-weight", "bold"));
    for ballot in spec.ballots() {
        let Some((attempt, node)) = spec.attempt_and_node(ballot) else { continue };
        let reached = spec.proposer_attempt(state, node, r);
        let name = format!("{attempt}.{}", spec.constants.proposers[usize::from(node)]);
        let colour = if attempt <= reached { "black" } else { "#bbb" };
        group.append(
            Text::new(name)
                .set("x", column(ballot))
                .set("y", TOP - 16)
                .set("text-anchor", "middle")
                .set("fill", colour)
                .add(Title::new("attempt.proposer; grey: not begun")),
        );
    }
    for a in spec.acceptors() {
        group.append(draw_acceptor(spec, state, a, r));
    }
    group
}

fn draw_acceptor(spec: &Spec, state: &State, a: u8, r: u8) -> Group {
    let y = TOP + usize::from(a) * ROW + ROW / 2;
    let right = column(Ballot(spec.constants.ballots())) + COLUMN / 2;
    let name = spec.constants.acceptors[usize::from(a)].to_string();
    let line = Line::new()
        .set("x1", LEFT - 20)
        .set("x2", right)
        .set("y1", y)
        .set("y2", y)
        .set("stroke", "#ddd");
    let mut group = Group::new().add(Text::new(name).set("x", 8).set("y", y + 5)).add(line);
    let promised = spec.promised(state, a, r);
    if promised != Ballot::NONE {
        let x = column(promised) - COLUMN / 2 + 4;
        group.append(
            Rectangle::new()
                .set("x", x)
                .set("y", y - ROW / 2 + 3)
                .set("width", 5)
                .set("height", ROW - 6)
                .set("fill", "#444")
                .add(Title::new("promised")),
        );
    }
    let accepted = spec.accepted(state, a, r);
    let votes: Vec<_> = match spec.constants.module {
        Module::MultiPaxos | Module::MultiPaxosUnbounded => spec.votes(state, a, r).collect(),
        Module::MultiPaxosAsGiven => accepted.into_iter().collect(),
    };
    for vote in votes {
        let ring = if accepted == Some(vote) { "black" } else { "none" };
        group.append(
            dot(column(vote.ballot), y, vote.value)
                .set("stroke", ring)
                .add(Title::new(format!("voted for {}", spec.value_value(vote.value)))),
        );
    }
    group
}

/// What the signs mean.
const LEGEND: [&str; 3] = [
    "dot: a vote for a value; ring: the last one",
    "bar: promised, nothing to its left is accepted",
    "n.p: attempt n of proposer p, grey until it begins",
];

fn legend(spec: &Spec, y: usize) -> Group {
    let mut group = Group::new();
    for v in spec.values() {
        let x = 18 + usize::from(v) * COLUMN;
        group.append(dot(x, y, v));
        let name = spec.value_value(v).to_string();
        group.append(Text::new(name).set("x", x + 14).set("y", y + 5));
    }
    for (line, text) in (1..).zip(LEGEND) {
        let y = y + 7 + line * LINE;
        group.append(Text::new(text).set("x", 8).set("y", y).set("fill", "#555"));
    }
    group
}

fn dot(x: usize, y: usize, value: ValueId) -> Circle {
    let colour = COLOURS.get(usize::from(value) % COLOURS.len()).copied().unwrap_or("#999");
    Circle::new().set("cx", x).set("cy", y).set("r", 9).set("fill", colour).set("stroke-width", 3)
}

fn column(ballot: Ballot) -> usize {
    LEFT + (usize::from(ballot.0) - 1) * COLUMN + COLUMN / 2
}
