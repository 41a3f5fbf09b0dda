//! The queue that ships and its model are the same code: compared from every reachable state of small models, and
//! on long random sequences.

mod common;

use std::collections::VecDeque;

use fastrand::Rng;
use mitregate::check::Model;
use mitregate_models::mpsc_queue::System;
use mitregate_models::mpsc_queue::faulty::FaultyMemory;
use mitregate_models::mpsc_queue::memory::{PlainMemory, RingName};
use mitregate_models::mpsc_queue::places::{At, ClosePlace, LeavePlace, Thread, UpgradePlace};
use mitregate_models::mpsc_queue::spec::Message;
use mitregate_models::mpsc_queue::system::Action;
use mitregate_models::mpsc_queue::threads::{Consumer, Popping, Producer, Pushing, SystemState};
use mitregate_mpsc_queue::algorithm::{
    Batch, Cargo as _, ConsumerState, Generation, Memory, OnEmpty, OnFull, Popped, ProducerState,
    Pushed, Word, join, run,
};
use mitregate_mpsc_queue::{
    Config, Consumer as RealConsumer, Producer as RealProducer, TryPopError, TryPushError,
    channel_starting_at,
};

use common::queue::{system, visit};

/// Has a thread go on alone until its operation ends, in the model.
fn alone(system: &System, mut state: SystemState, mut action: Action) -> SystemState {
    loop {
        state = system.next_state(&state, action).unwrap();
        assert_eq!(state.trouble(), None);
        let at = match action.thread {
            Thread::Producer(p) => state.producers[usize::from(p)].at(),
            Thread::Consumer(c) => state.consumers[usize::from(c)].at(),
            Thread::Maker => None,
        };
        match at {
            Some(at) => action.at = at,
            None => return state,
        }
    }
}

/// The memory after whoever was woken went on, as the model keeps it.
fn settled(mut memory: FaultyMemory) -> FaultyMemory {
    memory.take_woken();
    memory
}

#[derive(Default)]
struct Compared {
    pushes: usize,
    pops: usize,
    joins: usize,
    leaves: usize,
    closes: usize,
    upgrades: usize,
}

fn compare_push(system: &System, state: &SystemState, p: u8, action: Action) {
    let Producer::Here { state: own, .. } = &state.producers[usize::from(p)] else { panic!() };
    let mut load = system.next_load(state, p).unwrap();
    let mut messages: VecDeque<Message> = std::iter::from_fn(|| load.take()).collect();
    let count = messages.len();
    let on_full = system.environment.on_full();
    let (mut own, mut memory) = (*own, state.memory.get().clone());
    let (pushed, left) = if system.environment.batch.get() == 1 {
        let message = messages.pop_front();
        let (pushed, rest) = run::push(&mut own, &mut memory, message, on_full).unwrap();
        (pushed, rest.iter().len())
    } else {
        let (pushed, rest) = run::push(&mut own, &mut memory, &mut messages, on_full).unwrap();
        (pushed, rest.len())
    };
    let after = alone(system, state.clone(), action);
    assert_eq!(settled(memory), *after.memory);
    let sent = |state: &SystemState| state.stands_for.sent[usize::from(p)];
    let dropped = after.stands_for.messages_dropped - state.stands_for.messages_dropped;
    let accepted = after.stands_for.head - state.stands_for.head;
    match &after.producers[usize::from(p)] {
        Producer::Here { state, doing } => {
            assert_eq!(*state, own);
            assert_eq!(*doing == Pushing::Asleep, pushed == Pushed::Asleep);
        }
        other => assert_eq!(*other, Producer::Finished),
    }
    let expected = match pushed {
        Pushed::Accepted(count) => (count, 0),
        Pushed::Full if on_full == OnFull::Drop => (0, 1),
        Pushed::Full | Pushed::Closed | Pushed::Asleep | Pushed::Asked => (0, 0),
    };
    assert_eq!((u64::from(accepted), dropped), expected);
    assert_eq!(usize::from(accepted), count - left);
    assert_eq!(sent(&after) - sent(state), accepted + dropped);
}

