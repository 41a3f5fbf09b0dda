//! The proposer: it gets a value chosen in a round.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::campaign::{Campaign, DurableProposerState, ProposerEvent};
use super::cluster::Cluster;
use super::lead::Lead;
use super::leadership::Leadership;
use super::message::{Message, Outgoing, broadcast};
use super::proposal::{AcceptedProposal, Attempt, Ballot, NodeId, ProposalKey, Round};

/// Why a proposer does not begin an attempt. Its state is as it was before.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Error,
)]
pub enum ProposeError {
    /// The node is no proposer of the cluster.
    #[error("node {node} is no proposer of the cluster")]
    NotAProposer {
        /// The node.
        node: NodeId,
    },
    /// There is a campaign for the round already; it may be retried or given up.
    #[error("a campaign for round {round} is running")]
    CampaignRunning {
        /// The round.
        round: Round,
    },
    /// The round is decided.
    #[error("round {round} is decided")]
    Decided {
        /// The round.
        round: Round,
    },
    /// There is no campaign for the round that could be retried.
    #[error("there is no campaign for round {round}")]
    NoCampaign {
        /// The round.
        round: Round,
    },
    /// Another proposer leads, and this one gives way: see [`Proposer::with_leadership`].
    #[error("node {leader} leads; round {round} is left to it")]
    NotLeader {
        /// The round.
        round: Round,
        /// The leader.
        leader: NodeId,
    },
    /// No attempt is left that is high enough.
    #[error("the attempts are used up in round {round}")]
    AttemptsExhausted {
        /// The round.
        round: Round,
    },
}

/// How an attempt ended.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ProposeResult<V> {
    /// An acceptor refused; the campaign waits for [`Proposer::retry`].
    Rejected {
        /// The round.
        round: Round,
        /// The higher proposal that the acceptor had promised.
        by: ProposalKey,
    },
    /// The round is decided, with the client's value or another.
    Learned {
        /// The round.
        round: Round,
        /// The value chosen.
        value: V,
    },
    /// A quorum has promised in all rounds: from one round on a value takes one round trip.
    Leads {
        /// The first round.
        from: Round,
        /// The first round of which no vote was told. Before it, something has to be proposed wherever the outcome
        /// is not known, or the log has gaps; what others have voted for is carried on.
        unfinished: Round,
    },
    /// An acceptor had promised a higher ballot: the proposer does not lead.
    Deposed {
        /// The higher ballot.
        by: Ballot,
    },
}

/// The effects of a proposer's step, in this order: persist, send, then read the result.
#[must_use = "the event must be on disk before the messages leave"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProposerStep<V> {
    /// What must be on disk before the messages leave; `None` if the durable state has not changed.
    pub event: Option<ProposerEvent>,
    /// The messages to send.
    pub outgoing: Vec<Outgoing<V>>,
    /// How attempts ended, if they did with this step.
    pub results: Vec<ProposeResult<V>>,
}

impl<V> ProposerStep<V> {
    pub(super) fn nothing() -> Self {
        ProposerStep { event: None, outgoing: Vec::new(), results: Vec::new() }
    }
}

/// A proposer, with at most one campaign per round.
///
/// It follows the two phases of "Paxos Made Simple", for each round apart, or with [`Proposer::lead`] the first of
/// them for all rounds at once. It has no timers: the caller decides when to retry. A campaign that ended by
/// learning keeps its outcome until [`Proposer::give_up`] or [`Proposer::forget_before`].
///
/// A stale or duplicate message, or one from a wrong sender, has no effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Proposer<V> {
    pub(crate) id: NodeId,
    pub(crate) durable: DurableProposerState,
    pub(crate) campaigns: BTreeMap<Round, Campaign<V>>,
    pub(crate) lead: Lead<V>,
    leadership: Option<Leadership>,
}

impl<V> Proposer<V> {
    /// A proposer that has never proposed.
    pub fn new(id: NodeId) -> Self {
        Proposer::restore(id, DurableProposerState::new())
    }

