//! How fast queues are beside one of them. They run by turns, so that what else the machine does meets all
//! of them, and each round has ratios of its own.

use std::collections::BTreeSet;

use crate::cores;
use crate::queues::Named;
use crate::workloads::Workload;

const ROUNDS: u16 = 31;

/// How many seconds a run took, and on which cores.
type Run = (f64, BTreeSet<u32>);

pub(crate) fn print_head() {
    println!(
        "| workload | queue | beside | times as fast | 10 to 90 % of rounds | ns a message | cores |"
    );
    println!("|---|---|---|---|---|---|---|");
}

/// A row for each queue, beside the first. That one runs twice in a round: how it does beside itself says
/// how much is noise. Cores are those on which its threads were when they had done their part, and in how many rounds that
/// was the same one for all.
pub(crate) fn print<M>(workload: Workload, size: &str, queues: &[Named<M>]) {
    let beside = queues[0];
    let run = |(_, queue): Named<M>| {
        cores::take();
        (queue.run(workload).as_secs_f64(), cores::take())
    };
    let rounds: Vec<(f64, Vec<Run>)> =
        (0..ROUNDS).map(|_| (run(beside).0, queues.iter().copied().map(run).collect())).collect();
    for (row, (name, _)) in queues.iter().enumerate() {
        let ratios = sorted(rounds.iter().map(|(beside, times)| beside / times[row].0));
        let times = sorted(rounds.iter().map(|(_, times)| times[row].0));
        let ran_on: Vec<_> = rounds.iter().map(|(_, times)| times[row].1.clone()).collect();
        let (tenth, middle, last) = (ratios.len() / 10, ratios.len() / 2, ratios.len() - 1);
        println!(
            "| {}, {size} | {name} | {} | {:.2} | {:.2} to {:.2} | {:.1} | {} |",
            workload.name(),
            beside.0,
            ratios[middle],
            ratios[tenth],
            ratios[last - tenth],
            times[middle] * 1e9 / f64::from(workload.messages()),
            cores::told(&ran_on),
        );
    }
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}
