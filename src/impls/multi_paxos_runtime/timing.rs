//! How long things may take.

use std::time::Duration;

use mitregate_multi_paxos::PROMISE_BATCH;

/// Times and sizes. The defaults are for nodes in one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a connection may take to be made.
    pub connect: Duration,
    /// How often a connection is asked for a sign of life. It is closed if there is none until the next time.
    pub ping: Duration,
    /// How long an attempt may take before the next begins.
    pub attempt: Duration,
    /// The least time to wait after a failure, to within the jitter.
    pub least_backoff: Duration,
    /// The most time to wait after failures in a row.
    pub most_backoff: Duration,
    /// How often a learner asks for what it has missed.
    pub catch_up: Duration,
    /// The largest frame in bytes. What acceptors tell a new leader has to fit in, and so has a snapshot.
    pub most_bytes: usize,
    /// How many values of a client are on their way at the same time.
    pub window: usize,
    /// How many rounds a leader has open. Values that wait for one share it.
    pub rounds: usize,
    /// Of how many rounds an acceptor tells a new leader in one message. Rounds are made small enough for that, so all
    /// nodes of a cluster have the same, and it is not raised later: promises might then be too large to be sent.
    pub promise_batch: usize,
    /// How long nothing may be heard of a leader before another proposer takes over.
    pub leader: Duration,
    /// After how many rounds a snapshot is taken; never if `None`.
    pub snapshots: Option<u64>,
}

/// What an entry has besides its values, at most.
const OVERHEAD: usize = 256;

impl Timing {
    /// The most bytes of the values of one round. An acceptor that promises tells of so many rounds in one message.
    pub(crate) fn most_bytes_of_a_round(&self) -> usize {
        (self.most_bytes / self.promise_batch.max(1).saturating_add(1)).saturating_sub(OVERHEAD)
    }

    /// The most bytes of a value.
    pub(crate) fn most_bytes_of_a_value(&self) -> usize {
        self.most_bytes_of_a_round().saturating_sub(ITEM)
    }
}

/// What a value has besides itself in an entry, at most: its name.
pub(crate) const ITEM: usize = 32;

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            connect: Duration::from_secs(2),
            ping: Duration::from_secs(1),
            attempt: Duration::from_millis(500),
            least_backoff: Duration::from_millis(10),
            most_backoff: Duration::from_secs(1),
            catch_up: Duration::from_millis(250),
            most_bytes: 64 << 20,
            window: 64,
            rounds: 8,
            promise_batch: PROMISE_BATCH,
            leader: Duration::from_secs(1),
            snapshots: None,
        }
    }
}

/// Times to wait after failures: a random part of a bound that doubles each time.
///
/// The random part is what lets two proposers that outbid each other come apart. See "Exponential Backoff And
/// Jitter" (Marc Brooker, 2015), where this is called full jitter.
#[derive(Debug)]
pub(crate) struct Backoff {
    least: Duration,
    most: Duration,
    failures: u32,
    random: fastrand::Rng,
}

impl Backoff {
    pub(crate) fn new(timing: &Timing, random: fastrand::Rng) -> Backoff {
        Backoff { least: timing.least_backoff, most: timing.most_backoff, failures: 0, random }
    }

    /// How long to wait after one more failure.
    pub(crate) fn next(&mut self) -> Duration {
        let wait = jitter(&mut self.random, self.least, self.most, self.failures);
        self.failures = self.failures.saturating_add(1);
        wait
    }

    /// It has worked.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }
}

/// A random time, from half of `least` to `least` after no failure before, and up to twice as long after each.
pub(crate) fn jitter(
    random: &mut fastrand::Rng,
    least: Duration,
    most: Duration,
    failures: u32,
) -> Duration {
    let bound = least.saturating_mul(1 << failures.min(16)).min(most);
    least / 2 + bound.saturating_sub(least / 2).mul_f64(random.f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_up_to_a_bound_and_repeat_for_a_seed() {
        let timing = Timing::default();
        let waits = |seed| {
            let mut backoff = Backoff::new(&timing, fastrand::Rng::with_seed(seed));
            (0..40).map(|_| backoff.next()).collect::<Vec<_>>()
        };
        assert_eq!(waits(1), waits(1));
        assert_ne!(waits(1), waits(2));
        for (failures, wait) in (0..).zip(waits(3)) {
            let most =
                (timing.least_backoff * 2_u32.pow(failures.min(20))).min(timing.most_backoff);
            assert!(wait >= timing.least_backoff / 2 && wait <= most, "{failures}: {wait:?}");
        }
        let mut backoff = Backoff::new(&timing, fastrand::Rng::with_seed(1));
        let first = (0..20).map(|_| backoff.next()).max().unwrap();
        assert!(first > timing.least_backoff * 4);
        backoff.reset();
        assert!(backoff.next() <= timing.least_backoff);
    }
}
