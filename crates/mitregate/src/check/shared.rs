//! Hash tables that all threads read and write, in parts so that they seldom wait for each other.

use std::hash::Hash;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use hashbrown::HashTable;

use super::fingerprint;

/// So many parts can be written at a time.
const PARTS: usize = 64;

/// A table whose entries are found by hashes that the caller makes.
pub(crate) struct Shared<T> {
    parts: Box<[RwLock<HashTable<T>>]>,
}

impl<T> Shared<T> {
    pub(crate) fn new() -> Self {
        Shared { parts: (0..PARTS).map(|_| RwLock::default()).collect() }
    }

    #[inline]
    fn part(&self, hash: u64) -> &RwLock<HashTable<T>> {
        // A table looks at the lowest and the highest bits.
        &self.parts[(hash >> 32) as usize % PARTS]
    }

    /// The part in which entries with this hash are, to be read. Whoever panicked with a lock, in code of the caller's
    /// that compares or hashes, has left no entry half written.
    #[inline]
    pub(crate) fn read(&self, hash: u64) -> RwLockReadGuard<'_, HashTable<T>> {
        self.part(hash).read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same part, to be changed.
    #[inline]
    pub(crate) fn write(&self, hash: u64) -> RwLockWriteGuard<'_, HashTable<T>> {
        self.part(hash).write().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        let len = |part: &RwLock<HashTable<T>>| {
            part.read().map_or_else(|it| it.get_ref().len(), |it| it.len())
        };
        self.parts.iter().map(len).sum()
    }
}

/// Answers by their questions. An answer does not depend on who asks, nor when.
pub(crate) struct Cache<K, V>(Shared<(K, V)>);

impl<K: Hash + Eq, V: Clone> Cache<K, V> {
    pub(crate) fn new() -> Self {
        Cache(Shared::new())
    }

    /// The answer; `find` is asked if it is not known yet. No lock is held meanwhile: it may need other answers of this
    /// cache. Two threads that find the same find it equal.
    #[inline]
    pub(crate) fn get(&self, key: K, find: impl FnOnce(&K) -> V) -> V {
        let hash = fingerprint(&key);
        if let Some((_, known)) = self.0.read(hash).find(hash, |(known, _)| *known == key) {
            return known.clone();
        }
        let found = find(&key);
        let mut part = self.0.write(hash);
        let entry = part.entry(hash, |(known, _)| *known == key, |(known, _)| fingerprint(known));
        entry.or_insert_with(|| (key, found.clone()));
        found
    }

    /// How many answers are known.
    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }
}
