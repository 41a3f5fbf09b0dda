//! The effects of an acceptor's vote, gone through with and without the hook for traces.

use std::hint::black_box;

use mitregate_multi_paxos::{
    Attempt, Cluster, Effect, Input, Message, NodeId, ProposalKey, Replica, Round, Setup, Stored,
};
use mitregate_multi_paxos_runtime::{Observer, Traced, Unobserved};

/// What a driver does with effects, as far as it matters here.
#[allow(clippy::inline_always)] // callgrind counts the functions that it is part of
#[inline(always)]
fn carry_out<O: Observer<u64>>(effects: &[Effect<u64>], observer: Option<&mut O>) {
    let mut observer = observer;
    for effect in effects {
        if let Some(observer) = &mut observer {
            observer.observe(NodeId(0), effect).expect("it writes nothing");
        }
        black_box(effect);
    }
}

// Callgrind counts while it is in one of these, so they have to remain functions. Two that are the same to the
// compiler would become one; so each has a number.

#[inline(never)]
fn vote_without_hook(effects: &[Effect<u64>]) {
    black_box(1);
    carry_out::<Unobserved>(effects, None);
}

#[inline(never)]
fn vote_unobserved(effects: &[Effect<u64>]) {
    black_box(2);
    carry_out(effects, Some(&mut Unobserved));
}

#[inline(never)]
fn vote_traced(effects: &[Effect<u64>]) {
    black_box(3);
    carry_out(effects, Some(&mut Traced));
}

/// What is counted: so many votes.
pub(crate) fn run_counted(votes: u32) {
    let nodes = |ids: [u32; 1]| ids.map(NodeId);
    let cluster = Cluster::new(nodes([0]), nodes([10]), nodes([10])).expect("two nodes");
    let start = Replica::start(&cluster, NodeId(0), Stored::default(), Setup::default());
    let (mut acceptor, _) = start;
    let key = ProposalKey { round: Round(0), attempt: Attempt(0), node: NodeId(10) };
    let message = Message::Accept { key, value: 7 };
    let effects = acceptor.step(&cluster, Input::Message { from: NodeId(10), message });
    // The vote is written, and then sent.
    assert_eq!(effects.len(), 2);
    for _ in 0..votes {
        vote_without_hook(black_box(&effects));
        vote_unobserved(black_box(&effects));
        vote_traced(black_box(&effects));
    }
}
