//! The table of seen states: which fingerprints there are, and the number of each state where numbers are asked for.
//!
//! It is in [`PARTS`] parts by the highest bits of a fingerprint, so that as many threads can add to it at once, each to
//! parts of its own. A part is a sorted array with gaps: a fingerprint has its place in proportion to its value, or
//! shortly after it. So a look-up reads about one line of the cache, whether or not it finds something; a part grows in
//! one sweep; and of 100 places 68 to 85 are taken, which makes 9.4 to 11.8 bytes a state. (O. Amble and D. E. Knuth,
//! "Ordered hash tables", 1974.)

use std::io;

use super::checkpoint::{Input, Output};
use super::graph::{NO_STATE, StateId};

/// How many parts there are: a power of two, and more than there will be threads.
pub(super) const PARTS: usize = 64;

const PART_BITS: u32 = PARTS.trailing_zeros();

/// A gap. It is larger than each fingerprint that is kept.
const GAP: u64 = u64::MAX;

/// Places after the last that a fingerprint can be due at, so that none has to wrap round; more if they do not suffice.
const SPARE: usize = 64;

/// The table.
pub(super) struct Seen {
    parts: Vec<Part>,
}

/// The fingerprints that begin with the same bits.
pub(super) struct Part {
    fingerprints: Vec<u64>,
    /// A number for each place; none at all if they are not kept.
    numbers: Option<Vec<StateId>>,
    len: usize,
    /// How many places fingerprints can be due at.
    due: usize,
}

/// The part of a fingerprint.
#[inline]
pub(super) fn part_of(fingerprint: u64) -> usize {
    (fingerprint >> (64 - PART_BITS)) as usize // below the number of parts
}

impl Seen {
    /// An empty table, with numbers or without.
    pub(super) fn new(numbered: bool) -> Seen {
        Seen { parts: (0..PARTS).map(|_| Part::new(numbered)).collect() }
    }

    /// How many fingerprints there are.
    #[cfg(any(test, feature = "distributed"))]
    pub(super) fn len(&self) -> usize {
        self.parts.iter().map(|part| part.len).sum()
    }

    /// The memory that it takes, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.parts.iter().map(|part| part.fingerprints.capacity() * size_of::<u64>()).sum()
    }

    /// Whether a part takes more memory with so many more fingerprints.
    pub(super) fn grows_with(&self, more: usize) -> bool {
        self.parts.iter().any(|part| part.is_full_with(more))
    }

    /// The parts, each for another thread.
    pub(super) fn parts_mut(&mut self) -> &mut [Part] {
        &mut self.parts
    }

    /// The part that has a fingerprint, if any has.
    #[inline]
    pub(super) fn part_mut(&mut self, fingerprint: u64) -> &mut Part {
        &mut self.parts[part_of(fingerprint)]
    }

    /// Looks up fingerprints and hands on for each whether it is there, and if so its number, or [`NO_STATE`] if there
    /// are no numbers. All first places are read before anything waits for one, because most are in no cache.
    pub(super) fn find_all(
        &self,
        fingerprints: &[u64],
        mut found: impl FnMut(usize, Option<StateId>),
    ) {
        const AT_ONCE: usize = 16;
        let mut first = [(0, 0); AT_ONCE];
        for (group, some) in fingerprints.chunks(AT_ONCE).enumerate() {
            for (first, &fingerprint) in first.iter_mut().zip(some) {
                let part = &self.parts[part_of(fingerprint)];
                let place = part.place_due(fingerprint);
                *first = (place, part.fingerprints[place]);
            }
            for (index, (&(place, there), &fingerprint)) in first.iter().zip(some).enumerate() {
                let part = &self.parts[part_of(fingerprint)];
                found(group * AT_ONCE + index, part.find_from(place, there, kept(fingerprint)));
            }
        }
    }
}

/// Saving.
impl Seen {
    pub(super) fn write(&self, output: &mut Output) -> io::Result<()> {
        self.parts.iter().try_for_each(|part| {
            output.count(part.len)?;
            output.count(part.due)?;
            output.words(part.fingerprints.iter().copied())?;
            output.halves(part.numbers.as_deref().unwrap_or_default().iter().copied())
        })
    }

    pub(super) fn read(input: &mut Input) -> io::Result<Seen> {
        let part = |_| {
            let (len, due) = (input.count()?, input.count()?);
            let (fingerprints, numbers) = (input.words()?, input.halves()?);
            let numbers = (numbers.len() == fingerprints.len()).then_some(numbers);
            Ok(Part { fingerprints, numbers, len, due })
        };
        Ok(Seen { parts: (0..PARTS).map(part).collect::<io::Result<_>>()? })
    }
}

/// A fingerprint as it is kept: one value stands for a gap.
#[inline]
pub(super) fn kept(fingerprint: u64) -> u64 {
    fingerprint.min(GAP - 1)
}

impl Part {
    fn new(numbered: bool) -> Part {
        let mut part =
            Part { fingerprints: Vec::new(), numbers: numbered.then(Vec::new), len: 0, due: 0 };
        part.rebuild(16);
        part
    }

    /// At most 85 of 100 places are taken.
    #[inline]
    fn is_full_with(&self, more: usize) -> bool {
        (self.len + more) * 20 >= self.due * 17
    }

    /// The fingerprints, in order.
    pub(super) fn in_order(&self) -> impl Iterator<Item = u64> {
        self.fingerprints.iter().copied().filter(|&it| it != GAP)
    }

    /// Takes all fingerprints out; the places stay.
    pub(super) fn clear(&mut self) {
        self.fingerprints.fill(GAP);
        self.len = 0;
    }

