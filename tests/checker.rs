//! The checker on small models whose answers are known by hand.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mitregate::check::explore::{Budget, Options, Progress};
use mitregate::check::graph::Cut;
use mitregate::check::report::{DEADLOCK, Kind};
use mitregate::check::simulate::{Walks, simulate};
use mitregate::check::trace::Replay;
use mitregate::check::{Checkable, Law, Trace, Verdict, check, explore};
use mitregate::tla::value::Value;
use stateright::Model;

/// Two counters that go up to a limit each, in any order; a state for each pair.
#[derive(Clone, Copy)]
struct Counters {
    limit: u8,
    /// States in which the sum exceeds this are outside the boundary.
    boundary: u8,
    /// The sum that the invariant forbids.
    forbidden: u8,
    /// Whether the counters are interchangeable.
    symmetric: bool,
}

const COUNTERS: Counters =
    Counters { limit: 9, boundary: u8::MAX, forbidden: u8::MAX, symmetric: false };

impl Model for Counters {
    type State = (u8, u8);
    type Action = usize;

    fn init_states(&self) -> Vec<(u8, u8)> {
        vec![(0, 0)]
    }

    fn actions(&self, _: &(u8, u8), actions: &mut Vec<usize>) {
        actions.extend([0, 1]);
    }

    fn next_state(&self, &(a, b): &(u8, u8), action: usize) -> Option<(u8, u8)> {
        match action {
            0 => (a < self.limit).then_some((a + 1, b)),
            _ => (b < self.limit).then_some((a, b + 1)),
        }
    }

    fn within_boundary(&self, &(a, b): &(u8, u8)) -> bool {
        a + b <= self.boundary
    }
}

impl Checkable for Counters {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![
            Law::invariant(
                "NotForbidden",
                |m: &Counters, &(a, b)| a + b != m.forbidden,
                |_, &(a, b)| a + b > 3,
            ),
            Law::step(
                "Rises",
                |_, s: &(u8, u8), t: &(u8, u8)| t.0 + t.1 > s.0 + s.1,
                |_, s, t| s != t,
            ),
            Law::invariant("NeverSays", |_, _| true, |_, _| false),
        ]
    }

    fn classes(&self) -> Vec<&'static str> {
        vec!["First", "Second"]
    }

    fn class(&self, action: &usize) -> usize {
        *action
    }

    fn view(&self, &(a, b): &(u8, u8)) -> Value {
        Value::record([("a", Value::Int(a.into())), ("b", Value::Int(b.into()))])
    }

    fn deadlock_is_violation(&self) -> bool {
        self.limit < 3
    }

    fn has_symmetry(&self) -> bool {
        self.symmetric
    }

    fn representative(&self, &(a, b): &(u8, u8)) -> (u8, u8) {
        (a.min(b), a.max(b))
    }
}

fn options<'a>() -> Options<'a> {
    Options::default()
}

#[test]
fn all_states_and_edges_are_counted() {
    let report = check(&COUNTERS, &options());
    assert_eq!((report.distinct, report.edges, report.depth), (100, 180, 19));
    assert_eq!(report.coverage, [("First", 90), ("Second", 90)]);
    assert_eq!(report.verdict(), Verdict::Holds);
    assert_eq!(report.cut, None);
}

#[test]
fn a_law_that_says_nothing_is_vacuous() {
    let report = check(&COUNTERS, &options());
    let vacuous: Vec<_> =
        report.properties.iter().filter(|p| p.is_vacuous()).map(|p| p.name).collect();
    assert_eq!(vacuous, ["NeverSays"]);
    // Four steps up from the start: five states.
    assert_eq!(report.property("NotForbidden").unwrap().witness, Some(5));
}

#[test]
fn a_counterexample_is_shortest_and_made_of_real_steps() {
    let model = Counters { forbidden: 5, ..COUNTERS };
    let report = check(&model, &options());
    assert_eq!(report.verdict(), Verdict::Violated);
    assert_eq!(report.cut, Some(Cut::Violation));
    let trace = report.property("NotForbidden").unwrap().counterexample.clone().unwrap();
    assert_eq!(trace.len(), 6);
    assert_eq!(trace.replay(&model, "NotForbidden"), Replay::StillFails);
    assert_eq!(trace.replay(&COUNTERS, "NotForbidden"), Replay::Fixed);
    let low = Counters { limit: 1, ..COUNTERS };
    let Replay::StopsAt { why, .. } = trace.replay(&low, "NotForbidden") else {
        panic!("a counter that stops at 1 cannot follow");
    };
    assert!(why.contains("not enabled"), "{why}");
}

#[test]
fn exploration_goes_on_after_a_violation_if_told_to() {
    let model = Counters { forbidden: 5, ..COUNTERS };
    let report = check(&model, &Options { keep_going: true, ..options() });
    assert_eq!((report.distinct, report.cut), (100, None));
    assert_eq!(report.verdict(), Verdict::Violated);
}

