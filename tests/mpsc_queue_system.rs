//! The real queue, one access at a time: growth in every phase of a push, how many accesses operations make, faults and
//! their laws, bugs and their pictures.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use common::queue::{constants, rows, system, visit};
use mitregate::check::{Checkable, Goals, Lifted, Options, Trace, check};
use mitregate::gate::{Layer, Scenario};
use mitregate_models::mpsc_queue::bugs::{self, BUGS};
use mitregate_models::mpsc_queue::environment::{Batch, Environment, Fair, Leaves, Misuse};
use mitregate_models::mpsc_queue::faulty::Fault;
use mitregate_models::mpsc_queue::places::{At, PopPlace, PushPlace};
use mitregate_models::mpsc_queue::system_laws::{OWN, POP_ACCESSES};
use mitregate_models::mpsc_queue::threads::{Consumer, SystemState};
use mitregate_models::mpsc_queue::{
    MpscQueue, QueueRefinement, Spec, System, progress, system_picture,
};

#[test]
fn the_queue_grows_in_every_phase_of_a_push() {
    let mut phases: BTreeMap<Option<At>, usize> = BTreeMap::new();
    visit(&system("two_by_two"), |state, steps| {
        if steps.iter().any(|(action, _)| action.at == At::Pop(PopPlace::Announce)) {
            for producer in &state.producers {
                *phases.entry(producer.at()).or_default() += 1;
            }
        }
    });
    println!("{phases:?}");
    for place in [
        PushPlace::Reserve,
        PushPlace::LoadTail,
        PushPlace::Turn,
        PushPlace::ReadDirectory,
        PushPlace::Write,
        PushPlace::Publish,
        PushPlace::CountDropped,
    ] {
        assert!(phases.contains_key(&Some(At::Push(place))), "{place:?}");
    }
    assert!(phases.contains_key(&None));
}

/// The most accesses of one pop in a scenario that counts them.
fn most_accesses(scenario: &str) -> u8 {
    let mut most = 0;
    visit(&system(scenario), |state, steps| {
        for (action, next) in steps {
            let accesses = |state: &SystemState| match &state.consumers[0] {
                Consumer::Here { accesses, .. } => *accesses,
                _ => 0,
            };
            let is_pop = matches!(action.at, At::Pop(_));
            // The step that ends a pop sets the count back.
            most = most.max(accesses(next)).max(accesses(state) + u8::from(is_pop));
        }
    });
    most
}

#[test]
fn pops_are_wait_free_and_come_near_the_bound() {
    // Without sleepers nobody has to be woken.
    assert_eq!(most_accesses("counted"), POP_ACCESSES - 2);
    // To be woken twice in a pop that also changes rings takes more messages than these.
    assert_eq!(most_accesses("counted_sleeping"), POP_ACCESSES - 1);
    assert_eq!(most_accesses("shrinking_counted"), POP_ACCESSES - 2);
}

#[test]
fn every_fault_of_the_algorithm_is_a_scenario_in_which_something_fails() {
    let rows = rows();
    for fault in Fault::ALL {
        let mut rows = rows.iter().filter(|row| row.environment.fault == Some(fault)).peekable();
        assert!(rows.peek().is_some(), "{fault:?}");
        let mut failing = rows.filter(|row| {
            let system = row.scenario.expected_on(Layer::System);
            system.is_some_and(|expected| !expected.violations.is_empty())
        });
        assert!(failing.next().is_some(), "{fault:?}");
    }
}

/// The names of the laws that fail of the queue, its own and the spec's.
fn failing(config: &str, environment: Environment, keep_going: bool) -> Vec<String> {
    let constants = constants(config);
    let code = System::new(&constants, environment).unwrap();
    let queue = Lifted { code, spec: Spec::new(constants), refinement: QueueRefinement };
    let laws = Goals::named(queue.laws().into_iter().map(|law| law.name));
    let report = check(&queue, &laws, &Options { keep_going, ..Options::default() }).unwrap();
    let failing = report.properties.iter().filter(|property| property.counterexample.is_some());
    failing.map(|property| property.name.to_string()).collect()
}

#[test]
fn each_law_of_the_systems_own_can_fail() {
    let plain = Environment { each: Some(2), ..Environment::default() };
    let two: Batch = serde_json::from_value(2.into()).unwrap();
    let mut broken: BTreeSet<String> = BTreeSet::new();
    for fault in Fault::ALL {
        let fault = Some(fault);
        broken.extend(failing("two_by_two.cfg", Environment { fault, ..plain }, true));
        let sleeps = Environment { sleeps: true, fault, ..Environment::default() };
        broken.extend(failing("two_slots.cfg", sleeps, true));
        broken.extend(failing("two_by_two.cfg", Environment { batch: two, fault, ..plain }, true));
    }
    // A pop that waits makes any number of accesses: the search has to end where the law is violated.
    let waits = Environment { fault: Some(Fault::WaitForProducer), counts: true, ..plain };
    broken.extend(failing("two_by_two.cfg", waits, false));
    let goes = Environment { stops: true, fault: Some(Fault::GoEarly), ..Environment::default() };
    broken.extend(failing("small.cfg", goes, true));
    let leaves = Environment {
        joins: true,
        leaves: Leaves::AnyTime,
        fault: Some(Fault::UncountedClone),
        ..plain
    };
    broken.extend(failing("two_by_two.cfg", leaves, false));
    for misuse in [Misuse::SecondConsumer, Misuse::TwoAccesses] {
        let misused = Environment { misuse: Some(misuse), ..plain };
        broken.extend(failing("two_by_two.cfg", misused, true));
    }
    println!("{broken:?}");
    for law in OWN {
        assert!(broken.contains(law), "nothing breaks {law}");
    }
    // And so can those of the spec, on the state that the real queue stands for.
    for law in ["BoundedCapacity", "MessageConservation", "SingleConsumer"] {
        assert!(broken.contains(law), "nothing breaks {law}");
    }
}

