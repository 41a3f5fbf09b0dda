//! A queue under load on real threads, which write down what they do.
//!
//! Each thread keeps its own operations in a list of its own, and all read one clock, so that nothing is shared but the
//! queue. Two fences keep what an operation does to memory between the two times that are read for it: a store that
//! waits in a processor's buffer when the operation returns would otherwise count as done. So an ordering that is
//! missing at the beginning or the end of an operation is not found here; loom is there for those.

use std::sync::Barrier;
use std::sync::atomic::{AtomicBool, Ordering, fence};
use std::thread;
use std::time::{Duration, Instant};

use fastrand::Rng;
use mitregate_mpsc_queue as queue;
use mitregate_mpsc_queue::{Config, TryPopError, TryPushError};

use super::history::{CONSUMER, Call, Configuration, Message, Operation, Popped, Pushed};

pub(super) mod verb;
mod watch;

pub use watch::Patience;
use watch::{Leash, Progress, Watch};

/// How many operations that changed nothing are kept, of all threads together. Without a limit, a queue that says for
/// ever that a message is being written would fill the memory.
const MOST_FRUITLESS: usize = 8_000_000;

/// The producing end of a queue, as threads under load use it. It leaves when it is dropped.
pub trait Produce: Send {
    /// Pushes a message. A push that may wait is never refused as full.
    fn push(&mut self, message: Message, may_wait: bool) -> Pushed;
}

/// The consuming end. It closes the queue when it is dropped.
pub trait Consume: Send {
    /// Pops. A pop that may wait finds a message, or the queue closed.
    fn pop(&mut self, may_wait: bool) -> Popped;

    /// How many times the queue has grown.
    fn grown(&self) -> u8 {
        0
    }
}

impl Produce for queue::Producer<Message> {
    fn push(&mut self, message: Message, may_wait: bool) -> Pushed {
        if may_wait {
            return queue::Producer::push(self, message)
                .map_or(Pushed::Closed, |()| Pushed::Accepted);
        }
        match self.try_push(message) {
            Ok(()) => Pushed::Accepted,
            Err(TryPushError::Full(_)) => Pushed::Full,
            Err(TryPushError::Closed(_)) => Pushed::Closed,
        }
    }
}

impl Consume for queue::Consumer<Message> {
    fn pop(&mut self, may_wait: bool) -> Popped {
        if may_wait {
            return queue::Consumer::pop(self).map_or(Popped::Closed, Popped::Message);
        }
        match self.try_pop() {
            Ok(message) => Popped::Message(message),
            Err(TryPopError::Empty) => Popped::Empty,
            Err(TryPopError::Pending) => Popped::Pending,
            Err(TryPopError::Closed) => Popped::Closed,
        }
    }

    fn grown(&self) -> u8 {
        self.generation()
    }
}

/// What the threads do.
#[derive(Clone, Copy, Debug)]
pub struct Plan {
    /// The capacities of the queue.
    pub queue: Config,
    /// How many producers there are.
    pub producers: u32,
    /// How many messages each of them pushes, each until it is accepted.
    pub messages: u32,
    /// Whether pushes and pops wait.
    pub blocking: bool,
    /// After how many messages the consumer is dropped, if before the end.
    pub drop_after: Option<u64>,
    /// For pauses and bursts.
    pub seed: u64,
    /// When producers leave, with their messages or without.
    pub until: Option<Instant>,
}

impl Plan {
    /// Whether producers are to leave.
    fn is_late(&self, stop: &AtomicBool) -> bool {
        stop.load(Ordering::Relaxed) || self.until.is_some_and(|until| Instant::now() >= until)
    }

