//! The guards and the effects of the actions.

use super::{Action, Ballot, LEADER, Spec, State, ValueId, Vote};
use crate::multi_paxos::constants::{Module, Specification};
use crate::multi_paxos::faults::Fault;

impl Spec {
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

    /// The conjuncts that `TryAgain(p, r)` adds to `IncrementAttempt(p, r)`.
    fn guard_trying_again(&self, state: &State, p: u8, r: u8) -> Result<(), &'static str> {
        let proposer = match self.constants.specification {
            Specification::Spec | Specification::FairSpec => return Ok(()),
            Specification::LeaderSpec => {
                ensure(p == LEADER, "TryAgain(Leader, r)")?;
                LEADER
            }
            Specification::UnboundedSpec | Specification::StronglyFairSpec => p,
        };
        ensure(self.beaten(state, proposer, r), "Beaten(p, r)")
    }

    /// `Beaten(p, r)`: an acceptor has promised more than the proposer's attempt.
    pub fn beaten(&self, state: &State, p: u8, r: u8) -> bool {
        let current = self.ballot(state.proposer_attempt[self.at(p, r)], p);
        self.acceptors().any(|a| state.promised[self.at(a, r)] > current)
    }

    /// `Buried(a, r, w)`: no quorum will ever have this vote as its highest.
    fn is_buried(&self, state: &State, a: u8, r: u8, vote: Vote) -> bool {
        let all_promised_above = |p| self.acceptors().all(|b| state.promised[self.at(b, r)] > p);
        self.votes(state, a, r)
            .any(|later| later.ballot > vote.ballot && all_promised_above(later.ballot))
    }

    /// Whether `p` may carry `v`: what `Accept(a, p, v)` asks for, but for the acceptor's own promise and vote.
    pub fn may_propose(&self, state: &State, r: u8, p: Ballot, v: ValueId) -> bool {
        let mut cast = self.acceptors().flat_map(|a| self.votes(state, a, r));
        cast.all(|vote| vote.ballot != p || vote.value == v)
            && self.some_quorum_is_safe(state, r, p, v)
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

    /// The effect of `Renumber(r)`.
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

    /// The effect of an action on a state in which it is enabled.
    pub(super) fn effect(&self, state: &State, action: Action) -> State {
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
}

fn ensure(holds: bool, conjunct: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(conjunct) }
}
