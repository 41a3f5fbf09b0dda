//! Histories of the queue on real threads: those of the queue that ships are linearizable, those of broken queues are
//! not; and the check says of a small history what a search through all orders says, which shares nothing with it.

mod broken;
#[path = "../common/mod.rs"]
mod common;
mod runs;
mod search;
mod tamper;

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Instant;

use mitregate::check::trace::Trace;
use mitregate_models::mpsc_queue::history::{
    CONSUMER, Call, Configuration, Contradiction, Event, History, HistoryError, Message, Operation,
    Order, Popped, Pushed, Rule, behaviour, check, read, write,
};
use mitregate_models::mpsc_queue::stress::{self, Plan};
use mitregate_mpsc_queue::{Config, channel};

use broken::Fault;
use runs::{Run, noise, run};
use search::{has_order, has_order_of_all};
use tamper::{HARMLESS, TAMPERS};

/// How many histories were accepted that have no order, because operations may be missing.
static GENEROUS: AtomicUsize = AtomicUsize::new(0);

fn history(run: &Run) -> Result<History, HistoryError> {
    History::recorded(run.config, "run.jsonl".to_owned(), run.operations.clone())
}

/// Whether operations may be missing at the end, and pushes were refused as full. The check is generous then: what is
/// missing may have filled the queue, and nobody asks whether the rest still had room.
fn is_generous(history: &History) -> bool {
    let operations = history.operations();
    let last = |thread: u32| operations.iter().rev().find(|it| it.thread == thread);
    let is_whole = |thread: u32| {
        let over = Call::Pop(Some(Popped::Closed));
        last(thread).is_some_and(|it| {
            it.returned.is_some() && [Call::Leave, Call::Close, over].contains(&it.call)
        })
    };
    history.counts().full > 0 && !(0..=history.config().producers).all(is_whole)
}

/// Compares the check with the search. Whether there is an order.
fn compare(history: &History, what: &str) -> bool {
    let found = check(history);
    let is_right = has_order(history);
    if found.is_ok() && !is_right && is_generous(history) {
        GENEROUS.fetch_add(1, Ordering::Relaxed);
        return false;
    }
    assert_eq!(found.is_ok(), is_right, "{what}: {found:#?}\n{}", write(history));
    match found {
        Ok(order) => is_a_run(history, &order, what),
        Err(Contradiction { against, operation, reasons, .. }) => {
            assert!(!against.contains(&operation) && !reasons.is_empty(), "{what}");
        }
    }
    is_right
}

/// Takes the operations of an order one after the other, each at its point.
fn is_a_run(history: &History, order: &Order, what: &str) {
    let operations = history.operations();
    let mut queue = VecDeque::new();
    let (mut is_closed, mut now) = (false, 0);
    let mut done = HashSet::new();
    for step in &order.steps {
        assert!(step.at >= now, "{what}: {step:?}");
        now = step.at;
        if let Some(index) = step.operation {
            let it = operations[index];
            assert!(it.called <= now && it.returned.is_none_or(|end| now <= end), "{what}: {it:?}");
            assert!(done.insert(index), "{what}");
        }
        match step.event {
            Event::Push(message) => {
                assert!(!is_closed, "{what}: {step:?} {order:#?} {}", write(history));
                queue.push_back(message);
                assert!(queue.len() <= history.config().max_capacity as usize, "{what}: {step:?}");
            }
            Event::Pop(message) => assert_eq!(queue.pop_front(), Some(message), "{what}"),
            Event::Empty => assert!(queue.is_empty() && !is_closed, "{what}: {step:?}"),
            Event::Pending => assert!(!queue.is_empty(), "{what}: {step:?}"),
            Event::Over => assert!(queue.is_empty() && is_closed, "{what}: {step:?}"),
            Event::Refused(_) => assert!(is_closed, "{what}: {step:?}"),
            Event::Close | Event::Left => is_closed = true,
        }
    }
    for (index, it) in operations.iter().enumerate() {
        let is_judged_alone = matches!(it.call, Call::Push(_, Some(Pushed::Full)) | Call::Leave);
        let is_in = done.contains(&index) || is_judged_alone || it.returned.is_none();
        assert!(is_in, "{what}: {it:?}");
    }
}

#[test]
fn runs_of_a_simulated_queue_have_an_order() {
    let (mut operations, mut refused) = (0, 0);
    for seed in 0..1_500 {
        let history = history(&run(seed)).unwrap();
        operations += history.operations().len();
        refused += history.counts().full;
        assert!(compare(&history, &format!("seed {seed}")), "seed {seed}");
    }
    assert!(operations > 15_000 && refused > 500, "{operations} operations, {refused} refused");
}

#[test]
fn histories_at_random_have_an_order_where_the_search_finds_one() {
    let (mut all, mut with_order, mut only_together) = (0, 0, 0);
    for seed in 0..20_000 {
        let Ok(history) = history(&noise(seed)) else { continue };
        all += 1;
        let has_order = compare(&history, &format!("seed {seed}"));
        with_order += usize::from(has_order);
        let Configuration { capacity, max_capacity, .. } = history.config();
        if has_order && capacity == max_capacity {
            only_together += usize::from(!has_order_of_all(&history));
        }
    }
    println!(
        "{all} histories, {with_order} have an order; in {only_together} only refusals together contradict"
    );
    let generous = GENEROUS.load(Ordering::Relaxed);
    println!("{generous} without an order were accepted, because operations may be missing");
    assert!(generous < 60, "{generous}");
    assert!(with_order > all / 10 && with_order < all / 2, "{with_order} of {all}");
}