/// The names of what is asked of the real queue in a scenario.
fn asked(scenario: &Scenario) -> Vec<String> {
    if scenario.expected_on(Layer::System).is_none() {
        return Vec::new();
    }
    let (_, source) = MpscQueue.row(&scenario.name).unwrap();
    let prepared = scenario.prepare(&source, Layer::System).unwrap();
    prepared.model.names(&prepared.goals).iter().map(ToString::to_string).collect()
}

#[test]
fn each_temporal_property_of_the_systems_own_can_fail() {
    let rows = rows();
    let fails = |name: &str| {
        rows.iter().filter_map(|row| row.scenario.expected_on(Layer::System)).any(|expected| {
            let mut violations = expected.violations.iter();
            violations.any(|(law, _)| law == name)
        })
    };
    let asked: BTreeSet<_> = rows.iter().flat_map(|row| asked(&row.scenario)).collect();
    for name in progress::OWN {
        assert!(asked.contains(name), "{name}");
    }
    for name in ["PushesEnd", "SomePushEnds", "PopsEnd", "SleepersWake"] {
        assert!(fails(name), "{name}");
    }
    // The others fail where somebody stops on whom they rest.
    for (fair, asks) in [
        (Fair::SomeProducer, &["GrowthEnds", "AnnouncedIsTaken", "AllArrives"] as &[&str]),
        (Fair::Consumer, &["OthersFinish", "AllArrives"]),
    ] {
        let mut system = system("two_by_two");
        system.environment.fair = fair;
        let goals = Goals::named(asks.iter().copied());
        let report = check(&system, &goals, &Options::default()).unwrap();
        for name in asks {
            assert!(report.property(name).unwrap().counterexample.is_some(), "{name}");
        }
    }
}

#[test]
fn bugs_are_told_with_the_shortest_way_and_pictures() {
    let mut scenarios = BTreeSet::new();
    for bug in &BUGS {
        let story = bugs::story(bug, &Options::default()).unwrap().unwrap();
        let (row, _) = MpscQueue.row(bug.scenario).unwrap();
        let violations = &row.scenario.expected_on(Layer::System).unwrap().violations;
        let told = (story.law.to_string(), story.trace.len());
        assert!(violations.contains(&told), "{}", bug.name);
        assert_eq!(story.states.len(), Trace::len(&story.trace));
        let picture = bugs::ring::draw(&story.system, story.states.last().unwrap());
        assert!(picture.contains("┌─") && picture.contains("head"), "{picture}");
        assert!(scenarios.insert(bug.scenario));
    }
    // Every broken queue is told of, but for those whose bug is told from another side.
    let others = [
        "fault_spin_for_ring",
        "fault_wait_for_producer",
        "fault_two_consumers",
        "fault_refuses_too_soon",
        "fault_nobody_is_woken",
    ];
    for row in rows().iter().filter(|row| row.environment.spec_fault.is_none()) {
        let name = &*row.scenario.name;
        if name.starts_with("fault_") && !others.contains(&name) {
            assert!(scenarios.contains(name), "{name} is not told of");
        }
    }
}

#[test]
fn a_picture_shows_rings_slots_and_threads() {
    let system = system("sleeping");
    let mut rings = BTreeSet::new();
    visit(&system, |state, _| {
        let svg = system_picture::draw(&system, state);
        let live: Vec<_> = state.memory.live_rings().collect();
        let slots: usize = live.iter().map(|ring| state.memory.slots(*ring).len()).sum();
        assert_eq!(svg.matches("<rect").count(), 1 + slots);
        assert!(svg.contains("producer 1: ") && svg.contains("consumer: "));
        rings.insert(live.len());
    });
    assert_eq!(rings, BTreeSet::from([1, 2]));
}

#[test]
fn the_document_has_every_bug_with_its_law_and_length() {
    let document = common::read("docs/mpsc_queue.md");
    for bug in &BUGS {
        let story = bugs::story(bug, &Options::default()).unwrap().unwrap();
        let row =
            format!("| `{}` | {} | `{}` | {} |", bug.name, bug.what, story.law, story.trace.len());
        assert!(document.contains(&row), "docs/mpsc_queue.md lacks: {row}");
    }
    let (_, section) = document.split_once("## Broken queues").unwrap();
    let section = section.split("\n## ").next().unwrap();
    let rows = section.lines().filter(|line| line.starts_with("| `")).count();
    assert_eq!(rows, BUGS.len());
}
