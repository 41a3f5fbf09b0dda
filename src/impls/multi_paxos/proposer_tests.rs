//! A proposer, message by message.

use super::message::broadcast;
use super::testing::{cluster, key};
use super::*;

const ROUND: Round = Round(0);

fn proposing(cluster: &Cluster) -> Proposer<char> {
    let mut proposer = Proposer::new(NodeId(10));
    let _ = proposer.propose(cluster, ROUND, 'o').unwrap();
    proposer
}

fn promise(attempt: u32, accepted: Option<(ProposalKey, char)>) -> Message<char> {
    let accepted = accepted.map(|(key, value)| AcceptedProposal { key, value });
    Message::Promise { key: key(0, attempt, 10), accepted }
}

fn accepted(attempt: u32, value: char) -> Message<char> {
    Message::Accepted { key: key(0, attempt, 10), value }
}

fn rejected(attempt: u32, promised: ProposalKey) -> Message<char> {
    Message::Rejected { key: key(0, attempt, 10), promised }
}

/// A proposer whose attempt 0 is in phase 2.
fn accepting(cluster: &Cluster) -> Proposer<char> {
    let mut proposer = proposing(cluster);
    let _ = proposer.handle(cluster, NodeId(0), promise(0, None));
    let _ = proposer.handle(cluster, NodeId(1), promise(0, None));
    proposer
}

#[test]
fn a_round_is_won_in_two_phases() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::new(NodeId(10));
    let step = proposer.propose(&cluster, ROUND, 'o').unwrap();
    assert_eq!(DurableProposerState::replay(step.event), *proposer.durable());
    let prepare = Message::Prepare { key: key(0, 0, 10) };
    assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &prepare));

    let step = proposer.handle(&cluster, NodeId(0), promise(0, None));
    assert_eq!(step, ProposerStep::nothing());
    let step = proposer.handle(&cluster, NodeId(1), promise(0, None));
    let accept = Message::Accept { key: key(0, 0, 10), value: 'o' };
    assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &accept));

    let step = proposer.handle(&cluster, NodeId(1), accepted(0, 'o'));
    assert_eq!(step, ProposerStep::nothing());
    let step = proposer.handle(&cluster, NodeId(2), accepted(0, 'o'));
    let learned = Message::Learned { round: ROUND, value: 'o' };
    assert_eq!(step.outgoing, broadcast(cluster.learners(), &learned));
    assert_eq!(step.results, [ProposeResult::Learned { round: ROUND, value: 'o' }]);
    assert_eq!(proposer.learned(ROUND), Some(&'o'));
    assert_eq!(proposer.id(), NodeId(10));
    let campaigns: Vec<_> = proposer.campaigns().collect();
    assert_eq!(campaigns, [(ROUND, &Campaign::Learned { value: 'o' })]);
}

#[test]
fn a_vote_told_of_is_proposed_and_the_own_value_comes_back_on_retry() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::restore(NodeId(10), proposing(&cluster).durable().clone());
    let _ = proposer.propose(&cluster, ROUND, 'o').unwrap();
    let _ = proposer.handle(&cluster, NodeId(0), promise(1, Some((key(0, 0, 11), 'x'))));
    let step = proposer.handle(&cluster, NodeId(1), promise(1, None));
    let accept = Message::Accept { key: key(0, 1, 10), value: 'x' };
    assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &accept));

    let _ = proposer.retry(&cluster, ROUND).unwrap();
    let _ = proposer.handle(&cluster, NodeId(1), promise(2, None));
    let step = proposer.handle(&cluster, NodeId(2), promise(2, None));
    let accept = Message::Accept { key: key(0, 2, 10), value: 'o' };
    assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &accept));
}

#[test]
fn who_does_not_lead_tries_once_and_again_when_the_leader_is_suspected() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::new(NodeId(11)).with_leadership(Leadership::new());
    let _ = proposer.propose(&cluster, ROUND, 'o').unwrap();
    let before = proposer.clone();
    let gives_way = ProposeError::NotLeader { round: ROUND, leader: NodeId(10) };
    assert_eq!(proposer.retry(&cluster, ROUND), Err(gives_way));
    assert_eq!(proposer, before);
    assert!(proposer.leadership_mut().unwrap().suspect(NodeId(10)));
    assert_eq!(proposer.retry(&cluster, ROUND).map(|step| step.outgoing.len()), Ok(3));
}

