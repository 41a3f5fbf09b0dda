//! `MultiPaxos.tla`, `MultiPaxosUnbounded.tla` and `MultiPaxosAsGiven.tla` in Rust: variables, `Init`,
//! `Next`, fairness.
//!
//! One port serves all three. The second has an action more; the third differs in two guards, and in
//! `votes`, which stays empty. Proposers, acceptors, rounds and values are numbered in the order of their TLA+
//! values. No action compares proposals of different rounds, so a proposal is known by its round and
//! its [`Ballot`], its rank among the proposals of that round.

use std::sync::Arc;

use stateright::Model;

use super::constants::{Constants, Module, Specification};
use super::faults::Fault;
use super::{laws, symmetry};
use crate::check::property::Strength;
use crate::check::{Checkable, Fairness, Law, Temporal};
use crate::tla::value::Value;

/// A proposal of a known round, by its rank from 1 in the order of (attempt, node); 0 is `NONE`,
/// which is below every proposal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ballot(pub u16);

impl Ballot {
    /// `NONE`.
    pub const NONE: Ballot = Ballot(0);
}

/// The number of a value; [`BLANK`] stands for `NONE` where a value should be.
pub type ValueId = u8;

/// The value that nobody proposed. Only a [`Fault`] brings it into a state.
pub const BLANK: ValueId = 63;

/// A proposal with its value: an element of `votes[a][r]`, and of `accepted[a][r]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Vote {
    /// The proposal.
    pub ballot: Ballot,
    /// Its value.
    pub value: ValueId,
}

/// A set of values.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ValueSet(u64);

impl ValueSet {
    /// Adds a value.
    pub fn insert(&mut self, value: ValueId) {
        self.0 |= 1 << value;
    }

    /// Whether the value is in the set.
    pub fn contains(self, value: ValueId) -> bool {
        self.0 & (1 << value) != 0
    }

    /// How many values are in the set.
    pub fn len(self) -> u32 {
        self.0.count_ones()
    }

    /// Whether there is none.
    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The values, in order.
    pub fn iter(self) -> impl Iterator<Item = ValueId> {
        (0..64).filter(move |&value| self.contains(value))
    }
}

/// A state: the spec's variables. `x[a][r]` stands at index `a * rounds + r`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct State {
    /// `promised[a][r]`.
    pub promised: Vec<Ballot>,
    /// `accepted[a][r]`.
    pub accepted: Vec<Option<Vote>>,
    /// `proposerAttempt[p][r]`.
    pub proposer_attempt: Vec<u16>,
    /// `learned[r]`.
    pub learned: Vec<ValueSet>,
    /// `votes[a][r]` of all acceptors and rounds, each vote with its index, sorted.
    pub votes: Vec<(u16, Vote)>,
}

impl State {
    /// Adds a vote to `votes[a][r]`, of which the index is given.
    pub fn add_vote(&mut self, index: usize, vote: Vote) {
        let cast = (index as u16, vote); // bounded by the reader of constants
        if let Err(place) = self.votes.binary_search(&cast) {
            self.votes.insert(place, cast);
        }
    }
}

/// An action of the spec with its arguments.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[allow(missing_docs)] // the arguments are the spec's: proposer, acceptor, round, proposal, value
pub enum Action {
    /// `IncrementAttempt(p, r)`, or `TryAgain(p, r)` where a proposer must be beaten first
    IncrementAttempt { p: u8, r: u8 },
    /// `Promise(a, p)`
    Promise { a: u8, r: u8, p: Ballot },
    /// `Accept(a, p, v)`
    Accept { a: u8, r: u8, p: Ballot, v: ValueId },
    /// `Learn(r, v)`
    Learn { r: u8, v: ValueId },
    /// `Renumber(r)`
    Renumber { r: u8 },
}

/// The names of the spec's actions, in the order of `Next`, without those that only some
/// specifications have.
pub const ACTIONS: [&str; 4] = ["IncrementAttempt", "Promise", "Accept", "Learn"];

/// `Leader`: the least of `Proposers`.
pub const LEADER: u8 = 0;

/// The spec with its constants.
#[derive(Clone, Debug)]
pub struct Spec {
    /// What the configuration says.
    pub constants: Arc<Constants>,
    /// A guard taken out on purpose.
    pub fault: Option<Fault>,
    /// The renamings under which states are the same.
    pub(super) renamings: Arc<[symmetry::Renaming]>,
}

