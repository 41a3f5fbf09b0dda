//! The queue's steps over plain memory, in every order, against the abstract queue at each step.

use std::collections::{HashSet, VecDeque};
use std::ops::ControlFlow;

use mitregate::impls::mpsc_queue::Config;
use mitregate::impls::mpsc_queue::algorithm::{
    ConsumerState, Fault, Linearised, OnEmpty, OnFull, Pop, Popped, ProducerState, Push, Pushed,
};
use mitregate::models::mpsc_queue::memory::PlainMemory;

type Message = (usize, u8);

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Producer {
    state: ProducerState<u8>,
    push: Option<Push<Option<Message>>>,
    next: u8,
    last: u8,
    asleep: bool,
}

#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct Consumer {
    state: ConsumerState<u8>,
    pop: Option<Pop<u8, Option<Message>>>,
    left: u8,
    asleep: bool,
}

/// The queue, and beside it what it should be.
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
struct World {
    memory: PlainMemory<Message>,
    producers: Vec<Producer>,
    consumer: Consumer,
    queue: VecDeque<Message>,
    leaving: VecDeque<Message>,
    capacity: u64,
    config: Config,
    on_full: OnFull,
    on_empty: OnEmpty,
}

#[derive(Clone, Copy)]
struct Scenario {
    config: (usize, usize),
    start: u64,
    each: &'static [u8],
    pops: u8,
    sleepy: bool,
}

fn world(scenario: Scenario, fault: Option<Fault>) -> World {
    let config = Config::elastic(scenario.config.0, scenario.config.1).unwrap();
    let state = ProducerState::new(config, 0, scenario.start);
    let producer = |&last: &u8| Producer { state, push: None, next: 0, last, asleep: false };
    World {
        memory: PlainMemory::new(config, scenario.start, fault),
        producers: scenario.each.iter().map(producer).collect(),
        consumer: Consumer {
            state: ConsumerState::new(config, 0, scenario.start),
            pop: None,
            left: scenario.pops,
            asleep: false,
        },
        queue: VecDeque::new(),
        leaving: VecDeque::new(),
        capacity: config.capacity_of(0),
        config,
        on_full: if scenario.sleepy { OnFull::Sleep } else { OnFull::Drop },
        on_empty: if scenario.sleepy { OnEmpty::Sleep } else { OnEmpty::Report },
    }
}

impl World {
    /// One step of a producer. `None` if it has nothing to do.
    fn produce(&mut self, who: usize) -> Result<Option<()>, String> {
        let producer = &mut self.producers[who];
        if producer.asleep || producer.push.is_none() && producer.next == producer.last {
            return Ok(None);
        }
        let message = (who, producer.next);
        let (state, memory) = (&mut producer.state, &mut self.memory);
        let on_full = self.on_full;
        let mut push = producer
            .push
            .take()
            .unwrap_or_else(|| Push::new(state, memory, Some(message), on_full));
        let step = push.step(state, memory).map_err(|violation| violation.to_string())?;
        match step.linearised {
            Some(Linearised::Enqueue(1)) => {
                if self.queue.len() as u64 >= self.capacity {
                    return Err("accepted by a full queue".into());
                }
                self.queue.push_back(message);
            }
            Some(Linearised::Drop) if (self.queue.len() as u64) < self.capacity => {
                return Err("refused by a queue that is not full".into());
            }
            _ => {}
        }
        match step.flow {
            ControlFlow::Continue(()) => producer.push = Some(push),
            ControlFlow::Break(Pushed::Asleep) => producer.asleep = true,
            ControlFlow::Break(Pushed::Asked) => {}
            ControlFlow::Break(_) => producer.next += 1,
        }
        Ok(Some(()))
    }

    /// One step of the consumer. `None` if it has nothing to do.
    fn consume(&mut self) -> Result<Option<()>, String> {
        let consumer = &mut self.consumer;
        if consumer.asleep || consumer.pop.is_none() && consumer.left == 0 {
            return Ok(None);
        }
        let on_empty = self.on_empty;
        let mut pop = consumer.pop.take().unwrap_or_else(|| Pop::new(None, on_empty));
        let step = pop.step(&mut consumer.state, &mut self.memory).map_err(|v| v.to_string())?;
        match step.linearised {
            Some(Linearised::Dequeue(1)) => {
                let first = self.queue.pop_front().ok_or("took from an empty queue")?;
                self.leaving.push_back(first);
            }
            Some(Linearised::Resize) => {
                if 2 * self.queue.len() as u64 <= self.capacity {
                    return Err("grew while not more than half full".into());
                }
                self.capacity = self.config.capacity_of(self.memory.tail().generation());
            }
            _ => {}
        }
        match step.flow {
            ControlFlow::Continue(()) => consumer.pop = Some(pop),
            ControlFlow::Break(popped) => {
                let message = pop.into_basket();
                if message != self.leaving.pop_front() {
                    return Err(format!("took {message:?} out of order"));
                }
                match popped {
                    Popped::Asleep => consumer.asleep = true,
                    // In scenarios with sleep, waiting costs nothing, or the end would depend on it.
                    Popped::Taken(_) => consumer.left -= 1,
                    _ if self.on_empty == OnEmpty::Report => consumer.left -= 1,
                    _ => {}
                }
            }
        }
        Ok(Some(()))
    }

