//! What a durable log has acknowledged is in the files of most nodes at that moment.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use anyhow::Result;

use crate::measure::{Log, NODES, Setup};
use crate::omnipaxos_log::OmnipaxosLog;
use crate::openraft_log::{BatchedOpenraftLog, OpenraftLog};

async fn check<L: Log>() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let syncs = Arc::default();
    let log = L::start(Setup { folder: Some(folder.path().to_owned()), syncs: Arc::clone(&syncs) })
        .await?;
    for number in 0..100 {
        let before = syncs.load(Ordering::Relaxed);
        let value = format!("value {number} of this test");
        log.append(value.clone().into_bytes()).await?;
        assert!(syncs.load(Ordering::Relaxed) >= before + 2, "a leader and another node sync");
        let mut nodes = 0;
        for node in 1..=NODES {
            let content = std::fs::read(folder.path().join(format!("node-{node}")))?;
            nodes += u64::from(content.windows(value.len()).any(|part| part == value.as_bytes()));
        }
        assert!(nodes > NODES / 2, "{value} is on {nodes} nodes");
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn of_openraft() -> Result<()> {
    check::<OpenraftLog>().await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_openraft_in_batches() -> Result<()> {
    check::<BatchedOpenraftLog>().await
}

#[tokio::test(flavor = "multi_thread")]
async fn of_omnipaxos() -> Result<()> {
    check::<OmnipaxosLog>().await
}
