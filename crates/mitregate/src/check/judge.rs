//! From a graph to verdicts.

use super::contract::{Breach, DETERMINISTIC, INDEPENDENT, NO_PANIC, guarded};
use super::expand::Expander;
use super::explore::{BreadthFirst, Engine, Options};
use super::goals::{DEADLOCK, Goals};
use super::graph::{Finding, Graph};
use super::model::Name;
use super::trace::Trace;
use super::verdict::{Kind, PropertyReport, Report, Verdict};
use super::{Checkable, Claim, StopReason, Undecidable, temporal};

/// How many temporal properties are judged at a time.
const MOST_AT_ONCE: usize = 4;

/// Explores a model and judges what is asked of it.
///
/// # Errors
///
/// What is asked and cannot be decided.
///
/// # Panics
///
/// If the operating system gives no threads.
pub fn check<M: Checkable>(
    model: &M,
    goals: &Goals,
    options: &Options<'_>,
) -> Result<Report, Undecidable> {
    #[cfg(feature = "distributed")]
    if let Some(together) = options.together {
        if model.keeps_to_itself() {
            return Err(Undecidable::KeepsToItself);
        }
        if options.partial_order == super::PartialOrder::Reduce {
            return Err(Undecidable::ReducedTogether);
        }
        return check_with(&super::Distributed::processes(together), model, goals, options);
    }
    check_with(&BreadthFirst, model, goals, options)
}

/// The same by an engine of the caller's.
///
/// # Errors
///
/// What is asked and cannot be decided.
///
/// # Panics
///
/// If the operating system gives no threads.
pub fn check_with<M: Checkable>(
    engine: &impl Engine,
    model: &M,
    goals: &Goals,
    options: &Options<'_>,
) -> Result<Report, Undecidable> {
    let expander = Expander::new(model, goals)?.with_partial_order(options.partial_order)?;
    let graph = engine.explore(&expander, options);
    if !expander.needs_edges() {
        return Ok(judge(&expander, &graph));
    }
    // Each temporal property takes memory of its own while it is judged.
    let threads = match options.threads {
        0 => std::thread::available_parallelism().map_or(1, usize::from),
        threads => threads,
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.min(MOST_AT_ONCE))
        .build()
        .expect("the operating system gives threads");
    Ok(pool.install(|| judge(&expander, &graph)))
}

/// Judges what is asked of a model by its graph: temporal properties by the threads of the `rayon` pool that this runs in.
pub fn judge<M: Checkable>(expander: &Expander<'_, M>, graph: &Graph) -> Report {
    let (model, goals) = (expander.model(), expander.goals());
    let mut properties: Vec<_> = goals
        .laws(model)
        .iter()
        .zip(&graph.notes.findings)
        .map(|(law, finding)| {
            let kind = match law.claim {
                Claim::Invariant { .. } => Kind::Invariant,
                Claim::Step { .. } => Kind::Step,
            };
            judge_law(model, graph, &law.name, kind, *finding)
        })
        .collect();
    if goals.deadlock {
        let finding = Finding { violation: graph.notes.deadlock, witness: None };
        properties.push(judge_law(model, graph, &DEADLOCK.into(), Kind::Deadlock, finding));
    }
    let (temporal, never_enabled) = temporal::judge(model, &goals.temporal(model), graph);
    properties.extend(temporal.into_iter().map(|judged| judge_temporal(model, graph, judged)));
    let breaches = [
        (NO_PANIC, &graph.notes.panic),
        (DETERMINISTIC, &graph.notes.indeterminate),
        (INDEPENDENT, &graph.notes.dependent),
    ];
    properties.extend(breaches.into_iter().filter_map(|(name, breach)| {
        breach.as_ref().map(|breach| broken_contract(model, graph, name, breach))
    }));
    let names = model.action_names();
    let mut report = Report {
        distinct: graph.len() as u64,
        edges: graph.edge_count(),
        steps: graph.notes.steps(),
        outside: graph.notes.outside,
        depth: graph.depth() as u64,
        properties,
        coverage: names.into_iter().zip(graph.notes.steps_of_actions.iter().copied()).collect(),
        never_enabled,
        collision_probability: graph.collision_probability(),
        notes: Vec::new(),
        stopped: graph.stopped,
        elapsed: graph.elapsed,
    };
    if expander.reduces() {
        let note = "of steps that the model calls ample one order was taken, and that they are was looked at in a sample: \
                    states are left out, and witnesses may be among them";
        report.notes.push(note.to_owned());
    }
    model.conclude(&mut report);
    report
}

