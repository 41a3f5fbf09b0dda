//! What an exploration found: states by number, edges between them, and first findings.
//!
//! A state is dropped once it has been expanded. What stays is its fingerprint (8 bytes), its entry
//! in the table of seen states (about 6), the step that first reached it (8) and, where a later pass
//! walks the graph, its edges (8 bytes each and 8 for their place) and, for liveness, 4 bytes that
//! name the predicates that hold in it and the fair classes that are enabled.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::Duration;

/// A state's number, in the order of discovery.
pub type StateId = u32;

/// Marks "none" where a state's number stands.
pub(super) const NO_STATE: StateId = StateId::MAX;

/// Why an exploration ended before it had seen everything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// [`Budget::max_states`](super::Budget::max_states) was reached.
    States,
    /// [`Budget::max_memory`](super::Budget::max_memory) was reached.
    Memory,
    /// [`Budget::timeout`](super::Budget::timeout) had passed.
    Time,
    /// Somebody asked for it.
    Interrupted,
    /// A law was violated, and the exploration was not told to keep going.
    Violation,
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

/// What liveness has to know of a state.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Label {
    /// The predicates that hold in it, a bit each.
    pub holds: u64,
    /// The fairness conditions that are enabled in it, a bit each.
    pub enabled: u64,
}

/// Where a law was found violated, or its witness found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The place.
    pub place: Place,
    /// The number of states of the path, that of the place included.
    pub length: usize,
}

/// What is known of one law.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Finding {
    /// Where it is violated first.
    pub violation: Option<Found>,
    /// Where it says something first.
    pub witness: Option<Found>,
}

impl Finding {
    /// Takes over a place, if it is on a shorter path than what is known and if what has to be so is
    /// so. Nothing is asked that would change nothing.
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

    /// Takes over what another one found on a shorter path.
    pub(super) fn merge(&mut self, other: Finding) {
        self.violation = shorter(self.violation, other.violation);
        self.witness = shorter(self.witness, other.witness);
    }
}

/// The one with the shorter path; of two that are equally long the first.
fn shorter(known: Option<Found>, new: Option<Found>) -> Option<Found> {
    known.into_iter().chain(new).min_by_key(|found| found.length)
}

/// Values that occur again and again, each kept once.
#[derive(Debug)]
pub(super) struct Interned<T> {
    numbers: HashMap<T, u32>,
    values: Vec<T>,
}

