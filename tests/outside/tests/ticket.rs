//! The ticket lock against `specs/Ticket.tla`.

use mitregate::press::{Answer, Code, Press, Spec, SpecError, Value, ValueError, to_value};
use mitregate::{press, record};
use outside::ticket::{TicketLock, Turn};

const TICKETS: u32 = 4;

/// Three threads, any of which may take its next step.
pub struct Threads;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    words: (u32, u32),
    turns: [Turn; 3],
}

/// A thread takes a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step(usize);

impl Code for Threads {
    type State = State;
    type Action = Step;

    fn initial(&self) -> Vec<State> {
        vec![State { words: (0, 0), turns: [Turn::Outside; 3] }]
    }

    fn actions(&self, state: &State) -> Vec<Step> {
        let may_step = |&p: &usize| state.turns[p] != Turn::Outside || state.words.0 < TICKETS;
        (0..3).filter(may_step).map(Step).collect()
    }

    fn step(&self, state: &State, &Step(p): &Step) -> Option<State> {
        let lock = TicketLock::new(state.words.0, state.words.1);
        let mut turns = state.turns;
        turns[p].step(&lock).then(|| State { words: lock.words(), turns })
    }

    fn view(&self, state: &State) -> Result<Value, ValueError> {
        let at = state.turns.map(|turn| match turn {
            Turn::Outside => "outside",
            Turn::Waiting(_) => "waiting",
            Turn::Inside => "inside",
        });
        let mine = state.turns.map(|turn| match turn {
            Turn::Outside => 0,
            Turn::Waiting(ticket) => ticket,
            Turn::Inside => state.words.1,
        });
        Ok(record! {
            at: to_value(&at)?,
            mine: to_value(&mine)?,
            next: state.words.0,
            serving: state.words.1,
        })
    }

    fn refuses(&self, state: &State, action: &str) -> Answer {
        let waits = |p: &usize| action == "Enter" && matches!(state.turns[*p], Turn::Waiting(_));
        let Some(first) = (0..3).find(waits) else { return Answer::NotAsked };
        let enters = (first..3).filter(waits).find(|&p| self.step(state, &Step(p)).is_some());
        enters.map_or(Answer::Refused, |p| Answer::Granted(format!("thread {} enters", p + 1)))
    }
}

pub fn four() -> Result<Press<Threads>, SpecError> {
    let spec = Spec::from_tlc("specs/Ticket.tla", "specs/Ticket.cfg")?;
    let inside = |state: &State| state.turns.iter().filter(|&&turn| turn == Turn::Inside).count();
    Ok(press!(Threads, spec)
        .invariant("MutualExclusion", move |state| inside(state) <= 1)
        .step_property("ServedInOrder", |before, after| after.words.1 - before.words.1 <= 1)
        .leads_to(
            "WhoWaitsEnters",
            |state| matches!(state.turns[0], Turn::Waiting(_)),
            |state| state.turns[0] == Turn::Inside,
        )
        .each_weakly_fair("Thread", 0..3, |&p, step| step.0 == p)
        .expect_complete())
}

#[test]
fn the_lock_does_what_its_spec_allows_and_all_of_it() {
    four().unwrap().run().unwrap().assert();
}
