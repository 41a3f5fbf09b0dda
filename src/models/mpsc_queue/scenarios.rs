//! The table of scenarios: what is checked, and what must come out.

use super::environment::Environment;
use super::faults::Fault;
use crate::gate::Scenario;

mod broken;
mod code;
mod progress;
mod spec;

/// A scenario, and the mistake that is made in it.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The scenario.
    pub scenario: Scenario,
    /// A guard taken out of the spec on purpose.
    pub fault: Option<Fault>,
    /// What surrounds the real queue in it.
    pub environment: Environment,
}

/// The module of every scenario.
const QUEUE: &str = super::constants::MODULE;

/// All scenarios. The first one's environment serves a configuration that comes without a scenario.
pub const SCENARIOS: [Row; COUNT] =
    joined(&[&spec::ROWS, &code::ROWS, &broken::ROWS, &progress::ROWS]);

const COUNT: usize =
    spec::ROWS.len() + code::ROWS.len() + broken::ROWS.len() + progress::ROWS.len();

/// One table of several.
const fn joined(tables: &[&[Row]]) -> [Row; COUNT] {
    let mut all = [spec::ROWS[0]; COUNT];
    let (mut table, mut row, mut next) = (0, 0, 0);
    while next < COUNT {
        if row < tables[table].len() {
            all[next] = tables[table][row];
            next += 1;
            row += 1;
        } else {
            table += 1;
            row = 0;
        }
    }
    all
}
