//! The search beside a list of all behaviours of a small spec.

use std::collections::BTreeSet;
use std::sync::atomic::AtomicBool;

use super::*;

/// A clerk draws a number and calls it; a clock ticks by itself.
struct Desk;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct At {
    drawn: u8,
    called: u8,
    clock: u8,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Do {
    Draw(u8),
    Call,
    Tick,
}

impl super::super::Model for Desk {
    type State = At;
    type Action = Do;

    fn init_states(&self) -> Vec<At> {
        vec![At { drawn: 0, called: 0, clock: 0 }]
    }

    fn actions(&self, _: &At, actions: &mut Vec<Do>) {
        actions.extend([Do::Draw(1), Do::Draw(2), Do::Call, Do::Tick]);
    }

    fn next_state(&self, at: &At, action: Do) -> Option<At> {
        Some(match action {
            Do::Draw(by) if at.drawn + by <= 3 && at.drawn == at.called => {
                At { drawn: at.drawn + by, ..*at }
            }
            // A number is called on an even hour only.
            Do::Call if at.called < at.drawn && at.clock == 0 => At { called: at.drawn, ..*at },
            Do::Tick => At { clock: 1 - at.clock, ..*at },
            _ => return None,
        })
    }
}

impl Checkable for Desk {
    fn action_names(&self) -> Vec<Name> {
        vec!["Draw".into(), "Call".into(), "Tick".into()]
    }

    fn action_name(&self, action: &Do) -> usize {
        match action {
            Do::Draw(_) => 0,
            Do::Call => 1,
            Do::Tick => 2,
        }
    }

    fn view(&self, at: &At) -> Value {
        let number = |number: u8| Value::Int(number.into());
        Value::record([
            ("drawn", number(at.drawn)),
            ("called", number(at.called)),
            ("clock", number(at.clock)),
        ])
    }

