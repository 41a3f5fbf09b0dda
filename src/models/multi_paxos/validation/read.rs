//! Reads traces: JSON lines, as nodes write them.

use std::collections::{BTreeMap, BTreeSet};

use mitregate::check::validation::{is_cut, parse_line};
use mitregate_multi_paxos::{Cluster, NodeId, Round, Stored, Trace, TraceEvent};
use thiserror::Error;

use super::Json;

/// Why files are no traces of one run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// A line is not what a node writes.
    #[error("{place}: no entry of a trace: {problem}")]
    Malformed {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// Two nodes do not agree on who is in the cluster.
    #[error("{place}: another cluster than that of {first}; give the traces of one run")]
    Clusters {
        /// The file and the line.
        place: String,
        /// The file and the line that came first.
        first: String,
    },
    /// No line says who is in the cluster.
    #[error(
        "{files}: no node says with which cluster it started; give the traces from their beginning"
    )]
    NoStart {
        /// The files.
        files: String,
    },
    /// A node's trace begins in the middle, so that its votes before are not known.
    #[error(
        "{place}: the trace of node {node} does not begin with an empty disk; give it from the node's first start"
    )]
    Late {
        /// The file and the line.
        place: String,
        /// The node.
        node: NodeId,
    },
    /// A number that cannot be told from others.
    #[error("{place}: the number {number} is too large to be compared exactly; log it as a string")]
    Number {
        /// The file and the line.
        place: String,
        /// The number.
        number: String,
    },
    /// A node that the cluster does not have.
    #[error("{place}: the cluster has no node {node}; give the traces of one run")]
    NoSuchNode {
        /// The file and the line.
        place: String,
        /// The node.
        node: NodeId,
    },
    /// More than the port handles.
    #[error(
        "round {round}: the spec's port does not handle {what}; give the traces of a shorter run"
    )]
    TooLarge {
        /// The round.
        round: Round,
        /// Of what there is too much.
        what: String,
    },
}

/// What nodes did, by node.
#[derive(Clone, Debug)]
pub(super) struct Traces {
    pub(super) cluster: Cluster,
    pub(super) nodes: Vec<NodeTrace>,
}

/// What a node did, in its order.
#[derive(Clone, Debug)]
pub(super) struct NodeTrace {
    pub(super) node: NodeId,
    pub(super) entries: Vec<Entry>,
    /// Whether the end is missing, so that the node may have done more.
    pub(super) is_cut: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Entry {
    /// The file and the line.
    pub(super) place: String,
    pub(super) event: TraceEvent<Json>,
}

/// Reads files, each with its name. A node's entries are in the order of the files and of the lines.
pub(super) fn read(files: &[(String, String)]) -> Result<Traces, ReadError> {
    let mut nodes: BTreeMap<NodeId, NodeTrace> = BTreeMap::new();
    let mut cluster: Option<(Cluster, String)> = None;
    for (name, text) in files {
        let mut in_file = BTreeSet::new();
        let text = text.trim_start_matches('\u{feff}');
        let count = text.lines().count();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let place = format!("{name}:{number}");
            let Trace { node, event } = match parse_line(line) {
                Ok(trace) => trace,
                Err(_) if number == count && !text.ends_with('\n') && is_cut(line) => {
                    // Whose line it was is not known, if the file has several nodes'.
                    for node in &in_file {
                        if let Some(trace) = nodes.get_mut(node) {
                            trace.is_cut = true;
                        }
                    }
                    continue;
                }
                // A node that was killed within a line, and has started again.
                Err(_)
                    if is_cut(line)
                        && line.starts_with('{')
                        && !in_file.is_empty()
                        && text.lines().nth(number).is_some_and(is_start) =>
                {
                    continue;
                }
                Err(problem) => return Err(ReadError::Malformed { place, problem }),
            };
            in_file.insert(node);
            if let Some(number) = inexact(&event) {
                return Err(ReadError::Number { place, number });
            }
            if let TraceEvent::Start { cluster: its, .. } = &event {
                match &cluster {
                    None => cluster = Some((its.clone(), place.clone())),
                    Some((known, first)) if known != its => {
                        return Err(ReadError::Clusters { place, first: first.clone() });
                    }
                    Some(_) => {}
                }
            }
            let trace = nodes.entry(node).or_insert_with(|| NodeTrace {
                node,
                entries: Vec::new(),
                is_cut: false,
            });
            // It has started again, and said with what.
            trace.is_cut = false;
            trace.entries.push(Entry { place, event });
        }
    }
    let Some((cluster, _)) = cluster else {
        let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
        return Err(ReadError::NoStart { files: names.join(", ") });
    };
    let nodes: Vec<_> = nodes.into_values().collect();
    for trace in &nodes {
        let node = trace.node;
        let is_known =
            cluster.is_acceptor(node) || cluster.is_proposer(node) || cluster.is_learner(node);
        let Some(first) = trace.entries.first() else { continue };
        let place = first.place.clone();
        if !is_known {
            return Err(ReadError::NoSuchNode { place, node });
        }
        let is_first_start = matches!(
            &first.event,
            TraceEvent::Start { stored, .. } if *stored == Stored::default()
        );
        if !is_first_start {
            return Err(ReadError::Late { place, node });
        }
    }
    Ok(Traces { cluster, nodes })
}

/// Whether a line says that a node starts.
fn is_start(line: &str) -> bool {
    matches!(parse_line(line), Ok(Trace::<Json> { event: TraceEvent::Start { .. }, .. }))
}

/// A number in an event's value that was read as a float and is none, as JSON has it.
fn inexact(event: &TraceEvent<Json>) -> Option<String> {
    fn in_value(value: &Json) -> Option<String> {
        /// From here on, not every integer is a float.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        match value {
            Json::Number(number) => number
                .as_f64()
                .filter(|it| number.is_f64() && it.abs() >= EXACT)
                .map(|it| it.to_string()),
            Json::Array(values) => values.iter().find_map(in_value),
            Json::Object(fields) => fields.values().find_map(in_value),
            Json::Null | Json::Bool(_) | Json::String(_) => None,
        }
    }
    match event {
        TraceEvent::Accept { value, .. } | TraceEvent::Learn { value, .. } => in_value(value),
        TraceEvent::Start { stored, .. } => stored
            .acceptor
            .rounds()
            .filter_map(|(_, known)| known.accepted())
            .find_map(|vote| in_value(&vote.value)),
        TraceEvent::Promise { .. }
        | TraceEvent::Attempt { .. }
        | TraceEvent::PromiseAll { .. }
        | TraceEvent::AttemptAll { .. }
        | TraceEvent::Forget { .. }
        | TraceEvent::Install { .. } => None,
    }
}
