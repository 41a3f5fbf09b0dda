//! The faults, by name and in words, and those that need more than memory.

use std::ops::ControlFlow;

use serde::Deserialize;

use super::super::buffer::Buffer;
use super::super::memory::Violation;
use super::super::places::{At, PopPlace, PushPlace, UpgradePlace};
use super::FaultyMemory;
use mitregate_mpsc_queue::algorithm::{Popped, Pushed, Step};

/// Faults that queues of this kind have been shipped with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// A producer publishes its message before it has written it. `Write` publishes, and `Publish` writes.
    PublishBeforeWrite,
    /// The consumer takes what is reserved, without looking whether it is published. `Look` finds every
    /// reserved position published.
    TrustHead,
    /// The consumer skips a message that is reserved and not yet published. `Look` finds it published, and
    /// `Take` reads nothing.
    SkipUnpublished,
    /// The consumer frees a slot before it has read it. The read is carried out after the tail has moved,
    /// with the consumer's next `Look`.
    TailBeforeRead,
    /// The consumer leaves the old ring one message early, while a push into it is in flight. `LookNext`
    /// answers for the position after the next.
    RelayEarly,
    /// A producer writes into the ring that it knew, as if the compare-and-swap did not cover the
    /// generation. `ReadDirectory` finds the ring before the one that it asks for.
    IgnoreGeneration,
    /// A producer takes a ticket without comparing. `Reserve` succeeds whatever the head is.
    BlindReserve,
    /// The test for a full ring lets one message too many in. `LoadTail` finds the tail of a full ring one
    /// position further.
    FullOffByOne,
    /// A producer refuses by the capacity of the old ring when a larger one is announced. `LoadTail` does
    /// not see the newer generation.
    StaleFull,
    /// The consumer grows a ring that is exactly half full. `Measure` and `LoadHead` find one message more
    /// in it.
    GrowAtHalf,
    /// The consumer announces a ring before it is in the directory. The entry is made with the consumer's
    /// first access after `Announce`.
    AnnounceBeforeDirectory,
    /// A thread does not check that the word is unchanged before it sleeps. `MarkTail` and `MarkHead`
    /// report success.
    SleepBlindly,
    /// A thread that clears a waiter bit does not wake the waiter.
    ForgetWake,
    /// The compare-and-swap on the head compares no more than the index of a slot.
    CompareIndex,
    /// Growing copies what is published into the larger ring, and leaves the old one at once. `Announce`
    /// copies; from then on the consumer's accesses to the old ring reach the larger one.
    CopyOnGrow,
    /// As [`Fault::AnnounceBeforeDirectory`], and a producer waits until the entry is there.
    SpinForRing,
    /// A pop waits for a producer that has a ticket and has not published its message.
    WaitForProducer,
    /// A consumer that goes does not wait for messages that are being written. `LoadHead` of a closed queue
    /// finds that nothing is reserved.
    GoEarly,
    /// The consumer announces a smaller ring as it does a larger one, and does not turn the head. `TurnHead` does
    /// nothing and succeeds.
    ShrinkByTail,
    /// The consumer turns the head to a smaller ring without comparing. `TurnHead` stores what the head was when it was
    /// read.
    TurnBlindly,
    /// The consumer shrinks a ring however much is in the queue. `Measure` and `MeasureAgain` find nothing in it, and
    /// `TurnHead` compares no position.
    ShrinkCrowded,
    /// A producer knows a ring by its size alone: its number is not compared.
    SizeForRing,
    /// A further producer is not counted. `Join` does nothing.
    UncountedClone,
    /// A consumer that goes leaves what is in the next ring. `LookNext` of a closed queue finds nothing, and `LoadHead`
    /// nothing but what is in the ring before.
    LeaveNextRing,
    /// The consumer does not free the rings that it has left. `FreeRing` does nothing.
    KeepOldRing,
    /// Growth waits until no push is in flight. `WriteDirectory` is put off until all that is reserved is published.
    WaitToGrow,
    /// A pop that is given up after it has taken a message drops it: what is in its basket is not given out.
    CancelledPop,
    /// A weak producer counts itself in though there may be none left. `CountProducers` finds one more than there are, and
    /// `Upgrade` does not compare.
    UpgradeFromNothing,
}

impl Fault {
    /// Every fault.
    pub const ALL: [Fault; 28] = [
        Fault::PublishBeforeWrite,
        Fault::TrustHead,
        Fault::SkipUnpublished,
        Fault::TailBeforeRead,
        Fault::RelayEarly,
        Fault::IgnoreGeneration,
        Fault::BlindReserve,
        Fault::FullOffByOne,
        Fault::StaleFull,
        Fault::GrowAtHalf,
        Fault::AnnounceBeforeDirectory,
        Fault::SleepBlindly,
        Fault::ForgetWake,
        Fault::CompareIndex,
        Fault::CopyOnGrow,
        Fault::SpinForRing,
        Fault::WaitForProducer,
        Fault::GoEarly,
        Fault::ShrinkByTail,
        Fault::TurnBlindly,
        Fault::ShrinkCrowded,
        Fault::SizeForRing,
        Fault::UncountedClone,
        Fault::LeaveNextRing,
        Fault::KeepOldRing,
        Fault::WaitToGrow,
        Fault::CancelledPop,
        Fault::UpgradeFromNothing,
    ];

