//! `list`: what there is to check.

use comfy_table::Cell;
use serde::Serialize;

use super::{Format, ListArgs, Outcome, code};
use crate::gate::report::{new_table, thousands};
use crate::gate::{Expected, Lane, System};

#[derive(Serialize)]
struct Row {
    scenario: &'static str,
    layer: &'static str,
    module: &'static str,
    config: &'static str,
    lane: &'static str,
    distinct: u64,
    violations: Vec<Violation>,
    story: &'static str,
}

#[derive(Serialize)]
struct Violation {
    name: &'static str,
    trace_length: usize,
}

pub(super) fn run(system: &dyn System, args: &ListArgs) -> Outcome {
    let rows: Vec<_> = system
        .scenarios()
        .into_iter()
        .flat_map(|scenario| {
            scenario.expected.iter().map(|expected| Row {
                scenario: scenario.name,
                layer: expected.layer.name(),
                module: scenario.module,
                config: scenario.config,
                lane: scenario.lane.name(),
                distinct: expected.distinct,
                violations: expected
                    .violations
                    .iter()
                    .map(|&(name, trace_length)| Violation { name, trace_length })
                    .collect(),
                story: scenario.story,
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

fn text(system: &dyn System) -> String {
    let mut table = new_table(["scenario", "layer", "distinct", "expected", "configuration"], [2]);
    let mut stories = String::new();
    for scenario in system.scenarios() {
        for expected in scenario.expected {
            table.add_row([
                Cell::new(scenario.name),
                Cell::new(expected.layer),
                Cell::new(thousands(expected.distinct)),
                Cell::new(words(expected)),
                Cell::new(format!("{} {}", scenario.module, scenario.config)),
            ]);
        }
        let lane = match scenario.lane {
            Lane::Quick => String::new(),
            lane => format!(" ({})", lane.name()),
        };
        stories += &[scenario.name, &lane, "\n    ", scenario.story, "\n"].concat();
    }
    format!("{stories}\n{table}\n")
}

fn words(expected: &Expected) -> String {
    if expected.violations.is_empty() {
        return "holds".to_owned();
    }
    let each = expected.violations.iter();
    let words: Vec<_> =
        each.map(|(law, length)| format!("{law} fails ({length} states)")).collect();
    words.join("\n")
}
