//! How the real queue refines the spec: the spec's actions of each step at its linearisation point, and
//! requests that the code has to refuse.

use std::borrow::Cow;

use super::faulty::Fault;
use super::laws;
use super::spec::{Action, Spec, State};
use super::system::{self, System};
use super::system_laws::POP_ACCESSES;
use super::threads::{Consumer, Popping, SystemState};
use mitregate::check::Interned;
use mitregate::check::miter::{Answer, Refinement};
use mitregate_mpsc_queue::algorithm::{Linearised, OnEmpty, Pop};

/// Connects the system with the spec.
#[derive(Clone, Copy, Debug)]
pub struct QueueRefinement;

impl Refinement for QueueRefinement {
    type Code = System;
    type Spec = Spec;

    fn project<'a>(&self, _: &System, state: &'a SystemState) -> Cow<'a, State> {
        Cow::Borrowed(state.stands_for.get())
    }

    fn projection(&self, _: &System, state: &SystemState) -> Option<Interned<State>> {
        Some(state.stands_for)
    }

    /// A batch takes effect in one step, which is several of the spec's: laws about its single steps are for
    /// the miter, which takes a batch to pieces.
    fn lifts(&self, code: &System, law: &str) -> bool {
        let is_about_one_step = [laws::DEQUEUE_TAKES_FIRST, laws::ENQUEUE_ADDS_AT_END];
        code.environment.batch.get() == 1 || !is_about_one_step.contains(&law)
    }

    /// What [`Step::linearised`](mitregate_mpsc_queue::algorithm::Step::linearised) says, in the
    /// actions of the spec. A growth is announced in one step, so it begins and is complete at once.
    fn spec_actions(
        &self,
        code: &System,
        before: &SystemState,
        action: &system::Action,
        _: &SystemState,
    ) -> Vec<Action> {
        code.step(before, *action).map(|(_, performed)| performed.to_vec()).unwrap_or_default()
    }

    /// Asks a consumer that is between two pops for a message, and looks whether it takes one, or grows or
    /// shrinks the queue. For all else that the spec does not allow there is no handle: a producer that has not joined
    /// has none, and the consumer's cannot be cloned.
    fn request(&self, code: &System, state: &SystemState, request: &Action) -> Answer {
        match request {
            Action::ConsumerDequeue => ask(
                code,
                state,
                |it| matches!(it, Linearised::Dequeue(_)),
                "a message leaves the queue",
            ),
            Action::ConsumerResize => {
                ask(code, state, |it| matches!(it, Linearised::Resize), "the queue grows")
            }
            Action::ConsumerShrink => {
                ask(code, state, |it| matches!(it, Linearised::Shrink), "the queue shrinks")
            }
            _ => Answer::NotAsked,
        }
    }
}

/// Runs a pop alone and looks for an effect before any other.
fn ask(code: &System, state: &SystemState, is_it: fn(Linearised) -> bool, what: &str) -> Answer {
    let idle = state.consumers.iter().find_map(|consumer| match consumer {
        Consumer::Here { state, doing: Popping::Nothing, .. } => Some(*state),
        _ => None,
    });
    let Some(mut consumer) = idle.filter(|_| state.trouble.is_none()) else {
        return Answer::NotAsked;
    };
    let mut memory = state.memory.get().clone();
    // What a fault has delayed is not of this pop.
    if memory.complete().is_err() {
        return Answer::NotAsked;
    }
    let before = memory.clone();
    let mut pop = Pop::new(None, OnEmpty::Report);
    for _ in 0..POP_ACCESSES {
        let at = pop.at().into();
        let Ok(step) = pop.step(&mut consumer, &mut memory) else {
            return Answer::Granted("it makes an access that it must not make".to_owned());
        };
        match step.linearised {
            Some(effect) if is_it(effect) => return Answer::Granted(what.to_owned()),
            Some(_) => return Answer::Refused,
            None => {}
        }
        if Fault::begins_again(code.environment.fault, at, step.flow) {
            pop = Pop::new(None, OnEmpty::Report);
        } else if step.flow.is_break() {
            let same = memory == before;
            return if same {
                Answer::Refused
            } else {
                Answer::Granted("it leaves other memory behind".to_owned())
            };
        }
    }
    Answer::Granted(format!("it does not end within {POP_ACCESSES} accesses"))
}
