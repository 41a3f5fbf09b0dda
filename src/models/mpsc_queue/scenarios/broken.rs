//! Queues that are broken on purpose, most of them as queues that people have shipped.

use super::{ATOMIC, PLAIN, QUEUE, Row, code};
use crate::gate::{Expected, Scenario};
use crate::impls::mpsc_queue::algorithm::Fault as Code;
use crate::models::mpsc_queue::environment::{Environment, Mistake};

/// Who has left the old ring looks in no other.
const NEVER_LOOKS: &[&str] = &["LookNext"];

/// Nobody looks for the larger ring, so nothing is found in it.
const NEVER_FREES: &[&str] = &["FreeRing", "ReadDirectory"];

/// Nobody wakes anybody.
const NEVER_WAKES: &[&str] = &["WakeConsumer", "WakeProducers"];

/// Nothing follows on the first message.
const STOPS: &[&str] = &[
    "CountDropped",
    "FreeRing",
    "LoadTail",
    "Measure",
    "Publish",
    "ReadDirectory",
    "StoreTail",
    "Take",
    "Turn",
];

/// The scenarios.
pub(super) const ROWS: [Row; 20] = [
    code(
        Environment { each: Some(2), fault: Some(Code::PublishBeforeWrite), ..PLAIN },
        Scenario::quick("fault_publish_before_write")
            .about("a producer announces its message before it has written it")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(138).fails(&[("ReadsWhatIsAnnounced", 8)]), Expected::miter(24).fails(&[("Refusal", 5)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::TrustHead), ..PLAIN },
        Scenario::quick("fault_trust_head")
            .about("the consumer takes what is reserved, and does not look whether it is written")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(98).fails(&[("ReadsWhatIsAnnounced", 7)]), Expected::miter(14).fails(&[("Refusal", 4)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::SkipUnpublished), ..PLAIN },
        Scenario::quick("fault_skip_unpublished")
            .about("the consumer skips a message that is reserved and not yet announced")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(82).fails(&[("DeliversInOrder", 7), ("SlotsHoldTheQueue", 7)]), Expected::miter(17_110)]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::TailBeforeRead), ..PLAIN },
        Scenario::quick("fault_tail_before_read")
            .about("the consumer gives a slot back before it has read it")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(1_290).fails(&[("WritesWhereNothingIs", 14)]), Expected::miter(22_026)]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::RelayEarly), ..PLAIN },
        Scenario::quick("fault_relay_early")
            .about("the consumer leaves the old ring one message early, while a push into it is in flight")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(13_067).fails(&[("MemorySafety", 25)]), Expected::miter(8_058).fails(&[("Refusal", 22)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::CopyOnGrow), ..PLAIN },
        Scenario::quick("fault_copy_on_grow")
            .about("growing copies what is there and leaves the old ring, while a push into it is in flight")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(956).fails(&[("NothingIsLeftBehind", 13)]), Expected::miter(20_050).silent(NEVER_LOOKS)]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::IgnoreGeneration), ..PLAIN },
        Scenario::quick("fault_ignore_generation")
            .about("a stale compare-and-swap, without a generation: a producer writes into the ring that it knew")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(2_524).fails(&[("WritesWhereNothingIs", 17)]), Expected::miter(16_326).silent(NEVER_FREES)]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::CompareIndex), ..PLAIN },
        Scenario::quick("fault_compare_index")
            .about("a stale compare-and-swap, without a lap: the head is back at the same slot, and not the same")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(120).fails(&[("BoundedCapacity", 8), ("MessageConservation", 8), ("SlotsHoldTheQueue", 8)]), Expected::miter(118).fails(&[("Refinement", 8)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::BlindReserve), ..PLAIN },
        Scenario::quick("fault_blind_reserve")
            .about("a producer takes a ticket without comparing")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(22).fails(&[("MessageConservation", 5), ("SlotsHoldTheQueue", 5)]), Expected::miter(20).fails(&[("Refinement", 5)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::FullOffByOne), ..PLAIN },
        Scenario::quick("fault_full_off_by_one")
            .about("the test for a full ring lets one message too many in")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(208).fails(&[("BoundedCapacity", 9)]), Expected::miter(204).fails(&[("Refinement", 9)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::StaleFull), ..PLAIN },
        Scenario::quick("fault_stale_full")
            .about("a producer refuses by the capacity of the old ring when a larger one is announced")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(964).fails(&[("DropsOnlyWhenFull", 14)]), Expected::miter(1_242).fails(&[("Refinement", 14)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::GrowAtHalf), ..PLAIN },
        Scenario::quick("fault_grow_at_half")
            .about("the consumer grows a ring that is exactly half full")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(146).fails(&[("GrowsOnlyWhenCrowded", 9)]), Expected::miter(12).fails(&[("Refusal", 4)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::AnnounceBeforeDirectory), ..PLAIN },
        Scenario::quick("fault_announce_first")
            .about("the consumer announces a ring before it is in the directory")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(2_150).fails(&[("MemorySafety", 16)]), Expected::miter(21_090)]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::SpinForRing), ..PLAIN },
        Scenario::quick("fault_spin_for_ring")
            .about("the consumer announces a ring before it is in the directory, and producers wait for it")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(20_938).silent(ATOMIC), Expected::miter(20_938)]),
    ),
    code(
        Environment { sleeps: true, fault: Some(Code::SleepBlindly), ..PLAIN },
        Scenario::quick("fault_sleep_blindly")
            .about("a sleeper does not look whether the word has moved before it sleeps")
            .of(QUEUE, "two_slots.cfg")
            .expects(&[Expected::system(107).fails(&[("SleepersAreWoken", 7)]), Expected::miter(101_387)]),
    ),
    code(
        Environment { sleeps: true, fault: Some(Code::ForgetWake), ..PLAIN },
        Scenario::quick("fault_forget_wake")
            .about("who finds the mark of a sleeper does not wake it")
            .of(QUEUE, "two_slots.cfg")
            .expects(&[Expected::system(445).fails(&[("SleepersAreWoken", 10)]), Expected::miter(98_901).silent(NEVER_WAKES)]),
    ),
    code(
        Environment { each: Some(2), mistake: Some(Mistake::SecondConsumer), ..PLAIN },
        Scenario::quick("fault_two_consumers")
            .about("two threads have the handle of the consumer")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(4).fails(&[("SingleConsumer", 3)]), Expected::miter(3).fails(&[("Refinement", 3)])]),
    ),
    code(
        Environment { each: Some(2), mistake: Some(Mistake::TwoAccesses), ..PLAIN },
        Scenario::quick("fault_two_accesses")
            .about("what is taken for one step writes a message and announces it")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(20).fails(&[("OneAccess", 5)]), Expected::miter(68).silent(STOPS)]),
    ),
    code(
        Environment { each: Some(2), counts: true, fault: Some(Code::WaitForProducer), ..PLAIN },
        Scenario::quick("fault_wait_for_producer")
            .about("a pop waits for a producer that has a ticket and has not announced its message")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::system(3_258).fails(&[("WaitFreePop", 15)]), Expected::miter(12).fails(&[("Refusal", 4)])]),
    ),
    code(
        Environment { each: Some(2), mistake: Some(Mistake::SecondConsumer), ..PLAIN },
        Scenario::quick("fault_two_poppers")
            .about("two threads have the handle of the consumer, and nobody counts them")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(965).fails(&[("MemorySafety", 11)])]),
    ),
];
