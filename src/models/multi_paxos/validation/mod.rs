//! Trace validation: is there a behaviour of `MultiPaxos.tla` in which the nodes did what their traces say?
//!
//! The order of a node's own events is known; that between nodes is not. It is found as follows. No action touches
//! two rounds, so each round has a spec of its own, with only that round. An event that is enabled is taken at
//! once. That loses nothing, since an event that is enabled stays so whatever other nodes do: what an acceptor
//! has promised and voted for is changed by its own events only; attempts only grow; a quorum that is safe for a
//! proposal has left all lower proposals behind. So no search is needed, and the work grows with the number of
//! events, an event of all rounds counted once for each round of the run. The tests compare this with a search
//! through all orders.
//!
//! An acceptor that drops rounds for a snapshot, and a learner that gets one, claim that those rounds are decided.
//!
//! What nodes did of which there is no trace is free: attempts of proposers, promises and votes of acceptors. The
//! latter are guessed only where nothing else goes on, and then the order can matter: a run that cannot be
//! explained after such a guess is undecided. A node whose trace was cut is free from its end on.

use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::fmt::Write as _;
use std::sync::Arc;

use mitregate::check::trace::{Trace as Path, TraceStep};
use mitregate::check::{Checkable, Model};
use mitregate_multi_paxos::{
    Ballot as CodeBallot, Cluster, DurableProposerState, NodeId, ProposalKey, ProposerEvent, Round,
    Stored, TraceEvent,
};

use super::spec::{Action, Ballot, Spec, State, ValueId, Vote};
use read::{Entry, NodeTrace, Traces};
use round::{Claim, Instance, Roles, action, closure, constants, instances, perform, small};

mod read;
mod round;
pub(super) mod verb;

pub use read::ReadError;

/// A value of the log, as the trace has it: its JSON.
type Json = serde_json::Value;

/// What became of a validation.
#[derive(Clone, Debug, PartialEq)]
pub enum Validation {
    /// A behaviour of the spec explains all events.
    Explained {
        /// How many events there were.
        events: usize,
        /// How many actions of the spec they are.
        actions: usize,
        /// How many of these have no event of their own.
        guessed: usize,
    },
    /// None does.
    Unexplained {
        /// How many events are explained.
        explained: usize,
        /// How many there are.
        events: usize,
        /// For each node that cannot go on, its next event.
        stuck: Vec<Stuck>,
    },
    /// It is not known.
    Undecided {
        /// How many events are explained.
        explained: usize,
        /// How many there are.
        events: usize,
        /// Why it is not known.
        why: String,
    },
}

/// An event that no behaviour explains after what went before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stuck {
    /// The file and the line.
    pub place: String,
    /// The node.
    pub node: NodeId,
    /// The event in the terms of the spec.
    pub event: String,
    /// What the spec asks for that does not hold.
    pub why: String,
    /// What the spec lets this node do in that round instead.
    pub allowed: Vec<String>,
}

/// Validates traces, each a file's name and its text.
///
/// # Errors
///
/// [`ReadError`] if a file is no trace, or is of another run.
pub fn validate(files: &[(String, String)]) -> Result<Validation, ReadError> {
    let traces = read::read(files)?;
    Ok(Validator::new(&traces)?.run())
}

/// As [`validate`], and the behaviour found, if nothing had to be guessed, and there are at most 250 rounds and 62
/// values.
///
/// # Errors
///
/// As of [`validate`].
pub fn validate_with_path(
    files: &[(String, String)],
) -> Result<(Validation, Option<Path>), ReadError> {
    let traces = read::read(files)?;
    let mut validator = Validator::new(&traces)?;
    validator.taken = Some(Vec::new());
    let validation = validator.run();
    let path = validator.path();
    Ok((validation, path))
}

/// A node's progress.
struct Node<'a> {
    trace: &'a NodeTrace,
    acceptor: Option<u8>,
    proposer: Option<u8>,
    /// The next event.
    next: usize,
    /// What the event before it stands for that is not taken yet.
    pending: VecDeque<(Round, Claim)>,
    /// The rounds in which it has done something.
    touched: BTreeSet<Round>,
    /// The attempts that it has begun.
    begun: DurableProposerState,
    /// The first round that its acceptor keeps.
    kept: Round,
    /// The first round that is not in the last snapshot that its learner got.
    installed: Round,
}

