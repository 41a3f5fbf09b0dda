---- MODULE settles_not_by_weak_fairness ----
\* The exit is not enabled all the time.

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
        /\ WF_vars(Leave)

P0 == s \in {1, 2}

Property == <>[]P0

====
