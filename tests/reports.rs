//! What a run leaves behind: reports for other tools, parts that are put together, and counterexamples in files.

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::process::Command;

use common::{PROGRAM, example, read, repository, system};
use mitregate::check::{Options, Verdict};
use mitregate::gate::faults::Faults;
use mitregate::gate::replay::replay;
use mitregate::gate::report::{self, ResultRow, Results, github, junit, markdown, row};
use mitregate::gate::{AnySystem, Layer, Outcome, faults};
use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus};
use serde_json::Value;

/// Exit code, stdout and stderr.
fn run(program: &Path, args: &[&str]) -> (i32, String, String) {
    let output = Command::new(program).args(args).env_remove("NO_COLOR").output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn multi_paxos(args: &[&str]) -> (i32, String, String) {
    run(&example("multi_paxos"), args)
}

fn gate(args: &[&str]) -> (i32, String, String) {
    run(&example("gate"), args)
}

fn text(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The arguments of a check in which a law fails that nobody expects to.
fn failing() -> [String; 3] {
    let config = repository("specs/multi_paxos/reachable.cfg");
    ["check".into(), "--config".into(), config.to_str().unwrap().into()]
}

fn cases(report: &Report) -> Vec<&TestCase> {
    report.test_suites.iter().flat_map(|suite| &suite.test_cases).collect()
}

#[test]
fn junit_is_what_tools_read() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("out.xml");
    let report = format!("junit={}", file.display());
    let read_back = || Report::deserialize_from_str(&text(&file)).unwrap();

    // What fails as it should is a success.
    let args = ["check", "--scenario", "duel,fault_late_accept", "--report", &report];
    assert_eq!(multi_paxos(&args).0, 0);
    let good = read_back();
    assert!(good.tests > 10 && good.failures == 0 && good.errors == 0);
    let late = cases(&good).into_iter().find(|case| {
        case.classname.as_ref().unwrap().as_str() == "multi_paxos.fault_late_accept.spec"
            && case.name.as_str() == "MonotonicAccepts"
    });
    let late = late.unwrap();
    // And what is not decided by that is none.
    assert!(good.test_suites.iter().map(|suite| suite.skipped).sum::<usize>() > 0);
    assert!(matches!(late.status, TestCaseStatus::Success { .. }));
    // The line is that of the law in the spec.
    let attribute = |name: &str| late.extra.iter().find(|(key, _)| key.as_str() == name).unwrap().1;
    let (spec, line) = (attribute("file").as_str(), attribute("line").as_str());
    let line = read(spec).lines().nth(line.parse::<usize>().unwrap() - 1).unwrap().to_owned();
    assert!(line.starts_with("MonotonicAccepts =="), "{line}");
    assert!(good.time.unwrap() > std::time::Duration::ZERO);

    let failing = failing();
    let mut args: Vec<&str> = failing.iter().map(String::as_str).collect();
    args.extend(["--report", &report]);
    assert_eq!(multi_paxos(&args).0, 1);
    let bad = read_back();
    let failure = cases(&bad).into_iter().find(|case| case.name.as_str() == "NothingLearned");
    let TestCaseStatus::NonSuccess { kind, message, description, .. } = &failure.unwrap().status
    else {
        panic!("{bad:?}")
    };
    assert_eq!(*kind, NonSuccessKind::Failure);
    assert_eq!(message.as_ref().unwrap().as_str(), "fails after 6 states");
    assert!(description.as_ref().unwrap().as_str().contains("Learn(1, v1)"));

    // What is not decided is an error, and never a success.
    args.extend(["--max-states", "3"]);
    assert_eq!(multi_paxos(&args).0, 3);
    let open = read_back();
    assert!(open.failures == 0 && open.errors > 1, "{open:?}");
    // A budget that is hit after an expected violation leaves the rest open.
    let cut = ["check", "--scenario", "fault_late_accept", "--layer", "spec", "--continue"];
    assert_eq!(multi_paxos(&[&cut[..], &["--max-states", "300"]].concat()).0, 3);
    assert!(!cases(&open).iter().any(|case| {
        matches!(case.status, TestCaseStatus::Success { .. }) && case.name.as_str() != "NoPanic"
    }));
}

#[test]
fn several_reports_are_written_at_once_and_one_to_standard_output() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    let json = format!("json={}", path("out.json").display());
    let page = format!("markdown={}", path("out.md").display());
    let failing = failing();
    let check: Vec<&str> = failing.iter().map(String::as_str).collect();
    let with = |more: &[&str]| multi_paxos(&[&check[..], more].concat());

    let (code, out, _) = with(&[
        "--report",
        &json,
        "--report",
        &page,
        "--report",
        "github",
        "--save",
        "/dev/null/x",
    ]);
    assert_eq!((code, out.as_str()), (2, ""), "a folder that cannot be made is bad usage");

    let (code, out, _) = with(&["--report", &json, "--report", &page, "--report", "github"]);
    assert_eq!(code, 1);
    assert!(out.contains("NothingLearned fails"), "{out}");
    let annotation = out.lines().find(|line| line.starts_with("::error ")).unwrap();
    let spec = read("specs/multi_paxos/MultiPaxos.tla");
    let line = spec.lines().position(|line| line.starts_with("NothingLearned ==")).unwrap() + 1;
    let place = format!("file=specs/multi_paxos/MultiPaxos.tla,line={line},title=");
    assert!(annotation.contains(&place) && annotation.contains("%0A"), "{annotation}");
    let results: Value = serde_json::from_str(&text(&path("out.json"))).unwrap();
    let properties = results["results"][0]["properties"].as_array().unwrap();
    let failed = properties.iter().find(|it| it["name"] == "NothingLearned").unwrap();
    assert_eq!(failed["trace"]["states"].as_array().unwrap().len(), 6);
    assert_eq!(failed["place"]["line"], line);
    assert!(failed["explorer"]["path"].as_str().unwrap().starts_with("#/steps/0/"));
    let summary = text(&path("out.md"));
    assert!(
        summary.starts_with("## \u{2717} Mitregate: 1 checked, 1 not as expected\n"),
        "{summary}"
    );
    assert!(summary.contains("<details><summary>NothingLearned fails after 6 states"), "{summary}");

    // Alone on standard output; what people read is on standard error.
    let (code, out, err) = with(&["--report", "markdown=-"]);
    // But for the times in the table.
    let before_table = |page: &str| page.split("\n| system").next().unwrap().to_owned();
    assert_eq!((code, before_table(&out)), (1, before_table(&summary)));
    assert!(err.contains("NothingLearned fails"), "{err}");
    let (code, _, err) = with(&["--report", "markdown=-", "--format", "json"]);
    assert_eq!(code, 2);
    assert!(err.contains("room for one report"), "{err}");

    // A report that cannot be written is an error, and the verdict is there all the same.
    let nowhere = format!("junit={}", path("no/such/folder/out.xml").display());
    let (code, out, err) = with(&["--report", &nowhere, "--report", &json]);
    assert!(
        code == 1 && out.contains("not as expected") && err.contains("no/such/folder"),
        "{err}"
    );
    let fine = ["check", "--scenario", "loss", "--report", &nowhere];
    let (code, out, err) = multi_paxos(&fine);
    assert!(
        code == 2
            && out.contains("all as expected")
            && err.contains("error: a report is missing: cannot write"),
        "{err}"
    );
    // Nothing half-written is left behind.
    let left = std::fs::read_dir(folder.path()).unwrap().count();
    assert_eq!(left, 2);
    let twice = ["--report", "json=same", "--report", "markdown=./same"];
    let (code, _, err) = with(&twice);
    assert!(code == 2 && err.contains("two reports are to go to ./same"), "{err}");
    for wrong in ["junit", "xml=a", "junit=", "markdown"] {
        let (code, _, err) = multi_paxos(&["check", "--scenario", "loss", "--report", wrong]);
        assert_eq!(code, 2, "{wrong}: {err}");
    }
    if cfg!(unix) {
        let (code, ..) = with(&["--report", "markdown=/dev/null"]);
        assert_eq!(code, 1);
        assert!(!Path::new("/dev/null").is_file(), "a device has been replaced");
    }
}

