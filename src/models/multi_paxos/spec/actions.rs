//! The guards and the effects of the actions.

use super::{AcceptorSet, Action, Ballot, LEADER, Spec, State, Tally, ValueId, Vote};
use crate::multi_paxos::constants::{Module, Specification};
use crate::multi_paxos::faults::Fault;

impl Spec {
    /// `\E Q \in Quorums : Safe(Q, p, v)`.
    ///
    /// In no reachable state has one proposal votes for two values, by the guard of `Accept`. So it is
    /// enough to go through the votes below `p` from the highest down: if any quorum will do, one
    /// that consists of a member with the decisive vote and of any others below it will.
    fn some_quorum_is_safe(&self, state: &State, r: u8, p: Ballot, v: ValueId) -> bool {
        // \A a \in Q : AtLeast(promised[a][p.round], p)
        let promised = self.acceptors_with(|a| self.promised(state, a, r) >= p);
        // Those who have cast no vote below p that is above the one at hand, or none in its proposal either.
        let (mut members, mut others) = (promised, promised);
        let mut proposal = p;
        // {w \in UNION {votes[a][p.round] : a \in Q} : Above(p, w.proposal)}
        let below = self.tallies(state, r).rev().filter(|tally| tally.vote.ballot < p);
        for Tally { vote, voters } in below {
            if vote.ballot != proposal {
                (members, proposal) = (others, vote.ballot);
            }
            if !self.is_quorum(members) {
                return false;
            }
            if vote.value == v && !voters.and(members).is_empty() {
                return true;
            }
            others = others.without(voters);
        }
        self.is_quorum(others)
    }

    /// `\E Q \in Quorums : PromisedTogether(Q, p, v)`.
    fn some_quorum_promised_together(&self, state: &State, r: u8, p: Ballot, v: ValueId) -> bool {
        // \A a \in Q : promised[a][r] = p
        let members = self.acceptors_with(|a| self.promised(state, a, r) == p);
        // accepted[h][r] # NONE => accepted[h][r].value = v
        let carries = |h| self.accepted(state, h, r).is_none_or(|vote| vote.value == v);
        // \A a \in Q : AtLeast(AcceptedProposal(h, r), AcceptedProposal(a, r))
        let is_highest_of_quorum = |h| {
            let highest = self.accepted_proposal(state, h, r);
            let below = self.acceptors_with(|a| self.accepted_proposal(state, a, r) <= highest);
            self.is_quorum(below.and(members))
        };
        self.is_quorum(members) && members.iter().any(|h| carries(h) && is_highest_of_quorum(h))
    }

    /// Whether some quorum lets `p` carry `v`.
    fn some_quorum_lets(&self, state: &State, r: u8, p: Ballot, v: ValueId) -> bool {
        match self.constants.module {
            Module::MultiPaxos | Module::MultiPaxosUnbounded => {
                self.some_quorum_is_safe(state, r, p, v)
            }
            Module::MultiPaxosAsGiven => self.some_quorum_promised_together(state, r, p, v),
        }
    }

    fn acceptors_with(&self, holds: impl Fn(u8) -> bool) -> AcceptorSet {
        self.acceptors().filter(|&a| holds(a)).collect()
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
                let next = self.proposer_attempt(state, p, r) + 1;
                let slack = u16::from(self.fault == Some(Fault::AttemptOutOfBounds));
                ensure(
                    next < self.constants.attempts + slack,
                    r"proposerAttempt[p][r] + 1 \in Attempts",
                )
            }
            Action::Promise { a, r, p } => self.guard_promise(state, a, r, p),
            Action::Accept { a, r, p, v } => self.guard_accept(state, a, r, p, v),
            Action::Learn { r, v } => {
                let needed = match self.fault {
                    Some(Fault::MinorityQuorum) => 1,
                    _ => self.constants.majority(),
                };
                let learns = |cast: Tally| cast.vote.value == v && cast.voters.len() >= needed;
                ensure(
                    self.tallies_that_count(state, r).any(learns),
                    r"\E p \in ProposalsOf(r) : Chosen(p, v)",
                )
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
        let current = self.ballot(self.proposer_attempt(state, p, r), p);
        self.acceptors().any(|a| self.promised(state, a, r) > current)
    }

    /// `Buried(a, r, w)`: no quorum will ever have this vote as its highest.
    fn is_buried(&self, state: &State, a: u8, r: u8, vote: Vote) -> bool {
        let all_promised_above = |p| self.acceptors().all(|b| self.promised(state, b, r) > p);
        self.votes(state, a, r)
            .any(|later| later.ballot > vote.ballot && all_promised_above(later.ballot))
    }

