//! A few threads each, with what must be true in the end.

use std::future::poll_fn;
use std::task::Poll;
use std::time::Instant;

use loom::cell::UnsafeCell;
use loom::future::block_on;
use loom::thread::{self, JoinHandle};

use super::platform::{Loom, Shared};
use crate::Config;
use crate::algorithm::{Generation, Word};
use crate::channel::{RawConsumer, RawProducer, RawWeakProducer, raw_channel};
use crate::error::{TryPopError, TryPushError};

/// A model: some threads, and what they assert.
pub(super) type Model = fn();

/// A message that loom misses if it is leaked.
type Message = Shared<u32>;
type Producer = RawProducer<Message, Loom>;
type Consumer = RawConsumer<Message, Loom>;

fn ends(initial: usize, max: usize) -> (Producer, Consumer) {
    raw_channel(Config::elastic(initial, max).unwrap(), Word::new(0, Generation::FIRST)).unwrap()
}

/// A queue for tasks.
fn ends_for_tasks(initial: usize, max: usize) -> (Producer, Consumer) {
    let start = Word::new(0, Generation::FIRST).notifying();
    raw_channel(Config::elastic(initial, max).unwrap(), start).unwrap()
}

fn push(producer: &mut Producer, number: u32) -> bool {
    match producer.try_push(Shared::new(number)) {
        Ok(()) => true,
        Err(error) => {
            assert_eq!(*error.into_message(), number);
            false
        }
    }
}

/// Pushes these, and sleeps while there is no room.
fn pushing(mut producer: Producer, numbers: &'static [u32]) -> JoinHandle<()> {
    thread::spawn(move || {
        for &number in numbers {
            assert!(producer.push(Shared::new(number), None).is_ok());
        }
    })
}

/// Pushes these once, and says which were accepted.
fn trying(mut producer: Producer, numbers: &'static [u32]) -> JoinHandle<Vec<u32>> {
    thread::spawn(move || {
        numbers.iter().copied().filter(|&number| push(&mut producer, number)).collect()
    })
}

/// Tries this many pops. Models wait as little as they can: each wait multiplies the executions.
fn try_pops(consumer: &mut Consumer, count: usize) -> Vec<u32> {
    (0..count).filter_map(|_| consumer.try_pop().ok()).map(|message| *message).collect()
}

/// Takes what is left when all producers have gone.
fn pop_rest(consumer: &mut Consumer) -> Vec<u32> {
    std::iter::from_fn(|| match consumer.try_pop() {
        Ok(message) => Some(*message),
        Err(error) => {
            assert_eq!(error, TryPopError::Closed);
            None
        }
    })
    .collect()
}

/// Two producers try to push these while the consumer tries some pops. In the end, what was accepted
/// has come out, in order.
fn race(
    (producer, mut consumer): (Producer, Consumer),
    ones: &'static [u32],
    others: &'static [u32],
    pops: usize,
) -> Vec<u32> {
    let one = trying(producer.clone(), ones);
    let other = trying(producer, others);
    let mut popped = try_pops(&mut consumer, pops);
    let accepted = (one.join().unwrap(), other.join().unwrap());
    popped.extend(pop_rest(&mut consumer));
    assert_eq!((of(1, &popped), of(2, &popped)), accepted);
    popped
}

/// The numbers of one producer: those of its own ten.
fn of(who: u32, popped: &[u32]) -> Vec<u32> {
    popped.iter().copied().filter(|number| number / 10 == who).collect()
}

/// One slot is used again and again.
pub(super) fn reuse() {
    let (producer, mut consumer) = ends(1, 1);
    let thread = trying(producer, &[10, 11, 12]);
    let mut popped = try_pops(&mut consumer, 3);
    let accepted = thread.join().unwrap();
    popped.extend(pop_rest(&mut consumer));
    assert_eq!(popped, accepted);
}

/// A queue whose consumer checks for waiters.
fn notifying_ends(initial: usize, max: usize) -> (Producer, Consumer) {
    let (mut producer, mut consumer) = ends(initial, max);
    let mut count = 0;
    while push(&mut producer, 0) {
        count += 1;
    }
    // The deadline has passed, so it does not sleep; but it requests to be notified.
    assert!(producer.push(Shared::new(0), Some(Instant::now())).is_err());
    assert_eq!(try_pops(&mut consumer, count), vec![0; count]);
    (producer, consumer)
}

