----------------------------- MODULE Proposals -----------------------------
(***************************************************************************)
(* What MultiPaxos and MultiPaxosAsGiven have in common: the constants,    *)
(* proposals and their order, quorums, and symmetry.                       *)
(***************************************************************************)
EXTENDS Integers, FiniteSets, TLC

CONSTANTS
    Proposers,   \* integers, so that proposals of one attempt are ordered
    Acceptors,   \* any values; model values where symmetry is wanted
    Rounds,      \* log slots; each round is a consensus instance of its own
    Attempts,    \* 0..k
    Values,      \* what may be proposed
    NONE         \* no proposal, no value

ASSUME ProposersAreNumbers  == Proposers \subseteq Nat /\ Proposers # {}
ASSUME AcceptorsExist       == IsFiniteSet(Acceptors) /\ Acceptors # {}
ASSUME RoundsAreNumbers     == Rounds \subseteq Nat /\ Rounds # {}
ASSUME AttemptsStartAtZero  == /\ Attempts \subseteq Nat
                               /\ 0 \in Attempts
                               /\ \A n \in Attempts : n = 0 \/ n - 1 \in Attempts
ASSUME ValuesAreNotNone     == Values # {} /\ NONE \notin Values

-----------------------------------------------------------------------------
(* A proposal names who tries, for which round, for the how-manieth time.    *)

ProposalsOf(r) == [round : {r}, attempt : Attempts, node : Proposers]
Proposal       == UNION {ProposalsOf(r) : r \in Rounds}

(* Lexicographic order on (round, attempt, node); NONE is below everything.  *)
Above(p, q) ==
    /\ p # NONE
    /\ \/ q = NONE
       \/ /\ q # NONE
          /\ \/ p.round > q.round
             \/ p.round = q.round /\ p.attempt > q.attempt
             \/ p.round = q.round /\ p.attempt = q.attempt /\ p.node > q.node

AtLeast(p, q) == p = q \/ Above(p, q)

(* Any two strict majorities meet.                                           *)
Quorums == {Q \in SUBSET Acceptors : 2 * Cardinality(Q) > Cardinality(Acceptors)}

-----------------------------------------------------------------------------
(* Nothing tells one acceptor, or one value, from another.                   *)

AcceptorSymmetry == Permutations(Acceptors)
ValueSymmetry    == Permutations(Values)
FullSymmetry     == AcceptorSymmetry \cup ValueSymmetry
=============================================================================
