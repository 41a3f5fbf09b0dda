//! Runs the nodes of [`mitregate_multi_paxos`]: over TCP, with timers, and with a durable log on disk.
//!
//! All that concerns Paxos is decided by `Replica`, which is model checked against its TLA+ spec. This package
//! carries its effects out, and has no say in what they are:
//!
//! 1. [`Members`] names the nodes of a cluster and their addresses.
//! 2. A [`Store`] in a [`DiskFolder`] is a node's durable log. [`Store::open`] returns what was on it.
//! 3. [`run_acceptor`] and [`run_proposer`] run a node; the latter gives a [`Client`], whose
//!    [`Client::append`] puts a value into the log.
//! 4. An [`Observer`] is told what the node does: [`JsonLines`] writes it to a file that can be held against the
//!    spec.
//!
//! [`Network`], [`Folder`] and [`Disk`] stand for the system, so that a simulation can take its place. With the
//! feature `simulation`, `simulated` has a disk that forgets what was not synced.
//!
//! # What is promised
//!
//! Nothing leaves a node before what it depends on is on disk. If a write or a sync fails, the node stops
//! with an error. What [`Client::append`] has returned is in the log of every node, at that place, for ever, and once.
//! A malformed frame ends its connection, and nothing else.
//!
//! # Limits
//!
//! Peers are trusted: there is no encryption or authentication, and the name of the cluster only guards against
//! mistakes. A snapshot travels in one message, and so does what acceptors tell a new leader: values and snapshots are
//! bounded by [`Timing::most_bytes`]. Without snapshots, the log of a cluster is kept whole, in memory and on disk. A
//! node whose folder is lost must not start again under its number.

mod client;
mod disk;
mod driver;
mod entry;
mod folder;
mod frame;
mod members;
mod network;
mod node;
mod observer;
mod sessions;
#[cfg(any(test, feature = "simulation"))]
pub mod simulated;
mod store;
mod timers;
mod timing;

#[cfg(test)]
mod store_tests;

pub use client::{AppendError, Client};
pub use disk::{BlockingDisk, Disk};
pub use entry::{Applied, Entry, Item, Position};
pub use folder::{DiskFolder, Folder};
pub use frame::{ConnectionError, Frame, Letter, PROTOCOL};
pub use members::{Member, Members, MembersError};
pub use network::{Network, Tcp};
pub use node::{NodeConfig, NodeError, Value, run_acceptor, run_proposer};
pub use observer::{JsonLines, Observer, TARGET, Traced, Unobserved};
pub use store::{FORMAT, Identity, LOG, NEW_LOG, Store, StoreError};
pub use timing::Timing;

// The code of the README is a doc test.
#[cfg(doctest)]
#[doc = include_str!("README.md")]
struct Readme;
