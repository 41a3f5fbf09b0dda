//! A ticket lock of two processes, sound and broken, against a graph as TLC writes it.

use std::fmt::Write as _;

use super::*;
use crate::check::miter::{REFINEMENT, REFUSAL};
use crate::check::{NO_PANIC, Trace, Verdict};
use crate::tla::dump::{GraphBuilder, StateGraph};

mod random;
mod source;

const WAITING: u8 = 1;
const INSIDE: u8 = 2;

/// What is wrong with the lock.
#[derive(Clone, Copy, PartialEq)]
enum Fault {
    None,
    /// Whoever waits may enter.
    EntersEarly,
    /// Nobody waits.
    TooBusy,
    /// It panics when the second process enters.
    Panics,
    /// It names its steps.
    Names,
    /// It calls leaving entering.
    Misnames,
    /// It gives drawing this name.
    Calls(&'static str),
}

struct Lock {
    fault: Fault,
    /// Whether the view has the tickets, too.
    shows_tickets: bool,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    next: u8,
    serving: u8,
    mine: [u8; 2],
    at: [u8; 2],
}

#[derive(Clone, Debug, PartialEq)]
enum Do {
    Draw(usize),
    Enter(usize),
    Leave(usize),
}

impl Code for Lock {
    type State = State;
    type Action = Do;

    fn initial(&self) -> Vec<State> {
        vec![State { next: 0, serving: 0, mine: [0; 2], at: [0; 2] }]
    }

    fn actions(&self, _: &State) -> Vec<Do> {
        (0..2).flat_map(|p| [Do::Draw(p), Do::Enter(p), Do::Leave(p)]).collect()
    }

    fn step(&self, state: &State, action: &Do) -> Option<State> {
        let mut next = state.clone();
        match *action {
            Do::Draw(p) if state.at[p] == 0 => {
                if self.fault == Fault::TooBusy && state.at[1 - p] != 0 {
                    return None;
                }
                next.mine[p] = state.next;
                next.next = (state.next + 1) % 3;
                next.at[p] = WAITING;
            }
            Do::Enter(p) if state.at[p] == WAITING => {
                if state.mine[p] != state.serving && self.fault != Fault::EntersEarly {
                    return None;
                }
                assert!(p == 0 || self.fault != Fault::Panics, "the second process enters");
                next.at[p] = INSIDE;
            }
            Do::Leave(p) if state.at[p] == INSIDE => {
                next.serving = (state.serving + 1) % 3;
                // So that the spec has fewer states.
                next.mine[p] = 0;
                next.at[p] = 0;
            }
            _ => return None,
        }
        Some(next)
    }

    fn view(&self, state: &State) -> Result<Value, ValueError> {
        let numbers = |all: [u8; 2]| Value::seq(all.map(|it| Value::Int(it.into())));
        let mut view = vec![("at", numbers(state.at))];
        if self.shows_tickets {
            view.push(("mine", numbers(state.mine)));
            view.push(("next", Value::Int(state.next.into())));
            view.push(("serving", Value::Int(state.serving.into())));
        }
        Ok(Value::record(view))
    }

    fn spec_action(&self, action: &Do) -> Option<Name> {
        if let (Fault::Calls(name), Do::Draw(_)) = (self.fault, action) {
            return Some(name.into());
        }
        let named = matches!(self.fault, Fault::Names | Fault::Misnames);
        named.then(|| match action {
            Do::Draw(_) => "Draw".into(),
            Do::Leave(_) if self.fault == Fault::Names => "Leave".into(),
            Do::Enter(_) | Do::Leave(_) => "Enter".into(),
        })
    }

