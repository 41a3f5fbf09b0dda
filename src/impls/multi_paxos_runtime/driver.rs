//! A node at work: it hands its replica what happens, and carries out the effects.
//!
//! What is safe is decided by the replica. Decided here is who tries to lead and when, which values share a round,
//! and how often they are sent: a mistake in that costs time, or lets a value wait. That a value which gets into
//! the log twice is applied once is up to [`Sessions`], which all nodes keep alike, and to its name.
//!
//! Only a leader proposes here; no round is prepared for itself.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use mitregate_multi_paxos::{
    Ballot, CATCH_UP_BATCH, DurableProposerState, Effect, Input, Learner, NodeId, Outgoing,
    ProposeError, Proposer, Replica, Round, Setup, Snapshot, Stored, Timer,
};
use serde::Serialize;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;

use super::client::{Append, AppendError};
use super::disk::Disk;
use super::entry::{Applied, Entry, Item, Position};
use super::frame::Letter;
use super::network::Context;
use super::node::{NodeError, Value};
use super::observer::Observer;
use super::sessions::Sessions;
use super::timers::Timers;
use super::timing::{ITEM, jitter};

/// What a node waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Wait {
    /// A timer of its replica.
    Replica(Timer),
    /// Nothing has been heard of a leader: it is to lead itself.
    Leader,
    /// It leads, and is to say so again.
    Announce,
    /// Values that are not in the log yet are to be sent again.
    Resend,
}

/// A value of this node's clients that is not applied yet.
struct Pending<V> {
    item: Item<V>,
    done: oneshot::Sender<Result<Position, AppendError>>,
}

/// A snapshot that the application is asked for.
struct Asked {
    before: Round,
    /// As they are before that round.
    sessions: Sessions,
    answer: oneshot::Receiver<Vec<u8>>,
}

/// A node at work.
pub(crate) struct Driver<V, D, O> {
    context: Arc<Context>,
    random: fastrand::Rng,
    replica: Replica<Entry<V>>,
    disk: D,
    observer: O,
    links: BTreeMap<NodeId, mpsc::Sender<Letter<V>>>,
    log: mpsc::UnboundedSender<Applied<V>>,
    timers: Timers<Wait>,
    /// What is to be handed to the replica.
    inputs: VecDeque<Input<Entry<V>>>,
    /// The name of this start, and how many values it has named.
    start: u64,
    sequence: u64,
    pending: BTreeMap<u64, Pending<V>>,
    /// Those of them that are to be handed to the leader.
    unsent: Vec<Item<V>>,
    /// Who leads, as far as is known, and the highest ballot heard of.
    leader: Option<NodeId>,
    best: Option<Ballot>,
    /// As a leader: values without a round, and what is proposed in rounds that are not applied.
    queue: VecDeque<Item<V>>,
    in_flight: BTreeMap<Round, Entry<V>>,
    /// Since when nothing of it was applied.
    waiting_since: Instant,
    /// The names of all values in these two.
    known: BTreeSet<(NodeId, u64, u64)>,
    sessions: Sessions,
    asked: Option<Asked>,
    last_snapshot: Round,
    /// Where the learner was when it last asked for what it has missed.
    asked_from: Round,
}

fn name<V>(item: &Item<V>) -> (NodeId, u64, u64) {
    (item.origin, item.start, item.sequence)
}

impl<V: Value, D: Disk<Entry<V>>, O: Observer<Entry<V>>> Driver<V, D, O> {
    pub(crate) async fn start(
        context: Arc<Context>,
        (random, start): (fastrand::Rng, u64),
        (disk, stored): (D, Stored<Entry<V>>),
        mut observer: O,
        links: BTreeMap<NodeId, mpsc::Sender<Letter<V>>>,
        log: mpsc::UnboundedSender<Applied<V>>,
    ) -> Result<Self, NodeError> {
        let (id, cluster) = (context.id, context.members.cluster().clone());
        observer.starts(id, &cluster, &stored).map_err(NodeError::Observer)?;
        let promise_batch = context.timing.promise_batch;
        let setup = Setup { promise_batch, ..Setup::default() };
        let is_first_start = stored.proposer == DurableProposerState::new();
        let floor = stored.proposer.floor();
        let best = floor.map(|attempt| Ballot { attempt, node: id });
        let (replica, effects) = Replica::start(&cluster, id, stored, setup);
        let mut driver = Driver {
            start,
            context,
            random,
            replica,
            disk,
            observer,
            links,
            log,
            timers: Timers::default(),
            inputs: VecDeque::new(),
            sequence: 0,
            pending: BTreeMap::new(),
            unsent: Vec::new(),
            leader: None,
            // Who led with less has been deposed.
            best,
            queue: VecDeque::new(),
            in_flight: BTreeMap::new(),
            waiting_since: Instant::now(),
            known: BTreeSet::new(),
            sessions: Sessions::default(),
            asked: None,
            last_snapshot: Round(0),
            asked_from: Round(0),
        };
        driver.carry_out(effects).await?;
        if cluster.is_proposer(id) {
            // Somebody may lead already, who says so within a quarter of this time, once it has found this node again.
            let patience = driver.context.timing.leader;
            let wait = match cluster.proposers().len() {
                1 => Duration::ZERO,
                _ if is_first_start => driver.random_part(patience / 4) + patience / 4,
                _ => driver.random_part(patience) + patience,
            };
            driver.set(Wait::Leader, wait);
            let again = driver.resend_after();
            driver.set(Wait::Resend, again);
        }
        Ok(driver)
    }

