//! Temporal properties of a model: what an exploration has to note for them, and their verdicts.
//!
//! Predicates and fairness conditions have a bit each, 64 at most; [`liveness`] works on these.

use stateright::Model;

use super::Checkable;
use super::graph::{Graph, StateId};
use super::liveness::{self, Edge, Lasso, Step, Strength, Transitions};
use super::property::{Fairness, Formula, Predicate, Temporal};
use super::report::{Kind, PropertyReport, Verdict};
use super::trace::Trace;

/// How many predicates and how many fairness conditions a model may have.
pub const LIMIT: usize = 64;

/// What an exploration notes of states and steps for the temporal properties of a model.
pub(super) struct Watch<M: Model> {
    predicates: Vec<Predicate<M>>,
    fairness: Vec<Fairness<M>>,
}

impl<M: Checkable> Watch<M> {
    /// None if the model has no temporal properties.
    pub(super) fn new(model: &M) -> Option<Watch<M>> {
        let temporal = model.temporal();
        let predicates = numbered(&temporal).0;
        (!temporal.is_empty()).then(|| Watch { predicates, fairness: model.fairness() })
    }

    /// The predicates that hold in a state.
    pub(super) fn holds(&self, model: &M, state: &M::State) -> u64 {
        mask(self.predicates.iter().map(|predicate| predicate(model, state)))
    }

    /// The conditions of whose actions one is given, whether or not its step changes something.
    pub(super) fn steps_of(&self, model: &M, state: &M::State, action: &M::Action) -> u64 {
        mask(self.fairness.iter().map(|condition| (condition.actions)(model, state, action)))
    }

    /// The conditions that are enabled in a state: those of which a step leads elsewhere.
    fn enabled(&self, model: &M, state: &M::State) -> u64 {
        let mut actions = Vec::new();
        model.actions(state, &mut actions);
        actions.into_iter().fold(0, |enabled, action| {
            let steps = self.steps_of(model, state, &action);
            let moves =
                steps != 0 && model.next_state(state, action).is_some_and(|next| next != *state);
            if moves { enabled | steps } else { enabled }
        })
    }
}

fn mask(bits: impl Iterator<Item = bool>) -> u64 {
    (0..).zip(bits).fold(0, |mask, (bit, set)| mask | u64::from(set) << bit)
}

/// Why the temporal properties of a model cannot be judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unjudgeable {
    /// What is wrong.
    pub problem: String,
    /// What to do about it.
    pub mend: &'static str,
}

/// Whether a model keeps to the [`LIMIT`], and has no symmetry where it has temporal properties.
///
/// # Errors
///
/// What is wrong, and what helps.
pub fn check_limits<M: Checkable>(model: &M) -> Result<(), Unjudgeable> {
    let temporal = model.temporal();
    if temporal.is_empty() {
        return Ok(());
    }
    let counts = [
        (numbered(&temporal).0.len(), "predicates in its temporal properties"),
        (model.fairness().len(), "fairness conditions"),
    ];
    if let Some((count, what)) = counts.into_iter().find(|(count, _)| *count > LIMIT) {
        let problem = format!("the model has {count} {what}, and {LIMIT} is the most");
        return Err(Unjudgeable { problem, mend: "ask for fewer, or make constants smaller" });
    }
    if model.has_symmetry() {
        // A cycle of representatives need not be a cycle of states.
        let problem = "temporal properties cannot be judged up to symmetry".to_owned();
        return Err(Unjudgeable { problem, mend: "take SYMMETRY out, or the properties" });
    }
    Ok(())
}

