//! One breadth-first exploration of a model, parallel and deterministic.
//!
//! States are expanded level by level, a level in blocks of a fixed size, and a block by all threads: see the module `block`.
//! States get the same numbers, and laws the same first violations, whatever the number of threads, and every
//! counterexample is a shortest one.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc;
use std::sync::{Mutex, MutexGuard, PoisonError};

use std::time::{Duration, Instant};

use rayon::ThreadPool;
use rayon::prelude::*;

use super::Checkable;
use super::ample::PartialOrder;
use super::asked::Asked;
use super::bits::Bits;
use super::block::{self, Piece, Target};
use super::checkpoint::{self, Checkpoint, Progressed, Saved};
use super::contract::{Breach, guarded};
use super::disk::{Disk, Runs};
use super::expand::{Expander, Expansion, Notes, Successor};
use super::fingerprint::fingerprint;
use super::frontier::{Frontier, Pending, Room};
use super::graph::{Found, Graph, NO_STATE, Place, StateId, StopReason, id};
use super::seen::Seen;
use super::watchdog::{Watchdog, Watched};

/// States of one block; more by what its last piece was found to lead to at most.
const BLOCK: usize = 2_048;

/// States that one task of a block expands, at most.
pub(super) const PIECE: usize = 64;

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
    /// How it is spread over processes, where there are several.
    pub spread: Option<Spread>,
}

/// How the states of an exploration are spread over processes, by who remembers them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spread {
    /// How many the process with the fewest has.
    pub fewest: u64,
    /// How many the process with the most has.
    pub most: u64,
    /// How many bytes processes have sent each other, without what the network adds.
    pub sent: u64,
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
    /// What is made of actions that the model calls [ample](super::Model::is_ample).
    pub partial_order: PartialOrder,
    /// Where to keep what memory has no room for. There are no checkpoints then.
    pub disk: Option<Disk<'a>>,
    /// With which other processes it explores; none if it does alone. Each has checkpoints of
    /// its own, and nothing else on disk.
    #[cfg(feature = "distributed")]
    pub together: Option<super::Together<'a>>,
    /// What it goes on from: it is taken out.
    pub resume: Option<&'a Mutex<Option<Saved>>>,
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
        let at_work = AtWork::of(&pool);
        let search = Search::new(expander, options, (&pool, &at_work));
        let Some(watchdog) = options.watchdog else {
            return pool.install(|| search.explore_all());
        };
        let (start, (ends, ended)) = (search.start, mpsc::channel::<()>());
        let mut explored = None;
        // It watches from this thread, beside those of the pool.
        pool.in_place_scope(|scope| {
            scope.spawn(|_| {
                // The channel is closed also if the code panics.
                let _ends = ends;
                explored = Some(search.explore_all());
            });
            let (at_work, is_lost) = (|| at_work.paths(), || false);
            let watched = Watched { start, ended: &ended, at_work: &at_work, is_lost: &is_lost };
            watchdog.watch(expander.model(), options, watched);
        });
        explored.expect("where the code panics, so does the scope")
    }
}

/// What the threads of an exploration are at, for who watches them.
struct AtWork {
    /// The number of the state that each thread expands.
    states: Vec<AtomicU32>,
    /// What is known, while a block is expanded.
    graph: Mutex<Option<Graph>>,
}

impl AtWork {
    fn of(pool: &ThreadPool) -> AtWork {
        let threads = 0..pool.current_num_threads();
        AtWork {
            states: threads.map(|_| AtomicU32::new(NO_STATE)).collect(),
            graph: Mutex::default(),
        }
    }

    /// Where this thread of the pool says which state it expands.
    fn mine(&self) -> &AtomicU32 {
        &self.states[rayon::current_thread_index().unwrap_or_default()]
    }

    /// The paths to the states that are being expanded.
    fn paths(&self) -> Vec<Option<Vec<u32>>> {
        let graph = lock(&self.graph);
        let path = |state: &AtomicU32| {
            let state = Some(state.load(Ordering::Relaxed)).filter(|&it| it != NO_STATE)?;
            Some(graph.as_ref()?.path_to(Place::State(state)))
        };
        self.states.iter().map(path).collect()
    }
}

