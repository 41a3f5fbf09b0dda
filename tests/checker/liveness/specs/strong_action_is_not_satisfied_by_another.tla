---- MODULE strong_action_is_not_satisfied_by_another ----
\* Strong fairness to the action itself is not.

VARIABLE s

vars == <<s>>

Init == s = 0

Exit == s = 0 /\ s' = 2

Ahead == s = 0 /\ s' = 1

Back == s = 1 /\ s' = 0

Next == Exit \/ Ahead \/ Back

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Exit)
        /\ SF_vars(Ahead)
        /\ WF_vars(Back)

P0 == s \in {2}

Property == <>P0

====
