//! The queue: `cargo run --release --example mpsc_queue -- check`, or `--help` for more.

use std::process::ExitCode;

fn main() -> ExitCode {
    mitregate::cli::run(mitregate_models::mpsc_queue::load())
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
