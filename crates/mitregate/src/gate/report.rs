//! Results for people, and results for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use comfy_table::{Cell, CellAlignment, Table, presets};
use schemars::JsonSchema;
use serde::Serialize;

use super::run::{Judged, Outcome};
use crate::check::{PropertyReport, StopReason, Trace, Verdict};

/// What `check --format json` prints.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Results {
    /// One entry for each layer of each scenario that was run, in the order of running.
    pub results: Vec<ResultRow>,
}

/// One layer of one scenario.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ResultRow {
    /// The system's name.
    pub system: &'static str,
    /// The scenario's name, or the file name of the configuration that was given.
    pub scenario: String,
    /// `spec`, `system` or `miter`.
    pub layer: &'static str,
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
    /// `holds`, `violated` or `inconclusive`.
    pub verdict: &'static str,
    /// `expected`, `unexpected` or `inconclusive`: how that compares with the scenario's table.
    pub outcome: &'static str,
    /// What is not as expected.
    pub remarks: Vec<String>,
    /// The laws that were checked.
    pub properties: Vec<PropertyRow>,
    /// Steps taken by each class of actions.
    pub coverage: BTreeMap<String, u64>,
    /// An upper bound on the probability that a state was missed.
    pub collision_probability: f64,
    /// Time in seconds.
    pub elapsed_s: f64,
    /// Distinct states per second.
    pub states_per_s: f64,
}

/// One law.
#[derive(Debug, Serialize, JsonSchema)]
pub struct PropertyRow {
    /// Its name.
    pub name: String,
    /// `invariant`, `step`, `deadlock` or `liveness`.
    pub kind: &'static str,
    /// `holds`, `violated` or `inconclusive`.
    pub verdict: &'static str,
    /// Whether it holds only because it never says anything.
    pub vacuous: bool,
    /// The number of states of the shortest counterexample, if it is violated.
    pub trace_length: Option<usize>,
}

/// The results as data.
pub fn rows(judged: &[Judged]) -> Results {
    Results { results: judged.iter().map(row).collect() }
}

fn row(judged: &Judged) -> ResultRow {
    let report = &judged.report;
    ResultRow {
        system: judged.system,
        scenario: judged.scenario.clone(),
        layer: judged.layer.name(),
        constants: judged.constants.iter().map(|(n, v)| (n.to_string(), v.clone())).collect(),
        environment: judged.environment.clone(),
        distinct: report.distinct,
        edges: report.edges,
        depth: report.depth,
        verdict: report.verdict().word(),
        outcome: match judged.outcome {
            Outcome::Expected => "expected",
            Outcome::Unexpected => "unexpected",
            Outcome::Inconclusive => "inconclusive",
        },
        remarks: judged.remarks.clone(),
        properties: report.properties.iter().map(property_row).collect(),
        coverage: report.coverage.iter().map(|(name, steps)| (name.to_string(), *steps)).collect(),
        collision_probability: report.collision_probability,
        elapsed_s: report.elapsed.as_secs_f64(),
        states_per_s: report.states_per_second(),
    }
}

fn property_row(property: &PropertyReport) -> PropertyRow {
    PropertyRow {
        name: property.name.to_string(),
        kind: property.kind.word(),
        verdict: property.verdict.word(),
        vacuous: property.is_vacuous(),
        trace_length: property.counterexample.as_ref().map(Trace::len),
    }
}

/// The JSON schema of [`Results`].
pub fn schema() -> schemars::Schema {
    schemars::schema_for!(Results)
}

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();

/// The results as a table, then whatever needs saying, then one line on all.
///
/// Counterexamples of violations that were expected are shown in full only if `in_full`; otherwise
/// just what there is to say about their ends.
pub fn text(judged: &[Judged], in_full: bool) -> String {
    let mut out = String::new();
    push(&mut out, format_args!("{}\n", table(judged)));
    for result in judged {
        for property in &result.report.properties {
            if let Some(trace) = &property.counterexample {
                let brief = result.outcome == Outcome::Expected && !in_full;
                // The table has said that it fails; in brief only what there is to say besides.
                if !brief || !trace.explanation.is_empty() {
                    push_counterexample(&mut out, result, property, trace, brief);
                }
            }
        }
        for remark in &result.remarks {
            let (style, word) = match result.outcome {
                Outcome::Unexpected => (BAD, "unexpected"),
                _ => (OPEN, "note"),
            };
            let place = place(result);
            push(&mut out, format_args!("{style}{word}{style:#}: {place}: {remark}\n"));
        }
        if let Some(line) = why_inconclusive(result) {
            push(&mut out, format_args!("{OPEN}inconclusive{OPEN:#}: {}: {line}\n", place(result)));
        }
    }
    push(&mut out, format_args!("{}\n", summary(judged)));
    out
}

