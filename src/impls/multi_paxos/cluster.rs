//! The nodes of a cluster and their roles.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::proposal::NodeId;

/// The nodes of a cluster, by role. A node may have several roles.
///
/// It is configuration: it is passed to every call and is part of no node's state. It must be the
/// same for all nodes and must not change while they run; majorities of different sets of acceptors
/// need not intersect. Deserialising checks what [`Cluster::new`] checks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Unchecked")]
pub struct Cluster {
    acceptors: BTreeSet<NodeId>,
    proposers: BTreeSet<NodeId>,
    learners: BTreeSet<NodeId>,
}

/// Why a [`Cluster`] is invalid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Error)]
pub enum ClusterError {
    /// Without acceptors nothing is ever chosen.
    #[error("a cluster needs at least one acceptor")]
    NoAcceptors,
    /// Without proposers nothing is ever proposed.
    #[error("a cluster needs at least one proposer")]
    NoProposers,
    /// A node is given twice in one role. Two nodes of one number would vote as one.
    #[error("node {0} is given twice in one role; give every node a number of its own")]
    Twice(NodeId),
}

/// A cluster as it was read, before it is checked.
#[derive(Deserialize)]
#[serde(rename = "Cluster")]
struct Unchecked {
    acceptors: Vec<NodeId>,
    proposers: Vec<NodeId>,
    learners: Vec<NodeId>,
}

impl TryFrom<Unchecked> for Cluster {
    type Error = ClusterError;

    fn try_from(read: Unchecked) -> Result<Cluster, ClusterError> {
        Cluster::new(read.acceptors, read.proposers, read.learners)
    }
}

impl Cluster {
    /// A cluster with these roles. A node may have several.
    ///
    /// The number of acceptors may be odd or even. Learners are optional.
    ///
    /// # Errors
    ///
    /// [`ClusterError`] if there are no acceptors or no proposers, or if a node is given twice in one role.
    pub fn new(
        acceptors: impl IntoIterator<Item = NodeId>,
        proposers: impl IntoIterator<Item = NodeId>,
        learners: impl IntoIterator<Item = NodeId>,
    ) -> Result<Cluster, ClusterError> {
        let cluster = Cluster {
            acceptors: all_different(acceptors)?,
            proposers: all_different(proposers)?,
            learners: all_different(learners)?,
        };
        if cluster.acceptors.is_empty() {
            return Err(ClusterError::NoAcceptors);
        }
        if cluster.proposers.is_empty() {
            return Err(ClusterError::NoProposers);
        }
        Ok(cluster)
    }

    /// The acceptors.
    pub fn acceptors(&self) -> &BTreeSet<NodeId> {
        &self.acceptors
    }

    /// The proposers.
    pub fn proposers(&self) -> &BTreeSet<NodeId> {
        &self.proposers
    }

    /// The learners.
    pub fn learners(&self) -> &BTreeSet<NodeId> {
        &self.learners
    }

    /// The size of a quorum: the smallest strict majority, so that any two quorums intersect.
    pub fn quorum_size(&self) -> usize {
        self.acceptors.len() / 2 + 1
    }

    /// Whether the node is an acceptor.
    pub fn is_acceptor(&self, node: NodeId) -> bool {
        self.acceptors.contains(&node)
    }

    /// Whether the node is a proposer.
    pub fn is_proposer(&self, node: NodeId) -> bool {
        self.proposers.contains(&node)
    }

    /// Whether the node is a learner.
    pub fn is_learner(&self, node: NodeId) -> bool {
        self.learners.contains(&node)
    }

    /// Whether the node has any role.
    pub fn is_member(&self, node: NodeId) -> bool {
        self.is_acceptor(node) || self.is_proposer(node) || self.is_learner(node)
    }
}

fn all_different(
    nodes: impl IntoIterator<Item = NodeId>,
) -> Result<BTreeSet<NodeId>, ClusterError> {
    let mut different = BTreeSet::new();
    for node in nodes {
        if !different.insert(node) {
            return Err(ClusterError::Twice(node));
        }
    }
    Ok(different)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nodes(ids: impl IntoIterator<Item = u32>) -> Vec<NodeId> {
        ids.into_iter().map(NodeId).collect()
    }

    #[test]
    fn a_quorum_is_a_strict_majority() {
        for (acceptors, quorum) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 3), (6, 4)] {
            let cluster = Cluster::new(nodes(0..acceptors), nodes([9]), []).unwrap();
            assert_eq!(cluster.quorum_size(), quorum, "{acceptors} acceptors");
        }
    }

    #[test]
    fn acceptors_and_proposers_are_required() {
        assert_eq!(Cluster::new([], nodes([1]), []), Err(ClusterError::NoAcceptors));
        assert_eq!(Cluster::new(nodes([1]), [], []), Err(ClusterError::NoProposers));
    }

    #[test]
    fn a_node_is_given_once_in_a_role() {
        let twice = Err(ClusterError::Twice(NodeId(1)));
        assert_eq!(Cluster::new(nodes([1, 2, 1]), nodes([3]), []), twice);
        assert_eq!(Cluster::new(nodes([2]), nodes([1, 1]), []), twice);
        assert_eq!(Cluster::new(nodes([2]), nodes([3]), nodes([1, 1])), twice);
        // One node with all roles is none given twice.
        assert!(Cluster::new(nodes([1]), nodes([1]), nodes([1])).is_ok());
        let json = r#"{"acceptors":[1,1,2],"proposers":[3],"learners":[]}"#;
        let error = serde_json::from_str::<Cluster>(json).unwrap_err();
        assert!(error.to_string().contains("node 1 is given twice"), "{error}");
    }

    #[test]
    fn roles_are_told_apart() {
        let cluster = Cluster::new(nodes([1]), nodes([2]), nodes([3])).unwrap();
        let roles = |id| {
            let id = NodeId(id);
            (cluster.is_acceptor(id), cluster.is_proposer(id), cluster.is_learner(id))
        };
        assert_eq!(cluster.acceptors().len(), 1);
        assert_eq!(roles(1), (true, false, false));
        assert_eq!(roles(2), (false, true, false));
        assert_eq!(roles(3), (false, false, true));
        let members: Vec<_> = (0..5).filter(|&id| cluster.is_member(NodeId(id))).collect();
        assert_eq!(members, [1, 2, 3]);
    }

    #[test]
    fn a_cluster_is_checked_when_it_is_read() {
        let cluster = Cluster::new(nodes([1, 2]), nodes([3]), nodes([4])).unwrap();
        let json = serde_json::to_string(&cluster).unwrap();
        assert_eq!(serde_json::from_str::<Cluster>(&json).unwrap(), cluster);

        let empty = r#"{"acceptors":[],"proposers":[1],"learners":[]}"#;
        let error = serde_json::from_str::<Cluster>(empty).unwrap_err();
        assert!(error.to_string().contains("at least one acceptor"), "{error}");
    }
}
