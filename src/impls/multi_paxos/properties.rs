//! Properties that hold for arbitrary inputs.

use std::fmt::Debug;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::testing::cluster;
use super::{
    AcceptedProposal, AcceptorEvent, AcceptorStateStore, AcceptorStep, Attempt,
    DurableAcceptorState, DurableProposerState, Learner, Message, NodeId, Outgoing, ProposalKey,
    ProposeResult, Proposer, ProposerEvent, Round, Snapshot,
};

/// A member in any role, or a node outside the cluster.
fn node() -> impl Strategy<Value = NodeId> {
    prop_oneof![0..4_u32, 10..13_u32, 19..23_u32, Just(u32::MAX)].prop_map(NodeId)
}

fn number<T: Copy + Debug + From<u8>>(last: T) -> impl Strategy<Value = T> {
    prop_oneof![6 => (0..3_u8).prop_map(T::from), 1 => Just(last)]
}

fn key() -> impl Strategy<Value = ProposalKey> {
    (number(u64::MAX), number(u32::MAX), node()).prop_map(|(round, attempt, node)| ProposalKey {
        round: Round(round),
        attempt: Attempt(attempt),
        node,
    })
}

fn vote() -> impl Strategy<Value = AcceptedProposal<u8>> {
    (key(), 0..3_u8).prop_map(|(key, value)| AcceptedProposal { key, value })
}

fn snapshot() -> impl Strategy<Value = Snapshot> {
    (0..3_u64).prop_map(|before| Snapshot { before: Round(before), state: [].into() })
}

fn message() -> impl Strategy<Value = Message<u8>> {
    let round = || number(u64::MAX).prop_map(Round);
    prop_oneof![
        3 => key().prop_map(|key| Message::Prepare { key }),
        2 => (key(), option::of(vote()))
            .prop_map(|(key, accepted)| Message::Promise { key, accepted }),
        3 => vote().prop_map(|AcceptedProposal { key, value }| Message::Accept { key, value }),
        2 => vote().prop_map(|AcceptedProposal { key, value }| Message::Accepted { key, value }),
        1 => (key(), key()).prop_map(|(key, promised)| Message::Rejected { key, promised }),
        1 => (round(), 0..3_u8).prop_map(|(round, value)| Message::Learned { round, value }),
        1 => round().prop_map(|from| Message::CatchUp { from }),
        1 => round().prop_map(|before| Message::Forgotten { before }),
        2 => key().prop_map(|key| Message::PrepareAll { ballot: key.ballot(), from: key.round }),
        1 => (key(), vec(vote(), 0..3), option::of(round())).prop_map(|(key, votes, until)| {
            Message::PromiseAll { ballot: key.ballot(), votes, until }
        }),
        1 => snapshot().prop_map(Message::Snapshot),
    ]
}

/// A message, biased towards its own proposer as the sender.
fn letter() -> impl Strategy<Value = (NodeId, Message<u8>)> {
    (node(), any::<bool>(), message()).prop_map(|(node, is_own, message)| match &message {
        Message::Prepare { key } | Message::Accept { key, .. } if is_own => (key.node, message),
        Message::PrepareAll { ballot, .. } if is_own => (ballot.node, message),
        _ => (node, message),
    })
}

fn assert_nothing_went_down(before: &AcceptorStateStore<u8>, after: &AcceptorStateStore<u8>) {
    assert!(before.durable().snapshot().is_none_or(|it| after.durable().snapshot() >= Some(it)));
    let kept = |round: &Round| !after.durable().is_forgotten(*round);
    for (round, known) in before.durable().rounds().filter(|(round, _)| kept(round)) {
        assert!(after.promised(round) >= known.promised());
        let vote = after.accepted(round).map(|vote| vote.key);
        assert!(vote >= known.accepted().map(|vote| vote.key));
    }
}

fn assert_promises_cover_votes(acceptor: &AcceptorStateStore<u8>) {
    for (round, known) in acceptor.durable().rounds() {
        assert!(known.promised().is_some(), "an entry for nothing");
        assert!(known.promised() >= known.accepted().map(|vote| vote.key));
        assert!(known.promised().is_none_or(|key| key.round == round));
    }
}

