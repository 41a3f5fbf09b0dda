//! Verdicts, read off one exploration.

use std::time::Duration;

use super::explore::{Options, explore};
use super::graph::{Cut, Finding, Graph};
use super::temporal;
use super::trace::Trace;
use super::{Checkable, Claim};

/// What is known of a property, or of all that was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It holds in every reachable state, and all of them were seen.
    Holds,
    /// It is violated, and there is a counterexample.
    Violated,
    /// The exploration ended before it was decided.
    Inconclusive,
}

impl Verdict {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Verdict::Holds => "holds",
            Verdict::Violated => "violated",
            Verdict::Inconclusive => "inconclusive",
        }
    }
}

/// What kind of property was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A predicate on states.
    Invariant,
    /// A predicate on steps, `[][A]_v`.
    Step,
    /// That every state has a successor.
    Deadlock,
    /// A temporal property, under the model's fairness conditions.
    Liveness,
}

impl Kind {
    /// The word for it in reports.
    pub fn word(self) -> &'static str {
        match self {
            Kind::Invariant => "invariant",
            Kind::Step => "step",
            Kind::Deadlock => "deadlock",
            Kind::Liveness => "liveness",
        }
    }
}

/// The name under which the absence of deadlock is reported.
pub const DEADLOCK: &str = "Deadlock";

/// One property's verdict.
#[derive(Clone, Debug)]
pub struct PropertyReport {
    /// The law's name.
    pub name: &'static str,
    /// What kind of property it is.
    pub kind: Kind,
    /// Whether it holds.
    pub verdict: Verdict,
    /// The number of states on the shortest path to where the law says something; `None` if that
    /// is nowhere, which makes a law that holds a vacuous one.
    pub witness: Option<usize>,
    /// The shortest path to where it is violated.
    pub counterexample: Option<Trace>,
}

impl PropertyReport {
    /// Whether the law holds only because it never says anything.
    pub fn is_vacuous(&self) -> bool {
        self.verdict == Verdict::Holds && self.witness.is_none() && self.kind != Kind::Deadlock
    }
}

/// What one check found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Distinct states seen.
    pub distinct: u64,
    /// Edges between them.
    pub edges: u64,
    /// Steps taken, those out of the boundary among them.
    pub steps: u64,
    /// Steps that led out of the boundary.
    pub outside: u64,
    /// Levels of the breadth-first search; initial states are on level 1.
    pub depth: u64,
    /// The properties, in the model's order.
    pub properties: Vec<PropertyReport>,
    /// How many steps each class of actions took.
    pub coverage: Vec<(&'static str, u64)>,
    /// The fairness conditions that are enabled nowhere, so that they say nothing.
    pub never_enabled: Vec<String>,
    /// An upper bound on the probability that a state was missed.
    pub collision_probability: f64,
    /// Why the exploration ended early, if it did.
    pub cut: Option<Cut>,
    /// How long it took.
    pub elapsed: Duration,
}

impl Report {
    /// The verdict on everything: violated if a property is, inconclusive if something is open.
    ///
    /// A model without a single state says nothing, nor does one without a single law, so these are
    /// inconclusive as well.
    pub fn verdict(&self) -> Verdict {
        if self.properties.iter().any(|property| property.verdict == Verdict::Violated) {
            Verdict::Violated
        } else if self.cut.is_some() || self.distinct == 0 || self.properties.is_empty() {
            Verdict::Inconclusive
        } else {
            Verdict::Holds
        }
    }

    /// The property of that name.
    pub fn property(&self, name: &str) -> Option<&PropertyReport> {
        self.properties.iter().find(|property| property.name == name)
    }

    /// Distinct states per second.
    #[allow(clippy::cast_precision_loss)] // a rate needs no 53 bits
    pub fn states_per_second(&self) -> f64 {
        self.distinct as f64 / self.elapsed.as_secs_f64().max(1e-6)
    }
}

/// Explores a model and judges its properties.
pub fn check<M: Checkable>(model: &M, options: &Options<'_>) -> Report {
    let graph = explore(model, options);
    judge(model, &graph)
}

/// Judges a model's properties by a graph of that model.
pub fn judge<M: Checkable>(model: &M, graph: &Graph) -> Report {
    let mut properties: Vec<_> = model
        .laws()
        .iter()
        .zip(&graph.findings)
        .map(|(law, finding)| {
            let kind = match law.claim {
                Claim::Invariant { .. } => Kind::Invariant,
                Claim::Step { .. } => Kind::Step,
            };
            judge_property(model, graph, law.name, kind, *finding)
        })
        .collect();
    if model.deadlock_is_violation() {
        let finding = Finding { violation: graph.deadlock, witness: None };
        properties.push(judge_property(model, graph, DEADLOCK, Kind::Deadlock, finding));
    }
    let (temporal, never_enabled) = temporal::judge(model, graph);
    properties.extend(temporal);
    Report {
        distinct: graph.len() as u64,
        edges: graph.edge_count(),
        steps: graph.steps,
        outside: graph.outside,
        depth: graph.depth() as u64,
        properties,
        coverage: model.classes().into_iter().zip(graph.class_steps.iter().copied()).collect(),
        never_enabled,
        collision_probability: graph.collision_probability(),
        cut: graph.cut,
        elapsed: graph.elapsed,
    }
}

fn judge_property<M: Checkable>(
    model: &M,
    graph: &Graph,
    name: &'static str,
    kind: Kind,
    finding: Finding,
) -> PropertyReport {
    let verdict = match finding.violation {
        Some(_) => Verdict::Violated,
        None if graph.is_complete() => Verdict::Holds,
        None => Verdict::Inconclusive,
    };
    PropertyReport {
        name,
        kind,
        verdict,
        witness: finding.witness.map(|found| found.length),
        counterexample: finding
            .violation
            .map(|found| Trace::along(model, &graph.path_to(found.place), name)),
    }
}
