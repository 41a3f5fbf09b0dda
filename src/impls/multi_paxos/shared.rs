//! An acceptor that several threads serve.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::acceptor::{Accepted, AcceptorStateStore, AcceptorStep, Promised, Refusal};
use super::cluster::Cluster;
use super::durable::{AcceptorEvent, DurableAcceptorState};
use super::message::Message;
use super::proposal::{NodeId, ProposalKey};

/// A handle on one acceptor for several threads; its clones share the acceptor.
///
/// Every call decides, changes the state and builds its reply under one lock, so a reply never
/// combines two states: a promise from one state with the vote from another could hide a vote from
/// a proposer.
///
/// A thread that panics in a call leaves the state as it was before, so the other threads go on.
#[derive(Debug)]
pub struct SharedAcceptorState<V> {
    store: Arc<Mutex<AcceptorStateStore<V>>>,
}

impl<V> Clone for SharedAcceptorState<V> {
    fn clone(&self) -> Self {
        SharedAcceptorState { store: Arc::clone(&self.store) }
    }
}

impl<V> Default for SharedAcceptorState<V> {
    fn default() -> Self {
        SharedAcceptorState::restore(DurableAcceptorState::new())
    }
}

impl<V> SharedAcceptorState<V> {
    /// An acceptor that has promised nothing.
    pub fn new() -> Self {
        SharedAcceptorState::default()
    }

    /// An acceptor restored from its durable state.
    pub fn restore(durable: DurableAcceptorState<V>) -> Self {
        SharedAcceptorState { store: Arc::new(Mutex::new(AcceptorStateStore::restore(durable))) }
    }

