//! The command line's `stress`.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::{Args, FromArgMatches};
use mitregate::gate::report::count;
use mitregate::gate::{Console, Outcome, Verb, VerbError};
use mitregate_mpsc_queue::{Config, channel};

use super::super::history::verb::{tell, tell_counts};
use super::super::history::{Counts, History, check, write};
use super::{Patience, Plan, run as run_threads};

#[derive(Args, Debug)]
struct StressArgs {
    /// How many producers there are
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    producers: u32,
    /// How many messages each of them pushes in a run
    #[arg(long, value_name = "N", default_value_t = 20_000, value_parser = clap::value_parser!(u32).range(1..))]
    messages: u32,
    /// The capacity that the queue starts with
    #[arg(long, value_name = "N", default_value_t = 4)]
    capacity: usize,
    /// The capacity that it may grow to; the same as --capacity is a queue that does not grow [default: 1024, or
    /// --capacity if that is more]
    #[arg(long, value_name = "N")]
    max_capacity: Option<usize>,
    /// Let the queue shrink when so many messages were taken while there was little in it [default: it stays as
    /// large as it has become]
    #[arg(long, value_name = "MESSAGES", default_value_t = 0, hide_default_value = true)]
    shrink_after: u32,
    /// Let pushes and pops wait, instead of trying again
    #[arg(long)]
    blocking: bool,
    /// Drop the consumer after so many messages
    #[arg(long, value_name = "N")]
    drop_after: Option<u64>,
    /// The seed of the first run, for pauses and bursts; further runs count on from it
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// How many runs there are [default: 1, or with --seconds as many as there is time for]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    runs: Option<u64>,
    /// Begin no run after so many seconds, and let producers leave
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    seconds: Option<u64>,
    /// Give a run up when no message has gone in or out for so many seconds; once producers are to leave, after a
    /// tenth of that
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..))]
    patience: u64,
    /// Write the history of the last run to this file, or that of the run that failed
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

/// The verb `stress`.
pub(in super::super) fn verb() -> Verb {
    let notes = "Threads run the queue that ships. Each notes its own operations, with the times of their calls and \
        returns, and shares nothing with the others but the queue. Then it is checked whether some order of all operations \
        is that of a queue; trace --help says what is asked. A seed gives pauses and bursts, and not the order \
        of the threads.\n\nA history that is not linearizable is written to the file of --trace, or to \
        mpsc_queue-history-SEED.jsonl, and the verb trace says the same of it again.\n\n\
        A run that does not end is given up after a while, and that is a failure as well. Where a call of the queue \
        does not return, the program ends with exit code 1 and without a history.\n\n\
        Exit codes: 0 linearizable, 1 not linearizable, or a run that did not end, 2 bad usage, 3 interrupted.";
    let command = clap::Command::new("stress")
        .about("Run the queue on real threads, and check the history of what they did")
        .after_help(notes);
    Verb { command: StressArgs::augment_args(command), run }
}

/// What is wrong where no message went in or out any more, and the consumer was not told that the queue is closed.
const DID_NOT_END: &str = "THE QUEUE DID NOT END: no message went in or out any more, and the consumer was not told \
                           that it is closed; --patience says how long that may be\n";

/// What came of all runs.
#[derive(Default)]
struct Total {
    runs: usize,
    operations: u64,
    counts: Counts,
    /// How many times a queue has grown, at most.
    grown: u8,
    running: Duration,
    checking: Duration,
    /// The history of the last run.
    last: Option<History>,
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = StressArgs::from_arg_matches(matches)?;
    let max_capacity = args.max_capacity.unwrap_or(args.capacity.max(1024));
    let queue = Config::elastic(args.capacity, max_capacity)?.shrink_after(args.shrink_after);
    if let Some(file) = &args.trace {
        // Better known before the runs than after them.
        let opened = fs::OpenOptions::new().create(true).append(true).open(file);
        opened.map_err(|error| format!("{}: {error}; give a file for --trace", file.display()))?;
    }
    let until = args.seconds.and_then(|it| Instant::now().checked_add(Duration::from_secs(it)));
    let runs = args.runs.unwrap_or(if args.seconds.is_some() { u64::MAX } else { 1 });
    let mut total = Total::default();
    let mut seed = args.seed;
    let is_interrupted = || console.interrupt.load(Ordering::Relaxed);
    for number in 1..=runs {
        let is_late = until.is_some_and(|until| Instant::now() >= until);
        if is_interrupted() || (is_late && number > 1) {
            break;
        }
        (console.progress)(&format!("run {number}, seed {seed}"));
        let plan = Plan {
            queue,
            producers: args.producers,
            messages: args.messages,
            blocking: args.blocking,
            drop_after: args.drop_after,
            seed,
            until,
        };
        if let Some(problem) = total.add(&plan, &args, console)? {
            let default = PathBuf::from(format!("mpsc_queue-history-{seed}.jsonl"));
            let file = args.trace.as_ref().unwrap_or(&default);
            let written = match total.write(file) {
                Ok(()) => format!("the history is in {}\n", file.display()),
                Err(error) => format!("the history is not written: {error}\n"),
            };
            (console.print)(&format!("seed {seed}: {}{written}", problem.why))?;
            let is_open = problem.gave_up && is_interrupted();
            return Ok(if is_open { Outcome::Inconclusive } else { Outcome::Unexpected });
        }
        seed = seed.wrapping_add(1);
    }
    (console.print)(&total.tell(&args, queue))?;
    if let Some(file) = args.trace.filter(|_| total.runs > 0) {
        total.write(&file)?;
        (console.print)(&format!("the last history is in {}\n", file.display()))?;
    }
    Ok(if is_interrupted() { Outcome::Inconclusive } else { Outcome::Expected })
}