    /// A proposer restored from its durable state. It has no campaigns.
    pub fn restore(id: NodeId, durable: DurableProposerState) -> Self {
        Proposer { id, durable, campaigns: BTreeMap::new(), lead: Lead::None, leadership: None }
    }

    /// Makes the proposer give way to the leader: after its first attempt in a round it begins
    /// another only while it leads itself, and otherwise waits for the outcome. Without this, every
    /// retry begins an attempt.
    #[must_use]
    pub fn with_leadership(self, leadership: Leadership) -> Self {
        Proposer { leadership: Some(leadership), ..self }
    }

    /// Its leader detector, to suspect and to trust nodes; `None` if it never gives way.
    pub fn leadership_mut(&mut self) -> Option<&mut Leadership> {
        self.leadership.as_mut()
    }

    /// Its node.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// The state that must survive a crash.
    pub fn durable(&self) -> &DurableProposerState {
        &self.durable
    }

    /// The campaigns, by round.
    pub fn campaigns(&self) -> impl Iterator<Item = (Round, &Campaign<V>)> {
        self.campaigns.iter().map(|(&round, campaign)| (round, campaign))
    }

    /// The campaign for a round, if there is one.
    pub fn campaign(&self, round: Round) -> Option<&Campaign<V>> {
        self.campaigns.get(&round)
    }

    /// The value learned in a round that it has campaigned in.
    pub fn learned(&self, round: Round) -> Option<&V> {
        self.campaign(round)?.learned()
    }

    /// The key of the attempt begun last in a round; `None` if there was none.
    pub fn current_key(&self, round: Round) -> Option<ProposalKey> {
        self.durable.attempt(round).map(|attempt| self.key(round, attempt))
    }

    /// The attempt that the next [`Proposer::propose`] or [`Proposer::retry`] would use, if the
    /// round is open to it: as a leader the one that is begun in all rounds, and otherwise the lowest one above the
    /// attempt begun last whose key is above the rejecting proposal. `None` if there is none.
    pub fn next_attempt(&self, round: Round) -> Option<Attempt> {
        if self.leads_in(round) {
            return self.durable.floor();
        }
        let unused = match self.durable.attempt(round) {
            Some(begun) => begun.next()?,
            None => Attempt(0),
        };
        // Earlier rejections of this campaign need no memory: the attempt begun last is above them.
        // Giving up a campaign drops its rejection; the next campaign starts above its last
        // attempt.
        match self.campaign(round).and_then(Campaign::rejected_by) {
            Some(by) if self.key(round, unused.max(by.attempt)) > by => {
                Some(unused.max(by.attempt))
            }
            Some(by) => by.attempt.next(),
            None => Some(unused),
        }
    }

    /// Whether the next [`Proposer::retry`] only sends once more what was proposed as a leader.
    pub fn will_resend(&self, round: Round) -> bool {
        let is_accepting = matches!(self.campaign(round), Some(Campaign::Accepting { .. }));
        is_accepting && self.has_floor(round) && self.lead.is_used(round)
    }

    /// Whether the next [`Proposer::propose`] or [`Proposer::retry`] skips phase 1, if the round is open to it.
    pub fn leads_in(&self, round: Round) -> bool {
        self.has_floor(round) && (self.lead.is_open(round) || self.will_resend(round))
    }

    /// Whether no other attempt was begun in the round since the one in all rounds.
    fn has_floor(&self, round: Round) -> bool {
        self.durable.attempt(round) == self.durable.floor()
    }

    /// How far it is with leading.
    pub fn lead_state(&self) -> &Lead<V> {
        &self.lead
    }

    /// The attempt that the next [`Proposer::lead`] would use: the lowest one above all that were begun whose ballot
    /// is above what has rejected it. `None` if there is none.
    pub fn next_lead(&self) -> Option<Attempt> {
        let unused = match self.durable.highest() {
            Some(begun) => begun.next()?,
            None => Attempt(0),
        };
        match self.lead.rejected_by() {
            Some(by) => {
                let attempt = unused.max(by.attempt);
                let is_above = Ballot { attempt, node: self.id } > by;
                if is_above { Some(attempt) } else { by.attempt.next() }
            }
            None => Some(unused),
        }
    }

