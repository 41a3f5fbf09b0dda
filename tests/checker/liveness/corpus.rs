//! Small systems, each as a TLA+ spec for TLC and as a graph for the checker.

#[path = "case.rs"]
mod case;

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicBool;

use mitregate::check::liveness::judge;
use mitregate::tla::tlc::{Tlc, TlcVerdict};

use super::brute;
use crate::tlc::skipped;
use case::Case;

/// Set to write the generated files and TLC's verdicts anew.
const UPDATE: &str = "MITREGATE_UPDATE_LIVENESS";

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("liveness")
}

fn read(name: &str) -> String {
    let path = folder().join(name);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn cases() -> Vec<Case> {
    Case::parse_all(&read("cases.txt"))
}

/// The generated files: names in the folder, and texts.
fn generated() -> BTreeMap<String, String> {
    let both = |case: Case| {
        let stem = format!("specs/{}", case.name);
        [(format!("{stem}.tla"), case.tla()), (format!("{stem}.cfg"), case.cfg())]
    };
    cases().into_iter().flat_map(both).collect()
}

#[test]
fn specs_are_what_the_cases_generate() {
    let generated = generated();
    if std::env::var_os(UPDATE).is_some() {
        fs::create_dir_all(folder().join("specs")).unwrap();
        for (name, text) in &generated {
            fs::write(folder().join(name), text).unwrap();
        }
    }
    for (name, text) in &generated {
        assert_eq!(&read(name), text, "{name} is not up to date: test again with {UPDATE}=1");
    }
    let there = fs::read_dir(folder().join("specs")).unwrap().count();
    assert_eq!(there, generated.len(), "there are files that belong to no case");
}

/// What TLC says of each case, one line each, below its version.
fn golden() -> (String, BTreeMap<String, String>) {
    let text = read("tlc.txt");
    let mut lines = text.lines();
    let version = lines.next().unwrap().to_owned();
    let verdicts = lines.map(|line| {
        let (name, verdict) = line.split_once(' ').unwrap();
        (name.to_owned(), verdict.to_owned())
    });
    (version, verdicts.collect())
}

fn line(holds: bool, distinct: usize) -> String {
    format!("{} {distinct}", if holds { "holds" } else { "violated" })
}

#[test]
fn verdicts_and_counts_are_those_of_tlc() {
    let (version, mut golden) = golden();
    assert!(version.starts_with("TLC "), "{version}");
    for case in cases() {
        let judgement = judge(&case.graph, &case.fairness, &case.formulas).unwrap();
        let holds = judgement.answers.iter().all(|answer| answer.lasso.is_none());
        let tlc = golden.remove(&case.name).expect("every case has a verdict");
        assert_eq!(line(holds, judgement.reachable), tlc, "{}: {}", case.name, case.about);
        for (formula, answer) in case.formulas.iter().zip(&judgement.answers) {
            if let Some(lasso) = &answer.lasso {
                brute::assert_is_counterexample(&case.graph, &case.fairness, *formula, lasso);
            }
        }
    }
    assert!(golden.is_empty(), "verdicts without a case: {golden:?}");
}

#[test]
fn the_corpus_is_worth_its_name() {
    let cases = cases();
    let texts: String = cases.iter().map(Case::tla).collect();
    for said in ["WF_vars", "SF_vars", "WF_s", "~>", "<>[]P", "[]<>P", "<>P", "Inside =="] {
        assert!(texts.contains(said), "no case has {said}");
    }
    let (_, golden) = golden();
    let violated = golden.values().filter(|verdict| verdict.starts_with("violated")).count();
    assert!(cases.len() >= 28 && violated >= 14 && cases.len() - violated >= 14);
}

#[test]
fn tlc_says_so() {
    if skipped("tlc_says_so", "TLA2TOOLS_JAR") {
        return;
    }
    let tlc = Tlc::locate().unwrap();
    let mut text = String::new();
    for case in cases() {
        let file = |extension| folder().join(format!("specs/{}.{extension}", case.name));
        let outcome =
            tlc.check(&file("tla"), &file("cfg"), false, &AtomicBool::new(false)).unwrap();
        if text.is_empty() {
            writeln!(text, "TLC {}", outcome.version).unwrap();
        }
        let holds = outcome.verdict == TlcVerdict::Holds;
        let distinct = usize::try_from(outcome.distinct).unwrap();
        writeln!(text, "{} {}", case.name, line(holds, distinct)).unwrap();
    }
    if std::env::var_os(UPDATE).is_some() {
        fs::write(folder().join("tlc.txt"), &text).unwrap();
    }
    let without_version = |text: &str| text.split_once('\n').unwrap().1.to_owned();
    assert_eq!(without_version(&text), without_version(&read("tlc.txt")));
}
