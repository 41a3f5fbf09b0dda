//! The learner: a log without gaps.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::cluster::Cluster;
use super::message::{Message, Outgoing};
use super::proposal::{NodeId, ProposalKey, Round};
use super::quorum::QuorumTracker;
use super::snapshot::Snapshot;

/// The most rounds with which a learner answers one [`Message::CatchUp`].
pub const CATCH_UP_BATCH: usize = 64;

/// A message says that a round is decided for a second value. Some node is broken or has lost its
/// disk: Paxos itself excludes this.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, Error,
)]
#[error("round {round} is decided for another value")]
pub struct Conflict {
    /// The round. The learner keeps the value that it learned first.
    pub round: Round,
}

/// The effects of a learner's step.
#[must_use = "entries are handed out once, and messages are to be sent"]
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct LearnerStep<V> {
    /// Entries that can be applied now, in the order of their rounds.
    pub applied: Vec<(Round, V)>,
    /// The messages to send.
    pub outgoing: Vec<Outgoing<V>>,
    /// The conflict, if the message contradicts a known value. It was ignored.
    pub conflict: Option<Conflict>,
    /// Set if the learner that was asked no longer keeps rounds that are missing here: those before this
    /// one have to come from where they are stored.
    pub forgotten: Option<Round>,
    /// A snapshot to install, in place of entries that are missing here. It comes before what is applied.
    pub installed: Option<Snapshot>,
}

impl<V> LearnerStep<V> {
    fn nothing() -> Self {
        LearnerStep {
            applied: Vec::new(),
            outgoing: Vec::new(),
            conflict: None,
            forgotten: None,
            installed: None,
        }
    }
}

/// A learner. It hands out decided rounds in order and without gaps, each once.
///
/// It learns from `Learned` messages, and from the acceptors' `Accepted` messages if it gets to see
/// them. It keeps the log, so that it can answer other learners that have to catch up; see
/// [`Learner::take`] and [`Learner::forget_before`] for dropping entries that a snapshot has or that are stored
/// elsewhere. Its state need not survive a crash; start it at the right round to avoid getting entries twice.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Learner<V> {
    pub(crate) next: Round,
    /// In place of entries before it.
    pub(crate) snapshot: Option<Snapshot>,
    pub(crate) applied: BTreeMap<Round, V>,
    /// Decided rounds beyond a gap. The round `next` is never here.
    pub(crate) held_back: BTreeMap<Round, V>,
    /// Votes seen in rounds of which the outcome is not known.
    pub(crate) votes: BTreeMap<Round, QuorumTracker<V>>,
}

impl<V> Learner<V> {
    /// A learner of the rounds from `first` on. Earlier rounds count as applied; messages about
    /// them are ignored.
    pub fn starting_at(first: Round) -> Self {
        Learner {
            next: first,
            snapshot: None,
            applied: BTreeMap::new(),
            held_back: BTreeMap::new(),
            votes: BTreeMap::new(),
        }
    }

    /// The entries handed out and still kept.
    pub fn applied(&self) -> &BTreeMap<Round, V> {
        &self.applied
    }

    /// The first round that has not been handed out. (After [`u64::MAX`] it stays there.)
    pub fn next_round(&self) -> Round {
        self.next
    }

    /// The decided rounds that wait for an earlier one.
    pub fn held_back(&self) -> &BTreeMap<Round, V> {
        &self.held_back
    }

    /// Whether decided rounds wait for an earlier one: a reason to [`Learner::catch_up`].
    pub fn has_gap(&self) -> bool {
        !self.held_back.is_empty()
    }

    /// The value decided in a round, if it is known here.
    pub fn value(&self, round: Round) -> Option<&V> {
        self.applied.get(&round).or_else(|| self.held_back.get(&round))
    }

    /// The message that asks another learner for missing or new rounds.
    pub fn catch_up(&self) -> Message<V> {
        Message::CatchUp { from: self.next }
    }

    /// Drops applied entries before `round`, which the caller has stored elsewhere.
    ///
    /// A learner that asks for earlier rounds is told so by a [`Message::Forgotten`], gets the remaining
    /// ones, and needs the rest from there.
    pub fn forget_before(&mut self, round: Round) {
        self.applied = self.applied.split_off(&round);
    }

