//! Trace validation of Multi-Paxos: runs of the real replicas are explained, and what was tampered with is
//! rejected exactly where no order of the events makes a behaviour of the spec. That is decided by a search through
//! all orders, which shares nothing with the validator but the spec's port.

mod runs;
mod search;
mod tamper;

use std::collections::BTreeMap;
use std::io::Write;
use std::sync::{Arc, Mutex};

use mitregate::check::trace::Trace as Path;
use mitregate_models::multi_paxos::validation::{Validation, validate, validate_with_path};
use mitregate_multi_paxos::{
    AcceptorEvent, Attempt, Ballot, Cluster, Effect, NodeId, ProposalKey, ProposerEvent, Record,
    Round, Snapshot, Stored, Timer, Trace, TraceEvent,
};
use mitregate_multi_paxos_runtime::{Observer, Traced};

use runs::{Run, cluster, files, leads, run};
use search::Search;
use tamper::{TAMPERS, TAMPERS_OF_LEADERS, Tamper, is_promise};

fn is_explained(run: &Run) -> bool {
    match validate(&files(run)).unwrap() {
        Validation::Explained { .. } => true,
        Validation::Unexplained { .. } => false,
        Validation::Undecided { why, .. } => panic!("{why}"),
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
        let starts = |it: &&runs::Event| matches!(it, TraceEvent::Start { .. });
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

/// Tampers with runs, and looks whether each is rejected where the search finds no order. Returns how many were.
fn tamper_with(tampers: &[Tamper], seeds: &[u64], may_be_allowed: &[&str]) -> usize {
    let mut total = 0;
    for (name, tamper) in tampers {
        let (mut tried, mut rejected) = (0, 0);
        for &seed in seeds {
            let mut run = run(seed, false);
            if !tamper(&mut run, &mut fastrand::Rng::with_seed(seed)) {
                continue;
            }
            let is_right = Search::new(&run).succeeds();
            assert_eq!(is_explained(&run), is_right, "{name}, seed {seed}: {:#?}", files(&run));
            tried += 1;
            rejected += usize::from(!is_right);
        }
        println!("{name:<48} {tried:>3} tried {rejected:>3} rejected");
        assert!(tried >= 10, "{name}: {tried}");
        assert_eq!(rejected > 0, !may_be_allowed.contains(name), "{name}");
        total += rejected;
    }
    total
}

#[test]
fn what_was_tampered_with_is_rejected_where_the_spec_forbids_it() {
    let seeds: Vec<u64> = (0..80).filter(|&seed| !leads(seed)).collect();
    // A vote implies its promise, and nobody needs what another has learned.
    let may_be_allowed = ["a promise dropped", "something learned dropped"];
    assert!(tamper_with(&TAMPERS, &seeds, &may_be_allowed) >= 200);
}

#[test]
fn what_was_tampered_with_is_rejected_under_a_leader_too() {
    let seeds: Vec<u64> = (0..100).filter(|&seed| leads(seed)).collect();
    // A vote implies its promise.
    let may_be_allowed = ["a promise of all rounds dropped"];
    assert!(tamper_with(&TAMPERS_OF_LEADERS, &seeds, &may_be_allowed) >= 100);
}

#[test]
fn a_crash_that_lost_a_promise_is_rejected() {
    let cluster = cluster();
    let mut run = run(3, false);
    let acceptor = run.get_mut(&NodeId(0)).unwrap();
    assert!(acceptor.iter().any(is_promise), "the seed has none");
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
            TraceEvent::PromiseAll { ballot } => {
                disk.apply(Record::Acceptor(AcceptorEvent::PromiseAll { ballot }));
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
fn what_a_snapshot_stands_for_is_decided_also_after_a_restart() {
    let cluster = Cluster::new([NodeId(0)], [NodeId(10)], [NodeId(10)]).unwrap();
    let (round, value) = (Round(0), "x".to_owned());
    let ballot = Ballot { attempt: Attempt(0), node: NodeId(10) };
    let start = |stored| TraceEvent::Start { cluster: cluster.clone(), stored };
    let mut disk = Stored::default();
    disk.apply(Record::Acceptor(AcceptorEvent::PromiseAll { ballot }));
    let snapshot = Snapshot { before: Round(1), state: [1].into() };
    disk.apply(Record::Acceptor(AcceptorEvent::Snapshot(snapshot)));
    let higher = Ballot { attempt: Attempt(1), node: NodeId(10) };
    let attempt = |attempt| TraceEvent::AttemptAll { attempt: Attempt(attempt) };
    let with = |vote: bool, again: Stored<String>| {
        let proposal = ballot.in_round(round);
        let vote = vote.then(|| TraceEvent::Accept { round, proposal, value: value.clone() });
        let promise = [start(Stored::default()), TraceEvent::PromiseAll { ballot }];
        let rest = [start(again), TraceEvent::PromiseAll { ballot: higher }];
        let acceptor = promise.into_iter().chain(vote).chain(rest).collect();
        let proposer = vec![start(Stored::default()), attempt(0), attempt(1)];
        Run::from([(NodeId(0), acceptor), (NodeId(10), proposer)])
    };
    assert!(is_explained(&with(true, disk.clone())), "the votes are in the snapshot");
    assert!(!is_explained(&with(true, Stored::default())), "the disk is lost");
    assert!(!is_explained(&with(false, disk.clone())), "nobody has voted");
    let mut older = with(true, disk);
    older.get_mut(&NodeId(0)).unwrap().push(start(Stored::default()));
    let Validation::Unexplained { stuck, .. } = validate(&files(&older)).unwrap() else {
        panic!("a snapshot may not be lost")
    };
    assert_eq!(stuck[0].why, "the disk has lost the snapshot of the rounds before 1");
}

#[test]
fn a_node_with_both_roles_starts_with_both() {
    let cluster = Cluster::new([NodeId(0)], [NodeId(0)], [NodeId(0)]).unwrap();
    let (round, value) = (Round(0), "x".to_owned());
    let proposal = ProposalKey { round, attempt: Attempt(1), node: NodeId(0) };
    let mut stored = Stored::default();
    stored.apply(Record::Proposer(ProposerEvent::Attempt { round, attempt: Attempt(1) }));
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
    // Only what a crash leaves of a line may stand there.
    for other in ["{\"node\":0,\"event\":{\"Learn\":{\"round\":0,\"val\":1}}}", "hello", "[1"] {
        let mut forged = again.clone();
        forged[0].1 = forged[0].1.replace("{\"node\":0,\"ev\n", &format!("{other}\n"));
        assert!(validate(&forged).is_err(), "{other}");
    }
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
