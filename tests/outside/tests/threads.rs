//! The lock as it ships, on threads, which log what they do: the log is explained by `specs/Ticket.tla`, or the first
//! line is named that is not.

use std::io::Write;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use mitregate::check::validation::{Log, Search, Validation, validate};
use mitregate::press::Spec;
use mitregate::tracing_layer::TraceLayer;
use outside::ticket::{TicketLock, Turn};
use serde_json::json;
use tracing_subscriber::layer::SubscriberExt;

/// What was written.
#[derive(Clone, Default)]
struct Lines(Arc<Mutex<Vec<u8>>>);

impl Write for Lines {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

/// A thread enters and leaves, and logs each step after it has been taken. The order of different threads' lines is
/// therefore not that of their steps, and is not used: each thread is a node.
fn enter_and_leave(lock: &TicketLock, thread: u64) {
    let mut turn = Turn::Outside;
    loop {
        if !turn.step(lock) {
            std::thread::yield_now();
            continue;
        }
        let me = thread.to_string();
        let at = |place: &str| json!({"at": {&me: place}});
        let (action, observed, state) = match turn {
            Turn::Waiting(ticket) => {
                let after = json!({"at": {&me: "waiting"}, "mine": {&me: ticket}});
                ("Draw", at("outside"), after)
            }
            Turn::Inside => ("Enter", at("waiting"), at("inside")),
            Turn::Outside => ("Leave", at("inside"), at("outside")),
        };
        // TLC 2.15 does not label steps with the process, so the line says whose place changes.
        tracing::info!(target: "mitregate", node = thread, action, %observed, %state);
        if turn == Turn::Outside {
            return;
        }
    }
}

fn explained(text: String) -> Validation {
    let spec = Spec::from_tlc("specs/Ticket.tla", "specs/Ticket.cfg").unwrap();
    let log = Log::read(&[("lock.jsonl".to_owned(), text)]).unwrap();
    let interrupt = AtomicBool::new(false);
    let search = Search {
        silent: Vec::new(),
        max_visited: 100_000,
        with_behaviour: false,
        interrupt: &interrupt,
        progress: &|_| (),
    };
    validate(&spec, &log, &search).unwrap()
}

#[test]
fn what_threads_did_is_explained_by_the_spec_and_what_was_tampered_with_is_not() {
    let lines = Lines::default();
    let layer = TraceLayer::new(lines.clone());
    let handle = layer.handle();
    let lock = TicketLock::default();
    let subscriber = tracing::Dispatch::new(tracing_subscriber::registry().with(layer));
    std::thread::scope(|scope| {
        for thread in 1..=3 {
            let (lock, subscriber) = (&lock, &subscriber);
            scope.spawn(move || {
                tracing::dispatcher::with_default(subscriber, || enter_and_leave(lock, thread));
            });
        }
    });
    handle.finish().unwrap();
    let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
    assert_eq!(text.lines().count(), 9, "{text}");
    let Validation::Explained { actions, .. } = explained(text.clone()) else { panic!("{text}") };
    assert_eq!(actions, 9);
    // Two tickets of the same number, a thread that enters without one, and a line twice.
    let first = text.split_inclusive('\n').next().unwrap();
    let twice = format!("{first}{text}");
    for tampered in [text.replace(":1}}", ":0}}"), text.replacen("Draw", "Enter", 1), twice] {
        assert_ne!(tampered, text);
        let found = explained(tampered.clone());
        assert!(matches!(found, Validation::Unexplained(_)), "{found:?} of {tampered}");
    }
    // No line but a thread's last one can be missing.
    for missing in 0..9 {
        let all: Vec<_> = text.lines().collect();
        let rest = all.iter().enumerate().filter(|(place, _)| *place != missing);
        let rest: String = rest.flat_map(|(_, line)| [*line, "\n"]).collect();
        let is_explained = matches!(explained(rest), Validation::Explained { .. });
        assert!(
            !is_explained || all[missing].contains("Leave"),
            "without line {missing} of {text}"
        );
    }
}
