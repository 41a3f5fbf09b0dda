//! The part of one worker in an exploration.
//!
//! Workers expand a level together: each has a range of its states, in order, so that what one finds comes before what the
//! next one finds. Who owns a fingerprint, by its lowest bits, knows whether a state was seen before, and of those that
//! are found at once takes the first, in the order of the workers and of each one's findings. That is the order of the
//! parent's number and the action's index, by which one machine numbers states, and it does not depend on when a message
//! arrives. So numbers, first violations and counterexamples are the same for any number of workers.
//!
//! A level takes two rounds: fingerprints go to their owners; these answer with a bit for each, and tell all others what
//! came of the level: how many they have found to be new for each worker, and what they have noted. If the states of the
//! next level are spread unevenly, they are handed on by their paths. Where edges are kept, owners are told the numbers of
//! new states, answer with the number of each successor, and the first worker gets the edges.

use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use hashbrown::HashTable;
use serde::{Deserialize, Serialize};

use super::path::{self, Path};
use super::rounds::{Lost, Rounds};
use super::saved::{Part, Who};
use crate::check::asked::Asked;
use crate::check::checkpoint::Checkpoint;
use crate::check::contract::Breach;
use crate::check::expand::{Expander, Expansion, Notes};
use crate::check::explore::{Options, PIECE, Progress, Spread, resident_memory};
use crate::check::fingerprint::fingerprint;
use crate::check::graph::{Found, Graph, Label, NO_STATE, Place, StateId, StopReason, id};
use crate::check::model::Checkable;
use crate::check::seen::Seen;

/// States are handed on if a worker has so many more than it should, and an eighth more.
const UNEVEN: usize = 64;

/// How many states a worker expands before it looks again how much memory it takes, and tells how far it has come.
const SELDOM: usize = 32 * PIECE;

/// Words for each edge that is sent: where it leads, by which action, and what it takes.
const WORDS_OF_EDGE: usize = 2;

/// A state that waits, and how it was reached.
type Waiting<M> = (<M as crate::check::model::Model>::State, Arc<Path>);

/// What a worker has found of a level.
#[derive(Serialize, Deserialize)]
struct News {
    /// How many of each worker's successors are new states, of those whose fingerprints it owns.
    new: Vec<u64>,
    notes: Notes,
    /// The paths to what it has noted.
    paths: Vec<(Place, Vec<u32>)>,
    /// Why it cannot go on.
    stop: Option<StopReason>,
    /// Whether all are to be saved: the first worker says when.
    saves: bool,
    /// How many fingerprints it owns, and how many bytes it has sent to other processes.
    owns: u64,
    sent: u64,
}

impl News {
    /// As words, the first of which says how many bytes they are.
    fn packed(&self) -> Result<Vec<u64>, Lost> {
        let bytes = postcard::to_stdvec(self).map_err(|_| Lost)?;
        let mut words = vec![bytes.len() as u64];
        words.extend(bytes.chunks(8).map(|some| {
            let mut word = [0; 8];
            word[..some.len()].copy_from_slice(some);
            u64::from_le_bytes(word)
        }));
        Ok(words)
    }

    fn unpacked(words: &[u64]) -> Option<News> {
        let (&len, words) = words.split_first()?;
        let mut bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(usize::try_from(len).ok()?);
        postcard::from_bytes(&bytes).ok()
    }
}

/// A successor that was not known here.
struct Candidate {
    fingerprint: u64,
    parent: StateId,
    action: u32,
    is_new: bool,
    /// Its number, once that is known.
    number: StateId,
}

/// Where an edge leads.
enum Target {
    Known(StateId),
    Candidate(u32),
}

/// An edge out of a state, before all numbers are known.
struct Edge {
    target: Target,
    action: u32,
    takes: u64,
}

pub(super) struct Search<'a, M: Checkable> {
    expander: &'a Expander<'a, M>,
    options: &'a Options<'a>,
    rounds: &'a mut Rounds,
    /// The fingerprints that this worker owns.
    seen: Seen,
    keeps_edges: bool,
    asked: Asked,
    /// What is known to all. Of states it has the number, and paths to what was found; all of them for the first worker,
    /// where edges are kept.
    graph: Graph,
    /// The states of the level that this worker expands, from this number on.
    states: Vec<Waiting<M>>,
    first: StateId,
    /// What came of expanding them.
    candidates: Vec<Candidate>,
    found: Vec<M::State>,
    by_fingerprint: HashTable<u32>,
    edges: Vec<Vec<Edge>>,
    labels: Vec<Label>,
    start: Instant,
    last_saved: Instant,
    spread: Spread,
    at_work: &'a AtWork,
}

