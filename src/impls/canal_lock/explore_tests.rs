//! All states of small canals. States and depths are those that TLC finds in the spec.

use super::testing::{Fault, Found, ShipKind, canal, explore};
use super::*;

/// States and depth of a canal without violations.
fn counts(size: (u16, u16, u16), scheme: Scheme, kind: ShipKind) -> (usize, usize) {
    let Found { states, depth, fault, stuck, .. } =
        explore(&canal(size.0, size.1, size.2), scheme, kind);
    assert_eq!((fault, stuck), (None, None), "{scheme}");
    (states, depth)
}

#[test]
fn one_lock_and_one_ship() {
    use ShipKind::{AsGiven, AtomicMove};
    let size = (1, 1, 2);
    assert_eq!(counts(size, Scheme::ImmediateRetry, AsGiven), (200, 173));
    assert_eq!(counts(size, Scheme::ImmediateRetry, AtomicMove), (190, 168));
    assert_eq!(counts(size, Scheme::AwaitMove, AsGiven), (289, 191));
    assert_eq!(counts(size, Scheme::BusyLocks, AsGiven), (203, 177));
}

#[test]
fn two_locks_and_two_ships() {
    use ShipKind::{AsGiven, AtomicMove, ClearAfterMove};
    let size = (2, 2, 2);
    assert_eq!(counts(size, Scheme::AwaitMove, AsGiven), (38_449, 719));
    assert_eq!(counts(size, Scheme::BusyLocks, AsGiven), (51_208, 648));
    assert_eq!(counts(size, Scheme::ImmediateRetry, ClearAfterMove), (36_044, 629));
    assert_eq!(counts(size, Scheme::ImmediateRetry, AtomicMove), (30_722, 611));
    assert_eq!(counts(size, Scheme::RetryQueue, ClearAfterMove), (38_616, 634));
    assert_eq!(counts(size, Scheme::ExitsFirst, ClearAfterMove), (35_872, 629));
}

#[test]
fn policies_that_look_at_permissions_race() {
    let canal = canal(2, 2, 2);
    for scheme in
        [Scheme::ImmediateRetry, Scheme::RetryQueue, Scheme::RetryLimit, Scheme::ExitsFirst]
    {
        let fault = explore(&canal, scheme, ShipKind::AsGiven).fault;
        assert_eq!(fault, Some((Fault::Race(ShipId(1)), 110)), "{scheme}");
    }
}

#[test]
fn a_retry_limit_ends_in_waiting_for_ever() {
    for (max_retries, kind, way) in [
        (3, ShipKind::ClearAfterMove, 125),
        (3, ShipKind::AtomicMove, 122),
        (2, ShipKind::ClearAfterMove, 120),
        (2, ShipKind::AtomicMove, 117),
    ] {
        let config = CanalConfig { max_retries, ..CanalConfig::new(2, 2) };
        let canal = Canal::try_from(config).unwrap();
        let found = explore(&canal, Scheme::RetryLimit, kind);
        assert_eq!(found.stuck, Some(way), "{max_retries}, {kind:?}: {found:?}");
    }
}

#[test]
fn others_than_keepers_overfill_a_pound() {
    for (scheme, depth) in [(Scheme::AwaitMove, 154), (Scheme::BusyLocks, 143)] {
        let found = explore(&canal(2, 3, 2), scheme, ShipKind::AsGiven);
        // TLC counts the overfull state too.
        let expected = (Fault::Overfull(Location::Outside(Pound(2))), depth);
        assert_eq!(found.fault, Some(expected), "{scheme}");
    }
}

#[test]
fn keepers_are_safe_and_strand_nobody() {
    for (size, states, depth) in [
        ((1, 1, 1), 171, 155),
        ((1, 2, 2), 6_121, 286),
        ((1, 3, 2), 68_388, 403),
        ((2, 1, 2), 339, 311),
        ((2, 2, 2), 59_148, 571),
    ] {
        let canal = canal(size.0, size.1, size.2);
        let found = explore(&canal, Scheme::Keepers, ShipKind::AsGiven);
        let expected = Found { states, depth, fault: None, stuck: None, stranded: Vec::new() };
        assert_eq!(found, expected, "{size:?}");
    }
}
