//! Running scenarios, and holding what comes out against what is expected.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::place::{self, Place, Places};
use super::scenario::{Expected, Lane, Layer, Prepared, Scenario, Source};
use super::system::AnySystem;
use crate::check::contract::guarded;
use crate::check::{
    Kind, Name, Options, PartialOrder, PropertyReport, Report, StopReason, Trace, Undecidable,
    Verdict,
};
use crate::tla::config::ConfigError;

/// One thing to check: a layer of a scenario, or of a configuration that the user gave.
#[derive(Clone, Copy)]
pub struct Job<'a> {
    /// The system.
    pub system: &'a dyn AnySystem,
    /// The scenario; the environment comes from it.
    pub scenario: &'a Scenario,
    /// A configuration in place of the scenario's; nothing is expected of it but that laws hold.
    pub source: Option<&'a Source>,
    /// The layer.
    pub layer: Layer,
}

/// How a result compares with what was expected.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(rename_all = "lowercase")]
pub enum Outcome {
    /// As expected.
    Expected,
    /// Something that was asked for was not decided.
    Inconclusive,
    /// Not as expected.
    Unexpected,
}

/// What came of a [`Job`].
pub struct Judged {
    /// The system's name.
    pub system: &'static str,
    /// The scenario's name, or the configuration's file name.
    pub scenario: String,
    /// The layer.
    pub layer: Layer,
    /// The constants, by name.
    pub constants: Vec<(Name, String)>,
    /// The environment, in words.
    pub environment: String,
    /// What was expected; nothing in particular of a configuration that the user gave.
    pub expected: Option<Expected>,
    /// What was found.
    pub report: Report,
    /// How it compares with what was expected.
    pub outcome: Outcome,
    /// What is not as expected, a sentence each.
    pub remarks: Vec<String>,
    /// Where the scenario is written down, if it is in a table.
    pub place: Option<Place>,
    /// The verb and arguments that serve the model in Stateright's Explorer.
    pub explore: String,
    /// What there is to say of each property besides.
    pub about: BTreeMap<Name, About>,
}

/// What there is to say of a property besides its verdict.
#[derive(Clone, Debug, Default)]
pub struct About {
    /// Where it is stated.
    pub place: Option<Place>,
    /// Where the Explorer shows its counterexample: the end of an address, beginning with `#`.
    pub explorer: Option<String>,
    /// A test in Rust that follows its counterexample.
    pub test: Option<String>,
}

/// Why a job could not be run.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum JobError {
    /// The configuration asks for what the port or the code's model lacks.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// What is asked cannot be decided.
    #[error(transparent)]
    Undecidable(#[from] Undecidable),
}

impl<'a> Job<'a> {
    /// Every layer of a scenario of which something is expected.
    pub fn of_scenario(
        system: &'a dyn AnySystem,
        scenario: &'a Scenario,
    ) -> impl Iterator<Item = Job<'a>> {
        let layers = scenario.expected.iter().map(|expected| expected.layer);
        layers.map(move |layer| Job { system, scenario, source: None, layer })
    }

    /// Those of every quick scenario of a system, and of the deep ones if wanted.
    pub fn of_system(system: &'a dyn AnySystem, deep: bool) -> impl Iterator<Item = Job<'a>> {
        let scenarios = system.scenarios().iter();
        let scenarios = scenarios.filter(move |scenario| deep || scenario.lane == Lane::Quick);
        scenarios.flat_map(move |scenario| Job::of_scenario(system, scenario))
    }
}

