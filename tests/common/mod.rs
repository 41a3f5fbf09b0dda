//! What several test programs need.

#![allow(dead_code)] // each test program uses its own part

use std::path::{Path, PathBuf};

pub(crate) mod queue;

/// An example as `cargo test` has built it: beside the folder of test programs.
///
/// # Panics
///
/// If it has not been built.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test program has a path");
    let profile = test.parent().and_then(Path::parent).expect("tests are in PROFILE/deps");
    let path = profile.join("examples").join(name);
    assert!(path.exists(), "{} has not been built; `cargo test` builds it", path.display());
    path
}

/// A file of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(path)
}

/// The text of a file of the repository.
///
/// # Panics
///
/// If it cannot be read.
pub(crate) fn read(path: &str) -> String {
    let path = repository(path);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Says why a test is skipped; where TLC is required, skipping is a failure.
pub(crate) fn skipped(test: &str) -> bool {
    if std::env::var_os("TLA2TOOLS_JAR").is_some() {
        return false;
    }
    assert!(std::env::var_os("MITREGATE_REQUIRE_TLC").is_none(), "{test} needs TLA2TOOLS_JAR");
    eprintln!("skipped: {test} (TLA2TOOLS_JAR names no jar)");
    true
}