    /// The last snapshot, if there is one.
    pub fn snapshot(&self) -> Option<&Snapshot> {
        self.snapshot.as_ref()
    }

    /// Takes a snapshot of what is applied here, in place of those entries, for learners that are behind. Returns
    /// whether it is newer than the last; it is ignored if not, or if it has rounds that are not applied here.
    pub fn take(&mut self, snapshot: Snapshot) -> bool {
        let newest = self.snapshot.as_ref().map(|snapshot| snapshot.before);
        if snapshot.before > self.next || newest >= Some(snapshot.before) {
            return false;
        }
        self.forget_before(snapshot.before);
        self.snapshot = Some(snapshot);
        true
    }

    /// Whether the outcome of a round is known, or was known and is dropped.
    pub fn is_settled(&self, round: Round) -> bool {
        round < self.next || self.value(round).is_some()
    }
}

impl<V: Clone + PartialEq> Learner<V> {
    /// Adds a decided round, and returns the entries that can be applied now, in order.
    ///
    /// A round beyond a gap is held back until the gap is closed. A round that is known, dropped,
    /// or before the first returns nothing.
    ///
    /// # Errors
    ///
    /// [`Conflict`] if the round is known with another value. Then nothing has changed.
    pub fn apply(&mut self, round: Round, value: V) -> Result<Vec<(Round, V)>, Conflict> {
        match self.value(round) {
            Some(known) if *known != value => Err(Conflict { round }),
            Some(_) => Ok(Vec::new()),
            None if round < self.next => Ok(Vec::new()),
            None => {
                self.votes.remove(&round);
                self.held_back.insert(round, value);
                Ok(self.release())
            }
        }
    }

    /// Handles a message.
    ///
    /// - `Learned`, from a proposer or learner of the cluster, is applied. If it contradicts a
    ///   known value, it is ignored and the step has a conflict.
    /// - `Accepted`, from an acceptor of the cluster and for a proposal of one of its proposers, is
    ///   counted; the last vote of a quorum decides the round.
    /// - `CatchUp`, from any member of the cluster, is answered with a `Learned` for each known
    ///   round from there on, up to [`CATCH_UP_BATCH`] of them. For more, ask again. If earlier ones
    ///   have been decided and are not kept, the snapshot comes first, or a `Forgotten` if there is none.
    /// - `Snapshot`, from any member, is taken and is in the step if it has rounds that are missing here.
    /// - `Forgotten`, from a proposer or learner of the cluster, is in the step if rounds that are missing
    ///   here are among those.
    ///
    /// Anything else has no effect.
    pub fn handle(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        message: Message<V>,
    ) -> LearnerStep<V> {
        match message {
            Message::Learned { round, value }
                if cluster.is_proposer(from) || cluster.is_learner(from) =>
            {
                self.learn(round, value)
            }
            Message::Accepted { key, value } => self.on_accepted(cluster, from, key, value),
            Message::CatchUp { from: first } if cluster.is_member(from) => {
                LearnerStep { outgoing: self.tell(from, first), ..LearnerStep::nothing() }
            }
            Message::Snapshot(snapshot)
                if cluster.is_member(from) && snapshot.before > self.next =>
            {
                self.install(snapshot)
            }
            Message::Forgotten { before }
                if (cluster.is_proposer(from) || cluster.is_learner(from))
                    && before > self.next =>
            {
                LearnerStep { forgotten: Some(before), ..LearnerStep::nothing() }
            }
            _ => LearnerStep::nothing(),
        }
    }

    fn install(&mut self, snapshot: Snapshot) -> LearnerStep<V> {
        let before = snapshot.before;
        self.next = before;
        self.applied.clear();
        self.held_back = self.held_back.split_off(&before);
        self.votes = self.votes.split_off(&before);
        self.snapshot = Some(snapshot.clone());
        let applied = self.release();
        LearnerStep { applied, installed: Some(snapshot), ..LearnerStep::nothing() }
    }