#[test]
fn a_rejection_ends_the_attempt_and_the_next_one_outbids_it() {
    let cluster = cluster(3, 2);
    for mut proposer in [proposing(&cluster), accepting(&cluster)] {
        let by = key(0, 4, 11);
        let step = proposer.handle(&cluster, NodeId(2), rejected(0, by));
        assert_eq!(step.results, [ProposeResult::Rejected { round: ROUND, by }]);
        let before = proposer.clone();
        for late in [promise(0, None), accepted(0, 'o'), rejected(0, key(0, 9, 11))] {
            let step = proposer.handle(&cluster, NodeId(1), late);
            assert_eq!(step, ProposerStep::nothing());
        }
        assert_eq!(proposer, before);
        assert_eq!(proposer.next_attempt(ROUND), Some(Attempt(5)));
        let _ = proposer.retry(&cluster, ROUND).unwrap();
        assert_eq!(proposer.current_key(ROUND), Some(key(0, 5, 10)));
    }
}

#[test]
fn a_lower_node_is_outbid_without_a_higher_attempt_than_its_own() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::new(NodeId(11));
    let _ = proposer.propose(&cluster, ROUND, 'o').unwrap();
    let rejected = Message::Rejected { key: key(0, 0, 11), promised: key(0, 4, 10) };
    let _ = proposer.handle(&cluster, NodeId(0), rejected);
    assert_eq!(proposer.next_attempt(ROUND), Some(Attempt(4)));
    let _ = proposer.lead(&cluster, ROUND).unwrap();
    let _ = proposer.resign(key(0, 4, 10).ballot());
    assert_eq!(proposer.next_lead(), Some(Attempt(4)));
}

/// Of a life whose disk is lost.
#[test]
fn a_promise_to_itself_that_it_does_not_know_of_is_outbid() {
    let cluster = cluster(3, 2);
    let mut proposer = proposing(&cluster);
    let _ = proposer.handle(&cluster, NodeId(0), rejected(0, key(0, 4, 10)));
    assert_eq!(proposer.next_attempt(ROUND), Some(Attempt(5)));
    let _ = proposer.lead(&cluster, ROUND).unwrap();
    let _ = proposer.resign(key(0, 4, 10).ballot());
    assert_eq!(proposer.next_lead(), Some(Attempt(5)));
}

#[test]
fn foreign_answers_have_no_effect() {
    let cluster = cluster(3, 2);
    let preparing = [
        (NodeId(9), promise(0, None)),
        (NodeId(0), promise(1, None)),
        (NodeId(0), Message::Promise { key: key(0, 0, 11), accepted: None }),
        (NodeId(0), promise(0, Some((key(0, 0, 10), 'x')))),
        (NodeId(0), promise(0, Some((key(0, 1, 11), 'x')))),
        (NodeId(0), promise(0, Some((key(1, 0, 10), 'x')))),
        (NodeId(0), accepted(0, 'o')),
        (NodeId(0), rejected(0, key(0, 0, 10))),
        (NodeId(0), rejected(0, key(1, 0, 10))),
        (NodeId(9), rejected(0, key(0, 1, 11))),
        (NodeId(0), Message::Learned { round: ROUND, value: 'x' }),
        (NodeId(11), Message::Learned { round: Round(1), value: 'x' }),
        (NodeId(11), Message::CatchUp { from: ROUND }),
        (NodeId(11), Message::Forgotten { before: ROUND }),
    ];
    assert_no_effect(&cluster, proposing(&cluster), preparing);
    let in_phase_2 = [
        (NodeId(9), accepted(0, 'o')),
        (NodeId(0), accepted(0, 'x')),
        (NodeId(0), accepted(1, 'o')),
        (NodeId(2), promise(0, None)),
    ];
    assert_no_effect(&cluster, accepting(&cluster), in_phase_2);
}

