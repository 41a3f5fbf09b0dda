//! The checker on small models whose answers are known by hand.

use std::collections::{BTreeMap, HashMap};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use mitregate::check::explore::Progress;
use mitregate::check::graph::StateId;
use mitregate::check::simulate::{Walks, simulate};
use mitregate::check::trace::Back;
use mitregate::check::{
    Asked, BreadthFirst, Budget, Checkable, DEADLOCK, Engine, Expander, Expansion, Fairness,
    Formula, Goals, Graph, Kind, Law, Model, Name, Options, Replay, Report, StopReason, Strength,
    Temporal, Trace, Undecidable, Verdict, check_with, replay,
};
use mitregate::tla::value::Value;

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

    fn action_names(&self) -> Vec<Name> {
        vec!["First".into(), "Second".into()]
    }

    fn action_name(&self, action: &usize) -> usize {
        *action
    }

    fn view(&self, &(a, b): &(u8, u8)) -> Value {
        Value::record([("a", Value::Int(a.into())), ("b", Value::Int(b.into()))])
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

/// Checks all that a model states.
fn check<M: Checkable>(model: &M, options: &Options<'_>) -> Report {
    mitregate::check::check(model, &Goals::all(), options).unwrap()
}

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

/// A clock whose hand goes round, or stays where it is. States from `boundary` on are outside.
#[derive(Clone, Copy)]
struct Clock {
    hours: u8,
    boundary: u8,
    symmetric: bool,
    /// How many predicates and fairness conditions it has, beyond what makes sense.
    predicates: usize,
    conditions: usize,
}

const CLOCK: Clock =
    Clock { hours: 4, boundary: u8::MAX, symmetric: false, predicates: 0, conditions: 1 };

impl Model for Clock {
    type State = u8;
    type Action = bool;

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, _: &u8, actions: &mut Vec<bool>) {
        actions.extend([false, true]);
    }

    fn next_state(&self, hour: &u8, ticks: bool) -> Option<u8> {
        Some(if ticks { (hour + 1) % self.hours } else { *hour })
    }

    fn within_boundary(&self, hour: &u8) -> bool {
        *hour < self.boundary
    }
}

impl Checkable for Clock {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![Law::invariant("IsAnHour", |m: &Clock, &s| s < m.hours, |_, &s| s > 0)]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let struck = |hour| Formula::always_eventually(move |_: &Clock, &s| s == hour);
        let more = (0..self.predicates).map(|_| Formula::eventually(|_: &Clock, &s| s == 0));
        vec![
            Temporal { name: "Strikes".into(), formulas: (0..self.hours).map(struck).collect() },
            Temporal {
                name: "Stops".into(),
                formulas: vec![Formula::eventually_always(|m: &Clock, &s| s + 1 == m.hours)],
            },
            Temporal { name: "More".into(), formulas: more.collect() },
        ]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        let ticks = |_| Fairness::new("Tick", Strength::Weak, |_: &Clock, _, &ticks: &bool| ticks);
        (0..self.conditions).map(ticks).collect()
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Stay".into(), "Tick".into()]
    }

    fn action_name(&self, ticks: &bool) -> usize {
        usize::from(*ticks)
    }

    fn view(&self, hour: &u8) -> Value {
        Value::record([("hour", Value::Int((*hour).into()))])
    }

    fn has_symmetry(&self) -> bool {
        self.symmetric
    }
}

fn ask(model: &Clock, goals: &Goals) -> Result<Report, Undecidable> {
    mitregate::check::check(model, goals, &options())
}

#[test]
fn temporal_properties_are_judged_under_fairness() {
    let verdicts = |model: &Clock| {
        let report = ask(model, &Goals::named(["Strikes", "Stops"])).unwrap();
        ["Strikes", "Stops"].map(|name| report.property(name).unwrap().verdict)
    };
    assert_eq!(verdicts(&CLOCK), [Verdict::Holds, Verdict::Violated]);
    assert_eq!(verdicts(&Clock { conditions: 0, ..CLOCK }), [Verdict::Violated; 2]);
}

#[test]
fn more_than_64_predicates_or_fairness_conditions_are_refused() {
    // The clock has a predicate for each hour, and one more.
    let own = usize::from(CLOCK.hours) + 1;
    let predicates = |count: usize| Clock { predicates: count - own, ..CLOCK };
    let conditions = |conditions| Clock { conditions, ..CLOCK };
    let (count, limit) = (65, 64);
    let all = Goals::all();
    assert!(ask(&predicates(limit), &all).is_ok());
    let error = ask(&predicates(count), &all).unwrap_err();
    assert_eq!(error, Undecidable::TooManyPredicates { count, limit });
    assert!(error.to_string().contains("65 predicates"), "{error}");
    // Those of properties that are not asked for do not count.
    assert!(ask(&predicates(count), &Goals::named(["Strikes", "Stops"])).is_ok());

    assert!(ask(&conditions(limit), &all).is_ok());
    let error = ask(&conditions(count), &all).unwrap_err();
    assert_eq!(error, Undecidable::TooManyFairnessConditions { count, limit });
    assert!(error.to_string().contains("65 fairness conditions"), "{error}");
    // Laws need no fairness.
    assert!(ask(&conditions(count), &Goals::named(["IsAnHour"])).is_ok());
}

