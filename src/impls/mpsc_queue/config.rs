//! How large a queue may be, and how it grows.

use thiserror::Error;

/// The largest capacity that a queue can have, in messages.
///
/// A word of the queue has five bits for the level of its ring, which is enough for a queue
/// that doubles from 1 to this.
pub const MAX_CAPACITY: usize = 1 << 30;

/// The capacities of a queue: where it starts, where it ends, and by what factor it grows.
///
/// A `Config` that exists is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Config {
    // Logarithms to base 2.
    initial: u8,
    max: u8,
    factor: u8,
    // Messages; 0 if the queue does not shrink.
    patience: u32,
}

impl Config {
    /// A queue that starts with room for `initial_capacity` messages and whose capacity is
    /// multiplied by `growth_factor`, up to `max_capacity`, when its consumer finds it more than
    /// half full.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] names the number that is wrong, and what it may be: the capacities are powers
    /// of two from 1 to [`MAX_CAPACITY`], the first no larger than the second, and the factor is a
    /// power of two from 2 on.
    pub fn new(
        initial_capacity: usize,
        max_capacity: usize,
        growth_factor: usize,
    ) -> Result<Self, ConfigError> {
        let initial = log_of("initial capacity", initial_capacity)?;
        let max = log_of("maximum capacity", max_capacity)?;
        if initial > max {
            return Err(ConfigError::InitialAboveMax { initial_capacity, max_capacity });
        }
        if growth_factor < 2 || !growth_factor.is_power_of_two() {
            return Err(ConfigError::GrowthFactor { growth_factor });
        }
        // A factor that leaps over every capacity there is grows to the maximum at once.
        let factor = log2(growth_factor).min(31);
        Ok(Self { initial, max, factor, patience: 0 })
    }

    /// A queue whose capacity doubles from `initial_capacity` to `max_capacity`.
    ///
    /// # Errors
    ///
    /// As for [`Config::new`].
    pub fn elastic(initial_capacity: usize, max_capacity: usize) -> Result<Self, ConfigError> {
        Self::new(initial_capacity, max_capacity, 2)
    }

    /// A queue that always has room for `capacity` messages.
    ///
    /// # Errors
    ///
    /// As for [`Config::new`].
    pub fn fixed(capacity: usize) -> Result<Self, ConfigError> {
        Self::new(capacity, capacity, 2)
    }

    /// The same queue, which also gives memory back: when its consumer has taken this many messages and, as often as it
    /// looked, at most half as many were in the queue as the next smaller ring holds, it goes back to
    /// that ring, down to the initial capacity; but not to a single slot, of which one message is more than half.
    /// With 0, which is the default, the queue stays as large as it has become.
    ///
    /// It looks each time it has taken a quarter of `messages`, or of the capacity if that is less. It
    /// takes at least a 64th of the largest capacity that the queue has had before it shrinks, so that a
    /// lower number makes no difference. A queue through which nothing passes does not shrink.
    ///
    /// ```
    /// use mitregate_mpsc_queue::{Config, channel};
    ///
    /// let (mut producer, mut consumer) = channel(Config::elastic(4, 64)?.shrink_after(8))?;
    /// for burst in 0..100 {
    ///     while producer.try_push(burst).is_err() {
    ///         assert!(consumer.try_pop().is_ok());
    ///     }
    /// }
    /// assert_eq!(consumer.capacity(), 64);
    /// while consumer.try_pop().is_ok() {}
    /// for calm in 0..100 {
    ///     assert!(producer.try_push(calm).is_ok());
    ///     assert_eq!(consumer.try_pop(), Ok(calm));
    /// }
    /// assert_eq!(consumer.capacity(), 4);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub const fn shrink_after(self, messages: u32) -> Self {
        Self { patience: messages, ..self }
    }

    /// After how many messages the queue shrinks; 0 if it does not.
    #[inline]
    pub const fn patience(&self) -> u32 {
        self.patience
    }

    /// Whether the queue shrinks.
    #[inline]
    pub const fn shrinks(&self) -> bool {
        self.patience > 0 && self.initial < self.max
    }

    /// The capacity that a queue starts with, in messages.
    pub fn initial_capacity(&self) -> usize {
        1 << self.initial
    }

    /// The capacity that a queue can grow to, in messages.
    pub fn max_capacity(&self) -> usize {
        1 << self.max
    }

    /// By how much the capacity is multiplied when the queue grows. Factors above 2^31 read as 2^31.
    pub fn growth_factor(&self) -> u64 {
        1 << self.factor
    }

    /// The capacity of the ring of this level, in messages. The first ring has level 0, and each level is
    /// larger than the one before it by the growth factor.
    #[inline]
    pub fn capacity_of(&self, level: u8) -> u64 {
        let log = u32::from(self.initial) + u32::from(self.factor) * u32::from(level);
        1 << log.min(u32::from(self.max))
    }

    /// The level of the ring that grows no more.
    #[inline]
    pub fn last_level(&self) -> u8 {
        (self.max - self.initial).div_ceil(self.factor)
    }
}