    fn refuses(&self, state: &State, spec_action: &str) -> Answer {
        let entered = (0..2).any(|p| self.step(state, &Do::Enter(p)).is_some());
        match spec_action {
            "Enter" if entered => Answer::Granted("a process enters".to_owned()),
            "Enter" => Answer::Refused,
            _ => Answer::NotAsked,
        }
    }
}

const SOUND: Lock = Lock { fault: Fault::None, shows_tickets: true };

/// The spec, as TLC would dump it: that of the sound lock, which was looked at state by state.
fn spec() -> Spec {
    let code = &SOUND;
    let (mut states, mut seen) = (vec![code.initial().remove(0)], 0);
    let mut edges = String::new();
    while seen < states.len() {
        let state = states[seen].clone();
        for action in code.actions(&state) {
            let Some(next) = code.step(&state, &action) else { continue };
            let known = states.iter().position(|it| *it == next).unwrap_or_else(|| {
                states.push(next);
                states.len() - 1
            });
            let name = format!("{action:?}");
            let (name, _) = name.split_once('(').unwrap();
            let _ = writeln!(edges, "{seen} -> {known} [label=\"{name}\"];");
        }
        seen += 1;
    }
    let mut dot = "digraph {\n".to_owned();
    for (number, State { next, serving, mine, at }) in states.iter().enumerate() {
        let _ = writeln!(
            dot,
            "{number} [label=\"/\\\\ next = {next}\\n/\\\\ serving = {serving}\\n/\\\\ mine = <<{}, {}>>\\n/\\\\ at = \
             <<{}, {}>>\"{}];",
            mine[0],
            mine[1],
            at[0],
            at[1],
            if number == 0 { ",style = filled" } else { "" },
        );
    }
    Spec::from_graph(StateGraph::from_dot(format!("{dot}{edges}}}\n").as_bytes()).unwrap()).unwrap()
}

fn exclusive(state: &State) -> bool {
    state.at != [INSIDE; 2]
}

#[test]
fn a_sound_lock_holds_and_does_all_that_its_spec_allows() {
    for shows_tickets in [true, false] {
        let lock = Lock { fault: Fault::None, shows_tickets };
        let report = press(lock, spec())
            .invariant("MutualExclusion", exclusive)
            .step_property("Serving", |before, after| {
                after.serving == before.serving || after.serving == (before.serving + 1) % 3
            })
            .leads_to("FirstEnters", |it| it.at[0] == WAITING, |it| it.at[0] == INSIDE)
            .weakly_fair("Enter", |action| matches!(action, Do::Enter(_)))
            .weakly_fair("Leave", |action| matches!(action, Do::Leave(_)))
            .expect_complete()
            .run()
            .unwrap();
        report.assert();
        let realised = report.realised.as_ref().unwrap();
        assert_eq!(realised.edges, realised.all_edges);
        assert!(realised.is_exact);
        assert_eq!(report.to_json()["verdict"], "holds");
    }
    // Without fairness nobody need enter.
    let report = press(SOUND, spec())
        .leads_to("FirstEnters", |it| it.at[0] == WAITING, |it| it.at[0] == INSIDE)
        .run()
        .unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
}

#[test]
fn a_lock_that_lets_in_early_is_found_and_comes_with_a_test() {
    for shows_tickets in [true, false] {
        let lock = Lock { fault: Fault::EntersEarly, shows_tickets };
        let report = crate::press!(lock, spec()).run().unwrap();
        let shown = report.to_string();
        // Where the tickets are hidden, it is seen when the first one enters.
        let trace = report.report.property(REFINEMENT).unwrap().counterexample.clone();
        let refusal = report.report.property(REFUSAL).unwrap().counterexample.clone();
        let trace = trace.or(refusal).unwrap();
        assert_eq!(trace.len(), 4, "{shown}");
        assert!(shown.contains("✗ Refinement fails, after 4 states"), "{shown}");
        assert!(shown.contains("the code:  Enter(1)"), "{shown}");
        assert!(shown.contains("the spec allows\n        Enter: at[1]: 1 -> 2"), "{shown}");
        assert!(shown.contains("let code = lock;"), "{shown}");
        assert!(shown.contains("&[\"Draw(0)\", \"Draw(1)\", \"Enter(1)\"]"), "{shown}");
        // What the test does.
        let path = ["Draw(0)", "Draw(1)", "Enter(1)"];
        let broken = Lock { fault: Fault::EntersEarly, shows_tickets };
        let view = follow(&broken, 0, &path).map(|state| broken.view(&state).unwrap().to_string());
        assert_eq!(view, trace.steps.last().map(|last| last.state.to_string()));
        assert!(follow(&SOUND, 0, &path).is_none());
    }
}

#[test]
fn a_step_that_is_named_is_that_action() {
    let named = |fault| press(Lock { fault, shows_tickets: false }, spec()).run().unwrap();
    named(Fault::Names).assert();
    let report = named(Fault::Misnames);
    let refinement = report.report.property(REFINEMENT).unwrap();
    assert_eq!(refinement.counterexample.as_ref().map(Trace::len), Some(4), "{report}");
    assert!(report.to_string().contains("which it says is Enter"), "{report}");
}

#[test]
fn what_the_code_never_does_is_told_with_the_way_there() {
    let busy = Lock { fault: Fault::TooBusy, shows_tickets: true };
    let report = press(busy, spec()).run().unwrap();
    assert_eq!(report.verdict(), Verdict::Holds);
    let draw = &report.realised.as_ref().unwrap().never[0];
    assert_eq!((draw.action.as_ref(), draw.path.len()), ("Draw", 3), "{report}");
    let busy = Lock { fault: Fault::TooBusy, shows_tickets: true };
    let report = press(busy, spec()).expect_complete().run().unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
    assert!(report.to_string().contains("the code never takes"), "{report}");
    let ended = std::panic::catch_unwind(|| report.assert());
    assert!(ended.is_err());
}

#[test]
fn a_panic_and_a_budget_are_no_pass() {
    let lock = Lock { fault: Fault::Panics, shows_tickets: true };
    let report = press(lock, spec()).run().unwrap();
    assert_eq!(report.report.property(NO_PANIC).map(|it| it.verdict), Some(Verdict::Violated));
    assert!(
        report.to_string().contains("✗ NoPanic fails, after 2 states")
            && report.to_string().contains("let _ = end.map("),
        "{report}"
    );
    let report = press(SOUND, spec()).max_states(3).run().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive);
    assert!(std::panic::catch_unwind(|| report.assert()).is_err());
}

