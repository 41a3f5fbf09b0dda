//! Faults: each removes a guard or loses a piece of state, so that exactly one law fails first.
//!
//! In the spec a fault weakens a guard of [`super::spec::Spec`]. In the system it sits in the glue
//! around the real types, which themselves have no switch for it: see
//! [`super::system::System`].

use serde::Deserialize;

use super::node::{Disk, Msg, V};
use mitregate_multi_paxos::{
    AcceptedProposal, AcceptorEvent, AcceptorRound, AcceptorStateStore, DurableAcceptorState,
    Input, Message, Proposer, Replica, Round, Snapshot,
};

/// A deliberate fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A proposer goes on to an attempt that is not in `Attempts`.
    AttemptOutOfBounds,
    /// One acceptor counts as a quorum when a value is learned.
    MinorityQuorum,
    /// A proposer proposes a value that no client asked for.
    BlankValue,
    /// A proposer does not carry forward the value that its quorum may have chosen.
    ValueNotCarried,
    /// An acceptor that accepts above its promise does not raise the promise.
    PromiseNotRaised,
    /// An acceptor promises a proposal below its promise.
    PromiseForgotten,
    /// An acceptor accepts below its promise, and replaces its vote.
    LateAccept,
    /// An acceptor loses its durable state in a crash.
    AcceptorAmnesia,
    /// A proposer loses its durable state in a crash, and uses a proposal key again.
    ProposerAmnesia,
    /// An acceptor that promises in all rounds does not tell of its votes.
    VotesNotTold,
    /// An acceptor forgets what it has promised in all rounds.
    PromiseAllForgotten,
    /// A proposer counts what acceptors have promised to an earlier attempt of it to lead.
    OldPromiseCounted,
    /// A snapshot stands for a round more than it has.
    SnapshotTooEarly,
    /// An acceptor answers in rounds that it has dropped for a snapshot, as if they were new.
    ForgottenAnswered,
}

impl Fault {
    /// The faults that the spec and the system both have, each with the law that fails first.
    pub const OF_LAWS: [(Fault, &'static str); 7] = [
        (Fault::AttemptOutOfBounds, "TypeOK"),
        (Fault::MinorityQuorum, "Agreement"),
        (Fault::BlankValue, "Validity"),
        (Fault::ValueNotCarried, "Consistency"),
        (Fault::PromiseNotRaised, "PromiseIntegrity"),
        (Fault::PromiseForgotten, "MonotonicPromises"),
        (Fault::LateAccept, "MonotonicAccepts"),
    ];
}

/// The faults in the glue of [`super::node::Node`]. Each changes the state of a real type from
/// outside, so that the type itself stays as it ships.
impl Fault {
    /// Changes an acceptor before it handles a message.
    pub(super) fn before_acceptor(self, acceptor: &mut AcceptorStateStore<V>, message: &Msg) {
        let asks = matches!(
            message,
            Message::Prepare { .. } | Message::PrepareAll { .. } | Message::Accept { .. }
        );
        if self == Fault::ForgottenAnswered && asks {
            let is_kept = |event: &AcceptorEvent<V>| !matches!(event, AcceptorEvent::Snapshot(_));
            let kept = acceptor.durable().events().filter(is_kept);
            restore(acceptor, DurableAcceptorState::replay(kept));
        }
        if let (Fault::PromiseForgotten, Message::Prepare { key }) = (self, message) {
            change(acceptor, key.round, |round| {
                let accepted = round.accepted().copied();
                AcceptorRound::new(accepted.map(|accepted| accepted.key), accepted)
            });
        }
    }

    /// Changes an acceptor after it has handled a message.
    pub(super) fn after_acceptor(
        self,
        acceptor: &mut AcceptorStateStore<V>,
        before: &DurableAcceptorState<V>,
        message: &Msg,
    ) {
        let is_lost = |event: &AcceptorEvent<V>| match event {
            AcceptorEvent::PromiseAll { .. } => self == Fault::PromiseAllForgotten,
            AcceptorEvent::Promise { .. }
            | AcceptorEvent::Accept { .. }
            | AcceptorEvent::Snapshot(_) => false,
        };
        if acceptor.durable().events().any(|event| is_lost(&event)) {
            let kept = acceptor.durable().events().filter(|event| !is_lost(event));
            restore(acceptor, DurableAcceptorState::replay(kept));
        }
        if let (Fault::ForgottenAnswered, Some(snapshot), None) =
            (self, before.snapshot(), acceptor.durable().snapshot())
        {
            let kept = acceptor.durable().events();
            let kept = kept.chain([AcceptorEvent::Snapshot(snapshot.clone())]);
            restore(acceptor, DurableAcceptorState::replay(kept));
        }
        let Message::Accept { key, value } = message else { return };
        match self {
            Fault::PromiseNotRaised => {
                let promised = before.round(key.round).and_then(AcceptorRound::promised);
                change(acceptor, key.round, |round| {
                    AcceptorRound::new(promised, round.accepted().copied())
                });
            }
            Fault::LateAccept => {
                change(acceptor, key.round, |round| {
                    let late = AcceptedProposal { key: *key, value: *value };
                    let is_late = round.promised() > Some(*key);
                    let accepted = if is_late { Some(late) } else { round.accepted().copied() };
                    AcceptorRound::new(round.promised(), accepted)
                });
            }
            _ => {}
        }
    }

    /// Changes a message before the node receives it.
    pub(super) fn on_the_way(self, node: &Replica<V>, input: Input<V>) -> Input<V> {
        let Input::Message { from, message } = input else { return input };
        let message = match (self, message) {
            (Fault::ValueNotCarried, Message::Promise { key, .. }) => {
                Message::Promise { key, accepted: None }
            }
            (Fault::VotesNotTold, Message::PromiseAll { ballot, .. }) => {
                Message::PromiseAll { ballot, votes: Vec::new(), until: None }
            }
            (Fault::OldPromiseCounted, Message::PromiseAll { ballot, votes, until }) => {
                let current = node.proposer.as_ref().and_then(Proposer::ballot);
                Message::PromiseAll { ballot: current.unwrap_or(ballot), votes, until }
            }
            (Fault::SnapshotTooEarly, Message::Snapshot(Snapshot { before, state })) => {
                let before = before.next().unwrap_or(before);
                Message::Snapshot(Snapshot { before, state })
            }
            (_, message) => message,
        };
        Input::Message { from, message }
    }

    /// Whether a disk survives a crash.
    pub(super) fn keeps(self, disk: &Disk) -> bool {
        !matches!(
            (self, disk),
            (Fault::AcceptorAmnesia, Disk::Acceptor(_))
                | (Fault::ProposerAmnesia, Disk::Proposer(_))
        )
    }
}

/// Replaces all of an acceptor's state.
fn restore(acceptor: &mut AcceptorStateStore<V>, durable: DurableAcceptorState<V>) {
    let batch = acceptor.promise_batch();
    *acceptor = AcceptorStateStore::restore(durable).with_promise_batch(batch);
}

/// Replaces an acceptor's state of a round.
fn change(
    acceptor: &mut AcceptorStateStore<V>,
    round: Round,
    change: impl FnOnce(&AcceptorRound<V>) -> AcceptorRound<V>,
) {
    let durable = acceptor.durable();
    let changed = change(durable.round(round).unwrap_or(&AcceptorRound::default()));
    let others = durable.rounds().filter(|(other, _)| *other != round);
    let rounds = others.map(|(other, known)| (other, known.clone())).chain([(round, changed)]);
    let changed = rounds.collect();
    restore(acceptor, changed);
}
