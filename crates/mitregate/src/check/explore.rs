//! One breadth-first exploration of a model, parallel and deterministic.
//!
//! States are expanded level by level, a level in blocks of fixed size. The states of a block are
//! expanded in parallel against a table of seen states that is only read meanwhile; then their
//! successors are merged in order. So states get the same numbers, and laws the same first
//! violations, whatever the number of threads, and every counterexample is a shortest one.

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};

use std::time::{Duration, Instant};

use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rayon::ThreadPool;
use rayon::prelude::*;

use super::Checkable;
use super::expand::{Expander, Notes};
use super::graph::{Graph, Label, NO_STATE, Place, StateId, StopReason, id};
use super::trace::Trace;

/// States of one block; fixed, so that results do not depend on the number of threads.
const BLOCK: usize = 512;

/// States that one task of a block expands.
const CHUNK: usize = 64;

/// Limits of an exploration. Hitting one makes every open verdict *inconclusive*.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// The most distinct states.
    pub max_states: Option<u64>,
    /// The most resident memory of this process, in bytes.
    pub max_memory: Option<u64>,
    /// The most time.
    pub timeout: Option<Duration>,
}

/// How far an exploration has come.
#[derive(Clone, Copy, Debug)]
pub struct Progress {
    /// Distinct states so far.
    pub states: u64,
    /// States found but not yet expanded.
    pub queue: u64,
    /// The current level; initial states are on level 1.
    pub depth: u64,
    /// Time since the start.
    pub elapsed: Duration,
}

/// How to explore.
#[derive(Default)]
pub struct Options<'a> {
    /// Number of threads; 0 means one per core.
    pub threads: usize,
    /// Limits.
    pub budget: Budget,
    /// Explore on after a violation.
    pub keep_going: bool,
    /// Keep the edges, for passes that walk the graph. They are counted in any case, and kept in any
    /// case if a temporal property is asked for.
    pub edges: bool,
    /// Set from elsewhere to end the exploration.
    pub interrupt: Option<&'a AtomicBool>,
    /// Called after every block.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
    /// Told of a state that keeps an exploration from ending.
    pub watchdog: Option<Watchdog<'a>>,
}

/// Notices code that does not return. A step cannot be ended from outside, so an exploration whose time is up, or
/// that was interrupted, waits for the steps that are being taken.
#[derive(Clone, Copy)]
pub struct Watchdog<'a> {
    /// How long it waits for them.
    pub patience: Duration,
    /// Called after that, once in an exploration's block, with a shortest path to a state out of which a step is
    /// being taken all the time. It may end the process.
    pub tell: &'a (dyn Fn(&Trace) + Sync),
}

/// Explores all states that can be reached from a model's initial states.
///
/// An engine decides in which order states are expanded and what remembers those that were seen. What is
/// found in a state is the [`Expander`]'s, and what is made of it that of [`judge`](fn@super::judge). All
/// engines give the same graph but for the time that they take.
pub trait Engine {
    /// Explores until everything is seen, a law is violated, or a budget is hit.
    fn explore<M: Checkable>(&self, expander: &Expander<'_, M>, options: &Options<'_>) -> Graph;
}

/// The breadth-first search of this module.
#[derive(Clone, Copy, Debug, Default)]
pub struct BreadthFirst;

impl Engine for BreadthFirst {
    /// # Panics
    ///
    /// If the operating system gives no threads, or if the model panics.
    fn explore<M: Checkable>(&self, expander: &Expander<'_, M>, options: &Options<'_>) -> Graph {
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(options.threads)
            .build()
            .expect("the operating system gives threads");
        let search = Search::new(expander, options, &pool);
        // A watchdog watches from this thread, beside those of the pool.
        if options.watchdog.is_some() { search.run() } else { pool.install(|| search.run()) }
    }
}

/// A successor found while a block was expanded.
struct Candidate {
    /// Its number, if it had been seen before the block began.
    known: StateId,
    fingerprint: u64,
    action: u32,
    takes: u64,
}

/// What came of expanding some states of a block.
struct Expansion<S> {
    /// All successors within the boundary, and how many each state has.
    successors: Vec<Candidate>,
    out_degrees: Vec<u32>,
    labels: Vec<Label>,
    /// The states of those successors that had not been seen, in order.
    fresh: Vec<S>,
    notes: Notes,
    complete: bool,
}

struct Search<'a, M: Checkable> {
    expander: &'a Expander<'a, M>,
    options: &'a Options<'a>,
    pool: &'a ThreadPool,
    keeps_edges: bool,
    seen: HashTable<StateId>,
    graph: Graph,
    start: Instant,
}

