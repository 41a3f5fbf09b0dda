//! What is required of every model: code that panics, or that is not deterministic, is a counterexample.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU32, Ordering};
use std::time::Duration;

use mitregate::check::simulate::{Walks, simulate};
use mitregate::check::{
    Budget, Checkable, DETERMINISTIC, Fairness, Formula, Goals, Kind, Law, Memo, Model, NO_PANIC,
    Name, Options, Replay, Report, StopReason, Strength, Temporal, Trace, Verdict, Watchdog,
    replay,
};
use mitregate::explorer::Stateright;
use mitregate::stateright::{Checker, Model as _};
use mitregate::tla::value::Value;

/// Where a [`Counter`] panics, in the state 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Panics {
    Nowhere,
    Init,
    Actions,
    Step,
    Invariant,
    StepProperty,
    Boundary,
    Fairness,
    Predicate,
}

/// Counts to 5 by ones and by twos; may also panic, or count on what a clock says.
struct Counter {
    panics: Panics,
    clock: Option<AtomicU8>,
}

fn counter(panics: Panics) -> Counter {
    Counter { panics, clock: None }
}

fn unsteady() -> Counter {
    Counter { panics: Panics::Nowhere, clock: Some(AtomicU8::new(0)) }
}

impl Counter {
    fn look(&self, at: Panics, state: u8) {
        assert!(self.panics != at || state != 3, "three is too much");
    }
}

impl Model for Counter {
    type State = u8;
    type Action = u8;

    fn init_states(&self) -> Vec<u8> {
        self.look(Panics::Init, 3);
        vec![0]
    }

    fn actions(&self, &state: &u8, actions: &mut Vec<u8>) {
        self.look(Panics::Actions, state);
        actions.extend([1, 2]);
    }

    fn next_state(&self, &state: &u8, action: u8) -> Option<u8> {
        if action == 2 {
            self.look(Panics::Step, state);
        }
        let jitter = match &self.clock {
            Some(clock) if state == 2 && action == 1 => clock.fetch_add(1, Ordering::Relaxed) % 2,
            _ => 0,
        };
        (state + action <= 5).then(|| state + action - jitter)
    }

    fn within_boundary(&self, &state: &u8) -> bool {
        self.look(Panics::Boundary, state);
        true
    }

    fn format_action(&self, action: &u8) -> String {
        format!("Add({action})")
    }
}

impl Checkable for Counter {
    fn laws(&self) -> Vec<Law<Self>> {
        let small = |counter: &Counter, &state: &u8| {
            counter.look(Panics::Invariant, state);
            state <= 5
        };
        let rises = |counter: &Counter, &state: &u8, &next: &u8| {
            counter.look(Panics::StepProperty, state);
            next >= state
        };
        vec![Law::invariant("Small", small, |_, _| true), Law::step("Rises", rises, |_, _, _| true)]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let done = |counter: &Counter, state: &u8| {
            counter.look(Panics::Predicate, *state);
            *state == 5
        };
        vec![Temporal {
            name: "Done".into(),
            formulas: vec![Formula::Eventually(std::sync::Arc::new(done))],
        }]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        let adds = |counter: &Counter, state: &u8, _: &u8| {
            counter.look(Panics::Fairness, *state);
            true
        };
        vec![Fairness {
            name: "Add".into(),
            strength: Strength::Weak,
            actions: std::sync::Arc::new(adds),
        }]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Add".into()]
    }

    fn action_name(&self, _: &u8) -> usize {
        0
    }

    fn view(&self, &state: &u8) -> Value {
        Value::record([("count", Value::Int(state.into()))])
    }
}

fn check(model: &Counter, keep_going: bool) -> Report {
    let options = Options { keep_going, ..Options::default() };
    mitregate::check::check(model, &Goals::all().and_deadlock(), &options).unwrap()
}

fn counterexample(report: &Report, property: &str) -> Trace {
    report.property(property).unwrap().counterexample.clone().unwrap()
}

const ALL: [Panics; 8] = [
    Panics::Init,
    Panics::Actions,
    Panics::Step,
    Panics::Invariant,
    Panics::StepProperty,
    Panics::Boundary,
    Panics::Fairness,
    Panics::Predicate,
];

