//! Multi-Paxos: the verbs of the example `multi_paxos`, and `cluster` and `spawn`.

use std::process::ExitCode;

mod cluster;
mod members;
mod spawn;

fn main() -> ExitCode {
    let verbs = vec![cluster::verb(), spawn::verb()];
    mitregate::cli::run_with(mitregate_models::multi_paxos::load(), verbs)
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