    fn learn(&mut self, round: Round, value: V) -> LearnerStep<V> {
        match self.apply(round, value) {
            Ok(applied) => LearnerStep { applied, ..LearnerStep::nothing() },
            Err(conflict) => LearnerStep { conflict: Some(conflict), ..LearnerStep::nothing() },
        }
    }

    fn on_accepted(
        &mut self,
        cluster: &Cluster,
        from: NodeId,
        key: ProposalKey,
        value: V,
    ) -> LearnerStep<V> {
        let is_known = cluster.is_acceptor(from) && cluster.is_proposer(key.node);
        if !is_known || self.is_settled(key.round) {
            return LearnerStep::nothing();
        }
        match self.votes.entry(key.round).or_default().track(cluster, from, key, value) {
            Some((key, value)) => self.learn(key.round, value),
            None => LearnerStep::nothing(),
        }
    }

    /// The answer to a `CatchUp` from `to`.
    fn tell(&self, to: NodeId, first: Round) -> Vec<Outgoing<V>> {
        let kept = self.applied.keys().next().copied().unwrap_or(self.next);
        let instead = match &self.snapshot {
            Some(snapshot) if snapshot.before >= kept => Message::Snapshot(snapshot.clone()),
            _ => Message::Forgotten { before: kept },
        };
        let instead = (first < kept).then_some(instead);
        let known = self.applied.range(first..).chain(self.held_back.range(first..));
        let known = known
            .take(CATCH_UP_BATCH)
            .map(|(&round, value)| Message::Learned { round, value: value.clone() });
        instead.into_iter().chain(known).map(|message| Outgoing { to, message }).collect()
    }

    /// Applies the rounds that are no longer held back by a gap, and returns them.
    fn release(&mut self) -> Vec<(Round, V)> {
        let mut released = Vec::new();
        while let Some(value) = self.held_back.remove(&self.next) {
            self.applied.insert(self.next, value.clone());
            released.push((self.next, value));
            // There is no round after the last; it counts as known because it is applied.
            self.next = self.next.next().unwrap_or(self.next);
        }
        released
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cluster, key};
    use super::*;

    fn learned(round: u64, value: char) -> Message<char> {
        Message::Learned { round: Round(round), value }
    }

    #[test]
    fn entries_come_out_in_order_once_the_gap_is_closed() {
        let mut learner = Learner::starting_at(Round(3));
        assert_eq!(learner.apply(Round(5), 'c'), Ok(vec![]));
        assert_eq!(learner.apply(Round(4), 'b'), Ok(vec![]));
        assert!(learner.has_gap());
        assert_eq!(learner.held_back().len(), 2);
        assert_eq!(learner.catch_up(), Message::CatchUp { from: Round(3) });
        let all = vec![(Round(3), 'a'), (Round(4), 'b'), (Round(5), 'c')];
        assert_eq!(learner.apply(Round(3), 'a'), Ok(all));
        assert!(!learner.has_gap());
        assert_eq!(learner.next_round(), Round(6));
        assert_eq!(learner.applied().len(), 3);
    }

    #[test]
    fn a_known_round_changes_nothing() {
        let mut learner = Learner::starting_at(Round(1));
        learner.apply(Round(1), 'a').unwrap();
        learner.apply(Round(3), 'c').unwrap();
        let before = learner.clone();
        for (round, known) in [(Round(1), 'a'), (Round(3), 'c')] {
            assert_eq!(learner.apply(round, known), Ok(vec![]));
            assert_eq!(learner.apply(round, 'z'), Err(Conflict { round }));
        }
        assert_eq!(learner.apply(Round(0), 'z'), Ok(vec![]), "before the first");
        assert_eq!(learner, before);
    }

    #[test]
    fn the_last_round_is_applied_once() {
        let last = Round(u64::MAX);
        let mut learner = Learner::starting_at(last);
        assert_eq!(learner.apply(last, 'z'), Ok(vec![(last, 'z')]));
        assert_eq!(learner.apply(last, 'z'), Ok(vec![]));
        assert_eq!(learner.apply(last, 'y'), Err(Conflict { round: last }));
        assert!(!learner.has_gap());
    }

