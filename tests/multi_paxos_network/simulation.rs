//! A cluster in simulated time, on a network and disks that fail by a plan drawn from a seed.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex};
use std::time::{Duration, UNIX_EPOCH};

use mitregate_models::multi_paxos::validation::{Validation, validate};
use mitregate_multi_paxos::{NodeId, Record, Round, Stored};
use mitregate_multi_paxos_runtime::simulated::{
    Failure, SimulatedDisk, SimulatedFolder, Survivors,
};
use mitregate_multi_paxos_runtime::{
    AppendError, Applied, Client, Disk, Entry, FORMAT, Identity, Item, JsonLines, Member, Members,
    Network, NodeConfig, NodeError, Position, Store, StoreError, Timing, run_acceptor,
    run_proposer,
};
use tokio::sync::mpsc;
use turmoil::net::{TcpListener, TcpStream};

use crate::fault::Fault;
use crate::history::{Answer, Call, History};

/// What the log holds.
pub(crate) type Value = u32;

type LogEntry = Entry<Value>;

/// What a node has applied since a start: for each round, the values that were new.
type Log = Vec<(Round, Vec<(Position, Item<Value>)>)>;

const PORT: u16 = 7000;

/// What happens to a run, besides what its clients do.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    pub(crate) seed: u64,
    pub(crate) acceptors: u32,
    pub(crate) clients: u32,
    /// How many calls each client makes.
    pub(crate) calls: u32,
    /// How often a link breaks for a message, of 1000.
    pub(crate) loss: u32,
    /// The most time that a message takes, in milliseconds.
    pub(crate) latency: u64,
    /// The most time that a write takes, in milliseconds.
    pub(crate) disk: u64,
    /// How many things happen to nodes and links.
    pub(crate) events: u32,
    /// After how many rounds snapshots are taken.
    pub(crate) snapshots: Option<u64>,
    /// How many rounds a leader has open.
    pub(crate) rounds: usize,
    /// Of how many votes an acceptor tells at once.
    pub(crate) promise_batch: usize,
}

impl Plan {
    pub(crate) fn new(seed: u64) -> Plan {
        let mut random = fastrand::Rng::with_seed(seed);
        Plan {
            seed,
            acceptors: if random.u8(..4) == 0 { 5 } else { 3 },
            clients: random.u32(1..=3),
            calls: random.u32(3..=8),
            loss: if random.bool() { 0 } else { random.u32(1..20) },
            latency: random.u64(2..30),
            disk: random.u64(1..20),
            events: random.u32(0..12),
            snapshots: random.bool().then(|| random.u64(1..6)),
            rounds: random.usize(1..4),
            promise_batch: random.usize(1..6),
        }
    }

    fn name(id: NodeId) -> String {
        format!("node-{id}")
    }

    pub(crate) fn members(&self) -> Members {
        let acceptors = (0..self.acceptors).map(|id| (id, true));
        let clients = (10..10 + self.clients).map(|id| (id, false));
        let members = acceptors.chain(clients).map(|(id, is_acceptor)| Member {
            id: NodeId(id),
            address: format!("{}:{PORT}", Plan::name(NodeId(id))),
            is_acceptor,
            is_proposer: !is_acceptor,
        });
        Members::new("simulated", members).unwrap()
    }
}

/// Sockets of turmoil.
#[derive(Clone, Copy, Debug)]
struct Simulated;

impl Network for Simulated {
    type Stream = TcpStream;
    type Listener = TcpListener;

    async fn bind(&self, _: &str) -> io::Result<TcpListener> {
        TcpListener::bind((Ipv4Addr::UNSPECIFIED, PORT)).await
    }

    async fn accept(listener: &mut TcpListener) -> io::Result<TcpStream> {
        Ok(listener.accept().await?.0)
    }

    async fn connect(&self, address: &str) -> io::Result<TcpStream> {
        TcpStream::connect(address).await
    }
}

