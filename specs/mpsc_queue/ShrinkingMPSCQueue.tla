------------------------- MODULE ShrinkingMPSCQueue -------------------------
(***************************************************************************)
(* LockFreeMPSCQueue whose ring also becomes smaller again.  As it grows,  *)
(* only the consumer changes it, one step at a time, and each ring has a   *)
(* generation of its own.  How long the consumer waits before it does so   *)
(* is its own affair: the spec only says when it may.                      *)
(*                                                                         *)
(* A capacity comes again, so the generation no longer says which it is:   *)
(* in place of ABAProtection there are CapacityIsARing and                 *)
(* NewRingNewGeneration.                                                   *)
(***************************************************************************)
EXTENDS LockFreeMPSCQueue

(* The capacities that rings have, from one of them on.                      *)
RECURSIVE RingsFrom(_)
RingsFrom(c) ==
    IF c = MaxCapacity THEN {c}
    ELSE {c} \cup RingsFrom(Min(c * GrowthFactor, MaxCapacity))

Rings == RingsFrom(InitialCapacity)

(* The largest of the rings below one that is not the smallest.              *)
Smaller(c) == CHOOSE r \in Rings : r < c /\ \A s \in Rings : s < c => s <= r

(* The ring shrinks when what is in it would not fill more than half of the  *)
(* smaller one: then that one need not grow at once.                         *)
ConsumerShrink ==
    /\ Active
    /\ ~resizing
    /\ capacity > InitialCapacity
    /\ 2 * Len(buffer) <= Smaller(capacity)
    /\ resizing' = TRUE
    /\ capacity' = Smaller(capacity)
    /\ generation' = generation + 1
    /\ UNCHANGED <<buffer, head, tail, producers, consumer_active, sent,
                   messages_dropped>>

ShrinkingNext ==
    \/ Next
    \/ ConsumerShrink

-----------------------------------------------------------------------------
(* Behaviours.                                                               *)

ShrinkingSpec == Init /\ [][ShrinkingNext]_vars

(* The consumer finishes what it began, and takes messages.                  *)
ShrinkingFairSpec == ShrinkingSpec
                     /\ WF_vars(ConsumerResizeComplete)
                     /\ WF_vars(ConsumerDequeue)

-----------------------------------------------------------------------------
(* Invariants, beside those of LockFreeMPSCQueue.                            *)

CapacityIsARing == capacity \in Rings

-----------------------------------------------------------------------------
(* Step properties, beside those of LockFreeMPSCQueue.                       *)

(* A ring of another size has another generation.                            *)
NewRingNewGeneration ==
    [][capacity' # capacity => generation' > generation]_vars

(* What is in the queue fits into a smaller ring, twice.                     *)
ShrinksOnlyWhenQuiet ==
    [][capacity' < capacity => 2 * Len(buffer') <= capacity']_vars
=============================================================================
