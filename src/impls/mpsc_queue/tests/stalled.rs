//! A producer that stops in the middle of a push, and a consumer that stops while it closes the queue.

use std::ops::ControlFlow;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use crate::algorithm::{Access, Generation, Linearised, Memory, OnFull, Place, Push, PushAt, Word};
use crate::channel::{RawConsumer, RawProducer, raw_channel};
use crate::platform::Native;
use crate::{Config, TryPopError, TryPushError};

type Ends<T> = (RawProducer<T, Native>, RawConsumer<T, Native>);

fn ends<T>(initial: usize, max: usize) -> Ends<T> {
    raw_channel(Config::elastic(initial, max).unwrap(), Word::new(0, Generation::FIRST)).unwrap()
}

/// Reserves a position for a message, and stops.
fn reserve<T>(producer: &mut RawProducer<T, Native>, message: T) -> Push<Option<T>> {
    let (state, mut memory) = producer.parts();
    let mut push = Push::new(state, Some(message), OnFull::Drop);
    loop {
        let Ok(step) = push.step(state, &mut memory);
        assert!(step.flow.is_continue());
        if step.linearised == Some(Linearised::Enqueue(1)) {
            return push;
        }
    }
}

fn finish<T>(producer: &mut RawProducer<T, Native>, mut push: Push<Option<T>>) {
    let (state, mut memory) = producer.parts();
    loop {
        let Ok(step) = push.step(state, &mut memory);
        if let ControlFlow::Break(_) = step.flow {
            return;
        }
    }
}

#[test]
fn it_holds_up_delivery_and_nothing_else() {
    let (mut stalled, mut consumer) = ends(4, 4);
    let mut other = stalled.clone();
    let push = reserve(&mut stalled, 0);
    assert!(matches!(push.at(), PushAt::Write(_)));
    for message in 1..4 {
        other.try_push(message).unwrap();
    }
    assert_eq!(other.try_push(4), Err(TryPushError::Full(4)));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Pending));
    finish(&mut stalled, push);
    for message in 0..4 {
        assert_eq!(consumer.try_pop(), Ok(message));
    }
    assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
}

#[test]
fn it_does_not_keep_the_queue_from_growing() {
    let (mut stalled, mut consumer) = ends(2, 8);
    let mut other = stalled.clone();
    let push = reserve(&mut stalled, 0);
    other.try_push(1).unwrap();
    assert_eq!(consumer.try_pop(), Err(TryPopError::Pending));
    assert_eq!(consumer.view().capacity(), 4);
    // The old ring must stay until the message in it has come.
    for message in 2..4 {
        other.try_push(message).unwrap();
        assert_eq!(consumer.try_pop(), Err(TryPopError::Pending));
    }
    assert_eq!(other.try_push(4), Err(TryPushError::Full(4)));
    assert_eq!(consumer.view().capacity(), 4, "one growth at a time");
    finish(&mut stalled, push);
    for message in 0..4 {
        assert_eq!(consumer.try_pop(), Ok(message));
    }
}

#[test]
fn a_consumer_that_goes_waits_for_it() {
    let (mut stalled, mut consumer) = ends(2, 4);
    let message = Arc::new(());
    let push = reserve(&mut stalled, Arc::clone(&message));
    stalled.clone().try_push(Arc::clone(&message)).unwrap();
    assert!(consumer.try_pop().is_err());
    let gone = thread::spawn(move || drop(consumer));
    thread::sleep(Duration::from_millis(20));
    assert!(!gone.is_finished());
    assert!(stalled.clone().try_push(Arc::clone(&message)).is_err());
    finish(&mut stalled, push);
    gone.join().unwrap();
    assert_eq!(Arc::strong_count(&message), 1, "no message outlives the consumer");
}

/// Histories are judged with this in mind: see `Rule::Refusal` of the models.
#[test]
fn while_the_queue_is_being_closed_one_producer_finds_it_closed_and_then_another_full() {
    let (mut knows_of_none, mut consumer) = ends(2, 2);
    let mut knows_of_room = knows_of_none.clone();
    for message in 0..2 {
        knows_of_none.try_push(message).unwrap();
    }
    // The first access of closing, without the second.
    let (_, mut memory) = knows_of_none.parts();
    let Ok(_) = memory.fetch_or(Place::Head, Word::CLOSED, Access::CloseHead);
    assert_eq!(knows_of_room.try_push(2), Err(TryPushError::Closed(2)));
    assert_eq!(knows_of_none.try_push(3), Err(TryPushError::Full(3)));
    assert_eq!(knows_of_room.try_push(2), Err(TryPushError::Closed(2)));
    consumer.close();
    assert_eq!(knows_of_none.try_push(3), Err(TryPushError::Closed(3)));
}
