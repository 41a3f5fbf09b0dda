---- MODULE one_step_of_two_actions ----
\* A step that two actions allow counts for both.

VARIABLE s

vars == <<s>>

Init == s = 0

First == s = 0 /\ s' = 1

Second == \/ s = 0 /\ s' = 1
          \/ s = 1 /\ s' = 0

Exit == s = 0 /\ s' = 2

Next == First \/ Second \/ Exit

Spec == /\ Init
        /\ [][Next]_vars
        /\ SF_vars(First)
        /\ SF_vars(Second)

P0 == s \in {0}

Property == <>[]P0

====
