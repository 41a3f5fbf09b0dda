//! Code beside the graph of its spec, as one model.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use super::asked::Asked;
use super::cache::Cache;
use super::report::{Never, Realised};
use super::spec::Spec;
use super::{Code, PressError};
use crate::check::miter::{Answer, REFINEMENT, REFUSAL};
use crate::check::{Checkable, Fairness, Law, Model, Name, PropertyReport, Report, Temporal};
use crate::tla::dump::{Projected, action_name};
use crate::tla::value::{self, Value};

/// The most spec states, and steps of each, that an explanation lists.
const LISTED: usize = 6;

/// Code beside its spec, as one model; [`Press::model`](super::Press::model) makes it.
pub struct Pressed<C: Code> {
    pub(super) code: Arc<C>,
    pub(super) spec: Spec,
    pub(super) asked: Asked<Pressed<C>>,
    pub(super) whole: Whole,
    /// The variables of the view, which may be fewer than the spec's.
    variables: Vec<Value>,
    /// Which of the different views each state of the spec has.
    views: Projected,
    /// What steps are called in reports; the last name is for those that the code does not name.
    names: Vec<Name>,
    /// The view of each state of the code, by fingerprint; none where no state of the spec has it. Making a view takes
    /// longer than all else, and most steps lead to states that are known.
    seen: Cache<u64, Option<u32>>,
    /// Where the spec's states may lead.
    ways: Cache<Way, Arc<[u32]>>,
    /// The labels of the spec's steps that a name stands for.
    named: Cache<Name, Arc<[bool]>>,
    /// Which of the spec's states and edges the code was in and took.
    pub(super) states_reached: Bits,
    pub(super) edges_taken: Bits,
    /// The first thing that is no fault of the code's steps, but of what connects it with the spec.
    pub(super) problem: OnceLock<PressError>,
}

/// From a state of the spec to those with a view, by actions of a name if one is given.
type Way = (u32, u32, Option<Name>);

/// What is asked of code and spec as a whole.
#[derive(Clone)]
pub(super) struct Whole {
    /// How many steps of the spec a step of the code may be.
    pub(super) steps: usize,
    /// What has to be reached.
    pub(super) to_reach: Vec<Name>,
    /// Whether the code has to do all that the spec allows.
    pub(super) complete: bool,
}

