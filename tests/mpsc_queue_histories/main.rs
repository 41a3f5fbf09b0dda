//! Histories of the queue on real threads: those of the queue that ships are linearizable, those of broken queues are
//! not; and the check says of a small history what a search through all orders says, which shares nothing with it.

mod broken;
#[path = "../common/mod.rs"]
mod common;
mod runs;
mod search;
mod tamper;

use std::collections::{HashMap, HashSet, VecDeque};
use std::path::Path;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use mitregate::check::trace::Trace;
use mitregate::tla::value::Value;
use mitregate_models::mpsc_queue::history::{
    CONSUMER, Call, Configuration, Contradiction, Event, History, HistoryError, Message, Operation,
    Order, Popped, Pushed, Rule, behaviour, check, read, write,
};
use mitregate_models::mpsc_queue::stress::{self, Consume, Patience, Plan, Produce, Ran};
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
    let returns: HashMap<Message, Option<u64>> = operations
        .iter()
        .filter_map(|it| match it.call {
            Call::Push(message, None | Some(Pushed::Accepted)) => Some((message, it.returned)),
            _ => None,
        })
        .collect();
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
            Event::Pending => {
                let first = queue.front().unwrap_or_else(|| panic!("{what}: {step:?}"));
                let returned = returns.get(first).copied().flatten();
                let called = operations[step.operation.unwrap()].called;
                assert!(returned.is_none_or(|end| end >= called), "{what}: {step:?} {first}");
            }
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

/// How many histories are of a kind: without an order, and with one.
#[derive(Debug, Default)]
struct Kinds {
    /// The consumer closes the queue, and a push was refused as full.
    full_and_closed: [usize; 2],
    /// A pop found a message being written.
    pending: [usize; 2],
}

impl Kinds {
    fn count(&mut self, history: &History, has_order: bool) {
        let counts = history.counts();
        let closes = history.operations().iter().any(|it| it.call == Call::Close);
        let has_order = usize::from(has_order);
        self.full_and_closed[has_order] += usize::from(closes && counts.full > 0);
        self.pending[has_order] += usize::from(counts.pending > 0);
    }
}

/// How many random histories are tried: 20,000, or as many as a variable of the environment says.
fn seeds() -> u64 {
    let wanted = std::env::var("MITREGATE_HISTORIES").ok();
    wanted.map_or(20_000, |it| it.parse().unwrap_or_else(|_| panic!("MITREGATE_HISTORIES={it}")))
}

#[test]
fn histories_at_random_have_an_order_where_the_search_finds_one() {
    let (mut all, mut with_order, mut only_together) = (0, 0, 0);
    let mut kinds = Kinds::default();
    for seed in 0..seeds() {
        let Ok(history) = history(&noise(seed)) else { continue };
        all += 1;
        let has_order = compare(&history, &format!("seed {seed}"));
        with_order += usize::from(has_order);
        kinds.count(&history, has_order);
        let Configuration { capacity, max_capacity, .. } = history.config();
        if has_order && capacity == max_capacity {
            only_together += usize::from(!has_order_of_all(&history));
        }
    }
    println!(
        "{all} histories, {with_order} have an order; in {only_together} only refusals together contradict"
    );
    println!("{kinds:?}");
    let generous = GENEROUS.load(Ordering::Relaxed);
    println!("{generous} without an order were accepted, because operations may be missing");
    assert!(generous < all / 200, "{generous}");
    let Kinds { full_and_closed, pending } = kinds;
    assert!(full_and_closed.iter().all(|&it| it > all / 200), "{full_and_closed:?}");
    assert!(pending.iter().all(|&it| it > all / 50), "{pending:?}");
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
    let ran = threads(plan, producers, consumer);
    assert!(!ran.gave_up, "{plan:?}");
    History::recorded(plan.configuration(), "stress.jsonl".to_owned(), ran.operations).unwrap()
}