fn assert_no_effect(
    cluster: &Cluster,
    mut proposer: Proposer<char>,
    messages: impl IntoIterator<Item = (NodeId, Message<char>)>,
) {
    let before = proposer.clone();
    for (from, message) in messages {
        let step = proposer.handle(cluster, from, message.clone());
        assert_eq!(step, ProposerStep::nothing(), "{message:?}");
        assert_eq!(proposer, before, "{message:?}");
    }
}

#[test]
fn duplicates_count_once() {
    let cluster = cluster(3, 2);
    let mut proposer = proposing(&cluster);
    for _ in 0..3 {
        let step = proposer.handle(&cluster, NodeId(0), promise(0, None));
        assert_eq!(step, ProposerStep::nothing());
    }
    let mut proposer = accepting(&cluster);
    for _ in 0..3 {
        let step = proposer.handle(&cluster, NodeId(0), accepted(0, 'o'));
        assert_eq!(step, ProposerStep::nothing());
    }
}

#[test]
fn news_of_the_outcome_ends_the_campaign() {
    let cluster = cluster(3, 2);
    let mut proposer = proposing(&cluster);
    let news = |value| Message::Learned { round: ROUND, value };
    let step = proposer.handle(&cluster, NodeId(20), news('x'));
    assert_eq!(step.results, [ProposeResult::Learned { round: ROUND, value: 'x' }]);
    assert_eq!(step.outgoing, []);
    assert_eq!(proposer.handle(&cluster, NodeId(11), news('y')), ProposerStep::nothing());
    assert_eq!(proposer.learned(ROUND), Some(&'x'));
    let decided = Err(ProposeError::Decided { round: ROUND });
    assert_eq!(proposer.propose(&cluster, ROUND, 'o'), decided);
    assert_eq!(proposer.retry(&cluster, ROUND), decided);
}

#[test]
fn a_campaign_cannot_be_started_twice_but_given_up() {
    let cluster = cluster(3, 2);
    let mut proposer = proposing(&cluster);
    let before = proposer.clone();
    let running = Err(ProposeError::CampaignRunning { round: ROUND });
    assert_eq!(proposer.propose(&cluster, ROUND, 'p'), running);
    let none = Err(ProposeError::NoCampaign { round: Round(1) });
    assert_eq!(proposer.retry(&cluster, Round(1)), none);
    assert_eq!(proposer, before);

    assert!(proposer.give_up(ROUND));
    assert!(!proposer.give_up(ROUND));
    let _ = proposer.propose(&cluster, ROUND, 'p').unwrap();
    assert_eq!(proposer.current_key(ROUND), Some(key(0, 1, 10)));
}

#[test]
fn only_a_proposer_of_the_cluster_proposes() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::new(NodeId(5));
    let error = ProposeError::NotAProposer { node: NodeId(5) };
    assert_eq!(proposer.propose(&cluster, ROUND, 'o'), Err(error));
    assert_eq!(proposer, Proposer::new(NodeId(5)));
}

#[test]
fn attempts_can_be_used_up() {
    let cluster = cluster(3, 2);
    let event = ProposerEvent::Attempt { round: ROUND, attempt: Attempt(u32::MAX) };
    let mut proposer = Proposer::restore(NodeId(10), DurableProposerState::replay([event]));
    let exhausted_too = proposer.lead(&cluster, Round(7)).unwrap_err();
    assert_eq!(exhausted_too, ProposeError::AttemptsExhausted { round: Round(7) });
    let exhausted = Err(ProposeError::AttemptsExhausted { round: ROUND });
    assert_eq!(proposer.propose(&cluster, ROUND, 'o'), exhausted);

    let mut proposer = proposing(&cluster);
    let by = key(0, u32::MAX, 11);
    let _ = proposer.handle(&cluster, NodeId(0), rejected(0, by));
    let before = proposer.clone();
    assert_eq!(proposer.retry(&cluster, ROUND), exhausted);
    assert_eq!(proposer, before);
}

