//! Counting votes.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use super::cluster::Cluster;
use super::proposal::{NodeId, ProposalKey};

/// Counts votes until a quorum has accepted the same proposal.
///
/// Votes for different proposals are never added up, even if they are for the same value. Votes
/// must be counted with the same cluster each time.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct QuorumTracker<V> {
    /// Sorted by key. Not a map, because the keys of JSON maps are strings.
    pub(crate) tallies: Vec<Tally<V>>,
}

/// The votes for one proposal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tally<V> {
    pub(crate) key: ProposalKey,
    pub(crate) value: V,
    pub(crate) voters: BTreeSet<NodeId>,
}

impl<V> Tally<V> {
    /// The proposal.
    pub fn key(&self) -> ProposalKey {
        self.key
    }

    /// The value that it carries.
    pub fn value(&self) -> &V {
        &self.value
    }

    /// The acceptors that have voted for it.
    pub fn voters(&self) -> &BTreeSet<NodeId> {
        &self.voters
    }
}

impl<V> Default for QuorumTracker<V> {
    fn default() -> Self {
        QuorumTracker { tallies: Vec::new() }
    }
}

impl<V> QuorumTracker<V> {
    /// A tracker that has seen no vote.
    pub fn new() -> Self {
        QuorumTracker::default()
    }

    /// The votes so far, in the order of their keys.
    pub fn tallies(&self) -> &[Tally<V>] {
        &self.tallies
    }
}

impl<V: Clone + PartialEq> QuorumTracker<V> {
    /// Counts a vote, and returns the proposal and its value if this vote completes a quorum.
    ///
    /// A vote beyond the quorum returns `None`: a proposal is reported once. Nothing changes if
    /// `acceptor` is no acceptor of the cluster or has voted for `key` before, or if `key` is known
    /// with another value, which no correct proposer causes.
    pub fn track(
        &mut self,
        cluster: &Cluster,
        acceptor: NodeId,
        key: ProposalKey,
        value: V,
    ) -> Option<(ProposalKey, V)> {
        if !cluster.is_acceptor(acceptor) {
            return None;
        }
        let tally = self.tally(key, value)?;
        let complete = tally.voters.insert(acceptor) && tally.voters.len() == cluster.quorum_size();
        complete.then(|| (key, tally.value.clone()))
    }

    /// The tally of a key, made if it is new; `None` if it is known with another value.
    fn tally(&mut self, key: ProposalKey, value: V) -> Option<&mut Tally<V>> {
        let at = match self.tallies.binary_search_by_key(&key, |tally| tally.key) {
            Ok(at) if self.tallies.get(at).is_some_and(|tally| tally.value != value) => {
                return None;
            }
            Ok(at) => at,
            Err(at) => {
                self.tallies.insert(at, Tally { key, value, voters: BTreeSet::new() });
                at
            }
        };
        self.tallies.get_mut(at)
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::{cluster, key};
    use super::*;

    #[test]
    fn a_quorum_is_reported_once_when_it_is_complete() {
        let cluster = cluster(3, 2);
        let mut tracker = QuorumTracker::new();
        assert_eq!(tracker.track(&cluster, NodeId(0), key(0, 0, 10), 'x'), None);
        let chosen = tracker.track(&cluster, NodeId(1), key(0, 0, 10), 'x');
        assert_eq!(chosen, Some((key(0, 0, 10), 'x')));
        assert_eq!(tracker.track(&cluster, NodeId(2), key(0, 0, 10), 'x'), None);
    }

    #[test]
    fn duplicates_strangers_and_conflicts_do_not_count() {
        let cluster = cluster(3, 2);
        let mut tracker = QuorumTracker::new();
        tracker.track(&cluster, NodeId(0), key(0, 0, 10), 'x');
        let before = tracker.clone();
        assert_eq!(tracker.track(&cluster, NodeId(0), key(0, 0, 10), 'x'), None);
        assert_eq!(tracker.track(&cluster, NodeId(10), key(0, 0, 10), 'x'), None);
        assert_eq!(tracker.track(&cluster, NodeId(1), key(0, 0, 10), 'y'), None);
        assert_eq!(tracker, before);
    }

    #[test]
    fn votes_for_different_proposals_are_not_added_up() {
        let cluster = cluster(3, 2);
        let mut tracker = QuorumTracker::new();
        assert_eq!(tracker.track(&cluster, NodeId(0), key(0, 1, 10), 'x'), None);
        assert_eq!(tracker.track(&cluster, NodeId(1), key(0, 0, 11), 'x'), None);
        assert_eq!(tracker.track(&cluster, NodeId(2), key(0, 0, 10), 'x'), None);
        let tallies = tracker.tallies().iter().map(|it| (it.key(), *it.value(), it.voters().len()));
        let known = [(key(0, 0, 10), 'x', 1), (key(0, 0, 11), 'x', 1), (key(0, 1, 10), 'x', 1)];
        assert_eq!(tallies.collect::<Vec<_>>(), known);
        assert!(tracker.tallies()[0].voters().contains(&NodeId(2)));
        let chosen = tracker.track(&cluster, NodeId(2), key(0, 1, 10), 'x');
        assert_eq!(chosen, Some((key(0, 1, 10), 'x')));
    }

    #[test]
    fn an_even_number_of_acceptors_needs_more_than_half() {
        let cluster = cluster(4, 1);
        let mut tracker = QuorumTracker::new();
        assert_eq!(tracker.track(&cluster, NodeId(0), key(0, 0, 10), 'x'), None);
        assert_eq!(tracker.track(&cluster, NodeId(1), key(0, 0, 10), 'x'), None);
        assert!(tracker.track(&cluster, NodeId(2), key(0, 0, 10), 'x').is_some());
    }
}
