//! The pure part of an exploration: from a state to its successors, findings and label.
//!
//! An [`Expander`] knows a model and what is asked of it. It keeps nothing: which states have been seen,
//! in which order they are expanded, and by how many threads or machines is for an
//! [`Engine`](super::Engine).

use super::asked::Asked;
use super::contract::{self, Breach, guarded};
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
    has_laws_by_key: bool,
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
    /// How many initial states lie outside the boundary.
    pub initial_outside: u64,
    /// The first panic of code under test.
    pub panic: Option<Breach>,
    /// The first step of the sample that led elsewhere when it was taken again.
    pub indeterminate: Option<Breach>,
}

impl Notes {
    /// How many steps were taken, those out of the boundary among them.
    pub fn steps(&self) -> u64 {
        self.steps_of_actions.iter().sum()
    }

    /// Whether the code panicked, or its steps are no function of state and action.
    pub fn is_in_breach(&self) -> bool {
        self.panic.is_some() || self.indeterminate.is_some()
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
    }
}

/// What is to be asked of a state or a step.
struct Question<'a> {
    asked: &'a Asked,
    /// The number of the state, or of the one that the step leads out of.
    state: StateId,
    found: Found,
}

/// A step that was taken.
struct Taken<S> {
    /// The fairness conditions of which it is a step.
    takes: u64,
    /// Where it leads, with the fingerprint, if that is within the boundary.
    next: Option<(S, u64)>,
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
        let laws = goals.laws(model);
        Ok(Expander {
            model,
            goals,
            has_laws_by_key: laws.iter().any(|law| law.is_by_key),
            laws,
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
            initial_outside: 0,
            panic: None,
            indeterminate: None,
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
        if self.model.has_symmetry() {
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

    /// Checks a state, takes its steps, checks these, and hands on the successors within the boundary,
    /// in the order of their actions.
    ///
    /// `depth` is the number of states on a shortest path to the state, itself included. `asked` is the exploration's.
    /// `actions` is a buffer, left empty. The answer is the state's label for liveness, if a temporal property is asked
    /// for. A step that panics is noted and leads nowhere.
    pub fn expand(
        &self,
        (id, state): (StateId, &M::State),
        depth: usize,
        asked: &Asked,
        actions: &mut Vec<M::Action>,
        notes: &mut Notes,
        mut successor: impl FnMut(Successor<M::State>),
    ) -> Option<Label> {
        let here = Found { place: Place::State(id), length: depth };
        let offered = guarded(|| {
            let key = self.key(state);
            let question = Question { asked, state: id, found: here };
            self.check_numbered(state, key, &question, &mut notes.findings);
            self.model.actions(state, actions);
            let holds = self.watch.as_ref().map_or(0, |watch| watch.holds(self.model, state));
            let differs = is_sampled(id) && contract::differs(self.model, state, None);
            (holds, differs, key)
        });
        // A state whose actions cannot be told is no deadlock.
        let mut has_step = offered.is_err();
        let (holds, differs, key) = offered.unwrap_or_else(|panic| {
            note(&mut notes.panic, here, None, || panic.to_string());
            (0, false, None)
        });
        if differs {
            let what = "the same state offered other actions when it was asked again";
            note(&mut notes.indeterminate, here, None, || what.to_owned());
        }
        let mut enabled = 0;
        for (action, value) in (0..).zip(actions.drain(..)) {
            let taken = guarded(|| {
                if is_sampled(id) && contract::differs(self.model, state, Some(&value)) {
                    let what = "the same step led elsewhere when it was taken again";
                    note(&mut notes.indeterminate, here, Some(action), || what.to_owned());
                }
                let found = Found { place: Place::Step(id, action), length: depth + 1 };
                self.take((state, key), value, &Question { asked, state: id, found }, notes)
            });
            match taken {
                Ok(None) => {}
                Ok(Some(Taken { takes, next })) => {
                    has_step = true;
                    enabled |= takes;
                    if let Some((state, fingerprint)) = next {
                        successor(Successor { action, state, fingerprint, takes });
                    }
                }
                Err(panic) => {
                    has_step = true;
                    note(&mut notes.panic, here, Some(action), || panic.to_string());
                }
            }
        }
        if !has_step {
            notes.deadlock.get_or_insert(here);
        }
        self.watch.as_ref().map(|_| Label { holds, enabled })
    }

    /// Takes a step and checks it; none if it is not enabled.
    fn take(
        &self,
        (state, key): (&M::State, Option<u32>),
        action: M::Action,
        question: &Question<'_>,
        notes: &mut Notes,
    ) -> Option<Taken<M::State>> {
        let name = self.model.action_name(&action);
        let mut takes =
            self.watch.as_ref().map_or(0, |watch| watch.steps_of(self.model, state, &action));
        let next = self.model.next_state(state, action)?;
        if takes != 0 && next == *state {
            takes = 0;
        }
        self.check_step((state, key), &next, question, &mut notes.findings);
        let next = if self.model.within_boundary(&next) {
            let fingerprint = self.fingerprint(&next);
            Some((next, fingerprint))
        } else {
            self.check_state(&next, question.found, &mut notes.findings);
            notes.outside += 1;
            None
        };
        notes.steps_of_actions[name] += 1;
        Some(Taken { takes, next })
    }

    /// The key of a state, if there are laws by it.
    fn key(&self, state: &M::State) -> Option<u32> {
        if self.has_laws_by_key { self.model.key(state) } else { None }
    }

    /// Checks a state that has no number.
    fn check_state(&self, state: &M::State, found: Found, findings: &mut [Finding]) {
        self.ask_of_state(state, found, findings, |_| true);
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
        self.ask_of_state(state, found, findings, |law| !law.is_by_key);
        question.asked.ask(key, question.state, || {
            self.ask_of_state(state, found, findings, |law| law.is_by_key);
        });
    }

    fn ask_of_state(
        &self,
        state: &M::State,
        found: Found,
        findings: &mut [Finding],
        asks: impl Fn(&Law<M>) -> bool,
    ) {
        for (law, finding) in self.laws.iter().zip(findings).filter(|(law, _)| asks(law)) {
            finding.note(
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
        let mut ask = |asks: fn(&Law<M>) -> bool| {
            for (law, finding) in self.laws.iter().zip(&mut *findings).filter(|(law, _)| asks(law))
            {
                finding.note(
                    question.found,
                    || law.violated_on(self.model, state, next),
                    || law.witnessed_on(self.model, state, next),
                );
            }
        };
        let (Some(from), Some(to)) = (key, self.key(next)) else { return ask(|_| true) };
        ask(|law| !law.is_by_key);
        question.asked.ask_step(from, to, question.state, || {
            ask(|law| law.is_by_key);
            // A step that changes nothing violates nothing, and another one with these keys may.
            from != to || state != next
        });
    }
}
