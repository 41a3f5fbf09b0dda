//! Which values of clients are applied, so that none is applied twice.

use std::collections::{BTreeMap, BTreeSet};

use mitregate_multi_paxos::NodeId;
use serde::{Deserialize, Serialize};

use super::entry::Item;

/// For each start of each client, the values that are applied. It grows with the number of starts, and is part of a
/// snapshot.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Sessions {
    clients: BTreeMap<(NodeId, u64), Session>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Session {
    /// All below are applied.
    next: u64,
    /// Those applied beyond.
    beyond: BTreeSet<u64>,
}

impl Sessions {
    pub(crate) fn is_applied<V>(&self, item: &Item<V>) -> bool {
        let session = self.clients.get(&(item.origin, item.start));
        session.is_some_and(|it| item.sequence < it.next || it.beyond.contains(&item.sequence))
    }

    /// Notes that an item is applied; returns whether it was not before.
    pub(crate) fn apply<V>(&mut self, item: &Item<V>) -> bool {
        let session = self.clients.entry((item.origin, item.start)).or_default();
        if item.sequence < session.next || !session.beyond.insert(item.sequence) {
            return false;
        }
        while session.beyond.remove(&session.next) {
            session.next += 1;
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_item_is_applied_once_in_whichever_order() {
        let item = |start, sequence| Item { origin: NodeId(1), start, sequence, value: Some('x') };
        let mut sessions = Sessions::default();
        let order = [0, 2, 2, 1, 0, 1, 3, 2];
        let applied: Vec<_> = order.iter().map(|&it| sessions.apply(&item(7, it))).collect();
        assert_eq!(applied, [true, true, false, true, false, false, true, false]);
        assert!(sessions.is_applied(&item(7, 3)) && !sessions.is_applied(&item(7, 4)));
        assert!(sessions.apply(&item(8, 0)), "another start");
        assert!(sessions.clients.values().all(|session| session.beyond.is_empty()));
    }
}
