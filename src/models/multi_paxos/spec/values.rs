//! The port's numbers as TLA+ values.

use super::{Ballot, Spec, ValueId, Vote};
use mitregate::record;
use mitregate::tla::value::Value;

impl Spec {
    /// A proposal as a TLA+ value.
    pub fn proposal_value(&self, r: u8, ballot: Ballot) -> Value {
        match self.attempt_and_node(ballot) {
            None => self.constants.none.clone(),
            Some((attempt, node)) => record! {
                attempt: attempt,
                node: self.constants.proposers[usize::from(node)],
                round: self.constants.rounds[usize::from(r)],
            },
        }
    }

    /// A value as a TLA+ value.
    pub fn value_value(&self, value: ValueId) -> Value {
        self.constants.values.get(usize::from(value)).unwrap_or(&self.constants.none).clone()
    }

    pub(super) fn vote_value(&self, r: u8, vote: Vote) -> Value {
        record! {
            proposal: self.proposal_value(r, vote.ballot),
            value: self.value_value(vote.value),
        }
    }

    pub(super) fn by_acceptor(&self, field: impl Fn(u8, u8) -> Value) -> Value {
        Value::fun(
            self.acceptors().map(|a| (self.acceptor_value(a), self.by_round(|r| field(a, r)))),
        )
    }

    pub(super) fn by_round(&self, field: impl Fn(u8) -> Value) -> Value {
        Value::fun(self.rounds().map(|r| (self.round_value(r), field(r))))
    }

    pub(super) fn acceptor_value(&self, a: u8) -> Value {
        self.constants.acceptors[usize::from(a)].clone()
    }

    pub(super) fn round_value(&self, r: u8) -> Value {
        Value::Int(self.constants.rounds[usize::from(r)])
    }

    pub(super) fn show_proposal(&self, r: u8, ballot: Ballot) -> String {
        match self.attempt_and_node(ballot) {
            None => self.constants.none.to_string(),
            Some((attempt, node)) => format!(
                "<<{}, {attempt}, {}>>",
                self.constants.rounds[usize::from(r)],
                self.constants.proposers[usize::from(node)],
            ),
        }
    }
}
