---- MODULE process_may_not_spin ----
\* A process that could spin without changing anything still has to work.

VARIABLE s

vars == <<s>>

Init == s = 0

Spin == s = 0 /\ s' = 0

Work == s = 0 /\ s' = 1

Next == Spin \/ Work

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Spin \/ Work)

P0 == s \in {1}

Property == <>P0

====
