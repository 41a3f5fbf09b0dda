//! A node that runs: it hands its replica what happens, and carries out the effects.
//!
//! Nothing about Paxos is decided here. What is decided is when: how long timers run, how long to back off, and in
//! which round a client's value is proposed.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use mitregate_multi_paxos::{
    Conflict, Effect, Input, Message, NodeId, Outgoing, ProposeError, Replica, Round, Setup,
    Stored, Timer,
};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until};

use super::disk::Disk;
use super::entry::Entry;
use super::members::Members;
use super::network::{Context, Network, QUEUE, link, listen};
use super::observer::Observer;
use super::store::StoreError;
use super::timing::{Backoff, Timing, jitter};

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
    /// A round is decided for two values: some node has lost its disk, or is not what it should be.
    #[error("{0}: some node has lost its disk; stop the cluster")]
    Conflict(Conflict),
    /// What the node does could not be told. It stops, so that its trace has no gap.
    #[error("cannot write the trace: {0}")]
    Observer(#[source] std::io::Error),
    /// Other learners have dropped rounds that this one needs.
    #[error("rounds before {before} are kept by no other node")]
    Forgotten {
        /// The first round that is kept.
        before: Round,
    },
}

/// Why a value is not in the log, as far as the node knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum AppendError {
    /// The node has stopped. The value may be in the log, or get there.
    #[error("the node has stopped; the value may be in the log nevertheless")]
    Stopped,
    /// The value does not fit into a message. It is not in the log.
    #[error(
        "a value of {bytes} bytes does not fit into a message: at most {most}; raise Timing::most_bytes on all nodes"
    )]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The most that fits.
        most: usize,
    },
    /// The proposer refuses. The value may be in the log, or get there, if it was proposed before.
    #[error("{0}")]
    Refused(ProposeError),
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
}

impl NodeConfig {
    fn check_role(&self, role: &'static str, has: bool) -> Result<(), NodeError> {
        let cluster = self.members.name().to_owned();
        if has { Ok(()) } else { Err(NodeError::NoSuchNode { cluster, node: self.id, role }) }
    }
}

/// A client's value on its way into the log.
struct Append<V> {
    value: Option<V>,
    done: oneshot::Sender<Result<Round, AppendError>>,
}

/// A value that is proposed.
struct InFlight<V> {
    entry: Entry<V>,
    /// None for what fills a gap.
    done: Option<oneshot::Sender<Result<Round, AppendError>>>,
}

/// A client of a proposer that runs.
#[derive(Debug)]
pub struct Client<V> {
    appends: mpsc::Sender<Append<V>>,
    most_bytes: usize,
}

impl<V> Clone for Client<V> {
    fn clone(&self) -> Self {
        Client { appends: self.appends.clone(), most_bytes: self.most_bytes }
    }
}

impl<V: Serialize> Client<V> {
    /// Appends a value to the log. Returns its round once that and all before it are decided: whoever appends
    /// later, anywhere, gets a later round.
    ///
    /// # Errors
    ///
    /// [`AppendError`] if that is not known to have happened.
    pub async fn append(&self, value: V) -> Result<Round, AppendError> {
        self.hand_in(Some(value)).await
    }

    /// Appends an entry without a value. All that was appended before the call, anywhere, is in an earlier
    /// round: so the log up to this round is what a read has to return.
    ///
    /// # Errors
    ///
    /// [`AppendError`] if that is not known to have happened.
    pub async fn barrier(&self) -> Result<Round, AppendError> {
        self.hand_in(None).await
    }

