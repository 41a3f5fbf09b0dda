//! Rounds in which every worker sends words to every other, on timely dataflow.
//!
//! In a round every worker sends something to every other, be it that there is nothing to say; so a round is over for a
//! worker once it has all that was sent to it. Then all have begun the round, though not all need have ended it. That takes
//! one way over the network, where a timestamp for each round, and a wait for the frontier to pass it, takes two: there
//! and, that it has come, back. All rounds have one timestamp, which every worker may send at until it leaves: until then
//! timely has next to nothing to tell of progress. Messages of one round come in any order, so they carry their sender,
//! their place and how many there are. A worker that leaves before the others do has to report [`Trouble`]: they wait for it.

use std::cell::{Cell, RefCell};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use timely::WorkerConfig;
use timely::communication::Allocator;
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::Exchange;
use timely::dataflow::operators::generic::{Operator, source};
use timely::scheduling::Activator;
use timely::worker::Worker;

/// A message has so many words at most.
const MOST_WORDS: usize = 1 << 15;

/// So many messages are sent at once at most: timely sends what it has when it is given more, and may not find out in the
/// middle of that that a connection has ended.
const MOST_MESSAGES: usize = 64;

/// How long whoever waits sleeps that nobody wakes, before it looks whether a worker is lost.
pub(super) const NAP: Duration = Duration::from_millis(50);

/// Why an exploration of several workers cannot go on.
#[derive(Debug, Default)]
pub(super) struct Trouble {
    is_there: AtomicBool,
    /// Whether it is what was given to this process.
    is_of_input: AtomicBool,
    what: Mutex<Option<String>>,
}

impl Trouble {
    /// Notes the first trouble.
    pub(super) fn report(&self, what: String) {
        let mut known = self.what.lock().unwrap_or_else(PoisonError::into_inner);
        known.get_or_insert(what);
        self.is_there.store(true, Ordering::SeqCst);
    }

    /// Notes that what was given is of no use, unless there was trouble before.
    fn refuse(&self, what: String) {
        if !self.is_there() {
            self.is_of_input.store(true, Ordering::SeqCst);
        }
        self.report(what);
    }

    pub(super) fn is_of_input(&self) -> bool {
        self.is_of_input.load(Ordering::SeqCst)
    }

    pub(super) fn is_there(&self) -> bool {
        self.is_there.load(Ordering::SeqCst)
    }

    pub(super) fn what(&self) -> Option<String> {
        self.what.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

thread_local! {
    static IS_ON_NETWORK: Cell<bool> = const { Cell::new(false) };
}

/// Whether this thread is within timely, whose panics tell that a connection has ended: who was lost is said in a
/// sentence.
pub(crate) fn is_on_network() -> bool {
    IS_ON_NETWORK.get()
}

/// Does what may panic because a connection has ended.
pub(super) fn quietly<T>(work: impl FnOnce() -> T) -> std::thread::Result<T> {
    IS_ON_NETWORK.set(true);
    let done = catch_unwind(AssertUnwindSafe(work));
    IS_ON_NETWORK.set(false);
    done
}

/// Says that there is [`Trouble`].
#[derive(Debug)]
pub(super) struct Lost;

/// Some words from one worker to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Message {
    to: u32,
    from: u32,
    round: u64,
    /// Its place among those of the round from this sender, and how many these are; never none.
    place: u32,
    all: u32,
    words: Vec<u64>,
}

/// Words by the number of the worker that they are for, or from.
pub(super) type Words = Vec<Vec<u64>>;

/// The rounds of one worker, on the thread that made them.
pub(super) struct Rounds {
    worker: Worker,
    /// The messages that are to be sent; none is once this worker leaves.
    outbox: Rc<RefCell<Option<Vec<Message>>>>,
    /// Has them sent.
    sends: Activator,
    /// The messages that have come.
    inbox: Rc<RefCell<Vec<Message>>>,
    round: u64,
    trouble: Arc<Trouble>,
    /// How many workers a process has.
    of_process: usize,
    sent: u64,
}

impl Rounds {
    /// The rounds of a worker, each process of which has so many.
    pub(super) fn new(allocator: Allocator, of_process: usize, trouble: &Arc<Trouble>) -> Rounds {
        let mut worker = Worker::new(WorkerConfig::default(), allocator, Some(Instant::now()));
        let outbox = Rc::new(RefCell::new(Some(Vec::new())));
        let inbox = Rc::new(RefCell::new(Vec::new()));
        let sends = worker.dataflow::<u64, _, _>(|scope| {
            let (to_send, received) = (Rc::clone(&outbox), Rc::clone(&inbox));
            let mut path = None;
            let messages = source(scope, "Outbox", |capability, info| {
                let again = scope.activator_for(Rc::clone(&info.address));
                path = Some(info.address);
                let mut capability = Some(capability);
                move |output| match (&capability, &mut *to_send.borrow_mut()) {
                    (Some(capability), Some(messages)) => {
                        let some = messages.drain(..messages.len().min(MOST_MESSAGES));
                        output.session(capability).give_iterator(some);
                        if !messages.is_empty() {
                            again.activate();
                        }
                    }
                    _ => capability = None,
                }
            });
            let messages = messages.exchange(|it: &Message| u64::from(it.to));
            messages.sink(Pipeline, "Inbox", move |(input, _)| {
                input.for_each(|_, messages| received.borrow_mut().append(messages));
            });
            scope.activator_for(path.unwrap_or_default())
        });
        let trouble = Arc::clone(trouble);
        Rounds { worker, outbox, sends, inbox, round: 0, trouble, of_process, sent: 0 }
    }

