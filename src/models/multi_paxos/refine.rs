//! How the code refines the spec: the spec's actions of each step, and requests for disabled
//! actions.
//!
//! A state of the code carries the state of the spec that it stands for. The actions of a step are
//! the differences of the real types before and after it: a higher attempt on a proposer's disk, an
//! acceptor's promise or vote, a value that a learner has learned. Every other step is a stutter.

use std::borrow::Cow;

use super::constants::Module;
use super::node::{Parts, V, acceptor, learner, proposer};
use super::spec::{Action, Ballot, Spec, State, Vote};
use super::system::{System, SystemAction, SystemState};
use mitregate::check::miter::{Answer, Refinement};
use mitregate::check::{Interned, Memo};
use mitregate_multi_paxos::{
    AcceptorStateStore, Learner, Message, NodeId, ProposalKey, ProposeResult, Proposer, Round,
};

/// The refinement of `MultiPaxos`, and the attempt at one of `MultiPaxosAsGiven`.
#[derive(Clone, Copy, Debug, Default)]
pub struct PaxosRefinement;

impl Refinement for PaxosRefinement {
    type Code = System;
    type Spec = Spec;

    fn project<'a>(&self, code: &System, state: &'a SystemState) -> Cow<'a, State> {
        Cow::Borrowed(code.known.answers.projection(code, state.stands_for).get())
    }

    fn projection(&self, code: &System, state: &SystemState) -> Option<Interned<State>> {
        Some(code.known.answers.projection(code, state.stands_for))
    }

    fn spec_actions(
        &self,
        code: &System,
        before: &SystemState,
        action: &SystemAction,
        after: &SystemState,
    ) -> Vec<Action> {
        if before.stands_for == after.stands_for {
            return Vec::new();
        }
        if code.spec.constants.module != Module::MultiPaxosUnbounded {
            return actions_between(&code.spec, &before.stands_for, &after.stands_for);
        }
        // The step, with attempts numbered as before renumbering.
        let Some(step) = code.step(before, *action) else { return Vec::new() };
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
        let node = |index: usize| state.nodes.nodes[index];
        let ask = |answers: &Asked, node| answers.get(code, (*request, state.stands_for, node));
        let answers = &code.known.answers;
        match *request {
            Action::IncrementAttempt { .. } | Action::Renumber { .. } => Answer::NotAsked,
            Action::Promise { a, .. } => ask(&answers.acceptors, node(usize::from(a))),
            Action::Accept { a, r, p, .. } => match ask(&answers.acceptors, node(usize::from(a))) {
                Answer::NotAsked => code.key(r, p).map_or(Answer::NotAsked, |key| {
                    ask(&answers.proposers, node(key.node.0 as usize))
                }),
                answer => answer,
            },
            Action::Learn { .. } => {
                let all = state.nodes.nodes.iter().enumerate();
                let granted = all.filter_map(|(index, &node)| match ask(&answers.learners, node) {
                    Answer::Granted(what) => {
                        Some(Answer::Granted(format!("{} {what}", code.node_name(index))))
                    }
                    Answer::NotAsked | Answer::Refused => None,
                });
                let mut granted = granted;
                granted.next().unwrap_or(Answer::Refused)
            }
        }
    }
}

/// What one node makes of a request, in a state that stands for the given one of the spec.
type Asked = Memo<System, (Action, Interned<State>, Interned<Parts>), Answer>;

/// What is computed once for each state of the spec and each node.
#[derive(Debug)]
pub(super) struct Answers {
    without_votes: Memo<System, Interned<State>, Interned<State>>,
    acceptors: Asked,
    proposers: Asked,
    learners: Asked,
}

/// Nothing asked yet.
pub(super) fn answers() -> Answers {
    Answers {
        without_votes: Memo::new(|code: &System, state: Interned<State>| {
            let mut without = state.get().clone();
            code.spec.clear_votes(&mut without);
            Interned::new(without)
        }),
        acceptors: Memo::new(ask_acceptor),
        proposers: Memo::new(ask_proposer),
        learners: Memo::new(ask_learner),
    }
}

