//! The program as a user calls it.

use std::process::{Command, Output};

fn run(flags: &[&str]) -> Output {
    let program = env!("CARGO_BIN_EXE_consensus-bench");
    Command::new(program).args(flags).output().expect("the program starts")
}

#[test]
fn a_folder_that_cannot_be_written_is_a_sentence_and_exit_code_2() {
    let output = run(&["--folder", "/dev/null/logs"]);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("the folder /dev/null/logs cannot be written to"), "{said}");
    assert_eq!(said.lines().count(), 1, "{said}");
}

#[test]
fn flags_out_of_range_are_exit_code_2() {
    for flags in [["--values", "0"], ["--rounds", "0"], ["--in-flight", "0"], ["--size", "7"]] {
        assert_eq!(run(&flags).status.code(), Some(2), "{flags:?}");
    }
}

#[test]
fn a_short_run_has_a_row_for_each_peer_and_store_and_leaves_nothing_behind() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().to_str().expect("a plain name");
    let output = run(&["--values", "200", "--rounds", "1", "--format", "json", "--folder", path]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: serde_json::Value = serde_json::from_slice(&output.stdout).expect("JSON");
    let rows = report["rows"].as_array().expect("rows");
    let of = |store| rows.iter().filter(|row| row["store"] == store).count();
    assert!(of("memory") >= 4 && of("memory") == of("synced file"), "{report}");
    for row in rows {
        assert!(row["values_per_second"].as_f64() > Some(0.0), "{row}");
        let is_synced = row["syncs_per_value"].as_f64() > Some(0.0);
        assert_eq!(is_synced, row["store"] == "synced file", "{row}");
    }
    assert_eq!(folder.path().read_dir().expect("a folder").count(), 0);
}
