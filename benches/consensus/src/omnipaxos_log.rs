//! `OmniPaxos`: three nodes, and clients of the leader. It is a step machine, and this runs it.

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use omnipaxos::ballot_leader_election::Ballot;
use omnipaxos::messages::Message;
use omnipaxos::storage::{Entry, NoSnapshot};
use omnipaxos::{ClusterConfig, OmniPaxos, ServerConfig};
use serde::{Deserialize, Serialize};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::yield_now;
use tokio::time::{Instant, MissedTickBehavior, interval_at};

use crate::journal::Journal;
use crate::measure::{Log, NODES, Setup};
use crate::omnipaxos_store::Store;
use crate::wire::{Connection, listen};

#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Value(Vec<u8>);

impl Entry for Value {
    type Snapshot = NoSnapshot;
}

/// What a node waits for, besides its clock.
enum Input {
    Message(Message<Value>),
    Append(Vec<u8>, oneshot::Sender<()>),
}

/// Who leads, as far as a node knows, and whether that node takes its entries.
type Leader = Option<(u64, bool)>;

/// The clock of `OmniPaxos`. Nothing that is measured waits for it: elections, and messages that were lost.
const TICK: Duration = Duration::from_millis(10);

/// How many ticks are between heartbeats.
const ELECTION_TICKS: u64 = 50;

/// The most inputs that are handled together.
const BATCH: usize = 1024;

#[derive(Clone)]
pub(crate) struct OmnipaxosLog(mpsc::UnboundedSender<Input>);

impl Log for OmnipaxosLog {
    async fn start(setup: Setup) -> Result<OmnipaxosLog> {
        let mut listeners = Vec::new();
        let mut addresses = BTreeMap::new();
        for id in 1..=NODES {
            let (listener, address) = listen().await?;
            listeners.push(listener);
            addresses.insert(id, address);
        }
        let mut nodes = Vec::new();
        for (id, listener) in (1..).zip(listeners) {
            nodes.push(start(&setup, id, listener, &addresses)?);
        }
        let mut leader = None;
        for (_, seen) in &mut nodes {
            let is_ready = |seen: &Leader| matches!(seen, Some((_, true)));
            let seen = *seen.wait_for(is_ready).await.context("a node has ended")?;
            ensure!(leader.is_none() || leader == seen, "the leader has changed: try again");
            leader = seen;
        }
        let leader = leader.and_then(|(id, _)| usize::try_from(id).ok()).context("no leader")?;
        Ok(OmnipaxosLog(nodes.swap_remove(leader - 1).0))
    }

    async fn append(&self, value: Vec<u8>) -> Result<()> {
        let (done, committed) = oneshot::channel();
        self.0.send(Input::Append(value, done)).ok().context("the node has ended")?;
        committed.await.context("the node has ended, or leads no longer")
    }
}

/// Starts a node. Returns where its inputs go, and who it thinks leads.
fn start(
    setup: &Setup,
    id: u64,
    listener: TcpListener,
    addresses: &BTreeMap<u64, String>,
) -> Result<(mpsc::UnboundedSender<Input>, watch::Receiver<Leader>)> {
    let cluster = ClusterConfig {
        configuration_id: 1,
        nodes: addresses.keys().copied().collect(),
        flexible_quorum: None,
    };
    // A batch size above 1 would hold values back until there are so many, or until a tick. Batches form without it,
    // for all entries between two looks at the outgoing messages are one message.
    let server = ServerConfig {
        pid: id,
        election_tick_timeout: ELECTION_TICKS,
        batch_size: 1,
        ..ServerConfig::default()
    };
    let journal = Journal::create(setup, id)?;
    let paxos = cluster.build_for_server(server, Store::new(journal.clone()))?;
    let (inbox, inputs) = mpsc::unbounded_channel();
    tokio::spawn(serve(listener, inbox.clone()));
    let mut links = BTreeMap::new();
    for (&peer, address) in addresses.iter().filter(|&(&peer, _)| peer != id) {
        let (link, queue) = mpsc::unbounded_channel();
        let address = address.clone();
        // On loopback it ends with one of the two nodes.
        tokio::spawn(async move { transmit(&address, queue).await.ok() });
        links.insert(peer, link);
    }
    let (leader, seen) = watch::channel(None);
    let node = Node { paxos, journal, links, leader, waiting: Waiting::default() };
    tokio::spawn(async move {
        if let Err(error) = node.run(inputs).await {
            eprintln!("omnipaxos: the log of node {id} cannot be written: {error}");
        }
    });
    Ok((inbox, seen))
}

