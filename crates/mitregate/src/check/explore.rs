//! One breadth-first exploration of a model, parallel and deterministic.
//!
//! States are expanded level by level, a level in blocks of a fixed size, and a block by all threads: see the module `block`.
//! States get the same numbers, and laws the same first violations, whatever the number of threads, and every
//! counterexample is a shortest one.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Mutex, MutexGuard, PoisonError};

use std::time::{Duration, Instant};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::Checkable;
use super::asked::Asked;
use super::block::{self, Piece, Target};
use super::checkpoint::{self, Checkpoint, Progressed, Saved};
use super::contract::{Breach, guarded};
use super::expand::{Expander, Expansion, Successor};
use super::fingerprint::fingerprint;
use super::graph::{Found, Graph, NO_STATE, Place, StateId, StopReason, id};
use super::seen::Seen;
use super::trace::Trace;

/// States of one block; more by what its last piece was found to lead to at most.
const BLOCK: usize = 2_048;

/// States that one task of a block expands, at most.
const PIECE: usize = 64;

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
    /// Where and how often the exploration is saved.
    pub checkpoint: Option<Checkpoint<'a>>,
    /// What it goes on from: it is taken out.
    pub resume: Option<&'a Mutex<Option<Saved>>>,
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
        if options.watchdog.is_some() {
            search.explore_all()
        } else {
            pool.install(|| search.explore_all())
        }
    }
}

struct Search<'a, M: Checkable> {
    expander: &'a Expander<'a, M>,
    options: &'a Options<'a>,
    pool: &'a ThreadPool,
    keeps_edges: bool,
    seen: Seen,
    asked: Asked,
    graph: Graph,
    spare: Spare<Piece<M::State>>,
    /// How many states are expanded: these are the first ones.
    expanded: StateId,
    /// The number of the first state of the next level.
    level_end: StateId,
    start: Instant,
    last_saved: Instant,
}

/// What can be used again, so that the operating system need not give the same memory, cleared, with each block.
struct Spare<T>(Mutex<Vec<T>>);

impl<T> Spare<T> {
    fn take(&self) -> Option<T> {
        lock(&self.0).pop()
    }

    fn add(&self, more: Vec<T>) {
        lock(&self.0).extend(more);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// States in the order of their numbers.
type States<S> = VecDeque<Vec<S>>;

/// States that one thread expands.
struct Task<'s, S> {
    /// The number of the first.
    first: StateId,
    states: &'s [S],
    /// The number of the one that is being expanded.
    at_work: AtomicU32,
}

/// What a thread needs to expand states, and can use again.
struct Buffers<M: Checkable> {
    expansion: Expansion<M>,
    fingerprints: Vec<u64>,
    found: Vec<Option<StateId>>,
}

impl<'a, M: Checkable> Search<'a, M> {
    fn new(expander: &'a Expander<'a, M>, options: &'a Options<'a>, pool: &'a ThreadPool) -> Self {
        let keeps_edges = options.edges || expander.needs_edges();
        Search {
            expander,
            options,
            pool,
            keeps_edges,
            seen: Seen::new(keeps_edges),
            asked: Asked::default(),
            graph: Graph::new(expander.notes()),
            spare: Spare(Mutex::default()),
            expanded: 0,
            level_end: 0,
            start: Instant::now(),
            last_saved: Instant::now(),
        }
    }

    /// A bench counts the instructions of this function, so it has to remain one.
    #[inline(never)]
    fn explore_all(mut self) -> Graph {
        let saved = self.options.resume.and_then(|saved| lock(saved).take());
        let mut level = match saved.filter(|saved| saved.progressed.keeps_edges == self.keeps_edges)
        {
            Some(saved) => {
                let (rest, next) = self.resume(saved);
                self.expand_level(rest, next)
            }
            None => self.initial_level(),
        };
        while !level.is_empty() && self.graph.stopped.is_none() {
            self.graph.begin_level(self.expanded);
            self.level_end = id(self.graph.len());
            level = self.expand_level(level, States::new());
        }
        self.graph.elapsed += self.start.elapsed();
        self.graph
    }

