//! Unbounded attempts: they are renumbered once the lowest is no longer in use.
//!
//! Keys are only compared. So if no key of a round in the whole system has attempt 0, all its
//! attempts can be lowered by one without changing any behaviour. `MultiPaxosUnbounded.tla` calls
//! this `Renumber`. Here it is part of the step that makes it possible, so an endless duel is a
//! cycle.

use std::cell::Cell;

use mitregate::actors::Envelope;

use super::constants::Module;
use super::node::{Disk, node_id};
use super::spec::Action;
use super::system::{Nodes, System, SystemState, all};
use mitregate::check::{Interned, Model as _};
use mitregate_multi_paxos::{Attempt, ProposalKey, Proposals as _, Round};

impl System {
    /// The state with the attempts of each round lowered by one where that can be, and those rounds.
    pub(super) fn renumbered(&self, mut state: SystemState) -> (SystemState, Vec<u8>) {
        let mut rounds = Vec::new();
        if self.spec.constants.module != Module::MultiPaxosUnbounded {
            return (state, rounds);
        }
        for r in self.spec.rounds() {
            let renumber = Action::Renumber { r };
            if let Some(stands_for) = self.spec.next_state(&state.stands_for, renumber)
                && let Some(nodes) = self.lowered(&state.nodes, Round(u64::from(r)))
            {
                // What the nodes stand for now is what the spec says, or the miter shows that it is not.
                let stands_for = self.project_nodes(Interned::new(stands_for), all(&nodes));
                state = SystemState { nodes, stands_for };
                rounds.push(r);
            }
        }
        (state, rounds)
    }

    /// The nodes and their messages with every attempt of a round lowered by one; `None` if one is 0.
    fn lowered(&self, nodes: &Nodes, round: Round) -> Option<Nodes> {
        let is_first_in_use = Cell::new(false);
        let lower = |key: &mut ProposalKey| {
            if key.round == round {
                is_first_in_use.set(is_first_in_use.get() || key.attempt == Attempt(0));
                key.attempt = Attempt(key.attempt.0.saturating_sub(1));
            }
        };
        let mut next = nodes.clone();
        for (index, node) in next.nodes.iter_mut().enumerate() {
            let mut changed = node.get().clone();
            changed.state.iter_mut().for_each(|replica| replica.rename_proposals(&lower));
            match &mut changed.storage {
                Some(Disk::Acceptor(durable)) => durable.rename_proposals(&lower),
                Some(Disk::Proposer(durable)) => {
                    durable.rename_proposals_of(node_id(index.into()), &lower);
                }
                None => {}
            }
            *node = Interned::new(changed);
        }
        next.network = self.actors.map(&nodes.network, |envelope| {
            let mut msg = envelope.msg.clone();
            msg.rename_proposals(&lower);
            Interned::new(Envelope { msg, ..*envelope })
        });
        (!is_first_in_use.get()).then_some(next)
    }
}
