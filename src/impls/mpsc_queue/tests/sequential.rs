//! One thread, against a plain queue.

use std::collections::VecDeque;

use proptest::collection::vec;
use proptest::prelude::*;

use crate::{Config, Consumer, Producer, TryPopError, TryPushError, channel, channel_starting_at};

#[derive(Clone, Copy, Debug)]
enum Call {
    Push(usize),
    PushMany(usize, u8),
    Pop,
    PopMany(u8),
    Join(usize),
    Leave(usize),
}

fn call() -> impl Strategy<Value = Call> {
    prop_oneof![
        8 => (0..4_usize).prop_map(Call::Push),
        2 => (0..4_usize, 0..12_u8).prop_map(|(who, count)| Call::PushMany(who, count)),
        6 => Just(Call::Pop),
        2 => (0..12_u8).prop_map(Call::PopMany),
        1 => (0..4_usize).prop_map(Call::Join),
        1 => (0..4_usize).prop_map(Call::Leave),
    ]
}

/// What the queue should do, in the plainest way.
struct Plain {
    config: Config,
    messages: VecDeque<u32>,
    level: u8,
    measure_in: u64,
    rings: VecDeque<(u8, usize)>,
    dropped: u64,
    received: u64,
}

impl Plain {
    fn capacity(&self) -> usize {
        usize::try_from(self.config.capacity_of(self.level)).unwrap()
    }

    fn push(&mut self, message: u32) -> bool {
        let has_room = self.messages.len() < self.capacity();
        if has_room {
            self.messages.push_back(message);
        }
        has_room
    }
}

fn check(config: Config, start: u64, calls: &[Call]) -> Result<(), TestCaseError> {
    let (producer, mut consumer) = channel_starting_at(config, start).unwrap();
    let mut producers: Vec<Option<Producer<u32>>> = vec![Some(producer), None, None, None];
    let mut plain = Plain {
        config,
        messages: VecDeque::new(),
        level: 0,
        measure_in: 0,
        rings: VecDeque::new(),
        dropped: 0,
        received: 0,
    };
    for (message, &call) in (0..).zip(calls) {
        match call {
            Call::Push(who) => push(&mut producers[who], &mut plain, message)?,
            Call::PushMany(who, count) => {
                push_many(&mut producers[who], &mut plain, message, count)?;
            }
            Call::Pop => pop(&mut consumer, &mut plain, &producers)?,
            Call::PopMany(max) => pop_many(&mut consumer, &mut plain, max)?,
            Call::Join(who) => {
                producers[who] = producers.iter().flatten().next().cloned();
            }
            Call::Leave(who) => producers[who] = None,
        }
        // The capacity is the consumer's own affair; only its rules are checked, in the pops.
        prop_assert_eq!(consumer.len(), plain.messages.len());
        let stats = consumer.stats();
        prop_assert_eq!(stats.received, plain.received);
        prop_assert_eq!(stats.dropped, plain.dropped);
        prop_assert_eq!(stats.accepted, plain.received + plain.messages.len() as u64);
        prop_assert_eq!(stats.sent, stats.accepted + stats.dropped);
    }
    Ok(())
}

fn push(
    producer: &mut Option<Producer<u32>>,
    plain: &mut Plain,
    message: u32,
) -> Result<(), TestCaseError> {
    let Some(producer) = producer else { return Ok(()) };
    let expected = if plain.push(message) {
        Ok(())
    } else {
        plain.dropped += 1;
        Err(TryPushError::Full(message))
    };
    prop_assert_eq!(producer.try_push(message), expected);
    Ok(())
}

