//! Writing to the store without holding up the network.

use mitregate_multi_paxos::{Record, Stored};
use serde::Serialize;
use tokio::task::spawn_blocking;

use super::folder::Folder;
use super::store::{MOST_BYTES, Store, StoreError};

/// A node's disk.
pub trait Disk<V>: Send + 'static {
    /// Writes records. When it returns, they survive a power loss.
    ///
    /// # Errors
    ///
    /// If they may not. The node then stops, and sends nothing that depends on them.
    fn write(
        &mut self,
        records: Vec<Record<V>>,
    ) -> impl Future<Output = Result<(), StoreError>> + Send;

    /// Whether it is worth writing the log anew.
    fn is_long(&self) -> bool;

    /// The most bytes of a record. A message that does not fit into one cannot be kept.
    fn most_bytes(&self) -> usize {
        usize::MAX
    }

    /// Writes the log anew, as the state that it leads to.
    ///
    /// # Errors
    ///
    /// As of [`Disk::write`].
    fn compact(&mut self, stored: Stored<V>)
    -> impl Future<Output = Result<(), StoreError>> + Send;
}

/// A store on which threads of the runtime wait, so that others need not.
#[derive(Debug)]
pub struct BlockingDisk<F> {
    /// Absent while a thread has it, and for good if that was stopped.
    store: Option<Store<F>>,
}

impl<F: Folder> BlockingDisk<F> {
    /// A disk with this store.
    pub fn new(store: Store<F>) -> BlockingDisk<F> {
        BlockingDisk { store: Some(store) }
    }

    async fn run(
        &mut self,
        job: impl FnOnce(&mut Store<F>) -> Result<(), StoreError> + Send + 'static,
    ) -> Result<(), StoreError> {
        let Some(mut store) = self.store.take() else { return Err(StoreError::Stopped) };
        let ended = spawn_blocking(move || {
            let result = job(&mut store);
            (store, result)
        });
        let (store, result) = ended.await.map_err(|_| StoreError::Stopped)?;
        self.store = Some(store);
        result
    }
}

impl<V, F> Disk<V> for BlockingDisk<F>
where
    V: Clone + Serialize + Send + 'static,
    F: Folder,
{
    async fn write(&mut self, records: Vec<Record<V>>) -> Result<(), StoreError> {
        self.run(move |store| store.write(&records)).await
    }

    fn is_long(&self) -> bool {
        self.store.as_ref().is_some_and(Store::is_long)
    }

    fn most_bytes(&self) -> usize {
        MOST_BYTES
    }

    async fn compact(&mut self, stored: Stored<V>) -> Result<(), StoreError> {
        self.run(move |store| store.compact(&stored)).await
    }
}
