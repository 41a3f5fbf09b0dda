//! Who gets on, and who cannot be stopped: temporal properties of the real queue.

use super::{PLAIN, QUEUE, Row, code};
use crate::gate::{Expected, Scenario};
use crate::impls::mpsc_queue::algorithm::Fault as Code;
use crate::models::mpsc_queue::environment::{Environment, Fair};
use crate::models::mpsc_queue::places::PushPlace;

/// The queue grows in one step, so it is never in the middle of that.
const ATOMIC: &[&str] = &["ResizeProgress"];

/// A spec that does not grow.
const SPEC_FIXED: &[&str] =
    &["ConsumerResize", "ConsumerResizeComplete", "WF(ConsumerResizeComplete)"];

/// Producer 1 does nothing, and two messages are few.
const TWO_MESSAGES: &[&str] = &["ConsumerProgress", "WF(producer 1)", "WritesWhereNothingIs"];

/// Not all messages are sent, so not all are waited for.
const NOT_ALL: &[&str] = &["ConsumerProgress"];

/// The scenarios.
pub(super) const ROWS: [Row; 16] = [
    code(
        Environment { asks: &["PushesEnd", "PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "AllArrives"], ..PLAIN },
        Scenario::quick("all_get_on")
            .about("the real queue: if every thread goes on, everything sent arrives, but for what is dropped")
            .of(QUEUE, "fair.cfg")
            .expects(&[Expected::system(43_622).silent(ATOMIC)]),
    ),
    code(
        Environment { fair: Fair::Consumer, asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken"], ..PLAIN },
        Scenario::quick("consumer_alone")
            .about("the real queue: pops and growth need nobody; but a producer that stops with a ticket holds up delivery")
            .of(QUEUE, "consumer_progress.cfg")
            .expects(&[Expected::system(8_810).fails(&[("ConsumerProgress", 11)])]),
    ),
    code(
        Environment { fair: Fair::Producers, asks: &["PushesEnd"], ..PLAIN },
        Scenario::quick("producers_alone")
            .about("the real queue: each push that goes on ends, even if the consumer stops while it grows the ring")
            .of(QUEUE, "producer_fairness.cfg")
            .expects(&[Expected::system(8_810)]),
    ),
    code(
        Environment { fair: Fair::SomeProducer, asks: &["SomePushEnds"], ..PLAIN },
        Scenario::quick("some_producer")
            .about("the real queue: pushes are lock-free: if one or another goes on, one or another takes effect")
            .of(QUEUE, "push_progress.cfg")
            .expects(&[Expected::spec(5_208), Expected::system(45_597)]),
    ),
    code(
        Environment { sleeps: true, asks: &["SleepersWake", "AllArrives"], ..PLAIN },
        Scenario::quick("sleepers_get_on")
            .about("the real queue: if every thread goes on, each sleeper is woken, and everything arrives")
            .of(QUEUE, "one_slot_fair.cfg")
            .expects(&[Expected::spec(424).silent(SPEC_FIXED), Expected::system(9_018)]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::AllButOneProducer, asks: &["PushesEnd", "PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_anywhere")
            .about("the real queue: a producer stops for ever anywhere: others push all that they have, pops end, and the queue grows")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::spec(5_208), Expected::system(21_735).fails(&[("ConsumerProgress", 16)])]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::All, stops_at: Some(PushPlace::Reserve), asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_at_reserve")
            .about("the real queue: a producer stops for ever before it has a ticket: nobody else is held up")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(207).silent(TWO_MESSAGES)]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::All, stops_at: Some(PushPlace::LoadTail), asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_at_load_tail")
            .about("the real queue: a producer stops for ever when it looks for room: nobody else is held up")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(1_826).silent(NOT_ALL)]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::All, stops_at: Some(PushPlace::Turn), asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_at_turn")
            .about("the real queue: a producer stops for ever when it has found a larger ring: nobody else is held up")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(13_859)]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::All, stops_at: Some(PushPlace::CountDropped), asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_at_count_dropped")
            .about("the real queue: a producer stops for ever before it counts a dropped message: nobody else is held up")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(19_933)]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::All, stops_at: Some(PushPlace::ReadDirectory), asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_at_read_directory")
            .about("the real queue: a producer stops for ever with a ticket, before it knows its ring: messages behind its own have to wait")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(12_544).fails(&[("ConsumerProgress", 21)])]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::All, stops_at: Some(PushPlace::Write), asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_at_write")
            .about("the real queue: a producer stops for ever with a ticket, before it writes: messages behind its own have to wait")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(4_513).fails(&[("ConsumerProgress", 16)])]),
    ),
    code(
        Environment { each: Some(2), fair: Fair::All, stops_at: Some(PushPlace::Publish), asks: &["PopsEnd", "GrowthEnds", "AnnouncedIsTaken", "OthersFinish"], ..PLAIN },
        Scenario::quick("stops_at_publish")
            .about("the real queue: a producer stops for ever when it has written, before it announces: messages behind its own have to wait")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(5_391).fails(&[("ConsumerProgress", 17)])]),
    ),
    code(
        Environment { each: Some(2), sleeps: true, fair: Fair::All, stops_at: Some(PushPlace::Wake), asks: &["SleepersWake"], ..PLAIN },
        Scenario::quick("stops_at_wake")
            .about("the real queue: a producer stops for ever before it wakes the consumer, which sleeps beside a message")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(202_804).fails(&[("ConsumerProgress", 14), ("SleepersWake", 14)])]),
    ),
    code(
        Environment { fault: Some(Code::SpinForRing), fair: Fair::Producers, asks: &["PushesEnd", "SomePushEnds"], ..PLAIN },
        Scenario::quick("fault_stops_while_growing")
            .about("growing in two steps, between which producers wait: a consumer that stops there stops them all")
            .of(QUEUE, "push_progress.cfg")
            .expects(&[Expected::system(46_269).fails(&[("PushesEnd", 17), ("SomePushEnds", 17)])]),
    ),
    code(
        Environment { each: Some(2), fault: Some(Code::WaitForProducer), fair: Fair::AllButOneProducer, asks: &["PopsEnd", "OthersFinish"], ..PLAIN },
        Scenario::quick("fault_waits_for_producer")
            .about("a pop that waits for a producer waits for ever if that has stopped")
            .of(QUEUE, "stopped.cfg")
            .expects(&[Expected::system(25_783).fails(&[("ConsumerProgress", 17), ("PopsEnd", 17)])]),
    ),
];
