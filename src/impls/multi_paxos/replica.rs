//! A node: its roles as one step machine, whose effects are in the order in which they are carried out.
//!
//! A driver, be it a model, a simulation or a program with sockets and a disk, hands in what happens, and
//! carries out the effects. It decides nothing. In particular, the effects have a promise written to disk
//! before its reply is sent.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::acceptor::{AcceptorStateStore, PROMISE_BATCH};
use super::campaign::{DurableProposerState, ProposerEvent};
use super::cluster::Cluster;
use super::durable::{AcceptorEvent, DurableAcceptorState};
use super::leadership::Leadership;
use super::learner::{Conflict, Learner};
use super::message::{Message, Outgoing, broadcast};
use super::proposal::{Ballot, NodeId, ProposalKey, Round};
use super::proposer::{ProposeError, ProposeResult, Proposer, ProposerStep};
use super::snapshot::Snapshot;

/// What happens at a node.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Input<V> {
    /// A message arrives.
    Message {
        /// Its sender.
        from: NodeId,
        /// The message.
        message: Message<V>,
    },
    /// A client asks for a value in a round.
    Propose {
        /// The round.
        round: Round,
        /// The value.
        value: V,
    },
    /// The proposer is to lead: to prepare all rounds at once.
    Lead,
    /// Another proposer leads, with this ballot.
    Resign {
        /// Its ballot.
        by: Ballot,
    },
    /// The application has a snapshot of what it has applied: entries before it are no longer needed.
    Snapshot {
        /// The snapshot.
        snapshot: Snapshot,
        /// Whether the acceptors get it, too. It is enough if the leader's do: each sends it to all of them.
        to_acceptors: bool,
    },
    /// A timer has run out.
    TimeOut(Timer),
}

/// A node's timers. How long each runs is the driver's choice. After a crash none is set but those that
/// [`Replica::start`] asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// The proposer begins another attempt in this round, unless it is decided; a leader asks for votes again.
    Retry(Round),
    /// The proposer begins another attempt to lead, unless it does.
    Lead,
    /// The learner asks for the rounds that it has missed.
    CatchUp,
}

/// What is to be done. Each effect is carried out after those before it: a [`Effect::Persist`] is on disk
/// before a later [`Effect::Send`] leaves.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Effect<V> {
    /// Write this to disk, so that it survives a crash. If that fails, nothing that follows may be done, and
    /// the node must stop.
    Persist(Record<V>),
    /// Send a message. It may get lost.
    Send(Outgoing<V>),
    /// Set a timer, anew if it is running.
    SetTimer(Timer),
    /// Stop a timer.
    CancelTimer(Timer),
    /// Apply an entry of the log. Entries come in the order of their rounds, without gaps, each once after a
    /// start. Store the round with what it does, and hand the next one in as [`Setup::first`] after a crash.
    Apply {
        /// The round.
        round: Round,
        /// The value decided in it.
        value: V,
    },
    /// Tell the client that its value is not proposed in the round that it asked for, or that no attempt is
    /// left to go on with it. The value may be chosen all the same.
    Refuse {
        /// The round.
        round: Round,
        /// Why.
        error: ProposeError,
    },
    /// Tell the client how the round that it asked for was decided: with its value or another.
    Decided {
        /// The round.
        round: Round,
        /// The value chosen.
        value: V,
    },
    /// An acceptor refused an attempt. The timer to retry is running; a driver that backs off sets it anew.
    Rejected {
        /// The round.
        round: Round,
        /// The higher proposal that the acceptor had promised.
        by: ProposalKey,
    },
    /// The proposer leads: a value in a round from `from` on takes one round trip.
    Leads {
        /// The first round that it leads in.
        from: Round,
        /// The first round of which no vote was told. Before it, something has to be proposed in each round that is
        /// not decided here, so that the log has no gap; where another value was voted for, that is carried on.
        unfinished: Round,
    },
    /// The proposer does not lead: an acceptor has promised a higher ballot, or somebody leads with one.
    Deposed {
        /// That ballot.
        by: Ballot,
    },
    /// Put this in place of all that was applied so far: entries before it are kept nowhere any more.
    Install(Snapshot),
    /// A round is decided for two values: some node is broken or has lost its disk. The first is kept.
    Conflict(Conflict),
    /// Rounds before this one are missing here, and the learner that was asked keeps them no longer.
    Forgotten {
        /// The first round that it may still tell.
        before: Round,
    },
}

