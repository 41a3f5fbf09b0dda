//! Operations are explained by the spec, and what was tampered with is rejected exactly where no behaviour has
//! it: decided from the definition, by the states that are possible after each line.

use std::sync::atomic::AtomicBool;

use super::drive::{Operation, Setup};
use super::times::{Durations, Millis};
use mitregate::check::validation::{Line, Log, Search, Validation, validate};
use mitregate::check::{Checkable, Model};
use mitregate_canal_lock::{Canal, CanalConfig, Scheme};
use mitregate_models::canal_lock::constants::{ShipProcess, Variant};
use mitregate_models::canal_lock::{Constants, Spec};
use serde_json::{Value as Json, json};

const HOUR: Millis = 3_600_000;

/// Locks, ships, the controller and the kind of ships.
type Variety = (u16, u16, Scheme, ShipProcess);

const SMALL: Variety = (2, 2, Scheme::Keepers, ShipProcess::AsGiven);

fn operation((locks, ships, scheme, ship_process): Variety, seed: u64, time: Millis) -> Operation {
    let mut operation = Operation::new(Setup {
        canal: Canal::try_from(CanalConfig::new(locks, ships)).unwrap(),
        scheme,
        ship_process,
        durations: Durations::USUAL,
        seed,
    })
    .unwrap();
    operation.trace().unwrap();
    operation.run_until(time);
    operation
}

fn spec((locks, ships, controller, ship_process): Variety) -> Spec {
    let variant = Variant {
        locks: u8::try_from(locks).unwrap(),
        ships: u8::try_from(ships).unwrap(),
        max_ships_location: 2,
        max_ships_lock: 1,
        max_retries: 3,
        controller,
        ship_process,
    };
    Spec::new(Constants::of_variant(variant).unwrap().into())
}

fn validated(spec: &Spec, text: &str) -> Validation {
    let log = Log::read(&[("run".to_owned(), text.to_owned())]).unwrap();
    let search = Search {
        silent: Vec::new(),
        max_visited: 1_000_000,
        with_behaviour: false,
        interrupt: &AtomicBool::new(false),
        progress: &|_| {},
    };
    validate(spec, &log, &search).unwrap()
}

/// Whether all lines are explained; a ship that met a closed door is nothing that the spec has.
#[test]
fn an_operation_is_explained_unless_a_door_was_closed_to_a_ship() {
    let mut unexplained = 0;
    for scheme in Scheme::ALL {
        for ship_process in ShipProcess::ALL {
            let variety = (3, 4, scheme, ship_process);
            let spec = spec(variety);
            for seed in 0..5 {
                let mut operation = operation(variety, seed, 8 * HOUR);
                let found = validated(&spec, &operation.take_trace());
                let collided = operation.counts().ships.iter().any(|ship| ship.collisions > 0);
                let is_explained = matches!(found, Validation::Explained { .. });
                assert_eq!(is_explained, !collided, "{scheme}, seed {seed}: {found:?}");
                unexplained += usize::from(collided);
            }
        }
    }
    assert!(unexplained > 10, "{unexplained}");
}

