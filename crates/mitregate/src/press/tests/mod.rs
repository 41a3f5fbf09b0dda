//! A ticket lock of two processes, sound and broken, against a graph as TLC writes it.

use std::fmt::Write as _;
use std::process::Command;

use super::*;
use crate::check::miter::{REFINEMENT, REFUSAL};
use crate::check::{NO_PANIC, Trace, Verdict};
use crate::tla::dump::{GraphBuilder, StateGraph};

mod line;
mod random;
mod reports;
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

/// A spec of these states; the first ones are initial.
fn spec_of(states: &[Value], initial: usize, edges: &[(usize, &str, usize)]) -> Spec {
    let mut graph = GraphBuilder::default();
    let numbers: Vec<u32> = states.iter().map(|state| graph.state(state.clone())).collect();
    numbers[..initial].iter().for_each(|&state| graph.initial(state));
    for &(source, label, target) in edges {
        graph.edge(numbers[source], label, numbers[target]);
    }
    Spec::from_graph(graph.finish()).unwrap()
}

/// This program again, for one test alone.
fn again(test: &str) -> Command {
    let mut again = Command::new(std::env::current_exe().unwrap());
    again.args(["--exact", test, "--nocapture"]);
    again
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

        fn within_boundary(&self, state: &u8) -> bool {
            *state < 2 || self.0 < 3
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
    // From 0 to 3, which is outside.
    let report = press(Stateright::new(Counter(3), view), Spec::none()).properties().run().unwrap();
    assert_eq!((report.report.distinct, report.report.outside), (1, 1));
}
