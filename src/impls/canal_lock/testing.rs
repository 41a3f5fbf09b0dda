//! A canal for tests: the spec's locks and ships, with any controller.

use std::collections::{HashMap, VecDeque};

use super::*;

/// How a ship treats a permission.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ShipKind {
    /// Takes it in one step, and moves in a later one.
    AsGiven,
    /// Reads it, moves later, and takes it then.
    ClearAfterMove,
    /// Takes it and moves in one step.
    AtomicMove,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum LockPhase {
    WaitForCommand,
    UpdateWaterLevel,
    CommandFinished,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum ShipPhase {
    NextIteration,
    GoalReached,
    Request,
    Wait,
    Move,
    TurnAround,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Machinery {
    phase: LockPhase,
    command: LockCommand,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Helm {
    phase: ShipPhase,
    at_goal: bool,
    permission: Option<LockId>,
}

/// A violation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// A ship moves through a door that is closed.
    Race(ShipId),
    /// More ships than fit.
    Overfull(Location),
    /// Doors, valves and level are inconsistent.
    Unsafe(LockId),
    /// The controller refuses a request.
    Request(RequestError),
    /// The controller or the interlock stops.
    Step(InterlockError),
}

/// A process that takes steps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Actor {
    /// The machinery of a lock.
    Lock(LockId),
    /// A ship.
    Ship(ShipId),
    /// The controller, or a part of it.
    Worker(Worker),
}

/// Controller and plant.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct System {
    pub(super) controller: AnyController,
    pub(super) sensors: Sensors,
    machines: Vec<Machinery>,
    helms: Vec<Helm>,
}

/// The canal of the spec, with another number of ships to a pound.
pub(super) fn canal(locks: u16, ships: u16, max_ships_location: u16) -> Canal {
    let config = CanalConfig { max_ships_location, ..CanalConfig::new(locks, ships) };
    Canal::try_from(config).unwrap()
}

impl System {
    pub(super) fn new(canal: &Canal, scheme: Scheme) -> Self {
        let command = LockCommand::Door { side: Side::West, to: Opening::Closed };
        let machine = Machinery { phase: LockPhase::WaitForCommand, command };
        let helm = Helm { phase: ShipPhase::NextIteration, at_goal: false, permission: None };
        System {
            controller: AnyController::new(canal, scheme).unwrap(),
            sensors: Sensors::at_start(canal),
            machines: canal.locks().map(|_| machine.clone()).collect(),
            helms: canal.ships().map(|_| helm.clone()).collect(),
        }
    }

    pub(super) fn actors(&self, canal: &Canal) -> Vec<Actor> {
        let workers = self.controller.workers(canal).into_iter().map(Actor::Worker);
        let ships = canal.ships().map(Actor::Ship);
        canal.locks().map(Actor::Lock).chain(ships).chain(workers).collect()
    }

    /// Takes a step of an actor; `false` if it has to wait.
    pub(super) fn step(
        &mut self,
        canal: &Canal,
        kind: ShipKind,
        actor: Actor,
    ) -> Result<bool, Fault> {
        let stepped = match actor {
            Actor::Lock(lock) => self.step_lock(canal, lock),
            Actor::Ship(ship) => self.step_ship(canal, kind, ship)?,
            Actor::Worker(worker) => self.step_worker(canal, worker)?,
        };
        self.check(canal)?;
        Ok(stepped)
    }

    fn step_worker(&mut self, canal: &Canal, worker: Worker) -> Result<bool, Fault> {
        let step = Interlock
            .step(&mut self.controller, canal, worker, &self.sensors)
            .map_err(Fault::Step)?;
        for &effect in step.effects() {
            self.carry_out(effect);
        }
        Ok(matches!(step, Step::Taken { .. }))
    }

