//! Two-phase commit against `specs/TwoPhase.tla`.

use std::collections::BTreeSet;

use mitregate::press;
use mitregate::press::{Answer, Code, Mapping, Press, Spec, SpecError, Value, ValueError};
use outside::two_phase::{Coordinator, Message, Participant, Stage};
use serde::Serialize;

/// Three participants and a coordinator, on a network that keeps every message.
pub struct Cluster;

/// Serialized, it has the variables of the spec.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct State {
    #[serde(rename = "stage")]
    participants: [Participant; 3],
    #[serde(flatten)]
    coordinator: Coordinator,
    sent: BTreeSet<Message>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Do {
    Prepare(usize),
    GiveUp(usize),
    /// To a participant, or as the fourth to the coordinator.
    Deliver(usize, Message),
    Commit,
    Abort,
}

impl State {
    fn any(&self, stage: Stage) -> bool {
        self.participants.iter().any(|it| it.stage() == stage)
    }
}

impl Code for Cluster {
    type State = State;
    type Action = Do;

    fn initial(&self) -> Vec<State> {
        let participants = [1, 2, 3].map(Participant::new);
        vec![State { participants, coordinator: Coordinator::new(3), sent: BTreeSet::new() }]
    }

    fn actions(&self, state: &State) -> Vec<Do> {
        let own = (0..3).flat_map(|p| [Do::Prepare(p), Do::GiveUp(p)]);
        let heard = state.sent.iter().flat_map(|&it| (0..=3).map(move |to| Do::Deliver(to, it)));
        own.chain(heard).chain([Do::Commit, Do::Abort]).collect()
    }

    fn step(&self, state: &State, action: &Do) -> Option<State> {
        let mut next = state.clone();
        match action {
            Do::Prepare(p) => drop(next.sent.insert(next.participants[*p].prepare()?)),
            Do::GiveUp(p) => return next.participants[*p].give_up().then_some(next),
            Do::Deliver(3, message) => next.coordinator.receive(message),
            Do::Deliver(p, message) => next.participants[*p].receive(message),
            Do::Commit => drop(next.sent.insert(next.coordinator.commit()?)),
            Do::Abort => drop(next.sent.insert(next.coordinator.abort()?)),
        }
        Some(next)
    }

    fn view(&self, state: &State) -> Result<Value, ValueError> {
        Mapping::new().set("ready").set("sent").to_value(state)
    }

    fn refuses(&self, state: &State, action: &str) -> Answer {
        if action != "Commit" {
            return Answer::NotAsked;
        }
        let sent = state.coordinator.clone().commit();
        sent.map_or(Answer::Refused, |message| Answer::Granted(format!("sends {message:?}")))
    }
}

pub fn three() -> Result<Press<Cluster>, SpecError> {
    let spec = Spec::from_tlc("specs/TwoPhase.tla", "specs/TwoPhase.cfg")?;
    let done = |it: &Participant| matches!(it.stage(), Stage::Committed | Stage::Aborted);
    Ok(press!(Cluster, spec)
        .invariant("Agreement", |it| !(it.any(Stage::Committed) && it.any(Stage::Aborted)))
        .step_property("DecisionsStay", move |before, after| {
            let mut both = before.participants.iter().zip(&after.participants);
            both.all(|(before, after)| !done(before) || before == after)
        })
        .leads_to("Decided", |_| true, move |state| state.participants.iter().all(done))
        .reaches("SomeoneCommits", |it| it.any(Stage::Committed))
        .weakly_fair("Coordinator", |action| matches!(action, Do::Abort))
        .each_weakly_fair("To", 0..3, |p, action| matches!(action, Do::Deliver(to, _) if to == p)))
}

#[test]
fn two_phase_commit_does_what_its_spec_allows() {
    three().unwrap().run().unwrap().assert();
}
