//! Temporal properties of models, from what is asked to the loop that is replayed.

use std::sync::atomic::AtomicBool;

use mitregate::check::simulate::{Walks, simulate};
use mitregate::check::trace::Back;
use mitregate::check::{DEADLOCK, Goals, Kind, Replay, Trace, Undecidable, Verdict, replay};

use super::models::{CLOCK, Clock, ask};

#[test]
fn temporal_properties_are_judged_under_fairness() {
    let verdicts = |model: &Clock| {
        let report = ask(model, &Goals::named(["Strikes", "Stops"])).unwrap();
        ["Strikes", "Stops"].map(|name| report.property(name).unwrap().verdict)
    };
    assert_eq!(verdicts(&CLOCK), [Verdict::Holds, Verdict::Violated]);
    assert_eq!(verdicts(&Clock { conditions: 0, ..CLOCK }), [Verdict::Violated; 2]);
}

#[test]
fn more_than_64_predicates_or_fairness_conditions_are_refused() {
    // The clock has a predicate for each hour, and one more.
    let own = usize::from(CLOCK.hours) + 1;
    let predicates = |count: usize| Clock { predicates: count - own, ..CLOCK };
    let conditions = |conditions| Clock { conditions, ..CLOCK };
    let (count, limit) = (65, 64);
    let all = Goals::all();
    assert!(ask(&predicates(limit), &all).is_ok());
    let error = ask(&predicates(count), &all).unwrap_err();
    assert_eq!(error, Undecidable::TooManyPredicates { count, limit });
    assert!(error.to_string().contains("65 predicates"), "{error}");
    // Those of properties that are not asked for do not count.
    assert!(ask(&predicates(count), &Goals::named(["Strikes", "Stops"])).is_ok());

    assert!(ask(&conditions(limit), &all).is_ok());
    let error = ask(&conditions(count), &all).unwrap_err();
    assert_eq!(error, Undecidable::TooManyFairnessConditions { count, limit });
    assert!(error.to_string().contains("65 fairness conditions"), "{error}");
    // Laws need no fairness.
    assert!(ask(&conditions(count), &Goals::named(["IsAnHour"])).is_ok());
}

#[test]
fn temporal_properties_are_refused_up_to_symmetry() {
    let symmetric = Clock { symmetric: true, ..CLOCK };
    let error = ask(&symmetric, &Goals::all()).unwrap_err();
    assert_eq!(error, Undecidable::LivenessUpToSymmetry);
    assert!(ask(&symmetric, &Goals::named(["IsAnHour"])).is_ok());
    // Walks are refused as checks are.
    let walks = Walks { seed: 1, runs: 1, depth: 1 };
    let go = AtomicBool::new(false);
    let refused = simulate(&symmetric, &Goals::all(), &walks, &go, &|_| {});
    assert_eq!(refused.err(), Some(Undecidable::LivenessUpToSymmetry));
}

#[test]
fn what_leaves_the_boundary_leaves_a_temporal_property_open() {
    let cut_off = Clock { boundary: 3, ..CLOCK };
    let report = ask(&cut_off, &Goals::named(["IsAnHour", "Strikes"])).unwrap();
    assert_eq!((report.distinct, report.outside, report.stopped), (3, 1, None));
    let strikes = report.property("Strikes").unwrap();
    assert_eq!((strikes.kind, strikes.verdict), (Kind::Liveness, Verdict::Inconclusive));
    let why = strikes.undecided.as_ref().unwrap();
    assert!(why.contains("1 step") && why.contains("boundary"), "{why}");
    assert_eq!(report.property("IsAnHour").unwrap().verdict, Verdict::Holds);
    assert_eq!(report.verdict(), Verdict::Inconclusive);
    // A behaviour within the boundary is a counterexample all the same: without fairness it stays.
    let unfair = Clock { conditions: 0, ..cut_off };
    let report = ask(&unfair, &Goals::named(["Strikes"])).unwrap();
    assert_eq!(report.verdict(), Verdict::Violated);
}

#[test]
fn a_loop_goes_with_temporal_properties_and_with_nothing_else() {
    let report = ask(&CLOCK, &Goals::named(["Stops"])).unwrap();
    let lasso = report.property("Stops").unwrap().counterexample.clone().unwrap();
    assert!(lasso.back.is_some());
    let straight = Trace { back: None, ..lasso.clone() };
    assert_eq!(replay(&CLOCK, &lasso, "Stops"), Replay::StillFails);
    assert_eq!(replay(&CLOCK, &lasso, "Strikes"), Replay::Fixed);
    assert_eq!(replay(&CLOCK, &straight, "IsAnHour"), Replay::Fixed);
    let unrelated = |trace: &Trace, property: &str| match replay(&CLOCK, trace, property) {
        Replay::Unrelated { why } => why,
        other => panic!("{property}: {other:?}"),
    };
    assert!(unrelated(&straight, "Stops").contains("no loop"));
    assert!(unrelated(&lasso, "IsAnHour").contains("no temporal property"));
    assert!(unrelated(&lasso, DEADLOCK).contains("no temporal property"));
    for trace in [&lasso, &straight] {
        assert!(unrelated(trace, "Nope").contains("no property Nope"));
    }
    // A loop that violates the property counts only if it is fair.
    let stays = Trace { back: Some(Back { to: 0, action: None }), ..straight };
    let stays = Trace { steps: stays.steps[..1].to_vec(), ..stays };
    assert_eq!(replay(&CLOCK, &stays, "Stops"), Replay::Fixed);
    assert_eq!(replay(&Clock { conditions: 0, ..CLOCK }, &stays, "Stops"), Replay::StillFails);
}

#[test]
fn fairness_to_a_step_that_changes_nothing_says_nothing() {
    let lasso = |conditions| {
        let report = ask(&Clock { conditions, ..CLOCK }, &Goals::named(["Stops"])).unwrap();
        report.property("Stops").unwrap().counterexample.as_ref().unwrap().to_string()
    };
    assert_eq!(lasso(1), lasso(2));
}
