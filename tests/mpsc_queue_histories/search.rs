//! A search through all orders of a small history, which shares nothing with the check but the operations.

use std::collections::{HashSet, VecDeque};

use mitregate_models::mpsc_queue::history::{
    Call, Configuration, History, Message, Operation, Popped, Pushed,
};

/// A message of a push of which nothing is known.
const ANY: u32 = u32::MAX;

/// Whether some order of the operations is a run of a queue. Of the pushes that were refused as full, one at a time
/// takes part.
pub(crate) fn has_order(history: &History) -> bool {
    let is_full = |it: &Operation| matches!(it.call, Call::Push(_, Some(Pushed::Full)));
    let (full, rest): (Vec<_>, Vec<_>) = history.operations().iter().copied().partition(is_full);
    Search::new(history, rest.clone()).succeeds()
        && full.iter().all(|&one| {
            let with_one = rest.iter().copied().chain([one]).collect();
            Search::new(history, with_one).succeeds()
        })
}

/// The same with all refusals in one order, and the capacity fixed.
pub(crate) fn has_order_of_all(history: &History) -> bool {
    Search::new(history, history.operations().to_vec()).succeeds()
}

/// A run of a queue so far.
#[derive(Clone, PartialEq, Eq, Hash)]
struct State {
    /// How many operations of each thread are in it.
    places: Vec<usize>,
    queue: VecDeque<Message>,
    /// Nothing goes in any more.
    is_closed: bool,
    /// Closing is over: a push that finds no room says that the queue is closed.
    is_shut: bool,
    /// By thread.
    has_left: Vec<bool>,
    /// Messages that went in by pushes of which nothing is known.
    invented: Vec<Message>,
}

struct Search {
    config: Configuration,
    threads: Vec<Vec<Operation>>,
    /// From when on each thread may have done more.
    open: Vec<Option<u64>>,
    /// Messages that were taken and have no push.
    strangers: Vec<Message>,
    seen: HashSet<State>,
}

impl Search {
    fn new(history: &History, mut operations: Vec<Operation>) -> Search {
        let config = history.config();
        operations.sort_by_key(|it| (it.thread, it.called));
        let last = |thread| history.operations().iter().rfind(|it| it.thread == thread);
        let open = |thread| last(thread).map_or(Some(0), |it| it.returned);
        let open = (0..=config.producers).map(open).collect();
        let mut threads = vec![Vec::new(); config.producers as usize + 1];
        for &operation in &operations {
            threads[operation.thread as usize].push(operation);
        }
        let kept = |message: &Message| {
            operations.iter().any(|it| match it.call {
                Call::Push(its, pushed) => {
                    its == *message && matches!(pushed, None | Some(Pushed::Accepted))
                }
                _ => false,
            })
        };
        let popped = operations.iter().filter_map(|it| match it.call {
            Call::Pop(Some(Popped::Message(message))) => Some(message),
            _ => None,
        });
        let strangers = popped.filter(|message| !kept(message)).collect();
        Search { config, threads, open, strangers, seen: HashSet::new() }
    }

    fn succeeds(&mut self) -> bool {
        let count = self.threads.len();
        self.goes_on(&State {
            places: vec![0; count],
            queue: VecDeque::new(),
            is_closed: false,
            is_shut: false,
            has_left: vec![false; count],
            invented: Vec::new(),
        })
    }

    fn goes_on(&mut self, state: &State) -> bool {
        let rest = |thread: usize| &self.threads[thread][state.places[thread]..];
        if (0..self.threads.len()).all(|it| rest(it).iter().all(|it| it.returned.is_none())) {
            return true;
        }
        if !self.seen.insert(state.clone()) {
            return false;
        }
        let mut next = Vec::new();
        for thread in 0..self.threads.len() {
            let called = match self.threads[thread].get(state.places[thread]) {
                Some(operation) => operation.called,
                None => match self.open[thread] {
                    Some(since) => since,
                    None => continue,
                },
            };
            // What returned before this was called comes first.
            let is_next = (0..self.threads.len())
                .all(|it| rest(it).iter().all(|it| it.returned.is_none_or(|end| end >= called)));
            if !is_next {
                continue;
            }
            match self.threads[thread].get(state.places[thread]) {
                Some(operation) => next.extend(self.take(state, operation)),
                None => next.extend(self.unknown(state, thread)),
            }
        }
        next.iter().any(|state| self.goes_on(state))
    }

