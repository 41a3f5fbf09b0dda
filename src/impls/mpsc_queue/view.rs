//! What both ends can tell of their queue.

/// Gives a handle the functions that look at the queue.
macro_rules! view {
    ($handle:ident) => {
        $crate::view::view!($handle, 0);
    };
    ($handle:ident, $raw:tt) => {
        impl<T> $handle<T> {
            /// How many messages are in the queue, those included that are still being written. Exact
            /// if no other thread pushes or pops at the same time.
            pub fn len(&self) -> usize {
                self.$raw.view().len()
            }

            /// Whether there is no message in the queue. Exact if no other thread pushes or pops at the
            /// same time.
            pub fn is_empty(&self) -> bool {
                self.len() == 0
            }

            /// How many messages the queue has room for at present.
            pub fn capacity(&self) -> usize {
                self.$raw.view().capacity()
            }

            /// How many times the queue has changed its ring, modulo 256: in a queue that does not shrink, how many times
            /// it has grown.
            pub fn generation(&self) -> u8 {
                self.$raw.view().generation()
            }

            /// How the queue grows and shrinks.
            pub fn config(&self) -> Config {
                self.$raw.view().config()
            }

            /// Whether one side has gone, or the consumer has closed the queue.
            pub fn is_closed(&self) -> bool {
                self.$raw.view().is_closed()
            }

            /// What the queue has counted.
            pub fn stats(&self) -> Stats {
                self.$raw.view().stats()
            }
        }

        impl<T> core::fmt::Debug for $handle<T> {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.debug_struct(stringify!($handle))
                    .field("len", &self.len())
                    .finish_non_exhaustive()
            }
        }
    };
}
pub(super) use view;