/// Why an event cannot be taken.
struct Block {
    round: Option<Round>,
    why: String,
}

impl Block {
    /// Whatever others do, it cannot be taken.
    fn for_good(why: impl Into<String>) -> Block {
        Block { round: None, why: why.into() }
    }
}

struct Validator<'a> {
    cluster: &'a Cluster,
    nodes: Vec<Node<'a>>,
    instances: HashMap<Round, Instance>,
    /// Those of the instances, in order.
    rounds: Vec<Round>,
    /// Who may do now what no trace says: nodes without one, and nodes at the end of one that was cut.
    free: Roles,
    explained: usize,
    actions: usize,
    guessed: usize,
    /// Whether something was guessed that could have been guessed otherwise.
    is_ambiguous: bool,
    /// The actions taken, if somebody wants them.
    taken: Option<Vec<(Round, Action)>>,
}

impl<'a> Validator<'a> {
    fn new(traces: &'a Traces) -> Result<Validator<'a>, ReadError> {
        let cluster = &traces.cluster;
        let number = |ids: &BTreeSet<NodeId>, id| ids.iter().position(|&it| it == id).map(small);
        let nodes: Vec<_> = traces
            .nodes
            .iter()
            .map(|trace| Node {
                trace,
                acceptor: number(cluster.acceptors(), trace.node),
                proposer: number(cluster.proposers(), trace.node),
                next: 0,
                pending: VecDeque::new(),
                touched: BTreeSet::new(),
                begun: DurableProposerState::new(),
                kept: Round(0),
                installed: Round(0),
            })
            .collect();
        let untraced = |ids: &BTreeSet<NodeId>| {
            let is_untraced = |id: &NodeId| traces.nodes.iter().all(|trace| trace.node != *id);
            let ids = ids.iter().enumerate().filter(|(_, id)| is_untraced(id));
            ids.map(|(number, _)| small(number)).collect()
        };
        let instances = instances(traces)?;
        let mut rounds: Vec<_> = instances.keys().copied().collect();
        rounds.sort_unstable();
        Ok(Validator {
            cluster,
            nodes,
            instances,
            rounds,
            free: Roles {
                acceptors: untraced(cluster.acceptors()),
                proposers: untraced(cluster.proposers()),
            },
            explained: 0,
            actions: 0,
            guessed: 0,
            is_ambiguous: false,
            taken: None,
        })
    }

    fn run(&mut self) -> Validation {
        let events = self.nodes.iter().map(|node| node.trace.entries.len()).sum();
        let mut ready: VecDeque<usize> = (0..self.nodes.len()).collect();
        let mut waiting: HashMap<Round, Vec<usize>> = HashMap::new();
        let mut blocks: BTreeMap<usize, Block> = BTreeMap::new();
        loop {
            while let Some(index) = ready.pop_front() {
                blocks.remove(&index);
                loop {
                    match self.advance(index) {
                        Ok(None) => {
                            // What it may do from now on is free, if its trace was cut.
                            let node = &self.nodes[index];
                            if node.trace.is_cut {
                                self.free.acceptors.extend(node.acceptor);
                                self.free.proposers.extend(node.proposer);
                                ready.extend(waiting.drain().flat_map(|(_, nodes)| nodes));
                            }
                            break;
                        }
                        Ok(Some(round)) => ready.extend(waiting.remove(&round).unwrap_or_default()),
                        Err(block) => {
                            if let Some(round) = block.round {
                                waiting.entry(round).or_default().push(index);
                            }
                            blocks.insert(index, block);
                            break;
                        }
                    }
                }
            }
            if blocks.is_empty() {
                let Validator { actions, guessed, .. } = *self;
                return Validation::Explained { events, actions, guessed };
            }
            match self.guess(&blocks) {
                Ok(Some(round)) => ready.extend(waiting.remove(&round).unwrap_or_default()),
                Ok(None) if self.could_be_otherwise() => {
                    let why = "nodes without a trace could have done other things than were tried; give their \
                               traces as well"
                        .to_owned();
                    return Validation::Undecided { explained: self.explained, events, why };
                }
                Ok(None) => {
                    let stuck =
                        blocks.iter().map(|(&index, block)| self.stuck(index, block)).collect();
                    return Validation::Unexplained { explained: self.explained, events, stuck };
                }
                Err(why) => {
                    return Validation::Undecided { explained: self.explained, events, why };
                }
            }
        }
    }

    /// Whether nodes without a trace could have done what was not tried: something else was guessed first, or a
    /// proposer without a trace made attempts that no trace knows of, for which acceptors without one voted.
    fn could_be_otherwise(&self) -> bool {
        let free = &self.free;
        self.is_ambiguous
            || self.guessed > 0
            || !(free.acceptors.is_empty() || free.proposers.is_empty())
    }

    /// Takes a node's next step. Returns the round that it touched; none once the node has no event left.
    fn advance(&mut self, index: usize) -> Result<Option<Round>, Block> {
        loop {
            if let Some((round, claim)) = self.nodes[index].pending.front().cloned() {
                self.take_for(index, round, &claim)?;
                return Ok(Some(round));
            }
            let node = &self.nodes[index];
            let Some(entry) = node.trace.entries.get(node.next) else { return Ok(None) };
            let claims = self.claims(node, entry)?;
            let node = &mut self.nodes[index];
            match &node.trace.entries[node.next].event {
                &TraceEvent::Attempt { round, attempt } => {
                    node.begun.apply(ProposerEvent::Attempt { round, attempt });
                }
                &TraceEvent::AttemptAll { attempt } => {
                    node.begun.apply(ProposerEvent::AttemptAll { attempt });
                }
                TraceEvent::Start { stored, .. } => {
                    node.begun = stored.proposer.clone();
                    node.kept = kept(stored);
                }
                TraceEvent::Forget { before } => node.kept = node.kept.max(*before),
                TraceEvent::Install { before } => node.installed = *before,
                _ => {}
            }
            node.next += 1;
            if claims.is_empty() {
                self.explained += 1;
            }
            node.pending = claims;
        }
    }

    /// Takes the first of a node's pending claims.
    fn take_for(&mut self, index: usize, round: Round, claim: &Claim) -> Result<(), Block> {
        self.take(round, claim)?;
        let node = &mut self.nodes[index];
        node.pending.pop_front();
        node.touched.insert(round);
        if node.pending.is_empty() {
            self.explained += 1;
        }
        Ok(())
    }

    /// What an event stands for.
    fn claims(&self, node: &Node<'_>, entry: &Entry) -> Result<VecDeque<(Round, Claim)>, Block> {
        if let TraceEvent::Promise { round, .. } | TraceEvent::Accept { round, .. } = &entry.event
            && *round < node.kept
        {
            return Err(Block::for_good("the acceptor has dropped the round for a snapshot"));
        }
        let acceptor = || node.acceptor.ok_or_else(|| Block::for_good(r"a \in Acceptors"));
        let proposer = || node.proposer.ok_or_else(|| Block::for_good(r"p \in Proposers"));
        let (round, claim) = match &entry.event {
            TraceEvent::Start { stored, .. } => return self.claims_of_start(node, stored),
            TraceEvent::Attempt { round, attempt } => {
                let p = proposer()?;
                if node.begun.attempt(*round) >= Some(*attempt) {
                    return Err(Block::for_good(NEXT_ATTEMPT));
                }
                (*round, Claim::Attempt { p, attempt: narrow(attempt.0)? })
            }
            TraceEvent::AttemptAll { attempt } => {
                let p = proposer()?;
                if node.begun.highest() >= Some(*attempt) {
                    return Err(Block::for_good(NEXT_ATTEMPT));
                }
                let attempt = narrow(attempt.0)?;
                return Ok(self.everywhere(Round(0), &Claim::Attempt { p, attempt }));
            }
            TraceEvent::PromiseAll { ballot } => {
                let p = self.rank(*ballot)?;
                return Ok(self.everywhere(node.kept, &Claim::Promise { a: acceptor()?, p }));
            }
            TraceEvent::Forget { before } => {
                acceptor()?;
                return Ok(self.decided(node.kept, *before));
            }
            TraceEvent::Install { before } => return Ok(self.decided(node.installed, *before)),
            TraceEvent::Promise { round, proposal } => {
                let p = self.ballot(*round, *proposal)?;
                (*round, Claim::Promise { a: acceptor()?, p })
            }
            TraceEvent::Accept { round, proposal, value } => {
                let p = self.ballot(*round, *proposal)?;
                let v = self.value(*round, value);
                (*round, Claim::Accept { a: acceptor()?, p, v })
            }
            TraceEvent::Learn { round, value } => {
                (*round, Claim::Learn { v: self.value(*round, value) })
            }
        };
        Ok(VecDeque::from([(round, claim)]))
    }

    /// The same in each round of the run from one on.
    fn everywhere(&self, from: Round, claim: &Claim) -> VecDeque<(Round, Claim)> {
        let first = self.rounds.partition_point(|&round| round < from);
        self.rounds[first..].iter().map(|&round| (round, claim.clone())).collect()
    }

    /// All rounds from one to before another are decided. The first of which the traces say nothing is the last one that is asked
    /// for: it fails.
    fn decided(&self, from: Round, before: Round) -> VecDeque<(Round, Claim)> {
        let first = self.rounds.partition_point(|&round| round < from);
        let known = self.rounds[first..].iter().zip(from.0..);
        let known = known.take_while(|(round, number)| round.0 == *number).count();
        let claims = (from.0..before.0).map(|round| (Round(round), Claim::Decided));
        claims.take(known + 1).collect()
    }

    /// What a node did before a crash without writing it to its trace; an error if it has lost something.
    fn claims_of_start(
        &self,
        node: &Node<'_>,
        stored: &Stored<Json>,
    ) -> Result<VecDeque<(Round, Claim)>, Block> {
        let lost = |what: String| Block::for_good(format!("the disk has lost {what}"));
        let before = kept(stored);
        if before < node.kept {
            return Err(lost(format!("the snapshot of the rounds before {}", node.kept)));
        }
        let mut claims = self.decided(node.kept, before);
        let is_everywhere = stored.acceptor.floor().is_some() || stored.proposer.floor().is_some();
        let everywhere = self.rounds.iter().filter(|_| is_everywhere);
        let rounds: BTreeSet<Round> = stored
            .acceptor
            .rounds()
            .map(|(round, _)| round)
            .chain(stored.proposer.attempts().map(|(round, _)| round))
            .chain(node.touched.iter().chain(everywhere).copied())
            .collect();
        for round in rounds {
            let Some(instance) = self.instances.get(&round) else { continue };
            let Some(state) = instance.states.first() else { continue };
            if let Some(p) = node.proposer {
                let known = instance.spec.proposer_attempt(state, p, 0);
                match stored.proposer.attempt(round) {
                    Some(attempt) if attempt.0 != u32::from(known) => {
                        let attempt = narrow(attempt.0)?;
                        claims.push_back((round, Claim::Attempt { p, attempt }));
                    }
                    None if known > 0 => return Err(lost(format!("an attempt in round {round}"))),
                    _ => {}
                }
            }
            if let Some(a) = node.acceptor.filter(|_| round >= before) {
                let disk = &stored.acceptor;
                let known = instance.spec.accepted(state, a, 0);
                let known_promise = instance.spec.promised(state, a, 0);
                if let Some(vote) = disk.accepted(round) {
                    let p = self.ballot(round, vote.key)?;
                    let v = self.value(round, &vote.value);
                    if known != Some(Vote { ballot: p, value: v }) {
                        claims.push_back((round, Claim::Accept { a, p, v }));
                    }
                }
                if disk.accepted(round).is_none() && known.is_some() {
                    return Err(lost(format!("a vote in round {round}")));
                }
                match disk.promised(round) {
                    Some(promised) => {
                        let p = self.ballot(round, promised)?;
                        if known_promise != p {
                            claims.push_back((round, Claim::Promise { a, p }));
                        }
                    }
                    None if known_promise != Ballot::NONE => {
                        return Err(lost(format!("a promise in round {round}")));
                    }
                    None => {}
                }
            }
        }
        Ok(claims)
    }

    fn ballot(&self, round: Round, key: ProposalKey) -> Result<Ballot, Block> {
        if key.round == round { self.rank(key.ballot()) } else { Err(no_proposal()) }
    }

    /// A ballot's rank, which is the same in each round. It matters in none if the run has no round.
    fn rank(&self, ballot: CodeBallot) -> Result<Ballot, Block> {
        let proposer = self.cluster.proposers().iter().position(|&it| it == ballot.node);
        let proposer = proposer.ok_or_else(no_proposal)?;
        let Some(instance) = self.instances.values().next() else { return Ok(Ballot::NONE) };
        Ok(instance.spec.ballot(narrow(ballot.attempt.0)?, small(proposer)))
    }

    fn value(&self, round: Round, value: &Json) -> ValueId {
        let values = self.instances.get(&round).map(|instance| &instance.values);
        values.and_then(|values| values.get(&value.to_string())).copied().unwrap_or_default()
    }

    /// Takes what an event claims, in every state that is possible.
    fn take(&mut self, round: Round, claim: &Claim) -> Result<(), Block> {
        let Some(instance) = self.instances.get_mut(&round) else {
            return Err(Block::for_good(r"r \in Rounds"));
        };
        let mut next: Vec<State> = Vec::with_capacity(1);
        let mut why = "";
        let mut taken = Vec::new();
        for state in &instance.states {
            let mut actions = Vec::new();
            match perform(&instance.spec, &self.free.proposers, state, claim, &mut actions) {
                Ok(state) => {
                    taken = actions;
                    if !next.contains(&state) {
                        next.push(state);
                    }
                }
                Err(conjunct) => why = conjunct,
            }
        }
        if next.is_empty() {
            return Err(Block { round: Some(round), why: why.to_owned() });
        }
        self.is_ambiguous |= next.len() < instance.states.len();
        instance.states = next;
        self.actions += taken.len();
        if let Some(all) = &mut self.taken {
            all.extend(taken.into_iter().map(|action| (round, action)));
        }
        Ok(())
    }

    /// Lets acceptors without a trace act where that lets a node go on. Returns the round.
    fn guess(&mut self, blocks: &BTreeMap<usize, Block>) -> Result<Option<Round>, String> {
        let free = &self.free;
        if free.acceptors.is_empty() {
            return Ok(None);
        }
        let mut found: Option<(Round, Vec<State>)> = None;
        for (&index, block) in blocks {
            let (Some(round), Some((_, claim))) = (block.round, self.nodes[index].pending.front())
            else {
                continue;
            };
            let Some(instance) = self.instances.get(&round) else { continue };
            let states = closure(instance, free).ok_or_else(|| {
                format!("in round {round}, nodes without a trace could have done too many things")
            })?;
            let mut taken = Vec::new();
            let helps = states.iter().any(|state| {
                perform(&instance.spec, &free.proposers, state, claim, &mut taken).is_ok()
            });
            if helps && found.is_some() {
                self.is_ambiguous = true;
            } else if helps {
                found = Some((round, states));
            }
        }
        let Some((round, states)) = found else { return Ok(None) };
        // The states in which this does not help are dropped as the event is taken: it is the only one that can
        // come next, or the choice was noted above.
        let was_ambiguous = self.is_ambiguous;
        if let Some(instance) = self.instances.get_mut(&round) {
            instance.states = states;
        }
        self.guessed += 1;
        self.taken = None;
        let indices: Vec<_> = blocks
            .iter()
            .filter(|(_, block)| block.round == Some(round))
            .map(|(&index, _)| index)
            .collect();
        for index in indices {
            let Some((_, claim)) = self.nodes[index].pending.front().cloned() else { continue };
            if self.take_for(index, round, &claim).is_ok() {
                break;
            }
        }
        self.is_ambiguous = was_ambiguous;
        Ok(Some(round))
    }

    fn stuck(&self, index: usize, block: &Block) -> Stuck {
        let node = &self.nodes[index];
        let at = if node.pending.is_empty() { node.next } else { node.next - 1 };
        let entry = &node.trace.entries[at];
        let mut stuck = Stuck {
            place: entry.place.clone(),
            node: node.trace.node,
            event: describe(&entry.event),
            why: block.why.clone(),
            allowed: Vec::new(),
        };
        let Some(instance) = block.round.and_then(|round| self.instances.get(&round)) else {
            return stuck;
        };
        let Some(state) = instance.states.first() else { return stuck };
        let spec = &instance.spec;
        let implies = match node.pending.front() {
            Some((round, Claim::Decided)) => Some(format!("that round {round} is decided")),
            Some((_, claim)) => match entry.event {
                TraceEvent::Start { .. }
                | TraceEvent::PromiseAll { .. }
                | TraceEvent::AttemptAll { .. } => Some(spec.format_action(&action(claim))),
                _ => None,
            },
            None => None,
        };
        if let Some(implies) = implies {
            let _ = write!(stuck.event, ", which implies {implies}");
        }
        let mut actions = Vec::new();
        spec.actions(state, &mut actions);
        let is_own = |it: &Action| match *it {
            Action::IncrementAttempt { p, .. } => Some(p) == node.proposer,
            Action::Promise { a, .. } | Action::Accept { a, .. } => Some(a) == node.acceptor,
            Action::Learn { .. } => matches!(entry.event, TraceEvent::Learn { .. }),
            Action::Renumber { .. } => false,
        };
        let changes = |it: &Action| spec.next_state(state, *it).is_some_and(|next| next != *state);
        let allowed = actions.iter().filter(|it| is_own(it) && changes(it));
        stuck.allowed = allowed.map(|it| spec.format_action(it)).take(4).collect();
        stuck
    }

    /// The behaviour found, over all rounds at once.
    fn path(&self) -> Option<Path> {
        let taken = self.taken.as_ref()?;
        let rounds = &self.rounds;
        if rounds.len() > MOST_ROUNDS {
            return None;
        }
        let numbers: Option<Vec<i64>> =
            rounds.iter().map(|round| round.0.try_into().ok()).collect();
        let mut values = Vec::new();
        for instance in rounds.iter().map(|round| &self.instances[round]) {
            for value in &instance.spec.constants.values {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
        }
        let attempts = self.instances.values().map(|it| it.spec.constants.attempts).max()?;
        let constants = constants(self.cluster, numbers?, attempts, values).ok()?;
        let all = Spec::new(Arc::new(constants));
        let mut state = all.init_states().pop()?;
        let mut path = Path::default();
        path.steps.push(TraceStep { action: None, state: all.view(&state) });
        for (round, action) in taken {
            let of_round = &self.instances[round].spec;
            let index = small(rounds.binary_search(round).ok()?);
            let value = |v: ValueId| {
                let value = &of_round.constants.values[usize::from(v)];
                all.constants.values.iter().position(|it| it == value).map(small)
            };
            // Ballots are numbered alike: the proposers are the same.
            let action = match *action {
                Action::IncrementAttempt { p, .. } => Action::IncrementAttempt { p, r: index },
                Action::Promise { a, p, .. } => Action::Promise { a, r: index, p },
                Action::Accept { a, p, v, .. } => Action::Accept { a, r: index, p, v: value(v)? },
                Action::Learn { v, .. } => Action::Learn { r: index, v: value(v)? },
                Action::Renumber { .. } => return None,
            };
            state = all.next_state(&state, action)?;
            let action = Some(all.format_action(&action));
            path.steps.push(TraceStep { action, state: all.view(&state) });
        }
        Some(path)
    }
}

/// The most rounds that are numbered at once in a port's state.
const MOST_ROUNDS: usize = 250;

/// Of `IncrementAttempt`.
const NEXT_ATTEMPT: &str = "proposerAttempt'[p][r] = proposerAttempt[p][r] + 1";

fn no_proposal() -> Block {
    Block::for_good(r"p \in ProposalsOf(r)")
}

/// The first round that an acceptor keeps.
fn kept(stored: &Stored<Json>) -> Round {
    stored.acceptor.snapshot().map_or(Round(0), |snapshot| snapshot.before)
}

/// An attempt; what is too large was refused when the specs were made.
fn narrow(attempt: u32) -> Result<u16, Block> {
    u16::try_from(attempt).map_err(|_| Block::for_good(r"attempt \in Attempts"))
}

/// An event for people.
fn describe(event: &TraceEvent<Json>) -> String {
    match event {
        TraceEvent::Start { .. } => "Start".to_owned(),
        TraceEvent::Attempt { round, attempt } => format!("Attempt({round}, {})", attempt.0),
        TraceEvent::Promise { proposal, .. } => format!("Promise({proposal})"),
        TraceEvent::Accept { proposal, value, .. } => format!("Accept({proposal}, {value})"),
        TraceEvent::Learn { round, value } => format!("Learn({round}, {value})"),
        TraceEvent::PromiseAll { ballot } => format!("PromiseAll({ballot})"),
        TraceEvent::AttemptAll { attempt } => format!("AttemptAll({attempt})"),
        TraceEvent::Forget { before } => format!("Forget(rounds before {before})"),
        TraceEvent::Install { before } => format!("Install(rounds before {before})"),
    }
}