/// The path to the state that a worker expands, for who watches it.
#[derive(Default)]
pub(super) struct AtWork(Mutex<Option<Arc<Path>>>);

impl AtWork {
    pub(super) fn set(&self, path: Option<Arc<Path>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = path;
    }

    pub(super) fn path(&self) -> Option<Vec<u32>> {
        let path = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        path.map(|it| it.actions())
    }
}

impl<'a, M: Checkable> Search<'a, M> {
    pub(super) fn new(
        expander: &'a Expander<'a, M>,
        options: &'a Options<'a>,
        rounds: &'a mut Rounds,
        at_work: &'a AtWork,
    ) -> Self {
        let keeps_edges = options.edges || expander.needs_edges();
        let is_whole = keeps_edges && rounds.index() == 0;
        let notes = expander.notes();
        Search {
            expander,
            options,
            rounds,
            seen: Seen::new(keeps_edges),
            keeps_edges,
            asked: Asked::default(),
            graph: if is_whole { Graph::new(notes) } else { Graph::counted(notes) },
            states: Vec::new(),
            first: 0,
            candidates: Vec::new(),
            found: Vec::new(),
            by_fingerprint: HashTable::new(),
            edges: Vec::new(),
            labels: Vec::new(),
            start: Instant::now(),
            last_saved: Instant::now(),
            spread: Spread::default(),
            at_work,
        }
    }

    /// Explores. What comes out is the same for all workers but for edges, which the first one has. Besides, whether a
    /// worker was lost.
    pub(super) fn explore(mut self, resumes: bool) -> (Graph, bool) {
        let is_lost = self.explore_levels(resumes).is_err();
        // Who has no edges decides nothing that is asked of them.
        let is_blind = self.keeps_edges && self.rounds.index() != 0;
        if is_lost || (is_blind && self.graph.stopped.is_none()) {
            self.graph.stopped = Some(StopReason::Lost);
        }
        self.graph.elapsed += self.start.elapsed();
        (self.graph, is_lost)
    }

    fn explore_levels(&mut self, resumes: bool) -> Result<(), Lost> {
        let saved = if resumes { self.resume()? } else { None };
        let mut level = match saved {
            Some(level) => level,
            None => self.begin()?,
        };
        let mut begins = id(self.graph.len() - level);
        while level > 0 && self.graph.stopped.is_none() {
            self.graph.begin_level(begins);
            begins = id(self.graph.len());
            level = self.level(level)?;
        }
        Ok(())
    }

    fn most_states(&self) -> usize {
        let most = self.options.budget.max_states.unwrap_or(u64::MAX).min(NO_STATE.into());
        usize::try_from(most).unwrap_or(usize::MAX)
    }

    fn owner(&self, fingerprint: u64) -> usize {
        let low = fingerprint & u64::from(u32::MAX);
        usize::try_from((low * self.rounds.workers() as u64) >> 32).unwrap_or_default()
    }

    /// The numbers of a level of so many states that a worker should expand.
    fn share(&self, count: usize, worker: usize) -> std::ops::Range<usize> {
        let workers = self.rounds.workers();
        count * worker / workers..count * (worker + 1) / workers
    }

    /// Every worker makes the initial states for itself; how many there are.
    fn begin(&mut self) -> Result<usize, Lost> {
        let mut notes = self.expander.notes();
        let mut made = Vec::new();
        let mut known = Seen::new(false);
        let mut level = Vec::new();
        for initial in self.expander.initial(&mut notes) {
            let number = id(self.graph.len());
            made.push(initial.fingerprint);
            if known.part_mut(initial.fingerprint).insert(initial.fingerprint, number).is_some() {
                continue;
            }
            if self.graph.len() >= self.most_states() {
                self.graph.stopped = Some(StopReason::States);
                break;
            }
            if self.owner(initial.fingerprint) == self.rounds.index() {
                self.seen.part_mut(initial.fingerprint).insert(initial.fingerprint, number);
            }
            self.graph.add_state(None, initial.action);
            level.push((initial.state, Path::initial(initial.action)));
        }
        self.graph.notes.merge(&notes);
        let told = self.rounds.tell_all(&[made.len() as u64, fingerprint(&made)])?;
        if told.iter().any(|it| *it != told[0]) {
            return Err(self.differs("the initial states are not the same for all workers"));
        }
        let (count, share) = (level.len(), self.share(level.len(), self.rounds.index()));
        self.first = id(share.start);
        self.states = level.drain(share).collect();
        Ok(count)
    }

