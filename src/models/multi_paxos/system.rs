//! The system: the real code in an environment that loses, delays and repeats messages and crashes
//! nodes.
//!
//! Acceptors come first, then proposers, then learners; a node's index is its number in the
//! cluster. Rounds are numbered from 0 in the order of `Rounds`. Beside the nodes, a state keeps
//! the state of the spec that it stands for, in which votes and learned values are history
//! variables: they only grow.

use serde::{Deserialize, Serialize};

use std::sync::Arc;

use mitregate::actors::{Action, ActionOf, Actors, Envelope, StateOf};
use mitregate::stateright::actor::Id;

use super::constants::Constants;
use super::faults::Fault;
use super::node::{Clients, Msg, Node, Parts, Timer, V, acceptor, learner, proposer};
use super::spec::{BLANK, Ballot, Spec, State as SpecState};
use super::symmetry;
use mitregate::check::property::Strength;
use mitregate::check::{Checkable, Codec, Fairness, Interned, Memo, Model, Name, fingerprint};
use mitregate::tla::value::Value;
use mitregate_multi_paxos::{
    Attempt, Campaign, Cluster, Leadership, NodeId, PROMISE_BATCH, ProposalKey, Proposer, Round,
    Voters as _,
};

pub use super::environment::{Environment, Preparation, Retries, Transport};

/// The nodes, and what is between them.
pub type Nodes = StateOf<Node>;

/// A state of the system.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SystemState {
    /// The nodes, their disks, and the network.
    pub nodes: Nodes,
    /// The state of the spec that this stands for.
    pub stands_for: Interned<SpecState>,
}

impl SystemState {
    /// The node of that index.
    pub fn node(&self, index: usize) -> &'static Parts {
        self.nodes.nodes[index].get()
    }
}

/// A step of the system.
pub type SystemAction = ActionOf<Node>;

/// The system. It does not change, because steps are remembered; clones share what they remember.
#[derive(Clone)]
pub struct System {
    /// The spec with the same constants: laws are stated on its states.
    pub spec: Spec,
    /// The environment.
    pub environment: Environment,
    /// The cluster.
    pub cluster: Arc<Cluster>,
    pub(super) actors: Actors<Node>,
    action_names: Vec<Name>,
    permutations: Vec<Vec<u8>>,
    pub(super) known: Arc<Known>,
}

/// The state of the spec, the index of a node, and the node after it has changed.
type Change = (Interned<SpecState>, usize, Interned<Parts>);

/// Something in which acceptors are renamed by the permutation of an index.
type Renamed<T> = Memo<System, (Interned<T>, usize), Interned<T>>;

