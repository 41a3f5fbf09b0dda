//! What is explored together is what one explores alone, and the work is spread.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use mitregate::check::explore::Progress;
use mitregate::check::{
    Checkable, ClusterError, Distributed, Goals, Model, Name, Options, StopReason, Verdict, check,
    check_with,
};
use mitregate::tla::value::Value;

use super::super::engine::Bits;
use super::super::models::{CLOCK, COUNTERS, Clock, Counters, timeless};
use super::{PATIENCE, by_threads, checked, options, processes};

#[test]
fn processes_come_to_what_one_comes_to() {
    fn compare<M: Checkable + Sync>(model: &M, goals: &Goals, keep_going: bool) {
        let alone = check(model, goals, &Options { keep_going, ..options() }).unwrap();
        let alone = timeless(alone);
        for shape in [(1, 2), (2, 1), (2, 2), (3, 1)] {
            let together = || Options { keep_going, ..options() };
            for (process, report) in checked(shape, model, goals, together).iter().enumerate() {
                assert_eq!(report, &alone, "process {process} of {shape:?}");
            }
        }
    }
    let laws = Goals::named(["NoSevenths"]).and_deadlock();
    compare(&Bits(12), &laws, false);
    compare(&Bits(12), &laws, true);
    compare(&Counters { limit: 60, forbidden: 70, ..COUNTERS }, &Goals::all(), false);
}

#[test]
fn the_first_process_alone_decides_what_is_asked_of_edges() {
    let goals = Goals::named(["Strikes", "Stops"]);
    let clock = Clock { hours: 30, ..CLOCK };
    let alone = timeless(check(&clock, &goals, &options()).unwrap());
    let reports = processes(2, 2, PATIENCE, |process| {
        let report = process.check(&clock, &goals, &options(), false);
        process.cluster.exit_code(0).unwrap();
        (process.told(), report)
    });
    let [(told, first), (of_second, second)] = &reports[..] else { panic!("{reports:?}") };
    assert_eq!((&told[..], &of_second[..]), ("", ""));
    assert_eq!(timeless(first.clone()), alone);
    assert_eq!(second.stopped, Some(StopReason::Lost));
    for name in ["Strikes", "Stops"] {
        assert_eq!(second.property(name).unwrap().verdict, Verdict::Inconclusive);
    }
    assert_eq!((second.distinct, second.depth), (first.distinct, first.depth));
}

/// Two initial states, beside one that is there twice. Each leads to so many states. Counts how often steps are taken.
pub(super) struct Fan {
    of_each: [u32; 2],
    taken: AtomicU64,
}

impl Fan {
    pub(super) fn new(of_each: [u32; 2]) -> Fan {
        Fan { of_each, taken: AtomicU64::new(0) }
    }
}

impl Model for Fan {
    type State = (u32, u32);
    type Action = u32;

    fn init_states(&self) -> Vec<(u32, u32)> {
        vec![(0, 0), (0, 0), (1, 0)]
    }

    fn actions(&self, &(branch, leaf): &(u32, u32), actions: &mut Vec<u32>) {
        if leaf == 0 {
            actions.extend(1..=self.of_each[branch as usize]);
        }
    }

    fn next_state(&self, &(branch, _): &(u32, u32), leaf: u32) -> Option<(u32, u32)> {
        self.taken.fetch_add(1, Ordering::Relaxed);
        Some((branch, leaf))
    }
}

impl Checkable for Fan {
    fn action_names(&self) -> Vec<Name> {
        vec!["Grow".into()]
    }

    fn action_name(&self, _: &u32) -> usize {
        0
    }

    fn view(&self, &(branch, leaf): &(u32, u32)) -> Value {
        Value::record([("branch", Value::Int(branch.into())), ("leaf", Value::Int(leaf.into()))])
    }
}

/// To hand a state on, its steps are taken again.
#[test]
fn states_are_handed_on_when_one_worker_has_an_eighth_and_64_too_many() {
    let taken_with = |uneven: u32| {
        let [together, alone] = [(); 2].map(|()| Fan::new([800 + uneven, 800 - uneven]));
        let lost = |error: &ClusterError| panic!("{error}");
        let engine = Distributed::threads(2, &lost);
        let report = check_with(&engine, &together, &Goals::all(), &options()).unwrap();
        assert_eq!((report.distinct, report.stopped), (1_602, None));
        check(&alone, &Goals::all(), &options()).unwrap();
        let [together, alone] = [together, alone].map(|it| it.taken.into_inner());
        together - alone
    };
    assert_eq!(taken_with(0), 0);
    assert_eq!(taken_with(100 + 64), 0);
    assert_eq!(taken_with(100 + 65), 100 + 65);
    assert_eq!(taken_with(800), 800);
}

