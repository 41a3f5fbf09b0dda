//! The command line's `trace`.

use std::collections::{BTreeMap, VecDeque};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use clap::{Args, FromArgMatches};
use mitregate::check::trace::{Trace, TraceStep};
use mitregate::check::validation::read_files;
use mitregate::gate::report::{count, thousands};
use mitregate::gate::{Console, Outcome, Verb, VerbError};
use mitregate::record;
use mitregate::tla::value::Value;

use super::{Contradiction, Counts, Event, History, Message, Order, check, read};

/// The most states, and messages in all of them, that are saved.
const MOST_SAVED: (usize, usize) = (5_000, 200_000);

#[derive(Args, Debug)]
struct TraceArgs {
    /// A history as JSON lines: one file of all threads, or several
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write the order that explains the history to this file, in ITF
    #[arg(long, value_name = "FILE")]
    save: Option<PathBuf>,
}

/// The verb `trace`.
pub(in super::super) fn verb() -> Verb {
    let notes = "The verb stress writes such a history. Other programs can: the first line says which queue it was, and \
        each other line is an operation, with the times of its call and its return on one clock, as integers. Thread 0 \
        is the consumer. An operation that has not returned has neither \"return\" nor \"result\".\n\n  \
        {\"queue\":{\"capacity\":4,\"max_capacity\":64,\"producers\":2}}\n  \
        {\"thread\":1,\"call\":100,\"return\":180,\"op\":\"push\",\"message\":[1,7],\"result\":\"ok\"}   or full, closed\n  \
        {\"thread\":0,\"call\":150,\"return\":170,\"op\":\"pop\",\"message\":[1,7],\"result\":\"ok\"}    or empty, pending, closed\n  \
        {\"thread\":1,\"call\":200,\"return\":210,\"op\":\"leave\",\"result\":\"ok\"}               a producer is dropped\n  \
        {\"thread\":0,\"call\":220,\"return\":230,\"op\":\"close\",\"result\":\"ok\"}               the consumer closes\n\n\
        What is asked: no message from nowhere, none twice, none lost; those of a producer in its order; an order of all \
        operations, each between its call and its return, that is a run of a queue of at most max_capacity. A push that was \
        refused as full is judged by itself: whether at some moment of it there can have been as many messages as \
        the capacity that the queue began with, before the consumer had closed it. A producer that has not left, and a consumer that has not closed the \
        queue, may have done more than the history has.\n\n\
        Orders of up to 5,000 operations can be saved; pushes that were refused as full are not in them.\n\n\
        Exit codes: 0 linearizable, 1 not linearizable, 2 a file is no history.";
    let command = clap::Command::new("trace")
        .about("Check a history of the queue on real threads")
        .after_help(notes);
    Verb { command: TraceArgs::augment_args(command), run }
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = TraceArgs::from_arg_matches(matches)?;
    let files = read_files(&args.files, console.progress)?;
    let history = read(&files)?;
    drop(files);
    (console.progress)("checking");
    let order = match check(&history) {
        Ok(order) => order,
        Err(contradiction) => {
            (console.print)(&tell(&history, &contradiction))?;
            return Ok(Outcome::Unexpected);
        }
    };
    let operations = count(history.operations().len(), "operation");
    let counts = tell_counts(history.counts());
    (console.print)(&format!("linearizable: {operations}\n{counts}"))?;
    if let Some(file) = &args.save {
        save(&order, file, console)?;
    }
    Ok(Outcome::Expected)
}

/// How operations ended, for people.
pub(in super::super) fn tell_counts(counts: Counts) -> String {
    let Counts { accepted, full, closed, taken, empty, pending, queued } = counts;
    let [accepted, full, closed, taken, empty, pending, queued] =
        [accepted, full, closed, taken, empty, pending, queued].map(thousands);
    format!(
        "  pushes   {accepted} accepted, {full} refused as full, {closed} as closed\n  \
         pops     {taken} took a message, {empty} found nothing, {pending} a message being written\n  \
         queued   up to {queued} at one moment, for sure\n"
    )
}

/// Why a history is not linearizable, for people.
pub(in super::super) fn tell(history: &History, contradiction: &Contradiction) -> String {
    let Contradiction { rule, operation, against, reasons } = contradiction;
    let operations = history.operations();
    let line = |index: &usize| {
        operations.get(*index).map_or_else(String::new, |operation| {
            format!("  {}: {operation}\n", history.place(operation))
        })
    };
    let mut text = format!(
        "NOT LINEARIZABLE: no order of {} explains\n{}",
        count(operations.len(), "operation"),
        line(operation)
    );
    if !against.is_empty() {
        let _ = write!(text, "beside\n{}", against.iter().map(line).collect::<String>());
    }
    let _ = writeln!(text, "what does not hold: {}", rule.name());
    for reason in reasons {
        let _ = writeln!(text, "  {reason}");
    }
    text
}

fn save(order: &Order, file: &Path, console: &Console<'_>) -> Result<(), VerbError> {
    let Some(trace) = behaviour(order) else {
        let (steps, messages) = MOST_SAVED;
        let why = format!(
            "an order of more than {} operations, or whose states have more than {} messages together, cannot be \
             saved; run without --save, or save a shorter history",
            thousands(steps as u64),
            thousands(messages as u64)
        );
        return Err(why.into());
    };
    let meta = BTreeMap::from([("system".to_owned(), "mpsc_queue".to_owned())]);
    let json = format!("{:#}\n", trace.to_itf(meta));
    fs::write(file, json).map_err(|error| format!("{}: {error}", file.display()))?;
    (console.print)(&format!("{} states written to {}\n", trace.len(), file.display()))
}

/// The states that a queue goes through in an order: `buffer`, `head` and `tail` as in the spec, and whether it is
/// closed. None if there are too many.
pub fn behaviour(order: &Order) -> Option<Trace> {
    let (most_steps, most_messages) = MOST_SAVED;
    if order.steps.len() > most_steps {
        return None;
    }
    let mut buffer: VecDeque<Message> = VecDeque::new();
    let (mut head, mut tail, mut is_closed) = (0, 0, false);
    let mut messages = 0;
    let mut trace = Trace::default();
    let mut add = |action: Option<String>, buffer: &VecDeque<Message>, head, tail, is_closed| {
        let int = |number: u32| Value::Int(number.into());
        let queued = buffer.iter().map(|it| Value::seq([int(it.0), int(it.1)]));
        let state =
            record! { buffer: Value::seq(queued), closed: is_closed, head: head, tail: tail };
        trace.steps.push(TraceStep { action, state });
    };
    add(None, &buffer, head, tail, is_closed);
    for step in &order.steps {
        match step.event {
            Event::Push(message) => {
                buffer.push_back(message);
                head += 1;
            }
            Event::Pop(_) => {
                buffer.pop_front();
                tail += 1;
            }
            Event::Close | Event::Left => is_closed = true,
            Event::Empty | Event::Pending | Event::Over | Event::Refused(_) => {}
        }
        messages += buffer.len();
        if messages > most_messages {
            return None;
        }
        add(Some(action(step.event)), &buffer, head, tail, is_closed);
    }
    Some(trace)
}

fn action(event: Event) -> String {
    match event {
        Event::Push(message) => format!("Push({message})"),
        Event::Pop(message) => format!("Pop({message})"),
        Event::Empty => "PopEmpty".to_owned(),
        Event::Pending => "PopPending".to_owned(),
        Event::Over => "PopClosed".to_owned(),
        Event::Close => "Close".to_owned(),
        Event::Left => "LastProducerLeaves".to_owned(),
        Event::Refused(message) => format!("PushClosed({message})"),
    }
}
