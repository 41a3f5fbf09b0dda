//! States and steps of the system in words, for counterexamples.

use super::environment::Misuse;
use super::memory::Shown;
use super::places::{At, ClosePlace, Thread};
use super::spec::{Buffer, Message};
use super::system::{Action, System};
use super::threads::{Consumer, Popping, Producer, Pushing, SystemState, Trouble};
use mitregate::tla::value::Value;
use mitregate_mpsc_queue::algorithm::{PopAt, PushAt, Word};

/// A step as a sentence.
pub(super) fn action(system: &System, action: Action) -> String {
    let producer = |p| system.spec.producer_value(p);
    let what = match action.at {
        At::Open(p) => return format!("the queue is made, with producer {}", producer(p)),
        At::OpenAgain => return "the consumer's handle is given to a second thread".to_owned(),
        At::Join(who) => format!("makes producer {}", producer(who)),
        At::Drop(place) => format!("{}, and goes", place.words()),
        at => access(system, at).to_owned(),
    };
    match action.thread {
        Thread::Maker => what,
        Thread::Producer(p) => format!("producer {} {what}", producer(p)),
        Thread::Consumer(0) => format!("the consumer {what}"),
        Thread::Consumer(_) => format!("the second consumer {what}"),
    }
}

/// What the access of an operation does, with the fault that is injected.
pub(super) fn access(system: &System, at: At) -> &'static str {
    let fault = system.environment.fault;
    fault.and_then(|fault| fault.words(at)).unwrap_or(match at {
        At::Push(place) => place.words(),
        At::Leave(place) => place.words(),
        At::Pop(place) => place.words(),
        At::Close(place) | At::Drop(place) => place.words(),
        At::Upgrade(place) => place.words(),
        At::Open(_) | At::OpenAgain | At::Join(_) => at.name(),
    })
}

/// What is wrong, as a sentence.
pub(super) fn trouble(system: &System, trouble: Trouble) -> String {
    match trouble {
        Trouble::Memory(violation) => violation.to_string(),
        Trouble::Refused => "the push is told that the queue is full, and it is not".to_owned(),
        Trouble::Accesses(count) => format!("the step makes {count} accesses"),
        Trouble::Delivered { left, given } => format!(
            "the pop gives out {}, and what has left the queue is {}",
            names(system, given),
            names(system, left)
        ),
    }
}

/// Messages by their names.
fn names(system: &System, messages: Buffer) -> String {
    let names: Vec<String> = messages.iter().map(|it| name(system, it)).collect();
    if names.is_empty() { "nothing".to_owned() } else { names.join(" and ") }
}

/// Messages with words around them; nothing if there are none.
fn having(before: &str, system: &System, messages: Buffer, after: &str) -> String {
    if messages.is_empty() {
        return String::new();
    }
    format!("{before}{}{after}", names(system, messages))
}

/// A message as `producer.ordinal`.
pub(super) fn name(system: &System, message: Message) -> String {
    format!("{}.{}", system.spec.producer_value(message.producer), message.ordinal)
}

/// A word as `position@generation`, with its flags; positions count from the first.
pub(super) fn word(system: &System, word: Word) -> String {
    format!("{}@{}", word.since(system.start()), word.generation()) + &flags(word)
}

/// A word without abbreviations.
pub(super) fn word_in_full(system: &System, word: Word) -> String {
    let position = word.since(system.start());
    format!("position {position} in generation {}{}", word.generation(), flags(word))
}

fn flags(word: Word) -> String {
    let mut text = String::new();
    for (is_set, flag) in [
        (word.is_waiting(), " waiting"),
        (word.is_closed(), " closed"),
        (word.notifies(), " notifying"),
    ] {
        text += if is_set { flag } else { "" };
    }
    text
}

/// What a slot shows.
pub(super) fn slot(system: &System, shown: Shown<'_, Message>) -> String {
    match (shown.message, shown.announced) {
        (None, false) => "-".to_owned(),
        (None, true) => "announced, not written".to_owned(),
        (Some(message), false) => format!("{}, not announced", name(system, *message)),
        (Some(message), true) => name(system, *message),
    }
}

