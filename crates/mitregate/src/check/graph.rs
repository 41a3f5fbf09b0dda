//! What an exploration found: states by number, edges between them, and first findings.
//!
//! A state is dropped once it has been expanded. What stays is its fingerprint in the table of seen states (8 bytes in
//! 10 to 12), the step that first reached it (a byte and two bits or so) and, where a later pass walks the graph, its
//! number (4), its edges (8 bytes each and 8 for their place) and, for liveness, the 4-byte number of a label: the
//! predicates that hold in it and the fairness conditions that are enabled.

use std::collections::HashMap;
use std::hash::Hash;
use std::io;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::checkpoint::{Input, Output};
use super::expand::Notes;
use reached::Reached;

mod reached;

/// A state's number, in the order of discovery.
pub type StateId = u32;

/// Marks "none" where a state's number stands.
pub(super) const NO_STATE: StateId = StateId::MAX;

/// Why an exploration ended before it had seen everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum StopReason {
    /// [`Budget::max_states`](super::Budget::max_states) was reached.
    States,
    /// [`Budget::max_memory`](super::Budget::max_memory) was reached.
    Memory,
    /// [`Budget::timeout`](super::Budget::timeout) had passed.
    Time,
    /// The interrupt flag was set.
    Interrupted,
    /// A law was violated, and the exploration was not told to keep going.
    Violation,
    /// A [`Checkpoint`](super::Checkpoint) could not be written.
    Checkpoint,
    /// A [`Disk`](super::Disk) could not be written or read.
    Disk,
    /// Another worker of a distributed exploration was lost.
    Lost,
}

impl StopReason {
    /// Whether the search was cut off: it ended for another reason than what it has found.
    pub fn is_cut(self) -> bool {
        self != StopReason::Violation
    }

    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            StopReason::States => "states",
            StopReason::Memory => "memory",
            StopReason::Time => "time",
            StopReason::Interrupted => "interrupted",
            StopReason::Violation => "violation",
            StopReason::Checkpoint => "checkpoint",
            StopReason::Disk => "disk",
            StopReason::Lost => "lost",
        }
    }
}

/// An edge of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// Where it leads.
    pub target: StateId,
    /// The action's index among the actions that the model offers in the source.
    pub action: u32,
    /// The fairness conditions of which it is a step, a bit each; none for a step that changes
    /// nothing.
    pub takes: u64,
}

/// What the search for fair cycles needs of a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Label {
    /// The predicates that hold in it, a bit each.
    pub holds: u64,
    /// The fairness conditions that are enabled in it, a bit each.
    pub enabled: u64,
}

/// Where a law was found violated, or its witness found.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Place {
    /// In a state.
    State(StateId),
    /// In the initial state of that index, which lies outside the boundary.
    Initial(u32),
    /// On the step out of a state by the action of that index; or in the state which it leads to,
    /// where that one lies outside the boundary.
    Step(StateId, u32),
}

/// A place, and how many states a shortest path to it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// The place.
    pub place: Place,
    /// The number of states of the path, that of the place included.
    pub length: usize,
}

/// What is known of one law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where it is violated first.
    pub violation: Option<Found>,
    /// Where it says something first.
    pub witness: Option<Found>,
}

impl Finding {
    /// Records `found` if its path is shorter and the predicate fires. Skips predicates that cannot
    /// improve the result.
    #[inline]
    pub(super) fn note(
        &mut self,
        found: Found,
        violated: impl FnOnce() -> bool,
        witnessed: impl FnOnce() -> bool,
    ) {
        if self.violation.is_none_or(|known| found.length < known.length) && violated() {
            self.violation = Some(found);
        }
        if self.witness.is_none_or(|known| found.length < known.length) && witnessed() {
            self.witness = Some(found);
        }
    }

    /// Adds what was found elsewhere, if on a shorter path.
    pub(super) fn merge(&mut self, other: Finding) {
        self.violation = shorter(self.violation, other.violation);
        self.witness = shorter(self.witness, other.witness);
    }
}

/// The one with the shorter path; of two that are equally long the first.
fn shorter(known: Option<Found>, new: Option<Found>) -> Option<Found> {
    known.into_iter().chain(new).min_by_key(|found| found.length)
}

