//! A node with its roles, step by step, and nodes that crash on a bad network.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::replica::*;
use super::testing::{Dice, cluster, key};
use super::*;

use serde_json::to_value as json;

type Value = u64;

fn start(cluster: &Cluster, id: u32, stored: Stored<Value>) -> Replica<Value> {
    Replica::start(cluster, NodeId(id), stored, Setup::default()).0
}

#[test]
fn a_node_has_the_roles_that_it_has_in_the_cluster() {
    let [both, learner] = [NodeId(1), NodeId(2)];
    let cluster = Cluster::new([both], [both], [learner]).unwrap();
    let start = |id| Replica::<Value>::start(&cluster, id, Stored::default(), Setup::default());
    let (node, effects) = start(both);
    assert!(node.acceptor.is_some() && node.proposer.is_some() && node.learner.is_some());
    assert_eq!(effects, []);
    let (node, effects) = start(learner);
    assert!(node.acceptor.is_none() && node.proposer.is_none() && node.learner.is_some());
    assert_eq!(effects, [Effect::SetTimer(Timer::CatchUp)]);
    let (mut node, effects) = start(NodeId(3));
    assert_eq!(effects, []);
    let (round, error) = (Round(0), ProposeError::NotAProposer { node: NodeId(3) });
    assert_eq!(
        node.step(&cluster, Input::Propose { round, value: 1 }),
        [Effect::Refuse { round, error }]
    );
    let inputs = [
        Input::Message { from: both, message: Message::CatchUp { from: Round(0) } },
        Input::TimeOut(Timer::Retry(Round(0))),
        Input::TimeOut(Timer::CatchUp),
    ];
    for input in inputs {
        assert_eq!(node.step(&cluster, input.clone()), [], "{input:?}");
    }
}

#[test]
fn an_attempt_is_on_disk_before_it_is_prepared_and_a_refused_one_may_be_retried() {
    let cluster = cluster(3, 2);
    let mut node = start(&cluster, 10, Stored::default());
    let round = Round(0);
    let effects = node.step(&cluster, Input::Propose { round, value: 7 });
    let [timer, persist, sends @ ..] = effects.as_slice() else { panic!("{effects:?}") };
    assert_eq!(*timer, Effect::SetTimer(Timer::Retry(round)));
    assert!(matches!(persist, Effect::Persist(Record::Proposer(_))), "{persist:?}");
    assert_eq!(sends.len(), 3);
    assert!(sends.iter().all(|effect| matches!(effect, Effect::Send(_))));
    // Once more is an error that the client hears of.
    let again = node.step(&cluster, Input::Propose { round, value: 7 });
    assert_eq!(again, [Effect::Refuse { round, error: ProposeError::CampaignRunning { round } }]);
    let rejected = Message::Rejected { key: key(0, 0, 10), promised: key(0, 0, 11) };
    let effects = node.step(&cluster, Input::Message { from: NodeId(0), message: rejected });
    assert_eq!(effects, [Effect::Rejected { round, by: key(0, 0, 11) }]);
    let effects = node.step(&cluster, Input::TimeOut(Timer::Retry(round)));
    assert_eq!(effects.first(), Some(&Effect::SetTimer(Timer::Retry(round))));
    assert_eq!(effects.len(), 5);
}

