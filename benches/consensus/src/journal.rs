//! The durable log of one node, for peers that bring none: a file to which frames are appended.
//!
//! A frame is its length, of 4 bytes, and the records that became durable together, in postcard's format.
//! Nothing here reads them back: a node of this bench is not started twice.

use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use anyhow::{Context, Result};
use serde::Serialize;
use tokio::task::spawn_blocking;

use crate::measure::Setup;

/// A handle: whoever adds records need not be who syncs them.
#[derive(Clone)]
pub(crate) struct Journal {
    file: Arc<File>,
    /// Records that are not in the file yet.
    waiting: Arc<Mutex<Vec<u8>>>,
    syncs: Arc<AtomicU64>,
}

impl Journal {
    /// Of a node, or none if logs are in memory.
    pub(crate) fn create(setup: &Setup, node: u64) -> Result<Option<Journal>> {
        let Some(folder) = &setup.folder else { return Ok(None) };
        let path = folder.join(format!("node-{node}"));
        let file = File::create_new(&path)
            .and_then(|file| sync_folder(folder).map(|()| file))
            .with_context(|| format!("{}: cannot be created", path.display()))?;
        let waiting = Arc::default();
        Ok(Some(Journal { file: Arc::new(file), waiting, syncs: setup.syncs.clone() }))
    }

    /// Adds a record to those that the next sync writes.
    pub(crate) fn add(&self, record: &impl Serialize) -> io::Result<()> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        postcard::to_io(record, &mut *waiting).map_err(io::Error::other)?;
        Ok(())
    }

    /// When it returns, all records that were added before survive a power loss.
    ///
    /// Calls must not overlap, for then the frames would be in no order.
    pub(crate) async fn sync(&self) -> io::Result<()> {
        let records = {
            let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            std::mem::take(&mut *waiting)
        };
        if records.is_empty() {
            return Ok(());
        }
        self.syncs.fetch_add(1, Ordering::Relaxed);
        let file = self.file.clone();
        // The runtime's few threads are not to wait for the disk.
        spawn_blocking(move || {
            let length = u32::try_from(records.len()).map_err(io::Error::other)?;
            let mut frame = length.to_le_bytes().to_vec();
            frame.extend(records);
            (&*file).write_all(&frame)?;
            file.sync_data()
        })
        .await?
    }
}

/// Makes the name of a new file durable.
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn setup(folder: PathBuf) -> Setup {
        Setup { folder: Some(folder), syncs: Arc::default() }
    }

    #[tokio::test]
    async fn a_sync_writes_what_was_added_as_one_frame() -> Result<()> {
        let folder = tempfile::tempdir()?;
        let setup = setup(folder.path().to_owned());
        let journal = Journal::create(&setup, 1)?.context("a folder is given")?;
        journal.sync().await?;
        assert_eq!(setup.syncs.load(Ordering::Relaxed), 0, "there was nothing to sync");
        journal.add(&1_u8)?;
        journal.add(&2_u8)?;
        journal.sync().await?;
        journal.add(&3_u8)?;
        journal.sync().await?;
        let content = std::fs::read(folder.path().join("node-1"))?;
        assert_eq!(content, [2, 0, 0, 0, 1, 2, 1, 0, 0, 0, 3]);
        assert_eq!(setup.syncs.load(Ordering::Relaxed), 2);
        Ok(())
    }
}
