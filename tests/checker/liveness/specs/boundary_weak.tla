---- MODULE boundary_weak ----
\* A step out of the constraint is enabled only now and then.

VARIABLE s

vars == <<s>>

Init == s = 0

Turn == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Count == s = 1 /\ s' = 2

Next == Turn \/ Count

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Turn)
        /\ WF_vars(Count)

Inside == ~(s \in {2})

P0 == s \in {7}

Property == <>P0

====
