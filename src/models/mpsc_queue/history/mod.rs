//! Histories of a queue on threads that ran: when each operation was called, when it returned, and with what; and
//! whether some order of the operations is that of a queue.
//!
//! Thread 0 is the consumer, and the threads from 1 on are producers. A thread does one operation after the other.
//! Operations whose intervals touch are concurrent. A thread whose last operation has not returned, or that has
//! neither left nor closed the queue, may have done more: the end of a history may be missing, as after a crash.

use std::fmt;

use serde::{Deserialize, Serialize};
use thiserror::Error;

mod check;
mod head;
mod order;
mod read;
mod refusals;
#[cfg(test)]
mod tests;
pub(super) mod verb;

pub use check::{Contradiction, Rule, check};
pub use order::{Event, Order, Step};
pub use read::{read, write};
pub use verb::behaviour;

/// The thread of the consumer.
pub const CONSUMER: u32 = 0;

/// A message: all messages of a history are different.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Message(
    /// The thread that pushes it.
    pub u32,
    /// Its number among those of its thread.
    pub u32,
);

impl fmt::Display for Message {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.0, self.1)
    }
}

/// What is known of the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Configuration {
    /// The capacity that it starts with.
    pub capacity: u32,
    /// The capacity that it may grow to.
    pub max_capacity: u32,
    /// How many producers there are: the threads from 1 to this.
    pub producers: u32,
}

/// The most producers, far more than there are threads. The check keeps something for each.
const MOST_PRODUCERS: u32 = 65_536;

impl Configuration {
    /// Why there is no such queue.
    fn problem(&self) -> Option<String> {
        let Configuration { capacity, max_capacity, producers } = *self;
        if capacity == 0 || capacity > max_capacity {
            return Some(format!("a capacity of {capacity}, and a maximum of {max_capacity}"));
        }
        let is_possible = (1..=MOST_PRODUCERS).contains(&producers);
        (!is_possible).then(|| format!("a queue of {producers} producers"))
    }
}

/// What a push returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pushed {
    /// The message is in the queue.
    Accepted,
    /// There was no room. The same message may be pushed again.
    Full,
    /// The consumer had closed the queue.
    Closed,
}

/// What a pop returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Popped {
    /// A message.
    Message(Message),
    /// There was none.
    Empty,
    /// There was one, and its producer was still writing it.
    Pending,
    /// There was none, and there will be none.
    Closed,
}

/// What a thread did. `None` is an operation that has not returned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// A producer pushed a message.
    Push(Message, Option<Pushed>),
    /// The consumer popped.
    Pop(Option<Popped>),
    /// A producer was dropped.
    Leave,
    /// The consumer closed the queue, or was dropped.
    Close,
}

/// An operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Operation {
    /// The thread.
    pub thread: u32,
    /// When it was called, on a clock that all threads share.
    pub called: u64,
    /// When it returned, if it has.
    pub returned: Option<u64>,
    /// What it did.
    pub call: Call,
    /// Where it stands: the file's index, and the line.
    pub place: (u32, u32),
}

impl Operation {
    /// The time until which it must have taken effect.
    fn due(&self) -> u64 {
        self.returned.unwrap_or(u64::MAX)
    }
}

impl fmt::Display for Operation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.thread {
            CONSUMER => f.write_str("consumer: ")?,
            producer => write!(f, "producer {producer}: ")?,
        }
        match self.call {
            Call::Push(message, pushed) => {
                let result = pushed.map_or("", |it| match it {
                    Pushed::Accepted => " accepted",
                    Pushed::Full => " refused as full",
                    Pushed::Closed => " refused as closed",
                });
                write!(f, "push of {message}{result}")
            }
            Call::Pop(None) => f.write_str("pop"),
            Call::Pop(Some(Popped::Message(message))) => write!(f, "pop of {message}"),
            Call::Pop(Some(Popped::Empty)) => f.write_str("pop that found nothing"),
            Call::Pop(Some(Popped::Pending)) => f.write_str("pop of a message being written"),
            Call::Pop(Some(Popped::Closed)) => f.write_str("pop that found the queue closed"),
            Call::Leave => f.write_str("leaves"),
            Call::Close => f.write_str("closes the queue"),
        }?;
        match self.returned {
            Some(returned) => write!(f, ", {} to {returned}", self.called),
            None => write!(f, ", from {}, has not returned", self.called),
        }
    }
}

