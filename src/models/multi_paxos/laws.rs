//! The invariants, step properties and temporal properties, under the spec's own names.
//!
//! Each is a function on the spec's states. The system is held to the same laws, on the state of the
//! spec that its real types stand for. Beside each law stands its witness: where it says something.

use super::constants::Constants;
use super::spec::{BLANK, Ballot, LEADER, Spec, State, Vote};
use super::system::{System, SystemState};
use crate::check::{Checkable, Formula, Law, Temporal};

/// The spec's invariants.
pub const INVARIANTS: [&str; 6] =
    ["TypeOK", "Agreement", "Validity", "Consistency", "PromiseIntegrity", "NothingLearned"];

/// The invariants that only those modules have that know of a leader.
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

/// `Consistency`: what one quorum has voted for, every quorum of a higher proposal votes for too.
pub fn consistency(spec: &Spec, state: &State) -> bool {
    spec.rounds().all(|r| {
        let chosen: Vec<_> = chosen(spec, state, r).collect();
        let agree = |p: &Vote, q: &Vote| p.ballot == q.ballot || p.value == q.value;
        chosen.iter().all(|p| chosen.iter().all(|q| agree(p, q)))
    })
}

/// `PromiseIntegrity`: nobody accepts above its own promise.
pub fn promise_integrity(spec: &Spec, state: &State) -> bool {
    spec.acceptors().all(|a| {
        spec.rounds().all(|r| state.promised[spec.at(a, r)] >= spec.accepted_proposal(state, a, r))
    })
}

/// `NothingLearned`: a question of reachability, which ought to fail.
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

/// `EveryRoundLearned`: in every round something is learned. `state` finds the spec's state that a
/// model's state stands for.
pub fn every_round_learned<M: Checkable>(
    constants: &Constants,
    state: fn(&M::State) -> &State,
) -> Temporal<M> {
    let learned = |r: usize| {
        Formula::eventually(move |_: &M, of: &M::State| !state(of).learned[r].is_empty())
    };
    Temporal {
        name: "EveryRoundLearned",
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

/// The votes of a round that a quorum shares.
fn chosen(spec: &Spec, state: &State, r: u8) -> impl Iterator<Item = Vote> {
    // Whatever a quorum has voted for, the acceptors of every other quorum have among them.
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

/// Lists the laws for a model, given how it comes by a spec and its states.
macro_rules! laws {
    ($spec:expr, $state:expr) => {
        vec![
            Law::invariant(
                "TypeOK",
                |m, s| type_ok($spec(m), $state(m, s)),
                |m, s| something_promised($spec(m), $state(m, s)),
            ),
            Law::invariant(
                "Agreement",
                |m, s| agreement($spec(m), $state(m, s)),
                |m, s| something_learned($spec(m), $state(m, s)),
            ),
            Law::invariant(
                "Validity",
                |m, s| validity($spec(m), $state(m, s)),
                |m, s| something_learned($spec(m), $state(m, s)),
            ),
            Law::invariant(
                "Consistency",
                |m, s| consistency($spec(m), $state(m, s)),
                |m, s| chosen_twice($spec(m), $state(m, s)),
            ),
            Law::invariant(
                "PromiseIntegrity",
                |m, s| promise_integrity($spec(m), $state(m, s)),
                |m, s| something_accepted($spec(m), $state(m, s)),
            ),
            Law::invariant(
                "NothingLearned",
                |m, s| nothing_learned($spec(m), $state(m, s)),
                |_, _| true,
            ),
            Law::invariant(
                "AttemptsSuffice",
                |m, s| attempts_suffice($spec(m), $state(m, s)),
                |m, s| leader_is_beaten($spec(m), $state(m, s)),
            ),
            Law::step(
                "MonotonicPromises",
                |m, s, t| monotonic_promises($spec(m), $state(m, s), $state(m, t)),
                |m, s, t| promise_rises($spec(m), $state(m, s), $state(m, t)),
            ),
            Law::step(
                "MonotonicAccepts",
                |m, s, t| monotonic_accepts($spec(m), $state(m, s), $state(m, t)),
                |m, s, t| accept_rises($spec(m), $state(m, s), $state(m, t)),
            ),
        ]
    };
}

/// The laws, on the spec.
pub fn spec_laws() -> Vec<Law<Spec>> {
    fn own(spec: &Spec) -> &Spec {
        spec
    }
    fn state<'a>(_: &Spec, state: &'a State) -> &'a State {
        state
    }
    laws!(own, state)
}

/// The laws, on the system.
pub fn system_laws() -> Vec<Law<System>> {
    fn spec(system: &System) -> &Spec {
        &system.spec
    }
    fn state<'a>(_: &System, state: &'a SystemState) -> &'a State {
        &state.stands_for
    }
    laws!(spec, state)
}
