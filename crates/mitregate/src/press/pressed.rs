//! Code beside the graph of its spec, as one model.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::asked::Asked;
use super::report::{Never, Realised};
use super::spec::Spec;
use super::{Code, PressError};
use crate::check::miter::{Answer, REFINEMENT, REFUSAL};
use crate::check::shared::Cache;
use crate::check::{
    Checkable, DEADLOCK, DETERMINISTIC, Fairness, Goals, Kind, Law, Model, NO_PANIC, Name,
    PropertyReport, Report, Temporal, Verdict,
};
use crate::tla::dump::{Edge, Projected, action_name};
use crate::tla::value::Value;

/// One view of so many is made again each time.
const SAMPLED: u64 = 256;

/// What is said of code that has to do all that its spec allows.
const COMPLETENESS: &str = "Completeness";

/// Code beside its spec, as one model; [`Press::model`](super::Press::model) makes it.
pub struct Pressed<C: Code> {
    pub(super) code: Arc<C>,
    pub(super) spec: Spec,
    pub(super) asked: Asked<Pressed<C>>,
    pub(super) whole: Whole,
    /// The code in Rust, as tests have it.
    pub(super) written: String,
    /// The variables of the view, which may be fewer than the spec's.
    pub(super) variables: Vec<Value>,
    /// Which of the different views each state of the spec has.
    views: Projected,
    /// What steps are called in reports; the last name is for those that the code does not name.
    names: Vec<Name>,
    /// The view of each state of the code, by fingerprint; none where no state of the spec has it. Making a view takes
    /// longer than all else, and most steps lead to states that are known.
    seen: Cache<u64, Option<u32>>,
    /// Where the spec's states may lead.
    successors: Cache<Asking, Arc<[u32]>>,
    /// The labels of the spec's steps that a name stands for.
    named: Cache<Name, Arc<[bool]>>,
    /// Which of the spec's states and edges the code was in and took.
    pub(super) states_reached: Bits,
    pub(super) edges_taken: Bits,
    /// Whether a step may have been one of several of the spec's, all of which count as taken.
    guessed: AtomicBool,
    /// Whether a step changed the view, or was one that the spec has by its name.
    compared: AtomicBool,
    /// Whether the code grants what a graph that lacks steps does not have.
    granted_at_cut: AtomicBool,
    /// The first thing that is no fault of the code's steps, but of what connects it with the spec.
    pub(super) problem: OnceLock<PressError>,
}

/// From a state of the spec to those with a view, by actions of a name if one is given.
type Asking = (u32, u32, Option<Name>);

/// What is asked of code and spec as a whole.
#[derive(Clone, Default)]
pub(super) struct Whole {
    /// How many steps of the spec a step of the code may be.
    pub(super) steps: usize,
    /// What has to be reached.
    pub(super) to_reach: Vec<Name>,
    /// Whether the code has to do all that the spec allows.
    pub(super) complete: bool,
    /// Whether a state without a next step is a violation.
    pub(super) no_deadlock: bool,
}

impl Whole {
    pub(super) fn goals(&self) -> Goals {
        Goals { properties: None, deadlock: self.no_deadlock }
    }
}

/// A state of the code, and the states of the spec that may be its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair<S> {
    pub(super) code: S,
    pub(super) possible: Arc<[u32]>,
}

impl<S> Pair<S> {
    /// Whether no state of the spec is possible any more.
    pub(super) fn is_broken(&self) -> bool {
        self.possible.is_empty()
    }
}

/// Whether all properties can be told apart by their names.
fn check_names<C: Code>(asked: &Asked<Pressed<C>>) -> Result<(), PressError> {
    let mut known: BTreeSet<&str> =
        [REFINEMENT, REFUSAL, COMPLETENESS, DEADLOCK, NO_PANIC, DETERMINISTIC].into();
    let laws = asked.laws.iter().map(|law| &law.name);
    for name in laws.chain(asked.temporal.iter().map(|it| &it.name)) {
        if !known.insert(name) {
            return Err(PressError::Twice { name: name.to_string() });
        }
    }
    Ok(())
}

/// A set of small numbers that threads add to.
pub(super) struct Bits(Vec<AtomicU64>);

impl Bits {
    fn new(count: usize) -> Bits {
        Bits((0..count.div_ceil(64)).map(|_| AtomicU64::new(0)).collect())
    }

