//! Faults: one guard taken out, or one thing forgotten, so that exactly one law fails first.

use serde::Deserialize;

/// A deliberate fault in the spec.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fault {
    /// Producers attempt one message more than there may be.
    OneMessageTooMany,
    /// A producer stamps a message with the number of the one before.
    OrdinalReused,
    /// A message is put into a queue that is full.
    EnqueueWhenFull,
    /// A dropped message is not counted.
    DropNotCounted,
    /// The ring grows, but keeps its generation.
    GenerationKept,
    /// The consumer stops in the middle of growing the ring.
    StopWhileResizing,
    /// A second consumer starts beside the first.
    SecondConsumer,
    /// The consumer takes the newest message.
    DequeueNewest,
    /// A message overtakes those of other producers.
    Overtaking,
    /// The end of a resize puts the ring back to what it was.
    ResizeUndone,
    /// The ring shrinks while there is more in the queue than half of the smaller one.
    ShrinkWhenCrowded,
    /// The ring shrinks, but keeps its generation.
    ShrinkKeepsGeneration,
    /// The ring shrinks by a slot.
    ShrinkByOne,
}

impl Fault {
    /// The faults, each with the law that fails first.
    pub const OF_LAWS: [(Fault, &'static str); 13] = [
        (Fault::OneMessageTooMany, "TypeInvariant"),
        (Fault::OrdinalReused, "FIFOOrdering"),
        (Fault::EnqueueWhenFull, "BoundedCapacity"),
        (Fault::DropNotCounted, "MessageConservation"),
        (Fault::GenerationKept, "ABAProtection"),
        (Fault::StopWhileResizing, "ResizeSafety"),
        (Fault::SecondConsumer, "SingleConsumer"),
        (Fault::DequeueNewest, "DequeueTakesFirst"),
        (Fault::Overtaking, "EnqueueAddsAtEnd"),
        (Fault::ResizeUndone, "GenerationNeverFalls"),
        (Fault::ShrinkWhenCrowded, "ShrinksOnlyWhenQuiet"),
        (Fault::ShrinkKeepsGeneration, "NewRingNewGeneration"),
        (Fault::ShrinkByOne, "CapacityIsARing"),
    ];
}
