//! What memory has no room for: seen states in sorted runs on disk, and new ones that wait to be looked up there.
//!
//! The table of seen states has a limit. When it is full, its fingerprints are written to a file in order, a *run*, and
//! the table is empty again. A successor that is not in the table may then be in a run. It is not looked up at once, for
//! each look-up would be a read of the disk: successors are collected, sorted by fingerprint and looked up together, which
//! reads a run in one sweep, or a few blocks of it if there are few of them. What is in no run is new, and gets its number
//! in the order in which it was collected. So numbers, counts and counterexamples are those of a search in memory.
//!
//! (U. Stern and D. Dill, "Using magnetic disk instead of main memory in the Murphi verifier", 1998; R. E. Korf, "Best-first
//! frontier search with delayed duplicate detection", 2004.)

use std::fs::File;
use std::io::{self, BufWriter, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;

use super::bits::Bits;
use super::seen::{PARTS, Seen, kept, part_of};

/// Fingerprints of a block, of which the first is kept in memory.
const BLOCK: usize = 512;

/// Blocks that are read at once where most are needed.
const SWEEP: usize = 64;

/// Where an exploration keeps what memory has no room for.
#[derive(Clone, Copy)]
pub struct Disk<'a> {
    /// The folder. Files in it have no names where the operating system can do that, and are gone with the process.
    pub folder: &'a Path,
    /// How much memory the process should take, in bytes: the table of seen states and states that wait get some 7/16
    /// of it. There is a byte or two a state besides, from which counterexamples are made.
    pub memory: u64,
    /// Told why the disk cannot be used any more, which ends the exploration.
    pub failed: &'a (dyn Fn(&io::Error) + Sync),
}

impl Disk<'_> {
    /// Looks whether files can be made in a folder.
    ///
    /// # Errors
    ///
    /// If they cannot.
    pub fn try_folder(folder: &Path) -> io::Result<()> {
        tempfile::tempfile_in(folder).map(|_| ())
    }
}

/// What may take how much of the memory, in bytes.
impl Disk<'_> {
    fn share(&self, sixteenths: u64) -> usize {
        usize::try_from(self.memory / 16 * sixteenths).unwrap_or(usize::MAX)
    }

    /// The table of seen states.
    pub(super) fn table(&self) -> usize {
        self.share(5)
    }

    /// States that wait to be looked up.
    pub(super) fn pending(&self) -> usize {
        self.share(1)
    }

    /// States that wait to be expanded: those of this level, and those of the next.
    pub(super) fn frontier(&self) -> usize {
        self.share(1) / 2
    }
}

/// The runs on disk.
#[derive(Default)]
pub(super) struct Runs(Vec<Run>);

/// The fingerprints of a table, in order.
struct Run {
    file: Mutex<File>,
    parts: Vec<Blocks>,
}

/// The fingerprints of a part of the table.
struct Blocks {
    /// Where they begin in the file, in fingerprints.
    start: usize,
    len: usize,
    /// The first of each block.
    firsts: Vec<u64>,
    /// The sum of each block: a disk that has changed something is noticed.
    sums: Vec<u64>,
}

impl Runs {
    /// Whether nothing is on disk.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Writes a table as a run, and empties it.
    pub(super) fn add(&mut self, seen: &mut Seen, folder: &Path) -> io::Result<()> {
        let mut file = BufWriter::with_capacity(1 << 20, tempfile::tempfile_in(folder)?);
        let mut parts = Vec::with_capacity(PARTS);
        let mut start = 0;
        for part in seen.parts_mut() {
            let (mut len, mut firsts, mut sums) = (0, Vec::new(), Vec::<u64>::new());
            for fingerprint in part.in_order() {
                if len % BLOCK == 0 {
                    firsts.push(fingerprint);
                    sums.push(0);
                }
                if let Some(sum) = sums.last_mut() {
                    *sum = sum.wrapping_add(fingerprint);
                }
                file.write_all(&fingerprint.to_le_bytes())?;
                len += 1;
            }
            parts.push(Blocks { start, len, firsts, sums });
            start += len;
        }
        let file = Mutex::new(file.into_inner().map_err(io::IntoInnerError::into_error)?);
        self.0.push(Run { file, parts });
        seen.parts_mut().iter_mut().for_each(super::seen::Part::clear);
        Ok(())
    }

