//! Events of threads, read and judged as the lines of any log.

use std::sync::atomic::AtomicBool;
use std::sync::mpsc;

use tracing::dispatcher::with_default;
use tracing::{Dispatch, Level};
use tracing_subscriber::layer::SubscriberExt as _;

use super::*;
use crate::check::validation::{Log, Longest, Search, Validation, as_logged, validate};
use crate::check::{Checkable, Model, Name};
use crate::tla::{Value, to_value};

/// Numbers are drawn one by one, and called in this order.
struct Desk;

#[derive(Clone, Copy, Debug, PartialEq)]
enum Do {
    Draw(u8),
    Call,
}

impl Model for Desk {
    /// The last number drawn, and the last called.
    type State = (u8, u8);
    type Action = Do;

    fn init_states(&self) -> Vec<(u8, u8)> {
        vec![(0, 0)]
    }

    fn actions(&self, (drawn, _): &(u8, u8), actions: &mut Vec<Do>) {
        actions.extend([Do::Draw(drawn + 1), Do::Call]);
    }

    fn next_state(&self, &(drawn, called): &(u8, u8), action: Do) -> Option<(u8, u8)> {
        match action {
            Do::Draw(number) => (drawn < 200).then_some((number, called)),
            Do::Call => (called < drawn).then_some((drawn, called + 1)),
        }
    }
}

impl Checkable for Desk {
    fn action_names(&self) -> Vec<Name> {
        vec!["Draw".into(), "Call".into()]
    }

    fn action_name(&self, action: &Do) -> usize {
        usize::from(*action == Do::Call)
    }

    fn view(&self, &(drawn, called): &(u8, u8)) -> Value {
        let number = |number: u8| Value::Int(number.into());
        Value::record([("drawn", number(drawn)), ("called", number(called))])
    }
}

fn validated(text: &str) -> Result<Validation, String> {
    let log = Log::read(&[("a".to_owned(), text.to_owned())]).map_err(|error| error.to_string())?;
    let search = Search {
        silent: Vec::new(),
        max_visited: 100_000,
        with_behaviour: false,
        interrupt: &AtomicBool::new(false),
        progress: &|_| {},
    };
    validate(&Desk, &log, &search).map_err(|error| error.to_string())
}

/// What is written can be read here.
#[derive(Clone, Default)]
struct Shared(Arc<Mutex<Vec<u8>>>);