/// What threads did with one queue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct History {
    config: Configuration,
    files: Vec<String>,
    /// By thread, and then in the thread's order.
    operations: Vec<Operation>,
}

/// Why files are no history of one queue.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum HistoryError {
    /// A line is no operation.
    #[error("{place}: no operation: {problem}; see trace --help for what an operation is")]
    Malformed {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A line is no JSON.
    #[error(
        "{place}: no JSON: {problem}. A line that a crash cut off is allowed only at the end of a file"
    )]
    NoJson {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A line says which queue it was, and says it wrong or in the wrong place.
    #[error(
        "{place}: no header: {problem}; the first line is \
         {{\"queue\":{{\"capacity\":C,\"max_capacity\":M,\"producers\":P}}}}, with whole numbers"
    )]
    Header {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// There is nothing to check.
    #[error(
        "{files}: there is no operation; give the file that has the operations, or record some"
    )]
    Empty {
        /// The files.
        files: String,
    },
    /// No file says which queue it was.
    #[error(
        "{files}: no file begins with {{\"queue\":{{\"capacity\":C,\"max_capacity\":M,\"producers\":P}}}}; add that line"
    )]
    NoQueue {
        /// The files.
        files: String,
    },
    /// Two files are of different queues, or the capacities make none.
    #[error(
        "{place}: {problem}; give the histories of one queue, with a capacity from 1 to the maximum, and 1 to 65,536 \
         producers"
    )]
    Queue {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
    },
    /// A thread did what it cannot have done.
    #[error("{place}: {problem} (see {other}); a thread does one operation after the other")]
    Thread {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: String,
        /// The operation that it does not go with.
        other: String,
    },
    /// An operation is none of its thread, or its times are wrong.
    #[error("{place}: {problem}; {mend}")]
    Operation {
        /// The file and the line.
        place: String,
        /// What is wrong.
        problem: &'static str,
        /// What to do.
        mend: &'static str,
    },
}

impl History {
    /// A history of these operations, in any order; of two of a thread with the same times the first comes first.
    ///
    /// # Errors
    ///
    /// [`HistoryError`] if there is no such queue, or if threads cannot have done that: a thread's operations overlap, one follows on one that has
    /// not returned or on its leaving, a thread has an operation of the other side, or accepted messages are not
    /// different.
    pub fn new(
        config: Configuration,
        files: Vec<String>,
        mut operations: Vec<Operation>,
    ) -> Result<History, HistoryError> {
        if let Some(problem) = config.problem() {
            return Err(HistoryError::Queue { place: files.join(", "), problem });
        }
        operations.sort_by_key(|it| (it.thread, it.called, it.due()));
        let history = History { config, files, operations };
        for operation in &history.operations {
            history.has_its_thread(operation)?;
        }
        let pairs = history.operations.iter().zip(history.operations.iter().skip(1));
        for (before, after) in pairs.filter(|(before, after)| before.thread == after.thread) {
            let problem = if after.called < before.due() {
                "it begins before the thread's operation before it has returned"
            } else if before.returned.is_none() {
                "it follows on one that has not returned"
            } else if before.call == Call::Leave {
                "the producer had left"
            } else {
                continue;
            };
            return Err(history.not_of_a_thread(after, before, problem));
        }
        // A message that was refused may be pushed again.
        let mut kept = history.pushes_kept();
        kept.sort_by_key(|&(message, _)| message);
        let twice = kept.windows(2).find(|pair| pair[0].0 == pair[1].0);
        if let Some(&[(_, first), (_, second)]) = twice {
            let [first, second] = [first, second].map(|index| &history.operations[index]);
            return Err(history.not_of_a_thread(second, first, "its message was pushed before"));
        }
        Ok(history)
    }

    /// A history of what threads just did, whose places are those in the file that [`write()`] makes of it.
    ///
    /// # Errors
    ///
    /// As of [`History::new`].
    pub fn recorded(
        config: Configuration,
        file: String,
        operations: Vec<Operation>,
    ) -> Result<History, HistoryError> {
        let mut history = History::new(config, vec![file], operations)?;
        for (line, index) in (2..).zip(history.by_call()) {
            history.operations[index].place = (0, line);
        }
        Ok(history)
    }