/// The predicates of all formulas, and the formulas over their numbers.
fn numbered<M: Checkable>(
    temporal: &[Temporal<M>],
) -> (Vec<Predicate<M>>, Vec<Vec<liveness::Formula>>) {
    let mut predicates: Vec<Predicate<M>> = Vec::new();
    let formulas = temporal.iter().map(|property| {
        let formulas = property.formulas.iter().map(|formula| {
            let mut number = |predicate: &Predicate<M>| {
                predicates.push(predicate.clone());
                u8::try_from(predicates.len() - 1).unwrap_or(u8::MAX)
            };
            match formula {
                Formula::Eventually(p) => liveness::Formula::Eventually(number(p)),
                Formula::AlwaysEventually(p) => liveness::Formula::AlwaysEventually(number(p)),
                Formula::EventuallyAlways(p) => liveness::Formula::EventuallyAlways(number(p)),
                Formula::LeadsTo(p, q) => liveness::Formula::LeadsTo(number(p), number(q)),
            }
        });
        formulas.collect()
    });
    let formulas = formulas.collect();
    (predicates, formulas)
}

/// The strengths of fairness conditions.
fn strengths<M: Model>(fairness: &[Fairness<M>]) -> liveness::Fairness {
    liveness::Fairness { conditions: fairness.iter().map(|condition| condition.strength).collect() }
}

impl Transitions for Graph {
    fn state_count(&self) -> usize {
        self.len()
    }

    fn initial(&self) -> &[StateId] {
        Graph::initial(self)
    }

    fn degree(&self, state: StateId) -> u32 {
        super::graph::id(Graph::degree(self, state))
    }

    fn edge(&self, state: StateId, index: u32) -> Edge {
        let edge = Graph::edge(self, state, index as usize);
        Edge { target: edge.target, takes: edge.takes }
    }

    fn enabled(&self, state: StateId) -> u64 {
        self.label(state).map_or(u64::MAX, |label| label.enabled)
    }

    fn holds(&self, state: StateId) -> u64 {
        self.label(state).map_or(0, |label| label.holds)
    }
}

/// Judges a model's temporal properties by a graph of that model; besides, the names of fairness
/// conditions that are enabled nowhere.
pub(super) fn judge<M: Checkable>(model: &M, graph: &Graph) -> (Vec<PropertyReport>, Vec<String>) {
    let temporal = model.temporal();
    if temporal.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let fairness = model.fairness();
    let (_, formulas) = numbered(&temporal);
    let flat: Vec<_> = formulas.iter().flatten().copied().collect();
    // Of states that were not expanded nothing is known, not even what holds in them.
    let judged = graph
        .is_complete()
        .then(|| liveness::judge(graph, &strengths(&fairness), &flat).ok())
        .flatten();
    let never_enabled = judged.iter().flat_map(|judged| &judged.never_enabled);
    let never_enabled =
        never_enabled.filter_map(|&condition| fairness.get(condition)).map(fairness_name).collect();
    let mut answers = judged.map(|judged| judged.answers.into_iter());
    let reports = temporal.iter().zip(&formulas).map(|(property, formulas)| {
        let of_property = answers.as_mut().map(|answers| answers.take(formulas.len()).collect());
        let answers: Option<Vec<liveness::Answer>> = of_property;
        let lasso = answers.as_ref().and_then(|answers| {
            let lassos = answers.iter().filter_map(|answer| answer.lasso.as_ref());
            lassos.min_by_key(|lasso| lasso.len())
        });
        let verdict = match (&answers, lasso) {
            (_, Some(_)) => Verdict::Violated,
            // A behaviour that leaves the boundary may violate it outside.
            (Some(_), None) if graph.outside == 0 => Verdict::Holds,
            _ => Verdict::Inconclusive,
        };
        PropertyReport {
            name: property.name,
            kind: Kind::Liveness,
            verdict,
            witness: witness(graph, formulas),
            counterexample: lasso.map(|lasso| trace(model, graph, lasso, property.name)),
        }
    });
    let reports = reports.collect();
    (reports, never_enabled)
}

/// The name of a fairness condition in reports.
fn fairness_name<M: Model>(condition: &Fairness<M>) -> String {
    let strength = match condition.strength {
        Strength::Weak => "WF",
        Strength::Strong => "SF",
    };
    format!("{strength}({})", condition.name)
}

