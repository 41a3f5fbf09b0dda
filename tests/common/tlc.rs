//! Tests that need TLC.

/// Says that a test is skipped because a variable does not say where what it needs is; where TLC is required,
/// skipping is a failure.
pub(crate) fn skipped(test: &str, variable: &str) -> bool {
    if std::env::var_os(variable).is_some() {
        return false;
    }
    assert!(std::env::var_os("MITREGATE_REQUIRE_TLC").is_none(), "{test} needs {variable}");
    eprintln!("skipped: {test} (no {variable})");
    true
}