#[test]
fn who_gives_way_waits_and_a_timer_of_a_decided_round_ends() {
    let cluster = cluster(3, 2);
    let round = Round(0);
    let setup = Setup { leadership: Some(Leadership::new()), ..Setup::default() };
    let (mut node, _) = Replica::start(&cluster, NodeId(11), Stored::default(), setup);
    let _ = node.step(&cluster, Input::Propose { round, value: 7 });
    let retry = Input::TimeOut(Timer::Retry(round));
    assert_eq!(node.step(&cluster, retry.clone()), [Effect::SetTimer(Timer::Retry(round))]);
    let learned = |value| Message::Learned { round, value };
    let tell = |from, value| Input::Message { from: NodeId(from), message: learned(value) };
    assert_eq!(
        node.step(&cluster, tell(10, 8)),
        [
            Effect::Apply { round, value: 8 },
            Effect::CancelTimer(Timer::Retry(round)),
            Effect::Decided { round, value: 8 }
        ]
    );
    // A late timer, a client that asks once more, and a node that says otherwise.
    assert_eq!(node.step(&cluster, retry.clone()), []);
    let again = Input::Propose { round, value: 7 };
    assert_eq!(node.step(&cluster, again), [Effect::Decided { round, value: 8 }]);
    assert_eq!(node.step(&cluster, tell(20, 9)), [Effect::Conflict(Conflict { round })]);
    let (mut node, _) =
        Replica::<Value>::start(&cluster, NodeId(11), Stored::default(), Setup::default());
    assert_eq!(node.step(&cluster, retry), [], "of before the crash");
    let _ = node.step(&cluster, tell(20, 8));
    let _ = node.step(&cluster, Input::Propose { round: Round(1), value: 7 });
    let other = Message::Learned { round, value: 9 };
    let effects = node.step(&cluster, Input::Message { from: NodeId(10), message: other });
    assert_eq!(effects, [Effect::Conflict(Conflict { round })]);
}

fn snapshot(before: u64) -> Snapshot {
    Snapshot { before: Round(before), state: [7].into() }
}

fn message(from: u32, message: Message<Value>) -> Input<Value> {
    Input::Message { from: NodeId(from), message }
}

/// To whom a step sends, with what.
fn sent(effects: &[Effect<Value>]) -> Vec<(u32, &Message<Value>)> {
    let sends = effects.iter().filter_map(|effect| match effect {
        Effect::Send(Outgoing { to, message }) => Some((to.0, message)),
        _ => None,
    });
    sends.collect()
}

/// Node 1 accepts and learns, node 2 accepts and proposes, node 3 learns, node 10 proposes.
fn mixed() -> Cluster {
    let nodes = |ids: [u32; 2]| ids.map(NodeId);
    Cluster::new(nodes([1, 2]), nodes([2, 10]), nodes([1, 3])).unwrap()
}

#[test]
fn what_is_stored_is_what_was_to_be_written() {
    let cluster = cluster(3, 2);
    let mut acceptor = start(&cluster, 0, Stored::default());
    let _ = acceptor.step(&cluster, message(10, Message::Prepare { key: key(0, 0, 10) }));
    assert_eq!(acceptor.stored().acceptor.promised(Round(0)), Some(key(0, 0, 10)));
    let mut proposer = start(&cluster, 10, Stored::default());
    let _ = proposer.step(&cluster, Input::Propose { round: Round(3), value: 7 });
    assert_eq!(proposer.stored().proposer.attempt(Round(3)), Some(key(3, 0, 10).attempt));
    assert_eq!(start(&cluster, 10, proposer.stored()).stored(), proposer.stored());
}

#[test]
fn votes_and_nothing_else_go_to_learners_too_if_they_are_to() {
    let cluster = mixed();
    let setup = Setup { votes_to_learners: true, ..Setup::default() };
    let (mut node, _) = Replica::<Value>::start(&cluster, NodeId(2), Stored::default(), setup);
    let effects = node.step(&cluster, message(10, Message::Prepare { key: key(0, 0, 10) }));
    assert_eq!(sent(&effects).iter().map(|it| it.0).collect::<Vec<_>>(), [10]);
    let accept = Message::Accept { key: key(0, 0, 10), value: 7 };
    let effects = node.step(&cluster, message(10, accept.clone()));
    let vote = Message::Accepted { key: key(0, 0, 10), value: 7 };
    assert_eq!(sent(&effects), [(1, &vote), (3, &vote), (10, &vote)]);
    // A proposer that learns as well gets one.
    let cluster = Cluster::new([NodeId(2)], [NodeId(10)], [NodeId(10), NodeId(3)]).unwrap();
    let effects = node.step(&cluster, message(10, accept.clone()));
    assert_eq!(sent(&effects), [(3, &vote), (10, &vote)]);
    // Nobody is sent votes unasked.
    let mut node = start(&cluster, 2, Stored::default());
    assert_eq!(sent(&node.step(&cluster, message(10, accept))), [(10, &vote)]);
}