impl Job<'_> {
    /// Builds the job's model.
    ///
    /// # Errors
    ///
    /// What the configuration asks for and the port lacks.
    pub fn prepare(&self) -> Result<Prepared, ConfigError> {
        match self.source {
            Some(source) => self.scenario.prepare(source, self.layer),
            None => self.scenario.prepare(&self.system.source(self.scenario)?, self.layer),
        }
    }

    /// The TLA+ module whose port is checked.
    pub fn module(&self) -> &str {
        self.source.map_or(&self.scenario.module, |source| &source.module)
    }

    /// System, scenario and layer, with spaces between them: no other job of a run has these.
    pub fn key(&self) -> String {
        format!("{} {} {}", self.system.name(), self.name(), self.layer)
    }

    /// What results are called.
    pub fn name(&self) -> String {
        match self.source {
            Some(source) => source.config.file.clone(),
            None => self.scenario.name.clone(),
        }
    }

    /// Checks and judges.
    ///
    /// # Errors
    ///
    /// As [`Job::prepare`], and what is asked and cannot be decided.
    pub fn run(&self, options: &Options<'_>) -> Result<Judged, JobError> {
        let prepared = self.prepare()?;
        let report = prepared.check(options)?;
        let expected = match self.source {
            Some(_) => None,
            None => self.scenario.expected_on(self.layer),
        };
        let remarks = match expected {
            _ if options.partial_order == PartialOrder::Reduce => {
                compare_reduced(expected, &report)
            }
            Some(expected) => compare(expected, &report),
            None => unasked(self.layer, &report),
        };
        let outcome = outcome(&report, expected, &remarks);
        let places = Places::new(self.system, self.scenario, self.module());
        let about = |it: &PropertyReport| (it.name.clone(), about(&places, &prepared, it));
        let about = report.properties.iter().map(about).collect();
        Ok(Judged {
            system: self.system.name(),
            scenario: self.name(),
            layer: self.layer,
            constants: prepared.constants,
            environment: prepared.environment,
            expected: expected.cloned(),
            report,
            outcome,
            remarks,
            place: self
                .source
                .map_or_else(|| place::of_scenario(self.system, self.scenario), |_| None),
            explore: self.explore(),
            about,
        })
    }

    fn explore(&self) -> String {
        let what = match self.source {
            Some(Source { config, module, .. }) => {
                let is_odd = config.file.contains(char::is_whitespace);
                let file = if is_odd { format!("'{}'", config.file) } else { config.file.clone() };
                format!("--config {file} --module {module} --scenario {}", self.scenario.name)
            }
            None => format!("--scenario {}", self.scenario.name),
        };
        format!("explore {what} --layer {}", self.layer)
    }
}

fn about(places: &Places<'_>, prepared: &Prepared, property: &PropertyReport) -> About {
    let model = &*prepared.model;
    let place = places.of_property(model, &property.name);
    let Some(trace) = &property.counterexample else {
        return About { place, ..About::default() };
    };
    let path = if model.has_symmetry() { None } else { model.path_in_explorer(trace) };
    About {
        place,
        explorer: path.map(|path| format!("#/steps/{path}")),
        test: guarded(|| model.regression_test(property)).ok().flatten(),
    }
}

fn outcome(report: &Report, expected: Option<&Expected>, remarks: &[String]) -> Outcome {
    // What is expected to fail has failed; whether something else does as well was not seen.
    let is_cut = report.stopped.is_some_and(StopReason::is_cut);
    match (report.verdict(), expected) {
        (Verdict::Inconclusive, _) => Outcome::Inconclusive,
        (_, Some(_)) if remarks.is_empty() && is_cut => Outcome::Inconclusive,
        (_, Some(_)) if remarks.is_empty() => Outcome::Expected,
        (Verdict::Holds, None) => Outcome::Expected,
        _ => Outcome::Unexpected,
    }
}

/// What is remarkable where nothing in particular was expected: a hint, no failure.
fn unasked(layer: Layer, report: &Report) -> Vec<String> {
    let mut remarks = Vec::new();
    if layer == Layer::Miter {
        remarks.push("the configuration's own laws are for the layers spec and system".to_owned());
    }
    if report.stopped.is_none() {
        let silent = silent(report);
        remarks.extend(silent.iter().map(|name| format!("{name} never comes into play here")));
    }
    remarks
}

