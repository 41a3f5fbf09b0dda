//! Temporal properties of the system, and its fairness conditions.
//!
//! Fairness is weak, and of threads: a thread that can go on with an operation goes on at last. It need not
//! begin an operation of its own choice, such as to leave.

use super::environment::Fair;
use super::places::{At, ClosePlace, LeavePlace, PopPlace, Thread, UpgradePlace};
use super::system::{Action, System};
use super::threads::{Consumer, Producer, SystemState};
use mitregate::check::property::Strength;
use mitregate::check::{Fairness, Formula, Temporal};

/// The names of the system's own temporal properties.
pub const OWN: [&str; 8] = [
    "PushesEnd",
    "SomePushEnds",
    "PopsEnd",
    "GrowthEnds",
    "AnnouncedIsTaken",
    "OthersFinish",
    "SleepersWake",
    "AllArrives",
];

/// The system's own temporal properties.
pub fn temporal(system: &System) -> Vec<Temporal<System>> {
    OWN.map(|name| Temporal { name: name.into(), formulas: formulas(system, name) }).into()
}

fn formulas(system: &System, name: &str) -> Vec<Formula<System>> {
    let producers = system.constants().producer_numbers();
    match name {
        // A push that goes on ends, whatever others do.
        "PushesEnd" => fair_producers(system)
            .map(|p| {
                Formula::leads_to(
                    move |_: &System, s| pushes(s, p),
                    move |_: &System, s| !pushes(s, p),
                )
            })
            .collect(),
        // Where pushes are under way and one or another goes on, one or another takes effect. Each effect
        // changes the parity.
        "SomePushEnds" => [0, 1]
            .map(|parity| {
                Formula::leads_to(
                    move |_: &System, s| some_push(s) && ended(s) % 2 == parity,
                    move |_: &System, s| !some_push(s) || ended(s) % 2 != parity,
                )
            })
            .into(),
        // A pop that goes on ends, whatever others do.
        "PopsEnd" => vec![Formula::leads_to(|_, s| pops(s), |_, s| !pops(s))],
        // Growth that has begun comes to its end, and so does the opposite.
        "GrowthEnds" => vec![Formula::leads_to(|_, s| grows(s), |_, s| !grows(s))],
        // A message that is announced, with none before it that is not, is taken.
        "AnnouncedIsTaken" => [0, 1]
            .map(|parity| {
                Formula::leads_to(
                    move |_: &System, s| first_is_announced(s) && taken(s) % 2 == parity,
                    move |_: &System, s| taken(s) % 2 != parity || !s.stands_for.is_active(),
                )
            })
            .into(),
        // All producers but the first push all that they have.
        "OthersFinish" => producers
            .skip(1)
            .map(|p| Formula::eventually(move |_: &System, s| has_finished(s, p)))
            .collect(),
        // A sleeper for whom there is something to do wakes up.
        "SleepersWake" => {
            let mut formulas = vec![Formula::leads_to(
                |_, s| sleeps_by_a_message(s),
                |_, s| !sleeps_by_a_message(s),
            )];
            formulas.extend(producers.map(|p| {
                Formula::leads_to(
                    move |_: &System, s| sleeps_by_room(s, p),
                    move |_: &System, s| !sleeps_by_room(s, p),
                )
            }));
            formulas
        }
        // In the end all messages are attempted, and none is left in the queue.
        _ => vec![Formula::eventually_always(|system: &System, s: &SystemState| {
            let all = system.constants().producer_numbers().all(|p| has_finished(s, p));
            all && s.stands_for.buffer.is_empty()
        })],
    }
}

/// The producers to which behaviours are fair, if to any.
fn fair_producers(system: &System) -> impl Iterator<Item = u8> + use<> {
    let first = usize::from(system.environment.fair == Fair::AllButOneProducer);
    system.constants().producer_numbers().skip(first)
}

fn pushes(state: &SystemState, p: u8) -> bool {
    let producer = state.producers.get(usize::from(p));
    producer.and_then(Producer::at).is_some_and(|at| matches!(at, At::Push(_)))
}

