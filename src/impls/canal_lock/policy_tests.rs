//! The differences between the policies, step by step.

use super::testing::canal;
use super::*;

/// In the east end of two locks, westbound: asks for lock 2.
const WESTBOUND: ShipId = ShipId(1);
/// In the west end, eastbound: asks for lock 1.
const EASTBOUND: ShipId = ShipId(2);
const ONE: LockId = LockId(1);
const TWO: LockId = LockId(2);

/// A controller with simulated sensors: doors, valves and levels always let the step be taken.
struct Desk {
    canal: Canal,
    sensors: Sensors,
    controller: Controller,
}

impl Desk {
    fn new(policy: impl Into<Policy>) -> Self {
        let canal = canal(2, 2, 2);
        let sensors = Sensors::at_start(&canal);
        Desk { canal, sensors, controller: Controller::new(policy) }
    }

    fn ship(&mut self, ship: ShipId) -> &mut ShipReading {
        &mut self.sensors.ships[usize::from(ship.0) - 1]
    }

    /// The ship asks for the door ahead.
    fn ask(&mut self, ship: ShipId) -> Request {
        let ShipReading { location, heading, .. } = *self.ship(ship);
        let request = self.canal.way_on(ship, location, heading).unwrap();
        self.controller.request(&self.canal, &self.sensors, request).unwrap();
        request
    }

    fn step(&mut self) -> Result<Step, StepError> {
        self.controller.step(&self.canal, &self.sensors)
    }

    /// Takes steps until the next one is `label`, and returns their effects.
    fn go_to(&mut self, label: Label) -> Vec<Effect> {
        let mut effects = Vec::new();
        for _ in 0..40 {
            if self.controller.label() == label {
                return effects;
            }
            let step = self.step().unwrap();
            assert!(matches!(step, Step::Taken { .. }), "{step:?}");
            for &effect in step.effects() {
                if let Effect::Command { lock, command } = effect {
                    self.obey(lock, command);
                }
                effects.push(effect);
            }
        }
        panic!("{label} is not reached");
    }

    fn obey(&mut self, lock: LockId, command: LockCommand) {
        let reading = &mut self.sensors.locks[usize::from(lock.0) - 1];
        *reading = super::testing::after(*reading, command);
        if let LockCommand::Valve { level, to: Opening::Open } = command {
            reading.level = level;
        }
    }

    /// Goes once through the first request, and back to the beginning of the next.
    fn decide(&mut self) -> Vec<Effect> {
        let _ = self.go_to(Label::DecideGrantOrRetry);
        let _ = self.step().unwrap();
        if self.controller.label() == Label::NextRequest {
            return Vec::new();
        }
        self.go_to(Label::NextRequest)
    }
}

#[test]
fn a_request_is_served_label_by_label() {
    let mut desk = Desk::new(ImmediateRetry);
    let request = desk.ask(WESTBOUND);
    assert_eq!(desk.controller.requests(), [request]);
    let effects = desk.go_to(Label::GrantPermission);
    // Lock 2 is low in the west, and the ship comes from the east.
    let command = |command| Effect::Command { lock: TWO, command };
    let door = |side, to| command(LockCommand::Door { side, to });
    let valve = |level, to| command(LockCommand::Valve { level, to });
    let expected = [
        door(Side::West, Opening::Closed),
        door(Side::East, Opening::Closed),
        valve(Level::Low, Opening::Closed),
        valve(Level::High, Opening::Open),
        valve(Level::High, Opening::Closed),
        door(Side::East, Opening::Open),
    ];
    assert_eq!(effects, expected);
    let registers = Registers { request, target: Location::Inside(TWO), granted: true };
    assert_eq!(desk.controller.registers(), &registers);

    let step = desk.step().unwrap();
    assert_eq!(step.effects(), [Effect::Permit { ship: WESTBOUND, lock: TWO }]);
    assert_eq!(desk.controller.label(), Label::NextRequest);
    // The registers keep what they had.
    assert_eq!(desk.controller.registers(), &registers);
}

