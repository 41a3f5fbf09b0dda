//! The queue on loom.

use std::ops::Deref;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;
use std::time::Duration;

use super::memory::FaultyMemory;
use crate::atomic::SharedMemory;
use crate::platform::{Lock, Platform, RawCell, Threads, atomic_word};

/// Loom's primitives.
pub(super) struct Loom;

impl Platform for Loom {
    type Word = loom::sync::atomic::AtomicU64;
    type Cell<V> = loom::cell::UnsafeCell<V>;
    type Lock<V: Default> = loom::sync::Mutex<V>;
    type Arc<S> = Shared<S>;
    type Thread = loom::thread::Thread;
    type Memory<'a, T: 'a> = FaultyMemory<'a, T>;

    fn memory<T>(shared: &SharedMemory<T, Self>) -> FaultyMemory<'_, T> {
        FaultyMemory::new(shared)
    }

    fn share<S>(shared: S) -> Self::Arc<S> {
        Shared::new(shared)
    }

    fn is_same(one: &Self::Thread, other: &Self::Thread) -> bool {
        one.id() == other.id()
    }

    fn wake(thread: &Self::Thread) {
        thread.unpark();
    }

    fn back_off(_attempt: u32, _at_most: Option<Duration>) {
        loom::thread::yield_now();
    }

    fn is_broken() -> bool {
        std::thread::panicking()
    }
}

impl Threads for Loom {
    fn current() -> Self::Thread {
        loom::thread::current()
    }

    fn linger(_attempt: u32) -> bool {
        // Waiting is sleeping here, of which loom explores all that may happen.
        false
    }

    fn sleep(_at_most: Option<Duration>) {
        loom::thread::park();
    }
}

/// Loom's counted reference. It leaks when a model has failed: then it is too late for loom to count,
/// and a second panic would end the test program.
pub(super) struct Shared<S>(Option<loom::sync::Arc<S>>);

impl<S> Shared<S> {
    pub(super) fn new(shared: S) -> Self {
        Self(Some(loom::sync::Arc::new(shared)))
    }
}

impl<S> Clone for Shared<S> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<S> Deref for Shared<S> {
    type Target = S;

    fn deref(&self) -> &S {
        self.0.as_ref().expect("taken in the destructor only")
    }
}

impl<S> Drop for Shared<S> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            std::mem::forget(self.0.take());
        }
    }
}

atomic_word!(loom::sync::atomic::AtomicU64);

impl<V> RawCell<V> for loom::cell::UnsafeCell<V> {
    fn new(value: V) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(*const V) -> O) -> O {
        self.with(f)
    }

    fn with_mut<O>(&self, f: impl FnOnce(*mut V) -> O) -> O {
        self.with_mut(f)
    }
}

impl<V> Lock<V> for loom::sync::Mutex<V> {
    fn new(value: V) -> Self {
        Self::new(value)
    }

    fn with<O>(&self, f: impl FnOnce(&mut V) -> O) -> O {
        f(&mut self.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
