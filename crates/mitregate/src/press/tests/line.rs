//! Code that goes 0, 1, 2, 0, and what a press may not claim of it.

use super::*;

/// The spec 0 -> 1 -> 2 -> 0 of a variable `x`, with a variable `y` that is 0 if it is hidden.
fn line(labels: [&str; 3], y: impl Fn(i64) -> i64) -> Spec {
    let states = [0, 1, 2].map(|x| Value::record([("x", Value::Int(x)), ("y", Value::Int(y(x)))]));
    let [first, second, third] = labels;
    spec_of(&states, 1, &[(0, first, 1), (1, second, 2), (2, third, 0)])
}

/// Goes 0, 1, 2, 0 as far as it is told to, and shows what it is told to.
#[derive(Clone, Copy)]
struct Line {
    until: i64,
    view: fn(i64) -> Value,
    name: Option<&'static str>,
    bound: i64,
}

const GOOD: Line = Line {
    until: 3,
    view: |x| Value::record([("x", Value::Int(x)), ("y", Value::Int(0))]),
    name: None,
    bound: 9,
};

impl Code for Line {
    type State = i64;
    type Action = &'static str;

    fn initial(&self) -> Vec<i64> {
        vec![0]
    }

    fn actions(&self, _: &i64) -> Vec<&'static str> {
        vec!["Move", "Rest"]
    }

    fn step(&self, x: &i64, action: &&'static str) -> Option<i64> {
        match *action {
            "Move" => (*x < self.until).then_some((x + 1) % 3),
            _ => None,
        }
    }

    fn view(&self, x: &i64) -> Result<Value, ValueError> {
        Ok((self.view)(*x))
    }

    fn spec_action(&self, _: &&'static str) -> Option<Name> {
        self.name.map(Into::into)
    }

    fn within_boundary(&self, x: &i64) -> bool {
        *x < self.bound
    }
}

const LABELS: [&str; 3] = ["Inc", "Inc", "Reset"];

#[test]
fn what_is_asked_of_the_spec_is_asked() {
    let spec = || line(LABELS, |_| 0);
    press(GOOD, spec().invariant("Small", |it| it.field("x") != Some(&Value::Int(3))))
        .run()
        .unwrap()
        .assert();
    let report =
        press(GOOD, spec().invariant("NotTwo", |it| it.field("x") != Some(&Value::Int(2))))
            .run()
            .unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
    assert!(report.to_string().contains("✗ NotTwo of the spec fails, after 3 states"), "{report}");
    assert_eq!(report.to_json()["properties_of_spec"][0]["verdict"], "violated");
    let trace = report.of_spec.unwrap().property("NotTwo").unwrap().counterexample.clone().unwrap();
    let actions: Vec<_> = trace.steps.iter().map(|step| step.action.as_deref()).collect();
    assert_eq!(actions, [None, Some("Inc"), Some("Inc")]);
    // A clone of a spec asks the same.
    let asked = spec().invariant("NotTwo", |it| it.field("x") != Some(&Value::Int(2)));
    assert_eq!(press(GOOD, asked.clone()).run().unwrap().verdict(), Verdict::Violated);
}

#[test]
fn a_view_that_shows_nothing_or_code_that_does_nothing_is_no_pass() {
    let spec = || line(LABELS, |_| 0);
    for view in [|_| Value::record::<&str>([]), |_| Value::seq([Value::Int(1)]), |_| Value::Int(0)]
    {
        let error = press(Line { view, ..GOOD }, spec()).run().unwrap_err();
        assert_eq!(error, PressError::NoRecord);
    }
    let report = press(Line { until: 0, ..GOOD }, spec()).run().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive, "{report}");
    assert!(
        report.to_string().contains("no step of the code changes what the spec sees"),
        "{report}"
    );
    let stuck = press(Line { until: 2, ..GOOD }, spec()).no_deadlock().run().unwrap();
    assert_eq!(stuck.report.property("Deadlock").map(|it| it.verdict), Some(Verdict::Violated));
}

