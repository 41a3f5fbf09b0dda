//! One interface for all controllers.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::canal::Canal;
use super::controller::Controller;
use super::keepers::{Keepers, KeepersError};
use super::lockage::Registers;
use super::place::LockId;
use super::policy::{AwaitMove, BusyLocks, ExitsFirst, ImmediateRetry, RetryLimit, RetryQueue};
use super::request::{Request, RequestError};
use super::sensors::Sensors;
use super::step::{Label, Step, StepError};

/// All controllers: the values of the spec's constant `Controller`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Scheme {
    /// [`ImmediateRetry`].
    ImmediateRetry,
    /// [`RetryQueue`].
    RetryQueue,
    /// [`RetryLimit`].
    RetryLimit,
    /// [`ExitsFirst`].
    ExitsFirst,
    /// [`BusyLocks`].
    BusyLocks,
    /// [`AwaitMove`].
    AwaitMove,
    /// [`Keepers`].
    Keepers,
}

impl Scheme {
    /// All of them.
    pub const ALL: [Scheme; 7] = [
        Scheme::ImmediateRetry,
        Scheme::RetryQueue,
        Scheme::RetryLimit,
        Scheme::ExitsFirst,
        Scheme::BusyLocks,
        Scheme::AwaitMove,
        Scheme::Keepers,
    ];

    /// The spec's name.
    pub fn spec_name(self) -> &'static str {
        match self {
            Scheme::ImmediateRetry => "option1",
            Scheme::RetryQueue => "option2",
            Scheme::RetryLimit => "option4",
            Scheme::ExitsFirst => "optionC",
            Scheme::BusyLocks => "alpha",
            Scheme::AwaitMove => "await_move",
            Scheme::Keepers => "keepers",
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.spec_name())
    }
}

/// A process that takes the steps of a controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Worker {
    /// The one controller of the whole canal.
    Controller,
    /// The keeper of a lock.
    Keeper(LockId),
}

impl Worker {
    /// The spec's name of a step of this worker.
    pub fn spec_name(self, label: Label) -> String {
        match self {
            Worker::Controller => format!("Control{label}"),
            Worker::Keeper(_) => format!("Keeper{label}"),
        }
    }
}

impl fmt::Display for Worker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Worker::Controller => f.write_str("controller"),
            Worker::Keeper(lock) => write!(f, "keeper of {lock}"),
        }
    }
}

/// Any controller.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum AnyController {
    /// One for the whole canal.
    Sequential(Controller),
    /// One for each lock.
    Keepers(Keepers),
}

impl AnyController {
    /// A controller without requests.
    ///
    /// # Errors
    ///
    /// [`KeepersError`] if the scheme is [`Scheme::Keepers`] and the canal is unfit for them.
    pub fn new(canal: &Canal, scheme: Scheme) -> Result<Self, KeepersError> {
        let controller = match scheme {
            Scheme::ImmediateRetry => Controller::new(ImmediateRetry),
            Scheme::RetryQueue => Controller::new(RetryQueue::default()),
            Scheme::RetryLimit => Controller::new(RetryLimit::new(canal)),
            Scheme::ExitsFirst => Controller::new(ExitsFirst::default()),
            Scheme::BusyLocks => Controller::new(BusyLocks::new(canal)),
            Scheme::AwaitMove => Controller::new(AwaitMove),
            Scheme::Keepers => return Keepers::new(canal).map(AnyController::Keepers),
        };
        Ok(AnyController::Sequential(controller))
    }

    /// The workers, each of which steps at its own pace.
    pub fn workers(&self, canal: &Canal) -> Vec<Worker> {
        match self {
            AnyController::Sequential(_) => vec![Worker::Controller],
            AnyController::Keepers(_) => canal.locks().map(Worker::Keeper).collect(),
        }
    }

    /// The step that a worker takes next; `None` if there is no such worker.
    pub fn label(&self, worker: Worker) -> Option<Label> {
        match (self, worker) {
            (AnyController::Sequential(controller), Worker::Controller) => Some(controller.label()),
            (AnyController::Keepers(keepers), Worker::Keeper(lock)) => keepers.label(lock),
            _ => None,
        }
    }

    /// The registers of a worker; those of an idle [`Worker::Controller`] keep its last request.
    /// `None` if it is an idle keeper or if there is no such worker.
    pub fn registers(&self, worker: Worker) -> Option<&Registers> {
        match (self, worker) {
            (AnyController::Sequential(controller), Worker::Controller) => {
                Some(controller.registers())
            }
            (AnyController::Keepers(keepers), Worker::Keeper(lock)) => keepers.serving(lock),
            _ => None,
        }
    }

    /// The spec's `requests`, oldest first.
    pub fn requests(&self) -> &[Request] {
        match self {
            AnyController::Sequential(controller) => controller.requests(),
            AnyController::Keepers(keepers) => keepers.requests(),
        }
    }

