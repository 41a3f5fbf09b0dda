//! Which law catches which fault: how far the laws of a system can be trusted.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::report::ResultRow;
use super::run::{Job, JobError, Outcome};
use super::scenario::Layer;
use super::system::AnySystem;
use crate::check::contract::is_required;
use crate::check::{Budget, DEADLOCK, Options, PropertyReport, Trace, Verdict};

/// Faults and laws of several systems.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Faults {
    /// The faults, in the order of the scenarios that have them.
    pub faults: Vec<Fault>,
    /// Whether all was checked and decided that is to fail; else faults and laws that are left over may only not have been
    /// looked at.
    pub is_whole: bool,
    /// The laws that are asked of anything, by system and name. `Deadlock` is none of them: nobody states it.
    pub laws: Vec<Caught>,
}

/// A fault: something that is deliberately wrong in some scenarios.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Fault {
    /// The system's name.
    pub system: String,
    /// What is wrong.
    pub fault: String,
    /// The laws that catch it, and `Deadlock`, which counts as none.
    pub caught_by: Vec<Catch>,
}

/// A law that fails under a fault.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Catch {
    /// The law.
    pub law: String,
    /// The scenario.
    pub scenario: String,
    /// The layer.
    pub layer: Layer,
    /// The states of the shortest counterexample, if a path shows it.
    pub trace_length: Option<usize>,
    /// The distinct states that were seen until it was found. None if another law fails before, and this one only if the
    /// search goes on.
    pub distinct: Option<u64>,
}

/// What a law catches.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct Caught {
    /// The system's name.
    pub system: String,
    /// The law.
    pub law: String,
    /// The faults that it catches.
    pub faults: Vec<String>,
    /// The scenarios in which it fails without a fault: it catches what the spec itself allows.
    pub scenarios: Vec<String>,
}

impl Fault {
    /// Whether a law catches it that somebody has stated.
    pub fn is_caught(&self) -> bool {
        self.caught_by.iter().any(|catch| catch.law != DEADLOCK && !is_required(&catch.law))
    }
}

impl Caught {
    /// Whether it catches nothing.
    pub fn is_idle(&self) -> bool {
        self.faults.is_empty() && self.scenarios.is_empty()
    }
}

impl Faults {
    /// The names of the systems, each once.
    pub fn systems(&self) -> Vec<&str> {
        let mut systems: Vec<&str> = self.laws.iter().map(|law| law.system.as_str()).collect();
        systems.dedup();
        systems
    }

    /// The faults that no law catches.
    pub fn surviving(&self) -> impl Iterator<Item = &Fault> {
        self.faults.iter().filter(|fault| !fault.is_caught())
    }

    /// The laws that catch nothing.
    pub fn idle(&self) -> impl Iterator<Item = &Caught> {
        self.laws.iter().filter(|law| law.is_idle())
    }

    /// What there is to say of a fault or a law that is left over: what was not looked at may well be caught.
    pub(super) fn left_over(&self) -> [&'static str; 2] {
        if self.is_whole {
            ["no law catches", "catches nothing"]
        } else {
            ["not decided whether a law catches", "not decided whether it catches anything"]
        }
    }

    /// How many faults and laws are left over, in words; nothing where none is.
    pub(super) fn left_in_words(&self) -> Vec<String> {
        let [no_law, nothing] = self.left_over();
        let numbers =
            [(self.surviving().count(), "fault", no_law), (self.idle().count(), "law", nothing)];
        let some = numbers.into_iter().filter(|(number, ..)| *number > 0);
        some.map(|(number, what, left)| format!("{} ({left})", super::report::count(number, what)))
            .collect()
    }

    /// Whether each fault is caught, and each law catches something.
    pub fn is_good(&self) -> bool {
        self.surviving().next().is_none() && self.idle().next().is_none()
    }
}

/// The jobs that are to fail: with a fault, or in what the spec itself allows. Only quick ones.
pub fn jobs<'a>(systems: &[&'a dyn AnySystem]) -> Vec<Job<'a>> {
    all(systems).filter(|job| job.scenario.fault.is_some() || is_to_fail(job)).collect()
}

