//! The simulated canal: a run that is computed by hand, and properties of many seeds.

use super::drive::{End, Operation, Setup};
use super::times::{Durations, Millis};
use mitregate_canal_lock::{Canal, CanalConfig, Location, Scheme};
use mitregate_models::canal_lock::constants::ShipProcess;

const HOUR: Millis = 3_600_000;

fn setup(scheme: Scheme, locks: u16, ships: u16, seed: u64) -> Setup {
    Setup {
        canal: Canal::try_from(CanalConfig::new(locks, ships)).unwrap(),
        scheme,
        ship_process: ShipProcess::AsGiven,
        durations: Durations::USUAL,
        seed,
    }
}

fn run(setup: Setup, time: Millis) -> Operation {
    let mut operation = Operation::new(setup).unwrap();
    operation.run_until(time);
    operation
}

#[test]
fn the_same_seed_gives_the_same_run() {
    let story = |seed| {
        let mut operation = run(setup(Scheme::Keepers, 3, 4, seed), 6 * HOUR);
        (operation.take_log(), operation.summary(false))
    };
    assert_eq!(story(7), story(7));
    assert_ne!(story(7).0, story(8).0);
}

#[test]
fn pauses_change_nothing() {
    let at_once = run(setup(Scheme::BusyLocks, 3, 4, 3), 5 * HOUR).summary(false);
    let mut operation = Operation::new(setup(Scheme::BusyLocks, 3, 4, 3)).unwrap();
    for second in 1..=5 * 3600 {
        operation.run_until(second * 1000);
    }
    assert_eq!(operation.summary(false), at_once);
}

/// Every ship's location follows from its movements, and the lockages of ships and of locks have
/// the same sum.
fn check_conservation(operation: &Operation) {
    let canal = &operation.setup().canal;
    let locks = u64::from(canal.num_locks());
    let counts = operation.counts();
    let by_ships: u64 = counts.ships.iter().map(|ship| ship.lockages).sum();
    let by_locks: u64 = counts.locks.iter().map(|lock| lock.lockages).sum();
    assert_eq!(by_ships, by_locks);
    let starts = &canal.config().starts;
    for ((count, start), reading) in
        counts.ships.iter().zip(starts).zip(&operation.plant().sensors.ships)
    {
        let inside = u64::from(reading.location.is_inside());
        assert_eq!(count.doors, 2 * count.lockages + inside, "{count:?}");
        assert_eq!(count.passages, count.lockages / locks, "{count:?}");
        // One period is the way there and back.
        let period = 4 * locks;
        let from = if start.location == Location::WEST_END { 0 } else { 2 * locks };
        let place = (from + count.doors) % period;
        let expected = if place <= 2 * locks { place } else { period - place };
        assert_eq!(u64::from(reading.location.number()), expected, "{count:?}");
        assert!(count.permissions <= count.doors + count.collisions + 1);
        assert!(count.permissions >= count.doors);
    }
}

#[test]
fn movements_lockages_and_passages_add_up() {
    for scheme in Scheme::ALL {
        for seed in 0..4 {
            for time in [HOUR / 2, 5 * HOUR] {
                check_conservation(&run(setup(scheme, 3, 4, seed), time));
            }
        }
    }
}

#[test]
fn keepers_and_await_move_never_close_a_door_on_a_ship() {
    for scheme in [Scheme::Keepers, Scheme::AwaitMove] {
        for seed in 0..25 {
            let operation = run(setup(scheme, 3, 4, seed), 5 * HOUR);
            let summary = operation.summary(false);
            assert_eq!(summary.collisions, 0, "{scheme}, seed {seed}");
            assert!(summary.lockages_per_hour > 1.0, "{scheme}, seed {seed}: {summary:?}");
        }
    }
    for seed in 0..25 {
        let summary = run(setup(Scheme::Keepers, 3, 4, seed), 5 * HOUR).summary(false);
        assert!(summary.is_good(), "seed {seed}: {summary:?}");
        assert!(summary.ships.iter().all(|ship| ship.passages > 0), "seed {seed}: {summary:?}");
    }
}

#[test]
fn controllers_that_forget_a_ship_close_doors_on_it() {
    for scheme in
        [Scheme::ImmediateRetry, Scheme::RetryQueue, Scheme::RetryLimit, Scheme::ExitsFirst]
    {
        let seeds = 0..20;
        let some = seeds.map(|seed| run(setup(scheme, 3, 4, seed), 8 * HOUR).summary(false));
        assert!(some.into_iter().any(|summary| summary.collisions > 0), "{scheme}");
    }
}

