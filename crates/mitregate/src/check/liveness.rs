//! Liveness under fairness, with the meaning that TLA+ gives it.
//!
//! The input is an explicit graph ([`Transitions`]): states, steps, which fairness conditions each
//! step satisfies, which are enabled in each state, and which predicates hold there. The answer to
//! each [`Formula`] is that it holds, or a [`Lasso`]: a behaviour that is fair and violates it.
//!
//! **Stuttering.** A behaviour may stay in its state for ever, and every state has such an implicit
//! step to itself. It satisfies no condition, and neither does a listed step that leads back to its
//! source: fairness is about `<<A>>_v`, which changes something.
//!
//! **Fairness.** A behaviour is fair if it is so to every condition: `WF_v(A)`, which is disabled
//! again and again or taken again and again; `SF_v(A)`, which is enabled only finitely often or
//! taken again and again.
//!
//! **Algorithm.** What a behaviour does for ever, it does in one strongly connected component of
//! the states in which the formula stays violated. So these components are found, and a component
//! is fair if every weak condition is taken or somewhere disabled in it, and every strong one taken
//! or nowhere enabled. Where only a strong condition is missing, the states that enable it are
//! removed, and the components of what remains are judged in the same way. A state in which no behaviour stays for ever, because
//! it is on no cycle and something fair is enabled in it, is left out from the start. This is the emptiness
//! test for Streett conditions; E. A. Emerson and C.-L. Lei, *Modalities for model checking: branching
//! time logic strikes back*, Science of Computer Programming 8(3), 1987.
//!
//! **Cost.** Time is linear in the graph; where strong conditions nest, once more for each level, of
//! which there are at most as many as strong conditions. A lasso takes a few more searches of its
//! component for each condition, and a search of bounded length for its cycle. Nothing recurses. The
//! graph is not copied. Formulas are judged in parallel, by the `rayon` pool that this runs in. Besides
//! the graph the pass needs, for each state, 2 bits throughout; for each formula that is being judged 4
//! bytes, and up to 16 more for stacks in a graph that is one long path; while it builds its lasso 12
//! bytes, and up to 16 more for a queue, and for the cycle at most some 30 MB. It needs nothing
//! for an edge.

mod components;
mod fair;
mod lasso;
mod survey;
mod violation;

use std::fmt;

use rayon::prelude::*;

pub use lasso::{Lasso, LassoStep};

use super::bits::Bits;
use survey::Survey;
use violation::Violation;

/// A state's number.
pub type StateId = u32;

/// Numbers from here on have a meaning of their own in the marks of states.
const MAX_STATES: usize = (u32::MAX - 2) as usize;

/// A graph of states and steps, as liveness sees it.
///
/// Sets are masks: bit `c` of [`Edge::takes`] and of [`Transitions::enabled`] belongs to fairness
/// condition `c`, bit `p` of [`Transitions::holds`] to predicate `p`. A graph gives the same answers
/// however often it is asked.
pub trait Transitions: Sync {
    /// How many states there are; their numbers are the ones below.
    fn state_count(&self) -> usize;

    /// The states in which behaviours begin.
    fn initial(&self) -> &[StateId];

    /// How many steps lead out of a state.
    fn degree(&self, state: StateId) -> u32;

    /// A step out of a state; `index` is below its [`Transitions::degree`].
    fn edge(&self, state: StateId, index: u32) -> Edge;

    /// Where that step leads.
    fn target(&self, state: StateId, index: u32) -> StateId {
        self.edge(state, index).target
    }

    /// The conditions that are enabled in a state: those of whose steps one leads from it to another
    /// state, and be it to a state that is not listed because it lies outside some boundary.
    ///
    /// Of a state that was never expanded nothing is known: the answer [`u64::MAX`] keeps it from
    /// being taken for a place where a fair behaviour ends.
    fn enabled(&self, state: StateId) -> u64;

    /// The predicates that hold in a state.
    fn holds(&self, state: StateId) -> u64;
}

/// A step to another state, or back to the same one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edge {
    /// Where it leads.
    pub target: StateId,
    /// The conditions whose step this is. Ignored if the target is the source.
    pub takes: u64,
}

/// How often a condition that is enabled has to be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strength {
    /// `WF_v(A)`: not enabled for ever without being taken.
    Weak,
    /// `SF_v(A)`: not enabled again and again without being taken.
    Strong,
}

/// The conditions under which behaviours count.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fairness {
    /// The strength of the condition of each bit; at most 64.
    pub conditions: Vec<Strength>,
}

