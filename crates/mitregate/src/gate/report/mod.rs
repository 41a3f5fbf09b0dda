//! Results for people, and results for programs.

use std::collections::BTreeMap;
use std::fmt::Write;

use anstyle::{AnsiColor, Style};
use serde::Serialize;

use super::run::{Judged, Outcome};
use crate::check::{PropertyReport, StopReason, Trace, Verdict};

/// What `check --format json` prints.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Results {
    /// One entry for each layer of each scenario that was run, in the order of running.
    pub results: Vec<ResultRow>,
}

/// One layer of one scenario.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
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
    /// What there is to say besides, such as how much of its spec code does that is pressed.
    pub notes: Vec<String>,
    /// Why the exploration ended early: `states`, `memory`, `time`, `interrupted`, `checkpoint` (it could not
    /// be saved), `disk` (it could not be used) or `violation`; nothing if it saw all.
    pub stopped: Option<&'static str>,
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
}

/// One property.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PropertyRow {
    /// Its name.
    pub name: String,
    /// `invariant`, `step`, `deadlock`, `liveness` or `contract`.
    pub kind: &'static str,
    /// `holds`, `violated` or `inconclusive`.
    pub verdict: &'static str,
    /// Why it is inconclusive, or violated where no path shows it.
    pub undecided: Option<String>,
    /// Whether it holds only because its witness is never reached.
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
        notes: report.notes.clone(),
        stopped: report.stopped.map(StopReason::word),
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
        undecided: property.undecided.clone(),
        vacuous: property.is_vacuous(),
        trace_length: property.counterexample.as_ref().map(Trace::len),
    }
}

/// The published JSON schema of [`Results`].
pub const SCHEMA: &str = include_str!("../../check.schema.json");

const GOOD: Style = AnsiColor::Green.on_default();
const BAD: Style = AnsiColor::Red.on_default().bold();
const OPEN: Style = AnsiColor::Yellow.on_default();
const BOLD: Style = Style::new().bold();

/// Results as lines of a table, each printed when it is known.
///
/// Under a line stands what there is to say: counterexamples, what is not as expected, and why something is
/// inconclusive. Counterexamples of violations that were expected are shown whole only if `in_full`;
/// otherwise just what there is to say about their ends.
pub struct Lines {
    in_full: bool,
    /// The width of the first column: that of the longest name to come.
    names: usize,
    /// The terminal's, in characters; none where there is none.
    width: Option<usize>,
    columns: Columns,
}

/// Which columns there are. Narrow terminals have fewer of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Columns {
    Counts,
    Edges,
    All,
}

impl Lines {
    /// A table for results with these names. `width` is the terminal's, in characters; none where there
    /// is none.
    pub fn new<'a>(
        names: impl IntoIterator<Item = &'a str>,
        width: Option<usize>,
        in_full: bool,
    ) -> Lines {
        let names = names.into_iter().map(|name| name.chars().count()).max().unwrap_or(0).max(8);
        let columns = match width {
            Some(width) if width < names + 54 => Columns::Counts,
            Some(width) if width < names + 82 => Columns::Edges,
            _ => Columns::All,
        };
        Lines { in_full, names, width, columns }
    }

    /// The line above all others.
    pub fn header(&self) -> String {
        self.line([
            "scenario", "layer", "distinct", "edges", "depth", "states/s", "time", "verdict",
        ])
    }

    fn line(&self, cells: [&str; 8]) -> String {
        let [scenario, layer, distinct, edges, depth, rate, time, verdict] = cells;
        let mut out = String::new();
        let names = self.names;
        push(&mut out, format_args!("{scenario:<names$}  {layer:<6}  {distinct:>10}"));
        if self.columns >= Columns::Edges {
            push(&mut out, format_args!("  {edges:>11}  {depth:>5}"));
        }
        if self.columns == Columns::All {
            push(&mut out, format_args!("  {rate:>8}  {time:>8}"));
        }
        let is_narrow = self.columns == Columns::Counts;
        let fits = |width| out.chars().count() + 2 + verdict.chars().count() <= width;
        if is_narrow && !self.width.is_none_or(fits) {
            // A line of its own, and one for each property that fails.
            let verdict = verdict.replace("), ", "),\n    ");
            push(&mut out, format_args!("\n  {verdict}\n"));
        } else {
            push(&mut out, format_args!("  {verdict}\n"));
        }
        out
    }

    /// A result's line, and what there is to say.
    pub fn result(&self, result: &Judged) -> String {
        let report = &result.report;
        let mut out = self.line([
            &result.scenario,
            result.layer.name(),
            &thousands(report.distinct),
            &thousands(report.edges),
            &report.depth.to_string(),
            &rate(report.states_per_second()),
            &format!("{:.2} s", report.elapsed.as_secs_f64()),
            &verdict(result),
        ]);
        // What matters is said last: notes, counterexamples, and then what is not as expected.
        let (style, word) = match result.expected {
            Some(_) => (BAD, "unexpected"),
            None => (OPEN, "note"),
        };
        for note in &report.notes {
            push(&mut out, format_args!("      {note}\n"));
        }
        let mut remarks = String::new();
        for remark in &result.remarks {
            let place = place(result);
            push(&mut remarks, format_args!("{style}{word}{style:#}: {place}: {remark}\n"));
        }
        if result.expected.is_none() {
            out.push_str(&remarks);
        }
        for property in &report.properties {
            if let Some(trace) = &property.counterexample {
                let brief = result.outcome == Outcome::Expected && !self.in_full;
                // The line has said that it fails; in brief only what there is to say besides.
                if !brief || !trace.explanation.is_empty() {
                    push_counterexample(&mut out, result, property, trace, brief);
                }
            }
        }
        if result.expected.is_some() {
            out.push_str(&remarks);
        }
        for line in why_inconclusive(result) {
            push(&mut out, format_args!("{OPEN}inconclusive{OPEN:#}: {}: {line}\n", place(result)));
        }
        out
    }
}