    /// The queue, as a history has it. Capacities are at most 2^30.
    #[allow(clippy::cast_possible_truncation)]
    pub fn configuration(&self) -> Configuration {
        Configuration {
            capacity: self.queue.initial_capacity() as u32,
            max_capacity: self.queue.max_capacity() as u32,
            producers: self.producers,
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct Ran {
    /// What the threads did.
    pub operations: Vec<Operation>,
    /// How many times the queue has grown.
    pub grown: u8,
    /// Whether the run was given up, because no message went in or out any more, and the queue was not closed either.
    pub gave_up: bool,
}

/// Runs the threads to their end. They are through when each producer has pushed its messages or found the queue
/// closed, and the consumer has found that they all left, or has taken enough. `stop` lets producers leave early. If
/// nothing happens for longer than the patience, all leave, and the consumer does not say that it closed the queue.
pub fn run<P: Produce, C: Consume>(
    plan: &Plan,
    producers: Vec<P>,
    consumer: C,
    stop: &AtomicBool,
    patience: &Patience<'_>,
) -> Ran {
    let start = Barrier::new(producers.len() + 1);
    let epoch = Instant::now();
    let watch = Watch::of(producers.len());
    let most_fruitless = MOST_FRUITLESS / (producers.len() + 1);
    thread::scope(|scope| {
        let (start, watch) = (&start, &watch);
        let watchdog = scope.spawn(|| watch.watch(patience, || plan.is_late(stop)));
        let leash = Leash(watch, watchdog.thread().clone());
        let recorder = move |thread: u32| {
            let seed = plan.seed.wrapping_mul(1_000_003).wrapping_add(u64::from(thread));
            Recorder {
                thread,
                epoch,
                random: Rng::with_seed(seed),
                operations: Vec::new(),
                progress: &watch.threads[thread as usize],
                fruitless: 0,
                most_fruitless,
            }
        };
        let threads: Vec<_> = (1..)
            .zip(producers)
            .map(|(thread, producer)| {
                scope.spawn(move || {
                    let recorder = recorder(thread);
                    start.wait();
                    let is_over = || watch.gave_up() || plan.is_late(stop);
                    let operations = produce(plan, producer, recorder, is_over);
                    watch.has_left();
                    operations
                })
            })
            .collect();
        let recorder = recorder(CONSUMER);
        start.wait();
        let (mut operations, grown) = consume(plan, consumer, recorder, watch);
        for thread in threads {
            match thread.join() {
                Ok(its) => operations.extend(its),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        drop(leash);
        Ran { operations, grown, gave_up: watch.gave_up() }
    })
}

/// What a thread notes.
struct Recorder<'a> {
    thread: u32,
    epoch: Instant,
    random: Rng,
    operations: Vec<Operation>,
    progress: &'a Progress,
    /// How many operations that changed nothing were kept.
    fruitless: usize,
    most_fruitless: usize,
}

impl Recorder<'_> {
    /// Nanoseconds since the start.
    fn now(&self) -> u64 {
        u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX)
    }

    fn record(&mut self, operate: impl FnOnce() -> Call) -> Call {
        let called = self.now();
        fence(Ordering::SeqCst);
        let call = operate();
        fence(Ordering::SeqCst);
        let returned = Some(self.now());
        let operation = Operation { thread: self.thread, called, returned, call, place: (0, 0) };
        self.keep(operation);
        call
    }

    /// A history without an operation that changed nothing is one of the same run.
    fn keep(&mut self, operation: Operation) {
        let is_fruitless = matches!(
            operation.call,
            Call::Push(_, Some(Pushed::Full)) | Call::Pop(Some(Popped::Empty | Popped::Pending))
        );
        if !is_fruitless {
            self.progress.goes_on();
        } else if self.fruitless == self.most_fruitless {
            return;
        } else {
            self.fruitless += 1;
        }
        self.operations.push(operation);
    }

    /// Most pauses are short, and a few are long enough for others to fill or to drain the queue.
    fn pause(&mut self) {
        match self.random.u32(0..400) {
            0 => thread::sleep(Duration::from_micros(self.random.u64(1..200))),
            1..40 => thread::yield_now(),
            _ => (0..self.random.u32(0..400)).for_each(|_| std::hint::spin_loop()),
        }
    }
}

fn produce<P: Produce>(
    plan: &Plan,
    mut producer: P,
    mut recorder: Recorder<'_>,
    is_over: impl Fn() -> bool,
) -> Vec<Operation> {
    let mut burst = 0;
    'messages: for number in 1..=plan.messages {
        if burst == 0 {
            if is_over() {
                break;
            }
            burst = recorder.random.u32(1..64);
            recorder.pause();
        }
        burst -= 1;
        let message = Message(recorder.thread, number);
        loop {
            let push = || Call::Push(message, Some(producer.push(message, plan.blocking)));
            match recorder.record(push) {
                Call::Push(_, Some(Pushed::Closed)) => break 'messages,
                Call::Push(_, Some(Pushed::Full)) if is_over() => break 'messages,
                Call::Push(_, Some(Pushed::Full)) => recorder.pause(),
                _ => break,
            }
        }
    }
    recorder.record(|| {
        drop(producer);
        Call::Leave
    });
    recorder.operations
}

fn consume<C: Consume>(
    plan: &Plan,
    mut consumer: C,
    mut recorder: Recorder<'_>,
    watch: &Watch,
) -> (Vec<Operation>, u8) {
    let mut burst = 0;
    let mut taken = 0;
    // If there are more, the queue makes them up, and might never come to an end.
    let all = u64::from(plan.producers) * u64::from(plan.messages);
    while plan.drop_after.is_none_or(|enough| taken < enough) && taken <= all {
        if watch.gave_up() {
            return (recorder.operations, consumer.grown());
        }
        if burst == 0 {
            burst = recorder.random.u32(1..256);
            recorder.pause();
        }
        match recorder.record(|| Call::Pop(Some(consumer.pop(plan.blocking)))) {
            Call::Pop(Some(Popped::Message(_))) => {
                burst -= 1;
                taken += 1;
            }
            Call::Pop(Some(Popped::Closed)) => break,
            _ => recorder.pause(),
        }
    }
    let grown = consumer.grown();
    recorder.record(|| {
        drop(consumer);
        Call::Close
    });
    (recorder.operations, grown)
}
