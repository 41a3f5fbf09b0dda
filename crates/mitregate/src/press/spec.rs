//! The spec's side: its reachable states and the steps between them, wherever they come from.

use std::collections::VecDeque;
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use thiserror::Error;

use super::asked::Asked;
use crate::check::trace::TraceStep;
use crate::check::{
    Checkable, EdgeLabels, Fairness, Formula, Kind, Law, Model, Name, Report, Strength, Temporal,
    Trace, Verdict, whole_graph,
};
use crate::tla::dump::{DumpError, GraphBuilder, StateGraph, action_name};
use crate::tla::value::Value;

/// A spec as its graph: the states that can be reached, and the labelled steps between them.
///
/// It comes from TLC or from a port in Rust; all sources give the same kind of spec. It is a [`Checkable`] model
/// itself, whose states are numbers: laws of its own can be asked of it, it can be explored, and replayed. A clone
/// shares the graph.
#[derive(Clone)]
pub struct Spec {
    pub(super) graph: Arc<StateGraph>,
    /// The names of actions, without arguments, and for each label which it has.
    names: Arc<[Name]>,
    name_of: Arc<[usize]>,
    asked: Asked<Spec>,
    /// Whether it stands for no spec at all.
    pub(super) is_none: bool,
    pub(super) is_cut: bool,
}

/// A step of a [`Spec`]: the number of its edge.
pub type SpecStep = usize;

/// Shortest paths from the initial states.
pub(super) struct Paths {
    /// By state: the state before it and the action between them; none for initial states.
    before: Vec<Option<(u32, u32)>>,
    /// By state: how many steps it takes.
    pub(super) depth: Vec<u32>,
}

/// Why there is no spec. Its `Debug` is its `Display`, because that is what a failed test shows.
#[derive(Clone, PartialEq, Eq, Error)]
pub enum SpecError {
    /// A file cannot be read or written.
    #[error("{}: {problem}", path.display())]
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
    /// The port is explored up to symmetry, which leaves states out.
    #[error(
        "the port is explored up to symmetry, so that its graph lacks states; leave the symmetry out"
    )]
    Symmetry,
    /// There are more states than were allowed, or the port panics.
    #[error(
        "the port has more than {most} states, or panics; allow more, or choose smaller constants"
    )]
    TooLarge {
        /// How many were allowed.
        most: u64,
    },
    /// The file of the graph is not there yet.
    #[error("there is no {}, which holds TLC's graph; write it with\n\n    {mend}\n", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// The command that writes it.
        mend: String,
    },
    /// The module or the configuration has changed since TLC wrote the graph.
    #[error("{} is stale: {why}; renew it with\n\n    {mend}\n", path.display())]
    Stale {
        /// The file.
        path: PathBuf,
        /// What has changed.
        why: String,
        /// The command that renews it.
        mend: String,
    },
    /// The configuration is not one, or asks for what a graph cannot have.
    #[error("{0}")]
    Config(String),
    /// TLC did not run, or found something wrong with the spec.
    #[error("{0}")]
    Tlc(String),
}

impl fmt::Debug for SpecError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Spec {
    /// The spec of a graph, such as [`StateGraph::from_dot`] or [`StateGraph::from_text`] reads.
    ///
    /// # Errors
    ///
    /// [`SpecError::NoInitialState`].
    pub fn from_graph(graph: StateGraph) -> Result<Spec, SpecError> {
        if graph.initial().is_empty() {
            return Err(SpecError::NoInitialState);
        }
        let mut names: Vec<Name> = Vec::new();
        let name_of = graph.actions().iter().map(|label| {
            let name = action_name(label);
            names.iter().position(|known| known == name).unwrap_or_else(|| {
                names.push(name.to_owned().into());
                names.len() - 1
            })
        });
        let name_of = name_of.collect();
        let asked = Asked::default();
        Ok(Spec {
            graph: graph.into(),
            names: names.into(),
            name_of,
            asked,
            is_none: false,
            is_cut: false,
        })
    }

    /// Reads a file that TLC wrote with `-dump dot,actionlabels`, or the compact text that [`Spec::from_tlc`] and
    /// [`StateGraph::to_text`] make of it. If the text says of which module and configuration it is, these have to be
    /// beside it, and as they were.
    ///
    /// A dump may not have been made with `SYMMETRY`, `VIEW` or `ALIAS`, and of one with `CONSTRAINT` say so by
    /// [`Spec::constrained`]. TLC has to have ended without an error. That of a run that stopped at a violation is
    /// closed like any other, and lacks states: what the code does there is then called wrong, and what it does not is
    /// not missed. [`Spec::from_tlc`] asks TLC for its verdict.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the file cannot be read, is none of these, is cut off or stale.
    pub fn read(path: impl AsRef<Path>) -> Result<Spec, SpecError> {
        super::source::read(path.as_ref())
    }

