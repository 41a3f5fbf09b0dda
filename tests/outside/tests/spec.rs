//! The lock against `specs/Ticket.tla`, by the graph that TLC wrote of it:
//!
//! ```sh
//! cd specs && java -cp tla2tools.jar tlc2.TLC -deadlock -dump dot,actionlabels Ticket.dot Ticket
//! ```

use std::cell::Cell;

use mitregate::press;
use mitregate::press::{Code, Spec};
use mitregate::tla::value::{Value, ValueError};
use ticket_lock::{Turn, Words};

const TICKETS: u32 = 4;

/// Three processes, any of which may take its next step.
struct Processes;

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct State {
    next: u32,
    serving: u32,
    turns: [Turn; 3],
}

/// A process takes a step.
#[derive(Clone, Debug, PartialEq)]
struct Step(usize);

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
        let (at, mine): (Vec<_>, Vec<_>) = (state.turns.iter())
            .map(|turn| match *turn {
                Turn::Outside => (Value::from("outside"), 0),
                Turn::Waiting(ticket) => (Value::from("waiting"), ticket),
                Turn::Inside => (Value::from("inside"), state.serving),
            })
            .unzip();
        Ok(Value::record([
            ("next", Value::Int(state.next.into())),
            ("serving", Value::Int(state.serving.into())),
            ("at", Value::seq(at)),
            ("mine", Value::seq(mine.into_iter().map(|ticket| Value::Int(ticket.into())))),
        ]))
    }
}

#[test]
fn the_lock_does_what_its_spec_allows_and_all_of_it() {
    let spec = Spec::read("specs/Ticket.dot").unwrap();
    let inside = |state: &State| state.turns.iter().filter(|&&turn| turn == Turn::Inside).count();
    press!(Processes, spec)
        .invariant("MutualExclusion", move |state| inside(state) <= 1)
        .step_property("TicketsAreServedInOrder", |before, after| {
            after.serving == before.serving || after.serving == before.serving + 1
        })
        .leads_to(
            "WhoWaitsEnters",
            |state| matches!(state.turns[0], Turn::Waiting(_)),
            |state| state.turns[0] == Turn::Inside,
        )
        .weakly_fair("First", |step| step.0 == 0)
        .weakly_fair("Second", |step| step.0 == 1)
        .weakly_fair("Third", |step| step.0 == 2)
        .expect_complete()
        .save(env!("CARGO_TARGET_TMPDIR"))
        .run()
        .unwrap()
        .assert();
}
