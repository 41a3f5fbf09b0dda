//! Reads and writes histories: JSON lines, one for an operation, after a line that says which queue it was.

use std::fmt::Write as _;

use mitregate::check::validation::is_cut;
use serde::{Deserialize, Serialize};

use super::{Call, Configuration, History, HistoryError, Message, Operation, Popped, Pushed};

/// The first line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Header {
    queue: Configuration,
}

/// Any other line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    thread: u32,
    #[serde(rename = "call")]
    called: u64,
    #[serde(rename = "return", default, skip_serializing_if = "Option::is_none")]
    returned: Option<u64>,
    op: Op,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    message: Option<Message>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    result: Option<Outcome>,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Op {
    Push,
    Pop,
    Leave,
    Close,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
enum Outcome {
    Ok,
    Full,
    Closed,
    Empty,
    Pending,
}

/// Reads files, each with its name. They may have the operations of several threads, in any order.
///
/// # Errors
///
/// [`HistoryError`] with the file and the line.
pub fn read(files: &[(String, String)]) -> Result<History, HistoryError> {
    let mut queue: Option<(Configuration, String)> = None;
    let mut operations = Vec::new();
    for (file, (name, text)) in (0..).zip(files) {
        // Some programs begin a file with a mark of its encoding.
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty());
        let mut lines = lines.by_ref().peekable();
        if let Some((number, line)) = lines.peek()
            && let Some(its) = header(line)
        {
            let place = format!("{name}:{number}");
            match its {
                Ok(its) => enter(&mut queue, its, place)?,
                Err(problem) => return Err(HistoryError::Header { place, problem }),
            }
            lines.next();
        }
        while let Some((number, line)) = lines.next() {
            match operation(line) {
                Ok(operation) => operations.push(Operation { place: (file, number), ..operation }),
                Err(_) if lines.peek().is_none() && !text.ends_with('\n') && is_cut(line) => {}
                Err(problem) => return Err(malformed(line, format!("{name}:{number}"), problem)),
            }
        }
    }
    let names: Vec<_> = files.iter().map(|(name, _)| name.clone()).collect();
    match queue {
        Some(_) if operations.is_empty() => Err(HistoryError::Empty { files: names.join(", ") }),
        Some((config, _)) => History::new(config, names, operations),
        None => Err(HistoryError::NoQueue { files: names.join(", ") }),
    }
}

/// The queue of a line that is a header, well or badly formed.
fn header(line: &str) -> Option<Result<Configuration, String>> {
    let json: serde_json::Value = serde_json::from_str(line).ok()?;
    let queue = json.as_object()?.get("queue")?;
    // An array could be read as the fields in their order.
    if !queue.is_object() {
        return Some(Err("\"queue\" is no object".to_owned()));
    }
    let header = serde_json::from_str(line);
    Some(header.map(|Header { queue }| queue).map_err(|problem| problem.to_string()))
}

/// What is wrong with a line that is no operation.
fn malformed(line: &str, place: String, problem: String) -> HistoryError {
    if serde_json::from_str::<serde::de::IgnoredAny>(line).is_err() {
        return HistoryError::NoJson { place, problem };
    }
    if header(line).is_some() {
        let problem = "a header within a file; files one after the other are given one by one";
        return HistoryError::Header { place, problem: problem.to_owned() };
    }
    HistoryError::Malformed { place, problem }
}

/// Takes a file's header, which has to be that of the others.
fn enter(
    queue: &mut Option<(Configuration, String)>,
    its: Configuration,
    place: String,
) -> Result<(), HistoryError> {
    let problem = match queue {
        Some((known, first)) if *known != its => format!("another queue than that of {first}"),
        _ if its.problem().is_some() => its.problem().unwrap_or_default(),
        Some(_) => return Ok(()),
        None => {
            *queue = Some((its, place));
            return Ok(());
        }
    };
    Err(HistoryError::Queue { place, problem })
}

/// The operation of a line, without its place.
fn operation(line: &str) -> Result<Operation, String> {
    // An array could be read as the fields in their order.
    if !line.trim_start().starts_with('{') {
        return Err("a line is a JSON object".into());
    }
    let Line { thread, called, returned, op, message, result } =
        serde_json::from_str(line).map_err(|problem| problem.to_string())?;
    if returned.is_some() != result.is_some() {
        return Err("an operation that returned has a time and a result, and others neither".into());
    }
    let call = match (op, message, result) {
        (Op::Push, Some(message), None) => Call::Push(message, None),
        (Op::Push, Some(message), Some(Outcome::Ok)) => Call::Push(message, Some(Pushed::Accepted)),
        (Op::Push, Some(message), Some(Outcome::Full)) => Call::Push(message, Some(Pushed::Full)),
        (Op::Push, Some(message), Some(Outcome::Closed)) => {
            Call::Push(message, Some(Pushed::Closed))
        }
        (Op::Pop, None, None) => Call::Pop(None),
        (Op::Pop, Some(message), Some(Outcome::Ok)) => Call::Pop(Some(Popped::Message(message))),
        (Op::Pop, None, Some(Outcome::Empty)) => Call::Pop(Some(Popped::Empty)),
        (Op::Pop, None, Some(Outcome::Pending)) => Call::Pop(Some(Popped::Pending)),
        (Op::Pop, None, Some(Outcome::Closed)) => Call::Pop(Some(Popped::Closed)),
        (Op::Leave, None, None | Some(Outcome::Ok)) => Call::Leave,
        (Op::Close, None, None | Some(Outcome::Ok)) => Call::Close,
        (Op::Push, ..) => return Err("a push has a message, and is ok, full or closed".into()),
        (Op::Pop, ..) => {
            return Err("a pop is ok and has a message, or empty, pending or closed".into());
        }
        (Op::Leave | Op::Close, ..) => {
            return Err("leaving and closing have no message, and are ok".into());
        }
    };
    Ok(Operation { thread, called, returned, call, place: (0, 0) })
}

/// A history as one file, with its operations in the order in which they were called.
pub fn write(history: &History) -> String {
    let mut text = String::new();
    let mut add = |line: Result<String, serde_json::Error>| {
        let _ = writeln!(text, "{}", line.unwrap_or_default());
    };
    add(serde_json::to_string(&Header { queue: history.config }));
    for index in history.by_call() {
        add(serde_json::to_string(&line_of(&history.operations[index])));
    }
    text
}

fn line_of(&Operation { thread, called, returned, call, .. }: &Operation) -> Line {
    let (op, message, result) = match call {
        Call::Push(message, pushed) => {
            let result = pushed.map(|it| match it {
                Pushed::Accepted => Outcome::Ok,
                Pushed::Full => Outcome::Full,
                Pushed::Closed => Outcome::Closed,
            });
            (Op::Push, Some(message), result)
        }
        Call::Pop(Some(Popped::Message(message))) => (Op::Pop, Some(message), Some(Outcome::Ok)),
        Call::Pop(None) => (Op::Pop, None, None),
        Call::Pop(Some(Popped::Empty)) => (Op::Pop, None, Some(Outcome::Empty)),
        Call::Pop(Some(Popped::Pending)) => (Op::Pop, None, Some(Outcome::Pending)),
        Call::Pop(Some(Popped::Closed)) => (Op::Pop, None, Some(Outcome::Closed)),
        Call::Leave => (Op::Leave, None, returned.map(|_| Outcome::Ok)),
        Call::Close => (Op::Close, None, returned.map(|_| Outcome::Ok)),
    };
    Line { thread, called, returned, op, message, result }
}