    /// The graph that TLC has of a module with a configuration. It is kept in a file beside the configuration, which
    /// has its name and ends in `.graph`; commit it, and no Java is needed.
    ///
    /// Where the environment variable `MITREGATE_UPDATE` is set, TLC makes the file if it is missing or stale; the
    /// variable `TLA2TOOLS_JAR` says where TLC is.
    ///
    /// # Errors
    ///
    /// [`SpecError`] if the file is missing, stale or damaged, with the command that renews it, if TLC does not say
    /// that all holds, or if the configuration has a symmetry, a view or an alias: then the graph lacks states, or shows
    /// others.
    pub fn from_tlc(module: impl AsRef<Path>, config: impl AsRef<Path>) -> Result<Spec, SpecError> {
        super::source::from_tlc(module.as_ref(), config.as_ref())
    }

    /// The spec that a port in Rust is, of at most so many states. Actions are told apart by name.
    ///
    /// # Errors
    ///
    /// [`SpecError::TooLarge`] and [`SpecError::Symmetry`].
    pub fn from_port<M: Checkable>(port: &M, max_states: u64) -> Result<Spec, SpecError> {
        if port.has_symmetry() {
            return Err(SpecError::Symmetry);
        }
        let too_large = SpecError::TooLarge { most: max_states };
        let (graph, is_cut) = whole_graph(port, max_states, EdgeLabels::Names).ok_or(too_large)?;
        Ok(Spec { is_cut, ..Spec::from_graph(graph)? })
    }

    /// No spec: code is then held to its own laws only.
    #[must_use]
    pub fn none() -> Spec {
        let mut builder = GraphBuilder::default();
        let only = builder.state(Value::record::<&str>([]));
        builder.initial(only);
        let graph = builder.finish().into();
        let asked = Asked::default();
        Spec { graph, names: [].into(), name_of: [].into(), asked, is_none: true, is_cut: false }
    }

    /// Says that steps out of a constraint are missing from the graph, as from any that TLC wrote with `CONSTRAINT`. Where
    /// [`Spec::from_tlc`] or a port knows, it says so itself.
    #[must_use]
    pub fn constrained(mut self) -> Self {
        self.is_cut = true;
        self
    }

