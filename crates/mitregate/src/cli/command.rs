//! The command line as a system has it: how its program is started, and which verbs and options apply.

use std::path::Path;

use clap::CommandFactory;

use super::{Cli, EXIT_CODES, OwnVerb, trace};
use crate::gate::AnySystem;

/// How the program of a system is started: an example of a package by Cargo, any other by its own name.
pub(super) fn program(system: &dyn AnySystem) -> String {
    if system.has_table() {
        return format!("cargo run --release --example {} --", system.name());
    }
    let path = std::env::current_exe().unwrap_or_default();
    let folder = path.parent();
    let stem = path.file_stem().map_or(system.name().into(), |stem| stem.to_string_lossy());
    let is_released = folder.and_then(Path::parent).is_some_and(|it| it.ends_with("release"));
    let profile = if is_released { "--release " } else { "" };
    if folder.is_some_and(|it| it.ends_with("examples")) {
        format!("cargo run {profile}--example {stem} --")
    } else {
        stem.into_owned()
    }
}

/// The command line of a system; `program` is how it is started.
pub(super) fn of(system: &dyn AnySystem, verbs: &[OwnVerb], program: &str) -> clap::Command {
    let scenarios = system.scenarios();
    let mut examples = vec![("check".to_owned(), "every quick scenario on every layer")];
    if let Some(scenario) = scenarios.get(1).or(scenarios.first()) {
        let example = format!("check --scenario {} --save traces", scenario.name);
        examples.push((example, "one scenario, counterexamples in full and on disk"));
    }
    if let Some(module) = system.modules().first() {
        let example = format!("check --config my.cfg --module {module}");
        examples.push((example, "the port of the spec with your own constants"));
    }
    examples.push(("explore".to_owned(), "the code against the spec, in the browser"));
    let shown = |(example, what): &(String, &str)| format!("  {program} {example}\n      {what}\n");
    let mut notes: String = examples.iter().map(shown).collect();
    if system.has_table() {
        notes += "  TLA2TOOLS_JAR=tla2tools.jar ";
        notes += program;
        notes += " tlc\n      the same spec in TLC, compared\n";
    }
    // A system may have a validator of its own, which knows more of it.
    let has_own_trace = verbs.iter().any(|verb| verb.command.get_name() == trace::NAME);
    let command = Cli::command()
        .subcommands(verbs.iter().map(|verb| verb.command.clone()))
        .subcommands((!has_own_trace).then(trace::command))
        .name(system.name())
        .bin_name(program.to_owned())
        .about(system.summary())
        .after_help(format!("Examples:\n{notes}\n{EXIT_CODES}"));
    if system.has_table() { command } else { without_table(command) }
}

/// What does not apply to a system without a table of scenarios and a port is not shown.
fn without_table(command: clap::Command) -> clap::Command {
    const OF_TABLES: [&str; 5] = ["config", "module", "update", "specs", "deep"];
    command.mut_subcommands(|verb| {
        let is_hidden = verb.get_name() == "tlc";
        verb.hide(is_hidden).mut_args(|argument| {
            let is_hidden = OF_TABLES.contains(&argument.get_id().as_str());
            argument.hide(is_hidden)
        })
    })
}