#[test]
fn names_of_properties_are_told_apart() {
    let spec = || line(LABELS, |_| 0);
    let twice = |press: Press<Line>, name: &str| {
        assert_eq!(press.run().unwrap_err(), PressError::Twice { name: name.to_owned() });
    };
    twice(press(GOOD, spec()).reaches("Two", |x| *x == 2).reaches("Two", |x| *x == 42), "Two");
    twice(press(GOOD, spec()).invariant("Full", |x| *x < 9).reaches("Full", |x| *x == 42), "Full");
    twice(press(GOOD, spec()).reaches("Refinement", |x| *x == 42), "Refinement");
    twice(press(GOOD, spec()).invariant("NoPanic", |x| *x < 9), "NoPanic");
}

#[test]
fn completeness_that_cannot_be_told_is_not_claimed() {
    let completeness = |press: Press<Line>| {
        let report = press.expect_complete().run().unwrap();
        assert_eq!(
            report.verdict(),
            report.report.property("Completeness").unwrap().verdict,
            "{report}"
        );
        (report.verdict(), report.to_string())
    };
    assert_eq!(completeness(press(GOOD, line(LABELS, |_| 0))).0, Verdict::Holds);
    // Two actions with the same effect, of which a step may be either.
    let parallel = || {
        let graph = line(["Good", "Inc", "Reset"], |_| 0).graph().clone();
        let mut both = GraphBuilder::default();
        for state in graph.states() {
            both.state(state);
        }
        both.initial(0);
        for (source, label, target) in graph.edges() {
            both.edge(source, label, target);
        }
        both.edge(0, "Bad", 1);
        Spec::from_graph(both.finish()).unwrap()
    };
    let (verdict, shown) = completeness(press(GOOD, parallel()));
    assert_eq!(verdict, Verdict::Inconclusive, "{shown}");
    assert!(shown.contains("a step of the code may be one of several"), "{shown}");
    // A view in which two states are one.
    let hidden = Line { view: |x| Value::record([("y", Value::Int(x / 2))]), ..GOOD };
    let (verdict, shown) = completeness(press(hidden, line(LABELS, |x| x / 2)));
    assert_eq!(verdict, Verdict::Inconclusive, "{shown}");
    let (verdict, shown) = completeness(press(Line { until: 2, ..GOOD }, line(LABELS, |_| 0)));
    assert_eq!(verdict, Verdict::Violated);
    assert!(
        shown.contains("✗ Completeness fails: the code never takes 1 of 1 steps Reset"),
        "{shown}"
    );
}

#[test]
fn what_lies_outside_of_a_boundary_is_not_compared_and_leaves_liveness_open() {
    // The spec stops at 1, as it does with a constraint.
    let spec = spec_of(&[0, 1].map(GOOD.view), 1, &[(0, "Inc", 1)]);
    let report = press(Line { bound: 2, ..GOOD }, spec.clone())
        .leads_to("Ends", |_| true, |x| *x == 1)
        .weakly_fair("Move", |_| true)
        .run()
        .unwrap();
    assert_eq!(report.report.property(REFINEMENT).unwrap().verdict, Verdict::Holds, "{report}");
    let live = report.report.property("Ends").unwrap();
    assert_eq!(live.verdict, Verdict::Inconclusive);
    assert!(live.undecided.as_ref().unwrap().contains("the boundary"), "{report}");
    assert_eq!(press(GOOD, spec).run().unwrap().verdict(), Verdict::Violated);
}

#[test]
fn a_named_step_that_this_graph_never_has_is_wrong_code() {
    let spec = || line(["Inc(0)", "Inc(1)", "Reset"], |_| 0);
    let named = |name| press(Line { name: Some(name), ..GOOD }, spec()).run();
    let report = named("Inc(7)").unwrap();
    assert!(report.to_string().contains("which it says is Inc(7)"), "{report}");
    assert_eq!(report.verdict(), Verdict::Violated);
    assert!(matches!(named("Incr"), Err(PressError::NoSuchAction { .. })));
}

/// Has two initial states with one view, of which one is right.
struct Two;
impl Code for Two {
    type State = (i64, bool);
    type Action = &'static str;

    fn initial(&self) -> Vec<(i64, bool)> {
        vec![(0, false), (0, true)]
    }

    fn actions(&self, _: &(i64, bool)) -> Vec<&'static str> {
        vec!["Move"]
    }

    fn step(&self, &(x, jumps): &(i64, bool), _: &&'static str) -> Option<(i64, bool)> {
        Some(((x + 1 + i64::from(jumps)) % 3, jumps))
    }

    fn view(&self, &(x, _): &(i64, bool)) -> Result<Value, ValueError> {
        Ok((GOOD.view)(x))
    }
}

