//! The nodes of a cluster, and where they are.

use std::collections::BTreeMap;

use mitregate_multi_paxos::{Cluster, ClusterError, NodeId};
use thiserror::Error;

/// A cluster with its name and its nodes' addresses. It is the same on all nodes, and does not change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Members {
    name: String,
    cluster: Cluster,
    addresses: BTreeMap<NodeId, String>,
}

/// A node as it is configured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Its number.
    pub id: NodeId,
    /// Where it listens, such as `localhost:7000`.
    pub address: String,
    /// Whether it is an acceptor.
    pub is_acceptor: bool,
    /// Whether it is a proposer, and so a learner too.
    pub is_proposer: bool,
}

/// Why nodes do not make a cluster.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MembersError {
    /// Two nodes have one number.
    #[error("node {0} is given twice; give every node a number of its own")]
    Twice(NodeId),
    /// Two nodes have one address.
    #[error("nodes {0} and {1} have one address; give each its own")]
    SameAddress(NodeId, NodeId),
    /// A node does nothing.
    #[error("node {0} has no role; make it an acceptor, a proposer or both")]
    NoRole(NodeId),
    /// The roles do not make a cluster.
    #[error("{0}")]
    Cluster(#[from] ClusterError),
}

impl Members {
    /// A cluster of these nodes. Proposers are learners as well.
    ///
    /// # Errors
    ///
    /// [`MembersError`] if numbers or addresses are given twice, or a role is missing.
    pub fn new(
        name: impl Into<String>,
        members: impl IntoIterator<Item = Member>,
    ) -> Result<Members, MembersError> {
        let mut addresses: BTreeMap<NodeId, String> = BTreeMap::new();
        let (mut acceptors, mut proposers) = (Vec::new(), Vec::new());
        for Member { id, address, is_acceptor, is_proposer } in members {
            if !is_acceptor && !is_proposer {
                return Err(MembersError::NoRole(id));
            }
            if let Some((&other, _)) = addresses.iter().find(|(_, known)| **known == address)
                && other != id
            {
                return Err(MembersError::SameAddress(other, id));
            }
            if addresses.insert(id, address).is_some() {
                return Err(MembersError::Twice(id));
            }
            acceptors.extend(is_acceptor.then_some(id));
            proposers.extend(is_proposer.then_some(id));
        }
        let cluster =
            Cluster::new(acceptors, proposers.iter().copied(), proposers.iter().copied())?;
        Ok(Members { name: name.into(), cluster, addresses })
    }

    /// The cluster's name. Nodes of clusters with other names are not talked to.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Who has which role.
    pub fn cluster(&self) -> &Cluster {
        &self.cluster
    }

    /// Where a node listens; none if it is no node of the cluster.
    pub fn address(&self, id: NodeId) -> Option<&str> {
        self.addresses.get(&id).map(String::as_str)
    }

    /// The nodes' numbers, in order.
    pub fn ids(&self) -> impl Iterator<Item = NodeId> {
        self.addresses.keys().copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(id: u32, address: &str, is_acceptor: bool, is_proposer: bool) -> Member {
        Member { id: NodeId(id), address: address.to_owned(), is_acceptor, is_proposer }
    }

    #[test]
    fn proposers_learn_and_every_node_has_an_address() {
        let nodes = [member(0, "a:1", true, false), member(1, "b:1", true, true)];
        let members = Members::new("c", nodes).unwrap();
        assert_eq!(members.name(), "c");
        assert_eq!(members.ids().collect::<Vec<_>>(), [NodeId(0), NodeId(1)]);
        assert_eq!(members.address(NodeId(1)), Some("b:1"));
        assert_eq!(members.address(NodeId(2)), None);
        assert_eq!(members.cluster().learners(), members.cluster().proposers());
    }

    #[test]
    fn what_makes_no_cluster_is_refused_with_the_mend() {
        let refused = |nodes: &[Member]| Members::new("c", nodes.to_vec()).unwrap_err().to_string();
        let a = member(0, "a:1", true, true);
        assert_eq!(
            refused(&[a.clone(), member(0, "b:1", true, true)]),
            "node 0 is given twice; give every node a number of its own"
        );
        assert_eq!(
            refused(&[a.clone(), member(1, "a:1", true, true)]),
            "nodes 0 and 1 have one address; give each its own"
        );
        assert_eq!(
            refused(&[a, member(1, "b:1", false, false)]),
            "node 1 has no role; make it an acceptor, a proposer or both"
        );
        assert_eq!(
            refused(&[member(0, "a:1", true, false)]),
            "a cluster needs at least one proposer"
        );
    }
}
