//! How the code refines the spec: the spec's actions of each step, and requests for disabled
//! actions.
//!
//! A state of the code carries the state of the spec that it stands for. The actions of a step are
//! the differences of the real types before and after it: a higher attempt on a proposer's disk, an
//! acceptor's promise or vote, a value that a learner has learned. Every other step is a stutter.

use std::borrow::Cow;
use std::sync::Arc;

use super::constants::Module;
use super::node::V;
use super::spec::{Action, Ballot, Spec, State, Vote};
use super::system::{System, SystemAction, SystemState};
use mitregate::check::miter::{Answer, Refinement};
use mitregate_multi_paxos::{
    Learner, Message, NodeId, ProposalKey, ProposeResult, Proposer, Round,
};

/// The refinement of `MultiPaxos`, and the attempt at one of `MultiPaxosAsGiven`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaxosRefinement;

impl Refinement for PaxosRefinement {
    type Code = System;
    type Spec = Spec;

    fn project<'a>(&self, code: &System, state: &'a SystemState) -> Cow<'a, State> {
        if code.spec.constants.module.has_votes() {
            return Cow::Borrowed(&state.stands_for);
        }
        // That spec has no history of votes.
        let mut projection = (*state.stands_for).clone();
        code.spec.clear_votes(&mut projection);
        Cow::Owned(projection)
    }

    fn spec_actions(
        &self,
        code: &System,
        before: &SystemState,
        action: &SystemAction,
        after: &SystemState,
    ) -> Vec<Action> {
        if Arc::ptr_eq(&before.stands_for, &after.stands_for) {
            return Vec::new();
        }
        if code.spec.constants.module != Module::MultiPaxosUnbounded {
            return actions_between(&code.spec, &before.stands_for, &after.stands_for);
        }
        // The step, with attempts numbered as before renumbering.
        let Some(step) = code.step(before, action.clone()) else { return Vec::new() };
        let mut actions = actions_between(&code.spec, &before.stands_for, &step.stands_for);
        let renumbered = code.renumbered(step).1;
        actions.extend(renumbered.into_iter().map(|r| Action::Renumber { r }));
        actions
    }

    /// The node that is asked is one that can refuse by its own state.
    ///
    /// * `Promise(a, p)` and `Accept(a, p, v)`: acceptor `a`, wherever its own promise or vote forbids
    ///   it.
    /// * `Accept(a, p, v)` that `a` cannot judge, since it depends on the promises or votes of
    ///   others: `p`'s proposer, while `p` is its current proposal; a client asks it for `v`. It is not asked if
    ///   all that is missing is the promise of `a`.
    /// * `Learn(r, v)`: every node that learns gets all votes for `v` that were cast, and a
    ///   decision for `v` if it knows another value.
    ///
    /// No node is asked to promise a proposal that its proposer has not begun, nor to exceed the
    /// bound on attempts, which is the model's.
    fn request(&self, code: &System, state: &SystemState, request: &Action) -> Answer {
        match *request {
            Action::IncrementAttempt { .. } | Action::Renumber { .. } => Answer::NotAsked,
            Action::Promise { a, r, p } => {
                if not_begun(code, state, r, p) {
                    Answer::NotAsked
                } else {
                    ask_promise(code, state, a, r, p)
                }
            }
            Action::Accept { a, r, p, v } => {
                if not_begun(code, state, r, p) {
                    return Answer::NotAsked;
                }
                match ask_accept(code, state, (a, r), Vote { ballot: p, value: v }) {
                    Answer::NotAsked if code.spec.may_propose(&state.stands_for, r, p, v) => {
                        Answer::NotAsked
                    }
                    Answer::NotAsked => ask_proposer(code, state, r, p, v),
                    answer => answer,
                }
            }
            Action::Learn { r, v } => ask_learners(code, state, r, v),
        }
    }
}

/// The actions that lead from one state of the spec to another.
fn actions_between(spec: &Spec, before: &State, after: &State) -> Vec<Action> {
    let mut actions = Vec::new();
    for p in spec.proposers() {
        for r in spec.rounds() {
            let grown = spec.proposer_attempt(before, p, r)..spec.proposer_attempt(after, p, r);
            actions.extend(grown.map(|_| Action::IncrementAttempt { p, r }));
        }
    }
    for a in spec.acceptors() {
        for r in spec.rounds() {
            acceptor_actions(spec, before, after, (a, r), &mut actions);
        }
    }
    for r in spec.rounds() {
        let (before, after) = (spec.learned(before, r), spec.learned(after, r));
        let new = after.iter().filter(|&v| !before.contains(v));
        actions.extend(new.map(|v| Action::Learn { r, v }));
    }
    actions
}

/// An acceptor's actions in a round. A vote above the promise is a promise first.
fn acceptor_actions(
    spec: &Spec,
    before: &State,
    after: &State,
    (a, r): (u8, u8),
    actions: &mut Vec<Action>,
) {
    let promise = |p| Action::Promise { a, r, p };
    let (old_promise, new_promise) = (spec.promised(before, a, r), spec.promised(after, a, r));
    match spec.accepted(after, a, r) {
        Some(vote) if spec.accepted(before, a, r) != Some(vote) => {
            let Vote { ballot: p, value: v } = vote;
            if old_promise != p {
                actions.push(promise(p));
            }
            actions.push(Action::Accept { a, r, p, v });
        }
        _ if old_promise != new_promise => actions.push(promise(new_promise)),
        _ => {}
    }
}

