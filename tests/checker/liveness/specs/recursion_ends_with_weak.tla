---- MODULE recursion_ends_with_weak ----
\* Without the state that enables the exit, a weakly fair action is enabled everywhere and never taken.

VARIABLE s

vars == <<s>>

Init == s = 0

Exit == s = 2 /\ s' = 9

Up == \/ s = 0 /\ s' = 2
      \/ s = 1 /\ s' = 2

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