#[test]
fn a_counterexample_is_saved() {
    let folder = tempfile::tempdir().unwrap();
    let lock = Lock { fault: Fault::EntersEarly, shows_tickets: true };
    let report = press(lock, spec()).save(folder.path().join("traces")).run().unwrap();
    let text = std::fs::read_to_string(folder.path().join("traces/Refinement.itf.json")).unwrap();
    let (trace, _) = Trace::from_itf(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(trace.len(), 4);
    assert!(report.to_string().contains("saved "));
    let file = folder.path().join("file");
    std::fs::write(&file, "").unwrap();
    let lock = Lock { fault: Fault::EntersEarly, shows_tickets: true };
    let error = press(lock, spec()).save(file).run().unwrap_err().to_string();
    assert!(error.starts_with("cannot write "), "{error}");
}

/// Code whose view is not one of the spec.
struct Odd(fn(u8) -> Value);

impl Code for Odd {
    type State = u8;
    type Action = ();

    fn initial(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, state: &u8) -> Vec<()> {
        if *state == 0 { vec![()] } else { Vec::new() }
    }

    fn step(&self, state: &u8, (): &()) -> Option<u8> {
        Some(state + 1)
    }

    fn view(&self, state: &u8) -> Result<Value, ValueError> {
        Ok((self.0)(*state))
    }
}

#[test]
fn what_is_no_view_of_the_spec_is_told() {
    let run = |view| press(Odd(view), spec()).run();
    let error = run(|_| Value::Int(1)).unwrap_err().to_string();
    assert!(error.starts_with("Code::view gives no record"), "{error}");
    let error = run(|_| Value::record([("door", Value::Int(1))])).unwrap_err().to_string();
    assert_eq!(
        error,
        "Code::view has a variable \"door\", and the spec has at, mine, next, serving; name it as the spec does"
    );
    let report = run(|state| match state {
        0 => Value::record([("next", Value::Int(0))]),
        _ => Value::record([("serving", Value::Int(0))]),
    });
    assert!(report.unwrap().to_string().contains("a view has the same in each state"));
    let report = run(|_| Value::record([("next", Value::Int(9))])).unwrap().to_string();
    assert!(report.contains("the spec begins in none of the states with this view"), "{report}");
    let missing = Spec::read("no such file").unwrap_err().to_string();
    assert!(missing.starts_with("no such file: "), "{missing}");
}

#[test]
fn what_has_no_value_and_what_has_no_name_are_told() {
    struct Floats;
    impl Code for Floats {
        type State = u8;
        type Action = ();

        fn initial(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, _: &u8) -> Vec<()> {
            vec![()]
        }

        fn step(&self, state: &u8, (): &()) -> Option<u8> {
            (*state < 2).then_some(state + 1)
        }

        fn view(&self, state: &u8) -> Result<Value, ValueError> {
            #[derive(serde::Serialize)]
            struct View {
                next: u8,
                mine: Option<f64>,
                serving: u8,
                at: [u8; 2],
            }
            let mine = (*state > 0).then_some(0.5);
            let view = View { next: 0, mine, serving: 0, at: [0; 2] };
            Mapping::new().none(Value::seq([Value::Int(0), Value::Int(0)])).to_value(&view)
        }
    }
    let error = press(Floats, spec()).run().unwrap_err().to_string();
    assert!(error.starts_with("Code::view: mine: TLA+ has no floating-point numbers"), "{error}");

    let lock = Lock { fault: Fault::Calls("Take"), shows_tickets: true };
    let error = press(lock, spec()).run().unwrap_err().to_string();
    assert_eq!(
        error,
        "Code::spec_action names \"Take\", and the spec has Draw, Enter, Leave; name it as the spec does"
    );
    // Arguments count where the spec's labels have them.
    let lock = || Lock { fault: Fault::Calls("Draw(7)"), shows_tickets: true };
    press(lock(), spec()).run().unwrap().assert();
    let graph = spec().graph().clone();
    let with_arguments = |_, label: &str, _| Some(format!("{label}(1)"));
    let spec = Spec::from_graph(graph.relabelled(with_arguments)).unwrap();
    assert_eq!(press(lock(), spec.clone()).run().unwrap().verdict(), Verdict::Violated);
    let lock = Lock { fault: Fault::Calls("Draw(1)"), shows_tickets: true };
    press(lock, spec).run().unwrap().assert();
}

#[test]
fn a_kind_of_value_that_the_spec_never_has_is_told() {
    let run = |at: Value| {
        let view = Value::record([("at", at)]);
        let graph = {
            let mut graph = GraphBuilder::default();
            let state = graph.state(Value::record([("at", Value::set([Value::Int(1)]))]));
            graph.initial(state);
            graph.finish()
        };
        press(Still(view), Spec::from_graph(graph).unwrap()).run()
    };
    let error = run(Value::seq([Value::Int(1)])).unwrap_err().to_string();
    assert!(
        error.starts_with("Code::view: at is <<1>>, a function, and in the spec a set; say so"),
        "{error}"
    );
    let error = run(Value::Int(1)).unwrap_err().to_string();
    assert_eq!(error, "Code::view: at is 1, a number, and in the spec a set");
    let report = run(Value::set([Value::Int(2)])).unwrap().to_string();
    assert!(report.contains("the nearest initial state differs"), "{report}");
    assert!(report.contains("at: + 2; - 1"), "{report}");
}

/// Code that has one state.
struct Still(Value);

impl Code for Still {
    type State = ();
    type Action = ();

    fn initial(&self) -> Vec<()> {
        vec![()]
    }

    fn actions(&self, (): &()) -> Vec<()> {
        Vec::new()
    }

    fn step(&self, (): &(), (): &()) -> Option<()> {
        None
    }

    fn view(&self, (): &()) -> Result<Value, ValueError> {
        Ok(self.0.clone())
    }
}

#[test]
fn code_without_a_spec_is_held_to_its_own_laws() {
    struct Lonely(u8);
    impl Code for Lonely {
        type State = u8;
        type Action = &'static str;

        fn initial(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, _: &u8) -> Vec<&'static str> {
            vec!["add", "stay"]
        }

        fn step(&self, state: &u8, action: &&'static str) -> Option<u8> {
            match *action {
                "add" => (*state < self.0).then_some(state + 1),
                _ => Some(*state),
            }
        }
    }
    let run = |most| {
        press(Lonely(most), Spec::none())
            .invariant("Small", |count| *count < 5)
            .reaches("Four", |count| *count == 4)
            .eventually("Ends", |count| *count == 4)
            .weakly_fair("add", |action| *action == "add")
            .expect_complete()
            .run()
            .unwrap()
    };
    let report = run(4);
    report.assert();
    assert!(report.realised.is_none());
    assert_eq!(report.report.distinct, 5);
    let shown = run(5).to_string();
    assert!(
        shown.contains("✗ Small fails, after 6 states") && shown.contains("state: \"4\" -> \"5\""),
        "{shown}"
    );
    let report = run(3);
    assert_eq!(report.report.property("Ends").map(|it| it.verdict), Some(Verdict::Violated));
    let report = press(Lonely(3), Spec::none()).reaches("Four", |count| *count == 4).run().unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
    assert!(report.to_string().contains("✗ Four fails: it is never reached"), "{report}");
    assert_eq!(report.to_json()["properties"][0]["verdict"], "violated");
    // Nothing asked is no pass.
    let report = press(Lonely(3), Spec::none()).run().unwrap();
    assert_eq!(report.verdict(), Verdict::Inconclusive);
    assert!(report.to_string().contains("? nothing is asked"), "{report}");
    // Names of steps mean nothing without a spec.
    let named = Lock { fault: Fault::Names, shows_tickets: true };
    let report = press(named, Spec::none()).invariant("MutualExclusion", exclusive).run().unwrap();
    report.assert();
    assert_eq!(report.report.distinct, spec().graph().len() as u64);
    let stuck = press(Lonely(3), Spec::none()).no_deadlock().run().unwrap();
    assert_eq!(stuck.verdict(), Verdict::Holds, "it may stay: {stuck}");
}

