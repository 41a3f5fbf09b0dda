//! The queue.

use std::collections::BTreeSet;

use mitregate_models::mpsc_queue::constants::{CONSTANT_NAMES, FairTo, MOST_PRODUCERS};
use mitregate_models::mpsc_queue::laws::{INVARIANTS, STEP_PROPERTIES, TEMPORAL_PROPERTIES};
use mitregate_models::mpsc_queue::spec::{ACTIONS, Action, State};
use mitregate_models::mpsc_queue::{Constants, MpscQueue, Spec, laws};

use super::Ported;

pub(super) fn ported() -> Ported {
    Ported {
        system: &MpscQueue,
        actions: ACTIONS.into(),
        invariants: INVARIANTS.into(),
        properties: STEP_PROPERTIES.into_iter().chain(TEMPORAL_PROPERTIES).collect(),
        constants: CONSTANT_NAMES.into(),
        constants_in: "LockFreeMPSCQueue",
        small: vec!["small"],
        items: items(),
    }
}

fn items() -> BTreeSet<&'static str> {
    super::items! {
        "models::mpsc_queue::constants::Constants::capacity_of" => Constants::capacity_of,
        "models::mpsc_queue::constants::Constants::fair_to" => |it: Constants| it.fair_to,
        "models::mpsc_queue::constants::Constants::growth_factor" => |it: Constants| it.growth_factor,
        "models::mpsc_queue::constants::Constants::initial_capacity" => |it: Constants| it.initial_capacity,
        "models::mpsc_queue::constants::Constants::max_capacity" => |it: Constants| it.max_capacity,
        "models::mpsc_queue::constants::Constants::max_messages" => |it: Constants| it.max_messages,
        "models::mpsc_queue::constants::Constants::max_producers" => Constants::max_producers,
        "models::mpsc_queue::constants::Constants::producer_symmetry" => |it: Constants| it.producer_symmetry,
        "models::mpsc_queue::constants::Constants::producers" => |it: Constants| it.producers,
        "models::mpsc_queue::constants::FairTo::dequeue" => |it: FairTo| it.dequeue,
        "models::mpsc_queue::constants::FairTo::enqueue" => |it: FairTo| it.enqueue,
        "models::mpsc_queue::constants::FairTo::resize" => |it: FairTo| it.resize,
        "models::mpsc_queue::laws::aba_protection" => laws::aba_protection,
        "models::mpsc_queue::laws::bounded_capacity" => laws::bounded_capacity,
        "models::mpsc_queue::laws::consumer_progress" => laws::consumer_progress::<Spec>,
        "models::mpsc_queue::laws::dequeue_takes_first" => laws::dequeue_takes_first,
        "models::mpsc_queue::laws::enqueue_adds_at_end" => laws::enqueue_adds_at_end,
        "models::mpsc_queue::laws::fifo_ordering" => laws::fifo_ordering,
        "models::mpsc_queue::laws::generation_never_falls" => laws::generation_never_falls,
        "models::mpsc_queue::laws::message_conservation" => laws::message_conservation,
        "models::mpsc_queue::laws::producer_fairness" => laws::producer_fairness::<Spec>,
        "models::mpsc_queue::laws::resize_progress" => laws::resize_progress::<Spec>,
        "models::mpsc_queue::laws::resize_safety" => laws::resize_safety,
        "models::mpsc_queue::laws::safety" => laws::safety,
        "models::mpsc_queue::laws::single_consumer" => laws::single_consumer,
        "models::mpsc_queue::laws::type_invariant" => laws::type_invariant,
        "models::mpsc_queue::spec::Action::ConsumerDequeue" => Action::ConsumerDequeue,
        "models::mpsc_queue::spec::Action::ConsumerResize" => Action::ConsumerResize,
        "models::mpsc_queue::spec::Action::ConsumerResizeComplete" => Action::ConsumerResizeComplete,
        "models::mpsc_queue::spec::Action::ConsumerStart" => Action::ConsumerStart,
        "models::mpsc_queue::spec::Action::ConsumerStop" => Action::ConsumerStop,
        "models::mpsc_queue::spec::Action::ProducerEnqueue" => Action::ProducerEnqueue,
        "models::mpsc_queue::spec::Action::ProducerJoin" => Action::ProducerJoin,
        "models::mpsc_queue::spec::Action::ProducerLeave" => Action::ProducerLeave,
        "models::mpsc_queue::spec::State::buffer" => |it: State| it.buffer,
        "models::mpsc_queue::spec::State::capacity" => |it: State| it.capacity,
        "models::mpsc_queue::spec::State::consumer_active" => |it: State| it.consumer_active,
        "models::mpsc_queue::spec::State::generation" => |it: State| it.generation,
        "models::mpsc_queue::spec::State::head" => |it: State| it.head,
        "models::mpsc_queue::spec::State::is_active" => State::is_active,
        "models::mpsc_queue::spec::State::is_full" => State::is_full,
        "models::mpsc_queue::spec::State::messages_dropped" => |it: State| it.messages_dropped,
        "models::mpsc_queue::spec::State::messages_received" => State::messages_received,
        "models::mpsc_queue::spec::State::messages_sent" => State::messages_sent,
        "models::mpsc_queue::spec::State::producers" => |it: State| it.producers,
        "models::mpsc_queue::spec::State::resizing" => |it: State| it.resizing,
        "models::mpsc_queue::spec::State::sent" => |it: State| -> [u8; MOST_PRODUCERS] { it.sent },
        "models::mpsc_queue::spec::State::tail" => |it: State| it.tail,
    }
}
