//! The real queue in sound environments.

use super::{ATOMIC, PLAIN, QUEUE, Row, code};
use crate::gate::{Expected, Scenario};
use crate::models::mpsc_queue::environment::{Environment, Leaves};

/// Besides, no producer has two messages.
const ONE_EACH: &[&str] = &["FIFOOrdering", "ResizeSafety"];

/// A spec that does not grow.
const SPEC_FIXED: &[&str] = &[
    "ABAProtection",
    "ConsumerResize",
    "ConsumerResizeComplete",
    "GenerationNeverFalls",
    "ResizeSafety",
];

/// Nor does the queue.
const FIXED: &[&str] = &["ABAProtection", "GenerationNeverFalls", "ResizeSafety"];

/// No slot of the larger ring is used twice.
const ROOMY: &[&str] = &["ResizeSafety", "WritesWhereNothingIs"];

/// Who sleeps, or tries again, drops nothing.
const PATIENT: &[&str] = &["MessageConservation", "ResizeSafety"];

/// A spec with a single slot has no order.
const SPEC_ONE_SLOT: &[&str] = &[
    "ABAProtection",
    "ConsumerResize",
    "ConsumerResizeComplete",
    "DequeueTakesFirst",
    "EnqueueAddsAtEnd",
    "FIFOOrdering",
    "GenerationNeverFalls",
    "ResizeSafety",
];

/// Nor has the queue; and who sleeps drops nothing.
const ONE_SLOT: &[&str] = &[
    "ABAProtection",
    "DequeueTakesFirst",
    "EnqueueAddsAtEnd",
    "FIFOOrdering",
    "GenerationNeverFalls",
    "MessageConservation",
    "ResizeSafety",
];

/// Who sleeps drops nothing, and no producer has two messages.
const PATIENT_ONE_EACH: &[&str] = &["FIFOOrdering", "MessageConservation", "ResizeSafety"];