fn compare_pop(system: &System, state: &SystemState, action: Action) {
    let Consumer::Here { state: own, dropping, .. } = &state.consumers[0] else { panic!() };
    let sleeps = system.environment.sleeps && !dropping;
    let on_empty = if sleeps { OnEmpty::Sleep } else { OnEmpty::Report };
    let (mut own, mut memory) = (*own, state.memory.get().clone());
    let (popped, messages) = if system.environment.batch.get() == 1 {
        let (popped, message) = run::pop(&mut own, &mut memory, None, on_empty).unwrap();
        (popped, message.into_iter().collect())
    } else {
        let mut messages = Vec::new();
        let basket = Batch::new(&mut messages, system.environment.batch.get().into());
        let (popped, _) = run::pop(&mut own, &mut memory, basket, on_empty).unwrap();
        (popped, messages)
    };
    let after = alone(system, state.clone(), action);
    assert_eq!(settled(memory), *after.memory);
    let taken = after.stands_for.tail - state.stands_for.tail;
    assert_eq!(popped == Popped::Taken(taken.into()), taken > 0);
    let left = state.stands_for.buffer.iter().take(taken.into());
    assert_eq!(messages, left.collect::<Vec<_>>());
    let doing = match &after.consumers[0] {
        Consumer::Here { state, doing, .. } => {
            assert_eq!(*state, own);
            Some(doing)
        }
        _ => None,
    };
    assert_eq!(popped == Popped::Asleep, doing == Some(&Popping::Asleep));
    let is_empty = state.stands_for.buffer.is_empty();
    assert!(popped != Popped::Empty || is_empty);
    assert!(popped != Popped::Pending || !is_empty);
}

/// From one state: the shipped function of each operation that can begin, run alone, against the model's steps.
fn compare(system: &System, state: &SystemState, compared: &mut Compared) {
    let mut actions = Vec::new();
    system.actions(state, &mut actions);
    for action in actions {
        match (action.thread, action.at) {
            (Thread::Producer(p), At::Push(_)) if state.producers[usize::from(p)].is_idle() => {
                compare_push(system, state, p, action);
                compared.pushes += 1;
            }
            (Thread::Consumer(0), At::Pop(_)) if state.consumers[0].is_idle() => {
                compare_pop(system, state, action);
                compared.pops += 1;
            }
            (Thread::Producer(_), At::Join(_)) => {
                let mut memory = state.memory.get().clone();
                join::<Message, _>(&mut memory).unwrap();
                assert_eq!(memory, *alone(system, state.clone(), action).memory);
                compared.joins += 1;
            }
            (Thread::Producer(_), At::Leave(LeavePlace::Count)) => {
                let mut memory = state.memory.get().clone();
                run::leave::<Message, _>(&mut memory).unwrap();
                assert_eq!(settled(memory), *alone(system, state.clone(), action).memory);
                compared.leaves += 1;
            }
            (Thread::Producer(_), At::Upgrade(UpgradePlace::Look)) => {
                let mut memory = state.memory.get().clone();
                let is_counted = run::upgrade::<Message, _>(&mut memory).unwrap();
                let after = alone(system, state.clone(), action);
                assert_eq!(settled(memory), *after.memory);
                let joined = after.producers.iter().filter(|it| it.is_idle()).count();
                let before = state.producers.iter().filter(|it| it.is_idle()).count();
                assert_eq!(joined > before, is_counted);
                compared.upgrades += 1;
            }
            (Thread::Consumer(0), At::Close(ClosePlace::Head) | At::Drop(ClosePlace::Head)) => {
                let Consumer::Here { state: own, .. } = &state.consumers[0] else { panic!() };
                let (mut own, mut memory) = (*own, state.memory.get().clone());
                run::close::<Message, _>(&mut own, &mut memory).unwrap();
                let after = alone(system, state.clone(), action);
                assert_eq!(settled(memory), *after.memory);
                let Consumer::Here { state, .. } = &after.consumers[0] else { panic!() };
                assert_eq!(*state, own);
                compared.closes += 1;
            }
            _ => {}
        }
    }
}

