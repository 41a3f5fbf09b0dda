//! A system of a few lines: what is wrong with a table, and where laws are stated.

use std::borrow::Cow;
use std::sync::Arc;

use include_dir::{Dir, DirEntry, File};
use serde::Deserialize;

use super::place::Places;
use super::*;
use crate::check::miter::{Answer, REFINEMENT, Refinement};
use crate::check::{Checkable, DEADLOCK, Law, Model, Name};
use crate::tla::config::ConfigError;
use crate::tla::value::Value;

const UP: &str =
    "---- MODULE Up ----\nEXTENDS Base\nNext == x < 3 /\\ x' = x + 1\nSmall == x < 9\n====\n";
const BASE: &str = "---- MODULE Base ----\nSmall == TRUE\nLow == x < 8\n====\n";
const TABLE: &str = "[[scenario]]\nname = \"one\"\nabout = \"goes up\"\nmodule = \"Up\"\nconfig = \"Up.cfg\"\n\
                     spec.distinct = 4\n";

static FILES: Dir<'static> = Dir::new(
    "",
    &[
        DirEntry::File(File::new("Base.tla", BASE.as_bytes())),
        DirEntry::File(File::new("Up.tla", UP.as_bytes())),
        DirEntry::File(File::new("Up.cfg", b"SPECIFICATION Spec\n")),
        DirEntry::File(File::new("scenarios.toml", TABLE.as_bytes())),
    ],
);

/// Goes from 0 to 3.
#[derive(Clone)]
struct Up;

impl Model for Up {
    type State = u8;
    type Action = ();

    fn init_states(&self) -> Vec<u8> {
        vec![0]
    }

    fn actions(&self, _: &u8, actions: &mut Vec<()>) {
        actions.push(());
    }

    fn next_state(&self, state: &u8, (): ()) -> Option<u8> {
        (*state < 3).then_some(state + 1)
    }
}

impl Checkable for Up {
    fn laws(&self) -> Vec<Law<Self>> {
        vec![Law::invariant("OfCode", |_, _| true, |_, _| true)]
    }

    fn action_names(&self) -> Vec<Name> {
        vec!["Up".into()]
    }

    fn action_name(&self, (): &()) -> usize {
        0
    }

    fn view(&self, state: &u8) -> Value {
        crate::record! { x: *state }
    }
}

struct Itself;

impl Refinement for Itself {
    type Code = Up;
    type Spec = Up;

    fn project<'a>(&self, _: &Up, state: &'a u8) -> Cow<'a, u8> {
        Cow::Borrowed(state)
    }

    fn spec_actions(&self, _: &Up, _: &u8, (): &(), _: &u8) -> Vec<()> {
        vec![()]
    }

    fn request(&self, _: &Up, _: &u8, (): &()) -> Answer {
        Answer::NotAsked
    }
}

#[derive(Clone, Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Environment {
    #[allow(dead_code, reason = "it is only read from a table")]
    loses: bool,
}

#[derive(Clone)]
struct UpSystem;

impl System for UpSystem {
    type Environment = Environment;
    type Constants = ();
    type Refinement = Itself;

    fn name(&self) -> &'static str {
        "up"
    }

    fn summary(&self) -> &'static str {
        "a number that goes up"
    }

    fn modules(&self) -> Vec<Name> {
        vec!["Up".into()]
    }

    fn files(&self) -> &'static Dir<'static> {
        &FILES
    }

    fn constants(&self, _: &Source) -> Result<(), ConfigError> {
        Ok(())
    }

    fn named_constants(&self, (): &()) -> Vec<(Name, String)> {
        Vec::new()
    }

    fn spec(&self, _: &Arc<()>, _: Option<&Environment>) -> Up {
        Up
    }

    fn code(&self, _: &Source, _: &Arc<()>, _: &Environment) -> Result<Up, ConfigError> {
        Ok(Up)
    }

    fn refinement(&self) -> Itself {
        Itself
    }

    fn describe(&self, _: &Environment, _: Layer) -> String {
        String::new()
    }
}

#[test]
fn what_is_wrong_with_a_table_has_its_line_and_the_mend() {
    let two = |second: &str| format!("{TABLE}\n{second}");
    let second = TABLE.replace("one", "two");
    let good = table::parse(&UpSystem, "t.toml", &two(&second)).unwrap();
    let names: Vec<_> = good.iter().map(|row| row.scenario.name.as_str()).collect();
    assert_eq!(names, ["one", "two"]);
    // The second scenario begins in line 8, and its last line is the 13th.
    for (text, message) in [
        (two("[[scenario]]\nname =\n"), "t.toml:9: "),
        (two(&format!("{second}colour = 1\n")), "t.toml:14: unknown field `colour`"),
        (two(&format!("{second}environment.eats = true\n")), "t.toml:14: unknown field `eats`"),
        (two(TABLE), "t.toml:8: one: another scenario has this name"),
        (
            two(&second.replace("\"Up\"", "\"Down\"")),
            "t.toml:8: two: there is no port of module Down; take Up",
        ),
        (
            two(&second.replace("Up.cfg", "No.cfg")),
            "t.toml:8: two: there is no No.cfg beside t.toml",
        ),
        (
            two(&second.replace("spec.distinct = 4\n", "")),
            "t.toml:8: two: it has no layer; add `spec.distinct = 0`",
        ),
        ("scenario = []\n".to_owned(), "t.toml: there is no scenario; add a table [[scenario]]"),
    ] {
        let error = table::parse(&UpSystem, "t.toml", &text).err().unwrap().to_string();
        assert!(error.starts_with(message), "{text}\n{error}");
    }
}

#[test]
fn laws_are_where_they_are_stated() {
    let system = Loaded::boxed(UpSystem).unwrap();
    let scenario = system.scenario("one").unwrap();
    let job = Job { system: &*system, scenario, source: None, layer: Layer::Spec };
    let model = job.prepare().unwrap().model;
    let places = Places::new(&*system, scenario, "Up");
    let place = |property: &str| {
        let Place { file, line } = places.of_property(&*model, property).unwrap();
        (file, line)
    };
    // In the spec's own module before another.
    assert_eq!(place("Small"), ("specs/up/Up.tla".to_owned(), 4));
    assert_eq!(place("Low"), ("specs/up/Base.tla".to_owned(), 3));
    assert_eq!(place(REFINEMENT), ("specs/up/Up.tla".to_owned(), 3));
    assert_eq!(place("OfCode").0, file!());
    assert_eq!(place(DEADLOCK), ("specs/up/scenarios.toml".to_owned(), 2));
}
