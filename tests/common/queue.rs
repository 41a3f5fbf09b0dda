//! The real queue as tests ask for it.

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use mitregate::check::Model;
use mitregate::gate::{Row, System as _};
use mitregate_models::mpsc_queue::system::Action;
use mitregate_models::mpsc_queue::threads::SystemState;
use mitregate_models::mpsc_queue::{Constants, Environment, MpscQueue, System};

/// The scenarios with their environments.
///
/// # Panics
///
/// If the table of scenarios is wrong.
pub(crate) fn rows() -> Vec<Row<Environment>> {
    MpscQueue.rows().unwrap_or_else(|error| panic!("{error}"))
}

/// The constants of a configuration that some scenario uses.
///
/// # Panics
///
/// If none does, or if it is wrong.
pub(crate) fn constants(config: &str) -> Arc<Constants> {
    let mut rows = rows().into_iter();
    let row = rows.find(|row| row.scenario.config == config);
    let row = row.unwrap_or_else(|| panic!("no scenario has {config}"));
    let (_, source) = MpscQueue.row(&row.scenario.name).unwrap();
    Arc::new(MpscQueue.constants(&source).unwrap())
}

/// The real queue in a scenario.
///
/// # Panics
///
/// If there is no such scenario, or if it has no real queue.
pub(crate) fn system(scenario: &str) -> System {
    MpscQueue.system(scenario).unwrap_or_else(|error| panic!("{error}"))
}

/// Visits every reachable state, with the steps from it.
pub(crate) fn visit(system: &System, mut each: impl FnMut(&SystemState, &[(Action, SystemState)])) {
    let first = system.init_states();
    let mut seen: HashSet<_> = first.iter().cloned().collect();
    let mut queue: VecDeque<_> = first.into();
    while let Some(state) = queue.pop_front() {
        let steps = system.next_steps(&state);
        each(&state, &steps);
        for (_, next) in steps {
            if seen.insert(next.clone()) {
                queue.push_back(next);
            }
        }
    }
}