#[test]
fn the_shipped_functions_do_what_the_models_steps_do() {
    let mut compared = Compared::default();
    for scenario in [
        "two_by_two",
        "three_from_two",
        "wrapping",
        "come_and_go",
        "weak_producers",
        "shrinking_twice",
        "sleeping_and_closing",
        "tasks",
        "batches",
    ] {
        let system = system(scenario);
        visit(&system, |state, _| compare(&system, state, &mut compared));
    }
    let Compared { pushes, pops, joins, leaves, closes, upgrades } = compared;
    println!(
        "{pushes} pushes, {pops} pops, {joins} joins, {leaves} leaves, {closes} closes, {upgrades} upgrades"
    );
    assert!([pushes, pops, leaves, closes].into_iter().all(|count| count > 1_000));
    assert!(joins > 20 && upgrades > 100);
}

#[test]
fn every_step_is_one_access_and_two_would_be_noticed() {
    use mitregate_models::mpsc_queue::environment::Misuse;
    use mitregate_models::mpsc_queue::threads::Trouble;
    visit(&system("closing"), |state, _| assert_eq!(state.trouble(), None));
    let mut twice = system("two_by_two");
    twice.environment.misuse = Some(Misuse::TwoAccesses);
    let mut noticed = false;
    visit(&twice, |state, _| noticed |= state.trouble() == Some(Trouble::Accesses(2)));
    assert!(noticed);
}

/// The real queue, and the algorithm over plain memory.
struct Both {
    producers: Vec<(RealProducer<u64>, ProducerState<RingName>)>,
    consumer: (RealConsumer<u64>, ConsumerState<RingName>),
    memory: PlainMemory<u64>,
    next: u64,
}

impl Both {
    fn new(config: Config, start: u64) -> Both {
        let (producer, consumer) = channel_starting_at(config, start).unwrap();
        let word = Word::new(start, Generation::FIRST);
        Both {
            producers: vec![(producer, ProducerState::new(config, 0, word))],
            consumer: (consumer, ConsumerState::new(config, 0, word)),
            memory: PlainMemory::new(config, word),
            next: 0,
        }
    }

    fn step(&mut self, random: &mut Rng) {
        let who = random.usize(..self.producers.len());
        match random.u8(..20) {
            0..=8 => self.push(who),
            9..=15 => self.pop(),
            16 => self.push_many(who, random.u64(..5)),
            17 => self.pop_many(random.usize(1..=4)),
            18 if self.producers.len() < 4 => {
                let (real, plain) = &self.producers[who];
                let clone = (real.clone(), *plain);
                join(&mut self.memory).unwrap();
                self.producers.push(clone);
            }
            _ if self.producers.len() > 1 => {
                self.producers.swap_remove(who);
                run::leave(&mut self.memory).unwrap();
            }
            _ => {}
        }
        let (real, memory) = (&self.consumer.0, &self.memory);
        assert_eq!((real.len() as u64, real.capacity() as u64), (memory.len(), memory.capacity()));
        assert_eq!(real.generation(), memory.tail().generation().number());
        assert_eq!(real.stats().dropped, memory.dropped());
        assert_eq!(real.is_closed(), memory.head().is_closed());
    }

    fn push(&mut self, who: usize) {
        self.next += 1;
        let (real, plain) = &mut self.producers[who];
        let pushed = run::push(plain, &mut self.memory, Some(self.next), OnFull::Drop).unwrap().0;
        let expected = match pushed {
            Pushed::Accepted(_) => Ok(()),
            Pushed::Full => Err(TryPushError::Full(self.next)),
            _ => Err(TryPushError::Closed(self.next)),
        };
        assert_eq!(real.try_push(self.next), expected);
    }

