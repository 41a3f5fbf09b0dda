//! What several test programs need.

#![allow(dead_code)] // each test program uses its own part

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mitregate::gate::{AnySystem, Job, Layer};
use serde_json::Value;

pub(crate) mod queue;
pub(crate) mod tlc;

static SYSTEMS: LazyLock<[Box<dyn AnySystem>; 3]> =
    LazyLock::new(|| mitregate_models::systems().unwrap_or_else(|error| panic!("{error}")));

/// Every system, with its scenarios.
pub(crate) fn systems() -> [&'static dyn AnySystem; 3] {
    SYSTEMS.each_ref().map(|system| &**system)
}

/// The system of that name.
///
/// # Panics
///
/// If there is none.
pub(crate) fn system(name: &str) -> &'static dyn AnySystem {
    let mut systems = systems().into_iter();
    systems.find(|it| it.name() == name).unwrap_or_else(|| panic!("there is no system {name}"))
}

/// The job of a layer of a scenario.
///
/// # Panics
///
/// If there is no such scenario.
pub(crate) fn job(system: &'static dyn AnySystem, scenario: &str, layer: Layer) -> Job<'static> {
    let found = system.scenario(scenario);
    let scenario = found.unwrap_or_else(|| panic!("there is no scenario {scenario}"));
    Job { system, scenario, source: None, layer }
}

/// An example as `cargo test` has built it: beside the folder of test programs.
///
/// # Panics
///
/// If it has not been built.
pub(crate) fn example(name: &str) -> PathBuf {
    let test = std::env::current_exe().expect("a test program has a path");
    let profile = test.parent().and_then(Path::parent).expect("tests are in PROFILE/deps");
    let path = profile.join("examples").join(name);
    let mend = "`cargo test` builds it, and so does `cargo build --examples`";
    assert!(path.exists(), "{} has not been built; {mend}", path.display());
    path
}

/// The program `mitregate`.
pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_mitregate-for-tests");

/// A file of the repository.
///
/// # Panics
///
/// If this package is not in a folder of the repository.
pub(crate) fn repository(path: &str) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    root.expect("the tests are a folder of the repository").join(path)
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

/// What `check --format json` printed, but for the time that it took.
///
/// # Panics
///
/// If it is something else.
pub(crate) fn timeless(stdout: &[u8]) -> Value {
    let mut result: Value = serde_json::from_slice(stdout).unwrap_or_else(|error| {
        panic!("{error}: {}", String::from_utf8_lossy(stdout));
    });
    for row in result["results"].as_array_mut().unwrap() {
        let row = row.as_object_mut().unwrap();
        assert!(row.remove("elapsed_s").is_some() && row.remove("states_per_s").is_some());
    }
    result
}