/// An empty table with a header, in the style of all tables here, some of whose columns have numbers.
pub fn new_table<const N: usize>(
    header: [&str; N],
    numbers: impl IntoIterator<Item = usize>,
) -> Table {
    let mut table = Table::new();
    table.load_style(presets::UTF8_HORIZONTAL_ONLY);
    table.set_header(header);
    for column in numbers {
        if let Some(column) = table.column_mut(column) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table
}

/// A value as JSON that people can read, with a line break at the end.
///
/// # Errors
///
/// If the value cannot be written as JSON, such as a map whose keys are no strings.
pub fn json_text<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
}

fn table(judged: &[Judged]) -> Table {
    let header = ["scenario", "layer", "distinct", "edges", "depth", "verdict", "states/s", "time"];
    let mut table = new_table(header, [2, 3, 4, 6, 7]);
    for result in judged {
        let report = &result.report;
        table.add_row([
            Cell::new(&result.scenario),
            Cell::new(result.layer),
            Cell::new(thousands(report.distinct)),
            Cell::new(thousands(report.edges)),
            Cell::new(report.depth),
            Cell::new(verdict(result)),
            Cell::new(rate(report.states_per_second())),
            Cell::new(format!("{:.2} s", report.elapsed.as_secs_f64())),
        ]);
    }
    table
}

/// The verdict in words, with a mark that says whether it is the expected one.
fn verdict(result: &Judged) -> String {
    let mark = match result.outcome {
        Outcome::Expected => "✓",
        Outcome::Unexpected => "✗",
        Outcome::Inconclusive => "?",
    };
    let violated: Vec<_> = result
        .report
        .properties
        .iter()
        .filter_map(|property| {
            property.counterexample.as_ref().map(|trace| (&property.name, trace.len()))
        })
        .map(|(name, length)| format!("{name} fails ({length} states)"))
        .collect();
    match result.report.verdict() {
        Verdict::Holds => format!("{mark} holds"),
        Verdict::Violated => format!("{mark} {}", violated.join(", ")),
        Verdict::Inconclusive => format!("{mark} inconclusive"),
    }
}

fn place(result: &Judged) -> String {
    format!("{}, {}, {}", result.system, result.scenario, result.layer)
}

fn push_counterexample(
    out: &mut String,
    result: &Judged,
    property: &PropertyReport,
    trace: &Trace,
    brief: bool,
) {
    let (style, how) = match result.outcome {
        Outcome::Expected => (GOOD, "fails as expected"),
        _ => (BAD, "fails"),
    };
    push(
        out,
        format_args!(
            "{BOLD}{}{BOLD:#}: {} {style}{how}{style:#} after {} states\n",
            place(result),
            property.name,
            trace.len()
        ),
    );
    if brief {
        for line in &trace.explanation {
            push(out, format_args!("      {line}\n"));
        }
    } else {
        push(out, format_args!("{trace}\n"));
    }
}

fn why_inconclusive(result: &Judged) -> Option<String> {
    if result.outcome != Outcome::Inconclusive {
        return None;
    }
    let states = thousands(result.report.distinct);
    Some(match result.report.stopped {
        Some(StopReason::States) => format!("ended at {states} states, as --max-states says"),
        Some(StopReason::Memory) => format!("ended at {states} states, at --max-memory"),
        Some(StopReason::Time) => format!("ended at {states} states, after --timeout"),
        Some(StopReason::Interrupted) => format!("interrupted at {states} states"),
        Some(StopReason::Violation) | None if result.report.distinct == 0 => {
            "there is no initial state".to_owned()
        }
        Some(StopReason::Violation) | None => {
            format!("{states} states, but no law to check; name some under INVARIANTS")
        }
    })
}

fn summary(judged: &[Judged]) -> String {
    let count = |outcome| judged.iter().filter(|result| result.outcome == outcome).count();
    let (unexpected, open) = (count(Outcome::Unexpected), count(Outcome::Inconclusive));
    let collision: f64 =
        judged.iter().map(|result| result.report.collision_probability).sum::<f64>().min(1.0);
    let total: f64 = judged.iter().map(|result| result.report.elapsed.as_secs_f64()).sum();
    let (style, words) = match (unexpected, open) {
        (0, 0) => (GOOD, "all as expected".to_owned()),
        (0, open) => (OPEN, format!("{open} inconclusive")),
        (unexpected, 0) => (BAD, format!("{unexpected} not as expected")),
        (unexpected, open) => (BAD, format!("{unexpected} not as expected, {open} inconclusive")),
    };
    format!(
        "{} checked, {style}{words}{style:#}, in {total:.1} s; a state was missed with probability \
         at most {collision:.0e}",
        judged.len()
    )
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

/// Writing to a string cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}
