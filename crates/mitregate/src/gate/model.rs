//! A model of any type behind one interface, so that the gate and the command line are written once.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use crate::check::simulate::{Simulation, Walks, simulate};
use crate::check::trace::take;
use crate::check::validation::{Log, LogError, Search, Validation, validate};
use crate::check::{
    BreadthFirst, Budget, Checkable, Engine, Expander, Goals, Name, Options, Replay, Report, Trace,
    Undecidable, check, replay,
};
use crate::explorer::{self, Steps};
use crate::tla::dump::StateGraph;

/// How the edges of a state graph are labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeLabels {
    /// By the names of actions, as TLC 2.15 does it.
    Names,
    /// By actions with their arguments.
    Actions,
}

/// What can be done with a model whatever its type.
pub trait AnyModel: Send + Sync {
    /// Explores it and judges what is asked.
    ///
    /// # Errors
    ///
    /// What is asked and cannot be decided.
    fn check(&self, goals: &Goals, options: &Options<'_>) -> Result<Report, Undecidable>;

    /// Walks through it at random.
    ///
    /// # Errors
    ///
    /// What is asked and cannot be decided.
    fn simulate(
        &self,
        goals: &Goals,
        walks: &Walks,
        interrupt: &AtomicBool,
        progress: &dyn Fn(u64),
    ) -> Result<Simulation, Undecidable>;

    /// Follows a saved trace in it.
    fn replay(&self, trace: &Trace, property: &str) -> Replay;

    /// Whether it has a behaviour that explains a log.
    ///
    /// # Errors
    ///
    /// What the log is about and the model does not have.
    fn validate(&self, log: &Log, search: &Search<'_>) -> Result<Validation, LogError>;

    /// Its states and labelled edges; none if there are more than `max_states` states.
    fn state_graph(&self, max_states: u64, labels: EdgeLabels) -> Option<StateGraph>;

    /// The names of all that is asked, in the order of reports.
    fn names(&self, goals: &Goals) -> Vec<Name>;

    /// Whether all that is asked can be decided.
    ///
    /// # Errors
    ///
    /// The first thing that cannot.
    fn check_decidable(&self, goals: &Goals) -> Result<(), Undecidable>;

    /// Whether it is explored up to symmetry.
    fn has_symmetry(&self) -> bool;

    /// Its steps, for Stateright's Explorer and searches.
    fn steps(self: Box<Self>) -> Box<dyn Steps>;

    /// The path of a trace in Stateright's Explorer; none if the model has no such steps.
    fn path_in_explorer(&self, trace: &Trace) -> Option<String>;

    /// What is asked and Stateright's Explorer does not judge: it has invariants only.
    fn unjudged_by_explorer(&self, goals: &Goals) -> Vec<Name>;
}

impl<M: Checkable> AnyModel for M {
    fn check(&self, goals: &Goals, options: &Options<'_>) -> Result<Report, Undecidable> {
        check(self, goals, options)
    }

    fn simulate(
        &self,
        goals: &Goals,
        walks: &Walks,
        interrupt: &AtomicBool,
        progress: &dyn Fn(u64),
    ) -> Result<Simulation, Undecidable> {
        simulate(self, goals, walks, interrupt, progress)
    }

    fn replay(&self, trace: &Trace, property: &str) -> Replay {
        replay(self, trace, property)
    }

    fn validate(&self, log: &Log, search: &Search<'_>) -> Result<Validation, LogError> {
        validate(self, log, search)
    }

    fn state_graph(&self, max_states: u64, labels: EdgeLabels) -> Option<StateGraph> {
        state_graph(self, max_states, labels)
    }

    fn names(&self, goals: &Goals) -> Vec<Name> {
        goals.names(self)
    }

    fn check_decidable(&self, goals: &Goals) -> Result<(), Undecidable> {
        goals.check_decidable(self)
    }

    fn has_symmetry(&self) -> bool {
        Checkable::has_symmetry(self)
    }

    fn steps(self: Box<Self>) -> Box<dyn Steps> {
        explorer::steps(*self)
    }

    fn path_in_explorer(&self, trace: &Trace) -> Option<String> {
        explorer::path(self, trace)
    }

    fn unjudged_by_explorer(&self, goals: &Goals) -> Vec<Name> {
        explorer::unjudged(self, goals)
    }
}

/// The states, as views, and the edges.
fn state_graph<M: Checkable>(model: &M, max_states: u64, labels: EdgeLabels) -> Option<StateGraph> {
    let budget = Budget { max_states: Some(max_states), ..Budget::default() };
    let options = Options { budget, edges: true, ..Options::default() };
    let nothing = Goals::named([""; 0]);
    let graph = BreadthFirst.explore(&Expander::new(model, &nothing).ok()?, &options);
    if !graph.is_complete() {
        return None;
    }
    let names = model.action_names();
    let mut states: Vec<M::State> = Vec::with_capacity(graph.len());
    let mut initial = BTreeSet::new();
    let mut edges = BTreeSet::new();
    let starts = model.init_states();
    for id in 0..u32::try_from(graph.len()).ok()? {
        // A state is made anew from the one that first led to it, which has a lower number.
        let state = match graph.reached_by(id) {
            (None, index) => {
                initial.insert(id as usize);
                starts.get(index as usize)?.clone()
            }
            (Some(parent), action) => take(model, states.get(parent as usize)?, action)?.1,
        };
        let actions = model.offered(&state);
        for edge in graph.edges(id) {
            let action = actions.get(edge.action as usize)?;
            let label = match labels {
                EdgeLabels::Names => names.get(model.action_name(action))?.to_string(),
                EdgeLabels::Actions => model.format_action(action),
            };
            edges.insert((id as usize, label, edge.target as usize));
        }
        states.push(state);
    }
    let states = states.iter().map(|state| model.view(state)).collect();
    Some(StateGraph { states, initial, edges })
}
