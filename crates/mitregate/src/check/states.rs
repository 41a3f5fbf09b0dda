//! A model's states and labelled edges, as data.

use std::collections::BTreeSet;

use super::trace::take;
use super::{BreadthFirst, Budget, Checkable, Engine, Expander, Goals, Options};
use crate::tla::dump::StateGraph;

/// How the edges of a state graph are labelled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EdgeLabels {
    /// By the names of actions, as TLC 2.15 does it.
    Names,
    /// By actions with their arguments.
    Actions,
}

/// The states, as views, and the edges; none if there are more than `max_states` states.
pub fn state_graph<M: Checkable>(
    model: &M,
    max_states: u64,
    labels: EdgeLabels,
) -> Option<StateGraph> {
    let budget = Budget { max_states: Some(max_states), ..Budget::default() };
    let options = Options { budget, edges: true, ..Options::default() };
    let nothing = Goals::named([""; 0]);
    let graph = BreadthFirst.explore(&Expander::new(model, &nothing).ok()?, &options);
    if !graph.is_complete() {
        return None;
    }
    let names = model.action_names();
    let mut states: Vec<M::State> = Vec::with_capacity(graph.len());
    let mut initial = BTreeSet::new();
    let mut edges = BTreeSet::new();
    let starts = model.init_states();
    for id in 0..u32::try_from(graph.len()).ok()? {
        // A state is made anew from the one that first led to it, which has a lower number.
        let state = match graph.reached_by(id) {
            (None, index) => {
                initial.insert(id as usize);
                starts.get(index as usize)?.clone()
            }
            (Some(parent), action) => take(model, states.get(parent as usize)?, action)?.1,
        };
        let actions = model.offered(&state);
        for edge in graph.edges(id) {
            let action = actions.get(edge.action as usize)?;
            let label = match labels {
                EdgeLabels::Names => names.get(model.action_name(action))?.to_string(),
                EdgeLabels::Actions => model.format_action(action),
            };
            edges.insert((id as usize, label, edge.target as usize));
        }
        states.push(state);
    }
    let states = states.iter().map(|state| model.view(state)).collect();
    Some(StateGraph { states, initial, edges })
}
