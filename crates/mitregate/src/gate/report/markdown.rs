//! Results as Markdown, such as GitHub shows as the summary of a step.

use super::{ResultRow, Results, count, push, thousands};
use crate::check::Verdict;
use crate::gate::faults::Faults;
use crate::gate::run::Outcome;

/// GitHub takes no summary of more than 1 MiB; this leaves room for what other steps write.
const MOST: usize = 900 * 1024;

/// The results as a page: what is not as expected with its counterexamples first, then a table of all.
///
/// It has at most 900 KiB. What finds no room is left out, and the page says so.
pub fn text(results: &Results) -> String {
    text_within(results, MOST)
}

/// The same with counterexamples and the table as far as there is room for them in so many bytes.
pub(super) fn text_within(results: &Results, most: usize) -> String {
    let mut page = heading(results);
    if let Some(faults) = &results.faults {
        page.push_str(&matrix(faults));
    }
    let table = table(results);
    let note = "\n*More counterexamples are left out: there is no room for them here.*\n";
    // The table comes first where there is no room for both: it has all verdicts.
    let room = most.saturating_sub(table.len() + note.len());
    for result in &results.results {
        let details = details(result);
        if !details.is_empty() && page.len() + details.len() > room {
            page.push_str(note);
            break;
        }
        page.push_str(&details);
    }
    if page.len() + table.len() <= most {
        page.push_str(&table);
    } else {
        page.push_str("\n*The table is left out: there is no room for it here.*\n");
    }
    page
}

fn heading(results: &Results) -> String {
    let with = |outcome| results.results.iter().filter(|it| it.outcome == outcome).count();
    let (unexpected, open) = (with(Outcome::Unexpected), with(Outcome::Inconclusive));
    let missing = results.missing();
    let left = results.faults.iter().flat_map(Faults::left_in_words);
    let mark = match results.outcome() {
        _ if results.results.is_empty() => "?",
        Outcome::Unexpected => "\u{2717}",
        Outcome::Expected if missing.is_empty() => "\u{2713}",
        Outcome::Expected | Outcome::Inconclusive => "?",
    };
    let mut words = vec![format!("{} checked", results.results.len())];
    for (number, what) in
        [(unexpected, "not as expected"), (open, "inconclusive"), (missing.len(), "not run")]
    {
        if number > 0 {
            words.push(format!("{number} {what}"));
        }
    }
    words.extend(left);
    if words.len() == 1 {
        words.push("all as expected".to_owned());
    }
    let mut page = format!("## {mark} Mitregate: {}\n", words.join(", "));
    if let Some(shard) = &results.shard {
        push(&mut page, format_args!("\nPart {} of {}.\n", shard.number, shard.of));
    }
    for row in missing.iter().take(20) {
        push(&mut page, format_args!("\n* not run: {}", cell(row)));
    }
    if missing.len() > 20 {
        push(&mut page, format_args!("\n* not run: {} more", missing.len() - 20));
    }
    if !missing.is_empty() {
        page.push('\n');
    }
    page
}

/// What there is to say about a result that is not as expected.
fn details(result: &ResultRow) -> String {
    if result.outcome == Outcome::Expected {
        return String::new();
    }
    let mut out = format!("\n### {}\n\n", cell(&result.title()));
    for remark in &result.remarks {
        push(&mut out, format_args!("* {}\n", cell(remark)));
    }
    for why in super::text::why_inconclusive(result) {
        push(&mut out, format_args!("* inconclusive: {}\n", cell(&why)));
    }
    for property in &result.properties {
        let Some(trace) = property.counterexample().filter(|_| !result.is_expected(property))
        else {
            continue;
        };
        let place = property.place.as_ref();
        let place = place.map_or(String::new(), |it| format!(" ({}:{})", it.file, it.line));
        let states = count(trace.len(), "state");
        push(
            &mut out,
            format_args!(
                "\n<details><summary>{} fails after {states}{}</summary>\n\n",
                html(&property.name),
                html(&place)
            ),
        );
        let text = trace.to_string();
        let fence = fence(&text);
        push(&mut out, format_args!("{fence}text\n{text}{fence}\n"));
        if let Some(explorer) = &property.explorer {
            let (command, path) = (&explorer.command, &explorer.path);
            push(&mut out, format_args!("\nIn the Explorer: `{command}`, at `{path}`.\n"));
        }
        out.push_str("\n</details>\n");
    }
    out
}

