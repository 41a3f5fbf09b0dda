---- MODULE join_after_the_goal ----
\* All ways pass the goal before they join.

VARIABLE s

vars == <<s>>

Init == s = 0

Left == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 3

Right == \/ s = 0 /\ s' = 2
         \/ s = 2 /\ s' = 3

Next == Left \/ Right

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Left \/ Right)

P0 == s \in {1, 2}

P1 == s \in {3}

Property == /\ <>P0
            /\ <>[]P1

====