/// What is computed once for each different part of a state.
#[derive(Debug)]
pub(super) struct Known {
    /// The state of the spec after a node has changed.
    projections: Memo<System, Change, Interned<SpecState>>,
    /// What an acceptor is sorted by.
    signatures: Memo<System, Interned<Parts>, u64>,
    renamed: Renamed<Parts>,
    renamed_messages: Renamed<Envelope<Msg>>,
    renamed_projections: Renamed<SpecState>,
    /// See [`super::refine`].
    pub(super) answers: super::refine::Answers,
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
        let mut nodes: Vec<Node> =
            constants.acceptors.iter().map(|a| node(a.to_string(), Clients::default())).collect();
        for (p, proposer) in constants.proposers.iter().enumerate() {
            let values = clients(&spec, environment, p);
            let clients = Clients { values, rounds: rounds.clone() };
            let mut node = node(format!("p{proposer}"), clients);
            if environment.fault == Some(Fault::MinorityQuorum) {
                node.cluster = Arc::new(minority(&cluster, p));
            }
            nodes.push(node);
        }
        for learner in 1..=environment.learners {
            nodes.push(node(format!("l{learner}"), Clients::default()));
        }
        let crashes = environment.acceptor_crashes || environment.proposer_crashes;
        let actors = Actors::new(nodes, environment.transport)
            .lossy(environment.loss)
            .crashing(usize::from(crashes));
        let permutations = symmetry::permutations(if environment.symmetry { acceptors } else { 0 });
        let action_names = action_names(environment);
        let known = Arc::new(Known {
            projections: Memo::new(|system: &System, (before, index, node)| {
                Interned::new(system.project(&before, index, &node))
            }),
            signatures: Memo::new(|_, node| {
                let node: &Parts = node.get();
                fingerprint(&(acceptor(node), &node.storage, node.state.is_none()))
            }),
            renamed: Memo::new(System::rename_node),
            renamed_messages: Memo::new(System::rename_message),
            renamed_projections: Memo::new(System::rename_projection),
            answers: super::refine::answers(),
        });
        System { spec, environment, cluster, actors, action_names, permutations, known }
    }

    /// The nodes and their network, without the bounds of the model.
    pub fn actors(&self) -> &Actors<Node> {
        &self.actors
    }

    /// Whether the bounds of the model let a proposer begin its next attempt in a round.
    fn may_begin(&self, node: &Parts, round: Round) -> bool {
        let slack = u32::from(self.environment.fault == Some(Fault::AttemptOutOfBounds));
        let bound = u32::from(self.spec.constants.attempts) + slack;
        let Some(proposer) = proposer(node) else { return false };
        let may_prepare = self.environment.prepares != Preparation::AllRounds;
        (may_prepare || proposer.leads_in(round))
            && proposer.next_attempt(round).is_some_and(|attempt| attempt.0 < bound)
    }

    /// Whether the bounds of the model let a proposer begin another attempt in all rounds.
    fn may_lead(&self, node: &Parts) -> bool {
        let next = proposer(node).and_then(Proposer::next_lead);
        next.is_some_and(|attempt| attempt.0 < u32::from(self.spec.constants.attempts))
    }

    /// Whether a node waits for nothing: no message of its own, or to it, is in transit.
    fn is_quiet(state: &SystemState, id: Id) -> bool {
        !state.nodes.network.iter().any(|it| it.src == id || it.dst == id)
    }

    /// Whether the environment lets a proposer try again now.
    fn may_try_again(&self, node: &Parts, round: Round) -> bool {
        proposer(node).is_some_and(|proposer| {
            self.environment.retries == Retries::AnyTime
                || matches!(proposer.campaign(round), Some(Campaign::Rejected { .. }))
        })
    }

    /// Whether the environment may choose an action.
    fn is_possible(&self, state: &SystemState, action: &SystemAction) -> bool {
        match *action {
            Action::Timeout(id, timer) => self.may_happen(state, id, timer.get()),
            Action::Crash(id) => {
                let node = state.node(usize::from(id));
                (acceptor(node).is_some() && self.environment.acceptor_crashes)
                    || (proposer(node).is_some() && self.environment.proposer_crashes)
            }
            Action::Deliver(envelope) => state.node(usize::from(envelope.dst)).state.is_some(),
            Action::Drop(_) | Action::Recover(_) => true,
        }
    }

    /// Whether a timer of a node may go off.
    fn may_happen(&self, state: &SystemState, id: Id, timer: &Timer) -> bool {
        let is_turn = || !self.environment.turns || state.nodes.network.is_empty();
        let node = state.node(usize::from(id));
        match *timer {
            Timer::Propose(round, _) => is_turn() && self.may_begin(node, round),
            // What is only sent once more costs no attempt: one request at a time.
            Timer::Retry(round) if proposer(node).is_some_and(|it| it.will_resend(round)) => {
                System::is_quiet(state, id)
            }
            Timer::Retry(round) => {
                is_turn() && self.may_try_again(node, round) && self.may_begin(node, round)
            }
            Timer::Lead => is_turn() && self.may_lead(node),
            Timer::Snapshot => learner(node).is_some_and(|learner| {
                let last = learner.snapshot().map_or(Round(0), |snapshot| snapshot.before);
                learner.next_round() > last
            }),
            // One question at a time.
            Timer::CatchUp => System::is_quiet(state, id),
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
        let nodes = self.actors.next_state(&state.nodes, action)?;
        let changed = all(&nodes).zip(&state.nodes.nodes);
        let changed = changed.filter(|((_, after), before)| after != *before).map(|(node, _)| node);
        let stands_for = self.project_nodes(state.stands_for, changed);
        Some(SystemState { nodes, stands_for })
    }

    /// The state of the spec after these nodes, each with its index, have changed; before that it was `stands_for`.
    pub(super) fn project_nodes(
        &self,
        stands_for: Interned<SpecState>,
        nodes: impl Iterator<Item = (usize, Interned<Parts>)>,
    ) -> Interned<SpecState> {
        nodes.fold(stands_for, |stands_for, (index, node)| {
            self.known.projections.get(self, (stands_for, index, node))
        })
    }

    /// The state in which acceptor `a` is called `names[a]`, by the permutation of that index.
    fn rename(&self, state: &SystemState, permutation: usize) -> SystemState {
        let names = &self.permutations[permutation];
        let mut nodes = state.nodes.clone();
        for (index, &node) in state.nodes.nodes.iter().enumerate() {
            let to = names.get(index).map_or(index, |&name| usize::from(name));
            nodes.nodes[to] = self.known.renamed.get(self, (node, permutation));
        }
        nodes.network = self.actors.map(&state.nodes.network, |envelope| {
            self.known.renamed_messages.get(self, (envelope, permutation))
        });
        let stands_for = (state.stands_for, permutation);
        SystemState { nodes, stands_for: self.known.renamed_projections.get(self, stands_for) }
    }

    fn rename_node(&self, (node, permutation): (Interned<Parts>, usize)) -> Interned<Parts> {
        let names = &self.permutations[permutation];
        let mut renamed = node.get().clone();
        if let Some(replica) = &mut renamed.state {
            replica.rename_voters(&|node| {
                NodeId(names.get(node.0 as usize).map_or(node.0, |&name| u32::from(name)))
            });
        }
        Interned::new(renamed)
    }

    fn rename_message(
        &self,
        (envelope, permutation): (Interned<Envelope<Msg>>, usize),
    ) -> Interned<Envelope<Msg>> {
        let names = &self.permutations[permutation];
        let id =
            |id: Id| names.get(usize::from(id)).map_or(id, |&name| Id::from(usize::from(name)));
        let Envelope { src, dst, ref msg } = *envelope;
        Interned::new(Envelope { src: id(src), dst: id(dst), msg: msg.clone() })
    }

    fn rename_projection(
        &self,
        (state, permutation): (Interned<SpecState>, usize),
    ) -> Interned<SpecState> {
        let values: Vec<u8> = self.spec.values().collect();
        let names = &self.permutations[permutation];
        Interned::new(symmetry::rename(&self.spec, &state, names, &values))
    }
}

