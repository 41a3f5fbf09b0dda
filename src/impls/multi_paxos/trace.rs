//! What a node has done, in the terms of the spec, so that a run can be held against it afterwards.

use serde::{Deserialize, Serialize};

use super::campaign::ProposerEvent;
use super::cluster::Cluster;
use super::durable::AcceptorEvent;
use super::proposal::{Attempt, Ballot, NodeId, ProposalKey, Round};
use super::replica::{Effect, Record, Stored};

/// One entry of a trace. As JSON it is one line, such as
/// `{"node":0,"event":{"Promise":{"round":4,"proposal":{"round":4,"attempt":1,"node":10}}}}`.
///
/// A driver writes the entry of an effect after what the effect writes to disk, and before it sends what comes
/// later. So whatever another node can have heard of is in the trace.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Trace<V> {
    /// The node.
    pub node: NodeId,
    /// What it did.
    pub event: TraceEvent<V>,
}

/// What a node has done, or with what it starts.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum TraceEvent<V> {
    /// The node starts. What was written just before a crash may have no entry.
    Start {
        /// The cluster as it knows it.
        cluster: Cluster,
        /// What is on its disk.
        stored: Stored<V>,
    },
    /// The acceptor has promised: the spec's `Promise(a, p)`.
    Promise {
        /// The round.
        round: Round,
        /// The proposal.
        proposal: ProposalKey,
    },
    /// The acceptor has voted: the spec's `Accept(a, p, v)`.
    Accept {
        /// The round.
        round: Round,
        /// The proposal.
        proposal: ProposalKey,
        /// Its value.
        value: V,
    },
    /// The proposer begins an attempt: the spec's `IncrementAttempt(p, r)`, as often as it takes.
    Attempt {
        /// The round.
        round: Round,
        /// The attempt.
        attempt: Attempt,
    },
    /// The acceptor has promised in every round: the spec's `Promise(a, p)` in each of them.
    PromiseAll {
        /// The ballot of the proposals.
        ballot: Ballot,
    },
    /// The proposer begins an attempt in every round.
    AttemptAll {
        /// The attempt.
        attempt: Attempt,
    },
    /// The acceptor drops the rounds before one, and does not answer in them any more.
    Forget {
        /// The first round that it keeps.
        before: Round,
    },
    /// The learner has a snapshot in place of the rounds before one, all of which are decided.
    Install {
        /// The first round that is not in it.
        before: Round,
    },
    /// The learner applies a round: the spec's `Learn(r, v)`.
    Learn {
        /// The round.
        round: Round,
        /// The value chosen in it.
        value: V,
    },
}

impl<V: Clone> TraceEvent<V> {
    /// What an effect is in the terms of the spec; none for what the spec does not know of.
    pub fn of(effect: &Effect<V>) -> Option<TraceEvent<V>> {
        match effect {
            Effect::Persist(Record::Acceptor(event)) => Some(match event.clone() {
                AcceptorEvent::Promise { round, proposal } => {
                    TraceEvent::Promise { round, proposal }
                }
                AcceptorEvent::Accept { round, proposal, value } => {
                    TraceEvent::Accept { round, proposal, value }
                }
                AcceptorEvent::PromiseAll { ballot } => TraceEvent::PromiseAll { ballot },
                AcceptorEvent::Snapshot(snapshot) => TraceEvent::Forget { before: snapshot.before },
            }),
            &Effect::Persist(Record::Proposer(ProposerEvent::Attempt { round, attempt })) => {
                Some(TraceEvent::Attempt { round, attempt })
            }
            &Effect::Persist(Record::Proposer(ProposerEvent::AttemptAll { attempt })) => {
                Some(TraceEvent::AttemptAll { attempt })
            }
            Effect::Install(snapshot) => Some(TraceEvent::Install { before: snapshot.before }),
            Effect::Apply { round, value } => {
                Some(TraceEvent::Learn { round: *round, value: value.clone() })
            }
            Effect::Send(_)
            | Effect::SetTimer(_)
            | Effect::CancelTimer(_)
            | Effect::Refuse { .. }
            | Effect::Decided { .. }
            | Effect::Rejected { .. }
            | Effect::Leads { .. }
            | Effect::Deposed { .. }
            | Effect::Conflict(_)
            | Effect::Forgotten { .. } => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::super::replica::{Input, Replica, Setup};
    use super::super::testing::{cluster, key};
    use super::*;

    #[test]
    fn a_round_is_told_in_the_terms_of_the_spec() {
        let cluster = cluster(1, 1);
        let ids = [0, 10, 20].map(NodeId);
        let mut nodes: BTreeMap<_, _> = ids
            .into_iter()
            .map(|id| (id, Replica::start(&cluster, id, Stored::default(), Setup::default()).0))
            .collect();
        let round = Round(0);
        let mut inputs = vec![(NodeId(10), Input::Propose { round, value: 'x' })];
        let mut told = Vec::new();
        while let Some((id, input)) = inputs.pop() {
            let Some(node) = nodes.get_mut(&id) else { continue };
            for effect in node.step(&cluster, input) {
                told.extend(TraceEvent::of(&effect).map(|event| Trace { node: id, event }));
                if let Effect::Send(out) = effect {
                    inputs.push((out.to, Input::Message { from: id, message: out.message }));
                }
            }
        }
        let (value, proposal) = ('x', key(0, 0, 10));
        let expected = [
            (10, TraceEvent::Attempt { round, attempt: Attempt(0) }),
            (0, TraceEvent::Promise { round, proposal }),
            (0, TraceEvent::Accept { round, proposal, value }),
            (10, TraceEvent::Learn { round, value }),
            (20, TraceEvent::Learn { round, value }),
        ];
        assert_eq!(told, expected.map(|(node, event)| Trace { node: NodeId(node), event }));
        let line = serde_json::to_string(&told[1]).unwrap();
        assert_eq!(
            line,
            r#"{"node":0,"event":{"Promise":{"round":0,"proposal":{"round":0,"attempt":0,"node":10}}}}"#
        );
        let stored = nodes[&NodeId(0)].stored();
        let start = Trace { node: NodeId(0), event: TraceEvent::Start { cluster, stored } };
        let line = serde_json::to_string(&start).unwrap();
        assert_eq!(serde_json::from_str::<Trace<char>>(&line).unwrap(), start);
    }
}
