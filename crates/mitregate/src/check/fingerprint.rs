//! Fingerprints of states: the same in every run on one kind of machine.

use std::hash::Hash;

use ahash::RandomState;

/// The fingerprint of a value: 64 well-mixed bits under fixed keys.
pub fn fingerprint<T: Hash>(value: &T) -> u64 {
    const KEYS: RandomState = RandomState::with_seeds(
        0x6d69_7472_6567_6174,
        0x1f83_d9ab_fb41_bd6b,
        0x5be0_cd19_137e_2179,
        0x9b05_688c_2b3e_6c1f,
    );
    KEYS.hash_one(value)
}
