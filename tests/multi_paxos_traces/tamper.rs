//! Ways to tamper with a run.

use mitregate_multi_paxos::{Ballot, NodeId, ProposalKey, Round, TraceEvent};

use crate::runs::{Event, Run};

/// A way to tamper with a run. Each returns whether it has found something to change.
pub(crate) type Tamper = (&'static str, fn(&mut Run, &mut fastrand::Rng) -> bool);

/// An event of a kind, at random.
fn pick<'a>(
    run: &'a mut Run,
    random: &mut fastrand::Rng,
    wanted: fn(&Event) -> bool,
) -> Option<(&'a mut Vec<Event>, usize)> {
    let mut places: Vec<(NodeId, usize)> = Vec::new();
    for (&node, events) in run.iter() {
        let fitting = events.iter().enumerate().filter(|(_, event)| wanted(event));
        places.extend(fitting.map(|(index, _)| (node, index)));
    }
    if places.is_empty() {
        return None;
    }
    let (node, index) = places[random.usize(..places.len())];
    Some((run.get_mut(&node)?, index))
}

pub(crate) fn is_promise(event: &Event) -> bool {
    matches!(event, TraceEvent::Promise { .. })
}

fn is_accept(event: &Event) -> bool {
    matches!(event, TraceEvent::Accept { .. })
}

fn is_attempt(event: &Event) -> bool {
    matches!(event, TraceEvent::Attempt { .. })
}

fn is_learn(event: &Event) -> bool {
    matches!(event, TraceEvent::Learn { .. })
}

fn is_event(event: &Event) -> bool {
    !matches!(event, TraceEvent::Start { .. })
}

fn drop_one(run: &mut Run, random: &mut fastrand::Rng, wanted: fn(&Event) -> bool) -> bool {
    pick(run, random, wanted).map(|(events, index)| events.remove(index)).is_some()
}

fn alter(
    run: &mut Run,
    random: &mut fastrand::Rng,
    wanted: fn(&Event) -> bool,
    change: fn(&mut Event),
) -> bool {
    pick(run, random, wanted).map(|(events, index)| change(&mut events[index])).is_some()
}

fn key(event: &mut Event) -> Option<&mut ProposalKey> {
    match event {
        TraceEvent::Promise { proposal, .. } | TraceEvent::Accept { proposal, .. } => {
            Some(proposal)
        }
        _ => None,
    }
}

fn move_to_other_node(
    run: &mut Run,
    random: &mut fastrand::Rng,
    wanted: fn(&Event) -> bool,
) -> bool {
    let Some((events, index)) = pick(run, random, wanted) else { return false };
    let event = events.remove(index);
    let others: Vec<NodeId> = run.keys().copied().collect();
    let events = run.get_mut(&others[random.usize(..others.len())]).unwrap();
    events.insert(random.usize(1..=events.len()), event);
    true
}

/// Of runs in which each round is prepared for itself.
pub(crate) const TAMPERS: [Tamper; 20] = [
    ("a promise dropped", |run, random| drop_one(run, random, is_promise)),
    ("all of two acceptors dropped", |run, _| {
        for node in [0, 1].map(NodeId) {
            run.get_mut(&node).unwrap().truncate(1);
        }
        true
    }),
    ("a vote dropped", |run, random| drop_one(run, random, is_accept)),
    ("an attempt dropped", |run, random| drop_one(run, random, is_attempt)),
    ("something learned dropped", |run, random| drop_one(run, random, is_learn)),
    ("two neighbours swapped", |run, random| {
        pick(run, random, is_event).is_some_and(|(events, index)| {
            let is_possible = index + 1 < events.len();
            if is_possible {
                events.swap(index, index + 1);
            }
            is_possible
        })
    }),
    ("an event repeated at once", |run, random| {
        pick(run, random, is_event)
            .map(|(events, index)| events.insert(index, events[index].clone()))
            .is_some()
    }),
    ("an event repeated at the end", |run, random| {
        pick(run, random, is_event)
            .map(|(events, index)| events.push(events[index].clone()))
            .is_some()
    }),
    ("an event moved to the front", |run, random| {
        pick(run, random, is_event)
            .map(|(events, index)| {
                let event = events.remove(index);
                events.insert(1, event);
            })
            .is_some()
    }),
    ("a vote with another value", |run, random| {
        alter(run, random, is_accept, |event| {
            if let TraceEvent::Accept { value, .. } = event {
                *value = "forged".into();
            }
        })
    }),
    ("another value learned", |run, random| {
        alter(run, random, is_learn, |event| {
            if let TraceEvent::Learn { value, .. } = event {
                *value = "forged".into();
            }
        })
    }),
    ("a promise of a higher attempt", |run, random| {
        alter(run, random, is_promise, |event| key(event).unwrap().attempt.0 += 1)
    }),
    ("a promise of a lower attempt", |run, random| {
        alter(run, random, is_promise, |event| {
            let key = key(event).unwrap();
            key.attempt.0 = key.attempt.0.saturating_sub(1);
        })
    }),
    ("a vote in another attempt", |run, random| {
        alter(run, random, is_accept, |event| key(event).unwrap().attempt.0 += 1)
    }),
    ("a vote for another proposer", |run, random| {
        alter(run, random, is_accept, |event| {
            let key = key(event).unwrap();
            key.node.0 = 21 - key.node.0;
        })
    }),
    ("a proposal of a stranger", |run, random| {
        alter(run, random, is_promise, |event| key(event).unwrap().node = NodeId(12))
    }),
    ("a round that is not the proposal's", |run, random| {
        alter(run, random, is_promise, |event| {
            if let TraceEvent::Promise { round, .. } = event {
                round.0 += 1;
            }
        })
    }),
    ("an attempt that goes down", |run, random| {
        pick(run, random, is_attempt)
            .map(|(events, index)| {
                let mut later = events[index].clone();
                if let TraceEvent::Attempt { attempt, .. } = &mut later {
                    attempt.0 += 2;
                }
                events.insert(index, later);
            })
            .is_some()
    }),
    ("a vote moved to another node", |run, random| move_to_other_node(run, random, is_accept)),
    ("something of another run", |run, random| {
        let mut other = crate::runs::run(random.u64(1000..2000), false);
        let Some((events, index)) = pick(&mut other, random, is_event) else { return false };
        let event = events.remove(index);
        let nodes: Vec<NodeId> = run.keys().copied().collect();
        let events = run.get_mut(&nodes[random.usize(..nodes.len())]).unwrap();
        events.insert(random.usize(1..=events.len()), event);
        true
    }),
];