#[test]
fn annotations_stop_where_github_does() {
    let budget = ["--max-states", "20", "--report", "github"];
    let (code, out, _) = gate(&[&["--system", "multi_paxos"], &budget[..]].concat());
    assert_eq!(code, 3);
    let warnings: Vec<_> = out.lines().filter(|line| line.starts_with("::warning ")).collect();
    assert_eq!(warnings.len(), 10);
    assert!(warnings[9].contains("more are left out here"), "{}", warnings[9]);
}

#[test]
fn parts_of_a_run_make_the_whole() {
    let folder = tempfile::tempdir().unwrap();
    let what = ["--scenario", "small*", "--system", "mpsc_queue,canal_lock"];
    let part = |shard: &str, more: &[&str]| {
        let file = folder.path().join(format!("{}.json", shard.replace('/', "_")));
        let report = format!("json={}", file.display());
        let args = [&what[..], &["--shard", shard, "--report", &report], more].concat();
        let (code, out, err) = gate(&args);
        assert_eq!(code, 0, "{out}{err}");
        (file.to_str().unwrap().to_owned(), out.lines().count())
    };
    let parts: Vec<_> = ["1/3", "2/3", "3/3"].iter().map(|shard| part(shard, &[])).collect();
    let files: Vec<&str> = parts.iter().map(|(file, _)| file.as_str()).collect();
    let merge = |files: &[&str]| gate(&[&["merge"], files, &["--format", "json"]].concat());
    let (code, out, err) = merge(&[files[2], files[0], files[1]]);
    assert_eq!(code, 0, "{err}");
    let (_, whole, _) = gate(&[&what[..], &["--format", "json"]].concat());
    let rows = |text: &str| {
        let mut results: Value = serde_json::from_str(text).unwrap();
        for row in results["results"].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().retain(|key, _| !key.ends_with("_s"));
        }
        results
    };
    assert_eq!(rows(&out), rows(&whole));

    let (code, out, err) = gate(&["merge", files[0], files[2]]);
    assert!(code == 3 && out.contains("not run") && !out.contains("all as expected"), "{out}");
    assert!(err.contains("part 2 is missing") && err.contains("were not run"), "{err}");
    let input = format!("json={}", files[0]);
    let (code, _, err) = gate(&["merge", files[0], files[1], files[2], "--report", &input]);
    assert!(code == 2 && err.contains("is read; name another file"), "{err}");
    let (code, _, err) = merge(&[files[0], files[0], files[1]]);
    assert!(code == 2 && err.contains("both of part 1"), "{err}");
    // Parts of runs that were to check different things do not go together.
    let (other, _) = part("1/2", &[]);
    let (code, _, err) = merge(&[&other, files[1]]);
    assert!(code == 2 && err.contains("different"), "{err}");
    let (code, _, err) = merge(&[repository("Cargo.toml").to_str().unwrap()]);
    assert!(code == 2 && err.contains("Cargo.toml is not what"), "{err}");

    // With the times of a run, parts are others, and still all of it.
    let costs = folder.path().join("whole.json");
    std::fs::write(&costs, whole).unwrap();
    let costs = ["--costs", costs.to_str().unwrap()];
    let parts: Vec<_> = ["1/2", "2/2"].iter().map(|shard| part(shard, &costs).0).collect();
    assert_eq!(merge(&[&parts[0], &parts[1]]).0, 0);
    for wrong in ["0/3", "4/3", "1", "a/b"] {
        assert_eq!(gate(&["--shard", wrong]).0, 2, "{wrong}");
    }
    let (code, _, err) = gate(&["--scenario", "no_such*"]);
    assert!(code == 2 && err.contains("no scenario"), "{err}");
    assert_eq!(gate(&["--system", "no_such"]).0, 2);
}

