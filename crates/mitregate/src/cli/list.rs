//! `list`: what there is to check.

use std::fmt::Write;

use serde::Serialize;

use super::{Format, ListArgs, Outcome, code};
use crate::gate::report::{count, thousands};
use crate::gate::{AnySystem, Expected, Lane};

#[derive(Serialize)]
struct Row<'a> {
    scenario: &'a str,
    layer: &'a str,
    module: &'a str,
    config: &'a str,
    lane: &'a str,
    distinct: Option<u64>,
    violations: Vec<Violation<'a>>,
    about: &'a str,
}

#[derive(Serialize)]
struct Violation<'a> {
    name: &'a str,
    trace_length: usize,
}

pub(super) fn run(system: &dyn AnySystem, args: &ListArgs) -> Outcome {
    let rows: Vec<_> = system
        .scenarios()
        .iter()
        .flat_map(|scenario| {
            scenario.expected.iter().map(|expected| Row {
                scenario: &scenario.name,
                layer: expected.layer.name(),
                module: &scenario.module,
                config: &scenario.config,
                lane: scenario.lane.name(),
                distinct: expected.distinct,
                violations: expected
                    .violations
                    .iter()
                    .map(|(name, length)| Violation { name, trace_length: *length })
                    .collect(),
                about: &scenario.about,
            })
        })
        .collect();
    match args.format {
        Format::Json => super::print_json(&rows),
        Format::Text => {
            super::print(&format!("{}: {}\n\n{}", system.name(), system.summary(), text(system)))?;
            Ok(code::EXPECTED)
        }
    }
}

fn text(system: &dyn AnySystem) -> String {
    let mut out = String::new();
    for scenario in system.scenarios() {
        let lane = match scenario.lane {
            Lane::Quick => String::new(),
            lane => format!(" ({})", lane.name()),
        };
        let _ = writeln!(out, "{}{lane}\n    {}", scenario.name, scenario.about);
        if !scenario.config.is_empty() {
            let _ = writeln!(out, "    {} {}", scenario.module, scenario.config);
        }
        for expected in &scenario.expected {
            let distinct = expected.distinct.map_or(String::new(), thousands);
            let _ = writeln!(out, "    {:<6}  {distinct:>10}  {}", expected.layer, words(expected));
        }
    }
    out
}

fn words(expected: &Expected) -> String {
    if expected.violations.is_empty() {
        return "holds".to_owned();
    }
    let each = expected.violations.iter();
    let words: Vec<_> =
        each.map(|(law, length)| format!("{law} fails ({})", count(*length, "state"))).collect();
    words.join(", ")
}

/// A page with the pinned counts of all quick scenarios.
pub(super) fn markdown(systems: &[&dyn AnySystem]) -> Outcome {
    let mut page = String::from(
        "# The quick scenarios\n\n\
         <!-- Generated: `cargo run --release -- scenarios > docs/scenarios.md`. -->\n\n\
         Each layer of each quick scenario, its distinct states, and what is expected. Where a row is\n\
         expected to fail, it is the number of states seen when the violation ended the search; a temporal\n\
         property that fails does not end it. `list` says what each scenario is about.\n\n\
         | system | scenario | layer | distinct states | expected |\n|---|---|---|---|---|\n",
    );
    for system in systems {
        let quick = system.scenarios().iter().filter(|it| it.lane == Lane::Quick);
        for (scenario, expected) in quick.flat_map(|it| it.expected.iter().map(move |on| (it, on)))
        {
            let _ = writeln!(
                page,
                "| {} | {} | {} | {} | {} |",
                system.name(),
                scenario.name,
                expected.layer,
                expected.distinct.map_or(String::new(), thousands),
                words(expected),
            );
        }
    }
    super::print(&page)?;
    Ok(code::EXPECTED)
}
