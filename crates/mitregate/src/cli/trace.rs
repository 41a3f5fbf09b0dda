//! `trace`: logs of a program that ran freely, against the spec.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::time::Instant;

use clap::Args;

use super::progress::Line;
use super::{Outcome, TraceArgs, Usage, code, select};
use crate::check::validation::{Header, Log, Longest, Search, Stuck, Validation, read_files};
use crate::gate::report::thousands;
use crate::gate::{AnySystem, Job, Layer, Source};
use crate::tla::config::Config;

/// The verb's name.
pub(super) const NAME: &str = "trace";

const NOTES: &str = "\
The program logs JSON lines, plain or in the field \"trace\" of events of tracing. A line is a step of the spec:
  {\"node\": \"n1\", \"action\": \"Grant\", \"state\": {\"owner\": {\"1\": \"n1\"}}}
`action` may name it, with or without arguments; `observed` says what holds before it, and `state` what holds \
after it, for some of the variables. A line with `observed` only is no step. Objects name some of a function's \
arguments; sets are written {\"#set\": [...]}, as in ITF. `sent` and `received` name messages, which order the lines \
of different nodes; otherwise only the order of a node's lines is known. A line without `node` is of the node that \
has its file's name.

The first line may say which spec it is about:
  {\"spec\": {\"module\": \"M\", \"config\": \"CONSTANT N = 2\", \"silent\": [\"Tick\"]}}
The log is explained if the spec has a behaviour with these steps in this order, and any number of silent actions \
between them.

Exit codes: 0 explained, 1 not explained, 2 a file is no log, 3 not known.";

pub(super) fn command() -> clap::Command {
    // The arguments bring a description of their own.
    TraceArgs::augment_args(clap::Command::new(NAME))
        .about("Hold what a program logged while it ran against the spec")
        .after_help(NOTES)
}

pub(super) fn run(system: &dyn AnySystem, args: &TraceArgs) -> Outcome {
    let line = Line::new(NAME);
    let files = read_files(&args.files, &|name| line.say(name))?;
    let log = Log::read(&files)?;
    let header = log.header.clone().unwrap_or_default();
    let source = source(system, args, &header, &files)?;
    let scenario = match &args.scenario {
        Some(name) => select::scenario(system, name)?,
        None => select::default_scenario(system)?,
    };
    let layer = match source {
        Some(_) => Layer::Spec,
        None => select::check_layer(system, scenario, Layer::Spec)?,
    };
    let job = Job { system, scenario, source: source.as_ref(), layer };
    let prepared = job.prepare()?;
    let start = Instant::now();
    let total = log.len() as u64;
    let search = Search {
        silent: header.silent.into_iter().chain(args.silent.iter().cloned()).collect(),
        max_visited: args.max_states,
        with_behaviour: args.save.is_some(),
        interrupt: super::interrupt_flag(),
        progress: &|explained| line.count(explained as u64, total, "lines"),
    };
    let validation = prepared.model.validate(&log, &search)?;
    drop(line);
    let module = source.as_ref().map_or(&scenario.module, |source| &source.module);
    super::print(&tell(module, &validation, start))?;
    let code = match &validation {
        Validation::Explained { behaviour, .. } => {
            if let (Some(file), Some(trace)) = (&args.save, behaviour) {
                let meta = BTreeMap::from([("module".to_owned(), module.clone())]);
                super::write(file, &format!("{:#}\n", trace.to_itf(meta)))?;
                super::print(&format!(
                    "{} states written to {}\n",
                    thousands(trace.len() as u64),
                    file.display()
                ))?;
            }
            code::EXPECTED
        }
        Validation::Unexplained(_) => code::FAILED,
        Validation::Undecided { .. } => code::INCONCLUSIVE,
    };
    Ok(code)
}

/// The configuration that was given, or else that of the log; none if a scenario is named.
fn source(
    system: &dyn AnySystem,
    args: &TraceArgs,
    header: &Header,
    files: &[(String, String)],
) -> Result<Option<Source>, Usage> {
    let given = select::source(system, &args.selection)?;
    if args.scenario.is_some() || given.is_some() {
        if header.config.is_some() {
            super::complain("the configuration in the log's first line is not used");
        }
        return Ok(given);
    }
    let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
    let names = names.join(", ");
    if !system.has_table() {
        if header.config.is_some() {
            super::complain("the configuration in the log's first line is not used");
        }
        return match system.scenarios() {
            [_] => Ok(None),
            _ => Err(Usage("name the scenario whose spec it is with --scenario".to_owned())),
        };
    }
    let Some(text) = &header.config else {
        return Err(Usage(format!(
            "{names}: no line says with which constants the program ran; name a scenario with --scenario or a \
             configuration with --config, or let the log begin with a line {{\"spec\": {{\"config\": \"...\"}}}}"
        )));
    };
    let modules = system.modules();
    let module = match &header.module {
        Some(module) if modules.iter().any(|it| it == module) => module.clone(),
        Some(module) => {
            return Err(Usage(format!(
                "{names}: there is no port of a module {module:?}; there is {}",
                modules.join(" and ")
            )));
        }
        None => modules.first().cloned().unwrap_or_default().into_owned(),
    };
    let config = Config::parse(&format!("the configuration in {names}"), text)?;
    Ok(Some(Source::new(module, config, system.module_texts(), false)))
}

/// What came out, for people.
fn tell(module: &str, validation: &Validation, start: Instant) -> String {
    match validation {
        Validation::Explained { lines, actions, silent, .. } => {
            let unlogged = match silent {
                0 => String::new(),
                _ => format!(", {} of them silent", thousands(*silent as u64)),
            };
            format!(
                "explained: {} line{}, {} action{} of {module}{unlogged}, in {:.1} s\n",
                thousands(*lines as u64),
                plural(*lines),
                thousands(*actions as u64),
                plural(*actions),
                start.elapsed().as_secs_f64(),
            )
        }
        Validation::Unexplained(longest) => {
            format!("NOT EXPLAINED: {}", tell_longest(module, longest))
        }
        Validation::Undecided { longest, why } => {
            format!("UNDECIDED: {why}.\nSo far {}", tell_longest(module, longest))
        }
    }
}

fn plural(count: usize) -> &'static str {
    if count == 1 { "" } else { "s" }
}

/// How much is explained, and what comes next.
fn tell_longest(module: &str, longest: &Longest) -> String {
    let Longest { explained, lines, ways, stuck, allowed, unlogged } = longest;
    let mut text = format!(
        "{} of {} lines are explained, in {} way{}. No behaviour of {module} is found that goes on with\n",
        thousands(*explained as u64),
        thousands(*lines as u64),
        thousands(*ways as u64),
        plural(*ways),
    );
    for Stuck { place, node, event, why } in stuck {
        // Where there is one node, its name says nothing new.
        let node = if stuck.len() == 1 { String::new() } else { format!("{node}: ") };
        let _ = writeln!(text, "\n  {place}: {node}{event}\n    {why}");
    }
    if !allowed.is_empty() {
        let allowed = allowed.join("\n                    ");
        let _ = writeln!(text, "\n  the spec allows   {allowed}");
    }
    if !unlogged.is_empty() {
        let _ = writeln!(
            text,
            "\n  No line logs {}. If the program takes such steps, name them with --silent.",
            unlogged.join(", ")
        );
    }
    text
}
