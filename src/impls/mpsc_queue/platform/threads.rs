//! The standard library.

use core::time::Duration;

use super::super::atomic::SharedMemory;
use super::{Lock, Platform, Threads};

/// The standard library's primitives.
#[derive(Debug)]
pub(crate) struct Std;

impl Platform for Std {
    type Word = core::sync::atomic::AtomicU64;
    type Cell<V> = core::cell::UnsafeCell<V>;
    type Lock<V: Default> = std::sync::Mutex<V>;
    type Arc<S> = alloc::sync::Arc<S>;
    type Thread = std::thread::Thread;
    type Memory<'a, T: 'a> = &'a SharedMemory<T, Self>;

    #[inline]
    fn memory<T>(shared: &SharedMemory<T, Self>) -> Self::Memory<'_, T> {
        shared
    }

    fn share<S>(shared: S) -> Self::Arc<S> {
        alloc::sync::Arc::new(shared)
    }

    fn is_same(one: &Self::Thread, other: &Self::Thread) -> bool {
        one.id() == other.id()
    }

    fn wake(thread: &Self::Thread) {
        thread.unpark();
    }

    fn back_off(attempt: u32, at_most: Option<Duration>) {
        // The other thread is a few instructions from done, unless it lost its processor. From 16
        // microseconds to about a millisecond.
        let pause = Duration::from_micros(16 << attempt.min(6));
        std::thread::park_timeout(at_most.map_or(pause, |at_most| pause.min(at_most)));
    }
}

impl Threads for Std {
    fn current() -> Self::Thread {
        std::thread::current()
    }

    fn linger(attempt: u32) -> bool {
        // Long enough for several messages, or room for several, so that the two sides do not take a line of the cache
        // from each other for each; after that the other side may need this processor.
        const PAUSES: u32 = 32;
        const YIELDS: u32 = 8;
        match attempt {
            0 => (0..PAUSES).for_each(|_| core::hint::spin_loop()),
            1..=YIELDS => std::thread::yield_now(),
            _ => return false,
        }
        true
    }

    fn sleep(at_most: Option<Duration>) {
        match at_most {
            None => std::thread::park(),
            Some(at_most) => std::thread::park_timeout(at_most),
        }
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
