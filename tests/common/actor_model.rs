//! [`Actors`] beside Stateright's `ActorModel`, of which they are a faster version.

use std::fmt::Debug;
use std::sync::Arc;

use mitregate::actors::{
    Action, ActionOf, Actors, Envelope, InTransit, Node, Remembered, StateOf, Transport,
};
use mitregate::check::{Interned, Model as _};
use mitregate::stateright::Model as _;
use mitregate::stateright::actor::{
    self, Actor, ActorModel, ActorModelAction, ActorModelState, LossyNetwork, Network,
    RandomChoices, Timers,
};

/// A system of actors, as both have it.
pub(crate) struct Both<A>
where
    A: Remembered + Actor<Random = ()>,
{
    ours: Actors<A>,
    theirs: ActorModel<A>,
}

impl<A> Both<A>
where
    A: Remembered + Actor<Random = ()> + Clone,
    ActionOf<A>: Debug,
    StateOf<A>: Debug,
    ActorModelAction<A::Msg, A::Timer, ()>: PartialEq + Debug,
{
    /// `ours` is lossy, and lets so many crash, if this says so.
    pub(crate) fn new(ours: Actors<A>, is_lossy: bool, most_crashed: usize) -> Both<A> {
        let theirs = ActorModel::new((), ())
            .actors(ours.actors().iter().cloned())
            .init_network(match ours.transport() {
                Transport::Duplicating => Network::new_unordered_duplicating([]),
                Transport::Unordered => Network::new_unordered_nonduplicating([]),
                Transport::Ordered => Network::new_ordered([]),
            })
            .lossy_network(if is_lossy { LossyNetwork::Yes } else { LossyNetwork::No })
            .max_crashes(most_crashed);
        Both { ours, theirs }
    }

    /// Compares how they begin.
    pub(crate) fn compare_first(&self) -> StateOf<A> {
        let [first] = &self.ours.init_states()[..] else { panic!("there is one first state") };
        assert_eq!(self.ours_of(&self.theirs.init_states().remove(0)), *first);
        first.clone()
    }

    /// Compares the actions that are offered in a state, their order, and where they lead; these states.
    pub(crate) fn compare_steps(&self, state: &StateOf<A>) -> Vec<StateOf<A>> {
        let Both { ours, theirs } = self;
        let their_state = self.to_theirs(state);
        let mut their_actions = Vec::new();
        theirs.actions(&their_state, &mut their_actions);
        let offered: Vec<_> = ours.offered(state);
        let converted: Vec<_> = offered.iter().copied().map(Self::their_action).collect();
        assert_eq!(converted, their_actions, "in {state:?}");
        let mut reached = Vec::new();
        for action in offered {
            let next = ours.next_state(state, action);
            let their_next = theirs.next_state(&their_state, Self::their_action(action));
            let their_next = their_next.map(|next| self.ours_of(&next));
            // A step that changes nothing on a network that duplicates is none of ours.
            let is_idle = ours.transport() == Transport::Duplicating;
            let their_next = their_next.filter(|next| !is_idle || *next != *state);
            assert_eq!(next, their_next, "{action:?} in {state:?}");
            reached.extend(next);
        }
        reached
    }

    fn to_theirs(&self, state: &StateOf<A>) -> ActorModelState<A> {
        let envelopes = state.network.iter().map(|it| Self::their_envelope(it));
        let timers = |set: &[Interned<A::Timer>]| {
            let mut timers = Timers::new();
            for timer in set {
                timers.set(timer.get().clone());
            }
            timers
        };
        // What a crashed actor has in memory is not looked at.
        let first = self.ours.init_states().remove(0);
        let anything = first.nodes[0].get().state.clone().unwrap();
        let nodes = || state.nodes.iter().map(|it| it.get());
        ActorModelState {
            actor_states: nodes()
                .map(|it| Arc::new(it.state.clone().unwrap_or_else(|| anything.clone())))
                .collect(),
            network: match self.ours.transport() {
                Transport::Duplicating => Network::new_unordered_duplicating(envelopes),
                Transport::Unordered => Network::new_unordered_nonduplicating(envelopes),
                Transport::Ordered => Network::new_ordered(envelopes),
            },
            timers_set: nodes().map(|it| timers(&it.timers)).collect(),
            random_choices: nodes().map(|_| RandomChoices::default()).collect(),
            crashed: nodes().map(|it| it.state.is_none()).collect(),
            history: (),
            actor_storages: nodes().map(|it| it.storage.clone()).collect(),
        }
    }

    fn ours_of(&self, state: &ActorModelState<A>) -> StateOf<A> {
        let mut ours = self.ours.init_states().remove(0);
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
        ours.network = self.network(&state.network);
        ours
    }

    fn network(&self, theirs: &Network<A::Msg>) -> InTransit<A::Msg> {
        let mut network = InTransit::new();
        let mut send = |src, dst, msg: &A::Msg| {
            let envelope = Interned::new(Envelope { src, dst, msg: msg.clone() });
            self.ours.send(&mut network, envelope);
        };
        match theirs {
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
        network
    }

    fn their_envelope(envelope: &Envelope<A::Msg>) -> actor::Envelope<A::Msg> {
        let Envelope { src, dst, msg } = envelope.clone();
        actor::Envelope { src, dst, msg }
    }

    fn their_action(action: ActionOf<A>) -> ActorModelAction<A::Msg, A::Timer, ()> {
        match action {
            Action::Drop(it) => ActorModelAction::Drop(Self::their_envelope(it.get())),
            Action::Deliver(it) => {
                let Envelope { src, dst, msg } = it.get().clone();
                ActorModelAction::Deliver { src, dst, msg }
            }
            Action::Timeout(id, timer) => ActorModelAction::Timeout(id, timer.get().clone()),
            Action::Crash(id) => ActorModelAction::Crash(id),
            Action::Recover(id) => ActorModelAction::Recover(id),
        }
    }
}
