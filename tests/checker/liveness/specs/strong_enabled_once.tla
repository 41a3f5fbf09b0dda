---- MODULE strong_enabled_once ----
\* An action that is enabled only once need not be taken, not even under strong fairness.

VARIABLE s

vars == <<s>>

Init == s = 0

Pass == s = 0 /\ s' = 1

Exit == s = 0 /\ s' = 2

Spin == \/ s = 1 /\ s' = 3
        \/ s = 3 /\ s' = 1

Next == Pass \/ Exit \/ Spin

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Pass)
        /\ SF_vars(Exit)
        /\ WF_vars(Spin)

P0 == s \in {2}

Property == <>P0

====
