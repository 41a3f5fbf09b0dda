//! Canal locks without I/O: controllers that decide when a ship may pass a door, and operate the
//! locks.
//!
//! Ships go back and forth through a canal of locks. A ship asks for the door ahead to be opened; a
//! controller levels the water, opens the door and gives the ship a permission; the ship moves. The
//! controller is a step machine: it takes readings of sensors and returns effects. It has no
//! clocks, threads or machinery, so it runs on any plant, and a model checker can take every
//! possible step.
//!
//! # How a ship passes a door
//!
//! 1. The [`Canal`] has the numbers of locks and ships, the orientations of the locks and the
//!    capacities. It is passed to every call.
//! 2. A ship makes a [`Request`]. An invalid one is refused with a [`RequestError`].
//! 3. The controller takes one [`Step`] at a time, with a reading of the [`Sensors`]. Each step has
//!    a [`Label`] of the spec and returns [`Effect`]s: a [`LockCommand`], a permission, or the
//!    acknowledgement of a movement. If the step cannot be taken, it returns the [`Wait`] that
//!    blocks it.
//! 4. An [`Interlock`] may stand between the controller and the locks. It refuses unsafe commands
//!    of any controller.
//!
//! # The controllers
//!
//! A [`Controller`] serves one request at a time, and differs by [`Policy`]. [`Keepers`] serve all
//! locks at the same time. [`AnyController`] is any of these, chosen by [`Scheme`]. In the spec as
//! given, ships take a permission some time before they move.
//!
//! | scheme | spec | order of service | with such ships |
//! |---|---|---|---|
//! | [`ImmediateRetry`] | `option1` | in order; a denied ship queues again | closes a door on a ship |
//! | [`RetryQueue`] | `option2` | as above, from a second queue | closes a door on a ship |
//! | [`RetryLimit`] | `option4` | as above, then waits for room | closes a door on a ship; can wait for ever |
//! | [`ExitsFirst`] | `optionC` | ships in locks first | closes a door on a ship |
//! | [`BusyLocks`] | `alpha` | in order; a lock is its ship's until that has moved | can overfill a pound |
//! | [`AwaitMove`] | `await_move` | in order, and waits until the ship has moved | can overfill a pound |
//! | [`Keepers`] | `keepers` | for each lock the oldest that cannot get stuck | safe, and every ship goes on |
//!
//! The first six are kept as they were designed, with their faults; use [`Keepers`].
//!
//! # Obligations of the caller
//!
//! - A step is one atomic action. From the reading of the sensors until its effects are carried
//!   out, nothing that it reads or changes may change otherwise. Between steps, anything may
//!   change.
//! - Each effect is carried out exactly once. After a lost command the controller waits for ever; a
//!   lost acknowledgement is a [`StepError`] before the ship's next permission.
//! - Controllers can be written to disk after each step, and restored.
//!
//! # Limits
//!
//! Locks and ships do not change while the canal is in use, and a request cannot be taken back. A
//! ship that stops in a lock for good stops that lock, and with a sequential controller may stop
//! the canal. [`Keepers`] let one ship at a time into a lock, even if more would fit.
//!
//! # Example
//!
//! A ship passes a lock whose machinery carries out commands at once. One round of a plant's loop:
//! take a ship's request, let each worker step until it waits, carry out the effects.
//!
//! ```
//! use mitregate_canal_lock::{
//!     AnyController, Canal, CanalConfig, Effect, Interlock, Level, Location, LockCommand, Opening,
//!     Scheme, Sensors, ShipId, Side, Step,
//! };
//!
//! let canal = Canal::try_from(CanalConfig::new(1, 1))?;
//! let mut controller = AnyController::new(&canal, Scheme::Keepers)?;
//! let mut sensors = Sensors::at_start(&canal);
//! let ship = ShipId(1);
//! while sensors.ships[0].location != canal.east_end() {
//!     let (location, heading) = (sensors.ships[0].location, sensors.ships[0].heading);
//!     let request = canal.way_on(ship, location, heading).ok_or("the canal ends here")?;
//!     controller.request(&canal, &sensors, request)?;
//!     for worker in controller.workers(&canal) {
//!         while let Step::Taken { effects, .. } =
//!             Interlock.step(&mut controller, &canal, worker, &sensors)?
//!         {
//!             for effect in effects {
//!                 carry_out(effect, &mut sensors);
//!             }
//!         }
//!     }
//! }
//!
//! // A real plant drives motors here, and reads the sensors anew before each step.
//! fn carry_out(effect: Effect, sensors: &mut Sensors) {
//!     let (lock, ship) = (&mut sensors.locks[0], &mut sensors.ships[0]);
//!     match effect {
//!         Effect::Command { command: LockCommand::Door { side, to }, .. } => match side {
//!             Side::West => lock.doors.west = to,
//!             Side::East => lock.doors.east = to,
//!         },
//!         Effect::Command { command: LockCommand::Valve { level, to }, .. } => {
//!             match level {
//!                 Level::Low => lock.valves.low = to,
//!                 Level::High => lock.valves.high = to,
//!             }
//!             if to == Opening::Open {
//!                 lock.level = level;
//!             }
//!         }
//!         // The ship moves as soon as it may.
//!         Effect::Permit { .. } => {
//!             ship.location = ship.location.next(ship.heading).unwrap_or(ship.location);
//!             ship.moved = true;
//!         }
//!         Effect::Acknowledge { .. } => ship.moved = false,
//!     }
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod any;
mod canal;
mod controller;
mod interlock;
mod keepers;
mod lockage;
mod place;
mod policy;
mod request;
mod sensors;
mod step;

pub use any::{AnyController, Scheme, Worker};
pub use canal::{Canal, CanalConfig, CanalError, Start};
pub use controller::Controller;
pub use interlock::{Interlock, InterlockError, Refusal};
pub use keepers::{Keepers, KeepersError};
pub use lockage::Registers;
pub use place::{Direction, Level, Location, LockId, Orientation, Pound, ShipId, Side};
pub use policy::{
    AwaitMove, BusyLocks, ExitsFirst, ImmediateRetry, Policy, RetryLimit, RetryQueue,
};
pub use request::{Request, RequestError, RequestKind};
pub use sensors::{Doors, LockReading, Opening, Sensors, ShipReading, Valves};
pub use step::{Effect, Label, LockCommand, Step, StepError, Wait};

#[cfg(test)]
mod explore_tests;
#[cfg(test)]
mod policy_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod testing;

// The code of the README is a doc test.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
