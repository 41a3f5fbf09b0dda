//! Reports of results that are made by hand, beside what they are to look like: the files in `tests/`.

use super::*;
use crate::check::trace::TraceStep;
use crate::gate::faults::{Catch, Caught, Fault};
use crate::tla::value::Value;

/// Set to write the schema anew.
const UPDATE_SCHEMA: &str = "MITREGATE_UPDATE_SCHEMA";

/// Set to write the files in `tests/` anew; look at what changes in them.
const UPDATE: &str = "MITREGATE_UPDATE";

#[test]
fn the_published_schema_is_that_of_the_types() {
    let made = json_text(&schemars::schema_for!(Results)).unwrap();
    if std::env::var_os(UPDATE_SCHEMA).is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/check.schema.json");
        std::fs::write(path, &made).unwrap();
    } else {
        assert_eq!(made, SCHEMA, "check.schema.json is old: test again with {UPDATE_SCHEMA}=1");
    }
}

/// Compares a text with the file in `tests/` of that name.
fn compare(file: &str, text: &str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/gate/report/tests");
    let path = format!("{folder}/{file}");
    // Without the styles, each of which ends with an m.
    let styled = text.split('\u{1b}').enumerate();
    let plain = styled.map(|(at, it)| if at == 0 { it } else { it.split_once('m').unwrap().1 });
    let text: String = plain.collect();
    if std::env::var_os(UPDATE).is_some() {
        std::fs::write(&path, &text).unwrap();
    }
    let known = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(known == text, "{path} is not what is made now; with {UPDATE}=1 it is:\n{text}");
}

/// A path of so many states.
fn trace(states: i64, explanation: &[&str]) -> Trace {
    let step = |number: i64| TraceStep {
        action: (number > 0).then(|| format!("Go({number})")),
        state: crate::record! { at: number },
    };
    Trace {
        steps: (0..states).map(step).collect(),
        explanation: explanation.iter().map(ToString::to_string).collect(),
        ..Trace::default()
    }
}

fn place(file: &str, line: usize) -> Place {
    Place { file: file.to_owned(), line }
}

fn property(name: &str, verdict: Verdict) -> PropertyRow {
    PropertyRow {
        name: name.to_owned(),
        kind: Kind::Invariant,
        verdict,
        undecided: None,
        vacuous: false,
        place: None,
        trace_length: None,
        trace: None,
        explanation: Vec::new(),
        explorer: None,
    }
}

/// A property that fails after so many states.
fn fails(name: &str, states: i64, explanation: &[&str]) -> PropertyRow {
    let trace = trace(states, explanation);
    PropertyRow {
        trace_length: Some(trace.len()),
        trace: Some(trace.to_itf(BTreeMap::new())),
        explanation: trace.explanation,
        ..property(name, Verdict::Violated)
    }
}

fn open(name: &str, why: &str) -> PropertyRow {
    PropertyRow { undecided: Some(why.to_owned()), ..property(name, Verdict::Inconclusive) }
}

/// What is expected: states, and what fails after how many.
fn expected(distinct: u64, fails: &[(&str, usize)]) -> ExpectedRow {
    let fails = fails.iter().map(|(name, length)| ((*name).to_owned(), *length)).collect();
    ExpectedRow { distinct: Some(distinct), fails }
}

/// A result that is as expected.
fn result(scenario: &str, properties: Vec<PropertyRow>) -> ResultRow {
    let has = |verdict| properties.iter().any(|it| it.verdict == verdict);
    let verdict = match (has(Verdict::Violated), has(Verdict::Inconclusive)) {
        (true, _) => Verdict::Violated,
        (false, true) => Verdict::Inconclusive,
        (false, false) => Verdict::Holds,
    };
    let violated = properties.iter().filter_map(|it| Some((it.name.as_str(), it.trace_length?)));
    ResultRow {
        system: "lock".to_owned(),
        scenario: scenario.to_owned(),
        layer: Layer::Spec,
        constants: BTreeMap::new(),
        environment: String::new(),
        distinct: 12_345,
        edges: 1_234_567,
        depth: 17,
        verdict,
        outcome: Outcome::Expected,
        expected: Some(expected(12_345, &violated.collect::<Vec<_>>())),
        remarks: Vec::new(),
        notes: Vec::new(),
        stopped: None,
        properties,
        coverage: BTreeMap::new(),
        collision_probability: 2e-9,
        elapsed_s: 0.25,
        states_per_s: 49_380.0,
        place: Some(place("specs/lock/scenarios.toml", 4)),
    }
}

