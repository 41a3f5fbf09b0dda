---- MODULE process_chooses_one_action ----
\* Fairness to a process lets it always choose the same of its actions.

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
        /\ WF_vars(Loop \/ Exit)

P0 == s \in {2}

Property == <>P0

====
