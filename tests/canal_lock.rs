//! Canal locks: laws and faults, the interlock, and what becomes of the document's claims.

mod common;

use std::collections::{BTreeMap, BTreeSet};

use mitregate::check::{Options, Replay, Report, Trace, Verdict};
use mitregate::gate::{AnySystem, Layer, System as _};
use mitregate_models::canal_lock::laws::{INVARIANTS, TEMPORAL};
use mitregate_models::canal_lock::{CanalLock, Fault};

fn canal() -> &'static dyn AnySystem {
    common::system("canal_lock")
}

fn check(scenario: &str, layer: Layer) -> Report {
    let prepared = common::job(canal(), scenario, layer).prepare().unwrap();
    prepared.check(&Options::default()).unwrap()
}

/// The names of the violated properties, with the number of states of each counterexample.
fn violated(report: &Report) -> Vec<(&str, usize)> {
    let all = report.properties.iter().filter(|it| it.verdict == Verdict::Violated);
    all.map(|it| (&*it.name, it.counterexample.as_ref().unwrap().len())).collect()
}

#[test]
fn each_invariant_fails_first_under_its_fault_or_in_a_scenario() {
    let rows = CanalLock.rows().unwrap();
    let mut failed: BTreeSet<String> = BTreeSet::new();
    for (fault, law) in Fault::OF_LAWS {
        let row = rows.iter().find(|row| row.environment.spec_fault == Some(fault)).unwrap();
        let report = check(&row.scenario.name, Layer::Spec);
        assert!(violated(&report).iter().any(|(name, _)| *name == law), "{fault:?}: {law}");
        // Without the fault its counterexample cannot be followed, or is none.
        let trace = report.property(law).unwrap().counterexample.clone().unwrap();
        let source = canal().source(&row.scenario).unwrap();
        let sound = canal().scenario("small_option1").unwrap();
        let model = sound.prepare(&source, Layer::Spec).unwrap().model;
        let replay = model.replay(&trace, law);
        assert!(matches!(replay, Replay::Fixed | Replay::StopsAt { .. }), "{fault:?}: {replay:?}");
        failed.insert(law.to_owned());
    }
    for scenario in ["option4", "await_move_2x3_cap2", "reachable_keepers"] {
        let report = check(scenario, Layer::Spec);
        failed.extend(violated(&report).iter().map(|(name, _)| (*name).to_owned()));
    }
    assert_eq!(failed, INVARIANTS.map(str::to_owned).into());
}

#[test]
fn option_4_races_after_110_states_on_spec_and_code() {
    for layer in [Layer::Spec, Layer::System] {
        assert_eq!(violated(&check("option4", layer)), [("DoorOpenWhenMoving", 110)]);
    }
}

#[test]
fn without_the_race_option_4_comes_to_rest() {
    for (scenario, length) in [
        ("option4_clear_deadlock", 125),
        ("option4_clear_deadlock_retries2", 120),
        ("option4_atomic_deadlock", 122),
        ("option4_atomic_deadlock_retries2", 117),
    ] {
        for layer in [Layer::Spec, Layer::System] {
            assert_eq!(violated(&check(scenario, layer)), [("Deadlock", length)], "{scenario}");
        }
    }
}

#[test]
fn a_ship_that_starves_is_shown_as_a_lasso_that_can_be_replayed() {
    let job = common::job(canal(), "option2_clear_starves", Layer::System);
    let prepared = job.prepare().unwrap();
    let report = prepared.check(&Options::default()).unwrap();
    let model = prepared.model;
    for law in ["RequestLockFulfilled", "RequestsShips", "ShipsReachGoals"] {
        let trace = report.property(law).unwrap().counterexample.clone().unwrap();
        let back = trace.back.clone().expect("a behaviour without an end");
        assert!(back.to < trace.len() && back.action.is_some());
        assert_eq!(model.replay(&trace, law), Replay::StillFails);
        // The water goes up and down all the same.
        assert_eq!(model.replay(&trace, "WaterlevelChange"), Replay::Fixed);
        let itf = trace.to_itf(BTreeMap::new());
        assert_eq!(itf["loop"], back.to);
        let (read, _) = Trace::from_itf(&itf).unwrap();
        assert_eq!((&read.back, &read.steps), (&Some(back), &trace.steps));
    }
}

#[test]
fn keepers_are_safe_and_live() {
    for scenario in ["small_keepers", "keepers_1x2", "keepers", "keepers_3x2"] {
        for layer in [Layer::Spec, Layer::System] {
            let report = check(scenario, layer);
            assert_eq!(report.verdict(), Verdict::Holds, "{scenario}: {:?}", violated(&report));
            for law in TEMPORAL {
                assert_eq!(
                    report.property(law).unwrap().verdict,
                    Verdict::Holds,
                    "{scenario}: {law}"
                );
            }
            assert!(report.never_enabled.is_empty());
        }
    }
}

#[test]
fn the_interlock_stops_what_a_broken_gauge_would_lead_to() {
    let broken = check("fault_gauge_stuck", Layer::System);
    assert_eq!(violated(&broken)[0].0, "DoorsOpenWaterlevelRight");
    let guarded = check("fault_gauge_stuck_interlock", Layer::System);
    assert_eq!(violated(&guarded)[0].0, "NoComplaint");
    assert!(guarded.property("DoorsOpenWaterlevelRight").unwrap().counterexample.is_none());
    assert_eq!(check("interlock", Layer::System).verdict(), Verdict::Holds);
}
