//! Every system across its layers: scenarios, TLC's golden files, and Stateright's own searches.

mod common;

use std::collections::BTreeSet;
#[cfg(feature = "deep")]
use std::ops::RangeInclusive;
use std::path::Path;
use std::sync::Arc;

use common::{repository, systems};
use mitregate::check::{Budget, Goals, NO_PANIC, Name, Options, Verdict};
use mitregate::explorer;
use mitregate::gate::golden::{Golden, compare_with_port};
use mitregate::gate::report::text::Lines;
use mitregate::gate::report::{ResultRow, row};
use mitregate::gate::system::SCENARIOS;
use mitregate::gate::{
    self, AnySystem, Job, Lane, Layer, Loaded, Outcome, Scenario, Source, table,
};
use mitregate::tla::config::ConfigError;
use mitregate_models::multi_paxos::{self, Environment, MultiPaxos, Spec};

/// Every layer of every scenario.
fn jobs() -> impl Iterator<Item = (Job<'static>, u64)> {
    systems().into_iter().flat_map(|system| {
        system.scenarios().iter().flat_map(move |scenario| {
            scenario.expected.iter().map(move |expected| {
                let job = Job { system, scenario, source: None, layer: expected.layer };
                (job, expected.distinct.unwrap())
            })
        })
    })
}

fn name(job: &Job<'_>) -> String {
    format!("{} {} {}", job.system.name(), job.name(), job.layer)
}

