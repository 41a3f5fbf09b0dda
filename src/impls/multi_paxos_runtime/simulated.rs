//! A disk that forgets what was not synced, and fails when it is told to.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::folder::Folder;

/// A node's disk in memory. Clones are the same disk, so that a test can crash it while a store uses it.
#[derive(Clone, Debug, Default)]
pub struct SimulatedDisk {
    state: Arc<Mutex<DiskState>>,
}

/// A step at which the disk fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The power goes: this step and all later ones fail, and have no effect.
    PowerLoss,
    /// The disk is full: half of what is appended is written.
    Full,
    /// A sync fails: what it should have written can be read until the power goes, and is then lost.
    Sync,
    /// A file keeps its name.
    Rename,
}

/// What survives a crash of what was not synced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Survivors {
    /// How many of the bytes appended to each file since its last sync, from the first on.
    pub bytes: usize,
    /// Of these, the sectors of 512 bytes that read as zeros instead: bit `i` is for the `i`-th.
    pub holes: u64,
    /// How many of the files made or renamed since the last sync of the folder, from the first on.
    pub names: usize,
}

impl Survivors {
    /// Everything.
    pub const ALL: Survivors = Survivors { bytes: usize::MAX, holes: 0, names: usize::MAX };
    /// Nothing but what was synced.
    pub const SYNCED: Survivors = Survivors { bytes: 0, holes: 0, names: 0 };
}

#[derive(Debug, Default)]
struct DiskState {
    files: Vec<File>,
    /// What each name stands for, as programs see it.
    names: BTreeMap<String, usize>,
    /// What each name stands for on the disk.
    synced_names: BTreeMap<String, usize>,
    /// Names as they were after each change since the last sync of the folder.
    changes: Vec<BTreeMap<String, usize>>,
    steps: usize,
    failure: Option<(usize, Failure)>,
    is_off: bool,
}

#[derive(Clone, Debug, Default)]
struct File {
    content: Vec<u8>,
    synced: Vec<u8>,
    /// Whether a sync has failed.
    is_broken: bool,
}

/// A sector.
const SECTOR: usize = 512;

impl SimulatedDisk {
    /// An empty disk.
    pub fn new() -> SimulatedDisk {
        SimulatedDisk::default()
    }

    /// Its only folder.
    pub fn folder(&self) -> SimulatedFolder {
        SimulatedFolder(self.clone())
    }

    fn state(&self) -> MutexGuard<'_, DiskState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many steps were taken that change something.
    pub fn steps(&self) -> usize {
        self.state().steps
    }

    /// Lets a step fail, counted from 0.
    pub fn fail_at(&self, step: usize, failure: Failure) {
        self.state().failure = Some((step, failure));
    }

    /// Lets the next step fail.
    pub fn fail_next(&self, failure: Failure) {
        let step = self.steps();
        self.fail_at(step, failure);
    }

    /// How much was not synced: the most bytes of a file, and the changes of names.
    pub fn unsynced(&self) -> (usize, usize) {
        let state = self.state();
        let bytes = |file: &File| file.content.len().saturating_sub(file.synced.len());
        (state.files.iter().map(bytes).max().unwrap_or_default(), state.changes.len())
    }

    /// Takes the power away and gives it back.
    pub fn crash(&self, survivors: Survivors) {
        let mut state = self.state();
        let DiskState { files, names, synced_names, changes, .. } = &mut *state;
        for file in files.iter_mut() {
            file.content = after_crash(file, survivors);
            file.synced = file.content.clone();
            file.is_broken = false;
        }
        let survive = survivors.names.min(changes.len());
        if let Some(last) = survive.checked_sub(1) {
            synced_names.clone_from(&changes[last]);
        }
        changes.clear();
        names.clone_from(synced_names);
        state.failure = None;
        state.is_off = false;
    }

    /// Ends the process that uses the disk, as by `kill -9`: what it has written stays, synced or not.
    pub fn kill(&self) {
        let mut state = self.state();
        state.failure = None;
        state.is_off = false;
    }

