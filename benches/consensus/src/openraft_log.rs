//! openraft: three nodes, and clients of the leader.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, anyhow};
use openraft::error::{InstallSnapshotError, NetworkError, RPCError, RaftError, Unreachable};
use openraft::network::{RPCOption, RaftNetwork, RaftNetworkFactory};
use openraft::raft::{
    AppendEntriesRequest, AppendEntriesResponse, InstallSnapshotRequest, InstallSnapshotResponse,
    VoteRequest, VoteResponse,
};
use openraft::{BasicNode, Config, Raft, SnapshotPolicy};
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};

use crate::journal::Journal;
use crate::measure::{Log, NODES, Setup};
use crate::openraft_store::{Machine, Store};
use crate::wire::{Connection, listen};

openraft::declare_raft_types!(
    /// An entry is a batch of values, so that their client can put several into one.
    pub(crate) Types: D = Vec<Vec<u8>>, R = ()
);

/// Each value is an entry of its own, as openraft takes them.
#[derive(Clone)]
pub(crate) struct OpenraftLog(Raft<Types>);

impl Log for OpenraftLog {
    async fn start(setup: Setup) -> Result<OpenraftLog> {
        Ok(OpenraftLog(start(&setup).await?))
    }

    async fn append(&self, value: Vec<u8>) -> Result<()> {
        self.0.client_write(vec![value]).await?;
        Ok(())
    }
}

/// All values that wait are one entry: what a user of openraft 0.9 can do about its leader, which writes and
/// syncs entries one by one.
#[derive(Clone)]
pub(crate) struct BatchedOpenraftLog(mpsc::UnboundedSender<(Vec<u8>, oneshot::Sender<()>)>);

/// How many batches are on their way at a time: one is written by the leader while others have the other.
const BATCHES: usize = 2;

/// The most values of a batch.
const BATCH: usize = 1024;

impl Log for BatchedOpenraftLog {
    async fn start(setup: Setup) -> Result<BatchedOpenraftLog> {
        let leader = start(&setup).await?;
        let (appends, waiting) = mpsc::unbounded_channel();
        let waiting = Arc::new(tokio::sync::Mutex::new(waiting));
        for _ in 0..BATCHES {
            tokio::spawn(write_batches(leader.clone(), waiting.clone()));
        }
        Ok(BatchedOpenraftLog(appends))
    }

    async fn append(&self, value: Vec<u8>) -> Result<()> {
        let (done, committed) = oneshot::channel();
        self.0.send((value, done)).context("the batches have ended")?;
        committed.await.context("a batch is not committed")
    }
}

type Appends = mpsc::UnboundedReceiver<(Vec<u8>, oneshot::Sender<()>)>;

/// Writes all that waits as one entry, again and again. Clients see from what is dropped that one has failed.
async fn write_batches(leader: Raft<Types>, waiting: Arc<tokio::sync::Mutex<Appends>>) {
    loop {
        let mut batch = Vec::new();
        if waiting.lock().await.recv_many(&mut batch, BATCH).await == 0 {
            return;
        }
        let (values, clients): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
        if leader.client_write(values).await.is_err() {
            return;
        }
        for client in clients {
            client.send(()).ok();
        }
    }
}

/// Starts the nodes, and returns the leader.
async fn start(setup: &Setup) -> Result<Raft<Types>> {
    let config = Config {
        cluster_name: "bench".to_owned(),
        // Also the time within which a follower has to have synced what it is sent.
        heartbeat_interval: 500,
        election_timeout_min: 2000,
        election_timeout_max: 4000,
        snapshot_policy: SnapshotPolicy::Never,
        // A follower that is slow for a moment is sent entries, for there are no snapshots.
        replication_lag_threshold: u64::MAX,
        ..Config::default()
    };
    let config = Arc::new(config.validate()?);
    let mut nodes = Vec::new();
    let mut members = BTreeMap::new();
    for id in 1..=NODES {
        let (listener, address) = listen().await?;
        let store = Store::new(Journal::create(setup, id)?);
        let raft = Raft::new(id, config.clone(), Peers, store, Machine::default()).await?;
        tokio::spawn(serve(listener, raft.clone()));
        members.insert(id, BasicNode::new(address));
        nodes.push(raft);
    }
    let first = nodes.into_iter().next().context("there are nodes")?;
    first.initialize(members).await?;
    let patience = Some(Duration::from_secs(20));
    first.wait(patience).current_leader(1, "the first node is to lead").await?;
    // The others have heard of it.
    first.client_write(Vec::new()).await?;
    Ok(first)
}

