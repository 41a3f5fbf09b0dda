//! The real queue's steps, in every order, against a bounded queue that grows, with Stateright's tester of
//! linearizability: the history of calls and returns is part of what is explored.
//!
//! Growing is an operation of its own, within the pop that does it: it is called before the larger
//! ring is made and returns after it was announced. So a push that is refused meanwhile may have been refused
//! by either capacity, and one that is refused after it, by the larger one only. A pop that says "pending" claims that
//! the queue is not empty.

mod common;

use std::collections::{HashSet, VecDeque};

use mitregate::check::Model;
use mitregate_models::mpsc_queue::faulty::Fault;
use mitregate_models::mpsc_queue::places::{At, PopPlace, PushPlace, Thread};
use mitregate_models::mpsc_queue::spec::Message;
use mitregate_models::mpsc_queue::system::Action;
use mitregate_models::mpsc_queue::threads::{Consumer, Popping, SystemState};
use mitregate_models::mpsc_queue::{Environment, System};
use stateright::semantics::{ConsistencyTester, LinearizabilityTester, SequentialSpec};

use common::queue::constants;

/// What a bounded queue does, one operation after the other.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Bounded {
    messages: VecDeque<Message>,
    capacity: usize,
    most: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Op {
    Push(Message),
    Pop,
    Grow,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Ret {
    Pushed,
    Full,
    Popped(Message),
    Empty,
    Pending,
    Grown,
}

impl SequentialSpec for Bounded {
    type Op = Op;
    type Ret = Ret;

    fn invoke(&mut self, op: &Op) -> Ret {
        match op {
            Op::Push(_) if self.messages.len() >= self.capacity => Ret::Full,
            Op::Push(message) => {
                self.messages.push_back(*message);
                Ret::Pushed
            }
            Op::Pop => self.messages.pop_front().map_or(Ret::Empty, Ret::Popped),
            Op::Grow => {
                self.capacity = (2 * self.capacity).min(self.most);
                Ret::Grown
            }
        }
    }

    fn is_valid_step(&mut self, op: &Op, ret: &Ret) -> bool {
        match (op, ret) {
            (Op::Pop, Ret::Pending) => !self.messages.is_empty(),
            (Op::Grow, _) if 2 * self.messages.len() <= self.capacity => false,
            _ => self.invoke(op) == *ret,
        }
    }
}

/// Who calls; growth is called by nobody else at the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Caller {
    Producer(u8),
    Consumer,
    Growth,
}

type Tester = LinearizabilityTester<Caller, Bounded>;

/// The system, and the history of calls and returns.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct History {
    system: SystemState,
    tester: Tester,
    pops: u8,
}

struct Recorded {
    system: System,
    pops: u8,
}

impl Recorded {
    fn new(config: &str, fault: Option<Fault>, pops: u8) -> Recorded {
        let constants = constants(config);
        let each = constants.max_messages / u8::try_from(constants.max_producers()).unwrap();
        let environment = Environment { each: Some(each), fault, ..Environment::default() };
        Recorded { system: System::new(&constants, environment).unwrap(), pops }
    }

    fn first(&self) -> History {
        let constants = self.system.constants();
        let bounded = Bounded {
            messages: VecDeque::new(),
            capacity: constants.initial_capacity.into(),
            most: constants.max_capacity.into(),
        };
        let system = self.system.init_states().remove(0);
        History { system, tester: Tester::new(bounded), pops: self.pops }
    }

    /// The history after a step. None if the step begins a pop and there were enough.
    fn step(&self, history: &History, action: Action) -> Option<History> {
        let before = &history.system;
        let system = self.system.next_state(before, action)?;
        let mut next = History { system, ..history.clone() };
        let (caller, was, is) = match action.thread {
            Thread::Maker => return Some(next),
            Thread::Producer(p) => {
                let at = |state: &SystemState| state.producers[usize::from(p)].at();
                (Caller::Producer(p), at(before), at(&next.system))
            }
            Thread::Consumer(_) => {
                let at = |state: &SystemState| state.consumers[0].at();
                (Caller::Consumer, at(before), at(&next.system))
            }
        };
        if was.is_none() {
            match (action.thread, action.at) {
                (Thread::Producer(p), At::Push(_)) => {
                    let ordinal = before.stands_for.sent[usize::from(p)] + 1;
                    let message = Message { producer: p, ordinal };
                    next.tester.on_invoke(caller, Op::Push(message)).unwrap();
                }
                (_, At::Pop(_)) => {
                    next.pops = next.pops.checked_sub(1)?;
                    next.tester.on_invoke(caller, Op::Pop).unwrap();
                }
                _ => return Some(next),
            }
        }
        if action.at == At::Pop(PopPlace::Allocate) {
            next.tester.on_invoke(Caller::Growth, Op::Grow).unwrap();
        }
        if action.at == At::Pop(PopPlace::Announce) {
            next.tester.on_return(Caller::Growth, Ret::Grown).unwrap();
        }
        if is.is_none() {
            let ret = returned(before, action, &next.system);
            next.tester.on_return(caller, ret).unwrap();
        }
        Some(next)
    }

    /// How many histories there are, and the length of the first that is not linearizable.
    fn explore(&self) -> (usize, Option<usize>) {
        let first = self.first();
        let mut seen = HashSet::from([first.clone()]);
        let mut queue = VecDeque::from([(first, 1)]);
        while let Some((history, length)) = queue.pop_front() {
            let mut actions = Vec::new();
            self.system.actions(&history.system, &mut actions);
            for action in actions {
                let Some(next) = self.step(&history, action) else { continue };
                if next.system.trouble.is_some() || seen.contains(&next) {
                    continue;
                }
                // Between two returns nothing is decided.
                if next.tester.len() > history.tester.len() && !next.tester.is_consistent() {
                    return (seen.len(), Some(length + 1));
                }
                seen.insert(next.clone());
                queue.push_back((next, length + 1));
            }
        }
        (seen.len(), None)
    }
}

/// What an operation returns that ends with this step.
fn returned(before: &SystemState, action: Action, after: &SystemState) -> Ret {
    match action.at {
        At::Push(PushPlace::CountDropped) => Ret::Full,
        At::Push(_) => Ret::Pushed,
        At::Pop(PopPlace::StoreTail) => match &before.consumers[0] {
            Consumer::Here { doing: Popping::Pop { pop, .. }, .. } => {
                pop.into_basket().messages.iter().next().map_or(Ret::Empty, Ret::Popped)
            }
            _ => Ret::Empty,
        },
        At::Pop(_) if after.memory.is_empty() => Ret::Empty,
        _ => Ret::Pending,
    }
}

#[test]
fn every_history_is_linearizable() {
    for (config, pops) in [("two_slots.cfg", 2), ("three_by_one.cfg", 1), ("one_producer.cfg", 4)] {
        let (histories, wrong) = Recorded::new(config, None, pops).explore();
        println!("{config}, {pops} pops: {histories} histories");
        assert_eq!(wrong, None, "{config}");
        assert!(histories > 1_000, "{config}: {histories}");
    }
}

#[test]
fn a_fault_shows_in_some_history() {
    for (fault, config) in [
        (Fault::StaleFull, "two_by_two.cfg"),
        (Fault::GrowAtHalf, "room_for_two.cfg"),
        (Fault::BlindReserve, "two_by_two.cfg"),
    ] {
        let (histories, wrong) = Recorded::new(config, Some(fault), 3).explore();
        println!("{fault:?}: {histories} histories before one of {wrong:?} states");
        assert!(wrong.is_some(), "{fault:?}");
    }
}