/// The state as a record.
pub(super) fn view(system: &System, state: &SystemState) -> Value {
    let text = |text: String| Value::Str(text.into());
    let memory = &state.memory;
    let rings = memory.live_rings().map(|ring| {
        let slots = memory.slots(ring).map(|shown| text(slot(system, shown)));
        (Value::Int(ring.into()), Value::seq(slots))
    });
    let producers = (0..).zip(&state.producers).map(|(p, producer)| {
        (system.spec.producer_value(p), text(producer_words(system, producer)))
    });
    let mut fields = vec![
        ("head", text(word(system, memory.head()))),
        ("tail", text(word(system, memory.tail()))),
        ("counted_drops", Value::Int(i64::try_from(memory.dropped()).unwrap_or(i64::MAX))),
        ("handles", Value::Int(i64::try_from(memory.producers()).unwrap_or(i64::MAX))),
        ("rings", Value::fun(rings)),
        ("producers", Value::fun(producers)),
        ("consumer", text(consumer_words(system, &state.consumers[0]))),
        ("queue", Value::seq(state.stands_for.buffer.iter().map(|it| text(name(system, it))))),
        ("dropped", Value::Int(state.stands_for.messages_dropped.into())),
    ];
    if system.environment.misuse == Some(Misuse::SecondConsumer)
        && let Some(second) = state.consumers.get(1)
    {
        fields.push(("second_consumer", text(consumer_words(system, second))));
    }
    if let Some(it) = state.trouble() {
        fields.push(("trouble", text(trouble(system, it))));
    }
    Value::record(fields)
}

/// What a producer does and knows.
pub(super) fn producer_words(system: &System, producer: &Producer) -> String {
    match producer {
        Producer::Away => "away".to_owned(),
        Producer::Finished => "finished".to_owned(),
        Producer::Gone => "gone".to_owned(),
        Producer::Leaving(leave) => format!("leaves: {}", At::from(leave.at()).name()),
        Producer::Upgrading(upgrade) => format!("weak: {}", At::from(upgrade.at()).name()),
        Producer::Here { state, doing } => {
            let (head, tail) = (word(system, state.head()), word(system, state.tail()));
            let knows = format!("knows head {head}, tail {tail}, ring {}", state.ring().generation);
            match doing {
                Pushing::Nothing => format!("idle, {knows}"),
                Pushing::Asleep => format!("asleep, {knows}"),
                Pushing::Push(push) => format!("{}, {knows}", push_words(system, push.at())),
            }
        }
    }
}

fn push_words(system: &System, at: PushAt) -> String {
    let words = |it| word(system, it);
    let name = At::from(at).name();
    match at {
        PushAt::Reserve { head, .. } | PushAt::LoadTail { head } | PushAt::Turn { head } => {
            format!("{name} {}", words(head))
        }
        PushAt::ReadDirectory(ticket) | PushAt::Write(ticket) | PushAt::Publish(ticket) => {
            let wakes = if ticket.wake { ", will wake" } else { "" };
            format!("{name} {}{wakes}", words(ticket.next))
        }
        PushAt::MarkTail { head, tail } => format!("{name} {} {}", words(head), words(tail)),
        PushAt::Wake(_) | PushAt::CountDropped | PushAt::Ask => name.to_owned(),
    }
}

/// What a consumer does and knows.
pub(super) fn consumer_words(system: &System, consumer: &Consumer) -> String {
    let (state, doing, accesses) = match consumer {
        Consumer::Away => return "away".to_owned(),
        Consumer::Finished => return "finished".to_owned(),
        Consumer::Gone => return "gone".to_owned(),
        Consumer::Here { state, doing, accesses, .. } => (state, doing, accesses),
    };
    let mut words = match doing {
        Popping::Nothing => "idle".to_owned(),
        Popping::Asleep => "asleep".to_owned(),
        Popping::Told => "told that nothing will come".to_owned(),
        Popping::Close(close) => ClosePlace::from(close.at()).name().to_owned(),
        Popping::Pop { pop, left } => {
            let name = At::from(pop.at()).name();
            let detail = match pop.at() {
                PopAt::MarkHead { head } => format!(" {}", word(system, head)),
                PopAt::StoreTail { .. } => having(", has ", system, pop.into_basket().messages, ""),
                _ => String::new(),
            };
            let left = having(", ", system, *left, " left");
            format!("{name}{detail}{left}")
        }
    };
    let rings = match state.next_ring() {
        Some(next) => format!(", rings {} and {}", state.ring().generation, next.generation),
        None => format!(", ring {}", state.ring().generation),
    };
    words += &rings;
    if *accesses > 0 {
        words = format!("{words}, {accesses} accesses");
    }
    words
}
