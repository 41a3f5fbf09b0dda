//! The real code pressed against the graphs that TLC wrote, without a port between them: verdicts are those of the
//! miter, which uses the port.

mod common;

use std::collections::BTreeSet;
use std::path::PathBuf;

use common::repository;
use mitregate::check::miter::{Miter, REFINEMENT, REFUSAL, Refinement};
use mitregate::check::{Checkable, Goals, Options, Report, Trace, Verdict, check};
use mitregate::gate::{Lane, Layer, Row, Scenario, Source, System};
use mitregate::press::{Port, Refined, Spec, press};
use mitregate_models::canal_lock::CanalLock;
use mitregate_models::mpsc_queue::MpscQueue;
use mitregate_models::multi_paxos::MultiPaxos;

fn graph(system: &str, module: &str, config: &str) -> PathBuf {
    let config = config.trim_end_matches(".cfg");
    repository(&format!("specs/golden/{system}/{module}.{config}.graph"))
}

/// A scenario whose configuration has a graph of TLC's.
struct Case<S: System> {
    system: S,
    scenario: Scenario,
    source: Source,
    environment: S::Environment,
    graph: Spec,
    /// How many steps of the spec one of the code may be.
    steps: usize,
}

impl<S: System> Case<S> {
    fn code(&self) -> (<S::Refinement as Refinement>::Code, <S::Refinement as Refinement>::Spec) {
        let constants = self.system.constants(&self.source).unwrap().into();
        let code = self.system.code(&self.source, &constants, &self.environment).unwrap();
        (code, self.system.spec(&constants, None))
    }

    /// The code beside the port.
    fn by_port(&self) -> Report {
        let (code, spec) = self.code();
        let miter = Miter::new(code, spec, self.system.refinement());
        check(&miter, &Goals::named([REFINEMENT, REFUSAL]), &Options::default()).unwrap()
    }

    /// The code beside TLC's graph. Nobody asks it for what is not allowed.
    fn by_graph(&self) -> Report {
        let (code, spec) = self.code();
        let code = Refined { code, spec, refinement: self.system.refinement() };
        press(code, self.graph.clone()).steps(self.steps).run().unwrap().report
    }
}

/// How large a miter may be.
const MOST: u64 = 60_000;

/// The quick scenarios whose configurations have graphs of TLC's.
fn cases<S: System>(system: &S, steps: usize) -> Vec<Case<S>> {
    let loaded = common::system(system.name());
    let rows = system.rows().unwrap().into_iter();
    let case = |row: Row<S::Environment>| {
        let path = graph(system.name(), &row.scenario.module, &row.scenario.config);
        let states = row.scenario.expected_on(Layer::Miter)?.distinct?;
        if !path.exists() || row.scenario.lane != Lane::Quick || states > MOST {
            return None;
        }
        let case = Case {
            system: system.clone(),
            source: loaded.source(&row.scenario).unwrap(),
            scenario: row.scenario,
            environment: row.environment,
            graph: Spec::read(path).unwrap(),
            steps,
        };
        (!case.code().0.has_symmetry()).then_some(case)
    };
    rows.filter_map(case).collect()
}

/// Presses every scenario by both sources, and prints a line of each; the number of scenarios, and of those that fail.
fn press_all<S: System>(system: &S, steps: usize) -> (usize, usize) {
    let (mut count, mut failed) = (0, 0);
    for case in cases(system, steps) {
        let name = format!("{} {}", system.name(), case.scenario.name);
        let (by_port, by_graph) = (case.by_port(), case.by_graph());
        let refinement = by_graph.property(REFINEMENT).unwrap();
        let found = refinement.counterexample.as_ref().map(Trace::len);
        let violations = by_port
            .properties
            .iter()
            .filter_map(|it| Some((it.name.clone(), it.counterexample.as_ref()?.len())));
        match violations.min_by_key(|(_, length)| *length) {
            Some((law, length)) if law == REFINEMENT => assert_eq!(found, Some(length), "{name}"),
            // It is found later, by what the code does.
            Some((law, length)) => {
                assert_eq!(law, REFUSAL, "{name}");
                assert!(found.is_some_and(|found| found >= length), "{name}");
            }
            None => {
                assert_eq!(refinement.verdict, Verdict::Holds, "{name}");
                assert_eq!(by_graph.distinct, by_port.distinct, "{name}");
                assert_eq!(by_graph.edges, by_port.edges, "{name}");
            }
        }
        let shown = |report: &Report| {
            format!(
                "{} states, {} edges, {}",
                report.distinct,
                report.edges,
                report.verdict().word()
            )
        };
        println!(
            "{name}: spec {} states, {} edges; by the port {}; by the graph {}",
            case.graph.graph().len(),
            case.graph.graph().edge_count(),
            shown(&by_port),
            shown(&by_graph),
        );
        failed += usize::from(found.is_some());
        count += 1;
    }
    (count, failed)
}

