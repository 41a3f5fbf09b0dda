//! The command line's `stress`.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use clap::{Args, FromArgMatches};
use mitregate::gate::report::{count, thousands};
use mitregate::gate::{Console, Outcome, Verb, VerbError};
use mitregate_mpsc_queue::{Config, channel};

use super::super::history::verb::{tell, tell_counts};
use super::super::history::{Counts, History, check, write};
use super::{Plan, run as run_threads};

#[derive(Args, Debug)]
struct StressArgs {
    /// How many producers there are
    #[arg(long, value_name = "N", default_value_t = 3, value_parser = clap::value_parser!(u32).range(1..=1000))]
    producers: u32,
    /// How many messages each of them pushes in a run
    #[arg(long, value_name = "N", default_value_t = 20_000)]
    messages: u32,
    /// The capacity that the queue starts with
    #[arg(long, value_name = "N", default_value_t = 4)]
    capacity: usize,
    /// The capacity that it may grow to; the same as --capacity is a queue that does not grow [default: 1024, or
    /// --capacity if that is more]
    #[arg(long, value_name = "N")]
    max_capacity: Option<usize>,
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
    #[arg(long, value_name = "N")]
    runs: Option<u64>,
    /// Begin no run after so many seconds, and let producers leave
    #[arg(long, value_name = "N")]
    seconds: Option<u64>,
    /// Write the history of the last run to this file
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
        Exit codes: 0 linearizable, 1 not linearizable, 2 bad usage, 3 interrupted.";
    let command = clap::Command::new("stress")
        .about("Run the queue on real threads, and check the history of what they did")
        .after_help(notes);
    Verb { command: StressArgs::augment_args(command), run }
}

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
}

fn run(matches: &clap::ArgMatches, console: &Console<'_>) -> Result<Outcome, VerbError> {
    let args = StressArgs::from_arg_matches(matches)?;
    let max_capacity = args.max_capacity.unwrap_or(args.capacity.max(1024));
    let queue = Config::elastic(args.capacity, max_capacity)?;
    let until = args.seconds.and_then(|it| Instant::now().checked_add(Duration::from_secs(it)));
    let runs = args.runs.unwrap_or(if args.seconds.is_some() { u64::MAX } else { 1 });
    let mut total = Total::default();
    let mut seed = args.seed;
    for number in 1..=runs {
        let is_late = until.is_some_and(|until| Instant::now() >= until);
        if console.interrupt.load(Ordering::Relaxed) || (is_late && number > 1) {
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
        let default = PathBuf::from(format!("mpsc_queue-history-{seed}.jsonl"));
        let file = args.trace.as_ref().unwrap_or(&default);
        if let Some(contradiction) = total.add(&plan, file, args.trace.is_some(), console)? {
            (console.print)(&contradiction)?;
            return Ok(Outcome::Unexpected);
        }
        seed = seed.wrapping_add(1);
    }
    (console.print)(&total.tell(&args, queue))?;
    if let Some(file) = args.trace.filter(|_| total.runs > 0) {
        (console.print)(&format!("the last history is in {}\n", file.display()))?;
    }
    let is_interrupted = console.interrupt.load(Ordering::Relaxed);
    Ok(if is_interrupted { Outcome::Inconclusive } else { Outcome::Expected })
}

impl Total {
    /// Makes a run, and checks it. What is wrong with its history, if something is; then it is in the file.
    fn add(
        &mut self,
        plan: &Plan,
        file: &Path,
        is_wanted: bool,
        console: &Console<'_>,
    ) -> Result<Option<String>, VerbError> {
        let (producer, consumer) = channel(plan.queue)?;
        let mut producers = vec![producer];
        while producers.len() < plan.producers as usize {
            producers.push(producers[0].clone());
        }
        let began = Instant::now();
        let (operations, grown) = run_threads(plan, producers, consumer, console.interrupt);
        self.running += began.elapsed();
        (console.progress)(&format!("seed {}: checking", plan.seed));
        let name = file.display().to_string();
        let history = History::recorded(plan.configuration(), name.clone(), operations)?;
        let began = Instant::now();
        let checked = check(&history);
        self.checking += began.elapsed();
        if is_wanted || checked.is_err() {
            fs::write(file, write(&history)).map_err(|error| format!("{name}: {error}"))?;
        }
        self.runs += 1;
        self.grown = self.grown.max(grown);
        self.operations += history.operations().len() as u64;
        self.counts = self.counts.and(history.counts());
        Ok(checked.err().map(|contradiction| {
            format!(
                "seed {}: {}the history is in {name}\n",
                plan.seed,
                tell(&history, &contradiction)
            )
        }))
    }
    /// For people.
    fn tell(&self, args: &StressArgs, queue: Config) -> String {
        let Total { runs, operations, counts, grown, running, checking } = self;
        let rings = match (queue.last_generation(), grown) {
            (0, _) => format!("capacity {}", queue.initial_capacity()),
            _ => format!(
                "capacity {}, grown {} to {}; at most {}",
                queue.initial_capacity(),
                count((*grown).into(), "time"),
                queue.capacity_of(*grown),
                queue.max_capacity()
            ),
        };
        format!(
            "linearizable: {}, {} operations\n  \
             threads  {} and the consumer{}\n  \
             queue    {rings}\n{}  \
             time     {:.3} s the runs, {:.3} s the checks\n",
            count(*runs, "run"),
            thousands(*operations),
            count(args.producers as usize, "producer"),
            if args.blocking { ", which wait" } else { "" },
            tell_counts(*counts),
            running.as_secs_f64(),
            checking.as_secs_f64()
        )
    }
}
