//! Trace validation of Multi-Paxos: runs of the real replicas are explained, and what was tampered with is
//! rejected exactly where no order of the events makes a behaviour of the spec. That is decided by a search through
//! all orders, which shares nothing with the validator but the spec's port.

use std::collections::{BTreeMap, BTreeSet, HashSet, VecDeque};
use std::io::Write;
use std::sync::{Arc, Mutex};

use mitregate::check::Model;
use mitregate::check::trace::Trace as Path;
use mitregate::tla::value::Value;
use mitregate_models::multi_paxos::spec::{Action, Ballot, Spec, State};
use mitregate_models::multi_paxos::validation::{Validation, validate, validate_with_path};
use mitregate_models::multi_paxos::{Constants, Module, Specification};
use mitregate_multi_paxos::{
    AcceptorEvent, Attempt, Cluster, Effect, Input, NodeId, Outgoing, ProposalKey, ProposerEvent,
    Record, Replica, Round, Setup, Stored, Timer, Trace, TraceEvent,
};

use mitregate_multi_paxos_runtime::{Observer, Traced};

type Event = TraceEvent<String>;

/// What nodes did, each in its order.
type Run = BTreeMap<NodeId, Vec<Event>>;

fn cluster() -> Cluster {
    let proposers = || [10, 11].map(NodeId);
    Cluster::new([0, 1, 2].map(NodeId), proposers(), proposers()).unwrap()
}