#[test]
fn waiting_for_room_can_last_for_ever() {
    let stuck = (0..20).any(|seed| {
        let with_repaired_ships = Setup {
            ship_process: ShipProcess::ClearAfterMove,
            ..setup(Scheme::RetryLimit, 2, 2, seed)
        };
        matches!(run(with_repaired_ships, 24 * HOUR).end(), Some(End::Stuck(_)))
    });
    assert!(stuck);
}

/// One lock, low in the east, and one ship that comes from the west. Everything begins closed and low;
/// the keeper needs 1 s for a step, and looks again 1 s after something has changed.
#[test]
#[allow(clippy::float_cmp)] // these are exact
fn one_ship_and_one_lock_by_hand() {
    let durations = Durations { jitter: 0, ..Durations::USUAL };
    let mut operation =
        Operation::new(Setup { durations, ..setup(Scheme::Keepers, 1, 1, 0) }).unwrap();
    operation.run_until(1_500_000);
    let happened: Vec<_> = operation
        .take_log()
        .into_iter()
        .map(|(at, entry)| format!("{} {entry}", at / 1000))
        .collect();
    let expected = [
        "300 ship 1 asks for the west door of lock 1",
        // 301 takes the request; 302 to 304 and 305 to 307 closes doors that are closed; 308, 309 looks;
        // 309 to 311 closes the low valve, which is closed; 312 opens the high valve, for 20 s
        "332 lock 1: high valve open",
        "572 lock 1: water high",
        "593 lock 1: high valve closed",
        "655 lock 1: west door open",
        "657 ship 1 may pass lock 1, after 357 s",
        // takes the permission at 667, casts off until 687, passes for 90 s, makes fast for 30 s
        "777 ship 1 arrives in lock 1",
        "807 ship 1 asks for the east door of lock 1",
        "872 lock 1: west door closed",
        "897 lock 1: low valve open",
        "1137 lock 1: water low",
        "1158 lock 1: low valve closed",
        "1220 lock 1: east door open",
        "1222 ship 1 may pass lock 1, after 415 s",
        "1342 ship 1 arrives in pound 1",
    ];
    assert_eq!(happened, expected);
    let summary = operation.summary(false);
    assert_eq!((summary.ships[0].passages, summary.ships[0].lockages), (1, 1));
    assert_eq!(summary.mean_wait, 386.0, "of 357 and 415");
    assert_eq!(summary.longest_wait, 415.0);
    assert_eq!(summary.lockages_per_hour, 2.4);
    // 2 + 2 + 2 + 20 + 240 + 20 + 60 + 120 s for the way in, and for the way out 2 + 60 + 2 + 20 + 240 +
    // 20 + 60 + 120.
    assert_eq!(summary.locks[0].utilisation, (466.0 + 524.0) / 1500.0);
}

#[test]
fn a_wait_that_has_not_ended_counts_as_the_longest() {
    let durations = Durations { jitter: 0, ..Durations::USUAL };
    let mut operation =
        Operation::new(Setup { durations, ..setup(Scheme::Keepers, 1, 1, 0) }).unwrap();
    operation.run_until(500_000);
    let summary = operation.summary(true);
    assert!((summary.longest_wait - 200.0).abs() < 1e-9 && summary.mean_wait.abs() < 1e-9);
}

#[test]
fn the_drawing_shows_ships_doors_and_water() {
    let durations = Durations { jitter: 0, ..Durations::USUAL };
    let mut operation =
        Operation::new(Setup { durations, ..setup(Scheme::Keepers, 1, 1, 0) }).unwrap();
    let mut at = |second: Millis| {
        operation.run_until(second * 1000);
        super::draw::draw(&operation)
    };
    assert_eq!(
        at(450),
        "\
00:07:30  keepers  0 lockages, 0 collisions
  pound 0       lock 1      pound 1
~1>?~~~~~~~~█            █
░░░░░░░░░░░░█~~~~~~~~~~~~█~~~~~~~~~~~~
             water rises
"
    );
    let waiting = at(660);
    assert!(waiting.contains("~1>!~~~~~~~~╎~~~~~~~~~~~~█"), "{waiting}");
    let inside = at(1300);
    assert!(inside.contains("█~1>!~~~~~~~~╎~~~~~~~~~~~~"), "{inside}");
}

#[test]
fn a_canal_that_is_not_for_keepers_is_refused() {
    let crowded = setup(Scheme::Keepers, 1, 4, 0);
    let error = Operation::new(crowded).map(|_| ()).unwrap_err();
    assert!(error.to_string().contains("4 ships fill all 4 berths"), "{error}");
}
