//! A node's durable log.
//!
//! The file `log` is a sequence of frames: a mark, the length of the payload and two checksums, then the payload,
//! and bytes that fill the frame up to a multiple of 16, so that no part of it in a sector is shorter. The
//! first frame says whose log it is, each later one has the [`Record`]s of one write. It is written anew, as the state that it
//! leads to, when it has grown to twice its size: into `log.new`, which then takes its name.
//!
//! What a crash has left unfinished at the end is cut off: no answer has left that depends on it. Anything else
//! that does not fit its checksums is damage, and the log is refused.

use std::io;
use std::path::PathBuf;

use mitregate_multi_paxos::{NodeId, Record, Stored};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::folder::Folder;

/// The log.
pub const LOG: &str = "log";

/// A log that is being written anew.
pub const NEW_LOG: &str = "log.new";

/// The version of the log's format.
pub const FORMAT: u32 = 2;

/// Mark, length, checksum of the rest of the frame, checksum of length, that checksum and the offset.
const HEADER: usize = 16;

/// Every frame begins with it.
const MARK: [u8; 4] = *b"PAXL";

/// Frames begin at multiples of this.
const ALIGNMENT: usize = 16;

/// What fills a frame up. A sector that was never written is zero.
const FILL: u8 = 0xFF;

/// No payload is larger. A message, and so a record, is bounded far below that.
pub(super) const MOST_BYTES: usize = 1 << 28;

/// A disk writes so many bytes as a whole, or not at all.
const SECTOR: usize = 512;

/// A log is not written anew below this size.
const LEAST_TO_COMPACT: u64 = 1 << 20;

/// Whose log it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The version of the format: [`FORMAT`].
    pub format: u32,
    /// The name of the cluster.
    pub cluster: String,
    /// The node.
    pub node: NodeId,
}

/// Why a store cannot be opened or written to. After an error of [`Store::write`] nothing may be sent that
/// depends on what was to be written, and the node has to stop.
#[derive(Debug, Error)]
pub enum StoreError {
    /// Reading or writing failed.
    #[error("{path}: cannot {what}: {error}")]
    Io {
        /// The file.
        path: PathBuf,
        /// What was tried.
        what: &'static str,
        /// What the system said.
        #[source]
        error: io::Error,
    },
    /// The log is damaged.
    #[error(
        "{path}: damaged at byte {offset}: {problem}. The node may have given promises that are lost, so it \
         must not start with this folder: take it out of the cluster, or restore the file"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Where the frame begins that is damaged.
        offset: u64,
        /// What is wrong.
        problem: &'static str,
    },
    /// The log is of another version of this program.
    #[error(
        "{path}: the log has format {found}, this program reads {FORMAT}: use the program that wrote it"
    )]
    Format {
        /// The file.
        path: PathBuf,
        /// The format found.
        found: u32,
    },
    /// The log is of another node or another cluster.
    #[error("{path}: the log of {found}, not of {expected}: choose another folder")]
    Foreign {
        /// The file.
        path: PathBuf,
        /// Whose log it is.
        found: String,
        /// Whose log it should be.
        expected: String,
    },
    /// A write failed before. What is on disk is not known.
    #[error("{path}: a write failed before, so nothing more is written")]
    Failed {
        /// The file.
        path: PathBuf,
    },
    /// The program is ending, or a write has panicked.
    #[error("a write was stopped")]
    Stopped,
    /// A type of values that the format cannot hold.
    #[error(
        "a record cannot be written: {0}; use values whose Serialize gives lengths and is of a plain type"
    )]
    Unwritable(#[source] postcard::Error),
    /// A value is too large to be written.
    #[error(
        "a record of {bytes} bytes is too large for the log: append smaller values, of at most {MOST_BYTES} bytes"
    )]
    TooLarge {
        /// The size of the record.
        bytes: usize,
    },
}

impl std::fmt::Display for Identity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "node {} of cluster {:?}", self.node, self.cluster)
    }
}

/// A frame's payload.
#[derive(Serialize, Deserialize)]
enum Entry<R> {
    Head(Identity),
    /// Those of one write. A disk may reorder the sectors of a write, so only whole writes tell what was
    /// acknowledged: a later one begins after the sync of those before.
    Records(R),
}

/// A node's durable log, open for writing.
#[derive(Debug)]
pub struct Store<F> {
    folder: F,
    identity: Identity,
    length: u64,
    compacted: u64,
    failed: bool,
}