impl Spec {
    /// The spec as it is.
    pub fn new(constants: Arc<Constants>) -> Spec {
        Spec::with_fault(constants, None)
    }

    /// The spec with a guard taken out.
    pub fn with_fault(constants: Arc<Constants>, fault: Option<Fault>) -> Spec {
        let renamings = symmetry::renamings(&constants).into();
        Spec { constants, fault, renamings }
    }

    /// The index of `x[a][r]`, or `x[p][r]`.
    pub fn at(&self, who: u8, r: u8) -> usize {
        usize::from(who) * self.constants.rounds.len() + usize::from(r)
    }

    /// The acceptors' numbers.
    pub fn acceptors(&self) -> impl Iterator<Item = u8> + use<> {
        numbers(self.constants.acceptors.len())
    }

    /// The rounds' numbers.
    pub fn rounds(&self) -> impl Iterator<Item = u8> + use<> {
        numbers(self.constants.rounds.len())
    }

    /// The proposers' numbers.
    pub fn proposers(&self) -> impl Iterator<Item = u8> + use<> {
        numbers(self.constants.proposers.len())
    }

    /// The values' numbers.
    pub fn values(&self) -> impl Iterator<Item = ValueId> + use<> {
        numbers(self.constants.values.len())
    }

    /// The proposals of a round, lowest first.
    pub fn ballots(&self) -> impl Iterator<Item = Ballot> + use<> {
        (1..=self.constants.ballots()).map(Ballot)
    }

    /// The proposal of a proposer's attempt.
    pub fn ballot(&self, attempt: u16, proposer: u8) -> Ballot {
        let proposers = self.constants.proposers.len() as u16; // bounded by the reader
        Ballot(1 + attempt * proposers + u16::from(proposer))
    }

    /// A proposal's attempt and proposer; none for `NONE`.
    pub fn attempt_and_node(&self, ballot: Ballot) -> Option<(u16, u8)> {
        let proposers = self.constants.proposers.len() as u16; // bounded by the reader
        let rank = ballot.0.checked_sub(1)?;
        Some((rank / proposers, (rank % proposers) as u8))
    }