/// Replicas on a network that loses and reorders; two proposers, two rounds. Nodes may crash after a step.
fn run(seed: u64, crashes: bool) -> Run {
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

fn files(run: &Run) -> Vec<(String, String)> {
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

fn is_explained(run: &Run) -> bool {
    match validate(&files(run)).unwrap() {
        Validation::Explained { .. } => true,
        Validation::Unexplained { .. } => false,
        Validation::Undecided { why, .. } => panic!("{why}"),
    }
}

/// A search through all orders, over a spec of all rounds. It knows nothing of restarts.
struct Search<'a> {
    spec: Spec,
    values: Vec<String>,
    events: Vec<(NodeId, Vec<&'a Event>)>,
    seen: HashSet<(Vec<usize>, State)>,
}

impl<'a> Search<'a> {
    fn new(run: &'a Run) -> Search<'a> {
        let mut values = BTreeSet::new();
        let mut attempts = 1;
        let mut rounds = BTreeSet::from([0, 1]);
        for event in run.values().flatten() {
            let (round, attempt) = match event {
                TraceEvent::Accept { proposal, value, round } => {
                    values.insert(value.clone());
                    (*round, proposal.attempt.0)
                }
                TraceEvent::Promise { proposal, round } => (*round, proposal.attempt.0),
                TraceEvent::Attempt { attempt, round } => (*round, attempt.0),
                TraceEvent::Learn { value, round } => {
                    values.insert(value.clone());
                    (*round, 0)
                }
                TraceEvent::Start { .. } => continue,
            };
            rounds.insert(i64::try_from(round.0).unwrap());
            attempts = attempts.max(attempt + 1);
        }
        let values: Vec<_> = values.into_iter().collect();
        let constants = Constants {
            module: Module::MultiPaxos,
            specification: Specification::Spec,
            proposers: vec![10, 11],
            acceptors: (0..3).map(Value::Int).collect(),
            rounds: rounds.into_iter().collect(),
            attempts: u16::try_from(attempts).unwrap(),
            values: values.iter().map(|value| Value::from(value.as_str())).collect(),
            none: Value::model("NONE"),
            undecided: false,
            acceptor_symmetry: false,
            value_symmetry: false,
        };
        let no_start = |it: &&Event| !matches!(it, TraceEvent::Start { .. });
        let events = run.iter().map(|(&id, all)| (id, all.iter().filter(no_start).collect()));
        Search {
            spec: Spec::new(Arc::new(constants)),
            values,
            events: events.collect(),
            seen: HashSet::new(),
        }
    }

    fn succeeds(&mut self) -> bool {
        // A proposer begins an attempt once, and no lower one later.
        for (_, events) in &self.events {
            let mut begun = BTreeMap::new();
            for event in events {
                if let TraceEvent::Attempt { round, attempt } = event
                    && begun.insert(*round, *attempt).is_some_and(|before| before >= *attempt)
                {
                    return false;
                }
            }
        }
        let state = self.spec.init_states().remove(0);
        self.goes_on(&vec![0; self.events.len()], &state)
    }

    fn goes_on(&mut self, places: &[usize], state: &State) -> bool {
        if places.iter().zip(&self.events).all(|(&place, (_, events))| place == events.len()) {
            return true;
        }
        if !self.seen.insert((places.to_vec(), state.clone())) {
            return false;
        }
        (0..places.len()).any(|index| {
            let (node, events) = &self.events[index];
            let Some(event) = events.get(places[index]) else { return false };
            let Some(next) = self.take(*node, event, state) else { return false };
            let mut places = places.to_vec();
            places[index] += 1;
            self.goes_on(&places, &next)
        })
    }

    fn ballot(&self, key: ProposalKey, round: Round) -> Option<Ballot> {
        (key.round == round && (10..12).contains(&key.node.0)).then_some(())?;
        Some(
            self.spec
                .ballot(u16::try_from(key.attempt.0).ok()?, u8::try_from(key.node.0 - 10).ok()?),
        )
    }

    fn take(&self, node: NodeId, event: &Event, state: &State) -> Option<State> {
        let spec = &self.spec;
        let round = |round: &Round| {
            let number = i64::try_from(round.0).unwrap();
            let index = spec.constants.rounds.iter().position(|&it| it == number)?;
            u8::try_from(index).ok()
        };
        let value = |value: &String| {
            u8::try_from(self.values.iter().position(|it| it == value).unwrap()).unwrap()
        };
        let acceptor = || u8::try_from(node.0).ok().filter(|&a| a < 3);
        match event {
            TraceEvent::Attempt { round: r, attempt } => {
                let (p, r) = (u8::try_from(node.0.checked_sub(10)?).ok()?, round(r)?);
                let mut state = state.clone();
                let at = spec.at(p, r);
                while u32::from(*state.proposer_attempt.get(at)?) < attempt.0 {
                    state = spec.next_state(&state, Action::IncrementAttempt { p, r })?;
                }
                (u32::from(state.proposer_attempt[at]) == attempt.0).then_some(state)
            }
            TraceEvent::Promise { round: r, proposal } => {
                let (a, p) = (acceptor()?, self.ballot(*proposal, *r)?);
                spec.next_state(state, Action::Promise { a, r: round(r)?, p })
            }
            TraceEvent::Accept { round: r, proposal, value: v } => {
                let (a, p) = (acceptor()?, self.ballot(*proposal, *r)?);
                let action = Action::Accept { a, r: round(r)?, p, v: value(v) };
                spec.next_state(state, action).or_else(|| {
                    let promised =
                        spec.next_state(state, Action::Promise { a, r: round(r)?, p })?;
                    spec.next_state(&promised, action)
                })
            }
            TraceEvent::Learn { round: r, value: v } => {
                spec.next_state(state, Action::Learn { r: round(r)?, v: value(v) })
            }
            TraceEvent::Start { .. } => Some(state.clone()),
        }
    }
}

#[test]
fn runs_of_real_replicas_are_explained() {
    let mut events = 0;
    for seed in 0..400 {
        let run = run(seed, false);
        events += run.values().map(Vec::len).sum::<usize>();
        assert!(is_explained(&run), "seed {seed}: {:#?}", validate(&files(&run)));
        assert!(Search::new(&run).succeeds(), "seed {seed}");
    }
    assert!(events > 8_000, "{events}");
}

#[test]
fn runs_with_crashes_are_explained_also_if_an_entry_is_missing() {
    let mut restarts = 0;
    for seed in 0..400 {
        let run = run(seed, true);
        assert!(is_explained(&run), "seed {seed}: {:#?}", validate(&files(&run)));
        let starts = |it: &&Event| matches!(it, TraceEvent::Start { .. });
        restarts += run.values().flatten().filter(starts).count() - run.len();
    }
    assert!(restarts > 300, "{restarts}");
}

#[test]
fn what_a_node_finds_on_its_disk_explains_what_has_no_entry() {
    let cluster = Cluster::new([NodeId(0)], [NodeId(10)], [NodeId(10)]).unwrap();
    let (round, value) = (Round(0), "x".to_owned());
    let proposal = ProposalKey { round, attempt: Attempt(1), node: NodeId(10) };
    let start = |stored| TraceEvent::Start { cluster: cluster.clone(), stored };
    let mut disk = Stored::default();
    let vote = AcceptorEvent::Accept { round, proposal, value: value.clone() };
    disk.apply(Record::Acceptor(vote));
    let run = |again: Stored<String>| {
        let attempt = TraceEvent::Attempt { round, attempt: Attempt(1) };
        let learn = TraceEvent::Learn { round, value: value.clone() };
        Run::from([
            (NodeId(0), vec![start(Stored::default()), start(again)]),
            (NodeId(10), vec![start(Stored::default()), attempt, learn]),
        ])
    };
    assert!(is_explained(&run(disk)));
    let Validation::Unexplained { stuck, .. } = validate(&files(&run(Stored::default()))).unwrap()
    else {
        panic!("a value is learned that nobody voted for")
    };
    assert_eq!(stuck[0].event, "Learn(0, \"x\")");
    assert_eq!(stuck[0].why, r"\E p \in ProposalsOf(r) : Chosen(p, v)");
}

/// A way to tamper with a run. Each returns whether it has found something to change.
type Tamper = (&'static str, fn(&mut Run, &mut fastrand::Rng) -> bool);

/// An event of a kind, at random.
fn pick<'a>(
    run: &'a mut Run,
    random: &mut fastrand::Rng,
    wanted: fn(&Event) -> bool,
) -> Option<(&'a mut Vec<Event>, usize)> {
    let mut places: Vec<(NodeId, usize)> = Vec::new();
    for (&node, events) in run.iter() {
        let fitting = events.iter().enumerate().filter(|(_, event)| wanted(event));
        places.extend(fitting.map(|(index, _)| (node, index)));
    }
    if places.is_empty() {
        return None;
    }
    let (node, index) = places[random.usize(..places.len())];
    Some((run.get_mut(&node)?, index))
}

fn is_promise(event: &Event) -> bool {
    matches!(event, TraceEvent::Promise { .. })
}

fn is_accept(event: &Event) -> bool {
    matches!(event, TraceEvent::Accept { .. })
}

fn is_attempt(event: &Event) -> bool {
    matches!(event, TraceEvent::Attempt { .. })
}

fn is_learn(event: &Event) -> bool {
    matches!(event, TraceEvent::Learn { .. })
}

fn is_event(event: &Event) -> bool {
    !matches!(event, TraceEvent::Start { .. })
}

fn drop_one(run: &mut Run, random: &mut fastrand::Rng, wanted: fn(&Event) -> bool) -> bool {
    pick(run, random, wanted).map(|(events, index)| events.remove(index)).is_some()
}

fn alter(
    run: &mut Run,
    random: &mut fastrand::Rng,
    wanted: fn(&Event) -> bool,
    change: fn(&mut Event),
) -> bool {
    pick(run, random, wanted).map(|(events, index)| change(&mut events[index])).is_some()
}

fn key(event: &mut Event) -> Option<&mut ProposalKey> {
    match event {
        TraceEvent::Promise { proposal, .. } | TraceEvent::Accept { proposal, .. } => {
            Some(proposal)
        }
        _ => None,
    }
}

fn move_to_other_node(
    run: &mut Run,
    random: &mut fastrand::Rng,
    wanted: fn(&Event) -> bool,
) -> bool {
    let Some((events, index)) = pick(run, random, wanted) else { return false };
    let event = events.remove(index);
    let others: Vec<NodeId> = run.keys().copied().collect();
    let events = run.get_mut(&others[random.usize(..others.len())]).unwrap();
    events.insert(random.usize(1..=events.len()), event);
    true
}

const TAMPERS: [Tamper; 20] = [
    ("a promise dropped", |run, random| drop_one(run, random, is_promise)),
    ("all of two acceptors dropped", |run, _| {
        for node in [0, 1].map(NodeId) {
            run.get_mut(&node).unwrap().truncate(1);
        }
        true
    }),
    ("a vote dropped", |run, random| drop_one(run, random, is_accept)),
    ("an attempt dropped", |run, random| drop_one(run, random, is_attempt)),
    ("something learned dropped", |run, random| drop_one(run, random, is_learn)),
    ("two neighbours swapped", |run, random| {
        pick(run, random, is_event).is_some_and(|(events, index)| {
            let is_possible = index + 1 < events.len();
            if is_possible {
                events.swap(index, index + 1);
            }
            is_possible
        })
    }),
    ("an event repeated at once", |run, random| {
        pick(run, random, is_event)
            .map(|(events, index)| events.insert(index, events[index].clone()))
            .is_some()
    }),
    ("an event repeated at the end", |run, random| {
        pick(run, random, is_event)
            .map(|(events, index)| events.push(events[index].clone()))
            .is_some()
    }),
    ("an event moved to the front", |run, random| {
        pick(run, random, is_event)
            .map(|(events, index)| {
                let event = events.remove(index);
                events.insert(1, event);
            })
            .is_some()
    }),
    ("a vote with another value", |run, random| {
        alter(run, random, is_accept, |event| {
            if let TraceEvent::Accept { value, .. } = event {
                *value = "forged".into();
            }
        })
    }),
    ("another value learned", |run, random| {
        alter(run, random, is_learn, |event| {
            if let TraceEvent::Learn { value, .. } = event {
                *value = "forged".into();
            }
        })
    }),
    ("a promise of a higher attempt", |run, random| {
        alter(run, random, is_promise, |event| key(event).unwrap().attempt.0 += 1)
    }),
    ("a promise of a lower attempt", |run, random| {
        alter(run, random, is_promise, |event| {
            let key = key(event).unwrap();
            key.attempt.0 = key.attempt.0.saturating_sub(1);
        })
    }),
    ("a vote in another attempt", |run, random| {
        alter(run, random, is_accept, |event| key(event).unwrap().attempt.0 += 1)
    }),
    ("a vote for another proposer", |run, random| {
        alter(run, random, is_accept, |event| {
            let key = key(event).unwrap();
            key.node.0 = 21 - key.node.0;
        })
    }),
    ("a proposal of a stranger", |run, random| {
        alter(run, random, is_promise, |event| key(event).unwrap().node = NodeId(12))
    }),
    ("a round that is not the proposal's", |run, random| {
        alter(run, random, is_promise, |event| {
            if let TraceEvent::Promise { round, .. } = event {
                round.0 += 1;
            }
        })
    }),
    ("an attempt that goes down", |run, random| {
        pick(run, random, is_attempt)
            .map(|(events, index)| {
                let mut later = events[index].clone();
                if let TraceEvent::Attempt { attempt, .. } = &mut later {
                    attempt.0 += 2;
                }
                events.insert(index, later);
            })
            .is_some()
    }),
    ("a vote moved to another node", |run, random| move_to_other_node(run, random, is_accept)),
    ("something of another run", |run, random| {
        let mut other = self::run(random.u64(1000..2000), false);
        let Some((events, index)) = pick(&mut other, random, is_event) else { return false };
        let event = events.remove(index);
        let nodes: Vec<NodeId> = run.keys().copied().collect();
        let events = run.get_mut(&nodes[random.usize(..nodes.len())]).unwrap();
        events.insert(random.usize(1..=events.len()), event);
        true
    }),
];

#[test]
fn what_was_tampered_with_is_rejected_where_the_spec_forbids_it() {
    let mut total = 0;
    for (name, tamper) in TAMPERS {
        let (mut tried, mut rejected) = (0, 0);
        for seed in 0..60 {
            let mut run = run(seed, false);
            if !tamper(&mut run, &mut fastrand::Rng::with_seed(seed)) {
                continue;
            }
            let is_right = Search::new(&run).succeeds();
            assert_eq!(is_explained(&run), is_right, "{name}, seed {seed}: {:#?}", files(&run));
            tried += 1;
            rejected += usize::from(!is_right);
        }
        println!("{name:<36} {tried:>3} tried {rejected:>3} rejected");
        assert!(tried >= 20, "{name}: {tried}");
        // A vote implies its promise, and nobody needs what another has learned.
        let may_be_allowed = ["a promise dropped", "something learned dropped"];
        assert_eq!(rejected > 0, !may_be_allowed.contains(&name), "{name}");
        total += rejected;
    }
    assert!(total >= 200, "{total}");
}

#[test]
fn a_crash_that_lost_a_promise_is_rejected() {
    let cluster = cluster();
    let mut run = run(3, false);
    let acceptor = run.get_mut(&NodeId(0)).unwrap();
    assert!(acceptor.iter().any(is_promise));
    acceptor.push(TraceEvent::Start { cluster, stored: Stored::default() });
    let Validation::Unexplained { stuck, .. } = validate(&files(&run)).unwrap() else {
        panic!("it is explained")
    };
    assert_eq!(stuck.len(), 1);
    assert!(stuck[0].why.starts_with("the disk has lost"), "{}", stuck[0].why);
    let lines = run[&NodeId(0)].len();
    assert_eq!(stuck[0].place, format!("node-0.jsonl:{lines}"));
}

#[test]
fn nodes_without_a_trace_may_have_done_anything_that_the_spec_allows() {
    let (mut explained, mut undecided) = (0, 0);
    for seed in 0..60 {
        let whole = run(seed, false);
        for missing in [0, 1, 2, 10, 11].map(NodeId) {
            let mut run = whole.clone();
            run.remove(&missing);
            match validate(&files(&run)).unwrap() {
                Validation::Explained { .. } => explained += 1,
                Validation::Undecided { .. } => undecided += 1,
                unexplained @ Validation::Unexplained { .. } => {
                    panic!("seed {seed} without {missing}: {unexplained:#?}")
                }
            }
        }
    }
    assert!(explained > 280, "{explained} explained, {undecided} undecided");
    // What no acceptor could have done stays forbidden: this value has a quorum at most with the missing one.
    let mut run = run(3, false);
    run.remove(&NodeId(0));
    let learn = TraceEvent::Learn { round: Round(0), value: "never proposed".into() };
    run.get_mut(&NodeId(10)).unwrap().push(learn);
    assert!(!matches!(validate(&files(&run)).unwrap(), Validation::Explained { .. }));
}

/// What is on a node's disk after all that its trace says.
fn final_disk(run: &Run, node: NodeId) -> Stored<String> {
    let mut disk = Stored::default();
    for event in &run[&node] {
        match event.clone() {
            TraceEvent::Promise { round, proposal } => {
                disk.apply(Record::Acceptor(AcceptorEvent::Promise { round, proposal }));
            }
            TraceEvent::Accept { round, proposal, value } => {
                disk.apply(Record::Acceptor(AcceptorEvent::Accept { round, proposal, value }));
            }
            _ => {}
        }
    }
    disk
}

/// Some of the lines of a text.
fn text_of(text: &str, lines: std::ops::RangeFrom<usize>) -> String {
    text.lines().skip(lines.start).map(|line| line.to_owned() + "\n").collect()
}

#[test]
fn what_was_missing_at_a_cut_is_not_guessed_before_it() {
    let cluster = Cluster::new([NodeId(0)], [10, 11].map(NodeId), [10, 11].map(NodeId)).unwrap();
    let (round, value) = (Round(0), "x".to_owned());
    let key = |attempt, node| ProposalKey { round, attempt: Attempt(attempt), node: NodeId(node) };
    let start = || TraceEvent::Start { cluster: cluster.clone(), stored: Stored::default() };
    let attempt = |attempt| TraceEvent::Attempt { round, attempt: Attempt(attempt) };
    // The vote would have to lie between the two promises: node 11 learns before it begins attempt 1.
    let run = Run::from([
        (
            NodeId(0),
            vec![
                start(),
                TraceEvent::Promise { round, proposal: key(0, 10) },
                TraceEvent::Promise { round, proposal: key(1, 11) },
            ],
        ),
        (NodeId(10), vec![start(), attempt(0)]),
        (NodeId(11), vec![start(), TraceEvent::Learn { round, value }, attempt(1)]),
    ]);
    let mut files = files(&run);
    assert!(matches!(validate(&files).unwrap(), Validation::Unexplained { .. }));
    files[0].1.push_str("{\"node\":0,\"event\":{\"Acc");
    assert!(!matches!(validate(&files).unwrap(), Validation::Explained { .. }));
}

#[test]
fn a_node_with_both_roles_starts_with_both() {
    let cluster = Cluster::new([NodeId(0)], [NodeId(0)], [NodeId(0)]).unwrap();
    let (round, value) = (Round(0), "x".to_owned());
    let proposal = ProposalKey { round, attempt: Attempt(1), node: NodeId(0) };
    let mut stored = Stored::default();
    stored.apply(Record::Proposer(ProposerEvent { round, attempt: Attempt(1) }));
    stored.apply(Record::Acceptor(AcceptorEvent::Accept { round, proposal, value }));
    let start = |stored| TraceEvent::Start { cluster: cluster.clone(), stored };
    let run = Run::from([(NodeId(0), vec![start(Stored::default()), start(stored)])]);
    assert!(is_explained(&run));
}

#[test]
fn what_cannot_be_compared_or_is_too_large_is_refused() {
    let run = run(5, false);
    let with = |line: &str| {
        let mut files = files(&run);
        files[3].1.push_str(line);
        validate(&files).unwrap_err().to_string()
    };
    let large =
        "{\"node\":10,\"event\":{\"Learn\":{\"round\":0,\"value\":[340282366920938463463]}}}\n";
    assert!(with(large).contains("is too large to be compared exactly"), "{}", with(large));
    let round =
        "{\"node\":10,\"event\":{\"Learn\":{\"round\":18446744073709551615,\"value\":\"x\"}}}\n";
    assert!(with(round).starts_with("round 18446744073709551615: "), "{}", with(round));
    let attempt = "{\"node\":10,\"event\":{\"Attempt\":{\"round\":0,\"attempt\":4294967295}}}\n";
    assert!(with(attempt).contains("4294967295 attempts"), "{}", with(attempt));
}

#[test]
fn the_end_of_a_file_may_be_cut_off_and_nothing_else() {
    let run = run(5, false);
    let whole = files(&run);
    let (name, text) = &whole[0];
    // The rest was written before the cut; so nobody knows of anything that is missing but what no line is of.
    for (index, (name, text)) in whole.iter().enumerate() {
        let mut cut = whole.clone();
        cut[index] = (name.clone(), text[..text.len() - 3].to_owned());
        let validation = validate(&cut).unwrap();
        let is_right =
            matches!(validation, Validation::Explained { .. } | Validation::Undecided { .. });
        assert!(is_right, "{name}: {validation:#?}");
    }
    let start = text.find('\n').unwrap() + 1;
    let mut cut = whole.clone();
    for length in start..text.len() {
        cut[0] = (name.clone(), text[..length].to_owned());
        match validate(&cut) {
            Ok(Validation::Explained { .. } | Validation::Undecided { .. }) => {}
            Ok(unexplained @ Validation::Unexplained { .. }) => {
                // A cut between two lines cannot be told from a node that did nothing more.
                assert!(
                    text[..length].ends_with('\n')
                        || text[length..].starts_with('\n')
                        || length == 0,
                    "cut at {length}: {unexplained:#?}"
                );
            }
            Err(error) => panic!("cut at {length}: {error}"),
        }
    }
    // A node that was killed within a line, and has started again.
    let mut again = whole.clone();
    let stored = final_disk(&run, NodeId(0));
    let start = TraceEvent::Start { cluster: cluster(), stored };
    let line = serde_json::to_string(&Trace { node: NodeId(0), event: start }).unwrap();
    again[0].1 += "{\"node\":0,\"ev\n";
    again[0].1 += &line;
    again[0].1 += "\n";
    assert!(matches!(validate(&again).unwrap(), Validation::Explained { .. }));
    let mut late = whole.clone();
    late[1].1 = text_of(&whole[1].1, 1..);
    let error = validate(&late).unwrap_err().to_string();
    assert!(error.starts_with("node-1.jsonl:1: the trace of node 1 does not begin"), "{error}");
    let mut broken = whole.clone();
    broken[1].1.insert_str(0, "{\"node\":0}\n");
    let error = validate(&broken).unwrap_err().to_string();
    assert!(error.starts_with("node-1.jsonl:1: no entry of a trace: missing field"), "{error}");
    let only = [("x.jsonl".to_owned(), String::new())];
    let error = validate(&only).unwrap_err().to_string();
    assert!(error.starts_with("x.jsonl: no node says with which cluster it started"), "{error}");
    let mut other = whole;
    other[1].1 = other[1].1.replace("\"acceptors\":[0,1,2]", "\"acceptors\":[0,1,2,3]");
    let error = validate(&other).unwrap_err().to_string();
    assert_eq!(
        error,
        "node-1.jsonl:1: another cluster than that of node-0.jsonl:1; give the traces of one run"
    );
}

/// What a subscriber of `tracing` has written.
#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn events_of_tracing_are_read_as_well() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    let cluster = Cluster::new([NodeId(0)], [NodeId(10)], [NodeId(10)]).unwrap();
    let (round, value) = (Round(0), "x".to_owned());
    let proposal = ProposalKey { round, attempt: Attempt(0), node: NodeId(10) };
    let promise = AcceptorEvent::Promise { round, proposal };
    let vote = AcceptorEvent::Accept { round, proposal, value: value.clone() };
    tracing::subscriber::with_default(subscriber, || {
        let nothing = Stored::<String>::default();
        for node in [0, 10].map(NodeId) {
            Traced.starts(node, &cluster, &nothing).unwrap();
        }
        for event in [promise, vote] {
            Traced.observe(NodeId(0), &Effect::Persist(Record::Acceptor(event))).unwrap();
        }
        // What the spec does not know of leaves no entry.
        Traced.observe(NodeId(10), &Effect::<String>::SetTimer(Timer::CatchUp)).unwrap();
        Traced.observe(NodeId(10), &Effect::Apply { round, value }).unwrap();
    });
    let text = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 5, "{text}");
    let files = [("log.jsonl".to_owned(), text)];
    let validation = validate(&files).unwrap();
    assert_eq!(validation, Validation::Explained { events: 5, actions: 3, guessed: 0 });
}

#[test]
fn an_explanation_is_a_behaviour_in_itf() {
    let run = run(5, false);
    let (validation, path) = validate_with_path(&files(&run)).unwrap();
    let Validation::Explained { actions, .. } = validation else { panic!("{validation:?}") };
    let path = path.unwrap();
    assert_eq!(path.len(), actions + 1);
    let json = path.to_itf(BTreeMap::new());
    let (again, _) = Path::from_itf(&json).unwrap();
    assert_eq!(again, path);
    let text = json.to_string();
    assert!(text.contains("proposerAttempt") && text.contains("Accept("), "{text}");
}

#[test]
fn the_work_grows_with_the_number_of_events() {
    let long = |rounds: u64| {
        let cluster = cluster();
        let mut run = Run::new();
        for id in [0, 1, 2, 10, 11].map(NodeId) {
            let event = TraceEvent::Start { cluster: cluster.clone(), stored: Stored::default() };
            run.insert(id, vec![event]);
        }
        for round in (0..rounds).map(Round) {
            let proposal = ProposalKey { round, attempt: Attempt(0), node: NodeId(10) };
            let value = format!("value {round}");
            run.get_mut(&NodeId(10))
                .unwrap()
                .push(TraceEvent::Attempt { round, attempt: Attempt(0) });
            for acceptor in [0, 1, 2].map(NodeId) {
                let events = run.get_mut(&acceptor).unwrap();
                events.push(TraceEvent::Promise { round, proposal });
                events.push(TraceEvent::Accept { round, proposal, value: value.clone() });
            }
            for learner in [10, 11].map(NodeId) {
                let value = value.clone();
                run.get_mut(&learner).unwrap().push(TraceEvent::Learn { round, value });
            }
        }
        let files = files(&run);
        let began = std::time::Instant::now();
        assert!(matches!(validate(&files).unwrap(), Validation::Explained { .. }));
        began.elapsed().as_secs_f64()
    };
    let [short, large] = [1_200, 12_000].map(long);
    println!("10,800 events: {short:.3} s, 108,000 events: {large:.3} s");
    // Ten times as many take ten times as long; a machine that is busy may double that.
    assert!(large < 40.0 * short.max(0.005), "{short} s and {large} s");
}
