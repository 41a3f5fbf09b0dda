//! Multi-Paxos: laws and faults, symmetry, refusals, and the spec as given.

mod common;

use std::sync::Arc;

use common::repository;
use mitregate::check::miter::{Answer, Refinement};
use mitregate::check::trace::Replay;
use mitregate::check::{Checkable, Options, Verdict};
use mitregate::gate::golden::{Golden, compare_with_port};
use mitregate::gate::{Job, Layer, Scenario, System};
use mitregate_models::multi_paxos::system::Transport;
use mitregate_models::multi_paxos::{
    Constants, Environment, Fault, Module, MultiPaxos, PaxosRefinement, SCENARIOS, Spec,
    System as ModelOfCode,
};

fn job(scenario: &'static Scenario, layer: Layer) -> Job<'static> {
    Job { system: &MultiPaxos, scenario, source: None, layer }
}

#[test]
fn a_port_with_a_fault_does_not_agree_with_tlc() {
    let scenario = MultiPaxos.scenario("duel").unwrap();
    let golden = Golden::path(&repository("specs"), "multi_paxos", scenario);
    let golden = Golden::read(&golden).unwrap();
    let faulty = MultiPaxos.scenario("fault_promise_forgotten").unwrap();
    let model = job(faulty, Layer::Spec).prepare().unwrap().model;
    let report = model.check(&Options { keep_going: true, ..Options::default() });
    let problems = compare_with_port(&golden, &*model, &report).join("\n");
    assert!(problems.contains("TLC says that all holds, the port says violated"), "{problems}");
    // The first difference is a step that only the port takes, after a path that both have.
    assert!(problems.contains("Promise") && problems.contains("promised"), "{problems}");
}

#[test]
fn each_law_has_a_fault_that_breaks_it_first_and_alone() {
    for (fault, law) in Fault::OF_LAWS {
        for layer in [Layer::Spec, Layer::System] {
            let row = SCENARIOS.iter().find(|row| row.environment.fault == Some(fault)).unwrap();
            let faulty = job(&row.scenario, layer);
            let report = faulty.prepare().unwrap().model.check(&Options::default());
            let violated: Vec<_> = report
                .properties
                .iter()
                .filter_map(|p| p.counterexample.as_ref().map(|trace| (p.name, trace.len())))
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
        let row = SCENARIOS.iter().find(|row| row.environment.fault == Some(fault)).unwrap();
        for layer in [Layer::Spec, Layer::System] {
            let faulty = job(&row.scenario, layer).prepare().unwrap().model;
            let report = faulty.check(&Options::default());
            let trace = report.property(law).unwrap().counterexample.clone().unwrap();
            assert_eq!(faulty.replay(&trace, law), Replay::StillFails);
            // The same constants and environment, without the fault.
            let source = MultiPaxos.source(&row.scenario).unwrap();
            let sound = MultiPaxos.scenario("duel").unwrap();
            let sound = MultiPaxos.prepare(sound, &source, layer).unwrap().model;
            let replay = sound.replay(&trace, law);
            assert_ne!(replay, Replay::StillFails, "{fault:?} {layer}");
        }
    }
}

#[test]
fn every_law_says_something_somewhere() {
    use mitregate_models::multi_paxos::laws::{INVARIANTS, STEP_PROPERTIES};
    for layer in [Layer::Spec, Layer::System] {
        let mut spoken = std::collections::BTreeSet::new();
        for name in ["retry", "duel", "reachable"] {
            let scenario = MultiPaxos.scenario(name).unwrap();
            let source = MultiPaxos.source(scenario).unwrap();
            let model = MultiPaxos.prepare(scenario, &source, layer).unwrap().model;
            let report = model.check(&Options::default());
            let witnessed = report.properties.iter().filter(|p| p.witness.is_some());
            spoken.extend(witnessed.map(|p| p.name));
        }
        for law in INVARIANTS.iter().chain(&STEP_PROPERTIES) {
            assert!(spoken.contains(law), "{law} never says anything on the {layer}");
        }
    }
}

#[test]
fn the_code_does_every_action_of_the_spec() {
    // What the miter performs over a whole scenario, seen in the spec's half of its states.
    let scenario = MultiPaxos.scenario("loss").unwrap();
    let model = job(scenario, Layer::Miter).prepare().unwrap().model;
    let graph = model.state_graph(100_000).unwrap();
    let mut changed = std::collections::BTreeSet::new();
    for (source, _, target) in &graph.edges {
        let spec = |id: &usize| graph.states[*id].field("spec").unwrap();
        for change in mitregate::tla::value::diff(spec(source), spec(target)) {
            let variable = change.path.split(['[', '.']).next().unwrap_or_default().to_owned();
            changed.insert(variable);
        }
    }
    let all = ["accepted", "learned", "promised", "proposerAttempt", "votes"];
    assert_eq!(changed.iter().collect::<Vec<_>>(), all);
}

/// Every state of a model, by a search of our own that knows no symmetry.
fn all_states<M: stateright::Model<State: Clone + Eq + std::hash::Hash>>(
    model: &M,
) -> Vec<M::State> {
    let mut seen = std::collections::HashSet::new();
    let mut found = model.init_states();
    seen.extend(found.iter().cloned());
    let mut next = 0;
    while let Some(state) = found.get(next).cloned() {
        next += 1;
        let new = model.next_states(&state).into_iter().filter(|it| seen.insert(it.clone()));
        found.extend(new);
    }
    found
}

fn constants(scenario: &str) -> Arc<Constants> {
    let source = MultiPaxos.source(MultiPaxos.scenario(scenario).unwrap()).unwrap();
    let constants = Constants::from_config(&source.config, Module::MultiPaxos, &|_| Ok(None));
    Arc::new(constants.unwrap())
}

#[test]
fn symmetric_runs_of_the_system_see_one_state_of_each_orbit() {
    let environments = [
        Environment { transport: Transport::Ordered, ..Environment::PLAIN },
        Environment { transport: Transport::Unordered, loss: true, ..Environment::PLAIN },
        Environment { acceptor_crashes: true, ..Environment::PLAIN },
    ];
    for environment in environments {
        let constants = constants("loss_unordered");
        let symmetric = Environment { symmetry: true, ..environment };
        let symmetric = ModelOfCode::new(&constants, symmetric);
        let plain = ModelOfCode::new(&constants, environment);
        let states = all_states(&plain);
        let orbits: std::collections::HashSet<_> =
            states.iter().map(|state| symmetric.representative(state)).collect();
        // A representative is a state that is reachable itself, and stands for itself.
        let reachable: std::collections::HashSet<_> = states.iter().cloned().collect();
        for orbit in &orbits {
            assert!(reachable.contains(orbit));
            assert!(symmetric.representative(orbit) == *orbit);
        }
        let options = Options { keep_going: true, ..Options::default() };
        let explored = mitregate::check::explore(&symmetric, &options);
        assert_eq!(explored.len(), orbits.len(), "{}", environment.words());
        assert!(orbits.len() < states.len());
    }
}

#[test]
fn each_kind_of_request_is_refused_somewhere() {
    let constants = constants("duel");
    let environment = Environment { transport: Transport::Ordered, ..Environment::PLAIN };
    let code = ModelOfCode::new(&constants, environment);
    let spec = Spec::new(constants);
    let mut refused = std::collections::BTreeSet::new();
    for state in all_states(&code).iter().step_by(50) {
        let projection = PaxosRefinement.project(&code, state);
        let mut requests = Vec::new();
        stateright::Model::actions(&spec, &projection, &mut requests);
        for request in requests {
            if spec.guard(&projection, request).is_err()
                && PaxosRefinement.request(&code, state, &request) == Answer::Refused
            {
                refused.insert(spec.classes()[spec.class(&request)]);
            }
        }
    }
    assert_eq!(refused.into_iter().collect::<Vec<_>>(), ["Accept", "Learn", "Promise"]);
}

#[test]
fn as_given_the_spec_forbids_what_correct_code_does() {
    let scenario = MultiPaxos.scenario("as_given").unwrap();
    let report = job(scenario, Layer::Miter).prepare().unwrap().model.check(&Options::default());
    let refinement = report.property("Refinement").unwrap();
    assert_eq!(refinement.verdict, Verdict::Violated);
    let said = refinement.counterexample.as_ref().unwrap().explanation.join("\n");
    for part in ["the code:", "performs", "not enabled: Accept", "PromisedTogether", "allows here"]
    {
        assert!(said.contains(part), "{part:?} is missing in:\n{said}");
    }
}