#[test]
fn a_step_may_be_several_of_the_specs() {
    /// Draws and enters at once.
    struct Quick;
    impl Code for Quick {
        type State = State;
        type Action = Do;

        fn initial(&self) -> Vec<State> {
            SOUND.initial()
        }

        fn actions(&self, _: &State) -> Vec<Do> {
            (0..2).flat_map(|p| [Do::Draw(p), Do::Leave(p)]).collect()
        }

        fn step(&self, state: &State, action: &Do) -> Option<State> {
            let next = SOUND.step(state, action)?;
            let Do::Draw(p) = *action else { return Some(next) };
            SOUND.step(&next, &Do::Enter(p))
        }

        fn view(&self, state: &State) -> Result<Value, ValueError> {
            SOUND.view(state)
        }
    }
    press(Quick, spec()).steps(2).run().unwrap().assert();
    let report = press(Quick, spec()).steps(1).run().unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
    // The states between count as passed through, not as ones that the code was in.
    let realised = press(Quick, spec()).steps(2).run().unwrap().realised.unwrap();
    assert!(realised.states < realised.all_states && realised.edges > 0, "{realised:?}");
}

#[test]
fn a_spec_is_a_model_itself() {
    let waits = |p: i64| {
        move |state: &Value| {
            state.field("at").unwrap().get(&Value::Int(p)) == Some(&Value::Int(WAITING.into()))
        }
    };
    let inside = |p: i64| {
        move |state: &Value| {
            state.field("at").unwrap().get(&Value::Int(p)) == Some(&Value::Int(INSIDE.into()))
        }
    };
    let asked = || {
        spec()
            .invariant("MutualExclusion", move |it| !(inside(1)(it) && inside(2)(it)))
            .step_property("NextNeverFalls", |before, after| {
                let next = |it: &Value| it.field("next").and_then(Value::as_int);
                next(after) >= next(before) || next(after) == Some(0)
            })
            .leads_to("FirstEnters", waits(1), inside(1))
    };
    let fair =
        asked().weakly_fair("Enter", |it| it == "Enter").weakly_fair("Leave", |it| it == "Leave");
    let report = check(&fair, &Goals::all(), &Options::default()).unwrap();
    assert_eq!(report.verdict(), Verdict::Holds);
    assert_eq!(report.distinct, spec().graph().len() as u64);
    let report = check(&asked(), &Goals::all(), &Options::default()).unwrap();
    let lasso = report.property("FirstEnters").unwrap().counterexample.clone().unwrap();
    assert!(lasso.back.is_some());
    let still = crate::check::replay(&asked(), &lasso, "FirstEnters");
    assert_eq!(still, crate::check::Replay::StillFails);
    // And a graph of the graph is the same.
    let again = Spec::from_port(&spec(), 100).unwrap();
    assert_eq!(again.graph().compare(spec().graph()), Ok(()));
    assert!(matches!(Spec::from_port(&spec(), 3), Err(SpecError::TooLarge { most: 3 })));
}

