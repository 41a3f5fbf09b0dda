---- MODULE unchanging_part_of_an_action ----
\* The action changes nothing in state 0, but leads out of state 1.

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
        /\ SF_vars(Move)

P0 == s \in {2}

Property == <>P0

====
