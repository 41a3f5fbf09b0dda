//! Pushes that found no room, each judged by itself.

use mitregate::gate::report::count;

use super::check::{Contradiction, Facts, Rule};
use super::order::{Chains, PUSHES, Placed, TAKES};
use super::{Call, History, Pushed};

/// When the queue can have been full.
struct Fullness {
    /// From when on there can be so many messages before `i` pops and the smallest capacity besides, by `i`.
    from: Vec<u64>,
    /// Until when it can be that only `i` were taken.
    until: Vec<u64>,
    /// For each `i`, the next one from there for which both can be.
    next: Vec<usize>,
}

/// The pushes that were refused as full.
pub(super) fn all(history: &History) -> Vec<usize> {
    let operations = history.operations().iter().enumerate();
    let full = operations.filter(|(_, it)| matches!(it.call, Call::Push(_, Some(Pushed::Full))));
    full.map(|(index, _)| index).collect()
}

/// Whether each push that found no room can have found none. Those that cannot stay in the list; why the first of
/// them cannot.
///
/// The queue was full if, at some moment, `i + capacity` messages had gone in and at most `i` had been taken. The
/// earliest point of that push and the latest of pop `i + 1` say when that can have been, whatever else was as it
/// was.
pub(super) fn judge(
    facts: &Facts<'_>,
    chains: &Chains,
    placed: &Placed,
    refused: &mut Vec<usize>,
) -> Option<Contradiction> {
    let [unknown, but_for_its] = facts.unknown_pushes();
    let mut fullness = [None, None];
    let mut why = None;
    refused.retain(|&index| {
        let refusal = &facts.history.operations()[index];
        // What its own producer did after the end of what is known of it came after this.
        let is_its = unknown.is_some_and(|(producer, _)| producer == refusal.thread);
        let unknown = if is_its { but_for_its } else { unknown };
        let unknown = unknown.map(|(_, since)| since);
        let fullness = fullness[usize::from(is_its)]
            .get_or_insert_with(|| Fullness::of(facts, chains, placed, unknown));
        let problem = after_closing(facts, index).or_else(|| fullness.misses(facts, index));
        let is_wrong = problem.is_some();
        why = why.take().or(problem);
        is_wrong
    });
    why
}

/// The queue was closed, to this producer at least.
fn after_closing(facts: &Facts<'_>, index: usize) -> Option<Contradiction> {
    let operations = facts.history.operations();
    let refusal = &operations[index];
    let own = operations[..index].iter().rev().take_while(|it| it.thread == refusal.thread);
    let told = own.take(1).any(|it| matches!(it.call, Call::Push(_, Some(Pushed::Closed))));
    let closed = facts.close.filter(|&close| operations[close].due() < refusal.called);
    let (other, why) = match (closed, told) {
        (Some(close), _) => (close, "the queue was closed, and says that it is only full"),
        (None, true) => (index - 1, "its producer was told before that the queue is closed"),
        (None, false) => return None,
    };
    Some(contradiction(index, Some(other), why.to_owned()))
}

fn contradiction(index: usize, against: Option<usize>, why: String) -> Contradiction {
    Contradiction {
        rule: Rule::Refusal,
        operation: index,
        against: against.into_iter().collect(),
        reasons: vec![why],
    }
}

impl Fullness {
    /// Why the queue cannot have been full during a refusal, if it cannot. That it was open as well need not be
    /// asked: a queue that is full after closing was full when closing began, as nothing has gone in since.
    fn misses(&self, facts: &Facts<'_>, index: usize) -> Option<Contradiction> {
        let Fullness { from, until, next } = self;
        let refusal = &facts.history.operations()[index];
        let low = until.partition_point(|&until| until < refusal.called);
        let high = from.partition_point(|&from| from <= refusal.due());
        if next.get(low).is_some_and(|&next| next < high) {
            return None;
        }
        let capacity = facts.history.config().capacity;
        let why = format!(
            "at no moment of it can there have been {} in the queue, as many as its smallest capacity: {low} had been \
             taken by then",
            count(capacity as usize, "message")
        );
        let pop = low.checked_sub(1).and_then(|it| facts.taken.get(it)).map(|it| it.pop);
        Some(contradiction(index, pop, why))
    }