fn push_many(
    producer: &mut Option<Producer<u32>>,
    plain: &mut Plain,
    message: u32,
    count: u8,
) -> Result<(), TestCaseError> {
    let Some(producer) = producer else { return Ok(()) };
    let mut batch: VecDeque<u32> = (0..u32::from(count)).map(|i| message + 1000 * i).collect();
    let fitting = batch.iter().copied().take_while(|&message| plain.push(message)).count();
    let rest: VecDeque<u32> = batch.iter().copied().skip(fitting).collect();
    let mut accepted = 0;
    // A batch may be cut short by what the producer does not know yet, but it never fails while
    // there is room.
    while accepted < fitting {
        accepted += producer.try_push_many(&mut batch).unwrap();
    }
    prop_assert_eq!(&batch, &rest);
    if !batch.is_empty() {
        prop_assert_eq!(producer.try_push_many(&mut batch), Err(TryPushError::Full(())));
        prop_assert_eq!(&batch, &rest);
    }
    Ok(())
}

/// What a pop may do to the capacity, before it takes a message.
fn resize(consumer: &Consumer<u32>, plain: &mut Plain, taken: usize) -> Result<(), TestCaseError> {
    let (before, capacity) = (plain.capacity(), consumer.capacity());
    let len = plain.messages.len();
    let crowded = 2 * len > before;
    if plain.measure_in == 0 && taken > 0 && plain.rings.is_empty() && !plain.config.shrinks() {
        let may_grow = plain.level < plain.config.last_level();
        prop_assert_eq!(capacity > before, crowded && may_grow);
        plain.measure_in = (before as u64 / 4).max(1);
    }
    if capacity == before {
        return Ok(());
    }
    // No further change before all that is here now, at least, has been taken.
    prop_assert!(plain.rings.is_empty());
    plain.rings.push_back((plain.level, len));
    if capacity > before {
        prop_assert!(crowded);
        plain.level += 1;
    } else {
        prop_assert!(plain.config.shrinks() && 2 * len <= capacity && plain.level > 0);
        plain.level -= 1;
    }
    prop_assert_eq!(capacity, plain.capacity());
    Ok(())
}

/// Takes the first `taken` messages off.
fn take(plain: &mut Plain, taken: usize) -> Vec<u32> {
    plain.received += taken as u64;
    plain.measure_in = plain.measure_in.saturating_sub(taken as u64);
    if let Some((_, left)) = plain.rings.front_mut() {
        *left = left.saturating_sub(taken);
        if *left == 0 {
            // When the old ring is given up depends on what producers knew; from here on it can be.
            plain.rings.clear();
            plain.measure_in = u64::MAX;
        }
    }
    plain.messages.drain(..taken).collect()
}

fn pop(
    consumer: &mut Consumer<u32>,
    plain: &mut Plain,
    producers: &[Option<Producer<u32>>],
) -> Result<(), TestCaseError> {
    let popped = consumer.try_pop();
    resize(consumer, plain, plain.messages.len().min(1))?;
    let expected = if plain.messages.is_empty() {
        let closed = producers.iter().all(Option::is_none);
        Err(if closed { TryPopError::Closed } else { TryPopError::Empty })
    } else {
        Ok(take(plain, 1)[0])
    };
    prop_assert_eq!(popped, expected);
    Ok(())
}

fn pop_many(consumer: &mut Consumer<u32>, plain: &mut Plain, max: u8) -> Result<(), TestCaseError> {
    let mut popped = vec![7];
    let count = consumer.try_pop_many(&mut popped, max.into());
    resize(consumer, plain, plain.messages.len().min(max.into()))?;
    prop_assert_eq!(count.is_ok(), max == 0 || !plain.messages.is_empty());
    let count = count.unwrap_or(0);
    prop_assert!(count <= usize::from(max));
    prop_assert_eq!(&popped[1..], take(plain, count));
    Ok(())
}

fn config() -> impl Strategy<Value = Config> {
    (0..4_u32, 0..4_u32, 1..3_u32, 0..4_u32).prop_map(|(initial, more, factor, patience)| {
        let config = Config::new(1 << initial, 1 << (initial + more), 1 << factor).unwrap();
        config.shrink_after(patience)
    })
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn it_behaves_like_a_plain_queue(
        config in config(),
        before_wrap in prop_oneof![Just(0), 1..40_u64],
        calls in vec(call(), 1..200),
    ) {
        check(config, before_wrap.wrapping_neg(), &calls)?;
    }
}