/// The same, with a consumer that checks for waiters.
pub(super) fn reuse_notifying() {
    let (producer, mut consumer) = notifying_ends(1, 1);
    let thread = trying(producer, &[10, 11, 12]);
    let mut popped = try_pops(&mut consumer, 3);
    let accepted = thread.join().unwrap();
    popped.extend(pop_rest(&mut consumer));
    assert_eq!(popped, accepted);
}

/// Two producers for two slots.
pub(super) fn two_producers() {
    race(ends(2, 2), &[10, 11], &[20], 2);
}

/// A queue of two goes through its slots, and there is always room for one more.
pub(super) fn never_full() {
    stay_below_two(ends(2, 2));
}

/// The same in a queue that has grown to two, with the head still in the old ring.
pub(super) fn never_full_grown() {
    let (mut producer, mut consumer) = ends(1, 2);
    assert!(push(&mut producer, 10));
    assert_eq!(try_pops(&mut consumer, 1), [10]);
    assert_eq!(consumer.view().capacity(), 2);
    assert!(push(&mut producer, 11));
    stay_below_two((producer, consumer));
}

/// One thread pushes and pops by turns, another pushes one message, for which there is room at any
/// moment.
fn stay_below_two((mut producer, mut consumer): (Producer, Consumer)) {
    let other = trying(producer.clone(), &[20]);
    let mut popped = try_pops(&mut consumer, 1);
    for number in [12, 13, 14] {
        assert!(push(&mut producer, number), "refused by a queue that was not full");
        while popped.last() != Some(&number) {
            match consumer.try_pop() {
                Ok(message) => popped.push(*message),
                Err(_) => thread::yield_now(),
            }
        }
    }
    assert_eq!(other.join().unwrap(), [20], "refused by a queue that never was full");
    drop(producer);
    popped.extend(pop_rest(&mut consumer));
    assert!(of(1, &popped).ends_with(&[12, 13, 14]));
    assert_eq!(of(2, &popped), [20]);
}

/// The queue grows once while two producers push. One of them may be in the middle of a push.
pub(super) fn grow() {
    let (mut producer, consumer) = ends(2, 4);
    assert!(push(&mut producer, 0));
    let popped = race((producer, consumer), &[10], &[20, 21], 2);
    assert_eq!(popped[0], 0);
}

/// The queue grows at once, and two producers that do not know it turn to the new ring.
pub(super) fn turn() {
    let (mut producer, consumer) = ends(1, 2);
    assert!(push(&mut producer, 0));
    let popped = race((producer, consumer), &[10], &[20], 2);
    assert_eq!(popped[0], 0);
}

/// The queue grows twice while a producer fills it.
pub(super) fn grow_twice() {
    let (producer, mut consumer) = ends(1, 4);
    let thread = trying(producer, &[10, 11, 12, 13]);
    let mut popped = try_pops(&mut consumer, 4);
    let accepted = thread.join().unwrap();
    popped.extend(pop_rest(&mut consumer));
    assert_eq!(popped, accepted);
}

/// A queue that has grown from two slots to four, has left the smaller ring, and shrinks with the second message
/// from here on.
fn large_ends() -> (Producer, Consumer) {
    let config = Config::elastic(2, 4).unwrap().shrink_after(1);
    let (mut producer, mut consumer) =
        raw_channel(config, Word::new(0, Generation::FIRST)).unwrap();
    assert!(push(&mut producer, 0) && push(&mut producer, 0));
    assert_eq!(try_pops(&mut consumer, 1), [0]);
    assert!(push(&mut producer, 0) && push(&mut producer, 0));
    assert_eq!(try_pops(&mut consumer, 3), [0; 3]);
    assert_eq!(consumer.view().capacity(), 4);
    (producer, consumer)
}

