//! Measures a variant: explores its spec and code with all laws.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::watched::{Kind, USES, Watched};
use mitregate::check::{
    Checkable, DEADLOCK, Goals, Lifted, Name, Options, PropertyReport, Report, StopReason, Trace,
    Undecidable, Verdict, check,
};
use mitregate_models::canal_lock::constants::{Constants, Unfit, Variant};
use mitregate_models::canal_lock::{CanalRefinement, Environment, Spec, System, laws};
use thiserror::Error;

/// The law that fails where a door is closed on a ship.
pub const RACE: &str = "DoorOpenWhenMoving";

/// The law that fails where a place has more ships than fit.
pub const OVERFULL: &str = "MaxShipsPerLocation";

/// The laws that are checked alone, if another law fails first and leaves them open.
const QUESTIONS: [&str; 3] = [RACE, OVERFULL, DEADLOCK];

/// The verdict on a law.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It holds.
    Holds,
    /// It is violated; a shortest counterexample has so many states. That of a temporal property is
    /// a lasso.
    Fails(usize),
    /// Another law fails first, so it is not decided.
    NotAsked,
    /// The exploration was ended before it was decided.
    Open,
}

impl Answer {
    /// The number of states of the counterexample.
    pub fn length(self) -> Option<usize> {
        match self {
            Answer::Fails(length) => Some(length),
            _ => None,
        }
    }
}

/// The measurements of one layer of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Distinct states seen with all laws checked.
    pub distinct: u64,
    /// Whether these are all reachable states: no violation or limit ended the exploration.
    pub complete: bool,
    /// The answers, by law. [`DEADLOCK`] is among them.
    pub laws: BTreeMap<Name, Answer>,
    /// The controller's label in the deadlock.
    pub deadlock_at: Option<String>,
}

impl Measured {
    /// The verdict on a law.
    pub fn answer(&self, law: &str) -> Answer {
        self.laws.get(law).copied().unwrap_or(Answer::Open)
    }

    /// Whether all laws hold that are not temporal.
    pub fn is_safe(&self) -> bool {
        self.laws
            .iter()
            .all(|(law, answer)| laws::TEMPORAL.contains(&&**law) || *answer == Answer::Holds)
    }

    /// Whether all temporal properties hold.
    pub fn is_live(&self) -> bool {
        laws::TEMPORAL.iter().all(|law| self.answer(law) == Answer::Holds)
    }

    /// Whether something was not decided because a limit was hit.
    pub fn is_open(&self) -> bool {
        self.laws.values().any(|answer| *answer == Answer::Open)
    }
}

/// A variant's spec and code, measured and compared.
#[derive(Clone, Debug)]
pub struct Comparison {
    /// The variant.
    pub variant: Variant,
    /// The measurements of the spec's port.
    pub spec: Measured,
    /// The measurements of the real code.
    pub code: Measured,
    /// The names of the [`USES`] of the real controller; none if they were not measured.
    pub uses: Option<Vec<&'static str>>,
}

/// How much is checked of a variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Up to the first violation; if there is none, everything.
    First,
    /// Besides, the race, overfull places and the deadlock alone, if another law fails first; and
    /// the uses of the controller.
    Each,
}

impl Comparison {
    /// The uses of one kind.
    pub fn uses(&self, kind: Kind) -> impl Iterator<Item = &'static str> {
        let is_of_kind =
            move |name: &&str| USES.iter().any(|it| it.name == *name && it.kind == kind);
        self.uses.clone().into_iter().flatten().filter(is_of_kind)
    }

    /// The differences of spec and code, a sentence each.
    pub fn disagreements(&self) -> Vec<String> {
        if self.spec.is_open() || self.code.is_open() {
            return Vec::new();
        }
        let mut sentences = Vec::new();
        if self.spec.distinct != self.code.distinct {
            sentences.push(format!(
                "the spec has {} states, the code {}",
                self.spec.distinct, self.code.distinct
            ));
        }
        for (law, answer) in &self.spec.laws {
            let of_code = self.code.answer(law);
            if of_code != *answer {
                sentences.push(format!("{law}: {answer:?} in the spec, {of_code:?} in the code"));
            }
        }
        if let Answer::Fails(length) = self.code.answer(laws::NO_COMPLAINT) {
            sentences.push(format!("the real controller complains after {length} states"));
        }
        sentences
    }
}

