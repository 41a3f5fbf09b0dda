//! Events of `tracing` as the lines of a log that is held against a spec.
//!
//! A program that already has `tracing` need not write JSON for [`validation`](crate::check::validation): an event
//! whose target is [`TARGET`] becomes a line, and its fields become the line's. `docs/traces.md` in the repository
//! describes lines.
//!
//! ```
//! use mitregate::check::validation::Log;
//! use mitregate::tracing_layer::TraceLayer;
//! use tracing_subscriber::layer::SubscriberExt as _;
//!
//! # let folder = tempfile::tempdir()?;
//! # let path = folder.path().join("desk.jsonl");
//! let layer = TraceLayer::to_file(&path)?.node("desk");
//! let handle = layer.handle();
//! let subscriber = tracing_subscriber::registry().with(layer);
//! tracing::subscriber::with_default(subscriber, || {
//!     tracing::info!(target: "mitregate", action = "Draw(1)", state.next = 2);
//!     tracing::info!(target: "mitregate", node = "clerk", observed.free = true);
//! });
//! handle.finish()?;
//!
//! let text = std::fs::read_to_string(&path)?;
//! assert_eq!(
//!     text,
//!     "{\"action\":\"Draw(1)\",\"node\":\"desk\",\"state\":{\"next\":2}}\n\
//!      {\"node\":\"clerk\",\"observed\":{\"free\":true}}\n"
//! );
//! assert_eq!(Log::read(&[("desk.jsonl".to_owned(), text)])?.len(), 2);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Fields
//!
//! * `action`, `node`, `sent` and `received` are those of the line. An `Option` that is `None` is as if `node`, `sent`
//!   or `received` were not there.
//! * `state.NAME` and `observed.NAME` are values of variables. More dots lead into a record or function:
//!   `state.door.west = "open"`, or `"state.level.1" = "low"` with a name that is no identifier.
//! * Integers, truth values and strings are themselves. What is given with `%` or `?` is JSON if its text is: so
//!   `sent = ?["m1", "m2"]` is two messages, and any value that serde can write is one of a variable as
//!   `state.votes = %as_logged(&to_value(&votes)?)`, by [`as_logged`](crate::check::validation::as_logged) and
//!   [`to_value`](crate::tla::to_value). Other text is a string.
//! * `message` is for people, and left out.
//!
//! `info!` and its like take a name with dots only after one without. Where there is none, as in an observation of a
//! node that need not be named, write
//! `tracing::event!(target: "mitregate", tracing::Level::INFO, observed.free = true)`.
//!
//! All other fields are written as they are, and so is what cannot be right, such as a variable that is `None`: the
//! reader refuses the line and names the field. A line without it would say less than it seems to.
//!
//! # What is not written
//!
//! A layer sees what reaches it. A level filter of the whole subscriber, or a feature of `tracing` such as
//! `release_max_level_info`, takes events away before.

use std::fmt::Debug;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde_json::map::Entry;
use serde_json::{Map, Number, Value as Json};
use tracing::field::{Field, Visit};
use tracing::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;

use crate::check::validation::UniqueKeys;

/// The target of the events that are lines, unless [`TraceLayer::with_target`] says another.
pub const TARGET: &str = "mitregate";

/// Writes each event of a target as a line.
///
/// A line is written whole and flushed before the event's macro returns, so the log of a program that crashes has all
/// that it did, but for a last line that may be cut. Threads wait for each other. So the lines of one writer are in
/// the order in which they were written: a thread logs its step before another can build on it, or the threads are
/// nodes that log their messages.
///
/// Once writing has failed, nothing more is written: a log with a gap would look like one of a program that leaves out
/// steps. [`TraceHandle::finish`] tells of it.
pub struct TraceLayer {
    out: Arc<Mutex<Out>>,
    target: String,
    node: Option<String>,
}

/// Tells whether all lines were written.
#[derive(Clone)]
pub struct TraceHandle {
    out: Arc<Mutex<Out>>,
}

struct Out {
    writer: Box<dyn Write + Send>,
    /// The first; nothing is written after it.
    error: Option<Arc<io::Error>>,
}

/// The writer. A panic of it while a line was written is one of the program, and hides nothing of the log.
fn lock(out: &Mutex<Out>) -> MutexGuard<'_, Out> {
    out.lock().unwrap_or_else(PoisonError::into_inner)
}

impl TraceLayer {
    /// Lines go to a writer, each in one call and flushed; a buffer gains nothing.
    pub fn new<W: Write + Send + 'static>(writer: W) -> TraceLayer {
        let out = Out { writer: Box::new(writer), error: None };
        let out = Arc::new(Mutex::new(out));
        TraceLayer { out, target: TARGET.to_owned(), node: None }
    }

    /// Lines go to a file, which is emptied first.
    ///
    /// # Errors
    ///
    /// If the file cannot be created.
    pub fn to_file(path: impl AsRef<Path>) -> io::Result<TraceLayer> {
        File::create(path).map(TraceLayer::new)
    }

    /// Events of this target are lines, and no others.
    pub fn with_target(self, target: impl Into<String>) -> TraceLayer {
        TraceLayer { target: target.into(), ..self }
    }

    /// Whose line it is if an event has no field `node`. Without it, that of the node that has the file's name.
    pub fn node(self, node: impl Into<String>) -> TraceLayer {
        TraceLayer { node: Some(node.into()), ..self }
    }

    /// What tells, after the layer has become part of a subscriber, whether all lines were written.
    pub fn handle(&self) -> TraceHandle {
        TraceHandle { out: Arc::clone(&self.out) }
    }

    fn line(&self, event: &Event<'_>) -> Map<String, Json> {
        let mut line = Line::default();
        event.record(&mut line);
        for field in event.metadata().fields() {
            if !line.seen.contains(&field.name()) {
                line.lacks(field.name());
            }
        }
        // What a log is about is no line of a node.
        if let Some(node) = &self.node
            && !line.fields.contains_key("spec")
        {
            line.fields.entry("node").or_insert_with(|| Json::from(node.as_str()));
        }
        line.fields
    }
}

