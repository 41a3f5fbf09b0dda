//! `walk`: a model in the terminal.

mod common;

use std::io::Write;
use std::process::{Command, Stdio};

use common::{PROGRAM, systems};

/// Exit code, stdout and stderr of a walk that is told these lines.
fn walk(system: &str, args: &[&str], lines: &str) -> (i32, String, String) {
    let mut process = Command::new(PROGRAM)
        .args([system, "walk"])
        .args(args)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // It may end before it has read everything.
    let _ = process.stdin.take().unwrap().write_all(lines.as_bytes());
    let output = process.wait_with_output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

const MITER: [&str; 4] = ["--scenario", "as_given", "--layer", "miter"];

#[test]
fn steps_are_taken_by_number_and_undone() {
    let (code, out, err) = walk("multi_paxos", &MITER, "1\n1\nback\nback 1\npath\nquit\n");
    assert_eq!(code, 0, "{err}");
    for part in [
        "  [1] p1 is asked to propose v1 in round 1\n",
        "   2  p1 is asked to propose v1 in round 1\n        code.network: + p1 -> 1: Prepare <<1, 0, p1>>",
        "        in the spec that performs nothing\n",
        "        in the spec that performs Promise(1, <<1, 0, 1>>)\n",
        "back at state 2\n",
        "back at state 1\n",
        // Each variable has a line of its own, and both halves have theirs.
        "\n        code.network = {}\n",
        "\n        spec.promised = <<<<NONE>>, <<NONE>>, <<NONE>>>>\n",
    ] {
        assert!(out.contains(part), "{part:?} is missing in:\n{out}");
    }
    assert!(out.ends_with("\n0\n"), "the path is that of the initial state again: {out}");
}

#[test]
fn a_jump_goes_along_the_shortest_counterexample() {
    let (code, out, err) = walk("multi_paxos", &MITER, "jump Refinement\npath\n");
    assert_eq!(code, 0, "{err}");
    assert!(out.contains("   9  ") && !out.contains("  10  "), "{out}");
    assert!(
        out.contains("      Refinement fails\n") && out.contains("  no step can be taken"),
        "{out}"
    );
    let path = out.lines().last().unwrap();
    // The path leads there as well, in the form that the Explorer's addresses have.
    let (code, again, _) = walk("multi_paxos", &[&MITER[..], &["--at", path]].concat(), "");
    assert_eq!((code, again.contains("Refinement fails")), (0, true), "{again}");
    let whole = format!("#/steps/{path}");
    let (code, again, _) = walk("multi_paxos", &MITER, &format!("at {whole}\n"));
    assert_eq!((code, again.contains("Refinement fails")), (0, true), "{again}");

    let (code, out, err) = walk("multi_paxos", &["--scenario", "loss"], "jump Refinement\n");
    assert!(
        code == 0 && out.contains("Refinement holds: there is nowhere to jump to"),
        "{out}{err}"
    );
    // A temporal property's behaviour comes to the state from which it goes back.
    let args = ["--scenario", "consumer_unfair", "--layer", "spec"];
    let (code, out, err) = walk("mpsc_queue", &args, "jump ConsumerProgress\n");
    assert_eq!(code, 0, "{err}");
    assert!(
        out.contains("   3  ") && out.contains("      ConsumerProgress fails\n        "),
        "{out}"
    );
    // A law that is not asked is none that fails.
    let (code, out, err) = walk("multi_paxos", &["--scenario", "duel"], "at 0/0/0/0/0/0/4/4\n");
    assert!(code == 0 && !out.contains("AttemptsSuffice"), "{out}{err}");

    let folder = tempfile::tempdir().unwrap();
    let save = folder.path().to_str().unwrap();
    let check = ["multi_paxos", "check", "--scenario", "as_given", "--save", save];
    assert!(Command::new(PROGRAM).args(check).output().unwrap().status.success());
    let saved = folder.path().join("as_given-miter-Refinement.itf.json");
    let trace = ["--trace", saved.to_str().unwrap()];
    // The file says itself of which scenario and layer it is.
    let (code, out, err) = walk("multi_paxos", &trace, "");
    assert_eq!((code, out.contains("Refinement fails")), (0, true), "{out}{err}");
    let (code, _, err) = walk("mpsc_queue", &trace, "");
    assert!(code == 2 && err.contains("it is a trace of multi_paxos"), "{err}");
}

#[test]
fn what_cannot_be_taken_says_why() {
    let args = ["--scenario", "duel", "--layer", "spec"];
    let (code, out, _) = walk("multi_paxos", &args, "disabled Accept\n");
    assert_eq!(code, 0);
    let line = out.lines().find(|line| line.trim_start().starts_with("Accept(")).unwrap();
    assert!(line.contains("): "), "the guard is missing: {line}");
    assert!(out.contains(" that cannot; `disabled` says why"), "{out}");
}

#[test]
fn nonsense_ends_a_script_with_its_line() {
    for (lines, part) in [
        ("1\nfoo\n", "line 2 of standard input, \"foo\": there is no command"),
        ("99\n", "there is no step 99; they go from 1 to 2"),
        ("0\n", "there is no step 0"),
        ("back\n", "this is where it begins"),
        ("1\nback 2\n", "no more than 1 step can be undone"),
        ("back x\n", "\"x\" is no number"),
        ("1 1\n", "takes nothing after it"),
        ("+1\n", "there is no command \"+1\""),
        ("jump Nonsense\n", "is not asked here"),
        ("at 0/99\n", "number 2 of the path: there is no step 100"),
        ("at 7\n", "there is no initial state 7"),
        ("at 0/18446744073709551615\n", "there is no step 18446744073709551615"),
        ("at \n", "\"\" is no number"),
    ] {
        let (code, _, err) = walk("multi_paxos", &MITER, lines);
        assert!(code == 2 && err.contains(part), "{lines:?}: {err}");
    }
    let (code, _, err) = walk("multi_paxos", &[&MITER[..], &["--at", "0/99"]].concat(), "");
    assert!(code == 2 && err.contains("there is no step 100"), "{err}");
    let (code, _, err) = walk("multi_paxos", &["--trace", "Cargo.toml"], "");
    assert!(code == 2 && err.contains("it is no ITF trace"), "{err}");
}

#[test]
fn every_scenario_and_layer_can_be_walked() {
    for system in systems() {
        for scenario in system.scenarios() {
            for layer in scenario.expected.iter().map(|expected| expected.layer) {
                let args = ["--scenario", &scenario.name, "--layer", layer.name()];
                let (code, out, err) = walk(system.name(), &args, "1\n");
                let place = format!("{} {} {layer}", system.name(), scenario.name);
                assert_eq!(code, 0, "{place}: {err}");
                assert!(
                    out.contains("   1  initial state") && out.contains("   2  "),
                    "{place}: {out}"
                );
            }
        }
    }
}