/// The same, of which something is not as expected.
fn unexpected(row: ResultRow, remarks: &[&str]) -> ResultRow {
    let remarks = remarks.iter().map(ToString::to_string).collect();
    ResultRow { outcome: Outcome::Unexpected, remarks, ..row }
}

fn inconclusive(row: ResultRow, stopped: Option<StopReason>) -> ResultRow {
    ResultRow { outcome: Outcome::Inconclusive, stopped, ..row }
}

/// Rows of all kinds.
fn rows() -> Vec<ResultRow> {
    let holds = || property("Safe", Verdict::Holds);
    let placed = PropertyRow {
        place: Some(place("specs/lock/Lock,1.tla", 31)),
        explorer: Some(InExplorer {
            command: "explore --scenario gate".to_owned(),
            path: "#/steps/1".to_owned(),
        }),
        ..fails("Mutual_Exclusion", 3, &["`Go(2)` is not <allowed>: 100%", "```"])
    };
    let alone = fails("Fails", 1, &[]);
    vec![
        result("small", vec![holds()]),
        ResultRow {
            notes: vec!["all of it was done".to_owned()],
            ..result("noted", vec![holds()])
        },
        result("fault", vec![fails("Safe", 2, &["it was to be"]), open("Live", "Safe fails")]),
        result("fault_brief", vec![fails("Safe", 4, &[]), fails("Other", 5, &[])]),
        unexpected(
            ResultRow {
                expected: Some(expected(12_345, &[])),
                ..result("gate", vec![holds(), placed])
            },
            &["Mutual_Exclusion fails | which is not expected"],
        ),
        unexpected(
            ResultRow {
                expected: Some(expected(12_345, &[("Safe", 2)])),
                ..result("mended", vec![holds()])
            },
            &["Safe is to fail"],
        ),
        unexpected(
            ResultRow { expected: Some(expected(12_344, &[])), ..result("grown", vec![holds()]) },
            &["12,344 states are pinned"],
        ),
        unexpected(
            ResultRow {
                expected: Some(expected(12_345, &[("Fails", 2), ("Also", 3)])),
                ..result("shorter", vec![alone.clone(), fails("Also", 3, &[])])
            },
            &["Fails is to fail after 2 states"],
        ),
        unexpected(
            ResultRow {
                expected: Some(expected(12_345, &[])),
                ..result(
                    "bare",
                    vec![
                        property("Never", Verdict::Violated),
                        PropertyRow {
                            undecided: Some("nothing is done".to_owned()),
                            ..property("Completeness", Verdict::Violated)
                        },
                        open("Live", "Never fails"),
                    ],
                )
            },
            &["Never fails", "so does Completeness"],
        ),
        // A configuration that was given, of which nothing is expected.
        unexpected(
            ResultRow { expected: None, place: None, ..result("given.cfg", vec![alone]) },
            &["no symmetry"],
        ),
        inconclusive(
            result("cut", vec![open("Safe", "not all was seen")]),
            Some(StopReason::States),
        ),
        inconclusive(
            ResultRow {
                place: None,
                ..result("open", vec![holds(), open("Live", "too large"), open("More", "too many")])
            },
            None,
        ),
        ResultRow {
            system: "gate_keeper".to_owned(),
            layer: Layer::Miter,
            states_per_s: 9_999.4,
            depth: 1,
            ..result("small", vec![holds()])
        },
    ]
}

