---- MODULE stutters_initially ----
\* Without fairness nothing need ever happen.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == s = 0 /\ s' = 1

Next == Work

Spec == /\ Init
        /\ [][Next]_vars

P0 == s \in {1}

Property == <>P0

====