    /// Asks that something holds in each state of the spec, a record of its variables.
    #[must_use]
    #[track_caller]
    pub fn invariant(
        mut self,
        name: impl Into<Name>,
        holds: impl Fn(&Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        let holds = move |spec: &Spec, state: &u32| holds(&spec.graph.state(*state));
        self.asked.laws.push(Law::invariant(name, holds, |_, _| true));
        self
    }

    /// Asks that something holds of each step of the spec that changes its state.
    #[must_use]
    #[track_caller]
    pub fn step_property(
        mut self,
        name: impl Into<Name>,
        holds: impl Fn(&Value, &Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        let holds = move |spec: &Spec, before: &u32, after: &u32| {
            holds(&spec.graph.state(*before), &spec.graph.state(*after))
        };
        self.asked.laws.push(Law::step(name, holds, |_, _, _| true));
        self
    }

    /// Asks that whenever something holds in the spec, something else holds then or later: `P ~> Q`.
    #[must_use]
    pub fn leads_to(
        mut self,
        name: impl Into<Name>,
        p: impl Fn(&Value) -> bool + Send + Sync + 'static,
        q: impl Fn(&Value) -> bool + Send + Sync + 'static,
    ) -> Self {
        let formula = Formula::leads_to(
            move |spec: &Spec, state| p(&spec.graph.state(*state)),
            move |spec: &Spec, state| q(&spec.graph.state(*state)),
        );
        self.asked.temporal.push(Temporal { name: name.into(), formulas: vec![formula] });
        self
    }

    /// Assumes weak fairness of the spec's actions with some labels.
    #[must_use]
    pub fn weakly_fair(
        self,
        name: impl Into<Name>,
        labels: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.fair(name.into(), Strength::Weak, labels)
    }

    /// Assumes strong fairness of the spec's actions with some labels.
    #[must_use]
    pub fn strongly_fair(
        self,
        name: impl Into<Name>,
        labels: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        self.fair(name.into(), Strength::Strong, labels)
    }

    fn fair(
        mut self,
        name: Name,
        strength: Strength,
        labels: impl Fn(&str) -> bool + Send + Sync + 'static,
    ) -> Self {
        let actions = move |spec: &Spec, _: &u32, step: &SpecStep| labels(spec.label(*step));
        self.asked.fairness.push(Fairness::new(name, strength, actions));
        self
    }

    /// Whether steps out of a constraint are missing from its graph.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    /// Whether it stands for no spec at all.
    pub fn is_none(&self) -> bool {
        self.is_none
    }

    /// The states and the labelled steps between them.
    pub fn graph(&self) -> &StateGraph {
        &self.graph
    }

    /// The label of a step.
    pub(super) fn label(&self, step: SpecStep) -> &str {
        &self.graph.actions()[self.graph.edge(step).action as usize]
    }

    /// For each label whether it is that of an action which code names: with arguments as far as both have them.
    pub(super) fn labels_named(&self, name: &str) -> Vec<bool> {
        let has_arguments = |text: &str| text.contains('(');
        let is_it = |label: &String| {
            if has_arguments(label) && has_arguments(name) {
                label == name
            } else {
                action_name(label) == action_name(name)
            }
        };
        self.graph.actions().iter().map(is_it).collect()
    }

    /// Shortest paths from the initial states to all others.
    pub(super) fn paths(&self) -> Paths {
        let count = self.graph.len();
        let mut paths = Paths { before: vec![None; count], depth: vec![u32::MAX; count] };
        let mut queue: VecDeque<u32> = self.graph.initial().iter().copied().collect();
        for &state in &queue {
            paths.depth[state as usize] = 0;
        }
        while let Some(state) = queue.pop_front() {
            let depth = paths.depth[state as usize] + 1;
            for edge in self.graph.leaving(state).map(|number| self.graph.edge(number)) {
                let target = edge.target as usize;
                if paths.depth[target] == u32::MAX {
                    paths.depth[target] = depth;
                    paths.before[target] = Some((state, edge.action));
                    queue.push_back(edge.target);
                }
            }
        }
        paths
    }

    /// The path to a step of this number, and the step.
    pub(super) fn path_to(&self, paths: &Paths, step: SpecStep) -> Trace {
        let edge = self.graph.edge(step);
        let trace_step = |action: Option<u32>, state: u32| TraceStep {
            action: action.map(|action| self.graph.actions()[action as usize].clone()),
            state: self.graph.state(state),
        };
        let mut steps = vec![trace_step(Some(edge.action), edge.target)];
        let mut at = Some(self.graph.source(step));
        while let Some(state) = at {
            let from = paths.before[state as usize];
            steps.push(trace_step(from.map(|(_, action)| action), state));
            at = from.map(|(before, _)| before);
        }
        steps.reverse();
        Trace { steps, ..Trace::default() }
    }
}

impl fmt::Debug for Spec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (states, edges) = (self.graph.len(), self.graph.edge_count());
        write!(f, "Spec of {states} states and {edges} edges")
    }
}

impl Model for Spec {
    type State = u32;
    type Action = SpecStep;

    fn init_states(&self) -> Vec<u32> {
        self.graph.initial().iter().copied().collect()
    }

    fn actions(&self, state: &u32, actions: &mut Vec<SpecStep>) {
        actions.extend(self.graph.leaving(*state));
    }

    fn next_state(&self, state: &u32, step: SpecStep) -> Option<u32> {
        self.graph.leaving(*state).contains(&step).then(|| self.graph.edge(step).target)
    }

    fn format_action(&self, step: &SpecStep) -> String {
        self.label(*step).to_owned()
    }
}

impl Checkable for Spec {
    fn laws(&self) -> Vec<Law<Self>> {
        self.asked.laws.clone()
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        self.asked.temporal.clone()
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        self.asked.fairness.clone()
    }

    fn action_names(&self) -> Vec<Name> {
        self.names.to_vec()
    }

    fn action_name(&self, step: &SpecStep) -> usize {
        self.name_of[self.graph.edge(*step).action as usize]
    }

    fn lacks_arguments(&self, name: usize) -> bool {
        let labels = self.name_of.iter().zip(self.graph.actions());
        labels.filter(|(it, _)| **it == name).all(|(_, label)| !label.contains('('))
    }

    /// A behaviour may go on outside of a constraint.
    fn conclude(&self, report: &mut Report) {
        for property in &mut report.properties {
            if self.is_cut && property.kind == Kind::Liveness && property.verdict == Verdict::Holds
            {
                property.verdict = Verdict::Inconclusive;
                let why = "the spec's graph lacks steps out of its constraint, beyond which a behaviour may violate it";
                property.undecided = Some(why.to_owned());
            }
        }
    }

    fn view(&self, state: &u32) -> Value {
        self.graph.state(*state)
    }
}
