//! The gate: every quick scenario of every system on every layer. `--help` for more.

use std::process::ExitCode;

fn main() -> ExitCode {
    mitregate_models::run_all(mitregate::cli::gate)
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