/// What a node leaves behind, over all its starts.
#[derive(Clone, Default)]
pub(crate) struct Traces {
    /// Its trace, as JSON lines.
    pub(crate) lines: Arc<Mutex<Vec<u8>>>,
    /// Its log, for each start.
    pub(crate) logs: Arc<Mutex<Vec<Log>>>,
    /// Why it stopped.
    pub(crate) errors: Arc<Mutex<Vec<String>>>,
    /// Whether its disk has failed, so that it needs a restart.
    pub(crate) is_stuck: Arc<Mutex<bool>>,
}

struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// A store that takes its time, and loses power in the middle now and then.
struct SlowDisk {
    store: Store<SimulatedFolder>,
    disk: SimulatedDisk,
    slowest: u64,
    random: fastrand::Rng,
    is_risky: Arc<Mutex<bool>>,
    fault: Option<Fault>,
    late: Vec<Record<LogEntry>>,
    is_long: bool,
}

impl SlowDisk {
    async fn wait(&mut self) {
        let millis = self.random.u64(..=self.slowest);
        tokio::time::sleep(Duration::from_millis(millis)).await;
    }
}

impl Disk<LogEntry> for SlowDisk {
    async fn write(&mut self, records: Vec<Record<LogEntry>>) -> Result<(), StoreError> {
        self.wait().await;
        let records = match self.fault {
            Some(fault) => fault.written(records, &mut self.late),
            None => records,
        };
        if *self.is_risky.lock().unwrap() && self.random.u8(..60) == 0 {
            let failure = match self.random.u8(..3) {
                0 => Failure::PowerLoss,
                1 => Failure::Full,
                _ => Failure::Sync,
            };
            self.disk.fail_at(self.disk.steps() + self.random.usize(..2), failure);
        }
        let mut result = if records.is_empty() { Ok(()) } else { self.store.write(&records) };
        if self.fault == Some(Fault::FailedWriteIgnored) {
            result = Ok(());
        }
        self.is_long = self.random.u8(..4) == 0;
        self.wait().await;
        result
    }

    fn is_long(&self) -> bool {
        // Much earlier than in earnest, so that it happens.
        self.is_long
    }

    async fn compact(&mut self, stored: Stored<LogEntry>) -> Result<(), StoreError> {
        self.wait().await;
        let stored = match self.fault {
            Some(fault) => fault.compacted(stored),
            None => stored,
        };
        self.store.compact(&stored)
    }
}

/// What came of a run.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// Calls that were answered.
    pub(crate) answered: usize,
    /// Rounds that were decided.
    pub(crate) rounds: usize,
    /// Starts of nodes.
    pub(crate) starts: usize,
    /// Events of the spec that were explained.
    pub(crate) events: usize,
    /// All traces.
    pub(crate) traces: Vec<(String, String)>,
    /// Simulated time until all calls were answered.
    pub(crate) took: Duration,
}

/// A run, by its plan.
pub(crate) struct Run {
    pub(crate) plan: Plan,
    pub(crate) fault: Option<Fault>,
}

/// Links that do not work.
#[derive(Default)]
struct Links(BTreeMap<(NodeId, NodeId), Link>);

#[derive(Clone, Copy)]
enum Link {
    /// What is sent is lost.
    Partitioned,
    /// What is sent arrives once the link is released.
    Held,
}

impl Links {
    /// Puts a node's links into their states.
    fn apply_to(&self, sim: &turmoil::Sim<'_>, node: NodeId, ids: &[NodeId]) {
        for &other in ids.iter().filter(|&&other| other != node) {
            let names = || (Plan::name(node), Plan::name(other));
            let (one, two) = names();
            sim.repair(one, two);
            let (one, two) = names();
            match self.0.get(&(node.min(other), node.max(other))) {
                None => sim.release(one, two),
                Some(Link::Partitioned) => sim.partition(one, two),
                Some(Link::Held) => sim.hold(one, two),
            }
        }
    }
}

/// How long a node stays down.
fn pause(id: NodeId) -> Duration {
    Duration::from_millis(u64::from(id.0 % 3) * 300 + 50)
}

