//! Counting the instructions of this program's functions with valgrind's tool callgrind.
//!
//! The bench of the queue's instructions counts in the same way, and has it in its one file: what is compiled beside the
//! hook for traces changes how many instructions that takes.

use std::env;
use std::process::{Command, ExitCode};

/// Runs this program under callgrind with arguments: how many instructions the functions whose name contains `function`
/// take, with all that they call, and what the program has printed.
///
/// # Panics
///
/// If the program fails, or has no such function.
pub(crate) fn count(function: &str, arguments: &[&str]) -> (f64, String) {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect=*{function}*"))
        .arg(env::current_exe().expect("a program has a path"))
        .args(arguments)
        .output()
        .expect("valgrind starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    let (_, collected) =
        collected.unwrap_or_else(|| panic!("callgrind counted nothing:\n{report}"));
    let collected: f64 = collected.trim().parse().expect("a number of instructions");
    assert!(collected > 0.0, "no function is called {function}:\n{report}");
    (collected, String::from_utf8_lossy(&output.stdout).into_owned())
}

/// How a bench ends on a machine without valgrind, after saying so.
pub(crate) fn skipped() -> Option<ExitCode> {
    if Command::new("valgrind").arg("--version").output().is_ok() {
        return None;
    }
    println!("skipped: valgrind counts instructions; install it, as the package valgrind");
    let is_required = env::var_os("MITREGATE_REQUIRE_VALGRIND").is_some();
    Some(ExitCode::from(u8::from(is_required)))
}
