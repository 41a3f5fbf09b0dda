//! Multi-Paxos: laws and faults, symmetry, refusals, and the spec as given.

mod common;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use common::repository;
use mitregate::check::EdgeLabels;
use mitregate::check::miter::{Answer, Refinement};
use mitregate::check::{Checkable, Goals, Model, Options, Replay, Report, Verdict, check};
use mitregate::gate::golden::{Golden, compare_with_port};
use mitregate::gate::{AnySystem, Job, Layer, Row, System as _};
use mitregate_models::multi_paxos::system::Transport;
use mitregate_models::multi_paxos::{
    Constants, Environment, Fault, MultiPaxos, PaxosRefinement, Spec, System,
};

fn paxos() -> &'static dyn AnySystem {
    common::system("multi_paxos")
}

fn job(scenario: &str, layer: Layer) -> Job<'static> {
    common::job(paxos(), scenario, layer)
}

fn run(scenario: &str, layer: Layer) -> Report {
    job(scenario, layer).prepare().unwrap().check(&Options::default()).unwrap()
}

/// The scenario of a fault.
fn row_of(fault: Fault) -> Row<Environment> {
    let mut rows = MultiPaxos.rows().unwrap().into_iter();
    rows.find(|row| row.environment.fault == Some(fault)).unwrap()
}

#[test]
fn a_port_with_a_fault_does_not_agree_with_tlc() {
    let scenario = paxos().scenario("duel").unwrap();
    let golden = Golden::path(&repository("specs"), "multi_paxos", scenario);
    let golden = Golden::read(&golden).unwrap();
    let faulty = job("fault_promise_forgotten", Layer::Spec).prepare().unwrap();
    let report = faulty.check(&Options { keep_going: true, ..Options::default() }).unwrap();
    let problems = compare_with_port(&golden, &*faulty.model, &report).join("\n");
    assert!(problems.contains("TLC says that all holds, the port says violated"), "{problems}");
    // The first difference is a step that only the port takes, after a path that both have.
    assert!(problems.contains("Promise") && problems.contains("promised"), "{problems}");
}

#[test]
fn each_law_has_a_fault_that_breaks_it_first_and_alone() {
    for (fault, law) in Fault::OF_LAWS {
        for layer in [Layer::Spec, Layer::System] {
            let report = run(&row_of(fault).scenario.name, layer);
            let violated: Vec<_> = report
                .properties
                .iter()
                .filter_map(|p| p.counterexample.as_ref().map(|trace| (&*p.name, trace.len())))
                .collect();
            let shortest = violated.iter().map(|(_, length)| *length).min();
            let first: Vec<_> =
                violated.iter().filter(|(_, length)| Some(*length) == shortest).collect();
            assert_eq!(first.len(), 1, "{fault:?} {layer}: {violated:?}");
            assert_eq!(first[0].0, law, "{fault:?} {layer}: {violated:?}");
        }
    }
}

#[test]
fn without_the_fault_its_counterexample_is_no_violation() {
    for (fault, law) in Fault::OF_LAWS {
        let scenario = row_of(fault).scenario;
        for layer in [Layer::Spec, Layer::System] {
            let faulty = job(&scenario.name, layer).prepare().unwrap();
            let report = faulty.check(&Options::default()).unwrap();
            let trace = report.property(law).unwrap().counterexample.clone().unwrap();
            assert_eq!(faulty.model.replay(&trace, law), Replay::StillFails);
            // The same constants and environment, without the fault.
            let source = paxos().source(&scenario).unwrap();
            let sound = paxos().scenario("duel").unwrap().prepare(&source, layer).unwrap().model;
            let replay = sound.replay(&trace, law);
            let is_followed = matches!(replay, Replay::Fixed | Replay::StopsAt { .. });
            assert!(is_followed, "{fault:?} {layer}: {replay:?}");
        }
    }
}

#[test]
fn every_law_says_something_somewhere() {
    use mitregate_models::multi_paxos::laws::{INVARIANTS, STEP_PROPERTIES};
    for layer in [Layer::Spec, Layer::System] {
        let mut spoken = BTreeSet::new();
        for name in ["retry", "duel", "reachable"] {
            let witnessed = run(name, layer).properties.into_iter().filter(|p| p.witness.is_some());
            spoken.extend(witnessed.map(|p| p.name));
        }
        for law in INVARIANTS.into_iter().chain(STEP_PROPERTIES) {
            assert!(spoken.contains(law), "{law} never says anything on the {layer}");
        }
    }
}

