//! A block of states: expanded by all threads, and its successors numbered by all threads.
//!
//! What comes out is what one thread finds that takes the states one after the other: a state's number is its place in
//! the order in which states are found first, by the number of the parent and the index of the action. So:
//!
//! 1. each [`Piece`] of the block is expanded against the table of seen states, which is only read meanwhile;
//! 2. of the successors that had not been seen, each part of the table takes its own, in order: the first with a
//!    fingerprint is new, and the others are the same again;
//! 3. the new states of all pieces before a piece are counted, which gives the piece its first number;
//! 4. each piece numbers its new states, and drops those that are no news; where edges are kept, the table learns the
//!    numbers, and then the edges do;
//! 5. what came out is added to the graph.
//!
//! The third and the fifth are for one thread. They copy a few bytes for each new state, and eight for each edge that is
//! kept.

use std::ops::Range;
use std::sync::atomic::{AtomicU32, Ordering};

use rayon::prelude::*;

use super::expand::Notes;
use super::frontier::Step;
use super::graph::{EdgesOfSome, Graph, Label, StateId, id};
use super::seen::{PARTS, Part, Seen, part_of};

/// Marks the first of a block's successors with a fingerprint; the other bits are the place of that one among the new
/// ones of its part.
const FIRST: u32 = 1 << 31;

/// Some states of a block, and what comes of expanding them.
pub(super) struct Piece<S> {
    /// All successors, if edges are kept, and where those of each state end.
    candidates: Vec<Candidate>,
    ends: Vec<u32>,
    /// Successors that had not been seen before the block, and their states.
    unseen: Vec<Unseen>,
    states: Vec<S>,
    /// The indices of the unseen ones in the order of their parts of the table, and where those of each part begin.
    by_part: Vec<u32>,
    part_starts: [u32; PARTS + 1],
    edges: EdgesOfSome,
    labels: Vec<Label>,
    notes: Notes,
}

impl<S> Default for Piece<S> {
    fn default() -> Self {
        Piece {
            candidates: Vec::new(),
            ends: Vec::new(),
            unseen: Vec::new(),
            states: Vec::new(),
            by_part: Vec::new(),
            part_starts: [0; PARTS + 1],
            edges: EdgesOfSome::new(),
            labels: Vec::new(),
            notes: Notes::default(),
        }
    }
}

/// An edge, before the number of each new state is known.
struct Candidate {
    target: Target,
    action: u32,
    takes: u64,
}

/// Where an edge leads.
pub(super) enum Target {
    /// To a state that had been seen before the block.
    Seen(StateId),
    /// To the unseen successor of that index.
    Unseen(u32),
}

/// A successor that had not been seen before the block.
struct Unseen {
    fingerprint: u64,
    parent: StateId,
    action: u32,
    /// What its part of the table says; see [`FIRST`].
    answer: AtomicU32,
}

impl Unseen {
    fn is_first(&self) -> bool {
        self.answer.load(Ordering::Relaxed) & FIRST != 0
    }

    fn place(&self) -> usize {
        (self.answer.load(Ordering::Relaxed) & !FIRST) as usize
    }
}

impl<S> Piece<S> {
    /// Begins anew.
    pub(super) fn begin(&mut self, notes: Notes) {
        self.candidates.clear();
        self.ends.clear();
        self.unseen.clear();
        self.states.clear();
        self.edges.clear();
        self.labels.clear();
        self.notes = notes;
    }

    /// What was noted.
    pub(super) fn notes_mut(&mut self) -> &mut Notes {
        &mut self.notes
    }

    /// Adds a successor that has not been seen; its index.
    pub(super) fn add_unseen(
        &mut self,
        parent: StateId,
        action: u32,
        fingerprint: u64,
        state: S,
    ) -> u32 {
        let answer = AtomicU32::new(0);
        self.unseen.push(Unseen { fingerprint, parent, action, answer });
        self.states.push(state);
        id(self.states.len() - 1)
    }

    /// Adds an edge.
    pub(super) fn add_edge(&mut self, target: Target, action: u32, takes: u64) {
        self.candidates.push(Candidate { target, action, takes });
    }

