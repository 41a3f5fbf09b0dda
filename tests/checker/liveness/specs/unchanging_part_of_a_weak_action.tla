---- MODULE unchanging_part_of_a_weak_action ----
\* Where its step would change nothing, a weakly fair action is not enabled.

VARIABLE s

vars == <<s>>

Init == s = 0

Tick == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Move == \/ s = 0 /\ s' = 0
        \/ s = 1 /\ s' = 2

Next == Tick \/ Move

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Tick)
        /\ WF_vars(Move)

P0 == s \in {2}

Property == <>P0

====
