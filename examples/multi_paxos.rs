//! Multi-Paxos: `cargo run --release --example multi_paxos -- check`, or `--help` for more.

use std::process::ExitCode;

use mitregate_models::multi_paxos::{self, forwarded};

fn main() -> ExitCode {
    mitregate::cli::run_with(multi_paxos::load(), forwarded::verbs())
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
