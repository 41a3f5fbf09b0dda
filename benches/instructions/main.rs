//! How many instructions a push and a pop of the queue retire, beside the same protocol written by hand:
//! the price of writing an algorithm as a step machine over a trait. And how many it takes to go through a vote's
//! effects with the hook for traces, beside doing so without it.
//!
//! Valgrind's tool callgrind counts, so the figures are the same every time for one compiler and one kind
//! of machine. With `--check` the program fails if something takes more than its [`ALLOWANCES`]
//! beyond what it is compared with. Without valgrind it says so and counts nothing, which is a failure only if the
//! environment has `MITREGATE_REQUIRE_VALGRIND`.

mod by_hand;
mod hook;

use std::env;
use std::hint::black_box;
use std::process::{Command, ExitCode};

use mitregate_mpsc_queue::{Config, Consumer, Producer, channel};

/// What is counted, what it is compared with, and how many instructions more it may take.
///
/// Compilers differ by one or two; and no compiler carries what the consumer knows over the load of a sequence number,
/// which acquires, so that a pop reads some of it twice. A hook that is not there takes none; one that nobody listens
/// to looks whether somebody does, once for each effect.
const ALLOWANCES: [(&str, &str, f64); 4] = [
    ("push_shipped", "push_by_hand", 2.0),
    ("pop_shipped", "pop_by_hand", 3.0),
    ("vote_unobserved", "vote_without_hook", 0.0),
    ("vote_traced", "vote_without_hook", 40.0),
];
const MESSAGES: u32 = 100_000;
const CAPACITY: u64 = 1024;
/// The argument with which this program runs itself under valgrind.
const COUNTED: &str = "--counted";

// Callgrind counts while it is in one of these, so they have to remain functions.

#[inline(never)]
fn push_shipped(producer: &mut Producer<u64>, message: u64) -> bool {
    producer.try_push(message).is_ok()
}

#[inline(never)]
fn pop_shipped(consumer: &mut Consumer<u64>) -> Option<u64> {
    consumer.try_pop().ok()
}

#[inline(never)]
fn push_by_hand(producer: &mut by_hand::Producer, message: u64) -> bool {
    producer.try_push(message).is_ok()
}

#[inline(never)]
fn pop_by_hand(consumer: &mut by_hand::Consumer) -> Option<u64> {
    consumer.try_pop()
}

/// What is counted: every message goes through both queues.
fn run_counted() {
    let capacity = usize::try_from(CAPACITY).expect("a small number");
    let config = Config::fixed(capacity).expect("a power of two");
    let (mut producer, mut consumer) = channel(config).expect("memory for a small ring");
    let shared = by_hand::Shared::new();
    // What the shipped queue reads from memory shall not be a constant here.
    let (mut hand_producer, mut hand_consumer) = shared.ends(black_box(CAPACITY), black_box(false));
    for message in (0..MESSAGES).map(u64::from) {
        assert!(push_shipped(&mut producer, black_box(message)));
        assert_eq!(pop_shipped(&mut consumer), Some(message));
        assert!(push_by_hand(&mut hand_producer, black_box(message)));
        assert_eq!(pop_by_hand(&mut hand_consumer), Some(message));
    }
    hook::run_counted(MESSAGES);
}

/// Instructions per call of a function of this program, with all that it calls.
fn instructions(function: &str) -> f64 {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(format!("--toggle-collect=*{function}*"))
        .arg(env::current_exe().expect("a program has a path"))
        .arg(COUNTED)
        .output()
        .expect("valgrind starts");
    let report = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{report}");
    let collected = report.lines().find_map(|line| line.split_once("Collected : "));
    let (_, collected) =
        collected.unwrap_or_else(|| panic!("callgrind counted nothing:\n{report}"));
    let collected: f64 = collected.trim().parse().expect("a number of instructions");
    assert!(collected > 0.0, "no function is called {function}:\n{report}");
    collected / f64::from(MESSAGES)
}

/// Whether all keep within their allowances.
fn compare() -> bool {
    println!("| what | instructions | beside | instructions | more | allowed |");
    println!("|---|---|---|---|---|---|");
    let within = ALLOWANCES.map(|(operation, other, allowed)| {
        let [counted, compared] = [operation, other].map(instructions);
        let more = counted - compared;
        let [operation, other] = [operation, other].map(|it| it.replace('_', " "));
        println!(
            "| {operation} | {counted:.1} | {other} | {compared:.1} | {more:+.1} | {allowed:+} |"
        );
        more <= allowed
    });
    within.into_iter().all(|it| it)
}

fn main() -> ExitCode {
    let asked = |argument: &str| env::args().any(|given| given == argument);
    if asked(COUNTED) {
        run_counted();
        return ExitCode::SUCCESS;
    }
    if Command::new("valgrind").arg("--version").output().is_err() {
        println!("skipped: valgrind counts instructions; install it, as the package valgrind");
        let is_required = env::var_os("MITREGATE_REQUIRE_VALGRIND").is_some();
        return ExitCode::from(u8::from(is_required));
    }
    if !compare() && asked("--check") {
        eprintln!("something takes more than it is allowed: what was added to its way?");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}
