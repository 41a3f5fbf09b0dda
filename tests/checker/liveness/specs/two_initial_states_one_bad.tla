---- MODULE two_initial_states_one_bad ----
\* One of two initial states never gets there.

VARIABLE s

vars == <<s>>

Init == \/ s = 0
        \/ s = 3

Work == s = 0 /\ s' = 1

Turn == \/ s = 3 /\ s' = 4
        \/ s = 4 /\ s' = 3

Next == Work \/ Turn

Spec == /\ Init
        /\ [][Next]_vars
        /\ WF_vars(Work)
        /\ WF_vars(Turn)

P0 == s \in {1}

Property == <>P0

====
