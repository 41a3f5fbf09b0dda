//! Which message was the first in the queue, where pops found it being written and none was taken after that; the
//! header of [`check`] says why these are all that have to be tried.
//!
//! [`check`]: super::check()

use std::collections::BTreeMap;

use super::Message;
use super::check::{Contradiction, Ending, Facts, NO_MESSAGE, Rule};
use super::order::{Event, Node};

/// A push whose message may have been the first of those that were not taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Head {
    pub(super) node: Node,
    /// The operation's index; none if its line is missing.
    pub(super) push: Option<usize>,
}

/// What may have been first: nothing in particular if no pop says that a message is being written.
pub(super) fn heads(facts: &Facts<'_>) -> Result<Vec<Option<Head>>, Contradiction> {
    let Some((first, last)) = facts.waits else { return Ok(vec![None]) };
    let operations = facts.history.operations();
    let (first_returned, last_called) = (operations[first].due(), operations[last].called);
    let all = candidates(facts);
    let in_time = |it: &&Head| it.node.release <= first_returned;
    let mut fitting: Vec<Head> =
        all.iter().filter(in_time).filter(|it| it.node.due >= last_called).copied().collect();
    if fitting.is_empty() {
        if let Some(Head { node, push }) = all.iter().filter(in_time).max_by_key(|it| it.node.due) {
            let why = format!(
                "a message was being written, but all that can have been the first in the queue were there: the last \
                 of their pushes returned at {}, before {} was called at {last_called}",
                node.due,
                facts.history.place(&operations[last])
            );
            return Err(facts.broken(
                Rule::Linearizability,
                push.iter().copied().chain([last]),
                why,
            ));
        }
        // All were called too late. How much too late depends on what comes before.
        let soonest = all.into_iter().min_by_key(|it| it.node.release);
        let none = || facts.broken(Rule::Linearizability, [last], NO_MESSAGE);
        return Ok(vec![Some(soonest.ok_or_else(none)?)]);
    }
    // By their returns, only those that were called before all that returned earlier.
    fitting.sort_by_key(|it| (it.node.due, it.node.release));
    let mut soonest = None;
    fitting.retain(|it| {
        let is_sooner = soonest.is_none_or(|soonest| it.node.release < soonest);
        if is_sooner {
            soonest = Some(it.node.release);
        }
        is_sooner
    });
    Ok(fitting.into_iter().map(Some).collect())
}

/// The first push of each producer whose message was not taken.
fn candidates(facts: &Facts<'_>) -> Vec<Head> {
    let operations = facts.history.operations();
    let mut first: BTreeMap<u32, usize> = BTreeMap::new();
    for &push in facts.left.iter().chain(&facts.unfinished) {
        first.entry(operations[push].thread).or_insert(push);
    }
    let known = first.values().map(|&push| {
        let event = Event::Push(facts.message(push));
        Head { node: Node::of(&operations[push], push, Some(event), 0), push: Some(push) }
    });
    let unknown = (1..).zip(&facts.endings).filter_map(|(producer, ending)| match *ending {
        Ending::Open { since, by } if !first.contains_key(&producer) => {
            let event = Event::Push(Message(0, 0));
            Some(Head { node: Node::unknown(since, by, Some(event)), push: None })
        }
        _ => None,
    });
    known.chain(unknown).collect()
}