    /// Expands a level; how many states the next one has.
    fn level(&mut self, count: usize) -> Result<usize, Lost> {
        let (notes, stop) = self.expand(count);
        let news = News {
            new: Vec::new(),
            paths: self.paths_to(&notes),
            notes,
            stop,
            saves: self.is_to_be_saved(),
            owns: 0,
            sent: 0,
        };
        let news = self.find_new(news)?;
        let count_of = |worker: usize| {
            let new: Option<u64> = news.iter().map(|it| it.new.get(worker)).sum();
            new.and_then(|it| usize::try_from(it).ok()).ok_or(Lost)
        };
        let counts: Vec<usize> =
            (0..self.rounds.workers()).map(count_of).collect::<Result<_, _>>()?;
        let all: usize = counts.iter().sum();
        let (known, room) = (self.graph.len(), self.most_states().saturating_sub(self.graph.len()));
        for news in &news {
            self.graph.notes.merge(&news.notes);
        }
        for (place, path) in news.iter().flat_map(|it| &it.paths) {
            self.graph.keep_path(*place, path);
        }
        let is_cut = all > room;
        let mut stop = is_cut.then_some(StopReason::States);
        stop = stop.or_else(|| news.iter().find_map(|it| it.stop));
        if self.expander.is_violated(&self.graph.notes) && !self.options.keep_going {
            stop = stop.or(Some(StopReason::Violation));
        }
        self.graph.stopped = stop;
        let before: usize = counts[..self.rounds.index()].iter().sum();
        if self.keeps_edges {
            self.number(known + before, &counts, is_cut)?;
        }
        self.graph.add_elsewhere(all.min(room));
        self.advance(known + before, &counts)?;
        self.spread = self.spread_of(&news);
        self.progress(all);
        if self.graph.stopped.is_none() && all > 0 && news.iter().any(|it| it.saves) {
            self.save(all)?;
        }
        Ok(all.min(room))
    }

    /// Whether a checkpoint is due, for the first worker; the others do as it does.
    fn is_to_be_saved(&self) -> bool {
        let is_due = |it: Checkpoint<'_>| self.last_saved.elapsed() >= it.every;
        self.rounds.index() == 0 && self.options.checkpoint.is_some_and(is_due)
    }

    fn who(&self) -> Who {
        Who { worker: self.rounds.index(), workers: self.rounds.workers() }
    }

    /// Saves this worker's part before a level of so many states, as all others do.
    fn save(&mut self, level: usize) -> Result<(), Lost> {
        let Some(checkpoint) = self.options.checkpoint else { return Ok(()) };
        let fingerprint = |state| self.expander.fingerprint(state);
        let waiting =
            path::packed(self.states.iter().map(|(state, path)| (path, fingerprint(state))));
        let (keeps_edges, first) = (self.keeps_edges, self.first);
        let part =
            Part { seen: &self.seen, graph: &self.graph, level, first, keeps_edges, waiting };
        let elapsed = self.graph.elapsed + self.start.elapsed();
        let written = self.who().write((checkpoint.file, checkpoint.identity), &part, elapsed);
        let told = self.rounds.tell_all(&[u64::from(written.is_ok())])?;
        if let Err(error) = &written {
            (checkpoint.failed)(error);
        }
        if told.iter().all(|it| **it == [1]) {
            self.who().keep(checkpoint.file, self.graph.depth());
        } else {
            self.graph.stopped = Some(StopReason::Checkpoint);
        }
        self.last_saved = Instant::now();
        Ok(())
    }