    fn push_many(&mut self, who: usize, count: u64) {
        let mut messages: VecDeque<u64> = (self.next + 1..=self.next + count).collect();
        self.next += count;
        if count == 0 {
            return;
        }
        let (real, plain) = &mut self.producers[who];
        let mut rest = messages.clone();
        let (pushed, _) = run::push(plain, &mut self.memory, &mut rest, OnFull::Report).unwrap();
        let expected = match pushed {
            Pushed::Accepted(count) => Ok(usize::try_from(count).unwrap()),
            Pushed::Full => Err(TryPushError::Full(())),
            _ => Err(TryPushError::Closed(())),
        };
        assert_eq!(real.try_push_many(&mut messages), expected);
        assert_eq!(messages, rest);
    }

    fn pop(&mut self) {
        let (real, plain) = &mut self.consumer;
        let (popped, message) = run::pop(plain, &mut self.memory, None, OnEmpty::Report).unwrap();
        let expected = message.ok_or(why_not(popped));
        assert_eq!(real.try_pop(), expected);
    }

    fn pop_many(&mut self, most: usize) {
        let (real, plain) = &mut self.consumer;
        let limit = most.min(real.len().max(1));
        let mut expected = Vec::new();
        let batch = Batch::new(&mut expected, limit);
        let (popped, _) = run::pop(plain, &mut self.memory, batch, OnEmpty::Report).unwrap();
        let mut messages = Vec::new();
        match real.try_pop_many(&mut messages, most) {
            Ok(count) => assert_eq!(count, expected.len()),
            Err(error) => assert_eq!(error, why_not(popped)),
        }
        assert_eq!(messages, expected);
    }
}

fn why_not(popped: Popped) -> TryPopError {
    match popped {
        Popped::Closed => TryPopError::Closed,
        Popped::Pending | Popped::Taken(_) => TryPopError::Pending,
        Popped::Empty | Popped::Asleep => TryPopError::Empty,
    }
}

#[test]
fn the_real_queue_and_the_plain_one_agree_on_random_sequences() {
    let mut random = Rng::with_seed(1);
    let mut rings = 0;
    for (initial, most, factor, patience) in [
        (1, 1, 2, 0),
        (1, 64, 2, 0),
        (2, 16, 4, 0),
        (8, 8, 2, 0),
        (4, 1024, 2, 0),
        (1, 8, 2, 1),
        (2, 16, 4, 3),
        (4, 256, 2, 8),
    ] {
        for start in [0, 3_u64.wrapping_neg(), 1 << 40] {
            let config = Config::new(initial, most, factor).unwrap().shrink_after(patience);
            let mut both = Both::new(config, start);
            for _ in 0..20_000 {
                both.step(&mut random);
            }
            rings += u64::from(both.memory.newest_ring());
            let (real, plain) = &mut both.consumer;
            real.close();
            run::close::<u64, _>(plain, &mut both.memory).unwrap();
            for _ in 0..3_000 {
                both.pop();
                both.push(0);
            }
            assert_eq!(both.consumer.0.try_pop(), Err(TryPopError::Closed));
        }
    }
    assert!(rings > 100, "{rings}");
}

/// A push of one message, which is accepted.
fn push_one(producer: &mut ProducerState<RingName>, memory: &mut PlainMemory<u64>, message: u64) {
    let (pushed, _) = run::push(producer, memory, Some(message), OnFull::Drop).unwrap();
    assert_eq!(pushed, Pushed::Accepted(1));
}

/// A pop that takes a message.
fn pop_one(consumer: &mut ConsumerState<RingName>, memory: &mut PlainMemory<u64>) -> u64 {
    let (_, message) = run::pop(consumer, memory, None, OnEmpty::Report).unwrap();
    message.unwrap()
}

