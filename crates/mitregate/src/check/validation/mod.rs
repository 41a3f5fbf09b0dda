//! Trace validation: is there a behaviour of a spec that explains what a program logged?
//!
//! The program is not a model here; it runs freely, and logs lines. A line is a step, one action of the
//! spec, of which it may name the action and give the values of some variables before and after; or it is
//! an observation, which is no step. Variables of which a line says nothing are free. The order of a node's
//! lines is known; a line that receives a message comes after one that sends it; otherwise the lines of
//! different nodes may have come in any order. Actions that the program does not log, which are to be named,
//! may be taken any number of times between two lines. The idea is that of Cirstea, Kuppe, Loillier and Merz,
//! *Validating Traces of Distributed Programs Against TLA+ Specifications*, 2024.
//!
//! The search is depth first, over pairs of a state and of how many lines of each node are explained, each
//! visited once. With one node and no silent actions the work grows with the number of lines. A log that is
//! explained usually is by the first way tried. To find that a log is not explained takes all pairs, of which
//! there are at most the lines times the states that silent steps lead to; with several nodes whose order is
//! unknown the numbers of lines multiply, and the budget may end the search undecided.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicBool, Ordering};

use super::fingerprint;
use super::model::{Checkable, Name};
use super::trace::{Trace, TraceStep};
use crate::tla::value::Value;

#[cfg(feature = "tracing")]
pub(crate) use log::UniqueKeys;
pub use log::{Header, Line, Log, LogError, NodeLog, is_cut, parse_line, read_files};
pub use pattern::{Mismatch, Pattern, as_logged};

mod log;
mod pattern;

/// How to search.
pub struct Search<'a> {
    /// The actions that the program does not log, with or without their arguments.
    pub silent: Vec<String>,
    /// The most pairs of a state and of lines explained to visit.
    pub max_visited: u64,
    /// Whether the behaviour that explains the log is wanted.
    pub with_behaviour: bool,
    /// Ends the search undecided once it is set.
    pub interrupt: &'a AtomicBool,
    /// Told how many lines are explained at most so far.
    pub progress: &'a dyn Fn(usize),
}

/// What became of a validation.
#[derive(Clone, Debug, PartialEq)]
pub enum Validation {
    /// A behaviour explains all lines.
    Explained {
        /// How many lines there are.
        lines: usize,
        /// How many actions the behaviour has.
        actions: usize,
        /// How many of them no line logs.
        silent: usize,
        /// The behaviour, if it is wanted.
        behaviour: Option<Trace>,
    },
    /// None does.
    Unexplained(Longest),
    /// It is not known.
    Undecided {
        /// The furthest that it has come.
        longest: Longest,
        /// Why it is not known.
        why: String,
    },
}

/// The longest part of a log that is explained, and what comes after it.
#[derive(Clone, Debug, PartialEq)]
pub struct Longest {
    /// How many lines are explained.
    pub explained: usize,
    /// How many lines there are.
    pub lines: usize,
    /// In how many ways they are: pairs of a state of the spec and of how many lines of each node it explains.
    pub ways: usize,
    /// The lines that come next, and why none can.
    pub stuck: Vec<Stuck>,
    /// What the spec allows there instead.
    pub allowed: Vec<String>,
    /// The actions that no line names and that are not silent, if lines name most of the others.
    pub unlogged: Vec<Name>,
}

/// A line that no behaviour explains after what went before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The file and the line's number.
    pub place: String,
    /// The node.
    pub node: String,
    /// The action that the line names, or what else it is.
    pub event: String,
    /// Why it cannot be.
    pub why: String,
}

/// Validates a log against a spec.
///
/// # Errors
///
/// [`LogError`] if a line, or [`Search::silent`], names an action or a variable that the spec does not have.
pub fn validate<M: Checkable>(
    spec: &M,
    log: &Log,
    search: &Search<'_>,
) -> Result<Validation, LogError> {
    let validator = Validator::new(spec, log, search)?;
    Ok(validator.run())
}