#[test]
fn the_code_does_every_action_of_the_spec() {
    // What the miter performs over a whole scenario, seen in the spec's half of its states.
    let model = job("loss", Layer::Miter).prepare().unwrap().model;
    let graph = model.state_graph(100_000, EdgeLabels::Names).unwrap();
    let mut changed = BTreeSet::new();
    let states: Vec<_> = graph.states().collect();
    for (source, _, target) in graph.edges() {
        let spec = |id: u32| states[id as usize].field("spec").unwrap();
        for change in mitregate::tla::value::diff(spec(source), spec(target)) {
            let variable = change.path.split(['[', '.']).next().unwrap_or_default().to_owned();
            changed.insert(variable);
        }
    }
    let all = ["accepted", "learned", "promised", "proposerAttempt", "votes"];
    assert_eq!(changed.iter().collect::<Vec<_>>(), all);
}

/// Every state of a model, by a search of our own that knows no symmetry.
fn all_states<M: Model>(model: &M) -> Vec<M::State> {
    let mut seen = HashSet::new();
    let mut found = model.init_states();
    seen.extend(found.iter().cloned());
    let mut next = 0;
    while let Some(state) = found.get(next).cloned() {
        next += 1;
        let successors = model.next_steps(&state).into_iter().map(|(_, successor)| successor);
        found.extend(successors.filter(|it| seen.insert(it.clone())));
    }
    found
}

fn constants(scenario: &str) -> Arc<Constants> {
    let source = paxos().source(paxos().scenario(scenario).unwrap()).unwrap();
    Arc::new(MultiPaxos.constants(&source).unwrap())
}

#[test]
fn symmetric_runs_of_the_system_see_one_state_of_each_orbit() {
    let environments = [
        Environment { transport: Transport::Ordered, ..Environment::default() },
        Environment { transport: Transport::Unordered, loss: true, ..Environment::default() },
        Environment { acceptor_crashes: true, ..Environment::default() },
    ];
    for environment in environments {
        let constants = constants("loss_unordered");
        let symmetric = Environment { symmetry: true, ..environment };
        let symmetric = System::new(&constants, symmetric);
        let plain = System::new(&constants, environment);
        let states = all_states(&plain);
        let orbits: HashSet<_> =
            states.iter().map(|state| symmetric.representative(state)).collect();
        // A representative is a state that is reachable itself, and stands for itself.
        let reachable: HashSet<_> = states.iter().cloned().collect();
        for orbit in &orbits {
            assert!(reachable.contains(orbit));
            assert!(symmetric.representative(orbit) == *orbit);
        }
        let options = Options { keep_going: true, ..Options::default() };
        // A temporal property would be refused up to symmetry.
        let nothing = Goals::named([""; 0]);
        let explored = check(&symmetric, &nothing, &options).unwrap().distinct;
        assert_eq!(explored, orbits.len() as u64, "{}", environment.words());
        assert!(orbits.len() < states.len());
    }
}

#[test]
fn each_kind_of_request_is_refused_somewhere() {
    let constants = constants("duel");
    let environment = Environment { transport: Transport::Ordered, ..Environment::default() };
    let code = System::new(&constants, environment);
    let spec = Spec::new(constants);
    let names = spec.action_names();
    let mut refused = BTreeSet::new();
    for state in all_states(&code).iter().step_by(50) {
        let projection = PaxosRefinement.project(&code, state);
        let mut requests = Vec::new();
        spec.actions(&projection, &mut requests);
        for request in requests {
            if spec.guard(&projection, request).is_err()
                && PaxosRefinement.request(&code, state, &request) == Answer::Refused
            {
                refused.insert(&*names[spec.action_name(&request)]);
            }
        }
    }
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), ["Accept", "Learn", "Promise"]);
}

#[test]
fn as_given_the_spec_forbids_what_correct_code_does() {
    let report = run("as_given", Layer::Miter);
    let refinement = report.property("Refinement").unwrap();
    assert_eq!(refinement.verdict, Verdict::Violated);
    let said = refinement.counterexample.as_ref().unwrap().explanation.join("\n");
    for part in ["the code:", "performs", "not enabled: Accept", "PromisedTogether", "allows here"]
    {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
}