    /// The operations in the order in which they were called.
    fn by_call(&self) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.operations.len()).collect();
        order.sort_by_key(|&index| self.operations[index].called);
        order
    }

    fn not_of_a_thread(&self, it: &Operation, other: &Operation, problem: &str) -> HistoryError {
        HistoryError::Thread {
            place: self.place(it),
            problem: problem.to_owned(),
            other: self.place(other),
        }
    }

    fn has_its_thread(&self, operation: &Operation) -> Result<(), HistoryError> {
        let is_consumer = operation.thread == CONSUMER;
        let (problem, mend) = match operation.call {
            _ if operation.thread > self.config.producers => {
                ("there is no such producer", "correct \"producers\" or \"thread\"")
            }
            _ if operation.due() < operation.called => {
                ("it returned before it was called", "take both times from one clock")
            }
            Call::Push(_, Some(_)) | Call::Pop(Some(_)) if operation.returned.is_none() => (
                "it has a result and has not returned",
                "give \"return\" and \"result\" or neither",
            ),
            Call::Push(_, None) | Call::Pop(None) if operation.returned.is_some() => {
                ("it has returned without a result", "give \"return\" and \"result\" or neither")
            }
            Call::Push(..) | Call::Leave if is_consumer => {
                ("the consumer neither pushes nor leaves", "number producers from 1 on")
            }
            Call::Pop(_) | Call::Close if !is_consumer => {
                ("only the consumer, thread 0, pops and closes", "correct \"thread\"")
            }
            Call::Push(message, _) if message.0 != operation.thread => {
                ("a message begins with the number of its producer", "correct \"message\"")
            }
            Call::Push(..) | Call::Pop(_) | Call::Leave | Call::Close => return Ok(()),
        };
        Err(HistoryError::Operation { place: self.place(operation), problem, mend })
    }

    /// The messages that were not refused, each with the index of its push.
    fn pushes_kept(&self) -> Vec<(Message, usize)> {
        let kept = self.operations.iter().enumerate().filter_map(|(index, it)| match it.call {
            Call::Push(message, None | Some(Pushed::Accepted)) => Some((message, index)),
            Call::Push(..) | Call::Pop(_) | Call::Leave | Call::Close => None,
        });
        kept.collect()
    }

    /// The queue.
    pub fn config(&self) -> Configuration {
        self.config
    }

    /// All operations, by thread, and then in the thread's order.
    pub fn operations(&self) -> &[Operation] {
        &self.operations
    }

    /// The file and the line of an operation.
    pub fn place(&self, operation: &Operation) -> String {
        let (file, line) = operation.place;
        let name = self.files.get(file as usize).map_or("history", String::as_str);
        format!("{name}:{line}")
    }

    /// How many operations ended in which way.
    pub fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        let mut changes = Vec::new();
        for operation in &self.operations {
            match operation.call {
                Call::Push(_, Some(Pushed::Accepted)) => {
                    counts.accepted += 1;
                    changes.push((operation.due(), 1));
                }
                Call::Push(_, Some(Pushed::Full)) => counts.full += 1,
                Call::Push(_, Some(Pushed::Closed)) => counts.closed += 1,
                Call::Pop(Some(Popped::Message(_))) => {
                    counts.taken += 1;
                    changes.push((operation.called, -1));
                }
                Call::Pop(Some(Popped::Empty)) => counts.empty += 1,
                Call::Pop(Some(Popped::Pending)) => counts.pending += 1,
                Call::Push(_, None)
                | Call::Pop(None | Some(Popped::Closed))
                | Call::Leave
                | Call::Close => {}
            }
        }
        // At the same moment, a pop may come first.
        changes.sort_unstable();
        let mut queued: i64 = 0;
        for (_, change) in changes {
            queued += change;
            counts.queued = counts.queued.max(queued.unsigned_abs() * u64::from(queued > 0));
        }
        counts
    }
}

/// How many operations ended in which way.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Pushes that were accepted.
    pub accepted: u64,
    /// Pushes that found no room.
    pub full: u64,
    /// Pushes that found the queue closed.
    pub closed: u64,
    /// Pops that took a message.
    pub taken: u64,
    /// Pops that found nothing.
    pub empty: u64,
    /// Pops that found a message being written.
    pub pending: u64,
    /// The largest number of messages that were in the queue at one moment, for sure: pushed by then, and no pop of
    /// them called.
    pub queued: u64,
}

impl Counts {
    /// The counts of two histories together.
    pub fn and(self, other: Counts) -> Counts {
        Counts {
            accepted: self.accepted + other.accepted,
            full: self.full + other.full,
            closed: self.closed + other.closed,
            taken: self.taken + other.taken,
            empty: self.empty + other.empty,
            pending: self.pending + other.pending,
            queued: self.queued.max(other.queued),
        }
    }
}