    /// The ballot that it has begun in all rounds last; `None` if there was none.
    pub fn ballot(&self) -> Option<Ballot> {
        self.durable.floor().map(|attempt| Ballot { attempt, node: self.id })
    }

    /// Drops the campaigns before a round, all of which are decided: a snapshot has taken their place. Returns the
    /// rounds in which one was not known to be.
    pub fn forget_before(&mut self, round: Round) -> Vec<Round> {
        let kept = self.campaigns.split_off(&round);
        let dropped = std::mem::replace(&mut self.campaigns, kept);
        self.lead.forget_before(round);
        let undecided = dropped.into_iter().filter(|(_, campaign)| campaign.learned().is_none());
        undecided.map(|(round, _)| round).collect()
    }

    /// Drops the campaign for a round, decided or not; returns whether there was one.
    ///
    /// The attempt stays used. The value that it proposed may still be chosen.
    pub fn give_up(&mut self, round: Round) -> bool {
        self.campaigns.remove(&round).is_some()
    }

    fn key(&self, round: Round, attempt: Attempt) -> ProposalKey {
        ProposalKey { round, attempt, node: self.id }
    }

    /// Whether a message answers the attempt begun last.
    fn is_answer(&self, cluster: &Cluster, from: NodeId, key: ProposalKey) -> bool {
        cluster.is_acceptor(from) && self.current_key(key.round) == Some(key)
    }
}

impl<V: Clone + PartialEq> Proposer<V> {
    /// Starts a campaign to get `value` chosen in `round`.
    ///
    /// The first attempt is 0 in a round that was never tried, and otherwise above all attempts
    /// begun before, also before a crash. The round may end up with another proposer's value: see
    /// [`ProposeResult::Learned`].
    ///
    /// # Errors
    ///
    /// [`ProposeError`] if the node is no proposer of the cluster, if there is a campaign for the
    /// round, decided or not, or if no attempt is left. Then nothing has changed.
    pub fn propose(
        &mut self,
        cluster: &Cluster,
        round: Round,
        value: V,
    ) -> Result<ProposerStep<V>, ProposeError> {
        match self.campaign(round) {
            Some(Campaign::Learned { .. }) => Err(ProposeError::Decided { round }),
            Some(_) => Err(ProposeError::CampaignRunning { round }),
            None => self.begin(cluster, round, value),
        }
    }

    /// Begins the campaign's next attempt, with the client's own value again: after a rejection or
    /// a timeout.
    ///
    /// # Errors
    ///
    /// [`ProposeError`] if the node is no proposer of the cluster, if there is no campaign for the
    /// round or it is decided, if another proposer leads, or if no attempt is left. Then nothing has
    /// changed.
    pub fn retry(
        &mut self,
        cluster: &Cluster,
        round: Round,
    ) -> Result<ProposerStep<V>, ProposeError> {
        let campaign = self.campaign(round).ok_or(ProposeError::NoCampaign { round })?;
        let own = campaign.own().ok_or(ProposeError::Decided { round })?.clone();
        let leader = self.leadership.as_ref().and_then(|leadership| leadership.leader(cluster));
        if let Some(leader) = leader.filter(|&leader| leader != self.id) {
            return Err(ProposeError::NotLeader { round, leader });
        }
        self.begin(cluster, round, own)
    }

