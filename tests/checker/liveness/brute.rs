//! The oracle: every set of states that a behaviour could visit for ever is tried, and formulas are
//! evaluated on behaviours, position by position. It shares no idea with the checker.

use mitregate::check::liveness::{Edge, Fairness, Formula, Lasso, LassoStep, StateId, Strength};

use super::table::Table;

/// The length of shortest stems to a violation.
#[derive(Debug)]
pub(crate) struct ShortestStem {
    /// To any fair cycle.
    pub(crate) to_any: usize,
    /// To a state in which a fair behaviour stutters for ever.
    pub(crate) to_stutter: Option<usize>,
}

type Distances = Vec<Vec<Option<usize>>>;

fn states(table: &Table) -> std::ops::Range<usize> {
    0..table.edges.len()
}

fn edges(table: &Table) -> impl Iterator<Item = (usize, usize, Edge)> + '_ {
    states(table)
        .flat_map(|source| table.edges[source].iter().map(move |edge| (source, edge)))
        .map(|(source, edge)| (source, edge.target as usize, *edge))
}

fn has(table: &Table, state: usize, predicate: u8) -> bool {
    table.holds[state] >> predicate & 1 == 1
}

/// The number of steps from each state to each other within the `allowed` states, by Floyd and
/// Warshall.
fn distances(table: &Table, allowed: impl Fn(usize) -> bool) -> Distances {
    let count = table.edges.len();
    let mut distances = vec![vec![None; count]; count];
    for (source, target, _) in edges(table) {
        if allowed(source) && allowed(target) {
            distances[source][target] = Some(1);
        }
    }
    for state in states(table).filter(|&state| allowed(state)) {
        distances[state][state] = Some(0);
    }
    for via in states(table) {
        for from in states(table) {
            for to in states(table) {
                if let (Some(a), Some(b)) = (distances[from][via], distances[via][to]) {
                    let best = distances[from][to].map_or(a + b, |known: usize| known.min(a + b));
                    distances[from][to] = Some(best);
                }
            }
        }
    }
    distances
}

/// The distance of a state from the initial states.
fn from_initial(table: &Table, distances: &Distances, to: usize) -> Option<usize> {
    table.initial.iter().filter_map(|&from| distances[from as usize][to]).min()
}

pub(crate) fn reachable(table: &Table) -> Vec<usize> {
    let all = distances(table, |_| true);
    states(table).filter(|&state| from_initial(table, &all, state).is_some()).collect()
}

/// Whether a behaviour that visits just these states for ever, and takes all steps between them, is
/// fair.
fn is_fair(table: &Table, fairness: &Fairness, forever: &[usize]) -> bool {
    fairness.conditions.iter().enumerate().all(|(condition, strength)| {
        let bit = 1 << condition;
        let enabled = |&state: &usize| table.enabled[state] & bit != 0;
        let taken = edges(table).any(|(source, target, edge)| {
            source != target
                && forever.contains(&source)
                && forever.contains(&target)
                && edge.takes & bit != 0
        });
        let excused = match strength {
            Strength::Weak => !forever.iter().all(enabled),
            Strength::Strong => !forever.iter().any(enabled),
        };
        taken || excused
    })
}

/// The shortest way to violate a formula, if there is one.
pub(crate) fn shortest_stem(
    table: &Table,
    fairness: &Fairness,
    formula: Formula,
) -> Option<ShortestStem> {
    let mut best: Option<ShortestStem> = None;
    for mask in 1..1usize << table.edges.len() {
        let forever: Vec<_> = states(table).filter(|state| mask >> state & 1 == 1).collect();
        let within = distances(table, |state| forever.contains(&state));
        let is_connected =
            forever.iter().all(|&from| forever.iter().all(|&to| within[from][to].is_some()));
        if !is_connected || !is_fair(table, fairness, &forever) {
            continue;
        }
        let Some(stem) = stem_length(table, formula, &forever) else { continue };
        let best = best.get_or_insert(ShortestStem { to_any: stem, to_stutter: None });
        best.to_any = best.to_any.min(stem);
        if let [only] = forever[..]
            && table.enabled[only] & ((1 << fairness.conditions.len()) - 1) == 0
        {
            best.to_stutter = Some(best.to_stutter.map_or(stem, |known| known.min(stem)));
        }
    }
    best
}

