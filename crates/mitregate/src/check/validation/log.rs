//! Logs: JSON lines that a program wrote about its steps.

use std::collections::HashMap;

use serde::de::{DeserializeOwned, IgnoredAny};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};
use thiserror::Error;

use super::pattern::Pattern;

/// What the nodes of a program logged.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// What the first lines say about the spec, if one of them does.
    pub header: Option<Header>,
    /// The nodes, in the order in which they come up.
    pub nodes: Vec<NodeLog>,
    /// Whether the last line of a file was cut, so that its node may have done more.
    pub is_cut: bool,
}

/// What one node logged, in its order.
#[derive(Clone, Debug)]
pub struct NodeLog {
    /// Its name.
    pub node: String,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line of a log.
#[derive(Clone, Debug)]
pub struct Line {
    /// The file and the line's number.
    pub place: String,
    /// The action that it names, with or without its arguments.
    pub action: Option<String>,
    /// What holds before the step, or at this moment if the line is no step.
    pub observed: Pattern,
    /// What holds after the step.
    pub state: Pattern,
    /// Whether it is a step: one action of the spec.
    pub is_step: bool,
    /// The messages that it sends.
    pub sent: Vec<String>,
    /// The messages that it receives: it comes after a line that sends them.
    pub received: Vec<String>,
}

/// Which spec a log is about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Header {
    /// The TLA+ module; the system's first if it is not named.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The text of the TLC configuration.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub config: Option<String>,
    /// The actions that the program does not log.
    #[serde(default)]
    pub silent: Vec<String>,
}

/// Why files are no logs of one run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum LogError {
    /// A line is not as a line should be.
    #[error(
        "{place}: no line of a log: {problem}. A line that was cut is allowed only at the end of a file"
    )]
    Malformed {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// There is nothing to explain.
    #[error("{files}: there is no step and no observation; log at least one")]
    Empty {
        /// The files.
        files: String,
    },
    /// A line is about something that the spec does not have.
    #[error("{place}: the spec has no {kind} {name:?}; it has {known}")]
    Unknown {
        /// The file and the line.
        place: String,
        /// Of what kind it is.
        kind: &'static str,
        /// What the line names.
        name: String,
        /// What there is.
        known: String,
    },
    /// Two files are about different specs.
    #[error("{place}: another spec than that of {first}; give the logs of one run")]
    Headers {
        /// The file and the line.
        place: String,
        /// The file and the line that came first.
        first: String,
    },
}

/// A line, as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Raw {
    spec: Option<Header>,
    node: Option<Json>,
    action: Option<String>,
    observed: Option<Map<String, Json>>,
    state: Option<Map<String, Json>>,
    #[serde(default)]
    sent: Ids,
    #[serde(default)]
    received: Ids,
}

#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Ids {
    #[default]
    None,
    Many(Vec<Json>),
    One(Json),
}

impl Ids {
    fn names(self) -> Vec<String> {
        match self {
            Ids::None => Vec::new(),
            Ids::One(id) => vec![id.to_string()],
            Ids::Many(ids) => ids.iter().map(Json::to_string).collect(),
        }
    }
}

impl Log {
    /// Reads files, each with its name. A line without a `node` is of the node that has its file's name.
    ///
    /// # Errors
    ///
    /// The first line that is none, and what is wrong with it.
    pub fn read(files: &[(String, String)]) -> Result<Log, LogError> {
        let mut log = Log::default();
        let mut first: Option<String> = None;
        let mut numbers: HashMap<String, usize> = HashMap::new();
        for (name, text) in files {
            let count = text.lines().count();
            for (number, line) in (1..).zip(text.lines()) {
                if line.trim().is_empty() {
                    continue;
                }
                let place = format!("{name}:{number}");
                let raw: Raw = match parse_line(line) {
                    Ok(raw) => raw,
                    Err(_) if number == count && !text.ends_with('\n') && is_cut(line) => {
                        log.is_cut = true;
                        continue;
                    }
                    Err(problem) => return Err(LogError::Malformed { place, problem }),
                };
                if let Some(header) = raw.spec {
                    match (&log.header, &first) {
                        (Some(known), Some(first)) if *known != header => {
                            return Err(LogError::Headers { place, first: first.clone() });
                        }
                        _ => (log.header, first) = (Some(header), Some(place)),
                    }
                    continue;
                }
                let node = match raw.node {
                    Some(Json::String(node)) => node,
                    Some(other) => other.to_string(),
                    None => name.clone(),
                };
                let malformed =
                    |problem: String| LogError::Malformed { place: place.clone(), problem };
                let is_step = raw.action.is_some() || raw.state.is_some();
                if !is_step && raw.observed.is_none() {
                    let problem = "it has none of the fields action, state and observed";
                    return Err(malformed(problem.to_owned()));
                }
                let pattern = |fields: Option<Map<String, Json>>| {
                    Pattern::new(fields.unwrap_or_default())
                        .map_err(|error| malformed(error.to_string()))
                };
                let line = Line {
                    observed: pattern(raw.observed)?,
                    state: pattern(raw.state)?,
                    action: raw.action,
                    is_step,
                    sent: raw.sent.names(),
                    received: raw.received.names(),
                    place,
                };
                let index = *numbers.entry(node.clone()).or_insert_with(|| {
                    log.nodes.push(NodeLog { node, lines: Vec::new() });
                    log.nodes.len() - 1
                });
                log.nodes[index].lines.push(line);
            }
        }
        if log.is_empty() {
            let names: Vec<_> = files.iter().map(|(name, _)| name.as_str()).collect();
            return Err(LogError::Empty { files: names.join(", ") });
        }
        Ok(log)
    }

