//! Whether some order of a history's operations is that of a queue.
//!
//! A history is *linearizable* (Herlihy and Wing, "Linearizability: a correctness condition for concurrent objects",
//! 1990) if each operation can be given a point between its call and its return such that the operations, in the
//! order of their points, are a run of one queue. In general that is NP-complete (Gibbons and Korach, "Testing shared
//! memories", 1997). Here the messages are all different and one consumer pops, which leaves little open, and it is
//! decided in time O(n log n):
//!
//! 1. What the consumer did has an order: its own.
//! 2. A queue gives messages in the order in which they went in. So the order of the pops is that of their pushes. An
//!    accepted message that was not taken went in after all that were. (Henzinger, Sezgin and Vafeiadis,
//!    "Aspect-oriented linearizability proofs", 2013, show that a queue goes wrong in four ways only: a message from
//!    nowhere, one that comes twice, two in the wrong order, and a pop that finds nothing although a message is there.)
//! 3. Counts say how the pushes and the consumer's operations are interleaved. Pop k comes after push k. A pop that
//!    finds nothing after k others comes before push k + 1; one that finds a message being written comes after it, and
//!    push k + 1 has not returned before that pop is called, as a push that has returned has written its message.
//!    With at most C messages in the queue, push k + C comes after pop k. The consumer closes the queue after the
//!    last push that is accepted, and before the first that is refused as closed. A pop that finds nothing comes
//!    before the queue is closed, by the consumer or by the last producer that leaves, and one that finds it closed
//!    comes after that.
//! 4. So there are two chains, and what comes before what between them is known. Give each operation, along the
//!    chains, the earliest point that its own call and the points before it allow. By induction, no order gives it an
//!    earlier one. So if a point is later than the operation's return, there is no order. If none is, these points
//!    are an order; operations with the same point are taken along the chains.
//! 5. Messages that were not taken may have gone in in any order. If any order will do, that of their returns does:
//!    to exchange two neighbours that are in the other order makes no point too late. Only if pops after the last
//!    message that was taken find one being written, that one has to be the first, and it is the same for all of them.
//!    It is the first of its producer that was not taken, its push was called before the first of these pops returned,
//!    and has not returned before the last of them was called. Each push of which that is true is tried. One that was
//!    called later and returned later than another need not be: the two can be exchanged in any order that has it
//!    first. Of those that have not returned, the one that was called first will do.
//!
//! A push that was refused as full is judged by itself, beside all operations but the other refusals: whether at some
//! moment of it there can have been as many messages as the capacity that the queue began with, and the queue can
//! have been open to it. The consumer closes the queue in two steps. From the first on nothing goes in. From the
//! second on a push that finds no room says that the queue is closed. So while the consumer closes it, one producer
//! may be told that it is closed, and after that another one that it is full; but not the same one, and nobody once
//! closing has returned. How far the queue had grown is not part of a history. With a fixed capacity that is exact for
//! each refusal; that two of them contradict each other is not seen. Where operations may be missing, they are taken
//! to have filled the queue. A refusal that touches another operation of its own thread in time is concurrent to it.

use std::collections::BTreeMap;

use super::head::heads;
use super::order::{Chains, Order};
use super::{CONSUMER, Call, History, Message, Operation, Popped, Pushed, refusals};

/// What is asked of a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// No message from nowhere, none twice, none lost.
    Conservation,
    /// A producer's messages are taken in the order in which it pushed them.
    ProducerOrder,
    /// There is an order of the operations.
    Linearizability,
    /// There are never more messages in the queue than its largest capacity.
    Capacity,
    /// A push is refused as full only if the queue can have been full.
    Refusal,
}

impl Rule {
    /// In words.
    pub fn name(self) -> &'static str {
        match self {
            Rule::Conservation => "conservation of messages",
            Rule::ProducerOrder => "the order of a producer's messages",
            Rule::Linearizability => "one order of all operations",
            Rule::Capacity => "the capacity",
            Rule::Refusal => "a push refused as full",
        }
    }
}

/// Operations that no order explains together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Contradiction {
    /// What they break.
    pub rule: Rule,
    /// Of these operations the one that returned last: its index.
    pub operation: usize,
    /// The others.
    pub against: Vec<usize>,
    /// Why, line by line.
    pub reasons: Vec<String>,
}

