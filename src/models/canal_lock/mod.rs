//! Canal locks: the port of their spec, the system of real controllers, and the miter between them.
//!
//! # Specification
//!
//! `specs/canal_lock/lock_multiple.tla`, over the data of `lock_data.tla`: locks and ships are
//! processes of the environment, and a constant chooses among seven controllers. `lock_single.tla`,
//! to read first, is one lock with one ship; it has no port.
//!
//! # Fidelity
//!
//! Real are the types of [`mitregate_canal_lock`]: `AnyController` with every `Policy` and with
//! `Keepers`, its request queues, and the `Interlock` where a scenario has it. The model's own are
//! the locks and ships ([`plant`]), which the port of the spec and the system share, and the
//! sensors, which are correct unless a scenario breaks them. One call of the controller is one
//! label of the spec.
//!
//! # Scope limits
//!
//! The numbers of locks and ships are fixed. Ships do not break down and messages do not get lost.
//! Water is low or high. A command is carried out in three steps, with any number of steps of other
//! processes between them.
//!
//! # Bounds
//!
//! The table of scenarios, `specs/canal_lock/scenarios.toml`, has the constants (by configuration), the
//! environments, and the exact counts.

use std::sync::Arc;

use crate::in_words;
use mitregate::check::Name;
use mitregate::gate::include_dir::{self, Dir};
use mitregate::gate::{AnySystem, Layer, Loaded, Source, System as GateSystem, TableError};
use mitregate::tla::config::ConfigError;

pub mod constants;
pub mod faults;
pub mod labels;
pub mod laws;
pub mod picture;
pub mod plant;
pub mod refine;
pub mod spec;
pub mod system;
pub mod words;

pub use constants::Constants;
pub use faults::{Fault, PlantFault};
pub use refine::CanalRefinement;
pub use spec::Spec;
pub use system::{Environment, System};

/// Canal locks, for the gate and the command line.
#[derive(Clone, Copy, Debug)]
pub struct CanalLock;

/// The canal locks with their scenarios. A separate function, so that programs share one copy of
/// its code.
///
/// # Errors
///
/// If the table of scenarios is invalid.
pub fn load() -> Result<Box<dyn AnySystem>, TableError> {
    Loaded::boxed(CanalLock)
}

/// `specs/canal_lock/`.
static FILES: Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/specs/canal_lock");

impl GateSystem for CanalLock {
    type Environment = Environment;
    type Constants = Constants;
    type Refinement = CanalRefinement;

    fn name(&self) -> &'static str {
        "canal_lock"
    }

    fn summary(&self) -> &'static str {
        "Canal locks: controllers that let ships pass, against their TLA+ spec"
    }

    fn modules(&self) -> Vec<Name> {
        vec![constants::MODULE.into()]
    }

    fn files(&self) -> &'static Dir<'static> {
        &FILES
    }

    fn constants(&self, source: &Source) -> Result<Constants, ConfigError> {
        Constants::from_config(&source.config, &|name| source.definition(name))
    }

    fn fault(&self, environment: &Environment) -> Option<String> {
        let spec = environment.spec_fault.map(|fault| format!("{}, in the spec", in_words(fault)));
        spec.or_else(|| environment.fault.map(in_words))
    }

    fn loaded_by(&self) -> Option<&'static str> {
        Some("mitregate_models::canal_lock::load()")
    }

    fn named_constants(&self, constants: &Constants) -> Vec<(Name, String)> {
        constants.named()
    }

    fn spec(&self, constants: &Arc<Constants>, environment: Option<&Environment>) -> Spec {
        let fault = environment.and_then(|environment| environment.spec_fault);
        Spec { fault, ..Spec::new(constants.clone()) }
    }

    fn code(
        &self,
        _: &Source,
        constants: &Arc<Constants>,
        environment: &Environment,
    ) -> Result<System, ConfigError> {
        Ok(System::new(constants.clone(), *environment))
    }

    fn refinement(&self) -> CanalRefinement {
        CanalRefinement
    }

    fn describe(&self, environment: &Environment, layer: Layer) -> String {
        match layer {
            Layer::Spec => {
                environment.spec_fault.map_or(String::new(), |fault| format!("fault {fault:?}"))
            }
            Layer::System | Layer::Miter => environment.words(),
        }
    }

    /// Ships go back and forth for ever.
    fn code_never_rests(&self) -> bool {
        true
    }
}
