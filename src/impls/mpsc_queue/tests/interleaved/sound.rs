//! The queue as it is.

use std::time::Instant;

use super::models::{self, Model};

/// Explores a model of the queue as it is, and says how much there was to explore.
fn explore(name: &str, model: Model, preemptions: usize) {
    let start = Instant::now();
    let executions = super::explore(model, None, preemptions);
    println!(
        "loom: {name}, {preemptions} preemptions: {executions} executions in {:.2} s",
        start.elapsed().as_secs_f64()
    );
    assert!(executions > 1, "{name} has nothing to interleave");
}

macro_rules! sound {
    ($($model:ident, $preemptions:literal;)*) => {
        $(#[test]
        fn $model() {
            explore(stringify!($model), models::$model, $preemptions);
        })*
    };
}

sound! {
    reuse, 5;
    reuse_notifying, 5;
    two_producers, 3;
    never_full, 4;
    never_full_grown, 4;
    grow, 3;
    turn, 3;
    grow_twice, 4;
    shrink, 3;
    shrink_and_grow, 2;
    never_full_shrinking, 2;
    shrink_and_go, 2;
    refused_when_full, 5;
    batch, 5;
    consumer_goes, 2;
    nothing_stays, 3;
    no_cycle, 4;
    wait_for_close, 2;
    producers_go, 4;
    upgrade, 5;
    consumer_closes, 5;
    consumer_sleeps, 3;
    producer_asks, 2;
    producer_sleeps, 2;
    producers_sleep, 2;
    task_pops, 3;
    task_pushes, 3;
    task_is_refused, 4;
    task_is_dropped, 1;
}