#[test]
fn a_level_that_is_right_is_left_alone() {
    let mut desk = Desk::new(ImmediateRetry);
    desk.sensors.locks[1].level = Level::High;
    desk.ask(WESTBOUND);
    let effects = desk.go_to(Label::GrantPermission);
    let is_valve = |effect: &Effect| {
        matches!(effect, Effect::Command { command: LockCommand::Valve { .. }, .. })
    };
    assert!(!effects.iter().any(is_valve));
}

#[test]
fn machinery_is_waited_for_and_must_have_obeyed() {
    let mut desk = Desk::new(ImmediateRetry);
    desk.ask(WESTBOUND);
    let _ = desk.go_to(Label::WaitLowDoorClosed);
    desk.sensors.locks[1].finished = false;
    let until = Wait::Finished { lock: TWO };
    let waiting = Step::Waiting { label: Label::WaitLowDoorClosed, until };
    assert_eq!(desk.step(), Ok(waiting));
    desk.sensors.locks[1].finished = true;
    desk.sensors.locks[1].doors.west = Opening::Open;
    let command = LockCommand::Door { side: Side::West, to: Opening::Closed };
    assert_eq!(desk.step(), Err(StepError::NotCarriedOut { lock: TWO, command }));
}

#[test]
fn water_is_waited_for() {
    let mut desk = Desk::new(ImmediateRetry);
    desk.ask(WESTBOUND);
    let _ = desk.go_to(Label::WaitWaterLevel);
    desk.sensors.locks[1].level = Level::Low;
    let until = Wait::WaterLevel { lock: TWO, level: Level::High };
    assert_eq!(desk.step(), Ok(Step::Waiting { label: Label::WaitWaterLevel, until }));
    desk.sensors.locks[1].level = Level::High;
    assert!(matches!(desk.step(), Ok(Step::Taken { .. })));
}

#[test]
fn readings_must_be_complete() {
    let mut desk = Desk::new(ImmediateRetry);
    let before = desk.controller.clone();
    let last = desk.sensors.ships.pop().unwrap();
    assert_eq!(desk.step(), Err(StepError::UnreadShip { ship: EASTBOUND }));
    desk.sensors.ships.push(last);
    desk.sensors.locks.pop();
    assert_eq!(desk.step(), Err(StepError::UnreadLock { lock: TWO }));
    assert_eq!(desk.controller, before);
}

#[test]
fn a_ship_asks_once() {
    let mut desk = Desk::new(ImmediateRetry);
    let request = desk.ask(WESTBOUND);
    let again = Err(RequestError::AlreadyRequested { ship: WESTBOUND });
    for label in [Label::NextRequest, Label::CheckConditions, Label::GrantPermission] {
        let _ = desk.go_to(label);
        let before = desk.controller.clone();
        assert_eq!(desk.controller.request(&desk.canal, &desk.sensors, request), again);
        assert_eq!(desk.controller, before);
    }
}

#[test]
fn a_ship_whose_request_was_denied_has_asked() {
    for policy in [Policy::from(ImmediateRetry), RetryQueue::default().into()] {
        let mut desk = Desk::new(policy);
        let request = desk.ask(WESTBOUND);
        desk.ship(EASTBOUND).permissions = vec![TWO];
        assert_eq!(desk.decide(), []);
        let again = Err(RequestError::AlreadyRequested { ship: WESTBOUND });
        assert_eq!(desk.controller.request(&desk.canal, &desk.sensors, request), again);
    }
}

#[test]
fn a_ship_that_drifts_away_is_an_error() {
    let mut desk = Desk::new(ImmediateRetry);
    let request = desk.ask(WESTBOUND);
    let _ = desk.go_to(Label::CheckConditions);
    desk.ship(WESTBOUND).location = Location::Outside(Pound(1));
    let (location, heading) = (Location::Outside(Pound(1)), Direction::Westbound);
    assert_eq!(desk.step(), Err(StepError::Astray { request, location, heading }));
}

