//! The queue's spec: laws and faults, fairness, symmetry.

mod common;

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use common::{queue, read, repository};
use mitregate::check::{
    Checkable, Fairness, Goals, Model, Options, Replay, Strength, Trace, Verdict, check,
};
use mitregate::gate::golden::{Golden, compare_with_port};
use mitregate::gate::{AnySystem, Lane, Layer, Prepared, Scenario, Source};
use mitregate::tla::config::Config;
use mitregate::tla::tlc::TlcVerdict;
use mitregate_models::mpsc_queue::spec::{ACTIONS, State};
use mitregate_models::mpsc_queue::{Constants, Fault, Module, Spec, laws, symmetry};

fn mpsc() -> &'static dyn AnySystem {
    common::system("mpsc_queue")
}

/// The port of the spec in a scenario.
fn prepared(scenario: &Scenario) -> Prepared {
    common::job(mpsc(), &scenario.name, Layer::Spec).prepare().unwrap()
}

fn golden(scenario: &Scenario) -> Golden {
    Golden::read(&Golden::path(&repository("specs"), "mpsc_queue", scenario)).unwrap()
}

fn source(text: &str) -> Source {
    let config = Config::parse("mine.cfg", text).unwrap();
    Source::new("LockFreeMPSCQueue".to_owned(), config, mpsc().module_texts(), false)
}

fn constants(text: &str) -> Result<Constants, String> {
    let source = source(text);
    let constants =
        Constants::from_config(&source.config, Module::LockFree, &|name| source.definition(name));
    constants.map_err(|error| error.to_string())
}

fn spec(config: &str) -> Spec {
    Spec::new(Arc::new(constants(&read(&format!("specs/mpsc_queue/{config}"))).unwrap()))
}

/// No guard has a quantifier, so TLC generates a state for each step, and the initial one. Up to
/// symmetry it need not expand the same states of a class as we do.
#[test]
fn tlc_generates_a_state_for_each_step() {
    let quick = |it: &&Scenario| it.golden && it.lane == Lane::Quick;
    let mut compared = 0;
    for scenario in mpsc().scenarios().iter().filter(quick) {
        let golden = golden(scenario);
        let prepared = prepared(scenario);
        if golden.outcome.verdict == TlcVerdict::Holds && !prepared.model.has_symmetry() {
            let steps = prepared.check(&Options::default()).unwrap().steps;
            assert_eq!(golden.outcome.generated, steps + 1, "{}", scenario.config);
            compared += 1;
        }
    }
    assert!(compared > 5, "{compared}");
}

#[test]
fn a_port_with_a_fault_does_not_agree_with_tlc() {
    let scenario = mpsc().scenario("small").unwrap();
    let faulty = mpsc().scenario("fault_drop_not_counted").unwrap();
    let source = mpsc().source(scenario).unwrap();
    let faulty = faulty.prepare(&source, Layer::Spec).unwrap();
    let report = faulty.check(&Options { keep_going: true, ..Options::default() }).unwrap();
    let problems = compare_with_port(&golden(scenario), &*faulty.model, &report).join("\n");
    assert!(problems.contains("TLC says that all holds, the port says violated"), "{problems}");
    assert!(problems.contains("messages_dropped"), "{problems}");
}

/// The scenario of a fault with every law by itself.
fn scenario_of(fault: Fault) -> Scenario {
    let mut rows = queue::rows().into_iter();
    let row = rows.find(|row| {
        let configurations = ["faults.cfg", "shrinking_faults.cfg"];
        row.environment.spec_fault == Some(fault)
            && configurations.contains(&row.scenario.config.as_str())
    });
    row.unwrap().scenario
}

