//! The queue as it is.

use super::platform::Mistakes;
use super::{explore, models};

macro_rules! sound {
    ($($model:ident, $preemptions:literal;)*) => {
        $(#[test]
        fn $model() {
            explore(models::$model, Mistakes::default(), $preemptions);
        })*
    };
}

sound! {
    reuse, 5;
    reuse_courteously, 5;
    two_producers, 3;
    never_full, 4;
    never_full_grown, 4;
    grow, 3;
    turn, 3;
    grow_twice, 4;
    refused_when_full, 5;
    batch, 5;
    consumer_goes, 2;
    producers_go, 4;
    consumer_closes, 5;
    consumer_sleeps, 3;
    producer_asks, 2;
    producer_sleeps, 2;
    producers_sleep, 2;
}
