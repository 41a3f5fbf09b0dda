---- MODULE each_action_of_a_process ----
\* Fairness to each of its actions does not.

VARIABLE s

vars == <<s>>

Init == s = 0

Loop == \/ s = 0 /\ s' = 1
        \/ s = 1 /\ s' = 0

Exit == \/ s = 0 /\ s' = 2
        \/ s = 1 /\ s' = 2

Next == Loop \/ Exit

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Loop)
        /\ WF_vars(Exit)

P0 == s \in {2}

Property == <>P0

====