/// What a node writes to disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Record<V> {
    /// An entry of the acceptor's log, from which [`DurableAcceptorState::replay`] makes its state.
    Acceptor(AcceptorEvent<V>),
    /// An entry of the proposer's log, from which [`DurableProposerState::replay`] makes its state.
    Proposer(ProposerEvent),
}

/// What a node finds on its disk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Stored<V> {
    /// The acceptor's state.
    pub acceptor: DurableAcceptorState<V>,
    /// The proposer's.
    pub proposer: DurableProposerState,
}

impl<V> Default for Stored<V> {
    fn default() -> Self {
        Stored { acceptor: DurableAcceptorState::new(), proposer: DurableProposerState::new() }
    }
}

impl<V> Stored<V> {
    /// Adds what was written.
    pub fn apply(&mut self, record: Record<V>) {
        match record {
            Record::Acceptor(event) => self.acceptor.apply(event),
            Record::Proposer(event) => self.proposer.apply(event),
        }
    }
}

/// How a node is set up, besides its roles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Setup {
    /// The detector by which the proposer gives way to a leader; it never does without one.
    pub leadership: Option<Leadership>,
    /// Whether the acceptor sends its votes to the learners too.
    pub votes_to_learners: bool,
    /// The first round that is not applied yet: learners begin there.
    pub first: Round,
    /// Of how many votes the acceptor tells at once when it promises a ballot in all rounds. A leader leads up to the
    /// first round of which it was told nothing.
    pub promise_batch: usize,
}

impl Default for Setup {
    fn default() -> Setup {
        Setup {
            leadership: None,
            votes_to_learners: false,
            first: Round(0),
            promise_batch: PROMISE_BATCH,
        }
    }
}

/// A node with the roles that it has in its cluster.
///
/// A proposer has a learner too. That learns from the node's own campaigns and from what it is told; it asks
/// for missed rounds only if the node is a learner of the cluster. Proposers and acceptors are asked.
///
/// After a crash the campaigns are gone: a client whose round was not decided has to ask again. The roles are
/// public, to be looked at. To change one from outside is to skip the effects, such as writing to disk; what
/// has no input of its own may be called: [`Proposer::leadership_mut`], [`Proposer::give_up`] and
/// [`Learner::forget_before`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Replica<V> {
    pub(crate) id: NodeId,
    /// Answers prepares and accepts.
    pub acceptor: Option<AcceptorStateStore<V>>,
    /// Gets values chosen.
    pub proposer: Option<Proposer<V>>,
    /// Has the log.
    pub learner: Option<Learner<V>>,
    votes_to_learners: bool,
}

impl<V: Clone + PartialEq> Replica<V> {
    /// A node that starts, for the first time or after a crash, and what is to be done first.
    #[must_use = "the effects are to be carried out"]
    pub fn start(
        cluster: &Cluster,
        id: NodeId,
        stored: Stored<V>,
        setup: Setup,
    ) -> (Replica<V>, Vec<Effect<V>>) {
        let is_proposer = cluster.is_proposer(id);
        let acceptor = cluster.is_acceptor(id).then(|| {
            AcceptorStateStore::restore(stored.acceptor).with_promise_batch(setup.promise_batch)
        });
        let proposer = is_proposer.then(|| {
            let proposer = Proposer::restore(id, stored.proposer);
            match setup.leadership {
                Some(leadership) => proposer.with_leadership(leadership),
                None => proposer,
            }
        });
        let learns = is_proposer || cluster.is_learner(id);
        let learner = learns.then(|| Learner::starting_at(setup.first));
        let votes_to_learners = setup.votes_to_learners;
        let catch_up = cluster.is_learner(id).then_some(Effect::SetTimer(Timer::CatchUp));
        (Replica { id, acceptor, proposer, learner, votes_to_learners }, Vec::from_iter(catch_up))
    }

    /// What is on the node's disk once the effects of its last step are carried out: for a log that is written
    /// anew.
    pub fn stored(&self) -> Stored<V> {
        let acceptor = self.acceptor.as_ref().map(|acceptor| acceptor.durable().clone());
        let proposer = self.proposer.as_ref().map(|proposer| proposer.durable().clone());
        Stored { acceptor: acceptor.unwrap_or_default(), proposer: proposer.unwrap_or_default() }
    }

