//! Multi-Paxos.

use std::collections::BTreeSet;

use mitregate_multi_paxos as code;
use mitregate_models::multi_paxos::constants::CONSTANT_NAMES;
use mitregate_models::multi_paxos::laws::{
    INVARIANTS, INVARIANTS_WITH_LEADER, STEP_PROPERTIES, TEMPORAL_PROPERTIES,
};
use mitregate_models::multi_paxos::spec::ACTIONS;
use mitregate_models::multi_paxos::{Constants, MultiPaxos, laws, spec};

use super::Ported;

pub(super) fn ported() -> Ported {
    Ported {
        system: &MultiPaxos,
        actions: ACTIONS.into(),
        invariants: INVARIANTS.into_iter().chain(INVARIANTS_WITH_LEADER).collect(),
        properties: STEP_PROPERTIES.into_iter().chain(TEMPORAL_PROPERTIES).collect(),
        constants: CONSTANT_NAMES.into(),
        constants_in: "Proposals",
        small: vec!["duel", "as_given"],
        items: items(),
    }
}

/// A transport over which nothing comes.
struct Silence;

impl code::Transport<u8> for Silence {
    type Error = ();

    fn persist(&mut self, _: &code::DurableProposerState) -> Result<(), ()> {
        Ok(())
    }