    /// Begins an attempt in all rounds, to lead from a round on, before which the outcome is known here.
    ///
    /// Campaigns go on, with their next retry. Once a quorum has promised, [`Proposer::propose`] and
    /// [`Proposer::retry`] skip phase 1, until an acceptor refuses because of a higher ballot.
    ///
    /// # Errors
    ///
    /// [`ProposeError`] if the node is no proposer of the cluster or no attempt is left. Then nothing has changed.
    pub fn lead(
        &mut self,
        cluster: &Cluster,
        from: Round,
    ) -> Result<ProposerStep<V>, ProposeError> {
        if !cluster.is_proposer(self.id) {
            return Err(ProposeError::NotAProposer { node: self.id });
        }
        let attempt = self.next_lead().ok_or(ProposeError::AttemptsExhausted { round: from })?;
        let event = ProposerEvent::AttemptAll { attempt };
        self.durable.apply(event);
        self.lead = Lead::preparing(from);
        let prepare = Message::PrepareAll { ballot: Ballot { attempt, node: self.id }, from };
        Ok(ProposerStep {
            event: Some(event),
            outgoing: broadcast(cluster.acceptors(), &prepare),
            results: Vec::new(),
        })
    }

    /// Handles a message.
    ///
    /// A `Promise`, `PromiseAll`, `Accepted` or `Rejected` counts if it comes from an acceptor of the cluster
    /// and answers the attempt begun last; a `Learned`, if it comes from a proposer or learner of
    /// the cluster and there is an undecided campaign for its round. Anything else has no effect.
    pub fn handle(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        message: Message<V>,
    ) -> ProposerStep<V> {
        match message {
            Message::Promise { key, accepted } if self.is_answer(cluster, from, key) => {
                self.on_promise(cluster, from, key, accepted)
            }
            Message::Accepted { key, value } if self.is_answer(cluster, from, key) => {
                self.on_accepted(cluster, from, key, value)
            }
            Message::PromiseAll { ballot, votes, until }
                if cluster.is_acceptor(from) && self.ballot() == Some(ballot) =>
            {
                self.on_promise_all(cluster, from, votes, until)
            }
            Message::Rejected { key, promised } if cluster.is_acceptor(from) => {
                self.on_rejected(key, promised)
            }
            Message::Learned { round, value }
                if cluster.is_proposer(from) || cluster.is_learner(from) =>
            {
                self.learn(round, value)
            }
            _ => ProposerStep::nothing(),
        }
    }

    fn begin(
        &mut self,
        cluster: &Cluster,
        round: Round,
        own: V,
    ) -> Result<ProposerStep<V>, ProposeError> {
        if !cluster.is_proposer(self.id) {
            return Err(ProposeError::NotAProposer { node: self.id });
        }
        if let Some(accept) = self.accept_as_leader(round, &own) {
            let outgoing = broadcast(cluster.acceptors(), &accept);
            return Ok(ProposerStep { outgoing, ..ProposerStep::nothing() });
        }
        let attempt = self.next_attempt(round).ok_or(ProposeError::AttemptsExhausted { round })?;
        let event = ProposerEvent::Attempt { round, attempt };
        self.durable.apply(event);
        self.campaigns.insert(round, Campaign::preparing(own));
        let prepare = Message::Prepare { key: self.key(round, attempt) };
        Ok(ProposerStep {
            event: Some(event),
            outgoing: broadcast(cluster.acceptors(), &prepare),
            results: Vec::new(),
        })
    }

    /// The message by which a leader proposes in a round, for the first time or once more. `None` if the round has to
    /// be prepared.
    fn accept_as_leader(&mut self, round: Round, own: &V) -> Option<Message<V>> {
        let key = self.ballot().filter(|_| self.leads_in(round))?.in_round(round);
        if self.lead.is_open(round) {
            let value = self.lead.take(round).unwrap_or_else(|| own.clone());
            self.campaigns.insert(round, Campaign::accepting(own.clone(), value.clone()));
            return Some(Message::Accept { key, value });
        }
        match self.campaign(round) {
            Some(Campaign::Accepting { value, .. }) => {
                Some(Message::Accept { key, value: value.clone() })
            }
            _ => None,
        }
    }