    fn why_disabled(&self, at: &At, action: &Do) -> Option<String> {
        (*action == Do::Call && at.clock != 0).then(|| "clock = 0".to_owned())
    }
}

fn run(lines: &[&str], silent: &[&str]) -> Validation {
    let text: String = lines.iter().flat_map(|line| [line, "\n"]).collect();
    of(&[("a".to_owned(), text)], silent, 1_000_000)
}

fn of(files: &[(String, String)], silent: &[&str], max_visited: u64) -> Validation {
    let search = Search {
        silent: silent.iter().map(|&it| it.to_owned()).collect(),
        max_visited,
        with_behaviour: true,
        interrupt: &AtomicBool::new(false),
        progress: &|_| {},
    };
    validate(&Desk, &Log::read(files).unwrap(), &search).unwrap()
}

const DRAW: &str = r#"{"action": "Draw(2)"}"#;
const CALL: &str = r#"{"action": "Call", "state": {"called": 2}}"#;

#[test]
fn a_run_is_explained_with_its_behaviour() {
    let found = run(&[DRAW, r#"{"observed": {"drawn": 2}}"#, CALL], &[]);
    let Validation::Explained { lines: 3, actions: 2, silent: 0, behaviour: Some(trace) } = found
    else {
        panic!("{found:?}")
    };
    let actions: Vec<_> = trace.steps.iter().map(|step| step.action.as_deref()).collect();
    assert_eq!(actions, [None, Some("Draw(2)"), Some("Call")]);
    // The clock's variable is free, its step is not, unless it is silent.
    let late = [DRAW, r#"{"state": {"clock": 1}}"#, CALL];
    let found = run(&late, &[]);
    let Validation::Unexplained(Longest {
        explained: 2, ways: 1, stuck, allowed, unlogged, ..
    }) = found
    else {
        panic!("{found:?}")
    };
    assert_eq!(stuck[0].place, "a:3");
    assert_eq!(stuck[0].why, "Call is not enabled: clock = 0 does not hold");
    assert_eq!(allowed, ["Tick"]);
    assert_eq!(unlogged, ["Tick"]);
    let found = run(&late, &["Tick"]);
    assert!(matches!(found, Validation::Explained { actions: 4, silent: 1, .. }), "{found:?}");
    let found = run(&[DRAW, r#"{"action": "Call", "state": {"called": 1}}"#], &["Tick"]);
    let Validation::Unexplained(Longest { explained: 1, ways: 2, stuck, .. }) = found else {
        panic!("{found:?}")
    };
    assert_eq!(stuck[0].why, "after Call, called is 2, the log has 1");
}

#[test]
fn messages_order_the_lines_of_nodes() {
    let files = |call: &str| {
        let draws = format!("{DRAW}\n{{\"action\": \"Draw(1)\", \"sent\": \"m\"}}\n");
        [("a".to_owned(), draws), ("b".to_owned(), format!("{call}\n"))]
    };
    let call = r#"{"action": "Call", "received": "m"}"#;
    let found = of(&files(r#"{"action": "Call"}"#), &[], 100);
    assert!(matches!(found, Validation::Explained { .. }), "{found:?}");
    let found = of(&files(call), &[], 100);
    let Validation::Unexplained(Longest { explained: 1, stuck, .. }) = found else {
        panic!("{found:?}")
    };
    assert_eq!(stuck[1].why, "it receives m, which a:2 sends");
    let files_with = files;
    let mut files = files_with(call);
    files[0].1.push_str("{\"act");
    let found = of(&files, &[], 100);
    assert!(matches!(found, Validation::Undecided { .. }), "{found:?}");
}

#[test]
fn a_budget_is_no_verdict() {
    let found = run(&[DRAW, r#"{"action": "Draw"}"#], &["Tick"]);
    assert!(matches!(found, Validation::Unexplained(Longest { explained: 1, .. })), "{found:?}");
    let files = [("a".to_owned(), format!("{DRAW}\n{DRAW}\n"))];
    let found = of(&files, &["Tick"], 2);
    assert!(
        matches!(
            found,
            Validation::Undecided { longest: Longest { explained: 1, lines: 2, .. }, .. }
        ),
        "{found:?}"
    );
}

#[test]
fn what_the_spec_lacks_is_named() {
    let interrupt = AtomicBool::new(false);
    for (line, silent, expected) in [
        (
            r#"{"action": "Drop(1)"}"#,
            "Tick",
            "a:1: the spec has no action \"Drop(1)\"; it has Draw, Call, Tick",
        ),
        (
            r#"{"state": {"drawm": 1}}"#,
            "Tick",
            "a:1: the spec has no variable \"drawm\"; it has called, clock, drawn",
        ),
        (DRAW, "Tock", "silent: the spec has no action \"Tock\""),
        (
            r#"{"action": "Draw(1"}"#,
            "Tick",
            "a:1: no line of a log: the action \"Draw(1\" lacks a parenthesis",
        ),
        (
            r#"{"action": "Call", "received": 7}"#,
            "Tick",
            "a:1: no line sends the message 7 that it receives",
        ),
        (
            r#"{"action": "Call", "received": ["m"], "sent": "m"}"#,
            "Tick",
            "a:1: no line sends the message m",
        ),
    ] {
        let search = Search {
            silent: vec![silent.to_owned()],
            max_visited: 10,
            with_behaviour: false,
            interrupt: &interrupt,
            progress: &|_| {},
        };
        let log = Log::read(&[("a".to_owned(), line.to_owned())]).unwrap();
        let error = validate(&Desk, &log, &search).unwrap_err().to_string();
        assert!(error.starts_with(expected), "{error}");
    }
}

/// The states in which a behaviour that a log of one node explains may end, by their definition.
fn ends(lines: &[Said], silent: bool) -> BTreeSet<At> {
    let mut states = BTreeSet::from([At { drawn: 0, called: 0, clock: 0 }]);
    let next = |at: &At, action| super::super::Model::next_state(&Desk, at, action);
    let still = |states: &BTreeSet<At>| -> BTreeSet<At> {
        // Two ticks lead back.
        let ticked = states.iter().filter_map(|at| next(at, Do::Tick).filter(|_| silent));
        states.iter().copied().chain(ticked).collect()
    };
    for said in lines {
        states = still(&states);
        states.retain(|at| said.clock.is_none_or(|clock| at.clock == clock));
        let actions = [Do::Draw(1), Do::Draw(2), Do::Call, Do::Tick];
        let named = |action: &Do| match said.action {
            None => true,
            Some("Draw") => matches!(action, Do::Draw(_)),
            Some(label) => label == format!("{action:?}"),
        };
        let steps = states.iter().flat_map(|&at| {
            actions.into_iter().filter(named).filter_map(move |action| next(&at, action))
        });
        states = steps.filter(|at| said.drawn.is_none_or(|drawn| at.drawn == drawn)).collect();
    }
    states
}

#[derive(Clone, Copy)]
struct Said {
    action: Option<&'static str>,
    drawn: Option<u8>,
    /// Before the step.
    clock: Option<u8>,
}

#[test]
fn every_short_log_is_judged_as_by_definition() {
    let actions = [None, Some("Draw"), Some("Draw(1)"), Some("Call"), Some("Tick")];
    let values = [None, Some(1), Some(2)];
    let said: Vec<Said> = actions
        .into_iter()
        .flat_map(|action| values.map(|drawn| Said { action, drawn, clock: None }))
        .chain([Some(0), Some(1)].map(|clock| Said { action: None, drawn: None, clock }))
        .collect();
    let written = |said: &Said| {
        let action = said.action.map(|action| format!(r#""action": "{action}", "#));
        let drawn = said.drawn.map_or(String::new(), |drawn| format!(r#""drawn": {drawn}"#));
        let clock = said.clock.map(|clock| format!(r#""observed": {{"clock": {clock}}}, "#));
        let before = action.unwrap_or_default() + &clock.unwrap_or_default();
        format!(r#"{{{before}"state": {{{drawn}}}}}"#)
    };
    let mut verdicts = [0, 0];
    for silent in [false, true] {
        for first in &said {
            for second in &said {
                for third in &said {
                    let lines = [*first, *second, *third];
                    let written = lines.each_ref().map(written);
                    let text: Vec<_> = written.iter().map(String::as_str).collect();
                    let found = run(&text, if silent { &["Tick"] } else { &[] });
                    let expected = !ends(&lines, silent).is_empty();
                    let is_explained = matches!(found, Validation::Explained { .. });
                    assert_eq!(is_explained, expected, "{text:?} {silent}: {found:?}");
                    if let Validation::Unexplained(Longest { explained, .. }) = found {
                        assert!(!ends(&lines[..explained], silent).is_empty(), "{text:?}");
                        assert!(ends(&lines[..=explained], silent).is_empty(), "{text:?}");
                    }
                    verdicts[usize::from(expected)] += 1;
                }
            }
        }
    }
    assert!(verdicts.iter().all(|&count| count > 500), "{verdicts:?}");
}
