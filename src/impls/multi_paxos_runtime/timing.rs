//! How long things may take.

use std::time::Duration;

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
    /// The largest frame in bytes.
    pub most_bytes: usize,
    /// How many values a proposer proposes at the same time.
    pub window: usize,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            connect: Duration::from_secs(2),
            ping: Duration::from_secs(1),
            attempt: Duration::from_millis(500),
            least_backoff: Duration::from_millis(10),
            most_backoff: Duration::from_secs(1),
            catch_up: Duration::from_millis(250),
            most_bytes: 8 << 20,
            window: 64,
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