    pub(super) fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Command { lock, command } => {
                let at = lock.index().unwrap();
                self.machines[at].command = command;
                self.sensors.locks[at].finished = false;
            }
            Effect::Permit { ship, lock } => {
                self.sensors.ships[ship.index().unwrap()].permissions.push(lock);
            }
            Effect::Acknowledge { ship } => {
                self.sensors.ships[ship.index().unwrap()].moved = false;
            }
        }
    }

    fn step_lock(&mut self, canal: &Canal, lock: LockId) -> bool {
        let at = lock.index().unwrap();
        let orientation = canal.orientation(lock).unwrap();
        let (machine, reading) = (&mut self.machines[at], &mut self.sensors.locks[at]);
        match machine.phase {
            LockPhase::WaitForCommand if reading.finished => return false,
            LockPhase::WaitForCommand => {
                *reading = after(*reading, machine.command);
                machine.phase = LockPhase::UpdateWaterLevel;
            }
            LockPhase::UpdateWaterLevel => {
                reading.level = new_level(orientation, *reading);
                machine.phase = LockPhase::CommandFinished;
            }
            LockPhase::CommandFinished => {
                reading.finished = true;
                machine.phase = LockPhase::WaitForCommand;
            }
        }
        true
    }

    fn step_ship(&mut self, canal: &Canal, kind: ShipKind, ship: ShipId) -> Result<bool, Fault> {
        let at = ship.index().unwrap();
        let ShipReading { location, heading, .. } = self.sensors.ships[at];
        let way_on = canal.way_on(ship, location, heading);
        match self.helms[at].phase {
            ShipPhase::NextIteration => {
                self.helms[at].phase = match way_on {
                    _ if self.helms[at].at_goal => ShipPhase::TurnAround,
                    None => ShipPhase::GoalReached,
                    Some(_) => ShipPhase::Request,
                };
            }
            ShipPhase::GoalReached => {
                self.helms[at].at_goal = true;
                self.helms[at].phase = ShipPhase::NextIteration;
            }
            ShipPhase::TurnAround => {
                self.helms[at].at_goal = false;
                self.sensors.ships[at].heading = heading.opposite();
                self.helms[at].phase = ShipPhase::NextIteration;
            }
            ShipPhase::Request => {
                let request = way_on.unwrap();
                self.controller.request(canal, &self.sensors, request).map_err(Fault::Request)?;
                self.helms[at].phase = ShipPhase::Wait;
            }
            ShipPhase::Wait => {
                let permissions = &mut self.sensors.ships[at].permissions;
                let Some(&lock) = permissions.first() else { return Ok(false) };
                assert_eq!(Some(lock), way_on.map(|request| request.lock));
                self.helms[at].permission = Some(lock);
                if kind != ShipKind::ClearAfterMove {
                    permissions.remove(0);
                }
                self.helms[at].phase = ShipPhase::Move;
                if kind == ShipKind::AtomicMove {
                    self.sail(canal, kind, ship)?;
                }
            }
            ShipPhase::Move => self.sail(canal, kind, ship)?,
        }
        Ok(true)
    }

    fn sail(&mut self, canal: &Canal, kind: ShipKind, ship: ShipId) -> Result<(), Fault> {
        let at = ship.index().unwrap();
        let reading = &mut self.sensors.ships[at];
        let request = canal.way_on(ship, reading.location, reading.heading).unwrap();
        let lock = self.sensors.locks[request.lock.index().unwrap()];
        if !lock.doors.at(request.side).is_open() {
            return Err(Fault::Race(ship));
        }
        reading.location = canal.beyond(reading.location, reading.heading).unwrap();
        reading.moved = true;
        if kind == ShipKind::ClearAfterMove {
            reading.permissions.remove(0);
        }
        self.helms[at].phase = ShipPhase::NextIteration;
        Ok(())
    }

    /// The ship that has sailed since, if one has.
    fn sailed_from(&self, before: &System) -> Option<ShipId> {
        let both = self.sensors.ships.iter().zip(&before.sensors.ships);
        let at = both.into_iter().position(|(now, then)| now.location != then.location)?;
        u16::try_from(at + 1).ok().map(ShipId)
    }

    fn check(&self, canal: &Canal) -> Result<(), Fault> {
        for ship in &self.sensors.ships {
            let location = ship.location;
            if self.sensors.ships_at(location) > usize::from(canal.capacity(location)) {
                return Err(Fault::Overfull(location));
            }
        }
        for (lock, reading) in canal.locks().zip(&self.sensors.locks) {
            if !is_safe(canal.orientation(lock).unwrap(), *reading) {
                return Err(Fault::Unsafe(lock));
            }
        }
        Ok(())
    }
}

/// The safety invariant of a lock, stated without the interlock: doors and valves are open to one
/// level only, and open doors are at the level of the water once the lock has finished.
pub(super) fn is_safe(orientation: Orientation, lock: LockReading) -> bool {
    let open_to = |level: Level| {
        let door = lock.doors.at(orientation.side(level)).is_open();
        (door, door || lock.valves.at(level).is_open())
    };
    let ((low_door, low), (high_door, high)) = (open_to(Level::Low), open_to(Level::High));
    !(low && high)
        && (!low_door || lock.level == Level::Low)
        && (!high_door || lock.level == Level::High)
}

/// The lock after a command is carried out; the water follows later.
pub(super) fn after(mut lock: LockReading, command: LockCommand) -> LockReading {
    match command {
        LockCommand::Door { side: Side::West, to } => lock.doors.west = to,
        LockCommand::Door { side: Side::East, to } => lock.doors.east = to,
        LockCommand::Valve { level: Level::Low, to } => lock.valves.low = to,
        LockCommand::Valve { level: Level::High, to } => lock.valves.high = to,
    }
    lock
}