/// A value as JSON that people can read, with a line break at the end.
///
/// # Errors
///
/// If the value cannot be written as JSON, such as a map whose keys are no strings.
pub fn json_text<T: Serialize + ?Sized>(value: &T) -> serde_json::Result<String> {
    Ok(serde_json::to_string_pretty(value)? + "\n")
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
        .filter(|property| property.verdict == Verdict::Violated)
        .map(|property| match &property.counterexample {
            Some(trace) => format!("{} fails ({})", property.name, count(trace.len(), "state")),
            None => format!("{} fails", property.name),
        })
        .collect();
    match result.report.verdict() {
        Verdict::Holds => match &result.expected {
            Some(pinned)
                if result.outcome == Outcome::Unexpected
                    && pinned.distinct.is_some_and(|it| it != result.report.distinct) =>
            {
                let pinned = thousands(pinned.distinct.unwrap_or_default());
                format!("{mark} holds, but {pinned} states are pinned")
            }
            Some(_) if result.outcome == Outcome::Unexpected => {
                format!("{mark} holds, but not as expected")
            }
            _ => format!("{mark} holds"),
        },
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
            "{BOLD}{}{BOLD:#}: {} {style}{how}{style:#} after {}\n",
            place(result),
            property.name,
            count(trace.len(), "state")
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

/// Why a result is inconclusive: what ended the exploration, and what is open for reasons of its own.
fn why_inconclusive(result: &Judged) -> Vec<String> {
    if result.outcome != Outcome::Inconclusive {
        return Vec::new();
    }
    let report = &result.report;
    let states = thousands(report.distinct);
    let open = report.properties.iter().filter_map(|property| {
        Some(format!("{}: {}", property.name, property.undecided.as_ref()?))
    });
    match report.stopped {
        Some(StopReason::States) => vec![format!("ended at {states} states, as --max-states says")],
        Some(StopReason::Memory) => vec![format!("ended at {states} states, at --max-memory")],
        Some(StopReason::Time) => vec![format!("ended at {states} states, after --timeout")],
        Some(StopReason::Interrupted) => vec![format!("interrupted at {states} states")],
        Some(StopReason::Checkpoint) => {
            vec![format!("ended at {states} states, which could not be saved")]
        }
        Some(StopReason::Disk) => {
            vec![format!("ended at {states} states, because the disk could not be used")]
        }
        Some(StopReason::Violation) | None if report.distinct == 0 => {
            vec!["there is no initial state".to_owned()]
        }
        Some(StopReason::Violation) | None if report.properties.is_empty() => {
            vec![format!("{states} states, but no law to check; name some under INVARIANTS")]
        }
        Some(StopReason::Violation) | None => open.collect(),
    }
}

/// One line on all results, and one on each that is not as expected.
pub fn summary(judged: &[Judged]) -> String {
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
    let mut out = format!(
        "{} checked, {style}{words}{style:#}, in {total:.1} s; a state was missed with probability \
         at most {collision:.0e}\n",
        judged.len()
    );
    for result in judged.iter().filter(|result| result.outcome == Outcome::Unexpected) {
        push(&mut out, format_args!("{BAD}{}{BAD:#}: {}\n", place(result), verdict(result)));
    }
    out
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

/// Writing to a string cannot fail.
fn push(out: &mut String, text: std::fmt::Arguments<'_>) {
    let _ = out.write_fmt(text);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Set to write the schema anew.
    const UPDATE: &str = "MITREGATE_UPDATE_SCHEMA";

    #[test]
    fn the_published_schema_is_that_of_the_types() {
        let made = json_text(&schemars::schema_for!(Results)).unwrap();
        if std::env::var_os(UPDATE).is_some() {
            let path = concat!(env!("CARGO_MANIFEST_DIR"), "/check.schema.json");
            std::fs::write(path, &made).unwrap();
        } else {
            assert_eq!(made, SCHEMA, "check.schema.json is old: test again with {UPDATE}=1");
        }
    }
}
