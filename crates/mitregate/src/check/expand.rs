//! The pure part of an exploration: from a state to its successors, findings and label.
//!
//! An [`Expander`] knows a model and what is asked of it. It keeps nothing: which states have been seen,
//! in which order they are expanded, and by how many threads or machines is for an
//! [`Engine`](super::Engine).

use serde::{Deserialize, Serialize};

use super::ample::{self, PartialOrder};
use super::asked::Asked;
use super::contract::{self, Breach, guarded};
use super::fingerprint::fingerprint;
use super::goals::Goals;
use super::graph::{Finding, Found, Label, Place, StateId};
use super::memo;
use super::property::{Claim, Law};
use super::temporal::Watch;
use super::{Checkable, Undecidable};

/// A model, and what is asked of it.
pub struct Expander<'a, M: Checkable> {
    model: &'a M,
    goals: &'a Goals,
    laws: Laws<M>,
    has_symmetry: bool,
    watch: Option<Watch<M>>,
    action_count: usize,
    partial_order: PartialOrder,
}

/// The laws that are asked, each with its index.
struct Laws<M: Checkable> {
    all: Vec<Law<M>>,
    /// Invariants, and those of them by the state's key.
    invariants: Vec<(usize, Law<M>)>,
    invariants_by_key: Vec<(usize, Law<M>)>,
    /// Step properties, and those of them by the states' keys.
    steps: Vec<(usize, Law<M>)>,
    steps_by_key: Vec<(usize, Law<M>)>,
}

impl<M: Checkable> Laws<M> {
    fn new(laws: Vec<Law<M>>) -> Self {
        let mut sorted = Laws {
            all: laws.clone(),
            invariants: Vec::new(),
            invariants_by_key: Vec::new(),
            steps: Vec::new(),
            steps_by_key: Vec::new(),
        };
        for (index, law) in laws.into_iter().enumerate() {
            let kind = match (&law.claim, law.is_by_key) {
                (Claim::Invariant { .. }, false) => &mut sorted.invariants,
                (Claim::Invariant { .. }, true) => &mut sorted.invariants_by_key,
                (Claim::Step { .. }, false) => &mut sorted.steps,
                (Claim::Step { .. }, true) => &mut sorted.steps_by_key,
            };
            kind.push((index, law));
        }
        sorted
    }

    fn has_some_by_key(&self) -> bool {
        !self.invariants_by_key.is_empty() || !self.steps_by_key.is_empty()
    }
}

/// What came of expanding a state. It is used again for the next one.
pub struct Expansion<M: Checkable> {
    /// The successors within the boundary, in the order of their actions.
    pub successors: Vec<Successor<M::State>>,
    /// The state's label for liveness, if a temporal property is asked for.
    pub label: Option<Label>,
    actions: Vec<M::Action>,
    /// The indices of the actions among those that the model offers.
    indices: Vec<u32>,
    /// The names of the actions of all steps.
    names: Vec<usize>,
    outside: u64,
    enabled: u64,
}

impl<M: Checkable> Default for Expansion<M> {
    fn default() -> Self {
        Expansion {
            successors: Vec::new(),
            label: None,
            actions: Vec::new(),
            indices: Vec::new(),
            names: Vec::new(),
            outside: 0,
            enabled: 0,
        }
    }
}

impl<M: Checkable> Expansion<M> {
    fn clear(&mut self) {
        self.successors.clear();
        self.actions.clear();
        self.indices.clear();
        self.names.clear();
        (self.outside, self.enabled) = (0, 0);
    }
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
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Notes {
    /// One finding for each law that is asked for.
    pub findings: Vec<Finding>,
    /// The first state without successors.
    pub deadlock: Option<Found>,
    /// How many steps each action took, by the index of its name.
    pub steps_of_actions: Vec<u64>,
    /// How many of all steps led out of the boundary.
    pub outside: u64,
    /// How many initial states lie outside the boundary.
    pub initial_outside: u64,
    /// The first panic of code under test.
    pub panic: Option<Breach>,
    /// The first step of the sample that led elsewhere when it was taken again.
    pub indeterminate: Option<Breach>,
    /// The first action that is called ample and is not.
    pub dependent: Option<Breach>,
}

impl Notes {
    /// How many steps were taken, those out of the boundary among them.
    pub fn steps(&self) -> u64 {
        self.steps_of_actions.iter().sum()
    }

