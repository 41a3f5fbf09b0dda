//! Where in an operation a thread is, by name: the classes of the system's actions.

use serde::Deserialize;

use mitregate_mpsc_queue::algorithm::{CloseAt, LeaveAt, PopAt, PushAt, UpgradeAt};

/// A thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thread {
    /// The thread that makes the queue.
    Maker,
    /// A producer, by number.
    Producer(u8),
    /// A consumer; there is another than 0 only by misuse.
    Consumer(u8),
}

/// The next access of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum At {
    /// The queue is made, with this producer and a consumer. Nothing is shared before.
    Open(u8),
    /// A second consumer is made, by misuse.
    OpenAgain,
    /// A producer makes this one.
    Join(u8),
    /// An access of a push.
    Push(PushPlace),
    /// An access of a leaving producer.
    Leave(LeavePlace),
    /// An access of a pop.
    Pop(PopPlace),
    /// An access of a closing consumer.
    Close(ClosePlace),
    /// As `Close`, and the consumer goes for good.
    Drop(ClosePlace),
    /// An access of a weak producer that becomes a producer.
    Upgrade(UpgradePlace),
}

macro_rules! places {
    ($(#[$doc:meta])* $kind:ident: $($place:ident $name:literal $words:literal),* $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)] // The words say it.
        pub enum $kind {
            $($place),*
        }

        impl $kind {
            /// Every place.
            pub const ALL: &'static [$kind] = &[$($kind::$place),*];

            /// Its name in reports; no two kinds share one.
            pub const fn name(self) -> &'static str {
                match self { $($kind::$place => $name),* }
            }

            /// What the access does.
            pub const fn words(self) -> &'static str {
                match self { $($kind::$place => $words),* }
            }
        }
    };
}

places! {
    /// The places of [`PushAt`].
    PushPlace:
    Reserve "Reserve" "compares and swaps the head, to take a ticket",
    LoadTail "LoadTail" "reads the tail, as there seems to be no room",
    Turn "Turn" "compares and swaps the head, to turn it to the next ring",
    ReadDirectory "ReadDirectory" "looks up the ring of its ticket",
    Write "Write" "writes its message into the slot",
    Publish "Publish" "publishes its message",
    Wake "WakeConsumer" "wakes the consumer",
    CountDropped "CountDropped" "counts a dropped message",
    Ask "Ask" "requests the consumer to check for waiters",
    MarkTail "MarkTail" "compares and swaps the tail, to set the waiter bit",
}

places! {
    /// The places of [`LeaveAt`].
    LeavePlace:
    Count "LeaveCount" "leaves",
    Head "LeaveClose" "was the last one, and closes the queue",
    Wake "LeaveWake" "was the last one, and wakes the consumer",
}

places! {
    /// The places of [`PopAt`].
    PopPlace:
    Look "Look" "looks whether the next message is there",
    LookNext "LookNext" "looks whether it is in the next ring",
    FreeRing "FreeRing" "frees the old ring",
    Measure "Measure" "reads the head, to see how full the ring is",
    LoadHead "LoadHead" "reads the head, to see whether the queue is empty",
    Allocate "Allocate" "makes another ring",
    AllocateInVain "AllocateInVain" "finds no memory for another ring",
    WriteDirectory "WriteDirectory" "enters it into the directory",
    Announce "Announce" "announces it by the tail",
    MeasureAgain "MeasureAgain" "reads the head, to see whether a smaller ring still does",
    TurnHead "TurnHead" "compares and swaps the head, to turn it to the next ring",
    FreeSpare "FreeSpare" "frees the smaller ring, as it is not to be used",
    Take "Take" "reads the message",
    StoreTail "StoreTail" "moves the tail, which frees the slot",
    Wake "WakeProducers" "wakes producers",
    MarkHead "MarkHead" "compares and swaps the head, to set the waiter bit",
}

places! {
    /// The places of [`CloseAt`].
    ClosePlace:
    Head "CloseHead" "closes the head",
    Tail "CloseTail" "closes the tail",
    Wake "CloseWake" "wakes producers, as the queue is closed",
}

places! {
    /// The places of [`UpgradeAt`].
    UpgradePlace:
    Look "UpgradeLook" "looks whether there is a producer",
    Count "UpgradeCount" "counts itself in, if there are still so many producers",
}

impl From<UpgradeAt> for At {
    fn from(at: UpgradeAt) -> At {
        At::Upgrade(match at {
            UpgradeAt::Look => UpgradePlace::Look,
            UpgradeAt::Count { .. } => UpgradePlace::Count,
        })
    }
}

impl From<PushAt> for At {
    fn from(at: PushAt) -> At {
        At::Push(match at {
            PushAt::Reserve { .. } => PushPlace::Reserve,
            PushAt::LoadTail { .. } => PushPlace::LoadTail,
            PushAt::Turn { .. } => PushPlace::Turn,
            PushAt::ReadDirectory(_) => PushPlace::ReadDirectory,
            PushAt::Write(_) => PushPlace::Write,
            PushAt::Publish(_) => PushPlace::Publish,
            PushAt::Wake(_) => PushPlace::Wake,
            PushAt::CountDropped => PushPlace::CountDropped,
            PushAt::Ask => PushPlace::Ask,
            PushAt::MarkTail { .. } => PushPlace::MarkTail,
        })
    }
}

