//! The pure part of an exploration: from a state to its successors, findings and label.
//!
//! An [`Expander`] knows a model and what is asked of it. It keeps nothing: which states have been seen,
//! in which order they are expanded, and by how many threads or machines is for an
//! [`Engine`](super::Engine).

use super::fingerprint::fingerprint;
use super::goals::Goals;
use super::graph::{Finding, Found, Label, Place, StateId};
use super::property::Law;
use super::temporal::Watch;
use super::{Checkable, Undecidable};

/// A model, and what is asked of it.
pub struct Expander<'a, M: Checkable> {
    model: &'a M,
    goals: &'a Goals,
    laws: Vec<Law<M>>,
    watch: Option<Watch<M>>,
    action_count: usize,
}

/// A successor within the boundary.
#[derive(Clone, Debug)]
pub struct Successor<S> {
    /// The action's index among those that the model offers in the source.
    pub action: u32,
    /// The state.
    pub state: S,
    /// The fingerprint of the state, or of its representative.
    pub fingerprint: u64,
    /// The fairness conditions of which this is a step, a bit each; none if it changes nothing.
    pub takes: u64,
}

/// What is noted while states are expanded. Notes on parts of a graph add up by [`Notes::merge`].
#[derive(Clone, Debug, Default)]
pub struct Notes {
    /// One finding for each law that is asked for.
    pub findings: Vec<Finding>,
    /// The first state without successors.
    pub deadlock: Option<Found>,
    /// How many steps each action took, by the index of its name.
    pub steps_of_actions: Vec<u64>,
    /// How many of all steps led out of the boundary.
    pub outside: u64,
}

impl Notes {
    /// How many steps were taken, those out of the boundary among them.
    pub fn steps(&self) -> u64 {
        self.steps_of_actions.iter().sum()
    }

    /// Adds the notes on states that come later in the search.
    pub fn merge(&mut self, later: &Notes) {
        for (known, new) in self.findings.iter_mut().zip(&later.findings) {
            known.merge(*new);
        }
        for (known, new) in self.steps_of_actions.iter_mut().zip(&later.steps_of_actions) {
            *known += new;
        }
        self.outside += later.outside;
        self.deadlock = self.deadlock.or(later.deadlock);
    }
}

impl<'a, M: Checkable> Expander<'a, M> {
    /// A model with what is asked of it.
    ///
    /// # Errors
    ///
    /// What cannot be decided; see [`Goals::check_decidable`].
    pub fn new(model: &'a M, goals: &'a Goals) -> Result<Self, Undecidable> {
        goals.check_decidable(model)?;
        let temporal = goals.temporal(model);
        Ok(Expander {
            model,
            goals,
            laws: goals.laws(model),
            watch: Watch::new(model, &temporal),
            action_count: model.action_names().len(),
        })
    }

    /// The model.
    pub fn model(&self) -> &'a M {
        self.model
    }

    /// What is asked.
    pub fn goals(&self) -> &'a Goals {
        self.goals
    }

    /// Whether the edges have to be kept, because a temporal property is judged on them.
    pub fn needs_edges(&self) -> bool {
        self.watch.is_some()
    }

    /// No notes yet.
    pub fn notes(&self) -> Notes {
        Notes {
            findings: vec![Finding::default(); self.laws.len()],
            deadlock: None,
            steps_of_actions: vec![0; self.action_count],
            outside: 0,
        }
    }

    /// Whether the notes have a violation that ends a search.
    pub fn is_violated(&self, notes: &Notes) -> bool {
        notes.findings.iter().any(|finding| finding.violation.is_some())
            || (self.goals.deadlock && notes.deadlock.is_some())
    }

    /// The fingerprint of a state, or of its representative where the model has a symmetry.
    pub fn fingerprint(&self, state: &M::State) -> u64 {
        if self.model.has_symmetry() {
            fingerprint(&self.model.representative(state))
        } else {
            fingerprint(state)
        }
    }

    /// The initial states within the boundary, each with its index and fingerprint. Those outside are
    /// checked.
    pub fn initial(&self, notes: &mut Notes) -> Vec<Successor<M::State>> {
        let mut initial = Vec::new();
        for (action, state) in (0..).zip(self.model.init_states()) {
            if self.model.within_boundary(&state) {
                let fingerprint = self.fingerprint(&state);
                initial.push(Successor { action, state, fingerprint, takes: 0 });
            } else {
                let found = Found { place: Place::Initial(action), length: 1 };
                self.check_state(&state, found, &mut notes.findings);
            }
        }
        initial
    }

    /// Checks a state, takes its steps, checks these, and hands on the successors within the boundary,
    /// in the order of their actions.
    ///
    /// `depth` is the number of states on a shortest path to the state, itself included. `actions` is a
    /// buffer, left empty. The answer is the state's label for liveness, if a temporal property is asked
    /// for.
    pub fn expand(
        &self,
        (id, state): (StateId, &M::State),
        depth: usize,
        actions: &mut Vec<M::Action>,
        notes: &mut Notes,
        mut successor: impl FnMut(Successor<M::State>),
    ) -> Option<Label> {
        let here = Found { place: Place::State(id), length: depth };
        self.check_state(state, here, &mut notes.findings);
        let mut has_step = false;
        let mut enabled = 0;
        self.model.actions(state, actions);
        for (action, value) in (0..).zip(actions.drain(..)) {
            let name = self.model.action_name(&value);
            let mut takes =
                self.watch.as_ref().map_or(0, |watch| watch.steps_of(self.model, state, &value));
            let Some(next) = self.model.next_state(state, value) else { continue };
            if takes != 0 && next == *state {
                takes = 0;
            }
            enabled |= takes;
            has_step = true;
            notes.steps_of_actions[name] += 1;
            let found = Found { place: Place::Step(id, action), length: depth + 1 };
            self.check_step(state, &next, found, &mut notes.findings);
            if self.model.within_boundary(&next) {
                let fingerprint = self.fingerprint(&next);
                successor(Successor { action, state: next, fingerprint, takes });
            } else {
                self.check_state(&next, found, &mut notes.findings);
                notes.outside += 1;
            }
        }
        if !has_step {
            notes.deadlock.get_or_insert(here);
        }
        let holds = |watch: &Watch<M>| watch.holds(self.model, state);
        self.watch.as_ref().map(|watch| Label { holds: holds(watch), enabled })
    }

    fn check_state(&self, state: &M::State, found: Found, findings: &mut [Finding]) {
        for (law, finding) in self.laws.iter().zip(findings) {
            finding.note(
                found,
                || law.violated_in(self.model, state),
                || law.witnessed_in(self.model, state),
            );
        }
    }

    fn check_step(
        &self,
        state: &M::State,
        next: &M::State,
        found: Found,
        findings: &mut [Finding],
    ) {
        for (law, finding) in self.laws.iter().zip(findings) {
            finding.note(
                found,
                || law.violated_on(self.model, state, next),
                || law.witnessed_on(self.model, state, next),
            );
        }
    }
}
