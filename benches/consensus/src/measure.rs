//! What is measured, whoever implements the log: one client, so many values in flight, three nodes.

use std::fs::{File, remove_dir_all};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use tokio::runtime;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// How many nodes a cluster has. Their numbers begin with 1: `OmniPaxos` has no node 0.
pub(crate) const NODES: u64 = 3;

/// A replicated log whose nodes run, and a client of it, at the node of the leader if there is one.
///
/// Nodes are tasks of the runtime that [`run`] makes, and end with it.
pub(crate) trait Log: Clone + Send + Sync + 'static {
    /// Starts the nodes. Returns once values can be appended.
    fn start(setup: Setup) -> impl Future<Output = Result<Self>> + Send;

    /// Appends a value. Returns once it is committed.
    fn append(&self, value: Vec<u8>) -> impl Future<Output = Result<()>> + Send;
}

/// What a cluster is started with.
pub(crate) struct Setup {
    /// An empty folder for the nodes' logs; without one they are in memory.
    pub(crate) folder: Option<PathBuf>,
    /// To be counted up by each sync of each node.
    pub(crate) syncs: Arc<AtomicU64>,
}

/// What a client does.
pub(crate) struct Load {
    /// How many values are measured, if they do not take too long.
    pub(crate) values: u64,
    /// How many are on their way at a time.
    pub(crate) in_flight: usize,
    /// Bytes of a value, at least those of a number.
    pub(crate) size: usize,
    /// A measurement ends after this time, with fewer values.
    pub(crate) longest: Duration,
}

/// What one measurement has found.
pub(crate) struct Sample {
    pub(crate) values_per_second: f64,
    /// Half of the values took no longer than this, in microseconds.
    pub(crate) p50: f64,
    /// All but one in a hundred took no longer than this, in microseconds.
    pub(crate) p99: f64,
    /// Syncs of all nodes together, for each value.
    pub(crate) syncs_per_value: f64,
}

/// How long nodes may take to start, and values that are still on their way to be committed.
const PATIENCE: Duration = Duration::from_secs(30);

/// Starts a cluster, measures it, and ends it. A folder is removed afterwards.
pub(crate) fn run<L: Log>(load: &Load, folder: Option<PathBuf>) -> Result<Sample> {
    let runtime = runtime::Builder::new_multi_thread().enable_all().build()?;
    let sample = runtime.block_on(measure::<L>(load, folder.clone()));
    // What a node still writes is not to meet the next measurement.
    runtime.shutdown_timeout(PATIENCE);
    if let Some(folder) = folder {
        remove_dir_all(&folder)
            .with_context(|| format!("{}: cannot be removed", folder.display()))?;
    }
    sample
}

async fn measure<L: Log>(load: &Load, folder: Option<PathBuf>) -> Result<Sample> {
    let syncs = Arc::new(AtomicU64::new(0));
    let setup = Setup { folder, syncs: syncs.clone() };
    let log = timeout(PATIENCE, L::start(setup)).await.context("the nodes found no leader")??;
    // Connections, buffers and threads are there before the clock runs.
    let warm_up = Load { values: load.values / 10, longest: load.longest / 10, ..*load };
    drive(&log, &warm_up).await?;

    let syncs_before = syncs.load(Ordering::Relaxed);
    let began = Instant::now();
    let mut latencies = drive(&log, load).await?;
    let elapsed = began.elapsed();
    let synced = syncs.load(Ordering::Relaxed) - syncs_before;

    latencies.sort_unstable();
    let values = as_f64(latencies.len() as u64);
    Ok(Sample {
        values_per_second: values / elapsed.as_secs_f64(),
        p50: percentile(&latencies, 50),
        p99: percentile(&latencies, 99),
        syncs_per_value: as_f64(synced) / values,
    })
}

/// Appends values, each slot the next one as soon as its last one is committed. Returns how long each took.
async fn drive<L: Log>(log: &L, load: &Load) -> Result<Vec<Duration>> {
    let &Load { values, in_flight, size, longest } = load;
    let began = Instant::now();
    let next = Arc::new(AtomicU64::new(0));
    let mut slots: JoinSet<Result<Vec<Duration>>> = JoinSet::new();
    for _ in 0..in_flight {
        let (log, next) = (log.clone(), next.clone());
        slots.spawn(async move {
            let mut latencies = Vec::new();
            // The first value is always measured, so that there is something to tell.
            loop {
                let number = next.fetch_add(1, Ordering::Relaxed);
                let is_late = number > 0 && began.elapsed() >= longest;
                if number >= values.max(1) || is_late {
                    return Ok(latencies);
                }
                let mut value = vec![0; size];
                value[..size_of::<u64>()].copy_from_slice(&number.to_le_bytes());
                let handed_in = Instant::now();
                log.append(value).await?;
                latencies.push(handed_in.elapsed());
            }
        });
    }
    let all = async {
        let mut latencies = Vec::new();
        while let Some(slot) = slots.join_next().await {
            latencies.extend(slot??);
        }
        Ok(latencies)
    };
    timeout(longest + PATIENCE, all).await.context("values are not committed")?
}

/// Of numbers in order, in microseconds.
fn percentile(latencies: &[Duration], percent: usize) -> f64 {
    let at = (latencies.len() * percent).div_ceil(100).saturating_sub(1);
    latencies[at].as_secs_f64() * 1e6
}

/// Counts here are far below the 52 bits from which on this would round.
#[allow(clippy::cast_precision_loss)]
fn as_f64(count: u64) -> f64 {
    count as f64
}

/// How many times in a second the machine appends 4 KiB to a file and syncs it.
pub(crate) fn syncs_per_second(folder: &Path) -> Result<f64> {
    let path = folder.join("syncs");
    let cannot = || format!("{}: cannot be written", path.display());
    let mut file = File::create(&path).with_context(cannot)?;
    let page = [7; 4096];
    let mut syncs = 0;
    let began = Instant::now();
    while began.elapsed() < Duration::from_secs(1) {
        file.write_all(&page).with_context(cannot)?;
        file.sync_data().with_context(cannot)?;
        syncs += 1;
    }
    Ok(as_f64(syncs) / began.elapsed().as_secs_f64())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_of_the_nearest_rank() {
        let of = |count: u64, percent| {
            let latencies: Vec<Duration> = (1..=count).map(Duration::from_micros).collect();
            percentile(&latencies, percent).round()
        };
        assert_eq!((of(100, 50), of(100, 99)), (50.0, 99.0));
        assert_eq!((of(1, 50), of(1, 99)), (1.0, 1.0));
        assert_eq!((of(3, 50), of(3, 99)), (2.0, 3.0));
    }
}