    /// Takes a step. A node ignores messages and timers of roles that it does not have, and a timer of a
    /// round that is decided or was given up.
    #[must_use = "the effects are to be carried out"]
    pub fn step(&mut self, cluster: &Cluster, input: Input<V>) -> Vec<Effect<V>> {
        match input {
            Input::Message { from, message } => self.on_message(cluster, from, message),
            Input::Propose { round, value } => self.on_propose(cluster, round, value),
            Input::Lead => self.on_lead(cluster),
            Input::Resign { by } => {
                let mut effects = Vec::new();
                if let Some(proposer) = &mut self.proposer {
                    let step = proposer.resign(by);
                    self.carry_on(step, &mut effects);
                }
                effects
            }
            Input::Snapshot { snapshot, to_acceptors } => {
                self.on_snapshot(cluster, snapshot, to_acceptors)
            }
            Input::TimeOut(Timer::Lead) => {
                let is_preparing = |proposer: &Proposer<V>| proposer.lead_state().is_preparing();
                if self.proposer.as_ref().is_some_and(is_preparing) {
                    self.on_lead(cluster)
                } else {
                    Vec::new()
                }
            }
            Input::TimeOut(Timer::Retry(round)) => self.on_retry(cluster, round),
            Input::TimeOut(Timer::CatchUp) => self.on_catch_up(cluster),
        }
    }

    fn on_message(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        message: Message<V>,
    ) -> Vec<Effect<V>> {
        let mut effects = Vec::new();
        if let Some(acceptor) = &mut self.acceptor {
            let step = acceptor.handle(cluster, from, message.clone());
            effects.extend(step.event.map(|event| Effect::Persist(Record::Acceptor(event))));
            if let Some(reply) = step.reply {
                if self.votes_to_learners && matches!(reply, Message::Accepted { .. }) {
                    let others = cluster.learners().iter().filter(|&&learner| learner != from);
                    let votes = broadcast(others, &reply);
                    effects.extend(votes.into_iter().map(Effect::Send));
                }
                effects.push(Effect::Send(Outgoing { to: from, message: reply }));
            }
        }
        // A proposer counts the votes for its own proposals.
        let is_counted = matches!(&message, Message::Accepted { key, .. } if key.node == self.id);
        if let Some(learner) = &mut self.learner
            && !(is_counted && self.proposer.is_some())
        {
            let step = learner.handle(cluster, from, message.clone());
            effects.extend(step.outgoing.into_iter().map(Effect::Send));
            if let Some(snapshot) = step.installed {
                let before = snapshot.before;
                effects.push(Effect::Install(snapshot));
                give_up_before(&mut self.proposer, before, &mut effects);
            }
            effects.extend(applied(step.applied));
            if let Some(conflict) = step.conflict {
                // Neither is it for the proposer: the first value is kept.
                effects.push(Effect::Conflict(conflict));
                return effects;
            }
            effects.extend(step.forgotten.map(|before| Effect::Forgotten { before }));
        }
        if let Some(proposer) = &mut self.proposer {
            let step = proposer.handle(cluster, from, message);
            self.carry_on(step, &mut effects);
        }
        effects
    }

    fn on_propose(&mut self, cluster: &Cluster, round: Round, value: V) -> Vec<Effect<V>> {
        let known = self.learner.as_ref().and_then(|learner| learner.value(round));
        let is_settled = self.learner.as_ref().is_some_and(|learner| learner.is_settled(round));
        let step = match (&mut self.proposer, known) {
            (None, _) => Err(ProposeError::NotAProposer { node: self.id }),
            (Some(_), Some(value)) => return vec![Effect::Decided { round, value: value.clone() }],
            (Some(_), None) if is_settled => Err(ProposeError::Decided { round }),
            (Some(proposer), None) => proposer.propose(cluster, round, value),
        };
        match step {
            Ok(step) => {
                let mut effects = vec![Effect::SetTimer(Timer::Retry(round))];
                self.carry_on(step, &mut effects);
                effects
            }
            Err(error) => vec![Effect::Refuse { round, error }],
        }
    }

    fn on_retry(&mut self, cluster: &Cluster, round: Round) -> Vec<Effect<V>> {
        let Some(proposer) = &mut self.proposer else { return Vec::new() };
        let mut effects = Vec::new();
        match proposer.retry(cluster, round) {
            Ok(step) => {
                effects.push(Effect::SetTimer(Timer::Retry(round)));
                self.carry_on(step, &mut effects);
            }
            // The leader decides the round and announces the outcome; it may come to be suspected.
            Err(ProposeError::NotLeader { .. }) => {
                effects.push(Effect::SetTimer(Timer::Retry(round)));
            }
            // The timer is a late one.
            Err(ProposeError::Decided { .. } | ProposeError::NoCampaign { .. }) => {}
            Err(error) => effects.push(Effect::Refuse { round, error }),
        }
        effects
    }