    #[test]
    fn news_counts_from_proposers_and_learners_only() {
        let cluster = cluster(3, 2);
        let mut learner = Learner::starting_at(Round(0));
        assert_eq!(learner.handle(&cluster, NodeId(0), learned(0, 'a')), LearnerStep::nothing());
        assert_eq!(learner.handle(&cluster, NodeId(99), learned(0, 'a')), LearnerStep::nothing());
        assert_eq!(learner, Learner::starting_at(Round(0)));
        let step = learner.handle(&cluster, NodeId(10), learned(0, 'a'));
        assert_eq!(step.applied, [(Round(0), 'a')]);
        let step = learner.handle(&cluster, NodeId(20), learned(1, 'b'));
        assert_eq!(step.applied, [(Round(1), 'b')]);
    }

    #[test]
    fn a_contradiction_is_reported_and_ignored() {
        let cluster = cluster(3, 2);
        let mut learner = Learner::starting_at(Round(0));
        learner.apply(Round(0), 'a').unwrap();
        let before = learner.clone();
        let step = learner.handle(&cluster, NodeId(10), learned(0, 'b'));
        assert_eq!(step.conflict, Some(Conflict { round: Round(0) }));
        assert_eq!(step.applied, []);
        assert_eq!(learner, before);
    }

    #[test]
    fn watched_votes_decide_a_round() {
        let cluster = cluster(3, 2);
        let mut learner = Learner::starting_at(Round(0));
        let vote = |node| Message::Accepted { key: key(0, 0, node), value: 'a' };
        // Of nobody who votes, and for nobody who proposes.
        for (from, node) in [(10, 10), (1, 0)] {
            let step = learner.handle(&cluster, NodeId(from), vote(node));
            assert_eq!(step, LearnerStep::nothing(), "{from} {node}");
            assert_eq!(learner, Learner::starting_at(Round(0)), "{from} {node}");
        }
        for (from, node) in [(0, 10), (1, 11), (0, 10)] {
            let step = learner.handle(&cluster, NodeId(from), vote(node));
            assert_eq!(step, LearnerStep::nothing(), "{from} {node}");
        }
        let step = learner.handle(&cluster, NodeId(1), vote(10));
        assert_eq!(step.applied, [(Round(0), 'a')]);
        let _ = learner.handle(&cluster, NodeId(2), vote(10));
        assert!(learner.votes.is_empty(), "votes in a settled round are not kept");
    }

    #[test]
    fn catching_up_goes_in_batches() {
        let cluster = cluster(3, 2);
        let mut ahead = Learner::starting_at(Round(0));
        for round in (0..100).chain([105]) {
            ahead.apply(Round(round), 'a').unwrap();
        }
        let mut behind = Learner::starting_at(Round(0));
        let mut batches = Vec::new();
        loop {
            let reply = ahead.handle(&cluster, NodeId(20), behind.catch_up()).outgoing;
            let before = behind.next_round();
            batches.push(reply.len());
            for Outgoing { to, message } in reply {
                assert_eq!(to, NodeId(20));
                let _ = behind.handle(&cluster, NodeId(21), message);
            }
            if behind.next_round() == before {
                break;
            }
        }
        assert_eq!(batches, [CATCH_UP_BATCH, 37, 1]);
        assert_eq!(behind, ahead);
        let stranger = ahead.handle(&cluster, NodeId(99), behind.catch_up());
        assert_eq!(stranger, LearnerStep::nothing());
    }

