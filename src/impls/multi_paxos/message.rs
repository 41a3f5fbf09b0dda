//! The messages between nodes.

use serde::{Deserialize, Serialize};

use super::proposal::{AcceptedProposal, Ballot, NodeId, ProposalKey, Round};
use super::snapshot::Snapshot;

/// A message. The transport knows its sender.
///
/// Messages may be lost, delayed, duplicated and reordered, but not altered.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Message<V> {
    /// Proposer to acceptor, phase 1a: promise to answer no proposal below `key`.
    Prepare {
        /// The proposal.
        key: ProposalKey,
    },
    /// Acceptor to proposer, phase 1b: promised.
    Promise {
        /// The proposal that was prepared.
        key: ProposalKey,
        /// The proposal that the acceptor accepted last in that round, if any.
        accepted: Option<AcceptedProposal<V>>,
    },
    /// Proposer to acceptor, phase 2a: vote for this value.
    Accept {
        /// The proposal.
        key: ProposalKey,
        /// Its value.
        value: V,
    },
    /// Acceptor to proposer (or to a learner that watches), phase 2b: voted.
    Accepted {
        /// The proposal that got the vote.
        key: ProposalKey,
        /// Its value.
        value: V,
    },
    /// Acceptor to proposer: refused, because a higher proposal was promised.
    Rejected {
        /// The proposal that was refused.
        key: ProposalKey,
        /// The higher proposal.
        promised: ProposalKey,
    },
    /// Proposer to acceptor, phase 1a of all rounds at once: promise to answer no proposal below `ballot` in any
    /// round.
    PrepareAll {
        /// The ballot.
        ballot: Ballot,
        /// The first round whose votes are asked for.
        from: Round,
    },
    /// Acceptor to proposer, phase 1b of all rounds at once: promised.
    PromiseAll {
        /// The ballot that was prepared.
        ballot: Ballot,
        /// The last votes in rounds of those asked for, in the order of the rounds.
        votes: Vec<AcceptedProposal<V>>,
        /// The first round of which nothing is told, because the message would be too long.
        until: Option<Round>,
    },
    /// Proposer or learner to learner or proposer: the round is decided.
    Learned {
        /// The round.
        round: Round,
        /// The value chosen in it.
        value: V,
    },
    /// To a learner: send the decided rounds from this one on.
    CatchUp {
        /// The first round asked for.
        from: Round,
    },
    /// Learner to who asked it to catch up: it has decided rounds before this one, and no longer keeps
    /// them.
    Forgotten {
        /// The first round that it may still tell.
        before: Round,
    },
    /// To a learner or an acceptor: what the rounds before one have led to, all of which are decided.
    Snapshot(Snapshot),
}

impl<V> Message<V> {
    /// The round that the message is about; for [`Message::CatchUp`] and [`Message::PrepareAll`] the first of
    /// them, for [`Message::Forgotten`] and [`Message::Snapshot`] the first that is kept. `None` for
    /// [`Message::PromiseAll`].
    pub fn round(&self) -> Option<Round> {
        Some(match self {
            Message::PromiseAll { .. } => return None,
            Message::Snapshot(snapshot) => snapshot.before,
            Message::Prepare { key }
            | Message::Promise { key, .. }
            | Message::Accept { key, .. }
            | Message::Accepted { key, .. }
            | Message::Rejected { key, .. } => key.round,
            Message::Learned { round, .. } => *round,
            Message::CatchUp { from } | Message::PrepareAll { from, .. } => *from,
            Message::Forgotten { before } => *before,
        })
    }
}

/// A message that is to be sent.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Outgoing<V> {
    /// The receiver.
    pub to: NodeId,
    /// The message.
    pub message: Message<V>,
}

/// The same message for each of several receivers, in their order.
pub(super) fn broadcast<'a, V: Clone>(
    to: impl IntoIterator<Item = &'a NodeId>,
    message: &Message<V>,
) -> Vec<Outgoing<V>> {
    to.into_iter().map(|&to| Outgoing { to, message: message.clone() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_message_is_about_a_round() {
        let key = ProposalKey { round: Round(7), ..ProposalKey::default() };
        let snapshot = Snapshot { before: Round(7), state: [].into() };
        let messages = [
            Message::PrepareAll { ballot: key.ballot(), from: Round(7) },
            Message::Snapshot(snapshot),
            Message::Prepare { key },
            Message::Promise { key, accepted: None },
            Message::Accept { key, value: 'x' },
            Message::Accepted { key, value: 'x' },
            Message::Rejected { key, promised: key },
            Message::Learned { round: Round(7), value: 'x' },
            Message::CatchUp { from: Round(7) },
            Message::Forgotten { before: Round(7) },
        ];
        assert!(messages.iter().all(|message| message.round() == Some(Round(7))));
    }

    #[test]
    fn a_broadcast_goes_to_everyone_once() {
        let message: Message<char> = Message::CatchUp { from: Round(0) };
        let out = broadcast(&[NodeId(1), NodeId(2)], &message);
        assert_eq!(out.iter().map(|o| o.to).collect::<Vec<_>>(), [NodeId(1), NodeId(2)]);
        assert!(out.iter().all(|o| o.message == message));
    }
}
