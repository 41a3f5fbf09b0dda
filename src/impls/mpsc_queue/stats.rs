//! What a queue has counted.

/// Counts of messages since the queue was made. While others push and pop, the numbers are of
/// slightly different moments; when all is quiet, `sent` is the sum of `received`, `dropped` and what
/// is in the queue.
///
/// Counts of accepted messages wrap around after 2^48.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct Stats {
    /// Pushes that came to an end, one way or the other: `accepted` and `dropped`.
    pub sent: u64,
    /// Messages that went into the queue.
    pub accepted: u64,
    /// Messages that [`Producer::try_push`](super::Producer::try_push) gave back because the queue
    /// was full.
    pub dropped: u64,
    /// Messages that were taken out.
    pub received: u64,
}