    /// Whether a client may hand in another value.
    pub(crate) fn has_room(&self) -> bool {
        self.pending.len() < self.context.timing.window.max(1)
    }

    pub(crate) fn append(&mut self, Append { value, done }: Append<V>) {
        let (origin, start, sequence) = (self.context.id, self.start, self.sequence);
        self.sequence += 1;
        let item = Item { origin, start, sequence, value };
        self.unsent.push(item.clone());
        self.pending.insert(sequence, Pending { item, done });
    }

    pub(crate) fn receive(&mut self, from: NodeId, letter: Letter<V>) {
        match letter {
            Letter::Message(message) => self.inputs.push_back(Input::Message { from, message }),
            Letter::Leads(ballot) if ballot.node == from && Some(ballot) >= self.best => {
                if self.leads() {
                    self.inputs.push_back(Input::Resign { by: ballot });
                } else {
                    self.follow(ballot);
                }
            }
            Letter::Forward(items) if self.leads() => {
                for item in items {
                    self.offer(item);
                }
            }
            // Of somebody who leads no more, or to somebody who does not.
            Letter::Leads(_) | Letter::Forward(_) => {}
        }
    }

    pub(crate) fn has_timers(&self) -> bool {
        !self.timers.is_empty()
    }

    pub(crate) fn next_timer(&self) -> Instant {
        self.timers.next()
    }

    pub(crate) fn take_timers(&mut self) {
        while let Some(timer) = self.timers.take() {
            match timer {
                Wait::Replica(timer) => {
                    if timer == Timer::CatchUp {
                        self.asked_from = self.next_round();
                    }
                    self.inputs.push_back(Input::TimeOut(timer));
                }
                Wait::Leader if !self.leads() => self.inputs.push_back(Input::Lead),
                Wait::Announce if self.leads() => self.announce(),
                Wait::Leader | Wait::Announce => {}
                Wait::Resend => {
                    self.resend();
                    let again = self.resend_after();
                    self.set(Wait::Resend, again);
                }
            }
        }
    }

    /// Waits for the application's snapshot, for ever if none is asked for. `None` if there will be none.
    pub(crate) async fn snapshot_answered(&mut self) -> Option<Vec<u8>> {
        match &mut self.asked {
            Some(asked) => (&mut asked.answer).await.ok(),
            None => std::future::pending().await,
        }
    }

    pub(crate) fn take_snapshot(&mut self, answer: Option<Vec<u8>>) {
        let (Some(asked), Some(state)) = (self.asked.take(), answer) else { return };
        let most = self.context.timing.most_bytes_of_a_round();
        match postcard::to_stdvec(&(asked.sessions, state)) {
            // One that fits into no message helps nobody.
            Ok(state) if state.len() <= self.context.timing.most_bytes - most => {
                let snapshot = Snapshot { before: asked.before, state: state.into() };
                // One for all is enough.
                let to_acceptors = self.leads();
                self.inputs.push_back(Input::Snapshot { snapshot, to_acceptors });
            }
            _ => tracing::warn!(node = self.context.id.0, "a snapshot is too large to be sent"),
        }
    }

    /// Hands in all inputs, and those that they lead to.
    pub(crate) async fn work(&mut self) -> Result<(), NodeError> {
        loop {
            self.hand_over();
            self.propose();
            if self.inputs.is_empty() {
                return Ok(());
            }
            let context = self.context.clone();
            let mut effects = Vec::new();
            for input in std::mem::take(&mut self.inputs) {
                if self.is_due(&input) {
                    effects.extend(self.replica.step(context.members.cluster(), input));
                }
            }
            self.carry_out(effects).await?;
        }
    }