/// Takes the power from a node.
fn power_off(sim: &mut turmoil::Sim<'_>, id: NodeId, ids: &[NodeId]) {
    // A crash ends connections in an order that differs from run to run, and who learns of it first with it. A
    // node that loses power says nothing.
    for &other in ids.iter().filter(|&&other| other != id) {
        sim.partition(Plan::name(id), Plan::name(other));
    }
    sim.crash(Plan::name(id));
}

/// Gives a node power again.
fn power_on(
    sim: &mut turmoil::Sim<'_>,
    id: NodeId,
    disk: &SimulatedDisk,
    random: &mut fastrand::Rng,
) {
    let (bytes, names) = disk.unsynced();
    disk.crash(Survivors {
        bytes: random.usize(..=bytes),
        holes: if random.bool() { 0 } else { random.u64(..) },
        names: random.usize(..=names),
    });
    sim.bounce(Plan::name(id));
}

/// Whether every client's log has all that was acknowledged.
fn has_all(nodes: &BTreeMap<NodeId, (SimulatedDisk, Traces)>, history: &History) -> bool {
    let last = history.acknowledged().map(|(_, place)| place.round.0).max();
    let Some(last) = last else { return true };
    nodes.iter().filter(|(id, _)| id.0 >= 10).all(|(_, (_, traces))| {
        traces.logs.lock().unwrap().last().is_some_and(|log| log.len() as u64 > last)
    })
}

/// How long things happen to nodes and links.
const TROUBLE: Duration = Duration::from_secs(8);

/// How long it may take after that.
const PATIENCE: Duration = Duration::from_mins(2);

impl Run {
    pub(crate) fn new(seed: u64) -> Run {
        Run { plan: Plan::new(seed), fault: None }
    }

    pub(crate) fn with_fault(seed: u64, fault: Fault) -> Run {
        Run { plan: Plan::new(seed), fault: Some(fault) }
    }

    /// Runs, and looks at what is left.
    ///
    /// # Errors
    ///
    /// What was promised and does not hold.
    pub(crate) fn go(&self) -> Result<Outcome, String> {
        let plan = &self.plan;
        let members = plan.members();
        let mut random = fastrand::Rng::with_seed(plan.seed ^ 0xACE);
        let mut sim = turmoil::Builder::new()
            .simulation_duration(TROUBLE + PATIENCE + Duration::from_mins(1))
            .tick_duration(Duration::from_millis(1))
            .min_message_latency(Duration::from_millis(1))
            .max_message_latency(Duration::from_millis(plan.latency))
            .tcp_capacity(4096)
            .rng_seed(plan.seed)
            .epoch(UNIX_EPOCH)
            .build();
        let is_risky = Arc::new(Mutex::new(plan.events > 0));
        let history = Arc::new(Mutex::new(History::default()));
        let nodes = self.add_hosts(&mut sim, &members, &is_risky, &history);
        let ids: Vec<NodeId> = members.ids().collect();
        let mut times: Vec<u64> = (0..plan.events).map(|_| random.u64(200..7000)).collect();
        times.sort_unstable();
        let mut times = times.into_iter().peekable();
        let mut down: BTreeMap<NodeId, Duration> = BTreeMap::new();
        let mut links = Links::default();
        let mut is_over = false;
        sim.set_fail_rate(f64::from(plan.loss) / 1000.0);
        loop {
            sim.step().map_err(|error| format!("the simulation failed: {error}"))?;
            let now = sim.elapsed();
            let mut off: Vec<NodeId> = Vec::new();
            for (&id, (_, traces)) in &nodes {
                // A node that has lost its disk is as one that has crashed.
                if std::mem::take(&mut *traces.is_stuck.lock().unwrap()) {
                    off.push(id);
                }
            }
            if !is_over && now >= TROUBLE {
                is_over = true;
                *is_risky.lock().unwrap() = false;
                sim.set_fail_rate(0.0);
                links = Links::default();
                for &one in &ids {
                    links.apply_to(&sim, one, &ids);
                }
            }
            while !is_over && times.next_if(|&at| Duration::from_millis(at) <= now).is_some() {
                let one = ids[random.usize(..ids.len())];
                let other = ids[random.usize(..ids.len())];
                let link = (one.min(other), one.max(other));
                match random.u8(..6) {
                    0..=2 => off.push(one),
                    3 if one != other => drop(links.0.insert(link, Link::Partitioned)),
                    4 if one != other => drop(links.0.insert(link, Link::Held)),
                    _ => drop(links.0.remove(&link)),
                }
                links.apply_to(&sim, one, &ids);
            }
            for id in off {
                if down.insert(id, now).is_none() {
                    power_off(&mut sim, id, &ids);
                    history.lock().unwrap().crashed(id);
                }
            }
            let due: Vec<NodeId> = down
                .iter()
                .filter(|(id, since)| is_over || now >= **since + pause(**id))
                .map(|(&id, _)| id)
                .collect();
            for id in due {
                down.remove(&id);
                power_on(&mut sim, id, &nodes[&id].0, &mut random);
                links.apply_to(&sim, id, &ids);
            }
            let errors: Vec<_> =
                nodes.values().flat_map(|(_, it)| it.errors.lock().unwrap().clone()).collect();
            if !errors.is_empty() {
                return Err(format!("a node stopped: {}", errors.join("; ")));
            }
            let history = history.lock().unwrap();
            let (done, expected) = (history.ended(), plan.clients * plan.calls);
            if is_over && done >= expected && has_all(&nodes, &history) {
                return Run::judge(&nodes, &history, now);
            }
            if now > TROUBLE + PATIENCE {
                let last = history.acknowledged().map(|(_, place)| place.round.0).max();
                let rounds = |(id, (_, traces)): (&NodeId, &(SimulatedDisk, Traces))| {
                    let logs = traces.logs.lock().unwrap();
                    format!(
                        "{id} has {:?} rounds, after {} starts",
                        logs.last().map(Vec::len),
                        logs.len()
                    )
                };
                let clients = nodes.iter().filter(|(id, _)| id.0 >= 10).map(rounds);
                return Err(format!(
                    "no progress: {done} of {expected} calls have ended, in rounds up to {last:?}; {}",
                    clients.collect::<Vec<_>>().join("; ")
                ));
            }
        }
    }

