//! The step that first reached each state, in about ten bits a state.

use std::collections::HashMap;
use std::io;

use super::StateId;
use crate::check::checkpoint::{Input, Output};

/// Every so many children the place of their bit is noted.
const SAMPLE: usize = 512;

/// Actions are kept in pieces of this size: a list that grows in one piece needs the memory of two at times.
const PIECE: usize = 1 << 20;

/// Stands for an action's index that does not fit a byte.
const LARGE: u8 = u8::MAX;

/// For each state its parent and the index of the action between the two.
///
/// States are numbered in the order in which a breadth-first search finds them, so their parents never decrease. It
/// is enough to know how many children each state has: that many ones and then a zero, in one sequence of bits. The
/// parent of the child whose one is the `k`th is the number of zeros before it.
#[derive(Debug, Default)]
pub(super) struct Reached {
    /// How many states have no parent. They come first.
    initial: usize,
    bits: Vec<u64>,
    bit_count: usize,
    /// The place of every [`SAMPLE`]th one.
    samples: Vec<u64>,
    /// The state whose children are being added.
    parent: StateId,
    /// All pieces but the last are full.
    actions: Vec<Vec<u8>>,
    count: usize,
    large: HashMap<StateId, u32>,
}

impl Reached {
    /// How many states there are.
    pub(super) fn len(&self) -> usize {
        self.count
    }

    /// Adds a state.
    ///
    /// # Panics
    ///
    /// If an initial state comes after one that is not, or a child of a state after one of a later state.
    pub(super) fn push(&mut self, parent: Option<StateId>, action: u32) {
        match parent {
            None => {
                assert!(self.bit_count == 0, "initial states come first");
                self.initial += 1;
            }
            Some(parent) => {
                assert!(self.parent <= parent, "states come in the order of their parents");
                while self.parent < parent {
                    self.push_bit(false);
                    self.parent += 1;
                }
                if (self.len() - self.initial).is_multiple_of(SAMPLE) {
                    self.samples.push(self.bit_count as u64);
                }
                self.push_bit(true);
            }
        }
        let short = u8::try_from(action).ok().filter(|&short| short != LARGE);
        if short.is_none() {
            self.large.insert(super::id(self.len()), action);
        }
        if self.count.is_multiple_of(PIECE) {
            self.actions.push(Vec::new());
        }
        if let Some(last) = self.actions.last_mut() {
            last.push(short.unwrap_or(LARGE));
            self.count += 1;
        }
    }

    pub(super) fn write(&self, output: &mut Output) -> io::Result<()> {
        output.count(self.initial)?;
        output.count(self.bit_count)?;
        output.words(self.bits.iter().copied())?;
        output.words(self.samples.iter().copied())?;
        output.halves([self.parent])?;
        output.count(self.count)?;
        self.actions.iter().try_for_each(|piece| output.bytes(piece))?;
        output.halves(self.large.keys().copied())?;
        output.halves(self.large.values().copied())
    }

    pub(super) fn read(input: &mut Input) -> io::Result<Reached> {
        let (initial, bit_count) = (input.count()?, input.count()?);
        let (bits, samples) = (input.words()?, input.words()?);
        let parent = input.halves()?.first().copied().unwrap_or_default();
        let actions = input.bytes()?;
        let count = actions.len();
        let actions = actions.chunks(PIECE).map(<[u8]>::to_vec).collect();
        let large = input.halves()?.into_iter().zip(input.halves()?).collect();
        Ok(Reached { initial, bits, bit_count, samples, parent, actions, count, large })
    }

    fn push_bit(&mut self, bit: bool) {
        let (word, place) = (self.bit_count / 64, self.bit_count % 64);
        if place == 0 {
            self.bits.push(0);
        }
        self.bits[word] |= u64::from(bit) << place;
        self.bit_count += 1;
    }

    /// The parent of a state and the action's index; none if there is no such state.
    pub(super) fn get(&self, state: StateId) -> Option<(Option<StateId>, u32)> {
        let piece = self.actions.get(state as usize / PIECE)?;
        let short = *piece.get(state as usize % PIECE)?;
        let action = match short {
            LARGE => self.large.get(&state).copied()?,
            short => u32::from(short),
        };
        let child = (state as usize).checked_sub(self.initial);
        Some((child.map(|child| super::id(self.place_of(child) - child)), action))
    }

    /// The place of the one of that number.
    fn place_of(&self, child: usize) -> usize {
        let sample = super::offset(self.samples[child / SAMPLE]);
        // How many ones of this word are to be skipped, those before the sampled one among them.
        let mut word = sample / 64;
        let before = self.bits[word] & ((1 << (sample % 64)) - 1);
        let mut skip = child % SAMPLE + before.count_ones() as usize;
        while skip >= self.bits[word].count_ones() as usize {
            skip -= self.bits[word].count_ones() as usize;
            word += 1;
        }
        let mut rest = self.bits[word];
        for _ in 0..skip {
            rest &= rest - 1;
        }
        word * 64 + rest.trailing_zeros() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pushed_is_found() {
        let mut random = fastrand::Rng::with_seed(15);
        for round in 0..40 {
            let mut reached = Reached::default();
            let mut pushed = Vec::new();
            for index in 0..random.u32(1..5) {
                pushed.push((None, index));
            }
            let mut parent = 0;
            for _ in 0..random.usize(0..3_000) {
                // Some states have many children, and many have none.
                parent += if random.u8(..) < 64 { random.u32(0..=30 * (round % 4)) } else { 0 };
                let action = if random.u8(..) < 4 { random.u32(200..400) } else { random.u32(..9) };
                pushed.push((Some(parent), action));
            }
            for &(parent, action) in &pushed {
                reached.push(parent, action);
            }
            for (state, &expected) in (0..).zip(&pushed) {
                assert_eq!(reached.get(state), Some(expected));
            }
            assert_eq!(reached.get(super::super::id(pushed.len())), None);
        }
    }
}
