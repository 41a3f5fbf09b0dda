---- MODULE recursion_ends_beside_weak ----
\* The weakly fair action is disabled in one of the states that are left.

VARIABLE s

vars == <<s>>

Init == s = 0

Exit == s = 2 /\ s' = 9

Up == s = 0 /\ s' = 2

Turn == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Back == s = 2 /\ s' = 0

Next == Exit \/ Up \/ Turn \/ Back

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Exit)
        /\ WF_vars(Up)

P0 == s \in {9}

Property == <>P0

====