fn is_to_fail(job: &Job<'_>) -> bool {
    job.scenario.expected_on(job.layer).is_some_and(|expected| !expected.violations.is_empty())
}

fn all<'a>(systems: &[&'a dyn AnySystem]) -> impl Iterator<Item = Job<'a>> {
    systems.iter().flat_map(|&system| Job::of_system(system, false))
}

/// The laws that fail in a job if the search goes on after the first, within so many states.
///
/// # Errors
///
/// As [`Job::run`].
pub fn further(job: &Job<'_>, options: &Options<'_>) -> Result<Vec<Catch>, JobError> {
    const MOST: u64 = 400_000;
    let most = options.budget.max_states.map_or(MOST, |given| given.min(MOST));
    let budget = Budget { max_states: Some(most), ..options.budget };
    let prepared = job.prepare()?;
    let report = prepared.check(&Options { keep_going: true, budget, ..*options })?;
    let violated = report.properties.into_iter().filter(|it| it.verdict == Verdict::Violated);
    let catch = |property: PropertyReport| Catch {
        law: property.name.to_string(),
        scenario: job.name(),
        layer: job.layer,
        trace_length: property.counterexample.as_ref().map(Trace::len),
        distinct: None,
    };
    Ok(violated.filter(|it| !is_required(&it.name)).map(catch).collect())
}

/// What the results of [`jobs`] say of faults and laws, with what is found [`further`], by the [`Job::key`].
///
/// # Errors
///
/// If a scenario cannot be built: it is to say what is asked of it.
pub fn of(
    systems: &[&dyn AnySystem],
    results: &[ResultRow],
    further: &BTreeMap<String, Vec<Catch>>,
) -> Result<Faults, JobError> {
    let mut faults: Vec<Fault> = Vec::new();
    let mut laws: BTreeMap<(&str, String), Caught> = BTreeMap::new();
    for job in all(systems) {
        let system = job.system.name();
        let prepared = job.prepare()?;
        let asked = prepared.model.names(&prepared.goals);
        for law in asked.into_iter().filter(|law| !is_required(law) && law != DEADLOCK) {
            laws.entry((system, law.to_string())).or_insert_with(|| Caught {
                system: system.to_owned(),
                law: law.into_owned(),
                faults: Vec::new(),
                scenarios: Vec::new(),
            });
        }
        let key = job.key();
        let Some(result) = results.iter().find(|result| result.key() == key) else { continue };
        let violated = result.properties.iter().filter(|it| it.verdict == Verdict::Violated);
        let mut catches: Vec<Catch> = violated
            .map(|property| Catch {
                law: property.name.clone(),
                scenario: result.scenario.clone(),
                layer: result.layer,
                trace_length: property.trace_length,
                distinct: Some(result.distinct),
            })
            .collect();
        let is_new = |law: &str| !catches.iter().any(|catch| catch.law == law);
        let further = further.get(&key).into_iter().flatten().filter(|it| is_new(&it.law));
        let further: Vec<_> = further.cloned().collect();
        catches.extend(further);
        for catch in &catches {
            let Some(caught) = laws.get_mut(&(system, catch.law.clone())) else { continue };
            match &job.scenario.fault {
                Some(fault) => caught.faults.push(fault.clone()),
                None => caught.scenarios.push(catch.scenario.clone()),
            }
        }
        let Some(fault) = &job.scenario.fault else { continue };
        match faults.iter_mut().find(|it| it.system == system && it.fault == *fault) {
            Some(known) => known.caught_by.extend(catches),
            None => faults.push(Fault {
                system: system.to_owned(),
                fault: fault.clone(),
                caught_by: catches,
            }),
        }
    }
    for law in laws.values_mut() {
        for names in [&mut law.faults, &mut law.scenarios] {
            *names =
                std::mem::take(names).into_iter().collect::<BTreeSet<_>>().into_iter().collect();
        }
    }
    let is_decided = |job: Job<'_>| {
        let key = job.key();
        results.iter().any(|it| it.key() == key && it.outcome != Outcome::Inconclusive)
    };
    let is_whole = jobs(systems).into_iter().all(is_decided);
    Ok(Faults { faults, is_whole, laws: laws.into_values().collect() })
}