/// Runs threads that come to an end.
fn threads<P: Produce, C: Consume>(plan: &Plan, producers: Vec<P>, consumer: C) -> Ran {
    let hung = || {
        eprintln!("a call of the queue does not return: {plan:?}");
        std::process::abort();
    };
    let patience = Patience { longest: Duration::from_mins(1), hung: &hung };
    stress::run(plan, producers, consumer, &AtomicBool::new(false), &patience)
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
            let Ran { operations, .. } = threads(&plan, producers, consumer);
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

#[test]
fn a_run_that_does_not_end_is_given_up() {
    // There is room for all messages in the first, so that its producers leave.
    for (fault, capacity) in
        [(Fault::IsNeverWritten, 8192), (Fault::Stops, 16), (Fault::NeverReturns, 16)]
    {
        let plan = Plan { messages: 2_000, ..plan(capacity, capacity, 3, 0) };
        let (producers, consumer) = broken::queue(fault, capacity, plan.producers);
        broken::RELEASED.store(false, Ordering::Relaxed);
        let hung = || broken::RELEASED.store(true, Ordering::Relaxed);
        let patience = Patience { longest: Duration::from_millis(500), hung: &hung };
        let began = Instant::now();
        let ran = stress::run(&plan, producers, consumer, &AtomicBool::new(false), &patience);
        println!("{fault:?}: {} operations, {:?}", ran.operations.len(), began.elapsed());
        assert!(ran.gave_up, "{fault:?}");
        let is_released = broken::RELEASED.load(Ordering::Relaxed);
        assert!(is_released || fault != Fault::NeverReturns);
        // Nothing says that the consumer closed the queue, as nobody told it to.
        let has_closed = ran.operations.iter().any(|it| it.call == Call::Close);
        assert!(!has_closed, "{fault:?}");
    }
}

/// The example in a folder: its exit code, and what it prints.
fn example(folder: &Path, args: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(common::example("mpsc_queue"));
    let output = command.args(args).current_dir(folder).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap(), text(output.stdout), text(output.stderr))
}

#[test]
fn the_program_runs_threads_and_reads_their_history_again() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| example(folder.path(), args);
    let small = ["stress", "--messages", "500", "--producers", "2", "--capacity", "2"];
    let (code, out, err) =
        run(&[&small[..], &["--runs", "3", "--trace", "history.jsonl"]].concat());
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.starts_with("linearizable: 3 runs, "), "{out}");
    assert!(out.contains("3,000 accepted") && out.contains("queue    capacity 2, grown"), "{out}");
    let (code, out, err) = run(&["trace", "history.jsonl"]);
    assert_eq!(code, 0, "{out}{err}");
    assert!(out.starts_with("linearizable: ") && out.contains("1,000 took a message"), "{out}");
    let (code, out, _) = run(&[&small[..], &["--blocking", "--drop-after", "100"]].concat());
    assert_eq!(code, 0, "{out}");
    assert!(out.contains("2 producers and the consumer, which wait"), "{out}");

    // The first message is taken a second time, at the end.
    let path = folder.path().join("history.jsonl");
    let written = std::fs::read_to_string(&path).unwrap();
    let is_pop = |line: &&str| line.contains("\"op\":\"pop\",\"message\"");
    let pop = written.lines().find(is_pop).unwrap();
    let message = &pop[pop.find("\"op\"").unwrap()..];
    let last = "{\"thread\":0,\"call\":900000000000,\"return\":900000000001,";
    std::fs::write(folder.path().join("more.jsonl"), format!("{last}{message}\n")).unwrap();
    let closed = written.replace("\"result\":\"closed\"", "\"result\":\"empty\"");
    std::fs::write(&path, closed).unwrap();
    let (code, out, _) = run(&["trace", "history.jsonl", "more.jsonl"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.starts_with("NOT LINEARIZABLE: no order of "), "{out}");
    assert!(
        out.contains("  more.jsonl:1: consumer: pop of ") && out.contains("taken twice"),
        "{out}"
    );
    assert!(out.contains("beside\n  history.jsonl:"), "{out}");
}

