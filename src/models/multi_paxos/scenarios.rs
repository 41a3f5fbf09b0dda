//! The table of scenarios: what is checked, in which environment, and what must come out.

use super::faults::Fault;
use super::system::{Environment, Retries, Transport};
use crate::gate::{Expected, Scenario};

/// A scenario with its environment.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The scenario.
    pub scenario: Scenario,
    /// What surrounds the code in it.
    pub environment: Environment,
}

const PLAIN: Environment = Environment::PLAIN;

/// What has nothing to say in the spec where each round has one proposal at most.
const ONE_PROPOSAL: &[&str] =
    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "IncrementAttempt"];

/// The same on the code.
const ONE_PROPOSAL_ON_CODE: &[&str] =
    &["Consistency", "MonotonicPromises", "MonotonicAccepts", "Retry"];

/// All scenarios. The first one's environment serves a configuration that comes without a scenario.
pub const SCENARIOS: [Row; 54] = [
    Row {
        scenario: Scenario::quick("duel")
            .about("two proposers duel over one round; messages overtake each other")
            .of("MultiPaxos", "small.cfg")
            .golden()
            .expects(&[
                Expected::spec(937).silent(&["IncrementAttempt"]),
                Expected::system(251_410).silent(&["Retry"]),
                Expected::miter(251_410).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Unordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("retry")
            .about("a proposer tries again; messages are delivered any number of times")
            .of("MultiPaxos", "one_proposer.cfg")
            .golden()
            .expects(&[Expected::spec(991), Expected::system(60_274), Expected::miter(60_274)]),
        environment: Environment { transport: Transport::Duplicating, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("ordered")
            .about("two proposers duel over channels that keep their order")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::system(85_988).silent(&["Retry"]),
                Expected::miter(85_988).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Ordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("loss")
            .about("messages are lost, and the proposer tries again")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[Expected::system(23_492), Expected::miter(23_492)]),
        environment: Environment { transport: Transport::Ordered, loss: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("loss_unordered")
            .about("messages are lost and overtake each other")
            .of("MultiPaxos", "single.cfg")
            .golden()
            .expects(&[
                Expected::spec(31).silent(ONE_PROPOSAL),
                Expected::system(1_333).silent(ONE_PROPOSAL_ON_CODE),
                Expected::miter(1_333).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Unordered, loss: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("acceptor_crash")
            .about("an acceptor crashes at any moment and comes back with what is on its disk")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[Expected::system(87_574), Expected::miter(87_574)]),
        environment: Environment {
            transport: Transport::Unordered,
            acceptor_crashes: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("proposer_crash")
            .about("a proposer crashes, keeps only its disk, and is asked for another value")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[Expected::system(214_650), Expected::miter(214_650)]),
        environment: Environment {
            transport: Transport::Unordered,
            proposer_crashes: true,
            any_value: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("crash_ordered")
            .about("a proposer crashes while its messages are lost on ordered channels")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[Expected::system(36_672), Expected::miter(36_672)]),
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
        scenario: Scenario::quick("log")
            .about("two rounds of a log; neither touches the other")
            .of("MultiPaxos", "two_rounds.cfg")
            .golden()
            .expects(&[
                Expected::spec(2_916).silent(ONE_PROPOSAL),
                Expected::system(1_196).silent(ONE_PROPOSAL_ON_CODE),
                Expected::miter(1_196).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("catch_up")
            .about("a learner misses rounds, asks for them, and applies them in order")
            .of("MultiPaxos", "catch_up.cfg")
            .golden()
            .expects(&[
                Expected::spec(36).silent(ONE_PROPOSAL),
                Expected::system(353).silent(ONE_PROPOSAL_ON_CODE),
                Expected::miter(353).silent(&["Retry"]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            loss: true,
            learners: 1,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("turns")
            .about("three proposers take turns and messages are lost: several votes to choose from")
            .of("MultiPaxos", "three_turns.cfg")
            .golden()
            .expects(&[
                Expected::spec(21_181).silent(&["IncrementAttempt"]),
                Expected::system(231_947).silent(&["Retry"]),
                Expected::miter(231_947).silent(&["Retry"]),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            turns: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("rejected")
            .about("two proposers beat each other and try again; messages are lost")
            .of("MultiPaxos", "MultiPaxos.cfg")
            .expects(&[Expected::system(638_487), Expected::miter(638_487)]),
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            turns: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("four_acceptors")
            .about("an even number of acceptors, three of which are a quorum; two proposers")
            .of("MultiPaxos", "four_acceptors.cfg")
            .golden()
            .expects(&[
                Expected::spec(4_021).silent(&["IncrementAttempt"]),
                Expected::system(90_269).silent(&["Retry"]),
                Expected::miter(90_269).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("five_acceptors")
            .about("five acceptors, three of which are a quorum")
            .of("MultiPaxos", "five_single.cfg")
            .golden()
            .expects(&[
                Expected::spec(259).silent(ONE_PROPOSAL),
                Expected::system(767).silent(ONE_PROPOSAL_ON_CODE),
                Expected::miter(767).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Duplicating, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("watching")
            .about("a learner watches the votes themselves, and some of them are lost")
            .of("MultiPaxos", "single.cfg")
            .expects(&[
                Expected::system(2_016).silent(ONE_PROPOSAL_ON_CODE),
                Expected::miter(2_016).silent(&["Retry"]),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            learners: 1,
            watched: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("crashes")
            .about("acceptors and a proposer crash, one at a time, and come back")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[Expected::system(9_587), Expected::miter(9_587)]),
        environment: Environment {
            transport: Transport::Ordered,
            acceptor_crashes: true,
            proposer_crashes: true,
            any_value: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("three_proposers")
            .about("three proposers duel over channels that keep their order, before two acceptors")
            .of("MultiPaxos", "three_proposers.cfg")
            .golden()
            .expects(&[
                Expected::spec(574).silent(&["IncrementAttempt"]),
                Expected::system(23_088).silent(&["Retry"]),
                Expected::miter(23_088).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("multi_paxos")
            .about("the spec in depth: two proposers with two attempts each")
            .of("MultiPaxos", "MultiPaxos.cfg")
            .golden()
            .expects(&[Expected::spec(144_698)]),
        environment: PLAIN,
    },
    Row {
        scenario: Scenario::quick("up_to_symmetry")
            .about("the same spec up to the names of acceptors and values")
            .of("MultiPaxos", "symmetry.cfg")
            .golden()
            .expects(&[Expected::spec(13_560)]),
        environment: PLAIN,
    },
    Row {
        scenario: Scenario::quick("undecided")
            .about("the same spec, no further than to where the round is decided")
            .of("MultiPaxos", "undecided.cfg")
            .golden()
            .expects(&[Expected::spec(80_760)]),
        environment: PLAIN,
    },
    Row {
        scenario: Scenario::quick("reachable")
            .about("can anything be learned? the claim that nothing is, which fails")
            .of("MultiPaxos", "reachable.cfg")
            .golden()
            .expects(&[Expected::spec(415).fails(&[("NothingLearned", 6)])]),
        environment: PLAIN,
    },
    Row {
        scenario: Scenario::quick("five_duel")
            .about("the spec with two proposers and five acceptors, up to symmetry")
            .of("MultiPaxos", "five_acceptors.cfg")
            .golden()
            .expects(&[Expected::spec(1_239).silent(&["IncrementAttempt"])]),
        environment: PLAIN,
    },
    Row {
        scenario: Scenario::quick("one_proposer_live")
            .about("one proposer that keeps trying: every round is learned")
            .of("MultiPaxos", "one_proposer_live.cfg")
            .golden()
            .expects(&[Expected::spec(991), Expected::system(1_516), Expected::miter(1_516)]),
        environment: Environment { transport: Transport::Ordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("late_live")
            .about("two rounds while messages are delivered any number of times, in any order")
            .of("MultiPaxos", "two_rounds_live.cfg")
            .expects(&[Expected::system(1_156).silent(ONE_PROPOSAL_ON_CODE)]),
        environment: Environment { transport: Transport::Duplicating, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("two_rounds_live")
            .about("one proposer for two rounds: each of them is learned")
            .of("MultiPaxos", "two_rounds_live.cfg")
            .golden()
            .expects(&[
                Expected::spec(144).silent(ONE_PROPOSAL),
                Expected::system(284).silent(ONE_PROPOSAL_ON_CODE),
            ]),
        environment: Environment { transport: Transport::Ordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("unresponsive")
            .about("nobody has to answer, so nothing need be learned")
            .of("MultiPaxos", "unresponsive.cfg")
            .golden()
            .expects(&[
                Expected::spec(31).fails(&[("EveryRoundLearned", 1)]).silent(ONE_PROPOSAL),
                Expected::system(129)
                    .fails(&[("EveryRoundLearned", 1)])
                    .silent(ONE_PROPOSAL_ON_CODE),
            ]),
        environment: Environment { transport: Transport::Ordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("lost_live")
            .about("one proposer whose messages may all be lost: nothing need be learned")
            .of("MultiPaxos", "one_proposer_live.cfg")
            .expects(&[Expected::system(23_492).fails(&[("EveryRoundLearned", 9)])]),
        environment: Environment { transport: Transport::Ordered, loss: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("duel_bounded")
            .about("two proposers, and a bound on attempts that lets the highest of them win")
            .of("MultiPaxos", "duel_bounded.cfg")
            .golden()
            .expects(&[Expected::spec(2_614), Expected::system(61_915)]),
        environment: Environment { transport: Transport::Ordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("duel_forever")
            .about("two proposers outbid each other for ever, however fair all others are")
            .of("MultiPaxosUnbounded", "duel_forever.cfg")
            .golden()
            .expects(&[
                Expected::spec(19_827).fails(&[("EveryRoundLearned", 15)]),
                Expected::system(82_458).fails(&[("EveryRoundLearned", 22)]),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            retries: Retries::WhenBeaten,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("unbounded")
            .about("two proposers that may try as often as they want: all is safe")
            .of("MultiPaxosUnbounded", "unbounded.cfg")
            .golden()
            .expects(&[Expected::spec(19_827), Expected::system(82_458), Expected::miter(82_458)]),
        environment: Environment {
            transport: Transport::Ordered,
            retries: Retries::WhenBeaten,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("leader")
            .about("two proposers, one of which gives way to the leader: every round is learned")
            .of("MultiPaxos", "leader.cfg")
            .golden()
            .expects(&[Expected::spec(453), Expected::system(3_304), Expected::miter(3_304)]),
        environment: Environment {
            transport: Transport::Ordered,
            retries: Retries::ByLeader,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("outbid")
            .about("without a leader, no bound on attempts is enough for it")
            .of("MultiPaxosUnbounded", "outbid.cfg")
            .golden()
            .expects(&[
                Expected::spec(123).fails(&[("AttemptsSuffice", 6)]),
                Expected::system(1_142).fails(&[("AttemptsSuffice", 13)]),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            retries: Retries::WhenBeaten,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("as_given")
            .about("the spec as first described forbids what correct code does")
            .of("MultiPaxosAsGiven", "as_given_small.cfg")
            .golden()
            .expects(&[
                Expected::spec(573).silent(&["Consistency", "IncrementAttempt"]),
                Expected::miter(2_428).fails(&[("Refinement", 9)]),
            ]),
        environment: Environment { transport: Transport::Unordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("as_given_retry")
            .about("the same with second attempts")
            .of("MultiPaxosAsGiven", "MultiPaxosAsGiven.cfg")
            .golden()
            .expects(&[
                Expected::spec(49_716).silent(&["Consistency"]),
                Expected::miter(38_529).fails(&[("Refinement", 9)]),
            ]),
        environment: Environment { transport: Transport::Unordered, ..PLAIN },
    },
    Row {
        scenario: Scenario::quick("fault_attempt_out_of_bounds")
            .about("a proposer goes on to an attempt that does not exist")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[
                Expected::spec(46).fails(&[("TypeOK", 3)]),
                Expected::system(59).fails(&[("TypeOK", 4)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::AttemptOutOfBounds),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_minority_quorum")
            .about("one acceptor is taken for a quorum")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::spec(1_067).fails(&[("Agreement", 8)]),
                Expected::system(36).fails(&[("Agreement", 11)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::MinorityQuorum),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_blank_value")
            .about("a value is proposed that nobody asked for")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::spec(663).fails(&[("Validity", 6)]),
                Expected::system(4_603).fails(&[("Validity", 10)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::BlankValue),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_value_not_carried")
            .about("a proposer does not carry forward what may be chosen")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::spec(1_441).fails(&[("Consistency", 9)]),
                Expected::system(56_002).fails(&[("Consistency", 15)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::ValueNotCarried),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_promise_not_raised")
            .about("an accept above the promise leaves the promise where it was")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::spec(273).fails(&[("PromiseIntegrity", 4)]),
                Expected::system(662).fails(&[("PromiseIntegrity", 7)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::PromiseNotRaised),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_promise_forgotten")
            .about("an acceptor promises whatever it is asked to")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::spec(19).fails(&[("MonotonicPromises", 3)]),
                Expected::system(66).fails(&[("MonotonicPromises", 5)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::PromiseForgotten),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_late_accept")
            .about("an acceptor accepts below its promise")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::spec(243).fails(&[("MonotonicAccepts", 5)]),
                Expected::system(15_263).fails(&[("MonotonicAccepts", 13)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            fault: Some(Fault::LateAccept),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_outbids_leader")
            .about("a proposer does not give way to the leader")
            .of("MultiPaxos", "leader.cfg")
            .expects(&[
                Expected::system(1_142).fails(&[("AttemptsSuffice", 13)]),
                Expected::miter(882).fails(&[("Refinement", 12)]),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            retries: Retries::WhenBeaten,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_acceptor_amnesia")
            .about("an acceptor comes back from a crash without its disk")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[
                Expected::system(106).fails(&[("MonotonicPromises", 5)]),
                Expected::miter(285).fails(&[("Refinement", 5)]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            acceptor_crashes: true,
            fault: Some(Fault::AcceptorAmnesia),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::quick("fault_proposer_amnesia")
            .about("a proposer comes back without its disk, and uses a key for two values")
            .of("MultiPaxos", "one_attempt.cfg")
            .expects(&[Expected::miter(45_793).fails(&[("Refinement", 15)])]),
        environment: Environment {
            transport: Transport::Unordered,
            proposer_crashes: true,
            any_value: true,
            fault: Some(Fault::ProposerAmnesia),
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::deep("two_rounds_duel")
            .about("two rounds of the spec with two proposers: 937 squared")
            .of("MultiPaxos", "two_rounds_duel.cfg")
            .expects(&[Expected::spec(877_969).silent(&["IncrementAttempt"])]),
        environment: PLAIN,
    },
    Row {
        scenario: Scenario::deep("leader_three")
            .about("one of two proposers gives way to the leader, before three acceptors")
            .of("MultiPaxos", "leader_three.cfg")
            .golden()
            .expects(&[
                Expected::spec(12_439),
                Expected::system(2_124_919),
                Expected::miter(2_124_919),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            retries: Retries::ByLeader,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::deep("three_rounds")
            .about("three rounds of a log")
            .of("MultiPaxos", "three_rounds.cfg")
            .golden()
            .expects(&[
                Expected::spec(29_791).silent(ONE_PROPOSAL),
                Expected::system(38_120).silent(ONE_PROPOSAL_ON_CODE),
                Expected::miter(38_120).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::deep("duel_duplicated")
            .about("two proposers duel while messages are delivered any number of times")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::system(278_489).silent(&["Retry"]),
                Expected::miter(278_489).silent(&["Retry"]),
            ]),
        environment: Environment { transport: Transport::Duplicating, symmetry: true, ..PLAIN },
    },
    Row {
        scenario: Scenario::deep("duel_lost")
            .about("two proposers duel while messages are lost")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::system(160_666).silent(&["Retry"]),
                Expected::miter(160_666).silent(&["Retry"]),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::deep("duel_crash")
            .about("two proposers duel while acceptors crash")
            .of("MultiPaxos", "small.cfg")
            .expects(&[
                Expected::system(169_769).silent(&["Retry"]),
                Expected::miter(169_769).silent(&["Retry"]),
            ]),
        environment: Environment {
            transport: Transport::Unordered,
            acceptor_crashes: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::deep("crash_duplicated")
            .about("a proposer crashes while messages are delivered any number of times")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[Expected::system(490_012), Expected::miter(490_012)]),
        environment: Environment {
            transport: Transport::Duplicating,
            proposer_crashes: true,
            any_value: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::deep("retry_lost")
            .about("messages are lost and overtake each other, and the proposer tries again")
            .of("MultiPaxos", "one_proposer.cfg")
            .expects(&[Expected::system(287_780), Expected::miter(287_780)]),
        environment: Environment {
            transport: Transport::Unordered,
            loss: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::deep("five_turns")
            .about("two proposers take turns before five acceptors, and messages are lost")
            .of("MultiPaxos", "five_acceptors.cfg")
            .expects(&[
                Expected::system(277_550).silent(&["Retry"]),
                Expected::miter(277_550).silent(&["Retry"]),
            ]),
        environment: Environment {
            transport: Transport::Ordered,
            loss: true,
            turns: true,
            symmetry: true,
            ..PLAIN
        },
    },
    Row {
        scenario: Scenario::deep("five_retry")
            .about("five acceptors and a proposer that tries again")
            .of("MultiPaxos", "five_retry.cfg")
            .expects(&[Expected::spec(42_975), Expected::system(3_021), Expected::miter(3_021)]),
        environment: Environment { transport: Transport::Ordered, symmetry: true, ..PLAIN },
    },
];
