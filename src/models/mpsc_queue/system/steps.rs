//! What a step does: to the memory, to its thread, and to the state of the spec.

use std::ops::ControlFlow;

use super::System;
use super::local::{Done, Effect, Local};
use crate::mpsc_queue::batch::Haul;
use crate::mpsc_queue::counting::Counting;
use crate::mpsc_queue::environment::Misuse;
use crate::mpsc_queue::faulty::Fault;
use crate::mpsc_queue::memory::Violation;
use crate::mpsc_queue::places::{At, ClosePlace, LeavePlace, PopPlace, PushPlace, UpgradePlace};
use crate::mpsc_queue::spec::{self, Buffer, Message, State};
use crate::mpsc_queue::system_laws::POP_ACCESSES;
use crate::mpsc_queue::threads::{
    Consumer, Popping, Producer, Pushing, SystemState, Trouble, closing,
};
use mitregate::check::Interned;
use mitregate_mpsc_queue::algorithm::{
    Close, ConsumerState, Leave, Linearised, OnEmpty, OnFull, Pop, Popped, ProducerState, Push,
    Pushed, Step, Upgrade, join, may_go,
};

impl System {
    /// Makes the queue.
    pub(super) fn make(&self, next: &mut SystemState, at: At) -> Option<Effect> {
        let start = self.environment.start();
        let consumer = Consumer::Here {
            state: ConsumerState::new(self.config, 0, start),
            doing: Popping::Nothing,
            dropping: false,
            accesses: 0,
        };
        let mut spec = *next.stands_for;
        spec.consumer_active += 1;
        let done = match at {
            At::Open(p) if next.consumers[0] == Consumer::Away => {
                next.producers.part(p)?;
                let state = ProducerState::new(self.config, 0, start);
                let producer = Producer::Here { state, doing: Pushing::Nothing };
                next.producers.set(p, Interned::new(producer));
                next.consumers.set(0, Interned::new(consumer));
                spec.producers = spec.producers.with(p);
                vec![spec::Action::ProducerJoin(p), spec::Action::ConsumerStart]
            }
            At::OpenAgain if next.consumers.get(1) == Some(&Consumer::Away) => {
                next.consumers.set(1, Interned::new(consumer));
                vec![spec::Action::ConsumerStart]
            }
            _ => return None,
        };
        let before = (next.memory, next.stands_for);
        Some(self.effect(before, next.memory.get().clone(), spec, Ok(done)))
    }

    /// A producer makes another, in one access.
    pub(super) fn join(&self, next: &mut SystemState, by: u8, who: u8) -> Option<Effect> {
        let mut from = *next.producers.part(by)?;
        if self.environment.spurious_wakeups {
            from.wake();
        }
        let may = next.producers.get(usize::from(who)) == Some(&Producer::Away);
        if !from.is_idle() || !may {
            return None;
        }
        next.producers.set(by, Interned::new(from));
        let (mut memory, mut spec) = (next.memory.get().clone(), *next.stands_for);
        let mut counting = Counting::new(&mut memory);
        let joined = join(&mut counting);
        let trouble = trouble(&joined, counting.accesses());
        if trouble.is_none() {
            next.producers.set(who, Interned::new(from));
            spec.producers = spec.producers.with(who);
        }
        let done = trouble.map_or_else(|| Ok(vec![spec::Action::ProducerJoin(who)]), Err);
        Some(self.effect((next.memory, next.stands_for), memory, spec, done))
    }

    /// The step of a producer, other than to make one.
    pub(super) fn produce(&self, next: &mut Local<Producer>, at: At) -> Option<Done> {
        let load = next.load;
        let producer = &mut next.thread;
        if self.environment.spurious_wakeups {
            producer.wake();
        }
        let may_leave = self.may_leave(producer);
        match (&mut *producer, at) {
            (Producer::Here { state, doing: doing @ Pushing::Nothing }, At::Push(_)) => {
                let push = Push::new(state, load?, self.environment.on_full());
                *doing = Pushing::Push(push);
                self.push(next, at)
            }
            (Producer::Here { doing: Pushing::Push(_), .. }, At::Push(_)) => self.push(next, at),
            (
                Producer::Here { doing: Pushing::Nothing, .. } | Producer::Finished,
                At::Leave(LeavePlace::Count),
            ) if may_leave => {
                *producer = Producer::Leaving(Leave::new());
                Self::leave(next, at)
            }
            (Producer::Leaving(_), At::Leave(_)) => Self::leave(next, at),
            (Producer::Away, At::Upgrade(UpgradePlace::Look)) if self.environment.weak => {
                *producer = Producer::Upgrading(Upgrade::new());
                self.upgrade(next, at)
            }
            (Producer::Upgrading(_), At::Upgrade(_)) => self.upgrade(next, at),
            _ => None,
        }
    }

