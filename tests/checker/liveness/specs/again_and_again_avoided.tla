---- MODULE again_and_again_avoided ----
\* The goal is on one of two loops.

VARIABLE s

vars == <<s>>

Init == s = 0

Left == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Right == \/ s = 0 /\ s' = 2
         \/ s = 2 /\ s' = 0

Next == Left \/ Right

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Left \/ Right)

P0 == s \in {1}

Property == []<>P0

====