/// Values that occur again and again, by numbers.
#[derive(Debug)]
struct Numbered<T> {
    numbers: HashMap<T, u32, ahash::RandomState>,
    values: Vec<T>,
}

impl<T: Copy + Eq + Hash> Numbered<T> {
    fn new() -> Self {
        let hasher = ahash::RandomState::with_seeds(1, 2, 3, 4);
        Numbered { numbers: HashMap::with_hasher(hasher), values: Vec::new() }
    }

    fn number(&mut self, value: T) -> u32 {
        *self.numbers.entry(value).or_insert_with(|| {
            self.values.push(value);
            // There are no more of them than states or edges of one state.
            id(self.values.len() - 1)
        })
    }

    fn value(&self, number: u32) -> T {
        self.values[number as usize]
    }
}

/// Edges of some states in a row, before they are part of a graph.
#[derive(Debug)]
pub(super) struct EdgesOfSome {
    /// Targets, and numbers of what else there is to an edge.
    edges: Vec<(StateId, u32)>,
    degrees: Vec<u32>,
    steps: Numbered<(u32, u64)>,
}

impl EdgesOfSome {
    /// None yet.
    pub(super) fn new() -> Self {
        EdgesOfSome { edges: Vec::new(), degrees: Vec::new(), steps: Numbered::new() }
    }

    /// Begins anew.
    pub(super) fn clear(&mut self) {
        self.edges.clear();
        self.degrees.clear();
        self.steps.numbers.clear();
        self.steps.values.clear();
    }

    /// Adds an edge out of the state whose edges are being added.
    pub(super) fn add(&mut self, target: StateId, action: u32, takes: u64) {
        let step = self.steps.number((action, takes));
        self.edges.push((target, step));
    }

    /// Ends the edges of a state, of which there are so many.
    pub(super) fn end(&mut self, degree: u32) {
        self.degrees.push(degree);
    }
}

/// States that others know.
#[derive(Debug, Default)]
struct Elsewhere {
    len: usize,
    /// The paths to what was noted.
    paths: HashMap<Place, Vec<u32>>,
}

/// The same, as it is saved.
#[cfg(feature = "distributed")]
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct SavedElsewhere {
    len: usize,
    initial: Vec<StateId>,
    paths: Vec<(Place, Vec<u32>)>,
}

/// What an exploration found.
///
/// An [`Engine`](super::Engine) builds it: it adds levels and states in the order of discovery, and, where
/// edges are kept, for each expanded state its edges, [`Graph::end_edges`], and its label.
#[derive(Debug)]
pub struct Graph {
    reached: Reached,
    /// Set if states are counted here and known elsewhere.
    elsewhere: Option<Elsewhere>,
    level_starts: Vec<StateId>,
    initial: Vec<StateId>,
    first_edge: Vec<u64>,
    /// Targets, and numbers of what else there is to an edge.
    edges: Vec<(StateId, u32)>,
    steps_of_edges: Numbered<(u32, u64)>,
    labels: Vec<u32>,
    label_values: Numbered<Label>,
    /// What was noted on the way.
    pub notes: Notes,
    /// Why the exploration ended early, if it did.
    pub stopped: Option<StopReason>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Graph {
    /// A graph without a state; `notes` are those of the expander, still empty.
    pub fn new(notes: Notes) -> Graph {
        Graph {
            reached: Reached::default(),
            elsewhere: None,
            level_starts: Vec::new(),
            initial: Vec::new(),
            first_edge: vec![0],
            edges: Vec::new(),
            steps_of_edges: Numbered::new(),
            labels: Vec::new(),
            label_values: Numbered::new(),
            notes,
            stopped: None,
            elapsed: Duration::ZERO,
        }
    }

    /// A graph without a state, in which states are counted that are known elsewhere: of the way to a state it knows what
    /// [`Graph::keep_path`] says, and it has no edges.
    #[cfg(feature = "distributed")]
    pub(super) fn counted(notes: Notes) -> Graph {
        Graph { elsewhere: Some(Elsewhere::default()), ..Graph::new(notes) }
    }

    /// Counts states, if they are known elsewhere.
    #[cfg(feature = "distributed")]
    pub(super) fn add_elsewhere(&mut self, count: usize) {
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.len += count;
        }
    }

