//! The list of bugs.

/// A way to break a queue.
#[derive(Clone, Copy, Debug)]
pub struct Bug {
    /// Its name on the command line.
    pub name: &'static str,
    /// The scenario in which it is found.
    pub scenario: &'static str,
    /// What is broken, in a sentence.
    pub what: &'static str,
    /// What comes of it, and what the sound queue does instead.
    pub instead: &'static str,
}

/// All bugs. Those that queues are shipped with most come first.
pub const BUGS: [Bug; 30] = [
    Bug {
        name: "head-before-write",
        scenario: "fault_trust_head",
        what: "The head is moved before the slot is written, and the consumer takes what is before the head.",
        instead: "The consumer reads a slot that is not written yet. A slot needs a flag of its own that says \
            that its message is there: here, a sequence number, stored after the message.",
    },
    Bug {
        name: "publish-before-write",
        scenario: "fault_publish_before_write",
        what: "A producer publishes its message before it has written it.",
        instead: "The consumer finds the sequence number and reads a slot without a message. On a machine that reorders \
            stores this is what a relaxed store of the sequence number comes to.",
    },
    Bug {
        name: "copying-resize",
        scenario: "fault_copy_on_grow",
        what: "Growing copies what is there into the larger ring and leaves the old one, while a push into \
            that is in flight. Even a copy that takes no time does not help.",
        instead: "The message is published in a ring in which the consumer does not look any more: it is lost. Here nothing is \
            copied, and the consumer leaves a ring when it has found the first message in the next.",
    },
    Bug {
        name: "old-ring-freed",
        scenario: "fault_relay_early",
        what: "The consumer leaves the old ring and frees it one message early, while the push of that one is in flight.",
        instead: "The producer writes into memory that is not the queue's any more. A ticket is a lease: as long as one \
            of the old ring is out, the ring stays.",
    },
    Bug {
        name: "stale-generation",
        scenario: "fault_ignore_generation",
        what: "A stale compare-and-swap without a generation (ABA): the position is what the producer thinks it is, \
            and the ring is another by now.",
        instead: "It writes into the slot of the ring that it knew, over a message of another producer. Here head and \
            generation are one word, so that a ticket belongs to one ring.",
    },
    Bug {
        name: "stale-lap",
        scenario: "fault_compare_index",
        what: "A stale compare-and-swap without a lap (ABA): the head is back at the same slot of the ring, and the \
            producer takes that for the same head.",
        instead: "The head goes back by a lap. Here positions count all messages that there ever were, modulo 2^48.",
    },
    Bug {
        name: "stopped-resize",
        scenario: "fault_stops_while_growing",
        what: "Growing takes two steps, between which producers wait, and the consumer stops there for ever.",
        instead: "Producers spin for ever: a single stopped thread stops all. Here a larger ring is announced in one \
            step, when all is ready, and a consumer that stops anywhere stops no push.",
    },
    Bug {
        name: "waiting-growth",
        scenario: "fault_waits_to_grow",
        what: "Growth waits until no push is in flight, and a producer stops for ever in the middle of one.",
        instead: "The consumer waits for ever with a ring in its hands, though there are messages for it to take. Here pushes into the \
            old ring go on beside growth.",
    },
    Bug {
        name: "waiting-pop",
        scenario: "fault_waits_for_producer",
        what: "A pop that finds a reserved slot without a message waits until the producer has published it, and that \
            producer stops for ever.",
        instead: "The consumer spins for ever, and cannot even say so. Here such a pop ends, and says that a message is \
            on its way.",
    },
    Bug {
        name: "slot-given-back",
        scenario: "fault_tail_before_read",
        what: "The consumer moves the tail before it has read the slot.",
        instead: "A producer may write there first. The tail has to be moved last.",
    },
    Bug {
        name: "leaked-ring",
        scenario: "fault_keep_old_ring",
        what: "The consumer goes on to the next ring and does not free the one that it leaves.",
        instead: "Each growth leaks a ring. Here it frees the ring when it has found the first message in the next: by then nobody has a \
            ticket for the old one.",
    },
    Bug {
        name: "two-consumers",
        scenario: "fault_two_poppers",
        what: "The consumer's handle is open to any number of threads.",
        instead: "Both threads grow the ring, or take the same message. Here the handle is not cloneable, and popping takes it mutably.",
    },
    Bug {
        name: "no-entry",
        scenario: "fault_announce_first",
        what: "A larger ring is announced before it can be found.",
        instead: "A producer with a ticket of it finds nothing. The entry comes first, and the announcement \
            releases it.",
    },
    Bug {
        name: "blind-ticket",
        scenario: "fault_blind_reserve",
        what: "A ticket is taken by a load and a store instead of a compare-and-swap.",
        instead: "Two producers take the same ticket, and one of the messages is lost.",
    },
    Bug {
        name: "one-too-many",
        scenario: "fault_full_off_by_one",
        what: "The test for a full ring lets one message too many in.",
        instead: "It takes the slot of the oldest message.",
    },
    Bug {
        name: "skipped-slot",
        scenario: "fault_skip_unpublished",
        what: "The consumer does not wait for a slow producer, and skips its slot.",
        instead: "Its message is lost, or turns up a lap later. Here such a pop says that a message is on its way.",
    },
    Bug {
        name: "stale-full",
        scenario: "fault_stale_full",
        what: "A producer refuses a message by the capacity that it knew, when the ring has grown.",
        instead: "A message is dropped though there is room. Here the tail's word has the generation, and a producer \
            that sees a newer one tries again.",
    },
    Bug {
        name: "half-full",
        scenario: "fault_grow_at_half",
        what: "The ring grows when it is exactly half full.",
        instead: "It takes memory that the rule of growth does not give it.",
    },
    Bug {
        name: "blind-sleep",
        scenario: "fault_sleep_blindly",
        what: "A thread goes to sleep without checking once more whether there is something to do.",
        instead: "It sleeps beside a message. Here the waiter bit is set by a compare-and-swap of the very word that \
            would have moved.",
    },
    Bug {
        name: "forgotten-wake",
        scenario: "fault_forget_wake",
        what: "A thread that clears the waiter bit does not wake the waiter.",
        instead: "It sleeps beside a message, perhaps for ever.",
    },
    Bug {
        name: "early-goodbye",
        scenario: "fault_go_early",
        what: "A consumer that goes does not wait for a message that is being written.",
        instead: "The message stays until the last producer goes, and for ever if it holds a producer of its own \
            queue. Here no message outlives the consumer.",
    },
    Bug {
        name: "spurious-disconnect",
        scenario: "fault_uncounted_clone",
        what: "A further producer is not counted, so the queue is closed when the first one leaves.",
        instead: "The other's messages come back, and the consumer is told that nothing will come. Queues have told so \
            under load while their producers were there. Here a producer counts its clone before there is one.",
    },
    Bug {
        name: "late-upgrade",
        scenario: "fault_upgrade_from_nothing",
        what: "A weak producer becomes one when the last producer has left.",
        instead: "The consumer was told that nothing will come, or is about to be. Here such a producer is counted by a \
            compare-and-swap, never up from none.",
    },
    Bug {
        name: "leak-on-drop",
        scenario: "fault_leave_next_ring",
        what: "A consumer that goes drops what is in its ring, and not what is in the next.",
        instead: "Those messages are never dropped. Queues have leaked what was in flight when one side went. Here the \
            consumer pops until nothing is reserved, through as many rings as there are.",
    },
    Bug {
        name: "cancelled-pop",
        scenario: "fault_cancelled_pop",
        what: "A pop that waits is handed a message, and is given up (by a timeout, or another branch of a \
            select) before it gives it out.",
        instead: "The producer was told that its message is accepted, and nobody gets it. Here a pop that waits holds no \
            message: it takes one in the same call in which it gives it out.",
    },
    Bug {
        name: "shrink-by-tail",
        scenario: "fault_shrink_by_tail",
        what: "A smaller ring is announced as a larger one is, by the tail alone.",
        instead: "Producers go on in the old ring, with more messages than the new one holds. Here the consumer turns the head \
            before it announces the ring.",
    },
    Bug {
        name: "blind-turn",
        scenario: "fault_turn_blindly",
        what: "The consumer turns the head to another ring by a load and a store instead of a compare-and-swap.",
        instead: "A ticket that was taken in between is taken again, and one of the messages is lost.",
    },
    Bug {
        name: "crowded-shrink",
        scenario: "fault_shrink_crowded",
        what: "The ring shrinks however much is in the queue.",
        instead: "It holds more messages than its capacity, and pushes are refused that had room.",
    },
    Bug {
        name: "size-for-ring",
        scenario: "fault_size_for_ring",
        what: "A ring is known by its size, and another ring of that size has come since (ABA).",
        instead: "A producer takes the ring before for the one that is next, and turns the head back. Here rings are numbered as \
            well, and a producer does not trust its memory of a ring for longer than a number can last.",
    },
    Bug {
        name: "two-steps-in-one",
        scenario: "fault_two_accesses",
        what: "The model makes two accesses in one step, so that no other thread can come between.",
        instead: "Every bug that needs another thread between them would be missed. Each step is counted, and has to be one access.",
    },
];