    async fn hand_in(&self, value: Option<V>) -> Result<Round, AppendError> {
        // A message that does not fit is lost, every time.
        let bytes =
            value.as_ref().map(postcard::to_stdvec).and_then(Result::ok).map_or(0, |it| it.len());
        let most = self.most_bytes.saturating_sub(OVERHEAD);
        if bytes > most {
            return Err(AppendError::TooLarge { bytes, most });
        }
        let (done, outcome) = oneshot::channel();
        let handed_in = self.appends.send(Append { value, done }).await;
        handed_in.map_err(|_| AppendError::Stopped)?;
        outcome.await.map_err(|_| AppendError::Stopped)?
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
    log: mpsc::UnboundedSender<(Round, Entry<V>)>,
    stop: impl Future<Output = ()>,
) -> (Client<V>, impl Future<Output = Result<(), NodeError>>)
where
    V: Value,
    N: Network,
    D: Disk<Entry<V>>,
    O: Observer<Entry<V>>,
{
    let (appends, to_append) = mpsc::channel(config.timing.window.max(1));
    let most_bytes = config.timing.most_bytes;
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

/// What a message has besides a value, at most: names of two proposals and of an entry.
const OVERHEAD: usize = 256;

/// The most inputs whose effects are written to disk together.
const BATCH: usize = 256;

async fn run<V, N, D, O>(
    config: NodeConfig,
    network: N,
    (disk, stored): (D, Stored<Entry<V>>),
    mut observer: O,
    mut appends: mpsc::Receiver<Append<V>>,
    log: mpsc::UnboundedSender<(Round, Entry<V>)>,
    stop: impl Future<Output = ()>,
) -> Result<(), NodeError>
where
    V: Value,
    N: Network,
    D: Disk<Entry<V>>,
    O: Observer<Entry<V>>,
{
    let NodeConfig { id, members, timing, seed } = config;
    let address = members.address(id).unwrap_or_default().to_owned();
    let listener =
        network.bind(&address).await.map_err(|error| NodeError::Listen { address, error })?;
    let mut random = fastrand::Rng::with_seed(seed);
    let cluster = members.cluster().clone();
    let window = timing.window.max(1);
    let context = Arc::new(Context { id, members, timing });
    let (inbox, mut arrivals) = mpsc::channel(QUEUE);
    // Dropping the set ends the tasks.
    let mut tasks = JoinSet::new();
    tasks.spawn(listen::<N, Entry<V>>(listener, context.clone(), inbox));
    let mut links = BTreeMap::new();
    for peer in context.members.ids().filter(|&peer| peer != id) {
        let (queue, queued) = mpsc::channel(QUEUE);
        let backoff = Backoff::new(&context.timing, random.fork());
        tasks.spawn(link::<N, Entry<V>>(network.clone(), context.clone(), peer, queued, backoff));
        links.insert(peer, queue);
    }
    observer.starts(id, &cluster, &stored).map_err(NodeError::Observer)?;
    let (replica, effects) = Replica::start(&cluster, id, stored, Setup::default());
    let mut driver = Driver {
        start: random.u64(..),
        context: context.clone(),
        random,
        replica,
        disk,
        observer,
        links,
        log,
        timers: Timers::default(),
        failures: BTreeMap::new(),
        inputs: VecDeque::new(),
        waiting: VecDeque::new(),
        in_flight: BTreeMap::new(),
        sequence: 0,
        stuck_at: None,
    };
    driver.carry_out(effects).await?;
    if cluster.is_proposer(id) {
        // It looks how far the log has come: nobody else may know, if all clients were down.
        let (done, _) = oneshot::channel();
        driver.waiting.push_back(Append { value: None, done });
        driver.work().await?;
    }
    tokio::pin!(stop);
    loop {
        let has_room = driver.waiting.len() + driver.in_flight.len() < window;
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
            () = sleep_until(driver.timers.next()), if !driver.timers.is_empty() => {
                driver.take_timers();
            }
            Some((from, message)) = arrivals.recv() => {
                driver.inputs.push_back(Input::Message { from, message });
                while driver.inputs.len() < BATCH
                    && let Ok((from, message)) = arrivals.try_recv()
                {
                    driver.inputs.push_back(Input::Message { from, message });
                }
            }
            Some(append) = appends.recv(), if has_room => driver.waiting.push_back(append),
        }
        driver.work().await?;
    }
}

/// Deadlines, each of one timer.
#[derive(Default)]
struct Timers {
    deadlines: BTreeMap<Timer, Instant>,
    queue: BTreeSet<(Instant, Timer)>,
}

impl Timers {
    fn set(&mut self, timer: Timer, at: Instant) {
        self.cancel(timer);
        self.deadlines.insert(timer, at);
        self.queue.insert((at, timer));
    }

