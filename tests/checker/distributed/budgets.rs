//! What ends an exploration of several workers.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use mitregate::check::explore::Progress;
use mitregate::check::{
    Budget, Checkable, ClusterError, Distributed, Goals, Law, Model, Name, Options, StopReason,
    Trace, Verdict, Watchdog, check_with,
};
use mitregate::tla::value::Value;

use super::super::engine::Bits;
use super::super::models::{COUNTERS, Counters, timeless};
use super::{PATIENCE, by_threads, options, processes};

#[test]
fn a_budget_of_states_ends_it_where_it_ends_one_that_is_alone() {
    let all = u64::from(COUNTERS.limit + 1).pow(2);
    for edges in [false, true] {
        for max_states in [0, 1, 2, 50, all - 1, all, all + 1] {
            let budget = Budget { max_states: Some(max_states), ..Budget::default() };
            let options = Options { budget, edges, ..options() };
            for workers in 1..=3 {
                let (theirs, ours) = by_threads(workers, &COUNTERS, &Goals::all(), &options);
                assert_eq!(theirs.distinct, max_states.min(all), "{workers} workers");
                let ends = (max_states < all).then_some(StopReason::States);
                assert_eq!((theirs.stopped, ours.stopped), (ends, ends), "{max_states}");
                assert_eq!((theirs.distinct, theirs.depth), (ours.distinct, ours.depth));
            }
        }
    }
    // Several initial states, of which there is room for some.
    for max_states in 1..=3 {
        let budget = Budget { max_states: Some(max_states), ..Budget::default() };
        let many = super::sharing::Fan::new([0, 0]);
        let options = Options { budget, ..options() };
        let (theirs, ours) = by_threads(2, &many, &Goals::all(), &options);
        assert_eq!(timeless(theirs), timeless(ours), "{max_states}");
    }
}

#[test]
fn time_memory_and_an_interrupt_end_it() {
    let stopped = |budget: Budget, interrupt: bool| {
        let interrupt = AtomicBool::new(interrupt);
        let options = Options { budget, interrupt: Some(&interrupt), ..options() };
        let (report, _) = by_threads(2, &Bits(9), &Goals::all(), &options);
        report.stopped
    };
    let budget = Budget::default();
    assert_eq!(stopped(budget, false), None);
    assert_eq!(stopped(budget, true), Some(StopReason::Interrupted));
    let (none, much) = (Duration::ZERO, Duration::from_hours(1));
    let time = |time| Budget { timeout: Some(time), ..budget };
    assert_eq!(stopped(time(none), false), Some(StopReason::Time));
    assert_eq!(stopped(time(much), false), None);
    let memory = |bytes| Budget { max_memory: Some(bytes), ..budget };
    assert_eq!(stopped(memory(1), false), Some(StopReason::Memory));
    assert_eq!(stopped(memory(u64::MAX), false), None);
}

/// One process is interrupted, and all end.
#[test]
fn an_interrupt_of_one_process_ends_all() {
    let stopped = processes(3, 1, PATIENCE, |process| {
        let interrupt = AtomicBool::new(process.cluster.process() == 1);
        let options = Options { interrupt: Some(&interrupt), ..options() };
        let report = process.check(&Bits(9), &Goals::named(["NoSevenths"]), &options, false);
        process.cluster.exit_code(0).unwrap();
        (report.stopped, process.told())
    });
    assert_eq!(stopped, vec![(Some(StopReason::Interrupted), String::new()); 3]);
}

/// A worker that panics outside of the code that is checked.
#[test]
fn a_worker_that_panics_is_named_in_all_processes() {
    let panics = |_: Progress| panic!("this message is of a test, and is expected");
    let told = Mutex::new(Vec::new());
    let failed = |error: &ClusterError| told.lock().unwrap().push(error.to_string());
    let options = || Options { progress: Some(&panics), ..options() };
    let goals = Goals::named(["NoSevenths"]);
    let is_lost = (Some(StopReason::Lost), Verdict::Inconclusive);
    for workers in [1, 2] {
        let engine = Distributed::threads(workers, &failed);
        let report = check_with(&engine, &Bits(9), &goals, &options()).unwrap();
        assert_eq!((report.stopped, report.verdict()), is_lost);
        assert_eq!(std::mem::take(&mut *told.lock().unwrap()), ["worker 0 has panicked"]);
    }
    let all = processes(2, 2, PATIENCE, |process| {
        let report = process.check(&Bits(9), &goals, &options(), false);
        assert_eq!((report.stopped, report.verdict()), is_lost);
        assert!(!process.is_of_input());
        process.told()
    });
    assert_eq!(all[0], "worker 0 has panicked");
    assert!(all[1].starts_with("process 0 (127.0.0.1:"), "{all:?}");
    assert!(all[1].ends_with(") has given up: worker 0 has panicked"), "{all:?}");
}