/// Whether the proposer of `p` has not reached it yet.
fn not_begun(code: &System, state: &SystemState, r: u8, p: Ballot) -> bool {
    code.spec.attempt_and_node(p).is_none_or(|(attempt, node)| {
        attempt > code.spec.proposer_attempt(&state.stands_for, node, r)
    })
}

fn ask_promise(code: &System, state: &SystemState, a: u8, r: u8, p: Ballot) -> Answer {
    let (Some(acceptor), Some(key)) = (state.node(usize::from(a)).acceptor(), code.key(r, p))
    else {
        return Answer::NotAsked;
    };
    let mut asked = acceptor.clone();
    match asked.promise(key) {
        Err(_) if asked == *acceptor => Answer::Refused,
        Err(_) => Answer::Granted("it says no, but its state has changed".to_owned()),
        Ok(reply) => Answer::Granted(format!("{reply:?}")),
    }
}

/// Asks an acceptor that can refuse by its own state: it has a higher promise, or another vote in
/// `p`.
fn ask_accept(code: &System, state: &SystemState, (a, r): (u8, u8), vote: Vote) -> Answer {
    let (Some(acceptor), Some(key)) =
        (state.node(usize::from(a)).acceptor(), code.key(r, vote.ballot))
    else {
        return Answer::NotAsked;
    };
    let promised_more = acceptor.promised(key.round) > Some(key);
    let voted_otherwise =
        acceptor.accepted(key.round).is_some_and(|it| it.key == key && it.value != vote.value);
    if !promised_more && !voted_otherwise {
        return Answer::NotAsked;
    }
    let mut asked = acceptor.clone();
    match asked.accept(key, vote.value) {
        Err(_) if asked == *acceptor => Answer::Refused,
        Err(_) => Answer::Granted("it says no, but its state has changed".to_owned()),
        Ok(reply) => Answer::Granted(format!("{reply:?}")),
    }
}

/// Asks the proposer of `p`, on behalf of a client, for a value that it must not propose in `p`.
fn ask_proposer(code: &System, state: &SystemState, r: u8, p: Ballot, v: V) -> Answer {
    let Some(key) = code.key(r, p) else { return Answer::NotAsked };
    let Some(proposer) = state.node(key.node.0 as usize).proposer() else {
        return Answer::NotAsked;
    };
    if proposer.current_key(key.round) != Some(key) {
        return Answer::NotAsked;
    }
    let mut asked = proposer.clone();
    match asked.propose(&code.cluster, key.round, v) {
        Err(_) if asked == *proposer => Answer::Refused,
        Err(_) => Answer::Granted("it says no, but its state has changed".to_owned()),
        // Beginning another attempt is no accept in this one, nor is carrying on another value.
        Ok(step) if !step.outgoing.iter().any(|it| accepts(&it.message, key, v)) => Answer::Refused,
        Ok(step) => Answer::Granted(format!("{:?}", step.outgoing)),
    }
}

fn accepts(message: &Message<V>, in_proposal: ProposalKey, v: V) -> bool {
    matches!(message, Message::Accept { key, value } if *key == in_proposal && *value == v)
}

/// Gives every node that learns all votes for a value; no proposal has a quorum of them.
fn ask_learners(code: &System, state: &SystemState, r: u8, v: V) -> Answer {
    let round = Round(u64::from(r));
    let cast = |a| code.spec.votes(&state.stands_for, a, r).map(move |vote| (a, vote));
    let votes: Vec<_> = code
        .spec
        .acceptors()
        .flat_map(cast)
        .filter(|(_, vote)| vote.value == v)
        .filter_map(|(a, vote)| Some((NodeId(u32::from(a)), code.key(r, vote.ballot)?)))
        .collect();
    for (index, node) in state.nodes.actor_states.iter().enumerate() {
        let proposer = node.proposer();
        let learner = node.learner();
        if proposer.is_some_and(|proposer| proposer_learns(code, proposer, &votes, v))
            || learner.is_some_and(|learner| learner_learns(code, learner, round, &votes, v))
        {
            let name = &code.node_name(index);
            return Answer::Granted(format!("{name} learns it from {votes:?}"));
        }
    }
    Answer::Refused
}

fn proposer_learns(
    code: &System,
    proposer: &Proposer<V>,
    votes: &[(NodeId, ProposalKey)],
    v: V,
) -> bool {
    let mut asked = proposer.clone();
    votes.iter().any(|&(acceptor, key)| {
        let step = asked.handle(&code.cluster, acceptor, Message::Accepted { key, value: v });
        step.results.iter().any(|result| matches!(result, ProposeResult::Learned { .. }))
    })
}

fn learner_learns(
    code: &System,
    learner: &Learner<V>,
    round: Round,
    votes: &[(NodeId, ProposalKey)],
    v: V,
) -> bool {
    let mut asked = learner.clone();
    for &(acceptor, key) in votes {
        let _ = asked.handle(&code.cluster, acceptor, Message::Accepted { key, value: v });
    }
    let before = learner.value(round).copied();
    let told_otherwise = before.is_some_and(|known| {
        let mut told = learner.clone();
        known != v && (told.apply(round, v).is_ok() || told != *learner)
    });
    told_otherwise || asked.value(round).copied() != before
}