#[test]
fn a_learner_asks_all_others_that_may_know() {
    let cluster = mixed();
    let mut node = start(&cluster, 1, Stored::default());
    let effects = node.step(&cluster, Input::TimeOut(Timer::CatchUp));
    assert_eq!(effects[0], Effect::SetTimer(Timer::CatchUp));
    let question = Message::CatchUp { from: Round(0) };
    assert_eq!(sent(&effects), [(2, &question), (10, &question)]);
    assert_eq!(effects.len(), 3);
}

#[test]
fn a_snapshot_goes_to_the_other_acceptors_and_ends_what_is_before_it() {
    let nodes = [1, 2, 3].map(NodeId);
    let cluster = Cluster::new(nodes, nodes, nodes).unwrap();
    let mut node = start(&cluster, 1, Stored::default());
    for round in [0, 1] {
        let learned = Message::Learned { round: Round(round), value: 8 };
        let _ = node.step(&cluster, message(2, learned));
    }
    let input = Input::Snapshot { snapshot: snapshot(2), to_acceptors: true };
    let effects = node.step(&cluster, input);
    let told = Message::Snapshot(snapshot(2));
    assert_eq!(sent(&effects), [(2, &told), (3, &told)]);
    assert!(matches!(effects[0], Effect::Persist(Record::Acceptor(_))), "{effects:?}");
    // The value is gone with the round.
    let (round, error) = (Round(1), ProposeError::Decided { round: Round(1) });
    let effects = node.step(&cluster, Input::Propose { round, value: 7 });
    assert_eq!(effects, [Effect::Refuse { round, error }]);
    // Somebody else's: a client that waits for one of its rounds hears so.
    let round = Round(3);
    let _ = node.step(&cluster, Input::Propose { round, value: 7 });
    let effects = node.step(&cluster, message(2, Message::Snapshot(snapshot(5))));
    assert!(effects.contains(&Effect::Install(snapshot(5))), "{effects:?}");
    let ended = [
        Effect::CancelTimer(Timer::Retry(round)),
        Effect::Refuse { round, error: ProposeError::Decided { round } },
    ];
    assert!(effects.ends_with(&ended), "{effects:?}");
}

/// Nodes on a network that loses, repeats and reorders. They crash between any two effects.
struct World {
    cluster: Cluster,
    nodes: BTreeMap<NodeId, Replica<Value>>,
    disks: BTreeMap<NodeId, Stored<Value>>,
    network: VecDeque<(NodeId, Input<Value>)>,
    timers: BTreeSet<(NodeId, Timer)>,
    logs: BTreeMap<NodeId, Vec<(Round, Value)>>,
    decided: BTreeMap<Round, Value>,
    crashes: u64,
    installed: u64,
    led: u64,
    votes: bool,
    promise_batch: usize,
}

impl World {
    /// Nodes of one role each, or of all three.
    fn new(seed: u64) -> World {
        let all = || (0..3).map(NodeId);
        let one_role = cluster(3, 2);
        let all_roles = Cluster::new(all(), all(), all()).unwrap();
        let mut world = World {
            cluster: if seed.is_multiple_of(2) { all_roles } else { one_role },
            votes: seed.is_multiple_of(3),
            promise_batch: if seed.is_multiple_of(5) { 1 } else { 3 },
            nodes: BTreeMap::new(),
            disks: BTreeMap::new(),
            network: VecDeque::new(),
            timers: BTreeSet::new(),
            logs: BTreeMap::new(),
            decided: BTreeMap::new(),
            crashes: 0,
            installed: 0,
            led: 0,
        };
        let members: BTreeSet<_> =
            [world.cluster.acceptors(), world.cluster.proposers(), world.cluster.learners()]
                .into_iter()
                .flatten()
                .copied()
                .collect();
        for id in members {
            world.start(id);
        }
        world
    }

    /// Starts a node from its disk.
    fn start(&mut self, id: NodeId) {
        let stored = self.disks.entry(id).or_default().clone();
        self.timers.retain(|(node, _)| *node != id);
        self.logs.insert(id, Vec::new());
        // Often a leader is not told of all votes.
        let setup = Setup {
            votes_to_learners: self.votes,
            promise_batch: self.promise_batch,
            ..Setup::default()
        };
        let (node, effects) = Replica::start(&self.cluster, id, stored, setup);
        self.nodes.insert(id, node);
        for effect in effects {
            self.carry_out(id, effect);
        }
    }

