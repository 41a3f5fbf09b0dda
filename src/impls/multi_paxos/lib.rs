//! Multi-Paxos without I/O: a replicated log, each slot of which is decided by Paxos.
//!
//! Every node is a step machine: it takes an input and returns the state to write to disk, the
//! messages to send and the values that are decided. It has no clocks, sockets, threads or
//! randomness, so it runs over any transport, and a model checker can take every possible step.
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
//! 5. A [`Proposer`] gets a value chosen in a round; a [`Campaign`] is its progress there.
//! 6. [`QuorumTracker`] counts votes, for proposers and for learners that watch the acceptors.
//! 7. A [`Learner`] puts the decided rounds in order, and lets other learners catch up.
//! 8. [`run_proposer`] drives a proposer over the caller's [`Transport`] until a round is decided.
//!
//! # What must survive a crash
//!
//! - An acceptor's [`DurableAcceptorState`]. Every [`AcceptorEvent`] must be on disk before the
//!   reply that came with it leaves; the events are a log from which
//!   [`DurableAcceptorState::replay`] rebuilds the state.
//!   [`SharedAcceptorState::handle_durably`] keeps that order.
//! - A proposer's [`DurableProposerState`]. It must be on disk before the first message of an
//!   attempt leaves: [`ProposerStep::persist`] comes before [`ProposerStep::outgoing`].
//! - Nothing of a learner: it can ask again. The caller keeps the entries that it has applied.
//!
//! A node that has lost durable state must not restart under the same [`NodeId`].
//!
//! # Limits
//!
//! The cluster does not change while it runs. Each round goes through both phases. Duelling
//! proposers must back off for random times, or give way to a leader: see [`Leadership`]. The
//! caller decides which nodes are suspected. Acceptors and proposers never drop a round.
//!
//! # Example
//!
//! One round, from proposal to log, with the network played by a queue.
//!
//! ```
//! use std::collections::{BTreeMap, VecDeque};
//! use mitregate_multi_paxos::{
//!     AcceptorStateStore, Cluster, Learner, NodeId, Outgoing, Proposer, Round,
//! };
//!
//! let (p, l) = (NodeId(10), NodeId(20));
//! let cluster = Cluster::new((0..3).map(NodeId), [p], [l])?;
//! let mut acceptors: BTreeMap<_, _> =
//!     cluster.acceptors().iter().map(|&id| (id, AcceptorStateStore::new())).collect();
//! let mut proposer = Proposer::new(p);
//! let mut learner = Learner::starting_at(Round(0));
//! let mut log = Vec::new();
//!
//! let step = proposer.propose(&cluster, Round(0), "hello")?;
//! // A real proposer writes `step.persist` to disk here, and an acceptor its `event` below.
//! let mut network: VecDeque<_> = step.outgoing.into_iter().map(|out| (p, out)).collect();
//! while let Some((from, Outgoing { to, message })) = network.pop_front() {
//!     if let Some(acceptor) = acceptors.get_mut(&to) {
//!         let reply = acceptor.handle(&cluster, from, message).reply;
//!         network.extend(reply.map(|message| (to, Outgoing { to: from, message })));
//!     } else if to == p {
//!         let step = proposer.handle(&cluster, from, message);
//!         network.extend(step.outgoing.into_iter().map(|out| (p, out)));
//!     } else {
//!         log.extend(learner.handle(&cluster, from, message).applied);
//!     }
//! }
//! assert_eq!(proposer.learned(Round(0)), Some(&"hello"));
//! assert_eq!(log, [(Round(0), "hello")]);
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod acceptor;
mod campaign;
mod cluster;
mod durable;
mod leadership;
mod learner;
mod message;
mod proposal;
mod proposer;
mod quorum;
mod renaming;
mod run;
mod shared;

#[cfg(test)]
mod duel_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod proposer_tests;
#[cfg(test)]
mod testing;

pub use acceptor::{Accepted, AcceptorStateStore, AcceptorStep, Promised, Refusal};
pub use campaign::{Campaign, DurableProposerState};
pub use cluster::{Cluster, ClusterError};
pub use durable::{AcceptorEvent, AcceptorRound, DurableAcceptorState};
pub use leadership::Leadership;
pub use learner::{CATCH_UP_BATCH, Conflict, Learner, LearnerStep};
pub use message::{Message, Outgoing};
pub use proposal::{AcceptedProposal, Attempt, NodeId, ProposalKey, Round};
pub use proposer::{ProposeError, ProposeResult, Proposer, ProposerStep};
pub use quorum::{QuorumTracker, Tally};
pub use renaming::{Proposals, Voters};
pub use run::{RunError, Transport, run_proposer};
pub use shared::SharedAcceptorState;

// The code of the README is a doc test.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