#[test]
fn counterexamples_are_saved_to_read_to_look_at_and_as_tests() {
    let folder = tempfile::tempdir().unwrap();
    let save = ["--trace-dir", folder.path().to_str().unwrap()];
    let what = [
        "--scenario",
        "fault_gauge_stuck,fault_trust_head,fault_late_accept,option2_clear_starves",
    ];
    assert_eq!(gate(&[&what[..], &save[..]].concat()).0, 0);
    let saved = |of: &str, stem: &str, extension: &str| {
        text(&folder.path().join(of).join(format!("{stem}.{extension}")))
    };
    for (stem, of, step) in [
        (
            "fault_gauge_stuck-system-DoorsOpenWaterlevelRight",
            "canal_lock",
            "KeeperOpenRequestedDoor",
        ),
        ("fault_trust_head-system-ReadsWhatIsAnnounced", "mpsc_queue", "to take a ticket"),
        ("fault_late_accept-spec-MonotonicAccepts", "multi_paxos", "Accept"),
    ] {
        assert!(saved(of, stem, "txt").contains(step), "{stem}");
        let film = saved(of, stem, "svg");
        assert!(film.starts_with("<svg xmlns") && film.trim_end().ends_with("</svg>"), "{stem}");
        assert_eq!(film.matches("<svg").count(), film.matches("</svg>").count(), "{stem}");
        let itf = saved(of, stem, "itf.json");
        let states: Value = serde_json::from_str(&itf).unwrap();
        let states = states["states"].as_array().unwrap().len();
        assert!(film.matches("<svg").count() > states, "{stem}: a picture of each state");
        // The test does what it says: it follows the trace in the system that it loads.
        let test = saved(of, stem, "rs");
        assert!(test.contains(&format!("mitregate_models::{of}::load()")), "{test}");
        let replayed = replay(system(of), &itf).unwrap();
        assert!(
            !replayed.is_mended() && replayed.to_string().contains("still fails"),
            "{replayed}"
        );
    }
    // A behaviour that goes on for ever says where it goes back to.
    let lasso = std::fs::read_dir(folder.path().join("canal_lock"))
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let lasso = lasso.filter(|path| path.to_str().unwrap().contains("starves"));
    let films: Vec<_> =
        lasso.filter(|path| path.extension().is_some_and(|it| it == "svg")).collect();
    assert!(!films.is_empty());
    for film in films {
        let film = text(&film);
        assert!(film.contains("back to state") || film.contains("stays for ever"), "{film}");
    }
}

