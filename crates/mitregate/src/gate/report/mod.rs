//! Results, as data and as what people and other programs read.
//!
//! All of them are made of [`Results`], so what is read back from a file is reported as what has just been checked is:
//! * [`text`]: for people, on a terminal;
//! * [`junit`]: for tools that show tests;
//! * [`markdown`]: for people, on a page;
//! * [`github`]: annotations beside the lines of a change.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use super::faults::Faults;
use super::place::Place;
use super::run::{Judged, Outcome};
use super::scenario::{Expected, Layer};
use crate::check::{Kind, PropertyReport, StopReason, Trace, Verdict};
use crate::tla::inputs::digest_of_program;

pub mod github;
pub mod junit;
pub mod markdown;
pub mod merge;
pub mod text;

/// What `check --format json` prints.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Results {
    /// The program that checked: its version, and a hash of its file.
    pub program: String,
    /// Which part of a run this is, if that is in parts.
    pub shard: Option<Shard>,
    /// The rows that are to be here, by system, scenario and layer, with spaces between them.
    pub planned: Vec<String>,
    /// One entry for each layer of each scenario that was run, in the order of running.
    pub results: Vec<ResultRow>,
    /// Which law catches which fault, if that was asked.
    pub faults: Option<Faults>,
}

/// A part of a run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Shard {
    /// Its number, from 1.
    pub number: u16,
    /// How many parts there are.
    pub of: u16,
    /// The rows that all parts have together.
    pub whole: Vec<String>,
}

/// One layer of one scenario.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ResultRow {
    /// The system's name.
    pub system: String,
    /// The scenario's name, or the file name of the configuration that was given.
    pub scenario: String,
    /// What was explored.
    pub layer: Layer,
    /// The constants by name, as TLA+ values.
    pub constants: BTreeMap<String, String>,
    /// The environment in words; empty for a spec.
    pub environment: String,
    /// Distinct states.
    pub distinct: u64,
    /// Edges between them.
    pub edges: u64,
    /// Levels of the breadth-first search; initial states are on level 1.
    pub depth: u64,
    /// What came out.
    pub verdict: Verdict,
    /// How that compares with the scenario's table.
    pub outcome: Outcome,
    /// What was expected; nothing of a configuration that was given.
    pub expected: Option<ExpectedRow>,
    /// What is not as expected.
    pub remarks: Vec<String>,
    /// What there is to say besides, such as how much of its spec code does that is pressed.
    pub notes: Vec<String>,
    /// Why the exploration ended early; nothing if it saw all.
    pub stopped: Option<StopReason>,
    /// The properties that were checked.
    pub properties: Vec<PropertyRow>,
    /// Steps taken by each action.
    pub coverage: BTreeMap<String, u64>,
    /// An upper bound on the probability that a state was missed.
    pub collision_probability: f64,
    /// Time in seconds.
    pub elapsed_s: f64,
    /// Distinct states per second.
    pub states_per_s: f64,
    /// Where the scenario is written down, if it is in a table.
    pub place: Option<Place>,
}

/// What a scenario expects of a layer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct ExpectedRow {
    /// The distinct states that are pinned.
    pub distinct: Option<u64>,
    /// The properties that are to fail, each with the number of states of its counterexample.
    pub fails: BTreeMap<String, usize>,
}

/// One property.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PropertyRow {
    /// Its name.
    pub name: String,
    /// What kind of property it is.
    pub kind: Kind,
    /// Whether it holds.
    pub verdict: Verdict,
    /// Why it is inconclusive, or violated where no path shows it.
    pub undecided: Option<String>,
    /// Whether it holds only because its witness is never reached.
    pub vacuous: bool,
    /// Where it is stated.
    pub place: Option<Place>,
    /// The number of states of the shortest counterexample, if it is violated.
    pub trace_length: Option<usize>,
    /// The shortest counterexample, in the Informal Trace Format.
    pub trace: Option<Json>,
    /// What there is to say about the end of the counterexample.
    pub explanation: Vec<String>,
    /// Where Stateright's Explorer shows the counterexample.
    pub explorer: Option<InExplorer>,
}

/// A state in Stateright's Explorer.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct InExplorer {
    /// The verb and arguments that serve the model.
    pub command: String,
    /// The end of the state's address, beginning with `#`.
    pub path: String,
}

impl Results {
    /// A run, or a part of one, that has no results yet, of a program that is not named.
    pub fn new(planned: Vec<String>, shard: Option<Shard>) -> Results {
        Results { program: String::new(), shard, planned, results: Vec::new(), faults: None }
    }

    /// The rows that are to be here and are not: the run was interrupted, or a part of it is missing.
    pub fn missing(&self) -> Vec<&str> {
        let known: BTreeSet<String> = self.results.iter().map(ResultRow::key).collect();
        let planned = self.planned.iter().map(String::as_str);
        planned.filter(|&key| !known.contains(key)).collect()
    }

