//! The environment of the code: the network, crashes, retries, and a fault.

use serde::Deserialize;

use super::faults::Fault;

pub use mitregate::actors::Transport;

/// When a proposer tries again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Retries {
    /// At any time: a timeout may be premature.
    #[default]
    AnyTime,
    /// When it is beaten.
    WhenBeaten,
    /// When it is beaten, and only if it is the leader by
    /// [`Leadership`](mitregate_multi_paxos::Leadership).
    ByLeader,
}

/// How proposers prepare.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Preparation {
    /// Each round for itself.
    #[default]
    ByRound,
    /// All rounds at once: only who leads proposes.
    AllRounds,
    /// Either, at any time.
    Either,
}

/// The environment of the code. The default is a network that reorders and repeats messages.
#[allow(clippy::struct_excessive_bools)] // independent of one another
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Environment {
    /// The network's order and duplication of messages.
    pub transport: Transport,
    /// Whether messages get lost.
    pub loss: bool,
    /// Whether an acceptor may crash and recover; one at a time.
    pub acceptor_crashes: bool,
    /// Whether a proposer may crash and recover; one at a time.
    pub proposer_crashes: bool,
    /// How proposers prepare.
    pub prepares: Preparation,
    /// Whether snapshots may take the place of what is applied.
    pub snapshots: bool,
    /// Of how many votes an acceptor tells at once when it promises in all rounds; as the code has it if `None`.
    pub promise_batch: Option<usize>,
    /// Nodes that only learn.
    pub learners: u8,
    /// Whether acceptors send each vote to the learners too, not only to its proposer.
    pub watched: bool,
    /// Whether a proposer's clients may ask for any value, not only for one of their own.
    pub any_value: bool,
    /// Whether proposers take turns: one begins an attempt only when no message is in transit.
    pub turns: bool,
    /// When a proposer tries again.
    pub retries: Retries,
    /// Whether acceptors are interchangeable, which shrinks the state space.
    pub symmetry: bool,
    /// The fault, in a guard of the spec or in the glue around the real types.
    pub fault: Option<Fault>,
}

impl Environment {
    /// The environment in words.
    pub fn words(&self) -> String {
        let mut words = vec![match self.transport {
            Transport::Duplicating => "unordered network with duplication".to_owned(),
            Transport::Unordered => "unordered network".to_owned(),
            Transport::Ordered => "ordered network".to_owned(),
        }];
        let mut add = |wanted: bool, what: &str| {
            if wanted {
                words.push(what.to_owned());
            }
        };
        add(self.loss, "message loss");
        add(self.acceptor_crashes, "acceptor crashes");
        add(self.proposer_crashes, "proposer crashes");
        add(self.prepares == Preparation::AllRounds, "only who leads proposes");
        add(self.prepares == Preparation::Either, "proposers may lead");
        add(self.snapshots, "snapshots");
        add(self.any_value, "any value from clients");
        add(self.turns, "proposers take turns");
        add(self.retries == Retries::WhenBeaten, "proposers try again when they are beaten");
        add(self.retries == Retries::ByLeader, "the leader tries again when it is beaten");
        add(self.symmetry, "up to symmetry of acceptors");
        if self.learners > 0 {
            let watching = if self.watched { " that watch votes" } else { "" };
            words.push(format!("{} learner(s){watching}", self.learners));
        }
        if let Some(votes) = self.promise_batch {
            words.push(format!("acceptors tell of {votes} vote(s) at once"));
        }
        if let Some(fault) = self.fault {
            words.push(format!("fault {fault:?}"));
        }
        words.join(", ")
    }
}