/// Whether a violation is expected that ends the exploration: one that is found while it goes on.
fn ends_early(expected: &Expected, report: &Report) -> bool {
    let found_on_the_way =
        |law: &str| report.property(law).is_none_or(|property| property.kind != Kind::Liveness);
    expected.violations.iter().any(|(law, _)| found_on_the_way(law))
}

/// The laws that are not violated as expected where steps were left out, so that counts and lengths are others.
fn compare_reduced(expected: Option<&Expected>, report: &Report) -> Vec<String> {
    let Some(expected) = expected else { return Vec::new() };
    let is_expected = |law: &str| expected.violations.iter().any(|(expected, _)| expected == law);
    let violated = report.properties.iter().filter(|it| it.verdict == Verdict::Violated);
    let fails = violated.filter(|it| !is_expected(&it.name)).map(|it| format!("{} fails", it.name));
    fails.chain(not_failing(expected, report)).collect()
}

/// The laws that should be violated and are not.
fn not_failing(expected: &Expected, report: &Report) -> impl Iterator<Item = String> {
    let is_violated = |law: &str| {
        report.property(law).is_some_and(|property| property.verdict == Verdict::Violated)
    };
    let holds = expected.violations.iter().filter(move |(law, _)| !is_violated(law));
    holds.map(|(law, _)| format!("{law} does not fail, and it should"))
}

/// What is not as expected; violated laws come last, because the last line is read first.
fn compare(expected: &Expected, report: &Report) -> Vec<String> {
    let mut remarks = Vec::new();
    if report.verdict() == Verdict::Inconclusive {
        return remarks;
    }
    // Where the exploration ended early, silence says nothing.
    let is_pinned = expected.distinct.is_some();
    if is_pinned && report.stopped.is_none() && !ends_early(expected, report) {
        let silent = silent(report);
        for name in silent.iter().filter(|name| !expected.silent.contains(name)) {
            remarks.push(format!("{name} never comes into play, and it should"));
        }
        for name in expected.silent.iter().filter(|name| !silent.iter().any(|s| s == *name)) {
            remarks.push(format!("{name} comes into play, and it was not expected to"));
        }
    }
    // A budget that was hit says nothing about the count.
    let counted = if ends_early(expected, report) {
        // The pinned count is that at the violation; told to go on, the search sees more.
        report.stopped == Some(StopReason::Violation)
    } else {
        report.stopped.is_none()
    };
    if let Some(pinned) = expected.distinct.filter(|&pinned| counted && pinned != report.distinct) {
        remarks.push(format!("{} distinct states, where {pinned} are pinned", report.distinct));
    }
    for property in &report.properties {
        let length = property.counterexample.as_ref().map(Trace::len);
        let wanted = expected.violations.iter().find(|(law, _)| property.name == *law);
        if let (Verdict::Violated, None) = (property.verdict, length) {
            let why = property.undecided.as_deref().unwrap_or("it fails");
            remarks.push(format!("{}: {why}", property.name));
        }
        match (length, wanted) {
            // Where one law is broken others follow, if the search goes on.
            (Some(_), None)
                if property.kind != Kind::Contract
                    && ends_early(expected, report)
                    && report.stopped.is_none() => {}
            (Some(length), None) => {
                remarks.push(format!("{} fails, in {length} states", property.name));
            }
            (Some(length), Some((law, pinned))) if length != *pinned => {
                remarks.push(format!("{law} fails in {length} states, not in {pinned}"));
            }
            _ => {}
        }
    }
    remarks.extend(not_failing(expected, report));
    remarks
}

/// The properties and fairness conditions that never say anything, and the actions that never happen.
pub(super) fn silent(report: &Report) -> Vec<String> {
    let laws = report.properties.iter().filter(|property| property.is_vacuous());
    let actions = report.coverage.iter().filter(|(_, steps)| *steps == 0);
    let names = laws.map(|property| &property.name).chain(actions.map(|(name, _)| name));
    names.map(ToString::to_string).chain(report.never_enabled.iter().cloned()).collect()
}
