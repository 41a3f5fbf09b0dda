//! Short counterexamples: the way to a fair component, and a tour of what it has to do there.

use std::collections::{HashSet, VecDeque};

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
///
/// No fair cycle through [`Lasso::loop_start`] that keeps the formula violated has fewer steps, unless the search
/// for one was given up after a quarter of a million pairs of a state and of what the cycle still lacks
/// there. Then the cycle is a tour from one thing that is needed to the nearest next. Another state at the
/// end of another shortest stem may have a shorter cycle.
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
    let start = nearest.loop_start;
    let cycle = match shortest_cycle(graph, demand, labels, start, MOST_PLACES) {
        Some(cycle) => cycle,
        None => Tour::new(graph, demand, labels, start).run().ok_or_else(changed)?,
    };
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

/// How many places a search for a shortest cycle looks at before it is given up.
const MOST_PLACES: usize = 1 << 18;

/// A state on a way through a fair component, and what the way has done so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct Place {
    state: StateId,
    /// Weak conditions that were taken or disabled, and strong ones that were taken.
    met: u64,
    /// Strong conditions that were enabled, and not taken.
    pending: u64,
    /// Whether a state was visited that lacks a predicate that has to fail again and again.
    visited: bool,
}

impl Place {
    /// The place after a step, or after no step at the beginning.
    fn after<G: Transitions>(mut self, graph: &G, demand: Demand, edge: Edge) -> Place {
        let enabled = graph.enabled(edge.target);
        self.state = edge.target;
        self.met |= edge.takes & demand.conditions() | demand.weak & !enabled;
        self.pending = (self.pending | demand.strong & enabled) & !self.met;
        self.visited |= demand.lacks == 0 || demand.visits(graph.holds(edge.target));
        self
    }

    fn is_fair(&self, demand: Demand) -> bool {
        self.visited && self.pending == 0 && demand.weak & !self.met == 0
    }
}

