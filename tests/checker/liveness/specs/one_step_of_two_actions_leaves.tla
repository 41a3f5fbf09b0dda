---- MODULE one_step_of_two_actions_leaves ----
\* Fairness to one of two actions that allow the same step.

VARIABLE s

vars == <<s>>

Init == s = 0

First == s = 0 /\ s' = 1

Second == s = 0 /\ s' = 1

Next == First \/ Second

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Second)

P0 == s \in {1}

Property == <>P0

====
