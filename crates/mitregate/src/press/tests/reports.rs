//! What is said of code that is pressed, and what is not.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;
use crate::check::miter::Refinement;
use crate::check::{Checkable, Model};

/// A number that goes up to a limit, one at a time, or stays.
#[derive(Clone)]
struct Counts {
    most: i64,
    bound: i64,
}

const COUNTS: Counts = Counts { most: 4, bound: i64::MAX };

impl Code for Counts {
    type State = i64;
    type Action = &'static str;

    fn initial(&self) -> Vec<i64> {
        vec![0]
    }

    fn actions(&self, _: &i64) -> Vec<&'static str> {
        vec!["up", "stay"]
    }

    fn step(&self, state: &i64, action: &&'static str) -> Option<i64> {
        match *action {
            "up" => (*state < self.most).then_some(state + 1),
            _ => Some(*state),
        }
    }

    fn view(&self, state: &i64) -> Result<Value, ValueError> {
        Ok(x(*state))
    }

    fn within_boundary(&self, state: &i64) -> bool {
        *state < self.bound
    }

    fn refuses(&self, state: &i64, spec_action: &str) -> Answer {
        // Outside of the boundary it would do anything.
        if *state >= self.bound { Answer::Granted(spec_action.to_owned()) } else { Answer::Refused }
    }
}

fn x(x: i64) -> Value {
    crate::record! { x: x }
}

fn hidden(x: i64, h: i64) -> Value {
    crate::record! { h: h, x: x }
}

/// The numbers up to `most`, one after the other.
fn up_to(most: usize) -> Spec {
    let states: Vec<_> = (0..).take(most + 1).map(x).collect();
    let edges: Vec<_> = (0..most).map(|place| (place, "Up", place + 1)).collect();
    spec_of(&states, 1, &edges)
}

#[test]
fn steps_that_change_nothing_violate_nothing_and_are_not_fair() {
    let asked = |code: Counts| press(code, Spec::none());
    asked(COUNTS).step_property("Changes", |before, after| before != after).run().unwrap().assert();
    let never = asked(COUNTS).step_property("Never", |_, _| false).run().unwrap();
    assert_eq!(never.verdict(), Verdict::Violated);
    for (fair_to, verdict) in
        [("up", Verdict::Holds), ("stay", Verdict::Violated), ("", Verdict::Violated)]
    {
        let report = asked(COUNTS)
            .eventually("Ends", |state| *state == 4)
            .weakly_fair("some", move |action| *action == fair_to)
            .run()
            .unwrap();
        assert_eq!(report.verdict(), verdict, "{fair_to}: {report}");
        // A behaviour that goes on for ever makes no test.
        assert!(report.tests.is_empty(), "{report}");
    }
}

#[test]
fn an_explanation_lists_so_many_states_and_steps() {
    // From one of several states that look the same the code goes where the spec never is.
    let told = |possible: usize, steps: usize| {
        let mut states: Vec<_> = (0..).take(possible).map(|h| hidden(0, h)).collect();
        states.extend((0..).take(steps).map(|h| hidden(2, h)));
        let edges: Vec<_> = (0..steps).map(|step| (0, "Go", possible + step)).collect();
        let report =
            press(Counts { most: 1, ..COUNTS }, spec_of(&states, possible, &edges)).run().unwrap();
        assert_eq!(report.verdict(), Verdict::Violated);
        report.report.property(REFINEMENT).unwrap().counterexample.clone().unwrap().explanation
    };
    let count = |lines: &[String], what: &str| lines.iter().filter(|it| it.contains(what)).count();
    for (possible, more) in [(1, None), (6, None), (7, Some("and 1 more states are possible"))] {
        let lines = told(possible, 0);
        assert_eq!(count(&lines, "the spec allows"), possible.min(6), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str).filter(|it| it.contains("more")), more);
        assert_eq!(count(&lines, "  nothing"), possible.min(6), "{lines:?}");
        assert_eq!(count(&lines, "no reachable state of the spec has that view"), 1);
    }
    assert_eq!(count(&told(1, 0), "in [h |-> 0, x |-> 0] the spec allows"), 1);
    for (steps, more) in [(1, None), (12, None), (13, Some("  and 1 more"))] {
        let lines = told(1, steps);
        assert_eq!(count(&lines, "  Go: "), steps.min(12), "{lines:?}");
        assert_eq!(lines.last().map(String::as_str).filter(|it| it.contains("more")), more);
        assert_eq!(count(&lines, "nothing"), 0, "{lines:?}");
    }
}