    /// Which of some fingerprints are in a run, by their places.
    pub(super) fn find(
        &self,
        fingerprints: impl ExactSizeIterator<Item = u64>,
    ) -> io::Result<Bits> {
        let mut wanted: Vec<Vec<(u64, u32)>> = vec![Vec::new(); PARTS];
        let mut bits = Bits::new(fingerprints.len());
        for (index, fingerprint) in (0..).zip(fingerprints) {
            wanted[part_of(fingerprint)].push((kept(fingerprint), index));
        }
        let found: Vec<Vec<u32>> = wanted
            .par_iter_mut()
            .enumerate()
            .map(|(part, wanted)| {
                wanted.sort_unstable();
                let mut found = Vec::new();
                self.0.iter().try_for_each(|run| run.find(part, wanted, &mut found))?;
                Ok(found)
            })
            .collect::<io::Result<_>>()?;
        for index in found.into_iter().flatten() {
            bits.insert(index);
        }
        Ok(bits)
    }
}

impl Run {
    /// Adds the indices of those of a part's fingerprints, given in order, that are here.
    fn find(&self, part: usize, wanted: &[(u64, u32)], found: &mut Vec<u32>) -> io::Result<()> {
        let blocks = &self.parts[part];
        let at_once = if wanted.len() > blocks.firsts.len() / 2 { SWEEP } else { 1 };
        // The blocks that are in memory.
        let (mut loaded, mut words) = (0..0, Vec::new());
        let mut block = 0;
        for &(fingerprint, index) in wanted {
            block += blocks.firsts[block..].partition_point(|&first| first <= fingerprint);
            let Some(this) = block.checked_sub(1) else { continue };
            if !loaded.contains(&this) {
                loaded = this..(this + at_once).min(blocks.firsts.len());
                let (from, to) = (loaded.start * BLOCK, (loaded.end * BLOCK).min(blocks.len));
                self.read(blocks.start + from..blocks.start + to, &mut words)?;
                let sums = words
                    .chunks(BLOCK)
                    .map(|block| block.iter().fold(0_u64, |sum, &word| sum.wrapping_add(word)));
                if !sums.eq(blocks.sums[loaded.clone()].iter().copied()) {
                    return Err(io::Error::other("seen states on disk are not what was written"));
                }
            }
            let from = (this - loaded.start) * BLOCK;
            let some = &words[from..(from + BLOCK).min(words.len())];
            if some.binary_search(&fingerprint).is_ok() {
                found.push(index);
            }
            // The next may be in this block as well.
            block = this;
        }
        Ok(())
    }

    fn read(&self, range: std::ops::Range<usize>, words: &mut Vec<u64>) -> io::Result<()> {
        let mut bytes = vec![0; range.len() * 8];
        {
            let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
            file.seek(SeekFrom::Start(range.start as u64 * 8))?;
            file.read_exact(&mut bytes)?;
        }
        words.clear();
        let (chunks, _) = bytes.as_chunks();
        words.extend(chunks.iter().map(|&chunk| u64::from_le_bytes(chunk)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_have_what_was_written_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let mut random = fastrand::Rng::with_seed(15);
        let mut runs = Runs::default();
        let mut known = Vec::new();
        for count in [100_000, 1, 3_000] {
            let mut seen = Seen::new(false);
            for _ in 0..count {
                let fingerprint = random.u64(..);
                seen.part_mut(fingerprint).insert(fingerprint, 0);
                known.push(fingerprint);
            }
            assert_eq!(seen.len(), count);
            runs.add(&mut seen, folder.path()).unwrap();
            assert_eq!(seen.len(), 0);
        }
        // Many at once, so that everything is read, and few.
        for every in [1, 5_000] {
            let mut asked = Vec::new();
            for fingerprint in known.iter().step_by(every) {
                asked.extend([*fingerprint, fingerprint ^ 1, random.u64(..)]);
            }
            let found = runs.find(asked.iter().copied()).unwrap();
            for index in 0..u32::try_from(asked.len()).unwrap() {
                assert_eq!(found.has(index), index % 3 == 0, "{index}");
            }
        }
        assert_eq!(runs.find([0, u64::MAX].into_iter()).unwrap().count(), 0);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