#[cfg(feature = "stateright")]
#[test]
fn a_model_of_staterights_is_pressed_as_it_is() {
    use stateright::{Model as _, Property};

    #[derive(Clone)]
    struct Counter(u8);
    impl stateright::Model for Counter {
        type State = u8;
        type Action = u8;

        fn init_states(&self) -> Vec<u8> {
            vec![0]
        }

        fn actions(&self, _: &u8, actions: &mut Vec<u8>) {
            actions.push(self.0);
        }

        fn next_state(&self, state: &u8, by: u8) -> Option<u8> {
            Some((state + by) % 4)
        }

        fn properties(&self) -> Vec<Property<Self>> {
            vec![
                Property::always("small", |_, state| *state < 4),
                Property::sometimes("three", |_, state| *state == 3),
            ]
        }
    }
    let spec = || {
        let mut graph = GraphBuilder::default();
        let states: Vec<_> =
            (0..4).map(|x| graph.state(Value::record([("x", Value::Int(x))]))).collect();
        graph.initial(states[0]);
        for place in 0..4 {
            graph.edge(states[place], "Add", states[(place + 1) % 4]);
        }
        Spec::from_graph(graph.finish()).unwrap()
    };
    let view = |state: &u8| Ok(Value::record([("x", to_value(state)?)]));
    let run = |by| {
        press(Stateright::new(Counter(by), view), spec())
            .properties()
            .expect_complete()
            .run()
            .unwrap()
    };
    run(1).assert();
    assert_eq!(Counter(1).properties().len(), 2);
    let shown = run(2).to_string();
    assert!(shown.contains("✗ Refinement fails, after 2 states"), "{shown}");
    assert!(shown.contains("no reachable state") || shown.contains("the spec allows"), "{shown}");
    // What Stateright would call a failure of `sometimes`.
    let report = press(Stateright::new(Counter(2), view), Spec::none()).properties().run().unwrap();
    assert!(report.to_string().contains("✗ three fails: it is never reached"), "{report}");
}