    fn add(&self, number: usize) {
        if !self.has(number) {
            self.0[number / 64].fetch_or(1 << (number % 64), Ordering::Relaxed);
        }
    }

    pub(super) fn has(&self, number: usize) -> bool {
        self.0[number / 64].load(Ordering::Relaxed) >> (number % 64) & 1 == 1
    }

    pub(super) fn count(&self) -> usize {
        self.0.iter().map(|word| word.load(Ordering::Relaxed).count_ones() as usize).sum()
    }
}

impl<C: Code> Pressed<C> {
    pub(super) fn new(
        code: Arc<C>,
        spec: Spec,
        asked: Asked<Pressed<C>>,
        whole: Whole,
        written: String,
    ) -> Result<Pressed<C>, PressError> {
        let initial = code.initial();
        if initial != code.initial() {
            return Err(PressError::Unsteady { what: "initial" });
        }
        let first = initial.into_iter().next().ok_or(PressError::NoInitialState)?;
        let view = code
            .view(&first)
            .map_err(|error| PressError::View { state: format!("{first:?}"), error })?;
        let Value::Fun(view) = view else { return Err(PressError::NoRecord) };
        let has_names = view.keys().all(|name| name.as_str().is_some());
        if !spec.is_none && (view.is_empty() || !has_names) {
            return Err(PressError::NoRecord);
        }
        check_names(&asked)?;
        let (variables, values): (Vec<Value>, Vec<Value>) =
            if spec.is_none { Default::default() } else { view.into_iter().unzip() };
        let known = spec.graph.variables();
        if let Some(unknown) = variables.iter().find(|name| !known.contains(name)) {
            let known: Vec<_> = known.iter().filter_map(Value::as_str).collect();
            return Err(PressError::NoSuchVariable {
                name: unknown.as_str().unwrap_or_default().to_owned(),
                known: known.join(", "),
            });
        }
        for (name, value) in variables.iter().zip(&values) {
            let kinds = spec.graph.kinds(name);
            if !kinds.contains(&value.kind()) {
                return Err(PressError::WrongKind {
                    name: name.as_str().unwrap_or_default().to_owned(),
                    value: value.to_string(),
                    kind: value.kind(),
                    known: kinds.join(" or "),
                });
            }
        }
        let views = spec.graph.projected(&variables);
        let mut actions = code.actions(&first).into_iter();
        let is_named = actions.any(|action| code.spec_action(&action).is_some());
        let of_spec = if is_named { spec.action_names() } else { Vec::new() };
        let names = of_spec.into_iter().chain(["step".into()]).collect();
        let states_reached = Bits::new(spec.graph.len());
        let edges_taken = Bits::new(spec.graph.edge_count());
        let problem = OnceLock::new();
        Ok(Pressed {
            code,
            spec,
            asked,
            whole,
            written,
            variables,
            views,
            names,
            seen: Cache::new(),
            successors: Cache::new(),
            named: Cache::new(),
            states_reached,
            edges_taken,
            guessed: AtomicBool::new(false),
            compared: AtomicBool::new(false),
            granted_at_cut: AtomicBool::new(false),
            problem,
        })
    }

    fn pair(&self, code: C::State, possible: Arc<[u32]>) -> Pair<C::State> {
        for &state in possible.iter() {
            self.states_reached.add(state as usize);
        }
        Pair { code, possible }
    }

    /// Whether a view tells which state of the spec it is.
    fn views_are_exact(&self) -> bool {
        self.views.len() == self.spec.graph.len()
    }

    /// Whether it is known which steps of the spec the code took.
    pub(super) fn is_exact(&self) -> bool {
        !self.guessed.load(Ordering::Relaxed)
    }

    /// Notes steps of the spec that one of the code may be, and whether it is not known which.
    fn took(&self, edges: &[usize], is_guessed: bool) {
        for &edge in edges {
            self.edges_taken.add(edge);
        }
        if is_guessed || edges.len() > 1 {
            self.guessed.store(true, Ordering::Relaxed);
        }
    }

    /// The view of a state. What is no view is noted, and shown as a record of nothing.
    pub(super) fn viewed(&self, code: &C::State) -> Value {
        self.code.view(code).unwrap_or_else(|error| {
            let state = format!("{code:?}");
            let _ = self.problem.set(PressError::View { state, error });
            Value::record::<&str>([])
        })
    }