    /// Goes on from the last level that all workers have saved; how many states it has. None where nobody has saved any.
    fn resume(&mut self) -> Result<Option<usize>, Lost> {
        let Some(checkpoint) = self.options.checkpoint else { return Ok(None) };
        let of = (checkpoint.file, checkpoint.identity);
        let mine = self.who().levels(of.0, of.1).map_err(|error| self.fail(&error.to_string()))?;
        let told = self.rounds.tell_all(&mine.iter().map(|&it| it as u64).collect::<Vec<_>>())?;
        let has_it = |level: &u64| told.iter().all(|levels| levels.contains(level));
        let Some(last) = told.iter().flatten().copied().filter(has_it).max() else {
            // The first process removes its own when it has judged what was explored; others may not know of that.
            if told[0].is_empty() {
                return Ok(None);
            }
            let levels =
                |it: &Vec<u64>| it.iter().map(u64::to_string).collect::<Vec<_>>().join(" or ");
            let each = told.iter().enumerate().map(|(worker, it)| match &levels(it)[..] {
                "" => format!("worker {worker} has saved nothing"),
                levels => format!("worker {worker} has level {levels}"),
            });
            let file = of.0.display();
            return Err(self.fail(&format!(
                "{file}: there is no level of which all parts are there: {}; bring what is missing, or begin anew without \
                 --resume",
                each.collect::<Vec<_>>().join(", ")
            )));
        };
        let levels = usize::try_from(last).map_err(|_| Lost)?;
        let part = self.who().read(of, levels).map_err(|error| self.fail(&error.to_string()))?;
        if part.keeps_edges != self.keeps_edges {
            return Err(self
                .fail("what was saved has edges, and none are asked for, or the other way round"));
        }
        // What had been found is told of even where there is no going on.
        (self.seen, self.graph, self.first) = (part.seen, part.graph, part.first);
        self.states = match path::unpacked(self.expander, &part.waiting) {
            Some(states) => states,
            None => return Err(self.leads_elsewhere("when what was saved was gone on with")),
        };
        if self.graph.len() > self.most_states() {
            self.graph.stopped = Some(StopReason::States);
        }
        Ok(Some(part.level))
    }

    /// Ends the exploration of all: there is no going on with what was saved.
    fn fail(&self, what: &str) -> Lost {
        self.rounds.refuse(what);
        Lost
    }

    /// How states are spread over processes.
    fn spread_of(&self, news: &[News]) -> Spread {
        let mut states = vec![0; self.rounds.process_of(news.len() - 1) + 1];
        for (worker, news) in news.iter().enumerate() {
            states[self.rounds.process_of(worker)] += news.owns;
        }
        Spread {
            fewest: states.iter().copied().min().unwrap_or_default(),
            most: states.iter().copied().max().unwrap_or_default(),
            sent: news.iter().map(|it| it.sent).sum(),
        }
    }

    /// Expands this worker's states. A reason to stop is told after the level, in which others may have found more.
    fn expand(&mut self, count: usize) -> (Notes, Option<StopReason>) {
        self.candidates.clear();
        self.found.clear();
        self.by_fingerprint.clear();
        self.edges.clear();
        self.labels.clear();
        let mut notes = self.expander.notes();
        // What is known already need not be found again.
        notes.findings.clone_from(&self.graph.notes.findings);
        let mut expansion = Expansion::default();
        let states = std::mem::take(&mut self.states);
        // A worker without states may be the only one that is interrupted.
        let mut stop = if states.is_empty() { self.why_stop(true) } else { None };
        for (index, (state, path)) in states.iter().enumerate() {
            if index.is_multiple_of(PIECE) {
                let is_seldom = index.is_multiple_of(SELDOM);
                stop = self.why_stop(is_seldom);
                if stop.is_some() {
                    break;
                }
                if is_seldom && index > 0 {
                    self.progress(count);
                }
            }
            self.at_work.set(Some(Arc::clone(path)));
            let number = self.first + id(index);
            let depth = self.graph.depth();
            let of_search: (&Asked, &dyn Fn(u64) -> bool) = (&self.asked, &|_| false);
            self.expander.expand((number, state), depth, of_search, &mut expansion, &mut notes);
            let mut edges = Vec::new();
            for successor in expansion.successors.drain(..) {
                let fingerprint = successor.fingerprint;
                let target = self.target(fingerprint);
                let target = target.unwrap_or_else(|| {
                    let at = id(self.candidates.len());
                    self.candidates.push(Candidate {
                        fingerprint,
                        parent: number,
                        action: successor.action,
                        is_new: false,
                        number: NO_STATE,
                    });
                    self.found.push(successor.state);
                    let candidates = &self.candidates;
                    let hash = |&it: &u32| candidates[it as usize].fingerprint;
                    self.by_fingerprint.insert_unique(fingerprint, at, hash);
                    Target::Candidate(at)
                });
                if self.keeps_edges {
                    let (action, takes) = (successor.action, successor.takes);
                    edges.push(Edge { target, action, takes });
                }
            }
            if self.keeps_edges {
                self.edges.push(edges);
                self.labels.extend(expansion.label);
            }
        }
        self.at_work.set(None);
        self.states = states;
        (notes, stop)
    }