#[test]
fn code_is_pressed_against_tlcs_own_graphs() {
    assert_eq!(press_all(&CanalLock, 1), (9, 0));
    assert_eq!(press_all(&MpscQueue, 4), (6, 0));
    assert_eq!(press_all(&MultiPaxos, 3), (12, 6));
}

/// The ports of all scenarios, each pressed against TLC's graph of its configuration: how many.
fn press_ports<S: System>(system: &S) -> usize {
    let loaded = common::system(system.name());
    let mut configurations = BTreeSet::new();
    for scenario in loaded.scenarios() {
        let path = graph(system.name(), &scenario.module, &scenario.config);
        if !path.exists() || !configurations.insert(path.clone()) {
            continue;
        }
        let source = loaded.source(scenario).unwrap();
        let port = system.spec(&system.constants(&source).unwrap().into(), None);
        let graph = Spec::read(path).unwrap();
        let ported = Spec::from_port(&port, 10_000).unwrap();
        assert_eq!(ported.graph().compare(graph.graph()), Ok(()), "{}", scenario.name);
        let report = press(Port(port), graph).expect_complete().run().unwrap();
        assert_eq!(report.verdict(), Verdict::Holds, "{}: {report}", scenario.name);
        let realised = report.realised.unwrap();
        println!(
            "{} {}: port and graph have {} states and {} edges",
            system.name(),
            scenario.config,
            realised.all_states,
            ported.graph().edge_count()
        );
    }
    configurations.len()
}

#[test]
fn ports_do_what_tlcs_graphs_allow_and_all_of_it() {
    assert_eq!(
        [press_ports(&CanalLock), press_ports(&MpscQueue), press_ports(&MultiPaxos)],
        [9, 4, 10]
    );
}

/// By turns, so that both meet the same load; the ratio of the medians of all cases together.
#[cfg(feature = "deep")]
fn cost_of_graphs<S: System>(system: &S, steps: usize) -> f64 {
    let time = |run: &dyn Fn() -> Report| {
        let start = std::time::Instant::now();
        run();
        start.elapsed()
    };
    let (mut by_port, mut by_graph) = (std::time::Duration::ZERO, std::time::Duration::ZERO);
    // What fails ends at other places.
    for case in cases(system, steps).iter().filter(|it| {
        it.scenario.expected_on(Layer::Miter).is_some_and(|it| it.violations.is_empty())
    }) {
        let mut rounds: Vec<_> =
            (0..7).map(|_| (time(&|| case.by_port()), time(&|| case.by_graph()))).collect();
        rounds.sort();
        let port = rounds[3].0;
        rounds.sort_by_key(|it| it.1);
        let graph = rounds[3].1;
        let ratio = graph.as_secs_f64() / port.as_secs_f64();
        println!("{} {}: {port:.0?} {graph:.0?} {ratio:.2}", system.name(), case.scenario.name);
        by_port += port;
        by_graph += graph;
    }
    by_graph.as_secs_f64() / by_port.as_secs_f64()
}

/// A view is made once for each state of the spec, so it tells where code and spec have as many states, as in the canal:
/// 1.12 to 1.20 times in ten runs.
#[test]
#[cfg(feature = "deep")]
fn deep_a_graph_costs_no_more_than_1_3_times_the_port() {
    let costs = [
        ("canal_lock", cost_of_graphs(&CanalLock, 1)),
        ("mpsc_queue", cost_of_graphs(&MpscQueue, 4)),
        ("multi_paxos", cost_of_graphs(&MultiPaxos, 3)),
    ];
    for (system, ratio) in costs {
        println!("{system}: {ratio:.2}");
        assert!(ratio <= 1.3, "{system}: {ratio}");
    }
}