/// Whether a fair cycle through a state has at most so many steps and keeps a formula violated. Every closed walk
/// is tried.
pub(crate) fn has_fair_cycle(
    table: &Table,
    fairness: &Fairness,
    formula: Formula,
    start: StateId,
    most: usize,
) -> bool {
    let start = start as usize;
    let mut walks: Vec<(Vec<usize>, u64)> = vec![(vec![start], 0)];
    for _ in 0..most {
        let mut longer = Vec::new();
        for (walk, taken) in walks {
            let at = walk[walk.len() - 1];
            for edge in table.edges[at].iter().filter(|edge| edge.target as usize != at) {
                let taken = taken | edge.takes;
                let to = edge.target as usize;
                if to == start && violates_for_ever(table, fairness, formula, &walk, taken) {
                    return true;
                }
                longer.push(([walk.as_slice(), &[to]].concat(), taken));
            }
        }
        walks = longer;
    }
    false
}

/// Whether a behaviour that visits these states again and again, and takes these conditions, is fair and
/// violates the formula.
fn violates_for_ever(
    table: &Table,
    fairness: &Fairness,
    formula: Formula,
    visited: &[usize],
    taken: u64,
) -> bool {
    let is_fair = fairness.conditions.iter().enumerate().all(|(condition, strength)| {
        let enabled = |&state: &usize| table.enabled[state] >> condition & 1 == 1;
        taken >> condition & 1 == 1
            || match strength {
                Strength::Weak => !visited.iter().all(enabled),
                Strength::Strong => !visited.iter().any(enabled),
            }
    });
    let never = |p: u8| visited.iter().all(|&state| !has(table, state, p));
    is_fair
        && match formula {
            Formula::Eventually(p) | Formula::AlwaysEventually(p) | Formula::LeadsTo(_, p) => {
                never(p)
            }
            Formula::EventuallyAlways(p) => visited.iter().any(|&state| !has(table, state, p)),
        }
}

/// The length of a shortest stem to one of these states, after which visiting just them for ever
/// violates the formula; none if it does not, or if there is no stem.
fn stem_length(table: &Table, formula: Formula, forever: &[usize]) -> Option<usize> {
    let never = |p: u8| forever.iter().all(|&state| !has(table, state, p));
    let from_start = |ways: &Distances| {
        forever.iter().filter_map(|&state| from_initial(table, ways, state)).min()
    };
    let all = || distances(table, |_| true);
    match formula {
        Formula::Eventually(p) if never(p) => {
            from_start(&distances(table, |state| !has(table, state, p)))
        }
        Formula::AlwaysEventually(p) if never(p) => from_start(&all()),
        Formula::EventuallyAlways(p) if forever.iter().any(|&state| !has(table, state, p)) => {
            from_start(&all())
        }
        Formula::LeadsTo(p, q) if never(q) => {
            let (all, without) = (all(), distances(table, |state| !has(table, state, q)));
            let ways = states(table).filter(|&state| has(table, state, p)).filter_map(|state| {
                let rest = forever.iter().filter_map(|&last| without[state][last]).min()?;
                Some(from_initial(table, &all, state)? + rest)
            });
            ways.min()
        }
        _ => None,
    }
}

pub(crate) fn is_vacuous(table: &Table, formula: Formula) -> bool {
    match formula {
        Formula::LeadsTo(p, _) => !reachable(table).into_iter().any(|state| has(table, state, p)),
        _ => false,
    }
}