#[test]
fn a_queue_of_one_takes_one() {
    let (mut producer, mut consumer) = channel(Config::fixed(1).unwrap()).unwrap();
    for message in 0..100 {
        assert_eq!(producer.try_push(message), Ok(()));
        assert_eq!(producer.try_push(1000), Err(TryPushError::Full(1000)));
        assert_eq!(consumer.try_pop(), Ok(message));
        assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    }
    assert_eq!(consumer.stats().dropped, 100);
}

#[test]
fn a_queue_of_one_grows_at_the_first_message() {
    let (mut producer, mut consumer) = channel(Config::elastic(1, 8).unwrap()).unwrap();
    let mut capacities = Vec::new();
    for message in 0..40 {
        while producer.try_push(message).is_ok() {}
        consumer.try_pop().unwrap();
        capacities.push(consumer.capacity());
    }
    capacities.dedup();
    assert_eq!(capacities, [2, 4, 8]);
    assert_eq!(producer.generation(), 3);
}

/// Fills the queue until it has this capacity, and empties it.
fn burst(producer: &mut Producer<u32>, consumer: &mut Consumer<u32>, capacity: usize) {
    while consumer.capacity() < capacity {
        while producer.try_push(0).is_ok() {}
        consumer.try_pop().unwrap();
    }
    while consumer.try_pop().is_ok() {}
}

/// The capacities through which a queue goes while this many messages pass one by one.
fn trickle(
    producer: &mut Producer<u32>,
    consumer: &mut Consumer<u32>,
    messages: u32,
) -> Vec<(u32, usize)> {
    let mut capacities = vec![(0, consumer.capacity())];
    for message in 1..=messages {
        producer.try_push(message).unwrap();
        consumer.try_pop().unwrap();
        if capacities.last().is_some_and(|(_, capacity)| *capacity != consumer.capacity()) {
            capacities.push((message, consumer.capacity()));
        }
    }
    capacities
}

#[test]
fn it_shrinks_step_by_step_and_grows_again() {
    let config = Config::elastic(4, 64).unwrap().shrink_after(100);
    let (mut producer, mut consumer) = channel(config).unwrap();
    for _ in 0..3 {
        burst(&mut producer, &mut consumer, 64);
        let capacities = trickle(&mut producer, &mut consumer, 1000);
        let sizes: Vec<usize> = capacities.iter().map(|(_, capacity)| *capacity).collect();
        assert_eq!(sizes, [64, 32, 16, 8, 4]);
        let gaps: Vec<u32> = capacities.windows(2).map(|pair| pair[1].0 - pair[0].0).collect();
        // It looks at each 16th message at first, at each fourth in the end, and counts from the
        // first message in the new ring on.
        assert!(gaps.iter().skip(1).all(|gap| (100..=125).contains(gap)), "{gaps:?}");
    }
    assert_eq!(producer.generation(), 3 * 8);
}

#[test]
fn it_does_not_shrink_unless_asked_nor_while_it_is_in_use() {
    let (mut producer, mut consumer) = channel(Config::elastic(4, 64).unwrap()).unwrap();
    burst(&mut producer, &mut consumer, 64);
    assert_eq!(trickle(&mut producer, &mut consumer, 10_000).len(), 1);

    let config = Config::elastic(4, 64).unwrap().shrink_after(100);
    let (mut producer, mut consumer) = channel(config).unwrap();
    burst(&mut producer, &mut consumer, 64);
    // With the message that passes, more than half of what the next smaller ring holds.
    (0..16).for_each(|_| producer.try_push(0).unwrap());
    assert_eq!(trickle(&mut producer, &mut consumer, 10_000).len(), 1);
    consumer.try_pop().unwrap();
    assert_eq!(trickle(&mut producer, &mut consumer, 10_000).len(), 2);
}

