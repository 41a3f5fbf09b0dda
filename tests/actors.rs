//! `Actors` against Stateright's `ActorModel` on a system of Paxos nodes: in every state that it comes to, both offer the
//! same actions in the same order, and these lead to the same states. `tests/checker/actors.rs` does that with small ones.

mod common;

#[path = "common/actor_model.rs"]
mod actor_model;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use actor_model::Both;
use common::system;
use mitregate::check::{Model as _, fingerprint};
use mitregate::gate::System as _;
use mitregate_models::multi_paxos::system::{System, Transport};
use mitregate_models::multi_paxos::{Environment, MultiPaxos};

/// How many steps were compared of a system with the constants of a scenario.
fn compare(scenario: &str, environment: Environment, most_states: usize) -> usize {
    let loaded = system("multi_paxos");
    let scenario = loaded.scenario(scenario).unwrap();
    let source = loaded.source(scenario).unwrap();
    let constants = Arc::new(MultiPaxos.constants(&source).unwrap());
    let system = System::new(&constants, environment);
    let crashes = environment.acceptor_crashes || environment.proposer_crashes;
    let both = Both::new(system.actors().clone(), environment.loss, usize::from(crashes));
    both.compare_first();
    let mut queue: VecDeque<_> = system.init_states().into();
    let mut seen: HashSet<u64> = queue.iter().map(fingerprint).collect();
    let mut steps = 0;
    while let Some(state) = queue.pop_front() {
        steps += both.compare_steps(&state.nodes).len();
        for (_, next) in system.next_steps(&state) {
            if seen.len() < most_states && seen.insert(fingerprint(&next)) {
                queue.push_back(next);
            }
        }
    }
    steps
}

#[test]
fn actors_take_the_steps_of_staterights_actor_model() {
    let of = |transport| Environment { transport, ..Environment::default() };
    let unordered = of(Transport::Unordered);
    let ordered = of(Transport::Ordered);
    let systems = [
        ("duel", unordered),
        ("retry", of(Transport::Duplicating)),
        ("duel", ordered),
        ("loss_unordered", Environment { loss: true, ..unordered }),
        ("retry", Environment { acceptor_crashes: true, ..unordered }),
        ("retry", Environment { proposer_crashes: true, any_value: true, loss: true, ..ordered }),
        ("retry", Environment { acceptor_crashes: true, loss: true, ..of(Transport::Duplicating) }),
        ("catch_up", Environment { loss: true, learners: 1, ..unordered }),
    ];
    for (scenario, environment) in systems {
        let steps = compare(scenario, environment, 3_000);
        println!("{scenario}, {}: {steps} steps", environment.words());
        assert!(steps > 1_000, "{scenario}: {steps}");
    }
}
