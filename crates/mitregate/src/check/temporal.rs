//! Temporal properties of a model: what an exploration notes for them, and what its graph says of them.
//!
//! Predicates and fairness conditions have a bit each, 64 at most; [`liveness`] works on these.

use super::Checkable;
use super::graph::{Graph, StateId};
use super::liveness::{self, Edge, Lasso, LassoStep, Strength, Transitions};
use super::model::{Model, Name};
use super::property::{Fairness, Formula, OnState, Temporal};
use super::trace::Trace;

/// How many predicates and how many fairness conditions a model may have.
pub const LIMIT: usize = 64;

/// What is noted of states and steps for temporal properties.
pub(super) struct Watch<M: Model> {
    predicates: Vec<OnState<M>>,
    fairness: Vec<Fairness<M>>,
}

impl<M: Checkable> Watch<M> {
    /// None if there are no temporal properties.
    pub(super) fn new(model: &M, temporal: &[Temporal<M>]) -> Option<Watch<M>> {
        let predicates = numbered(temporal).0;
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
        model.offered(state).into_iter().fold(0, |enabled, action| {
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

/// How many predicates the formulas of temporal properties have.
pub(super) fn predicates<M: Checkable>(temporal: &[Temporal<M>]) -> usize {
    numbered(temporal).0.len()
}

/// The predicates of all formulas, and the formulas over their numbers.
fn numbered<M: Checkable>(
    temporal: &[Temporal<M>],
) -> (Vec<OnState<M>>, Vec<Vec<liveness::Formula>>) {
    let mut predicates: Vec<OnState<M>> = Vec::new();
    let formulas = temporal.iter().map(|property| {
        let formulas = property.formulas.iter().map(|formula| {
            let mut number = |predicate: &OnState<M>| {
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

    #[inline]
    fn degree(&self, state: StateId) -> u32 {
        super::graph::id(Graph::degree(self, state))
    }

    #[inline]
    fn edge(&self, state: StateId, index: u32) -> Edge {
        let edge = Graph::edge(self, state, index as usize);
        Edge { target: edge.target, takes: edge.takes }
    }

    #[inline]
    fn target(&self, state: StateId, index: u32) -> StateId {
        Graph::target(self, state, index as usize)
    }

    #[inline]
    fn enabled(&self, state: StateId) -> u64 {
        self.label(state).map_or(u64::MAX, |label| label.enabled)
    }

    #[inline]
    fn holds(&self, state: StateId) -> u64 {
        self.label(state).map_or(0, |label| label.holds)
    }
}

/// What a graph says of a temporal property.
pub(super) struct Judged {
    /// The property's name.
    pub(super) name: Name,
    /// Whether fair cycles were looked for: not in a graph that is incomplete.
    pub(super) searched: bool,
    /// A shortest known behaviour that is fair and violates the property.
    pub(super) lasso: Option<Lasso>,
    /// The number of states on a shortest path after which the antecedent of every conjunct has held.
    pub(super) witness: Option<usize>,
}

/// Looks in a model's graph for fair behaviours that violate its temporal properties; besides, the names
/// of fairness conditions that are enabled nowhere.
pub(super) fn judge<M: Checkable>(
    model: &M,
    temporal: &[Temporal<M>],
    graph: &Graph,
) -> (Vec<Judged>, Vec<String>) {
    if temporal.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let fairness = model.fairness();
    let (_, formulas) = numbered(temporal);
    let flat: Vec<_> = formulas.iter().flatten().copied().collect();
    // Of states that were not expanded nothing is known, not even what holds in them.
    let judged = graph
        .is_complete()
        .then(|| liveness::judge(graph, &strengths(&fairness), &flat).ok())
        .flatten();
    let never_enabled = judged.iter().flat_map(|judged| &judged.never_enabled);
    let never_enabled =
        never_enabled.filter_map(|&condition| fairness.get(condition)).map(fairness_name).collect();
    let searched = judged.is_some();
    let mut answers = judged.into_iter().flat_map(|judged| judged.answers);
    let properties = temporal.iter().zip(&formulas).map(|(property, formulas)| {
        let lassos = answers.by_ref().take(formulas.len()).filter_map(|answer| answer.lasso);
        Judged {
            name: property.name.clone(),
            searched,
            lasso: lassos.min_by_key(Lasso::len),
            witness: witness(graph, formulas),
        }
    });
    (properties.collect(), never_enabled)
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
pub(super) fn trace<M: Checkable>(model: &M, graph: &Graph, lasso: &Lasso, law: &str) -> Trace {
    let first = lasso.stem.first().map_or(lasso.loop_start, |step| step.source);
    let action = |step: &LassoStep| Graph::edge(graph, step.source, step.edge as usize).action;
    let mut path = graph.path(first);
    path.extend(lasso.stem.iter().chain(&lasso.cycle).map(action));
    Trace::along(model, &path, law).back_to(lasso.stem.len(), lasso.cycle.is_empty())
}

/// Whether a behaviour of a model violates the temporal property of that name, and is fair: it goes
/// through `states` by `actions`, the last of which leads from the last state back to the one of index
/// `loop_start`; there is none where it stays in the last state for ever.
pub(super) fn violates<M: Checkable>(
    model: &M,
    law: &str,
    states: &[M::State],
    actions: &[M::Action],
    loop_start: usize,
) -> bool {
    let temporal = model.temporal();
    let (Some(watch), Some(cycle)) = (Watch::new(model, &temporal), states.get(loop_start..))
    else {
        return false;
    };
    let (_, formulas) = numbered(&temporal);
    let enabled = cycle.iter().map(|state| watch.enabled(model, state));
    let (always, ever) =
        enabled.fold((u64::MAX, 0), |(always, ever), mask| (always & mask, ever | mask));
    let targets = cycle.iter().skip(1).chain(cycle.first());
    let steps = cycle.iter().zip(targets).zip(actions.iter().skip(loop_start));
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
    let fails = |formula: &liveness::Formula| !satisfies(*formula, &holds, loop_start);
    let of_law = temporal.iter().zip(&formulas).filter(|(property, _)| property.name == law);
    fair && of_law.flat_map(|(_, formulas)| formulas).any(fails)
}

/// Whether a lasso satisfies a formula: the predicates that hold in its states, and where it loops.
fn satisfies(formula: liveness::Formula, holds: &[u64], loop_start: usize) -> bool {
    let at = |p: u8| move |mask: &u64| mask >> p & 1 == 1;
    let cycle = &holds[loop_start..];
    match formula {
        liveness::Formula::Eventually(p) => holds.iter().any(at(p)),
        liveness::Formula::AlwaysEventually(p) => cycle.iter().any(at(p)),
        liveness::Formula::EventuallyAlways(p) => cycle.iter().all(at(p)),
        // From a state of the cycle on, all of the cycle is still to come.
        liveness::Formula::LeadsTo(p, q) => (0..holds.len())
            .filter(|&index| at(p)(&holds[index]))
            .all(|index| holds[index.min(loop_start)..].iter().any(at(q))),
    }
}
