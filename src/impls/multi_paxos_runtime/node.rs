//! A node that runs: its tasks, and the loop in which they meet.

use std::collections::BTreeMap;
use std::sync::Arc;

use mitregate_multi_paxos::{Conflict, NodeId, Round, Stored};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::sync::mpsc;
use tokio::task::{JoinSet, yield_now};
use tokio::time::sleep_until;

use super::client::{Append, Client};
use super::disk::Disk;
use super::driver::Driver;
use super::entry::{Applied, Entry};
use super::members::Members;
use super::network::{Context, Network, QUEUE, link, listen};
use super::observer::Observer;
use super::store::StoreError;
use super::timing::{Backoff, Timing};

/// Why a node has stopped.
#[derive(Debug, Error)]
pub enum NodeError {
    /// Its disk has failed. Nothing was sent that depends on what could not be written.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// It cannot listen on its address.
    #[error("cannot listen on {address}: {error}")]
    Listen {
        /// The address.
        address: String,
        /// What the system said.
        #[source]
        error: std::io::Error,
    },
    /// The cluster does not have such a node, or not in the role asked for.
    #[error("the cluster {cluster:?} has no {role} {node}")]
    NoSuchNode {
        /// The cluster's name.
        cluster: String,
        /// The node.
        node: NodeId,
        /// What it should have been.
        role: &'static str,
    },
    /// A message that the network carries may be too large for the disk.
    #[error(
        "Timing::most_bytes is {asked}, and a record of the log has at most {most} bytes; choose at most so many"
    )]
    TooLarge {
        /// What was asked for.
        asked: usize,
        /// The most.
        most: usize,
    },
    /// A round is decided for two values: some node has lost its disk, or is not what it should be.
    #[error("{0}: some node has lost its disk; stop the cluster")]
    Conflict(Conflict),
    /// What the node does could not be told. It stops, so that its trace has no gap.
    #[error("cannot write the trace: {0}")]
    Observer(#[source] std::io::Error),
    /// A snapshot is not one of such a log.
    #[error("the snapshot of the rounds before {before} cannot be read: {problem}")]
    Snapshot {
        /// The first round that is not in it.
        before: Round,
        /// What is wrong with it.
        problem: postcard::Error,
    },
    /// Other learners have dropped rounds that this one needs.
    #[error("rounds before {before} are kept by no other node")]
    Forgotten {
        /// The first round that is kept.
        before: Round,
    },
}

/// What a node is made of, besides its network and disk.
#[derive(Clone, Debug)]
pub struct NodeConfig {
    /// Its number.
    pub id: NodeId,
    /// The cluster.
    pub members: Members,
    /// How long things may take.
    pub timing: Timing,
    /// Where jitter comes from. The same number gives the same jitter.
    pub seed: u64,
    /// The name of this start: a number that no start of this node has had before, such as the time or a random one.
    /// With an old one, a value may be taken for one of before, and lost.
    pub start: u64,
}

impl NodeConfig {
    fn check_role(&self, role: &'static str, has: bool) -> Result<(), NodeError> {
        let cluster = self.members.name().to_owned();
        if has { Ok(()) } else { Err(NodeError::NoSuchNode { cluster, node: self.id, role }) }
    }
}

/// An acceptor's node, which runs until `stop` is done.
///
/// # Errors
///
/// [`NodeError`] if it cannot begin, or has to stop. It is not to be started again without looking why.
pub async fn run_acceptor<V, N, D, O>(
    config: NodeConfig,
    network: N,
    (disk, stored): (D, Stored<Entry<V>>),
    observer: O,
    stop: impl Future<Output = ()>,
) -> Result<(), NodeError>
where
    V: Value,
    N: Network,
    D: Disk<Entry<V>>,
    O: Observer<Entry<V>>,
{
    config.check_role("acceptor", config.members.cluster().is_acceptor(config.id))?;
    // Nobody appends through this node, and it learns nothing.
    let (_, appends) = mpsc::channel(1);
    let (log, _) = mpsc::unbounded_channel();
    run(config, network, (disk, stored), observer, appends, log, stop).await
}