#[test]
fn temporal_properties_are_refused_up_to_symmetry() {
    let symmetric = Clock { symmetric: true, ..CLOCK };
    let error = ask(&symmetric, &Goals::all()).unwrap_err();
    assert_eq!(error, Undecidable::LivenessUpToSymmetry);
    assert!(ask(&symmetric, &Goals::named(["IsAnHour"])).is_ok());
    // Walks are refused as checks are.
    let walks = Walks { seed: 1, runs: 1, depth: 1 };
    let go = AtomicBool::new(false);
    let refused = simulate(&symmetric, &Goals::all(), &walks, &go, &|_| {});
    assert_eq!(refused.err(), Some(Undecidable::LivenessUpToSymmetry));
}

#[test]
fn what_leaves_the_boundary_leaves_a_temporal_property_open() {
    let cut_off = Clock { boundary: 3, ..CLOCK };
    let report = ask(&cut_off, &Goals::named(["IsAnHour", "Strikes"])).unwrap();
    assert_eq!((report.distinct, report.outside, report.stopped), (3, 1, None));
    let strikes = report.property("Strikes").unwrap();
    assert_eq!((strikes.kind, strikes.verdict), (Kind::Liveness, Verdict::Inconclusive));
    let why = strikes.undecided.as_ref().unwrap();
    assert!(why.contains("1 step") && why.contains("boundary"), "{why}");
    assert_eq!(report.property("IsAnHour").unwrap().verdict, Verdict::Holds);
    assert_eq!(report.verdict(), Verdict::Inconclusive);
    // A behaviour within the boundary is a counterexample all the same: without fairness it stays.
    let unfair = Clock { conditions: 0, ..cut_off };
    let report = ask(&unfair, &Goals::named(["Strikes"])).unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
}

#[test]
fn a_loop_goes_with_temporal_properties_and_with_nothing_else() {
    let report = ask(&CLOCK, &Goals::named(["Stops"])).unwrap();
    let lasso = report.property("Stops").unwrap().counterexample.clone().unwrap();
    assert!(lasso.back.is_some());
    let straight = Trace { back: None, ..lasso.clone() };
    assert_eq!(replay(&CLOCK, &lasso, "Stops"), Replay::StillFails);
    assert_eq!(replay(&CLOCK, &lasso, "Strikes"), Replay::Fixed);
    assert_eq!(replay(&CLOCK, &straight, "IsAnHour"), Replay::Fixed);
    let unrelated = |trace: &Trace, property: &str| match replay(&CLOCK, trace, property) {
        Replay::Unrelated { why } => why,
        other => panic!("{property}: {other:?}"),
    };
    assert!(unrelated(&straight, "Stops").contains("no loop"));
    assert!(unrelated(&lasso, "IsAnHour").contains("no temporal property"));
    assert!(unrelated(&lasso, DEADLOCK).contains("no temporal property"));
    for trace in [&lasso, &straight] {
        assert!(unrelated(trace, "Nope").contains("no property Nope"));
    }
    // A loop that violates the property counts only if it is fair.
    let stays = Trace { back: Some(Back { to: 0, action: None }), ..straight };
    let stays = Trace { steps: stays.steps[..1].to_vec(), ..stays };
    assert_eq!(replay(&CLOCK, &stays, "Stops"), Replay::Fixed);
    assert_eq!(replay(&Clock { conditions: 0, ..CLOCK }, &stays, "Stops"), Replay::StillFails);
}

/// An engine that anybody could write: breadth first, one state after the other, on one thread.
struct OneByOne;

