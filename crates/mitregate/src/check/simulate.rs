//! Random walks, for models that are too large to exhaust.
//!
//! A walk proves nothing; it finds. The same seed gives the same walks on every machine.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use super::contract::{Breach, NO_PANIC, guarded};
use super::goals::{DEADLOCK, Goals, Undecidable};
use super::graph::{Found, Place};
use super::model::{Checkable, Name};
use super::property::Law;
use super::trace::Trace;

/// How to walk.
#[derive(Clone, Copy, Debug)]
pub struct Walks {
    /// The seed of the first walk; each further walk has the next one.
    pub seed: u64,
    /// How many walks.
    pub runs: u64,
    /// The most steps of each.
    pub depth: u64,
}

/// What the walks found.
#[derive(Clone, Debug)]
pub struct Simulation {
    /// How many walks were finished.
    pub runs: u64,
    /// Steps in all of them.
    pub steps: u64,
    /// Steps that each action took.
    pub coverage: Vec<(Name, u64)>,
    /// The first violation: the law's name, the seed of its walk, and the walk.
    pub violation: Option<(Name, u64, Trace)>,
    /// Whether the interrupt flag ended it early.
    pub interrupted: bool,
    /// How long it took.
    pub elapsed: Duration,
}

/// Walks at random from random initial states, choosing among the enabled actions evenly, and stops
/// at the first violation of a law. Walks are finite, so temporal properties are not judged.
///
/// # Errors
///
/// What is asked and cannot be decided.
pub fn simulate<M: Checkable>(
    model: &M,
    goals: &Goals,
    walks: &Walks,
    interrupt: &AtomicBool,
    progress: &dyn Fn(u64),
) -> Result<Simulation, Undecidable> {
    goals.check_decidable(model)?;
    let start = Instant::now();
    let asked = Asked { laws: goals.laws(model), deadlock: goals.deadlock };
    let mut found = Simulation {
        runs: 0,
        steps: 0,
        coverage: model.action_names().into_iter().map(|name| (name, 0)).collect(),
        violation: None,
        interrupted: false,
        elapsed: Duration::ZERO,
    };
    for run in 0..walks.runs {
        if interrupt.load(Ordering::Relaxed) {
            found.interrupted = true;
            break;
        }
        let seed = walks.seed.wrapping_add(run);
        found.violation = walk(model, &asked, seed, walks.depth, interrupt, &mut found)
            .map(|(law, trace)| (law, seed, trace));
        found.runs += 1;
        progress(found.runs);
        if found.violation.is_some() {
            break;
        }
    }
    found.elapsed = start.elapsed();
    Ok(found)
}

/// What a walk is checked for.
struct Asked<M: Checkable> {
    laws: Vec<Law<M>>,
    deadlock: bool,
}

/// One walk; answers the violated law and the walk to its violation.
fn walk<M: Checkable>(
    model: &M,
    asked: &Asked<M>,
    seed: u64,
    depth: u64,
    interrupt: &AtomicBool,
    found: &mut Simulation,
) -> Option<(Name, Trace)> {
    let mut way = Way { path: Vec::new(), trying: None };
    let mut random = fastrand::Rng::with_seed(seed);
    match guarded(|| go(model, asked, &mut random, depth, interrupt, found, &mut way)) {
        Ok(violated) => violated.map(|law| {
            let trace = Trace::along(model, &way.path, &law);
            (law, trace)
        }),
        Err(panic) => {
            let place = Found { place: Place::Initial(0), length: way.path.len() };
            let breach = Breach { found: place, action: way.trying, what: panic.to_string() };
            let trace = Trace::along(model, &way.path, NO_PANIC).tried(model, &way.path, &breach);
            Some((NO_PANIC.into(), trace))
        }
    }
}

/// How far a walk has come.
struct Way {
    /// The actions' indices, the initial state's first.
    path: Vec<u32>,
    /// The action that is being taken.
    trying: Option<u32>,
}

/// Goes the way of one walk; answers the law that is violated at its end, if one is.
fn go<M: Checkable>(
    model: &M,
    asked: &Asked<M>,
    random: &mut fastrand::Rng,
    depth: u64,
    interrupt: &AtomicBool,
    found: &mut Simulation,
    way: &mut Way,
) -> Option<Name> {
    let laws = &asked.laws;
    let mut initial = model.init_states();
    if initial.is_empty() {
        return None;
    }
    let choice = random.usize(..initial.len());
    let mut state = initial.swap_remove(choice);
    way.path.push(index(choice));
    let mut actions = Vec::new();
    if let Some(law) = laws.iter().find(|law| law.violated_in(model, &state)) {
        return Some(law.name.clone());
    }
    for _ in 0..depth {
        // One walk may be long.
        if interrupt.load(Ordering::Relaxed) || !model.within_boundary(&state) {
            break;
        }
        actions.clear();
        model.actions(&state, &mut actions);
        let trying = &mut way.trying;
        let Some((choice, name, next)) = random_step(model, &state, &actions, random, trying)
        else {
            return asked.deadlock.then(|| DEADLOCK.into());
        };
        let violated = laws.iter().find(|law| law.violated_by(model, &state, &next));
        way.path.push(index(choice));
        way.trying = None;
        found.steps += 1;
        found.coverage[name].1 += 1;
        if let Some(law) = violated {
            return Some(law.name.clone());
        }
        state = next;
    }
    None
}

/// An enabled action, drawn evenly: disabled ones are taken out of the urn until one is enabled.
/// `trying` is the one that is being taken.
fn random_step<M: Checkable>(
    model: &M,
    state: &M::State,
    actions: &[M::Action],
    random: &mut fastrand::Rng,
    trying: &mut Option<u32>,
) -> Option<(usize, usize, M::State)> {
    let mut urn: Vec<usize> = (0..actions.len()).collect();
    while !urn.is_empty() {
        let choice = urn.swap_remove(random.usize(..urn.len()));
        *trying = Some(index(choice));
        let action = actions[choice].clone();
        let name = model.action_name(&action);
        if let Some(next) = model.next_state(state, action) {
            return Some((choice, name, next));
        }
    }
    *trying = None;
    None
}

/// Indices of actions are counted in 32 bits, as in a graph.
#[allow(clippy::cast_possible_truncation)]
fn index(choice: usize) -> u32 {
    choice as u32
}