    /// Where a fingerprint leads, if that is known here.
    fn target(&self, fingerprint: u64) -> Option<Target> {
        let is_it = |&at: &u32| self.candidates[at as usize].fingerprint == fingerprint;
        if let Some(&at) = self.by_fingerprint.find(fingerprint, is_it) {
            return Some(Target::Candidate(at));
        }
        let mut known = None;
        if self.owner(fingerprint) == self.rounds.index() {
            self.seen.find_all(&[fingerprint], |_, number| known = number);
        }
        known.map(Target::Known)
    }

    /// Asks the owners which candidates are new, and hears the news of all.
    fn find_new(&mut self, mut news: News) -> Result<Vec<News>, Lost> {
        let mut asked = vec![Vec::new(); self.rounds.workers()];
        for candidate in &self.candidates {
            asked[self.owner(candidate.fingerprint)].push(candidate.fingerprint);
        }
        let words_of_bits: Vec<usize> = asked.iter().map(|it| it.len().div_ceil(64)).collect();
        let asked = self.rounds.exchange(asked)?;
        let mut answers = Vec::with_capacity(asked.len());
        for fingerprints in &asked {
            let mut bits = vec![0_u64; fingerprints.len().div_ceil(64)];
            let mut new = 0;
            for (index, &fingerprint) in fingerprints.iter().enumerate() {
                // Its number is not known yet.
                let part = self.seen.part_mut(fingerprint);
                if part.insert(fingerprint, NO_STATE).is_none() {
                    bits[index / 64] |= 1 << (index % 64);
                    new += 1;
                }
            }
            news.new.push(new);
            answers.push(bits);
        }
        (news.owns, news.sent) = (self.seen.len() as u64, self.rounds.sent());
        let told = news.packed()?;
        for answer in &mut answers {
            answer.extend_from_slice(&told);
        }
        let answers = self.rounds.exchange(answers)?;
        let me = self.rounds.index();
        let apart = |(answer, &count): (&Vec<u64>, &usize)| -> Option<(Vec<u64>, News)> {
            let (bits, news) = answer.split_at_checked(count)?;
            let news = News::unpacked(news)?;
            let new: u64 = bits.iter().map(|it| u64::from(it.count_ones())).sum();
            (news.new.get(me) == Some(&new)).then(|| (bits.to_vec(), news))
        };
        let answers: Option<Vec<_>> = answers.iter().zip(&words_of_bits).map(apart).collect();
        let (bits, news): (Vec<_>, Vec<_>) = answers.ok_or(Lost)?.into_iter().unzip();
        let places = self.places();
        for (candidate, (owner, index)) in self.candidates.iter_mut().zip(places) {
            candidate.is_new = bits[owner][index / 64] >> (index % 64) & 1 == 1;
        }
        Ok(news)
    }

    /// The owner of each candidate, and the place among those that this owner is asked of.
    fn places(&self) -> Vec<(usize, usize)> {
        let mut next = vec![0; self.rounds.workers()];
        let place = |candidate: &Candidate| {
            let owner = self.owner(candidate.fingerprint);
            next[owner] += 1;
            (owner, next[owner] - 1)
        };
        self.candidates.iter().map(place).collect()
    }

