//! The system: the real code in an environment that loses, delays and repeats messages and crashes
//! nodes.
//!
//! Acceptors come first, then proposers, then learners; a node's index is its number in the
//! cluster. Rounds are numbered from 0 in the order of `Rounds`. Beside the nodes, a state keeps
//! the state of the spec that it stands for, in which votes and learned values are history
//! variables: they only grow.

use std::sync::Arc;

use mitregate::stateright::Model as _;
use mitregate::stateright::actor::{
    ActorModel, ActorModelAction, ActorModelState, Envelope, Id, LossyNetwork, Network,
};

use super::constants::Constants;
use super::faults::Fault;
use super::node::{Clients, Msg, Node, NodeState, Timer, V};
use super::spec::{BLANK, Ballot, Spec, State as SpecState};
use super::symmetry;
use mitregate::check::fingerprint;
use mitregate::check::property::Strength;
use mitregate::check::{Checkable, Fairness, Model, Name};
use mitregate::tla::value::Value;
use mitregate_multi_paxos::{
    Attempt, Campaign, Cluster, Leadership, NodeId, PROMISE_BATCH, ProposalKey, Proposer, Round,
    Voters as _,
};

pub use super::environment::{Environment, Preparation, Retries, Transport};

/// A state of the system.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct SystemState {
    /// The nodes, their disks, and the network.
    pub nodes: ActorModelState<Node>,
    /// The state of the spec that this stands for.
    pub stands_for: Arc<SpecState>,
}

impl SystemState {
    /// The node of that index.
    pub fn node(&self, index: usize) -> &NodeState {
        &self.nodes.actor_states[index]
    }
}

/// A step of the system.
pub type SystemAction = ActorModelAction<Msg, Timer, ()>;

/// The system.
#[derive(Clone)]
pub struct System {
    /// The spec with the same constants: laws are stated on its states.
    pub spec: Spec,
    /// The environment.
    pub environment: Environment,
    /// The cluster.
    pub cluster: Arc<Cluster>,
    pub(super) actors: ActorModel<Node>,
    action_names: Vec<&'static str>,
    permutations: Vec<Vec<u8>>,
}

impl System {
    /// A cluster of the sizes in `constants`, in an environment.
    ///
    /// # Panics
    ///
    /// If there are no acceptors or no proposers, which the reader of constants excludes.
    pub fn new(constants: &Arc<Constants>, environment: Environment) -> System {
        let acceptors = constants.acceptors.len();
        let proposers = constants.proposers.len();
        let ids = |from: usize, count: usize| {
            (from..from + count).map(|index| NodeId(index as u32)) // sizes are bounded
        };
        let learners = ids(acceptors + proposers, usize::from(environment.learners));
        let cluster = Cluster::new(ids(0, acceptors), ids(acceptors, proposers), learners)
            .expect("the reader of constants wants acceptors and proposers");
        let cluster = Arc::new(cluster);
        let node = |name: String, clients: Clients| Node {
            name,
            cluster: cluster.clone(),
            clients,
            leads: environment.prepares != Preparation::ByRound,
            snapshots: environment.snapshots,
            promise_batch: environment.promise_batch.unwrap_or(PROMISE_BATCH),
            watched: environment.watched,
            leadership: (environment.retries == Retries::ByLeader).then(Leadership::new),
            fault: environment.fault,
        };
        let spec = Spec::new(constants.clone());
        let rounds: Vec<_> = (0..constants.rounds.len() as u64).map(Round).collect();
        let mut actors = ActorModel::new((), ())
            .actors(constants.acceptors.iter().map(|a| node(a.to_string(), Clients::default())));
        for (p, proposer) in constants.proposers.iter().enumerate() {
            let values = clients(&spec, environment, p);
            let clients = Clients { values, rounds: rounds.clone() };
            let mut node = node(format!("p{proposer}"), clients);
            if environment.fault == Some(Fault::MinorityQuorum) {
                node.cluster = Arc::new(minority(&cluster, p));
            }
            actors = actors.actor(node);
        }
        for learner in 1..=environment.learners {
            actors = actors.actor(node(format!("l{learner}"), Clients::default()));
        }
        let crashes = environment.acceptor_crashes || environment.proposer_crashes;
        let actors = actors
            .init_network(match environment.transport {
                Transport::Duplicating => Network::new_unordered_duplicating([]),
                Transport::Unordered => Network::new_unordered_nonduplicating([]),
                Transport::Ordered => Network::new_ordered([]),
            })
            .lossy_network(if environment.loss { LossyNetwork::Yes } else { LossyNetwork::No })
            .max_crashes(usize::from(crashes));
        let permutations = symmetry::permutations(if environment.symmetry { acceptors } else { 0 });
        let action_names = action_names(environment);
        System { spec, environment, cluster, actors, action_names, permutations }
    }

