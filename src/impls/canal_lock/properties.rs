//! Properties of all controllers, on random canals, inputs and schedules.

use proptest::prelude::*;

use super::testing::{Dice, Fault, ShipKind, System, canal, walk};
use super::*;

/// Steps of each walk for each actor.
const STEPS: usize = 20_000;

fn orientation() -> impl Strategy<Value = Orientation> {
    prop_oneof![Just(Orientation::WestLow), Just(Orientation::EastLow)]
}

/// Canals on which keepers can work: up to five locks, four ships in a pound.
fn keepers_canal() -> impl Strategy<Value = Canal> {
    (prop::collection::vec(orientation(), 1..=5), 2..=4_u16, any::<u16>()).prop_map(
        |(orientations, max_ships_location, ships)| {
            let locks = u16::try_from(orientations.len()).unwrap();
            // Half of the ships start at each end, and an end has fewer berths than the canal.
            let ships = 1 + ships % (2 * max_ships_location - 1).min(5);
            let mut config = CanalConfig::new(locks, ships);
            config.orientations = orientations;
            config.max_ships_location = max_ships_location;
            Canal::try_from(config).unwrap()
        },
    )
}

/// The fault of a walk with ships as given, or the number of movements of the ship with the fewest.
fn laziest(canal: &Canal, scheme: Scheme, seed: u64) -> Result<usize, Fault> {
    let mut system = System::new(canal, scheme);
    let steps = STEPS * system.actors(canal).len();
    let sailed = walk(&mut system, canal, ShipKind::AsGiven, steps, &mut Dice(seed))?;
    Ok(sailed.into_iter().min().unwrap_or(0))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn keepers_close_no_door_on_a_ship_and_keep_all_ships_going(
        canal in keepers_canal(),
        seed in any::<u64>(),
    ) {
        let sailed = laziest(&canal, Scheme::Keepers, seed);
        prop_assert!(sailed.is_ok_and(|sailed| sailed >= 5), "{sailed:?}");
    }

    #[test]
    fn await_move_closes_no_door_on_a_ship_and_keeps_all_ships_going(seed in any::<u64>()) {
        let sailed = laziest(&canal(2, 2, 2), Scheme::AwaitMove, seed);
        prop_assert!(sailed.is_ok_and(|sailed| sailed >= 5), "{sailed:?}");
    }
}

#[test]
fn immediate_retry_is_caught_racing() {
    let canal = canal(2, 2, 2);
    let is_race =
        |seed| matches!(laziest(&canal, Scheme::ImmediateRetry, seed), Err(Fault::Race(_)));
    assert!((0..50).any(is_race));
}

#[test]
fn keepers_work_with_all_berths_taken_but_one() {
    // Three in each end, three in the pound between: 8 ships of 9 berths.
    let mut config = CanalConfig::new(2, 8);
    config.max_ships_location = 3;
    let middle = Location::Outside(Pound(1));
    for (start, number) in config.starts.iter_mut().zip(0..) {
        let (location, heading) = match number {
            0..3 => (Location::WEST_END, Direction::Eastbound),
            3..5 => (middle, Direction::Eastbound),
            5..6 => (middle, Direction::Westbound),
            _ => (Location::Outside(Pound(2)), Direction::Westbound),
        };
        *start = Start { location, heading };
    }
    let canal = Canal::try_from(config).unwrap();
    for seed in 0..5 {
        let mut system = System::new(&canal, Scheme::Keepers);
        let dice = &mut Dice(seed);
        let sailed = walk(&mut system, &canal, ShipKind::AsGiven, 100_000, dice).unwrap();
        assert!(sailed.iter().all(|&sailed| sailed >= 5), "{sailed:?}");
    }
}

/// A request, valid or not.
fn request(dice: &mut Dice) -> Request {
    let number = |dice: &mut Dice| u16::try_from(dice.roll(4)).unwrap();
    Request {
        ship: ShipId(number(dice)),
        lock: LockId(number(dice)),
        side: [Side::West, Side::East][dice.roll(2)],
    }
}

