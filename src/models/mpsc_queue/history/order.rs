//! The two chains of a history, pushes and the consumer's operations, and the earliest points along them; [`check`]
//! says why that decides.
//!
//! [`check`]: super::check()

use super::check::{Contradiction, Ending, Facts, Rule};
use super::head::Head;
use super::{Call, Message, Operation, Popped, Pushed};

/// The chain of the pushes.
pub(super) const PUSHES: usize = 0;

/// The chain of what the consumer did.
pub(super) const TAKES: usize = 1;

/// Something that took effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Event {
    /// A message went in.
    Push(Message),
    /// A message was taken.
    Pop(Message),
    /// A pop found nothing.
    Empty,
    /// A pop found a message being written.
    Pending,
    /// A pop found the queue closed.
    Over,
    /// The consumer closed the queue.
    Close,
    /// All producers had left, which closes the queue.
    Left,
    /// A push was refused because the queue was closed.
    Refused(Message),
}

/// An operation at its point.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// The point.
    pub at: u64,
    /// The operation's index; none if its line is missing, or if it is that of all producers.
    pub operation: Option<usize>,
    /// What it does.
    pub event: Event,
}

/// An order that explains a history. Pushes that found no room are not in it: they are judged one by one.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Order {
    /// The operations in this order, each as early as can be.
    pub steps: Vec<Step>,
}

/// An operation of a chain, and when it may take effect.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    pub(super) operation: Option<usize>,
    /// None for pops that may have happened.
    event: Option<Event>,
    /// Not before this, because of the call of that operation.
    pub(super) release: u64,
    released_by: Option<usize>,
    /// Not after this, because of the return of that operation.
    pub(super) due: u64,
    due_by: Option<usize>,
    /// How many of the other chain come before it. It never goes down along a chain.
    pub(super) needs: usize,
}

/// What an earliest point is due to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cause {
    Release,
    /// The node before it.
    Before,
    /// The last node of the other chain that it needs.
    Needed,
}

/// The earliest points of both chains.
pub(super) struct Placed {
    pub(super) at: [Vec<u64>; 2],
    causes: [Vec<Cause>; 2],
    /// The nodes in an order in which each comes after what it needs.
    sequence: Vec<(usize, usize)>,
}

/// The two chains.
pub(super) struct Chains {
    pub(super) nodes: [Vec<Node>; 2],
    /// Where in the consumer's chain the pops that took messages are.
    pub(super) pops: Vec<usize>,
    /// For each pop that found nothing, how many messages were taken before, and where in the chain it is.
    pub(super) empties: Vec<(usize, usize)>,
    /// Which message is the first that was not taken, if pops found it being written.
    pub(super) head: Option<Head>,
    /// When all producers had left, at the earliest.
    left_from: Option<u64>,
}

impl Node {
    pub(super) fn of(
        operation: &Operation,
        index: usize,
        event: Option<Event>,
        needs: usize,
    ) -> Node {
        Node {
            operation: Some(index),
            event,
            release: operation.called,
            released_by: Some(index),
            due: operation.due(),
            due_by: Some(index),
            needs,
        }
    }

    /// What is not in the history, and may have happened from then on.
    pub(super) fn unknown(since: u64, by: Option<usize>, event: Option<Event>) -> Node {
        let (release, due) = (since, u64::MAX);
        Node { operation: None, event, release, released_by: by, due, due_by: None, needs: 0 }
    }

    fn not_after(&mut self, due: u64, by: usize) {
        if due < self.due {
            (self.due, self.due_by) = (due, Some(by));
        }
    }
}

impl Chains {
    pub(super) fn of(facts: &Facts<'_>, head: Option<Head>) -> Result<Chains, Contradiction> {
        let mut chains = Chains {
            nodes: [Vec::new(), Vec::new()],
            pops: Vec::new(),
            empties: Vec::new(),
            head,
            left_from: None,
        };
        chains.add_takes(facts)?;
        chains.add_pushes(facts);
        chains.bound(facts)?;
        Ok(chains)
    }