/// A proposer's node. It tells of the log's entries in order, through `log`.
///
/// Returns a client, and what is to be polled until `stop` is done; an acceptor that the node may have besides
/// runs with it.
///
/// # Errors
///
/// [`NodeError`], of what is returned, as of [`run_acceptor`].
pub fn run_proposer<V, N, D, O>(
    config: NodeConfig,
    network: N,
    disk: (D, Stored<Entry<V>>),
    observer: O,
    log: mpsc::UnboundedSender<Applied<V>>,
    stop: impl Future<Output = ()>,
) -> (Client<V>, impl Future<Output = Result<(), NodeError>>)
where
    V: Value,
    N: Network,
    D: Disk<Entry<V>>,
    O: Observer<Entry<V>>,
{
    let (appends, to_append) = mpsc::channel(config.timing.window.max(1));
    let most_bytes = config.timing.most_bytes_of_a_value();
    let running = async move {
        config.check_role("proposer", config.members.cluster().is_proposer(config.id))?;
        run(config, network, disk, observer, to_append, log, stop).await
    };
    (Client { appends, most_bytes }, running)
}

/// What a log can hold.
pub trait Value:
    Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + std::fmt::Debug + 'static
{
}

impl<V> Value for V where
    V: Clone + PartialEq + Serialize + DeserializeOwned + Send + Sync + std::fmt::Debug + 'static
{
}

/// The most inputs whose effects are written to disk together.
const BATCH: usize = 256;

async fn run<V, N, D, O>(
    config: NodeConfig,
    network: N,
    (disk, stored): (D, Stored<Entry<V>>),
    observer: O,
    mut appends: mpsc::Receiver<Append<V>>,
    log: mpsc::UnboundedSender<Applied<V>>,
    stop: impl Future<Output = ()>,
) -> Result<(), NodeError>
where
    V: Value,
    N: Network,
    D: Disk<Entry<V>>,
    O: Observer<Entry<V>>,
{
    let NodeConfig { id, members, timing, seed, start } = config;
    if timing.most_bytes > disk.most_bytes() {
        return Err(NodeError::TooLarge { asked: timing.most_bytes, most: disk.most_bytes() });
    }
    let address = members.address(id).unwrap_or_default().to_owned();
    let listener =
        network.bind(&address).await.map_err(|error| NodeError::Listen { address, error })?;
    let mut random = fastrand::Rng::with_seed(seed);
    let context = Arc::new(Context { id, members, timing });
    let (inbox, mut arrivals) = mpsc::channel(QUEUE);
    // Dropping the set ends the tasks.
    let mut tasks = JoinSet::new();
    tasks.spawn(listen::<N, V>(listener, context.clone(), inbox));
    let mut links = BTreeMap::new();
    for peer in context.members.ids().filter(|&peer| peer != id) {
        let (queue, queued) = mpsc::channel(QUEUE);
        let backoff = Backoff::new(&context.timing, random.fork());
        tasks.spawn(link::<N, V>(network.clone(), context.clone(), peer, queued, backoff));
        links.insert(peer, queue);
    }
    let mut driver =
        Driver::start(context.clone(), (random, start), (disk, stored), observer, links, log)
            .await?;
    tokio::pin!(stop);
    loop {
        let has_room = driver.has_room();
        tokio::select! {
            biased;
            () = &mut stop => return Ok(()),
            Some(ended) = tasks.join_next() => {
                // They run for ever unless they panic.
                if let Err(error) = ended
                    && error.is_panic()
                {
                    std::panic::resume_unwind(error.into_panic());
                }
            }
            () = sleep_until(driver.next_timer()), if driver.has_timers() => driver.take_timers(),
            answer = driver.snapshot_answered() => driver.take_snapshot(answer),
            Some((from, letter)) = arrivals.recv() => driver.receive(from, letter),
            Some(append) = appends.recv(), if has_room => driver.append(append),
        }
        // Whoever has something for this node may hand it in first: what comes together is written together.
        yield_now().await;
        for _ in 0..BATCH {
            let Ok((from, letter)) = arrivals.try_recv() else { break };
            driver.receive(from, letter);
        }
        while driver.has_room()
            && let Ok(append) = appends.try_recv()
        {
            driver.append(append);
        }
        driver.work().await?;
    }
}
