---- MODULE deadlock_keeps_its_state ----
\* What holds in the last state holds for ever.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 2

Next == Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Work)

P0 == s \in {2}

Property == /\ <>[]P0
            /\ []<>P0

====