    fn of(facts: &Facts<'_>, chains: &Chains, placed: &Placed, unknown: Option<u64>) -> Fullness {
        let capacity = facts.history.config().capacity as usize;
        let latest = chains.latest(placed);
        let pushes = Arrivals::of(facts, chains, placed, &latest, unknown);
        let taken = chains.pops.len();
        let until: Vec<u64> =
            chains.pops.iter().map(|&pop| latest[TAKES][pop]).chain([u64::MAX]).collect();
        let from: Vec<u64> = (0..=taken).map(|taken| pushes.earliest(taken + capacity)).collect();
        let mut next = vec![usize::MAX; taken + 1];
        let mut good = usize::MAX;
        for taken in (0..=taken).rev() {
            // If the queue was empty in between, these were never in it together.
            let after = chains.empties.partition_point(|&(before, _)| before <= taken);
            let is_apart = chains.empties.get(after).is_some_and(|it| it.0 < taken + capacity);
            if from[taken] <= until[taken] && from[taken] < u64::MAX && !is_apart {
                good = taken;
            }
            next[taken] = good;
        }
        Fullness { from, until, next }
    }
}

/// When messages can have gone in, at the earliest.
struct Arrivals<'a> {
    placed: &'a Placed,
    chains: &'a Chains,
    most: usize,
    /// Those that were not taken, in whatever order they came.
    rest: Vec<u64>,
    /// From when on there may have been any number of which nothing is known.
    unknown: Option<u64>,
}

impl Arrivals<'_> {
    fn of<'a>(
        facts: &Facts<'_>,
        chains: &'a Chains,
        placed: &'a Placed,
        latest: &[Vec<u64>; 2],
        unknown: Option<u64>,
    ) -> Arrivals<'a> {
        let operations = facts.history.operations();
        let taken = chains.pops.len();
        let last = taken.checked_sub(1).map_or(0, |last| placed.at[PUSHES][last]);
        let empty = chains.empties.last().filter(|it| it.0 == taken);
        let base = last.max(empty.map_or(0, |it| placed.at[TAKES][it.1]));
        // All others came after the one that has to be the first.
        let first = chains.head.map(|it| (placed.at[PUSHES][taken], it.push));
        let base = first.map_or(base, |(at, _)| base.max(at));
        let is_other = |push: &&usize| first.is_none_or(|(_, its)| its != Some(**push));
        // What may have gone in did not, if the queue was closed by then.
        let closing = chains.closing().map_or(u64::MAX, |at| latest[TAKES][at]);
        let arrivals = |pushes: &[usize]| -> Vec<u64> {
            pushes.iter().filter(is_other).map(|&push| operations[push].called.max(base)).collect()
        };
        let unfinished = arrivals(&facts.unfinished).into_iter().filter(|&it| it <= closing);
        let first = first.map(|(at, _)| at);
        let mut rest: Vec<u64> =
            first.into_iter().chain(arrivals(&facts.left)).chain(unfinished).collect();
        rest.sort_unstable();
        Arrivals {
            placed,
            chains,
            most: facts.history.config().max_capacity as usize,
            rest,
            unknown: unknown.map(|since| since.max(base)).filter(|&it| it <= closing),
        }
    }

    /// From when on so many messages can have gone in.
    fn earliest(&self, count: usize) -> u64 {
        let taken = self.chains.pops.len();
        let Some(more) = count.checked_sub(taken + 1) else {
            return count.checked_sub(1).map_or(0, |last| self.placed.at[PUSHES][last]);
        };
        let known = self.rest.get(more).copied();
        let arrival = known.into_iter().chain(self.unknown).min().unwrap_or(u64::MAX);
        let room = count.checked_sub(self.most + 1).and_then(|pop| self.chains.pops.get(pop));
        arrival.max(room.map_or(0, |&pop| self.placed.at[TAKES][pop]))
    }
}
