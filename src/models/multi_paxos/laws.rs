//! The invariants, step properties and temporal properties, under the spec's own names.
//!
//! Each is a function on the spec's states. The code is held to the same laws, on the state of the
//! spec that its real types stand for. Each law has a witness.

use super::constants::Constants;
use super::spec::{BLANK, Ballot, LEADER, Spec, State, Vote};
use mitregate::check::{Formula, Law, Temporal};

/// The spec's invariants.
pub const INVARIANTS: [&str; 6] =
    ["TypeOK", "Agreement", "Validity", "Consistency", "PromiseIntegrity", "NothingLearned"];

/// The invariants of the modules that have a leader.
pub const INVARIANTS_WITH_LEADER: [&str; 1] = ["AttemptsSuffice"];

/// The temporal properties, of the same modules.
pub const TEMPORAL_PROPERTIES: [&str; 1] = ["EveryRoundLearned"];

/// The spec's step properties.
pub const STEP_PROPERTIES: [&str; 2] = ["MonotonicPromises", "MonotonicAccepts"];

/// `TypeOK`: every variable has values of its type.
pub fn type_ok(spec: &Spec, state: &State) -> bool {
    let is_proposal = |ballot: Ballot| ballot.0 <= spec.constants.ballots();
    let is_value = |value| value == BLANK || usize::from(value) < spec.constants.values.len();
    let is_vote = |vote: Vote| {
        vote.ballot != Ballot::NONE && is_proposal(vote.ballot) && is_value(vote.value)
    };
    state.promised.iter().all(|&ballot| is_proposal(ballot))
        && state.accepted.iter().flatten().all(|&vote| is_vote(vote))
        && state.votes.iter().all(|&(_, vote)| is_vote(vote))
        && state.proposer_attempt.iter().all(|&attempt| attempt < spec.constants.attempts)
        && state.learned.iter().all(|learned| learned.iter().all(is_value))
}

/// `Agreement`: at most one value is learned in a round.
pub fn agreement(_: &Spec, state: &State) -> bool {
    state.learned.iter().all(|learned| learned.len() <= 1)
}

/// `Validity`: only proposed values are learned.
pub fn validity(_: &Spec, state: &State) -> bool {
    state.learned.iter().all(|learned| !learned.contains(BLANK))
}

/// `Consistency`: if a quorum has voted for a value, so does every quorum of a higher proposal.
pub fn consistency(spec: &Spec, state: &State) -> bool {
    spec.rounds().all(|r| {
        let chosen: Vec<_> = chosen(spec, state, r).collect();
        let agree = |p: &Vote, q: &Vote| p.ballot == q.ballot || p.value == q.value;
        chosen.iter().all(|p| chosen.iter().all(|q| agree(p, q)))
    })
}

/// `PromiseIntegrity`: no acceptor accepts above its own promise.
pub fn promise_integrity(spec: &Spec, state: &State) -> bool {
    spec.acceptors().all(|a| {
        spec.rounds().all(|r| state.promised[spec.at(a, r)] >= spec.accepted_proposal(state, a, r))
    })
}

/// `NothingLearned`: a reachability check, which is expected to fail.
pub fn nothing_learned(_: &Spec, state: &State) -> bool {
    state.learned.iter().all(|learned| learned.is_empty())
}

/// `AttemptsSuffice`: the leader never needs an attempt that is not among `Attempts`.
pub fn attempts_suffice(spec: &Spec, state: &State) -> bool {
    spec.rounds().all(|r| {
        let next = state.proposer_attempt[spec.at(LEADER, r)] + 1;
        !spec.beaten(state, LEADER, r) || next < spec.constants.attempts
    })
}

/// `EveryRoundLearned`: in every round something is learned.
pub fn every_round_learned(constants: &Constants) -> Temporal<Spec> {
    let learned =
        |r: usize| Formula::eventually(move |_: &Spec, state: &State| !state.learned[r].is_empty());
    Temporal {
        name: TEMPORAL_PROPERTIES[0].into(),
        formulas: (0..constants.rounds.len()).map(learned).collect(),
    }
}

/// `MonotonicPromises`: promises never go down.
pub fn monotonic_promises(_: &Spec, before: &State, after: &State) -> bool {
    before.promised.iter().zip(&after.promised).all(|(before, after)| after >= before)
}

/// `MonotonicAccepts`: the accepted proposal never goes down.
pub fn monotonic_accepts(_: &Spec, before: &State, after: &State) -> bool {
    let proposal = |vote: &Option<Vote>| vote.map_or(Ballot::NONE, |vote| vote.ballot);
    before.accepted.iter().zip(&after.accepted).all(|(b, a)| proposal(a) >= proposal(b))
}

/// The votes of a round that a quorum has cast.
fn chosen(spec: &Spec, state: &State, r: u8) -> impl Iterator<Item = Vote> {
    // A vote of a quorum is among the votes of its members.
    let mut candidates: Vec<Vote> = match spec.constants.module {
        super::Module::MultiPaxos | super::Module::MultiPaxosUnbounded => {
            spec.acceptors().flat_map(|a| spec.votes(state, a, r)).collect()
        }
        super::Module::MultiPaxosAsGiven => {
            spec.acceptors().filter_map(|a| state.accepted[spec.at(a, r)]).collect()
        }
    };
    candidates.sort_unstable();
    candidates.dedup();
    candidates.into_iter().filter(move |&vote| spec.chosen(state, r, vote))
}

fn leader_is_beaten(spec: &Spec, state: &State) -> bool {
    spec.rounds().any(|r| spec.beaten(state, LEADER, r))
}

fn something_promised(_: &Spec, state: &State) -> bool {
    state.promised.iter().any(|&ballot| ballot != Ballot::NONE)
}

fn something_learned(spec: &Spec, state: &State) -> bool {
    !nothing_learned(spec, state)
}

fn something_accepted(_: &Spec, state: &State) -> bool {
    state.accepted.iter().any(Option::is_some)
}

fn chosen_twice(spec: &Spec, state: &State) -> bool {
    spec.rounds().any(|r| chosen(spec, state, r).nth(1).is_some())
}

fn promise_rises(_: &Spec, before: &State, after: &State) -> bool {
    let rises = |(before, after): (&Ballot, &Ballot)| *before != Ballot::NONE && after > before;
    before.promised.iter().zip(&after.promised).any(rises)
}

fn accept_rises(_: &Spec, before: &State, after: &State) -> bool {
    let rises = |(before, after): (&Option<Vote>, &Option<Vote>)| match (before, after) {
        (Some(before), Some(after)) => after.ballot > before.ballot,
        _ => false,
    };
    before.accepted.iter().zip(&after.accepted).any(rises)
}

/// The invariants and step properties.
pub fn laws() -> Vec<Law<Spec>> {
    vec![
        Law::invariant("TypeOK", type_ok, something_promised),
        Law::invariant("Agreement", agreement, something_learned),
        Law::invariant("Validity", validity, something_learned),
        Law::invariant("Consistency", consistency, chosen_twice),
        Law::invariant("PromiseIntegrity", promise_integrity, something_accepted),
        Law::invariant("NothingLearned", nothing_learned, |_, _| true),
        Law::invariant("AttemptsSuffice", attempts_suffice, leader_is_beaten),
        Law::step("MonotonicPromises", monotonic_promises, promise_rises),
        Law::step("MonotonicAccepts", monotonic_accepts, accept_rises),
    ]
}
