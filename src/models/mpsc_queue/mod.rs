//! A lock-free queue with many producers and one consumer: the port of its spec.
//!
//! # Specification
//!
//! `specs/mpsc_queue/LockFreeMPSCQueue.tla`: the queue as a sequence of messages, each of them
//! different, with the ring's capacity and generation. Producers drop what finds no room; the
//! consumer grows the ring.
//!
//! # Fidelity
//!
//! Only the spec is modelled here, so far. The steps of the real queue ([`crate::impls::mpsc_queue`]) run over
//! plain [`memory`] in `tests/mpsc_queue_steps.rs`, against an abstract queue. Each action of the spec is one step, and the port is compared with TLC
//! state by state and edge by edge. A resize has two steps, between which producers wait.
//!
//! # Scope limits
//!
//! There are no memory orders, no slots and no positions that wrap around: these are the code's, and the
//! spec has none of them. The ring never shrinks. A message has no content but its name.
//!
//! # Bounds
//!
//! `MaxMessages` bounds how many messages are attempted in all, and so every count. It also bounds
//! resizes, as does `MaxCapacity`: what holds under weak fairness here would need more if the ring
//! could grow for ever. The [table of scenarios](SCENARIOS) has the constants (by configuration) and
//! the exact counts.

use std::sync::Arc;

use crate::gate::scenario::SpecFile;
use crate::gate::{Layer, Prepared, Scenario, Source};
use crate::tla::config::ConfigError;

mod buffer;
pub mod constants;
pub mod faults;
pub mod laws;
pub mod memory;
pub mod picture;
mod scenarios;
pub mod spec;
pub mod symmetry;

pub use constants::Constants;
pub use faults::Fault;
pub use scenarios::{Row, SCENARIOS};
pub use spec::Spec;

/// The queue, for the gate and the command line.
#[derive(Clone, Copy, Debug)]
pub struct MpscQueue;

impl crate::gate::System for MpscQueue {
    fn name(&self) -> &'static str {
        "mpsc_queue"
    }

    fn summary(&self) -> &'static str {
        "A lock-free queue with many producers, one consumer and a growing ring: its TLA+ spec"
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
        if layer != Layer::Spec {
            return Err(source.config.error(
                1,
                format!("{} has no model of the code for the layer {layer}", self.name()),
                "check the layer spec",
            ));
        }
        let constants = Constants::from_config(&source.config, &|name| source.definition(name))?;
        let row = SCENARIOS.iter().find(|row| row.scenario.name == scenario.name);
        let fault = row.and_then(|row| row.fault);
        let named = constants.named();
        let spec = Spec::with_fault(Arc::new(constants), fault);
        let environment = fault.map_or(String::new(), |fault| format!("fault {fault:?}"));
        Ok(Prepared { model: Box::new(spec), constants: named, environment })
    }
}

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        [$(SpecFile {
            name: $name,
            text: include_str!(concat!("../../../specs/mpsc_queue/", $name)),
        }),*]
    };
}

/// The files of `specs/mpsc_queue/`.
const FILES: [SpecFile; 21] = files![
    "LockFreeMPSCQueue.cfg",
    "LockFreeMPSCQueue.tla",
    "consumer_progress.cfg",
    "consumer_rests.cfg",
    "consumer_unfair.cfg",
    "eight_messages.cfg",
    "fair.cfg",
    "faults.cfg",
    "producer_fairness.cfg",
    "producer_unfair.cfg",
    "producer_waits.cfg",
    "resize_progress.cfg",
    "resize_unfair.cfg",
    "room_for_two.cfg",
    "six_messages.cfg",
    "six_symmetric.cfg",
    "small.cfg",
    "symmetry.cfg",
    "triple.cfg",
    "two_producers.cfg",
    "two_symmetric.cfg",
];