    /// A step of a weak producer that becomes one.
    fn upgrade(&self, next: &mut Local<Producer>, at: At) -> Option<Done> {
        let p = next.number;
        let Producer::Upgrading(upgrade) = &mut next.thread else { return None };
        if At::from(upgrade.at()) != at {
            return None;
        }
        let mut memory = Counting::new(&mut next.memory);
        let result = upgrade.step(&mut memory);
        if let Some(trouble) = trouble(&result, memory.accesses()) {
            return Some(Err(trouble));
        }
        let Ok(Step { flow, .. }) = result else { return None };
        match flow {
            ControlFlow::Continue(()) => Some(Ok(Vec::new())),
            ControlFlow::Break(false) => {
                next.thread = Producer::Gone;
                Some(Ok(Vec::new()))
            }
            ControlFlow::Break(true) => {
                // What a weak handle knows is what the queue was like when it was made.
                let state = ProducerState::new(self.config, 0, self.environment.start());
                next.thread = Producer::Here { state, doing: Pushing::Nothing };
                next.stands_for.producers = next.stands_for.producers.with(p);
                Some(Ok(vec![spec::Action::ProducerJoin(p)]))
            }
        }
    }

    /// A step of a push.
    fn push(&self, next: &mut Local<Producer>, at: At) -> Option<Done> {
        let producer = &mut next.thread;
        let Producer::Here { state, doing } = producer else { return None };
        let Pushing::Push(push) = doing else { return None };
        if At::from(push.at()) != at {
            return None;
        }
        let mut memory = Counting::new(&mut next.memory);
        let mut result = Fault::after_push(self.environment.fault, push.step(state, &mut memory));
        if self.environment.misuse == Some(Misuse::TwoAccesses) && at == At::Push(PushPlace::Write)
        {
            result = push.step(state, &mut memory);
        }
        if let Some(trouble) = trouble(&result, memory.accesses()) {
            return Some(Err(trouble));
        }
        let Ok(Step { linearised, flow }) = result else { return None };
        if self.environment.on_full() == OnFull::Report
            && flow == ControlFlow::Break(Pushed::Full)
            && !next.stands_for.is_full()
        {
            return Some(Err(Trouble::Refused));
        }
        match flow {
            ControlFlow::Break(Pushed::Closed) => *producer = Producer::Finished,
            ControlFlow::Break(Pushed::Asleep) => *doing = Pushing::Asleep,
            ControlFlow::Break(_) => *doing = Pushing::Nothing,
            ControlFlow::Continue(()) => {}
        }
        Some(Ok(take_effect(&mut next.stands_for, linearised, next.number)))
    }