    /// The number of a view of the code; none if no state of the spec has it. That is found soonest if the view is like
    /// that of the state `near` of the spec.
    pub(super) fn number(&self, view: &Value, near: u32) -> Option<u32> {
        let fields = view.as_fun()?;
        if self.spec.is_none {
            return Some(0);
        }
        let has_all = fields.keys().eq(&self.variables);
        has_all.then(|| self.spec.graph.class(&self.views, fields.values(), near)).flatten()
    }

    /// The number of the view of a state, likewise.
    fn number_of(&self, code: &C::State, near: u32) -> Option<u32> {
        let key = self.code.view_key(code);
        let number = self.seen.get(key, |_| self.number(&self.viewed(code), near));
        // A view that is no function of the state is noticed in a sample.
        if key % SAMPLED == 0 && number != self.number(&self.viewed(code), near) {
            let _ = self.problem.set(PressError::Unsteady { what: "view" });
        }
        number
    }

    /// The states of the spec that may be the code's after a step.
    fn after(&self, before: &Pair<C::State>, action: &C::Action, code: &C::State) -> Arc<[u32]> {
        if self.spec.is_none || !self.code.within_boundary(code) {
            // Nothing is said of such a state, nor does anything come after it.
            return before.possible.clone();
        }
        // Where they have parted, the code goes on alone, so that its own laws are decided.
        let Some(&first) = before.possible.first() else { return [].into() };
        let Some(view) = self.number_of(code, first) else { return [].into() };
        let name = self.code.spec_action(action);
        if name.is_some() || view != self.views.of_state(first) {
            self.compared.store(true, Ordering::Relaxed);
        }
        let successors = |state: u32| {
            let key = (state, view, name.clone());
            self.successors.get(key, |_| match &name {
                Some(name) => self.named_successors(state, view, name),
                None => self.unnamed_successors(state, view),
            })
        };
        if let [only] = *before.possible {
            return successors(only);
        }
        let all = before.possible.iter().map(|&state| successors(state));
        let all: BTreeSet<u32> = all.flat_map(|it| it.to_vec()).collect();
        all.into_iter().collect()
    }

    /// The states with a view to which one step of a name leads.
    fn named_successors(&self, state: u32, view: u32, name: &Name) -> Arc<[u32]> {
        let graph = &self.spec.graph;
        let is_named = self.named.get(name.clone(), |name| self.labels_named(name));
        let leads = |number: &usize| {
            let edge = graph.edge(*number);
            self.views.of_state(edge.target) == view && is_named[edge.action as usize]
        };
        let edges: Vec<usize> = graph.leaving(state).filter(leads).collect();
        let targets: BTreeSet<u32> = edges.iter().map(|&it| graph.edge(it).target).collect();
        // A named step is one, however many an unnamed one may be.
        self.took(&edges, false);
        targets.into_iter().collect()
    }

    /// The labels that a name stands for. One that no action of the spec has is noted.
    fn labels_named(&self, name: &Name) -> Arc<[bool]> {
        let known = self.spec.action_names();
        if !known.iter().any(|it| it == action_name(name)) {
            let (name, known) = (name.clone().into_owned(), known.join(", "));
            let _ = self.problem.set(PressError::NoSuchAction { name, known });
        }
        self.spec.labels_named(name).into()
    }

