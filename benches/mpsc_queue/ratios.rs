//! How fast queues are beside one of them. They run by turns, so that what else the machine does meets all
//! of them, and each round has ratios of its own.

use crate::queues::Named;
use crate::workloads::Workload;

const ROUNDS: u16 = 31;

pub(crate) fn print_head() {
    println!("| workload | queue | beside | times as fast | 10 to 90 % of rounds | ns a message |");
    println!("|---|---|---|---|---|---|");
}

/// A row for each queue, beside the first. That one runs twice in a round: how it does beside itself says
/// how much is noise.
pub(crate) fn print<M>(workload: Workload, size: &str, queues: &[Named<M>]) {
    let beside = queues[0];
    let seconds = |(_, queue): Named<M>| queue.run(workload).as_secs_f64();
    let rounds: Vec<(f64, Vec<f64>)> = (0..ROUNDS)
        .map(|_| (seconds(beside), queues.iter().copied().map(seconds).collect()))
        .collect();
    for (row, (name, _)) in queues.iter().enumerate() {
        let ratios = sorted(rounds.iter().map(|(beside, times)| beside / times[row]));
        let times = sorted(rounds.iter().map(|(_, times)| times[row]));
        let (tenth, middle, last) = (ratios.len() / 10, ratios.len() / 2, ratios.len() - 1);
        println!(
            "| {}, {size} | {name} | {} | {:.2} | {:.2} to {:.2} | {:.1} |",
            workload.name(),
            beside.0,
            ratios[middle],
            ratios[tenth],
            ratios[last - tenth],
            times[middle] * 1e9 / f64::from(workload.messages()),
        );
    }
}

fn sorted(numbers: impl Iterator<Item = f64>) -> Vec<f64> {
    let mut numbers: Vec<f64> = numbers.collect();
    numbers.sort_by(f64::total_cmp);
    numbers
}