/// Takes connections for ever.
async fn serve(listener: TcpListener, inbox: mpsc::UnboundedSender<Input>) {
    while let Ok((stream, _)) = listener.accept().await {
        let inbox = inbox.clone();
        tokio::spawn(async move { receive(stream, &inbox).await.ok() });
    }
}

async fn receive(stream: TcpStream, inbox: &mpsc::UnboundedSender<Input>) -> io::Result<()> {
    let mut connection = Connection::new(stream)?;
    while let Some(message) = connection.next().await? {
        if inbox.send(Input::Message(message)).is_err() {
            break;
        }
    }
    Ok(())
}

/// Sends messages to another node, all that wait at once.
async fn transmit(
    address: &str,
    mut queue: mpsc::UnboundedReceiver<Message<Value>>,
) -> io::Result<()> {
    let mut connection = Connection::connect(address).await?;
    let mut messages = Vec::new();
    while queue.recv_many(&mut messages, BATCH).await > 0 {
        for message in messages.drain(..) {
            connection.add(&message).await?;
        }
        connection.flush().await?;
    }
    Ok(())
}

/// A node at work.
struct Node {
    paxos: OmniPaxos<Value, Store>,
    journal: Option<Journal>,
    links: BTreeMap<u64, mpsc::UnboundedSender<Message<Value>>>,
    leader: watch::Sender<Leader>,
    waiting: Waiting,
}

/// Clients whose values are not decided, in the order of the log.
#[derive(Default)]
struct Waiting {
    /// Under which this node has appended their values. If it is another one now, they may be lost.
    ballot: Ballot,
    /// The length that the log has to be decided to, and who waits for it.
    clients: VecDeque<(usize, oneshot::Sender<()>)>,
}

impl Node {
    async fn run(mut self, mut inbox: mpsc::UnboundedReceiver<Input>) -> io::Result<()> {
        let mut ticks = interval_at(Instant::now() + TICK, TICK);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let (mut inputs, mut outgoing) = (Vec::new(), Vec::new());
        loop {
            tokio::select! {
                _ = ticks.tick() => self.paxos.tick(),
                count = inbox.recv_many(&mut inputs, BATCH) => if count == 0 {
                    return Ok(());
                }
            }
            // Clients and connections that are ready as well get their turn first: batches are larger, and two to four
            // times as many values a second are committed in memory.
            yield_now().await;
            while inputs.len() < BATCH
                && let Ok(input) = inbox.try_recv()
            {
                inputs.push(input);
            }
            for input in inputs.drain(..) {
                match input {
                    Input::Message(message) => self.paxos.handle_incoming(message),
                    Input::Append(value, client) => self.append(value, client),
                }
            }
            // Before anything leaves, and before a client hears anything.
            if let Some(journal) = &self.journal {
                journal.sync().await?;
            }
            self.paxos.take_outgoing_messages(&mut outgoing);
            for message in outgoing.drain(..) {
                if let Some(link) = self.links.get(&message.get_receiver()) {
                    // Without a connection the message is lost, as on any network.
                    link.send(message).ok();
                }
            }
            self.answer();
        }
    }

    /// Clients of a node that does not lead see that they are dropped.
    fn append(&mut self, value: Vec<u8>, client: oneshot::Sender<()>) {
        let leads = self.paxos.get_current_leader() == Some((self.paxos.get_pid(), true));
        if leads && self.paxos.append(Value(value)).is_ok() {
            let ballot = self.paxos.get_promise();
            if self.waiting.ballot != ballot {
                self.waiting = Waiting { ballot, clients: VecDeque::new() };
            }
            self.waiting.clients.push_back((self.paxos.get_accepted_idx(), client));
        }
    }

    /// Tells clients whose values are decided, and whoever waits for a leader.
    fn answer(&mut self) {
        if self.waiting.ballot != self.paxos.get_promise() {
            self.waiting.clients.clear();
        }
        let decided = self.paxos.get_decided_idx();
        while let Some((_, client)) =
            self.waiting.clients.pop_front_if(|(length, _)| *length <= decided)
        {
            client.send(()).ok();
        }
        let leader = self.paxos.get_current_leader();
        self.leader.send_if_modified(|seen| std::mem::replace(seen, leader) != leader);
    }
}