    fn step(&self, who: usize) -> Result<Option<Self>, String> {
        let mut next = self.clone();
        let stepped = match who.checked_sub(1) {
            Some(who) => next.produce(who)?,
            None => next.consume()?,
        };
        if stepped.is_none() {
            return Ok(None);
        }
        let woken = next.memory.take_woken();
        next.consumer.asleep &= !woken.consumer;
        for producer in &mut next.producers {
            producer.asleep &= !woken.producers;
        }
        next.check()?;
        Ok(Some(next))
    }

    fn check(&self) -> Result<(), String> {
        let rings = self.memory.live_rings();
        if self.memory.len() != self.queue.len() as u64 || self.memory.capacity() != self.capacity {
            return Err("head, tail or capacity is not that of the abstract queue".into());
        }
        if rings.len() > 2 {
            return Err(format!("there are rings {rings:?} at once"));
        }
        for (slot, expected) in self.memory.messages().into_iter().zip(&self.queue) {
            if slot.is_some_and(|message| message != expected) {
                return Err(format!("{slot:?} stands where {expected:?} should"));
            }
        }
        Ok(())
    }

    /// When nobody can go on: everybody is done, and what is left can be taken.
    fn check_end(&self) -> Result<(), String> {
        let mut end = self.clone();
        if self.on_full == OnFull::Sleep {
            let waits =
                end.producers.iter().any(|producer| producer.asleep) && end.consumer.left > 0;
            if waits || end.consumer.asleep && !end.queue.is_empty() {
                return Err("somebody sleeps and will not be woken".into());
            }
        }
        end.consumer.asleep = false;
        end.on_empty = OnEmpty::Report;
        while !end.queue.is_empty() {
            let before = end.queue.len();
            end.consumer.left = 1;
            while end.consume()?.is_some() {}
            if end.queue.len() == before {
                return Err("messages are stuck".into());
            }
        }
        Ok(())
    }
}

/// How many states there are, or what is wrong in one of them.
fn explore(scenario: Scenario, fault: Option<Fault>) -> Result<usize, String> {
    let first = world(scenario, fault);
    let mut seen = HashSet::from([first.clone()]);
    let mut queue = VecDeque::from([first]);
    while let Some(world) = queue.pop_front() {
        let mut is_end = true;
        for who in 0..=world.producers.len() {
            if let Some(next) = world.step(who)? {
                is_end = false;
                if !seen.contains(&next) {
                    seen.insert(next.clone());
                    queue.push_back(next);
                }
            }
        }
        if is_end {
            world.check_end()?;
        }
    }
    Ok(seen.len())
}

const ONE: Scenario = Scenario { config: (1, 4), start: 0, each: &[4], pops: 4, sleepy: false };
const FIXED: Scenario =
    Scenario { config: (2, 2), start: 0, each: &[2, 2], pops: 3, sleepy: false };
const GROWING: Scenario =
    Scenario { config: (1, 4), start: 0, each: &[2, 2], pops: 3, sleepy: false };
const THREE: Scenario =
    Scenario { config: (1, 2), start: 0, each: &[1, 1, 1], pops: 3, sleepy: false };
const SLEEPY: Scenario =
    Scenario { config: (1, 2), start: 0, each: &[2, 2], pops: 4, sleepy: true };
const SLEEPY_FIXED: Scenario =
    Scenario { config: (1, 1), start: 0, each: &[2, 1], pops: 3, sleepy: true };

#[test]
fn every_order_of_steps_is_the_abstract_queue() {
    for (name, scenario) in [
        ("one", ONE),
        ("fixed", FIXED),
        ("growing", GROWING),
        ("growing across the wrap", Scenario { start: 1_u64.wrapping_neg(), ..GROWING }),
        ("three", THREE),
        ("sleepy", SLEEPY),
        ("sleepy and fixed", SLEEPY_FIXED),
    ] {
        let states = explore(scenario, None).unwrap_or_else(|what| panic!("{name}: {what}"));
        println!("{name}: {states} states");
        assert!(states > 100, "{name} has {states} states");
    }
}

#[test]
fn every_fault_is_found() {
    let scenarios = [ONE, FIXED, THREE, GROWING, SLEEPY_FIXED, SLEEPY];
    for fault in Fault::ALL {
        let found = scenarios.iter().find_map(|&scenario| explore(scenario, Some(fault)).err());
        println!("{fault:?}: {}", found.as_deref().unwrap_or("nothing"));
        assert!(found.is_some(), "{fault:?} does no harm");
    }
}
