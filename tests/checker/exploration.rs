//! Exploration: counts, verdicts and counterexamples.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use mitregate::check::explore::{Progress, machine_memory, resident_memory};
use mitregate::check::simulate::{Walks, simulate};
use mitregate::check::{
    BreadthFirst, Budget, Checkable, DEADLOCK, Engine, Expander, Goals, Kind, Law, Model, Name,
    Options, Replay, Report, StopReason, Trace, Undecidable, Verdict, replay,
};
use mitregate::tla::value::Value;

use super::engine::Bits;
use super::models::{COUNTERS, Counters, check, options, timeless};

#[test]
fn all_states_and_edges_are_counted() {
    let report = check(&COUNTERS, &options());
    assert_eq!((report.distinct, report.edges, report.depth), (100, 180, 19));
    assert_eq!(report.coverage, [("First".into(), 90), ("Second".into(), 90)]);
    assert_eq!(report.verdict(), Verdict::Holds);
    assert_eq!(report.stopped, None);
}

#[test]
fn a_law_that_says_nothing_is_vacuous() {
    let report = check(&COUNTERS, &options());
    let vacuous: Vec<_> =
        report.properties.iter().filter(|p| p.is_vacuous()).map(|p| &*p.name).collect();
    assert_eq!(vacuous, ["NeverSays"]);
    // Four steps up from the start: five states.
    assert_eq!(report.property("NotForbidden").unwrap().witness, Some(5));
}

#[test]
fn a_counterexample_is_shortest_and_made_of_real_steps() {
    let model = Counters { forbidden: 5, ..COUNTERS };
    let report = check(&model, &options());
    assert_eq!(report.verdict(), Verdict::Violated);
    assert_eq!(report.stopped, Some(StopReason::Violation));
    let trace = report.property("NotForbidden").unwrap().counterexample.clone().unwrap();
    assert_eq!(trace.len(), 6);
    assert_eq!(replay(&model, &trace, "NotForbidden"), Replay::StillFails);
    assert_eq!(replay(&COUNTERS, &trace, "NotForbidden"), Replay::Fixed);
    let low = Counters { limit: 1, ..COUNTERS };
    let Replay::StopsAt { why, .. } = replay(&low, &trace, "NotForbidden") else {
        panic!("a counter that stops at 1 cannot follow");
    };
    assert!(why.contains("not enabled"), "{why}");
}

#[test]
fn exploration_goes_on_after_a_violation_if_told_to() {
    let model = Counters { forbidden: 5, ..COUNTERS };
    let report = check(&model, &Options { keep_going: true, ..options() });
    assert_eq!((report.distinct, report.stopped), (100, None));
    assert_eq!(report.verdict(), Verdict::Violated);
    // Or else it ends with the level of the violation: those whose sum is up to five, and those that these lead to.
    let report = check(&model, &options());
    assert_eq!((report.distinct, report.stopped), (28, Some(StopReason::Violation)));
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
            // Closures need no types where methods are called in them.
            vec![
                self.step_property("Rises", |_, s, t| t.wrapping_add(0) > *s),
                self.invariant("Counts", |_, s| s.count_ones() < 9),
            ]
        }
        fn action_names(&self) -> Vec<Name> {
            vec!["Step".into()]
        }
        fn action_name(&self, (): &()) -> usize {
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
    let low = Counters { limit: 2, ..COUNTERS };
    let asked = Goals::all().and_deadlock();
    let report = mitregate::check::check(&low, &asked, &options()).unwrap();
    let deadlock = report.property(DEADLOCK).unwrap();
    assert_eq!((deadlock.kind, deadlock.verdict), (Kind::Deadlock, Verdict::Violated));
    let trace = deadlock.counterexample.as_ref().unwrap();
    assert_eq!(trace.len(), 5);
    assert_eq!(replay(&low, trace, DEADLOCK), Replay::StillFails);
    assert_eq!(replay(&COUNTERS, trace, DEADLOCK), Replay::Fixed);
    let report = check(&low, &options());
    assert!(report.property(DEADLOCK).is_none());
    assert_eq!(report.verdict(), Verdict::Holds);
}