/// Breaks the sensors in one place.
fn break_sensors(sensors: &mut Sensors, dice: &mut Dice) {
    let (lock, ship) = (dice.roll(sensors.locks.len()), dice.roll(sensors.ships.len()));
    let opening = [Opening::Closed, Opening::Open][dice.roll(2)];
    match dice.roll(10) {
        0 => sensors.locks[lock].finished = true,
        1 => sensors.locks[lock].doors = Doors { west: opening, east: opening },
        2 => sensors.locks[lock].valves = Valves { low: opening, high: opening },
        3 => sensors.ships[ship].moved ^= true,
        4 => sensors.ships[ship].location = Location::Inside(LockId(9)),
        5 => sensors.ships[ship].location = Location::WEST_END,
        6 => sensors.ships[ship].heading = sensors.ships[ship].heading.opposite(),
        7 => sensors.ships[ship].permissions.push(LockId(1)),
        8 => sensors.locks.truncate(lock),
        _ => sensors.ships.truncate(ship),
    }
}

/// Counts errors, and checks that each has left the controller as it was.
fn provoke(scheme: Scheme, seed: u64) -> [usize; 2] {
    let canal = canal(2, 2, 2);
    let (mut system, mut dice) = (System::new(&canal, scheme), Dice(seed));
    let workers = [
        Worker::Controller,
        Worker::Keeper(LockId(0)),
        Worker::Keeper(LockId(1)),
        Worker::Keeper(LockId(2)),
        Worker::Keeper(LockId(3)),
    ];
    let mut errors = [0; 2];
    for _ in 0..200 {
        let steps = dice.roll(20);
        // A race ends the walk; what came before has been checked.
        if walk(&mut system, &canal, ShipKind::AsGiven, steps, &mut dice).is_err() {
            break;
        }
        let mut broken = system.sensors.clone();
        break_sensors(&mut broken, &mut dice);
        for sensors in [&system.sensors, &broken] {
            let mut controller = system.controller.clone();
            if controller.request(&canal, sensors, request(&mut dice)).is_err() {
                errors[0] += 1;
                assert_eq!(controller, system.controller);
            }
            for worker in workers {
                let mut controller = system.controller.clone();
                let step = controller.step(&canal, worker, sensors);
                errors[1] += usize::from(step.is_err());
                if !matches!(step, Ok(Step::Taken { .. })) {
                    assert_eq!(controller, system.controller, "{step:?}");
                }
            }
        }
    }
    errors
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn errors_and_waiting_change_nothing(seed in any::<u64>()) {
        for scheme in Scheme::ALL {
            let [requests, steps] = provoke(scheme, seed);
            prop_assert!(requests > 0 && steps > 0, "{scheme}: {requests}, {steps}");
        }
    }

    #[test]
    fn an_interlock_lets_nothing_happen_or_everything(seed in any::<u64>()) {
        let canal = canal(2, 2, 2);
        let (mut system, mut dice) = (System::new(&canal, Scheme::Keepers), Dice(seed));
        for _ in 0..200 {
            walk(&mut system, &canal, ShipKind::AsGiven, 10, &mut dice).unwrap();
            let mut broken = system.sensors.clone();
            break_sensors(&mut broken, &mut dice);
            for worker in system.controller.workers(&canal) {
                let mut plain = system.controller.clone();
                let mut guarded = system.controller.clone();
                let expected = plain.step(&canal, worker, &broken);
                let step = Interlock.step(&mut guarded, &canal, worker, &broken);
                if let Ok(step) = step {
                    prop_assert_eq!((Ok(step), guarded), (expected, plain));
                } else {
                    prop_assert_eq!(&guarded, &system.controller);
                }
            }
        }
    }

    #[test]
    fn a_controller_survives_being_written_and_read(seed in any::<u64>()) {
        for scheme in Scheme::ALL {
            let canal = canal(2, 2, 2);
            let mut system = System::new(&canal, scheme);
            let _ = walk(&mut system, &canal, ShipKind::AsGiven, 100, &mut Dice(seed));
            let text = serde_json::to_string(&system.controller).unwrap();
            let read: AnyController = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read, system.controller);
        }
    }
}
