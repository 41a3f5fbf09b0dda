//! `MultiPaxos.tla`, `MultiPaxosUnbounded.tla` and `MultiPaxosAsGiven.tla` in Rust: variables, `Init`,
//! `Next`, fairness.
//!
//! One port serves all three. The second has an action more; the third differs in two guards, and in
//! `votes`, which stays empty. Proposers, acceptors, rounds and values are numbered in the order of their TLA+
//! values. No action compares proposals of different rounds, so a proposal is known by its round and
//! its [`Ballot`], its rank among the proposals of that round.

use std::sync::{Arc, OnceLock};

use super::constants::{Constants, Module, Specification};
use super::faults::Fault;
use super::{laws, symmetry};
use mitregate::check::{Checkable, Codec, Fairness, Law, Model, Name, Temporal};
use mitregate::tla::value::Value;

mod actions;
mod fairness;
mod state;
mod values;

pub use state::{AcceptorSet, State, Tally};

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

/// A value that no client asks for. Only a [`Fault`] brings it into a state.
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

impl FromIterator<ValueId> for ValueSet {
    fn from_iter<T: IntoIterator<Item = ValueId>>(values: T) -> ValueSet {
        let mut set = ValueSet::default();
        values.into_iter().for_each(|value| set.insert(value));
        set
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
    /// The constants and options of the configuration.
    pub constants: Arc<Constants>,
    /// The fault, if any.
    pub fault: Option<Fault>,
    /// The renamings that identify states.
    pub(super) renamings: Arc<[symmetry::Renaming]>,
    layout: state::Layout,
    /// What is offered in every state, once somebody has asked.
    offered: Arc<OnceLock<Vec<Action>>>,
}

impl Spec {
    /// The spec without a fault.
    pub fn new(constants: Arc<Constants>) -> Spec {
        Spec::with_fault(constants, None)
    }

    /// The spec with a fault, if there is one.
    pub fn with_fault(constants: Arc<Constants>, fault: Option<Fault>) -> Spec {
        let renamings = symmetry::renamings(&constants).into();
        let layout = state::Layout::new(&constants);
        Spec { constants, fault, renamings, layout, offered: Arc::default() }
    }

    /// The acceptors' numbers.
    pub fn acceptors(&self) -> impl Iterator<Item = u8> + Clone + use<> {
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

    /// Whether acceptors are one of the `Quorums`, or more.
    pub fn is_quorum(&self, acceptors: AcceptorSet) -> bool {
        acceptors.len() >= self.constants.majority()
    }

    fn every_action(&self) -> Vec<Action> {
        let mut actions = Vec::new();
        for p in self.proposers() {
            actions.extend(self.rounds().map(|r| Action::IncrementAttempt { p, r }));
        }
        for a in self.acceptors() {
            for r in self.rounds() {
                actions.extend(self.ballots().map(|p| Action::Promise { a, r, p }));
                for p in self.ballots() {
                    actions.extend(self.candidate_values().map(|v| Action::Accept { a, r, p, v }));
                }
            }
        }
        for r in self.rounds() {
            actions.extend(self.candidate_values().map(|v| Action::Learn { r, v }));
        }
        if self.constants.module == Module::MultiPaxosUnbounded {
            actions.extend(self.rounds().map(|r| Action::Renumber { r }));
        }
        actions
    }

    /// The values that an accept or a learn may be about.
    fn candidate_values(&self) -> impl Iterator<Item = ValueId> + use<> {
        let blank = (self.fault == Some(Fault::BlankValue)).then_some(BLANK);
        self.values().chain(blank)
    }
}

/// The numbers below a count that the reader of constants has bounded.
fn numbers(count: usize) -> impl Iterator<Item = u8> + Clone + use<> {
    (0..count).map(|number| number as u8)
}

impl Model for Spec {
    type State = State;
    type Action = Action;