fn faults(is_whole: bool) -> Faults {
    let catch = |law: &str, scenario: &str, trace_length, distinct| Catch {
        law: law.to_owned(),
        scenario: scenario.to_owned(),
        layer: Layer::System,
        trace_length,
        distinct,
    };
    let fault = |system: &str, fault: &str, caught_by| Fault {
        system: system.to_owned(),
        fault: fault.to_owned(),
        caught_by,
    };
    let law = |system: &str, law: &str, faults: &[&str], scenarios: &[&str]| Caught {
        system: system.to_owned(),
        law: law.to_owned(),
        faults: faults.iter().map(ToString::to_string).collect(),
        scenarios: scenarios.iter().map(ToString::to_string).collect(),
    };
    Faults {
        is_whole,
        faults: vec![
            fault(
                "lock",
                "forgets_it",
                vec![
                    catch("Safe", "one", None, None),
                    catch("Safe", "one", Some(7), None),
                    catch("Safe", "two", Some(1_234), Some(56_789)),
                    catch("Other", "two", Some(9), None),
                    catch("Yes", "two", None, Some(3)),
                ],
            ),
            fault("lock", "waits", vec![catch("Deadlock", "one", Some(2), Some(2))]),
            fault("other", "lies", vec![catch("True", "lie", Some(5), Some(6))]),
        ],
        laws: vec![
            law("lock", "Safe", &["forgets_it"], &[]),
            law("lock", "Other", &["forgets_it"], &["small", "large"]),
            law("lock", "Yes", &[], &["small"]),
            law("lock", "Idle", &[], &[]),
            law("other", "True", &["lies"], &[]),
        ],
    }
}

/// All rows, one of which is planned and not there.
fn results() -> Results {
    let results = rows();
    let planned = results.iter().map(ResultRow::key).chain(["lock late_one miter".to_owned()]);
    Results {
        program: "a program".to_owned(),
        shard: Some(Shard { number: 2, of: 3, whole: Vec::new() }),
        planned: planned.collect(),
        results,
        faults: Some(faults(true)),
    }
}

/// A run in which nothing is left to say.
fn good() -> Results {
    let results = vec![result("small", vec![property("Safe", Verdict::Holds)])];
    let planned = results.iter().map(ResultRow::key).collect();
    Results { results, ..Results::new(planned, None) }
}

#[test]
fn pages_for_people_are_as_they_are_to_be() {
    compare("page.md", &markdown::text(&results()));
    compare("good.md", &markdown::text(&good()));
    let undecided = Results { faults: Some(faults(false)), ..good() };
    compare("undecided.md", &markdown::text(&undecided));
}

#[test]
fn annotations_are_as_they_are_to_be() {
    compare("annotations.txt", &github::text(&results()));
    assert_eq!(github::text(&good()), "");
    let undecided = Results { faults: Some(faults(false)), ..good() };
    compare("undecided.txt", &github::text(&undecided));
    // No more of a kind than ten, of which the last says how many are left out.
    let many = |count: usize| {
        let row = || unexpected(result("small", Vec::new()), &["wrong"]);
        let all = Results { results: (0..count).map(|_| row()).collect(), ..good() };
        let text = github::text(&all);
        (text.lines().count(), text.lines().last().map(str::to_owned).unwrap_or_default())
    };
    assert_eq!((many(9).0, many(10).0, many(11).0, many(30).0), (9, 10, 10, 10));
    assert!(!many(10).1.contains("left out"));
    assert_eq!(many(11).1, "::error title=mitregate::2 more are left out here");
    assert_eq!(many(30).1, "::error title=mitregate::21 more are left out here");
}

#[test]
fn cases_are_as_they_are_to_be() {
    compare("cases.xml", &junit::text(&results()).unwrap());
    compare("good.xml", &junit::text(&good()).unwrap());
    let undecided = Results { faults: Some(faults(false)), ..good() };
    compare("undecided.xml", &junit::text(&undecided).unwrap());
}

/// The table of a terminal, and all below it.
fn terminal(all: &Results, width: Option<usize>, in_full: bool) -> String {
    let names = all.results.iter().map(|it| (it.system.as_str(), it.scenario.as_str()));
    let lines = text::Lines::new(names, width, in_full);
    let mut out = lines.header();
    for result in &all.results {
        out += &lines.result(result);
    }
    out + &text::summary(all)
}