impl TraceHandle {
    /// Whether all lines so far were written.
    ///
    /// # Errors
    ///
    /// The first error of the writer, with the error itself as its source; the same each time.
    pub fn finish(&self) -> io::Result<()> {
        match &lock(&self.out).error {
            None => Ok(()),
            Some(error) => Err(io::Error::new(error.kind(), Arc::clone(error))),
        }
    }
}

impl Out {
    fn write(&mut self, line: &str) {
        if self.error.is_some() {
            return;
        }
        let written = self.writer.write_all(line.as_bytes()).and_then(|()| self.writer.flush());
        self.error = written.err().map(Arc::new);
    }
}

impl<S: Subscriber> Layer<S> for TraceLayer {
    fn on_event(&self, event: &Event<'_>, _: Context<'_, S>) {
        if event.metadata().target() == self.target {
            // Made before the writer is taken: a field's `Debug` may emit events itself.
            let line = format!("{}\n", Json::Object(self.line(event)));
            lock(&self.out).write(&line);
        }
    }
}

/// The line that an event becomes.
#[derive(Default)]
struct Line {
    fields: Map<String, Json>,
    /// The event's fields that have a value.
    seen: Vec<&'static str>,
}

/// Whether a field is about variables of the spec.
fn is_of_variables(name: &str) -> bool {
    let first = name.split('.').next();
    matches!(first, Some("state" | "observed"))
}

impl Line {
    /// The event has a field without a value, as of an `Option`.
    fn lacks(&mut self, name: &str) {
        if !matches!(name, "node" | "sent" | "received" | "message") {
            self.insert(name, Json::Null);
        }
    }

    fn put(&mut self, field: &Field, value: impl Into<Json>) {
        self.seen.push(field.name());
        if field.name() != "message" {
            self.insert(field.name(), value.into());
        }
    }

    fn insert(&mut self, name: &str, value: Json) {
        let placed = if is_of_variables(name) {
            nest(&mut self.fields, name, value)
        } else {
            set(&mut self.fields, name, value)
        };
        if let Err(value) = placed {
            // Refused by the reader under this name.
            self.fields.insert(format!("{name}, a second time"), value);
        }
    }
}

/// Sets the field of a name with dots. Where something is in its way, the value comes back.
fn nest(fields: &mut Map<String, Json>, name: &str, value: Json) -> Result<(), Json> {
    let Some((first, rest)) = name.split_once('.') else {
        return set(fields, name, value);
    };
    match fields.entry(first).or_insert_with(|| Json::Object(Map::new())) {
        Json::Object(inner) => nest(inner, rest, value),
        _ => Err(value),
    }
}

fn set(fields: &mut Map<String, Json>, name: &str, value: Json) -> Result<(), Json> {
    match fields.entry(name) {
        Entry::Vacant(entry) => {
            entry.insert(value);
            Ok(())
        }
        Entry::Occupied(_) => Err(value),
    }
}

/// The JSON that a text is, if it is any. Of two values of one key none would be the right one.
fn parsed(text: &str) -> Option<Json> {
    serde_json::from_str::<UniqueKeys>(text).ok()?;
    serde_json::from_str(text).ok()
}

/// An integer of any size. What JSON cannot hold as a number is none of a spec's values either.
fn integer(number: i128) -> Json {
    Number::from_i128(number).map_or_else(|| Json::from(number.to_string()), Json::Number)
}

impl Visit for Line {
    fn record_i64(&mut self, field: &Field, value: i64) {
        self.put(field, value);
    }

    fn record_u64(&mut self, field: &Field, value: u64) {
        self.put(field, value);
    }

    fn record_i128(&mut self, field: &Field, value: i128) {
        self.put(field, integer(value));
    }

    fn record_u128(&mut self, field: &Field, value: u128) {
        let number = i128::try_from(value).map_or_else(|_| Json::from(value.to_string()), integer);
        self.put(field, number);
    }

    fn record_f64(&mut self, field: &Field, value: f64) {
        let number = Number::from_f64(value);
        self.put(field, number.map_or_else(|| Json::from(value.to_string()), Json::Number));
    }

    fn record_bool(&mut self, field: &Field, value: bool) {
        self.put(field, value);
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.put(field, value);
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        let text = format!("{value:?}");
        // The digits of a name are not to become a number: `1e3` is one that is written in several ways.
        let is_taken = |json: &Json| {
            is_of_variables(field.name())
                || matches!(json, Json::String(_) | Json::Array(_) | Json::Object(_))
        };
        let json = parsed(&text).filter(is_taken);
        self.put(field, json.unwrap_or(Json::String(text)));
    }
}

#[cfg(test)]
mod tests;