fn table(results: &Results) -> String {
    let mut out = String::from(
        "\n| system | scenario | layer | distinct states | edges | depth | time | verdict |\n\
         |---|---|---|--:|--:|--:|--:|---|\n",
    );
    for result in &results.results {
        push(
            &mut out,
            format_args!(
                "| {} | {} | {} | {} | {} | {} | {:.2} s | {} |\n",
                cell(&result.system),
                cell(&result.scenario),
                result.layer,
                thousands(result.distinct),
                thousands(result.edges),
                result.depth,
                result.elapsed_s,
                cell(&super::text::verdict(result)),
            ),
        );
    }
    let open = results.results.iter().filter(|it| it.verdict == Verdict::Inconclusive).count();
    if open > 0 {
        push(&mut out, format_args!("\n{} of these decide nothing.\n", count(open, "row")));
    }
    out
}

/// Faults and the laws that catch them: a row for each fault, a column for each law of its system.
fn matrix(table: &Faults) -> String {
    let mut out = String::new();
    for system in table.systems() {
        let laws: Vec<_> = table.laws.iter().filter(|law| law.system == system).collect();
        push(
            &mut out,
            format_args!(
                "\n### Faults of {}\n\nThe states of the shortest counterexample, by fault and law; in bold where that law \
                 ends the search. A law is under its number.\n\n| fault |",
                cell(system)
            ),
        );
        for number in 1..=laws.len() {
            push(&mut out, format_args!(" {number} |"));
        }
        push(&mut out, format_args!("\n|---|{}\n", "--:|".repeat(laws.len())));
        for fault in table.faults.iter().filter(|fault| fault.system == system) {
            push(&mut out, format_args!("| {} |", cell(&fault.fault)));
            for law in &laws {
                let catches = fault.caught_by.iter().filter(|catch| catch.law == law.law);
                let shortest = catches.min_by_key(|it| (it.distinct.is_none(), it.trace_length));
                let shown = shortest.map_or(String::new(), |catch| {
                    let length = catch.trace_length.map_or("yes".to_owned(), |it| it.to_string());
                    if catch.distinct.is_some() { format!("**{length}**") } else { length }
                });
                push(&mut out, format_args!(" {shown} |"));
            }
            out.push('\n');
        }
        out.push('\n');
        for (number, law) in (1..).zip(&laws) {
            let fails = match law.scenarios.len() {
                0 => String::new(),
                some => format!(", and fails in {} without a fault", count(some, "scenario")),
            };
            let faults = count(law.faults.len(), "fault");
            push(&mut out, format_args!("{number}. {}: {faults}{fails}\n", cell(&law.law)));
        }
    }
    let [no_law, nothing] = table.left_over();
    for fault in table.surviving() {
        let (system, fault) = (cell(&fault.system), cell(&fault.fault));
        push(&mut out, format_args!("\n**{no_law}** {system}: {fault}\n"));
    }
    for law in table.idle() {
        push(
            &mut out,
            format_args!("\n**{nothing}**: {}, {}\n", cell(&law.system), cell(&law.law)),
        );
    }
    out
}

/// Text that stands for itself in a cell, or in a line.
fn cell(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\n' | '\r' => out.push(' '),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '|' | '*' | '_' | '`' | '[' | ']' | '\\' | '~' | '#' => out.extend(['\\', c]),
            c => out.push(c),
        }
    }
    out
}

/// Text that stands for itself in HTML, where Markdown's escapes are none.
fn html(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace(['\n', '\r'], " ")
}

/// A fence that is longer than any in the text.
fn fence(text: &str) -> String {
    let longest = text.split(|c| c != '`').map(str::len).max().unwrap_or(0);
    "`".repeat(longest.max(2) + 1)
}
