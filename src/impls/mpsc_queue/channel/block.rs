//! Calls that block their thread.

use std::time::{Duration, Instant};

use super::{RawConsumer, RawProducer};
use crate::algorithm::{OnEmpty, OnFull, Popped, Pushed};
use crate::error::{PopTimeoutError, PushTimeoutError, TryPopError, TryPushError};
use crate::platform::Threads;
use crate::sleepers::{Sleeper, WaitsFor};

impl<T, P: Threads> RawProducer<T, P> {
    #[inline]
    pub(crate) fn push(
        &mut self,
        message: T,
        deadline: Option<Instant>,
    ) -> Result<(), PushTimeoutError<T>> {
        match self.attempt(message, OnFull::Report) {
            Ok(()) => Ok(()),
            Err(TryPushError::Closed(message)) => Err(PushTimeoutError::Closed(message)),
            Err(TryPushError::Full(message)) => self.push_slowly(message, deadline),
        }
    }

    /// Waits until the message can be pushed.
    #[cold]
    fn push_slowly(
        &mut self,
        mut message: T,
        deadline: Option<Instant>,
    ) -> Result<(), PushTimeoutError<T>> {
        let mut attempts = 0;
        while P::linger(attempts) && !is_over(deadline) {
            message = match self.attempt(message, OnFull::Report) {
                Ok(()) => return Ok(()),
                Err(TryPushError::Closed(message)) => {
                    return Err(PushTimeoutError::Closed(message));
                }
                Err(TryPushError::Full(message)) => message,
            };
            attempts += 1;
        }
        let mut cargo = Some(message);
        attempts = 0;
        let pushed = loop {
            // Registered before the waiter bit is set.
            self.shared.sleepers().enlist(WaitsFor::Room, Sleeper::current());
            let pushed;
            (pushed, cargo) = self.run(cargo, OnFull::Sleep);
            match pushed {
                Pushed::Asleep | Pushed::Asked if is_over(deadline) => break pushed,
                Pushed::Asleep => P::sleep(deadline.map(left_until)),
                Pushed::Asked => {
                    P::back_off(attempts, deadline.map(left_until));
                    attempts += 1;
                }
                Pushed::Accepted(_) | Pushed::Full | Pushed::Closed => break pushed,
            }
        };
        self.shared.sleepers().strike_current(WaitsFor::Room);
        match (pushed, cargo) {
            (Pushed::Closed, Some(message)) => Err(PushTimeoutError::Closed(message)),
            (Pushed::Asleep | Pushed::Asked | Pushed::Full, Some(message)) => {
                Err(PushTimeoutError::Timeout(message))
            }
            _ => Ok(()),
        }
    }

    /// Sleeps until the consumer has closed the queue or is gone, or until the deadline. Whether it has.
    pub(crate) fn wait_closed(&self, deadline: Option<Instant>) -> bool {
        loop {
            // Registered before the flag is looked at.
            self.shared.sleepers().enlist(WaitsFor::Closing, Sleeper::current());
            let is_closed = self.view().is_closed();
            if is_closed || is_over(deadline) {
                self.shared.sleepers().strike_current(WaitsFor::Closing);
                return is_closed;
            }
            P::sleep(deadline.map(left_until));
        }
    }
}

impl<T, P: Threads> RawConsumer<T, P> {
    #[inline]
    pub(crate) fn pop(&mut self, deadline: Option<Instant>) -> Result<T, PopTimeoutError> {
        match self.try_pop() {
            Ok(message) => Ok(message),
            Err(TryPopError::Closed) => Err(PopTimeoutError::Closed),
            Err(TryPopError::Empty | TryPopError::Pending) => self.pop_slowly(deadline),
        }
    }

    /// Waits until there is a message.
    #[cold]
    fn pop_slowly(&mut self, deadline: Option<Instant>) -> Result<T, PopTimeoutError> {
        let mut attempts = 0;
        while P::linger(attempts) && !is_over(deadline) {
            match self.try_pop() {
                Ok(message) => return Ok(message),
                Err(TryPopError::Closed) => return Err(PopTimeoutError::Closed),
                Err(TryPopError::Empty | TryPopError::Pending) => attempts += 1,
            }
        }
        attempts = 0;
        let outcome = loop {
            // Registered before the waiter bit is set.
            self.shared.sleepers().enlist(WaitsFor::Message, Sleeper::current());
            let (popped, message) = self.run(None, OnEmpty::Sleep);
            if let Some(message) = message {
                break Ok(message);
            }
            if popped == Popped::Closed {
                break Err(PopTimeoutError::Closed);
            }
            if is_over(deadline) {
                break Err(PopTimeoutError::Timeout);
            }
            if popped == Popped::Pending {
                // The producer has reserved the position and is about to publish the message.
                P::back_off(attempts, deadline.map(left_until));
                attempts += 1;
            } else {
                P::sleep(deadline.map(left_until));
                attempts = 0;
            }
        };
        self.shared.sleepers().strike_current(WaitsFor::Message);
        outcome
    }
}

fn is_over(deadline: Option<Instant>) -> bool {
    deadline.is_some_and(|deadline| Instant::now() >= deadline)
}

fn left_until(deadline: Instant) -> Duration {
    deadline.saturating_duration_since(Instant::now())
}
