//! Short counterexamples: the way to a fair component, and a tour of what it has to do there.

use std::collections::VecDeque;

use super::components::DONE;
use super::fair::Demand;
use super::violation::{Begins, Violation};
use super::{Edge, Malformed, StateId, Transitions, indexed_steps, steps};

/// A step that a behaviour takes: out of a state, by one of its edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LassoStep {
    /// Where it begins.
    pub source: StateId,
    /// Which of the source's edges it is.
    pub edge: u32,
}

/// A behaviour that begins with some steps and then repeats others for ever.
///
/// No lasso with a shorter stem violates the formula, with one exception: where a longer stem leads
/// to a state in which a fair behaviour can stutter for ever, and that has no more steps than stem and cycle
/// would have, that is the lasso.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lasso {
    /// The steps from an initial state to the state where the loop begins.
    pub stem: Vec<LassoStep>,
    /// The state in which the cycle begins and ends.
    pub loop_start: StateId,
    /// The steps that are repeated. If there are none, the behaviour stutters in that state for ever.
    pub cycle: Vec<LassoStep>,
    /// How many steps of the stem come before the state from which on the formula stays violated: for
    /// `P ~> Q`, a state with `P` after which there is no `Q`.
    pub since: usize,
}

impl Lasso {
    /// How many steps stem and cycle have.
    pub fn len(&self) -> usize {
        self.stem.len() + self.cycle.len()
    }

    /// Whether there is no step: the behaviour stutters in an initial state.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// A short lasso that ends in one of the labelled components.
///
/// # Errors
///
/// If there is none, which can only be if the graph does not repeat its answers.
pub(super) fn build<G: Transitions>(
    graph: &G,
    violation: Violation,
    demand: Demand,
    labels: &[u32],
) -> Result<Lasso, Malformed> {
    let fair = |state: StateId| labels[state as usize] != DONE;
    let changed = || Malformed("the graph has changed while it was judged".to_owned());
    let nearest = stem(graph, violation, fair).ok_or_else(changed)?;
    let cycle = Tour::new(graph, demand, labels, nearest.loop_start).run().ok_or_else(changed)?;
    let nearest = Lasso { cycle, ..nearest };
    if nearest.cycle.is_empty() {
        return Ok(nearest);
    }
    let stays = |state| fair(state) && demand.met_by_staying(graph, state);
    let still = stem(graph, violation, stays).filter(|still| still.len() <= nearest.len());
    Ok(still.unwrap_or(nearest))
}

/// Stands for a state that a search has not seen.
const UNSEEN: StateId = StateId::MAX;

/// Stands for the state before the first one of a path.
const START: StateId = StateId::MAX - 1;

/// A shortest way to a state in which the violation goes on and which satisfies `until`, as a lasso
/// without a cycle.
fn stem<G: Transitions>(
    graph: &G,
    violation: Violation,
    until: impl Fn(StateId) -> bool,
) -> Option<Lasso> {
    let mut search = Search::new(graph, violation);
    while let Some((state, begun)) = search.queue.pop_front() {
        if begun && until(state) {
            return search.lasso(state);
        }
        for edge in steps(graph, state) {
            if !begun && violation.begins == Begins::Anywhere {
                search.see_before(edge.target, state);
            }
            if begun && violation.goes_on_with(graph.holds(edge.target)) {
                search.see_begun(edge.target, state);
            }
        }
    }
    None
}

/// A breadth-first search that sees a state at most twice: before a violation has begun, and after.
/// That it begins is no step.
struct Search<'a, G> {
    graph: &'a G,
    violation: Violation,
    /// For each state, the state from which it was reached.
    before: Vec<StateId>,
    begun: Vec<StateId>,
    queue: VecDeque<(StateId, bool)>,
}

impl<'a, G: Transitions> Search<'a, G> {
    fn new(graph: &'a G, violation: Violation) -> Self {
        let unseen = vec![UNSEEN; graph.state_count()];
        let (before, begun) = (unseen.clone(), unseen);
        let mut search = Search { graph, violation, before, begun, queue: VecDeque::new() };
        for &state in graph.initial() {
            search.see_before(state, START);
        }
        search
    }

    fn see_before(&mut self, state: StateId, source: StateId) {
        if self.before[state as usize] == UNSEEN {
            self.before[state as usize] = source;
            self.queue.push_back((state, false));
            if self.violation.begins_with(self.graph.holds(state)) {
                self.see_begun(state, START);
            }
        }
    }

    fn see_begun(&mut self, state: StateId, source: StateId) {
        if self.begun[state as usize] == UNSEEN {
            self.begun[state as usize] = source;
            self.queue.push_back((state, true));
        }
    }

    fn lasso(&self, loop_start: StateId) -> Option<Lasso> {
        let mut path = path_to(&self.begun, loop_start);
        let after = path.len() - 1;
        path.extend(path_to(&self.before, *path.last()?).drain(1..));
        path.reverse();
        let since = path.len() - 1 - after;
        let stem = path.windows(2).map(|ends| step(self.graph, ends[0], ends[1]));
        Some(Lasso { stem: stem.collect::<Option<_>>()?, loop_start, cycle: Vec::new(), since })
    }
}