struct Search<'a, M: Checkable> {
    expander: &'a Expander<'a, M>,
    options: &'a Options<'a>,
    pool: &'a ThreadPool,
    at_work: &'a AtWork,
    keeps_edges: bool,
    /// Whether the table of seen states has their numbers.
    keeps_numbers: bool,
    seen: Seen,
    /// Where seen states are that are not in the table, so that new ones have to wait; none if all are in the table, as
    /// numbers are.
    delays: Option<Disk<'a>>,
    runs: Runs,
    room: Room<'a, M>,
    pending: Pending<M::State>,
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

/// States that one thread expands.
struct Task<'s, S> {
    /// The number of the first.
    first: StateId,
    states: &'s [S],
    depth: usize,
}

/// What a thread needs to expand states, and can use again.
struct Buffers<M: Checkable> {
    expansion: Expansion<M>,
    fingerprints: Vec<u64>,
    found: Vec<Option<StateId>>,
}

impl<'a, M: Checkable> Search<'a, M> {
    fn new(
        expander: &'a Expander<'a, M>,
        options: &'a Options<'a>,
        (pool, at_work): (&'a ThreadPool, &'a AtWork),
    ) -> Self {
        let keeps_edges = options.edges || expander.needs_edges();
        let keeps_numbers = keeps_edges || expander.reduces();
        Search {
            expander,
            options,
            pool,
            at_work,
            keeps_edges,
            keeps_numbers,
            seen: Seen::new(keeps_numbers),
            delays: options.disk.filter(|_| !keeps_numbers),
            runs: Runs::default(),
            room: Room::new(expander, options.disk),
            pending: Pending::new(),
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
        let is_same = |saved: &Saved| {
            saved.progressed.keeps_edges == self.keeps_edges
                && saved.progressed.reduces == self.expander.reduces()
        };
        let mut level = match saved.filter(is_same) {
            Some(saved) => {
                let (rest, next) = self.resume(saved);
                self.expand_level(rest, next)
            }
            None => self.initial_level(),
        };
        while !level.is_empty() && self.graph.stopped.is_none() {
            self.graph.begin_level(self.expanded);
            self.level_end = id(self.graph.len());
            level = self.expand_level(level, Frontier::new());
        }
        self.graph.elapsed += self.start.elapsed();
        self.graph
    }

    /// Goes on where an exploration was when it was saved: the states of the level that were not expanded, and the
    /// first ones of the next level.
    fn resume(&mut self, saved: Saved) -> (Frontier<M::State>, Frontier<M::State>) {
        let Saved { seen, graph, progressed } = saved;
        let Progressed { expanded, level_end, waiting, .. } = progressed;
        (self.seen, self.graph) = (seen, graph);
        (self.expanded, self.level_end) = (expanded, level_end);
        if self.graph.len() > self.most_states() {
            self.graph.stopped = Some(StopReason::States);
            return (Frontier::new(), Frontier::new());
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
            return (Frontier::new(), Frontier::new());
        };
        let next = states.split_off((level_end - expanded) as usize);
        (self.frontier_of(states), self.frontier_of(next))
    }

    /// A hash of the fingerprints of states in order; none if one cannot be made.
    fn hash<'s>(&self, states: impl Iterator<Item = &'s M::State>) -> Option<u64> {
        let fingerprints =
            guarded(|| states.map(|state| self.expander.fingerprint(state)).collect::<Vec<_>>());
        Some(fingerprint(&fingerprints.ok()?))
    }

    /// Saves the exploration, if that is asked for, and due or the last occasion. What is waiting is the rest of the
    /// level and what is known of the next.
    fn save(&mut self, rest: &Frontier<M::State>, next: &Frontier<M::State>) {
        let Some(checkpoint) = self.options.checkpoint.filter(|_| self.options.disk.is_none())
        else {
            return;
        };
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
        let waiting = self.hash(rest.states().chain(next.states())).unwrap_or_default();
        let progress = Progressed {
            expanded: self.expanded,
            level_end: self.level_end,
            waiting,
            keeps_edges: self.keeps_edges,
            reduces: self.expander.reduces(),
            elapsed,
        };
        if let Err(error) = checkpoint::write(&checkpoint, (&self.seen, &self.graph), progress) {
            (checkpoint.failed)(&error);
            self.graph.stopped = Some(StopReason::Checkpoint);
        }
        self.last_saved = Instant::now();
    }

    fn initial_level(&mut self) -> Frontier<M::State> {
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
        self.frontier_of(level)
    }

