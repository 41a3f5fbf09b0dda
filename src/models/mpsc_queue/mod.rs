//! A lock-free queue with many producers and one consumer: the port of its spec, the real queue one access
//! to shared memory at a time, and the miter between them.
//!
//! # Specification
//!
//! `specs/mpsc_queue/LockFreeMPSCQueue.tla`: the queue as a sequence of messages, each of them
//! different, with the ring's capacity and generation. Producers drop what finds no room; the
//! consumer grows the ring. `specs/mpsc_queue/ShrinkingMPSCQueue.tla` adds one action, by which the consumer
//! also makes the ring smaller.
//!
//! # Fidelity
//!
//! Real are the types of [`mitregate_mpsc_queue::algorithm`]: what producers and the consumer keep, and the
//! operations that push, pop, grow, join, leave and close, with their program counters. They are the code that
//! ships: the queue runs the same steps over atomics, in one call, and a test compares the two from
//! every reachable state. Every transition of the [system] is one step of one thread, and
//! a law says that this is one access to what threads share.
//!
//! The model's own are the [memory], plain values that notice every access which real memory would answer with
//! garbage; what threads do (each producer pushes its messages and may leave, the consumer pops and may close);
//! and sleep: a sleeping thread is woken by the access that wakes. The history of messages (`buffer`, `sent`,
//! `messages_dropped`, the producers that have joined) is recorded beside the code at [`Step::linearised`], and the code does not
//! see it. `head`, `tail`, `generation` and `capacity` are read off the memory.
//!
//! Beside the model, [`stress`] runs the queue that ships on threads, and [`history`] says whether some order of what they
//! did is that of a queue.
//!
//! | in the code | in the spec |
//! |---|---|
//! | a queue is made | `ProducerJoin`, `ConsumerStart` |
//! | a producer is cloned; counts itself out | `ProducerJoin`; `ProducerLeave` |
//! | `Linearised::Enqueue(n)`, `Linearised::Drop` | `ProducerEnqueue`, n times or once |
//! | `Linearised::Dequeue(n)` | `ConsumerDequeue`, n times |
//! | `Linearised::Resize` | `ConsumerResize`, then `ConsumerResizeComplete` |
//! | `Linearised::Shrink` | `ConsumerShrink`, then `ConsumerResizeComplete` |
//! | the pop that ends a consumer's drop | `ConsumerStop` |
//! | any other step | nothing |
//!
//! # Scope limits
//!
//! Accesses happen one after the other: what a weaker memory order would allow is what the tests under loom are
//! for. Compare-and-swaps do not fail spuriously. Batches are as large as the scenario allows, and do not
//! come together with sleep, closing or leaving. Timeouts and tasks that are dropped are sleepers that wake by
//! themselves; the list of sleepers is not modelled. A consumer does not come back. A message has
//! no content but its name. A ring's number wraps around after 256, which takes more messages than a scenario has: the queue's own
//! tests pass there, and one of this package does over memory that would notice.
//!
//! # Bounds
//!
//! `MaxMessages` bounds how many messages are attempted in all, and so every count; a scenario may say how many
//! each producer has. It also bounds resizes, as does `MaxCapacity`: what holds under weak fairness here would need more if the ring
//! could grow for ever. Pops are not bounded: a consumer that finds nothing is where it was. The table of
//! scenarios, `specs/mpsc_queue/scenarios.toml`, has the constants (by configuration), the
//! [environments](Environment) and the exact counts.
//!
//! [`Step::linearised`]: mitregate_mpsc_queue::algorithm::Step::linearised

use std::sync::Arc;

use crate::in_words;
use mitregate::check::Name;
use mitregate::gate::include_dir::{self, Dir};
use mitregate::gate::{
    AnySystem, Layer, Loaded, Row, Source, System as GateSystem, TableError, Verb,
};
use mitregate::tla::config::ConfigError;
use thiserror::Error;

pub mod batch;
mod buffer;
pub mod bugs;
pub mod constants;
pub mod counting;
pub mod environment;
pub mod faults;
pub mod faulty;
pub mod history;
pub mod laws;
pub mod memory;
pub mod picture;
pub mod places;
pub mod progress;
pub mod refine;
pub mod spec;
pub mod stress;
pub mod symmetry;
pub mod system;
pub mod system_laws;
pub mod system_picture;
pub mod threads;
mod words;

pub use constants::{Constants, Module};
pub use environment::Environment;
pub use faults::Fault;
pub use refine::QueueRefinement;
pub use spec::Spec;
pub use system::System;

/// The queue, for the gate and the command line.
#[derive(Clone, Copy, Debug)]
pub struct MpscQueue;