    /// A host for each node, with the disk and what is left of the node.
    fn add_hosts(
        &self,
        sim: &mut turmoil::Sim<'_>,
        members: &Members,
        is_risky: &Arc<Mutex<bool>>,
        history: &Arc<Mutex<History>>,
    ) -> BTreeMap<NodeId, (SimulatedDisk, Traces)> {
        let mut nodes = BTreeMap::new();
        for id in members.ids() {
            let disk = SimulatedDisk::new();
            let traces = Traces::default();
            let node = Node {
                id,
                members: members.clone(),
                plan: self.plan.clone(),
                disk: disk.clone(),
                traces: traces.clone(),
                is_risky: is_risky.clone(),
                history: history.clone(),
                fault: self.fault,
                copy: Arc::default(),
            };
            sim.host(Plan::name(id), move || node.clone().run());
            nodes.insert(id, (disk, traces));
        }
        nodes
    }

    /// Holds what nodes and clients saw against what was promised.
    fn judge(
        nodes: &BTreeMap<NodeId, (SimulatedDisk, Traces)>,
        history: &History,
        took: Duration,
    ) -> Result<Outcome, String> {
        let mut agreed: BTreeMap<Round, &Vec<(Position, Item<Value>)>> = BTreeMap::new();
        let mut outcome = Outcome { took, ..Outcome::default() };
        let all_logs =
            nodes.iter().map(|(id, (_, traces))| (id, traces.logs.lock().unwrap().clone()));
        let all_logs: Vec<_> = all_logs.collect();
        for (id, logs) in &all_logs {
            outcome.starts += logs.len();
            for (start, log) in logs.iter().enumerate() {
                for (expected, (round, items)) in (0..).zip(log) {
                    if *round != Round(expected) {
                        return Err(format!(
                            "node {id}, start {start}: a gap before round {round}"
                        ));
                    }
                    let known = agreed.entry(*round).or_insert(items);
                    if *known != items {
                        return Err(format!(
                            "round {round} is {known:?}, and {items:?} for node {id}"
                        ));
                    }
                }
            }
        }
        outcome.rounds = agreed.len();
        for (value, place) in history.acknowledged() {
            let is_it =
                |(at, item): &(Position, Item<Value>)| *at == place && item.value == Some(value);
            if !agreed.get(&place.round).is_some_and(|items| items.iter().any(is_it)) {
                return Err(format!("{value} was acknowledged for {place}, and is not there"));
            }
        }
        let values = agreed.values().flat_map(|items| items.iter());
        let mut names: Vec<_> =
            values.map(|(_, item)| (item.origin, item.start, item.sequence)).collect();
        let count = names.len();
        names.sort_unstable();
        names.dedup();
        if names.len() < count {
            return Err("a value was applied twice".to_owned());
        }
        outcome.answered = history.answered();
        if !history.is_linearizable() {
            return Err(format!("the calls are not linearizable: {history:?}"));
        }
        outcome.traces = nodes
            .iter()
            .map(|(id, (_, traces))| {
                let text = traces.lines.lock().unwrap().clone();
                (format!("node-{id}.jsonl"), String::from_utf8(text).unwrap())
            })
            .collect();
        match validate(&outcome.traces).map_err(|error| error.to_string())? {
            Validation::Explained { events, .. } => outcome.events = events,
            other => return Err(format!("the traces are not explained: {other:#?}")),
        }
        Ok(outcome)
    }
}