/// The queue shrinks while two producers push, who know the larger ring.
pub(super) fn shrink() {
    let (mut producer, consumer) = large_ends();
    assert!(push(&mut producer, 0));
    let popped = race((producer, consumer), &[10], &[20], 2);
    assert_eq!(popped[0], 0);
}

/// The queue shrinks and grows again while two producers push.
pub(super) fn shrink_and_grow() {
    let (mut producer, mut consumer) = large_ends();
    assert!(push(&mut producer, 0));
    assert_eq!(try_pops(&mut consumer, 1), [0]);
    race((producer, consumer), &[10, 11, 12], &[20], 3);
}

/// The consumer goes while the queue shrinks and producers push.
pub(super) fn shrink_and_go() {
    let (mut producer, mut consumer) = large_ends();
    assert!(push(&mut producer, 0) && push(&mut producer, 0));
    assert_eq!(try_pops(&mut consumer, 1), [0]);
    go_beside_pushes((producer, consumer));
}

/// A queue that is to shrink never holds more than two messages, and always has room for them.
pub(super) fn never_full_shrinking() {
    stay_below_two(large_ends());
}

/// The queue grows, and a producer that knows of it is not refused.
pub(super) fn refused_when_full() {
    let (mut producer, mut consumer) = ends(1, 2);
    assert!(push(&mut producer, 0));
    let mut other = producer.clone();
    let thread = thread::spawn(move || push(&mut other, 10));
    // One message leaves, and the capacity is two from here on.
    assert_eq!(consumer.try_pop().map(|message| *message), Ok(0));
    assert!(push(&mut producer, 20), "refused by a queue that had grown");
    let accepted = thread.join().unwrap();
    drop(producer);
    assert_eq!(pop_rest(&mut consumer).len(), 1 + usize::from(accepted));
}

/// A batch goes in at one place.
pub(super) fn batch() {
    let (mut producer, mut consumer) = ends(4, 4);
    let mut other = producer.clone();
    let thread = thread::spawn(move || {
        let mut messages = [10, 11].map(Shared::new).into();
        assert_eq!(other.try_push_many(&mut messages).ok(), Some(2));
    });
    assert!(push(&mut producer, 20));
    drop(producer);
    let mut popped: Vec<Message> = Vec::new();
    let early = consumer.try_pop_many(&mut popped, 2);
    assert_eq!(early.unwrap_or(0), popped.len());
    thread.join().unwrap();
    while consumer.try_pop_many(&mut popped, 2).is_ok() {}
    let popped: Vec<u32> = popped.iter().map(|message| **message).collect();
    assert!(popped == [10, 11, 20] || popped == [20, 10, 11], "{popped:?}");
}

/// The consumer goes while a producer pushes, in the middle of growth.
pub(super) fn consumer_goes() {
    let (mut producer, consumer) = ends(1, 2);
    assert!(push(&mut producer, 0));
    go_beside_pushes((producer, consumer));
}

/// The consumer tries one more pop and goes while two producers try to push.
fn go_beside_pushes((producer, mut consumer): (Producer, Consumer)) {
    let one = trying(producer.clone(), &[10]);
    let other = trying(producer, &[20]);
    drop(consumer.try_pop());
    drop(consumer);
    // Loom tells if a message or a ring is still there.
    one.join().unwrap();
    other.join().unwrap();
}

/// No message outlives the consumer, though one may be written while it goes: when both have ended, there is
/// none in the queue, though a producer is still there.
pub(super) fn nothing_stays() {
    let (producer, consumer) = ends(1, 2);
    let thread = trying(producer.clone(), &[10, 11]);
    drop(consumer);
    thread.join().unwrap();
    assert_eq!(producer.view().len(), 0, "a message outlives the consumer");
}

/// A message that holds a producer of its own queue.
struct Cyclic {
    _queue: RawProducer<Cyclic, Loom>,
}

/// No cycle keeps a message, or the queue.
pub(super) fn no_cycle() {
    let (mut producer, consumer) =
        raw_channel::<Cyclic, Loom>(Config::fixed(1).unwrap(), Word::new(0, Generation::FIRST))
            .unwrap();
    let message = Cyclic { _queue: producer.clone() };
    let thread = thread::spawn(move || drop(producer.try_push(message)));
    drop(consumer);
    // Loom tells if the queue is still there.
    thread.join().unwrap();
}

