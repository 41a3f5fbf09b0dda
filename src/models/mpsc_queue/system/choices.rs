//! Which steps there are: what threads may do next.

use super::{Action, System};
use crate::mpsc_queue::batch::Load;
use crate::mpsc_queue::environment::Leaves;
use crate::mpsc_queue::places::{At, ClosePlace, LeavePlace, PopPlace, Thread, UpgradePlace};
use crate::mpsc_queue::spec::Message;
use crate::mpsc_queue::threads::{Consumer, Popping, Producer, Pushing, SystemState};
use mitregate_mpsc_queue::algorithm::{Push, PushAt};

impl System {
    /// Whether there will be no further message for a producer.
    pub(super) fn is_out_of_messages(&self, state: &SystemState, p: u8) -> bool {
        let spec = &state.stands_for;
        let all = self.environment.share(p).is_some_and(|share| spec.sent[usize::from(p)] >= share);
        all || spec.messages_sent() >= self.constants().max_messages
    }

    /// What a producer would push now, if it has something.
    pub fn next_load(&self, state: &SystemState, p: u8) -> Option<Load> {
        let sent = state.stands_for.sent[usize::from(p)];
        // Those under way count as well, or there could be too many in the end.
        let others = (0..).zip(&state.producers).filter(|(q, _)| *q != p);
        let under_way: u8 = others.map(|(_, producer)| undecided(producer)).sum();
        let begun = state.stands_for.messages_sent() + under_way;
        let left = self.constants().max_messages.saturating_sub(begun);
        let own = self.environment.share(p).map_or(left, |share| share.saturating_sub(sent));
        let count = self.environment.batch.get().min(left).min(own);
        let first = Message { producer: p, ordinal: sent + 1 };
        (count > 0).then_some(Load { first, count })
    }

    pub(super) fn may_leave(&self, producer: &Producer) -> bool {
        match self.environment.leaves {
            Leaves::Never => false,
            Leaves::AtEnd => *producer == Producer::Finished,
            Leaves::AnyTime => true,
        }
    }

    pub(super) fn actions_of_producer(
        &self,
        state: &SystemState,
        p: u8,
        actions: &mut Vec<Action>,
    ) {
        let thread = Thread::Producer(p);
        let producer = &state.producers[usize::from(p)];
        if self.environment.weak && *producer == Producer::Away {
            actions.push(Action { thread, at: At::Upgrade(UpgradePlace::Look) });
            return;
        }
        if let Some(at) = producer.at() {
            if !self.is_stopped(p, at) {
                actions.push(Action { thread, at });
            }
            return;
        }
        if producer.is_asleep() && !self.environment.spurious_wakeups {
            return;
        }
        if let Producer::Here { state: own, .. } = producer {
            if let Some(load) = self.next_load(state, p) {
                let push = Push::new(own, load, self.environment.on_full());
                let at = push.at().into();
                if !self.is_stopped(p, at) {
                    actions.push(Action { thread, at });
                }
            }
            if self.environment.joins {
                let away = self.away(state);
                actions.extend(away.map(|who| Action { thread, at: At::Join(who) }));
            }
        }
        let has_handle = matches!(producer, Producer::Here { .. } | Producer::Finished);
        if has_handle && self.may_leave(producer) {
            actions.push(Action { thread, at: At::Leave(LeavePlace::Count) });
        }
    }

    /// Whether a producer has stopped for ever.
    fn is_stopped(&self, p: u8, at: At) -> bool {
        p == 0 && self.environment.stops_at.is_some_and(|place| at == At::Push(place))
    }

    pub(super) fn actions_of_consumer(
        &self,
        state: &SystemState,
        c: u8,
        actions: &mut Vec<Action>,
    ) {
        let thread = Thread::Consumer(c);
        let consumer = &state.consumers[usize::from(c)];
        if let Some(at) = consumer.at() {
            actions.push(Action { thread, at });
            if at == At::Pop(PopPlace::Allocate) && self.environment.allocation_fails {
                actions.push(Action { thread, at: At::Pop(PopPlace::AllocateInVain) });
            }
            return;
        }
        let Consumer::Here { state: own, doing, dropping, .. } = consumer else { return };
        if consumer.is_asleep() && !self.environment.spurious_wakeups {
            return;
        }
        if *doing != Popping::Told {
            actions.push(Action { thread, at: At::Pop(PopPlace::Look) });
            if self.environment.closes && !*dropping && !own.tail().is_closed() {
                actions.push(Action { thread, at: At::Close(ClosePlace::Head) });
            }
        }
        if self.environment.stops && !*dropping {
            actions.push(Action { thread, at: At::Drop(ClosePlace::Head) });
        }
    }

    /// The producers that have not joined.
    pub(super) fn away(&self, state: &SystemState) -> impl Iterator<Item = u8> {
        let is_away = |p: &u8| state.producers[usize::from(*p)] == Producer::Away;
        self.constants().producer_numbers().filter(is_away)
    }
}

/// How many messages a producer pushes of which it is not decided whether they count as attempts.
fn undecided(producer: &Producer) -> u8 {
    match producer {
        Producer::Here { doing: Pushing::Asleep, .. } => 1,
        Producer::Here { doing: Pushing::Push(push), .. } => match push.at() {
            PushAt::Reserve { .. }
            | PushAt::LoadTail { .. }
            | PushAt::Turn { .. }
            | PushAt::Ask
            | PushAt::MarkTail { .. } => push.into_cargo().count,
            _ => 0,
        },
        _ => 0,
    }
}
