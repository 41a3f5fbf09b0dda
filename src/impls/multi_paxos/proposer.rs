//! The proposer: getting a value chosen in a round.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::campaign::{Campaign, DurableProposerState};
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
        /// What the acceptor had promised instead.
        by: ProposalKey,
    },
    /// The round is decided, for the client's value or another's.
    Learned {
        /// The round.
        round: Round,
        /// The value chosen.
        value: V,
    },
}

/// What a proposer wants done, in this order: persist, then send, then look at the result.
#[must_use = "what is to persist must be on disk before the messages leave"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ProposerStep<V> {
    /// What must be on disk before the messages leave; `None` if it has not changed.
    pub persist: Option<DurableProposerState>,
    /// The messages to send.
    pub outgoing: Vec<Outgoing<V>>,
    /// How the attempt ended, if it did with this step.
    pub result: Option<ProposeResult<V>>,
}

impl<V> ProposerStep<V> {
    pub(super) fn nothing() -> Self {
        ProposerStep { persist: None, outgoing: Vec::new(), result: None }
    }
}

/// A proposer, with at most one campaign per round.
///
/// It follows the two phases of "Paxos Made Simple", for each round apart. It has no timers: when
/// to retry is for the caller to say. A campaign that ended by learning keeps its outcome until
/// [`Proposer::give_up`].
///
/// A message that is stale, doubled, or not from whom it should be has no effect.
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

    /// A proposer that goes on from what survived a crash. It has no campaigns.
    pub fn restore(id: NodeId, durable: DurableProposerState) -> Self {
        Proposer { id, durable, campaigns: BTreeMap::new(), leadership: None }
    }

    /// The proposer, giving way to the leader from now on: it makes one attempt in a round, and makes
    /// another only while it leads itself. Until then it waits to be told what the leader has brought
    /// about. Without this, it tries again whenever it is asked to.
    #[must_use]
    pub fn with_leadership(self, leadership: Leadership) -> Self {
        Proposer { leadership: Some(leadership), ..self }
    }

    /// Whom it takes for the leader, to suspect and to trust nodes; `None` if it gives way to nobody.
    pub fn leadership_mut(&mut self) -> Option<&mut Leadership> {
        self.leadership.as_mut()
    }

    /// The node that it is.
    pub fn id(&self) -> NodeId {
        self.id
    }

    /// What must survive a crash.
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
    /// round is open to it: the lowest that is above the one begun last and whose key is above
    /// what rejected that. `None` if there is none.
    pub fn next_attempt(&self, round: Round) -> Option<Attempt> {
        let unused = match self.durable.attempt(round) {
            Some(begun) => begun.next()?,
            None => Attempt(0),
        };
        // What rejected the attempts of this campaign needs no memory: the one begun last is above it.
        // A campaign that was given up takes what rejected it along; the next climbs from its attempt.
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
    /// The attempt stays used. What the campaign has proposed may still be chosen.
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
    /// The first attempt is 0 in a round that was never tried, and otherwise above all that were
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

    /// Begins the campaign's next attempt, with the client's own value again: after a rejection,
    /// or when answers have been waited for long enough.
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

    /// Takes in a message.
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
        self.durable.attempts.insert(round, attempt);
        self.campaigns.insert(round, Campaign::preparing(own));
        let prepare = Message::Prepare { key: self.key(round, attempt) };
        Ok(ProposerStep {
            persist: Some(self.durable.clone()),
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

#[cfg(test)]
mod tests {
    use super::super::testing::{cluster, key};
    use super::*;

    const ROUND: Round = Round(0);

    fn proposing(cluster: &Cluster) -> Proposer<char> {
        let mut proposer = Proposer::new(NodeId(10));
        let _ = proposer.propose(cluster, ROUND, 'o').unwrap();
        proposer
    }

    fn promise(attempt: u32, accepted: Option<(ProposalKey, char)>) -> Message<char> {
        let accepted = accepted.map(|(key, value)| AcceptedProposal { key, value });
        Message::Promise { key: key(0, attempt, 10), accepted }
    }

    fn accepted(attempt: u32, value: char) -> Message<char> {
        Message::Accepted { key: key(0, attempt, 10), value }
    }

    fn rejected(attempt: u32, promised: ProposalKey) -> Message<char> {
        Message::Rejected { key: key(0, attempt, 10), promised }
    }

    /// A proposer whose attempt 0 is in phase 2.
    fn accepting(cluster: &Cluster) -> Proposer<char> {
        let mut proposer = proposing(cluster);
        let _ = proposer.handle(cluster, NodeId(0), promise(0, None));
        let _ = proposer.handle(cluster, NodeId(1), promise(0, None));
        proposer
    }

    #[test]
    fn a_round_is_won_in_two_phases() {
        let cluster = cluster(3, 2);
        let mut proposer = Proposer::new(NodeId(10));
        let step = proposer.propose(&cluster, ROUND, 'o').unwrap();
        assert_eq!(step.persist.as_ref(), Some(proposer.durable()));
        let prepare = Message::Prepare { key: key(0, 0, 10) };
        assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &prepare));

        let step = proposer.handle(&cluster, NodeId(0), promise(0, None));
        assert_eq!(step, ProposerStep::nothing());
        let step = proposer.handle(&cluster, NodeId(1), promise(0, None));
        let accept = Message::Accept { key: key(0, 0, 10), value: 'o' };
        assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &accept));

        let step = proposer.handle(&cluster, NodeId(1), accepted(0, 'o'));
        assert_eq!(step, ProposerStep::nothing());
        let step = proposer.handle(&cluster, NodeId(2), accepted(0, 'o'));
        let learned = Message::Learned { round: ROUND, value: 'o' };
        assert_eq!(step.outgoing, broadcast(cluster.learners(), &learned));
        assert_eq!(step.result, Some(ProposeResult::Learned { round: ROUND, value: 'o' }));
        assert_eq!(proposer.learned(ROUND), Some(&'o'));
    }

    #[test]
    fn a_vote_told_of_is_proposed_and_the_own_value_comes_back_on_retry() {
        let cluster = cluster(3, 2);
        let mut proposer = Proposer::restore(NodeId(10), proposing(&cluster).durable().clone());
        let _ = proposer.propose(&cluster, ROUND, 'o').unwrap();
        let _ = proposer.handle(&cluster, NodeId(0), promise(1, Some((key(0, 0, 11), 'x'))));
        let step = proposer.handle(&cluster, NodeId(1), promise(1, None));
        let accept = Message::Accept { key: key(0, 1, 10), value: 'x' };
        assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &accept));

        let _ = proposer.retry(&cluster, ROUND).unwrap();
        let _ = proposer.handle(&cluster, NodeId(1), promise(2, None));
        let step = proposer.handle(&cluster, NodeId(2), promise(2, None));
        let accept = Message::Accept { key: key(0, 2, 10), value: 'o' };
        assert_eq!(step.outgoing, broadcast(cluster.acceptors(), &accept));
    }

    #[test]
    fn who_does_not_lead_tries_once_and_again_when_the_leader_is_suspected() {
        let cluster = cluster(3, 2);
        let mut proposer = Proposer::new(NodeId(11)).with_leadership(Leadership::new());
        let _ = proposer.propose(&cluster, ROUND, 'o').unwrap();
        let before = proposer.clone();
        let gives_way = ProposeError::NotLeader { round: ROUND, leader: NodeId(10) };
        assert_eq!(proposer.retry(&cluster, ROUND), Err(gives_way));
        assert_eq!(proposer, before);
        assert!(proposer.leadership_mut().unwrap().suspect(NodeId(10)));
        assert_eq!(proposer.retry(&cluster, ROUND).map(|step| step.outgoing.len()), Ok(3));
    }

    #[test]
    fn a_rejection_ends_the_attempt_and_the_next_one_outbids_it() {
        let cluster = cluster(3, 2);
        for mut proposer in [proposing(&cluster), accepting(&cluster)] {
            let by = key(0, 4, 11);
            let step = proposer.handle(&cluster, NodeId(2), rejected(0, by));
            assert_eq!(step.result, Some(ProposeResult::Rejected { round: ROUND, by }));
            let before = proposer.clone();
            for late in [promise(0, None), accepted(0, 'o'), rejected(0, key(0, 9, 11))] {
                let step = proposer.handle(&cluster, NodeId(1), late);
                assert_eq!(step, ProposerStep::nothing());
            }
            assert_eq!(proposer, before);
            assert_eq!(proposer.next_attempt(ROUND), Some(Attempt(5)));
            let _ = proposer.retry(&cluster, ROUND).unwrap();
            assert_eq!(proposer.current_key(ROUND), Some(key(0, 5, 10)));
        }
    }

    #[test]
    fn a_lower_node_is_outbid_without_a_higher_attempt_than_its_own() {
        let cluster = cluster(3, 2);
        let mut proposer = Proposer::new(NodeId(11));
        let _ = proposer.propose(&cluster, ROUND, 'o').unwrap();
        let rejected = Message::Rejected { key: key(0, 0, 11), promised: key(0, 4, 10) };
        let _ = proposer.handle(&cluster, NodeId(0), rejected);
        assert_eq!(proposer.next_attempt(ROUND), Some(Attempt(4)));
    }

    #[test]
    fn foreign_answers_have_no_effect() {
        let cluster = cluster(3, 2);
        let preparing = [
            (NodeId(9), promise(0, None)),
            (NodeId(0), promise(1, None)),
            (NodeId(0), Message::Promise { key: key(0, 0, 11), accepted: None }),
            (NodeId(0), promise(0, Some((key(0, 0, 10), 'x')))),
            (NodeId(0), promise(0, Some((key(0, 1, 11), 'x')))),
            (NodeId(0), promise(0, Some((key(1, 0, 10), 'x')))),
            (NodeId(0), accepted(0, 'o')),
            (NodeId(0), rejected(0, key(0, 0, 10))),
            (NodeId(0), rejected(0, key(1, 0, 10))),
            (NodeId(9), rejected(0, key(0, 1, 11))),
            (NodeId(0), Message::Learned { round: ROUND, value: 'x' }),
            (NodeId(11), Message::Learned { round: Round(1), value: 'x' }),
            (NodeId(11), Message::CatchUp { from: ROUND }),
        ];
        assert_no_effect(&cluster, proposing(&cluster), preparing);
        let in_phase_2 = [
            (NodeId(9), accepted(0, 'o')),
            (NodeId(0), accepted(0, 'x')),
            (NodeId(0), accepted(1, 'o')),
            (NodeId(2), promise(0, None)),
        ];
        assert_no_effect(&cluster, accepting(&cluster), in_phase_2);
    }

    fn assert_no_effect(
        cluster: &Cluster,
        mut proposer: Proposer<char>,
        messages: impl IntoIterator<Item = (NodeId, Message<char>)>,
    ) {
        let before = proposer.clone();
        for (from, message) in messages {
            let step = proposer.handle(cluster, from, message.clone());
            assert_eq!(step, ProposerStep::nothing(), "{message:?}");
            assert_eq!(proposer, before, "{message:?}");
        }
    }

    #[test]
    fn duplicates_count_once() {
        let cluster = cluster(3, 2);
        let mut proposer = proposing(&cluster);
        for _ in 0..3 {
            let step = proposer.handle(&cluster, NodeId(0), promise(0, None));
            assert_eq!(step, ProposerStep::nothing());
        }
        let mut proposer = accepting(&cluster);
        for _ in 0..3 {
            let step = proposer.handle(&cluster, NodeId(0), accepted(0, 'o'));
            assert_eq!(step, ProposerStep::nothing());
        }
    }

    #[test]
    fn news_of_the_outcome_ends_the_campaign() {
        let cluster = cluster(3, 2);
        let mut proposer = proposing(&cluster);
        let news = |value| Message::Learned { round: ROUND, value };
        let step = proposer.handle(&cluster, NodeId(20), news('x'));
        assert_eq!(step.result, Some(ProposeResult::Learned { round: ROUND, value: 'x' }));
        assert_eq!(step.outgoing, []);
        assert_eq!(proposer.handle(&cluster, NodeId(11), news('y')), ProposerStep::nothing());
        assert_eq!(proposer.learned(ROUND), Some(&'x'));
        let decided = Err(ProposeError::Decided { round: ROUND });
        assert_eq!(proposer.propose(&cluster, ROUND, 'o'), decided);
        assert_eq!(proposer.retry(&cluster, ROUND), decided);
    }

    #[test]
    fn a_campaign_cannot_be_started_twice_but_given_up() {
        let cluster = cluster(3, 2);
        let mut proposer = proposing(&cluster);
        let before = proposer.clone();
        let running = Err(ProposeError::CampaignRunning { round: ROUND });
        assert_eq!(proposer.propose(&cluster, ROUND, 'p'), running);
        let none = Err(ProposeError::NoCampaign { round: Round(1) });
        assert_eq!(proposer.retry(&cluster, Round(1)), none);
        assert_eq!(proposer, before);

        assert!(proposer.give_up(ROUND));
        assert!(!proposer.give_up(ROUND));
        let _ = proposer.propose(&cluster, ROUND, 'p').unwrap();
        assert_eq!(proposer.current_key(ROUND), Some(key(0, 1, 10)));
    }

    #[test]
    fn only_a_proposer_of_the_cluster_proposes() {
        let cluster = cluster(3, 2);
        let mut proposer = Proposer::new(NodeId(5));
        let error = ProposeError::NotAProposer { node: NodeId(5) };
        assert_eq!(proposer.propose(&cluster, ROUND, 'o'), Err(error));
        assert_eq!(proposer, Proposer::new(NodeId(5)));
    }

    #[test]
    fn attempts_can_be_used_up() {
        let cluster = cluster(3, 2);
        let attempts = [(ROUND, Attempt(u32::MAX))].into();
        let mut proposer = Proposer::restore(NodeId(10), DurableProposerState { attempts });
        let exhausted = Err(ProposeError::AttemptsExhausted { round: ROUND });
        assert_eq!(proposer.propose(&cluster, ROUND, 'o'), exhausted);

        let mut proposer = proposing(&cluster);
        let by = key(0, u32::MAX, 11);
        let _ = proposer.handle(&cluster, NodeId(0), rejected(0, by));
        let before = proposer.clone();
        assert_eq!(proposer.retry(&cluster, ROUND), exhausted);
        assert_eq!(proposer, before);
    }

    #[test]
    fn a_restarted_proposer_never_uses_a_key_again() {
        let cluster = cluster(3, 2);
        let mut proposer = proposing(&cluster);
        let step = proposer.retry(&cluster, ROUND).unwrap();
        let mut proposer = Proposer::restore(NodeId(10), step.persist.unwrap());
        assert_eq!(proposer.campaign(ROUND), None);
        let step = proposer.handle(&cluster, NodeId(0), promise(1, None));
        assert_eq!(step, ProposerStep::nothing());
        let _ = proposer.propose(&cluster, ROUND, 'p').unwrap();
        assert_eq!(proposer.current_key(ROUND), Some(key(0, 2, 10)));
    }
}