#[test]
fn a_panic_anywhere_is_a_violation_with_a_shortest_trace() {
    for panics in ALL {
        for keep_going in [false, true] {
            let report = check(&counter(panics), keep_going);
            assert_eq!(report.verdict(), Verdict::Violated, "{panics:?}");
            let property = report.property(NO_PANIC).unwrap();
            assert_eq!((property.kind, property.verdict), (Kind::Contract, Verdict::Violated));
            let trace = property.counterexample.clone().unwrap();
            let length = match panics {
                Panics::Init => 0,
                // In the step to three, whose result is not a state of the graph.
                Panics::Boundary => 2,
                // 0, 1 or 2, 3.
                _ => 3,
            };
            assert_eq!(trace.len(), length, "{panics:?}: {trace}");
            if length > 0 {
                assert_eq!(replay(&counter(panics), &trace, NO_PANIC), Replay::StillFails);
            }
            let said = trace.explanation.join("\n");
            assert!(
                said.contains("three is too much, at tests/checker/contract.rs:"),
                "{panics:?}: {said}"
            );
            // What was not decided is not called true: the graph may lack states.
            for other in report.properties.iter().filter(|it| it.name != NO_PANIC) {
                assert_ne!(other.verdict, Verdict::Holds, "{panics:?}: {}", other.name);
            }
        }
    }
}

#[test]
fn the_action_that_panics_is_named_and_saved_and_replayed() {
    let panics = counter(Panics::Step);
    let report = check(&panics, false);
    assert_eq!(report.stopped, Some(StopReason::Violation));
    let trace = counterexample(&report, NO_PANIC);
    assert_eq!(trace.tried.as_deref(), Some("Add(2)"));
    assert!(trace.to_string().contains("then Add(2): the code panics"), "{trace}");
    let (read, _) = Trace::from_itf(&trace.to_itf(std::collections::BTreeMap::new())).unwrap();
    assert_eq!(read.tried, trace.tried);
    assert_eq!(replay(&panics, &read, NO_PANIC), Replay::StillFails);
    assert_eq!(replay(&counter(Panics::Nowhere), &read, NO_PANIC), Replay::Fixed);
    // Another panic at the end is still one, wherever it comes from; a panic on the way is neither.
    for other in [Panics::Actions, Panics::Invariant, Panics::StepProperty, Panics::Fairness] {
        assert_eq!(replay(&counter(other), &read, NO_PANIC), Replay::StillFails, "{other:?}");
    }
    let init = replay(&counter(Panics::Init), &read, NO_PANIC);
    assert!(matches!(&init, Replay::StopsAt { why, .. } if why.contains("panics")), "{init:?}");
}

#[test]
fn random_walks_stop_at_a_panic() {
    let walks = Walks { seed: 1, runs: 200, depth: 10 };
    let no = AtomicBool::new(false);
    for panics in [Panics::Init, Panics::Actions, Panics::Step, Panics::Invariant] {
        let model = counter(panics);
        let found = simulate(&model, &Goals::named(["Small"]), &walks, &no, &|_| {}).unwrap();
        let (law, _, trace) = found.violation.unwrap();
        assert_eq!(law, NO_PANIC, "{panics:?}");
        assert!(trace.explanation.concat().contains("three is too much"), "{trace}");
        assert_eq!(trace.tried.is_some(), matches!(panics, Panics::Step | Panics::Invariant));
    }
}

#[test]
fn code_that_is_not_deterministic_is_named() {
    let model = unsteady();
    for keep_going in [false, true] {
        let report = check(&model, keep_going);
        assert_eq!(report.verdict(), Verdict::Violated);
        let trace = counterexample(&report, DETERMINISTIC);
        assert_eq!((trace.len(), trace.tried.as_deref()), (2, Some("Add(1)")));
        assert!(trace.to_string().contains("led elsewhere when it was taken again"), "{trace}");
        assert_eq!(replay(&model, &trace, DETERMINISTIC), Replay::StillFails);
        assert_eq!(replay(&counter(Panics::Nowhere), &trace, DETERMINISTIC), Replay::Fixed);
        assert!(report.properties.iter().all(|it| it.verdict != Verdict::Holds));
    }
}

#[test]
fn sound_code_has_nothing_of_either_in_its_report() {
    let report = check(&counter(Panics::Nowhere), true);
    assert_eq!(report.distinct, 6);
    assert!(report.property(NO_PANIC).is_none() && report.property(DETERMINISTIC).is_none());
    assert_eq!(report.property("Done").unwrap().verdict, Verdict::Holds);
}

#[test]
fn stateright_searches_and_explorer_see_a_panic() {
    for panics in [Panics::Init, Panics::Actions, Panics::Step] {
        let checker = Stateright::new(counter(panics)).checker().spawn_bfs().join();
        assert!(checker.discovery(NO_PANIC).is_some(), "{panics:?}");
    }
    let checker = Stateright::new(counter(Panics::Nowhere)).checker().spawn_bfs().join();
    assert!(checker.discovery(NO_PANIC).is_none());
}

/// Steps from 2 to 3 only when it is let go.
struct Waits(AtomicBool);

impl Model for Waits {
    type State = u8;
    type Action = u8;

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, _: &u8, actions: &mut Vec<u8>) {
        actions.push(1);
    }

    fn next_state(&self, &state: &u8, action: u8) -> Option<u8> {
        while state == 2 && !self.0.load(Ordering::Relaxed) {
            std::hint::spin_loop();
        }
        (state < 5).then(|| state + action)
    }
}

