//! The environment of the queue in a scenario: what its threads do, and which fault is injected.

use std::num::NonZeroU8;

use serde::Deserialize;

use super::faults::Fault as SpecFault;
use super::faulty::Fault;
use super::places::PushPlace;
use mitregate_mpsc_queue::algorithm::{Generation, OnFull, Word};

/// What threads do, beyond what the configuration says, and what is deliberately wrong. By default all join
/// first, push what there is, and stay; the consumer pops.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
#[allow(clippy::struct_excessive_bools)] // Each is a thing that a scenario has or has not.
pub struct Environment {
    /// How many messages each producer has; none if only `MaxMessages` bounds them.
    pub each: Option<u8>,
    /// Whether each further producer has one message less than the one before it.
    pub staggered: bool,
    /// Whether producers are cloned while others push; else all join first.
    pub joins: bool,
    /// Whether all but the first producer begin with a weak handle, and may become producers by themselves.
    pub weak: bool,
    /// When producers leave.
    pub leaves: Leaves,
    /// Whether the consumer may close the queue and go on taking messages.
    pub closes: bool,
    /// Whether the consumer may go for good.
    pub stops: bool,
    /// Whether pushes and pops sleep where they cannot go on; else they give up.
    pub sleeps: bool,
    /// Whether the consumer checks for waiters from the beginning, as it does for tasks.
    pub notifies: bool,
    /// Whether sleepers may wake at any time without being woken: after a timeout, or as a task that is
    /// dropped.
    pub spurious_wakeups: bool,
    /// Whether allocation of a larger ring may fail.
    pub allocation_fails: bool,
    /// How many messages a push or a pop may carry at once. With more than one, a push that finds no room is
    /// tried again, and not counted.
    pub batch: Batch,
    /// How many positions before the wrap the first message is; none if it is at 0.
    pub before_wrap: Option<u8>,
    /// The number of the first ring: numbers wrap around after 255.
    pub first_ring: u8,
    /// Whether accesses of the consumer's operations are counted.
    pub counts: bool,
    /// A guard of the spec that is missing.
    pub spec_fault: Option<SpecFault>,
    /// The fault that is injected into the queue.
    pub fault: Option<Fault>,
    /// How the queue is used wrongly.
    pub misuse: Option<Misuse>,
    /// The threads that are weakly fair: an operation that they have begun goes on.
    pub fair: Fair,
    /// Where in a push producer 1 stops for ever; none if it does not.
    pub stops_at: Option<PushPlace>,
}

/// A number of messages, at least one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub struct Batch(NonZeroU8);

impl Batch {
    /// The number.
    pub fn get(self) -> u8 {
        self.0.get()
    }
}

impl Default for Batch {
    fn default() -> Batch {
        Batch(NonZeroU8::MIN)
    }
}

/// When producers leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leaves {
    /// They stay.
    #[default]
    Never,
    /// When they have no more messages, at some time.
    AtEnd,
    /// Between any two pushes.
    AnyTime,
}

/// Which threads are weakly fair.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fair {
    /// As the configuration's `SPECIFICATION` has it.
    #[default]
    AsConfigured,
    /// All threads.
    All,
    /// All but producer 1, which may stop for ever anywhere.
    AllButOneProducer,
    /// All producers, and not the consumer.
    Producers,
    /// The consumer alone.
    Consumer,
    /// Some producer or other, whichever it is.
    SomeProducer,
}

/// How the queue is used wrongly, or what is wrong with the model itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Misuse {
    /// Two threads have the consumer's handle.
    SecondConsumer,
    /// A message is written and announced in what is taken for one step.
    TwoAccesses,
}

impl Environment {
    /// How head and tail begin.
    pub fn start(&self) -> Word {
        let position = self.before_wrap.map_or(0, |count| u64::from(count).wrapping_neg());
        let start = Word::new(position, Generation::first_of(self.first_ring));
        if self.notifies { start.notifying() } else { start }
    }

    /// How many messages a producer has; none if only `MaxMessages` bounds them.
    pub fn share(&self, producer: u8) -> Option<u8> {
        let less = if self.staggered { producer } else { 0 };
        self.each.map(|each| each.saturating_sub(less))
    }

    /// What a push does that finds no room.
    pub fn on_full(&self) -> OnFull {
        if self.sleeps {
            OnFull::Sleep
        } else if self.batch.get() > 1 {
            OnFull::Report
        } else {
            OnFull::Drop
        }
    }

    /// The environment in words, for reports; empty if nothing is special.
    pub fn words(&self) -> String {
        let leaves = match self.leaves {
            Leaves::Never => None,
            Leaves::AtEnd => Some("producers leave when they are done"),
            Leaves::AnyTime => Some("producers leave at any time"),
        };
        let fair = match self.fair {
            Fair::AsConfigured => None,
            Fair::All => Some("fair to all"),
            Fair::AllButOneProducer => Some("fair to all but producer 1"),
            Fair::Producers => Some("fair to producers"),
            Fair::Consumer => Some("fair to the consumer"),
            Fair::SomeProducer => Some("fair to producers as a whole"),
        };
        let told = [
            self.joins.then_some("producers join at any time"),
            self.weak.then_some("producers are weak at first"),
            leaves,
            self.closes.then_some("the consumer closes"),
            self.stops.then_some("the consumer goes"),
            self.sleeps.then_some("threads that cannot go on sleep"),
            self.notifies.then_some("the consumer checks for waiters at once"),
            self.spurious_wakeups.then_some("sleepers may wake spuriously"),
            self.allocation_fails.then_some("allocation of a ring may fail"),
            self.counts.then_some("accesses are counted"),
            fair,
        ];
        let mut words: Vec<String> = told.into_iter().flatten().map(str::to_owned).collect();
        let rest =
            if self.staggered { ", and one less for each further producer" } else { " each" };
        words.extend(self.each.map(|each| format!("{each} messages{rest}")));
        words.extend(
            (self.batch.get() > 1).then(|| format!("up to {} messages at once", self.batch.get())),
        );
        words.extend(self.before_wrap.map(|count| format!("{count} positions before the wrap")));
        words.extend(
            (self.first_ring > 0).then(|| format!("the first ring is number {}", self.first_ring)),
        );
        words.extend(self.stops_at.map(|at| format!("producer 1 stops at {}", at.name())));
        words.extend(self.fault.map(|fault| format!("fault {fault:?}")));
        words.extend(self.misuse.map(|misuse| format!("misuse {misuse:?}")));
        words.join(", ")
    }
}
