//! A system's table of scenarios: the file `scenarios.toml` beside its configurations.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use serde::Deserialize;
use thiserror::Error;
use toml_edit::de::Deserializer;
use toml_edit::{ArrayOfTables, DocumentMut, Item, Table, TomlError, Value as Toml};

use super::run::Judged;
use super::scenario::{Expected, Lane, Layer, Scenario};
use super::system::{SCENARIOS, System, prepare};
use crate::check::{StopReason, Trace};

/// A scenario with its environment.
#[derive(Clone, Debug)]
pub struct Row<E> {
    /// The scenario.
    pub scenario: Scenario,
    /// What surrounds the code in it, and what is deliberately wrong.
    pub environment: E,
}

/// What is wrong with a table, where, and how to mend it.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum TableError {
    /// The text is no table of scenarios.
    #[error("{file}{}: {problem}", line.map_or(String::new(), |line| format!(":{line}")))]
    Content {
        /// The file.
        file: String,
        /// The line, from 1, where one is to blame.
        line: Option<usize>,
        /// What is wrong, with the mend.
        problem: String,
    },
    /// The file is not there, or is no text.
    #[error("{file} is missing, or is no text")]
    Missing {
        /// The file.
        file: String,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "E: Default + Deserialize<'de>")]
struct RawTable<E> {
    #[serde(rename = "scenario")]
    scenarios: Vec<RawScenario<E>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, bound = "E: Default + Deserialize<'de>")]
struct RawScenario<E> {
    name: String,
    about: String,
    module: String,
    config: String,
    #[serde(default)]
    golden: bool,
    #[serde(default)]
    lane: Lane,
    #[serde(default)]
    properties: Vec<String>,
    #[serde(default)]
    environment: E,
    spec: Option<RawExpected>,
    system: Option<RawExpected>,
    miter: Option<RawExpected>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawExpected {
    distinct: u64,
    #[serde(default)]
    fails: BTreeMap<String, usize>,
    #[serde(default)]
    silent: Vec<String>,
}

/// Reads a system's table.
pub(super) fn read<S: System>(system: &S) -> Result<Vec<Row<S::Environment>>, TableError> {
    let file = format!("specs/{}/{SCENARIOS}", system.name());
    let text = system.files().get_file(SCENARIOS).and_then(|file| file.contents_utf8());
    parse(system, &file, text.ok_or_else(|| TableError::Missing { file: file.clone() })?)
}

pub(super) fn parse<S: System>(
    system: &S,
    file: &str,
    text: &str,
) -> Result<Vec<Row<S::Environment>>, TableError> {
    let error = |span: Option<Range<usize>>, problem: String| TableError::Content {
        file: file.to_owned(),
        line: span.map(|span| 1 + text[..span.start.min(text.len())].matches('\n').count()),
        problem,
    };
    let document: toml_edit::Document<&str> = toml_edit::Document::parse(text)
        .map_err(|found: TomlError| error(found.span(), found.message().trim().to_owned()))?;
    // Where the scenarios begin, for messages.
    let tables = document.get("scenario").and_then(Item::as_array_of_tables);
    let spans: Vec<_> = tables.into_iter().flatten().map(Table::span).collect();
    let span = |index: usize| spans.get(index).cloned().flatten();
    let raw: RawTable<S::Environment> = RawTable::deserialize(Deserializer::from(document))
        .map_err(|found| error(found.span(), found.message().trim().to_owned()))?;
    if raw.scenarios.is_empty() {
        return Err(error(None, "there is no scenario; add a table [[scenario]]".to_owned()));
    }
    let mut rows: Vec<Row<S::Environment>> = Vec::with_capacity(raw.scenarios.len());
    for (index, raw) in raw.scenarios.into_iter().enumerate() {
        let wrong = |problem: String| error(span(index), format!("{}: {problem}", raw.name));
        if rows.iter().any(|row| row.scenario.name == raw.name) {
            return Err(wrong("another scenario has this name".to_owned()));
        }
        let modules = system.modules();
        if !modules.iter().any(|module| *module == raw.module) {
            let has = modules.join(", ");
            return Err(wrong(format!("there is no port of module {}; take {has}", raw.module)));
        }
        if system.files().get_file(&raw.config).is_none() {
            return Err(wrong(format!("there is no {} beside {file}", raw.config)));
        }
        let layers =
            [(Layer::Spec, raw.spec), (Layer::System, raw.system), (Layer::Miter, raw.miter)];
        let expected: Vec<Expected> = layers
            .into_iter()
            .filter_map(|(layer, raw)| raw.map(|raw| expected(layer, raw)))
            .collect();
        if expected.is_empty() {
            let problem = "it has no layer; add `spec.distinct = 0`, `system.distinct = 0` or \
                           `miter.distinct = 0`, and pin them with `check --update`";
            return Err(error(span(index), format!("{}: {problem}", raw.name)));
        }
        let environment = raw.environment.clone();
        let fault = system.fault(&environment);
        let system = system.clone();
        let properties = raw.properties;
        rows.push(Row {
            scenario: Scenario {
                name: raw.name,
                about: raw.about,
                module: raw.module,
                config: raw.config,
                golden: raw.golden,
                fault,
                lane: raw.lane,
                expected,
                unasked: Vec::new(),
                prepare: Arc::new(move |source, layer| {
                    prepare(&system, &properties, &environment, source, layer)
                }),
            },
            environment: raw.environment,
        });
    }
    Ok(rows)
}

fn expected(layer: Layer, mut raw: RawExpected) -> Expected {
    // Sorted, so that the order in the file plays no part.
    raw.silent.sort();
    let violations = raw.fails.into_iter().collect();
    Expected { layer, distinct: Some(raw.distinct), violations, silent: raw.silent }
}

/// Writes what came out into the text of a table, and says what moved.
///
/// Results that are inconclusive pin nothing. The rest of the text stays as it is.
///
/// # Errors
///
/// If the text is no table, or a scenario is not in it.
pub fn update(
    file: &str,
    text: &str,
    judged: &[Judged],
) -> Result<(String, Vec<String>), TableError> {
    let error =
        |problem: String| TableError::Content { file: file.to_owned(), line: None, problem };
    let mut document: DocumentMut =
        text.parse().map_err(|found: TomlError| error(found.message().to_owned()))?;
    let tables = document.get_mut("scenario").and_then(Item::as_array_of_tables_mut);
    let tables = tables.ok_or_else(|| error("there is no table [[scenario]]".to_owned()))?;
    let mut moved = Vec::new();
    for result in judged {
        let now = pinned(result);
        let Some(now) = now.filter(|now| Some(now) != result.expected.as_ref()) else { continue };
        let scenario = find(tables, &result.scenario)
            .ok_or_else(|| error(format!("it has no scenario {}", result.scenario)))?;
        moved.extend(differences(result, &now));
        write(scenario, &now);
    }
    Ok((document.to_string(), moved))
}

fn find<'a>(tables: &'a mut ArrayOfTables, name: &str) -> Option<&'a mut Table> {
    tables.iter_mut().find(|table| table.get("name").and_then(Item::as_str) == Some(name))
}

