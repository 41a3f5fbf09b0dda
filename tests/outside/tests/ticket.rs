//! The ticket lock against `specs/Ticket.tla`.

use std::cell::Cell;

use mitregate::press;
use mitregate::press::{Answer, Code, Press, Spec, SpecError, Value, ValueError, to_value};
use outside::ticket::{Turn, Words};

const TICKETS: u32 = 4;

/// Three processes, any of which may take its next step.
pub struct Processes;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct State {
    next: u32,
    serving: u32,
    turns: [Turn; 3],
}

/// A process takes a step.
#[derive(Clone, Debug, PartialEq)]
pub struct Step(usize);

/// Plain words in place of atomics.
struct Plain(Cell<u32>, Cell<u32>);

impl Words for Plain {
    fn draw(&self) -> u32 {
        self.0.replace(self.0.get() + 1)
    }

    fn serving(&self) -> u32 {
        self.1.get()
    }

    fn serve_next(&self) {
        self.1.set(self.1.get() + 1);
    }
}

impl Code for Processes {
    type State = State;
    type Action = Step;

    fn initial(&self) -> Vec<State> {
        vec![State { next: 0, serving: 0, turns: [Turn::Outside; 3] }]
    }

    fn actions(&self, state: &State) -> Vec<Step> {
        let may_step = |&p: &usize| state.turns[p] != Turn::Outside || state.next < TICKETS;
        (0..3).filter(may_step).map(Step).collect()
    }

    fn step(&self, state: &State, &Step(p): &Step) -> Option<State> {
        let words = Plain(state.next.into(), state.serving.into());
        let mut turns = state.turns;
        turns[p].step(&words).then(|| State { next: words.0.get(), serving: words.1.get(), turns })
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
            Turn::Inside => state.serving,
        });
        Ok(Value::record([
            ("next", to_value(&state.next)?),
            ("serving", to_value(&state.serving)?),
            ("at", to_value(&at)?),
            ("mine", to_value(&mine)?),
        ]))
    }

    fn refuses(&self, state: &State, action: &str) -> Answer {
        let waits = |p: &usize| action == "Enter" && matches!(state.turns[*p], Turn::Waiting(_));
        let Some(p) = (0..3).find(waits) else { return Answer::NotAsked };
        let enters = (p..3).filter(waits).find(|&p| self.step(state, &Step(p)).is_some());
        enters.map_or(Answer::Refused, |p| Answer::Granted(format!("process {} enters", p + 1)))
    }
}

pub fn four() -> Result<Press<Processes>, SpecError> {
    let spec = Spec::from_tlc("specs/Ticket.tla", "specs/Ticket.cfg")?;
    let inside = |state: &State| state.turns.iter().filter(|&&turn| turn == Turn::Inside).count();
    Ok(press!(Processes, spec)
        .invariant("MutualExclusion", move |state| inside(state) <= 1)
        .step_property("ServedInOrder", |before, after| after.serving - before.serving <= 1)
        .leads_to(
            "WhoWaitsEnters",
            |state| matches!(state.turns[0], Turn::Waiting(_)),
            |state| state.turns[0] == Turn::Inside,
        )
        .weakly_fair("First", |step| step.0 == 0)
        .weakly_fair("Second", |step| step.0 == 1)
        .weakly_fair("Third", |step| step.0 == 2)
        .expect_complete())
}

#[test]
fn the_lock_does_what_its_spec_allows_and_all_of_it() {
    four().unwrap().run().unwrap().assert();
}
