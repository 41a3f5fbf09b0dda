//! The spec of one round, and what a claim, or a node without a trace, does in it.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use mitregate::check::Model;
use mitregate::tla::value::Value;
use mitregate_multi_paxos::{Cluster, Round, TraceEvent};

use super::super::constants::{Constants, Module, Specification};
use super::super::spec::{Action, Ballot, Spec, State, ValueId};
use super::Json;
use super::read::{ReadError, Traces};

/// The most states of one round that are kept while actions without a trace are guessed.
const MOST_GUESSES: usize = 20_000;

/// What an event is in the terms of the spec.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Claim {
    /// Proposer `p` has reached this attempt.
    Attempt { p: u8, attempt: u16 },
    /// Acceptor `a` has promised.
    Promise { a: u8, p: Ballot },
    /// Acceptor `a` has voted, and promised before if it had not.
    Accept { a: u8, p: Ballot, v: ValueId },
    /// Somebody has learned.
    Learn { v: ValueId },
    /// Somebody knows that the round is decided, and not how.
    Decided,
}

/// The spec of one round, and the states in which it may be.
pub(super) struct Instance {
    pub(super) spec: Spec,
    pub(super) values: HashMap<String, ValueId>,
    /// One, unless something was guessed.
    pub(super) states: Vec<State>,
}

/// Nodes by their numbers in each role.
#[derive(Clone, Debug, Default)]
pub(super) struct Roles {
    pub(super) acceptors: Vec<u8>,
    pub(super) proposers: Vec<u8>,
}

/// A number of which there are few; what reads traces has bounded it.
pub(super) fn small(number: usize) -> u8 {
    number as u8
}

pub(super) fn action(claim: &Claim) -> Action {
    match *claim {
        Claim::Attempt { p, .. } => Action::IncrementAttempt { p, r: 0 },
        Claim::Promise { a, p } => Action::Promise { a, r: 0, p },
        Claim::Accept { a, p, v } => Action::Accept { a, r: 0, p, v },
        Claim::Learn { v } => Action::Learn { r: 0, v },
        Claim::Decided => Action::Learn { r: 0, v: 0 },
    }
}

/// Takes the actions that a claim stands for, in a spec of one round. Those taken are added to `taken`.
pub(super) fn perform(
    spec: &Spec,
    untraced: &[u8],
    state: &State,
    claim: &Claim,
    taken: &mut Vec<Action>,
) -> Result<State, &'static str> {
    let mut state = state.clone();
    let mut act = |state: &mut State, action: Action| -> Result<(), &'static str> {
        spec.guard(state, action)?;
        let next = spec.next_state(state, action).ok_or("Next")?;
        *state = next;
        taken.push(action);
        Ok(())
    };
    let reach = |state: &State, p: u8, attempt: u16| spec.proposer_attempt(state, p, 0) < attempt;
    match *claim {
        Claim::Attempt { p, attempt } => {
            if spec.proposer_attempt(&state, p, 0) > attempt {
                return Err("proposerAttempt'[p][r] = proposerAttempt[p][r] + 1");
            }
            while reach(&state, p, attempt) {
                act(&mut state, Action::IncrementAttempt { p, r: 0 })?;
            }
        }
        Claim::Promise { a, p } | Claim::Accept { a, p, .. } => {
            // A proposer without a trace has got as far as it must have.
            if let Some((attempt, node)) = spec.attempt_and_node(p)
                && untraced.contains(&node)
            {
                while reach(&state, node, attempt) {
                    act(&mut state, Action::IncrementAttempt { p: node, r: 0 })?;
                }
            }
            if matches!(claim, Claim::Promise { .. }) || spec.promised(&state, a, 0) < p {
                act(&mut state, Action::Promise { a, r: 0, p })?;
            }
            if let Claim::Accept { v, .. } = *claim {
                act(&mut state, Action::Accept { a, r: 0, p, v })?;
            }
        }
        Claim::Learn { v } => act(&mut state, Action::Learn { r: 0, v })?,
        // At most one value is chosen.
        Claim::Decided => {
            let chosen =
                spec.values().find(|&v| spec.guard(&state, Action::Learn { r: 0, v }).is_ok());
            act(&mut state, Action::Learn { r: 0, v: chosen.unwrap_or_default() })?;
        }
    }
    Ok(state)
}