/// Which lines a way to tamper is about.
type Kind = (&'static str, fn(&Json) -> bool);

fn begins(line: &Json, prefix: &str) -> bool {
    line["action"].as_str().is_some_and(|action| action.starts_with(prefix))
}

const KINDS: [Kind; 6] = [
    ("a keeper's step", |line| begins(line, "Keeper")),
    ("a keeper's command", |line| {
        begins(line, "Keeper") && !line["state"]["lockCommand"].is_null()
    }),
    ("a request", |line| begins(line, "ShipRequest")),
    ("a ship's move", |line| begins(line, "ShipMove") || begins(line, "ShipWaitFor")),
    ("a command carried out", |line| begins(line, "LockCommandFinished")),
    ("the water's level", |line| !line["observed"].is_null()),
];

/// Changes the line of that index, or what is around it.
type Change = (&'static str, fn(&mut Vec<Json>, usize));

const CHANGES: [Change; 8] = [
    ("dropped", |lines, at| {
        lines.remove(at);
    }),
    ("doubled", |lines, at| lines.insert(at, lines[at].clone())),
    ("swapped with the next", |lines, at| {
        if at + 1 < lines.len() {
            lines.swap(at, at + 1);
        }
    }),
    ("moved to the front", |lines, at| {
        let line = lines.remove(at);
        // The first line says what the log is about.
        lines.insert(1, line);
    }),
    ("moved to the end", |lines, at| {
        let line = lines.remove(at);
        lines.push(line);
    }),
    ("repeated at the end", |lines, at| lines.push(lines[at].clone())),
    ("of another process", |lines, at| {
        let line = lines[at].to_string();
        let other = ["(1)", "(2)", "(3)", "(4)", "(5)", "(6)"];
        let other = other.iter().position(|number| line.contains(number));
        let swap = |number: usize| if number.is_multiple_of(2) { number - 1 } else { number + 1 };
        let number = other.map_or(1, |index| index + 1);
        let text = line.replace(&format!("({number})"), &format!("({})", swap(number)));
        lines[at] = serde_json::from_str(&text).unwrap();
    }),
    ("altered", |lines, at| alter(&mut lines[at])),
];

/// Alters the first value of a line.
fn alter(value: &mut Json) {
    match value {
        Json::Object(fields) => {
            if let Some(value) = fields.values_mut().last() {
                alter(value);
            }
        }
        Json::Array(elements) => match elements.first_mut() {
            Some(value) => alter(value),
            None => elements.push(json!({ "ship": 3, "lock": 1, "side": "west" })),
        },
        Json::Bool(it) => *it = !*it,
        Json::Number(number) => *value = json!(number.as_i64().unwrap() % 4 + 1),
        Json::String(text) => {
            let pairs = [("low", "high"), ("west", "east"), ("finished", "change_door")];
            let other = |&(one, other): &(&'static str, &'static str)| match text.as_str() {
                it if it == one => Some(other),
                it if it == other => Some(one),
                _ => None,
            };
            *text = pairs.iter().find_map(other).unwrap_or("odd").to_owned();
        }
        Json::Null => {}
    }
}

/// Whether some state of the spec is possible after each line.
fn is_possible(spec: &Spec, lines: &[Line]) -> bool {
    let mut states = spec.init_states();
    for line in lines {
        states.retain(|state| line.observed.check(&spec.view(state)).is_ok());
        if line.is_step {
            let named = |label: String| {
                line.action.as_ref().is_none_or(|action| {
                    label == *action || label.split('(').next() == Some(action.as_str())
                })
            };
            let steps = states.iter().flat_map(|state| spec.next_steps(state));
            let steps = steps.filter(|(action, state)| {
                named(spec.format_action(action)) && line.state.check(&spec.view(state)).is_ok()
            });
            states = steps.map(|(_, state)| state).collect();
            states.sort();
            states.dedup();
        }
        if states.is_empty() {
            return false;
        }
    }
    true
}

#[test]
fn what_was_tampered_with_is_rejected_where_the_spec_forbids_it() {
    let mut random = fastrand::Rng::with_seed(0);
    let spec = spec(SMALL);
    let runs: Vec<Vec<Json>> = (0..8)
        .map(|seed| {
            let mut operation = operation(SMALL, seed, 2 * HOUR);
            let text = operation.take_trace();
            text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
        })
        .collect();
    let mut rejected_of_all = 0;
    for (kind, is_meant) in KINDS {
        for (change, tamper) in CHANGES {
            let mut rejected = 0;
            for run in &runs {
                let meant: Vec<_> = (1..run.len()).filter(|&at| is_meant(&run[at])).collect();
                let mut lines = run.clone();
                tamper(&mut lines, meant[random.usize(..meant.len())]);
                let text: String =
                    lines.iter().flat_map(|line| [line.to_string(), "\n".to_owned()]).collect();
                let log = Log::read(&[("run".to_owned(), text.clone())]).unwrap();
                let expected = is_possible(&spec, &log.nodes[0].lines);
                let found = validated(&spec, &text);
                let is_explained = matches!(found, Validation::Explained { .. });
                assert_eq!(is_explained, expected, "{kind} {change}: {found:?}");
                rejected += usize::from(!expected);
            }
            println!("{kind} {change}: {rejected} of {} rejected", runs.len());
            rejected_of_all += rejected;
            // An observation may be left out or made again; whatever else is done to it can be seen.
            let may_pass = kind == "the water's level" || change == "swapped with the next";
            assert!(may_pass || rejected > 0, "{kind} {change}");
        }
    }
    assert!(rejected_of_all > 200, "{rejected_of_all}");
}

#[test]
fn a_log_of_another_run_or_that_was_cut_is_told_apart() {
    let spec = spec(SMALL);
    let text = |seed| operation(SMALL, seed, 3 * HOUR).take_trace();
    let (one, other) = (text(1), text(2));
    let mixed: String =
        one.lines().take(40).chain(other.lines().skip(40)).flat_map(|line| [line, "\n"]).collect();
    let found = validated(&spec, &mixed);
    assert!(matches!(found, Validation::Unexplained(_)), "{found:?}");
    for end in [one.len() / 2, one.len() - 3] {
        let found = validated(&spec, &one[..end]);
        assert!(matches!(found, Validation::Explained { .. }), "{found:?}");
    }
}