/// A state of the code, and the states of the spec that may be its own.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Pair<S> {
    pub(super) code: S,
    possible: Arc<[u32]>,
    broken: bool,
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
    ) -> Result<Pressed<C>, PressError> {
        let first = code.initial().into_iter().next().ok_or(PressError::NoInitialState)?;
        let Value::Fun(view) = code.view(&first)? else { return Err(PressError::NoRecord) };
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
            variables,
            views,
            names,
            seen: Cache::new(),
            ways: Cache::new(),
            named: Cache::new(),
            states_reached,
            edges_taken,
            problem,
        })
    }

    fn pair(&self, code: C::State, possible: Arc<[u32]>) -> Pair<C::State> {
        for &state in possible.iter() {
            self.states_reached.add(state as usize);
        }
        let broken = possible.is_empty();
        Pair { code, possible, broken }
    }

    /// Whether a view tells which state of the spec it is.
    pub(super) fn is_exact(&self) -> bool {
        self.views.len() == self.spec.graph.len()
    }

    /// The view of a state. What is no view is noted, and shown as a record of nothing.
    pub(super) fn viewed(&self, code: &C::State) -> Value {
        self.code.view(code).unwrap_or_else(|error| {
            let _ = self.problem.set(error.into());
            Value::record::<&str>([])
        })
    }

    /// The number of a view of the code; none if no state of the spec has it.
    fn number(&self, view: &Value) -> Option<u32> {
        let fields = view.as_fun()?;
        if self.spec.is_none {
            return Some(0);
        }
        let has_all = fields.keys().eq(&self.variables);
        has_all.then(|| self.spec.graph.class(&self.views, fields.values())).flatten()
    }

    /// The number of the view of a state.
    fn number_of(&self, code: &C::State) -> Option<u32> {
        self.seen.get(self.code.view_key(code), |_| self.number(&self.viewed(code)))
    }

    /// The states of the spec that may be the code's after a step.
    fn after(&self, before: &Pair<C::State>, action: &C::Action, code: &C::State) -> Arc<[u32]> {
        let Some(view) = self.number_of(code) else { return [].into() };
        let name = self.code.spec_action(action);
        let way = |state: u32| {
            self.ways.get((state, view, name.clone()), |_| self.way(state, view, name.as_ref()))
        };
        if let [only] = *before.possible {
            return way(only);
        }
        let ways = before.possible.iter().map(|&state| way(state));
        let all: BTreeSet<u32> = ways.flat_map(|it| it.to_vec()).collect();
        all.into_iter().collect()
    }

    /// The states with a view to which a state of the spec leads.
    fn way(&self, state: u32, view: u32, name: Option<&Name>) -> Arc<[u32]> {
        let Some(name) = name else { return self.way_unnamed(state, view) };
        let graph = &self.spec.graph;
        let is_named = self.named.get(name.clone(), |name| self.spec.labels_named(name).into());
        if !is_named.contains(&true) {
            let known = self.spec.action_names().join(", ");
            let name = name.clone().into_owned();
            let _ = self.problem.set(PressError::NoSuchAction { name, known });
        }
        let mut possible = BTreeSet::new();
        for number in graph.leaving(state) {
            let edge = graph.edge(number);
            if self.views.of_state(edge.target) == view && is_named[edge.action as usize] {
                self.edges_taken.add(number);
                possible.insert(edge.target);
            }
        }
        possible.into_iter().collect()
    }

    /// The same by any actions, of which there may be several, or none. Those on shortest ways count as taken.
    fn way_unnamed(&self, state: u32, view: u32) -> Arc<[u32]> {
        let graph = &self.spec.graph;
        let has_view = |state: &u32| self.views.of_state(*state) == view;
        let mut found: BTreeSet<u32> = [state].into_iter().filter(has_view).collect();
        let mut reached = BTreeSet::from([state]);
        let (mut level, mut steps) = (vec![state], Vec::new());
        // No other state is to be found where only one has the view.
        while steps.len() < self.whole.steps && (found.is_empty() || !self.is_exact()) {
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
        for number in steps.into_iter().rev().flatten() {
            if leads.contains(&graph.edge(number).target) {
                self.edges_taken.add(number);
                leads.insert(graph.source(number));
            }
        }
        found.into_iter().collect()
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

    /// The first action that the spec does not allow and the code does not refuse.
    pub(super) fn granted(&self, pair: &Pair<C::State>) -> Option<(&String, String)> {
        self.disallowed(pair).find_map(|name| match self.code.refuses(&pair.code, name) {
            Answer::Granted(what) => Some((name, what)),
            Answer::NotAsked | Answer::Refused => None,
        })
    }

    fn explain_refinement(
        &self,
        step: Option<(&Pair<C::State>, &C::Action)>,
        after: &Pair<C::State>,
    ) -> Vec<String> {
        let view = self.viewed(&after.code);
        let mut lines = Vec::new();
        if let Some(problem) = self.not_a_view(&view) {
            return vec![problem];
        }
        let Some((before, action)) = step else {
            lines.push("the spec begins in none of the states with this view".to_owned());
            let differences = |&state: &u32| value::diff(&self.view_of(state), &view);
            let nearest = self.spec.graph.initial().iter().map(differences);
            if let Some(nearest) = nearest.min_by_key(Vec::len) {
                lines.push(
                    "the nearest initial state differs (the spec's -> the code's):".to_owned(),
                );
                lines.extend(nearest.iter().map(|change| format!("  {change}")));
            }
            return lines;
        };
        lines.push("code and spec agree up to the state before this one".to_owned());
        lines.push(format!("the code:  {action:?}"));
        lines.extend(
            value::diff(&self.viewed(&before.code), &view)
                .iter()
                .map(|change| format!("  {change}")),
        );
        if let Some(name) = self.code.spec_action(action) {
            lines.push(format!("  which it says is {name}"));
        }
        if self.number(&view).is_none() {
            lines.push("no reachable state of the spec has that view".to_owned());
        }
        for &state in before.possible.iter().take(LISTED) {
            lines.push(format!("in {} the spec allows", self.shown(state)));
            lines.extend(self.allowed(state));
        }
        if before.possible.len() > LISTED {
            lines.push(format!("and {} more states are possible", before.possible.len() - LISTED));
        }
        lines
    }

    /// What the spec allows in a state: each action with what it changes.
    fn allowed(&self, state: u32) -> Vec<String> {
        let mut lines: Vec<String> = Vec::new();
        let graph = &self.spec.graph;
        let from = graph.state(state);
        for number in graph.leaving(state) {
            let changes = value::diff(&from, &graph.state(graph.edge(number).target));
            let changes: Vec<_> = changes.iter().map(ToString::to_string).collect();
            let name = self.spec.label(number);
            lines.push(match changes.as_slice() {
                [] => format!("  {name}: changes nothing"),
                changes => format!("  {name}: {}", changes.join(", ")),
            });
        }
        let more = lines.len().saturating_sub(2 * LISTED);
        lines.truncate(2 * LISTED);
        match (lines.is_empty(), more) {
            (true, _) => vec!["  nothing".to_owned()],
            (false, 0) => lines,
            _ => lines.into_iter().chain([format!("  and {more} more")]).collect(),
        }
    }

    /// A state of the spec as the code would see it.
    fn view_of(&self, state: u32) -> Value {
        let state = self.spec.graph.state(state);
        let of_view = |name: &Value| Some((name.clone(), state.get(name)?.clone()));
        Value::fun(self.variables.iter().filter_map(of_view))
    }

    /// A state of the spec: the variables that the view leaves out come with it.
    fn shown(&self, state: u32) -> String {
        self.spec.graph.state(state).to_string()
    }

    /// Why a value is no view like that of the first state.
    fn not_a_view(&self, view: &Value) -> Option<String> {
        let names = |keys: &mut dyn Iterator<Item = &Value>| {
            keys.map(ToString::to_string).collect::<Vec<_>>().join(", ")
        };
        let wanted = names(&mut self.variables.iter());
        match view {
            Value::Fun(fields) if fields.keys().eq(&self.variables) => None,
            Value::Fun(fields) => Some(format!(
                "the view has the variables {}, and that of the first state has {wanted}: a view has the same in \
                 each state",
                names(&mut fields.keys())
            )),
            other => Some(format!("the view is {other}, and no record of {wanted}")),
        }
    }
}

impl<C: Code> Model for Pressed<C> {
    type State = Pair<C::State>;
    type Action = C::Action;

    fn init_states(&self) -> Vec<Self::State> {
        let pair = |code: C::State| {
            let view = self.number_of(&code);
            let same = |state: &&u32| view == Some(self.views.of_state(**state));
            let possible = self.spec.graph.initial().iter().filter(same).copied().collect();
            self.pair(code, possible)
        };
        self.code.initial().into_iter().map(pair).collect()
    }

    fn actions(&self, state: &Self::State, actions: &mut Vec<C::Action>) {
        if !state.broken {
            actions.extend(self.code.actions(&state.code));
        }
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
            Law::invariant(
                REFINEMENT,
                |_: &Self, pair: &Self::State| !pair.broken,
                |pressed: &Self, pair| {
                    pair.possible.iter().any(|state| !pressed.spec.graph.initial().contains(state))
                },
            ),
            Law::invariant(
                REFUSAL,
                |pressed: &Self, pair| pair.broken || pressed.granted(pair).is_none(),
                |pressed: &Self, pair| {
                    pressed
                        .disallowed(pair)
                        .any(|name| pressed.code.refuses(&pair.code, name) == Answer::Refused)
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

    fn missing(&self, report: &Report) -> Vec<String> {
        let unreached = self
            .whole
            .to_reach
            .iter()
            .filter(|name| report.property(name).is_none_or(PropertyReport::is_vacuous));
        let mut missing: Vec<_> =
            unreached.map(|name| format!("{name} is never reached")).collect();
        if self.whole.complete && !self.spec.is_none {
            let realised = Realised::of(self);
            missing.extend(realised.never.iter().map(Never::to_string));
            if realised.never.is_empty() && !realised.is_complete() {
                let Realised { states, all_states, .. } = realised;
                missing.push(format!("the code is in {states} of the spec's {all_states} states"));
            }
        }
        missing
    }

    fn problem(&self) -> Option<String> {
        self.problem.get().map(ToString::to_string)
    }

    fn explain(
        &self,
        law: &str,
        step: Option<(&Self::State, &C::Action)>,
        pair: &Self::State,
    ) -> Vec<String> {
        if law == REFINEMENT && pair.broken {
            return self.explain_refinement(step, pair);
        }
        match self.granted(pair).filter(|_| law == REFUSAL && !pair.broken) {
            Some((name, what)) => vec![
                format!("the spec does not allow {name}"),
                format!("asked for it, the code does not refuse: {what}"),
            ],
            None => Vec::new(),
        }
    }
}
