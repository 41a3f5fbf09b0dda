//! Logs: JSON lines that a program wrote about its steps.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::PathBuf;

use serde::de::{DeserializeOwned, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Map, Number, Value as Json};
use thiserror::Error;

use super::pattern::Pattern;

/// What the nodes of a program logged.
#[derive(Clone, Debug, Default)]
pub struct Log {
    /// What the first lines say about the spec, if one of them does.
    pub header: Option<Header>,
    /// The nodes, in the order in which they come up.
    pub nodes: Vec<NodeLog>,
    /// Whether a file's last line was cut, so that a node may have done more than its lines say, and others may
    /// depend on it.
    pub may_lack_lines: bool,
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
    #[error("{place}: no line of a log: {problem}")]
    Malformed {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A file cannot be read.
    #[error("cannot read {name}: {problem}")]
    File {
        /// The file.
        name: String,
        /// What the system says.
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
    /// A line receives what no line sends before it.
    #[error(
        "{place}: no line sends the message {message} that it receives; give the log of the node that does, or take \
         the message out"
    )]
    NoSender {
        /// The file and the line.
        place: String,
        /// The message.
        message: String,
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
    #[serde(default, deserialize_with = "given")]
    spec: Option<Header>,
    #[serde(default, deserialize_with = "given")]
    node: Option<Id>,
    #[serde(default, deserialize_with = "given")]
    action: Option<String>,
    #[serde(default, deserialize_with = "given")]
    observed: Option<Map<String, Json>>,
    #[serde(default, deserialize_with = "given")]
    state: Option<Map<String, Json>>,
    #[serde(default, deserialize_with = "given")]
    sent: Option<Ids>,
    #[serde(default, deserialize_with = "given")]
    received: Option<Ids>,
}

/// What is there: null is no value of a field.
fn given<'de, D: Deserializer<'de>, T: Deserialize<'de>>(value: D) -> Result<Option<T>, D::Error> {
    T::deserialize(value).map(Some)
}

/// The name of a node or a message. A number is the same as its digits.
#[derive(Deserialize)]
#[serde(untagged, expecting = "a name has to be a string or a number")]
enum Id {
    Text(String),
    Number(Number),
}

