//! Mitregate: three acceptors, and a proposer at the first.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Result;
use mitregate_multi_paxos::{NodeId, Record, Stored};
use mitregate_multi_paxos_runtime::{
    BlockingDisk, Client, Disk, DiskFolder, Entry, FORMAT, Identity, Member, Members, NodeConfig,
    Store, StoreError, Tcp, Timing, Unobserved, run_acceptor, run_proposer,
};
use tokio::sync::mpsc;

use crate::measure::{Log, NODES, Setup};
use crate::wire::listen;

type Value = Vec<u8>;

/// A disk that counts, or none.
struct Counted(Option<BlockingDisk<DiskFolder>>, Arc<AtomicU64>);

impl Disk<Entry<Value>> for Counted {
    async fn write(&mut self, records: Vec<Record<Entry<Value>>>) -> Result<(), StoreError> {
        let Some(disk) = &mut self.0 else { return Ok(()) };
        self.1.fetch_add(1, Ordering::Relaxed);
        disk.write(records).await
    }

    fn is_long(&self) -> bool {
        self.0.as_ref().is_some_and(Disk::<Entry<Value>>::is_long)
    }

    async fn compact(&mut self, stored: Stored<Entry<Value>>) -> Result<(), StoreError> {
        let Some(disk) = &mut self.0 else { return Ok(()) };
        disk.compact(stored).await
    }
}

#[derive(Clone)]
pub(crate) struct MitregateLog(Client<Value>);

impl Log for MitregateLog {
    async fn start(setup: Setup) -> Result<MitregateLog> {
        let ids: Vec<NodeId> = (1..=NODES as u32).map(NodeId).collect();
        let mut taken = BTreeSet::new();
        let mut members = Vec::new();
        for &id in &ids {
            let (listener, address) = listen().await?;
            taken.insert(address.clone());
            drop(listener);
            members.push(Member { id, address, is_acceptor: true, is_proposer: id == ids[0] });
        }
        let members = Members::new("bench", members)?;
        let mut client = None;
        for &id in ids.iter().rev() {
            let disk = match &setup.folder {
                None => (Counted(None, setup.syncs.clone()), Stored::default()),
                Some(folder) => {
                    let folder = DiskFolder::open(folder.join(format!("node-{id}")))?;
                    let identity = Identity { format: FORMAT, cluster: "bench".into(), node: id };
                    let (store, stored) = Store::open(folder, identity)?;
                    (Counted(Some(BlockingDisk::new(store)), setup.syncs.clone()), stored)
                }
            };
            let config = NodeConfig {
                id,
                members: members.clone(),
                timing: Timing::default(),
                seed: 1,
                start: 1,
            };
            let never = std::future::pending();
            if id == ids[0] {
                let (log, mut told) = mpsc::unbounded_channel();
                tokio::spawn(async move { while told.recv().await.is_some() {} });
                let (made, node) = run_proposer(config, Tcp, disk, Unobserved, log, never);
                tokio::spawn(node);
                client = Some(made);
            } else {
                tokio::spawn(run_acceptor::<Value, _, _, _>(config, Tcp, disk, Unobserved, never));
            }
        }
        let client = client.expect("one proposes");
        client.barrier().await?;
        Ok(MitregateLog(client))
    }

    async fn append(&self, value: Vec<u8>) -> Result<()> {
        self.0.append(value).await?;
        Ok(())
    }
}
