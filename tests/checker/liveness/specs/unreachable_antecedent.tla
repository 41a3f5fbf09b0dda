---- MODULE unreachable_antecedent ----
\* What never happens leads to anything.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == s = 0 /\ s' = 1

Next == Work

Spec == /\ Init
        /\ [][Next]_vars

P0 == s \in {7}

P1 == s \in {8}

Property == P0 ~> P1

====
