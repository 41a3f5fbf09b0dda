//! Symmetry: states that differ only in the names of acceptors, or of values.
//!
//! The representative of a state is the least of all its renamings, so two states have the same one
//! exactly if they are the same up to names, and counts equal TLC's.

use super::constants::Constants;
use super::spec::{BLANK, Spec, State, Tally, ValueId, Vote};
pub use crate::permutations::permutations;

/// A permutation of the acceptors, and one of the values.
pub type Renaming = (Vec<u8>, Vec<u8>);

/// The renamings under which a configuration identifies states.
pub fn renamings(constants: &Constants) -> Vec<Renaming> {
    let group = |wanted: bool, n: usize| {
        if wanted { permutations(n) } else { vec![(0..n).map(|x| x as u8).collect()] }
    };
    let values = group(constants.value_symmetry, constants.values.len());
    group(constants.acceptor_symmetry, constants.acceptors.len())
        .into_iter()
        .flat_map(|acceptors| values.iter().map(move |values| (acceptors.clone(), values.clone())))
        .collect()
}

/// The least renaming of a state.
pub fn representative(spec: &Spec, state: &State) -> State {
    spec.renamings
        .iter()
        .map(|(acceptors, values)| rename(spec, state, acceptors, values))
        .min()
        .unwrap_or_else(|| state.clone())
}

/// The state in which acceptor `a` is called `acceptors[a]`, and value `v` is called `values[v]`.
pub fn rename(spec: &Spec, state: &State, acceptors: &[u8], values: &[u8]) -> State {
    let value = |value: ValueId| if value == BLANK { BLANK } else { values[usize::from(value)] };
    let vote = |vote: Vote| Vote { value: value(vote.value), ..vote };
    let mut renamed = state.clone();
    for r in spec.rounds() {
        for (a, &renamed_a) in spec.acceptors().zip(acceptors) {
            spec.set_promised(&mut renamed, renamed_a, r, spec.promised(state, a, r));
            spec.set_accepted(&mut renamed, renamed_a, r, spec.accepted(state, a, r).map(vote));
        }
        spec.set_learned(&mut renamed, r, spec.learned(state, r).iter().map(value).collect());
    }
    spec.clear_votes(&mut renamed);
    for (r, cast) in spec.all_tallies(state) {
        let voters = cast.voters.iter().map(|a| acceptors[usize::from(a)]).collect();
        spec.add_votes(&mut renamed, r, Tally { vote: vote(cast.vote), voters });
    }
    renamed
}
