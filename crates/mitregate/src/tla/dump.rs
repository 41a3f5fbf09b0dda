//! State graphs: as TLC dumps them, as they are committed, and what tells two of them apart.

mod compare;
mod dot;
mod write;

use std::collections::BTreeSet;

use thiserror::Error;

pub use self::compare::{Difference, Nearest, PathStep, Side};
use super::value::{ParseError, Value};

/// The reachable states of a model and the steps between them.
///
/// States are known by their place in `states`, from 0.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateGraph {
    /// The states: records from variables to values, no two of them equal.
    pub states: Vec<Value>,
    /// The initial states.
    pub initial: BTreeSet<usize>,
    /// The steps: from where, by which action, and where to. Actions have no parameters here, so
    /// there may be fewer edges than ways to take a step.
    pub edges: BTreeSet<(usize, String, usize)>,
}

/// Why some text is no state graph. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DumpError {
    /// The text is something else altogether.
    #[error("this is no graph in the DOT language; run TLC with `-dump dot,actionlabels FILE`")]
    NotDot,
    /// The text stops before its end.
    #[error("the graph is cut off; let TLC run to its end (it stops at the first violation)")]
    Truncated,
    /// The edges do not say which action they stand for.
    #[error("line {line}: this edge names no action; run TLC with `-dump dot,actionlabels FILE`")]
    NoActionLabels {
        /// The first such edge.
        line: usize,
    },
    /// A state cannot be read.
    #[error("line {line}: the state cannot be read: {source}")]
    State {
        /// Where the state stands.
        line: usize,
        /// What is wrong with it; offsets are those of the state's own text.
        source: ParseError,
    },
    /// Any other line that cannot be understood.
    #[error("line {line}: {problem}")]
    Line {
        /// Where.
        line: usize,
        /// What is wrong.
        problem: String,
    },
}

impl StateGraph {
    /// Reads what TLC writes with `-dump dot,actionlabels`.
    ///
    /// # Errors
    ///
    /// If the text is no such dump, was cut off, has no action labels, or holds a value that
    /// cannot be read.
    pub fn from_dot(text: &str) -> Result<StateGraph, DumpError> {
        dot::read(text)
    }

    /// The same graph with its states sorted and equal ones merged, so that equal graphs become
    /// equal values. Initial states and edges that name no state are dropped.
    #[must_use]
    pub fn canonical(self) -> StateGraph {
        let mut states = self.states.clone();
        states.sort_unstable();
        states.dedup();
        let place = |old: usize| {
            let state = self.states.get(old)?;
            states.binary_search(state).ok()
        };
        let initial = self.initial.iter().filter_map(|&old| place(old)).collect();
        let edges = self
            .edges
            .iter()
            .filter_map(|(from, action, to)| Some((place(*from)?, action.clone(), place(*to)?)))
            .collect();
        StateGraph { states, initial, edges }
    }

    /// The graph as text to commit: one line for each state, then one for each state and action
    /// with all the successors.
    ///
    /// ```text
    /// # Lines that begin with # are comments.
    /// states 3
    /// * [x |-> 0]
    ///   [x |-> 1]
    ///   [x |-> 2]
    /// edges 3
    /// 0 -> 1 2 : Step
    /// 1 -> 1 : Reset
    /// ```
    ///
    /// A star marks an initial state; the numbers count states, in order, and edges. Equal graphs
    /// have equal texts.
    pub fn to_text(&self) -> String {
        write::to_text(self)
    }

    /// Reads what [`StateGraph::to_text`] wrote.
    ///
    /// # Errors
    ///
    /// If the text is anything else, or was cut off.
    pub fn from_text(text: &str) -> Result<StateGraph, DumpError> {
        write::from_text(text)
    }

    /// Compares what can be reached from the initial states, regardless of how states are
    /// numbered. `self` is the left side, `other` the right one.
    ///
    /// # Errors
    ///
    /// The first difference in breadth-first order, in either direction.
    pub fn compare(&self, other: &StateGraph) -> Result<(), Difference> {
        compare::compare(self, other)
    }
}

/// Graphs for the tests of this module's parts.
#[cfg(test)]
mod samples {
    use super::*;

    /// A graph of states with the single variable `x`.
    pub(super) fn graph(
        states: &[i64],
        initial: &[usize],
        edges: &[(usize, &str, usize)],
    ) -> StateGraph {
        StateGraph {
            states: states.iter().map(|&x| Value::record([("x", Value::Int(x))])).collect(),
            initial: initial.iter().copied().collect(),
            edges: edges.iter().map(|&(from, action, to)| (from, action.to_owned(), to)).collect(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::samples::graph;

    #[test]
    fn canonical_graphs_do_not_depend_on_numbers() {
        let a = graph(&[5, 3, 4], &[0], &[(0, "A", 1), (1, "B", 2)]);
        let b = graph(&[3, 4, 5, 5], &[2], &[(2, "A", 0), (3, "A", 0), (0, "B", 1), (9, "C", 0)]);
        assert_ne!(a, b);
        assert_eq!(a.canonical(), b.canonical());
    }
}