#[test]
fn each_law_has_a_fault_that_breaks_it_first_and_alone() {
    for (fault, law) in Fault::OF_LAWS {
        let scenario = scenario_of(fault);
        let faulty = prepared(&scenario);
        let report = faulty.check(&Options::default()).unwrap();
        let lengths = report
            .properties
            .iter()
            .filter_map(|p| p.counterexample.as_ref().map(|trace| (trace.len(), &*p.name)));
        let mut lengths: Vec<_> = lengths.collect();
        lengths.sort_unstable();
        assert_eq!(lengths[0].1, law, "{fault:?}: {lengths:?}");
        assert!(lengths.len() == 1 || lengths[1].0 > lengths[0].0, "{fault:?}: {lengths:?}");
        // The same steps are no violation without the fault.
        let trace = report.property(law).unwrap().counterexample.clone().unwrap();
        assert_eq!(faulty.model.replay(&trace, law), Replay::StillFails);
        let source = mpsc().source(&scenario).unwrap();
        let sound = mpsc().scenario("queue").unwrap();
        let sound = sound.prepare(&source, Layer::Spec).unwrap().model;
        let replay = sound.replay(&trace, law);
        assert!(matches!(replay, Replay::Fixed | Replay::StopsAt { .. }), "{fault:?}: {replay:?}");
    }
}

#[test]
fn every_invariant_and_step_property_has_a_fault() {
    let of_faults: BTreeSet<_> = Fault::OF_LAWS.iter().map(|(_, law)| *law).collect();
    let laws = laws::INVARIANTS
        .iter()
        .chain(&laws::STEP_PROPERTIES)
        .chain(&laws::SHRINKING_INVARIANTS)
        .chain(&laws::SHRINKING_STEP_PROPERTIES);
    let own: BTreeSet<_> = laws.copied().filter(|law| *law != "Safety").collect();
    assert_eq!(of_faults, own);
}

#[test]
fn safety_fails_exactly_where_one_of_its_conjuncts_does() {
    let text = read("specs/mpsc_queue/faults.cfg").replace("TypeInvariant", "TypeInvariant Safety");
    let is_of_safety =
        |law: &str| laws::INVARIANTS.contains(&law) || laws::STEP_PROPERTIES.contains(&law);
    for (fault, law) in Fault::OF_LAWS.into_iter().filter(|(_, law)| is_of_safety(law)) {
        let source = source(&text);
        let faulty = scenario_of(fault).prepare(&source, Layer::Spec).unwrap();
        let report = faulty.check(&Options::default()).unwrap();
        let length = |law: &str| {
            let property = report.property(law).unwrap();
            property.counterexample.as_ref().map(Trace::len)
        };
        if laws::INVARIANTS.contains(&law) {
            assert_eq!(length("Safety"), length(law), "{fault:?}");
        } else {
            assert_eq!(length("Safety"), None, "{fault:?}");
        }
    }
}

/// The spec under a set of fairness conditions of our choice.
fn under(mut config: Constants, conditions: [bool; 3], strong: bool) -> Spec {
    [config.fair_to.resize, config.fair_to.dequeue] = [conditions[0], conditions[1]];
    let strength = if strong { Strength::Strong } else { Strength::Weak };
    config.fair_to.enqueue = conditions[2].then_some(strength);
    Spec::new(Arc::new(config))
}

#[test]
fn temporal_properties_hold_under_the_weakest_fairness_and_no_less() {
    // Conditions on: the end of a resize, the dequeue, the enqueues.
    let needed = [
        ("ConsumerProgress", [true, true, false]),
        ("ResizeProgress", [true, false, false]),
        ("ProducerFairness", [true, false, true]),
    ];
    let constants = constants(&read("specs/mpsc_queue/fair.cfg")).unwrap();
    for conditions in (0..8).map(|set| [set & 1 != 0, set & 2 != 0, set & 4 != 0]) {
        for strong in [false, true] {
            let spec = under(constants.clone(), conditions, strong);
            let report = check(&spec, &Goals::all(), &Options::default()).unwrap();
            for (property, needed) in needed {
                let enough = needed.iter().zip(&conditions).all(|(needed, given)| given >= needed);
                let verdict = if enough { Verdict::Holds } else { Verdict::Violated };
                let found = report.property(property).unwrap();
                assert_eq!(found.verdict, verdict, "{property} {conditions:?} {strong}");
                assert!(found.witness.is_some());
            }
        }
    }
}

