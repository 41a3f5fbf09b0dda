//! What there is without a standard library: atomics and an allocator.
//!
//! Nothing can sleep here, so nobody is ever woken.

use core::convert::Infallible;
use core::marker::PhantomData;
use core::time::Duration;

use super::super::atomic::SharedMemory;
use super::{Lock, Platform};

/// A target without threads of its own.
#[derive(Debug)]
pub(crate) struct Bare;

impl Platform for Bare {
    type Word = core::sync::atomic::AtomicU64;
    type Cell<V> = core::cell::UnsafeCell<V>;
    type Lock<V: Default> = Nobodys<V>;
    type Arc<S> = alloc::sync::Arc<S>;
    type Thread = Infallible;
    type Memory<'a, T: 'a> = &'a SharedMemory<T, Self>;

    #[inline]
    fn memory<T>(shared: &SharedMemory<T, Self>) -> Self::Memory<'_, T> {
        shared
    }

    fn share<S>(shared: S) -> Self::Arc<S> {
        alloc::sync::Arc::new(shared)
    }

    fn is_same(one: &Self::Thread, _other: &Self::Thread) -> bool {
        match *one {}
    }

    fn wake(thread: &Self::Thread) {
        match *thread {}
    }

    fn back_off(attempt: u32, _at_most: Option<Duration>) {
        (0..1_u32 << attempt.min(6)).for_each(|_| core::hint::spin_loop());
    }
}

/// A lock around the list of those that sleep, which is always empty: so it needs neither memory nor a lock.
pub(crate) struct Nobodys<V>(PhantomData<fn() -> V>);

impl<V: Default> Lock<V> for Nobodys<V> {
    fn new(_value: V) -> Self {
        Self(PhantomData)
    }
    fn with<O>(&self, f: impl FnOnce(&mut V) -> O) -> O {
        f(&mut V::default())
    }
}
