//! Results as GitHub's workflow commands, which it shows beside the lines of a change.
//!
//! GitHub takes ten errors, ten warnings and ten notices of a step, and drops the rest without a word. So there are no
//! more, and the last of them says how many are left out.

use std::fmt::Write;

use super::Results;
use crate::check::Verdict;
use crate::gate::place::Place;
use crate::gate::run::Outcome;

/// As many of a kind as GitHub shows.
const MOST: usize = 10;

struct Annotation<'a> {
    place: Option<&'a Place>,
    title: String,
    message: String,
}

/// The results as workflow commands, a line each: errors for what is not as expected, warnings for what was not decided.
pub fn text(results: &Results) -> String {
    let (mut errors, mut warnings) = (Vec::new(), Vec::new());
    for result in &results.results {
        let place = result.place.as_ref();
        let title = result.title();
        let before = errors.len();
        for property in result.properties.iter().filter(|it| !result.is_expected(it)) {
            if property.verdict == Verdict::Inconclusive || result.outcome == Outcome::Expected {
                continue;
            }
            let name = &property.name;
            let message = match (property.verdict, property.counterexample(), &property.undecided) {
                (Verdict::Holds, ..) => format!("{name} holds, and should fail"),
                (_, Some(trace), _) => format!("{name} fails\n{trace}"),
                (_, None, Some(why)) => format!("{name} fails: {why}"),
                (_, None, None) => format!("{name} fails"),
            };
            let place = property.place.as_ref().or(place);
            errors.push(Annotation { place, title: title.clone(), message });
        }
        match result.outcome {
            Outcome::Unexpected if errors.len() == before => {
                let message = result.remarks.join("\n");
                errors.push(Annotation { place, title, message });
            }
            Outcome::Inconclusive => {
                let message = super::text::why_inconclusive(result).join("\n");
                warnings.push(Annotation { place, title, message });
            }
            _ => {}
        }
    }
    if let Some(faults) = &results.faults {
        let title = "faults".to_owned();
        let errors = if faults.is_whole { &mut errors } else { &mut warnings };
        let [no_law, nothing] = faults.left_over();
        for fault in faults.surviving() {
            let message = format!("{}: {no_law} the fault: {}", fault.system, fault.fault);
            errors.push(Annotation { place: None, title: title.clone(), message });
        }
        for law in faults.idle() {
            let message = format!("{}: {}: {nothing}", law.system, law.law);
            errors.push(Annotation { place: None, title: title.clone(), message });
        }
    }
    for row in results.missing() {
        let title = row.replace(' ', ", ");
        warnings.push(Annotation { place: None, title, message: "not run".to_owned() });
    }
    commands("error", &errors) + &commands("warning", &warnings)
}

fn commands(kind: &str, annotations: &[Annotation<'_>]) -> String {
    let shown = if annotations.len() > MOST { MOST - 1 } else { annotations.len() };
    let mut out = String::new();
    for Annotation { place, title, message } in &annotations[..shown] {
        let place = place.map_or(String::new(), |place| {
            format!("file={},line={},", property(&place.file), place.line)
        });
        // Writing to a string cannot fail.
        let _ = writeln!(out, "::{kind} {place}title={}::{}", property(title), data(message));
    }
    let left = annotations.len() - shown;
    if left > 0 {
        let _ = writeln!(out, "::{kind} title=mitregate::{left} more are left out here");
    }
    out
}

/// GitHub's escapes of a message.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// And of a property.
fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