impl<F: Folder> Store<F> {
    /// Opens a node's log, or begins one, and returns what is on it, without an unfinished end.
    ///
    /// The log is written anew each time. What is read need not be on disk yet: a process that was killed may have
    /// written and not synced, and a sync that failed may have left what it did not write in the system's memory.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if it cannot be read, is damaged, or is not this node's.
    pub fn open<V: Clone + Serialize + DeserializeOwned>(
        mut folder: F,
        identity: Identity,
    ) -> Result<(Store<F>, Stored<V>), StoreError> {
        let content = folder.read(LOG).map_err(|error| failed(&folder, "read", error))?;
        let stored = match content {
            None => Stored::default(),
            Some(content) => read(&folder, &content, &identity)?,
        };
        let mut store = Store { folder, identity, length: 0, compacted: 0, failed: false };
        store.compact(&stored)?;
        Ok((store, stored))
    }

    /// Appends records, and waits until they are on disk.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if they may not be there. Every later call fails.
    pub fn write<V: Serialize>(&mut self, records: &[Record<V>]) -> Result<(), StoreError> {
        self.check_usable()?;
        self.failed = true;
        let mut bytes = Vec::new();
        match append_frame(&mut bytes, self.length, &Entry::Records(records)) {
            // Each half is synced by itself, for only the last write may be unfinished.
            Err(StoreError::TooLarge { .. }) if records.len() > 1 => {
                let (first, second) = records.split_at(records.len() / 2);
                self.failed = false;
                self.write(first)?;
                return self.write(second);
            }
            appended => appended?,
        }
        let folder = &mut self.folder;
        folder.append(LOG, &bytes).map_err(|error| failed(folder, "write", error))?;
        folder.sync(LOG).map_err(|error| failed(folder, "sync", error))?;
        self.failed = false;
        self.length += bytes.len() as u64;
        Ok(())
    }

    /// Whether the log has grown so much that [`Store::compact`] is worth it.
    pub fn is_long(&self) -> bool {
        self.length >= LEAST_TO_COMPACT.max(self.compacted.saturating_mul(2))
    }

    /// The length of the log in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    /// Writes the log anew, as the state that it leads to. The old one stands until the new one is on disk.
    ///
    /// # Errors
    ///
    /// [`StoreError`] if the new log may not be on disk. Every later call fails.
    pub fn compact<V: Clone + Serialize>(&mut self, stored: &Stored<V>) -> Result<(), StoreError> {
        self.check_usable()?;
        let acceptor = stored.acceptor.events().map(Record::Acceptor);
        let proposer = stored.proposer.events().map(Record::Proposer);
        self.rewrite(acceptor.chain(proposer))
    }

    fn rewrite<V: Serialize>(
        &mut self,
        records: impl Iterator<Item = Record<V>>,
    ) -> Result<(), StoreError> {
        let mut bytes = Vec::new();
        append_frame(&mut bytes, 0, &Entry::<()>::Head(self.identity.clone()))?;
        for record in records {
            append_frame(&mut bytes, 0, &Entry::Records(vec![&record]))?;
        }
        self.failed = true;
        let folder = &mut self.folder;
        folder
            .create(NEW_LOG)
            .and_then(|()| folder.append(NEW_LOG, &bytes))
            .and_then(|()| folder.sync(NEW_LOG))
            .and_then(|()| folder.rename(NEW_LOG, LOG))
            .and_then(|()| folder.sync_folder())
            .map_err(|error| failed(folder, "write anew", error))?;
        self.failed = false;
        self.length = bytes.len() as u64;
        self.compacted = self.length;
        Ok(())
    }

    fn check_usable(&self) -> Result<(), StoreError> {
        if self.failed { Err(StoreError::Failed { path: self.folder.path(LOG) }) } else { Ok(()) }
    }
}

/// An error of the file system.
fn failed<F: Folder>(folder: &F, what: &'static str, error: io::Error) -> StoreError {
    StoreError::Io { path: folder.path(LOG), what, error }
}

/// Appends a frame. `start` is where `bytes` will stand in the file.
fn append_frame<R: Serialize>(
    bytes: &mut Vec<u8>,
    start: u64,
    entry: &Entry<R>,
) -> Result<(), StoreError> {
    let offset = start + bytes.len() as u64;
    let mut payload = postcard::to_stdvec(entry).map_err(StoreError::Unwritable)?;
    let length = u32::try_from(payload.len()).ok().filter(|&it| it as usize <= MOST_BYTES);
    let Some(length) = length else {
        return Err(StoreError::TooLarge { bytes: payload.len() });
    };
    payload.resize(payload.len().next_multiple_of(ALIGNMENT), FILL);
    let [length, checksum] = [length, crc32fast::hash(&payload)].map(u32::to_le_bytes);
    bytes.extend(MARK);
    bytes.extend(length);
    bytes.extend(checksum);
    bytes.extend(header_checksum(length, checksum, offset).to_le_bytes());
    bytes.extend(payload);
    Ok(())
}

