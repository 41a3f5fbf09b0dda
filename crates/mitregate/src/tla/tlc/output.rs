//! What TLC prints.

use super::TlcVerdict;

/// How many lines of TLC's own message are passed on.
const MESSAGE_LINES: usize = 20;

/// A verdict and what belongs to it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) version: String,
    pub(super) distinct: u64,
    pub(super) generated: u64,
    pub(super) depth: Option<u64>,
    pub(super) verdict: TlcVerdict,
    pub(super) violated: Option<String>,
    /// Whether it was a temporal property, which TLC 2.15 does not name.
    pub(super) temporal: bool,
    pub(super) trace_length: Option<u64>,
}

/// Reads TLC's output; `None` if it has no verdict. `success` is the exit status.
pub(super) fn verdict(output: &str, success: bool) -> Option<Found> {
    // What follows the first error explains it.
    let error = output.lines().find_map(|line| line.strip_prefix("Error: "));
    let completed =
        output.lines().any(|line| line.starts_with("Model checking completed. No error"));
    let (verdict, violated) = match error {
        None if completed && success => (TlcVerdict::Holds, None),
        Some(error) if error.starts_with("Deadlock reached") => (TlcVerdict::Deadlock, None),
        Some(error) => match temporal(error) {
            Some(names) => (TlcVerdict::Violated, (!names.is_empty()).then(|| names.to_owned())),
            None => (TlcVerdict::Violated, Some(violated(error)?.to_owned())),
        },
        None => return None,
    };
    let (generated, distinct) = output.lines().rev().find_map(counts).unwrap_or_default();
    let trace = output.lines().filter(|line| is_trace_state(line)).count();
    let temporal = error.and_then(temporal).is_some();
    // TLC prints a trace of one state without its number. What it shows for a temporal property is
    // neither the shortest behaviour nor the same one every time.
    let trace_length = (verdict != TlcVerdict::Holds && !temporal)
        .then(|| u64::try_from(trace.max(1)).unwrap_or(u64::MAX));
    Some(Found {
        version: version(output).unwrap_or("unknown").to_owned(),
        distinct,
        generated,
        depth: output
            .lines()
            .find_map(|line| line.strip_prefix("The depth of the complete state graph search is "))
            .and_then(number),
        verdict,
        temporal,
        violated,
        trace_length,
    })
}

/// The names in an error about temporal properties; empty if it has none: TLC 2.15 says `Temporal properties were
/// violated.`, and later versions `Temporal property P was violated.` or `Temporal properties P and Q were
/// violated.`
fn temporal(error: &str) -> Option<&str> {
    let plural = error.strip_prefix("Temporal properties ").map(|rest| (rest, "were violated"));
    let singular = error.strip_prefix("Temporal property ").map(|rest| (rest, "was violated"));
    let (rest, end) = plural.or(singular)?;
    Some(rest.split_once(end)?.0.trim())
}

/// The invariant or property in `Invariant X is violated...`.
fn violated(error: &str) -> Option<&str> {
    ["Invariant ", "Action property ", "Property ", "Temporal property "]
        .iter()
        .find_map(|kind| error.strip_prefix(kind))
        .and_then(|rest| rest.split_once(" is violated"))
        .map(|(name, _)| name)
}

/// `2.15` in `TLC2 Version 2.15 of ...`.
fn version(output: &str) -> Option<&str> {
    output.lines().find_map(|line| line.strip_prefix("TLC2 Version "))?.split_whitespace().next()
}

/// The numbers in `12 states generated, 3 distinct states found, ...`.
fn counts(line: &str) -> Option<(u64, u64)> {
    let (generated, rest) = line.split_once(" states generated")?;
    let (before, _) = rest.split_once(" distinct states found")?;
    let (_, distinct) = before.rsplit_once(' ')?;
    Some((number(generated)?, number(distinct)?))
}

/// The number that the text begins with; thousands may be separated by commas.
fn number(text: &str) -> Option<u64> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ',').unwrap_or(text.len());
    text[..end].replace(',', "").parse().ok()
}

/// Whether the line is `State 3: ...`, which begins a state of a trace.
fn is_trace_state(line: &str) -> bool {
    line.strip_prefix("State ")
        .and_then(|rest| rest.split_once(':'))
        .is_some_and(|(n, _)| !n.is_empty() && n.bytes().all(|b| b.is_ascii_digit()))
}

