---- MODULE two_components ----
\* The first cycle is left for a second one, which is fair.

VARIABLE s

vars == <<s>>

Init == s = 0

Turn == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Fall == s = 1 /\ s' = 2

Spin == \/ s = 2 /\ s' = 3
        \/ s = 3 /\ s' = 2

Next == Turn \/ Fall \/ Spin

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Turn)
        /\ SF_vars(Fall)
        /\ WF_vars(Spin)

P0 == s \in {0}

Property == []<>P0

====
