//! Which strongly connected components a fair behaviour can stay in.

use super::super::bits::Bits;
use super::components::{self, CURRENT, DONE, NEW};
use super::survey::Survey;
use super::{StateId, Transitions, steps};

/// What a behaviour has to do for ever.
#[derive(Clone, Copy, Debug)]
pub(super) struct Demand {
    /// The conditions that are weak.
    pub(super) weak: u64,
    /// The conditions that are strong.
    pub(super) strong: u64,
    /// Predicates of which a state without them has to be visited again and again.
    pub(super) lacks: u64,
}

impl Demand {
    /// The conditions, weak and strong.
    pub(super) fn conditions(self) -> u64 {
        self.weak | self.strong
    }

    /// Whether a state with these predicates is one that has to be visited.
    pub(super) fn visits(self, holds: u64) -> bool {
        holds & self.lacks != self.lacks
    }

    /// Whether it is enough to stay in this state.
    pub(super) fn met_by_staying<G: Transitions>(self, graph: &G, state: StateId) -> bool {
        graph.enabled(state) & self.conditions() == 0
            && (self.lacks == 0 || self.visits(graph.holds(state)))
    }
}

/// What there is in a component.
struct Component {
    enabled_somewhere: u64,
    enabled_everywhere: u64,
    taken: u64,
    visits: bool,
}

impl Component {
    fn new<G: Transitions>(
        graph: &G,
        demand: Demand,
        marks: &[u32],
        members: &[StateId],
    ) -> Component {
        let mut component = Component {
            enabled_somewhere: 0,
            enabled_everywhere: u64::MAX,
            taken: 0,
            visits: demand.lacks == 0,
        };
        for &state in members {
            let enabled = graph.enabled(state);
            component.enabled_somewhere |= enabled;
            component.enabled_everywhere &= enabled;
            component.visits |= demand.visits(graph.holds(state));
            component.taken |= steps(graph, state)
                .filter(|edge| marks[edge.target as usize] == CURRENT)
                .fold(0, |taken, edge| taken | edge.takes);
            // A component that is fair, which is often almost all of a graph, need not be gone through to its end.
            if component.visits && demand.conditions() & !component.taken == 0 {
                break;
            }
        }
        component
    }

    /// Whether no part of the component can be fair either.
    fn is_hopeless(&self, demand: Demand) -> bool {
        !self.visits || demand.weak & self.enabled_everywhere & !self.taken != 0
    }

    /// The strong conditions that are enabled, but not taken.
    fn starved(&self, demand: Demand) -> u64 {
        demand.strong & self.enabled_somewhere & !self.taken
    }
}

/// The reachable states that a behaviour can visit again and again: those on cycles, and those in which nothing that is fair
/// is enabled, where it may stay.
pub(super) fn remaining<G: Transitions>(graph: &G, fair: u64, survey: &Survey) -> Bits {
    let mut remaining = Bits::new(graph.state_count());
    let mut marks = vec![NEW; graph.state_count()];
    components::visit(graph, &mut marks, survey.reachable.iter(), |_, members| {
        if members.len() > 1 || members.iter().all(|&state| graph.enabled(state) & fair == 0) {
            for &state in members {
                remaining.insert(state);
            }
        }
        DONE
    });
    remaining
}

/// Labels the states of each fair component, and marks all others as done. False if there is none.
///
/// The states to look at are marked as new. A behaviour that goes through all states of a fair
/// component, and all steps between them, again and again, is fair; and what a fair behaviour does
/// again and again is part of a fair component.
pub(super) fn label_components<G: Transitions>(
    graph: &G,
    demand: Demand,
    marks: &mut [u32],
) -> bool {
    const FIRST_LABEL: u32 = CURRENT - 1;
    let mut next_label = FIRST_LABEL;
    // What is left of components without the states that enable a starved condition.
    let mut rest: Vec<Vec<StateId>> = Vec::new();
    let mut judge = |marks: &[u32], members: &[StateId], rest: &mut Vec<Vec<StateId>>| {
        // Nothing is taken in a state alone, for a step to itself is none.
        if let [state] = members
            && !demand.met_by_staying(graph, *state)
        {
            return DONE;
        }
        let component = Component::new(graph, demand, marks, members);
        if component.is_hopeless(demand) {
            return DONE;
        }
        let starved = component.starved(demand);
        if starved == 0 {
            let label = next_label;
            next_label -= 1;
            return label;
        }
        let keeps = |&state: &StateId| graph.enabled(state) & starved == 0;
        let kept: Vec<_> = members.iter().copied().filter(keeps).collect();
        if !kept.is_empty() {
            rest.push(kept);
        }
        DONE
    };
    components::visit(graph, marks, super::states(graph), |marks, members| {
        judge(marks, members, &mut rest)
    });
    while let Some(states) = rest.pop() {
        for &state in &states {
            marks[state as usize] = NEW;
        }
        components::visit(graph, marks, states.iter().copied(), |marks, members| {
            judge(marks, members, &mut rest)
        });
    }
    next_label != FIRST_LABEL
}
