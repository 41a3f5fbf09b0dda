//! Explorations that keep on disk what memory has no room for come to the same, byte for byte; and a disk that fails, or
//! states that come back changed, are no pass.

mod common;

use std::fmt::Debug;
use std::io;
use std::path::Path;
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use common::{PROGRAM, systems};
use mitregate::check::{
    Budget, Checkable, Codec, Disk, Goals, Law, Model, Name, Options, Report, StopReason, Verdict,
    check,
};
use mitregate::gate::{Job, Lane};
use mitregate::tla::value::Value;
use serde::{Deserialize, Serialize};

/// All that came out, but for the time that it took.
fn told(mut report: Report) -> String {
    report.elapsed = Duration::ZERO;
    format!("{report:#?}")
}

/// With so little memory that each block of states is written to disk.
fn no_memory<'a>(folder: &'a Path, failed: &'a (dyn Fn(&io::Error) + Sync)) -> Disk<'a> {
    Disk { folder, memory: 0, failed }
}

fn unexpected(error: &io::Error) {
    panic!("{error}");
}

/// Of every system and layer, expected violations, symmetry, constraints, deadlocks and liveness among them.
#[test]
fn checks_on_disk_come_to_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let mut count = 0;
    for system in systems() {
        for scenario in system.scenarios().iter().filter(|it| it.lane == Lane::Quick) {
            for expected in &scenario.expected {
                if expected.distinct.is_none_or(|distinct| distinct > 3_000) {
                    continue;
                }
                let job = Job { system, scenario, source: None, layer: expected.layer };
                let in_memory = job.run(&Options::default()).unwrap();
                let disk = Some(no_memory(folder.path(), &unexpected));
                let on_disk = job.run(&Options { disk, threads: 2, ..Options::default() }).unwrap();
                let name = format!("{} {} {}", system.name(), scenario.name, expected.layer);
                assert!(told(on_disk.report) == told(in_memory.report), "{name}");
                count += 1;
            }
        }
    }
    println!("{count} checks with each block on disk");
    assert!(count > 150);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

/// The largest scenario, in less than a third of the memory that it takes otherwise.
#[test]
#[cfg(feature = "deep")]
fn deep_the_largest_queue_fits_400_megabytes() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["mpsc_queue", "check", "--scenario", "ten_messages", "--max-memory", "400MB"];
    let output =
        Command::new(PROGRAM).args(arguments).arg("--disk").arg(folder.path()).output().unwrap();
    let text = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("69,225,208"), "{text}");
}

/// Pairs of numbers, of which one step increases one.
#[derive(Clone)]
struct Pairs {
    codec: fn() -> Option<Codec<'static, Pair>>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct Pair(u8, u8);

/// The same, of which only a half is written.
#[derive(Serialize, Deserialize)]
struct Half(u8);

const LARGEST: u8 = 120;

impl Model for Pairs {
    type State = Pair;
    type Action = bool;

    fn init_states(&self) -> Vec<Pair> {
        vec![Pair(0, 0)]
    }

    fn actions(&self, _: &Pair, actions: &mut Vec<bool>) {
        actions.extend([false, true]);
    }

    fn next_state(&self, Pair(one, other): &Pair, is_other: bool) -> Option<Pair> {
        let next = if is_other { Pair(*one, other + 1) } else { Pair(one + 1, *other) };
        (next.0.max(next.1) <= LARGEST).then_some(next)
    }

    fn codec(&self) -> Option<Codec<'_, Pair>> {
        (self.codec)()
    }
}

impl Checkable for Pairs {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![self.invariant("Small", |_, pair| pair.0 <= LARGEST)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Increase".into()]
    }

    fn action_name(&self, _: &bool) -> usize {
        0
    }

    fn view(&self, Pair(one, other): &Pair) -> Value {
        Value::record([("one", i64::from(*one).into()), ("other", i64::from(*other).into())])
    }
}

fn explore(model: &Pairs, folder: &Path, budget: Budget) -> (Report, Vec<String>) {
    let failures = Mutex::new(Vec::new());
    let failed = |error: &io::Error| failures.lock().unwrap().push(error.to_string());
    let disk = Some(no_memory(folder, &failed));
    let report =
        check(model, &Goals::all(), &Options { disk, budget, ..Options::default() }).unwrap();
    (report, failures.into_inner().unwrap())
}

fn one<T: Debug>(some: Vec<T>) -> T {
    let [one] = <[T; 1]>::try_from(some).unwrap();
    one
}

#[test]
fn states_that_cannot_be_written_wait_in_memory() {
    let folder = tempfile::tempdir().unwrap();
    let count = u64::from(LARGEST + 1).pow(2);
    for codec in [|| None, || Some(Codec::new())] {
        let (report, failures) = explore(&Pairs { codec }, folder.path(), Budget::default());
        assert_eq!((report.distinct, report.verdict()), (count, Verdict::Holds));
        assert!(failures.is_empty());
        let budget = Budget { max_states: Some(1_000), ..Budget::default() };
        let (report, _) = explore(&Pairs { codec }, folder.path(), budget);
        assert_eq!((report.distinct, report.stopped), (1_000, Some(StopReason::States)));
        assert_eq!(report.verdict(), Verdict::Inconclusive);
    }
}

#[test]
fn states_that_come_back_changed_are_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let half = || {
        let codec = || Codec::<Half>::new();
        Some(Codec::with(
            move |Pair(one, _), bytes| codec().pack(&Half(*one), bytes),
            move |bytes| codec().unpack(bytes).map(|Half(one)| Pair(one, 0)),
        ))
    };
    let (report, failures) = explore(&Pairs { codec: half }, folder.path(), Budget::default());
    assert_eq!((report.stopped, report.verdict()), (Some(StopReason::Disk), Verdict::Inconclusive));
    assert!(one(failures).contains("the model's codec leaves something out"));
}

#[test]
fn a_disk_that_fails_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let gone = folder.path().join("gone");
    let (report, failures) =
        explore(&Pairs { codec: || Some(Codec::new()) }, &gone, Budget::default());
    assert_eq!((report.stopped, report.verdict()), (Some(StopReason::Disk), Verdict::Inconclusive));
    assert_eq!(failures.len(), 1, "{failures:?}");
}

#[test]
fn what_is_no_folder_is_refused() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().to_str().unwrap();
    let duel = ["multi_paxos", "check", "--scenario", "duel", "--layer", "spec", "--disk", path];
    let output = Command::new(PROGRAM).args(duel).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains(path), "{error}");
    let both = duel.into_iter().chain(["--checkpoint", "elsewhere"]);
    let output = Command::new(PROGRAM).args(both).output().unwrap();
    let error = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(2), "{error}");
    assert!(error.contains("cannot be used with"), "{error}");
}