/// The number of states on a shortest path after which every conjunct has had something to say.
fn witness(graph: &Graph, formulas: &[liveness::Formula]) -> Option<usize> {
    let firsts = formulas.iter().map(|formula| {
        let (liveness::Formula::Eventually(p)
        | liveness::Formula::AlwaysEventually(p)
        | liveness::Formula::EventuallyAlways(p)
        | liveness::Formula::LeadsTo(p, _)) = *formula;
        (0..super::graph::id(graph.len()))
            .find(|&state| Transitions::holds(graph, state) >> p & 1 == 1)
            .map(|state| graph.path(state).len())
    });
    // None if any of them is none.
    firsts.collect::<Option<Vec<_>>>()?.into_iter().max()
}

/// The lasso as a person reads it.
fn trace<M: Checkable>(model: &M, graph: &Graph, lasso: &Lasso, law: &str) -> Trace {
    let first = lasso.stem.first().map_or(lasso.knot, |step| step.source);
    let action = |step: &Step| Graph::edge(graph, step.source, step.edge as usize).action;
    let mut path = graph.path(first);
    path.extend(lasso.stem.iter().chain(&lasso.cycle).map(action));
    Trace::along(model, &path, law).back_to(lasso.stem.len(), lasso.cycle.is_empty())
}

/// Whether a behaviour of a model violates the temporal property of that name, and is fair: it goes
/// through `states` by `actions`, the last of which leads from the last state back to the one of index
/// `knot`; there is none where it stays in the last state for ever.
pub(super) fn violates<M: Checkable>(
    model: &M,
    law: &str,
    states: &[M::State],
    actions: &[M::Action],
    knot: usize,
) -> bool {
    let (Some(watch), Some(cycle)) = (Watch::new(model), states.get(knot..)) else { return false };
    let temporal = model.temporal();
    let (_, formulas) = numbered(&temporal);
    let enabled = cycle.iter().map(|state| watch.enabled(model, state));
    let (always, ever) =
        enabled.fold((u64::MAX, 0), |(always, ever), mask| (always & mask, ever | mask));
    let targets = cycle.iter().skip(1).chain(cycle.first());
    let steps = cycle.iter().zip(targets).zip(actions.iter().skip(knot));
    let taken = steps
        .filter(|((state, next), _)| state != next)
        .fold(0, |taken, ((state, _), action)| taken | watch.steps_of(model, state, action));
    let fair = (0..).zip(&watch.fairness).all(|(bit, condition)| {
        let needed = match condition.strength {
            Strength::Weak => always,
            Strength::Strong => ever,
        };
        needed >> bit & 1 == 0 || taken >> bit & 1 == 1
    });
    let holds: Vec<u64> = states.iter().map(|state| watch.holds(model, state)).collect();
    let fails = |formula: &liveness::Formula| !satisfies(*formula, &holds, knot);
    let of_law = temporal.iter().zip(&formulas).filter(|(property, _)| property.name == law);
    fair && of_law.flat_map(|(_, formulas)| formulas).any(fails)
}

/// Whether a lasso satisfies a formula: the predicates that hold in its states, and where it loops.
fn satisfies(formula: liveness::Formula, holds: &[u64], knot: usize) -> bool {
    let at = |p: u8| move |mask: &u64| mask >> p & 1 == 1;
    let cycle = &holds[knot..];
    match formula {
        liveness::Formula::Eventually(p) => holds.iter().any(at(p)),
        liveness::Formula::AlwaysEventually(p) => cycle.iter().any(at(p)),
        liveness::Formula::EventuallyAlways(p) => cycle.iter().all(at(p)),
        // From a state of the cycle on, all of the cycle is still to come.
        liveness::Formula::LeadsTo(p, q) => (0..holds.len())
            .filter(|&index| at(p)(&holds[index]))
            .all(|index| holds[index.min(knot)..].iter().any(at(q))),
    }
}
