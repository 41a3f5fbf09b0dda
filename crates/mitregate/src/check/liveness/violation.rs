//! Formulas, seen from the side of the behaviours that violate them.

use super::survey::Survey;
use super::{Formula, Malformed, Predicate, StateId, Transitions, components, steps};

/// Where a behaviour may begin to violate a formula.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    Initially,
    Anywhere,
}

/// How behaviours violate a formula: from some state on, they stay for ever in states without
/// certain predicates.
#[derive(Clone, Copy, Debug)]
pub(super) struct Violation {
    pub(super) begins: Begins,
    /// The predicates of the state in which it begins.
    pub(super) with: u64,
    /// The predicates that hold nowhere from there on.
    pub(super) without: u64,
    /// Predicates that fail again and again.
    pub(super) visits_without: u64,
}

impl Violation {
    pub(super) fn of(formula: Formula) -> Result<Violation, Malformed> {
        let none = Violation { begins: Begins::Anywhere, with: 0, without: 0, visits_without: 0 };
        Ok(match formula {
            Formula::Eventually(p) => {
                Violation { begins: Begins::Initially, without: bit(p)?, ..none }
            }
            Formula::AlwaysEventually(p) => Violation { without: bit(p)?, ..none },
            Formula::EventuallyAlways(p) => Violation { visits_without: bit(p)?, ..none },
            Formula::LeadsTo(p, q) => Violation { with: bit(p)?, without: bit(q)?, ..none },
        })
    }

    /// Whether the violation may begin in a state with these predicates.
    pub(super) fn begins_with(self, holds: u64) -> bool {
        self.goes_on_with(holds) && holds & self.with == self.with
    }

    /// Whether the violation may go through a state with these predicates.
    pub(super) fn goes_on_with(self, holds: u64) -> bool {
        holds & self.without == 0
    }
}

fn bit(predicate: Predicate) -> Result<u64, Malformed> {
    1u64.checked_shl(predicate.into()).ok_or_else(|| {
        Malformed(format!("there is no predicate {predicate}: number them from 0 to 63"))
    })
}

/// Marks the states that a violation can go through as new, all others as done.
pub(super) fn marks<G: Transitions>(graph: &G, survey: &Survey, violation: Violation) -> Vec<u32> {
    let mut marks = vec![components::DONE; graph.state_count()];
    let mut stack = Vec::new();
    let begins_everywhere = violation.begins == Begins::Anywhere && violation.with == 0;
    let mut reach = |state: StateId, stack: &mut Vec<StateId>| {
        let mark = &mut marks[state as usize];
        if *mark != components::NEW {
            *mark = components::NEW;
            stack.push(state);
        }
    };
    let mut begin = |root: StateId| {
        if violation.begins_with(graph.holds(root)) {
            reach(root, &mut stack);
        }
        while let Some(state) = stack.pop() {
            if begins_everywhere {
                continue; // each state is a root
            }
            for edge in steps(graph, state) {
                if violation.goes_on_with(graph.holds(edge.target)) {
                    reach(edge.target, &mut stack);
                }
            }
        }
    };
    match violation.begins {
        Begins::Initially => graph.initial().iter().copied().for_each(&mut begin),
        Begins::Anywhere => survey.reachable.iter().for_each(&mut begin),
    }
    marks
}