    /// What the consumer did. What closing needs is not known yet.
    fn add_takes(&mut self, facts: &Facts<'_>) -> Result<(), Contradiction> {
        let operations = facts.history.operations();
        let left = all_left(facts);
        for (index, operation) in operations.iter().enumerate().take(facts.consumer) {
            let pops = self.pops.len();
            let place = self.nodes[TAKES].len();
            let mut node = Node::of(operation, index, None, 0);
            match operation.call {
                Call::Pop(Some(Popped::Message(message))) => {
                    node.event = Some(Event::Pop(message));
                    node.needs = pops + 1;
                    self.pops.push(place);
                }
                Call::Pop(Some(Popped::Empty)) => {
                    node.event = Some(Event::Empty);
                    self.empties.push((pops, place));
                    if let Ok(left) = left {
                        node.not_after(left.due, left.last);
                    }
                }
                Call::Pop(Some(Popped::Pending)) => {
                    (node.event, node.needs) = (Some(Event::Pending), pops + 1);
                }
                Call::Pop(Some(Popped::Closed)) => {
                    node.event = Some(Event::Over);
                    if facts.close.is_none_or(|close| index < close) {
                        let left = left.map_err(|producer| {
                            let why =
                                format!("nobody had closed it, nor has producer {producer} left");
                            facts.broken(Rule::Linearizability, [index], why)
                        })?;
                        self.left_from = Some(left.from);
                        if left.from > node.release {
                            (node.release, node.released_by) = (left.from, left.first);
                        }
                    }
                }
                Call::Close => node.event = Some(Event::Close),
                Call::Pop(None) | Call::Push(..) | Call::Leave => {}
            }
            self.nodes[TAKES].push(node);
        }
        if let (None, None, Some(since)) = (facts.close, facts.over, facts.consumer_open()) {
            self.nodes[TAKES].push(Node::unknown(since, facts.consumer_last(), None));
        }
        self.close(facts)
    }

    /// A push that was refused because the queue was closed comes after that.
    fn close(&mut self, facts: &Facts<'_>) -> Result<(), Contradiction> {
        let Some(refused) = facts.first_refused_as_closed() else { return Ok(()) };
        // By then all producers had left, and this one was still pushing.
        if let Some(over) = facts.over.filter(|&over| facts.close.is_none_or(|close| over < close))
        {
            let why = "the consumer had not closed the queue when it found it closed";
            return Err(facts.broken(Rule::Linearizability, [over, refused], why));
        }
        let takes = &mut self.nodes[TAKES];
        if facts.close.is_none() {
            let Some(since) = facts.consumer_open() else {
                let why = "nobody had closed the queue";
                return Err(facts.broken(Rule::Linearizability, [refused], why));
            };
            takes.push(Node::unknown(since, facts.consumer_last(), Some(Event::Close)));
        }
        if let Some(close) = takes.iter_mut().find(|it| it.event == Some(Event::Close)) {
            close.not_after(facts.history.operations()[refused].due(), refused);
        }
        Ok(())
    }

    /// The pushes: of messages that were taken, in that order, and then of those that were not.
    fn add_pushes(&mut self, facts: &Facts<'_>) {
        let operations = facts.history.operations();
        let of =
            |push: usize, message| Node::of(&operations[push], push, Some(Event::Push(message)), 0);
        for taken in &facts.taken {
            let node = taken.push.map(|push| of(push, taken.message));
            let unknown = || match facts.endings.get(taken.message.0 as usize - 1) {
                Some(&Ending::Open { since, by }) => (since, by),
                _ => (0, None),
            };
            self.nodes[PUSHES].push(node.unwrap_or_else(|| {
                let (since, by) = unknown();
                Node::unknown(since, by, Some(Event::Push(taken.message)))
            }));
        }
        let first = self.head.and_then(|it| it.push);
        let left = facts.left.iter().copied().filter(|&push| Some(push) != first);
        let mut rest: Vec<_> = left.map(|push| of(push, facts.message(push))).collect();
        rest.sort_by_key(|node| node.due);
        self.nodes[PUSHES].extend(self.head.map(|it| it.node).into_iter().chain(rest));
    }