pub(crate) fn never_enabled(table: &Table, fairness: &Fairness) -> Vec<usize> {
    let reachable = reachable(table);
    (0..fairness.conditions.len())
        .filter(|&c| !reachable.iter().any(|&state| table.enabled[state] >> c & 1 == 1))
        .collect()
}

pub(crate) fn never_taken(table: &Table, fairness: &Fairness) -> Vec<usize> {
    let reachable = reachable(table);
    let takes = |c: usize| {
        edges(table).any(|(source, target, edge)| {
            reachable.contains(&source) && source != target && edge.takes >> c & 1 == 1
        })
    };
    (0..fairness.conditions.len()).filter(|&c| !takes(c)).collect()
}

/// Checks that a lasso is a behaviour of the graph, is fair, and violates the formula.
pub(crate) fn assert_is_counterexample(
    table: &Table,
    fairness: &Fairness,
    formula: Formula,
    lasso: &Lasso,
) {
    let first = lasso.stem.first().map_or(lasso.loop_start, |step| step.source);
    assert!(table.initial.contains(&first), "begins in an initial state");
    assert_eq!(follow(table, first, &lasso.stem), lasso.loop_start, "the stem leads to the loop");
    assert_eq!(
        follow(table, lasso.loop_start, &lasso.cycle),
        lasso.loop_start,
        "the cycle is closed"
    );
    assert_is_fair(table, fairness, lasso);
    assert_violates(table, formula, lasso);
}

fn follow(table: &Table, from: StateId, steps: &[LassoStep]) -> StateId {
    steps.iter().fold(from, |at, step| {
        assert_eq!(step.source, at, "each step begins where the last one ended");
        table.edges[at as usize][step.edge as usize].target
    })
}

fn assert_is_fair(table: &Table, fairness: &Fairness, lasso: &Lasso) {
    let mut visited = vec![lasso.loop_start];
    visited.extend(lasso.cycle.iter().map(|step| step.source));
    for (condition, strength) in fairness.conditions.iter().enumerate() {
        let bit = 1u64 << condition;
        let enabled = |&state: &StateId| table.enabled[state as usize] & bit != 0;
        let taken = lasso.cycle.iter().any(|step| {
            let edge = table.edges[step.source as usize][step.edge as usize];
            edge.target != step.source && edge.takes & bit != 0
        });
        let fair = match strength {
            Strength::Weak => taken || !visited.iter().all(enabled),
            Strength::Strong => taken || !visited.iter().any(enabled),
        };
        assert!(fair, "{lasso:?} is not fair to condition {condition} ({strength:?})");
    }
}

/// Evaluates the formula at each position of the behaviour. After the last comes the start of the loop again.
fn assert_violates(table: &Table, formula: Formula, lasso: &Lasso) {
    let mut behaviour: Vec<usize> = lasso
        .stem
        .iter()
        .map(|step| step.source as usize)
        .chain([lasso.loop_start as usize])
        .collect();
    behaviour.extend(lasso.cycle.iter().skip(1).map(|step| step.source as usize));
    let loop_start = lasso.stem.len();
    let now = |position: usize, p: u8| has(table, behaviour[position], p);
    let positions = || 0..behaviour.len();
    // Whatever is in the loop comes again.
    let future = |position: usize| position.min(loop_start)..behaviour.len();
    let eventually = |position, p| future(position).any(|later| now(later, p));
    let holds = match formula {
        Formula::Eventually(p) => eventually(0, p),
        Formula::AlwaysEventually(p) => positions().all(|position| eventually(position, p)),
        Formula::EventuallyAlways(p) => {
            positions().any(|position| future(position).all(|later| now(later, p)))
        }
        Formula::LeadsTo(p, q) => {
            positions().all(|position| !now(position, p) || eventually(position, q))
        }
    };
    assert!(!holds, "{lasso:?} satisfies {formula:?}");
    if let Formula::LeadsTo(p, q) = formula {
        assert!(now(lasso.since, p), "the antecedent holds where the violation begins");
        assert!((lasso.since..behaviour.len()).all(|later| !now(later, q)));
    }
}