impl<'a, M: Checkable> Search<'a, M> {
    fn new(expander: &'a Expander<'a, M>, options: &'a Options<'a>, pool: &'a ThreadPool) -> Self {
        Search {
            expander,
            options,
            pool,
            keeps_edges: options.edges || expander.needs_edges(),
            seen: HashTable::new(),
            graph: Graph::new(expander.notes()),
            start: Instant::now(),
        }
    }

    fn run(mut self) -> Graph {
        let mut level = self.initial_level();
        let mut first = 0;
        while !level.is_empty() && self.graph.stopped.is_none() {
            self.graph.begin_level(first);
            let next_first = self.next_id();
            level = self.expand_level(level, first);
            first = next_first;
            self.stop_at_violation();
        }
        self.graph.elapsed = self.start.elapsed();
        self.graph
    }

    fn initial_level(&mut self) -> Vec<M::State> {
        let mut level = Vec::new();
        let mut notes = self.expander.notes();
        for initial in self.expander.initial(&mut notes) {
            match self.number(initial.fingerprint, None, initial.action) {
                Ok((_, true)) => level.push(initial.state),
                Ok((_, false)) => {}
                Err(reason) => self.graph.stopped = Some(reason),
            }
        }
        self.graph.notes.merge(&notes);
        level
    }

    /// Expands the states of a level, the first of which has number `first`, and returns the next.
    fn expand_level(&mut self, level: Vec<M::State>, first: StateId) -> Vec<M::State> {
        let mut next = Vec::new();
        let mut states = level.into_iter();
        let mut block_first = first;
        while self.graph.stopped.is_none() {
            let block: Vec<_> = states.by_ref().take(BLOCK).collect();
            if block.is_empty() {
                break;
            }
            let expansions = self.expand_block(&block, block_first);
            self.merge(expansions, block_first, &mut next);
            block_first += id(block.len());
            // The block's states are freed before the next block's are made.
            drop(block);
            self.after_block(states.len() + next.len());
        }
        next
    }