impl Engine for OneByOne {
    fn explore<M: Checkable>(&self, expander: &Expander<'_, M>, options: &Options<'_>) -> Graph {
        let mut graph = Graph::new(expander.notes());
        let mut notes = expander.notes();
        let mut seen: HashMap<u64, StateId> = HashMap::new();
        let mut level = Vec::new();
        for initial in expander.initial(&mut notes) {
            seen.entry(initial.fingerprint).or_insert_with(|| {
                level.push(initial.state);
                graph.add_state(None, initial.action)
            });
        }
        let mut expansion = Expansion::default();
        let mut source: StateId = 0;
        while !level.is_empty() && graph.stopped.is_none() {
            graph.begin_level(source);
            for state in std::mem::take(&mut level) {
                let depth = graph.depth();
                // Every law is asked in every state.
                let asked = Asked::default();
                expander.expand(
                    (source, &state),
                    depth,
                    (&asked, &|_| true),
                    &mut expansion,
                    &mut notes,
                );
                for successor in expansion.successors.drain(..) {
                    let target = *seen.entry(successor.fingerprint).or_insert_with(|| {
                        level.push(successor.state);
                        graph.add_state(Some(source), successor.action)
                    });
                    graph.add_edge(target, successor.action, successor.takes);
                }
                graph.end_edges();
                if let Some(label) = expansion.label {
                    graph.add_label(label);
                }
                source += 1;
            }
            if expander.is_violated(&notes) && !options.keep_going {
                graph.stopped = Some(StopReason::Violation);
            }
        }
        graph.notes = notes;
        graph
    }
}

/// So many bits, each of which is set at some time. Its levels are wide in the middle.
struct Bits(u16);

impl Model for Bits {
    type State = u16;
    type Action = u16;

    fn init_states(&self) -> Vec<u16> {
        vec![0]
    }

    fn actions(&self, _: &u16, actions: &mut Vec<u16>) {
        actions.extend(0..self.0);
    }

    fn next_state(&self, bits: &u16, bit: u16) -> Option<u16> {
        (bits >> bit & 1 == 0).then_some(bits | 1 << bit)
    }
}

impl Checkable for Bits {
    fn laws(&self) -> Vec<Law<Self>> {
        let is_seventh = |bits: u16| bits.count_ones() == 7 && bits.is_multiple_of(7);
        let says = |_: &Bits, &bits: &u16| bits.count_ones() == 7;
        vec![Law::invariant("NoSevenths", move |_: &Bits, &bits| !is_seventh(bits), says)]
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        let is_set = |bit| Formula::eventually(move |_: &Bits, &bits| bits >> bit & 1 == 1);
        let is_empty = Formula::always_eventually(|_: &Bits, &bits| bits == 0);
        vec![
            Temporal { name: "Filled".into(), formulas: (0..self.0).map(is_set).collect() },
            Temporal { name: "Emptied".into(), formulas: vec![is_empty] },
        ]
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        let fair = |bit| {
            let is_it = move |_: &Bits, _: &u16, action: &u16| *action == bit;
            Fairness::new(format!("Set({bit})"), Strength::Weak, is_it)
        };
        (0..self.0).map(fair).collect()
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Set".into()]
    }

    fn action_name(&self, _: &u16) -> usize {
        0
    }

    fn view(&self, bits: &u16) -> Value {
        Value::record([("bits", Value::Int((*bits).into()))])
    }
}

#[test]
fn an_engine_of_somebody_elses_comes_to_the_same_report() {
    fn compare<M: Checkable>(model: &M, goals: &Goals, keep_going: bool) -> Report {
        let options = Options { keep_going, ..options() };
        let timeless = |report: Report| Report { elapsed: Duration::ZERO, ..report };
        let ours = timeless(check_with(&BreadthFirst, model, goals, &options).unwrap());
        let theirs = timeless(check_with(&OneByOne, model, goals, &options).unwrap());
        assert_eq!(format!("{ours:#?}"), format!("{theirs:#?}"));
        ours
    }
    let all = Goals::all().and_deadlock();
    let report = compare(&CLOCK, &all, false);
    let verdicts = ["Strikes", "Stops"].map(|name| report.property(name).unwrap().verdict);
    assert_eq!(verdicts, [Verdict::Holds, Verdict::Violated]);
    compare(&Clock { boundary: 3, ..CLOCK }, &all, false);
    compare(&Clock { conditions: 0, hours: 60, ..CLOCK }, &Goals::named(["Strikes"]), false);
    // Violations in and outside the boundary, and up to symmetry.
    let many = Counters { limit: 60, forbidden: 70, ..COUNTERS };
    for model in [many, Counters { boundary: 69, ..many }, Counters { symmetric: true, ..many }] {
        for keep_going in [false, true] {
            let report = compare(&model, &all, keep_going);
            assert_eq!(report.verdict(), Verdict::Violated);
        }
    }
    // Levels of several blocks.
    let report = compare(&Bits(14), &Goals::named(["Filled", "Emptied"]), false);
    assert_eq!((report.distinct, report.depth), (1 << 14, 15));
    let verdicts = ["Filled", "Emptied"].map(|name| report.property(name).unwrap().verdict);
    assert_eq!(verdicts, [Verdict::Holds, Verdict::Violated]);
    for keep_going in [false, true] {
        let report = compare(&Bits(14), &all, keep_going);
        let length = |name| report.property(name)?.counterexample.as_ref().map(Trace::len);
        assert_eq!(length("NoSevenths"), Some(8));
        assert_eq!(length(DEADLOCK), keep_going.then_some(15));
    }
}