fn assert_reply_fits(acceptor: &AcceptorStateStore<u8>, step: &AcceptorStep<u8>) {
    match &step.reply {
        Some(Message::Promise { key, accepted }) => {
            assert_eq!(acceptor.promised(key.round), Some(*key));
            assert_eq!(acceptor.accepted(key.round), accepted.as_ref());
        }
        Some(Message::Accepted { key, value }) => {
            let vote = AcceptedProposal { key: *key, value: *value };
            assert_eq!(acceptor.accepted(key.round), Some(&vote));
            assert_eq!(acceptor.promised(key.round), Some(*key));
        }
        Some(Message::PromiseAll { ballot, votes, until }) => {
            assert_eq!(acceptor.durable().floor(), Some(*ballot));
            for vote in votes {
                assert!(vote.key.ballot() <= *ballot && until.is_none());
                assert_eq!(acceptor.accepted(vote.key.round), Some(vote));
            }
        }
        Some(Message::Rejected { key, promised }) => {
            assert!(promised.ballot() > key.ballot());
            assert_eq!(acceptor.promised(promised.round), Some(*promised));
        }
        Some(Message::Snapshot(snapshot)) => {
            assert_eq!(acceptor.durable().snapshot(), Some(snapshot));
        }
        Some(other) => panic!("an acceptor does not say {other:?}"),
        None => assert!(matches!(step.event, None | Some(AcceptorEvent::Snapshot(_)))),
    }
}

fn assert_survives_json<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    let json = serde_json::to_string(value).unwrap();
    assert_eq!(&serde_json::from_str::<T>(&json).unwrap(), value, "{json}");
}

/// A call of a proposer.
#[derive(Clone, Debug)]
enum Call {
    Propose(Round, u8),
    Retry(Round),
    GiveUp(Round),
    Lead(Round),
    Forget(Round),
    Restart,
    Handle(NodeId, Message<u8>),
}

fn call() -> impl Strategy<Value = Call> {
    let round = || (0..2_u64).prop_map(Round);
    let answer = (0..2_u64, 0..4_u32, 0..3_u32, option::of(vote()), 0..3_u8, 0..6_u8).prop_map(
        |(round, attempt, from, accepted, value, kind)| {
            let key =
                ProposalKey { round: Round(round), attempt: Attempt(attempt), node: NodeId(10) };
            let message = match kind {
                0 | 1 => Message::Promise { key, accepted },
                2 => Message::Accepted { key, value },
                3 | 4 => {
                    let votes = accepted.into_iter().collect();
                    Message::PromiseAll { ballot: key.ballot(), votes, until: None }
                }
                _ => Message::Rejected { key, promised: ProposalKey { node: NodeId(11), ..key } },
            };
            Call::Handle(NodeId(from), message)
        },
    );
    prop_oneof![
        2 => (round(), 0..3_u8).prop_map(|(round, value)| Call::Propose(round, value)),
        2 => round().prop_map(Call::Retry),
        1 => round().prop_map(Call::GiveUp),
        1 => round().prop_map(Call::Lead),
        1 => (0..2_u64).prop_map(|round| Call::Forget(Round(round))),
        1 => Just(Call::Restart),
        12 => answer,
        2 => letter().prop_map(|(from, message)| Call::Handle(from, message)),
    ]
}

/// The messages and results of a proposer over several calls.
#[derive(Default)]
struct Record {
    disk: DurableProposerState,
    sent: Vec<Message<u8>>,
    results: Vec<ProposeResult<u8>>,
}

fn make_calls(calls: Vec<Call>) -> Record {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::new(NodeId(10));
    let mut record = Record::default();
    for call in calls {
        let before = proposer.clone();
        let step = match call {
            Call::Propose(round, value) => proposer.propose(&cluster, round, value),
            Call::Retry(round) => proposer.retry(&cluster, round),
            Call::Handle(from, message) => Ok(proposer.handle(&cluster, from, message)),
            Call::Lead(round) => proposer.lead(&cluster, round),
            Call::GiveUp(round) => {
                proposer.give_up(round);
                continue;
            }
            Call::Forget(round) => {
                proposer.forget_before(round);
                continue;
            }
            Call::Restart => {
                proposer = Proposer::restore(NodeId(10), record.disk.clone());
                continue;
            }
        };
        let Ok(step) = step else {
            assert_eq!(proposer, before, "a refused call changes nothing");
            continue;
        };
        assert_eq!(step.event.is_some(), before.durable() != proposer.durable());
        step.event.into_iter().for_each(|event| record.disk.apply(event));
        assert_eq!(&record.disk, proposer.durable());
        record.sent.extend(step.outgoing.into_iter().map(|outgoing| outgoing.message));
        record.results.extend(step.results);
        assert_survives_json(&proposer);
    }
    record
}

