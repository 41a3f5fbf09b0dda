//! Multi-Paxos.

use std::collections::BTreeSet;

use mitregate_models::multi_paxos::constants::CONSTANT_NAMES;
use mitregate_models::multi_paxos::laws::{
    INVARIANTS, INVARIANTS_WITH_LEADER, STEP_PROPERTIES, TEMPORAL_PROPERTIES,
};
use mitregate_models::multi_paxos::spec::ACTIONS;
use mitregate_models::multi_paxos::{Constants, laws, spec};
use mitregate_multi_paxos as code;

use super::Ported;

pub(super) fn ported() -> Ported {
    Ported {
        system: crate::common::system("multi_paxos"),
        actions: ACTIONS.into(),
        added: Vec::new(),
        invariants: INVARIANTS.into_iter().chain(INVARIANTS_WITH_LEADER).collect(),
        properties: STEP_PROPERTIES.into_iter().chain(TEMPORAL_PROPERTIES).collect(),
        constants: CONSTANT_NAMES.into(),
        constants_in: "Proposals",
        small: vec!["duel", "as_given"],
        items: items(),
    }
}

fn items() -> BTreeSet<&'static str> {
    super::items! {
        "mitregate_multi_paxos::AcceptorEvent::Accept" => |it: code::AcceptorEvent<u8>| matches!(it, code::AcceptorEvent::Accept { .. }),
        "mitregate_multi_paxos::AcceptorEvent::Promise" => |it: code::AcceptorEvent<u8>| matches!(it, code::AcceptorEvent::Promise { .. }),
        "mitregate_multi_paxos::AcceptorRound::accepted" => code::AcceptorRound::<u8>::accepted,
        "mitregate_multi_paxos::AcceptorRound::promised" => code::AcceptorRound::<u8>::promised,
        "mitregate_multi_paxos::AcceptorStateStore::accept" => code::AcceptorStateStore::<u8>::accept,
        "mitregate_multi_paxos::AcceptorStateStore::accepted" => code::AcceptorStateStore::<u8>::accepted,
        "mitregate_multi_paxos::AcceptorStateStore::promise" => code::AcceptorStateStore::<u8>::promise,
        "mitregate_multi_paxos::AcceptorStateStore::promised" => code::AcceptorStateStore::<u8>::promised,
        "mitregate_multi_paxos::Attempt" => std::any::type_name::<code::Attempt>(),
        "mitregate_multi_paxos::Campaign::own" => code::Campaign::<u8>::own,
        "mitregate_multi_paxos::Cluster::acceptors" => code::Cluster::acceptors,
        "mitregate_multi_paxos::Cluster::proposers" => code::Cluster::proposers,
        "mitregate_multi_paxos::Cluster::quorum_size" => code::Cluster::quorum_size,
        "mitregate_multi_paxos::DurableAcceptorState::apply" => code::DurableAcceptorState::<u8>::apply,
        "mitregate_multi_paxos::DurableProposerState::attempt" => code::DurableProposerState::attempt,
        "mitregate_multi_paxos::Leadership::leader" => code::Leadership::leader,
        "mitregate_multi_paxos::Learner::apply" => code::Learner::<u8>::apply,
        "mitregate_multi_paxos::Learner::value" => code::Learner::<u8>::value,
        "mitregate_multi_paxos::ProposeResult::Learned" => |it: code::ProposeResult<u8>| matches!(it, code::ProposeResult::Learned { .. }),
        "mitregate_multi_paxos::ProposeResult::Rejected" => |it: code::ProposeResult<u8>| matches!(it, code::ProposeResult::Rejected { .. }),
        "mitregate_multi_paxos::Proposer::handle" => code::Proposer::<u8>::handle,
        "mitregate_multi_paxos::Proposer::next_attempt" => code::Proposer::<u8>::next_attempt,
        "mitregate_multi_paxos::Proposer::current_key" => code::Proposer::<u8>::current_key,
        "mitregate_multi_paxos::Proposer::propose" => code::Proposer::<u8>::propose,
        "mitregate_multi_paxos::Proposer::retry" => code::Proposer::<u8>::retry,
        "mitregate_multi_paxos::QuorumTracker::track" => code::QuorumTracker::<u8>::track,
        "mitregate_multi_paxos::Round" => std::any::type_name::<code::Round>(),
        "mitregate_multi_paxos::SharedAcceptorState::accept" => code::SharedAcceptorState::<u8>::accept,
        "mitregate_multi_paxos::SharedAcceptorState::durable" => code::SharedAcceptorState::<u8>::durable,
        "mitregate_multi_paxos::SharedAcceptorState::promise" => code::SharedAcceptorState::<u8>::promise,
        "mitregate_models::multi_paxos::constants::Constants::acceptor_symmetry" => |it: Constants| it.acceptor_symmetry,
        "mitregate_models::multi_paxos::constants::Constants::acceptors" => |it: Constants| it.acceptors,
        "mitregate_models::multi_paxos::constants::Constants::attempts" => |it: Constants| it.attempts,
        "mitregate_models::multi_paxos::constants::Constants::majority" => Constants::majority,
        "mitregate_models::multi_paxos::constants::Constants::none" => |it: Constants| it.none,
        "mitregate_models::multi_paxos::constants::Constants::proposers" => |it: Constants| it.proposers,
        "mitregate_models::multi_paxos::constants::Constants::rounds" => |it: Constants| it.rounds,
        "mitregate_models::multi_paxos::constants::Constants::undecided" => |it: Constants| it.undecided,
        "mitregate_models::multi_paxos::constants::Constants::value_symmetry" => |it: Constants| it.value_symmetry,
        "mitregate_models::multi_paxos::constants::Constants::values" => |it: Constants| it.values,
        "mitregate_models::multi_paxos::laws::agreement" => laws::agreement,
        "mitregate_models::multi_paxos::laws::attempts_suffice" => laws::attempts_suffice,
        "mitregate_models::multi_paxos::laws::consistency" => laws::consistency,
        "mitregate_models::multi_paxos::laws::every_round_learned" => laws::every_round_learned,
        "mitregate_models::multi_paxos::laws::monotonic_accepts" => laws::monotonic_accepts,
        "mitregate_models::multi_paxos::laws::monotonic_promises" => laws::monotonic_promises,
        "mitregate_models::multi_paxos::laws::nothing_learned" => laws::nothing_learned,
        "mitregate_models::multi_paxos::laws::promise_integrity" => laws::promise_integrity,
        "mitregate_models::multi_paxos::laws::type_ok" => laws::type_ok,
        "mitregate_models::multi_paxos::laws::validity" => laws::validity,
        "mitregate_models::multi_paxos::spec::Action::Accept" => |it: spec::Action| matches!(it, spec::Action::Accept { .. }),
        "mitregate_models::multi_paxos::spec::Action::IncrementAttempt" => |it: spec::Action| matches!(it, spec::Action::IncrementAttempt { .. }),
        "mitregate_models::multi_paxos::spec::Action::Learn" => |it: spec::Action| matches!(it, spec::Action::Learn { .. }),
        "mitregate_models::multi_paxos::spec::Action::Promise" => |it: spec::Action| matches!(it, spec::Action::Promise { .. }),
        "mitregate_models::multi_paxos::spec::Action::Renumber" => |it: spec::Action| matches!(it, spec::Action::Renumber { .. }),
        "mitregate_models::multi_paxos::spec::Ballot::NONE" => spec::Ballot::NONE,
        "mitregate_models::multi_paxos::spec::LEADER" => spec::LEADER,
        "mitregate_models::multi_paxos::spec::Spec::accepted" => spec::Spec::accepted,
        "mitregate_models::multi_paxos::spec::Spec::accepted_proposal" => spec::Spec::accepted_proposal,
        "mitregate_models::multi_paxos::spec::Spec::add_vote" => spec::Spec::add_vote,
        "mitregate_models::multi_paxos::spec::Spec::beaten" => spec::Spec::beaten,
        "mitregate_models::multi_paxos::spec::Spec::tallies_that_count" => spec::Spec::tallies_that_count,
        "mitregate_models::multi_paxos::spec::Spec::learned" => spec::Spec::learned,
        "mitregate_models::multi_paxos::spec::Spec::promised" => spec::Spec::promised,
        "mitregate_models::multi_paxos::spec::Spec::proposer_attempt" => spec::Spec::proposer_attempt,
        "mitregate_models::multi_paxos::spec::Spec::votes" => |it: &spec::Spec, state, a, r| it.votes(state, a, r).count(),
    }
}