#[test]
fn a_restarted_proposer_never_uses_a_key_again() {
    let cluster = cluster(3, 2);
    let mut proposer = proposing(&cluster);
    let step = proposer.retry(&cluster, ROUND).unwrap();
    let mut proposer = Proposer::restore(NodeId(10), DurableProposerState::replay(step.event));
    assert_eq!(proposer.campaign(ROUND), None);
    let step = proposer.handle(&cluster, NodeId(0), promise(1, None));
    assert_eq!(step, ProposerStep::nothing());
    let _ = proposer.propose(&cluster, ROUND, 'p').unwrap();
    assert_eq!(proposer.current_key(ROUND), Some(key(0, 2, 10)));
}

fn promise_all(attempt: u32, votes: Vec<AcceptedProposal<char>>) -> Message<char> {
    Message::PromiseAll { ballot: key(0, attempt, 10).ballot(), votes, until: None }
}

fn leading(cluster: &Cluster, votes: Vec<AcceptedProposal<char>>) -> Proposer<char> {
    let mut proposer = Proposer::new(NodeId(10));
    let _ = proposer.lead(cluster, ROUND).unwrap();
    let _ = proposer.handle(cluster, NodeId(0), promise_all(0, votes));
    let step = proposer.handle(cluster, NodeId(1), promise_all(0, Vec::new()));
    assert!(matches!(step.results[..], [ProposeResult::Leads { .. }]), "{step:?}");
    proposer
}

#[test]
fn a_leader_proposes_without_preparing_and_carries_on_what_was_voted_for() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::<char>::new(NodeId(10));
    let step = proposer.lead(&cluster, ROUND).unwrap();
    assert_eq!(step.event, Some(ProposerEvent::AttemptAll { attempt: Attempt(0) }));
    let prepare = Message::PrepareAll { ballot: key(0, 0, 10).ballot(), from: ROUND };
    assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &prepare));

    let vote = AcceptedProposal { key: key(2, 0, 9), value: 'v' };
    let mut proposer = leading(&cluster, vec![vote]);
    for (round, own, proposed) in [(0, 'a', 'a'), (2, 'b', 'v'), (9, 'c', 'c')] {
        let step = proposer.propose(&cluster, Round(round), own).unwrap();
        let accept = Message::Accept { key: key(round, 0, 10), value: proposed };
        assert_eq!(step.event, None);
        assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &accept));
        // A vote or its request may be lost: it asks again for the same.
        let again = proposer.retry(&cluster, Round(round)).unwrap();
        assert_eq!(again, step);
    }
    let accepted = |round, value| Message::Accepted { key: key(round, 0, 10), value };
    let _ = proposer.handle(&cluster, NodeId(0), accepted(2, 'v'));
    let step = proposer.handle(&cluster, NodeId(1), accepted(2, 'v'));
    assert_eq!(step.results, [ProposeResult::Learned { round: Round(2), value: 'v' }]);
}

#[test]
fn what_a_leader_has_proposed_it_proposes_once() {
    let cluster = cluster(3, 2);
    let mut proposer = leading(&cluster, Vec::new());
    let _ = proposer.propose(&cluster, ROUND, 'a').unwrap();
    assert!(proposer.give_up(ROUND));
    // The proposal has a value, so another takes another attempt.
    let step = proposer.propose(&cluster, ROUND, 'b').unwrap();
    let attempt = Attempt(1);
    assert_eq!(step.event, Some(ProposerEvent::Attempt { round: ROUND, attempt }));
    let _ = proposer.handle(&cluster, NodeId(0), promise(1, None));
    let _ = proposer.handle(&cluster, NodeId(1), promise(1, None));
    assert!(!proposer.leads_in(ROUND) && !proposer.will_resend(ROUND));
    let step = proposer.retry(&cluster, ROUND).unwrap();
    let attempt = Attempt(2);
    assert_eq!(step.event, Some(ProposerEvent::Attempt { round: ROUND, attempt }));
}