#[test]
fn immediate_retry_puts_denied_requests_at_the_end() {
    let mut desk = Desk::new(ImmediateRetry);
    desk.ship(EASTBOUND).permissions = vec![TWO];
    let denied = desk.ask(WESTBOUND);
    desk.ship(EASTBOUND).permissions.clear();
    let other = desk.ask(EASTBOUND);
    desk.ship(EASTBOUND).permissions = vec![TWO];
    assert_eq!(desk.decide(), []);
    assert_eq!(desk.controller.requests(), [other, denied]);
}

#[test]
fn a_lock_that_is_full_is_denied() {
    let mut desk = Desk::new(ImmediateRetry);
    let denied = desk.ask(WESTBOUND);
    desk.ship(EASTBOUND).location = Location::Inside(TWO);
    assert_eq!(desk.decide(), []);
    assert_eq!(desk.controller.requests(), [denied]);
}

#[test]
fn a_ship_in_a_lock_needs_no_room() {
    let mut desk = Desk::new(ImmediateRetry);
    desk.canal = canal(2, 2, 1);
    desk.ship(WESTBOUND).location = Location::Inside(ONE);
    desk.ask(WESTBOUND);
    assert_eq!(desk.sensors.ships_at(Location::WEST_END), 1);
    assert!(desk.decide().contains(&Effect::Permit { ship: WESTBOUND, lock: ONE }));
}

#[test]
fn a_retry_queue_waits_until_the_first_is_empty() {
    let mut desk = Desk::new(RetryQueue::default());
    let denied = desk.ask(WESTBOUND);
    let other = desk.ask(EASTBOUND);
    desk.ship(EASTBOUND).permissions = vec![TWO];
    let _ = desk.decide();
    assert_eq!(desk.controller.requests(), [other]);
    assert_eq!(desk.controller.retry_queue(), [denied]);
    // Still there while the first queue has something.
    let _ = desk.step().unwrap();
    assert_eq!(desk.controller.retry_queue(), [denied]);
    let _ = desk.decide();
    let _ = desk.step().unwrap();
    assert_eq!(desk.controller.requests(), [denied]);
    assert_eq!(desk.controller.retry_queue(), []);
}

#[test]
fn a_retry_limit_counts_and_then_waits_for_room_only() {
    let canal = canal(2, 2, 2);
    let mut desk = Desk::new(RetryLimit::new(&canal));
    let request = desk.ask(WESTBOUND);
    desk.ship(EASTBOUND).location = Location::Inside(TWO);
    desk.ship(EASTBOUND).permissions = vec![TWO];
    for count in 1..=canal.max_retries() {
        assert_eq!(desk.decide(), []);
        assert_eq!(desk.controller.retry_count(WESTBOUND), count);
        assert_eq!(desk.controller.requests(), [request]);
    }
    let _ = desk.go_to(Label::DecideGrantOrRetry);
    let until = Wait::Room { ship: WESTBOUND, location: Location::Inside(TWO) };
    let label = Label::DecideGrantOrRetry;
    assert_eq!(desk.step(), Ok(Step::Waiting { label, until }));
    // There is room, and the lock is still another ship's.
    desk.ship(EASTBOUND).location = Location::Outside(Pound(1));
    assert_eq!(desk.step(), Ok(Step::Taken { label, effects: Vec::new() }));
    assert_eq!(desk.controller.retry_count(WESTBOUND), 0);
    assert!(desk.controller.registers().granted);
}