    /// Whether the bounds of the model let a proposer begin its next attempt in a round.
    fn may_begin(&self, state: &NodeState, round: Round) -> bool {
        let slack = u32::from(self.environment.fault == Some(Fault::AttemptOutOfBounds));
        let bound = u32::from(self.spec.constants.attempts) + slack;
        let Some(proposer) = state.proposer() else { return false };
        let may_prepare = self.environment.prepares != Preparation::AllRounds;
        (may_prepare || proposer.leads_in(round))
            && proposer.next_attempt(round).is_some_and(|attempt| attempt.0 < bound)
    }

    /// Whether the bounds of the model let a proposer begin another attempt in all rounds.
    fn may_lead(&self, state: &NodeState) -> bool {
        let next = state.proposer().and_then(Proposer::next_lead);
        next.is_some_and(|attempt| attempt.0 < u32::from(self.spec.constants.attempts))
    }

    /// Whether a node waits for nothing: no message of its own, or to it, is in transit. (The `iter_all` of
    /// Stateright 0.31 never ends on ordered channels.)
    fn is_quiet(state: &SystemState, id: Id) -> bool {
        !state.nodes.network.iter_deliverable().any(|it| it.src == id || it.dst == id)
    }

    /// Whether the environment lets a proposer try again now.
    fn may_try_again(&self, state: &NodeState, round: Round) -> bool {
        state.proposer().is_some_and(|proposer| {
            self.environment.retries == Retries::AnyTime
                || matches!(proposer.campaign(round), Some(Campaign::Rejected { .. }))
        })
    }

    /// Whether the environment may choose an action.
    fn is_possible(&self, state: &SystemState, action: &SystemAction) -> bool {
        match action {
            ActorModelAction::Timeout(id, Timer::Propose(round, _) | Timer::Retry(round)) => {
                let quiet = state.nodes.network.len() == 0;
                let node = state.node(usize::from(*id));
                let tries_again = matches!(action, ActorModelAction::Timeout(_, Timer::Retry(_)));
                // What is only sent once more costs no attempt: one request at a time.
                if tries_again && node.proposer().is_some_and(|it| it.will_resend(*round)) {
                    return System::is_quiet(state, *id);
                }
                (quiet || !self.environment.turns)
                    && (!tries_again || self.may_try_again(node, *round))
                    && self.may_begin(node, *round)
            }
            ActorModelAction::Timeout(id, Timer::Lead) => {
                let quiet = state.nodes.network.len() == 0;
                (quiet || !self.environment.turns) && self.may_lead(state.node(usize::from(*id)))
            }
            ActorModelAction::Timeout(id, Timer::Snapshot) => {
                state.node(usize::from(*id)).learner().is_some_and(|learner| {
                    let last = learner.snapshot().map_or(Round(0), |snapshot| snapshot.before);
                    learner.next_round() > last
                })
            }
            // One question at a time.
            ActorModelAction::Timeout(id, Timer::CatchUp) => System::is_quiet(state, *id),
            ActorModelAction::Crash(id) => {
                let node = state.node(usize::from(*id));
                (node.acceptor().is_some() && self.environment.acceptor_crashes)
                    || (node.proposer().is_some() && self.environment.proposer_crashes)
            }
            ActorModelAction::Deliver { dst, .. } => !state.nodes.crashed[usize::from(*dst)],
            _ => true,
        }
    }

