//! A model's states and labelled edges, as data.

use super::trace::take;
use super::{BreadthFirst, Budget, Checkable, Engine, Expander, Goals, Options};
use crate::tla::dump::{GraphBuilder, StateGraph};

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
    whole_graph(model, max_states, labels).map(|(graph, _)| graph)
}

/// The same, and whether there are steps out of the boundary, which are no edges.
pub fn whole_graph<M: Checkable>(
    model: &M,
    max_states: u64,
    labels: EdgeLabels,
) -> Option<(StateGraph, bool)> {
    let budget = Budget { max_states: Some(max_states), ..Budget::default() };
    let options = Options { budget, edges: true, ..Options::default() };
    let nothing = Goals::named([""; 0]);
    let graph = BreadthFirst.explore(&Expander::new(model, &nothing).ok()?, &options);
    if !graph.is_complete() {
        return None;
    }
    let names = model.action_names();
    let mut states: Vec<M::State> = Vec::with_capacity(graph.len());
    let mut built = GraphBuilder::default();
    let starts = model.init_states();
    for id in 0..u32::try_from(graph.len()).ok()? {
        // A state is made anew from the one that first led to it, which has a lower number.
        let state = match graph.reached_by(id) {
            (None, index) => {
                built.initial(id);
                starts.get(index as usize)?.clone()
            }
            (Some(parent), action) => take(model, states.get(parent as usize)?, action)?.1,
        };
        let actions = model.offered(&state);
        for edge in graph.edges(id) {
            let action = actions.get(edge.action as usize)?;
            match labels {
                EdgeLabels::Names => {
                    built.edge(id, names.get(model.action_name(action))?, edge.target);
                }
                EdgeLabels::Actions => built.edge(id, &model.format_action(action), edge.target),
            }
        }
        built.state(model.view(&state));
        states.push(state);
    }
    Some((built.finish(), graph.notes.outside + graph.notes.initial_outside > 0))
}