    /// Takes a request of a ship.
    ///
    /// # Errors
    ///
    /// [`RequestError`] if the request is invalid at the ship's location, or if the ship has asked
    /// or been permitted before. Then nothing has changed.
    pub fn request(
        &mut self,
        canal: &Canal,
        sensors: &Sensors,
        request: Request,
    ) -> Result<(), RequestError> {
        match self {
            AnyController::Sequential(controller) => controller.request(canal, sensors, request),
            AnyController::Keepers(keepers) => keepers.request(canal, sensors, request),
        }
    }

    /// Takes the next step of a worker, if it can be taken.
    ///
    /// # Errors
    ///
    /// [`StepError`] if there is no such worker, or if the sensors are incomplete or contradict the
    /// worker's state. Then nothing has changed.
    pub fn step(
        &mut self,
        canal: &Canal,
        worker: Worker,
        sensors: &Sensors,
    ) -> Result<Step, StepError> {
        match (self, worker) {
            (AnyController::Sequential(controller), Worker::Controller) => {
                controller.step(canal, sensors)
            }
            (AnyController::Keepers(keepers), Worker::Keeper(lock)) => {
                keepers.step(canal, lock, sensors)
            }
            (AnyController::Sequential(_), Worker::Keeper(lock)) => {
                Err(StepError::NoKeeper { lock })
            }
            (AnyController::Keepers(_), Worker::Controller) => Err(StepError::NoController),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::testing::canal;
    use super::*;

    #[test]
    fn each_scheme_has_its_workers_and_they_have_what_is_theirs() {
        let canal = canal(2, 2, 2);
        let sensors = Sensors::at_start(&canal);
        let reading = &sensors.ships[0];
        let ship = canal.ships().next().unwrap();
        let request = canal.way_on(ship, reading.location, reading.heading).unwrap();
        let keepers: Vec<_> = canal.locks().map(Worker::Keeper).collect();
        for scheme in Scheme::ALL {
            let mut controller = AnyController::new(&canal, scheme).unwrap();
            let has_keepers = scheme == Scheme::Keepers;
            let (workers, others) = if has_keepers {
                (keepers.clone(), vec![Worker::Controller])
            } else {
                (vec![Worker::Controller], keepers.clone())
            };
            assert_eq!(controller.workers(&canal), workers, "{scheme}");
            for worker in workers {
                let first = if has_keepers { Label::TakeRequest } else { Label::NextRequest };
                assert_eq!(controller.label(worker), Some(first), "{scheme}");
                // An idle keeper serves nobody.
                assert_eq!(controller.registers(worker).is_some(), !has_keepers, "{scheme}");
            }
            for worker in others {
                assert_eq!(controller.label(worker), None, "{scheme}");
                assert_eq!(controller.registers(worker), None, "{scheme}");
                assert!(controller.step(&canal, worker, &sensors).is_err(), "{scheme}");
            }
            assert_eq!(controller.requests(), []);
            assert_eq!(controller.request(&canal, &sensors, request), Ok(()));
            // Others may have lists of their own.
            if [Scheme::ImmediateRetry, Scheme::Keepers].contains(&scheme) {
                assert_eq!(controller.requests(), [request], "{scheme}");
            }
            let again = controller.request(&canal, &sensors, request);
            assert!(again.is_err(), "{scheme}: a ship asks once");
        }
    }

    #[test]
    fn a_keeper_that_serves_a_ship_has_registers() {
        let canal = canal(1, 1, 2);
        let sensors = Sensors::at_start(&canal);
        let ship = &sensors.ships[0];
        let first = canal.ships().next().unwrap();
        let request = canal.way_on(first, ship.location, ship.heading).unwrap();
        let mut keepers = AnyController::new(&canal, Scheme::Keepers).unwrap();
        keepers.request(&canal, &sensors, request).unwrap();
        let keeper = Worker::Keeper(request.lock);
        let idle = keepers.label(keeper);
        let _ = keepers.step(&canal, keeper, &sensors).unwrap();
        assert_ne!(keepers.label(keeper), idle);
        assert!(keepers.registers(keeper).is_some() && keepers.requests().is_empty());
    }

    #[test]
    fn names_are_those_of_the_spec() {
        let names = Scheme::ALL.map(Scheme::spec_name);
        let known = ["option1", "option2", "option4", "optionC", "alpha", "await_move", "keepers"];
        assert_eq!(names, known);
        let of = |worker: Worker| worker.spec_name(Label::NextRequest);
        assert_eq!(of(Worker::Controller), "ControlNextRequest");
        assert_eq!(of(Worker::Keeper(LockId(1))), "KeeperNextRequest");
    }
}