#[test]
fn code_that_has_left_its_spec_is_explained_where_it_did() {
    let asked = press(COUNTS, up_to(1)).invariant("Small", |state| *state < 3);
    let model = asked.model().unwrap();
    let options = Options { keep_going: true, ..Options::default() };
    let report = check(&model, &Goals::all(), &options).unwrap();
    let explained = |law: &str| {
        let trace = report.property(law).unwrap().counterexample.clone().unwrap();
        (trace.len(), !trace.explanation.is_empty())
    };
    assert_eq!((explained(REFINEMENT), explained("Small")), ((3, true), (4, false)));
}

/// A test asks again what failed, and names the code as it is written, or by its type.
#[test]
fn tests_are_of_the_law_that_failed() {
    let kinds = ["code.refuses(&state,", "let view = end.map", "format!(\"{state:?}\"));"];
    let is_of = |text: &str| kinds.map(|kind| text.contains(kind));
    let early = || Lock { fault: Fault::EntersEarly, shows_tickets: true };
    let text_of = |press: Press<Lock>, law: &str| {
        let model = press.model().unwrap();
        let options = Options { keep_going: true, ..Options::default() };
        let report = check(&model, &Goals::named([law.to_owned()]), &options).unwrap();
        Checkable::regression_test(&model, report.property(law).unwrap()).unwrap()
    };
    let refusal = text_of(press(early(), spec()), REFUSAL);
    assert!(refusal.contains("let code = Lock;"), "{refusal}");
    assert_eq!(is_of(&refusal), [true, false, false], "{refusal}");
    let refinement = text_of(press(early(), spec()).written("lock"), REFINEMENT);
    assert!(refinement.contains("let code = lock;"), "{refinement}");
    assert_eq!(is_of(&refinement), [false, true, false], "{refinement}");
    let of_code = press(early(), spec()).invariant("MutualExclusion", exclusive);
    let invariant = text_of(of_code, "MutualExclusion");
    assert_eq!(is_of(&invariant), [false, false, true], "{invariant}");
}