    /// Where in the consumer's chain the queue is closed.
    pub(super) fn closing(&self) -> Option<usize> {
        self.nodes[TAKES].iter().position(|it| it.event == Some(Event::Close))
    }

    /// What comes before what, between the chains.
    fn bound(&mut self, facts: &Facts<'_>) -> Result<(), Contradiction> {
        let most = facts.history.config().max_capacity as usize;
        let closing = self.closing();
        let [pushes, takes] = &mut self.nodes;
        // How many pops may have happened that are not known. They come after all others, before the queue is closed.
        let unknown_at = takes.iter().position(|it| it.event.is_none()).map_or(0, |at| at + 1);
        let unknown = match (facts.close, facts.over, facts.consumer_open()) {
            (Some(_), _, _) | (_, Some(_), _) => 0,
            (None, None, None) => 1,
            (None, None, Some(_)) => usize::MAX,
        };
        let mut empties = self.empties.iter().peekable();
        let mut needs = 0;
        for index in 0..pushes.len() {
            if let Some(pop) = index.checked_sub(most) {
                needs = match self.pops.get(pop) {
                    Some(&place) => needs.max(place + 1),
                    None if pop - self.pops.len() < unknown => unknown_at,
                    None => {
                        let end = facts.close.or(facts.over);
                        return Err(too_many(facts, pushes, index, self.pops.len(), end));
                    }
                };
            }
            while let Some((_, place)) = empties.next_if(|(before, _)| *before <= index) {
                needs = needs.max(place + 1);
            }
            pushes[index].needs = needs;
        }
        if let Some(place) = closing {
            let before = self.pops.partition_point(|&pop| pop < place);
            if facts.close.is_some() && pushes.len() > before.saturating_add(most) {
                let close = takes[place].operation;
                return Err(too_many(facts, pushes, before + most, before, close));
            }
            takes[place].needs = pushes.len();
        }
        let mut needs = 0;
        for take in takes {
            needs = needs.max(take.needs);
            take.needs = needs;
        }
        Ok(())
    }

    /// The earliest points, if none is too late.
    pub(super) fn earliest(&self, facts: &Facts<'_>) -> Result<Placed, Contradiction> {
        let mut placed = Placed {
            at: [Vec::new(), Vec::new()],
            causes: [Vec::new(), Vec::new()],
            sequence: Vec::new(),
        };
        let can_go = |placed: &Placed, side: usize| {
            let node = self.nodes[side].get(placed.at[side].len())?;
            (node.needs <= placed.at[1 - side].len()).then_some((side, *node))
        };
        while let Some((side, node)) = can_go(&placed, TAKES).or_else(|| can_go(&placed, PUSHES)) {
            let (mut at, mut cause) = (node.release, Cause::Release);
            let before = placed.at[side].last().copied();
            let needed = node.needs.checked_sub(1).map(|last| placed.at[1 - side][last]);
            for (other, why) in [(before, Cause::Before), (needed, Cause::Needed)] {
                if let Some(other) = other.filter(|&other| other > at) {
                    (at, cause) = (other, why);
                }
            }
            placed.sequence.push((side, placed.at[side].len()));
            placed.at[side].push(at);
            placed.causes[side].push(cause);
        }
        let due = |&(side, index): &(usize, usize)| self.nodes[side][index].due;
        let late = |it: &&(usize, usize)| placed.at[it.0][it.1] > due(it);
        if let Some(&first) = placed.sequence.iter().filter(late).min_by_key(|it| due(it)) {
            return Err(self.explain(facts, &placed, first));
        }
        // `Chains::of` leaves no circle.
        debug_assert_eq!(placed.sequence.len(), self.nodes[0].len() + self.nodes[1].len());
        Ok(placed)
    }

