//! The proposer: it gets a value chosen in a round.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::campaign::{Campaign, DurableProposerState, ProposerEvent};
use super::cluster::Cluster;
use super::leadership::Leadership;
use super::message::{Message, Outgoing, broadcast};
use super::proposal::{AcceptedProposal, Attempt, NodeId, ProposalKey, Round};

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
    #[error("the attempts for round {round} are used up")]
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
}

/// The effects of a proposer's step, in this order: persist, send, then read the result.
#[must_use = "the event must be on disk before the messages leave"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProposerStep<V> {
    /// What must be on disk before the messages leave; `None` if the durable state has not changed.
    pub event: Option<ProposerEvent>,
    /// The messages to send.
    pub outgoing: Vec<Outgoing<V>>,
    /// How the attempt ended, if it did with this step.
    pub result: Option<ProposeResult<V>>,
}

impl<V> ProposerStep<V> {
    pub(super) fn nothing() -> Self {
        ProposerStep { event: None, outgoing: Vec::new(), result: None }
    }
}

/// A proposer, with at most one campaign per round.
///
/// It follows the two phases of "Paxos Made Simple", for each round apart. It has no timers: the
/// caller decides when to retry. A campaign that ended by learning keeps its outcome until
/// [`Proposer::give_up`].
///
/// A stale or duplicate message, or one from a wrong sender, has no effect.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Proposer<V> {
    pub(crate) id: NodeId,
    pub(crate) durable: DurableProposerState,
    pub(crate) campaigns: BTreeMap<Round, Campaign<V>>,
    leadership: Option<Leadership>,
}

impl<V> Proposer<V> {
    /// A proposer that has never proposed.
    pub fn new(id: NodeId) -> Self {
        Proposer::restore(id, DurableProposerState::new())
    }

    /// A proposer restored from its durable state. It has no campaigns.
    pub fn restore(id: NodeId, durable: DurableProposerState) -> Self {
        Proposer { id, durable, campaigns: BTreeMap::new(), leadership: None }
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
    /// round is open to it: the lowest one above the attempt begun last whose key is above the
    /// rejecting proposal. `None` if there is none.
    pub fn next_attempt(&self, round: Round) -> Option<Attempt> {
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

    /// Handles a message.
    ///
    /// A `Promise`, `Accepted` or `Rejected` counts if it comes from an acceptor of the cluster
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
            Message::Rejected { key, promised } if self.is_answer(cluster, from, key) => {
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
        let attempt = self.next_attempt(round).ok_or(ProposeError::AttemptsExhausted { round })?;
        let event = ProposerEvent { round, attempt };
        self.durable.apply(event);
        self.campaigns.insert(round, Campaign::preparing(own));
        let prepare = Message::Prepare { key: self.key(round, attempt) };
        Ok(ProposerStep {
            event: Some(event),
            outgoing: broadcast(cluster.acceptors(), &prepare),
            result: None,
        })
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
        let is_possible = by.round == round && by > key;
        let campaign = self.campaigns.get_mut(&round).filter(|_| is_possible);
        let ended = campaign.is_some_and(|campaign| campaign.reject(by));
        ProposerStep {
            result: ended.then_some(ProposeResult::Rejected { round, by }),
            ..ProposerStep::nothing()
        }
    }

    /// Ends the campaign for a round, if there is one that is undecided.
    fn learn(&mut self, round: Round, value: V) -> ProposerStep<V> {
        match self.campaigns.get_mut(&round) {
            Some(campaign) if campaign.learned().is_none() => {
                *campaign = Campaign::Learned { value: value.clone() };
                let result = Some(ProposeResult::Learned { round, value });
                ProposerStep { result, ..ProposerStep::nothing() }
            }
            _ => ProposerStep::nothing(),
        }
    }
}