#[test]
fn a_test_of_code_that_lacks_a_kind_of_action_panics() {
    /// Has one action, or none.
    struct Does(Vec<&'static str>);
    #[derive(Clone, PartialEq)]
    struct Named(&'static str);
    impl std::fmt::Debug for Named {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }
    impl Code for Does {
        type State = ();
        type Action = Named;

        fn initial(&self) -> Vec<()> {
            vec![()]
        }

        fn actions(&self, (): &()) -> Vec<Named> {
            self.0.iter().map(|name| Named(name)).collect()
        }

        fn step(&self, (): &(), _: &Named) -> Option<()> {
            Some(())
        }
    }
    // Code without any action cannot take it either, whatever it is called.
    assert_eq!(follow(&Does(Vec::new()), 0, &["do_it(1)"]), None);
    let does = || Does(vec!["do_it(1)"]);
    assert_eq!(follow(&does(), 0, &["do_it(1)"]), Some(()));
    assert_eq!(follow(&does(), 0, &["do_it(2)"]), None);
    assert!(std::panic::catch_unwind(|| follow(&does(), 0, &["do_that(2)"])).is_err());
    assert!(std::panic::catch_unwind(|| follow(&does(), 1, &[])).is_err());
}

#[test]
fn a_named_step_counts_for_its_action() {
    let named = Lock { fault: Fault::Names, shows_tickets: true };
    let report = press(named, spec()).run().unwrap();
    let graph = spec();
    let of_label =
        |name: &str| graph.graph().edges().filter(|(_, label, _)| *label == name).count() as u64;
    let expected = ["Draw", "Enter", "Leave"].map(|name| (Name::from(name), of_label(name)));
    let mut found = report.report.coverage.clone();
    found.retain(|(_, steps)| *steps > 0);
    found.sort();
    assert_eq!(found, expected);
    // Steps without a name count as such.
    let some = Lock { fault: Fault::Calls("Draw"), shows_tickets: true };
    let report = press(some, spec()).run().unwrap();
    let unnamed = report.report.coverage.last().unwrap().1;
    assert_eq!(unnamed, of_label("Enter") + of_label("Leave"), "{:?}", report.report.coverage);
}

#[test]
fn what_the_code_never_does_is_noted_where_all_holds() {
    let notes = |fault| {
        let report = press(Lock { fault, shows_tickets: true }, spec()).run().unwrap();
        report.report.notes.iter().filter(|note| note.contains("never takes")).count()
    };
    assert_eq!((notes(Fault::TooBusy), notes(Fault::EntersEarly)), (3, 0));
    // It tells the nearest of them; of several that are equally near the one with the lowest number.
    let far_in = |states: &[Value], edges: &[(usize, &str, usize)]| {
        let report = press(Counts { most: 1, ..COUNTS }, spec_of(states, 1, edges)).run().unwrap();
        let never = report.realised.unwrap().never;
        let far = never.iter().find(|it| it.action == "Far").unwrap();
        let path: Vec<_> = far.path.steps.iter().map(|step| step.state.clone()).collect();
        (far.edges, far.all, path)
    };
    let states: Vec<_> = (0..4).map(x).collect();
    let edges = [(0, "Up", 1), (1, "Far", 2), (1, "Far", 3)];
    assert_eq!(far_in(&states, &edges), (2, 2, vec![x(0), x(1), x(2)]));
    // A nearer one with a higher number.
    let states = [x(0), x(3), x(1), x(2)];
    let edges = [(0, "Up", 2), (2, "Go", 3), (3, "Go", 1), (1, "Far", 0), (2, "Far", 0)];
    assert_eq!(far_in(&states, &edges), (2, 2, vec![x(0), x(1), x(0)]));
}

#[test]
fn a_state_in_which_the_code_never_is_is_missing() {
    let report =
        press(Counts { most: 1, ..COUNTS }, spec_of(&[x(0), x(9), x(1)], 2, &[(0, "Up", 2)]))
            .expect_complete()
            .run()
            .unwrap();
    let completeness = report.report.property("Completeness").unwrap();
    assert_eq!(completeness.verdict, Verdict::Violated);
    let why = completeness.undecided.as_deref();
    assert_eq!(why, Some("the code is in 2 of the spec's 3 states"));
    assert!(!report.realised.unwrap().is_complete());
}

#[test]
fn a_view_that_hides_where_the_spec_is_leaves_completeness_open() {
    // From (0, 0) to (0, 1) and on: the first step may be one, or none.
    let states = [hidden(0, 0), hidden(0, 1), hidden(1, 1), hidden(1, 0)];
    let (hides, up) = ((0, "Hide", 1), (1, "Up", 2));
    let spec = spec_of(&states, 1, &[hides, up, (0, "Up", 3)]);
    let code = Counts { most: 1, ..COUNTS };
    let report = press(code, spec).expect_complete().run().unwrap();
    let of = |name: &str| report.report.property(name).unwrap();
    assert_eq!(of(REFINEMENT).verdict, Verdict::Holds, "{report}");
    assert_eq!(of("Completeness").verdict, Verdict::Inconclusive, "{report}");
    let why = of("Completeness").undecided.as_ref().unwrap();
    assert!(why.contains("one of several of the spec's"), "{why}");
}

#[test]
fn a_longer_way_to_what_the_view_shows_is_looked_for_too() {
    // The short way ends there; the long one goes on.
    let states = [hidden(0, 0), hidden(1, 9), hidden(5, 0), hidden(1, 0), hidden(2, 0)];
    let edges = [(0, "Short", 1), (0, "Go", 2), (2, "Long", 3), (3, "Up", 4)];
    let code = Counts { most: 2, ..COUNTS };
    press(code, spec_of(&states, 1, &edges)).steps(2).run().unwrap().assert();
    // No more steps than were allowed.
    let far = [hidden(0, 0), hidden(5, 0), hidden(5, 1), hidden(1, 0)];
    let edges = [(0, "Go", 1), (1, "Go", 2), (2, "Go", 3)];
    let verdict = |steps| {
        let code = Counts { most: 1, ..COUNTS };
        press(code, spec_of(&far, 1, &edges)).steps(steps).run().unwrap().verdict()
    };
    assert_eq!([1, 2, 3].map(verdict), [Verdict::Violated, Verdict::Violated, Verdict::Holds]);
}

#[test]
fn nothing_is_asked_outside_of_a_boundary() {
    let code = Counts { most: 2, bound: 2 };
    let edges = [(0, "Up", 1), (1, "Up", 2), (2, "Reset", 0)];
    let report = press(code, spec_of(&[x(0), x(1), x(2)], 1, &edges)).run().unwrap();
    report.assert();
    // Within, a reset is refused.
    assert!(report.report.property(REFUSAL).unwrap().witness.is_some());
    // A spec that does nothing has nothing to compare.
    press(Counts { most: 0, ..COUNTS }, up_to(0)).run().unwrap().assert();
}

#[test]
fn what_a_press_asks_can_be_seen() {
    let asked = || press(COUNTS, up_to(4)).reaches("Two", |state| *state == 2).max_states(3);
    assert_eq!(asked().budget().max_states, Some(3));
    assert!(asked().no_deadlock().goals().deadlock && !asked().goals().deadlock);
    let whole = asked().expect_complete().model().unwrap();
    let names = Checkable::asked_of_the_whole(&whole);
    assert_eq!(names, ["Two", "Completeness"]);
    // What it has compared is known to one process alone.
    assert!(Checkable::keeps_to_itself(&whole));
    assert!(Spec::none().is_none() && !up_to(1).is_none());
}

/// The number of each view is kept; in one state of 256 the view is made once more, and compared.
#[test]
fn views_are_looked_at_again_in_a_sample() {
    struct Long {
        views: AtomicUsize,
        /// Whether a view is another when it is asked for again, and how often each was.
        turns: bool,
        asked: Mutex<HashMap<i64, usize>>,
    }
    const STATES: i64 = 6_000;
    impl Code for Long {
        type State = i64;
        type Action = ();

        fn initial(&self) -> Vec<i64> {
            vec![0]
        }

        fn actions(&self, _: &i64) -> Vec<()> {
            vec![()]
        }

        fn step(&self, state: &i64, (): &()) -> Option<i64> {
            Some((state + 1) % STATES)
        }

        fn view(&self, state: &i64) -> Result<Value, ValueError> {
            self.views.fetch_add(1, Ordering::Relaxed);
            let mut asked = self.asked.lock().unwrap();
            let times = asked.entry(*state).or_default();
            *times += 1;
            let is_other = self.turns && *state > 0 && *times > 1;
            Ok(x((state + i64::from(is_other)) % 3))
        }
    }
    let spec = || spec_of(&[x(0), x(1), x(2)], 1, &[(0, "Up", 1), (1, "Up", 2), (2, "Up", 0)]);
    let run = |turns| {
        let (views, asked) = (AtomicUsize::new(0), Mutex::default());
        let model = press(Long { views, turns, asked }, spec()).model().unwrap();
        let report = check(&model, &Goals::all(), &Options::default()).unwrap();
        let why = report.property(REFINEMENT).unwrap().undecided.clone().unwrap_or_default();
        (report.verdict(), model.code.views.load(Ordering::Relaxed), why)
    };
    let (verdict, views, _) = run(false);
    assert_eq!(verdict, Verdict::Holds);
    // One for each state, one before the exploration, and those of the sample.
    assert!((6_002..7_000).contains(&views), "{views}");
    let (verdict, _, why) = run(true);
    assert_eq!(verdict, Verdict::Inconclusive);
    assert!(why.contains("view"), "{why}");
}

/// A port of a number that goes up and down, and is within a boundary up to three.
#[derive(Clone)]
struct Steps {
    names: [&'static str; 2],
}

impl Model for Steps {
    type State = u8;
    type Action = usize;

    fn init_states(&self) -> Vec<u8> {
        vec![1]
    }

    fn actions(&self, _: &u8, actions: &mut Vec<usize>) {
        actions.extend([0, 1]);
    }

    fn next_state(&self, state: &u8, action: usize) -> Option<u8> {
        if action == 0 { Some(state + 1) } else { state.checked_sub(1) }
    }

    fn within_boundary(&self, state: &u8) -> bool {
        *state < 4
    }
}

impl Checkable for Steps {
    fn action_names(&self) -> Vec<Name> {
        self.names.map(Name::from).into()
    }

    fn action_name(&self, action: &usize) -> usize {
        *action
    }

    fn view(&self, state: &u8) -> Value {
        crate::record! { x: *state }
    }
}

/// The port as the code of itself.
struct Itself;

impl Refinement for Itself {
    type Code = Steps;
    type Spec = Steps;

    fn project<'a>(&self, _: &Steps, state: &'a u8) -> Cow<'a, u8> {
        Cow::Borrowed(state)
    }

    fn spec_actions(&self, _: &Steps, _: &u8, action: &usize, _: &u8) -> Vec<usize> {
        vec![*action]
    }

    fn request(&self, _: &Steps, _: &u8, _: &usize) -> Answer {
        Answer::NotAsked
    }
}

#[test]
fn a_port_and_what_refines_it_are_code_as_well() {
    let port = Steps { names: ["Up", "Down"] };
    let spec = Spec::from_port(&port, 10).unwrap();
    assert!(spec.is_cut());
    // A step is named without its arguments, as a port says nothing of them.
    assert!((0..2).all(|name| spec.lacks_arguments(name)));
    let refined = Refined { code: port.clone(), spec: port.clone(), refinement: Itself };
    let reports = [
        press(Port(port), spec.clone()).run().unwrap(),
        press(refined, spec.clone()).run().unwrap(),
    ];
    for report in reports {
        report.assert();
        assert_eq!((report.report.distinct, report.report.outside), (4, 1));
    }
    let misnamed = press(Port(Steps { names: ["Down", "Up"] }), spec).run().unwrap();
    assert_eq!(misnamed.verdict(), Verdict::Violated);
    let with_arguments = spec_of(&[x(0), x(1)], 1, &[(0, "Up(1)", 1), (1, "Down", 0)]);
    let lacking = [0, 1].map(|name| with_arguments.lacks_arguments(name));
    let names = with_arguments.action_names();
    assert_eq!(lacking, [0, 1].map(|name: usize| names[name] == "Down"));
    // The first state of a graph need not be an initial one.
    let mut graph = GraphBuilder::default();
    let [end, start] = [1, 0].map(|state| graph.state(x(state)));
    graph.initial(start);
    graph.edge(start, "Up", end);
    let spec = Spec::from_graph(graph.finish()).unwrap();
    assert_eq!(spec.init_states(), [start]);
    assert_eq!(spec.format_action(&0), "Up");
}

/// A test is known by its thread, unless that is the main one, which runs all tests if there is no other.
#[test]
fn counterexamples_of_a_test_have_a_folder_of_their_own() {
    let folder_on = |thread: &str| {
        let thread = std::thread::Builder::new().name(thread.to_owned());
        thread.spawn(|| under_target("my lock")).unwrap().join().unwrap().unwrap()
    };
    let program = std::env::current_exe().unwrap();
    // From target/debug/deps.
    let target = program.ancestors().nth(3).unwrap().join("mitregate");
    for (thread, name) in
        [("tests::opens", "mitregate-tests__opens"), ("main", "mitregate-my_lock")]
    {
        assert_eq!(folder_on(thread), target.join(name));
    }
}

/// In a process of its own, which it ends.
#[test]
fn code_that_does_not_return_ends_its_test() {
    const LOOPS: &str = "MITREGATE_TEST_LOOPS";

    struct Loops;
    impl Code for Loops {
        type State = u8;
        type Action = ();

        fn initial(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, _: &u8) -> Vec<()> {
            vec![()]
        }

        fn step(&self, state: &u8, (): &()) -> Option<u8> {
            if *state == 1 {
                // Long after the watchdog's patience has ended.
                std::thread::sleep(Duration::from_mins(1));
            }
            (*state < 2).then_some(state + 1)
        }
    }
    if std::env::var_os(LOOPS).is_some() {
        let asked = press(Loops, Spec::none()).invariant("Small", |state| *state < 9);
        let _ = asked.timeout(Duration::from_millis(500)).run();
        return;
    }
    let test = "press::tests::reports::code_that_does_not_return_ends_its_test";
    let out = again(test).env(LOOPS, "1").output().unwrap();
    let told = String::from_utf8_lossy(&out.stderr);
    assert_eq!(out.status.code(), Some(3), "{told}");
    assert!(told.contains("inconclusive: a step out of state 2 has not ended 5 s after"), "{told}");
}