    /// Whether an input is still to be handed in: not if it would prepare a round, because this node leads no more.
    /// Values come back from the nodes of their clients.
    fn is_due(&mut self, input: &Input<Entry<V>>) -> bool {
        let leads_in = |round| self.proposer().is_some_and(|proposer| proposer.leads_in(round));
        match input {
            Input::Propose { round, .. } if !leads_in(*round) => {
                if let Some(entry) = self.in_flight.remove(round) {
                    for item in entry.items.iter() {
                        self.known.remove(&name(item));
                    }
                }
                false
            }
            Input::TimeOut(Timer::Retry(round)) => leads_in(*round),
            _ => true,
        }
    }

    /// Carries out effects. All that is to be persisted goes to disk at once, before anything else is done: that
    /// is earlier than the order of the effects asks for.
    async fn carry_out(&mut self, effects: Vec<Effect<Entry<V>>>) -> Result<(), NodeError> {
        let id = self.context.id;
        let records: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Persist(record) => Some(record.clone()),
                _ => None,
            })
            .collect();
        if !records.is_empty() {
            self.disk.write(records).await?;
            if self.disk.is_long() {
                self.disk.compact(self.replica.stored()).await?;
            }
        }
        for effect in effects {
            self.observer.observe(id, &effect).map_err(NodeError::Observer)?;
            match effect {
                Effect::Send(outgoing) => self.send(outgoing),
                Effect::SetTimer(timer) => self.set_timer(timer),
                Effect::CancelTimer(timer) => self.timers.cancel(Wait::Replica(timer)),
                Effect::Apply { round, value } => self.apply(round, &value),
                Effect::Decided { round, value } => self.decided(round, Some(&value)),
                Effect::Refuse { round, error: ProposeError::Decided { .. } } => {
                    self.decided(round, None);
                }
                // The acceptors say who leads, and what is refused is tried again when its timer runs out.
                Effect::Persist(_) | Effect::Rejected { .. } | Effect::Refuse { .. } => {}
                Effect::Leads { from, unfinished } => self.lead(from, unfinished),
                Effect::Deposed { by } => self.step_down(by),
                Effect::Install(snapshot) => self.install(snapshot)?,
                Effect::Conflict(conflict) => return Err(NodeError::Conflict(conflict)),
                Effect::Forgotten { before } => return Err(NodeError::Forgotten { before }),
            }
        }
        Ok(())
    }

    fn send(&mut self, Outgoing { to, message }: Outgoing<Entry<V>>) {
        let from = self.context.id;
        if to == from {
            self.inputs.push_back(Input::Message { from, message });
        } else {
            self.post(to, Letter::Message(message));
        }
    }

    fn post(&self, to: NodeId, letter: Letter<V>) {
        if let Some(link) = self.links.get(&to) {
            // To a peer that cannot be reached, letters get lost.
            let _ = link.try_send(letter);
        }
    }

    fn set(&mut self, timer: Wait, after: Duration) {
        self.timers.set(timer, Instant::now() + after);
    }

    fn set_timer(&mut self, timer: Timer) {
        let timing = &self.context.timing;
        let wait = match timer {
            Timer::Retry(_) | Timer::Lead => {
                let attempt = timing.attempt;
                attempt + self.random_part(attempt / 2)
            }
            Timer::CatchUp => timing.catch_up,
        };
        self.set(Wait::Replica(timer), wait);
    }

    /// Between half of a time and all of it.
    fn random_part(&mut self, time: Duration) -> Duration {
        jitter(&mut self.random, time, time, 0)
    }

    fn resend_after(&mut self) -> Duration {
        let attempt = self.context.timing.attempt;
        attempt + self.random_part(attempt)
    }

    fn proposer(&self) -> Option<&Proposer<Entry<V>>> {
        self.replica.proposer.as_ref()
    }

    fn leads(&self) -> bool {
        self.proposer().is_some_and(|proposer| proposer.lead_state().is_leading())
    }

    fn next_round(&self) -> Round {
        self.replica.learner.as_ref().map_or(Round(0), Learner::next_round)
    }

    /// Everything that is not in the log goes to the leader once more.
    fn resend(&mut self) {
        self.unsent = self.pending.values().map(|pending| pending.item.clone()).collect();
    }

    /// Hands values of this node's clients to the leader. If none is known, they are sent again once one is.
    fn hand_over(&mut self) {
        if self.unsent.is_empty() {
            return;
        }
        let mut items = std::mem::take(&mut self.unsent);
        if self.leads() {
            for item in items {
                self.offer(item);
            }
        } else if let Some(leader) = self.leader {
            while !items.is_empty() {
                let count = self.fitting(items.iter());
                let rest = items.split_off(count);
                self.post(leader, Letter::Forward(std::mem::replace(&mut items, rest)));
            }
        }
    }

    /// How many of some values fit into one round: at least one.
    fn fitting<'a>(&self, items: impl Iterator<Item = &'a Item<V>>) -> usize {
        let size = |item: &Item<V>| ITEM + size_of_value(item.value.as_ref());
        let mut left = self.context.timing.most_bytes_of_a_round();
        let fits = items.take_while(|item| {
            let size = size(item);
            let fits = size <= left;
            left = left.saturating_sub(size);
            fits
        });
        fits.count().max(1)
    }

    /// Takes a value that is to be proposed, unless it is known here.
    fn offer(&mut self, item: Item<V>) {
        if !self.sessions.is_applied(&item) && self.known.insert(name(&item)) {
            self.queue.push_back(item);
        }
    }

    /// As a leader, gives the values that wait rounds.
    fn propose(&mut self) {
        if !self.leads() {
            return;
        }
        while self.in_flight.len() < self.context.timing.rounds.max(1) {
            let Some(round) = self.free_round() else { return };
            if !self.proposer().is_some_and(|proposer| proposer.leads_in(round)) {
                // The acceptors had too many votes to tell of. Those are decided now.
                if self.in_flight.is_empty() {
                    self.inputs.push_back(Input::Lead);
                }
                return;
            }
            if self.queue.is_empty() {
                return;
            }
            let count = self.fitting(self.queue.iter());
            // Another leader may have had some of them decided.
            let new = self.queue.drain(..count).filter(|item| !self.sessions.is_applied(item));
            let items: Vec<_> = new.collect();
            if !items.is_empty() {
                self.propose_in(round, Entry { items: items.into() });
            }
        }
    }

    /// The first round that is free as far as this node knows.
    fn free_round(&self) -> Option<Round> {
        let learner = self.replica.learner.as_ref()?;
        let is_free =
            |round: &Round| !learner.is_settled(*round) && !self.in_flight.contains_key(round);
        std::iter::successors(Some(learner.next_round()), |round| round.next()).find(is_free)
    }

    fn propose_in(&mut self, round: Round, entry: Entry<V>) {
        if self.in_flight.is_empty() {
            self.waiting_since = Instant::now();
        }
        self.in_flight.insert(round, entry.clone());
        self.inputs.push_back(Input::Propose { round, value: entry });
    }

    /// It leads now. What others have begun is brought to an end, and gaps are filled.
    fn lead(&mut self, from: Round, unfinished: Round) {
        // It may have been deposed by what came together with the last promise.
        if !self.leads() {
            return;
        }
        let id = self.context.id;
        self.leader = Some(id);
        self.best = self.best.max(self.proposer().and_then(Proposer::ballot));
        self.timers.cancel(Wait::Leader);
        self.announce();
        self.resend();
        let is_open = |round: &Round| {
            let learner = self.replica.learner.as_ref();
            learner.is_some_and(|it| !it.is_settled(*round)) && !self.in_flight.contains_key(round)
        };
        let rounds: Vec<_> = (from.0..unfinished.0).map(Round).filter(is_open).collect();
        // What it has proposed with an earlier ballot.
        let again = self.in_flight.keys().map(|&round| Input::TimeOut(Timer::Retry(round)));
        self.inputs.extend(again);
        for round in rounds {
            self.propose_in(round, Entry { items: Arc::new([]) });
        }
    }

    /// Says that it leads, unless it is of no use: it may not reach the acceptors.
    fn announce(&mut self) {
        let patience = self.context.timing.leader;
        let is_stuck = !self.in_flight.is_empty() && self.waiting_since.elapsed() > patience;
        let ballot = self.proposer().and_then(Proposer::ballot);
        if let Some(ballot) = ballot.filter(|_| !is_stuck) {
            for &other in self.context.members.cluster().proposers() {
                self.post(other, Letter::Leads(ballot));
            }
        }
        self.set(Wait::Announce, patience / 4);
    }

    /// Another node leads, or tries to.
    fn follow(&mut self, ballot: Ballot) {
        self.best = self.best.max(Some(ballot));
        if self.leader != Some(ballot.node) {
            self.leader = Some(ballot.node);
            self.resend();
        }
        let patience = self.context.timing.leader;
        let wait = patience + self.random_part(patience);
        self.set(Wait::Leader, wait);
    }

    /// A higher ballot was promised. What was proposed is left to its proposer, who finds it with the acceptors or gets
    /// it from the clients' nodes.
    fn step_down(&mut self, by: Ballot) {
        self.queue.clear();
        self.known.clear();
        self.in_flight.clear();
        if let Some(proposer) = &mut self.replica.proposer {
            let campaigns =
                proposer.campaigns().filter(|(_, campaign)| campaign.learned().is_none());
            let rounds: Vec<_> = campaigns.map(|(round, _)| round).collect();
            for round in rounds {
                proposer.give_up(round);
                self.timers.cancel(Wait::Replica(Timer::Retry(round)));
            }
        }
        self.timers.cancel(Wait::Announce);
        let was_leader = self.leader == Some(self.context.id);
        self.leader = None;
        if by.node == self.context.id || (!was_leader && self.best >= Some(by)) {
            // By a ballot of its own, or of a leader of which nothing was heard.
            self.inputs.push_back(Input::Lead);
        } else {
            self.follow(by);
        }
    }

    /// A round is decided. What was proposed in it, and lost, is proposed in another.
    fn decided(&mut self, round: Round, value: Option<&Entry<V>>) {
        if let Some(mine) = self.in_flight.remove(&round)
            && Some(&mine) != value
        {
            for item in mine.items.iter() {
                self.known.remove(&name(item));
                self.offer(item.clone());
            }
        }
    }

    /// A round is applied, and so are all before it.
    fn apply(&mut self, round: Round, entry: &Entry<V>) {
        self.decided(round, Some(entry));
        self.waiting_since = Instant::now();
        let mut items = Vec::with_capacity(entry.items.len());
        let mut answers = Vec::new();
        for (index, item) in (0..).zip(entry.items.iter()) {
            self.known.remove(&name(item));
            if !self.sessions.apply(item) {
                continue;
            }
            let position = Position { round, index };
            let is_own = item.origin == self.context.id && item.start == self.start;
            if is_own && let Some(pending) = self.pending.remove(&item.sequence) {
                answers.push((pending.done, position));
            }
            items.push((position, item.clone()));
        }
        // If nobody reads the log, it is not missed.
        let _ = self.log.send(Applied::Round { round, items });
        for (done, position) in answers {
            // The client may have gone.
            let _ = done.send(Ok(position));
        }
        let Some(next) = round.next() else { return };
        self.ask_for_snapshot(next);
        if !self.leads() && next.0 >= self.asked_from.0.saturating_add(CATCH_UP_BATCH as u64) {
            // There is more where that came from.
            self.asked_from = next;
            self.inputs.push_back(Input::TimeOut(Timer::CatchUp));
        }
    }

    fn ask_for_snapshot(&mut self, before: Round) {
        let Some(every) = self.context.timing.snapshots else { return };
        if self.asked.is_none() && before.0 - self.last_snapshot.0 >= every.max(1) {
            self.last_snapshot = before;
            let (to_answer, answer) = oneshot::channel();
            let sessions = self.sessions.clone();
            self.asked = Some(Asked { before, sessions, answer });
            let _ = self.log.send(Applied::Snapshot { before, answer: to_answer });
        }
    }

    fn install(&mut self, Snapshot { before, state }: Snapshot) -> Result<(), NodeError> {
        let read = postcard::from_bytes::<(Sessions, Vec<u8>)>(&state);
        let (sessions, state) = read.map_err(|problem| NodeError::Snapshot { before, problem })?;
        self.sessions = sessions;
        self.last_snapshot = before;
        self.asked_from = before;
        self.asked = None;
        let _ = self.log.send(Applied::Install { before, state });
        let (applied, pending) = std::mem::take(&mut self.pending)
            .into_iter()
            .partition(|(_, pending)| self.sessions.is_applied(&pending.item));
        self.pending = pending;
        let applied: BTreeMap<u64, Pending<V>> = applied;
        // All that is in the snapshot is at or before this place, which is all that a barrier needs to know.
        let last = Position { round: Round(before.0.saturating_sub(1)), index: u32::MAX };
        for Pending { item, done } in applied.into_values() {
            let outcome = item.value.map_or(Ok(last), |_| Err(AppendError::Forgotten));
            let _ = done.send(outcome);
        }
        // It has asked for promises from a round on that is in the snapshot.
        if self.proposer().is_some_and(|proposer| proposer.lead_state().is_preparing()) {
            self.inputs.push_back(Input::Lead);
        }
        Ok(())
    }
}

fn size_of_value<V: Serialize>(value: Option<&V>) -> usize {
    let size = |value| postcard::experimental::serialized_size(value).unwrap_or_default();
    value.map_or(0, size)
}