    /// Whether `p` may carry `v`: what `Accept(a, p, v)` asks for, but for the acceptor's own promise and vote.
    pub fn may_propose(&self, state: &State, r: u8, p: Ballot, v: ValueId) -> bool {
        self.votes_agree(state, r, p, v) && self.some_quorum_lets(state, r, p, v)
    }

    /// Whether nobody has voted for another value than `v` in `p`.
    fn votes_agree(&self, state: &State, r: u8, p: Ballot, v: ValueId) -> bool {
        self.tallies(state, r).all(|cast| cast.vote.ballot != p || cast.vote.value == v)
    }

    fn guard_renumber(&self, state: &State, r: u8) -> Result<(), &'static str> {
        let is_later =
            |ballot: Ballot| self.attempt_and_node(ballot).is_some_and(|(attempt, _)| attempt > 0);
        ensure(self.learned(state, r).is_empty(), "learned[r] = {}")?;
        ensure(
            !self.tallies_that_count(state, r).any(|cast| self.is_quorum(cast.voters)),
            r"~ \E p \in ProposalsOf(r), v \in Values : Chosen(p, v)",
        )?;
        ensure(
            self.proposers().all(|p| self.proposer_attempt(state, p, r) > 0),
            r"\A n \in Proposers : proposerAttempt[n][r] > 0",
        )?;
        ensure(
            self.acceptors().all(|a| is_later(self.promised(state, a, r))),
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
        for a in self.acceptors() {
            self.set_promised(&mut next, a, r, lower(self.promised(state, a, r)));
            self.set_accepted(&mut next, a, r, self.accepted(state, a, r).map(lower_vote));
        }
        for p in self.proposers() {
            self.set_proposer_attempt(&mut next, p, r, self.proposer_attempt(state, p, r) - 1);
        }
        self.clear_votes(&mut next);
        for (its_round, cast) in self.all_tallies(state) {
            if its_round != r {
                self.add_votes(&mut next, its_round, cast);
                continue;
            }
            // Remembered(a, r)
            let remember = |&a: &u8| !self.is_buried(state, a, r, cast.vote);
            for a in cast.voters.iter().filter(remember) {
                self.add_vote(&mut next, a, r, lower_vote(cast.vote));
            }
        }
        next
    }

    fn guard_promise(&self, state: &State, a: u8, r: u8, p: Ballot) -> Result<(), &'static str> {
        ensure(p != Ballot::NONE, r"p \in Proposal")?;
        if self.constants.module.has_votes()
            && let Some((attempt, node)) = self.attempt_and_node(p)
        {
            ensure(
                attempt <= self.proposer_attempt(state, node, r),
                "p.attempt <= proposerAttempt[p.node][r]",
            )?;
        }
        if self.fault != Some(Fault::PromiseForgotten) {
            ensure(p >= self.promised(state, a, r), "AtLeast(p, promised[a][r])")?;
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
        let promised = self.promised(state, a, r);
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
                ensure(
                    self.votes_agree(state, r, p, v),
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
                    self.acceptors().all(|b| self.accepted(state, b, r).is_none_or(agrees)),
                    r"\A b \in Acceptors : AcceptedProposal(b, r) = p => accepted[b][r].value = v",
                )?;
                ensure(
                    self.some_quorum_promised_together(state, r, p, v),
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
            Action::IncrementAttempt { p, r } => {
                let attempt = self.proposer_attempt(state, p, r) + 1;
                self.set_proposer_attempt(&mut next, p, r, attempt);
            }
            // promised' = [promised EXCEPT ![a][r] = p]
            Action::Promise { a, r, p } => self.set_promised(&mut next, a, r, p),
            Action::Accept { a, r, p, v } => {
                let vote = Vote { ballot: p, value: v };
                // accepted' = [accepted EXCEPT ![a][r] = [proposal |-> p, value |-> v]]
                self.set_accepted(&mut next, a, r, Some(vote));
                // promised' = [promised EXCEPT ![a][r] = p]
                if !matches!(self.fault, Some(Fault::LateAccept | Fault::PromiseNotRaised)) {
                    self.set_promised(&mut next, a, r, p);
                }
                // votes' = [votes EXCEPT ![a][r] = @ \cup {[proposal |-> p, value |-> v]}]
                if self.constants.module.has_votes() {
                    self.add_vote(&mut next, a, r, vote);
                }
            }
            // learned' = [learned EXCEPT ![r] = @ \cup {v}]
            Action::Learn { r, v } => self.add_learned(&mut next, r, v),
            Action::Renumber { r } => next = self.renumber(state, r),
        }
        next
    }
}

fn ensure(holds: bool, conjunct: &'static str) -> Result<(), &'static str> {
    if holds { Ok(()) } else { Err(conjunct) }
}