/// A node's program.
#[derive(Clone)]
struct Node {
    id: NodeId,
    members: Members,
    plan: Plan,
    disk: SimulatedDisk,
    traces: Traces,
    is_risky: Arc<Mutex<bool>>,
    history: Arc<Mutex<History>>,
    fault: Option<Fault>,
    /// What was on the disk at the first start.
    copy: Arc<Mutex<Option<Stored<LogEntry>>>>,
}

impl Node {
    async fn run(self) -> turmoil::Result {
        if let Err(error) = self.work().await {
            match error {
                NodeError::Store(StoreError::Io { .. } | StoreError::Failed { .. }) => {
                    *self.traces.is_stuck.lock().unwrap() = true;
                }
                error => self.traces.errors.lock().unwrap().push(format!("{}: {error}", self.id)),
            }
        }
        // It waits to be crashed.
        std::future::pending().await
    }

    async fn work(&self) -> Result<(), NodeError> {
        let start = self.traces.logs.lock().unwrap().len();
        self.traces.logs.lock().unwrap().push(Vec::new());
        let identity =
            Identity { format: FORMAT, cluster: self.members.name().to_owned(), node: self.id };
        let (store, stored) = Store::open(self.disk.folder(), identity)?;
        let first = self.copy.lock().unwrap().get_or_insert_with(|| stored.clone()).clone();
        let stored = match self.fault {
            Some(Fault::StartsEmpty) => Stored::default(),
            Some(Fault::OldCopyRestored) => first,
            _ => stored,
        };
        let seed = self.plan.seed ^ (u64::from(self.id.0) << 32) ^ ((start as u64) << 48);
        let mut random = fastrand::Rng::with_seed(seed);
        let disk = SlowDisk {
            store,
            disk: self.disk.clone(),
            slowest: self.plan.disk,
            random: random.fork(),
            is_risky: self.is_risky.clone(),
            fault: self.fault,
            late: Vec::new(),
            is_long: false,
        };
        let timing = Timing {
            window: 4,
            snapshots: self.plan.snapshots,
            rounds: self.plan.rounds,
            promise_batch: self.plan.promise_batch,
            ..Timing::default()
        };
        let members = self.members.clone();
        let config = NodeConfig { id: self.id, members, timing, seed, start: random.u64(..) };
        let observer = JsonLines(Lines(self.traces.lines.clone()));
        let disk = (disk, stored);
        if self.members.cluster().is_acceptor(self.id) {
            return run_acceptor(config, Simulated, disk, observer, std::future::pending()).await;
        }
        let (log, mut told) = mpsc::unbounded_channel();
        let logs = self.traces.logs.clone();
        let fault = self.fault;
        let follow = async move {
            while let Some(applied) = told.recv().await {
                let log = &mut logs.lock().unwrap()[start];
                match applied {
                    Applied::Round { round, items } => log.push((round, items)),
                    // The application's state is the log.
                    Applied::Snapshot { answer, .. } => {
                        let lacks = usize::from(fault == Some(Fault::StaleSnapshot));
                        let kept = &log[..log.len() - lacks];
                        let _ = answer.send(serde_json::to_vec(kept).unwrap());
                    }
                    Applied::Install { state, .. } => {
                        *log = serde_json::from_slice(&state).unwrap();
                    }
                }
            }
            std::future::pending::<()>().await;
        };
        let (client, node) =
            run_proposer(config, Simulated, disk, observer, log, std::future::pending());
        // Two at a time, so that a later one may be decided first.
        let other = self.call(client.clone(), start, 1, random.fork());
        let calls = async { tokio::join!(self.call(client, start, 0, random), other) };
        tokio::select! {
            biased;
            ended = node => ended,
            () = follow => Ok(()),
            _ = calls => Ok(()),
        }
    }