fn some_push(state: &SystemState) -> bool {
    (0_u8..).zip(&state.producers).any(|(p, _)| pushes(state, p))
}

fn taken(state: &SystemState) -> u8 {
    state.stands_for.tail
}

/// How many pushes have taken effect.
fn ended(state: &SystemState) -> u8 {
    state.stands_for.messages_sent()
}

fn pops(state: &SystemState) -> bool {
    state.consumers.iter().any(|it| matches!(it.at(), Some(At::Pop(_))))
}

fn grows(state: &SystemState) -> bool {
    use PopPlace::{Allocate, Announce, FreeSpare, MeasureAgain, TurnHead, WriteDirectory};
    let places =
        [Allocate, WriteDirectory, MeasureAgain, TurnHead, FreeSpare, Announce].map(At::Pop);
    state.consumers.iter().any(|it| it.at().is_some_and(|at| places.contains(&at)))
}

fn first_is_announced(state: &SystemState) -> bool {
    state.stands_for.is_active()
        && state.memory.messages().next().is_some_and(|first| first.is_some())
}

fn has_finished(state: &SystemState, p: u8) -> bool {
    let producer = state.producers.get(usize::from(p));
    producer.is_some_and(|it| {
        !matches!(it, Producer::Away | Producer::Upgrading(_) | Producer::Here { .. })
    })
}

fn sleeps_by_a_message(state: &SystemState) -> bool {
    state.consumers.iter().any(Consumer::is_asleep) && first_is_announced(state)
}

fn sleeps_by_room(state: &SystemState, p: u8) -> bool {
    let asleep = state.producers.get(usize::from(p)).is_some_and(Producer::is_asleep);
    asleep && !state.stands_for.is_full()
}

/// Whether a thread goes on by a step with what it has begun, or with what it is there for. That it
/// leaves, closes or makes a producer is its own choice.
fn goes_on(at: At) -> bool {
    match at {
        At::Push(_) | At::Pop(_) => true,
        At::Leave(place) => place != LeavePlace::Count,
        At::Close(place) | At::Drop(place) => place != ClosePlace::Head,
        At::Upgrade(place) => place != UpgradePlace::Look,
        At::Open(_) | At::OpenAgain | At::Join(_) => false,
    }
}

/// Whether a step belongs to how all scenarios begin.
fn begins(system: &System, at: At) -> bool {
    match at {
        At::Open(_) | At::OpenAgain => true,
        At::Join(_) => !system.environment.joins,
        _ => false,
    }
}

/// To which threads behaviours are weakly fair.
pub fn fairness(system: &System) -> Vec<Fairness<System>> {
    let fair_to = system.constants().fair_to;
    if system.environment.fair == Fair::SomeProducer {
        let some =
            Fairness::new("some producer", Strength::Weak, |_: &System, _, action: &Action| {
                matches!(action.at, At::Push(_))
            });
        return vec![beginning(), some];
    }
    let (consumer, producers) = match system.environment.fair {
        Fair::AsConfigured => (fair_to.resize || fair_to.dequeue, fair_to.enqueue.is_some()),
        Fair::All | Fair::AllButOneProducer => (true, true),
        Fair::Producers => (false, true),
        Fair::Consumer => (true, false),
        Fair::SomeProducer => (false, false),
    };
    let mut threads = Vec::new();
    if consumer {
        threads.push((Thread::Consumer(0), "consumer".to_owned()));
    }
    if producers {
        threads.extend(
            fair_producers(system).map(|p| {
                (Thread::Producer(p), format!("producer {}", system.spec.producer_value(p)))
            }),
        );
    }
    let weak = |(thread, name): (Thread, String)| {
        Fairness::new(name, Strength::Weak, move |_: &System, _, action: &Action| {
            action.thread == thread && goes_on(action.at)
        })
    };
    std::iter::once(beginning()).chain(threads.into_iter().map(weak)).collect()
}

fn beginning() -> Fairness<System> {
    Fairness::new("beginning", Strength::Weak, |system: &System, _, action: &Action| {
        begins(system, action.at)
    })
}
