//! A ticket lock of two processes, sound and broken, against a graph as TLC writes it.

use std::fmt::Write as _;

use super::*;
use crate::check::miter::{REFINEMENT, REFUSAL};
use crate::check::{NO_PANIC, Trace, Verdict};
use crate::tla::dump::StateGraph;

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
        assert_eq!(realised.is_exact, shows_tickets);
        assert_eq!(realised.edges, realised.all_edges);
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
    assert!(report.to_string().contains("drop(end);"), "{report}");
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
    let report = run(|_| Value::record([("next", Value::from("none"))])).unwrap().to_string();
    assert!(report.contains("the spec begins in none of the states with this view"), "{report}");
    let missing = Spec::read("no such file").unwrap_err().to_string();
    assert!(missing.starts_with("no such file: "), "{missing}");
}
