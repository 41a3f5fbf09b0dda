//! The table and its sentences: measured on small canals, and on altered measurements.

use std::collections::BTreeMap;

use super::findings::findings;
use super::measure::{Answer, Comparison, Depth, Measured, OVERFULL, RACE, measure};
use super::verb::variants;
use super::watched::Kind;
use mitregate::check::DEADLOCK;
use mitregate::check::Options;
use mitregate_canal_lock::Scheme;
use mitregate_models::canal_lock::constants::{Constants, ShipProcess, Unfit, Variant};
use mitregate_models::canal_lock::laws::{INVARIANTS, REACHABILITY, TEMPORAL};

fn variant(controller: Scheme, ship_process: ShipProcess) -> Variant {
    variants(&[(2, 2)])
        .find(|it| (it.controller, it.ship_process) == (controller, ship_process))
        .unwrap()
}

fn measured(controller: Scheme, ship_process: ShipProcess) -> Comparison {
    let row = measure(variant(controller, ship_process), Depth::Each, &Options::default()).unwrap();
    assert_eq!(row.disagreements(), Vec::<String>::new());
    row
}

#[test]
fn option_4_races_at_110_and_gets_stuck_at_125_without_the_race() {
    let row = measured(Scheme::RetryLimit, ShipProcess::AsGiven);
    assert_eq!(row.spec.answer(RACE), Answer::Fails(110));
    assert_eq!(row.spec.answer("RequestLockFulfilled"), Answer::NotAsked);
    assert!(!row.spec.complete);
    let row = measured(Scheme::RetryLimit, ShipProcess::ClearAfterMove);
    assert_eq!(row.spec.answer(DEADLOCK), Answer::Fails(125));
    assert_eq!(row.spec.answer(RACE), Answer::Fails(125));
    assert_eq!(row.spec.deadlock_at.as_deref(), Some("ControlDecideGrantOrRetry"));
    assert_eq!(row.uses(Kind::Variable).collect::<Vec<_>>(), ["retryCount"]);
    assert_eq!(row.uses(Kind::Queue).collect::<Vec<_>>(), ["requests"]);
    assert_eq!(row.uses(Kind::Wait).collect::<Vec<_>>(), ["room"]);
}

#[test]
fn await_move_is_safe_and_live_with_two_ships() {
    let row = measured(Scheme::AwaitMove, ShipProcess::AsGiven);
    assert_eq!(row.spec.distinct, 38_449);
    assert!(row.spec.is_safe() && row.spec.is_live() && row.code.is_safe() && row.code.is_live());
    assert_eq!(row.uses(Kind::Wait).collect::<Vec<_>>(), ["the ship's move"]);
    assert_eq!(row.uses(Kind::Variable).count(), 0);
}

#[test]
fn option_2_starves_ships() {
    let row = measured(Scheme::RetryQueue, ShipProcess::ClearAfterMove);
    assert_eq!(row.spec.distinct, 38_616);
    assert!(row.spec.is_safe());
    assert_eq!(row.spec.answer("WaterlevelChange"), Answer::Holds);
    for law in ["RequestLockFulfilled", "RequestsShips", "ShipsReachGoals"] {
        assert!(row.spec.answer(law).length().is_some(), "{law}");
    }
    assert_eq!(row.uses(Kind::Queue).collect::<Vec<_>>(), ["requests", "retryQueue"]);
}