fn new_level(orientation: Orientation, lock: LockReading) -> Level {
    let reaches = |level: &Level| {
        lock.valves.at(*level).is_open() || lock.doors.at(orientation.side(*level)).is_open()
    };
    [Level::Low, Level::High].into_iter().find(reaches).unwrap_or(lock.level)
}

/// The result of an exploration. The length of a path is the number of its states.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Found {
    /// The number of states.
    pub(super) states: usize,
    /// The greatest length of a shortest path to a state.
    pub(super) depth: usize,
    /// The first violation, and the length of the path to the state before it.
    pub(super) fault: Option<(Fault, usize)>,
    /// The length of the path to the first deadlock.
    pub(super) stuck: Option<usize>,
    /// Ships that can reach a state after which they never sail again.
    pub(super) stranded: Vec<ShipId>,
}

/// Explores all states breadth-first, up to the first violation.
pub(super) fn explore(canal: &Canal, scheme: Scheme, kind: ShipKind) -> Found {
    let start = System::new(canal, scheme);
    let actors = start.actors(canal);
    let mut found = Found { states: 0, depth: 0, fault: None, stuck: None, stranded: Vec::new() };
    let mut indexes = HashMap::from([(start.clone(), 0)]);
    let mut graph = vec![Node::default()];
    let mut queue = VecDeque::from([(start, 1)]);
    while let Some((system, depth)) = queue.pop_front() {
        found.depth = depth;
        let from = indexes[&system];
        let mut is_stuck = true;
        for &actor in &actors {
            let mut next = system.clone();
            match next.step(canal, kind, actor) {
                Ok(false) => continue,
                Ok(true) => is_stuck = false,
                Err(fault) => {
                    return Found { fault: Some((fault, depth)), states: graph.len(), ..found };
                }
            }
            graph[from].sailing.extend(next.sailed_from(&system));
            let to = *indexes.entry(next.clone()).or_insert_with(|| {
                queue.push_back((next, depth + 1));
                graph.push(Node::default());
                graph.len() - 1
            });
            graph[to].sources.push(from);
        }
        if is_stuck && found.stuck.is_none() {
            found.stuck = Some(depth);
        }
    }
    let is_stranded = |&ship: &ShipId| !can_always_sail(&graph, ship);
    let stranded = canal.ships().filter(is_stranded).collect();
    Found { states: graph.len(), stranded, ..found }
}

/// A state of the graph: its predecessors, and the ships that sail from it.
#[derive(Default)]
struct Node {
    sources: Vec<usize>,
    sailing: Vec<ShipId>,
}

/// Whether a step in which the ship sails can be reached from every state.
fn can_always_sail(graph: &[Node], ship: ShipId) -> bool {
    let mut reaches: Vec<bool> = graph.iter().map(|node| node.sailing.contains(&ship)).collect();
    let mut open: Vec<usize> = (0..graph.len()).filter(|&at| reaches[at]).collect();
    while let Some(at) = open.pop() {
        for &source in &graph[at].sources {
            if !reaches[source] {
                reaches[source] = true;
                open.push(source);
            }
        }
    }
    reaches.into_iter().all(|reaches| reaches)
}

/// A small generator of random numbers: Steele, Lea and Flood's `SplitMix64` (2014).
pub(super) struct Dice(pub(super) u64);

impl Dice {
    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^= mixed >> 31;
        usize::try_from(mixed % sides as u64).unwrap()
    }
}

/// Steps random actors, and returns how often each ship has sailed.
///
/// One actor at a time is asleep for a while: at equal speeds, a ship would almost always have
/// moved before a door could close on it.
pub(super) fn walk(
    system: &mut System,
    canal: &Canal,
    kind: ShipKind,
    steps: usize,
    dice: &mut Dice,
) -> Result<Vec<usize>, Fault> {
    let actors = system.actors(canal);
    let mut sailed = vec![0; usize::from(canal.num_ships())];
    let mut asleep = dice.roll(actors.len());
    for _ in 0..steps {
        if dice.roll(500) == 0 {
            asleep = dice.roll(actors.len());
        }
        let chosen = dice.roll(actors.len());
        if chosen == asleep {
            continue;
        }
        let actor = actors[chosen];
        let before = system.sensors.clone();
        system.step(canal, kind, actor)?;
        for (at, count) in sailed.iter_mut().enumerate() {
            *count += usize::from(system.sensors.ships[at].location != before.ships[at].location);
        }
    }
    Ok(sailed)
}