/// Rings are numbered by eight bits. A producer that remembers one, and sleeps until a ring of the same size has the same
/// number, does not take one for the other: plain memory notices if it touches a ring that was freed.
#[test]
fn a_producer_that_sleeps_through_256_rings_finds_the_one_that_is_there() {
    let config = Config::elastic(2, 4).unwrap().shrink_after(1);
    let start = Word::new(0, Generation::FIRST);
    let mut memory = PlainMemory::new(config, start);
    let mut busy = ProducerState::new(config, 0, start);
    let mut consumer = ConsumerState::new(config, 0, start);
    let mut came_again = 0;
    let mut sleeper = busy;
    let mut before = None;
    for round in 0..600 {
        // To the larger ring: with two in the queue it is announced, with two more the head is turned.
        for message in [1, 2] {
            push_one(&mut busy, &mut memory, message);
        }
        assert_eq!(pop_one(&mut consumer, &mut memory), 1);
        for message in [3, 4] {
            push_one(&mut busy, &mut memory, message);
        }
        if round % 128 == 0 {
            assert_eq!(pop_one(&mut consumer, &mut memory), 2);
            let generation = memory.head().generation();
            assert_eq!(generation.level(), 1);
            came_again += u32::from(before == Some(generation));
            before = Some(generation);
            push_one(&mut sleeper, &mut memory, 5);
            while pop_one(&mut consumer, &mut memory) != 5 {}
        } else {
            while pop_one(&mut consumer, &mut memory) != 4 {}
        }
        // And back.
        while memory.capacity() == 4 {
            push_one(&mut busy, &mut memory, 6);
            assert_eq!(pop_one(&mut consumer, &mut memory), 6);
        }
        push_one(&mut busy, &mut memory, 7);
        assert_eq!(pop_one(&mut consumer, &mut memory), 7);
    }
    assert!(came_again > 2, "the number of a ring came again {came_again} times");
}

/// A producer that rests while positions go more than half of the way around takes nothing that it remembers for new.
#[test]
fn a_producer_that_rests_for_long_is_not_misled() {
    // One message is pushed before it wakes; with 2^48 in all it would be misled, as the documentation says.
    for messages in [1 << 46, (1 << 47) + 5, (1 << 48) - 2, (1 << 48) - 9] {
        for full in [false, true] {
            let config = Config::fixed(2).unwrap();
            let start = Word::new(7, Generation::FIRST);
            let now = start.advanced(messages);
            let mut memory = PlainMemory::new(config, now);
            // It remembers an empty queue, or one that was full.
            let mut rests = ProducerState::new(config, 0, start);
            let mut busy = ProducerState::new(config, 0, now);
            if full {
                let mut before = PlainMemory::new(config, start);
                for message in [1, 2] {
                    push_one(&mut rests, &mut before, message);
                }
                let last = run::push(&mut rests, &mut before, Some(3), OnFull::Report).unwrap();
                assert_eq!(last.0, Pushed::Full);
            }
            push_one(&mut busy, &mut memory, 1);
            push_one(&mut rests, &mut memory, 2);
            let last = run::push(&mut rests, &mut memory, Some(3), OnFull::Report).unwrap();
            assert_eq!(last.0, Pushed::Full, "{messages}");
            let mut consumer = ConsumerState::new(config, 0, now);
            assert_eq!([(); 2].map(|()| pop_one(&mut consumer, &mut memory)), [1, 2]);
        }
    }
}

/// Memory that ships never refuses; the loop that runs an operation to its end stops if plain memory does.
#[test]
fn a_refused_access_ends_an_operation() {
    let config = Config::fixed(1).unwrap();
    let start = Word::new(0, Generation::FIRST);
    let mut memory: PlainMemory<u64> = PlainMemory::new(config, start);
    memory.free(0).unwrap();
    let mut producer = ProducerState::new(config, 0, start);
    let refused = run::push(&mut producer, &mut memory, Some(1), OnFull::Drop);
    assert!(refused.is_err());
}