/// Checks what a lane has up to so many states; the number of rows.
fn check_lane(lane: Lane, limit: u64) -> usize {
    let is_asked =
        |(job, distinct): &(Job<'_>, u64)| job.scenario.lane == lane && *distinct <= limit;
    let checked = jobs().filter(is_asked).map(|(job, _)| {
        let judged = job.run(&Options::default()).unwrap();
        assert_eq!(judged.outcome, Outcome::Expected, "{}: {:?}", name(&job), judged.remarks);
    });
    checked.count()
}

/// Nine rows of ten in a seventh of the time. The gate has them all.
#[test]
fn small_quick_scenarios_come_out_as_expected() {
    assert!(check_lane(Lane::Quick, 60_000) > 350);
}

#[cfg(feature = "deep")]
#[test]
fn deep_scenarios_come_out_as_expected() {
    assert!(check_lane(Lane::Deep, u64::MAX) > 50);
}

/// How many states a layer has, if no more than `limit`. A violation does not end the exploration.
fn distinct(job: &Job<'_>, limit: u64) -> Option<u64> {
    let pinned = job.scenario.expected_on(job.layer).unwrap();
    if pinned.violations.is_empty() {
        // The gate holds ours to it.
        return pinned.distinct;
    }
    let budget = Budget { max_states: Some(limit), ..Budget::default() };
    let options = Options { budget, keep_going: true, ..Options::default() };
    let ours = job.prepare().unwrap().check(&options).unwrap();
    ours.stopped.is_none().then_some(ours.distinct)
}

/// Whether a layer has no more states than `limit`; if so, Stateright's searches find as many as ours.
/// Symmetric models are searched by their representatives.
fn agrees_with_stateright(job: &Job<'_>, limit: u64, searches: &[Search]) -> bool {
    let Some(ours) = distinct(job, limit) else { return false };
    for search in searches {
        let model = job.prepare().unwrap().model;
        let theirs =
            explorer::count(model.steps(&Goals::all()), *search == Search::DepthFirst) as u64;
        assert_eq!(theirs, ours, "{}, {search:?}", name(job));
    }
    true
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Search {
    BreadthFirst,
    DepthFirst,
}

#[test]
fn small_models_have_as_many_states_for_stateright() {
    let both = [Search::BreadthFirst, Search::DepthFirst];
    let compared = jobs()
        .filter(|&(_, distinct)| distinct <= 6_000)
        .filter(|(job, _)| agrees_with_stateright(job, 6_000, &both));
    assert!(compared.count() > 40);
}

/// Compares models with so many states. Depth first only where nothing goes round in circles: a
/// depth-first search of Stateright keeps a path for each state that waits, and through the canal's
/// cycles such paths have tens of thousands of steps. A miter has the states of its system, and the
/// larger ones would take most of the time.
#[cfg(feature = "deep")]
fn compare_larger(pinned: RangeInclusive<u64>) -> usize {
    let both = [Search::BreadthFirst, Search::DepthFirst];
    let in_range = |(job, distinct): &(Job<'_>, u64)| {
        pinned.contains(distinct) && (job.layer != Layer::Miter || *distinct <= 60_000)
    };
    let compared = jobs().filter(in_range).filter(|(job, _)| {
        let goes_round = job.system.name() == "canal_lock";
        agrees_with_stateright(job, *pinned.end(), if goes_round { &both[..1] } else { &both })
    });
    compared.count()
}

#[cfg(feature = "deep")]
#[test]
fn deep_larger_models_have_as_many_states_for_stateright() {
    assert!(compare_larger(6_001..=100_000) > 80);
}

#[cfg(feature = "deep")]
#[test]
fn long_largest_models_have_as_many_states_for_stateright() {
    assert!(compare_larger(100_001..=1_000_000) > 15);
}

fn with_golden(system: &'static dyn AnySystem) -> impl Iterator<Item = &'static Scenario> {
    system.scenarios().iter().filter(|scenario| scenario.golden)
}

#[test]
fn the_ports_agree_with_what_tlc_said() {
    for system in systems() {
        let (mut counts, mut graphs) = (0, 0);
        for scenario in with_golden(system) {
            let golden = Golden::path(&repository("specs"), system.name(), scenario);
            let golden = Golden::read(&golden).unwrap();
            assert!(
                golden.outcome.command.contains(&scenario.config),
                "{}",
                golden.outcome.command
            );
            let job = Job { system, scenario, source: None, layer: Layer::Spec };
            let prepared = job.prepare().unwrap();
            let report = prepared.check(&Options::default()).unwrap();
            let problems = compare_with_port(&golden, &*prepared.model, &report);
            assert!(problems.is_empty(), "{}: {}", scenario.config, problems.join("\n"));
            counts += 1;
            graphs += usize::from(golden.outcome.graph.is_some());
        }
        assert!(counts >= 10 && graphs >= 1, "{counts} configurations, {graphs} graphs");
    }
}

#[test]
fn rows_fit_a_terminal_of_60_columns() {
    let names = |systems: &[&'static dyn AnySystem]| -> Vec<(&str, &str)> {
        let of = |system: &&'static dyn AnySystem| {
            let name = system.name();
            system.scenarios().iter().map(move |it| (name, it.name.as_str()))
        };
        systems.iter().flat_map(of).collect()
    };
    let system = common::system("mpsc_queue");
    let result = |scenario: &str| -> ResultRow {
        let job = common::job(system, scenario.trim_end_matches("_wrong"), Layer::System);
        let mut judged = job.run(&Options::default()).unwrap();
        if scenario.ends_with("_wrong") {
            judged.outcome = Outcome::Unexpected;
            *judged.expected.as_mut().unwrap().distinct.as_mut().unwrap() += 1;
        }
        row(&judged)
    };
    // Of one system, and of several, which have a column for its name.
    for (systems, more) in [(vec![system], 0), (systems().to_vec(), 1)] {
        let lines = Lines::new(names(&systems), Some(60), false);
        let expected = [("fault_waits_for_producer", 3), ("small", 1), ("small_wrong", 2)];
        for (scenario, rows) in expected {
            let rows = if more == 1 { rows.max(2) } else { rows };
            let text = lines.result(&result(scenario));
            let row: Vec<&str> = text.lines().take(rows).collect();
            let wide = |line: &&str| line.chars().count() > 60;
            assert!(!lines.header().lines().chain(row.clone()).any(|line| wide(&line)), "{text}");
            assert!(row[rows - 1].contains("fails (") || row[rows - 1].contains("holds"), "{text}");
            assert_eq!(text.starts_with("mpsc_queue"), more == 1, "{text}");
        }
    }
}

#[test]
fn pinning_anew_restores_a_number_and_leaves_the_rest() {
    // The second has a list that takes several lines.
    for (system, scenario, pinned, spoilt) in [
        ("multi_paxos", "loss_unordered", "1_333", "1_334"),
        ("mpsc_queue", "sleeping_fixed", "7_730", "7_731"),
    ] {
        let system = common::system(system);
        let mut judged =
            common::job(system, scenario, Layer::System).run(&Options::default()).unwrap();
        *judged.expected.as_mut().unwrap().distinct.as_mut().unwrap() += 1;
        let text = system.file(SCENARIOS).unwrap();
        let line = |count: &str| format!("system.distinct = {count}\n");
        let other = text.replace(&line(pinned), &line(spoilt));
        assert_eq!(text.lines().zip(other.lines()).filter(|(was, is)| was != is).count(), 1);
        let (restored, moved) = table::update(SCENARIOS, &other, &[judged]).unwrap();
        let [was, is] = [spoilt, pinned].map(|count| count.replace('_', ""));
        assert_eq!(moved, [format!("{scenario}, system: distinct states {was} -> {is}")]);
        assert_eq!(restored, text);
    }
}

#[test]
fn every_golden_file_belongs_to_a_scenario() {
    for system in systems() {
        let stem = |path: &Path| path.with_extension("").file_name().unwrap().to_owned();
        let expected: BTreeSet<_> = with_golden(system)
            .map(|scenario| stem(&Golden::path(Path::new(""), system.name(), scenario)))
            .collect();
        let folder = repository(&format!("specs/golden/{}", system.name()));
        let files = std::fs::read_dir(folder).unwrap();
        let found: BTreeSet<_> = files.map(|entry| stem(&entry.unwrap().path())).collect();
        assert_eq!(found, expected);
    }
}

/// Multi-Paxos whose code panics while its model is built.
#[derive(Clone)]
struct Panicking;

impl gate::System for Panicking {
    type Environment = <MultiPaxos as gate::System>::Environment;
    type Constants = <MultiPaxos as gate::System>::Constants;
    type Refinement = <MultiPaxos as gate::System>::Refinement;

    fn name(&self) -> &'static str {
        MultiPaxos.name()
    }

    fn summary(&self) -> &'static str {
        MultiPaxos.summary()
    }

    fn modules(&self) -> Vec<Name> {
        MultiPaxos.modules()
    }

    fn files(&self) -> &'static gate::include_dir::Dir<'static> {
        MultiPaxos.files()
    }

    fn constants(&self, source: &Source) -> Result<Self::Constants, ConfigError> {
        MultiPaxos.constants(source)
    }

    fn named_constants(&self, constants: &Self::Constants) -> Vec<(Name, String)> {
        MultiPaxos.named_constants(constants)
    }

    fn spec(&self, constants: &Arc<Self::Constants>, environment: Option<&Environment>) -> Spec {
        MultiPaxos.spec(constants, environment)
    }

    fn code(
        &self,
        _: &Source,
        constants: &Arc<Self::Constants>,
        _: &Environment,
    ) -> Result<multi_paxos::System, ConfigError> {
        panic!("{} acceptors are too many", constants.acceptors.len())
    }

    fn refinement(&self) -> Self::Refinement {
        MultiPaxos.refinement()
    }

    fn describe(&self, environment: &Environment, layer: Layer) -> String {
        MultiPaxos.describe(environment, layer)
    }
}

#[test]
fn code_that_panics_while_its_model_is_built_fails_in_its_rows_alone() {
    let system = Loaded::boxed(Panicking).unwrap();
    let scenario = system.scenario("duel").unwrap();
    let run = |layer| {
        let job = Job { system: system.as_ref(), scenario, source: None, layer };
        job.run(&Options::default()).unwrap()
    };
    let spec = run(Layer::Spec);
    assert_eq!(spec.outcome, Outcome::Expected, "{:?}", spec.remarks);
    for layer in [Layer::System, Layer::Miter] {
        let judged = run(layer);
        assert_eq!(judged.outcome, Outcome::Unexpected, "{layer}");
        let no_panic = judged.report.property(NO_PANIC).unwrap();
        assert_eq!(no_panic.verdict, Verdict::Violated, "{layer}");
        let told = no_panic.counterexample.as_ref().unwrap().explanation.join("\n");
        assert!(told.contains("3 acceptors are too many"), "{layer}: {told}");
        assert!(told.contains("while the model is built"), "{layer}: {told}");
    }
}
