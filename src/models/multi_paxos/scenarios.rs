//! The table of scenarios: what is checked, in which environment, and what must come out.

use super::faults::Fault;
use super::system::{Environment, Transport};
use crate::gate::{Expected, Lane, Layer, Scenario};

/// A scenario with its environment.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The scenario.
    pub scenario: Scenario,
    /// What surrounds the code in it.
    pub environment: Environment,
}

const PLAIN: Environment = Environment::PLAIN;

/// All scenarios. The first one's environment serves a configuration that comes without a scenario.
pub const SCENARIOS: [Row; 39] = [
    Row {
        scenario: Scenario {
            name: "duel",
            story: "two proposers with one attempt each duel over one round; messages overtake each other",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::Spec, 937, &["IncrementAttempt"]),
                holds(Layer::System, 251_410, &["Retry"]),
                holds(Layer::Miter, 251_410, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Unordered, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "retry",
            story: "a proposer gives up its attempt and tries again; messages are delivered any number of times",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::Spec, 991, &[]),
                holds(Layer::System, 60_274, &[]),
                holds(Layer::Miter, 60_274, &[]),
            ],
        },
        environment: Environment { transport: Transport::Duplicating, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "ordered",
            story: "two proposers duel over channels that keep their order",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::System, 85_988, &["Retry"]),
                holds(Layer::Miter, 85_988, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Ordered, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "loss",
            story: "messages are lost, and the proposer tries again",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[holds(Layer::System, 23_492, &[]), holds(Layer::Miter, 23_492, &[])],
        },
        environment: Environment { transport: Transport::Ordered, loss: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "loss_unordered",
            story: "messages are lost and overtake each other",
            module: "MultiPaxos",
            config: "single.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(
                    Layer::Spec,
                    31,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "IncrementAttempt"],
                ),
                holds(
                    Layer::System,
                    1_333,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "Retry"],
                ),
                holds(Layer::Miter, 1_333, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Unordered, loss: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "acceptor_crash",
            story: "an acceptor crashes at any moment and comes back with what is on its disk",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[holds(Layer::System, 87_574, &[]), holds(Layer::Miter, 87_574, &[])],
        },
        environment: Environment {
            transport: Transport::Unordered,
            acceptor_crashes: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "proposer_crash",
            story: "a proposer crashes, comes back with its disk alone, and is asked for another value",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[holds(Layer::System, 214_650, &[]), holds(Layer::Miter, 214_650, &[])],
        },
        environment: Environment {
            transport: Transport::Unordered,
            proposer_crashes: true,
            any_value: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "crash_ordered",
            story: "a proposer crashes while its messages are lost on ordered channels",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[holds(Layer::System, 36_672, &[]), holds(Layer::Miter, 36_672, &[])],
        },
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            proposer_crashes: true,
            any_value: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "log",
            story: "two rounds of a log; neither touches the other",
            module: "MultiPaxos",
            config: "two_rounds.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(
                    Layer::Spec,
                    2_916,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "IncrementAttempt"],
                ),
                holds(
                    Layer::System,
                    1_196,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "Retry"],
                ),
                holds(Layer::Miter, 1_196, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "catch_up",
            story: "a learner misses rounds, asks for them, and applies them in order",
            module: "MultiPaxos",
            config: "catch_up.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(
                    Layer::Spec,
                    36,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "IncrementAttempt"],
                ),
                holds(
                    Layer::System,
                    353,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "Retry"],
                ),
                holds(Layer::Miter, 353, &["Retry"]),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            loss: true,
            learners: 1,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "turns",
            story: "three proposers take turns while messages are lost: who is the highest is told by several",
            module: "MultiPaxos",
            config: "three_turns.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::Spec, 21_181, &["IncrementAttempt"]),
                holds(Layer::System, 231_947, &["Retry"]),
                holds(Layer::Miter, 231_947, &["Retry"]),
            ],
        },
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            turns: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "rejected",
            story: "two proposers beat each other and try again, taking turns while messages are lost",
            module: "MultiPaxos",
            config: "MultiPaxos.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[holds(Layer::System, 638_487, &[]), holds(Layer::Miter, 638_487, &[])],
        },
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            turns: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "four_acceptors",
            story: "an even number of acceptors, three of which are a quorum; two proposers",
            module: "MultiPaxos",
            config: "four_acceptors.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::Spec, 4_021, &["IncrementAttempt"]),
                holds(Layer::System, 90_269, &["Retry"]),
                holds(Layer::Miter, 90_269, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "five_acceptors",
            story: "five acceptors, three of which are a quorum",
            module: "MultiPaxos",
            config: "five_single.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(
                    Layer::Spec,
                    259,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "IncrementAttempt"],
                ),
                holds(
                    Layer::System,
                    767,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "Retry"],
                ),
                holds(Layer::Miter, 767, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Duplicating, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "three_proposers",
            story: "three proposers duel over channels that keep their order, before two acceptors",
            module: "MultiPaxos",
            config: "three_proposers.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::Spec, 574, &["IncrementAttempt"]),
                holds(Layer::System, 23_088, &["Retry"]),
                holds(Layer::Miter, 23_088, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "multi_paxos",
            story: "the spec in depth: two proposers with two attempts each",
            module: "MultiPaxos",
            config: "MultiPaxos.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[holds(Layer::Spec, 144_698, &[])],
        },
        environment: PLAIN,
    },
    Row {
        scenario: Scenario {
            name: "up_to_symmetry",
            story: "the same spec up to the names of acceptors and values",
            module: "MultiPaxos",
            config: "symmetry.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[holds(Layer::Spec, 13_560, &[])],
        },
        environment: PLAIN,
    },
    Row {
        scenario: Scenario {
            name: "undecided",
            story: "the same spec, no further than to where the round is decided",
            module: "MultiPaxos",
            config: "undecided.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[holds(Layer::Spec, 80_760, &[])],
        },
        environment: PLAIN,
    },
    Row {
        scenario: Scenario {
            name: "reachable",
            story: "whether anything can be learned at all: a claim that nothing is, which fails",
            module: "MultiPaxos",
            config: "reachable.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[fails(Layer::Spec, 415, "NothingLearned", 6)],
        },
        environment: PLAIN,
    },
    Row {
        scenario: Scenario {
            name: "five_duel",
            story: "the spec with two proposers and five acceptors, up to symmetry",
            module: "MultiPaxos",
            config: "five_acceptors.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[holds(Layer::Spec, 1_239, &["IncrementAttempt"])],
        },
        environment: PLAIN,
    },
    Row {
        scenario: Scenario {
            name: "as_given",
            story: "the spec as first described forbids what correct code does: code and spec part ways",
            module: "MultiPaxosAsGiven",
            config: "as_given_small.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::Spec, 573, &["Consistency", "IncrementAttempt"]),
                fails(Layer::Miter, 2_428, "Refinement", 9),
            ],
        },
        environment: Environment { transport: Transport::Unordered, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "as_given_retry",
            story: "the same with second attempts",
            module: "MultiPaxosAsGiven",
            config: "MultiPaxosAsGiven.cfg",
            golden: true,
            lane: Lane::Quick,
            expected: &[
                holds(Layer::Spec, 49_716, &["Consistency"]),
                fails(Layer::Miter, 38_529, "Refinement", 9),
            ],
        },
        environment: Environment { transport: Transport::Unordered, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "fault_attempt_out_of_bounds",
            story: "a proposer goes on to an attempt that does not exist",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[fails(Layer::Spec, 46, "TypeOK", 3), fails(Layer::System, 59, "TypeOK", 4)],
        },
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::AttemptOutOfBounds),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_minority_quorum",
            story: "one acceptor is taken for a quorum",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                fails(Layer::Spec, 1_067, "Agreement", 8),
                fails(Layer::System, 36, "Agreement", 11),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::MinorityQuorum),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_blank_value",
            story: "a value is proposed that nobody asked for",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                fails(Layer::Spec, 663, "Validity", 6),
                fails(Layer::System, 4_603, "Validity", 10),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::BlankValue),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_value_not_carried",
            story: "a proposer does not carry forward what may be chosen",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                fails(Layer::Spec, 1_441, "Consistency", 9),
                fails(Layer::System, 56_002, "Consistency", 15),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::ValueNotCarried),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_promise_not_raised",
            story: "an accept above the promise leaves the promise where it was",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                fails(Layer::Spec, 273, "PromiseIntegrity", 4),
                fails(Layer::System, 662, "PromiseIntegrity", 7),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::PromiseNotRaised),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_promise_forgotten",
            story: "an acceptor promises whatever it is asked to",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                fails(Layer::Spec, 19, "MonotonicPromises", 3),
                fails(Layer::System, 66, "MonotonicPromises", 5),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::PromiseForgotten),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_late_accept",
            story: "an acceptor accepts below its promise",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                fails(Layer::Spec, 243, "MonotonicAccepts", 5),
                fails(Layer::System, 15_263, "MonotonicAccepts", 13),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::LateAccept),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_acceptor_amnesia",
            story: "an acceptor comes back from a crash without its disk",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[
                fails(Layer::System, 106, "MonotonicPromises", 5),
                fails(Layer::Miter, 285, "Refinement", 5),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            acceptor_crashes: true,
            fault: Some(Fault::AcceptorAmnesia),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "fault_proposer_amnesia",
            story: "a proposer comes back from a crash without its disk, and uses a proposal key for two values",
            module: "MultiPaxos",
            config: "one_attempt.cfg",
            golden: false,
            lane: Lane::Quick,
            expected: &[fails(Layer::Miter, 45_793, "Refinement", 15)],
        },
        environment: Environment {
            transport: Transport::Unordered,
            proposer_crashes: true,
            any_value: true,
            fault: Some(Fault::ProposerAmnesia),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "two_rounds_duel",
            story: "two rounds of the spec with two proposers: 937 squared",
            module: "MultiPaxos",
            config: "two_rounds_duel.cfg",
            golden: false,
            lane: Lane::Deep,
            expected: &[holds(Layer::Spec, 877_969, &["IncrementAttempt"])],
        },
        environment: PLAIN,
    },
    Row {
        scenario: Scenario {
            name: "three_rounds",
            story: "three rounds of a log",
            module: "MultiPaxos",
            config: "three_rounds.cfg",
            golden: true,
            lane: Lane::Deep,
            expected: &[
                holds(
                    Layer::Spec,
                    29_791,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "IncrementAttempt"],
                ),
                holds(
                    Layer::System,
                    38_120,
                    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "Retry"],
                ),
                holds(Layer::Miter, 38_120, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "duel_duplicated",
            story: "two proposers duel while messages are delivered any number of times",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Deep,
            expected: &[
                holds(Layer::System, 278_489, &["Retry"]),
                holds(Layer::Miter, 278_489, &["Retry"]),
            ],
        },
        environment: Environment { transport: Transport::Duplicating, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario {
            name: "duel_lost",
            story: "two proposers duel while messages are lost",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Deep,
            expected: &[
                holds(Layer::System, 160_666, &["Retry"]),
                holds(Layer::Miter, 160_666, &["Retry"]),
            ],
        },
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "duel_crash",
            story: "two proposers duel while acceptors crash",
            module: "MultiPaxos",
            config: "small.cfg",
            golden: false,
            lane: Lane::Deep,
            expected: &[
                holds(Layer::System, 169_769, &["Retry"]),
                holds(Layer::Miter, 169_769, &["Retry"]),
            ],
        },
        environment: Environment {
            transport: Transport::Unordered,
            acceptor_crashes: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "crash_duplicated",
            story: "a proposer crashes while messages are delivered any number of times",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Deep,
            expected: &[holds(Layer::System, 490_012, &[]), holds(Layer::Miter, 490_012, &[])],
        },
        environment: Environment {
            transport: Transport::Duplicating,
            proposer_crashes: true,
            any_value: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "retry_lost",
            story: "messages are lost and overtake each other, and the proposer tries again",
            module: "MultiPaxos",
            config: "one_proposer.cfg",
            golden: false,
            lane: Lane::Deep,
            expected: &[holds(Layer::System, 287_780, &[]), holds(Layer::Miter, 287_780, &[])],
        },
        environment: Environment {
            transport: Transport::Unordered,
            loss: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario {
            name: "five_retry",
            story: "five acceptors and a proposer that tries again",
            module: "MultiPaxos",
            config: "five_retry.cfg",
            golden: false,
            lane: Lane::Deep,
            expected: &[
                holds(Layer::Spec, 42_975, &[]),
                holds(Layer::System, 3_021, &[]),
                holds(Layer::Miter, 3_021, &[]),
            ],
        },
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
];

const fn holds(layer: Layer, distinct: u64, silent: &'static [&'static str]) -> Expected {
    Expected { layer, distinct, violation: None, silent }
}

const fn fails(layer: Layer, distinct: u64, law: &'static str, states: usize) -> Expected {
    Expected { layer, distinct, violation: Some((law, states)), silent: &[] }
}
