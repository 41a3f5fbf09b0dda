---- MODULE leads_to_at_once ----
\* A state that asks and answers.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 2

Next == Work

Spec == /\ Init
        /\ [][Next]_vars

P0 == s \in {1}

P1 == s \in {1, 2}

Property == P0 ~> P1

====