    /// Makes the calls that are left.
    async fn call(
        &self,
        client: Client<Value>,
        start: usize,
        which: usize,
        mut random: fastrand::Rng,
    ) {
        let mut thread = (self.id, 2 * start + which);
        let log = || self.traces.logs.lock().unwrap()[start].clone();
        let values = |up_to: Position| {
            let log = log();
            let items = log.iter().flat_map(|(_, items)| items);
            let before = items.take_while(|(place, _)| *place <= up_to);
            before.filter_map(|(_, item)| item.value).collect::<Vec<_>>()
        };
        let end = Position { round: Round(u64::MAX), index: 0 };
        loop {
            tokio::time::sleep(Duration::from_millis(random.u64(..600))).await;
            let Some(number) = self.history.lock().unwrap().next_call(self.id, self.plan.calls)
            else {
                break;
            };
            let is_last = number + 1 == self.plan.calls;
            let call = if is_last || random.u8(..4) == 0 {
                Call::Read
            } else {
                Call::Append(self.id.0 * 1000 + number)
            };
            self.history.lock().unwrap().begin(thread, call);
            let answer = match call {
                Call::Append(value) if self.fault == Some(Fault::AcknowledgedTooEarly) => {
                    let client = client.clone();
                    tokio::spawn(async move { client.append(value).await });
                    let place = Position { round: Round(log().len() as u64), index: 0 };
                    Answer::Appended { before: values(end).len(), place }
                }
                Call::Append(value) => match client.append(value).await {
                    Ok(place) => {
                        self.look_whether_applied(start, place);
                        Answer::Appended { before: values(place).len() - 1, place }
                    }
                    Err(AppendError::Forgotten) => {
                        self.history.lock().unwrap().lost(self.id);
                        // As another caller.
                        thread.1 += 10_000;
                        continue;
                    }
                    Err(_) => return std::future::pending().await,
                },
                Call::Read if self.fault == Some(Fault::ReadWithoutBarrier) => {
                    Answer::Read(values(end))
                }
                Call::Read => match client.barrier().await {
                    Ok(place) => {
                        self.look_whether_applied(start, place);
                        Answer::Read(values(place))
                    }
                    Err(_) => return std::future::pending().await,
                },
            };
            self.history.lock().unwrap().end(thread, call, answer);
        }
        std::future::pending::<()>().await;
    }

    /// Whoever is answered may rely on all rounds up to the answer's. The log is followed before calls go on.
    fn look_whether_applied(&self, start: usize, place: Position) {
        let length = self.traces.logs.lock().unwrap()[start].len() as u64;
        if length <= place.round.0 {
            let problem = format!("{place} is acknowledged, and {length} rounds are applied");
            self.traces.errors.lock().unwrap().push(problem);
        }
    }
}
