//! [`Actors`] beside Stateright's `ActorModel`, on nodes that do all that nodes can do: send, save, set and cancel timers,
//! ignore what comes, crash, and talk to somebody who is not there.

use std::borrow::Cow;
use std::collections::HashSet;
use std::time::Duration;

use mitregate::actors::{Action, Actors, Envelope, InTransit, Transport};
use mitregate::check::{Interned, Model as _};
use mitregate::stateright::actor::{Actor, Id, Out};

use crate::actor_model::Both;

/// Counts what comes up to a limit, and answers; every second time it saves.
#[derive(Clone, Copy, Debug)]
struct Counter {
    limit: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Timer {
    Again,
    Later,
}

const SOON: std::ops::Range<Duration> = Duration::ZERO..Duration::ZERO;

impl Actor for Counter {
    type Msg = u8;
    type State = u8;
    type Timer = Timer;
    type Storage = u8;
    type Random = ();

    fn on_start(&self, id: Id, storage: &Option<u8>, out: &mut Out<Self>) -> u8 {
        out.set_timer(Timer::Later, SOON);
        out.set_timer(Timer::Again, SOON);
        if id == Id::from(0) {
            out.send(Id::from(1), 1);
            out.send(Id::from(1), 1);
            out.send(Id::from(1), 2);
            // Nobody.
            out.send(Id::from(7), 0);
        }
        storage.unwrap_or_default()
    }

    fn on_msg(&self, _: Id, state: &mut Cow<'_, u8>, src: Id, count: u8, out: &mut Out<Self>) {
        if **state >= self.limit || count > self.limit {
            return;
        }
        *state.to_mut() += 1;
        if state.is_multiple_of(2) {
            out.save(**state);
            out.cancel_timer(Timer::Later);
        }
        out.send(src, count + 1);
    }

    fn on_timeout(&self, id: Id, state: &mut Cow<'_, u8>, timer: &Timer, out: &mut Out<Self>) {
        match timer {
            // Set anew with nothing else done, that is no step.
            Timer::Again if **state == 0 => out.set_timer(Timer::Again, SOON),
            Timer::Again => out.send(Id::from(1 - usize::from(id)), self.limit),
            Timer::Later => *state.to_mut() = self.limit,
        }
    }
}

fn compare(transport: Transport, is_lossy: bool, most_crashed: usize) -> usize {
    let nodes = [Counter { limit: 2 }, Counter { limit: 3 }];
    let ours = Actors::new(nodes, transport).lossy(is_lossy).crashing(most_crashed);
    let both = Both::new(ours, is_lossy, most_crashed);
    let mut waiting = vec![both.compare_first()];
    let mut seen: HashSet<_> = waiting.iter().cloned().collect();
    // Nodes that crash again and again send without end.
    while let Some(state) = waiting.pop().filter(|_| seen.len() < 3_000) {
        waiting.extend(both.compare_steps(&state).into_iter().filter(|it| seen.insert(it.clone())));
    }
    seen.len()
}

#[test]
fn actors_take_the_steps_of_staterights_actor_model() {
    for transport in [Transport::Duplicating, Transport::Unordered, Transport::Ordered] {
        let of = |(is_lossy, most_crashed)| compare(transport, is_lossy, most_crashed);
        let counts = [(false, 0), (true, 0), (false, 1), (false, 2), (true, 1)].map(of);
        assert!(counts.iter().all(|&it| it > 100), "{transport:?}: {counts:?}");
        // What may go wrong besides leads to more.
        assert!(counts[1..].iter().all(|&it| it > counts[0]), "{transport:?}: {counts:?}");
    }
}

#[test]
fn messages_that_are_replaced_keep_their_order_in_a_channel() {
    let envelope =
        |src: usize, msg: u8| Interned::new(Envelope { src: Id::from(src), dst: Id::from(1), msg });
    for (transport, expected) in [
        (Transport::Ordered, [(0, 2), (0, 1), (0, 2), (2, 1)].as_slice()),
        (Transport::Unordered, &[(0, 1), (0, 2), (0, 2), (2, 1)]),
        (Transport::Duplicating, &[(0, 1), (0, 2), (2, 1)]),
    ] {
        let actors = Actors::new([Counter { limit: 1 }; 3], transport);
        let mut network = InTransit::new();
        for (src, msg) in [(2, 9), (0, 8), (0, 9), (0, 8)] {
            actors.send(&mut network, envelope(src, msg));
        }
        let replaced = actors.map(&network, |it| envelope(it.src.into(), 10 - it.msg));
        let found: Vec<_> = replaced.iter().map(|it| (usize::from(it.src), it.msg)).collect();
        assert_eq!(found, expected, "{transport:?}");
    }
}

#[test]
fn actions_are_equal_if_they_are_the_same() {
    let actors = Actors::new([Counter { limit: 1 }; 2], Transport::Unordered);
    let actors = actors.lossy(true).crashing(2);
    let first = actors.init_states().remove(0);
    let mut actions = actors.offered(&first);
    let crashed = actors.next_state(&first, Action::Crash(Id::from(0))).unwrap();
    actions
        .extend(actors.offered(&crashed).into_iter().filter(|it| matches!(it, Action::Recover(_))));
    assert!(actions.len() > 8, "{actions:?}");
    for (index, one) in actions.iter().enumerate() {
        for (other_index, other) in actions.iter().enumerate() {
            assert_eq!(one == other, index == other_index, "{one:?} and {other:?}");
        }
    }
}
