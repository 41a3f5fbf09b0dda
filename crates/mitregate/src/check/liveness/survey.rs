//! The first pass: what can be reached, and whether the graph makes sense.

use super::super::bits::Bits;
use super::{Edge, Fairness, MAX_STATES, Malformed, StateId, Transitions, steps};

/// What a first pass over the reachable states finds.
pub(super) struct Survey {
    pub(super) reachable: Bits,
    /// What is enabled, taken and holds in some of them.
    pub(super) enabled: u64,
    pub(super) taken: u64,
    pub(super) held: u64,
}

impl Survey {
    pub(super) fn new<G: Transitions>(graph: &G, fairness: &Fairness) -> Result<Survey, Malformed> {
        let count = graph.state_count();
        if count > MAX_STATES {
            return Err(Malformed(format!("{count} states are more than {MAX_STATES}")));
        }
        if fairness.conditions.len() > 64 {
            let count = fairness.conditions.len();
            return Err(Malformed(format!("{count} fairness conditions are more than 64")));
        }
        let mut survey = Survey { reachable: Bits::new(count), enabled: 0, taken: 0, held: 0 };
        let mut stack = Vec::new();
        for &state in graph.initial() {
            survey.reach(state, &mut stack, || format!("the initial state {state}"))?;
        }
        while let Some(state) = stack.pop() {
            let enabled = graph.enabled(state);
            survey.enabled |= enabled;
            survey.held |= graph.holds(state);
            for edge in steps(graph, state) {
                if edge.takes & !enabled != 0 {
                    return Err(disabled(state, edge, enabled));
                }
                survey.taken |= edge.takes;
                let name = || format!("state {}, to which state {state} leads,", edge.target);
                survey.reach(edge.target, &mut stack, name)?;
            }
        }
        Ok(survey)
    }

    fn reach(
        &mut self,
        state: StateId,
        stack: &mut Vec<StateId>,
        name: impl Fn() -> String,
    ) -> Result<(), Malformed> {
        if state as usize >= self.reachable.limit() {
            return Err(Malformed(format!(
                "{} does not exist: there are {} states, numbered from 0",
                name(),
                self.reachable.limit()
            )));
        }
        if self.reachable.insert(state) {
            stack.push(state);
        }
        Ok(())
    }
}

fn disabled(state: StateId, edge: Edge, enabled: u64) -> Malformed {
    let condition = (edge.takes & !enabled).trailing_zeros();
    Malformed(format!(
        "the step from state {state} to state {} satisfies condition {condition}, which is not \
         enabled in state {state}: add it to what is enabled there",
        edge.target
    ))
}
