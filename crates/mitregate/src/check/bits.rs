//! Sets of numbers, such as states: a bit for each.

/// A set of numbers below a limit.
pub(super) struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// None of the numbers below `len`.
    pub(super) fn new(len: usize) -> Bits {
        Bits { words: vec![0; len.div_ceil(64)], len }
    }

    /// Adds a number; false if it was there.
    pub(super) fn insert(&mut self, number: u32) -> bool {
        let (word, bit) = (&mut self.words[number as usize / 64], 1 << (number % 64));
        let new = *word & bit == 0;
        *word |= bit;
        new
    }

    /// Whether a number is in the set.
    pub(super) fn has(&self, number: u32) -> bool {
        self.words[number as usize / 64] >> (number % 64) & 1 == 1
    }

    /// What all numbers are below.
    pub(super) fn limit(&self) -> usize {
        self.len
    }

    /// How many there are.
    pub(super) fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    /// The numbers that are not in the set, in order.
    pub(super) fn complement(&self) -> impl Iterator<Item = u32> + '_ {
        let words = (0..).step_by(64).zip(&self.words);
        let numbers = words.flat_map(|(first, &word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 0).map(move |bit| first + bit)
        });
        numbers.take_while(|&number| (number as usize) < self.len)
    }

    /// The numbers, in order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        let words = (0..).step_by(64).zip(&self.words);
        words.flat_map(|(first, &word)| {
            (0..64).filter(move |bit| word >> bit & 1 == 1).map(move |bit| first + bit)
        })
    }
}
