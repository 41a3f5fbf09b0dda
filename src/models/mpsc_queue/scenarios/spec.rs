//! The port of the spec, sound and with faults; and, for the first rows, the real queue beside it.

use super::{QUEUE, Row};
use crate::gate::{Expected, Scenario};
use crate::models::mpsc_queue::environment::Environment;
use crate::models::mpsc_queue::faults::Fault;

/// A row without a fault.
const fn sound(scenario: Scenario) -> Row {
    Row { scenario, fault: None, environment: Environment::PLAIN }
}

/// A row with a fault.
const fn faulty(fault: Fault, scenario: Scenario) -> Row {
    Row { scenario, fault: Some(fault), environment: Environment::PLAIN }
}

/// The scenarios; the first one is the default.
pub(super) const ROWS: [Row; 30] = [
    sound(
        Scenario::quick("queue")
            .about("two producers and a ring that grows twice, from a single slot on")
            .of(QUEUE, "two_producers.cfg")
            .golden()
            .expects(&[
                Expected::spec(1_760),
                Expected::system(8_810).silent(&["ResizeSafety"]),
                Expected::miter(8_810),
            ]),
    ),
    sound(
        Scenario::quick("small")
            .about("one producer and two messages: as little as has every action")
            .of(QUEUE, "small.cfg")
            .golden()
            .expects(&[
                Expected::spec(62),
                Expected::system(206).silent(&["ResizeSafety", "WritesWhereNothingIs"]),
                Expected::miter(206),
            ]),
    ),
    sound(
        Scenario::quick("room_for_two")
            .about("two producers, four messages, and room for two of them at first")
            .of(QUEUE, "room_for_two.cfg")
            .golden()
            .expects(&[Expected::spec(3_096)]),
    ),
    sound(
        Scenario::quick("triple")
            .about("a growth factor that overshoots: the last ring is cut to the largest capacity")
            .of(QUEUE, "triple.cfg")
            .golden()
            .expects(&[Expected::spec(5_432)]),
    ),
    sound(
        Scenario::quick("two_symmetric")
            .about("two producers, up to their names")
            .of(QUEUE, "two_symmetric.cfg")
            .golden()
            .expects(&[Expected::spec(892)]),
    ),
    sound(
        Scenario::quick("six_messages")
            .about("three producers and six messages")
            .of(QUEUE, "six_messages.cfg")
            .golden()
            .expects(&[Expected::spec(374_960)]),
    ),
    sound(
        Scenario::quick("six_symmetric")
            .about("three producers and six messages, up to the names of producers")
            .of(QUEUE, "six_symmetric.cfg")
            .golden()
            .expects(&[Expected::spec(63_568)]),
    ),
    sound(
        Scenario::quick("fair")
            .about("everybody gets on under weak fairness")
            .of(QUEUE, "fair.cfg")
            .golden()
            .expects(&[Expected::spec(3_096)]),
    ),
    sound(
        Scenario::quick("consumer_progress")
            .about("the consumer takes messages if it is fair to itself")
            .of(QUEUE, "consumer_progress.cfg")
            .golden()
            .expects(&[Expected::spec(1_760)]),
    ),
    sound(
        Scenario::quick("consumer_unfair")
            .about("nothing makes the consumer take a message")
            .of(QUEUE, "consumer_unfair.cfg")
            .golden()
            .expects(&[Expected::spec(62).fails(&[("ConsumerProgress", 4)])]),
    ),
    sound(
        Scenario::quick("consumer_rests")
            .about("the consumer rests in the middle of a resize, where it takes nothing")
            .of(QUEUE, "consumer_rests.cfg")
            .golden()
            .expects(&[Expected::spec(62).fails(&[("ConsumerProgress", 5)])]),
    ),
    sound(
        Scenario::quick("resize_progress")
            .about("a resize comes to an end if the consumer goes on with it")
            .of(QUEUE, "resize_progress.cfg")
            .golden()
            .expects(&[Expected::spec(1_760)]),
    ),
    sound(
        Scenario::quick("resize_unfair")
            .about("nothing makes the consumer go on with a resize")
            .of(QUEUE, "resize_unfair.cfg")
            .golden()
            .expects(&[Expected::spec(62).fails(&[("ResizeProgress", 5)])]),
    ),
    sound(
        Scenario::quick("producer_fairness")
            .about("each producer sends if it is fair to itself and resizes end")
            .of(QUEUE, "producer_fairness.cfg")
            .golden()
            .expects(&[Expected::spec(1_760)]),
    ),
    sound(
        Scenario::quick("producer_unfair")
            .about("nothing makes a producer send")
            .of(QUEUE, "producer_unfair.cfg")
            .golden()
            .expects(&[Expected::spec(62).fails(&[("ProducerFairness", 2)])]),
    ),
    sound(
        Scenario::quick("producer_waits")
            .about("a resize that never ends keeps producers waiting, however eager they are")
            .of(QUEUE, "producer_waits.cfg")
            .golden()
            .expects(&[Expected::spec(62).fails(&[("ProducerFairness", 5)])]),
    ),
    sound(
        Scenario::deep("eight_messages")
            .about("three producers and eight messages")
            .of(QUEUE, "eight_messages.cfg")
            .expects(&[Expected::spec(5_340_704)]),
    ),
    sound(
        Scenario::deep("up_to_symmetry")
            .about("three producers and ten messages, up to the names of producers")
            .of(QUEUE, "symmetry.cfg")
            .expects(&[Expected::spec(11_559_090)]),
    ),
    sound(
        Scenario::deep("ten_messages")
            .about("three producers and ten messages: the largest configuration")
            .of(QUEUE, "LockFreeMPSCQueue.cfg")
            .expects(&[Expected::spec(69_225_208)]),
    ),
    faulty(
        Fault::OneMessageTooMany,
        Scenario::quick("fault_one_message_too_many")
            .about("a producer attempts one message more than there may be")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(321).fails(&[("TypeInvariant", 7)])]),
    ),
    faulty(
        Fault::OrdinalReused,
        Scenario::quick("fault_ordinal_reused")
            .about("a producer stamps a message with the number of the one before")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(36).fails(&[("FIFOOrdering", 4)])]),
    ),
    faulty(
        Fault::EnqueueWhenFull,
        Scenario::quick("fault_enqueue_when_full")
            .about("a message is put into a queue that is full")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(74).fails(&[("BoundedCapacity", 5)])]),
    ),
    faulty(
        Fault::DropNotCounted,
        Scenario::quick("fault_drop_not_counted")
            .about("a dropped message is not counted")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(74).fails(&[("MessageConservation", 5)])]),
    ),
    faulty(
        Fault::GenerationKept,
        Scenario::quick("fault_generation_kept")
            .about("the ring grows, but keeps its generation")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(152).fails(&[("ABAProtection", 6)])]),
    ),
    faulty(
        Fault::StopWhileResizing,
        Scenario::quick("fault_stop_while_resizing")
            .about("the consumer stops in the middle of growing the ring")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(309).fails(&[("ResizeSafety", 7)])]),
    ),
    faulty(
        Fault::SecondConsumer,
        Scenario::quick("fault_second_consumer")
            .about("a second consumer starts beside the first")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(21).fails(&[("SingleConsumer", 3)])]),
    ),
    faulty(
        Fault::DequeueNewest,
        Scenario::quick("fault_dequeue_newest")
            .about("the consumer takes the newest message")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(76).fails(&[("DequeueTakesFirst", 6)])]),
    ),
    faulty(
        Fault::Overtaking,
        Scenario::quick("fault_overtaking")
            .about("a message overtakes those of other producers")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(36).fails(&[("EnqueueAddsAtEnd", 5)])]),
    ),
    faulty(
        Fault::ResizeUndone,
        Scenario::quick("fault_resize_undone")
            .about("the end of a resize puts the ring back to what it was")
            .of(QUEUE, "faults.cfg")
            .expects(&[Expected::spec(150).fails(&[("GenerationNeverFalls", 7)])]),
    ),
    faulty(
        Fault::StopWhileResizing,
        Scenario::quick("fault_resize_abandoned")
            .about("who may stop in the middle of a resize need not end it, fair or not")
            .of(QUEUE, "resize_progress.cfg")
            .expects(&[Expected::spec(1_984).fails(&[("ResizeProgress", 6)])]),
    ),
];
