---- MODULE weak_is_not_enough ----
\* The exit is enabled again and again, but not all the time.

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
        /\ WF_vars(Exit)

P0 == s \in {2}

Property == <>P0

====
