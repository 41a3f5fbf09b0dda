---- MODULE together_only_right ----
\* Two exits: fairness to the right one leaves stuttering at the left.

VARIABLE s

vars == <<s>>

Init == s = 0

Flip == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Left == s = 0 /\ s' = 2

Right == s = 1 /\ s' = 2

Next == Flip \/ Left \/ Right

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Right)

P0 == s \in {2}

Property == <>P0

====
