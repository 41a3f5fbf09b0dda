//! Each mistake of the algorithm.

use super::is_caught;
use super::models::{self, Model};
use super::platform::Mistakes;
use crate::algorithm::Fault;

/// Which model catches which mistake.
const CAUGHT: &[(Fault, Model)] = &[
    (Fault::PublishBeforeWrite, models::reuse),
    (Fault::TrustHead, models::reuse),
    (Fault::SkipUnpublished, models::two_producers),
    (Fault::TailBeforeRead, models::reuse),
    (Fault::RelayEarly, models::turn),
    (Fault::IgnoreGeneration, models::turn),
    (Fault::BlindReserve, models::two_producers),
    (Fault::FullOffByOne, models::reuse),
    (Fault::StaleFull, models::refused_when_full),
    (Fault::AnnounceBeforeDirectory, models::turn),
    (Fault::SleepBlindly, models::consumer_sleeps),
    (Fault::ForgetWake, models::consumer_sleeps),
];

/// Growing a ring that is half full breaks the rule of growth and nothing else, so there is nothing
/// for loom to see. Nor do waits do more than that. The others are mistakes of plain memory.
const BEYOND_LOOM: &[Fault] = &[
    Fault::GrowAtHalf,
    Fault::CompareIndex,
    Fault::CopyOnGrow,
    Fault::SpinForRing,
    Fault::WaitForProducer,
];

#[test]
fn loom_catches_each_mistake_that_it_can_see() {
    let missed: Vec<_> = CAUGHT
        .iter()
        .filter(|&&(fault, model)| {
            !is_caught(model, Mistakes { fault: Some(fault), ..Mistakes::default() }, 3)
        })
        .map(|&(fault, _)| fault)
        .collect();
    assert!(missed.is_empty(), "loom sees nothing wrong with {missed:?}");
}

#[test]
fn each_mistake_is_on_a_list() {
    for fault in Fault::ALL {
        let lists = CAUGHT.iter().filter(|&&(listed, _)| listed == fault).count();
        assert_eq!(lists + usize::from(BEYOND_LOOM.contains(&fault)), 1, "{fault:?}");
    }
}
