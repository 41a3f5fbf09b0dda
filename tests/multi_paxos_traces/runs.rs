//! Runs of real replicas, and what they leave as traces.

use std::collections::{BTreeMap, VecDeque};

use mitregate_multi_paxos::{
    Cluster, Effect, Input, Learner, NodeId, Outgoing, Replica, Round, Setup, Snapshot, Stored,
    Timer, Trace, TraceEvent,
};

pub(crate) type Event = TraceEvent<String>;

/// What nodes did, each in its order.
pub(crate) type Run = BTreeMap<NodeId, Vec<Event>>;

pub(crate) fn cluster() -> Cluster {
    let proposers = || [10, 11].map(NodeId);
    Cluster::new([0, 1, 2].map(NodeId), proposers(), proposers()).unwrap()
}

/// The seeds of runs in which proposers lead, and take snapshots.
pub(crate) fn leads(seed: u64) -> bool {
    seed % 4 == 2
}

/// The log's values in order, as a snapshot.
fn snapshot(learner: &Learner<String>) -> Snapshot {
    let before =
        learner.snapshot().map_or(Vec::new(), |it| serde_json::from_slice(&it.state).unwrap());
    let values: Vec<String> =
        before.into_iter().chain(learner.applied().values().cloned()).collect();
    Snapshot { before: learner.next_round(), state: serde_json::to_vec(&values).unwrap().into() }
}

/// Replicas on a network that loses and reorders; two proposers, two rounds. Nodes may crash after a step.
pub(crate) fn run(seed: u64, crashes: bool) -> Run {
    let mut random = fastrand::Rng::with_seed(seed);
    let cluster = cluster();
    let mut nodes = BTreeMap::new();
    let mut disks: BTreeMap<NodeId, Stored<String>> = BTreeMap::new();
    let mut traces = Run::new();
    let ids: Vec<_> = cluster.acceptors().union(cluster.proposers()).copied().collect();
    for &id in &ids {
        nodes.insert(id, start(&cluster, id, Stored::default(), &mut traces));
    }
    let mut network: VecDeque<(NodeId, Input<String>)> = VecDeque::new();
    for (node, round) in [(10, 0), (11, 0), (10, 1)] {
        let value = format!("{node}-{round}");
        network.push_back((NodeId(node), Input::Propose { round: Round(round), value }));
    }
    for _ in 0..90 {
        if network.is_empty() || random.u8(..8) == 0 {
            let timer = Timer::Retry(Round(random.u64(..2)));
            network.push_back((NodeId(random.u32(10..12)), Input::TimeOut(timer)));
        }
        if leads(seed) && random.u8(..12) == 0 {
            let id = NodeId(random.u32(10..12));
            let learner = nodes[&id].learner.as_ref().unwrap();
            let input = match random.u8(..3) {
                0 => Input::Snapshot { snapshot: snapshot(learner), to_acceptors: true },
                _ => Input::Lead,
            };
            network.push_back((id, input));
        }
        let index = random.usize(..network.len());
        let Some((to, input)) = network.remove(index) else { continue };
        if random.u8(..10) == 0 && matches!(input, Input::Message { .. }) {
            continue;
        }
        let Some(node) = nodes.get_mut(&to) else { continue };
        let mut attempts = 0;
        for effect in node.step(&cluster, input) {
            if let Effect::Persist(record) = &effect {
                disks.entry(to).or_default().apply(record.clone());
            }
            attempts += usize::from(matches!(&effect, Effect::Persist(_)));
            traces.entry(to).or_default().extend(TraceEvent::of(&effect));
            if let Effect::Send(Outgoing { to: peer, message }) = effect {
                network.push_back((peer, Input::Message { from: to, message }));
            }
        }
        if crashes && random.u8(..12) == 0 {
            // The entry of what was written last may be missing.
            if attempts > 0 && random.bool() {
                let trace = traces.get_mut(&to).unwrap();
                let last = trace.iter().rposition(|it| !matches!(it, TraceEvent::Learn { .. }));
                trace.truncate(last.unwrap_or(trace.len()));
                network.retain(
                    |(_, input)| !matches!(input, Input::Message { from, .. } if *from == to),
                );
            }
            let disk = disks.entry(to).or_default().clone();
            nodes.insert(to, start(&cluster, to, disk, &mut traces));
        }
    }
    traces
}

fn start(
    cluster: &Cluster,
    id: NodeId,
    stored: Stored<String>,
    traces: &mut Run,
) -> Replica<String> {
    let event = TraceEvent::Start { cluster: cluster.clone(), stored: stored.clone() };
    traces.entry(id).or_default().push(event);
    Replica::start(cluster, id, stored, Setup::default()).0
}

pub(crate) fn files(run: &Run) -> Vec<(String, String)> {
    run.iter()
        .map(|(&node, events)| {
            let line = |event: &Event| {
                let trace = Trace { node, event: event.clone() };
                serde_json::to_string(&trace).unwrap() + "\n"
            };
            (format!("node-{node}.jsonl"), events.iter().map(line).collect())
        })
        .collect()
}