impl Checkable for Waits {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![Law::invariant("Small", |_: &Self, &state: &u8| state <= 5, |_, _| true)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Add".into()]
    }

    fn action_name(&self, _: &u8) -> usize {
        0
    }

    fn view(&self, &state: &u8) -> Value {
        Value::from(i64::from(state))
    }
}

#[test]
fn a_step_that_does_not_end_is_named_when_the_time_is_up() {
    let model = Waits(AtomicBool::new(false));
    let told = Mutex::new(Vec::new());
    let tell = |trace: &Trace| {
        told.lock().unwrap().push(trace.clone());
        model.0.store(true, Ordering::Relaxed);
    };
    let moment = Duration::from_millis(500);
    let budget = Budget { timeout: Some(moment), ..Budget::default() };
    let watchdog = Some(Watchdog { patience: moment, tell: &tell });
    let options = Options { budget, watchdog, ..Options::default() };
    let report = mitregate::check::check(&model, &Goals::all(), &options).unwrap();
    assert_eq!((report.verdict(), report.stopped), (Verdict::Inconclusive, Some(StopReason::Time)));
    let told = told.into_inner().unwrap();
    let [trace] = &told[..] else { panic!("{told:?}") };
    let states: Vec<_> = trace.steps.iter().map(|step| step.state.clone()).collect();
    assert_eq!(states, [0_i64, 1, 2].map(Value::from));
}

/// Counts to 20,000, and does so badly in one way.
struct Long {
    badly: Badly,
    calls: AtomicU32,
    next: Memo<AtomicU32, u32, u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Badly {
    Not,
    /// Steps are remembered that depend on more than their key.
    KeepsASecret,
    /// The code panics the first time that it takes one step.
    PanicsOnce,
    /// An action that is enabled is left out of the candidates.
    LeavesOut,
    /// Candidates have indices of others.
    Misnumbers,
}

fn long(badly: Badly) -> Long {
    let next = Memo::new(|calls: &AtomicU32, state| {
        state + 1 + calls.fetch_add(1, Ordering::Relaxed).min(1)
    });
    Long { badly, calls: AtomicU32::new(0), next }
}

impl Model for Long {
    type State = u32;
    type Action = bool;

    fn init_states(&self) -> Vec<u32> {
        vec![0]
    }

    fn actions(&self, _: &u32, actions: &mut Vec<bool>) {
        actions.extend([false, true]);
    }

    fn candidates(&self, state: &u32, indices: &mut Vec<u32>, actions: &mut Vec<bool>) {
        match self.badly {
            // The second action is enabled in every tenth state only.
            Badly::LeavesOut => (indices.push(0), actions.push(false)),
            Badly::Misnumbers => (indices.push(1), actions.push(false)),
            _ if !state.is_multiple_of(10) => (indices.push(0), actions.push(false)),
            _ => (indices.extend([0, 1]), self.actions(state, actions)),
        };
    }

    fn next_state(&self, &state: &u32, action: bool) -> Option<u32> {
        if self.badly == Badly::KeepsASecret && state < 10 {
            return Some(self.next.get(&self.calls, state));
        }
        if self.badly == Badly::PanicsOnce && state == 777 {
            assert!(self.calls.fetch_add(1, Ordering::Relaxed) > 0, "not the first time");
        }
        let is_enabled = !action || state.is_multiple_of(10);
        (is_enabled && state < 20_000).then_some(state + 1 + u32::from(action))
    }
}

impl Checkable for Long {
    fn action_names(&self) -> Vec<Name> {
        vec!["Add".into()]
    }

    fn action_name(&self, _: &bool) -> usize {
        0
    }

    fn view(&self, state: &u32) -> Value {
        Value::Int((*state).into())
    }
}

#[test]
fn memos_candidates_and_panics_that_come_once_are_found_out() {
    let report = |badly| {
        mitregate::check::check(&long(badly), &Goals::named([""; 0]), &Options::default()).unwrap()
    };
    assert!(report(Badly::Not).property(DETERMINISTIC).is_none());
    for (badly, words) in [
        (Badly::KeepsASecret, "led elsewhere"),
        (Badly::PanicsOnce, "panicked here, and did not"),
        (Badly::LeavesOut, "true is enabled, and no candidate"),
        (Badly::Misnumbers, "the candidate false is not the action of index 1"),
    ] {
        let report = report(badly);
        let property = report.property(DETERMINISTIC).unwrap_or_else(|| panic!("{badly:?}"));
        assert_eq!(property.verdict, Verdict::Violated, "{badly:?}");
        let trace = property.counterexample.as_ref().unwrap();
        assert!(trace.to_string().contains(words), "{badly:?}: {trace}");
    }
    assert!(report(Badly::PanicsOnce).property(NO_PANIC).is_some());
}