    #[test]
    fn a_snapshot_brings_a_learner_up_that_is_too_far_behind() {
        let cluster = cluster(3, 2);
        let mut ahead = Learner::starting_at(Round(0));
        for round in 0..5 {
            ahead.apply(Round(round), 'a').unwrap();
        }
        let snapshot = |before| Snapshot { before: Round(before), state: [7].into() };
        assert!(!ahead.take(snapshot(6)), "not applied yet");
        assert!(ahead.take(snapshot(3)));
        assert!(!ahead.take(snapshot(3)) && !ahead.take(snapshot(2)));
        assert_eq!(ahead.snapshot(), Some(&snapshot(3)));
        assert_eq!(ahead.applied().len(), 2);
        let mut behind = Learner::starting_at(Round(0));
        behind.apply(Round(1), 'a').unwrap();
        behind.apply(Round(5), 'f').unwrap();
        let vote = Message::Accepted { key: key(2, 0, 10), value: 'a' };
        let _ = behind.handle(&cluster, NodeId(0), vote);
        let told = ahead.handle(&cluster, NodeId(20), behind.catch_up()).outgoing;
        let told: Vec<_> = told.into_iter().map(|it| it.message).collect();
        assert_eq!(told, [Message::Snapshot(snapshot(3)), learned(3, 'a'), learned(4, 'a')]);
        let steps: Vec<_> = told
            .into_iter()
            .map(|message| behind.handle(&cluster, NodeId(21), message))
            .map(|step| (step.installed, step.applied))
            .collect();
        let expected = [
            (Some(snapshot(3)), vec![]),
            (None, vec![(Round(3), 'a')]),
            (None, vec![(Round(4), 'a'), (Round(5), 'f')]),
        ];
        assert_eq!(steps, expected);
        assert!(behind.votes.is_empty() && behind.is_settled(Round(0)));
        // It can tell others now, and believes no stranger.
        let mut third = Learner::<char>::starting_at(Round(0));
        let told = behind.handle(&cluster, NodeId(20), third.catch_up()).outgoing;
        assert_eq!(told[0].message, Message::Snapshot(snapshot(3)));
        let step = third.handle(&cluster, NodeId(99), Message::Snapshot(snapshot(3)));
        assert_eq!(step, LearnerStep::nothing());
        // A snapshot that leaves a gap to what is kept would not help.
        behind.forget_before(Round(4));
        let told = behind.handle(&cluster, NodeId(20), third.catch_up()).outgoing;
        assert_eq!(told[0].message, Message::Forgotten { before: Round(4) });
    }

    #[test]
    fn what_is_forgotten_stays_settled() {
        let mut learner = Learner::starting_at(Round(0));
        for round in 0..4 {
            learner.apply(Round(round), 'a').unwrap();
        }
        learner.forget_before(Round(3));
        assert_eq!(learner.applied().len(), 1);
        let cluster = cluster(3, 2);
        let asked = |learner: &mut Learner<char>, from| {
            let reply = learner.handle(&cluster, NodeId(20), Message::CatchUp { from });
            reply.outgoing.into_iter().map(|it| it.message).collect::<Vec<_>>()
        };
        let forgotten = Message::Forgotten { before: Round(3) };
        assert_eq!(asked(&mut learner, Round(0)), [forgotten.clone(), learned(3, 'a')]);
        assert_eq!(asked(&mut learner, Round(3)), [learned(3, 'a')]);
        assert_eq!(asked(&mut learner, Round(4)), []);
        // Who asked says so, unless it does not need those rounds. A stranger is not believed.
        let mut behind = Learner::<char>::starting_at(Round(1));
        let step = behind.handle(&cluster, NodeId(10), forgotten.clone());
        assert_eq!(step, LearnerStep { forgotten: Some(Round(3)), ..LearnerStep::nothing() });
        assert_eq!(behind, Learner::starting_at(Round(1)));
        for (from, mut asks) in [
            (99, behind),
            (0, Learner::starting_at(Round(1))),
            (10, Learner::starting_at(Round(3))),
        ] {
            let step = asks.handle(&cluster, NodeId(from), forgotten.clone());
            assert_eq!(step, LearnerStep::nothing(), "{from}");
        }
        // One that started later never had the earlier rounds.
        let mut late = Learner::<char>::starting_at(Round(5));
        assert_eq!(asked(&mut late, Round(2)), [Message::Forgotten { before: Round(5) }]);
        learner.forget_before(Round(4));
        assert_eq!(asked(&mut learner, Round(3)), [Message::Forgotten { before: Round(4) }]);
        assert_eq!(learner.apply(Round(0), 'a'), Ok(vec![]));
        assert_eq!(learner.next_round(), Round(4));
    }
}