/// What the numbers of rings rest on: a queue passes through at most 255 rings while it passes as many messages as its
/// largest ring has slots, however it is used.
#[test]
fn a_ring_number_comes_again_only_after_more_messages_than_a_ring_holds() {
    let config = Config::elastic(2, 4096).unwrap().shrink_after(1);
    let (mut producer, mut consumer) = channel(config).unwrap();
    burst(&mut producer, &mut consumer, 4096);
    let mut changes = 0_u32;
    let mut last = consumer.generation();
    let mut messages = 0;
    // The quickest way: down to the smallest rings, and back and forth there.
    while messages < 4096 {
        let burst = if consumer.capacity() == 2 { 2 } else { 1 };
        for _ in 0..burst {
            messages += u32::from(producer.try_push(0).is_ok());
        }
        while consumer.try_pop().is_ok() {}
        changes += u32::from(consumer.generation() != last);
        last = consumer.generation();
    }
    assert!(changes > 20, "the queue changed its ring only {changes} times");
    assert!(changes < 128, "the queue changed its ring {changes} times");
}

#[test]
fn a_weak_producer_does_not_keep_the_queue_open() {
    let (producer, mut consumer) = channel(Config::elastic(1, 8).unwrap()).unwrap();
    let weak = producer.downgrade();
    let mut other = weak.upgrade().unwrap();
    drop(producer);
    let third = weak.clone().upgrade().unwrap();
    for message in 0..20 {
        other.try_push(message).unwrap();
        assert_eq!(consumer.try_pop(), Ok(message));
    }
    drop((other, third));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    assert!(weak.upgrade().is_none());
    assert!(weak.is_closed());
}

#[test]
fn many_messages_are_waited_for_and_taken_at_once() {
    let (mut producer, mut consumer) = channel(Config::elastic(1, 64).unwrap()).unwrap();
    let thread = std::thread::spawn(move || producer.push_all(0..1_000).is_ok());
    let mut popped = vec![];
    while let Ok(count) = consumer.pop_many(&mut popped, 7) {
        assert!((1..=7).contains(&count));
    }
    assert!(thread.join().unwrap());
    assert_eq!(popped, (0..1_000).collect::<Vec<_>>());
    assert_eq!(consumer.pop_many(&mut popped, 0), Ok(0));
}

#[test]
fn exactly_half_full_does_not_grow() {
    let (mut producer, mut consumer) = channel(Config::elastic(4, 8).unwrap()).unwrap();
    for _ in 0..2 {
        producer.try_push(0).unwrap();
    }
    consumer.try_pop().unwrap();
    assert_eq!(consumer.capacity(), 4);
    for _ in 0..2 {
        producer.try_push(0).unwrap();
    }
    consumer.try_pop().unwrap();
    assert_eq!(consumer.capacity(), 8);
}

#[test]
fn positions_wrap_through_growth() {
    for before_wrap in 0..20_u64 {
        let config = Config::elastic(2, 16).unwrap();
        let (mut producer, mut consumer) =
            channel_starting_at(config, before_wrap.wrapping_neg()).unwrap();
        let (mut pushed, mut popped) = (0, 0);
        for _ in 0..20 {
            while producer.try_push(pushed).is_ok() {
                pushed += 1;
            }
            for _ in 0..consumer.len().min(3) {
                assert_eq!(consumer.try_pop(), Ok(popped));
                popped += 1;
            }
        }
        assert_eq!(consumer.capacity(), 16);
        assert_eq!(consumer.len(), pushed - popped);
        assert_eq!(consumer.stats().accepted, pushed as u64);
        assert!(consumer.drain().eq(popped..pushed));
        assert_eq!(consumer.stats().received, pushed as u64);
    }
}

