//! Rounds in which every worker sends words to every other, on timely dataflow.
//!
//! A round is a timestamp. It is over for a worker once the frontier says that no message of it is left anywhere, so
//! that a round is a barrier of all workers of all processes. Messages of one round come in any order, so they carry
//! their sender and their place.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use timely::dataflow::channels::pact::Pipeline;
use timely::dataflow::operators::generic::Operator;
use timely::dataflow::operators::{Exchange, Input, Probe};
use timely::dataflow::{InputHandleVec, ProbeHandle};
use timely::worker::Worker;

/// A message has so many words at most.
const MOST_WORDS: usize = 1 << 15;

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

/// Says that there is [`Trouble`].
#[derive(Debug)]
pub(super) struct Lost;

/// Some words from one worker to another.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Message {
    to: u32,
    from: u32,
    round: u64,
    /// Its place among those of the round from this sender.
    place: u32,
    words: Vec<u64>,
}

/// Words by the number of the worker that they are for, or from.
pub(super) type Words = Vec<Vec<u64>>;

/// The rounds of one worker. The dataflow runs on a thread of its own: timely's threads cannot borrow what an exploration
/// borrows.
pub(super) struct Rounds {
    index: usize,
    workers: usize,
    trouble: Arc<Trouble>,
    /// None once the rounds are over.
    requests: Option<Sender<Words>>,
    replies: Receiver<Words>,
    /// How many workers a process has.
    of_process: usize,
    sent: u64,
}

/// The other end of [`Rounds`]: what is to be sent, and what came.
pub(super) struct Served {
    requests: Receiver<Words>,
    replies: Sender<Words>,
    trouble: Arc<Trouble>,
}

impl Rounds {
    /// The rounds of the worker of that number, of so many in so many processes, and what serves them.
    pub(super) fn new(
        index: usize,
        (workers, processes): (usize, usize),
        trouble: &Arc<Trouble>,
    ) -> (Rounds, Served) {
        let (request, requests) = mpsc::channel();
        let (reply, replies) = mpsc::channel();
        let trouble = Arc::clone(trouble);
        let served = Served { requests, replies: reply, trouble: Arc::clone(&trouble) };
        let requests = Some(request);
        let of_process = workers / processes;
        (Rounds { index, workers, trouble, requests, replies, of_process, sent: 0 }, served)
    }

    /// The number of this worker.
    pub(super) fn index(&self) -> usize {
        self.index
    }

    /// How many workers there are.
    pub(super) fn workers(&self) -> usize {
        self.workers
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
        let requests = self.requests.as_ref().ok_or(Lost)?;
        let mine = self.process_of(self.index);
        for (to, words) in words.iter().enumerate() {
            if self.process_of(to) != mine {
                self.sent += size_of_val(&words[..]) as u64;
            }
        }
        requests.send(words).map_err(|_| Lost)?;
        self.replies.recv().map_err(|_| Lost)
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

impl Served {
    /// Serves rounds until they are over, or somebody is lost.
    pub(super) fn serve(self, worker: &mut Worker) {
        let inbox = Rc::new(RefCell::new(Vec::new()));
        let probe = ProbeHandle::new();
        let mut input = InputHandleVec::new();
        worker.dataflow::<u64, _, _>(|scope| {
            let received = Rc::clone(&inbox);
            let messages = scope.input_from(&mut input).exchange(|it: &Message| u64::from(it.to));
            let none = messages.unary(Pipeline, "Inbox", move |_, _| {
                move |input, output| {
                    input.for_each_stamp(|stamp, messages| {
                        // The output has nothing; it is there to be probed.
                        let _ = output.session(&stamp);
                        let messages = messages.flat_map(|them| them.drain(..));
                        received.borrow_mut().extend(messages);
                    });
                }
            });
            none.container::<Vec<Message>>().probe_with(&probe);
        });
        let me = worker.index();
        let mut round = 0;
        while let Ok(words) = self.requests.recv() {
            let mut received = vec![Vec::new(); worker.peers()];
            for (to, words) in words.into_iter().enumerate() {
                if to == me {
                    received[to] = words;
                    continue;
                }
                for (place, words) in words.chunks(MOST_WORDS).enumerate() {
                    let (to, from, place) = (small(to), small(me), small(place));
                    input.send(Message { to, from, round, place, words: words.to_vec() });
                }
            }
            input.advance_to(round + 1);
            while probe.less_than(&(round + 1)) {
                if self.trouble.is_there() {
                    return;
                }
                worker.step_or_park(Some(NAP));
            }
            // Who is faster may have begun the next round.
            let is_due = |message: &mut Message| message.round == round;
            let mut messages: Vec<_> = inbox.borrow_mut().extract_if(.., is_due).collect();
            messages.sort_unstable_by_key(|it| (it.from, it.place));
            for message in messages {
                received[message.from as usize].extend(message.words);
            }
            round += 1;
            if self.replies.send(received).is_err() {
                break;
            }
        }
        // No worker leaves while another needs it.
        drop(input);
        while worker.has_dataflows() && !self.trouble.is_there() {
            worker.step_or_park(Some(NAP));
        }
    }
}

/// Numbers of workers and places of messages are small.
#[allow(clippy::cast_possible_truncation)]
fn small(number: usize) -> u32 {
    number as u32
}
