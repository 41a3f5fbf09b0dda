//! `cluster` and `spawn`: verbs of the program `paxos`, which runs nodes on real sockets and disks. The example has
//! them too, and hands them over, so that whoever only checks need not build what runs.

use std::path::PathBuf;
use std::process::Command;

use clap::{Arg, ArgMatches};
use mitregate::gate::{Console, Outcome, Verb, VerbError};

/// The verbs.
pub fn verbs() -> Vec<Verb> {
    let verb = |name, about, run| {
        let args = Arg::new("args")
            .value_name("ARGUMENTS")
            .num_args(..)
            .trailing_var_arg(true)
            .allow_hyphen_values(true)
            .help("As of `cargo run --release --bin paxos -- VERB --help`");
        let command = clap::Command::new(name).about(about).disable_help_flag(true).arg(args);
        Verb { command, run }
    };
    vec![
        verb(
            "cluster",
            "Run a cluster on this machine, kill nodes, and look whether the log agrees",
            run_cluster,
        ),
        verb("spawn", "Run one node of a cluster", run_spawn),
    ]
}

fn run_cluster(matches: &ArgMatches, _: &Console<'_>) -> Result<Outcome, VerbError> {
    hand_over("cluster", matches)
}

fn run_spawn(matches: &ArgMatches, _: &Console<'_>) -> Result<Outcome, VerbError> {
    hand_over("spawn", matches)
}

/// Runs the program `paxos`: by Cargo, which builds it first, or as it stands beside the examples.
fn hand_over(verb: &str, matches: &ArgMatches) -> Result<Outcome, VerbError> {
    let mut command = match std::env::var_os("CARGO") {
        Some(cargo) => {
            let mut command = Command::new(cargo);
            // Cargo says on stderr what it builds.
            command.args(["run", "--bin", "paxos"]);
            if !cfg!(debug_assertions) {
                command.arg("--release");
            }
            let root = PathBuf::from(env!("CARGO_MANIFEST_DIR"));
            command.arg("--manifest-path").arg(root.join("Cargo.toml")).arg("--");
            command
        }
        None => Command::new(program()?),
    };
    command.arg(verb).args(matches.get_many::<String>("args").into_iter().flatten());
    let error = become_program(&mut command)?;
    Err(format!("cannot run {}: {error}", command.get_program().display()).into())
}

/// `paxos` in the folder above that of the examples.
fn program() -> Result<PathBuf, VerbError> {
    let own = std::env::current_exe()?;
    let name = format!("paxos{}", std::env::consts::EXE_SUFFIX);
    let beside = own.ancestors().skip(1).take(2).map(|folder| folder.join(&name));
    beside
        .into_iter()
        .find(|program| program.is_file())
        .ok_or_else(|| "it is a verb of another program: cargo run --release --bin paxos".into())
}

/// Takes this process's place, so that signals reach the program; returns only if that fails.
#[cfg(unix)]
#[allow(clippy::unnecessary_wraps)] // elsewhere, the program may end
fn become_program(command: &mut Command) -> Result<std::io::Error, VerbError> {
    Ok(std::os::unix::process::CommandExt::exec(command))
}

/// Runs the program to its end, and ends with its exit code.
#[cfg(not(unix))]
fn become_program(command: &mut Command) -> Result<std::io::Error, VerbError> {
    match command.status() {
        Ok(status) => std::process::exit(status.code().unwrap_or(2)),
        Err(error) => Ok(error),
    }
}