/// A fair cycle through a state with as few steps as any: a breadth-first search of the component, times
/// what a cycle has done. `None` if there are more than `most` places to look at. Such a cycle stays in its component: what
/// was removed from that enables a strong condition that no step there takes.
fn shortest_cycle<G: Transitions>(
    graph: &G,
    demand: Demand,
    labels: &[u32],
    start: StateId,
    most: usize,
) -> Option<Vec<LassoStep>> {
    let nothing = Place { state: start, met: 0, pending: 0, visited: false };
    let first = nothing.after(graph, demand, Edge { target: start, takes: 0 });
    let label = labels[start as usize];
    // The places in the order in which they were found, each with the step to it and where that began.
    let mut places: Vec<(Place, Option<(usize, LassoStep)>)> = vec![(first, None)];
    let mut seen = HashSet::from([first]);
    let mut next = 0;
    while let Some(&(place, _)) = places.get(next) {
        for (edge, to) in indexed_steps(graph, place.state) {
            if labels[to.target as usize] != label {
                continue;
            }
            let step = LassoStep { source: place.state, edge };
            let after = place.after(graph, demand, to);
            if after.state == start && after.is_fair(demand) {
                let mut cycle = vec![step];
                let mut at = next;
                while let (_, Some((source, step))) = places[at] {
                    cycle.push(step);
                    at = source;
                }
                cycle.reverse();
                return Some(cycle);
            }
            if seen.insert(after) {
                places.push((after, Some((next, step))));
            }
        }
        if places.len() > most {
            return None;
        }
        next += 1;
    }
    None
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
        !self.visit && self.weak == 0 && self.strong == 0
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
                edge.takes & needs.weak != 0
                    || edge.takes & needs.strong != 0
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Steps by their sources, and what is enabled and holds in each state. All states are one component.
    struct Table {
        edges: Vec<Vec<Edge>>,
        enabled: Vec<u64>,
        holds: Vec<u64>,
    }

    impl Table {
        /// Three ways round from state 0: by 1, by 2, 3 and 1, and by 2, 3 and 4. All conditions are enabled everywhere, and
        /// none is taken.
        fn new() -> Table {
            let to = |target| Edge { target, takes: 0 };
            let edges =
                vec![vec![to(1), to(2)], vec![to(0)], vec![to(3)], vec![to(1), to(4)], vec![to(0)]];
            Table { edges, enabled: vec![u64::MAX; 5], holds: vec![u64::MAX; 5] }
        }

        fn taking(mut self, source: usize, target: StateId, takes: u64) -> Table {
            let edge = self.edges[source].iter_mut().find(|edge| edge.target == target);
            edge.expect("there is such a step").takes |= takes;
            self
        }

        /// The sources of the steps of a cycle, after a look at whether it is one and fair.
        fn sources(&self, demand: Demand, cycle: &[LassoStep]) -> Vec<StateId> {
            let edges = cycle.iter().map(|step| self.edge(step.source, step.edge));
            let mut place = Place { state: 0, met: 0, pending: 0, visited: false };
            place = place.after(self, demand, Edge { target: 0, takes: 0 });
            for (step, edge) in cycle.iter().zip(edges) {
                assert_eq!(place.state, step.source, "{cycle:?}");
                place = place.after(self, demand, edge);
            }
            assert!(place.state == 0 && place.is_fair(demand), "{cycle:?}");
            cycle.iter().map(|step| step.source).collect()
        }

        /// The states of a tour, and those of a shortest cycle.
        fn cycles(&self, demand: Demand) -> [Vec<StateId>; 2] {
            let labels = [0; 5];
            let tour = Tour::new(self, demand, &labels, 0).run().unwrap();
            let shortest = shortest_cycle(self, demand, &labels, 0, MOST_PLACES).unwrap();
            [tour, shortest].map(|cycle| self.sources(demand, &cycle))
        }
    }

    impl Transitions for Table {
        fn state_count(&self) -> usize {
            self.edges.len()
        }

        fn initial(&self) -> &[StateId] {
            &[0]
        }

        fn degree(&self, state: StateId) -> u32 {
            u32::try_from(self.edges[state as usize].len()).unwrap()
        }

        fn edge(&self, state: StateId, index: u32) -> Edge {
            self.edges[state as usize][index as usize]
        }

        fn enabled(&self, state: StateId) -> u64 {
            self.enabled[state as usize]
        }

        fn holds(&self, state: StateId) -> u64 {
            self.holds[state as usize]
        }
    }

    const NOTHING: Demand = Demand { weak: 0, strong: 0, lacks: 0 };

    #[test]
    fn a_tour_goes_to_the_nearest_of_what_it_needs_and_back() {
        let (way, long) = (vec![0, 2, 3, 1], vec![0, 2, 3, 4]);
        // A step, of a weak or of a strong condition.
        let taken = Table::new().taking(2, 3, 1);
        for demand in [Demand { weak: 1, ..NOTHING }, Demand { strong: 1, ..NOTHING }] {
            assert_eq!(taken.cycles(demand), [way.clone(), way.clone()], "{demand:?}");
        }
        // A state in which a weak condition is disabled.
        let mut disabled = Table::new();
        disabled.enabled[4] = !1;
        let weak = Demand { weak: 1, ..NOTHING };
        assert_eq!(disabled.cycles(weak), [long.clone(), long.clone()]);
        // A state without a predicate.
        let mut fails = Table::new();
        fails.holds[3] = !1;
        assert_eq!(fails.cycles(Demand { lacks: 1, ..NOTHING }), [way.clone(), way]);
        // Two things that are on one way, and on two.
        let both = Demand { weak: 3, ..NOTHING };
        let one_way = Table::new().taking(2, 3, 1).taking(3, 4, 2);
        assert_eq!(one_way.cycles(both), [long.clone(), long]);
        let two_ways = Table::new().taking(1, 0, 1).taking(4, 0, 2);
        let tour = vec![0, 1, 0, 2, 3, 4];
        assert_eq!(two_ways.cycles(both), [tour.clone(), tour]);
    }

    #[test]
    fn a_tour_takes_strong_conditions_that_are_enabled_on_its_way() {
        let demand = Demand { weak: 1, strong: 2, ..NOTHING };
        let mut table = Table::new().taking(0, 1, 1).taking(3, 4, 2);
        // Nowhere on the way round by 1.
        table.enabled = vec![!2, !2, !2, u64::MAX, !2];
        assert_eq!(table.cycles(demand), [vec![0, 1], vec![0, 1]]);
        for enabled_in in [0, 1] {
            table.enabled = vec![!2; 5];
            table.enabled[enabled_in] = u64::MAX;
            // First round by 1, which takes the weak condition; then on to where the strong one is taken.
            let around = vec![0, 1, 0, 2, 3, 4];
            assert_eq!(table.cycles(demand), [around.clone(), around], "{enabled_in}");
        }
    }

    #[test]
    fn a_search_for_a_shortest_cycle_is_given_up_where_there_are_too_many_places() {
        let table = Table::new().taking(4, 0, 1);
        let demand = Demand { weak: 1, ..NOTHING };
        let found = |most| shortest_cycle(&table, demand, &[0; 5], 0, most).is_some();
        // From 0 there are 1 and 2, and after them 3 and 4.
        assert_eq!(
            [0, 1, 2, 3, 4, 5, 6].map(found),
            [false, false, false, false, false, true, true]
        );
    }
}