    fn on_lead(&mut self, cluster: &Cluster) -> Vec<Effect<V>> {
        let (Some(proposer), Some(learner)) = (&mut self.proposer, &self.learner) else {
            return Vec::new();
        };
        // Without an attempt left it goes on round by round, which says so.
        let Ok(step) = proposer.lead(cluster, learner.next_round()) else { return Vec::new() };
        let mut effects = vec![Effect::SetTimer(Timer::Lead)];
        self.carry_on(step, &mut effects);
        effects
    }

    /// The acceptors get a snapshot too: who has lost the log's beginning asks them.
    fn on_snapshot(
        &mut self,
        cluster: &Cluster,
        snapshot: Snapshot,
        to_acceptors: bool,
    ) -> Vec<Effect<V>> {
        let Some(learner) = &mut self.learner else { return Vec::new() };
        let mut effects = Vec::new();
        if learner.take(snapshot.clone()) {
            if let Some(acceptor) = &mut self.acceptor {
                let step = acceptor.handle(cluster, self.id, Message::Snapshot(snapshot.clone()));
                effects.extend(step.event.map(|event| Effect::Persist(Record::Acceptor(event))));
            }
            give_up_before(&mut self.proposer, snapshot.before, &mut effects);
            if to_acceptors {
                let others = cluster.acceptors().iter().filter(|&&acceptor| acceptor != self.id);
                let told = broadcast(others, &Message::Snapshot(snapshot));
                effects.extend(told.into_iter().map(Effect::Send));
            }
        }
        effects
    }

    fn on_catch_up(&mut self, cluster: &Cluster) -> Vec<Effect<V>> {
        let Some(learner) = &self.learner else { return Vec::new() };
        // Acceptors may have a snapshot of rounds that no proposer who is left knows.
        let asked: BTreeSet<NodeId> = cluster.proposers() | cluster.acceptors();
        let others = asked.iter().filter(|&&other| other != self.id);
        let questions = broadcast(others, &learner.catch_up());
        let timer = Effect::SetTimer(Timer::CatchUp);
        [timer].into_iter().chain(questions.into_iter().map(Effect::Send)).collect()
    }

    /// The effects of a proposer's step.
    fn carry_on(&mut self, step: ProposerStep<V>, effects: &mut Vec<Effect<V>>) {
        effects.extend(step.event.map(|event| Effect::Persist(Record::Proposer(event))));
        effects.extend(step.outgoing.into_iter().map(Effect::Send));
        for result in step.results {
            match result {
                ProposeResult::Learned { round, value } => {
                    effects.push(Effect::CancelTimer(Timer::Retry(round)));
                    effects.push(Effect::Decided { round, value: value.clone() });
                    match self.learner.as_mut().map(|learner| learner.apply(round, value)) {
                        Some(Ok(entries)) => effects.extend(applied(entries)),
                        Some(Err(conflict)) => effects.push(Effect::Conflict(conflict)),
                        None => {}
                    }
                }
                ProposeResult::Rejected { round, by } => {
                    effects.push(Effect::Rejected { round, by });
                }
                ProposeResult::Leads { from, unfinished } => {
                    effects.push(Effect::CancelTimer(Timer::Lead));
                    effects.push(Effect::Leads { from, unfinished });
                }
                ProposeResult::Deposed { by } => {
                    effects.push(Effect::CancelTimer(Timer::Lead));
                    effects.push(Effect::Deposed { by });
                }
            }
        }
    }
}

/// Ends the campaigns before a snapshot. How those that were not decided here have ended is not known.
fn give_up_before<V>(
    proposer: &mut Option<Proposer<V>>,
    before: Round,
    effects: &mut Vec<Effect<V>>,
) {
    let rounds = proposer.as_mut().map(|proposer| proposer.forget_before(before));
    for round in rounds.into_iter().flatten() {
        effects.push(Effect::CancelTimer(Timer::Retry(round)));
        effects.push(Effect::Refuse { round, error: ProposeError::Decided { round } });
    }
}

fn applied<V>(entries: Vec<(Round, V)>) -> impl Iterator<Item = Effect<V>> {
    entries.into_iter().map(|(round, value)| Effect::Apply { round, value })
}