impl Fairness {
    fn mask(&self, strength: Strength) -> u64 {
        let of = |&(_, &condition): &(u32, &Strength)| condition == strength;
        (0..64).zip(&self.conditions).filter(of).fold(0, |mask, (bit, _)| mask | 1 << bit)
    }

    fn weak(&self) -> u64 {
        self.mask(Strength::Weak)
    }

    fn strong(&self) -> u64 {
        self.mask(Strength::Strong)
    }
}

/// The number of a predicate on states, below 64.
pub type Predicate = u8;

/// A temporal formula over predicates on states. A conjunction is several of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Formula {
    /// `<>P`: at some time.
    Eventually(Predicate),
    /// `[]<>P`: again and again.
    AlwaysEventually(Predicate),
    /// `<>[]P`: from some time on.
    EventuallyAlways(Predicate),
    /// `P ~> Q`: whenever `P`, then `Q` at that time or later.
    LeadsTo(Predicate, Predicate),
}

/// What is known of a graph and the formulas about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// One answer for each formula.
    pub answers: Vec<Answer>,
    /// How many states can be reached. If there are none, then everything holds and nothing is said.
    pub reachable: usize,
    /// The conditions that are enabled in no reachable state: fairness to them says nothing.
    pub never_enabled: Vec<usize>,
    /// The conditions of whose steps none is listed in a reachable state.
    pub never_taken: Vec<usize>,
}

/// What is known of one formula.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// A fair behaviour that violates the formula; none if it holds.
    pub lasso: Option<Lasso>,
    /// Whether the formula is `P ~> Q` and no reachable state satisfies `P`, so that it says nothing.
    pub vacuous: bool,
}

/// Why a graph, the conditions or the formulas make no sense together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Malformed(String);

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for Malformed {}

/// Judges every formula by itself, under all fairness conditions.
///
/// The graph need not be all of a system. A lasso is real in any case. That a formula *holds* is said
/// of behaviours that stay within the graph.
///
/// # Errors
///
/// If a state, a condition or a predicate is named that does not exist, or if a step satisfies a
/// condition that is not enabled where it begins.
pub fn judge<G: Transitions>(
    graph: &G,
    fairness: &Fairness,
    formulas: &[Formula],
) -> Result<Judgement, Malformed> {
    let survey = Survey::new(graph, fairness)?;
    let lacking = |mask: u64| {
        (0..fairness.conditions.len()).filter(|&condition| mask >> condition & 1 == 0).collect()
    };
    let remaining = fair::remaining(graph, fairness.weak() | fairness.strong(), &survey);
    let answers: Result<_, _> = formulas
        .par_iter()
        .map(|&formula| answer(graph, fairness, (&survey, &remaining), formula))
        .collect();
    Ok(Judgement {
        answers: answers?,
        reachable: survey.reachable.count(),
        never_enabled: lacking(survey.enabled),
        never_taken: lacking(survey.taken),
    })
}

fn answer<G: Transitions>(
    graph: &G,
    fairness: &Fairness,
    (survey, remaining): (&Survey, &Bits),
    formula: Formula,
) -> Result<Answer, Malformed> {
    let violation = Violation::of(formula)?;
    let vacuous = matches!(formula, Formula::LeadsTo(..)) && survey.held & violation.with == 0;
    let demand = fair::Demand {
        weak: fairness.weak(),
        strong: fairness.strong(),
        lacks: violation.visits_without,
    };
    let mut marks = violation::marks(graph, survey, violation);
    remaining.complement().for_each(|state| marks[state as usize] = components::DONE);
    let found = fair::label_components(graph, demand, &mut marks);
    let lasso = if found { Some(lasso::build(graph, violation, demand, &marks)?) } else { None };
    Ok(Answer { lasso, vacuous })
}

fn states<G: Transitions>(graph: &G) -> impl Iterator<Item = StateId> + use<G> {
    // A survey has found that the numbers fit.
    (0..).zip(0..graph.state_count()).map(|(state, _)| state)
}

/// The steps out of a state that change something, and their indices.
fn indexed_steps<G: Transitions>(
    graph: &G,
    state: StateId,
) -> impl Iterator<Item = (u32, Edge)> + '_ {
    (0..graph.degree(state))
        .map(move |index| (index, graph.edge(state, index)))
        .filter(move |(_, edge)| edge.target != state)
}

/// The steps out of a state that change something.
fn steps<G: Transitions>(graph: &G, state: StateId) -> impl Iterator<Item = Edge> + '_ {
    indexed_steps(graph, state).map(|(_, edge)| edge)
}
