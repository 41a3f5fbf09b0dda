//! The real code pressed against the graphs that TLC wrote, without a port between them: verdicts are those of the
//! miter, which uses the port.

mod common;

use std::path::PathBuf;

use common::repository;
use mitregate::check::miter::{REFINEMENT, REFUSAL, Refinement};
use mitregate::check::{Checkable, Model, Trace, Verdict};
use mitregate::gate::{Lane, Layer, System};
use mitregate::press::{Code, Spec, press};
use mitregate::tla::value::{Value, ValueError};
use mitregate_models::canal_lock::{CanalLock, Environment};
use mitregate_models::mpsc_queue::MpscQueue;
use mitregate_models::multi_paxos::MultiPaxos;

/// A system's code, of which the spec sees what its refinement says.
struct Viewed<R: Refinement> {
    code: R::Code,
    spec: R::Spec,
    refinement: R,
}

impl<R: Refinement> Code for Viewed<R> {
    type State = <R::Code as Model>::State;
    type Action = <R::Code as Model>::Action;

    fn initial(&self) -> Vec<Self::State> {
        self.code.init_states()
    }

    fn actions(&self, state: &Self::State) -> Vec<Self::Action> {
        self.code.offered(state)
    }

    fn step(&self, state: &Self::State, action: &Self::Action) -> Option<Self::State> {
        self.code.next_state(state, action.clone())
    }

    fn view(&self, state: &Self::State) -> Result<Value, ValueError> {
        Ok(self.spec.view(&self.refinement.project(&self.code, state)))
    }
}

fn graph(system: &str, module: &str, config: &str) -> PathBuf {
    let config = config.trim_end_matches(".cfg");
    repository(&format!("specs/golden/{system}/{module}.{config}.graph"))
}

/// Presses every scenario whose configuration has a graph of TLC's, and whose miter has no more than 10,000 states,
/// where a step of the code may be so many of the spec's; the number of scenarios, and of those that fail.
fn press_all<S: System>(system: &S, steps: usize) -> (usize, usize) {
    let loaded = common::system(system.name());
    let (mut count, mut failed) = (0, 0);
    for row in system.rows().unwrap() {
        let scenario = row.scenario;
        let path = graph(system.name(), &scenario.module, &scenario.config);
        let Some(expected) = scenario.expected_on(Layer::Miter) else { continue };
        if !path.exists() || scenario.lane != Lane::Quick || expected.distinct > 10_000 {
            continue;
        }
        let source = loaded.source(&scenario).unwrap();
        let constants = system.constants(&source).unwrap().into();
        let code = system.code(&source, &constants, &row.environment).unwrap();
        if code.has_symmetry() {
            continue;
        }
        let spec = system.spec(&constants, None);
        let code = Viewed { code, spec, refinement: system.refinement() };
        let report = press(code, Spec::read(path).unwrap()).steps(steps).run().unwrap();
        let name = format!("{} {}", system.name(), scenario.name);
        let refinement = report.report.property(REFINEMENT).unwrap();
        let found = refinement.counterexample.as_ref().map(Trace::len);
        match expected.violations.first() {
            Some((law, length)) if law == REFINEMENT => {
                assert_eq!(found, Some(*length), "{name}: {report}");
            }
            // Nobody asks the code for anything here, so it is found later, by what the code does.
            Some((law, length)) => {
                assert_eq!(law, REFUSAL, "{name}");
                assert!(found.is_some_and(|found| found >= *length), "{name}: {report}");
            }
            None => {
                assert_eq!(refinement.verdict, Verdict::Holds, "{name}: {report}");
                assert_eq!(report.report.distinct, expected.distinct, "{name}");
            }
        }
        failed += usize::from(found.is_some());
        count += 1;
    }
    (count, failed)
}

#[test]
fn code_is_pressed_against_tlcs_own_graphs() {
    assert_eq!(press_all(&CanalLock, 1), (9, 0));
    assert_eq!(press_all(&MpscQueue, 4), (4, 0));
    assert_eq!(press_all(&MultiPaxos, 3), (11, 6));
}

#[test]
fn a_port_and_tlc_give_the_same_spec() {
    let (system, scenario) = (CanalLock, "small_keepers");
    let loaded = common::system(system.name());
    let scenario = loaded.scenario(scenario).unwrap();
    let source = loaded.source(scenario).unwrap();
    let constants = system.constants(&source).unwrap().into();
    let port = Spec::from_port(&system.spec(&constants, None), 1_000).unwrap();
    let graph = Spec::read(graph(system.name(), &scenario.module, &scenario.config)).unwrap();
    assert_eq!(port.graph().compare(graph.graph()), Ok(()));
    for spec in [port, graph] {
        let code = system.code(&source, &constants, &Environment::default()).unwrap();
        let view = system.spec(&constants, None);
        let code = Viewed { code, spec: view, refinement: system.refinement() };
        // The controller does all that its spec allows.
        press(code, spec).expect_complete().run().unwrap().assert();
    }
}
