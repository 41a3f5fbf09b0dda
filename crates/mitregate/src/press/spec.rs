//! The spec's side: its reachable states and the steps between them, wherever they come from.

use std::collections::{HashMap, VecDeque};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::check::trace::TraceStep;
use crate::check::{Checkable, EdgeLabels, Name, Trace, state_graph};
use crate::tla::dump::{DumpError, StateGraph};
use crate::tla::value::Value;

/// A spec as its graph: the states that can be reached, and the labelled steps between them.
///
/// It comes from TLC, as [`StateGraph`] reads it, or from a port in Rust. All sources give the same kind of spec.
#[derive(Clone, Debug)]
pub struct Spec {
    pub(super) states: Vec<Value>,
    pub(super) initial: Vec<u32>,
    pub(super) names: Vec<Name>,
    /// By the state that they leave.
    pub(super) edges: Vec<Edge>,
    /// Where the edges of each state begin, and one more: where the last ones end.
    first: Vec<usize>,
}

/// A step: by the action of that index in [`Spec::names`], to that state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Edge {
    pub(super) action: u32,
    pub(super) target: u32,
}

/// Shortest paths from the initial states.
pub(super) struct Paths {
    /// By state: the state before it and the action between them; none for initial states.
    before: Vec<Option<(u32, u32)>>,
    /// By state: how many steps it takes.
    pub(super) depth: Vec<u32>,
}

/// Why there is no spec.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SpecError {
    /// The file cannot be read.
    #[error("cannot read {}: {problem}", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        problem: String,
    },
    /// The file is no state graph.
    #[error("{}: {error}", path.display())]
    Graph {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: DumpError,
    },
    /// There is no initial state.
    #[error(
        "the spec has no initial state; let TLC run to its end, with `-dump dot,actionlabels FILE`"
    )]
    NoInitialState,
    /// There are more states than were allowed.
    #[error("the spec has more than {most} states; allow more, or choose smaller constants")]
    TooLarge {
        /// How many were allowed.
        most: u64,
    },
}

impl Spec {
    /// The spec of a graph, such as [`StateGraph::from_dot`] or [`StateGraph::from_text`] reads.
    ///
    /// # Errors
    ///
    /// [`SpecError::NoInitialState`].
    pub fn from_graph(graph: StateGraph) -> Result<Spec, SpecError> {
        let mut names: Vec<Name> = Vec::new();
        let mut numbers: HashMap<String, u32> = HashMap::new();
        let mut edges = Vec::with_capacity(graph.edges.len());
        let mut first = vec![0; graph.states.len() + 1];
        // They are sorted by the state that they leave.
        for (source, label, target) in graph.edges {
            let action = *numbers.entry(label).or_insert_with_key(|label| {
                names.push(label.clone().into());
                index(names.len() - 1)
            });
            edges.push(Edge { action, target: index(target) });
            first[source + 1] = edges.len();
        }
        for source in 1..first.len() {
            first[source] = first[source].max(first[source - 1]);
        }
        let initial: Vec<_> = graph.initial.into_iter().map(index).collect();
        if initial.is_empty() {
            return Err(SpecError::NoInitialState);
        }
        Ok(Spec { states: graph.states, initial, names, edges, first })
    }

    /// Reads a file that TLC wrote with `-dump dot,actionlabels`, or the text that [`StateGraph::to_text`] makes
    /// of it.
    ///
    /// TLC has to have ended without an error. A dump of a run that stopped at a violation is closed like any other, and
    /// lacks states: what the code does there is then called wrong, and what it does not is not missed.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the file cannot be read, is none of these or is cut off.
    pub fn read(path: impl AsRef<Path>) -> Result<Spec, SpecError> {
        let path = path.as_ref().to_owned();
        let text = std::fs::read_to_string(&path)
            .map_err(|error| SpecError::File { path: path.clone(), problem: error.to_string() })?;
        let is_dot = text.lines().next().is_some_and(|line| line.contains("digraph"));
        let graph = if is_dot { StateGraph::from_dot(&text) } else { StateGraph::from_text(&text) };
        Spec::from_graph(graph.map_err(|error| SpecError::Graph { path, error })?)
    }

    /// The spec that a port in Rust is, of at most so many states. Actions are told apart by name.
    ///
    /// # Errors
    ///
    /// [`SpecError::TooLarge`].
    pub fn from_port<M: Checkable>(port: &M, max_states: u64) -> Result<Spec, SpecError> {
        let graph = state_graph(port, max_states, EdgeLabels::Names);
        Spec::from_graph(graph.ok_or(SpecError::TooLarge { most: max_states })?)
    }

    /// The number of states.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there are none. There is an initial state.
    pub fn is_empty(&self) -> bool {
        self.states.is_empty()
    }

    /// The number of labelled steps between states.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// The steps that leave a state, each with its number.
    pub(super) fn steps(&self, state: u32) -> impl Iterator<Item = (usize, Edge)> {
        let state = state as usize;
        (self.first[state]..self.first[state + 1]).map(|number| (number, self.edges[number]))
    }

    /// The state that a step leaves.
    pub(super) fn source(&self, edge: usize) -> u32 {
        index(self.first.partition_point(|&first| first <= edge) - 1)
    }

    /// Shortest paths from the initial states to all others.
    pub(super) fn paths(&self) -> Paths {
        let mut paths = Paths { before: vec![None; self.len()], depth: vec![u32::MAX; self.len()] };
        let mut queue: VecDeque<u32> = self.initial.iter().copied().collect();
        for &state in &queue {
            paths.depth[state as usize] = 0;
        }
        while let Some(state) = queue.pop_front() {
            let depth = paths.depth[state as usize] + 1;
            for (_, Edge { action, target }) in self.steps(state) {
                let target_at = target as usize;
                if paths.depth[target_at] == u32::MAX {
                    paths.depth[target_at] = depth;
                    paths.before[target_at] = Some((state, action));
                    queue.push_back(target);
                }
            }
        }
        paths
    }

    /// The path to a step of this number, and the step.
    pub(super) fn path_to(&self, paths: &Paths, edge: usize) -> Trace {
        let Edge { action, target } = self.edges[edge];
        let step = |action: Option<u32>, state: u32| TraceStep {
            action: action.map(|action| self.names[action as usize].to_string()),
            state: self.states[state as usize].clone(),
        };
        let mut steps = vec![step(Some(action), target)];
        let mut at = Some(self.source(edge));
        while let Some(state) = at {
            let from = paths.before[state as usize];
            steps.push(step(from.map(|(_, action)| action), state));
            at = from.map(|(before, _)| before);
        }
        steps.reverse();
        Trace { steps, ..Trace::default() }
    }
}

/// A number of a state or an action. Graphs have fewer than 2^32 of each.
pub(super) fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