    fn send(&mut self, _: code::Outgoing<u8>) -> Result<(), ()> {
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<(code::NodeId, code::Message<u8>)>, ()> {
        Ok(None)
    }

    fn back_off(&mut self, _: u32) {}
}

/// Names a generic function for any transport.
fn run<T: code::Transport<u8>>(it: &mut T) -> bool {
    let cluster = code::Cluster::new([code::NodeId(0)], [code::NodeId(1)], []).unwrap();
    let mut proposer = code::Proposer::new(code::NodeId(1));
    code::run_proposer(&mut proposer, &cluster, code::Round(0), 0, 1, it).is_ok()
}

fn items() -> BTreeSet<&'static str> {
    super::items! {
        "impls::multi_paxos::AcceptorEvent::Accept" => |it: code::AcceptorEvent<u8>| matches!(it, code::AcceptorEvent::Accept { .. }),
        "impls::multi_paxos::AcceptorEvent::Promise" => |it: code::AcceptorEvent<u8>| matches!(it, code::AcceptorEvent::Promise { .. }),
        "impls::multi_paxos::AcceptorRound::accepted" => code::AcceptorRound::<u8>::accepted,
        "impls::multi_paxos::AcceptorRound::promised" => code::AcceptorRound::<u8>::promised,
        "impls::multi_paxos::AcceptorStateStore::accept" => code::AcceptorStateStore::<u8>::accept,
        "impls::multi_paxos::AcceptorStateStore::accepted" => code::AcceptorStateStore::<u8>::accepted,
        "impls::multi_paxos::AcceptorStateStore::promise" => code::AcceptorStateStore::<u8>::promise,
        "impls::multi_paxos::AcceptorStateStore::promised" => code::AcceptorStateStore::<u8>::promised,
        "impls::multi_paxos::Attempt" => std::any::type_name::<code::Attempt>(),
        "impls::multi_paxos::Campaign::own" => code::Campaign::<u8>::own,
        "impls::multi_paxos::Cluster::acceptors" => code::Cluster::acceptors,
        "impls::multi_paxos::Cluster::proposers" => code::Cluster::proposers,
        "impls::multi_paxos::Cluster::quorum_size" => code::Cluster::quorum_size,
        "impls::multi_paxos::DurableAcceptorState::apply" => code::DurableAcceptorState::<u8>::apply,
        "impls::multi_paxos::DurableProposerState::attempt" => code::DurableProposerState::attempt,
        "impls::multi_paxos::Leadership::leader" => code::Leadership::leader,
        "impls::multi_paxos::Learner::apply" => code::Learner::<u8>::apply,
        "impls::multi_paxos::Learner::value" => code::Learner::<u8>::value,
        "impls::multi_paxos::ProposeResult::Learned" => |it: code::ProposeResult<u8>| matches!(it, code::ProposeResult::Learned { .. }),
        "impls::multi_paxos::ProposeResult::Rejected" => |it: code::ProposeResult<u8>| matches!(it, code::ProposeResult::Rejected { .. }),
        "impls::multi_paxos::Proposer::handle" => code::Proposer::<u8>::handle,
        "impls::multi_paxos::Proposer::next_attempt" => code::Proposer::<u8>::next_attempt,
        "impls::multi_paxos::Proposer::current_key" => code::Proposer::<u8>::current_key,
        "impls::multi_paxos::Proposer::retry" => code::Proposer::<u8>::retry,
        "impls::multi_paxos::QuorumTracker::track" => code::QuorumTracker::<u8>::track,
        "impls::multi_paxos::Round" => std::any::type_name::<code::Round>(),
        "impls::multi_paxos::SharedAcceptorState::accept" => code::SharedAcceptorState::<u8>::accept,
        "impls::multi_paxos::SharedAcceptorState::durable" => code::SharedAcceptorState::<u8>::durable,
        "impls::multi_paxos::SharedAcceptorState::promise" => code::SharedAcceptorState::<u8>::promise,
        "impls::multi_paxos::run_proposer" => run::<Silence>,
        "models::multi_paxos::constants::Constants::acceptor_symmetry" => |it: Constants| it.acceptor_symmetry,
        "models::multi_paxos::constants::Constants::acceptors" => |it: Constants| it.acceptors,
        "models::multi_paxos::constants::Constants::attempts" => |it: Constants| it.attempts,
        "models::multi_paxos::constants::Constants::majority" => Constants::majority,
        "models::multi_paxos::constants::Constants::none" => |it: Constants| it.none,
        "models::multi_paxos::constants::Constants::proposers" => |it: Constants| it.proposers,
        "models::multi_paxos::constants::Constants::rounds" => |it: Constants| it.rounds,
        "models::multi_paxos::constants::Constants::undecided" => |it: Constants| it.undecided,
        "models::multi_paxos::constants::Constants::value_symmetry" => |it: Constants| it.value_symmetry,
        "models::multi_paxos::constants::Constants::values" => |it: Constants| it.values,
        "models::multi_paxos::laws::agreement" => laws::agreement,
        "models::multi_paxos::laws::attempts_suffice" => laws::attempts_suffice,
        "models::multi_paxos::laws::consistency" => laws::consistency,
        "models::multi_paxos::laws::every_round_learned" => laws::every_round_learned::<spec::Spec>,
        "models::multi_paxos::laws::monotonic_accepts" => laws::monotonic_accepts,
        "models::multi_paxos::laws::monotonic_promises" => laws::monotonic_promises,
        "models::multi_paxos::laws::nothing_learned" => laws::nothing_learned,
        "models::multi_paxos::laws::promise_integrity" => laws::promise_integrity,
        "models::multi_paxos::laws::type_ok" => laws::type_ok,
        "models::multi_paxos::laws::validity" => laws::validity,
        "models::multi_paxos::spec::Action::Accept" => |it: spec::Action| matches!(it, spec::Action::Accept { .. }),
        "models::multi_paxos::spec::Action::IncrementAttempt" => |it: spec::Action| matches!(it, spec::Action::IncrementAttempt { .. }),
        "models::multi_paxos::spec::Action::Learn" => |it: spec::Action| matches!(it, spec::Action::Learn { .. }),
        "models::multi_paxos::spec::Action::Promise" => |it: spec::Action| matches!(it, spec::Action::Promise { .. }),
        "models::multi_paxos::spec::Action::Renumber" => |it: spec::Action| matches!(it, spec::Action::Renumber { .. }),
        "models::multi_paxos::spec::Ballot::NONE" => spec::Ballot::NONE,
        "models::multi_paxos::spec::LEADER" => spec::LEADER,
        "models::multi_paxos::spec::Spec::accepted_proposal" => spec::Spec::accepted_proposal,
        "models::multi_paxos::spec::Spec::beaten" => spec::Spec::beaten,
        "models::multi_paxos::spec::Spec::chosen" => spec::Spec::chosen,
        "models::multi_paxos::spec::State::accepted" => |it: spec::State| it.accepted,
        "models::multi_paxos::spec::State::add_vote" => spec::State::add_vote,
        "models::multi_paxos::spec::State::learned" => |it: spec::State| it.learned,
        "models::multi_paxos::spec::State::promised" => |it: spec::State| it.promised,
        "models::multi_paxos::spec::State::proposer_attempt" => |it: spec::State| it.proposer_attempt,
        "models::multi_paxos::spec::State::votes" => |it: spec::State| it.votes,
    }
}