/// All nodes, each with its index.
pub(super) fn all(nodes: &Nodes) -> impl Iterator<Item = (usize, Interned<Parts>)> {
    nodes.nodes.iter().copied().enumerate()
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

impl Model for System {
    type State = SystemState;
    type Action = SystemAction;

    fn init_states(&self) -> Vec<SystemState> {
        let start = Interned::new(self.spec.init_states().swap_remove(0));
        let with_projection = |nodes: Nodes| {
            let stands_for = self.project_nodes(start, all(&nodes));
            SystemState { nodes, stands_for }
        };
        self.actors.init_states().into_iter().map(with_projection).collect()
    }

    fn actions(&self, state: &SystemState, actions: &mut Vec<SystemAction>) {
        self.actors.actions(&state.nodes, actions);
        actions.retain(|action| self.is_possible(state, action));
    }

    fn codec(&self) -> Option<Codec<'_, SystemState>> {
        Some(Codec::new())
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
        let nodes = || (0..self.actors.actors().len()).map(Id::from);
        for (from, to) in nodes().flat_map(|from| nodes().map(move |to| (from, to))) {
            let delivers = move |_: &System, _: &SystemState, action: &SystemAction| matches!(action, Action::Deliver(it) if (it.src, it.dst) == (from, to));
            let name = format!("{} -> {}", self.node_name(from.into()), self.node_name(to.into()));
            if self.may_talk(from, to) {
                fairness.push(Fairness::new(name, strength, delivers));
            }
        }
        for p in self.spec.proposers() {
            let node = self.proposer_index(p);
            let acts = move |_: &System, _: &SystemState, action: &SystemAction| matches!(action, Action::Timeout(id, _) if usize::from(*id) == node);
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

/// The names of all steps, in order.
const ACTIONS: [&str; 9] =
    ["Deliver", "Propose", "Retry", "Lead", "Snapshot", "CatchUp", "Drop", "Crash", "Recover"];

/// Which of [`ACTIONS`] an environment has.
fn has_actions(environment: &Environment) -> [bool; 9] {
    let crashes = environment.acceptor_crashes || environment.proposer_crashes;
    [
        true,
        true,
        true,
        environment.prepares != Preparation::ByRound,
        environment.snapshots,
        environment.learners > 0,
        environment.loss,
        crashes,
        crashes,
    ]
}

fn action_names(environment: Environment) -> Vec<Name> {
    let present =
        ACTIONS.into_iter().zip(has_actions(&environment)).filter(|(_, present)| *present);
    present.map(|(name, _)| name.into()).collect()
}

/// The name of a step, by its index in [`ACTIONS`].
fn action_index(action: &SystemAction) -> usize {
    match action {
        Action::Deliver(_) => 0,
        Action::Timeout(_, timer) => match timer.get() {
            Timer::Propose(..) => 1,
            Timer::Retry(_) => 2,
            Timer::Lead => 3,
            Timer::Snapshot => 4,
            Timer::CatchUp => 5,
        },
        Action::Drop(_) => 6,
        Action::Crash(_) => 7,
        Action::Recover(_) => 8,
    }
}

impl Checkable for System {
    fn fairness(&self) -> Vec<Fairness<Self>> {
        let strength = self.spec.constants.specification.fairness();
        strength.map_or_else(Vec::new, |strength| self.fair_to_all(strength))
    }

    fn action_names(&self) -> Vec<Name> {
        self.action_names.clone()
    }

    fn action_name(&self, action: &SystemAction) -> usize {
        let before = has_actions(&self.environment).into_iter().take(action_index(action));
        before.filter(|&present| present).count()
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
        let acceptors = &state.nodes.nodes[..self.spec.constants.acceptors.len()];
        let signature = |&node: &Interned<Parts>| self.known.signatures.get(self, node);
        let signatures: Vec<_> = acceptors.iter().map(signature).collect();
        let sorts = |names: &[u8]| {
            let mut sorted = vec![0; names.len()];
            for (&name, &signature) in names.iter().zip(&signatures) {
                sorted[usize::from(name)] = signature;
            }
            sorted.is_sorted()
        };
        (0..self.permutations.len())
            .filter(|&permutation| sorts(&self.permutations[permutation]))
            .map(|permutation| self.rename(state, permutation))
            .min_by_key(fingerprint)
            .unwrap_or_else(|| state.clone())
    }

    fn picture(&self, state: &SystemState) -> Option<String> {
        Some(super::picture::draw_with(&self.spec, &state.stands_for, &self.besides(state)))
    }
}