    /// Ends the successors of a state.
    pub(super) fn end_state(&mut self, label: Option<Label>, keeps_edges: bool) {
        self.labels.extend(label);
        if keeps_edges {
            self.ends.push(id(self.candidates.len()));
        }
    }

    /// Ends the piece: puts the unseen successors in the order of their parts, by counting.
    pub(super) fn end(&mut self) {
        let starts = &mut self.part_starts;
        *starts = [0; PARTS + 1];
        for unseen in &self.unseen {
            starts[part_of(unseen.fingerprint) + 1] += 1;
        }
        for part in 0..PARTS {
            starts[part + 1] += starts[part];
        }
        let mut next = *starts;
        self.by_part.clear();
        self.by_part.resize(self.unseen.len(), 0);
        for (index, unseen) in (0..).zip(&self.unseen) {
            let place = &mut next[part_of(unseen.fingerprint)];
            self.by_part[*place as usize] = index;
            *place += 1;
        }
    }

    /// The unseen successors of a part of the table, in order.
    fn of_part(&self, part: usize) -> impl Iterator<Item = &Unseen> {
        let (from, to) = (self.part_starts[part], self.part_starts[part + 1]);
        self.by_part[from as usize..to as usize].iter().map(|&index| &self.unseen[index as usize])
    }

    /// The steps that found the new states.
    fn steps(&self) -> impl Iterator<Item = Step> {
        self.unseen.iter().filter(|it| it.is_first()).map(|it| Step {
            fingerprint: it.fingerprint,
            parent: it.parent,
            action: it.action,
        })
    }

    fn count_new(&self) -> usize {
        self.unseen.iter().filter(|it| it.is_first()).count()
    }

    /// Gives the new states these numbers, and drops the others and those that there is no room for; the new states.
    fn number(&mut self, numbers: Range<usize>, most: usize, taken: &[Taken]) -> Vec<S> {
        let room = most.saturating_sub(numbers.start).min(numbers.len());
        let first = self.unseen.iter().filter(|it| it.is_first());
        for (number, unseen) in numbers.zip(first) {
            let taken = taken.get(part_of(unseen.fingerprint));
            if let Some(kept) = taken.and_then(|taken| taken.numbers.get(unseen.place())) {
                kept.store(id(number), Ordering::Relaxed);
            }
        }
        let mut new = Vec::with_capacity(room);
        let states = self.states.drain(..).zip(&self.unseen);
        new.extend(states.filter(|(_, it)| it.is_first()).map(|(state, _)| state).take(room));
        new
    }

    /// Makes edges of the candidates.
    fn connect(&mut self, taken: &[Taken]) {
        let mut begin = 0;
        for &end in &self.ends {
            for Candidate { target, action, takes } in
                &self.candidates[begin as usize..end as usize]
            {
                let target = match *target {
                    Target::Seen(state) => state,
                    Target::Unseen(index) => {
                        let unseen = &self.unseen[index as usize];
                        let taken = &taken[part_of(unseen.fingerprint)];
                        taken.numbers[unseen.place()].load(Ordering::Relaxed)
                    }
                };
                self.edges.add(target, *action, *takes);
            }
            self.edges.end(end - begin);
            begin = end;
        }
    }
}

/// The new states of a part of the table, if numbers are kept: fingerprints and numbers.
#[derive(Default)]
struct Taken {
    fingerprints: Vec<u64>,
    numbers: Vec<AtomicU32>,
}

impl Taken {
    /// Has a part of the table take its successors of all pieces.
    fn new<S>(pieces: &[Piece<S>], (part, table): (usize, &mut Part), is_numbered: bool) -> Taken {
        let mut taken = Taken::default();
        let mut new = 0;
        for unseen in pieces.iter().flat_map(|piece| piece.of_part(part)) {
            let answer = if let Some(place) = table.insert(unseen.fingerprint, new) {
                // Not a place if numbers are not kept, and then nobody looks.
                place & !FIRST
            } else {
                if is_numbered {
                    taken.fingerprints.push(unseen.fingerprint);
                }
                new += 1;
                (new - 1) | FIRST
            };
            unseen.answer.store(answer, Ordering::Relaxed);
        }
        taken.numbers.resize_with(taken.fingerprints.len(), AtomicU32::default);
        taken
    }
}

