//! Results as `JUnit`'s XML, which most tools that show tests read.
//!
//! A suite is a system, a class a layer of a scenario. Its cases are what was explored, with the counts and the time, and
//! each property. A property that fails as expected passes, and what it leaves undecided by that is skipped. Whatever else was
//! not decided is an error.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, SerializeError, TestCase, TestCaseStatus, TestSuite};

use super::{PropertyRow, ResultRow, Results, count, thousands};
use crate::check::Verdict;
use crate::gate::faults::Faults;
use crate::gate::run::Outcome;

/// The results as `JUnit`'s XML.
///
/// # Errors
///
/// If they cannot be written as XML.
pub fn text(results: &Results) -> Result<String, SerializeError> {
    let mut report = Report::new("mitregate");
    let mut suites: Vec<TestSuite> = Vec::new();
    for result in &results.results {
        if suites.last().is_none_or(|suite| suite.name.as_str() != result.system) {
            suites.push(TestSuite::new(result.system.as_str()));
        }
        if let Some(suite) = suites.last_mut() {
            suite.add_test_cases(cases(result));
        }
    }
    if let Some(faults) = &results.faults {
        let mut suite = TestSuite::new("faults");
        suite.add_test_cases(fault_cases(faults));
        suites.push(suite);
    }
    let missing = results.missing();
    if !missing.is_empty() {
        let mut suite = TestSuite::new("not run");
        suite.add_test_cases(missing.into_iter().map(not_run));
        suites.push(suite);
    }
    for suite in &mut suites {
        let times = suite.test_cases.iter().filter_map(|case| case.time);
        let time = times.fold(Duration::ZERO, Duration::saturating_add);
        suite.set_time(time);
    }
    let times = suites.iter().filter_map(|suite| suite.time);
    report.set_time(times.fold(Duration::ZERO, Duration::saturating_add));
    report.add_test_suites(suites);
    report.to_string()
}

fn cases(result: &ResultRow) -> Vec<TestCase> {
    let class = format!("{}.{}.{}", result.system, result.scenario, result.layer);
    let mut explored = TestCase::new("explored", exploration(result));
    explored.set_classname(class.as_str());
    explored.set_time(Duration::try_from_secs_f64(result.elapsed_s).unwrap_or_default());
    explored.set_system_out(format!(
        "{} distinct states, {} edges, {}",
        thousands(result.distinct),
        thousands(result.edges),
        count(usize::try_from(result.depth).unwrap_or(usize::MAX), "level"),
    ));
    let property = |property: &PropertyRow| {
        let mut case = TestCase::new(property.name.as_str(), status(result, property));
        case.set_classname(class.as_str());
        if let Some(place) = &property.place {
            case.extra.insert("file".into(), place.file.as_str().into());
            case.extra.insert("line".into(), place.line.to_string().into());
        }
        case
    };
    std::iter::once(explored).chain(result.properties.iter().map(property)).collect()
}

/// Whether all was seen that was to be seen, and is what was expected.
fn exploration(result: &ResultRow) -> TestCaseStatus {
    let remarks = result.remarks.join("\n");
    match result.outcome {
        Outcome::Expected => TestCaseStatus::success(),
        Outcome::Unexpected => failure("unexpected", "not as expected", remarks),
        Outcome::Inconclusive => {
            let why = super::text::why_inconclusive(result).join("\n");
            error("inconclusive", "not decided", why)
        }
    }
}

fn status(result: &ResultRow, property: &PropertyRow) -> TestCaseStatus {
    if result.is_expected(property) {
        return TestCaseStatus::success();
    }
    let text = || property.counterexample().map(|trace| trace.to_string()).unwrap_or_default();
    match property.verdict {
        // What is expected to fail has failed, and ended the search.
        Verdict::Inconclusive if result.outcome == Outcome::Expected => {
            let mut skipped = TestCaseStatus::skipped();
            skipped.set_type("inconclusive").set_message("another law fails first, as expected");
            skipped
        }
        Verdict::Inconclusive => error(
            "inconclusive",
            property.undecided.as_deref().unwrap_or("not decided"),
            String::new(),
        ),
        Verdict::Violated => {
            let message = match (property.trace_length, &property.undecided) {
                (Some(length), _) => format!("fails after {}", count(length, "state")),
                (None, Some(why)) => why.clone(),
                (None, None) => "fails".to_owned(),
            };
            failure("violated", &message, text())
        }
        Verdict::Holds => failure("unexpected", "holds, and should fail", String::new()),
    }
}

/// A case for each fault, which is to be caught, and one for each law, which is to catch something.
fn fault_cases(table: &Faults) -> Vec<TestCase> {
    let case = |system: &str, kind: &str, name: &str, status: TestCaseStatus| {
        let mut case = TestCase::new(name, status);
        case.set_classname(format!("{system}.{kind}"));
        case
    };
    let of = |is_good: bool, message: &str| {
        let bad = || {
            if table.is_whole {
                failure("survives", message, String::new())
            } else {
                error("inconclusive", "not decided", message.to_owned())
            }
        };
        if is_good { TestCaseStatus::success() } else { bad() }
    };
    let faults = table.faults.iter().map(|fault| {
        let status = of(fault.is_caught(), "no law catches it");
        case(&fault.system, "fault", &fault.fault, status)
    });
    let laws = table
        .laws
        .iter()
        .map(|law| case(&law.system, "law", &law.law, of(!law.is_idle(), "it catches nothing")));
    faults.chain(laws).collect()
}

fn not_run(row: &str) -> TestCase {
    let mut case = TestCase::new("explored", error("inconclusive", "not run", String::new()));
    case.set_classname(row.replace(' ', "."));
    case
}

fn failure(kind: &str, message: &str, description: String) -> TestCaseStatus {
    with(TestCaseStatus::non_success(NonSuccessKind::Failure), kind, message, description)
}

fn error(kind: &str, message: &str, description: String) -> TestCaseStatus {
    with(TestCaseStatus::non_success(NonSuccessKind::Error), kind, message, description)
}

fn with(mut status: TestCaseStatus, kind: &str, message: &str, text: String) -> TestCaseStatus {
    status.set_type(kind).set_message(message);
    if !text.is_empty() {
        status.set_description(text);
    }
    status
}