    /// The index of a proposer's node.
    pub fn proposer_index(&self, p: u8) -> usize {
        self.spec.constants.acceptors.len() + usize::from(p)
    }

    /// A proposal's rank in its round.
    pub fn ballot(&self, key: ProposalKey) -> Ballot {
        let first = self.spec.constants.acceptors.len() as u32; // sizes are bounded
        let proposer = key.node.0.saturating_sub(first) as u8;
        self.spec.ballot(key.attempt.0 as u16, proposer)
    }

    /// The proposal of that rank in a round.
    pub fn key(&self, r: u8, ballot: Ballot) -> Option<ProposalKey> {
        let (attempt, node) = self.spec.attempt_and_node(ballot)?;
        Some(ProposalKey {
            round: Round(u64::from(r)),
            attempt: Attempt(u32::from(attempt)),
            node: NodeId(self.proposer_index(node) as u32), // sizes are bounded
        })
    }

    /// The successor of a state, before attempts are renumbered.
    pub(super) fn step(&self, state: &SystemState, action: SystemAction) -> Option<SystemState> {
        let crashed = match action {
            ActorModelAction::Crash(id) => Some(usize::from(id)),
            _ => None,
        };
        let mut nodes = self.actors.next_state(&state.nodes, action)?;
        // Stateright keeps the last message delivered and the memory of crashed nodes; neither
        // affects later steps.
        if let Network::UnorderedDuplicating(_, last) = &mut nodes.network {
            *last = None;
        }
        if let Some(index) = crashed {
            nodes.actor_states[index] = Arc::new(NodeState::Down);
        }
        if is_unchanged(&state.nodes, &nodes) {
            return None;
        }
        let projection = self.project(&nodes, &state.stands_for);
        let stands_for = if projection == *state.stands_for {
            state.stands_for.clone()
        } else {
            Arc::new(projection)
        };
        Some(SystemState { nodes, stands_for })
    }

    /// The state in which acceptor `a` is called `names[a]`.
    fn rename(&self, state: &SystemState, names: &[u8]) -> SystemState {
        let name = |node: NodeId| {
            NodeId(names.get(node.0 as usize).map_or(node.0, |&name| u32::from(name)))
        };
        let id =
            |id: Id| Id::from(names.get(usize::from(id)).map_or(usize::from(id), |&n| n.into()));
        let nodes = &state.nodes;
        let mut renamed = nodes.clone();
        for (from, &to) in names.iter().enumerate() {
            let to = usize::from(to);
            renamed.actor_states[to] = nodes.actor_states[from].clone();
            renamed.actor_storages[to].clone_from(&nodes.actor_storages[from]);
            renamed.timers_set[to].clone_from(&nodes.timers_set[from]);
            renamed.crashed[to] = nodes.crashed[from];
        }
        for node in &mut renamed.actor_states {
            let mut renamed = node.as_ref().clone();
            if let NodeState::Up(replica) = &mut renamed {
                replica.rename_voters(&name);
                *node = Arc::new(renamed);
            }
        }
        renamed.network = map_network(&nodes.network, |envelope| Envelope {
            src: id(envelope.src),
            dst: id(envelope.dst),
            msg: envelope.msg.clone(),
        });
        let values: Vec<u8> = self.spec.values().collect();
        let stands_for = symmetry::rename(&self.spec, &state.stands_for, names, &values);
        SystemState { nodes: renamed, stands_for: Arc::new(stands_for) }
    }
}

/// The values that the clients of the proposer of that index may ask for.
fn clients(spec: &Spec, environment: Environment, p: usize) -> Vec<V> {
    let values = spec.constants.values.len();
    if environment.fault == Some(Fault::BlankValue) {
        vec![BLANK]
    } else if environment.any_value {
        spec.values().collect()
    } else {
        vec![(p % values) as V]
    }
}