proptest! {
    #[test]
    fn an_acceptor_copes_with_anything(letters in vec(letter(), 0..60)) {
        let cluster = cluster(3, 2);
        let mut acceptor = AcceptorStateStore::new();
        let mut log = Vec::new();
        for (from, message) in letters {
            let before = acceptor.clone();
            let step = acceptor.handle(&cluster, from, message);
            assert_nothing_went_down(&before, &acceptor);
            assert_promises_cover_votes(&acceptor);
            assert_reply_fits(&acceptor, &step);
            prop_assert_eq!(step.event.is_some(), before != acceptor);
            log.extend(step.event);
        }
        prop_assert_eq!(&DurableAcceptorState::replay(log), acceptor.durable());
        let shortest = acceptor.durable().events();
        prop_assert_eq!(&DurableAcceptorState::replay(shortest), acceptor.durable());
    }

    #[test]
    fn a_refused_request_changes_nothing(
        calls in vec((key(), option::of(0..3_u8)), 0..60),
    ) {
        let mut acceptor = AcceptorStateStore::new();
        for (key, value) in calls {
            let before = acceptor.clone();
            let is_refused = match value {
                Some(value) => acceptor.accept(key, value).is_err(),
                None => acceptor.promise(key).is_err(),
            };
            prop_assert!(!is_refused || acceptor == before);
            assert_nothing_went_down(&before, &acceptor);
            assert_promises_cover_votes(&acceptor);
        }
    }

    #[test]
    fn a_proposer_uses_a_key_for_one_value(calls in vec(call(), 0..120)) {
        let record = make_calls(calls);
        let mut accepts: Vec<_> = record
            .sent
            .into_iter()
            .filter_map(|message| match message {
                Message::Accept { key, value } => Some((key, value)),
                _ => None,
            })
            .collect();
        accepts.sort_unstable();
        accepts.dedup();
        prop_assert!(accepts.windows(2).all(|pair| pair[0].0 != pair[1].0), "{:?}", accepts);
        prop_assert!(accepts.iter().all(|(key, _)| key.node == NodeId(10)));
    }

    #[test]
    fn a_rejection_is_by_something_higher_in_the_round(calls in vec(call(), 0..120)) {
        for result in make_calls(calls).results {
            if let ProposeResult::Rejected { round, by } = result {
                prop_assert_eq!(by.round, round);
            }
        }
    }

    #[test]
    fn a_learner_copes_with_anything(letters in vec(letter(), 0..80)) {
        let cluster = cluster(3, 2);
        let mut learner = Learner::starting_at(Round(1));
        let mut next = Round(1);
        for (from, message) in letters {
            let before = learner.clone();
            let step = learner.handle(&cluster, from, message);
            if let Some(snapshot) = step.installed {
                prop_assert!(snapshot.before > next);
                next = snapshot.before;
            }
            for (round, value) in step.applied {
                prop_assert_eq!(round, next);
                prop_assert_eq!(learner.value(round), Some(&value));
                next = next.next().unwrap_or(next);
            }
            prop_assert_eq!(learner.next_round(), next);
            prop_assert!(!learner.held_back().contains_key(&next));
            prop_assert!(step.conflict.is_none() || learner == before);
            assert_survives_json(&learner);
        }
    }

    #[test]
    fn a_learner_applies_any_permutation_in_order(
        rounds in Just((0..12_u64).chain(0..12).chain(3..9).collect::<Vec<_>>()).prop_shuffle(),
        first in 0..4_u64,
    ) {
        let mut learner = Learner::starting_at(Round(first));
        let mut applied = Vec::new();
        for round in rounds {
            applied.extend(learner.apply(Round(round), round * 7).unwrap());
        }
        let expected: Vec<_> = (first..12).map(|round| (Round(round), round * 7)).collect();
        prop_assert_eq!(applied, expected);
        prop_assert!(!learner.has_gap());
    }

    #[test]
    fn messages_survive_json(to in node(), message in message()) {
        assert_survives_json(&Outgoing { to, message });
    }

    #[test]
    fn durable_state_survives_json(
        votes in vec((vote(), any::<bool>()), 0..20),
        attempts in vec((number(u64::MAX), number(u32::MAX)), 0..5),
    ) {
        let events: Vec<_> = votes
            .into_iter()
            .map(|(AcceptedProposal { key: proposal, value }, is_vote)| {
                let round = proposal.round;
                if is_vote {
                    AcceptorEvent::Accept { round, proposal, value }
                } else {
                    AcceptorEvent::Promise { round, proposal }
                }
            })
            .collect();
        assert_survives_json(&events);
        assert_survives_json(&DurableAcceptorState::replay(events));
        let attempts = attempts.into_iter().map(|(round, attempt)| ProposerEvent::Attempt {
            round: Round(round),
            attempt: Attempt(attempt),
        });
        let all = ProposerEvent::AttemptAll { attempt: Attempt(1) };
        let state = DurableProposerState::replay(attempts.chain([all]));
        assert_survives_json(&state);
        prop_assert_eq!(DurableProposerState::replay(state.events()), state);
    }
}