impl From<LeaveAt> for At {
    fn from(at: LeaveAt) -> At {
        At::Leave(match at {
            LeaveAt::Count => LeavePlace::Count,
            LeaveAt::Head => LeavePlace::Head,
            LeaveAt::Wake => LeavePlace::Wake,
        })
    }
}

impl<R> From<PopAt<R>> for At {
    fn from(at: PopAt<R>) -> At {
        At::Pop(match at {
            PopAt::Look { .. } => PopPlace::Look,
            PopAt::LookNext => PopPlace::LookNext,
            PopAt::FreeRing => PopPlace::FreeRing,
            PopAt::Measure => PopPlace::Measure,
            PopAt::LoadHead => PopPlace::LoadHead,
            PopAt::Allocate(..) => PopPlace::Allocate,
            PopAt::WriteDirectory(..) => PopPlace::WriteDirectory,
            PopAt::Announce(..) => PopPlace::Announce,
            PopAt::MeasureAgain(_) => PopPlace::MeasureAgain,
            PopAt::TurnHead { .. } => PopPlace::TurnHead,
            PopAt::FreeSpare(_) => PopPlace::FreeSpare,
            PopAt::Take { .. } => PopPlace::Take,
            PopAt::StoreTail { .. } => PopPlace::StoreTail,
            PopAt::Wake(_) => PopPlace::Wake,
            PopAt::MarkHead { .. } => PopPlace::MarkHead,
        })
    }
}

impl From<CloseAt> for ClosePlace {
    fn from(at: CloseAt) -> ClosePlace {
        match at {
            CloseAt::Head => ClosePlace::Head,
            CloseAt::Tail => ClosePlace::Tail,
            CloseAt::Wake => ClosePlace::Wake,
        }
    }
}

impl At {
    /// Its name in reports: that of its class.
    pub fn name(self) -> &'static str {
        match self {
            At::Open(_) | At::OpenAgain => "Open",
            At::Join(_) => "Join",
            At::Push(place) => place.name(),
            At::Leave(place) => place.name(),
            At::Pop(place) => place.name(),
            At::Close(place) | At::Drop(place) => place.name(),
            At::Upgrade(place) => place.name(),
        }
    }

    /// Every place, without the arguments that some have: one of each class.
    pub fn all() -> impl Iterator<Item = At> {
        [At::Open(0), At::Join(0)]
            .into_iter()
            .chain(PushPlace::ALL.iter().map(|it| At::Push(*it)))
            .chain(LeavePlace::ALL.iter().map(|it| At::Leave(*it)))
            .chain(PopPlace::ALL.iter().map(|it| At::Pop(*it)))
            .chain(ClosePlace::ALL.iter().map(|it| At::Close(*it)))
            .chain(UpgradePlace::ALL.iter().map(|it| At::Upgrade(*it)))
    }

    /// Its place among [`At::all`].
    pub fn number(self) -> usize {
        let pushes = 2;
        let leaves = pushes + PushPlace::ALL.len();
        let pops = leaves + LeavePlace::ALL.len();
        let closes = pops + PopPlace::ALL.len();
        let upgrades = closes + ClosePlace::ALL.len();
        match self {
            At::Open(_) | At::OpenAgain => 0,
            At::Join(_) => 1,
            At::Push(place) => pushes + place as usize,
            At::Leave(place) => leaves + place as usize,
            At::Pop(place) => pops + place as usize,
            At::Close(place) | At::Drop(place) => closes + place as usize,
            At::Upgrade(place) => upgrades + place as usize,
        }
    }
}

/// The places that threads can come to in a scenario, as classes of actions.
#[derive(Clone, Debug)]
pub struct Classes {
    names: Vec<&'static str>,
    // The class of each place, by its number.
    class: Vec<usize>,
}

impl Classes {
    /// The places of which `happens` is true.
    pub fn new(happens: impl Fn(At) -> bool) -> Classes {
        let mut classes = Classes { names: Vec::new(), class: Vec::new() };
        for at in At::all() {
            // What should never happen is counted with the first class if it does.
            let number = if happens(at) { classes.names.len() } else { 0 };
            classes.class.push(number);
            if happens(at) {
                classes.names.push(at.name());
            }
        }
        classes
    }

    /// Their names.
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// The class of a place: an index into [`Classes::names`].
    pub fn of(&self, at: At) -> usize {
        self.class.get(at.number()).copied().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_place_is_in_the_class_of_its_name() {
        let classes = Classes::new(|_| true);
        let drops = ClosePlace::ALL.iter().map(|it| At::Drop(*it));
        for at in At::all().chain(drops).chain([At::OpenAgain, At::Open(2), At::Join(1)]) {
            assert_eq!(classes.names()[classes.of(at)], at.name());
        }
        let distinct: std::collections::BTreeSet<_> = classes.names().iter().collect();
        assert_eq!(distinct.len(), classes.names().len());
    }

    #[test]
    fn classes_are_those_of_places_that_happen() {
        let classes = Classes::new(|at| matches!(at, At::Open(_) | At::Pop(_)));
        assert_eq!(classes.names().len(), 1 + PopPlace::ALL.len());
        assert_eq!(classes.names()[classes.of(At::Pop(PopPlace::Take))], "Take");
    }
}