#[test]
fn the_terminal_shows_what_it_is_to_show() {
    compare("terminal.txt", &terminal(&results(), None, false));
    compare("terminal_in_full.txt", &terminal(&results(), None, true));
    compare("good.txt", &terminal(&good(), Some(80), false));
    let undecided = Results { faults: Some(faults(false)), ..good() };
    compare("terminal_undecided.txt", &terminal(&undecided, None, false));
}

/// Each width in turn: every line fits, but for words and names that do not.
#[test]
fn a_narrow_terminal_has_fewer_columns() {
    let mut all = results();
    all.faults = None;
    let columns = |width| {
        let names = all.results.iter().map(|it| (it.system.as_str(), it.scenario.as_str()));
        let lines = text::Lines::new(names, Some(width), false);
        lines.header().split_whitespace().map(str::to_owned).collect::<Vec<_>>()
    };
    let all_columns = [
        "system", "scenario", "layer", "distinct", "edges", "depth", "states/s", "time", "verdict",
    ];
    // Names take 11 + 2 + 11, and a verdict 22.
    let wide = 24 + 60 + 22;
    assert_eq!(columns(wide), all_columns);
    let edges: Vec<_> =
        all_columns.iter().copied().filter(|it| !["states/s", "time"].contains(it)).collect();
    assert_eq!(
        (columns(wide - 1), columns(wide - 20)),
        (
            edges.iter().map(ToString::to_string).collect(),
            edges.iter().map(ToString::to_string).collect()
        )
    );
    let counts = ["system", "scenario", "layer", "distinct", "verdict"];
    assert_eq!(columns(wide - 21), counts);
    assert_eq!(columns(24 + 20), counts);
    for width in [24 + 20, 24 + 19, 60] {
        compare(&format!("terminal_{width}.txt"), &terminal(&all, Some(width), false));
    }
}

#[test]
fn a_page_has_room_for_what_github_takes() {
    let long = "x".repeat(100_000);
    let failing = |number: usize| {
        let row = result(&format!("row{number}"), vec![fails("Safe", 2, &[&long])]);
        unexpected(ResultRow { expected: Some(expected(12_345, &[])), ..row }, &["it fails"])
    };
    let page = |count: usize| {
        let results: Vec<_> = (0..count).map(failing).collect();
        markdown::text(&Results { results, ..good() })
    };
    let left_out = "More counterexamples are left out";
    assert!(!page(8).contains(left_out));
    for count in [10, 12] {
        let page = page(count);
        assert!(page.contains(left_out) && page.len() <= 900 * 1024, "{}", page.len());
        // The table has all rows.
        assert!(page.contains(&format!("| lock | row{} |", count - 1)));
        assert!(page.contains("### lock, row7, spec") && page.len() > 800 * 1024);
    }
    let results = vec![good().results.remove(0); 20_000];
    let page = markdown::text(&Results { results, ..good() });
    assert!(page.contains("The table is left out") && page.len() < 900 * 1024);
    assert!(!page.contains(left_out), "there are none");
}

#[test]
fn a_page_names_what_was_not_run() {
    let planned = (0..25).map(|number| format!("lock row{number} spec")).collect();
    let page = markdown::text(&Results::new(planned, None));
    assert!(
        page.contains("row19 ") && !page.contains("row20 ") && page.contains("* not run: 5 more")
    );
    assert!(page.starts_with("## ? Mitregate: 0 checked, 25 not run"), "{page}");
    let planned = (0..20).map(|number| format!("lock row{number} spec")).collect();
    let page = markdown::text(&Results::new(planned, None));
    assert!(page.contains("row19 ") && !page.contains("* not run: 0 more"), "{page}");
    // What was run is as expected, and not all was.
    let planned = ["lock small spec", "lock late spec"].map(str::to_owned).into();
    let page = markdown::text(&Results { planned, ..good() });
    assert!(page.starts_with("## ? Mitregate: 1 checked, 1 not run\n"), "{page}");
}