    /// What an access does with this fault, if it does something else than without.
    pub fn words(self, at: At) -> Option<&'static str> {
        use PopPlace::{Announce, Look, LookNext, MarkHead, Take, WriteDirectory};
        use PushPlace::{MarkTail, Publish, ReadDirectory, Reserve, Write};
        Some(match (self, at) {
            (Fault::PublishBeforeWrite, At::Push(Write)) => "publishes its message",
            (Fault::PublishBeforeWrite, At::Push(Publish)) => "writes its message into the slot",
            (Fault::TrustHead, At::Pop(Look)) => "looks whether the next message is reserved",
            (Fault::SkipUnpublished, At::Pop(Look)) => {
                "looks whether the next message is published, and is to skip it if it is not"
            }
            (Fault::SkipUnpublished, At::Pop(Take)) => {
                "reads the message, or nothing if it is not published"
            }
            (Fault::TailBeforeRead, At::Pop(Take)) => "puts off reading the message",
            (Fault::RelayEarly, At::Pop(LookNext)) => {
                "looks whether the message after the next is in the larger ring"
            }
            (Fault::CopyOnGrow, At::Pop(Announce)) => {
                "copies what is published into the larger ring, and announces that ring by the tail"
            }
            (Fault::IgnoreGeneration, At::Push(ReadDirectory)) => "keeps to the ring that it knew",
            (Fault::BlindReserve, At::Push(Reserve)) => "stores the head, to take a ticket",
            (Fault::CompareIndex, At::Push(Reserve)) => {
                "compares the slot of the head and swaps the head, to take a ticket"
            }
            (Fault::AnnounceBeforeDirectory | Fault::SpinForRing, At::Pop(WriteDirectory)) => {
                "puts off entering it into the directory"
            }
            (Fault::KeepOldRing, At::Pop(PopPlace::FreeRing)) => {
                "goes on to the next ring, and keeps the old one"
            }
            (Fault::WaitToGrow, At::Pop(WriteDirectory)) => {
                "waits until no push is in flight, and enters it into the directory"
            }
            (Fault::SleepBlindly, At::Push(MarkTail) | At::Pop(MarkHead)) => {
                "goes to sleep, whether or not it could set the waiter bit"
            }
            (Fault::ShrinkByTail, At::Pop(PopPlace::TurnHead)) => "leaves the head as it is",
            (Fault::TurnBlindly, At::Pop(PopPlace::TurnHead)) => {
                "stores the head that it has read, turned to the next ring"
            }
            (Fault::ShrinkCrowded, At::Pop(PopPlace::Measure | PopPlace::MeasureAgain)) => {
                "takes the queue for empty"
            }
            (Fault::ShrinkCrowded, At::Pop(PopPlace::TurnHead)) => {
                "turns the head to the next ring, whatever its position"
            }
            (Fault::SizeForRing, At::Push(Reserve)) => {
                "compares and swaps the head but for the number of its ring, to take a ticket"
            }
            (Fault::LeaveNextRing, At::Pop(LookNext)) => {
                "looks whether it is in the next ring, unless the queue is closed"
            }
            (Fault::UpgradeFromNothing, At::Upgrade(UpgradePlace::Count)) => {
                "counts itself in, however many producers there are"
            }
            (Fault::CancelledPop, At::Pop(PopPlace::StoreTail)) => {
                "moves the tail, and is given up before it gives the message out"
            }
            (Fault::GoEarly, At::Pop(PopPlace::LoadHead)) => {
                "looks whether the queue is closed, and takes it for empty if it is"
            }
            (Fault::ForgetWake, At::Push(PushPlace::Wake) | At::Pop(PopPlace::Wake)) => {
                "forgets to wake"
            }
            _ => return None,
        })
    }

    /// The result of a producer's step. A push that spins for its ring stays where it is.
    pub(in super::super) fn after_push(
        fault: Option<Fault>,
        result: Result<Step<Pushed>, Violation>,
    ) -> Result<Step<Pushed>, Violation> {
        match (fault, result) {
            (Some(Fault::SpinForRing), Err(Violation::NoEntry { .. })) => {
                Ok(Step { linearised: None, flow: ControlFlow::Continue(()) })
            }
            (_, result) => result,
        }
    }

    /// What a pop gives out that has these messages.
    pub(in super::super) fn given(fault: Option<Fault>, messages: Buffer) -> Buffer {
        if fault == Some(Fault::CancelledPop) { Buffer::default() } else { messages }
    }

    /// Whether the consumer cannot take its next step yet.
    pub(in super::super) fn waits(fault: Option<Fault>, at: At, memory: &FaultyMemory) -> bool {
        fault == Some(Fault::WaitToGrow)
            && at == At::Pop(PopPlace::WriteDirectory)
            && memory.is_being_written()
    }

    /// Whether the pop that ends with this step has to begin again: it waits for a producer.
    pub(in super::super) fn begins_again(
        fault: Option<Fault>,
        at: At,
        flow: ControlFlow<Popped>,
    ) -> bool {
        fault == Some(Fault::WaitForProducer)
            && at == At::Pop(PopPlace::LoadHead)
            && flow == ControlFlow::Break(Popped::Pending)
    }
}