/// A cluster with a single acceptor.
fn minority(cluster: &Cluster, p: usize) -> Cluster {
    let acceptors: Vec<_> = cluster.acceptors().iter().copied().collect();
    let only = acceptors.into_iter().cycle().nth(p);
    Cluster::new(only, cluster.proposers().iter().copied(), cluster.learners().iter().copied())
        .expect("there is one acceptor")
}

/// Whether a step changed nothing. This is possible only on a network that keeps delivered
/// messages: there the set of messages never shrinks, and an unchanged node is the same allocation.
fn is_unchanged(before: &ActorModelState<Node>, after: &ActorModelState<Node>) -> bool {
    matches!(after.network, Network::UnorderedDuplicating(..))
        && before.network.len() == after.network.len()
        && before.crashed == after.crashed
        && before.timers_set == after.timers_set
        && before.actor_states.iter().zip(&after.actor_states).all(|(b, a)| Arc::ptr_eq(b, a))
}

/// The network with every message in transit replaced; channels keep their order.
pub(super) fn map_network(
    network: &Network<Msg>,
    replace: impl Fn(Envelope<&Msg>) -> Envelope<Msg>,
) -> Network<Msg> {
    let replaced = |envelope: &Envelope<Msg>| {
        replace(Envelope { src: envelope.src, dst: envelope.dst, msg: &envelope.msg })
    };
    match network {
        Network::UnorderedDuplicating(envelopes, _) => {
            Network::new_unordered_duplicating(envelopes.iter().map(replaced))
        }
        Network::UnorderedNonDuplicating(envelopes) => Network::new_unordered_nonduplicating(
            envelopes
                .iter()
                .flat_map(|(envelope, &count)| std::iter::repeat_n(replaced(envelope), count)),
        ),
        Network::Ordered(channels) => {
            let envelopes = channels.iter().flat_map(|(&(src, dst), messages)| {
                messages.iter().map(move |msg| Envelope { src, dst, msg })
            });
            Network::new_ordered(envelopes.map(replace))
        }
    }
}

impl Model for System {
    type State = SystemState;
    type Action = SystemAction;

    fn init_states(&self) -> Vec<SystemState> {
        let start = self.spec.init_states().swap_remove(0);
        let with_projection = |nodes| {
            let stands_for = Arc::new(self.project(&nodes, &start));
            SystemState { nodes, stands_for }
        };
        self.actors.init_states().into_iter().map(with_projection).collect()
    }

    fn actions(&self, state: &SystemState, actions: &mut Vec<SystemAction>) {
        self.actors.actions(&state.nodes, actions);
        actions.retain(|action| self.is_possible(state, action));
    }

    fn next_state(&self, state: &SystemState, action: SystemAction) -> Option<SystemState> {
        self.step(state, action).map(|next| self.renumbered(next).0)
    }

    fn format_action(&self, action: &SystemAction) -> String {
        self.show_action(action)
    }

    fn within_boundary(&self, state: &SystemState) -> bool {
        self.spec.within_boundary(&state.stands_for)
    }
}

impl System {
    /// Fairness of every channel, of every client, and of every proposer that may try again.
    fn fair_to_all(&self, strength: Strength) -> Vec<Fairness<System>> {
        let mut fairness = Vec::new();
        let nodes = || (0..self.actors.actors.len()).map(Id::from);
        for (from, to) in nodes().flat_map(|from| nodes().map(move |to| (from, to))) {
            let delivers = move |_: &System, _: &SystemState, action: &SystemAction| {
                matches!(action, ActorModelAction::Deliver { src, dst, .. }
                    if (*src, *dst) == (from, to))
            };
            let name = format!("{} -> {}", self.node_name(from.into()), self.node_name(to.into()));
            if self.may_talk(from, to) {
                fairness.push(Fairness::new(name, strength, delivers));
            }
        }
        for p in self.spec.proposers() {
            let node = self.proposer_index(p);
            let acts = move |_: &System, _: &SystemState, action: &SystemAction| matches!(action, ActorModelAction::Timeout(id, _) if usize::from(*id) == node);
            fairness.push(Fairness::new(self.node_name(node), strength, acts));
        }
        fairness
    }

