//! The command line of both systems: `cargo run --example outside -- check`.

use std::process::ExitCode;

use mitregate::gate::PressedSystem;

#[path = "../tests/ticket.rs"]
mod ticket;
#[path = "../tests/two_phase.rs"]
mod two_phase;

fn main() -> ExitCode {
    let system = PressedSystem::new("outside", "A ticket lock and a two-phase commit")
        .scenario("ticket", "three processes and four tickets", ticket::four)
        .scenario("two_phase", "three participants and a coordinator", two_phase::three);
    mitregate::cli::run(system.loaded())
}
