//! One breadth-first exploration of a model, parallel and deterministic.
//!
//! States are expanded level by level, a level in blocks of fixed size. The states of a block are
//! expanded in parallel against a table of seen states that nobody writes meanwhile; then their
//! successors are merged in order. So states get the same numbers, and laws the same first
//! violations, whatever the number of threads, and every counterexample is a shortest one.

use std::hash::Hash;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use ahash::RandomState;
use hashbrown::HashTable;
use hashbrown::hash_table::Entry;
use rayon::prelude::*;

use super::graph::{Cut, Finding, Found, Graph, Label, NO_STATE, Place, StateId, id};
use super::temporal::Watch;
use super::{Checkable, Law};

/// States of one block; fixed, so that results do not depend on the number of threads.
const BLOCK: usize = 512;

/// States that one task of a block expands.
const CHUNK: usize = 64;

/// Limits of an exploration. Hitting one makes every open verdict *inconclusive*.
#[derive(Clone, Copy, Debug, Default)]
pub struct Budget {
    /// At most so many distinct states.
    pub max_states: Option<u64>,
    /// At most so much resident memory of this process, in bytes.
    pub max_memory: Option<u64>,
    /// At most so much time.
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
    /// case for a model with temporal properties.
    pub edges: bool,
    /// Set from elsewhere to end the exploration.
    pub interrupt: Option<&'a AtomicBool>,
    /// Called after every block.
    pub progress: Option<&'a (dyn Fn(Progress) + Sync)>,
}

/// The fingerprint of a value: the same in every run on one kind of machine.
pub fn fingerprint<T: Hash>(value: &T) -> u64 {
    const KEYS: RandomState = RandomState::with_seeds(
        0x6d69_7472_6567_6174,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
        0x9b05_688c_2b3e_6c1f,
    );
    KEYS.hash_one(value)
}

fn state_fingerprint<M: Checkable>(model: &M, state: &M::State) -> u64 {
    if model.has_symmetry() {
        fingerprint(&model.representative(state))
    } else {
        fingerprint(state)
    }
}

/// Explores all states that can be reached from the model's initial states.
///
/// # Panics
///
/// If the operating system gives no threads, or if the model panics.
pub fn explore<M: Checkable>(model: &M, options: &Options<'_>) -> Graph {
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(options.threads)
        .build()
        .expect("the operating system gives threads");
    pool.install(|| Exploration::new(model, options).run())
}

/// A successor found while a block was expanded.
struct Successor {
    /// Its number, if it had been seen before the block began.
    known: StateId,
    fingerprint: u64,
    action: u32,
    takes: u64,
}

/// What came of expanding some states of a block.
struct Expansion<S> {
    /// All successors within the boundary, and how many each state has.
    successors: Vec<Successor>,
    out_degrees: Vec<u32>,
    /// What liveness has to know of each state.
    labels: Vec<Label>,
    /// The states of those successors that had not been seen, in order.
    fresh: Vec<S>,
    findings: Vec<Finding>,
    deadlock: Option<Found>,
    class_steps: Vec<u64>,
    outside: u64,
    complete: bool,
}

struct Exploration<'a, M: Checkable> {
    model: &'a M,
    options: &'a Options<'a>,
    laws: Vec<Law<M>>,
    /// What liveness has to know, if the model has temporal properties.
    watch: Option<Watch<M>>,
    seen: HashTable<StateId>,
    graph: Graph,
    start: Instant,
}

impl<'a, M: Checkable> Exploration<'a, M> {
    fn new(model: &'a M, options: &'a Options<'a>) -> Self {
        let laws = model.laws();
        let graph = Graph::new(model.classes().len(), laws.len());
        let watch = Watch::new(model);
        let (seen, start) = (HashTable::new(), Instant::now());
        Exploration { model, options, laws, watch, seen, graph, start }
    }

    fn keeps_edges(&self) -> bool {
        self.options.edges || self.watch.is_some()
    }

