//! TLC itself, on the committed specs. Needs Java and a jar that `TLA2TOOLS_JAR` names.

mod common;

use std::fs;
use std::process::Command;

use common::tlc::skipped;
use common::{example, repository};

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
fn a_module_and_a_configuration_of_this_folder_are_compared() {
    if skipped("a_module_and_a_configuration_of_this_folder_are_compared", "TLA2TOOLS_JAR") {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let run = |config: &str| {
        fs::write(folder.path().join("MC.cfg"), config).unwrap();
        let output = Command::new(example("multi_paxos"))
            .args(["tlc", "--config", "MC.cfg", "--specs"])
            .arg(repository("specs"))
            .current_dir(folder.path())
            .output()
            .unwrap();
        let text = [output.stdout, output.stderr].concat();
        (output.status.code(), String::from_utf8(text).unwrap())
    };
    fs::write(folder.path().join("MC.tla"), "---- MODULE MC ----\nEXTENDS MultiPaxos\n====\n")
        .unwrap();
    let config = fs::read_to_string(repository("specs/multi_paxos/single.cfg")).unwrap();
    let (code, text) = run(&config);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("agree: states, labelled edges and verdict"), "{text}");

    // What the port does not decide, it does not agree about.
    let live = fs::read_to_string(repository("specs/multi_paxos/one_proposer_live.cfg")).unwrap();
    let (code, text) = run(&format!("{live}\nCONSTRAINT Undecided\n"));
    assert_eq!(code, Some(3), "{text}");
    assert!(text.contains("inconclusive: the port does not decide what TLC does"), "{text}");
    assert!(text.contains("EveryRoundLearned: ") && !text.contains("differs"), "{text}");
}

#[test]
fn what_tlc_said_of_the_same_input_is_taken() {
    if skipped("what_tlc_said_of_the_same_input_is_taken", "TLA2TOOLS_JAR") {
        return;
    }
    let specs = tempfile::tempdir().unwrap();
    for folder in ["multi_paxos", "golden/multi_paxos"] {
        let copy = specs.path().join(folder);
        fs::create_dir_all(&copy).unwrap();
        for file in fs::read_dir(repository("specs").join(folder)).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
    }
    let run = |args: &[&str]| {
        let place = ["--scenario", "duel", "--specs", specs.path().to_str().unwrap()];
        let (code, text) = tlc(&[&place, args].concat());
        assert_eq!(code, Some(0), "{text}");
        text
    };
    // Another jar than the committed files were made with will do.
    run(&["--update"]);
    let live = ["s; the port took", " says that all holds"];
    let recorded = [" said that all holds", " of the same input; the port took"];
    for (args, wanted) in
        [(["--recorded-above", "0s"], recorded), (["--recorded-above", "1h"], live)]
    {
        let text = run(&args);
        assert!(wanted.iter().all(|words| text.contains(words)), "{args:?}: {text}");
        assert!(text.contains("agree: states, labelled edges and verdict"), "{args:?}: {text}");
    }
    let config = specs.path().join("multi_paxos/small.cfg");
    let text = fs::read_to_string(&config).unwrap();
    fs::write(&config, text + "\n\\* changed\n").unwrap();
    let text = run(&["--recorded-above", "0s"]);
    assert!(live.iter().all(|words| text.contains(words)), "{text}");
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
