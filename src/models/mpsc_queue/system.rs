//! The real queue's threads over plain memory: every transition is one step of one thread, which is
//! one access to what they share.

use std::ops::ControlFlow;
use std::sync::Arc;

use stateright::Model;

use super::batch::{Haul, Load};
use super::constants::Constants;
use super::counting::Counting;
use super::environment::{Environment, Leaves, Mistake};
use super::memory::{PlainMemory, Violation};
use super::places::{At, Classes, ClosePlace, LeavePlace, PopPlace, PushPlace, Thread};
use super::spec::{self, Buffer, Message, ProducerSet, Spec, State};
use super::system_laws::POP_ACCESSES;
use super::threads::{Consumer, Popping, Producer, Pushing, SystemState, Trouble, closing};
use super::{progress, system_laws, words};
use crate::check::{Checkable, Fairness, Law, Temporal};
use crate::impls::mpsc_queue::Config;
use crate::impls::mpsc_queue::algorithm::{
    Close, ConsumerState, Leave, Linearised, OnEmpty, OnFull, Pop, Popped, ProducerState, Push,
    PushAt, Pushed, Step, Word, join,
};
use crate::tla::value::Value;

/// The real queue, and what surrounds it.
#[derive(Clone, Debug)]
pub struct System {
    /// The spec, with the constants.
    pub spec: Spec,
    /// What surrounds the queue.
    pub environment: Environment,
    config: Config,
    classes: Classes,
}

/// A step of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action {
    /// Whose step it is.
    pub thread: Thread,
    /// What it does.
    pub at: At,
}