/// The scenarios.
pub(super) const ROWS: [Row; 33] = [
    code(
        PLAIN,
        Scenario::quick("one_producer")
            .about("the real queue: one producer, three messages, growing twice from a single slot")
            .of(QUEUE, "one_producer.cfg")
            .golden()
            .expects(&[Expected::spec(194), Expected::system(589).silent(ATOMIC), Expected::miter(589)]),
    ),
    code(
        PLAIN,
        Scenario::quick("one_to_eight")
            .about("the real queue: one producer, growing three times")
            .of(QUEUE, "one_to_eight.cfg")
            .golden()
            .expects(&[Expected::spec(1_968), Expected::system(6_543).silent(ATOMIC), Expected::miter(6_543)]),
    ),
    code(
        Environment { each: Some(2), ..PLAIN },
        Scenario::quick("two_by_two")
            .about("the real queue: two producers with two messages each, growing twice from a single slot")
            .of(QUEUE, "two_by_two.cfg")
            .golden()
            .expects(&[Expected::spec(5_208), Expected::system(21_735).silent(ATOMIC), Expected::miter(21_735)]),
    ),
    code(
        PLAIN,
        Scenario::quick("two_from_two")
            .about("the real queue: two producers with any share of four messages, growing once from two slots")
            .of(QUEUE, "room_for_two.cfg")
            .expects(&[Expected::system(43_622).silent(ATOMIC), Expected::miter(43_622)]),
    ),
    code(
        Environment { each: Some(3), ..PLAIN },
        Scenario::quick("two_by_three")
            .about("the real queue: two producers with three messages each, growing three times to eight slots")
            .of(QUEUE, "two_by_three.cfg")
            .golden()
            .expects(&[Expected::spec(52_536), Expected::system(303_157).silent(ATOMIC), Expected::miter(303_157)]),
    ),
    code(
        Environment { each: Some(3), ..PLAIN },
        Scenario::quick("two_by_three_from_two")
            .about("the real queue: two producers with three messages each, growing once from two slots")
            .of(QUEUE, "two_by_three_from_two.cfg")
            .golden()
            .expects(&[Expected::spec(21_496), Expected::system(309_623).silent(ATOMIC), Expected::miter(309_623)]),
    ),
    code(
        Environment { each: Some(1), ..PLAIN },
        Scenario::quick("three_by_one")
            .about("the real queue: three producers with a message each, growing twice from a single slot")
            .of(QUEUE, "three_by_one.cfg")
            .golden()
            .expects(&[Expected::spec(9_408), Expected::system(14_681).silent(ONE_EACH), Expected::miter(14_681)]),
    ),
    code(
        Environment { each: Some(1), ..PLAIN },
        Scenario::quick("three_from_two")
            .about("the real queue: three producers with a message each, growing once from two slots")
            .of(QUEUE, "three_from_two.cfg")
            .golden()
            .expects(&[Expected::spec(5_528), Expected::system(7_877).silent(ONE_EACH), Expected::miter(7_877)]),
    ),
    code(
        Environment { each: Some(2), ..PLAIN },
        Scenario::quick("fixed")
            .about("the real queue: two producers and a ring that does not grow")
            .of(QUEUE, "fixed.cfg")
            .golden()
            .expects(&[Expected::spec(1_208).silent(SPEC_FIXED), Expected::system(2_268).silent(FIXED), Expected::miter(2_268)]),
    ),
    code(
        Environment { each: Some(2), ..PLAIN },
        Scenario::quick("by_four")
            .about("the real queue: a ring that grows to four times its size, and then to no more than twice")
            .of(QUEUE, "by_four.cfg")
            .golden()
            .expects(&[Expected::spec(4_424), Expected::system(24_988).silent(ROOMY), Expected::miter(24_988)]),
    ),
    code(
        Environment { each: Some(2), before_wrap: Some(2), ..PLAIN },
        Scenario::quick("wrapping")
            .about("the real queue: positions wrap around while the ring grows")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(21_735).silent(ATOMIC), Expected::miter(21_735)]),
    ),
    code(
        Environment { each: Some(2), counts: true, ..PLAIN },
        Scenario::quick("counted")
            .about("the real queue: a pop, growth included, ends after eleven accesses, whatever others do")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(21_767).silent(ATOMIC), Expected::miter(21_767)]),
    ),
    code(
        Environment { each: Some(2), joins: true, leaves: Leaves::AnyTime, ..PLAIN },
        Scenario::quick("come_and_go")
            .about("the real queue: producers are cloned and dropped while others push; the last one closes")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(39_871).silent(ATOMIC), Expected::miter(39_871)]),
    ),
    code(
        Environment { each: Some(1), joins: true, leaves: Leaves::AnyTime, ..PLAIN },
        Scenario::quick("three_come_and_go")
            .about("the real queue: three producers are cloned and dropped while others push")
            .of(QUEUE, "three_by_one.cfg")
            .expects(&[Expected::system(47_783).silent(ONE_EACH), Expected::miter(47_783)]),
    ),
    code(
        Environment { each: Some(2), leaves: Leaves::AtEnd, closes: true, stops: true, ..PLAIN },
        Scenario::quick("closing")
            .about("the real queue: the consumer closes it, or is dropped, while producers push and leave")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(169_965).silent(ATOMIC), Expected::miter(169_965)]),
    ),
    code(
        Environment { sleeps: true, ..PLAIN },
        Scenario::quick("sleeping")
            .about("the real queue: pushes and pops that sleep where they cannot go on")
            .of(QUEUE, "two_slots.cfg")
            .golden()
            .expects(&[Expected::spec(1_160), Expected::system(101_747).silent(PATIENT), Expected::miter(101_747)]),
    ),
    code(
        Environment { each: Some(2), sleeps: true, ..PLAIN },
        Scenario::quick("sleeping_fixed")
            .about("the real queue: pushes and pops that sleep, and a single slot")
            .of(QUEUE, "one_slot.cfg")
            .golden()
            .expects(&[Expected::spec(424).silent(SPEC_ONE_SLOT), Expected::system(7_730).silent(ONE_SLOT), Expected::miter(7_730)]),
    ),
    code(
        Environment { each: Some(2), sleeps: true, leaves: Leaves::AtEnd, closes: true, stops: true, ..PLAIN },
        Scenario::quick("sleeping_and_closing")
            .about("the real queue: sleepers, of whom all are woken when a side goes")
            .of(QUEUE, "one_slot.cfg")
            .expects(&[Expected::system(44_099).silent(ONE_SLOT), Expected::miter(44_099)]),
    ),
    code(
        Environment { sleeps: true, courteous: true, ..PLAIN },
        Scenario::quick("courteous")
            .about("the real queue as tasks have it: the consumer looks for sleepers from the beginning")
            .of(QUEUE, "two_slots.cfg")
            .expects(&[Expected::system(22_263).silent(PATIENT), Expected::miter(22_263)]),
    ),
    code(
        Environment { sleeps: true, impatient: true, ..PLAIN },
        Scenario::quick("impatient")
            .about("the real queue: sleepers whose time is over, at any time")
            .of(QUEUE, "two_slots.cfg")
            .expects(&[Expected::system(199_419).silent(PATIENT), Expected::miter(199_419)]),
    ),
    code(
        Environment { each: Some(2), sleeps: true, courteous: true, impatient: true, leaves: Leaves::AnyTime, closes: true, stops: true, ..PLAIN },
        Scenario::quick("tasks")
            .about("the real queue as tasks have it: they are dropped while they wait, and both sides go")
            .of(QUEUE, "one_slot.cfg")
            .expects(&[Expected::system(42_003).silent(ONE_SLOT), Expected::miter(42_003)]),
    ),
    code(
        Environment { each: Some(2), scarce: true, ..PLAIN },
        Scenario::quick("scarce")
            .about("the real queue: there may be no memory for a larger ring")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(30_124).silent(ATOMIC), Expected::miter(30_124)]),
    ),
    code(
        Environment { each: Some(2), batch: 2, ..PLAIN },
        Scenario::quick("batches")
            .about("the real queue: two messages are pushed at once, and two are popped, as far as they go")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(19_874).silent(PATIENT), Expected::miter(19_874)]),
    ),
    code(
        Environment { each: Some(3), batch: 3, ..PLAIN },
        Scenario::quick("batches_of_three")
            .about("the real queue: up to three messages at once, growing once from two slots")
            .of(QUEUE, "two_by_three_from_two.cfg")
            .expects(&[Expected::system(88_046).silent(PATIENT), Expected::miter(88_046)]),
    ),
    code(
        Environment { each: Some(2), ..PLAIN },
        Scenario::deep("three_by_two")
            .about("the real queue: three producers with two messages each, growing twice from a single slot")
            .of(QUEUE, "three_by_two.cfg")
            .golden()
            .expects(&[Expected::spec(332_576), Expected::system(5_717_225).silent(ATOMIC), Expected::miter(5_717_225)]),
    ),
    code(
        Environment { each: Some(2), ..PLAIN },
        Scenario::deep("three_by_two_from_two")
            .about("the real queue: three producers with two messages each, growing once from two slots")
            .of(QUEUE, "three_by_two_from_two.cfg")
            .golden()
            .expects(&[Expected::spec(248_400), Expected::system(7_005_858).silent(ATOMIC), Expected::miter(7_005_858)]),
    ),
    code(
        Environment { each: Some(2), ..PLAIN },
        Scenario::deep("three_by_two_to_eight")
            .about("the real queue: three producers with two messages each, growing three times to eight slots")
            .of(QUEUE, "three_by_two_to_eight.cfg")
            .golden()
            .expects(&[Expected::spec(618_880), Expected::system(5_729_150).silent(ATOMIC), Expected::miter(5_729_150)]),
    ),
    code(
        Environment { each: Some(3), staggered: true, ..PLAIN },
        Scenario::deep("three_staggered")
            .about("the real queue: producers with three messages, two and one, growing twice from a single slot")
            .of(QUEUE, "three_by_two.cfg")
            .expects(&[Expected::system(3_627_247).silent(ATOMIC), Expected::miter(3_627_247)]),
    ),
    code(
        Environment { each: Some(3), staggered: true, ..PLAIN },
        Scenario::deep("three_staggered_from_two")
            .about("the real queue: producers with three messages, two and one, growing once from two slots")
            .of(QUEUE, "three_by_two_from_two.cfg")
            .expects(&[Expected::system(4_008_198).silent(ATOMIC), Expected::miter(4_008_198)]),
    ),
    code(
        Environment { each: Some(3), staggered: true, ..PLAIN },
        Scenario::deep("three_staggered_to_eight")
            .about("the real queue: producers with three messages, two and one, growing three times to eight slots")
            .of(QUEUE, "three_by_two_to_eight.cfg")
            .expects(&[Expected::system(3_635_317).silent(ATOMIC), Expected::miter(3_635_317)]),
    ),
    code(
        Environment { each: Some(1), sleeps: true, leaves: Leaves::AtEnd, stops: true, ..PLAIN },
        Scenario::deep("three_sleeping")
            .about("the real queue: three producers that sleep where there is no room, and a consumer that sleeps")
            .of(QUEUE, "three_by_one.cfg")
            .expects(&[Expected::system(1_046_580).silent(PATIENT_ONE_EACH), Expected::miter(1_046_580)]),
    ),
    code(
        Environment { each: Some(2), joins: true, leaves: Leaves::AnyTime, closes: true, stops: true, sleeps: true, ..PLAIN },
        Scenario::deep("everything")
            .about("the real queue: sleepers, clones, drops and closing, all at once")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(1_025_478).silent(PATIENT), Expected::miter(1_025_478)]),
    ),
    code(
        Environment { each: Some(2), sleeps: true, counts: true, ..PLAIN },
        Scenario::quick("counted_sleeping")
            .about("the real queue: a pop that has sleepers to wake, too, ends after eleven accesses")
            .of(QUEUE, "two_by_two.cfg")
            .expects(&[Expected::system(207_307).silent(PATIENT), Expected::miter(207_307)]),
    ),
];