    /// A step of a node, which may crash before any of its effects.
    fn step(&mut self, id: NodeId, input: Input<Value>, dice: &mut Dice) {
        let node = self.nodes.get_mut(&id).unwrap();
        let effects = node.step(&self.cluster, input);
        for effect in effects {
            if dice.roll(60) == 0 {
                self.crashes += 1;
                return self.start(id);
            }
            self.carry_out(id, effect);
        }
        // All that must survive is on disk once the effects are carried out.
        let (node, disk) = (&self.nodes[&id], &self.disks[&id]);
        assert!(node.acceptor.as_ref().is_none_or(|it| *it.durable() == disk.acceptor));
        assert!(node.proposer.as_ref().is_none_or(|it| *it.durable() == disk.proposer));
    }

    fn carry_out(&mut self, id: NodeId, effect: Effect<Value>) {
        match effect {
            Effect::Persist(record) => self.disks.get_mut(&id).unwrap().apply(record),
            Effect::Send(Outgoing { to, message }) => {
                self.assert_on_disk(id, &message);
                self.network.push_back((to, Input::Message { from: id, message }));
            }
            Effect::SetTimer(timer) => drop(self.timers.insert((id, timer))),
            Effect::CancelTimer(timer) => drop(self.timers.remove(&(id, timer))),
            Effect::Apply { round, value } => {
                let log = self.logs.get_mut(&id).unwrap();
                assert_eq!(round, Round(log.len() as u64), "a gap at {id}");
                log.push((round, value));
                assert_eq!(*self.decided.entry(round).or_insert(value), value, "{round}");
            }
            Effect::Install(snapshot) => {
                self.installed += 1;
                let values: Vec<Value> = serde_json::from_slice(&snapshot.state).unwrap();
                assert_eq!(values.len() as u64, snapshot.before.0);
                for (round, &value) in (0..).map(Round).zip(&values) {
                    assert_eq!(self.decided.get(&round), Some(&value), "{round}");
                }
                let log = (0..).map(Round).zip(values).collect();
                let before = self.logs.insert(id, log).unwrap();
                assert!(before.len() as u64 <= snapshot.before.0, "it goes back");
            }
            Effect::Leads { .. } => self.led += 1,
            Effect::Conflict(conflict) => panic!("{conflict}"),
            Effect::Decided { round, value } => {
                assert_eq!(*self.decided.entry(round).or_insert(value), value, "{round}");
            }
            Effect::Forgotten { before } => panic!("{id} cannot get what is before {before}"),
            Effect::Refuse { .. } | Effect::Rejected { .. } | Effect::Deposed { .. } => {}
        }
    }

    /// What a message commits its sender to is on the sender's disk when it leaves.
    fn assert_on_disk(&self, id: NodeId, message: &Message<Value>) {
        let disk = &self.disks[&id];
        match message {
            Message::Promise { key, .. } => {
                assert!(disk.acceptor.promised(key.round) >= Some(*key), "{message:?}");
            }
            Message::Accepted { key, value } => {
                let vote = disk.acceptor.accepted(key.round).unwrap();
                assert_eq!((vote.key, vote.value), (*key, *value));
            }
            Message::PromiseAll { ballot, .. } => {
                assert_eq!(disk.acceptor.floor(), Some(*ballot));
            }
            Message::PrepareAll { ballot, .. } => {
                assert!(disk.proposer.floor() >= Some(ballot.attempt), "{message:?}");
            }
            Message::Prepare { key } | Message::Accept { key, .. } => {
                let begun = disk.proposer.attempt(key.round);
                assert!(begun >= Some(key.attempt), "{message:?}");
            }
            _ => {}
        }
    }

