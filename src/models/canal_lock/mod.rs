//! Canal locks: the port of their spec, the system of real controllers, and the miter between them.
//!
//! # Specification
//!
//! `specs/canal_lock/lock_multiple.tla`, over the data of `lock_data.tla`: locks and ships are processes
//! of the environment, and a constant chooses among seven controllers. `lock_single.tla` is one lock with
//! one ship, to read first; it has no port.
//!
//! # Fidelity
//!
//! Real are the types of [`crate::impls::canal_lock`]: `AnyController` with every `Policy` and with
//! `Keepers`, its request queues, and the `Interlock` where a scenario has it. The model's own are the locks
//! and ships ([`plant`]), which the port of the spec and the system share, and the sensors, which tell the
//! truth unless a scenario breaks them. One call of the controller is one label of the spec.
//!
//! # Scope limits
//!
//! Locks and ships are as many as they are from the start. Ships do not break down and messages do not
//! get lost. Water is low or high. A command is carried out in three steps; that it takes time is any
//! number of steps of others between these.
//!
//! # Bounds
//!
//! The [table of scenarios](SCENARIOS) has the constants (by configuration), the environments, and the exact
//! counts.

use std::sync::Arc;

use crate::check::miter::Miter;
use crate::gate::scenario::SpecFile;
use crate::gate::{Layer, Prepared, Scenario, Source, Verb};
use crate::tla::config::ConfigError;

pub mod comparison;
pub mod constants;
pub mod faults;
pub mod labels;
pub mod laws;
pub mod operation;
pub mod picture;
pub mod plant;
pub mod refine;
mod scenarios;
pub mod spec;
pub mod stories;
pub mod system;
mod words;

pub use constants::Constants;
pub use faults::{Fault, PlantFault};
pub use refine::CanalRefinement;
pub use scenarios::{Row, SCENARIOS};
pub use spec::Spec;
pub use system::{Environment, System};

/// Canal locks, for the gate and the command line.
#[derive(Clone, Copy, Debug)]
pub struct CanalLock;

impl crate::gate::System for CanalLock {
    fn name(&self) -> &'static str {
        "canal_lock"
    }

    fn summary(&self) -> &'static str {
        "Canal locks: controllers that let ships pass, against their TLA+ spec"
    }

    fn modules(&self) -> Vec<&'static str> {
        vec![constants::MODULE]
    }

    fn files(&self) -> &'static [SpecFile] {
        &FILES
    }

    fn scenarios(&self) -> Vec<&'static Scenario> {
        SCENARIOS.iter().map(|row| &row.scenario).collect()
    }

    fn prepare(
        &self,
        scenario: &Scenario,
        source: &Source,
        layer: Layer,
    ) -> Result<Prepared, ConfigError> {
        let constants = Arc::new(Constants::from_config(&source.config)?);
        let row = SCENARIOS.iter().find(|row| row.scenario.name == scenario.name);
        let environment = row.map_or(Environment::default(), |row| row.environment);
        let named = constants.named();
        let spec = Spec::new(constants.clone());
        let (model, words): (Box<dyn crate::gate::AnyModel>, String) = match layer {
            Layer::Spec => {
                let fault = row.and_then(|row| row.fault);
                let words = fault.map_or(String::new(), |fault| format!("fault {fault:?}"));
                (Box::new(Spec { fault, ..spec }), words)
            }
            Layer::System => (Box::new(System { constants, environment }), environment.words()),
            Layer::Miter => {
                let code = System { constants, environment };
                let miter = Miter { code, spec, refinement: CanalRefinement };
                (Box::new(miter), environment.words())
            }
        };
        Ok(Prepared { model, constants: named, environment: words })
    }

    fn verbs(&self) -> Vec<Verb> {
        vec![operation::verb::verb(), comparison::verb::verb(), stories::verb::verb()]
    }
}

/// The files of `specs/canal_lock/`.
const FILES: [SpecFile; 81] = spec_files!["canal_lock";
    "alpha.cfg",
    "alpha_1x2.cfg",
    "alpha_1x2_starves.cfg",
    "alpha_2x3_cap2.cfg",
    "alpha_3x2.cfg",
    "alpha_atomic.cfg",
    "alpha_clear.cfg",
    "alpha_lock_for_two.cfg",
    "await_move.cfg",
    "await_move_1x2.cfg",
    "await_move_2x3.cfg",
    "await_move_2x3_cap2.cfg",
    "await_move_3x2.cfg",
    "await_move_atomic.cfg",
    "await_move_clear.cfg",
    "await_move_lock_for_two.cfg",
    "keepers.cfg",
    "keepers_1x2.cfg",
    "keepers_2x3.cfg",
    "keepers_2x3_cap2.cfg",
    "keepers_3x2.cfg",
    "keepers_3x3.cfg",
    "keepers_4x2.cfg",
    "keepers_atomic.cfg",
    "keepers_clear.cfg",
    "lock_data.tla",
    "lock_multiple.cfg",
    "lock_multiple.tla",
    "lock_single.cfg",
    "lock_single.tla",
    "option1.cfg",
    "option1_1x2.cfg",
    "option1_2x3.cfg",
    "option1_3x2.cfg",
    "option1_atomic.cfg",
    "option1_atomic_1x2.cfg",
    "option1_atomic_1x2_starves.cfg",
    "option1_atomic_2x3.cfg",
    "option1_atomic_3x2.cfg",
    "option1_clear.cfg",
    "option2.cfg",
    "option2_1x2.cfg",
    "option2_2x3.cfg",
    "option2_3x2.cfg",
    "option2_atomic.cfg",
    "option2_atomic_live.cfg",
    "option2_atomic_starves.cfg",
    "option2_clear.cfg",
    "option2_clear_live.cfg",
    "option2_clear_starves.cfg",
    "option4.cfg",
    "option4_1x2.cfg",
    "option4_2x3.cfg",
    "option4_2x3_cap2.cfg",
    "option4_3x2.cfg",
    "option4_atomic.cfg",
    "option4_atomic_1x2_deadlock.cfg",
    "option4_atomic_deadlock.cfg",
    "option4_atomic_deadlock_retries2.cfg",
    "option4_clear.cfg",
    "option4_clear_deadlock.cfg",
    "option4_clear_deadlock_retries2.cfg",
    "optionC.cfg",
    "optionC_1x2.cfg",
    "optionC_2x3.cfg",
    "optionC_3x2.cfg",
    "optionC_atomic.cfg",
    "optionC_clear.cfg",
    "reachable_alpha.cfg",
    "reachable_await_move.cfg",
    "reachable_keepers.cfg",
    "reachable_option1.cfg",
    "small_alpha.cfg",
    "small_await_move.cfg",
    "small_keepers.cfg",
    "small_option1.cfg",
    "small_option1_atomic.cfg",
    "small_option1_clear.cfg",
    "small_option2.cfg",
    "small_option4.cfg",
    "small_optionC.cfg",
];
