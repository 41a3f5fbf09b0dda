//! State graphs: as TLC dumps them, as they are committed, and what tells two of them apart.

mod compare;
mod dot;
mod states;
mod write;

use std::collections::{BTreeSet, HashMap};
use std::io::BufRead;
use std::ops::Range;

use thiserror::Error;

pub use self::compare::{Difference, Nearest, PathStep, Side};
pub(crate) use self::states::Projected;
use self::states::States;
use super::value::{ParseError, Value};

/// The reachable states of a model and the steps between them.
///
/// States are known by their numbers, from 0, and so are actions and edges. Large graphs fit: an edge takes 8 bytes,
/// and a state 4 for each variable, besides the values of variables, each of which is kept once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateGraph {
    states: States,
    initial: BTreeSet<u32>,
    /// The labels of edges, sorted.
    actions: Vec<String>,
    /// By the state that they leave; sorted, each once.
    edges: Vec<Edge>,
    /// Where the edges of each state begin, and at last where all end.
    first: Vec<usize>,
}

/// A step of a [`StateGraph`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Edge {
    /// The number of its action.
    pub action: u32,
    /// The state that it leads to.
    pub target: u32,
}

/// A [`StateGraph`] in the making.
#[derive(Clone, Debug, Default)]
pub struct GraphBuilder {
    states: States,
    initial: BTreeSet<u32>,
    actions: HashMap<String, u32>,
    edges: Vec<(u32, u32, u32)>,
}

impl GraphBuilder {
    /// Adds a state; its number.
    pub fn state(&mut self, state: Value) -> u32 {
        let number = self.states.reserve();
        self.states.set(number, state);
        index(number)
    }

    /// Says that a state is initial.
    pub fn initial(&mut self, state: u32) {
        self.initial.insert(state);
    }

    /// Adds a step. It counts once, however often it is added.
    pub fn edge(&mut self, source: u32, action: &str, target: u32) {
        let known = self.actions.get(action).copied();
        let action = known.unwrap_or_else(|| {
            let number = index(self.actions.len());
            *self.actions.entry(action.to_owned()).or_insert(number)
        });
        self.edges.push((source, action, target));
    }

    /// The graph. Steps from or to states that were not added are left out.
    pub fn finish(self) -> StateGraph {
        let GraphBuilder { states, initial, actions, mut edges } = self;
        let has = |state: u32| (state as usize) < states.len();
        edges.retain(|&(source, _, target)| has(source) && has(target));
        let mut is_used = vec![false; actions.len()];
        for &(_, action, _) in &edges {
            is_used[action as usize] = true;
        }
        let mut sorted: Vec<(String, u32)> =
            actions.into_iter().filter(|(_, number)| is_used[*number as usize]).collect();
        sorted.sort_unstable();
        let mut places = vec![0; is_used.len()];
        for (place, (_, number)) in (0..).zip(&sorted) {
            places[*number as usize] = place;
        }
        for (_, action, _) in &mut edges {
            *action = places[*action as usize];
        }
        edges.sort_unstable();
        edges.dedup();
        let mut first = vec![0; states.len() + 1];
        for &(source, ..) in &edges {
            first[source as usize + 1] += 1;
        }
        for state in 0..states.len() {
            first[state + 1] += first[state];
        }
        let edges = edges.into_iter().map(|(_, action, target)| Edge { action, target }).collect();
        let actions = sorted.into_iter().map(|(label, _)| label).collect();
        let initial = initial.into_iter().filter(|&state| has(state)).collect();
        StateGraph { states, initial, actions, edges, first }
    }
}