    /// States in pieces, so that memory is freed on the way through them.
    fn frontier_of(&mut self, states: Vec<M::State>) -> Frontier<M::State> {
        let mut frontier = Frontier::new();
        let mut states = states.into_iter();
        while let left @ 1.. = states.len() {
            let some = states.by_ref().take(left.min(BLOCK)).collect();
            let added = self.room.add_states(&mut frontier, some);
            self.stop_if_failed(added);
        }
        frontier
    }

    /// Ends the exploration if the disk cannot be used.
    fn stop_if_failed<T>(&mut self, result: io::Result<T>) -> Option<T> {
        let error = match result {
            Ok(value) => return Some(value),
            Err(error) => error,
        };
        if let (Some(disk), None) = (self.options.disk, self.graph.stopped) {
            (disk.failed)(&error);
            self.graph.stopped = Some(StopReason::Disk);
        }
        None
    }

    fn most_states(&self) -> usize {
        let most = self.options.budget.max_states.unwrap_or(u64::MAX).min(NO_STATE.into());
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    /// Expands the states of a level, or the rest of them, and returns the next, of which some may be known.
    fn expand_level(
        &mut self,
        mut level: Frontier<M::State>,
        mut next: Frontier<M::State>,
    ) -> Frontier<M::State> {
        while self.graph.stopped.is_none() && !level.is_empty() {
            let block = self.room.take(&mut level, BLOCK, self.pool);
            let Some(mut block) = self.stop_if_failed(block) else { break };
            let count: usize = block.iter().map(Vec::len).sum();
            let (pieces, expanded) = self.expand_block(&block);
            if expanded < count {
                level.put_back(
                    std::mem::take(&mut block).into_iter().flatten().skip(expanded).collect(),
                );
            }
            self.add_block(block, pieces, &mut next);
            if expanded < count && self.graph.stopped.is_none() {
                self.graph.stopped = Some(self.why_out_of_time());
            }
            self.expanded += id(expanded);
            self.after_block(level.len() + next.len() + self.pending.len());
            self.save(&level, &next);
        }
        self.number_pending(&mut next);
        self.stop_at_violation();
        next
    }

    /// Adds what came of a block to what is known, and its new states to the next level.
    fn add_block(
        &mut self,
        block: Vec<Vec<M::State>>,
        pieces: Vec<Piece<M::State>>,
        next: &mut Frontier<M::State>,
    ) {
        let limits = (self.keeps_numbers, self.most_states());
        let targets = (&mut self.seen, &mut self.graph);
        let (room, pending) = (&self.room, &mut self.pending);
        let mut outcome = Ok(());
        let add = || {
            // The block's states are freed before the next block's are made.
            block.into_par_iter().for_each(drop);
            if self.delays.is_none() {
                return block::add(pieces, targets, limits, |states| {
                    if outcome.is_ok() {
                        outcome = room.add_states(next, states);
                    }
                });
            }
            let ready = |states, fingerprints: &mut dyn Iterator<Item = u64>| {
                room.ready(states, fingerprints)
            };
            let pieces = block::add_pending(pieces, targets, ready, |steps, ready| match ready {
                Ok(ready) => pending.add(steps, ready),
                Err(error) => outcome = Err(error),
            });
            (false, pieces)
        };
        let (is_cut, spare) = add();
        self.spare.add(spare);
        self.stop_if_failed(outcome);
        if is_cut {
            self.graph.stopped = Some(StopReason::States);
        }
        let Some(disk) = self.delays else { return };
        let is_full = self.is_full(disk);
        let may_be_too_many = self.graph.len() + self.pending.len() > self.most_states();
        if is_full || may_be_too_many || self.pends_enough(disk) {
            self.number_pending(next);
        }
        if is_full {
            let added = self.runs.add(&mut self.seen, disk.folder);
            self.stop_if_failed(added);
        }
    }

    /// Whether the table of seen states is to go to disk before it grows. Memory depends on that, and nothing else.
    fn is_full(&self, disk: Disk<'_>) -> bool {
        self.seen.memory() / 4 * 5 > disk.table() && self.seen.grows_with(BLOCK)
    }

    /// Whether pending states take as much memory as they may. Memory depends on that, and nothing else.
    fn pends_enough(&self, disk: Disk<'_>) -> bool {
        self.pending.memory() > disk.pending()
    }

    /// Looks up on disk which pending states are new, and numbers these.
    fn number_pending(&mut self, next: &mut Frontier<M::State>) {
        let mut pending = std::mem::replace(&mut self.pending, Pending::new());
        let mut found = Ok(Bits::new(pending.len()));
        if !self.runs.is_empty() && pending.len() > 0 {
            let fingerprints = pending.steps().iter().map(|step| step.fingerprint);
            found = self.pool.install(|| self.runs.find(fingerprints));
        }
        let Some(seen) = self.stop_if_failed(found) else { return };
        let room = self.most_states().saturating_sub(self.graph.len());
        let steps = (0..).zip(pending.steps());
        let mut new = steps.filter(|(index, _)| !seen.has(*index)).map(|(_, step)| *step);
        for step in new.by_ref().take(room) {
            self.graph.add_state(Some(step.parent), step.action);
        }
        if new.next().is_some() && self.graph.stopped.is_none() {
            self.graph.stopped = Some(StopReason::States);
        }
        let mut added = Ok(());
        for batch in pending.take(&seen, room) {
            if added.is_ok() {
                added = self.room.add(next, batch);
            }
        }
        // Its memory is used again.
        pending.clear();
        self.pending = pending;
        self.stop_if_failed(added);
    }

    /// Expands a block; its pieces up to the first that was cut short, and how many states these have.
    fn expand_block(&mut self, block: &[Vec<M::State>]) -> (Vec<Piece<M::State>>, usize) {
        let (mut number, depth) = (self.expanded, self.graph.depth());
        let task = |states| {
            let first = number;
            number += id(<[_]>::len(states));
            Task { first, states, depth }
        };
        let tasks: Vec<_> =
            block.iter().flat_map(|states| states.chunks(PIECE)).map(task).collect();
        let is_watched = self.options.watchdog.is_some();
        if is_watched {
            let graph = std::mem::replace(&mut self.graph, Graph::new(Notes::default()));
            *lock(&self.at_work.graph) = Some(graph);
        }
        let expanded: Vec<Option<Piece<M::State>>> = match tasks.as_slice() {
            [task] => vec![self.expand_piece(task)],
            tasks => tasks.par_iter().map(|task| self.expand_piece(task)).collect(),
        };
        if let Some(graph) = lock(&self.at_work.graph).take() {
            self.graph = graph;
        }
        // The order of states is kept: what comes after an unfinished piece is dropped.
        let finished: Vec<_> = expanded.into_iter().map_while(|piece| piece).collect();
        let count = tasks.iter().take(finished.len()).map(|task| task.states.len()).sum();
        (finished, count)
    }

    /// Expands some states; none if time is up.
    fn expand_piece(&self, task: &Task<'_, M::State>) -> Option<Piece<M::State>> {
        let Task { first, states, depth } = *task;
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
        // A model that uses the pool itself may have this thread expand other states in the middle of one.
        let at_work = self.at_work.mine();
        let outer = at_work.load(Ordering::Relaxed);
        for (number, state) in (first..).zip(states) {
            at_work.store(number, Ordering::Relaxed);
            self.expand_state((number, state), depth, &mut buffers, &mut piece);
        }
        at_work.store(outer, Ordering::Relaxed);
        piece.end();
        Some(piece)
    }

    fn expand_state(
        &self,
        (number, state): (StateId, &M::State),
        depth: usize,
        buffers: &mut Buffers<M>,
        piece: &mut Piece<M::State>,
    ) {
        let Buffers { expansion, fingerprints, found } = buffers;
        let notes = piece.notes_mut();
        // A state of the next level has a number already if another block has found it.
        let is_new = |fingerprint| {
            let mut is_new = true;
            self.seen.find_all(&[fingerprint], |_, known| {
                is_new = known.is_none_or(|number| number >= self.level_end);
            });
            is_new
        };
        let of_search: (&Asked, &dyn Fn(u64) -> bool) = (&self.asked, &is_new);
        self.expander.expand((number, state), depth, of_search, expansion, notes);
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
                spread: None,
            });
        }
    }
}

/// The process's resident memory in bytes, where the operating system tells (Linux).
pub fn resident_memory() -> Option<u64> {
    bytes_of("/proc/self/status", "VmRSS:")
}

/// The machine's memory in bytes, where the operating system tells (Linux).
pub fn machine_memory() -> Option<u64> {
    bytes_of("/proc/meminfo", "MemTotal:")
}

fn bytes_of(file: &str, name: &str) -> Option<u64> {
    let text = std::fs::read_to_string(file).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(name))?;
    let kibibytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kibibytes * 1024)
}