    /// Where a fingerprint is if nothing is in its way.
    #[allow(clippy::cast_possible_truncation)] // the product's upper half is below `due`
    #[inline]
    fn place_due(&self, fingerprint: u64) -> usize {
        ((u128::from(fingerprint << PART_BITS) * self.due as u128) >> 64) as usize
    }

    #[inline]
    fn find_from(&self, mut place: usize, mut there: u64, fingerprint: u64) -> Option<StateId> {
        while there < fingerprint {
            place += 1;
            there = self.fingerprints[place];
        }
        (there == fingerprint)
            .then(|| self.numbers.as_ref().map_or(NO_STATE, |numbers| numbers[place]))
    }

    /// Adds a fingerprint with a number, unless it is there; the number that it has then.
    #[inline]
    pub(super) fn insert(&mut self, fingerprint: u64, number: StateId) -> Option<StateId> {
        let fingerprint = kept(fingerprint);
        if self.is_full_with(0) {
            self.rebuild(self.due + self.due / 4);
        }
        loop {
            let mut place = self.place_due(fingerprint);
            while self.fingerprints[place] < fingerprint {
                place += 1;
            }
            if self.fingerprints[place] == fingerprint {
                return Some(self.numbers.as_ref().map_or(NO_STATE, |numbers| numbers[place]));
            }
            let gap = self.fingerprints[place..].iter().position(|&there| there == GAP);
            // The last place stays a gap: it ends every search.
            let Some(gap) = gap.map(|it| place + it).filter(|it| it + 1 < self.fingerprints.len())
            else {
                self.more_spare();
                continue;
            };
            self.fingerprints.copy_within(place..gap, place + 1);
            self.fingerprints[place] = fingerprint;
            if let Some(numbers) = &mut self.numbers {
                numbers.copy_within(place..gap, place + 1);
                numbers[place] = number;
            }
            self.len += 1;
            return None;
        }
    }

    /// Gives a fingerprint that is there another number.
    #[inline]
    pub(super) fn renumber(&mut self, fingerprint: u64, number: StateId) {
        let fingerprint = kept(fingerprint);
        let mut place = self.place_due(fingerprint);
        while self.fingerprints[place] < fingerprint {
            place += 1;
        }
        if let Some(numbers) = &mut self.numbers {
            numbers[place] = number;
        }
    }

    /// Makes the part anew, with so many places to be due at.
    fn rebuild(&mut self, due: usize) {
        let places = due + SPARE;
        let numbers = self.numbers.as_ref().map(|_| vec![NO_STATE; places]);
        let next = Part { fingerprints: vec![GAP; places], numbers, len: self.len, due };
        let before = std::mem::replace(self, next);
        let mut free = 0;
        for (place, &fingerprint) in before.fingerprints.iter().enumerate() {
            if fingerprint == GAP {
                continue;
            }
            let to = free.max(self.place_due(fingerprint));
            free = to + 1;
            while free >= self.fingerprints.len() {
                self.more_spare();
            }
            self.fingerprints[to] = fingerprint;
            if let (Some(numbers), Some(before)) = (&mut self.numbers, &before.numbers) {
                numbers[to] = before[place];
            }
        }
    }

    fn more_spare(&mut self) {
        let places = self.fingerprints.len() + SPARE;
        self.fingerprints.resize(places, GAP);
        if let Some(numbers) = &mut self.numbers {
            numbers.resize(places, NO_STATE);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use super::*;

    /// Against a map, with fingerprints that are many, few, or crowded at both ends of a part.
    #[test]
    fn what_is_inserted_is_found_and_nothing_else() {
        let mut random = fastrand::Rng::with_seed(15);
        for crowd in [64, 14, 3] {
            let mut seen = Seen::new(true);
            let mut known: HashMap<u64, StateId> = HashMap::new();
            for number in 0..20_000 {
                let crowded = random.u64(..) >> (64 - crowd);
                let fingerprint = if random.bool() { crowded } else { !crowded - 1 };
                let before = known.get(&fingerprint).copied();
                assert_eq!(seen.part_mut(fingerprint).insert(fingerprint, number), before);
                known.entry(fingerprint).or_insert(number);
                if random.u8(..) == 0 {
                    seen.part_mut(fingerprint).renumber(fingerprint, number);
                    known.insert(fingerprint, number);
                }
            }
            let (all, numbers): (Vec<u64>, Vec<StateId>) = known.iter().unzip();
            let mut count = 0;
            seen.find_all(&all, |index, number| {
                count += 1;
                assert_eq!(number, Some(numbers[index]));
            });
            assert_eq!(count, all.len());
            let others: Vec<u64> = (0..1_000).map(|_| random.u64(..)).collect();
            seen.find_all(&others, |index, number| {
                assert_eq!(number, known.get(&others[index]).copied());
            });
        }
    }

    #[test]
    fn memory_is_at_most_twelve_bytes_a_state() {
        let mut seen = Seen::new(false);
        let mut random = fastrand::Rng::with_seed(15);
        for count in 1..=400_000_u32 {
            let fingerprint = random.u64(..);
            assert_eq!(seen.part_mut(fingerprint).insert(fingerprint, NO_STATE), None);
            if count.is_multiple_of(50_000) {
                let places: usize =
                    seen.parts.iter().map(|part| part.fingerprints.capacity()).sum();
                assert!(
                    places * 8 < count as usize * 12 + PARTS * SPARE * 8,
                    "{places} at {count}"
                );
            }
        }
    }
}