    fn run(mut self) -> Graph {
        let mut level = self.initial_level();
        let mut first = 0;
        while !level.is_empty() && self.graph.cut.is_none() {
            self.graph.level_starts.push(first);
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
        for (index, state) in (0..).zip(self.model.init_states()) {
            if self.model.within_boundary(&state) {
                let fingerprint = state_fingerprint(self.model, &state);
                match self.number(fingerprint, (NO_STATE, index)) {
                    Ok((id, true)) => {
                        self.graph.add_initial(id);
                        level.push(state);
                    }
                    Ok((_, false)) => {}
                    Err(cut) => self.graph.cut = Some(cut),
                }
            } else {
                let mut findings = std::mem::take(&mut self.graph.findings);
                let found = Found { place: Place::Initial(index), length: 1 };
                self.check_state(&state, found, &mut findings);
                self.graph.findings = findings;
            }
        }
        level
    }

    /// Expands the states of a level, the first of which has number `first`, and returns the next.
    fn expand_level(&mut self, level: Vec<M::State>, first: StateId) -> Vec<M::State> {
        let mut next = Vec::new();
        let mut states = level.into_iter();
        let mut block_first = first;
        while self.graph.cut.is_none() {
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
        block
            .par_chunks(CHUNK)
            .enumerate()
            .map(|(index, states)| self.expand_chunk(states, first + id(index * CHUNK)))
            .collect()
    }

    fn expand_chunk(&self, states: &[M::State], first: StateId) -> Expansion<M::State> {
        let mut out = Expansion {
            successors: Vec::with_capacity(states.len() * 4),
            out_degrees: Vec::with_capacity(states.len()),
            labels: Vec::new(),
            fresh: Vec::new(),
            findings: vec![Finding::default(); self.laws.len()],
            deadlock: None,
            class_steps: vec![0; self.graph.class_steps.len()],
            outside: 0,
            complete: !self.out_of_time(),
        };
        if out.complete {
            let mut actions = Vec::new();
            for (state_id, state) in (first..).zip(states) {
                let found = Found { place: Place::State(state_id), length: self.graph.depth() };
                self.check_state(state, found, &mut out.findings);
                self.expand_state(state_id, state, &mut actions, &mut out);
            }
        }
        out
    }

    fn expand_state(
        &self,
        state_id: StateId,
        state: &M::State,
        actions: &mut Vec<M::Action>,
        out: &mut Expansion<M::State>,
    ) {
        let before = out.successors.len();
        let mut steps = 0;
        let mut enabled = 0;
        self.model.actions(state, actions);
        for (action, value) in (0..).zip(actions.drain(..)) {
            let class = self.model.class(&value);
            let mut fair = self.watch.as_ref().map_or(0, |w| w.steps_of(self.model, state, &value));
            let Some(next) = self.model.next_state(state, value) else { continue };
            if fair != 0 && next == *state {
                fair = 0;
            }
            enabled |= fair;
            steps += 1;
            out.class_steps[class] += 1;
            let length = self.graph.depth() + 1;
            let found = Found { place: Place::Step(state_id, action), length };
            self.check_step(state, &next, found, &mut out.findings);
            if !self.model.within_boundary(&next) {
                self.check_state(&next, found, &mut out.findings);
                out.outside += 1;
                continue;
            }
            let fingerprint = state_fingerprint(self.model, &next);
            let known = self.find(fingerprint).unwrap_or(NO_STATE);
            if known != NO_STATE && !self.keeps_edges() {
                continue;
            }
            out.successors.push(Successor { known, fingerprint, action, takes: fair });
            if known == NO_STATE {
                out.fresh.push(next);
            }
        }
        if steps == 0 {
            let found = Found { place: Place::State(state_id), length: self.graph.depth() };
            out.deadlock.get_or_insert(found);
        }
        if let Some(watch) = &self.watch {
            out.labels.push(Label { holds: watch.holds(self.model, state), enabled });
        }
        out.out_degrees.push(id(out.successors.len() - before));
    }

    fn check_state(&self, state: &M::State, found: Found, findings: &mut [Finding]) {
        for (law, finding) in self.laws.iter().zip(findings) {
            finding.note(
                found,
                || law.violated_in(self.model, state),
                || law.witnessed_in(self.model, state),
            );
        }
    }

    fn check_step(
        &self,
        state: &M::State,
        next: &M::State,
        found: Found,
        findings: &mut [Finding],
    ) {
        for (law, finding) in self.laws.iter().zip(findings) {
            finding.note(
                found,
                || law.violated_on(self.model, state, next),
                || law.witnessed_on(self.model, state, next),
            );
        }
    }

    /// Adds what a block found, in order, to the graph and to the next level.
    fn merge(
        &mut self,
        expansions: Vec<Expansion<M::State>>,
        first: StateId,
        next: &mut Vec<M::State>,
    ) {
        let mut source = first;
        let keeps_edges = self.keeps_edges();
        for expansion in expansions {
            if !expansion.complete {
                // The order of blocks is kept: what comes after an unfinished one is dropped.
                self.graph.cut = Some(self.why_out_of_time());
                return;
            }
            self.merge_findings(&expansion);
            for label in expansion.labels {
                self.graph.add_label(label);
            }
            let mut fresh = expansion.fresh.into_iter();
            let mut successors = expansion.successors.into_iter();
            for degree in expansion.out_degrees {
                for successor in successors.by_ref().take(degree as usize) {
                    let target = if successor.known == NO_STATE {
                        let step = (source, successor.action);
                        let state = fresh.next();
                        match self.number(successor.fingerprint, step) {
                            Ok((target, true)) => {
                                next.extend(state);
                                target
                            }
                            Ok((target, false)) => target,
                            Err(cut) => {
                                self.graph.cut = Some(cut);
                                return;
                            }
                        }
                    } else {
                        successor.known
                    };
                    if keeps_edges {
                        self.graph.add_edge(target, successor.action, successor.takes);
                    }
                }
                if keeps_edges {
                    self.graph.end_edges();
                }
                source += 1;
            }
        }
    }

    /// Ends the exploration after a level in which something was violated. The level is finished first:
    /// a later state of it may be a shorter counterexample than a state outside the boundary.
    fn stop_at_violation(&mut self) {
        let violated = self.graph.findings.iter().any(|finding| finding.violation.is_some())
            || (self.model.deadlock_is_violation() && self.graph.deadlock.is_some());
        if violated && !self.options.keep_going && self.graph.cut.is_none() {
            self.graph.cut = Some(Cut::Violation);
        }
    }

    fn merge_findings(&mut self, expansion: &Expansion<M::State>) {
        for (known, new) in self.graph.findings.iter_mut().zip(&expansion.findings) {
            known.merge(*new);
        }
        for (known, new) in self.graph.class_steps.iter_mut().zip(&expansion.class_steps) {
            *known += new;
            self.graph.steps += new;
        }
        self.graph.outside += expansion.outside;
        self.graph.deadlock = self.graph.deadlock.or(expansion.deadlock);
    }

    fn find(&self, fingerprint: u64) -> Option<StateId> {
        self.seen
            .find(fingerprint, |&id| self.graph.fingerprints[id as usize] == fingerprint)
            .copied()
    }

    /// The number of the state with this fingerprint, and whether it is a new one.
    fn number(
        &mut self,
        fingerprint: u64,
        reached_by: (StateId, u32),
    ) -> Result<(StateId, bool), Cut> {
        let next = self.next_id();
        let fingerprints = &mut self.graph.fingerprints;
        let entry = self.seen.entry(
            fingerprint,
            |&id| fingerprints[id as usize] == fingerprint,
            |&id| fingerprints[id as usize],
        );
        match entry {
            Entry::Occupied(entry) => Ok((*entry.get(), false)),
            Entry::Vacant(entry) => {
                let max = self.options.budget.max_states.unwrap_or(u64::MAX);
                if u64::from(next) >= max || next == NO_STATE {
                    return Err(Cut::States);
                }
                entry.insert(next);
                fingerprints.push(fingerprint);
                self.graph.reached_by.push(reached_by);
                Ok((next, true))
            }
        }
    }

    fn next_id(&self) -> StateId {
        id(self.graph.fingerprints.len())
    }

    fn out_of_time(&self) -> bool {
        self.interrupted()
            || self.options.budget.timeout.is_some_and(|limit| self.start.elapsed() >= limit)
    }

    fn why_out_of_time(&self) -> Cut {
        if self.interrupted() { Cut::Interrupted } else { Cut::Time }
    }

    fn interrupted(&self) -> bool {
        self.options.interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed))
    }

    fn after_block(&mut self, queue: usize) {
        if self.graph.cut.is_none()
            && let Some(limit) = self.options.budget.max_memory
            && resident_memory().is_some_and(|bytes| bytes >= limit)
        {
            self.graph.cut = Some(Cut::Memory);
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