/// Counts up on two ways, one of which goes on only when it is let go.
#[derive(Default)]
struct Waits {
    waits: AtomicBool,
    is_let_go: AtomicBool,
}

impl Model for Waits {
    type State = (u8, u8);
    type Action = u8;

    fn init_states(&self) -> Vec<(u8, u8)> {
        vec![(0, 0), (1, 0)]
    }

    fn actions(&self, _: &(u8, u8), actions: &mut Vec<u8>) {
        actions.push(1);
    }

    fn next_state(&self, &(way, state): &(u8, u8), action: u8) -> Option<(u8, u8)> {
        while (way, state) == (1, 2) && !self.is_let_go.load(Ordering::Relaxed) {
            self.waits.store(true, Ordering::Relaxed);
            std::thread::sleep(Duration::from_millis(1));
        }
        (state < 5).then(|| (way, state + action))
    }
}

impl Checkable for Waits {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![Law::invariant("Small", |_: &Self, &(_, state)| state <= 5, |_, _| true)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Add".into()]
    }

    fn action_name(&self, _: &u8) -> usize {
        0
    }

    fn view(&self, &(way, state): &(u8, u8)) -> Value {
        Value::record([("way", Value::Int(way.into())), ("state", Value::Int(state.into()))])
    }
}

#[test]
fn a_step_that_does_not_end_is_named_when_the_time_is_up_or_it_is_interrupted() {
    let moment = Duration::from_millis(800);
    let far = Duration::from_hours(1);
    for (timeout, is_interrupted) in [(moment, false), (far, true)] {
        let model = Waits::default();
        let told = Mutex::new(Vec::new());
        let start = Instant::now();
        let tell = |trace: &Trace| {
            told.lock().unwrap().push((start.elapsed(), trace.clone()));
            model.is_let_go.store(true, Ordering::Relaxed);
        };
        let options = Options {
            budget: Budget { timeout: Some(timeout), ..Budget::default() },
            watchdog: Some(Watchdog { patience: moment, tell: &tell }),
            interrupt: is_interrupted.then_some(&model.waits),
            ..options()
        };
        let lost = |error: &ClusterError| panic!("{error}");
        let engine = Distributed::threads(2, &lost);
        let report = check_with(&engine, &model, &Goals::all(), &options).unwrap();
        let stopped = if is_interrupted { StopReason::Interrupted } else { StopReason::Time };
        assert_eq!((report.verdict(), report.stopped), (Verdict::Inconclusive, Some(stopped)));
        let told = told.into_inner().unwrap();
        let [(after, trace)] = &told[..] else { panic!("{told:?}") };
        assert!(*after >= moment, "{after:?}");
        assert!(*after >= moment * if is_interrupted { 1 } else { 2 }, "{after:?}");
        let states: Vec<_> = trace.steps.iter().map(|step| step.state.clone()).collect();
        assert_eq!(states, [(1, 0), (1, 1), (1, 2)].map(|it| model.view(&it)));
    }
}

/// Steps that end late, but end.
struct Slow;

impl Model for Slow {
    type State = u8;
    type Action = ();

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, _: &u8, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, state: &u8, (): ()) -> Option<u8> {
        std::thread::sleep(Duration::from_millis(20));
        (*state < 3).then_some(state + 1)
    }
}

impl Checkable for Slow {
    fn action_names(&self) -> Vec<Name> {
        vec!["Add".into()]
    }

    fn action_name(&self, (): &()) -> usize {
        0
    }

    fn view(&self, state: &u8) -> Value {
        Value::Int((*state).into())
    }
}

#[test]
fn steps_that_end_are_not_named() {
    let told = AtomicU64::new(0);
    let tell = |_: &Trace| {
        told.fetch_add(1, Ordering::Relaxed);
    };
    let watched = |patience: Duration, timeout: Duration| {
        let options = Options {
            budget: Budget { timeout: Some(timeout), ..Budget::default() },
            watchdog: Some(Watchdog { patience, tell: &tell }),
            ..options()
        };
        let lost = |error: &ClusterError| panic!("{error}");
        let engine = Distributed::threads(2, &lost);
        let report = check_with(&engine, &Slow, &Goals::all(), &options).unwrap();
        (report.stopped, told.swap(0, Ordering::Relaxed))
    };
    // Its time is not up.
    let hour = Duration::from_hours(1);
    assert_eq!(watched(Duration::ZERO, hour), (None, 0));
    // It is, and the step ends before patience does.
    assert_eq!(watched(hour, Duration::from_millis(5)), (Some(StopReason::Time), 0));
}

#[test]
fn violations_end_it_after_the_level_unless_it_is_to_go_on() {
    let forbidden = Counters { limit: 40, forbidden: 60, ..COUNTERS };
    for keep_going in [false, true] {
        let options = Options { keep_going, ..options() };
        let (theirs, ours) = by_threads(3, &forbidden, &Goals::all(), &options);
        assert_eq!(timeless(theirs), timeless(ours));
    }
}