/// Threads that wait for the queue to be closed, one as a task, are woken.
pub(super) fn wait_for_close() {
    let (mut producer, mut consumer) = ends(1, 1);
    let waits = producer.clone();
    let thread = thread::spawn(move || assert!(waits.wait_closed(None)));
    let task = thread::spawn(move || {
        block_on(poll_fn(|context| producer.poll_closed(context.waker())));
    });
    consumer.close();
    thread.join().unwrap();
    task.join().unwrap();
}

/// A cell of the caller, written by one side before it leaves and read by the other after it knows.
#[derive(Clone)]
struct Note(Shared<UnsafeCell<u32>>);

impl Note {
    fn new() -> Self {
        Self(Shared::new(UnsafeCell::new(0)))
    }

    fn write(&self) {
        self.0.with_mut(|_| ());
    }

    fn read(&self) {
        self.0.with(|_| ());
    }
}

/// Writes of producers happen before the consumer learns that they are gone.
pub(super) fn producers_go() {
    let (producer, mut consumer) = ends(2, 2);
    let notes = [Note::new(), Note::new()];
    let other = producer.clone();
    let written = notes[0].clone();
    let one = thread::spawn(move || {
        written.write();
        drop(other);
    });
    let written = notes[1].clone();
    let other = thread::spawn(move || {
        written.write();
        drop(producer);
    });
    if consumer.try_pop().err() == Some(TryPopError::Closed) {
        notes.iter().for_each(Note::read);
    }
    one.join().unwrap();
    other.join().unwrap();
}

/// A weak producer becomes one while the last producer leaves: either the queue stays open for it, or there is none.
pub(super) fn upgrade() {
    let (producer, mut consumer) = ends(1, 1);
    let weak = RawWeakProducer::of(&producer);
    let note = Note::new();
    let written = note.clone();
    let thread = thread::spawn(move || {
        let Some(mut producer) = weak.upgrade() else { return false };
        written.write();
        let is_pushed = push(&mut producer, 10);
        assert!(is_pushed, "refused by a queue that had room and a consumer");
        true
    });
    drop(producer);
    let early = consumer.try_pop();
    let is_over = early.as_ref().err() == Some(&TryPopError::Closed);
    let is_pushed = thread.join().unwrap();
    assert!(!(is_over && is_pushed), "the queue was closed with a producer");
    let mut popped: Vec<u32> = early.into_iter().map(|message| *message).collect();
    popped.extend(pop_rest(&mut consumer));
    assert_eq!(popped, if is_pushed { vec![10] } else { vec![] });
    note.read();
}

/// Writes of the consumer happen before producers learn that it has closed the queue, with room and
/// without.
pub(super) fn consumer_closes() {
    let (mut producer, mut consumer) = ends(1, 1);
    let note = Note::new();
    let read = note.clone();
    let thread = thread::spawn(move || {
        for number in [10, 11] {
            if let Err(TryPushError::Closed(_)) = producer.try_push(Shared::new(number)) {
                read.read();
            }
        }
    });
    note.write();
    consumer.close();
    thread.join().unwrap();
}

/// A consumer that sleeps is woken by a push, and by the last producer.
pub(super) fn consumer_sleeps() {
    let (producer, mut consumer) = ends(2, 2);
    let thread = pushing(producer, &[10, 11]);
    for number in [10, 11] {
        assert_eq!(consumer.pop(None).map(|message| *message).ok(), Some(number));
    }
    assert!(consumer.pop(None).is_err());
    thread.join().unwrap();
}

/// A producer that has to request notification first is woken as well.
pub(super) fn producer_asks() {
    let (mut producer, mut consumer) = ends(1, 1);
    assert!(push(&mut producer, 0));
    let thread = pushing(producer, &[10]);
    assert_eq!(try_pops(&mut consumer, 1), [0]);
    thread.join().unwrap();
    assert_eq!(pop_rest(&mut consumer), [10]);
}