    /// `votes[a][r]`, lowest first.
    pub fn votes<'a>(&self, state: &'a State, a: u8, r: u8) -> impl Iterator<Item = Vote> + 'a {
        let index = self.at(a, r) as u16; // bounded by the reader
        state.votes.iter().filter(move |(at, _)| *at == index).map(|&(_, vote)| vote)
    }

    /// The proposal part of `accepted[a][r]`.
    pub fn accepted_proposal(&self, state: &State, a: u8, r: u8) -> Ballot {
        state.accepted[self.at(a, r)].map_or(Ballot::NONE, |vote| vote.ballot)
    }

    /// Whether a quorum has voted for `v` in proposal `p`: `Chosen(p, v)`.
    pub fn chosen(&self, state: &State, r: u8, vote: Vote) -> bool {
        self.voters(state, r, vote) >= self.constants.majority()
    }

    fn voters(&self, state: &State, r: u8, vote: Vote) -> usize {
        let voted = |a| match self.constants.module {
            // \A a \in Q : [proposal |-> p, value |-> v] \in votes[a][p.round]
            Module::MultiPaxos | Module::MultiPaxosUnbounded => {
                self.votes(state, a, r).any(|cast| cast == vote)
            }
            // \A a \in Q : accepted[a][p.round] = [proposal |-> p, value |-> v]
            Module::MultiPaxosAsGiven => state.accepted[self.at(a, r)] == Some(vote),
        };
        self.acceptors().filter(|&a| voted(a)).count()
    }

    /// `Safe(Q, p, v)`, or `PromisedTogether(Q, p, v)` in the spec as given, for some quorum `Q`.
    ///
    /// In no reachable state has one proposal votes for two values, by the guard of `Accept`. So it is
    /// enough to know the members that qualify by their promise: if any quorum will do, one
    /// that consists of a member with the decisive vote and of any others below it will.
    fn some_quorum_is_safe(&self, state: &State, r: u8, p: Ballot, v: ValueId) -> bool {
        let highest = |a| match self.constants.module {
            // {w \in UNION {votes[a][p.round] : a \in Q} : Above(p, w.proposal)}
            Module::MultiPaxos | Module::MultiPaxosUnbounded => self
                .votes(state, a, r)
                .filter(|vote| vote.ballot < p)
                .max_by_key(|vote| vote.ballot),
            Module::MultiPaxosAsGiven => state.accepted[self.at(a, r)],
        };
        let qualifies = |a: u8| match self.constants.module {
            // \A a \in Q : AtLeast(promised[a][p.round], p)
            Module::MultiPaxos | Module::MultiPaxosUnbounded => state.promised[self.at(a, r)] >= p,
            // \A a \in Q : promised[a][r] = p
            Module::MultiPaxosAsGiven => state.promised[self.at(a, r)] == p,
        };
        let members: Vec<_> = self.acceptors().filter(|&a| qualifies(a)).map(highest).collect();
        // A quorum whose highest vote is `decisive` has only members with no higher one.
        let quorum_below = |decisive: Option<Vote>| {
            let ballot = decisive.map_or(Ballot::NONE, |vote| vote.ballot);
            let below = |vote: &&Option<Vote>| vote.is_none_or(|vote| vote.ballot <= ballot);
            members.iter().filter(below).count() >= self.constants.majority()
        };
        members
            .iter()
            .filter(|vote| vote.is_none_or(|vote| vote.value == v))
            .any(|&decisive| quorum_below(decisive))
    }

    /// Whether an action is enabled; if not, the part of its guard that does not hold.
    ///
    /// # Errors
    ///
    /// The conjunct, in TLA+.
    pub fn guard(&self, state: &State, action: Action) -> Result<(), &'static str> {
        match action {
            Action::IncrementAttempt { p, r } => {
                self.guard_trying_again(state, p, r)?;
                let next = state.proposer_attempt[self.at(p, r)] + 1;
                let slack = u16::from(self.fault == Some(Fault::AttemptOutOfBounds));
                ensure(
                    next < self.constants.attempts + slack,
                    r"proposerAttempt[p][r] + 1 \in Attempts",
                )
            }
            Action::Promise { a, r, p } => self.guard_promise(state, a, r, p),
            Action::Accept { a, r, p, v } => self.guard_accept(state, a, r, p, v),
            Action::Learn { r, v } => {
                let learns = |p| {
                    let vote = Vote { ballot: p, value: v };
                    let voters = self.voters(state, r, vote);
                    let needed = match self.fault {
                        Some(Fault::MinorityQuorum) => 1,
                        _ => self.constants.majority(),
                    };
                    voters >= needed
                };
                ensure(self.ballots().any(learns), r"\E p \in ProposalsOf(r) : Chosen(p, v)")
            }
            Action::Renumber { r } => self.guard_renumber(state, r),
        }
    }

    /// What `TryAgain(p, r)` asks for besides `IncrementAttempt(p, r)`, and who may.
    fn guard_trying_again(&self, state: &State, p: u8, r: u8) -> Result<(), &'static str> {
        let who_is_beaten = match self.constants.specification {
            Specification::Spec | Specification::FairSpec => return Ok(()),
            Specification::LeaderSpec => {
                ensure(p == LEADER, "TryAgain(Leader, r)")?;
                LEADER
            }
            Specification::UnboundedSpec | Specification::StronglyFairSpec => p,
        };
        ensure(self.beaten(state, who_is_beaten, r), "Beaten(p, r)")
    }

    /// `Beaten(p, r)`: an acceptor has promised more than the proposer's attempt.
    pub fn beaten(&self, state: &State, p: u8, r: u8) -> bool {
        let current = self.ballot(state.proposer_attempt[self.at(p, r)], p);
        self.acceptors().any(|a| state.promised[self.at(a, r)] > current)
    }

    /// `Buried(a, r, w)`: no quorum will ever look at this vote.
    fn is_buried(&self, state: &State, a: u8, r: u8, vote: Vote) -> bool {
        let all_promised_above = |p| self.acceptors().all(|b| state.promised[self.at(b, r)] > p);
        self.votes(state, a, r)
            .any(|later| later.ballot > vote.ballot && all_promised_above(later.ballot))
    }

    fn guard_renumber(&self, state: &State, r: u8) -> Result<(), &'static str> {
        let is_later =
            |ballot: Ballot| self.attempt_and_node(ballot).is_some_and(|(attempt, _)| attempt > 0);
        ensure(state.learned[usize::from(r)].is_empty(), "learned[r] = {}")?;
        let mut votes = self.acceptors().flat_map(|a| self.votes(state, a, r));
        ensure(
            !votes.any(|vote| self.chosen(state, r, vote)),
            r"~ \E p \in ProposalsOf(r), v \in Values : Chosen(p, v)",
        )?;
        ensure(
            self.proposers().all(|p| state.proposer_attempt[self.at(p, r)] > 0),
            r"\A n \in Proposers : proposerAttempt[n][r] > 0",
        )?;
        ensure(
            self.acceptors().all(|a| is_later(state.promised[self.at(a, r)])),
            r"\A a \in Acceptors : promised[a][r] # NONE /\ promised[a][r].attempt > 0",
        )?;
        let is_out_of_reach =
            |a: u8, vote: Vote| is_later(vote.ballot) || self.is_buried(state, a, r, vote);
        ensure(
            self.acceptors().all(|a| self.votes(state, a, r).all(|vote| is_out_of_reach(a, vote))),
            r"\A a \in Acceptors : \A w \in Remembered(a, r) : w.proposal.attempt > 0",
        )
    }

    /// What `Renumber(r)` does.
    fn renumber(&self, state: &State, r: u8) -> State {
        let proposers = self.constants.proposers.len() as u16; // bounded by the reader
        let lower = |ballot: Ballot| Ballot(ballot.0 - proposers);
        let lower_vote = |vote: Vote| Vote { ballot: lower(vote.ballot), ..vote };
        let mut next = state.clone();
        next.votes.clear();
        for a in self.acceptors() {
            let index = self.at(a, r);
            next.promised[index] = lower(state.promised[index]);
            next.accepted[index] = state.accepted[index].map(lower_vote);
        }
        for p in self.proposers() {
            next.proposer_attempt[self.at(p, r)] -= 1;
        }
        for a in self.acceptors() {
            for other in self.rounds() {
                for vote in self.votes(state, a, other) {
                    if other != r {
                        next.add_vote(self.at(a, other), vote);
                    } else if !self.is_buried(state, a, r, vote) {
                        next.add_vote(self.at(a, r), lower_vote(vote));
                    }
                }
            }
        }
        next
    }

    fn guard_promise(&self, state: &State, a: u8, r: u8, p: Ballot) -> Result<(), &'static str> {
        let Some((attempt, node)) = self.attempt_and_node(p) else {
            return Err(r"p \in Proposal");
        };
        if self.constants.module.has_votes() {
            ensure(
                attempt <= state.proposer_attempt[self.at(node, r)],
                "p.attempt <= proposerAttempt[p.node][r]",
            )?;
        }
        if self.fault != Some(Fault::PromiseForgotten) {
            ensure(p >= state.promised[self.at(a, r)], "AtLeast(p, promised[a][r])")?;
        }
        ensure(p >= self.accepted_proposal(state, a, r), "AtLeast(p, AcceptedProposal(a, r))")
    }

    fn guard_accept(
        &self,
        state: &State,
        a: u8,
        r: u8,
        p: Ballot,
        v: ValueId,
    ) -> Result<(), &'static str> {
        let promised = state.promised[self.at(a, r)];
        match self.fault {
            Some(Fault::LateAccept) => ensure(promised >= p, "AtLeast(promised[a][r], p)")?,
            Some(Fault::PromiseNotRaised) => ensure(p >= promised, "AtLeast(p, promised[a][r])")?,
            _ => ensure(promised == p, "promised[a][r] = p")?,
        }
        if self.fault != Some(Fault::LateAccept) {
            ensure(p >= self.accepted_proposal(state, a, r), "AtLeast(p, AcceptedProposal(a, r))")?;
        }
        match self.constants.module {
            Module::MultiPaxos | Module::MultiPaxosUnbounded => {
                let agrees = |vote: Vote| vote.ballot != p || vote.value == v;
                ensure(
                    self.acceptors().all(|b| self.votes(state, b, r).all(agrees)),
                    r"\A b \in Acceptors : \A w \in votes[b][r] : w.proposal = p => w.value = v",
                )?;
                ensure(
                    self.fault == Some(Fault::ValueNotCarried)
                        || self.some_quorum_is_safe(state, r, p, v),
                    r"\E Q \in Quorums : Safe(Q, p, v)",
                )
            }
            Module::MultiPaxosAsGiven => {
                let agrees = |vote: Vote| vote.ballot != p || vote.value == v;
                ensure(
                    self.acceptors().all(|b| state.accepted[self.at(b, r)].is_none_or(agrees)),
                    r"\A b \in Acceptors : AcceptedProposal(b, r) = p => accepted[b][r].value = v",
                )?;
                ensure(
                    self.some_quorum_is_safe(state, r, p, v),
                    r"\E Q \in Quorums : PromisedTogether(Q, p, v)",
                )
            }
        }
    }

    /// What an action does to a state in which it is enabled.
    fn effect(&self, state: &State, action: Action) -> State {
        let mut next = state.clone();
        match action {
            // proposerAttempt' = [proposerAttempt EXCEPT ![p][r] = @ + 1]
            Action::IncrementAttempt { p, r } => next.proposer_attempt[self.at(p, r)] += 1,
            // promised' = [promised EXCEPT ![a][r] = p]
            Action::Promise { a, r, p } => next.promised[self.at(a, r)] = p,
            Action::Accept { a, r, p, v } => {
                let index = self.at(a, r);
                let vote = Vote { ballot: p, value: v };
                // accepted' = [accepted EXCEPT ![a][r] = [proposal |-> p, value |-> v]]
                next.accepted[index] = Some(vote);
                // promised' = [promised EXCEPT ![a][r] = p]
                if !matches!(self.fault, Some(Fault::LateAccept | Fault::PromiseNotRaised)) {
                    next.promised[index] = p;
                }
                // votes' = [votes EXCEPT ![a][r] = @ \cup {[proposal |-> p, value |-> v]}]
                if self.constants.module.has_votes() {
                    next.add_vote(index, vote);
                }
            }
            // learned' = [learned EXCEPT ![r] = @ \cup {v}]
            Action::Learn { r, v } => next.learned[usize::from(r)].insert(v),
            Action::Renumber { r } => next = self.renumber(state, r),
        }
        next
    }

    /// The values that an accept or a learn may be about.
    fn candidates(&self) -> impl Iterator<Item = ValueId> + use<> {
        let blank = (self.fault == Some(Fault::BlankValue)).then_some(BLANK);
        self.values().chain(blank)
    }

    /// A proposal as a TLA+ value.
    pub fn proposal_value(&self, r: u8, ballot: Ballot) -> Value {
        match self.attempt_and_node(ballot) {
            None => self.constants.none.clone(),
            Some((attempt, node)) => Value::record([
                ("round", Value::Int(self.constants.rounds[usize::from(r)])),
                ("attempt", Value::Int(i64::from(attempt))),
                ("node", Value::Int(self.constants.proposers[usize::from(node)])),
            ]),
        }
    }

    /// A value as a TLA+ value.
    pub fn value_value(&self, value: ValueId) -> Value {
        self.constants.values.get(usize::from(value)).unwrap_or(&self.constants.none).clone()
    }

    fn vote_value(&self, r: u8, vote: Vote) -> Value {
        Value::record([
            ("proposal", self.proposal_value(r, vote.ballot)),
            ("value", self.value_value(vote.value)),
        ])
    }

    fn by_acceptor(&self, field: impl Fn(u8, u8) -> Value) -> Value {
        Value::fun(
            self.acceptors().map(|a| (self.acceptor_value(a), self.by_round(|r| field(a, r)))),
        )
    }

    fn by_round(&self, field: impl Fn(u8) -> Value) -> Value {
        Value::fun(self.rounds().map(|r| (self.round_value(r), field(r))))
    }

    fn acceptor_value(&self, a: u8) -> Value {
        self.constants.acceptors[usize::from(a)].clone()
    }

    fn round_value(&self, r: u8) -> Value {
        Value::Int(self.constants.rounds[usize::from(r)])
    }

    fn show_proposal(&self, r: u8, ballot: Ballot) -> String {
        match self.attempt_and_node(ballot) {
            None => self.constants.none.to_string(),
            Some((attempt, node)) => format!(
                "<<{}, {attempt}, {}>>",
                self.constants.rounds[usize::from(r)],
                self.constants.proposers[usize::from(node)],
            ),
        }
    }
}

