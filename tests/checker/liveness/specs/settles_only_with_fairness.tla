---- MODULE settles_only_with_fairness ----
\* Without fairness a behaviour may stay in state 0.

VARIABLE s

vars == <<s>>

Init == s = 0

Go == s = 0 /\ s' = 1

Next == Go

Spec == /\ Init
        /\ [][Next]_vars

P0 == s \in {1}

Property == <>[]P0

====