#[test]
fn step_properties_see_both_ends_of_an_edge() {
    /// A counter that falls back from 4 to 1.
    struct Falls;
    impl Model for Falls {
        type State = u8;
        type Action = ();
        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }
        fn actions(&self, _: &u8, actions: &mut Vec<()>) {
            actions.push(());
        }
        fn next_state(&self, state: &u8, (): ()) -> Option<u8> {
            Some(if *state == 4 { 1 } else { state + 1 })
        }
    }
    impl Checkable for Falls {
        fn laws(&self) -> Vec<Law<Self>> {
            vec![Law::step("Rises", |_, s, t| t > s, |_, _, _| true)]
        }
        fn classes(&self) -> Vec<&'static str> {
            vec!["Step"]
        }
        fn class(&self, (): &()) -> usize {
            0
        }
        fn view(&self, state: &u8) -> Value {
            Value::Int((*state).into())
        }
    }
    let report = check(&Falls, &options());
    let property = report.property("Rises").unwrap();
    assert_eq!((property.kind, property.verdict), (Kind::Step, Verdict::Violated));
    // 0 1 2 3 4 and then the known state 1 again.
    assert_eq!(property.counterexample.as_ref().map(Trace::len), Some(6));
}

#[test]
fn what_lies_outside_the_boundary_is_checked_but_neither_counted_nor_expanded() {
    let cut_off = Counters { boundary: 4, ..COUNTERS };
    let report = check(&cut_off, &options());
    assert_eq!((report.distinct, report.outside), (15, 10));
    // The forbidden sum is reached only outside.
    let report = check(&Counters { forbidden: 5, ..cut_off }, &options());
    let trace = report.property("NotForbidden").unwrap().counterexample.clone();
    assert_eq!(trace.as_ref().map(Trace::len), Some(6));
}

#[test]
fn a_state_without_successors_is_a_deadlock_where_that_matters() {
    let report = check(&Counters { limit: 2, ..COUNTERS }, &options());
    let deadlock = report.property(DEADLOCK).unwrap();
    assert_eq!(deadlock.verdict, Verdict::Violated);
    assert_eq!(deadlock.counterexample.as_ref().map(Trace::len), Some(5));
    assert!(check(&COUNTERS, &options()).property(DEADLOCK).is_none());
}

#[test]
fn symmetric_states_count_once_and_traces_stay_real() {
    let model = Counters { symmetric: true, ..COUNTERS };
    assert_eq!(check(&model, &options()).distinct, 55);
    let model = Counters { forbidden: 7, ..model };
    let trace = check(&model, &options()).properties[0].counterexample.clone().unwrap();
    assert_eq!(trace.replay(&model, "NotForbidden"), Replay::StillFails);
}

#[test]
fn a_budget_makes_a_verdict_inconclusive_never_a_pass() {
    let budget = Budget { max_states: Some(40), ..Budget::default() };
    let report = check(&COUNTERS, &Options { budget, ..options() });
    assert_eq!((report.distinct, report.cut), (40, Some(Cut::States)));
    assert_eq!(report.verdict(), Verdict::Inconclusive);
    assert!(report.properties.iter().all(|p| p.verdict == Verdict::Inconclusive));

    let budget = Budget { timeout: Some(Duration::ZERO), ..Budget::default() };
    let report = check(&COUNTERS, &Options { budget, ..options() });
    assert_eq!((report.cut, report.verdict()), (Some(Cut::Time), Verdict::Inconclusive));

    let budget = Budget { max_memory: Some(1), ..Budget::default() };
    let report = check(&COUNTERS, &Options { budget, ..options() });
    if cfg!(target_os = "linux") {
        assert_eq!(report.cut, Some(Cut::Memory));
    }

    let stop = AtomicBool::new(true);
    let report = check(&COUNTERS, &Options { interrupt: Some(&stop), ..options() });
    assert_eq!((report.cut, report.verdict()), (Some(Cut::Interrupted), Verdict::Inconclusive));
}

#[test]
fn a_budget_that_is_just_enough_cuts_nothing() {
    let budget = Budget { max_states: Some(100), ..Budget::default() };
    assert_eq!(check(&COUNTERS, &Options { budget, ..options() }).verdict(), Verdict::Holds);
}

#[test]
fn stuttering_violates_no_step_property_and_initial_states_outside_are_checked() {
    /// Starts at 0 and at 9, where 9 is outside; may stay where it is.
    struct Stays;
    impl Model for Stays {
        type State = u8;
        type Action = bool;
        fn init_states(&self) -> Vec<u8> {
            vec![0, 9]
        }
        fn actions(&self, _: &u8, actions: &mut Vec<bool>) {
            actions.extend([false, true]);
        }
        fn next_state(&self, state: &u8, up: bool) -> Option<u8> {
            Some(if up && *state < 3 { state + 1 } else { *state })
        }
        fn within_boundary(&self, state: &u8) -> bool {
            *state < 5
        }
    }
    impl Checkable for Stays {
        fn laws(&self) -> Vec<Law<Self>> {
            vec![
                Law::step("Rises", |_, s, t| t > s, |_, _, _| true),
                Law::invariant("NotNine", |_, &s| s != 9, |_, _| true),
            ]
        }
        fn classes(&self) -> Vec<&'static str> {
            vec!["Step"]
        }
        fn class(&self, _: &bool) -> usize {
            0
        }
        fn view(&self, state: &u8) -> Value {
            Value::Int((*state).into())
        }
    }
    let report = check(&Stays, &Options { keep_going: true, ..options() });
    assert_eq!(report.distinct, 4);
    assert_eq!(report.property("Rises").unwrap().verdict, Verdict::Holds);
    let trace = report.property("NotNine").unwrap().counterexample.as_ref();
    assert_eq!(trace.map(Trace::len), Some(1));
}