    /// The paths to what a worker has noted of its own states.
    fn paths_to(&self, notes: &Notes) -> Vec<(Place, Vec<u32>)> {
        let violations = notes.findings.iter().map(|it| it.violation);
        let breaches = [&notes.panic, &notes.indeterminate, &notes.dependent];
        let breaches = breaches.into_iter().map(|it| it.as_ref().map(|breach| breach.found));
        let places = violations.chain([notes.deadlock]).chain(breaches).flatten();
        let path = |found: Found| {
            let (state, action) = match found.place {
                Place::State(state) => (state, None),
                Place::Step(state, action) => (state, Some(action)),
                Place::Initial(_) => return None,
            };
            let at = state.checked_sub(self.first)? as usize;
            let mut path = self.states.get(at)?.1.actions();
            path.extend(action);
            Some((found.place, path))
        };
        places.filter_map(path).collect()
    }

    /// Numbers new states for their owners, and sends states and edges to the first worker. This worker's new states are
    /// numbered from `first` on.
    fn number(&mut self, first: usize, counts: &[usize], is_cut: bool) -> Result<(), Lost> {
        let mut number = id(first);
        let mut of_owner = vec![Vec::new(); self.rounds.workers()];
        let places = self.places();
        for (candidate, &(owner, _)) in self.candidates.iter_mut().zip(&places) {
            if candidate.is_new {
                candidate.number = number;
                number += 1;
            }
            // Of one that is not new the owner tells the number.
            of_owner[owner].extend([candidate.fingerprint, candidate.number.into()]);
        }
        let numbered = self.rounds.exchange(of_owner)?;
        for pair in numbered.iter().flat_map(|words| words.chunks_exact(2)) {
            let number = small(pair[1]);
            if number != NO_STATE {
                self.seen.part_mut(pair[0]).renumber(pair[0], number);
            }
        }
        let mut answers = Vec::with_capacity(numbered.len());
        for words in &numbered {
            let asked: Vec<u64> = words.chunks_exact(2).map(|pair| pair[0]).collect();
            let mut numbers = vec![u64::from(NO_STATE); asked.len()];
            self.seen.find_all(&asked, |index, known| {
                numbers[index] = known.unwrap_or(NO_STATE).into();
            });
            answers.push(numbers);
        }
        let answers = self.rounds.exchange(answers)?;
        for (candidate, (owner, index)) in self.candidates.iter_mut().zip(places) {
            candidate.number = small(*answers[owner].get(index).ok_or(Lost)?);
        }
        self.send_edges(counts, is_cut)
    }

    /// Sends the new states and the edges of a level to the first worker, which adds them to its graph.
    fn send_edges(&mut self, counts: &[usize], is_cut: bool) -> Result<(), Lost> {
        let mut words = vec![u64::from(self.edges.len() == self.states.len())];
        for candidate in self.candidates.iter().filter(|it| it.is_new) {
            words.push(two(candidate.parent, candidate.action));
        }
        for (at, edges) in self.edges.iter().enumerate() {
            let label = self.labels.get(at).copied().unwrap_or_default();
            words.extend([label.holds, label.enabled, edges.len() as u64]);
            for edge in edges {
                let target = match edge.target {
                    Target::Known(state) => state,
                    Target::Candidate(at) => self.candidates[at as usize].number,
                };
                words.extend([two(target, edge.action), edge.takes]);
            }
        }
        let mut to = vec![Vec::new(); self.rounds.workers()];
        to[0] = words;
        let received = self.rounds.exchange(to)?;
        if self.rounds.index() != 0 {
            return Ok(());
        }
        let has_labels = self.expander.needs_edges();
        // Edges are those of states in a row: there are none after a state that was not expanded, nor where some lead to
        // states that there is no room for.
        let mut is_whole = !is_cut;
        for (words, &count) in received.iter().zip(counts) {
            let (&has_all, words) = words.split_first().ok_or(Lost)?;
            let (new, mut rest) = words.split_at_checked(count).ok_or(Lost)?;
            for &word in new {
                if self.graph.len() < self.most_states() {
                    let (parent, action) = (small(word >> 32), small(word & u64::from(u32::MAX)));
                    self.graph.add_state(Some(parent), action);
                }
            }
            while let (true, [holds, enabled, degree, more @ ..]) = (is_whole, rest) {
                let degree = usize::try_from(*degree).map_err(|_| Lost)?;
                let (edges, after) = more.split_at_checked(degree * WORDS_OF_EDGE).ok_or(Lost)?;
                for edge in edges.chunks_exact(WORDS_OF_EDGE) {
                    let target = small(edge[0] >> 32);
                    self.graph.add_edge(target, small(edge[0] & u64::from(u32::MAX)), edge[1]);
                }
                self.graph.end_edges();
                if has_labels {
                    self.graph.add_label(Label { holds: *holds, enabled: *enabled });
                }
                rest = after;
            }
            is_whole &= has_all == 1;
        }
        Ok(())
    }