    /// The latest points, of which none is before the earliest.
    pub(super) fn latest(&self, placed: &Placed) -> [Vec<u64>; 2] {
        let mut latest = self.nodes.each_ref().map(|nodes| vec![u64::MAX; nodes.len()]);
        for &(side, index) in placed.sequence.iter().rev() {
            let others = &self.nodes[1 - side];
            let next = latest[side].get(index + 1).copied();
            let other = others.partition_point(|it| it.needs <= index);
            let other = latest[1 - side].get(other).copied();
            let bounds = [next, other].into_iter().flatten();
            latest[side][index] = bounds.fold(self.nodes[side][index].due, u64::min);
        }
        latest
    }

    /// Why a node's earliest point is too late: the way back to what that point is due to.
    fn explain(&self, facts: &Facts<'_>, placed: &Placed, late: (usize, usize)) -> Contradiction {
        let node = |(side, index): (usize, usize)| &self.nodes[side][index];
        let mut reasons = Vec::new();
        let mut operations: Vec<usize> = node(late).operation.into_iter().collect();
        operations.extend(node(late).due_by);
        let mut at = late;
        loop {
            let (side, mut index) = at;
            let before = match placed.causes[side][index] {
                Cause::Release => break,
                Cause::Needed => (1 - side, node(at).needs - 1),
                Cause::Before => {
                    while placed.causes[side][index] == Cause::Before {
                        index -= 1;
                    }
                    (side, index)
                }
            };
            reasons.push(self.reason(facts, before, at));
            operations.extend(node(before).operation);
            if before.0 == PUSHES && side == PUSHES {
                operations.extend(facts.taken.get(before.1).map(|it| it.pop));
            }
            at = before;
        }
        let (first, last) = (node(at), node(late));
        operations.extend(first.released_by);
        reasons.push(format!("{} has to come before {}", tell(first), tell(last)));
        reasons.reverse();
        let place = |operation: Option<usize>| {
            let operation = operation.and_then(|it| facts.history.operations().get(it));
            operation.map_or("what is missing".to_owned(), |it| facts.history.place(it))
        };
        reasons.push(format!(
            "but {} returned at {}, before {} was called at {}",
            place(last.due_by),
            last.due,
            place(first.released_by),
            first.release
        ));
        Contradiction::new(facts.history, Rule::Linearizability, operations, reasons)
    }

    /// Why one node comes before another.
    fn reason(&self, facts: &Facts<'_>, before: (usize, usize), after: (usize, usize)) -> String {
        let (first, then) = (&self.nodes[before.0][before.1], &self.nodes[after.0][after.1]);
        let why = match (before.0, after.0) {
            (PUSHES, PUSHES) if after.1 < facts.taken.len() => "it was taken before".to_owned(),
            (PUSHES, PUSHES) if before.1 < facts.taken.len() => {
                "the message of the former was taken".to_owned()
            }
            // Only the one that a pop found being written has a place before others that were not taken.
            (PUSHES, PUSHES) => {
                "the message of the former was being written, as the first".to_owned()
            }
            (TAKES, TAKES) => "that is the consumer's order".to_owned(),
            (PUSHES, _) => match then.event {
                Some(Event::Close) => "it was accepted".to_owned(),
                _ => "the message was there".to_owned(),
            },
            _ => match first.event {
                Some(Event::Empty) => {
                    "the message came later, as it was not taken before".to_owned()
                }
                _ => format!("there is room for {}", facts.history.config().max_capacity),
            },
        };
        format!("  {} comes before {}: {why}", tell(first), tell(then))
    }