/// What a step did to the spec's state, in order; or what went wrong.
type Done = Result<Vec<spec::Action>, Trouble>;

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
        let spec = Spec::new(constants.clone());
        let classes = Classes::new(|at| happens(constants, environment, at));
        config.ok().map(|config| System { spec, environment, config, classes })
    }

    /// The constants.
    pub fn constants(&self) -> &Constants {
        &self.spec.constants
    }

    /// The capacity of the ring of a generation.
    pub fn capacity_of(&self, generation: u8) -> u64 {
        self.config.capacity_of(generation)
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
    ) -> Option<(SystemState, Vec<spec::Action>)> {
        if state.trouble.is_some() {
            return None;
        }
        let mut next = state.clone();
        let done = match action.thread {
            Thread::Maker => self.make(&mut next, action.at)?,
            Thread::Producer(p) => self.produce(&mut next, p, action.at)?,
            Thread::Consumer(c) => self.consume(&mut next, c, action.at)?,
        };
        match done {
            Ok(actions) => {
                self.settle(&mut next);
                Some((next, actions))
            }
            Err(trouble) => Some((SystemState { trouble: Some(trouble), ..next }, Vec::new())),
        }
    }

    /// Makes the queue.
    fn make(&self, next: &mut SystemState, at: At) -> Option<Done> {
        let start = self.environment.start();
        let consumer = || Consumer::Here {
            state: ConsumerState::new(self.config, 0, start),
            doing: Popping::Nothing,
            dropping: false,
            accesses: 0,
        };
        match at {
            At::Open(p) if next.consumers[0] == Consumer::Away => {
                let state = ProducerState::new(self.config, 0, start);
                *next.producers.get_mut(usize::from(p))? =
                    Producer::Here { state, doing: Pushing::Nothing };
                next.stands_for.producers = next.stands_for.producers.with(p);
                next.stands_for.consumer_active += 1;
                next.consumers[0] = consumer();
                Some(Ok(vec![spec::Action::ProducerJoin(p), spec::Action::ConsumerStart]))
            }
            At::OpenAgain if next.consumers.get(1) == Some(&Consumer::Away) => {
                next.consumers[1] = consumer();
                next.stands_for.consumer_active += 1;
                Some(Ok(vec![spec::Action::ConsumerStart]))
            }
            _ => None,
        }
    }

    /// The step of a producer.
    fn produce(&self, next: &mut SystemState, p: u8, at: At) -> Option<Done> {
        let load = self.next_load(next, p);
        let producer = next.producers.get_mut(usize::from(p))?;
        if self.environment.impatient {
            producer.wake();
        }
        let may_leave = self.may_leave(producer);
        match (&mut *producer, at) {
            (Producer::Here { doing: Pushing::Nothing, .. }, At::Join(who)) => {
                Self::join(next, p, who)
            }
            (Producer::Here { state, doing: doing @ Pushing::Nothing }, At::Push(_)) => {
                let push = Push::new(state, &next.memory, load?, self.environment.on_full());
                *doing = Pushing::Push(push);
                self.push(next, p, at)
            }
            (Producer::Here { doing: Pushing::Push(_), .. }, At::Push(_)) => self.push(next, p, at),
            (
                Producer::Here { doing: Pushing::Nothing, .. } | Producer::Finished,
                At::Leave(LeavePlace::Count),
            ) if may_leave => {
                *producer = Producer::Leaving(Leave::new());
                Self::leave(next, p, at)
            }
            (Producer::Leaving(_), At::Leave(_)) => Self::leave(next, p, at),
            _ => None,
        }
    }

    /// A producer makes another, in one access.
    fn join(next: &mut SystemState, by: u8, who: u8) -> Option<Done> {
        let may = next.producers.get(usize::from(who)) == Some(&Producer::Away);
        let from = next.producers.get(usize::from(by)).filter(|_| may)?.clone();
        let mut memory = Counting::new(&mut next.memory);
        let joined = join(&mut memory);
        if let Some(trouble) = trouble(&joined, memory.accesses()) {
            return Some(Err(trouble));
        }
        next.producers[usize::from(who)] = from;
        next.stands_for.producers = next.stands_for.producers.with(who);
        Some(Ok(vec![spec::Action::ProducerJoin(who)]))
    }

    /// A step of a push.
    fn push(&self, next: &mut SystemState, p: u8, at: At) -> Option<Done> {
        let producer = next.producers.get_mut(usize::from(p))?;
        let Producer::Here { state, doing } = producer else { return None };
        let Pushing::Push(push) = doing else { return None };
        if At::from(push.at()) != at {
            return None;
        }
        let mut memory = Counting::new(&mut next.memory);
        let mut result = push.step(state, &mut memory);
        if self.environment.mistake == Some(Mistake::TwoAccesses)
            && at == At::Push(PushPlace::Write)
        {
            result = push.step(state, &mut memory);
        }
        if let Some(trouble) = trouble(&result, memory.accesses()) {
            return Some(Err(trouble));
        }
        let Ok(Step { linearised, flow }) = result else { return None };
        match flow {
            ControlFlow::Break(Pushed::Closed) => *producer = Producer::Finished,
            ControlFlow::Break(Pushed::Asleep) => *doing = Pushing::Asleep,
            ControlFlow::Break(_) => *doing = Pushing::Nothing,
            ControlFlow::Continue(()) => {}
        }
        Some(Ok(Self::take_effect(next, linearised, p)))
    }

    /// A step of a leaving producer.
    fn leave(next: &mut SystemState, p: u8, at: At) -> Option<Done> {
        let producer = next.producers.get_mut(usize::from(p))?;
        let Producer::Leaving(leave) = producer else { return None };
        if At::from(leave.at()) != at {
            return None;
        }
        let mut memory = Counting::new(&mut next.memory);
        let result = leave.step(&mut memory);
        if let Some(trouble) = trouble(&result, memory.accesses()) {
            return Some(Err(trouble));
        }
        if result.is_ok_and(|step| step.flow.is_break()) {
            *producer = Producer::Gone;
        }
        if at != At::Leave(LeavePlace::Count) {
            return Some(Ok(Vec::new()));
        }
        next.stands_for.producers = next.stands_for.producers.without(p);
        Some(Ok(vec![spec::Action::ProducerLeave(p)]))
    }

    /// The step of a consumer.
    fn consume(&self, next: &mut SystemState, c: u8, at: At) -> Option<Done> {
        let environment = self.environment;
        let consumer = next.consumers.get_mut(usize::from(c))?;
        if environment.impatient {
            consumer.wake();
        }
        let Consumer::Here { state, doing, dropping, .. } = consumer else { return None };
        let begin = ClosePlace::Head;
        match (&mut *doing, at) {
            (Popping::Nothing, At::Pop(_)) => {
                let sleeps = environment.sleeps && !*dropping;
                let on_empty = if sleeps { OnEmpty::Sleep } else { OnEmpty::Report };
                *doing = Popping::Pop {
                    pop: Pop::new(Haul::with_room(environment.batch), on_empty),
                    left: Buffer::default(),
                };
                self.pop(next, c, at)
            }
            (Popping::Pop { .. }, At::Pop(_)) => self.pop(next, c, at),
            (Popping::Nothing, At::Close(place))
                if place == begin && environment.closes && !state.tail().is_closed() =>
            {
                *doing = Popping::Close(Close::new());
                Self::close(next, c, at)
            }
            (Popping::Nothing | Popping::Told, At::Drop(place))
                if place == begin && environment.stops && !*dropping =>
            {
                *doing = Popping::Close(Close::new());
                *dropping = true;
                Self::close(next, c, at)
            }
            (Popping::Close(_), At::Close(_) | At::Drop(_)) => Self::close(next, c, at),
            _ => None,
        }
    }

    /// A step of a pop.
    fn pop(&self, next: &mut SystemState, c: u8, at: At) -> Option<Done> {
        let consumer = next.consumers.get_mut(usize::from(c))?;
        let Consumer::Here { state, doing, dropping, accesses } = consumer else { return None };
        let Popping::Pop { pop, left } = doing else { return None };
        let in_vain = at == At::Pop(PopPlace::AllocateInVain);
        let place = if in_vain { At::Pop(PopPlace::Allocate) } else { at };
        if At::from(pop.at()) != place {
            return None;
        }
        let mut memory = Counting::new(&mut next.memory).scarce(in_vain);
        let result = pop.step(state, &mut memory);
        if let Some(trouble) = trouble(&result, memory.accesses()) {
            return Some(Err(trouble));
        }
        let Ok(Step { linearised, flow }) = result else { return None };
        if self.environment.counts {
            // Who could not leave its mark begins again.
            let begins_again = at == At::Pop(PopPlace::MarkHead);
            *accesses = if begins_again { 0 } else { (*accesses + 1).min(POP_ACCESSES) };
        }
        if let Some(Linearised::Dequeue(count)) = linearised {
            let leaving = next.stands_for.buffer.iter().zip(0..count);
            *left = leaving.fold(*left, |left, (message, _)| left.append(message));
        }
        let mut stops = false;
        if let ControlFlow::Break(popped) = flow {
            let (given, left) = (pop.into_basket().messages, *left);
            if given != left {
                return Some(Err(Trouble::Delivered { left, given }));
            }
            *accesses = 0;
            *doing = match popped {
                Popped::Asleep => Popping::Asleep,
                Popped::Closed => Popping::Told,
                _ => Popping::Nothing,
            };
            let ends = !matches!(popped, Popped::Taken(_));
            if ends && *dropping {
                *consumer = Consumer::Gone;
                stops = true;
            } else if popped == Popped::Closed && !self.environment.stops {
                *consumer = Consumer::Finished;
            }
        }
        let mut actions = Self::take_effect(next, linearised, c);
        if stops {
            next.stands_for.consumer_active -= 1;
            actions.push(spec::Action::ConsumerStop);
        }
        Some(Ok(actions))
    }

    /// A step of a closing consumer.
    fn close(next: &mut SystemState, c: u8, at: At) -> Option<Done> {
        let consumer = next.consumers.get_mut(usize::from(c))?;
        let Consumer::Here { state, doing, dropping, .. } = consumer else { return None };
        let Popping::Close(close) = doing else { return None };
        if closing(close.at().into(), *dropping) != at {
            return None;
        }
        let mut memory = Counting::new(&mut next.memory);
        let result = close.step(state, &mut memory);
        if let Some(trouble) = trouble(&result, memory.accesses()) {
            return Some(Err(trouble));
        }
        if result.is_ok_and(|step| step.flow.is_break()) {
            *doing = Popping::Nothing;
        }
        Some(Ok(Vec::new()))
    }

    /// What a step does to the spec's state where it takes effect, and the actions of that.
    fn take_effect(
        next: &mut SystemState,
        linearised: Option<Linearised>,
        p: u8,
    ) -> Vec<spec::Action> {
        let spec = &mut next.stands_for;
        match linearised {
            None => Vec::new(),
            Some(Linearised::Enqueue(count)) => {
                for _ in 0..count {
                    let sent = &mut spec.sent[usize::from(p)];
                    *sent += 1;
                    let message = Message { producer: p, ordinal: *sent };
                    spec.buffer = spec.buffer.append(message);
                }
                (0..count).map(|_| spec::Action::ProducerEnqueue(p)).collect()
            }
            Some(Linearised::Drop) => {
                spec.sent[usize::from(p)] += 1;
                spec.messages_dropped += 1;
                vec![spec::Action::ProducerEnqueue(p)]
            }
            Some(Linearised::Dequeue(count)) => {
                for _ in 0..count {
                    spec.buffer = spec.buffer.tail();
                }
                (0..count).map(|_| spec::Action::ConsumerDequeue).collect()
            }
            // Announced in one step, it begins and is complete.
            Some(Linearised::Resize) => {
                vec![spec::Action::ConsumerResize, spec::Action::ConsumerResizeComplete]
            }
        }
    }

    /// After a step: who was woken goes on, who has no more to do needs no handle, and the spec's state
    /// has what the memory says.
    fn settle(&self, next: &mut SystemState) {
        let woken = next.memory.take_woken();
        if woken.producers {
            next.producers.iter_mut().for_each(Producer::wake);
        }
        if woken.consumer {
            next.consumers.iter_mut().for_each(Consumer::wake);
        }
        for p in self.constants().producer_numbers() {
            if next.producers[usize::from(p)].is_idle() && self.is_out_of_messages(next, p) {
                next.producers[usize::from(p)] = Producer::Finished;
            }
        }
        self.read_off(&next.memory, &mut next.stands_for);
    }

    /// Reads off the memory what of the spec's state is there.
    fn read_off(&self, memory: &PlainMemory<Message>, spec: &mut State) {
        spec.head = self.count_to(memory.head());
        spec.tail = self.count_to(memory.tail());
        spec.generation = memory.tail().generation();
        spec.capacity = u8::try_from(memory.capacity()).unwrap_or(u8::MAX);
    }

    /// Whether there will be no further message for a producer.
    fn is_out_of_messages(&self, state: &SystemState, p: u8) -> bool {
        let spec = &state.stands_for;
        let all = self.environment.share(p).is_some_and(|share| spec.sent[usize::from(p)] >= share);
        all || spec.messages_sent() >= self.constants().max_messages
    }

    /// What a producer would push now, if it has something.
    pub fn next_load(&self, state: &SystemState, p: u8) -> Option<Load> {
        let sent = state.stands_for.sent[usize::from(p)];
        // Those under way count as well, or there could be too many in the end.
        let others = (0..).zip(&state.producers).filter(|(q, _)| *q != p);
        let under_way: u8 = others.map(|(_, producer)| undecided(producer)).sum();
        let begun = state.stands_for.messages_sent() + under_way;
        let left = self.constants().max_messages.saturating_sub(begun);
        let own = self.environment.share(p).map_or(left, |share| share.saturating_sub(sent));
        let count = self.environment.batch.min(left).min(own);
        let first = Message { producer: p, ordinal: sent + 1 };
        (count > 0).then_some(Load { first, count })
    }

    fn may_leave(&self, producer: &Producer) -> bool {
        match self.environment.leaves {
            Leaves::Never => false,
            Leaves::AtEnd => *producer == Producer::Finished,
            Leaves::AnyTime => true,
        }
    }

    fn actions_of_producer(&self, state: &SystemState, p: u8, actions: &mut Vec<Action>) {
        let thread = Thread::Producer(p);
        let mut producer = &state.producers[usize::from(p)];
        let mut woken;
        if self.environment.impatient {
            woken = producer.clone();
            woken.wake();
            producer = &woken;
        }
        if let Some(at) = producer.at() {
            if !self.is_stopped(p, at) {
                actions.push(Action { thread, at });
            }
            return;
        }
        if let Producer::Here { state: own, doing: Pushing::Nothing } = producer {
            if let Some(load) = self.next_load(state, p) {
                let push = Push::new(own, &state.memory, load, self.environment.on_full());
                let at = push.at().into();
                if !self.is_stopped(p, at) {
                    actions.push(Action { thread, at });
                }
            }
            if self.environment.joins {
                let away = self.away(state);
                actions.extend(away.map(|who| Action { thread, at: At::Join(who) }));
            }
        }
        let has_handle =
            matches!(producer, Producer::Here { doing: Pushing::Nothing, .. } | Producer::Finished);
        if has_handle && self.may_leave(producer) {
            actions.push(Action { thread, at: At::Leave(LeavePlace::Count) });
        }
    }

    /// Whether a producer has stopped for ever.
    fn is_stopped(&self, p: u8, at: At) -> bool {
        p == 0 && self.environment.stops_at.is_some_and(|place| at == At::Push(place))
    }

    fn actions_of_consumer(&self, state: &SystemState, c: u8, actions: &mut Vec<Action>) {
        let thread = Thread::Consumer(c);
        let consumer = &state.consumers[usize::from(c)];
        if let Some(at) = consumer.at() {
            actions.push(Action { thread, at });
            if at == At::Pop(PopPlace::Allocate) && self.environment.scarce {
                actions.push(Action { thread, at: At::Pop(PopPlace::AllocateInVain) });
            }
            return;
        }
        let Consumer::Here { state: own, doing, dropping, .. } = consumer else { return };
        let is_asleep = *doing == Popping::Asleep;
        if is_asleep && !self.environment.impatient {
            return;
        }
        if is_asleep || *doing == Popping::Nothing {
            actions.push(Action { thread, at: At::Pop(PopPlace::Look) });
            if self.environment.closes && !*dropping && !own.tail().is_closed() {
                actions.push(Action { thread, at: At::Close(ClosePlace::Head) });
            }
        }
        if self.environment.stops && !*dropping {
            actions.push(Action { thread, at: At::Drop(ClosePlace::Head) });
        }
    }

    /// The producers that have not joined.
    fn away(&self, state: &SystemState) -> impl Iterator<Item = u8> {
        let away: Vec<u8> = self
            .constants()
            .producer_numbers()
            .filter(|p| state.producers[usize::from(*p)] == Producer::Away)
            .collect();
        away.into_iter()
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
        At::Pop(PopPlace::AllocateInVain) => environment.scarce && constants.can_grow(),
        At::Push(PushPlace::Ask) => environment.sleeps && !environment.courteous,
        At::Push(PushPlace::Wake | PushPlace::MarkTail)
        | At::Pop(PopPlace::Wake | PopPlace::MarkHead) => environment.sleeps,
        At::Push(PushPlace::CountDropped) => environment.on_full() == OnFull::Drop,
        At::Join(_) => constants.max_producers() > 1,
        At::Leave(LeavePlace::Wake) => leaves && environment.sleeps,
        At::Leave(_) => leaves,
        At::Close(ClosePlace::Wake) => goes && environment.sleeps,
        At::Close(_) | At::Drop(_) => goes,
        _ => true,
    }
}

