//! `Actors` against Stateright's `ActorModel`, of which it is a faster version: in every state that a system of Paxos nodes
//! comes to, both offer the same actions in the same order, and these lead to the same states.

mod common;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use common::system;
use mitregate::actors::{Action, ActionOf, Envelope, Node, StateOf};
use mitregate::check::{Interned, Model as _, fingerprint};
use mitregate::gate::System as _;
use mitregate::stateright::Model as _;
use mitregate::stateright::actor::{
    self, ActorModel, ActorModelAction, ActorModelState, LossyNetwork, Network, RandomChoices,
    Timers,
};
use mitregate_models::multi_paxos::system::{Nodes, System, Transport};
use mitregate_models::multi_paxos::{Environment, MultiPaxos, node};

type Theirs = ActorModel<node::Node>;
type TheirState = ActorModelState<node::Node>;
type TheirAction = ActorModelAction<node::Msg, node::Timer, ()>;

/// The same system as a model of Stateright's.
fn theirs(system: &System) -> Theirs {
    let environment = &system.environment;
    let crashes = environment.acceptor_crashes || environment.proposer_crashes;
    ActorModel::new((), ())
        .actors(system.actors().actors().iter().cloned())
        .init_network(match environment.transport {
            Transport::Duplicating => Network::new_unordered_duplicating([]),
            Transport::Unordered => Network::new_unordered_nonduplicating([]),
            Transport::Ordered => Network::new_ordered([]),
        })
        .lossy_network(if environment.loss { LossyNetwork::Yes } else { LossyNetwork::No })
        .max_crashes(usize::from(crashes))
}

fn to_theirs(system: &System, state: &Nodes) -> TheirState {
    let envelopes = state.network.iter().map(|it| their_envelope(it));
    let timers = |set: &[Interned<node::Timer>]| {
        let mut timers = Timers::new();
        for timer in set {
            timers.set(timer.get().clone());
        }
        timers
    };
    // What a crashed actor has in memory is not looked at.
    let anything = system.actors().init_states().remove(0).nodes[0].get().state.clone().unwrap();
    TheirState {
        actor_states: state
            .nodes
            .iter()
            .map(|it| Arc::new(it.get().state.clone().unwrap_or_else(|| anything.clone())))
            .collect(),
        network: match system.environment.transport {
            Transport::Duplicating => Network::new_unordered_duplicating(envelopes),
            Transport::Unordered => Network::new_unordered_nonduplicating(envelopes),
            Transport::Ordered => Network::new_ordered(envelopes),
        },
        timers_set: state.nodes.iter().map(|it| timers(&it.get().timers)).collect(),
        random_choices: vec![RandomChoices::default(); state.nodes.len()],
        crashed: state.nodes.iter().map(|it| it.get().state.is_none()).collect(),
        history: (),
        actor_storages: state.nodes.iter().map(|it| it.get().storage.clone()).collect(),
    }
}

fn from_theirs(system: &System, state: &TheirState) -> Nodes {
    let mut ours = system.actors().init_states().remove(0);
    for (index, node) in ours.nodes.iter_mut().enumerate() {
        let mut timers: Vec<_> =
            state.timers_set[index].iter().cloned().map(Interned::new).collect();
        timers.sort();
        *node = Interned::new(Node {
            state: (!state.crashed[index]).then(|| state.actor_states[index].as_ref().clone()),
            storage: state.actor_storages[index].clone(),
            timers,
        });
    }
    ours.network.clear();
    let mut send = |src, dst, msg: &node::Msg| {
        let envelope = Interned::new(Envelope { src, dst, msg: msg.clone() });
        system.actors().send(&mut ours.network, envelope);
    };
    match &state.network {
        Network::UnorderedDuplicating(set, _) => {
            set.iter().for_each(|it| send(it.src, it.dst, &it.msg));
        }
        Network::UnorderedNonDuplicating(all) => {
            for (it, &count) in all {
                (0..count).for_each(|_| send(it.src, it.dst, &it.msg));
            }
        }
        Network::Ordered(channels) => {
            for (&(src, dst), messages) in channels {
                for msg in messages {
                    send(src, dst, msg);
                }
            }
        }
    }
    ours
}

fn their_envelope(envelope: &Envelope<node::Msg>) -> actor::Envelope<node::Msg> {
    let Envelope { src, dst, msg } = envelope.clone();
    actor::Envelope { src, dst, msg }
}

fn their_action(action: ActionOf<node::Node>) -> TheirAction {
    match action {
        Action::Drop(it) => ActorModelAction::Drop(their_envelope(it.get())),
        Action::Deliver(it) => {
            let Envelope { src, dst, msg } = it.get().clone();
            ActorModelAction::Deliver { src, dst, msg }
        }
        Action::Timeout(id, timer) => ActorModelAction::Timeout(id, timer.get().clone()),
        Action::Crash(id) => ActorModelAction::Crash(id),
        Action::Recover(id) => ActorModelAction::Recover(id),
    }
}

/// How many steps were compared of a system with the constants of a scenario.
fn compare(scenario: &str, environment: Environment, most_states: usize) -> usize {
    let loaded = system("multi_paxos");
    let scenario = loaded.scenario(scenario).unwrap();
    let source = loaded.source(scenario).unwrap();
    let constants = Arc::new(MultiPaxos.constants(&source).unwrap());
    let system = System::new(&constants, environment);
    let theirs = theirs(&system);
    let ours = system.actors();
    let first = from_theirs(&system, &theirs.init_states().remove(0));
    assert_eq!(first, ours.init_states().remove(0));
    let mut queue: VecDeque<_> = system.init_states().into();
    let mut seen: HashSet<u64> = queue.iter().map(fingerprint).collect();
    let mut steps = 0;
    while let Some(state) = queue.pop_front() {
        let their_state = to_theirs(&system, &state.nodes);
        let mut their_actions = Vec::new();
        theirs.actions(&their_state, &mut their_actions);
        let offered: Vec<_> = ours.offered(&state.nodes);
        let converted: Vec<_> = offered.iter().copied().map(their_action).collect();
        assert_eq!(converted, their_actions);
        for action in offered {
            let next: Option<StateOf<node::Node>> = ours.next_state(&state.nodes, action);
            let their_next = theirs.next_state(&their_state, their_action(action));
            let their_next = their_next.map(|next| from_theirs(&system, &next));
            // A step that changes nothing on a network that duplicates is none of ours.
            let is_idle = environment.transport == Transport::Duplicating;
            let their_next = their_next.filter(|next| !is_idle || *next != state.nodes);
            assert_eq!(next, their_next, "{action:?} in {state:?}");
            steps += usize::from(next.is_some());
        }
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
