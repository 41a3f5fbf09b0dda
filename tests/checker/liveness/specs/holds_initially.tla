---- MODULE holds_initially ----
\* What holds at once needs no fairness.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Next == Work

Spec == /\ Init
        /\ [][Next]_vars

P0 == s \in {0}

Property == <>P0

====