    /// The order that the earliest points are.
    pub(super) fn order(&self, facts: &Facts<'_>, placed: &Placed) -> Order {
        let mut steps = Vec::with_capacity(placed.sequence.len());
        let mut is_closed_at = u64::MAX;
        let mut has_left = false;
        let most = facts.history.config().max_capacity as usize;
        let unfinished = self.nodes[TAKES].iter().find(|it| it.event.is_none());
        for &(side, index) in &placed.sequence {
            let Node { event, operation, .. } = self.nodes[side][index];
            let at = placed.at[side][index];
            let Some(event) = event else { continue };
            match event {
                Event::Close => is_closed_at = is_closed_at.min(at),
                Event::Over if !has_left && is_closed_at == u64::MAX => {
                    has_left = true;
                    let before = index.checked_sub(1).map_or(0, |it| placed.at[side][it]);
                    let at = before.max(self.left_from.unwrap_or_default());
                    steps.push(Step { at, operation: None, event: Event::Left });
                }
                Event::Push(_) => {
                    // A pop that is not known has made room.
                    let pop = index.checked_sub(most).filter(|&pop| pop >= self.pops.len());
                    if let Some(Event::Push(first)) =
                        pop.and_then(|pop| self.nodes[PUSHES][pop].event)
                    {
                        let operation = unfinished.and_then(|it| it.operation);
                        steps.push(Step { at, operation, event: Event::Pop(first) });
                    }
                }
                _ => {}
            }
            steps.push(Step { at, operation, event });
        }
        for (index, operation) in facts.history.operations().iter().enumerate() {
            if let Call::Push(message, Some(Pushed::Closed)) = operation.call {
                let at = operation.called.max(is_closed_at);
                steps.push(Step { at, operation: Some(index), event: Event::Refused(message) });
            }
        }
        steps.sort_by_key(|step| step.at);
        Order { steps }
    }
}

/// When all producers had left.
#[derive(Clone, Copy)]
struct AllLeft {
    /// At the earliest, and the operation from which that is known.
    from: u64,
    first: Option<usize>,
    /// At the latest, and the operation that returned then.
    due: u64,
    last: usize,
}

/// When all producers had left, or one that cannot have.
fn all_left(facts: &Facts<'_>) -> Result<AllLeft, u32> {
    let mut all = AllLeft { from: 0, first: None, due: 0, last: 0 };
    for (producer, ending) in (1..).zip(&facts.endings) {
        let (from, first, due, last) = match *ending {
            Ending::Left { called, due, by } => (called, Some(by), due, by),
            Ending::Open { since, by } => (since, by, u64::MAX, 0),
            Ending::Refused { since, by } => (since, Some(by), u64::MAX, by),
            Ending::Pushes => return Err(producer),
        };
        if from >= all.from {
            (all.from, all.first) = (from, first);
        }
        if due >= all.due {
            (all.due, all.last) = (due, last);
        }
    }
    Ok(all)
}

/// A push for which there cannot have been room.
fn too_many(
    facts: &Facts<'_>,
    pushes: &[Node],
    index: usize,
    taken: usize,
    close: Option<usize>,
) -> Contradiction {
    let most = facts.history.config().max_capacity;
    let when = if close.is_some() { " before the queue was closed" } else { "" };
    let why = format!(
        "{} messages went in{when} and {taken} were taken, and there is room for {most}",
        pushes.len()
    );
    let push = pushes.get(index).and_then(|it| it.operation);
    let pop = taken.checked_sub(1).and_then(|it| facts.taken.get(it)).map(|it| it.pop);
    facts.broken(Rule::Capacity, [push, pop, close].into_iter().flatten(), why)
}

/// A node in a few words.
fn tell(node: &Node) -> String {
    let Some(event) = node.event else { return "a pop that is not known".to_owned() };
    match event {
        Event::Push(message) => format!("push {message}"),
        Event::Pop(message) => format!("pop {message}"),
        Event::Empty => "the pop that found nothing".to_owned(),
        Event::Pending => "the pop that found a message being written".to_owned(),
        Event::Over => "the pop that found the queue closed".to_owned(),
        Event::Close => "closing".to_owned(),
        Event::Left => "the last producer's leaving".to_owned(),
        Event::Refused(message) => format!("the refusal of {message}"),
    }
}
