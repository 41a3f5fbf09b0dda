//! The real queue, one access at a time: growth in every phase of a push, how many accesses operations make, faults and
//! their laws, bugs and their pictures.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use mitregate::check::{Options, Trace, check};
use mitregate::gate::Layer;
use mitregate_mpsc_queue::algorithm::Fault;
use mitregate_models::mpsc_queue::bugs::{self, BUGS};
use mitregate_models::mpsc_queue::environment::{Environment, Fair, Mistake};
use mitregate_models::mpsc_queue::places::{At, PopPlace, PushPlace};
use mitregate_models::mpsc_queue::system_laws::{OWN, POP_ACCESSES};
use mitregate_models::mpsc_queue::threads::{Consumer, SystemState};
use mitregate_models::mpsc_queue::{SCENARIOS, System, progress, row, system_picture};

use common::queue::{constants, system, visit};

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
}

#[test]
fn every_fault_of_the_algorithm_is_a_scenario_in_which_something_fails() {
    for fault in Fault::ALL {
        let mut rows =
            SCENARIOS.iter().filter(|row| row.environment.fault == Some(fault)).peekable();
        assert!(rows.peek().is_some(), "{fault:?}");
        let mut failing = rows.filter(|row| {
            let system = row.scenario.expected_on(Layer::System);
            system.is_some_and(|expected| !expected.violations.is_empty())
        });
        assert!(failing.next().is_some(), "{fault:?}");
    }
}

/// The names of what fails in a model, however late.
fn failing(config: &str, environment: Environment) -> Vec<&'static str> {
    let system = System::new(&constants(config), environment).unwrap();
    let report = check(&system, &Options { keep_going: true, ..Options::default() });
    let failing = report.properties.iter().filter(|property| property.counterexample.is_some());
    failing.map(|property| property.name).collect()
}

#[test]
fn each_law_of_the_systems_own_can_fail() {
    let plain = Environment { each: Some(2), ..Environment::PLAIN };
    let mut broken: BTreeSet<&str> = BTreeSet::new();
    for fault in Fault::ALL {
        broken.extend(failing("two_by_two.cfg", Environment { fault: Some(fault), ..plain }));
        let sleeps = Environment { sleeps: true, fault: Some(fault), ..Environment::PLAIN };
        broken.extend(failing("two_slots.cfg", sleeps));
        broken.extend(failing(
            "two_by_two.cfg",
            Environment { batch: 2, fault: Some(fault), ..plain },
        ));
    }
    let counts = true;
    let waits = Environment { fault: Some(Fault::WaitForProducer), counts, ..plain };
    let waits = System::new(&constants("two_by_two.cfg"), waits).unwrap();
    let report = check(&waits, &Options::default());
    broken.extend(
        report.properties.iter().filter(|it| it.counterexample.is_some()).map(|it| it.name),
    );
    for mistake in [Mistake::SecondConsumer, Mistake::TwoAccesses] {
        broken.extend(failing("two_by_two.cfg", Environment { mistake: Some(mistake), ..plain }));
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

#[test]
fn each_temporal_property_of_the_systems_own_can_fail() {
    let fails = |name: &str| {
        SCENARIOS.iter().filter(|row| row.environment.asks.contains(&name)).any(|row| {
            let system = row.scenario.expected_on(Layer::System).unwrap();
            system.violations.iter().any(|(law, _)| *law == name)
        })
    };
    let asked: BTreeSet<_> = SCENARIOS.iter().flat_map(|row| row.environment.asks).collect();
    for name in progress::OWN {
        assert!(asked.contains(&name), "{name}");
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
        (system.environment.asks, system.environment.fair) = (asks, fair);
        let report = check(&system, &Options::default());
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
        let scenario = &row(bug.scenario).unwrap().scenario;
        let violations = scenario.expected_on(Layer::System).unwrap().violations;
        assert!(violations.contains(&(story.law, story.trace.len())), "{}", bug.name);
        assert_eq!(story.states.len(), Trace::len(&story.trace));
        let picture = bugs::ring::draw(&story.system, story.states.last().unwrap());
        assert!(picture.contains("┌─") && picture.contains("head"), "{picture}");
        assert!(scenarios.insert(bug.scenario));
    }
    // Every broken queue is told of, but for those whose bug is told from another side.
    let others = ["fault_spin_for_ring", "fault_wait_for_producer", "fault_two_consumers"];
    for row in SCENARIOS.iter().filter(|row| row.fault.is_none()) {
        let name = row.scenario.name;
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
        let live = state.memory.live_rings();
        let slots: usize = live.iter().map(|ring| state.memory.slots(*ring).unwrap().len()).sum();
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
