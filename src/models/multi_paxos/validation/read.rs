//! Reads traces: JSON lines, as nodes write them.

use std::collections::BTreeMap;

use mitregate_multi_paxos::{Cluster, NodeId, Round, Trace, TraceEvent};
use serde::Deserialize;
use thiserror::Error;

use super::Json;

/// Why files are no traces of one run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum ReadError {
    /// A line is not what a node writes.
    #[error(
        "{place}: no entry of a trace: {problem}. A line that a crash cut off is allowed only at the end of a file"
    )]
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
    /// A node that the cluster does not have.
    #[error("{place}: the cluster has no node {node}; give the traces of one run")]
    NoSuchNode {
        /// The file and the line.
        place: String,
        /// The node.
        node: NodeId,
    },
    /// More than the port handles.
    #[error("round {round}: the spec's port does not handle {what}")]
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

/// A line of a trace, or an event of `tracing` that has one in its field `trace`.
#[derive(Deserialize)]
#[serde(untagged)]
enum Line {
    Bare(Trace<Json>),
    Tracing { fields: Fields },
    Flat { trace: String },
}

#[derive(Deserialize)]
struct Fields {
    trace: String,
}

/// Reads files, each with its name. A node's entries are in the order of the files and of the lines.
pub(super) fn read(files: &[(String, String)]) -> Result<Traces, ReadError> {
    let mut nodes: BTreeMap<NodeId, NodeTrace> = BTreeMap::new();
    let mut cluster: Option<(Cluster, String)> = None;
    for (name, text) in files {
        let mut last = None;
        let count = text.lines().count();
        for (number, line) in (1..).zip(text.lines()) {
            if line.trim().is_empty() {
                continue;
            }
            let place = format!("{name}:{number}");
            let Trace { node, event } = match parse(line) {
                Ok(trace) => trace,
                Err(_) if number == count && !text.ends_with('\n') => {
                    // Whose line it was is not known, unless the file has only one node's.
                    if let Some(node) = last
                        && let Some(trace) = nodes.get_mut(&node)
                    {
                        trace.is_cut = true;
                    }
                    continue;
                }
                Err(problem) => return Err(ReadError::Malformed { place, problem }),
            };
            last = Some(node);
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
        if let (false, Some(entry)) = (is_known, trace.entries.first()) {
            return Err(ReadError::NoSuchNode { place: entry.place.clone(), node });
        }
    }
    Ok(Traces { cluster, nodes })
}

fn parse(line: &str) -> Result<Trace<Json>, String> {
    // The common form first: an untagged enum would say only that nothing fits.
    match serde_json::from_str::<Trace<Json>>(line) {
        Ok(trace) => Ok(trace),
        Err(problem) => match serde_json::from_str::<Line>(line) {
            Ok(Line::Bare(trace)) => Ok(trace),
            Ok(Line::Tracing { fields: Fields { trace } } | Line::Flat { trace }) => {
                serde_json::from_str(&trace).map_err(|problem| problem.to_string())
            }
            Err(_) => Err(problem.to_string()),
        },
    }
}