/// The same with its scenarios. A function of its own, so that programs share one copy of what it brings.
///
/// # Errors
///
/// What is wrong with the table of scenarios.
pub fn load() -> Result<Box<dyn AnySystem>, TableError> {
    Loaded::boxed(MpscQueue)
}

impl MpscQueue {
    /// The scenario of that name with its environment, and its source.
    ///
    /// # Errors
    ///
    /// If there is no such scenario, or the table or the configuration is wrong.
    pub fn row(&self, scenario: &str) -> Result<(Row<Environment>, Source), ScenarioError> {
        let loaded = Loaded::new(*self)?;
        let row = self.rows()?.into_iter().find(|row| row.scenario.name == scenario);
        let row = row.ok_or_else(|| ScenarioError::Unknown(scenario.to_owned()))?;
        let source = loaded.source(&row.scenario)?;
        Ok((row, source))
    }

    /// The real queue in a scenario.
    ///
    /// # Errors
    ///
    /// As [`MpscQueue::row`], and what is wrong with the configuration for the real queue.
    pub fn system(&self, scenario: &str) -> Result<System, ScenarioError> {
        let (row, source) = self.row(scenario)?;
        let constants = Arc::new(self.constants(&source)?);
        Ok(self.code(&source, &constants, &row.environment)?)
    }
}

/// Why a scenario gives no model.
#[derive(Debug, Error)]
pub enum ScenarioError {
    /// The table of scenarios cannot be read.
    #[error(transparent)]
    Table(#[from] TableError),
    /// The table has no such scenario.
    #[error("there is no scenario {0}")]
    Unknown(String),
    /// The configuration asks for what the port or the queue's model lacks.
    #[error(transparent)]
    Config(#[from] ConfigError),
}

/// `specs/mpsc_queue/`.
static FILES: Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/specs/mpsc_queue");

impl GateSystem for MpscQueue {
    type Environment = Environment;
    type Constants = Constants;
    type Refinement = QueueRefinement;

    fn name(&self) -> &'static str {
        "mpsc_queue"
    }

    fn summary(&self) -> &'static str {
        "A lock-free queue with many producers, one consumer and a growing ring, against its TLA+ spec"
    }

    fn modules(&self) -> Vec<Name> {
        Module::ALL.iter().map(|module| module.name().into()).collect()
    }

    fn files(&self) -> &'static Dir<'static> {
        &FILES
    }

    fn constants(&self, source: &Source) -> Result<Constants, ConfigError> {
        let module = source.ported(&Module::ALL, Module::name)?;
        Constants::from_config(&source.config, module, &|name| source.definition(name))
    }

    fn fault(&self, environment: &Environment) -> Option<String> {
        let spec = environment.spec_fault.map(|fault| format!("{}, in the spec", in_words(fault)));
        let misuse = environment.misuse.map(|misuse| format!("misuse: {}", in_words(misuse)));
        spec.or(misuse).or_else(|| environment.fault.map(in_words))
    }

    fn loaded_by(&self) -> Option<&'static str> {
        Some("mitregate_models::mpsc_queue::load()")
    }

    fn named_constants(&self, constants: &Constants) -> Vec<(Name, String)> {
        constants.named()
    }

    fn spec(&self, constants: &Arc<Constants>, environment: Option<&Environment>) -> Spec {
        let fault = environment.and_then(|environment| environment.spec_fault);
        Spec::with_fault(constants.clone(), fault)
    }

    fn code(
        &self,
        source: &Source,
        constants: &Arc<Constants>,
        environment: &Environment,
    ) -> Result<System, ConfigError> {
        let config = &source.config;
        if let (true, Some(named)) = (constants.producer_symmetry, config.symmetry.first()) {
            return Err(config.error(
                named.line,
                "the real queue's model has no symmetry",
                "leave SYMMETRY out, or check the layer spec",
            ));
        }
        System::new(constants, *environment).ok_or_else(|| {
            config.error_without_line(
                "the real queue has no such growth factor",
                "take a power of two, or check the layer spec",
            )
        })
    }

    fn refinement(&self) -> QueueRefinement {
        QueueRefinement
    }

    fn describe(&self, environment: &Environment, layer: Layer) -> String {
        match layer {
            Layer::Spec => {
                environment.spec_fault.map_or(String::new(), |fault| format!("fault {fault:?}"))
            }
            Layer::System | Layer::Miter => environment.words(),
        }
    }

    fn verbs(&self) -> Vec<Verb> {
        vec![bugs::verb::verb(), stress::verb::verb(), history::verb::verb()]
    }
}