#[test]
fn states_that_were_handed_on_lead_to_the_same_report() {
    for of_each in [[3_000, 0], [0, 3_000], [1_000, 200], [130, 0]] {
        for workers in 1..=4 {
            let (theirs, ours) =
                by_threads(workers, &Fan::new(of_each), &Goals::all().and_deadlock(), &options());
            assert_eq!(timeless(theirs), timeless(ours), "{of_each:?}, {workers} workers");
        }
        let goals = Goals::all();
        let alone = timeless(check(&Fan::new(of_each), &goals, &options()).unwrap());
        for report in checked((2, 2), &Fan::new(of_each), &goals, options) {
            assert_eq!(report, alone, "{of_each:?}");
        }
    }
}

#[test]
fn progress_is_told_of_within_a_wide_level() {
    let told = AtomicU64::new(0);
    let tell = |_: Progress| {
        told.fetch_add(1, Ordering::Relaxed);
    };
    // After each 2,048 states of a worker, and after each level.
    for (leaves, within) in [(2_048, 0), (2_049, 1), (5_000, 2)] {
        let options = Options { progress: Some(&tell), ..options() };
        let lost = |error: &ClusterError| panic!("{error}");
        let engine = Distributed::threads(1, &lost);
        check_with(&engine, &Fan::new([leaves, 0]), &Goals::all(), &options).unwrap();
        assert_eq!(told.swap(0, Ordering::Relaxed), 2 + within, "{leaves}");
    }
}

#[test]
fn progress_is_that_of_all_processes_and_says_how_states_are_spread() {
    const BITS: u16 = 11;
    for (count, workers) in [(1, 2), (2, 1), (2, 2), (3, 1)] {
        let told: Mutex<Vec<Progress>> = Mutex::new(Vec::new());
        let tell = |it: Progress| told.lock().unwrap().push(it);
        processes(count, workers, PATIENCE, |process| {
            let options = Options { progress: Some(&tell), ..options() };
            process.check(
                &Bits(BITS),
                &Goals::named(["NoSevenths"]),
                &Options { keep_going: true, ..options },
                false,
            );
            process.cluster.exit_code(0).unwrap();
        });
        let told = told.into_inner().unwrap();
        // From one worker, at the end of each level: numbers of bits that are set, of which there are one more than bits.
        assert_eq!(told.len(), usize::from(BITS) + 1, "{count} processes");
        let mut sent = 0;
        for (level, it) in told.iter().enumerate() {
            let binomial = |k: u64| (0..k).fold(1, |of, i| of * (u64::from(BITS) - i) / (i + 1));
            let level = level as u64;
            let known: u64 = (0..=level + 1).map(binomial).sum();
            assert_eq!((it.depth, it.queue, it.states), (level + 1, binomial(level + 1), known));
            assert!(it.elapsed > Duration::ZERO && it.elapsed < PATIENCE);
            let spread = it.spread.unwrap();
            assert!(spread.fewest <= spread.most);
            match count {
                1 => assert_eq!((spread.fewest, spread.most, spread.sent), (known, known, 0)),
                2 => assert_eq!(spread.fewest + spread.most, known),
                _ => {
                    assert!(spread.fewest * 3 <= known && spread.most * 3 >= known);
                }
            }
            // Two words of 8 bytes for each pair of processes and level, at least.
            assert!(count == 1 || spread.sent >= sent + 16, "{sent} and then {spread:?}");
            sent = spread.sent;
        }
        // A state's fingerprint goes to its owner at most once from each worker, whatever the number of steps to it.
        if (count, workers) == (2, 1) {
            let news = (u64::from(BITS) + 1) * 2 * 300;
            assert!(sent < (8 << BITS) + news, "{sent}");
        }
        let spread = told.last().unwrap().spread.unwrap();
        assert!(spread.most - spread.fewest < 1 << (BITS - 2), "{spread:?}");
    }
}

/// Another initial state whenever it is asked.
struct Unsure(AtomicU64);

impl Model for Unsure {
    type State = u64;
    type Action = ();

    fn init_states(&self) -> Vec<u64> {
        vec![self.0.fetch_add(1, Ordering::Relaxed)]
    }

    fn actions(&self, _: &u64, _: &mut Vec<()>) {}

    fn next_state(&self, _: &u64, (): ()) -> Option<u64> {
        None
    }
}

impl Checkable for Unsure {
    fn action_names(&self) -> Vec<Name> {
        vec!["Nothing".into()]
    }

    fn action_name(&self, (): &()) -> usize {
        0
    }

    fn view(&self, &state: &u64) -> Value {
        Value::Int(i64::try_from(state).unwrap())
    }
}

#[test]
fn initial_states_that_are_not_the_same_for_all_workers_are_told_of() {
    let told = Mutex::new(Vec::new());
    let lost = |error: &ClusterError| told.lock().unwrap().push(error.to_string());
    let engine = Distributed::threads(3, &lost);
    let unsure = Unsure(AtomicU64::new(0));
    let report = check_with(&engine, &unsure, &Goals::all(), &options()).unwrap();
    let what = "the initial states are not the same for all workers";
    assert_eq!(told.into_inner().unwrap(), [what]);
    assert_eq!((report.verdict(), report.stopped), (Verdict::Violated, Some(StopReason::Lost)));
    assert!(format!("{report:?}").contains(what));
}
