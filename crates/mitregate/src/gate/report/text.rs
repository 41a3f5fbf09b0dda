//! Results for people, on a terminal.

use std::collections::BTreeSet;

use anstyle::{AnsiColor, Style};

use super::{InExplorer, PropertyRow, ResultRow, Results, count, push, rate, thousands};
use crate::check::{StopReason, Trace, Verdict};
use crate::gate::faults::{Caught, Fault, Faults};
use crate::gate::run::Outcome;

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
    /// The width of the column of systems; none where all results are of one.
    systems: Option<usize>,
    /// The width of the column of scenarios: that of the longest name to come.
    names: usize,
    /// The terminal's, in characters; none where there is none.
    width: Option<usize>,
    columns: Columns,
}

/// Which columns there are. Narrow terminals have fewer of them.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Columns {
    /// Names have a line of their own.
    Stacked,
    Counts,
    Edges,
    All,
}

/// How wide the columns between the names and the verdict are, as [`Columns`] says.
const COUNTS: usize = 20;
const EDGES: usize = 40;
const ALL: usize = 60;
/// Room for a short verdict.
const VERDICT: usize = 22;

impl Lines {
    /// A table for results of these systems and scenarios. `width` is the terminal's, in characters; none where there
    /// is none.
    pub fn new<'a>(
        rows: impl IntoIterator<Item = (&'a str, &'a str)>,
        width: Option<usize>,
        in_full: bool,
    ) -> Lines {
        let (mut systems, mut names) = (BTreeSet::new(), "scenario".len());
        for (system, name) in rows {
            systems.insert(system);
            names = names.max(name.chars().count());
        }
        let longest = systems.iter().map(|system| system.chars().count()).max();
        let systems = longest.filter(|_| systems.len() > 1).map(|it| it.max("system".len()));
        let before = systems.map_or(0, |it| it + 2) + names;
        let columns = match width {
            Some(width) if width < before + COUNTS => Columns::Stacked,
            Some(width) if width < before + EDGES + VERDICT => Columns::Counts,
            Some(width) if width < before + ALL + VERDICT => Columns::Edges,
            _ => Columns::All,
        };
        Lines { in_full, systems, names, width, columns }
    }

    /// The line above all others.
    pub fn header(&self) -> String {
        self.line([
            "system", "scenario", "layer", "distinct", "edges", "depth", "states/s", "time",
            "verdict",
        ])
    }

    fn line(&self, cells: [&str; 9]) -> String {
        let [system, scenario, layer, distinct, edges, depth, rate, time, verdict] = cells;
        let mut out = String::new();
        if let Some(width) = self.systems {
            push(&mut out, format_args!("{system:<width$}  "));
        }
        if self.columns == Columns::Stacked {
            push(&mut out, format_args!("{scenario}\n"));
        } else {
            let names = self.names;
            push(&mut out, format_args!("{scenario:<names$}"));
        }
        push(&mut out, format_args!("  {layer:<6}  {distinct:>10}"));
        if self.columns >= Columns::Edges {
            push(&mut out, format_args!("  {edges:>11}  {depth:>5}"));
        }
        if self.columns == Columns::All {
            push(&mut out, format_args!("  {rate:>8}  {time:>8}"));
        }
        let last = out.rsplit('\n').next().map_or(0, |line| line.chars().count());
        let fits = |width| last + 2 + verdict.chars().count() <= width;
        if self.columns <= Columns::Counts && !self.width.is_none_or(fits) {
            // A line of its own, and one for each property that fails.
            let verdict = verdict.replace("), ", "),\n    ");
            push(&mut out, format_args!("\n  {verdict}\n"));
        } else {
            push(&mut out, format_args!("  {verdict}\n"));
        }
        out
    }

    /// A result's line, and what there is to say.
    pub fn result(&self, result: &ResultRow) -> String {
        let mut out = self.line([
            &result.system,
            &result.scenario,
            result.layer.name(),
            &thousands(result.distinct),
            &thousands(result.edges),
            &result.depth.to_string(),
            &rate(result.states_per_s),
            &format!("{:.2} s", result.elapsed_s),
            &verdict(result),
        ]);
        // What matters is said last: notes, counterexamples, and then what is not as expected.
        let (style, word) = match result.expected {
            Some(_) => (BAD, "unexpected"),
            None => (OPEN, "note"),
        };
        for note in &result.notes {
            push(&mut out, format_args!("      {note}\n"));
        }
        let mut remarks = String::new();
        for remark in &result.remarks {
            let place = result.title();
            push(&mut remarks, format_args!("{style}{word}{style:#}: {place}: {remark}\n"));
        }
        if result.expected.is_none() {
            out.push_str(&remarks);
        }
        for property in &result.properties {
            if let Some(trace) = property.counterexample() {
                let brief = result.outcome == Outcome::Expected && !self.in_full;
                // The line has said that it fails; in brief only what there is to say besides.
                if !brief || !trace.explanation.is_empty() {
                    push_counterexample(&mut out, result, property, &trace, brief);
                }
            }
        }
        if result.expected.is_some() {
            out.push_str(&remarks);
        }
        for line in why_inconclusive(result) {
            push(
                &mut out,
                format_args!("{OPEN}inconclusive{OPEN:#}: {}: {line}\n", result.title()),
            );
        }
        out
    }
}

