//! The table of scenarios: what is checked, and what must come out.

use std::sync::Arc;

use super::environment::Environment;
use super::faults::Fault;
use super::{Constants, MpscQueue, System};
use crate::gate::{Scenario, System as _};

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

impl Row {
    /// The constants of its configuration.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration.
    pub fn constants(&self) -> Result<Arc<Constants>, String> {
        let source = MpscQueue.source(&self.scenario).map_err(|error| error.to_string())?;
        Constants::from_config(&source.config, &|name| source.definition(name))
            .map(Arc::new)
            .map_err(|error| error.to_string())
    }

    /// The real queue in it.
    ///
    /// # Errors
    ///
    /// What is wrong with the configuration, for the real queue.
    pub fn system(&self) -> Result<System, String> {
        System::new(&self.constants()?, self.environment)
            .ok_or_else(|| "the real queue has no such growth factor".to_owned())
    }
}

/// The row of the scenario of that name.
pub fn row(scenario: &str) -> Option<&'static Row> {
    SCENARIOS.iter().find(|row| row.scenario.name == scenario)
}

/// A row of the real queue, whose spec is sound.
const fn code(environment: Environment, scenario: Scenario) -> Row {
    Row { scenario, fault: None, environment }
}

const PLAIN: Environment = Environment::PLAIN;

/// The queue grows in one step, so it is never in the middle of that.
const ATOMIC: &[&str] = &["ResizeSafety"];

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