    /// Something happens.
    fn turn(&mut self, dice: &mut Dice) {
        let any = |dice: &mut Dice, count: usize| usize::try_from(dice.roll(count as u64)).unwrap();
        match dice.roll(12) {
            0 => {
                let proposers: Vec<_> = self.cluster.proposers().iter().copied().collect();
                let id = proposers[any(dice, proposers.len())];
                let input = match dice.roll(8) {
                    0 => Input::Lead,
                    2 if dice.roll(4) == 0 => {
                        let ballots = self
                            .nodes
                            .values()
                            .filter_map(|node| node.proposer.as_ref().and_then(Proposer::ballot));
                        match ballots.max() {
                            Some(by) => Input::Resign { by },
                            None => Input::Lead,
                        }
                    }
                    1 => {
                        let log = &self.logs[&id];
                        let before = any(dice, log.len() + 1);
                        let values: Vec<_> = log[..before].iter().map(|it| it.1).collect();
                        let before = Round(before as u64);
                        let state = serde_json::to_vec(&values).unwrap();
                        let snapshot = Snapshot { before, state: state.into() };
                        Input::Snapshot { snapshot, to_acceptors: dice.roll(2) == 0 }
                    }
                    _ => Input::Propose { round: Round(dice.roll(6)), value: dice.roll(1_000) },
                };
                self.step(id, input, dice);
            }
            1 if !self.timers.is_empty() => {
                let index = any(dice, self.timers.len());
                let (id, timer) = *self.timers.iter().nth(index).unwrap();
                self.timers.remove(&(id, timer));
                self.step(id, Input::TimeOut(timer), dice);
            }
            _ if !self.network.is_empty() => {
                let index = any(dice, self.network.len().min(6));
                let Some((to, input)) = self.network.remove(index) else { return };
                match dice.roll(10) {
                    0 => return,
                    1 => self.network.push_back((to, input.clone())),
                    _ => {}
                }
                self.step(to, input, dice);
            }
            _ => {}
        }
    }
}

#[test]
fn nodes_that_crash_between_any_two_effects_agree() {
    let (mut decided, mut crashes, mut led, mut installed) = (0, 0, 0, 0);
    for seed in 1..=600 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(seed);
        for _ in 0..600 {
            world.turn(&mut dice);
        }
        decided += world.decided.len();
        crashes += world.crashes;
        led += world.led;
        installed += world.installed;
    }
    let seen = format!("{decided} rounds, {crashes} crashes, {led} leads, {installed} snapshots");
    assert!(decided > 1_000 && crashes > 6_000 && led > 300 && installed > 100, "{seen}");
}

/// The JSON of a state with every attempt, or the name of every acceptor, raised by 100.
fn raised(value: serde_json::Value, field: &str, attempts: bool) -> serde_json::Value {
    use serde_json::Value as Json;
    let is_raised = match field {
        "attempt" | "attempts" | "floor" => attempts,
        "promised" | "voters" | "id" => !attempts,
        _ => false,
    };
    match value {
        Json::Number(number) if is_raised && (attempts || number.as_u64() < Some(3)) => {
            Json::from(number.as_u64().unwrap() + 100)
        }
        Json::Array(items) => items.into_iter().map(|it| raised(it, field, attempts)).collect(),
        Json::Object(fields) => {
            // Attempts are kept by round.
            let of = |name: &str| if field == "attempts" { field.into() } else { name.to_owned() };
            let all = fields.into_iter();
            all.map(|(name, it)| (name.clone(), raised(it, &of(&name), attempts))).collect()
        }
        other => other,
    }
}

#[test]
fn renaming_reaches_every_proposal_and_every_voter() {
    let up = |key: &mut ProposalKey| key.attempt.0 += 100;
    for seed in 1..=20 {
        let mut dice = Dice::new(seed);
        let mut world = World::new(seed);
        // Who proposes as well keeps its name.
        let has_all_roles = world.cluster.is_proposer(NodeId(0));
        for _ in 0..300 {
            world.turn(&mut dice);
            for node in world.nodes.values() {
                let mut renamed = node.clone();
                renamed.rename_proposals(&up);
                assert_eq!(json(&renamed).unwrap(), raised(json(node).unwrap(), "", true));
                if has_all_roles {
                    continue;
                }
                let mut renamed = node.clone();
                renamed.rename_voters(&|NodeId(id)| NodeId(if id < 3 { id + 100 } else { id }));
                assert_eq!(json(&renamed).unwrap(), raised(json(node).unwrap(), "", false));
            }
            for (_, input) in &world.network {
                let Input::Message { message, .. } = input else { continue };
                let mut renamed = message.clone();
                renamed.rename_proposals(&up);
                assert_eq!(json(&renamed).unwrap(), raised(json(message).unwrap(), "", true));
            }
        }
    }
}
