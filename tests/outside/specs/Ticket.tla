------------------------------- MODULE Ticket -------------------------------
(* A ticket lock: whoever wants to enter draws a ticket, and waits until that  *)
(* is served. There are so many tickets.                                       *)
EXTENDS Naturals

CONSTANTS Processes, Tickets

VARIABLES next,     \* the ticket that is drawn next
          serving,  \* the ticket that is served
          at,       \* where each process is
          mine      \* the ticket of each process that has one, and 0

vars == <<next, serving, at, mine>>

TypeOK ==
    /\ next \in 0..Tickets /\ serving \in 0..Tickets
    /\ at \in [Processes -> {"outside", "waiting", "inside"}]
    /\ mine \in [Processes -> 0..Tickets]

Init ==
    /\ next = 0 /\ serving = 0
    /\ at = [p \in Processes |-> "outside"]
    /\ mine = [p \in Processes |-> 0]

Draw(p) ==
    /\ at[p] = "outside" /\ next < Tickets
    /\ mine' = [mine EXCEPT ![p] = next] /\ next' = next + 1
    /\ at' = [at EXCEPT ![p] = "waiting"]
    /\ UNCHANGED serving

Enter(p) ==
    /\ at[p] = "waiting" /\ mine[p] = serving
    /\ at' = [at EXCEPT ![p] = "inside"]
    /\ UNCHANGED <<next, serving, mine>>

Leave(p) ==
    /\ at[p] = "inside"
    /\ serving' = serving + 1
    /\ at' = [at EXCEPT ![p] = "outside"] /\ mine' = [mine EXCEPT ![p] = 0]
    /\ UNCHANGED next

Next == \E p \in Processes : Draw(p) \/ Enter(p) \/ Leave(p)

Spec == Init /\ [][Next]_vars

MutualExclusion == \A p, q \in Processes : at[p] = "inside" /\ at[q] = "inside" => p = q
=============================================================================