#[test]
fn a_model_without_states_passes_nothing() {
    #[derive(Clone, Copy)]
    struct Nothing;
    impl Model for Nothing {
        type State = u8;
        type Action = ();
        fn init_states(&self) -> Vec<u8> {
            Vec::new()
        }
        fn actions(&self, _: &u8, _: &mut Vec<()>) {}
        fn next_state(&self, _: &u8, (): ()) -> Option<u8> {
            None
        }
    }
    impl Checkable for Nothing {
        fn laws(&self) -> Vec<Law<Self>> {
            Vec::new()
        }
        fn classes(&self) -> Vec<&'static str> {
            Vec::new()
        }
        fn class(&self, (): &()) -> usize {
            0
        }
        fn view(&self, state: &u8) -> Value {
            Value::Int((*state).into())
        }
    }
    assert_eq!(check(&Nothing, &options()).verdict(), Verdict::Inconclusive);
}

#[test]
fn numbers_edges_and_findings_do_not_depend_on_threads() {
    // Wide enough for several blocks and many tasks.
    let model = Counters { limit: 120, forbidden: 150, ..COUNTERS };
    let run =
        |threads| explore(&model, &Options { threads, keep_going: true, edges: true, ..options() });
    let (one, four) = (run(1), run(4));
    assert_eq!(one.len(), 121 * 121);
    assert_eq!(one.findings, four.findings);
    for id in 0..u32::try_from(one.len()).unwrap() {
        assert!(one.edges(id).eq(four.edges(id)));
        assert_eq!(one.reached_by(id), four.reached_by(id));
    }
}

#[test]
fn progress_is_told() {
    let calls = std::sync::atomic::AtomicU64::new(0);
    let count = |progress: Progress| {
        assert!(progress.states > 0 && progress.depth > 0);
        calls.fetch_add(1, Ordering::Relaxed);
    };
    check(&COUNTERS, &Options { progress: Some(&count), ..options() });
    assert!(calls.into_inner() > 0);
}

#[test]
fn nothing_is_quadratic_in_depth() {
    /// A single path.
    struct Path(u32);
    impl Model for Path {
        type State = u32;
        type Action = ();
        fn init_states(&self) -> Vec<u32> {
            vec![0]
        }
        fn actions(&self, _: &u32, actions: &mut Vec<()>) {
            actions.push(());
        }
        fn next_state(&self, state: &u32, (): ()) -> Option<u32> {
            (*state < self.0).then_some(state + 1)
        }
    }
    impl Checkable for Path {
        fn laws(&self) -> Vec<Law<Self>> {
            vec![Law::invariant("Ends", |m: &Path, &s| s < m.0, |_, _| true)]
        }
        fn classes(&self) -> Vec<&'static str> {
            vec!["Step"]
        }
        fn class(&self, (): &()) -> usize {
            0
        }
        fn view(&self, state: &u32) -> Value {
            Value::Int((*state).into())
        }
    }
    // Quadratic work would be 10^10 steps here, and would not end in any patience.
    let report = check(&Path(100_000), &options());
    let trace = report.property("Ends").unwrap().counterexample.as_ref().unwrap();
    assert_eq!(trace.len(), 100_001);
}

#[test]
fn walks_repeat_for_a_seed_and_find_violations() {
    let model = Counters { forbidden: 12, ..COUNTERS };
    let walks = Walks { seed: 7, runs: 100, depth: 50 };
    let go = AtomicBool::new(false);
    let first = simulate(&model, &walks, &go, &|_| {});
    let second = simulate(&model, &walks, &go, &|_| {});
    let (law, seed, trace) = first.violation.unwrap();
    assert_eq!((law, trace.len()), ("NotForbidden", 13));
    assert_eq!(second.violation.unwrap(), (law, seed, trace));
}

#[test]
fn traces_survive_itf() {
    let model = Counters { forbidden: 3, ..COUNTERS };
    let trace = check(&model, &options()).properties[0].counterexample.clone().unwrap();
    let text = serde_json::to_string(&trace.to_itf(std::collections::BTreeMap::new())).unwrap();
    let read: itf::Trace<itf::Value> = serde_json::from_str(&text).unwrap();
    assert_eq!(Trace::from_itf(&read).unwrap().steps, trace.steps);
}
