//! Each ordering, weakened.

use std::sync::atomic::Ordering::{self, Acquire, Relaxed, Release};

use super::memory::Fault;
use super::models::{self, Model};
use super::{explore, is_caught};
use crate::algorithm::Access;

/// Orderings that loom has something to say about, and the model in which it does.
const CAUGHT: &[(Access, Ordering, Model)] = &[
    (Access::Reserve, Relaxed, models::never_full),
    (Access::ReserveFailed, Relaxed, models::never_full),
    (Access::Turn, Relaxed, models::grow),
    (Access::TurnFailed, Relaxed, models::never_full_grown),
    (Access::LoadTail, Relaxed, models::reuse),
    (Access::Publish, Relaxed, models::reuse),
    (Access::Look, Relaxed, models::reuse),
    (Access::StoreTail, Relaxed, models::reuse),
    (Access::SwapTail, Acquire, models::reuse_notifying),
    (Access::Announce, Acquire, models::turn),
    (Access::TurnHead, Relaxed, models::shrink),
    (Access::Leave, Relaxed, models::producers_go),
    (Access::Leave, Acquire, models::producers_go),
    (Access::Leave, Release, models::producers_go),
    (Access::CloseHead, Acquire, models::producers_go),
    (Access::LoadHead, Relaxed, models::producers_go),
    (Access::CloseTail, Acquire, models::consumer_closes),
];

/// Orderings that loom cannot refute: they order the list of sleepers, which is behind a lock. In loom,
/// threads take a lock in the order of the execution. So a thread that sees the waiter bit always finds
/// the waiter, which registered before it set the bit. The memory model does not guarantee that for a
/// relaxed store, so these orderings stay.
const BEYOND_LOOM: &[(Access, Ordering, Model)] = &[
    (Access::MarkTail, Relaxed, models::producer_sleeps),
    (Access::MarkHead, Relaxed, models::consumer_sleeps),
    (Access::SwapTail, Release, models::producer_sleeps),
    (Access::Announce, Release, models::producers_sleep),
    (Access::CloseTail, Release, models::producers_sleep),
    (Access::CloseHead, Release, models::consumer_sleeps),
];

/// Accesses that are relaxed as they are.
const RELAXED: &[Access] = &[
    Access::CountDropped,
    Access::Ask,
    Access::Measure,
    Access::Join,
    Access::CountProducers,
    Access::Upgrade,
    Access::UpgradeFailed,
    Access::TurnHeadFailed,
    Access::MarkTailFailed,
    Access::MarkHeadFailed,
];

#[test]
fn loom_catches_each_ordering_that_it_can_see() {
    let missed: Vec<_> = CAUGHT
        .iter()
        .filter(|&&(access, ordering, model)| {
            !is_caught(model, Fault::Weakened(access, ordering), 3)
        })
        .map(|&(access, ordering, _)| (access, ordering))
        .collect();
    assert!(missed.is_empty(), "loom sees nothing wrong with {missed:?}");
}

#[test]
fn the_others_are_beyond_it() {
    for &(access, ordering, model) in BEYOND_LOOM {
        explore(model, Some(Fault::Weakened(access, ordering)), 2);
    }
}

#[test]
fn each_access_is_on_a_list() {
    for access in Access::ALL {
        let weaker: &[Ordering] = match access.ordering() {
            Ordering::AcqRel => &[Acquire, Release],
            Ordering::Relaxed => &[],
            _ => &[Relaxed],
        };
        for ordering in weaker {
            let is_listed = |&&(listed, to, _): &&(Access, Ordering, Model)| {
                (listed, to) == (access, *ordering)
            };
            let lists = CAUGHT.iter().chain(BEYOND_LOOM).filter(is_listed).count();
            assert_eq!(lists, 1, "{access:?} weakened to {ordering:?}");
        }
        assert_eq!(RELAXED.contains(&access), weaker.is_empty(), "{access:?}");
    }
}