/// With less and less room, counterexamples are left out from the end, and then the table.
#[test]
fn a_page_keeps_to_its_room() {
    let row = |name| {
        let row = result(name, vec![fails("Safe", 2, &[])]);
        unexpected(ResultRow { expected: Some(expected(12_345, &[])), ..row }, &["it fails"])
    };
    let all = Results { results: ["one", "two", "three"].map(row).into(), ..good() };
    let (table, left_out) = ("| lock | three |", "More counterexamples are left out");
    let whole = markdown::text(&all);
    // Room for the note is kept in any case.
    let note = format!("\n*{left_out}: there is no room for them here.*\n").len();
    assert_eq!(markdown::text_within(&all, whole.len() + note), whole);
    let mut before = 3;
    for most in (0..whole.len() + note).rev() {
        let page = markdown::text_within(&all, most);
        let shows = page.matches("\n### lock, ").count();
        assert!(shows <= before && page.contains(left_out), "{most}: {page}");
        before = shows;
        let has_table = page.contains(table);
        assert_ne!(has_table, page.contains("The table is left out"), "{most}: {page}");
        assert!(!has_table || page.len() <= most, "{most}: {page}");
        assert!(has_table || shows == 0, "{most}: {page}");
    }
    assert_eq!(before, 0);
}

#[test]
fn outcomes_are_the_worst_of_all() {
    assert_eq!(good().outcome(), Outcome::Expected);
    assert_eq!(Results::new(Vec::new(), None).outcome(), Outcome::Unexpected);
    let with = |faults| Results { faults: Some(faults), ..good() }.outcome();
    assert_eq!(with(faults(true)), Outcome::Unexpected);
    assert_eq!(with(faults(false)), Outcome::Inconclusive);
    let caught = Faults { laws: Vec::new(), faults: Vec::new(), is_whole: true };
    assert_eq!(with(caught), Outcome::Expected);
    let row = inconclusive(result("cut", Vec::new()), Some(StopReason::Time));
    let mut all = good();
    all.results.push(row);
    assert_eq!(all.outcome(), Outcome::Inconclusive);
    assert_eq!(all.missing(), [""; 0]);
    assert_eq!(results().missing(), ["lock late_one miter"]);
}

#[test]
fn each_reason_to_stop_has_its_words() {
    let why = |row: ResultRow| text::why_inconclusive(&row).join("\n");
    let reasons = [
        (StopReason::States, "as --max-states says"),
        (StopReason::Memory, "at --max-memory"),
        (StopReason::Time, "after --timeout"),
        (StopReason::Interrupted, "interrupted at 12,345 states"),
        (StopReason::Checkpoint, "which could not be saved"),
        (StopReason::Disk, "because the disk could not be used"),
        (StopReason::Lost, "because a worker was lost"),
        (StopReason::Violation, "Live: too large"),
    ];
    let row = || result("open", vec![open("Live", "too large")]);
    for (reason, words) in reasons {
        let text = why(inconclusive(row(), Some(reason)));
        assert!(text.contains(words), "{text}");
    }
    assert_eq!(why(row()), "");
    let none = ResultRow { distinct: 0, ..inconclusive(row(), None) };
    assert_eq!(why(none), "there is no initial state");
    let no_law = inconclusive(result("open", Vec::new()), None);
    assert!(why(no_law).contains("no law to check"));
}

#[test]
fn numbers_are_as_people_write_them() {
    let written = [0, 7, 999, 1_000, 12_345, 123_456, 1_234_567].map(thousands);
    assert_eq!(written, ["0", "7", "999", "1,000", "12,345", "123,456", "1,234,567"]);
    assert_eq!(
        [0, 1, 2, 1_000].map(|it| count(it, "row")),
        ["0 rows", "1 row", "2 rows", "1,000 rows"]
    );
    assert_eq!([9_999.4, 10_000.0, 49_380.0].map(rate), ["9999", "10 k", "49 k"]);
    let program = program();
    let (version, hash) = program.split_once(' ').unwrap();
    assert_eq!(version, env!("CARGO_PKG_VERSION"));
    assert!(hash.len() >= 16 && hash.chars().all(|it| it.is_ascii_hexdigit()), "{hash}");
}