/// How many messages a producer pushes of which it is not decided whether they count as attempts.
fn undecided(producer: &Producer) -> u8 {
    match producer {
        Producer::Here { doing: Pushing::Asleep, .. } => 1,
        Producer::Here { doing: Pushing::Push(push), .. } => match push.at() {
            PushAt::Reserve { .. }
            | PushAt::LoadTail { .. }
            | PushAt::Turn { .. }
            | PushAt::Ask
            | PushAt::MarkTail { .. } => push.into_cargo().count,
            _ => 0,
        },
        _ => 0,
    }
}

fn trouble<T>(result: &Result<T, Violation>, accesses: u32) -> Option<Trouble> {
    match result {
        Err(violation) => Some(Trouble::Memory(*violation)),
        Ok(_) => (accesses != 1).then_some(Trouble::Accesses(accesses)),
    }
}

impl Model for System {
    type State = SystemState;
    type Action = Action;

    fn init_states(&self) -> Vec<SystemState> {
        let memory =
            PlainMemory::new(self.config, self.environment.start(), self.environment.fault);
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
        let consumers = 1 + usize::from(self.environment.mistake == Some(Mistake::SecondConsumer));
        vec![SystemState {
            memory,
            producers: vec![Producer::Away; self.constants().max_producers()],
            consumers: vec![Consumer::Away; consumers],
            stands_for,
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
        if state.consumers.last() == Some(&Consumer::Away) {
            actions.push(make(At::OpenAgain));
            return;
        }
        if !self.environment.joins
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

    fn next_state(&self, state: &SystemState, action: Action) -> Option<SystemState> {
        self.step(state, action).map(|(next, _)| next)
    }

    fn format_action(&self, action: &Action) -> String {
        words::action(self, *action)
    }

    fn format_step(&self, state: &SystemState, action: Action) -> Option<String> {
        crate::check::trace::describe_step(self, state, &action)
    }

    fn properties(&self) -> Vec<stateright::Property<Self>> {
        crate::check::stateright_properties(self)
    }

    fn as_svg(&self, path: stateright::Path<SystemState, Action>) -> Option<String> {
        let (state, _) = path.into_vec().pop()?;
        Some(super::system_picture::draw(self, &state))
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

    fn classes(&self) -> Vec<&'static str> {
        self.classes.names().to_vec()
    }

    fn class(&self, action: &Action) -> usize {
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
        state.trouble.map(|trouble| words::trouble(self, trouble)).into_iter().collect()
    }
}
