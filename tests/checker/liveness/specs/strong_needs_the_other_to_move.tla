---- MODULE strong_needs_the_other_to_move ----
\* Strong fairness says nothing if the system stays where the exit is disabled.

VARIABLE s

vars == <<s>>

Init == s = 0

Flip == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Exit == s = 0 /\ s' = 2

Next == Flip \/ Exit

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(Exit)

P0 == s \in {2}

Property == <>P0

====