/// The states that untraced acceptors and proposers can lead to; none if there are too many.
pub(super) fn closure(instance: &Instance, free: &Roles) -> Option<Vec<State>> {
    let spec = &instance.spec;
    let mut seen: BTreeSet<State> = instance.states.iter().cloned().collect();
    let mut queue = instance.states.clone();
    let mut actions = Vec::new();
    while let Some(state) = queue.pop() {
        actions.clear();
        spec.actions(&state, &mut actions);
        for action in &actions {
            let is_free = match *action {
                Action::Promise { a, .. } | Action::Accept { a, .. } => free.acceptors.contains(&a),
                Action::IncrementAttempt { p, .. } => free.proposers.contains(&p),
                Action::Learn { .. } | Action::Renumber { .. } => false,
            };
            if is_free
                && let Some(next) = spec.next_state(&state, *action)
                && !seen.contains(&next)
            {
                if seen.len() >= MOST_GUESSES {
                    return None;
                }
                seen.insert(next.clone());
                queue.push(next);
            }
        }
    }
    Some(seen.into_iter().collect())
}

/// What traces say of a round.
#[derive(Default)]
struct Extent {
    attempts: u32,
    values: BTreeSet<String>,
}

/// A spec for each round of the traces.
pub(super) fn instances(traces: &Traces) -> Result<HashMap<Round, Instance>, ReadError> {
    let mut extents: HashMap<Round, Extent> = HashMap::new();
    let mut attempts_everywhere = 0;
    let mut see_everywhere = |attempt: Option<u32>| {
        let attempts = attempt.map_or(0, |it| it.saturating_add(1));
        attempts_everywhere = attempts_everywhere.max(attempts);
    };
    let mut see = |round: Round, attempt: Option<u32>, value: Option<&Json>| {
        let extent = extents.entry(round).or_default();
        extent.attempts = extent.attempts.max(attempt.map_or(1, |it| it.saturating_add(1)));
        extent.values.extend(value.map(ToString::to_string));
    };
    for entry in traces.nodes.iter().flat_map(|node| &node.entries) {
        match &entry.event {
            TraceEvent::Start { stored, .. } => {
                for (round, known) in stored.acceptor.rounds() {
                    see(round, known.promised().map(|key| key.attempt.0), None);
                    if let Some(vote) = known.accepted() {
                        see(round, Some(vote.key.attempt.0), Some(&vote.value));
                    }
                }
                for (round, attempt) in stored.proposer.attempts() {
                    see(round, Some(attempt.0), None);
                }
                see_everywhere(stored.acceptor.floor().map(|ballot| ballot.attempt.0));
                see_everywhere(stored.proposer.floor().map(|attempt| attempt.0));
            }
            TraceEvent::AttemptAll { attempt } => see_everywhere(Some(attempt.0)),
            TraceEvent::PromiseAll { ballot } => see_everywhere(Some(ballot.attempt.0)),
            TraceEvent::Forget { .. } | TraceEvent::Install { .. } => {}
            TraceEvent::Attempt { round, attempt } => see(*round, Some(attempt.0), None),
            TraceEvent::Promise { round, proposal } => {
                see(*round, Some(proposal.attempt.0), None);
            }
            TraceEvent::Accept { round, proposal, value } => {
                see(*round, Some(proposal.attempt.0), Some(value));
            }
            TraceEvent::Learn { round, value } => see(*round, None, Some(value)),
        }
    }
    let mut all = HashMap::with_capacity(extents.len());
    for (round, extent) in extents {
        let too_large = |what: String| ReadError::TooLarge { round, what };
        let number = i64::try_from(round.0).map_err(|_| too_large("its number".to_owned()))?;
        let attempts = extent.attempts.max(attempts_everywhere);
        let attempts =
            u16::try_from(attempts).map_err(|_| too_large(format!("{attempts} attempts")))?;
        let named: Vec<Value> = extent.values.iter().map(|it| Value::from(it.as_str())).collect();
        let constants =
            constants(&traces.cluster, vec![number], attempts, named).map_err(too_large)?;
        let values = extent.values.into_iter().zip(0..).collect();
        let spec = Spec::new(Arc::new(constants));
        let states = spec.init_states();
        all.insert(round, Instance { spec, values, states });
    }
    Ok(all)
}

/// The constants for a cluster.
pub(super) fn constants(
    cluster: &Cluster,
    rounds: Vec<i64>,
    attempts: u16,
    values: Vec<Value>,
) -> Result<Constants, String> {
    let constants = Constants {
        module: Module::MultiPaxos,
        specification: Specification::Spec,
        proposers: cluster.proposers().iter().map(|id| i64::from(id.0)).collect(),
        acceptors: cluster.acceptors().iter().map(|id| Value::Int(i64::from(id.0))).collect(),
        rounds,
        attempts,
        values,
        none: Value::model("NONE"),
        undecided: false,
        acceptor_symmetry: false,
        value_symmetry: false,
    };
    constants.check_bounds()?;
    Ok(constants)
}