    /// The queue after an operation.
    fn take(&self, state: &State, operation: &Operation) -> Option<State> {
        let mut next = state.clone();
        let thread = operation.thread as usize;
        next.places[thread] += 1;
        let is_over = state.is_closed || state.has_left[1..].iter().all(|&left| left);
        let len = u32::try_from(state.queue.len()).unwrap();
        let is_possible = match operation.call {
            Call::Push(message, None | Some(Pushed::Accepted)) => {
                next.queue.push_back(message);
                !state.is_closed && len < self.config.max_capacity
            }
            Call::Push(_, Some(Pushed::Full)) => {
                let is_closed =
                    |it: &Operation| matches!(it.call, Call::Push(_, Some(Pushed::Closed)));
                let before = &self.threads[thread][..state.places[thread]];
                len >= self.config.capacity && !state.is_shut && !before.iter().any(is_closed)
            }
            Call::Push(_, Some(Pushed::Closed)) => state.is_closed,
            Call::Pop(None) => next.queue.pop_front().is_some(),
            Call::Pop(Some(Popped::Message(message))) => next.queue.pop_front() == Some(message),
            Call::Pop(Some(Popped::Empty)) => len == 0 && !is_over,
            Call::Pop(Some(Popped::Pending)) => {
                state.queue.front().is_some_and(|it| self.is_written_at(*it, operation.called))
            }
            Call::Pop(Some(Popped::Closed)) => len == 0 && is_over,
            Call::Leave => {
                next.has_left[thread] = true;
                true
            }
            Call::Close => {
                // Closing takes effect twice.
                if state.is_closed {
                    next.is_shut = true;
                } else {
                    next.is_closed = true;
                    next.places[thread] -= 1;
                }
                true
            }
        };
        is_possible.then_some(next)
    }

    /// Whether the push of a message had not returned by then.
    fn is_written_at(&self, message: Message, time: u64) -> bool {
        let is_its = |it: &&Operation| match it.call {
            Call::Push(its, None | Some(Pushed::Accepted)) => its == message,
            _ => false,
        };
        let push = self.threads[message.0 as usize].iter().find(is_its);
        push.is_none_or(|it| it.returned.is_none_or(|end| end >= time))
    }

    /// What a thread may do after the end of what is known of it.
    fn unknown(&self, state: &State, thread: usize) -> Vec<State> {
        let mut all = Vec::new();
        let mut add = |change: &dyn Fn(&mut State)| {
            let mut next = state.clone();
            change(&mut next);
            all.push(next);
        };
        if thread == 0 {
            if !state.queue.is_empty() {
                add(&|next| {
                    next.queue.pop_front();
                });
            }
            if !state.is_closed {
                add(&|next| next.is_closed = true);
            }
        } else if !state.has_left[thread] {
            add(&|next| next.has_left[thread] = true);
            if !state.is_closed && state.queue.len() < self.config.max_capacity as usize {
                let producer = u32::try_from(thread).unwrap();
                let own = self.strangers.iter().filter(|it| it.0 == producer).copied();
                let is_new = |it: &Message| it.1 == ANY || !state.invented.contains(it);
                for message in own.chain([Message(producer, ANY)]).filter(is_new) {
                    add(&move |next| {
                        next.queue.push_back(message);
                        next.invented.extend(Some(message).filter(|it| it.1 != ANY));
                    });
                }
            }
        }
        all
    }
}
