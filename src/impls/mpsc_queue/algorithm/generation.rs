//! Which ring of a queue it is.
// Bits are cut off where a part is taken out.
#![allow(clippy::cast_possible_truncation)]

use core::fmt;

/// The bits that a generation has.
pub(super) const BITS: u32 = LEVEL_BITS + NUMBER_BITS;
const LEVEL_BITS: u32 = 5;
const NUMBER_BITS: u32 = 8;
const MASK: u16 = (1 << BITS) - 1;
const STEP: u16 = 1 << LEVEL_BITS;

/// A ring of a queue: how large it is, and the how many-th it is, modulo 256.
///
/// `number (8 bits) | level (5 bits)`
///
/// The level, from 0 to 30, says what capacity the ring has: see [`Config::capacity_of`](crate::Config::capacity_of). In a queue
/// that only grows it is the number. In one that shrinks, a level comes again, and after 256 rings a number
/// does; [`algorithm`](crate::algorithm) says why that does no harm.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Generation(u16);

impl Generation {
    /// The first ring of a queue.
    pub const FIRST: Self = Self(0);

    /// A ring that no queue has: levels end at 30.
    pub(super) const NONE: Self = Self(MASK);

    /// The first ring of a queue that numbers its rings from `number` on.
    pub const fn first_of(number: u8) -> Self {
        Self(number as u16 * STEP)
    }

    /// The generation in the low bits of a word.
    #[inline]
    pub(super) const fn of_bits(bits: u64) -> Self {
        Self(bits as u16 & MASK)
    }

    /// How it is kept in a word.
    #[inline]
    pub(super) const fn bits(self) -> u64 {
        self.0 as u64
    }

    /// What capacity the ring has.
    #[inline]
    pub const fn level(self) -> u8 {
        (self.0 % STEP) as u8
    }

    /// The how many-th ring it is, from 0, modulo 256.
    #[inline]
    pub const fn number(self) -> u8 {
        (self.0 >> LEVEL_BITS) as u8
    }

    /// The next ring, a level larger. The level is below 30.
    #[must_use]
    pub const fn grown(self) -> Self {
        Self((self.0 + STEP + 1) & MASK)
    }

    /// The next ring, a level smaller. The level is above 0.
    #[must_use]
    pub const fn shrunk(self) -> Self {
        Self((self.0 + STEP - 1) & MASK)
    }

    /// Whether it came after `other`, if there are fewer than 128 rings between the two.
    #[inline]
    pub const fn is_after(self, other: Self) -> bool {
        (self.number().wrapping_sub(other.number())).cast_signed() > 0
    }
}

/// The number, and the level if it is another.
impl fmt::Display for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Self::NONE {
            return f.write_str("none");
        }
        let (number, level) = (self.number(), self.level());
        if level == number { write!(f, "{number}") } else { write!(f, "{number}/{level}") }
    }
}

impl fmt::Debug for Generation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rings_are_numbered_and_have_a_level() {
        let parts = |it: Generation| (it.number(), it.level());
        let second = Generation::FIRST.grown();
        assert_eq!(parts(second), (1, 1));
        assert_eq!(parts(second.grown().shrunk()), (3, 1));
        assert_eq!(parts(Generation::first_of(255).grown()), (0, 1));
        assert_eq!(parts(Generation::first_of(254).grown().shrunk()), (0, 0));
        assert_eq!(format!("{second:?} {:?}", second.shrunk()), "1 2/0");
    }

    #[test]
    fn numbers_are_compared_around_the_wrap() {
        let last = Generation::first_of(255);
        assert!(last.grown().is_after(last) && !last.is_after(last.grown()));
        assert!(!last.is_after(last));
        assert!(last.grown().shrunk().is_after(last));
    }

    #[test]
    fn none_is_no_level() {
        assert_eq!(Generation::NONE.level(), 31);
        assert_eq!(Generation::NONE.to_string(), "none");
    }
}
