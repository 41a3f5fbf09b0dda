//! Each fault of the algorithm that memory can imitate.

use super::is_caught;
use super::memory::Fault;
use super::models::{self, Model};

/// Which model catches which fault.
const CAUGHT: &[(Fault, Model)] = &[
    (Fault::PublishBeforeWrite, models::reuse),
    (Fault::TrustHead, models::reuse),
    (Fault::TailBeforeRead, models::reuse),
    (Fault::IgnoreGeneration, models::turn),
    (Fault::BlindReserve, models::two_producers),
    (Fault::FullOffByOne, models::reuse),
    (Fault::StaleFull, models::refused_when_full),
    (Fault::AnnounceBeforeDirectory, models::turn),
    (Fault::SleepBlindly, models::consumer_sleeps),
    (Fault::ForgetWake, models::consumer_sleeps),
    (Fault::TurnBlindly, models::shrink),
    (Fault::GoEarly, models::nothing_stays),
    (Fault::GoEarly, models::no_cycle),
];

#[test]
fn loom_catches_each_fault() {
    let missed: Vec<_> = CAUGHT
        .iter()
        .filter(|&&(fault, model)| !is_caught(model, fault, 3))
        .map(|&(fault, _)| fault)
        .collect();
    assert!(missed.is_empty(), "loom sees nothing wrong with {missed:?}");
}
