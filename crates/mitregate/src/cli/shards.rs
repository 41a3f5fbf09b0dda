//! `gate --shard`: one of several parts of a run.

use std::collections::BTreeMap;
use std::path::Path;

use super::{Usage, merge};
use crate::gate::report::Shard;
use crate::gate::{Job, shard};

/// What a scenario costs whatever it is, in states.
const EACH: u64 = 500;

/// Reads `2/3`.
pub(super) fn parse(argument: &str) -> Result<(u16, u16), String> {
    let parsed = argument.split_once('/').and_then(|(number, of)| {
        let (number, of): (u16, u16) = (number.parse().ok()?, of.parse().ok()?);
        (1..=of).contains(&number).then_some((number, of))
    });
    parsed.ok_or_else(|| format!("{argument:?} is no part of a run; the second of three is 2/3"))
}

/// The jobs of a part. Each part has to be told the same costs.
pub(super) fn of<'a>(
    jobs: Vec<Job<'a>>,
    (number, of): (u16, u16),
    costs: Option<&Path>,
) -> Result<(Vec<Job<'a>>, Option<Shard>), Usage> {
    let whole: Vec<String> = jobs.iter().map(Job::key).collect();
    let costs = match costs {
        None => jobs.iter().map(cost).collect(),
        Some(file) => {
            let known = merge::read(file)?;
            let cost = |it: &crate::gate::report::ResultRow| {
                #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)] // saturates
                (it.key(), (it.elapsed_s * 1e6) as u64)
            };
            let known: BTreeMap<String, u64> = known.results.iter().map(cost).collect();
            // What is new costs as much as most do.
            let mut all: Vec<u64> = known.values().copied().collect();
            all.sort_unstable();
            let usual = all.get(all.len() / 2).copied().unwrap_or(1);
            whole.iter().map(|key| known.get(key).copied().unwrap_or(usual)).collect::<Vec<_>>()
        }
    };
    let parts = shard::parts(&costs, usize::from(of));
    let mine = jobs.into_iter().zip(parts).filter(|(_, part)| *part == usize::from(number - 1));
    let mine: Vec<_> = mine.map(|(job, _)| job).collect();
    if mine.is_empty() {
        return Err(Usage(format!(
            "part {number} of {of} has nothing to check: there are {}; take fewer parts",
            whole.len()
        )));
    }
    Ok((mine, Some(Shard { number, of, whole })))
}

/// What a job costs, by the number of states that is pinned for it.
fn cost(job: &Job<'_>) -> u64 {
    let expected = job.scenario.expected_on(job.layer);
    EACH + expected.and_then(|expected| expected.distinct).unwrap_or_default()
}
