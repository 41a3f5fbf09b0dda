---- MODULE weak_moves ----
\* Weak fairness is enough where the action stays enabled.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == s = 0 /\ s' = 1

Next == Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Work)

P0 == s \in {1}

Property == <>P0

====