    /// Flips a bit of a file. Returns whether there is such a bit.
    pub fn flip(&self, name: &str, bit: usize) -> bool {
        let mut state = self.state();
        let Some(&file) = state.names.get(name) else { return false };
        let File { content, synced, .. } = &mut state.files[file];
        let Some(byte) = content.get_mut(bit / 8) else { return false };
        *byte ^= 1 << (bit % 8);
        synced.clone_from(content);
        true
    }

    /// The content of a file.
    pub fn content(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        state.names.get(name).map(|&file| state.files[file].content.clone())
    }
}

fn after_crash(file: &File, survivors: Survivors) -> Vec<u8> {
    let synced = file.synced.len();
    let end = synced.saturating_add(survivors.bytes).min(file.content.len());
    let mut content = file.content[..end].to_vec();
    for (index, sector) in (synced / SECTOR..=end / SECTOR).enumerate() {
        if index < 64 && survivors.holes & (1 << index) != 0 {
            let start = (sector * SECTOR).clamp(synced, end);
            let stop = ((sector + 1) * SECTOR).clamp(synced, end);
            content[start..stop].fill(0);
        }
    }
    content
}

/// The folder of a [`SimulatedDisk`].
#[derive(Clone, Debug)]
pub struct SimulatedFolder(SimulatedDisk);

impl DiskState {
    /// A step begins. Returns how it fails, if not at once.
    fn step(&mut self) -> io::Result<Option<Failure>> {
        let failure = self.failure.filter(|&(step, _)| step == self.steps).map(|(_, what)| what);
        self.steps += 1;
        self.is_off |= failure == Some(Failure::PowerLoss);
        if self.is_off { Err(ErrorKind::BrokenPipe.into()) } else { Ok(failure) }
    }

    fn file(&mut self, name: &str) -> io::Result<&mut File> {
        let file = self.names.get(name).copied().ok_or(ErrorKind::NotFound)?;
        Ok(&mut self.files[file])
    }

    fn renamed(&mut self) {
        self.changes.push(self.names.clone());
    }
}

impl Folder for SimulatedFolder {
    fn path(&self, name: &str) -> PathBuf {
        PathBuf::from("simulated").join(name)
    }

    fn read(&mut self, name: &str) -> io::Result<Option<Vec<u8>>> {
        if self.0.state().is_off {
            return Err(ErrorKind::BrokenPipe.into());
        }
        Ok(self.0.content(name))
    }

    fn create(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        state.files.push(File::default());
        let file = state.files.len() - 1;
        state.names.insert(name.to_owned(), file);
        state.renamed();
        Ok(())
    }

    fn append(&mut self, name: &str, bytes: &[u8]) -> io::Result<()> {
        let mut state = self.0.state();
        let failure = state.step()?;
        let file = state.file(name)?;
        if failure == Some(Failure::Full) {
            file.content.extend(&bytes[..bytes.len() / 2]);
            return Err(ErrorKind::StorageFull.into());
        }
        file.content.extend(bytes);
        Ok(())
    }

    fn sync(&mut self, name: &str) -> io::Result<()> {
        let mut state = self.0.state();
        let failure = state.step()?;
        let file = state.file(name)?;
        if failure == Some(Failure::Sync) {
            // What was not written can still be read, and no later sync tries to write it.
            file.is_broken = true;
            return Err(io::Error::other("the disk did not take it"));
        }
        if !file.is_broken {
            file.synced.clone_from(&file.content);
        }
        Ok(())
    }

    fn rename(&mut self, from: &str, to: &str) -> io::Result<()> {
        let mut state = self.0.state();
        if state.step()? == Some(Failure::Rename) {
            return Err(ErrorKind::PermissionDenied.into());
        }
        let file = state.names.remove(from).ok_or(ErrorKind::NotFound)?;
        state.names.insert(to.to_owned(), file);
        state.renamed();
        Ok(())
    }

    fn sync_folder(&mut self) -> io::Result<()> {
        let mut state = self.0.state();
        state.step()?;
        let DiskState { names, synced_names, changes, .. } = &mut *state;
        synced_names.clone_from(names);
        changes.clear();
        Ok(())
    }
}