#[test]
fn symmetric_states_count_once_and_traces_stay_real() {
    let model = Counters { symmetric: true, ..COUNTERS };
    assert_eq!(check(&model, &options()).distinct, 55);
    let model = Counters { forbidden: 7, ..model };
    let trace = check(&model, &options()).properties[0].counterexample.clone().unwrap();
    assert_eq!(replay(&model, &trace, "NotForbidden"), Replay::StillFails);
}

#[test]
fn a_budget_makes_a_verdict_inconclusive_never_a_pass() {
    let budget = Budget { max_states: Some(40), ..Budget::default() };
    let report = check(&COUNTERS, &Options { budget, ..options() });
    assert_eq!((report.distinct, report.stopped), (40, Some(StopReason::States)));
    assert_eq!(report.verdict(), Verdict::Inconclusive);
    assert!(report.properties.iter().all(|p| p.verdict == Verdict::Inconclusive));

    let budget = Budget { timeout: Some(Duration::ZERO), ..Budget::default() };
    let report = check(&COUNTERS, &Options { budget, ..options() });
    assert_eq!((report.stopped, report.verdict()), (Some(StopReason::Time), Verdict::Inconclusive));

    let budget = Budget { max_memory: Some(1), ..Budget::default() };
    let report = check(&COUNTERS, &Options { budget, ..options() });
    if cfg!(target_os = "linux") {
        assert_eq!(report.stopped, Some(StopReason::Memory));
        // A process has megabytes, and less than the machine.
        let [resident, all] = [resident_memory(), machine_memory()].map(Option::unwrap);
        assert!((1 << 20..all).contains(&resident), "{resident} of {all}");
        for (memory, stopped) in [(1 << 20, Some(StopReason::Memory)), (all, None)] {
            let budget = Budget { max_memory: Some(memory), ..Budget::default() };
            assert_eq!(check(&COUNTERS, &Options { budget, ..options() }).stopped, stopped);
        }
    }

    let stop = AtomicBool::new(true);
    let report = check(&COUNTERS, &Options { interrupt: Some(&stop), ..options() });
    assert_eq!(
        (report.stopped, report.verdict()),
        (Some(StopReason::Interrupted), Verdict::Inconclusive)
    );
}

#[test]
fn a_budget_that_is_just_enough_cuts_nothing() {
    let budget = Budget { max_states: Some(100), ..Budget::default() };
    assert_eq!(check(&COUNTERS, &Options { budget, ..options() }).verdict(), Verdict::Holds);
}

/// Blocks of several pieces, which threads expand.
#[test]
fn a_budget_cuts_where_it_says_and_nowhere_else() {
    let wide = Bits(14);
    let up_to = |max_states, keep_going| {
        let budget = Budget { max_states: Some(max_states), ..Budget::default() };
        let goals = Goals::named(["NoSevenths"]).and_deadlock();
        let options = Options { budget, keep_going, threads: 2, ..options() };
        mitregate::check::check(&wide, &goals, &options).unwrap()
    };
    for most in [5_000, 9_000, (1 << 14) - 1] {
        let report = up_to(most, true);
        assert_eq!((report.distinct, report.stopped), (most, Some(StopReason::States)));
    }
    let all = up_to(1 << 14, true);
    assert_eq!((all.distinct, all.stopped), (1 << 14, None));
    assert_eq!(timeless(all), timeless(up_to(1 << 20, true)));
}

/// From 0 to 1 and 2; from 1 to what lies outside. Neither 2 nor that is allowed.
struct Fork;

impl Model for Fork {
    type State = u8;
    type Action = u8;

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, state: &u8, actions: &mut Vec<u8>) {
        actions.extend_from_slice([&[1, 2][..], &[9], &[]][usize::from(*state)]);
    }

    fn next_state(&self, _: &u8, target: u8) -> Option<u8> {
        Some(target)
    }

    fn within_boundary(&self, state: &u8) -> bool {
        *state < 9
    }
}

impl Checkable for Fork {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![self.invariant("Allowed", |_, &state| state < 2)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Go".into()]
    }

    fn action_name(&self, _: &u8) -> usize {
        0
    }

    fn view(&self, state: &u8) -> Value {
        Value::Int((*state).into())
    }
}

