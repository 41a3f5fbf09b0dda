//! Multi-Paxos: `cargo run --release --example multi_paxos -- check`, or `--help` for more.

use std::process::ExitCode;

fn main() -> ExitCode {
    mitregate::cli::run(mitregate_models::multi_paxos::load())
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