    /// The number of lines of all nodes.
    pub fn len(&self) -> usize {
        self.nodes.iter().map(|node| node.lines.len()).sum()
    }

    /// Whether there is no line.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Whether a line is no JSON: what a crash leaves of one.
pub fn is_cut(line: &str) -> bool {
    serde_json::from_str::<IgnoredAny>(line).is_err()
}

/// An event of `tracing`, as its JSON formatter writes it, with a line in its field `trace`.
#[derive(Deserialize)]
#[serde(untagged)]
enum TracingLine {
    Nested { fields: Fields },
    Flat { trace: String },
}

#[derive(Deserialize)]
struct Fields {
    trace: String,
}

/// Reads one line: JSON as it is, or within an event that `tracing` wrote, in its field `trace`.
///
/// # Errors
///
/// What is wrong with the line.
pub fn parse_line<T: DeserializeOwned>(line: &str) -> Result<T, String> {
    let problem = match serde_json::from_str(line) {
        Ok(read) => return Ok(read),
        Err(problem) => problem,
    };
    match serde_json::from_str(line) {
        Ok(TracingLine::Nested { fields: Fields { trace } } | TracingLine::Flat { trace }) => {
            serde_json::from_str(&trace).map_err(|problem| problem.to_string())
        }
        Err(_) => Err(problem.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Log, LogError> {
        Log::read(&[("a.jsonl".to_owned(), text.to_owned())])
    }

    #[test]
    fn lines_belong_to_nodes() {
        let text = "{\"spec\": {\"silent\": [\"Tick\"]}}\n\n{\"action\": \"A\"}\n\
                    {\"node\": 2, \"state\": {\"x\": 1}, \"sent\": 7}\n\
                    {\"level\": \"INFO\", \"fields\": {\"trace\": \"{\\\"observed\\\": {}}\"}}\n{\"acti";
        let log = read(text).unwrap();
        assert!(log.is_cut);
        assert_eq!(log.header.as_ref().unwrap().silent, ["Tick"]);
        let places = |node: &NodeLog| {
            node.lines.iter().map(|line| (line.place.clone(), line.is_step)).collect::<Vec<_>>()
        };
        assert_eq!(log.nodes[0].node, "a.jsonl");
        assert_eq!(
            places(&log.nodes[0]),
            [("a.jsonl:3".to_owned(), true), ("a.jsonl:5".to_owned(), false)]
        );
        assert_eq!(log.nodes[1].node, "2");
        assert_eq!(log.nodes[1].lines[0].sent, ["7"]);
    }

    #[test]
    fn what_is_no_line_is_named() {
        for (text, expected) in [
            ("{\"acti\n{}\n", "a.jsonl:1: no line of a log"),
            ("{\"spec\": {}}\n{\"act", "a.jsonl: there is no step"),
            ("{\"state\": 1}", "a.jsonl:1: no line of a log"),
            ("{}\n", "a.jsonl:1: no line of a log: it has none of the fields"),
            ("{\"action\": \"A\", \"stat\": {}}\n", "unknown field `stat`"),
            ("{\"state\": {\"x\": null}}\n", "null is no value"),
            (
                "{\"spec\": {}}\n{\"spec\": {\"silent\": [\"A\"]}}\n",
                "a.jsonl:2: another spec than that of a.jsonl:1",
            ),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
    }
}