    /// Goes on where an exploration was when it was saved: the states of the level that were not expanded, and the
    /// first ones of the next level.
    fn resume(&mut self, saved: Saved) -> (States<M::State>, States<M::State>) {
        let Saved { seen, graph, progressed } = saved;
        let Progressed { expanded, level_end, waiting, .. } = progressed;
        (self.seen, self.graph) = (seen, graph);
        (self.expanded, self.level_end) = (expanded, level_end);
        if self.graph.len() > self.most_states() {
            self.graph.stopped = Some(StopReason::States);
            return (States::new(), States::new());
        }
        let model = self.expander.model();
        let (graph, pool) = (&self.graph, self.pool);
        let made = pool.install(|| checkpoint::states_from(model, graph, (expanded, level_end)));
        let made = made.filter(|states| self.hash(states.iter()) == Some(waiting));
        let Some(mut states) = made else {
            // The same program took these steps before, or it would not have been given what was saved.
            let place = Place::State(expanded);
            let found = Found { place, length: self.graph.path(expanded).len() };
            let what =
                "the steps of a checkpoint led elsewhere when they were taken again".to_owned();
            self.graph.notes.indeterminate = Some(Breach { found, action: None, what });
            return (States::new(), States::new());
        };
        let next = states.split_off((level_end - expanded) as usize);
        (in_pieces(states), in_pieces(next))
    }

    /// A hash of the fingerprints of states in order; none if one cannot be made.
    fn hash<'s>(&self, states: impl Iterator<Item = &'s M::State>) -> Option<u64> {
        let fingerprints =
            guarded(|| states.map(|state| self.expander.fingerprint(state)).collect::<Vec<_>>());
        Some(fingerprint(&fingerprints.ok()?))
    }

    /// Saves the exploration, if that is asked for, and due or the last occasion. What is waiting is the rest of the
    /// level and what is known of the next.
    fn save(&mut self, rest: &States<M::State>, next: &States<M::State>) {
        let Some(checkpoint) = &self.options.checkpoint else { return };
        let is_over = match self.graph.stopped {
            None => false,
            Some(StopReason::Time | StopReason::Memory | StopReason::Interrupted) => true,
            Some(_) => return,
        };
        if !is_over && self.last_saved.elapsed() < checkpoint.every {
            return;
        }
        let elapsed = self.graph.elapsed + self.start.elapsed();
        // Fingerprints were made of all of them before.
        let waiting = self.hash(rest.iter().chain(next).flatten()).unwrap_or_default();
        let progress = Progressed {
            expanded: self.expanded,
            level_end: self.level_end,
            waiting,
            keeps_edges: self.keeps_edges,
            elapsed,
        };
        if let Err(error) = checkpoint::write(checkpoint, (&self.seen, &self.graph), progress) {
            (checkpoint.failed)(&error);
            self.graph.stopped = Some(StopReason::Checkpoint);
        }
        self.last_saved = Instant::now();
    }

    fn initial_level(&mut self) -> States<M::State> {
        let mut level = Vec::new();
        let mut notes = self.expander.notes();
        for initial in self.expander.initial(&mut notes) {
            let number = id(self.graph.len());
            let part = self.seen.part_mut(initial.fingerprint);
            if part.insert(initial.fingerprint, number).is_some() {
                continue;
            }
            if self.graph.len() >= self.most_states() {
                self.graph.stopped = Some(StopReason::States);
                break;
            }
            self.graph.add_state(None, initial.action);
            level.push(initial.state);
        }
        self.graph.notes.merge(&notes);
        in_pieces(level)
    }

