//! The command line as a whole: what it prints, and how it exits.

mod common;

use std::io::Read;
use std::process::{Command, Stdio};

use assert_cmd::assert::OutputAssertExt;
use common::{PROGRAM, example, read, repository};
use mitregate::gate::{AnySystem, Lane, Layer};
use mitregate_models::mpsc_queue::bugs::BUGS;
use serde_json::Value;

fn multi_paxos(args: &[&str]) -> Command {
    let mut command = Command::new(example("multi_paxos"));
    command.args(args).env_remove("NO_COLOR");
    command
}

/// Exit code, stdout and stderr.
fn run(args: &[&str]) -> (i32, String, String) {
    let output = multi_paxos(args).output().unwrap();
    (
        output.status.code().unwrap(),
        String::from_utf8(output.stdout).unwrap(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

fn json(args: &[&str]) -> (i32, Value) {
    let (code, out, err) = run(args);
    (code, serde_json::from_str(&out).unwrap_or_else(|error| panic!("{error}: {out}{err}")))
}

/// A configuration like a committed one, with something replaced.
fn config(original: &str, from: &str, to: &str) -> (tempfile::TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.cfg");
    let text = read(&format!("specs/multi_paxos/{original}"));
    assert!(text.contains(from), "{original} has no {from:?}");
    std::fs::write(&path, text.replace(from, to)).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (folder, path)
}

#[test]
fn json_has_a_row_for_each_layer_and_a_schema() {
    let (code, schema) = json(&["schema"]);
    assert_eq!(code, 0);
    let committed: Value =
        serde_json::from_str(&read("crates/mitregate/check.schema.json")).unwrap();
    assert_eq!(schema, committed);
    let names = ["--scenario", "loss", "--scenario", "fault_late_accept"];
    let (code, results) = json(&[&["check", "--format", "json"], &names[..]].concat());
    assert_eq!(code, 0);
    let rows = results["results"].as_array().unwrap();
    assert_eq!(rows.len(), 4);
    let failed = rows.iter().find(|row| row["verdict"] == "violated").unwrap();
    let property = |name: &str| {
        let properties = failed["properties"].as_array().unwrap();
        properties.iter().find(|property| property["name"] == name).unwrap().clone()
    };
    assert!(property("MonotonicAccepts")["trace_length"].is_u64());
    assert!(property("Agreement")["trace_length"].is_null());
}

#[test]
fn a_configuration_gives_constants_and_laws() {
    let path = repository("specs/multi_paxos/small.cfg");
    let (code, results) = json(&["check", "--config", path.to_str().unwrap(), "--format", "json"]);
    assert_eq!(code, 0);
    let row = &results["results"][0];
    assert_eq!((&row["layer"], &row["distinct"]), (&Value::from("spec"), &Value::from(937)));
    assert_eq!(row["constants"]["Proposers"], "{1, 2}");
    assert_eq!(row["depth"], 14);
}

#[test]
fn a_configuration_reaches_the_code_as_well() {
    let path = repository("specs/multi_paxos/single.cfg");
    let args = ["check", "--config", path.to_str().unwrap(), "--format", "json"];
    for layer in ["system", "miter"] {
        let (code, results) = json(&[&args[..], &["--layer", layer]].concat());
        assert_eq!(code, 0);
        assert_eq!(results["results"][0]["layer"], layer);
        assert_eq!(results["results"][0]["verdict"], "holds");
    }
}

#[test]
fn a_replacement_is_looked_up_in_the_module_beside_the_configuration() {
    let (folder, path) = config("small.cfg", "Attempts  = {0}", "Attempts <- Tries");
    let (code, _, err) = run(&["check", "--config", &path]);
    assert_eq!(code, 2);
    assert!(err.contains("mine.cfg:7") && err.contains("Tries"), "{err}");
    let module = "---- MODULE mine ----\nEXTENDS MultiPaxos\nTries == 0 .. 1\n====\n";
    std::fs::write(folder.path().join("mine.tla"), module).unwrap();
    let (code, results) = json(&["check", "--config", &path, "--format", "json"]);
    assert_eq!(code, 0);
    assert_eq!(results["results"][0]["distinct"], 144_698);
}

#[test]
fn what_tlc_does_not_take_is_no_better_in_a_module() {
    let cases = [
        ("Vs == {1, \"1\"}", "TLC cannot compare 1 and \"1\", which are in one set of Vs"),
        ("One == 1\nUno == \"1\"\nVs == {One, Uno}", "TLC cannot compare 1 and \"1\""),
        ("One == {1}\nVs == {One, 2}", "TLC cannot compare"),
        ("Vs == {2147483648}", "Vs has the number 2147483648, which is too large for TLC"),
        ("Vs == {1}\nVs == {1, 2}", "line 4: Vs is defined for the second time"),
    ];
    for (definitions, expected) in cases {
        let (folder, path) = config("small.cfg", "Values    = {v1, v2}", "Values <- Vs");
        let module = format!("---- MODULE mine ----\nEXTENDS MultiPaxos\n{definitions}\n====\n");
        std::fs::write(folder.path().join("mine.tla"), module).unwrap();
        let (code, out, err) = run(&["check", "--config", &path]);
        assert_eq!((code, out.as_str()), (2, ""), "{definitions}: {err}");
        assert!(err.contains("mine.cfg:") && err.contains(expected), "{definitions}: {err}");
    }
    // A lone carriage return ends a line, and a comment, there as well.
    let (folder, path) = config("small.cfg", "Values    = {v1, v2}", "Values <- Vs");
    let module = "---- MODULE mine ----\rEXTENDS MultiPaxos \\* c\rVs == {1}\r====\r";
    std::fs::write(folder.path().join("mine.tla"), module).unwrap();
    let (code, _, err) = run(&["check", "--config", &path, "--layer", "spec"]);
    assert_eq!(code, 0, "{err}");
}

#[test]
fn a_lasso_that_does_not_say_how_it_goes_back_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().to_str().unwrap();
    let (code, ..) =
        run(&["check", "--scenario", "duel_forever", "--layer", "spec", "--save", saved]);
    assert_eq!(code, 0);
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    let replay = |trace: &serde_json::Value| {
        std::fs::write(&file, trace.to_string()).unwrap();
        run(&["replay", file.to_str().unwrap()])
    };
    let whole: serde_json::Value =
        serde_json::from_str(&std::fs::read_to_string(&file).unwrap()).unwrap();
    assert_eq!(replay(&whole).0, 1, "it fails as it did");
    for action in [serde_json::Value::Null, 7.into()] {
        let mut trace = whole.clone();
        trace["#meta"]["action_back"] = action;
        let (code, out, err) = replay(&trace);
        assert_eq!(code, 2, "{out}{err}");
        assert!(err.contains("has no string \"action_back\" in its #meta"), "{err}");
    }
}

#[test]
fn what_the_port_lacks_is_an_error_with_line_and_mend() {
    let cases = [
        ("small.cfg", "Consistency", "Consistancy", "mine.cfg:14: the invariant Consistancy"),
        ("small.cfg", "MonotonicAccepts", "Termination", "the property Termination is not ported"),
        ("small.cfg", "SPECIFICATION Spec", "SPECIFICATION LiveSpec", "mine.cfg:2: LiveSpec"),
        ("small.cfg", "PROPERTIES", "VIEW vars\nPROPERTIES", "VIEW vars is not ported"),
        ("small.cfg", "PROPERTIES", "CONSTRAINT Few\nPROPERTIES", "the constraint Few"),
        ("small.cfg", "PROPERTIES", "SYMMETRY AcceptorSymmetry\nPROPERTIES", "no model value"),
        ("small.cfg", "PROPERTIES", "ACTION_CONSTRAINT A\nPROPERTIES", "ACTION_CONSTRAINT A"),
        ("small.cfg", "Attempts  = {0}", "Attempts = {0, 2}", "has a gap"),
        ("small.cfg", "Attempts  = {0}", "Attempts = 3", "is no set"),
        ("small.cfg", "Proposers = {1, 2}", "Proposers = {a}", "no natural number"),
        ("small.cfg", "NONE      = NONE", "NONE = v1", "one of Values"),
        ("small.cfg", "NONE      = NONE", "", "NONE has no value"),
        ("small.cfg", "NONE      = NONE", "NONE = NONE Learners = {1}", "no constant Learners"),
        ("small.cfg", "Rounds    = {1}", "Rounds = {}", "Rounds is empty"),
        ("small.cfg", "{1, 2, 3}", "{1, 2, 3", "mine.cfg:"),
    ];
    for (original, from, to, expected) in cases {
        let (_folder, path) = config(original, from, to);
        let (code, out, err) = run(&["check", "--config", &path]);
        assert_eq!((code, out.as_str()), (2, ""), "{to}: {err}");
        assert!(err.contains(expected), "{to}: {err}");
    }
}

#[test]
fn what_the_code_lacks_is_an_error_as_well() {
    let cases = [
        ("PROPERTIES", "SYMMETRY ValueSymmetry\nPROPERTIES", "not for the code"),
        ("PROPERTIES", "CHECK_DEADLOCK TRUE\nPROPERTIES", "not for the code"),
    ];
    for (from, to, expected) in cases {
        let (_folder, path) = config("single.cfg", from, to);
        for layer in ["system", "miter"] {
            let (code, _, err) = run(&["check", "--config", &path, "--layer", layer]);
            assert_eq!(code, 2, "{err}");
            assert!(err.contains(expected), "{err}");
        }
        assert_eq!(run(&["check", "--config", &path]).0, 0);
    }
}

#[test]
fn a_configuration_shapes_the_search_of_the_code() {
    let distinct = |replacement: &str| {
        let (_folder, path) = config("two_rounds.cfg", "PROPERTIES", replacement);
        let args = ["check", "--config", &path, "--scenario", "ordered", "--layer", "system"];
        let (code, results) = json(&[&args[..], &["--format", "json"]].concat());
        assert_eq!(code, 0);
        results["results"][0]["distinct"].as_u64().unwrap()
    };
    let all = distinct("PROPERTIES");
    assert!(distinct("SYMMETRY AcceptorSymmetry\nPROPERTIES") < all);
    assert!(distinct("CONSTRAINT Undecided\nPROPERTIES") < all);
}

#[test]
fn nothing_to_check_is_no_pass() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.cfg");
    let text = read("specs/multi_paxos/single.cfg");
    let constants = text.split("INVARIANTS").next().unwrap();
    std::fs::write(&path, format!("{constants}CHECK_DEADLOCK FALSE\n")).unwrap();
    let (code, out, _) = run(&["check", "--config", path.to_str().unwrap()]);
    assert_eq!(code, 3);
    assert!(out.contains("no law to check"), "{out}");
}

#[test]
fn bad_usage_exits_with_2_and_says_what_to_do() {
    let cases: [(&[&str], &str); 11] = [
        (&["check", "--scenario", "nonsense"], "list"),
        (&["check", "--scenario", "loss_unorderd"], "is it loss_unordered"),
        (&["check", "--scenario", "loss", "--scenario", "x*y"], "x*y"),
        (&["check", "--config", "missing.cfg"], "missing.cfg"),
        (&["check", "--module", "MultiPaxos"], "--config"),
        (&["check", "--module", "Raft", "--config", "x.cfg"], "MultiPaxosAsGiven"),
        (&["check", "--scenario", "multi_paxos", "--layer", "system"], "no layer system"),
        (&["check", "--timeout", "soon"], "--timeout"),
        (&["check", "--threads", "0"], "--threads"),
        (&["replay", "missing.json"], "missing.json"),
        (&["graph", "--format", "png"], "dot"),
    ];
    for (args, expected) in cases {
        let (code, out, err) = run(args);
        assert_eq!((code, out.as_str()), (2, ""), "{args:?}: {err}");
        assert!(err.contains(expected), "{args:?}: {err}");
    }
    assert_eq!(run(&[]).0, 2);
}

#[test]
fn a_violation_exits_with_1_and_shows_the_steps() {
    let path = repository("specs/multi_paxos/reachable.cfg");
    let (code, out, _) = run(&["check", "--config", path.to_str().unwrap()]);
    assert_eq!(code, 1);
    for part in ["NothingLearned", "after 6 states", "learned[1]: + v1", "Learn(1, v1)"] {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
}

#[test]
fn a_budget_exits_with_3() {
    let (code, out, _) = run(&["check", "--scenario", "multi_paxos", "--max-states", "1000"]);
    assert_eq!(code, 3);
    assert!(out.contains("inconclusive") && out.contains("1,000 states"), "{out}");
    assert_eq!(run(&["check", "--scenario", "multi_paxos", "--timeout", "0s"]).0, 3);
    assert_eq!(run(&["check", "--scenario", "multi_paxos", "--max-memory", "1KiB"]).0, 3);
}

#[cfg(unix)]
#[test]
fn ctrl_c_ends_with_a_partial_report_and_3() {
    let mut check = multi_paxos(&["check", "--scenario", "duel_duplicated", "--layer", "system"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    std::thread::sleep(std::time::Duration::from_millis(1500));
    Command::new("kill").args(["-INT", &check.id().to_string()]).assert().success();
    let mut out = String::new();
    check.stdout.take().unwrap().read_to_string(&mut out).unwrap();
    assert_eq!(check.wait().unwrap().code(), Some(3));
    assert!(out.contains("interrupted at"), "{out}");
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let mut list = multi_paxos(&["graph", "--scenario", "duel", "--layer", "spec"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    drop(list.stdout.take());
    let output = list.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
}

#[test]
fn output_is_the_same_for_any_number_of_threads() {
    let counts = |threads: &str| {
        let args = ["check", "--scenario", "as_given", "--format", "json", "--threads", threads];
        let (code, mut results) = json(&args);
        assert_eq!(code, 0);
        for row in results["results"].as_array_mut().unwrap() {
            row.as_object_mut().unwrap().retain(|key, _| !key.ends_with("_s"));
        }
        results
    };
    assert_eq!(counts("1"), counts("3"));
}

/// Reads a trace with itf-py, and checks that writing it again gives the same states.
const READ_AGAIN: &str = "
import json, sys
sys.path.insert(0, sys.argv[1])
from itf_py import trace_from_json, trace_to_json
text = json.load(open(sys.argv[2]))
trace = trace_from_json(text)
again = trace_to_json(trace)
assert trace.loop == text.get('loop')
assert len(trace.states) == len(text['states'])
def canonical(it):
    if isinstance(it, dict):
        # Elements of a set and entries of a map have no order.
        parts = lambda key: sorted if key in ('#set', '#map') else list
        return str(sorted((key, str(parts(key)(canonical(part)) if isinstance(part, list)
            else canonical(part))) for key, part in it.items() if key != '#meta'))
    return [canonical(part) for part in it] if isinstance(it, list) else it
for before, after in zip(text['states'], again['states']):
    assert canonical(before) == canonical(after), (before, after)
";

#[test]
fn saved_traces_are_what_other_tools_read() {
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().to_str().unwrap();
    for (system, scenarios) in [
        ("multi_paxos", "as_given,duel_forever"),
        ("mpsc_queue", "consumer_alone,fault_waits_for_producer"),
        ("canal_lock", "option4_atomic_deadlock"),
    ] {
        let mut check = Command::new(example(system));
        check.args(["check", "--scenario", scenarios, "--save", save]);
        assert_eq!(check.output().unwrap().status.code(), Some(0));
    }
    common::tlc::skipped("saved_traces_are_what_other_tools_read, by itf-py", "MITREGATE_ITF_PY");
    let python = std::env::var_os("MITREGATE_ITF_PY");
    let (mut safety, mut lassos) = (0, 0);
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_none_or(|extension| extension != "json") {
            continue;
        }
        let text = std::fs::read_to_string(&path).unwrap();
        let ours: Value = serde_json::from_str(&text).unwrap();
        let theirs: itf::Trace<itf::Value> = itf::trace_from_str(&text)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        assert_eq!(theirs.states.len(), ours["states"].as_array().unwrap().len());
        assert_eq!(theirs.loop_index, ours["loop"].as_u64());
        *if theirs.loop_index.is_some() { &mut lassos } else { &mut safety } += 1;
        if let Some(folder) = &python {
            let mut read = Command::new("python3");
            read.args(["-c", READ_AGAIN]).arg(folder).arg(&path);
            let read = read.output().unwrap();
            let told = String::from_utf8_lossy(&read.stderr);
            assert!(read.status.success(), "{}: {told}", path.display());
        }
    }
    assert!(safety >= 2 && lassos >= 3, "{safety} paths, {lassos} lassos");
}

#[test]
fn a_counterexample_is_saved_and_replayed() {
    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().to_str().unwrap();
    assert_eq!(run(&["check", "--scenario", "as_given", "--save", save]).0, 0);
    let file = folder.path().join("as_given-miter-Refinement.itf.json");
    let (code, out, err) = run(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("still fails: Refinement"), "{out}");

    // Against the repaired spec the same steps are fine, but the states have votes besides.
    let text = std::fs::read_to_string(&file).unwrap();
    let duel = text.replace("\"as_given\"", "\"duel\"");
    std::fs::write(&file, duel).unwrap();
    let (code, out, _) = run(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, 3);
    assert!(out.contains("no longer applies: step 1 of"), "{out}");

    std::fs::write(&file, "{}").unwrap();
    assert_eq!(run(&["replay", file.to_str().unwrap()]).0, 2);
}

#[test]
fn a_counterexample_of_a_brought_configuration_carries_it_along() {
    let (folder, path) = config("reachable.cfg", "{v1, v2}", "{x}");
    let save = folder.path().to_str().unwrap();
    assert_eq!(run(&["check", "--config", &path, "--save", save]).0, 1);
    std::fs::remove_file(&path).unwrap();
    let file = folder.path().join("mine-spec-NothingLearned.itf.json");
    let (code, out, err) = run(&["replay", file.to_str().unwrap()]);
    assert_eq!(code, 1, "{err}");
    assert!(out.contains("still fails: NothingLearned, after 6 states"), "{out}");
}

#[test]
fn graphs_are_printed_whole_or_not_at_all() {
    let (code, graph) =
        json(&["graph", "--scenario", "loss_unordered", "--layer", "spec", "--format", "json"]);
    assert_eq!(code, 0);
    assert_eq!(graph["states"].as_array().unwrap().len(), 31);
    let (code, out, _) = run(&["graph", "--scenario", "loss_unordered", "--layer", "spec"]);
    assert_eq!(code, 0);
    assert!(out.starts_with("digraph") && out.contains("Promise"), "{out}");
    let (code, out, err) =
        run(&["graph", "--scenario", "loss_unordered", "--layer", "spec", "--max-states", "30"]);
    assert_eq!((code, out.as_str()), (3, ""));
    assert!(err.contains("--max-states"), "{err}");
    // Nothing asked: a graph that can be looked at, and which one it is.
    let (code, out, err) = run(&["graph"]);
    assert_eq!(code, 0, "{err}");
    assert!(out.starts_with("digraph") && err.contains("for one that is small"), "{err}");
    let edges = |out: &str| {
        let ends = |line: &str| {
            let (source, rest) = line.trim().split_once(" -> ")?;
            Some((source.to_owned(), rest.split_once(' ')?.0.to_owned()))
        };
        out.lines().filter_map(ends).collect::<Vec<_>>()
    };
    let scenario = ["graph", "--scenario", "loss_unordered", "--layer", "spec"];
    let (_, with, _) = run(&[&scenario[..], &["--arguments"]].concat());
    assert!(with.contains("Promise(1, "), "{with}");
    let (_, without, _) = run(&[&scenario[..], &["--no-self-loops"]].concat());
    assert!(edges(&with).iter().any(|(source, target)| source == target), "{with}");
    assert!(edges(&without).iter().all(|(source, target)| source != target), "{without}");
}

#[test]
fn scenarios_are_chosen_by_name_and_by_pattern() {
    let scenarios = |args: &[&str]| {
        let always = ["check", "--layer", "spec", "--format", "json"];
        let (code, results) = json(&[&always[..], args].concat());
        assert_eq!(code, 0, "{args:?}");
        let rows = results["results"].as_array().unwrap();
        let names = rows.iter().map(|row| row["scenario"].as_str().unwrap().to_owned());
        names.collect::<Vec<_>>()
    };
    let both = ["log", "catch_up"];
    assert_eq!(scenarios(&["--scenario", "catch_up", "log"]), both);
    assert_eq!(scenarios(&["--scenario", "catch_up,log"]), both);
    assert_eq!(scenarios(&["--scenario", "catch*", "--scenario", "log"]), both);
}

#[test]
fn walks_repeat_for_a_seed() {
    let walk = |seed: &str| {
        let args = ["simulate", "--scenario", "duel", "--layer", "miter", "--seed", seed];
        let (code, out, _) = run(&[&args[..], &["--runs", "20", "--depth", "60"]].concat());
        assert_eq!(code, 0, "{out}");
        out.lines().skip(1).map(str::to_owned).collect::<Vec<_>>()
    };
    assert_eq!(walk("1"), walk("1"));
    assert_ne!(walk("1"), walk("2"));
    let found = run(&["simulate", "--scenario", "fault_blank_value", "--layer", "system"]);
    assert_eq!(found.0, 1);
    assert!(found.1.contains("Validity fails"), "{}", found.1);
}

#[test]
fn help_shows_examples_and_exit_codes() {
    let (code, out, _) = run(&["--help"]);
    assert_eq!(code, 0);
    for part in ["Examples:", "Exit codes:", "check", "explore", "replay", "tlc", "inconclusive"] {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
    let (code, out, _) = run(&["completions", "bash"]);
    assert_eq!(code, 0);
    assert!(out.contains("multi_paxos"), "{out}");
}

#[test]
fn the_list_has_every_scenario_and_layer() {
    let (code, list) = json(&["list", "--format", "json"]);
    assert_eq!(code, 0);
    let rows = list.as_array().unwrap();
    assert!(
        rows.iter().any(
            |row| row["scenario"] == "as_given" && row["violations"][0]["name"] == "Refinement"
        )
    );
    let (code, out, _) = run(&["list"]);
    assert_eq!(code, 0);
    for row in rows {
        assert!(out.contains(row["scenario"].as_str().unwrap()), "{out}");
    }
}

#[test]
fn there_is_no_colour_off_a_terminal_or_where_it_is_unwanted() {
    let (_, out, _) = run(&["check", "--scenario", "loss_unordered"]);
    assert!(!out.contains('\u{1b}'));
    let forced = multi_paxos(&["check", "--scenario", "loss_unordered"])
        .env("CLICOLOR_FORCE", "1")
        .output()
        .unwrap();
    assert!(String::from_utf8(forced.stdout).unwrap().contains('\u{1b}'));
    let unwanted = multi_paxos(&["check", "--scenario", "loss_unordered"])
        .env("NO_COLOR", "1")
        .output()
        .unwrap();
    assert!(!String::from_utf8(unwanted.stdout).unwrap().contains('\u{1b}'));
}

#[test]
fn the_gate_checks_every_system_and_exits_by_the_conventions() {
    let gate = |args: &[&str]| {
        let output = Command::new(example("gate")).args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, out) = gate(&["--max-states", "200", "--format", "json"]);
    let results: Value = serde_json::from_str(&out).unwrap();
    let rows = results["results"].as_array().unwrap();
    assert_eq!(code, 3);
    for layer in ["spec", "system", "miter"] {
        assert!(rows.iter().any(|row| row["system"] == "multi_paxos" && row["layer"] == layer));
    }
    assert_eq!(gate(&["--help"]).0, 0);
    assert_eq!(gate(&["--nonsense"]).0, 2);
}

#[test]
fn one_program_has_the_verbs_of_every_system() {
    let program = |args: &[&str]| {
        let output = Command::new(PROGRAM).args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    for system in common::systems() {
        let name = system.name();
        let (code, out) = program(&[name, "list", "--format", "json"]);
        let of_example =
            Command::new(example(name)).args(["list", "--format", "json"]).output().unwrap();
        assert_eq!((code, out.as_bytes()), (0, &*of_example.stdout), "{name}");
    }
    let (code, out) = program(&["gate", "--max-states", "1", "--format", "json"]);
    let results: Value = serde_json::from_str(&out).unwrap();
    let quick = common::systems().into_iter().flat_map(AnySystem::scenarios);
    let quick = quick.filter(|scenario| scenario.lane == Lane::Quick);
    let layers: usize = quick.map(|scenario| scenario.expected.len()).sum();
    assert_eq!((code, results["results"].as_array().unwrap().len()), (3, layers));
    assert_eq!(program(&["mpsc_queue", "bugs", "--list"]).0, 0);
    assert_eq!(program(&["nonsense"]).0, 2);
    assert_eq!(program(&[]).0, 2);
    let (code, out) = program(&["--help"]);
    assert_eq!(code, 0);
    for part in ["gate", "scenarios", "multi_paxos", "canal_lock", "Exit codes:"] {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
}

#[test]
fn update_leaves_a_table_as_it_is_that_is_right() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir(folder.path().join("multi_paxos")).unwrap();
    let path = folder.path().join("multi_paxos/scenarios.toml");
    let specs = folder.path().to_str().unwrap();
    let committed = read("specs/multi_paxos/scenarios.toml");
    std::fs::write(&path, &committed).unwrap();
    let names = ["--scenario", "loss_unordered", "--scenario", "as_given"];
    let update = || run(&[&["check", "--update", "--specs", specs], &names[..]].concat());
    let (code, _, err) = update();
    assert_eq!(code, 0, "{err}");
    assert!(err.contains("0 moved"), "{err}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), committed);
}

#[test]
fn a_broken_queue_is_told_of_with_pictures() {
    let queue = |args: &[&str]| {
        let output = Command::new(example("mpsc_queue")).args(args).output().unwrap();
        (output.status.code().unwrap(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = queue(&["bugs", "copying-resize"]);
    assert_eq!(code, 0);
    let scenario = common::system("mpsc_queue").scenario("fault_copy_on_grow").unwrap();
    let [(law, length)] = &scenario.expected_on(Layer::System).unwrap().violations[..] else {
        panic!("one law fails");
    };
    assert_eq!(law, "NothingIsLeftBehind");
    assert!(told.contains(&format!("{law} fails, in {length} states")), "{told}");
    assert!(told.contains("ring 0  ┌───────┬───────┐\n"), "{told}");
    let (code, list) = queue(&["bugs", "--list"]);
    assert_eq!((code, list.lines().count()), (0, BUGS.len()));
    assert_eq!(queue(&["bugs", "no-such-bug"]).0, 2);
}

/// The canal's example on a log, with an exit code, stdout and stderr.
fn trace(log: &str, args: &[&str]) -> (i32, String, String) {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("run.jsonl"), log).unwrap();
    let mut command = Command::new(example("canal_lock"));
    let output =
        command.args(["trace", "run.jsonl"]).args(args).current_dir(&folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn a_log_is_held_against_the_spec() {
    let folder = tempfile::tempdir().unwrap();
    let saved = folder.path().join("behaviour.itf.json");
    let asks = r#"{"action": "ShipNextIteration(4)"}
{"action": "ShipRequestWest", "state": {"requests": [{"ship": 4, "lock": 1, "side": "west"}]}}
"#;
    let scenario = ["--scenario", "keepers"];
    let save = ["--save", saved.to_str().unwrap()];
    let (code, out, _) = trace(asks, &[scenario, save].concat());
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("explained: 2 lines, 2 actions of lock_multiple, in "), "{out}");
    let itf: Value = serde_json::from_str(&std::fs::read_to_string(saved).unwrap()).unwrap();
    assert_eq!(itf["states"][2]["action_taken"], "ShipRequestWest(4)");
    // The page's own example.
    let page = read("docs/traces.md");
    let (_, rest) = page.split_once("```jsonl\n").unwrap();
    let (by_hand, _) = rest.split_once("```").unwrap();
    let (code, out, _) = trace(by_hand, &["--scenario", "small_keepers"]);
    assert_eq!(code, 0, "{out}");
    assert!(out.starts_with("explained: 5 lines, 4 actions of lock_multiple, in "), "{out}");
    let enters = format!("{asks}{}", r#"{"action": "ShipWaitForWest(4)"}"#);
    let (code, out, _) = trace(&enters, &scenario);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("run.jsonl:3: ShipWaitForWest(4)"), "{out}");
    assert!(out.contains("the spec allows   ShipNextIteration(3)"), "{out}");
    let (code, out, _) = trace(asks, &[&scenario[..], &["--max-states", "1"]].concat());
    assert_eq!(code, 3, "{out}");
    for (log, args, expected) in [
        (asks, &[][..], "no line says with which constants"),
        ("{\"action\": \"Sink\"}", &scenario[..], "run.jsonl:1: the spec has no action \"Sink\""),
        ("{\"state\": 1}", &scenario[..], "run.jsonl:1: no line of a log"),
        (
            "{\"spec\": {\"config\": \"CONSTANTS\"}}\n{\"state\": {}}",
            &[][..],
            "the configuration in run.jsonl",
        ),
        (asks, &["--scenario", "keeper"][..], "is it keepers"),
        (asks, &["--scenario", "keepers", "missing.jsonl"][..], "cannot read missing.jsonl"),
    ] {
        let (code, out, err) = trace(log, args);
        assert_eq!(code, 2, "{out}{err}");
        assert!(err.contains(expected), "{err}");
    }
}
