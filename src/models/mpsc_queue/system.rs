//! The real queue's threads over plain memory: every transition is one step of one thread, which is
//! one access to what they share.

use std::sync::Arc;

use super::constants::Constants;
use super::environment::{Environment, Leaves, Misuse};
use super::faulty::FaultyMemory;
use super::memory::{PlainMemory, Woken};
use super::places::{At, Classes, ClosePlace, LeavePlace, PopPlace, PushPlace, Thread};
use super::spec::{self, Buffer, Message, ProducerSet, Spec, State};
use super::threads::{Consumer, Producer, SystemState};
use super::{progress, system_laws, words};
use mitregate::check::{Checkable, Codec, Fairness, Interned, Law, Model, Name, Temporal};
use mitregate::tla::value::Value;
use mitregate_mpsc_queue::Config;
use mitregate_mpsc_queue::algorithm::{OnFull, Word};

mod choices;
mod local;
mod steps;

use local::Steps;

/// The real queue, and what surrounds it.
#[derive(Clone, Debug)]
pub struct System {
    /// The spec, with the constants.
    pub spec: Spec,
    /// What surrounds the queue. Steps are remembered, so it is not changed after the first.
    pub environment: Environment,
    config: Config,
    classes: Classes,
    steps: Arc<Steps>,
}

/// A step of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// Whose step it is.
    pub thread: Thread,
    /// What it does.
    pub at: At,
}

impl System {
    /// The queue with these constants in this environment. None if they are no configuration of the
    /// real queue.
    pub fn new(constants: &Arc<Constants>, environment: Environment) -> Option<System> {
        let size = usize::from;
        let config = Config::new(
            size(constants.initial_capacity),
            size(constants.max_capacity),
            size(constants.growth_factor),
        );
        // The spec does not say how long the consumer waits, so it is as eager as it can be.
        let patience = constants.can_shrink().into();
        let config = config.map(|config| config.shrink_after(patience));
        let spec = Spec::new(constants.clone());
        let classes = Classes::new(|at| happens(constants, environment, at));
        let steps = Arc::default();
        config.ok().map(|config| System { spec, environment, config, classes, steps })
    }

    /// The constants.
    pub fn constants(&self) -> &Constants {
        &self.spec.constants
    }

    /// The first position.
    pub fn start(&self) -> Word {
        self.environment.start()
    }

    /// How far a position is from the first one.
    pub fn count_to(&self, word: Word) -> u8 {
        u8::try_from(word.since(self.start())).unwrap_or(u8::MAX)
    }

    /// Takes a step: the state after it, and what it does in the spec.
    pub fn step(
        &self,
        state: &SystemState,
        action: Action,
    ) -> Option<(SystemState, &'static [spec::Action])> {
        if state.trouble.is_some() {
            return None;
        }
        let at = action.at;
        let mut next = state.clone();
        let effect = match action.thread {
            Thread::Maker => self.make(&mut next, at),
            Thread::Producer(p) => match at {
                At::Join(who) => self.join(&mut next, p, who),
                _ => self.step_producer(&mut next, p, at),
            },
            Thread::Consumer(c) => self.step_consumer(&mut next, c, at),
        }?;
        next.memory = effect.memory;
        next.stands_for = effect.stands_for;
        match effect.done {
            Ok(actions) => {
                self.settle(&mut next, effect.woken);
                Some((next, actions.get()))
            }
            Err(trouble) => Some((SystemState { trouble: Some(trouble), ..next }, &[])),
        }
    }

    /// After a step: woken threads go on, and producers without messages give their handles up.
    fn settle(&self, next: &mut SystemState, woken: Woken) {
        if woken.producers {
            next.producers.change_all(Producer::wake);
        }
        if woken.consumer {
            next.consumers.change_all(Consumer::wake);
        }
        for p in self.constants().producer_numbers() {
            if next.producers[usize::from(p)].is_idle() && self.is_out_of_messages(next, p) {
                next.producers.set(p, Interned::new(Producer::Finished));
            }
        }
    }

    /// Reads off the memory what of the spec's state is there.
    fn read_off(&self, memory: &PlainMemory<Message>, spec: &mut State) {
        spec.head = self.count_to(memory.head());
        spec.tail = self.count_to(memory.tail());
        let first = self.environment.first_ring;
        spec.generation = memory.generation().number().wrapping_sub(first);
        spec.capacity = u8::try_from(memory.capacity()).unwrap_or(u8::MAX);
    }
}

