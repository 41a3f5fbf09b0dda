//! A search through all orders of the events, which shares nothing with the validator but the spec's port.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use mitregate::check::Model;
use mitregate::tla::value::Value;
use mitregate_models::multi_paxos::spec::{Action, Ballot, Spec, State};
use mitregate_models::multi_paxos::{Constants, Module, Specification};
use mitregate_multi_paxos::{Attempt, NodeId, ProposalKey, Round, TraceEvent};

use crate::runs::{Event, Run};

/// A search through all orders, over a spec of all rounds. It knows nothing of restarts.
pub(crate) struct Search<'a> {
    spec: Spec,
    values: Vec<String>,
    events: Vec<(NodeId, Vec<&'a Event>)>,
    seen: HashSet<(Vec<usize>, State)>,
}

impl<'a> Search<'a> {
    pub(crate) fn new(run: &'a Run) -> Search<'a> {
        let mut values = BTreeSet::new();
        let mut attempts = 1;
        let mut rounds = BTreeSet::from([0, 1]);
        for event in run.values().flatten() {
            let (round, attempt) = match event {
                TraceEvent::Accept { proposal, value, round } => {
                    values.insert(value.clone());
                    (*round, proposal.attempt.0)
                }
                TraceEvent::Promise { proposal, round } => (*round, proposal.attempt.0),
                TraceEvent::Attempt { attempt, round } => (*round, attempt.0),
                TraceEvent::Learn { value, round } => {
                    values.insert(value.clone());
                    (*round, 0)
                }
                TraceEvent::AttemptAll { attempt } => (Round(0), attempt.0),
                TraceEvent::PromiseAll { ballot } => (Round(0), ballot.attempt.0),
                TraceEvent::Start { .. }
                | TraceEvent::Forget { .. }
                | TraceEvent::Install { .. } => continue,
            };
            rounds.insert(i64::try_from(round.0).unwrap());
            attempts = attempts.max(attempt + 1);
        }
        let values: Vec<_> = values.into_iter().collect();
        let constants = Constants {
            module: Module::MultiPaxos,
            specification: Specification::Spec,
            proposers: vec![10, 11],
            acceptors: (0..3).map(Value::Int).collect(),
            rounds: rounds.into_iter().collect(),
            attempts: u16::try_from(attempts).unwrap(),
            values: values.iter().map(|value| Value::from(value.as_str())).collect(),
            none: Value::model("NONE"),
            undecided: false,
            acceptor_symmetry: false,
            value_symmetry: false,
        };
        let no_start = |it: &&Event| !matches!(it, TraceEvent::Start { .. });
        let events = run.iter().map(|(&id, all)| (id, all.iter().filter(no_start).collect()));
        Search {
            spec: Spec::new(Arc::new(constants)),
            values,
            events: events.collect(),
            seen: HashSet::new(),
        }
    }

    pub(crate) fn succeeds(&mut self) -> bool {
        // A proposer begins an attempt once, and no lower one later.
        for (_, events) in &self.events {
            let mut begun: BTreeMap<Round, Attempt> = BTreeMap::new();
            let mut everywhere: Option<Attempt> = None;
            for event in events {
                match event {
                    TraceEvent::Attempt { round, attempt } => {
                        let before = begun.insert(*round, *attempt).max(everywhere);
                        if before >= Some(*attempt) {
                            return false;
                        }
                    }
                    TraceEvent::AttemptAll { attempt } => {
                        if everywhere.max(begun.values().max().copied()) >= Some(*attempt) {
                            return false;
                        }
                        everywhere = Some(*attempt);
                    }
                    _ => {}
                }
            }
        }
        let state = self.spec.init_states().remove(0);
        self.goes_on(&vec![0; self.events.len()], &state)
    }

    fn goes_on(&mut self, places: &[usize], state: &State) -> bool {
        if places.iter().zip(&self.events).all(|(&place, (_, events))| place == events.len()) {
            return true;
        }
        if !self.seen.insert((places.to_vec(), state.clone())) {
            return false;
        }
        (0..places.len()).any(|index| {
            let (node, events) = &self.events[index];
            let Some(event) = events.get(places[index]) else { return false };
            // An acceptor promises in all rounds that it keeps.
            let kept = events[..places[index]].iter().filter_map(|event| match event {
                TraceEvent::Forget { before } => Some(*before),
                _ => None,
            });
            let kept = kept.max().unwrap_or_default();
            let Some(next) = self.take(*node, event, kept, state) else { return false };
            let mut places = places.to_vec();
            places[index] += 1;
            self.goes_on(&places, &next)
        })
    }

    fn ballot(&self, key: ProposalKey, round: Round) -> Option<Ballot> {
        (key.round == round && (10..12).contains(&key.node.0)).then_some(())?;
        Some(
            self.spec
                .ballot(u16::try_from(key.attempt.0).ok()?, u8::try_from(key.node.0 - 10).ok()?),
        )
    }

    /// All rounds before one are decided: some value of each is learned.
    fn decided(&self, before: Round, state: &State) -> Option<State> {
        let mut state = state.clone();
        for number in 0..i64::try_from(before.0).ok()? {
            let index = self.spec.constants.rounds.iter().position(|&it| it == number)?;
            let r = u8::try_from(index).ok()?;
            let mut values = 0..u8::try_from(self.values.len()).ok()?;
            state = values.find_map(|v| self.spec.next_state(&state, Action::Learn { r, v }))?;
        }
        Some(state)
    }

    fn take(&self, node: NodeId, event: &Event, kept: Round, state: &State) -> Option<State> {
        let spec = &self.spec;
        let round = |round: &Round| {
            let number = i64::try_from(round.0).unwrap();
            let index = spec.constants.rounds.iter().position(|&it| it == number)?;
            u8::try_from(index).ok()
        };
        let value = |value: &String| {
            u8::try_from(self.values.iter().position(|it| it == value).unwrap()).unwrap()
        };
        let acceptor = || u8::try_from(node.0).ok().filter(|&a| a < 3);
        let proposer = || spec.proposers().find(|&p| u32::from(p) + 10 == node.0);
        // What it has dropped it does not act in.
        if let TraceEvent::Promise { round, .. } | TraceEvent::Accept { round, .. } = event
            && *round < kept
        {
            return None;
        }
        match event {
            TraceEvent::Attempt { round: r, attempt } => {
                let (p, r) = (proposer()?, round(r)?);
                let mut state = state.clone();
                while u32::from(spec.proposer_attempt(&state, p, r)) < attempt.0 {
                    state = spec.next_state(&state, Action::IncrementAttempt { p, r })?;
                }
                (u32::from(spec.proposer_attempt(&state, p, r)) == attempt.0).then_some(state)
            }
            TraceEvent::Promise { round: r, proposal } => {
                let (a, p) = (acceptor()?, self.ballot(*proposal, *r)?);
                spec.next_state(state, Action::Promise { a, r: round(r)?, p })
            }
            TraceEvent::Accept { round: r, proposal, value: v } => {
                let (a, p) = (acceptor()?, self.ballot(*proposal, *r)?);
                let action = Action::Accept { a, r: round(r)?, p, v: value(v) };
                spec.next_state(state, action).or_else(|| {
                    let promised =
                        spec.next_state(state, Action::Promise { a, r: round(r)?, p })?;
                    spec.next_state(&promised, action)
                })
            }
            TraceEvent::Learn { round: r, value: v } => {
                spec.next_state(state, Action::Learn { r: round(r)?, v: value(v) })
            }
            TraceEvent::AttemptAll { attempt } => {
                let p = proposer()?;
                let mut state = state.clone();
                for r in spec.rounds() {
                    while u32::from(spec.proposer_attempt(&state, p, r)) < attempt.0 {
                        state = spec.next_state(&state, Action::IncrementAttempt { p, r })?;
                    }
                }
                Some(state)
            }
            TraceEvent::PromiseAll { ballot } => {
                let (a, p) = (acceptor()?, self.ballot(ballot.in_round(Round(0)), Round(0))?);
                let mut state = state.clone();
                for r in spec.rounds() {
                    if spec.constants.rounds[usize::from(r)] >= i64::try_from(kept.0).ok()? {
                        state = spec.next_state(&state, Action::Promise { a, r, p })?;
                    }
                }
                Some(state)
            }
            TraceEvent::Forget { before } => acceptor().and_then(|_| self.decided(*before, state)),
            TraceEvent::Install { before } => self.decided(*before, state),
            TraceEvent::Start { .. } => Some(state.clone()),
        }
    }
}