/// Which actions are meant.
enum Selector {
    /// All of that name.
    Named(usize),
    /// That with these arguments.
    Exactly(usize, String),
}

impl Selector {
    fn selects<M: Checkable>(&self, spec: &M, action: &M::Action) -> bool {
        match self {
            Selector::Named(name) => spec.action_name(action) == *name,
            Selector::Exactly(name, label) => {
                spec.action_name(action) == *name && spec.format_action(action) == *label
            }
        }
    }

    fn name(&self) -> usize {
        let (Selector::Named(name) | Selector::Exactly(name, _)) = self;
        *name
    }
}

/// How many lines of each node are explained.
type Progress = Box<[usize]>;

/// A state on the way that is tried.
struct Frame<M: Checkable> {
    state: M::State,
    next: Progress,
    /// What led here.
    action: Option<M::Action>,
    /// Whether no line logs that.
    is_silent: bool,
    /// The lines' steps that are to be tried from here, last first.
    moves: Vec<Move<M>>,
    /// Then the silent steps, last first; none before they are looked for. Their states are made when it is their
    /// turn, for a path may be long.
    silent: Option<Vec<M::Action>>,
}

struct Move<M: Checkable> {
    /// The node whose line it explains; none for a silent step.
    node: Option<usize>,
    /// None for an observation.
    action: Option<M::Action>,
    state: M::State,
}

/// The states in which the most lines are explained, as far as they are kept.
struct Furthest<M: Checkable> {
    explained: usize,
    ways: usize,
    kept: Vec<(M::State, Progress)>,
}

/// How many of them are kept.
const KEPT: usize = 64;

/// How many actions a report lists.
const LISTED: usize = 12;

struct Validator<'a, M: Checkable> {
    spec: &'a M,
    log: &'a Log,
    search: &'a Search<'a>,
    /// By node and line, the action that is named.
    selectors: Vec<Vec<Option<Selector>>>,
    silent: Vec<Selector>,
    /// Which lines send a message: the node and the line's index.
    senders: HashMap<&'a str, Vec<(usize, usize)>>,
}