fn ensure(holds: bool, conjunct: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(conjunct) }
}

/// The numbers below a count that the reader of constants has bounded.
fn numbers(count: usize) -> impl Iterator<Item = u8> + use<> {
    (0..count).map(|number| number as u8)
}

impl Model for Spec {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        let rounds = self.constants.rounds.len();
        let slots = self.constants.acceptors.len() * rounds;
        vec![State {
            promised: vec![Ballot::NONE; slots],
            accepted: vec![None; slots],
            proposer_attempt: vec![0; self.constants.proposers.len() * rounds],
            learned: vec![ValueSet::default(); rounds],
            votes: Vec::new(),
        }]
    }

    /// Every action with all its arguments, enabled or not.
    fn actions(&self, _state: &State, actions: &mut Vec<Action>) {
        for p in self.proposers() {
            actions.extend(self.rounds().map(|r| Action::IncrementAttempt { p, r }));
        }
        for a in self.acceptors() {
            for r in self.rounds() {
                actions.extend(self.ballots().map(|p| Action::Promise { a, r, p }));
                for p in self.ballots() {
                    actions.extend(self.candidates().map(|v| Action::Accept { a, r, p, v }));
                }
            }
        }
        for r in self.rounds() {
            actions.extend(self.candidates().map(|v| Action::Learn { r, v }));
        }
        if self.constants.module == Module::MultiPaxosUnbounded {
            actions.extend(self.rounds().map(|r| Action::Renumber { r }));
        }
    }

    fn next_state(&self, state: &State, action: Action) -> Option<State> {
        self.guard(state, action).ok().map(|()| self.effect(state, action))
    }

    fn format_action(&self, action: &Action) -> String {
        let proposer = |p: u8| self.constants.proposers[usize::from(p)];
        match *action {
            Action::IncrementAttempt { p, r } => {
                format!("{}({}, {})", self.next_attempt(), proposer(p), self.round_value(r))
            }
            Action::Promise { a, r, p } => {
                format!("Promise({}, {})", self.acceptor_value(a), self.show_proposal(r, p))
            }
            Action::Accept { a, r, p, v } => format!(
                "Accept({}, {}, {})",
                self.acceptor_value(a),
                self.show_proposal(r, p),
                self.value_value(v)
            ),
            Action::Learn { r, v } => {
                format!("Learn({}, {})", self.round_value(r), self.value_value(v))
            }
            Action::Renumber { r } => format!("Renumber({})", self.round_value(r)),
        }
    }

    fn format_step(&self, state: &State, action: Action) -> Option<String> {
        crate::check::trace::describe_step(self, state, &action)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        crate::check::stateright_properties(self)
    }

    // Undecided == \E r \in Rounds : learned[r] = {}
    fn within_boundary(&self, state: &State) -> bool {
        !self.constants.undecided || state.learned.iter().any(|learned| learned.is_empty())
    }

    fn as_svg(&self, path: stateright::Path<State, Action>) -> Option<String> {
        Some(super::picture::draw(self, path.last_state()))
    }
}