    /// A step of a leaving producer.
    fn leave(next: &mut Local<Producer>, at: At) -> Option<Done> {
        let p = next.number;
        let producer = &mut next.thread;
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
    pub(super) fn consume(&self, next: &mut Local<Consumer>, at: At) -> Option<Done> {
        let environment = self.environment;
        let consumer = &mut next.thread;
        if environment.spurious_wakeups {
            consumer.wake();
        }
        let Consumer::Here { state, doing, dropping, .. } = consumer else { return None };
        let begin = ClosePlace::Head;
        match (&mut *doing, at) {
            (Popping::Nothing, At::Pop(_)) => {
                let haul = Haul::with_room(environment.batch.get());
                *doing = Popping::Pop {
                    pop: Pop::new(haul, self.on_empty(*dropping)),
                    left: Buffer::default(),
                };
                self.pop(next, at)
            }
            (Popping::Pop { .. }, At::Pop(_)) => self.pop(next, at),
            (Popping::Nothing, At::Close(place))
                if place == begin && environment.closes && !state.tail().is_closed() =>
            {
                *doing = Popping::Close(Close::new());
                Self::close(next, at)
            }
            (Popping::Nothing | Popping::Told, At::Drop(place))
                if place == begin && environment.stops && !*dropping =>
            {
                *doing = Popping::Close(Close::new());
                *dropping = true;
                Self::close(next, at)
            }
            (Popping::Close(_), At::Close(_) | At::Drop(_)) => Self::close(next, at),
            _ => None,
        }
    }

    /// What a pop does that finds nothing.
    fn on_empty(&self, dropping: bool) -> OnEmpty {
        if self.environment.sleeps && !dropping { OnEmpty::Sleep } else { OnEmpty::Report }
    }

    /// A step of a pop.
    fn pop(&self, next: &mut Local<Consumer>, at: At) -> Option<Done> {
        let consumer = &mut next.thread;
        let Consumer::Here { state, doing, dropping, accesses } = consumer else { return None };
        let Popping::Pop { pop, left } = doing else { return None };
        let in_vain = at == At::Pop(PopPlace::AllocateInVain);
        let place = if in_vain { At::Pop(PopPlace::Allocate) } else { at };
        if At::from(pop.at()) != place || Fault::waits(self.environment.fault, at, &next.memory) {
            return None;
        }
        let mut memory = Counting::new(&mut next.memory).without_memory(in_vain);
        let result = pop.step(state, &mut memory);
        if let Some(trouble) = trouble(&result, memory.accesses()) {
            return Some(Err(trouble));
        }
        let Ok(Step { linearised, flow }) = result else { return None };
        if self.environment.counts {
            // A pop that could not set the waiter bit begins again.
            let begins_again = at == At::Pop(PopPlace::MarkHead);
            *accesses = if begins_again { 0 } else { (*accesses + 1).min(POP_ACCESSES) };
        }
        if let Some(Linearised::Dequeue(count)) = linearised {
            let leaving = next.stands_for.buffer.iter().zip(0..count);
            *left = leaving.fold(*left, |left, (message, _)| left.append(message));
        }
        let mut stops = false;
        if Fault::begins_again(self.environment.fault, at, flow) {
            *pop = Pop::new(pop.into_basket(), self.on_empty(*dropping));
        } else if let ControlFlow::Break(popped) = flow {
            let given = Fault::given(self.environment.fault, pop.into_basket().messages);
            let left = *left;
            if given != left {
                return Some(Err(Trouble::Delivered { left, given }));
            }
            *accesses = 0;
            *doing = match popped {
                Popped::Asleep => Popping::Asleep,
                Popped::Closed => Popping::Told,
                _ => Popping::Nothing,
            };
            if *dropping && may_go(popped) {
                *consumer = Consumer::Gone;
                stops = true;
            } else if popped == Popped::Closed && !self.environment.stops {
                *consumer = Consumer::Finished;
            }
        }
        let mut actions = take_effect(&mut next.stands_for, linearised, next.number);
        if stops {
            next.stands_for.consumer_active -= 1;
            actions.push(spec::Action::ConsumerStop);
        }
        Some(Ok(actions))
    }

    /// A step of a closing consumer.
    fn close(next: &mut Local<Consumer>, at: At) -> Option<Done> {
        let consumer = &mut next.thread;
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
}

/// What a step does to the spec's state where it takes effect, and the actions of that.
fn take_effect(spec: &mut State, linearised: Option<Linearised>, p: u8) -> Vec<spec::Action> {
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
        Some(Linearised::Shrink) => {
            vec![spec::Action::ConsumerShrink, spec::Action::ConsumerResizeComplete]
        }
    }
}

fn trouble<T>(result: &Result<T, Violation>, accesses: u32) -> Option<Trouble> {
    match result {
        Err(violation) => Some(Trouble::Memory(*violation)),
        Ok(_) => (accesses != 1).then_some(Trouble::Accesses(accesses)),
    }
}