fn is_promise_all(event: &Event) -> bool {
    matches!(event, TraceEvent::PromiseAll { .. })
}

fn is_attempt_all(event: &Event) -> bool {
    matches!(event, TraceEvent::AttemptAll { .. })
}

fn is_forget(event: &Event) -> bool {
    matches!(event, TraceEvent::Forget { .. })
}

fn ballot(event: &mut Event) -> &mut Ballot {
    match event {
        TraceEvent::PromiseAll { ballot } => ballot,
        other => panic!("{other:?}"),
    }
}

fn move_to(
    run: &mut Run,
    random: &mut fastrand::Rng,
    wanted: fn(&Event) -> bool,
    end: bool,
) -> bool {
    pick(run, random, wanted)
        .map(|(events, index)| {
            let event = events.remove(index);
            let at = if end { events.len() } else { 1 };
            events.insert(at, event);
        })
        .is_some()
}

fn repeat_at_end(run: &mut Run, random: &mut fastrand::Rng, wanted: fn(&Event) -> bool) -> bool {
    pick(run, random, wanted).map(|(events, index)| events.push(events[index].clone())).is_some()
}

/// Of runs in which proposers lead and take snapshots.
pub(crate) const TAMPERS_OF_LEADERS: [Tamper; 17] = [
    ("a promise of all rounds dropped", |run, random| drop_one(run, random, is_promise_all)),
    ("an attempt in all rounds dropped", |run, random| drop_one(run, random, is_attempt_all)),
    ("all rounds promised to a higher attempt", |run, random| {
        alter(run, random, is_promise_all, |event| ballot(event).attempt.0 += 1)
    }),
    ("all rounds promised to another proposer", |run, random| {
        alter(run, random, is_promise_all, |event| {
            let ballot = ballot(event);
            ballot.node.0 = 21 - ballot.node.0;
        })
    }),
    ("all rounds promised to a stranger", |run, random| {
        alter(run, random, is_promise_all, |event| ballot(event).node = NodeId(12))
    }),
    ("a promise of all rounds repeated at the end", |run, random| {
        repeat_at_end(run, random, is_promise_all)
    }),
    ("a promise of all rounds moved to the front", |run, random| {
        move_to(run, random, is_promise_all, false)
    }),
    ("a promise of all rounds moved to the end", |run, random| {
        move_to(run, random, is_promise_all, true)
    }),
    ("a promise of all rounds moved to another node", |run, random| {
        move_to_other_node(run, random, is_promise_all)
    }),
    ("an attempt in all rounds repeated", |run, random| repeat_at_end(run, random, is_attempt_all)),
    ("an attempt in all rounds that skips many", |run, random| {
        alter(run, random, is_attempt_all, |event| {
            if let TraceEvent::AttemptAll { attempt } = event {
                attempt.0 += 3;
            }
        })
    }),
    ("a vote with another value, under a leader", |run, random| {
        alter(run, random, is_accept, |event| {
            if let TraceEvent::Accept { value, .. } = event {
                *value = "forged".into();
            }
        })
    }),
    ("more rounds dropped than are decided", |run, random| {
        alter(run, random, is_forget, |event| {
            if let TraceEvent::Forget { before } = event {
                before.0 += 2;
            }
        })
    }),
    ("rounds dropped before they are decided", |run, random| {
        let Some((events, index)) = pick(run, random, is_forget) else { return false };
        let event = events.remove(index);
        // Nobody can have known: all others do what they did after this.
        events.insert(1, event);
        let node = *run.iter().find(|(_, events)| events.get(1).is_some_and(is_forget)).unwrap().0;
        for (_, events) in run.iter_mut().filter(|(other, _)| **other != node) {
            events.truncate(1);
        }
        true
    }),
    ("a snapshot of more rounds than are decided", |run, _| {
        run.get_mut(&NodeId(10)).unwrap().push(TraceEvent::Install { before: Round(3) });
        true
    }),
    ("a snapshot of what cannot be decided yet", |run, random| {
        let learner = NodeId(random.u32(10..12));
        run.get_mut(&learner).unwrap().insert(1, TraceEvent::Install { before: Round(1) });
        true
    }),
    ("something of another run, under a leader", |run, random| {
        let mut other = crate::runs::run(4 * random.u64(1000..2000) + 2, false);
        let Some((events, index)) = pick(&mut other, random, is_event) else { return false };
        let event = events.remove(index);
        let nodes: Vec<NodeId> = run.keys().copied().collect();
        let events = run.get_mut(&nodes[random.usize(..nodes.len())]).unwrap();
        events.insert(random.usize(1..=events.len()), event);
        true
    }),
];