impl Answers {
    /// The state of the configuration's module: that as given has no history of votes.
    fn projection(&self, code: &System, stands_for: Interned<State>) -> Interned<State> {
        if code.spec.constants.module.has_votes() {
            stands_for
        } else {
            self.without_votes.get(code, stands_for)
        }
    }
}

/// A request, and what it is put to: a state of the spec, and a node.
type Request = (Action, Interned<State>, Interned<Parts>);

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
fn not_begun(code: &System, stands_for: &State, r: u8, p: Ballot) -> bool {
    code.spec
        .attempt_and_node(p)
        .is_none_or(|(attempt, node)| attempt > code.spec.proposer_attempt(stands_for, node, r))
}

fn ask_acceptor(code: &System, (request, stands_for, node): Request) -> Answer {
    let Some(acceptor) = acceptor(node.get()) else { return Answer::NotAsked };
    match request {
        Action::Promise { r, p, .. } if !not_begun(code, &stands_for, r, p) => {
            code.key(r, p).map_or(Answer::NotAsked, |key| ask_promise(acceptor, key))
        }
        Action::Accept { r, p, v, .. } if !not_begun(code, &stands_for, r, p) => {
            code.key(r, p).map_or(Answer::NotAsked, |key| ask_accept(acceptor, key, v))
        }
        _ => Answer::NotAsked,
    }
}

fn ask_promise(acceptor: &AcceptorStateStore<V>, key: ProposalKey) -> Answer {
    let mut asked = acceptor.clone();
    match asked.promise(key) {
        Err(_) if asked == *acceptor => Answer::Refused,
        Err(_) => Answer::Granted("it says no, but its state has changed".to_owned()),
        Ok(reply) => Answer::Granted(format!("{reply:?}")),
    }
}

/// Asks an acceptor that can refuse by its own state: it has a higher promise, or another vote in
/// `p`.
fn ask_accept(acceptor: &AcceptorStateStore<V>, key: ProposalKey, v: V) -> Answer {
    let promised_more = acceptor.promised(key.round) > Some(key);
    let voted_otherwise =
        acceptor.accepted(key.round).is_some_and(|it| it.key == key && it.value != v);
    if !promised_more && !voted_otherwise {
        return Answer::NotAsked;
    }
    let mut asked = acceptor.clone();
    match asked.accept(key, v) {
        Err(_) if asked == *acceptor => Answer::Refused,
        Err(_) => Answer::Granted("it says no, but its state has changed".to_owned()),
        Ok(reply) => Answer::Granted(format!("{reply:?}")),
    }
}

/// Asks the proposer of `p`, on behalf of a client, for a value that it must not propose in `p`.
fn ask_proposer(code: &System, (request, stands_for, node): Request) -> Answer {
    let Action::Accept { r, p, v, .. } = request else { return Answer::NotAsked };
    if not_begun(code, &stands_for, r, p) || code.spec.may_propose(&stands_for, r, p, v) {
        return Answer::NotAsked;
    }
    let (Some(key), Some(proposer)) = (code.key(r, p), proposer(node.get())) else {
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

/// Gives a node that learns all votes for a value; no proposal has a quorum of them.
fn ask_learner(code: &System, (request, stands_for, node): Request) -> Answer {
    let Action::Learn { r, v } = request else { return Answer::NotAsked };
    let round = Round(u64::from(r));
    let cast = |a| code.spec.votes(&stands_for, a, r).map(move |vote| (a, vote));
    let votes: Vec<_> = code
        .spec
        .acceptors()
        .flat_map(cast)
        .filter(|(_, vote)| vote.value == v)
        .filter_map(|(a, vote)| Some((NodeId(u32::from(a)), code.key(r, vote.ballot)?)))
        .collect();
    let learns = proposer(node.get()).is_some_and(|it| proposer_learns(code, it, &votes, v))
        || learner(node.get()).is_some_and(|it| learner_learns(code, it, round, &votes, v));
    if learns { Answer::Granted(format!("learns it from {votes:?}")) } else { Answer::Refused }
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
