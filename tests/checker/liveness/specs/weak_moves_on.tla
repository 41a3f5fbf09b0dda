---- MODULE weak_moves_on ----
\* Weak fairness of one action carries through all its steps.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 2
        \/ s = 2 /\ s' = 3

Next == Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Work)

P0 == s \in {3}

P1 == s \in {1}

Property == /\ <>P0
            /\ P1 ~> P0

====