#[allow(clippy::cast_possible_truncation)] // At most 64.
fn log2(power: usize) -> u8 {
    power.trailing_zeros() as u8
}

fn log_of(what: &'static str, capacity: usize) -> Result<u8, ConfigError> {
    if capacity == 0 || !capacity.is_power_of_two() {
        return Err(ConfigError::NotPowerOfTwo { what, capacity });
    }
    if capacity > MAX_CAPACITY {
        return Err(ConfigError::TooLarge { what, capacity });
    }
    Ok(log2(capacity))
}

/// Why numbers do not make a [`Config`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// A capacity is 0 or not a power of two.
    #[error("the {what} is {capacity}; make it a power of two, such as {}", nearest(*capacity))]
    NotPowerOfTwo {
        /// Which capacity.
        what: &'static str,
        /// What it was.
        capacity: usize,
    },
    /// A capacity is above [`MAX_CAPACITY`].
    #[error("the {what} is {capacity}; make it at most {MAX_CAPACITY}")]
    TooLarge {
        /// Which capacity.
        what: &'static str,
        /// What it was.
        capacity: usize,
    },
    /// The queue would start larger than it may become.
    #[error(
        "the initial capacity, {initial_capacity}, is above the maximum, {max_capacity}; \
         lower the first or raise the second"
    )]
    InitialAboveMax {
        /// The initial capacity.
        initial_capacity: usize,
        /// The maximum capacity.
        max_capacity: usize,
    },
    /// The growth factor is below 2 or not a power of two.
    #[error("the growth factor is {growth_factor}; make it 2 or a higher power of two")]
    GrowthFactor {
        /// What it was.
        growth_factor: usize,
    },
}

fn nearest(capacity: usize) -> usize {
    capacity.min(MAX_CAPACITY).next_power_of_two()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn capacities_follow_from_levels() {
        let config = Config::new(2, 64, 4).unwrap();
        let capacities: Vec<u64> =
            (0..=config.last_level()).map(|level| config.capacity_of(level)).collect();
        assert_eq!(capacities, [2, 8, 32, 64]);
        assert_eq!(config.initial_capacity(), 2);
        assert_eq!(config.max_capacity(), 64);
        assert_eq!(config.growth_factor(), 4);
    }

    #[test]
    fn a_fixed_queue_has_one_level() {
        assert_eq!(Config::fixed(8).unwrap().last_level(), 0);
    }

    #[test]
    fn the_largest_queue_fits_the_levels() {
        assert_eq!(Config::elastic(1, MAX_CAPACITY).unwrap().last_level(), 30);
    }

    #[test]
    fn a_huge_factor_grows_at_once() {
        let config = Config::new(1, 1024, 1 << 40).unwrap();
        assert_eq!((config.last_level(), config.capacity_of(1)), (1, 1024));
    }

    #[test]
    fn wrong_numbers_are_named_with_their_mend() {
        let text = |result: Result<Config, ConfigError>| result.unwrap_err().to_string();
        assert_eq!(
            text(Config::new(3, 8, 2)),
            "the initial capacity is 3; make it a power of two, such as 4"
        );
        assert_eq!(
            text(Config::new(0, 8, 2)),
            "the initial capacity is 0; make it a power of two, such as 1"
        );
        assert_eq!(
            text(Config::new(1, 100, 2)),
            "the maximum capacity is 100; make it a power of two, such as 128"
        );
        assert_eq!(
            text(Config::new(1, 1 << 31, 2)),
            "the maximum capacity is 2147483648; make it at most 1073741824"
        );
        assert!(text(Config::new(16, 8, 2)).contains("16, is above the maximum, 8"));
        for factor in [0, 1, 3, 6] {
            assert!(text(Config::new(1, 8, factor)).contains("make it 2 or a higher power of two"));
        }
        assert!(text(Config::new(usize::MAX, 8, 2)).contains("such as 1073741824"));
    }
}
