---- MODULE their_disjunction_does_not_pause ----
\* Some exit is always enabled.

VARIABLE s

vars == <<s>>

Init == s = 0

Tick == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Left == s = 0 /\ s' = 2

Right == s = 1 /\ s' = 2

Next == Tick \/ Left \/ Right

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Left \/ Right)

P0 == s \in {2}

Property == <>P0

====