#[test]
fn a_state_within_the_boundary_is_preferred_to_one_a_step_further_outside() {
    for keep_going in [false, true] {
        let report = check(&Fork, &Options { keep_going, ..options() });
        let trace = report.property("Allowed").unwrap().counterexample.as_ref().unwrap();
        assert_eq!((trace.len(), trace.steps[1].state.clone()), (2, Value::Int(2)), "{trace}");
    }
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
        fn action_names(&self) -> Vec<Name> {
            vec!["Step".into()]
        }
        fn action_name(&self, _: &bool) -> usize {
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
        fn action_names(&self) -> Vec<Name> {
            Vec::new()
        }
        fn action_name(&self, (): &()) -> usize {
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
    let goals = Goals::all();
    let expander = Expander::new(&model, &goals).unwrap();
    let run = |threads| {
        let options = Options { threads, keep_going: true, edges: true, ..options() };
        BreadthFirst.explore(&expander, &options)
    };
    let (one, four) = (run(1), run(4));
    assert_eq!(one.len(), 121 * 121);
    assert_eq!(one.notes.findings, four.notes.findings);
    for id in 0..u32::try_from(one.len()).unwrap() {
        assert!(one.edges(id).eq(four.edges(id)));
        assert_eq!(one.reached_by(id), four.reached_by(id));
    }
}

#[test]
fn progress_is_told() {
    let told = Mutex::new(Vec::new());
    let tell = |progress: Progress| {
        let Progress { states, queue, depth, .. } = progress;
        told.lock().unwrap().push((states, queue, depth));
    };
    check(&COUNTERS, &Options { progress: Some(&tell), ..options() });
    // Of each level, what is known when it has been expanded, and what of that waits: the next level.
    let widths = |level: u64| (level + 1).min(19_u64.saturating_sub(level));
    let known = |level| (0..=level).map(widths).sum::<u64>();
    let of = |level: u64| (known(level + 1), widths(level + 1), level + 1);
    assert_eq!(told.into_inner().unwrap(), (0..19).map(of).collect::<Vec<_>>());
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
        fn action_names(&self) -> Vec<Name> {
            vec!["Step".into()]
        }
        fn action_name(&self, (): &()) -> usize {
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
    let walk = || simulate(&model, &Goals::all(), &walks, &go, &|_| {}).unwrap();
    let (first, second) = (walk(), walk());
    let (law, seed, trace) = first.violation.unwrap();
    assert_eq!((&*law, trace.len()), ("NotForbidden", 13));
    assert_eq!(second.violation.unwrap(), (law, seed, trace));
}

#[test]
fn traces_survive_itf() {
    let model = Counters { forbidden: 3, ..COUNTERS };
    let trace = check(&model, &options()).properties[0].counterexample.clone().unwrap();
    let meta = BTreeMap::from([("law".to_owned(), "NotForbidden".to_owned())]);
    let itf = trace.to_itf(meta);
    let last = &itf["states"].as_array().unwrap()[trace.len() - 1];
    assert_eq!((&last["a"]["#bigint"], &last["b"]["#bigint"]), (&"3".into(), &"0".into()));
    let text = serde_json::to_string(&itf).unwrap();
    let (read, meta) = Trace::from_itf(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!((&read.steps, &meta["law"][..]), (&trace.steps, "NotForbidden"));
}

/// Which laws a search is for is not the model's choice: the others neither end it nor are reported.
#[test]
fn only_what_is_asked_is_checked() {
    let model = Counters { forbidden: 5, ..COUNTERS };
    let ask = |goals: Goals| mitregate::check::check(&model, &goals, &options());
    let report = ask(Goals::named(["Rises"])).unwrap();
    assert_eq!((report.distinct, report.verdict()), (100, Verdict::Holds));
    let names = |report: &Report| report.properties.iter().map(|it| it.name.clone()).collect();
    let names: Vec<Name> = names(&report);
    assert_eq!(names, ["Rises"]);
    // Nothing at all is no pass.
    let report = ask(Goals::named([""; 0])).unwrap();
    assert_eq!((report.distinct, report.verdict()), (100, Verdict::Inconclusive));
    let error = ask(Goals::named(["Rises", "Nope"])).unwrap_err();
    let stated = "NotForbidden, Rises, NeverSays";
    assert_eq!(error, Undecidable::Unknown { name: "Nope".into(), stated: stated.into() });
    assert!(error.to_string().contains("no property Nope; it has NotForbidden"), "{error}");
}
