//! Multi-Paxos without I/O: a replicated log, each slot of which is decided by Paxos.
//!
//! Every node is a step machine, a [`Replica`]: it takes an [`Input`] and returns its [`Effect`]s, which are
//! what to write to disk, what to send and what is decided, in the order in which they have to be carried
//! out. It has no clocks, sockets, threads or randomness, so it runs over any transport, and a model checker
//! can take every possible step.
//!
//! The algorithm is Leslie Lamport's, from "The Part-Time Parliament" (1998) and "Paxos Made
//! Simple" (2001). Each [`Round`] is one instance; every proposer may propose in every round at any
//! time. Nodes may crash and restart, and messages may be lost, duplicated, delayed and reordered.
//! Byzantine nodes are not tolerated, but a message that no correct node sends is ignored where it
//! can be recognised.
//!
//! # From proposal to log
//!
//! 1. A proposal is named by a [`ProposalKey`]: round, attempt, proposer.
//! 2. The [`Cluster`] gives nodes their roles. It is passed to every call.
//! 3. Nodes send each other [`Message`]s; the machines return them as [`Outgoing`].
//! 4. Acceptors promise and vote: [`AcceptorStateStore`], or [`SharedAcceptorState`] for several
//!    threads.
//! 5. A [`Proposer`] gets a value chosen in a round; a [`Campaign`] is its progress there. It may prepare all
//!    rounds at once, and then [`Lead`]s.
//! 6. [`QuorumTracker`] counts votes, for proposers and for learners that watch the acceptors.
//! 7. A [`Learner`] puts the decided rounds in order, and lets other learners catch up. A [`Snapshot`] takes the
//!    place of what is applied, with learners and acceptors.
//! 8. A [`Replica`] is a node with its roles.
//! 9. A [`Trace`] says what a node has done, in the terms of the spec.
//!
//! # What must survive a crash
//!
//! - An acceptor's [`DurableAcceptorState`]. Every [`AcceptorEvent`] must be on disk before the
//!   reply that came with it leaves; the events are a log from which
//!   [`DurableAcceptorState::replay`] rebuilds the state.
//!   [`SharedAcceptorState::handle_durably`] keeps that order.
//! - A proposer's [`DurableProposerState`]. Every [`ProposerEvent`] must be on disk before the first message
//!   of its attempt leaves: [`ProposerStep::event`] comes before [`ProposerStep::outgoing`].
//! - Nothing of a learner: it can ask again. The caller keeps the entries that it has applied.
//!
//! A [`Replica`] has both in the order of its effects, as [`Effect::Persist`].
//!
//! A node that has lost durable state must not restart under the same [`NodeId`].
//!
//! # Limits
//!
//! The cluster does not change while it runs. Duelling proposers must back off for random times, or
//! give way to a leader: see [`Leadership`]. The caller decides which nodes are suspected, and who is to
//! lead. A snapshot travels in one message. Acceptors drop rounds for a [`Snapshot`] only.
//!
//! # Example
//!
//! One round, from proposal to log, with the network played by a queue and the disks by a map.
//!
//! ```
//! use std::collections::{BTreeMap, VecDeque};
//! use mitregate_multi_paxos::{Cluster, Effect, Input, NodeId, Replica, Round, Setup, Stored};
//!
//! let (p, l) = (NodeId(10), NodeId(20));
//! let cluster = Cluster::new((0..3).map(NodeId), [p], [l])?;
//! let mut nodes = BTreeMap::new();
//! for id in (0..3).map(NodeId).chain([p, l]) {
//!     let (node, _) = Replica::start(&cluster, id, Stored::default(), Setup::default());
//!     nodes.insert(id, node);
//! }
//! let mut disks: BTreeMap<NodeId, Stored<&str>> = BTreeMap::new();
//! let mut log = Vec::new();
//! let mut inputs = VecDeque::from([(p, Input::Propose { round: Round(0), value: "hello" })]);
//! while let Some((id, input)) = inputs.pop_front() {
//!     let Some(node) = nodes.get_mut(&id) else { continue };
//!     for effect in node.step(&cluster, input) {
//!         match effect {
//!             Effect::Persist(record) => disks.entry(id).or_default().apply(record),
//!             Effect::Send(out) => {
//!                 inputs.push_back((out.to, Input::Message { from: id, message: out.message }));
//!             }
//!             Effect::Apply { round, value } if id == l => log.push((round, value)),
//!             _ => {}
//!         }
//!     }
//! }
//! assert_eq!(log, [(Round(0), "hello")]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acceptor;
mod campaign;
mod cluster;
mod durable;
mod lead;
mod leadership;
mod learner;
mod message;
mod proposal;
mod proposer;
mod quorum;
mod renaming;
mod replica;
mod shared;
mod snapshot;
mod trace;

#[cfg(test)]
mod properties;
#[cfg(test)]
mod proposer_tests;
#[cfg(test)]
mod replica_tests;
#[cfg(test)]
mod testing;

pub use acceptor::{
    Accepted, AcceptorStateStore, AcceptorStep, PROMISE_BATCH, Promised, PromisedAll, Refusal,
};
pub use campaign::{Campaign, DurableProposerState, ProposerEvent};
pub use cluster::{Cluster, ClusterError};
pub use durable::{AcceptorEvent, AcceptorRound, DurableAcceptorState};
pub use lead::Lead;
pub use leadership::Leadership;
pub use learner::{CATCH_UP_BATCH, Conflict, Learner, LearnerStep};
pub use message::{Message, Outgoing};
pub use proposal::{AcceptedProposal, Attempt, Ballot, NodeId, ProposalKey, Round};
pub use proposer::{ProposeError, ProposeResult, Proposer, ProposerStep};
pub use quorum::{QuorumTracker, Tally};
pub use renaming::{Proposals, Voters};
pub use replica::{Effect, Input, Record, Replica, Setup, Stored, Timer};
pub use shared::SharedAcceptorState;
pub use snapshot::Snapshot;
pub use trace::{Trace, TraceEvent};

// The code of the README is a doc test.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