    /// Whether messages go from one node to another: exactly one of them is a proposer.
    fn may_talk(&self, from: Id, to: Id) -> bool {
        let first = self.proposer_index(0);
        let proposers = first..first + self.spec.constants.proposers.len();
        let is_proposer = |id| proposers.contains(&usize::from(id));
        is_proposer(from) != is_proposer(to)
    }
}

/// The names of the steps that an environment has.
fn action_names(environment: Environment) -> Vec<&'static str> {
    let crashes = environment.acceptor_crashes || environment.proposer_crashes;
    let names = [
        ("Deliver", true),
        ("Propose", true),
        ("Retry", true),
        ("Lead", environment.prepares != Preparation::ByRound),
        ("Snapshot", environment.snapshots),
        ("CatchUp", environment.learners > 0),
        ("Drop", environment.loss),
        ("Crash", crashes),
        ("Recover", crashes),
    ];
    names.into_iter().filter(|&(_, present)| present).map(|(name, _)| name).collect()
}

/// The name of a step.
fn action_name(action: &SystemAction) -> &'static str {
    match action {
        ActorModelAction::Deliver { .. } => "Deliver",
        ActorModelAction::Timeout(_, Timer::Propose(..)) => "Propose",
        ActorModelAction::Timeout(_, Timer::Retry(_)) => "Retry",
        ActorModelAction::Timeout(_, Timer::Lead) => "Lead",
        ActorModelAction::Timeout(_, Timer::Snapshot) => "Snapshot",
        ActorModelAction::Timeout(_, Timer::CatchUp) => "CatchUp",
        ActorModelAction::Drop(_) => "Drop",
        ActorModelAction::Crash(_) => "Crash",
        ActorModelAction::Recover(_) => "Recover",
        // No node asks for random choices.
        ActorModelAction::SelectRandom { .. } => "",
    }
}

impl Checkable for System {
    fn fairness(&self) -> Vec<Fairness<Self>> {
        let strength = self.spec.constants.specification.fairness();
        strength.map_or_else(Vec::new, |strength| self.fair_to_all(strength))
    }

    fn action_names(&self) -> Vec<Name> {
        self.action_names.iter().copied().map(Name::from).collect()
    }

    fn action_name(&self, action: &SystemAction) -> usize {
        let name = action_name(action);
        self.action_names.iter().position(|&known| known == name).unwrap_or_default()
    }

    fn view(&self, state: &SystemState) -> Value {
        self.view_state(state)
    }

    fn has_symmetry(&self) -> bool {
        self.environment.symmetry
    }

    fn representative(&self, state: &SystemState) -> SystemState {
        // Acceptors are sorted by a signature that does not depend on names; only ties are
        // permuted.
        let nodes = &state.nodes;
        let signature = |a: usize| {
            let acceptor = state.node(a).acceptor();
            fingerprint(&(acceptor, &nodes.actor_storages[a], nodes.crashed[a]))
        };
        let signatures: Vec<_> = (0..self.spec.constants.acceptors.len()).map(signature).collect();
        let sorts = |names: &&Vec<u8>| {
            let mut sorted = vec![0; names.len()];
            for (&name, &signature) in names.iter().zip(&signatures) {
                sorted[usize::from(name)] = signature;
            }
            sorted.is_sorted()
        };
        self.permutations
            .iter()
            .filter(sorts)
            .map(|names| self.rename(state, names))
            .min_by_key(fingerprint)
            .unwrap_or_else(|| state.clone())
    }

    fn picture(&self, state: &SystemState) -> Option<String> {
        Some(super::picture::draw(&self.spec, &state.stands_for))
    }
}
