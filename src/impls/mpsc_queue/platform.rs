//! The primitives that the queue is built on: atomics, cells, locks, and parking of threads.
//!
//! There are three platforms: the standard library, what there is without one, and loom in tests. So loom
//! runs the very code that ships, down to its unsafe lines.

use core::convert::Infallible;
use core::ops::Deref;
use core::sync::atomic::Ordering;
use core::time::Duration;

use super::algorithm::Memory;
use super::atomic::{RawRing, SharedMemory};

#[cfg(not(feature = "std"))]
mod bare;
#[cfg(feature = "std")]
mod threads;

#[cfg(not(feature = "std"))]
pub(super) use bare::Bare as Native;
#[cfg(feature = "std")]
pub(super) use threads::Std as Native;

/// The primitives of the standard library, or stand-ins for them.
pub(super) trait Platform: Sized + 'static {
    /// An atomic word.
    type Word: AtomicWord;
    /// A cell whose accesses the algorithm keeps apart.
    type Cell<V>: RawCell<V>;
    /// A lock.
    type Lock<V: Default>: Lock<V>;
    /// A counted reference.
    type Arc<S>: Clone + Deref<Target = S>;
    /// A thread that may be parked.
    type Thread: Clone + Send;
    /// The memory that operations run over. On the platform that ships, this is a reference to what
    /// the handles share.
    type Memory<'a, T: 'a>: Memory<T, Ring = RawRing<T, Self>, Error = Infallible>;

    fn memory<T>(shared: &SharedMemory<T, Self>) -> Self::Memory<'_, T>;

    fn share<S>(shared: S) -> Self::Arc<S>;

    fn is_same(one: &Self::Thread, other: &Self::Thread) -> bool;
    fn wake(thread: &Self::Thread);
    /// Backs off for a moment, so that another thread can make a few steps. `attempt` counts from 0.
    fn back_off(attempt: u32, at_most: Option<Duration>);

    /// Whether destructors must leave the queue alone, because a test has failed. Never so on the
    /// platform that ships.
    #[inline]
    fn is_broken() -> bool {
        false
    }
}

/// What a thread does that waits.
#[cfg(feature = "std")]
pub(super) trait Threads: Platform {
    fn current() -> Self::Thread;
    /// Lets a moment pass in which another thread may do what this one waits for; false once it has waited for about as
    /// long as sleeping and waking take. `attempt` counts from 0.
    fn linger(attempt: u32) -> bool;
    /// Parks the thread until it is woken or so much time has passed. It may wake spuriously.
    fn sleep(at_most: Option<Duration>);
}

/// An atomic word of 64 bits.
pub(super) trait AtomicWord {
    fn new(value: u64) -> Self;
    fn load(&self, order: Ordering) -> u64;
    fn store(&self, value: u64, order: Ordering);
    fn swap(&self, value: u64, order: Ordering) -> u64;
    fn compare_exchange_weak(
        &self,
        current: u64,
        new: u64,
        success: Ordering,
        failure: Ordering,
    ) -> Result<u64, u64>;
    fn fetch_add(&self, value: u64, order: Ordering) -> u64;
    fn fetch_or(&self, bits: u64, order: Ordering) -> u64;
}

/// A cell that lends a pointer to what is in it.
pub(super) trait RawCell<V> {
    fn new(value: V) -> Self;
    /// Lends the pointer for reading.
    fn with<O>(&self, f: impl FnOnce(*const V) -> O) -> O;
    /// Lends the pointer for writing.
    fn with_mut<O>(&self, f: impl FnOnce(*mut V) -> O) -> O;
}

/// A lock around a value.
pub(super) trait Lock<V> {
    fn new(value: V) -> Self;
    /// Lends the value.
    fn with<O>(&self, f: impl FnOnce(&mut V) -> O) -> O;
}

macro_rules! atomic_word {
    ($atomic:ty) => {
        impl $crate::platform::AtomicWord for $atomic {
            #[inline]
            fn new(value: u64) -> Self {
                <$atomic>::new(value)
            }
            #[inline]
            fn load(&self, order: Ordering) -> u64 {
                self.load(order)
            }
            #[inline]
            fn store(&self, value: u64, order: Ordering) {
                self.store(value, order);
            }
            #[inline]
            fn swap(&self, value: u64, order: Ordering) -> u64 {
                self.swap(value, order)
            }
            #[inline]
            fn compare_exchange_weak(
                &self,
                current: u64,
                new: u64,
                success: Ordering,
                failure: Ordering,
            ) -> Result<u64, u64> {
                self.compare_exchange_weak(current, new, success, failure)
            }
            #[inline]
            fn fetch_add(&self, value: u64, order: Ordering) -> u64 {
                self.fetch_add(value, order)
            }
            #[inline]
            fn fetch_or(&self, bits: u64, order: Ordering) -> u64 {
                self.fetch_or(bits, order)
            }
        }
    };
}
#[cfg(all(test, feature = "std"))]
pub(super) use atomic_word;

atomic_word!(core::sync::atomic::AtomicU64);

impl<V> RawCell<V> for core::cell::UnsafeCell<V> {
    #[inline]
    fn new(value: V) -> Self {
        Self::new(value)
    }
    #[inline]
    fn with<O>(&self, f: impl FnOnce(*const V) -> O) -> O {
        f(self.get())
    }
    #[inline]
    fn with_mut<O>(&self, f: impl FnOnce(*mut V) -> O) -> O {
        f(self.get())
    }
}
