//! Ways to tamper with a history.

use fastrand::Rng;
use mitregate_models::mpsc_queue::history::{CONSUMER, Call, Message, Operation, Popped, Pushed};

use crate::runs::{Run, run};

/// A way to tamper with a run. Each returns whether it has found something to change.
pub(crate) type Tamper = (&'static str, fn(&mut Run, &mut Rng) -> Option<()>);

fn is_accepted(call: Call) -> bool {
    matches!(call, Call::Push(_, Some(Pushed::Accepted)))
}

fn is_full(call: Call) -> bool {
    matches!(call, Call::Push(_, Some(Pushed::Full)))
}

fn is_taken(call: Call) -> bool {
    matches!(call, Call::Pop(Some(Popped::Message(_))))
}

fn is_empty(call: Call) -> bool {
    call == Call::Pop(Some(Popped::Empty))
}

fn is_pending(call: Call) -> bool {
    call == Call::Pop(Some(Popped::Pending))
}

fn is_leave(call: Call) -> bool {
    call == Call::Leave
}

fn is_any(_: Call) -> bool {
    true
}

/// The index of an operation of a kind, at random.
fn pick(run: &Run, random: &mut Rng, wanted: fn(Call) -> bool) -> Option<usize> {
    let fitting = (0..run.operations.len()).filter(|&it| wanted(run.operations[it].call));
    random.choice(fitting.collect::<Vec<_>>())
}

fn drop_one(run: &mut Run, random: &mut Rng, wanted: fn(Call) -> bool) -> Option<()> {
    let index = pick(run, random, wanted)?;
    run.operations.remove(index);
    Some(())
}

fn alter(
    run: &mut Run,
    random: &mut Rng,
    wanted: fn(Call) -> bool,
    change: fn(&mut Operation),
) -> Option<()> {
    let index = pick(run, random, wanted)?;
    change(&mut run.operations[index]);
    Some(())
}

fn pops(operation: &mut Operation, popped: Popped) {
    operation.call = Call::Pop(Some(popped));
}

fn pushes(operation: &mut Operation, pushed: Pushed) {
    if let Call::Push(_, its) = &mut operation.call {
        *its = Some(pushed);
    }
}

/// Moves an operation in time by as much as its neighbours in the thread allow.
fn shift(run: &mut Run, random: &mut Rng, wanted: fn(Call) -> bool, later: bool) -> Option<()> {
    let index = pick(run, random, wanted)?;
    let it = run.operations[index];
    let others = run.operations.iter().filter(|other| other.thread == it.thread);
    let free = if later {
        let next = others.filter(|other| other.called > it.called).map(|other| other.called).min();
        next.unwrap_or(it.called + 300) - it.returned?
    } else {
        let before = others.filter(|other| other.called < it.called).filter_map(|it| it.returned);
        it.called - before.max().unwrap_or(0)
    };
    let by = random.u64(1..free.max(2));
    let it = &mut run.operations[index];
    let moved = |time: u64| if later { time + by } else { time.saturating_sub(by) };
    (it.called, it.returned) = (moved(it.called), it.returned.map(moved));
    Some(())
}

/// Adds an operation where a thread does nothing.
fn insert(run: &mut Run, random: &mut Rng, thread: u32, call: Call) -> Option<()> {
    let mut own: Vec<_> = run.operations.iter().filter(|it| it.thread == thread).collect();
    own.sort_by_key(|it| it.called);
    let mut gaps = vec![(0, own.first()?.called)];
    gaps.extend(own.windows(2).filter_map(|pair| Some((pair[0].returned?, pair[1].called))));
    if own.last()?.call != Call::Leave {
        let end = own.last()?.returned?;
        gaps.push((end, end + 50));
    }
    let wide = gaps.into_iter().filter(|(from, to)| to - from > 4).collect::<Vec<_>>();
    let (from, to) = random.choice(wide)?;
    let called = random.u64(from + 1..to - 2);
    let returned = Some(random.u64(called..to - 1));
    run.operations.push(Operation { thread, called, returned, call, place: (0, 0) });
    Some(())
}

fn insert_push(run: &mut Run, random: &mut Rng, pushed: Pushed) -> Option<()> {
    let producer = random.u32(1..=run.config.producers);
    insert(run, random, producer, Call::Push(Message(producer, 77), Some(pushed)))
}

/// Exchanges the messages of two pops.
fn exchange(run: &mut Run, first: usize, second: usize) {
    let call = run.operations[first].call;
    run.operations[first].call = run.operations[second].call;
    run.operations[second].call = call;
}

fn taken(run: &Run) -> Vec<usize> {
    (0..run.operations.len()).filter(|&it| is_taken(run.operations[it].call)).collect()
}

/// The end of a thread's list.
fn last_of(run: &Run, thread: u32) -> Option<usize> {
    let own = (0..run.operations.len()).filter(|&it| run.operations[it].thread == thread);
    own.max_by_key(|&it| run.operations[it].called)
}

/// Ways after which a history may have an order in every run tried.
pub(crate) const HARMLESS: [&str; 5] = [
    "a pop that found nothing dropped",
    "a refusal dropped",
    "a leave earlier",
    "a pop that found a message being written says empty",
    "the end of a thread cut off",
];

pub(crate) const TAMPERS: [Tamper; 44] = [
    ("an accepted push dropped", |run, random| drop_one(run, random, is_accepted)),
    ("a pop of a message dropped", |run, random| drop_one(run, random, is_taken)),
    ("a pop that found nothing dropped", |run, random| drop_one(run, random, is_empty)),
    ("a refusal dropped", |run, random| drop_one(run, random, is_full)),
    ("a leave dropped, and a pop that says closed added", |run, random| {
        drop_one(run, random, is_leave)?;
        insert(run, random, CONSUMER, Call::Pop(Some(Popped::Closed)))
    }),
    ("neighbours among the pops exchanged", |run, random| {
        let taken = taken(run);
        let at = random.usize(..taken.len().checked_sub(1).filter(|&it| it > 0)?);
        exchange(run, taken[at], taken[at + 1]);
        Some(())
    }),
    ("two pops exchanged", |run, random| {
        let mut taken = taken(run);
        random.shuffle(&mut taken);
        let &[first, second, ..] = &taken[..] else { return None };
        exchange(run, first, second);
        Some(())
    }),
    ("all pops the other way round", |run, _| {
        let taken = taken(run);
        let half = taken.len() / 2;
        for (&first, &second) in taken.iter().zip(taken.iter().rev()).take(half) {
            exchange(run, first, second);
        }
        (half > 0).then_some(())
    }),
    ("a pop repeated", |run, random| {
        let call = run.operations[pick(run, random, is_taken)?].call;
        insert(run, random, CONSUMER, call)
    }),
    ("a push repeated", |run, random| {
        let it = run.operations[pick(run, random, is_accepted)?];
        insert(run, random, it.thread, it.call)
    }),
    ("a pop of a message that nobody pushed", |run, random| {
        let producer = random.u32(1..=run.config.producers);
        let forged = Popped::Message(Message(producer, 99));
        insert(run, random, CONSUMER, Call::Pop(Some(forged)))
    }),
    ("a pop of a stranger's message", |run, random| {
        let index = pick(run, random, is_taken)?;
        pops(&mut run.operations[index], Popped::Message(Message(9, 1)));
        Some(())
    }),
    ("a pop of another message", |run, random| {
        let index = pick(run, random, is_taken)?;
        let producer = random.u32(1..=run.config.producers);
        let message = Message(producer, random.u32(1..=3));
        pops(&mut run.operations[index], Popped::Message(message));
        Some(())
    }),
    ("an accepted push that says full", |run, random| {
        alter(run, random, is_accepted, |it| pushes(it, Pushed::Full))
    }),
    ("an accepted push that says closed", |run, random| {
        alter(run, random, is_accepted, |it| pushes(it, Pushed::Closed))
    }),
    ("a refused push that says accepted", |run, random| {
        alter(run, random, is_full, |it| pushes(it, Pushed::Accepted))
    }),
    ("a refused push that says closed", |run, random| {
        alter(run, random, is_full, |it| pushes(it, Pushed::Closed))
    }),
    ("a pop of a message that says empty", |run, random| {
        alter(run, random, is_taken, |it| pops(it, Popped::Empty))
    }),
    ("a pop of a message that says pending", |run, random| {
        alter(run, random, is_taken, |it| pops(it, Popped::Pending))
    }),
    ("a pop of a message that says closed", |run, random| {
        alter(run, random, is_taken, |it| pops(it, Popped::Closed))
    }),
    ("a pop that found nothing says pending", |run, random| {
        alter(run, random, is_empty, |it| pops(it, Popped::Pending))
    }),
    ("a pop that found nothing says closed", |run, random| {
        alter(run, random, is_empty, |it| pops(it, Popped::Closed))
    }),
    ("a pop that found a message being written says empty", |run, random| {
        alter(run, random, is_pending, |it| pops(it, Popped::Empty))
    }),
    ("a pop of another run", |run_here, random| {
        let other = run(random.u64(1000..2000));
        let call = other.operations[pick(&other, random, is_taken)?].call;
        insert(run_here, random, CONSUMER, call)
    }),
    ("a push of another run", |run_here, random| {
        let other = run(random.u64(1000..2000));
        let call = other.operations[pick(&other, random, is_accepted)?].call;
        let Call::Push(message, _) = call else { return None };
        insert(run_here, random, message.0.min(run_here.config.producers), call)
    }),
    ("a pop earlier", |run, random| shift(run, random, is_taken, false)),
    ("a pop later", |run, random| shift(run, random, is_taken, true)),
    ("a push earlier", |run, random| shift(run, random, is_accepted, false)),
    ("a push later", |run, random| shift(run, random, is_accepted, true)),
    ("a pop that found nothing later", |run, random| shift(run, random, is_empty, true)),
    ("a leave earlier", |run, random| shift(run, random, is_leave, false)),
    ("a leave later", |run, random| shift(run, random, is_leave, true)),
    ("the clock of a thread ahead", |run, random| {
        let thread = random.u32(0..=run.config.producers);
        let by = random.u64(10..200);
        for it in run.operations.iter_mut().filter(|it| it.thread == thread) {
            it.called += by;
            it.returned = it.returned.map(|time| time + by);
        }
        Some(())
    }),
    ("an operation that took no time from its call", |run, random| {
        alter(run, random, is_any, |it| it.returned = it.returned.map(|_| it.called))
    }),
    ("an operation that took no time before its return", |run, random| {
        alter(run, random, is_any, |it| it.called = it.returned.unwrap_or(it.called))
    }),
    ("all operations that took no time", |run, _| {
        run.operations.iter_mut().for_each(|it| it.called = it.returned.unwrap_or(it.called));
        Some(())
    }),
    ("a refusal added", |run, random| insert_push(run, random, Pushed::Full)),
    ("a push that was closed added", |run, random| insert_push(run, random, Pushed::Closed)),
    ("an accepted push added", |run, random| insert_push(run, random, Pushed::Accepted)),
    ("a pop that found nothing added", |run, random| {
        insert(run, random, CONSUMER, Call::Pop(Some(Popped::Empty)))
    }),
    ("a pop that found a message being written added", |run, random| {
        insert(run, random, CONSUMER, Call::Pop(Some(Popped::Pending)))
    }),
    ("closing added", |run, random| insert(run, random, CONSUMER, Call::Close)),
    ("the end of a thread cut off", |run, random| {
        let thread = random.u32(0..=run.config.producers);
        let last = last_of(run, thread)?;
        run.operations.remove(last);
        Some(())
    }),
    ("another queue, smaller or larger", |run, random| {
        let config = &mut run.config;
        if random.bool() {
            config.capacity += 1;
            config.max_capacity = config.max_capacity.max(config.capacity);
        } else {
            config.max_capacity = config.max_capacity.checked_sub(1).filter(|&it| it > 0)?;
            config.capacity = config.capacity.min(config.max_capacity);
        }
        Some(())
    }),
];