impl Shared {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl Write for Shared {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// What a layer writes of the events of `emit`.
fn written(change: impl FnOnce(TraceLayer) -> TraceLayer, emit: impl FnOnce()) -> String {
    let out = Shared::default();
    let layer = change(TraceLayer::new(out.clone()));
    let handle = layer.handle();
    with_default(&Dispatch::new(tracing_subscriber::registry().with(layer)), emit);
    handle.finish().unwrap();
    out.text()
}

#[test]
fn fields_of_events_are_those_of_lines() {
    let absent: Option<u8> = None;
    let text = written(
        |layer| layer,
        || {
            tracing::info!(target: TARGET, action = "Draw(1)", state.next = 3_u8, sent = 7, "drawn");
            tracing::debug!(target: TARGET, node = 2, observed.free = true, observed.name = "7");
            tracing::trace!(target: TARGET, action = %"Call", state.at.west = -1, state.at.east = ?[1]);
            tracing::info!(target: TARGET, action = ?"Call", state.at = %r#"{"1": "low"}"#, sent = ?["m", "n"]);
            tracing::info!(target: TARGET, node = %"1e3", "state.at.1" = ?true, state.big = 1_i128);
            tracing::event!(target: TARGET, Level::INFO, state = %r#"{"x": 1}"#, state.y = ?Some(1), received = absent);
            tracing::info!(target: TARGET, node = absent, state.x = Some(1), sent = Some("m"));
            let ints = as_logged(&to_value(&[1, 2]).unwrap());
            tracing::info!(target: TARGET, action = "Call", state.ints = %ints);
            tracing::info!(target: "other", action = "Call");
            tracing::info!(action = "Call");
        },
    );
    let lines: Vec<_> = text.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"action":"Draw(1)","sent":7,"state":{"next":3}}"#,
            r#"{"node":2,"observed":{"free":true,"name":"7"}}"#,
            r#"{"action":"Call","state":{"at":{"east":[1],"west":-1}}}"#,
            r#"{"action":"Call","sent":["m","n"],"state":{"at":{"1":"low"}}}"#,
            r#"{"node":"1e3","state":{"at":{"1":true},"big":1}}"#,
            r#"{"state":{"x":1,"y":"Some(1)"}}"#,
            r#"{"sent":"m","state":{"x":1}}"#,
            r#"{"action":"Call","state":{"ints":[1,2]}}"#,
        ]
    );
    assert_eq!(Log::read(&[("a".to_owned(), text)]).unwrap().len(), 8);
}

#[test]
fn a_node_and_a_target_are_set_for_all() {
    let text = written(
        |layer| layer.node("desk").with_target("steps"),
        || {
            tracing::info!(target: "steps", spec = %r#"{"module": "Desk"}"#);
            tracing::info!(target: "steps", action = "Call");
            tracing::info!(target: "steps", action = "Call", node = "clerk");
            tracing::info!(target: TARGET, action = "Draw");
        },
    );
    let log = Log::read(&[("a".to_owned(), text)]).unwrap();
    assert_eq!(log.header.and_then(|it| it.module).as_deref(), Some("Desk"));
    let nodes: Vec<_> = log.nodes.iter().map(|it| (&*it.node, it.lines.len())).collect();
    assert_eq!(nodes, [("desk", 1), ("clerk", 1)]);
}

#[test]
fn what_the_format_lacks_is_refused_by_name() {
    let absent: Option<u8> = None;
    let refused = |emit: &dyn Fn()| validated(&written(|layer| layer, emit)).unwrap_err();
    let of = |error: String, expected: &str| assert!(error.contains(expected), "{error}");
    of(
        refused(&|| tracing::info!(target: TARGET, action = "Call", stat = 1)),
        "a:1: no line of a log: unknown field `stat`",
    );
    of(
        refused(&|| tracing::info!(target: TARGET, action = "Call", stat.called = 1)),
        "unknown field `stat.called`",
    );
    of(
        refused(&|| tracing::event!(target: TARGET, Level::INFO, state.caled = 1)),
        "a:1: the spec has no variable \"caled\"",
    );
    of(
        refused(
            &|| tracing::event!(target: TARGET, Level::INFO, state.called = 1, state.called.by = 1),
        ),
        "unknown field `state.called.by, a second time`",
    );
    of(
        refused(&|| tracing::info!(target: TARGET, action = "Call", action = "Draw")),
        "unknown field `action, a second time`",
    );
    of(
        refused(&|| tracing::event!(target: TARGET, Level::INFO, state.called = absent)),
        "null is no value",
    );
    of(refused(&|| tracing::info!(target: TARGET, action = absent)), "invalid type: null");
    of(
        refused(&|| tracing::event!(target: TARGET, Level::INFO, state.called = 0.5)),
        "0.5 does not fit",
    );
    of(refused(&|| tracing::info!(target: TARGET, "a step")), "it has none of the fields");
    of(
        refused(
            &|| tracing::event!(target: TARGET, Level::INFO, state = %r#"{"drawn": 1, "drawn": 2}"#),
        ),
        "invalid type: string",
    );
}

/// Three threads draw numbers and hand them to a fourth, which calls them.
fn desk() -> String {
    const EACH: usize = 40;
    let out = Shared::default();
    let layer = TraceLayer::new(out.clone());
    let handle = layer.handle();
    let dispatch = Dispatch::new(tracing_subscriber::registry().with(layer));
    let (last, (send, receive)) = (Mutex::new(0_u64), mpsc::channel());
    std::thread::scope(|scope| {
        for _ in 0..3 {
            let (send, last, dispatch) = (send.clone(), &last, &dispatch);
            let draw = move |_| {
                let mut last = last.lock().unwrap();
                *last += 1;
                // Logged while it is locked: the next number is drawn after this line.
                let action = format!("Draw({last})");
                tracing::info!(target: TARGET, node = "machine", action, sent = *last);
                send.send(*last).unwrap();
            };
            scope.spawn(move || with_default(dispatch, || (0..EACH).for_each(draw)));
        }
        drop(send);
        let call = |number: u64| {
            tracing::info!(
                target: TARGET, node = "clerk", action = "Call", state.called = number, received = number
            );
        };
        let dispatch = &dispatch;
        scope.spawn(move || with_default(dispatch, || receive.into_iter().for_each(call)));
    });
    handle.finish().unwrap();
    out.text()
}

#[test]
fn what_threads_log_is_held_against_a_spec() {
    let text = desk();
    let found = validated(&text).unwrap();
    assert!(matches!(found, Validation::Explained { lines: 240, actions: 240, .. }), "{found:?}");
    // A clerk who calls no number twice and leaves none out.
    let text = text.replace(r#""state":{"called":60}"#, r#""state":{"called":61}"#);
    let found = validated(&text).unwrap();
    let Validation::Unexplained(Longest { stuck, .. }) = found else { panic!("{found:?}") };
    let whys: Vec<_> = stuck.iter().map(|it| it.why.as_str()).collect();
    assert!(whys.contains(&"after Call, called is 60, the log has 61"), "{whys:?}");
}

/// A disk on which there is room for some bytes.
struct Full {
    out: Shared,
    room: usize,
}

impl Write for Full {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(self.room);
        self.room -= count;
        match self.out.write(&bytes[..count])? {
            0 => Err(io::Error::new(io::ErrorKind::StorageFull, "no room is left")),
            count => Ok(count),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn an_error_of_the_writer_comes_out_at_the_end() {
    let out = Shared::default();
    let layer = TraceLayer::new(Full { out: out.clone(), room: 40 });
    let (handle, other) = (layer.handle(), layer.handle());
    with_default(&Dispatch::new(tracing_subscriber::registry().with(layer)), || {
        tracing::info!(target: TARGET, action = "Draw(1)");
        assert!(handle.finish().is_ok());
        for _ in 0..3 {
            tracing::info!(target: TARGET, action = "Call", state.called = 1);
        }
    });
    for handle in [&handle, &handle, &other] {
        let error = handle.finish().unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::StorageFull);
        assert_eq!(error.to_string(), "no room is left");
    }
    // What was written before is a log that was cut.
    assert_eq!(out.text().lines().next(), Some(r#"{"action":"Draw(1)"}"#));
    let found = validated(&out.text()).unwrap();
    assert!(matches!(found, Validation::Explained { lines: 1, .. }), "{found:?}");
}

#[test]
fn a_folder_that_does_not_exist_is_told_of_at_once() {
    let folder = tempfile::tempdir().unwrap();
    assert!(TraceLayer::to_file(folder.path().join("none/a.jsonl")).is_err());
}
