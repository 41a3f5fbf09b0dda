------------------------------ MODULE TwoPhase ------------------------------
(* Two-phase commit. Participants prepare, and tell the coordinator; when all  *)
(* have, it may decide to commit. It may abort at any time before, and a       *)
(* participant may do so as long as it has not prepared. Messages stay: they   *)
(* arrive late, more than once, and in any order.                              *)
EXTENDS Naturals

CONSTANT Participants

VARIABLES stage,     \* of each participant
          ready,     \* of whom the coordinator knows that they are ready
          decision,  \* the coordinator's
          sent       \* all messages that were sent

vars == <<stage, ready, decision, sent>>

Ready(p) == [type |-> "ready", from |-> p]
Order(outcome) == [type |-> outcome]

TypeOK ==
    /\ stage \in [Participants -> {"working", "ready", "committed", "aborted"}]
    /\ ready \subseteq Participants
    /\ decision \in {"open", "commit", "abort"}
    /\ sent \subseteq {Ready(p) : p \in Participants} \cup {Order(o) : o \in {"commit", "abort"}}

Init ==
    /\ stage = [p \in Participants |-> "working"]
    /\ ready = {} /\ decision = "open" /\ sent = {}

Prepare(p) ==
    /\ stage[p] = "working"
    /\ stage' = [stage EXCEPT ![p] = "ready"]
    /\ sent' = sent \cup {Ready(p)}
    /\ UNCHANGED <<ready, decision>>

GiveUp(p) ==
    /\ stage[p] = "working"
    /\ stage' = [stage EXCEPT ![p] = "aborted"]
    /\ UNCHANGED <<ready, decision, sent>>

HearReady(p) ==
    /\ decision = "open" /\ Ready(p) \in sent
    /\ ready' = ready \cup {p}
    /\ UNCHANGED <<stage, decision, sent>>

Commit ==
    /\ decision = "open" /\ ready = Participants
    /\ decision' = "commit" /\ sent' = sent \cup {Order("commit")}
    /\ UNCHANGED <<stage, ready>>

Abort ==
    /\ decision = "open"
    /\ decision' = "abort" /\ sent' = sent \cup {Order("abort")}
    /\ UNCHANGED <<stage, ready>>

HearCommit(p) ==
    /\ Order("commit") \in sent
    /\ stage' = [stage EXCEPT ![p] = "committed"]
    /\ UNCHANGED <<ready, decision, sent>>

HearAbort(p) ==
    /\ Order("abort") \in sent
    /\ stage' = [stage EXCEPT ![p] = "aborted"]
    /\ UNCHANGED <<ready, decision, sent>>

Next ==
    \/ Commit \/ Abort
    \/ \E p \in Participants :
          Prepare(p) \/ GiveUp(p) \/ HearReady(p) \/ HearCommit(p) \/ HearAbort(p)

Spec == Init /\ [][Next]_vars

Agreement == \A p, q \in Participants : ~(stage[p] = "committed" /\ stage[q] = "aborted")
=============================================================================