impl Checkable for Spec {
    fn laws(&self) -> Vec<Law<Self>> {
        laws::spec_laws().into_iter().filter(|law| self.checks(law.name)).collect()
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let learned = laws::every_round_learned(&self.constants, |state| state);
        if self.checks(learned.name) { vec![learned] } else { Vec::new() }
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        self.constants.specification.fairness().map_or_else(Vec::new, |it| self.fair_to_all(it))
    }

    fn classes(&self) -> Vec<&'static str> {
        let [_, rest @ ..] = ACTIONS;
        let mut classes = vec![self.next_attempt()];
        classes.extend(rest);
        if self.constants.module == Module::MultiPaxosUnbounded {
            classes.push("Renumber");
        }
        classes
    }

    fn class(&self, action: &Action) -> usize {
        match action {
            Action::IncrementAttempt { .. } => 0,
            Action::Promise { .. } => 1,
            Action::Accept { .. } => 2,
            Action::Learn { .. } => 3,
            Action::Renumber { .. } => 4,
        }
    }

    fn view(&self, state: &State) -> Value {
        let votes = |a, r| Value::set(self.votes(state, a, r).map(|vote| self.vote_value(r, vote)));
        let mut variables = vec![
            (
                "promised",
                self.by_acceptor(|a, r| self.proposal_value(r, state.promised[self.at(a, r)])),
            ),
            (
                "accepted",
                self.by_acceptor(|a, r| match state.accepted[self.at(a, r)] {
                    None => self.constants.none.clone(),
                    Some(vote) => self.vote_value(r, vote),
                }),
            ),
            (
                "proposerAttempt",
                Value::fun(self.proposers().map(|p| {
                    let attempt = |r| Value::Int(i64::from(state.proposer_attempt[self.at(p, r)]));
                    let proposer = self.constants.proposers[usize::from(p)];
                    (Value::Int(proposer), self.by_round(attempt))
                })),
            ),
            (
                "learned",
                self.by_round(|r| {
                    let learned = state.learned[usize::from(r)];
                    Value::set(learned.iter().map(|value| self.value_value(value)))
                }),
            ),
        ];
        if self.constants.module.has_votes() {
            variables.push(("votes", self.by_acceptor(votes)));
        }
        Value::record(variables)
    }

    fn deadlock_is_violation(&self) -> bool {
        self.constants.check_deadlock
    }

    fn has_symmetry(&self) -> bool {
        self.constants.acceptor_symmetry || self.constants.value_symmetry
    }

    fn representative(&self, state: &State) -> State {
        symmetry::representative(self, state)
    }

    fn why_disabled(&self, state: &State, action: &Action) -> Option<String> {
        self.guard(state, *action).err().map(str::to_owned)
    }
}

