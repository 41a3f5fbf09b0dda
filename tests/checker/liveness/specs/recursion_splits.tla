---- MODULE recursion_splits ----
\* What is left falls apart, and one of the parts is fair.

VARIABLE s

vars == <<s>>

Init == s = 0

Exit == s = 0 /\ s' = 9

Left == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 2
        \/ s = 2 /\ s' = 1
        \/ s = 1 /\ s' = 0

Right == \/ s = 0 /\ s' = 3
         \/ s = 3 /\ s' = 4
         \/ s = 4 /\ s' = 3
         \/ s = 3 /\ s' = 0

Stop == s = 2 /\ s' = 9

Next == Exit \/ Left \/ Right \/ Stop

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Exit)
        /\ WF_vars(Left \/ Right)
        /\ SF_vars(Stop)

P0 == s \in {9}

Property == <>P0

====