#[test]
fn a_saved_test_of_code_that_has_other_actions_now_does_not_pass() {
    assert_eq!(follow(&GOOD, 0, &[r#""Move""#, r#""Move""#]), Some(2));
    assert_eq!(follow(&GOOD, 0, &[r#""Rest""#]), None);
    assert!(std::panic::catch_unwind(|| follow(&GOOD, 0, &[r#""Go""#])).is_err());
    let shown = press(Two, line(LABELS, |_| 0)).run().unwrap().to_string();
    assert!(shown.contains("follow(&code, 1, &[\"\\\"Move\\\"\"])"), "{shown}");
}

#[test]
fn ports_with_symmetry_have_no_graph() {
    struct Turned;
    impl crate::check::Model for Turned {
        type State = u8;
        type Action = ();

        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, _: &u8, actions: &mut Vec<()>) {
            actions.push(());
        }

        fn next_state(&self, state: &u8, (): ()) -> Option<u8> {
            Some(1 - state)
        }
    }
    impl crate::check::Checkable for Turned {
        fn action_names(&self) -> Vec<Name> {
            vec!["Turn".into()]
        }

        fn action_name(&self, (): &()) -> usize {
            0
        }

        fn view(&self, state: &u8) -> Value {
            Value::record([("x", Value::Int((*state).into()))])
        }

        fn has_symmetry(&self) -> bool {
            true
        }
    }
    assert!(matches!(Spec::from_port(&Turned, 10), Err(SpecError::Symmetry)));
}

#[test]
fn what_is_compared_is_what_the_view_shows() {
    // The view shows y, which stays 0 from 0 to 1: nothing that the spec sees has changed.
    let halves =
        |until| Line { view: |x| Value::record([("y", Value::Int(x / 2))]), until, ..GOOD };
    let run = |until| press(halves(until), line(LABELS, |x| x / 2)).run().unwrap().verdict();
    assert_eq!([run(1), run(2)], [Verdict::Inconclusive, Verdict::Holds]);
    // Steps between initial states are compared as any others.
    let all_initial = {
        let graph = line(LABELS, |_| 0).graph().clone();
        let mut builder = GraphBuilder::default();
        for (number, state) in (0..).zip(graph.states()) {
            builder.state(state);
            builder.initial(number);
        }
        for (source, label, target) in graph.edges() {
            builder.edge(source, label, target);
        }
        Spec::from_graph(builder.finish()).unwrap()
    };
    press(GOOD, all_initial.clone()).run().unwrap().assert();
    let report = press(Line { until: 0, ..GOOD }, all_initial).run().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive);
}

#[test]
fn laws_of_code_are_decided_where_it_has_left_its_spec() {
    let lock = Lock { fault: Fault::EntersEarly, shows_tickets: true };
    let model = press(lock, spec()).invariant("MutualExclusion", exclusive).model().unwrap();
    let report = check(&model, &Goals::named(["MutualExclusion"]), &Options::default()).unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
    let lock = Lock { fault: Fault::EntersEarly, shows_tickets: true };
    let model = press(lock, spec()).invariant("MutualExclusion", exclusive).model().unwrap();
    let options = Options { keep_going: true, ..Options::default() };
    let report = check(&model, &Goals::all(), &options).unwrap();
    for law in ["MutualExclusion", REFINEMENT] {
        assert_eq!(report.property(law).unwrap().verdict, Verdict::Violated, "{law}");
    }
    assert_eq!(
        report.property(REFINEMENT).unwrap().counterexample.as_ref().map(Trace::len),
        Some(4)
    );
}

#[test]
fn several_initial_states_or_steps_in_a_row_leave_completeness_open() {
    let hidden = || {
        let state = |(x, h)| Value::record([("x", Value::Int(x)), ("h", Value::Int(h))]);
        let states = [(0, 0), (0, 1), (1, 0)].map(state);
        spec_of(&states, 2, &[(0, "Go", 2), (1, "Go", 2)])
    };
    let shows_x = Line { view: |x| Value::record([("x", Value::Int(x))]), until: 1, ..GOOD };
    let report = press(shows_x, hidden()).expect_complete().run().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive, "{report}");
    let report = press(GOOD, line(LABELS, |_| 0)).steps(2).expect_complete().run().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive, "{report}");
    assert!(report.to_string().contains("may be several of the spec's"), "{report}");
}

#[test]
fn what_begins_outside_of_a_boundary_leaves_liveness_open() {
    struct Outside;
    impl Code for Outside {
        type State = u8;
        type Action = ();

        fn initial(&self) -> Vec<u8> {
            vec![0, 5]
        }

        fn actions(&self, _: &u8) -> Vec<()> {
            vec![()]
        }

        fn step(&self, state: &u8, (): &()) -> Option<u8> {
            (*state == 0).then_some(1)
        }

        fn within_boundary(&self, state: &u8) -> bool {
            *state < 5
        }
    }
    let report = press(Outside, Spec::none())
        .eventually("Ends", |state| *state == 1)
        .weakly_fair("Step", |()| true)
        .run()
        .unwrap();
    let ends = report.report.property("Ends").unwrap();
    assert_eq!(ends.verdict, Verdict::Inconclusive, "{report}");
    assert!(ends.undecided.as_ref().unwrap().contains("an initial state lies outside"), "{report}");
}

/// Is asked, and grants a step that a cut graph does not have.
struct Asked(Line);
impl Code for Asked {
    type State = i64;
    type Action = &'static str;

    fn initial(&self) -> Vec<i64> {
        self.0.initial()
    }

    fn actions(&self, state: &i64) -> Vec<&'static str> {
        self.0.actions(state)
    }

    fn step(&self, state: &i64, action: &&'static str) -> Option<i64> {
        self.0.step(state, action)
    }

    fn view(&self, state: &i64) -> Result<Value, ValueError> {
        Code::view(&self.0, state)
    }

    fn within_boundary(&self, state: &i64) -> bool {
        *state < 2
    }

    fn refuses(&self, state: &i64, label: &str) -> Answer {
        if label == "Inc" && *state < 2 {
            Answer::Granted("it moves".to_owned())
        } else {
            Answer::Refused
        }
    }
}

#[test]
fn a_graph_that_lacks_steps_does_not_say_what_is_not_allowed() {
    let whole = line(LABELS, |_| 0);
    let kept = |source: u32, label: &str, _| (source != 1).then(|| label.to_owned());
    let cut = Spec::from_graph(whole.graph().clone().relabelled(kept)).unwrap();
    let report = press(Asked(GOOD), cut.clone()).run().unwrap();
    assert_eq!(report.report.property(REFUSAL).unwrap().verdict, Verdict::Violated, "{report}");
    let report = press(Asked(GOOD), cut.constrained()).run().unwrap();
    let refusal = report.report.property(REFUSAL).unwrap();
    assert_eq!(refusal.verdict, Verdict::Inconclusive, "{report}");
    press(Asked(GOOD), whole).run().unwrap();
    // Nor does its own liveness hold.
    let live = line(LABELS, |_| 0).leads_to("Moves", |_| true, |_| true).constrained();
    let report = check(&live, &Goals::all(), &Options::default()).unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive);
}

#[test]
fn views_and_initial_states_are_the_same_each_time() {
    use std::sync::atomic::{AtomicI64, Ordering};

    /// Has a thousand states, of which each has another view each time.
    struct Unsteady(AtomicI64, bool);
    impl Code for Unsteady {
        type State = i64;
        type Action = ();

        fn initial(&self) -> Vec<i64> {
            vec![if self.1 { self.0.fetch_add(1, Ordering::Relaxed) } else { 0 }]
        }

        fn actions(&self, _: &i64) -> Vec<()> {
            vec![()]
        }

        fn step(&self, state: &i64, (): &()) -> Option<i64> {
            Some((state + 1) % 999)
        }

        fn view(&self, state: &i64) -> Result<Value, ValueError> {
            let next = self.0.fetch_add(1, Ordering::Relaxed);
            Ok((GOOD.view)(if next % 2 == 0 { state % 3 } else { (state + 1) % 3 }))
        }
    }
    let run = |initial| press(Unsteady(AtomicI64::new(0), initial), line(LABELS, |_| 0)).run();
    assert_eq!(run(true).unwrap_err(), PressError::Unsteady { what: "initial" });
    // It has left its spec long before the sample notices, and goes on.
    assert!(run(false).is_err() || run(false).unwrap().verdict() == Verdict::Violated);
}
