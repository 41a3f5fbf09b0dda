//! `mitregate`: the three systems that come with it, as one program. `mitregate --help` for more.

use std::process::ExitCode;

fn main() -> ExitCode {
    mitregate_models::run_all(mitregate::cli::run_all)
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