    fn on_promise_all(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        votes: Vec<AcceptedProposal<V>>,
        until: Option<Round>,
    ) -> ProposerStep<V> {
        let (Lead::Preparing { from: first, .. }, Some(ballot)) = (&self.lead, self.ballot())
        else {
            return ProposerStep::nothing();
        };
        // No correct acceptor promises below its own vote, and no vote for this very ballot exists before phase 2.
        let is_possible = votes.iter().all(|vote| {
            let round = vote.key.round;
            vote.key.ballot() < ballot && *first <= round && until.is_none_or(|until| round < until)
        });
        if !is_possible || !self.lead.promise(from, votes, until, cluster.quorum_size()) {
            return ProposerStep::nothing();
        }
        let Lead::Leading { from, .. } = self.lead else { return ProposerStep::nothing() };
        let unfinished = self.lead.unfinished().unwrap_or(from);
        let results = vec![ProposeResult::Leads { from, unfinished }];
        ProposerStep { results, ..ProposerStep::nothing() }
    }

    fn on_promise(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        key: ProposalKey,
        accepted: Option<AcceptedProposal<V>>,
    ) -> ProposerStep<V> {
        // No correct acceptor promises below its own vote, and no vote for this very key exists
        // before phase 2.
        let possible = |vote: &AcceptedProposal<V>| vote.key.round == key.round && vote.key < key;
        if !accepted.as_ref().is_none_or(possible) {
            return ProposerStep::nothing();
        }
        let Some(campaign) = self.campaigns.get_mut(&key.round) else {
            return ProposerStep::nothing();
        };
        match campaign.promise(from, accepted, cluster.quorum_size()) {
            Some(value) => ProposerStep {
                outgoing: broadcast(cluster.acceptors(), &Message::Accept { key, value }),
                ..ProposerStep::nothing()
            },
            None => ProposerStep::nothing(),
        }
    }

    fn on_accepted(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        key: ProposalKey,
        accepted: V,
    ) -> ProposerStep<V> {
        let Some(Campaign::Accepting { value, votes, .. }) = self.campaigns.get_mut(&key.round)
        else {
            return ProposerStep::nothing();
        };
        if accepted != *value {
            return ProposerStep::nothing();
        }
        let Some((_, value)) = votes.track(cluster, from, key, accepted) else {
            return ProposerStep::nothing();
        };
        let learned = Message::Learned { round: key.round, value: value.clone() };
        let others = cluster.learners().iter().filter(|&&learner| learner != self.id);
        let outgoing = broadcast(others, &learned);
        ProposerStep { outgoing, ..self.learn(key.round, value) }
    }

    fn on_rejected(&mut self, key: ProposalKey, by: ProposalKey) -> ProposerStep<V> {
        let round = key.round;
        let mut results = Vec::new();
        let is_current = self.current_key(round) == Some(key);
        if is_current && by.round == round && by > key {
            let campaign = self.campaigns.get_mut(&round);
            if campaign.is_some_and(|campaign| campaign.reject(by)) {
                results.push(ProposeResult::Rejected { round, by });
            }
        }
        if self.ballot() == Some(key.ballot()) {
            results.extend(self.resign(by.ballot()).results);
        }
        ProposerStep { results, ..ProposerStep::nothing() }
    }

    /// Leads no more, and tries no more to, if a ballot is higher than its own: somebody else leads with it.
    pub fn resign(&mut self, by: Ballot) -> ProposerStep<V> {
        let is_lead = self.lead.is_leading() || self.lead.is_preparing();
        let mut results = Vec::new();
        if is_lead && self.ballot() < Some(by) {
            self.lead = Lead::Rejected { by };
            results.push(ProposeResult::Deposed { by });
        }
        ProposerStep { results, ..ProposerStep::nothing() }
    }

    /// Ends the campaign for a round, if there is one that is undecided.
    fn learn(&mut self, round: Round, value: V) -> ProposerStep<V> {
        match self.campaigns.get_mut(&round) {
            Some(campaign) if campaign.learned().is_none() => {
                *campaign = Campaign::Learned { value: value.clone() };
                let results = vec![ProposeResult::Learned { round, value }];
                ProposerStep { results, ..ProposerStep::nothing() }
            }
            _ => ProposerStep::nothing(),
        }
    }
}
