//! The primitives that the queue is built on: atomics, cells, locks, and parking of threads.
//!
//! There are two platforms: the standard library, and loom in tests. So loom runs the very code
//! that ships, down to its unsafe lines.

use std::convert::Infallible;
use std::ops::Deref;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::algorithm::Memory;
use super::atomic::{RawRing, SharedMemory};

/// The primitives of the standard library, or stand-ins for them.
pub(super) trait Platform: Sized + 'static {
    /// An atomic word.
    type Word: AtomicWord;
    /// A cell whose accesses the algorithm keeps apart.
    type Cell<V>: RawCell<V>;
    /// A lock.
    type Lock<V>: Lock<V>;
    /// A counted reference.
    type Arc<S>: Clone + Deref<Target = S>;
    /// A thread that may be parked.
    type Thread: Clone + Send;
    /// The memory that operations run over. On the platform that ships, this is a reference to what
    /// the handles share.
    type Memory<'a, T: 'a>: Memory<T, Ring = RawRing<T, Self>, Error = Infallible>;

    fn memory<T>(shared: &SharedMemory<T, Self>) -> Self::Memory<'_, T>;

    fn share<S>(shared: S) -> Self::Arc<S>;

    fn current() -> Self::Thread;
    fn is_same(one: &Self::Thread, other: &Self::Thread) -> bool;
    fn wake(thread: &Self::Thread);
    /// Lets a moment pass in which another thread may do what this one waits for; false once it has waited for about as
    /// long as sleeping and waking take. `attempt` counts from 0.
    fn linger(attempt: u32) -> bool;
    /// Parks the thread until it is woken or the deadline has passed. It may wake spuriously.
    fn sleep(deadline: Option<Instant>);
    /// Backs off for a moment, so that another thread can make a few steps. `attempt` counts from 0.
    fn back_off(attempt: u32, deadline: Option<Instant>);

    /// Whether destructors must leave the queue alone, because a test has failed. Never so on the
    /// platform that ships.
    #[inline]
    fn is_broken() -> bool {
        false
    }
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
#[cfg(test)]
pub(super) use atomic_word;

/// The platform that ships.
#[derive(Debug)]
pub(super) struct Std;

impl Platform for Std {
    type Word = std::sync::atomic::AtomicU64;
    type Cell<V> = std::cell::UnsafeCell<V>;
    type Lock<V> = std::sync::Mutex<V>;
    type Arc<S> = std::sync::Arc<S>;
    type Thread = std::thread::Thread;
    type Memory<'a, T: 'a> = &'a SharedMemory<T, Self>;

    #[inline]
    fn memory<T>(shared: &SharedMemory<T, Self>) -> Self::Memory<'_, T> {
        shared
    }

    fn share<S>(shared: S) -> Self::Arc<S> {
        std::sync::Arc::new(shared)
    }

    fn current() -> Self::Thread {
        std::thread::current()
    }

    fn is_same(one: &Self::Thread, other: &Self::Thread) -> bool {
        one.id() == other.id()
    }

    fn wake(thread: &Self::Thread) {
        thread.unpark();
    }

    fn linger(attempt: u32) -> bool {
        // Long enough for several messages, or room for several, so that the two sides do not take a line of the cache
        // from each other for each; after that the other side may need this processor.
        const PAUSES: u32 = 32;
        const YIELDS: u32 = 8;
        match attempt {
            0 => (0..PAUSES).for_each(|_| std::hint::spin_loop()),
            1..=YIELDS => std::thread::yield_now(),
            _ => return false,
        }
        true
    }

    fn sleep(deadline: Option<Instant>) {
        match deadline {
            None => std::thread::park(),
            Some(deadline) => std::thread::park_timeout(left_until(deadline)),
        }
    }

    fn back_off(attempt: u32, deadline: Option<Instant>) {
        // The other thread is a few instructions from done, unless it lost its processor. From 16
        // microseconds to about a millisecond.
        let pause = Duration::from_micros(16 << attempt.min(6));
        std::thread::park_timeout(
            deadline.map_or(pause, |deadline| pause.min(left_until(deadline))),
        );
    }
}

fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}

atomic_word!(std::sync::atomic::AtomicU64);

impl<V> RawCell<V> for std::cell::UnsafeCell<V> {
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

impl<V> Lock<V> for std::sync::Mutex<V> {
    fn new(value: V) -> Self {
        Self::new(value)
    }
    fn with<O>(&self, f: impl FnOnce(&mut V) -> O) -> O {
        // Nothing panics while it holds a lock, other than by lack of memory.
        f(&mut self.lock().unwrap_or_else(std::sync::PoisonError::into_inner))
    }
}
