------------------------- MODULE LockFreeMPSCQueue -------------------------
(***************************************************************************)
(* A bounded queue with many producers and one consumer, whose ring grows  *)
(* while it is in use.  Producers never wait: what finds no room is        *)
(* dropped, and counted.  Only the consumer makes the ring larger, up to   *)
(* MaxCapacity; each ring has a generation of its own.                     *)
(*                                                                         *)
(* Every message is different: it names its producer, and is numbered      *)
(* among all that this producer attempted to send.  So the order of        *)
(* messages says something.                                                *)
(***************************************************************************)
EXTENDS Integers, Sequences, FiniteSets, TLC

CONSTANTS
    MaxProducers,     \* how many producers there may be
    MaxMessages,      \* how many messages may be attempted in all
    InitialCapacity,  \* slots of the first ring
    MaxCapacity,      \* slots of the largest ring
    GrowthFactor      \* a ring has so many times the slots of the one before

(* A configuration may put model values here (Producers = {p1, p2, p3}):     *)
(* TLC permutes nothing else.                                                *)
Producers == 1 .. MaxProducers

IsPowerOfTwo(n) == \E k \in 0 .. 30 : n = 2 ^ k

ASSUME ProducersExist   == MaxProducers \in Nat /\ MaxProducers > 0
ASSUME ProducersFit     == Cardinality(Producers) = MaxProducers
ASSUME MessagesExist    == MaxMessages \in Nat /\ MaxMessages > 0
ASSUME CapacitiesAreFit == /\ IsPowerOfTwo(InitialCapacity)
                           /\ IsPowerOfTwo(MaxCapacity)
                           /\ InitialCapacity <= MaxCapacity
ASSUME RingsGrow        == GrowthFactor \in Nat /\ GrowthFactor >= 2

VARIABLES
    buffer,           \* the messages in the queue, the oldest one first
    capacity,         \* the slots of the ring
    head,             \* how many messages have entered the queue
    tail,             \* how many messages have left the queue
    generation,       \* how often the ring has grown
    resizing,         \* whether the consumer is in the middle of growing it
    producers,        \* the producers that have joined
    consumer_active,  \* how many consumers are at work
    sent,             \* sent[p]: how many messages p has attempted to send
    messages_dropped  \* how many messages found no room

vars == <<buffer, capacity, head, tail, generation, resizing, producers,
          consumer_active, sent, messages_dropped>>

RECURSIVE SumOver(_, _)
SumOver(f, S) ==
    IF S = {} THEN 0
    ELSE LET x == CHOOSE y \in S : TRUE IN f[x] + SumOver(f, S \ {x})

messages_sent     == SumOver(sent, Producers)
messages_received == tail

Active == consumer_active > 0
IsFull == Len(buffer) >= capacity

Min(a, b) == IF a < b THEN a ELSE b

(* The slots of the ring of a generation.                                    *)
CapacityOf(g) == Min(InitialCapacity * GrowthFactor ^ g, MaxCapacity)

Init ==
    /\ buffer           = <<>>
    /\ capacity         = InitialCapacity
    /\ head             = 0
    /\ tail             = 0
    /\ generation       = 0
    /\ resizing         = FALSE
    /\ producers        = {}
    /\ consumer_active  = 0
    /\ sent             = [p \in Producers |-> 0]
    /\ messages_dropped = 0

-----------------------------------------------------------------------------
(* Producers come and go.                                                    *)

ProducerJoin(p) ==
    /\ p \notin producers
    /\ producers' = producers \cup {p}
    /\ UNCHANGED <<buffer, capacity, head, tail, generation, resizing,
                   consumer_active, sent, messages_dropped>>

ProducerLeave(p) ==
    /\ p \in producers
    /\ producers' = producers \ {p}
    /\ UNCHANGED <<buffer, capacity, head, tail, generation, resizing,
                   consumer_active, sent, messages_dropped>>

(* Producer p attempts to send its next message.  If it is dropped, its      *)
(* number is used up all the same.                                           *)
ProducerEnqueue(p) ==
    /\ p \in producers
    /\ ~resizing
    /\ messages_sent < MaxMessages
    /\ sent' = [sent EXCEPT ![p] = @ + 1]
    /\ IF IsFull
       THEN /\ messages_dropped' = messages_dropped + 1
            /\ UNCHANGED <<buffer, head>>
       ELSE /\ buffer' = Append(buffer, <<p, sent[p] + 1>>)
            /\ head' = head + 1
            /\ UNCHANGED messages_dropped
    /\ UNCHANGED <<capacity, tail, generation, resizing, producers,
                   consumer_active>>

-----------------------------------------------------------------------------
(* The consumer.  It does not stop in the middle of growing the ring: nobody *)
(* else would bring that to an end.                                          *)

ConsumerStart ==
    /\ consumer_active = 0
    /\ consumer_active' = consumer_active + 1
    /\ UNCHANGED <<buffer, capacity, head, tail, generation, resizing,
                   producers, sent, messages_dropped>>

ConsumerStop ==
    /\ Active
    /\ ~resizing
    /\ consumer_active' = consumer_active - 1
    /\ UNCHANGED <<buffer, capacity, head, tail, generation, resizing,
                   producers, sent, messages_dropped>>

ConsumerDequeue ==
    /\ Active
    /\ ~resizing
    /\ buffer # <<>>
    /\ buffer' = Tail(buffer)
    /\ tail' = tail + 1
    /\ UNCHANGED <<capacity, head, generation, resizing, producers,
                   consumer_active, sent, messages_dropped>>