#[test]
fn each_formula_of_behaviours_has_the_fairness_that_the_spec_gives_it() {
    use mitregate_models::mpsc_queue::constants::SPECIFICATIONS;
    let text = read("specs/mpsc_queue/fair.cfg");
    let names = |spec: &Spec| {
        let name = |it: &Fairness<Spec>| format!("{:?} {}", it.strength, it.name);
        spec.fairness().iter().map(name).collect::<Vec<_>>().join(", ")
    };
    let resize = "Weak ConsumerResizeComplete";
    let dequeue = "Weak ConsumerDequeue";
    let enqueue = "Weak ProducerEnqueue(1), Weak ProducerEnqueue(2)";
    let expected = [
        ("Spec", String::new()),
        ("ResizeFairSpec", resize.to_owned()),
        ("DequeueFairSpec", dequeue.to_owned()),
        ("EnqueueFairSpec", "Strong ProducerEnqueue(1), Strong ProducerEnqueue(2)".to_owned()),
        ("ConsumerFairSpec", format!("{resize}, {dequeue}")),
        ("ProducerFairSpec", format!("{resize}, {enqueue}")),
        ("FairSpec", format!("{resize}, {dequeue}, {enqueue}")),
    ];
    assert_eq!(expected.each_ref().map(|(name, _)| *name), SPECIFICATIONS.map(|(name, _)| name));
    let module = read("specs/mpsc_queue/LockFreeMPSCQueue.tla");
    for (specification, fairness) in expected {
        let text =
            text.replace("SPECIFICATION FairSpec", &format!("SPECIFICATION {specification}"));
        assert_eq!(names(&Spec::new(Arc::new(constants(&text).unwrap()))), fairness);
        assert!(module.contains(&format!("\n{specification} ")), "{specification}");
    }
}

/// Every state of a model, by a search of our own that knows no symmetry.
fn all_states(spec: &Spec) -> Vec<State> {
    let mut seen = HashSet::new();
    let mut found = spec.init_states();
    seen.extend(found.iter().copied());
    let mut next = 0;
    while let Some(state) = found.get(next).copied() {
        next += 1;
        let successors = spec.next_steps(&state).into_iter().map(|(_, successor)| successor);
        found.extend(successors.filter(|it| seen.insert(*it)));
    }
    found
}

#[test]
fn symmetric_runs_see_one_state_of_each_orbit() {
    for (symmetric, plain) in
        [("two_symmetric.cfg", "two_producers.cfg"), ("six_symmetric.cfg", "six_messages.cfg")]
    {
        let [symmetric, plain] = [symmetric, plain].map(spec);
        let states: HashSet<_> = all_states(&plain).into_iter().collect();
        let orbits: HashSet<_> =
            states.iter().map(|state| symmetric.representative(state)).collect();
        for orbit in &orbits {
            assert!(states.contains(orbit) && symmetric.representative(orbit) == *orbit);
        }
        // A temporal property would be refused up to symmetry.
        let laws = Goals::named(laws::INVARIANTS.into_iter().chain(laws::STEP_PROPERTIES));
        let report = check(&symmetric, &laws, &Options::default()).unwrap();
        assert_eq!(report.verdict(), Verdict::Holds);
        assert_eq!(report.distinct, orbits.len() as u64);
        assert!(orbits.len() < states.len());
    }
}

#[test]
fn a_state_is_small() {
    assert_eq!(size_of::<State>(), 32);
}

#[test]
fn a_renaming_is_undone_by_its_inverse() {
    let plain = spec("six_messages.cfg");
    for state in all_states(&plain).iter().step_by(101) {
        let renamed = symmetry::rename(state, &[1, 2, 0]);
        assert_eq!(symmetry::rename(&renamed, &[2, 0, 1]), *state);
        assert_eq!(renamed.messages_sent(), state.messages_sent());
    }
}