/// TLC's own words about what went wrong: from its first complaint on, or else its last lines.
pub(super) fn message(stdout: &str, stderr: &str) -> String {
    let lines: Vec<&str> =
        stdout.lines().chain(stderr.lines()).map(str::trim_end).filter(|l| !l.is_empty()).collect();
    let complaint = lines.iter().position(|line| {
        ["Error:", "***", "Fatal error", "Exception", "Usage"].iter().any(|s| line.starts_with(s))
    });
    let start = complaint.unwrap_or(lines.len().saturating_sub(MESSAGE_LINES));
    lines[start..].iter().take(MESSAGE_LINES).copied().collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "TLC2 Version 2.15 of Day Month 20?? (rev: d5b5a7f)\n";
    const TAIL: &str = "Progress(3) at x: 5 states generated, 4 distinct states found, 0 left.\n\
        11,202 states generated, 937 distinct states found, 0 states left on queue.\n\
        The depth of the complete state graph search is 14.\n";

    fn read(middle: &str, success: bool) -> Option<Found> {
        verdict(&format!("{HEAD}{middle}\n{TAIL}"), success)
    }

    #[test]
    fn reads_numbers() {
        let found = read("Model checking completed. No error has been found.", true).unwrap();
        assert_eq!(
            found,
            Found {
                version: "2.15".into(),
                distinct: 937,
                generated: 11202,
                depth: Some(14),
                verdict: TlcVerdict::Holds,
                violated: None,
                temporal: false,
                trace_length: None,
            }
        );
    }

    #[test]
    fn reads_violations() {
        for (text, name, states) in [
            ("Error: Invariant I is violated.\nState 1: a\nx = 1\n\nState 2: b", "I", 2),
            ("Error: Invariant I is violated by the initial state:\nx = 0", "I", 1),
            ("Error: Action property P is violated.\nState 1: a\nState 2: b", "P", 2),
            (
                "Error: Action property line 3, col 9 to line 3, col 20 of module A is violated.",
                "line 3, col 9 to line 3, col 20 of module A",
                1,
            ),
            ("Error: Property P is violated by the initial state:\nx = 0", "P", 1),
        ] {
            let found = read(text, false).unwrap();
            assert_eq!(found.verdict, TlcVerdict::Violated);
            assert_eq!(found.violated.as_deref(), Some(name));
            assert_eq!((found.trace_length, found.temporal), (Some(states), false));
        }
        let found = read("Error: Temporal properties were violated.\nState 1: a", false).unwrap();
        assert_eq!((found.violated, found.temporal, found.trace_length), (None, true, None));
        let found = read("Error: Deadlock reached.\nState 1: a\nState 2: b", false).unwrap();
        assert_eq!((found.verdict, found.trace_length), (TlcVerdict::Deadlock, Some(2)));
    }

    #[test]
    fn reads_temporal_properties_of_later_versions() {
        for (text, names) in [
            ("Error: Temporal properties were violated.", None),
            ("Error: Temporal property Done was violated.", Some("Done")),
            ("Error: Temporal properties Done and Fair were violated.", Some("Done and Fair")),
            ("Error: Temporal properties A, B, and C were violated.", Some("A, B, and C")),
        ] {
            let found = read(&format!("{text}\nState 1: a\nState 2: b"), false).unwrap();
            assert_eq!((found.violated.as_deref(), found.temporal), (names, true), "{text}");
            assert_eq!((found.verdict, found.trace_length), (TlcVerdict::Violated, None));
        }
        // An action property is none, whatever it is called.
        let text = "Error: Temporal property Done is violated.\nState 1: a\nState 2: b";
        let found = read(text, false).unwrap();
        assert_eq!((found.violated.as_deref(), found.temporal), (Some("Done"), false));
    }

    #[test]
    fn no_verdict_without_words_for_it() {
        assert_eq!(read("Error: Parsing or semantic analysis failed.", false), None);
        assert_eq!(read("", true), None);
        assert_eq!(read("Model checking completed. No error has been found.", false), None);
        let text = format!("{HEAD}Error: this\nand that\n");
        assert_eq!(message(&text, "trace"), "Error: this\nand that\ntrace");
        assert_eq!(message("a\n\nb", ""), "a\nb");
        assert_eq!(message(&"Error: x\n".repeat(50), "").lines().count(), MESSAGE_LINES);
    }
}