    /// The states with a view to which any steps lead, of which there may be several, or none. Those on shortest ways
    /// count as taken.
    fn unnamed_successors(&self, state: u32, view: u32) -> Arc<[u32]> {
        let graph = &self.spec.graph;
        let has_view = |state: &u32| self.views.of_state(*state) == view;
        if self.whole.steps == 1 {
            // The same as below, for the usual case, which is met once for most states.
            let stays = has_view(&state);
            let leads = |edge: Edge| edge.target != state && has_view(&edge.target);
            let mut taken = Vec::new();
            if !stays || !self.views_are_exact() {
                taken.extend(graph.leaving(state).filter(|&it| leads(graph.edge(it))));
            }
            let targets = taken.iter().map(|&it| graph.edge(it).target);
            let mut found: Vec<u32> = targets.chain(stays.then_some(state)).collect();
            found.sort_unstable();
            found.dedup();
            self.took(&taken, found.len() > 1);
            return found.into();
        }
        let mut found: BTreeSet<u32> = [state].into_iter().filter(has_view).collect();
        let mut reached = BTreeSet::from([state]);
        let (mut level, mut steps) = (vec![state], Vec::new());
        // No other state is to be found where only one has the view.
        while steps.len() < self.whole.steps && (found.is_empty() || !self.views_are_exact()) {
            let leaving = level.iter().flat_map(|&state| graph.leaving(state));
            let to_new = leaving.filter(|&number| !reached.contains(&graph.edge(number).target));
            let to_new: Vec<usize> = to_new.collect();
            let next: BTreeSet<u32> = to_new.iter().map(|&it| graph.edge(it).target).collect();
            found.extend(next.iter().copied().filter(has_view));
            reached.extend(&next);
            level = next.into_iter().collect();
            steps.push(to_new);
        }
        let mut leads: BTreeSet<u32> = found.clone();
        let mut taken = Vec::new();
        for number in steps.into_iter().rev().flatten() {
            if leads.contains(&graph.edge(number).target) {
                taken.push(number);
                leads.insert(graph.source(number));
            }
        }
        // Of several steps in a row it is not known which they were.
        self.took(&taken, true);
        found.into_iter().collect()
    }

    /// Whether the code does all that the spec allows, of an exploration with that report.
    fn completeness(&self, report: &Report, realised: &Realised) -> PropertyReport {
        let (verdict, why) = if report.verdict() != Verdict::Holds {
            (Verdict::Inconclusive, "not all that the code can do was explored".to_owned())
        } else if self.whole.steps > 1 && !realised.is_exact {
            let why = "a step of the code may be several of the spec's, and it is not known which";
            (Verdict::Inconclusive, why.to_owned())
        } else if !realised.never.is_empty() {
            let never: Vec<_> = realised.never.iter().map(Never::to_string).collect();
            (Verdict::Violated, never.join("; "))
        } else if !realised.is_complete() {
            let Realised { states, all_states, .. } = realised;
            let why = format!("the code is in {states} of the spec's {all_states} states");
            (Verdict::Violated, why)
        } else if !realised.is_exact {
            let why = "a step of the code may be one of several of the spec's; let the view have all variables, and name \
                       steps";
            (Verdict::Inconclusive, why.to_owned())
        } else {
            (Verdict::Holds, String::new())
        };
        PropertyReport {
            name: COMPLETENESS.into(),
            kind: Kind::Step,
            verdict,
            undecided: (verdict != Verdict::Holds).then_some(why),
            witness: Some(1),
            counterexample: None,
        }
    }

    /// The labels of the spec's actions that no possible state allows.
    fn disallowed(&self, pair: &Pair<C::State>) -> impl Iterator<Item = &String> {
        let graph = &self.spec.graph;
        let mut enabled = vec![false; graph.actions().len()];
        for number in pair.possible.iter().flat_map(|&state| graph.leaving(state)) {
            enabled[graph.edge(number).action as usize] = true;
        }
        let all = enabled.into_iter().zip(graph.actions());
        all.filter(|(is_enabled, _)| !is_enabled).map(|(_, label)| label)
    }

    /// Whether the spec says what it does not allow there. A graph that lacks steps does not; what the code then grants is
    /// noted.
    fn is_asked(&self, pair: &Pair<C::State>) -> bool {
        if pair.is_broken() || !self.code.within_boundary(&pair.code) {
            return false;
        }
        if self.spec.is_cut() && self.granted(pair).is_some() {
            self.granted_at_cut.store(true, Ordering::Relaxed);
            return false;
        }
        true
    }

    /// The first action that the spec does not allow and the code does not refuse.
    pub(super) fn granted(&self, pair: &Pair<C::State>) -> Option<(&String, String)> {
        self.disallowed(pair).find_map(|name| match self.code.refuses(&pair.code, name) {
            Answer::Granted(what) => Some((name, what)),
            Answer::NotAsked | Answer::Refused => None,
        })
    }
}

/// Makes a property an open one.
fn open(property: &mut PropertyReport, why: String) {
    property.verdict = Verdict::Inconclusive;
    property.undecided = Some(why);
}

impl<C: Code> Model for Pressed<C> {
    type State = Pair<C::State>;
    type Action = C::Action;