/// The states on the path to a state, the last one first.
fn path_to(sources: &[StateId], last: StateId) -> Vec<StateId> {
    let before = |&state: &StateId| Some(sources[state as usize]).filter(|&state| state != START);
    std::iter::successors(Some(last), before).collect()
}

/// The first step from one state to another.
fn step<G: Transitions>(graph: &G, source: StateId, target: StateId) -> Option<LassoStep> {
    let (edge, _) = indexed_steps(graph, source).find(|(_, edge)| edge.target == target)?;
    Some(LassoStep { source, edge })
}

/// What a cycle still lacks.
struct Needs {
    /// A state without the predicates that have to fail.
    visit: bool,
    /// Weak conditions: a step, or a state in which they are disabled.
    weak: u64,
    /// Strong conditions: a step.
    strong: u64,
}

impl Needs {
    fn are_met(&self) -> bool {
        !self.visit && self.weak | self.strong == 0
    }
}

/// A search for a short cycle in one fair component: again and again to the nearest place that gives
/// something of what is needed, and then back.
struct Tour<'a, G> {
    graph: &'a G,
    demand: Demand,
    labels: &'a [u32],
    loop_start: StateId,
    /// For each state, the state from which the current search has reached it.
    sources: Vec<StateId>,
}

impl<'a, G: Transitions> Tour<'a, G> {
    fn new(graph: &'a G, demand: Demand, labels: &'a [u32], loop_start: StateId) -> Self {
        let sources = vec![UNSEEN; graph.state_count()];
        Tour { graph, demand, labels, loop_start, sources }
    }

    /// A strong condition has to be taken only if the cycle goes where it is enabled, so the first cycle
    /// is made without them.
    fn run(mut self) -> Option<Vec<LassoStep>> {
        let mut strong = 0;
        loop {
            let cycle = self.cycle(strong)?;
            match self.starved(&cycle) {
                0 => return Some(cycle),
                starved => strong |= starved,
            }
        }
    }

    fn cycle(&mut self, strong: u64) -> Option<Vec<LassoStep>> {
        let mut needs = Needs { visit: self.demand.lacks != 0, weak: self.demand.weak, strong };
        let (graph, demand, loop_start) = (self.graph, self.demand, self.loop_start);
        let mut cycle = Vec::new();
        let mut at = loop_start;
        self.pass(&mut needs, loop_start, 0);
        while !needs.are_met() {
            let helps = |edge: Edge| {
                edge.takes & (needs.weak | needs.strong) != 0
                    || needs.weak & !graph.enabled(edge.target) != 0
                    || (needs.visit && demand.visits(graph.holds(edge.target)))
            };
            for step in self.way(at, helps)? {
                let edge = graph.edge(step.source, step.edge);
                self.pass(&mut needs, edge.target, edge.takes);
                at = edge.target;
                cycle.push(step);
            }
        }
        if at != loop_start {
            cycle.extend(self.way(at, |edge| edge.target == loop_start)?);
        }
        Some(cycle)
    }

    /// Takes from the needs what a state and the step to it give.
    fn pass(&self, needs: &mut Needs, state: StateId, takes: u64) {
        needs.visit &= !self.demand.visits(self.graph.holds(state));
        needs.weak &= self.graph.enabled(state) & !takes;
        needs.strong &= !takes;
    }

    /// The strong conditions that a cycle enables but does not take.
    fn starved(&self, cycle: &[LassoStep]) -> u64 {
        let mut enabled = self.graph.enabled(self.loop_start);
        let mut taken = 0;
        for step in cycle {
            enabled |= self.graph.enabled(step.source);
            taken |= self.graph.edge(step.source, step.edge).takes;
        }
        self.demand.strong & enabled & !taken
    }

    /// The shortest way, of at least one step, that ends with a step such as this and that stays in the
    /// component.
    fn way(&mut self, from: StateId, ends: impl Fn(Edge) -> bool) -> Option<Vec<LassoStep>> {
        let mut seen = vec![from];
        self.sources[from as usize] = START;
        let found = self.search(&mut seen, ends);
        let way = found.and_then(|last| {
            let mut path = path_to(&self.sources, last.source);
            path.reverse();
            let steps = path.windows(2).map(|ends| step(self.graph, ends[0], ends[1]));
            steps.chain([Some(last)]).collect()
        });
        for state in seen {
            self.sources[state as usize] = UNSEEN;
        }
        way
    }

    fn search(
        &mut self,
        seen: &mut Vec<StateId>,
        ends: impl Fn(Edge) -> bool,
    ) -> Option<LassoStep> {
        let label = self.labels[self.loop_start as usize];
        let mut next = 0;
        while let Some(&source) = seen.get(next) {
            next += 1;
            for (index, edge) in indexed_steps(self.graph, source) {
                let target = edge.target as usize;
                if self.labels[target] != label {
                    continue;
                }
                if ends(edge) {
                    return Some(LassoStep { source, edge: index });
                }
                if self.sources[target] == UNSEEN {
                    self.sources[target] = source;
                    seen.push(edge.target);
                }
            }
        }
        None
    }
}