#[derive(Serialize, Deserialize)]
enum Request {
    Append(AppendEntriesRequest<Types>),
    Vote(VoteRequest<u64>),
}

#[derive(Serialize, Deserialize)]
enum Answer {
    Append(AppendEntriesResponse<u64>),
    Vote(VoteResponse<u64>),
}

/// Takes connections for ever.
async fn serve(listener: TcpListener, raft: Raft<Types>) {
    while let Ok((stream, _)) = listener.accept().await {
        let raft = raft.clone();
        // A connection that fails is made again by the other end.
        tokio::spawn(async move { answer(stream, raft).await.ok() });
    }
}

/// Answers the requests of a connection, one after the other, as they are sent.
async fn answer(stream: tokio::net::TcpStream, raft: Raft<Types>) -> Result<()> {
    let mut connection = Connection::new(stream)?;
    while let Some(request) = connection.next().await? {
        let answer = match request {
            Request::Append(request) => Answer::Append(raft.append_entries(request).await?),
            Request::Vote(request) => Answer::Vote(raft.vote(request).await?),
        };
        connection.add(&answer).await?;
        connection.flush().await?;
    }
    Ok(())
}

/// Makes connections to the other nodes.
pub(crate) struct Peers;

impl RaftNetworkFactory<Types> for Peers {
    type Network = Peer;

    async fn new_client(&mut self, _: u64, node: &BasicNode) -> Peer {
        Peer { address: node.addr.clone(), connection: None }
    }
}

/// A connection to another node. openraft has one request at a time for each.
pub(crate) struct Peer {
    address: String,
    /// Absent before the first request, and while there is one: openraft drops those that take too long, and then the
    /// answer to the next one would be that to the last.
    connection: Option<Connection>,
}

type CallError<E> = RPCError<u64, BasicNode, RaftError<u64, E>>;

impl Peer {
    async fn call<E: std::error::Error>(
        &mut self,
        request: Request,
    ) -> Result<Answer, CallError<E>> {
        let mut connection = match self.connection.take() {
            Some(connection) => connection,
            None => Connection::connect(&self.address)
                .await
                .map_err(|error| RPCError::Unreachable(Unreachable::new(&error)))?,
        };
        let answer = async {
            connection.add(&request).await?;
            connection.flush().await?;
            connection.next().await?.ok_or_else(|| std::io::ErrorKind::UnexpectedEof.into())
        };
        let answer: std::io::Result<Answer> = answer.await;
        let answer = answer.map_err(|error| RPCError::Network(NetworkError::new(&error)))?;
        self.connection = Some(connection);
        Ok(answer)
    }
}

fn unfit<E: std::error::Error>(problem: &str) -> CallError<E> {
    let error = std::io::Error::other(anyhow!("{problem}"));
    RPCError::Network(NetworkError::new(&error))
}

impl RaftNetwork<Types> for Peer {
    async fn append_entries(
        &mut self,
        request: AppendEntriesRequest<Types>,
        _: RPCOption,
    ) -> Result<AppendEntriesResponse<u64>, CallError<openraft::error::Infallible>> {
        match self.call(Request::Append(request)).await? {
            Answer::Append(answer) => Ok(answer),
            Answer::Vote(_) => Err(unfit("a vote is no answer to entries")),
        }
    }

    async fn vote(
        &mut self,
        request: VoteRequest<u64>,
        _: RPCOption,
    ) -> Result<VoteResponse<u64>, CallError<openraft::error::Infallible>> {
        match self.call(Request::Vote(request)).await? {
            Answer::Vote(answer) => Ok(answer),
            Answer::Append(_) => Err(unfit("this is no vote")),
        }
    }

    async fn install_snapshot(
        &mut self,
        _: InstallSnapshotRequest<Types>,
        _: RPCOption,
    ) -> Result<InstallSnapshotResponse<u64>, CallError<InstallSnapshotError>> {
        Err(unfit("no snapshots are taken here"))
    }
}