impl Contradiction {
    pub(super) fn new(
        history: &History,
        rule: Rule,
        mut operations: Vec<usize>,
        reasons: Vec<String>,
    ) -> Contradiction {
        let ended = |&index: &usize| {
            let operation = history.operations().get(index);
            (operation.map(Operation::due), operation.map(|it| it.called), index)
        };
        operations.sort_unstable_by_key(ended);
        operations.dedup();
        let operation = operations.pop().unwrap_or_default();
        Contradiction { rule, operation, against: operations, reasons }
    }
}

/// How a producer's operations end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Ending {
    /// It left, or it called that and has not returned.
    Left { called: u64, due: u64, by: usize },
    /// From then on it may have done more.
    Open { since: u64, by: Option<usize> },
    /// It was told that the queue is closed, so all that it may have done more is to leave.
    Refused { since: u64, by: usize },
    /// It is in a push.
    Pushes,
}

/// A message that was taken.
#[derive(Clone, Copy, Debug)]
pub(super) struct Taken {
    pub(super) message: Message,
    /// None if its producer may have pushed it after the end of what is known of it.
    pub(super) push: Option<usize>,
    pub(super) pop: usize,
    /// The last pop before that one, if it found the message being written.
    waited: Option<usize>,
}

/// What the operations say one by one.
pub(super) struct Facts<'a> {
    pub(super) history: &'a History,
    /// How many operations the consumer has; they come first.
    pub(super) consumer: usize,
    /// The messages that were taken, in that order.
    pub(super) taken: Vec<Taken>,
    /// Pushes that were accepted and whose messages were not taken.
    pub(super) left: Vec<usize>,
    /// Pushes that have not returned and whose messages were not taken.
    pub(super) unfinished: Vec<usize>,
    /// By producer.
    pub(super) endings: Vec<Ending>,
    /// The first operation that closes the queue.
    pub(super) close: Option<usize>,
    /// The first pop that found the queue closed.
    pub(super) over: Option<usize>,
    /// The first and the last pop that found a message being written that was never taken.
    pub(super) waits: Option<(usize, usize)>,
}

/// Looks for an order of a history's operations in which they are a run of a queue.
///
/// # Errors
///
/// [`Contradiction`] if there is none.
pub fn check(history: &History) -> Result<Order, Contradiction> {
    let facts = Facts::of(history)?;
    let mut refused = refusals::all(history);
    let (mut order, mut why_none, mut why_refused) = (None, None, None);
    for head in heads(&facts)? {
        let placed =
            Chains::of(&facts, head).and_then(|it| it.earliest(&facts).map(|placed| (it, placed)));
        match placed {
            Ok((chains, placed)) => {
                let order = order.get_or_insert_with(|| chains.order(&facts, &placed));
                // A refusal has its own order, so another message may be the first for it.
                why_refused = refusals::judge(&facts, &chains, &placed, &mut refused);
                if why_refused.is_none() {
                    return Ok(std::mem::take(order));
                }
            }
            Err(why) => why_none = why_none.or(Some(why)),
        }
    }
    let nothing = || facts.broken(Rule::Linearizability, facts.waits.map(|it| it.1), NO_MESSAGE);
    Err(why_refused.or(why_none).unwrap_or_else(nothing))
}

/// Why there is no order where a pop finds a message being written.
pub(super) const NO_MESSAGE: &str = "no message can have been in the queue";

