---- MODULE strong_disjunction_is_satisfied_by_one ----
\* Strong fairness to the process is satisfied by its other action.

VARIABLE s

vars == <<s>>

Init == s = 0

Exit == s = 0 /\ s' = 2

Ahead == s = 0 /\ s' = 1

Back == s = 1 /\ s' = 0

Next == Exit \/ Ahead \/ Back

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Exit \/ Ahead)
        /\ WF_vars(Back)

P0 == s \in {2}

Property == <>P0

====
