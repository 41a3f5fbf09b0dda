//! A canal in operation: the plant, the ships, and the real controller, event by event.

use std::collections::HashSet;

use super::log::LogEntry;
use super::plant::{Doing, Plant, Work, place};
use super::statistics::{self, Counts, Summary};
use super::times::{Durations, Event, Millis, Queue};
use super::trace::Tracer;
use mitregate_canal_lock::{
    AnyController, Canal, Effect, Interlock, KeepersError, LockCommand, LockId, Scheme, ShipId,
    Step, Worker,
};
use mitregate_models::canal_lock::constants::{ShipProcess, Unfit};

/// The configuration of an operation.
#[derive(Clone, Debug)]
pub struct Setup {
    /// The canal.
    pub canal: Canal,
    /// The controller.
    pub scheme: Scheme,
    /// How ships take their permissions. [`ShipProcess::AtomicMove`] behaves as
    /// [`ShipProcess::ClearAfterMove`]: a ship keeps the permission until it has passed the door.
    pub ship_process: ShipProcess,
    /// How long things take.
    pub durations: Durations,
    /// The seed of the random numbers.
    pub seed: u64,
}

/// Why an operation ended before its time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    /// Nothing can happen any more, since that time.
    Stuck(Millis),
    /// The controller cannot go on.
    Stopped(String),
}

/// A canal in operation.
pub struct Operation {
    pub(super) setup: Setup,
    pub(super) controller: AnyController,
    workers: Vec<Worker>,
    /// Which workers have their next step planned.
    awake: Vec<bool>,
    pub(super) plant: Plant,
    queue: Queue,
    rng: fastrand::Rng,
    pub(super) now: Millis,
    /// When something other than the controller's state changed last.
    last_change: Millis,
    /// The controller's states since then, while no other event was queued.
    seen: HashSet<AnyController>,
    pub(super) counts: Counts,
    log: Vec<(Millis, LogEntry)>,
    pub(super) tracer: Option<Tracer>,
    end: Option<End>,
}

impl Operation {
    /// A canal at its start: each ship comes to its first lock after crossing its pound.
    ///
    /// # Errors
    ///
    /// [`KeepersError`] if the scheme is keepers and the canal is unfit for them.
    pub fn new(setup: Setup) -> Result<Operation, KeepersError> {
        let controller = AnyController::new(&setup.canal, setup.scheme)?;
        let workers = controller.workers(&setup.canal);
        let (ships, locks) = (setup.canal.num_ships().into(), setup.canal.num_locks().into());
        let mut operation = Operation {
            awake: vec![false; workers.len()],
            plant: Plant::at_start(&setup.canal),
            queue: Queue::default(),
            rng: fastrand::Rng::with_seed(setup.seed),
            now: 0,
            last_change: 0,
            seen: HashSet::new(),
            counts: Counts::new(ships, locks),
            log: Vec::new(),
            tracer: None,
            end: None,
            setup,
            controller,
            workers,
        };
        for ship in 0..ships {
            operation.plan(operation.setup.durations.pound, Event::Ask(ship));
        }
        operation.wake();
        Ok(operation)
    }

    /// Logs the operation from now on, its start, as lines for trace validation.
    ///
    /// # Errors
    ///
    /// [`Unfit`] if the spec's port has no such canal.
    pub fn trace(&mut self) -> Result<(), Unfit> {
        self.tracer = Some(Tracer::new(&self.setup, &self.controller)?);
        Ok(())
    }

    /// Takes the lines since the last call.
    pub fn take_trace(&mut self) -> String {
        self.tracer.as_mut().map_or_else(String::new, Tracer::take)
    }

    /// The configuration.
    pub fn setup(&self) -> &Setup {
        &self.setup
    }

    /// The plant as it is.
    pub fn plant(&self) -> &Plant {
        &self.plant
    }

    /// The time.
    pub fn now(&self) -> Millis {
        self.now
    }

    /// The counts.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// Why it ended, if it has.
    pub fn end(&self) -> Option<&End> {
        self.end.as_ref()
    }

    /// Takes the log entries since the last call.
    pub fn take_log(&mut self) -> Vec<(Millis, LogEntry)> {
        std::mem::take(&mut self.log)
    }

    /// Runs up to a time, or to its end; returns whether it can go on.
    pub fn run_until(&mut self, time: Millis) -> bool {
        while self.end.is_none() {
            match self.queue.next_time() {
                Some(at) if at <= time => self.next_event(),
                // The next event is after `time`.
                Some(_) => break,
                None => self.end_stuck(),
            }
        }
        let spent = time.max(self.now);
        self.pass_time(spent);
        self.end.is_none()
    }

