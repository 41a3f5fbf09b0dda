//! The events of the plant: commands finish, water reaches its level, ships move.

use super::drive::{Operation, lock_id};
use super::log::LogEntry;
use super::plant::{Doing, place, ship_id};
use super::times::Event;
use mitregate_canal_lock::Location;
use mitregate_models::canal_lock::constants::ShipProcess;

impl Operation {
    /// Handles an event of the plant.
    pub(super) fn handle(&mut self, event: Event) {
        match event {
            Event::Finished(lock) => self.finished(lock),
            Event::Level { lock, flow } => {
                if let Some(level) = self.plant.level(lock, flow) {
                    if let Some(tracer) = &mut self.tracer {
                        tracer.level(lock, &self.plant);
                    }
                    self.note(LogEntry::Level { lock: lock_id(lock), level });
                }
            }
            Event::Ask(ship) => self.ask(ship),
            Event::Take(ship) => {
                if self.setup.ship_process == ShipProcess::AsGiven {
                    self.drop_permission(ship);
                }
                if let Some(tracer) = &mut self.tracer {
                    tracer.took(ship, &self.plant);
                }
                self.plant.doing[ship] = Doing::CastingOff;
                self.plan(self.setup.durations.cast_off, Event::AtDoor(ship));
            }
            Event::AtDoor(ship) => self.at_door(ship),
            Event::Passed(ship) => self.passed(ship),
            Event::Turned(ship) => {
                let heading = self.plant.turn(ship);
                if let Some(tracer) = &mut self.tracer {
                    tracer.turned(ship, &self.plant);
                }
                self.plant.doing[ship] = Doing::Sailing;
                self.note(LogEntry::Turned { ship: ship_id(ship), heading });
                self.plan(self.setup.durations.pound, Event::Ask(ship));
            }
            // The controller's steps are handled elsewhere.
            Event::Step(_) => {}
        }
    }

    fn finished(&mut self, lock: usize) {
        let before = *self.plant.lock(lock);
        let Some((command, runs_to)) = self.plant.finish(lock) else { return };
        if let Some(tracer) = &mut self.tracer {
            tracer.finished(lock, &self.plant);
        }
        if !before.satisfies(command) {
            self.note(LogEntry::Moved { lock: lock_id(lock), command });
        }
        if runs_to.is_some() {
            let flow = self.plant.machinery[lock].flow;
            self.plan(self.setup.durations.water, Event::Level { lock, flow });
        }
    }

    fn ask(&mut self, ship: usize) {
        let canal = &self.setup.canal;
        let Some(request) = self.plant.door_ahead(canal, ship) else { return };
        match self.controller.request(canal, &self.plant.sensors, request) {
            Ok(()) => {
                self.plant.doing[ship] = Doing::Waiting(self.now);
                if let Some(tracer) = &mut self.tracer {
                    tracer.asked(ship, &self.controller, &self.plant);
                }
                self.note(LogEntry::Asks(request));
            }
            Err(error) => {
                self.counts.refused += 1;
                self.note(LogEntry::Refused(error));
                self.plan(self.setup.durations.again, Event::Ask(ship));
            }
        }
    }

    fn at_door(&mut self, ship: usize) {
        let Some(door) = self.plant.door_ahead(&self.setup.canal, ship) else { return };
        if self.plant.is_passable(place(door.lock.0), door.side) {
            self.plant.doing[ship] = Doing::InDoorway { hit: false };
            self.plan(self.setup.durations.passage, Event::Passed(ship));
        } else {
            self.counts.ships[ship].collisions += 1;
            self.note(LogEntry::MetClosedDoor(door));
            self.ask_again(ship);
        }
    }

    fn passed(&mut self, ship: usize) {
        if self.plant.doing[ship] == (Doing::InDoorway { hit: true }) {
            self.ask_again(ship);
            return;
        }
        self.drop_permission(ship);
        let left = self.plant.sensors.ships[ship].location;
        let at = self.plant.move_on(&self.setup.canal, ship);
        if let Some(tracer) = &mut self.tracer {
            tracer.passed(ship, left, &self.plant);
        }
        self.note(LogEntry::Arrives { ship: ship_id(ship), at });
        let count = &mut self.counts.ships[ship];
        count.doors += 1;
        if let Location::Inside(lock) = left {
            count.lockages += 1;
            self.counts.locks[place(lock.0)].lockages += 1;
        }
        let (ships, capacity) = (self.plant.sensors.ships_at(at), self.setup.canal.capacity(at));
        if ships > usize::from(capacity) {
            self.counts.overfull += 1;
            self.note(LogEntry::Overfull { at, ships, capacity });
        }
        self.sail_on(ship, at);
    }

    /// Plans a ship's next event after its arrival.
    fn sail_on(&mut self, ship: usize, at: Location) {
        let takes = self.setup.durations;
        self.plant.doing[ship] = Doing::Sailing;
        match at {
            Location::Inside(_) => self.plan(takes.make_fast, Event::Ask(ship)),
            Location::Outside(pound) if self.setup.canal.is_end(pound) => {
                self.counts.ships[ship].passages += 1;
                self.plant.doing[ship] = Doing::Turning;
                self.plan(takes.turn, Event::Turned(ship));
            }
            Location::Outside(_) => self.plan(takes.pound, Event::Ask(ship)),
        }
    }

    /// After a collision a ship makes fast where it is, and asks again.
    fn ask_again(&mut self, ship: usize) {
        self.drop_permission(ship);
        self.plant.doing[ship] = Doing::Sailing;
        self.plan(self.setup.durations.again, Event::Ask(ship));
    }

    fn drop_permission(&mut self, ship: usize) {
        self.plant.sensors.ships[ship].permissions.clear();
    }
}