    fn init_states(&self) -> Vec<Self::State> {
        let pair = |code: C::State| {
            if !self.code.within_boundary(&code) {
                // It is not compared, nor does anything come after it.
                return Pair {
                    code,
                    possible: self.spec.graph.initial().iter().copied().take(1).collect(),
                };
            }
            let view = self.number_of(&code, 0);
            let same = |state: &&u32| view == Some(self.views.of_state(**state));
            let possible: Arc<[u32]> =
                self.spec.graph.initial().iter().filter(same).copied().collect();
            if possible.len() > 1 {
                self.guessed.store(true, Ordering::Relaxed);
            }
            self.pair(code, possible)
        };
        self.code.initial().into_iter().map(pair).collect()
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<C::Action>) {
        actions.extend(self.code.actions(&state.code));
    }

    fn within_boundary(&self, state: &Self::State) -> bool {
        self.code.within_boundary(&state.code)
    }

    fn next_state(&self, state: &Self::State, action: C::Action) -> Option<Self::State> {
        let code = self.code.step(&state.code, &action)?;
        let possible = self.after(state, &action, &code);
        Some(self.pair(code, possible))
    }
}

impl<C: Code> Checkable for Pressed<C> {
    fn laws(&self) -> Vec<Law<Self>> {
        if self.spec.is_none {
            return self.asked.laws.clone();
        }
        let mut laws = vec![
            self.invariant(REFINEMENT, |_, pair| !pair.is_broken()),
            Law::invariant(
                REFUSAL,
                |pressed: &Self, pair| !pressed.is_asked(pair) || pressed.granted(pair).is_none(),
                |pressed: &Self, pair| {
                    let refuses =
                        |label: &String| pressed.code.refuses(&pair.code, label) == Answer::Refused;
                    pressed.is_asked(pair) && pressed.disallowed(pair).any(refuses)
                },
            ),
        ];
        laws.extend(self.asked.laws.iter().cloned());
        laws
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        self.asked.temporal.clone()
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        self.asked.fairness.clone()
    }

    /// The spec's, if the code names its steps; else there is one for all.
    fn action_names(&self) -> Vec<Name> {
        self.names.clone()
    }

    fn action_name(&self, action: &C::Action) -> usize {
        let named = self.code.spec_action(action);
        let place = |name: Name| {
            let name = action_name(&name);
            self.names.iter().position(|it| it == name)
        };
        named.and_then(place).unwrap_or(self.names.len() - 1)
    }

    fn view(&self, pair: &Self::State) -> Value {
        self.viewed(&pair.code)
    }

    fn keeps_to_itself(&self) -> bool {
        true
    }

    fn conclude(&self, report: &mut Report) {
        if let Some(problem) = self.problem.get() {
            for property in &mut report.properties {
                property.counterexample = None;
                open(property, problem.to_string());
            }
            return;
        }
        for property in &mut report.properties {
            if self.whole.to_reach.contains(&property.name) && property.is_vacuous() {
                property.verdict = Verdict::Violated;
                property.undecided = Some("it is never reached".to_owned());
            }
            if property.name == REFINEMENT
                && property.verdict == Verdict::Holds
                && !self.compared.load(Ordering::Relaxed)
                && self.spec.graph.edge_count() > 0
            {
                let why = "no step of the code changes what the spec sees, so nothing was compared";
                open(property, why.to_owned());
            }
            if property.name == REFUSAL && self.granted_at_cut.load(Ordering::Relaxed) {
                let why = "the code grants what the spec's graph does not have, which lacks steps out of its constraint";
                open(property, why.to_owned());
            }
        }
        if self.spec.is_none {
            return;
        }
        let realised = Realised::of(self);
        if self.whole.complete {
            let completeness = self.completeness(report, &realised);
            report.properties.push(completeness);
        }
        report.notes.push(realised.to_string());
        if report.verdict() == Verdict::Holds {
            report.notes.extend(realised.never.iter().map(Never::to_string));
        }
    }

    fn asked_of_the_whole(&self) -> Vec<Name> {
        let complete = self.whole.complete.then(|| COMPLETENESS.into());
        self.whole.to_reach.iter().cloned().chain(complete).collect()
    }

    fn regression_test(&self, property: &PropertyReport) -> Option<String> {
        self.test_of(property)
    }

    fn explain(
        &self,
        law: &str,
        step: Option<(&Self::State, &C::Action)>,
        pair: &Self::State,
    ) -> Vec<String> {
        self.explanation(law, step, pair)
    }
}