/// Why a variant was not measured.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum MeasureError {
    /// There is no model of it.
    #[error(transparent)]
    Unfit(#[from] Unfit),
    /// A property of it cannot be decided.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
}

/// Measures a variant on both layers.
///
/// # Errors
///
/// If there is no model of it, or it has too many ships and locks for its temporal properties.
pub fn measure(
    variant: Variant,
    depth: Depth,
    options: &Options<'_>,
) -> Result<Comparison, MeasureError> {
    let constants = Arc::new(Constants::of_variant(variant)?);
    let spec = || Spec::new(constants.clone());
    let code = || System::new(constants.clone(), Environment::default());
    let uses = if depth == Depth::Each {
        let watched = check(&Watched(code()), &Goals::all(), options)?;
        let is_used = |name: &str| watched.property(name).is_some_and(|it| it.witness.is_some());
        Some(USES.iter().map(|it| it.name).filter(|name| is_used(name)).collect())
    } else {
        None
    };
    let lifted = Lifted { code: code(), spec: spec(), refinement: CanalRefinement };
    Ok(Comparison {
        variant,
        spec: layer(&spec(), &[], depth, options)?,
        code: layer(&lifted, &[laws::NO_COMPLAINT], depth, options)?,
        uses,
    })
}

/// Checks all laws of a layer but the reachability check; then, one by one, the [`QUESTIONS`] that
/// a violation left open. `own` are the laws that only this layer has.
fn layer<M: Checkable>(
    model: &M,
    own: &[&'static str],
    depth: Depth,
    options: &Options<'_>,
) -> Result<Measured, Undecidable> {
    let invariants = laws::INVARIANTS.into_iter().filter(|&law| law != laws::REACHABILITY);
    let everything = invariants.chain(laws::TEMPORAL).chain(own.iter().copied());
    let report = check(model, &Goals::named(everything).and_deadlock(), options)?;
    let mut answers: BTreeMap<_, _> =
        report.properties.iter().map(|it| (it.name.clone(), answer(&report, it))).collect();
    let mut deadlock_at = report.property(DEADLOCK).and_then(controller_at_end);
    let ended_by_law = depth == Depth::Each && report.stopped == Some(StopReason::Violation);
    for question in QUESTIONS {
        if ended_by_law && answers.get(question) == Some(&Answer::NotAsked) {
            let asks = own.iter().copied().chain((question != DEADLOCK).then_some(question));
            let alone = Goals { deadlock: question == DEADLOCK, ..Goals::named(asks) };
            let report = check(model, &alone, options)?;
            let found = report.property(question);
            answers.insert(question.into(), found.map_or(Answer::Open, |it| answer(&report, it)));
            if question == DEADLOCK {
                deadlock_at = found.and_then(controller_at_end);
            }
        }
    }
    Ok(Measured {
        distinct: report.distinct,
        complete: report.stopped.is_none(),
        laws: answers,
        deadlock_at,
    })
}

fn answer(report: &Report, property: &PropertyReport) -> Answer {
    match property.verdict {
        Verdict::Holds => Answer::Holds,
        Verdict::Violated => Answer::Fails(property.counterexample.as_ref().map_or(0, Trace::len)),
        Verdict::Inconclusive if report.stopped == Some(StopReason::Violation) => Answer::NotAsked,
        Verdict::Inconclusive => Answer::Open,
    }
}

/// The label of the sequential controller at the end of a counterexample.
fn controller_at_end(property: &PropertyReport) -> Option<String> {
    let last = property.counterexample.as_ref()?.steps.last()?;
    let label = last.state.field("pc")?.get(&mitregate::tla::value::Value::Int(0))?;
    label.as_str().map(str::to_owned)
}
