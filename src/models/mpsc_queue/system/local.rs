//! The step of one thread. It depends on that thread, on the memory and on the spec's state, and on no other thread; so
//! it is taken once for all states that agree in these.

use std::hash::Hash;

use super::System;
use crate::mpsc_queue::batch::Load;
use crate::mpsc_queue::faulty::FaultyMemory;
use crate::mpsc_queue::memory::Woken;
use crate::mpsc_queue::places::At;
use crate::mpsc_queue::spec::{self, State};
use crate::mpsc_queue::threads::{Consumer, Producer, SystemState, Trouble};
use crate::parts::changed;
use mitregate::check::{Interned, Memo};

/// What a step did to the spec's state, in order; or what went wrong.
pub(super) type Done = Result<Vec<spec::Action>, Trouble>;

/// What a step of a thread is given.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
struct Given<T: 'static> {
    memory: Interned<FaultyMemory>,
    stands_for: Interned<State>,
    thread: Interned<T>,
    number: u8,
    at: At,
    load: Option<Load>,
}

/// What a thread's step sees and changes.
pub(super) struct Local<T> {
    /// What the handles share.
    pub(super) memory: FaultyMemory,
    /// The spec's state.
    pub(super) stands_for: State,
    /// The thread.
    pub(super) thread: T,
    /// The thread's number.
    pub(super) number: u8,
    /// What a producer pushes that begins a push.
    pub(super) load: Option<Load>,
}

/// What came of a step.
#[derive(Clone, Copy)]
struct Stepped<T: 'static> {
    thread: Interned<T>,
    effect: Effect,
}

/// What a step does to what threads share.
#[derive(Clone, Copy)]
pub(super) struct Effect {
    /// The memory after it.
    pub(super) memory: Interned<FaultyMemory>,
    /// The spec's state after it.
    pub(super) stands_for: Interned<State>,
    /// Who was woken.
    pub(super) woken: Woken,
    /// What it did in the spec.
    pub(super) done: Result<Interned<Vec<spec::Action>>, Interned<Trouble>>,
}

/// The steps of threads that were taken so far.
#[derive(Debug)]
pub(super) struct Steps {
    producers: Memo<System, Given<Producer>, Option<Stepped<Producer>>>,
    consumers: Memo<System, Given<Consumer>, Option<Stepped<Consumer>>>,
}

impl Default for Steps {
    fn default() -> Steps {
        Steps {
            producers: Memo::new(|system, given| take(system, given, System::produce)),
            consumers: Memo::new(|system, given| take(system, given, System::consume)),
        }
    }
}

fn take<T: Copy + Eq + Hash + Send + Sync>(
    system: &System,
    given: Given<T>,
    step: fn(&System, &mut Local<T>, At) -> Option<Done>,
) -> Option<Stepped<T>> {
    let mut next = Local {
        memory: given.memory.get().clone(),
        stands_for: *given.stands_for,
        thread: *given.thread,
        number: given.number,
        load: given.load,
    };
    let done = step(system, &mut next, given.at)?;
    let effect =
        system.effect((given.memory, given.stands_for), next.memory, next.stands_for, done);
    Some(Stepped { thread: changed(given.thread, next.thread), effect })
}

impl System {
    /// The step of a producer, other than to make one.
    pub(super) fn step_producer(&self, next: &mut SystemState, p: u8, at: At) -> Option<Effect> {
        let thread = next.producers.part(p)?;
        let begins = thread.is_idle() || thread.is_asleep();
        let load = if begins { self.next_load(next, p) } else { None };
        let SystemState { memory, stands_for, .. } = *next;
        let given = Given { memory, stands_for, thread, number: p, at, load };
        let stepped = self.steps.producers.get(self, given)?;
        next.producers.set(p, stepped.thread);
        Some(stepped.effect)
    }

    /// The step of a consumer.
    pub(super) fn step_consumer(&self, next: &mut SystemState, c: u8, at: At) -> Option<Effect> {
        let thread = next.consumers.part(c)?;
        let SystemState { memory, stands_for, .. } = *next;
        let given = Given { memory, stands_for, thread, number: c, at, load: None };
        let stepped = self.steps.consumers.get(self, given)?;
        next.consumers.set(c, stepped.thread);
        Some(stepped.effect)
    }

    /// What a step did that has left this memory and this state of the spec, which is read off the memory in part.
    pub(super) fn effect(
        &self,
        before: (Interned<FaultyMemory>, Interned<State>),
        mut memory: FaultyMemory,
        mut stands_for: State,
        done: Done,
    ) -> Effect {
        let mut woken = Woken::default();
        if done.is_ok() {
            woken = memory.take_woken();
            self.read_off(&memory, &mut stands_for);
        }
        Effect {
            memory: changed(before.0, memory),
            stands_for: changed(before.1, stands_for),
            woken,
            done: done.map(Interned::new).map_err(Interned::new),
        }
    }
}
