//! Multi-Paxos: the port of its specs, the system of real code, and the miter between them.
//!
//! # Specification
//!
//! `specs/multi_paxos/MultiPaxos.tla`: every round of the log is a single-decree Paxos, seen by its
//! acceptors, with the history of votes after Lamport's *Voting*. `MultiPaxosAsGiven.tla` is the
//! spec as first described; it wants a quorum that promises one proposal *at the same moment*, and
//! so forbids steps of correct code. `MultiPaxosUnbounded.tla` has no bound on attempts, for
//! behaviours that never end.
//!
//! # Fidelity
//!
//! Real are the types of [`mitregate_multi_paxos`]: `Replica` with its timers, `AcceptorStateStore`,
//! `Proposer` (with `QuorumTracker`, `ProposalKey` and `Leadership`), `Learner`, `Cluster`, every
//! `Message`, and the durable state that comes back after a crash. A node is one of Stateright's actors; its step is
//! taken once for each different node and event. The model's own are the network and the crashes
//! ([`mitregate::actors`]), the clients' requests and the timeouts (timers that may fire at any
//! moment), and the history of votes and learned values (observed from the real types, never read
//! by them).
//!
//! # Scope limits
//!
//! A node carries out the effects of an input in one step; a crash between two of them is the same
//! as the loss of the messages that follow, which is modelled apart. That nothing is written after a
//! message is asserted in every step; unit tests of `Replica` crash between any two effects. A node
//! has one role here; nodes of all roles are in the unit tests. At most one node is down at a time.
//! Disks do not fail. `SharedAcceptorState` is a lock around `AcceptorStateStore`; it is tested
//! with threads, not explored. Membership does not change. No leader is ever suspected: only unit
//! tests cover a leader that crashes for good. A snapshot is the list of the values applied; that an acceptor
//! tells of at most so many votes in one promise is in the unit tests.
//!
//! # Bounds
//!
//! Attempts are bounded by `Attempts`: a proposer whose next attempt is not among them does not
//! begin it. For `MultiPaxosUnbounded`, attempts are counted from the lowest in use, in spec and
//! code. No action of the spec touches two rounds; a promise of all rounds is one in each. So one round is checked deep and two rounds shallow. The
//! table of scenarios, `specs/multi_paxos/scenarios.toml`, has the constants (by configuration),
//! the environments, and the exact counts.

// Sizes are bounded by the reader of constants, so that numbers fit their types.
#![allow(clippy::cast_possible_truncation)]

use std::sync::Arc;

use crate::in_words;
use mitregate::check::Name;
use mitregate::gate::include_dir::{self, Dir};
use mitregate::gate::{AnySystem, Layer, Loaded, Source, System as GateSystem, TableError, Verb};
use mitregate::tla::config::ConfigError;

pub mod constants;
pub mod environment;
pub mod faults;
pub mod forwarded;
pub mod laws;
pub mod node;
pub mod picture;
mod projection;
pub mod refine;
mod renumber;
pub mod spec;
pub mod symmetry;
pub mod system;
pub mod validation;
mod words;

pub use constants::{Constants, Module, Specification};
pub use environment::Environment;
pub use faults::Fault;
pub use refine::PaxosRefinement;
pub use spec::Spec;
pub use system::System;

/// Multi-Paxos, for the gate and the command line.
#[derive(Clone, Copy, Debug)]
pub struct MultiPaxos;

/// Multi-Paxos with its scenarios. A separate function, so that programs share one copy of its
/// code.
///
/// # Errors
///
/// If the table of scenarios is invalid.
pub fn load() -> Result<Box<dyn AnySystem>, TableError> {
    Loaded::boxed(MultiPaxos)
}

/// `specs/multi_paxos/`.
static FILES: Dir<'static> = include_dir::include_dir!("$CARGO_MANIFEST_DIR/specs/multi_paxos");

impl GateSystem for MultiPaxos {
    type Environment = Environment;
    type Constants = Constants;
    type Refinement = PaxosRefinement;

    fn name(&self) -> &'static str {
        "multi_paxos"
    }

    fn summary(&self) -> &'static str {
        "Multi-Paxos: a replicated log's acceptors, proposers and learners, against their TLA+ spec"
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
        environment.fault.map(in_words)
    }

    fn loaded_by(&self) -> Option<&'static str> {
        Some("mitregate_models::multi_paxos::load()")
    }

    fn named_constants(&self, constants: &Constants) -> Vec<(Name, String)> {
        constants.named()
    }

    fn spec(&self, constants: &Arc<Constants>, environment: Option<&Environment>) -> Spec {
        Spec::with_fault(constants.clone(), environment.and_then(|environment| environment.fault))
    }

    fn code(
        &self,
        source: &Source,
        constants: &Arc<Constants>,
        environment: &Environment,
    ) -> Result<System, ConfigError> {
        let symmetry = environment.symmetry || constants.acceptor_symmetry;
        constants.check_for_code(&source.config)?;
        if constants.module == Module::MultiPaxosUnbounded
            && environment.prepares != environment::Preparation::ByRound
        {
            return Err(source.config.error_without_line(
                "attempts in all rounds are not renumbered, so there is no end to them with MultiPaxosUnbounded",
                "choose the module MultiPaxos, or the environment prepares = \"by_round\"",
            ));
        }
        if symmetry {
            constants.check_symmetry(&source.config)?;
        }
        Ok(System::new(constants, Environment { symmetry, ..*environment }))
    }

    fn refinement(&self) -> PaxosRefinement {
        PaxosRefinement
    }

    fn verbs(&self) -> Vec<Verb> {
        vec![validation::verb::verb()]
    }

    fn describe(&self, environment: &Environment, layer: Layer) -> String {
        match layer {
            Layer::Spec => environment.fault.map_or(String::new(), |it| format!("fault {it:?}")),
            Layer::System | Layer::Miter => environment.words(),
        }
    }
}