/// A measurement in which all laws hold.
fn good(controller: Scheme, ship_process: ShipProcess, uses: &[&'static str]) -> Comparison {
    let invariants = INVARIANTS.into_iter().filter(|&law| law != REACHABILITY);
    let laws = invariants.chain(TEMPORAL).chain([DEADLOCK]);
    let laws: BTreeMap<_, _> = laws.map(|law| (law.into(), Answer::Holds)).collect();
    let layer = Measured { distinct: 1000, complete: true, laws, deadlock_at: None };
    let variant = variant(controller, ship_process);
    Comparison { variant, spec: layer.clone(), code: layer, uses: Some(uses.to_vec()) }
}

fn failing(mut row: Comparison, laws: &[(&'static str, usize)]) -> Comparison {
    for layer in [&mut row.spec, &mut row.code] {
        layer.complete = false;
        layer.laws.extend(TEMPORAL.map(|law| (law.into(), Answer::NotAsked)));
        layer.laws.extend(laws.iter().map(|&(law, length)| (law.into(), Answer::Fails(length))));
    }
    row
}

fn sentences(rows: &[Comparison], about: &str) -> String {
    let found = findings(rows).into_iter().find(|finding| finding.about == about);
    found.map_or_else(String::new, |finding| finding.sentences.join("\n"))
}

fn option4(ship_process: ShipProcess) -> Comparison {
    good(Scheme::RetryLimit, ship_process, &["requests", "retryCount", "room"])
}

#[test]
fn what_is_said_of_the_race_follows_from_the_rows() {
    let said = |rows: &[Comparison]| sentences(rows, "The race");
    let given = || option4(ShipProcess::AsGiven);
    let race = said(&[failing(given(), &[(RACE, 110)])]);
    assert!(race.contains("under option4 (110 states)"), "{race}");
    assert!(race.contains("so it does"), "{race}");
    let later = said(&[failing(given(), &[(RACE, 112)])]);
    assert!(later.contains("the shortest trace has 112"), "{later}");
    let none = said(&[given()]);
    assert!(none.contains("no controller closes a door"), "{none}");
    assert!(none.contains("here it does not fail"), "{none}");
    let inherent = "calls that inherent";
    assert!(!race.contains(inherent) && !none.contains(inherent));
    let waits = good(Scheme::AwaitMove, ShipProcess::AsGiven, &["requests", "the ship's move"]);
    let mended = said(&[failing(given(), &[(RACE, 110)]), waits]);
    assert!(mended.contains("no race under await_move, with neither"), "{mended}");
}

#[test]
fn what_is_said_of_the_blocking_and_the_theorem_follows_from_the_rows() {
    let clear = || option4(ShipProcess::ClearAfterMove);
    let mut stuck = failing(clear(), &[(DEADLOCK, 125)]);
    stuck.spec.deadlock_at = Some("ControlDecideGrantOrRetry".to_owned());
    let said = |rows: &[Comparison]| {
        sentences(rows, "Option 4 without the race") + &sentences(rows, "The theorem")
    };
    let of_stuck = said(&[stuck]);
    assert!(of_stuck.contains("a deadlock after 125 states"), "{of_stuck}");
    assert!(of_stuck.contains("a mistake of its own"), "{of_stuck}");
    assert!(of_stuck.contains("it fails: with ships clear_after_move (deadlock)"), "{of_stuck}");
    let of_good = said(&[clear()]);
    assert!(of_good.contains("Option 4 has no deadlock"), "{of_good}");
    assert!(of_good.contains("RequestLockFulfilled holds"), "{of_good}");
    assert!(!of_good.contains("mistake") && !of_good.contains("not hold"), "{of_good}");
}

#[test]
fn what_is_said_of_the_choice_follows_from_the_rows() {
    let said = |rows: &[Comparison]| sentences(rows, "Which controller to use");
    let keepers = || good(Scheme::Keepers, ShipProcess::AsGiven, &["requests", "served"]);
    let alpha = || good(Scheme::BusyLocks, ShipProcess::AsGiven, &["requests"]);
    let both = said(&[keepers(), alpha()]);
    assert!(both.contains("measured are alpha and keepers; these rows"), "{both}");
    let one = said(&[keepers(), failing(alpha(), &[(OVERFULL, 155)])]);
    assert!(one.contains("Use keepers"), "{one}");
    assert!(one.contains("overfills a place after 155 states"), "{one}");
    let mut open = alpha();
    open.code.laws.insert(RACE.into(), Answer::Open);
    let open = said(&[keepers(), open]);
    assert!(open.contains("no controller is recommended") && !open.contains("Use"), "{open}");
    let none = said(&[failing(keepers(), &[(DEADLOCK, 9)])]);
    assert!(none.contains("No controller is safe and live"), "{none}");
}

#[test]
fn entries_of_the_report_are_held_against_the_rows() {
    let said = |row: Comparison| sentences(&[row], "The report's table");
    let right = failing(option4(ShipProcess::AsGiven), &[(RACE, 110)]);
    assert!(said(right.clone()).contains("Of 4 entries"), "{}", said(right.clone()));
    assert!(said(right.clone()).contains("4 are right"), "{}", said(right.clone()));
    let two_queues =
        Comparison { uses: Some(vec!["requests", "retryQueue", "retryCount", "room"]), ..right };
    assert!(said(two_queues).contains("Option 4: it has 2 queues, not 1."));
    let no_race = option4(ShipProcess::AsGiven);
    assert!(said(no_race).contains("Option 4: it has no race."));
}

#[test]
fn spec_and_code_that_differ_are_told_of() {
    let mut row = option4(ShipProcess::AtomicMove);
    assert!(row.disagreements().is_empty());
    row.code.laws.insert(RACE.into(), Answer::Fails(7));
    row.code.distinct = 999;
    assert_eq!(row.disagreements().len(), 2);
    assert!(sentences(&[row], "Spec and code").contains("Fails(7) in the code"));
}

#[test]
fn variants_without_a_model_are_refused() {
    let wide = Variant { locks: 31, ..variant(Scheme::AwaitMove, ShipProcess::AsGiven) };
    assert_eq!(
        Constants::of_variant(wide).map(|_| ()),
        Err(Unfit::TooMany { locks: 31, ships: 2 })
    );
    let narrow =
        Variant { max_ships_location: 1, ..variant(Scheme::Keepers, ShipProcess::AsGiven) };
    assert!(matches!(Constants::of_variant(narrow), Err(Unfit::Keepers(_))));
    let none = Variant { max_ships_lock: 0, ..narrow };
    assert!(matches!(Constants::of_variant(none), Err(Unfit::Canal(_))));
}
