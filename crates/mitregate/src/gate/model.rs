//! A model of any type behind one interface, so that the gate and the command line are written once.

use std::sync::atomic::AtomicBool;

use super::place::Place;

use crate::check::contract::guarded;
use crate::check::film;
use crate::check::simulate::{Simulation, Walks, simulate};
use crate::check::validation::{Log, LogError, Search, Validation, validate};
use crate::check::{
    Checkable, EdgeLabels, Goals, Name, Options, PropertyReport, Replay, Report, Trace,
    Undecidable, check, replay, state_graph,
};
use crate::explorer::{self, Steps};
use crate::tla::dump::StateGraph;

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

    /// A test in Rust that follows a property's counterexample on the code alone, where the model can tell how.
    fn regression_test(&self, property: &PropertyReport) -> Option<String>;

    /// A trace as a picture, SVG: its states one below the other. None if the model has no such steps.
    fn film(&self, trace: &Trace) -> Option<String>;

    /// Where the code states a law.
    fn stated_at(&self, law: &str) -> Option<Place>;

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

    /// Its steps, for Stateright's Explorer and searches, with the laws that are asked.
    fn steps(self: Box<Self>, goals: &Goals) -> Box<dyn Steps>;

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

    fn regression_test(&self, property: &PropertyReport) -> Option<String> {
        Checkable::regression_test(self, property)
    }

    fn film(&self, trace: &Trace) -> Option<String> {
        guarded(|| film::draw(self, trace)).ok().flatten()
    }

    fn stated_at(&self, law: &str) -> Option<Place> {
        let at = self.laws().into_iter().find(|it| it.name == law)?.stated_at;
        Some(Place { file: at.file().to_owned(), line: at.line() as usize })
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

    fn steps(self: Box<Self>, goals: &Goals) -> Box<dyn Steps> {
        explorer::steps(*self, goals)
    }

    fn path_in_explorer(&self, trace: &Trace) -> Option<String> {
        explorer::path(self, trace)
    }

    fn unjudged_by_explorer(&self, goals: &Goals) -> Vec<Name> {
        explorer::unjudged(self, goals)
    }
}
