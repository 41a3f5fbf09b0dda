//! `graph`: a model's states and edges, for Graphviz or for programs.

use std::fmt::Write;

use serde::Serialize;

use super::{GraphArgs, GraphFormat, Outcome, code, select};
use crate::check::EdgeLabels;
use crate::gate::{AnySystem, Job};
use crate::tla::dump::StateGraph;
use crate::tla::value;

#[derive(Serialize)]
struct Json<'a> {
    system: &'static str,
    scenario: String,
    layer: &'static str,
    initial: Vec<u32>,
    states: Vec<serde_json::Value>,
    edges: Vec<JsonEdge<'a>>,
}

#[derive(Serialize)]
struct JsonEdge<'a> {
    source: u32,
    action: &'a str,
    target: u32,
}

pub(super) fn run(system: &dyn AnySystem, args: &GraphArgs) -> Outcome {
    let source = select::source(system, &args.model.selection)?;
    let job = match small_job(system, args) {
        Some(job) => {
            super::complain(&format!("{} {}, for one that is small", job.name(), job.layer));
            job
        }
        None => select::one_job(system, &args.model, source.as_ref())?,
    };
    let labels = if args.arguments { EdgeLabels::Actions } else { EdgeLabels::Names };
    let prepared = job.prepare()?;
    if let Some(panic) = &prepared.unbuilt {
        super::complain(&format!(
            "{} {} has no graph: {panic}, while the model is built",
            job.name(),
            job.layer
        ));
        return Ok(code::FAILED);
    }
    let Some(graph) = prepared.model.state_graph(args.max_states, labels) else {
        // Half a graph would be taken for a whole one.
        super::complain(&format!(
            "{} {} has more than {} states; raise --max-states, or choose smaller constants",
            job.name(),
            job.layer,
            args.max_states
        ));
        return Ok(code::INCONCLUSIVE);
    };
    let graph = if args.no_self_loops {
        graph.relabelled(|source, label, target| (source != target).then(|| label.to_owned()))
    } else {
        graph
    };
    match args.format {
        GraphFormat::Dot => super::print(&dot(&graph))?,
        GraphFormat::Json => {
            super::print_json(&Json {
                system: system.name(),
                scenario: job.name(),
                layer: job.layer.name(),
                initial: graph.initial().iter().copied().collect(),
                states: graph.states().map(|state| state.to_itf()).collect(),
                edges: graph
                    .edges()
                    .map(|(source, action, target)| JsonEdge { source, action, target })
                    .collect(),
            })?;
        }
    }
    Ok(code::EXPECTED)
}

/// Where nothing is asked for in particular, the sound layer with the fewest states: a graph that can be
/// looked at.
fn small_job<'a>(system: &'a dyn AnySystem, args: &GraphArgs) -> Option<Job<'a>> {
    let model = &args.model;
    if model.scenario.is_some()
        || model.selection.config.is_some()
        || model.selection.module.is_some()
    {
        return None;
    }
    let layers = system.scenarios().iter().flat_map(|scenario| {
        let layers = scenario.expected.iter().filter(|expected| expected.violations.is_empty());
        layers.map(move |expected| (expected, scenario))
    });
    let asked = layers.filter(|(expected, _)| model.layer.is_none_or(|it| it == expected.layer));
    let (expected, scenario) = asked.min_by_key(|(expected, _)| expected.distinct)?;
    Some(Job { system, scenario, source: None, layer: expected.layer })
}

/// Each state is labelled with what sets it apart from the initial one.
fn dot(graph: &StateGraph) -> String {
    let initial = graph.initial().first().map(|&id| graph.state(id));
    let mut out = String::from("digraph states {\n  node [shape=box, fontname=\"monospace\"];\n");
    for (id, state) in (0..).zip(graph.states()) {
        let label = if graph.initial().contains(&id) {
            "initial".to_owned()
        } else {
            let changes =
                initial.as_ref().map_or_else(Vec::new, |initial| value::diff(initial, &state));
            changes
                .iter()
                .flat_map(|change| [escape(&change.to_string()), "\\l".to_owned()])
                .collect()
        };
        let _ = writeln!(out, "  {id} [label=\"{label}\"];");
    }
    for (source, action, target) in graph.edges() {
        let _ = writeln!(out, "  {source} -> {target} [label=\"{}\"];", escape(action));
    }
    out + "}\n"
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