    fn lock(&self) -> MutexGuard<'_, AcceptorStateStore<V>> {
        // The state only changes by a commit, and foreign code (the closure that persists, the
        // clone and comparison of values) runs before it. So the state behind a poisoned lock is
        // that of some moment between two calls.
        self.store.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<V: Clone + PartialEq> SharedAcceptorState<V> {
    /// A copy of the durable state at one moment.
    pub fn durable(&self) -> DurableAcceptorState<V> {
        self.lock().durable().clone()
    }

    /// [`AcceptorStateStore::promise`] under the lock. The event is for the caller to persist.
    ///
    /// # Errors
    ///
    /// Those of [`AcceptorStateStore::promise`].
    pub fn promise(&self, key: ProposalKey) -> Result<Promised<V>, Refusal> {
        self.lock().promise(key)
    }

    /// [`AcceptorStateStore::accept`] under the lock. The event is for the caller to persist.
    ///
    /// # Errors
    ///
    /// Those of [`AcceptorStateStore::accept`].
    pub fn accept(&self, key: ProposalKey, value: V) -> Result<Accepted<V>, Refusal> {
        self.lock().accept(key, value)
    }

    /// [`AcceptorStateStore::handle`] under the lock. The event is for the caller to persist.
    ///
    /// The new state is visible to other threads before the event is on disk, so another thread's
    /// reply can depend on a change that a crash undoes. Use it where every reply waits for all
    /// earlier events, or where no state survives a crash; [`SharedAcceptorState::handle_durably`]
    /// has no such condition.
    pub fn handle(&self, cluster: &Cluster, from: NodeId, message: Message<V>) -> AcceptorStep<V> {
        self.lock().handle(cluster, from, message)
    }

    /// Answers a message as [`AcceptorStateStore::handle`] does, writing to disk first.
    ///
    /// If something changes, `persist` is called with it, under the lock, before the new state is
    /// visible and before the reply is returned. The events of one acceptor are thus persisted in
    /// order. `persist` must not use the same acceptor: the lock is held, so the thread would
    /// deadlock.
    ///
    /// # Errors
    ///
    /// The error of `persist`. The state is then as before and there is no reply. It does not
    /// matter whether the entry reached the disk: an acceptor that restarts with an unreported
    /// promise or vote is like one whose reply was lost.
    pub fn handle_durably<E>(
        &self,
        cluster: &Cluster,
        from: NodeId,
        message: Message<V>,
        persist: impl FnOnce(&AcceptorEvent<V>) -> Result<(), E>,
    ) -> Result<Option<Message<V>>, E> {
        let mut store = self.lock();
        let step = store.plan(cluster, from, message);
        if let Some(event) = &step.event {
            persist(event)?;
        }
        store.commit(step.event);
        Ok(step.reply)
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::super::proposal::Round;
    use super::super::testing::{Dice, cluster, key};
    use super::*;

    #[test]
    fn nothing_shows_before_it_is_persisted() {
        let cluster = cluster(1, 1);
        let acceptor: SharedAcceptorState<char> = SharedAcceptorState::new();
        let prepare = Message::Prepare { key: key(0, 0, 10) };
        let reply =
            acceptor.handle_durably(&cluster, NodeId(10), prepare.clone(), |_| Err("disk full"));
        assert_eq!(reply, Err("disk full"));
        assert_eq!(acceptor.durable(), DurableAcceptorState::new());

        let mut log = Vec::new();
        for _ in 0..2 {
            let reply = acceptor.handle_durably(&cluster, NodeId(10), prepare.clone(), |event| {
                log.push(event.clone());
                Ok::<_, Infallible>(())
            });
            let promise = Message::Promise { key: key(0, 0, 10), accepted: None };
            assert_eq!(reply, Ok(Some(promise)));
        }
        assert_eq!(log.len(), 1);
        assert_eq!(DurableAcceptorState::replay(log), acceptor.durable());
    }

    #[test]
    fn a_panic_in_persist_changes_nothing_and_blocks_nobody() {
        let cluster = cluster(1, 1);
        let acceptor: SharedAcceptorState<char> = SharedAcceptorState::new();
        let prepare = Message::Prepare { key: key(0, 0, 10) };
        let panicked = catch_unwind(AssertUnwindSafe(|| {
            let persist = |_: &_| -> Result<(), Infallible> { panic!("on purpose") };
            acceptor.handle_durably(&cluster, NodeId(10), prepare.clone(), persist)
        }));
        assert!(panicked.is_err());
        assert_eq!(acceptor.durable(), DurableAcceptorState::new());
        assert!(acceptor.handle(&cluster, NodeId(10), prepare).event.is_some());
    }

    #[test]
    fn the_calls_without_persistence_share_one_state() {
        let acceptor = SharedAcceptorState::new();
        assert!(acceptor.promise(key(0, 0, 10)).is_ok());
        assert!(acceptor.clone().accept(key(0, 0, 11), 'x').is_ok());
        assert!(acceptor.promise(key(0, 0, 10)).is_err());
    }

    const THREADS: u32 = 8;
    const REQUESTS: usize = 400;

    /// One thread's requests: prepares and accepts of rising and of stale keys, in two rounds.
    fn serve(
        acceptor: &SharedAcceptorState<u64>,
        log: &Mutex<Vec<AcceptorEvent<u64>>>,
        node: u32,
    ) -> Vec<Message<u64>> {
        let cluster = cluster(1, THREADS);
        let mut dice = Dice::new(u64::from(node));
        let mut replies = Vec::new();
        for attempt in 0..u32::try_from(REQUESTS).unwrap() {
            let stale = u32::try_from(dice.roll(3)).unwrap();
            let key = key(dice.roll(2), attempt.saturating_sub(stale), node);
            let message = if dice.roll(2) == 0 {
                Message::Prepare { key }
            } else {
                Message::Accept { key, value: u64::from(key.attempt.0) }
            };
            let reply = acceptor.handle_durably(&cluster, NodeId(node), message, |event| {
                log.lock().unwrap().push(event.clone());
                Ok::<_, Infallible>(())
            });
            replies.extend(reply.unwrap());
        }
        replies
    }

    fn assert_replies_are_consistent(replies: &[Message<u64>]) {
        for reply in replies {
            match reply {
                Message::Promise { key, accepted: Some(accepted) } => {
                    assert!(accepted.key <= *key && accepted.key.round == key.round);
                    assert_eq!(accepted.value, u64::from(accepted.key.attempt.0));
                }
                Message::Rejected { key, promised } => assert!(promised > key),
                _ => {}
            }
        }
    }

    #[test]
    fn many_threads_get_consistent_replies() {
        let acceptor = SharedAcceptorState::new();
        let log = Mutex::new(Vec::new());
        thread::scope(|scope| {
            let handles: Vec<_> = (10..10 + THREADS)
                .map(|node| {
                    scope.spawn({
                        let (acceptor, log) = (&acceptor, &log);
                        move || serve(acceptor, log, node)
                    })
                })
                .collect();
            for handle in handles {
                let replies = handle.join().unwrap();
                assert_eq!(replies.len(), REQUESTS);
                assert_replies_are_consistent(&replies);
            }
        });
        let log = log.into_inner().unwrap();
        for round in [Round(0), Round(1)] {
            let keys: Vec<_> = log
                .iter()
                .filter_map(|event| match event {
                    AcceptorEvent::Promise { proposal, .. }
                    | AcceptorEvent::Accept { proposal, .. } => Some(*proposal),
                    AcceptorEvent::PromiseAll { .. } | AcceptorEvent::Snapshot(_) => None,
                })
                .filter(|key| key.round == round)
                .collect();
            assert!(!keys.is_empty());
            assert!(keys.is_sorted(), "promises went down in the order of the lock");
        }
        assert_eq!(DurableAcceptorState::replay(log), acceptor.durable());
    }
}
