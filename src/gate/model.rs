//! A model of any type behind one interface, so that the gate and the command line are written once.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::atomic::AtomicBool;

use stateright::{Checker, Model};

use crate::check::report::Report;
use crate::check::simulate::{Simulation, Walks, simulate};
use crate::check::temporal::{self, Unjudgeable};
use crate::check::trace::{Replay, Trace, take};
use crate::check::{Budget, Checkable, Options, check, explore};
use crate::tla::dump::StateGraph;

/// What can be done with a model whatever its type.
pub trait AnyModel: Send + Sync {
    /// Explores it and judges its laws.
    fn check(&self, options: &Options<'_>) -> Report;

    /// Walks through it at random.
    fn simulate(&self, walks: &Walks, interrupt: &AtomicBool, progress: &dyn Fn(u64))
    -> Simulation;

    /// Follows a saved trace in it.
    fn replay(&self, trace: &Trace, law: &str) -> Replay;

    /// Its states and labelled edges; none if there are more than `max_states` states.
    fn state_graph(&self, max_states: u64) -> Option<StateGraph>;

    /// The names of its laws and temporal properties.
    fn laws(&self) -> Vec<&'static str>;

    /// Whether there are few enough properties and fairness conditions, and no symmetry with them.
    ///
    /// # Errors
    ///
    /// What is wrong, and what helps.
    fn check_limits(&self) -> Result<(), Unjudgeable>;

    /// Whether it is explored up to symmetry.
    fn has_symmetry(&self) -> bool;

    /// Serves it in Stateright's Explorer until the process ends.
    fn serve(self: Box<Self>, address: SocketAddr);

    /// How many unique states Stateright's own search finds: depth-first, with the model's symmetry,
    /// or else breadth-first, which knows no symmetry.
    fn stateright_count(self: Box<Self>, depth_first: bool) -> usize;
}

/// A model that Stateright searches to the end: its properties do not stop it early.
struct Exhaustive<M>(M);

impl<M: Checkable> Model for Exhaustive<M> {
    type State = M::State;
    type Action = M::Action;

    fn init_states(&self) -> Vec<M::State> {
        self.0.init_states()
    }

    fn actions(&self, state: &M::State, actions: &mut Vec<M::Action>) {
        self.0.actions(state, actions);
    }

    fn next_state(&self, state: &M::State, action: M::Action) -> Option<M::State> {
        self.0.next_state(state, action)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        vec![stateright::Property::always("Explored", |_, _| true)]
    }

    fn within_boundary(&self, state: &M::State) -> bool {
        self.0.within_boundary(state)
    }
}

/// A state that Stateright's search compares by its representative.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Canonical<S>(S);

/// A model whose states are replaced by their representatives as they come.
struct UpToSymmetry<M>(M);

impl<M: Checkable> Model for UpToSymmetry<M> {
    type State = Canonical<M::State>;
    type Action = M::Action;

    fn init_states(&self) -> Vec<Self::State> {
        let states = self.0.init_states();
        states.iter().map(|state| Canonical(self.0.representative(state))).collect()
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<M::Action>) {
        self.0.actions(&state.0, actions);
    }

    fn next_state(&self, state: &Self::State, action: M::Action) -> Option<Self::State> {
        let next = self.0.next_state(&state.0, action)?;
        Some(Canonical(self.0.representative(&next)))
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        vec![stateright::Property::always("Explored", |_, _| true)]
    }

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.0.within_boundary(&state.0)
    }
}

impl<M: Checkable> AnyModel for M {
    fn check(&self, options: &Options<'_>) -> Report {
        check(self, options)
    }

    fn simulate(
        &self,
        walks: &Walks,
        interrupt: &AtomicBool,
        progress: &dyn Fn(u64),
    ) -> Simulation {
        simulate(self, walks, interrupt, progress)
    }

    fn replay(&self, trace: &Trace, law: &str) -> Replay {
        trace.replay(self, law)
    }

    fn state_graph(&self, max_states: u64) -> Option<StateGraph> {
        state_graph(self, max_states)
    }

    fn laws(&self) -> Vec<&'static str> {
        let laws = Checkable::laws(self);
        let temporal = self.temporal();
        let names = laws.iter().map(|law| law.name);
        names.chain(temporal.iter().map(|property| property.name)).collect()
    }

    fn check_limits(&self) -> Result<(), Unjudgeable> {
        temporal::check_limits(self)
    }

    fn has_symmetry(&self) -> bool {
        Checkable::has_symmetry(self)
    }

    fn serve(self: Box<Self>, address: SocketAddr) {
        self.checker().serve(address);
    }

    fn stateright_count(self: Box<Self>, depth_first: bool) -> usize {
        fn count<M>(model: M, depth_first: bool) -> usize
        where
            M: Model<State: Clone + PartialEq + std::hash::Hash + Send + Sync>
                + Send
                + Sync
                + 'static,
            M::Action: Clone + PartialEq,
        {
            let checker = model.checker().threads(rayon::current_num_threads());
            if depth_first {
                checker.spawn_dfs().join().unique_state_count()
            } else {
                checker.spawn_bfs().join().unique_state_count()
            }
        }
        if Checkable::has_symmetry(&*self) {
            count(UpToSymmetry(*self), depth_first)
        } else {
            count(Exhaustive(*self), depth_first)
        }
    }
}

/// The states, as views, and the edges, labelled with the names of action classes.
fn state_graph<M: Checkable>(model: &M, max_states: u64) -> Option<StateGraph> {
    let budget = Budget { max_states: Some(max_states), ..Budget::default() };
    let graph =
        explore(model, &Options { budget, keep_going: true, edges: true, ..Options::default() });
    if !graph.is_complete() {
        return None;
    }
    let classes = model.classes();
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
        let mut actions = Vec::new();
        model.actions(&state, &mut actions);
        for edge in graph.edges(id) {
            let class = classes.get(model.class(actions.get(edge.action as usize)?))?;
            edges.insert((id as usize, (*class).to_owned(), edge.target as usize));
        }
        states.push(state);
    }
    let states = states.iter().map(|state| model.view(state)).collect();
    Some(StateGraph { states, initial, edges })
}