impl<'a> Facts<'a> {
    /// Reads them off the history. Conservation, the order of each producer's messages, and what the consumer's own
    /// order contradicts are judged here.
    fn of(history: &'a History) -> Result<Facts<'a>, Contradiction> {
        let operations = history.operations();
        let mut facts = Facts {
            history,
            consumer: operations.partition_point(|it| it.thread == CONSUMER),
            taken: Vec::new(),
            left: Vec::new(),
            unfinished: Vec::new(),
            endings: (1..=history.config().producers).map(|it| ending(operations, it)).collect(),
            close: None,
            over: None,
            waits: None,
        };
        facts.consume()?;
        facts.conserve()?;
        facts.wait()?;
        Ok(facts)
    }

    pub(super) fn broken(
        &self,
        rule: Rule,
        operations: impl IntoIterator<Item = usize>,
        reason: impl Into<String>,
    ) -> Contradiction {
        let operations = operations.into_iter().collect();
        Contradiction::new(self.history, rule, operations, vec![reason.into()])
    }

    /// A message that was found being written, and taken afterwards, had a push that had not returned.
    fn wait(&self) -> Result<(), Contradiction> {
        let operations = self.history.operations();
        for taken in &self.taken {
            if let (Some(push), Some(waited)) = (taken.push, taken.waited)
                && operations[push].due() < operations[waited].called
            {
                let why = format!(
                    "{} was found being written, and its push had returned: {} returned at {}, before {} was called \
                     at {}",
                    taken.message,
                    self.history.place(&operations[push]),
                    operations[push].due(),
                    self.history.place(&operations[waited]),
                    operations[waited].called
                );
                return Err(self.broken(Rule::Linearizability, [push, waited, taken.pop], why));
            }
        }
        Ok(())
    }

    /// The consumer's operations, in its order.
    fn consume(&mut self) -> Result<(), Contradiction> {
        let mut kept = self.history.pushes_kept();
        kept.sort_unstable();
        let mut writes_next: Option<(usize, usize)> = None;
        for (index, operation) in self.history.operations().iter().enumerate().take(self.consumer) {
            let Call::Pop(popped) = operation.call else {
                self.close.get_or_insert(index);
                continue;
            };
            if let (Some(over), Some(_)) = (self.over, popped)
                && popped != Some(Popped::Closed)
            {
                let why = "a queue that is closed and empty stays so";
                return Err(self.broken(Rule::Linearizability, [over, index], why));
            }
            match popped {
                Some(Popped::Message(message)) => {
                    let found = kept.binary_search_by_key(&message, |&(it, _)| it).ok();
                    let push = found.map(|at| kept[at].1);
                    if push.is_none() {
                        self.may_be_pushed(message, index)?;
                    }
                    let waited = writes_next.take().map(|(_, last)| last);
                    self.taken.push(Taken { message, push, pop: index, waited });
                }
                Some(Popped::Empty) => {
                    let had_message = "nothing was taken after a message was being written";
                    let was_closed = "the queue was closed, and says that it is only empty";
                    let message = writes_next.map(|(_, other)| (other, had_message));
                    if let Some((other, why)) =
                        message.or_else(|| self.close.map(|close| (close, was_closed)))
                    {
                        return Err(self.broken(Rule::Linearizability, [other, index], why));
                    }
                }
                Some(Popped::Pending) => {
                    let (first, _) = writes_next.unwrap_or((index, index));
                    writes_next = Some((first, index));
                }
                Some(Popped::Closed) => {
                    self.over.get_or_insert(index);
                    if let Some((_, other)) = writes_next {
                        let why = "nothing was taken after a message was being written";
                        return Err(self.broken(Rule::Linearizability, [other, index], why));
                    }
                }
                None => {}
            }
        }
        self.waits = writes_next;
        Ok(())
    }

    /// A message without a push that may have been accepted: only if something of its producer is missing.
    fn may_be_pushed(&self, message: Message, pop: usize) -> Result<(), Contradiction> {
        let producer = (message.0 as usize).checked_sub(1).and_then(|at| self.endings.get(at));
        if matches!(producer, Some(Ending::Open { .. })) {
            return Ok(());
        }
        let is_refused = |it: &Operation| matches!(it.call, Call::Push(its, _) if its == message);
        let refused = self.history.operations().iter().rposition(is_refused);
        let why = match refused {
            Some(_) => format!("{message} was refused, and taken all the same"),
            None => format!("{message} comes from nowhere: nobody pushed it"),
        };
        Err(self.broken(Rule::Conservation, refused.into_iter().chain([pop]), why))
    }

    /// No message twice, none lost, and those of a producer in its order.
    fn conserve(&mut self) -> Result<(), Contradiction> {
        let operations = self.history.operations();
        let mut is_taken = vec![false; operations.len()];
        let mut seen: BTreeMap<Message, usize> = BTreeMap::new();
        // By producer, what it pushed last of what was taken: a place in the producer's order, and the message.
        let mut last: Vec<Option<(usize, Taken)>> = vec![None; self.endings.len() + 1];
        for &taken in &self.taken {
            let Taken { message, push, pop, .. } = taken;
            if let Some(first) = seen.insert(message, pop) {
                let why = format!("{message} was taken twice");
                return Err(self.broken(Rule::Conservation, [first, pop], why));
            }
            if let Some(push) = push {
                is_taken[push] = true;
            }
            // A push that is not known comes after all that are.
            let place = push.unwrap_or(usize::MAX);
            let last = &mut last[message.0 as usize];
            if let &mut Some((before, other)) = last
                && place < before
            {
                let pushes = [push, other.push].into_iter().flatten();
                let why =
                    format!("{message} was pushed before {}, and taken after it", other.message);
                let all = pushes.chain([other.pop, pop]);
                return Err(self.broken(Rule::ProducerOrder, all, why));
            }
            *last = Some((place, taken));
        }
        for (message, push) in self.history.pushes_kept() {
            if is_taken[push] {
                continue;
            }
            if operations[push].returned.is_none() {
                self.unfinished.push(push);
                continue;
            }
            if last[message.0 as usize].is_some_and(|(place, _)| push < place) {
                let is_later = |it: &&Taken| {
                    it.message.0 == message.0 && it.push.is_none_or(|other| other > push)
                };
                let Some(other) = self.taken.iter().find(is_later) else { continue };
                let later = other.message;
                let why = format!("{message} was lost: {later}, pushed after it, was taken");
                let all = [push, other.pop].into_iter().chain(other.push);
                return Err(self.broken(Rule::Conservation, all, why));
            }
            if let Some(over) = self.over {
                let why = format!("{message} was lost: it was accepted and never taken");
                return Err(self.broken(Rule::Conservation, [push, over], why));
            }
            self.left.push(push);
        }
        Ok(())
    }

    /// The producer that may first have called a push of which nothing is known, and from when on; and the next one.
    pub(super) fn unknown_pushes(&self) -> [Option<(u32, u64)>; 2] {
        let open = (1..).zip(&self.endings).filter_map(|(producer, it)| match it {
            Ending::Open { since, .. } => Some((producer, *since)),
            Ending::Left { .. } | Ending::Refused { .. } | Ending::Pushes => None,
        });
        let first = open.clone().min_by_key(|it| it.1);
        let next = open.filter(|&it| Some(it) != first).min_by_key(|it| it.1);
        [first, next]
    }

    /// The message of a push.
    pub(super) fn message(&self, push: usize) -> Message {
        let operation = self.history.operations()[push];
        match operation.call {
            Call::Push(message, _) => message,
            Call::Pop(_) | Call::Leave | Call::Close => Message(operation.thread, 0),
        }
    }

    /// The consumer's last operation, if any.
    pub(super) fn consumer_last(&self) -> Option<usize> {
        self.consumer.checked_sub(1)
    }

    /// From when on the consumer may have done more.
    pub(super) fn consumer_open(&self) -> Option<u64> {
        let last = self.consumer_last().and_then(|last| self.history.operations().get(last));
        last.map_or(Some(0), |it| it.returned)
    }

    /// The pushes that were refused because the queue was closed: the one that returned first.
    pub(super) fn first_refused_as_closed(&self) -> Option<usize> {
        let operations = self.history.operations().iter().enumerate();
        let refused = operations
            .filter(|(_, it)| matches!(it.call, Call::Push(_, Some(Pushed::Closed))))
            .min_by_key(|(_, it)| it.due());
        refused.map(|(index, _)| index)
    }
}

/// How the operations of a producer end.
fn ending(operations: &[Operation], producer: u32) -> Ending {
    let end = operations.partition_point(|it| it.thread <= producer);
    let last = end.checked_sub(1).filter(|&last| operations[last].thread == producer);
    let Some(by) = last else { return Ending::Open { since: 0, by: None } };
    let Operation { called, returned, call, .. } = operations[by];
    match (call, returned) {
        (Call::Leave, _) => Ending::Left { called, due: operations[by].due(), by },
        (Call::Push(_, Some(Pushed::Closed)), Some(since)) => Ending::Refused { since, by },
        (_, Some(since)) => Ending::Open { since, by: Some(by) },
        (_, None) => Ending::Pushes,
    }
}
