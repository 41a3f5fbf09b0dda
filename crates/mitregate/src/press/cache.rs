//! What was found out already, for all threads.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{PoisonError, RwLock};

use ahash::RandomState;

/// So many parts can be written at a time.
const PARTS: usize = 16;

/// Answers by their questions. An answer does not depend on who asks, nor when.
pub(super) struct Cache<K, V> {
    parts: [RwLock<HashMap<K, V, RandomState>>; PARTS],
    hasher: RandomState,
}

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    pub(super) fn new() -> Self {
        let hasher = RandomState::with_seeds(5, 6, 7, 8);
        let part = |_| RwLock::new(HashMap::with_hasher(hasher.clone()));
        Cache { parts: std::array::from_fn(part), hasher }
    }

    /// The answer; `find` is asked if it is not known yet.
    pub(super) fn get(&self, key: K, find: impl FnOnce(&K) -> V) -> V {
        // The low bits choose a place within the part.
        let part = &self.parts[(self.hasher.hash_one(&key) >> 60) as usize % PARTS];
        // Whoever panicked with the lock has not left an answer half written.
        if let Some(known) = part.read().unwrap_or_else(PoisonError::into_inner).get(&key) {
            return known.clone();
        }
        let found = find(&key);
        part.write().unwrap_or_else(PoisonError::into_inner).insert(key, found.clone());
        found
    }
}