    fn init_states(&self) -> Vec<State> {
        vec![self.initial_state()]
    }

    /// Every action with all its arguments, enabled or not: the same in every state.
    fn actions(&self, _state: &State, actions: &mut Vec<Action>) {
        actions.extend_from_slice(self.offered.get_or_init(|| self.every_action()));
    }

    /// Without most of those that an acceptor's promise forbids.
    fn candidates(&self, state: &State, indices: &mut Vec<u32>, actions: &mut Vec<Action>) {
        let all = self.offered.get_or_init(|| self.every_action());
        let mut add = |from: usize, to: usize| {
            indices.extend((from..to).map(|index| index as u32)); // there are few
            actions.extend_from_slice(&all[from..to]);
        };
        if self.fault.is_some() {
            return add(0, all.len());
        }
        let ballots = usize::from(self.constants.ballots());
        let values = self.candidate_values().count();
        let mut next = self.constants.proposers.len() * self.constants.rounds.len();
        add(0, next);
        for a in self.acceptors() {
            for r in self.rounds() {
                let promised = usize::from(self.promised(state, a, r).0);
                let accepts = next + ballots;
                // AtLeast(p, promised[a][r])
                add(next + promised.saturating_sub(1), accepts);
                next = accepts + ballots * values;
                // promised[a][r] = p
                if promised > 0 {
                    let first = accepts + (promised - 1) * values;
                    add(first, first + values);
                }
            }
        }
        add(next, all.len());
    }

    fn codec(&self) -> Option<Codec<'_, State>> {
        Some(Codec::new())
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

    // Undecided == \E r \in Rounds : learned[r] = {}
    fn within_boundary(&self, state: &State) -> bool {
        !self.constants.undecided || self.all_learned(state).any(ValueSet::is_empty)
    }
}

impl Checkable for Spec {
    fn laws(&self) -> Vec<Law<Self>> {
        laws::laws()
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        vec![laws::every_round_learned(&self.constants)]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        self.constants.specification.fairness().map_or_else(Vec::new, |it| self.fair_to_all(it))
    }

    fn action_names(&self) -> Vec<Name> {
        let [_, rest @ ..] = ACTIONS;
        let mut names = vec![self.next_attempt()];
        names.extend(rest);
        if self.constants.module == Module::MultiPaxosUnbounded {
            names.push("Renumber");
        }
        names.into_iter().map(Name::from).collect()
    }

    fn action_name(&self, action: &Action) -> usize {
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
                self.by_acceptor(|a, r| self.proposal_value(r, self.promised(state, a, r))),
            ),
            (
                "accepted",
                self.by_acceptor(|a, r| match self.accepted(state, a, r) {
                    None => self.constants.none.clone(),
                    Some(vote) => self.vote_value(r, vote),
                }),
            ),
            (
                "proposerAttempt",
                Value::fun(self.proposers().map(|p| {
                    let attempt = |r| Value::Int(i64::from(self.proposer_attempt(state, p, r)));
                    let proposer = self.constants.proposers[usize::from(p)];
                    (Value::Int(proposer), self.by_round(attempt))
                })),
            ),
            (
                "learned",
                self.by_round(|r| {
                    let learned = self.learned(state, r);
                    Value::set(learned.iter().map(|value| self.value_value(value)))
                }),
            ),
        ];
        if self.constants.module.has_votes() {
            variables.push(("votes", self.by_acceptor(votes)));
        }
        Value::record(variables)
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

    fn picture(&self, state: &State) -> Option<String> {
        Some(super::picture::draw(self, state))
    }
}

impl Spec {
    /// The spec's name of the step to the next attempt.
    fn next_attempt(&self) -> &'static str {
        match self.constants.specification {
            Specification::Spec | Specification::FairSpec => ACTIONS[0],
            Specification::LeaderSpec
            | Specification::UnboundedSpec
            | Specification::StronglyFairSpec => "TryAgain",
        }
    }
}
