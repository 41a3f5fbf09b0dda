//! Small histories: of a queue that is simulated, so that some order explains them; and at random, so that most have
//! none.

use std::collections::{BTreeMap, VecDeque};

use mitregate_models::mpsc_queue::history::{
    CONSUMER, Call, Configuration, Message, Operation, Popped, Pushed,
};

/// The operations of threads on one queue.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    pub(crate) config: Configuration,
    pub(crate) operations: Vec<Operation>,
}

/// A thread between its operations, or in one.
#[derive(Clone, Copy)]
enum Doing {
    Nothing,
    /// Called at that time, and not in effect yet.
    Called(u64),
    InEffect(u64, Call),
    /// It has left.
    Gone,
}

fn config(random: &mut fastrand::Rng) -> Configuration {
    let capacity = random.u32(1..=2);
    let max_capacity = if random.bool() { capacity } else { 2 * capacity };
    Configuration { capacity, max_capacity, producers: random.u32(1..=2) }
}

/// A run of a simulated queue. Times are far enough apart for others to fit between them; those of different threads
/// may be the same.
pub(crate) fn run(seed: u64) -> Run {
    let mut random = fastrand::Rng::with_seed(seed);
    let config = config(&mut random);
    let mut queue: VecDeque<Message> = VecDeque::new();
    let mut capacity = config.capacity;
    // Closing takes two steps: its effect, when pushes that find room are refused, and its end, when all are.
    let (mut is_closed, mut is_shut) = (false, false);
    let closes = random.u8(..3) == 0;
    let mut doing = vec![Doing::Nothing; config.producers as usize + 1];
    let mut next = vec![1; doing.len()];
    let mut told = vec![false; doing.len()];
    // When the push of a message returned.
    let mut returned_at: BTreeMap<Message, u64> = BTreeMap::new();
    let mut operations = Vec::new();
    let mut now = 100;
    for _ in 0..random.usize(30..60) {
        now += 10 * random.u64(0..3);
        let thread = random.usize(..doing.len());
        let producer = u32::try_from(thread).unwrap();
        let has_left = doing[1..].iter().all(|it| matches!(it, Doing::Gone));
        doing[thread] = match doing[thread] {
            Doing::Nothing => Doing::Called(now),
            Doing::Called(called) => {
                let len = u32::try_from(queue.len()).unwrap();
                let call = match producer {
                    CONSUMER if closes && now > 400 && !is_closed => {
                        is_closed = true;
                        Call::Close
                    }
                    CONSUMER => {
                        if 2 * len > capacity && random.bool() {
                            capacity = (2 * capacity).min(config.max_capacity);
                        }
                        Call::Pop(Some(match queue.pop_front() {
                            // Its push has not returned, or not before this pop was called.
                            Some(message)
                                if returned_at.get(&message).is_none_or(|&it| it >= called)
                                    && random.u8(..3) == 0 =>
                            {
                                queue.push_front(message);
                                Popped::Pending
                            }
                            Some(message) => Popped::Message(message),
                            None if is_closed || has_left => Popped::Closed,
                            None => Popped::Empty,
                        }))
                    }
                    _ if next[thread] > 3 || (next[thread] > 1 && random.u8(..8) == 0) => {
                        Call::Leave
                    }
                    producer => {
                        let message = Message(producer, next[thread]);
                        Call::Push(
                            message,
                            Some(if is_closed && (len < capacity || is_shut || told[thread]) {
                                told[thread] = true;
                                Pushed::Closed
                            } else if len >= capacity {
                                Pushed::Full
                            } else {
                                queue.push_back(message);
                                next[thread] += 1;
                                Pushed::Accepted
                            }),
                        )
                    }
                };
                Doing::InEffect(called, call)
            }
            Doing::InEffect(called, call) => {
                // A thread's operations do not touch.
                let returned = Some(now + 5);
                operations.push(Operation {
                    thread: producer,
                    called,
                    returned,
                    call,
                    place: (0, 0),
                });
                if let Call::Push(message, Some(Pushed::Accepted)) = call {
                    returned_at.insert(message, now + 5);
                }
                is_shut |= call == Call::Close;
                now += 10;
                if call == Call::Leave { Doing::Gone } else { Doing::Nothing }
            }
            Doing::Gone => Doing::Gone,
        };
    }
    Run { config, operations }
}

/// Operations that nobody has done: messages in some order, results and times at random.
pub(crate) fn noise(seed: u64) -> Run {
    let mut random = fastrand::Rng::with_seed(seed);
    let mut config = config(&mut random);
    config.producers += u32::from(random.u8(..4) == 0);
    let mut operations = Vec::new();
    let mut pushed = Vec::new();
    let length = random.u64(3..30);
    // In some, the queue is closed beside pushes that were refused as full.
    let closes = random.u8(..3) == 0;
    let mut add = |random: &mut fastrand::Rng, thread: u32, calls: Vec<Call>| {
        let mut now = random.u64(0..8);
        let count = calls.len();
        for (index, call) in calls.into_iter().enumerate() {
            let called = now;
            now += random.u64(0..length);
            let is_cut = index + 1 == count && random.u8(..6) == 0;
            let (returned, call) = match call {
                Call::Push(message, _) if is_cut => (None, Call::Push(message, None)),
                Call::Pop(_) if is_cut => (None, Call::Pop(None)),
                Call::Leave | Call::Close if is_cut => (None, call),
                call => (Some(now), call),
            };
            operations.push(Operation { thread, called, returned, call, place: (0, 0) });
            now += random.u64(1..6);
        }
    };
    for producer in 1..=config.producers {
        let mut calls: Vec<_> = (1..=random.u32(0..=3))
            .map(|number| {
                let message = Message(producer, number);
                let result = match random.u8(..10) {
                    0 | 1 => Pushed::Full,
                    3 | 4 if closes => Pushed::Full,
                    2 => Pushed::Closed,
                    _ => Pushed::Accepted,
                };
                if result == Pushed::Accepted || random.u8(..10) == 0 {
                    pushed.push(message);
                }
                Call::Push(message, Some(result))
            })
            .collect();
        if random.u8(..4) > 0 {
            calls.push(Call::Leave);
        }
        add(&mut random, producer, calls);
    }
    // Mostly an order that each producer's messages allow.
    if random.u8(..4) == 0 {
        random.shuffle(&mut pushed);
    } else {
        for _ in 0..2 {
            let at = random.usize(..pushed.len().max(1));
            if at + 1 < pushed.len() && pushed[at].0 != pushed[at + 1].0 {
                pushed.swap(at, at + 1);
            }
        }
    }
    pushed.truncate(random.usize(..=pushed.len()));
    let mut calls = Vec::new();
    for message in pushed {
        match random.u8(..12) {
            0 | 1 => calls.push(Call::Pop(Some(Popped::Empty))),
            2 => calls.extend(vec![Call::Pop(Some(Popped::Pending)); random.usize(1..=2)]),
            3 if random.bool() => calls.push(Call::Close),
            _ => {}
        }
        calls.push(Call::Pop(Some(Popped::Message(message))));
    }
    match random.u8(..8) {
        0 | 1 => calls.push(Call::Pop(Some(Popped::Closed))),
        2 => calls.extend(vec![Call::Pop(Some(Popped::Pending)); random.usize(1..=3)]),
        3 => calls.push(Call::Pop(Some(Popped::Empty))),
        4 => calls.push(Call::Close),
        _ => {}
    }
    if closes && !calls.contains(&Call::Close) {
        calls.insert(random.usize(..=calls.len()), Call::Close);
    }
    add(&mut random, CONSUMER, calls);
    Run { config, operations }
}