/// What is wrong with a run.
struct Problem {
    why: String,
    /// Nothing is, but that it did not end.
    gave_up: bool,
}

/// Ends the program when a call of the queue does not return: a thread in a call cannot be ended by itself.
#[allow(clippy::exit)]
fn end(plan: &Plan, args: &StressArgs, is_interrupted: bool) {
    eprintln!("seed {}: {}", plan.seed, tell_hung(plan, args));
    std::process::exit(if is_interrupted { 3 } else { 1 });
}

fn tell_hung(plan: &Plan, args: &StressArgs) -> String {
    let Plan { producers, messages, seed, queue, .. } = plan;
    let mut flags = format!(
        "--producers {producers} --messages {messages} --capacity {} --max-capacity {} --seed {seed}",
        queue.initial_capacity(),
        queue.max_capacity()
    );
    if plan.blocking {
        flags.push_str(" --blocking");
    }
    if let Some(enough) = plan.drop_after {
        let _ = write!(flags, " --drop-after {enough}");
    }
    format!(
        "A CALL OF THE QUEUE DOES NOT RETURN: no message has gone in or out for longer than --patience {} allows. To \
         repeat it, as far as a seed does: stress {flags}",
        args.patience
    )
}

impl Total {
    /// Makes a run, and checks it. What is wrong with it, if something is.
    fn add(
        &mut self,
        plan: &Plan,
        args: &StressArgs,
        console: &Console<'_>,
    ) -> Result<Option<Problem>, VerbError> {
        let (producer, consumer) = channel(plan.queue)?;
        let mut producers = vec![producer];
        while producers.len() < plan.producers as usize {
            producers.push(producers[0].clone());
        }
        self.last = None;
        let interrupt = console.interrupt;
        let hung = || end(plan, args, interrupt.load(Ordering::Relaxed));
        let patience = Patience { longest: Duration::from_secs(args.patience), hung: &hung };
        let began = Instant::now();
        let ran = run_threads(plan, producers, consumer, interrupt, &patience);
        self.running += began.elapsed();
        (console.progress)(&format!("seed {}: checking", plan.seed));
        let name = args.trace.as_ref().map_or_else(
            || format!("mpsc_queue-history-{}.jsonl", plan.seed),
            |file| file.display().to_string(),
        );
        let history = History::recorded(plan.configuration(), name, ran.operations)?;
        let began = Instant::now();
        let checked = check(&history);
        self.checking += began.elapsed();
        self.runs += 1;
        self.grown = self.grown.max(ran.grown);
        self.operations += history.operations().len() as u64;
        self.counts = self.counts.and(history.counts());
        let problem = match checked {
            Err(contradiction) => {
                Some(Problem { why: tell(&history, &contradiction), gave_up: false })
            }
            Ok(_) if ran.gave_up => Some(Problem { why: DID_NOT_END.to_owned(), gave_up: true }),
            Ok(_) => None,
        };
        self.last = Some(history);
        Ok(problem)
    }

    fn write(&self, file: &Path) -> Result<(), String> {
        let text = self.last.as_ref().map(write).unwrap_or_default();
        fs::write(file, text).map_err(|error| format!("{}: {error}", file.display()))
    }

    /// For people.
    fn tell(&self, args: &StressArgs, queue: Config) -> String {
        let Total { runs, operations, counts, grown, running, checking, last: _ } = self;
        let rings = if queue.last_level() == 0 {
            format!("capacity {}", queue.initial_capacity())
        } else {
            // What is counted modulo 256 in a queue that shrinks says little.
            let grown = (!queue.shrinks()).then(|| {
                let times = count((*grown).into(), "time");
                format!(", grown {times} to {}", queue.capacity_of(*grown))
            });
            format!(
                "capacity {}{}; at most {}",
                queue.initial_capacity(),
                grown.as_deref().unwrap_or(", grows and shrinks"),
                queue.max_capacity()
            )
        };
        format!(
            "linearizable: {}, {}\n  \
             threads  {} and the consumer{}\n  \
             queue    {rings}\n{}  \
             time     {:.3} s the runs, {:.3} s the checks\n",
            count(*runs, "run"),
            count(usize::try_from(*operations).unwrap_or(usize::MAX), "operation"),
            count(args.producers as usize, "producer"),
            if args.blocking { ", which wait" } else { "" },
            tell_counts(*counts),
            running.as_secs_f64(),
            checking.as_secs_f64()
        )
    }
}
