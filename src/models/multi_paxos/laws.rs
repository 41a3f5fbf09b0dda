//! The invariants, step properties and temporal properties, under the spec's own names.
//!
//! Each is a function on the spec's states. The code is held to the same laws, on the state of the
//! spec that its real types stand for. Each law has a witness.

use super::constants::Constants;
use super::spec::{BLANK, Ballot, LEADER, Spec, State, ValueSet, Vote};
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
    spec.all_promised(state).all(is_proposal)
        && spec.all_accepted(state).flatten().all(is_vote)
        && spec.all_tallies(state).all(|(_, cast)| is_vote(cast.vote))
        && spec.all_attempts(state).all(|attempt| attempt < spec.constants.attempts)
        && spec.all_learned(state).all(|learned| learned.iter().all(is_value))
}

/// `Agreement`: at most one value is learned in a round.
pub fn agreement(spec: &Spec, state: &State) -> bool {
    spec.all_learned(state).all(|learned| learned.len() <= 1)
}

/// `Validity`: only proposed values are learned.
pub fn validity(spec: &Spec, state: &State) -> bool {
    spec.all_learned(state).all(|learned| !learned.contains(BLANK))
}

/// `Consistency`: if a quorum has voted for a value, so does every quorum of a higher proposal.
pub fn consistency(spec: &Spec, state: &State) -> bool {
    spec.rounds().all(|r| {
        let mut chosen = chosen(spec, state, r);
        let agree = |p: Vote, q: Vote| p.ballot == q.ballot || p.value == q.value;
        // Two that do not agree are not one, so one of them comes later.
        while let Some(p) = chosen.next() {
            if !chosen.clone().all(|q| agree(p, q)) {
                return false;
            }
        }
        true
    })
}

/// `PromiseIntegrity`: no acceptor accepts above its own promise.
pub fn promise_integrity(spec: &Spec, state: &State) -> bool {
    let mut pairs = spec.all_promised(state).zip(all_accepted_proposals(spec, state));
    pairs.all(|(promised, accepted)| promised >= accepted)
}

/// `NothingLearned`: a reachability check, which is expected to fail.
pub fn nothing_learned(spec: &Spec, state: &State) -> bool {
    spec.all_learned(state).all(ValueSet::is_empty)
}

/// `AttemptsSuffice`: the leader never needs an attempt that is not among `Attempts`.
pub fn attempts_suffice(spec: &Spec, state: &State) -> bool {
    spec.rounds().all(|r| {
        let next = spec.proposer_attempt(state, LEADER, r) + 1;
        !spec.beaten(state, LEADER, r) || next < spec.constants.attempts
    })
}

/// `EveryRoundLearned`: in every round something is learned.
pub fn every_round_learned(constants: &Constants) -> Temporal<Spec> {
    let learned = |r: u8| {
        Formula::eventually(move |spec: &Spec, state: &State| !spec.learned(state, r).is_empty())
    };
    Temporal {
        name: TEMPORAL_PROPERTIES[0].into(),
        formulas: (0..).zip(&constants.rounds).map(|(r, _)| learned(r)).collect(),
    }
}

/// `MonotonicPromises`: promises never go down.
pub fn monotonic_promises(spec: &Spec, before: &State, after: &State) -> bool {
    spec.all_promised(before).zip(spec.all_promised(after)).all(|(before, after)| after >= before)
}

/// `MonotonicAccepts`: the accepted proposal never goes down.
pub fn monotonic_accepts(spec: &Spec, before: &State, after: &State) -> bool {
    let (before, after) =
        (all_accepted_proposals(spec, before), all_accepted_proposals(spec, after));
    before.zip(after).all(|(before, after)| after >= before)
}

/// `AcceptedProposal(a, r)` of all acceptors and rounds.
fn all_accepted_proposals(spec: &Spec, state: &State) -> impl Iterator<Item = Ballot> {
    spec.all_accepted(state).map(|vote| vote.map_or(Ballot::NONE, |vote| vote.ballot))
}

/// The votes of a round that a quorum has cast.
fn chosen<'a>(
    spec: &'a Spec,
    state: &'a State,
    r: u8,
) -> impl Iterator<Item = Vote> + Clone + use<'a> {
    let by_quorum = spec.tallies_that_count(state, r).filter(|cast| spec.is_quorum(cast.voters));
    by_quorum.map(|cast| cast.vote)
}

fn leader_is_beaten(spec: &Spec, state: &State) -> bool {
    spec.rounds().any(|r| spec.beaten(state, LEADER, r))
}

fn something_promised(spec: &Spec, state: &State) -> bool {
    spec.all_promised(state).any(|ballot| ballot != Ballot::NONE)
}

fn something_learned(spec: &Spec, state: &State) -> bool {
    !nothing_learned(spec, state)
}

fn something_accepted(spec: &Spec, state: &State) -> bool {
    spec.all_accepted(state).any(|vote| vote.is_some())
}

fn chosen_twice(spec: &Spec, state: &State) -> bool {
    spec.rounds().any(|r| chosen(spec, state, r).nth(1).is_some())
}

fn promise_rises(spec: &Spec, before: &State, after: &State) -> bool {
    rises(spec.all_promised(before), spec.all_promised(after))
}

fn accept_rises(spec: &Spec, before: &State, after: &State) -> bool {
    rises(all_accepted_proposals(spec, before), all_accepted_proposals(spec, after))
}

/// Whether a proposal has a higher one in its place.
fn rises(before: impl Iterator<Item = Ballot>, after: impl Iterator<Item = Ballot>) -> bool {
    before.zip(after).any(|(before, after)| before != Ballot::NONE && after > before)
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