    /// The figures up to now.
    pub fn summary(&self, interrupted: bool) -> Summary {
        let mut ships = self.counts.ships.clone();
        for (count, doing) in ships.iter_mut().zip(&self.plant.doing) {
            if let Doing::Waiting(since) = doing {
                count.longest_wait = count.longest_wait.max(self.now - since);
            }
        }
        let total = |of: fn(&statistics::ShipCount) -> u64| ships.iter().map(of).sum::<u64>();
        let lockages: u64 = self.counts.locks.iter().map(|lock| lock.lockages).sum();
        let hours = statistics::seconds(self.now) / 3600.0;
        #[allow(clippy::cast_precision_loss)] // counts are far below 2^53
        let per_hour = if self.now == 0 { 0.0 } else { lockages as f64 / hours };
        let longest = ships.iter().map(|ship| ship.longest_wait).max().unwrap_or(0);
        Summary {
            controller: self.setup.scheme.spec_name(),
            ship_process: self.setup.ship_process.name(),
            seed: self.setup.seed,
            seconds: statistics::seconds(self.now),
            interrupted,
            lockages_per_hour: per_hour,
            mean_wait: statistics::ratio(total(|s| s.waited), total(|s| s.permissions)) / 1000.0,
            longest_wait: statistics::seconds(longest),
            collisions: total(|ship| ship.collisions),
            overfull: self.counts.overfull,
            refused: self.counts.refused,
            stuck_at: match self.end {
                Some(End::Stuck(at)) => Some(statistics::seconds(at)),
                _ => None,
            },
            stopped: match &self.end {
                Some(End::Stopped(why)) => Some(why.clone()),
                _ => None,
            },
            locks: statistics::lock_figures(&self.counts.locks, self.now),
            ships: statistics::ship_figures(&ships),
        }
    }

    fn next_event(&mut self) {
        let Some((at, event)) = self.queue.pop() else { return };
        self.pass_time(at);
        match event {
            Event::Step(worker) => self.step_worker(worker),
            event => {
                self.handle(event);
                self.changed();
            }
        }
    }

    /// Advances the time, and counts the time for which locks are in use.
    fn pass_time(&mut self, to: Millis) {
        for (lock, count) in self.counts.locks.iter_mut().enumerate() {
            if self.plant.is_in_use(&self.setup.canal, lock) {
                count.in_use += to - self.now;
            }
        }
        self.now = to;
    }

    /// Wakes all workers after a change that they may be waiting for.
    fn changed(&mut self) {
        self.last_change = self.now;
        self.seen.clear();
        self.wake();
    }

    fn wake(&mut self) {
        for worker in 0..self.workers.len() {
            if !std::mem::replace(&mut self.awake[worker], true) {
                self.queue.plan(self.now + self.setup.durations.step, Event::Step(worker));
            }
        }
    }

    pub(super) fn plan(&mut self, usual: Millis, event: Event) {
        let after = self.setup.durations.by_chance(usual, &mut self.rng);
        self.queue.plan(self.now + after, event);
    }

    pub(super) fn note(&mut self, entry: LogEntry) {
        self.log.push((self.now, entry));
    }

    fn end_stuck(&mut self) {
        self.note(LogEntry::Stuck);
        self.end = Some(End::Stuck(self.last_change));
    }

    /// A worker takes a step, if it can.
    fn step_worker(&mut self, worker: usize) {
        self.awake[worker] = false;
        let who = self.workers[worker];
        let canal = &self.setup.canal;
        match Interlock.step(&mut self.controller, canal, who, &self.plant.sensors) {
            Err(error) => {
                self.end = Some(End::Stopped(error.to_string()));
                self.note(LogEntry::Stopped(error));
            }
            Ok(Step::Waiting { .. }) => {}
            Ok(Step::Taken { effects, label }) => {
                self.awake[worker] = true;
                self.queue.plan(self.now + self.setup.durations.step, Event::Step(worker));
                for effect in &effects {
                    self.carry_out(*effect);
                }
                if let Some(tracer) = &mut self.tracer {
                    tracer.step(who, label, &effects, &self.controller, &self.plant);
                }
                if !effects.is_empty() {
                    self.changed();
                } else if self.queue.is_left_to_the_controller()
                    // No other event is queued, so a repeated state is a cycle for ever.
                    && !self.seen.insert(self.controller.clone())
                {
                    self.end_stuck();
                }
            }
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Command { lock, command } => self.command(lock, command),
            Effect::Permit { ship, lock } => self.permit(ship, lock),
            Effect::Acknowledge { ship } => {
                self.plant.sensors.ships[place(ship.0)].moved = false;
            }
        }
    }

    fn command(&mut self, lock: LockId, command: LockCommand) {
        let (work, hit) = self.plant.order(&self.setup.canal, place(lock.0), command);
        let takes = self.setup.durations;
        let takes = match work {
            Work::Nothing => takes.nothing,
            Work::Door => takes.door,
            Work::Valve => takes.valve,
        };
        self.plan(takes, Event::Finished(place(lock.0)));
        for ship in hit {
            self.counts.ships[ship].collisions += 1;
            if let Some(door) = self.plant.door_ahead(&self.setup.canal, ship) {
                self.note(LogEntry::ClosedOn(door));
            }
        }
    }

    fn permit(&mut self, ship: ShipId, lock: LockId) {
        let at = place(ship.0);
        self.plant.sensors.ships[at].permissions.push(lock);
        if let Doing::Waiting(since) = self.plant.doing[at] {
            let waited = self.now - since;
            let count = &mut self.counts.ships[at];
            count.permissions += 1;
            count.waited += waited;
            count.longest_wait = count.longest_wait.max(waited);
            self.note(LogEntry::Permitted { ship, lock, waited: waited / 1000 });
        }
        self.plant.doing[at] = Doing::Permitted;
        self.plan(self.setup.durations.notice, Event::Take(at));
    }
}

pub(super) fn lock_id(lock: usize) -> LockId {
    // A canal has no more locks than can be numbered.
    LockId(u16::try_from(lock + 1).unwrap_or(u16::MAX))
}
