//! Multi-Paxos: the port of its specs, the system of real code, and the miter between them.
//!
//! # Specification
//!
//! `specs/multi_paxos/MultiPaxos.tla`: every round of the log is a single-decree Paxos, seen by its
//! acceptors, with the history of votes after Lamport's *Voting*. `MultiPaxosAsGiven.tla` is the spec
//! as first described; it wants a quorum that promises one proposal *at the same moment*, and so
//! forbids steps of correct code. `MultiPaxosUnbounded.tla` has no bound on attempts, for what can go on
//! for ever.
//!
//! # Fidelity
//!
//! Real are the types of [`crate::impls::multi_paxos`]: `AcceptorStateStore`, `Proposer` (with
//! `QuorumTracker`, `ProposalKey` and `Leadership`), `Learner`, `Cluster`, every `Message`, and the durable state that
//! comes back after a crash. The model's own are the network and the crashes (Stateright's actors), the
//! clients' requests and the time-outs (timers that may fire at any moment), and the history of votes and
//! learned values (observed from the real types, never read by them).
//!
//! # Scope limits
//!
//! A node writes its disk and sends its messages in one step; a crash between the two is the same as
//! the loss of those messages, which is modelled apart. At most one node is down at a time. Disks do
//! not fail. `SharedAcceptorState` is a lock around `AcceptorStateStore`; it is tested with threads, not
//! explored. Membership does not change. Nobody is suspected by the rule for leaders: a leader that
//! crashes for good is tried by unit tests alone.
//!
//! # Bounds
//!
//! Attempts are bounded by `Attempts`: a proposer whose next attempt is not among them does not begin
//! it. For `MultiPaxosUnbounded` attempts are counted from the lowest in use, in spec and code. No action touches two rounds, so one round is checked deep and two rounds shallow. The
//! [table of scenarios](SCENARIOS) has the constants (by configuration), the environments, and the exact
//! counts.

// Sizes are bounded by the reader of constants, so that numbers fit their types.
#![allow(clippy::cast_possible_truncation)]

use std::sync::Arc;

use crate::check::miter::Miter;
use crate::gate::scenario::SpecFile;
use crate::gate::{Layer, Prepared, Scenario, Source};
use crate::tla::config::ConfigError;

pub mod constants;
pub mod faults;
pub mod laws;
pub mod node;
pub mod picture;
pub mod refine;
mod renumber;
mod scenarios;
pub mod spec;
pub mod symmetry;
pub mod system;
mod words;

pub use constants::{Constants, Module, Specification};
pub use faults::Fault;
pub use refine::PaxosRefinement;
pub use scenarios::{Row, SCENARIOS};
pub use spec::Spec;
pub use system::{Environment, System};

/// Multi-Paxos, for the gate and the command line.
#[derive(Clone, Copy, Debug)]
pub struct MultiPaxos;

impl crate::gate::System for MultiPaxos {
    fn name(&self) -> &'static str {
        "multi_paxos"
    }

    fn summary(&self) -> &'static str {
        "Multi-Paxos: a replicated log's acceptors, proposers and learners, against their TLA+ spec"
    }

    fn modules(&self) -> Vec<&'static str> {
        Module::ALL.iter().map(|module| module.name()).collect()
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
        let module = Module::ALL
            .into_iter()
            .find(|module| module.name() == source.module)
            .unwrap_or(Module::MultiPaxos);
        let constants =
            Constants::from_config(&source.config, module, &|name| source.definition(name))?;
        let environment = SCENARIOS
            .iter()
            .find(|row| row.scenario.name == scenario.name)
            .map_or(Environment::PLAIN, |row| row.environment);
        let symmetry = environment.symmetry || constants.acceptor_symmetry;
        let environment = Environment { symmetry, ..environment };
        if layer != Layer::Spec {
            constants.check_for_code(&source.config)?;
        }
        if environment.symmetry && layer != Layer::Spec {
            constants.check_symmetry(&source.config)?;
        }
        let constants = Arc::new(constants);
        let named = constants.named();
        let spec = Spec::with_fault(constants.clone(), environment.fault);
        let (model, words): (Box<dyn crate::gate::AnyModel>, String) = match layer {
            Layer::Spec => {
                let words = environment.fault.map_or(String::new(), |it| format!("fault {it:?}"));
                (Box::new(spec), words)
            }
            Layer::System => (Box::new(System::new(&constants, environment)), environment.words()),
            Layer::Miter => {
                let code = System::new(&constants, environment);
                let miter = Miter { code, spec: Spec::new(constants), refinement: PaxosRefinement };
                (Box::new(miter), environment.words())
            }
        };
        Ok(Prepared { model, constants: named, environment: words })
    }
}

/// The files of `specs/multi_paxos/`.
const FILES: [SpecFile; 33] = spec_files!["multi_paxos";
    "MultiPaxos.cfg",
    "MultiPaxos.tla",
    "MultiPaxosAsGiven.cfg",
    "MultiPaxosAsGiven.tla",
    "MultiPaxosUnbounded.tla",
    "Proposals.tla",
    "as_given_small.cfg",
    "catch_up.cfg",
    "duel_bounded.cfg",
    "duel_forever.cfg",
    "five_acceptors.cfg",
    "five_retry.cfg",
    "five_single.cfg",
    "four_acceptors.cfg",
    "leader.cfg",
    "leader_three.cfg",
    "one_attempt.cfg",
    "one_proposer.cfg",
    "one_proposer_live.cfg",
    "outbid.cfg",
    "reachable.cfg",
    "single.cfg",
    "small.cfg",
    "symmetry.cfg",
    "three_proposers.cfg",
    "three_rounds.cfg",
    "three_turns.cfg",
    "two_rounds.cfg",
    "two_rounds_duel.cfg",
    "two_rounds_live.cfg",
    "unbounded.cfg",
    "undecided.cfg",
    "unresponsive.cfg",
];
