//! TLC itself, on the committed specs. Needs Java and a jar that `TLA2TOOLS_JAR` names.

mod common;

use std::process::Command;

use common::{example, repository, skipped};

fn tlc(args: &[&str]) -> (Option<i32>, String) {
    tlc_of("multi_paxos", args)
}

fn tlc_of(system: &str, args: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(example(system))
        .arg("tlc")
        .args(args)
        .current_dir(repository(""))
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

#[test]
fn small_configurations_agree_live() {
    if skipped("small_configurations_agree_live", "TLA2TOOLS_JAR") {
        return;
    }
    let (code, text) =
        tlc(&["--scenario", "duel", "--scenario", "reachable", "--scenario", "as_given"]);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.matches("agree: states, labelled edges and verdict").count(), 2, "{text}");
    assert_eq!(text.matches("agree: counts and verdict").count(), 1, "{text}");
}

#[test]
fn small_configurations_of_the_queue_agree_live() {
    if skipped("small_configurations_of_the_queue_agree_live", "TLA2TOOLS_JAR") {
        return;
    }
    let names = ["small", "two_symmetric", "fair", "resize_unfair"];
    let args: Vec<_> = names.iter().flat_map(|name| ["--scenario", name]).collect();
    let (code, text) = tlc_of("mpsc_queue", &args);
    assert_eq!(code, Some(0), "{text}");
    assert_eq!(text.matches("agree: states, labelled edges and verdict").count(), 1, "{text}");
    assert_eq!(text.matches("agree: counts and verdict").count(), 3, "{text}");
}

#[test]
fn a_configuration_from_elsewhere_is_compared_too() {
    if skipped("a_configuration_from_elsewhere_is_compared_too", "TLA2TOOLS_JAR") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("mine.cfg");
    let text = common::read("specs/multi_paxos/small.cfg").replace("{v1, v2}", "{x}");
    std::fs::write(&config, text + "CHECK_DEADLOCK FALSE\n").unwrap();
    let (code, text) = tlc(&["--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("agree: states, labelled edges and verdict"), "{text}");
}

#[test]
fn a_module_beside_the_configuration_may_define_its_constants() {
    if skipped("a_module_beside_the_configuration_may_define_its_constants", "TLA2TOOLS_JAR") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let config = folder.path().join("mine.cfg");
    let text = common::read("specs/multi_paxos/small.cfg")
        .replace("Values    = {v1, v2}", "Values <- Two");
    std::fs::write(&config, text).unwrap();
    let module = "---- MODULE mine ----\nEXTENDS MultiPaxos\nTwo == {7, 8}\n====\n";
    std::fs::write(folder.path().join("mine.tla"), module).unwrap();
    let (code, text) = tlc(&["--config", config.to_str().unwrap()]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("937 distinct") && text.contains("agree: states"), "{text}");
}