/// The offset is in it, so that a frame which has moved is noticed.
fn header_checksum(length: [u8; 4], checksum: [u8; 4], offset: u64) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    hasher.update(&length);
    hasher.update(&checksum);
    hasher.update(&offset.to_le_bytes());
    hasher.finalize()
}

/// What is wrong with the bytes at some place.
enum Fault {
    /// A write that a crash has cut short, if nothing follows.
    Unfinished,
    Damaged(&'static str),
}

/// The payload of the frame at an offset, and the offset behind the frame.
fn frame(content: &[u8], offset: usize) -> Result<(&[u8], usize), Fault> {
    let rest = content.get(offset..).unwrap_or_default();
    let field = |at: usize| rest.get(at..at + 4).and_then(|bytes| <[u8; 4]>::try_from(bytes).ok());
    let (Some(mark), Some(length), Some(checksum), Some(header)) =
        (field(0), field(4), field(8), field(12))
    else {
        return Err(Fault::Unfinished);
    };
    let expected = header_checksum(length, checksum, offset as u64);
    if mark != MARK || expected != u32::from_le_bytes(header) {
        // A crash leaves that only if the header's sector was not written.
        return Err(if has_hole(content, offset, offset + HEADER) {
            Fault::Unfinished
        } else {
            Fault::Damaged("the frame's header does not have its checksum")
        });
    }
    let length = u32::from_le_bytes(length) as usize;
    let start = offset + HEADER;
    let end = start + length.next_multiple_of(ALIGNMENT);
    let Some(filled) = content.get(start..end) else {
        return Err(Fault::Unfinished);
    };
    if crc32fast::hash(filled) != u32::from_le_bytes(checksum) {
        return Err(if has_hole(content, offset, end) {
            Fault::Unfinished
        } else {
            Fault::Damaged("the record does not have its checksum")
        });
    }
    Ok((&filled[..length], end))
}

/// Whether what lies between two offsets in some sector is all zero: a sector that was never written. One wrong
/// bit does not look like that, unless a record has a whole sector of zeros.
fn has_hole(content: &[u8], from: usize, to: usize) -> bool {
    let mut start = from;
    while start < to {
        let end = ((start / SECTOR + 1) * SECTOR).min(to);
        if content[start..end].iter().all(|&byte| byte == 0) {
            return true;
        }
        start = end;
    }
    false
}

fn read<V: DeserializeOwned, F: Folder>(
    folder: &F,
    content: &[u8],
    identity: &Identity,
) -> Result<Stored<V>, StoreError> {
    let path = || folder.path(LOG);
    let damaged = |offset: usize, problem| StoreError::Damaged {
        path: path(),
        offset: offset as u64,
        problem,
    };
    let mut stored = Stored::default();
    let mut offset = 0;
    while offset < content.len() {
        let (payload, end) = match frame(content, offset) {
            Ok(frame) => frame,
            Err(Fault::Damaged(problem)) => return Err(damaged(offset, problem)),
            Err(Fault::Unfinished) => {
                // What was acknowledged is never behind what was not.
                if has_frame(content, offset + 1) {
                    return Err(damaged(offset, "later writes are whole"));
                }
                break;
            }
        };
        let entry = postcard::from_bytes::<Entry<Vec<Record<V>>>>(payload);
        match entry {
            Ok(Entry::Head(found)) if offset == 0 => check_identity(path(), &found, identity)?,
            Ok(Entry::Records(records)) if offset > 0 => {
                for record in records {
                    stored.apply(record);
                }
            }
            Ok(_) => return Err(damaged(offset, "the record does not belong here")),
            Err(_) if offset == 0 => {
                return Err(damaged(offset, "this is no log of such a node"));
            }
            Err(_) => return Err(damaged(offset, "the record is not of this kind of log")),
        }
        offset = end;
    }
    Ok(stored)
}

/// Whether a whole frame begins somewhere.
fn has_frame(content: &[u8], from: usize) -> bool {
    (from.next_multiple_of(ALIGNMENT)..content.len())
        .step_by(ALIGNMENT)
        .any(|offset| frame(content, offset).is_ok())
}

fn check_identity(path: PathBuf, found: &Identity, expected: &Identity) -> Result<(), StoreError> {
    if found.format != expected.format {
        return Err(StoreError::Format { path, found: found.format });
    }
    if found != expected {
        let [found, expected] = [found, expected].map(ToString::to_string);
        return Err(StoreError::Foreign { path, found, expected });
    }
    Ok(())
}
