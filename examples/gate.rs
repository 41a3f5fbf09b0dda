//! The gate: every quick scenario of every system on every layer. `--help` for more.

use std::process::ExitCode;

fn main() -> ExitCode {
    mitregate::cli::gate(&mitregate::models::SYSTEMS)
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