/// Does something with each item: by all threads, unless there is so little to do that waking them takes longer.
fn each<T: Send, R: Send>(
    items: &mut [T],
    is_little: bool,
    run: impl Fn((usize, &mut T)) -> R + Sync + Send,
) -> Vec<R> {
    if is_little {
        items.iter_mut().enumerate().map(run).collect()
    } else {
        items.par_iter_mut().enumerate().map(run).collect()
    }
}

/// Adds what came of a block's pieces to the graph and to the table of seen states, and hands on the new states in the
/// order of their numbers. `most` is how many states the graph may have; the answer is whether there are more, and the
/// pieces, to be used again.
pub(super) fn add<S: Send + Sync>(
    mut pieces: Vec<Piece<S>>,
    (seen, graph): (&mut Seen, &mut Graph),
    (keeps_numbers, most): (bool, usize),
    mut next: impl FnMut(Vec<S>),
) -> (bool, Vec<Piece<S>>) {
    let is_little = pieces.len() == 1;
    let parts = seen.parts_mut();
    let taken = each(parts, is_little, |part| Taken::new(&pieces, part, keeps_numbers));
    let mut count = graph.len();
    let mut numbers = Vec::with_capacity(pieces.len());
    for new in each(&mut pieces, is_little, |(_, piece)| piece.count_new()) {
        numbers.push(count..count + new);
        count += new;
    }
    let is_cut = count > most;
    let new = each(&mut pieces, is_little, |(index, piece)| {
        piece.number(numbers[index].clone(), most, &taken)
    });
    if keeps_numbers && !is_cut {
        each(parts, is_little, |(part, table)| {
            let Taken { fingerprints, numbers } = &taken[part];
            for (&fingerprint, number) in fingerprints.iter().zip(numbers) {
                table.renumber(fingerprint, number.load(Ordering::Relaxed));
            }
        });
        each(&mut pieces, is_little, |(_, piece)| piece.connect(&taken));
    }
    for (piece, states) in pieces.iter().zip(new) {
        add_in_order(piece, states.len(), graph);
        next(states);
        if is_cut && graph.len() >= most {
            break;
        }
    }
    (is_cut, pieces)
}

/// Adds what came of a block's pieces, but for the new states: some of these may have been seen all the same, and be on
/// disk. They are made `ready` to wait until that is known, and handed on in order with the steps that found them.
pub(super) fn add_pending<S: Send + Sync, R: Send>(
    mut pieces: Vec<Piece<S>>,
    (seen, graph): (&mut Seen, &mut Graph),
    ready: impl Fn(Vec<S>, &mut dyn Iterator<Item = u64>) -> R + Sync + Send,
    mut next: impl FnMut(&mut dyn Iterator<Item = Step>, R),
) -> Vec<Piece<S>> {
    let is_little = pieces.len() == 1;
    each(seen.parts_mut(), is_little, |part| Taken::new(&pieces, part, false));
    let new = each(&mut pieces, is_little, |(_, piece)| {
        let states = piece.number(0..piece.states.len(), usize::MAX, &[]);
        ready(states, &mut piece.steps().map(|step| step.fingerprint))
    });
    for (piece, ready) in pieces.iter().zip(new) {
        graph.notes.merge(&piece.notes);
        next(&mut piece.steps(), ready);
    }
    pieces
}

/// Adds a piece, of which so many states are new, to the graph: what one thread does alone. A bench counts the
/// instructions of this function, so it has to remain one.
#[inline(never)]
fn add_in_order<S>(piece: &Piece<S>, new: usize, graph: &mut Graph) {
    graph.notes.merge(&piece.notes);
    piece.labels.iter().for_each(|&label| graph.add_label(label));
    for unseen in piece.unseen.iter().filter(|it| it.is_first()).take(new) {
        graph.add_state(Some(unseen.parent), unseen.action);
    }
    graph.add_edges(&piece.edges);
}
