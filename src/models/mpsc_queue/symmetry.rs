//! Symmetry: states that differ only in the names of producers.
//!
//! The representative of a state is the least of all its renamings, so two states have the same one
//! exactly if they are the same up to names, and counts equal TLC's.

use super::constants::{Constants, MOST_PRODUCERS};
use super::spec::{ProducerSet, Spec, State};
use crate::permutations::permutations;

/// The renamings under which a configuration takes states for the same: the new name of each producer.
pub fn renamings(constants: &Constants) -> Vec<Vec<u8>> {
    if constants.producer_symmetry {
        permutations(constants.max_producers())
    } else {
        vec![constants.producer_numbers().collect()]
    }
}

/// The least renaming of a state.
pub fn representative(spec: &Spec, state: &State) -> State {
    spec.renamings.iter().map(|names| rename(state, names)).min().unwrap_or(*state)
}

/// The state in which producer `p` is called `names[p]`.
pub fn rename(state: &State, names: &[u8]) -> State {
    let mut sent = [0; MOST_PRODUCERS];
    let mut producers = ProducerSet::default();
    for ((p, &count), &name) in (0..).zip(&state.sent).zip(names) {
        sent[usize::from(name)] = count;
        if state.producers.contains(p) {
            producers = producers.with(name);
        }
    }
    State { buffer: state.buffer.rename(names), sent, producers, ..*state }
}
