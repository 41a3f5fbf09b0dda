//! The canal: the verbs of the example `canal_lock`, and `compare`, `run` and `pictures`.

use std::process::ExitCode;

fn main() -> ExitCode {
    let verbs = vec![
        canal::operation::verb::verb(),
        canal::comparison::verb::verb(),
        canal::stories::verb::verb(),
    ];
    mitregate::cli::run_with(mitregate_models::canal_lock::load(), verbs)
}

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;