fn judge_law<M: Checkable>(
    model: &M,
    graph: &Graph,
    name: &Name,
    kind: Kind,
    finding: Finding,
) -> PropertyReport {
    let verdict = match finding.violation {
        Some(_) => Verdict::Violated,
        None if graph.is_complete() => Verdict::Holds,
        None => Verdict::Inconclusive,
    };
    PropertyReport {
        name: name.clone(),
        kind,
        verdict,
        undecided: (verdict == Verdict::Inconclusive).then(|| why_incomplete(graph)),
        witness: finding.witness.map(|found| found.length),
        counterexample: finding
            .violation
            .map(|found| rebuilt(model, &graph.path_to(found.place), name)),
    }
}

/// The path of the actions of those indices. That it could be taken once does not mean that it can be
/// taken again.
fn rebuilt<M: Checkable>(model: &M, path: &[u32], law: &str) -> Trace {
    guarded(|| Trace::along(model, path, law)).unwrap_or_else(|panic| Trace {
        explanation: vec![format!("the path cannot be taken again: {panic}")],
        ..Trace::default()
    })
}

fn broken_contract<M: Checkable>(
    model: &M,
    graph: &Graph,
    name: &'static str,
    breach: &Breach,
) -> PropertyReport {
    let path =
        if breach.found.length == 0 { Vec::new() } else { graph.path_to(breach.found.place) };
    PropertyReport {
        name: name.into(),
        kind: Kind::Contract,
        verdict: Verdict::Violated,
        undecided: None,
        witness: None,
        counterexample: Some(rebuilt(model, &path, name).tried(model, &path, breach)),
    }
}

fn judge_temporal<M: Checkable>(
    model: &M,
    graph: &Graph,
    judged: temporal::Judged,
) -> PropertyReport {
    let counterexample =
        judged.lasso.map(|lasso| temporal::trace(model, graph, &lasso, &judged.name));
    let undecided = if counterexample.is_some() {
        None
    } else if !graph.is_complete() {
        Some(why_incomplete(graph))
    } else if graph.notes.initial_outside > 0 {
        Some("an initial state lies outside the boundary, and a behaviour from there may violate the property".to_owned())
    } else if graph.notes.outside > 0 {
        let leave = if graph.notes.outside == 1 { "step leaves" } else { "steps leave" };
        Some(format!(
            "{} {leave} the boundary, and a behaviour that leaves it may violate the property \
             outside; check it without CONSTRAINT, on smaller constants",
            graph.notes.outside
        ))
    } else if judged.searched {
        None
    } else {
        Some("the search for fair cycles could not take the graph".to_owned())
    };
    let verdict = match (&counterexample, &undecided) {
        (Some(_), _) => Verdict::Violated,
        (None, Some(_)) => Verdict::Inconclusive,
        (None, None) => Verdict::Holds,
    };
    PropertyReport {
        name: judged.name,
        kind: Kind::Liveness,
        verdict,
        undecided,
        witness: judged.witness,
        counterexample,
    }
}

fn why_incomplete(graph: &Graph) -> String {
    match graph.stopped {
        None => {
            "the code panics, is not deterministic, or has an action that is called ample and is not, so that states \
             may be missing"
        }
        Some(StopReason::States) => "the exploration ended at the most states allowed",
        Some(StopReason::Memory) => "the exploration ended at the most memory allowed",
        Some(StopReason::Time) => "the exploration ended when its time was over",
        Some(StopReason::Interrupted) => "the exploration was interrupted",
        Some(StopReason::Checkpoint) => "the exploration ended when it could not be saved",
        Some(StopReason::Disk) => "the exploration ended when the disk could not be used",
        Some(StopReason::Lost) => "the exploration ended when one of its workers was lost",
        Some(StopReason::Violation) => "the exploration ended at a violation of another property",
    }
    .to_owned()
}