/// What a result pins: nothing if a budget ended it.
fn pinned(judged: &Judged) -> Option<Expected> {
    let report = &judged.report;
    if report.stopped.is_some_and(StopReason::is_cut) || report.distinct == 0 {
        return None;
    }
    let violations = report.properties.iter().filter_map(|property| {
        let trace = property.counterexample.as_ref()?;
        Some((property.name.to_string(), Trace::len(trace)))
    });
    let mut violations: Vec<_> = violations.collect();
    violations.sort();
    // Where the exploration ended early, silence says nothing.
    let mut silent = if report.stopped.is_none() { super::run::silent(report) } else { Vec::new() };
    silent.sort();
    Some(Expected { layer: judged.layer, distinct: Some(report.distinct), violations, silent })
}

fn differences(judged: &Judged, now: &Expected) -> Vec<String> {
    let place = format!("{}, {}", judged.scenario, judged.layer);
    let Some(then) = &judged.expected else { return vec![format!("{place}: new")] };
    let mut moved = Vec::new();
    if then.distinct != now.distinct {
        let [then, now] = [then, now].map(|it| it.distinct.unwrap_or_default());
        moved.push(format!("{place}: distinct states {then} -> {now}"));
    }
    if then.violations != now.violations {
        let show = |violations: &[(String, usize)]| match violations {
            [] => "none".to_owned(),
            some => {
                let each = some.iter().map(|(law, length)| format!("{law} in {length} states"));
                each.collect::<Vec<_>>().join(", ")
            }
        };
        let (then, now) = (show(&then.violations), show(&now.violations));
        moved.push(format!("{place}: violations {then} -> {now}"));
    }
    if then.silent != now.silent {
        let show =
            |names: &[String]| if names.is_empty() { "none".into() } else { names.join(", ") };
        let (then, now) = (show(&then.silent), show(&now.silent));
        moved.push(format!("{place}: silent {then} -> {now}"));
    }
    moved
}

fn write(scenario: &mut Table, now: &Expected) {
    let mut table = Table::new();
    table.set_dotted(true);
    table.insert("distinct", underscored(now.distinct.unwrap_or_default()));
    if !now.violations.is_empty() {
        let mut fails = Table::new();
        fails.set_dotted(true);
        for (law, length) in &now.violations {
            fails.insert(law, toml_edit::value(i64::try_from(*length).unwrap_or(i64::MAX)));
        }
        table.insert("fails", Item::Table(fails));
    }
    if !now.silent.is_empty() {
        table.insert("silent", listed(&now.silent));
    }
    scenario.insert(now.layer.name(), Item::Table(table));
}

/// A list of names, on several lines if it is long.
fn listed(names: &[String]) -> Item {
    // With the key, or with the indentation and a comma, a line has up to 110 columns.
    const WIDTH: usize = 105;
    const WITH_KEY: usize = 93;
    let mut lines = vec![String::new()];
    for name in names {
        let name = toml_edit::value(name.as_str()).to_string();
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = name,
            Some(line) if line.len() + 2 + name.len() < WIDTH => line.extend([", ", &name]),
            _ => lines.push(name),
        }
    }
    let text = match &lines[..] {
        [line] if line.len() <= WITH_KEY => format!("[{line}]"),
        _ => format!("[\n    {},\n]", lines.join(",\n    ")),
    };
    let plain = || toml_edit::value(names.iter().collect::<toml_edit::Array>());
    text.parse::<Toml>().map_or_else(|_| plain(), Item::Value)
}

/// A number with `_` between thousands, as in the rest of the table.
fn underscored(number: u64) -> Item {
    let text = super::report::thousands(number).replace(',', "_");
    text.parse::<Toml>()
        .map_or_else(|_| toml_edit::value(i64::try_from(number).unwrap_or(i64::MAX)), Item::Value)
}
