//! A leader detector, so that proposers do not outbid each other for ever.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::cluster::Cluster;
use super::proposal::NodeId;

/// A node's view of the leader: the proposer with the lowest number that it does not suspect.
///
/// Two proposers can outbid each other for ever; no asynchronous algorithm for consensus is free of
/// this (Fischer, Lynch, Paterson 1985). If all nodes eventually agree on a leader, and only the
/// leader retries, rounds get decided: this is the leader detector Omega of Chandra, Hadzilacos and
/// Toueg (1996). Agreement on the leader matters for liveness only, never for safety.
///
/// The caller decides when to suspect a node and when to trust it again, for example by missed
/// heartbeats.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Leadership {
    suspected: BTreeSet<NodeId>,
}

impl Leadership {
    /// No node is suspected.
    pub fn new() -> Self {
        Leadership::default()
    }

    /// Suspects a node of having stopped; returns whether it was not suspected before.
    pub fn suspect(&mut self, node: NodeId) -> bool {
        self.suspected.insert(node)
    }

    /// Trusts a node again; returns whether it was suspected.
    pub fn trust(&mut self, node: NodeId) -> bool {
        self.suspected.remove(&node)
    }

    /// The leader; `None` if every proposer is suspected.
    pub fn leader(&self, cluster: &Cluster) -> Option<NodeId> {
        cluster.proposers().iter().copied().find(|proposer| !self.suspected.contains(proposer))
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::cluster;
    use super::*;

    #[test]
    fn the_leader_is_the_lowest_proposer_that_is_not_suspected() {
        let cluster = cluster(3, 2);
        let mut leadership = Leadership::new();
        assert_eq!(leadership.leader(&cluster), Some(NodeId(10)));
        assert!(leadership.suspect(NodeId(10)));
        assert!(!leadership.suspect(NodeId(10)));
        assert_eq!(leadership.leader(&cluster), Some(NodeId(11)));
        assert!(leadership.suspect(NodeId(11)));
        assert_eq!(leadership.leader(&cluster), None);
        assert!(leadership.trust(NodeId(10)));
        assert!(!leadership.trust(NodeId(10)));
        assert_eq!(leadership.leader(&cluster), Some(NodeId(10)));
    }

    #[test]
    fn acceptors_do_not_lead() {
        let cluster = cluster(3, 1);
        let mut leadership = Leadership::new();
        let _ = leadership.suspect(NodeId(0));
        assert_eq!(leadership.leader(&cluster), Some(NodeId(10)));
    }
}
