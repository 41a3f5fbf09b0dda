//! The durations, and the queue of events.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Simulated time since the start, in milliseconds.
pub type Millis = u64;

/// The durations, in simulated milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Durations {
    /// A door opens or closes.
    pub door: Millis,
    /// A valve opens or closes.
    pub valve: Millis,
    /// The machinery finds that there is nothing to move.
    pub nothing: Millis,
    /// The water of a lock rises or falls.
    pub water: Millis,
    /// A ship notices its permission, and takes it.
    pub notice: Millis,
    /// A ship that has taken its permission casts off.
    pub cast_off: Millis,
    /// A ship goes through a door.
    pub passage: Millis,
    /// A ship makes fast in a lock, before it asks for the door ahead.
    pub make_fast: Millis,
    /// A ship crosses a pound, before it asks for the next lock.
    pub pound: Millis,
    /// A ship turns round at an end of the canal.
    pub turn: Millis,
    /// A ship that met a closed door, or was refused, waits before it asks again.
    pub again: Millis,
    /// A controller takes a step.
    pub step: Millis,
    /// By how many percent each of these but the last may be longer or shorter.
    pub jitter: u64,
}

impl Durations {
    /// A canal for large ships.
    pub const USUAL: Durations = Durations {
        door: 60_000,
        valve: 20_000,
        nothing: 2_000,
        water: 240_000,
        notice: 10_000,
        cast_off: 20_000,
        passage: 90_000,
        make_fast: 30_000,
        pound: 300_000,
        turn: 300_000,
        again: 60_000,
        step: 1_000,
        jitter: 15,
    };

    /// The durations in words, for the help.
    pub fn words(&self) -> String {
        let seconds = |millis: Millis| millis / 1000;
        format!(
            "Durations in simulated seconds, each up to {}% longer or shorter by the seed: door {}, valve \
             {}, nothing to move {}, water {}; a ship takes its permission after {}, casts off for {}, \
             passes a door in {}, makes fast in {}, crosses a pound in {}, turns round in {}, asks again \
             after {}. A step of the controller takes {}.",
            self.jitter,
            seconds(self.door),
            seconds(self.valve),
            seconds(self.nothing),
            seconds(self.water),
            seconds(self.notice),
            seconds(self.cast_off),
            seconds(self.passage),
            seconds(self.make_fast),
            seconds(self.pound),
            seconds(self.turn),
            seconds(self.again),
            seconds(self.step),
        )
    }

    /// A duration, longer or shorter at random.
    pub fn by_chance(&self, usual: Millis, rng: &mut fastrand::Rng) -> Millis {
        let most = usual * self.jitter / 100;
        usual - most + rng.u64(0..=2 * most)
    }
}

/// An event of the plant or the controller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    /// The machinery of a lock has carried out its command. Locks and ships are given by their
    /// indices.
    Finished(usize),
    /// The water of a lock has reached the other level, unless the flow of that number was stopped.
    Level {
        /// The lock.
        lock: usize,
        /// The flow.
        flow: u32,
    },
    /// A ship asks for the door ahead.
    Ask(usize),
    /// A ship takes its permission.
    Take(usize),
    /// A ship has cast off, and comes to the door.
    AtDoor(usize),
    /// A ship has passed the door.
    Passed(usize),
    /// A ship has turned round.
    Turned(usize),
    /// A worker of the controller takes a step.
    Step(usize),
}

/// Events in the order of their times; of several at one time, the one planned first comes first.
#[derive(Clone, Debug, Default)]
pub struct Queue {
    events: BinaryHeap<Reverse<(Millis, u64, Event)>>,
    planned: u64,
    /// How many of them are not steps of the controller.
    of_the_plant: usize,
}

impl Queue {
    /// Plans an event.
    pub fn plan(&mut self, at: Millis, event: Event) {
        self.events.push(Reverse((at, self.planned, event)));
        self.planned += 1;
        self.of_the_plant += usize::from(!matches!(event, Event::Step(_)));
    }

    /// The time of the next event.
    pub fn next_time(&self) -> Option<Millis> {
        self.events.peek().map(|Reverse((at, _, _))| *at)
    }

    /// Takes the next event.
    pub fn pop(&mut self) -> Option<(Millis, Event)> {
        let Reverse((at, _, event)) = self.events.pop()?;
        self.of_the_plant -= usize::from(!matches!(event, Event::Step(_)));
        Some((at, event))
    }

    /// Whether only steps of the controller are queued.
    pub fn is_left_to_the_controller(&self) -> bool {
        self.of_the_plant == 0
    }
}

/// A time as hours, minutes and seconds.
pub fn clock(time: Millis) -> String {
    let seconds = time / 1000;
    format!("{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_in_the_order_of_their_times_and_then_of_planning() {
        let mut queue = Queue::default();
        for (at, event) in [(5, Event::Ask(0)), (3, Event::Turned(1)), (3, Event::Step(0))] {
            queue.plan(at, event);
        }
        assert_eq!(queue.next_time(), Some(3));
        assert_eq!(queue.pop(), Some((3, Event::Turned(1))));
        assert_eq!(queue.pop(), Some((3, Event::Step(0))));
        assert!(!queue.is_left_to_the_controller());
        assert_eq!(queue.pop(), Some((5, Event::Ask(0))));
        assert!(queue.is_left_to_the_controller());
        assert_eq!(queue.pop(), None);
    }

    #[test]
    fn chance_stays_within_the_jitter_and_uses_it() {
        let mut rng = fastrand::Rng::with_seed(1);
        let drawn: Vec<_> = (0..2000).map(|_| Durations::USUAL.by_chance(100, &mut rng)).collect();
        assert_eq!(drawn.iter().min(), Some(&85));
        assert_eq!(drawn.iter().max(), Some(&115));
    }

    #[test]
    fn the_clock_goes_on_after_a_day() {
        assert_eq!(clock(90_061_999), "25:01:01");
    }
}
