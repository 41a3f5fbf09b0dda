//! Which laws need not be asked again, because they were asked of the same part of an earlier state.
//!
//! A law of the spec that code is held to depends on the spec's state alone, which many states of the code stand for:
//! see [`Checkable::key`](super::Checkable::key). An exploration keeps the first state in which a law says something. So
//! a law whose answers are functions of the key need not be asked of a state if it was asked of one with the same key and
//! a lower number. With another number it is asked, so that what is kept does not depend on which thread was faster.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use super::fingerprint;
use super::graph::{NO_STATE, StateId};
use super::shared::Shared;

/// The lowest number of a state in which laws have been asked, for each key and for each pair of keys. There is one for
/// each exploration.
pub struct Asked {
    states: Lowest,
    /// Pairs of the same key twice: steps that do not change it, as most do not.
    stutters: Lowest,
    pairs: Shared<Pair>,
}

/// Two keys, and the lowest number.
type Pair = ((u32, u32), AtomicU32);

impl Default for Asked {
    fn default() -> Self {
        Asked { states: Lowest::new(), stutters: Lowest::new(), pairs: Shared::new() }
    }
}

impl Asked {
    /// Asks laws of a state, unless they were asked of an earlier one with its key.
    #[inline]
    pub(super) fn ask(&self, key: u32, state: StateId, ask: impl FnOnce()) {
        self.states.ask(key, state, || {
            ask();
            true
        });
    }

    /// Asks laws of a step out of a state, unless they were asked of an earlier one from and to these keys. `ask` says
    /// whether it stands for the later ones.
    #[inline]
    pub(super) fn ask_step(&self, from: u32, to: u32, state: StateId, ask: impl FnOnce() -> bool) {
        if from == to {
            return self.stutters.ask(from, state, ask);
        }
        let pair = (from, to);
        let hash = fingerprint(&pair);
        let is_pair = |(known, _): &Pair| *known == pair;
        let is_asked = |(_, lowest): &Pair| lowest.load(Ordering::Relaxed) <= state;
        if self.pairs.read(hash).find(hash, is_pair).is_some_and(is_asked) {
            return;
        }
        // First of all, so that a law that panics counts as not asked.
        if ask() {
            let mut part = self.pairs.write(hash);
            let entry = part.entry(hash, is_pair, |(pair, _)| fingerprint(pair));
            let entry = entry.or_insert_with(|| (pair, AtomicU32::new(state)));
            entry.get().1.fetch_min(state, Ordering::Relaxed);
        }
    }
}

/// A lowest number for each key. It grows by pieces, each as large as those before it together, and is never moved.
struct Lowest {
    pieces: [OnceLock<Box<[AtomicU32]>>; 27],
}

const FIRST_PIECE: u32 = 64;

impl Lowest {
    fn new() -> Lowest {
        Lowest { pieces: std::array::from_fn(|_| OnceLock::new()) }
    }

    #[inline]
    fn of(&self, key: u32) -> &AtomicU32 {
        let piece = (key / FIRST_PIECE + 1).ilog2();
        let before = FIRST_PIECE * ((1 << piece) - 1);
        let none = || (0..FIRST_PIECE << piece).map(|_| AtomicU32::new(NO_STATE)).collect();
        &self.pieces[piece as usize].get_or_init(none)[(key - before) as usize]
    }

    #[inline]
    fn ask(&self, key: u32, state: StateId, ask: impl FnOnce() -> bool) {
        let lowest = self.of(key);
        if lowest.load(Ordering::Relaxed) > state && ask() {
            lowest.fetch_min(state, Ordering::Relaxed);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[test]
    fn laws_are_asked_of_the_first_state_with_a_key() {
        let laws = Asked::default();
        let asked = Cell::new(0);
        let is_asked = |key, state| {
            asked.set(0);
            laws.ask(key, state, || asked.set(asked.get() + 1));
            asked.get() == 1
        };
        for key in [0, 63, 64, 191, 192, 1_000_000] {
            assert!(is_asked(key, 7) && !is_asked(key, 9) && is_asked(key, 3) && !is_asked(key, 7));
        }
        let is_asked = |from, to, state| {
            asked.set(0);
            laws.ask_step(from, to, state, || {
                asked.set(asked.get() + 1);
                true
            });
            asked.get() == 1
        };
        for (from, to) in [(1, 2), (2, 1), (2, 2)] {
            let ask = |state| is_asked(from, to, state);
            assert!(ask(7) && !ask(7) && !ask(9) && ask(3) && !ask(7));
        }
    }
}