#[test]
fn bad_usage_and_bad_files_are_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let header = "{\"queue\":{\"capacity\":1,\"max_capacity\":1,\"producers\":1}}\n";
    let utf16: Vec<u8> = "\u{feff}{".encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, text) in [
        ("bad.jsonl", &b"{\"thread\":0}\n"[..]),
        ("header.jsonl", header.as_bytes()),
        ("wide.jsonl", &utf16),
    ] {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    for (args, wanted) in [
        (&["stress", "--capacity", "3"][..], "make it a power of two, such as 4"),
        (&["stress", "--capacity", "8", "--max-capacity", "4"], "is above the maximum"),
        (&["stress", "--producers", "0"], "invalid value '0' for '--producers <N>'"),
        (&["stress", "--runs", "0"], "invalid value '0' for '--runs <N>'"),
        (&["stress", "--messages", "0"], "invalid value '0' for '--messages <N>'"),
        (&["stress", "--seconds", "0"], "invalid value '0' for '--seconds <N>'"),
        (&["stress", "--trace", "none/h.jsonl"], "none/h.jsonl: "),
        (&["trace", "header.jsonl"], "header.jsonl: there is no operation; give the file"),
        (&["trace", "wide.jsonl"], "cannot read wide.jsonl: it is in UTF-16; save it in UTF-8"),
        (&["trace"], "<FILE>..."),
        (&["trace", "none.jsonl"], "none.jsonl: "),
        (&["trace", "bad.jsonl"], "bad.jsonl:1: no operation: missing field `call`"),
    ] {
        let (code, out, err) = example(folder.path(), args);
        assert_eq!(code, 2, "{args:?}: {out}{err}");
        assert!(err.contains(wanted), "{args:?}: {err}");
    }
}

#[test]
fn an_order_is_a_behaviour_in_itf() {
    let folder = tempfile::tempdir().unwrap();
    let run = |args: &[&str]| example(folder.path(), args);
    let stress = ["stress", "--messages", "50", "--drop-after", "100", "--trace", "history.jsonl"];
    assert_eq!(run(&stress).0, 0);
    let (code, out, err) = run(&["trace", "history.jsonl", "--save", "order.itf.json"]);
    assert_eq!(code, 0, "{out}{err}");
    let text = std::fs::read_to_string(folder.path().join("order.itf.json")).unwrap();
    let (trace, meta) = Trace::from_itf(&serde_json::from_str(&text).unwrap()).unwrap();
    assert_eq!(meta["system"], "mpsc_queue");
    let name = "history.jsonl".to_owned();
    let written = std::fs::read_to_string(folder.path().join(&name)).unwrap();
    let history = read(&[(name, written)]).unwrap();
    assert_eq!(trace, behaviour(&check(&history).unwrap()).unwrap());
    let last = &trace.steps.last().unwrap().state;
    assert_eq!(last.field("tail").and_then(Value::as_int), Some(100));
    assert_eq!(last.field("closed").and_then(Value::as_bool), Some(true));

    // The page on the queue has these flags.
    let page = common::read("docs/mpsc_queue.md");
    let small = "stress --blocking --messages 800 --max-capacity 16 --trace history.jsonl";
    assert!(page.contains(small));
    assert_eq!(run(&small.split(' ').collect::<Vec<_>>()).0, 0);
    let (code, out, err) = run(&["trace", "history.jsonl", "--save", "small.itf.json"]);
    assert_eq!(code, 0, "{out}{err}");
    assert_eq!(run(&["stress", "--messages", "3000", "--trace", "history.jsonl"]).0, 0);
    let (code, _, err) = run(&["trace", "history.jsonl", "--save", "order.itf.json"]);
    assert_eq!(code, 2);
    assert!(err.contains("more than 5,000 operations") && err.contains("without --save"), "{err}");
}

#[test]
fn the_work_grows_little_more_than_the_number_of_operations() {
    let seconds = |count: u32| {
        let config = Configuration { capacity: 4, max_capacity: 4, producers: 2 };
        let mut operations = Vec::new();
        let mut add = |thread: u32, called: u32, call| {
            let (called, returned) = (u64::from(called), Some(u64::from(called) + 6));
            operations.push(Operation { thread, called, returned, call, place: (0, 0) });
        };
        for at in 0..count {
            let message = Message(1 + at % 2, at);
            add(message.0, 10 * at, Call::Push(message, Some(Pushed::Accepted)));
            add(CONSUMER, 10 * at + 3, Call::Pop(Some(Popped::Message(message))));
        }
        let history = History::recorded(config, "long.jsonl".to_owned(), operations).unwrap();
        let began = Instant::now();
        assert!(check(&history).is_ok());
        began.elapsed().as_secs_f64()
    };
    let [short, long] = [20_000, 200_000].map(seconds);
    println!("40,000 operations: {short:.3} s, 400,000 operations: {long:.3} s");
    // A machine that is busy may double ten times as long, and more.
    assert!(long < 40.0 * short.max(0.005), "{short} s and {long} s");
}