    fn cancel(&mut self, timer: Timer) {
        if let Some(at) = self.deadlines.remove(&timer) {
            self.queue.remove(&(at, timer));
        }
    }

    fn is_empty(&self) -> bool {
        self.queue.is_empty()
    }

    fn next(&self) -> Instant {
        self.queue.first().map_or_else(Instant::now, |(at, _)| *at)
    }

    /// The next timer that has run out.
    fn take(&mut self) -> Option<Timer> {
        let timer = self.queue.first().filter(|(at, _)| *at <= Instant::now())?.1;
        self.cancel(timer);
        Some(timer)
    }
}

/// A node at work.
struct Driver<V, D, O> {
    context: Arc<Context>,
    random: fastrand::Rng,
    replica: Replica<Entry<V>>,
    disk: D,
    observer: O,
    links: BTreeMap<NodeId, mpsc::Sender<Message<Entry<V>>>>,
    log: mpsc::UnboundedSender<(Round, Entry<V>)>,
    timers: Timers,
    /// How often a round was tried in vain.
    failures: BTreeMap<Round, u32>,
    /// What is to be handed to the replica.
    inputs: VecDeque<Input<Entry<V>>>,
    /// Values without a round.
    waiting: VecDeque<Append<V>>,
    /// The value that this node proposes in a round, until that is applied.
    in_flight: BTreeMap<Round, InFlight<V>>,
    start: u64,
    sequence: u64,
    /// The round that was missing at the last look.
    stuck_at: Option<Round>,
}

impl<V: Value, D: Disk<Entry<V>>, O: Observer<Entry<V>>> Driver<V, D, O> {
    /// Hands in all inputs, and those that they lead to.
    async fn work(&mut self) -> Result<(), NodeError> {
        loop {
            self.propose_waiting();
            if self.inputs.is_empty() {
                return Ok(());
            }
            let cluster = self.context.members.cluster();
            let mut effects = Vec::new();
            for input in self.inputs.drain(..) {
                effects.extend(self.replica.step(cluster, input));
            }
            self.carry_out(effects).await?;
        }
    }

    /// Carries out effects. All that is to be persisted goes to disk at once, before anything else is done: that
    /// is earlier than the order of the effects asks for.
    async fn carry_out(&mut self, effects: Vec<Effect<Entry<V>>>) -> Result<(), NodeError> {
        let id = self.context.id;
        let records: Vec<_> = effects
            .iter()
            .filter_map(|effect| match effect {
                Effect::Persist(record) => Some(record.clone()),
                _ => None,
            })
            .collect();
        if !records.is_empty() {
            self.disk.write(records).await?;
            if self.disk.is_long() {
                self.disk.compact(self.replica.stored()).await?;
            }
        }
        for effect in effects {
            self.observer.observe(id, &effect).map_err(NodeError::Observer)?;
            match effect {
                Effect::Persist(_) => {}
                Effect::Send(outgoing) => self.send(outgoing),
                Effect::SetTimer(timer) => self.set_timer(timer),
                Effect::CancelTimer(timer) => self.timers.cancel(timer),
                Effect::Apply { round, value } => self.apply(round, value),
                Effect::Decided { round, value } => self.decided(round, &value),
                Effect::Refuse { round, error } => self.refuse(round, error),
                Effect::Rejected { round, .. } => self.back_off(round),
                Effect::Conflict(conflict) => return Err(NodeError::Conflict(conflict)),
                Effect::Forgotten { before } => return Err(NodeError::Forgotten { before }),
            }
        }
        Ok(())
    }