/// A number of a state, an action or a value. There are fewer than 2^32 of each.
pub(crate) fn index(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// The lines of a text with their numbers, from 1.
fn lines(text: impl BufRead) -> impl Iterator<Item = Result<(usize, String), DumpError>> {
    (1..).zip(text.lines()).map(|(number, line)| match line {
        Ok(line) => Ok((number, line)),
        Err(error) => Err(DumpError::Io { problem: format!("line {number}: {error}") }),
    })
}

/// An action's name: its label without the arguments, which later versions of TLC write as well.
pub fn action_name(label: &str) -> &str {
    label.split_once('(').map_or(label, |(name, _)| name).trim_end()
}

/// Why some text is no state graph. Lines count from 1.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DumpError {
    /// The text is something else altogether.
    #[error("this is no graph in the DOT language; run TLC with `-dump dot,actionlabels FILE`")]
    NotDot,
    /// The text cannot be read.
    #[error("{problem}")]
    Io {
        /// What the system says.
        problem: String,
    },
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
    /// Reads what TLC writes with `-dump dot,actionlabels`. Labels keep their arguments, where the TLC at hand writes
    /// them.
    ///
    /// # Errors
    ///
    /// If the text is no such dump, was cut off, has no action labels, or holds a value that
    /// cannot be read.
    pub fn from_dot(text: impl BufRead) -> Result<StateGraph, DumpError> {
        dot::read(text)
    }

    /// How many states there are.
    pub fn len(&self) -> usize {
        self.states.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// A state, a record from variables to values.
    ///
    /// # Panics
    ///
    /// If there is none of that number.
    pub fn state(&self, number: u32) -> Value {
        self.states.get(number as usize).expect("a state of the graph")
    }

    /// All states, in the order of their numbers.
    pub fn states(&self) -> impl Iterator<Item = Value> {
        (0..index(self.len())).map(|number| self.state(number))
    }

    /// The initial states.
    pub fn initial(&self) -> &BTreeSet<u32> {
        &self.initial
    }

    /// The labels of edges, sorted.
    pub fn actions(&self) -> &[String] {
        &self.actions
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.edges.len()
    }

    /// The numbers of the edges that leave a state.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn leaving(&self, state: u32) -> Range<usize> {
        self.first[state as usize]..self.first[state as usize + 1]
    }

    /// The edge of a number.
    ///
    /// # Panics
    ///
    /// If there is none.
    pub fn edge(&self, number: usize) -> Edge {
        self.edges[number]
    }

    /// The state that an edge leaves.
    ///
    /// # Panics
    ///
    /// If there is no such edge.
    pub fn source(&self, edge: usize) -> u32 {
        assert!(edge < self.edges.len(), "an edge of the graph");
        index(self.first.partition_point(|&first| first <= edge) - 1)
    }

    /// All edges: the state they leave, the label, and the state they lead to.
    pub fn edges(&self) -> impl Iterator<Item = (u32, &str, u32)> {
        (0..index(self.len())).flat_map(move |source| {
            let of_source = &self.edges[self.leaving(source)];
            of_source.iter().map(move |it| (source, &*self.actions[it.action as usize], it.target))
        })
    }

    /// The variables, as far as all states have the same.
    pub fn variables(&self) -> &[Value] {
        self.states.variables()
    }

    /// What kinds of values a variable has in all states, sorted.
    pub(crate) fn kinds(&self, variable: &Value) -> Vec<&'static str> {
        self.states.kinds(variable)
    }

    pub(crate) fn projected(&self, variables: &[Value]) -> Projected {
        self.states.projected(variables)
    }

    /// The class of the states that have these values of the variables of a projection, in their order. It is found
    /// soonest if a state `near` has most of them.
    pub(crate) fn class<'a>(
        &self,
        projected: &Projected,
        values: impl Iterator<Item = &'a Value>,
        near: u32,
    ) -> Option<u32> {
        projected.find(&self.states, values, near)
    }

    /// The same with other labels and without some edges: those for which `relabel` has none.
    #[must_use]
    pub fn relabelled(self, relabel: impl Fn(u32, &str, u32) -> Option<String>) -> StateGraph {
        let mut builder = GraphBuilder::default();
        for (source, label, target) in self.edges() {
            if let Some(label) = relabel(source, label, target) {
                builder.edge(source, &label, target);
            }
        }
        let StateGraph { states, initial, .. } = self;
        GraphBuilder { states, initial, ..builder }.finish()
    }

    /// The same with the names of actions as labels: versions of TLC before 2.16 write no arguments.
    #[must_use]
    pub fn without_arguments(self) -> StateGraph {
        self.relabelled(|_, label, _| Some(action_name(label).to_owned()))
    }

    /// The same graph with its states sorted and equal ones merged, so that equal graphs become
    /// equal values.
    #[must_use]
    pub fn canonical(&self) -> StateGraph {
        let mut states: Vec<Value> = self.states().collect();
        let numbered = states.clone();
        states.sort_unstable();
        states.dedup();
        let place = |old: u32| states.binary_search(&numbered[old as usize]).map_or(0, index);
        let mut builder = GraphBuilder::default();
        for (source, label, target) in self.edges() {
            builder.edge(place(source), label, place(target));
        }
        builder.initial = self.initial.iter().map(|&old| place(old)).collect();
        for state in states {
            builder.state(state);
        }
        builder.finish()
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
    pub fn from_text(text: impl BufRead) -> Result<StateGraph, DumpError> {
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
        let mut builder = GraphBuilder::default();
        for &x in states {
            builder.state(Value::record([("x", Value::Int(x))]));
        }
        for &state in initial {
            builder.initial(index(state));
        }
        for &(source, action, target) in edges {
            builder.edge(index(source), action, index(target));
        }
        builder.finish()
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