    /// The number of this worker.
    pub(super) fn index(&self) -> usize {
        self.worker.index()
    }

    /// How many workers there are.
    pub(super) fn workers(&self) -> usize {
        self.worker.peers()
    }

    /// The process of a worker.
    pub(super) fn process_of(&self, worker: usize) -> usize {
        worker / self.of_process
    }

    /// How many bytes of words it has sent to other processes.
    pub(super) fn sent(&self) -> u64 {
        self.sent
    }

    /// Sends words, by the number of the worker they are for, and waits for those of the others, by sender.
    ///
    /// # Errors
    ///
    /// If there is trouble.
    pub(super) fn exchange(&mut self, words: Words) -> Result<Words, Lost> {
        // Timely panics where a connection has ended.
        quietly(|| self.take_round(words)).unwrap_or(Err(Lost))
    }

    fn take_round(&mut self, words: Words) -> Result<Words, Lost> {
        let (me, round) = (self.index(), self.round);
        let mut incoming = Incoming(vec![Vec::new(); self.workers()]);
        for (to, words) in words.into_iter().enumerate() {
            if to == me {
                incoming.0[me] = vec![Some(words)];
                continue;
            }
            if self.process_of(to) != self.process_of(me) {
                self.sent += size_of_val(&words[..]) as u64;
            }
            // Where there are no words, that has to be said.
            let all = words.len().div_ceil(MOST_WORDS).max(1);
            let mut words = words.chunks(MOST_WORDS);
            for place in 0..all {
                let words = words.next().unwrap_or_default().to_vec();
                let (to, from, place, all) = (small(to), small(me), small(place), small(all));
                let message = Message { to, from, round, place, all, words };
                self.outbox.borrow_mut().get_or_insert_default().push(message);
            }
        }
        self.round += 1;
        self.sends.activate();
        loop {
            // Who is faster may have begun the next round.
            let is_due = |message: &mut Message| message.round == round;
            self.inbox.borrow_mut().extract_if(.., is_due).for_each(|it| incoming.add(it));
            // Even where all has come already, others wait for what this one says.
            let is_sent = self.outbox.borrow().as_ref().is_none_or(Vec::is_empty);
            if is_sent && incoming.is_whole() {
                return Ok(incoming.words());
            }
            if self.trouble.is_there() {
                return Err(Lost);
            }
            self.worker.step_or_park(Some(NAP));
        }
    }

    /// Ends, when all others do; at once if there is trouble.
    pub(super) fn leave(self) {
        let Rounds { mut worker, outbox, sends, trouble, .. } = self;
        let leave = || {
            *outbox.borrow_mut() = None;
            sends.activate();
            while worker.has_dataflows() && !trouble.is_there() {
                worker.step_or_park(Some(NAP));
            }
            drop(worker);
        };
        // What another process has left behind is told elsewhere.
        let _ = quietly(leave);
    }

    /// Sends the same words to all, this worker among them.
    ///
    /// # Errors
    ///
    /// If there is trouble.
    pub(super) fn tell_all(&mut self, words: &[u64]) -> Result<Words, Lost> {
        self.exchange(vec![words.to_vec(); self.workers()])
    }

    /// Whether another worker is lost.
    pub(super) fn is_in_trouble(&self) -> bool {
        self.trouble.is_there()
    }

    /// Says why no worker can go on, which is what was given.
    pub(super) fn refuse(&self, what: &str) {
        self.trouble.refuse(what.to_owned());
    }

    /// Says why no worker can go on.
    pub(super) fn report(&self, what: &str) {
        self.trouble.report(what.to_owned());
    }
}

/// What has come of a round: the words of each worker's messages by their places, and nothing of whom nothing has come.
struct Incoming(Vec<Vec<Option<Vec<u64>>>>);

impl Incoming {
    fn add(&mut self, message: Message) {
        let Message { from, place, all, words, .. } = message;
        let messages = &mut self.0[from as usize];
        messages.resize(all as usize, None);
        messages[place as usize] = Some(words);
    }

    fn is_whole(&self) -> bool {
        self.0.iter().all(|messages| !messages.is_empty() && messages.iter().all(Option::is_some))
    }

    fn words(self) -> Words {
        self.0.into_iter().map(|it| it.into_iter().flatten().flatten().collect()).collect()
    }
}

/// Numbers of workers and places of messages are small.
#[allow(clippy::cast_possible_truncation)]
fn small(number: usize) -> u32 {
    number as u32
}