    fn most_states(&self) -> usize {
        let most = self.options.budget.max_states.unwrap_or(u64::MAX).min(NO_STATE.into());
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Expands the states of a level, or the rest of them, and returns the next, of which some may be known.
    fn expand_level(
        &mut self,
        mut level: States<M::State>,
        mut next: States<M::State>,
    ) -> States<M::State> {
        let mut waiting: usize = level.iter().map(Vec::len).sum();
        while self.graph.stopped.is_none() && waiting > 0 {
            let mut count = 0;
            let mut block = Vec::new();
            while count < BLOCK
                && let Some(states) = level.pop_front()
            {
                count += states.len();
                block.push(states);
            }
            let (pieces, expanded) = self.expand_block(&block);
            if expanded < count {
                level.push_front(
                    std::mem::take(&mut block).into_iter().flatten().skip(expanded).collect(),
                );
            }
            let limits = (self.keeps_edges, self.most_states());
            let targets = (&mut self.seen, &mut self.graph);
            let add = || {
                // The block's states are freed before the next block's are made.
                block.into_par_iter().for_each(drop);
                block::add(pieces, targets, limits, |states| append(&mut next, states))
            };
            // One piece is added by one thread, whichever that is.
            let (is_cut, spare) = if count <= PIECE { add() } else { self.pool.install(add) };
            self.spare.add(spare);
            if is_cut {
                self.graph.stopped = Some(StopReason::States);
            } else if expanded < count {
                self.graph.stopped = Some(self.why_out_of_time());
            }
            waiting -= expanded;
            self.expanded += id(expanded);
            self.after_block(waiting + next.iter().map(Vec::len).sum::<usize>());
            self.save(&level, &next);
        }
        self.stop_at_violation();
        next
    }

    /// Expands a block; its pieces up to the first that was cut short, and how many states these have.
    fn expand_block(&self, block: &[Vec<M::State>]) -> (Vec<Piece<M::State>>, usize) {
        let mut number = self.expanded;
        let task = |states| {
            let first = number;
            number += id(<[_]>::len(states));
            Task { first, states, at_work: AtomicU32::new(NO_STATE) }
        };
        let tasks: Vec<_> =
            block.iter().flat_map(|states| states.chunks(PIECE)).map(task).collect();
        let expand = || -> Vec<Option<Piece<M::State>>> {
            match tasks.as_slice() {
                [task] => vec![self.expand_piece(task)],
                tasks => tasks.par_iter().map(|task| self.expand_piece(task)).collect(),
            }
        };
        let mut expanded = Vec::new();
        match self.options.watchdog {
            None => expanded = expand(),
            Some(watchdog) => {
                let (ends, ended) = mpsc::channel::<()>();
                self.pool.in_place_scope(|scope| {
                    scope.spawn(|_| {
                        // The channel is closed also if the code panics.
                        let _ends = ends;
                        expanded = expand();
                    });
                    let at_work: Vec<_> = tasks.iter().map(|task| &task.at_work).collect();
                    self.watch(watchdog, &at_work, &ended);
                });
            }
        }
        // The order of states is kept: what comes after an unfinished piece is dropped.
        let finished: Vec<_> = expanded.into_iter().map_while(|piece| piece).collect();
        let count = tasks.iter().take(finished.len()).map(|task| task.states.len()).sum();
        (finished, count)
    }

    /// Waits for a block to end. Tells of a state that is at work all the time when that takes long.
    fn watch(&self, watchdog: Watchdog<'_>, at_work: &[&AtomicU32], ended: &mpsc::Receiver<()>) {
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

    /// Expands some states; none if time is up.
    fn expand_piece(&self, task: &Task<'_, M::State>) -> Option<Piece<M::State>> {
        let Task { first, states, at_work } = task;
        if self.out_of_time() {
            return None;
        }
        let mut piece = self.spare.take().unwrap_or_default();
        piece.begin(self.expander.notes());
        let mut buffers = Buffers {
            expansion: Expansion::default(),
            fingerprints: Vec::new(),
            found: Vec::new(),
        };
        for (number, state) in (*first..).zip(*states) {
            at_work.store(number, Ordering::Relaxed);
            self.expand_state((number, state), &mut buffers, &mut piece);
        }
        at_work.store(NO_STATE, Ordering::Relaxed);
        piece.end();
        Some(piece)
    }

    fn expand_state(
        &self,
        (number, state): (StateId, &M::State),
        buffers: &mut Buffers<M>,
        piece: &mut Piece<M::State>,
    ) {
        let Buffers { expansion, fingerprints, found } = buffers;
        let (depth, notes) = (self.graph.depth(), piece.notes_mut());
        self.expander.expand((number, state), depth, &self.asked, expansion, notes);
        fingerprints.clear();
        fingerprints.extend(expansion.successors.iter().map(|successor| successor.fingerprint));
        found.clear();
        self.seen.find_all(fingerprints, |_, known| found.push(known));
        for (successor, &known) in expansion.successors.drain(..).zip(&*found) {
            let Successor { action, state, fingerprint, takes } = successor;
            let target = match known {
                Some(known) => Target::Seen(known),
                None => Target::Unseen(piece.add_unseen(number, action, fingerprint, state)),
            };
            if self.keeps_edges {
                piece.add_edge(target, action, takes);
            }
        }
        piece.end_state(expansion.label, self.keeps_edges);
    }

    /// Ends the exploration after a level in which something was violated. The level is finished first:
    /// a later state of it may be a shorter counterexample than a state outside the boundary.
    fn stop_at_violation(&mut self) {
        let violated = self.expander.is_violated(&self.graph.notes);
        if violated && !self.options.keep_going && self.graph.stopped.is_none() {
            self.graph.stopped = Some(StopReason::Violation);
        }
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

/// States in pieces, so that memory is freed on the way through them.
fn in_pieces<S>(states: Vec<S>) -> States<S> {
    let mut pieces = States::new();
    let mut states = states.into_iter();
    while let pieces_left @ 1.. = states.len() {
        pieces.push_back(states.by_ref().take(pieces_left.min(BLOCK)).collect());
    }
    pieces
}

/// Adds states to others. Few at once are moved, so that there are enough for a task.
fn append<S>(to: &mut States<S>, mut states: Vec<S>) {
    match to.back_mut() {
        Some(last) if last.len() + states.len() <= PIECE => last.append(&mut states),
        _ if states.is_empty() => {}
        _ => to.push_back(states),
    }
}

/// The process's resident memory in bytes, where the operating system tells (Linux).
pub fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