    /// Whether the code panicked, or its steps are no function of state and action.
    pub fn is_in_breach(&self) -> bool {
        self.panic.is_some() || self.indeterminate.is_some() || self.dependent.is_some()
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
        self.initial_outside += later.initial_outside;
        self.deadlock = self.deadlock.or(later.deadlock);
        self.panic = contract::first(self.panic.take(), later.panic.clone());
        let indeterminate = self.indeterminate.take();
        self.indeterminate = contract::first(indeterminate, later.indeterminate.clone());
        self.dependent = contract::first(self.dependent.take(), later.dependent.clone());
    }
}

/// What is to be asked of a state or a step.
struct Question<'a> {
    asked: &'a Asked,
    /// The number of the state, or of the one that the step leads out of.
    state: StateId,
    found: Found,
}

/// The first states, where a fault is cheap to show, and then one of so many.
fn is_sampled(state: StateId) -> bool {
    state < 64 || state.is_multiple_of(1_024)
}

/// Notes a breach, unless there is one on a path that is no longer.
fn note(
    known: &mut Option<Breach>,
    found: Found,
    action: Option<u32>,
    what: impl FnOnce() -> String,
) {
    if known.as_ref().is_none_or(|known| found.length < known.found.length) {
        *known = Some(Breach { found, action, what: what() });
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
            laws: Laws::new(goals.laws(model)),
            has_symmetry: model.has_symmetry(),
            watch: Watch::new(model, &temporal),
            action_count: model.action_names().len(),
            partial_order: PartialOrder::Full,
        })
    }

    /// The same, with what is made of actions that the model calls [ample](super::Model::is_ample).
    ///
    /// # Errors
    ///
    /// If a temporal property is asked for, which the reduced graph does not decide.
    pub fn with_partial_order(self, partial_order: PartialOrder) -> Result<Self, Undecidable> {
        match &*self.goals.temporal(self.model) {
            [first, ..] if partial_order == PartialOrder::Reduce => {
                Err(Undecidable::LivenessOfReduced { name: first.name.to_string() })
            }
            _ => Ok(Expander { partial_order, ..self }),
        }
    }

    /// Whether it takes some steps alone.
    pub fn reduces(&self) -> bool {
        self.partial_order == PartialOrder::Reduce
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
            findings: vec![Finding::default(); self.laws.all.len()],
            deadlock: None,
            steps_of_actions: vec![0; self.action_count],
            outside: 0,
            initial_outside: 0,
            panic: None,
            indeterminate: None,
            dependent: None,
        }
    }

    /// Whether the notes have a violation that ends a search.
    pub fn is_violated(&self, notes: &Notes) -> bool {
        notes.findings.iter().any(|finding| finding.violation.is_some())
            || (self.goals.deadlock && notes.deadlock.is_some())
            || notes.is_in_breach()
    }

    /// The fingerprint of a state, or of its representative where the model has a symmetry.
    pub fn fingerprint(&self, state: &M::State) -> u64 {
        if self.has_symmetry {
            fingerprint(&self.model.representative(state))
        } else {
            fingerprint(state)
        }
    }

    /// The initial states within the boundary, each with its index and fingerprint. Those outside are
    /// checked.
    pub fn initial(&self, notes: &mut Notes) -> Vec<Successor<M::State>> {
        let found = |action| Found { place: Place::Initial(action), length: 1 };
        let states = match guarded(|| self.model.init_states()) {
            Ok(states) => states,
            Err(panic) => {
                let nowhere = Found { length: 0, ..found(0) };
                note(&mut notes.panic, nowhere, None, || panic.to_string());
                return Vec::new();
            }
        };
        let mut initial = Vec::new();
        for (action, state) in (0..).zip(states) {
            let numbered = guarded(|| {
                let within = self.model.within_boundary(&state);
                if !within {
                    self.check_state(&state, found(action), &mut notes.findings);
                }
                within.then(|| self.fingerprint(&state))
            });
            match numbered {
                Ok(Some(fingerprint)) => {
                    initial.push(Successor { action, state, fingerprint, takes: 0 });
                }
                Ok(None) => notes.initial_outside += 1,
                Err(panic) => {
                    note(&mut notes.panic, found(action), None, || panic.to_string());
                }
            }
        }
        initial
    }

    /// Checks a state, takes its steps, and checks these.
    ///
    /// `depth` is the number of states on a shortest path to the state, itself included. `asked` is the exploration's,
    /// as is `is_new`: whether no state with a fingerprint is on this level or on one before.
    /// A step that panics is noted and leads nowhere.
    pub fn expand(
        &self,
        (id, state): (StateId, &M::State),
        depth: usize,
        (asked, is_new): (&Asked, &dyn Fn(u64) -> bool),
        expansion: &mut Expansion<M>,
        notes: &mut Notes,
    ) {
        let here = Found { place: Place::State(id), length: depth };
        let question = Question { asked, state: id, found: here };
        expansion.clear();
        // All at once, unless something panics or is to be done twice.
        let outcome = (!is_sampled(id)).then(|| {
            guarded(|| {
                let key = self.key(state);
                self.check_numbered(state, key, &question, &mut notes.findings);
                let mut actions = std::mem::take(&mut expansion.actions);
                let mut indices = std::mem::take(&mut expansion.indices);
                self.model.candidates(state, &mut indices, &mut actions);
                let holds = self.holds(state);
                if self.reduces() {
                    let steps = indices.iter().copied().zip(actions.iter().cloned());
                    if self.takes_one((state, key), steps, is_new, &question, expansion, notes) {
                        actions.clear();
                    }
                }
                for (&action, value) in indices.iter().zip(actions.drain(..)) {
                    self.take((state, key), (action, value), &question, expansion, notes);
                }
                (expansion.actions, expansion.indices) = (actions, indices);
                let enabled = expansion.enabled;
                expansion.label = self.watch.as_ref().map(|_| Label { holds, enabled });
            })
        });
        match outcome {
            Some(Ok(())) if expansion.names.is_empty() => {
                notes.deadlock.get_or_insert(here);
            }
            Some(Ok(())) => {}
            Some(Err(_)) | None => {
                expansion.clear();
                let panics = self.expand_carefully(state, &question, expansion, notes);
                if let (Some(Err(panic)), false) = (outcome, panics) {
                    let what = "the code panicked here, and did not when it was run again";
                    note(&mut notes.indeterminate, here, None, || what.to_owned());
                    note(&mut notes.panic, here, None, || panic.to_string());
                }
            }
        }
        let looks = match self.partial_order {
            PartialOrder::Full => false,
            PartialOrder::Reduce => is_sampled(id),
            PartialOrder::Verify => true,
        };
        if looks && let Some(what) = self.disturbance(state) {
            note(&mut notes.dependent, here, None, || what);
        }
        for &name in &expansion.names {
            notes.steps_of_actions[name] += 1;
        }
        notes.outside += expansion.outside;
    }

    /// Takes one ample step alone, if there is one that may be.
    fn takes_one(
        &self,
        (state, key): (&M::State, Option<u32>),
        steps: impl Iterator<Item = (u32, M::Action)>,
        is_new: &dyn Fn(u64) -> bool,
        question: &Question<'_>,
        expansion: &mut Expansion<M>,
        notes: &mut Notes,
    ) -> bool {
        for (action, value) in steps.filter(|(_, value)| self.model.is_ample(state, value)) {
            self.take((state, key), (action, value), question, expansion, notes);
            let next = expansion.successors.first();
            if next.is_some_and(|next| next.state != *state && is_new(next.fingerprint)) {
                return true;
            }
            expansion.clear();
        }
        false
    }

    /// The same piece by piece: every step for itself, and in a sample of states twice. Whether something has panicked.
    fn expand_carefully(
        &self,
        state: &M::State,
        question: &Question<'_>,
        expansion: &mut Expansion<M>,
        notes: &mut Notes,
    ) -> bool {
        let Question { state: id, found: here, .. } = *question;
        let mut actions = Vec::new();
        let offered = guarded(|| {
            let key = self.key(state);
            self.check_numbered(state, key, question, &mut notes.findings);
            self.model.actions(state, &mut actions);
            let holds = self.holds(state);
            let differs = is_sampled(id) && contract::differs(self.model, state, None);
            if is_sampled(id) {
                // Whatever was asked of the same key, and with nothing looked up.
                memo::without(|| self.check_state(state, here, &mut notes.findings));
                if let Some(what) = contract::misses(self.model, state) {
                    note(&mut notes.indeterminate, here, None, || what);
                }
            }
            (holds, differs, key)
        });
        let mut panics = offered.is_err();
        // A state whose actions cannot be told is no deadlock.
        let (holds, differs, key) = offered.unwrap_or_else(|panic| {
            note(&mut notes.panic, here, None, || panic.to_string());
            (0, false, None)
        });
        if differs {
            let what = "the same state offered other actions when it was asked again";
            note(&mut notes.indeterminate, here, None, || what.to_owned());
        }
        for (action, value) in (0..).zip(actions) {
            let (successors, steps) = (expansion.successors.len(), expansion.names.len());
            let taken = guarded(|| {
                if is_sampled(id) && contract::differs(self.model, state, Some(&value)) {
                    let what = "the same step led elsewhere when it was taken again";
                    note(&mut notes.indeterminate, here, Some(action), || what.to_owned());
                }
                self.take((state, key), (action, value), question, expansion, notes);
            });
            if let Err(panic) = taken {
                panics = true;
                expansion.successors.truncate(successors);
                expansion.names.truncate(steps);
                note(&mut notes.panic, here, Some(action), || panic.to_string());
            }
        }
        if !panics && expansion.names.is_empty() {
            notes.deadlock.get_or_insert(here);
        }
        let enabled = expansion.enabled;
        expansion.label = self.watch.as_ref().map(|_| Label { holds, enabled });
        panics
    }

    /// What is not true of actions that the model calls ample.
    fn disturbance(&self, state: &M::State) -> Option<String> {
        guarded(|| ample::disturbance(self.model, &self.laws.all, state))
            .unwrap_or_else(|panic| Some(panic.to_string()))
    }

    fn holds(&self, state: &M::State) -> u64 {
        self.watch.as_ref().map_or(0, |watch| watch.holds(self.model, state))
    }

    /// Takes a step and checks it, if it is enabled.
    fn take(
        &self,
        (state, key): (&M::State, Option<u32>),
        (action, value): (u32, M::Action),
        question: &Question<'_>,
        expansion: &mut Expansion<M>,
        notes: &mut Notes,
    ) {
        // Most actions that a spec's port offers are not enabled: nothing else is done for these.
        let Some(next) = self.model.next_state(state, value.clone()) else { return };
        let Question { asked, state: id, found: here } = *question;
        let found = Found { place: Place::Step(id, action), length: here.length + 1 };
        let question = Question { asked, state: id, found };
        let mut takes =
            self.watch.as_ref().map_or(0, |watch| watch.steps_of(self.model, state, &value));
        if takes != 0 && next == *state {
            takes = 0;
        }
        self.check_step((state, key), &next, &question, &mut notes.findings);
        let name = self.model.action_name(&value);
        if self.model.within_boundary(&next) {
            let fingerprint = self.fingerprint(&next);
            expansion.successors.push(Successor { action, state: next, fingerprint, takes });
        } else {
            self.check_state(&next, found, &mut notes.findings);
            expansion.outside += 1;
        }
        expansion.enabled |= takes;
        expansion.names.push(name);
    }

    /// The key of a state, if there are laws by it.
    fn key(&self, state: &M::State) -> Option<u32> {
        if self.laws.has_some_by_key() { self.model.key(state) } else { None }
    }

    /// Checks a state that has no number.
    fn check_state(&self, state: &M::State, found: Found, findings: &mut [Finding]) {
        self.ask_of_state(&self.laws.invariants, state, found, findings);
        self.ask_of_state(&self.laws.invariants_by_key, state, found, findings);
    }

    fn check_numbered(
        &self,
        state: &M::State,
        key: Option<u32>,
        question: &Question<'_>,
        findings: &mut [Finding],
    ) {
        let found = question.found;
        let Some(key) = key else { return self.check_state(state, found, findings) };
        self.ask_of_state(&self.laws.invariants, state, found, findings);
        question.asked.ask(key, question.state, || {
            self.ask_of_state(&self.laws.invariants_by_key, state, found, findings);
        });
    }

    fn ask_of_state(
        &self,
        laws: &[(usize, Law<M>)],
        state: &M::State,
        found: Found,
        findings: &mut [Finding],
    ) {
        for (index, law) in laws {
            findings[*index].note(
                found,
                || law.violated_in(self.model, state),
                || law.witnessed_in(self.model, state),
            );
        }
    }

    fn check_step(
        &self,
        (state, key): (&M::State, Option<u32>),
        next: &M::State,
        question: &Question<'_>,
        findings: &mut [Finding],
    ) {
        let mut ask = |laws: &[(usize, Law<M>)]| {
            for (index, law) in laws {
                findings[*index].note(
                    question.found,
                    || law.violated_on(self.model, state, next),
                    || law.witnessed_on(self.model, state, next),
                );
            }
        };
        ask(&self.laws.steps);
        if self.laws.steps_by_key.is_empty() {
            return;
        }
        let (Some(from), Some(to)) = (key, self.key(next)) else {
            return ask(&self.laws.steps_by_key);
        };
        question.asked.ask_step(from, to, question.state, || {
            ask(&self.laws.steps_by_key);
            // A step that changes nothing violates nothing, and another one with these keys may.
            from != to || state != next
        });
    }
}
