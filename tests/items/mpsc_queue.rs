//! The queue.

use std::collections::BTreeSet;

use mitregate_models::mpsc_queue::constants::{CONSTANT_NAMES, FairTo, MOST_PRODUCERS};
use mitregate_models::mpsc_queue::laws::{
    INVARIANTS, SHRINKING_INVARIANTS, SHRINKING_STEP_PROPERTIES, STEP_PROPERTIES,
    TEMPORAL_PROPERTIES,
};
use mitregate_models::mpsc_queue::spec::{ACTIONS, Action, State};
use mitregate_models::mpsc_queue::{Constants, laws};

use super::Ported;

pub(super) fn ported() -> Ported {
    Ported {
        system: crate::common::system("mpsc_queue"),
        actions: ACTIONS.into(),
        added: vec![["ShrinkingMPSCQueue", "ShrinkingNext", "ConsumerShrink"]],
        invariants: INVARIANTS.into_iter().chain(SHRINKING_INVARIANTS).collect(),
        properties: STEP_PROPERTIES
            .into_iter()
            .chain(TEMPORAL_PROPERTIES)
            .chain(SHRINKING_STEP_PROPERTIES)
            .collect(),
        constants: CONSTANT_NAMES.into(),
        constants_in: "LockFreeMPSCQueue",
        small: vec!["small", "shrinking_small"],
        items: items(),
    }
}

fn items() -> BTreeSet<&'static str> {
    super::items! {
        "mitregate_models::mpsc_queue::constants::Constants::capacity_of" => Constants::capacity_of,
        "mitregate_models::mpsc_queue::constants::Constants::fair_to" => |it: Constants| it.fair_to,
        "mitregate_models::mpsc_queue::constants::Constants::growth_factor" => |it: Constants| it.growth_factor,
        "mitregate_models::mpsc_queue::constants::Constants::initial_capacity" => |it: Constants| it.initial_capacity,
        "mitregate_models::mpsc_queue::constants::Constants::max_capacity" => |it: Constants| it.max_capacity,
        "mitregate_models::mpsc_queue::constants::Constants::max_messages" => |it: Constants| it.max_messages,
        "mitregate_models::mpsc_queue::constants::Constants::max_producers" => Constants::max_producers,
        "mitregate_models::mpsc_queue::constants::Constants::producer_symmetry" => |it: Constants| it.producer_symmetry,
        "mitregate_models::mpsc_queue::constants::Constants::producers" => |it: Constants| it.producers,
        "mitregate_models::mpsc_queue::constants::FairTo::dequeue" => |it: FairTo| it.dequeue,
        "mitregate_models::mpsc_queue::constants::FairTo::enqueue" => |it: FairTo| it.enqueue,
        "mitregate_models::mpsc_queue::constants::FairTo::resize" => |it: FairTo| it.resize,
        "mitregate_models::mpsc_queue::laws::aba_protection" => laws::aba_protection,
        "mitregate_models::mpsc_queue::laws::bounded_capacity" => laws::bounded_capacity,
        "mitregate_models::mpsc_queue::laws::capacity_is_a_ring" => laws::capacity_is_a_ring,
        "mitregate_models::mpsc_queue::laws::consumer_progress" => laws::consumer_progress,
        "mitregate_models::mpsc_queue::laws::dequeue_takes_first" => laws::dequeue_takes_first,
        "mitregate_models::mpsc_queue::laws::enqueue_adds_at_end" => laws::enqueue_adds_at_end,
        "mitregate_models::mpsc_queue::laws::fifo_ordering" => laws::fifo_ordering,
        "mitregate_models::mpsc_queue::laws::generation_never_falls" => laws::generation_never_falls,
        "mitregate_models::mpsc_queue::laws::message_conservation" => laws::message_conservation,
        "mitregate_models::mpsc_queue::laws::new_ring_new_generation" => laws::new_ring_new_generation,
        "mitregate_models::mpsc_queue::laws::producer_fairness" => laws::producer_fairness,
        "mitregate_models::mpsc_queue::laws::resize_progress" => laws::resize_progress,
        "mitregate_models::mpsc_queue::laws::resize_safety" => laws::resize_safety,
        "mitregate_models::mpsc_queue::laws::safety" => laws::safety,
        "mitregate_models::mpsc_queue::laws::shrinks_only_when_quiet" => laws::shrinks_only_when_quiet,
        "mitregate_models::mpsc_queue::laws::single_consumer" => laws::single_consumer,
        "mitregate_models::mpsc_queue::laws::type_invariant" => laws::type_invariant,
        "mitregate_models::mpsc_queue::spec::Action::ConsumerDequeue" => Action::ConsumerDequeue,
        "mitregate_models::mpsc_queue::spec::Action::ConsumerResize" => Action::ConsumerResize,
        "mitregate_models::mpsc_queue::spec::Action::ConsumerResizeComplete" => Action::ConsumerResizeComplete,
        "mitregate_models::mpsc_queue::spec::Action::ConsumerShrink" => Action::ConsumerShrink,
        "mitregate_models::mpsc_queue::spec::Action::ConsumerStart" => Action::ConsumerStart,
        "mitregate_models::mpsc_queue::spec::Action::ConsumerStop" => Action::ConsumerStop,
        "mitregate_models::mpsc_queue::spec::Action::ProducerEnqueue" => Action::ProducerEnqueue,
        "mitregate_models::mpsc_queue::spec::Action::ProducerJoin" => Action::ProducerJoin,
        "mitregate_models::mpsc_queue::spec::Action::ProducerLeave" => Action::ProducerLeave,
        "mitregate_models::mpsc_queue::spec::State::buffer" => |it: State| it.buffer,
        "mitregate_models::mpsc_queue::spec::State::capacity" => |it: State| it.capacity,
        "mitregate_models::mpsc_queue::spec::State::consumer_active" => |it: State| it.consumer_active,
        "mitregate_models::mpsc_queue::spec::State::generation" => |it: State| it.generation,
        "mitregate_models::mpsc_queue::spec::State::head" => |it: State| it.head,
        "mitregate_models::mpsc_queue::spec::State::is_active" => State::is_active,
        "mitregate_models::mpsc_queue::spec::State::is_full" => State::is_full,
        "mitregate_models::mpsc_queue::spec::State::messages_dropped" => |it: State| it.messages_dropped,
        "mitregate_models::mpsc_queue::spec::State::messages_received" => State::messages_received,
        "mitregate_models::mpsc_queue::spec::State::messages_sent" => State::messages_sent,
        "mitregate_models::mpsc_queue::spec::State::producers" => |it: State| it.producers,
        "mitregate_models::mpsc_queue::spec::State::resizing" => |it: State| it.resizing,
        "mitregate_models::mpsc_queue::spec::State::sent" => |it: State| -> [u8; MOST_PRODUCERS] { it.sent },
        "mitregate_models::mpsc_queue::spec::State::tail" => |it: State| it.tail,
    }
}