(* The ring grows when it is more than half full.                            *)
ConsumerResize ==
    /\ Active
    /\ ~resizing
    /\ capacity < MaxCapacity
    /\ 2 * Len(buffer) > capacity
    /\ resizing' = TRUE
    /\ capacity' = Min(capacity * GrowthFactor, MaxCapacity)
    /\ generation' = generation + 1
    /\ UNCHANGED <<buffer, head, tail, producers, consumer_active, sent,
                   messages_dropped>>

ConsumerResizeComplete ==
    /\ Active
    /\ resizing
    /\ resizing' = FALSE
    /\ UNCHANGED <<buffer, capacity, head, tail, generation, producers,
                   consumer_active, sent, messages_dropped>>

Next ==
    \/ \E p \in Producers : ProducerJoin(p)
    \/ \E p \in Producers : ProducerLeave(p)
    \/ \E p \in Producers : ProducerEnqueue(p)
    \/ ConsumerStart
    \/ ConsumerStop
    \/ ConsumerDequeue
    \/ ConsumerResize
    \/ ConsumerResizeComplete

-----------------------------------------------------------------------------
(* Behaviours.  Spec promises nothing; the others add what the temporal      *)
(* properties below need, and less than that, to show that it is needed.     *)

Spec == Init /\ [][Next]_vars

(* The consumer finishes what it began.                                      *)
ResizeFairSpec   == Spec /\ WF_vars(ConsumerResizeComplete)

(* The consumer takes messages.                                              *)
DequeueFairSpec  == Spec /\ WF_vars(ConsumerDequeue)

(* Each producer sends, if it can do so again and again.                     *)
EnqueueFairSpec  == Spec /\ \A p \in Producers : SF_vars(ProducerEnqueue(p))

ConsumerFairSpec == ResizeFairSpec /\ WF_vars(ConsumerDequeue)

ProducerFairSpec == ResizeFairSpec
                    /\ \A p \in Producers : WF_vars(ProducerEnqueue(p))

FairSpec         == ConsumerFairSpec
                    /\ \A p \in Producers : WF_vars(ProducerEnqueue(p))

-----------------------------------------------------------------------------
(* Invariants.                                                               *)

IsMessage(m) == m[1] \in Producers /\ m[2] \in 1 .. MaxMessages

TypeInvariant ==
    /\ \A i \in 1 .. Len(buffer) : IsMessage(buffer[i])
    /\ capacity \in Nat \ {0}
    /\ head \in 0 .. MaxMessages
    /\ tail \in 0 .. MaxMessages
    /\ generation \in Nat
    /\ resizing \in BOOLEAN
    /\ producers \subseteq Producers
    /\ consumer_active \in Nat
    /\ sent \in [Producers -> 0 .. MaxMessages]
    /\ messages_sent \in 0 .. MaxMessages
    /\ messages_dropped \in 0 .. MaxMessages

(* What one producer sent stands in the queue in the order of sending.       *)
FIFOOrdering ==
    \A i, j \in 1 .. Len(buffer) :
        i < j /\ buffer[i][1] = buffer[j][1] => buffer[i][2] < buffer[j][2]

BoundedCapacity ==
    /\ Len(buffer) <= capacity
    /\ capacity <= MaxCapacity

(* Nothing is lost, but for what was dropped and counted.                    *)
MessageConservation ==
    /\ messages_received + Len(buffer) + messages_dropped = messages_sent
    /\ head = tail + Len(buffer)

(* A generation names one ring: it is never used for a ring of another size. *)
ABAProtection == capacity = CapacityOf(generation)

(* The ring grows only while there is somebody to bring that to an end.      *)
ResizeSafety == resizing => Active

SingleConsumer == consumer_active <= 1

Safety ==
    /\ TypeInvariant
    /\ FIFOOrdering
    /\ BoundedCapacity
    /\ MessageConservation
    /\ ABAProtection
    /\ ResizeSafety
    /\ SingleConsumer

-----------------------------------------------------------------------------
(* Step properties.                                                          *)

(* Whatever leaves the queue is its oldest message.                          *)
DequeueTakesFirst ==
    [][tail' # tail => buffer # <<>> /\ buffer' = Tail(buffer)]_vars

(* Whatever enters the queue comes behind all that is there.                 *)
EnqueueAddsAtEnd ==
    [][head' # head => /\ Len(buffer') = Len(buffer) + 1
                       /\ SubSeq(buffer', 1, Len(buffer)) = buffer]_vars

GenerationNeverFalls == [][generation' >= generation]_vars

-----------------------------------------------------------------------------
(* Temporal properties, each under the weakest fairness that it holds with.  *)

(* Under ConsumerFairSpec.                                                   *)
ConsumerProgress ==
    \A n \in 0 .. MaxMessages - 1 :
        (Active /\ buffer # <<>> /\ tail = n) ~> (tail > n \/ ~Active)

(* Under ResizeFairSpec.                                                     *)
ResizeProgress == resizing ~> ~resizing

(* Under ProducerFairSpec.                                                   *)
ProducerFairness ==
    \A p \in Producers, n \in 0 .. MaxMessages - 1 :
        (p \in producers /\ ~IsFull /\ messages_sent < MaxMessages /\ sent[p] = n)
            ~> (sent[p] > n \/ p \notin producers \/ IsFull
                \/ messages_sent >= MaxMessages)

-----------------------------------------------------------------------------
(* Nothing tells one producer from another.                                  *)
ProducerSymmetry == Permutations(Producers)
=============================================================================
