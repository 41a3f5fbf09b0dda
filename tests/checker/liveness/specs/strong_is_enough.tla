---- MODULE strong_is_enough ----
\* An exit that is enabled again and again is taken under strong fairness.

VARIABLE s

vars == <<s>>

Init == s = 0

Flip == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Exit == s = 0 /\ s' = 2

Next == Flip \/ Exit

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Flip)
        /\ SF_vars(Exit)

P0 == s \in {2}

Property == <>P0

====