#[test]
fn every_action_says_why_it_is_not_enabled() {
    let spec = spec("small.cfg");
    let mut reasons = BTreeSet::new();
    for state in all_states(&spec) {
        let mut actions = Vec::new();
        spec.actions(&state, &mut actions);
        for action in actions {
            let reason = spec.why_disabled(&state, &action);
            let next = spec.next_state(&state, action);
            assert_eq!(reason.is_none(), next.is_some());
            reasons.extend(reason.map(|reason| (ACTIONS[action.name_index()], reason)));
        }
    }
    // Every conjunct of a guard is what keeps its action from happening somewhere.
    let module = read("specs/mpsc_queue/LockFreeMPSCQueue.tla");
    for (action, reason) in &reasons {
        let start = module.find(&format!("\n{action}")).unwrap();
        let definition = module[start..].split("\n\n").next().unwrap();
        assert!(definition.contains(&format!("/\\ {reason}\n")), "{action} has no {reason}");
    }
    assert_eq!(reasons.len(), 17, "{reasons:?}");
}

#[test]
fn a_picture_shows_ring_and_messages() {
    let spec = spec("room_for_two.cfg");
    let mut drawn = 0;
    for state in all_states(&spec) {
        let svg = mitregate_models::mpsc_queue::picture::draw(&spec, &state);
        let fitting = usize::from(state.capacity) + spec.constants.max_producers();
        assert_eq!(svg.matches("<circle").count(), fitting);
        assert!(svg.contains(&format!("generation {}", state.generation)));
        for message in state.buffer.iter() {
            assert!(svg.contains(&format!("{}.{}", message.producer + 1, message.ordinal)));
            drawn += 1;
        }
    }
    assert!(drawn > 0);
}

#[test]
fn bad_configurations_are_errors_with_line_and_mend() {
    let text = read("specs/mpsc_queue/small.cfg");
    let cases = [
        ("MaxProducers    = 1", "MaxProducers = 9", "mine.cfg:4: MaxProducers is 9 (give it a"),
        ("MaxMessages     = 2", "MaxMessages = {}", "mine.cfg:5: MaxMessages is {} (give it a"),
        ("MaxMessages     = 2", "", "the constant MaxMessages has no value (add a line"),
        ("MaxCapacity     = 2", "MaxCapacity = 3", "MaxCapacity is 3, which is no power of two"),
        ("InitialCapacity = 1", "InitialCapacity = 4", "MaxCapacity is 2 (give it a number from 4"),
        ("GrowthFactor    = 2", "GrowthFactor = 1", "mine.cfg:8: GrowthFactor is 1 (give it a"),
        ("GrowthFactor    = 2", "GrowthFactor <- Two", "Two, which is defined nowhere"),
        ("GrowthFactor    = 2", "GrowthFactor = 2 Producers = {a, b}", "and MaxProducers is 1"),
        ("    Safety", "    Safe", "the invariant Safe is not ported (the port has TypeInvariant"),
        ("SPECIFICATION Spec", "SPECIFICATION FairSpecs", "FairSpecs is not ported"),
        ("INVARIANTS", "SYMMETRY ProducerSymmetry INVARIANTS", "1 is no model value"),
    ];
    assert!(constants(&text).is_ok());
    for (from, to, expected) in cases {
        assert!(text.contains(from), "{from}");
        let error = constants(&text.replace(from, to)).unwrap_err();
        assert!(error.contains(expected), "{error}");
    }
    // What the real queue has no such thing as.
    let scenario = mpsc().scenario("small").unwrap();
    let thrice = text.replace("GrowthFactor    = 2", "GrowthFactor = 3");
    let symmetric = read("specs/mpsc_queue/two_symmetric.cfg");
    for (text, problem) in [(thrice, "growth factor"), (symmetric, "symmetry")] {
        assert!(scenario.prepare(&source(&text), Layer::Spec).is_ok());
        for layer in [Layer::System, Layer::Miter] {
            let error = scenario.prepare(&source(&text), layer).err().unwrap();
            let error = error.to_string();
            assert!(error.contains(problem) && error.contains("check the layer spec"), "{error}");
        }
    }
}

#[test]
fn a_replacement_is_looked_up_in_the_modules() {
    let text = read("specs/mpsc_queue/small.cfg");
    let text = text.replace("MaxMessages     = 2", "MaxMessages <- Few");
    let mut source = source(&text);
    source.modules.insert(0, "---- MODULE mine ----\nFew == 3\n====\n".to_owned());
    let constants =
        Constants::from_config(&source.config, Module::LockFree, &|name| source.definition(name));
    assert_eq!(constants.unwrap().max_messages, 3);
}