#[test]
fn exits_come_first() {
    let mut desk = Desk::new(ExitsFirst::default());
    let entry = desk.ask(WESTBOUND);
    desk.ship(EASTBOUND).location = Location::Inside(ONE);
    let exit = desk.ask(EASTBOUND);
    assert_eq!(desk.controller.requests(), []);
    assert_eq!(desk.controller.entry_requests(), [entry]);
    assert_eq!(desk.controller.exit_requests(), [exit]);
    let _ = desk.go_to(Label::CheckConditions);
    assert_eq!(desk.controller.registers().request, exit);
    // Denied, each returns to where it came from.
    desk.ship(WESTBOUND).permissions = vec![ONE, TWO];
    let _ = desk.decide();
    assert_eq!(desk.controller.exit_requests(), [exit]);
    assert_eq!(desk.controller.entry_requests(), [entry]);
}

#[test]
fn a_busy_lock_is_free_when_its_owner_has_moved() {
    let canal = canal(2, 2, 2);
    let mut desk = Desk::new(BusyLocks::new(&canal));
    desk.ask(WESTBOUND);
    let _ = desk.decide();
    assert_eq!(desk.controller.lock_owner(TWO), Some(WESTBOUND));
    assert!(desk.controller.is_lock_busy(TWO) && !desk.controller.is_lock_busy(ONE));

    // No permission is outstanding, and there is room: only the owner is in the way.
    let middle = Location::Outside(Pound(1));
    desk.ship(EASTBOUND).location = middle;
    let denied = desk.ask(EASTBOUND);
    assert_eq!(desk.decide(), []);
    assert_eq!(desk.controller.requests(), [denied]);

    desk.ship(WESTBOUND).location = middle;
    desk.ship(WESTBOUND).moved = true;
    let _ = desk.go_to(Label::ReleaseLocks);
    let step = desk.step().unwrap();
    assert_eq!(step.effects(), [Effect::Acknowledge { ship: WESTBOUND }]);
    assert_eq!(desk.controller.lock_owner(TWO), None);
    let _ = desk.decide();
    assert_eq!(desk.controller.lock_owner(TWO), Some(EASTBOUND));
}

#[test]
fn await_move_closes_the_door_behind_the_ship() {
    let mut desk = Desk::new(AwaitMove);
    let request = desk.ask(WESTBOUND);
    let _ = desk.go_to(Label::WaitForShipMovement);
    let label = Label::WaitForShipMovement;
    let until = Wait::Movement { ship: WESTBOUND };
    assert_eq!(desk.step(), Ok(Step::Waiting { label, until }));
    let again = desk.controller.request(&desk.canal, &desk.sensors, request);
    assert_eq!(again, Err(RequestError::AlreadyRequested { ship: WESTBOUND }));

    desk.ship(WESTBOUND).moved = true;
    desk.ship(WESTBOUND).location = Location::Inside(TWO);
    // The ship may ask for its way out before the movement has been noticed.
    let exit = desk.ask(WESTBOUND);
    assert_eq!(desk.controller.requests(), [exit]);
    let command = LockCommand::Door { side: Side::East, to: Opening::Closed };
    let effects =
        vec![Effect::Acknowledge { ship: WESTBOUND }, Effect::Command { lock: TWO, command }];
    assert_eq!(desk.step(), Ok(Step::Taken { label, effects }));
    desk.obey(TWO, command);
    let _ = desk.go_to(Label::NextRequest);
}

#[test]
fn movements_that_cannot_be_are_errors() {
    let mut desk = Desk::new(AwaitMove);
    desk.ask(WESTBOUND);
    let _ = desk.go_to(Label::GrantPermission);
    desk.ship(WESTBOUND).moved = true;
    assert_eq!(desk.step(), Err(StepError::StaleMovement { ship: WESTBOUND }));
    desk.ship(WESTBOUND).moved = false;
    let _ = desk.step().unwrap();
    desk.ship(WESTBOUND).moved = true;
    let (location, target) = (Location::Outside(Pound(2)), Location::Inside(TWO));
    let error = StepError::MovedElsewhere { ship: WESTBOUND, location, target };
    assert_eq!(desk.step(), Err(error));
}
