//! Canal locks: `cargo run --release --example canal_lock -- check`, or `--help` for more.

use std::process::ExitCode;

fn main() -> ExitCode {
    mitregate::cli::run(mitregate_models::canal_lock::load())
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
