//! A queue under a lock, and what can be wrong with one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use mitregate_models::mpsc_queue::history::{Message, Popped, Pushed};
use mitregate_models::mpsc_queue::stress::{Consume, Produce};

/// What is wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    None,
    /// The youngest message comes first.
    Lifo,
    /// One in a thousand messages is accepted and not kept.
    Loses,
    /// One in a thousand messages is taken and kept.
    Repeats,
    /// A message overtakes three and more of another producer.
    Overtakes,
    /// One pop in a hundred finds nothing while seven messages are in the queue.
    FindsNothing,
    /// One push in a hundred is refused while the queue is not half full.
    RefusesEarly,
    /// There is room for one more than there should be.
    HoldsTooMany,
    /// Producers that leave take what is left with them.
    EndsEarly,
    /// A message that was refused goes in all the same.
    RefusesAndKeeps,
    /// A message that comes from nowhere.
    Invents,
    /// After a while, a pop says for ever that a message is being written.
    IsNeverWritten,
    /// After a while, a pop finds nothing for ever, and all producers find the queue full.
    Stops,
    /// After a while, a pop does not return until it is released.
    NeverReturns,
}

struct Queue {
    messages: VecDeque<Message>,
    capacity: usize,
    producers: usize,
    is_closed: bool,
    fault: Fault,
    calls: u64,
}

impl Queue {
    /// Once in so many calls.
    fn is_time(&mut self, every: u64) -> bool {
        self.calls += 1;
        self.calls.is_multiple_of(every)
    }

    fn push(&mut self, message: Message) -> Pushed {
        let len = self.messages.len();
        if self.is_closed {
            return Pushed::Closed;
        }
        let room = self.capacity + usize::from(self.fault == Fault::HoldsTooMany);
        if self.fault == Fault::Stops && self.calls > 100 {
            return Pushed::Full;
        }
        let refuses_early = self.fault == Fault::RefusesEarly && 2 * len < self.capacity;
        if len >= room || (refuses_early && self.is_time(100)) {
            if self.fault == Fault::RefusesAndKeeps && self.is_time(100) {
                self.messages.push_back(message);
            }
            return Pushed::Full;
        }
        if !(self.fault == Fault::Loses && self.is_time(1000)) {
            self.messages.push_back(message);
        }
        Pushed::Accepted
    }

    fn pop(&mut self) -> Popped {
        let is_over = self.producers == 0;
        let fault = self.fault;
        match fault {
            Fault::FindsNothing if self.messages.len() > 6 && !is_over && self.is_time(100) => {
                return Popped::Empty;
            }
            Fault::IsNeverWritten if self.is_time(1) && self.calls > 100 => return Popped::Pending,
            Fault::Stops if self.is_time(1) && self.calls > 100 => return Popped::Empty,
            Fault::EndsEarly if is_over => return Popped::Closed,
            Fault::Invents if self.is_time(1000) => return Popped::Message(Message(1, u32::MAX)),
            Fault::Overtakes => {
                let first = self.messages.front().map_or(0, |it| it.0);
                let other = self.messages.iter().position(|it| it.0 != first);
                if let Some(message) =
                    other.filter(|&at| at > 2).and_then(|at| self.messages.remove(at))
                {
                    self.messages.push_front(message);
                }
            }
            Fault::Repeats if self.is_time(1000) => {
                if let Some(&message) = self.messages.front() {
                    return Popped::Message(message);
                }
            }
            _ => {}
        }
        let message = match fault {
            Fault::Lifo => self.messages.pop_back(),
            _ => self.messages.pop_front(),
        };
        match message {
            Some(message) => Popped::Message(message),
            None if is_over => Popped::Closed,
            None => Popped::Empty,
        }
    }
}

/// Whether pops that do not return are to do so all the same.
pub(crate) static RELEASED: AtomicBool = AtomicBool::new(false);

type Shared = Arc<Mutex<Queue>>;

fn locked<R>(queue: &Shared, act: impl FnOnce(&mut Queue) -> R) -> R {
    act(&mut queue.lock().unwrap_or_else(PoisonError::into_inner))
}

pub(crate) struct Producer(Shared);

pub(crate) struct Consumer(Shared);

impl Produce for Producer {
    fn push(&mut self, message: Message, _may_wait: bool) -> Pushed {
        locked(&self.0, |queue| queue.push(message))
    }
}

impl Drop for Producer {
    fn drop(&mut self) {
        locked(&self.0, |queue| queue.producers -= 1);
    }
}

impl Consume for Consumer {
    fn pop(&mut self, _may_wait: bool) -> Popped {
        let is_stuck = |queue: &mut Queue| {
            queue.fault == Fault::NeverReturns && queue.is_time(1) && queue.calls > 100
        };
        if locked(&self.0, is_stuck) {
            while !RELEASED.load(Ordering::Relaxed) {
                std::thread::yield_now();
            }
        }
        locked(&self.0, Queue::pop)
    }
}

impl Drop for Consumer {
    fn drop(&mut self) {
        locked(&self.0, |queue| queue.is_closed = true);
    }
}

/// The ends of a queue.
pub(crate) fn queue(fault: Fault, capacity: usize, producers: u32) -> (Vec<Producer>, Consumer) {
    let shared = Arc::new(Mutex::new(Queue {
        messages: VecDeque::new(),
        capacity,
        producers: producers as usize,
        is_closed: false,
        fault,
        calls: 0,
    }));
    let ends = (0..producers).map(|_| Producer(Arc::clone(&shared))).collect();
    (ends, Consumer(shared))
}