/// The verdict in words, with a mark that says whether it is the expected one.
pub(super) fn verdict(result: &ResultRow) -> String {
    let mark = match result.outcome {
        Outcome::Expected => "✓",
        Outcome::Unexpected => "✗",
        Outcome::Inconclusive => "?",
    };
    let violated: Vec<_> = result
        .properties
        .iter()
        .filter(|property| property.verdict == Verdict::Violated)
        .map(|property| match property.trace_length {
            Some(length) => format!("{} fails ({})", property.name, count(length, "state")),
            None => format!("{} fails", property.name),
        })
        .collect();
    match result.verdict {
        Verdict::Holds => match &result.expected {
            Some(pinned)
                if result.outcome == Outcome::Unexpected
                    && pinned.distinct.is_some_and(|it| it != result.distinct) =>
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

fn push_counterexample(
    out: &mut String,
    result: &ResultRow,
    property: &PropertyRow,
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
            result.title(),
            property.name,
            count(trace.len(), "state")
        ),
    );
    if brief {
        for line in &trace.explanation {
            push(out, format_args!("      {line}\n"));
        }
        return;
    }
    push(out, format_args!("{trace}"));
    if let Some(InExplorer { command, path }) = &property.explorer {
        push(out, format_args!("      in the Explorer: {command}, at {path}\n"));
    }
    out.push('\n');
}

/// Why a result is inconclusive: what ended the exploration, and what is open for reasons of its own.
pub(super) fn why_inconclusive(result: &ResultRow) -> Vec<String> {
    if result.outcome != Outcome::Inconclusive {
        return Vec::new();
    }
    let states = thousands(result.distinct);
    let open = result.properties.iter().filter_map(|property| {
        Some(format!("{}: {}", property.name, property.undecided.as_ref()?))
    });
    match result.stopped {
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
        Some(StopReason::Lost) => {
            vec![format!("ended at {states} states, because a worker was lost")]
        }
        Some(StopReason::Violation) | None if result.distinct == 0 => {
            vec!["there is no initial state".to_owned()]
        }
        Some(StopReason::Violation) | None if result.properties.is_empty() => {
            vec![format!("{states} states, but no law to check; name some under INVARIANTS")]
        }
        Some(StopReason::Violation) | None => open.collect(),
    }
}

/// One line on all results, and one on each that is not as expected.
pub fn summary(whole: &Results) -> String {
    let results = &whole.results;
    let count = |outcome| results.iter().filter(|result| result.outcome == outcome).count();
    let (unexpected, open) = (count(Outcome::Unexpected), count(Outcome::Inconclusive));
    let collision: f64 =
        results.iter().map(|result| result.collision_probability).sum::<f64>().min(1.0);
    let total: f64 = results.iter().map(|result| result.elapsed_s).sum();
    let not_run = whole.missing().len();
    let counts = [(unexpected, "not as expected"), (open, "inconclusive"), (not_run, "not run")];
    let some = counts.iter().filter(|(number, _)| *number > 0);
    let mut words: Vec<_> = some.map(|(number, what)| format!("{number} {what}")).collect();
    words.extend(whole.faults.iter().flat_map(Faults::left_in_words));
    let (style, words) = match (whole.outcome(), words.as_slice()) {
        (Outcome::Unexpected, some) => (BAD, some.join(", ")),
        (_, []) => (GOOD, "all as expected".to_owned()),
        (_, some) => (OPEN, some.join(", ")),
    };
    let mut out = whole.faults.as_ref().map(faults).unwrap_or_default();
    push(
        &mut out,
        format_args!("{} checked, {style}{words}{style:#}, in {total:.1} s", results.len()),
    );
    // Where the search was cut off, most of what was missed was not missed by chance.
    let is_cut = |it: &ResultRow| it.stopped.is_some_and(StopReason::is_cut);
    if !results.iter().any(is_cut) {
        push(
            &mut out,
            format_args!("; a state was missed with probability at most {collision:.0e}"),
        );
    }
    out.push('\n');
    for result in results.iter().filter(|result| result.outcome == Outcome::Unexpected) {
        push(&mut out, format_args!("{BAD}{}{BAD:#}: {}\n", result.title(), verdict(result)));
    }
    out
}

/// Which law catches which fault, and which fault and which law is left over.
fn faults(table: &Faults) -> String {
    let mut out = String::new();
    if !table.faults.is_empty() {
        out += "\nWhat catches each fault: states of the shortest counterexample, and distinct\n\
                states seen until it was found; none where another law fails before, and the\n\
                search has to go on.\n";
    }
    for Fault { system, fault, caught_by } in &table.faults {
        push(&mut out, format_args!("{system}: {fault}\n"));
        let mut last = None;
        for catch in caught_by {
            let (law, layer, scenario) = (&catch.law, catch.layer, &catch.scenario);
            if last.replace(scenario) != Some(scenario) {
                push(&mut out, format_args!("  {scenario}\n"));
            }
            let length = catch.trace_length.map_or(String::new(), |it| thousands(it as u64));
            let seen = catch.distinct.map_or(String::new(), thousands);
            let row = format!("    {law:<26}{layer:<6}{length:>8}{seen:>12}");
            push(&mut out, format_args!("{}\n", row.trim_end()));
        }
    }
    for system in table.systems() {
        let faults = table.faults.iter().filter(|it| it.system == system);
        let caught = faults.clone().filter(|it| it.is_caught()).count();
        let laws = table.laws.iter().filter(|it| it.system == system);
        let idle = table.idle().filter(|it| it.system == system).count();
        push(
            &mut out,
            format_args!(
                "{BOLD}{system}{BOLD:#}: {caught} of {} caught, by {}\n",
                count(faults.count(), "fault"),
                count(laws.count() - idle, "law")
            ),
        );
    }
    let style = if table.is_whole { BAD } else { OPEN };
    let [no_law, nothing] = table.left_over();
    for Fault { system, fault, .. } in table.surviving() {
        push(&mut out, format_args!("{style}{no_law}{style:#} {system}: {fault}\n"));
    }
    for Caught { system, law, .. } in table.idle() {
        push(&mut out, format_args!("{style}{nothing}{style:#}: {system}, {law}\n"));
    }
    out
}