    /// Keeps the path to a place, if states are known elsewhere.
    #[cfg(feature = "distributed")]
    pub(super) fn keep_path(&mut self, place: Place, path: &[u32]) {
        if let Some(elsewhere) = &mut self.elsewhere {
            elsewhere.paths.entry(place).or_insert_with(|| path.to_vec());
        }
    }

    /// How many states are known elsewhere, which of them are initial, and the paths that are kept, to be saved.
    #[cfg(feature = "distributed")]
    pub(super) fn elsewhere(&self) -> Option<SavedElsewhere> {
        let elsewhere = self.elsewhere.as_ref()?;
        let paths = elsewhere.paths.iter().map(|(place, path)| (*place, path.clone())).collect();
        Some(SavedElsewhere { len: elsewhere.len, initial: self.initial.clone(), paths })
    }

    /// Takes what was saved.
    #[cfg(feature = "distributed")]
    pub(super) fn set_elsewhere(&mut self, saved: SavedElsewhere) {
        self.initial = saved.initial;
        self.elsewhere =
            Some(Elsewhere { len: saved.len, paths: saved.paths.into_iter().collect() });
    }

    /// The number of distinct states.
    pub fn len(&self) -> usize {
        self.elsewhere.as_ref().map_or_else(|| self.reached.len(), |it| it.len)
    }

    /// Whether there is no state at all.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The number of levels; the initial states are one level.
    pub fn depth(&self) -> usize {
        self.level_starts.len()
    }

    /// The number of edges between states within the boundary.
    pub fn edge_count(&self) -> u64 {
        self.notes.steps() - self.notes.outside
    }

    /// The initial states within the boundary.
    pub fn initial(&self) -> &[StateId] {
        &self.initial
    }

    /// The number of edges out of a state; none if it was never expanded, or if edges were not kept.
    #[inline]
    pub fn degree(&self, state: StateId) -> usize {
        let index = state as usize;
        match (self.first_edge.get(index), self.first_edge.get(index + 1)) {
            (Some(&first), Some(&last)) => offset(last - first),
            _ => 0,
        }
    }

    /// The edge of that index, below [`Graph::degree`], out of a state.
    #[inline]
    pub fn edge(&self, state: StateId, index: usize) -> Edge {
        let (target, step) = self.edges[offset(self.first_edge[state as usize]) + index];
        let (action, takes) = self.steps_of_edges.value(step);
        Edge { target, action, takes }
    }

    /// Where that edge leads.
    #[inline]
    pub fn target(&self, state: StateId, index: usize) -> StateId {
        self.edges[offset(self.first_edge[state as usize]) + index].0
    }

    /// The edges out of a state, in the order of its actions.
    pub fn edges(&self, state: StateId) -> impl Iterator<Item = Edge> {
        (0..self.degree(state)).map(move |index| self.edge(state, index))
    }

    /// The label of a state; none if it was never expanded, or if no temporal property is asked for.
    pub fn label(&self, state: StateId) -> Option<Label> {
        self.labels.get(state as usize).map(|&label| self.label_values.value(label))
    }

    /// Begins a level whose first state has this number.
    pub fn begin_level(&mut self, first: StateId) {
        self.level_starts.push(first);
    }

    /// Adds a state and answers its number. `parent` and `action` are the step that found it; no parent
    /// and its index for an initial state.
    ///
    /// # Panics
    ///
    /// If an initial state comes after others, or a state before one whose parent has a lower number.
    pub fn add_state(&mut self, parent: Option<StateId>, action: u32) -> StateId {
        let state = id(self.len());
        match &mut self.elsewhere {
            None => self.reached.push(parent, action),
            Some(elsewhere) => elsewhere.len += 1,
        }
        if parent.is_none() {
            self.initial.push(state);
        }
        state
    }

    /// Adds edges of the states that follow those whose edges are known.
    pub(super) fn add_edges(&mut self, some: &EdgesOfSome) {
        let numbers: Vec<u32> =
            some.steps.values.iter().map(|&step| self.steps_of_edges.number(step)).collect();
        let edges = some.edges.iter().map(|&(target, step)| (target, numbers[step as usize]));
        self.edges.extend(edges);
        let mut last = self.first_edge.last().copied().unwrap_or_default();
        self.first_edge.extend(some.degrees.iter().map(|&degree| {
            last += u64::from(degree);
            last
        }));
    }