    /// The worst outcome of all; unexpected if there is none, and if a fault is not caught or a law catches none.
    pub fn outcome(&self) -> Outcome {
        let of_faults = self.faults.as_ref().filter(|faults| !faults.is_good()).map(|faults| {
            if faults.is_whole { Outcome::Unexpected } else { Outcome::Inconclusive }
        });
        let outcomes = self.results.iter().map(|result| result.outcome);
        outcomes.chain(of_faults).max().unwrap_or(Outcome::Unexpected)
    }
}

impl ResultRow {
    /// System, scenario and layer, with spaces between them: no other row of a run has these.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.system, self.scenario, self.layer)
    }

    /// The same with commas, for people.
    pub fn title(&self) -> String {
        format!("{}, {}, {}", self.system, self.scenario, self.layer)
    }

    /// Whether a property is as expected: it holds, or fails where the scenario says so, in as many states as it says.
    fn is_expected(&self, property: &PropertyRow) -> bool {
        if self.outcome == Outcome::Expected {
            return property.verdict != Verdict::Inconclusive;
        }
        let wanted = self.expected.as_ref().and_then(|it| it.fails.get(&property.name));
        match (property.verdict, wanted) {
            (Verdict::Holds, wanted) => wanted.is_none(),
            (Verdict::Violated, wanted) => {
                wanted.is_some() && wanted == property.trace_length.as_ref()
            }
            (Verdict::Inconclusive, _) => false,
        }
    }
}

impl PropertyRow {
    /// The counterexample, as a path to print.
    pub fn counterexample(&self) -> Option<Trace> {
        let (mut trace, _) = Trace::from_itf(self.trace.as_ref()?).ok()?;
        trace.explanation.clone_from(&self.explanation);
        Some(trace)
    }
}

/// A result as data.
pub fn row(judged: &Judged) -> ResultRow {
    let report = &judged.report;
    ResultRow {
        system: judged.system.to_owned(),
        scenario: judged.scenario.clone(),
        layer: judged.layer,
        constants: judged.constants.iter().map(|(n, v)| (n.to_string(), v.clone())).collect(),
        environment: judged.environment.clone(),
        distinct: report.distinct,
        edges: report.edges,
        depth: report.depth,
        verdict: report.verdict(),
        outcome: judged.outcome,
        expected: judged.expected.as_ref().map(expected_row),
        remarks: judged.remarks.clone(),
        notes: report.notes.clone(),
        stopped: report.stopped,
        properties: report.properties.iter().map(|it| property_row(judged, it)).collect(),
        coverage: report.coverage.iter().map(|(name, steps)| (name.to_string(), *steps)).collect(),
        collision_probability: report.collision_probability,
        elapsed_s: report.elapsed.as_secs_f64(),
        states_per_s: report.states_per_second(),
        place: judged.place.clone(),
    }
}

fn expected_row(expected: &Expected) -> ExpectedRow {
    ExpectedRow {
        distinct: expected.distinct,
        fails: expected.violations.iter().cloned().collect(),
    }
}

fn property_row(judged: &Judged, property: &PropertyReport) -> PropertyRow {
    let trace = property.counterexample.as_ref();
    let about = judged.about.get(&property.name);
    PropertyRow {
        name: property.name.to_string(),
        kind: property.kind,
        verdict: property.verdict,
        undecided: property.undecided.clone(),
        vacuous: property.is_vacuous(),
        place: about.and_then(|it| it.place.clone()),
        trace_length: trace.map(Trace::len),
        trace: trace.map(|trace| trace.to_itf(BTreeMap::new())),
        explanation: trace.map(|trace| trace.explanation.clone()).unwrap_or_default(),
        explorer: about.and_then(|it| {
            Some(InExplorer { command: judged.explore.clone(), path: it.explorer.clone()? })
        }),
    }
}

/// This program: its version, and a hash of its file, which is read for that.
pub fn program() -> String {
    let hash = digest_of_program().unwrap_or_else(|_| "unknown".to_owned());
    format!("{} {hash}", env!("CARGO_PKG_VERSION"))
}

/// Writing to a string cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

/// The published JSON schema of [`Results`].
pub const SCHEMA: &str = include_str!("../../../check.schema.json");

/// A value as JSON that people can read, with a line break at the end.
///
/// # Errors
///
/// If the value cannot be written as JSON, such as a map whose keys are no strings.
pub fn json_text<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

/// A number of things, which are one or several.
pub fn count(number: usize, thing: &str) -> String {
    let s = if number == 1 { "" } else { "s" };
    format!("{} {thing}{s}", thousands(number as u64))
}

/// A number with commas between thousands.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::with_capacity(digits.len() + digits.len() / 3);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// States per second, in thousands where there are many.
pub fn rate(per_second: f64) -> String {
    if per_second >= 10_000.0 {
        format!("{:.0} k", per_second / 1000.0)
    } else {
        format!("{per_second:.0}")
    }
}

#[cfg(test)]
mod tests;