/// Part of the run of [`rows`], which has three.
fn part(number: u16) -> Results {
    let whole: Vec<_> = rows().iter().map(ResultRow::key).collect();
    let is_its = |row: &(usize, ResultRow)| row.0 % 3 + 1 == usize::from(number);
    let results: Vec<_> = rows().into_iter().enumerate().filter(is_its).map(|it| it.1).collect();
    let planned = results.iter().map(ResultRow::key).collect();
    let shard = Shard { number, of: 3, whole };
    Results { program: "a program".to_owned(), results, ..Results::new(planned, Some(shard)) }
}

#[test]
fn parts_are_put_together_if_they_are_of_one_run() {
    use merge::MergeError;
    let named = |parts: Vec<Results>| {
        let name = |(number, part)| (format!("{number}.json"), part);
        merge::merge((1..).zip(parts).map(name).collect())
    };
    // In the order of the whole, whatever that of the files.
    let (all, missing) = named(vec![part(3), part(1), part(2)]).unwrap();
    assert_eq!(missing, [0; 0]);
    let keys = |all: &Results| all.results.iter().map(ResultRow::key).collect::<Vec<_>>();
    assert_eq!(keys(&all), rows().iter().map(ResultRow::key).collect::<Vec<_>>());
    assert_eq!((all.program.as_str(), all.planned.len()), ("a program", rows().len()));
    let (some, missing) = named(vec![part(3), part(1)]).unwrap();
    assert_eq!((missing, some.missing().len()), (vec![2], part(2).results.len()));

    let error = |parts| named(parts).unwrap_err();
    assert_eq!(error(Vec::new()), MergeError::Nothing);
    let whole = Results { shard: None, ..part(1) };
    assert_eq!(error(vec![part(2), whole]), MergeError::NoPart { file: "2.json".to_owned() });
    let (file, other) = ("1.json".to_owned(), "2.json".to_owned());
    let twice = MergeError::Twice { file: file.clone(), other: other.clone(), number: 2 };
    assert_eq!(error(vec![part(2), part(2)]), twice);
    let of_another = Results { program: "another".to_owned(), ..part(2) };
    let is_of = |error: MergeError, why: &str| match error {
        MergeError::Different { file, other, what } => {
            assert_eq!((file.as_str(), other.as_str()), ("1.json", "2.json"));
            assert!(what.contains(why), "{what}");
        }
        error => panic!("{error}"),
    };
    is_of(error(vec![part(1), of_another]), "different programs");
    let numbered = |number, of| {
        let shard = part(number).shard.unwrap();
        Results { shard: Some(Shard { of, ..shard }), ..part(number) }
    };
    is_of(error(vec![part(1), numbered(2, 4)]), "different things");
    let beyond = MergeError::Number { file: file.clone(), number: 3, of: 2 };
    assert_eq!(error(vec![numbered(3, 2)]), beyond);
    let mut zero = part(1);
    zero.shard.as_mut().unwrap().number = 0;
    assert!(matches!(error(vec![zero]), MergeError::Number { number: 0, of: 3, .. }));
    let mut foreign = part(2);
    foreign.results.extend(part(1).results);
    let row = part(1).results[0].key();
    assert_eq!(
        error(vec![part(1), foreign.clone()]),
        MergeError::Row { file: other.clone(), row: row.clone() }
    );
    foreign.planned.push(row.clone());
    assert_eq!(error(vec![part(1), foreign]), MergeError::Both { file: other, row });
}

#[test]
fn a_page_of_results_that_are_read_back_is_the_same() {
    let text = json_text(&results()).unwrap();
    let read: Results = serde_json::from_str(&text).unwrap();
    assert_eq!(json_text(&read).unwrap(), text);
    assert_eq!(markdown::text(&read), markdown::text(&results()));
    let found = read.results[4].properties[1].counterexample().unwrap();
    assert_eq!(found.len(), 3);
    assert_eq!(found.steps[2].state, Value::record([("at", Value::Int(2))]));
    assert!(read.results[0].properties[0].counterexample().is_none());
}