/// The spec 0 -> 1 -> 2 -> 0 of a variable `x`, with a variable `y` that is 0 if it is hidden.
fn line(labels: [&str; 3], y: impl Fn(i64) -> i64) -> Spec {
    let mut graph = GraphBuilder::default();
    let state = |x| Value::record([("x", Value::Int(x)), ("y", Value::Int(y(x)))]);
    let states = [0, 1, 2].map(|x| graph.state(state(x)));
    graph.initial(states[0]);
    for (place, label) in labels.into_iter().enumerate() {
        graph.edge(states[place], label, states[(place + 1) % 3]);
    }
    Spec::from_graph(graph.finish()).unwrap()
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
    let spec = {
        let mut graph = GraphBuilder::default();
        let states = [0, 1].map(|x| graph.state((GOOD.view)(x)));
        graph.initial(states[0]);
        graph.edge(states[0], "Inc", states[1]);
        Spec::from_graph(graph.finish()).unwrap()
    };
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
        let mut graph = GraphBuilder::default();
        let state = |x, h| Value::record([("x", Value::Int(x)), ("h", Value::Int(h))]);
        let [one, other, end] = [(0, 0), (0, 1), (1, 0)].map(|(x, h)| graph.state(state(x, h)));
        for start in [one, other] {
            graph.initial(start);
            graph.edge(start, "Go", end);
        }
        Spec::from_graph(graph.finish()).unwrap()
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
