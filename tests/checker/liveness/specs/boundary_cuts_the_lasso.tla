---- MODULE boundary_cuts_the_lasso ----
\* The only fair steps lead out of the constraint: no behaviour that stays inside is fair.

VARIABLE s

vars == <<s>>

Init == s = 0

Count == \/ s = 0 /\ s' = 1
         \/ s = 1 /\ s' = 2
         \/ s = 2 /\ s' = 3

Next == Count

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Count)

Inside == ~(s \in {3})

P0 == s \in {7}

Property == <>P0

====
