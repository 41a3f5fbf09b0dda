---- MODULE no_step_at_all ----
\* A system without a step stays where it is.

VARIABLE s

vars == <<s>>

Init == s = 0

Next == FALSE

Spec == /\ Init
        /\ [][Next]_vars

P0 == s \in {0}

Property == /\ []<>P0
            /\ <>[]P0

====
