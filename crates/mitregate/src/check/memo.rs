//! Steps that are computed once, and looked up afterwards.
//!
//! A step of a system is often a step of one of its parts: a node handles a message, whatever the other nodes do. A
//! [`Memo`] computes such a *local* step once for each different node and message, and so the real code runs once for
//! each. (S. Blom, J. van de Pol, M. Weber, "`LTSmin`: distributed and symbolic reachability", 2010, calls it transition
//! caching.)
//!
//! What is looked up must be a function of its key and of nothing else. So a memo is made of a plain function, which gets
//! the model, which never changes, and the key. That leaves a function that keeps a secret, in a `static` or a `Cell` of
//! the model; therefore in a sample of states every step is taken twice, once from the memos and once
//! [without them](without), and a difference is a failure of the property `Deterministic`. There invariants are asked
//! without memos, too.

use std::cell::Cell;
use std::hash::Hash;

use super::shared::Cache;

/// A function of the model `M` that computes a `V` for a `K`, and what it has computed so far.
///
/// Threads share it. Keys and values are copied each time, so they are small: numbers, and
/// [`Interned`](super::Interned) parts.
pub struct Memo<M: ?Sized, K, V> {
    compute: fn(&M, K) -> V,
    known: Cache<K, V>,
}

thread_local! {
    static WITHOUT: Cell<bool> = const { Cell::new(false) };
}

/// Runs something in which this thread computes anew what memos know. A function that needs its own memo again and again
/// then takes as long as if it had none.
pub fn without<T>(run: impl FnOnce() -> T) -> T {
    struct Restore(bool);
    impl Drop for Restore {
        fn drop(&mut self) {
            WITHOUT.set(self.0);
        }
    }
    let _restore = Restore(WITHOUT.replace(true));
    run()
}

impl<M: ?Sized, K: Copy + Eq + Hash, V: Clone> Memo<M, K, V> {
    /// A memo that knows nothing yet.
    pub fn new(compute: fn(&M, K) -> V) -> Self {
        Memo { compute, known: Cache::new() }
    }

    /// The function's value for a key.
    ///
    /// # Panics
    ///
    /// If the function does.
    pub fn get(&self, model: &M, key: K) -> V {
        if WITHOUT.get() {
            return (self.compute)(model, key);
        }
        self.known.get(key, |&key| (self.compute)(model, key))
    }

    /// For how many keys the value is known.
    pub fn len(&self) -> usize {
        self.known.len()
    }

    /// Whether nothing is known yet.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl<M: ?Sized, K, V> std::fmt::Debug for Memo<M, K, V> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Memo").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    #[test]
    fn a_value_is_computed_once_and_anew_on_request() {
        let memo = Memo::new(|calls: &AtomicU32, key: u32| {
            calls.fetch_add(1, Ordering::Relaxed);
            key * 2
        });
        let calls = AtomicU32::new(0);
        assert_eq!([memo.get(&calls, 3), memo.get(&calls, 3), memo.get(&calls, 4)], [6, 6, 8]);
        assert_eq!((calls.load(Ordering::Relaxed), memo.len()), (2, 2));
        assert_eq!(without(|| memo.get(&calls, 3)), 6);
        assert_eq!((calls.load(Ordering::Relaxed), memo.len()), (3, 2));
    }

    #[test]
    fn a_function_may_need_itself() {
        struct Model(Memo<Model, u64, u64>);
        fn fibonacci(model: &Model, n: u64) -> u64 {
            if n < 2 { n } else { model.0.get(model, n - 1) + model.0.get(model, n - 2) }
        }
        let model = Model(Memo::new(fibonacci));
        assert_eq!(model.0.get(&model, 60), 1_548_008_755_920);
    }
}