/// A producer that sleeps is woken by a pop.
pub(super) fn producer_sleeps() {
    let (producer, mut consumer) = notifying_ends(1, 1);
    let thread = pushing(producer, &[10, 11, 12]);
    for number in [10, 11, 12] {
        assert_eq!(consumer.pop(None).map(|message| *message).ok(), Some(number));
    }
    thread.join().unwrap();
}

/// Two producers that sleep are woken by a pop, by growth, or by the consumer that goes.
pub(super) fn producers_sleep() {
    let (mut producer, mut consumer) = notifying_ends(1, 4);
    // The queue has grown once. It grows again when it holds more than one message.
    assert_eq!(consumer.view().capacity(), 2);
    assert!(push(&mut producer, 0) && push(&mut producer, 1));
    let threads = [10, 20].map(|number| {
        let mut producer = producer.clone();
        thread::spawn(move || drop(producer.push(Shared::new(number), None)))
    });
    assert_eq!(try_pops(&mut consumer, 1), [0]);
    drop((producer, consumer));
    for thread in threads {
        thread.join().unwrap();
    }
}

/// Pushes these as a task, which waits while there is no room.
fn pushing_as_task(mut producer: Producer, numbers: &'static [u32]) -> JoinHandle<()> {
    thread::spawn(move || {
        for &number in numbers {
            let mut message = Some(Shared::new(number));
            let push = poll_fn(|context| producer.poll_push(&mut message, context.waker()));
            assert!(block_on(push).is_ok());
        }
    })
}

/// A task that pops is woken by a push, and by the last producer.
pub(super) fn task_pops() {
    let (producer, mut consumer) = ends(2, 2);
    let thread = pushing(producer, &[10, 11]);
    for expected in [Some(10), Some(11), None] {
        let popped = block_on(poll_fn(|context| {
            let popped = consumer.poll_pop(context.waker());
            if popped.is_pending() {
                // Loom's executor would poll on, where others let the producer finish its message.
                thread::yield_now();
            }
            popped
        }));
        assert_eq!(popped.map(|message| *message), expected);
    }
    thread.join().unwrap();
}

/// A task that pushes is woken by a pop.
pub(super) fn task_pushes() {
    let (producer, mut consumer) = ends_for_tasks(1, 1);
    let thread = pushing_as_task(producer, &[10, 11]);
    for number in [10, 11] {
        assert_eq!(consumer.pop(None).map(|message| *message).ok(), Some(number));
    }
    thread.join().unwrap();
}

/// A task that pushes is woken by growth, or by the consumer that goes.
pub(super) fn task_is_refused() {
    let (mut producer, mut consumer) = ends_for_tasks(1, 2);
    assert!(push(&mut producer, 0));
    let thread = thread::spawn(move || {
        let mut accepted = vec![];
        for number in [10, 11] {
            let mut message = Some(Shared::new(number));
            let push = poll_fn(|context| producer.poll_push(&mut message, context.waker()));
            accepted.extend(block_on(push).ok().map(|()| number));
        }
        accepted
    });
    assert_eq!(try_pops(&mut consumer, 1), [0]);
    drop(consumer);
    assert!([10, 11].starts_with(&thread.join().unwrap()));
}

/// A task that is dropped while it waits does not keep others from being woken.
pub(super) fn task_is_dropped() {
    let (mut producer, mut consumer) = ends_for_tasks(1, 1);
    assert!(push(&mut producer, 0));
    let mut other = producer.clone();
    let dropped = thread::spawn(move || {
        let mut message = Some(Shared::new(20));
        let pushed = block_on(poll_fn(|context| {
            let pushed = other.poll_push(&mut message, context.waker());
            Poll::Ready(pushed.is_ready())
        }));
        drop(other);
        pushed
    });
    let thread = pushing_as_task(producer, &[10]);
    assert_eq!(consumer.pop(None).map(|message| *message).ok(), Some(0));
    let mut popped = vec![];
    while let Ok(message) = consumer.pop(None) {
        popped.push(*message);
    }
    thread.join().unwrap();
    assert_eq!(of(1, &popped), [10]);
    assert_eq!(of(2, &popped).len(), usize::from(dropped.join().unwrap()));
}
