---- MODULE settles_by_strong_fairness ----
\* Whoever comes by the exit again and again leaves.

VARIABLE s

vars == <<s>>

Init == s = 0

Go == s = 0 /\ s' = 1

Back == s = 1 /\ s' = 0

Leave == s = 1 /\ s' = 2

Next == Go \/ Back \/ Leave

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Go)
        /\ SF_vars(Leave)

P0 == s \in {1, 2}

P1 == s \in {2}

Property == /\ <>[]P0
            /\ <>[]P1

====