impl<T: Copy + Eq + Hash> Interned<T> {
    fn new() -> Self {
        Interned { numbers: HashMap::new(), values: Vec::new() }
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

/// What an exploration found.
#[derive(Debug)]
pub struct Graph {
    pub(super) fingerprints: Vec<u64>,
    pub(super) reached_by: Vec<(StateId, u32)>,
    pub(super) level_starts: Vec<StateId>,
    initial: Vec<StateId>,
    first_edge: Vec<u64>,
    /// Targets, and numbers of what else there is to an edge.
    edges: Vec<(StateId, u32)>,
    steps_of_edges: Interned<(u32, u64)>,
    labels: Vec<u32>,
    label_values: Interned<Label>,
    /// How many steps were taken, those that leave the boundary among them.
    pub steps: u64,
    /// How many steps led out of the boundary.
    pub outside: u64,
    /// How many steps each class of actions took.
    pub class_steps: Vec<u64>,
    /// One finding for each of the model's laws.
    pub findings: Vec<Finding>,
    /// The first state without successors.
    pub deadlock: Option<Found>,
    /// Why the exploration ended early, if it did.
    pub cut: Option<Cut>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Graph {
    pub(super) fn new(classes: usize, laws: usize) -> Graph {
        Graph {
            fingerprints: Vec::new(),
            reached_by: Vec::new(),
            level_starts: Vec::new(),
            initial: Vec::new(),
            first_edge: vec![0],
            edges: Vec::new(),
            steps_of_edges: Interned::new(),
            labels: Vec::new(),
            label_values: Interned::new(),
            steps: 0,
            outside: 0,
            class_steps: vec![0; classes],
            findings: vec![Finding::default(); laws],
            deadlock: None,
            cut: None,
            elapsed: Duration::ZERO,
        }
    }

    /// The number of distinct states.
    pub fn len(&self) -> usize {
        self.fingerprints.len()
    }

    /// Whether there is no state at all.
    pub fn is_empty(&self) -> bool {
        self.fingerprints.is_empty()
    }

    /// The number of levels; the initial states are one level.
    pub fn depth(&self) -> usize {
        self.level_starts.len()
    }

    /// The number of edges between states within the boundary.
    pub fn edge_count(&self) -> u64 {
        self.steps - self.outside
    }

    /// The initial states within the boundary.
    pub fn initial(&self) -> &[StateId] {
        &self.initial
    }

    /// The number of edges out of a state; none if it was never expanded, or if
    /// [`Options::edges`](super::Options::edges) was not set.
    pub fn degree(&self, state: StateId) -> usize {
        let index = state as usize;
        match (self.first_edge.get(index), self.first_edge.get(index + 1)) {
            (Some(&first), Some(&last)) => offset(last - first),
            _ => 0,
        }
    }

    /// The edge of that index, below [`Graph::degree`], out of a state.
    pub fn edge(&self, state: StateId, index: usize) -> Edge {
        let (target, step) = self.edges[offset(self.first_edge[state as usize]) + index];
        let (action, takes) = self.steps_of_edges.value(step);
        Edge { target, action, takes }
    }

    /// The edges out of a state, in the order of its actions.
    pub fn edges(&self, state: StateId) -> impl Iterator<Item = Edge> {
        (0..self.degree(state)).map(move |index| self.edge(state, index))
    }

    /// What liveness has to know of a state; none if it was never expanded, or if the model has no
    /// temporal properties.
    pub fn label(&self, state: StateId) -> Option<Label> {
        self.labels.get(state as usize).map(|&label| self.label_values.value(label))
    }

    pub(super) fn add_initial(&mut self, state: StateId) {
        self.initial.push(state);
    }

    /// Adds an edge out of the state whose edges are being added.
    pub(super) fn add_edge(&mut self, target: StateId, action: u32, takes: u64) {
        let step = self.steps_of_edges.number((action, takes));
        self.edges.push((target, step));
    }

    /// Says that the edges of a state are complete; the next state's follow.
    pub(super) fn end_edges(&mut self) {
        self.first_edge.push(self.edges.len() as u64);
    }

    /// Adds the label of the next state.
    pub(super) fn add_label(&mut self, label: Label) {
        let number = self.label_values.number(label);
        self.labels.push(number);
    }

    /// The actions' indices along a shortest path to a state; the first is the index of the initial
    /// state.
    pub fn path(&self, state: StateId) -> Vec<u32> {
        let mut path = Vec::new();
        let mut current = state;
        while let Some(&(parent, action)) = self.reached_by.get(current as usize) {
            path.push(action);
            current = parent;
        }
        path.reverse();
        path
    }

    /// The actions' indices to a place, the initial state's index first.
    pub fn path_to(&self, place: Place) -> Vec<u32> {
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

    /// The step by which a state was found: its predecessor, none for an initial state, and the
    /// action's index.
    pub fn reached_by(&self, state: StateId) -> (Option<StateId>, u32) {
        let (parent, action) = self.reached_by[state as usize];
        ((parent != NO_STATE).then_some(parent), action)
    }

    /// An upper bound on the probability that two different states had one fingerprint, so that one
    /// of them was not explored: the birthday bound for 64 bits.
    #[allow(clippy::cast_precision_loss)] // a probability needs no 53 bits
    pub fn collision_probability(&self) -> f64 {
        let n = self.len() as f64;
        (n * (n - 1.0) / 2.0 / 2f64.powi(64)).min(1.0)
    }

    /// Whether every reachable state was expanded.
    pub fn is_complete(&self) -> bool {
        self.cut.is_none()
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
