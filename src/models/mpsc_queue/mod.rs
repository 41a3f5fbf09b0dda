//! A lock-free queue with many producers and one consumer: the port of its spec, the real queue one access
//! to shared memory at a time, and the miter between them.
//!
//! # Specification
//!
//! `specs/mpsc_queue/LockFreeMPSCQueue.tla`: the queue as a sequence of messages, each of them
//! different, with the ring's capacity and generation. Producers drop what finds no room; the
//! consumer grows the ring.
//!
//! # Fidelity
//!
//! Real are the types of [`crate::impls::mpsc_queue::algorithm`]: what producers and the consumer keep, and the
//! operations that push, pop, grow, join, leave and close, with their program counters. They are the code that
//! ships: the queue runs the same steps over atomics, in one call, and a test compares the two from
//! every reachable state. Every transition of the [system] is one step of one thread, and
//! a law says that this is one access to what threads share.
//!
//! The model's own are the [memory], plain values that notice every access which real memory would answer with
//! nonsense; what threads do (each producer pushes its messages and may leave, the consumer pops and may close);
//! and sleep: who is asleep is woken by the access that wakes. The history of messages (`buffer`, `sent`,
//! `messages_dropped`, who has joined) is recorded beside the code at [`Step::linearised`], and the code does not
//! see it. `head`, `tail`, `generation` and `capacity` are read off the memory.
//!
//! | in the code | in the spec |
//! |---|---|
//! | a queue is made | `ProducerJoin`, `ConsumerStart` |
//! | a producer is cloned; counts itself out | `ProducerJoin`; `ProducerLeave` |
//! | `Linearised::Enqueue(n)`, `Linearised::Drop` | `ProducerEnqueue`, n times or once |
//! | `Linearised::Dequeue(n)` | `ConsumerDequeue`, n times |
//! | `Linearised::Resize` | `ConsumerResize`, then `ConsumerResizeComplete` |
//! | the pop that ends a consumer's drop | `ConsumerStop` |
//! | any other step | nothing |
//!
//! # Scope limits
//!
//! Accesses happen one after the other: what a weaker memory order would allow is what the tests under loom are
//! for. Compare-and-swaps fail only where the word has moved. Batches are as large as the scenario allows, and do not
//! come together with sleep, closing or leaving. Time-outs and tasks that are dropped are sleepers that wake by
//! themselves; the list of sleepers is not modelled. A consumer does not come back. The ring never shrinks. A message has
//! no content but its name.
//!
//! # Bounds
//!
//! `MaxMessages` bounds how many messages are attempted in all, and so every count; a scenario may say how many
//! each producer has. It also bounds resizes, as does `MaxCapacity`: what holds under weak fairness here would need more if the ring
//! could grow for ever. Pops are not bounded: a consumer that finds nothing is where it was. The [table of
//! scenarios](SCENARIOS) has the constants (by configuration), the [environments](Environment) and the exact counts.
//!
//! [`Step::linearised`]: crate::impls::mpsc_queue::algorithm::Step::linearised

use std::sync::Arc;

use crate::check::miter::Miter;
use crate::gate::scenario::SpecFile;
use crate::gate::{AnyModel, Layer, Prepared, Scenario, Source, Verb};
use crate::tla::config::ConfigError;

pub mod batch;
mod buffer;
pub mod bugs;
pub mod constants;
pub mod counting;
pub mod environment;
pub mod faults;
pub mod laws;
pub mod memory;
pub mod picture;
pub mod places;
pub mod progress;
pub mod refine;
mod scenarios;
pub mod spec;
pub mod symmetry;
pub mod system;
pub mod system_laws;
pub mod system_picture;
pub mod threads;
mod words;

pub use constants::Constants;
pub use environment::Environment;
pub use faults::Fault;
pub use refine::QueueRefinement;
pub use scenarios::{Row, SCENARIOS, row};
pub use spec::Spec;
pub use system::System;

/// The queue, for the gate and the command line.
#[derive(Clone, Copy, Debug)]
pub struct MpscQueue;

impl crate::gate::System for MpscQueue {
    fn name(&self) -> &'static str {
        "mpsc_queue"
    }

    fn summary(&self) -> &'static str {
        "A lock-free queue with many producers, one consumer and a growing ring, against its TLA+ spec"
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
        let constants = Constants::from_config(&source.config, &|name| source.definition(name))?;
        let constants = Arc::new(constants);
        let row = row(scenario.name);
        let environment = row.map_or(Environment::PLAIN, |row| row.environment);
        let named = constants.named();
        let code = || {
            let lacks = |problem: &str, mend: &str| {
                let mend = format!("{mend}, or check the layer spec");
                source.config.error(1, problem, mend)
            };
            if constants.producer_symmetry {
                return Err(lacks("the real queue's model has no symmetry", "leave SYMMETRY out"));
            }
            System::new(&constants, environment).ok_or_else(|| {
                lacks("the real queue has no such growth factor", "take a power of two")
            })
        };
        let (model, words): (Box<dyn AnyModel>, String) = match layer {
            Layer::Spec => {
                let fault = row.and_then(|row| row.fault);
                let words = fault.map_or(String::new(), |fault| format!("fault {fault:?}"));
                (Box::new(Spec::with_fault(constants.clone(), fault)), words)
            }
            Layer::System => (Box::new(code()?), environment.words()),
            Layer::Miter => {
                let miter = Miter {
                    code: code()?,
                    spec: Spec::new(constants.clone()),
                    refinement: QueueRefinement,
                };
                (Box::new(miter), environment.words())
            }
        };
        Ok(Prepared { model, constants: named, environment: words })
    }

    fn verbs(&self) -> Vec<Verb> {
        vec![bugs::verb::verb()]
    }
}

/// The files of `specs/mpsc_queue/`.
const FILES: [SpecFile; 38] = spec_files!["mpsc_queue";
    "LockFreeMPSCQueue.cfg",
    "LockFreeMPSCQueue.tla",
    "by_four.cfg",
    "consumer_progress.cfg",
    "consumer_rests.cfg",
    "consumer_unfair.cfg",
    "eight_messages.cfg",
    "fair.cfg",
    "faults.cfg",
    "fixed.cfg",
    "one_producer.cfg",
    "one_slot.cfg",
    "one_slot_fair.cfg",
    "one_to_eight.cfg",
    "producer_fairness.cfg",
    "producer_unfair.cfg",
    "producer_waits.cfg",
    "push_progress.cfg",
    "resize_progress.cfg",
    "resize_unfair.cfg",
    "room_for_two.cfg",
    "six_messages.cfg",
    "six_symmetric.cfg",
    "small.cfg",
    "stopped.cfg",
    "symmetry.cfg",
    "three_by_one.cfg",
    "three_by_two.cfg",
    "three_by_two_from_two.cfg",
    "three_by_two_to_eight.cfg",
    "three_from_two.cfg",
    "triple.cfg",
    "two_by_three.cfg",
    "two_by_three_from_two.cfg",
    "two_by_two.cfg",
    "two_producers.cfg",
    "two_slots.cfg",
    "two_symmetric.cfg",
];