#[test]
fn a_snapshot_ends_the_campaigns_before_it_and_tells_which_were_not_decided() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::new(NodeId(10));
    for round in [1, 2, 4] {
        let _ = proposer.propose(&cluster, Round(round), 'o').unwrap();
    }
    let news = Message::Learned { round: Round(1), value: 'x' };
    let _ = proposer.handle(&cluster, NodeId(20), news);
    assert_eq!(proposer.forget_before(Round(4)), [Round(2)]);
    let left: Vec<_> = proposer.campaigns().map(|(round, _)| round).collect();
    assert_eq!(left, [Round(4)]);
}

#[test]
fn a_leader_is_deposed_by_a_higher_ballot_and_outbids_it() {
    let cluster = cluster(3, 2);
    let mut proposer = leading(&cluster, Vec::new());
    let _ = proposer.propose(&cluster, Round(3), 'a').unwrap();
    let by = key(3, 4, 11);
    let rejected = Message::Rejected { key: key(3, 0, 10), promised: by };
    let step = proposer.handle(&cluster, NodeId(2), rejected.clone());
    let (round, ballot) = (Round(3), by.ballot());
    let ended = [ProposeResult::Rejected { round, by }, ProposeResult::Deposed { by: ballot }];
    assert_eq!(step.results, ended);
    assert_eq!(proposer.handle(&cluster, NodeId(1), rejected), ProposerStep::nothing());
    let late = proposer.handle(&cluster, NodeId(2), promise_all(0, Vec::new()));
    assert_eq!(late, ProposerStep::nothing());
    assert_eq!(proposer.next_lead(), Some(Attempt(5)), "node 11 is above node 10");
    let step = proposer.lead(&cluster, ROUND).unwrap();
    assert_eq!(step.event, Some(ProposerEvent::AttemptAll { attempt: Attempt(5) }));
    // Of an attempt before: it is not counted.
    let old = proposer.handle(&cluster, NodeId(0), promise_all(0, Vec::new()));
    assert_eq!(old, ProposerStep::nothing());
    assert!(proposer.lead_state().is_preparing());
}

#[test]
fn impossible_promises_of_all_rounds_are_not_counted() {
    let cluster = cluster(3, 2);
    let mut proposer = Proposer::new(NodeId(10));
    let _ = proposer.lead(&cluster, Round(2)).unwrap();
    let before = proposer.clone();
    let vote = |round, attempt| vec![AcceptedProposal { key: key(round, attempt, 9), value: 'v' }];
    let ballot = key(0, 0, 10).ballot();
    for (from, message) in [
        (0, promise_all(0, vote(1, 0))),
        (0, promise_all(0, vote(2, 1))),
        (0, promise_all(0, vec![AcceptedProposal { key: key(2, 0, 10), value: 'v' }])),
        (0, promise_all(1, Vec::new())),
        (11, promise_all(0, Vec::new())),
        (0, Message::PromiseAll { ballot, votes: vote(4, 0), until: Some(Round(4)) }),
    ] {
        let step = proposer.handle(&cluster, NodeId(from), message);
        assert_eq!(step, ProposerStep::nothing());
        assert_eq!(proposer, before);
    }
    // A vote before the first round that nothing is told of is possible.
    let told = Message::PromiseAll { ballot, votes: vote(3, 0), until: Some(Round(4)) };
    let _ = proposer.handle(&cluster, NodeId(0), told);
    let step = proposer.handle(&cluster, NodeId(1), promise_all(0, Vec::new()));
    let leads = ProposeResult::Leads { from: Round(2), unfinished: Round(4) };
    assert_eq!(step.results, [leads]);
}

#[test]
fn a_leader_resigns_to_a_higher_ballot_only() {
    let cluster = cluster(3, 2);
    let mut proposer = leading(&cluster, Vec::new());
    let before = proposer.clone();
    for lower_or_its_own in [9, 10] {
        let by = key(0, 0, lower_or_its_own).ballot();
        assert_eq!(proposer.resign(by), ProposerStep::nothing());
    }
    assert_eq!(proposer, before);
    let by = key(0, 0, 11).ballot();
    assert_eq!(proposer.resign(by).results, [ProposeResult::Deposed { by }]);
    assert!(!proposer.leads_in(ROUND));
    assert_eq!(proposer.next_lead(), Some(Attempt(1)));
    assert_eq!(proposer.resign(by), ProposerStep::nothing());
}