    /// Adds an edge out of the state whose edges are being added.
    pub fn add_edge(&mut self, target: StateId, action: u32, takes: u64) {
        let step = self.steps_of_edges.number((action, takes));
        self.edges.push((target, step));
    }

    /// Ends the edges of a state; the next state's follow.
    pub fn end_edges(&mut self) {
        self.first_edge.push(self.edges.len() as u64);
    }

    /// Adds the label of the next state.
    pub fn add_label(&mut self, label: Label) {
        let number = self.label_values.number(label);
        self.labels.push(number);
    }

    /// The actions' indices along a shortest path to a state; the first is the index of the initial
    /// state.
    pub fn path(&self, state: StateId) -> Vec<u32> {
        let mut path = Vec::new();
        let mut current = Some(state);
        while let Some((parent, action)) = current.and_then(|state| self.reached.get(state)) {
            path.push(action);
            current = parent;
        }
        path.reverse();
        path
    }

    /// The actions' indices to a place, the initial state's index first.
    pub fn path_to(&self, place: Place) -> Vec<u32> {
        if let Some(path) = self.elsewhere.as_ref().and_then(|it| it.paths.get(&place)) {
            return path.clone();
        }
        match place {
            Place::State(state) => self.path(state),
            Place::Initial(index) => vec![index],
            Place::Step(state, action) => {
                let mut path = self.path(state);
                path.push(action);
                path
            }
        }
    }

    /// The numbers of the first states of the levels that have begun.
    pub(super) fn level_starts(&self) -> &[StateId] {
        &self.level_starts
    }

    /// Saves all but what is found in the header of a checkpoint.
    pub(super) fn write(&self, output: &mut Output) -> io::Result<()> {
        self.reached.write(output)?;
        output.words(self.first_edge.iter().copied())?;
        output.halves(self.edges.iter().map(|(target, _)| *target))?;
        output.halves(self.edges.iter().map(|(_, step)| *step))?;
        let steps = &self.steps_of_edges.values;
        output.halves(steps.iter().map(|(action, _)| *action))?;
        output.words(steps.iter().map(|(_, takes)| *takes))?;
        output.halves(self.labels.iter().copied())?;
        let labels = &self.label_values.values;
        output.words(labels.iter().map(|label| label.holds))?;
        output.words(labels.iter().map(|label| label.enabled))
    }

    /// Reads it into a graph without a state.
    pub(super) fn read(&mut self, input: &mut Input) -> io::Result<()> {
        self.reached = Reached::read(input)?;
        self.initial =
            (0..id(self.reached.len())).take_while(|&it| self.reached_by(it).0.is_none()).collect();
        self.first_edge = input.words()?;
        let targets = input.halves()?;
        self.edges = targets.into_iter().zip(input.halves()?).collect();
        for step in input.halves()?.into_iter().zip(input.words()?) {
            self.steps_of_edges.number(step);
        }
        self.labels = input.halves()?;
        for (holds, enabled) in input.words()?.into_iter().zip(input.words()?) {
            self.label_values.number(Label { holds, enabled });
        }
        Ok(())
    }

    /// The step by which a state was found: its predecessor, none for an initial state, and the
    /// action's index.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn reached_by(&self, state: StateId) -> (Option<StateId>, u32) {
        self.reached.get(state).expect("numbers of states are below their count")
    }

    /// An upper bound on the probability that two different states had one fingerprint, so that one
    /// of them was not explored: the birthday bound for 64 bits.
    #[allow(clippy::cast_precision_loss)] // a probability needs no 53 bits
    pub fn collision_probability(&self) -> f64 {
        let n = self.len() as f64;
        (n * (n - 1.0) / 2.0 / 2f64.powi(64)).min(1.0)
    }

    /// Whether every reachable state was expanded. A step that panics leads nowhere, and one that leads
    /// elsewhere the next time says nothing, so after either states may be missing.
    pub fn is_complete(&self) -> bool {
        self.stopped.is_none() && !self.notes.is_in_breach()
    }
}

/// Offsets are stored in 64 bits; they index memory, so they fit.
#[allow(clippy::cast_possible_truncation)]
fn offset(value: u64) -> usize {
    value as usize
}

/// Numbers of states are kept below [`NO_STATE`] by the exploration; offsets within a block are
/// small.
#[allow(clippy::cast_possible_truncation)]
pub(super) fn id(value: usize) -> StateId {
    value as StateId
}