    fn expand_block(&self, block: &[M::State], first: StateId) -> Vec<Expansion<M::State>> {
        let idle = |_| AtomicU32::new(NO_STATE);
        let at_work: Vec<AtomicU32> = (0..block.len().div_ceil(CHUNK)).map(idle).collect();
        let expand = || {
            let chunks = block.par_chunks(CHUNK).zip(&at_work).enumerate();
            let expand = |(index, (states, at_work)): (usize, (&[M::State], &AtomicU32))| {
                self.expand_chunk(states, first + id(index * CHUNK), at_work)
            };
            chunks.map(expand).collect()
        };
        let Some(watchdog) = self.options.watchdog else { return expand() };
        let (ends, ended) = mpsc::channel::<()>();
        let mut expansions = Vec::new();
        self.pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                // The channel is closed also if the code panics.
                let _ends = ends;
                expansions = expand();
            });
            self.watch(watchdog, &at_work, &ended);
        });
        expansions
    }

    /// Waits for a block to end. Tells of a state that is at work all the time when that takes long.
    fn watch(&self, watchdog: Watchdog<'_>, at_work: &[AtomicU32], ended: &mpsc::Receiver<()>) {
        let now = || at_work.iter().map(|state| state.load(Ordering::Relaxed));
        let moment = watchdog.patience.min(Duration::from_millis(100));
        while let Err(RecvTimeoutError::Timeout) = ended.recv_timeout(moment) {
            if !self.out_of_time() {
                continue;
            }
            let before: Vec<StateId> = now().collect();
            if ended.recv_timeout(watchdog.patience) != Err(RecvTimeoutError::Timeout) {
                return;
            }
            let mut same = now().zip(before).filter(|(now, before)| now == before);
            if let Some((state, _)) = same.find(|(state, _)| *state != NO_STATE) {
                let path = self.graph.path_to(Place::State(state));
                (watchdog.tell)(&Trace::along(self.expander.model(), &path, ""));
                return;
            }
        }
    }

    fn expand_chunk(
        &self,
        states: &[M::State],
        first: StateId,
        at_work: &AtomicU32,
    ) -> Expansion<M::State> {
        let mut out = Expansion {
            successors: Vec::with_capacity(states.len() * 4),
            out_degrees: Vec::with_capacity(states.len()),
            labels: Vec::new(),
            fresh: Vec::new(),
            notes: self.expander.notes(),
            complete: !self.out_of_time(),
        };
        if out.complete {
            let mut actions = Vec::new();
            for state in (first..).zip(states) {
                at_work.store(state.0, Ordering::Relaxed);
                self.expand_state(state, &mut actions, &mut out);
            }
            at_work.store(NO_STATE, Ordering::Relaxed);
        }
        out
    }

    fn expand_state(
        &self,
        state: (StateId, &M::State),
        actions: &mut Vec<M::Action>,
        out: &mut Expansion<M::State>,
    ) {
        let before = out.successors.len();
        let (successors, fresh) = (&mut out.successors, &mut out.fresh);
        let label =
            self.expander.expand(state, self.graph.depth(), actions, &mut out.notes, |successor| {
                let known = self.find(successor.fingerprint).unwrap_or(NO_STATE);
                if known != NO_STATE && !self.keeps_edges {
                    return;
                }
                if known == NO_STATE {
                    fresh.push(successor.state);
                }
                successors.push(Candidate {
                    known,
                    fingerprint: successor.fingerprint,
                    action: successor.action,
                    takes: successor.takes,
                });
            });
        out.labels.extend(label);
        out.out_degrees.push(id(out.successors.len() - before));
    }

    /// Adds what a block found, in order, to the graph and to the next level.
    fn merge(
        &mut self,
        expansions: Vec<Expansion<M::State>>,
        first: StateId,
        next: &mut Vec<M::State>,
    ) {
        let mut source = first;
        for expansion in expansions {
            if !expansion.complete {
                // The order of blocks is kept: what comes after an unfinished one is dropped.
                self.graph.stopped = Some(self.why_out_of_time());
                return;
            }
            self.graph.notes.merge(&expansion.notes);
            for label in expansion.labels {
                self.graph.add_label(label);
            }
            let mut fresh = expansion.fresh.into_iter();
            let mut successors = expansion.successors.into_iter();
            for degree in expansion.out_degrees {
                for successor in successors.by_ref().take(degree as usize) {
                    let target = if successor.known == NO_STATE {
                        let state = fresh.next();
                        match self.number(successor.fingerprint, Some(source), successor.action) {
                            Ok((target, true)) => {
                                next.extend(state);
                                target
                            }
                            Ok((target, false)) => target,
                            Err(reason) => {
                                self.graph.stopped = Some(reason);
                                return;
                            }
                        }
                    } else {
                        successor.known
                    };
                    if self.keeps_edges {
                        self.graph.add_edge(target, successor.action, successor.takes);
                    }
                }
                if self.keeps_edges {
                    self.graph.end_edges();
                }
                source += 1;
            }
        }
    }

    /// Ends the exploration after a level in which something was violated. The level is finished first:
    /// a later state of it may be a shorter counterexample than a state outside the boundary.
    fn stop_at_violation(&mut self) {
        let violated = self.expander.is_violated(&self.graph.notes);
        if violated && !self.options.keep_going && self.graph.stopped.is_none() {
            self.graph.stopped = Some(StopReason::Violation);
        }
    }

    fn find(&self, fingerprint: u64) -> Option<StateId> {
        self.seen.find(fingerprint, |&id| self.graph.fingerprint(id) == fingerprint).copied()
    }

    /// The number of the state with this fingerprint, and whether it is a new one.
    fn number(
        &mut self,
        fingerprint: u64,
        parent: Option<StateId>,
        action: u32,
    ) -> Result<(StateId, bool), StopReason> {
        let next = self.next_id();
        let graph = &mut self.graph;
        let entry = self.seen.entry(
            fingerprint,
            |&id| graph.fingerprint(id) == fingerprint,
            |&id| graph.fingerprint(id),
        );
        match entry {
            Entry::Occupied(entry) => Ok((*entry.get(), false)),
            Entry::Vacant(entry) => {
                let max = self.options.budget.max_states.unwrap_or(u64::MAX);
                if u64::from(next) >= max || next == NO_STATE {
                    return Err(StopReason::States);
                }
                entry.insert(next);
                Ok((graph.add_state(fingerprint, parent, action), true))
            }
        }
    }

    fn next_id(&self) -> StateId {
        id(self.graph.len())
    }

    fn out_of_time(&self) -> bool {
        self.interrupted()
            || self.options.budget.timeout.is_some_and(|limit| self.start.elapsed() >= limit)
    }

    fn why_out_of_time(&self) -> StopReason {
        if self.interrupted() { StopReason::Interrupted } else { StopReason::Time }
    }

    fn interrupted(&self) -> bool {
        self.options.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    fn after_block(&mut self, queue: usize) {
        if self.graph.stopped.is_none()
            && let Some(limit) = self.options.budget.max_memory
            && resident_memory().is_some_and(|bytes| bytes >= limit)
        {
            self.graph.stopped = Some(StopReason::Memory);
        }
        if let Some(report) = self.options.progress {
            report(Progress {
                states: self.graph.len() as u64,
                queue: queue as u64,
                depth: self.graph.depth() as u64,
                elapsed: self.start.elapsed(),
            });
        }
    }
}

/// The process's resident memory in bytes, where the operating system tells (Linux).
pub fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