    /// Makes the new states the next level's, and hands some on if they are spread unevenly. This worker's are numbered
    /// from `first` on.
    fn advance(&mut self, first: usize, counts: &[usize]) -> Result<(), Lost> {
        let expanded = std::mem::take(&mut self.states);
        let new = self.candidates.drain(..).zip(self.found.drain(..)).filter(|(it, _)| it.is_new);
        let waits = |(candidate, state): (Candidate, M::State)| {
            let (_, before) = &expanded[(candidate.parent - self.first) as usize];
            (state, Path::then(before, candidate.action))
        };
        self.states = new.map(waits).collect();
        self.first = id(first);
        let all: usize = counts.iter().sum();
        let (mean, most) = (all / counts.len(), counts.iter().copied().max().unwrap_or_default());
        if self.graph.stopped.is_some() || most <= mean + mean / 8 + UNEVEN {
            return Ok(());
        }
        let me = self.rounds.index();
        let begins: usize = counts[..me].iter().sum();
        let level = first - begins;
        let mut to = vec![Vec::new(); counts.len()];
        let mut kept = Vec::new();
        let mut states = std::mem::take(&mut self.states).into_iter();
        let mut at = begins;
        for (worker, words) in to.iter_mut().enumerate() {
            let share = self.share(all, worker);
            let count = share.end.saturating_sub(at.max(share.start));
            let part: Vec<_> = states.by_ref().take(count).collect();
            at += part.len();
            if worker == me {
                kept = part;
            } else {
                let fingerprint = |state| self.expander.fingerprint(state);
                let packs = part.iter().map(|(state, path)| (path, fingerprint(state)));
                *words = path::packed(packs);
            }
        }
        let handed = self.rounds.exchange(to)?;
        let mut kept = Some(kept);
        for (from, words) in handed.iter().enumerate() {
            if from == me {
                self.states.extend(kept.take().into_iter().flatten());
            } else if let Some(states) = path::unpacked(self.expander, words) {
                self.states.extend(states);
            } else {
                return Err(self.leads_elsewhere("when another worker took them again"));
            }
        }
        self.first = id(level + self.share(all, me).start);
        Ok(())
    }

    /// Steps that were taken again did not lead to where they led.
    fn leads_elsewhere(&mut self, when: &str) -> Lost {
        self.differs(&format!("steps led elsewhere {when}"))
    }

    /// The same code came to something else.
    fn differs(&mut self, what: &str) -> Lost {
        let found = Found { place: Place::Initial(0), length: 0 };
        let what = what.to_owned();
        self.rounds.report(&what);
        self.graph.notes.indeterminate = Some(Breach { found, action: None, what });
        Lost
    }

    fn why_stop(&self, looks_at_memory: bool) -> Option<StopReason> {
        let Options { interrupt, budget, .. } = self.options;
        if self.rounds.is_in_trouble() {
            Some(StopReason::Lost)
        } else if interrupt.is_some_and(|flag| flag.load(Ordering::Relaxed)) {
            Some(StopReason::Interrupted)
        } else if budget.timeout.is_some_and(|limit| self.start.elapsed() >= limit) {
            Some(StopReason::Time)
        } else {
            let limit = budget.max_memory.filter(|_| looks_at_memory)?;
            let is_over = resident_memory().is_some_and(|bytes| bytes >= limit);
            is_over.then_some(StopReason::Memory)
        }
    }

    fn progress(&self, queue: usize) {
        if let (0, Some(report)) = (self.rounds.index(), self.options.progress) {
            report(Progress {
                states: self.graph.len() as u64,
                queue: queue as u64,
                depth: self.graph.depth() as u64,
                elapsed: self.graph.elapsed + self.start.elapsed(),
                spread: Some(self.spread),
            });
        }
    }
}

/// Two numbers in a word.
fn two(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// What was made of a small number.
#[allow(clippy::cast_possible_truncation)]
fn small(word: u64) -> u32 {
    word as u32
}
