---- MODULE again_and_again_by_strong_fairness ----
\* Each loop is entered again and again.

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
        /\ SF_vars(Left)
        /\ SF_vars(Right)

P0 == s \in {1}

P1 == s \in {2}

Property == /\ []<>P0
            /\ []<>P1

====