impl<'a, M: Checkable> Validator<'a, M> {
    fn new(
        spec: &'a M,
        log: &'a Log,
        search: &'a Search<'a>,
    ) -> Result<Validator<'a, M>, LogError> {
        let names = spec.action_names();
        let select = |label: &str, place: &str| {
            let bare = label.split_once('(').map_or(label, |(bare, _)| bare);
            let name = names.iter().position(|name| name == bare);
            let name = name.ok_or_else(|| LogError::Unknown {
                place: place.to_owned(),
                kind: "action",
                name: label.to_owned(),
                known: names.join(", "),
            })?;
            if bare.len() == label.len() {
                return Ok(Selector::Named(name));
            }
            // Half an action would be taken for one that is never enabled.
            if !label.ends_with(')') || label.matches('(').count() != label.matches(')').count() {
                let problem = format!("the action {label:?} lacks a parenthesis");
                return Err(LogError::Malformed { place: place.to_owned(), problem });
            }
            if spec.lacks_arguments(name) {
                let problem = format!(
                    "the spec's graph has the action {bare} without arguments, as TLC 2.15 writes it; log {bare}, and \
                     what it changes"
                );
                return Err(LogError::Malformed { place: place.to_owned(), problem });
            }
            Ok(Selector::Exactly(name, label.to_owned()))
        };
        let variables = spec.init_states().first().map(|state| spec.view(state));
        let mut selectors = Vec::new();
        let mut senders: HashMap<&str, Vec<_>> = HashMap::new();
        for (number, node) in log.nodes.iter().enumerate() {
            let mut of_node = Vec::with_capacity(node.lines.len());
            for (index, line) in node.lines.iter().enumerate() {
                if let Some(Value::Fun(variables)) = &variables {
                    let mut said = line.observed.variables().chain(line.state.variables());
                    let has = |name: &&str| variables.contains_key(&Value::from(*name));
                    if let Some(name) = said.find(|name| !has(name)) {
                        let known: Vec<_> = variables.keys().filter_map(Value::as_str).collect();
                        return Err(LogError::Unknown {
                            place: line.place.clone(),
                            kind: "variable",
                            name: name.to_owned(),
                            known: known.join(", "),
                        });
                    }
                }
                let action = line.action.as_deref();
                of_node.push(action.map(|action| select(action, &line.place)).transpose()?);
                for message in &line.sent {
                    senders.entry(message).or_default().push((number, index));
                }
            }
            selectors.push(of_node);
        }
        for (number, node) in log.nodes.iter().enumerate().filter(|_| !log.may_lack_lines) {
            for (index, line) in node.lines.iter().enumerate() {
                let is_sent = |message: &&String| {
                    let before = |&(other, at): &(usize, usize)| other != number || at < index;
                    senders.get(message.as_str()).is_some_and(|all| all.iter().any(before))
                };
                if let Some(message) = line.received.iter().find(|message| !is_sent(message)) {
                    return Err(LogError::NoSender {
                        place: line.place.clone(),
                        message: message.clone(),
                    });
                }
            }
        }
        let silent = search.silent.iter().map(|label| select(label, "silent"));
        let silent = silent.collect::<Result<_, _>>()?;
        Ok(Validator { spec, log, search, selectors, silent, senders })
    }

    fn run(&self) -> Validation {
        let lines = self.log.len();
        let start: Progress = vec![0; self.log.nodes.len()].into();
        let mut visited: HashSet<u64> = HashSet::new();
        let mut furthest = Furthest { explained: 0, ways: 0, kept: Vec::new() };
        for initial in self.spec.init_states() {
            if !visited.insert(fingerprint(&(&start, &initial))) {
                continue;
            }
            furthest.reach(0, &initial, &start);
            let mut path = vec![self.frame(initial, start.clone(), None, false)];
            while let Some(frame) = path.last_mut() {
                if explained(&frame.next) == lines {
                    return self.explained(&path);
                }
                let Some(Move { node, action, state }) = self.next_move(frame) else {
                    path.pop();
                    continue;
                };
                let mut next = frame.next.clone();
                if let Some(node) = node {
                    next[node] += 1;
                }
                if !visited.insert(fingerprint(&(&next, &state))) {
                    continue;
                }
                let count = explained(&next);
                if furthest.reach(count, &state, &next) && count.is_multiple_of(1024) {
                    (self.search.progress)(count);
                }
                let undecided = |why: &str| Validation::Undecided {
                    longest: self.longest(&furthest),
                    why: why.to_owned(),
                };
                if visited.len() as u64 > self.search.max_visited {
                    return undecided(
                        "the budget is used up; raise --max-states, log more variables, or messages between nodes",
                    );
                }
                if visited.len().is_multiple_of(1024)
                    && self.search.interrupt.load(Ordering::Relaxed)
                {
                    return undecided("interrupted");
                }
                path.push(self.frame(state, next, action, node.is_none()));
            }
        }
        if self.log.may_lack_lines {
            let why = "a log was cut, and what its node did after that is not known; give the other logs without it";
            return Validation::Undecided { longest: self.longest(&furthest), why: why.to_owned() };
        }
        Validation::Unexplained(self.longest(&furthest))
    }

    fn frame(
        &self,
        state: M::State,
        next: Progress,
        action: Option<M::Action>,
        is_silent: bool,
    ) -> Frame<M> {
        let mut moves = Vec::new();
        for node in 0..self.log.nodes.len() {
            self.line_moves(node, &state, &next, &mut moves);
        }
        // The nodes in their order, each with its actions in their order.
        moves.reverse();
        Frame { state, next, action, is_silent, moves, silent: None }
    }

    /// What is to be tried next from a state: its lines' steps, and then silent ones.
    fn next_move(&self, frame: &mut Frame<M>) -> Option<Move<M>> {
        if let Some(line) = frame.moves.pop() {
            return Some(line);
        }
        let silent = frame.silent.get_or_insert_with(|| self.silent_actions(&frame.state));
        loop {
            let action = silent.pop()?;
            if let Some(state) = self.spec.next_state(&frame.state, action.clone()) {
                return Some(Move { node: None, action: Some(action), state });
            }
        }
    }

    /// The next line of a node, if there is one, with the action that it names.
    fn line(&self, node: usize, next: &Progress) -> Option<(&Line, Option<&Selector>)> {
        let index = next[node];
        let line = self.log.nodes[node].lines.get(index)?;
        Some((line, self.selectors[node][index].as_ref()))
    }

    /// The message that a line receives and that no line has sent yet, though one does.
    fn awaited<'l>(&self, line: &'l Line, next: &Progress) -> Option<(&'l str, (usize, usize))> {
        line.received.iter().find_map(|message| {
            let senders = self.senders.get(message.as_str())?;
            let is_sent = senders.iter().any(|&(node, index)| next[node] > index);
            Some((message.as_str(), *senders.first()?)).filter(|_| !is_sent)
        })
    }

    /// The steps that a node's next line can be.
    fn line_moves(&self, node: usize, state: &M::State, next: &Progress, moves: &mut Vec<Move<M>>) {
        let Some((line, selector)) = self.line(node, next) else { return };
        if self.awaited(line, next).is_some()
            || !line.observed.is_empty() && line.observed.check(&self.spec.view(state)).is_err()
        {
            return;
        }
        if !line.is_step {
            moves.push(Move { node: Some(node), action: None, state: state.clone() });
            return;
        }
        for action in self.spec.offered(state) {
            if selector.is_some_and(|selector| !selector.selects(self.spec, &action)) {
                continue;
            }
            let Some(after) = self.spec.next_state(state, action.clone()) else { continue };
            if line.state.is_empty() || line.state.check(&self.spec.view(&after)).is_ok() {
                moves.push(Move { node: Some(node), action: Some(action), state: after });
            }
        }
    }

    fn silent_actions(&self, state: &M::State) -> Vec<M::Action> {
        if self.silent.is_empty() {
            return Vec::new();
        }
        let mut actions = self.spec.offered(state);
        actions.retain(|action| self.silent.iter().any(|it| it.selects(self.spec, action)));
        actions.reverse();
        actions
    }

    fn explained(&self, path: &[Frame<M>]) -> Validation {
        let steps = path.iter().enumerate();
        let taken = steps.filter(|(index, frame)| *index == 0 || frame.action.is_some());
        let behaviour = self.search.with_behaviour.then(|| {
            let step = |(_, frame): (usize, &Frame<M>)| TraceStep {
                action: frame.action.as_ref().map(|action| self.spec.format_action(action)),
                state: self.spec.view(&frame.state),
            };
            Trace { steps: taken.map(step).collect(), ..Trace::default() }
        });
        Validation::Explained {
            lines: self.log.len(),
            actions: path.iter().filter(|frame| frame.action.is_some()).count(),
            silent: path.iter().filter(|frame| frame.is_silent).count(),
            behaviour,
        }
    }

    fn longest(&self, furthest: &Furthest<M>) -> Longest {
        // The state that tells most about the lines that come next.
        let nodes = 0..self.log.nodes.len();
        let told = furthest.kept.iter().map(|(state, next)| {
            let stuck: Vec<_> =
                nodes.clone().filter_map(|node| self.stuck(node, state, next)).collect();
            let closeness = stuck.iter().map(|(closeness, _)| *closeness).max();
            (closeness, stuck, state)
        });
        // The first of those that are equally close.
        let best = told.reduce(|best, it| if it.0 > best.0 { it } else { best });
        let (stuck, allowed) = best.map_or_else(Default::default, |(_, stuck, state)| {
            let stuck = stuck.into_iter().map(|(_, stuck)| stuck).collect();
            (stuck, self.allowed(state))
        });
        let named: HashSet<usize> =
            self.selectors.iter().flatten().flatten().map(Selector::name).collect();
        let silent: HashSet<usize> = self.silent.iter().map(Selector::name).collect();
        let is_unlogged = |index: &usize| !named.contains(index) && !silent.contains(index);
        let all = self.spec.action_names().into_iter().enumerate();
        let unlogged = all.filter(|(index, _)| !named.is_empty() && is_unlogged(index));
        let unlogged: Vec<_> = unlogged.map(|(_, name)| name).collect();
        // Whoever logs next to nothing has not forgotten an action.
        let unlogged = if unlogged.len() > LISTED / 2 { Vec::new() } else { unlogged };
        Longest {
            explained: furthest.explained,
            lines: self.log.len(),
            ways: furthest.ways,
            stuck,
            allowed,
            unlogged,
        }
    }

    /// The labels of the actions that are enabled.
    fn allowed(&self, state: &M::State) -> Vec<String> {
        let steps = self.spec.next_steps(state);
        let mut labels: Vec<_> =
            steps.iter().take(LISTED).map(|(action, _)| self.spec.format_action(action)).collect();
        if steps.len() > LISTED {
            labels.push(format!("and {} more", steps.len() - LISTED));
        }
        labels
    }

    /// Why a node's next line cannot be taken, and how close it is to that.
    fn stuck(&self, node: usize, state: &M::State, next: &Progress) -> Option<(u8, Stuck)> {
        let (line, selector) = self.line(node, next)?;
        let (closeness, why) = self.why(line, selector, state, next);
        let event = match &line.action {
            Some(action) => action.clone(),
            None if line.is_step => "a step".to_owned(),
            None => "an observation".to_owned(),
        };
        let node = self.log.nodes[node].node.clone();
        Some((closeness, Stuck { place: line.place.clone(), node, event, why }))
    }

    fn why(
        &self,
        line: &Line,
        selector: Option<&Selector>,
        state: &M::State,
        next: &Progress,
    ) -> (u8, String) {
        if let Some((message, (node, index))) = self.awaited(line, next) {
            let sender = &self.log.nodes[node].lines[index].place;
            return (0, format!("it receives {message}, which {sender} sends"));
        }
        if let Err(mismatch) = line.observed.check(&self.spec.view(state)) {
            return (1, format!("before it, {mismatch}"));
        }
        let offered = self.spec.offered(state);
        let meant = |action: &&M::Action| {
            selector.is_none_or(|selector| selector.selects(self.spec, action))
        };
        let mut refused = None;
        for action in offered.iter().filter(meant) {
            let label = self.spec.format_action(action);
            match self.spec.next_state(state, action.clone()) {
                Some(after) => {
                    if let Err(mismatch) = line.state.check(&self.spec.view(&after)) {
                        return (3, format!("after {label}, {mismatch}"));
                    }
                }
                None => {
                    refused = refused.or_else(|| {
                        let why = self.spec.why_disabled(state, action)?;
                        Some((2, format!("{label} is not enabled: {why} does not hold")))
                    });
                }
            }
        }
        refused.unwrap_or_else(|| (1, "the action is not enabled".to_owned()))
    }
}

impl<M: Checkable> Furthest<M> {
    /// Notes that a state was reached; whether it is further than any before.
    fn reach(&mut self, explained: usize, state: &M::State, next: &Progress) -> bool {
        let is_further = explained > self.explained;
        if is_further {
            *self = Furthest { explained, ways: 0, kept: Vec::new() };
        }
        if explained == self.explained {
            self.ways += 1;
            if self.kept.len() < KEPT {
                self.kept.push((state.clone(), next.clone()));
            }
        }
        is_further
    }
}

/// The number of lines that are explained.
fn explained(next: &Progress) -> usize {
    next.iter().sum()
}

#[cfg(test)]
mod tests;