/// Whether a thread can come to a place in this environment, if all is well.
fn happens(constants: &Constants, environment: Environment, at: At) -> bool {
    let leaves = environment.leaves != Leaves::Never;
    let goes = environment.closes || environment.stops;
    match at {
        At::Push(PushPlace::Turn | PushPlace::ReadDirectory)
        | At::Pop(
            PopPlace::LookNext
            | PopPlace::FreeRing
            | PopPlace::Allocate
            | PopPlace::WriteDirectory
            | PopPlace::Announce,
        ) => constants.can_grow(),
        At::Pop(PopPlace::MeasureAgain | PopPlace::TurnHead | PopPlace::FreeSpare) => {
            constants.can_shrink()
        }
        At::Pop(PopPlace::AllocateInVain) => environment.allocation_fails && constants.can_grow(),
        At::Push(PushPlace::Ask) => environment.sleeps && !environment.notifies,
        At::Push(PushPlace::Wake | PushPlace::MarkTail)
        | At::Pop(PopPlace::Wake | PopPlace::MarkHead) => environment.sleeps,
        At::Push(PushPlace::CountDropped) => environment.on_full() == OnFull::Drop,
        At::Join(_) => constants.max_producers() > 1 && !environment.weak,
        At::Upgrade(_) => constants.max_producers() > 1 && environment.weak,
        At::Leave(LeavePlace::Wake) => leaves && environment.sleeps,
        At::Leave(_) => leaves,
        At::Close(ClosePlace::Wake) => goes && environment.sleeps,
        At::Close(_) | At::Drop(_) => goes,
        _ => true,
    }
}

impl Model for System {
    type State = SystemState;
    type Action = Action;

    fn init_states(&self) -> Vec<SystemState> {
        let memory =
            FaultyMemory::new(self.config, self.environment.start(), self.environment.fault);
        let mut stands_for = State {
            buffer: Buffer::default(),
            sent: [0; super::constants::MOST_PRODUCERS],
            capacity: 0,
            head: 0,
            tail: 0,
            generation: 0,
            resizing: false,
            producers: ProducerSet::default(),
            consumer_active: 0,
            messages_dropped: 0,
        };
        self.read_off(&memory, &mut stands_for);
        let consumers = 1 + usize::from(self.environment.misuse == Some(Misuse::SecondConsumer));
        vec![SystemState {
            memory: Interned::new(memory),
            producers: self.constants().producer_numbers().map(|_| Producer::Away).collect(),
            consumers: (0..consumers).map(|_| Consumer::Away).collect(),
            stands_for: Interned::new(stands_for),
            trouble: None,
        }]
    }

    fn actions(&self, state: &SystemState, actions: &mut Vec<Action>) {
        if state.trouble.is_some() {
            return;
        }
        let make = |at| Action { thread: Thread::Maker, at };
        if state.consumers[0] == Consumer::Away {
            actions.push(make(At::Open(0)));
            return;
        }
        if state.consumers.iter().next_back() == Some(&Consumer::Away) {
            actions.push(make(At::OpenAgain));
            return;
        }
        if !self.environment.joins
            && !self.environment.weak
            && let Some(who) = self.away(state).next()
        {
            actions.push(Action { thread: Thread::Producer(0), at: At::Join(who) });
            return;
        }
        for p in self.constants().producer_numbers() {
            self.actions_of_producer(state, p, actions);
        }
        for (c, _) in (0..).zip(&state.consumers) {
            self.actions_of_consumer(state, c, actions);
        }
    }

    /// What a thread does with what is its own for the time: a producer with the slot that it has reserved, the consumer with
    /// the message that it is to take, and with a ring that nobody knows yet, or any more.
    fn is_ample(&self, _: &SystemState, action: &Action) -> bool {
        match action.at {
            At::Push(place) => matches!(
                place,
                PushPlace::ReadDirectory | PushPlace::Write | PushPlace::CountDropped
            ),
            At::Pop(PopPlace::Allocate) => !self.environment.allocation_fails,
            At::Pop(place) => {
                matches!(place, PopPlace::FreeRing | PopPlace::WriteDirectory | PopPlace::Take)
            }
            _ => false,
        }
    }

    fn codec(&self) -> Option<Codec<'_, SystemState>> {
        Some(Codec::new())
    }

    fn next_state(&self, state: &SystemState, action: Action) -> Option<SystemState> {
        self.step(state, action).map(|(next, _)| next)
    }

    fn format_action(&self, action: &Action) -> String {
        words::action(self, *action)
    }
}

impl Checkable for System {
    fn laws(&self) -> Vec<Law<Self>> {
        system_laws::laws(self)
    }

    fn temporal(&self) -> Vec<Temporal<Self>> {
        progress::temporal(self)
    }

    fn fairness(&self) -> Vec<Fairness<Self>> {
        progress::fairness(self)
    }

    fn action_names(&self) -> Vec<Name> {
        self.classes.names().iter().copied().map(Name::from).collect()
    }

    fn action_name(&self, action: &Action) -> usize {
        self.classes.of(action.at)
    }

    fn view(&self, state: &SystemState) -> Value {
        words::view(self, state)
    }

    fn explain(
        &self,
        _law: &str,
        _: Option<(&SystemState, &Action)>,
        state: &SystemState,
    ) -> Vec<String> {
        state.trouble().map(|trouble| words::trouble(self, trouble)).into_iter().collect()
    }

    fn picture(&self, state: &SystemState) -> Option<String> {
        Some(super::system_picture::draw(self, state))
    }
}