    fn send(&mut self, Outgoing { to, message }: Outgoing<Entry<V>>) {
        let from = self.context.id;
        if to == from {
            self.inputs.push_back(Input::Message { from, message });
        } else if let Some(link) = self.links.get(&to) {
            // To a peer that cannot be reached, messages get lost.
            let _ = link.try_send(message);
        }
    }

    fn set_timer(&mut self, timer: Timer) {
        let timing = &self.context.timing;
        let wait = match timer {
            Timer::Retry(_) => {
                timing.attempt + jitter(&mut self.random, timing.attempt / 4, timing.attempt / 4, 0)
            }
            Timer::CatchUp => timing.catch_up,
        };
        self.timers.set(timer, Instant::now() + wait);
    }

    fn back_off(&mut self, round: Round) {
        let failures = self.failures.entry(round).or_default();
        let timing = &self.context.timing;
        let wait = jitter(&mut self.random, timing.least_backoff, timing.most_backoff, *failures);
        *failures = failures.saturating_add(1);
        self.timers.set(Timer::Retry(round), Instant::now() + wait);
    }

    fn take_timers(&mut self) {
        while let Some(timer) = self.timers.take() {
            if timer == Timer::CatchUp {
                self.fill_gap();
            }
            self.inputs.push_back(Input::TimeOut(timer));
        }
    }

    /// Proposes an entry without a value where a round has been missing for a while: its proposer may have gone.
    fn fill_gap(&mut self) {
        let Some(learner) = &self.replica.learner else { return };
        let missing = learner.has_gap().then(|| learner.next_round());
        let is_stuck = missing.is_some() && missing == self.stuck_at;
        self.stuck_at = missing;
        if let Some(round) = missing.filter(|round| is_stuck && !self.in_flight.contains_key(round))
        {
            self.propose(round, None, None);
        }
    }

    /// Gives each waiting value the first round that is free as far as this node knows.
    fn propose_waiting(&mut self) {
        while !self.waiting.is_empty() {
            let Some(learner) = &self.replica.learner else { return };
            let is_free = |round: &Round| {
                learner.value(*round).is_none() && !self.in_flight.contains_key(round)
            };
            let mut rounds =
                std::iter::successors(Some(learner.next_round()), |round| round.next());
            let Some(round) = rounds.find(is_free) else { return };
            let Some(Append { value, done }) = self.waiting.pop_front() else { return };
            self.propose(round, value, Some(done));
        }
    }

    fn propose(
        &mut self,
        round: Round,
        value: Option<V>,
        done: Option<oneshot::Sender<Result<Round, AppendError>>>,
    ) {
        let entry =
            Entry { origin: self.context.id, start: self.start, sequence: self.sequence, value };
        self.sequence += 1;
        self.in_flight.insert(round, InFlight { entry: entry.clone(), done });
        self.inputs.push_back(Input::Propose { round, value: entry });
    }

    /// A round is decided. A value of ours that lost has to go into another.
    fn decided(&mut self, round: Round, value: &Entry<V>) {
        self.failures.remove(&round);
        if self.in_flight.get(&round).is_some_and(|mine| mine.entry != *value) {
            self.propose_again(round);
        }
    }

    fn propose_again(&mut self, round: Round) {
        if let Some(InFlight { entry, done: Some(done) }) = self.in_flight.remove(&round) {
            self.waiting.push_front(Append { value: entry.value, done });
        }
    }

    /// A round is applied, and so are all before it.
    fn apply(&mut self, round: Round, value: Entry<V>) {
        self.decided(round, &value);
        // If nobody reads the log, it is not missed.
        let _ = self.log.send((round, value));
        if let Some(InFlight { done: Some(done), .. }) = self.in_flight.remove(&round) {
            // The client may have gone.
            let _ = done.send(Ok(round));
        }
    }

    fn refuse(&mut self, round: Round, error: ProposeError) {
        if let Some(InFlight { done: Some(done), .. }) = self.in_flight.remove(&round) {
            let _ = done.send(Err(AppendError::Refused(error)));
        }
    }
}
