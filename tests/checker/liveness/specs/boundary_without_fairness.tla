---- MODULE boundary_without_fairness ----
\* Inside the constraint a behaviour may stutter.

VARIABLE s

vars == <<s>>

Init == s = 0

Count == \/ s = 0 /\ s' = 1
         \/ s = 1 /\ s' = 2
         \/ s = 2 /\ s' = 3

Next == Count

Spec == /\ Init
        /\ [][Next]_vars

Inside == ~(s \in {3})

P0 == s \in {7}

Property == <>P0

====