impl Id {
    fn name(self) -> String {
        match self {
            Id::Text(text) => text,
            Id::Number(number) => number.to_string(),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "messages have to be a string, a number, or a list of these")]
enum Ids {
    Many(Vec<Id>),
    One(Id),
}

fn names(ids: Option<Ids>) -> Vec<String> {
    match ids {
        None => Vec::new(),
        Some(Ids::One(id)) => vec![id.name()],
        Some(Ids::Many(ids)) => ids.into_iter().map(Id::name).collect(),
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
        let (mut has_cut, mut names_nodes) = (false, files.len() > 1);
        for (name, text) in files {
            let text = text.trim_start_matches('\u{feff}');
            let count = text.lines().count();
            let mut is_first = true;
            for (number, line) in (1..).zip(text.lines()) {
                if line.trim().is_empty() {
                    continue;
                }
                let is_first = std::mem::replace(&mut is_first, false);
                let place = format!("{name}:{number}");
                let raw: Raw = match parse_line(line) {
                    Ok(raw) => raw,
                    Err(_) if number == count && !text.ends_with('\n') && is_cut(line) => {
                        has_cut = true;
                        continue;
                    }
                    Err(problem) => return Err(LogError::Malformed { place, problem }),
                };
                let malformed =
                    |problem: String| LogError::Malformed { place: place.clone(), problem };
                if let Some(header) = raw.spec {
                    let is_alone = raw.node.is_none()
                        && raw.action.is_none()
                        && raw.observed.is_none()
                        && raw.state.is_none()
                        && raw.sent.is_none()
                        && raw.received.is_none();
                    if !is_alone || !is_first {
                        let problem = "the field spec stands alone, on the first line of a file";
                        return Err(malformed(problem.to_owned()));
                    }
                    match (&log.header, &first) {
                        (Some(known), Some(first)) if *known != header => {
                            return Err(LogError::Headers { place, first: first.clone() });
                        }
                        _ => (log.header, first) = (Some(header), Some(place)),
                    }
                    continue;
                }
                names_nodes |= raw.node.is_some();
                let node = raw.node.map_or_else(|| name.clone(), Id::name);
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
                    sent: names(raw.sent),
                    received: names(raw.received),
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
        // Whose line it was is not known, unless there is only one node.
        log.may_lack_lines = has_cut && names_nodes;
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

/// The names and texts of files, each told of before it is read. What is no UTF-8 is replaced: a line that was cut may
/// end within a character.
///
/// # Errors
///
/// [`LogError::File`].
pub fn read_files(
    paths: &[PathBuf],
    progress: &dyn Fn(&str),
) -> Result<Vec<(String, String)>, LogError> {
    let read = |path: &PathBuf| {
        let name = path.display().to_string();
        progress(&name);
        match std::fs::read(path) {
            Ok(bytes) if bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]) => {
                let problem = "it is in UTF-16; save it in UTF-8".to_owned();
                Err(LogError::File { name, problem })
            }
            Ok(bytes) => Ok((name, String::from_utf8_lossy(&bytes).into_owned())),
            Err(error) => Err(LogError::File { name, problem: error.to_string() }),
        }
    };
    paths.iter().map(read).collect()
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
    if let Err(problem) = serde_json::from_str::<UniqueKeys>(line) {
        let hint = if is_cut(line) {
            "; a line that was cut is allowed only at the end of a file"
        } else {
            ""
        };
        return Err(format!("{problem}{hint}"));
    }
    if !line.trim_start().starts_with('{') {
        return Err("it is no JSON object".to_owned());
    }
    let problem = match serde_json::from_str(line) {
        Ok(read) => return Ok(read),
        Err(problem) => problem,
    };
    match serde_json::from_str(line) {
        Ok(TracingLine::Nested { fields: Fields { trace } } | TracingLine::Flat { trace }) => {
            serde_json::from_str::<UniqueKeys>(&trace)
                .and_then(|_| serde_json::from_str(&trace))
                .map_err(|problem| problem.to_string())
        }
        Err(_) => Err(problem.to_string()),
    }
}

/// Any JSON whose objects name each key once. Of two values of one key, others would take the last.
pub(crate) struct UniqueKeys;

impl<'de> Deserialize<'de> for UniqueKeys {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<UniqueKeys, D::Error> {
        json.deserialize_any(UniqueKeys)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = UniqueKeys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, _: bool) -> Result<UniqueKeys, E> {
        Ok(self)
    }

    fn visit_i64<E>(self, _: i64) -> Result<UniqueKeys, E> {
        Ok(self)
    }

    fn visit_u64<E>(self, _: u64) -> Result<UniqueKeys, E> {
        Ok(self)
    }

    fn visit_f64<E>(self, _: f64) -> Result<UniqueKeys, E> {
        Ok(self)
    }

    fn visit_str<E>(self, _: &str) -> Result<UniqueKeys, E> {
        Ok(self)
    }

    fn visit_unit<E>(self) -> Result<UniqueKeys, E> {
        Ok(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<UniqueKeys, A::Error> {
        while elements.next_element::<UniqueKeys>()?.is_some() {}
        Ok(self)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<UniqueKeys, A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = fields.next_key::<String>()? {
            if keys.contains(&key) {
                return Err(A::Error::custom(format!("the key {key:?} stands there twice")));
            }
            keys.insert(key);
            fields.next_value::<UniqueKeys>()?;
        }
        Ok(self)
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
        assert!(log.may_lack_lines);
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
            ("{\"state\": null}", "invalid type: null"),
            ("[null]\n", "it is no JSON object"),
            ("{\"state\": {\"x\": 1, \"x\": 2}}\n", "the key \"x\" stands there twice"),
            ("{\"spec\": {}, \"action\": \"A\"}\n", "the field spec stands alone"),
            ("{\"action\": \"A\"}\n{\"spec\": {}}\n", "the field spec stands alone"),
            ("{}\n", "a.jsonl:1: no line of a log: it has none of the fields"),
            ("{\"action\": \"A\", \"stat\": {}}\n", "unknown field `stat`"),
            ("{\"state\": {\"x\": null}}\n", "null is no value"),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        let file = |name: &str, silent: &str| {
            let header =
                format!("{{\"spec\": {{\"silent\": [\"{silent}\"]}}}}\n{{\"action\": \"A\"}}\n");
            (name.to_owned(), header)
        };
        let error = Log::read(&[file("a", "A"), file("b", "B")]).unwrap_err();
        assert!(error.to_string().starts_with("b:1: another spec than that of a:1"), "{error}");
        // A mark that some editors put at the beginning is none of the line's.
        assert_eq!(read("\u{feff}{\"action\": \"A\"}\n{\"act").unwrap().len(), 1);
    }
}