#[test]
fn every_counterexample_says_how_it_is_opened() {
    let args = ["mpsc_queue", "check", "--scenario", "fault_trust_head", "--layer", "system"];
    let (code, out, _) = run(Path::new(PROGRAM), &args);
    assert_eq!(code, 0);
    assert!(
        out.contains("explore --scenario fault_trust_head --layer system, at #/steps/0"),
        "{out}"
    );
}

#[test]
fn every_fault_is_caught_and_every_law_catches_something() {
    let folder = tempfile::tempdir().unwrap();
    let (page, cases) = (folder.path().join("faults.md"), folder.path().join("faults.xml"));
    let page_to = format!("markdown={}", page.display());
    let cases_to = format!("junit={}", cases.display());
    let (code, out, err) =
        gate(&["--faults", "--format", "json", "--report", &page_to, "--report", &cases_to]);
    assert_eq!(code, 0, "{err}");
    let results: Value = serde_json::from_str(&out).unwrap();
    let faults = results["faults"]["faults"].as_array().unwrap();
    for system in common::systems().map(AnySystem::name) {
        let of_system = faults.iter().filter(|fault| fault["system"] == system);
        assert!(of_system.count() >= 12, "{system}");
    }
    assert!(text(&page).contains("### Faults of multi\\_paxos"), "{}", text(&page));
    let read_back = Report::deserialize_from_str(&text(&cases)).unwrap();
    assert!(read_back.failures == 0 && read_back.errors == 0);

    // Where nothing fails, every fault survives, and every law is idle.
    let systems = [system("canal_lock")];
    let no_failures = |result: &mut ResultRow| {
        result.properties.iter_mut().for_each(|it| it.verdict = Verdict::Holds);
    };
    let rows = faults::jobs(&systems).into_iter().filter(|it| it.layer == Layer::Spec).map(|job| {
        let mut row = row(&job.run(&Options::default()).unwrap());
        no_failures(&mut row);
        row
    });
    let rows: Vec<ResultRow> = rows.collect();
    let table = faults::of(&systems, &rows, &BTreeMap::new()).unwrap();
    assert_eq!(table.surviving().count(), table.faults.len());
    assert_eq!(table.idle().count(), table.laws.len());
    // Not all was run: so that decides nothing.
    assert!(!table.is_whole);
    let table = Faults { is_whole: true, ..table };
    let mut whole = Results::new(rows.iter().map(ResultRow::key).collect(), None);
    (whole.results, whole.faults) = (rows, Some(table));
    assert_eq!(whole.outcome(), Outcome::Unexpected);
    let report = Report::deserialize_from_str(&junit::text(&whole).unwrap()).unwrap();
    assert!(report.failures > 12);
    let page = markdown::text(&whole);
    assert!(page.contains("**no law catches**") && page.starts_with("## \u{2717} "), "{page}");
    assert!(github::text(&whole).contains("no law catches the fault"));
    assert!(report::text::summary(&whole).contains("catches nothing"));
    whole.faults.as_mut().unwrap().is_whole = false;
    assert_eq!(whole.outcome(), Outcome::Inconclusive);
    let (code, out, _) = gate(&["--faults", "--system", "multi_paxos", "--max-states", "5"]);
    assert_eq!(code, 3, "{out}");
}

#[test]
fn a_page_has_room_for_what_github_takes() {
    let job = common::job(system("multi_paxos"), "fault_late_accept", Layer::System);
    let mut failed = row(&job.run(&Options::default()).unwrap());
    failed.outcome = Outcome::Unexpected;
    failed.expected = None;
    let mut results = Results::new(Vec::new(), None);
    results.results = vec![failed; 2000];
    let page = markdown::text(&results);
    assert!(page.len() < 1 << 20 && page.len() > 500_000, "{}", page.len());
    assert!(page.contains("More counterexamples are left out"));
    assert_eq!(page.matches("| multi\\_paxos | fault").count(), 2000, "the table has all rows");
}