#[test]
fn a_closed_queue_takes_nothing_and_keeps_what_it_has() {
    let (mut producer, mut consumer) = channel(Config::fixed(2).unwrap()).unwrap();
    producer.try_push('a').unwrap();
    consumer.close();
    assert!(producer.is_closed());
    assert_eq!(producer.try_push('b'), Err(TryPushError::Closed('b')));
    assert_eq!(producer.push('b').unwrap_err().0, 'b');
    assert_eq!(producer.try_push_many(&mut VecDeque::from(['b'])), Err(TryPushError::Closed(())));
    assert!(producer.push_all(['b', 'c']).unwrap_err().0.eq(['b', 'c']));
    assert_eq!(consumer.try_pop(), Ok('a'));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    assert_eq!(consumer.stats().dropped, 0);
}

#[test]
fn a_full_closed_queue_says_closed() {
    let (mut producer, consumer) = channel(Config::fixed(1).unwrap()).unwrap();
    producer.try_push('a').unwrap();
    drop(consumer);
    assert_eq!(producer.try_push('b'), Err(TryPushError::Closed('b')));
}

#[test]
fn a_full_queue_can_be_closed_while_it_is_full() {
    let (mut producer, mut consumer) = channel(Config::fixed(1).unwrap()).unwrap();
    producer.try_push('a').unwrap();
    consumer.close();
    assert_eq!(producer.try_push('b'), Err(TryPushError::Closed('b')));
    assert_eq!(consumer.try_pop(), Ok('a'));
}

#[test]
fn the_last_producer_closes() {
    let (producer, mut consumer) = channel::<()>(Config::fixed(1).unwrap()).unwrap();
    let mut other = producer.clone();
    drop(producer);
    assert_eq!(consumer.try_pop(), Err(TryPopError::Empty));
    other.try_push(()).unwrap();
    drop(other);
    assert_eq!(consumer.try_pop(), Ok(()));
    assert_eq!(consumer.try_pop(), Err(TryPopError::Closed));
    assert_eq!(consumer.pop().ok(), None);
}

#[test]
fn batches_span_rings() {
    let (mut producer, mut consumer) = channel(Config::elastic(2, 64).unwrap()).unwrap();
    let mut batch: VecDeque<u32> = (0..60).collect();
    let mut popped = Vec::new();
    while popped.len() < 60 {
        let _ = producer.try_push_many(&mut batch);
        while consumer.try_pop_many(&mut popped, 3).is_ok() {}
    }
    assert!(popped.into_iter().eq(0..60));
}

#[test]
fn a_first_ring_without_memory_is_an_error() {
    #[derive(Debug)]
    #[allow(dead_code)]
    struct Huge([u8; 1 << 40]);
    // 2^30 messages of 2^40 bytes: more than an address space.
    let error = channel::<Huge>(Config::fixed(1 << 30).unwrap()).unwrap_err();
    assert!(error.to_string().contains("start with a lower initial capacity"));
}

#[test]
fn growth_without_memory_leaves_the_queue_as_it_is() {
    // The larger ring would have 2^30 slots of 2^18 bytes: more than an address space.
    #[allow(clippy::large_stack_arrays)] // That is the point.
    fn grow_in_vain() {
        let config = Config::new(1, 1 << 30, 1 << 30).unwrap();
        let (mut producer, mut consumer) = channel::<[u8; 1 << 18]>(config).unwrap();
        for i in 0..3 {
            producer.try_push([i; 1 << 18]).unwrap();
            assert!(matches!(producer.try_push([9; 1 << 18]), Err(TryPushError::Full(_))));
            assert_eq!(consumer.try_pop().unwrap()[7], i);
            assert_eq!(consumer.capacity(), 1);
        }
    }
    // Messages this large need a larger stack.
    let thread = std::thread::Builder::new().stack_size(1 << 26).spawn(grow_in_vain).unwrap();
    thread.join().unwrap();
}

#[test]
fn handles_can_be_sent() {
    fn is_send<S: Send>(_: &S) {}
    let (producer, consumer) = channel::<std::cell::Cell<u8>>(Config::fixed(1).unwrap()).unwrap();
    is_send(&producer);
    is_send(&consumer);
    assert_eq!(
        format!("{producer:?} {consumer:?}"),
        "Producer { len: 0, .. } Consumer { len: 0, .. }"
    );
}
