---- MODULE fairness_of_another ----
\* Fairness to an action that has nothing to do does not help.

VARIABLE s

vars == <<s>>

Init == s = 0

Work == s = 0 /\ s' = 1

Other == s = 1 /\ s' = 2

Next == Work \/ Other

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Other)

P0 == s \in {1}

Property == <>P0

====