impl Spec {
    /// Fairness to every acceptor, for each proposer, to learners, and where proposers have to try
    /// again, to them.
    fn fair_to_all(&self, strength: Strength) -> Vec<Fairness<Spec>> {
        let node = |spec: &Spec, p: Ballot| spec.attempt_and_node(p).map(|(_, node)| node);
        let mut fairness = Vec::new();
        for r in self.rounds() {
            let round = self.round_value(r);
            let learns = move |_: &Spec, _: &State, action: &Action| matches!(*action, Action::Learn { r: its, .. } if its == r);
            fairness.push(Fairness::new(format!("LearnIn({round})"), strength, learns));
            for n in self.proposers() {
                let proposer = self.constants.proposers[usize::from(n)];
                for a in self.acceptors() {
                    let promises = move |spec: &Spec, _: &State, action: &Action| {
                        matches!(*action, Action::Promise { a: who, r: its, p }
                            if (who, its) == (a, r) && node(spec, p) == Some(n))
                    };
                    let accepts = move |spec: &Spec, _: &State, action: &Action| {
                        matches!(*action, Action::Accept { a: who, r: its, p, .. }
                            if (who, its) == (a, r) && node(spec, p) == Some(n))
                    };
                    let whom = format!("({}, {proposer}, {round})", self.acceptor_value(a));
                    let name = format!("PromiseTo{whom}");
                    fairness.push(Fairness::new(name, strength, promises));
                    let name = format!("AcceptFrom{whom}");
                    fairness.push(Fairness::new(name, strength, accepts));
                }
                if self.tries_again(n) {
                    let tries = move |_: &Spec, _: &State, action: &Action| {
                        *action == Action::IncrementAttempt { p: n, r }
                    };
                    let name = format!("TryAgain({proposer}, {round})");
                    fairness.push(Fairness::new(name, strength, tries));
                }
            }
            if self.constants.module == Module::MultiPaxosUnbounded {
                let renumbers =
                    move |_: &Spec, _: &State, action: &Action| *action == Action::Renumber { r };
                fairness.push(Fairness::new(format!("Renumber({round})"), strength, renumbers));
            }
        }
        fairness
    }

    /// What the spec calls going on to the next attempt.
    fn next_attempt(&self) -> &'static str {
        match self.constants.specification {
            Specification::Spec | Specification::FairSpec => ACTIONS[0],
            Specification::LeaderSpec
            | Specification::UnboundedSpec
            | Specification::StronglyFairSpec => "TryAgain",
        }
    }

    /// Whether a proposer has to try again when it is beaten.
    fn tries_again(&self, p: u8) -> bool {
        match self.constants.specification {
            Specification::Spec | Specification::FairSpec => false,
            Specification::LeaderSpec => p == LEADER,
            Specification::UnboundedSpec | Specification::StronglyFairSpec => true,
        }
    }

    /// Whether the configuration asks for a law.
    pub fn checks(&self, law: &str) -> bool {
        self.constants.laws.iter().any(|asked| asked == law)
    }
}