#[test]
fn what_was_tampered_with_is_rejected_where_the_search_finds_no_order() {
    let mut all = 0;
    for (name, tamper) in TAMPERS {
        let (mut tried, mut impossible, mut rejected) = (0, 0, 0);
        for seed in 0..80 {
            let mut run = run(seed);
            if tamper(&mut run, &mut fastrand::Rng::with_seed(seed)).is_none() {
                continue;
            }
            tried += 1;
            match history(&run) {
                Ok(history) => {
                    rejected += usize::from(!compare(&history, &format!("{name}, seed {seed}")));
                }
                Err(_) => impossible += 1,
            }
        }
        println!("{name:<52} {tried:>3} tried {rejected:>3} no order {impossible:>3} no history");
        assert!(tried >= 10, "{name}: {tried}");
        assert!(rejected + impossible > 0 || HARMLESS.contains(&name), "{name}");
        all += rejected;
    }
    assert!(all > 800, "{all}");
}

/// A plan for the queue that ships.
fn plan(capacity: usize, max_capacity: usize, producers: u32, seed: u64) -> Plan {
    Plan {
        queue: Config::elastic(capacity, max_capacity).unwrap(),
        producers,
        messages: 3_000,
        blocking: false,
        drop_after: None,
        seed,
        until: None,
    }
}

fn shipped(plan: &Plan) -> History {
    let (producer, consumer) = channel(plan.queue).unwrap();
    let producers = vec![producer; plan.producers as usize];
    let (operations, _) = stress::run(plan, producers, consumer, &AtomicBool::new(false));
    History::recorded(plan.configuration(), "stress.jsonl".to_owned(), operations).unwrap()
}

#[test]
fn the_queue_that_ships_is_linearizable_on_threads() {
    let elastic = plan(2, 256, 3, 0);
    let fixed = Plan { messages: 1_000, ..plan(8, 8, 2, 0) };
    let plans = [
        elastic,
        fixed,
        plan(1024, 1024, 4, 0),
        Plan { blocking: true, ..elastic },
        Plan { blocking: true, ..fixed },
        Plan { drop_after: Some(1_000), ..elastic },
        Plan { drop_after: Some(500), blocking: true, ..fixed },
        Plan { messages: 300, ..plan(1, 1, 2, 0) },
    ];
    for plan in plans {
        for seed in 0..4 {
            let plan = Plan { seed, ..plan };
            let history = shipped(&plan);
            let counts = history.counts();
            if plan.drop_after.is_none() {
                let all = u64::from(plan.producers) * u64::from(plan.messages);
                assert_eq!((counts.accepted, counts.taken), (all, all), "{plan:?}");
            } else {
                assert_eq!(Some(counts.taken), plan.drop_after);
            }
            assert!(counts.queued <= plan.queue.max_capacity() as u64);
            let order = check(&history).unwrap_or_else(|it| panic!("{plan:?}: {it:#?}"));
            is_a_run(&history, &order, &format!("{plan:?}"));
        }
    }
}

#[test]
fn a_broken_queue_is_found_by_what_it_breaks() {
    let cases = [
        (Fault::Lifo, &[Rule::ProducerOrder, Rule::Linearizability][..]),
        (Fault::Loses, &[Rule::Conservation]),
        (Fault::Repeats, &[Rule::Conservation]),
        (Fault::Invents, &[Rule::Conservation]),
        (Fault::EndsEarly, &[Rule::Conservation]),
        (Fault::RefusesAndKeeps, &[Rule::Conservation]),
        (Fault::Overtakes, &[Rule::Linearizability]),
        (Fault::FindsNothing, &[Rule::Linearizability]),
        (Fault::HoldsTooMany, &[Rule::Linearizability, Rule::Capacity]),
        (Fault::RefusesEarly, &[Rule::Refusal]),
    ];
    for (fault, rules) in cases.into_iter().chain([(Fault::None, &[][..])]) {
        // The threads may by chance do nothing that shows it.
        let seeds = if fault == Fault::None { 5 } else { 40 };
        let found = (0..seeds).find_map(|seed| {
            let plan = Plan { messages: 2_000, ..plan(16, 16, 3, seed) };
            let (producers, consumer) = broken::queue(fault, 16, plan.producers);
            let (operations, _) = stress::run(&plan, producers, consumer, &AtomicBool::new(false));
            let config = plan.configuration();
            let history = History::recorded(config, "broken.jsonl".to_owned(), operations).unwrap();
            check(&history).err().map(|it| it.rule)
        });
        println!("{fault:?}: {found:?}");
        match found {
            Some(rule) => assert!(rules.contains(&rule), "{fault:?}: {rule:?}"),
            None => assert_eq!(fault, Fault::None),
        }
    }
}
