---- MODULE deadlock_repeats_nothing ----
\* A behaviour stutters for ever in a state without steps.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == s = 0 /\ s' = 1

Next == Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Work)

P0 == s \in {0}

Property == []<>P0

====
