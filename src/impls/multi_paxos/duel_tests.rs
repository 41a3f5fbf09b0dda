//! Proposers on threads that outbid each other, over a network that loses, duplicates and reorders
//! messages, while nodes crash and restart.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::{Duration, Instant};

use super::testing::{Dice, cluster};
use super::{
    Cluster, DurableAcceptorState, DurableProposerState, Message, NodeId, Outgoing, ProposalKey,
    Proposer, Round, RunError, SharedAcceptorState, Transport, run_proposer,
};

type Value = u64;
type Letter = (NodeId, Message<Value>);
type Boxes = BTreeMap<NodeId, Sender<Letter>>;

const ROUND: Round = Round(4);

/// The outgoing messages of one node.
struct Post {
    from: NodeId,
    boxes: Boxes,
    dice: Dice,
    /// A message that the next one overtakes.
    delayed: Option<Outgoing<Value>>,
}

impl Post {
    fn new(from: NodeId, boxes: Boxes, seed: u64) -> Self {
        Post { from, boxes, dice: Dice::new(seed * 1000 + u64::from(from.0)), delayed: None }
    }

    fn send(&mut self, outgoing: Outgoing<Value>) {
        match self.dice.roll(8) {
            0 => {}
            1 => {
                self.deliver(outgoing.clone());
                self.deliver(outgoing);
            }
            2 => self.delayed = Some(outgoing),
            _ => {
                self.deliver(outgoing);
                if let Some(delayed) = self.delayed.take() {
                    self.deliver(delayed);
                }
            }
        }
    }

    fn deliver(&self, outgoing: Outgoing<Value>) {
        if let Some(to) = self.boxes.get(&outgoing.to) {
            // A node that has finished needs no more messages.
            let _ = to.send((self.from, outgoing.message));
        }
    }
}

/// Runs an acceptor until all proposers have finished; it restarts from its log at random.
fn serve(cluster: &Cluster, inbox: &Receiver<Letter>, mut post: Post) {
    let mut acceptor = SharedAcceptorState::new();
    let mut log = Vec::new();
    while let Ok((from, message)) = inbox.recv() {
        if post.dice.roll(20) == 0 {
            acceptor = SharedAcceptorState::restore(DurableAcceptorState::replay(log.clone()));
        }
        let reply = acceptor.handle_durably(cluster, from, message, |event| {
            log.push(event.clone());
            Ok::<_, Infallible>(())
        });
        if let Ok(Some(message)) = reply {
            post.send(Outgoing { to: from, message });
        }
    }
}

/// The value proposed under each key.
type Proposed = Mutex<BTreeMap<ProposalKey, Value>>;

struct Desk<'a> {
    inbox: Receiver<Letter>,
    post: Post,
    disk: DurableProposerState,
    crashes_left: u32,
    deadline: Instant,
    proposed: &'a Proposed,
}

#[derive(Debug)]
struct Crash;

impl Transport<Value> for Desk<'_> {
    type Error = Crash;

    fn persist(&mut self, state: &DurableProposerState) -> Result<(), Crash> {
        self.disk = state.clone();
        self.deadline = Instant::now() + Duration::from_millis(3);
        Ok(())
    }

    fn send(&mut self, outgoing: Outgoing<Value>) -> Result<(), Crash> {
        if self.crashes_left > 0 && self.post.dice.roll(6) == 0 {
            self.crashes_left -= 1;
            return Err(Crash);
        }
        if let Message::Accept { key, value } = &outgoing.message {
            let known = *self.proposed.lock().unwrap().entry(*key).or_insert(*value);
            assert_eq!(known, *value, "{key} was used for two values");
        }
        self.post.send(outgoing);
        Ok(())
    }

    fn receive(&mut self) -> Result<Option<Letter>, Crash> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        Ok(self.inbox.recv_timeout(left).ok())
    }

    fn back_off(&mut self, failures: u32) {
        let most = u64::from(failures.min(20)) * 500;
        thread::sleep(Duration::from_micros(self.post.dice.roll(most)));
    }
}

/// Proposes until a value is learned, with another value after every crash.
fn campaign(cluster: &Cluster, id: NodeId, mut desk: Desk<'_>) -> Value {
    for restart in 0.. {
        let mut proposer = Proposer::restore(id, desk.disk.clone());
        let value = u64::from(id.0) * 100 + restart;
        match run_proposer(&mut proposer, cluster, ROUND, value, 10_000, &mut desk) {
            Ok(value) => return value,
            Err(RunError::Transport(Crash)) => {}
            Err(other) => unreachable!("{other:?}"),
        }
    }
    unreachable!("crashes are limited");
}

fn mailboxes<'a>(
    nodes: impl IntoIterator<Item = &'a NodeId>,
) -> (Boxes, Vec<(NodeId, Receiver<Letter>)>) {
    let mut boxes = Boxes::new();
    let mut inboxes = Vec::new();
    for &node in nodes {
        let (sender, inbox) = channel();
        boxes.insert(node, sender);
        inboxes.push((node, inbox));
    }
    (boxes, inboxes)
}

/// The value that each proposer learns.
fn duel(seed: u64, proposers: u32, crashes: u32) -> Vec<Value> {
    let cluster = &cluster(3, proposers);
    let proposed = &Proposed::default();
    let (to_acceptors, acceptors) = mailboxes(cluster.acceptors());
    let (to_proposers, proposers) = mailboxes(cluster.proposers());
    thread::scope(|scope| {
        for (id, inbox) in acceptors {
            let post = Post::new(id, to_proposers.clone(), seed);
            scope.spawn(move || serve(cluster, &inbox, post));
        }
        let handles: Vec<_> = proposers
            .into_iter()
            .map(|(id, inbox)| {
                let desk = Desk {
                    inbox,
                    post: Post::new(id, to_acceptors.clone(), seed),
                    disk: DurableProposerState::new(),
                    crashes_left: crashes,
                    deadline: Instant::now(),
                    proposed,
                };
                scope.spawn(move || campaign(cluster, id, desk))
            })
            .collect();
        // The acceptors stop when the last proposer drops its senders.
        drop(to_acceptors);
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    })
}

fn assert_agreement(proposers: u32, crashes: u32) {
    for seed in 0..40 {
        let learned = duel(seed, proposers, crashes);
        let first = learned.first().copied().unwrap();
        assert!(learned.iter().all(|&value| value == first), "seed {seed}: {learned:?}");
        assert!((1000..1000 + u64::from(proposers) * 100).contains(&first), "seed {seed}: {first}");
    }
}

#[test]
fn two_duelling_proposers_agree() {
    assert_agreement(2, 0);
}

#[test]
fn three_duelling_proposers_agree() {
    assert_agreement(3, 0);
}

#[test]
fn proposers_that_crash_and_restart_agree() {
    assert_agreement(3, 4);
}
